package store

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"path"
	"strings"
	"syscall"
	"time"

	"vgit/repo/disk"
)

// LockedError says that another program has held a lock for longer than vgit waits.
type LockedError struct {
	Path   string        // of the lock file
	Age    time.Duration // of the lock file; zero if not known
	Holder string        // who, in words, if it is vgit itself
}

func (e *LockedError) Error() string {
	if e.Holder != "" {
		return e.Holder + " is at work here; wait for it to end"
	}
	return fmt.Sprintf("%s: locked for %s by another program; if none is at work, remove that file", e.Path,
		e.Age.Round(time.Second))
}

// vgit's own folder in the git directory. All that is in it can be lost without harm.
const (
	ownDir   = "vgit"
	proofDir = ownDir + "/locks"
	tmpDir   = ownDir + "/tmp"
)

// lockFile is PATH.lock, held by us in git's own protocol: whoever makes that file may replace PATH by renaming it.
//
// Each is made as a second name of a file in vgit/locks, which is durable first. So a lock that a killed vgit left behind
// can be told from git's: it is still the same file. The name there gives back the path, and a number so that two
// attempts never meet.
type lockFile struct {
	store *Store
	path  string // what is locked
	proof string // "" where the file system has no links
	file  disk.File
	held  bool
}

// lockAll takes the locks of all paths, which are sorted, or none. One fsync makes all proofs durable.
func (s *Store) lockAll(paths []string) (locks []*lockFile, err error) {
	defer func() {
		if err != nil {
			releaseAll(locks)
			locks = nil
		}
	}()
	for _, p := range paths {
		l := &lockFile{store: s, path: p}
		locks = append(locks, l)
		if err := l.prove(); err != nil {
			return locks, err
		}
	}
	if err := s.git.SyncDir(proofDir); err != nil {
		return locks, err
	}
	for _, l := range locks {
		if err := l.take(); err != nil {
			return locks, err
		}
	}
	return locks, nil
}

func releaseAll(locks []*lockFile) {
	for _, l := range locks {
		l.release()
	}
}

const maxProof = 240

// prove makes the file that will become the lock.
func (l *lockFile) prove() error {
	name := fmt.Sprintf("%s~%08x", url.PathEscape(l.path), rand.Uint32())
	if len(name) > maxProof {
		return fmt.Errorf("%.60q...: name too long", l.path)
	}
	proof := proofDir + "/" + name
	f, err := l.store.createIn(proofDir, proof)
	if err != nil {
		return err
	}
	l.proof, l.file = proof, f
	return nil
}

// createIn makes a new file of ours, and the folders of ours if somebody cleared them away.
func (s *Store) createIn(dir, name string) (disk.File, error) {
	f, err := s.git.Create(name, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		if err := s.mkdirs(dir); err != nil {
			return nil, err
		}
		f, err = s.git.Create(name, 0o600)
	}
	return f, err
}

// take gives the proof its second name, and waits while another program has that.
func (l *lockFile) take() error {
	s, name := l.store, l.path+".lock"
	for waited, tries := time.Duration(0), 0; ; {
		err := s.git.Link(l.proof, name)
		switch {
		case err == nil:
			l.held = true
			return nil
		case errors.Is(err, fs.ErrNotExist) && tries < 8:
			// git removes empty folders of refs; it may do so again.
			tries++
			if err := s.mkdirs(path.Dir(name)); err != nil {
				return err
			}
		case noLinks(err):
			return l.takePlain()
		case !errors.Is(err, fs.ErrExist):
			return err
		case waited >= s.opt.LockWait:
			return s.lockedBy(name)
		default:
			s.opt.Sleep(lockPause)
			waited += lockPause
		}
	}
}

const lockPause = 50 * time.Millisecond

func noLinks(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EMLINK)
}

// takePlain makes the lock where the file system has no second names. Left behind, it has to be removed by hand.
func (l *lockFile) takePlain() error {
	s := l.store
	f, err := s.git.Create(l.path+".lock", 0o600)
	if errors.Is(err, fs.ErrExist) {
		return s.lockedBy(l.path + ".lock")
	}
	if err != nil {
		return err
	}
	l.file.Close()
	s.git.Remove(l.proof)
	l.proof, l.file, l.held = "", f, true
	return nil
}

func (s *Store) lockedBy(name string) error {
	e := &LockedError{Path: path.Join(s.path, name)}
	if info, err := s.git.Lstat(name); err == nil {
		e.Age = max(s.opt.Now().Sub(info.ModTime), 0)
	}
	return e
}

// write makes the content of the lock durable; it is what commit will put in place.
func (l *lockFile) write(b []byte) error {
	f := l.file
	l.file = nil
	if _, err := f.Write(b); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// commit puts the lock in place of what it locks, durably.
func (l *lockFile) commit() error {
	if err := l.store.git.Rename(l.path+".lock", l.path); err != nil {
		return err
	}
	l.held = false
	return l.store.git.SyncDir(path.Dir(l.path))
}

// release gives up what is still held. Calling it twice does no harm.
func (l *lockFile) release() {
	if l.file != nil {
		l.file.Close()
		l.file = nil
	}
	if l.held {
		l.held = false
		// The proof goes only when the lock is gone for good: else a power loss brings the lock back, and nobody could tell
		// whose it is. If that fails the proof stays, for the next sweep.
		if l.store.removeFile(l.path+".lock") != nil || l.store.git.SyncDir(path.Dir(l.path)) != nil {
			return
		}
	}
	if l.proof != "" {
		l.store.git.Remove(l.proof)
		l.proof = ""
	}
}

// mkdirs makes a directory and those above it, durably.
func (s *Store) mkdirs(name string) error {
	err := s.git.Mkdir(name, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if err := s.mkdirs(path.Dir(name)); err != nil {
			return err
		}
		err = s.git.Mkdir(name, 0o700)
	}
	if errors.Is(err, fs.ErrExist) {
		info, lerr := s.git.Lstat(name)
		if lerr == nil && info.Mode.IsDir() {
			return nil
		}
		return err
	}
	if err != nil {
		return err
	}
	return s.git.SyncDir(path.Dir(name))
}

// sweepLocks removes the locks that a killed vgit left behind. It is called with vgit's own lock in hand, so whoever
// made them is gone.
func (s *Store) sweepLocks() error {
	files, err := s.git.ReadDir(proofDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range files {
		proof := proofDir + "/" + f.Name()
		escaped, _, ok := strings.Cut(f.Name(), "~")
		locked, err := url.PathUnescape(escaped)
		if ok && err == nil && s.sameFile(proof, locked+".lock") {
			if err := s.removeFile(locked + ".lock"); err != nil {
				return err
			}
			// The proof goes last, and not before the lock is gone for good.
			if err := s.git.SyncDir(path.Dir(locked)); err != nil {
				return err
			}
		}
		if err := s.removeFile(proof); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) sameFile(a, b string) bool {
	x, err := s.git.Lstat(a)
	if err != nil || x.Ino == 0 {
		return false
	}
	y, err := s.git.Lstat(b)
	return err == nil && x.Mode.IsRegular() && x.Dev == y.Dev && x.Ino == y.Ino
}
