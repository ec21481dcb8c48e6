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

// Found is an item that was looked for.
type Found struct {
	UID   string
	Title string // of its newest version; not sanitised, and When not either
	When  string
	// Places are all where it ever was, in order: by its UID, or that alone where it was found if it has none.
	Places []Place
	Now    []Place // those where it is in the vdir
	Last   Place   // where it is, or was last
}

// Search finds the items of which any version matches, in the history and in the vdir as it stands, by their last place. With ErrIncomplete there are
// those that could be found. Each version is read once; what is remembered of it is its UID. A vdir that was never synced is store.ErrNoRepository.
func Search(ctx context.Context, o Options, q Query) ([]*Found, error) {
	all, err := identify(ctx, o, q.Matches)
	return all.found(func(id *identity) bool { return id.matches }), err
}

// Once finds the items that ever were at a place, as Search does.
func Once(ctx context.Context, o Options, at Place) ([]*Found, error) {
	all, err := identify(ctx, o, func(*item.Item) bool { return false })
	return all.found(func(id *identity) bool { return slices.Contains(id.Places, at) }), err
}

// identity is one item through all its versions.
type identity struct {
	Found
	matches bool
}

type identities []*identity

func (all identities) found(wanted func(*identity) bool) (found []*Found) {
	for _, id := range all {
		if wanted(id) {
			slices.SortFunc(id.Places, comparePlaces)
			found = append(found, &id.Found)
		}
	}
	slices.SortStableFunc(found, func(a, b *Found) int { return comparePlaces(a.Last, b.Last) })
	return found
}

func comparePlaces(a, b Place) int {
	return cmp.Or(cmp.Compare(a.Collection, b.Collection), cmp.Compare(a.Name, b.Name))
}

// identify finds out of all versions of all items which is one of which item.
func identify(ctx context.Context, o Options, match func(*item.Item) bool) (identities, error) {
	b, err := Open(o)
	if err != nil {
		return nil, err
	}
	x := &search{Book: b, match: match, versions: map[store.Hash]*identity{}, byUID: map[string]*identity{}}
	gaps := x.past(ctx)
	if gaps == nil || errors.Is(gaps, ErrIncomplete) {
		err = x.present(ctx)
	}
	return x.all, errors.Join(gaps, err, b.Close())
}

// search is one under way.
type search struct {
	*Book
	match    func(*item.Item) bool
	versions map[store.Hash]*identity // nil: one that could not be read
	byUID    map[string]*identity
	all      identities
}

func (x *search) past(ctx context.Context) error {
	return x.eachDifference(ctx, func(d repo.Difference) error {
		if repo.IsProperty(d.Name) {
			return nil
		}
		for _, h := range []store.Hash{d.New, d.Old} {
			if !h.IsZero() {
				x.meet(Place{d.Collection, d.Name}, h, func() ([]byte, error) { return x.Blob(h) })
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
			id = x.identity(at, item.Parse(b))
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

// identity finds the item of a version that was not met before.
func (x *search) identity(at Place, it *item.Item) *identity {
	key := it.UID()
	if key == "" {
		key = "\x00" + at.Collection + "/" + at.Name
	}
	id := x.byUID[key]
	if id == nil {
		id = &identity{Found: Found{UID: it.UID(), Title: it.Summary(), When: it.When()}}
		x.byUID[key] = id
		x.all = append(x.all, id)
	}
	id.matches = id.matches || x.match(it)
	return id
}

// present looks at the files as they stand, and reads those that git's index does not know as they are.
func (x *search) present(ctx context.Context) error {
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
	d, err := vdir.Open(x.o.Path, x.o.Disk)
	if err != nil {
		return err
	}
	scan, err := d.Scan(ctx, vdir.Spec{Single: x.layout.Single, Extension: x.layout.Ext}, func(path string) (vdir.Stat, bool) {
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
		if coll, name, ok := x.layout.Split(f.Path); ok && !repo.IsProperty(name) {
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
