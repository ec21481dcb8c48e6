package history

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"vgit/repo"
	"vgit/repo/item"
	"vgit/repo/store"
	"vgit/repo/vdir"
)

// Found is an item that a search found.
type Found struct {
	UID   string
	Title string // of its newest version; not sanitised, and When not either
	When  string
	// Places are all where it ever was, in order: by its UID, or that alone where it was found if it has none.
	Places []Place
	Now    []Place // those where it is in the vdir
	Last   Place   // where it was last, or is
}

// Search finds the items of which any version matches, in the history and in the vdir as it stands, by their last place. With ErrIncomplete there are
// those that could be found. Each version is read once; what is remembered of it is its UID. A vdir that was never synced is store.ErrNoRepository.
func Search(ctx context.Context, o Options, q Query) ([]Found, error) {
	s, err := store.Open(o.Path, store.Options{Dir: o.Disk})
	if err != nil {
		return nil, err
	}
	x := &search{reader: newReader(s, o.Layout), query: q, versions: map[store.Hash]*identity{}, identities: map[string]*identity{}}
	gaps := x.history(ctx, o)
	if errors.Is(gaps, ErrIncomplete) || gaps == nil {
		err = x.vdir(ctx, o)
	}
	return x.found(), errors.Join(gaps, err, s.Close())
}

// search is one under way.
type search struct {
	*reader
	query      Query
	versions   map[store.Hash]*identity // nil: of no item, or none that could be read
	identities map[string]*identity     // by UID
	all        []*identity
}

// identity is one item through all its versions.
type identity struct {
	Found
	matches bool
}

func (x *search) history(ctx context.Context, o Options) error {
	return eachDifference(ctx, x.s, o, func(d repo.Difference) error {
		if err := ctx.Err(); err != nil || repo.IsProperty(d.Name) {
			return err
		}
		at := Place{d.Collection, d.Name}
		for _, h := range []store.Hash{d.New, d.Old} {
			if !h.IsZero() {
				x.meet(at, h, func() ([]byte, error) { return x.Blob(h) })
			}
		}
		return nil
	})
}

// meet takes note of a version at a place, and gives the item that it is one of.
func (x *search) meet(at Place, h store.Hash, read func() ([]byte, error)) *identity {
	id, known := x.versions[h]
	if !known {
		if b, err := read(); err == nil {
			id = x.look(at, item.Parse(b))
		}
		x.versions[h] = id
	}
	if id == nil {
		return nil
	}
	if id.Last == (Place{}) {
		id.Last = at
	}
	if !slices.Contains(id.Places, at) {
		id.Places = append(id.Places, at)
	}
	return id
}

// look reads a version that was not met before.
func (x *search) look(at Place, it *item.Item) *identity {
	key := it.UID()
	if key == "" {
		key = "\x00" + at.Collection + "/" + at.Name
	}
	id := x.identities[key]
	if id == nil {
		id = &identity{Found: Found{UID: it.UID(), Title: it.Summary(), When: it.When()}}
		x.identities[key] = id
		x.all = append(x.all, id)
	}
	id.matches = id.matches || x.query.Matches(it)
	return id
}

// vdir looks at the files as they stand, and reads those that git's index does not know as they are.
func (x *search) vdir(ctx context.Context, o Options) error {
	index, err := x.s.ReadIndex()
	if err != nil {
		index = &store.Index{}
	}
	known := map[string]*store.IndexEntry{}
	for i := range index.Entries {
		if e := &index.Entries[i]; e.Stage == 0 && !e.IntentToAdd && e.ModTime.Before(index.ModTime) {
			known[e.Path] = e
		}
	}
	d, err := vdir.Open(o.Path, o.Disk)
	if err != nil {
		return err
	}
	scan, err := d.Scan(ctx, vdir.Spec{Single: o.Layout.Single, Extension: o.Layout.Ext}, func(path string) (vdir.Stat, bool) {
		e := known[path]
		if e == nil {
			return vdir.Stat{}, false
		}
		return vdir.Stat{Size: int64(e.Size), ModTime: e.ModTime, ChangeTime: e.ChangeTime, Dev: uint64(e.Dev), Ino: uint64(e.Ino)}, true
	})
	if err != nil {
		return errors.Join(err, d.Close())
	}
	for _, f := range scan.Files {
		if coll, name, ok := o.Layout.Split(f.Path); ok && !repo.IsProperty(name) {
			x.stands(Place{coll, name}, f, known[f.Path])
		}
	}
	return d.Close()
}

// stands takes note of a file. One that changed since it was recorded tells the title.
func (x *search) stands(at Place, f vdir.File, e *store.IndexEntry) {
	var id *identity
	if f.Changed {
		h := x.s.Stage().AddBlob(f.Body)
		_, recorded := x.versions[h]
		id = x.meet(at, h, func() ([]byte, error) { return f.Body, nil })
		if it := item.Parse(f.Body); id != nil && !recorded {
			id.Title, id.When = it.Summary(), it.When()
		}
	} else {
		id = x.meet(at, e.Hash, func() ([]byte, error) { return x.Blob(e.Hash) })
	}
	if id != nil {
		id.Now = append(id.Now, at)
		id.Last = id.Now[0]
	}
}

func (x *search) found() (all []Found) {
	for _, id := range x.all {
		if id.matches {
			slices.SortFunc(id.Places, comparePlaces)
			all = append(all, id.Found)
		}
	}
	slices.SortStableFunc(all, func(a, b Found) int { return comparePlaces(a.Last, b.Last) })
	return all
}

func comparePlaces(a, b Place) int {
	return cmp.Or(cmp.Compare(a.Collection, b.Collection), cmp.Compare(a.Name, b.Name))
}
