package repo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"vgit/repo/store"
)

// This file lets all that is kept of collections follow directories that the user renamed: main, snapshots, pairs, and what is noted
// of them. First the tracking branch, then main, then the base; where a run dies in between, the next one finds the same again.

// follow tells what became of directories and lets everything in memory follow. renamed are the sides whose snapshots have to be kept.
func (r *Repo) follow(l *Local, sides []*side) (renamed []*side, err error) {
	found := make([]whereabouts, len(sides))
	for i, s := range sides {
		if found[i], err = r.find(s, l); err != nil {
			return nil, err
		}
	}
	w := agreeOn(sides, found)
	if err := r.unmix(w.renamed, sides); err != nil {
		return nil, err
	}
	l.emptied, l.like = w.emptied, w.like
	if len(w.renamed)+len(w.emptied) == 0 {
		return nil, nil
	}
	for _, s := range sides {
		news, err := s.rename(r.g, w.renamed)
		if err != nil {
			return nil, err
		}
		if news {
			renamed = append(renamed, s)
		}
	}
	return renamed, r.forgetDirectories(l, w)
}

// unmix takes out renames onto the name of a collection that some remote has and that keeps its name: two collections would become one there.
// Once one is taken out, the name that it had is taken for others.
func (r *Repo) unmix(renamed map[string]string, sides []*side) (err error) {
	for n := -1; n != len(renamed) && err == nil; {
		n = len(renamed)
		maps.DeleteFunc(renamed, func(from, to string) bool {
			return renamed[to] == "" && slices.ContainsFunc(sides, func(s *side) bool {
				other, bad := r.another(s, from, to, sides)
				err = errors.Join(err, bad)
				return other
			})
		})
	}
	return err
}

// another tells whether a remote has something else under the new name of a collection. What a run that was killed has renamed already is
// that very collection, and so is what a sync with this remote alone has.
func (r *Repo) another(s *side, from, to string, sides []*side) (bool, error) {
	pairs, _, err := s.base.items(to)
	if err != nil {
		return false, err
	}
	if len(pairs) == 0 {
		ahead, err := s.ahead(from, to)
		return !ahead && s.snap.colls[from] != nil && s.snap.colls[to] != nil, err
	}
	known := &contents{items: Items{}, blobs: map[store.Hash]bool{}}
	for i, o := range sides {
		theirs, _, err := o.base.items(from)
		if err != nil {
			return false, err
		}
		for name, h := range theirs {
			known.items[fmt.Sprint(i, "/", name)], known.blobs[h] = h, true
		}
	}
	n := 0
	for _, l0 := range pairs {
		if known.has(r, l0) {
			n++
		}
	}
	return !share(n, len(pairs), sameCollection), nil
}

// forgetDirectories takes out of the tree what main held of directories that are gone, now that it is known where their items are.
func (r *Repo) forgetDirectories(l *Local, w whereabouts) error {
	before := l.Tree
	for _, coll := range slices.Concat(slices.Collect(maps.Keys(w.renamed)), slices.Collect(maps.Keys(w.emptied))) {
		if l.dirs[coll] || !w.emptied[coll] && w.renamed[coll] == "" {
			continue
		}
		old, err := r.tracked(l.colls[coll])
		if err != nil {
			return err
		}
		ed := edits{}
		for name := range old {
			ed[name] = store.Hash{}
		}
		if l.Tree, err = editPath(r.g, l.Tree, r.o.Layout.dir(coll), ed); err != nil {
			return err
		}
		delete(l.vanished, coll)
	}
	if l.Tree == before {
		return nil
	}
	var err error
	if l.colls, err = r.o.Layout.collections(r.g, l.Tree); err != nil {
		return err
	}
	return r.recordCommit(l)
}

// rename gives collections of a remote other names, all at once, wherever they stand. news tells whether the snapshot is another one now.
func (s *side) rename(g *stage, names map[string]string) (news bool, err error) {
	ahead := map[string]bool{}
	for from, to := range names {
		if ahead[from], err = s.ahead(from, to); err != nil {
			return false, err
		}
	}
	paired := maps.Clone(names)
	maps.DeleteFunc(paired, func(from, _ string) bool { local, _ := s.base.trees(from); return local.IsZero() })
	if err := s.base.renameCollections(paired); err != nil {
		return false, err
	}
	for i := range s.pending.entries {
		if to, ok := names[s.pending.entries[i].coll]; ok {
			s.pending.entries[i].coll, s.pending.marked = to, true
		}
	}
	snap := s.snap.clone()
	for from, to := range names {
		c := s.snap.colls[from]
		if c == nil {
			continue
		}
		if ahead[from] {
			continue
		}
		st, err := c.rows()
		if err != nil {
			return false, err
		}
		st = st.clone()
		st.Directory = to
		if snap.colls[from] == c {
			delete(snap.colls, from)
		}
		snap.colls[to] = &seen{name: to, tree: c.tree, file: g.AddBlob(st.bytes()), status: st}
		news = true
	}
	s.snap = snap
	s.report.renameCollections(names)
	for from, to := range names {
		s.report.problem(Problem{Remote: s.rem.Name, Collection: to, What: "goes on as the collection whose directory was " + from, Severity: Note})
	}
	return news, nil
}

// ahead tells whether the snapshot has a collection under its new name already: a run that was killed may have kept the snapshot, and
// not the base. The remote halves of the pairs tell which of two it is.
func (s *side) ahead(from, to string) (bool, error) {
	if s.snap.colls[to] == nil {
		return false, nil
	}
	_, pairs, err := s.base.items(from)
	if err != nil {
		return false, err
	}
	common := func(coll string) (n int) {
		items, bad := s.snap.items(coll)
		err = errors.Join(err, bad)
		for name, h := range pairs {
			if items[name] == h {
				n++
			}
		}
		return n
	}
	return common(to) > common(from), err
}

// renameCollections lets what is remembered of refusals and tokens follow.
func (r *RemoteReport) renameCollections(names map[string]string) {
	refusals := map[string]Refusal{}
	for path, x := range r.refusals {
		coll, name, _ := strings.Cut(path, "/")
		if to, ok := names[coll]; ok {
			path = to + "/" + name
		}
		refusals[path] = x
	}
	seconds := map[string]string{}
	for coll, token := range r.seconds {
		if to, ok := names[coll]; ok {
			coll = to
		}
		seconds[coll] = token
	}
	r.refusals, r.seconds = refusals, seconds
}

// renameCollections moves all that the base has of collections to new names, all at once.
func (b *Base) renameCollections(names map[string]string) error {
	moved := map[string][nParts]Items{}
	for from := range names {
		if _, _, err := b.items(from); err != nil {
			return err
		}
		var parts [nParts]Items
		for i := range nParts {
			items, err := b.part(from, i)
			if err != nil {
				return err
			}
			parts[i] = maps.Clone(items)
			for name := range parts[i] {
				if err := b.put(from, name, map[int]store.Hash{i: {}}); err != nil {
					return err
				}
			}
		}
		moved[from], b.of(from).moved = parts, true
	}
	if err := b.renameProperties(names); err != nil {
		return err
	}
	for from, to := range names {
		for i, items := range moved[from] {
			for name, h := range items {
				if err := b.put(to, name, map[int]store.Hash{i: h}); err != nil {
					return err
				}
			}
		}
	}
	return b.renameAnswered(names)
}

// keepRenamed makes the renames of snapshots durable.
func (r *Repo) keepRenamed(ctx context.Context, renamed []*side) error {
	for _, s := range renamed {
		moved := s.snap
		before, err := loadSnapshot(r.g, r.o.Layout, s.rem.Name, s.snap.Commit)
		if err != nil {
			return err
		}
		s.snap = before
		if err := r.keepSnapshot(ctx, s, moved, "move"); err != nil {
			return err
		}
	}
	return nil
}
