package main

import (
	"fmt"

	"vgit/cmd/config"
	"vgit/repo"
)

// showKept answers what stays where it is because the configuration says so: one way only, deletions that are not carried, and items outside
// the view. It is no news, changes no exit status, and only status tells it.
func (s *session) showKept(v *config.VDir, plan *repo.Plan) {
	shown := map[string]int{}
	for _, step := range plan.InState(repo.Kept) {
		if shown[step.Collection]++; shown[step.Collection] <= shownHeld || s.verbose {
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
