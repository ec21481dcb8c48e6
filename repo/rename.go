package repo

import (
	"maps"
	"slices"

	"vgit/repo/store"
	"vgit/repo/vdir"
)

// This file tells what became of collections whose directories the user renamed, swapped or emptied into others. Nothing on disk says so:
// a directory is recognised by the items that both sides had agreed on. In doubt nothing is recognised, and the guard holds what
// then looks like a collection that is gone, and a new one (G12).

const (
	// sameCollection is the share of items, in percent, that two collections must have in common to be one under two names; it is counted
	// in both (F32).
	sameCollection = 80
	// likeCollection is the share from which on it is not clear.
	likeCollection = 20
)

// share tells whether n of total are at least so many percent.
func share(n, total, percent int) bool { return total > 0 && n*100 >= total*percent }

// whereabouts is what was found out about the directories of a vdir.
type whereabouts struct {
	renamed map[string]string // old name → new one, at the same time: two names may have been swapped
	emptied map[string]bool   // collections whose directory is gone and whose items are all in others
	like    map[string]string // a directory that is only here → the collection that it may be, whose directory is gone
}

// find looks for collections that are no more where they were, for one remote. It costs nothing unless a directory is gone or several
// changed.
func (r *Repo) find(s *side, l *Local) (whereabouts, error) {
	w := whereabouts{renamed: map[string]string{}, emptied: map[string]bool{}, like: map[string]string{}}
	if r.o.Layout.Single {
		return w, nil
	}
	f := &finder{r: r, s: s, l: l, dirs: map[string]*contents{}}
	lost, err := f.lost()
	if err != nil || len(lost) == 0 {
		return w, err
	}
	sure := map[string][]string{}
	claims := map[string]int{}
	for _, from := range lost {
		for _, to := range l.names() {
			n, mine, err := f.common(from, to)
			if err != nil {
				return w, err
			}
			switch {
			case to == from || !f.free(from, to, lost):
			case share(n, mine, sameCollection) && share(n, len(f.dirs[to].items), sameCollection):
				sure[from] = append(sure[from], to)
				claims[to]++
			case share(n, mine, likeCollection) && !f.known(to):
				w.like[to] = from
			}
		}
	}
	for from, all := range sure {
		if len(all) == 1 && claims[all[0]] == 1 {
			w.renamed[from] = all[0]
			delete(w.like, all[0])
			continue
		}
		for _, to := range all {
			w.like[to] = from
		}
	}
	f.settle(w.renamed)
	for _, from := range lost {
		if len(sure[from]) == 0 && !l.dirs[from] {
			if w.emptied[from], err = f.spread(from); err != nil {
				return w, err
			}
		}
	}
	return w, f.once(w.emptied)
}

// once takes out what was emptied if the same items are looked for by two collections: each file stands for one of them only.
func (f *finder) once(emptied map[string]bool) error {
	by := map[string]string{}
	for from, yes := range emptied {
		if !yes {
			continue
		}
		pairs, _, err := f.s.base.items(from)
		if err != nil {
			return err
		}
		for _, l0 := range pairs {
			it, err := f.r.parse(l0)
			if err != nil {
				return err
			}
			if other, ok := by[uidOf(it)]; ok && other != from {
				emptied[from], emptied[other] = false, false
			}
			by[uidOf(it)] = from
		}
	}
	return nil
}

// finder compares the pairs of one remote with the directories.
type finder struct {
	r    *Repo
	s    *side
	l    *Local
	dirs map[string]*contents
}

// contents are the items of a directory, by file and by what they are.
type contents struct {
	items Items
	blobs map[store.Hash]bool
	byUID map[string]string // nil until somebody asks
}

// lost are the collections with agreed items whose directory is gone, or holds next to nothing of them although another one changed too.
func (f *finder) lost() (lost []string, err error) {
	var changed []string
	for _, coll := range slices.Sorted(maps.Keys(f.s.base.pairs)) {
		local, _ := f.s.base.trees(coll)
		switch {
		case local.IsZero() || f.l.unread(coll):
		case !f.l.dirs[coll]:
			lost = append(lost, coll)
		case f.l.colls[coll] != local:
			changed = append(changed, coll)
		}
	}
	if len(lost)+len(changed) < 2 && len(lost) == 0 {
		return nil, nil
	}
	for _, coll := range changed {
		pairs, _, err := f.s.base.items(coll)
		if err != nil {
			return nil, err
		}
		dir, err := f.dir(coll)
		if err != nil {
			return nil, err
		}
		n := 0
		for name, h := range pairs {
			if dir.items[name] == h {
				n++
			}
		}
		if !share(n, len(pairs), likeCollection) {
			lost = append(lost, coll)
		}
	}
	return lost, nil
}

func (f *finder) dir(name string) (*contents, error) {
	if c := f.dirs[name]; c != nil {
		return c, nil
	}
	items, err := f.r.o.Layout.items(f.r.g, f.l.colls[name])
	if !f.l.dirs[name] {
		items = Items{} // what main holds of a directory that is gone
	}
	c := &contents{items: items, blobs: make(map[store.Hash]bool, len(items))}
	for _, h := range items {
		c.blobs[h] = true
	}
	f.dirs[name] = c
	return c, err
}

// has tells whether a directory holds an item that a pair is of: the same bytes, or another version under the same UID.
func (c *contents) has(r *Repo, l0 store.Hash) bool {
	if c.blobs[l0] {
		return true
	}
	if c.byUID == nil {
		c.byUID = map[string]string{}
		for name, h := range c.items {
			if it, err := r.parse(h); err == nil && uidOf(it) != "" {
				c.byUID[uidOf(it)] = name
			}
		}
	}
	it, err := r.parse(l0)
	return err == nil && uidOf(it) != "" && c.byUID[uidOf(it)] != ""
}

// common counts the pairs of a collection whose items are in a directory, and all its pairs.
func (f *finder) common(from, to string) (n, mine int, err error) {
	pairs, _, err := f.s.base.items(from)
	if err != nil {
		return 0, 0, err
	}
	dir, err := f.dir(to)
	if err != nil || len(dir.items) == 0 {
		return 0, len(pairs), err
	}
	for _, l0 := range pairs {
		if dir.has(f.r, l0) {
			n++
		}
	}
	return n, len(pairs), nil
}

// free tells whether a directory may be that of another collection by now: it has none, or has lost its own; and on the remote it is none, but
// for what a run that was killed left half done.
func (f *finder) free(from, to string, lost []string) bool {
	if !f.l.dirs[to] || f.l.unread(to) {
		return false
	}
	if slices.Contains(lost, to) {
		return true
	}
	return !f.paired(to) && (f.s.snap.colls[to] == nil || f.ahead(from, to))
}

// ahead tells whether a run that was killed has renamed the collection in the snapshot already.
func (f *finder) ahead(from, to string) bool {
	yes, err := f.s.ahead(from, to)
	return yes && err == nil
}

func (f *finder) paired(coll string) bool {
	local, _ := f.s.base.trees(coll)
	return !local.IsZero()
}

// known tells whether a directory has a collection of its own.
func (f *finder) known(coll string) bool { return f.paired(coll) || f.s.snap.colls[coll] != nil }

// settle takes out renames onto a directory whose own collection did not go elsewhere.
func (f *finder) settle(renamed map[string]string) {
	for again := true; again; {
		again = false
		for from, to := range renamed {
			if _, gone := renamed[to]; !gone && f.known(to) && (f.paired(to) || !f.ahead(from, to)) {
				delete(renamed, from)
				again = true
			}
		}
	}
}

// spread tells whether all items of a collection whose directory is gone are in other directories, as files that are new there: they were
// moved, and nothing of them is deleted.
func (f *finder) spread(from string) (bool, error) {
	pairs, _, err := f.s.base.items(from)
	if err != nil {
		return false, err
	}
	fresh := &contents{items: Items{}, blobs: map[store.Hash]bool{}}
	for _, coll := range f.l.names() {
		if coll == from || !f.l.dirs[coll] || f.l.unread(coll) {
			continue
		}
		now, err := f.dir(coll)
		if err != nil {
			return false, err
		}
		before, _, err := f.s.base.items(coll)
		if err != nil {
			return false, err
		}
		for name, h := range now.items {
			if _, old := before[name]; !old {
				fresh.items[coll+"/"+name], fresh.blobs[h] = h, true
			}
		}
	}
	for _, l0 := range pairs {
		if !fresh.has(f.r, l0) {
			return false, nil
		}
	}
	return len(pairs) > 0, nil
}

// agreeOn joins what was found for several remotes. What one of them has pairs of and finds otherwise is not sure.
func agreeOn(sides []*side, found []whereabouts) whereabouts {
	all := whereabouts{renamed: map[string]string{}, emptied: map[string]bool{}, like: map[string]string{}}
	for i := range sides {
		maps.Copy(all.renamed, found[i].renamed)
		maps.Copy(all.emptied, found[i].emptied)
		maps.Copy(all.like, found[i].like)
	}
	for i, s := range sides {
		has := func(coll string) bool { local, _ := s.base.trees(coll); return !local.IsZero() }
		maps.DeleteFunc(all.renamed, func(from, to string) bool { return has(from) && found[i].renamed[from] != to })
		maps.DeleteFunc(all.emptied, func(from string, yes bool) bool { return has(from) && !found[i].emptied[from] })
	}
	twice := map[string]string{}
	for from, to := range all.renamed {
		single(twice, vdir.Fold(to), from)
	}
	maps.DeleteFunc(all.renamed, func(from, to string) bool { return twice[vdir.Fold(to)] == "" })
	return all
}
