package repo_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
)

// workAndHome are work with some items and home with others, agreed.
func workAndHome(t *testing.T, opts ...davtest.Option) *world {
	t.Helper()
	w := newWorld(t, opts...)
	w.disk = quick(w)
	w.home = w.server.AddCalendar("ada", "home", davtest.Props{})
	for i := range 10 {
		w.work.Put(fmt.Sprintf("w%d.ics", i), event(fmt.Sprintf("w%d", i), "Work"))
		w.home.Put(fmt.Sprintf("h%d.ics", i), event(fmt.Sprintf("h%d", i), "Home"))
	}
	w.sync()
	return w
}

// untouched checks that a sync wrote nothing there and deleted nothing here.
func (w *world) untouched(work func() *repo.RemoteReport) *repo.RemoteReport {
	w.t.Helper()
	w.server.ResetLog()
	r := work()
	if n := w.server.Writes(); n > 0 {
		w.t.Errorf("%d writes to the server", n)
	}
	if held := r.Plan.InState(repo.Held); len(held) > 0 {
		w.t.Errorf("held: %+v", held[0])
	}
	return r
}

// below lists the collections that a ref speaks of.
func (w *world) below(ref, below string) string {
	w.t.Helper()
	return strings.Join(strings.Fields(w.git("ls-tree", "--name-only", ref+":"+below)), " ")
}

// named checks that all that is kept of collections has these names.
func (w *world) named(colls string) {
	w.t.Helper()
	for _, at := range [][2]string{{"main", ""}, {"server/main", ".vgit/collection"}, {"refs/vgit/server/base", "local"}, {"refs/vgit/server/base", "remote"}} {
		if got := w.below(at[0], at[1]); got != colls {
			w.t.Errorf("%s:%s has %q, want %q", at[0], at[1], got, colls)
		}
	}
}

// TestG12RenamedDirectoryIsFollowed: `mv work office` moves the pairing and nothing else; what was edited on both sides meanwhile
// goes its way.
func TestG12RenamedDirectoryIsFollowed(t *testing.T) {
	t.Parallel()
	w := workAndHome(t)
	w.move("work", "office")
	w.untouched(func() *repo.RemoteReport { return w.sync() })
	w.named("home office")
	if _, err := os.Stat(filepath.Join(w.dir, "work")); err == nil {
		t.Error("the old directory is back")
	}
	w.quiet()
	w.sound()

	w.move("office", "bureau")
	w.write("bureau/w1.ics", event("w1", "Edited here"))
	w.write("bureau/new.ics", event("new", "New here"))
	w.remove("bureau/w2.ics")
	w.work.Put("w3.ics", event("w3", "Edited there"))
	w.work.Delete("w4.ics")
	w.sync()
	w.named("bureau home")
	here, there := w.summaries(w.here("bureau")), w.summaries(w.there(w.work))
	if !maps.Equal(here, there) || here["w1"] != "Edited here" || here["w3"] != "Edited there" || here["new"] != "New here" || here["w2"]+here["w4"] != "" {
		t.Errorf("here %v, there %v", here, there)
	}
	w.quiet()
	w.sound()
}

// TestG12RenamedByGit: a rename that was committed by hand is one as well.
func TestG12RenamedByGit(t *testing.T) {
	t.Parallel()
	w := workAndHome(t)
	w.git("mv", "work", "office")
	w.git("commit", "-qm", "renamed")
	w.untouched(func() *repo.RemoteReport { return w.sync() })
	w.named("home office")
	w.quiet()
}

// TestG12RenamedInEachCase: which changes beside a rename leave it one, and which make it a hold.
func TestG12RenamedInEachCase(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(w *world)
		held   []repo.Class
	}{
		"copied, and the old one is there still": {func(w *world) {
			must(t, os.CopyFS(filepath.Join(w.dir, "office"), os.DirFS(filepath.Join(w.dir, "work"))))
		},
			[]repo.Class{repo.NewCollection}},
		"two of ten are missing": {func(w *world) { w.move("work", "office"); w.remove("office/w1.ics"); w.remove("office/w2.ics") }, nil},
		"three of ten are missing": {func(w *world) {
			w.move("work", "office")
			w.remove("office/w1.ics")
			w.remove("office/w2.ics")
			w.remove("office/w3.ics")
		}, []repo.Class{repo.NewCollection, repo.DirectoryGone}},
		"three others are in it": {func(w *world) {
			w.move("work", "office")
			for _, n := range []string{"x", "y", "z"} {
				w.write("office/"+n+".ics", event(n, "Other"))
			}
		}, []repo.Class{repo.NewCollection}},
		"each is edited": {func(w *world) {
			w.move("work", "office")
			for i := range 10 {
				w.write(fmt.Sprintf("office/w%d.ics", i), event(fmt.Sprintf("w%d", i), "Edited"))
			}
		}, nil},
		"each has another file name": {func(w *world) {
			w.move("work", "office")
			for i := range 10 {
				w.move(fmt.Sprintf("office/w%d.ics", i), fmt.Sprintf("office/event-%d.ics", i))
			}
		}, nil},
		"two copies": {func(w *world) {
			w.move("work", "office")
			must(t, os.CopyFS(filepath.Join(w.dir, "bureau"), os.DirFS(filepath.Join(w.dir, "office"))))
		}, []repo.Class{repo.NewCollection, repo.NewCollection, repo.DirectoryGone}},
		"the items of two collections, which are the same, in one directory": {func(w *world) {
			w.home.Wipe()
			for i := range 10 {
				w.home.Put(fmt.Sprintf("w%d.ics", i), event(fmt.Sprintf("w%d", i), "Work"))
			}
			w.sync(func(q *repo.Request) { q.AllowDeletes = 100 })
			w.move("work", "both")
			must(t, os.RemoveAll(filepath.Join(w.dir, "home")))
			for i := range 10 {
				w.write(fmt.Sprintf("both/x%d.ics", i), event(fmt.Sprintf("x%d", i), "Other"))
			}
		}, []repo.Class{repo.NewCollection, repo.DirectoryGone, repo.DirectoryGone}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := workAndHome(t)
			c.change(w)
			r := w.sync(func(q *repo.Request) {
				if name != "copied, and the old one is there still" {
					q.Remotes[0].Create = "yes" // not even then, unless it is clear
				}
			})
			var held []repo.Class
			for _, step := range r.Plan.InState(repo.Held) {
				held = append(held, step.Hold)
			}
			slices.Sort(held)
			slices.Sort(c.held)
			if !slices.Equal(held, c.held) {
				t.Errorf("held %q, want %q", held, c.held)
			}
			if w.work.Len() < 8 || w.ids() != "home work" {
				t.Errorf("there is %s, work has %d", w.ids(), w.work.Len())
			}
		})
	}
}

// TestG12SwappedDirectories: two names for each other are two renames, and a circle of three as well.
func TestG12SwappedDirectories(t *testing.T) {
	t.Parallel()
	w := workAndHome(t)
	swap := func() {
		w.move("work", "tmp")
		w.move("home", "work")
		w.move("tmp", "home")
	}
	swap()
	w.untouched(func() *repo.RemoteReport { return w.sync() })
	w.named("home work")
	w.write("home/w1.ics", event("w1", "Edited here"))
	w.sync()
	if got := w.summaries(w.there(w.work)); got["w1"] != "Edited here" || len(got) != 10 {
		t.Errorf("work has %v", got)
	}
	if got := w.summaries(w.here("work")); got["h1"] != "Home" {
		t.Errorf("the directory work has %v", got)
	}
	w.quiet()
	w.sound()
	swap()
	w.untouched(func() *repo.RemoteReport { return w.sync() })
	w.equal()
	w.move("work", "office") // a chain: work → office, home → work
	w.move("home", "work")
	w.untouched(func() *repo.RemoteReport { return w.sync() })
	w.named("office work")
	w.quiet()
	w.sound()
}

// TestX19WholeDirectoryIntoAnother: all items of a collection moved into another by hand are moves there, and the directory that is gone is
// no hold; with one missing it is.
func TestX19WholeDirectoryIntoAnother(t *testing.T) {
	t.Parallel()
	for _, all := range []bool{true, false} {
		for name, opts := range map[string][]davtest.Option{"keeping": nil, "uid unique": {davtest.UIDPerAccount}} {
			t.Run(fmt.Sprint(name, all), func(t *testing.T) {
				t.Parallel()
				w := workAndHome(t, opts...)
				for i := range 10 {
					w.move(fmt.Sprintf("work/w%d.ics", i), fmt.Sprintf("home/w%d.ics", i))
				}
				must(t, os.Remove(filepath.Join(w.dir, "work")))
				if !all {
					w.remove("home/w0.ics")
				}
				r := w.sync()
				held := len(r.Plan.InState(repo.Held))
				if all && (held > 0 || w.work.Len() != 0 || w.home.Len() != 20) {
					t.Errorf("%d held, work has %d, home %d", held, w.work.Len(), w.home.Len())
				}
				if !all && (held != 1 || w.work.Len() != 10) {
					t.Errorf("%d held, work has %d, home %d", held, w.work.Len(), w.home.Len())
				}
				if all {
					w.sync()
					w.quiet()
					w.sound()
				}
			})
		}
	}
}

// TestX19SplitDirectory: half of a directory moved into a new one, which is made there.
func TestX19SplitDirectory(t *testing.T) {
	t.Parallel()
	w := workAndHome(t, davtest.UIDPerAccount)
	w.mkdir("travel")
	for i := range 5 {
		w.move(fmt.Sprintf("work/w%d.ics", i), fmt.Sprintf("travel/w%d.ics", i))
	}
	r := w.sync()
	if w.work.Len() != 10 || len(r.Plan.InState(repo.Held)) != 1 {
		t.Errorf("before it is made: work has %d, held %+v", w.work.Len(), r.Plan.InState(repo.Held))
	}
	w.sync(creates("yes"))
	if c := w.server.Collection("ada", "travel"); c == nil || c.Len() != 5 || w.work.Len() != 5 {
		t.Errorf("there is %s, work has %d", w.ids(), w.work.Len())
	}
	w.sync() // what MOVE put there is looked at once
	w.quiet()
	w.sound()
}
