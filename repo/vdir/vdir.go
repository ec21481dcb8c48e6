// Package vdir is the directory of calendars and contacts that the user's programs read and write: it finds what
// changed in it, and changes it without ever taking away what somebody saves at that moment.
//
// It guarantees that a file is old or new and never in between, whatever fails, that a save which comes between the look
// and the write stays, that nothing outside is touched, and that links, FIFOs and the droppings of editors are not taken
// for items. It knows nothing of what is in an item, of git, and of servers. Begin reading at Scan and Apply.
package vdir

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
	"syscall"
	"time"

	"vgit/repo/disk"
)

// Spec says what belongs to a vdir.
type Spec struct {
	// Single: the directory itself is the one collection. Otherwise each directory in it is one.
	Single bool
	// Extension of an item with its dot, ".ics" or ".vcf".
	Extension string
	// Ignore has patterns (path.Match) of further names, of files and collections, that do not concern vgit.
	Ignore []string
	// Now tells how old a half-written file of another program is. With the zero time those are not reported.
	Now time.Time
}

// Stat is what tells that a file is the same as when it was last read.
type Stat struct {
	Size                int64
	ModTime, ChangeTime time.Time
	Dev, Ino            uint64
	Mode                fs.FileMode
}

func statOf(i disk.Info) Stat {
	return Stat{Size: i.Size, ModTime: i.ModTime, ChangeTime: i.ChangeTime, Dev: i.Dev, Ino: i.Ino, Mode: i.Mode}
}

// same says whether the file is the one that s was taken of. Size, device and inode count modulo 2^32, which is what
// a git index keeps of them; the mode does not count, since a mode is never an edit.
func (s Stat) same(o Stat) bool {
	return uint32(s.Size) == uint32(o.Size) && s.ModTime.Equal(o.ModTime) && s.ChangeTime.Equal(o.ChangeTime) &&
		uint32(s.Ino) == uint32(o.Ino) && uint32(s.Dev) == uint32(o.Dev)
}

// Dir is a vdir on disk. Its methods are for one goroutine at a time, and Apply and Discard for a caller that holds the
// lock of the repository.
type Dir struct{ root disk.Dir }

// Open opens the vdir at path, which must exist, with open or, if that is nil, with disk.Open.
func Open(path string, open func(string) (disk.Dir, error)) (*Dir, error) {
	if open == nil {
		open = disk.Open
	}
	root, err := open(path)
	if err != nil {
		return nil, err
	}
	return &Dir{root: root}, nil
}

// Close frees the handle.
func (d *Dir) Close() error { return d.root.Close() }

// collection opens the directory of a collection, "" being the vdir itself; done frees it.
func (d *Dir) collection(name string) (dir disk.Dir, done func() error, err error) {
	if name == "" {
		return d.root, func() error { return nil }, nil
	}
	dir, err = d.root.Sub(name)
	if err != nil {
		return nil, nil, err
	}
	return dir, dir.Close, nil
}

// split takes a path apart; ok is false for what is no path of a visible file in a visible collection.
func split(name string) (collection, base string, ok bool) {
	collection, base = path.Split(name)
	collection = strings.TrimSuffix(collection, "/")
	ok = base != "" && base[0] != '.' && !strings.HasPrefix(collection, ".") &&
		!strings.Contains(collection, "/") && path.Join(collection, base) == name
	return collection, base, ok
}

// maxSize is far above any item. What is larger is not read into memory.
const maxSize = 64 << 20

var (
	errUnstable = errors.New("it changes while it is read")
	errTooLarge = errors.New("it is larger than 64 MB")
)

// read reads a file that nobody writes meanwhile: what it gives was the file at one moment, unless somebody writes
// twice within one tick of the clock.
func read(dir disk.Dir, name string) ([]byte, disk.Info, error) {
	for range 3 {
		body, info, err := readOnce(dir, name)
		if err != errUnstable {
			return body, info, err
		}
	}
	return nil, disk.Info{}, errUnstable
}

func readOnce(dir disk.Dir, name string) ([]byte, disk.Info, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, disk.Info{}, err
	}
	defer f.Close()
	before, err := f.Info()
	if err != nil {
		return nil, disk.Info{}, err
	}
	if before.Size > maxSize {
		return nil, disk.Info{}, errTooLarge
	}
	// One byte more than there should be, to see the end.
	b := make([]byte, before.Size+1)
	n, err := io.ReadFull(f, b)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, disk.Info{}, err
	}
	after, err := f.Info()
	if err != nil {
		return nil, disk.Info{}, err
	}
	if int64(n) != before.Size || !statOf(before).same(statOf(after)) {
		return nil, disk.Info{}, errUnstable
	}
	return b[:n:n], after, nil
}

// absent says that there is no such file, or no such directory to hold it.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// local says that an error is about one name and says nothing of the others. All else, a full or failing disk above
// all, ends the run.
func local(err error) bool {
	if errors.As(err, new(final)) {
		return false
	}
	for _, e := range []error{
		fs.ErrPermission, fs.ErrNotExist, fs.ErrExist, fs.ErrInvalid, disk.ErrNotRegular, errUnstable, errTooLarge,
		syscall.ENAMETOOLONG, syscall.ENOTDIR, syscall.EISDIR, syscall.ELOOP,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// Free is how many bytes may still be written where the vdir lies; ok is false where nobody knows.
func (d *Dir) Free() (bytes uint64, ok bool) {
	bytes, err := d.root.Free()
	return bytes, err == nil
}

// Gone tells whether there is no such file at this moment. What cannot be looked at may be there.
func (d *Dir) Gone(name string) bool {
	_, err := d.root.Lstat(name)
	return absent(err)
}

// Make makes the directory of a collection that has no files yet. It is no error if it is there.
func (d *Dir) Make(collection string) error {
	err := d.root.Mkdir(collection, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.root.SyncDir(".")
}

// Unmake removes the directory of a collection if there is nothing at all in it, and tells whether it did.
func (d *Dir) Unmake(collection string) (bool, error) {
	switch info, err := d.root.Lstat(collection); {
	case absent(err):
		return true, nil
	case err != nil:
		return false, err
	case !info.Mode.IsDir():
		return false, nil
	}
	if d.root.Remove(collection) != nil { // something is in it, or it may not be
		return false, nil
	}
	return true, d.root.SyncDir(".")
}
