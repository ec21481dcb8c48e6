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

	"vgit/cmd/config"
	"vgit/history"
	"vgit/repo"
	"vgit/repo/store"
)

// target is what an argument means: a vdir, a collection of one, or an item, which may be one of the past. A property of a collection counts as an item.
type target struct {
	vdir       *config.VDir
	collection string         // "": all of the vdir
	item       string         // path of the file in the vdir, where it is or was last; "": all of the collection
	found      *history.Found // the item, if words found it
}

// targetName is how a person would write it: "cal", "cal/work" or "work/dentist.ics", the last with the vdir if there are several.
func (s *session) targetName(t target) string {
	switch {
	case t.item != "" && len(s.cfg.VDirs) > 1:
		return t.vdir.Name + "/" + t.item
	case t.item != "":
		return t.item
	case t.collection == "" || t.vdir.Single:
		return t.vdir.Name
	}
	return t.vdir.Name + "/" + t.collection
}

// targets is what arguments mean, each once, in their order; without any it is all vdirs. Arguments that are no name of anything are
// words: all of them have to occur in an item, in those places that the others name. What means nothing is a *usageError that says what is near.
func (s *session) targets(ctx context.Context, args []string) (all []target, err error) {
	var words []string
	for _, arg := range args {
		found, err := s.named(ctx, arg)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 && s.onlyName(arg) {
			return nil, s.unheard(arg)
		}
		if len(found) == 0 {
			words = append(words, arg)
		}
		for _, t := range found {
			if !slices.Contains(all, t) {
				all = append(all, t)
			}
		}
	}
	if len(all) == 0 {
		for i := range s.cfg.VDirs {
			all = append(all, target{vdir: &s.cfg.VDirs[i]})
		}
	}
	if len(words) == 0 {
		return all, nil
	}
	if all, err = s.withWords(ctx, all, words); err == nil && len(all) == 0 {
		wrong := s.unheard(strings.Join(words, " "))
		if len(words) > 1 {
			wrong.hint += "; one item has to have all of these words, and several are named by their files"
		}
		err = wrong
	}
	return all, err
}

// onlyName tells whether an argument can be a name alone: something in a vdir that is named, or the file of an item.
func (s *session) onlyName(arg string) bool {
	name, _, _ := strings.Cut(arg, "/")
	return s.cfg.VDir(name) != nil || slices.ContainsFunc(s.cfg.VDirs, func(v config.VDir) bool { return strings.HasSuffix(arg, v.Extension) })
}

// withWords finds the items in some places that have words, now or in the past.
func (s *session) withWords(ctx context.Context, in []target, words []string) (all []target, err error) {
	for i := range s.cfg.VDirs {
		v := &s.cfg.VDirs[i]
		if !slices.ContainsFunc(in, func(t target) bool { return t.vdir == v }) {
			continue
		}
		layout := s.options(v).Layout
		found, err := history.Search(ctx, history.Options{Path: v.Path, Layout: layout, Disk: s.Disk}, history.NewQuery(words))
		if err != nil && !errors.Is(err, history.ErrIncomplete) {
			if err = s.unread(v, err); err != nil {
				return nil, err
			}
		}
		for _, f := range found {
			if slices.ContainsFunc(in, func(t target) bool { return t.vdir == v && slices.ContainsFunc(f.Places, t.holds) }) {
				all = append(all, target{v, f.Last.Collection, layout.Path(f.Last.Collection, f.Last.Name), f})
			}
		}
	}
	return all, nil
}

// holds tells whether a place is part of what is meant.
func (t target) holds(p history.Place) bool {
	return (t.collection == "" || t.collection == p.Collection) && (t.item == "" || path.Base(t.item) == p.Name)
}

// oneItem is the one item that arguments mean, of now or, if there is none, of the past. If they mean several, the error lists them.
func (s *session) oneItem(ctx context.Context, args []string) (target, error) {
	if len(args) == 0 {
		return target{}, &usageError{what: "which item? say its file, or words that find it", hint: itemForms}
	}
	all, err := s.targets(ctx, args)
	if err != nil {
		return target{}, err
	}
	if now := slices.DeleteFunc(slices.Clone(all), func(t target) bool { return t.item == "" || !t.present() }); len(now) == 1 {
		return now[0], nil
	}
	if len(all) == 1 && all[0].item != "" {
		return all[0], nil
	}
	if len(all) == 1 {
		return target{}, &usageError{what: quote(s.targetName(all[0])) + " is more than one item", hint: itemForms}
	}
	return target{}, s.tooMany(strings.Join(args, " "), all)
}

// itemForms is what a hint says an item may be called.
const itemForms = "ITEM is the file of an item, such as work/dentist.ics or dentist.ics, or words of its title, its people, a mail address or a phone number"

// maxNamed is how many of several items an error names.
const maxNamed = 10

func (s *session) tooMany(arg string, all []target) error {
	var names []string
	for _, t := range all {
		if len(names) == maxNamed {
			names = append(names, "and more")
			break
		}
		name := s.targetName(t)
		if t.found != nil && t.found.Title != "" {
			name += " (" + repo.Label(t.found.Title, t.found.When, "") + ")"
		}
		if t.item != "" && !t.present() {
			name += ", which is gone"
		}
		names = append(names, name)
	}
	return &usageError{what: quote(arg) + " is several: " + strings.Join(names, "; "), hint: "say one of them, or more words"}
}

// present tells whether a target is in the vdir now.
func (t target) present() bool {
	_, err := os.Lstat(filepath.Join(t.vdir.Path, filepath.FromSlash(t.item)))
	return err == nil
}

// named is what one argument names: a vdir, a directory or file in one that it names too, a path of this machine, or a directory or file in any vdir.
func (s *session) named(ctx context.Context, arg string) (all []target, err error) {
	name, rest, _ := strings.Cut(arg, "/")
	if v := s.cfg.VDir(name); v != nil {
		return s.inVDir(ctx, v, strings.TrimSuffix(rest, "/"))
	}
	for i := range s.cfg.VDirs {
		v := &s.cfg.VDirs[i]
		if rel, err := filepath.Rel(v.Path, s.abs(arg)); err == nil && filepath.IsLocal(rel) {
			if all, err = s.inVDir(ctx, v, strings.TrimPrefix(filepath.ToSlash(rel), ".")); err != nil || len(all) > 0 {
				return all, err
			}
		}
	}
	for i := range s.cfg.VDirs {
		found, err := s.inVDir(ctx, &s.cfg.VDirs[i], strings.TrimSuffix(arg, "/"))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// inVDir is what a path or a name means inside a vdir, now or else in the past.
func (s *session) inVDir(ctx context.Context, v *config.VDir, name string) (all []target, err error) {
	if name == "" {
		return []target{{vdir: v}}, nil
	}
	layout := s.options(v).Layout
	isFile := strings.HasSuffix(name, v.Extension) || repo.IsProperty(path.Base(name))
	if isFile {
		if coll, _, ok := layout.Split(name); ok && (target{vdir: v, item: name}).present() {
			return []target{{vdir: v, collection: coll, item: name}}, nil
		}
	}
	for _, dir := range localDirs(v.Path) {
		switch t := (target{vdir: v, collection: dir, item: layout.Path(dir, name)}); {
		case v.Single:
		case dir == name && !isFile:
			return []target{{vdir: v, collection: dir}}, nil
		case isFile && !strings.Contains(name, "/") && t.present():
			all = append(all, t)
		}
	}
	if len(all) > 0 {
		return all, nil
	}
	return s.inPast(ctx, v, name)
}

// inPast is what a path or a name meant in a vdir once.
func (s *session) inPast(ctx context.Context, v *config.VDir, name string) (all []target, err error) {
	layout := s.options(v).Layout
	places, err := s.pastPlaces(ctx, v)
	for _, p := range places {
		switch file := layout.Path(p.Collection, p.Name); {
		case p.Collection == name && !v.Single:
			return []target{{vdir: v, collection: name}}, nil
		case file == name || p.Name == name:
			all = append(all, target{vdir: v, collection: p.Collection, item: file})
		}
	}
	return all, err
}

// pastPlaces are all places that the history of a vdir knows; it is read once for all arguments.
func (s *session) pastPlaces(ctx context.Context, v *config.VDir) ([]history.Place, error) {
	if places, known := s.past[v]; known {
		return places, nil
	}
	places, err := history.Places(ctx, history.Options{Path: v.Path, Layout: s.options(v).Layout, Disk: s.Disk})
	if err != nil && !errors.Is(err, history.ErrIncomplete) {
		if err = s.unread(v, err); err != nil {
			return nil, err
		}
	}
	if s.past == nil {
		s.past = map[*config.VDir][]history.Place{}
	}
	s.past[v] = places
	return places, nil
}

// unread is the error of a history that could not be read: nil if there is none yet. That a vdir is not where it was (F62) is said once, and is no
// reason not to look at the others.
func (s *session) unread(v *config.VDir, err error) error {
	if !errors.Is(err, store.ErrNoRepository) && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", v.Name, err)
	}
	if !s.absent[v] && repo.Known(s.stateDir(), v.Path) {
		if s.absent == nil {
			s.absent = map[*config.VDir]bool{}
		}
		s.absent[v] = true
		s.fail(v.Name, s.words(v, repo.ErrNotMounted))
	}
	return nil
}

// absence is the exit code of a command that looked at so many vdirs.
func (s *session) absence(looked int) int {
	switch len(s.absent) {
	case 0:
		return exitSync
	case looked:
		return exitNothing
	}
	return exitSome
}

// unheard is the error for an argument that means nothing, now or ever.
func (s *session) unheard(arg string) *usageError {
	known := s.known()
	return &usageError{what: "nothing is called " + quote(arg) + nearest(strings.TrimSuffix(arg, "/"), known) + "; there are: " + strings.Join(known, ", "),
		hint: "WHERE is VDIR or VDIR/COLLECTION; " + itemForms}
}

// known are the vdirs and their collections.
func (s *session) known() (names []string) {
	for i := range s.cfg.VDirs {
		v := &s.cfg.VDirs[i]
		names = append(names, v.Name)
		if v.Single {
			continue
		}
		for _, dir := range localDirs(v.Path) {
			names = append(names, v.Name+"/"+dir)
		}
	}
	return names
}
