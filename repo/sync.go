package repo

import (
	"context"
	"errors"
	"slices"

	"vgit/remote"
	"vgit/repo/store"
)

// Rounds is how often one sync merges and sends again what was changed under its hands, before it leaves that for the next
// one (P78).
const Rounds = 3

// Request is what one sync is asked to do.
type Request struct {
	Remotes      []Remote // in the order in which what they hold comes into the vdir
	Several      bool     // the vdir has more remotes than these
	DryRun       bool
	Only         string // "pull", "push", OnlyMetadata, or "" for all
	AllowDeletes int    // how many deletions this run may make with each remote; 0: what the guard lets pass, below 0: none
	Chosen       Chosen // what a person who saw a plan said yes to; nil: all
	// Collections are those to sync; the others are carried unread. nil: all. Local edits are recorded in all of them.
	Collections []string
	// Look plans for collections as a whole only, and reads no item: Collections is empty then, and it is a dry run.
	Look bool
}

// OnlyMetadata asks for a sync of nothing but the properties of collections that are known: no item is asked for, read or written.
const OnlyMetadata = "metadata"

// Sync is the whole of it: lock, record, fetch, decide, pull, push, agree. It returns a report of what was done, held or
// left, also together with an error, which is one that ended the run. A dry run takes the same way and stops at the plan: it
// writes nothing and moves nothing. If somebody commits on main meanwhile, all is done again on top of that (F91).
func (r *Repo) Sync(ctx context.Context, q Request) (*Report, error) {
	unlock := func() error { return nil }
	if !q.DryRun {
		var err error
		if unlock, err = r.s.Lock(); err != nil {
			return newReport(q.Remotes), err
		}
	}
	defer unlock()
	r.at(AtLocked)
	report, err := r.pass(ctx, q)
	for range Rounds - 1 {
		if !report.overtaken(err) || ctx.Err() != nil {
			break
		}
		first := report
		report, err = r.pass(ctx, q)
		report.after(first)
	}
	r.tellWritten(ctx, report)
	return report, err
}

// pass is one way through a sync, under the lock.
func (r *Repo) pass(ctx context.Context, q Request) (*Report, error) {
	report := newReport(q.Remotes)
	if err := r.s.CheckState(); err != nil {
		return report, err
	}
	sides, err := r.sides(q, report)
	if err != nil {
		return report, err
	}
	if err := r.noticeCopy(sides, report, q.DryRun); err != nil {
		return report, err
	}
	l, err := r.recordAll(ctx, sides, q.DryRun)
	if err != nil {
		return report, err
	}
	report.Problems = l.problems
	for _, s := range sides {
		if s.lost, err = r.lostBase(s, l); err != nil {
			return report, err
		}
	}
	if err := r.takenOver(sides, l); err != nil {
		return report, err
	}
	if r.fetchAll(ctx, sides, l, q.DryRun); !slices.ContainsFunc(sides, func(s *side) bool { return endsAll(s.report.Err) }) {
		err = r.syncAll(ctx, sides, l, q)
	}
	for _, s := range sides {
		s.tellJoined(report, q.DryRun)
	}
	if !q.DryRun {
		err = errors.Join(err, r.endRestored(context.WithoutCancel(ctx), sides, l), r.notePast(sides, l))
	}
	return report, errors.Join(err, r.leave(ctx, l, report, q.DryRun))
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
	s.named = l.Tree
	var keep func(*Snapshot) error
	if !dry {
		keep = func(snap *Snapshot) error { return r.keepSnapshot(ctx, s, snap, "fetch") }
	}
	if until := r.NotBefore(s.rem.Name); !until.IsZero() {
		return &remote.Busy{Until: until, Asked: true}
	}
	got, err := r.fetch(ctx, s, l, keep)
	if got != nil && got.held == nil {
		s.report.gone, s.report.limits = got.gone, got.limits
	}
	if got != nil {
		s.report.binds = &[]Bind{}
		if got.held != nil {
			s.report.binds = &got.held.Binds
		}
		s.report.Problems = append(s.report.Problems, got.problems...)
		for _, step := range got.moved {
			s.report.done(step)
		}
	}
	if err != nil {
		return err
	}
	switch {
	case got.held != nil:
	case dry:
		s.snap = got.snap
		s.snap.Tree, err = s.snap.build(r.g, "fetch")
	default:
		err = r.keepSnapshot(ctx, s, got.snap, "fetch")
		if m := got.accepted; m != nil && err == nil && m.Keeper() == s.rem.Name {
			err = s.base.dropHoldAnswer(m.ID) // it is done
		}
	}
	if err == nil {
		s.got = got // from what could not be kept nothing follows (F58)
	}
	return err
}

// ready tells whether anything can be decided for a remote, having found out what became of an interrupted push to it.
func (r *Repo) ready(s *side, l *Local, q Request) (bool, error) {
	if s.got == nil {
		return false, nil // it could not be asked; the report says why
	}
	if s.got.held != nil {
		s.report.holdRemote(s.got.held)
		return false, nil
	}
	var err error
	if s.virtual, err = r.settlePush(s); err != nil {
		return false, err
	}
	if !q.DryRun {
		if err := r.emptyDirectories(s, l); err != nil {
			return false, &localError{err}
		}
	}
	return true, nil
}

// plan decides what is to be done with one remote, asking the program for conflicts in between.
func (r *Repo) plan(ctx context.Context, s *side, l *Local, q Request) error {
	s.idle = r.nothingSince(s, l, q)
	plan, err := r.decide(s, l, q)
	if err != nil {
		return err
	}
	s.settledAs(plan)
	if !q.DryRun && r.askCommand(ctx, s, plan) {
		if plan, err = r.decide(s, l, q); err != nil {
			return err
		}
	}
	s.sayUnsettled(plan)
	s.planned = plan
	s.report.plan(plan.after(s.imagined))
	r.at(AtDecided)
	return nil
}

func (r *Repo) decide(s *side, l *Local, q Request) (*Plan, error) {
	views, err := r.views(s, l)
	if err != nil {
		return nil, err
	}
	var said []HoldAnswer
	if !s.idle { // of what is not looked at no answer is over
		if said, err = s.base.holdAnswers(); err != nil {
			return nil, err
		}
	}
	plan := Decide(views, Bodies{r.parse, r.g.AddBlob}, Choice{
		Said: said, Chosen: q.Chosen,
		Remote: s.rem.Name, AllowDeletes: q.AllowDeletes, Deleted: s.report.deletions(), Guard: s.rem.Guard, Earlier: r.past(s, l), CopyOf: r.copied,
		Only: q.Only, Look: q.Look, Refusals: s.report.refusals,
		Policy: s.rem.Conflict.Take, Both: s.rem.Conflict.Both, Me: s.rem.Me, Host: s.rem.Host, OneWay: s.rem.OneWay, Inside: r.inside(s),
	})
	broken, err := s.broken()
	plan.Problems = append(plan.Problems, broken...)
	return plan, err
}

// inside is the view of a remote; nil: there is nothing outside.
func (r *Repo) inside(s *side) func(store.Hash) bool {
	if s.rem.Filter.all() {
		return nil
	}
	if s.report.outsiders == nil {
		s.report.outsiders = r.loadOutsiders(s.rem.Name, s.rem.Filter)
	}
	return s.report.outsiders.inside(r.parse)
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
