package repo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"vgit/remote"
	"vgit/repo/disk"
	"vgit/repo/item"
	"vgit/repo/store"
	"vgit/repo/vdir"
)

const (
	mainRef = "refs/heads/main"
	// Who commits on this machine. Authors of what came from a remote have the remote's name.
	committerName  = "vgit"
	committerEmail = "vgit@localhost"
)

func trackingRef(remote string) string { return "refs/remotes/" + remote + "/main" }
func baseRef(remote string) string     { return "refs/vgit/" + remote + "/base" }
func pendingRef(remote string) string  { return "refs/vgit/" + remote + "/pending" }

// Options are what a vdir is configured to be, and the world that it lives in.
type Options struct {
	Path      string // of the vdir, absolute
	Layout    Layout
	Kind      remote.Kind
	Extension string   // of items
	Ignore    []string // more patterns of files that are no items
	// Properties are those of collections that are synced, of remote.PropertyNames. Others are left alone on both sides.
	Properties []string
	Parallel   int      // collections in work at once
	Remotes    []string // the names of all remotes of the vdir, those that a run does not speak with included; nil: nobody says
	Machine    Machine  // that this is
	StateDir   string   // where the list of known vdirs is kept; "": none is kept

	Now      func() time.Time
	Sleep    func(context.Context, time.Duration) error
	Disk     func(string) (disk.Dir, error) // nil: the real one
	Progress Progress                       // nil: nobody looks
	Hooks    Hooks
	// At is called at each boundary of a sync, from the goroutine that has come to it, sometimes from several at once. nil: nobody
	// looks, as in the command. A test ends the process in it, or what stands for one.
	At func(Point)
}

// ErrNotMounted says that a vdir which was synced before is not where it was (F62).
var ErrNotMounted = errors.New("the vdir was here before, and its .git is not here now; mount the disk, or put it back")

// Repo is an open vdir: the directory, the repository in it, and objects in memory that lie over the repository. It is
// for one sync, status or the like, and one goroutine but where it says otherwise.
type Repo struct {
	o Options
	s *store.Store
	d *vdir.Dir
	g *stage

	align    sync.Mutex // of the bases, whose pairs follow renamed files
	refs     sync.Mutex // of publish: several remotes may be written to side by side
	mu       sync.Mutex
	items    map[store.Hash]*item.Item // parsed, for the length of the run
	written  []string                  // the files that vgit wrote, for Hooks.AfterWrite
	refused  map[string]error          // the files that Hooks.BeforeDelete kept
	copied   string                    // of what other place this repository is a copy, and has not come to an end with it; "": it is none
	branches map[string]store.Hash     // see Moved
	temp     string                    // a repository that exists for a dry run only
}

// Open opens the vdir, and sets it up if it was never seen before. A dry run sets nothing up: it works on an empty
// repository in a temporary directory, which Close removes.
func Open(o Options, dry bool) (*Repo, error) {
	r := &Repo{o: o, items: map[store.Hash]*item.Item{}}
	so := store.Options{Now: o.Now, Dir: o.Disk}
	s, err := store.Open(o.Path, so)
	if errors.Is(err, store.ErrNoRepository) || errors.Is(err, fs.ErrNotExist) {
		s, err = r.setUp(so, dry)
	}
	if err != nil {
		return nil, err
	}
	r.s, r.g = s, newStage(s)
	if r.d, err = vdir.Open(r.worktree(), o.Disk); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// worktree is the directory that is scanned: for the dry run of a vdir that does not exist, an empty one.
func (r *Repo) worktree() string {
	if r.temp != "" {
		if _, err := os.Stat(r.o.Path); err != nil {
			return r.temp
		}
	}
	return r.o.Path
}

func (r *Repo) setUp(so store.Options, dry bool) (*store.Store, error) {
	known, err := knownVdirs(r.o.StateDir)
	if err != nil {
		return nil, err
	}
	if known[r.o.Path] {
		return nil, fmt.Errorf("%s: %w", r.o.Path, ErrNotMounted)
	}
	if dry {
		if r.temp, err = os.MkdirTemp("", "vgit-dry-run-"); err != nil {
			return nil, err
		}
		so.Dir = nil
		return store.Init(r.temp, so)
	}
	if err := makeDirectory(r.o.Disk, r.o.Path); err != nil {
		return nil, err
	}
	r.at(AtDirectory)
	s, err := store.Init(r.o.Path, so)
	if err == nil {
		r.at(AtRepository)
	}
	return s, err
}

// Close frees what is open, and removes what a dry run made.
func (r *Repo) Close() error {
	var errs []error
	if r.d != nil {
		errs = append(errs, r.d.Close())
	}
	if r.s != nil {
		errs = append(errs, r.s.Close())
	}
	if r.temp != "" {
		errs = append(errs, os.RemoveAll(r.temp))
	}
	return errors.Join(errs...)
}

// parse reads an item by its blob, once in a run. It may be called from several goroutines.
func (r *Repo) parse(h store.Hash) (*item.Item, error) {
	r.mu.Lock()
	it := r.items[h]
	r.mu.Unlock()
	if it != nil {
		return it, nil
	}
	b, err := r.g.Blob(h)
	if err != nil {
		return nil, err
	}
	it = item.Parse(b)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.items) < 1000 { // a bound on memory, not on what can be read
		r.items[h] = it
	}
	return it, nil
}

func (r *Repo) signature(author string) (who, committer store.Signature) {
	now := r.o.Now()
	committer = store.Signature{Name: committerName, Email: committerEmail, When: now}
	if author == "" {
		return committer, committer
	}
	if author == takenBack {
		return store.Signature{Name: author, Email: committerEmail, When: now}, committer
	}
	return store.Signature{Name: author, Email: author + "@vgit", When: now}, committer
}

// commit adds a commit to the stage.
func (r *Repo) commit(author, message string, tree store.Hash, parents ...store.Hash) (store.Hash, error) {
	tree, err := emptyTree(r.g, tree)
	if err != nil {
		return store.Hash{}, err
	}
	who, committer := r.signature(author)
	var known []store.Hash
	for _, p := range parents {
		if !p.IsZero() {
			known = append(known, p)
		}
	}
	return r.g.AddCommit(store.Commit{Tree: tree, Parents: known, Author: who, Committer: committer, Message: message})
}

// publish makes what the refs will name durable, is at the point kept, and then moves them, in the order given.
func (r *Repo) publish(ctx context.Context, kept Point, why string, changes ...store.RefChange) error {
	r.refs.Lock()
	defer r.refs.Unlock()
	var roots []store.Hash
	for _, c := range changes {
		roots = append(roots, c.New)
	}
	release, err := r.g.KeepOnly(ctx, roots...)
	if err != nil {
		return &unkeptError{err}
	}
	r.at(kept)
	if err = r.s.Update(why, changes...); err == nil {
		r.noteMoved(changes)
	}
	if err = errors.Join(err, release()); err != nil && !errors.Is(err, store.ErrStale) {
		return &unkeptError{err}
	}
	return err
}

func (r *Repo) noteMoved(changes []store.RefChange) {
	for _, c := range changes {
		if _, ok := r.branches[c.Name]; ok || c.Name != mainRef && !strings.HasPrefix(c.Name, "refs/remotes/") {
			continue
		}
		if r.branches == nil {
			r.branches = map[string]store.Hash{}
		}
		r.branches[c.Name] = c.Old
	}
}

// Moved names the branches that got commits since Open, main and tracking branches, with what they were before; zero: they were not there.
func (r *Repo) Moved() map[string]store.Hash { return r.branches }

// unkeptError says that the repository could not be written. Then nothing is begun any more with any remote (F58).
type unkeptError struct{ err error }

func (e *unkeptError) Error() string { return e.err.Error() }
func (e *unkeptError) Unwrap() error { return e.err }
