package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// tree does everything relative to handles: that of the directory, opened through os.Root, and those of directories
// below it, each opened without following links. os.Root alone would follow links that stay inside, has no exchange,
// and would walk the whole name for each of 50,000 files.
type tree struct {
	path string
	dir  *os.File
}

func openTree(name string) (*tree, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	dir, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	return &tree{path: name, dir: dir}, nil
}

func (t *tree) Close() error { return t.dir.Close() }

// fail says where it happened and what.
func (t *tree) fail(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: path.Join(t.path, name), Err: err}
}

// again repeats a call that a signal interrupted.
func again(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

func openat(dir int, name string, flags int, perm fs.FileMode) (fd int, err error) {
	err = again(func() error {
		fd, err = unix.Openat(dir, name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, uint32(perm.Perm()))
		return err
	})
	return fd, err
}

// at walks to the directory that holds the last element of name, and calls with its handle and that element.
func (t *tree) at(op, name string, self bool, call func(dir int, base string) error) error {
	if !valid(name, self) {
		return t.fail(op, name, fs.ErrInvalid)
	}
	fd := int(t.dir.Fd())
	rest, opened := name, -1
	defer func() {
		if opened >= 0 {
			unix.Close(opened)
		}
	}()
	for {
		first, more, deeper := strings.Cut(rest, "/")
		if !deeper {
			return t.fail(op, name, again(func() error { return call(fd, rest) }))
		}
		next, err := openat(fd, first, unix.O_PATH|unix.O_DIRECTORY, 0)
		if err != nil {
			return t.fail(op, name, err)
		}
		if opened >= 0 {
			unix.Close(opened)
		}
		fd, opened, rest = next, next, more
	}
}

// both is at for two names.
func (t *tree) both(op, from, to string, call func(fdir int, from string, tdir int, to string) error) error {
	return t.at(op, from, false, func(fdir int, f string) error {
		err := t.at(op, to, false, func(tdir int, to string) error { return call(fdir, f, tdir, to) })
		if p, ok := err.(*fs.PathError); ok {
			return p.Err
		}
		return err
	})
}

// open gives a handle of a regular file. O_NONBLOCK is for FIFOs, which are closed again without having been waited for.
func (t *tree) open(op, name string, flags int, perm fs.FileMode) (*file, error) {
	fd := -1
	err := t.at(op, name, false, func(dir int, base string) (err error) {
		fd, err = openat(dir, base, flags|unix.O_NONBLOCK|unix.O_NOCTTY, perm)
		return err
	})
	if err != nil {
		// ENXIO: a socket, or a FIFO that nobody reads.
		if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENXIO) || errors.Is(err, unix.EISDIR) {
			err = t.fail(op, name, ErrNotRegular)
		}
		return nil, err
	}
	var st unix.Stat_t
	if err := again(func() error { return unix.Fstat(fd, &st) }); err != nil {
		unix.Close(fd)
		return nil, t.fail(op, name, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		unix.Close(fd)
		return nil, t.fail(op, name, ErrNotRegular)
	}
	return &file{File: os.NewFile(uintptr(fd), path.Join(t.path, name)), base: path.Base(name), size: st.Size}, nil
}

func (t *tree) Open(name string) (File, error) { return opened(t.open("open", name, unix.O_RDONLY, 0)) }

func (t *tree) Create(name string, perm fs.FileMode) (File, error) {
	return opened(t.open("create", name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, perm))
}

func (t *tree) Append(name string, perm fs.FileMode) (File, error) {
	return opened(t.open("append", name, unix.O_WRONLY|unix.O_CREAT|unix.O_APPEND, perm))
}

// opened keeps a nil *file from becoming a File that is not nil.
func opened(f *file, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (t *tree) ReadFile(name string) ([]byte, error) {
	f, err := t.open("read", name, unix.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, f.size)
}

// openDir opens a directory for what a handle of O_PATH cannot do.
func (t *tree) openDir(op, name string) (*os.File, error) {
	fd := -1
	err := t.at(op, name, true, func(dir int, base string) (err error) {
		fd, err = openat(dir, base, unix.O_RDONLY|unix.O_DIRECTORY, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), path.Join(t.path, name)), nil
}

func (t *tree) ReadDir(name string) ([]fs.DirEntry, error) {
	dir, err := t.openDir("readdir", name)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	list, err := dir.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

func (t *tree) Sub(name string) (Dir, error) {
	dir, err := t.openDir("open", name)
	if err != nil {
		return nil, err
	}
	return &tree{path: path.Join(t.path, name), dir: dir}, nil
}

func (t *tree) Lstat(name string) (Info, error) {
	// One call per file of a large collection: without a closure nothing is allocated.
	for valid(name, true) && strings.IndexByte(name, '/') < 0 {
		var st unix.Stat_t
		switch err := unix.Fstatat(int(t.dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW); err {
		case nil:
			return info(name, &st), nil
		case unix.EINTR:
		default:
			return Info{}, t.fail("lstat", name, err)
		}
	}
	var st unix.Stat_t
	err := t.at("lstat", name, true, func(dir int, base string) error {
		return unix.Fstatat(dir, base, &st, unix.AT_SYMLINK_NOFOLLOW)
	})
	if err != nil {
		return Info{}, err
	}
	return info(path.Base(name), &st), nil
}

func (t *tree) Rename(from, to string) error { return t.rename("rename", from, to, 0) }

func (t *tree) RenameNew(from, to string) error {
	err := t.rename("rename", from, to, unix.RENAME_NOREPLACE)
	if !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	if err := t.Link(from, to); err != nil {
		return err
	}
	return t.Remove(from)
}

func (t *tree) Exchange(a, b string) error { return t.rename("exchange", a, b, unix.RENAME_EXCHANGE) }

func (t *tree) rename(op, from, to string, flags uint) error {
	return t.both(op, from, to, func(fdir int, from string, tdir int, to string) error {
		if flags == 0 {
			return unix.Renameat(fdir, from, tdir, to)
		}
		err := unix.Renameat2(fdir, from, tdir, to, flags)
		// A file system that lacks the flag says EINVAL. The other reason for EINVAL, a directory moved into itself, does
		// not occur here.
		if err == unix.EINVAL || err == unix.ENOSYS || err == unix.ENOTSUP {
			return fmt.Errorf("%w on this file system (%w)", errors.ErrUnsupported, err)
		}
		return err
	})
}

func (t *tree) Link(from, to string) error {
	return t.both("link", from, to, func(fdir int, from string, tdir int, to string) error {
		return unix.Linkat(fdir, from, tdir, to, 0)
	})
}

func (t *tree) Remove(name string) error {
	return t.at("remove", name, false, func(dir int, base string) error {
		err := unix.Unlinkat(dir, base, 0)
		if err == unix.EISDIR {
			return unix.Unlinkat(dir, base, unix.AT_REMOVEDIR)
		}
		return err
	})
}

func (t *tree) Mkdir(name string, perm fs.FileMode) error {
	return t.at("mkdir", name, false, func(dir int, base string) error {
		return unix.Mkdirat(dir, base, uint32(perm.Perm()))
	})
}

func (t *tree) Chtimes(name string, mtime time.Time) error {
	return t.at("chtimes", name, true, func(dir int, base string) error {
		m, err := unix.TimeToTimespec(mtime)
		if err != nil {
			return err
		}
		times := []unix.Timespec{{Nsec: unix.UTIME_OMIT}, m}
		return unix.UtimesNanoAt(dir, base, times, unix.AT_SYMLINK_NOFOLLOW)
	})
}

func (t *tree) SyncDir(name string) error {
	dir, err := t.openDir("sync", name)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	return nil
}

func (t *tree) SyncFS() error {
	err := again(func() error { return unix.Syncfs(int(t.dir.Fd())) })
	if err == unix.ENOSYS {
		err = errors.ErrUnsupported
	}
	return t.fail("syncfs", ".", err)
}

func (t *tree) Free() (uint64, error) {
	var st unix.Statfs_t
	if err := again(func() error { return unix.Fstatfs(int(t.dir.Fd()), &st) }); err != nil {
		return 0, t.fail("statfs", ".", err)
	}
	return st.Bavail * uint64(st.Bsize), nil
}

func (t *tree) Lock(name string, perm fs.FileMode) (func() error, error) {
	f, err := t.open("lock", name, unix.O_RDWR|unix.O_CREAT, perm)
	if err != nil {
		return nil, err
	}
	switch err := again(func() error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }); err {
	case nil:
		// Unlocked in so many words: a program that another goroutine starts at this moment holds a copy of the file until
		// it runs, and closing ours alone would leave the lock with it for that long.
		return func() error { return errors.Join(unix.Flock(int(f.Fd()), unix.LOCK_UN), f.Close()) }, nil
	case unix.EWOULDBLOCK:
		f.Close()
		return nil, t.fail("lock", name, ErrLocked)
	case unix.ENOSYS, unix.ENOTSUP, unix.ENOLCK:
		f.Close()
		return nil, t.fail("lock", name, fmt.Errorf("%w on this file system (%w)", errors.ErrUnsupported, err))
	default:
		f.Close()
		return nil, t.fail("lock", name, err)
	}
}

// file is an os.File that knows what it is called and what size it had when it was opened.
type file struct {
	*os.File
	base string
	size int64
}

func (f *file) Info() (Info, error) {
	var st unix.Stat_t
	if err := again(func() error { return unix.Fstat(int(f.Fd()), &st) }); err != nil {
		return Info{}, &fs.PathError{Op: "stat", Path: f.Name(), Err: err}
	}
	return info(f.base, &st), nil
}

func info(name string, st *unix.Stat_t) Info {
	return Info{
		Name: name, Size: st.Size, Mode: mode(st.Mode),
		ModTime: time.Unix(st.Mtim.Unix()), ChangeTime: time.Unix(st.Ctim.Unix()),
		Dev: st.Dev, Ino: st.Ino, Nlink: uint64(st.Nlink),
	}
}

// mode is the system's mode in the words of io/fs.
func mode(m uint32) fs.FileMode {
	mode := fs.FileMode(m & 0o777)
	switch m & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		mode |= fs.ModeDir
	case unix.S_IFLNK:
		mode |= fs.ModeSymlink
	case unix.S_IFIFO:
		mode |= fs.ModeNamedPipe
	case unix.S_IFSOCK:
		mode |= fs.ModeSocket
	case unix.S_IFBLK:
		mode |= fs.ModeDevice
	case unix.S_IFCHR:
		mode |= fs.ModeDevice | fs.ModeCharDevice
	default:
		mode |= fs.ModeIrregular
	}
	if m&unix.S_ISGID != 0 {
		mode |= fs.ModeSetgid
	}
	if m&unix.S_ISUID != 0 {
		mode |= fs.ModeSetuid
	}
	if m&unix.S_ISVTX != 0 {
		mode |= fs.ModeSticky
	}
	return mode
}
