package repo_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/item"
)

// putBack lets vgit put files back as they were.
func (w *world) putBack(files map[string][]byte) *repo.EditReport {
	w.t.Helper()
	edits := map[string][]byte{}
	for path, body := range files {
		edits[strings.TrimPrefix(path, "work/")] = body
	}
	report, err := w.edit(edits)
	must(w.t, err)
	if len(report.Left) > 0 || len(report.Done) != len(files) {
		w.t.Errorf("put back were %d of %d files, and not %+v", len(report.Done), len(files), report.Left)
	}
	return report
}

// whyHeld says what is held, and why.
func whyHeld(rem *repo.RemoteReport) (said string) {
	for _, h := range rem.Plan.Holds {
		said += string(h.Class) + ": " + h.Why + "\n"
	}
	return said
}

// remembered checks whether anything is remembered as put back.
func (w *world) remembered(want bool) {
	w.t.Helper()
	if _, err := w.tryGit("rev-parse", "-q", "--verify", "refs/vgit/_restored"); (err == nil) != want {
		w.t.Errorf("what was put back is remembered: %v, want %v", err == nil, want)
	}
}

// another is a second vdir that syncs with the same server.
func (w *world) another() *world {
	other := *w
	other.dir = filepath.Join(filepath.Dir(w.dir), "other", "calendars")
	other.state = filepath.Join(filepath.Dir(other.dir), "state")
	other.login()
	return &other
}

// mangle gives the first items on the server a line.
func (w *world) mangle(n int, line string) {
	for _, name := range slices.Sorted(slices.Values(w.work.List()))[:n] {
		w.work.Edit(name, func(b []byte) []byte { return withLine(b, line) })
	}
}

// TestRestoredIsNewThere: whatever a server makes of what it is sent, a file that is put back keeps exactly its old bytes, and what is sent of
// it is later than all that was made of the item since: its number is above that, of an item that was deleted there too. Then nothing is sent or
// pulled any more (RFC 5545 3.8.7.4).
func TestRestoredIsNewThere(t *testing.T) {
	t.Parallel()
	for name, account := range accounts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(8), account)
			before := w.files()
			w.editThere("i00.ics", "SUMMARY:Changed")
			w.editThere("i00.ics", "SEQUENCE:6")
			w.editThere("i01.ics", "SUMMARY:Changed")
			w.editThere("i02.ics", "SEQUENCE:3")
			w.sync()
			w.work.Delete("i02.ics")
			w.sync()
			w.putBack(map[string][]byte{"work/i00.ics": before["work/i00.ics"], "work/i01.ics": before["work/i01.ics"], "work/i02.ics": before["work/i02.ics"]})
			w.remembered(true)
			w.sync()
			w.sync() // a server that rewrites may need one more look
			w.sameFiles(before)
			w.remembered(false)
			bodies := w.there(w.work)
			for uid, number := range map[string]string{"i00": "7", "i01": "1", "i02": "4"} {
				if !bytes.Contains(bodies[uid], []byte("SEQUENCE:"+number+"\r\n")) || !bytes.Contains(bodies[uid], []byte("SUMMARY:First "+uid+"\r\n")) || !bytes.Contains(bodies[uid], []byte("LAST-MODIFIED:")) {
					t.Errorf("%s is there\n%s", uid, bodies[uid])
				}
			}
			w.settled()
			w.sameFiles(before)
			w.editHere("i00.ics", "LOCATION:Later")
			w.sync()
			if got := w.there(w.work)["i00"]; !bytes.Contains(got, []byte("SEQUENCE:7\r\n")) || !bytes.Contains(got, []byte("LOCATION:Later")) {
				t.Errorf("after another edit it is there\n%s", got)
			}
			w.sync()
			w.settled()
		})
	}
}

// TestG23AnotherDeviceTakesWhatIsPutBack: a program mangles many items there, which two devices pull; one of them puts them back. That is held as
// any large change is, says where it comes from, and once it is accepted it comes to the other device, which takes it for no restored backup (G8b).
func TestG23AnotherDeviceTakesWhatIsPutBack(t *testing.T) {
	t.Parallel()
	for _, numbered := range []bool{true, false} {
		w := newWorld(t)
		w.disk = quick(w)
		w.work.Fill(1, 500)
		other := w.another()
		w.sync()
		before := w.files()
		other.sync()
		w.mangle(200, "SUMMARY:XXX")
		if numbered {
			w.mangle(200, "SEQUENCE:9")
		}
		w.sync()
		other.sync()
		changed := map[string][]byte{}
		for path, body := range w.files() {
			if !bytes.Equal(body, before[path]) {
				changed[path] = before[path]
			}
		}
		if len(changed) != 200 {
			t.Fatalf("%d items were mangled", len(changed))
		}
		w.putBack(changed)
		rem := w.sync()
		if len(rem.Plan.Holds) != 1 || rem.Plan.Holds[0].Class != repo.PushChanges || !strings.Contains(rem.Plan.Holds[0].Why, "put back") {
			t.Fatalf("held is %s", whyHeld(rem))
		}
		w.acceptAll(repo.PushChanges)
		w.nothingHeld()
		w.sameFiles(before)
		w.settled()
		other.nothingHeld()
		for uid, body := range other.here("work") {
			if bytes.Contains(body, []byte("XXX")) {
				t.Fatalf("%s is mangled on the other device still", uid)
			}
		}
		other.settled()
	}
}

// TestG23UndoneAdditions: what a sync brought and a person takes back is a deletion on the server as any other: it is held, with a word of where
// it comes from, and done once that is accepted.
func TestG23UndoneAdditions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.disk = quick(w)
	w.work.Fill(1, 20)
	w.sync()
	before := w.files()
	w.work.Fill(2, 200)
	w.sync()
	gone := map[string][]byte{}
	for path := range w.files() {
		if before[path] == nil {
			gone[path] = nil
		}
	}
	w.putBack(gone)
	rem := w.sync()
	if len(rem.Plan.Holds) != 1 || rem.Plan.Holds[0].Class != repo.PushDeletions || !strings.Contains(rem.Plan.Holds[0].Why, "put back") || len(w.work.List()) != 220 {
		t.Fatalf("there are %d items, and held is %s", len(w.work.List()), whyHeld(rem))
	}
	w.sameFiles(before)
	w.remembered(true)
	w.acceptAll(repo.PushDeletions)
	w.nothingHeld()
	if len(w.work.List()) != 20 {
		t.Errorf("%d items are there", len(w.work.List()))
	}
	w.remembered(false)
	w.settled()
}

// TestG23UndoneWipe: all that a wipe took away is made again, however much it is, and nobody is asked (G9). The same files in another way here are
// a flood.
func TestG23UndoneWipe(t *testing.T) {
	t.Parallel()
	for _, back := range []bool{true, false} {
		w := newWorld(t)
		w.disk = quick(w)
		w.work.Fill(1, 1200)
		w.sync()
		before := w.files()
		for _, name := range w.work.List()[20:] {
			w.work.Delete(name)
		}
		w.sync()
		w.acceptAll(repo.PullDeletions)
		w.nothingHeld()
		w.now = w.now.Add(48 * 3600e9)
		missing, now := map[string][]byte{}, w.files()
		for path, body := range before {
			if now[path] == nil {
				missing[path] = body
			}
		}
		if !back {
			for path, body := range missing {
				w.write(path, body)
			}
			if w.hold(repo.PushAdditions); len(w.work.List()) != 20 {
				t.Errorf("%d items are there", len(w.work.List()))
			}
			continue
		}
		w.putBack(missing)
		w.nothingHeld()
		w.sameFiles(before)
		if len(w.work.List()) != 1200 {
			t.Errorf("%d items are there", len(w.work.List()))
		}
		w.settled()
	}
}

// TestRestoredUntilAgreed: what was put back is remembered until the remote has agreed to it, or it is another file.
func TestRestoredUntilAgreed(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(8))
	before := w.files()
	for i := range 6 {
		w.editThere("i0"+strconv.Itoa(i)+".ics", "SUMMARY:Changed")
	}
	w.sync()
	w.putBack(map[string][]byte{"work/i00.ics": before["work/i00.ics"], "work/i01.ics": before["work/i01.ics"]})
	w.server.On(davtest.Match{}).Before().Drop()
	if _, err := w.try(); err != nil {
		t.Fatal(err)
	}
	w.remembered(true)
	w.editHere("i00.ics", "SUMMARY:Mine after all")
	if _, err := w.try(); err != nil {
		t.Fatal(err)
	}
	if got := w.git("show", "refs/vgit/_restored:.vgit/restored"); strings.Contains(got, "i00") || !strings.Contains(got, "i01") {
		t.Errorf("it remembers\n%s", got)
	}
	w.server.ClearFaults()
	w.login()
	w.sync()
	w.has("there", "i00.ics", "SUMMARY:Mine after all")
	if body, _ := w.work.Get("i00.ics"); item.Parse(body).Master().Leaf("SEQUENCE") != nil {
		t.Errorf("an edit is numbered as what is put back:\n%s", body)
	}
	w.has("there", "i01.ics", "SEQUENCE:1")
	w.remembered(false)
	w.settled()
}

// TestF57UndoMeetsATrashBin: a file is put back of an item that the server has in its trash bin. If it is only the name that is taken, the item
// goes there under another; else it is refused, with what the server said, it is offered once, and the file stays.
func TestF57UndoMeetsATrashBin(t *testing.T) {
	t.Parallel()
	for _, uidToo := range []bool{false, true} {
		w := agreed(t, letters(8))
		before := w.files()
		if uidToo {
			w.server.Set(davtest.TrashBin)
		}
		w.work.Delete("i03.ics")
		w.sync()
		if !uidToo {
			w.server.On(davtest.Match{Method: "PUT", Path: "/i03.ics"}).Before().Answer(davtest.Answer{Status: 400, Body: "a deleted object has this name"})
		}
		w.putBack(map[string][]byte{"work/i03.ics": before["work/i03.ics"]})
		w.server.ResetLog()
		rem := w.sync()
		w.sameFiles(before)
		if !uidToo {
			w.remembered(false)
			w.settled()
			continue
		}
		if problems := rem.AllProblems(); len(problems) != 1 || !strings.Contains(problems[0].What, "already exists") {
			t.Errorf("it says %+v", problems)
		}
		if n := w.server.Writes(); n != 2 {
			t.Errorf("%d writes, want one with each name", n)
		}
		w.sync()
		if n := w.server.Writes(); n != 2 {
			t.Errorf("%d writes after another sync", n)
		}
		w.sameFiles(before)
		w.remembered(true)
	}
}

// TestRestoredForEachRemote: with several remotes, what was put back is remembered for each of them until that one has agreed to it, and is new
// on each.
func TestRestoredForEachRemote(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil, nil)
	for _, uid := range letters(8) {
		p.a.work.Put(uid+".ics", event(uid, "First "+uid))
	}
	p.sync(func(q *repo.Request) { q.Remotes[0].Create, q.Remotes[1].Create = "yes", "yes" })
	before := p.files()
	p.a.editThere("i00.ics", "SUMMARY:Changed")
	p.a.editThere("i00.ics", "SEQUENCE:4")
	p.a.work.Delete("i01.ics")
	p.sync()
	p.has("i00", "SUMMARY:Changed")
	files := map[string][]byte{"i00.ics": before["work/i00.ics"], "i01.ics": before["work/i01.ics"]}
	_, err := p.edit(files, func(q *repo.EditRequest) { q.Remotes = p.remotes() })
	must(t, err)
	p.b.server.On(davtest.Match{}).Before().Status(503)
	if _, err := p.try(); err != nil {
		t.Fatal(err)
	}
	if got := p.git("show", "refs/vgit/_restored:.vgit/restored"); strings.Contains(got, "\ta\t") || strings.Count(got, "\tb\t") != 2 {
		t.Errorf("it remembers\n%s", got)
	}
	p.b.server.ClearFaults()
	p.now = p.now.Add(3600e9)
	p.sync()
	p.remembered(false)
	p.sameFiles(before)
	for name, w := range map[string]*world{"a": p.a, "b": p.b} {
		there := w.there(w.work)
		if !bytes.Contains(there["i00"], []byte("SEQUENCE:5\r\n")) || !bytes.Contains(there["i01"], []byte("SEQUENCE:1\r\n")) {
			t.Errorf("%s has\n%s\n%s", name, there["i00"], there["i01"])
		}
	}
	p.settled()
}
