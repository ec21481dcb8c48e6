package vdir_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vgit/repo/disk/disktest"
	"vgit/repo/vdir"
)

var calendars = vdir.Spec{Extension: ".ics"}

// world is a vdir in a temporary directory on a disk that can be broken.
type world struct {
	t    *testing.T
	path string
	disk *disktest.Disk
	dir  *vdir.Dir
}

// newWorld makes a vdir with the given files, as "collection/name": "content"; a name that ends in "/" is a directory.
func newWorld(t *testing.T, files map[string]string) *world {
	t.Helper()
	w := &world{t: t, path: t.TempDir()}
	for name, body := range files {
		w.write(name, body)
	}
	w.open()
	return w
}

func (w *world) open() {
	w.t.Helper()
	w.disk = disktest.New(w.path)
	dir, err := vdir.Open(w.path, w.disk.Open)
	if err != nil {
		w.t.Fatal(err)
	}
	w.dir = dir
	w.t.Cleanup(func() { dir.Close() })
}

func (w *world) full(name string) string { return filepath.Join(w.path, name) }

// write is what a user's program does: a new file beside, and a rename.
func (w *world) write(name, body string) {
	dir := filepath.Dir(w.full(name))
	if strings.HasSuffix(name, "/") {
		dir = w.full(name)
	}
	must(w.t, os.MkdirAll(dir, 0o700))
	if dir != w.full(name) {
		tmp := w.full(name) + "user1234"
		must(w.t, os.WriteFile(tmp, []byte(body), 0o600))
		must(w.t, os.Rename(tmp, w.full(name)))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// files is all that is in the vdir.
func (w *world) files() map[string]string { return tree(w.t, w.path) }

func tree(t *testing.T, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(root, name)
		if e.Type() == fs.ModeSymlink {
			to, err := os.Readlink(name)
			all[rel] = "-> " + to
			return err
		}
		b, err := os.ReadFile(name)
		all[rel] = string(b)
		return err
	}))
	return all
}

func (w *world) scan(spec vdir.Spec, known map[string]vdir.Stat) *vdir.Scan {
	w.t.Helper()
	s, err := w.dir.Scan(context.Background(), spec, func(p string) (vdir.Stat, bool) {
		st, ok := known[p]
		return st, ok
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) apply(writes ...vdir.Write) []vdir.Result {
	w.t.Helper()
	res, err := w.dir.Apply(context.Background(), writes)
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

func (w *world) lstat(name string) fs.FileInfo {
	w.t.Helper()
	st, err := os.Lstat(w.full(name))
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

// odds is the odd paths with their kinds.
func odds(s *vdir.Scan) map[string]vdir.OddKind {
	got := map[string]vdir.OddKind{}
	for _, o := range s.Odd {
		got[o.Path] = o.Kind
	}
	return got
}

// bodies is the files of a scan, "=" for those that did not change.
func bodies(s *vdir.Scan) map[string]string {
	got := map[string]string{}
	for _, f := range s.Files {
		got[f.Path] = "="
		if f.Changed {
			got[f.Path] = string(f.Body)
		}
	}
	return got
}

// once runs f before the n-th operation that fits, and only then.
func (w *world) once(kind disktest.Kind, fits string, n int, f func()) {
	w.disk.Before(func(op disktest.Op) error {
		if op.Kind == kind && (strings.Contains(op.Name, fits) || strings.Contains(op.To, fits)) {
			if n--; n == 0 {
				f()
			}
		}
		return nil
	})
}

// kinds counts operations.
func (w *world) kinds(kinds ...disktest.Kind) int {
	n := 0
	for _, op := range w.disk.Log() {
		if slices.Contains(kinds, op.Kind) {
			n++
		}
	}
	return n
}

func update(name, old, new string) vdir.Write {
	return vdir.Write{Path: name, Old: []byte(old), New: []byte(new)}
}

func creation(name, new string) vdir.Write {
	return vdir.Write{Path: name, OldAbsent: true, New: []byte(new)}
}

func removal(name, old string) vdir.Write {
	return vdir.Write{Path: name, Old: []byte(old), Remove: true}
}

func TestOpenNeedsADirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := vdir.Open(filepath.Join(dir, "none"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open of nothing: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	if _, err := vdir.Open(filepath.Join(dir, "file"), nil); err == nil {
		t.Error("Open of a file succeeded")
	}
}
