package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/repo"
)

func (s *session) statusCommand() *cli.Command {
	return command(cli.Command{
		Name: "status", Usage: "show local edits, what waits and what is held, without the network", ArgsUsage: "[WHERE ...]",
		Description: "Shows how the last run with each remote ended, and what the next one would find,\n" +
			"from what is known here. It asks no remote and writes nothing. The exit status\n" +
			"tells what waits (4), is held (5) or failed (3); local edits alone give 0. Of many\n" +
			"changes the first are named, all with -v.",
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
	res := &result{vdir: p.vdir, report: &repo.Report{}, dry: true, last: map[string]repo.Last{}, busy: map[string]time.Time{}}
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
		res.last[rem.Name], res.busy[rem.Name] = r.ReadLast(rem.Name), r.NotBefore(rem.Name)
	}
	res.err = errors.Join(err, r.Close())
	return res
}

func (s *session) showStatus(r *result) {
	fmt.Fprintf(s.Stdout, "%s: %s\n", repo.Plain(r.vdir.Name), repo.Plain(r.vdir.Path))
	if r.err != nil {
		s.say(r.vdir.Name, s.words(r.vdir, r.err))
	}
	s.showProblems(r.vdir, r.report.Problems, false)
	s.showProblems(r.vdir, r.report.Notices, false)
	for _, rem := range r.report.Remotes {
		s.showRemote(r, rem)
	}
}

func (s *session) showRemote(r *result, rem *repo.RemoteReport) {
	for _, line := range s.lastSync(r, rem) {
		fmt.Fprintln(s.Stdout, "  "+line)
	}
	if rem.Err != nil && r.err == nil {
		s.say(rem.Name, s.words(r.vdir, rem.Err))
	}
	s.nothingThere(r.vdir, rem)
	s.showProblems(r.vdir, rem.AllProblems(), rem.Known)
	if rem.Plan == nil {
		return
	}
	steps := shownSteps(r, rem)
	for i, step := range steps {
		if i == mostSteps && len(steps) > mostSteps+1 && !s.verbose {
			fmt.Fprintf(s.Stdout, "  and %d more; -v names them all\n", len(steps)-i)
			break
		}
		s.showStep(s.Stdout, r, step, "  ")
	}
	s.showOpen(r.vdir, rem.Plan)
	s.showKept(r.vdir, rem.Plan)
	s.showNotKept(r.vdir, rem)
}

// mostSteps is how many changes with one remote status names without -v.
const mostSteps = 30

// showProblems answers what could not be read and what else is wrong. Notes are for those who want to know more.
func (s *session) showProblems(v *config.VDir, all []repo.Problem, known bool) {
	for _, p := range all {
		if severity(p, known) == repo.Note && !s.verbose {
			continue
		}
		where := "  problem"
		if p.Collection != "" {
			where += " " + repo.Plain(s.place(v, p.Collection))
		}
		fmt.Fprintf(s.Stdout, "%s: %s\n", where, clean(problemText(p)))
	}
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
		place := repo.Plain(s.place(v, group[0].Collection))
		fmt.Fprintf(s.Stdout, "  held %s: %s\n", place, clean(heldWhy(v, plan, group)))
		for i, step := range group {
			if i == shownHeld && len(group) > shownHeld+1 && !s.verbose {
				fmt.Fprintf(s.Stdout, "  held %s: and %d more; vgit held -v names them all\n", place, len(group)-i)
				break
			}
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

// lastSync says when a remote was last spoken to, how that ended, and what keeps the next run from being like any other.
func (s *session) lastSync(r *result, rem *repo.RemoteReport) (lines []string) {
	last, name := r.last[rem.Name], repo.Plain(rem.Name)
	tell := func(text string) { lines = append(lines, name+": "+clean(text)) }
	lastGood := func() {
		if !last.Good.IsZero() {
			tell("synced last " + s.day(last.Good))
		}
	}
	switch {
	case rem.Held != "":
		tell("held: " + rem.Held + "; " + bindingRemedy(rem.Mismatch))
		lastGood()
	case last.Time.IsZero() && rem.Known:
		tell("synced before")
	case last.Time.IsZero():
		tell("never synced")
	case last.Outcome != "":
		tell("tried " + s.day(last.Time) + ": " + last.Outcome)
		lastGood()
	default:
		tell("synced " + s.day(last.Time) + s.lastMoved(last))
	}
	if until := r.busy[rem.Name]; !until.IsZero() {
		tell("asked to be left alone until " + until.Local().Format("15:04"))
	}
	if rem.CutShort {
		tell("a run was cut short, or is at work; the next sync finishes what it began")
	}
	if rem.PutBack > 0 {
		tell("put back by restore or undo, and not sent yet: " + count(rem.PutBack, "item"))
	}
	return lines
}

// lastMoved says what the last run moved, or since when none has.
func (s *session) lastMoved(last repo.Last) string {
	if last.Changed.IsZero() {
		return ""
	}
	var parts []string
	if last.Sent > 0 {
		parts = append(parts, fmt.Sprintf("%d sent", last.Sent))
	}
	if last.Received > 0 {
		parts = append(parts, fmt.Sprintf("%d received", last.Received))
	}
	moved := strings.Join(parts, ", ")
	if last.Changed.Equal(last.Time) {
		return ", " + moved
	}
	return ", nothing new since " + last.Changed.Local().Format(minutes) + " (" + moved + ")"
}

// minutes is how a moment is printed.
const minutes = "2006-01-02 15:04"

// day is a moment, and how long ago that is.
func (s *session) day(t time.Time) string {
	return t.Local().Format(minutes) + " (" + ago(s.Now().Sub(t)) + ")"
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
