package vdir_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vgit/repo/disk/disktest"
	"vgit/repo/vdir"
)

// wantDone checks which of the results are done, as a string of y and n, and that the rest says why.
func wantDone(t *testing.T, res []vdir.Result, want string) {
	t.Helper()
	got := ""
	for _, r := range res {
		if r.Done {
			got += "y"
		} else {
			got += "n"
		}
		if r.Done != (r.Why == "") {
			t.Errorf("%s: done %v, why %q", r.Path, r.Done, r.Why)
		}
		if !r.Done && r.Stat != (vdir.Stat{}) {
			t.Errorf("%s: not done, but a stat", r.Path)
		}
	}
	if got != want {
		t.Errorf("done %s, want %s: %+v", got, want, res)
	}
}

func (w *world) wantFiles(want map[string]string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.files()); diff != "" {
		w.t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestApply(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "a", "c/b.ics": "b", "c/color": "red", "d/x.ics": "x"})
	res := w.apply(update("c/a.ics", "a", "A"), removal("c/b.ics", "b"), creation("c/n.ics", "N"), creation("e/n.ics", "E"),
		update("c/color", "red", "blue"), creation("d/displayname", "D"))
	wantDone(t, res, "yyyyyy")
	w.wantFiles(map[string]string{"c/a.ics": "A", "c/n.ics": "N", "c/color": "blue", "d/x.ics": "x", "d/displayname": "D", "e/n.ics": "E"})

	// The results alone make a stat cache that the next scan trusts.
	known := map[string]vdir.Stat{}
	for _, r := range res {
		if r.Stat != (vdir.Stat{}) {
			known[r.Path] = r.Stat
		}
	}
	want := map[string]string{
		"c/a.ics": "=", "c/n.ics": "=", "c/color": "=", "d/x.ics": "x", "d/displayname": "=", "e/n.ics": "=",
	}
	if diff := cmp.Diff(want, bodies(w.scan(calendars, known))); diff != "" {
		t.Errorf("scan (-want +got):\n%s", diff)
	}
}

func TestApplySingle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"a.vcf": "a", "b.vcf": "b"})
	wantDone(t, w.apply(update("a.vcf", "a", "A"), removal("b.vcf", "b"), creation("n.vcf", "N")), "yyy")
	w.wantFiles(map[string]string{"a.vcf": "A", "n.vcf": "N"})
}

// X17, S25, F83, T12: new files are 0600, new directories 0700, and an existing mode stays.
func TestX17Modes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "a"})
	must(t, os.Chmod(w.full("c/a.ics"), 0o664))
	wantDone(t, w.apply(update("c/a.ics", "a", "A"), creation("c/n.ics", "N"), creation("new/n.ics", "N")), "yyy")
	for name, want := range map[string]fs.FileMode{"c/a.ics": 0o664, "c/n.ics": 0o600, "new/n.ics": 0o600, "new": 0o700 | fs.ModeDir} {
		if got := w.lstat(name).Mode(); got != want {
			t.Errorf("%s has mode %v, want %v", name, got, want)
		}
	}
}

// X1, X2: times move forward, in microseconds, even if the old ones are of the future.
func TestX1X2TimesMoveForward(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "0", "c/future.ics": "0"})
	when := time.Now().Add(1000 * time.Hour).Truncate(time.Second)
	must(t, os.Chtimes(w.full("c/future.ics"), when, when))
	seen := map[int64]bool{w.lstat("c").ModTime().UnixMicro(): true}
	var newer int64                     // than all files were
	w.disk.After(func(op disktest.Op) { // what a reader could see between any two steps
		if op.Kind == disktest.Exchange {
			if now := w.lstat(op.To).ModTime().UnixMicro(); op.To == "c/future.ics" && now <= newer {
				t.Errorf("right after the exchange the mtime is %d, not above %d", now, newer)
			}
		}
		if op.Kind.Durable() && op.Kind != disktest.Chtimes && op.Kind != disktest.SyncDir {
			seen[w.lstat("c").ModTime().UnixMicro()] = true
		}
	})
	old := "0"
	for _, new := range []string{"1", "2", "3"} { // all within one tick, as likely as not
		before := map[string]int64{}
		for _, f := range []string{"c/a.ics", "c/future.ics"} {
			before[f] = w.lstat(f).ModTime().UnixMicro()
		}
		newer = before["c/future.ics"]
		wantDone(t, w.apply(update("c/a.ics", old, new), update("c/future.ics", old, new)), "yy")
		for f, b := range before {
			if now := w.lstat(f).ModTime().UnixMicro(); now <= b {
				t.Errorf("%s: the mtime went from %d to %d", f, b, now)
			}
		}
		now := w.lstat("c").ModTime().UnixMicro()
		if seen[now] {
			t.Errorf("the mtime of the directory was seen before: %d of %v", now, seen)
		}
		seen[now] = true
		old = new
	}
}

// X3: what is right already is not touched, whoever wrote it.
func TestX3NothingToDoTouchesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "A", "c/n.ics": "N"})
	before := w.lstat("c/a.ics")
	res := w.apply(update("c/a.ics", "a", "A"), creation("c/n.ics", "N"), removal("c/gone.ics", "g"))
	wantDone(t, res, "yyy")
	if after := w.lstat("c/a.ics"); !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Error("the file was touched")
	}
	if res[0].Stat == (vdir.Stat{}) || res[1].Stat == (vdir.Stat{}) {
		t.Error("no stat of what is as it shall be")
	}
	if n := w.kinds(disktest.Exchange, disktest.Rename, disktest.RenameNew, disktest.SyncDir); n != 0 {
		t.Errorf("%d changes to the directory: %v", n, w.disk.Log())
	}
}

// F68, F69, F70, F77: the user was faster, well before the write.
func TestF68F69F70StateIsNotAsExpected(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/edited.ics": "user", "c/made.ics": "user", "c/edit2.ics": "user"})
	must(t, os.Symlink("edited.ics", w.full("c/link.ics")))
	must(t, os.Symlink("edited.ics", w.full("c/link2.ics")))
	must(t, os.Symlink("none", w.full("c/link3.ics")))
	must(t, os.Mkdir(w.full("c/dir.ics"), 0o700))
	before := w.files()
	res := w.apply(
		update("c/edited.ics", "old", "new"), creation("c/made.ics", "new"), removal("c/edit2.ics", "old"),
		update("c/removed.ics", "old", "new"), update("gone/x.ics", "old", "new"),
		update("c/link.ics", "user", "new"), removal("c/link2.ics", "user"), creation("c/link3.ics", "new"), creation("c/dir.ics", "new"))
	wantDone(t, res, "nnnnnnnnn")
	if diff := cmp.Diff(before, w.files()); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}
	for _, r := range res {
		if r.Err != nil {
			t.Errorf("%s: %v: an edit is no error", r.Path, r.Err)
		}
	}
	if _, err := os.Lstat(w.full("gone")); err == nil {
		t.Error("a collection was made for an update")
	}
}

// The races, each right between two operations of ours. X18, F68, F69, F70.
func TestF68RacesAtTheVeryMoment(t *testing.T) {
	t.Parallel()
	const user = "user's"
	for _, test := range []struct {
		name  string
		write vdir.Write
		kind  disktest.Kind // right before the n-th of these on c/a.ics
		n     int
		do    func(w *world)
		done  string
		want  map[string]string
		left  int // leftovers
	}{
		{"save before the exchange", update("c/a.ics", "old", "new"), disktest.Exchange, 1,
			func(w *world) { w.write("c/a.ics", user) }, "n", map[string]string{"c/a.ics": user}, 0},
		{"save in place before the exchange", update("c/a.ics", "old", "new"), disktest.Exchange, 1,
			func(w *world) { must(w.t, os.WriteFile(w.full("c/a.ics"), []byte(user), 0)) }, "n", map[string]string{"c/a.ics": user}, 0},
		{"link before the exchange", update("c/a.ics", "old", "new"), disktest.Exchange, 1,
			func(w *world) {
				must(w.t, os.Remove(w.full("c/a.ics")))
				must(w.t, os.Symlink("../d/x", w.full("c/a.ics")))
				w.write("d/x", user)
			}, "n", map[string]string{"c/a.ics": "-> ../d/x", "d/x": user}, 0},
		{"removal before the exchange", update("c/a.ics", "old", "new"), disktest.Exchange, 1,
			func(w *world) { must(w.t, os.Remove(w.full("c/a.ics"))) }, "n", map[string]string{}, 0},
		{"touch before the exchange", update("c/a.ics", "old", "new"), disktest.Exchange, 1,
			func(w *world) {
				when := time.Now().Add(time.Hour)
				must(w.t, os.Chtimes(w.full("c/a.ics"), when, when))
			}, "y", map[string]string{"c/a.ics": "new"}, 0},
		{"removal of the collection before the exchange", update("c/a.ics", "old", "new"), disktest.Exchange, 1,
			func(w *world) { must(w.t, os.RemoveAll(w.full("c"))) }, "n", map[string]string{}, 0},
		{"creation before ours", creation("c/a.ics", "new"), disktest.RenameNew, 1,
			func(w *world) { w.write("c/a.ics", user) }, "n", map[string]string{"c/a.ics": user}, 0},
		{"the same creation before ours", creation("c/a.ics", "new"), disktest.RenameNew, 1,
			func(w *world) { w.write("c/a.ics", "new") }, "y", map[string]string{"c/a.ics": "new"}, 0},
		{"save before the removal", removal("c/a.ics", "old"), disktest.RenameNew, 1,
			func(w *world) { w.write("c/a.ics", user) }, "n", map[string]string{"c/a.ics": user}, 0},
		{"removal before the removal", removal("c/a.ics", "old"), disktest.RenameNew, 1,
			func(w *world) { must(w.t, os.Remove(w.full("c/a.ics"))) }, "y", map[string]string{}, 0},
		{"save after the exchange", update("c/a.ics", "old", "new"), disktest.Remove, 1,
			func(w *world) { w.write("c/a.ics", user) }, "y", map[string]string{"c/a.ics": user}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"c/": ""}
			if !test.write.OldAbsent {
				files["c/a.ics"] = "old"
			}
			w := newWorld(t, files)
			fits := "a.ics"
			w.once(test.kind, fits, test.n, func() { test.do(w) })
			// With the collection gone the directory cannot be synced, which is no failure of ours to hide.
			res, err := w.dir.Apply(context.Background(), []vdir.Write{test.write})
			if err != nil {
				t.Fatal(err)
			}
			wantDone(t, res, test.done)
			w.wantFiles(test.want)
			if res[0].Done && res[0].Stat.Size == int64(len(user)) && test.want["c/a.ics"] == user {
				t.Error("the stat is that of the user's file")
			}
		})
	}
}

// X1, X2: the same on a clock that stands still, as within one tick of a coarse one.
func TestX1X2WithinOneTick(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "0"})
	tick := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	stand := func(name string) { must(t, os.Chtimes(w.full(name), tick, tick)) }
	stand("c/a.ics")
	stand("c")
	w.disk.After(func(op disktest.Op) { // what the system would set
		switch op.Kind {
		case disktest.Write:
			stand(op.Name)
		case disktest.Create, disktest.RenameNew, disktest.Exchange, disktest.Remove:
			stand("c")
		}
	})
	dirs, file := map[int64]bool{tick.UnixMicro(): true}, tick.UnixMicro()
	for i, new := range []string{"1", "2", "3", "4"} {
		wantDone(t, w.apply(update("c/a.ics", string(rune('0'+i)), new), creation("c/n"+new+".ics", "n")), "yy")
		dir, now := w.lstat("c").ModTime().UnixMicro(), w.lstat("c/a.ics").ModTime().UnixMicro()
		if dirs[dir] {
			t.Errorf("run %d: the mtime of the directory was seen before: %d", i, dir)
		}
		if now <= file {
			t.Errorf("run %d: the mtime of the file went from %d to %d", i, file, now)
		}
		dirs[dir], file = true, now
	}
}

// X2: the file was touched between the look at its time and the exchange.
func TestX2TouchedAtTheVeryMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "old"})
	when := time.Now().Add(time.Hour)
	w.once(disktest.Exchange, "a.ics", 1, func() { must(t, os.Chtimes(w.full("c/a.ics"), when, when)) })
	res := w.apply(update("c/a.ics", "old", "new"))
	wantDone(t, res, "y")
	if got := w.lstat("c/a.ics").ModTime(); !got.After(when) || !got.Equal(res[0].Stat.ModTime) {
		t.Errorf("the mtime is %v, the result says %v, a reader saw %v", got, res[0].Stat.ModTime, when)
	}
}

// A save right after the exchange, of the same size and made to look as old: its stat must not stand for our bytes.
func TestStatIsOfOurBytesOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "old"})
	w.disk.After(func(op disktest.Op) {
		if op.Kind == disktest.Exchange {
			when := w.lstat("c/a.ics").ModTime()
			w.write("c/a.ics", "USR")
			must(t, os.Chtimes(w.full("c/a.ics"), when, when))
		}
	})
	res := w.apply(update("c/a.ics", "old", "new"))
	if !res[0].Done || res[0].Stat != (vdir.Stat{}) {
		t.Errorf("done %v, stat %+v", res[0].Done, res[0].Stat)
	}
	w.wantFiles(map[string]string{"c/a.ics": "USR"})
}

// F60: a failed sync is final, whatever the error, and nothing takes its name after it.
func TestF60FailedSyncIsFinal(t *testing.T) {
	t.Parallel()
	for _, more := range []int{0, 10} {
		files, writes := applyCase(more)
		w := newWorld(t, files)
		w.disk.Before(func(op disktest.Op) error {
			if op.Kind == disktest.Sync || op.Kind == disktest.SyncFS {
				return syscall.EPERM
			}
			return nil
		})
		res, err := w.dir.Apply(context.Background(), writes)
		if !errors.Is(err, syscall.EPERM) {
			t.Errorf("%d more: %v", more, err)
		}
		wantDone(t, res, strings.Repeat("n", len(writes)))
		w.wantFiles(files)
		if n := w.kinds(disktest.Sync, disktest.SyncFS); n != 1 {
			t.Errorf("synced %d times", n)
		}
	}
}

// Somebody saves again while the first save is put back: the later one has the name, the earlier one is found by Sweep.
func TestF68SavesAgainAndAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "old"})
	n := 0
	w.disk.Before(func(op disktest.Op) error {
		if op.Kind == disktest.Exchange && n < 2 {
			n++
			w.write("c/a.ics", "save "+string(rune('0'+n)))
		}
		return nil
	})
	wantDone(t, w.apply(update("c/a.ics", "old", "new")), "n")
	if got := w.files()["c/a.ics"]; got != "save 2" {
		t.Errorf("the file holds %q", got)
	}
	left, err := w.dir.Sweep()
	if err != nil || len(left) != 1 || string(left[0].Body) != "save 1" || left[0].Target != "c/a.ics" {
		t.Errorf("Sweep = %+v, %v", left, err)
	}

	// One who never stops: we do, and every save is somewhere.
	w = newWorld(t, map[string]string{"c/a.ics": "old"})
	n = 0
	w.disk.Before(func(op disktest.Op) error {
		if op.Kind == disktest.Exchange {
			n++
			w.write("c/a.ics", strings.Repeat("s", n))
		}
		return nil
	})
	wantDone(t, w.apply(update("c/a.ics", "old", "new")), "n")
	if n < 3 || n > 20 {
		t.Errorf("%d exchanges", n)
	}
	if left, err := w.dir.Sweep(); err != nil || len(left) != 1 || len(left[0].Body) < n-1 {
		t.Errorf("Sweep after %d saves = %+v, %v", n, left, err)
	}
}

// A save while the removal is looked at: both the save and what came out stay.
func TestF68SaveDuringRemoval(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "old"})
	n := 0
	w.disk.Before(func(op disktest.Op) error {
		if op.Kind == disktest.RenameNew {
			n++
			w.write("c/a.ics", "save "+string(rune('0'+n)))
		}
		return nil
	})
	wantDone(t, w.apply(removal("c/a.ics", "old")), "n")
	if got := w.files()["c/a.ics"]; got != "save 2" {
		t.Errorf("the file holds %q", got)
	}
	if left, err := w.dir.Sweep(); err != nil || len(left) != 1 || string(left[0].Body) != "save 1" {
		t.Errorf("Sweep = %+v, %v", left, err)
	}
}

// They remove our bytes while their save is put back: the save stays.
func TestF68SaveThenRemoval(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "old"})
	n := 0
	w.disk.Before(func(op disktest.Op) error {
		if op.Kind == disktest.Exchange {
			if n++; n == 1 {
				w.write("c/a.ics", "save")
			} else {
				must(t, os.Remove(w.full("c/a.ics")))
			}
		}
		return nil
	})
	wantDone(t, w.apply(update("c/a.ics", "old", "new")), "n")
	w.wantFiles(map[string]string{"c/a.ics": "save"})
}

// Where there is no exchange a rename does it, and what is written into the old file meanwhile still stays.
func TestNoExchangeNoSyncFS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "old", "c/b.ics": "old", "c/r.ics": "r"})
	w.disk.Before(func(op disktest.Op) error {
		switch {
		case op.Kind == disktest.Exchange, op.Kind == disktest.SyncFS:
			return errors.ErrUnsupported
		case op.Kind == disktest.Rename && op.To == "c/b.ics" && op.N < 1000:
			must(t, os.WriteFile(w.full("c/b.ics"), []byte("user"), 0))
		}
		return nil
	})
	writes := []vdir.Write{update("c/a.ics", "old", "new"), update("c/b.ics", "old", "new"), removal("c/r.ics", "r")}
	want := map[string]string{"c/a.ics": "new", "c/b.ics": "user"}
	for i := range 20 {
		name := "c/n" + string(rune('a'+i)) + ".ics"
		writes = append(writes, creation(name, "n"))
		want[name] = "n"
	}
	res := w.apply(writes...)
	wantDone(t, res, "yny"+strings.Repeat("y", 20))
	w.wantFiles(want)
	if n := w.kinds(disktest.Sync); n != 22 {
		t.Errorf("%d fsyncs of 22 files", n)
	}
	for _, op := range w.disk.Log() { // no name before all data
		if op.Kind == disktest.Sync {
			return
		}
		if op.Kind == disktest.Rename || op.Kind == disktest.RenameNew {
			t.Fatalf("%v before the fsyncs", op)
		}
	}
}

// Design 7: many writes share their durability.
func TestManyWritesShareTheirDurability(t *testing.T) {
	t.Parallel()
	files, writes := map[string]string{}, []vdir.Write{}
	for i := range 60 {
		name := string(rune('c'+i%3)) + "/" + strings.Repeat("x", i+1) + ".ics"
		files[name] = "old"
		writes = append(writes, update(name, "old", "new"))
	}
	w := newWorld(t, files)
	w.apply(writes...)
	if s, d, f := w.kinds(disktest.SyncFS), w.kinds(disktest.SyncDir), w.kinds(disktest.Sync); s != 1 || d != 3 || f != 0 {
		t.Errorf("%d syncfs, %d of directories, %d of files; want 1, 3, 0", s, d, f)
	}
}

// V33, F58, F60: each operation fails once, with each error; no half file, no temporary one, and the report is true.
func TestF58EveryOperationFails(t *testing.T) {
	t.Parallel()
	for _, many := range []int{0, 10} { // fsyncs, syncfs
		files, writes := applyCase(many)
		dry := newWorld(t, files)
		dry.apply(writes...)
		for n := 1; n <= dry.disk.Durable(); n++ {
			for _, fault := range []error{syscall.ENOSPC, syscall.EIO} {
				w := newWorld(t, files)
				var failed disktest.Op
				w.disk.Before(func(op disktest.Op) error {
					if op.N == n {
						failed = op
						return disktest.Short{Err: fault}
					}
					return nil
				})
				res, err := w.dir.Apply(context.Background(), writes)
				if !errors.Is(err, fault) {
					t.Fatalf("%v at %v: %v", fault, failed, err)
				}
				if len(res) != len(writes) {
					t.Fatalf("%v: %d results", failed, len(res))
				}
				checkHalf(t, w, failed.String(), files, writes, res)
				left, err := w.dir.Sweep()
				if err != nil {
					t.Fatal(err)
				}
				// Only what could not be removed, or put back, may be left.
				if len(left) > 1 || len(left) == 1 && failed.Kind != disktest.Remove {
					t.Errorf("%v left %v", failed, left)
				}
			}
		}
	}
}

// applyCase is a vdir and writes of all kinds for it, plus some more new files.
func applyCase(more int) (map[string]string, []vdir.Write) {
	long := strings.Repeat("old line\r\n", 200)
	files := map[string]string{"c/a.ics": "old a", "c/b.ics": long, "c/r.ics": "old r", "c/keep.ics": "k", "d/x.ics": "old x", "d/r.ics": "r"}
	writes := []vdir.Write{
		update("c/a.ics", "old a", "new a"), creation("c/n.ics", "new n"), removal("c/r.ics", "old r"),
		update("c/b.ics", long, strings.Repeat("new line\r\n", 300)), creation("fresh/n.ics", strings.Repeat("new\r\n", 400)),
		update("d/x.ics", "old x", "new x"), removal("d/r.ics", "r"),
	}
	for i := range more {
		writes = append(writes, creation("d/more"+string(rune('a'+i))+".ics", "more"))
	}
	return files, writes
}

// checkHalf checks that each file is old or new in whole, that nothing else changed, and, given results, that those are true.
func checkHalf(t *testing.T, w *world, when string, files map[string]string, writes []vdir.Write, res []vdir.Result) {
	t.Helper()
	now := w.files()
	for name, body := range files {
		found := false
		for _, wr := range writes {
			found = found || wr.Path == name
		}
		if !found && now[name] != body {
			t.Errorf("%s: %s was not to be touched and is %.20q", when, name, now[name])
		}
	}
	for i, wr := range writes {
		got, exists := now[wr.Path]
		isOld := exists != wr.OldAbsent && (!exists || got == string(wr.Old))
		isNew := exists != wr.Remove && (!exists || got == string(wr.New))
		// A removal that was cut short has the file under a name that Sweep tells.
		if !isOld && !isNew {
			t.Errorf("%s: %s is neither old nor new: %v %.20q", when, wr.Path, exists, got)
		}
		if res == nil {
			continue
		}
		if res[i].Done != isNew {
			t.Errorf("%s: %s: done is %v (%s, %v), new is %v", when, wr.Path, res[i].Done, res[i].Why, res[i].Err, isNew)
		}
		if res[i].Done == (res[i].Why != "") {
			t.Errorf("%s: %s: done is %v, why is %q", when, wr.Path, res[i].Done, res[i].Why)
		}
	}
}

// F61: a collection that cannot be written does not stop the others.
func TestF61OneCollectionIsReadOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "a", "d/x.ics": "x"})
	w.disk.Before(func(op disktest.Op) error {
		if op.Kind == disktest.Create && strings.HasPrefix(op.Name, "c/") {
			return syscall.EACCES
		}
		return nil
	})
	res := w.apply(update("c/a.ics", "a", "A"), update("d/x.ics", "x", "X"))
	wantDone(t, res, "ny")
	if !errors.Is(res[0].Err, syscall.EACCES) {
		t.Errorf("error %v", res[0].Err)
	}
	w.wantFiles(map[string]string{"c/a.ics": "a", "d/x.ics": "X"})
}

// S1, S2, S5: whatever the caller believes, these are not written.
func TestS5PathsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "a", ".git/config": "g"})
	long := "c/" + strings.Repeat("l", 240) + ".ics"
	for _, name := range []string{
		"", ".", "..", "c", "c/", "/c/x.ics", "c//x.ics", "../x.ics", "c/../x.ics", "c/../../x.ics", ".git/config", ".git/x.ics",
		"c/.x.ics", "c/.git", "c/s/x.ics", "./x.ics", "c/x\x00.ics", long,
	} {
		if name == "c" { // without Single it would be a file of that name; here a directory has it
			wantDone(t, w.apply(creation(name, "new")), "n")
			continue
		}
		res := w.apply(creation(name, "new"))
		if res[0].Done || !errors.Is(res[0].Err, fs.ErrInvalid) {
			t.Errorf("%q: %+v", name, res[0])
		}
	}
	w.wantFiles(map[string]string{"c/a.ics": "a", ".git/config": "g"})
}

// A new directory stays only if a file came into it.
func TestNewCollectionOnlyForAFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.disk.Before(func(op disktest.Op) error {
		if op.Kind == disktest.Write {
			return syscall.ENOSPC
		}
		return nil
	})
	if _, err := w.dir.Apply(context.Background(), []vdir.Write{creation("new/a.ics", "a")}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if _, err := os.Lstat(w.full("new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory is there: %v", err)
	}
	w.write("taken", "a file")
	w.disk.Before(nil)
	wantDone(t, w.apply(creation("taken/a.ics", "a"), removal("taken/b.ics", "b"), creation("other/a.ics", "a")), "nyy")
}

func TestApplyIsCancelled(t *testing.T) {
	t.Parallel()
	files, writes := applyCase(0)
	for _, kind := range []disktest.Kind{disktest.Create, disktest.Exchange} {
		w := newWorld(t, files)
		ctx, cancel := context.WithCancel(context.Background())
		w.once(kind, "", 2, cancel)
		res, err := w.dir.Apply(ctx, writes)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at %s: %v", kind, err)
		}
		checkHalf(t, w, "cancelled at "+string(kind), files, writes, res)
		if left, err := w.dir.Sweep(); err != nil || len(left) != 0 {
			t.Errorf("left %v, %v", left, err)
		}
	}
}

// F79: the other name of a hard link keeps its content.
func TestF79HardLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "a"})
	must(t, os.Link(w.full("c/a.ics"), w.full("elsewhere")))
	wantDone(t, w.apply(update("c/a.ics", "a", "A")), "y")
	w.wantFiles(map[string]string{"c/a.ics": "A", "elsewhere": "a"})
}
