package history_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vgit/history"
	"vgit/repo"
	"vgit/repo/store"
)

func (b *book) indexFile() string { return filepath.Join(b.dir, ".git", "vgit", "history") }

// index is the file, "" if there is none.
func (b *book) index() string {
	b.t.Helper()
	text, err := os.ReadFile(b.indexFile())
	if err != nil && !os.IsNotExist(err) {
		b.t.Fatal(err)
	}
	return string(text)
}

func (b *book) setIndex(text string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(b.indexFile()), 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(b.indexFile(), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// drawLife makes a history in which items move, change and vanish, on main, on a side line and on the tracking line of a server, and in
// which main is reset and begun anew.
func drawLife(t *rapid.T, b *book) {
	paths := []string{"v/a.ics", "w/a.ics", "w/b.ics", "w/c.ics"}
	f := files{}
	var tips []store.Hash
	var states []files
	var seen store.Hash
	for range rapid.IntRange(1, 12).Draw(t, "steps") {
		f = f.with("", "")
		switch rapid.SampledFrom([]string{"edit", "edit", "delete", "move", "move", "readme"}).Draw(t, "change") {
		case "edit":
			p := rapid.SampledFrom(paths).Draw(t, "path")
			f = f.with(p, event(rapid.SampledFrom([]string{"1", "2", p}).Draw(t, "uid"), fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "title"))))
		case "delete":
			f = f.with(rapid.SampledFrom(paths).Draw(t, "path"), "")
		case "move":
			from, to := rapid.SampledFrom(paths).Draw(t, "from"), rapid.SampledFrom(paths).Draw(t, "to")
			if text := f[from]; text != "" && from != to {
				f = f.with(from, "").with(to, strings.Replace(text, "SUMMARY:", rapid.SampledFrom([]string{"SUMMARY:", "SUMMARY:x"}).Draw(t, "as"), 1))
			}
		case "readme":
			f = f.with("README", fmt.Sprint(len(tips)))
		}
		var tip store.Hash
		if len(tips) > 0 {
			tip = tips[len(tips)-1]
		}
		who := vgit
		if rapid.Bool().Draw(t, "by hand") {
			who = store.Signature{Name: "Ada", Email: "ada@example.org"}
		}
		b.now = b.now.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "hours")) * time.Hour)
		switch rapid.SampledFrom([]string{"edit", "edit", "push", "pull", "merge", "reset", "anew", "squash"}).Draw(t, "step") {
		case "edit":
			tip = b.commitAs(who, b.now, "edit", f, tip)
		case "push":
			tip = b.commitAs(who, b.now, "edit", f, tip)
			seen = b.snapshot("server", "push", f, seen)
		case "pull":
			seen = b.snapshot("server", "fetch", f, seen)
			tip = b.commitAs(vgit, b.now, "pull", f, tip, seen)
		case "merge":
			other := tip
			if len(tips) > 0 {
				other = rapid.SampledFrom(tips).Draw(t, "other")
			}
			tip = b.commitAs(who, b.now, "merge", f, tip, other)
		case "reset":
			if len(tips) > 0 {
				i := rapid.IntRange(0, len(tips)-1).Draw(t, "to")
				tip, f = tips[i], states[i]
			}
		case "anew":
			tip = b.commitAs(who, b.now, "anew", f)
		case "squash":
			if len(tips) > 0 {
				tip = b.commitAs(who, b.now, "squashed", f, rapid.SampledFrom(tips).Draw(t, "onto"))
			}
		}
		if !tip.IsZero() {
			tips, states = append(tips, tip), append(states, f)
		}
	}
	if len(tips) > 0 {
		b.main(tips[len(tips)-1])
	}
	if !seen.IsZero() {
		b.tracking("server", seen)
	}
}

// TestTheIndexChangesNoAnswer: whatever lies in the index, the log is what it is without one.
func TestTheIndexChangesNoAnswer(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	asked := []func(*history.Options){
		func(*history.Options) {},
		func(o *history.Options) { o.Where = "w" },
		func(o *history.Options) { o.Item = "w/a.ics" },
		func(o *history.Options) { o.Item = "a.ics" },
		func(o *history.Options) { o.Limit = 2 },
		func(o *history.Options) { o.Since = b.now.Add(-2 * time.Hour) },
		func(o *history.Options) { o.Remotes = []string{"other"} },
	}
	rapid.Check(t, func(t *rapid.T) {
		stale := b.index() // of the histories before
		for _, ref := range []string{repo.MainRef, repo.TrackingRef("server")} {
			if h, err := b.s.Ref(ref); err == nil && !h.IsZero() {
				if err := b.s.Update("test", store.RefChange{Name: ref, Old: h}); err != nil {
					t.Fatal(err)
				}
			}
		}
		drawLife(t, b)
		ask := func() (all [][]history.Entry) {
			for _, change := range asked {
				all = append(all, b.entries(change))
			}
			return all
		}
		var want [][]history.Entry
		for _, change := range asked { // each without any index
			b.setIndex("")
			want = append(want, b.entries(change))
		}
		b.setIndex("")
		full := func() string { b.entries(); return b.index() }()
		same := func(what string) {
			if diff := cmp.Diff(want, ask(), sameTime); diff != "" {
				t.Fatalf("%s (-without +with):\n%s", what, diff)
			}
		}
		same("complete")
		if grown := b.index(); grown != full && !strings.HasPrefix(grown, full) {
			t.Fatal("a complete index was written anew")
		}
		at := rapid.IntRange(0, len(full)).Draw(t, "at")
		switch what := rapid.SampledFrom([]string{"stale", "stale and complete", "cut", "damaged"}).Draw(t, "index"); {
		case what == "stale":
			b.setIndex(stale)
			same(what)
		case what == "stale and complete":
			b.setIndex(full + stale[min(len(stale), len("vgit history 1 12345678\n")):])
			same(what)
		case what == "cut":
			b.setIndex(full[:at])
			same(what)
		case at < len(full):
			bad := []byte(full)
			bad[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
			b.setIndex(string(bad))
			same(what)
			if b.index() == string(bad) {
				t.Fatal("damage was not mended")
			}
		}
	})
}

// TestAHitReadsNoTree: with the index the trees may even be gone.
func TestAHitReadsNoTree(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	f := files{"w/a.ics": event("a", "A")}
	root := b.commit(f)
	b.main(b.commit(f.with("w/a.ics", event("a", "A2")), root))
	want(t, b.log(), "edit here: ~ w: A2", "edit here: + w: A")
	before := b.index()
	c, err := b.s.Commit(root)
	if err != nil {
		t.Fatal(err)
	}
	b.drop(c.Tree)
	want(t, b.log(), "edit here: ~ w: A2", "edit here: + w: A")
	if before == "" || b.index() != before {
		t.Error("the index was written, though nothing was new")
	}
}

func TestAnIndexOfAnotherLayout(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.main(b.commit(files{"w/a.ics": event("a", "A"), "top.ics": event("t", "T"), "w/c.vcf": "BEGIN:VCARD\r\nFN:C\r\nEND:VCARD\r\n"}))
	for range 2 {
		b.o.Layout = repo.Layout{Ext: ".ics"}
		want(t, b.log(), "edit here: + w: A")
		b.o.Layout = repo.Layout{Ext: ".vcf"}
		want(t, b.log(), "edit here: + w: C")
		b.o.Layout = repo.Layout{Single: true, Name: "one", Ext: ".ics"}
		want(t, b.log(), "edit here: + one: T")
	}
}

// TestTheIndexCannotBeWritten: the history of a disk that is read only is read all the same (F61).
func TestTheIndexCannotBeWritten(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.main(b.commit(files{"w/a.ics": event("a", "A")}))
	if err := os.MkdirAll(b.indexFile(), 0o700); err != nil { // a directory stands where the file would
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.indexFile(), "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		want(t, b.log(), "edit here: + w: A")
	}
}

// TestTheIndexIsTidied: what main was made of before it was rewritten does not stay for ever.
func TestTheIndexIsTidied(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	grow := func(from store.Hash, what string) {
		g := b.s.Stage()
		tip := from
		for i := range 1100 {
			c := store.Commit{Tree: b.tree(g, files{"w/a.ics": event("a", fmt.Sprint(what, i))}), Author: vgit, Committer: vgit}
			c.Author.When = b.now
			if !tip.IsZero() {
				c.Parents = []store.Hash{tip}
			}
			var err error
			if tip, err = g.AddCommit(c); err != nil {
				t.Fatal(err)
			}
		}
		release, err := g.Keep(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		b.main(tip)
		if err := release(); err != nil {
			t.Fatal(err)
		}
	}
	grow(store.Hash{}, "old")
	b.log()
	full := len(b.index())
	b.main(b.commit(files{"w/a.ics": event("a", "newer")}, b.commit(files{"w/a.ics": event("a", "new")})))
	b.o.Limit = 1
	want(t, b.log(), "edit here: ~ w: newer")
	if n := len(b.index()); n < full {
		t.Errorf("%d of %d bytes are left, though not all was seen", n, full)
	}
	b.o.Limit = 0
	want(t, b.log(), "edit here: ~ w: newer", "edit here: + w: new")
	if n := len(b.index()); n > full/100 {
		t.Errorf("%d of %d bytes are left", n, full)
	}
}

// TestTwoReadersAppendAtOnce: no record of either is lost, or spoils the other's.
func TestTwoReadersAppendAtOnce(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	tip := b.commit(files{"w/a.ics": event("a", "0")})
	b.main(tip)
	b.log()
	var lines []string
	for i := range 30 {
		tip = b.commit(files{"w/a.ics": event("a", fmt.Sprint(i+1))}, tip)
		b.main(tip)
		lines = append(lines, fmt.Sprintf("edit here: ~ w: %d", i+1))
		done := make(chan error)
		for range 2 {
			go func() {
				done <- history.Log(context.Background(), b.o, func(history.Entry) bool { return true })
			}()
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
	}
	slices.Reverse(lines)
	before := b.index()
	want(t, b.log(), append(lines, "edit here: + w: 0")...)
	if before != b.index() {
		t.Error("a record was lost")
	}
}

// TestLearnAddsWhatASyncMade without looking at what was there.
func TestLearnAddsWhatASyncMade(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	f := files{"w/a.ics": event("a", "A")}
	first := b.commit(f)
	b.main(first)
	seen := b.snapshot("server", "fetch", f.with("w/b.ics", event("b", "B")))
	f = f.with("w/b.ics", event("b", "B"))
	b.main(b.commit(f, first, seen))
	b.tracking("server", b.snapshot("server", "push", f.with("w/c.ics", event("c", "C")), seen))
	if err := history.Learn(context.Background(), b.o, map[string]store.Hash{repo.MainRef: first, repo.TrackingRef("server"): {}}); err != nil {
		t.Fatal(err)
	}
	got := b.index()
	for name, h := range map[string]store.Hash{"the pull": b.mustRef(repo.MainRef), "the snapshot": seen, "the push": b.mustRef(repo.TrackingRef("server"))} {
		if !bytes.Contains([]byte(got), h[:]) {
			t.Errorf("%s is not in the index", name)
		}
	}
	if strings.Count(got, string(first[:])) != 1 { // as a parent alone
		t.Error("what was there before was looked at")
	}
	want(t, b.log(), "push server: + w: C", "pull server: + w: B", "edit here: + w: A")
	if !strings.HasPrefix(b.index(), got) {
		t.Error("the index was written anew")
	}
}

func (b *book) mustRef(name string) store.Hash {
	b.t.Helper()
	h, err := b.s.Ref(name)
	if err != nil {
		b.t.Fatal(err)
	}
	return h
}
