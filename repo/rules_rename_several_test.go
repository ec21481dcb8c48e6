package repo_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"vgit/remote"
	"vgit/remote/davtest"
	"vgit/repo"
)

// TestG12RenamedWithTwoRemotes: both follow, in a sync with both or with one after the other, and neither is sent anything.
func TestG12RenamedWithTwoRemotes(t *testing.T) {
	t.Parallel()
	for _, together := range []bool{true, false} {
		w, other, both := twoRemotes(t, nil, nil)
		for _, uid := range []string{"a", "b", "c"} {
			w.put(w.work, uid, "First")
		}
		for range 3 {
			w.sync(both)
		}
		if other.work.Len() != 3 {
			t.Fatalf("the other has %d items", other.work.Len())
		}
		w.move("work", "office")
		w.server.ResetLog()
		other.server.ResetLog()
		if !together {
			w.sync()
		}
		for range 2 {
			report, err := w.try(both)
			must(t, err)
			for _, r := range report.Remotes {
				if held := r.Plan.InState(repo.Held); r.Err != nil || len(held) > 0 {
					t.Errorf("together %v: %s: %v, held %+v", together, r.Name, r.Err, held)
				}
			}
		}
		if a, b := w.server.Writes(), other.server.Writes(); a+b > 0 {
			t.Errorf("together %v: %d and %d writes", together, a, b)
		}
		w.write("office/a.ics", event("a", "Edited here"))
		w.sync(both)
		for _, c := range []*davtest.Collection{w.work, other.work} {
			if got := w.summaries(w.there(c)); got["a"] != "Edited here" || len(got) != 3 {
				t.Errorf("together %v: there is %v", together, got)
			}
		}
		w.sound()
	}
}

// TestP92MadeOnTwoRemotes: a directory made here becomes a collection on both, and one that one of them has on the other.
func TestP92MadeOnTwoRemotes(t *testing.T) {
	t.Parallel()
	w, other, both := twoRemotes(t, nil, nil)
	w.sync(both)
	w.write("new/n.ics", event("n", "New"))
	w.server.AddCalendar("ada", "theirs", davtest.Props{}).Put("t.ics", event("t", "Theirs"))
	for range 2 {
		w.sync(both, creates("yes"))
	}
	for _, x := range []*world{w, other} {
		for _, id := range []string{"new", "theirs"} {
			if c := x.server.Collection("ada", id); c == nil || c.Len() != 1 {
				t.Errorf("%s is missing or empty; there is %s", id, x.ids())
			}
		}
	}
	w.sound()
}

// TestG12NoRenameMixesCollections: where one remote recognises a rename, and another has a collection of the new name that stays what it is,
// the two do not become one, on either side (F32). Nothing is deleted anywhere.
func TestG12NoRenameMixesCollections(t *testing.T) {
	t.Parallel()
	fill := func(c *davtest.Collection, uid string, n int) {
		for i := range n {
			c.Put(fmt.Sprintf("%s%d.ics", uid, i), event(fmt.Sprintf("%s%d", uid, i), uid))
		}
	}
	intoPrivate := func(w *world) {
		for i := range 10 {
			w.move(fmt.Sprintf("work/w%d.ics", i), fmt.Sprintf("private/w%d.ics", i))
		}
		must(t, os.RemoveAll(filepath.Join(w.dir, "work")))
	}
	for name, c := range map[string]struct {
		first, other []string // their collections besides work
		way          repo.OneWay
		only         string // all that the other takes part in; "": everything
		move         func(w *world)
	}{
		"swapped, and the other has one of them": {first: []string{"home"}, other: []string{"home"}, only: "home", move: func(w *world) {
			w.move("work", "tmp")
			w.move("home", "work")
			w.move("tmp", "home")
		}},
		"into a directory that only the other has, which has an empty one of the old name, too": {other: []string{"private"}, way: repo.OneWay{Direction: repo.Pull}, move: intoPrivate},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, other, _ := twoRemotes(t, nil, nil)
			fill(w.work, "w", 10)
			for _, id := range c.first {
				fill(w.server.AddCalendar("ada", id, davtest.Props{}), id, 10)
			}
			for _, id := range c.other {
				fill(other.server.AddCalendar("ada", id, davtest.Props{}), id, 2)
			}
			both := func(q *repo.Request) {
				r := other.remote()
				r.Name, r.OneWay = "other", c.way
				r.Wanted = func(name string) bool { return c.only == "" || name == c.only }
				r.Choose = func(info remote.Info, _ []string, _ func(string) bool) (string, bool) {
					return info.ID, r.Wanted(info.ID)
				}
				q.Remotes = append(q.Remotes, r)
			}
			for range 3 {
				w.sync(both)
			}
			items := func() map[string]bool {
				all := map[string]bool{}
				for _, at := range []string{"work", "home", "private"} {
					for uid := range w.here(at) {
						all["here "+uid] = true
					}
					for side, x := range map[string]*world{"first ": w, "other ": other} {
						if coll := x.server.Collection("ada", at); coll != nil {
							for uid := range x.there(coll) {
								all[side+uid] = true
							}
						}
					}
				}
				return all
			}
			had := func() string {
				return w.below("server/main", ".vgit/collection") + ", " + w.below("other/main", ".vgit/collection")
			}
			before, known := items(), had()
			c.move(w)
			for range 3 {
				_, err := w.try(both)
				must(t, err)
			}
			after := items()
			for item := range before {
				if !after[item] {
					t.Errorf("gone: %s", item)
				}
			}
			if got := had(); got != known {
				t.Errorf("the collections were %s, and are %s", known, got)
			}
		})
	}
}
