package repo_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/disk/disktest"
)

// exchanged tells that a file of the vdir was just about to get another content, or did.
func exchanged(op disktest.Op) bool { return op.Kind == disktest.Exchange }

// A create landed, its answer was lost, and the user renames the file: it is that item, and nothing is written.
func TestLandedCreateOfARenamedFile(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.write("work/n.ics", event("n", "New"))
	w.unanswered()
	w.move("work/n.ics", "work/better.ics")
	w.server.ResetLog()
	w.decided(w.sync())
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes for a rename", n)
	}
	w.sync()
	w.settled()
}

// An update landed, its answer was lost, the phone edits the item, the user renames the file: all of it is one history, no conflict.
func TestLandedUpdateOfARenamedFile(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", event("a", "Here"))
	w.unanswered()
	w.work.Put("a.ics", event("a", "Here", "LOCATION:Phone"))
	w.move("work/a.ics", "work/better.ics")
	w.sync()
	w.decided(w.sync())
	w.work.Put("a.ics", event("a", "Here", "LOCATION:Phone again"))
	w.decided(w.sync())
	w.settled()
	if !strings.Contains(w.read("work/better.ics"), "Phone again") {
		t.Error("the renamed file does not follow its item")
	}
}

// An update landed, its answer was lost, the phone edits the item, and the next run only pushes: the one after makes up no conflict.
func TestLandedUpdateThenOnlyPush(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", event("a", "Here"))
	w.unanswered()
	w.work.Put("a.ics", event("a", "Here", "LOCATION:Phone"))
	w.sync(func(q *repo.Request) { q.Only = "push" })
	w.decided(w.sync())
	w.settled()
	if !strings.Contains(w.read("work/a.ics"), "Phone") {
		t.Error("the edit of the phone did not arrive")
	}
}

// A file is renamed, and its collection cannot be asked in that run: pair and row go on together, with and without an edit.
func TestRenameWhileTheCollectionCannotBeAsked(t *testing.T) {
	t.Parallel()
	for _, summary := range []string{"First a", "Edited"} {
		t.Run(summary, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a", "b"})
			w.move("work/a.ics", "work/better.ics")
			w.write("work/better.ics", event("a", summary))
			w.server.On(davtest.Match{Path: "/work/"}).Before().Status(503)
			_, err := w.try()
			must(t, err)
			w.server.ClearFaults()
			w.login()
			w.decided(w.sync())
			w.sync()
			w.settled()
			if !strings.Contains(string(w.there(w.work)["a"]), summary) {
				t.Errorf("there: %q", w.there(w.work)["a"])
			}
		})
	}
}

// A file is renamed and edited, and the run dies with its PUT: the edit is sent by the next, and is no conflict.
func TestRenamedAndEditedThenKilledAtThePut(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.move("work/a.ics", "work/better.ics")
	w.write("work/better.ics", event("a", "Edited"))
	put := w.server.On(davtest.Match{Method: "PUT"}).Before().Drop()
	w.killedOnce(func(disktest.Op) bool { return put.Hits() > 0 })
	w.server.ClearFaults()
	w.decided(w.sync())
	w.sync()
	w.settled()
	if !strings.Contains(string(w.there(w.work)["a"]), "Edited") {
		t.Errorf("there: %q", w.there(w.work)["a"])
	}
}

// A file is renamed here and its item edited there, and the run dies before it wrote: the edit comes into the renamed file.
func TestRenamedHereEditedThereThenKilled(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.move("work/a.ics", "work/better.ics")
	w.work.Put("a.ics", event("a", "There"))
	w.killedOnce(func(op disktest.Op) bool { return op.Kind.Durable() && strings.HasSuffix(op.To, "server/pending") })
	w.decided(w.sync())
	w.settled()
	if !strings.Contains(w.read("work/better.ics"), "There") {
		t.Error("the edit of the server did not arrive")
	}
}

// A pull dies after it wrote a file, the user renames it, and the server goes back to what it had: nothing of that is the user's edit.
func TestKilledPullThenRenamedAndTakenBack(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.work.Put("a.ics", event("a", "Second"))
	w.killedOnce(exchanged)
	w.move("work/a.ics", "work/better.ics")
	w.work.Put("a.ics", event("a", "First a"))
	w.server.ResetLog()
	w.decided(w.sync())
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes for what vgit wrote itself", n)
	}
	w.sync()
	w.settled()
}

// A pull dies in a directory that is then away while another pull ends; back again with an edit of the user, that edit is sent.
func TestKilledPullOfADirectoryThatWasAway(t *testing.T) {
	t.Parallel()
	w, home := twoCalendars(t)
	w.work.Put("a.ics", event("a", "Second"))
	w.killedOnce(exchanged)
	w.move("work", "../away")
	home.Put("h2.ics", event("h2", "New"))
	w.sync()
	if pending, _ := w.tryGit("show", "refs/vgit/server/pending:.vgit/pending"); !strings.Contains(pending, "a.ics") {
		t.Errorf("another pull ended what is open in the directory that is away; pending: %s", pending)
	}
	w.move("../away", "work")
	w.write("work/a.ics", event("a", "Newest edit"))
	w.work.Put("a.ics", event("a", "First a"))
	w.decided(w.sync())
	if got := w.read("work/a.ics"); !strings.Contains(got, "Newest") {
		t.Errorf("here: %q", got)
	}
	if got := string(w.there(w.work)["a"]); !strings.Contains(got, "Newest") {
		t.Errorf("there: %q", got)
	}
}

// The first pull dies and the branches are lost, all but the plan: a run without and one with the server come to their end.
func TestOnlyThePlanOfAKilledRunIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, n := range letters(4) {
		w.work.Put(n+".ics", event(n, n))
	}
	placed := 0
	w.killedOnce(func(op disktest.Op) bool {
		if strings.HasSuffix(op.To, ".ics") {
			placed++
		}
		return placed > 2
	})
	w.git("rev-parse", "--verify", "refs/vgit/server/pending")
	w.tryGit("update-ref", "-d", "refs/remotes/server/main")
	w.tryGit("update-ref", "-d", "refs/vgit/server/base")
	w.server.On(davtest.Match{}).Before().Drop()
	if _, err := w.try(); err != nil {
		t.Errorf("without the server: %v", err)
	}
	w.server.ClearFaults()
	w.login()
	w.sync()
	w.settled()
}

// A killed pull left a save of the user aside, and the user saved again since: the later one stays.
func TestLeftoverDoesNotGoOverALaterEdit(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/.vgit-abcdefgh-a.ics.tmp", event("a", "Saved during the exchange"))
	w.write("work/a.ics", event("a", "Newest edit"))
	w.sync()
	if got := w.read("work/a.ics"); !strings.Contains(got, "Newest") {
		t.Errorf("here: %q", got)
	}
	if got := w.read("work/.vgit-abcdefgh-a.ics.tmp"); !strings.Contains(got, "during") {
		t.Errorf("aside: %q", got)
	}
}

// The tracking branch is moved back by hand: the server is asked from there on again, and what it tells anew is the file that is here.
func TestF99TrackingBranchMovedBack(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	old := strings.TrimSpace(w.git("rev-parse", "refs/remotes/server/main"))
	w.work.Put("n.ics", event("n", "New"))
	w.sync()
	w.git("update-ref", "refs/remotes/server/main", old)
	w.decided(w.sync())
	w.sync()
	w.settled()
	if got := w.read("work/n.ics"); !strings.Contains(got, "New") {
		t.Errorf("n.ics = %q", got)
	}
}

// The run is told to end between two writes: what was sent is taken note of, and the next run sends the rest.
func TestEndedInTheMiddleOfAPush(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(6))
	for _, n := range letters(6) {
		w.write("work/"+n+".ics", event(n, "Second"))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.server.On(davtest.Match{Method: "PUT", N: 2}).After().Call(cancel)
	r, err := repo.Open(w.options(), false)
	must(t, err)
	_, err = r.Sync(ctx, repo.Request{Remotes: []repo.Remote{w.remote()}})
	r.Close()
	sent := w.server.Count("PUT")
	if pending, err := w.tryGit("show", "refs/vgit/server/pending:.vgit/pending"); err == nil {
		t.Errorf("what was answered is still open: %s", pending)
	}
	w.server.ClearFaults()
	w.login()
	w.decided(w.sync())
	if n := w.server.Count("PUT"); sent == 6 && n != 6 || n > 6 {
		t.Errorf("%d PUTs for six edits, %d of them in the run that was ended (%v)", n, sent, err)
	}
	w.settled()
}

// Two files change names, one of them is edited here and deleted there, and the run dies: pairs that were left under the old names
// are found again, so that only the edited one waits.
func TestSwappedFilesThenKilled(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (*world, *disktest.Disk) {
		w := agreed(t, []string{"a", "b"})
		w.write("work/a.ics", event("b", "Edited"))
		w.write("work/b.ics", event("a", "First a"))
		w.work.Delete("b.ics")
		d := disktest.New(filepath.Dir(w.dir))
		w.disk = d.Open
		return w, d
	}
	w, d := start(t)
	w.sync()
	for n := range points(d.Durable(), 4*casesEach) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w, d := start(t)
			d.KillAt(n)
			w.try()
			w.disk = quick(w)
			w.login()
			for _, s := range w.sync().Plan.Steps {
				if s.UID != "b" || s.State != repo.Waits {
					t.Errorf("%s %s %s (%s): %s", s.State, s.Kind, s.Name, s.UID, s.Why)
				}
			}
			if !strings.Contains(w.read("work/a.ics"), "Edited") || !strings.Contains(w.read("work/b.ics"), "First a") {
				t.Error("a file was touched")
			}
		})
	}
}

// A PUT is not answered, somebody else edits the item, and the run that pulls that dies when the file is written. Both writes are of one
// item; what the pull took over is not mixed up with what the push replaced, so that a further edit is sent and waits for nobody.
func TestPullOverAnUnansweredPutThatIsKilled(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", event("a", "Mine"))
	w.unanswered()
	w.work.Edit("a.ics", inserted("LOCATION:Theirs"))
	w.killedAt(repo.AtWritten)
	if !strings.Contains(w.read("work/a.ics"), "Theirs") {
		t.Fatal("the run died too early")
	}
	w.write("work/a.ics", inserted("DESCRIPTION:Later")([]byte(w.read("work/a.ics"))))
	w.decided(w.sync())
	w.settled()
}

// A run dies after a PUT of a new item, and before the next one the user swaps its file with another: both are known by their UIDs,
// whatever others did to the new one meanwhile.
func TestSwappedAfterACreateThatWasKilled(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/n.ics", event("n", "Mine"))
	w.killedAt(repo.AtReadBack)
	w.work.Edit("n.ics", inserted("LOCATION:Theirs"))
	w.move("work/n.ics", "work/n.ics.tmp")
	w.move("work/b.ics", "work/n.ics")
	w.move("work/n.ics.tmp", "work/b.ics")
	w.decided(w.sync())
	if !strings.Contains(w.read("work/b.ics"), "Theirs") {
		t.Errorf("b.ics is %q", w.read("work/b.ics"))
	}
	w.settled()
}

// inserted is an edit that adds a line to an event.
func inserted(line string) func([]byte) []byte {
	return func(b []byte) []byte {
		return []byte(strings.Replace(string(b), "END:VEVENT", line+"\r\nEND:VEVENT", 1))
	}
}

// A DELETE was carried out and not answered, and the user brings the file back under another name: it stays, and goes to the server.
func TestFileThatIsBackUnderAnotherName(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b", "c"})
	body := w.read("work/a.ics")
	w.undeleted("a.ics")
	w.write("work/back.ics", []byte(body))
	w.decided(w.sync())
	w.settled()
	if w.read("work/back.ics") != body || w.work.Len() != 3 {
		t.Errorf("there %v", w.work.List())
	}
}

// A DELETE did not come through, and all items are imported anew under other names on the server: this one is still to be deleted.
func TestUnansweredDeleteOfAnItemThatIsImportedAnew(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b", "c"})
	w.remove("work/a.ics")
	lost := w.server.On(davtest.Match{Method: "DELETE"}).Before().Drop()
	w.try()
	if lost.Hits() == 0 {
		t.Error("nothing was asked for")
	}
	w.server.ClearFaults()
	w.login()
	w.work.Reimport()
	w.sync(func(q *repo.Request) { q.AllowDeletes = 3 })
	w.sync()
	w.settled()
	if w.work.Len() != 2 {
		t.Errorf("there %v", w.work.List())
	}
}

// The same while nothing can be read: what is gone from its place may be in another, so nothing is deleted where it was.
func TestDeletedHereWhileImportedAnewThere(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b", "c"})
	w.remove("work/b.ics")
	w.work.Reimport()
	w.server.On(davtest.Match{Method: "GET"}).Before().Status(423)
	w.server.On(davtest.Match{Method: "REPORT", Body: "multiget"}).Before().Status(423)
	w.server.ResetLog()
	if r := w.sync(); states(r)[repo.Refused] != 1 || w.server.Writes() != 0 {
		t.Errorf("steps %+v, %d writes", r.Plan.Steps, w.server.Writes())
	}
	w.server.ClearFaults()
	w.decided(w.sync())
	w.sync()
	w.settled()
	if w.work.Len() != 2 {
		t.Errorf("there %v", w.work.List())
	}
}

// undeleted removes a file in a run whose DELETE the server carries out, while no answer comes.
func (w *world) undeleted(name string) {
	w.t.Helper()
	w.remove("work/" + name)
	lost := w.server.On(davtest.Match{Method: "DELETE"}).After().Drop()
	w.try()
	if lost.Hits() == 0 {
		w.t.Error("nothing was deleted")
	}
	w.server.ClearFaults()
	w.login()
}

// A DELETE was carried out and not answered, and the user gives the name of the deleted file to another one, which somebody edits: that one
// is still agreed, so that the edit comes down.
func TestFileUnderTheNameOfAnUnansweredDelete(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b", "c"})
	w.undeleted("a.ics")
	w.move("work/b.ics", "work/a.ics")
	w.work.Edit("b.ics", inserted("LOCATION:There"))
	w.decided(w.sync())
	w.decided(w.sync())
	w.settled()
	if !strings.Contains(w.read("work/a.ics"), "There") || w.work.Len() != 2 {
		t.Errorf("a.ics is %q, there %v", w.read("work/a.ics"), w.work.List())
	}
}
