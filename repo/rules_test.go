package repo_test

import (
	"fmt"
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
)

// agreed is a world in which both sides hold the named items.
func agreed(t *testing.T, names []string, opts ...davtest.Option) *world {
	t.Helper()
	w := newWorld(t, opts...)
	w.disk = quick(w)
	for _, n := range names {
		w.work.Put(n+".ics", event(n, "First "+n))
	}
	w.sync()
	return w
}

func letters(n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("i%02d", i))
	}
	return names
}

// states counts the steps of the last plan by state.
func states(r *repo.RemoteReport) map[repo.StepState]int {
	n := map[repo.StepState]int{}
	for _, s := range r.Plan.Steps {
		n[s.State]++
	}
	return n
}

func TestBothChangedDifferentlyWaits(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", event("a", "Here"))
	w.work.Put("a.ics", event("a", "There"))
	w.work.Put("b.ics", event("b", "Moved"))
	for range 2 { // it waits as long as it has to, and stops nothing else
		w.server.ResetLog()
		r := w.sync()
		if n := states(r); n[repo.Waits] != 1 {
			t.Errorf("steps %v", r.Plan.Steps)
		}
		if n := w.server.Writes(); n != 0 {
			t.Errorf("%d writes to the server", n)
		}
	}
	if !strings.Contains(w.read("work/a.ics"), "Here") || !strings.Contains(w.read("work/b.ics"), "Moved") {
		t.Error("a conflict changed its own file, or stopped another")
	}
	w.sound()
	// Settled by hand: the file becomes what the server has.
	body, _ := w.work.Get("a.ics")
	w.write("work/a.ics", body)
	w.sync()
	w.settled()
}

// TestSettledForTheOtherSideStaysSettled: what the user took over is agreed, even if the server goes on before the next sync.
func TestSettledForTheOtherSideStaysSettled(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.write("work/a.ics", event("a", "Here"))
	w.work.Put("a.ics", event("a", "There"))
	w.sync()
	w.git("checkout", "-q", "server/main", "--", "work/a.ics")
	w.work.Put("a.ics", event("a", "There, later"))
	w.server.ResetLog()
	w.decided(w.sync())
	if n := w.server.Writes(); n != 0 || !strings.Contains(w.read("work/a.ics"), "There, later") {
		t.Errorf("%d writes, file %q", n, w.read("work/a.ics"))
	}
	w.settled()
}

func TestBothChangedAlikeIsBound(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.write("work/a.ics", event("a", "Same", "LOCATION:Room"))
	w.work.Put("a.ics", event("a", "Same", "LOCATION:Room", "SEQUENCE:4"))
	w.server.ResetLog()
	w.sync()
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes to the server", n)
	}
	w.settled()
}

func TestEditBeatsDelete(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.remove("work/a.ics")
	w.work.Put("a.ics", event("a", "Edited there"))
	w.write("work/b.ics", event("b", "Edited here"))
	w.work.Delete("b.ics")
	r := w.sync()
	if !strings.Contains(w.read("work/a.ics"), "Edited there") {
		t.Error("a file deleted here and edited there did not come back")
	}
	if n := states(r); n[repo.Waits] != 2 || !strings.Contains(w.read("work/b.ics"), "Edited here") {
		t.Errorf("edited here, deleted there: %v", r.Plan.Steps)
	}
	w.sound()
	for range 2 { // both wait as long as they have to, and nothing is written
		w.quiet()
	}
	// Deleting what came back once more deletes it there, and deleting the other one here, too.
	w.remove("work/a.ics")
	w.remove("work/b.ics")
	w.sync()
	if n := w.work.Len(); n != 0 {
		t.Errorf("%d items are left there", n)
	}
	w.settled()
}

// TestItemThatCameBackIsKeptByAnyEdit (spec of merging, 1.4): what is in front of the eyes was seen, so that editing it settles it.
func TestItemThatCameBackIsKeptByAnyEdit(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.remove("work/a.ics")
	w.work.Put("a.ics", event("a", "Edited there"))
	w.sync()
	w.write("work/a.ics", event("a", "Kept"))
	w.sync()
	if body, _ := w.work.Get("a.ics"); !strings.Contains(string(body), "Kept") {
		t.Errorf("there is %q", body)
	}
	w.settled()
}

func TestDeletionsAreHeld(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		items, gone, allow int
		held               bool
	}{{5, 5, 0, true}, {20, 4, 0, false}, {20, 10, 0, true}, {40, 4, 0, false}, {59, 15, 0, true}, {20, 10, 9, true}, {20, 10, 10, false}} {
		for _, side := range []repo.Side{repo.Here, repo.There} {
			t.Run(fmt.Sprintf("%d of %d allow %d %s", c.gone, c.items, c.allow, side), func(t *testing.T) {
				t.Parallel()
				w := agreed(t, letters(c.items))
				for _, n := range letters(c.gone) {
					if side == repo.There {
						w.remove("work/" + n + ".ics")
					} else {
						w.work.Delete(n + ".ics")
					}
				}
				w.work.Put("new.ics", event("new", "Goes on"))
				r := w.sync(func(q *repo.Request) { q.AllowDeletes = c.allow })
				want := 0
				if c.held {
					want = c.gone
				}
				if n := states(r); n[repo.Held] != want {
					t.Fatalf("%d steps held, want %d", n[repo.Held], want)
				}
				left := map[repo.Side]int{repo.Here: len(w.here("work")), repo.There: w.work.Len()}
				if other := side; c.held && left[other] != c.items+1 {
					t.Errorf("%d items left on the side that was to be kept, want %d", left[other], c.items+1)
				}
				if !strings.Contains(w.read("work/new.ics"), "Goes on") {
					t.Error("a held deletion stopped everything else")
				}
				if !c.held {
					w.settled()
				}
			})
		}
	}
}
