package repo

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vgit/repo/store"
	"vgit/repo/vdir"
)

// indexEntries is the index that fits main's tree: for each item and property file what its file looked like, for all that
// vgit does not touch what the index said before.
func (r *Repo) indexEntries(l *Local) ([]store.IndexEntry, error) {
	modes, err := r.executable(l)
	if err != nil {
		return nil, err
	}
	next := make([]store.IndexEntry, 0, len(l.stats)+16)
	for path, s := range l.stats {
		next = append(next, store.IndexEntry{
			Path: path, Hash: s.hash, Mode: cmp.Or(modes[path], store.ModeFile), Size: uint32(s.stat.Size), ModTime: s.stat.ModTime, ChangeTime: s.stat.ChangeTime,
			Dev: uint32(s.stat.Dev), Ino: uint32(s.stat.Ino),
		})
	}
	for _, e := range l.index.Entries {
		if _, ok := l.stats[e.Path]; !ok && r.keepsEntry(l, e) {
			next = append(next, e)
		}
	}
	slices.SortFunc(next, func(a, b store.IndexEntry) int { return strings.Compare(a.Path, b.Path) })
	return next, nil
}

// executable gives the mode of the paths that are executable in main's tree, since somebody committed them so. A mode is never
// an edit (F83): what the user's git says of it is kept.
func (r *Repo) executable(l *Local) (map[string]store.Mode, error) {
	modes := map[string]store.Mode{}
	for coll, tree := range l.colls {
		if tree.IsZero() {
			continue
		}
		entries, err := r.g.Tree(tree)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Mode == store.ModeExec {
				modes[r.o.Layout.path(coll, e.Name)] = e.Mode
			}
		}
	}
	return modes, nil
}

// keepsEntry tells whether an old entry stays: of a path that is no concern of vgit's, or whose file could not be looked at.
func (r *Repo) keepsEntry(l *Local, e store.IndexEntry) bool {
	coll, name, ok := r.o.Layout.split(e.Path)
	if !ok || !r.o.Layout.isItem(name) && !properties[name] {
		return true
	}
	if l.clean {
		return !l.removed[e.Path]
	}
	return l.unknown(e.Path, coll)
}

func sameIndex(a, b []store.IndexEntry) bool {
	return slices.EqualFunc(a, b, func(x, y store.IndexEntry) bool {
		return x.Path == y.Path && x.Hash == y.Hash && x.Size == y.Size && x.ModTime.Equal(y.ModTime) && x.ChangeTime.Equal(y.ChangeTime) &&
			x.Ino == y.Ino && x.Dev == y.Dev && x.Stage == y.Stage && x.Mode == y.Mode
	})
}

// settleClock waits until the clock of the file system has moved on from the newest file: an entry as new as its index
// would be read again by every later sync (git's racy rule). The kernel's clock for files ticks every few milliseconds.
func settleClock(entries []store.IndexEntry) {
	newest := time.Time{}
	for i := range entries {
		if entries[i].ModTime.After(newest) {
			newest = entries[i].ModTime
		}
	}
	if wait := 12*time.Millisecond - time.Since(newest); wait > 0 && wait <= 12*time.Millisecond {
		time.Sleep(wait)
	}
}

// writeIndex brings git's index up to date with what was seen and written, so that `git status` is clean and the next
// scan reads nothing. It is a cache: what somebody staged meanwhile is no error, and a *store.LockedError does no harm (F90).
func (r *Repo) writeIndex(l *Local) error {
	if l.clean && len(l.stats) == 0 && len(l.removed) == 0 {
		return nil
	}
	entries, err := r.indexEntries(l)
	if err != nil {
		return err
	}
	index := &store.Index{Entries: entries, Checksum: l.index.Checksum}
	if !sameIndex(l.index.Entries, index.Entries) {
		settleClock(index.Entries)
		err := r.s.WriteIndex(index)
		if errors.Is(err, store.ErrStale) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	if err := r.trustIndex(index); err != nil {
		return err
	}
	return r.rememberIndex(l, index)
}

const (
	cleanFile = "clean"
	indexFile = "index" // the checksum of the last index of which every entry was seen to say what the file holds
)

// trusted tells whether an index says what the files hold. One that git wrote may not: a filter, or the conversion of line
// ends, put something else into it, under the stat of the file (F105).
func (r *Repo) trusted(index *store.Index) bool {
	sum, err := r.s.CacheRead(indexFile)
	return err == nil && string(sum) == index.Checksum.String()
}

func (r *Repo) trustIndex(index *store.Index) error {
	if r.trusted(index) {
		return nil
	}
	return r.s.CacheWrite(indexFile, []byte(index.Checksum.String()))
}

// rememberIndex notes that the index says of every file what main has, so that the next record need not compare them one by
// one. It may be lost without harm.
func (r *Repo) rememberIndex(l *Local, index *store.Index) error {
	if len(l.damaged) > 0 || len(l.vanished) > 0 || l.odd() {
		return nil
	}
	if c, err := r.g.Commit(l.main); err != nil || c.Tree != l.Tree {
		return err // what a pull wrote is in the vdir and not on main
	}
	return r.s.CacheWrite(cleanFile, []byte(cleanText(index, l.main, r.countTracked(index))))
}

func cleanText(index *store.Index, main store.Hash, files int) string {
	return fmt.Sprintf("%s %s %d\n", index.Checksum, main, files)
}

// asRemembered tells whether the vdir is, file by file, what main has: every file is as the index saw it, none is missing or
// new, and that index and that main belong together.
func (r *Repo) asRemembered(l *Local) bool {
	if l.odd() || len(l.scan.Leftovers) > 0 {
		return false
	}
	for i := range l.scan.Files {
		if l.scan.Files[i].Changed {
			return false
		}
	}
	text, err := r.s.CacheRead(cleanFile)
	return err == nil && string(text) == cleanText(l.index, l.main, len(l.scan.Files)) && r.countTracked(l.index) == len(l.scan.Files)
}

// countTracked is the number of entries that are items or properties.
func (r *Repo) countTracked(index *store.Index) (n int) {
	for i := range index.Entries {
		if _, name, ok := r.o.Layout.split(index.Entries[i].Path); ok && (r.o.Layout.isItem(name) || properties[name]) {
			n++
		}
	}
	return n
}

// odd tells whether something in the vdir could not be looked at.
func (l *Local) odd() bool {
	return slices.ContainsFunc(l.scan.Odd, func(o vdir.Odd) bool { return o.Kind != vdir.Stray })
}
