package repo

import (
	"fmt"

	"vgit/repo/store"
)

// lostBase tells whether a remote was synced here before while what both sides agreed on is not in the repository: the ref was lost, or
// this is a clone with main alone (F98). A first sync that was cut short left pending, or nothing of its own on main.
func (r *Repo) lostBase(s *side, l *Local) (bool, error) {
	if !s.base.commit.IsZero() || !s.pending.commit.IsZero() {
		return false, nil
	}
	if s.snap.account.Snapshot == "push" {
		return true, nil
	}
	const far = 200 // commits of main that are looked at
	at := l.main
	for range far {
		if at.IsZero() {
			return false, nil
		}
		c, err := r.g.Commit(at)
		if err != nil {
			return false, err
		}
		if len(c.Parents) == 2 {
			if snap, err := loadSnapshot(r.g, r.o.Layout, s.rem.Name, c.Parents[1]); err == nil && !snap.Commit.IsZero() {
				return true, nil
			}
		}
		if at = (store.Hash{}); len(c.Parents) > 0 {
			at = c.Parents[0]
		}
	}
	return false, nil
}

// tellJoined says that both sides were joined anew, and what that brought back.
func (s *side) tellJoined(report *Report, dry bool) {
	if !s.lost || s.report.Plan == nil {
		return
	}
	steps := s.report.Done
	if dry {
		steps = s.report.Plan.InState(Do)
	}
	here, there := 0, 0
	for _, step := range steps {
		switch {
		case step.Kind == Create && step.Side == Here:
			here++
		case step.Kind == Create && step.Side == There:
			there++
		}
	}
	report.Notices = append(report.Notices, Problem{Remote: s.rem.Name, What: fmt.Sprintf("what both sides last agreed on is not in the repository; they were joined anew, and nothing was deleted. "+
		"%s came here and %s went there: those that are new, and those that the other side had deleted since", countItems(here), countItems(there))})
}

func countItems(n int) string {
	if n == 1 {
		return "1 item"
	}
	return fmt.Sprintf("%d items", n)
}
