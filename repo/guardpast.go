package repo

import (
	"slices"

	"vgit/repo/store"
)

// This file is how the guard counts what was done before this run.

// classes are those that the writes of the past count for.
var classes = map[Side]map[StepKind]Class{
	Here:  {Create: PullAdditions, Update: PullChanges, Delete: PullDeletions},
	There: {Create: PushAdditions, Update: PushChanges, Delete: PushDeletions},
}

// ask reads the past, once.
func (g *guard) ask() {
	if g.asked {
		return
	}
	g.asked, g.earlier = true, map[place][]Applied{}
	if g.choice.Earlier == nil {
		return
	}
	for _, a := range g.settled(g.choice.Earlier.Applied()) {
		k := place{a.Collection, classes[a.Side][a.Kind]}
		g.earlier[k] = append(g.earlier[k], a)
	}
}

// settled leaves out the two halves of each move: what went away in one place and came up, and stayed, in another on the same side.
func (g *guard) settled(all []Applied) []Applied {
	type body struct {
		side Side
		hash store.Hash
	}
	gone, came := map[body]bool{}, map[body]bool{}
	left := deletedPlaces(all)
	for _, a := range all {
		switch {
		case a.Kind == Delete:
			gone[body{a.Side, a.Before}] = true
		case a.Kind == Create && !left[a.inverse()]:
			came[body{a.Side, a.After}] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(a Applied) bool {
		return a.Kind == Delete && came[body{a.Side, a.Before}] || a.Kind == Create && !left[a.inverse()] && gone[body{a.Side, a.After}]
	})
}

// deletedPlaces are the deletions among some writes.
func deletedPlaces(all []Applied) map[Applied]bool {
	left := map[Applied]bool{}
	for _, a := range all {
		if a.Kind == Delete {
			left[a] = true
		}
	}
	return left
}

// inverse is the deletion that takes a creation back.
func (a Applied) inverse() Applied {
	a.Kind, a.Before, a.After = Delete, a.After, a.Before
	return a
}

// before is how many items, besides those of some steps, were written in the last 24 hours, of one class in one collection. A deleted
// item that is back is none.
func (g *guard) before(coll string, class Class, steps []int) int {
	g.ask()
	names := map[string]bool{}
	for _, a := range g.earlier[place{coll, class}] {
		back := false
		if v := g.views[coll]; v != nil && a.Kind == Delete {
			back = !v.BaseLocal[a.Name].IsZero()
		}
		if !back {
			names[a.Name] = true
		}
	}
	for _, i := range steps {
		delete(names, g.Steps[i].Name)
	}
	return len(names)
}

// onlyStrong leaves the earlier pulls of a collection out that were no edits.
func (g *guard) onlyStrong(coll string) {
	k := place{coll, PullChanges}
	g.earlier[k] = slices.DeleteFunc(g.earlier[k], func(a Applied) bool { return !g.strong(a.Before, a.After) })
}

// then is the size that a collection had 24 hours ago.
func (g *guard) then(coll string) int {
	if g.choice.Earlier == nil {
		if v := g.views[coll]; v != nil {
			return len(v.BaseLocal)
		}
		return 0
	}
	return g.choice.Earlier.Then(coll)
}

// first tells whether a collection is in its first sync.
func (g *guard) first(v *View) bool {
	if g.choice.Earlier == nil {
		return len(v.BaseLocal) == 0
	}
	return g.choice.Earlier.First(v.Collection)
}

// size is that of a collection 24 hours ago or now, whichever is more. Of one that is younger, what went away since counts as well.
func (g *guard) size(coll string) int {
	now := 0
	if v := g.views[coll]; v != nil {
		now = len(v.BaseLocal)
	} else if g.choice.Earlier != nil {
		now = g.choice.Earlier.Sizes()[coll]
	}
	if then := g.then(coll); then > 0 {
		return max(now, then)
	}
	return now + g.before(coll, PushDeletions, nil) + g.before(coll, PullDeletions, nil)
}

// carried is the size of a collection where not everything is carried, with what went away since: what its view shows, and the side that is
// written to still has. Else files that a window has left behind, or that were only deleted on the other side, would hide that all others are
// gone. It is counted as far as it matters to a tally.
func (g *guard) carried(v *View, class Class, b bound, t tally) int {
	t.of = g.before(v.Collection, PushDeletions, nil) + g.before(v.Collection, PullDeletions, nil)
	on, in := v.There, g.choice.Inside
	if class.pulls() {
		on = v.Local
	}
	for name, l0 := range v.BaseLocal {
		if t.of >= b.whole && !b.exceeds(t) {
			break
		}
		if !on[name].IsZero() && (in == nil || in(l0) || in(v.BaseThere[name])) {
			t.of++
		}
	}
	return t.of
}
