//go:build !linux

package disk

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// tree does everything through os.Root, which never leaves the directory. That no link is followed inside it is looked
// at before each call, which is as good as it gets without handles: a link that appears right after the look may lead
// to another place in the same tree.
type tree struct {
	path string
	root *os.Root
}

func openTree(name string) (*tree, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &tree{path: name, root: root}, nil
}

func (t *tree) Close() error { return t.root.Close() }

// check refuses names that are not valid and names that lead through something else than directories.
func (t *tree) check(op, name string, self bool) error {
	if !valid(name, self) || !filepath.IsLocal(filepath.FromSlash(name)) {
		return &fs.PathError{Op: op, Path: path.Join(t.path, name), Err: fs.ErrInvalid}
	}
	for i := range len(name) {
		if name[i] != '/' {
			continue
		}
		st, err := t.root.Lstat(name[:i])
		if err != nil {
			return err
		}
		if !st.IsDir() {
			return &fs.PathError{Op: op, Path: path.Join(t.path, name), Err: syscall.ENOTDIR}
		}
	}
	return nil
}

// regular refuses names that are taken by something else than a regular file.
func (t *tree) regular(op, name string) error {
	if err := t.check(op, name, false); err != nil {
		return err
	}
	st, err := t.root.Lstat(name)
	if err == nil && !st.Mode().IsRegular() {
		err = &fs.PathError{Op: op, Path: path.Join(t.path, name), Err: ErrNotRegular}
	}
	return err
}

func (t *tree) Open(name string) (File, error) {
	if err := t.regular("open", name); err != nil {
		return nil, err
	}
	return opened(t.root.Open(name))
}

func (t *tree) Create(name string, perm fs.FileMode) (File, error) {
	if err := t.check("create", name, false); err != nil {
		return nil, err
	}
	return opened(t.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm.Perm()))
}

func (t *tree) Append(name string, perm fs.FileMode) (File, error) {
	if err := t.regular("append", name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return opened(t.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, perm.Perm()))
}

func opened(f *os.File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return &file{f}, nil
}

func (t *tree) ReadFile(name string) ([]byte, error) {
	f, err := t.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, 0)
}

func (t *tree) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := t.check("readdir", name, true); err != nil {
		return nil, err
	}
	dir, err := t.root.Open(name)
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
	st, err := t.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !st.Mode.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: path.Join(t.path, name), Err: syscall.ENOTDIR}
	}
	root, err := t.root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &tree{path: path.Join(t.path, name), root: root}, nil
}

func (t *tree) Lstat(name string) (Info, error) {
	if err := t.check("lstat", name, true); err != nil {
		return Info{}, err
	}
	st, err := t.root.Lstat(name)
	if err != nil {
		return Info{}, err
	}
	return info(st), nil
}

func (t *tree) Rename(from, to string) error {
	if err := errors.Join(t.check("rename", from, false), t.check("rename", to, false)); err != nil {
		return err
	}
	return t.root.Rename(from, to)
}

func (t *tree) RenameNew(from, to string) error {
	if err := t.Link(from, to); err != nil {
		return err
	}
	return t.Remove(from)
}

func (t *tree) Link(from, to string) error {
	if err := errors.Join(t.check("link", from, false), t.check("link", to, false)); err != nil {
		return err
	}
	return t.root.Link(from, to)
}

func (t *tree) Exchange(a, b string) error {
	return &fs.PathError{Op: "exchange", Path: path.Join(t.path, a), Err: errors.ErrUnsupported}
}

func (t *tree) Remove(name string) error {
	if err := t.check("remove", name, false); err != nil {
		return err
	}
	return t.root.Remove(name)
}

func (t *tree) Mkdir(name string, perm fs.FileMode) error {
	if err := t.check("mkdir", name, false); err != nil {
		return err
	}
	return t.root.Mkdir(name, perm.Perm())
}

func (t *tree) Chtimes(name string, mtime time.Time) error {
	if err := t.check("chtimes", name, true); err != nil {
		return err
	}
	return t.root.Chtimes(name, time.Time{}, mtime)
}

func (t *tree) SyncDir(name string) error {
	if err := t.check("sync", name, true); err != nil {
		return err
	}
	dir, err := t.root.Open(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	return syncDir(dir)
}

func (t *tree) SyncFS() error {
	return &fs.PathError{Op: "syncfs", Path: t.path, Err: errors.ErrUnsupported}
}

func (t *tree) Free() (uint64, error) {
	return 0, &fs.PathError{Op: "statfs", Path: t.path, Err: errors.ErrUnsupported}
}

func (t *tree) Lock(name string, perm fs.FileMode) (func() error, error) {
	if err := t.regular("lock", name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := t.root.OpenFile(name, os.O_RDWR|os.O_CREATE, perm.Perm())
	if err != nil {
		return nil, err
	}
	if err := flock(f); err != nil {
		f.Close()
		return nil, &fs.PathError{Op: "lock", Path: path.Join(t.path, name), Err: err}
	}
	return func() error { return errors.Join(funlock(f), f.Close()) }, nil
}

type file struct{ *os.File }

func (f *file) Info() (Info, error) {
	st, err := f.Stat()
	if err != nil {
		return Info{}, err
	}
	return info(st), nil
}

func info(st fs.FileInfo) Info {
	return Info{Name: st.Name(), Size: st.Size(), Mode: st.Mode(), ModTime: st.ModTime()}
}
