package repo

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"vgit/remote"
	"vgit/repo/store"
)

// Rounds is how often one sync merges and sends again what was changed under its hands, before it leaves that for the next
// one (P78).
const Rounds = 3

// Request is what one sync is asked to do.
type Request struct {
	Remotes      []Remote
	DryRun       bool
	Only         string // "pull", "push", or "" for both
	AllowDeletes int
	// Collections are those to sync; the others are carried unread. nil: all. Local edits are recorded in all of them.
	Collections []string
}

// Sync is the whole of it: lock, record, fetch, decide, pull, push, agree. It returns a report of what was done, held or
// left, also together with an error, which is one that ended the run. A dry run takes the same way and stops at the plan: it
// writes nothing and moves nothing.
func (r *Repo) Sync(ctx context.Context, q Request) (*Report, error) {
	report := newReport(q.Remotes)
	unlock, err := r.enter(q.DryRun)
	if err != nil {
		return report, err
	}
	defer unlock()
	sides, err := r.sides(q, report)
	if err != nil {
		return report, err
	}
	l, err := r.recordAll(ctx, sides, q.DryRun)
	if err != nil {
		return report, err
	}
	report.Problems = l.problems
	r.fetchAll(ctx, sides, l, q.DryRun)
	for _, s := range sides {
		if err := r.syncOne(ctx, s, l, q); err != nil {
			s.report.fail(err)
			if fatal(err) && !errors.Is(err, remote.ErrLogin) {
				return report, errors.Join(err, r.leave(ctx, l, report, q.DryRun))
			}
		}
	}
	return report, r.leave(ctx, l, report, q.DryRun)
}

// enter takes the lock and looks whether the repository is in a state that may be worked on.
func (r *Repo) enter(dry bool) (unlock func() error, err error) {
	unlock = func() error { return nil }
	if !dry {
		if unlock, err = r.s.Lock(); err != nil {
			return nil, err
		}
	}
	if err := r.s.CheckState(); err != nil {
		return nil, errors.Join(err, unlock())
	}
	return unlock, nil
}

// sides loads what is known of each remote.
func (r *Repo) sides(q Request, report *Report) ([]*side, error) {
	var sides []*side
	for i, rem := range q.Remotes {
		s := &side{rem: rem, only: q.Collections, report: report.Remotes[i], virtual: virtual{}}
		if err := r.loadSide(s); err != nil {
			return nil, fmt.Errorf("%s: %w", rem.Name, err)
		}
		s.report.Known = !s.tracking.IsZero()
		sides = append(sides, s)
	}
	return sides, nil
}

func (r *Repo) loadSide(s *side) error {
	s.report.refusals = r.loadRefusals(s.rem.Name)
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
	tracking, err := r.s.Ref(trackingRef(s.rem.Name))
	if err != nil {
		return err
	}
	s.snap, err = loadSnapshot(r.g, r.o.Layout, s.rem.Name, tracking)
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
	pendings := make([]*pending, len(sides))
	for i, s := range sides {
		pendings[i] = s.pending
	}
	paired := func(coll string) bool {
		return slices.ContainsFunc(sides, func(s *side) bool { l, _ := s.base.trees(coll); return !l.IsZero() })
	}
	l, err := r.record(ctx, paired)
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
	for _, s := range sides {
		if err := r.finishPull(l, s); err != nil {
			return nil, err
		}
	}
	if dry {
		return l, nil
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
		c, err := r.g.Commit(l.main)
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
	pull, err := r.commit(s.rem.Name, message("pull from", s.rem.Name, lines), tree, l.below(), tracking)
	if err != nil {
		return err
	}
	l.onto = pull
	return r.recordCommit(l)
}

// fetchAll asks all remotes side by side; what one came back with, or the reason why it did not, is in its side.
func (r *Repo) fetchAll(ctx context.Context, sides []*side, l *Local, dry bool) {
	done := make(chan struct{})
	for _, s := range sides {
		go func() {
			defer func() { done <- struct{}{} }()
			if err := r.fetchOne(ctx, s, l, dry); err != nil {
				s.report.fail(err)
			}
		}()
	}
	for range sides {
		<-done
	}
}

// fetchOne brings the snapshot of one remote up to date and keeps it.
func (r *Repo) fetchOne(ctx context.Context, s *side, l *Local, dry bool) error {
	var keep func(*Snapshot) error
	if !dry {
		keep = func(snap *Snapshot) error { return r.keepSnapshot(ctx, s, snap, "fetch") }
	}
	got, err := r.fetch(ctx, s, l, keep)
	if got != nil {
		s.report.Problems = append(s.report.Problems, got.problems...)
	}
	if err != nil {
		return err
	}
	s.got = got
	if got.held != "" {
		return nil
	}
	if dry {
		s.snap = got.snap
		s.snap.Tree, err = s.snap.build(r.g, "fetch")
		return err
	}
	return r.keepSnapshot(ctx, s, got.snap, "fetch")
}

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
	commit, err := r.commit(s.rem.Name, message(kind, s.rem.Name, lines), tree, s.snap.Commit)
	if err != nil {
		return err
	}
	if err := r.publish(ctx, "vgit: "+kind+" "+s.rem.Name, store.RefChange{Name: trackingRef(s.rem.Name), Old: s.tracking, New: commit}); err != nil {
		return err
	}
	kept := snap.clone()
	kept.Commit, kept.Tree = commit, tree
	s.snap, s.tracking = kept, commit
	return nil
}

// syncOne decides and does what is to be done with one remote.
func (r *Repo) syncOne(ctx context.Context, s *side, l *Local, q Request) error {
	if s.got == nil {
		return nil // it could not be asked; the report says why
	}
	if s.got.held != "" {
		s.report.holdRemote(s.got.held)
		return nil
	}
	var err error
	if s.virtual, err = r.settlePush(s.pending, s.got, s.base); err != nil {
		return err
	}
	for range Rounds {
		plan, err := r.decide(s, l, q)
		if err != nil {
			return err
		}
		s.report.plan(plan)
		if q.DryRun {
			return nil
		}
		if err := r.pull(ctx, s, plan, l); err != nil {
			return err
		}
		again, err := r.push(ctx, s, plan, l)
		if err != nil || len(again) == 0 {
			return errors.Join(err, r.settled(ctx, s, l))
		}
		if err := r.meet(ctx, s, l, again); err != nil {
			return err
		}
	}
	s.report.problem(Problem{Remote: s.rem.Name, What: "items were changed there again and again; the next sync goes on", Severity: Temporary})
	return nil
}

func (r *Repo) decide(s *side, l *Local, q Request) (*Plan, error) {
	views, err := r.views(s, l)
	if err != nil {
		return nil, err
	}
	plan := Decide(views, r.parse, Choice{Remote: s.rem.Name, AllowDeletes: q.AllowDeletes, Only: q.Only, Refusals: s.report.refusals})
	broken, err := s.broken()
	plan.Problems = append(plan.Problems, broken...)
	return plan, err
}

// settled ends entries whose pair has moved by now, and writes the base if it has not been.
func (r *Repo) settled(ctx context.Context, s *side, l *Local) error {
	s.pending.end(func(e entry) bool {
		pair, ok := s.virtual[e.coll][e.name]
		if !ok {
			return false
		}
		local, there, err := s.base.items(e.coll)
		return err == nil && (local[e.name] != pair.l1 || there[e.name] != pair.r1)
	})
	return r.agree(ctx, s, l)
}

// meet reads items that turned out to be in another state, into a snapshot of its own, before anything is built on it.
func (r *Repo) meet(ctx context.Context, s *side, l *Local, again map[string][]remote.Href) error {
	f := &fetcher{r: r, rem: s.rem, local: l, base: s.base, names: r.namer(s, l), out: s.got, lastKeep: r.o.Now()}
	f.out.snap = s.snap.clone()
	for name, hrefs := range again {
		c := &collecting{fetcher: f, name: name, info: s.got.infos[name], coll: s.rem.Client.Open(s.got.infos[name])}
		if err := c.reread(ctx, s.snap.colls[name], hrefs); err != nil {
			return err
		}
		if err := f.put(c); err != nil {
			return err
		}
	}
	return r.keepSnapshot(ctx, s, f.out.snap, "fetch")
}

// leave writes what may be lost, and folds what was added.
func (r *Repo) leave(ctx context.Context, l *Local, report *Report, dry bool) error {
	if dry {
		return nil
	}
	for _, s := range report.Remotes {
		if err := errors.Join(r.writeLast(s), r.saveRefusals(s.Name, s.refusals)); err != nil {
			return err
		}
	}
	if err := r.writeIndex(l); err != nil {
		return err
	}
	if err := r.s.Fold(ctx); err != nil {
		return err
	}
	return remember(r.o.StateDir, r.o.Path, r.o.Disk)
}
