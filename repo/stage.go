package repo

import (
	"sync"

	"vgit/repo/store"
)

// stage is objects in memory over the repository, with the trees of this run kept decoded, and what was fetched in this run kept
// as it came: one sync looks at the same few large trees again and again, and at each new body three times. What Tree and
// Blob give must not be changed.
type stage struct {
	*store.Stage
	mu    sync.Mutex
	trees map[store.Hash][]store.Entry
	order []store.Hash // oldest first
	held  int          // entries of trees
	blobs map[store.Hash][]byte
	size  int // of blobs, in bytes
}

// keptBlobs bounds the memory in bytes; what goes beyond is read from the repository again.
const keptBlobs = 32 << 20

// Both bound the memory: an account has many collections with small trees, or few with large ones, of which one sync looks
// at six.
const (
	keptTrees   = 64
	keptEntries = 300_000 // of all of them; some 25 MB
)

func newStage(s *store.Store) *stage {
	return &stage{Stage: s.Stage(), trees: map[store.Hash][]store.Entry{}, blobs: map[store.Hash][]byte{}}
}

// AddBlob is as store.Stage.AddBlob.
func (g *stage) AddBlob(b []byte) store.Hash {
	h := g.Stage.AddBlob(b)
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.blobs[h]; !ok && g.size+len(b) <= keptBlobs {
		g.blobs[h], g.size = b, g.size+len(b)
	}
	return h
}

// Blob is as store.Stage.Blob.
func (g *stage) Blob(h store.Hash) ([]byte, error) {
	g.mu.Lock()
	b, ok := g.blobs[h]
	g.mu.Unlock()
	if ok {
		return b, nil
	}
	return g.Stage.Blob(h)
}

// Tree is as store.Stage.Tree.
func (g *stage) Tree(h store.Hash) ([]store.Entry, error) {
	g.mu.Lock()
	entries, ok := g.trees[h]
	g.mu.Unlock()
	if ok {
		return entries, nil
	}
	entries, err := g.Stage.Tree(h)
	if err == nil {
		g.remember(h, entries)
	}
	return entries, err
}

// AddTree is as store.Stage.AddTree; the entries belong to the stage from then on.
func (g *stage) AddTree(entries []store.Entry) (store.Hash, error) {
	h, err := g.Stage.AddTree(entries)
	if err == nil {
		g.remember(h, entries)
	}
	return h, err
}

func (g *stage) remember(h store.Hash, entries []store.Entry) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.trees[h]; ok {
		return
	}
	g.held += len(entries)
	for len(g.order) > 0 && (len(g.order) >= keptTrees || g.held > keptEntries) {
		g.held -= len(g.trees[g.order[0]])
		delete(g.trees, g.order[0])
		g.order = g.order[1:]
	}
	g.trees[h] = entries
	g.order = append(g.order, h)
}
