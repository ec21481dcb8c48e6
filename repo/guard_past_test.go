package repo_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vgit/repo"
)

// act makes changes to items by their numbers, on one side.
func (w *world) act(class repo.Class, from, to int) {
	w.t.Helper()
	for i := from; i < to; i++ {
		uid := fmt.Sprintf("i%02d", i)
		switch class {
		case repo.PushDeletions:
			w.remove("work/" + uid + ".ics")
		case repo.PullDeletions:
			w.work.Delete(uid + ".ics")
		case repo.PushChanges:
			w.write("work/"+uid+".ics", event(uid, "Changed here"))
		case repo.PullChanges:
			w.work.Put(uid+".ics", event(uid, "Changed there"))
		}
	}
}

// spread are rows of the table of the edges: what passes in several runs, and one more that is held.
var spread = []struct {
	class repo.Class
	n     int
	runs  []int // numbers of items, all of which pass
}{
	{repo.PushDeletions, 2, []int{1}},
	{repo.PushDeletions, 20, []int{2, 1, 1}},
	{repo.PushDeletions, 67, []int{4, 2}},
	{repo.PullDeletions, 3, []int{1, 1}},
	{repo.PullDeletions, 40, []int{9, 1}},
	{repo.PushChanges, 20, []int{10, 9}},
	{repo.PushChanges, 67, []int{19, 1}},
	{repo.PullChanges, 20, []int{18, 1}},
	{repo.PullChanges, 40, []int{1, 19}},
}

// TestG6G7G8EdgesOverSeveralRuns: what was done in the last 24 hours counts, whether the collection is old or came this very day, whether the
// log of it is there or not, and whatever the user did to main. A day later the count starts anew.
func TestG6G7G8EdgesOverSeveralRuns(t *testing.T) {
	t.Parallel()
	for i, c := range spread {
		t.Run(fmt.Sprintf("%s %d", c.class, c.n), func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(c.n))
			if i%2 == 0 {
				w.now = w.now.Add(25 * time.Hour)
			}
			done := 0
			for run, k := range c.runs {
				w.act(c.class, done, done+k)
				done += k
				if r := w.sync(); len(r.Plan.Holds) > 0 {
					t.Fatalf("%d of %d after %d: held: %s", k, c.n, done-k, r.Plan.Holds[0].Why)
				}
				w.settled()
				w.now = w.now.Add(time.Hour)
				w.disturb(run + i)
			}
			w.act(c.class, done, done+1)
			for range 2 {
				r := w.sync()
				if len(r.Plan.Holds) != 1 || r.Plan.Holds[0].Class != c.class || len(r.Plan.Holds[0].States) != 1 {
					t.Fatalf("one more after %d of %d: holds %+v", done, c.n, r.Plan.Holds)
				}
				if why := r.Plan.Holds[0].Why; !strings.Contains(why, fmt.Sprintf("1, and %d more in the last 24 hours, of %d items", done, c.n)) || !strings.Contains(why, fmt.Sprintf("at most %d pass", done)) {
					t.Errorf("%q lacks the numbers", why)
				}
			}
			w.now = w.now.Add(25 * time.Hour)
			if c.n == 2 || c.n == 3 {
				return // what is left is all there is
			}
			if r := w.sync(); len(r.Plan.Holds) > 0 {
				t.Errorf("a day later: held: %s", r.Plan.Holds[0].Why)
			}
			w.settled()
		})
	}
}

// TestG6G8WhatIsLeftIsAllThereIs: an item that was deleted in the morning, on either side, does not make the rest of a small collection
// free. The last but one, or two, may go still.
func TestG6G8WhatIsLeftIsAllThereIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		first, then repo.Class
		n, before   int // items; deleted in the morning
		held        bool
	}{
		{repo.PushDeletions, repo.PullDeletions, 4, 1, true},
		{repo.PushDeletions, repo.PullDeletions, 3, 1, false},
		{repo.PullDeletions, repo.PullDeletions, 9, 2, true},
		{repo.PullDeletions, repo.PushDeletions, 4, 2, true},
		{repo.PullDeletions, repo.PushDeletions, 4, 3, false},
	} {
		w := agreed(t, letters(c.n))
		w.act(c.first, 0, c.before)
		if r := w.sync(); len(r.Plan.Holds) > 0 {
			t.Fatalf("%+v: the first are held: %s", c, r.Plan.Holds[0].Why)
		}
		w.act(c.then, c.before, c.n)
		r := w.sync()
		if held := len(r.Plan.Holds) == 1 && len(r.Plan.Holds[0].States) == c.n-c.before; held != c.held {
			t.Errorf("%+v: holds %+v", c, r.Plan.Holds)
		} else if held && !strings.Contains(r.Plan.Holds[0].Why, "which is all there is") {
			t.Errorf("%+v: %s", c, r.Plan.Holds[0].Why)
		}
	}
}

// disturb does what must not change a count: it loses the log, or squashes main, or rebases it.
func (w *world) disturb(how int) {
	w.t.Helper()
	switch how % 3 {
	case 0:
		if err := os.Remove(filepath.Join(w.dir, ".git/vgit/applied-server")); err != nil && !os.IsNotExist(err) {
			w.t.Fatal(err)
		}
	case 1:
		root := strings.Fields(w.git("rev-list", "--max-parents=0", "main"))[0]
		w.git("reset", "-q", "--soft", root)
		w.git("commit", "-q", "--allow-empty", "-m", "squashed")
	}
}

// TestG6ReturnedItemsDoNotCount: what was deleted and put back is not lost, so that it is not counted.
func TestG6ReturnedItemsDoNotCount(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(20))
	w.act(repo.PushDeletions, 0, 4)
	w.sync()
	for _, n := range letters(4) {
		w.write("work/"+n+".ics", event(n, "Back"))
	}
	w.sync()
	w.act(repo.PushDeletions, 4, 8)
	if r := w.sync(); len(r.Plan.Holds) > 0 {
		t.Errorf("held: %s", r.Plan.Holds[0].Why)
	}
	w.settled()
	w.act(repo.PushDeletions, 8, 9)
	if r := w.sync(); len(r.Plan.Holds) != 1 {
		t.Errorf("holds %+v", r.Plan.Holds)
	}
}

// TestG5RenamesDoNotCount: 15 files of 20 that are renamed and four that are deleted pass, in one run and in the next one.
func TestG5RenamesDoNotCount(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(20))
	for _, n := range letters(15) {
		w.move("work/"+n+".ics", "work/renamed-"+n+".ics")
	}
	w.act(repo.PushDeletions, 15, 19)
	if r := w.sync(); len(r.Plan.Holds) > 0 {
		t.Fatalf("held: %s", r.Plan.Holds[0].Why)
	}
	if n := w.work.Len(); n != 16 {
		t.Errorf("%d items there", n)
	}
	w.settled()
	w.act(repo.PushDeletions, 19, 20)
	if r := w.sync(); len(r.Plan.Holds) != 1 || len(r.Plan.Holds[0].States) != 1 {
		t.Errorf("the fifth deletion: holds %+v", r.Plan.Holds)
	}
}

// TestG8bRollbackByOlderBodies: five items that a server shows as it had them before are held, four are not.
func TestG8bRollbackByOlderBodies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ k, held int }{{4, 0}, {5, 5}} {
		w := agreed(t, letters(200))
		w.act(repo.PullChanges, 0, 30)
		w.sync()
		w.now = w.now.Add(time.Hour)
		for _, n := range letters(c.k) {
			w.work.Put(n+".ics", event(n, "First "+n))
		}
		w.work.Put("i50.ics", event("i50", "Goes on"))
		for range 2 {
			r := w.sync()
			held := 0
			for _, h := range r.Plan.Holds {
				if h.Class != repo.PullRollback {
					t.Errorf("holds %s: %s", h.Class, h.Why)
				}
				held += len(h.States)
			}
			if held != c.held {
				t.Errorf("%d go back, %d held, want %d", c.k, held, c.held)
			}
		}
		if body := w.read("work/i50.ics"); !strings.Contains(body, "Goes on") {
			t.Error("a held rollback stopped everything else")
		}
		want := "First i00"
		if c.held > 0 {
			want = "Changed there"
		}
		if body := w.read("work/i00.ics"); !strings.Contains(body, want) {
			t.Errorf("i00 is %q", body)
		}
	}
}

// TestG19HoldEndsByItself: when the items are back there is no hold any more, and nothing is asked.
func TestG19HoldEndsByItself(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(12))
	w.act(repo.PullDeletions, 0, 10)
	if r := w.sync(); len(r.Plan.Holds) != 1 {
		t.Fatalf("holds %+v", r.Plan.Holds)
	}
	for _, n := range letters(10) {
		w.work.Put(n+".ics", event(n, "First "+n))
	}
	if r := w.sync(); len(r.Plan.Holds) > 0 {
		t.Errorf("holds %+v", r.Plan.Holds)
	}
	w.settled()
}

// TestG15PullsCountAgainAsPushes: what one remote deleted and is not held for counts as deletions on each other remote; what is held reaches
// none.
func TestG15PullsCountAgainAsPushes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n, gone int
		pulls   int // held from the first remote
		pushes  int // and to the second
	}{{40, 4, 0, 0}, {40, 6, 0, 6}, {40, 12, 12, 0}} {
		w, other, both := twoRemotes(t, nil, nil)
		for _, n := range letters(c.n) {
			w.put(w.work, n, "First "+n)
		}
		w.syncAll(both)
		w.syncAll(both)
		w.act(repo.PullDeletions, 0, c.gone)
		report := w.syncAll(both)
		held := []int{len(report.Remotes[0].Plan.InState(repo.Held)), len(report.Remotes[1].Plan.InState(repo.Held))}
		if held[0] != c.pulls || held[1] != c.pushes {
			t.Errorf("%d of %d gone there: held %v, want %d and %d", c.gone, c.n, held, c.pulls, c.pushes)
		}
		want := c.n - c.gone
		if c.pulls+c.pushes > 0 {
			want = c.n
		}
		if n := other.work.Len(); n != want {
			t.Errorf("%d of %d gone there: the other remote has %d items, want %d", c.gone, c.n, n, want)
		}
	}
}

// syncAll is one sync with several remotes that must come to its end.
func (w *world) syncAll(change func(*repo.Request)) *repo.Report {
	w.t.Helper()
	report, err := w.try(change)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range report.Remotes {
		if r.Err != nil {
			w.t.Fatal(r.Err)
		}
	}
	return report
}

// TestG6AcceptedByNameDoesNotCount: after eight deletions that a person accepted, four more pass on the same day and a fifth is held, with the
// log of the past and without. Eight that --allow-deletes let through were accepted by nobody, and count.
func TestG6AcceptedByNameDoesNotCount(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"accepted", "accepted, log lost", "allowed"} {
		w := agreed(t, letters(30))
		w.act(repo.PushDeletions, 0, 8)
		if r := w.sync(); len(r.Plan.Holds) != 1 {
			t.Fatalf("%s: holds %+v", how, r.Plan.Holds)
		}
		if how == "allowed" {
			w.sync(func(q *repo.Request) { q.AllowDeletes = 8 })
		} else {
			w.acceptAll(repo.PushDeletions)
			w.sync()
		}
		if n := w.work.Len(); n != 22 {
			t.Fatalf("%s: %d items there, want 22", how, n)
		}
		if how == "accepted, log lost" {
			w.disturb(0)
		}
		w.act(repo.PushDeletions, 8, 12)
		if held := len(w.sync().Plan.Holds) > 0; held != (how == "allowed") {
			t.Errorf("%s: four more are held: %v", how, held)
		}
		w.act(repo.PushDeletions, 12, 13)
		if r := w.sync(); len(r.Plan.Holds) != 1 {
			t.Errorf("%s: the fifth: holds %+v", how, r.Plan.Holds)
		}
	}
}

// TestG9FirstSyncEndsOnceItIsInStep: the first sync of a collection may bring any number, also if it was cut short in the middle; what comes
// after it is counted, on the very same day, and in several runs together.
func TestG9FirstSyncEndsOnceItIsInStep(t *testing.T) {
	t.Parallel()
	few := func(w *world) func(*repo.Request) {
		return func(q *repo.Request) {
			q.Remotes[0].Guard = repo.DefaultLimits()
			q.Remotes[0].Guard.Additions = repo.Limit{Least: 3, Percent: 10}
		}
	}
	for _, p := range []repo.Point{repo.AtWritten, repo.AtPulled, repo.AtAgreed} {
		w := newWorld(t)
		for _, n := range letters(10) {
			w.write("work/"+n+".ics", event(n, "First "+n))
			w.work.Put("there-"+n+".ics", event("there-"+n, "First"))
		}
		w.killedAt(p)
		w.now = w.now.Add(time.Hour)
		if r := w.sync(few(w)); len(r.Plan.Holds) > 0 {
			t.Errorf("killed %s: held: %s", p, r.Plan.Holds[0].Why)
		}
		w.settled()
		w.now = w.now.Add(time.Hour)
		w.write("work/n1.ics", event("n1", "New"))
		w.write("work/n2.ics", event("n2", "New"))
		if r := w.sync(few(w)); len(r.Plan.Holds) > 0 {
			t.Errorf("two more: held: %s", r.Plan.Holds[0].Why)
		}
		w.write("work/n3.ics", event("n3", "New"))
		w.write("work/n4.ics", event("n4", "New"))
		if r := w.sync(few(w)); len(r.Plan.Holds) != 1 || r.Plan.Holds[0].Class != repo.PushAdditions {
			t.Errorf("two more: holds %+v", r.Plan.Holds)
		}
	}
}

// TestG6DeletionsOfAKilledRunCount: what a run deleted before it died is on the tracking line, whether the base knows it or not.
func TestG6DeletionsOfAKilledRunCount(t *testing.T) {
	t.Parallel()
	for _, p := range []repo.Point{repo.AtPushed, repo.AtAgreed} {
		w := agreed(t, letters(20))
		w.act(repo.PushDeletions, 0, 4)
		w.killedAt(p)
		w.sync()
		w.act(repo.PushDeletions, 4, 5)
		if r := w.sync(); len(r.Plan.Holds) != 1 || len(r.Plan.Holds[0].States) != 1 {
			t.Errorf("%s: holds %+v", p, r.Plan.Holds)
		}
	}
}

// TestStatusLeavesNoLog: what status counts is not kept, since it has no lock.
func TestStatusLeavesNoLog(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(20))
	w.act(repo.PushDeletions, 0, 4)
	w.sync()
	w.disturb(0)
	w.act(repo.PushDeletions, 4, 5)
	if holds := w.holds(); len(holds) != 1 {
		t.Errorf("holds %+v", holds)
	}
	log := filepath.Join(w.dir, ".git/vgit/applied-server")
	if _, err := os.Stat(log); err == nil {
		t.Error("status wrote the log of the guard")
	}
	w.sync()
	if _, err := os.Stat(log); err != nil {
		t.Error("a sync that holds something leaves no log")
	}
}
