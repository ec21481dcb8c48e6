package repo

import (
	"context"
	"errors"

	"vgit/repo/store"
)

// keepSnapshot commits a snapshot on the tracking branch, unless it holds what the last one held.
func (r *Repo) keepSnapshot(ctx context.Context, s *side, snap *Snapshot, kind string) error {
	if !s.snap.Commit.IsZero() && s.snap.Commit == s.tracking && snap.sameAs(s.snap) {
		return nil
	}
	tree, err := snap.build(r.g, kind)
	if err != nil {
		return err
	}
	lines, err := r.differences(s.snap.Tree, tree)
	if err != nil {
		return err
	}
	lines = append(lines, r.propertyDifferences(s.snap, snap)...)
	what := seeing(kind, s.rem.Name)
	for _, step := range s.sent {
		what.carriesOut(step)
	}
	commit, err := r.commit(s.rem.Name, r.message(what, lines), tree, s.snap.Commit)
	if err != nil {
		return err
	}
	at, moved := AtFetchKept, AtFetched
	if kind == "push" {
		at, moved = AtPushKept, AtPushed
	}
	if err := r.publish(ctx, at, "vgit: "+kind+" "+s.rem.Name, store.RefChange{Name: trackingRef(s.rem.Name), Old: s.tracking, New: commit}); err != nil {
		return err
	}
	kept := snap.clone()
	kept.Commit, kept.Tree = commit, tree
	s.snap, s.tracking, s.sent = kept, commit, nil
	r.at(moved)
	return nil
}

// leave writes what may be lost, and folds what was added.
func (r *Repo) leave(ctx context.Context, l *Local, report *Report, dry bool) error {
	if dry {
		return nil
	}
	r.at(AtSettled)
	for _, s := range report.Remotes {
		if err := errors.Join(r.writeLast(s), r.saveRefusals(s.Name, s.refusals), r.saveNotBefore(s), r.saveDeleted(s), r.saveSeconds(s), r.saveGone(s), r.saveBinds(s), r.saveSame(s), r.saveOutsiders(s), r.saveLimits(s)); err != nil {
			return err
		}
	}
	if err := r.settleCopy(report); err != nil {
		return err
	}
	r.at(AtNoted)
	var locked *store.LockedError
	if err := r.writeIndex(l); errors.As(err, &locked) {
		report.Problems = append(report.Problems, Problem{What: "git's index is as it was before: " + locked.Error(), Severity: Temporary, Err: err})
	} else if err != nil {
		return err
	}
	r.at(AtIndexed)
	if err := r.s.Fold(ctx); err != nil {
		return err
	}
	r.at(AtPacked)
	return remember(r.o.StateDir, r.o.Path, r.o.Disk)
}
