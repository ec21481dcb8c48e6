package repo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vgit/repo"
)

// on lets the world run on a machine.
func (w *world) on(id string) {
	w.set = func(o *repo.Options) { o.Machine = repo.Machine{ID: id, Name: id + "-name"} }
}

// notices is a sync that comes to its end, with what it said once.
func (w *world) notices(change ...func(*repo.Request)) (string, *repo.RemoteReport) {
	w.t.Helper()
	report, err := w.try(change...)
	must(w.t, err)
	must(w.t, report.Remotes[0].Err)
	var said []string
	for _, p := range report.Notices {
		said = append(said, p.What)
	}
	return strings.Join(said, "\n"), report.Remotes[0]
}

// lived is a world that was synced on the machine "one".
func lived(t *testing.T) *world {
	w := newWorld(t)
	w.disk = quick(w)
	w.on("one")
	for _, n := range letters(12) {
		w.work.Put(n+".ics", event(n, "First "+n))
	}
	w.sync()
	return w
}

// TestG13CopyIsNoticed (F104): a copy of a repository goes on like another device and says so once. Of its first run no deletion is sent by
// itself, be it one, since the copy may not have all files; what was deleted there goes here, and the second run is as any.
func TestG13CopyIsNoticed(t *testing.T) {
	t.Parallel()
	w := lived(t)
	first, second := w.dir, filepath.Join(filepath.Dir(w.dir), "second")
	copyTree(t, first, second)
	w.work.Delete("i00.ics")
	w.work.Put("new.ics", event("new", "New there"))
	w.dir = second
	w.on("two")
	w.remove("work/i01.ics") // as if the copy had not come to it
	w.write("work/mine.ics", event("mine", "New here"))
	w.server.ResetLog()
	said, r := w.notices()
	if want := "a copy of " + first + " on one-name"; !strings.Contains(said, want) {
		t.Errorf("said %q, want %q", said, want)
	}
	if n := w.server.Count("DELETE"); n != 0 || len(r.Plan.Holds) != 1 || r.Plan.Holds[0].Class != repo.PushDeletions {
		t.Errorf("%d deletions, holds %+v", n, r.Plan.Holds)
	}
	if w.here("work")["i00"] != nil || w.here("work")["new"] == nil || w.there(w.work)["mine"] == nil {
		t.Error("what is no deletion of the copy's did not go through")
	}
	if _, r = w.notices(); len(r.Plan.Holds) != 1 {
		t.Errorf("nobody answered, and the hold is gone: %+v", r.Plan.Holds)
	}
	w.notices(func(q *repo.Request) { q.AllowDeletes = 1 })
	w.remove("work/i02.ics")
	if said, r = w.notices(); said != "" || len(r.Plan.Holds) != 0 {
		t.Errorf("said %q, holds %+v, in a run like any", said, r.Plan.Holds)
	}
	w.settled()
	w.dir = first
	w.on("one")
	if said, r = w.notices(); said != "" {
		t.Errorf("the first one says %q", said)
	}
	w.decided(r)
	w.settled()
}

// TestG13WhatIsNoCopy: a vdir that was moved, one that several machines have mounted, one that was put back from a backup, and one that a
// vgit synced which did not take note of the place, are what they were: one deletion goes through, and nothing is said.
func TestG13WhatIsNoCopy(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*testing.T, *world){
		"nothing":         func(*testing.T, *world) {},
		"another machine": func(_ *testing.T, w *world) { w.on("two") },
		"moved": func(t *testing.T, w *world) {
			to := filepath.Join(filepath.Dir(w.dir), "moved")
			must(t, os.Rename(w.dir, to))
			w.dir = to
		},
		"put back": func(t *testing.T, w *world) {
			to := filepath.Join(filepath.Dir(w.dir), "away")
			must(t, os.Rename(w.dir, to))
			copyTree(t, to, w.dir)
		},
		"no note":    func(t *testing.T, w *world) { must(t, os.Remove(filepath.Join(w.dir, ".git/vgit/place"))) },
		"no machine": func(_ *testing.T, w *world) { w.set = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := lived(t)
			change(t, w)
			w.remove("work/i01.ics")
			said, r := w.notices()
			if said != "" || len(r.Plan.Holds) != 0 {
				t.Errorf("said %q, holds %+v", said, r.Plan.Holds)
			}
			w.settled()
		})
	}
}

// TestG13CloneWithAllRefs: it has the base, and nothing of what a run leaves beside the refs.
func TestG13CloneWithAllRefs(t *testing.T) {
	t.Parallel()
	w := lived(t)
	second := filepath.Join(filepath.Dir(w.dir), "second")
	w.git("clone", "-q", w.dir, second)
	w.dir = second
	w.git("fetch", "-q", "origin", "refs/vgit/*:refs/vgit/*", "+refs/remotes/server/*:refs/remotes/server/*")
	w.git("remote", "remove", "origin")
	w.remove("work/i01.ics")
	said, r := w.notices()
	if !strings.Contains(said, "is a copy of another one") || len(r.Plan.Holds) != 1 {
		t.Errorf("said %q, holds %+v", said, r.Plan.Holds)
	}
}

// TestG13LostBaseIsSaid (F98): what both sides agreed on is lost, with the snapshots or without, or this is a clone with main alone. Nothing is
// deleted, what one side had just deleted comes back, and how many did is said, once. A first sync says nothing, be it cut short.
func TestG13LostBaseIsSaid(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*world){
		"base": func(w *world) { w.git("update-ref", "-d", "refs/vgit/server/base") },
		"base and tracking": func(w *world) {
			w.git("update-ref", "-d", "refs/vgit/server/base")
			w.git("update-ref", "-d", "refs/remotes/server/main")
		},
		"clone": func(w *world) {
			second := filepath.Join(filepath.Dir(w.dir), "second")
			w.git("clone", "-q", w.dir, second)
			w.dir = second
			w.git("remote", "remove", "origin")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := lived(t)
			lose(w)
			w.remove("work/i01.ics")
			w.work.Delete("i02.ics")
			w.server.ResetLog()
			dry, _ := w.notices(func(q *repo.Request) { q.DryRun = true })
			said, r := w.notices()
			w.noDelete(r)
			if !strings.Contains(said, "1 item came here and 1 item went there") || dry != said {
				t.Errorf("said %q, and before %q", said, dry)
			}
			if len(w.here("work")) != 12 || w.work.Len() != 12 {
				t.Errorf("%d files, %d items", len(w.here("work")), w.work.Len())
			}
			if said, _ = w.notices(); said != "" {
				t.Errorf("said again: %q", said)
			}
			w.settled()
		})
	}
	for _, dies := range []repo.Point{"", repo.AtFetched, repo.AtPulled, repo.AtAgreeKept} {
		w := newWorld(t)
		w.disk = quick(w)
		w.work.Put("a.ics", event("a", "First a"))
		w.write("work/b.ics", event("b", "Mine"))
		if dies != "" {
			w.killedAt(dies)
		}
		if said, _ := w.notices(); said != "" {
			t.Errorf("a first sync that died at %q says %q", dies, said)
		}
		w.settled()
	}
}
