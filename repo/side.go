package repo

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"vgit/repo/store"
)

// sides loads what is known of each remote.
func (r *Repo) sides(q Request, report *Report) ([]*side, error) {
	var sides []*side
	for i, rem := range q.Remotes {
		s := &side{rem: rem, only: q.Collections, look: q.Look, properties: q.Only == OnlyMetadata, shared: q.Several || len(q.Remotes) > 1, report: report.Remotes[i], virtual: virtual{}}
		if err := r.loadSide(s); err != nil {
			return nil, fmt.Errorf("%s: %w", rem.Name, lost(err, rem.Name))
		}
		s.report.Known = !s.tracking.IsZero()
		sides = append(sides, s)
	}
	for _, s := range sides {
		s.others = slices.DeleteFunc(slices.Clone(sides), func(o *side) bool { return o == s })
	}
	return sides, nil
}

// damaged tells of an error whether it is about an object that is gone or not what its name says (F101).
func damaged(err error) bool {
	return errors.Is(err, store.ErrMissing) || errors.Is(err, store.ErrCorrupt)
}

// lost adds to such an error what can be done. Nothing follows from what cannot be read; that both sides are joined anew,
// and what was deleted on one comes back, is for the user to say.
func lost(err error, remote string) error {
	if !damaged(err) {
		return err
	}
	return fmt.Errorf("%w; bring .git back from a backup, or let both sides be joined anew: git update-ref -d %s; git update-ref -d %s; git update-ref -d %s",
		err, trackingRef(remote), pendingRef(remote), baseRef(remote))
}

func (r *Repo) loadSide(s *side) error {
	if err := r.s.CheckRemote(s.rem.Name); err != nil {
		return err
	}
	s.report.refusals, s.report.deleted = r.loadRefusals(s.rem.Name), r.loadDeleted(s.rem.Name)
	s.report.seconds, s.since = r.loadSeconds(s.rem.Name), r.ReadLast(s.rem.Name).Time
	base, err := r.s.Ref(baseRef(s.rem.Name))
	if err != nil {
		return err
	}
	if s.base, err = loadBase(r.g, r.o.Layout, base); err != nil {
		return err
	}
	if s.pending, err = r.loadPending(s.rem.Name); err != nil {
		return err
	}
	for i := range s.pending.entries {
		s.pending.entries[i].over = s.rem.OneWay.Direction == Push
	}
	tracking, err := r.s.Ref(trackingRef(s.rem.Name))
	if err != nil {
		return err
	}
	s.snap, err = loadSnapshot(r.g, r.o.Layout, s.rem.Name, tracking)
	if s.snap != nil && s.snap.made.After(s.since) {
		s.since = s.snap.made // that run was killed before its end
	}
	var newer *ErrNewer
	if err == nil && !tracking.IsZero() || errors.As(err, &newer) {
		s.tracking = tracking
		return err
	}
	// Lost or moved by somebody: the base has the last snapshot that both sides agreed on (F99).
	s.tracking = tracking
	s.snap, err = loadSnapshot(r.g, r.o.Layout, s.rem.Name, s.base.tracking)
	return err
}

// recordAll records the vdir, telling first what interrupted pulls wrote into it, and keeps the result.
func (r *Repo) recordAll(ctx context.Context, sides []*side, dry bool) (*Local, error) {
	x, err := r.loadRestored()
	if err != nil {
		return nil, err
	}
	pendings := []*pending{{entries: x.entries}}
	for _, s := range sides {
		pendings = append(pendings, s.pending)
	}
	paired := func(coll string) bool {
		return slices.ContainsFunc(sides, func(s *side) bool { l, _ := s.base.trees(coll); return !l.IsZero() && !s.base.letsGo(coll) })
	}
	l, err := r.record(ctx, paired)
	if damaged(err) {
		return nil, fmt.Errorf("main: %w; git fsck names all that is lost; bring .git back from a backup", err)
	}
	if err != nil {
		return nil, err
	}
	if !dry && len(l.scan.Leftovers) > 0 {
		again, err := r.sweep(ctx, l, pendings)
		if err != nil {
			return nil, err
		}
		if again {
			if l, err = r.record(ctx, paired); err != nil {
				return nil, err
			}
		}
	}
	l.restored = x
	if l, err = r.finishEdit(ctx, l, sides, dry); err != nil {
		return nil, err
	}
	renamed, err := r.follow(l, sides)
	if err != nil {
		return nil, err
	}
	for _, s := range sides {
		if err := errors.Join(r.finishPull(l, s), r.settleSeen(s)); err != nil {
			return nil, err
		}
	}
	if dry {
		return l, nil
	}
	if err := r.keepRenamed(ctx, renamed); err != nil {
		return nil, err
	}
	return l, r.keepRecord(ctx, l, sides)
}

// finishPull puts what an interrupted pull wrote onto main as that pull, under what the user edited since.
func (r *Repo) finishPull(l *Local, s *side) error {
	found, err := r.settlePull(l, s.pending, s.base)
	if err != nil || len(found) == 0 {
		return err
	}
	below := store.Hash{}
	if !l.main.IsZero() {
		c, err := r.g.Commit(l.below()) // a pull from another remote may have been finished on it
		if err != nil {
			return err
		}
		below = c.Tree
	}
	tree := below
	for coll, ed := range found {
		if tree, err = editPath(r.g, tree, r.o.Layout.dir(coll), ed); err != nil {
			return err
		}
	}
	if tree == below {
		return nil
	}
	lines, err := r.differences(below, tree)
	if err != nil {
		return err
	}
	tracking := s.snap.Commit
	if c, err := r.g.Commit(s.pending.commit); err == nil && len(c.Parents) == 2 {
		tracking = c.Parents[1]
	}
	pull, err := r.commit(s.rem.Name, r.message(pulling(s, nil), lines), tree, l.below(), tracking)
	if err != nil {
		return err
	}
	l.onto = pull
	return r.recordCommit(l)
}
