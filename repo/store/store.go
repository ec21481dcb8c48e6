// Package store is a git repository that other programs may use at any moment: objects, refs, index and packs.
//
// It guarantees that objects are durable before a ref names them, that a ref moves only from the value that the caller
// saw and in git's own lock protocol, that whatever is read is what its name says, and that a crash after any single
// operation leaves a repository that git's fsck has nothing to say about. It runs no program, obeys no environment
// variable, and treats what is in the repository as hostile. It knows nothing of vdirs, remotes and syncs. Begin
// reading at Store, then Stage.Keep and Store.Update.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"vgit/repo/disk"
)

// Options is the world that a Store lives in. The zero value is the real one.
type Options struct {
	Now func() time.Time                    // time.Now
	Dir func(path string) (disk.Dir, error) // disk.Open
	// LockWait is how long a lock of another program is waited for: 2 s if zero, not at all if negative.
	LockWait time.Duration
	Sleep    func(time.Duration) // time.Sleep
	// Who is named in the reflogs: the user, as in the commits. The time in it is not used.
	Who Signature
}

func (o Options) complete() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Dir == nil {
		o.Dir = disk.Open
	}
	if o.LockWait == 0 {
		o.LockWait = 2 * time.Second
	}
	if o.Sleep == nil {
		o.Sleep = time.Sleep
	}
	if o.Who.Name == "" {
		o.Who.Name = "vgit"
	}
	if o.Who.Email == "" {
		o.Who.Email = "vgit@localhost"
	}
	return o
}

// Store is an open repository. Its methods may be called from several goroutines, and beside git at any moment. Keep,
// Update, WriteIndex and Fold are called under Lock: to the next holder of the lock, what another vgit has begun and not
// ended is what a dead one left behind. Reading needs no lock.
type Store struct {
	path  string // of the git directory, for messages
	git   disk.Dir
	opt   Options
	packs packs
	bases baseCache
	conf  config

	mu    sync.Mutex
	fresh map[Hash]object // loose objects that no ref may name yet: see Stage.Keep
	since tally           // what was kept since the last Fold
	index keptIndex       // what CheckState read, for the next ReadIndex
}

func newStore(path string, git disk.Dir, o Options) *Store {
	s := &Store{path: path, git: git, opt: o, fresh: map[Hash]object{}}
	s.packs.dir = git
	return s
}

// Open opens the repository of a worktree. A *Refused says what vgit cannot work with, and how to undo it;
// ErrNoRepository that there is none, or half of one, which Init completes.
func Open(worktree string, o Options) (*Store, error) {
	o = o.complete()
	path := filepath.Join(worktree, ".git")
	wt, err := o.Dir(worktree)
	if err != nil {
		return nil, err
	}
	defer wt.Close()
	git, err := openGitDir(wt, path)
	if err != nil {
		return nil, err
	}
	s := newStore(path, git, o)
	if err := s.check(worktree); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// ErrNoRepository says that there is no git repository in that directory, or only half of one.
var ErrNoRepository = errors.New("not a git repository")

func openGitDir(wt disk.Dir, path string) (disk.Dir, error) {
	info, err := wt.Lstat(".git")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrNoRepository)
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode.IsDir() {
		return nil, &Refused{
			Reason: path + " is a file or a link that leads elsewhere (a linked worktree or a submodule)",
			Remedy: "use the main worktree, or make a repository of its own with git clone",
		}
	}
	return wt.Sub(".git")
}

// Close frees the handles. The Store is not to be used afterwards.
func (s *Store) Close() error {
	s.packs.close()
	s.bases.drop()
	return s.git.Close()
}
