package repo_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
)

// creates sets what becomes of collections that are only here.
func creates(how string) func(*repo.Request) {
	return func(q *repo.Request) {
		for i := range q.Remotes {
			q.Remotes[i].Create = how
		}
	}
}

// ids are those of the collections that the server has.
func (w *world) ids() string {
	var ids []string
	for _, c := range w.server.Collections("ada") {
		ids = append(ids, c.ID())
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

func (w *world) mkdir(name string) {
	w.t.Helper()
	must(w.t, os.MkdirAll(filepath.Join(w.dir, name), 0o700))
}

// TestP92CreateAskYesNo (U20): a directory with items is asked about, or made with all of them in one sync, or left alone; the next sync
// costs one request.
func TestP92CreateAskYesNo(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.write("new/n1.ics", event("n1", "One"))
	w.write("new/n2.ics", event("n2", "Two"))
	w.write("new/color", []byte("#112233\n"))
	r := w.sync(creates("no"))
	if len(r.Plan.Steps) > 0 || w.ids() != "work" {
		t.Errorf("create = no: %+v, there is %s", r.Plan.Steps, w.ids())
	}
	r = w.sync(creates("ask"))
	if held := r.Plan.InState(repo.Held); len(held) != 1 || held[0].Hold != repo.NewCollection || w.ids() != "work" {
		t.Errorf("create = ask: %+v, there is %s", held, w.ids())
	}
	w.server.ResetLog()
	w.sync(creates("yes"), func(q *repo.Request) { q.Only = "pull" })
	if w.ids() != "work" || w.server.Writes() > 0 {
		t.Errorf("--only pull: there is %s", w.ids())
	}
	r = w.sync(creates("yes"), func(q *repo.Request) { q.DryRun = true })
	if do := r.Plan.InState(repo.Do); len(do) != 1 || do[0].Kind != repo.Whole || w.ids() != "work" {
		t.Errorf("a dry run: %+v, there is %s", do, w.ids())
	}
	r = w.sync(creates("yes"))
	if w.ids() != "new work" {
		t.Fatalf("create = yes: there is %s, problems %+v", w.ids(), r.AllProblems())
	}
	if there := w.summaries(w.there(w.server.Collection("ada", "new"))); len(there) != 2 || there["n1"] != "One" {
		t.Errorf("there is %v", there)
	}
	if n := w.server.Count("MKCALENDAR"); n != 1 {
		t.Errorf("%d requests made it", n)
	}
	w.settled()
	if b := w.read("new/color"); b != "#112233\n" {
		t.Errorf("color is %q", b)
	}
}

// TestP92EmptyDirectory: one with nothing in it is made with create = "yes", as by vdirsyncer, and nobody is asked about it; what holds only
// files of other kinds is no collection.
func TestP92EmptyDirectory(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.mkdir("empty")
	w.write("notes/todo.txt", []byte("buy milk"))
	w.mkdir(".hidden")
	if r := w.sync(); len(r.Plan.Steps) > 0 {
		t.Errorf("create = ask: %+v", r.Plan.Steps)
	}
	w.write("coloured/displayname", []byte("Birthdays"))
	if r := w.sync(); len(r.Plan.InState(repo.Held)) != 1 {
		t.Errorf("a directory with a property file is not asked about: %+v", r.Plan.Steps)
	}
	w.sync(creates("yes"))
	if w.ids() != "coloured empty work" {
		t.Errorf("there is %s", w.ids())
	}
	w.now = w.now.Add(1)
	w.server.ResetLog()
	w.sync(creates("yes"))
	if n := len(w.server.Requests()); n != 1 {
		t.Errorf("the next sync made %d requests, want 1", n)
	}
}

// TestP92SafeIDs: a directory that is no path segment, or whose name another collection has as its id, gets an id of its own, and the
// pairing stays with the directory.
func TestP92SafeIDs(t *testing.T) {
	t.Parallel()
	for name, prefix := range map[string]string{"Büro und Küche": "b-ro-und-k-che-", "a?b#c%d": "a-b-c-d-", "plain-Name_1": "plain-Name_1", "100%": "100-"} {
		w := agreed(t, []string{"a"})
		w.write(name+"/n.ics", event("n", "New"))
		w.sync(creates("yes"))
		var made *davtest.Collection
		for _, c := range w.server.Collections("ada") {
			if strings.HasPrefix(c.ID(), prefix) {
				made = c
			}
		}
		if made == nil || made.Len() != 1 {
			t.Errorf("%s: there is %s", name, w.ids())
			continue
		}
		w.work.Put("b.ics", event("b", "B"))
		made.Put("m.ics", event("m", "There"))
		w.sync(creates("yes"))
		if here := w.summaries(w.here(name)); here["m"] != "There" || len(here) != 2 {
			t.Errorf("%s has %v", name, here)
		}
		if n := len(w.server.Collections("ada")); n != 2 {
			t.Errorf("%s: there is %s", name, w.ids())
		}
	}
}

// TestP92OtherKindHasTheID: where both kinds share a home, a calendar does not take the place of an address book.
func TestP92OtherKindHasTheID(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"people", "Büro & Söhne"} {
		w := newWorld(t, davtest.MixedHome(true))
		book := w.server.AddAddressBook("ada", repo.NewIDs(name)[0], davtest.Props{})
		w.sync()
		w.write(name+"/n.ics", event("n", "New"))
		w.sync(creates("yes"))
		if all := w.server.Collections("ada"); len(all) != 3 || book.Len() != 0 {
			t.Errorf("there is %s, the book has %d", w.ids(), book.Len())
		}
		w.sync(creates("yes"))
		if all := w.server.Collections("ada"); len(all) != 3 {
			t.Errorf("after the next sync there is %s", w.ids())
		}
	}
}

// TestP92AnswerLost: a run that hears nothing of its MKCALENDAR leaves it at that; the next one finds the collection and fills it.
func TestP92AnswerLost(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"new", "Neue Termine"} {
		w := agreed(t, []string{"a"})
		w.write(name+"/n.ics", event("n", "New"))
		lost := w.server.On(davtest.Match{Method: "MKCALENDAR"}).After().Reset()
		r := w.sync(creates("yes"))
		lost.Remove()
		if p := r.AllProblems(); len(p) != 1 || p[0].Severity != repo.Temporary || p[0].Collection != name {
			t.Errorf("problems %+v", p)
		}
		w.sync(creates("yes"))
		all := w.server.Collections("ada")
		if len(all) != 2 || all[0].Len()+all[1].Len() != 2 {
			t.Errorf("there is %s", w.ids())
		}
		w.settled()
	}
}

// TestT24RefusedCollection: a server that makes none is asked once a day, and the rest is synced.
func TestT24RefusedCollection(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.server.Set(davtest.NoNewCollections)
	w.write("new/n.ics", event("n", "New"))
	w.write("work/a.ics", event("a", "Edited"))
	r := w.sync(creates("yes"))
	if p := r.AllProblems(); len(p) != 1 || p[0].Severity != repo.Lasting || !strings.Contains(p[0].Err.Error(), "403") {
		t.Errorf("problems %+v", p)
	}
	if got := w.summaries(w.there(w.work)); got["a"] != "Edited" {
		t.Errorf("there is %v", got)
	}
	w.server.ResetLog()
	r = w.sync(creates("yes"))
	if refused := r.Plan.InState(repo.Refused); len(refused) != 1 || w.server.Writes() > 0 || len(w.server.Requests()) != 1 {
		t.Errorf("refused %+v, %d requests", refused, len(w.server.Requests()))
	}
	w.server.Clear(davtest.NoNewCollections)
	w.now = w.now.Add(25 * 60 * 60 * 1e9)
	w.sync(creates("yes"))
	if w.ids() != "new work" {
		t.Errorf("a day later there is %s", w.ids())
	}
	w.settled()
}

// TestT29ComponentsOfTheItems: a list of tasks is made to hold tasks.
func TestT29ComponentsOfTheItems(t *testing.T) {
	t.Parallel()
	w := newWorld(t, davtest.OneComponent)
	w.sync()
	w.write("tasks/t.ics", []byte(strings.ReplaceAll(strings.ReplaceAll(string(event("t", "Buy milk")), "VEVENT", "VTODO"), "DTEND:", "DUE:")))
	w.sync(creates("yes"))
	c := w.server.Collection("ada", "tasks")
	if c == nil || c.Len() != 1 {
		t.Fatalf("there is %s", w.ids())
	}
}

// TestMovedIntoNewCollection (P89): an item that goes from one collection into one that is made for it is a move.
func TestMovedIntoNewCollection(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"}, davtest.UIDPerAccount)
	w.mkdir("new")
	w.move("work/a.ics", "new/a.ics")
	w.sync() // asked: nothing of it happens
	if w.work.Len() != 2 {
		t.Errorf("%d items are left there", w.work.Len())
	}
	w.sync(creates("yes"))
	c := w.server.Collection("ada", "new")
	if c == nil || c.Len() != 1 || w.work.Len() != 1 {
		t.Fatalf("there is %s", w.ids())
	}
	w.settled()
}
