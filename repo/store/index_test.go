package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vgit/repo/cost"

	"vgit/repo/disk"
)

// statEntry is the entry of a file as it is on disk.
func statEntry(t testing.TB, dir, name string, h Hash) IndexEntry {
	t.Helper()
	d := must(disk.Open(dir))(t)
	defer d.Close()
	info := must(d.Lstat(name))(t)
	return IndexEntry{Path: name, Hash: h, Mode: ModeFile, Size: uint32(info.Size), ModTime: info.ModTime,
		ChangeTime: info.ChangeTime, Dev: uint32(info.Dev), Ino: uint32(info.Ino)}
}

// git status is clean without reading a file: it must not want to refresh what we wrote.
func TestGitAcceptsOurIndex(t *testing.T) {
	t.Parallel()
	needGit(t)
	s, dir := newTestStore(t)
	g := s.Stage()
	x := must(s.ReadIndex())(t)
	files := map[string]string{}
	for i := range 20 {
		name := fmt.Sprintf("%s%02d.ics", strings.Repeat("n", i), i)
		files[name] = fmt.Sprintf("body %d\r\n", i)
		p := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(p, []byte(files[name]), 0o600), os.Chtimes(p, testTime, testTime)); err != nil {
			t.Fatal(err)
		}
		x.Entries = append([]IndexEntry{statEntry(t, dir, name, g.AddBlob([]byte(files[name])))}, x.Entries...)
	}
	c := commitFiles(t, g, files, "x")
	keep(t, g)
	if err := errors.Join(s.Update("x", RefChange{mainRef, Hash{}, c}), s.WriteIndex(x)); err != nil {
		t.Fatal(err)
	}
	if out := git(t, dir, "diff-files", "--name-only"); out != "" { // looks at stat alone
		t.Errorf("git diff-files: %s", out)
	}
	if out := git(t, dir, "status", "--porcelain"); out != "" {
		t.Errorf("git status: %s", out)
	}
	git(t, dir, "fsck", "--cache", "--strict")
	again := must(s.ReadIndex())(t)
	for i := range again.Entries {
		e := &again.Entries[i]
		if e.UID != uint32(os.Geteuid()) {
			t.Errorf("%s belongs to %d", e.Path, e.UID)
		}
		e.UID, e.GID = 0, 0
		if i > 0 && again.Entries[i-1].Path >= e.Path {
			t.Errorf("%s after %s", e.Path, again.Entries[i-1].Path)
		}
		if want := statEntry(t, dir, e.Path, e.Hash); !cmp.Equal(*e, want) {
			t.Errorf("%s", cmp.Diff(want, *e))
		}
	}
	if len(again.Entries) != 20 || !again.ModTime.Equal(x.ModTime) || again.Checksum != x.Checksum {
		t.Errorf("%d entries, %v %s; want %v %s", len(again.Entries), again.ModTime, again.Checksum, x.ModTime, x.Checksum)
	}
}

// Versions 2, 3 and 4, conflicts and flags, as git writes them; and what we write of them, git reads the same.
func TestIndexOfGit(t *testing.T) {
	t.Parallel()
	needGit(t)
	for _, version := range []string{"2", "4"} {
		for _, flag := range []string{"", "intent"} {
			s, dir := newTestStore(t)
			for _, name := range []string{"a", "b/c", "b/cc", "b/d", "new"} {
				p := filepath.Join(dir, name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o700), os.WriteFile(p, []byte(name), 0o700)); err != nil {
					t.Fatal(err)
				}
			}
			git(t, dir, "add", "a", "b")
			if flag == "intent" {
				git(t, dir, "add", "-N", "new")
			}
			blob := strings.Fields(git(t, dir, "ls-files", "-s", "a"))[1]
			cmd := fmt.Sprintf("100644 %s 1\tz\n100644 %s 2\tz\n100755 %s 3\tz\n", blob, blob, blob)
			if out, err := gitInput(dir, cmd, "update-index", "--index-info"); err != nil {
				t.Fatal(out)
			}
			git(t, dir, "update-index", "--index-version", version)
			want := git(t, dir, "ls-files", "-s", "-v", "--debug")
			x := must(s.ReadIndex())(t)
			if flag == "intent" && !x.Entries[4].IntentToAdd {
				t.Errorf("version %s: %+v is not intended", version, x.Entries[4])
			}
			if n := len(x.Entries); x.Entries[n-1].Stage != 3 || x.Entries[n-1].Mode != ModeExec {
				t.Errorf("version %s: %+v", version, x.Entries[n-1])
			}
			if err := s.WriteIndex(x); err != nil {
				t.Fatal(err)
			}
			if got := git(t, dir, "ls-files", "-s", "-v", "--debug"); got != want {
				t.Errorf("version %s: %s", version, cmp.Diff(want, got))
			}
		}
	}
}

// What the user staged meanwhile is not written over, nor is a lock of git's ignored (F90).
func TestWriteIndexRefuses(t *testing.T) {
	t.Parallel()
	s, dir := newTestStore(t)
	x := must(s.ReadIndex())(t)
	if err := s.WriteIndex(x); err != nil {
		t.Fatal(err)
	}
	mine, theirs := must(s.ReadIndex())(t), must(s.ReadIndex())(t)
	theirs.Entries = []IndexEntry{{Path: "staged", Hash: Hash{1}, Mode: ModeFile}}
	if err := s.WriteIndex(theirs); err != nil {
		t.Fatal(err)
	}
	if err := s.WriteIndex(mine); !errors.Is(err, ErrStale) {
		t.Errorf("%v, want ErrStale", err)
	}
	lock := filepath.Join(dir, ".git", "index.lock")
	if err := os.WriteFile(lock, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var locked *LockedError
	if err := s.WriteIndex(theirs); !errors.As(err, &locked) || locked.Path != lock {
		t.Errorf("%v, want a LockedError", err)
	}
	if got := must(s.ReadIndex())(t); len(got.Entries) != 1 || got.Entries[0].Path != "staged" {
		t.Errorf("%+v", got.Entries)
	}
	left, _ := filepath.Glob(filepath.Join(dir, ".git", "vgit", "locks", "*"))
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// F101: a damaged index is said to be so, and can be written anew.
func TestDamagedIndexIsACache(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"empty": "", "short": "DIRC", "garbage": strings.Repeat("x", 500),
		"nul": strings.Repeat("\x00", 300)} {
		s, dir := newTestStore(t)
		if err := os.WriteFile(filepath.Join(dir, ".git", "index"), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.CheckState(); err != nil {
			t.Errorf("%s: CheckState: %v", name, err)
		}
		x, err := s.ReadIndex()
		if x == nil || len(x.Entries) > 0 || (body != "" && !errors.Is(err, ErrCorrupt)) {
			t.Errorf("%s: %+v, %v", name, x, err)
			continue
		}
		x.Entries = []IndexEntry{{Path: "a", Hash: Hash{1}, Mode: ModeFile}}
		if err := s.WriteIndex(x); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := must(s.ReadIndex())(t); len(got.Entries) != 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestWriteIndexWantsSoundPaths(t *testing.T) {
	t.Parallel()
	s, _ := newTestStore(t)
	for _, list := range [][]IndexEntry{{{Path: ""}}, {{Path: "/a"}}, {{Path: "a\x00b"}}, {{Path: "a"}, {Path: "a"}}, {{Path: "a", Stage: 4}}} {
		if err := s.WriteIndex(&Index{Entries: list}); err == nil {
			t.Errorf("%+v was written", list)
		}
	}
}

func FuzzIndex(f *testing.F) {
	for _, list := range [][]IndexEntry{nil, {{Path: "a", Mode: ModeFile}}, {{Path: "a", IntentToAdd: true}, {Path: "abc", Stage: 2}}} {
		b, err := encodeIndexFile(list, 1, 1)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(append(b[:len(b)-20:len(b)-20], "TREE\x00\x00\x00\x01xaaaaaaaaaaaaaaaaaaaa"...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= 20 { // zeros instead of a checksum: the reader must come further than that
			b = append(b[:len(b)-20:len(b)-20], make([]byte, 20)...)
		}
		var x *Index
		var err error
		cost.Linear(t, len(b), 64<<10, 64, func() { x, err = parseIndexFile(b) })
		if err != nil {
			return
		}
		out, err := encodeIndexFile(x.Entries, 0, 0)
		if err != nil {
			return
		}
		y, err := parseIndexFile(out)
		if err != nil {
			t.Fatalf("what was read and written cannot be read: %v", err)
		}
		if diff := cmp.Diff(x.Entries, y.Entries); diff != "" {
			t.Error(diff)
		}
	})
}
