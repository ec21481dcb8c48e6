package repo

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
)

// Machine is where a process runs: what tells this machine from others, and what a person calls it. The zero value is "nobody knows".
type Machine struct{ ID, Name string }

// location is where a repository was last synced. It may be lost without harm.
type location struct {
	machine Machine
	path    string
	ino     string // of the git directory, which a copy has anew and a move has not
}

const placeFile = "place"

func (r *Repo) here() (location, error) {
	ino, err := r.s.Ino()
	return location{r.o.Machine, r.o.Path, strconv.FormatUint(ino, 10)}, err
}

// copyOf tells whether a repository that was last synced at p lies here as a copy (F104). What was moved is none, nor what several
// machines have mounted, nor what was put back where it was.
func (p location) copyOf(here location) bool {
	return p.ino != here.ino && (p.machine.ID != here.machine.ID || p.path != here.path)
}

// noticeCopy finds out whether this repository is a copy of another one, or a clone of it with all refs; and notes where it lies if it was
// nowhere yet. A copy goes on like a second device, and what it knows is true. But a copy may be of a part of the files, so that of its first
// run no deletion is sent that nobody said yes to (G13).
func (r *Repo) noticeCopy(sides []*side, report *Report, dry bool) error {
	if r.o.Machine.ID == "" || r.temp != "" {
		return nil
	}
	here, err := r.here()
	if err != nil {
		return err
	}
	was, known := r.readPlace()
	based := slices.ContainsFunc(sides, func(s *side) bool { return !s.base.commit.IsZero() })
	synced := slices.ContainsFunc(sides, func(s *side) bool { return !r.ReadLast(s.rem.Name).Time.IsZero() })
	switch {
	case known && was.copyOf(here):
		r.copied = was.path
		if was.machine.ID != here.machine.ID {
			r.copied += " on " + was.machine.Name
		}
	case !known && based && !synced: // else an older vgit was here, which did not note it
		r.copied = "another one"
	case known && was == here || dry:
		return nil
	default:
		return r.writePlace(here)
	}
	report.Notices = append(report.Notices, Problem{What: fmt.Sprintf("this repository is a copy of %s; both may go on, as two devices do", r.copied)})
	return nil
}

// settleCopy ends that, once a run has come to its end in which no deletion was held.
func (r *Repo) settleCopy(report *Report) error {
	if r.copied == "" || slices.ContainsFunc(report.Remotes, func(rem *RemoteReport) bool {
		return rem.Err != nil || rem.Mismatch != nil || rem.Plan != nil && slices.ContainsFunc(rem.Plan.Holds, func(h Hold) bool { return h.Class == PushDeletions })
	}) {
		return nil
	}
	here, err := r.here()
	if err != nil {
		return err
	}
	return r.writePlace(here)
}

func (r *Repo) readPlace() (p location, ok bool) {
	r.cached(placeFile, 4, func(f []string) { p, ok = location{Machine{f[0], f[1]}, f[2], f[3]}, true })
	return p, ok
}

func (r *Repo) writePlace(p location) error {
	var b bytes.Buffer
	writeRecord(&b, p.machine.ID, p.machine.Name, p.path, p.ino)
	return r.s.CacheWrite(placeFile, b.Bytes())
}
