package repo

import (
	"context"
	"maps"
	"slices"

	"vgit/merge"
	"vgit/repo/item"
	"vgit/repo/store"
	"vgit/repo/vdir"
)

// What an interrupted run wrote is never taken for an edit by somebody: neither its files by the next record, nor its
// PUT by the next fetch. This file tells what it wrote (docs/format.md 6, protocol 3.2).

// settlePull finds the files that an interrupted pull wrote or removed, moves their pairs, and returns the edits that
// make main's tree into that of the finished pull. Entries about which nothing is known stay.
func (r *Repo) settlePull(l *Local, p *pending, base *Base) (map[string]edits, error) {
	found := map[string]edits{}
	items := map[string]Items{}
	for _, e := range p.entries {
		if !e.kind.pull() || l.unknown(r.o.Layout.path(e.coll, e.name), e.coll) {
			continue
		}
		if items[e.coll] == nil {
			var err error
			if items[e.coll], err = r.o.Layout.items(r.g, l.colls[e.coll]); err != nil {
				return nil, err
			}
		}
		now := items[e.coll][e.name]
		if now.IsZero() && e.kind == pendWrite && !e.local.IsZero() && slices.Contains(slices.Collect(maps.Values(items[e.coll])), e.body) {
			now = e.body // written, and renamed by the user since
		}
		wrote, err := r.wrote(l, e, now)
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
		there := e.there
		if e.kind == pendRemove {
			there = store.Hash{}
		}
		if err := base.set(e.coll, e.name, e.body, there); err != nil {
			return nil, err
		}
	}
	p.end(func(e entry) bool { return e.kind.pull() && !l.unknown(r.o.Layout.path(e.coll, e.name), e.coll) })
	return found, nil
}

// wrote tells whether an entry of a pull was done, from what the file is now.
func (r *Repo) wrote(l *Local, e entry, now store.Hash) (bool, error) {
	switch {
	case e.kind == pendRemove:
		if !now.IsZero() || e.local.IsZero() {
			return false, nil
		}
		return r.nowhere(l, e.local)
	case now == e.body:
		return true, nil
	case now.IsZero() || now == e.local:
		return false, nil
	}
	return r.landed(e.local, e.body, now), nil
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

// landed compares three versions: does now show by one slot at least what sent has and before has not?
func (r *Repo) landed(before, sent, now store.Hash) bool {
	var old *item.Item
	var err error
	if !before.IsZero() {
		if old, err = r.parse(before); err != nil {
			return false
		}
	}
	a, err := r.parse(sent)
	if err != nil {
		return false
	}
	b, err := r.parse(now)
	if err != nil {
		return false
	}
	return merge.Landed(old, a, b)
}

// unknown tells whether nothing can be concluded about a path of the vdir.
func (l *Local) unknown(path, coll string) bool {
	if l.vanished[coll] || l.damaged[path] {
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

// virtual are pairs that hold for one decision only: (what a push stood for, what it sent) as l0 and r0. The pair of the base
// at that moment is in l1 and r1.
type virtual map[string]map[string]four

// settlePush finds out which requests of an interrupted push were carried out, now that the collections were looked at.
// A pair that both sides hold is moved; where others went on since, the item is decided with what was sent.
func (r *Repo) settlePush(s *side) (virtual, error) {
	p, f, base, v := s.pending, s.got, s.base, virtual{}
	ended := map[entry]bool{}
	for i := range p.entries {
		e := &p.entries[i]
		if e.kind.pull() || !f.looked[e.coll] || r.notShownYet(s, *e) {
			continue
		}
		done, err := r.settleSent(e, f.snap, base, v)
		if err != nil {
			return nil, err
		}
		ended[*e] = done
	}
	p.end(func(e entry) bool { return ended[e] })
	return v, nil
}

// settleSent settles one entry; done is false if it has to stay.
func (r *Repo) settleSent(e *entry, snap *Snapshot, base *Base, v virtual) (done bool, err error) {
	c := snap.colls[e.coll]
	if c == nil {
		return true, nil
	}
	st, err := c.rows()
	if err != nil {
		return false, err
	}
	for _, o := range st.Owed {
		if o.Href == e.href {
			return false, nil // not read yet
		}
	}
	row := rowOf(st, *e)
	if row == nil {
		return true, nil // a create that did not land, or something that was deleted since: decided as it is
	}
	if row.Flags.Carried || row.Flags.Stale != 0 {
		return false, nil
	}
	items, err := snap.items(e.coll)
	if err != nil {
		return false, err
	}
	now := items[row.Name]
	if e.kind == pendCreate && row.Href != e.href && !r.onlyDropped(e.body, now) && !r.takenAs(e.body, now) {
		return true, nil // one invitation, say, that somebody else has taken over and edited: nothing of it is ours
	}
	e.name = row.Name // the entry follows a file that was renamed
	was, wasThere, err := base.items(e.coll)
	if err != nil {
		return false, err
	}
	if pair := wasThere[row.Name]; e.kind != pendDelete && !pair.IsZero() && (e.there.IsZero() || r.strong(pair, e.there)) {
		return true, nil // the pair has moved since the entry was made
	}
	switch e.kind {
	case pendDelete:
		if row.ETag != e.etag {
			return true, base.set(e.coll, row.Name, store.Hash{}, store.Hash{})
		}
		return true, nil
	case pendUpdate:
		if now == e.there || now != e.body && !r.landed(e.there, e.body, now) {
			return true, nil
		}
	}
	if r.onlyDropped(e.body, now) || e.kind == pendCreate && r.takenAs(e.body, now) {
		return true, base.set(e.coll, row.Name, e.local, now)
	}
	if v[e.coll] == nil {
		v[e.coll] = map[string]four{}
	}
	v[e.coll][row.Name] = four{l0: e.local, r0: e.body, l1: was[row.Name], r1: wasThere[row.Name]}
	return false, nil
}

// rowOf finds the row that an entry was about: by href, else the one row with the UID of the entry's name.
func rowOf(st *Status, e entry) *Row {
	for i := range st.Rows {
		if st.Rows[i].Href == e.href {
			return &st.Rows[i]
		}
	}
	if e.kind == pendCreate {
		return st.row(e.name)
	}
	return nil
}

// strong tells whether two bodies differ in substance. What cannot be read does.
func (r *Repo) strong(a, b store.Hash) bool { return (&decider{read: r.parse}).strong(a, b) }

// onlyDropped tells whether what a remote holds differs from what was sent only in spelling, in bookkeeping, or by what is
// missing: then the server made it so, and nobody else.
func (r *Repo) onlyDropped(sent, now store.Hash) bool {
	if sent == now {
		return true
	}
	a, err := r.parse(sent)
	if err != nil {
		return false
	}
	b, err := r.parse(now)
	if err != nil {
		return false
	}
	for _, c := range merge.Diff(a, b) {
		if c.Strength == merge.Strong && c.New != "" {
			return false
		}
	}
	return true
}

// sweep looks at temporary files that a killed run left. What is known from elsewhere is removed; what is not was saved by the
// user in the very moment of the write, and goes back to its file (K9, K10). It tells whether the vdir must be looked at
// again.
func (r *Repo) sweep(ctx context.Context, l *Local, pendings []*pending) (again bool, err error) {
	for _, left := range l.scan.Leftovers {
		if left.Err != nil {
			l.problem(left.Path, "a file of an interrupted run cannot be read: "+left.Err.Error(), Lasting)
			continue
		}
		if left.Target != "" && !r.expected(l, left, pendings) {
			put, err := r.putBack(ctx, left, pendings)
			if err != nil {
				return again, err
			}
			if !put {
				l.problem(left.Path, "holds an edit that an interrupted run met; compare it with "+left.Target+" and remove it", Lasting)
				continue
			}
			again = true
		}
		if err := r.d.Discard(left.Path); err != nil {
			return again, err
		}
	}
	return again, nil
}

// expected tells whether the bytes of a leftover are known: main has them, or pending, or they are not a whole file.
func (r *Repo) expected(l *Local, left vdir.Leftover, pendings []*pending) bool {
	h := r.g.AddBlob(left.Body)
	coll, name, ok := r.o.Layout.split(left.Target)
	if !ok || item.Damaged(left.Body) != "" {
		return true
	}
	if now, err := lookup(r.g, l.Tree, left.Target); err == nil && (now.Hash == h || r.asBefore(l, left.Target, now.Hash) || r.asBefore(l, left.Target, h)) {
		return true
	}
	for _, p := range pendings {
		for _, e := range p.entries {
			if e.coll == coll && e.name == name && (e.body == h || e.local == h) {
				return true
			}
		}
	}
	return false
}

// asBefore tells whether a file is what main has: then nothing was exchanged, and a leftover is what was about to be
// written, perhaps torn by a power loss.
func (r *Repo) asBefore(l *Local, path string, now store.Hash) bool {
	if l.main.IsZero() {
		return false
	}
	c, err := r.g.Commit(l.main)
	if err != nil {
		return false
	}
	old, err := lookup(r.g, c.Tree, path)
	return err == nil && old.Hash == now && !now.IsZero()
}

// putBack gives the user's save its place again, if the file is still what the interrupted run wrote.
func (r *Repo) putBack(ctx context.Context, left vdir.Leftover, pendings []*pending) (bool, error) {
	now, ok, err := r.current(ctx, left.Target)
	if err != nil || ok && !r.planned(left.Target, r.g.AddBlob(now), pendings) {
		return false, err // somebody wrote it since
	}
	w := vdir.Write{Path: left.Target, OldAbsent: !ok, Old: now, New: left.Body}
	results, err := r.d.Apply(ctx, []vdir.Write{w})
	if err != nil {
		return false, err
	}
	return len(results) == 1 && results[0].Done, nil
}

// planned tells whether a blob is what an interrupted pull was writing at a path.
func (r *Repo) planned(path string, h store.Hash, pendings []*pending) bool {
	coll, name, _ := r.o.Layout.split(path)
	for _, p := range pendings {
		for _, e := range p.entries {
			if e.kind == pendWrite && e.coll == coll && e.name == name && e.body == h {
				return true
			}
		}
	}
	return false
}

// current reads one file of the vdir as it is at this moment.
func (r *Repo) current(ctx context.Context, path string) ([]byte, bool, error) {
	scan, err := r.scan(ctx, &store.Index{})
	if err != nil {
		return nil, false, err
	}
	for _, f := range scan.Files {
		if f.Path == path {
			return f.Body, true, nil
		}
	}
	return nil, false, nil
}
