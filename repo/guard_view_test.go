package repo_test

import (
	"fmt"
	"testing"
	"time"

	"vgit/repo"
)

// TestG6CountsWhatAViewShows: files that a window has left behind are no part of the collection that the guard measures by. Else a directory
// that was wiped would be thirty deletions of hundreds, and pass.
func TestG6CountsWhatAViewShows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		wiped int // of the ten items inside
		held  bool
	}{{4, false}, {5, true}, {10, true}} {
		w := newWorld(t)
		for i := range 200 {
			w.work.Put(fmt.Sprintf("old%d.ics", i), on("20200302", fmt.Sprintf("old%d", i), "Old"))
		}
		for i := range 10 {
			w.work.Put(fmt.Sprintf("new%d.ics", i), event(fmt.Sprintf("new%d", i), "New"))
		}
		w.sync()
		w.filter = repo.Filter{Since: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		w.sync()
		for i := range c.wiped {
			w.remove(fmt.Sprintf("work/new%d.ics", i))
		}
		for i := range 200 {
			w.remove(fmt.Sprintf("work/old%d.ics", i))
		}
		rem := w.sync()
		if held := len(rem.Plan.Holds) > 0; held != c.held {
			t.Errorf("%d of 10: held %v, want %v: %+v", c.wiped, held, c.held, rem.Plan.Holds)
		}
		if want := map[bool]int{true: 210, false: 210 - c.wiped}[c.held]; w.work.Len() != want {
			t.Errorf("%d of 10: %d items are on the server, want %d", c.wiped, w.work.Len(), want)
		}
	}
}

// TestG8CountsWhatAViewShows: the same the other way.
func TestG8CountsWhatAViewShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 200 {
		w.work.Put(fmt.Sprintf("old%d.ics", i), on("20200302", fmt.Sprintf("old%d", i), "Old"))
	}
	for i := range 10 {
		w.work.Put(fmt.Sprintf("new%d.ics", i), event(fmt.Sprintf("new%d", i), "New"))
	}
	w.sync()
	w.filter = repo.Filter{Since: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	w.sync()
	for i := range 10 {
		w.work.Delete(fmt.Sprintf("new%d.ics", i))
	}
	if rem := w.sync(); len(rem.Plan.Holds) != 1 || len(w.here("work")) != 210 {
		t.Errorf("held is %+v, and %d files are here", rem.Plan.Holds, len(w.here("work")))
	}
}

// TestG6CountsWhatIsThere: where what is deleted there stays here, what is only here is no part of it either.
func TestG6CountsWhatIsThere(t *testing.T) {
	t.Parallel()
	for _, way := range []repo.OneWay{{StayHere: true}, {Direction: repo.Push}} {
		w := newWorld(t)
		for i := range 210 {
			w.work.Put(fmt.Sprintf("%d.ics", i), event(fmt.Sprint(i), "Item"))
		}
		w.sync()
		w.way = way
		for i := range 200 {
			w.work.Delete(fmt.Sprintf("%d.ics", i))
		}
		w.sync()
		if n := len(w.here("work")); n != 210 {
			t.Fatalf("%d files stay here", n)
		}
		for i := range 210 {
			w.remove(fmt.Sprintf("work/%d.ics", i))
		}
		if rem := w.sync(); len(rem.Plan.Holds) != 1 || w.work.Len() != 10 {
			t.Errorf("%+v: held is %+v, and %d items are on the server", way, rem.Plan.Holds, w.work.Len())
		}
	}
}
