package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// twoCommits gives a store with main on the first of two commits.
func twoCommits(t testing.TB) (s *Store, dir string, a, b Hash) {
	t.Helper()
	s, dir = newTestStore(t)
	g := s.Stage()
	a = commitFiles(t, g, map[string]string{"a": "1"}, "a")
	b = commitFiles(t, g, map[string]string{"a": "2"}, "b", a)
	keep(t, g)
	if err := s.Update("begin", RefChange{mainRef, Hash{}, a}); err != nil {
		t.Fatal(err)
	}
	return s, dir, a, b
}

// K24, F90: a lock of another program is waited for, named, and never removed; one that goes away in time is no error.
func TestForeignLockIsWaitedFor(t *testing.T) {
	t.Parallel()
	s, dir, a, b := twoCommits(t)
	lock := filepath.Join(dir, ".git", mainRef+".lock")
	if err := os.WriteFile(lock, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(lock, testTime, testTime.Add(-3*time.Minute)); err != nil {
		t.Fatal(err)
	}
	waited := time.Duration(0)
	s.opt.LockWait = 2 * time.Second
	s.opt.Sleep = func(d time.Duration) { waited += d }
	before := snapshot(t, dir)
	err := s.Update("x", RefChange{mainRef, a, b})
	var locked *LockedError
	if !errors.As(err, &locked) || locked.Path != lock || locked.Age != 3*time.Minute {
		t.Fatalf("%v, want a LockedError with path and age", err)
	}
	if waited != 2*time.Second {
		t.Errorf("waited %v, want 2s", waited)
	}
	if after := snapshot(t, dir); after != before {
		t.Errorf("left behind:\n%s", after)
	}
	if unlock, err := s.Lock(); err != nil {
		t.Error(err)
	} else {
		unlock()
	}
	if _, err := os.Lstat(lock); err != nil {
		t.Errorf("the lock of another program was removed: %v", err)
	}
	s.opt.Sleep = func(time.Duration) { os.Remove(lock) }
	if err := s.Update("x", RefChange{mainRef, a, b}); err != nil {
		t.Errorf("with a lock that goes away: %v", err)
	}
}

// K24: a lock that a killed vgit made is known by being the very file, and removed; a file of the same content is not.
func TestOwnStaleLockNeedsProof(t *testing.T) {
	t.Parallel()
	s, dir, a, b := twoCommits(t)
	locks, err := s.lockAll([]string{mainRef, "refs/remotes/r/main"})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range locks {
		l.file.Close()
	}
	// The second is replaced by a file that only looks the same.
	other := filepath.Join(dir, ".git", "refs/remotes/r/main.lock")
	if err := errors.Join(os.Remove(other), os.WriteFile(other, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	unlock := must(s.Lock())(t)
	defer unlock()
	if err := s.Update("x", RefChange{mainRef, a, b}); err != nil {
		t.Errorf("our own stale lock is in the way: %v", err)
	}
	var locked *LockedError
	if err := s.Update("x", RefChange{"refs/remotes/r/main", Hash{}, b}); !errors.As(err, &locked) {
		t.Errorf("a lock that nobody proved to be ours: %v, want a LockedError", err)
	}
}

// F89: one vgit at a time; the message names the other.
func TestLockNamesTheHolder(t *testing.T) {
	t.Parallel()
	s, dir := newTestStore(t)
	unlock := must(s.Lock())(t)
	other := must(Open(dir, testOptions()))(t)
	defer other.Close()
	_, err := other.Lock()
	var locked *LockedError
	if !errors.As(err, &locked) {
		t.Fatalf("%v, want a LockedError", err)
	}
	if want := fmt.Sprintf("vgit (pid %d, since 10:00) is at work here", os.Getpid()); !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%q, want %q", err, want)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	again := must(other.Lock())(t)
	if err := again(); err != nil {
		t.Error(err)
	}
}

func TestReflogsAreThoseOfGit(t *testing.T) {
	t.Parallel()
	needGit(t)
	s, dir, a, b := twoCommits(t)
	err := s.Update("sync: two\nlines\x1b[31m", RefChange{mainRef, a, b}, RefChange{"refs/remotes/r/main", Hash{}, a},
		RefChange{"refs/vgit/r/base", Hash{}, a})
	if err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]string{
		"main":                "sync: two lines [31m\nbegin\n",
		"HEAD":                "sync: two lines [31m\nbegin\n",
		"refs/remotes/r/main": "sync: two lines [31m\n",
		"refs/vgit/r/base":    "",
	} {
		if out := git(t, dir, "log", "-g", "--format=%gs", ref); out != want {
			t.Errorf("reflog of %s: %q, want %q", ref, out, want)
		}
	}
	if out := git(t, dir, "rev-parse", "main@{1}"); strings.TrimSpace(out) != a.String() {
		t.Errorf("main@{1} is %s", out)
	}
	if out := git(t, dir, "log", "-g", "-1", "--format=%gn %ge", "main"); out != "Ada ada@example.org\n" {
		t.Errorf("reflog by %q", out)
	}
}

func TestPackedRefs(t *testing.T) {
	t.Parallel()
	needGit(t)
	s, dir, a, b := twoCommits(t)
	if err := s.Update("x", RefChange{"refs/vgit/r/base", Hash{}, a}, RefChange{"refs/vgit/r/pending", Hash{}, b}); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "tag", "-a", "-m", "x", "v1", a.String())
	git(t, dir, "pack-refs", "--all", "--prune")
	refs := must(s.Refs("refs/vgit/"))(t)
	if len(refs) != 2 || refs["refs/vgit/r/base"] != a {
		t.Errorf("packed refs: %v", refs)
	}
	if err := s.Update("x", RefChange{"refs/vgit/r/pending", a, b}); !errors.Is(err, ErrStale) {
		t.Errorf("a packed ref of another value: %v", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, ".git/refs/vgit/r/pending")); err == nil {
		t.Error("a refused update left a loose ref")
	}
	if err := s.Update("x", RefChange{"refs/vgit/r/pending", b, Hash{}}, RefChange{mainRef, a, b}); err != nil {
		t.Fatal(err)
	}
	if h := must(s.Ref("refs/vgit/r/pending"))(t); !h.IsZero() {
		t.Errorf("a removed ref is %s", h)
	}
	out := git(t, dir, "for-each-ref", "--format=%(refname) %(objectname) %(*objectname)")
	want := fmt.Sprintf("refs/heads/main %s \nrefs/tags/v1 %s %s\nrefs/vgit/r/base %s \n", b, strings.TrimSpace(git(t, dir, "rev-parse", "v1")), a, a)
	if out != want {
		t.Errorf("git sees\n%s\nwant\n%s", out, want)
	}
	fsck(t, dir)
}

func TestRefsAreFilesOrFolders(t *testing.T) {
	t.Parallel()
	s, dir, a, b := twoCommits(t)
	update := func(old, new Hash, name string) error { return s.Update("x", RefChange{name, old, new}) }
	if err := update(Hash{}, a, "refs/vgit/x/base"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"refs/vgit/x", "refs/vgit/x/base/more", "refs/heads/main/x"} {
		if err := update(Hash{}, a, name); err == nil || errors.Is(err, ErrStale) {
			t.Errorf("%s beside a ref that is in its way: %v", name, err)
		}
	}
	if haveGit {
		git(t, dir, "pack-refs", "--all", "--prune")
		for _, name := range []string{"refs/vgit/x", "refs/vgit/x/base/more"} {
			if err := update(Hash{}, a, name); err == nil {
				t.Errorf("%s beside a packed ref that is in its way", name)
			}
		}
	}
	if err := update(a, Hash{}, "refs/vgit/x/base"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, ".git/refs/vgit/x/empty/er"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := update(Hash{}, b, "refs/vgit/x"); err != nil {
		t.Errorf("in place of empty folders: %v", err)
	}
}

// S39, S42: names that are no names, links, folders, torn and garbled files.
func TestBadRefs(t *testing.T) {
	t.Parallel()
	s, dir, a, b := twoCommits(t)
	for _, name := range []string{"", "main", "refs/heads/a..b", "refs/heads/-x", "refs/heads/x.lock", "refs/heads/@{",
		"refs/../config", "refs/heads/a\nb", "refs//x", "/etc/passwd", "refs/heads/" + strings.Repeat("x", 300), "refs/heads/", "config"} {
		if err := s.Update("x", RefChange{name, Hash{}, a}); err == nil {
			t.Errorf("a ref named %q was made", name)
		}
		if _, err := s.Ref(name); err == nil && len(name) < 200 {
			t.Errorf("a ref named %q was looked for", name)
		}
	}
	heads := filepath.Join(dir, ".git/refs/heads")
	files := map[string]string{"empty": "", "short": "abcd\n", "nul": strings.Repeat("\x00", 41), "zero": Hash{}.String() + "\n",
		"big": strings.Repeat("a", 5000), "loop": "ref: refs/heads/loop\n", "out": "ref: ../../config\n"}
	for name, body := range files {
		if err := os.WriteFile(filepath.Join(heads, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("main", filepath.Join(heads, "link")); err != nil {
		t.Fatal(err)
	}
	files["link"] = ""
	for name := range files {
		if h, err := s.Ref("refs/heads/" + name); err == nil {
			t.Errorf("%s is %s", name, h)
		}
		if err := s.Update("x", RefChange{"refs/heads/" + name, Hash{}, b}); err == nil {
			t.Errorf("%s was replaced", name)
		}
	}
	if h := must(s.Ref("HEAD"))(t); h != a {
		t.Errorf("HEAD is %s", h)
	}
}

func TestUpdateWantsItsObjects(t *testing.T) {
	t.Parallel()
	s, _, a, _ := twoCommits(t)
	if err := s.Update("x", RefChange{mainRef, a, Hash{1}}); !errors.Is(err, ErrMissing) {
		t.Errorf("%v, want ErrMissing", err)
	}
	if h := must(s.Ref(mainRef))(t); h != a {
		t.Errorf("main is %s", h)
	}
}

// F102: loose objects that git clears away before a ref names them are written again.
func TestKeptObjectsOutliveAnEagerGC(t *testing.T) {
	t.Parallel()
	needGit(t)
	for name, n := range map[string]int{"loose": 3, "packed": 80} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dir, a, _ := twoCommits(t)
			for _, again := range []bool{false, true} {
				g := s.Stage()
				c := staged(t, g, n, a)
				if again { // the objects are there already, and nothing reaches them
					keep(t, g)
					c = staged(t, g, n, a)
				}
				release := must(g.Keep(context.Background()))(t)
				git(t, dir, "gc", "-q", "--prune=now")
				if err := s.Update("x", RefChange{mainRef, a, c}); err != nil {
					t.Fatal(err)
				}
				git(t, dir, "gc", "-q", "--prune=now")
				if err := release(); err != nil {
					t.Fatal(err)
				}
				readAll(t, s, c)
				fsck(t, dir)
				if err := s.Update("x", RefChange{mainRef, c, a}); err != nil {
					t.Fatal(err)
				}
				git(t, dir, "reflog", "expire", "--expire=now", "--all")
				git(t, dir, "gc", "-q", "--prune=now")
			}
		})
	}
}

// A reader never sees a ref that is torn, absent or of a third value while it moves.
func TestRefsAreNeverTorn(t *testing.T) {
	t.Parallel()
	s, dir, a, b := twoCommits(t)
	reader := must(Open(dir, testOptions()))(t)
	defer reader.Close()
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if h, err := reader.Ref(mainRef); err != nil || (h != a && h != b) {
					t.Errorf("read %s, %v", h, err)
					return
				}
			}
		})
	}
	for i := range 300 {
		old, new := a, b
		if i%2 == 1 {
			old, new = b, a
		}
		if err := s.Update("x", RefChange{mainRef, old, new}); err != nil {
			t.Error(err)
		}
		if haveGit && i%100 == 50 {
			git(t, dir, "pack-refs", "--all", "--prune")
		}
	}
	close(done)
	readers.Wait()
}

// Two writers with the same old value: one wins, and the other is told.
func TestOneOfTwoWritersWins(t *testing.T) {
	t.Parallel()
	s, _, a, b := twoCommits(t)
	s.opt.LockWait = time.Hour
	var wg sync.WaitGroup
	results := make(chan error, 8)
	for range cap(results) {
		wg.Go(func() { results <- s.Update("x", RefChange{mainRef, a, b}) })
	}
	wg.Wait()
	close(results)
	won := 0
	for err := range results {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, ErrStale):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d writers won", won)
	}
}

// F102: git packs, repacks and collects between any two steps; all is still read and written.
func TestGitBetweenAllSteps(t *testing.T) {
	t.Parallel()
	needGit(t)
	s, dir := newTestStore(t)
	h := newHistory(t, s, 60)
	maintenance := [][]string{{"gc", "-q"}, {"repack", "-adq"}, {"pack-refs", "--all"}, {"gc", "-q", "--prune=now"},
		{"multi-pack-index", "write"}, {"repack", "-dq"}, {"commit-graph", "write"}, {"gc", "-q", "--aggressive"}}
	first := h.tip
	for i := range 3 * len(maintenance) {
		h.step(t)
		git(t, dir, maintenance[i%len(maintenance)]...)
		if i%5 == 0 {
			if err := foldNow(s); err != nil {
				t.Fatal(err)
			}
		}
		readTree(t, s, must(s.Commit(h.tip))(t).Tree)
	}
	readTree(t, s, must(s.Commit(first))(t).Tree)
	fsck(t, dir)
	if out := git(t, dir, "rev-list", "--count", "main"); out != fmt.Sprintln(3*len(maintenance)+1) {
		t.Errorf("git counts %s", out)
	}
}

// F102: readers of another Store never miss an object while packs are folded and repacked under them.
func TestReadersBesideFolds(t *testing.T) {
	t.Parallel()
	s, dir := newTestStore(t)
	h := newHistory(t, s, 80)
	first := must(s.Tree(must(s.Tree(must(s.Commit(h.tip))(t).Tree))(t)[1].Hash))(t)
	reader := must(Open(dir, testOptions()))(t)
	defer reader.Close()
	done := make(chan struct{})
	var readers sync.WaitGroup
	for n := range 3 {
		readers.Go(func() {
			for i := n; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				e := first[i%len(first)]
				if _, err := reader.Blob(e.Hash); err != nil {
					t.Errorf("%s: %v", e.Name, err)
					return
				}
				if reader.Has(Hash{byte(i), 1}) { // a miss, which lists the packs anew
					t.Error("an object that does not exist")
				}
			}
		})
	}
	for i := range 12 {
		h.step(t)
		if err := foldNow(s); err != nil {
			t.Error(err)
		}
		if haveGit && i%4 == 3 {
			git(t, dir, "repack", "-adq")
		}
	}
	close(done)
	readers.Wait()
}

// Update asks for the objects as they are on disk, not as an open handle still has them.
func TestUpdateSeesWhatGitCleared(t *testing.T) {
	t.Parallel()
	needGit(t)
	s, dir, a, _ := twoCommits(t)
	g := s.Stage()
	c := staged(t, g, 80, a)
	keep(t, g)
	if _, err := s.Commit(c); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "gc", "-q", "--prune=now")
	if err := s.Update("x", RefChange{mainRef, a, c}); !errors.Is(err, ErrMissing) {
		t.Errorf("%v, want ErrMissing", err)
	}
	fsck(t, dir)
}
