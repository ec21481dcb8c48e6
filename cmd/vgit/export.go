package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/history"
	"vgit/merge"
	"vgit/repo"
	"vgit/repo/item"
	"vgit/repo/store"
)

func (s *session) exportCommand() *cli.Command {
	return command(cli.Command{
		Name: "export", Usage: "print a calendar or address book as one file, as it is or was", ArgsUsage: "[--at REV|TIME] [WHERE | ITEM]",
		Description: "Prints one iCalendar object with all events, tasks and time zones, or all cards one\n" +
			"after the other: vgit export cal/work > work.ics. What cannot be read as an item is\n" +
			"left out and named, and the exit status is 3.",
		Flags:  []cli.Flag{&cli.StringFlag{Name: "at", Usage: "as it was then: `REV|TIME`"}},
		Action: s.export,
	})
}

func (s *session) export(c *cli.Context) error {
	if err := s.textOnly("export"); err != nil {
		return err
	}
	if err := s.open(); err != nil {
		return err
	}
	t, err := s.exported(c.Context, c.Args().Slice())
	if err != nil {
		return err
	}
	all, err := s.versions(c.Context, t, c.String("at"))
	if err != nil {
		return err
	}
	var items []*item.Item
	var names []string
	props := map[string]string{}
	code := exitSync
	for _, v := range all {
		file := s.options(t.vdir).Layout.Path(v.Collection, v.Name)
		switch {
		case repo.IsProperty(v.Name):
			props[v.Name] = strings.TrimSpace(string(v.Bytes()))
		case v.State() != item.Sound:
			code = exitSome
			s.say(t.vdir.Name, file+": left out: "+v.Problem())
		default:
			items, names = append(items, v.Item), append(names, file)
		}
	}
	if len(items) == 0 && code == exitSome && t.item != "" {
		return ended(code)
	}
	body, renamed := s.bundle(t, items, props)
	if !s.quiet {
		for _, r := range renamed {
			s.say(t.vdir.Name, fmt.Sprintf("%s: its time zone %q is another than that of the same name before it, and is called %q", names[r.Item], r.From, r.To))
		}
	}
	if err := s.putBytes(body); err != nil {
		return err
	}
	return ended(code)
}

// bundle is the one file.
func (s *session) bundle(t target, items []*item.Item, props map[string]string) ([]byte, []merge.Renamed) {
	if t.vdir.Kind == config.Contacts {
		return merge.BundleCards(items), nil
	}
	p := merge.Properties{Name: props["displayname"], Description: props["description"], Color: props["color"]}
	if p.Name == "" && t.item == "" {
		p.Name = t.collection
	}
	return merge.BundleCalendar(items, p)
}

// exported is the one thing that arguments mean.
func (s *session) exported(ctx context.Context, args []string) (target, error) {
	all, err := s.targets(ctx, args)
	if err != nil {
		return target{}, err
	}
	if now := slices.DeleteFunc(slices.Clone(all), func(t target) bool { return t.item != "" && !t.present() }); len(all) > 1 && len(now) == 1 {
		all = now
	}
	if len(all) == 1 {
		return all[0], nil
	}
	if len(args) > 0 {
		return target{}, s.tooMany(strings.Join(args, " "), all)
	}
	var names []string
	for _, t := range all {
		names = append(names, t.vdir.Name)
	}
	return target{}, &usageError{what: "export which vdir? there are: " + strings.Join(names, ", "), hint: "one file holds one of them, or a collection: vgit export " + repo.ShellWord(names[0])}
}

// versions are the items and properties that are to be exported.
func (s *session) versions(ctx context.Context, t target, at string) ([]history.Version, error) {
	if t.item != "" {
		seen, err := s.see(ctx, t, at, false)
		if err != nil {
			return nil, err
		}
		s.tellOlder(seen)
		coll, name, _ := s.options(t.vdir).Layout.Split(seen.item)
		return []history.Version{{Place: history.Place{Collection: coll, Name: name}, Item: seen.Item}}, nil
	}
	if at == "" {
		return s.filesOf(t)
	}
	if err := s.isThere(t.vdir); err != nil {
		return nil, err
	}
	when, err := s.moment(at)
	if err != nil {
		return nil, err
	}
	b, err := history.Open(history.Options{Path: t.vdir.Path, Layout: s.options(t.vdir).Layout, Disk: s.Disk})
	if err != nil {
		return nil, s.noHistory(t, err)
	}
	defer b.Close()
	m, err := stateAt(b, when)
	if err != nil {
		return nil, err
	}
	all, err := b.Versions(m, t.covers)
	if err == nil && t.collection != "" && len(all) == 0 {
		err = &usageError{what: quote(s.targetName(t)) + " had nothing " + asOf(m), hint: "vgit log " + repo.ShellWord(s.targetName(t)) + " shows when it had"}
	}
	return all, err
}

// isThere refuses a vdir that is not where it was, lest an empty file take the place of a good one.
func (s *session) isThere(v *config.VDir) error {
	if _, err := os.Lstat(v.Path); err != nil && !repo.Known(s.stateDir(), v.Path) {
		return &usageError{what: v.Name + " is not there yet: " + fileError(err), hint: "vgit sync makes it"}
	}
	if _, err := os.Lstat(filepath.Join(v.Path, ".git")); err != nil && repo.Known(s.stateDir(), v.Path) {
		return fmt.Errorf("%s: %w", v.Name, errors.New(s.words(v, repo.ErrNotMounted)))
	}
	return nil
}

// covers tells whether a place is in a collection that is meant. The properties count of one collection alone.
func (t target) covers(p history.Place) bool {
	if repo.IsProperty(p.Name) {
		return t.collection == p.Collection || t.vdir.Single
	}
	return t.collection == "" || t.collection == p.Collection
}

// tellOlder says that what is exported is not what is there now.
func (s *session) tellOlder(seen *sight) {
	if (seen.gone != nil || seen.deleted) && !s.quiet {
		s.say(seen.vdir.Name, seen.item+": is gone, and exported as it was last")
	}
}

// filesOf are the items and properties as they lie in the vdir.
func (s *session) filesOf(t target) (all []history.Version, err error) {
	if err := s.isThere(t.vdir); err != nil {
		return nil, err
	}
	layout := s.options(t.vdir).Layout
	dirs := localDirs(t.vdir.Path)
	switch {
	case t.vdir.Single:
		dirs = []string{layout.Name}
	case t.collection != "":
		dirs = []string{t.collection}
	}
	for _, coll := range dirs {
		dir := path.Dir(layout.Path(coll, "x"))
		entries, err := os.ReadDir(filepath.Join(t.vdir.Path, filepath.FromSlash(dir)))
		if errors.Is(err, fs.ErrNotExist) && t.collection != "" {
			return nil, &usageError{what: quote(s.targetName(t)) + " is not there now", hint: "--at exports it as it was"}
		}
		if err != nil {
			return nil, &usageError{what: fileError(err)}
		}
		for _, e := range entries {
			p := history.Place{Collection: coll, Name: e.Name()}
			isItem := e.Type().IsRegular() && layout.IsItem(store.Entry{Name: e.Name(), Mode: store.ModeFile})
			if !isItem && !(e.Type().IsRegular() && repo.IsProperty(e.Name())) || !t.covers(p) {
				continue
			}
			it, err := readPlain(target{vdir: t.vdir, item: layout.Path(coll, e.Name())})
			if err != nil {
				return nil, err
			}
			all = append(all, history.Version{Place: p, Item: it})
		}
	}
	return all, nil
}
