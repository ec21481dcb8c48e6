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
	"vgit/repo/disk/disktest"
)

// TestF101LostObjects: an object of what a sync builds on is gone or garbled. The run stops there, nothing is deleted or sent, the object is
// named, and the remedy that is named too brings both sides together again.
func TestF101LostObjects(t *testing.T) {
	t.Parallel()
	for i, name := range []string{
		"refs/remotes/server/main", "refs/remotes/server/main^{tree}", "refs/remotes/server/main:.vgit/collection/work",
		"refs/vgit/server/base", "refs/vgit/server/base^{tree}", "refs/vgit/server/base:.vgit/base",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(3))
			w.write("work/i00.ics", event("i00", "Edited here"))
			object := w.spoilObject(name, i%2 == 0)
			w.server.ResetLog()
			_, err := w.try()
			if err == nil || !strings.Contains(err.Error(), object) {
				t.Fatalf("error %v, want one about %s", err, object)
			}
			if n := len(w.server.Requests()); n != 0 || len(w.here("work")) != 3 {
				t.Errorf("%d requests, %d files", n, len(w.here("work")))
			}
			_, remedy, _ := strings.Cut(err.Error(), "joined anew: ")
			for _, line := range strings.Split(remedy, "; ") {
				w.git(strings.Fields(line)[1:]...)
			}
			w.noDelete(w.sync())
			w.write("work/i00.ics", event("i00", "First i00"))
			w.sync()
			w.settled()
		})
	}
}

// TestF101LostMain: what main holds is gone. Nothing follows from that: no file is touched and nobody is asked.
func TestF101LostMain(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"main", "main^{tree}", "main:work"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(3))
			w.write("work/i00.ics", event("i00", "Edited here"))
			object := w.spoilObject(name, false)
			w.server.ResetLog()
			_, err := w.try()
			if err == nil || !strings.Contains(err.Error(), object) || !strings.Contains(err.Error(), "backup") {
				t.Errorf("error %v, want one about %s", err, object)
			}
			if n := w.server.Writes(); n != 0 || len(w.here("work")) != 3 {
				t.Errorf("%d writes, %d files", n, len(w.here("work")))
			}
		})
	}
}

// spoilObject removes or garbles a loose object.
func (w *world) spoilObject(name string, garble bool) string {
	w.t.Helper()
	h := strings.TrimSpace(w.git("rev-parse", name))
	p := filepath.Join(w.dir, ".git/objects", h[:2], h[2:])
	must(w.t, os.Remove(p))
	if garble {
		must(w.t, os.WriteFile(p, []byte("garbled"), 0o400))
	}
	return h
}

// TestF102GitClearsUpMeanwhile: git packs, prunes and rewrites what is in the repository at every request and before every move of a ref.
func TestF102GitClearsUpMeanwhile(t *testing.T) {
	t.Parallel()
	tidy := [][]string{
		{"gc", "-q", "--prune=now"}, {"repack", "-adq"}, {"pack-refs", "--all", "--prune"}, {"prune", "--expire=now"},
		{"commit-graph", "write", "--reachable"}, {"multi-pack-index", "write"}, {"maintenance", "run", "--quiet", "--task=loose-objects"},
		{"reflog", "expire", "--expire=now", "--all"}, {"prune-packed", "-q"},
	}
	sc := scenes[2]
	w, d := sc.start(t, nil)
	n := 0
	step := func() {
		w.git(tidy[n%len(tidy)]...)
		n++
	}
	w.server.On(davtest.Match{}).Before().Call(step)
	moves := 0
	d.Before(func(op disktest.Op) error {
		if op.Kind == disktest.Link && strings.Contains(op.To, "/refs/") {
			if moves++; moves%2 == 0 {
				step()
			}
		}
		return nil
	})
	w.decided(w.sync())
	if n < len(tidy) {
		t.Errorf("git was only run %d times", n)
	}
	w.server.ClearFaults()
	sc.healed(w)
	w.sound()
}

// TestF105WhatGitStoredIsNotTheFile: git was told to convert line ends, or to run a filter, and the user committed so: main and
// the index do not have the bytes of the files. The files count. Nothing is sent for it, and edits of both sides go on.
func TestF105WhatGitStoredIsNotTheFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config     []string
		attributes string
		when       []string
	}{
		"autocrlf":  {config: []string{"core.autocrlf", "true"}, when: []string{"before vgit"}},
		"text=auto": {attributes: "* text=auto\n", when: []string{"meanwhile"}},
		"filter":    {config: []string{"filter.upper.clean", "tr a-z A-Z"}, attributes: "*.ics filter=upper\n", when: []string{"before vgit", "meanwhile"}},
		"lfs":       {config: []string{"filter.lfs.clean", "sha1sum"}, attributes: "*.ics filter=lfs diff=lfs merge=lfs -text\n", when: []string{"before vgit"}},
		"encoding":  {attributes: "*.ics working-tree-encoding=latin1\n", when: []string{"meanwhile"}},
	} {
		for _, when := range c.when {
			t.Run(name+" "+when, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.disk = quick(w)
				for _, n := range letters(3) {
					w.work.Put(n+".ics", event(n, "First "+n))
				}
				if when == "meanwhile" {
					w.sync()
					must(t, os.Remove(filepath.Join(w.dir, ".git/info/attributes")))
				} else {
					must(t, os.MkdirAll(w.dir, 0o700))
					w.git("init", "-q", "-b", "main")
					for _, n := range letters(3) {
						w.write("work/"+n+".ics", event(n, "First "+n))
					}
				}
				if c.config != nil {
					w.git(append([]string{"config"}, c.config...)...)
				}
				if c.attributes != "" {
					w.write(".gitattributes", []byte(c.attributes))
				}
				w.git("add", "--renormalize", ".")
				w.git("add", "-A")
				w.git("commit", "-q", "--allow-empty", "-m", "by hand")
				w.server.ResetLog()
				w.decided(w.sync())
				if n := w.server.Writes(); n != 0 {
					t.Errorf("%d writes", n)
				}
				w.work.Put("i00.ics", event("i00", "Edited there"))
				w.write("work/i01.ics", event("i01", "Edited here"))
				w.decided(w.sync())
				if got := w.read("work/i00.ics"); got != string(event("i00", "Edited there")) {
					t.Errorf("i00.ics = %q", got)
				}
				if got, _ := w.work.Get("i01.ics"); string(got) != string(event("i01", "Edited here")) {
					t.Errorf("i01 there = %q", got)
				}
				if got := w.git("cat-file", "blob", "main:work/i02.ics"); got != string(event("i02", "First i02")) {
					t.Errorf("main has %q", got)
				}
				w.equal()
			})
		}
	}
}

// TestF115DryRunAtAnyState: whatever state a run finds, a dry run changes not a byte and sends nothing but questions, and the next run does
// what it said.
func TestF115DryRunAtAnyState(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]func(*world){
		"edits on both sides": func(w *world) {},
		"killed in a pull":    func(w *world) { w.killedOnce(func(op disktest.Op) bool { return op.Kind == disktest.Exchange }) },
		"killed in a push":    func(w *world) { w.unanswered() },
		"lost base":           func(w *world) { w.git("update-ref", "-d", "refs/vgit/server/base") },
		"lost tracking":       func(w *world) { w.git("update-ref", "-d", "refs/remotes/server/main") },
		"packed":              func(w *world) { w.git("gc", "-q"); w.git("pack-refs", "--all") },
		"staged":              func(w *world) { w.git("add", "-A") },
		"index lost":          func(w *world) { w.remove(".git/index") },
		"a new calendar":      func(w *world) { w.server.AddCalendar("ada", "new", davtest.Props{}) },
		"a directory gone":    func(w *world) { w.move("work", "../gone") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(4))
			w.write("work/i00.ics", event("i00", "Edited here"))
			w.work.Put("i01.ics", event("i01", "Edited there"))
			w.remove("work/i02.ics")
			state(w)
			before, there := w.really(), fmt.Sprint(w.there(w.work))
			w.server.ResetLog()
			dry := w.sync(func(q *repo.Request) { q.DryRun = true })
			if diff := changedFiles(before, w.really()); len(diff) > 0 {
				t.Errorf("a dry run changed %q", diff)
			}
			if w.server.Writes() != 0 || fmt.Sprint(w.there(w.work)) != there {
				t.Error("a dry run changed the server")
			}
			real := w.sync()
			if a, b := planned(dry.Plan.InState(repo.Do)), planned(real.Done); a != b {
				t.Errorf("said\n%sdid\n%s", a, b)
			}
		})
	}
}

// planned are steps in words, without what only a real run can know.
func planned(steps []*repo.Step) string {
	var all []string
	for _, s := range steps {
		all = append(all, fmt.Sprintf("%v %v %s/%s\n", s.Side, s.Kind, s.Collection, s.Name))
	}
	slices.Sort(all)
	return strings.Join(all, "")
}

// really lists all there is below the vdir and beside it, with times and modes.
func (w *world) really() map[string]string {
	w.t.Helper()
	found := map[string]string{}
	must(w.t, filepath.Walk(filepath.Dir(w.dir), func(p string, i os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		var b []byte
		if i.Mode().IsRegular() {
			b, err = os.ReadFile(p)
		}
		found[p] = fmt.Sprint(i.ModTime(), i.Mode(), string(b))
		return err
	}))
	return found
}
