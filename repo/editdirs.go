package repo

import "errors"

// leaves names the collections that an edit moves files out of into one that has no directory yet: an undo of a rename.
func (r *Repo) leaves(l *Local, can []FileEdit) map[string]bool {
	left := map[string]bool{}
	for _, e := range can {
		if e.Was == "" {
			continue
		}
		if coll, _, ok := r.o.Layout.split(e.Was); ok && e.Collection != coll && !l.dirs[e.Collection] {
			left[coll] = true
		}
	}
	return left
}

// unmake removes the directories of collections that an edit renamed, if nothing at all is left in them: an empty one beside the new one says that
// the items were moved into another collection, and not that theirs has another name.
func (r *Repo) unmake(l *Local, left map[string]bool) (failed error) {
	for coll := range left {
		if r.o.Layout.Single || !l.colls[coll].IsZero() {
			continue
		}
		gone, err := r.d.Unmake(coll)
		if gone {
			delete(l.dirs, coll)
		}
		failed = errors.Join(failed, err)
	}
	return failed
}
