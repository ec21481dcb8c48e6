package repo_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/disk/disktest"
)

// twoCalendars is a world with a second calendar; both sides hold a and b in work, h in home.
func twoCalendars(t *testing.T) (w *world, home *davtest.Collection) {
	t.Helper()
	w = newWorld(t)
	w.disk = quick(w)
	home = w.server.AddCalendar("ada", "home", davtest.Props{})
	home.Put("h.ics", event("h", "Home"))
	w.work.Put("a.ics", event("a", "First a"))
	w.work.Put("b.ics", event("b", "First b"))
	w.sync()
	return w, home
}

// noDelete checks that a run neither planned a deletion nor asked the server for one.
func (w *world) noDelete(r *repo.RemoteReport) {
	w.t.Helper()
	for _, s := range append(r.Done, r.Plan.InState(repo.Do)...) {
		if s.Kind == repo.Delete && s.State == repo.Do {
			w.t.Errorf("%s: %s", s.Name, s.Why)
		}
	}
	if n := w.server.Count("DELETE"); n != 0 {
		w.t.Errorf("%d deletions on the server", n)
	}
}

// chmod and a commit by hand: git tracks the file as executable now, and it is the same item.
func TestExecutableBitIsNoDeletion(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	must(t, os.Chmod(filepath.Join(w.dir, "work/a.ics"), 0o755))
	w.git("-c", "core.fileMode=true", "commit", "-qam", "by hand")
	if mode := w.git("ls-tree", "main", "work/a.ics"); !strings.HasPrefix(mode, "100755") {
		t.Fatalf("the commit has no executable file: %s", mode)
	}
	w.noDelete(w.sync())
	w.equal()
	w.quiet()
}

// A file becomes a link to a place outside, committed by hand: what cannot be read is not gone.
func TestLinkCommittedByHandIsNoDeletion(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.move("work/a.ics", "../a.ics")
	must(t, os.Symlink("../../a.ics", filepath.Join(w.dir, "work/a.ics")))
	w.git("commit", "-qam", "by hand")
	for range 2 {
		w.noDelete(w.sync())
	}
	must(t, os.Remove(filepath.Join(w.dir, "work/a.ics")))
	w.move("../a.ics", "work/a.ics")
	w.sync()
	w.settled()
}

// The one directory of the layout single changes whenever it is read: nothing in it is known, so nothing is deleted.
func TestBusyDirectoryOfLayoutSingleIsNoDeletion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set = func(o *repo.Options) { o.Layout = repo.Layout{Single: true, Name: "work", Ext: ".ics"} }
	d := disktest.New(filepath.Dir(w.dir))
	w.disk = d.Open
	for _, n := range letters(4) {
		w.work.Put(n+".ics", event(n, n))
	}
	w.sync()
	n := 0
	d.Before(func(op disktest.Op) error {
		if op.Kind == disktest.ReadDir && op.Name == "calendars" {
			n++
			must(t, os.WriteFile(filepath.Join(w.dir, fmt.Sprintf("x%d.tmp", n)), nil, 0o600))
		}
		return nil
	})
	report, err := w.try()
	must(t, err)
	if n == 0 || len(report.Problems) == 0 {
		t.Errorf("the directory was changed %d times, problems %v", n, report.Problems)
	}
	w.noDelete(report.Remotes[0])
}

// The server has an item whose name the configuration ignores: leaving the view is no deletion.
func TestIgnoredNameIsNoDeletion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.disk = quick(w)
	w.set = func(o *repo.Options) { o.Ignore = []string{"draft-*"} }
	w.work.Put("draft-1.ics", event("draft-1", "Draft"))
	w.work.Put("a.ics", event("a", "Anna"))
	for range 3 {
		w.noDelete(w.sync())
	}
}

// A file is moved to where it cannot go on to the server: there it stays where it is, or it would be nowhere.
func TestMoveToWhereNothingIsSyncedDeletesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		to     string
		before func(*world, *davtest.Collection)
		sync   []func(*repo.Request)
	}{
		"a directory that no remote knows": {to: "private/a.ics", before: func(w *world, _ *davtest.Collection) {
			must(w.t, os.Mkdir(filepath.Join(w.dir, "private"), 0o700))
		}},
		"a collection that the run leaves out": {to: "home/a.ics", sync: []func(*repo.Request){
			func(q *repo.Request) { q.Collections = []string{"work"} },
		}},
		"a collection that the account lost": {to: "home/a.ics", before: func(_ *world, home *davtest.Collection) { home.Remove() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, home := twoCalendars(t)
			if c.before != nil {
				c.before(w, home)
			}
			w.move("work/a.ics", c.to)
			for range 2 {
				r := w.sync(c.sync...)
				if n := states(r)[repo.Refused]; n != 1 {
					t.Errorf("%d steps refused, want 1: %+v", n, r.Plan.Steps)
				}
				w.noDelete(r)
			}
			if !strings.Contains(w.read(c.to), "First a") {
				t.Error("the moved file was touched")
			}
		})
	}
}

// A copy lies beside a file, and the file is renamed: which of the two is the item now nobody can tell, and it is no deletion.
func TestCopyBesideARenameIsNoDeletion(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a-conflict.ics", event("a", "First a"))
	w.sync()
	w.move("work/a.ics", "work/better.ics")
	w.server.ResetLog()
	w.noDelete(w.sync())
	w.remove("work/a-conflict.ics") // the user says which
	w.sync()
	w.settled()
}

// A file is missing when the run looks, and is saved again while the server is asked: no DELETE goes out.
func TestF66FileThatIsBackIsNotDeleted(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.remove("work/a.ics")
	w.server.On(davtest.Match{Method: "PROPFIND", N: 1}).Before().Call(func() { w.write("work/a.ics", event("a", "Saved again")) })
	w.sync()
	if n := w.server.Count("DELETE"); n != 0 {
		t.Errorf("%d deletions on the server", n)
	}
	w.sync()
	w.settled()
	if body, _ := w.work.Get("a.ics"); !strings.Contains(string(body), "Saved again") {
		t.Error("what was saved meanwhile was not sent")
	}
}

// git rm takes a whole small collection away, and its directory with it: held, as a directory that is missing is.
func TestF64DirectoryRemovedByGitIsHeld(t *testing.T) {
	t.Parallel()
	w, _ := twoCalendars(t)
	w.git("rm", "-rq", "work")
	w.git("commit", "-qm", "gone")
	for range 2 {
		r := w.sync()
		if n := states(r)[repo.Held]; n != 1 {
			t.Errorf("%d steps held, want 1: %+v", n, r.Plan.Steps)
		}
		w.noDelete(r)
	}
}

// The server stores an item under a UID of its own; an edit of the file goes on being that item's edit.
func TestUIDGivenByTheServerIsFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, davtest.RewritesOnPut(func(b []byte) []byte {
		return []byte(strings.Replace(string(b), "UID:mine", "UID:server-mine", 1))
	}))
	w.disk = quick(w)
	w.write("work/x.ics", event("mine", "Mine"))
	w.sync()
	w.sync()
	w.write("work/x.ics", event("mine", "Mine edited"))
	w.server.ResetLog()
	w.noDelete(w.sync())
	if n := w.work.Len(); n != 1 {
		t.Errorf("%d items there, want 1", n)
	}
}

// A directory stands where a file of another kind was committed: the run goes on.
func TestDirectoryWhereAFileWasStopsNothing(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.write("notes", []byte("hello"))
	w.git("add", "notes")
	w.git("commit", "-qm", "notes")
	w.sync()
	w.remove("notes")
	w.write("notes/x.ics", event("x", "Only here"))
	w.work.Put("b.ics", event("b", "New there"))
	w.sync()
	if !strings.Contains(w.read("work/b.ics"), "New there") {
		t.Error("b did not come")
	}
}

// An empty file has the name of a new item of the server: the item comes under another name, the file stays.
func TestNameOfAHalfWrittenFileIsTaken(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"b"})
	w.write("work/n.ics", nil)
	w.work.Put("n.ics", event("n", "New"))
	w.sync()
	if w.here("work")["n"] == nil {
		t.Error("n never arrives")
	}
	if got := w.read("work/n.ics"); got != "" {
		t.Errorf("the file that was being written became %q", got)
	}
}

// An empty file is in the way of an update from the server: it waits without a commit for each run.
func TestPullThatWaitsForAFileIsQuiet(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", nil)
	w.work.Put("a.ics", event("a", "Second"))
	w.sync()
	w.sync()
	if got := w.read("work/a.ics"); got != "" {
		t.Errorf("the file that was being written became %q", got)
	}
	w.quiet()
	w.write("work/a.ics", event("a", "First a"))
	w.sync()
	w.settled()
}

// A file was renamed: status, which asks nobody, tells of no deletion.
func TestStatusOfARenamedFile(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.move("work/a.ics", "work/better.ics")
	r, err := repo.Open(w.options(), false)
	must(t, err)
	defer r.Close()
	report, err := r.Status(t.Context(), repo.Request{Remotes: []repo.Remote{w.remote()}})
	must(t, err)
	for _, s := range report.Remotes[0].Plan.Steps {
		if s.Kind == repo.Delete || s.State != repo.Do {
			t.Errorf("%s %s %s: %s", s.State, s.Kind, s.Name, s.Why)
		}
	}
}

// A UID begins like the name of a flag: nothing is asked for again because of it.
func TestUIDLikeAFlagIsQuiet(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"carried-x", "stale", "b"})
	w.settled()
}

// Two accounts have different items under one name, met in one run or one after the other: each gets its file, and in the end
// no conflict is made up.
func TestOneNameInTwoRemotes(t *testing.T) {
	t.Parallel()
	for _, atOnce := range []bool{false, true} {
		t.Run(fmt.Sprint(atOnce), func(t *testing.T) {
			t.Parallel()
			w, other := newWorld(t), newWorld(t)
			w.disk = quick(w)
			w.work.Put("x.ics", event("one", "One"))
			other.work.Put("x.ics", event("two", "Two"))
			second := other.remote()
			second.Name = "other"
			both := func(q *repo.Request) { q.Remotes = append(q.Remotes, second) }
			if atOnce {
				w.sync(both)
			} else {
				w.sync()
			}
			report, err := w.try(both)
			must(t, err)
			for _, r := range report.Remotes {
				must(t, r.Err)
				if states(r)[repo.Waits] != 0 {
					t.Errorf("%s: %+v", r.Name, r.Plan.Steps)
				}
			}
			if here := w.here("work"); here["one"] == nil || here["two"] == nil {
				t.Errorf("files %q", here)
			}
		})
	}
}

// The object that one update from the server brings is damaged: it stops that item, and is reported (F101).
func TestF101DamagedObjectStopsOneItem(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.work.Put("a.ics", event("a", "Second"))
	w.work.Put("b.ics", event("b", "Second"))
	w.sync(func(q *repo.Request) { q.Only = "push" })
	w.loseObject("refs/remotes/server/main:work/a.ics")
	r := w.sync()
	if !strings.Contains(w.read("work/b.ics"), "Second") {
		t.Error("one damaged object stopped another item")
	}
	if n := len(r.AllProblems()) + states(r)[repo.Refused]; n == 0 {
		t.Errorf("nothing is said: %+v", r.Plan.Steps)
	}
	w.noDelete(r)
}

// The object of a file is lost, and the file has its bytes still: it is put on record again, and the item goes on (F101).
func TestF101LostBodyIsTakenFromTheFile(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.loseObject("main:work/a.ics")
	w.work.Put("a.ics", event("a", "Second"))
	w.decided(w.sync())
	if !strings.Contains(w.read("work/a.ics"), "Second") {
		t.Error("the update did not come")
	}
}

// loseObject removes a loose object from the repository.
func (w *world) loseObject(name string) {
	w.t.Helper()
	h := strings.TrimSpace(w.git("rev-parse", name))
	if err := os.Remove(filepath.Join(w.dir, ".git/objects", h[:2], h[2:])); err != nil {
		w.t.Fatal(err)
	}
}

// Files are renamed in many collections, which are asked side by side: each follows its item, and nothing is mixed up.
func TestRenamesInManyCollectionsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.disk = quick(w)
	colls := map[string]*davtest.Collection{}
	for _, c := range letters(12) {
		colls[c] = w.server.AddCalendar("ada", c, davtest.Props{})
		colls[c].Put("x.ics", event("of "+c, "First"))
	}
	w.sync()
	for name, c := range colls {
		w.move(name+"/x.ics", name+"/better.ics")
		c.Put("x.ics", event("of "+name, "Second in "+name))
	}
	w.decided(w.sync())
	for name := range colls {
		if got := w.read(name + "/better.ics"); !strings.Contains(got, "Second in "+name+"\r\n") {
			t.Errorf("%s/better.ics = %q", name, got)
		}
	}
	w.quiet()
}
