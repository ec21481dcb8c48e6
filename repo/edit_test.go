package repo_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"vgit/repo"
	"vgit/repo/store"
)

// edit lets vgit edit the vdir as a restore does: each name gets the bytes, nil takes it away.
func (w *world) edit(files map[string][]byte, change ...func(*repo.EditRequest)) (*repo.EditReport, error) {
	w.t.Helper()
	r, err := repo.Open(w.options(), true)
	must(w.t, err)
	defer r.Close()
	q := repo.EditRequest{Remotes: []repo.Remote{w.remote()}, What: "undo", Plan: func(_ context.Context, l *repo.Local) ([]repo.FileEdit, error) {
		return plan(l, files)
	}}
	for _, c := range change {
		c(&q)
	}
	return r.Edit(context.Background(), q)
}

// plan makes the edits that give the files of the collection work the bytes.
func plan(l *repo.Local, files map[string][]byte) (edits []repo.FileEdit, err error) {
	layout := repo.Layout{Ext: ".ics"}
	colls, err := layout.Collections(l.Objects(), l.Tree)
	if err != nil {
		return nil, err
	}
	now := map[string]store.Hash{}
	if h := colls["work"]; !h.IsZero() {
		list, err := l.Objects().Tree(h)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			now[e.Name] = e.Hash
		}
	}
	for name, body := range files {
		edits = append(edits, repo.FileEdit{Collection: "work", Name: name, Before: now[name], After: body})
	}
	return edits, nil
}

// TestEdit: an edit that vgit makes for a person records what was edited before, writes all of its files with exactly the bytes that it is
// given, is on main as one commit of its own, and goes to the server by the next sync; a dry run leaves no trace.
func TestEdit(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b", "c"})
	old := w.read("work/a.ics")
	w.editThere("a.ics", "SUMMARY:Theirs")
	w.sync()
	w.editHere("c.ics", "SUMMARY:Mine")
	files := map[string][]byte{"a.ics": []byte(old), "b.ics": nil, "n.ics": event("n", "Back")}
	before := w.everything()
	report, err := w.edit(files, func(q *repo.EditRequest) { q.DryRun = true })
	must(t, err)
	if len(report.Done) != 3 || len(changedFiles(before, w.everything())) > 0 {
		t.Errorf("a dry run would do %d edits, and changed %q", len(report.Done), changedFiles(before, w.everything()))
	}
	report, err = w.edit(files)
	must(t, err)
	if len(report.Done) != 3 || len(report.Left) > 0 || report.Commit.IsZero() {
		t.Errorf("done %d, left %+v, commit %s", len(report.Done), report.Left, report.Commit)
	}
	if w.read("work/a.ics") != old {
		t.Error("the file has not its old bytes")
	}
	if got := w.git("log", "--format=%s", "-2", "main"); got != "undo work: 1 added, 1 changed, 1 deleted\nedit work: 1 changed\n" {
		t.Errorf("the log of main is\n%s", got)
	}
	if got := w.git("log", "--format=%an <%ae>", "-2", "main"); got != "vgit undo <vgit@localhost>\nvgit <vgit@localhost>\n" {
		t.Errorf("the authors on main are\n%s", got)
	}
	w.sound()
	w.sync()
	w.has("there", "c.ics", "SUMMARY:Mine")
	if len(w.work.List()) != 3 {
		t.Errorf("the server has %q", w.work.List())
	}
	w.settled()
	if out, err := w.tryGit("rev-parse", "-q", "--verify", "refs/vgit/_restored"); err == nil {
		t.Errorf("what was put back is remembered still: %s", out)
	}
}

// TestEditIsRefused: in a state that vgit does not work in, and where a file cannot be written, nothing is written or noted, and it is said why.
func TestEditIsRefused(t *testing.T) {
	t.Parallel()
	edit := func(w *world) (*repo.EditReport, error) {
		return w.edit(map[string][]byte{"a.ics": event("a", "Back")})
	}
	for name, spoil := range map[string]func(w *world){
		"foreign branch": func(w *world) { w.git("checkout", "-q", "-b", "mine") },
		"detached":       func(w *world) { w.git("checkout", "-q", "--detach") },
		"rebase": func(w *world) {
			w.write(".git/rebase-merge/head-name", []byte("refs/heads/main\n"))
		},
		"newer": func(w *world) {
			w.git("update-ref", "refs/vgit/_restored", "main")
			w.spoil("refs/vgit/_restored", ".vgit/restored", "vgit restored 9\n")
		},
	} {
		w := agreed(t, []string{"a", "b"})
		spoil(w)
		before := w.everything()
		if report, err := edit(w); err == nil {
			t.Errorf("%s: done %d", name, len(report.Done))
		}
		if diff := changedFiles(before, w.everything()); len(diff) > 0 {
			t.Errorf("%s: changed %q", name, diff)
		}
	}
	w := agreed(t, []string{"a", "b"})
	w.move("work", "../elsewhere")
	if report, err := edit(w); err != nil || len(report.Left) != 1 || !strings.Contains(report.Left[0].Why, "missing") || !report.Commit.IsZero() {
		t.Errorf("without its directory: %+v, %v", report, err)
	}
	if _, err := w.tryGit("rev-parse", "-q", "--verify", "refs/vgit/_restored"); err == nil {
		t.Error("it is noted")
	}
	none := newWorld(t)
	if _, err := edit(none); !errors.Is(err, repo.ErrNothingYet) {
		t.Errorf("where nothing was synced yet: %v", err)
	}
}

// TestEditMeetsTheUser: what is saved while an edit is on its way stays, and is not named as done; what somebody commits meanwhile stays below.
func TestEditMeetsTheUser(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b", "c"})
	w.at = func(p repo.Point) {
		if p == repo.AtEditBegun {
			w.write("work/a.ics", event("a", "Saved meanwhile"))
			w.write("work/n.ics", event("n", "Made meanwhile"))
		}
	}
	report, err := w.edit(map[string][]byte{"a.ics": event("a", "Back"), "b.ics": event("b", "Back"), "n.ics": event("n", "Back")})
	must(t, err)
	if len(report.Done) != 1 || report.Done[0].Name != "b.ics" || len(report.Left) != 2 || report.Left[0].Why == "" {
		t.Errorf("done %+v, left %+v", report.Done, report.Left)
	}
	w.at = nil
	w.sync()
	w.same("a=Saved meanwhile b=Back c=First c n=Made meanwhile")
	w.settled()

	committed := false
	w.at = func(p repo.Point) {
		if p == repo.AtEditWritten && !committed {
			committed = true
			w.git("commit", "-q", "--allow-empty", "-m", "mine")
		}
	}
	report, err = w.edit(map[string][]byte{"a.ics": event("a", "Back"), "c.ics": nil})
	must(t, err)
	if len(report.Done) != 2 || len(report.Left) > 0 {
		t.Errorf("done %+v, left %+v", report.Done, report.Left)
	}
	if got := w.git("log", "--format=%s", "-2", "main"); got != "undo work: 1 changed, 1 deleted\nmine\n" {
		t.Errorf("the log of main is\n%s", got)
	}
	w.at = nil
	w.sync(func(q *repo.Request) { q.AllowDeletes = 1 })
	w.same("a=Back b=Back n=Made meanwhile")
	w.settled()
}
