package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Refused says that the repository is sound and in a form or a state that vgit does not work with. Nothing was changed.
type Refused struct {
	Reason string
	Remedy string // which command undoes it
}

func (r *Refused) Error() string { return r.Reason + "; " + r.Remedy }

// check looks at everything about a repository that does not change while vgit is at work.
func (s *Store) check(worktree string) error {
	if err := checkOwner(s.path); err != nil {
		return err
	}
	for _, name := range []string{"HEAD", "objects", "refs"} {
		info, err := s.git.Lstat(name)
		if err != nil || (name != "HEAD" && !info.Mode.IsDir()) {
			return fmt.Errorf("%s: %w: %s is missing or not what it must be", s.path, ErrNoRepository, name)
		}
	}
	var err error
	if s.conf, err = s.readConfig(); err != nil {
		return err
	}
	if err := s.conf.check(); err != nil {
		return err
	}
	if err := s.checkWorktree(worktree); err != nil {
		return err
	}
	return s.checkFiles()
}

// extensions that change nothing for vgit, if they have that value.
var harmless = map[string]string{"noop": "", "noop-v1": "", "objectformat": "sha1", "refstorage": "files"}

// remedies for the extensions that git has.
var remedies = map[string]string{
	"objectformat":    "clone it into a repository of SHA-1: git init, then git fetch from the old one",
	"refstorage":      "git refs migrate --ref-format=files",
	"worktreeconfig":  "git sparse-checkout disable (which may have made it), move the settings of .git/config.worktree to .git/config, then git config --unset extensions.worktreeConfig",
	"partialclone":    "git fetch --refetch --no-filter, then git config --unset extensions.partialClone",
	"preciousobjects": "git config --unset extensions.preciousObjects",
}

func (c config) check() error {
	if v := c.get("core", "repositoryformatversion"); v != "" && v != "0" && v != "1" {
		return &Refused{"git repository of format " + v, "use the git version that made it to clone it"}
	}
	for _, key := range c.keys("extensions") {
		value := c.get("extensions", key)
		if want, ok := harmless[key]; ok && (want == "" || strings.EqualFold(value, want)) {
			continue
		}
		remedy := remedies[key]
		if remedy == "" {
			remedy = "git config --unset extensions." + key + ", if nothing in the repository needs it"
		}
		return &Refused{fmt.Sprintf("the repository uses the git extension %s (%s)", key, value), remedy}
	}
	if c.isTrue("core", "bare") {
		return &Refused{"the repository is bare: it has no worktree", "git clone it, and use the clone"}
	}
	if c.isTrue("core", "splitindex") {
		return &Refused{"the repository uses a split index", "git update-index --no-split-index, then git config core.splitIndex false"}
	}
	return c.checkPromisors()
}

func (s *Store) checkWorktree(worktree string) error {
	other := s.conf.get("core", "worktree")
	if other == "" {
		return nil
	}
	if !filepath.IsAbs(other) {
		other = filepath.Join(s.path, other)
	}
	a, aerr := os.Stat(other)
	b, berr := os.Stat(worktree)
	if aerr == nil && berr == nil && os.SameFile(a, b) {
		return nil
	}
	return &Refused{fmt.Sprintf("core.worktree of %s leads to %s", s.path, other), "git config --unset core.worktree"}
}

func (c config) checkPromisors() error {
	for _, sec := range c.file.Sections {
		if !sec.IsName("remote") {
			continue
		}
		for _, sub := range sec.Subsections {
			if sub.HasOption("promisor") && gitTrue(sub.Option("promisor")) {
				return &Refused{
					fmt.Sprintf("the repository is a partial clone of %q", sub.Name),
					fmt.Sprintf("git fetch --refetch --no-filter, then git config --unset remote.%s.promisor", sub.Name),
				}
			}
		}
	}
	return nil
}

// CheckRemote refuses a name that is one of git's own remotes: git fetch would move the refs that vgit keeps under it (S7).
func (s *Store) CheckRemote(name string) error {
	for _, sec := range s.conf.file.Sections {
		if sec.IsName("remote") && sec.HasSubsection(name) {
			return &Refused{fmt.Sprintf("git has a remote of its own that is called %q, too", name), "git remote rename " + name + " another-name"}
		}
	}
	return nil
}

// checkFiles finds what a repository says by the presence of a file.
func (s *Store) checkFiles() error {
	table := []struct{ file, reason, remedy string }{
		{"commondir", "the git directory shares that of another repository", "use the main worktree, or git clone it"},
		{"reftable", "the repository keeps its refs in reftables", remedies["refstorage"]},
		{"shallow", "the repository is a shallow clone", "git fetch --unshallow"},
		{"objects/info/alternates", "the repository borrows objects of another one",
			"git repack -a -d, then remove .git/objects/info/alternates"},
	}
	for _, row := range table {
		info, err := s.git.Lstat(row.file)
		if err == nil && (info.Mode.IsDir() || info.Size > 0) {
			return &Refused{row.reason, row.remedy}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return err
		}
	}
	return nil
}

// CheckState looks at what may change between two syncs: the branch, what git is in the middle of, and what a sparse
// checkout leaves out. Where it gives a *Refused, nothing in the worktree can be taken for the user's intent.
func (s *Store) CheckState() error {
	if err := s.checkHead(); err != nil {
		return err
	}
	table := []struct{ file, what, remedy string }{
		{"rebase-merge", "a rebase", "git rebase --continue or --abort"},
		{"rebase-apply/applying", "git am", "git am --continue or --abort"},
		{"rebase-apply", "a rebase", "git rebase --continue or --abort"},
		{"MERGE_HEAD", "a merge", "git commit or git merge --abort"},
		{"CHERRY_PICK_HEAD", "a cherry-pick", "git cherry-pick --continue or --abort"},
		{"REVERT_HEAD", "a revert", "git revert --continue or --abort"},
		{"BISECT_LOG", "a bisect", "git bisect reset"},
		{"sequencer", "a series of commits", "git cherry-pick or git revert --continue or --abort"},
	}
	for _, row := range table {
		switch _, err := s.git.Lstat(row.file); {
		case err == nil:
			return &Refused{row.what + " is in progress", row.remedy}
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
			return err
		}
	}
	conf, err := s.readConfig()
	if err != nil {
		return err
	}
	if err := conf.check(); err != nil {
		return err
	}
	if conf.isTrue("core", "sparsecheckout") {
		return &Refused{"the worktree is a sparse checkout", "git sparse-checkout disable"}
	}
	return s.checkIndexState()
}

func (s *Store) checkHead() error {
	head, ok, err := s.looseRef("HEAD")
	if err != nil {
		return err
	}
	switch {
	case !ok:
		return fmt.Errorf("%s: %w: HEAD is missing", s.path, ErrNoRepository)
	case head.target == "":
		return &Refused{"HEAD is detached", "git switch main"}
	case head.target != mainRef:
		return &Refused{
			fmt.Sprintf("%q is checked out, not main", strings.TrimPrefix(head.target, "refs/heads/")),
			"git switch main, or git branch -m main to give this branch the name",
		}
	}
	return nil
}

const mainRef = "refs/heads/main"
