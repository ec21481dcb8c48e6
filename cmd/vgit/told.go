package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"vgit/repo"
)

// standing is something that is the same in every run until a person does something about it: a conflict, a hold, an item that is set
// aside. A run says it when it is new, so that a timer does not repeat it every quarter of an hour; vgit status says it always.
type standing struct {
	Remote, Collection, Kind, Name, What string
}

// The kinds of standings beside the states of steps.
const (
	aboutItem   = "item"
	aboutRemote = "remote"
	aboutEmpty  = "empty"
)

// lastingItem tells whether a problem is that of an item and stays.
func lastingItem(p repo.Problem, known bool) bool {
	return p.Name != "" && severity(p, known) == repo.Lasting
}

// standings are all of a report, each once, in order.
func standings(report *repo.Report) (all []standing) {
	problems := func(list []repo.Problem, known bool) {
		for _, p := range list {
			if lastingItem(p, known) {
				all = append(all, standing{p.Remote, p.Collection, aboutItem, p.Name, p.What})
			}
		}
	}
	problems(report.Problems, false)
	for _, rem := range report.Remotes {
		problems(rem.AllProblems(), rem.Known)
		if rem.Held != "" {
			all = append(all, standing{rem.Name, "", aboutRemote, "", rem.Held})
		}
		if rem.Empty {
			all = append(all, standing{rem.Name, "", aboutEmpty, "", ""})
		}
		if rem.Plan == nil {
			continue
		}
		for _, step := range rem.Plan.Steps {
			if step.State != repo.Do && step.State != repo.Kept {
				all = append(all, standing{rem.Name, step.Collection, string(step.State), step.Name, step.Why})
			}
		}
	}
	return inOrder(all)
}

func inOrder(all []standing) []standing {
	slices.SortFunc(all, func(a, b standing) int {
		return cmp.Or(strings.Compare(a.Remote, b.Remote), strings.Compare(a.Collection, b.Collection), strings.Compare(a.Kind, b.Kind),
			strings.Compare(a.Name, b.Name), strings.Compare(a.What, b.What))
	})
	return slices.Compact(all)
}

// news tells whether the standings are others than those that the last runs told of, and remembers them as told. What this run did not
// look at, or is not to speak of, stays as it was. A memory that is lost or cannot be kept makes a run speak once more, and no harm.
func (s *session) news(r *repo.Repo, report *repo.Report, q repo.Request) bool {
	var told []standing
	if err := json.Unmarshal(r.Told(), &told); err != nil {
		told = nil
	}
	other := func(e standing) bool { return !s.spokenOf(e, report, q) }
	now := slices.DeleteFunc(standings(report), other)
	before := slices.DeleteFunc(inOrder(slices.Clone(told)), other)
	if slices.Equal(now, before) {
		return false
	}
	kept := slices.DeleteFunc(told, func(e standing) bool { return !other(e) })
	if b, err := json.Marshal(inOrder(append(kept, now...))); err == nil {
		_ = r.SetTold(b)
	}
	return true
}

// spokenOf tells whether this run looks at the place of a standing and speaks of its kind.
func (s *session) spokenOf(e standing, report *repo.Report, q repo.Request) bool {
	if s.quiet && e.Kind != aboutItem && e.Kind != string(repo.Refused) && e.Kind != aboutRemote {
		return false
	}
	if e.Remote == "" {
		return true // of the vdir, which is always read as a whole
	}
	i := slices.IndexFunc(report.Remotes, func(rem *repo.RemoteReport) bool { return rem.Name == e.Remote })
	if i < 0 || report.Remotes[i].Plan == nil && report.Remotes[i].Held == "" {
		return false
	}
	return e.Collection == "" || q.Collections == nil || slices.Contains(q.Collections, e.Collection)
}

// reminder is what a person at a terminal is told instead of what was told before: "2 conflicts wait, 1 hold".
func reminder(report *repo.Report) string {
	n := map[string]int{}
	for _, e := range standings(report) {
		n[e.Kind]++
	}
	var parts []string
	if w := n[string(repo.Waits)]; w == 1 {
		parts = append(parts, "1 conflict waits")
	} else if w > 1 {
		parts = append(parts, fmt.Sprintf("%d conflicts wait", w))
	}
	if h := n[string(repo.Held)] + n[aboutRemote]; h > 0 {
		parts = append(parts, count(h, "held step"))
	}
	if a := n[string(repo.Refused)] + n[aboutItem]; a > 0 {
		parts = append(parts, count(a, "item")+" set aside")
	}
	if n[aboutEmpty] > 0 {
		parts = append(parts, "nothing to sync")
	}
	return strings.Join(parts, ", ")
}
