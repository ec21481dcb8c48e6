package history_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vgit/history"
	"vgit/repo"
	"vgit/repo/store"
)

// life is a vdir that lives in a book: what it holds, and how syncs leave it.
type life struct {
	*book
	f    files
	tip  store.Hash
	last map[string][2]store.Hash // tracking and base of each remote
}

func newLife(b *book, f files) *life {
	l := &life{book: b, f: files{}, last: map[string][2]store.Hash{}}
	l.hold()
	l.edit(files{})
	if len(f) > 0 {
		l.pull("server", f)
	}
	return l
}

// edit is what a person did, as it is recorded; sent by the next agree.
func (l *life) edit(f files) { l.put(vgit, f) }

// back is an edit as an undo makes it.
func (l *life) back(f files) {
	who := vgit
	who.Name = "vgit undo"
	l.put(who, f)
}

func (l *life) put(who store.Signature, f files) {
	l.t.Helper()
	l.now = l.now.Add(3600e9)
	l.f, l.tip = f, l.commitAs(who, l.now, "any", f, l.tip)
	l.main(l.tip)
}

// fetch is a snapshot of a remote that holds some files.
func (l *life) fetch(remote, made string, f files) store.Hash {
	l.t.Helper()
	t := l.snapshot(remote, made, f, l.last[remote][0])
	l.tracking(remote, t)
	l.last[remote] = [2]store.Hash{t, l.last[remote][1]}
	return t
}

// merge is the pull of the last snapshot.
func (l *life) merge(remote string, f files) {
	l.t.Helper()
	l.f, l.tip = f, l.commit(f, l.tip, l.last[remote][0])
	l.main(l.tip)
}

// agree makes the base that a sync ends with.
func (l *life) agree(remote string, local files) {
	l.t.Helper()
	tree := files{".vgit/base": "vgit base 2\n"}
	for path, text := range local {
		tree["local/"+path], tree["remote/"+path] = text, text
	}
	last := l.last[remote]
	base := l.commit(tree, l.tip, last[0], last[1])
	l.ref(repo.BaseRef(remote), base)
	l.last[remote] = [2]store.Hash{last[0], base}
}

// pull is a sync that received what makes the vdir so.
func (l *life) pull(remote string, f files) {
	l.t.Helper()
	l.fetch(remote, "fetch", f)
	l.merge(remote, f)
	l.agree(remote, f)
}

// push is a sync that sent all that was edited.
func (l *life) push(remote string) {
	l.t.Helper()
	l.fetch(remote, "push", l.f)
	l.agree(remote, l.f)
}

// undo works out an undo of the vdir as it is.
func (l *life) undo(u history.Undo) (*history.Reversal, error) {
	l.t.Helper()
	l.keep()
	b, err := history.Open(l.o)
	if err != nil {
		l.t.Fatal(err)
	}
	defer b.Close()
	g := l.s.Stage()
	return b.Undo(context.Background(), u, history.State{Tree: l.tree(g, l.f), Objects: g})
}

// undone is the vdir after an undo that is made, and what stays.
func (l *life) undone(u history.Undo) []string {
	l.t.Helper()
	rev, err := l.undo(u)
	var none *history.Nothing
	if errors.As(err, &none) {
		return []string{none.What}
	}
	if err != nil {
		l.t.Fatalf("undo: %v", err)
	}
	return l.carryOut(rev)
}

// carryOut does what a plan says, as repo.Edit would, and looks that it is about what is there.
func (l *life) carryOut(rev *history.Reversal) (stays []string) {
	l.t.Helper()
	next := maps.Clone(l.f)
	written := map[string]bool{}
	for _, e := range rev.Files() {
		path := l.o.Layout.Path(e.Collection, e.Name)
		if written[path] {
			l.t.Errorf("%s is written twice", path)
		}
		written[path] = true
		if h := l.s.Stage().AddBlob([]byte(l.f[path])); (l.f[path] == "") != e.Before.IsZero() || l.f[path] != "" && h != e.Before {
			l.t.Errorf("%s: not planned for what is there", path)
		}
		if e.After == nil && l.f[path] == "" {
			l.t.Errorf("%s: removed, and is not there", path)
		}
		if l.f[path] != "" && e.After != nil && string(e.After) == l.f[path] {
			l.t.Errorf("%s: written as it is", path)
		}
		delete(next, path)
	}
	for _, e := range rev.Files() {
		if e.Was != "" && !written[e.Was] {
			delete(next, e.Was)
		}
	}
	for _, e := range rev.Files() {
		if e.After != nil {
			next[l.o.Layout.Path(e.Collection, e.Name)] = string(e.After)
		}
	}
	for _, s := range rev.Stays {
		text := fmt.Sprintf("%s/%s %s", s.Collection, s.Name, s.Reason)
		for _, c := range s.Slots {
			text += " " + c.Slot
		}
		stays = append(stays, text+", "+string(s.By.Kind)+" "+s.By.From)
	}
	l.f = next
	return stays
}

// todo is an item of several slots.
func todo(uid, summary, location string) string {
	return strings.Replace(event(uid, summary), "END:VTODO", "LOCATION:"+location+"\r\nEND:VTODO", 1)
}

func wantFiles(t *testing.T, got, want files) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestUndoOfWhatWasReceived(t *testing.T) {
	t.Parallel()
	a, b, c := todo("a", "Anna", "Rome"), todo("b", "Ben", "Paris"), todo("c", "Cleo", "Oslo")
	before := files{"work/a.ics": a, "work/b.ics": b, "home/c.ics": c, "work/color": "#ff0000\n"}
	after := files{"work/a.ics": todo("a", "Mangled", "Rome"), "home/d.ics": todo("d", "New", "Bonn"), "work/c.ics": c, "work/color": "#000000\n"}
	for _, row := range []struct {
		name  string
		since func(f files) files
		want  files
		stays []string
	}{
		{"nothing since", func(f files) files { return f }, before, nil},
		{"another slot", func(f files) files { return f.with("work/a.ics", todo("a", "Mangled", "Bern")) }, before.with("work/a.ics", todo("a", "Anna", "Bern")), nil},
		{"the same slot", func(f files) files { return f.with("work/a.ics", todo("a", "Mended", "Bern")) }, before.with("work/a.ics", todo("a", "Mended", "Bern")), []string{"work/a.ics edited summary, edit here"}},
		{"mended by hand", func(f files) files { return f.with("work/a.ics", a) }, before, nil},
		{"deleted since", func(f files) files { return f.with("work/a.ics", "") }, before.with("work/a.ics", ""), []string{"work/a.ics deleted, edit here"}},
		{"the new one edited", func(f files) files { return f.with("home/d.ics", todo("d", "Newer", "Bonn")) }, before.with("home/d.ics", todo("d", "Newer", "Bonn")), []string{"home/d.ics edited, edit here"}},
		{"the new one renamed", func(f files) files { return f.with("home/d.ics", "").with("home/x.ics", f["home/d.ics"]) }, before, nil},
		{"the new one moved", func(f files) files { return f.with("home/d.ics", "").with("work/d.ics", f["home/d.ics"]) }, before.with("work/d.ics", after["home/d.ics"]), []string{"work/d.ics moved, edit here"}},
		{"its name taken", func(f files) files { return f.with("work/b.ics", todo("x", "Other", "")) }, before.with("work/b.ics", todo("x", "Other", "")).with("work/b-2.ics", b), nil},
		{"there again", func(f files) files { return f.with("work/z.ics", b) }, before.with("work/b.ics", "").with("work/z.ics", b), nil},
		{"there again, and another", func(f files) files { return f.with("work/z.ics", todo("b", "Benno", "")) }, before.with("work/b.ics", "").with("work/z.ics", todo("b", "Benno", "")), []string{"work/z.ics back, edit here"}},
		{"broken since", func(f files) files { return f.with("work/a.ics", "BEGIN:VCALENDAR\r\n") }, before.with("work/a.ics", "BEGIN:VCALENDAR\r\n"), []string{"work/a.ics edited, edit here"}},
		{"another colour", func(f files) files { return f.with("work/color", "#00ff00\n") }, before.with("work/color", "#00ff00\n"), []string{"work/color edited, edit here"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			l := newLife(newBook(t), before)
			l.pull("server", after)
			if f := row.since(after); !maps.Equal(f, after) {
				l.edit(f)
			}
			if stays := l.undone(history.Undo{}); !slices.Equal(stays, row.stays) {
				t.Errorf("stays %q, want %q", stays, row.stays)
			}
			wantFiles(t, l.f, row.want)
		})
	}
}

func TestUndoAndRedo(t *testing.T) {
	t.Parallel()
	before := files{"work/a.ics": todo("a", "Anna", "Rome"), "work/b.ics": todo("b", "Ben", "Paris")}
	l := newLife(newBook(t), before)
	l.pull("server", files{})
	for i, want := range []files{before, {}, before, {}} {
		l.undone(history.Undo{})
		wantFiles(t, l.f, want)
		l.back(l.f)
		if i == 1 {
			l.push("server") // what was undone and redone is sent; nothing changes for the next undo
		}
	}
}

func TestUndoOfWhatWasSent(t *testing.T) {
	t.Parallel()
	before := files{"work/a.ics": todo("a", "Anna", "Rome"), "work/b.ics": todo("b", "Ben", "Paris")}
	l := newLife(newBook(t), before)
	script := files{"work/a.ics": todo("a", "XXX", "Rome"), "work/b.ics": todo("b", "XXX", "Paris")}
	l.edit(script)
	l.push("server")
	l.edit(l.f.with("work/c.ics", todo("c", "Cleo", ""))) // not sent: no part of it
	if stays := l.undone(history.Undo{}); len(stays) > 0 {
		t.Error(stays)
	}
	wantFiles(t, l.f, before.with("work/c.ics", todo("c", "Cleo", "")))
}

// What waits or is held has not been sent, and stays.
func TestUndoLeavesWhatWasNotSent(t *testing.T) {
	t.Parallel()
	before := files{"work/a.ics": todo("a", "Anna", "Rome"), "work/b.ics": todo("b", "Ben", "Paris")}
	l := newLife(newBook(t), before)
	l.edit(files{"work/a.ics": todo("a", "XXX", "Rome"), "work/b.ics": todo("b", "YYY", "Paris")})
	l.fetch("server", "push", l.f)
	l.agree("server", l.f.with("work/b.ics", before["work/b.ics"]))
	l.undone(history.Undo{})
	wantFiles(t, l.f, before.with("work/b.ics", todo("b", "YYY", "Paris")))
}

func TestUndoOfBoth(t *testing.T) {
	t.Parallel()
	a := todo("a", "Anna", "Rome")
	build := func(t *testing.T) (*life, store.Hash, store.Hash) {
		l := newLife(newBook(t), files{"work/a.ics": a})
		l.edit(l.f.with("work/mine.ics", todo("m", "Mine", "")))
		mine := l.tip
		l.pull("server", l.f.with("work/theirs.ics", todo("t", "Theirs", "")))
		return l, mine, l.tip
	}
	mine, theirs := todo("m", "Mine", ""), todo("t", "Theirs", "")
	for name, row := range map[string]struct {
		u    func(mine, theirs store.Hash) history.Undo
		want files
	}{
		"received first":   {func(m, t store.Hash) history.Undo { return history.Undo{} }, files{"work/a.ics": a, "work/mine.ics": mine}},
		"from here":        {func(m, t store.Hash) history.Undo { return history.Undo{From: []string{"here"}} }, files{"work/a.ics": a, "work/theirs.ics": theirs}},
		"from both":        {func(m, t store.Hash) history.Undo { return history.Undo{From: []string{"here", "server"}} }, files{"work/a.ics": a}},
		"the edit by name": {func(m, t store.Hash) history.Undo { return history.Undo{Commit: m} }, files{"work/a.ics": a, "work/theirs.ics": theirs}},
		"the pull by name": {func(m, t store.Hash) history.Undo { return history.Undo{Commit: t} }, files{"work/a.ics": a, "work/mine.ics": mine}},
		"elsewhere":        {func(m, t store.Hash) history.Undo { return history.Undo{Where: "home"} }, files{"work/a.ics": a, "work/mine.ics": mine, "work/theirs.ics": theirs}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, m, s := build(t)
			l.undone(row.u(m, s))
			wantFiles(t, l.f, row.want)
		})
	}
}

// One sync with two servers is one run; a later one with the other server is another.
func TestUndoOfTwoRemotes(t *testing.T) {
	t.Parallel()
	first := files{"work/a.ics": todo("a", "Anna", "")}
	build := func(t *testing.T, sent bool) *life {
		l := newLife(newBook(t), first)
		l.fetch("beta", "fetch", first)
		l.agree("beta", first)
		withX, withY := first.with("work/x.ics", todo("x", "X", "")), first.with("work/y.ics", todo("y", "Y", ""))
		both := withX.with("work/y.ics", todo("y", "Y", ""))
		l.fetch("server", "fetch", withX)
		if !sent {
			l.fetch("beta", "fetch", withY)
		}
		at := l.now
		l.merge("server", withX)
		l.agree("server", withX)
		if sent {
			l.now = at // within the second
			l.push("beta")
			l.fetch("beta", "fetch", both)
		}
		l.now = at
		l.merge("beta", both)
		l.agree("beta", both)
		return l
	}
	t.Run("one sync", func(t *testing.T) {
		t.Parallel()
		l := build(t, false)
		l.undone(history.Undo{})
		wantFiles(t, l.f, first)
	})
	t.Run("two syncs", func(t *testing.T) {
		t.Parallel()
		l := build(t, true)
		l.undone(history.Undo{})
		wantFiles(t, l.f, first.with("work/x.ics", todo("x", "X", "")))
	})
}

func TestUndoSince(t *testing.T) {
	t.Parallel()
	first := files{"work/a.ics": todo("a", "Anna", "Rome"), "work/b.ics": todo("b", "Ben", "Paris")}
	l := newLife(newBook(t), first)
	monday := l.now.Add(1)
	l.pull("server", l.f.with("work/a.ics", todo("a", "Anna 2", "Rome")))
	l.edit(l.f.with("work/a.ics", todo("a", "Anna 2", "Bern")))
	l.push("server")
	l.pull("server", l.f.with("work/a.ics", todo("a", "Anna 3", "Bern")).with("work/b.ics", ""))
	if stays := l.undone(history.Undo{Since: monday}); len(stays) > 0 {
		t.Error(stays)
	}
	wantFiles(t, l.f, first.with("work/a.ics", todo("a", "Anna", "Bern")))
}

// A named run can be taken back once; the second time there is nothing left.
func TestUndoOfAnOlderRun(t *testing.T) {
	t.Parallel()
	first := files{"work/a.ics": todo("a", "Anna", "Rome"), "work/b.ics": todo("b", "Ben", "Paris")}
	l := newLife(newBook(t), first)
	l.pull("server", l.f.with("work/a.ics", todo("a", "Bad", "Rome")).with("work/b.ics", ""))
	bad := l.tip
	l.pull("server", l.f.with("work/c.ics", todo("c", "Good", "")))
	for range 2 {
		if stays := l.undone(history.Undo{Commit: bad}); len(stays) > 0 {
			t.Error(stays)
		}
		wantFiles(t, l.f, first.with("work/c.ics", todo("c", "Good", "")))
		l.back(l.f)
	}
	l.edit(l.f.with("work/a.ics", todo("a", "Anna", "Bern")))
	rev, err := l.undo(history.Undo{Commit: bad})
	if err != nil || len(rev.Changes)+len(rev.Stays) > 0 {
		t.Errorf("the third time: %+v %v", rev, err)
	}
}

// drawItems draws what a vdir holds: up to six items, any of which may lie in either collection, under either of two names.
func drawItems(t *rapid.T, label string) files {
	f := files{}
	for _, uid := range []string{"a", "b", "c", "d", "e", "f"} {
		if rapid.IntRange(0, 4).Draw(t, label+uid) == 0 {
			continue
		}
		coll := rapid.SampledFrom([]string{"work", "work", "work", "home"}).Draw(t, label+"coll")
		name := rapid.SampledFrom([]string{"", "", "", "x"}).Draw(t, label+"name")
		f[coll+"/"+uid+name+".ics"] = todo(uid, fmt.Sprint("title ", rapid.IntRange(0, 2).Draw(t, label+"title")), fmt.Sprint("place ", rapid.IntRange(0, 1).Draw(t, label+"place")))
	}
	if rapid.Bool().Draw(t, label+"color") {
		f["work/color"] = "#00000" + fmt.Sprint(rapid.IntRange(0, 9).Draw(t, label+"value")) + "\n"
	}
	return f
}

func TestUndoIsExactAndItsOwnInverse(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	rapid.Check(t, func(t *rapid.T) {
		l := newLife(b, drawItems(t, "first"))
		if rapid.Bool().Draw(t, "edits before") {
			l.edit(drawItems(t, "edit"))
		}
		before, undone := l.f, l.f
		after := drawItems(t, "after")
		if maps.Equal(before, after) {
			t.Skip("nothing happened")
		}
		if rapid.Bool().Draw(t, "sent") {
			l.push("server")
			l.edit(after)
			l.push("server")
		} else {
			l.pull("server", after)
		}
		for _, want := range []files{undone, after, undone} {
			if stays := l.undone(history.Undo{}); len(stays) > 0 {
				t.Fatalf("stays: %q", stays)
			}
			if diff := cmp.Diff(want, l.f); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			l.back(l.f)
			if rapid.Bool().Draw(t, "synced") {
				l.push("server")
			}
		}
	})
}

// What was edited since is there after an undo: no item that somebody touched goes, and each slot that somebody set has that value.
func TestUndoKeepsWhatWasEditedSince(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	rapid.Check(t, func(t *rapid.T) {
		before := drawItems(t, "before")
		l := newLife(b, before)
		after := drawItems(t, "after")
		l.pull("server", after)
		now := maps.Clone(l.f)
		edited := map[string][]string{} // by UID: lines that have to be there
		for _, path := range slices.Sorted(maps.Keys(l.f)) {
			uid := strings.TrimSuffix(strings.TrimSuffix(path[5:], ".ics"), "x")
			if strings.HasSuffix(path, "color") {
				continue
			}
			switch rapid.IntRange(0, 3).Draw(t, "edit "+path) {
			case 1:
				now[path] = strings.Replace(now[path], "LOCATION:", "LOCATION:here ", 1)
				edited[uid] = []string{"LOCATION:here "}
			case 2:
				now[path] = strings.Replace(now[path], "SUMMARY:", "SUMMARY:mine ", 1)
				edited[uid] = []string{"SUMMARY:mine "}
			}
		}
		if !maps.Equal(now, l.f) {
			l.edit(now)
		}
		l.undone(history.Undo{})
		uids := map[string]int{}
		for path, text := range l.f {
			if !strings.HasSuffix(path, ".ics") {
				continue
			}
			_, uid, _ := strings.Cut(text, "UID:")
			uid, _, _ = strings.Cut(uid, "\r\n")
			if uids[uid]++; uids[uid] > 1 {
				t.Errorf("two files of the UID %s", uid)
			}
			for _, line := range edited[uid] {
				if !strings.Contains(text, line) {
					t.Errorf("%s lost %q:\n%s", path, line, text)
				}
			}
			if len(edited[uid]) == 0 {
				was := ""
				for _, old := range before {
					if strings.Contains(old, "UID:"+uid+"\r") {
						was = old
					}
				}
				if was != text {
					t.Errorf("%s was not edited since, and is not as it was:\n%s", path, text)
				}
			}
		}
		for uid := range edited {
			if uids[uid] == 0 {
				t.Errorf("%s was edited and is gone", uid)
			}
		}
	})
}

// TestUndoSinceACommit: what came after it is told by the line, whatever the times say.
func TestUndoSinceACommit(t *testing.T) {
	t.Parallel()
	f := files{"w/a.ics": event("a", "A")}
	l := newLife(newBook(t), f)
	l.edit(f.with("w/b.ics", event("b", "B")))
	l.push("server")
	edit := l.tip
	f = l.f.with("w/c.ics", event("c", "C"))
	l.pull("server", f)
	l.pull("server", f.with("w/d.ics", event("d", "D")))
	rev, err := l.undo(history.Undo{Since: l.now.AddDate(-1, 0, 0), After: edit})
	if err != nil || len(rev.Of) != 2 || len(rev.Changes) != 2 {
		t.Fatalf("%+v %v", rev, err)
	}
	rev, err = l.undo(history.Undo{Since: l.now.AddDate(-1, 0, 0), After: l.tip})
	var none *history.Nothing
	if !errors.As(err, &none) {
		t.Errorf("since the newest: %+v %v", rev, err)
	}
	b := l.open()
	for h, want := range map[store.Hash]bool{edit: true, l.last["server"][0]: false} {
		if on, err := b.OnMain(h); on != want || err != nil {
			t.Errorf("%s is on main: %v %v", h, on, err)
		}
	}
}
