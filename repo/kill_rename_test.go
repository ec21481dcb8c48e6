package repo_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"vgit/repo"
	"vgit/repo/disk/disktest"
)

// renamings are what a user does to directories, and which collection's items are then where.
var renamings = map[string]struct {
	do   func(w *world)
	want map[string]string // directory → the id of its collection
}{
	"one":   {func(w *world) { w.move("work", "office") }, map[string]string{"office": "work", "home": "home"}},
	"swap":  {func(w *world) { w.move("work", "tmp"); w.move("home", "work"); w.move("tmp", "home") }, map[string]string{"home": "work", "work": "home"}},
	"chain": {func(w *world) { w.move("work", "office"); w.move("home", "work") }, map[string]string{"office": "work", "work": "home"}},
}

// TestKilledAtARename (K32): a run dies at any of its points or durable operations while collections follow their directories. The next
// ones end where one that was not killed would have: no item is sent, pulled, deleted or held for the rename, and what was edited
// besides arrives.
func TestKilledAtARename(t *testing.T) {
	t.Parallel()
	for name, c := range renamings {
		start := func(t *testing.T) *world {
			w := workAndHome(t)
			c.do(w)
			for dir, id := range c.want {
				if id == "work" {
					w.write(dir+"/w1.ics", event("w1", "Edited here"))
				}
			}
			w.work.Put("w2.ics", event("w2", "Edited there"))
			return w
		}
		w := start(t)
		d := disktest.New(filepath.Dir(w.dir))
		w.disk = d.Open
		w.sync()
		for n := range points(d.Durable(), 2*casesEach) {
			t.Run(fmt.Sprintf("%s/%d", name, n), func(t *testing.T) {
				t.Parallel()
				w := start(t)
				d := disktest.New(filepath.Dir(w.dir))
				d.KillAt(n)
				w.disk = d.Open
				w.try()
				w.followed(c.want)
			})
		}
		for _, p := range []repo.Point{repo.AtFetchKept, repo.AtFetched, repo.AtRecordKept, repo.AtRecorded, repo.AtDecided, repo.AtPulled, repo.AtAgreeKept, repo.AtAgreed, repo.AtPushed} {
			for n := 1; n <= 2; n++ {
				t.Run(fmt.Sprintf("%s/%s/%d", name, p, n), func(t *testing.T) {
					t.Parallel()
					w := start(t)
					death{point: p}.arm(w, n)
					w.try()
					w.followed(c.want)
				})
			}
		}
	}
}

// followed checks that each directory has the items of its collection, with both edits, and that nothing else came of it.
func (w *world) followed(want map[string]string) {
	w.t.Helper()
	w.revive()
	r := w.sync()
	if held := r.Plan.InState(repo.Held); len(held) > 0 {
		w.t.Errorf("held: %+v", held[0])
	}
	w.sync()
	for dir, id := range want {
		here, there := w.summaries(w.here(dir)), w.summaries(w.there(w.server.Collection("ada", id)))
		if len(here) != 10 || fmt.Sprint(here) != fmt.Sprint(there) || id == "work" && (here["w1"] != "Edited here" || here["w2"] != "Edited there") {
			w.t.Errorf("%s has %v, %s has %v", dir, here, id, there)
		}
	}
	w.quietly(false)
}
