package repo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
)

// What the programs that read a vdir rely on, as far as it takes a whole sync to see it. The programs themselves are in
// cmd/vgit, with the tag clients.

// names are the entries of a directory of the vdir, but for those that no reader looks at.
func (w *world) names(dir string) string {
	w.t.Helper()
	entries, err := os.ReadDir(filepath.Join(w.dir, dir))
	must(w.t, err)
	var all []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			all = append(all, e.Name())
		}
	}
	return strings.Join(all, " ")
}

// X4: khal and todoman know an item by the name of its file. It stays, whatever the server calls the item.
func TestX4FileKeepsItsName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, davtest.RenamesOnPut(func(name string, _ []byte) string { return "renamed-" + name }))
	w.work.Put("there.ics", event("there", "There"))
	w.sync()
	w.write("work/My own name.ics", event("here", "Here"))
	w.sync()
	w.work.Move("there.ics", w.work, "elsewhere.ics")
	w.sync()
	w.work.Edit("elsewhere.ics", func([]byte) []byte { return event("there", "There, edited") })
	w.sync()
	if got, want := w.names("work"), "My own name.ics there.ics"; got != want {
		t.Errorf("the files are %q, want %q", got, want)
	}
	if got := w.read("work/there.ics"); !strings.Contains(got, "There, edited") {
		t.Errorf("the edit did not arrive: %s", got)
	}
	w.settled()
}

// X5: a reader imports what the server has sent to others too. That is one item, under the reader's name.
func TestX5FileThatAReaderMadeIsTheItem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sync()
	w.work.Put("invitation.ics", event("u", "Invitation"))
	w.write("work/imported.ics", event("u", "Invitation"))
	w.server.ResetLog()
	w.sync()
	if got := w.names("work"); got != "imported.ics" {
		t.Errorf("the files are %q", got)
	}
	if n := w.server.Writes(); n != 0 || w.work.Len() != 1 {
		t.Errorf("%d writes, %v", n, w.work.List())
	}
	w.settled()
}

// X5: the same while the sync is under way.
func TestX5FileThatAReaderMakesMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.work.Put("h.ics", event("h", "h"))
	w.sync()
	w.work.Put("invitation.ics", event("u", "Invitation"))
	w.server.On(davtest.Match{Method: "REPORT", N: 1}).After().Call(func() { w.write("work/imported.ics", event("u", "Invitation")) })
	r := w.sync()
	if len(r.Problems) != 1 || !strings.Contains(r.Problems[0].What, "made meanwhile") {
		t.Errorf("not said: %+v", r.Problems)
	}
	w.sync()
	if got := w.names("work"); got != "h.ics imported.ics" {
		t.Errorf("the files are %q", got)
	}
	if w.work.Len() != 2 {
		t.Errorf("the server has %v", w.work.List())
	}
	w.settled()
}

// A file is renamed while the deletion of its item is on the way from the server: the item is deleted under its new name, and does not
// come up again as a new one.
func TestFileRenamedWhileItsItemIsDeletedThere(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.work.Delete("a.ics")
	w.server.On(davtest.Match{Method: "REPORT", N: 1}).After().Call(func() { w.move("work/a.ics", "work/better.ics") })
	r := w.sync()
	if len(r.Problems) != 1 || !strings.Contains(r.Problems[0].What, "made meanwhile") {
		t.Errorf("not said: %+v", r.Problems)
	}
	w.sync()
	if got := w.names("work"); got != "b.ics" || w.work.Len() != 1 {
		t.Errorf("the files are %q, the server has %v", got, w.work.List())
	}
	w.settled()
}

// X8, X9: khal and khard take directories without directories in them for collections, and all that begins with a dot for
// none. calcurse removes each file that is not its own, so .git is a directory.
func TestX8X9OnlyCollectionsAreSeen(t *testing.T) {
	t.Parallel()
	for _, single := range []bool{false, true} {
		w := newWorld(t)
		if single {
			w.set = func(o *repo.Options) { o.Layout.Single = true }
		}
		for _, name := range []string{"a.ics", "a/b.ics", "..", "x/../y.ics", ".git", "sub/"} {
			w.work.Put(name, event(name, name))
		}
		w.sync()
		err := filepath.WalkDir(w.dir, func(path string, d os.DirEntry, err error) error {
			rel, _ := filepath.Rel(w.dir, path)
			switch {
			case err != nil:
				return err
			case strings.HasPrefix(d.Name(), ".") && rel != ".":
				if !d.IsDir() {
					t.Errorf("single %v: %s is a file", single, rel)
				}
				return filepath.SkipDir
			case d.IsDir() && rel != "." && (single || rel != "work"):
				t.Errorf("single %v: the directory %s", single, rel)
			}
			return nil
		})
		must(t, err)
	}
}

// V82: with metadata = [], files of names and colours belong to the person and the readers. They are kept in the history as they are;
// nothing of them is sent, and what removes them is no deletion of an item.
func TestV82PropertiesThatAreNotSyncedAreLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.work.Put("a.ics", event("a", "First"))
	w.sync()
	files := map[string]string{"color": "#AABBCC\n", "displayname": "Büro", "description": "two\nlines\x01", "order": ""}
	for name, text := range files {
		w.write("work/"+name, []byte(text))
	}
	w.server.ResetLog()
	w.sync()
	w.work.SetProps(davtest.Props{DisplayName: "Office", Color: "#000000FF"})
	w.work.Edit("a.ics", func([]byte) []byte { return event("a", "Second") })
	w.sync()
	for name, text := range files {
		if got := w.read("work/" + name); got != text {
			t.Errorf("%s became %q", name, got)
		}
		if got := w.git("show", "main:work/"+name); got != text {
			t.Errorf("%s is %q in the history", name, got)
		}
		w.remove("work/" + name)
	}
	w.sync()
	if n := w.server.Writes(); n != 0 || w.names("work") != "a.ics" {
		t.Errorf("%d writes, and here are %q", n, w.names("work"))
	}
	w.settled()
}

// X14, X15: what is broken does not come into the vdir: khard shows no address book at all for one bad card. A series is one
// file with its changed occurrences. Two tasks in one resource of the server stay what they are (P63), and todoman takes them
// for read-only; vgit makes no such file and sends none.
func TestX14X15OneWholeItemInOneFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	task := func(uid string) string {
		return "BEGIN:VTODO\r\nUID:" + uid + "\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:x\r\nEND:VTODO\r\n"
	}
	head, tail := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n", "END:VCALENDAR\r\n"
	w.work.Put("two.ics", []byte(head+task("one")+task("two")+tail))
	w.work.Put("markers.ics", []byte(strings.Replace(string(event("m", "m")), "SUMMARY:m", "<<<<<<< a\r\nSUMMARY:m\r\n=======\r\nSUMMARY:n\r\n>>>>>>> b", 1)))
	w.work.Put("half.ics", event("h", "h")[:100])
	w.work.Put("series.ics", []byte(strings.Replace(string(event("s", "Series", "RRULE:FREQ=DAILY;COUNT=3")), tail,
		"BEGIN:VEVENT\r\nUID:s\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID:20260303T090000Z\r\nDTSTART:20260303T120000Z\r\nSUMMARY:Moved\r\nEND:VEVENT\r\n"+tail, 1)))
	w.sync()
	if got := w.names("work"); got != "series.ics two.ics" {
		t.Errorf("the files are %q", got)
	}
	if got := w.read("work/series.ics"); strings.Count(got, "BEGIN:VEVENT") != 2 {
		t.Errorf("the series is %s", got)
	}
	w.write("work/pair.ics", []byte(head+task("three")+task("four")+tail))
	w.server.ResetLog()
	w.sync()
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes for a file of two tasks", n)
	}
}

// X16: a file keeps the line ends of whoever wrote it last; what vgit writes has CRLF, though XML has lost them on the way.
func TestX16LineEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.work.Put("there.ics", event("there", "There"))
	w.sync()
	if got, want := w.read("work/there.ics"), string(event("there", "There")); got != want {
		t.Errorf("a new file is %q, want %q", got, want)
	}
	unix := strings.ReplaceAll(string(event("there", "Written here")), "\r\n", "\n")
	w.write("work/there.ics", []byte(unix))
	w.sync()
	if got := w.read("work/there.ics"); got != unix {
		t.Errorf("an edited file became %q", got)
	}
	if got, _ := w.work.Get("there.ics"); string(got) != string(event("there", "Written here")) {
		t.Errorf("the server got %q", got)
	}
	w.settled()
	w.write("work/there.ics", event("there", "Written here"))
	w.server.ResetLog()
	w.sync()
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes for line ends alone", n)
	}
	w.settled()
}

// P62, and what X14 asks for in vain: one line that cannot be read does not make an item broken. It travels along, though
// khard needs skip_unparsable then.
func TestX14LineThatCannotBeReadTravelsAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.work.Put("a.ics", event("a", "A", "NOTE without a colon"))
	w.sync()
	if got := w.read("work/a.ics"); !strings.Contains(got, "NOTE without a colon\r\n") {
		t.Errorf("the file is %s", got)
	}
	w.settled()
}

// X18: what a reader saves while the server's edits are being fetched stays, be it in the same item or in another.
func TestX18SavedWhileTheSyncFetches(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b", "c"})
	w.work.Edit("a.ics", func([]byte) []byte { return event("a", "Theirs") })
	w.work.Delete("c.ics")
	w.server.On(davtest.Match{Method: "REPORT", N: 1}).After().Call(func() {
		for _, n := range []string{"a", "b", "c"} {
			w.write("work/"+n+".ics", event(n, "Saved meanwhile"))
		}
	})
	w.sync()
	for _, n := range []string{"a", "b", "c"} {
		if got := w.read("work/" + n + ".ics"); got != string(event(n, "Saved meanwhile")) {
			t.Errorf("%s is %s", n, got)
		}
	}
	if n := states(w.sync()); n[repo.Waits] != 2 {
		t.Errorf("%d wait, want a and c: %v", n[repo.Waits], n)
	}
	if got, _ := w.work.Get("b.ics"); string(got) != string(event("b", "Saved meanwhile")) {
		t.Errorf("b is %q on the server", got)
	}
	if got, _ := w.work.Get("a.ics"); string(got) != string(event("a", "Theirs")) {
		t.Errorf("a is %q on the server", got)
	}
}
