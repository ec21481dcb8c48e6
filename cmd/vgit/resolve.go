package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/merge"
	"vgit/repo"
)

func (s *session) resolveCommand() *cli.Command {
	return command(cli.Command{
		Name: "resolve", Usage: "settle what waits because both sides changed it differently",
		ArgsUsage: "[--local|--remote|--both|--edit|--command] [WHERE | FILE ...]",
		Description: "Without an option it asks on the terminal, one property after the other. Each\n" +
			"answer is kept at once, so that it can be left at any time; the next sync carries\n" +
			"them out. FILE is that of an item, such as work/dentist.ics or dentist.ics.\n" +
			"Without WHERE and FILE it is about all that waits.",
		Flags: []cli.Flag{
			&cli.BoolFlag{DisableDefaultText: true, Name: "local", Usage: "take what this side has"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "remote", Usage: "take what the other side has"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "both", Usage: "keep both: this side's becomes an item of its own"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "edit", Usage: "edit the item with $VISUAL or $EDITOR"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "command", Usage: "run the conflict_command of the configuration"},
		},
		Action: s.resolve,
	})
}

// room is where items wait: a repository.
type room interface {
	Waiting(context.Context, repo.Request) ([]*repo.Waiting, error)
	Resolve(context.Context, *repo.Waiting, repo.Resolution) error
	Close() error
}

// waiter is an item that waits, and what became of it in this run.
type waiter struct {
	*repo.Waiting
	vdir     *config.VDir
	request  repo.Request
	resolved string // how, in one word; "": it waits still
	err      error
}

// name is the item for a person: file and title.
func (w *waiter) name() string {
	return named(inside(w.vdir, w.Step), w.Step.Title)
}

func (s *session) resolve(c *cli.Context) error {
	way, err := resolveWay(c)
	if err != nil {
		return err
	}
	if way == "" && s.Ask == nil && !s.json {
		return &usageError{what: "there is no terminal to ask on; say --local, --remote, --both, --edit or --command", hint: "vgit resolve --json shows what waits, and how"}
	}
	if err := s.open(); err != nil {
		return err
	}
	all, failed, err := s.waiters(c.Context, c.Args().Slice())
	if err != nil {
		return err
	}
	for i := 0; i < len(all); i++ {
		quit := false
		switch {
		case way != "":
			s.settle(c.Context, all[i], way)
		case !s.json:
			quit, err = s.askItem(c.Context, all[i], i+1, len(all))
		}
		if err != nil {
			return err
		}
		s.showResolved(all[i])
		if quit {
			break
		}
	}
	return s.resolved(all, failed)
}

// resolveWay is the one option that says how, if there is one.
func resolveWay(c *cli.Context) (way string, err error) {
	for _, name := range []string{"local", "remote", "both", "edit", "command"} {
		if !c.Bool(name) {
			continue
		}
		if way != "" {
			return "", &usageError{what: "--" + way + " and --" + name + " do not go together", hint: "see vgit help resolve"}
		}
		way = name
	}
	return way, nil
}

// waiters are the items that wait and are meant by the arguments. A vdir that cannot be read is told of, and failed is its error.
func (s *session) waiters(ctx context.Context, args []string) (all []*waiter, failed, err error) {
	for i := range s.cfg.VDirs {
		v := &s.cfg.VDirs[i]
		some, err := s.waitersOf(ctx, v)
		if err != nil {
			s.fail(v.Name, s.words(v, err))
			failed = errors.Join(failed, err)
		}
		all = append(all, some...)
	}
	if len(args) == 0 {
		return all, failed, nil
	}
	meant := map[*waiter]bool{}
	for _, arg := range args {
		found := false
		for _, w := range all {
			if s.means(arg, w) {
				meant[w], found = true, true
			}
		}
		if !found && failed == nil {
			if err := s.nothingWaits(ctx, arg, all); err != nil {
				return nil, nil, err
			}
		}
	}
	return slices.DeleteFunc(all, func(w *waiter) bool { return !meant[w] }), failed, nil
}

func (s *session) waitersOf(ctx context.Context, v *config.VDir) (all []*waiter, err error) {
	if len(v.Remotes) == 0 {
		return nil, nil
	}
	request := repo.Request{DryRun: true}
	for _, r := range s.wanted(v, "") {
		request.Remotes = append(request.Remotes, s.stranger(ctx, v, r))
	}
	err = s.inRoom(v, func(r room) error {
		list, err := r.Waiting(ctx, request)
		for _, w := range list {
			all = append(all, &waiter{Waiting: w, vdir: v, request: request})
		}
		return err
	})
	return all, err
}

// inRoom opens the repository of a vdir for a piece of work.
func (s *session) inRoom(v *config.VDir, work func(room) error) error {
	r, err := repo.Open(s.options(v), true)
	if err != nil {
		return err
	}
	return errors.Join(work(r), r.Close())
}

// means tells whether an argument names an item: its vdir or collection, its file, or the path of that.
func (s *session) means(arg string, w *waiter) bool {
	arg = strings.TrimSuffix(arg, "/")
	path := inside(w.vdir, w.Step)
	switch arg {
	case w.vdir.Name, w.vdir.Name + "/" + w.Step.Collection, w.vdir.Name + "/" + path, path, w.Step.Name:
		return true
	}
	return s.abs(arg) == filepath.Join(w.vdir.Path, path)
}

// nothingWaits is the answer for an argument that names nothing that waits: nil if it names something at all.
func (s *session) nothingWaits(ctx context.Context, arg string, all []*waiter) error {
	name, _, _ := strings.Cut(arg, "/")
	if _, err := s.targets(ctx, []string{arg}); s.cfg.VDir(name) != nil || err == nil {
		s.say("", arg+": nothing of it waits")
		return nil
	}
	var files []string
	for _, w := range all {
		files = append(files, inside(w.vdir, w.Step))
	}
	what := "nothing that waits is called " + quote(arg) + nearest(arg, files)
	if len(files) > 0 {
		what += "; these wait: " + strings.Join(files, ", ")
	}
	return &usageError{what: what, hint: "WHERE is VDIR or VDIR/COLLECTION, FILE the file of an item"}
}

// settle settles an item as an option says, without a question.
func (s *session) settle(ctx context.Context, w *waiter, way string) {
	answer, err := s.resolution(ctx, w, way)
	if w.Step.Kind == repo.Property && way != "local" && way != "remote" {
		err = repo.ErrOneSide
	}
	undo := func() error { return nil }
	if err == nil && way == "both" {
		undo, err = s.keepBoth(w)
	}
	if err == nil {
		if err = s.record(ctx, w, answer); err != nil {
			err = errors.Join(err, undo())
		}
	}
	if w.err = err; err == nil {
		w.resolved = way
	}
}

// resolution is what an option says of an item.
func (s *session) resolution(ctx context.Context, w *waiter, way string) (a repo.Resolution, err error) {
	switch way {
	case "local":
		a.Choices = choices(w, merge.TakeLocal)
	case "remote":
		a.Choices = choices(w, merge.TakeRemote)
	case "both": // ours goes into a file of its own
		a.Choices = choices(w, merge.TakeRemote)
	case "edit":
		a.Body, err = s.edit(ctx, w)
	case "command":
		p := s.cfg.Settling(w.vdir, w.Step.Remote).Program
		if len(p.Words) == 0 {
			return a, errors.New("the configuration has no conflict_command")
		}
		a.Body, err = s.settler(w.vdir, p)(ctx, w.Waiting)
	}
	return a, err
}

// choices are one answer for all slots of an item.
func choices(w *waiter, c merge.Choice) map[string]merge.Choice {
	all := map[string]merge.Choice{}
	for _, conflict := range w.Step.Conflicts {
		all[conflict.Slot] = c
	}
	return all
}

// record takes an answer down.
func (s *session) record(ctx context.Context, w *waiter, a repo.Resolution) error {
	return s.patiently(ctx, func() error {
		return s.inRoom(w.vdir, func(r room) error { return r.Resolve(ctx, w.Waiting, a) })
	})
}

// showResolved tells what became of an item.
func (s *session) showResolved(w *waiter) {
	switch {
	case s.json:
	case w.err != nil:
		s.say(s.where(w.vdir, w.Step.Remote, w.Step.Collection), stepItem(w.Step)+": "+w.err.Error())
	case w.resolved != "":
		fmt.Fprintf(s.Stdout, "%s: %s\n", w.name(), resolvedWords[w.resolved])
	}
}

// resolvedWords say what was taken.
var resolvedWords = map[string]string{
	"local": "this side's is taken", "remote": "the other side's is taken", "both": "both are kept", "edit": "taken as edited",
	"command": "taken as the program left it", "asked": "settled",
}

// jsonResolve is the answer of `vgit resolve --json`.
type jsonResolve struct {
	jsonHead
	Items []jsonWaiter `json:"items"`
}

// jsonWaiter is an item that waits, or waited when the command began.
type jsonWaiter struct {
	VDir       string         `json:"vdir"`
	Remote     string         `json:"remote"`
	Collection string         `json:"collection"`
	File       string         `json:"file"`
	UID        string         `json:"uid"`
	Title      string         `json:"title,omitempty"`
	When       string         `json:"when,omitempty"`
	Conflicts  []jsonConflict `json:"conflicts"`
	Resolved   string         `json:"resolved,omitempty"` // how
	Error      string         `json:"error,omitempty"`
}

// resolved ends the command: the answer, what to do next, and the exit code.
func (s *session) resolved(all []*waiter, failed error) error {
	waits, done := 0, 0
	items := []jsonWaiter{}
	for _, w := range all {
		if w.resolved != "" {
			done++
		} else {
			waits++
		}
		if w.err != nil {
			failed = errors.Join(failed, w.err)
		}
		items = append(items, waiterAnswer(w))
	}
	code := exitSync
	switch {
	case failed != nil && errorCode(failed) == exitTemporary:
		code = exitTemporary
	case failed != nil:
		code = exitSome
	case waits > 0:
		code = exitWaits
	}
	switch {
	case s.json:
		return s.answer(jsonResolve{s.head(code), items}, code)
	case len(all) == 0 && failed == nil:
		fmt.Fprintln(s.Stdout, "nothing waits")
	case done > 0:
		s.hint("vgit sync carries it out")
	}
	return ended(code)
}

func waiterAnswer(w *waiter) jsonWaiter {
	j := jsonWaiter{VDir: w.vdir.Name, Remote: w.Step.Remote, Collection: w.Step.Collection, File: w.Step.Name, UID: w.Step.UID,
		Title: w.Step.Title, When: w.Step.When, Conflicts: []jsonConflict{}, Resolved: w.resolved}
	for _, c := range w.Step.Conflicts {
		j.Conflicts = append(j.Conflicts, conflictAnswer(c))
	}
	if w.err != nil {
		j.Error = w.err.Error()
	}
	return j
}
