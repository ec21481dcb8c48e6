package repo

import (
	"context"

	"vgit/repo/item"
	"vgit/repo/store"
	"vgit/repo/vdir"
)

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
		r.at(AtSwept)
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
