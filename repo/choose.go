package repo

import (
	"slices"

	"vgit/repo/store"
)

// StepKey names a step by all that it does: one with the same key does the same to the same state.
type StepKey struct {
	Remote, Collection, Name string
	Side                     Side
	Kind                     StepKind
	Before, After            store.Hash
}

// Key is the name of a step.
func (s *Step) Key() StepKey {
	return StepKey{s.Remote, s.Collection, s.Name, s.Side, s.Kind, s.Before, s.After}
}

// Chosen are the steps that a person said yes to, having seen a plan. nil: nobody was asked, and all are done. What the plan of a later run
// has besides, since somebody changed something meanwhile, is left like what the person said no to.
type Chosen map[StepKey]bool

// takes tells whether a step may be done: a person said yes to it, to the collection that it makes an item of, or to the hold it belonged to.
func (c Chosen) takes(s *Step) bool {
	made := StepKey{Remote: s.Remote, Collection: s.Collection, Side: There, Kind: Whole}
	return c[s.Key()] || s.Answered.ID != "" || s.Side == There && s.Kind == Create && c[made]
}

// Unit are steps that go together or not at all: all of one item, since what is sent of it may rest on what is written, and both halves of a
// move.
type Unit []*Step

// Answered tells whether all steps of a unit carry out what a person said already.
func (u Unit) Answered() bool {
	return !slices.ContainsFunc(u, func(s *Step) bool { return s.Answered.ID == "" })
}

// Units are the steps in one state that change anything, in the order of the plan.
func (p *Plan) Units(state StepState) []Unit {
	leader := map[string]string{} // of an item whose delete needs the create of another one
	for i := range p.Steps {
		if s := &p.Steps[i]; s.State == state && s.Needs != "" {
			leader[s.path()] = s.Needs
		}
	}
	var units []Unit
	at := map[string]int{}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.State != state || s.Kind == Agree || s.Kind == Rename {
			continue
		}
		path := s.path()
		for n := 0; leader[path] != "" && n < len(leader); n++ { // an item that came in where another one left
			path = leader[path]
		}
		k, known := at[path]
		if !known {
			k = len(units)
			at[path], units = k, append(units, nil)
		}
		units[k] = append(units[k], s)
	}
	return units
}

// choose leaves what a person did not say yes to. It comes after the guard, which weighs all that there is to be done.
func (p *Plan) choose(c Chosen) {
	if c == nil {
		return
	}
	for _, u := range p.Units(Do) {
		if slices.ContainsFunc(u, func(s *Step) bool { return !c.takes(s) }) {
			for _, s := range u {
				s.State = Left
			}
		}
	}
}
