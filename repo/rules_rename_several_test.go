package repo_test

import (
	"testing"

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
