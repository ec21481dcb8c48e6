package repo_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/disk"
	"vgit/repo/disk/disktest"
	"vgit/repo/item"
)

// scene is a state of both sides, and what has to be on both once a sync came to its end.
type scene struct {
	name string
	// before makes the state that is agreed, after what is open when the run begins that will be killed.
	before, after func(*world)
	want          map[string]string // UID → SUMMARY
}

var scenes = []scene{
	{
		name:   "download",
		before: func(w *world) {},
		after: func(w *world) {
			for i := range 4 {
				w.work.Put(fmt.Sprintf("i%d.ics", i), event(fmt.Sprintf("i%d", i), fmt.Sprintf("Item %d", i)))
			}
		},
		want: map[string]string{"i0": "Item 0", "i1": "Item 1", "i2": "Item 2", "i3": "Item 3"},
	},
	{
		name:   "upload",
		before: func(w *world) { w.work.Put("a.ics", event("a", "Anna")) },
		after: func(w *world) {
			for i := range 3 {
				w.write(fmt.Sprintf("work/i%d.ics", i), event(fmt.Sprintf("i%d", i), fmt.Sprintf("Item %d", i), "X-LOCAL:1"))
			}
		},
		want: map[string]string{"a": "Anna", "i0": "Item 0", "i1": "Item 1", "i2": "Item 2"},
	},
	{
		name: "mixed",
		before: func(w *world) {
			for _, n := range []string{"a", "b", "c", "d", "e", "f"} {
				w.work.Put(n+".ics", event(n, "First "+n))
			}
		},
		after: func(w *world) {
			w.write("work/a.ics", event("a", "Changed here", "X-LOCAL:1"))
			w.work.Put("b.ics", event("b", "Changed there"))
			w.remove("work/c.ics")
			w.work.Delete("d.ics")
			w.write("work/n.ics", event("n", "New here", "X-LOCAL:1"))
			w.work.Put("m.ics", event("m", "New there"))
			must(w.t, os.Rename(filepath.Join(w.dir, "work/e.ics"), filepath.Join(w.dir, "work/renamed.ics")))
		},
		want: map[string]string{"a": "Changed here", "b": "Changed there", "e": "First e", "f": "First f", "n": "New here", "m": "New there"},
	},
}

// servers are ways in which a server treats what it is sent.
var servers = map[string][]davtest.Option{
	"keeping":   nil,
	"rewriting": {davtest.RewritesOnPut(davtest.Sort())},
	"no etags":  {davtest.NoETagOnPut, davtest.RewritesOnPut(davtest.StripX())},
	"no tokens": {davtest.NoSyncCollection, davtest.NoTokens},
}

// casesEach is how many points of a run are tried for each scene and server, unless VGIT_CRASH_ALL asks for all.
const casesEach = 15

// start is a scene at the moment before the run that is killed, on a disk that can be watched.
func (sc scene) start(t *testing.T, opts []davtest.Option) (*world, *disktest.Disk) {
	t.Helper()
	w := newWorld(t, opts...)
	w.disk = quick(w)
	sc.before(w)
	w.sync()
	sc.after(w)
	d := disktest.New(filepath.Dir(w.dir))
	w.disk = d.Open
	return w, d
}

// healed runs what a timer would run next, and checks that all is as if nothing had happened.
func (sc scene) healed(w *world) {
	w.t.Helper()
	w.disk = quick(w)
	w.login()
	report := w.sync()
	for _, s := range report.Plan.Steps {
		if s.State != "do" {
			w.t.Errorf("after a crash %s %s: %s", s.State, s.Name, s.Why)
		}
	}
	got := map[string]string{}
	for uid, body := range w.here("work") {
		got[uid] = item.Parse(body).Summary()
	}
	for uid, summary := range sc.want {
		if got[uid] != summary {
			w.t.Errorf("%s = %q, want %q", uid, got[uid], summary)
		}
	}
	if len(got) != len(sc.want) {
		w.t.Errorf("items here: %v, want %v", got, sc.want)
	}
	w.sync()                    // a server that rewrites may need one more look
	if len(w.t.Name())%7 == 0 { // git is slow to start; a sample of the cases will do
		w.sound()
	}
	for uid, body := range w.there(w.work) {
		if it := item.Parse(body); it.Summary() != sc.want[uid] {
			w.t.Errorf("there %s = %q, want %q", uid, it.Summary(), sc.want[uid])
		}
	}
	if n := w.work.Len(); n != len(sc.want) {
		w.t.Errorf("%d items there, want %d", n, len(sc.want))
	}
	w.quiet()
	w.noLeftovers()
}

// quick is the disk without waiting for it to be durable: these tests prove nothing about that.
func quick(w *world) func(string) (disk.Dir, error) { return disktest.New(filepath.Dir(w.dir)).Open }

// noLeftovers looks for what a killed run must not leave for ever (I5).
func (w *world) noLeftovers() {
	w.t.Helper()
	for name := range w.everything() {
		if strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, ".lock") || strings.HasSuffix(name, ".keep") || strings.Contains(name, "tmp_") {
			w.t.Errorf("left over: %s", name)
		}
	}
	if _, err := os.Stat(filepath.Join(w.dir, ".git/refs/vgit/server/pending")); err == nil {
		w.t.Error("pending is left")
	}
}

// TestKillAtEveryDiskOperation (K2 to K15, K21 to K26, sequel a): whatever durable operation a run dies at, the next sync brings
// both sides to the same end, asks nobody and makes up no conflict.
func TestKillAtEveryDiskOperation(t *testing.T) {
	t.Parallel()
	for _, sc := range scenes {
		for _, kind := range slices.Sorted(mapKeys(servers)) {
			t.Run(sc.name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				w, d := sc.start(t, servers[kind])
				before := d.Durable()
				w.try()
				total := d.Durable() - before
				if total < 20 {
					t.Fatalf("the run made only %d durable operations", total)
				}
				step := max(total/casesEach, 1)
				if os.Getenv("VGIT_CRASH_ALL") != "" {
					step = 1
				}
				for n := 1; n <= total; n += step {
					t.Run(fmt.Sprint(n), func(t *testing.T) {
						w, d := sc.start(t, servers[kind])
						d.KillAt(n)
						if _, err := w.try(); err == nil && n < total-2 {
							t.Logf("killed at %d of %d, and no error", n, total)
						}
						sc.healed(w)
					})
				}
			})
		}
	}
}

// TestKillAtEveryRequest (K5, K15 to K20): the process dies when the server gets a request, and when it has carried it out.
func TestKillAtEveryRequest(t *testing.T) {
	t.Parallel()
	for _, sc := range scenes {
		for _, kind := range slices.Sorted(mapKeys(servers)) {
			t.Run(sc.name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				w, _ := sc.start(t, servers[kind])
				w.server.ResetLog()
				w.try()
				total := len(w.server.Requests())
				for n := 1; n <= total; n++ {
					for _, after := range []bool{false, true} {
						t.Run(fmt.Sprintf("%d/%v", n, after), func(t *testing.T) {
							w, d := sc.start(t, servers[kind])
							fault := w.server.On(davtest.Match{N: n}).Before()
							if after {
								fault = w.server.On(davtest.Match{N: n}).After()
							}
							fault.Call(func() {
								d.Before(func(disktest.Op) error { return disktest.ErrKilled })
							})
							w.server.On(davtest.Match{From: n}).After().Drop()
							w.try()
							w.server.ClearFaults()
							sc.healed(w)
						})
					}
				}
			})
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// TestInterruptedPullThenTheServerMovesOn (K9 to K14, sequel b): what an interrupted pull wrote is not taken for the user's edit, and what
// it removed not for the user's deletion, although the server holds something else by then. Nothing is sent, nothing waits.
func TestInterruptedPullThenTheServerMovesOn(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (*world, *disktest.Disk) {
		w := agreed(t, []string{"edited", "deleted", "stays"})
		w.work.Put("edited.ics", event("edited", "Second"))
		w.work.Put("new.ics", event("new", "New"))
		w.work.Delete("deleted.ics")
		d := disktest.New(filepath.Dir(w.dir))
		w.disk = d.Open
		return w, d
	}
	w, d := start(t)
	w.sync()
	total := d.Durable()
	for n := 1; n <= total; n += max(total/30, 1) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			w, d := start(t)
			d.KillAt(n)
			w.try()
			w.disk = quick(w)
			w.work.Put("edited.ics", event("edited", "Third"))
			w.work.Delete("new.ics")
			w.work.Put("deleted.ics", event("deleted", "Back again"))
			w.server.ResetLog()
			w.login()
			r := w.sync()
			for _, s := range r.Plan.Steps {
				if s.State != repo.Do {
					t.Errorf("%s %s: %s", s.State, s.Name, s.Why)
				}
			}
			if n := w.server.Writes(); n != 0 {
				t.Errorf("%d writes to the server", n)
			}
			w.settled()
			if got := w.read("work/edited.ics"); !strings.Contains(got, "Third") {
				t.Errorf("edited.ics = %q", got)
			}
		})
	}
}

// TestInterruptedPullThenTheUserMovesOn (K9 to K14, sequel c): an edit of the user on top of what the interrupted pull wrote is that edit
// and no more; a rename is no deletion.
func TestInterruptedPullThenTheUserMovesOn(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (*world, *disktest.Disk) {
		w := agreed(t, []string{"edited", "renamed", "stays"})
		w.work.Put("edited.ics", event("edited", "Second"))
		w.work.Put("renamed.ics", event("renamed", "Second"))
		d := disktest.New(filepath.Dir(w.dir))
		w.disk = d.Open
		return w, d
	}
	w, d := start(t)
	w.sync()
	total := d.Durable()
	for n := 1; n <= total; n += max(total/30, 1) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			w, d := start(t)
			d.KillAt(n)
			w.try()
			w.disk = quick(w)
			w.login()
			if pulled := strings.Contains(w.read("work/edited.ics"), "Second"); pulled {
				w.write("work/edited.ics", event("edited", "Second", "LOCATION:Added here"))
			}
			must(t, os.Rename(filepath.Join(w.dir, "work/renamed.ics"), filepath.Join(w.dir, "work/other.ics")))
			r := w.sync()
			for _, s := range r.Plan.Steps {
				if s.State != repo.Do {
					t.Errorf("%s %s: %s", s.State, s.Name, s.Why)
				}
			}
			w.sync()
			w.settled()
			if len(w.here("work")) != 3 || !strings.Contains(w.read("work/other.ics"), "Second") {
				t.Errorf("files %v", w.here("work"))
			}
		})
	}
}
