package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fatih/color"

	"vgit/cmd/config"
	"vgit/merge"
	"vgit/repo"
)

// showSync prints what a sync did, or would do, and talks about the rest.
func (s *session) showSync(r *result) {
	for _, rem := range r.report.Remotes {
		steps := shownSteps(r, rem)
		for _, step := range steps {
			s.showStep(s.Stdout, r, step, "")
		}
		if s.verbose && rem.Err == nil && rem.Held == "" && r.err == nil {
			fmt.Fprintf(s.Stderr, "%s: %s\n", rem.Name, summary(steps))
		}
	}
	s.talk(r)
	if r.silent {
		s.remind(r)
		return
	}
	for _, rem := range r.report.Remotes {
		if rem.Plan != nil {
			s.unsettled(r.vdir, rem.Plan)
		}
		s.nothingThere(r.vdir, rem)
	}
}

// nothingThere tells that there is nothing to sync with a remote: a wrong address may look like success.
func (s *session) nothingThere(v *config.VDir, rem *repo.RemoteReport) {
	if rem.Empty && !s.quiet {
		s.say(rem.Name, nothingThere(v.Kind))
	}
}

func nothingThere(kind config.Kind) string {
	what := "calendar"
	if kind == config.Contacts {
		what = "address book"
	}
	return "no " + what + " to sync; make one on the server, or look at url, username and collections in the configuration"
}

// remind says in one line what was told before, if somebody is looking.
func (s *session) remind(r *result) {
	if text := reminder(r.report); text != "" && s.ErrTerminal && !s.quiet {
		s.say(r.vdir.Name, text+"; see vgit status")
	}
}

// talk tells what went wrong.
func (s *session) talk(r *result) {
	if r.err != nil {
		s.say(r.vdir.Name, s.words(r.vdir, r.err))
	}
	s.problems(r, r.report.Problems, false)
	for _, p := range r.report.Notices {
		if !s.quiet && (p.Remote != "" || !r.silent) {
			s.say(cmp.Or(p.Remote, r.vdir.Name), p.What)
		}
	}
	for _, rem := range r.report.Remotes {
		if rem.Err != nil && r.err == nil {
			s.say(rem.Name, s.words(r.vdir, rem.Err))
		}
		s.problems(r, rem.AllProblems(), rem.Known)
		if rem.Held != "" && !r.silent {
			s.say(rem.Name, "held: "+rem.Held+"; "+bindingRemedy(rem.Mismatch))
		}
	}
}

func (s *session) problems(r *result, all []repo.Problem, known bool) {
	for _, p := range all {
		if !r.silent || !lastingItem(p, known) {
			s.problem(r.vdir, p, known)
		}
	}
}

// unsettled names what is refused, waits or is held, each item by its title and file.
func (s *session) unsettled(v *config.VDir, plan *repo.Plan) {
	for _, step := range plan.InState(repo.Refused) {
		s.say(s.where(v, step.Remote, step.Collection), stepItem(step)+": "+step.Why)
	}
	if s.quiet {
		return
	}
	for _, step := range plan.InState(repo.Waits) {
		s.say(s.where(v, step.Remote, step.Collection), stepItem(step)+": waits: "+step.Why+"; "+waitsRemedy(v, step))
		s.showConflicts(s.Stderr, step, "    ")
	}
	for _, group := range heldGroups(plan) {
		s.heldGroup(v, plan, group)
	}
	if s.verbose {
		for _, p := range plan.Notices {
			s.problem(v, p, true)
		}
	}
}

// shownHeld is how many items of a held group a sync names without -v.
const shownHeld = 10

func (s *session) heldGroup(v *config.VDir, plan *repo.Plan, group []*repo.Step) {
	where := s.where(v, group[0].Remote, group[0].Collection)
	s.say(where, "held: "+heldWhy(v, plan, group))
	if group[0].Kind == repo.Whole {
		return
	}
	for i, step := range group {
		if i == shownHeld && !s.verbose {
			s.say(where, fmt.Sprintf("held: and %d more; vgit held -v names them all", len(group)-i))
			return
		}
		s.say(where, "held: "+stepItem(step))
	}
}

// problem prints one problem. Notes are for those who want to know more.
func (s *session) problem(v *config.VDir, p repo.Problem, known bool) {
	level := severity(p, known)
	if level == repo.Note && !s.verbose || level == repo.Temporary && s.quiet && p.Name != "" {
		return
	}
	s.say(s.where(v, p.Remote, p.Collection), problemText(p))
}

// problemText is a problem in words: of what, what it is, and what may help.
func problemText(p repo.Problem) string {
	text := p.What
	if p.Err != nil {
		switch why := p.Err.Error(); {
		case strings.Contains(why, text):
			text = why
		case !strings.Contains(text, why):
			text += ": " + why
		}
	}
	if p.Name != "" {
		text = named(p.Name, p.Title) + ": " + text
	}
	if p.Hint != "" {
		text += "; " + p.Hint
	}
	return text
}

// where says where something is: remote and collection, or vdir and collection.
func (s *session) where(v *config.VDir, remote, coll string) string {
	at := v.Name
	if remote != "" {
		at = remote
	}
	if coll != "" && !v.Single {
		at += "/" + coll
	}
	return at
}

func stepItem(step *repo.Step) string { return named(step.Name, step.Title) }

// named is an item by its file and what it is called, since nobody knows the file.
func named(file, title string) string {
	if title == "" {
		return repo.Plain(file)
	}
	return repo.Plain(file) + " " + quote(title)
}

// words is an error with its remedy. Most have theirs from where they were made.
func (s *session) words(v *config.VDir, err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted; the next sync goes on from here"
	case errors.Is(err, repo.ErrNotMounted):
		return v.Path + ": " + repo.ErrNotMounted.Error() + ", or, to begin anew, remove its line from " + filepath.Join(s.stateDir(), "vdirs")
	}
	return err.Error()
}

// moves tells whether a step changed an item on one side: what both sides had already is no news.
func moves(step *repo.Step) bool {
	return slices.Contains([]repo.StepKind{repo.Create, repo.Update, repo.Delete, repo.Property, repo.Whole, repo.Rename}, step.Kind)
}

var signs = map[repo.StepKind]struct {
	text  string
	paint color.Attribute
}{
	repo.Create: {"+", color.FgGreen}, repo.Update: {"~", color.FgYellow}, repo.Delete: {"-", color.FgRed}, repo.Whole: {"+", color.FgGreen},
}

// propertyKinds are the kinds of steps that those of a property are shown as.
var propertyKinds = map[byte]repo.StepKind{'+': repo.Create, '~': repo.Update, '-': repo.Delete}

// showStep prints one step and, below it, what it changes in its item.
func (s *session) showStep(to io.Writer, r *result, step *repo.Step, margin string) {
	words, known := r.words[step]
	if !known {
		words = merge.Words{Title: step.Title, When: step.When, Sign: '~'}
	}
	line := margin + s.stepLine(r.vdir, step, words)
	if r.dry && step.Mails {
		line += ", and the server may write to its people"
	}
	fmt.Fprintln(to, line)
	for _, line := range words.Lines {
		fmt.Fprintln(to, margin+"    "+repo.Plain(line))
	}
}

// stepLine is one step for a person: "→ + event Dentist, Mon 2 Mar 10:00-11:00  work/dentist.ics".
func (s *session) stepLine(v *config.VDir, step *repo.Step, words merge.Words) string {
	arrow := "→"
	if step.Side == repo.Here {
		arrow = "←"
	}
	kind := step.Kind
	if kind == repo.Property {
		kind = propertyKinds[words.Sign]
	}
	sign := signs[kind]
	from := ""
	if len(v.Remotes) > 1 {
		from = " [" + repo.Plain(step.Remote) + "]"
	}
	if step.Kind == repo.Rename {
		return fmt.Sprintf("%s %s %s  %s", arrow, s.paint(color.FgYellow, "~"), step.Why, repo.Plain(s.place(v, step.Collection))) + from
	}
	if step.Kind == repo.Whole {
		what := map[config.Kind]string{config.Calendar: "calendar", config.Contacts: "address book"}[v.Kind]
		return fmt.Sprintf("%s %s new %s  %s", arrow, s.paint(sign.paint, sign.text), what, repo.Plain(s.place(v, step.Collection))) + from
	}
	text := fmt.Sprintf("%s %s %s", arrow, s.paint(sign.paint, sign.text), repo.Line(words, s.place(v, step.Collection)+"/"+step.Name))
	if to, _, moved := strings.Cut(step.Needs, "/"); moved {
		text += ", moved to " + repo.Plain(to)
	}
	return text + from
}

// maxTold is how many items of one run are looked at for what changes in them. Of the others there is the title.
const maxTold = 500

// intoWords puts into words what the steps do that will be shown, while the repository is open.
func (s *session) intoWords(r *repo.Repo, res *result) {
	res.words, res.details = map[*repo.Step]merge.Words{}, map[*repo.Step][]merge.Detail{}
	w := s.wording()
	looked := 0
	for _, rem := range res.report.Remotes {
		for _, step := range append(shownSteps(res, rem), leftSteps(rem)...) {
			if step.Kind == repo.Whole || step.Kind == repo.Rename {
				continue
			}
			if s.json || len(s.cfg.Sync.AfterSync) > 0 && !res.dry {
				res.details[step] = r.Details(step)
			}
			if s.json {
				continue
			}
			if step.Kind == repo.Update {
				if looked++; looked > maxTold {
					continue
				}
			}
			res.words[step] = r.Tell(step, w)
		}
	}
}

// shownSteps are what a sync did, or what there is to be done.
func shownSteps(res *result, rem *repo.RemoteReport) (steps []*repo.Step) {
	all := rem.Done
	if res.dry && rem.Plan != nil {
		all = rem.Plan.InState(repo.Do)
	}
	for _, step := range all {
		if moves(step) {
			steps = append(steps, step)
		}
	}
	return steps
}

// leftSteps are what a person left for another run, or has not been asked about.
func leftSteps(rem *repo.RemoteReport) []*repo.Step {
	if rem.Plan == nil {
		return nil
	}
	return rem.Plan.InState(repo.Left)
}

// wording is how changes are told.
func (s *session) wording() merge.Wording { return merge.Wording{Now: s.Now(), Verbose: s.verbose} }

// showConflicts prints what an item waits for: each slot with what both sides had, what is here and what is there.
func (s *session) showConflicts(to io.Writer, step *repo.Step, margin string) {
	for _, line := range repo.ConflictLines(step.Conflicts, s.wording()) {
		fmt.Fprintln(to, margin+line)
	}
}

// place is a collection in the answer: with its vdir, if there are several.
func (s *session) place(v *config.VDir, coll string) string {
	switch {
	case v.Single:
		return v.Name
	case len(s.cfg.VDirs) > 1:
		return v.Name + "/" + coll
	}
	return coll
}

func (s *session) paint(a color.Attribute, text string) string {
	if !s.color {
		return text
	}
	c := color.New(a)
	c.EnableColor()
	return c.Sprint(text)
}

func (s *session) bold(text string) string {
	if !s.color {
		return text
	}
	return s.paint(color.Bold, text)
}

// summary counts what was done.
func summary(steps []*repo.Step) string {
	sent, received := 0, 0
	for _, step := range steps {
		switch {
		case step.Kind == repo.Rename:
		case moves(step) && step.Side == repo.There:
			sent++
		case moves(step):
			received++
		}
	}
	return fmt.Sprintf("%d sent, %d received", sent, received)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// tracer prints the exchanges with one remote.
func (s *session) tracer(name string) func(string, ...any) {
	return func(format string, args ...any) {
		fmt.Fprintf(s.Stderr, "trace: %s: %s\n", repo.Plain(name), clean(fmt.Sprintf(format, args...)))
	}
}
