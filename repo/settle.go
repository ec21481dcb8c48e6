package repo

import (
	"maps"
	"slices"

	"vgit/repo/store"
	"vgit/repo/vdir"
)

// What an interrupted run wrote is never taken for an edit by somebody: neither its files by the next record, nor its
// PUT by the next fetch. This file tells what it wrote (docs/format.md 6, protocol 3.2).

// settlePull finds the files that an interrupted pull wrote or removed, moves their pairs, and returns the edits that
// make main's tree into that of the finished pull. Entries about which nothing is known stay.
func (r *Repo) settlePull(l *Local, p *pending, base *Base) (map[string]edits, error) {
	found := map[string]edits{}
	items, main, before := map[string]Items{}, map[string]Items{}, map[string]Items{}
	planned := store.Hash{}
	if c, err := r.g.Commit(p.commit); err == nil && len(c.Parents) == 2 {
		planned = c.Parents[0]
	}
	for _, e := range p.entries {
		if !e.kind.pull() || l.unknown(r.o.Layout.path(e.coll, e.name), e.coll) {
			continue
		}
		if items[e.coll] == nil {
			var err error
			if items[e.coll], err = r.tracked(l.colls[e.coll]); err != nil {
				return nil, err
			}
			if main[e.coll], err = r.onMain(l.main, e.coll); err != nil {
				return nil, err
			}
			if before[e.coll], err = r.onMain(planned, e.coll); err != nil {
				return nil, err
			}
		}
		now := items[e.coll][e.name]
		if now.IsZero() && !e.body.IsZero() && e.kind != pendRemove && !e.local.IsZero() && slices.Contains(slices.Collect(maps.Values(items[e.coll])), e.body) {
			now = e.body // written, and renamed by the user since
		}
		wrote, err := r.wrote(l, e, now, main[e.coll][e.name], before[e.coll][e.name])
		if err != nil {
			return nil, err
		}
		if !wrote {
			continue
		}
		if found[e.coll] == nil {
			found[e.coll] = edits{}
		}
		found[e.coll][e.name] = e.body
		if err := base.pulled(e); err != nil {
			return nil, err
		}
	}
	p.end(func(e entry) bool { return e.kind.pull() && !l.unknown(r.o.Layout.path(e.coll, e.name), e.coll) })
	return found, nil
}

// pulled notes what an entry of a pull did.
func (b *Base) pulled(e entry) error {
	switch {
	case e.kind == pendShow:
		return b.show(e.coll, e.name, Shown{File: e.body, Intent: e.intent, There: e.seen})
	case e.seen.IsZero():
		return b.set(e.coll, e.name, e.body, e.body)
	}
	return b.set(e.coll, e.name, e.body, e.seen)
}

// wrote tells whether an entry of a pull was done, from what the file is now, or from main: if the pull had come as far as its commit,
// then a file that is missing was removed by the user since, and one that is back was brought back. What main had before says nothing: it keeps
// what was in a directory that is gone.
func (r *Repo) wrote(l *Local, e entry, now, main, before store.Hash) (bool, error) {
	removes := e.kind == pendRemove || e.body.IsZero()
	switch {
	case removes && e.local.IsZero():
		return false, nil
	case removes && now.IsZero():
		return r.nowhere(l, e.local)
	case !removes && now == e.body:
		return true, nil
	case removes:
		return !l.main.IsZero() && main == e.body, nil
	case now.IsZero():
		return main == e.body && before != e.body, nil
	case now == e.local, properties[e.name]:
		return false, nil
	}
	return r.landed(e.local, e.body, now), nil
}

// onMain are the items and properties that a commit of main has of a collection.
func (r *Repo) onMain(commit store.Hash, coll string) (Items, error) {
	if commit.IsZero() {
		return Items{}, nil
	}
	c, err := r.g.Commit(commit)
	if err != nil {
		return nil, err
	}
	trees, err := r.o.Layout.collections(r.g, c.Tree)
	if err != nil {
		return nil, err
	}
	return r.tracked(trees[coll])
}

// nowhere tells whether no file of the vdir has the UID of a body: then it was removed, not renamed.
func (r *Repo) nowhere(l *Local, body store.Hash) (bool, error) {
	it, err := r.parse(body)
	if err != nil || uidOf(it) == "" {
		return err == nil, err
	}
	old := map[store.Hash]bool{}
	if !l.main.IsZero() {
		c, err := r.g.Commit(l.main)
		if err != nil {
			return false, err
		}
		diffs, err := r.differences(c.Tree, l.Tree)
		if err != nil {
			return false, err
		}
		for _, d := range diffs {
			if !d.New.IsZero() && !old[d.New] {
				old[d.New] = true
				if other, err := r.parse(d.New); err == nil && uidOf(other) == uidOf(it) {
					return false, nil
				}
			}
		}
	}
	return true, nil
}

// unknown tells whether nothing can be concluded about a path of the vdir.
func (l *Local) unknown(path, coll string) bool {
	if l.vanished[coll] || l.damaged[path] != "" {
		return true
	}
	for _, odd := range l.scan.Odd {
		if odd.Path == path || odd.Path == coll {
			return true
		}
	}
	return false
}

// unread tells whether a collection as a whole could not be looked at (F59, F65).
func (l *Local) unread(coll string) bool {
	return slices.ContainsFunc(l.scan.Odd, func(o vdir.Odd) bool { return o.Path == coll })
}
