package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"vgit/repo/disk"
)

const maxIndexFile = 1 << 30

// keptIndex is an index that CheckState has read, for the ReadIndex that follows; each is handed out once.
type keptIndex struct {
	index *Index
	info  disk.Info
}

// ReadIndex reads the index of git; one that is not there is empty. If it is damaged, the error is ErrCorrupt and comes
// with an empty Index, which may be filled anew and written over the damaged one: but for what the user had staged, the
// index is a cache.
func (s *Store) ReadIndex() (*Index, error) {
	s.mu.Lock()
	kept := s.index
	s.index = keptIndex{}
	s.mu.Unlock()
	if kept.index != nil {
		if now, err := s.git.Lstat("index"); err == nil && sameState(now, kept.info) {
			return kept.index, nil
		}
	}
	x, _, err := s.loadIndex()
	return x, err
}

func sameState(a, b disk.Info) bool {
	return a.Size == b.Size && a.ModTime.Equal(b.ModTime) && a.ChangeTime.Equal(b.ChangeTime) && a.Ino == b.Ino && a.Dev == b.Dev
}

func (s *Store) loadIndex() (*Index, disk.Info, error) {
	b, info, err := s.indexBytes()
	if err != nil || len(b) == 0 {
		return &Index{ModTime: info.ModTime}, info, err
	}
	x, err := parseIndexFile(b)
	if err != nil {
		return &Index{ModTime: info.ModTime, Checksum: indexChecksum(b)}, info,
			fmt.Errorf("%s: %w", path.Join(s.path, "index"), err)
	}
	x.ModTime = info.ModTime
	return x, info, nil
}

// indexBytes reads the file and looks at it, both by one handle: git replaces the file as a whole.
func (s *Store) indexBytes() ([]byte, disk.Info, error) {
	f, err := s.git.Open("index")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, disk.Info{}, nil
	}
	if err != nil {
		return nil, disk.Info{}, err
	}
	defer f.Close()
	info, err := f.Info()
	if err != nil {
		return nil, disk.Info{}, err
	}
	if info.Size > maxIndexFile {
		return nil, disk.Info{}, tooBig(uint64(info.Size), maxIndexFile)
	}
	b := make([]byte, info.Size)
	for n := 0; n < len(b); {
		m, err := f.Read(b[n:])
		n += m
		if err != nil && n < len(b) {
			return nil, disk.Info{}, err
		}
	}
	return b, info, nil
}

// WriteIndex replaces the index by x in git's own protocol, and sets x.ModTime and x.Checksum to what is there then. If
// the file is not the one that x was read from, the user has staged something meanwhile: ErrStale, and nothing is
// changed. If another program keeps index.lock, *LockedError. The entries are sorted as git wants them.
func (s *Store) WriteIndex(x *Index) error {
	b, err := encodeIndexFile(x.Entries, uint32(os.Geteuid()), uint32(os.Getegid()))
	if err != nil {
		return err
	}
	locks, err := s.lockAll([]string{"index"})
	if err != nil {
		return err
	}
	defer releaseAll(locks)
	old, _, err := s.indexBytes()
	if err != nil {
		return err
	}
	if sum := indexChecksum(old); sum != x.Checksum {
		return fmt.Errorf("%s: %w", path.Join(s.path, "index"), ErrStale)
	}
	if err := locks[0].write(b); err != nil {
		return err
	}
	if err := locks[0].commit(); err != nil {
		return err
	}
	info, err := s.git.Lstat("index")
	if err != nil {
		return err
	}
	x.ModTime, x.Checksum = info.ModTime, indexChecksum(b)
	return nil
}

// checkIndexState refuses entries that stand for files which git was told not to look at (F93).
func (s *Store) checkIndexState() error {
	x, info, err := s.loadIndex()
	if errors.Is(err, ErrCorrupt) {
		return nil // ReadIndex says so
	}
	if err != nil {
		return err
	}
	for _, e := range x.Entries {
		if e.SkipWorktree {
			return &Refused{fmt.Sprintf("%q is left out of the worktree (skip-worktree)", e.Path),
				"git sparse-checkout disable, or git update-index --no-skip-worktree -- FILE"}
		}
		if e.AssumeValid {
			return &Refused{fmt.Sprintf("git was told that %q does not change (assume-unchanged)", e.Path),
				"git update-index --no-assume-unchanged -- FILE"}
		}
	}
	s.mu.Lock()
	s.index = keptIndex{x, info}
	s.mu.Unlock()
	return nil
}
