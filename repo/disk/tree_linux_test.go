package disk_test

import (
	"errors"
	"net"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"vgit/repo/disk"
)

// F78: what is not a regular file is refused, and nothing waits for a writer that never comes.
func TestF78NothingHangs(t *testing.T) {
	t.Parallel()
	d, path := open(t)
	if err := unix.Mkfifo(filepath.Join(path, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(path, "sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := d.Mkdir("dir", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"fifo", "sock", "dir"} {
		if _, err := d.Open(name); !errors.Is(err, disk.ErrNotRegular) {
			t.Errorf("Open(%s): %v", name, err)
		}
		if _, err := d.ReadFile(name); !errors.Is(err, disk.ErrNotRegular) {
			t.Errorf("ReadFile(%s): %v", name, err)
		}
		if _, err := d.Append(name, 0o600); !errors.Is(err, disk.ErrNotRegular) {
			t.Errorf("Append(%s): %v", name, err)
		}
		if _, err := d.Lock(name, 0o600); !errors.Is(err, disk.ErrNotRegular) {
			t.Errorf("Lock(%s): %v", name, err)
		}
	}
}
