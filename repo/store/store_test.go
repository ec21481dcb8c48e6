package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vgit/repo/disk"
)

var testTime = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

func testOptions() Options {
	return Options{
		Now:      func() time.Time { return testTime },
		Sleep:    func(time.Duration) {},
		Dir:      openHasty,
		LockWait: 100 * time.Millisecond,
		Who:      Signature{Name: "Ada", Email: "ada@example.org"},
	}
}

// hasty is a directory on which nothing is made durable: for tests of what comes out, not of when.
type hasty struct{ disk.Dir }

type hastyFile struct{ disk.File }

func openHasty(path string) (disk.Dir, error) { return hastyDir(disk.Open(path)) }

func hastyDir(d disk.Dir, err error) (disk.Dir, error) {
	if err != nil {
		return nil, err
	}
	return hasty{d}, nil
}

func (h hasty) Sub(name string) (disk.Dir, error) { return hastyDir(h.Dir.Sub(name)) }
func (hasty) SyncDir(string) error                { return nil }
func (h hasty) Create(name string, perm fs.FileMode) (disk.File, error) {
	f, err := h.Dir.Create(name, perm)
	if err != nil {
		return nil, err
	}
	return hastyFile{f}, nil
}
func (hastyFile) Sync() error { return nil }

func newTestStore(t testing.TB) (*Store, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := Init(dir, testOptions())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, dir
}

// git runs the real git, without any configuration of the machine's, and gives what it said.
func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	out, err := tryGit(dir, args...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func tryGit(dir string, args ...string) (string, error) { return gitInput(dir, "", args...) }

func gitInput(dir, input string, args ...string) (string, error) {
	cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=x", "GIT_AUTHOR_EMAIL=x@x", "GIT_COMMITTER_NAME=x", "GIT_COMMITTER_EMAIL=x@x", "LC_ALL=C"}
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

var haveGit = func() bool { _, err := exec.LookPath("git"); return err == nil }()

func needGit(t testing.TB) {
	t.Helper()
	if !haveGit {
		t.Skip("git is not installed: what only it can check is skipped")
	}
}

// fsck is silent or the test fails.
func fsck(t testing.TB, dir string) {
	t.Helper()
	out, err := tryGit(dir, "fsck", "--full", "--strict", "--no-dangling", "--no-progress")
	if out = strings.TrimSpace(strings.ReplaceAll(out, "notice: HEAD points to an unborn branch (main)", "")); err != nil || (out != "" && out != "notice: No default references") {
		t.Fatalf("git fsck: %v\n%s", err, out)
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// commitFiles stages a flat tree of the files and a commit on it.
func commitFiles(t testing.TB, g *Stage, files map[string]string, message string, parents ...Hash) Hash {
	t.Helper()
	var list []Entry
	for name, body := range files {
		list = append(list, Entry{name, ModeFile, g.AddBlob([]byte(body))})
	}
	tree := must(g.AddTree(list))(t)
	who := Signature{"Ada", "ada@example.org", testTime}
	return must(g.AddCommit(Commit{Tree: tree, Parents: parents, Author: who, Committer: who, Message: message}))(t)
}

func keep(t testing.TB, g *Stage) {
	t.Helper()
	release := must(g.Keep(context.Background()))(t)
	if err := release(); err != nil {
		t.Fatal(err)
	}
}

func TestKeepAndRead(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int{"loose": 3, "pack": 300} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dir := newTestStore(t)
			g := s.Stage()
			files := map[string]string{}
			for i := range n {
				files[fmt.Sprintf("%d.ics", i)] = strings.Repeat("line\r\n", i)
			}
			c := commitFiles(t, g, files, "first\n")
			if g.Len() != n+2 {
				t.Errorf("Len = %d, want %d", g.Len(), n+2)
			}
			if s.Has(c) {
				t.Error("the commit is in the repository before Keep")
			}
			release := must(g.Keep(context.Background()))(t)
			if g.Len() != 0 {
				t.Errorf("Len after Keep = %d", g.Len())
			}
			if err := s.Update("test", RefChange{mainRef, Hash{}, c}); err != nil {
				t.Fatal(err)
			}
			if err := release(); err != nil {
				t.Fatal(err)
			}
			fresh := must(Open(dir, testOptions()))(t)
			defer fresh.Close()
			commit := must(fresh.Commit(c))(t)
			tree := must(fresh.Tree(commit.Tree))(t)
			if len(tree) != n || commit.Message != "first\n" || !commit.Author.When.Equal(testTime) {
				t.Errorf("read back %d entries, %+v", len(tree), commit)
			}
			for _, e := range tree {
				if b := must(fresh.Blob(e.Hash))(t); string(b) != files[e.Name] {
					t.Errorf("%s: %d bytes, want %d", e.Name, len(b), len(files[e.Name]))
				}
			}
			left, _ := filepath.Glob(filepath.Join(dir, ".git", "objects", "pack", "*.keep"))
			temp, _ := filepath.Glob(filepath.Join(dir, ".git", "vgit", "*", "*"))
			if len(left)+len(temp) > 0 {
				t.Errorf("left behind: %q %q", left, temp)
			}
			needGit(t)
			fsck(t, dir)
			if out := git(t, dir, "log", "--format=%H %an %s", "main"); out != c.String()+" Ada first\n" {
				t.Errorf("git log: %q", out)
			}
			git(t, dir, "checkout", "-q", "-f", "main")
			if out := git(t, dir, "status", "--porcelain"); out != "" {
				t.Errorf("git status: %s", out)
			}
		})
	}
}

func TestUpdateRefusesStaleOld(t *testing.T) {
	t.Parallel()
	s, dir := newTestStore(t)
	g := s.Stage()
	a := commitFiles(t, g, map[string]string{"a": "1"}, "a")
	b := commitFiles(t, g, map[string]string{"a": "2"}, "b", a)
	keep(t, g)
	if err := s.Update("a", RefChange{mainRef, Hash{}, a}); err != nil {
		t.Fatal(err)
	}
	const other = "refs/vgit/r/base"
	before := snapshot(t, dir)
	for name, changes := range map[string][]RefChange{
		"wrong old":         {{mainRef, b, b}},
		"must not exist":    {{mainRef, Hash{}, b}},
		"does not exist":    {{other, a, b}},
		"delete, wrong old": {{mainRef, b, Hash{}}},
		"second of two":     {{other, Hash{}, a}, {mainRef, b, b}},
		"delete of none":    {{other, a, Hash{}}},
	} {
		if err := s.Update("x", changes...); !errors.Is(err, ErrStale) {
			t.Errorf("%s: %v, want ErrStale", name, err)
		}
		if after := snapshot(t, dir); after != before {
			t.Errorf("%s: something was left behind:\n%s\nbefore:\n%s", name, after, before)
		}
	}
}

// snapshot is all names and contents below refs, logs and vgit, and packed-refs.
func snapshot(t testing.TB, dir string) string {
	t.Helper()
	var b bytes.Buffer
	for _, top := range []string{"refs", "logs", "vgit", "packed-refs", "HEAD"} {
		filepath.Walk(filepath.Join(dir, ".git", top), func(p string, info os.FileInfo, err error) error {
			if err != nil || (info.IsDir() && info.Name() != "locks") {
				return nil
			}
			body, _ := os.ReadFile(p)
			b.WriteString(p + ": " + string(body) + "\n")
			return nil
		})
	}
	return b.String()
}
