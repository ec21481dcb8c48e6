package main

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/history"
)

func (s *session) logCommand() *cli.Command {
	return command(cli.Command{
		Name: "log", Usage: "show what changed, when and from which side", ArgsUsage: "[-n N] [--since TIME] [--from SIDE] [-p|--oneline] [WHERE | ITEM ...]",
		Description: "WHERE is VDIR or VDIR/COLLECTION. ITEM is the file of an item, such as\n" +
			"work/dentist.ics or dentist.ics, or words that find items by their title, the\n" +
			"people in them, a mail address or a phone number, as they are or ever were.\n" +
			"Newest first. Each entry has the name of its commit, which stands for it in\n" +
			"other commands and in git.",
		Flags: []cli.Flag{
			&cli.IntFlag{DefaultText: "all", Name: "max-count", Aliases: []string{"n"}, Usage: "show `N` entries at most"},
			&cli.StringFlag{Name: "since", Usage: "show what was changed at `TIME` or later: 2026-11-24, yesterday, \"2 days ago\""},
			&cli.StringFlag{Name: "until", Usage: "show what was changed at `TIME` or before; a day counts to its end"},
			&cli.StringSliceFlag{Name: "from", Usage: "show the changes of `SIDE` alone: here, or a remote; may be given again"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "patch", Aliases: []string{"p"}, Usage: "show the lines of the files that changed as well"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "oneline", Usage: "show each entry in one line"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "fetched", Usage: "show all that was seen on the remotes, too, not only what waits there"},
		},
		Action: s.log,
	})
}

func (s *session) log(c *cli.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	form, err := logForm(c, s.json)
	if err != nil {
		return err
	}
	wanted, err := s.logOptions(c)
	if err != nil {
		return err
	}
	targets, err := s.targets(c.Context, c.Args().Slice())
	if err != nil {
		return err
	}
	all, err := s.histories(c.Context, targets, wanted)
	if err != nil {
		return err
	}
	return s.page(c.Context, func(ctx context.Context) error { return s.showLog(ctx, all, form) })
}

// logForm is how entries are shown: "" is the common one.
func logForm(c *cli.Context, json bool) (form string, err error) {
	for _, name := range []string{"patch", "oneline"} {
		switch {
		case !c.Bool(name):
		case form != "":
			return "", &usageError{what: "--" + form + " and --" + name + " do not go together", hint: "see vgit help log"}
		case json:
			return "", &usageError{what: "--json and --" + name + " do not go together", hint: "see vgit help log"}
		default:
			form = name
		}
	}
	return form, nil
}

// logOptions is what the flags say of the entries that are wanted.
func (s *session) logOptions(c *cli.Context) (o history.Options, err error) {
	o.Fetched, o.Details = history.OpenFetches, s.json
	if c.Bool("fetched") {
		o.Fetched = history.AllFetches
	}
	if w := s.wording(); !s.json {
		o.Words = &w
		if o.Titles = shownItems; s.verbose {
			o.Titles = -1
		}
	}
	if o.Limit = c.Int("max-count"); c.IsSet("max-count") && o.Limit < 1 {
		return o, &usageError{what: "--max-count takes a number from 1 on", hint: "see vgit help log"}
	}
	since, err := s.timeFlag(c, "since")
	if err != nil {
		return o, err
	}
	until, err := s.timeFlag(c, "until")
	if err != nil {
		return o, err
	}
	o.Since, o.Until = since.Time, until.End()
	if !c.IsSet("until") {
		o.Until = until.Time
	}
	o.From = c.StringSlice("from")
	return o, s.checkSides(o.From)
}

// timeFlag reads a flag that takes a time.
func (s *session) timeFlag(c *cli.Context, name string) (when history.When, err error) {
	if !c.IsSet(name) {
		return when, nil
	}
	when, err = s.moment(c.String(name))
	if err == nil && when.Rev != "" {
		err = &usageError{what: "--" + name + " takes a time, and " + quote(when.Text) + " is none", hint: momentForms}
	}
	return when, err
}

// checkSides looks that sides are known: here, or a remote that there is or that a history knows from before.
func (s *session) checkSides(sides []string) error {
	known := []string{history.Here}
	for i := range s.cfg.VDirs {
		v := &s.cfg.VDirs[i]
		known = append(known, v.Remotes...)
		if b, err := history.Open(history.Options{Path: v.Path, Layout: s.options(v).Layout, Disk: s.Disk}); err == nil {
			known = append(known, b.Remotes()...)
			_ = b.Close() // it was read only
		}
	}
	slices.Sort(known[1:])
	known = slices.Compact(known)
	for _, side := range sides {
		if !slices.Contains(known, side) {
			return &usageError{what: "no side " + quote(side) + nearest(side, known) + "; there are: " + strings.Join(known, ", "), hint: "a side is here, or a remote"}
		}
	}
	return nil
}

// vdirEntry is an entry with the vdir that it is of.
type vdirEntry struct {
	history.Entry
	vdir *config.VDir
	book *history.Book
}

// vdirHistory is the history of one vdir, and which part of it is wanted.
type vdirHistory struct {
	vdir    *config.VDir
	options history.Options
}

// histories are those of the vdirs that are meant, each with what of it is wanted.
func (s *session) histories(ctx context.Context, targets []target, wanted history.Options) (all []vdirHistory, err error) {
	for i := range s.cfg.VDirs {
		v := &s.cfg.VDirs[i]
		o := wanted
		o.Path, o.Layout, o.Disk = v.Path, s.options(v).Layout, s.Disk
		named, whole := false, false
		for _, t := range targets {
			if t.vdir != v {
				continue
			}
			named, whole = true, whole || t.collection == ""
			if err := s.wherever(ctx, t, &o); err != nil {
				return nil, err
			}
		}
		if whole {
			o.Of = nil
		}
		if named {
			all = append(all, vdirHistory{v, o})
		}
	}
	return all, nil
}

// wherever adds to the options where an item is and was. One that words found is meant alone, whatever else was at its places; one that is not
// where it was said to be is looked for where it went.
func (s *session) wherever(ctx context.Context, t target, o *history.Options) error {
	at := history.Place{Collection: t.collection}
	if t.item != "" {
		at.Name = path.Base(t.item)
	}
	o.Of = append(o.Of, at)
	switch {
	case t.found != nil:
		o.Of = append(o.Of, t.found.Places...)
		o.UIDs = append(o.UIDs, t.found.UID)
	case t.item != "" && !t.present():
		once, err := history.Once(ctx, *o, at)
		if err != nil && !errors.Is(err, history.ErrIncomplete) {
			return s.unread(t.vdir, err)
		}
		for _, f := range once {
			o.Of = append(o.Of, f.Places...)
		}
	}
	return nil
}
