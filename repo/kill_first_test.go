package repo_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vgit/repo"
	"vgit/repo/disk/disktest"
)

// firstDeaths are where a run dies that sets a vdir up.
var firstDeaths = []death{
	{rows: "K27", point: repo.AtDirectory},
	{rows: "K27", point: repo.AtRepository},
}

// startFirst is a vdir before its first sync: a directory with items of the user's, one of which the server has as well, or none at all.
func startFirst(t *testing.T, exists bool) *world {
	t.Helper()
	w := newWorld(t)
	w.lines = 1
	must(t, os.Mkdir(w.state, 0o700))
	w.work.Put("there.ics", event("there", "There"))
	w.work.Put("both.ics", event("both", "Both"))
	if exists {
		w.write("work/here.ics", event("here", "Here"))
		w.write("work/both.ics", event("both", "Both"))
	}
	return w
}

// firstEnded checks that the next sync completed what a killed first one began, and that nothing of it is there twice.
func (w *world) firstEnded(exists bool) {
	w.t.Helper()
	w.revive()
	w.decided(w.sync())
	w.sync()
	want := map[string]string{"there": "There", "both": "Both"}
	if exists {
		want["here"] = "Here"
	}
	here, there := w.summaries(w.here("work")), w.summaries(w.there(w.work))
	if fmt.Sprint(here) != fmt.Sprint(want) || fmt.Sprint(there) != fmt.Sprint(want) {
		w.t.Errorf("here %v, there %v, want %v", here, there, want)
	}
	if roots := strings.Fields(w.git("rev-list", "--max-parents=0", "main")); len(roots) != 2 { // one of main, one of the tracking branch
		w.t.Errorf("main has %d beginnings, want its own and the server's", len(roots))
	}
	known, err := os.ReadFile(filepath.Join(w.state, "vdirs"))
	if err != nil || strings.Count(string(known), w.dir+"\n") != 1 {
		w.t.Errorf("known vdirs: %q, %v", known, err)
	}
	w.quietly(false)
}

// TestFirstSyncKilled (K27): the run that sets a vdir up dies, at its points and at each of its durable operations; the same command
// completes it.
func TestFirstSyncKilled(t *testing.T) {
	t.Parallel()
	for _, exists := range []bool{false, true} {
		w := startFirst(t, exists)
		d := disktest.New(filepath.Dir(w.dir))
		w.disk = d.Open
		w.sync()
		for n := range points(d.Durable(), 2*casesEach) {
			t.Run(fmt.Sprintf("%v/%d", exists, n), func(t *testing.T) {
				t.Parallel()
				w := startFirst(t, exists)
				d := disktest.New(filepath.Dir(w.dir))
				d.KillAt(n)
				w.disk = d.Open
				w.try()
				w.firstEnded(exists)
			})
		}
		for _, k := range slices.Concat(firstDeaths, []death{{rows: "K5", point: repo.AtBody}, {rows: "K16", point: repo.AtAnswer}}) {
			t.Run(fmt.Sprintf("%v/%s", exists, k), func(t *testing.T) {
				t.Parallel()
				w := startFirst(t, exists)
				k.arm(w, 1)
				w.try()
				w.firstEnded(exists)
			})
		}
	}
}

// TestFirstSyncPowerLoss (K27 with power loss): the machine stops while a vdir is set up. What the server was sent is not forgotten, and the vdir
// is not taken for another one.
func TestFirstSyncPowerLoss(t *testing.T) {
	t.Parallel()
	for _, exists := range []bool{false, true} {
		w := startFirst(t, exists)
		d := disktest.New(filepath.Dir(w.dir))
		w.disk = d.Open
		w.sync()
		for n := range points(d.Durable()+1, 2*casesEach) {
			for _, seed := range []uint64{0, uint64(n) + 2} {
				t.Run(fmt.Sprintf("%v/%d/%d", exists, n, seed), func(t *testing.T) {
					t.Parallel()
					w := startFirst(t, exists)
					after := memory(t)
					must(t, disktest.Copy(filepath.Dir(w.dir), after))
					d := disktest.New(filepath.Dir(w.dir))
					d.KillAt(n)
					w.disk = d.Open
					w.try()
					must(t, disktest.Replay(d.Log(), seed, after))
					w.dir, w.state = filepath.Join(after, "calendars"), filepath.Join(after, "state")
					w.firstEnded(exists)
				})
			}
		}
	}
}
