// Package history reads the repository of a vdir backwards: what changed, when, and from which side.
//
// It changes nothing, takes no lock and asks no remote; what it had to compute it keeps in an index, which may be lost. What a commit is, it tells from the shape of the graph and from
// what lies in the trees (docs/format.md 3 and 4), never from a message; so main may be rebased, squashed or merged by
// hand at any time. Texts out of items, file names and messages are given as they stand: whoever prints them makes them
// harmless (repo.Plain). Begin reading at Log.
package history

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"vgit/merge"
	"vgit/repo"
	"vgit/repo/disk"
	"vgit/repo/store"
)

// Kind is what brought a change about.
type Kind string

const (
	Edit Kind = "edit" // made in the vdir, by any program, or committed by hand
	Pull Kind = "pull" // came from a remote into the vdir
	Push Kind = "push" // went from the vdir to a remote
	// Fetch is what a remote was seen to hold. It is an entry only where Options.Fetched asks for it.
	Fetch Kind = "fetch"
)

// Fetched says which fetches are entries. What came of one into the vdir is told by the pull.
type Fetched int

const (
	NoFetches   Fetched = iota
	OpenFetches         // of those, what the vdir has not taken over and still differs from what was agreed; not what is only there
	AllFetches
)

// Here is where an edit comes from.
const Here = "here"

// Entry is one commit that changed items or properties of collections.
type Entry struct {
	Commit store.Hash
	// Time is when the change was made, in the zone of that machine: the author's time, which a rebase leaves alone.
	Time time.Time
	Kind Kind
	// From is Here for an edit. Else it is the name of the remote that a pull or fetch came from, or that a push went to, as it
	// was called then.
	From string
	// Open says of a fetch that some of it is not taken over.
	Open bool
	// Back says of an edit that it is an undo or a restore.
	Back bool
	// Message is the first line of the message of a commit that vgit did not make.
	Message string
	// Items are what changed, by collection and name, the files of properties among them; never empty. A move or a new name of the same UID is one '~' with
	// the old path in Was.
	Items []repo.Difference
}

// Options say which history is read, and which part of it is wanted.
type Options struct {
	Path    string // of the vdir
	Layout  repo.Layout
	Remotes []string // whose pushes are shown; nil: of all that the repository knows

	Where string // only this collection; "": all
	// Of are items, and collections as a whole, by those without a Name: what is in any of them is wanted. nil: all.
	Of []Place
	// UIDs are those of the items that are meant, of all that ever were at these places; "" is of items that have none. nil: all.
	UIDs []string
	// Item is the path of a file in the vdir, or a file name alone, which is then looked for in all collections. An item
	// that had another name before is followed by its UID.
	Item         string
	Limit        int       // entries at most; 0: all
	Since, Until time.Time // both belong to the range; zero: no bound
	// From are the sides whose changes are wanted, Here or remotes: what was sent somewhere is from Here. nil: all.
	From    []string
	Fetched Fetched
	Titles  int // items of an entry whose title is read; 0: 50, less than 0: all
	// Words asks for what changed in the items whose title is read; nil is for those who do not print it.
	Words *merge.Wording
	// Details asks for it slot by slot instead, for programs.
	Details bool

	Disk func(path string) (disk.Dir, error) // nil: the real one
}

// ErrIncomplete says that parts of the history could not be read. Log has yielded what could be.
var ErrIncomplete = errors.New("the history has gaps (git fsck tells more)")

// Log yields the history of a vdir, newest first, until yield returns false. It reads only as far as it has to, so
// the first entries come at once. Every change comes once for each side that it reached: as an edit or a pull on main,
// and as a push. A merge made by hand shows only what differs from all that was merged. A vdir without commits has no
// entries; a directory without a repository is store.ErrNoRepository, one that vgit cannot work with *store.Refused.
//
// Entries of one branch come in the order of the branch, whatever the clocks say; those of several are merged by time.
func Log(ctx context.Context, o Options, yield func(Entry) bool) error {
	b, err := Open(o)
	if err != nil {
		return err
	}
	return errors.Join(b.Log(ctx, o, yield), b.Close())
}

// slop is how many commits in a row must be older than Since before the walk ends: clocks go wrong, and commits made
// by hand may bear any date.
const slop = 1000

func (w *walk) log(ctx context.Context, o *Options, yield func(Entry) bool) error {
	if err := w.begin(); err != nil {
		return err
	}
	defer w.done()
	for left, old := o.Limit, 0; w.Len() > 0 && old < slop; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := w.next()
		if n.when().Before(o.Since) {
			old++
		} else {
			old = 0
		}
		e, err := w.step(n)
		if err != nil {
			w.gap(fmt.Errorf("commit %s: %w", n.hash, err))
		}
		if len(e.Items) == 0 {
			continue
		}
		if left--; !yield(e) || left == 0 {
			break
		}
	}
	return w.gaps()
}

// done keeps what had to be computed, and lets go of what is not reached any more.
func (w *walk) done() {
	if w.index == nil { // there was no commit
		return
	}
	w.index.flush()
	if w.Len() == 0 && w.remotes == nil && len(w.failed) == 0 {
		w.index.tidy(len(w.seen), func(h store.Hash) bool { return w.seen[place{h, true}] || w.seen[place{h, false}] })
	}
}

// wants tells whether an entry of that time and side is wanted.
func (o *Options) wants(e *Entry) bool {
	if e.Time.Before(o.Since) || !o.Until.IsZero() && e.Time.After(o.Until) {
		return false
	}
	from := e.From
	if e.Kind == Push {
		from = Here
	}
	return o.From == nil || slices.Contains(o.From, from)
}
