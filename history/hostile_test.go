package history_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"vgit/history"
	"vgit/repo"
	"vgit/repo/store"
)

// TestTextsAreGivenAsTheyStand: what is printed is made harmless by the printer (S13), so that other readers get the truth.
func TestTextsAreGivenAsTheyStand(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.main(b.commitAs(store.Signature{Name: "x", Email: "x"}, b.now, "\x1b[2Jsubject\nbody", files{"w\u202e/a\n.ics": event("a", "\x1b]0;title\a")}))
	e := b.entries()[0]
	if e.Message != "\x1b[2Jsubject" || e.Items[0].Title != "\x1b]0;title\a" || e.Items[0].Collection != "w\u202e" || e.Items[0].Name != "a\n.ics" {
		t.Errorf("%q %+v", e.Message, e.Items[0])
	}
	if got := e.Items[0].String(); strings.ContainsAny(got, "\x1b\a\n\u202e") {
		t.Errorf("the line for people is %q", got)
	}
}

// TestTreesOutOfOrder: git never makes such a tree, but reads it.
func TestTreesOutOfOrder(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.main(b.commit(files{"w/a.ics": event("a", "A"), "w/b.ics": event("b", "B"), "w/c.ics": event("c", "C")}))
	blob := func(text string) string {
		b.put("body", text)
		h := b.git("hash-object", "-w", "body")
		raw, err := hex.DecodeString(h)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	a, two := blob(event("a", "A")), blob(event("b", "B2"))
	b.put("tree", "100644 c.ics\x00"+blob(event("c", "C"))+"100644 b.ics\x00"+two+"100644 a.ics\x00"+a+"100644 a.ics\x00"+two+
		"120000 link.ics\x00"+a+"160000 module.ics\x00"+a)
	bad := b.git("hash-object", "-t", "tree", "-w", "--literally", "tree")
	b.put("top", bad)
	top, err := store.ParseHash(bad)
	if err != nil {
		t.Fatal(err)
	}
	b.put("root", "40000 w\x00"+string(top[:]))
	root := b.git("hash-object", "-t", "tree", "-w", "--literally", "root")
	b.git("update-ref", "refs/heads/main", b.git("commit-tree", "-p", "main", "-m", "odd", root))
	want(t, b.log(func(o *history.Options) { o.Limit = 1 }), "edit here: ~ w: B2 (odd)")
}

func TestManyGapsAreCounted(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	f := files{"w/a.ics": event("a", "A")}
	tip, blank := b.commit(f), files{"w/a.ics": "", "README": ""}
	var lost []store.Hash
	for i := range 4 {
		mid := b.commit(blank.with("README", fmt.Sprint(i)).with("w/a.ics", fmt.Sprint(i)), tip)
		c, err := b.s.Commit(mid)
		if err != nil {
			t.Fatal(err)
		}
		lost = append(lost, c.Tree)
		tip = b.commit(f.with("w/a.ics", event("a", fmt.Sprint("again ", i))), mid)
	}
	b.main(tip)
	for _, h := range lost {
		b.drop(h)
	}
	got, err := b.tryLog()
	want(t, got, "edit here: + w: A")
	if !errors.Is(err, history.ErrIncomplete) || !strings.HasSuffix(err.Error(), "\nand 3 more") {
		t.Errorf("got %v", err)
	}
}

// TestTheWalkEndsWellBeforeTheRange: a thousand commits in a row that are too old are proof enough, fewer are not.
func TestTheWalkEndsWellBeforeTheRange(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	g := b.s.Stage()
	since, tip := b.now, store.Hash{}
	add := func(n int, when time.Time) {
		for range n {
			c := store.Commit{Tree: b.tree(g, files{"w/a.ics": event("a", tip.String()[:8])}), Author: vgit, Committer: vgit}
			c.Author.When = when
			if !tip.IsZero() {
				c.Parents = []store.Hash{tip}
			}
			var err error
			if tip, err = g.AddCommit(c); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, old := range []int{1000, 999, 999} {
		add(1, since)
		add(old, since.Add(-time.Hour))
	}
	add(1, since)
	release, err := g.Keep(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	b.ref(repo.MainRef, tip)
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if got := b.log(func(o *history.Options) { o.Since = since }); len(got) != 3 {
		t.Errorf("%d entries, want 3: %q", len(got), got)
	}
}

// TestALostSnapshotIsNotWalkedAsMain: what a pull came from is no edit, even if it cannot be told what it was.
func TestALostSnapshotIsNotWalkedAsMain(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	f := files{"w/a.ics": event("a", "A")}
	edit := b.commit(f)
	seen := b.snapshot("server", "fetch", f.with("w/b.ics", event("b", "B")), b.snapshot("server", "fetch", f.with("w/z.ics", event("z", "Z"))))
	b.main(b.commit(f.with("w/b.ics", event("b", "B")), edit, seen))
	c, err := b.s.Commit(seen)
	if err != nil {
		t.Fatal(err)
	}
	b.drop(c.Tree)
	got, err := b.tryLog()
	want(t, got, "edit here: + w: A")
	if !errors.Is(err, history.ErrIncomplete) {
		t.Errorf("got %v", err)
	}
}

func TestATrackingLineEndsWhereAnotherBegins(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	f := files{"w/a.ics": event("a", "A")}
	b.tracking("server", b.snapshot("server", "push", f.with("w/b.ics", event("b", "B")), b.snapshot("other", "push", f, b.snapshot("server", "push", nil))))
	want(t, b.log(), "push server: + w: B")
}
