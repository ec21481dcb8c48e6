package repo_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vgit/remote/davtest"
	"vgit/repo"
)

func TestF27RemoteEditBeforeOurPutIsMet(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", event("a", "Here"))
	w.write("work/b.ics", event("b", "Here"))
	w.server.On(davtest.Match{Method: "PUT", Path: "a.ics", N: 1}).Before().Call(func() {
		w.work.Put("a.ics", event("a", "Here")) // the same edit, from elsewhere
	})
	w.sync()
	if body, _ := w.work.Get("b.ics"); !strings.Contains(string(body), "Here") {
		t.Error("b was not sent")
	}
	w.sync() // takes the token that the other client's write left open
	w.settled()
}

func TestF28EndlessEditsThereEndInThreeRounds(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", event("a", "Here"))
	w.write("work/b.ics", event("b", "Here"))
	n := 0
	w.server.On(davtest.Match{Method: "PUT", Path: "a.ics"}).Before().Call(func() {
		n++
		w.work.Put("a.ics", event("a", "First a", fmt.Sprintf("SEQUENCE:%d", n))) // bookkeeping only: no conflict
	})
	r := w.sync()
	if n != repo.Rounds {
		t.Errorf("%d attempts, want %d", n, repo.Rounds)
	}
	if len(r.Problems) == 0 || !strings.Contains(w.read("work/a.ics"), "Here") {
		t.Errorf("problems %v", r.Problems)
	}
	if body, _ := w.work.Get("b.ics"); !strings.Contains(string(body), "Here") {
		t.Error("b was not sent")
	}
	w.server.ClearFaults()
	w.sync()
	w.settled()
}

func TestF29EditBetweenOurPutAndItsReadBack(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]davtest.Option{"etag": davtest.All(), "no etag": davtest.NoETagOnPut} {
		for _, line := range []string{"LOCATION:Phone", "SUMMARY:Phone"} {
			t.Run(name+"/"+line, func(t *testing.T) {
				t.Parallel()
				w := agreed(t, []string{"a", "b"}, opt)
				w.editHere("b.ics", "PRIORITY:3") // from that it is known that the server keeps what it is sent
				w.sync()
				w.editHere("a.ics", "SUMMARY:Here")
				w.server.On(davtest.Match{Method: "PUT", N: 1}).After().Call(func() { w.editThere("a.ics", line) })
				w.sync()
				w.decided(w.sync())
				w.has("here", "a.ics", line)
				w.settled()
			})
		}
	}
}

func TestX19MoveBetweenCollections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	home := w.server.AddCalendar("ada", "home", davtest.Props{})
	for _, n := range letters(8) {
		w.work.Put(n+".ics", event(n, n))
	}
	home.Put("h.ics", event("h", "h"))
	w.sync()
	for _, n := range letters(7) {
		w.move("work/"+n+".ics", "home/"+n+".ics")
	}
	w.server.ResetLog()
	r := w.sync()
	if n := states(r); n[repo.Held] != 0 {
		t.Errorf("a move counts as a deletion: %+v", r.Plan.Steps)
	}
	if w.work.Len() != 1 || home.Len() != 8 {
		t.Errorf("work %v, home %v", w.work.List(), home.List())
	}
	deleted := false
	for _, q := range w.server.Requests() {
		deleted = deleted || q.Method == "DELETE"
		if q.Method == "PUT" && deleted {
			t.Error("a DELETE before a PUT")
		}
	}
	w.settled()
}

func TestMoveThatCannotArriveDeletesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	home := w.server.AddCalendar("ada", "home", davtest.Props{ReadOnly: true})
	w.work.Put("a.ics", event("a", "Anna"))
	home.Put("h.ics", event("h", "h"))
	w.sync()
	w.move("work/a.ics", "home/a.ics")
	w.server.ResetLog()
	w.sync()
	if w.work.Len() != 1 || w.server.Writes() != 0 {
		t.Errorf("work %v, %d writes", w.work.List(), w.server.Writes())
	}
}

func TestF7RefusedItemIsNotTriedInEachRun(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.write("work/bad.ics", event("bad", "Bad"))
	w.write("work/good.ics", event("good", "Good"))
	w.server.On(davtest.Match{Method: "PUT", Path: "bad"}).Before().Precondition(403, "cal:valid-calendar-data")
	w.sync()
	w.server.ResetLog()
	r := w.sync()
	if n := w.server.Writes(); n != 0 || states(r)[repo.Refused] != 1 {
		t.Errorf("%d writes; steps %+v", n, r.Plan.Steps)
	}
	w.server.ClearFaults()
	w.write("work/bad.ics", event("bad", "Better"))
	w.sync()
	w.settled()
}

func TestP95LockedWritesGoOneAtATime(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(8), davtest.LocksParallelWrites)
	for _, n := range letters(8) {
		w.write("work/"+n+".ics", event(n, "Changed "+n))
	}
	w.sync()
	w.settled()
	for uid, b := range w.there(w.work) {
		if !strings.Contains(string(b), "Changed") {
			t.Errorf("%s was not sent", uid)
		}
	}
}

// TestP89MoveWhereAUIDStandsOnce: a server that takes a UID once in an account refuses the copy; the item is moved in one request then, an
// edit made on the way included.
func TestP89MoveWhereAUIDStandsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, davtest.UIDPerAccount)
	home := w.server.AddCalendar("ada", "home", davtest.Props{})
	home.Put("h.ics", event("h", "h"))
	for _, n := range letters(3) {
		w.work.Put(n+".ics", event(n, "First "+n))
	}
	w.sync()
	for _, n := range letters(2) {
		must(t, os.Rename(filepath.Join(w.dir, "work", n+".ics"), filepath.Join(w.dir, "home", n+".ics")))
	}
	w.write("home/i00.ics", event("i00", "Edited on the way"))
	w.sync()
	if w.work.Len() != 1 || home.Len() != 3 {
		t.Errorf("work %v, home %v", w.work.List(), home.List())
	}
	if got := string(w.there(home)["i00"]); !strings.Contains(got, "Edited on the way") {
		t.Errorf("i00 = %q", got)
	}
	w.sync()
	w.settled()
}

// TestP77ServerThatShowsTheVersionBefore: a PUT is accepted and the read-back shows what it replaced. It is not sent again at once, the file stays,
// and it is said.
func TestP77ServerThatShowsTheVersionBefore(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.server.On(davtest.Match{Method: "PUT"}).Before().Status(204)
	w.write("work/a.ics", event("a", "Not kept"))
	for range 2 {
		r := w.sync()
		if p := r.AllProblems(); len(p) == 0 {
			t.Errorf("nothing is said: %+v", r.Plan.Steps)
		}
	}
	if n := w.server.Count("PUT"); n != 1 {
		t.Errorf("%d PUTs", n)
	}
	if !strings.Contains(w.read("work/a.ics"), "Not kept") {
		t.Error("the edit is gone from the vdir")
	}
}

// TestNothingIsSentWhereNobodyCouldLook: a file was moved here into the collection whose listing fails, and moved alike by
// another client. On a server that takes a UID twice it would be there twice.
func TestNothingIsSentWhereNobodyCouldLook(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"}, davtest.NoSyncCollection)
	home := w.server.AddCalendar("ada", "home", davtest.Props{})
	w.sync()
	w.move("work/a.ics", "home/a.ics")
	body, _ := w.work.Get("a.ics")
	w.work.Delete("a.ics")
	home.Put("elsewhere.ics", body)
	w.server.On(davtest.Match{Method: "PROPFIND", Path: "/home/"}).Before().Status(500)
	w.server.ResetLog()
	r, err := w.try()
	if n := w.server.Writes(); n != 0 || home.Len() != 1 {
		t.Errorf("%d writes, %d items there", n, home.Len())
	}
	if err != nil || len(r.Remotes[0].AllProblems()) == 0 {
		t.Errorf("nothing is said of the listing that failed: %v", err)
	}
	w.server.ClearFaults()
	w.sync()
	if got := w.here("home"); len(got) != 1 || home.Len() != 1 {
		t.Errorf("files %q, %d items there", got, home.Len())
	}
	w.quiet()
}

// TestP75ServerThatStopsKeeping: a server that was seen to keep what it is sent drops a property all the same, and gives an etag for what it
// made of the item. The length in its listing tells; what was dropped stays here, and an edit made there later does not take it away.
func TestP75ServerThatStopsKeeping(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.write("work/a.ics", event("a", "Kept"))
	w.sync()
	w.server.Set(davtest.RewritesOnPut(davtest.StripX()), davtest.ETagThoughRewrote)
	w.write("work/a.ics", event("a", "Kept", "X-LOCAL:mine"))
	w.server.ResetLog()
	for range 3 {
		w.now = w.now.Add(time.Minute)
		w.sync()
	}
	if n := w.server.Count("PUT"); n != 1 {
		t.Errorf("%d PUTs", n)
	}
	w.quiet()
	body, _ := w.work.Get("a.ics")
	w.work.Put("a.ics", bytes.Replace(body, []byte("SUMMARY:Kept"), []byte("SUMMARY:Changed there"), 1))
	w.sync()
	if got := w.read("work/a.ics"); !strings.Contains(got, "X-LOCAL:mine") {
		t.Errorf("file %q", got)
	}
}
