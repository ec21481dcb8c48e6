package history

import (
	"context"
	"errors"
	"fmt"

	"vgit/repo"
	"vgit/repo/store"
)

// outline reads what the walk has to know of a commit, out of the index if that has it.
func (r *reader) outline(h store.Hash) (*outline, error) {
	if r.index == nil {
		r.index = openIndex(r.s, r.layout)
	}
	if rec := r.index.at[h]; rec != "" && r.s.Has(h) { // what is lost is a gap
		if o, ok := rec.outline(); ok {
			o.known = true
			return &o, nil
		}
		r.index.spoilt(h)
	}
	c, err := r.s.Commit(h)
	if err != nil {
		return nil, err
	}
	o := outline{byHand: repo.ByHand(c), back: repo.TakesBack(c)}
	o.commit.Tree, o.commit.Parents, o.commit.When = c.Tree, c.Parents, c.Author.When
	return &o, nil
}

// objectsOnly lets go of the index, and of what was read in it. It is a file that anybody may have written, and what is to be written into the
// vdir is told by objects alone, whose names are what they hold.
func (r *reader) objectsOnly() {
	if r.index == nil || r.index.s != nil {
		r.index = emptyIndex(nil, r.layout)
		clear(r.uids)
	}
}

// hasAccount tells whether a commit has the files of a snapshot.
func (r *reader) hasAccount(o *outline) (bool, error) {
	if o.known {
		return o.dot, nil
	}
	dot, err := r.holdsSnapshot(o.commit.Tree)
	if err == nil && !dot {
		o.known = true
	}
	return dot, err
}

// snapshotOf tells which remote a commit is a snapshot of; ok is false if it is none.
func (r *reader) snapshotOf(o *outline) (from repo.Origin, ok bool, err error) {
	if o.known {
		return o.from.Origin, o.from.ok, nil
	}
	if o.dot, err = r.holdsSnapshot(o.commit.Tree); err != nil {
		return repo.Origin{}, false, err
	}
	if o.from.Origin, o.from.ok, err = r.origin(o.commit.Tree); err != nil {
		return repo.Origin{}, false, err
	}
	o.known = true
	return o.from.Origin, o.from.ok, nil
}

// changed lists in what a commit differs from each of these parents, as far as it is wanted.
func (w *walk) changed(n *node, parents []*node, want *filter) ([]repo.Difference, error) {
	if want.none {
		return nil, nil
	}
	mask, ok := maskOf(n.commit.Parents, hashes(parents), n.remote != "")
	if rec := w.index.find(n.hash, mask); ok && rec != "" {
		if found, sound := w.picked(n, rec, want); sound {
			return found, nil
		}
		w.index.spoilt(n.hash)
	}
	rec, err := w.compared(n, mask, parents)
	if err == nil && ok {
		if found, sound := w.picked(n, rec, want); sound {
			w.index.add(rec)
			return found, nil
		}
	}
	// What cannot be compared as a whole, or has no place in the index, is looked at for what is wanted.
	return w.changes(n.commit.Tree, trees(parents), want)
}

// compared is the record of a commit, with all in which it differs from each of its parents.
func (w *walk) compared(n *node, mask uint64, parents []*node) (record, error) {
	all, err := w.compare(n.commit.Tree, trees(parents), func(string) bool { return true }, func(string, string) bool { return true })
	if err != nil {
		return "", err
	}
	if _, _, err := w.snapshotOf(n.outline); err != nil {
		return "", err
	}
	var props []propertyChange
	if n.remote != "" {
		if props, err = w.propertyChanges(n, parents); err != nil {
			return "", err
		}
	}
	return newRecord(n.hash, n.outline, mask, props, all, w.uidsOf(all)), nil
}

func hashes(nodes []*node) (list []store.Hash) {
	for _, n := range nodes {
		list = append(list, n.hash)
	}
	return list
}

// trees are those of some commits; one zero for none.
func trees(nodes []*node) (list []store.Hash) {
	for _, n := range nodes {
		list = append(list, n.commit.Tree)
	}
	if len(list) == 0 {
		list = []store.Hash{{}}
	}
	return list
}

// picked is what is wanted of a record; ok is false for one that cannot be.
func (w *walk) picked(n *node, rec record, want *filter) (found []repo.Difference, ok bool) {
	ok = true
	found = w.pick(want, func(into func(string) bool, keep func(coll, name string) bool) []repo.Difference {
		some, sound := rec.differences(into, keep, w.noteUID)
		ok = ok && sound
		return some
	})
	if ok {
		n.props = rec.properties()
	}
	return found, ok
}

// passed notes a commit of which nothing is told, so that its object is not read again.
func (w *walk) passed(n *node) {
	if w.index.at[n.hash] != "" || len(n.commit.Parents) > maxParents {
		return
	}
	if _, _, err := w.snapshotOf(n.outline); err == nil {
		w.index.add(newRecord(n.hash, n.outline, notCompared, nil, nil, nil))
	}
}

const maxUIDs = 100_000 // that are remembered

func (r *reader) noteUID(h store.Hash, uid string) {
	if len(r.uids) == maxUIDs {
		clear(r.uids)
	}
	if uid == noUID {
		uid = ""
	}
	r.uids[h] = uid
}

// uid is what tells items apart in joinMoves: the beginning of the hash of the UID, "" if there is none.
func (r *reader) uid(h store.Hash) (string, error) {
	if u, ok := r.uids[h]; ok {
		return u, nil
	}
	it, err := r.parse(h)
	if err != nil {
		return "", err
	}
	r.noteUID(h, shortUID(it.UID()))
	return r.uids[h], nil
}

// uidsOf gives the UIDs of what came and what went, if some of it may have moved; nil if nothing has, or it is too much to look at.
func (r *reader) uidsOf(all []repo.Difference) func(store.Hash) string {
	came, gone := 0, 0
	for _, d := range all {
		switch d.Sign {
		case '+':
			came++
		case '-':
			gone++
		}
	}
	if came == 0 || gone == 0 || came+gone > maxMoves {
		return nil
	}
	known := map[store.Hash]string{}
	for _, d := range all {
		if d.Sign == '~' {
			continue
		}
		u, err := r.uid(onlyHash(d))
		if err != nil {
			return nil
		}
		known[onlyHash(d)] = u
	}
	return func(h store.Hash) string { return known[h] }
}

// Learn adds to the index what a sync has just brought about, so that the first log after months of them is quick. before has, by
// name, the refs that were moved, as they were: what led to those is not looked at. Without the index nothing is lost, so
// the error is for tests.
func Learn(ctx context.Context, o Options, before map[string]store.Hash) error {
	s, err := store.Open(o.Path, store.Options{Dir: o.Disk})
	if err != nil {
		return err
	}
	return errors.Join(learn(ctx, s, o, before), s.Close())
}

const maxLearn = 1000 // commits that are looked at after one sync; the rest is for the first reader

func learn(ctx context.Context, s *store.Store, o Options, before map[string]store.Hash) error {
	w := newWalk(s, Options{Layout: o.Layout, Fetched: AllFetches})
	w.index, w.silent = emptyIndex(nil, o.Layout), true
	for _, h := range before {
		w.seen[place{h, true}], w.seen[place{h, false}] = true, true
	}
	if err := w.begin(); err != nil {
		return err
	}
	for i := 0; w.Len() > 0 && i < maxLearn && ctx.Err() == nil; i++ {
		n := w.next()
		if _, err := w.step(n); err != nil {
			w.gap(fmt.Errorf("commit %s: %w", n.hash, err))
		}
	}
	return errors.Join(w.gaps(), appendIndex(s, o.Layout, w.index.fresh))
}
