package vdir_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vgit/repo/disk/disktest"
	"vgit/repo/vdir"
)

func TestV37Collections(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{
		".git/config": "g", ".hidden/x.ics": "h", "a/x.ics": "1", "a-b/y.ics": "2", "b/": "", "lost+found/z.ics": "l", "README": "r",
		"item.ics": "s", ".gitignore": "*",
	})
	s := w.scan(calendars, nil)
	if diff := cmp.Diff([]string{"a", "a-b", "b"}, s.Collections); diff != "" {
		t.Errorf("collections (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"a/x.ics": "1", "a-b/y.ics": "2"}, bodies(s)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if s.Files[0].Path != "a-b/y.ics" {
		t.Errorf("not sorted by path: %v first", s.Files[0].Path)
	}
	if diff := cmp.Diff(map[string]vdir.OddKind{"item.ics": vdir.Stray}, odds(s)); diff != "" {
		t.Errorf("odd (-want +got):\n%s", diff)
	}
}

func TestScanSingle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{".git/config": "g", "x.vcf": "1", "color": "#ff0000", "sub/y.vcf": "2"})
	s := w.scan(vdir.Spec{Single: true, Extension: ".vcf"}, nil)
	if diff := cmp.Diff([]string{""}, s.Collections); diff != "" {
		t.Errorf("collections (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"x.vcf": "1", "color": "#ff0000"}, bodies(s)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]vdir.OddKind{"sub": vdir.Stray}, odds(s)); diff != "" {
		t.Errorf("odd (-want +got):\n%s", diff)
	}
}

// F72, X6, X7, V35 and the list of parity A5: what each name in a collection is taken for.
func TestF72Names(t *testing.T) {
	t.Parallel()
	const file, nothing = "file", "nothing"
	spec := vdir.Spec{Extension: ".ics", Ignore: []string{"birthday-*", "*.conf"}, Now: time.Now().Add(25 * time.Hour)}
	for name, want := range map[string]string{
		"x.ics": file, "x y.ics": file, "Ä.ics": file, "x.orig.ics": file, "x.icsab12cd.ics": file, "-x.ics": file,
		"color": file, "displayname": file, "description": file, "order": file,

		"x.ics~": nothing, "file~": nothing, ".x.ics.swp": nothing, "#x.ics#": nothing, "#x.ics": nothing, "4913": nothing,
		"x.tmp": nothing, ".x.ics": nothing, ".DS_Store": nothing, "._x.ics": nothing, "x.ics.orig": nothing, "x.rej": nothing,
		"birthday-1.ics": nothing, "x.conf": nothing, ".ics": nothing,

		"x.icsab12cd": fmt.Sprint(vdir.Dropping), "x.icsab12cd_f": fmt.Sprint(vdir.Dropping),
		"x.vcf": fmt.Sprint(vdir.Stray), "notes.txt": fmt.Sprint(vdir.Stray), "X.ICS": fmt.Sprint(vdir.Stray),
		"x.icsab-2cd": fmt.Sprint(vdir.Stray), "x.ics1234567": fmt.Sprint(vdir.Stray), "Color": fmt.Sprint(vdir.Stray),
		"sub/": fmt.Sprint(vdir.Stray),
	} {
		w := newWorld(t, map[string]string{"c/" + name: "body"})
		s := w.scan(spec, nil)
		got := nothing
		switch {
		case len(s.Files)+len(s.Odd) > 1:
			t.Errorf("%q: %v %v", name, s.Files, s.Odd)
		case len(s.Files) == 1:
			got = file
		case len(s.Odd) == 1:
			got = fmt.Sprint(s.Odd[0].Kind)
		}
		if got != want {
			t.Errorf("%q is %s, want %s", name, got, want)
		}
	}
}

func TestX7YoungDroppingIsNotReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/x.icsab12cd": "half"})
	for _, now := range []time.Time{{}, time.Now().Add(23 * time.Hour)} {
		if s := w.scan(vdir.Spec{Extension: ".ics", Now: now}, nil); len(s.Odd)+len(s.Files) != 0 {
			t.Errorf("at %v: %v %v", now, s.Odd, s.Files)
		}
	}
	if w.files()["c/x.icsab12cd"] != "half" {
		t.Error("the dropping was touched")
	}
}

// F84: what is read is what differs from the cache, in any of size, times, inode and device, and nothing else is.
func TestF84OnlyChangedFilesAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "a", "c/b.ics": "b", "c/color": "red"})
	known := map[string]vdir.Stat{}
	for _, f := range w.scan(calendars, nil).Files {
		known[f.Path] = f.Stat
	}
	before := w.kinds(disktest.Open, disktest.Read)
	want := map[string]string{"c/a.ics": "=", "c/b.ics": "=", "c/color": "="}
	if diff := cmp.Diff(want, bodies(w.scan(calendars, known))); diff != "" {
		t.Errorf("unchanged (-want +got):\n%s", diff)
	}
	if n := w.kinds(disktest.Open, disktest.Read); n != before {
		t.Errorf("%d operations to read files that did not change", n-before)
	}

	for what, change := range map[string]func(*vdir.Stat){
		"size": func(s *vdir.Stat) { s.Size++ }, "mtime": func(s *vdir.Stat) { s.ModTime = s.ModTime.Add(1) },
		"ctime": func(s *vdir.Stat) { s.ChangeTime = s.ChangeTime.Add(-1) }, "inode": func(s *vdir.Stat) { s.Ino++ },
		"device": func(s *vdir.Stat) { s.Dev++ },
	} {
		s := known["c/a.ics"]
		change(&s)
		got := bodies(w.scan(calendars, map[string]vdir.Stat{"c/a.ics": s, "c/b.ics": known["c/b.ics"], "c/color": known["c/color"]}))
		want["c/a.ics"] = "a"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("another %s (-want +got):\n%s", what, diff)
		}
	}
	// What a git index has of them: 32 bits, and no matter which mode.
	for p, s := range known {
		s.Ino, s.Dev, s.Mode = uint64(uint32(s.Ino)), uint64(uint32(s.Dev)), 0o777
		known[p] = s
	}
	want["c/a.ics"] = "="
	if diff := cmp.Diff(want, bodies(w.scan(calendars, known))); diff != "" {
		t.Errorf("as a git index has it (-want +got):\n%s", diff)
	}
	// A save that keeps size and mtime.
	st := w.lstat("c/a.ics")
	w.write("c/a.ics", "A")
	must(t, os.Chtimes(w.full("c/a.ics"), st.ModTime(), st.ModTime()))
	if got := bodies(w.scan(calendars, known))["c/a.ics"]; got != "A" {
		t.Errorf("a save that kept size and mtime gave %q", got)
	}
}

func TestF77F78OddEntries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/real.ics": "r", "outside/x.ics": "o", "c/dir.ics/": ""})
	for name, to := range map[string]string{
		"c/link.ics": "real.ics", "c/out.ics": "/etc/passwd", "c/dangling.ics": "none", "c/circle.ics": "circle.ics",
		"linked": "outside", "c/color": "real.ics",
	} {
		must(t, os.Symlink(to, w.full(name)))
	}
	must(t, syscall.Mkfifo(w.full("c/fifo.ics"), 0o600))
	must(t, syscall.Mkfifo(w.full("fifo"), 0o600))
	s := w.scan(calendars, nil)
	want := map[string]vdir.OddKind{
		"c/link.ics": vdir.Symlink, "c/out.ics": vdir.Symlink, "c/dangling.ics": vdir.Symlink, "c/circle.ics": vdir.Symlink,
		"c/color": vdir.Symlink, "linked": vdir.Symlink, "c/fifo.ics": vdir.NotRegular, "c/dir.ics": vdir.NotRegular, "fifo": vdir.Stray,
	}
	if diff := cmp.Diff(want, odds(s)); diff != "" {
		t.Errorf("odd (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"c/real.ics": "r", "outside/x.ics": "o"}, bodies(s)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"c", "outside"}, s.Collections); diff != "" {
		t.Errorf("collections (-want +got):\n%s", diff)
	}
}

// F59: what cannot be read is odd, by name, and everything else is there.
func TestF59UnreadableIsUnknown(t *testing.T) {
	t.Parallel()
	files := map[string]string{"c/bad.ics": "b", "c/good.ics": "g", "d/x.ics": "x"}
	for _, test := range []struct {
		kind disktest.Kind
		name string
		err  error
		odd  string
		left map[string]string
	}{
		{disktest.Open, "c/bad.ics", syscall.EACCES, "c/bad.ics", map[string]string{"c/good.ics": "g", "d/x.ics": "x"}},
		{disktest.Read, "c/bad.ics", syscall.EIO, "c/bad.ics", map[string]string{"c/good.ics": "g", "d/x.ics": "x"}},
		{disktest.Stat, "c/bad.ics", syscall.EIO, "c/bad.ics", map[string]string{"c/good.ics": "g", "d/x.ics": "x"}},
		{disktest.Lstat, "c/bad.ics", syscall.EIO, "c/bad.ics", map[string]string{"c/good.ics": "g", "d/x.ics": "x"}},
		{disktest.ReadDir, "c", syscall.EIO, "c", map[string]string{"d/x.ics": "x"}},
		{disktest.Sub, "c", syscall.EACCES, "c", map[string]string{"d/x.ics": "x"}},
	} {
		w := newWorld(t, files)
		w.disk.Before(func(op disktest.Op) error {
			if op.Kind == test.kind && op.Name == test.name {
				return test.err
			}
			return nil
		})
		s := w.scan(calendars, nil)
		if diff := cmp.Diff(map[string]vdir.OddKind{test.odd: vdir.Unreadable}, odds(s)); diff != "" {
			t.Errorf("%s %s: odd (-want +got):\n%s", test.kind, test.name, diff)
		}
		if diff := cmp.Diff(test.left, bodies(s)); diff != "" {
			t.Errorf("%s %s: files (-want +got):\n%s", test.kind, test.name, diff)
		}
		if diff := cmp.Diff([]string{"c", "d"}, s.Collections); diff != "" {
			t.Errorf("%s %s: collections (-want +got):\n%s", test.kind, test.name, diff)
		}
	}
	w := newWorld(t, files)
	w.disk.Before(func(op disktest.Op) error {
		if op.Kind == disktest.ReadDir && op.Name == "." {
			return syscall.EIO
		}
		return nil
	})
	if s, err := w.dir.Scan(context.Background(), calendars, nil); !errors.Is(err, syscall.EIO) || s != nil {
		t.Errorf("vdir that cannot be listed: %v, %v", s, err)
	}
}

// F65: a directory that changed meanwhile is scanned again, five times at most.
func TestF65DirectoryChanges(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		changes int
		odd     map[string]vdir.OddKind
	}{
		{1, map[string]vdir.OddKind{}}, {5, map[string]vdir.OddKind{}}, {6, map[string]vdir.OddKind{"c": vdir.UnstableDir}},
	} {
		w := newWorld(t, map[string]string{"c/a.ics": "a", "d/x.ics": "x"})
		n := 0
		w.disk.After(func(op disktest.Op) {
			if op.Kind == disktest.ReadDir && op.Name == "c" && n < test.changes {
				n++ // a rename, as a reader sees it half way: neither of the names was listed
				must(t, os.Rename(w.full("c/a.ics"), w.full("c/b.ics")))
				must(t, os.Rename(w.full("c/b.ics"), w.full("c/a.ics")))
				when := time.Date(2020, 1, 1, 0, 0, n, 0, time.UTC)
				must(t, os.Chtimes(w.full("c"), when, when))
			}
		})
		s := w.scan(calendars, nil)
		if diff := cmp.Diff(test.odd, odds(s)); diff != "" {
			t.Errorf("%d changes: odd (-want +got):\n%s", test.changes, diff)
		}
		want := map[string]string{"d/x.ics": "x"}
		if len(test.odd) == 0 {
			want["c/a.ics"] = "a"
		}
		if diff := cmp.Diff(want, bodies(s)); diff != "" {
			t.Errorf("%d changes: files (-want +got):\n%s", test.changes, diff)
		}
	}
}

func TestF65FileVanishesDuringScan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "a", "c/b.ics": "b"})
	w.once(disktest.Lstat, "c/a.ics", 1, func() {
		when := w.lstat("c").ModTime()
		must(t, os.Rename(w.full("c/a.ics"), w.full("c/z.ics")))
		must(t, os.Chtimes(w.full("c"), when, when)) // within one tick of a coarse clock
	})
	if diff := cmp.Diff(map[string]string{"c/z.ics": "a", "c/b.ics": "b"}, bodies(w.scan(calendars, nil))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestF65CollectionVanishesDuringScan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "a", "d/b.ics": "b"})
	w.once(disktest.Sub, "c", 1, func() { must(t, os.Rename(w.full("c"), w.full(".c"))) })
	s := w.scan(calendars, nil)
	if diff := cmp.Diff(map[string]vdir.OddKind{"c": vdir.UnstableDir}, odds(s)); diff != "" {
		t.Errorf("odd (-want +got):\n%s", diff)
	}
}

// Another directory takes the name during the scan, and neither of them changes.
func TestF65CollectionIsReplacedDuringScan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "a", ".other/b.ics": "b"})
	w.once(disktest.ReadDir, "c", 1, func() {
		must(t, os.Rename(w.full("c"), w.full(".old")))
		must(t, os.Rename(w.full(".other"), w.full("c")))
	})
	if diff := cmp.Diff(map[string]string{"c/b.ics": "b"}, bodies(w.scan(calendars, nil))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// F67: a file that is written in place while it is read.
func TestF67FileBeingWritten(t *testing.T) {
	t.Parallel()
	for _, always := range []bool{false, true} {
		w := newWorld(t, map[string]string{"c/a.ics": "BEGIN"})
		n := 0
		w.disk.Before(func(op disktest.Op) error {
			if op.Kind == disktest.Read && op.Name == "c/a.ics" && (always || n == 0) {
				n++
				f, err := os.OpenFile(w.full("c/a.ics"), os.O_APPEND|os.O_WRONLY, 0)
				must(t, err)
				_, err = f.WriteString("END")
				must(t, errors.Join(err, f.Close()))
			}
			return nil
		})
		s := w.scan(calendars, nil)
		want, odd := map[string]string{"c/a.ics": "BEGINEND"}, map[string]vdir.OddKind{}
		if always {
			want, odd = map[string]string{}, map[string]vdir.OddKind{"c/a.ics": vdir.Unstable}
		}
		if diff := cmp.Diff(want, bodies(s)) + cmp.Diff(odd, odds(s)); diff != "" {
			t.Errorf("always %v (-want +got):\n%s", always, diff)
		}
	}
}

func TestF81TooLargeIsNotRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "a"})
	must(t, os.Truncate(w.full("c/a.ics"), 1<<30)) // sparse
	s := w.scan(calendars, nil)
	if diff := cmp.Diff(map[string]vdir.OddKind{"c/a.ics": vdir.Unreadable}, odds(s)); diff != "" || len(s.Files) != 0 {
		t.Errorf("odd (-want +got), %d files:\n%s", len(s.Files), diff)
	}
}

// F80: of two collections that some file systems take for one, the first counts.
func TestF80Twins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"Work/a.ics": "a", "work/b.ics": "b"})
	s := w.scan(calendars, nil)
	if diff := cmp.Diff(map[string]vdir.OddKind{"work": vdir.Twin}, odds(s)); diff != "" {
		t.Errorf("odd (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"Work/a.ics": "a"}, bodies(s)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// X5: what was made since a scan, and nothing that is no item or that cannot be read.
func TestX5Added(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"a/old.ics": "o", "a/new.ics": "n", "a/.new.ics": "h", "a/new.icsk3_xq9aZ": "d", "a/color": "c", "b/other.ics": "x"})
	must(t, os.Symlink("new.ics", w.full("a/link.ics")))
	must(t, os.Mkdir(w.full("a/dir.ics"), 0o700))
	var got []string
	for _, f := range w.dir.Added("a", calendars, func(path string) bool { return path == "a/old.ics" }) {
		got = append(got, f.Path+"="+string(f.Body))
	}
	if diff := cmp.Diff([]string{"a/new.ics=n"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if gone := w.dir.Added("none", calendars, func(string) bool { return false }); gone != nil {
		t.Errorf("in a collection that is not there: %v", gone)
	}
	single := vdir.Spec{Single: true, Extension: ".ics"}
	must(t, os.WriteFile(w.full("top.ics"), []byte("t"), 0o600))
	if added := w.dir.Added("", single, func(string) bool { return false }); len(added) != 1 || added[0].Path != "top.ics" {
		t.Errorf("in the vdir itself: %v", added)
	}
}

func TestScanOfManyIsSortedAndComplete(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for i := range 700 {
		files[fmt.Sprintf("c/%03d.ics", i)] = fmt.Sprint(i)
	}
	w := newWorld(t, files)
	s := w.scan(calendars, nil)
	if diff := cmp.Diff(files, bodies(s)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for i := range s.Files[1:] {
		if strings.Compare(s.Files[i].Path, s.Files[i+1].Path) >= 0 {
			t.Fatalf("%s before %s", s.Files[i].Path, s.Files[i+1].Path)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.disk.After(func(op disktest.Op) { cancel() })
	if _, err := w.dir.Scan(ctx, calendars, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
