package repo

import (
	"context"
	"errors"
	"slices"
	"sync"

	"vgit/remote"
)

// A vdir may have several remotes. Each has a base, a tracking branch and a pending of its own, and what one does is for the others
// an edit of the vdir's. All are fetched side by side; then decide and pull run for one after the other, the vdir as one leaves it being
// what the next is decided with; then the pushes to all, planned against the vdir as the last one left it, run side by side. So one
// sync brings an edit from any to all.

// syncAll decides and does what is to be done with the remotes that could be asked. What fails is in the report of its remote, and
// the others go on; an error is one that ends the run.
func (r *Repo) syncAll(ctx context.Context, sides []*side, l *Local, q Request) error {
	open, err := each(sides, func(s *side) (bool, error) { return r.ready(s, l, q) })
	for range Rounds {
		if err != nil || len(open) == 0 {
			return err
		}
		if open, err = r.pullAll(ctx, open, l, q); err != nil {
			return err
		}
		if err = doNotSpread(open); err != nil || q.DryRun {
			return err
		}
		if open, err = r.pushAll(ctx, open, l); !slices.ContainsFunc(open, (*side).overtaken) {
			return err
		}
	}
	for _, s := range open {
		if s.overtaken() {
			s.report.problem(Problem{Remote: s.rem.Name, What: "items were changed there again and again; the next sync goes on", Severity: Temporary})
		}
	}
	return err
}

// overtaken tells whether a push met items in another state than planned.
func (s *side) overtaken() bool { return len(s.again) > 0 }

// each does something for one remote after the other and gives those that it is to go on with. What fails is noted in the report.
func each(sides []*side, do func(*side) (bool, error)) (open []*side, err error) {
	for _, s := range sides {
		goOn, err := do(s)
		if err != nil {
			s.report.fail(err)
			if ends(err) {
				return nil, err
			}
			if endsAll(err) {
				return nil, nil
			}
		} else if goOn {
			open = append(open, s)
		}
	}
	return open, nil
}

// ends tells whether an error ends the run, and not only the work with one remote.
func ends(err error) bool { return fatal(err) && !errors.Is(err, remote.ErrLogin) }

// endsAll tells whether an error of one remote ends the work with the others, too: this machine fails, or the run was told to end (F58).
func endsAll(err error) bool {
	var unkept *unkeptError
	return ends(err) || errors.As(err, &unkept)
}

// pullAll decides and pulls for one remote after the other, until no plan was made for another vdir than the one that there is now.
// One whose plan cannot keep up is left to the next sync.
func (r *Repo) pullAll(ctx context.Context, open []*side, l *Local, q Request) ([]*side, error) {
	var err error
	for range Rounds {
		moved := false
		open, err = each(open, func(s *side) (bool, error) {
			if s.upToDate(l) {
				return true, nil
			}
			moved = true
			return true, r.planAndPull(ctx, s, l, q)
		})
		if err != nil || !moved {
			return open, err
		}
	}
	return slices.DeleteFunc(open, func(s *side) bool { return !s.upToDate(l) }), nil
}

// doNotSpread takes out of the plans what would make an item on one remote while it waits for another. Where it is missing somebody may have
// removed it, and other machines would take what is made in its place for an edit of what theirs was, and carry it over the other half
// of the conflict.
func doNotSpread(open []*side) error {
	for _, s := range open {
		if len(s.others) == 0 {
			return nil
		}
		waits, err := s.waitElsewhere()
		if err != nil {
			return err
		}
		if len(waits) == 0 {
			continue
		}
		spreads := func(step Step) bool {
			return step.Side == There && step.State == Do && (step.Kind == Create && waits[step.path()] || step.Kind == Delete && waits[step.Needs])
		}
		s.planned.Steps = slices.DeleteFunc(s.planned.Steps, spreads)
		if p := s.report.Plan; p != s.planned {
			p.Steps = slices.DeleteFunc(p.Steps, spreads)
		}
	}
	return nil
}

// waitElsewhere are the items that wait for another remote, by collection and name.
func (s *side) waitElsewhere() (map[string]bool, error) {
	waits := map[string]bool{}
	for _, o := range s.others {
		if o.planned != nil {
			for _, step := range o.planned.InState(Waits) {
				waits[step.path()] = true
			}
			continue
		}
		for coll := range o.base.pairs { // it could not be asked
			shown, err := o.base.shown(coll)
			if err != nil {
				return nil, err
			}
			for name := range shown {
				waits[coll+"/"+name] = true
			}
		}
	}
	return waits, nil
}

// upToDate tells whether there is a plan for a remote that is still to be carried out, made for the vdir as it is now.
func (s *side) upToDate(l *Local) bool { return s.planned != nil && s.plannedOn == l.Tree }

// planAndPull decides for one remote and does the part of the plan that writes into the vdir.
func (r *Repo) planAndPull(ctx context.Context, s *side, l *Local, q Request) error {
	if err := r.followPulls(ctx, s, l, q.DryRun); err != nil {
		return err
	}
	if err := r.plan(ctx, s, l, q); err != nil {
		return err
	}
	if made, err := r.makeCollections(ctx, s, s.planned, l, q.DryRun); err != nil {
		return err
	} else if made {
		if err := r.plan(ctx, s, l, q); err != nil {
			return err
		}
	}
	s.again = nil
	var err error
	dropped := false
	if q.DryRun {
		err = r.imagine(s, l)
	} else if err = r.obeyed(ctx, s, s.planned, l); err == nil {
		if err = r.pull(ctx, s, s.planned, l); err == nil {
			dropped, err = r.dropGone(ctx, s, l)
		}
	}
	if dropped && err == nil { // what is only here now may be made there
		return r.planAndPull(ctx, s, l, q)
	}
	s.plannedOn = l.Tree
	return err
}

// followPulls lets pairs and rows take the names that their items have in the vdir, now that other remotes have put theirs there: an
// item that two remotes call by different names has one file, and two items that they call by one name have two.
func (r *Repo) followPulls(ctx context.Context, s *side, l *Local, dry bool) error {
	if len(s.others) == 0 || s.named == l.Tree {
		return nil
	}
	s.named = l.Tree
	before := s.snap
	if err := r.followFiles(s, l); err != nil || dry {
		return err
	}
	moved := s.snap
	s.snap = before
	return r.keepSnapshot(ctx, s, moved, "move")
}

// imagine does in memory what a pull would do, so that a dry run decides for the next remote as the sync will.
func (r *Repo) imagine(s *side, l *Local) error {
	if len(s.others) == 0 {
		return nil
	}
	byColl := map[string]edits{}
	for _, step := range s.free(s.planned.On(Here, Do)) {
		if byColl[step.Collection] == nil {
			byColl[step.Collection] = edits{}
			l.dirs[step.Collection] = true
		}
		byColl[step.Collection][step.Name] = step.After
		s.imagined = append(s.imagined, *step)
		if err := r.noted(s, step); err != nil {
			return err
		}
	}
	for _, step := range s.free(agreements(s.planned)) {
		if err := r.noted(s, step); err != nil {
			return err
		}
	}
	var err error
	for coll, ed := range byColl {
		if l.Tree, err = editPath(r.g, l.Tree, r.o.Layout.dir(coll), ed); err != nil {
			return err
		}
	}
	l.colls, err = r.o.Layout.collections(r.g, l.Tree)
	return err
}

// pushAll sends what the plans say, to all remotes side by side, and then settles with one after the other what came of it. One that
// the disk fails ends the others, too (F58).
func (r *Repo) pushAll(ctx context.Context, open []*side, l *Local) ([]*side, error) {
	sending, stop := context.WithCancel(ctx)
	defer stop()
	failed := make([]error, len(open))
	var group sync.WaitGroup
	for i, s := range open {
		group.Go(func() {
			if s.again, failed[i] = r.push(sending, s, s.planned, l); failed[i] == nil {
				failed[i] = r.pushProperties(sending, s, s.planned, l)
			}
			if endsAll(failed[i]) {
				stop()
			}
		})
	}
	group.Wait()
	for i, s := range open {
		s.planned = nil
		failed[i] = errors.Join(failed[i], r.amendFiles(ctx, s, l))
		if failed[i] != nil || !s.overtaken() {
			failed[i] = errors.Join(failed[i], r.settled(ctx, s, l))
		}
	}
	i := -1
	return each(open, func(s *side) (bool, error) {
		if i++; failed[i] == nil && s.overtaken() {
			return true, r.meet(ctx, s, l, s.again)
		}
		return true, failed[i]
	})
}
