package main

import (
	"bytes"
	"strings"
	"testing"

	"vgit/cmd/config"
	"vgit/repo"
)

// TestReminderAtATerminal: a person who looks is told in one line what was told before, and a timer nothing.
func TestReminderAtATerminal(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.run(t.Context(), exitSync, "sync")
	m.write("cal/work/a.ics", event("a", "Alpha", "20300506T120000Z", "20300506T130000Z"))
	m.run(t.Context(), exitSync, "sync")
	m.write("cal/work/a.ics", event("a", "Mine", "20300506T120000Z", "20300506T130000Z"))
	m.work.Edit("a.ics", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("Alpha"), []byte("Theirs")) })
	m.run(t.Context(), exitWaits, "sync")
	if !strings.Contains(m.stderr.String(), "a.ics") {
		t.Fatalf("the first run says %q", &m.stderr)
	}
	m.run(t.Context(), exitWaits, "sync")
	if m.stderr.Len() > 0 {
		t.Errorf("a timer is told again: %s", &m.stderr)
	}
	m.world.ErrTerminal = true
	m.run(t.Context(), exitWaits, "sync")
	if got := m.stderr.String(); got != "vgit: cal: 1 conflict waits; see vgit status\n" {
		t.Errorf("a person is told %q", got)
	}
	m.run(t.Context(), exitWaits, "sync", "-q")
	if m.stderr.Len() > 0 {
		t.Errorf("-q says %s", &m.stderr)
	}
	m.world.ErrTerminal = false
	m.write("cal/.git/vgit/told", "{ not what it was")
	m.run(t.Context(), exitWaits, "sync")
	if !strings.Contains(m.stderr.String(), "waits") {
		t.Errorf("without its memory a run says %q", &m.stderr)
	}
}

func TestReminderCounts(t *testing.T) {
	t.Parallel()
	step := func(name string, state repo.StepState) repo.Step {
		return repo.Step{Collection: "c", Name: name, State: state}
	}
	report := &repo.Report{Problems: []repo.Problem{{Name: "x.ics", Severity: repo.Lasting}, {Name: "y.ics", Severity: repo.Temporary}},
		Remotes: []*repo.RemoteReport{{Name: "r", Held: "its address changed"}, {Name: "s", Plan: &repo.Plan{Steps: []repo.Step{
			step("a", repo.Waits), step("b", repo.Waits), step("c", repo.Held), step("d", repo.Refused), step("e", repo.Do)}}}}}
	if got, want := reminder(report), "2 conflicts wait, 2 held steps, 2 items set aside"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := reminder(&repo.Report{}); got != "" {
		t.Errorf("nothing is %q", got)
	}
}

// TestRemediesAreTypedAsTheyStand: paths with blanks and quotes are one word for a shell.
func TestRemediesAreTypedAsTheyStand(t *testing.T) {
	t.Parallel()
	v := &config.VDir{Name: "cal", Path: "/home/ada/my cal"}
	single := &config.VDir{Name: "cal", Path: "/c", Single: true}
	step := repo.Step{Remote: "r", Collection: "it's", Name: "a b.ics"}
	for _, c := range []struct {
		v    *config.VDir
		step *repo.Step
		want string
	}{
		{v, &step, `vgit resolve 'it'\''s/a b.ics'`},
		{single, &step, `vgit resolve 'a b.ics'`},
	} {
		if got := waitsRemedy(c.v, c.step); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// TestNamesAreSaidOnce: a vdir and its remote may have one name, and errors of the repository begin with that of the remote.
func TestNamesAreSaidOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := &session{World: World{Stderr: &out}}
	s.say("calendars", "calendars: no such thing")
	s.say("cal", "calendars: no such thing")
	s.say("", "calendars: no such thing")
	if got, want := out.String(), "vgit: calendars: no such thing\nvgit: cal: calendars: no such thing\nvgit: calendars: no such thing\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
