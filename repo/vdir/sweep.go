package vdir

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"vgit/repo/disk"
)

// Leftover is a temporary file of a run that was killed. It holds either the bytes that were about to be written (K9),
// or what the file held before (K10), which in the rarest case is something that the user saved in that very moment,
// and of which this is the only copy. So the one who calls compares. A leftover is of no use, and is discarded, if it
// equals the planned bytes or what main has of that path, or if its target is as it was before the run (with the bytes
// that main has, or absent for a file that was to be made): then no exchange took place, and these can only be planned
// bytes, which a power loss may have torn. All else is an edit of the user.
type Leftover struct {
	Path   string // of the temporary file, for Discard
	Target string // of the file it was meant for, which may or may not exist; "" if the name does not tell
	Body   []byte
	Err    error // why Body could not be read
}

// Temporary files are called .vgit-XXXXXXXX-TARGET.tmp, where the Xs are random letters and digits.
const (
	tempPrefix = ".vgit-"
	tempSuffix = ".tmp"
	randomLen  = 8
)

// Sweep finds the temporary files that were left behind. It is to be called under the lock of the repository: those of
// a run that is under way look the same. Scan finds them too, without looking at the directories once more.
func (d *Dir) Sweep() ([]Leftover, error) {
	top, err := d.root.ReadDir(".")
	if err != nil {
		return nil, err
	}
	found := leftovers(d.root, "", top)
	var failed []error
	for _, e := range top {
		if !e.IsDir() || e.Name()[0] == '.' || matches(foreignDirs, e.Name()) {
			continue
		}
		more, err := d.sweep(e.Name())
		if err != nil && !absent(err) {
			failed = append(failed, err)
		}
		found = append(found, more...)
	}
	return found, errors.Join(failed...)
}

func (d *Dir) sweep(collection string) ([]Leftover, error) {
	dir, done, err := d.collection(collection)
	if err != nil {
		return nil, err
	}
	defer done()
	list, err := dir.ReadDir(".")
	if err != nil {
		return nil, err
	}
	return leftovers(dir, collection, list), nil
}

func leftovers(dir disk.Dir, collection string, list []fs.DirEntry) []Leftover {
	var found []Leftover
	for _, e := range list {
		if isLeftover(e.Name()) {
			found = append(found, readLeftover(dir, collection, e.Name()))
		}
	}
	return found
}

// Discard removes a leftover, given by its Path; anything else is refused. It is no error if it is gone already.
func (d *Dir) Discard(name string) error {
	if !isLeftover(path.Base(name)) {
		return fmt.Errorf("%s is no temporary file of vgit's: %w", name, fs.ErrInvalid)
	}
	if err := d.root.Remove(name); err != nil && !absent(err) {
		return err
	}
	return nil
}

func isLeftover(base string) bool {
	return strings.HasPrefix(base, tempPrefix) && strings.HasSuffix(base, tempSuffix)
}

func readLeftover(dir disk.Dir, collection, base string) Leftover {
	l := Leftover{Path: path.Join(collection, base)}
	middle := strings.TrimSuffix(strings.TrimPrefix(base, tempPrefix), tempSuffix)
	if len(middle) > randomLen+1 && middle[randomLen] == '-' {
		l.Target = path.Join(collection, middle[randomLen+1:])
	}
	l.Body, _, l.Err = read(dir, base)
	return l
}

// tempName is a new name beside the file of that name.
func tempName(base string) (string, error) {
	name := tempPrefix + strings.ToLower(rand.Text()[:randomLen]) + "-" + base + tempSuffix
	if len(name) > 255 {
		return "", &fs.PathError{Op: "write", Path: base, Err: fmt.Errorf(
			"the name is longer than %d bytes; rename the file: %w", 255-len(name)+len(base), fs.ErrInvalid)}
	}
	return name, nil
}

// createTemp makes a temporary file beside the file of that name.
func createTemp(dir disk.Dir, base string) (f disk.File, name string, err error) {
	for range 3 {
		if name, err = tempName(base); err != nil {
			return nil, "", err
		}
		f, err = dir.Create(name, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return f, name, err
}
