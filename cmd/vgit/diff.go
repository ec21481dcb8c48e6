package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/history"
	"vgit/repo"
	"vgit/repo/store"
)

func (s *session) diffCommand() *cli.Command {
	return command(cli.Command{
		Name: "diff", Usage: "show what differs: what is not sent yet, or since a moment", ArgsUsage: "[REV|TIME [REV|TIME]] [--] [WHERE | ITEM ...]",
		Description: "Without a moment: what was edited here and is not sent yet, and what else the\n" +
			"next sync would do, from what is known here. With one: from that moment to the\n" +
			"vdir as it is now. With two: from the first to the second. It asks no remote and\n" +
			"writes nothing.\n\n" +
			"TIME is 2026-11-24, \"2026-11-24 18:00\", 18:00, yesterday, tuesday, \"2 days ago\";\n" +
			"REV is a commit as git names it: main~2, REMOTE/main, the first letters of its\n" +
			"name. WHERE is VDIR or VDIR/COLLECTION, ITEM the file of an item or words of it.\n" +
			"-- stands between moments and the rest.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "sides", Usage: "compare with what `REMOTE` was last seen to hold, item by item"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "stat", Usage: "only count, for each collection"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "patch", Aliases: []string{"p"}, Usage: "show the lines of the files"},
		},
		Action: s.diff,
	})
}

// comparison is what is to be compared.
type comparison struct {
	moments     []history.When
	targets     []target
	sides       string // with this remote; "": not with what a remote holds
	stat, patch bool
}

func (s *session) diff(c *cli.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	q, err := s.compared(c.Context, c.Args().Slice())
	if err != nil {
		return err
	}
	q.sides, q.stat, q.patch = c.String("sides"), c.Bool("stat"), c.Bool("patch")
	if err := s.sound(q); err != nil {
		return err
	}
	all, failed := s.diffs(c.Context, q)
	code := exitSync
	var wrong *usageError
	switch {
	case errors.As(failed, &wrong):
		return wrong
	case failed != nil && errorCode(failed) == exitTemporary:
		code = exitTemporary
	case failed != nil:
		code = exitSome
	}
	if s.json {
		return s.answer(diffAnswer(all, s.head(code)), code)
	}
	return errors.Join(s.page(c.Context, func(context.Context) error {
		for _, d := range all {
			s.showDiff(d, q)
		}
		return nil
	}), ended(code))
}

// sound refuses what cannot be meant together.
func (s *session) sound(q comparison) error {
	hint := "see vgit help diff"
	switch {
	case q.stat && q.patch:
		return &usageError{what: "--stat counts and --patch shows lines: give one of them", hint: hint}
	case q.sides != "" && len(q.moments) > 0:
		return &usageError{what: "--sides is about what a remote was last seen to hold, and takes no moment", hint: "for an earlier state, compare with a commit of " + q.sides + "/main"}
	case q.sides == "":
		return nil
	}
	var known []string
	for _, t := range q.targets {
		if slices.Contains(t.vdir.Remotes, q.sides) {
			return nil
		}
		known = append(known, t.vdir.Remotes...)
	}
	slices.Sort(known)
	return &usageError{what: "no remote " + quote(q.sides) + nearest(q.sides, known) + "; there are: " + strings.Join(slices.Compact(known), ", "), hint: hint}
}

// vdirDiff is what differs in one vdir.
type vdirDiff struct {
	vdir    *config.VDir
	moments []history.Moment
	changes []change
	same    map[string]int // by collection: items that a server writes otherwise and that say the same, which are not named
	told    []jsonProblem  // what was said about it
	err     error
}

// change is one line of it.
type change struct {
	repo.Difference
	// The rest is of what a sync would do.
	uid      string
	remotes  []string
	to       repo.Side
	state    repo.StepState // "": nothing is to be done
	step     *repo.Step
	remark   string   // after the item
	below    []string // below its slots
	was, now store.Hash
	patch    string
}

// diffs compares vdir by vdir. One that has no such moment is passed over if another has.
func (s *session) diffs(ctx context.Context, q comparison) (all []*vdirDiff, failed error) {
	var none error
	var late []*vdirDiff
	for i := range s.cfg.VDirs {
		v := &s.cfg.VDirs[i]
		if !slices.ContainsFunc(q.targets, func(t target) bool { return t.vdir == v }) || q.sides != "" && !slices.Contains(v.Remotes, q.sides) {
			continue
		}
		d := &vdirDiff{vdir: v}
		err := s.diffVDir(ctx, d, q)
		var wrong *usageError
		if errors.As(err, &wrong) {
			none = errors.Join(none, err)
			d.err = err
			late = append(late, d)
			continue
		}
		if d.err = err; err != nil {
			s.fail(v.Name, s.words(v, err))
			failed = errors.Join(failed, err)
		}
		all = append(all, d)
	}
	if len(all) == 0 {
		return nil, none
	}
	for _, d := range late {
		if !slices.ContainsFunc(q.moments, func(w history.When) bool { return w.Rev != "" }) { // a commit is of one vdir
			s.say(d.vdir.Name, d.err.Error())
			all = append(all, d)
		}
	}
	return all, failed
}

func (s *session) diffVDir(ctx context.Context, d *vdirDiff, q comparison) error {
	if len(q.moments) == 2 {
		return s.sinceThen(ctx, d, q, nil)
	}
	r, err := repo.Open(s.options(d.vdir), true)
	if err != nil {
		return err
	}
	if len(q.moments) == 0 && len(d.vdir.Remotes) > 0 {
		err = s.unsent(ctx, d, q, r)
	} else {
		err = s.sinceThen(ctx, d, q, r)
	}
	return errors.Join(err, r.Close())
}

// tellWrong says what is wrong with a vdir and its remotes, and keeps it for the answer.
func (s *session) tellWrong(d *vdirDiff, report *repo.Report) {
	s.talk(&result{vdir: d.vdir, report: report})
	d.told = jsonProblems(slices.Concat(report.Problems, report.Notices), false)
	for _, rem := range report.Remotes {
		d.told = append(d.told, jsonProblems(rem.AllProblems(), rem.Known)...)
		if rem.Held != "" {
			d.told = append(d.told, jsonProblem{Severity: severityWords[repo.Note], What: rem.Name + ": held: " + rem.Held, Hint: bindingRemedy(rem.Mismatch)})
		}
	}
}

// wants tells whether a change is of what was asked for.
func (q *comparison) wants(v *config.VDir, layout repo.Layout, d repo.Difference) bool {
	return slices.ContainsFunc(q.targets, func(t target) bool {
		if t.vdir != v {
			return false
		}
		if t.item != "" {
			return t.item == layout.Path(d.Collection, d.Name) || t.item == d.Was
		}
		from := ""
		if d.Was != "" {
			from, _, _ = layout.Split(d.Was)
		}
		return t.collection == "" || t.collection == d.Collection || t.collection == from
	})
}
