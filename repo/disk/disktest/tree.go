package disktest

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"vgit/repo/disk"
)

// Copy copies a tree of directories, files and links into an existing directory. Names of one file are so in the copy.
func Copy(from, to string) error {
	root, err := load(from)
	if err != nil {
		return err
	}
	return (&writer{newChooser(1), map[*node]string{}}).write(root, to)
}

func load(dir string) (*node, error) {
	d, err := disk.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return (&loader{d, dir, map[uint64]*node{}}).load(".")
}

// loader reads a tree. It knows the files with several names by their inode.
type loader struct {
	disk.Dir
	base   string
	linked map[uint64]*node
}

func (l *loader) load(name string) (*node, error) {
	info, err := l.Lstat(name)
	if err != nil {
		return nil, err
	}
	n := &node{mode: info.Mode}
	switch n.mode.Type() {
	case 0:
		if info.Nlink > 1 {
			if known := l.linked[info.Ino]; known != nil {
				return known, nil
			}
			l.linked[info.Ino] = n
		}
		n.data, err = l.ReadFile(name)
	case fs.ModeSymlink:
		n.target, err = os.Readlink(filepath.Join(l.base, name))
	case fs.ModeDir:
		n.entries = map[string]*node{}
		list, err := l.ReadDir(name)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			if n.entries[e.Name()], err = l.load(path.Join(name, e.Name())); err != nil {
				return nil, err
			}
		}
	default:
		err = fmt.Errorf("%s: cannot copy what is neither file, directory nor link", name)
	}
	return n, err
}

func empty(dir string) error {
	list, err := os.ReadDir(dir)
	for _, e := range list {
		if err == nil {
			err = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
	return err
}

// writer writes what is on the disk, names in order, so that one seed has one outcome.
type writer struct {
	*chooser
	written map[*node]string
}

func (w *writer) write(n *node, name string) error {
	switch n.mode.Type() {
	case fs.ModeSymlink:
		return os.Symlink(n.target, name)
	case fs.ModeDir:
		if err := os.Mkdir(name, n.mode.Perm()|0o700); err != nil && !os.IsExist(err) {
			return err
		}
		for _, base := range slices.Sorted(maps.Keys(n.entries)) {
			if err := w.write(n.entries[base], filepath.Join(name, base)); err != nil {
				return err
			}
		}
		return nil
	}
	if first, ok := w.written[n]; ok {
		return os.Link(first, name)
	}
	w.written[n] = name
	return os.WriteFile(name, w.content(n), n.mode.Perm())
}
