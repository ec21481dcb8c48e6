package repo

import (
	"context"

	"vgit/merge"
	"vgit/repo/store"
)

// noted moves the pair of a step that was carried out; if the step only shows what a merge gave, the pair stays.
func (r *Repo) noted(s *side, step *Step) error {
	if step.unshift {
		if err := s.base.put(step.Collection, step.Name, map[int]store.Hash{inShifted: {}}); err != nil {
			return err
		}
	}
	if !step.Shows {
		if err := s.base.set(step.Collection, step.Name, step.Local, step.There); err != nil {
			return err
		}
		return s.base.noteNotKept(r, step.Collection, step.Name, nil)
	}
	if len(step.settled) > 0 {
		var list []Answer
		if !step.whole.Body.IsZero() {
			list, step.settled = []Answer{step.whole}, nil
		}
		for _, slot := range step.settled {
			list = append(list, Answer{L0: step.l0, R0: step.r0, L1: step.Intent, R1: step.There, Slot: slot, Choice: merge.TakeLocal})
		}
		if err := s.base.answer(s.rem.Name, r.o.Now().UTC().Format(timeFormat), step.Collection, step.Name, list); err != nil {
			return err
		}
	}
	return s.base.show(step.Collection, step.Name, Shown{File: step.After, Intent: step.Intent, There: step.There})
}

// movePairs makes the pairs durable that steps were decided with and that the base does not have yet: what is shown is measured by
// them from then on. They are those of an interrupted push, or of an item that came back and was edited since.
func (r *Repo) movePairs(ctx context.Context, s *side, steps []*Step, l *Local) error {
	moved := map[string]bool{}
	for _, step := range steps {
		if !step.Shows || step.l0.IsZero() || step.r0.IsZero() {
			continue
		}
		local, there, err := s.base.items(step.Collection)
		if err != nil {
			return err
		}
		if local[step.Name] == step.l0 && there[step.Name] == step.r0 {
			continue
		}
		if err := s.base.set(step.Collection, step.Name, step.l0, step.r0); err != nil {
			return err
		}
		moved[step.path()] = true
		delete(s.virtual[step.Collection], step.Name)
	}
	if len(moved) == 0 {
		return nil
	}
	s.pending.end(func(e entry) bool { return !e.kind.pull() && moved[e.coll+"/"+e.name] })
	return r.agree(ctx, s, l)
}

// agree writes the base if any pair moved, and then pending without what is settled.
func (r *Repo) agree(ctx context.Context, s *side, l *Local) error {
	changes, finish, err := r.agreement(s, l)
	if err != nil || len(changes) == 0 {
		return err
	}
	if err := r.publish(ctx, AtAgreeKept, "vgit: agree with "+s.rem.Name, changes...); err != nil {
		return err
	}
	r.at(AtAgreed)
	return finish()
}

// agreement gives the ref changes of agree, and what is to be noted once they are made.
func (r *Repo) agreement(s *side, l *Local) (changes []store.RefChange, finish func() error, err error) {
	finish = func() error { return nil }
	if s.base.changed() {
		tree, err := s.base.build(r.g)
		if err != nil {
			return nil, nil, err
		}
		text := "base " + s.rem.Name + "\n\nRemote: " + s.rem.Name + "\n"
		tracking := s.snap.Commit
		if c, err := r.g.Commit(s.pending.commit); tracking.IsZero() && err == nil && len(c.Parents) == 2 {
			tracking = c.Parents[1] // the branch was lost, the plan was not
		}
		commit, err := r.commit("", text, tree, l.Commit, tracking, s.base.commit)
		if err != nil {
			return nil, nil, err
		}
		changes = append(changes, store.RefChange{Name: baseRef(s.rem.Name), Old: s.base.commit, New: commit})
		main := l.Commit
		finish = func() error { return s.base.written(commit, tree, main, tracking) }
	}
	standing := len(s.pending.entries)
	change, err := r.rewritten(s.pending, l.Commit, s.snap.Commit)
	if err != nil {
		return nil, nil, err
	}
	if standing == 0 && !change.Old.IsZero() || standing > 0 && s.pending.shrunk() {
		changes = append(changes, change)
		inner := finish
		finish = func() error {
			s.pending.commit, s.pending.stored, s.pending.marked = change.New, standing, false
			return inner()
		}
	}
	return changes, finish, nil
}
