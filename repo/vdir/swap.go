package vdir

import (
	"bytes"
	"errors"
	"io/fs"

	"golang.org/x/sync/errgroup"
)

// flush makes the bytes of all temporary files durable, before any of them takes its name.
func (a *apply) flush() error {
	if a.few {
		return nil // each was, when it was written
	}
	err := a.d.root.SyncFS()
	if !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	var g errgroup.Group
	g.SetLimit(8)
	for _, j := range a.jobs {
		if j.tmp == "" {
			continue
		}
		g.Go(func() error {
			f, err := j.at.dir.Append(j.tmp, 0o600)
			if err != nil {
				return err
			}
			defer f.Close()
			return f.Sync()
		})
	}
	return g.Wait()
}

// create gives the new file its name, unless somebody took it.
func (j *job) create() error {
	err := j.at.dir.RenameNew(j.tmp, j.base)
	switch {
	case errors.Is(err, fs.ErrExist):
		return j.taken()
	case err != nil:
		return err
	}
	j.tmp, j.at.changed = "", true
	return j.placed()
}

// taken is the end of a new file of which the name is taken (F69).
func (j *job) taken() error {
	// The same bytes are there: an earlier run was cut short after this step, or two programs had one idea.
	if body, info, err := read(j.at.dir, j.base); err == nil && bytes.Equal(body, j.New) {
		j.res.Stat = statOf(info)
		return j.yes()
	}
	return j.no("a file of this name was made meanwhile")
}

// placed is the end of a job whose bytes have their name now. The stat is that of our file only if it is still ours.
func (j *job) placed() error {
	j.yes()
	info, err := j.at.dir.Lstat(j.base)
	if absent(err) { // removed by somebody, right now
		return nil
	}
	if err == nil && info.Ino == j.ours.Ino && info.Size == j.ours.Size && info.ModTime.Equal(j.ours.ModTime) {
		j.res.Stat = statOf(info)
	}
	return err
}

// update exchanges the temporary file for the old one, and looks what came out.
func (j *job) update() error {
	dir := j.at.dir
	tmp := j.tmp
	err := dir.Exchange(tmp, j.base)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return j.replace()
	case absent(err):
		return j.missing()
	case err != nil:
		return err
	}
	j.at.changed = true
	j.tmp = "" // from here it is what was there before: not ours to remove unseen
	out, info, err := read(dir, tmp)
	if err != nil || !bytes.Equal(out, j.Old) {
		return j.putBack(tmp, out, err)
	}
	j.yes()
	// Somebody may have touched the file after it was looked at for its time.
	if info.ModTime.UnixMicro() >= j.ours.ModTime.UnixMicro() {
		if err := later(dir, j.base, info.ModTime); err != nil {
			return err
		}
		if now, err := dir.Lstat(j.base); err == nil && now.Ino == j.ours.Ino {
			j.ours.ModTime = now.ModTime
		}
	}
	if err := j.placed(); err != nil {
		return err
	}
	return dir.Remove(tmp)
}

// putBack gives what somebody saved in the very moment of the exchange its name again. It may have happened again
// meanwhile: then the later save gets the name, and the earlier one stays where Sweep finds it.
func (j *job) putBack(tmp string, saved []byte, unread error) error {
	dir := j.at.dir
	expected := j.New
	for range 8 {
		err := dir.Exchange(tmp, j.base)
		if absent(err) { // they removed our bytes; what they saved before is kept all the same
			if err := dir.RenameNew(tmp, j.base); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
			break
		}
		if err != nil {
			return err
		}
		out, _, err := read(dir, tmp)
		if err == nil && bytes.Equal(out, expected) {
			if bytes.Equal(out, j.New) {
				j.tmp = tmp
			}
			break
		}
		if unread != nil && err == nil {
			break // the unreadable thing is back, and a save since then waits for Sweep
		}
		expected, saved = saved, out
	}
	if unread != nil && !local(unread) {
		return unread
	}
	return j.no("it was changed at the very moment of the write")
}

// replace is update where the system cannot exchange. The old file keeps a second name until it was looked at, so what
// was written into it is not lost; what was renamed over it between two calls of ours would be.
func (j *job) replace() error {
	dir := j.at.dir
	keep, err := tempName(j.base)
	if err != nil {
		return err
	}
	j.at.changed = true
	kept := dir.Link(j.base, keep) == nil // some file systems have no links either
	if err := dir.Rename(j.tmp, j.base); err != nil {
		if kept {
			dir.Remove(keep)
		}
		return err
	}
	j.tmp = ""
	if kept {
		out, _, err := read(dir, keep)
		if err != nil || !bytes.Equal(out, j.Old) {
			if err := dir.Rename(keep, j.base); err != nil {
				return err
			}
			return j.no("it was changed at the very moment of the write")
		}
	}
	if err := j.placed(); err != nil || !kept {
		return err
	}
	return dir.Remove(keep)
}

// remove takes the name away, and looks at what had it before it is gone for good.
func (j *job) remove() error {
	dir := j.at.dir
	tmp, err := tempName(j.base)
	if err != nil {
		return err
	}
	if err := dir.RenameNew(j.base, tmp); absent(err) {
		return j.missing()
	} else if err != nil {
		return err
	}
	j.at.changed = true
	out, _, unread := read(dir, tmp)
	if unread == nil && bytes.Equal(out, j.Old) {
		j.yes()
		return dir.Remove(tmp)
	}
	if err := dir.RenameNew(tmp, j.base); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if unread != nil && !local(unread) {
		return unread
	}
	return j.no("it was changed at the very moment of the write")
}
