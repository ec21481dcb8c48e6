package repo

// guardDeletes holds the deletions of one side in one collection if they are more than five and more than a tenth of it,
// unless this run was told to allow as many.
func guardDeletes(p *Plan, views []View, c Choice) {
	const least, share = 5, 10
	type class struct {
		coll string
		side Side
	}
	count := map[class]int{}
	for _, s := range p.Steps {
		if s.Kind == Delete && s.State == Do && s.Needs == "" {
			count[class{s.Collection, s.Side}]++
		}
	}
	total := 0
	for _, v := range views {
		for _, side := range []Side{Here, There} {
			k := class{v.Collection, side}
			if n := count[k]; n > least && n*share > len(v.BaseLocal) {
				total += n
			} else {
				delete(count, k)
			}
		}
	}
	if total <= c.AllowDeletes {
		return
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		n := count[class{s.Collection, s.Side}]
		if n == 0 || s.Kind != Delete || s.State != Do || s.Needs != "" {
			continue
		}
		s.State, s.Hold = Held, holdClass[s.Side]
	}
}

var holdClass = map[Side]string{Here: "pull deletions", There: "push deletions"}
