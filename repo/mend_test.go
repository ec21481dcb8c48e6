package repo_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vgit/repo"
	"vgit/repo/disk/disktest"
)

// TestF71MendedOrNot: wherever a run dies that brings back the last good version of damaged files, they are as they were or whole once the next
// sync has run, all of them, and of one that was cut what it held is kept. Nothing of it reaches the server.
func TestF71MendedOrNot(t *testing.T) {
	t.Parallel()
	const cut = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Half an ed"
	made, not := 0, 0
	try := func(what string, arm func(w *world), saved, begun bool) {
		w := agreed(t, []string{"a", "b", "c"})
		a, c := w.read("work/a.ics"), w.read("work/c.ics")
		w.write("work/a.ics", []byte(cut))
		w.write("work/b.ics", nil)
		arm(w)
		_, err := w.edit(map[string][]byte{"a.ics": []byte(a), "b.ics": event("b", "Back")}, func(q *repo.EditRequest) { q.Plan = mending(q.Plan) })
		w.revive()
		if saved {
			w.write("work/b.ics", event("b", "Saved"))
		}
		w.sync()
		switch w.read("work/a.ics") {
		case cut:
			not++
			if err == nil || begun || w.read("work/b.ics") != "" && !saved {
				t.Errorf("%s: not all of what was begun is done after %v", what, err)
			}
		case a:
			made++
			w.sound()
			if got := w.git("show", "refs/vgit/_damaged:work/a.ics"); got != cut {
				t.Errorf("%s: what is kept of the file is %q", what, got)
			}
			if got, want := w.read("work/b.ics"), string(event("b", "Back")); got != want && !saved {
				t.Errorf("%s: the other is %q", what, got)
			}
		default:
			t.Errorf("%s: the file is %q", what, w.read("work/a.ics"))
		}
		if saved && w.read("work/b.ics") != string(event("b", "Saved")) {
			t.Errorf("%s: what was saved since is not there", what)
		}
		if w.read("work/c.ics") != c || len(w.work.List()) != 3 {
			t.Errorf("%s: the server has %q", what, w.work.List())
		}
	}
	for _, saved := range []bool{false, true} {
		try("nobody dies", func(*world) {}, saved, true)
		for i := range editDeaths {
			try(editDeaths[i].String(), func(w *world) { editDeaths[i].arm(w, 1) }, saved, i > 0)
		}
	}
	for n, died := 1, true; died; n += 5 {
		try(fmt.Sprintf("killed at %d", n), func(w *world) {
			d := disktest.New(filepath.Dir(w.dir))
			died = false
			d.Before(func(op disktest.Op) error {
				if died = died || op.N >= n; died {
					return disktest.ErrKilled
				}
				return nil
			})
			w.disk = d.Open
		}, false, false)
	}
	if made < 5 || not < 3 {
		t.Errorf("%d were mended, %d were not", made, not)
	}
}

// mending is a plan that replaces damaged files.
func mending(plan func(context.Context, *repo.Local) ([]repo.FileEdit, error)) func(context.Context, *repo.Local) ([]repo.FileEdit, error) {
	return func(ctx context.Context, l *repo.Local) ([]repo.FileEdit, error) {
		edits, err := plan(ctx, l)
		for i, e := range edits {
			edits[i].Mend = l.Damaged()["work/"+e.Name] != ""
		}
		return edits, err
	}
}

// TestF64DirectoryComesBack: wherever a run dies that brings back the directory of a collection, it is missing as before or whole once the next
// sync has run, and the server keeps all that it has.
func TestF64DirectoryComesBack(t *testing.T) {
	t.Parallel()
	made, not := 0, 0
	try := func(what string, arm func(w *world), begun bool) {
		w := agreed(t, []string{"a", "b", "c"})
		files := map[string][]byte{}
		for path, body := range w.files() {
			files[strings.TrimPrefix(path, "work/")] = body
		}
		old := files["a.ics"]
		w.write("work/a.ics", event("a", "Worse"))
		w.sync()
		must(t, os.RemoveAll(filepath.Join(w.dir, "work")))
		files["a.ics"] = old
		arm(w)
		_, err := w.edit(files, func(q *repo.EditRequest) { q.Plan = mending(q.Plan) })
		w.revive()
		_, _ = w.try()
		switch n := len(w.files()); {
		case n == 0 && err != nil && !begun:
			not++
		case n == 3 && string(w.files()["work/a.ics"]) == string(old):
			made++
			w.sync()
			w.settled()
		default:
			t.Errorf("%s: the vdir has %d files, after %v", what, n, err)
		}
		if len(w.work.List()) != 3 {
			t.Errorf("%s: the server has %q", what, w.work.List())
		}
	}
	try("nobody dies", func(*world) {}, true)
	try("all is written", func(w *world) { (&death{point: repo.AtEditWritten}).arm(w, 1) }, true)
	for n, died := 1, true; died; n += 3 {
		try(fmt.Sprintf("killed at %d", n), func(w *world) {
			d := disktest.New(filepath.Dir(w.dir))
			died = false
			d.Before(func(op disktest.Op) error {
				if died = died || op.N >= n; died {
					return disktest.ErrKilled
				}
				return nil
			})
			w.disk = d.Open
		}, false)
	}
	if made < 5 || not < 3 {
		t.Errorf("it came back %d times, and %d times not", made, not)
	}
}
