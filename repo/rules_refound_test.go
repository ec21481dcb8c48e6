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

// TestF32SameItemsAtAnotherAddress: the pairing moves with the items, and what was edited on both sides meanwhile goes its way; no item is
// sent, pulled or deleted for it.
func TestF32SameItemsAtAnotherAddress(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(w *world) *davtest.Collection{
		"renamed": func(w *world) *davtest.Collection { w.work.Rename("elsewhere"); return w.work },
		"imported anew, under other names": func(w *world) *davtest.Collection {
			c := w.server.AddCalendar("ada", "elsewhere", davtest.Props{})
			for i, n := range w.work.List() {
				b, _ := w.work.Get(n)
				c.Put(fmt.Sprintf("import-%d.ics", i), b)
			}
			w.work.Remove()
			return c
		},
		"imported anew, with two more and one less": func(w *world) *davtest.Collection {
			c := w.server.AddCalendar("ada", "elsewhere", davtest.Props{})
			for _, n := range w.work.List()[1:] {
				b, _ := w.work.Get(n)
				c.Put(n, b)
			}
			w.work.Remove()
			c.Put("x.ics", event("x", "More"))
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := workAndHome(t)
			c := move(w)
			w.server.ResetLog()
			r := w.sync()
			if held := r.Plan.InState(repo.Held); len(held) > 0 || w.server.Writes() > 0 {
				t.Errorf("held %+v, %d writes", held, w.server.Writes())
			}
			if dirs, _ := filepath.Glob(filepath.Join(w.dir, "[a-z]*")); len(dirs) != 2 {
				t.Errorf("directories %q", dirs)
			}
			moved := 0
			for _, step := range r.Done {
				if step.Kind == repo.Rename && step.Collection == "work" && step.Side == repo.There {
					moved++
				}
			}
			if moved != 1 {
				t.Errorf("%d lines tell of it", moved)
			}
			w.quiet()
			w.write("work/w1.ics", event("w1", "Edited here"))
			c.Put("new.ics", event("new", "New there"))
			w.sync()
			here, there := w.summaries(w.here("work")), w.summaries(w.there(c))
			if fmt.Sprint(here) != fmt.Sprint(there) || here["w1"] != "Edited here" || here["new"] != "New there" {
				t.Errorf("here %v\nthere %v", here, there)
			}
			w.quiet()
			w.sound()
		})
	}
}

// TestF32NotTheSame: in doubt the old one is held, and nothing in it is touched on either side.
func TestF32NotTheSame(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(w *world){
		"other items": func(w *world) {
			c := w.server.AddCalendar("ada", "elsewhere", davtest.Props{})
			for i := range 10 {
				c.Put(fmt.Sprintf("w%d.ics", i), event(fmt.Sprintf("other%d", i), "Other"))
			}
			w.work.Remove()
		},
		"half of them": func(w *world) {
			c := w.server.AddCalendar("ada", "elsewhere", davtest.Props{})
			for i := range 5 {
				c.Put(fmt.Sprintf("w%d.ics", i), event(fmt.Sprintf("w%d", i), "Work"))
			}
			w.work.Remove()
		},
		"two copies": func(w *world) {
			for _, id := range []string{"one", "two"} {
				c := w.server.AddCalendar("ada", id, davtest.Props{})
				for i := range 10 {
					c.Put(fmt.Sprintf("w%d.ics", i), event(fmt.Sprintf("w%d", i), "Work"))
				}
			}
			w.work.Remove()
		},
		"the new one does not answer": func(w *world) {
			w.work.Rename("elsewhere")
			w.server.On(davtest.Match{Path: "/elsewhere/"}).Status(500)
		},
		"the old one is there still": func(w *world) {
			c := w.server.AddCalendar("ada", "copy", davtest.Props{})
			for i := range 10 {
				c.Put(fmt.Sprintf("w%d.ics", i), event(fmt.Sprintf("w%d", i), "Work"))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := workAndHome(t)
			move(w)
			w.server.ResetLog()
			r := w.sync()
			held := r.Plan.InState(repo.Held)
			if there := name == "the old one is there still"; there != (len(held) == 0) || !there && held[0].Hold != repo.CollectionGone {
				t.Errorf("held %+v", held)
			}
			if n := w.server.Writes(); n > 0 || len(w.here("work")) != 10 {
				t.Errorf("%d writes, work has %d", n, len(w.here("work")))
			}
			if name != "the new one does not answer" {
				w.sync()
				return
			}
			w.server.ClearFaults()
			if r := w.sync(); len(r.Plan.InState(repo.Held)) > 0 {
				t.Errorf("once it answers, it is held: %+v", r.Plan.InState(repo.Held)[0])
			}
		})
	}
}

// TestF32RenamedOnBothSides: another directory here and another address there, at the same time.
func TestF32RenamedOnBothSides(t *testing.T) {
	t.Parallel()
	w := workAndHome(t)
	w.move("work", "office")
	w.work.Rename("bureau")
	w.write("office/w1.ics", event("w1", "Edited here"))
	w.work.Put("w2.ics", event("w2", "Edited there"))
	r := w.sync()
	if held := r.Plan.InState(repo.Held); len(held) > 0 {
		t.Errorf("held %+v", held[0])
	}
	w.named("home office")
	here, there := w.summaries(w.here("office")), w.summaries(w.there(w.work))
	if fmt.Sprint(here) != fmt.Sprint(there) || here["w1"] != "Edited here" || here["w2"] != "Edited there" {
		t.Errorf("here %v\nthere %v", here, there)
	}
	w.quiet()
	w.sound()
}

// TestF32Killed: a run dies while a collection is found again; the next ones end where it would have ended.
func TestF32Killed(t *testing.T) {
	t.Parallel()
	for _, p := range []repo.Point{repo.AtBody, repo.AtFetchKept, repo.AtFetched, repo.AtDecided, repo.AtPending, repo.AtRequest, repo.AtAnswer, repo.AtPushKept, repo.AtPushed, repo.AtAgreeKept} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			w := workAndHome(t)
			w.work.Rename("elsewhere")
			w.work.Put("w2.ics", event("w2", "Edited there"))
			w.write("work/w1.ics", event("w1", "Edited here"))
			death{point: p}.arm(w, 1)
			w.try()
			w.followed(map[string]string{"work": "elsewhere", "home": "home"})
			if dirs, _ := filepath.Glob(filepath.Join(w.dir, "[a-z]*")); len(dirs) != 2 {
				t.Errorf("directories %q", dirs)
			}
		})
	}
}

// TestF110MappingChanged: the configuration gives a collection another directory, or a directory another collection. Both are held until
// the directories say the same.
func TestF110MappingChanged(t *testing.T) {
	t.Parallel()
	table := func(pairs map[string]string) func(*repo.Request) { // id → directory
		return func(q *repo.Request) {
			q.Remotes[0].Placed = func(info remote.Info) string { return pairs[info.ID] }
			q.Remotes[0].Choose = func(info remote.Info, _ []string, _ func(string) bool) (string, bool) {
				return pairs[info.ID], pairs[info.ID] != ""
			}
		}
	}
	w := workAndHome(t)
	holds := func(change func(*repo.Request), want ...string) {
		t.Helper()
		w.server.ResetLog()
		r := w.sync(change)
		var got []string
		for _, step := range r.Plan.InState(repo.Held) {
			if step.Hold == repo.MappingChanged {
				got = append(got, step.Collection)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || w.server.Writes() > 0 || w.work.Len() != 10 || w.home.Len() != 10 {
			t.Errorf("held %q, want %q; %d writes", got, want, w.server.Writes())
		}
	}
	holds(table(map[string]string{"work": "work", "home": "home"}))
	holds(table(map[string]string{"work": "office", "home": "home"}), "work")
	w.move("work", "office")
	holds(table(map[string]string{"work": "office", "home": "home"}))
	w.named("home office")
	holds(table(map[string]string{"work": "home", "home": "office"}), "home", "office")
	w.server.AddCalendar("ada", "third", davtest.Props{}).Put("t.ics", event("t", "Third"))
	holds(table(map[string]string{"third": "office", "home": "home"}), "office")
	w.move("office", "old")
	holds(table(map[string]string{"third": "office", "home": "home"}))
	if got := w.summaries(w.here("office")); len(got) != 1 || got["t"] != "Third" {
		t.Errorf("office has %v", got)
	}
	if got := w.here("old"); len(got) != 10 {
		t.Errorf("old has %d items", len(got))
	}
	if _, err := os.Stat(filepath.Join(w.dir, "work")); err == nil {
		t.Error("the directory work is back")
	}
}
