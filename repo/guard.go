package repo

import (
	"cmp"
	"fmt"
	"slices"

	"vgit/repo/store"
)

// The guard counts what a plan is about to do, after moves were paired, and holds what is too much at once: one class of steps in one
// collection, while all else goes on. It counts items, not steps, and with them what was done in the last 24 hours and nobody accepted by
// name, so that many small runs add up. What it costs is linear in the plan; the past is asked for only by a plan that has something to count.

// Earlier is what the guard asks about the time before this run. The answers are worked out from the refs when somebody asks, and are the
// same for the same refs and clock.
type Earlier interface {
	// Applied are the writes of the last 24 hours between the vdir and this remote that nobody accepted by name.
	Applied() []Applied
	// Then is how many items the base had in a collection 24 hours ago; 0: it had none.
	Then(coll string) int
	// First tells whether a collection has never been in step yet: then all that comes is its first sync, which may have been cut short.
	First(coll string) bool
	// Sizes are how many items the base has, by collection.
	Sizes() map[string]int
	// Older tells which bodies of a collection the remote had before, and then others instead.
	Older(coll string, now Items) map[string]bool
}

// Applied is one write that was carried out: to one item, on one side.
type Applied struct {
	Side             Side
	Kind             StepKind // Create, Update or Delete
	Collection, Name string
	Before, After    store.Hash
}

// place is a class of steps in one collection.
type place struct {
	coll  string
	class Class
}

// guard is at work on one plan.
type guard struct {
	*Plan
	views   map[string]*View
	order   []*View
	choice  Choice
	read    Read
	steps   map[place][]int // what counts, by its places in the plan
	held    map[string]Hold // by collection and name
	earlier map[place][]Applied
	asked   bool
}

// holdTooMuch holds what is too much in a plan.
func holdTooMuch(p *Plan, views []View, c Choice, read Read) {
	g := &guard{Plan: p, views: map[string]*View{}, choice: c, read: read, steps: map[place][]int{}, held: map[string]Hold{}}
	for i := range views {
		g.views[views[i].Collection], g.order = &views[i], append(g.order, &views[i])
	}
	g.sort()
	if len(g.steps) == 0 {
		return
	}
	g.deletions()
	for _, v := range g.order {
		g.rollback(v)
		for _, class := range []Class{PullChanges, PushChanges, PullAdditions, PushAdditions} {
			g.class(v, class)
		}
		g.attendees(v)
	}
	g.wholeItems()
	slices.SortStableFunc(p.Holds, func(a, b Hold) int { return cmp.Compare(a.Collection, b.Collection) })
}

// sort finds out which steps count for what. Moves, and what a person accepted, count for nothing (G5, G20). The file of an item that is to be
// deleted there goes with that deletion: it was brought back while the item waited, and nobody deleted it there.
func (g *guard) sort() {
	moved, sent := map[string]bool{}, map[string]bool{}
	for i := range g.Steps {
		s := &g.Steps[i]
		if s.Needs != "" {
			moved[string(s.Side)+s.Needs], moved[string(s.Side)+s.path()] = true, true
		}
		if s.Side == There && s.Kind == Delete && s.State == Do {
			sent[s.path()] = true
		}
	}
	for i := range g.Steps {
		s := &g.Steps[i]
		v := g.views[s.Collection]
		if s.State != Do || v == nil || moved[string(s.Side)+s.path()] || v.accepted(s.Name) || s.Side == Here && s.Kind == Delete && sent[s.path()] {
			continue
		}
		if class := classOf(s, v); class != "" {
			k := place{s.Collection, class}
			g.steps[k] = append(g.steps[k], i)
		}
	}
}

// classOf is what a step counts for, "" for nothing. What is put back is no addition (G20, G23), what a person settled a conflict of no change,
// and a pull is a change only if it is one there.
func classOf(s *Step, v *View) Class {
	push := s.Side == There
	switch {
	case s.Kind == Delete && push:
		return PushDeletions
	case s.Kind == Delete:
		return PullDeletions
	case s.Kind != Create && s.Kind != Update || s.Side == "":
		return ""
	case s.Kind == Create && v.PutBack[s.Name]:
		return ""
	case s.Kind == Create && push:
		return PushAdditions
	case s.Kind == Create:
		return PullAdditions
	case len(v.Answers[s.Name]) > 0:
		return ""
	case push:
		return PushChanges
	case v.There[s.Name] != v.BaseThere[s.Name]:
		return PullChanges
	}
	return ""
}

// free are the steps of a class in a collection that are not held yet.
func (g *guard) free(coll string, class Class) []int {
	return slices.DeleteFunc(slices.Clone(g.steps[place{coll, class}]), func(i int) bool { return g.Steps[i].State != Do })
}

// class tests one class in one collection, and holds its steps.
func (g *guard) class(v *View, class Class) {
	steps := g.free(v.Collection, class)
	if class == PushChanges || class == PullChanges { // what a person had put back by name is no script run over the vdir
		steps = slices.DeleteFunc(steps, func(i int) bool { return g.Steps[i].Answered.Refuse })
	}
	if len(steps) == 0 {
		return
	}
	b := g.limits().bound(class)
	t, over := g.count(v, class, steps)
	if !over || b.over && g.first(v) {
		return // the first sync of a collection brings all of it
	}
	if class == PullChanges {
		steps = slices.DeleteFunc(steps, func(i int) bool { return !g.strong(g.Steps[i].Before, g.Steps[i].After) })
		if t, over = g.count(v, class, steps); !over {
			return
		}
	}
	g.hold(v, class, steps, b.why(t, ""))
}

// count counts a class in a collection, the last 24 hours included, and tells whether it is too much.
func (g *guard) count(v *View, class Class, steps []int) (t tally, over bool) {
	b := g.limits().bound(class)
	t = tally{now: len(steps), earlier: g.before(v.Collection, class, steps), of: len(v.BaseLocal)}
	switch {
	case g.choice.narrow():
		t.of = g.carried(v, class, b, t)
	case t.earlier > 0 || b.exceeds(t):
		t.of = g.size(v.Collection)
	}
	if class == PullChanges && t.earlier > 0 && b.exceeds(t) {
		g.onlyStrong(v.Collection)
		t.earlier = g.before(v.Collection, class, steps)
	}
	if rest := (tally{now: t.now, of: len(v.BaseLocal)}); !b.exceeds(t) && b.whole > 0 && rest.now == rest.of && b.exceeds(rest) {
		return rest, true // all that is left is all there is, however much there was yesterday
	}
	return t, b.exceeds(t)
}

// hold keeps steps back.
func (g *guard) hold(v *View, class Class, steps []int, why string) {
	h := Hold{Class: class, Remote: g.choice.Remote, Collection: v.Collection, Side: There, Why: why}
	switch class {
	case PullDeletions, PullChanges, PullRollback, PullAdditions:
		h.Side = Here
	}
	asked := 0
	for _, i := range steps {
		name := g.Steps[i].Name
		h.States = append(h.States, v.state(name))
		if _, ok := v.Restored[name]; ok || v.Taken[name] {
			asked++
		}
	}
	switch {
	case h.Side == Here || asked == 0:
	case asked == len(steps):
		h.Why += "; a restore or undo asks for all of it, as put back here"
	default:
		h.Why += fmt.Sprintf("; a restore or undo asks for %d of them, as put back here", asked)
	}
	g.Plan.hold(h, steps)
	for _, i := range steps {
		g.held[g.Steps[i].path()] = g.Holds[len(g.Holds)-1]
	}
}

// wholeItems holds the other steps of items of which the guard holds one: what was merged goes to both sides or to none.
func (g *guard) wholeItems() {
	for i := range g.Steps {
		s := &g.Steps[i]
		if h, ok := g.held[s.path()]; ok && s.State == Do {
			s.State, s.Hold, s.HoldID = Held, h.Class, h.ID
		}
	}
}

// limits are those that were chosen, or the usual ones.
func (g *guard) limits() GuardLimits {
	if g.choice.Guard == (GuardLimits{}) {
		return DefaultLimits()
	}
	return g.choice.Guard
}

// strong tells whether a change is an edit, and no mere bookkeeping or spelling. What cannot be read is one.
func (g *guard) strong(before, after store.Hash) bool {
	return (&decider{read: g.read}).strong(before, after)
}
