package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/repo"
)

func (s *session) statusCommand() *cli.Command {
	return command(cli.Command{
		Name: "status", Usage: "show local edits, what waits and what is held, without the network", ArgsUsage: "[WHERE ...]",
		Description: "Shows what the next sync would find, from what is known here, and when each remote\n" +
			"was last in step. It asks no remote and writes nothing. The exit status tells\n" +
			"what waits (4), is held (5) or failed (3); local edits alone give 0.",
		Action: s.status,
	})
}

func (s *session) status(c *cli.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	places, err := s.places(c.Args().Slice())
	if err != nil {
		return err
	}
	var results []*result
	for _, p := range places {
		r := s.statusVDir(c.Context, p)
		results = append(results, r)
		if !s.json {
			s.showStatus(r)
		}
	}
	return s.finish(c.Context, results)
}

func (s *session) statusVDir(ctx context.Context, p place) *result {
	res := &result{vdir: p.vdir, report: &repo.Report{}, dry: true, last: map[string]repo.Last{}}
	request := repo.Request{DryRun: true, Collections: p.collections}
	for _, r := range s.wanted(p.vdir, "") {
		request.Remotes = append(request.Remotes, s.stranger(ctx, p.vdir, r))
	}
	r, err := repo.Open(s.options(p.vdir), true)
	if err != nil {
		res.err = err
		return res
	}
	res.report, err = r.Status(ctx, request)
	s.intoWords(r, res)
	for _, rem := range request.Remotes {
		res.last[rem.Name] = r.ReadLast(rem.Name)
	}
	res.err = errors.Join(err, r.Close())
	return res
}

func (s *session) showStatus(r *result) {
	fmt.Fprintf(s.Stdout, "%s: %s\n", repo.Plain(r.vdir.Name), repo.Plain(r.vdir.Path))
	for _, rem := range r.report.Remotes {
		fmt.Fprintf(s.Stdout, "  %s: %s\n", repo.Plain(rem.Name), s.lastSync(r.last[rem.Name], rem))
		s.nothingThere(r.vdir, rem)
		if rem.Plan == nil {
			continue
		}
		for _, step := range shownSteps(r, rem) {
			s.showStep(s.Stdout, r, step, "  ")
		}
		s.showOpen(r.vdir, rem.Plan)
		s.showKept(r.vdir, rem.Plan)
		s.showNotKept(r.vdir, rem)
	}
	s.talk(r)
}

// showOpen answers what a sync would talk about, with what can be done about it.
func (s *session) showOpen(v *config.VDir, plan *repo.Plan) {
	for _, step := range plan.InState(repo.Refused) {
		s.openLine(v, step)
	}
	for _, step := range plan.InState(repo.Waits) {
		s.openLine(v, step)
		s.showConflicts(s.Stdout, step, "    ")
		fmt.Fprintln(s.Stdout, "    "+clean(waitsRemedy(v, step)))
	}
	for _, group := range heldGroups(plan) {
		fmt.Fprintf(s.Stdout, "  held %s: %s\n", repo.Plain(s.place(v, group[0].Collection)), clean(heldWhy(v, plan, group)))
		for _, step := range group {
			if step.Name != "" {
				s.openLine(v, step)
			}
		}
	}
}

func (s *session) openLine(v *config.VDir, step *repo.Step) {
	what := repo.Label(step.Title, step.When, step.Name)
	if step.Why != "" {
		what += ", " + clean(step.Why)
	}
	if step.Title != "" {
		what += " (" + repo.Plain(step.Name) + ")"
	}
	fmt.Fprintf(s.Stdout, "  %s %s: %s\n", step.State, repo.Plain(s.place(v, step.Collection)), what)
}

func (s *session) lastSync(last repo.Last, rem *repo.RemoteReport) string {
	switch {
	case rem.Held != "":
		return "held: " + clean(rem.Held)
	case last.Time.IsZero() && rem.Known:
		return "synced before"
	case last.Time.IsZero():
		return "never synced"
	}
	when := last.Time.Local().Format("2006-01-02 15:04") + " (" + ago(s.Now().Sub(last.Time)) + ")"
	if last.Outcome != "" {
		return "tried " + when + ": " + clean(last.Outcome)
	}
	return "synced " + when
}

// ago is a time span as a person would say it.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return count(int(d/time.Minute), "minute") + " ago"
	case d < 48*time.Hour:
		return count(int(d/time.Hour), "hour") + " ago"
	}
	return count(int(d/(24*time.Hour)), "day") + " ago"
}
