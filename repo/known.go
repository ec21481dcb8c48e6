package repo

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"vgit/repo/disk"
)

const knownFile = "vdirs"

// knownVdirs reads the list of vdirs that were ever synced, so that a missing mount is not taken for a new vdir (F62).
func knownVdirs(dir string) (map[string]bool, error) {
	known := map[string]bool{}
	if dir == "" {
		return known, nil
	}
	b, err := os.ReadFile(filepath.Join(dir, knownFile))
	if errors.Is(err, fs.ErrNotExist) {
		return known, nil
	}
	if err != nil {
		return nil, err
	}
	for _, line := range strings.Split(string(b), "\n") {
		if p, err := unescapeField(line); err == nil && p != "" {
			known[p] = true
		}
	}
	return known, nil
}

// Known tells whether a vdir was ever synced, after the list in a directory. What cannot be read is not known.
func Known(dir, path string) bool {
	known, _ := knownVdirs(dir)
	return known[path]
}

// remember puts a vdir on the list. A crash leaves the old list or the new one.
func remember(dir, path string, open func(string) (disk.Dir, error)) error {
	if dir == "" {
		return nil
	}
	known, err := knownVdirs(dir)
	if err != nil || known[path] {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if open == nil {
		open = disk.Open
	}
	d, err := open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	old, err := d.ReadFile(knownFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b := bytes.NewBuffer(old)
	writeRecord(b, path)
	return replaceFile(d, knownFile, b.Bytes())
}

// replaceFile writes a small file durably: beside it, fsync, rename, fsync of the directory.
func replaceFile(d disk.Dir, name string, b []byte) error {
	temp := "." + name + ".tmp"
	if err := d.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := d.Create(temp, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := d.Rename(temp, name); err != nil {
		return err
	}
	return d.SyncDir(".")
}
