package repo

import (
	"slices"

	"vgit/merge"
	"vgit/repo/item"
	"vgit/repo/store"
)

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
		if e.kind == pendPatch {
			done, err := r.settlePatch(*e, f, base)
			if err != nil {
				return nil, err
			}
			ended[*e] = done
			continue
		}
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

// settleSeen ends entries of an interrupted push whose outcome the last snapshot holds already (K22). What the server tells from there on
// is news and no answer to them: an item that is gone by then was deleted by somebody.
func (r *Repo) settleSeen(s *side) error {
	ended := map[entry]bool{}
	for _, e := range s.pending.entries {
		c := s.snap.colls[e.coll]
		if e.kind.pull() || c == nil {
			continue
		}
		if e.kind == pendPatch {
			done, err := r.patchSeen(e, c, s.base)
			if err != nil {
				return err
			}
			ended[e] = done
			continue
		}
		st, err := c.rows()
		if err != nil {
			return err
		}
		items, err := s.snap.items(e.coll)
		if err != nil {
			return err
		}
		_, there, err := s.base.items(e.coll)
		if err != nil {
			return err
		}
		row := rowOf(st, e)
		switch {
		case row == nil && e.kind == pendDelete && !r.elsewhere(st, e):
			err = r.unpair(s.base, e)
		case row != nil && (row.Flags == Flags{}) && r.seen(e, there[row.Name], items[row.Name]):
			err = r.landedAs(s.base, e, row.Name, items[row.Name])
		default:
			continue
		}
		if err != nil {
			return err
		}
		ended[e] = true
	}
	s.pending.end(func(e entry) bool { return ended[e] })
	return nil
}

// seen tells whether a body is what the server made of the one that an entry sent; pair is what the base has of it.
func (r *Repo) seen(e entry, pair, now store.Hash) bool {
	switch e.kind {
	case pendCreate:
		return pair.IsZero() && r.onlyDropped(e.body, now)
	case pendUpdate:
		return !r.strong(pair, e.base()) && r.landed(e.there, e.body, now) && r.onlyDropped(e.body, now)
	}
	return false
}

// elsewhere tells whether the item of a DELETE has another place by now: then it was put there by somebody, and not deleted by us.
func (r *Repo) elsewhere(st *Status, e entry) bool {
	it, err := r.parse(e.there)
	if err != nil || uidOf(it) == "" {
		return false
	}
	return slices.ContainsFunc(st.Rows, func(row Row) bool { return row.UID == uidOf(it) })
}

// unpair takes out the pair of an item whose DELETE was carried out. By now the pair may have another name, and the name another item.
func (r *Repo) unpair(base *Base, e entry) error {
	_, there, err := base.items(e.coll)
	if err != nil {
		return err
	}
	name := e.name
	if it, err := r.parse(e.there); err == nil && uidOf(it) != "" && !r.sameUID(e.there, there[name]) {
		for other, h := range there {
			if r.sameUID(e.there, h) {
				return base.set(e.coll, other, store.Hash{}, store.Hash{})
			}
		}
		return nil
	}
	return base.set(e.coll, name, store.Hash{}, store.Hash{})
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
	if row == nil && e.kind == pendDelete && !r.elsewhere(st, *e) { // carried out: a file that is back by now was brought back by the user, and stays
		return true, r.unpair(base, *e)
	}
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
	if pair := wasThere[row.Name]; e.kind != pendDelete && !pair.IsZero() && (e.there.IsZero() || r.strong(pair, e.base())) {
		return true, nil // the pair has moved since the entry was made
	}
	switch e.kind {
	case pendDelete:
		if row.ETag != e.etag {
			return true, base.set(e.coll, row.Name, store.Hash{}, store.Hash{})
		}
		return true, nil
	case pendUpdate:
		if now == e.there || now != e.body && !e.answered && !r.landed(e.there, e.body, now) {
			return true, nil
		}
	}
	if r.onlyDropped(e.body, now) || e.kind == pendCreate && r.takenAs(e.body, now) {
		return true, r.landedAs(base, *e, row.Name, now)
	}
	if v[e.coll] == nil {
		v[e.coll] = map[string]four{}
	}
	v[e.coll][row.Name] = four{l0: e.local, r0: r.half(*e, r.left(e.body, now)), l1: was[row.Name], r1: wasThere[row.Name]}
	return false, nil
}

// landedAs moves the pair of a write that landed, there being what the server made of it.
func (r *Repo) landedAs(base *Base, e entry, name string, there store.Hash) error {
	if err := base.set(e.coll, name, e.local, r.half(e, there)); err != nil || e.body == there || there.IsZero() {
		return err
	}
	k, err := r.compareStored(e.body, there, e.local)
	if err != nil {
		return err
	}
	return base.noteNotKept(r, e.coll, name, k.Missing)
}

// left is what was sent without what the server did not keep: that is no deletion by somebody (P76).
func (r *Repo) left(sent, now store.Hash) store.Hash {
	a, errA := r.parse(sent)
	b, errB := r.parse(now)
	if errA != nil || errB != nil {
		return sent
	}
	return r.g.AddBlob(merge.Left(a, b))
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
