package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"vgit/repo/disk"
)

// attributes keeps the user's own git from changing bytes on their way in and out (libraries 2.9, S41).
const attributes = "* -text -filter -ident !working-tree-encoding"

// Init makes a repository in a worktree, with the branch main, or takes over the one that is there. It completes one
// that an interrupted Init left half made, and changes nothing of one that is whole but for vgit's line in
// .git/info/attributes. The worktree itself is made if only that is missing.
func Init(worktree string, o Options) (*Store, error) {
	o = o.complete()
	wt, err := openWorktree(worktree, o)
	if err != nil {
		return nil, err
	}
	defer wt.Close()
	path := filepath.Join(worktree, ".git")
	if err := wt.Mkdir(".git", 0o700); err == nil {
		err = wt.SyncDir(".")
		if err != nil {
			return nil, err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	git, err := openGitDir(wt, path)
	if err != nil {
		return nil, err
	}
	s := newStore(path, git, o)
	if err := s.complete(worktree); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func openWorktree(worktree string, o Options) (disk.Dir, error) {
	wt, err := o.Dir(worktree)
	if !errors.Is(err, fs.ErrNotExist) {
		return wt, err
	}
	above, err := o.Dir(filepath.Dir(worktree))
	if err != nil {
		return nil, err
	}
	defer above.Close()
	if err := above.Mkdir(filepath.Base(worktree), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if err := above.SyncDir("."); err != nil {
		return nil, err
	}
	return o.Dir(worktree)
}

// complete makes what is missing, HEAD last: with it the directory becomes a repository.
func (s *Store) complete(worktree string) error {
	if err := checkOwner(s.path); err != nil {
		return err
	}
	whole, err := s.hasHead()
	if err != nil {
		return err
	}
	if whole {
		if err := s.check(worktree); err != nil {
			return err
		}
		return s.ensureAttributes()
	}
	if err := s.checkHeadless(); err != nil {
		return err
	}
	for _, dir := range []string{"objects/pack", "objects/info", "refs/heads", "refs/tags", "info", proofDir, tmpDir} {
		if err := s.mkdirs(dir); err != nil {
			return err
		}
	}
	if err := s.ensureAttributes(); err != nil {
		return err
	}
	if _, err := s.git.Lstat("config"); errors.Is(err, fs.ErrNotExist) {
		if err := s.writeFile("config", []byte(initialConfig)); err != nil {
			return err
		}
	}
	if err := s.writeFile("HEAD", []byte("ref: "+mainRef+"\n")); err != nil {
		return err
	}
	return s.check(worktree)
}

// initialConfig is what git init writes, but that the executable bit of a file is nobody's edit (F83).
const initialConfig = `[core]
	repositoryformatversion = 0
	filemode = false
	bare = false
	logallrefupdates = true
`

// hasHead says whether there is a HEAD with something in it. An empty one is what a power loss can leave.
func (s *Store) hasHead() (bool, error) {
	info, err := s.git.Lstat("HEAD")
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && (info.Size > 0 || !info.Mode.IsRegular()), err
}

// checkHeadless keeps Init from making a damaged repository with branches look like a new one.
func (s *Store) checkHeadless() error {
	refs, err := s.Refs("refs/heads/")
	if err != nil {
		return err
	}
	if len(refs) > 0 {
		return &Refused{s.path + " has branches and no HEAD", "git symbolic-ref HEAD refs/heads/BRANCH"}
	}
	return nil
}

// ensureAttributes puts vgit's line first, so that lines of the user's own still count after it.
func (s *Store) ensureAttributes() error {
	const name = "info/attributes"
	old, err := readSmall(s.git, name, maxConfig)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for line := range strings.Lines(string(old)) {
		if strings.TrimSpace(line) == attributes {
			return nil
		}
	}
	if err := s.mkdirs("info"); err != nil {
		return err
	}
	return s.writeFile(name, append([]byte(attributes+"\n"), bytes.Trim(old, "\x00")...))
}

// writeFile replaces a file in one step, durably.
func (s *Store) writeFile(name string, b []byte) error {
	tmp, err := s.writeTemp(b, true)
	if err != nil {
		return err
	}
	if err := s.git.Rename(tmp, name); err != nil {
		s.git.Remove(tmp)
		return err
	}
	return s.syncMove(parent(name))
}

// syncMove makes renames from vgit's own folder into dir durable. Both ends are synced: POSIX promises nothing of a
// rename of which only one is.
func (s *Store) syncMove(dir string) error {
	if err := s.git.SyncDir(dir); err != nil {
		return err
	}
	return s.git.SyncDir(tmpDir)
}

// writeTemp makes a file in vgit's own folder, to be renamed. What a crash leaves there is swept away under Lock.
func (s *Store) writeTemp(b []byte, durable bool) (name string, err error) {
	name, f, err := s.temp()
	if err != nil {
		return "", err
	}
	_, err = f.Write(b)
	if err == nil && durable {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		s.git.Remove(name)
		return "", fmt.Errorf("%s: %w", s.path, err)
	}
	return name, nil
}
