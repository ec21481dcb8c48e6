package repo

import (
	"strings"

	"vgit/repo/store"
)

// stagedRef names what was staged by hand and was in no file when vgit brought the index up to date. No remote has such a name.
const stagedRef = "refs/vgit/_staged"

// staged makes the commit that keeps reachable what only the index has (F92): the worktree is the truth, so it is not sent, and
// the index is about to say what the files are. ok is false if there is nothing of that kind.
func (r *Repo) staged(l *Local) (change store.RefChange, ok bool, err error) {
	if l.clean {
		return change, false, nil
	}
	found, err := r.onlyStaged(l)
	if err != nil {
		return change, false, err
	}
	return r.aside(l, stagedRef, "staged by hand, and in no file\n", found)
}

// aside makes a commit on a ref of vgit's own that keeps files reachable which are in no version; not ok: there is nothing new.
func (r *Repo) aside(l *Local, ref, why string, found map[string]edits) (change store.RefChange, ok bool, err error) {
	if len(found) == 0 {
		return change, false, nil
	}
	tip, err := r.s.Ref(ref)
	if err != nil {
		return change, false, err
	}
	old, err := r.treeOf(tip)
	if err != nil {
		return change, false, err
	}
	tree := old
	for coll, ed := range found {
		if tree, err = editPath(r.g, tree, r.o.Layout.dir(coll), ed); err != nil {
			return change, false, err
		}
	}
	if tree == old {
		return change, false, nil // kept by an earlier run, that could not write the index
	}
	commit, err := r.commit("", why, tree, tip, l.main)
	return store.RefChange{Name: ref, Old: tip, New: commit}, true, err
}

// onlyStaged lists the items and property files whose content in the index neither the worktree nor main has.
func (r *Repo) onlyStaged(l *Local) (map[string]edits, error) {
	main, err := r.treeOf(l.main)
	if err != nil {
		return nil, err
	}
	found := map[string]edits{}
	for _, e := range l.index.Entries {
		coll, name, ok := r.o.Layout.split(e.Path)
		if !ok || !r.o.Layout.isItem(name) && !properties[name] || e.Stage != 0 || e.IntentToAdd || l.stats[e.Path].hash == e.Hash {
			continue
		}
		if e.Mode != store.ModeFile && e.Mode != store.ModeExec || strings.HasPrefix(name, ".") {
			continue
		}
		now, err := lookup(r.g, main, e.Path)
		if err != nil {
			return nil, err
		}
		if now.Hash == e.Hash || !r.g.Has(e.Hash) {
			continue
		}
		if found[coll] == nil {
			found[coll] = edits{}
		}
		found[coll][name] = e.Hash
	}
	return found, nil
}

// treeOf is the tree of a commit; zero for none.
func (r *Repo) treeOf(commit store.Hash) (store.Hash, error) {
	if commit.IsZero() {
		return store.Hash{}, nil
	}
	c, err := r.g.Commit(commit)
	return c.Tree, err
}
