package history

import (
	"context"
	"errors"
	"maps"
	"slices"

	"vgit/repo"
	"vgit/repo/item"
	"vgit/repo/store"
)

// Version is an item as a commit has it.
type Version struct {
	Place
	Commit store.Hash
	*item.Item
}

// Version finds an item in the state of a moment: the one that lies at a path now, or did last, wherever it lay then. What lay at that path is
// found if nothing else is. nil says that there was none.
func (b *Book) Version(ctx context.Context, m Moment, path string) (*Version, error) {
	coll, name, ok := b.layout.Split(path)
	if !ok {
		return nil, nil
	}
	here := Place{coll, name}
	there, err := b.version(m, here)
	if err != nil {
		return nil, err
	}
	last, _, err := b.Last(ctx, path)
	if err != nil || last == nil {
		return there, err
	}
	uid := last.UID()
	if there != nil && (uid == "" || there.UID() == uid) {
		return there, nil
	}
	places, err := b.placesOf(ctx, here)
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		if v, err := b.version(m, p); err != nil || v != nil && uid != "" && v.UID() == uid {
			return v, err
		}
	}
	return there, nil
}

// placesOf are the places that an item was moved from, the last first.
func (b *Book) placesOf(ctx context.Context, p Place) (all []Place, err error) {
	o := b.o
	o.Of = []Place{p}
	err = b.Log(ctx, Options{Path: o.Path, Layout: o.Layout, Of: o.Of, Titles: noTitles}, func(e Entry) bool {
		for _, d := range e.Items {
			if coll, name, ok := b.layout.Split(d.Was); d.Was != "" && ok {
				all = append(all, Place{coll, name})
			}
		}
		return true
	})
	if errors.Is(err, ErrIncomplete) {
		err = nil
	}
	return all, err
}

func (b *Book) version(m Moment, p Place) (*Version, error) {
	h, err := b.blobAt(m.Tree, p)
	if err != nil || h.IsZero() {
		return nil, err
	}
	it, err := b.parse(h)
	if err != nil {
		return nil, err
	}
	return &Version{p, m.Commit, it}, nil
}

// Last is the newest version that main has, or had, of the item at a path, and what took it away since; that is nil if it is there still. Of
// what was never there the version is nil.
func (b *Book) Last(ctx context.Context, path string) (last *Version, gone *Entry, err error) {
	coll, name, ok := b.layout.Split(path)
	tip, err := b.s.Ref(repo.MainRef)
	if err != nil || tip.IsZero() || !ok {
		return nil, nil, err
	}
	c, err := b.Commit(tip)
	if err != nil {
		return nil, nil, err
	}
	here := Place{coll, name}
	if last, err = b.version(Moment{Commit: tip, Tree: c.Tree}, here); err != nil || last != nil {
		return last, nil, err
	}
	err = b.Log(ctx, Options{Path: b.o.Path, Layout: b.layout, Of: []Place{here}, Remotes: []string{}, Titles: noTitles}, func(e Entry) bool {
		for _, d := range e.Items {
			if d.Sign == '-' && d.Collection == coll && d.Name == name || d.Was == path {
				gone = &e
			}
		}
		return gone == nil
	})
	if gone == nil {
		return nil, nil, err
	}
	if last, err = b.behind(gone.Commit, here); last == nil {
		gone = nil
	}
	return last, gone, err
}

// behind is an item as one of the commits before one has it.
func (b *Book) behind(h store.Hash, p Place) (*Version, error) {
	c, err := b.Commit(h)
	if err != nil {
		return nil, err
	}
	for _, h := range c.Parents {
		was, err := b.Commit(h)
		if err != nil {
			return nil, err
		}
		if v, err := b.version(Moment{Commit: h, Tree: was.Tree}, p); err != nil || v != nil {
			return v, err
		}
	}
	return nil, nil
}

// Entry is one commit as Log tells it, with all that it changed: of main, or of the line of a remote. It has no items if nothing of a vdir changed in it.
func (b *Book) Entry(h store.Hash) (Entry, error) {
	o := b.o
	o.Titles, o.Fetched = -1, AllFetches
	w := newWalk(b.s, o)
	n, err := w.load(h)
	if err != nil {
		return Entry{}, err
	}
	from, ok, err := w.origin(n.commit.Tree)
	if err != nil {
		return Entry{}, err
	}
	if ok {
		n.remote = from.Remote
	}
	e, err := w.step(n)
	if e.Commit.IsZero() {
		e = Entry{Commit: h, Time: n.when(), From: n.remote}
	}
	return e, errors.Join(err, w.gaps())
}

// Versions are the items and properties of a state, by collection and name. keep says which are wanted.
func (b *Book) Versions(m Moment, keep func(Place) bool) (all []Version, err error) {
	colls, err := b.layout.Collections(b.reader, m.Tree)
	if err != nil {
		return nil, err
	}
	for _, coll := range slices.Sorted(maps.Keys(colls)) {
		entries, err := b.list(colls[coll], func(name string) bool { return keep(Place{coll, name}) })
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			body, err := b.Blob(e.Hash)
			if err != nil {
				return nil, err
			}
			all = append(all, Version{Place{coll, e.Name}, m.Commit, item.Parse(body)})
		}
	}
	return all, nil
}
