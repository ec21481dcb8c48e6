package history

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"vgit/repo"
	"vgit/repo/store"
)

// changes lists the items and properties in which a tree differs from each of the trees before it, by collection and name, as far as they are
// wanted. Of a commit, walk.changed tells it without reading trees.
func (r *reader) changes(tree store.Hash, before []store.Hash, want *filter) ([]repo.Difference, error) {
	if want.none {
		return nil, nil
	}
	if len(before) == 0 {
		before = []store.Hash{{}}
	}
	var failed error
	found := r.pick(want, func(into func(string) bool, keep func(coll, name string) bool) []repo.Difference {
		some, err := r.compare(tree, before, into, keep)
		failed = errors.Join(failed, err)
		return some
	})
	if failed != nil {
		return nil, failed
	}
	return found, nil
}

// pick reads what is wanted out of the differences of a commit, of which list gives those in some collections and of some names, and
// joins those that belong together.
func (r *reader) pick(want *filter, list func(into func(string) bool, keep func(coll, name string) bool) []repo.Difference) []repo.Difference {
	found := list(want.collection, want.item)
	if !want.one() {
		return r.joinMoves(found)
	}
	if !slices.ContainsFunc(found, func(d repo.Difference) bool { return d.Sign != '~' }) {
		return found
	}
	all := list(want.below, func(string, string) bool { return true })
	return want.follow(r.layout, r.joinMoves(all))
}

// compare lists the items and properties in which a tree differs from each of the trees before it, by collection and name. It looks only
// into collections, and at items, that are wanted, and reads no collection that is the same as before.
func (r *reader) compare(tree store.Hash, before []store.Hash, into func(string) bool, keep func(coll, name string) bool) ([]repo.Difference, error) {
	after, err := r.layout.Collections(r, tree)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(after)
	olds := make([]map[string]store.Hash, len(before))
	for i, b := range before {
		if olds[i], err = r.layout.Collections(r, b); err != nil {
			return nil, err
		}
		maps.Copy(all, olds[i])
	}
	var found []repo.Difference
	for _, coll := range slices.Sorted(maps.Keys(all)) {
		if !into(coll) || slices.ContainsFunc(olds, func(o map[string]store.Hash) bool { return o[coll] == after[coll] }) {
			continue
		}
		trees := make([]store.Hash, len(olds))
		for i := range olds {
			trees[i] = olds[i][coll]
		}
		some, err := r.compareCollection(coll, after[coll], trees, func(name string) bool { return keep(coll, name) })
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}

func (r *reader) compareCollection(coll string, tree store.Hash, before []store.Hash, keep func(string) bool) ([]repo.Difference, error) {
	var found []repo.Difference
	for i, b := range before {
		if i == 0 {
			old, now, err := r.unequal(b, tree)
			if err != nil {
				return nil, err
			}
			found = walkBoth(coll, r.items(old, keep), r.items(now, keep))
			continue
		}
		old, err := r.list(b, keep)
		if err != nil {
			return nil, err
		}
		found = slices.DeleteFunc(found, func(d repo.Difference) bool { return has(old, d) })
		amend(found, old)
	}
	return found, nil
}

// entriesOf are those of a tree, none of a zero one.
func (r *reader) entriesOf(tree store.Hash) ([]store.Entry, error) {
	if tree.IsZero() {
		return nil, nil
	}
	return r.Tree(tree)
}

// unequal gives the entries of two trees without those that are the same in both, as nearly all are; of trees that are not in the order
// of their names, all.
func (r *reader) unequal(a, b store.Hash) (left, right []store.Entry, err error) {
	old, err := r.entriesOf(a)
	if err != nil {
		return nil, nil, err
	}
	now, err := r.entriesOf(b)
	if err != nil {
		return nil, nil, err
	}
	if !slices.IsSortedFunc(old, ascending) || !slices.IsSortedFunc(now, ascending) {
		return old, now, nil
	}
	for i, j := 0, 0; i < len(old) || j < len(now); {
		switch order := ahead(old[i:], now[j:]); {
		case order < 0:
			left = append(left, old[i])
			i++
		case order > 0:
			right = append(right, now[j])
			j++
		default:
			if old[i] != now[j] {
				left, right = append(left, old[i]), append(right, now[j])
			}
			i, j = i+1, j+1
		}
	}
	return left, right, nil
}

// ascending compares an entry with the one before it: in its order no name stands beside itself.
func ascending(e, before store.Entry) int {
	if e.Name > before.Name {
		return 1
	}
	return -1
}

// list gives the items and properties of a collection by name.
func (r *reader) list(tree store.Hash, keep func(string) bool) ([]store.Entry, error) {
	entries, err := r.entriesOf(tree)
	return r.items(entries, keep), err
}

// items picks those out of the entries of a collection, by name. A tree that is not in order, which git would not make, is put in order.
func (r *reader) items(entries []store.Entry, keep func(string) bool) (items []store.Entry) {
	ordered := true
	for _, e := range entries {
		if (r.layout.IsItem(e) || e.Mode == store.ModeFile && repo.IsProperty(e.Name)) && keep(e.Name) {
			ordered = ordered && (len(items) == 0 || items[len(items)-1].Name < e.Name)
			items = append(items, e)
		}
	}
	if !ordered {
		slices.SortStableFunc(items, byName)
		items = slices.CompactFunc(items, func(a, b store.Entry) bool { return a.Name == b.Name })
	}
	return items
}

func byName(a, b store.Entry) int { return strings.Compare(a.Name, b.Name) }

// walkBoth goes through two lists side by side.
func walkBoth(coll string, old, now []store.Entry) (found []repo.Difference) {
	for len(old) > 0 || len(now) > 0 {
		d := repo.Difference{Collection: coll}
		switch order := ahead(old, now); {
		case order < 0:
			d.Sign, d.Name, d.Old = '-', old[0].Name, old[0].Hash
			old = old[1:]
		case order > 0:
			d.Sign, d.Name, d.New = '+', now[0].Name, now[0].Hash
			now = now[1:]
		default:
			d.Sign, d.Name, d.Old, d.New = '~', now[0].Name, old[0].Hash, now[0].Hash
			old, now = old[1:], now[1:]
		}
		if d.Old != d.New {
			found = append(found, d)
		}
	}
	return found
}

// ahead tells which list has the next name: below zero the first, above it the second, zero both.
func ahead(old, now []store.Entry) int {
	switch {
	case len(old) == 0:
		return 1
	case len(now) == 0:
		return -1
	}
	return byName(old[0], now[0])
}

func in(list []store.Entry, name string) store.Hash {
	if i, ok := slices.BinarySearchFunc(list, store.Entry{Name: name}, byName); ok {
		return list[i].Hash
	}
	return store.Hash{}
}

// has tells whether a list holds the item as it is after a change, be it not at all.
func has(list []store.Entry, d repo.Difference) bool { return in(list, d.Name) == d.New }

// amend makes a change out of an addition where another parent had the item.
func amend(found []repo.Difference, old []store.Entry) {
	for i := range found {
		if found[i].Sign == '+' {
			if h := in(old, found[i].Name); !h.IsZero() {
				found[i].Sign, found[i].Old = '~', h
			}
		}
	}
}
