package repo

import (
	"errors"
	"maps"
	"slices"

	"vgit/remote"
	"vgit/repo/store"
	"vgit/repo/vdir"
)

// namer gives the naming of a collection: from the base, the files, the last rows, and what an interrupted push was creating.
// It may be called from several goroutines.
func (r *Repo) namer(s *side, l *Local) func(string, *seen) (*naming, error) {
	return func(coll string, prev *seen) (*naming, error) {
		r.align.Lock()
		defer r.align.Unlock()
		a, err := r.aligner(s, l, coll, prev)
		if err != nil {
			return nil, err
		}
		n, err := a.naming()
		if err != nil {
			return nil, err
		}
		for name := range r.unknownNames(l, coll) {
			n.files[vdir.Fold(name)] = true
		}
		r.followSent(s, coll, n, a.local)
		n.hints = map[remote.Href]string{}
		for _, e := range s.pending.entries {
			if e.coll == coll && e.kind == pendCreate && r.sameUID(e.body, a.local[e.name]) {
				n.hints[e.href] = e.name
				n.sent = append(n.sent, e)
			}
		}
		// The pairs follow the files; the rows do so where the collection is asked.
		return n, s.base.rename(coll, n.renames)
	}
}

// followSent lets entries of creates take the names that their files have now. Else the item would be sent once more under the new
// name, while nobody knows yet what became of the old one.
func (r *Repo) followSent(s *side, coll string, n *naming, local Items) {
	for i := range s.pending.entries {
		e := &s.pending.entries[i]
		if e.coll != coll || e.kind != pendCreate || r.sameUID(e.body, local[e.name]) {
			continue
		}
		it, err := r.parse(e.body)
		if err != nil {
			continue
		}
		if to := n.byUID(uidOf(it)); to != "" {
			if x, ok := s.report.refusals[coll+"/"+e.name]; ok {
				s.report.refusals[coll+"/"+to] = x
				delete(s.report.refusals, coll+"/"+e.name)
			}
			e.name = to
		}
	}
}

// aligner gathers what the naming of a collection is worked out from, pairs and rows being in step.
func (r *Repo) aligner(s *side, l *Local, coll string, prev *seen) (*aligner, error) {
	a := &aligner{read: r.parse, rows: func() (*Status, error) { return nil, nil }}
	var there Items
	var err error
	if a.local, err = r.o.Layout.items(r.g, l.colls[coll]); err != nil {
		return nil, err
	}
	if prev != nil {
		a.rows = prev.rows
		if there, err = r.o.Layout.items(r.g, prev.tree); err != nil {
			return nil, err
		}
	}
	if a.base, a.baseThere, err = s.base.items(coll); err != nil {
		return nil, err
	}
	moves, err := a.behind(there)
	if err != nil {
		return nil, err
	}
	if err := s.base.rename(coll, moves); err != nil {
		return nil, err
	}
	a.base = maps.Clone(a.base)
	return a, nil
}

// sameUID tells whether a file still holds the item that was sent; a file that was renamed meanwhile is found by its UID.
func (r *Repo) sameUID(sent, file store.Hash) bool {
	if file.IsZero() {
		return false
	}
	a, errA := r.parse(sent)
	b, errB := r.parse(file)
	return errA == nil && errB == nil && uidOf(a) == uidOf(b)
}

// views gathers what Decide has to be told: only collections in which something differs from the base, or that need a word.
func (r *Repo) views(s *side, l *Local) ([]View, error) {
	if s.idle {
		return nil, nil
	}
	set := map[string]bool{}
	for _, name := range s.snap.names() {
		set[name] = true
	}
	for _, name := range l.names() {
		set[name] = true
	}
	if s.rem.Create == "yes" && s.rem.Named != nil && len(s.got.gone) == 0 { // what is gone may be one of them
		for _, name := range s.rem.Named() {
			set[name] = true
		}
	}
	var views []View
	for _, name := range slices.Sorted(maps.Keys(set)) {
		_, shown := s.got.infos[name]
		// If the account could not be looked at as a whole, nobody knows whether it has this collection.
		unsure := !shown && s.snap.colls[name] == nil && len(s.got.problems) > 0
		notMeant := s.snap.colls[name] == nil && s.rem.Wanted != nil && !s.rem.Wanted(name)
		if !s.look && !asked(s.only, name) || s.got.left[name] || unsure || notMeant || l.unread(name) || s.got.unread[name] || s.unmade[name] {
			v := View{Collection: name, Aside: true, Unread: s.got.unread[name]}
			var err error
			if v.Local, err = r.o.Layout.items(r.g, l.colls[name]); err != nil {
				return nil, err
			}
			if v.BaseLocal, _, err = s.base.items(name); err != nil {
				return nil, err
			}
			views = append(views, v)
			continue
		}
		v, ok, err := r.view(s, l, name)
		if err != nil {
			return nil, err
		}
		if ok {
			views = append(views, v)
		}
	}
	return views, nil
}

// view is one collection; ok is false if there is nothing to decide in it.
func (r *Repo) view(s *side, l *Local, name string) (v View, ok bool, err error) {
	c := s.snap.colls[name]
	v = View{Collection: name, Create: s.rem.Create, Limits: s.got.limits[name], Gone: s.got.gone[name], Vanished: l.vanished[name], Unsure: s.got.unsure[name]}
	baseLocal, baseThere := s.base.trees(name)
	v.Vanished = (v.Vanished || !l.dirs[name] && !baseLocal.IsZero()) && !l.emptied[name]
	v.Like, v.Remapped = l.like[name], s.got.remapped[name]
	switch {
	case c == nil:
		v.Local, err = r.o.Layout.items(r.g, l.colls[name])
		v.Bare = len(v.Local) == 0 && !r.hasProperties(l.colls[name])
		return v, !v.Bare || s.rem.Create == "yes" && (l.bare(name) || !l.dirs[name]), err
	case v.Gone == "" && v.Remapped == "" && !v.Vanished && l.colls[name] == baseLocal && c.tree == baseThere && len(s.virtual[name]) == 0 && !s.base.pending(name) && !s.base.shows(name) && !s.base.holds(name, inShifted):
		news, err := r.propertyNews(s, name, c)
		if err != nil || !news {
			return v, false, err
		}
	}
	if v.Properties, err = r.propertyViews(s, l, name, c); err != nil {
		return v, false, err
	}
	if v.Status, err = c.rows(); err != nil {
		return v, false, err
	}
	if v.There, err = s.snap.items(name); err != nil {
		return v, false, err
	}
	if v.Local, err = r.o.Layout.items(r.g, l.colls[name]); err != nil {
		return v, false, err
	}
	if v.BaseLocal, v.BaseThere, err = s.base.items(name); err != nil {
		return v, false, err
	}
	if v.Shown, err = s.base.shown(name); err != nil {
		return v, false, err
	}
	if v.Shifted, err = s.base.part(name, inShifted); err != nil {
		return v, false, err
	}
	if v.Answers, err = s.base.answered(name); err != nil {
		return v, false, err
	}
	if err := errors.Join(r.between(s, l, &v), r.brought(s, &v)); err != nil {
		return v, false, err
	}
	if err := r.restoredIn(s, l, &v); err != nil {
		return v, false, err
	}
	v.Unknown = r.unknownNames(l, name)
	if extra := s.virtual[name]; len(extra) > 0 {
		v.BaseLocal, v.BaseThere = maps.Clone(v.BaseLocal), maps.Clone(v.BaseThere)
		for item, pair := range extra {
			v.BaseLocal[item], v.BaseThere[item] = pair.l0, pair.r0
			delete(v.Shown, item) // what was sent stands for all of it
			v.landed(item)
		}
	}
	return v, true, nil
}

// unknownNames are the names in a collection of files that are half-written, odd or cannot be read.
func (r *Repo) unknownNames(l *Local, coll string) map[string]bool {
	names := map[string]bool{}
	note := func(path string) {
		if c, name, ok := r.o.Layout.split(path); ok && c == coll {
			names[name] = true
		}
	}
	for path := range l.damaged {
		note(path)
	}
	for _, odd := range l.scan.Odd {
		if odd.Kind != vdir.Stray && odd.Kind != vdir.Dropping && odd.Path != "" {
			note(odd.Path)
		}
	}
	return names
}

// broken names the items of a snapshot whose bodies are no whole items (P62).
func (s *side) broken() ([]Problem, error) {
	var found []Problem
	for _, name := range s.snap.names() {
		c := s.snap.colls[name]
		if !c.status.marked("broken") {
			continue
		}
		st, err := c.rows()
		if err != nil {
			return nil, err
		}
		for i := range st.Rows {
			if st.Rows[i].Flags.Broken {
				found = append(found, Problem{Remote: s.rem.Name, Collection: name, Name: st.Rows[i].Name, Severity: Lasting,
					What: "is broken on the server; it is kept in the history and left out of the vdir"})
			}
		}
	}
	return found, nil
}

func (v *View) landed(name string) {
	if v.Landed == nil {
		v.Landed = map[string]bool{}
	}
	v.Landed[name] = true
}

// putBack notes that an item is put back where it was.
func (v *View) putBack(name string) {
	if v.PutBack == nil {
		v.PutBack = map[string]bool{}
	}
	v.PutBack[name] = true
}
