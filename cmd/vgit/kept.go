package main

import (
	"fmt"
	"maps"
	"slices"

	"vgit/cmd/config"
	"vgit/repo"
)

// showKept answers what stays where it is because the configuration says so: one way only, deletions that are not carried, and items outside
// the view. It is no news, changes no exit status, and only status tells it.
func (s *session) showKept(v *config.VDir, plan *repo.Plan) {
	for _, coll := range slices.Sorted(maps.Keys(plan.Outside)) {
		fmt.Fprintf(s.Stdout, "  outside %s: %s on the server, left out by components, since and until\n", repo.Plain(s.place(v, coll)), count(plan.Outside[coll], "item"))
	}
	shown := map[string]int{}
	for _, step := range plan.InState(repo.Kept) {
		switch shown[step.Collection]++; {
		case step.Kind == repo.Whole:
			fmt.Fprintf(s.Stdout, "  kept %s: %s\n", repo.Plain(s.place(v, step.Collection)), clean(step.Why))
		case shown[step.Collection] <= shownHeld || s.verbose:
			s.openLine(v, step)
		}
	}
	for _, step := range plan.InState(repo.Kept) {
		if n := shown[step.Collection] - shownHeld; n > 0 && !s.verbose {
			fmt.Fprintf(s.Stdout, "  kept %s: and %d more; -v names them all\n", repo.Plain(s.place(v, step.Collection)), n)
			shown[step.Collection] = 0
		}
	}
}

// jsonOutside is how many items of a collection the view leaves out.
type jsonOutside struct {
	Collection string `json:"collection"`
	Items      int    `json:"items"`
}

func outsideAnswer(plan *repo.Plan) (all []jsonOutside) {
	for _, coll := range slices.Sorted(maps.Keys(plan.Outside)) {
		all = append(all, jsonOutside{coll, plan.Outside[coll]})
	}
	return all
}
