package repo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"vgit/repo/store"
)

// restoredRef names what a person had put back in the vdir: what is being written at this moment, and what was written and not every remote
// has agreed to yet (docs/format.md 6). No remote has such a name.
const restoredRef = "refs/vgit/_restored"

// restored is what the ref says.
type restored struct {
	commit  store.Hash
	what    string  // the subject of the edit that is under way begins with it
	entries []entry // of it; they may or may not have been done
	back    []putBack
	changed bool // since the commit
}

// putBack is one file that was put back, or taken away, and one remote that has not agreed to that yet.
type putBack struct {
	coll, name, remote string
	when               time.Time
	gone               bool       // it was taken away
	body               store.Hash // else what was put back
}

// beginEditing makes the writes of an edit durable, before the first of them is done.
func (r *Repo) beginEditing(ctx context.Context, l *Local, what string, entries []entry) error {
	x := l.restored
	x.what, x.entries = what, slices.Clone(entries)
	change, err := r.restoredChange(x, l.main)
	if err != nil {
		return err
	}
	changes := []store.RefChange{change}
	if kept, ok, err := r.keepWrecks(l, entries); err != nil {
		return err
	} else if ok {
		changes = []store.RefChange{kept, change}
	}
	if err := r.publish(ctx, AtEditPlanned, "vgit: "+what, changes...); err != nil {
		return err
	}
	x.commit = change.New
	r.at(AtEditBegun)
	return nil
}

// concludeEditing puts what was written onto main, and remembers it as put back.
func (r *Repo) concludeEditing(ctx context.Context, l *Local, sides []*side, done []entry) error {
	x := l.restored
	changes, err := r.editCommit(l, done)
	if err != nil {
		return err
	}
	x.note(done, r.remoteNames(sides), r.o.Now())
	change, err := r.restoredChange(x, l.Commit)
	if err != nil {
		return err
	}
	if err := r.publish(ctx, AtEditKept, "vgit: "+x.what, append(changes, change)...); err != nil {
		return fmt.Errorf("main: %w", err)
	}
	x.commit, x.changed, l.main = change.New, false, l.Commit
	r.at(AtEdited)
	return nil
}

// editCommit makes the commit of what was written, and gives the move of main onto it.
func (r *Repo) editCommit(l *Local, done []entry) (changes []store.RefChange, err error) {
	old := l.Tree
	byColl := map[string]edits{}
	for _, e := range done {
		if byColl[e.coll] == nil {
			byColl[e.coll] = edits{}
		}
		byColl[e.coll][e.name] = e.body
	}
	for coll, ed := range byColl {
		if l.Tree, err = editPath(r.g, l.Tree, r.o.Layout.dir(coll), ed); err != nil {
			return nil, err
		}
	}
	if l.Tree == old {
		return nil, nil
	}
	if l.Tree, err = emptyTree(r.g, l.Tree); err != nil {
		return nil, err
	}
	lines, err := r.differences(old, l.Tree)
	if err != nil {
		return nil, err
	}
	if l.Commit, err = r.commit(takenBack, r.message(deed{what: l.restored.what}, lines), l.Tree, l.below()); err != nil {
		return nil, err
	}
	l.colls, err = r.o.Layout.collections(r.g, l.Tree)
	return []store.RefChange{{Name: mainRef, Old: l.main, New: l.Commit}}, err
}

// note remembers writes as put back, for all remotes, and ends what was under way. What was said of the same files before is over.
func (x *restored) note(done []entry, remotes []string, now time.Time) {
	x.entries, x.changed = nil, true
	over := map[string]bool{}
	for _, e := range done {
		over[e.coll+"/"+e.name] = true
	}
	x.back = slices.DeleteFunc(x.back, func(p putBack) bool { return over[p.coll+"/"+p.name] })
	for _, e := range done {
		if properties[e.name] {
			continue
		}
		for _, rem := range remotes {
			x.back = append(x.back, putBack{coll: e.coll, name: e.name, remote: rem, when: now, gone: e.body.IsZero(), body: e.body})
		}
	}
}

// remoteNames are those of all remotes of the vdir, as far as anybody says.
func (r *Repo) remoteNames(sides []*side) []string {
	if r.o.Remotes != nil {
		return r.o.Remotes
	}
	var names []string
	for _, s := range sides {
		names = append(names, s.rem.Name)
	}
	return names
}

// restoredIn lets a view know which of its files a person had put back, and this remote has not agreed to yet.
func (r *Repo) restoredIn(s *side, l *Local, v *View) error {
	lost := map[string]bool{}
	for _, p := range l.restored.back {
		if p.remote != s.rem.Name || p.coll != v.Collection || v.Local[p.name] != p.body {
			continue
		}
		if p.gone {
			if v.Taken == nil {
				v.Taken = map[string]bool{}
			}
			v.Taken[p.name] = true
			continue
		}
		if v.Restored == nil {
			v.Restored = map[string]Restored{}
		}
		v.putBack(p.name)
		v.Restored[p.name] = Restored{When: p.when}
		if v.There[p.name].IsZero() {
			lost[p.name] = true
		}
	}
	last, err := r.lastThere(s, v.Collection, lost)
	for name, h := range last {
		v.Restored[name] = Restored{When: v.Restored[name].When, Last: h}
	}
	return err
}

// lastThere goes back on the tracking line for the last bodies of items that the remote has not any more.
func (r *Repo) lastThere(s *side, coll string, names map[string]bool) (Items, error) {
	found := Items{}
	var tree store.Hash
	for at, n := s.snap.Commit, 0; !at.IsZero() && n < farBack && len(found) < len(names); n++ {
		c, err := r.g.Commit(at)
		if err != nil {
			return nil, err
		}
		dir, err := lookup(r.g, c.Tree, r.o.Layout.dir(coll))
		if err != nil {
			return nil, err
		}
		if dir.Hash != tree && !dir.Hash.IsZero() {
			tree = dir.Hash
			items, err := r.o.Layout.items(r.g, tree)
			if err != nil {
				return nil, err
			}
			for name := range names {
				if h := items[name]; !h.IsZero() && found[name].IsZero() {
					found[name] = h
				}
			}
		}
		at = store.Hash{}
		if len(c.Parents) > 0 {
			at = c.Parents[0]
		}
	}
	return found, nil
}

// notAgreed counts what was put back or taken away and a remote does not have so yet.
func (r *Repo) notAgreed(s *side, l *Local) (n int, err error) {
	bases := map[string]*Base{s.rem.Name: s.base}
	for _, p := range l.restored.back {
		if p.remote != s.rem.Name {
			continue
		}
		over, err := r.overtaken(p, bases, l)
		if err != nil {
			return n, err
		}
		if !over {
			n++
		}
	}
	return n, nil
}

// endRestored forgets what every remote that it was for has agreed to, and what is not in the vdir any more as it was put back.
func (r *Repo) endRestored(ctx context.Context, sides []*side, l *Local) error {
	x := l.restored
	bases := map[string]*Base{}
	for _, s := range sides {
		bases[s.rem.Name] = s.base
	}
	var failed error
	before := len(x.back)
	x.back = slices.DeleteFunc(x.back, func(p putBack) bool {
		over, err := r.overtaken(p, bases, l)
		failed = errors.Join(failed, err)
		return over && err == nil
	})
	if failed != nil || len(x.back) == before {
		return failed
	}
	change, err := r.restoredChange(x, l.Commit)
	if err != nil {
		return err
	}
	if err := r.publish(ctx, AtAgreeKept, "vgit: agreed", change); err != nil {
		return err
	}
	x.commit = change.New
	return nil
}

// overtaken tells whether what was put back has come to its end with a remote.
func (r *Repo) overtaken(p putBack, bases map[string]*Base, l *Local) (bool, error) {
	if r.o.Remotes != nil && !slices.Contains(r.o.Remotes, p.remote) {
		return true, nil
	}
	now, err := lookup(r.g, l.Tree, r.o.Layout.path(p.coll, p.name))
	if err != nil || now.Hash != p.body {
		return err == nil, err
	}
	base := bases[p.remote]
	if base == nil {
		return false, nil // it takes no part in this run
	}
	local, _, err := base.items(p.coll)
	return err == nil && local[p.name] == p.body, err
}
