package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vgit/history"
	"vgit/repo"
)

// next is what becomes of what was put back: the remotes that the next sync sends it to, and how much of it a guard will hold.
type next struct {
	remotes []string
	held    int
}

// lookAhead finds what the next sync will do with what was put back, without asking anybody. What cannot be told is taken for the usual: it is sent.
func (s *session) lookAhead(ctx context.Context, t *takingBack) next {
	usual := next{remotes: t.vdir.Remotes}
	r, err := repo.Open(s.options(t.vdir), true)
	if err != nil {
		return usual
	}
	defer r.Close()
	report, err := r.Status(ctx, s.asking(ctx, place{vdir: t.vdir}, ""))
	if err != nil {
		return usual
	}
	done := map[history.Place]bool{}
	for _, e := range t.report.Done {
		done[history.Place{Collection: e.Collection, Name: e.Name}] = true
		if e.Was == "" {
			continue
		}
		if coll, name, ok := s.options(t.vdir).Layout.Split(e.Was); ok {
			done[history.Place{Collection: coll, Name: name}] = true
		}
	}
	var n next
	held := map[history.Place]bool{}
	for _, rem := range report.Remotes {
		if rem.Plan == nil {
			n.remotes = append(n.remotes, rem.Name)
			continue
		}
		sends := false
		for i := range rem.Plan.Steps {
			step := &rem.Plan.Steps[i]
			at := history.Place{Collection: step.Collection, Name: step.Name}
			if step.Side != repo.There || !done[at] || step.State != repo.Do && step.State != repo.Held {
				continue
			}
			if sends = true; step.State == repo.Held {
				held[at] = true
			}
		}
		if sends {
			n.remotes = append(n.remotes, rem.Name)
		}
	}
	n.held = len(held)
	return n
}

// hintNext says what comes after an undo or a restore.
func (s *session) hintNext(all []*takingBack) {
	var remotes []string
	held, undo := 0, false
	for _, t := range all {
		if t.report == nil || t.report.Commit.IsZero() { // damaged files are what main has now
			continue
		}
		undo = true
		held += t.next.held
		for _, name := range t.next.remotes {
			if !slices.Contains(remotes, name) {
				remotes = append(remotes, name)
			}
		}
	}
	if !undo {
		return
	}
	sent := ""
	if len(remotes) > 0 {
		sent = "the next sync sends this to " + strings.Join(remotes, ", ") + ": vgit sync; "
	}
	if held > 0 {
		sent += fmt.Sprintf("the guard will hold %s of it, which vgit held shows and vgit accept sends; ", count(held, "item"))
	}
	s.hint(sent + "to take it back: vgit undo")
}
