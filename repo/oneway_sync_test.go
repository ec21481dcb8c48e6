package repo_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"vgit/remote/davtest"
	"vgit/repo"
)

// on is an event on a day, written "20260302".
func on(day, uid, summary string, lines ...string) []byte {
	return bytes.ReplaceAll(event(uid, summary, lines...), []byte("20260302T"), []byte(day+"T"))
}

// TestOneWayIsQuiet: what stays on one side does not cost the next sync a request, an object, or a look at the items.
func TestOneWayIsQuiet(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		way    repo.OneWay
		filter repo.Filter
	}{
		"pull":      {way: repo.OneWay{Direction: repo.Pull}},
		"push":      {way: repo.OneWay{Direction: repo.Push}},
		"deletions": {way: repo.OneWay{StayHere: true, StayThere: true}},
		"view":      {filter: repo.Filter{Components: []string{"VEVENT"}, Since: day}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a", "b", "c", "d"})
			w.put(w.work, "old", "Old")
			w.work.Put("old.ics", on("20200302", "old", "Old"))
			w.way, w.filter = c.way, c.filter
			w.write("work/a.ics", event("a", "Here"))
			w.put(w.work, "b", "There")
			w.remove("work/c.ics")
			w.work.Delete("d.ics")
			w.write("work/n.ics", on("20200302", "n", "New"))
			for range 3 {
				w.sync()
			}
			w.sound()
			w.quiet()
			if n := len(w.sync().Plan.Steps); n > 0 {
				t.Errorf("a sync that finds what the last one found looked at %d items", n)
			}
			dry := w.sync(func(q *repo.Request) { q.DryRun = true })
			if n := states(dry)[repo.Kept]; n < 1 {
				t.Errorf("%d kept, want more: %+v", n, dry.Plan.Steps)
			}
		})
	}
}

// TestOneWayChangedTwice: an edit that stays here is merged with what comes, over and over, and goes out as itself in the end.
func TestOneWayChangedTwice(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.way.Direction = repo.Pull
	w.write("work/a.ics", event("a", "Mine"))
	w.sync()
	for _, place := range []string{"Berlin", "Rome", "Oslo"} {
		w.put(w.work, "a", "First a", "LOCATION:"+place)
		w.sync()
		if got := w.read("work/a.ics"); !strings.Contains(got, "SUMMARY:Mine") || !strings.Contains(got, "LOCATION:"+place) {
			t.Fatalf("here %q", got)
		}
		w.sync()
		w.quiet()
	}
	w.write("work/a.ics", bytes.ReplaceAll([]byte(w.read("work/a.ics")), []byte("END:VEVENT"), []byte("DESCRIPTION:Mine too\r\nEND:VEVENT")))
	w.sync()
	w.quiet()
	if b, _ := w.work.Get("a.ics"); strings.Contains(string(b), "Mine") {
		t.Errorf("sent: %q", b)
	}
	w.way.Direction = ""
	w.sync()
	b, _ := w.work.Get("a.ics")
	for _, line := range []string{"SUMMARY:Mine", "DESCRIPTION:Mine too", "LOCATION:Oslo"} {
		if !strings.Contains(string(b), line) {
			t.Errorf("%s was not sent: %q", line, b)
		}
	}
	w.settled()
}

// TestViewFollowsTheDays (T4, F49): as days pass, an item leaves the window. It stays on both sides, whatever becomes of it on one of them, and
// goes on from its pair when the window is opened.
func TestViewFollowsTheDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	window := func() { w.filter.Since = w.now.Truncate(24*time.Hour).AddDate(0, 0, -30) }
	window()
	for _, uid := range letters(4) {
		w.work.Put(uid+".ics", on("20260302", uid, uid))
	}
	w.sync()
	w.settled()
	w.now = w.now.AddDate(0, 2, 0)
	window()
	w.server.ResetLog()
	w.sync()
	names := letters(4)
	w.write("work/"+names[0]+".ics", on("20260302", names[0], "Edited here"))
	w.work.Put(names[1]+".ics", on("20260302", names[1], "Edited there"))
	w.remove("work/" + names[2] + ".ics")
	w.work.Delete(names[3] + ".ics")
	for range 3 {
		w.sync()
	}
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
	if got := slices.Sorted(maps.Keys(w.here("work"))); !slices.Equal(got, []string{names[0], names[1], names[3]}) {
		t.Errorf("here %q", got)
	}
	w.quiet()
	w.filter = repo.Filter{}
	w.sync()
	w.settled()
	if got := titles(w.here("work")); got != names[0]+"=Edited here "+names[1]+"=Edited there" {
		t.Errorf("here %q", got)
	}
}

// TestT27WindowsOfTwoServers: a view is never a deletion, on no side: each server keeps what it has, whatever the other's window.
func TestT27WindowsOfTwoServers(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t), newWorld(t)
	w.now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	narrow := repo.Filter{Since: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	two := func(q *repo.Request) {
		second := other.remote()
		second.Name = "other"
		q.Remotes[0].Filter = narrow
		q.Remotes = append(q.Remotes, second)
	}
	w.work.Put("old.ics", on("20250302", "old", "Old"))
	w.work.Put("new.ics", event("new", "New"))
	other.work.Put("late.ics", on("20250303", "late", "Late"))
	for range 3 {
		w.sync(two)
	}
	narrow.Since = narrow.Since.AddDate(0, 2, 0) // now "new" is outside, too
	for range 3 {
		w.sync(two)
	}
	other.work.Delete("new.ics")
	for range 3 {
		w.sync(two)
	}
	if got := titles(w.there(w.work)); got != "new=New old=Old" {
		t.Errorf("the narrow one has %q", got)
	}
	if got := titles(w.there(other.work)); got != "late=Late" {
		t.Errorf("the other one has %q", got)
	}
	w.sound()
}

// TestV4OneWayEditsAreHeld: what may not be sent waits for a person, and the rest goes on. Accepted it is sent once; refused it is put back.
func TestV4OneWayEditsAreHeld(t *testing.T) {
	t.Parallel()
	for _, refuse := range []bool{false, true} {
		w := agreed(t, []string{"a", "b", "c"})
		w.way = repo.OneWay{Direction: repo.Pull, Edits: repo.HoldEdits}
		w.write("work/a.ics", event("a", "Mine"))
		w.write("work/n.ics", event("n", "New"))
		w.remove("work/b.ics")
		w.put(w.work, "a", "First a", "LOCATION:Berlin")
		w.put(w.work, "c", "Theirs")
		w.server.ResetLog()
		for range 2 {
			w.sync()
		}
		if n := w.server.Writes(); n != 0 {
			t.Errorf("%d writes while it is held", n)
		}
		if got := titles(w.here("work")); got != "a=Mine c=Theirs n=New" {
			t.Errorf("here %q", got)
		}
		if h := w.hold(repo.PushOneWay); len(h.States) != 3 || h.Side != repo.There {
			t.Errorf("%+v", h)
		}
		must(t, w.answer(w.hold(repo.PushOneWay).ID, refuse))
		w.nothingHeld()
		w.nothingHeld()
		w.settled()
		want := map[bool]string{false: "a=Mine c=Theirs n=New", true: "a=First a b=First b c=Theirs"}[refuse]
		if got := titles(w.there(w.work)); got != want || refuse && w.server.Writes() > 0 {
			t.Errorf("refused %v: there %q, want %q; %d writes", refuse, got, want, w.server.Writes())
		}
		if !strings.Contains(w.read("work/a.ics"), "LOCATION:Berlin") {
			t.Errorf("refused %v: what came meanwhile is not here", refuse)
		}
		w.write("work/c.ics", event("c", "Again"))
		w.sync()
		w.hold(repo.PushOneWay)
	}
}

// TestOneWayEditsThereAreHeld: the same the other way.
func TestOneWayEditsThereAreHeld(t *testing.T) {
	t.Parallel()
	for _, refuse := range []bool{false, true} {
		w := agreed(t, []string{"a", "b", "c"})
		w.way = repo.OneWay{Direction: repo.Push, Edits: repo.HoldEdits}
		w.put(w.work, "a", "Theirs")
		w.put(w.work, "n", "New")
		w.work.Delete("b.ics")
		w.write("work/a.ics", event("a", "First a", "LOCATION:Berlin"))
		w.write("work/c.ics", event("c", "Mine"))
		for range 2 {
			w.sync()
		}
		if got := titles(w.here("work")); got != "a=First a b=First b c=Mine" {
			t.Errorf("here %q", got)
		}
		if got := titles(w.there(w.work)); got != "a=Theirs c=Mine n=New" {
			t.Errorf("there %q", got)
		}
		must(t, w.answer(w.hold(repo.PullOneWay).ID, refuse))
		w.nothingHeld()
		w.nothingHeld()
		w.settled()
		want := map[bool]string{false: "a=Theirs c=Mine n=New", true: "a=First a b=First b c=Mine"}[refuse]
		if got := titles(w.here("work")); got != want {
			t.Errorf("refused %v: here %q, want %q", refuse, got, want)
		}
	}
}

// TestFirstPushOfAnEmptyVDir: a vdir that is empty, as one is that was just set up, is no order to empty the server.
func TestFirstPushOfAnEmptyVDir(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.work.Fill(1, 3)
	w.way = repo.OneWay{Direction: repo.Push, Edits: repo.RevertEdits}
	w.sync()
	w.sync()
	if w.work.Len() != 3 {
		t.Errorf("there are %d", w.work.Len())
	}
	if h := w.hold(repo.PushDeletions); len(h.States) != 3 {
		t.Errorf("held: %+v", h)
	}
	w.sync(func(q *repo.Request) { q.AllowDeletes = 3 })
	if w.work.Len() != 0 {
		t.Errorf("allowed, there are %d", w.work.Len())
	}
}

// TestPushOverKeptKilled: a run that dies after it sent an edit over one that stays there takes that for no edit of its own.
func TestPushOverKeptKilled(t *testing.T) {
	t.Parallel()
	for _, at := range []repo.Point{repo.AtAnswer, repo.AtReadBack} {
		w := agreed(t, []string{"a"})
		w.way.Direction = repo.Push
		w.put(w.work, "a", "First a", "LOCATION:Berlin")
		w.sync()
		w.write("work/a.ics", event("a", "Mine"))
		w.killedAt(at)
		for range 2 {
			w.sync()
		}
		if strings.Contains(w.read("work/a.ics"), "Berlin") {
			t.Errorf("%s: what is only pushed was taken", at)
		}
		b, _ := w.work.Get("a.ics")
		if !strings.Contains(string(b), "SUMMARY:Mine") || !strings.Contains(string(b), "Berlin") {
			t.Errorf("%s: there is %q", at, b)
		}
		w.way.Direction = ""
		w.sync()
		w.settled()
		if !strings.Contains(w.read("work/a.ics"), "Berlin") {
			t.Errorf("%s: it does not come in once it may: %q", at, w.read("work/a.ics"))
		}
	}
}

// TestOneWayNoticesWhatIsWanted: a collection that the configuration asks for from now on is made, although nothing else has changed since the
// last run found nothing to do.
func TestOneWayNoticesWhatIsWanted(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.way.Direction = repo.Push
	wanted := map[string]bool{"work": true}
	change := func(q *repo.Request) {
		q.Remotes[0].Create = "yes"
		q.Remotes[0].Wanted = func(name string) bool { return wanted[name] }
	}
	w.write("other/o.ics", event("o", "Other"))
	for range 3 {
		w.sync(change)
	}
	if w.server.Collection("ada", "other") != nil {
		t.Fatal("what nobody asked for was made")
	}
	wanted["other"] = true
	w.sync(change)
	if c := w.server.Collection("ada", "other"); c == nil || c.Len() != 1 {
		t.Errorf("there is %s", w.ids())
	}
}

// TestOneWayRefusedStaysRefused: an answer that the direction does not let be carried out is not asked for again by the sync after the
// next one, which looks at nothing, and counts once it may be.
func TestOneWayRefusedStaysRefused(t *testing.T) {
	t.Parallel()
	w := twelve(t)
	w.way.Direction = repo.Pull
	for _, name := range w.work.List()[:11] {
		w.work.Delete(name)
	}
	w.sync()
	w.refuseAll(repo.PullDeletions)
	for i := range 4 {
		if rem := w.sync(); len(rem.Plan.Holds) > 0 {
			t.Fatalf("sync %d holds %+v", i, rem.Plan.Holds)
		}
	}
	w.quiet()
	w.way.Direction = ""
	w.nothingHeld()
	if n := w.work.Len(); n != 12 {
		t.Errorf("%d of 12 items are on the server", n)
	}
	w.settled()
}

// TestRevertTakesNoMovedItemAway: what was moved into a collection that can only be read is not taken away there and deleted where it was. It
// goes on once the file is somewhere else.
func TestRevertTakesNoMovedItemAway(t *testing.T) {
	t.Parallel()
	for back, want := range map[string]int{"work": 5, "other": 4} {
		w := newWorld(t)
		readOnly := w.server.AddCalendar("ada", "ro", davtest.Props{})
		other := w.server.AddCalendar("ada", "other", davtest.Props{})
		for _, uid := range []string{"a", "b", "c", "d", "e"} {
			w.put(w.work, uid, "Item")
		}
		readOnly.SetReadOnly(true)
		w.way = repo.OneWay{Edits: repo.RevertEdits}
		w.sync()
		w.move("work/a.ics", "ro/a.ics")
		w.write("ro/x.ics", event("x", "Only here"))
		for range 3 {
			w.sync()
		}
		if here := w.summaries(w.here("ro")); w.work.Len() != 5 || here["a"] != "Item" || len(here) != 1 {
			t.Errorf("%d items are in work on the server, and %v in ro here", w.work.Len(), here)
		}
		w.move("ro/a.ics", back+"/a.ics")
		w.sync()
		if w.work.Len() != want || w.work.Len()+other.Len() != 5 || readOnly.Len() != 0 {
			t.Errorf("to %s: on the server, work has %d and other %d", back, w.work.Len(), other.Len())
		}
		w.sound()
	}
}
