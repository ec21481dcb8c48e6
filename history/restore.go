package history

import (
	"context"
	"fmt"
	"slices"

	"vgit/merge"
	"vgit/repo"
	"vgit/repo/item"
	"vgit/repo/store"
)

// Restore says what is to be as it was at a moment.
type Restore struct {
	Then  Moment // zero: what is damaged now is as it was last
	Where string // this collection, with Item ""; "": the whole vdir
	Item  string // the path of one item, where it is now or was
	Exact bool   // what was added since goes
	Only  []string
}

// Restore works out what brings items back as they were: what changed or went since gets the exact bytes that it had. With Only it is
// these slots, and all else stays as it is now. What was added since stays, unless it is to be exact. Files that are damaged now are written
// in any case. It writes nothing.
func (b *Book) Restore(ctx context.Context, r Restore, now State) (*Reversal, error) {
	d, err := b.desk(now, r.Then.Tree)
	if err != nil {
		return nil, err
	}
	rev := &Reversal{}
	if r.Item != "" {
		if err := d.restoreItem(ctx, r); err != nil {
			return nil, err
		}
		return rev, d.finish(rev)
	}
	if r.Then.Tree.IsZero() {
		if d.mendAll(r.Where) == 0 {
			return nil, ErrNoTime
		}
		return rev, d.finish(rev)
	}
	all, err := d.sinceThen(r)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := d.restore(c, r); err != nil {
			return nil, fmt.Errorf("%s: %w", b.layout.Path(c.Collection, c.Name), err)
		}
	}
	if len(r.Only) == 0 {
		d.mendAll(r.Where)
	}
	return rev, d.finish(rev)
}

// sinceThen lists what changed between then and now.
func (d *desk) sinceThen(r Restore) ([]repo.Difference, error) {
	all, err := d.changes(d.now.Tree, []store.Hash{r.Then.Tree}, newFilter(Options{Layout: d.layout}))
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(c repo.Difference) bool {
		return r.Where != "" && !d.touches(c, r.Where) || c.Old.IsZero() && !r.Exact
	})
	slices.SortStableFunc(all, func(x, y repo.Difference) int { return order[x.Sign] - order[y.Sign] })
	return all, nil
}

// restore takes back one change, or some slots of it.
func (d *desk) restore(c repo.Difference, r Restore) error {
	if len(r.Only) == 0 {
		return d.takeBack(store.Hash{}, c)
	}
	if c.Sign != '~' || repo.IsProperty(c.Name) {
		return nil // there are no slots to take
	}
	f := d.file(Place{c.Collection, c.Name})
	if f == nil {
		return nil
	}
	_, err := d.restoreSlots(f, c.Old, r.Only)
	return err
}

// restoreSlots takes slots from then and all else from now, and tells whether anything is another.
func (d *desk) restoreSlots(f *file, then store.Hash, only []string) (bool, error) {
	now, err := d.item(f)
	if err != nil {
		return false, err
	}
	was, err := d.parse(then)
	if err != nil {
		return false, err
	}
	body, err := merge.TakeSlots(now, was, only)
	if err != nil || string(body) == string(now.Bytes()) {
		return false, err
	}
	f.hash, f.body = store.Hash{}, body
	return true, nil
}

// restoreItem makes one item what it was, wherever it lies now.
func (d *desk) restoreItem(ctx context.Context, r Restore) error {
	coll, name, ok := d.layout.Split(r.Item)
	if !ok {
		return &Nothing{"cannot be the path of an item", ""}
	}
	at := Place{coll, name}
	f := d.file(at)
	if f != nil {
		f.mend = d.now.Damaged[r.Item] != ""
	}
	switch damaged := d.now.Damaged[r.Item] != ""; {
	case !r.Then.Tree.IsZero():
	case !damaged:
		return ErrNoTime
	case f == nil:
		return &Nothing{"is damaged, and there is no other version of it", "mend or remove it"}
	default:
		return nil
	}
	then, h, err := d.itemThen(ctx, r, at, f)
	if err != nil {
		return err
	}
	if f == nil && !repo.IsProperty(name) {
		uid, err := d.uid(h)
		if err != nil {
			return err
		}
		if f, err = d.byUID(uid, coll); err != nil {
			return err
		}
	}
	switch {
	case f == nil && len(r.Only) > 0:
		return &Nothing{"is deleted now, so that there is nothing to put single properties into", "leave out --only"}
	case f == nil:
		return d.put(d.free(then), h)
	case len(r.Only) > 0 && !repo.IsProperty(name):
		_, err := d.restoreSlots(f, h, r.Only)
		return err
	}
	f.hash, f.body = h, nil
	return nil
}

// itemThen finds an item in the state of then: at its place, or by its UID.
func (d *desk) itemThen(ctx context.Context, r Restore, at Place, now *file) (Place, store.Hash, error) {
	trees, err := d.layout.Collections(d.Book, r.Then.Tree)
	if err != nil {
		return at, store.Hash{}, err
	}
	h, err := d.lookup(r.Then.Tree, at)
	if err != nil || repo.IsProperty(at.Name) {
		if err == nil && h.IsZero() {
			err = &Nothing{"was not there then", "vgit log shows since when"}
		}
		return at, h, err
	}
	uid, err := d.uidOf(ctx, at, now)
	if err != nil {
		return at, h, err
	}
	if !h.IsZero() {
		is, err := d.uid(h)
		if err != nil || is == uid || uid == "" {
			return at, h, err
		}
	}
	if uid != "" {
		for _, coll := range append([]string{at.Collection}, sortedWithout(trees, at.Collection)...) {
			if trees[coll].IsZero() {
				continue
			}
			entries, err := d.entries(trees[coll])
			if err != nil {
				return at, h, err
			}
			for name, h := range entries {
				if is, err := d.uid(h); err == nil && is == uid && !repo.IsProperty(name) {
					return Place{coll, name}, h, nil
				}
			}
		}
	}
	return at, store.Hash{}, &Nothing{"was not there then", "vgit log shows since when"}
}

func sortedWithout(trees map[string]store.Hash, coll string) (names []string) {
	for name := range trees {
		if name != coll {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// uidOf is the UID of an item that is at a place, or was there last.
func (d *desk) uidOf(ctx context.Context, at Place, now *file) (uid string, err error) {
	if now != nil {
		it, err := d.item(now)
		if err != nil {
			return "", err
		}
		if it.State() != item.Broken {
			return it.UID(), nil
		}
	}
	var last store.Hash
	o := d.o
	o.Of, o.Titles, o.Remotes = []Place{at}, -1, []string{}
	err = d.Log(ctx, o, func(e Entry) bool {
		for _, c := range e.Items {
			h := c.New
			if h.IsZero() {
				h = c.Old
			}
			if it, err := d.parse(h); err == nil && it.UID() != "" {
				last = h
				return false
			}
		}
		return true
	})
	if last.IsZero() {
		return "", err
	}
	return d.uid(last)
}
