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
	aboutVDir   = "vdir"
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
	for _, p := range report.Notices {
		if p.Remote == "" { // what a remote has to tell is of this very run
			all = append(all, standing{"", "", aboutVDir, "", p.What})
		}
	}
	for _, rem := range report.Remotes {
		problems(rem.AllProblems(), rem.Known)
		if rem.Held != "" {
			all = append(all, remoteStanding(rem))
		}
		if rem.Empty {
			all = append(all, standing{rem.Name, "", aboutEmpty, "", ""})
		}
		if rem.Plan == nil {
			continue
		}
		for i := range rem.Plan.Steps {
			if step := &rem.Plan.Steps[i]; !slices.Contains([]repo.StepState{repo.Do, repo.Kept, repo.Left}, step.State) {
				all = append(all, stepStanding(rem, step))
			}
		}
	}
	return inOrder(all)
}

func remoteStanding(rem *repo.RemoteReport) standing {
	return standing{rem.Name, "", aboutRemote, "", rem.Held}
}

// stepStanding is that of a step; those of one hold have its ID, so that another set is news and the same set is none (G18).
func stepStanding(rem *repo.RemoteReport, step *repo.Step) standing {
	if step.HoldID != "" {
		return standing{rem.Name, step.Collection, string(step.State), step.HoldID, string(step.Hold)}
	}
	return standing{rem.Name, step.Collection, string(step.State), step.Name, step.Why}
}

func inOrder(all []standing) []standing {
	slices.SortFunc(all, func(a, b standing) int {
		return cmp.Or(strings.Compare(a.Remote, b.Remote), strings.Compare(a.Collection, b.Collection), strings.Compare(a.Kind, b.Kind),
			strings.Compare(a.Name, b.Name), strings.Compare(a.What, b.What))
	})
	return slices.Compact(all)
}

// remember compares what stands after a run with what the last runs told of, and remembers it as told. A memory that is lost or cannot be
// kept makes a run speak once more, and no harm.
func (s *session) remember(r *repo.Repo, res *result, q repo.Request) {
	if !s.json {
		now, before, others := memories(r.Told(repo.TheUser), res.report, func(e standing) bool { return s.speaksOf(e) && looksAt(e, res.report, q) })
		same := slices.Equal(now, before)
		if !same {
			keepTold(r, repo.TheUser, others, now)
		}
		res.silent = same && !s.verbose && q.AllowDeletes == 0
	}
	if len(s.cfg.Sync.Notify) == 0 || s.inHook() {
		return
	}
	now, before, others := memories(r.Told(repo.TheNotice), res.report, func(e standing) bool { return notified(e) && looksAt(e, res.report, q) })
	res.notices = without(now, before)
	res.noticed = func(r *repo.Repo) { keepTold(r, repo.TheNotice, others, now) }
	if ended := without(before, now); len(ended) > 0 {
		keepTold(r, repo.TheNotice, others, without(before, ended)) // if it comes back, it is new
	}
}

// memories are what stands now and what stood when it was last told, of that which a run has to do with, and what else was told, which stays as
// it was.
func memories(told []byte, report *repo.Report, mine func(standing) bool) (now, before, others []standing) {
	var all []standing
	if err := json.Unmarshal(told, &all); err != nil {
		all = nil
	}
	for _, e := range inOrder(all) {
		if mine(e) {
			before = append(before, e)
		} else {
			others = append(others, e)
		}
	}
	return slices.DeleteFunc(standings(report), func(e standing) bool { return !mine(e) }), before, others
}

// without is what is in all and not in some.
func without(all, some []standing) (rest []standing) {
	for _, e := range all {
		if !slices.Contains(some, e) {
			rest = append(rest, e)
		}
	}
	return rest
}

func keepTold(r *repo.Repo, m repo.Memory, others, told []standing) {
	if b, err := json.Marshal(inOrder(slices.Concat(others, told))); err == nil {
		_ = r.SetTold(m, b)
	}
}

// notified tells whether a standing is one that the program notify is told of: a conflict or a hold.
func notified(e standing) bool {
	return e.Kind == string(repo.Waits) || e.Kind == string(repo.Held) || e.Kind == aboutRemote
}

// speaksOf tells whether the talk of this run is about such a standing.
func (s *session) speaksOf(e standing) bool {
	return !s.quiet || e.Kind == aboutItem || e.Kind == string(repo.Refused) || e.Kind == aboutRemote
}

// looksAt tells whether a run looked at the place of a standing.
func looksAt(e standing, report *repo.Report, q repo.Request) bool {
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
