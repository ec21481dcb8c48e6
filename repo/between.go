package repo

import "vgit/repo/store"

// With several remotes a change may come to the vdir by one and to another remote by somebody else who syncs both, as a second machine
// does. Then that remote has what the vdir had before, and it is no edit that anybody made there.
//
// An item that one remote deleted and another changed is not put to a person: who edited it there knew nothing of the deletion, and what
// was edited is worth more than that it went. So the edit stays, and goes back to where the item was deleted. What a person deleted or
// edited here waits as ever, unless it is on another remote by then.

// between looks at the items of a view that both sides changed, or one changed and the other deleted, with what only the other
// remotes and main can tell.
func (r *Repo) between(s *side, l *Local, v *View) error {
	if len(s.others) == 0 {
		return nil
	}
	v.Between, v.Passed = map[string]bool{}, Items{}
	steps := farBack
	for name, r1 := range v.There {
		l0, l1 := v.BaseLocal[name], v.Local[name]
		if _, waits := v.Shown[name]; waits || r1 == v.BaseThere[name] || l1 == l0 || l1 == r1 {
			continue
		}
		passed, pulled, err := r.passed(l, v.Collection, name, l0, r1, &steps)
		switch {
		case err != nil:
			return err
		case !passed.IsZero():
			v.Passed[name] = passed
		case l1.IsZero():
			v.Between[name] = pulled
		}
	}
	for name, l0 := range v.BaseLocal {
		if l1 := v.Local[name]; v.There[name].IsZero() && !l1.IsZero() && l1 != l0 {
			held, err := s.held(v.Collection, name)
			if err != nil {
				return err
			}
			v.Between[name] = held
		}
	}
	return nil
}

// held tells whether another remote has an item, and takes what was edited here without a question. One that has an edit of its own, or that
// the item waits for, says nothing: sent back to where it was deleted, ours would overtake theirs by way of other machines.
func (s *side) held(coll, name string) (bool, error) {
	for _, o := range s.others {
		_, pair, err := o.base.items(coll)
		if err != nil {
			return false, err
		}
		shown, err := o.base.shown(coll)
		if err != nil {
			return false, err
		}
		there, err := o.snap.items(coll)
		if err != nil {
			return false, err
		}
		if _, waits := shown[name]; !pair[name].IsZero() && there[name] == pair[name] && !waits {
			return true, nil
		}
	}
	return false, nil
}

// brought are the items and properties of a collection that another remote agreed on as they are here, for a remote whose one_way_edits are
// put back: what others brought was not edited here, and to put it back would take it away from them.
func (r *Repo) brought(s *side, v *View) error {
	if !s.shared || s.rem.OneWay.Edits != RevertEdits {
		return nil
	}
	bases := map[string]*Base{}
	for _, o := range s.others {
		bases[o.rem.Name] = o.base
	}
	for _, name := range r.o.Remotes {
		if bases[name] == nil && name != s.rem.Name {
			base, err := r.baseOf(name)
			if err != nil {
				return err
			}
			bases[name] = base
		}
	}
	v.Brought = map[string]bool{}
	for _, base := range bases {
		local, _, err := base.items(v.Collection)
		if err != nil {
			return err
		}
		for name, h := range local {
			if h == v.Local[name] && !h.IsZero() {
				v.Brought[name] = true
			}
		}
		pairs, err := base.propertyPairs(v.Collection)
		if err != nil {
			return err
		}
		for _, p := range v.Properties {
			if h := pairs[p.Name].local; h == p.Local && !h.IsZero() {
				v.Brought[p.Name] = true
			}
		}
	}
	return nil
}

// farBack is how many commits are looked at for the items of one collection.
const farBack = 2000

// passed goes back on main, as far as the pair, and looks for a version of an item that is the one which a remote has now: then the vdir
// has been there, by way of another remote, and what was done since was done by who had seen it. Of an item that is gone, pulled
// tells that a pull removed it. steps is how many looks are left; where they end, or main was rebased, nothing is found, and it is as
// with one remote.
func (r *Repo) passed(l *Local, coll, name string, l0, r1 store.Hash, steps *int) (version store.Hash, pulled bool, err error) {
	dir := r.o.Layout.dir(coll)
	now, err := lookup(r.g, l.Tree, join(dir, name))
	if err != nil {
		return version, false, err
	}
	var later store.Commit // the one that came after
	var tree store.Hash
	for at := l.Commit; !at.IsZero() && *steps > 0; *steps-- {
		c, err := r.g.Commit(at)
		if err != nil {
			return version, false, err
		}
		d, err := lookup(r.g, c.Tree, dir)
		if err != nil {
			return version, false, err
		}
		if d.Hash != tree || later.Tree.IsZero() {
			tree = d.Hash
			before, err := lookup(r.g, c.Tree, join(dir, name))
			if err != nil {
				return version, false, err
			}
			if now.Hash.IsZero() && !before.Hash.IsZero() && !pulled {
				if pulled, err = r.isPull(later); err != nil {
					return version, false, err
				}
			}
			switch {
			case before.Hash == now.Hash:
			case before.Hash == l0:
				return version, pulled, nil
			case !before.Hash.IsZero() && !r.strong(before.Hash, r1):
				return before.Hash, pulled, nil
			}
			now = before
		}
		if later = c; len(c.Parents) == 0 {
			break
		}
		at = c.Parents[0]
	}
	return version, pulled, nil
}

// isPull tells whether a commit of main is a pull: its second parent is a snapshot (docs/format.md 3). None at all stands for one that
// a dry run did not make.
func (r *Repo) isPull(c store.Commit) (bool, error) {
	if c.Tree.IsZero() {
		return true, nil
	}
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
