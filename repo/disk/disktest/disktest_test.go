package disktest_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vgit/repo/disk"
	"vgit/repo/disk/disktest"
)

// start gives a disk with one directory "c" and one file "c/old" on it, and a copy of that state to replay into.
func start(t *testing.T) (d *disktest.Disk, dir disk.Dir, base, replay string) {
	t.Helper()
	base, replay = t.TempDir(), t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(base, "c"), 0o700),
		os.WriteFile(filepath.Join(base, "c/old"), []byte("old"), 0o600), disktest.Copy(base, replay)); err != nil {
		t.Fatal(err)
	}
	d = disktest.New(base)
	dir, err := d.Open(base)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return d, dir, base, replay
}

func put(dir disk.Dir, name, body string, sync bool) error {
	f, err := dir.Create(name, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(body))
	if err == nil && sync {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// tree is every file below root with its content, and every directory.
func tree(t *testing.T, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, name)
		if e.IsDir() {
			all[rel] = "directory"
			return nil
		}
		b, err := os.ReadFile(name)
		all[rel] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFailAndShort(t *testing.T) {
	t.Parallel()
	d, dir, _, _ := start(t)
	d.FailAt(2, syscall.ENOSPC)
	if err := put(dir, "c/a", "body", true); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("write: %v", err)
	}
	if b, err := dir.ReadFile("c/a"); err != nil || len(b) != 0 {
		t.Errorf("after a failed write: %q, %v", b, err)
	}
	d.ShortAt(d.Durable()+2, syscall.ENOSPC)
	if err := put(dir, "c/b", "body", true); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("short write: %v", err)
	}
	if b, err := dir.ReadFile("c/b"); err != nil || string(b) != "bo" {
		t.Errorf("after a short write: %q, %v", b, err)
	}
}

func TestKillIsForEver(t *testing.T) {
	t.Parallel()
	d, dir, base, _ := start(t)
	d.KillAt(2)
	if err := put(dir, "c/a", "body", true); !errors.Is(err, disktest.ErrKilled) {
		t.Errorf("write: %v", err)
	}
	for what, err := range map[string]error{
		"remove": dir.Remove("c/old"), "sync": dir.SyncDir("c"), "create": put(dir, "c/b", "", false),
	} {
		if !errors.Is(err, disktest.ErrKilled) {
			t.Errorf("%s after the kill: %v", what, err)
		}
	}
	if _, err := dir.ReadFile("c/old"); !errors.Is(err, disktest.ErrKilled) {
		t.Errorf("read after the kill: %v", err)
	}
	want := map[string]string{".": "directory", "c": "directory", "c/old": "old", "c/a": "bo"}
	if diff := cmp.Diff(want, tree(t, base)); diff != "" {
		t.Errorf("left behind (-want +got):\n%s", diff)
	}
}

func TestLogAndHooks(t *testing.T) {
	t.Parallel()
	d, dir, base, _ := start(t)
	sub, err := dir.Sub("c")
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	seen := ""
	d.Before(func(op disktest.Op) error {
		if op.Kind == disktest.Rename {
			seen += "before "
			return os.WriteFile(filepath.Join(base, "c/old"), []byte("edit"), 0o600)
		}
		return nil
	})
	d.After(func(op disktest.Op) {
		if op.Kind == disktest.Rename {
			b, _ := os.ReadFile(filepath.Join(base, "c/new"))
			seen += "after " + string(b)
		}
	})
	if err := sub.Rename("old", "new"); err != nil {
		t.Fatal(err)
	}
	if seen != "before after edit" {
		t.Errorf("hooks saw %q", seen)
	}
	if err := sub.Remove("none"); err == nil {
		t.Error("removed what is not there")
	}
	var got []string
	for _, op := range d.Log() {
		got = append(got, op.String())
	}
	want := []string{"0 sub c", "1 rename c/old -> c/new"}
	if diff := cmp.Diff(want, got[:2]); diff != "" || !strings.HasPrefix(got[2], "2 remove c/none: ") {
		t.Errorf("log %q (-want +got):\n%s", got, diff)
	}
	if _, err := d.Open(filepath.Dir(base)); err == nil {
		t.Error("opened what is above the base")
	}
}

// outcomes is what the name holds after a power loss, over many seeds, and how often; "-" is nothing.
func outcomes(t *testing.T, d *disktest.Disk, before, name string) map[string]int {
	t.Helper()
	got := map[string]int{}
	for seed := range uint64(60) {
		into := t.TempDir()
		if err := errors.Join(disktest.Copy(before, into), disktest.Replay(d.Log(), seed, into)); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(into, name))
		if err != nil {
			b = []byte("-")
		}
		got[string(b)]++
	}
	return got
}

func TestPowerLoss(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		do   func(disk.Dir) error
		look string
		want string // all outcomes there may be and must be, among the seeds
	}{
		{"synced", func(d disk.Dir) error {
			return errors.Join(put(d, "c/a", "A", true), d.SyncDir("c"))
		}, "c/a", "A"},
		{"synced by syncfs", func(d disk.Dir) error { return errors.Join(put(d, "c/a", "A", false), d.SyncFS()) }, "c/a", "A"},
		{"entry not synced", func(d disk.Dir) error { return put(d, "c/a", "A", true) }, "c/a", "- A"},
		{"data not synced", func(d disk.Dir) error {
			return errors.Join(put(d, "c/a", "A", false), d.SyncDir("c"))
		}, "c/a", " \x00 A"},
		{"another directory synced", func(d disk.Dir) error {
			return errors.Join(put(d, "c/a", "A", true), d.SyncDir("."))
		}, "c/a", "- A"},
		{"replaced", func(d disk.Dir) error {
			return errors.Join(put(d, "c/a", "A", true), d.Rename("c/a", "c/old"))
		}, "c/old", "A old"},
		{"replaced and synced", func(d disk.Dir) error {
			return errors.Join(put(d, "c/a", "A", true), d.Rename("c/a", "c/old"), d.SyncDir("c"))
		}, "c/old", "A"},
		{"exchanged", func(d disk.Dir) error {
			return errors.Join(put(d, "c/a", "A", true), d.SyncDir("c"), d.Exchange("c/a", "c/old"))
		}, "c/a", "A old"},
		{"removed", func(d disk.Dir) error { return d.Remove("c/old") }, "c/old", "- old"},
		{"removed and synced", func(d disk.Dir) error { return errors.Join(d.Remove("c/old"), d.SyncDir("c")) }, "c/old", "-"},
		{"in a new directory", func(d disk.Dir) error {
			return errors.Join(d.Mkdir("n", 0o700), put(d, "n/a", "A", true), d.SyncDir("n"))
		}, "n/a", "- A"},
		{"in a new directory, synced too", func(d disk.Dir) error {
			return errors.Join(d.Mkdir("n", 0o700), put(d, "n/a", "A", true), d.SyncDir("n"), d.SyncDir("."))
		}, "n/a", "A"},
		{"linked", func(d disk.Dir) error { return d.Link("c/old", "c/b") }, "c/b", "- old"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, dir, _, before := start(t)
			if err := test.do(dir); err != nil {
				t.Fatal(err)
			}
			got := outcomes(t, d, before, test.look)
			want := map[string]bool{}
			for _, w := range strings.Split(test.want, " ") {
				want[w] = true
				if got[w] == 0 {
					t.Errorf("%q never happened: %v", w, got)
				}
			}
			for g := range got {
				if !want[g] {
					t.Errorf("%q happened: %v", g, got)
				}
			}
		})
	}
}

// A file with two names keeps them, in copies and in replays.
func TestHardLinksStayLinked(t *testing.T) {
	t.Parallel()
	d, dir, _, before := start(t)
	if err := errors.Join(dir.Link("c/old", "c/b"), dir.SyncDir("c")); err != nil {
		t.Fatal(err)
	}
	into := t.TempDir()
	if err := errors.Join(disktest.Replay(d.Log(), 0, before), disktest.Copy(before, into)); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{before, into} {
		a, aerr := os.Stat(filepath.Join(root, "c/old"))
		b, berr := os.Stat(filepath.Join(root, "c/b"))
		if aerr != nil || berr != nil || !os.SameFile(a, b) {
			t.Errorf("two files: %v, %v", aerr, berr)
		}
	}
}

func TestTornDataKeepsWhatWasSynced(t *testing.T) {
	t.Parallel()
	d, dir, _, before := start(t)
	f, err := dir.Append("c/old", 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	safe, rest := strings.Repeat("s", 700), strings.Repeat("r", 1500)
	for _, s := range []string{safe, rest} {
		if _, err := f.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
		if s == safe {
			if err := f.Sync(); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := outcomes(t, d, before, "c/old")
	for g := range got {
		tail, ok := strings.CutPrefix(g, "old"+safe)
		if !ok || strings.Trim(tail, "r\x00") != "" || len(g) != 703 && len(g) != 2203 && len(g)%512 != 0 {
			t.Errorf("%d bytes left, of which %q", len(g), strings.Trim(g, "rs"))
		}
	}
	if len(got) < 8 {
		t.Errorf("only %d different outcomes", len(got))
	}
}

// A rename is there in whole or not at all, so the file is always somewhere; and one seed has one outcome.
func TestRenamesAreWhole(t *testing.T) {
	t.Parallel()
	_, _, _, before := start(t)
	d, dir, _, _ := start(t)
	if err := errors.Join(dir.Mkdir("n", 0o700), dir.Rename("c/old", "n/old"), dir.Rename("n/old", "c/back")); err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(40) {
		var got [2]map[string]string
		for i := range got {
			into := t.TempDir()
			if err := errors.Join(disktest.Copy(before, into), disktest.Replay(d.Log(), seed, into)); err != nil {
				t.Fatal(err)
			}
			got[i] = tree(t, into)
		}
		if diff := cmp.Diff(got[0], got[1]); diff != "" {
			t.Errorf("seed %d has two outcomes:\n%s", seed, diff)
		}
		if n := strings.Count(fmt.Sprint(got[0]), ":old"); n != 1 {
			t.Errorf("seed %d: the file is there %d times: %v", seed, n, got[0])
		}
	}
}

// If nothing is lost, the replay is what really happened.
func TestReplayOfEverythingIsTheRealTree(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		d, dir, base, before := start(t)
		r := rand.New(rand.NewPCG(seed, 1))
		names := []string{"a", "b", "c/a", "c/b", "c/old", "d/a", "d/b"}
		for range 60 {
			a, b := names[r.IntN(len(names))], names[r.IntN(len(names))]
			switch r.IntN(9) { // most fail now and then, which is part of it
			case 0, 1:
				put(dir, a, fmt.Sprint(r.Int()), r.IntN(2) == 0)
			case 2:
				dir.Rename(a, b)
			case 3:
				dir.RenameNew(a, b)
			case 4:
				dir.Exchange(a, b)
			case 5:
				dir.Link(a, b)
			case 6:
				dir.Remove(a)
			case 7:
				dir.Mkdir("d", 0o700)
			case 8:
				if f, err := dir.Append(a, 0o600); err == nil {
					f.Write([]byte("more"))
					f.Close()
				}
			}
		}
		if err := disktest.Replay(d.Log(), 1, before); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tree(t, base), tree(t, before)); diff != "" {
			t.Fatalf("seed %d (-real +replayed):\n%s", seed, diff)
		}
	}
}
