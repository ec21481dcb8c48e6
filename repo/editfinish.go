package repo

import (
	"context"
	"errors"

	"vgit/repo/store"
	"vgit/repo/vdir"
)

// finishEdit brings an edit to its end that was cut short (K28): files that it had not come to are written, what it wrote goes onto main as
// that edit, and what the user did since stays and comes after it. A dry run does so in memory.
func (r *Repo) finishEdit(ctx context.Context, l *Local, sides []*side, dry bool) (*Local, error) {
	x := l.restored
	if len(x.entries) == 0 {
		return l, nil
	}
	open, stay, err := r.openEdits(l)
	if err != nil {
		return nil, err
	}
	if len(open)+len(stay) > 0 && !dry {
		if _, err := r.writeEntries(ctx, l, append(open, stay...)); err != nil {
			return nil, err
		}
		r.at(AtEditWritten)
		again, err := r.record(ctx, l.paired)
		if err != nil {
			return nil, err
		}
		again.restored, l = x, again
	}
	if dry {
		for _, e := range append(open, stay...) {
			if l.Tree, err = editPath(r.g, l.Tree, r.o.Layout.dir(e.coll), edits{e.name: e.body}); err != nil {
				return nil, err
			}
		}
	}
	l.problem("", "an edit that was cut short ("+x.what+") is finished", Note)
	return l, r.settleEdit(l, sides)
}

// openEdits are the writes that are not done yet, and those that take back what was made of items whose old files the user saved meanwhile.
func (r *Repo) openEdits(l *Local) (open, stay []entry, err error) {
	entries := l.restored.entries
	now := make([]store.Hash, len(entries))
	known := make([]bool, len(entries))
	for i, e := range entries {
		path := r.o.Layout.path(e.coll, e.name)
		file, err := lookup(r.g, l.Tree, path)
		if err != nil {
			return nil, nil, err
		}
		now[i], known[i] = file.Hash, !l.vanished[e.coll] && !l.unknown(path, e.coll)
		if l.damaged[path] != "" && r.wreckHash(l, path) == e.local { // it was about to be replaced
			now[i], known[i] = e.local, true
		}
	}
	drop := map[int]bool{}
	for from, to := range r.moved(entries) {
		if now[from] != entries[from].local && !now[from].IsZero() || !known[from] {
			drop[to] = true
		}
	}
	for i, e := range entries {
		switch {
		case !known[i]:
		case drop[i] && now[i] == e.body:
			stay = append(stay, entry{kind: pendRemove, coll: e.coll, name: e.name, local: e.body})
		case !drop[i] && now[i] == e.local:
			open = append(open, e)
		}
	}
	return open, stay, nil
}

// settleEdit finds what an edit wrote that was cut short, and makes the commit of it, under what was edited since.
func (r *Repo) settleEdit(l *Local, sides []*side) error {
	now := l.Tree
	var done []entry
	for _, e := range l.restored.entries {
		file, err := lookup(r.g, now, r.o.Layout.path(e.coll, e.name))
		if err != nil {
			return err
		}
		wrote := file.Hash == e.body
		if !wrote && !file.Hash.IsZero() && !e.body.IsZero() && file.Hash != e.local && !properties[e.name] {
			wrote = r.landed(e.local, e.body, file.Hash) // and edited since
		}
		if wrote {
			done = append(done, e)
		}
	}
	below, err := r.treeOf(l.below())
	if err != nil {
		return err
	}
	l.Tree, l.Commit = below, l.below()
	if _, err := r.editCommit(l, done); err != nil {
		return err
	}
	if l.Commit != l.below() {
		l.onto = l.Commit
	}
	l.Tree = now
	l.restored.note(done, r.remoteNames(sides), r.o.Now())
	var colls map[string]store.Hash
	colls, err = r.o.Layout.collections(r.g, l.Tree)
	l.colls = colls
	return errors.Join(err, r.recordCommit(l))
}

// moved pairs files that an edit removes with those that it makes of the same items elsewhere, by their places among the entries: where the one
// stays, as the user saved it meanwhile, the other must not be there, or there would be two.
func (r *Repo) moved(entries []entry) map[int]int {
	made, of := map[string]int{}, map[int]int{}
	for i, e := range entries {
		if e.kind == pendWrite && e.local.IsZero() {
			if it, err := r.parse(e.body); err == nil && uidOf(it) != "" {
				made[uidOf(it)] = i
			}
		}
	}
	for i, e := range entries {
		if e.kind != pendRemove || len(made) == 0 {
			continue
		}
		if it, err := r.parse(e.local); err == nil {
			if to, ok := made[uidOf(it)]; ok {
				of[i] = to
			}
		}
	}
	return of
}

// unmove takes back what was made of items whose old files could not be removed.
func (r *Repo) unmove(ctx context.Context, l *Local, entries []entry, results []vdir.Result) error {
	var back []entry
	for from, to := range r.moved(entries) {
		if !results[from].Done && results[to].Done {
			e := entries[to]
			back = append(back, entry{kind: pendRemove, coll: e.coll, name: e.name, local: e.body})
			results[to] = vdir.Result{Path: results[to].Path, Why: results[from].Why, Err: results[from].Err}
		}
	}
	_, err := r.writeEntries(ctx, l, back)
	return err
}
