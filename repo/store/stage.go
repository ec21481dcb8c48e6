package store

import (
	"fmt"
	"sync"
)

// Stage is objects in memory, laid over the repository: what it holds can be read as if it were there, and nothing is
// on disk before Keep. All methods may be called from several goroutines.
type Stage struct {
	store *Store
	mu    sync.Mutex
	held  map[Hash]object
	order []Hash
}

// object is the content of one object, not to be changed.
type object struct {
	hash Hash
	kind kind
	data []byte
}

// Stage begins an empty one.
func (s *Store) Stage() *Stage { return &Stage{store: s, held: map[Hash]object{}} }

// Len is the number of objects that were added and not kept, those included that the repository has already.
func (g *Stage) Len() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.order)
}

// AddBlob takes the content of a file. The slice belongs to the stage from then on.
func (g *Stage) AddBlob(b []byte) Hash { return g.add(kindBlob, b) }

// AddTree takes the entries in any order. Names that could leave the directory, double ones, unknown modes and zero
// hashes are errors.
func (g *Stage) AddTree(entries []Entry) (Hash, error) {
	raw, err := encodeTree(entries)
	if err != nil {
		return Hash{}, err
	}
	return g.add(kindTree, raw), nil
}

// AddCommit takes a commit; its tree must be named.
func (g *Stage) AddCommit(c Commit) (Hash, error) {
	raw, err := encodeCommit(c)
	if err != nil {
		return Hash{}, err
	}
	return g.add(kindCommit, raw), nil
}

func (g *Stage) add(k kind, data []byte) Hash {
	h := hashObject(k, data)
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.held[h]; !ok {
		g.held[h] = object{h, k, data}
		g.order = append(g.order, h)
	}
	return h
}

func (g *Stage) get(h Hash, k kind) (data []byte, ok bool, err error) {
	g.mu.Lock()
	o, ok := g.held[h]
	g.mu.Unlock()
	if ok && o.kind != k {
		return nil, true, fmt.Errorf("%s is a %s, not a %s", h, o.kind, k)
	}
	return o.data, ok, nil
}

// Blob is as Store.Blob, with the objects of the stage first.
func (g *Stage) Blob(h Hash) ([]byte, error) {
	if data, ok, err := g.get(h, kindBlob); ok {
		return data, err
	}
	return g.store.Blob(h)
}

// Tree is as Store.Tree, with the objects of the stage first.
func (g *Stage) Tree(h Hash) ([]Entry, error) {
	if data, ok, err := g.get(h, kindTree); ok {
		if err != nil {
			return nil, err
		}
		return decodeTree(data)
	}
	return g.store.Tree(h)
}

// Commit is as Store.Commit, with the objects of the stage first.
func (g *Stage) Commit(h Hash) (Commit, error) {
	if data, ok, err := g.get(h, kindCommit); ok {
		if err != nil {
			return Commit{}, err
		}
		return decodeCommit(data)
	}
	return g.store.Commit(h)
}

// Has is as Store.Has, with the objects of the stage first.
func (g *Stage) Has(h Hash) bool {
	g.mu.Lock()
	_, ok := g.held[h]
	g.mu.Unlock()
	return ok || g.store.Has(h)
}
