package repo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vgit/remote/davtest"
)

// lockedPull is a world whose last pull wrote a file and could not move main.
func lockedPull(t *testing.T) *world {
	w := agreed(t, []string{"a", "b"})
	w.quiet()
	w.work.Put("a.ics", event("a", "There"))
	lock := filepath.Join(w.dir, ".git/refs/heads/main.lock")
	must(t, os.WriteFile(lock, nil, 0o600))
	w.try()
	must(t, os.Remove(lock))
	return w
}

// TestPullThatCouldNotMoveMain: somebody keeps the lock of main while a pull writes; the item goes on being pulled afterwards, and what the
// user writes on top of it is sent.
func TestPullThatCouldNotMoveMain(t *testing.T) {
	t.Parallel()
	t.Run("server goes on", func(t *testing.T) {
		t.Parallel()
		w := lockedPull(t)
		w.work.Put("a.ics", event("a", "There again"))
		w.sync()
		w.settled()
	})
	t.Run("user goes on", func(t *testing.T) {
		t.Parallel()
		w := lockedPull(t)
		w.server.On(davtest.Match{}).Status(503)
		w.try()
		w.server.ClearFaults()
		w.login()
		w.write("work/a.ics", event("a", "There", "DESCRIPTION:mine"))
		w.sync()
		if b, _ := w.work.Get("a.ics"); !strings.Contains(string(b), "DESCRIPTION:mine") {
			t.Errorf("the edit was not sent: %q", b)
		}
	})
}

// TestP89MoveThatFailsDoublesNothing: the edit made on the way is at the old place, and the MOVE fails; the item does not come back
// there as if somebody had edited it.
func TestP89MoveThatFailsDoublesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, davtest.UIDPerAccount, davtest.NoMove)
	home := w.server.AddCalendar("ada", "home", davtest.Props{})
	home.Put("h.ics", event("h", "h"))
	w.work.Put("a.ics", event("a", "First a"))
	w.work.Put("b.ics", event("b", "First b"))
	w.sync()
	w.move("work/a.ics", "home/a.ics")
	w.write("home/a.ics", event("a", "Edited on the way"))
	for range 3 {
		w.sync()
	}
	if _, err := os.Stat(filepath.Join(w.dir, "work/a.ics")); err == nil {
		t.Error("it came back in its old place")
	}
	if w.work.Len()+home.Len() != 3 {
		t.Errorf("there: %v and %v", w.work.List(), home.List())
	}
}

// TestMissingDirectoryIsHeldForAsLong (F64): the hold of a vanished directory does not lapse in the run after.
func TestMissingDirectoryIsHeldForAsLong(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(4))
	w.write("work/color", []byte("#ff0000\n"))
	w.sync()
	for _, n := range letters(4) {
		w.remove("work/" + n + ".ics")
	}
	w.server.On(davtest.Match{}).Status(503)
	w.try() // recorded, not sent
	w.move("work", "../gone")
	w.try()
	w.server.ClearFaults()
	w.login()
	w.sync()
	if w.work.Len() != 4 {
		t.Errorf("%d items left there, want 4", w.work.Len())
	}
}
