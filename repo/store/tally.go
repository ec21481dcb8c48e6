package store

import "fmt"

// tally is what a fold would find. The one in .git/vgit/tally spares most syncs the look at 256 folders: it has what
// vgit itself has written since the last look. After some calls there is a look in any case, for what others wrote.
type tally struct {
	objects, trees, packs int
	bytes                 int64
	calls                 int
}

const (
	tallyCache = "tally"
	tallyCalls = 16
)

func (t *tally) add(o tally) {
	t.objects += o.objects
	t.trees += o.trees
	t.packs += o.packs
	t.bytes += o.bytes
	t.calls += o.calls
}

// count adds one loose object, by its size on disk.
func (t *tally) count(k kind, size int) {
	t.objects++
	t.bytes += int64(size)
	if k == kindTree && size >= foldTreeSize {
		t.trees++
	}
}

func (t tally) due() bool {
	return t.trees >= foldTrees || t.objects >= foldLoose || t.bytes >= foldLooseBytes || t.packs >= foldPacks
}

// readTally says false if there is none that can be relied on.
func (s *Store) readTally() (t tally, known bool) {
	b, err := s.CacheRead(tallyCache)
	if err != nil {
		return t, false
	}
	n, err := fmt.Sscanf(string(b), "vgit tally 1 %d %d %d %d %d\n", &t.objects, &t.trees, &t.packs, &t.bytes, &t.calls)
	if err != nil || n != 5 || t.calls >= tallyCalls {
		return tally{}, false
	}
	t.calls++
	return t, true
}

func (s *Store) writeTally(t tally) error {
	return s.CacheWrite(tallyCache, fmt.Appendf(nil, "vgit tally 1 %d %d %d %d %d\n", t.objects, t.trees, t.packs, t.bytes, t.calls))
}
