package vdir

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"

	"vgit/repo/disk"
)

// Write is one file to be made, replaced or removed, and the state that this is meant for.
type Write struct {
	// Path is COLLECTION/NAME, or NAME with Spec.Single. Names that begin with a dot are refused.
	Path string
	// Old is what the file holds. If it holds something else by now, somebody else was first and it stays.
	Old []byte
	// OldAbsent: there is no such file. If there is one by now, it stays (F69).
	OldAbsent bool
	// New is what it shall hold.
	New []byte
	// Remove: there shall be no such file.
	Remove bool
}

// Result is what became of one Write.
type Result struct {
	Path string
	// Done: the file is as wanted, be it that it was so already.
	Done bool
	// Stat is the file after the write, for the index. It is zero if the file was removed, if the write was not done, or
	// if somebody wrote it anew right after: then a cached stat would hide that.
	Stat Stat
	// Why says why it was not done, in words: the user changed, made or removed the file meanwhile, or the run ended.
	Why string
	// Err is what failed, if something did. Done may be true all the same, if it failed afterwards.
	Err error
}

// fewFiles is up to how many new files are made durable one by one. Making the whole file system durable is quicker for
// more, and slower for few while other programs write much.
const fewFiles = 16

// Apply does the writes, in the order given, each in whole or not at all, and returns one result for each. What somebody
// saves while it runs is never lost: the write is not done then, and the next sync finds the edit.
//
// First all new bytes are written to temporary files and made durable, then each file is exchanged for the one it
// replaces, and what came out is looked at; if it is not Old, it is put back. At the end the directories are made
// durable; their modification times then differ from all earlier ones, as those of the files do, so that readers
// that go by it notice (X1, X2).
//
// A file or collection that cannot be written does not stop the others. A disk that is full or fails does: then the
// error is not nil, what was not reached is not done, and temporary files are gone if the disk let that happen.
// Whatever is killed on the way leaves each file old or new, and at most temporary files, which Sweep finds.
func (d *Dir) Apply(ctx context.Context, writes []Write) ([]Result, error) {
	a := &apply{d: d}
	results := make([]Result, len(writes))
	for i, w := range writes {
		results[i] = Result{Path: w.Path}
		a.jobs = append(a.jobs, &job{Write: w, res: &results[i], base: w.Path})
	}
	a.few = len(writes) <= fewFiles
	err := a.each(ctx, a.prepare)
	if err == nil {
		err = a.flush()
	}
	if err == nil {
		err = a.each(ctx, (*job).put)
	}
	for _, j := range a.jobs {
		if err != nil && !j.over {
			j.res.Why = "not reached: the run ended before"
		}
	}
	a.tidy()
	return results, cmp.Or(err, a.settle())
}

// apply is one Apply under way.
type apply struct {
	d      *Dir
	jobs   []*job
	places []*place
	few    bool
}

// place is a directory that is written to.
type place struct {
	name    string
	dir     disk.Dir
	done    func() error
	since   time.Time // its modification time before we came
	made    bool      // by us
	changed bool      // entries were
}

// job is one write under way.
type job struct {
	Write
	res  *Result
	over bool // the result stands
	at   *place
	base string
	tmp  string    // a temporary file with our bytes, that may be removed; "" if there is none
	ours disk.Info // of the file with our bytes
}

// no is the end of a job that somebody else was faster than, or that is not possible.
func (j *job) no(why string) error {
	j.over, j.res.Why = true, why
	return nil
}

// yes is the end of a job that was done.
func (j *job) yes() error {
	j.over, j.res.Done = true, true
	return nil
}

// each runs a step for all jobs that are not over. An error of one job is its result; one that concerns all ends it.
func (a *apply) each(ctx context.Context, step func(*job) error) error {
	for _, j := range a.jobs {
		if j.over {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := step(j); err != nil {
			j.over, j.res.Err = true, err
			if j.res.Why == "" && !j.res.Done {
				j.res.Why = reason(err)
			}
			if !local(err) {
				return err
			}
		}
	}
	return nil
}

// prepare looks whether the job makes sense at all, and writes its temporary file.
func (a *apply) prepare(j *job) error {
	collection, base, ok := split(j.Path)
	if !ok || j.Remove && j.OldAbsent {
		return &fs.PathError{Op: "write", Path: j.Path, Err: fs.ErrInvalid}
	}
	j.base = base
	at, err := a.open(collection, j.OldAbsent)
	if absent(err) && !j.OldAbsent {
		return j.missing()
	}
	if err != nil {
		return err
	}
	j.at = at
	if j.Remove {
		return nil
	}
	info, err := at.dir.Lstat(base)
	switch {
	case absent(err) && !j.OldAbsent:
		return j.missing()
	case absent(err):
		return a.stage(j, 0o600, time.Time{})
	case err != nil:
		return err
	case !info.Mode.IsRegular():
		return j.no("something that is not a regular file has this name")
	case j.OldAbsent:
		return j.taken()
	}
	return a.stage(j, info.Mode.Perm(), info.ModTime)
}

// missing is the end of a job that finds no file where there was one (F70).
func (j *job) missing() error {
	if j.Remove {
		return j.yes()
	}
	return j.no("it was removed meanwhile")
}

// open opens the directory of a collection, or makes it.
func (a *apply) open(name string, make bool) (*place, error) {
	if i := slices.IndexFunc(a.places, func(p *place) bool { return p.name == name }); i >= 0 {
		return a.places[i], nil
	}
	p := &place{name: name}
	var err error
	p.dir, p.done, err = a.d.collection(name)
	if make && errors.Is(err, fs.ErrNotExist) {
		err = a.d.root.Mkdir(name, 0o700)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		p.made = err == nil
		p.dir, p.done, err = a.d.collection(name)
	}
	if err != nil {
		return nil, err
	}
	info, err := p.dir.Lstat(".")
	if err != nil {
		p.done()
		return nil, err
	}
	p.since = info.ModTime
	a.places = append(a.places, p)
	return p, nil
}

// stage writes the new bytes to a temporary file with the given mode, newer than the file it is to replace.
func (a *apply) stage(j *job, perm fs.FileMode, than time.Time) error {
	f, tmp, err := createTemp(j.at.dir, j.base)
	if err != nil {
		return err
	}
	j.tmp = tmp
	defer f.Close()
	if perm != 0o600 {
		if err := f.Chmod(perm); err != nil {
			return err
		}
	}
	if _, err := f.Write(j.New); err != nil {
		return err
	}
	if err := later(j.at.dir, tmp, than); err != nil {
		return err
	}
	if a.few {
		if err := f.Sync(); err != nil {
			return final{err}
		}
	}
	j.ours, err = f.Info()
	return err
}

// final marks an error that ends the run whatever it is: what could not be made durable once is not tried again (F60).
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// later makes sure that the file or directory is newer than that, in the microseconds that readers compare. The steps
// are no multiple of any clock's tick, so the next change by somebody else differs again; the last one is for file
// systems that count in two seconds.
func later(dir disk.Dir, name string, than time.Time) error {
	for _, step := range []time.Duration{101 * time.Microsecond, 4 * time.Second} {
		info, err := dir.Lstat(name)
		if err != nil || info.ModTime.UnixMicro() > than.UnixMicro() {
			return err
		}
		if err := dir.Chtimes(name, than.Add(step)); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return nil
}

// put puts the new state in place of the old one, if that is still there.
func (j *job) put() error {
	if j.OldAbsent {
		return j.create()
	}
	body, info, err := read(j.at.dir, j.base)
	switch {
	case absent(err):
		return j.missing()
	case errors.Is(err, errUnstable), err == nil && !bytes.Equal(body, j.Old) && (j.Remove || !bytes.Equal(body, j.New)):
		return j.no("it was changed meanwhile")
	case errors.Is(err, disk.ErrNotRegular):
		return j.no("something that is not a regular file has this name")
	case err != nil:
		return err
	case j.Remove:
		return j.remove()
	case bytes.Equal(body, j.New): // what is as it shall be is not touched (X3)
		j.res.Stat = statOf(info)
		return j.yes()
	}
	return j.update()
}

// tidy removes the temporary files that were not needed, and the directories that were made for nothing.
func (a *apply) tidy() {
	for _, j := range a.jobs {
		if j.tmp != "" && j.at.dir.Remove(j.tmp) == nil {
			j.tmp = ""
		}
	}
	for _, p := range a.places {
		if p.made && !p.changed {
			a.d.root.Remove(p.name)
		}
	}
}

// settle makes the entries durable, and the directories newer than they ever were.
func (a *apply) settle() error {
	var first error
	note := func(err error) {
		if first == nil {
			first = err
		}
	}
	made := false
	for _, p := range a.places {
		if p.changed {
			// Two runs may come within one tick, so the time at the end of the one before counts too.
			info, err := p.dir.Lstat(".")
			if err == nil && info.ModTime.After(p.since) {
				p.since = info.ModTime
			}
			note(err)
			note(later(p.dir, ".", p.since))
			note(p.dir.SyncDir("."))
		}
		made = made || p.made
		p.done()
	}
	if made {
		note(a.d.root.SyncDir("."))
	}
	return first
}
