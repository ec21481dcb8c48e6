// Package disk is the few file operations that everything on disk is made of, behind one interface, so that a test can
// fail, kill and replay each of them.
//
// It guarantees that no operation leaves the directory it was opened at, and that none follows a symbolic link: a link
// is an entry like any other, which can be looked at, renamed and removed, but never read, written or walked through.
// It knows nothing of git and nothing of calendars. Begin reading at Dir.
package disk

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"
)

var (
	// ErrLocked says that another process, or another part of this one, holds the lock.
	ErrLocked = errors.New("locked by another process")
	// ErrNotRegular says that the name is a symbolic link, a directory, a FIFO, a socket or a device, where only a
	// regular file will do. Nothing was read from it.
	ErrNotRegular = errors.New("not a regular file")
)

// Dir is a directory tree. Names are relative to it, separated by slashes, without empty, "." and ".." elements; only
// the operations that say so take "." for the directory itself. Errors are *fs.PathError with the whole path and the
// cause, to be told apart with errors.Is. All methods may be called from several goroutines.
type Dir interface {
	// Open opens a regular file for reading, and gives ErrNotRegular for all else. It never waits, not even for a FIFO.
	Open(name string) (File, error)
	// ReadFile is all that Open gives, in one slice.
	ReadFile(name string) ([]byte, error)
	// ReadDir lists a directory ("." too), sorted by name. If it fails half way the list is nil: a part of a directory
	// is not a directory.
	ReadDir(name string) ([]fs.DirEntry, error)
	// Lstat looks at an entry ("." too) without following it.
	Lstat(name string) (Info, error)
	// Create makes a new file for writing; fs.ErrExist if the name is taken, by whatever.
	Create(name string, perm fs.FileMode) (File, error)
	// Append opens a regular file for writing at its end, and makes it if there is none.
	Append(name string, perm fs.FileMode) (File, error)
	// Rename gives an entry another name, in place of what had that name.
	Rename(from, to string) error
	// RenameNew is Rename that never replaces: fs.ErrExist if the name is taken, by whatever.
	RenameNew(from, to string) error
	// Link gives a file a second name; fs.ErrExist if that is taken.
	Link(from, to string) error
	// Exchange swaps two entries in one step; errors.ErrUnsupported where the system or the file system cannot.
	Exchange(a, b string) error
	// Remove removes a file, a link or an empty directory.
	Remove(name string) error
	// Mkdir makes a directory; fs.ErrExist if the name is taken.
	Mkdir(name string, perm fs.FileMode) error
	// Chtimes sets the modification time of a file or a directory ("." too), and leaves the access time.
	Chtimes(name string, mtime time.Time) error
	// SyncDir makes the entries of a directory ("." too) durable: what was created, renamed and removed in it. It is nil
	// where the file system does that unasked and has no such call.
	SyncDir(name string) error
	// SyncFS makes all that was written to the file system durable, data and names; errors.ErrUnsupported where there
	// is no such call. It may be slow if other programs write much.
	SyncFS() error
	// Free is how many bytes may still be written to the file system; errors.ErrUnsupported where the system does not tell.
	Free() (uint64, error)
	// Lock takes the lock of that file, which it makes if there is none and leaves behind. It does not wait: ErrLocked
	// if it is held, errors.ErrUnsupported on a file system without locks. A lock dies with its process.
	Lock(name string, perm fs.FileMode) (unlock func() error, err error)
	// Sub opens a directory in the tree as a tree of its own. It stays that directory, whatever its name is later given
	// to, and is to be closed.
	Sub(name string) (Dir, error)
	// Close frees the handle. Files that are open stay so.
	Close() error
}

// File is an open regular file. It is for one goroutine at a time, but for ReadAt, which any number may call.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.Closer
	// Sync makes the content durable, not the name (SyncDir). An error is final: the data is to be written anew to
	// another file, since a second Sync may succeed without it.
	Sync() error
	// Info is what the file is now.
	Info() (Info, error)
	// Chmod sets the permission bits, whatever the umask.
	Chmod(perm fs.FileMode) error
}

// Info is what an entry is. ChangeTime, Dev, Ino and Nlink are zero on systems that do not tell.
type Info struct {
	Name                string // the last element of the name
	Size                int64
	Mode                fs.FileMode
	ModTime, ChangeTime time.Time
	Dev, Ino, Nlink     uint64
}

// Open opens the directory at path, which may itself be reached through symbolic links: where the tree lies is the
// user's affair, what is in it is not.
func Open(path string) (Dir, error) {
	t, err := openTree(path)
	if err != nil {
		return nil, err
	}
	return t, nil
}

// valid says whether name may be used as the name of an entry, or of the directory itself if self is true.
func valid(name string, self bool) bool {
	if name == "." {
		return self
	}
	for more := true; more; {
		var part string
		part, name, more = strings.Cut(name, "/")
		if part == "" || part == "." || part == ".." || strings.IndexByte(part, 0) >= 0 {
			return false
		}
	}
	return true
}

// readAll reads a file of which the size is known, or nearly.
func readAll(r io.Reader, size int64) ([]byte, error) {
	b := make([]byte, 0, max(size, 0)+1)
	for {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return nil, err
		}
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
	}
}
