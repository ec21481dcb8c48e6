package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// files are those of the one calendar.
func (m *machine) files() []string {
	m.t.Helper()
	all, err := filepath.Glob(filepath.Join(m.dir, "cal", "work", "*.ics"))
	if err != nil {
		m.t.Fatal(err)
	}
	return all
}

func (m *machine) unlink(path string) {
	m.t.Helper()
	if err := os.Remove(path); err != nil {
		m.t.Fatal(err)
	}
}

// deletions is a vdir with eight items, all of which were just deleted here.
func deletions(t *testing.T) *talk {
	t.Helper()
	k := &talk{machine: newMachine(t)}
	k.work.Fill(1, 8)
	k.run(t.Context(), exitSync, "sync")
	k.run(t.Context(), exitSync, "held")
	for _, path := range k.files() {
		k.unlink(path)
	}
	k.world.ErrTerminal = true
	return k
}

// sync runs a sync with a person at the terminal, who is asked for a password besides.
func (k *talk) sync(want int, answers ...string) string {
	k.t.Helper()
	k.answers = answers
	k.world.Ask = func(ctx context.Context, prompt string, secret bool) (string, error) {
		if secret {
			return "secret", nil
		}
		return k.ask(ctx, prompt, secret)
	}
	k.run(k.t.Context(), want, "sync")
	if len(k.answers) > 0 {
		k.t.Errorf("%q was not asked for:\n%s", k.answers, &k.stderr)
	}
	return k.stderr.String()
}

// TestG18HoldsAreAskedAboutOnce: on a terminal a new hold is asked about, and an empty line leaves it; the same one is not asked about again.
func TestG18HoldsAreAskedAboutOnce(t *testing.T) {
	t.Parallel()
	k := deletions(t)
	said := k.sync(exitHeld, "")
	if !strings.Contains(said, "server/work: 8 deletions on the server: [a]ccept, [r]efuse, [l]eave or [q]uit (leave)? ") {
		t.Errorf("it said %s", said)
	}
	if k.work.Len() != 8 {
		t.Errorf("%d items are left there", k.work.Len())
	}
	if said := k.sync(exitHeld); strings.Contains(said, "[a]ccept") {
		t.Errorf("a second time it said %s", said)
	}
	k.work.Delete(k.work.List()[0]) // another set
	k.sync(exitHeld, "quit")
}

// TestG18AnsweredOnTheTerminal: what a person says is carried out at once, and the run ends as one that did it.
func TestG18AnsweredOnTheTerminal(t *testing.T) {
	t.Parallel()
	for word, left := range map[string]int{"accept": 0, "refuse": 8} {
		k := deletions(t)
		k.sync(exitSync, word)
		if k.work.Len() != left || len(k.files()) != left {
			t.Errorf("%s: %d items there, %d here, want %d", word, k.work.Len(), len(k.files()), left)
		}
		k.sync(exitSync)
	}
}

// TestG18NobodyIsAskedWithoutATerminal: a timer, --quiet and --json are not held up.
func TestG18NobodyIsAskedWithoutATerminal(t *testing.T) {
	t.Parallel()
	k := deletions(t)
	k.world.ErrTerminal = false
	k.sync(exitHeld)
	k.world.ErrTerminal = true
	k.unlink(filepath.Join(k.dir, "cal/.git/vgit/told"))
	k.run(t.Context(), exitHeld, "sync", "--quiet")
	k.run(t.Context(), exitHeld, "sync", "--json")
}
