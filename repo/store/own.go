package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"vgit/repo/disk"
)

func parent(name string) string { return path.Dir(name) }

// temp makes a new file in vgit's own folder.
func (s *Store) temp() (string, disk.File, error) {
	name := fmt.Sprintf("%s/%016x", tmpDir, rand.Uint64())
	f, err := s.createIn(tmpDir, name)
	return name, f, err
}

// Lock makes this process the only vgit at work on the repository, until unlock is called or it ends. It does not wait:
// a *LockedError names the holder. What a killed vgit left behind is cleared away first, and vgit's line in
// .git/info/attributes is there afterwards, in a fresh clone too.
func (s *Store) Lock() (unlock func() error, err error) {
	const name, holder = ownDir + "/lock", "holder"
	free, err := s.git.Lock(name, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		if err := s.mkdirs(ownDir); err != nil {
			return nil, err
		}
		free, err = s.git.Lock(name, 0o600)
	}
	if errors.Is(err, disk.ErrLocked) {
		e := &LockedError{Path: path.Join(s.path, name), Holder: "another vgit"}
		if b, err := s.CacheRead(holder); err == nil {
			e.Holder, e.Age = holderWords(string(b), s.opt.Now())
		}
		return nil, e
	}
	if errors.Is(err, errors.ErrUnsupported) { // F85: two at once would be worse than none
		return nil, fmt.Errorf("%s: the file system cannot lock files; keep the vdir on a local one: %w", path.Join(s.path, name), err)
	}
	if err != nil {
		return nil, err
	}
	err = s.sweep()
	if err == nil {
		err = s.ensureAttributes()
	}
	if err == nil {
		err = s.CacheWrite(holder, fmt.Appendf(nil, "%d %d\n", os.Getpid(), s.opt.Now().Unix()))
	}
	if err != nil {
		free()
		return nil, err
	}
	return func() error {
		s.git.Remove(ownDir + "/" + holder)
		return free()
	}, nil
}

func holderWords(text string, now time.Time) (string, time.Duration) {
	pid, since, _ := strings.Cut(strings.TrimSpace(text), " ")
	n, err := strconv.Atoi(pid)
	unix, err2 := strconv.ParseInt(since, 10, 64)
	if err != nil || err2 != nil {
		return "another vgit", 0
	}
	at := time.Unix(unix, 0).In(now.Location())
	layout := "15:04"
	if now.Sub(at) > 20*time.Hour {
		layout = "2006-01-02 15:04"
	}
	return fmt.Sprintf("vgit (pid %d, since %s)", n, at.Format(layout)), max(now.Sub(at), 0)
}

// sweep clears away what a killed vgit left: its locks (K24), its temporary files, and what it had begun with packs
// (K25). Only what is proven to be vgit's own is touched.
func (s *Store) sweep() error {
	if err := s.sweepLocks(); err != nil {
		return err
	}
	list, err := s.git.ReadDir(tmpDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range list {
		if err := s.removeFile(tmpDir + "/" + e.Name()); err != nil {
			return err
		}
	}
	if err := s.sweepDoomed(); err != nil {
		return err
	}
	return s.sweepPacks()
}

// Ino is the number of the git directory in its file system: it stays when the directory is moved, and a copy has another. 0: the system
// does not tell.
func (s *Store) Ino() (uint64, error) {
	info, err := s.git.Lstat(".")
	return info.Ino, err
}

// CacheRead reads .git/vgit/NAME: what may be lost without harm. fs.ErrNotExist if it was.
func (s *Store) CacheRead(name string) ([]byte, error) {
	if err := checkCacheName(name); err != nil {
		return nil, err
	}
	return s.git.ReadFile(ownDir + "/" + name)
}

// CacheWrite replaces .git/vgit/NAME in one step. It is not made durable: after a power loss it may be gone, or empty.
func (s *Store) CacheWrite(name string, b []byte) error {
	if err := checkCacheName(name); err != nil {
		return err
	}
	tmp, err := s.writeTemp(b, false)
	if err != nil {
		return err
	}
	if err := s.git.Rename(tmp, ownDir+"/"+name); err != nil {
		s.git.Remove(tmp)
		return err
	}
	return nil
}

// CacheReadMost is CacheRead for a file that may be large: one of more bytes than that is an error.
func (s *Store) CacheReadMost(name string, most int64) ([]byte, error) {
	if err := checkCacheName(name); err != nil {
		return nil, err
	}
	return readSmall(s.git, ownDir+"/"+name, most)
}

// CacheHead reads the first n bytes of .git/vgit/NAME, or as many as there are, and tells its size.
func (s *Store) CacheHead(name string, n int) (head []byte, size int64, err error) {
	if err := checkCacheName(name); err != nil {
		return nil, 0, err
	}
	f, err := s.git.Open(ownDir + "/" + name)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Info()
	if err != nil {
		return nil, 0, err
	}
	head = make([]byte, min(int64(n), info.Size))
	if _, err := io.ReadFull(f, head); err != nil {
		return nil, 0, err
	}
	return head, info.Size, nil
}

// CacheAppend adds to .git/vgit/NAME, which is there, in one write: what two processes add at once does not mix. It is not made durable.
func (s *Store) CacheAppend(name string, b []byte) error {
	if err := checkCacheName(name); err != nil {
		return err
	}
	f, err := s.git.Append(ownDir+"/"+name, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}

func checkCacheName(name string) error {
	if name == "" || strings.ContainsAny(name, "/\x00") || name == "." || name == ".." ||
		name == "lock" || name == "locks" || name == "tmp" || name == "doomed" {
		return fmt.Errorf("%q cannot be the name of a cache", name)
	}
	return nil
}
