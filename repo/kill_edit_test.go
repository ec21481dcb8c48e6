package repo_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"vgit/repo"
	"vgit/repo/disk/disktest"
	"vgit/repo/item"
)

// editDeaths are where a run dies that edits the vdir for a person.
var editDeaths = []death{
	{rows: "K28", point: repo.AtEditPlanned}, {rows: "K28", point: repo.AtEditBegun}, {rows: "K28", point: repo.AtEditWritten},
	{rows: "K28", point: repo.AtEditKept}, {rows: "K28", point: repo.AtEdited},
}

// startEdit is a vdir with an edit by the user that is not recorded, in which vgit is about to put back one file, take one away, bring back one
// and move one.
func startEdit(t *testing.T) (w *world, edit func() error) {
	w = agreed(t, []string{"a", "b", "c", "m"})
	old, m := w.read("work/a.ics"), w.read("work/m.ics")
	w.editThere("a.ics", "SUMMARY:Theirs")
	w.sync()
	w.editHere("c.ics", "SUMMARY:Not recorded yet")
	return w, func() error {
		_, err := w.edit(map[string][]byte{"a.ics": []byte(old), "b.ics": nil, "n.ics": event("n", "Back")}, func(q *repo.EditRequest) {
			files := q.Plan
			q.Plan = func(ctx context.Context, l *repo.Local) ([]repo.FileEdit, error) {
				list, err := files(ctx, l)
				return append(list, repo.FileEdit{Collection: "work", Name: "moved.ics", Was: "work/m.ics", After: []byte(m)}), err
			}
		})
		return err
	}
}

// editSequels are what the user does between the run that died and the next, to what it was about to write.
var editSequels = []struct {
	name string
	do   func(w *world)
}{
	{"nothing", func(*world) {}},
	{"edited", func(w *world) {
		for name, body := range w.files() {
			_, both := w.files()["work/m.ics"]
			if name != "work/c.ics" && !(name == "work/moved.ics" && both) {
				w.write(name, adding(body, "LOCATION:Mine"))
			}
		}
	}},
	{"removed", func(w *world) {
		for name := range w.files() {
			if name == "work/n.ics" || name == "work/moved.ics" {
				w.remove(name)
			}
		}
	}},
}

// TestK28EditKilled: wherever a run dies that edits the vdir for a person, the next command finds that nothing was begun, or brings it to its end:
// all files are as they were to be, in one commit that is below what the user has done since, and on both sides after a sync. What the user
// saved at any moment stays.
func TestK28EditKilled(t *testing.T) {
	t.Parallel()
	for _, sequel := range editSequels {
		t.Run(sequel.name, func(t *testing.T) {
			t.Parallel()
			made, not, stride := 0, 0, 11
			if os.Getenv("VGIT_CRASH_ALL") != "" {
				stride = 1
			}
			for i := range editDeaths {
				w, edit := startEdit(t)
				editDeaths[i].arm(w, 1)
				if err := edit(); err == nil {
					t.Errorf("%s: nobody was killed", editDeaths[i])
				}
				w.editKilled(sequel.name, sequel.do, editDeaths[i].String())
			}
			for n, died := 1, true; died; n += stride {
				w, edit := startEdit(t)
				d := disktest.New(filepath.Dir(w.dir))
				died = false
				d.Before(func(op disktest.Op) error {
					if died = died || op.N >= n; died {
						return disktest.ErrKilled
					}
					return nil
				})
				w.disk = d.Open
				if err := edit(); err != nil && !died {
					t.Fatal(err)
				}
				if w.editKilled(sequel.name, sequel.do, fmt.Sprintf("killed at %d", n)) {
					made++
				} else {
					not++
				}
			}
			if made < 3 || not < 3 {
				t.Errorf("%d edits were made, %d were not", made, not)
			}
		})
	}
}

// editKilled looks at what the next commands make of a killed edit, and tells whether it is there.
func (w *world) editKilled(sequel string, do func(*world), when string) (made bool) {
	w.t.Helper()
	w.revive()
	do(w)
	var saved []string
	for _, body := range w.files() {
		if strings.Contains(string(body), "LOCATION:Mine") {
			saved = append(saved, item.Parse(body).UID())
		}
	}
	seen := w.everything()
	r, err := repo.Open(w.options(), true)
	must(w.t, err)
	_, err = r.Status(context.Background(), repo.Request{Remotes: []repo.Remote{w.remote()}, DryRun: true})
	must(w.t, err)
	must(w.t, r.Close())
	if diff := changedFiles(seen, w.everything()); len(diff) > 0 {
		w.t.Errorf("%s: a look changed %q", when, diff)
	}
	allow := func(q *repo.Request) { q.AllowDeletes = 9 }
	w.sync(allow)
	here := w.summaries(w.here("work"))
	log := w.git("log", "--format=%s", "main")
	made = strings.Contains(log, "undo ")
	if strings.Count(log, "undo ") > 1 {
		w.t.Errorf("%s, %s: one edit was taken for two:\n%s", when, sequel, log)
	}
	want := map[string]string{"a": "Theirs", "b": "First b", "c": "Not recorded yet", "m": "First m"}
	if made {
		want = map[string]string{"a": "First a", "c": "Not recorded yet", "m": "First m", "n": "Back"}
	}
	switch sequel {
	case "edited": // which is worth more than what was to be taken away
		for _, uid := range saved {
			if !strings.HasSuffix(here[uid], "+Mine") {
				w.t.Errorf("%s: the edit of %s is gone: %v", when, uid, here)
			}
		}
	case "removed":
		for _, uid := range []string{"n", "m"} {
			if here[uid] == "" {
				delete(want, uid)
			}
		}
		fallthrough
	default:
		if !maps.Equal(here, want) {
			w.t.Errorf("%s, %s: made %v, and the vdir has %v, want %v", when, sequel, made, here, want)
		}
	}
	_, err = os.Stat(filepath.Join(w.dir, "work", "moved.ics"))
	if sequel == "nothing" && (err == nil) != made {
		w.t.Errorf("%s: made %v, moved %v", when, made, err)
	}
	w.sync(allow)
	w.settled()
	return made
}

// TestF58EditOnAFailingDisk (F58, F61): from any operation on, the disk is full, fails, or can only be read. The edit then says so, or it was made;
// it is there in whole or not at all once the disk is well, and nothing that the user saved is gone.
func TestF58EditOnAFailingDisk(t *testing.T) {
	t.Parallel()
	for i, fault := range []error{syscall.ENOSPC, syscall.EIO, syscall.EROFS} {
		t.Run(fault.Error(), func(t *testing.T) {
			t.Parallel()
			made, not := 0, 0
			for n, failed := 1+i, true; failed; n += 17 {
				w, edit := startEdit(t)
				d := disktest.New(filepath.Dir(w.dir))
				failed = false
				d.Before(func(op disktest.Op) error {
					if failed = failed || op.N >= n; failed {
						return disktest.Short{Err: fault}
					}
					return nil
				})
				w.disk = d.Open
				err := edit()
				if w.editKilled("nothing", func(*world) {}, fmt.Sprintf("%v from %d on", fault, n)) {
					made++
				} else {
					not++
					if err == nil {
						t.Errorf("%v from %d on: nothing was made and nothing is said", fault, n)
					}
				}
			}
			if made < 2 || not < 2 {
				t.Errorf("%d edits were made, %d were not", made, not)
			}
		})
	}
}

// TestPowerLossInAnEdit (K28 with power loss): the machine stops at an operation of an edit, and of what was not made durable some, all or nothing is on
// disk afterwards. The edit is there in whole or not at all, and what the user had saved before is there.
func TestPowerLossInAnEdit(t *testing.T) {
	t.Parallel()
	made, not, stride := 0, 0, 13
	if os.Getenv("VGIT_CRASH_ALL") != "" {
		stride = 2
	}
	for n, died := 1, true; died; n += stride {
		for _, seed := range []uint64{0, uint64(n) + 2} {
			w, edit := startEdit(t)
			after := memory(t)
			must(t, disktest.Copy(filepath.Dir(w.dir), after))
			d := disktest.New(filepath.Dir(w.dir))
			died = false
			d.Before(func(op disktest.Op) error {
				if died = died || op.N >= n; died {
					return disktest.ErrKilled
				}
				return nil
			})
			w.disk = d.Open
			if err := edit(); err != nil && !died {
				t.Fatal(err)
			}
			must(t, disktest.Replay(d.Log(), seed, after))
			w.dir, w.state = filepath.Join(after, "calendars"), filepath.Join(after, "state")
			if w.editKilled("nothing", func(*world) {}, fmt.Sprintf("power lost at %d, seed %d", n, seed)) {
				made++
			} else {
				not++
			}
		}
	}
	if made < 3 || not < 3 {
		t.Errorf("%d edits were made, %d were not", made, not)
	}
}
