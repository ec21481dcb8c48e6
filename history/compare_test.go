package history_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"vgit/history"
	"vgit/merge"
	"vgit/repo"
	"vgit/repo/store"
)

func (b *book) compare(old, new store.Hash, keep func(repo.Difference) bool) []string {
	b.t.Helper()
	h := b.open()
	var trees []store.Hash
	for _, c := range []store.Hash{old, new} {
		tree := store.Hash{}
		if !c.IsZero() {
			m, err := h.At(history.When{Rev: c.String()})
			if err != nil {
				b.t.Fatal(err)
			}
			tree = m.Tree
		}
		trees = append(trees, tree)
	}
	found, err := h.Compare(trees[0], trees[1], keep)
	if err != nil {
		b.t.Fatal(err)
	}
	var lines []string
	for _, d := range found {
		lines = append(lines, d.String())
	}
	return lines
}

func TestCompare(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.o.Words = &merge.Wording{}
	first := b.commit(files{"work/a.ics": event("a", "A"), "work/b.ics": event("b", "B"), "home/c.ics": event("c", "C"), "same/d.ics": event("d", "D"), "work/color": "#ff0000\n", "work/note.txt": "1"})
	second := b.commit(files{"work/a.ics": event("a", "A2"), "home/b2.ics": event("b", "B"), "same/d.ics": event("d", "D"), "work/color": "#00ff00\n", "work/note.txt": "2"}, first)
	seen := b.snapshot("server", "fetch", files{"work/a.ics": event("a", "A2"), "home/b2.ics": event("b", "B")})
	b.main(second)
	b.tracking("server", seen)
	for _, c := range []struct {
		name     string
		old, new store.Hash
		keep     func(repo.Difference) bool
		want     []string
	}{
		{"forth", first, second, nil, []string{"~ todo B  home/b2.ics, was work/b.ics", "- todo C  home/c.ics", "~ todo A2  work/a.ics", "~ colour #ff0000 → #00ff00  work/color"}},
		{"back", second, first, nil, []string{"+ todo C  home/c.ics", "~ todo A  work/a.ics", "~ todo B  work/b.ics, was home/b2.ics", "~ colour #00ff00 → #ff0000  work/color"}},
		{"same", second, second, nil, nil},
		{"some", first, second, func(d repo.Difference) bool { return d.Name == "a.ics" }, []string{"~ todo A2  work/a.ics"}},
		{"from nothing", store.Hash{}, second, func(d repo.Difference) bool { return d.Collection == "home" }, []string{"+ todo B  home/b2.ics"}},
		{"snapshot", seen, second, nil, []string{"+ todo D  same/d.ics"}},
	} {
		if got := b.compare(c.old, c.new, c.keep); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%q\nwant\n%q", c.name, got, c.want)
		}
	}
}

// counted counts which bodies are read.
type counted struct {
	*store.Store
	blobs map[store.Hash]int
}

func (c counted) Blob(h store.Hash) ([]byte, error) {
	c.blobs[h]++
	return c.Store.Blob(h)
}

func TestCompareReadsNoBodyThatIsTheSame(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.o.Words, b.o.Titles = &merge.Wording{}, -1
	all := files{}
	for i := range 300 {
		all[fmt.Sprintf("work/%03d.ics", i)] = event(fmt.Sprint(i), "first")
	}
	first := b.commit(all)
	second := b.commit(all.with("work/007.ics", event("7", "other")).with("work/100.ics", "").with("work/new.ics", event("new", "new")), first)
	b.main(second)
	h := b.open()
	old, new := atTree(t, h, first), atTree(t, h, second)
	o := counted{b.s, map[store.Hash]int{}}
	h.Over(o)
	found, err := h.Compare(old, new, nil)
	if err != nil || len(found) != 3 {
		t.Fatal(found, err)
	}
	if len(o.blobs) != 4 { // two versions of one, one that came, one that went
		t.Errorf("%d bodies are read, want 4", len(o.blobs))
	}
}

func atTree(t testing.TB, h *history.Book, c store.Hash) store.Hash {
	t.Helper()
	m, err := h.At(history.When{Rev: c.String()})
	if err != nil {
		t.Fatal(err)
	}
	return m.Tree
}

// BenchmarkCompare opens the repository, finds two moments and tells the three changes between them.
func BenchmarkCompare(b *testing.B) {
	k := newBook(b)
	k.o.Words, k.o.Titles = &merge.Wording{}, -1
	all := files{}
	for i := range 10_000 {
		all[fmt.Sprintf("work/%05d-event.ics", i)] = event(fmt.Sprint(i), "first")
	}
	first := k.commit(all)
	second := k.commit(all.with("work/00007-event.ics", event("7", "other")).with("work/00100-event.ics", "").with("work/new.ics", event("new", "new")), first)
	k.main(second)
	for name, when := range map[string]history.When{"revision": {Rev: "main~1"}, "time": {Time: k.now.Add(-time.Minute)}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				compareOnce(b, k.o, when)
			}
		})
	}
}

func compareOnce(b *testing.B, o history.Options, when history.When) {
	h, err := history.Open(o)
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	old, err := h.At(when)
	if err != nil {
		b.Fatal(err)
	}
	new, err := h.At(history.When{Rev: "main"})
	if err != nil {
		b.Fatal(err)
	}
	if found, err := h.Compare(old.Tree, new.Tree, nil); err != nil || len(found) != 3 {
		b.Fatal(found, err)
	}
}
