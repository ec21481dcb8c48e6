package repo_test

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/disk"
	"vgit/repo/disk/disktest"
)

// place is what kind of file an operation is about.
func place(op disktest.Op) string {
	for _, p := range []string{"state/", "/.git/vgit/", "/.git/objects/", "/.git/refs/vgit/", "/.git/refs/remotes/", "/.git/refs/heads/",
		"/.git/logs/", "/.git/index", "/.git/"} {
		if strings.Contains(op.Name, p) {
			return p
		}
	}
	return "vdir"
}

// spot is one operation of a run: the first or the last of its kind on that kind of file.
type spot struct {
	kind  disktest.Kind
	place string
	nth   int
}

func (s spot) matches(op disktest.Op) bool { return op.Kind == s.kind && place(op) == s.place }

// spots are those of a run, in order; of the last ones a third will do. What is only cleared away is left out: that may fail unseen.
func spots(log []disktest.Op) (all []spot) {
	count := map[spot]int{}
	for _, op := range log {
		if op.N > 0 && !slices.Contains([]disktest.Kind{disktest.Remove, disktest.Lock, disktest.Chtimes}, op.Kind) {
			count[spot{kind: op.Kind, place: place(op)}]++
		}
	}
	for s, n := range count {
		all = append(all, spot{s.kind, s.place, 1})
		if n > 1 && (len(all)%3 == 0 || os.Getenv("VGIT_CRASH_ALL") != "") {
			all = append(all, spot{s.kind, s.place, n})
		}
	}
	slices.SortFunc(all, func(a, b spot) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return all
}

// TestF58FullOrFailingDisk: each kind of write, fsync and rename fails, for each kind of file. The run says so and sends
// nothing more; once the disk is well again, the next sync brings both sides to the same end.
func TestF58FullOrFailingDisk(t *testing.T) {
	t.Parallel()
	sc := scenes[2]
	w, d := sc.start(t, nil)
	w.sync()
	all := spots(d.Log())
	if len(all) < 20 {
		t.Fatalf("only %d operations", len(all))
	}
	for i, at := range all {
		fault := []error{syscall.ENOSPC, syscall.EIO, syscall.EDQUOT}[i%3]
		t.Run(fmt.Sprint(at, fault), func(t *testing.T) {
			t.Parallel()
			w, d := sc.start(t, nil)
			var failed disktest.Op
			sent, seen, unlocked := -1, 0, ""
			d.Before(func(op disktest.Op) error {
				if op.Kind == disktest.Remove && strings.HasSuffix(op.Name, ".lock") {
					unlocked = path.Dir(op.Name)
				}
				if sent >= 0 || !at.matches(op) {
					return nil
				}
				if seen++; seen < at.nth || op.Name == unlocked { // that a lock is gone for good may fail unseen: its proof stays
					return nil
				}
				failed, sent = op, w.server.Writes()
				return disktest.Short{Err: fault}
			})
			report, err := w.try()
			if sent < 0 {
				return // the number of operations differs a little from run to run
			}
			if got := w.server.Writes(); got != sent {
				t.Errorf("%d writes to the server after it", got-sent)
			}
			if !told(report, err, fault) {
				t.Errorf("the report does not say so: %v", err)
			}
			if sc.healed(w); t.Failed() {
				t.Logf("after %v", failed)
			}
		})
	}
}

// TestWhatCouldNotBeClearedAwayIsNoEdit: the bytes of a file that a pull removed lie there under another name and cannot be
// cleared away, as a full disk of some file systems has it. The next sync does not take them for a save of the user's.
func TestWhatCouldNotBeClearedAwayIsNoEdit(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.work.Delete("a.ics")
	d := disktest.New(filepath.Dir(w.dir))
	hits := 0
	d.Before(func(op disktest.Op) error {
		if op.Kind == disktest.Remove && place(op) == "vdir" {
			hits++
			return syscall.ENOSPC
		}
		return nil
	})
	w.disk = d.Open
	for range 2 { // the second run cannot clear it away either
		w.try()
	}
	if hits == 0 {
		t.Fatal("nothing failed")
	}
	w.disk = quick(w)
	w.server.ResetLog()
	w.sync()
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes to the server", n)
	}
	w.settled()
	if w.here("work")["a"] != nil {
		t.Error("the deleted item came back")
	}
	w.noLeftovers()
}

// told tells whether a report, or the error that ended the run, says what happened.
func told(report *repo.Report, err, fault error) bool {
	if errors.Is(err, fault) || report == nil {
		return errors.Is(err, fault)
	}
	for _, r := range report.Remotes {
		if errors.Is(r.Err, fault) || slices.ContainsFunc(r.AllProblems(), func(p repo.Problem) bool { return errors.Is(p.Err, fault) }) {
			return true
		}
	}
	return slices.ContainsFunc(report.Problems, func(p repo.Problem) bool { return errors.Is(p.Err, fault) })
}

// TestF60FailedSyncIsNotTriedAgain: after a sync of data that failed, that file is never synced again in the run, and no name
// is given to it.
func TestF60FailedSyncIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	sc := scenes[2]
	w, d := sc.start(t, nil)
	w.sync()
	total := 0
	for _, op := range d.Log() {
		if op.Kind == disktest.Sync || op.Kind == disktest.SyncFS {
			total++
		}
	}
	for n := range points(total, 4) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			w, d := sc.start(t, nil)
			seen, failed := 0, disktest.Op{}
			d.Before(func(op disktest.Op) error {
				if op.Kind != disktest.Sync && op.Kind != disktest.SyncFS {
					return nil
				}
				if seen++; seen == n {
					failed = op
					return syscall.EIO
				}
				return nil
			})
			w.try()
			after := false
			for _, op := range d.Log() {
				switch {
				case errors.Is(op.Err, syscall.EIO):
					after = true
				case !after:
				case op.Kind == disktest.Sync && op.Handle == failed.Handle, op.Kind == disktest.SyncFS && failed.Kind == disktest.SyncFS:
					t.Errorf("synced again: %v", op)
				case slices.Contains([]disktest.Kind{disktest.Rename, disktest.RenameNew, disktest.Link, disktest.Exchange}, op.Kind) && op.Name == failed.Name:
					t.Errorf("got a name after all: %v", op)
				}
			}
			if !after {
				t.Fatal("nothing failed")
			}
			sc.healed(w)
		})
	}
}

// TestF59WhatCannotBeReadIsUnknown: a file, or a whole directory, gives an error when it is read. It is neither deleted nor
// sent nor written over, whatever the server does meanwhile; the rest goes on.
func TestF59WhatCannotBeReadIsUnknown(t *testing.T) {
	t.Parallel()
	for _, fault := range []error{syscall.EIO, syscall.EACCES} {
		for _, what := range []string{"calendars/work/a.ics", "calendars/work"} {
			t.Run(what+" "+fault.Error(), func(t *testing.T) {
				t.Parallel()
				w, home := twoCalendars(t)
				w.write("work/a.ics", event("a", "Edited here"))
				w.work.Put("b.ics", event("b", "Second"))
				home.Put("h.ics", event("h", "Second"))
				d := disktest.New(filepath.Dir(w.dir))
				d.Before(func(op disktest.Op) error {
					if op.Name == what && slices.Contains([]disktest.Kind{disktest.Open, disktest.Read, disktest.ReadDir, disktest.Sub}, op.Kind) {
						return fault
					}
					return nil
				})
				w.disk = d.Open
				w.server.ResetLog()
				for range 2 {
					report, err := w.try()
					must(t, err)
					if w.server.Writes() != 0 {
						t.Errorf("%d writes to the server", w.server.Writes())
					}
					lasting := append(report.Problems, report.Remotes[0].AllProblems()...)
					if !slices.ContainsFunc(lasting, func(p repo.Problem) bool { return p.Severity == repo.Lasting }) {
						t.Errorf("problems %+v", lasting)
					}
				}
				if !strings.Contains(w.read("home/h.ics"), "Second") {
					t.Error("the other calendar was stopped")
				}
				if !strings.Contains(w.read("work/a.ics"), "Edited here") {
					t.Error("the file that could not be read was written over")
				}
				w.disk = quick(w)
				w.sync()
				w.settled()
				if body, _ := w.work.Get("a.ics"); !strings.Contains(string(body), "Edited here") {
					t.Error("the edit is lost")
				}
			})
		}
	}
}

// TestF61ReadOnlyVdir: nothing can be written. That is found before anything is sent, and what only reads still works.
func TestF61ReadOnlyVdir(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", event("a", "Edited here"))
	w.remove("work/b.ics")
	d := disktest.New(filepath.Dir(w.dir))
	d.Before(func(op disktest.Op) error {
		if op.N > 0 {
			return syscall.EROFS
		}
		return nil
	})
	w.disk = d.Open
	before := w.everything()
	w.server.ResetLog()
	if _, err := w.try(); !errors.Is(err, syscall.EROFS) {
		t.Errorf("error %v", err)
	}
	if n := len(w.server.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
	r, err := repo.Open(w.options(), true)
	must(t, err)
	defer r.Close()
	report, err := r.Status(t.Context(), repo.Request{DryRun: true, Remotes: []repo.Remote{w.remote()}})
	must(t, err)
	if n := len(report.Remotes[0].Plan.Steps); n != 2 {
		t.Errorf("%d steps, want 2", n)
	}
	if plan := w.sync(func(q *repo.Request) { q.DryRun = true }); states(plan)[repo.Do] != 2 {
		t.Errorf("dry run: %+v", plan.Plan.Steps)
	}
	if diff := changedFiles(before, w.everything()); len(diff) > 0 {
		t.Errorf("changed %q", diff)
	}
}

// TestF85NoLocks: a file system that cannot lock is refused, with the reason, before anything is done.
func TestF85NoLocks(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.write("work/a.ics", event("a", "Edited here"))
	d := disktest.New(filepath.Dir(w.dir))
	d.Before(func(op disktest.Op) error {
		if op.Kind == disktest.Lock {
			return errors.ErrUnsupported
		}
		return nil
	})
	w.disk = d.Open
	w.server.ResetLog()
	_, err := w.try()
	if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "lock") {
		t.Errorf("error %v", err)
	}
	if n := len(w.server.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// during runs f once, while the server is asked for the state of the account: after record, before anything is written.
func (w *world) during(f func()) {
	var once sync.Once
	w.server.On(davtest.Match{}).Before().Call(func() { once.Do(f) })
}

// TestF68F69F70TheUserIsFaster: between the look at the vdir and the write into it the user saves, makes or removes the very
// file. The user's wins on the spot, nothing is sent in that run, and the next one brings both together.
func TestF68F69F70TheUserIsFaster(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		there, user func(*world)
		check       func(*testing.T, *world)
	}{
		"F68 saved": {
			there: func(w *world) { w.work.Put("a.ics", event("a", "First a", "SEQUENCE:2")) },
			user:  func(w *world) { w.write("work/a.ics", event("a", "First a", "LOCATION:Here")) },
			check: func(t *testing.T, w *world) {
				if got := w.read("work/a.ics"); !strings.Contains(got, "LOCATION:Here") {
					t.Errorf("a.ics = %q", got)
				}
			},
		},
		"F69 made": {
			there: func(w *world) { w.work.Put("n.ics", event("n", "New there")) },
			user:  func(w *world) { w.write("work/n.ics", event("mine", "New here")) },
			check: func(t *testing.T, w *world) {
				if here := w.here("work"); here["n"] == nil || here["mine"] == nil || !strings.Contains(w.read("work/n.ics"), "New here") {
					t.Errorf("files %q", here)
				}
			},
		},
		"F70 removed": {
			there: func(w *world) { w.work.Put("a.ics", event("a", "There")) },
			user:  func(w *world) { w.remove("work/a.ics") },
			check: func(t *testing.T, w *world) { // edited there, deleted here: the edit wins
				if !strings.Contains(w.read("work/a.ics"), "There") {
					t.Error("the edit of the other side is lost")
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a", "b"})
			c.there(w)
			w.during(func() { c.user(w) })
			w.server.ResetLog()
			w.sync()
			if n := w.server.Writes(); n != 0 {
				t.Errorf("%d writes", n)
			}
			w.server.ClearFaults()
			if name == "F70 removed" {
				if _, err := os.Stat(filepath.Join(w.dir, "work/a.ics")); err == nil {
					t.Error("the removed file came back at once")
				}
			}
			w.sync()
			w.sync()
			c.check(t, w)
			w.settled()
		})
	}
}

// smallDisk says of the real one that there is no more than that.
type smallDisk struct {
	disk.Dir
	free *atomic.Int64
}

func (d smallDisk) Free() (uint64, error) { return uint64(d.free.Load()), nil }

func (d smallDisk) Sub(name string) (disk.Dir, error) {
	sub, err := d.Dir.Sub(name)
	return smallDisk{sub, d.free}, err
}

// TestS15SmallDisk: there is less room than what is about to come needs twice, and some. That is found before anything of it is written, the
// files and the repository stay usable, and with more room the next sync goes on.
func TestS15SmallDisk(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 5<<20)
	for name, start := range map[string]func(*world){
		"fetch": func(*world) {},
		"pull": func(w *world) { // what is in the repository already has to go into the vdir
			for i := range 3 {
				w.work.Put(fmt.Sprintf("big%d.ics", i), event(fmt.Sprintf("big%d", i), "Big", "DESCRIPTION:"+big))
			}
			w.sync(func(q *repo.Request) { q.Only = "push" })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a", "b"})
			start(w)
			for i := range 3 {
				w.work.Put(fmt.Sprintf("big%d.ics", i), event(fmt.Sprintf("big%d", i), "Big", "DESCRIPTION:"+big))
			}
			w.write("work/a.ics", event("a", "Edited here"))
			w.git("repack", "-adq")
			free := new(atomic.Int64)
			free.Store(42 << 20)
			open := quick(w)
			w.disk = func(name string) (disk.Dir, error) {
				d, err := open(name)
				return smallDisk{d, free}, err
			}
			w.server.ResetLog()
			report, err := w.try()
			if !told(report, err, syscall.ENOSPC) {
				t.Errorf("error %v, %v", err, report.Remotes[0].Err)
			}
			if n := w.server.Writes(); n != 0 || len(w.here("work")) != 2 {
				t.Errorf("%d writes, files %d", n, len(w.here("work")))
			}
			free.Store(1 << 40)
			w.login()
			w.sync()
			if n := len(w.here("work")); n != 5 {
				t.Errorf("%d files", n)
			}
			w.equal()
		})
	}
}
