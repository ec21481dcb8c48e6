package repo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"vgit/repo/item"
	"vgit/repo/store"
	"vgit/repo/vdir"
)

// youngFile is how old a file that does not parse must be before it is taken for what the user wants to keep (P62).
const youngFile = 10 * time.Second

// Local is what the vdir holds, as a value: the tree that main is to have, and what was seen beside it.
type Local struct {
	Commit store.Hash // L, on the stage if it is new
	Tree   store.Hash
	main   store.Hash // the ref's value that Commit was built on
	onto   store.Hash // a pull that was cut short and is finished by this record; zero: none
	colls  map[string]store.Hash
	dirs   map[string]bool
	// vanished collections had items and have no directory; what main held of them is in Tree (F63, F64).
	vanished map[string]bool
	// emptied ones have no directory either, and all their items are in others; like has directories that are only here, and what they may
	// have been.
	emptied  map[string]bool
	like     map[string]string
	paired   func(coll string) bool // some remote has agreed on items of this collection
	problems []Problem
	index    *store.Index // as read
	stats    map[string]stamp
	clean    bool                // the vdir is what the index says, and that is what main has: nothing was compared file by file
	removed  map[string]bool     // paths that a pull removed
	lost     map[string][]string // what main held of vanished collections, by their paths
	damaged  map[string]string   // files that look half-written, and why: main keeps what it had
	scan     *vdir.Scan
	objects  objects   // to read all of it with
	restored *restored // what a person had put back
}

// stamp is what the index will say of a file.
type stamp struct {
	hash store.Hash
	stat vdir.Stat
}

// names lists the collections that the vdir has, in order.
func (l *Local) names() []string {
	set := maps.Clone(l.dirs)
	for name := range l.colls {
		set[name] = true
	}
	return slices.Sorted(maps.Keys(set))
}

func (l *Local) has(coll string) bool {
	lower := strings.ToLower(coll)
	return slices.ContainsFunc(l.names(), func(n string) bool { return strings.ToLower(n) == lower })
}

// record looks at the worktree and makes the tree of it. It writes nothing; what could not be read, is half-written, or lies
// in a directory that is missing and that some remote has items of, keeps what main had. Files that an interrupted pull wrote are in the tree like all
// else: settlePull tells whose they are.
func (r *Repo) record(ctx context.Context, paired func(coll string) bool) (*Local, error) {
	main, err := r.s.Ref(mainRef)
	if err != nil {
		return nil, err
	}
	l := &Local{objects: r.g, paired: paired, main: main, dirs: map[string]bool{}, vanished: map[string]bool{}, lost: map[string][]string{}, damaged: map[string]string{}, removed: map[string]bool{}, stats: map[string]stamp{}}
	if !main.IsZero() {
		c, err := r.g.Commit(main)
		if err != nil {
			return nil, err
		}
		l.Commit, l.Tree = main, c.Tree
	}
	if l.index, err = r.s.ReadIndex(); err != nil {
		l.index = &store.Index{}
	}
	known := l.index
	if !r.trusted(known) {
		known = &store.Index{}
	}
	if l.scan, err = r.scan(ctx, known); err != nil {
		return nil, err
	}
	r.directories(l)
	if l.clean = r.asRemembered(l); l.clean {
		l.colls, err = r.o.Layout.collections(r.g, l.Tree)
		return l, err
	}
	err = r.worktreeTree(l)
	if errors.Is(err, errIndexLies) {
		// All files are read then, as if there were no index; only what is written anew can be trusted.
		if l.scan, err = r.scan(ctx, &store.Index{}); err == nil {
			err = r.worktreeTree(l)
		}
	}
	if err != nil {
		return nil, err
	}
	return l, r.recordCommit(l)
}

// errIndexLies says that git's index names content which the repository does not have.
var errIndexLies = errors.New("the index names content that is not in the repository")

func (r *Repo) scan(ctx context.Context, index *store.Index) (*vdir.Scan, error) {
	scan, err := r.d.Scan(ctx, r.spec(), func(path string) (vdir.Stat, bool) {
		e := indexEntry(index, path)
		if e == nil || e.Stage != 0 || e.IntentToAdd || e.Mode != store.ModeFile && e.Mode != store.ModeExec || !e.ModTime.Before(index.ModTime) {
			return vdir.Stat{}, false
		}
		return vdir.Stat{Size: int64(e.Size), ModTime: e.ModTime, ChangeTime: e.ChangeTime, Dev: uint64(e.Dev), Ino: uint64(e.Ino)}, true
	})
	if err != nil {
		return nil, err
	}
	for i := range scan.Odd {
		if scan.Odd[i].Path == "" { // the one directory of the layout single
			scan.Odd[i].Path = r.o.Layout.Name
		}
	}
	return scan, nil
}

func indexEntry(index *store.Index, path string) *store.IndexEntry {
	i, ok := slices.BinarySearchFunc(index.Entries, path, func(e store.IndexEntry, p string) int { return strings.Compare(e.Path, p) })
	if !ok {
		return nil
	}
	return &index.Entries[i]
}

// directories notes which collections have one, those without any item included.
func (r *Repo) directories(l *Local) {
	l.dirs = map[string]bool{}
	for _, name := range l.scan.Collections {
		if r.o.Layout.Single {
			name = r.o.Layout.Name
		}
		l.dirs[name] = true
	}
}

// worktreeTree turns the scan into a tree, collection by collection.
func (r *Repo) worktreeTree(l *Local) error {
	var err error
	if l.colls, err = r.o.Layout.collections(r.g, l.Tree); err != nil {
		return err
	}
	r.directories(l)
	unknown := l.unknownPaths()
	files := map[string][]vdir.File{}
	for _, f := range l.scan.Files {
		coll, _, _ := r.o.Layout.split(f.Path)
		files[coll] = append(files[coll], f)
	}
	for _, coll := range l.names() {
		if !store.SoundName(coll) {
			l.problem(coll, "a directory of this name cannot be in a git repository; give it another", Lasting)
			continue
		}
		if err := r.recordCollection(l, coll, files[coll], unknown); err != nil {
			return err
		}
	}
	l.colls, err = r.o.Layout.collections(r.g, l.Tree)
	return err
}

// unknownPaths are files and collections about which nothing can be concluded.
func (l *Local) unknownPaths() map[string]bool {
	unknown := map[string]bool{}
	for _, odd := range l.scan.Odd {
		switch odd.Kind {
		case vdir.Stray:
			continue
		case vdir.Dropping:
			l.problem(odd.Path, odd.Why, Note)
			continue
		case vdir.Unstable, vdir.UnstableDir:
			l.problem(odd.Path, odd.Why, Temporary)
		default:
			l.problem(odd.Path, odd.Why, Lasting)
		}
		unknown[odd.Path] = true
	}
	return unknown
}

func (l *Local) problem(path, what string, severity Severity) {
	l.problems = append(l.problems, Problem{Name: path, What: what, Severity: severity})
}

// recordCollection edits the tree by what changed in one directory.
func (r *Repo) recordCollection(l *Local, coll string, files []vdir.File, unknown map[string]bool) error {
	old, err := r.tracked(l.colls[coll])
	if err != nil {
		return err
	}
	if !l.dirs[coll] && l.paired(coll) {
		for name := range old {
			if r.o.Layout.isItem(name) {
				l.vanished[coll] = true // what main held of it stays
				l.lost[coll] = r.paths(coll, old)
				return nil
			}
		}
		return nil
	}
	if unknown[coll] {
		return nil
	}
	ed, seen := edits{}, make(map[string]bool, len(files))
	for _, f := range files {
		_, name, _ := r.o.Layout.split(f.Path)
		seen[name] = true
		h, ok := r.fileHash(l, f)
		if !ok {
			continue
		}
		if old[name] != h {
			if !f.Changed && !r.g.Has(h) {
				return errIndexLies
			}
			ed[name] = h
		}
		l.stats[f.Path] = stamp{hash: h, stat: f.Stat}
	}
	for name := range old {
		if !seen[name] && !unknown[r.o.Layout.path(coll, name)] && !r.ignored(name) {
			ed[name] = store.Hash{}
		}
	}
	l.Tree, err = editPath(r.g, l.Tree, r.o.Layout.dir(coll), ed)
	return err
}

// ignored tells whether a name is one that the scan passes over by configuration: leaving the view is no deletion.
func (r *Repo) ignored(name string) bool {
	return slices.ContainsFunc(r.o.Ignore, func(p string) bool { ok, _ := path.Match(p, name); return ok })
}

// tracked are the items and property files of a collection's tree.
func (r *Repo) tracked(tree store.Hash) (Items, error) {
	if tree.IsZero() {
		return Items{}, nil
	}
	entries, err := r.g.Tree(tree)
	if err != nil {
		return nil, err
	}
	found := make(Items, len(entries))
	for _, e := range entries {
		r.o.Layout.putAny(found, e)
	}
	return found, nil
}

// fileHash gives the blob of a file; ok is false for one that looks half-written, which keeps what main had.
func (r *Repo) fileHash(l *Local, f vdir.File) (store.Hash, bool) {
	if !f.Changed {
		return indexEntry(l.index, f.Path).Hash, true
	}
	_, name, _ := r.o.Layout.split(f.Path)
	if properties[name] {
		return r.g.AddBlob(f.Body), true
	}
	if why := item.Damaged(f.Body); why != "" {
		l.damaged[f.Path] = why
		l.problem(f.Path, why+"; it is left alone until it is whole: "+r.mend(l, f.Path), Lasting)
		return store.Hash{}, false
	}
	it := item.Parse(f.Body)
	if it.State() == item.Broken && r.o.Now().Sub(f.Stat.ModTime) < youngFile {
		l.damaged[f.Path] = it.Problem()
		l.problem(f.Path, it.Problem()+"; it is left alone while it is new; unless somebody is still writing it, "+r.mend(l, f.Path), Temporary)
		return store.Hash{}, false
	}
	return r.g.AddBlob(f.Body), true
}

// below is the commit that the next one of main stands on: main itself, or the pull that was finished on it.
func (l *Local) below() store.Hash {
	if !l.onto.IsZero() {
		return l.onto
	}
	return l.main
}

// recordCommit makes the commit for a tree that differs from the one below, or for an unborn main.
func (r *Repo) recordCommit(l *Local) error {
	var err error
	if l.Tree, err = emptyTree(r.g, l.Tree); err != nil {
		return err
	}
	l.Commit = l.below()
	old := store.Hash{}
	if !l.Commit.IsZero() {
		c, err := r.g.Commit(l.Commit)
		if err != nil || c.Tree == l.Tree {
			return err
		}
		old = c.Tree
	}
	lines, err := r.differences(old, l.Tree)
	if err != nil {
		return err
	}
	l.Commit, err = r.commit("", r.message(editing, lines), l.Tree, l.Commit)
	return err
}

// keepRecord puts what was recorded onto main, and then what it told of interrupted pulls into base and pending.
func (r *Repo) keepRecord(ctx context.Context, l *Local, sides []*side) error {
	var changes []store.RefChange
	if l.Commit != l.main {
		changes = append(changes, store.RefChange{Name: mainRef, Old: l.main, New: l.Commit})
	}
	if change, ok, err := r.staged(l); err != nil {
		return err
	} else if ok {
		changes = append(changes, change)
	}
	var finish []func() error
	if l.restored.changed {
		change, err := r.restoredChange(l.restored, l.Commit)
		if err != nil {
			return err
		}
		changes = append(changes, change)
		finish = append(finish, func() error {
			l.restored.commit, l.restored.changed = change.New, false
			return nil
		})
	}
	for _, s := range sides {
		if s.pending.commit.IsZero() {
			continue
		}
		more, done, err := r.agreement(s, l)
		if err != nil {
			return err
		}
		changes, finish = append(changes, more...), append(finish, done)
	}
	if len(changes) == 0 {
		return nil
	}
	if err := r.publish(ctx, AtRecordKept, "vgit: edit", changes...); err != nil {
		return fmt.Errorf("main: %w", err)
	}
	l.main, l.onto = l.Commit, store.Hash{}
	r.at(AtRecorded)
	for _, done := range finish {
		if err := done(); err != nil {
			return err
		}
	}
	return nil
}
