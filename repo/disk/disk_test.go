package disk_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"vgit/repo/disk"
)

func open(t *testing.T) (disk.Dir, string) {
	t.Helper()
	path := t.TempDir()
	d, err := disk.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, path
}

func create(t *testing.T, d disk.Dir, name, body string) {
	t.Helper()
	f, err := d.Create(name, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(body)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func wantFile(t *testing.T, d disk.Dir, name, want string) {
	t.Helper()
	got, err := d.ReadFile(name)
	if err != nil || string(got) != want {
		t.Errorf("ReadFile(%q) = %q, %v; want %q", name, got, err, want)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	d, _ := open(t)
	if err := d.Mkdir("c", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := d.Mkdir("c", 0o700); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Mkdir again: %v", err)
	}
	create(t, d, "c/a", "one")
	if _, err := d.Create("c/a", 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create of what exists: %v", err)
	}
	for _, more := range []string{" two", " three"} {
		f, err := d.Append("c/a", 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(more)); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	wantFile(t, d, "c/a", "one two three")

	info, err := d.Lstat("c/a")
	if err != nil || info.Name != "a" || info.Size != 13 || info.Mode != 0o600 || info.ModTime.IsZero() {
		t.Errorf("Lstat = %+v, %v", info, err)
	}
	if runtime.GOOS == "linux" && (info.Ino == 0 || info.Nlink != 1 || info.ChangeTime.IsZero()) {
		t.Errorf("Lstat = %+v, without inode, links or change time", info)
	}

	create(t, d, "c/b", "b")
	if err := d.RenameNew("c/a", "c/b"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("RenameNew onto a file: %v", err)
	}
	wantFile(t, d, "c/b", "b")
	if err := d.RenameNew("c/a", "c/new"); err != nil {
		t.Error(err)
	}
	if err := d.Link("c/new", "c/b"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Link onto a file: %v", err)
	}
	if err := d.Link("c/new", "c/link"); err != nil {
		t.Error(err)
	}
	if err := d.Rename("c/new", "c/b"); err != nil {
		t.Error(err)
	}
	wantFile(t, d, "c/b", "one two three")

	list, err := d.ReadDir("c")
	if err != nil || len(list) != 2 || list[0].Name() != "b" || list[1].Name() != "link" {
		t.Errorf("ReadDir = %v, %v", list, err)
	}
	if err := d.Remove("c"); err == nil {
		t.Error("Remove took a directory that is not empty")
	}
	for _, name := range []string{"c/b", "c/link", "c"} {
		if err := d.Remove(name); err != nil {
			t.Error(err)
		}
	}
	if err := errors.Join(d.SyncDir(".")); err != nil {
		t.Error(err)
	}
	if err := d.SyncFS(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
}

func TestExchangeSwaps(t *testing.T) {
	t.Parallel()
	d, _ := open(t)
	create(t, d, "a", "A")
	create(t, d, "b", "B")
	if err := d.Exchange("a", "b"); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("no exchange here")
	} else if err != nil {
		t.Fatal(err)
	}
	wantFile(t, d, "a", "B")
	wantFile(t, d, "b", "A")
	if err := d.Exchange("a", "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("exchange with nothing: %v", err)
	}
}

func TestNamesStayInside(t *testing.T) {
	t.Parallel()
	d, path := open(t)
	outside := filepath.Join(filepath.Dir(path), "canary")
	if err := os.WriteFile(outside, []byte("c"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "..", "../canary", "/etc/passwd", "a//b", "./a", "a/../../canary", "a\x00b", "a/", outside} {
		if _, err := d.ReadFile(name); err == nil {
			t.Errorf("ReadFile(%q) succeeded", name)
		}
		if _, err := d.Create(name, 0o600); err == nil {
			t.Errorf("Create(%q) succeeded", name)
		}
		if err := d.Remove(name); err == nil {
			t.Errorf("Remove(%q) succeeded", name)
		}
		if _, err := d.Lstat(name); err == nil {
			t.Errorf("Lstat(%q) succeeded", name)
		}
	}
	if got, _ := os.ReadFile(outside); string(got) != "c" {
		t.Errorf("the canary is %q", got)
	}
}

// S2, F77: a link is never read, written or walked through, wherever it leads.
func TestLinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	d, path := open(t)
	create(t, d, "real", "body")
	if err := d.Mkdir("dir", 0o700); err != nil {
		t.Fatal(err)
	}
	create(t, d, "dir/x", "body")
	for name, to := range map[string]string{
		"inside": "real", "out": os.TempDir(), "dangling": "none", "circle": "circle", "dirlink": "dir", "abs": filepath.Join(path, "real"),
	} {
		if err := os.Symlink(to, filepath.Join(path, name)); err != nil {
			t.Skip("no symbolic links here:", err)
		}
		if _, err := d.Open(name); !errors.Is(err, disk.ErrNotRegular) {
			t.Errorf("Open(%s -> %s): %v", name, to, err)
		}
		if _, err := d.Append(name, 0o600); err == nil {
			t.Errorf("Append(%s -> %s) succeeded", name, to)
		}
		if _, err := d.ReadDir(name); err == nil {
			t.Errorf("ReadDir(%s -> %s) succeeded", name, to)
		}
		if _, err := d.Sub(name); err == nil {
			t.Errorf("Sub(%s -> %s) succeeded", name, to)
		}
		if info, err := d.Lstat(name); err != nil || info.Mode.Type() != fs.ModeSymlink {
			t.Errorf("Lstat(%s) = %v, %v", name, info.Mode, err)
		}
	}
	if _, err := d.ReadFile("dirlink/x"); err == nil {
		t.Error("read through a link to a directory inside")
	}
	if err := d.Rename("real", "dirlink/real"); err == nil {
		t.Error("renamed through a link to a directory inside")
	}
	if err := d.Remove("inside"); err != nil {
		t.Error(err)
	}
	wantFile(t, d, "real", "body")
}

func TestSubStaysThatDirectory(t *testing.T) {
	t.Parallel()
	d, path := open(t)
	if err := d.Mkdir("c", 0o700); err != nil {
		t.Fatal(err)
	}
	sub, err := d.Sub("c")
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	if err := os.Rename(filepath.Join(path, "c"), filepath.Join(path, "moved")); err != nil {
		t.Skip("no renaming of open directories here")
	}
	create(t, sub, "x", "body")
	wantFile(t, d, "moved/x", "body")
}

func TestChtimesAndChmod(t *testing.T) {
	t.Parallel()
	d, _ := open(t)
	create(t, d, "a", "A")
	when := time.Date(2001, 2, 3, 4, 5, 6, 7000, time.UTC)
	for _, name := range []string{"a", "."} {
		if err := d.Chtimes(name, when); err != nil {
			t.Fatal(err)
		}
		if info, err := d.Lstat(name); err != nil || !info.ModTime.Equal(when) {
			t.Errorf("Lstat(%q) = %v, %v", name, info.ModTime, err)
		}
	}
	f, err := d.Append("a", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Chmod(0o666); err != nil {
		t.Fatal(err)
	}
	r, err := d.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b := make([]byte, 1)
	if n, err := r.ReadAt(b, 0); n != 1 || err != nil || b[0] != 'A' {
		t.Errorf("ReadAt = %d, %v, %q", n, err, b)
	}
	if info, err := f.Info(); err != nil || info.Mode != 0o666 || info.Name != "a" {
		t.Errorf("Info = %+v, %v", info, err)
	}
}

func TestLock(t *testing.T) {
	t.Parallel()
	d, _ := open(t)
	unlock, err := d.Lock("lock", 0o600)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("no locks here")
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Lock("lock", 0o600); !errors.Is(err, disk.ErrLocked) {
		t.Errorf("second lock: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	unlock, err = d.Lock("lock", 0o600)
	if err != nil {
		t.Fatalf("after unlock: %v", err)
	}
	unlock()
}
