package repo

import "fmt"

// deletions holds them in either direction: by collection (G6, G8), by remote (G14), or as this run was told (G21).
func (g *guard) deletions() {
	classes := []Class{PullDeletions, PushDeletions}
	if allow := g.choice.AllowDeletes; allow != 0 {
		total := g.choice.Deleted
		for _, v := range g.order {
			for _, class := range classes {
				total += len(g.free(v.Collection, class))
			}
		}
		if total <= max(allow, 0) {
			return
		}
		for _, class := range classes {
			g.holdDeletions(class, fmt.Sprintf("this run may make %d, and there are %d", max(allow, 0), total))
		}
		return
	}
	for _, class := range classes {
		g.deletionsOf(class)
	}
}

// deletionsOf tests one direction. If too much goes in two collections, or in all of them together, none goes at all.
func (g *guard) deletionsOf(class Class) {
	if class == PushDeletions && g.choice.CopyOf != "" {
		g.ofCopy()
	}
	held := 0
	var sum tally
	for _, v := range g.order {
		steps := g.free(v.Collection, class)
		if len(steps) == 0 {
			continue
		}
		t, over := g.count(v, class, steps)
		sum.now, sum.earlier, sum.of = sum.now+t.now, sum.earlier+t.earlier, sum.of+t.of
		if over {
			held++
			g.hold(v, class, steps, g.limits().bound(class).why(t, ""))
		}
	}
	switch b := g.limits().bound(class).doubled(); {
	case held >= 2:
		g.holdDeletions(class, fmt.Sprintf("deletions are held in %d other collections of this remote, so these wait, too", held))
	case sum.now > 0 && (g.asked && len(g.earlier) > 0 || b.exceeds(sum)):
		if sum = g.sum(class, sum.now); b.exceeds(sum) {
			g.holdDeletions(class, b.why(sum, " in all collections together"))
		}
	}
}

// sum counts a direction over all collections that the base has.
func (g *guard) sum(class Class, now int) tally {
	t := tally{now: now}
	names := map[string]bool{}
	for coll := range g.views {
		names[coll] = true
	}
	if g.choice.Earlier != nil {
		for coll := range g.choice.Earlier.Sizes() {
			names[coll] = true
		}
	}
	for coll := range names {
		t.earlier += g.before(coll, class, g.steps[place{coll, class}])
		t.of += g.size(coll)
	}
	return t
}

// holdDeletions holds all deletions of a direction that are not held yet.
func (g *guard) holdDeletions(class Class, why string) {
	for _, v := range g.order {
		if steps := g.free(v.Collection, class); len(steps) > 0 {
			g.hold(v, class, steps, why)
		}
	}
}

// ofCopy holds all deletions on the server, since files that are missing in a copy may never have come to it (G13).
func (g *guard) ofCopy() {
	for _, v := range g.order {
		if steps := g.free(v.Collection, PushDeletions); len(steps) > 0 {
			g.hold(v, PushDeletions, steps, fmt.Sprintf("%d of %d items are missing here, and this repository is a copy of %s, maybe not of all of it", len(steps), len(v.BaseLocal), g.choice.CopyOf))
		}
	}
}
