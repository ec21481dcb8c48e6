package repo

import (
	"fmt"
	"strings"

	"vgit/repo/item"
)

// rollback holds what a server that was restored from a backup would take back (G8b): bodies that it had before, and such whose clocks went
// backwards. What a person put back is none.
func (g *guard) rollback(v *View) {
	b := g.limits().bound(PullRollback)
	now := Items{}
	var steps []int
	for _, i := range g.free(v.Collection, PullChanges) {
		if s := &g.Steps[i]; !v.PutBack[s.Name] && !v.There[s.Name].IsZero() {
			now[s.Name], steps = v.There[s.Name], append(steps, i)
		}
	}
	if len(steps) < min(b.Least, b.passes(len(v.BaseLocal))+1) {
		return
	}
	turned := map[string]int{}
	for name := range now {
		if turned[name] = g.clocks(v, name); turned[name] > 0 {
			delete(now, name) // a later state than that of the pair is no older one
		}
	}
	var older map[string]bool
	if g.choice.Earlier != nil && len(now) >= b.Least {
		older = g.choice.Earlier.Older(v.Collection, now)
	}
	var back []int
	earlier, clocks := 0, 0
	for _, i := range steps {
		name := g.Steps[i].Name
		if turned[name] < 0 {
			clocks++
		}
		if older[name] {
			earlier++
		}
		if turned[name] < 0 || older[name] {
			back = append(back, i)
		}
	}
	t := tally{now: clocks, of: len(v.BaseLocal)}
	switch {
	case g.choice.narrow():
		t.of = g.carried(v, PullRollback, b, t)
	case b.exceeds(t):
		t.of = g.size(v.Collection)
	}
	switch {
	case earlier >= max(b.Least, 1):
		g.hold(v, PullRollback, back, fmt.Sprintf("%s of %d would be as it was before, as after a restored backup; at most %d pass at once", count(earlier, "item"), len(v.BaseLocal), b.Least-1))
	case b.exceeds(t):
		g.hold(v, PullRollback, back, "clocks go backwards, as after a restored backup, in "+b.why(t, ""))
	}
}

// clocks tells how those of an item went, from the pair to what the remote holds: 1 on, -1 back and none on, 0 neither.
func (g *guard) clocks(v *View, name string) int {
	before, err := g.read(v.BaseThere[name])
	if err != nil {
		return 0
	}
	now, err := g.read(v.There[name])
	if err != nil || before.Master() == nil || now.Master() == nil {
		return 0
	}
	way := 0
	for _, clock := range []string{"SEQUENCE", "LAST-MODIFIED", "REV"} {
		a, b := before.Master().Leaf(clock), now.Master().Leaf(clock)
		if a == nil || b == nil {
			continue
		}
		switch a, b := digits(a), digits(b); {
		case ahead(b, a):
			return 1
		case ahead(a, b):
			way = -1
		}
	}
	return way
}

// digits is the value of a clock without what a time may be written with or without.
func digits(l *item.Leaf) string {
	value, _, _ := strings.Cut(strings.TrimSpace(l.Value()), ".")
	return strings.TrimLeft(strings.NewReplacer("-", "", ":", "", "Z", "").Replace(value), "0")
}

// ahead compares two values of a clock: numbers, or times as digits.
func ahead(a, b string) bool { return len(a) > len(b) || len(a) == len(b) && a > b }
