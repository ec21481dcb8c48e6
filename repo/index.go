package repo

import (
	"errors"
	"slices"
	"strings"
	"time"

	"vgit/repo/store"
)

// indexEntries is the index that fits main's tree: for each item and property file what its file looked like, for all that
// vgit does not touch what the index said before.
func (r *Repo) indexEntries(l *Local) []store.IndexEntry {
	next := make([]store.IndexEntry, 0, len(l.stats)+16)
	for path, s := range l.stats {
		next = append(next, store.IndexEntry{
			Path: path, Hash: s.hash, Mode: store.ModeFile, Size: uint32(s.stat.Size), ModTime: s.stat.ModTime, ChangeTime: s.stat.ChangeTime,
			Dev: uint32(s.stat.Dev), Ino: uint32(s.stat.Ino),
		})
	}
	for _, e := range l.index.Entries {
		if _, ok := l.stats[e.Path]; !ok && r.keepsEntry(l, e) {
			next = append(next, e)
		}
	}
	slices.SortFunc(next, func(a, b store.IndexEntry) int { return strings.Compare(a.Path, b.Path) })
	return next
}

// keepsEntry tells whether an old entry stays: of a path that is no concern of vgit's, or whose file could not be looked at.
func (r *Repo) keepsEntry(l *Local, e store.IndexEntry) bool {
	coll, name, ok := r.o.Layout.split(e.Path)
	if !ok || !r.o.Layout.isItem(name) && !properties[name] {
		return true
	}
	return l.unknown(e.Path, coll) || l.damaged[e.Path]
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
// scan reads nothing. It is a cache: a lock held by somebody else, or what they staged meanwhile, is no error.
func (r *Repo) writeIndex(l *Local) error {
	next := r.indexEntries(l)
	if sameIndex(l.index.Entries, next) {
		return nil
	}
	settleClock(next)
	err := r.s.WriteIndex(&store.Index{Entries: next, Checksum: l.index.Checksum})
	var locked *store.LockedError
	if errors.As(err, &locked) || errors.Is(err, store.ErrStale) {
		return nil
	}
	return err
}
