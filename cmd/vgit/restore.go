package main

import (
	"context"
	"errors"
	"strings"

	"github.com/urfave/cli/v2"

	"vgit/history"
	"vgit/merge"
)

func (s *session) restoreCommand() *cli.Command {
	return command(cli.Command{
		Name: "restore", Usage: "bring items back as they were", ArgsUsage: "[-n|-i] [--at TIME | --from COMMIT] [--only SLOTS] [--exact] ITEM | WHERE",
		Description: "Makes an item what it was at a moment, also one that is deleted now; or all items\n" +
			"of WHERE, which is VDIR or VDIR/COLLECTION: what changed or went since is written\n" +
			"again as it was. What was added since stays, unless --exact is given. ITEM is the\n" +
			"file of an item, such as work/dentist.ics or dentist.ics, or words that find it.\n" +
			"Without a moment, files that are empty, cut or full of NUL bytes, as after a power\n" +
			"cut, and collections whose directory is missing are brought back as they were last.\n" +
			"A restore is an edit: the next sync sends it, and vgit undo takes it back.",
		Flags: []cli.Flag{
			&cli.BoolFlag{DisableDefaultText: true, Name: "dry-run", Aliases: []string{"n"}, Usage: "show what would be done, and write nothing"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "interactive", Aliases: []string{"i"}, Usage: "ask about each item"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "yes", Aliases: []string{"y"}, Usage: "do not ask"},
			&cli.StringFlag{Name: "at", Usage: "as it was at `TIME`; a day is its beginning"},
			&cli.StringFlag{Name: "from", Usage: "as it was in `COMMIT`, such as main~2 or one that vgit log shows"},
			&cli.StringFlag{Name: "only", Usage: "take only `SLOTS` from then, such as time,place,attendees"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "exact", Usage: "remove what was added since"},
		},
		Action: s.restore,
	})
}

func (s *session) restore(c *cli.Context) error {
	if err := s.askable(c); err != nil {
		return err
	}
	if err := s.open(); err != nil {
		return err
	}
	when := c.String("at")
	switch {
	case c.IsSet("at") && c.IsSet("from"):
		return &usageError{what: "--at and --from do not go together", hint: "each says from when; see vgit help restore"}
	case c.IsSet("from"):
		when = c.String("from")
	}
	r := history.Restore{Exact: c.Bool("exact")}
	if c.IsSet("only") {
		for _, name := range strings.Split(c.String("only"), ",") {
			if name = strings.TrimSpace(name); name != "" {
				r.Only = append(r.Only, name)
			}
		}
		if len(r.Only) == 0 || r.Exact {
			return &usageError{what: "--only takes properties, such as time,place, and does not go with --exact", hint: "see vgit help restore"}
		}
	}
	t, err := s.restored(c.Context, c.Args().Slice(), &r)
	if err != nil {
		return err
	}
	b, err := s.book(t.vdir)
	if err != nil {
		return err
	}
	if b == nil {
		return &usageError{what: t.vdir.Name + ": was never synced, so there is nothing to go back to", hint: "vgit sync begins the history"}
	}
	defer b.Close()
	if when != "" || c.IsSet("only") || r.Exact {
		if r.Then, err = s.from(b, when); err != nil {
			return err
		}
		t.then = &r.Then
	}
	t.plan = func(ctx context.Context, b *history.Book, now history.State) (*history.Reversal, error) {
		rev, err := b.Restore(ctx, r, now)
		if errors.Is(err, history.ErrNoTime) {
			err = noTime
		}
		return rev, slotHelp(err)
	}
	return s.takeBack(c, []*takingBack{t})
}

// restored is what the arguments mean: one place, or one item of now or of the past.
func (s *session) restored(ctx context.Context, args []string, r *history.Restore) (*takingBack, error) {
	if len(args) == 0 {
		return nil, &usageError{what: "restore what? say an item, a vdir or a collection", hint: "see vgit help restore"}
	}
	if len(args) == 1 {
		all, err := s.targets(ctx, args)
		if err != nil {
			return nil, err
		}
		if len(all) == 1 && all[0].item == "" {
			r.Where = all[0].collection
			return &takingBack{vdir: all[0].vdir, what: "restore"}, nil
		}
	}
	if r.Exact {
		return nil, &usageError{what: "--exact is about a vdir or a collection, and this is one item", hint: "leave out --exact"}
	}
	t, err := s.oneItem(ctx, args)
	if err != nil {
		return nil, err
	}
	r.Item = t.item
	return &takingBack{vdir: t.vdir, what: "restore", item: t.item}, nil
}

// noTime is the error of a restore that names no moment, and nothing that is damaged.
var noTime = &usageError{what: "restore from when? say --at TIME or --from COMMIT", hint: "vgit log shows what changed when; without a moment, only what is damaged, or has no directory any more, is brought back"}

// from is the moment that is meant.
func (s *session) from(b *history.Book, when string) (history.Moment, error) {
	if when == "" {
		return history.Moment{}, noTime
	}
	w, err := s.moment(when)
	if err != nil {
		return history.Moment{}, err
	}
	return stateAt(b, w)
}

// asUsage is an error about what was asked for, as one that a person can do something about.
func (s *session) asUsage(item string, err error) error {
	var none *history.Nothing
	if errors.As(err, &none) {
		return &usageError{what: quote(item) + " " + clean(none.What), hint: none.Hint}
	}
	return err
}

// slotHelp says which properties there are.
func slotHelp(err error) error {
	var none *merge.NoSlot
	switch {
	case errors.As(err, &none) && len(none.Have) > 0:
		return &usageError{what: "--only " + quote(none.Name) + nearest(none.Name, none.Have) + ": what differs is " + clean(strings.Join(none.Have, ", ")), hint: "see vgit help restore"}
	case errors.As(err, &none):
		return &usageError{what: "--only " + quote(none.Name) + ": there is no such property", hint: "time, place, title, attendees and others, as vgit log and vgit diff call them"}
	case errors.Is(err, merge.ErrWhole):
		return &usageError{what: clean(err.Error()), hint: "leave out --only"}
	}
	return err
}
