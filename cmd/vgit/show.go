package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/history"
	"vgit/merge"
	"vgit/repo"
)

func (s *session) showCommand() *cli.Command {
	return command(cli.Command{
		Name: "show", Usage: "show an item in words, or one change", ArgsUsage: "[--at REV|TIME] [--raw] ITEM | REV",
		Description: "ITEM is the file of an item, such as work/dentist.ics or dentist.ics, also of one\n" +
			"that is gone: then it is shown as it was last. REV is a change as vgit log names\n" +
			"it. With -v all is shown, rules as they are written and bookkeeping too.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "at", Usage: "the item as it was then: `REV|TIME`"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "raw", Usage: "print the bytes of the file"},
		},
		Action: s.show,
	})
}

// jsonShow is the answer of `vgit show --json`: an item, or a change.
type jsonShow struct {
	jsonHead
	Item  *jsonItem  `json:"item,omitempty"`
	Entry *jsonEntry `json:"entry,omitempty"` // of REV
}

func (s *session) show(c *cli.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	args := c.Args().Slice()
	if len(args) == 1 && history.IsRevision(args[0]) {
		if done, err := s.showRevision(c, args[0]); done || err != nil {
			return err
		}
	}
	if len(args) == 0 {
		return &usageError{what: "show what? say the file of an item, or a commit", hint: "see vgit help show"}
	}
	t, err := s.oneItem(c.Context, args)
	if err != nil {
		return err
	}
	if c.Bool("raw") && s.json {
		return &usageError{what: "--raw prints bytes, and --json text", hint: "leave out one of them"}
	}
	seen, err := s.see(c.Context, t, c.String("at"), !c.Bool("raw"))
	if err != nil {
		return err
	}
	if c.Bool("raw") {
		return s.putBytes(seen.Bytes())
	}
	if s.json {
		return s.printJSON(jsonShow{jsonHead: head(exitSync), Item: s.itemAnswer(seen)})
	}
	return s.page(c.Context, func(context.Context) error {
		s.showItem(seen)
		return nil
	})
}

// showRevision shows a commit, of whichever vdir has it; done is false if none has.
func (s *session) showRevision(c *cli.Context, rev string) (done bool, err error) {
	type hit struct {
		vdir  *config.VDir
		entry history.Entry
	}
	var hits []hit
	for i := range s.cfg.VDirs {
		v := &s.cfg.VDirs[i]
		entry, ok, err := s.entryOf(v, rev)
		switch {
		case err != nil:
			return false, err
		case ok:
			hits = append(hits, hit{v, entry})
		}
	}
	switch {
	case len(hits) == 0:
		return false, nil
	case len(hits) > 1:
		var names []string
		for _, h := range hits {
			names = append(names, h.vdir.Name+" "+shortName(h.entry.Commit))
		}
		return false, &usageError{what: quote(rev) + " is several: " + strings.Join(names, ", "), hint: "say the name of the one that is meant: vgit show " + shortName(hits[0].entry.Commit)}
	}
	if c.IsSet("at") || c.Bool("raw") {
		return false, &usageError{what: "--at and --raw are for items, and " + quote(rev) + " is a commit", hint: "see vgit help show"}
	}
	e := vdirEntry{Entry: hits[0].entry, vdir: hits[0].vdir}
	if items := s.alsoWords(c.Context, rev); len(items) > 0 {
		return false, s.commitOrItem(rev, e, items)
	}
	if s.json {
		return true, s.printJSON(jsonShow{jsonHead: head(exitSync), Entry: &logAnswer([]vdirEntry{e})[0]})
	}
	s.verbose = true // all of it
	return true, s.page(c.Context, func(context.Context) error {
		fmt.Fprintf(s.Stdout, "commit %s\n", e.Commit)
		if len(e.Items) == 0 {
			fmt.Fprintln(s.Stdout, "    no item changed")
			return nil
		}
		return s.showEntry(e, "")
	})
}

// sureLetters are as many letters of the name of a commit as nobody writes for anything else: those that the log has.
const sureLetters = 8

// alsoWords are the items that the first letters of a commit find as well: a short word such as cafe may be either.
func (s *session) alsoWords(ctx context.Context, rev string) (items []target) {
	if len(rev) >= sureLetters || strings.ContainsAny(rev, "~^/") || rev == "main" || rev == "HEAD" {
		return nil
	}
	all, _ := s.targets(ctx, []string{rev}) // what finds nothing is no item
	return slices.DeleteFunc(all, func(t target) bool { return t.item == "" })
}

func (s *session) commitOrItem(rev string, e vdirEntry, items []target) error {
	err := s.tooMany(rev, items)
	var both *usageError
	if errors.As(err, &both) {
		both.what = quote(rev) + " is a commit, " + shortName(e.Commit) + ", and finds " + strings.TrimPrefix(both.what, quote(rev)+" is several: ")
		both.hint = "say more letters of the commit, or the file of the item"
	}
	return err
}

// entryOf reads a commit of a vdir; ok is false if that has no such commit, or no history.
func (s *session) entryOf(v *config.VDir, rev string) (e history.Entry, ok bool, err error) {
	w := s.wording()
	o := history.Options{Path: v.Path, Layout: s.options(v).Layout, Disk: s.Disk, Details: s.json}
	if !s.json {
		o.Words = &w
	}
	b, err := history.Open(o)
	if err != nil {
		return e, false, s.unread(v, err)
	}
	defer b.Close()
	m, err := b.At(history.When{Text: rev, Rev: rev})
	var none *history.NoMoment
	if errors.As(err, &none) {
		return e, false, nil
	}
	if err == nil {
		e, err = b.Entry(m.Commit)
	}
	if err != nil {
		return e, false, s.unread(v, err)
	}
	return e, true, nil
}

// sight is an item as it was seen somewhere.
type sight struct {
	target
	history.Version
	at       history.Moment // zero: as it is now
	gone     *history.Entry // what took it away
	deleted  bool           // it is gone, and no sync knows yet
	waits    []*repo.Step
	waitsFor []string // remotes of these
}

// see finds an item as it is, or was at a moment; one that is gone as it was last. With waits it is found out whether it waits for a person.
func (s *session) see(ctx context.Context, t target, at string, waits bool) (*sight, error) {
	if at == "" && t.present() {
		it, err := readPlain(t)
		if err != nil {
			return nil, err
		}
		seen := &sight{target: t, Version: history.Version{Item: it}}
		if waits {
			s.seeWaiting(ctx, seen)
		}
		return seen, nil
	}
	b, err := history.Open(history.Options{Path: t.vdir.Path, Layout: s.options(t.vdir).Layout, Disk: s.Disk})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.vdir.Name, err)
	}
	defer b.Close()
	seen := &sight{target: t}
	var found *history.Version
	if at == "" {
		if found, seen.gone, err = b.Last(ctx, t.item); err == nil && found == nil {
			err = &usageError{what: quote(t.item) + " was never in the history", hint: "vgit log shows what was"}
		}
		seen.deleted = seen.gone == nil
	} else {
		found, err = s.seeAt(ctx, b, seen, at)
	}
	if err != nil {
		return nil, err
	}
	seen.Version = *found
	seen.item = s.options(t.vdir).Layout.Path(found.Collection, found.Name)
	return seen, nil
}

func (s *session) seeAt(ctx context.Context, b *history.Book, seen *sight, at string) (*history.Version, error) {
	when, err := s.moment(at)
	if err != nil {
		return nil, err
	}
	if seen.at, err = stateAt(b, when); err != nil {
		return nil, err
	}
	found, err := b.Version(ctx, seen.at, seen.item)
	if err == nil && found == nil {
		err = &usageError{what: quote(seen.item) + " was not there " + asOf(seen.at), hint: "vgit log " + repo.ShellWord(seen.item) + " shows when it was"}
	}
	return found, err
}

// asOf names a moment: "at 2026-11-24 18:00 (1a2b3c4d)".
func asOf(m history.Moment) string {
	return "at " + logTime(m.Time) + " (" + shortName(m.Commit) + ")"
}

// seeWaiting finds out whether an item waits for a person.
func (s *session) seeWaiting(ctx context.Context, seen *sight) {
	coll, name, ok := s.options(seen.vdir).Layout.Split(seen.item)
	if !ok {
		return
	}
	r := s.statusVDir(ctx, place{vdir: seen.vdir, collections: []string{coll}})
	if seen.vdir.Single {
		r = s.statusVDir(ctx, place{vdir: seen.vdir})
	}
	for _, rem := range r.report.Remotes {
		if rem.Plan == nil {
			continue
		}
		for _, step := range rem.Plan.InState(repo.Waits) {
			if step.Collection == coll && step.Name == name {
				seen.waits, seen.waitsFor = append(seen.waits, step), append(seen.waitsFor, rem.Name)
			}
		}
	}
}

// shownWording is how whole items are told.
func (s *session) shownWording() merge.Wording {
	w := s.wording()
	w.Local = s.Now().Location()
	return w
}

// withMembers adds the names of the members of a group, as the vdir has them now.
func (s *session) withMembers(w merge.Wording, seen *sight) merge.Wording {
	if w.Show(seen.Item).Type != "group" {
		return w
	}
	names := map[string]string{}
	all, _ := s.filesOf(target{vdir: seen.vdir}) // without them UIDs are shown
	for _, v := range all {
		if uid := strings.TrimPrefix(strings.ToLower(v.UID()), "urn:uuid:"); uid != "" {
			names[uid] = v.Summary()
		}
	}
	w.Named = func(uid string) string { return names[uid] }
	return w
}
