package repo

import "vgit/repo/store"

// With several remotes, an item that one deleted and another changed is not put to a person: who edited it there knew nothing of the
// deletion, and what was edited is worth more than that it went. So the edit stays, and goes back to where the item was deleted. What a
// person deleted or edited here waits as ever, unless it is on another remote by then.

// between finds the items of a view that one side deleted and the other changed, and of which the other is no edit or deletion of
// the vdir's own: it came from another remote, or is on one.
func (r *Repo) between(s *side, l *Local, v *View) (map[string]bool, error) {
	found := map[string]bool{}
	if len(s.others) == 0 {
		return found, nil
	}
	for name, l0 := range v.BaseLocal {
		l1, r1 := v.Local[name], v.There[name]
		var ours bool
		var err error
		switch {
		case l1.IsZero() && !r1.IsZero() && r1 != v.BaseThere[name]:
			ours, err = r.pulledAway(l, v.Collection, name)
		case r1.IsZero() && !l1.IsZero() && l1 != l0:
			ours, err = s.held(v.Collection, name)
		}
		if err != nil {
			return nil, err
		}
		if ours {
			found[name] = true
		}
	}
	return found, nil
}

// held tells whether another remote has an item.
func (s *side) held(coll, name string) (bool, error) {
	for _, o := range s.others {
		local, _, err := o.base.items(coll)
		if err != nil {
			return false, err
		}
		there, err := o.snap.items(coll)
		if err != nil {
			return false, err
		}
		if !local[name].IsZero() && !there[name].IsZero() {
			return true, nil
		}
	}
	return false, nil
}

// farBack is how many commits are looked at for the one that removed an item.
const farBack = 1000

// pulledAway tells whether it was a pull that removed an item from the vdir, going back on main. Where main was rebased it may not be
// found; then a person is asked, as if it had been deleted here.
func (r *Repo) pulledAway(l *Local, coll, name string) (bool, error) {
	dir := r.o.Layout.dir(coll)
	last := store.Hash{} // the tree of the collection after it was looked at
	for at, n := l.Commit, 0; n < farBack && !at.IsZero(); n++ {
		c, err := r.g.Commit(at)
		if err != nil || len(c.Parents) == 0 {
			return false, err
		}
		before, err := r.g.Commit(c.Parents[0])
		if err != nil {
			return false, err
		}
		tree, err := lookup(r.g, before.Tree, dir)
		if err != nil {
			return false, err
		}
		if tree.Hash != last || n == 0 {
			last = tree.Hash
			item, err := lookup(r.g, before.Tree, join(dir, name))
			if err != nil {
				return false, err
			}
			if !item.Hash.IsZero() {
				return r.isPull(c)
			}
		}
		at = c.Parents[0]
	}
	return false, nil
}

// isPull tells whether a commit of main is a pull: its second parent is a snapshot (docs/format.md 3).
func (r *Repo) isPull(c store.Commit) (bool, error) {
	if len(c.Parents) != 2 {
		return false, nil
	}
	other, err := r.g.Commit(c.Parents[1])
	if err != nil {
		return false, err
	}
	account, err := lookup(r.g, other.Tree, accountPath)
	return !account.Hash.IsZero(), err
}
