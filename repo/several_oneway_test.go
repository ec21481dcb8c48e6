package repo_test

import (
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
)

// TestRevertIsOfEditsHere: with one_way_edits = "revert" a pulled remote puts back what was edited here. What another remote of the vdir
// brought is no such edit, and putting it back would delete on that one what somebody has just made there.
func TestRevertIsOfEditsHere(t *testing.T) {
	t.Parallel()
	for _, alone := range []bool{false, true} {
		w, other, both := twoRemotes(t, nil, nil)
		w.set = func(o *repo.Options) { o.Properties, o.Remotes = []string{"color"}, []string{"server", "other"} }
		w.put(w.work, "a", "First a")
		w.put(w.work, "b", "First b")
		w.way = repo.OneWay{Direction: repo.Pull, Edits: repo.RevertEdits}
		for range 2 {
			w.sync(both)
		}
		other.put(other.work, "n", "New on the other")
		other.put(other.work, "a", "Changed on the other")
		other.work.SetProps(davtest.Props{Color: "#123456"})
		w.write("work/b.ics", event("b", "Edited here"))
		for range 3 {
			w.sync(both)
			if alone {
				w.sync(func(q *repo.Request) { q.Several = true })
			}
		}
		here := w.summaries(w.here("work"))
		if here["n"] != "New on the other" || here["a"] != "Changed on the other" || here["b"] != "First b" {
			t.Errorf("here is %v", here)
		}
		there := other.summaries(other.there(other.work))
		if there["n"] != "New on the other" || there["a"] != "Changed on the other" || there["b"] != "First b" {
			t.Errorf("the other has %v", there)
		}
		if first := w.summaries(w.there(w.work)); len(first) != 2 || first["a"] != "First a" {
			t.Errorf("the pulled one has %v", first)
		}
		if color := strings.TrimSpace(w.read("work/color")); color != "#123456" || other.work.Props().Color != "#123456" {
			t.Errorf("the colour is %s here and %s on the other", color, other.work.Props().Color)
		}
		w.sound()
	}
}
