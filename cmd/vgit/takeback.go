package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/history"
	"vgit/repo"
	"vgit/repo/item"
	"vgit/repo/store"
)

// This file is what undo and restore have in common: a plan is made while nothing is locked, shown, asked about, and then made once more under
// the lock. What is done is what was shown: a file that is another by then stays as it is, and is named.

// takingBack is an undo or a restore in one vdir.
type takingBack struct {
	vdir   *config.VDir
	what   string          // "undo" or "restore"
	then   *history.Moment // of a restore
	item   string          // of a restore of one
	plan   func(context.Context, *history.Book, history.State) (*history.Reversal, error)
	rev    *history.Reversal
	told   []repo.Difference      // for each change, in words or in detail
	kept   []repo.Difference      // likewise, for each that stays
	no     map[history.Place]bool // left out by the person
	late   []repo.FileEdit        // what was not planned any more in the end
	report *repo.EditReport
	next   next
	err    error
}

// askable refuses options that cannot be meant.
func (s *session) askable(c *cli.Context) error {
	switch i, n, yes := c.Bool("interactive"), c.Bool("dry-run"), c.Bool("yes"); {
	case i && (n || yes):
		return &usageError{what: "--interactive does not go together with --dry-run or --yes", hint: "-n shows the plan, -i asks about it"}
	case i && s.json:
		return &usageError{what: "--interactive and --json do not go together", hint: "vgit " + c.Command.Name + " -n --json shows the plan"}
	case i && s.Ask == nil:
		return &usageError{what: "there is no terminal to ask on", hint: "vgit " + c.Command.Name + " -n shows the plan"}
	}
	return nil
}

func (s *session) takeBack(c *cli.Context, all []*takingBack) error {
	ctx := c.Context
	dry := c.Bool("dry-run")
	for _, t := range all {
		if t.err = s.foresee(ctx, t); t.err != nil {
			if t.item != "" {
				return s.asUsage(t.item, t.err)
			}
			return s.nothing(inVDir(t.vdir, t.err))
		}
		if !s.json {
			s.showReversal(t, dry)
		}
	}
	open := slices.DeleteFunc(slices.Clone(all), func(t *takingBack) bool { return len(t.rev.Changes) == 0 })
	if len(open) == 0 || dry {
		return s.tookBack(all, dry)
	}
	switch n := changesOf(open); {
	case c.Bool("interactive"):
		if ok, err := s.askEach(ctx, open); err != nil || !ok {
			return err
		}
	case n > 1 && s.Ask != nil && !c.Bool("yes") && !s.json:
		if ok, err := s.askAll(ctx, open); err != nil || !ok {
			return err
		}
	}
	for _, t := range open {
		if len(t.no) < len(t.rev.Changes) {
			t.err = s.patiently(ctx, func() error { return s.carryOutBack(ctx, t) })
			if t.report != nil && !t.report.Commit.IsZero() && !s.quiet && !s.json {
				t.next = s.lookAhead(ctx, t)
			}
		}
	}
	return s.tookBack(all, false)
}

func changesOf(all []*takingBack) (n int) {
	for _, t := range all {
		n += len(t.rev.Changes)
	}
	return n
}

// foresee makes the plan and puts it into words.
func (s *session) foresee(ctx context.Context, t *takingBack) error {
	_, err := s.editVDir(ctx, t, true, func(l *repo.Local, rev *history.Reversal) []repo.FileEdit {
		t.rev = rev
		s.wordsOf(t, l.Objects())
		return nil
	})
	return err
}

// carryOutBack does what was shown, as far as it is still so.
func (s *session) carryOutBack(ctx context.Context, t *takingBack) error {
	var err error
	t.report, err = s.editVDir(ctx, t, false, func(_ *repo.Local, rev *history.Reversal) (edits []repo.FileEdit) {
		t.late = nil
		planned := map[history.Place]repo.FileEdit{}
		for _, e := range rev.Files() {
			planned[history.Place{Collection: e.Collection, Name: e.Name}] = e
		}
		for _, e := range t.rev.Files() {
			at := history.Place{Collection: e.Collection, Name: e.Name}
			if t.no[at] {
				continue
			}
			if now, ok := planned[at]; ok && sameEdit(now, e) {
				edits = append(edits, e)
			} else {
				t.late = append(t.late, e)
			}
		}
		return edits
	})
	return err
}

func sameEdit(a, b repo.FileEdit) bool {
	return a.Before == b.Before && a.Mend == b.Mend && a.Was == b.Was && (a.After == nil) == (b.After == nil) && string(a.After) == string(b.After)
}

// editVDir lets the repository record, asks for the plan of that, and hands it to choose, which says what of it is to be written.
func (s *session) editVDir(ctx context.Context, t *takingBack, dry bool, choose func(*repo.Local, *history.Reversal) []repo.FileEdit) (*repo.EditReport, error) {
	b, err := s.book(t.vdir)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, repo.ErrNothingYet
	}
	defer b.Close()
	r, err := repo.Open(s.options(t.vdir), true)
	if err != nil {
		return nil, err
	}
	q := repo.EditRequest{Remotes: s.asking(ctx, place{vdir: t.vdir}, "").Remotes, What: t.what, DryRun: dry}
	q.Plan = func(ctx context.Context, l *repo.Local) ([]repo.FileEdit, error) {
		rev, err := t.plan(ctx, b, history.State{Tree: l.Tree, Objects: l.Objects(), Damaged: l.Damaged()})
		if err != nil {
			return nil, err
		}
		return choose(l, rev), nil
	}
	report, err := r.Edit(ctx, q)
	return report, errors.Join(err, r.Close())
}

// maxShownBack is how many changes are put into words, unless all are asked for.
const maxShownBack = 50

// wordsOf puts a plan into words.
func (s *session) wordsOf(t *takingBack, o repo.Objects) {
	now := func(h store.Hash) (*item.Item, error) {
		b, err := o.Blob(h)
		return item.Parse(b), err
	}
	for i, c := range t.rev.Changes {
		d := repo.Difference{Sign: '~', Collection: c.Collection, Name: c.Name, Old: c.Now, Was: c.Was}
		switch {
		case c.After == nil:
			d.Sign = '-'
		case c.Now.IsZero() || c.Mend:
			d.Sign, d.Old = '+', store.Hash{}
		}
		if c.After != nil {
			d.New = becomes
		}
		s.wordsOfOne(&d, i, func(h store.Hash) (*item.Item, error) {
			if h == becomes {
				return item.Parse(c.After), nil
			}
			return now(h)
		})
		t.told = append(t.told, d)
	}
	for i, k := range t.rev.Stays {
		d := repo.Difference{Sign: '~', Collection: k.Collection, Name: k.Name, New: k.Now}
		if d.New.IsZero() {
			d.New = k.Was
		}
		s.wordsOfOne(&d, i, now)
		t.kept = append(t.kept, d)
	}
}

// becomes stands for what a file is made into, which is not in the repository yet.
var becomes = store.Hash{1}

func (s *session) wordsOfOne(d *repo.Difference, i int, read repo.Read) {
	switch {
	case s.json:
		d.List(read)
	case i < maxShownBack || s.verbose:
		d.Tell(read, s.wording())
	}
}

// backWords are the answers about a whole plan.
var backWords = []answerWord{
	{"yes", "", "do it"},
	{"items", "", "ask about one item after the other"},
	{"quit", "no exit", "leave all as it is"},
}

// askAll asks once about all of it.
func (s *session) askAll(ctx context.Context, all []*takingBack) (bool, error) {
	word, err := s.askWord(ctx, fmt.Sprintf("Do these %d changes? ", changesOf(all)), backWords, []string{"yes", "items", "quit"})
	if word == "items" && err == nil {
		return s.askEach(ctx, all)
	}
	return word == "yes", err
}

// askEach asks about one item after the other, with the words of sync -i.
func (s *session) askEach(ctx context.Context, all []*takingBack) (bool, error) {
	n, of, rest, any := 0, changesOf(all), "", false
	for _, t := range all {
		t.no = map[history.Place]bool{}
		for i, c := range t.rev.Changes {
			n++
			word := rest
			if word == "" {
				s.showPutBack(s.Stderr, t, i)
				offered := []string{"yes", "no"}
				if n < of {
					offered = append(offered, "all", "done")
				}
				var err error
				if word, err = s.askWord(ctx, fmt.Sprintf("Do this (%d of %d)? ", n, of), planWords, append(offered, "quit")); err != nil {
					return false, err
				}
			}
			switch word {
			case "quit":
				return false, nil
			case "all":
				rest, word = "yes", "yes"
			case "done":
				rest, word = "no", "no"
			}
			if any = any || word == "yes"; word != "yes" {
				t.no[history.Place{Collection: c.Collection, Name: c.Name}] = true
			}
		}
	}
	return any, nil
}
