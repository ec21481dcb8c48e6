package vdir

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"vgit/repo/disk"
)

// Scan is what is in a vdir. A path that is in Odd, or lies in a collection that is in Odd, is unknown: neither changed
// nor gone. What main has and Scan has nowhere is gone.
type Scan struct {
	// Collections has the names of the directories, sorted, also of those that are in Odd; "" alone with Spec.Single.
	Collections []string
	// Files has the items and the property files of all collections, sorted by path.
	Files []File
	// Odd has what is neither item nor property nor to be ignored, and what could not be read, sorted by path.
	Odd []Odd
	// Leftovers has the temporary files that a run of vgit left when it was killed. See Sweep.
	Leftovers []Leftover
}

// File is an item or a property file.
type File struct {
	Path    string
	Stat    Stat   // at the time of the body, or of the cached stat that it equals
	Changed bool   // it differs from what known said, or known knew nothing
	Body    []byte // only if Changed
}

// Odd is a path that the user should hear of. Why is in words, and without the path.
type Odd struct {
	Path string
	Kind OddKind
	Why  string
}

// OddKind says what is odd.
type OddKind int

const (
	_           OddKind = iota
	Unreadable          // a file or a collection that could not be read, or is too large (F59)
	Unstable            // a file that somebody is writing
	UnstableDir         // a collection that changed during each of six scans; nothing of it is in Files (F65)
	Symlink             // a link where an item or a collection would be; never followed (F77)
	NotRegular          // a FIFO, socket, device or directory where an item would be (F78)
	Stray               // a file outside of all collections, without the extension, or a directory in a collection
	Dropping            // what another program left half-written more than a day ago (X7)
	Twin                // a collection whose name differs only in case from an earlier one; it is not scanned
)

// rescans is how often a directory is looked at again that changed meanwhile.
const rescans = 5

// Scan looks at all collections, and reads the files for which known does not say that they are as they were. It calls
// known from several goroutines, with the path of a file; it gives the stat at the last reading, and only if that may
// be trusted: not if the file is so new that it may have changed since without showing it. A nil known knows nothing.
//
// Files that fail and collections that fail are in Odd; an error is about the vdir as a whole, or that of ctx.
func (d *Dir) Scan(ctx context.Context, spec Spec, known func(path string) (Stat, bool)) (*Scan, error) {
	if known == nil {
		known = func(string) (Stat, bool) { return Stat{}, false }
	}
	r := &round{d: d, spec: spec, known: known}
	scan := &Scan{Collections: []string{""}}
	if !spec.Single {
		if err := r.collections(scan); err != nil {
			return nil, err
		}
	}
	for _, name := range scan.Collections {
		if slices.ContainsFunc(scan.Odd, func(o Odd) bool { return o.Path == name }) {
			continue
		}
		part, err := r.collection(ctx, name)
		if err != nil {
			return nil, err
		}
		if scan.Files == nil { // the only one, as often as not: no copy
			scan.Files = part.Files
		} else {
			scan.Files = append(scan.Files, part.Files...)
		}
		scan.Odd = append(scan.Odd, part.Odd...)
		scan.Leftovers = append(scan.Leftovers, part.Leftovers...)
	}
	byPath := func(a, b File) int { return cmp.Compare(a.Path, b.Path) }
	if !slices.IsSortedFunc(scan.Files, byPath) { // "a-b/" comes before "a/"
		slices.SortFunc(scan.Files, byPath)
	}
	slices.SortFunc(scan.Odd, func(a, b Odd) int { return cmp.Compare(a.Path, b.Path) })
	return scan, nil
}

// round is one scan under way.
type round struct {
	d     *Dir
	spec  Spec
	known func(string) (Stat, bool)
}

// collections finds the directories, and says what else is there.
func (r *round) collections(scan *Scan) error {
	list, err := r.steady()
	if err != nil {
		return err
	}
	scan.Collections = nil
	folded := map[string]string{}
	for _, e := range list {
		name := e.Name()
		kind := r.spec.kind(name)
		switch {
		case isLeftover(name):
			scan.Leftovers = append(scan.Leftovers, readLeftover(r.d.root, "", name))
		case kind == ignored, matches(foreignDirs, name):
		case e.IsDir():
			scan.Collections = append(scan.Collections, name)
			if twin, ok := folded[Fold(name)]; ok {
				scan.Odd = append(scan.Odd, Odd{name, Twin, fmt.Sprintf("differs from %q only in case; rename one of them", twin)})
				continue
			}
			folded[Fold(name)] = name
		case e.Type() == fs.ModeSymlink:
			scan.Odd = append(scan.Odd, Odd{name, Symlink, "a symbolic link, which is not followed"})
		case kind == item || !e.Type().IsRegular():
			scan.Odd = append(scan.Odd, Odd{name, Stray, "lies outside of all collections"})
		}
	}
	return nil
}

// steady lists the vdir itself at a moment when nobody adds a collection.
func (r *round) steady() ([]fs.DirEntry, error) {
	for range rescans + 1 {
		before, err := r.d.root.Lstat(".")
		if err != nil {
			return nil, err
		}
		list, err := r.d.root.ReadDir(".")
		if err != nil {
			return nil, err
		}
		after, err := r.d.root.Lstat(".")
		if err != nil {
			return nil, err
		}
		if before.ModTime.Equal(after.ModTime) {
			return list, nil
		}
	}
	return nil, errors.New("the vdir changes all the time; run vgit again when the other program is done")
}

// collection scans one directory until it did not change meanwhile.
func (r *round) collection(ctx context.Context, name string) (*Scan, error) {
	for range rescans + 1 {
		part, calm, err := r.look(ctx, name)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case absent(err) && name != "":
			return &Scan{Odd: []Odd{{name, UnstableDir, "it was there a moment ago"}}}, nil
		case err != nil && name == "":
			return nil, err
		case err != nil:
			return &Scan{Odd: []Odd{{name, Unreadable, reason(err)}}}, nil
		case calm:
			return part, nil
		}
	}
	return &Scan{Odd: []Odd{{name, UnstableDir, "another program changes it all the time"}}}, nil
}

// look scans one directory once; calm says that it was the same directory with the same entries all the while.
func (r *round) look(ctx context.Context, name string) (part *Scan, calm bool, err error) {
	dir, done, err := r.d.collection(name)
	if err != nil {
		return nil, false, err
	}
	defer done()
	before, err := dir.Lstat(".")
	if err != nil {
		return nil, false, err
	}
	list, err := dir.ReadDir(".")
	if err != nil {
		return nil, false, err
	}
	part, gone := r.entries(ctx, dir, name, list)
	after, err := dir.Lstat(".")
	if err != nil {
		return nil, false, err
	}
	here, err := r.d.root.Lstat(cmp.Or(name, "."))
	if err != nil {
		return nil, false, err
	}
	calm = !gone && before.ModTime.Equal(after.ModTime) && here.Ino == before.Ino && here.Dev == before.Dev
	return part, calm, nil
}

// entries looks at each entry of a directory, in a few goroutines: the time goes into calls of the system.
func (r *round) entries(ctx context.Context, dir disk.Dir, name string, list []fs.DirEntry) (all *Scan, gone bool) {
	const workers, least = 4, 64
	size := max((len(list)+workers-1)/workers, least)
	var parts []*Scan
	var missing [workers]bool
	var wait sync.WaitGroup
	files := make([]File, len(list)) // each part has its stretch of it
	for chunk := range slices.Chunk(list, size) {
		i, at := len(parts), len(parts)*size
		part := &Scan{Files: files[at:at:min(at+size, len(list))]}
		parts = append(parts, part)
		wait.Go(func() {
			for _, e := range chunk {
				if ctx.Err() != nil {
					return
				}
				missing[i] = r.entry(dir, name, e, part) || missing[i]
			}
		})
	}
	wait.Wait()
	all = &Scan{Files: files[:0]}
	for i, part := range parts {
		all.Files = append(all.Files, part.Files...)
		all.Odd = append(all.Odd, part.Odd...)
		all.Leftovers = append(all.Leftovers, part.Leftovers...)
		gone = gone || missing[i]
	}
	return all, gone
}

// entry looks at one entry, and says whether it is gone since the directory was listed.
func (r *round) entry(dir disk.Dir, collection string, e fs.DirEntry, part *Scan) (gone bool) {
	base := e.Name()
	name := base
	if collection != "" {
		name = collection + "/" + base
	}
	odd := func(kind OddKind, why string) {
		part.Odd = append(part.Odd, Odd{name, kind, why})
	}
	kind := r.spec.kind(base)
	switch {
	case isLeftover(base):
		part.Leftovers = append(part.Leftovers, readLeftover(dir, collection, base))
		return false
	case kind == ignored:
		return false
	case kind == stray:
		switch {
		case e.IsDir() && (collection != "" || !matches(foreignDirs, base)):
			odd(Stray, "a directory inside a collection, which is not looked into")
		case !e.IsDir():
			odd(Stray, fmt.Sprintf("does not end in %s", r.spec.Extension))
		}
		return false
	}
	info, err := dir.Lstat(base)
	switch {
	case absent(err):
		return true
	case err != nil:
		odd(Unreadable, reason(err))
	case kind == dropping:
		if age := r.spec.Now.Sub(info.ModTime); !r.spec.Now.IsZero() && age > 24*time.Hour {
			odd(Dropping, "left half-written by another program more than a day ago; remove it if nothing is missing")
		}
	case info.Mode.Type() == fs.ModeSymlink:
		odd(Symlink, "a symbolic link, which is not followed")
	case !info.Mode.IsRegular():
		odd(NotRegular, "not a regular file")
	default:
		return r.file(dir, base, File{Path: name, Stat: statOf(info)}, part, odd)
	}
	return false
}

// file reads a regular file unless it is known.
func (r *round) file(dir disk.Dir, base string, f File, part *Scan, odd func(OddKind, string)) (gone bool) {
	if s, ok := r.known(f.Path); ok && s.same(f.Stat) {
		part.Files = append(part.Files, f)
		return false
	}
	body, info, err := read(dir, base)
	switch {
	case absent(err):
		return true
	case errors.Is(err, errUnstable):
		odd(Unstable, "another program is writing it")
	case errors.Is(err, disk.ErrNotRegular): // since the look at it
		return true
	case err != nil:
		odd(Unreadable, reason(err))
	default:
		f.Stat, f.Changed, f.Body = statOf(info), true, body
		part.Files = append(part.Files, f)
	}
	return false
}

// reason is an error without the path, which the reader of a report sees beside it.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}
