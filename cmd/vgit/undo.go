package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/history"
)

func (s *session) undoCommand() *cli.Command {
	return command(cli.Command{
		Name: "undo", Usage: "take back what a sync brought", ArgsUsage: "[-n|-i] [--since TIME] [--from here|REMOTE ...] [COMMIT | WHERE]",
		Description: "Takes back what the last sync that changed something received: the vdir becomes\n" +
			"what it was before, and all that was edited since is kept. If that sync received\n" +
			"nothing, what it sent is taken back. An undo is an edit: the next sync sends it,\n" +
			"and another vgit undo takes it back.\n" +
			"COMMIT is one that vgit log shows; WHERE is VDIR or VDIR/COLLECTION. Items that\n" +
			"were changed since in the same property stay as they are, and are named.",
		Flags: []cli.Flag{
			&cli.BoolFlag{DisableDefaultText: true, Name: "dry-run", Aliases: []string{"n"}, Usage: "show what would be done, and write nothing"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "interactive", Aliases: []string{"i"}, Usage: "ask about each item"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "yes", Aliases: []string{"y"}, Usage: "do not ask"},
			&cli.StringFlag{Name: "since", Usage: "take back what all syncs received since `TIME`"},
			&cli.StringSliceFlag{Name: "from", Usage: "take back only what came from `SIDE`: here, or a remote; may be repeated"},
		},
		Action: s.undo,
	})
}

func (s *session) undo(c *cli.Context) error {
	if err := errors.Join(takes(c, 1), s.askable(c)); err != nil {
		return err
	}
	if err := s.open(); err != nil {
		return err
	}
	u := history.Undo{From: c.StringSlice("from")}
	if err := s.checkSides(u.From); err != nil {
		return err
	}
	vdirs, commit, err := s.undoneIn(c.Context, c.Args().First(), &u)
	if err != nil {
		return err
	}
	since := history.When{}
	if c.IsSet("since") {
		if commit.Text != "" {
			return &usageError{what: "--since and a commit do not go together", hint: "see vgit help undo"}
		}
		if since, err = s.moment(c.String("since")); err != nil {
			return err
		}
	}
	all, err := s.undos(c.Context, vdirs, u, commit, since)
	if err != nil {
		return err
	}
	return s.takeBack(c, all)
}

// undoneIn reads the argument: a place, or a commit.
func (s *session) undoneIn(ctx context.Context, arg string, u *history.Undo) (vdirs []*config.VDir, commit history.When, err error) {
	if arg == "" {
		return s.allVDirs(), commit, nil
	}
	name, _, _ := strings.Cut(arg, "/")
	if history.IsRevision(arg) && s.cfg.VDir(name) == nil {
		commit, err = s.moment(arg)
		return s.allVDirs(), commit, err
	}
	all, err := s.targets(ctx, []string{arg})
	switch {
	case err != nil:
		return nil, commit, &usageError{what: quote(arg) + " is neither a commit nor a vdir or collection", hint: "vgit log shows the commits; to bring an item back: vgit restore"}
	case len(all) > 1:
		return nil, commit, s.tooMany(arg, all)
	case all[0].item != "":
		return nil, commit, &usageError{what: quote(arg) + " is an item, and undo takes back what a sync did", hint: "vgit restore " + all[0].item + " --at TIME brings one item back"}
	}
	u.Where = all[0].collection
	return []*config.VDir{all[0].vdir}, commit, nil
}

func (s *session) allVDirs() (all []*config.VDir) {
	for i := range s.cfg.VDirs {
		all = append(all, &s.cfg.VDirs[i])
	}
	return all
}

// undos are what is to be taken back: in all vdirs since a time, in the one that has a commit, else in the one that was synced last.
func (s *session) undos(ctx context.Context, vdirs []*config.VDir, u history.Undo, commit, since history.When) (all []*takingBack, err error) {
	var none error
	var newest time.Time
	for _, v := range vdirs {
		t := &takingBack{vdir: v, what: "undo"}
		u := u
		made, err := s.lastMade(ctx, v, &u, commit, since)
		var nothing *history.Nothing
		var absent *usageError
		switch {
		case errors.As(err, &nothing), errors.As(err, &absent):
			none = err
			continue
		case err != nil:
			return nil, err
		case made.IsZero():
			continue
		}
		t.plan = func(ctx context.Context, b *history.Book, now history.State) (*history.Reversal, error) {
			return b.Undo(ctx, u, now)
		}
		switch {
		case since.Text != "":
			all = append(all, t)
		case made.After(newest):
			newest, all = made, []*takingBack{t}
		}
	}
	if len(all) == 0 && none != nil {
		return nil, s.nothing(none)
	}
	if len(all) == 0 {
		return nil, &usageError{what: "nothing was synced yet, so there is nothing to take back", hint: "vgit sync begins the history"}
	}
	return all, nil
}

// nothing is the end of a command that has nothing to take back: a fact, and no failure.
func (s *session) nothing(err error) error {
	var none *history.Nothing
	if !errors.As(err, &none) {
		return err
	}
	if s.json {
		return s.answer(jsonTakenBack{head(exitSync), []jsonReversal{}}, exitSync)
	}
	fmt.Fprintln(s.Stdout, clean(none.What))
	if none.Hint != "" {
		s.hint(none.Hint)
	}
	return outcome(exitSync)
}

// lastMade is when the newest change was made that an undo would take back in a vdir; zero: it has no history.
func (s *session) lastMade(ctx context.Context, v *config.VDir, u *history.Undo, commit, since history.When) (time.Time, error) {
	b, err := s.book(v)
	if err != nil || b == nil {
		return time.Time{}, err
	}
	defer b.Close()
	if commit.Text != "" {
		m, err := stateAt(b, commit)
		if err != nil {
			return time.Time{}, err
		}
		u.Commit = m.Commit
	}
	if since.Text != "" {
		if u.Since = since.Time; since.Rev != "" {
			m, err := stateAt(b, since)
			if err != nil {
				return time.Time{}, err
			}
			on, err := b.OnMain(m.Commit)
			if err != nil {
				return time.Time{}, inVDir(v, err)
			}
			if u.Since = m.Time.Add(time.Nanosecond); on {
				u.Since, u.After = m.Time, m.Commit
			}
		}
	}
	of, err := b.Meant(ctx, *u)
	if err != nil {
		return time.Time{}, inVDir(v, err)
	}
	return of[0].Time, nil
}

// book opens the history of a vdir; nil: there is none yet.
func (s *session) book(v *config.VDir) (*history.Book, error) {
	b, err := history.Open(history.Options{Path: v.Path, Layout: s.options(v).Layout, Disk: s.Disk})
	if err != nil {
		return nil, s.unread(v, err)
	}
	return b, nil
}

// inVDir says where an error is from, unless it is about what a person asked for.
func inVDir(v *config.VDir, err error) error {
	var none *history.Nothing
	var usage *usageError
	if errors.As(err, &none) || errors.As(err, &usage) {
		return err
	}
	return fmt.Errorf("%s: %w", v.Name, err)
}
