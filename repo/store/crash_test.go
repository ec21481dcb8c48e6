package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"vgit/repo/disk/disktest"
)

// A crash is one thing that is done to a repository, stopped in front of each of its durable operations: once as a
// killed process, and once as a power loss in several forms.
type crash struct {
	before func(t *testing.T, s *Store)          // makes the state that it begins with; nil: an empty directory
	do     func(s *Store) error                  // is stopped, and must succeed when it is done again afterwards
	open   func(string, Options) (*Store, error) // nil: Open
	check  func(t *testing.T, s *Store)          // holds in each state, after vgit's lock was taken
	final  func(t *testing.T, s *Store)          // holds when it was done again
}

func (c crash) run(t *testing.T) {
	t.Helper()
	if c.open == nil {
		c.open = Open
	}
	before := t.TempDir()
	if c.before != nil {
		s := must(Init(before, testOptions()))(t)
		c.before(t, s)
		s.Close()
	}
	n := c.stopped(t, before, 0, nil)
	if n < 3 {
		t.Fatalf("only %d durable operations", n)
	}
	step := 1
	if testing.Short() {
		step = 7
	}
	for k := 1; k <= n; k += step {
		c.stopped(t, before, k, func(d *disktest.Disk, work string) {
			c.survives(t, fmt.Sprintf("killed at %d of %d", k, n), work, k%3 == 0)
			// Of what a power loss can leave: nothing but what was made durable, and some choice of the rest.
			for _, seed := range []uint64{uint64(k%2) * uint64(k+1)} {
				into := t.TempDir()
				if err := errors.Join(disktest.Copy(before, into), disktest.Replay(d.Log(), seed, into)); err != nil {
					t.Fatal(err)
				}
				relink(t, into)
				c.survives(t, fmt.Sprintf("power loss at %d of %d, seed %d", k, n, seed), into, k%3 == 1)
				os.RemoveAll(into)
			}
		})
	}
}

// fails lets each durable operation fail in turn, as a full disk does: nothing is left behind, and the same Store can do
// it again.
func (c crash) fails(t *testing.T) {
	t.Helper()
	c.open = Open
	before := t.TempDir()
	s := must(Init(before, testOptions()))(t)
	c.before(t, s)
	s.Close()
	step := 1
	if testing.Short() {
		step = 7
	}
	for k, n := 1, c.stopped(t, before, 0, nil); k <= n; k += step {
		work := t.TempDir()
		if err := disktest.Copy(before, work); err != nil {
			t.Fatal(err)
		}
		d := disktest.New(work)
		o := testOptions()
		o.Dir = d.Open
		s := must(Open(work, o))(t)
		var failed disktest.Kind
		d.Before(func(op disktest.Op) error {
			if op.N == k {
				failed = op.Kind
				return disktest.Short{Err: syscall.ENOSPC}
			}
			return nil
		})
		err := c.do(s)
		d.Before(nil)
		// What could not be removed, or not for good, or was named to be, is removed by the next Lock.
		if _, err := s.git.Lstat(doomedFile); err == nil || failed == disktest.Remove || failed == disktest.SyncDir {
			unlock := must(s.Lock())(t)
			if err := unlock(); err != nil {
				t.Error(err)
			}
		}
		if left := leftovers(work); left != "" {
			t.Errorf("%v at %d of %d (%v): left behind: %s", failed, k, n, err, left)
		}
		c.check(t, s)
		if err := c.do(s); err != nil {
			t.Errorf("%v at %d of %d, then again: %v", failed, k, n, err)
		}
		c.check(t, s)
		s.Close()
		os.RemoveAll(work)
		if t.Failed() {
			return
		}
	}
}

// stopped does it on a copy, stopped in front of the k-th durable operation, and says how many there were.
func (c crash) stopped(t *testing.T, before string, k int, then func(*disktest.Disk, string)) int {
	t.Helper()
	work := t.TempDir()
	defer os.RemoveAll(work)
	if err := disktest.Copy(before, work); err != nil {
		t.Fatal(err)
	}
	d := disktest.New(work)
	if k > 0 {
		d.KillAt(k)
	}
	o := testOptions()
	o.Dir = d.Open
	s, err := c.open(work, o)
	if err == nil {
		err = c.do(s)
		s.Close()
	}
	if k == 0 && err != nil {
		t.Fatal(err)
	}
	if then != nil {
		then(d, work)
	}
	return d.Durable()
}

// relink gives back their one file to names that had one: a replay writes two.
func relink(t *testing.T, dir string) {
	t.Helper()
	gitDir := filepath.Join(dir, ".git")
	proofs, _ := filepath.Glob(filepath.Join(gitDir, "vgit", "locks", "*"))
	for _, p := range proofs {
		name, _, _ := strings.Cut(filepath.Base(p), "~")
		lock := filepath.Join(gitDir, strings.ReplaceAll(name, "%2F", "/")+".lock")
		a, aerr := os.ReadFile(p)
		b, berr := os.ReadFile(lock)
		if aerr == nil && berr == nil && bytes.Equal(a, b) {
			if err := errors.Join(os.Remove(lock), os.Link(p, lock)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// survives takes vgit's lock, as the next sync does, and looks at what is there; then it is done again.
func (c crash) survives(t *testing.T, when, dir string, ask bool) {
	t.Helper()
	s, err := c.open(dir, testOptions())
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	defer s.Close()
	unlock, err := s.Lock()
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	defer unlock()
	look := func(when string, check func(*testing.T, *Store)) {
		t.Helper()
		if check != nil {
			check(t, s)
		}
		if left := leftovers(dir); left != "" {
			t.Errorf("%s: left behind: %s", when, left)
		}
		if t.Failed() {
			t.Fatalf("failed: %s", when)
		}
	}
	look(when, c.check)
	if out, err := fsckOutput(dir, ask); err != nil || out != "" {
		t.Errorf("%s: git fsck: %v\n%s", when, err, out)
	}
	if err := c.do(s); err != nil {
		t.Fatalf("%s, then again: %v", when, err)
	}
	look(when+", then again", c.check)
	if c.final != nil {
		look(when+", then again", c.final)
	}
}

func fsckOutput(dir string, ask bool) (string, error) {
	if !haveGit || !ask {
		return "", nil
	}
	out, err := tryGit(dir, "fsck", "--full", "--strict", "--no-dangling", "--no-progress")
	var lines []string
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "notice: ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, ""), err
}

// leftovers is every file of ours that must not outlive the next lock.
func leftovers(dir string) string {
	var list []string
	filepath.Walk(filepath.Join(dir, ".git"), func(p string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return nil
		}
		name := filepath.Base(p)
		parent := filepath.Base(filepath.Dir(p))
		if strings.HasSuffix(name, ".lock") || strings.HasSuffix(name, ".keep") || parent == "locks" || parent == "tmp" {
			list = append(list, p)
		}
		pack, isPack := strings.CutSuffix(p, ".pack")
		if isPack {
			if _, err := os.Lstat(pack + ".idx"); err != nil {
				list = append(list, p)
			}
		}
		if pack, isIdx := strings.CutSuffix(p, ".idx"); isIdx {
			if _, err := os.Lstat(pack + ".pack"); err != nil {
				list = append(list, p)
			}
		}
		return nil
	})
	return strings.Join(list, ", ")
}

func staged(t *testing.T, g *Stage, n int, parents ...Hash) Hash {
	files := map[string]string{}
	for i := range n {
		files[fmt.Sprintf("%03d.ics", i)] = fmt.Sprintf("body %d of %d after %v\r\n", i, n, parents)
	}
	return commitFiles(t, g, files, fmt.Sprintf("%d files\n", n), parents...)
}

// readAll reads everything that a commit leads to; an error fails the test.
func readAll(t *testing.T, s *Store, h Hash) {
	t.Helper()
	c, err := s.Commit(h)
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	readTree(t, s, c.Tree)
	for _, p := range c.Parents {
		readAll(t, s, p)
	}
}

func readTree(t *testing.T, s *Store, h Hash) {
	t.Helper()
	list, err := s.Tree(h)
	if err != nil {
		t.Errorf("%v", err)
	}
	for _, e := range list {
		if e.Mode.IsDir() {
			readTree(t, s, e.Hash)
		} else if _, err := s.Blob(e.Hash); err != nil {
			t.Errorf("%v", err)
		}
	}
}

// K2, K3, K24, K25: objects, then two refs, the second of which is removed.
func TestCrashKeepAndUpdate(t *testing.T) {
	t.Parallel()
	const note = "refs/vgit/r/pending"
	for name, n := range map[string]int{"loose": 2, "packed": 60} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var old, next Hash
			c := crash{
				before: func(t *testing.T, s *Store) {
					g := s.Stage()
					old = staged(t, g, n)
					keep(t, g)
					if err := s.Update("old", RefChange{mainRef, Hash{}, old}, RefChange{note, Hash{}, old}); err != nil {
						t.Fatal(err)
					}
				},
				do: func(s *Store) error {
					g := s.Stage()
					next = staged(t, g, n+1, old)
					release, err := g.Keep(context.Background())
					if err != nil {
						return err
					}
					defer release()
					var changes []RefChange
					if h, err := s.Ref(mainRef); err != nil {
						return err
					} else if h != next {
						changes = append(changes, RefChange{mainRef, h, next})
					}
					if h, err := s.Ref(note); err != nil {
						return err
					} else if !h.IsZero() {
						changes = append(changes, RefChange{note, h, Hash{}})
					}
					if err := s.Update("next", changes...); err != nil {
						return err
					}
					return release()
				},
				check: func(t *testing.T, s *Store) {
					readAll(t, s, old)
					h := must(s.Ref(mainRef))(t)
					gone := must(s.Ref(note))(t)
					if h != old && h != next {
						t.Errorf("main is %s, neither old nor new", h)
					}
					if h == next {
						readAll(t, s, next)
					}
					if gone.IsZero() && h != next {
						t.Error("the second ref moved before the first")
					}
				},
				final: func(t *testing.T, s *Store) {
					if h := must(s.Ref(mainRef))(t); h != next {
						t.Errorf("main is %s", h)
					}
				},
			}
			c.run(t)
			c.fails(t)
		})
	}
}

// Deleting a ref that is both packed and loose must never bring the packed value back.
func TestCrashDeletePackedRef(t *testing.T) {
	t.Parallel()
	needGit(t)
	const ref = "refs/vgit/r/pending"
	var a, b Hash
	crash{
		before: func(t *testing.T, s *Store) {
			g := s.Stage()
			a = staged(t, g, 1)
			b = staged(t, g, 2, a)
			keep(t, g)
			if err := s.Update("a", RefChange{mainRef, Hash{}, b}, RefChange{ref, Hash{}, a}); err != nil {
				t.Fatal(err)
			}
			git(t, filepath.Dir(s.path), "pack-refs", "--all")
			if err := s.Update("b", RefChange{ref, a, b}); err != nil {
				t.Fatal(err)
			}
		},
		do: func(s *Store) error {
			if h, err := s.Ref(ref); err != nil || h.IsZero() {
				return err
			}
			return s.Update("gone", RefChange{ref, b, Hash{}})
		},
		check: func(t *testing.T, s *Store) {
			if h := must(s.Ref(ref))(t); h != b && !h.IsZero() {
				t.Errorf("the ref is %s, which is older than what was removed", h)
			}
			if h := must(s.Ref(mainRef))(t); h != b {
				t.Errorf("main is %s, and nobody touched it", h)
			}
		},
	}.run(t)
}

// foldNow folds whether it is time or not.
func foldNow(s *Store) error {
	f, err := s.survey()
	if err != nil {
		return err
	}
	return f.run(context.Background())
}

// K26: whatever a fold was at, every object is there, those that no ref reaches too.
func TestCrashFold(t *testing.T) {
	t.Parallel()
	var all []Hash
	commits := func(t *testing.T, s *Store, n, size int) {
		for i := range n {
			g := s.Stage()
			old := must(s.Ref(mainRef))(t)
			var parents []Hash
			if !old.IsZero() {
				parents = []Hash{old}
			}
			c := staged(t, g, size+i, parents...)
			lost := g.AddBlob(fmt.Appendf(nil, "no ref reaches this %d %d", size, i))
			all = append(all, g.order...)
			_ = lost
			keep(t, g)
			if err := s.Update("x", RefChange{mainRef, old, c}); err != nil {
				t.Fatal(err)
			}
		}
	}
	c := crash{
		before: func(t *testing.T, s *Store) {
			commits(t, s, 2, 60) // packs
			if err := foldNow(s); err != nil {
				t.Fatal(err)
			}
			commits(t, s, 2, 70)
			commits(t, s, 2, 2) // loose
			if haveGit {
				git(t, filepath.Dir(s.path), "multi-pack-index", "write")
			}
		},
		do: func(s *Store) error {
			return foldNow(s)
		},
		check: func(t *testing.T, s *Store) {
			for _, h := range all {
				if _, _, err := s.read(h); err != nil {
					t.Errorf("%s: %v", h, err)
				}
			}
		},
		final: func(t *testing.T, s *Store) {
			packs, err := filepath.Glob(filepath.Join(s.path, packDir, "*.pack"))
			if err != nil || len(packs) != 1 {
				t.Errorf("%d packs after a fold, %v", len(packs), err)
			}
		},
	}
	c.run(t)
	c.fails(t)
}

// K4, K13: the index is the old one or the new one.
func TestCrashWriteIndex(t *testing.T) {
	t.Parallel()
	var x Index
	crash{
		before: func(t *testing.T, s *Store) {
			g := s.Stage()
			h := g.AddBlob([]byte("x"))
			keep(t, g)
			x = Index{Entries: []IndexEntry{{Path: "a", Hash: h, Mode: ModeFile, Size: 1, ModTime: testTime}}}
			if err := s.WriteIndex(&x); err != nil {
				t.Fatal(err)
			}
		},
		do: func(s *Store) error {
			got, err := s.ReadIndex()
			if err != nil {
				return err
			}
			got.Entries = []IndexEntry{x.Entries[0], x.Entries[0]}
			got.Entries[1].Path = "b"
			return s.WriteIndex(got)
		},
		check: func(t *testing.T, s *Store) {
			if got := must(s.ReadIndex())(t); len(got.Entries) < 1 || len(got.Entries) > 2 {
				t.Errorf("%d entries", len(got.Entries))
			}
		},
		final: func(t *testing.T, s *Store) {
			if got := must(s.ReadIndex())(t); len(got.Entries) != 2 {
				t.Errorf("%d entries", len(got.Entries))
			}
		},
	}.run(t)
}

// K27: the same command completes half a repository.
func TestCrashInit(t *testing.T) {
	t.Parallel()
	crash{
		open: Init,
		do: func(s *Store) error {
			unlock, err := s.Lock()
			if err != nil {
				if locked := (*LockedError)(nil); errors.As(err, &locked) { // by the check itself
					return nil
				}
				return err
			}
			return unlock()
		},
		check: func(t *testing.T, s *Store) {
			if err := s.CheckState(); err != nil {
				t.Error(err)
			}
			if b, err := os.ReadFile(filepath.Join(s.path, "info", "attributes")); string(b) != attributes+"\n" {
				t.Errorf("info/attributes: %q, %v", b, err)
			}
			if b, err := os.ReadFile(filepath.Join(s.path, "config")); string(b) != initialConfig {
				t.Errorf("config: %q, %v", b, err)
			}
		},
	}.run(t)
}
