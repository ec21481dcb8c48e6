package repo_test

import (
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
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
			w.move("work/e.ics", "work/renamed.ics")
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
const casesEach = 4

// points spreads some numbers, or all if VGIT_CRASH_ALL is set, over 1 to total.
func points(total, some int) iter.Seq[int] {
	step := max(total/some, 1)
	if os.Getenv("VGIT_CRASH_ALL") != "" {
		step = 1
	}
	return func(yield func(int) bool) {
		for n := 1; n <= total; n += step {
			if !yield(n) {
				return
			}
		}
	}
}

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
	w.decided(w.sync())
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

// decided checks that a run came to a decision about all there was: nobody is asked, nothing waits.
func (w *world) decided(r *repo.RemoteReport) {
	w.t.Helper()
	for _, s := range r.Plan.Steps {
		if s.State != repo.Do {
			w.t.Errorf("%s %s: %s", s.State, s.Name, s.Why)
		}
	}
}

// killedOnce is a run that dies as soon as an operation of the disk was seen; what comes next finds a new process.
func (w *world) killedOnce(seen func(disktest.Op) bool) {
	w.t.Helper()
	d := disktest.New(filepath.Dir(w.dir))
	dead := false
	d.Before(func(op disktest.Op) error {
		if dead {
			return disktest.ErrKilled
		}
		dead = seen(op)
		return nil
	})
	w.disk = d.Open
	w.try()
	if !dead {
		w.t.Error("the run was not killed")
	}
	w.disk = quick(w)
	w.login()
}

// killedAt is a run that dies at a point.
func (w *world) killedAt(p repo.Point) {
	w.t.Helper()
	d := disktest.New(filepath.Dir(w.dir))
	w.disk = d.Open
	var dead atomic.Bool
	w.at = func(at repo.Point) {
		if at == p {
			dead.Store(true)
			d.Before(func(disktest.Op) error { return disktest.ErrKilled })
		}
	}
	w.try()
	if !dead.Load() {
		w.t.Errorf("the run did not come to %q", p)
	}
	w.disk, w.at = quick(w), nil
	w.login()
}

// unanswered is a run whose writes the server carries out, while no answer comes.
func (w *world) unanswered() {
	w.t.Helper()
	lost := w.server.On(davtest.Match{Method: "PUT"}).After().Drop()
	w.try()
	if lost.Hits() == 0 {
		w.t.Error("nothing was sent")
	}
	w.server.ClearFaults()
	w.login()
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
		for _, kind := range slices.Sorted(maps.Keys(servers)) {
			t.Run(sc.name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				w, d := sc.start(t, servers[kind])
				before := d.Durable()
				w.try()
				total := d.Durable() - before
				if total < 20 {
					t.Fatalf("the run made only %d durable operations", total)
				}
				for n := range points(total, casesEach) {
					t.Run(fmt.Sprint(n), func(t *testing.T) {
						w, d := sc.start(t, servers[kind])
						d.KillAt(n)
						w.try()
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
		for _, kind := range slices.Sorted(maps.Keys(servers)) {
			t.Run(sc.name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				w, _ := sc.start(t, servers[kind])
				w.server.ResetLog()
				w.try()
				total := len(w.server.Requests())
				for n := range points(total, casesEach) {
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

// interrupted is a pull that is killed, what happens on both sides before the next sync, and what has to hold after it.
type interrupted struct {
	items                  []string
	there, meanwhile, then func(*world)
}

// each kills the pull at some of its durable operations, each time in a new world.
func (c interrupted) each(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (*world, *disktest.Disk) {
		w := agreed(t, c.items)
		c.there(w)
		d := disktest.New(filepath.Dir(w.dir))
		w.disk = d.Open
		return w, d
	}
	w, d := start(t)
	w.sync()
	for n := range points(d.Durable(), 2*casesEach) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			w, d := start(t)
			d.KillAt(n)
			w.try()
			w.disk = quick(w)
			w.login()
			w.server.ResetLog()
			c.meanwhile(w)
			w.decided(w.sync())
			c.then(w)
		})
	}
}

// TestInterruptedPullThenTheServerMovesOn (K9 to K14, sequel b): what an interrupted pull wrote is not taken for the user's edit, and what
// it removed not for the user's deletion, although the server holds something else by then. Nothing is sent, nothing waits.
func TestInterruptedPullThenTheServerMovesOn(t *testing.T) {
	interrupted{
		items: []string{"edited", "deleted", "stays"},
		there: func(w *world) {
			w.work.Put("edited.ics", event("edited", "Second"))
			w.work.Put("new.ics", event("new", "New"))
			w.work.Delete("deleted.ics")
		},
		meanwhile: func(w *world) {
			w.work.Put("edited.ics", event("edited", "Third"))
			w.work.Delete("new.ics")
			w.work.Put("deleted.ics", event("deleted", "Back again"))
		},
		then: func(w *world) {
			if n := w.server.Writes(); n != 0 {
				w.t.Errorf("%d writes to the server", n)
			}
			w.settled()
			if got := w.read("work/edited.ics"); !strings.Contains(got, "Third") {
				w.t.Errorf("edited.ics = %q", got)
			}
		},
	}.each(t)
}

// TestInterruptedPullThenTheUserMovesOn (K9 to K14, sequel c): an edit of the user on top of what the interrupted pull wrote is that edit
// and no more; a rename is no deletion.
func TestInterruptedPullThenTheUserMovesOn(t *testing.T) {
	interrupted{
		items: []string{"edited", "renamed", "stays"},
		there: func(w *world) {
			w.work.Put("edited.ics", event("edited", "Second"))
			w.work.Put("renamed.ics", event("renamed", "Second"))
		},
		meanwhile: func(w *world) {
			if pulled := strings.Contains(w.read("work/edited.ics"), "Second"); pulled {
				w.write("work/edited.ics", event("edited", "Second", "LOCATION:Added here"))
			}
			w.move("work/renamed.ics", "work/other.ics")
		},
		then: func(w *world) {
			w.sync()
			w.settled()
			if len(w.here("work")) != 3 || !strings.Contains(w.read("work/other.ics"), "Second") {
				w.t.Errorf("files %q", w.here("work"))
			}
		},
	}.each(t)
}
