package main

import (
	"context"
	"fmt"
	"slices"

	"vgit/cmd/config"
	"vgit/repo"
)

// This file is `vgit sync -i`. A plan is made and shown as by a dry run, and a person says what of it is to be done, while nothing is locked.
// Then a sync runs that does those very steps. What it finds besides, since somebody changed something meanwhile, it leaves; the person
// is asked about that alone, and so on until there is nothing new.

// planWords are the answers about a whole plan, or one collection of it, or one step.
var planWords = []answerWord{
	{"yes", "", "do it"},
	{"no", "", "leave it for another run"},
	{"collections", "", "ask about one collection after the other"},
	{"steps", "", "ask about one step after the other"},
	{"all", "", "do it, and all that follow"},
	{"done", "", "leave it, and all that follow; what was said yes to is done"},
	{"quit", "exit", "end here; nothing more is done, also of what was said yes to"},
}

// asking is the talk with a person about the plans of one vdir.
type asking struct {
	*session
	vdir   *config.VDir
	chosen repo.Chosen
	known  map[repo.StepKey]bool // asked about, whatever was said
	holds  map[string]bool       // likewise, by ID
	quit   bool
}

// syncAsking syncs one vdir as a person says. quit: the person has had enough of it all.
func (s *session) syncAsking(ctx context.Context, p place, q syncing) (res *result, quit bool, err error) {
	a := &asking{session: s, vdir: p.vdir, chosen: repo.Chosen{}, known: map[repo.StepKey]bool{}, holds: map[string]bool{}}
	q.dry = true
	res, err = s.syncVDir(ctx, p, q)
	if err != nil {
		return nil, false, err
	}
	s.showSync(res)
	if res.err != nil {
		return res, false, nil
	}
	err = a.plan(ctx, res, repo.Do)
	q.dry, q.chosen = false, a.chosen
	for more := true; more && err == nil && !a.quit; {
		next, err := s.syncVDir(ctx, p, q)
		if err != nil {
			return nil, false, err
		}
		next.silent = true // it was all said of the plan
		s.showSync(next)
		if res = next.after(res); res.err != nil {
			return res, false, nil
		}
		if more, err = a.rest(ctx, next); err != nil {
			return nil, false, err
		}
	}
	if res.dry {
		res = nil // nothing was done
	}
	return res, a.quit, err
}

// rest asks about what a run found besides what it did, and tells whether another run is to do something.
func (a *asking) rest(ctx context.Context, r *result) (more bool, err error) {
	before := len(a.chosen)
	if err := a.plan(ctx, r, repo.Left); err != nil {
		return false, err
	}
	more, err = a.held(ctx, r)
	return more || len(a.chosen) > before, err
}

// after is a result together with what runs before it did.
func (r *result) after(before *result) *result {
	if before.dry {
		return r
	}
	for _, rem := range r.report.Remotes {
		i := slices.IndexFunc(before.report.Remotes, func(b *repo.RemoteReport) bool { return b.Name == rem.Name })
		if i >= 0 {
			rem.Done = append(slices.Clip(before.report.Remotes[i].Done), rem.Done...)
		}
	}
	for step, words := range before.words {
		r.words[step] = words
	}
	for step, details := range before.details {
		r.details[step] = details
	}
	return r
}

// asked is one thing to ask about: steps that go together.
type asked struct {
	repo.Unit
	result *result
}

// plan asks about the steps of a plan that are in one state and were not asked about.
func (a *asking) plan(ctx context.Context, r *result, state repo.StepState) error {
	var open []asked
	for _, rem := range r.report.Remotes {
		if rem.Plan == nil || rem.Err != nil {
			continue
		}
		for _, u := range rem.Plan.Units(state) {
			if !u.Answered() && slices.ContainsFunc(u, func(s *repo.Step) bool { return !a.known[s.Key()] }) {
				open = append(open, asked{u, r})
			}
		}
	}
	if len(open) == 0 {
		return nil
	}
	for _, o := range open {
		for _, step := range o.Unit {
			a.known[step.Key()] = true
		}
	}
	if state == repo.Left {
		fmt.Fprintln(a.Stderr, "This has come up meanwhile:")
		for _, o := range open {
			a.show(o)
		}
	}
	return a.all(ctx, open)
}

// all asks about all of it at once.
func (a *asking) all(ctx context.Context, open []asked) error {
	offered := []string{"yes", "no"}
	if len(byCollection(open)) > 1 {
		offered = append(offered, "collections")
	}
	if len(open) > 1 {
		offered = append(offered, "steps")
	}
	word, err := a.askWord(ctx, fmt.Sprintf("%s: do %s? ", clean(a.vdir.Name), countOf(open)), planWords, append(offered, "quit"))
	switch word {
	case "yes":
		a.take(open...)
	case "collections":
		return a.each(ctx, byCollection(open))
	case "steps":
		return a.each(ctx, bySteps(open))
	case "quit":
		a.quit = true
	}
	return err
}

// each asks about one part after the other. Steps of a part may be asked about one by one.
func (a *asking) each(ctx context.Context, parts [][]asked) error {
	for i, part := range parts {
		lead, offered := a.lead(part, i, len(parts)), []string{"yes", "no"}
		if len(part) > 1 {
			offered = append(offered, "steps")
		} else {
			a.show(part[0])
		}
		if i < len(parts)-1 {
			offered = append(offered, "all", "done")
		}
		word, err := a.askWord(ctx, lead, planWords, append(offered, "quit"))
		switch word {
		case "yes":
			a.take(part...)
		case "all":
			a.take(slices.Concat(parts[i:]...)...)
			return err
		case "steps":
			err = a.each(ctx, bySteps(part))
		case "done":
			return err
		case "quit":
			a.quit = true
		}
		if err != nil || a.quit {
			return err
		}
	}
	return nil
}

// lead is what a question is about: "work, 3 steps (1 of 2)? ".
func (a *asking) lead(part []asked, i, of int) string {
	at := ""
	if of > 1 {
		at = fmt.Sprintf(" (%d of %d)", i+1, of)
	}
	if len(part) == 1 {
		return fmt.Sprintf("Do this%s? ", at)
	}
	first := part[0].Unit[0]
	return fmt.Sprintf("%s: do %s%s? ", clean(a.where(a.vdir, first.Remote, first.Collection)), countOf(part), at)
}

func countOf(open []asked) string {
	if len(open) == 1 {
		return "this"
	}
	return fmt.Sprintf("these %d changes", len(open))
}

// show prints steps as a plan does.
func (a *asking) show(o asked) {
	for _, step := range o.Unit {
		a.showStep(a.Stderr, o.result, step, "")
	}
}

func (a *asking) take(open ...asked) {
	for _, o := range open {
		for _, step := range o.Unit {
			a.chosen[step.Key()] = true
		}
	}
}

// byCollection puts together what is in one collection of one remote.
func byCollection(open []asked) (parts [][]asked) {
	at := map[[2]string]int{}
	for _, o := range open {
		key := [2]string{o.Unit[0].Remote, o.Unit[0].Collection}
		i, known := at[key]
		if !known {
			i = len(parts)
			at[key], parts = i, append(parts, nil)
		}
		parts[i] = append(parts[i], o)
	}
	return parts
}

func bySteps(open []asked) (parts [][]asked) {
	for _, o := range open {
		parts = append(parts, []asked{o})
	}
	return parts
}

// holdWords are the answers about a hold.
var holdWords = []answerWord{
	{"accept", "yes", "do all that is held here"},
	{"refuse", "no", "put the other side back as it was"},
	{"leave", "skip", "leave it held"},
	{"quit", "exit", "leave it held, and all that follow"},
}

// held asks about holds, which stand once a run has looked, and tells whether there is something to be carried out.
func (a *asking) held(ctx context.Context, r *result) (answered bool, err error) {
	for _, rem := range r.report.Remotes {
		for _, h := range rem.Holds() {
			if a.quit || a.holds[h.ID] {
				continue
			}
			a.holds[h.ID] = true
			a.showHold(rem, &h)
			yes, err := a.askHold(ctx, rem, &h, "", "")
			if err != nil {
				return false, err
			}
			answered = answered || yes
		}
	}
	return answered, nil
}

func (a *asking) showHold(rem *repo.RemoteReport, h *repo.Hold) {
	if h.Class == repo.Binding {
		a.say(rem.Name, "held: "+rem.Held)
		return
	}
	if steps := rem.Plan.In(h); len(steps) > 0 {
		a.heldGroup(a.vdir, rem.Plan, steps)
	}
}

// answerHold takes down an answer; the next run carries it out.
func (a *asking) answerHold(ctx context.Context, remote, id string, refuse bool) error {
	request := repo.Request{DryRun: true, Several: len(a.vdir.Remotes) > 1}
	for _, r := range a.wanted(a.vdir, remote) {
		request.Remotes = append(request.Remotes, a.stranger(ctx, a.vdir, r))
	}
	return a.patiently(ctx, func() error {
		r, err := repo.Open(a.options(a.vdir), true)
		if err != nil {
			return err
		}
		defer r.Close()
		return r.AnswerHold(ctx, request, id, refuse)
	})
}
