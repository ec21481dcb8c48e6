package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestInitMakesWhatGitExpects(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "vdir")
	s := must(Init(dir, testOptions()))(t)
	defer s.Close()
	filepath.Walk(dir, func(p string, info os.FileInfo, err error) error {
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", p, info.Mode(), err)
		}
		return nil
	})
	needGit(t)
	for _, row := range [][]string{{"refs/heads/main", "symbolic-ref", "HEAD"}, {"0", "config", "core.repositoryformatversion"},
		{"false", "config", "core.bare"}, {"true", "config", "core.logallrefupdates"}, {"", "status", "--porcelain"},
		{"a.ics: text: unset\na.ics: filter: unset\na.ics: ident: unset\na.ics: working-tree-encoding: unspecified",
			"check-attr", "text", "filter", "ident", "working-tree-encoding", "--", "a.ics"}} {
		if out := strings.TrimSpace(git(t, dir, row[1:]...)); out != row[0] {
			t.Errorf("git %s: %q, want %q", row[1:], out, row[0])
		}
	}
}

// Taking over what is there changes nothing but the attributes, and keeps the user's lines there (S41).
func TestInitTakesOver(t *testing.T) {
	t.Parallel()
	needGit(t)
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	info := filepath.Join(dir, ".git", "info", "attributes")
	if err := errors.Join(os.WriteFile(info, []byte("*.ics diff=ics\n"), 0o600), os.WriteFile(filepath.Join(dir, "a"), []byte("a\r\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "add", "a")
	git(t, dir, "commit", "-qm", "x")
	config := must(os.ReadFile(filepath.Join(dir, ".git", "config")))(t)
	for range 2 {
		s := must(Init(dir, testOptions()))(t)
		if err := s.CheckState(); err != nil {
			t.Error(err)
		}
		s.Close()
	}
	if b := must(os.ReadFile(info))(t); string(b) != attributes+"\n*.ics diff=ics\n" {
		t.Errorf("attributes: %q", b)
	}
	if b := must(os.ReadFile(filepath.Join(dir, ".git", "config")))(t); string(b) != string(config) {
		t.Errorf("config changed: %q", b)
	}
}

// A fresh clone gets the line with the first lock.
func TestCloneGetsAttributes(t *testing.T) {
	t.Parallel()
	needGit(t)
	s, dir, _, _ := twoCommits(t)
	clone := t.TempDir()
	git(t, clone, "clone", "-q", dir, ".")
	c := must(Open(clone, testOptions()))(t)
	defer c.Close()
	unlock := must(c.Lock())(t)
	defer unlock()
	if b, err := os.ReadFile(filepath.Join(clone, ".git", "info", "attributes")); err != nil || !strings.Contains(string(b), attributes) {
		t.Errorf("%q, %v", b, err)
	}
	if want := must(s.Ref(mainRef))(t); must(c.Ref(mainRef))(t) != want {
		t.Error("the clone has another main")
	}
}

// F103, S35, S36: what vgit does not work with is refused with the command that undoes it, and nothing is changed.
func TestRefusedForms(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, file, body, remedy string }{
		{"reftable", "config", "[extensions]\n\trefStorage = reftable\n", "git refs migrate"},
		{"sha256", "config", "[extensions]\n\tobjectFormat = sha256\n", "SHA-1"},
		{"worktreeConfig", "config", "[Extensions]\n\tWorktreeConfig = true\n", "extensions.worktreeConfig"},
		{"worktreeConfig without value", "config", "[extensions]\n\tworktreeConfig\n", "extensions.worktreeConfig"},
		{"unknown extension", "config", "[extensions]\n\tfancy = 1\n", "extensions.fancy"},
		{"partial clone", "config", "[extensions]\n\tpartialClone = origin\n", "git fetch --refetch"},
		{"promisor", "config", "[remote \"origin\"]\n\tpromisor = true\n", "remote.origin.promisor"},
		{"format 2", "config", "[core]\n\trepositoryformatversion = 2\n", "git version"},
		{"bare", "config", "[core]\n\tbare = true\n", "git clone"},
		{"split index", "config", "[core]\n\tsplitIndex = true\n", "--no-split-index"},
		{"worktree elsewhere", "config", "[core]\n\tworktree = /tmp\n", "--unset core.worktree"},
		{"shallow", "shallow", Hash{1}.String() + "\n", "--unshallow"},
		{"alternates", "objects/info/alternates", "/elsewhere\n", "git repack -a -d"},
		{"commondir", "commondir", "../..\n", "main worktree"},
	} {
		s, dir := newTestStore(t)
		s.Close()
		name := filepath.Join(dir, ".git", row.file)
		if err := os.WriteFile(name, []byte(row.body), 0o600); err != nil {
			t.Fatal(err)
		}
		before := snapshot(t, dir)
		for way, open := range map[string]func(string, Options) (*Store, error){"Open": Open, "Init": Init} {
			_, err := open(dir, testOptions())
			var refused *Refused
			if !errors.As(err, &refused) || !strings.Contains(refused.Remedy, row.remedy) {
				t.Errorf("%s: %s: %v, want a refusal with %q", row.name, way, err, row.remedy)
			}
		}
		if after := snapshot(t, dir); after != before {
			t.Errorf("%s: changed to\n%s", row.name, after)
		}
	}
}

func TestAcceptedForms(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = SHA1\n\trefStorage = files\n\tnoop = 1\n",
		"[core]\n\tworktree = ..\n\tbare = false\n",
		"[remote \"origin\"]\n\tpromisor = false\n",
		"[include]\n\tpath = /nowhere\n[core]\n\tfsmonitor = /bin/false\n\thooksPath = /nowhere\n",
	} {
		_, dir := newTestStore(t)
		if err := os.WriteFile(filepath.Join(dir, ".git", "config"), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir, testOptions())
		if err != nil {
			t.Errorf("%q: %v", body, err)
			continue
		}
		s.Close()
	}
}

func TestGitDirElsewhereIsRefused(t *testing.T) {
	t.Parallel()
	_, dir := newTestStore(t)
	other := t.TempDir()
	link, file := filepath.Join(other, "link"), filepath.Join(other, "file")
	err := errors.Join(os.MkdirAll(link, 0o700), os.MkdirAll(file, 0o700),
		os.Symlink(filepath.Join(dir, ".git"), filepath.Join(link, ".git")),
		os.WriteFile(filepath.Join(file, ".git"), []byte("gitdir: "+filepath.Join(dir, ".git")+"\n"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	for _, wt := range []string{link, file} {
		for way, open := range map[string]func(string, Options) (*Store, error){"Open": Open, "Init": Init} {
			var refused *Refused
			if _, err := open(wt, testOptions()); !errors.As(err, &refused) {
				t.Errorf("%s %s: %v, want a refusal", way, wt, err)
			}
		}
	}
	if _, err := Open(other, testOptions()); !errors.Is(err, ErrNoRepository) {
		t.Errorf("no repository: %v", err)
	}
}

// S36.
func TestOthersRepositoryIsRefused(t *testing.T) {
	t.Parallel()
	for mode, ok := range map[os.FileMode]bool{0o700: true, 0o755: true, 0o775: true, 0o777: false, 0o702: false} {
		_, dir := newTestStore(t)
		if err := os.Chmod(filepath.Join(dir, ".git"), mode); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir, testOptions())
		if (err == nil) != ok {
			t.Errorf("mode %o: %v", mode, err)
		}
		if err == nil {
			s.Close()
		}
	}
	_, dir := newTestStore(t)
	if err := os.Chown(filepath.Join(dir, ".git"), os.Geteuid()+1, -1); err != nil {
		t.Skip("cannot give a file away: the owner is not tested")
	}
	var refused *Refused
	if _, err := Open(dir, testOptions()); !errors.As(err, &refused) {
		t.Errorf("of another user: %v", err)
	}
}

// F93, F94.
func TestRefusedStates(t *testing.T) {
	t.Parallel()
	needGit(t)
	type do func(t *testing.T, dir string)
	run := func(args ...string) do { return func(t *testing.T, dir string) { git(t, dir, args...) } }
	file := func(name string) do {
		return func(t *testing.T, dir string) {
			p := filepath.Join(dir, ".git", name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o700), os.WriteFile(p, nil, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, row := range map[string]struct {
		do     do
		remedy string
	}{
		"another branch":   {run("checkout", "-q", "-b", "other"), "git switch main"},
		"detached":         {run("checkout", "-q", "--detach"), "git switch main"},
		"bisect":           {run("bisect", "start"), "git bisect reset"},
		"merge":            {file("MERGE_HEAD"), "git merge --abort"},
		"rebase":           {file("rebase-merge/done"), "git rebase"},
		"am":               {file("rebase-apply/applying"), "git am"},
		"cherry-pick":      {file("CHERRY_PICK_HEAD"), "git cherry-pick"},
		"revert":           {file("REVERT_HEAD"), "git revert"},
		"sparse":           {run("sparse-checkout", "set", "x"), "git sparse-checkout disable"},
		"skip-worktree":    {run("update-index", "--skip-worktree", "a"), "--no-skip-worktree"},
		"assume-unchanged": {run("update-index", "--assume-unchanged", "a"), "--no-assume-unchanged"},
		"split index":      {run("update-index", "--split-index"), "--no-split-index"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dir, _, _ := twoCommits(t)
			git(t, dir, "checkout", "-q", "-f", "main")
			if err := s.CheckState(); err != nil {
				t.Fatalf("before: %v", err)
			}
			row.do(t, dir)
			var refused *Refused
			if err := s.CheckState(); !errors.As(err, &refused) || !strings.Contains(refused.Remedy, row.remedy) {
				t.Errorf("%v, want a refusal with %q", err, row.remedy)
			}
		})
	}
}

func TestCheckedOutElsewhere(t *testing.T) {
	t.Parallel()
	needGit(t)
	s, dir, a, b := twoCommits(t)
	git(t, dir, "worktree", "add", "-q", "-b", "side", filepath.Join(t.TempDir(), "wt"))
	var refused *Refused
	if err := s.Update("x", RefChange{"refs/heads/side", a, b}); !errors.As(err, &refused) {
		t.Errorf("%v, want a refusal", err)
	}
	if err := s.Update("x", RefChange{mainRef, a, b}); err != nil {
		t.Error(err)
	}
}

// F108: started from a hook, git's variables lead nowhere.
func TestEnvironmentHasNoEffect(t *testing.T) {
	other, otherDir, _, _ := twoCommits(t)
	_ = other
	before := snapshot(t, otherDir)
	for _, name := range []string{"GIT_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_WORK_TREE"} {
		t.Setenv(name, filepath.Join(otherDir, ".git"))
	}
	dir := t.TempDir()
	s := must(Init(dir, Options{Dir: openHasty, Now: func() time.Time { return testTime }}))(t)
	defer s.Close()
	g := s.Stage()
	c := commitFiles(t, g, map[string]string{"mine": "mine"}, "mine")
	keep(t, g)
	if err := s.Update("x", RefChange{mainRef, Hash{}, c}); err != nil {
		t.Fatal(err)
	}
	if after := snapshot(t, otherDir); after != before {
		t.Errorf("the other repository changed:\n%s", after)
	}
	if _, err := os.Lstat(filepath.Join(dir, ".git", mainRef)); err != nil {
		t.Error(err)
	}
}

func TestCache(t *testing.T) {
	t.Parallel()
	s, _ := newTestStore(t)
	if _, err := s.CacheRead("names"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want ErrNotExist", err)
	}
	for _, body := range []string{"one", "", "two"} {
		if err := s.CacheWrite("names", []byte(body)); err != nil {
			t.Fatal(err)
		}
		if b := must(s.CacheRead("names"))(t); string(b) != body {
			t.Errorf("%q, want %q", b, body)
		}
	}
	for _, name := range []string{"", "lock", "a/b", "..", "locks", "tmp"} {
		if err := s.CacheWrite(name, nil); err == nil {
			t.Errorf("a cache named %q was written", name)
		}
	}
	// All of it may be cleared away at any time.
	if err := os.RemoveAll(filepath.Join(s.path, "vgit")); err != nil {
		t.Fatal(err)
	}
	g := s.Stage()
	c := commitFiles(t, g, map[string]string{"a": "a"}, "a")
	keep(t, g)
	if err := errors.Join(s.Update("x", RefChange{mainRef, Hash{}, c}), s.CacheWrite("names", nil)); err != nil {
		t.Error(err)
	}
	unlock, err := s.Lock()
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}
