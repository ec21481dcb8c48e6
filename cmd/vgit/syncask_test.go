package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vgit/remote/davtest"
)

// reply is an answer of a person, and what happens in the world before it is given.
type reply struct {
	word string
	then func()
}

// choosing runs `vgit sync -i` with a person who answers in this order and then ends the input.
func (m *machine) choosing(want int, args []string, replies ...reply) string {
	m.t.Helper()
	before := m.world.Ask
	defer func() { m.world.Ask = before }()
	m.world.Ask = func(_ context.Context, prompt string, secret bool) (string, error) {
		if secret {
			return "secret", nil
		}
		fmt.Fprint(&m.stderr, prompt)
		if len(replies) == 0 {
			return "", errors.New("there was no answer")
		}
		r := replies[0]
		replies = replies[1:]
		if r.then != nil {
			r.then()
		}
		fmt.Fprintln(&m.stderr, r.word)
		return r.word, nil
	}
	m.run(m.t.Context(), want, append([]string{"sync", "-i"}, args...)...)
	if len(replies) > 0 {
		m.t.Errorf("%d answers were not asked for:\n%s%s", len(replies), &m.stdout, &m.stderr)
	}
	return unquoted(m.stdout.String() + m.stderr.String())
}

func say(words ...string) (all []reply) {
	for _, w := range words {
		all = append(all, reply{word: w})
	}
	return all
}

// chooser is a machine on which much is to be done: something of everything, on both sides.
func chooser(t *testing.T) *talk {
	t.Helper()
	k := &talk{machine: newMachine(t)}
	for _, name := range []string{"a", "b", "c", "d"} {
		k.work.Put(name+".ics", []byte(event(name, "Old "+name, "20300506T120000Z", "20300506T130000Z")))
	}
	k.run(t.Context(), exitSync, "sync")
	k.edit("a", "Old", "Mine")
	k.work.Edit("b.ics", func(b []byte) []byte { return bytes.Replace(b, []byte("Old"), []byte("Theirs"), 1) })
	k.work.Delete("c.ics")
	k.remove("d")
	return k
}

func (k *talk) path(name string) string { return filepath.Join(k.dir, "cal", "work", name+".ics") }

func (k *talk) edit(name, from, to string) {
	k.t.Helper()
	b, err := os.ReadFile(k.path(name))
	if err != nil || !bytes.Contains(b, []byte(from)) {
		k.t.Fatal(err, string(b))
	}
	k.write(filepath.Join("cal", "work", name+".ics"), strings.Replace(string(b), from, to, 1))
}

func (k *talk) remove(name string) {
	k.t.Helper()
	if err := os.Remove(k.path(name)); err != nil {
		k.t.Fatal(err)
	}
}

func (k *talk) here(name string) string {
	b, _ := os.ReadFile(k.path(name))
	return string(b)
}

// state is what both sides have, in a line.
func (k *talk) state() string {
	text := ""
	for _, name := range []string{"a", "b", "c", "d"} {
		for _, body := range []string{k.here(name), k.there(name + ".ics")} {
			_, rest, found := strings.Cut(body, "SUMMARY:")
			title, _, _ := strings.Cut(rest, " ")
			if !found {
				title = "-"
			}
			text += " " + title
		}
	}
	return strings.TrimSpace(text)
}

func (k *talk) holds(want string) {
	k.t.Helper()
	if got := k.state(); got != want {
		k.t.Errorf("both sides have %q, want %q\n%s", got, want, &k.stderr)
	}
}

const (
	untouched = "Mine Old Old Theirs Old - - Old"
	allDone   = "Mine Mine Theirs Theirs - - - -"
)

// U7: the plan is shown, and nothing is done that nobody said yes to. What is left is there for another run.
func TestU7SyncAsks(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		replies []reply
		want    string
	}{
		"yes":                  {say("y"), allDone},
		"no":                   {say("n"), untouched},
		"quit":                 {say("q"), untouched},
		"the end of the input": {nil, untouched},
		"help, and then yes":   {say("?", "y"), allDone},
		"the first":            {say("s", "y", "d"), "Mine Mine Old Theirs Old - - Old"},
		"all but the first":    {say("s", "n", "a"), "Mine Old Theirs Theirs - - - -"},
		"each":                 {say("s", "n", "y", "n", "y"), "Mine Old Theirs Theirs Old - - -"},
		"quit after a yes":     {say("s", "y", "q"), untouched},
		"end after a yes":      {say("s", "y"), untouched},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := chooser(t)
			said := k.choosing(exitSync, nil, tt.replies...)
			k.wants(said, "→ ~ event Mine a", "← ~ event Theirs b", "← - event Old c", "→ - event Old d", "cal: do these 4 changes? [y]es, [n]o, [s]teps or [q]uit? ")
			k.holds(tt.want)
			k.run(t.Context(), exitSync, "sync")
			k.holds(allDone)
			k.run(t.Context(), exitSync, "sync")
			if k.stdout.Len() > 0 {
				t.Errorf("the sync after it does something: %s", &k.stdout)
			}
		})
	}
}

// What is merged is one question: what is written here and what is sent there go together.
func TestSyncAsksAboutItemsAsAWhole(t *testing.T) {
	t.Parallel()
	k := &talk{machine: newMachine(t)}
	k.work.Put("a.ics", []byte(strings.Replace(event("a", "Old a", "20300506T120000Z", "20300506T130000Z"), "SUMMARY", "LOCATION:Here\r\nSUMMARY", 1)))
	k.work.Put("b.ics", []byte(event("b", "Old b", "20300506T120000Z", "20300506T130000Z")))
	k.run(t.Context(), exitSync, "sync")
	k.edit("a", "Old", "Mine")
	k.work.Edit("a.ics", func(b []byte) []byte { return bytes.Replace(b, []byte("Here"), []byte("There"), 1) })
	k.edit("b", "Old", "Mine")
	said := k.choosing(exitSync, nil, say("s", "n", "y")...)
	k.wants(said, "Do this (1 of 2)?")
	k.wants(k.here("a"), "Mine", "LOCATION:Here")
	k.wants(k.there("a.ics"), "Old", "LOCATION:There")
	k.wants(k.there("b.ics"), "Mine")
	k.run(t.Context(), exitSync, "sync")
	k.wants(k.here("a"), "Mine", "LOCATION:There")
	k.wants(k.there("a.ics"), "Mine", "LOCATION:There")
}

// A move is one question, too: a delete without its create would lose the item.
func TestSyncAsksAboutMovesAsAWhole(t *testing.T) {
	t.Parallel()
	k := chooser(t)
	home := k.server.AddCalendar("ada", "home", davtest.Props{})
	k.run(t.Context(), exitSync, "sync")
	if err := os.Rename(k.path("a"), filepath.Join(k.dir, "cal", "home", "a.ics")); err != nil {
		t.Fatal(err)
	}
	k.edit("b", "Theirs", "Mine")
	k.wants(k.choosing(exitSync, nil, say("s", "n", "y")...), "do these 2 changes", "[c]ollections", "Do this (1 of 2)")
	_, moved := home.Get("a.ics")
	if moved == (k.there("a.ics") != "") {
		t.Errorf("the item is in %v collections\n%s%s", map[bool]int{true: 2, false: 0}[moved], &k.stdout, &k.stderr)
	}
	k.choosing(exitSync, nil, say("y")...)
	if _, moved := home.Get("a.ics"); !moved || k.there("a.ics") != "" {
		t.Error("the item was not moved")
	}
}

// What changes while the person thinks is not done on the word that was given: it is asked about, and nothing else is again.
func TestSyncAsksAgainAboutWhatMoved(t *testing.T) {
	t.Parallel()
	k := chooser(t)
	meanwhile := reply{"y", func() {
		k.work.Edit("b.ics", func(b []byte) []byte { return bytes.Replace(b, []byte("Theirs"), []byte("Newer"), 1) })
	}}
	said := k.choosing(exitSync, nil, meanwhile, reply{"n", nil})
	k.wants(said, "This has come up meanwhile:", "cal: do this? [y]es, [n]o or [q]uit? ")
	k.holds("Mine Mine Old Newer - - - -")
	if n := strings.Count(said, "[q]uit?"); n != 2 {
		t.Errorf("%d questions:\n%s", n, said)
	}
	k.choosing(exitSync, nil, say("y")...)
	k.holds("Mine Mine Newer Newer - - - -")
	// a step that was done meanwhile by another vgit is not there any more
	k.edit("a", "Mine", "Again")
	said = k.choosing(exitSync, nil, reply{"y", func() {
		other := *k.machine
		other.world.Stdout, other.world.Stderr = &bytes.Buffer{}, &bytes.Buffer{}
		other.world.Ask = func(context.Context, string, bool) (string, error) { return "secret", nil }
		other.run(t.Context(), exitSync, "sync") // nothing is locked while a person thinks
	}})
	k.wants(said, "!meanwhile")
	k.wants(k.there("a.ics"), "Again")
}

// A hold is asked about after the steps, and carried out at once.
func TestSyncAsksAboutHolds(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]int{"accept": 0, "refuse": 20, "leave": 20} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			k := &talk{machine: newMachine(t)}
			k.work.Fill(1, 20)
			k.run(t.Context(), exitSync, "sync")
			files, _ := filepath.Glob(filepath.Join(k.dir, "cal", "work", "*.ics"))
			for _, f := range files {
				if err := os.Remove(f); err != nil {
					t.Fatal(err)
				}
			}
			k.write("cal/work/new.ics", event("new", "New", "20300506T120000Z", "20300506T130000Z"))
			code := exitSync
			if word == "leave" {
				code = exitHeld
			}
			said := k.choosing(code, nil, say("y", word[:1])...)
			k.wants(said, "held: 20 deletions", "[a]ccept, [r]efuse, [l]eave or [q]uit? ")
			if got := len(k.work.List()) - 1; got != want || k.there("new.ics") == "" {
				t.Errorf("%d items are there, want %d\n%s", got, want, said)
			}
			here, _ := filepath.Glob(filepath.Join(k.dir, "cal", "work", "*.ics"))
			if wantHere := map[string]int{"accept": 1, "refuse": 21, "leave": 1}[word]; len(here) != wantHere {
				t.Errorf("%d items are here, want %d\n%s", len(here), wantHere, said)
			}
		})
	}
}

// What cannot be asked is not done.
func TestSyncAsksNobody(t *testing.T) {
	t.Parallel()
	k := chooser(t)
	for _, tt := range []struct{ args, want string }{{"-n", "do not go together"}, {"--json", "do not go together"}, {"", "there is no terminal to ask on"}} {
		if tt.args == "" {
			k.world.Ask = nil
		}
		k.run(t.Context(), exitUsage, strings.Fields("sync -i "+tt.args)...)
		k.wants(k.stderr.String(), tt.want)
		k.holds(untouched)
	}
}
