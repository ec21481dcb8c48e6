package history

import (
	"vgit/repo"
	"vgit/repo/item"
	"vgit/repo/store"
)

const (
	maxEntries = 200_000 // of trees that are remembered
	maxItems   = 500     // parsed items that are remembered
	maxTitles  = 50      // as many as a commit message has
	noTitles   = -1 << 31
)

// reader reads objects and remembers the last ones: the trees of a commit are those of the next one's parent.
type reader struct {
	s       *store.Store
	objects repo.Objects // the store, or what lies over it
	layout  repo.Layout
	trees   map[store.Hash][]store.Entry
	entries int // in trees
	origins map[store.Hash]origin
	parsed  map[store.Hash]*item.Item
	uids    map[store.Hash]string            // see uid
	index   *sideIndex                       // nil: not opened yet
	values  map[store.Hash][]byte            // of properties in snapshots, which are no blobs of their own
	props   map[store.Hash]map[string]string // by the file of the collection
}

type origin struct {
	repo.Origin
	ok bool
}

func newReader(s *store.Store, layout repo.Layout) *reader {
	return &reader{
		s: s, objects: s, layout: layout,
		trees: map[store.Hash][]store.Entry{}, origins: map[store.Hash]origin{}, parsed: map[store.Hash]*item.Item{}, uids: map[store.Hash]string{},
		values: map[store.Hash][]byte{}, props: map[store.Hash]map[string]string{},
	}
}

// Blob, Tree and Commit let the reader stand where the repository does.
func (r *reader) Blob(h store.Hash) ([]byte, error) {
	if b, ok := r.values[h]; ok {
		return b, nil
	}
	return r.objects.Blob(h)
}

func (r *reader) Commit(h store.Hash) (store.Commit, error) { return r.objects.Commit(h) }

func (r *reader) Tree(h store.Hash) ([]store.Entry, error) {
	if list, ok := r.trees[h]; ok {
		return list, nil
	}
	list, err := r.objects.Tree(h)
	if err != nil {
		return nil, err
	}
	if r.entries += len(list) + 1; r.entries > maxEntries {
		clear(r.trees)
		r.entries = len(list) + 1
	}
	r.trees[h] = list
	return list, nil
}

// child finds a name in a tree.
func (r *reader) child(tree store.Hash, name string) (store.Entry, error) {
	list, err := r.Tree(tree)
	if err != nil {
		return store.Entry{}, err
	}
	for _, e := range list {
		if e.Name == name {
			return e, nil
		}
	}
	return store.Entry{}, nil
}

// account finds the blob of .vgit/remote, zero if there is none.
func (r *reader) account(tree store.Hash) (store.Hash, error) {
	dir, err := r.child(tree, ".vgit")
	if err != nil || !dir.Mode.IsDir() {
		return store.Hash{}, err
	}
	file, err := r.child(dir.Hash, "remote")
	if err != nil || file.Mode != store.ModeFile {
		return store.Hash{}, err
	}
	return file.Hash, nil
}

// holdsSnapshot tells whether a tree has the files of a snapshot.
func (r *reader) holdsSnapshot(tree store.Hash) (bool, error) {
	h, err := r.account(tree)
	return !h.IsZero(), err
}

// origin tells which remote a tree is a snapshot of; ok is false if it is none.
func (r *reader) origin(tree store.Hash) (from repo.Origin, ok bool, err error) {
	h, err := r.account(tree)
	if err != nil || h.IsZero() {
		return repo.Origin{}, false, err
	}
	if o, known := r.origins[h]; known {
		return o.Origin, o.ok, nil
	}
	b, err := r.objects.Blob(h)
	if err != nil {
		return repo.Origin{}, false, err
	}
	from, ok = repo.ReadOrigin(b)
	r.origins[h] = origin{from, ok}
	return from, ok, nil
}

// parse reads an item.
func (r *reader) parse(h store.Hash) (*item.Item, error) {
	if it := r.parsed[h]; it != nil {
		return it, nil
	}
	b, err := r.Blob(h)
	if err != nil {
		return nil, err
	}
	if len(r.parsed) == maxItems {
		clear(r.parsed)
	}
	r.parsed[h] = item.Parse(b)
	return r.parsed[h], nil
}

// describe reads the titles of the first items, and what changed in them if that is wanted. One that cannot be read has neither.
func (r *reader) describe(items []repo.Difference, o *Options) {
	titles := o.Titles
	if titles == noTitles {
		return
	}
	if titles == 0 {
		titles = maxTitles
	}
	for i := range items {
		if i == titles {
			break
		}
		switch {
		case o.Words != nil:
			items[i].Tell(r.parse, *o.Words)
		case o.Details:
			items[i].List(r.parse)
		default:
			items[i].Describe(r.parse)
		}
	}
}
