package repo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"vgit/remote"
	"vgit/remote/davtest"
	"vgit/repo"
)

// sayGone puts rows that call hrefs gone before all others of a multistatus.
func sayGone(hrefs ...string) func([]byte) []byte {
	return func(b []byte) []byte {
		s := string(b)
		at := strings.Index(s, "response>")
		if at < 0 {
			return b
		}
		at = strings.LastIndex(s[:at], "<")
		ns, _, _ := strings.Cut(s[at+1:], "response>")
		var rows strings.Builder
		for _, h := range hrefs {
			fmt.Fprintf(&rows, "<%[1]sresponse><%[1]shref>%[2]s</%[1]shref><%[1]sstatus>HTTP/1.1 404 Not Found</%[1]sstatus></%[1]sresponse>", ns, h)
		}
		return []byte(s[:at] + rows.String() + s[at:])
	}
}

// noBody makes one item unreadable in every way.
func (w *world) noBody(name string, status int) {
	w.server.On(davtest.Match{Method: "REPORT", Body: "multiget"}).Before().Status(500)
	w.server.On(davtest.Match{Method: "GET", Path: name}).Before().Status(status)
}

// A report names all items of a small collection as gone: it is questioned like an empty listing, and nothing is deleted here.
func TestG4ReportThatEmptiesACollectionIsQuestioned(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 9} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(n))
			var hrefs []string
			for _, name := range letters(n) {
				hrefs = append(hrefs, w.work.Href(name+".ics"))
			}
			w.work.Put("x.ics", event("x", "Moves the token"))
			lie := w.server.On(davtest.Match{Method: "REPORT", Body: "sync-collection"}).After().Rewrite(sayGone(hrefs...))
			w.sync(func(q *repo.Request) { q.AllowDeletes = n }) // what the guard of deletions holds back is not its business here
			if lie.Hits() == 0 {
				t.Fatal("nobody asked for a report")
			}
			if got := len(w.here("work")); got != n+1 {
				t.Errorf("%d files, want %d", got, n+1)
			}
			w.server.ClearFaults()
			w.sync()
			w.settled()
		})
	}
}

// One report names an item as gone and as changed, and its body does not come: the file stays (G5, P51).
func TestG5GoneAndChangedAtOnceIsNoDeletion(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.work.Put("a.ics", event("a", "Second"))
	w.server.On(davtest.Match{Method: "REPORT", Body: "sync-collection"}).After().Rewrite(sayGone(w.work.Href("a.ics")))
	w.noBody("a.ics", 500)
	w.sync()
	if len(w.here("work")) != 2 {
		t.Error("deleted here without proof")
	}
	w.server.ClearFaults()
	w.sync()
	w.settled()
}

// An item is listed, and GET says 404: once it was deleted meanwhile, from the second run on it is reported.
func TestItemThatIsListedAndNotFoundIsReported(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.work.Put("ghost.ics", event("ghost", "Ghost"))
	w.noBody("ghost.ics", 404)
	if p := w.sync().AllProblems(); len(p) != 0 {
		t.Errorf("first run: %+v", p)
	}
	for range 2 {
		if p := w.sync().AllProblems(); len(p) != 1 || p[0].Severity != repo.Lasting || p[0].Name != "ghost.ics" {
			t.Errorf("problems %+v", p)
		}
	}
	w.server.ClearFaults()
	w.sync()
	w.settled()
}

// An item of the server that was never read has the href that a new file would get, so it may be the same one: the file is sent once
// it is known that it is not, and under another href.
func TestNewHrefIsNotOneThatIsOwed(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.work.Put("n.ics", event("other", "Not to be read"))
	w.noBody("/n.ics", 500)
	w.sync()
	w.write("work/mine.ics", event("n", "Mine"))
	if p := w.sync().AllProblems(); len(p) != 2 || p[1].Name != "mine.ics" {
		t.Errorf("problems %+v", p)
	}
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes while nobody knows what n.ics is", n)
	}
	w.server.ClearFaults()
	w.sync()
	if w.there(w.work)["n"] == nil {
		t.Errorf("n was not sent; there: %v", w.work.List())
	}
	w.settled()
}

// The same where it is the same item indeed: it is there once.
func TestNewItemThatIsOwedIsThereOnce(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.work.Put("n.ics", event("n", "The same"))
	w.write("work/mine.ics", event("n", "The same"))
	w.noBody("/n.ics", 500)
	w.sync()
	w.server.ClearFaults()
	w.decided(w.sync())
	w.settled()
}

// The server deletes more than is let through, and has the items again later: the files stay one each, nothing waits.
func TestHeldDeletionsThatAreTakenBack(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(14))
	for _, n := range letters(10) {
		w.work.Delete(n + ".ics")
	}
	if r := w.sync(); states(r)[repo.Held] != 10 {
		t.Errorf("steps %+v", r.Plan.Steps)
	}
	for _, n := range letters(10) {
		w.work.Put(n+".ics", event(n, "First "+n))
	}
	w.sync()
	w.sync()
	w.settled()
}

// Edited here, deleted there, and back there: it is the same item, and the edit is sent.
func TestConflictThatTheServerTakesBack(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", event("a", "Here"))
	w.work.Delete("a.ics")
	w.sync()
	w.work.Put("a.ics", event("a", "First a"))
	w.sync()
	w.sync()
	w.settled()
	if body, _ := w.work.Get("a.ics"); !strings.Contains(string(body), "Here") {
		t.Error("the edit was not sent")
	}
}

// The server refuses a deletion for good: it is asked once, and told of in every run.
func TestF7RefusedDeleteIsNotTriedInEachRun(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.remove("work/a.ics")
	w.server.On(davtest.Match{Method: "DELETE"}).Before().Precondition(403, "d:need-privileges")
	w.sync()
	w.server.ResetLog()
	r := w.sync()
	if n := w.server.Writes(); n != 0 || states(r)[repo.Refused] != 1 {
		t.Errorf("%d writes; steps %+v", n, r.Plan.Steps)
	}
}

// Another client creates the same UID elsewhere just before our PUT, which is refused: the user is told, and both bodies stay.
func TestUIDTakenBySomebodyElseIsSaid(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"b"}, davtest.UIDPerCollection)
	w.write("work/n.ics", event("n", "Here"))
	w.server.On(davtest.Match{Method: "PUT", N: 1}).Before().Call(func() { w.work.Put("other.ics", event("n", "There")) })
	for range 2 {
		if r := w.sync(); states(r)[repo.Waits]+states(r)[repo.Refused]+len(r.AllProblems()) == 0 {
			t.Error("nothing is said")
		}
	}
	if body := string(w.there(w.work)["n"]); !strings.Contains(body, "There") {
		t.Errorf("there: %q", body)
	}
	if got := w.read("work/n.ics"); !strings.Contains(got, "Here") {
		t.Errorf("here: %q", got)
	}
}

// Another client moves an item to another calendar while it is edited here: the edit stays, and the moved item arrives.
func TestMovedThereAndEditedHereLosesNothing(t *testing.T) {
	t.Parallel()
	w, home := twoCalendars(t)
	w.write("work/a.ics", event("a", "Edited here"))
	w.work.Move("a.ics", home, "a.ics")
	for range 2 {
		w.sync()
		if !strings.Contains(string(w.here("work")["a"])+string(w.here("home")["a"]), "Edited here") {
			t.Error("the edit is not in the vdir")
		}
		if w.there(home)["a"] == nil {
			t.Error("the server's item went away")
		}
	}
}

// The server drops properties: a second edit here goes there as the first did, and what was dropped stays here and is listed, though it
// is not sent again. What others do there arrives.
func TestEditOverWhatTheServerDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, davtest.RewritesOnPut(davtest.StripX()))
	w.disk = quick(w)
	w.write("work/a.ics", event("a", "First", "X-LOCAL:1"))
	w.decided(w.sync())
	w.write("work/a.ics", event("a", "Second", "X-LOCAL:1"))
	w.server.ResetLog()
	w.decided(w.sync())
	if n := w.server.Writes(); n != 1 {
		t.Errorf("%d writes", n)
	}
	body, _ := w.work.Get("a.ics")
	if !strings.Contains(string(body), "Second") || strings.Contains(string(body), "X-LOCAL") {
		t.Errorf("there: %q", body)
	}
	w.quiet()
	w.work.Edit("a.ics", func(b []byte) []byte { return adding(b, "LOCATION:There") })
	w.decided(w.sync())
	if got := w.read("work/a.ics"); !strings.Contains(got, "Second") || !strings.Contains(got, "X-LOCAL") || !strings.Contains(got, "There") {
		t.Errorf("here: %q", got)
	}
	w.quiet()
	w.notKept("work/a.ics: x-local")
	// An edit of what the server drops is sent once more, and not again.
	w.write("work/a.ics", bytes.Replace([]byte(w.read("work/a.ics")), []byte("X-LOCAL:1"), []byte("X-LOCAL:2"), 1))
	w.server.ResetLog()
	w.decided(w.sync())
	if n := w.server.Writes(); n != 1 {
		t.Errorf("%d writes of what the server drops", n)
	}
	w.quiet()
	// Taken out here, it is listed no more.
	w.write("work/a.ics", bytes.Replace([]byte(w.read("work/a.ics")), []byte("X-LOCAL:2\r\n"), nil, 1))
	w.decided(w.sync())
	w.notKept("")
}

// notKept checks what status lists as not kept by the server.
func (w *world) notKept(want string) {
	w.t.Helper()
	r, err := repo.Open(w.options(), true)
	must(w.t, err)
	defer r.Close()
	report, err := r.Status(context.Background(), repo.Request{Remotes: []repo.Remote{w.remote()}})
	must(w.t, err)
	var got []string
	for _, n := range report.Remotes[0].NotKept {
		got = append(got, n.Collection+"/"+n.Name+": "+strings.Join(n.Slots, ", "))
	}
	if s := strings.Join(got, "; "); s != want {
		w.t.Errorf("not kept: %q, want %q", s, want)
	}
}

// The password is refused in the middle: the remote ends with one attempt, what was there stays, and the next run goes on.
func TestF8RefusedLoginInTheMiddleEndsTheRemote(t *testing.T) {
	t.Parallel()
	w, home := twoCalendars(t)
	home.Put("h2.ics", event("h2", "New"))
	w.work.Put("c.ics", event("c", "New"))
	no := w.server.On(davtest.Match{Path: "/home/"}).Before().Status(401)
	report, err := w.try()
	must(t, err)
	if err := report.Remotes[0].Err; !errors.Is(err, remote.ErrLogin) {
		t.Errorf("error %v", err)
	}
	if n := no.Hits(); n != 1 {
		t.Errorf("%d requests were answered 401, want 1", n)
	}
	if len(w.here("home")) != 1 || len(w.here("work")) < 2 {
		t.Error("files went away")
	}
	w.sound()
	w.server.ClearFaults()
	w.login()
	w.sync()
	w.settled()
	if len(w.here("home")) != 2 {
		t.Error("the next run did not go on")
	}
}

// The server gives what it stores other names and does not tell which: an edit of the new file is still an edit.
func TestP87ServerThatRenamesWhatItStores(t *testing.T) {
	t.Parallel()
	n := 0
	w := newWorld(t, davtest.NoLocation, davtest.RenamesOnPut(func(string, []byte) string { n++; return fmt.Sprintf("srv%d.ics", n) }))
	w.disk = quick(w)
	w.work.Put("a.ics", event("a", "Anna"))
	w.sync()
	w.write("work/n.ics", event("n", "New"))
	w.sync()
	w.sync()
	w.write("work/n.ics", event("n", "Edited"))
	w.sync()
	w.sync()
	w.settled()
	if !strings.Contains(string(w.there(w.work)["n"]), "Edited") {
		t.Errorf("there: %q", w.there(w.work)["n"])
	}
}
