package repo

import (
	"context"
	"errors"
	"maps"
	"slices"

	"vgit/repo/vdir"
)

// obeyed does what answers to holds ask for beside the steps of a plan, and lets go of those that are over.
func (r *Repo) obeyed(ctx context.Context, s *side, plan *Plan, l *Local) error {
	for _, id := range plan.Over {
		if err := s.base.dropHoldAnswer(id); err != nil {
			return err
		}
	}
	for _, a := range plan.Lifted {
		switch {
		case a.Refuse && a.Class == DirectoryGone:
			if err := r.propertiesBack(ctx, l, a.Collection); err != nil {
				return &localError{err}
			}
		case a.Refuse && a.Class == CollectionGone:
			// Its items are only here from now on, and it is to be made there once more.
			again := HoldAnswer{When: a.When, Hold: Hold{Class: NewCollection, Remote: a.Remote, Collection: a.Collection}}
			again.complete()
			if err := s.base.answerHold(again); err != nil {
				return err
			}
		}
	}
	return nil
}

// propertiesBack writes the property files of a directory that is put back, as main has them. They come before its items: an item that
// is missing in a directory that is there may be put back still, a property would be taken for removed.
func (r *Repo) propertiesBack(ctx context.Context, l *Local, coll string) error {
	old, err := r.tracked(l.colls[coll])
	if err != nil {
		return err
	}
	var writes []vdir.Write
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if !properties[name] {
			continue
		}
		b, err := r.g.Blob(old[name])
		if err != nil {
			return err
		}
		writes = append(writes, vdir.Write{Path: r.o.Layout.path(coll, name), OldAbsent: true, New: b})
	}
	if len(writes) == 0 {
		return nil
	}
	results, err := r.apply(ctx, writes)
	for i, res := range results {
		err = errors.Join(err, res.Err)
		if res.Done {
			_, name, _ := r.o.Layout.split(writes[i].Path)
			r.stamp(l, res, old[name])
		}
	}
	return err
}

// letsGo tells whether a person said that the directory of a collection is gone for good: then what main has of it is no more than that.
func (b *Base) letsGo(coll string) bool {
	list, err := b.holdAnswers()
	return err == nil && slices.ContainsFunc(list, func(a HoldAnswer) bool {
		return !a.Refuse && a.Class == DirectoryGone && a.Collection == coll
	})
}

// dropGone takes collections out of the snapshot that their account does not show any more and of which no item is agreed on: what
// is here of them is only here. It tells whether there was one.
func (r *Repo) dropGone(ctx context.Context, s *side, l *Local) (bool, error) {
	snap := s.snap.clone()
	for name := range s.got.gone {
		local, _, err := s.base.items(name)
		if err != nil {
			return false, err
		}
		if snap.colls[name] == nil || len(local) > 0 || !asked(s.only, name) {
			continue
		}
		pairs, err := s.base.propertyPairs(name)
		if err != nil {
			return false, err
		}
		for _, property := range slices.Collect(maps.Keys(pairs)) {
			if err := s.base.setProperty(name, property, propertyPair{}); err != nil {
				return false, err
			}
		}
		delete(snap.colls, name)
		delete(s.got.gone, name)
	}
	if len(snap.colls) == len(s.snap.colls) {
		return false, nil
	}
	return true, errors.Join(r.agree(ctx, s, l), r.keepSnapshot(ctx, s, snap, "fetch"))
}
