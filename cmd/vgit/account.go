package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"

	"vgit/cmd/config"
	"vgit/remote"
	"vgit/repo"
	"vgit/repo/vdir"
)

// account is a remote that remembers what it showed, so that the configuration can choose among all of its collections at
// once.
type account struct {
	remote.Remote
	io.Closer
	vdir   *config.VDir
	from   *config.Remote
	url    string
	user   string // of the login; "" if it is not known
	shown  remote.Account
	locals []string // directories of the vdir before the run
	names  []string // that collections have, known ones and new ones
	bound  map[remote.Href]string
}

// Look asks the remote and keeps the answer.
func (a *account) Look(ctx context.Context, known remote.Binding) (remote.Account, error) {
	shown, err := a.Remote.Look(ctx, known)
	if err == nil {
		a.shown, a.names, a.bound = shown, nil, map[remote.Href]string{}
	}
	return shown, err
}

// Learned passes on what the remote learned.
func (a *account) Learned() map[string]string {
	if l, ok := a.Remote.(remote.Learner); ok {
		return l.Learned()
	}
	return nil
}

// Make passes on what the remote can make.
func (a *account) Make(ctx context.Context, b remote.Binding, c remote.NewCollection) (remote.Href, error) {
	if m, ok := a.Remote.(remote.Maker); ok {
		return m.Make(ctx, b, c)
	}
	return "", &remote.Refused{Text: "collections cannot be made on a remote of this type"}
}

// newID answers repo.Remote.NewID: the id that the configuration gives to a directory.
func (a *account) newID(dir string) string {
	name, ok := a.called(dir)
	if id, _ := a.from.Collections.New(name); id != "" || !ok {
		return id
	}
	return name
}

// called is the name by which the configuration knows a directory. With the layout single that is the one name that it gives, if it
// gives one: then ok is true, and the name is an id at the same time.
func (a *account) called(dir string) (name string, ok bool) {
	if named := a.from.Collections.Named(); a.vdir.Single && len(named) == 1 {
		return named[0], true
	}
	return dir, false
}

// choose answers repo.Remote.Choose: the configuration says whether, and a directory that is there already, the table or
// the display name says under which name.
func (a *account) choose(info remote.Info, dirs []string, taken func(string) bool) (string, bool) {
	name, ok := a.name(info, dirs, taken)
	if ok {
		a.bound[info.Href] = name
	}
	if ok || taken == nil {
		a.names = append(a.names, name)
	}
	return name, ok
}

func (a *account) name(info remote.Info, dirs []string, taken func(string) bool) (string, bool) {
	if taken == nil {
		_, ok := a.take(info, dirs[0])
		return dirs[0], ok
	}
	if a.vdir.Single {
		_, ok := a.take(info, "")
		return a.vdir.Name, ok
	}
	dir := a.partner(info, dirs)
	chosen, ok := a.take(info, dir)
	switch {
	case !ok:
		return "", false
	case chosen != "":
		dir = chosen
	case dir == "":
		dir = a.newName(info, taken)
	}
	return dir, true
}

// placed answers repo.Remote.Placed: the directory that a table gives to a collection.
func (a *account) placed(info remote.Info) string {
	if a.vdir.Single {
		return ""
	}
	dir, _ := a.take(info, "")
	return dir
}

// take asks the configuration about one collection among all that the account shows. dir is its directory, if it has one.
func (a *account) take(info remote.Info, dir string) (string, bool) {
	all, i := a.candidates(info, dir)
	choices, _, _ := a.from.Collections.Match(all)
	return choices[i].Dir, choices[i].Take
}

func (a *account) candidates(info remote.Info, dir string) (all []config.Collection, at int) {
	at = -1
	for i, other := range a.shown.Collections {
		c := a.candidate(other)
		if other.Href == info.Href {
			at, c.Dir, c.Here = i, dir, dir != ""
		}
		all = append(all, c)
	}
	if at < 0 { // asked before it looked, or about one that is not shown any more
		c := a.candidate(info)
		c.Dir, c.Here = dir, dir != ""
		all, at = append(all, c), len(all)
	}
	return all, at
}

func (a *account) candidate(info remote.Info) config.Collection {
	return config.Collection{Slug: slug(info), ID: info.ID, URL: a.absolute(info.Href), Own: a.own(info), There: true, Generated: info.Generated}
}

// slug is the directory name that a collection would have by its display name alone.
func slug(info remote.Info) string {
	if info.Name == "" {
		return ""
	}
	return vdir.DirName(info.Name, info.ID, func(string) bool { return false })
}

func (a *account) absolute(href remote.Href) string {
	base, err := url.Parse(a.url)
	if err != nil {
		return string(href)
	}
	u, err := base.Parse(string(href))
	if err != nil {
		return string(href)
	}
	return u.String()
}

// own tells whether the configured address is this very collection.
func (a *account) own(info remote.Info) bool {
	return strings.TrimSuffix(a.absolute(info.Href), "/") == strings.TrimSuffix(a.url, "/")
}

// callings are the names that a collection may have as a directory.
func callings(info remote.Info) []string {
	return slices.DeleteFunc([]string{info.Name, slug(info), info.ID}, func(name string) bool { return name == "" })
}

// partner is the directory without a collection that this collection belongs to by its name, "" if there is none. Case counts only where
// two directories or two collections differ by it.
func (a *account) partner(info remote.Info, dirs []string) string {
	for _, name := range callings(info) {
		if slices.Contains(dirs, name) {
			return name
		}
	}
	for _, name := range callings(info) {
		var like []string
		for _, dir := range dirs {
			if vdir.Fold(dir) == vdir.Fold(name) {
				like = append(like, dir)
			}
		}
		if len(like) == 1 && !a.elsewhere(info, like[0]) {
			return like[0]
		}
	}
	return ""
}

// elsewhere tells whether a directory has the very name of another collection.
func (a *account) elsewhere(info remote.Info, dir string) bool {
	return slices.ContainsFunc(a.shown.Collections, func(other remote.Info) bool {
		return other.Href != info.Href && slices.Contains(callings(other), dir)
	})
}

func (a *account) newName(info remote.Info, taken func(string) bool) string {
	display := info.Name
	if a.vdir.DirectoryNames == config.ByID {
		display = ""
	}
	folded := map[string]bool{}
	for _, n := range slices.Concat(a.locals, a.names) {
		folded[vdir.Fold(n)] = true
	}
	return vdir.DirName(display, info.ID, func(f string) bool { return folded[f] || taken(f) })
}

// wanted answers repo.Remote.Wanted: whether a directory without a collection is meant for this remote.
func (a *account) wanted(dir string) bool {
	name, _ := a.called(dir)
	_, ok := a.from.Collections.New(name)
	return ok
}

// named answers repo.Remote.Named: what the configuration names and nobody has.
func (a *account) named() (dirs []string) {
	if a.shown.Binding.URL == "" {
		return nil
	}
	if a.vdir.Single {
		return []string{a.vdir.Name}
	}
	missing, _ := a.unfit()
	for _, m := range missing {
		if slices.Contains(a.from.Collections.Named(), m.Dir) {
			dirs = append(dirs, m.Dir)
		}
	}
	return dirs
}

// toBeMade tells of an entry of the configuration that fits nothing whether a collection is made for it, or that is asked about.
func (a *account) toBeMade(p config.Pairing) bool {
	_, ok := a.from.Collections.New(p.Dir)
	here := a.vdir.Single || slices.Contains(localDirs(a.vdir.Path), p.Dir)
	return ok && (a.from.Create == config.CreateYes || a.from.Create == config.CreateAsk && here)
}

// unmatched are names in the configuration that fit no collection, and ids that fit two.
func (a *account) unmatched() []repo.Problem {
	missing, ambiguous := a.unfit()
	var found []repo.Problem
	for _, m := range missing {
		if a.toBeMade(m) {
			continue
		}
		found = append(found, repo.Problem{Remote: a.from.Name, What: fmt.Sprintf("no collection %q, which the configuration names", m.At),
			Hint: "it has: " + strings.Join(a.ids(), ", "), Severity: repo.Lasting})
	}
	for _, line := range ambiguous {
		found = append(found, repo.Problem{Remote: a.from.Name, What: line, Severity: repo.Lasting})
	}
	return found
}

// unfit gives those entries of the configuration that fit nothing, and says which fit too much.
func (a *account) unfit() (missing []config.Pairing, ambiguous []string) {
	if a.shown.Binding.URL == "" || len(a.shown.Failed) > 0 {
		return nil, nil // it was not, or not wholly, seen
	}
	var all []config.Collection
	for _, info := range a.shown.Collections {
		all = append(all, a.candidate(info))
	}
	for _, dir := range slices.Concat(localDirs(a.vdir.Path), a.names) {
		all = append(all, config.Collection{Dir: dir, Here: true})
	}
	_, missing, ambiguous = a.from.Collections.Match(all)
	return missing, ambiguous
}

func (a *account) ids() (ids []string) {
	for _, info := range a.shown.Collections {
		ids = append(ids, info.ID)
	}
	if len(ids) == 0 {
		return []string{"none"}
	}
	return ids
}

// localDirs are the directories of a vdir that can be collections.
func localDirs(path string) (names []string) {
	entries, _ := os.ReadDir(path) // a vdir that cannot be read is an error elsewhere
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names
}
