package main

import (
	"context"
	"fmt"

	"vgit/repo"
)

// askHolds asks a person at the terminal about holds that are new, and has what they say carried out (G18). Without an answer all stays held.
// Nobody is asked where no terminal is, nor about what was told before.
func (s *session) askHolds(ctx context.Context, p place, q syncing, r *result) (*result, error) {
	a := &asking{session: s, vdir: p.vdir, holds: map[string]bool{}}
	for s.Ask != nil && s.ErrTerminal && !s.quiet && !q.dry && !r.silent && r.err == nil && !a.quit {
		answered, err := a.newHolds(ctx, r)
		if err != nil || !answered {
			return r, err
		}
		next, err := s.syncVDir(ctx, p, q)
		if err != nil {
			return r, err
		}
		s.showSync(next)
		r = next.after(r)
	}
	return r, nil
}

// newHolds asks about the holds of a run, which were shown, and tells whether one was answered.
func (a *asking) newHolds(ctx context.Context, r *result) (answered bool, err error) {
	for _, rem := range r.report.Remotes {
		for _, h := range rem.Holds() {
			if a.quit || a.holds[h.ID] {
				continue
			}
			a.holds[h.ID] = true
			lead := fmt.Sprintf("%s: %s: ", clean(a.where(a.vdir, h.Remote, h.Collection)), clean(heldWhat(&h)))
			yes, err := a.askHold(ctx, rem, &h, lead, "leave")
			if err != nil {
				return answered, err
			}
			answered = answered || yes
		}
	}
	return answered, nil
}

// askHold asks about one hold and takes the answer down; otherwise is what an empty line says, "" if it says nothing.
func (a *asking) askHold(ctx context.Context, rem *repo.RemoteReport, h *repo.Hold, lead, otherwise string) (answered bool, err error) {
	offered := []string{"accept", "refuse", "leave", "quit"}
	if h.Class == repo.Binding {
		offered = []string{"accept", "leave", "quit"}
	}
	word, err := a.askWordOr(ctx, lead, holdWords, offered, otherwise)
	if err != nil {
		return false, err
	}
	a.quit = word == "quit"
	if word != "accept" && word != "refuse" {
		return false, nil
	}
	if err := a.answerHold(ctx, rem.Name, h.ID, word == "refuse"); err != nil {
		fmt.Fprintln(a.Stderr, "  not taken: "+clean(err.Error()))
		return false, nil
	}
	return true, nil
}
