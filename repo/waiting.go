package repo

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"vgit/merge"
	"vgit/repo/item"
	"vgit/repo/store"
)

// Policy is what becomes of the slots of an item that both sides changed differently. At most one of its fields is set.
type Policy struct {
	Take merge.Policy
	// Both leaves theirs under the UID and makes ours a new item. An item that others are invited to waits instead.
	Both bool
	// Command is asked for the item as it should be. An error, or an item that cannot be taken, lets it wait.
	Command func(ctx context.Context, w *Waiting) ([]byte, error)
}

// Waiting is an item that waits because both sides changed it differently, with all that it takes to settle it. Bodies are nil
// where the item is absent.
type Waiting struct {
	// Step is as in a plan: it has the names, the title and the conflicts.
	Step *Step
	// Base is what both sides held when they last agreed, in its local form; Ours and Theirs are what the two stand for today;
	// Clean is what the file shows: all that could be merged, and of each conflict one side.
	Base, Ours, Theirs, Clean []byte

	there  []byte // what the remote held when they agreed
	remote Remote
}

// Resolution is a person's answer: for some slots by their names, or the whole item as it should be.
type Resolution struct {
	Choices map[string]merge.Choice
	Body    []byte
}

// ErrOneSide says that of a property one side's value has to be taken.
var ErrOneSide = errors.New("a property has one value: take that of this side or of the other, or write it into the file")

// ErrMoved says that an item is not any more what a person was shown.
var ErrMoved = errors.New("it has changed meanwhile; look at it again")

// Waiting lists the items that wait, from what is known here, as Status does: it asks no remote and writes nothing.
func (r *Repo) Waiting(ctx context.Context, q Request) ([]*Waiting, error) {
	sides, _, err := r.known(ctx, q, newReport(q.Remotes))
	if err != nil {
		return nil, err
	}
	var list []*Waiting
	for _, s := range sides {
		for _, step := range s.report.Plan.InState(Waits) {
			w, err := r.waiting(s.rem, step)
			if err != nil {
				return nil, err
			}
			list = append(list, w)
		}
	}
	return list, nil
}

// waiting reads the bodies of a step that waits.
func (r *Repo) waiting(rem Remote, step *Step) (*Waiting, error) {
	w := &Waiting{Step: step, remote: rem}
	for _, b := range []struct {
		h    store.Hash
		into *[]byte
	}{{step.l0, &w.Base}, {step.r0, &w.there}, {step.Intent, &w.Ours}, {step.There, &w.Theirs}, {step.Local, &w.Clean}} {
		if b.h.IsZero() {
			continue
		}
		var err error
		if *b.into, err = r.g.Blob(b.h); err != nil {
			return nil, fmt.Errorf("%s: %w", step.path(), err)
		}
	}
	return w, nil
}

// Resolve takes down, under the lock, how an item is to be settled; the next sync does it. Nothing else is touched. If the item has
// moved on since it was listed, the answer is ErrMoved.
func (r *Repo) Resolve(ctx context.Context, w *Waiting, a Resolution) error {
	unlock, err := r.s.Lock()
	if err != nil {
		return err
	}
	return errors.Join(r.resolve(ctx, w, a), unlock())
}

func (r *Repo) resolve(ctx context.Context, w *Waiting, a Resolution) error {
	q := Request{Remotes: []Remote{w.remote}, DryRun: true}
	sides, l, err := r.known(ctx, q, newReport(q.Remotes))
	if err != nil {
		return err
	}
	if len(sides) == 0 || !slices.ContainsFunc(sides[0].report.Plan.InState(Waits), w.Step.asBefore) {
		return ErrMoved
	}
	said, err := r.said(w, a)
	if err != nil {
		return err
	}
	// What else this look has found out is for the next sync to find again.
	s := &side{rem: w.remote, report: sides[0].report}
	if err := r.loadSide(s); err != nil {
		return err
	}
	if err := s.base.answer(s.rem.Name, r.o.Now().UTC().Format(timeFormat), w.Step.Collection, w.Step.Name, said); err != nil {
		return err
	}
	if l.main.IsZero() {
		return ErrMoved
	}
	l.Commit = l.main // an edit that is not recorded yet is for the next sync, too
	return r.agree(ctx, s, l)
}

// asBefore tells whether an item waits in the state that it was listed in.
func (s *Step) asBefore(now *Step) bool {
	return s.Collection == now.Collection && s.Name == now.Name && s.l0 == now.l0 && s.r0 == now.r0 && s.Intent == now.Intent && s.There == now.There
}

// said turns a resolution into what is filed.
func (r *Repo) said(w *Waiting, a Resolution) ([]Answer, error) {
	state := Answer{L0: w.Step.l0, R0: w.Step.r0, L1: w.Step.Intent, R1: w.Step.There}
	if a.Body != nil && w.Step.Kind == Property {
		return nil, ErrOneSide
	}
	if a.Body != nil {
		if err := w.Accepts(a.Body); err != nil {
			return nil, err
		}
		state.Body = r.g.AddBlob(a.Body)
		return []Answer{state}, nil
	}
	var list []Answer
	for slot, choice := range a.Choices {
		known := slices.ContainsFunc(w.Step.Conflicts, func(c merge.Conflict) bool { return c.Slot == slot })
		if w.Step.Kind == Property && choice == merge.TakeBoth {
			return nil, ErrOneSide
		}
		if !known || choiceWords[choice] == "" {
			return nil, fmt.Errorf("%s: no such conflict or choice", slot)
		}
		one := state
		one.Slot, one.Choice = slot, choice
		list = append(list, one)
	}
	if len(list) == 0 {
		return nil, errors.New("nothing was chosen")
	}
	return list, nil
}

// Accepts tells why a body cannot be taken for the item: it has to be one whole item of the same kind, with the same UID.
func (w *Waiting) Accepts(body []byte) error {
	it := item.Parse(body)
	if it.State() != item.Sound {
		return fmt.Errorf("it cannot be read: %s", it.Problem())
	}
	for _, b := range [][]byte{w.Ours, w.Theirs, w.Base} {
		if b == nil {
			continue
		}
		old := item.Parse(b)
		switch {
		case old.State() != item.Sound:
		case uidOf(old) != uidOf(it):
			return fmt.Errorf("its UID is not %q any more", old.UID())
		case old.Component() != it.Component():
			return fmt.Errorf("it is a %s and not a %s any more", it.Component(), old.Component())
		}
	}
	return nil
}

// askCommand lets the program of a remote settle what waits, and takes down what it says; the plan is then made anew. It tells whether it said
// anything. Each state of an item is asked about once in a run.
func (r *Repo) askCommand(ctx context.Context, s *side, plan *Plan) (said bool) {
	if s.rem.Conflict.Command == nil {
		return false
	}
	for _, step := range plan.InState(Waits) {
		if step.Kind == Property || s.asked[step.path()] == [2]store.Hash{step.Intent, step.There} {
			continue
		}
		if s.asked == nil {
			s.asked, s.unsettled = map[string][2]store.Hash{}, map[string]string{}
		}
		s.asked[step.path()] = [2]store.Hash{step.Intent, step.There}
		delete(s.unsettled, step.path())
		if err := r.askOne(ctx, s, step); err != nil {
			s.unsettled[step.path()] = err.Error()
			continue
		}
		said = true
	}
	return said
}

// sayUnsettled adds to each item that waits why the program did not settle it.
func (s *side) sayUnsettled(plan *Plan) {
	for _, step := range plan.InState(Waits) {
		if why := s.unsettled[step.path()]; why != "" {
			step.Why += "; " + why
		}
	}
}

func (r *Repo) askOne(ctx context.Context, s *side, step *Step) error {
	w, err := r.waiting(s.rem, step)
	if err != nil {
		return err
	}
	body, err := s.rem.Conflict.Command(ctx, w)
	if err != nil {
		return err
	}
	list, err := r.said(w, Resolution{Body: body})
	if err != nil {
		return err
	}
	return s.base.answer(s.rem.Name, r.o.Now().UTC().Format(timeFormat), step.Collection, step.Name, list)
}
