package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// history makes commits of one change each in a flat tree, with the shape that a sync leaves: the collection in a
// folder, and a status file of one line an item beside it.
type history struct {
	s      *Store
	rng    *rand.Rand
	items  []Entry
	status []string
	tip    Hash
}

func newHistoryRand(n int) *rand.Rand { return rand.New(rand.NewPCG(1, uint64(n))) }

func newHistory(t testing.TB, s *Store, n int) *history {
	h := &history{s: s, rng: newHistoryRand(n)}
	g := s.Stage()
	for i := range n {
		h.items = append(h.items, Entry{fmt.Sprintf("item-%06d.ics", i), ModeFile, g.AddBlob(h.body(i))})
		h.status = append(h.status, h.line(i))
	}
	h.commit(t, g)
	return h
}

func (h *history) body(i int) []byte {
	return fmt.Appendf(nil, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:%d-%x\r\nSUMMARY:Meeting %x\r\nDTSTART:20260302T%06d\r\n%sEND:VEVENT\r\nEND:VCALENDAR\r\n",
		i, h.rng.Uint64(), h.rng.Uint64(), h.rng.IntN(240000), strings.Repeat(fmt.Sprintf("X-NOTE:%x\r\n", h.rng.Uint64()), 20))
}

func (h *history) line(i int) string {
	return fmt.Sprintf("item-%06d.ics\t/dav/cal/item-%06d.ics\t\"%016x\"\n", i, i, h.rng.Uint64())
}

func (h *history) commit(t testing.TB, g *Stage) {
	t.Helper()
	coll := must(g.AddTree(h.items))(t)
	status := must(g.AddTree([]Entry{{"work", ModeFile, g.AddBlob([]byte(strings.Join(h.status, "")))}}))(t)
	root := must(g.AddTree([]Entry{{"work", ModeDir, coll}, {".vgit", ModeDir, status}}))(t)
	who := Signature{"Ada", "ada@example.org", testTime}
	c := Commit{Tree: root, Author: who, Committer: who, Message: "sync\n"}
	if !h.tip.IsZero() {
		c.Parents = []Hash{h.tip}
	}
	next := must(g.AddCommit(c))(t)
	release := must(g.Keep(context.Background()))(t)
	if err := h.s.Update("sync", RefChange{mainRef, h.tip, next}); err != nil {
		t.Fatal(err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	h.tip = next
}

// step changes one item, commits and folds.
func (h *history) step(t testing.TB) {
	t.Helper()
	g := h.s.Stage()
	i := h.rng.IntN(len(h.items))
	h.items[i].Hash = g.AddBlob(h.body(i))
	h.status[i] = h.line(i)
	h.commit(t, g)
	if err := h.s.Fold(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// gitSize is what the objects take on disk, in bytes of content.
func gitSize(t testing.TB, dir string) int64 {
	t.Helper()
	total := int64(0)
	err := filepath.Walk(filepath.Join(dir, ".git", "objects"), func(p string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return total
}

// TestFoldKeepsHistorySmall: 1,000 commits of one change each never take more than twice what git's most aggressive
// repack makes of them, plus 16 MB (design 12), and every version can be read.
func TestFoldKeepsHistorySmall(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a thousand commits")
	}
	s, dir := newTestStore(t)
	h := newHistory(t, s, 2000)
	most := int64(0)
	trees := map[Hash]bool{}
	for i := range 1000 {
		h.step(t)
		trees[h.tip] = true
		if i%10 == 0 {
			most = max(most, gitSize(t, dir))
		}
	}
	size := gitSize(t, dir)
	for c := range trees {
		commit := must(s.Commit(c))(t)
		must(s.Tree(commit.Tree))(t)
	}
	needGit(t)
	fsck(t, dir)
	if out := git(t, dir, "rev-list", "--count", "main"); strings.TrimSpace(out) != "1001" {
		t.Errorf("git counts %s commits", out)
	}
	t.Log("count-objects:", strings.ReplaceAll(git(t, dir, "count-objects", "-v"), "\n", " "))
	git(t, dir, "gc", "-q", "--aggressive", "--prune=now")
	best := gitSize(t, dir)
	t.Logf("folded %d bytes, at most %d; git gc --aggressive %d", size, most, best)
	if most > 2*best+16<<20 {
		t.Errorf("history took up to %d bytes; git gc --aggressive makes %d of it", most, best)
	}
	// Without the allowance: what a fold leaves is of the order of what git makes of it.
	if size > 3*best {
		t.Errorf("a folded history takes %d bytes; git gc --aggressive makes %d of it", size, best)
	}
	h.step(t) // and on, after git has taken all packs away
	fsck(t, dir)
}
