package repo

import "fmt"

// guardDeletes holds the deletions of one side in one collection if they are more than five and more than a tenth of it,
// unless this run was told to allow as many.
func guardDeletes(p *Plan, views []View, c Choice) {
	const least, share = 5, 10
	type class struct {
		coll string
		side Side
	}
	found := map[class][]int{}
	byName := map[string]*View{}
	for i := range views {
		byName[views[i].Collection] = &views[i]
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Kind == Delete && s.State == Do && s.Needs == "" && !byName[s.Collection].accepted(s.Name) {
			k := class{s.Collection, s.Side}
			found[k] = append(found[k], i)
		}
	}
	total := 0
	for k, steps := range found {
		if n := len(steps); n > least && n*share > len(byName[k.coll].BaseLocal) {
			total += n
		} else {
			delete(found, k)
		}
	}
	if total <= c.AllowDeletes {
		return
	}
	for i := range views {
		v := &views[i]
		for _, side := range []Side{Here, There} {
			steps := found[class{v.Collection, side}]
			if len(steps) == 0 {
				continue
			}
			h := Hold{Class: holdClass[side], Remote: c.Remote, Collection: v.Collection, Side: side,
				Why: fmt.Sprintf("%d of %d items; the limit is %d and %d %%", len(steps), len(v.BaseLocal), least, share)}
			for _, at := range steps {
				h.States = append(h.States, v.state(p.Steps[at].Name))
			}
			p.hold(h, steps)
		}
	}
}

var holdClass = map[Side]Class{Here: PullDeletions, There: PushDeletions}
