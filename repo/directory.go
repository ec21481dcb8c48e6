package repo

import (
	"errors"
	"io/fs"
	"os"
	slashed "path"
	"path/filepath"
	"slices"

	"vgit/repo/disk"
)

// makeDirectory makes the directory of a new vdir, with those above it, and makes it durable. Else a power loss could take it
// away with all that was made durable in it, after other devices had seen what came from it.
func makeDirectory(open func(string) (disk.Dir, error), path string) error {
	var missing []string
	for {
		_, err := os.Stat(path)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || filepath.Dir(path) == path {
			return err
		}
		missing = append(missing, filepath.Base(path))
		path = filepath.Dir(path)
	}
	if len(missing) == 0 {
		return nil
	}
	if open == nil {
		open = disk.Open
	}
	d, err := open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	at := "."
	for _, name := range slices.Backward(missing) {
		in := at
		at = slashed.Join(at, name)
		if err := d.Mkdir(at, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := d.SyncDir(in); err != nil {
			return err
		}
	}
	return nil
}
