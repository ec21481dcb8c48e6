package history

import (
	"context"
	"errors"
	"fmt"

	"vgit/repo"
	"vgit/repo/store"
)

// Book is the history of one vdir, open for reading. It is for one goroutine. Close it.
type Book struct {
	*reader
	o Options
}

// Open opens the history of a vdir. Of the options it heeds where the vdir is and how it is laid out. A directory without a
// repository is store.ErrNoRepository, one that vgit cannot work with *store.Refused.
func Open(o Options) (*Book, error) {
	s, err := store.Open(o.Path, store.Options{Dir: o.Disk})
	if err != nil {
		return nil, err
	}
	return &Book{newReader(s, o.Layout), o}, nil
}

// Log is Log of a history that is open; the blobs of what it yields can be read from the book.
func (b *Book) Log(ctx context.Context, o Options, yield func(Entry) bool) error {
	o.Layout = b.layout
	w := newWalk(b.s, o)
	w.reader = b.reader
	return w.log(ctx, &o, yield)
}

// Remotes are the remotes that the history knows, be they configured or not.
func (b *Book) Remotes() []string {
	names, _ := newWalk(b.s, b.o).known() // what cannot be read is not known
	return names
}

// Close frees the handles.
func (b *Book) Close() error { return b.s.Close() }

// tips are the newest commits that a moment can be reached from, by name: "main", and "REMOTE/main" of each remote. What cannot be
// read is missing, and the error says so.
func (b *Book) tips() (map[string]store.Hash, error) {
	tips := map[string]store.Hash{}
	main, err := b.s.Ref(repo.MainRef)
	if err == nil && !main.IsZero() {
		tips["main"] = main
	}
	w := newWalk(b.s, Options{Layout: b.layout})
	names, refs := w.known()
	err = errors.Join(err, refs)
	for _, name := range names {
		n, damage := w.lastSnapshot(name)
		if n != nil {
			tips[name+"/main"] = n.hash
		}
		if damage != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", name, damage))
		}
	}
	return tips, err
}
