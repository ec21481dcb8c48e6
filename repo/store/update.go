package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
)

// RefChange moves one ref. A zero Old says that it must not exist, a zero New removes it.
type RefChange struct {
	Name     string
	Old, New Hash
}

// ErrStale says that a ref or the index is not, or no longer, what the caller saw. Nothing was changed.
var ErrStale = errors.New("changed meanwhile")

// Update moves refs in one step of git's own lock protocol. All locks are taken and all old values compared before the
// first ref moves; then they move one after the other in the given order, each durable before the next. So a crash
// leaves a first part of the changes done, and an error before the first move leaves nothing done: ErrStale if a value
// is not the expected one, *LockedError if another program keeps a lock. New values must be in the repository, and
// objects of the last Keep that git has cleared away meanwhile are written again. reason goes into the reflogs.
func (s *Store) Update(reason string, changes ...RefChange) error {
	if len(changes) == 0 {
		return nil
	}
	names := make([]string, 0, len(changes))
	for _, c := range changes {
		if err := checkRefName(c.Name); err != nil {
			return err
		}
		names = append(names, c.Name)
	}
	slices.Sort(names)
	if len(slices.Compact(slices.Clone(names))) < len(names) {
		return fmt.Errorf("the same ref twice in one update: %s", strings.Join(names, ", "))
	}
	if err := s.clearFolders(changes); err != nil {
		return err
	}
	locks, err := s.lockAll(names)
	if err != nil {
		return err
	}
	defer releaseAll(locks)
	byName := map[string]*lockFile{}
	for _, l := range locks {
		byName[l.path] = l
	}
	if err := s.prepare(changes, byName); err != nil {
		return err
	}
	for _, c := range changes {
		if err := s.move(c, byName[c.Name], reason); err != nil {
			return err
		}
	}
	return nil
}

// prepare does all that can fail for a reason, with the locks in hand and before anything moves.
func (s *Store) prepare(changes []RefChange, locks map[string]*lockFile) error {
	for _, c := range changes {
		if err := s.checkedOut(c.Name); err != nil {
			return err
		}
		v, err := s.readRef(c.Name)
		if err != nil {
			return err
		}
		if v.target != "" {
			return fmt.Errorf("%s leads to %s; vgit moves no symbolic ref", c.Name, v.target)
		}
		if v.hash != c.Old {
			return fmt.Errorf("%s: %w: it is %s, not %s", c.Name, ErrStale, shown(v.hash), shown(c.Old))
		}
	}
	// A pack that git has removed can be read as long as it is open: what is there is asked of a fresh list.
	if err := s.packs.scan(); err != nil {
		return err
	}
	if err := s.refreshLoose(); err != nil {
		return err
	}
	var removed []string
	for _, c := range changes {
		if c.New.IsZero() {
			removed = append(removed, c.Name)
		}
	}
	for _, c := range changes {
		if c.New.IsZero() {
			continue
		}
		if !s.Has(c.New) {
			return fmt.Errorf("%s: %s: %w", c.Name, c.New, ErrMissing)
		}
		if c.Old.IsZero() {
			if other, err := s.inTheWay(c.Name, removed); err != nil {
				return err
			} else if other != "" {
				return fmt.Errorf("%s cannot be made beside %s; rename or remove that ref", c.Name, other)
			}
		}
		if err := locks[c.Name].write([]byte(c.New.String() + "\n")); err != nil {
			return err
		}
	}
	return nil
}

// checkedOut refuses a branch that another linked worktree has checked out: its files would no longer be those of its
// HEAD.
func (s *Store) checkedOut(name string) error {
	if !strings.HasPrefix(name, "refs/heads/") {
		return nil
	}
	list, err := s.git.ReadDir("worktrees")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range list {
		head, ok, err := s.looseRef("worktrees/" + e.Name() + "/HEAD")
		if err == nil && ok && head.target == name {
			return &Refused{fmt.Sprintf("%s is checked out in the linked worktree %q", name, e.Name()),
				"git worktree remove it, or switch it to another branch"}
		}
	}
	return nil
}

func shown(h Hash) string {
	if h.IsZero() {
		return "absent"
	}
	return h.String()
}

func (s *Store) move(c RefChange, lock *lockFile, reason string) error {
	if c.New.IsZero() {
		return s.remove(c)
	}
	// As in git, the reflog comes first: it is written under the lock, which the rename gives up.
	if err := s.logUpdate(c, reason); err != nil {
		return err
	}
	return lock.commit()
}

// remove takes the packed ref away first. The other way round, a crash would bring back the packed value, which is
// older than the loose one.
func (s *Store) remove(c RefChange) error {
	packed, err := s.packedRefs()
	if err != nil {
		return err
	}
	if !packed.find(c.Name).IsZero() {
		if err := s.unpackRef(c.Name); err != nil {
			return err
		}
	}
	switch err := s.git.Remove(c.Name); {
	case err == nil:
		if err := s.git.SyncDir(path.Dir(c.Name)); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := s.git.Remove("logs/" + c.Name); err != nil && !errors.Is(err, fs.ErrNotExist) &&
		!errors.Is(err, syscall.ENOTDIR) {
		return err
	}
	return nil
}

func (s *Store) unpackRef(name string) error {
	locks, err := s.lockAll([]string{"packed-refs"})
	if err != nil {
		return err
	}
	defer releaseAll(locks)
	packed, err := s.packedRefs() // once more: only now nobody else writes it
	if err != nil {
		return err
	}
	if err := locks[0].write(packed.without(name)); err != nil {
		return err
	}
	return locks[0].commit()
}

// clearFolders removes empty folders that have the name of a ref to be made, as git does: they are what is left of refs
// such as refs/a/b when refs/a is made. One that is not empty stays, and is found to be in the way later.
func (s *Store) clearFolders(changes []RefChange) error {
	for _, c := range changes {
		if c.New.IsZero() {
			continue
		}
		for _, name := range []string{c.Name, "logs/" + c.Name} {
			if err := s.clearFolder(name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) clearFolder(name string) error {
	info, err := s.git.Lstat(name)
	if err != nil || !info.Mode.IsDir() {
		return nil
	}
	list, err := s.git.ReadDir(name)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.IsDir() {
			if err := s.clearFolder(name + "/" + e.Name()); err != nil {
				return err
			}
		}
	}
	err = s.git.Remove(name)
	if errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
