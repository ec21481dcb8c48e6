package repo_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/store"
)

// copyTree makes a copy of a directory with everything in it, times and modes included.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	must(t, filepath.Walk(from, func(p string, i os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, p)
		dest := filepath.Join(to, rel)
		if i.IsDir() {
			return os.MkdirAll(dest, i.Mode().Perm())
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		if err := os.WriteFile(dest, b, i.Mode().Perm()); err != nil {
			return err
		}
		return os.Chtimes(dest, i.ModTime(), i.ModTime())
	}))
}

// TestF87WholeDiskFromABackup: vdir and repository are those of last week, and both sides went on since. What the server has
// comes here, and nothing old is sent.
func TestF87WholeDiskFromABackup(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(8))
	backup := filepath.Join(t.TempDir(), "backup")
	copyTree(t, w.dir, backup)
	w.write("work/i00.ics", event("i00", "Edited here since"))
	w.write("work/mine.ics", event("mine", "New here since"))
	w.remove("work/i01.ics")
	w.sync()
	w.work.Put("i02.ics", event("i02", "Edited there since"))
	w.work.Delete("i03.ics")
	w.sync()
	must(t, os.RemoveAll(w.dir))
	copyTree(t, backup, w.dir)
	w.server.ResetLog()
	w.decided(w.sync())
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
	here := w.here("work")
	for uid, want := range map[string]string{"i00": "Edited here since", "mine": "New here since", "i02": "Edited there since"} {
		if !strings.Contains(string(here[uid]), want) {
			t.Errorf("%s = %q, want %q", uid, here[uid], want)
		}
	}
	if here["i01"] != nil || here["i03"] != nil {
		t.Error("what was deleted came back")
	}
	w.settled()
}

// TestF88OnlyTheFilesFromABackup: the files are older than the repository. They are edits of the user's like others, and what is
// missing among them counts for the guard.
func TestF88OnlyTheFilesFromABackup(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(8))
	backup := filepath.Join(t.TempDir(), "backup")
	copyTree(t, filepath.Join(w.dir, "work"), backup)
	for i := range 7 {
		n := fmt.Sprintf("new%d", i)
		w.work.Put(n+".ics", event(n, "New since"))
	}
	w.work.Put("i00.ics", event("i00", "Edited since"))
	w.sync()
	must(t, os.RemoveAll(filepath.Join(w.dir, "work")))
	copyTree(t, backup, filepath.Join(w.dir, "work"))
	w.server.ResetLog()
	r := w.sync()
	if n := states(r)[repo.Held]; n != 7 {
		t.Errorf("%d steps held, want 7: %+v", n, r.Plan.Steps)
	}
	if n := w.server.Count("DELETE"); n != 0 {
		t.Errorf("%d deletions", n)
	}
	w.now = w.now.Add(time.Minute)
	if !strings.Contains(w.git("log", "--format=%s", "-1", "main"), "edit") || !strings.Contains(w.git("show", "main~1:work/i00.ics"), "Edited since") {
		t.Error("what was there before is not in the history")
	}
}

// TestF90ForeignIndexLock: somebody's index.lock stays. The data is synced, it is said, and the next run without it heals the index.
func TestF90ForeignIndexLock(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	lock := filepath.Join(w.dir, ".git/index.lock")
	must(t, os.WriteFile(lock, nil, 0o600))
	w.write("work/a.ics", event("a", "Edited here"))
	w.work.Put("b.ics", event("b", "Edited there"))
	report, err := w.try()
	must(t, err)
	must(t, report.Remotes[0].Err)
	w.equal()
	if len(report.Problems) != 1 || !strings.Contains(report.Problems[0].What, "index.lock") || report.Problems[0].Severity != repo.Temporary {
		t.Errorf("problems %+v", report.Problems)
	}
	if _, err := os.Stat(lock); err != nil {
		t.Error("the lock of another program was removed")
	}
	must(t, os.Remove(lock))
	w.sync()
	w.settled()
}

// TestF91CommitByHandDuringASync: the user commits while the server is asked. The plan is made again on that commit, both are
// in the history, and both sides end up alike.
func TestF91CommitByHandDuringASync(t *testing.T) {
	t.Parallel()
	for name, commit := range map[string]func(*world){
		"notes": func(w *world) {
			w.write("notes.txt", []byte("hello"))
			w.git("add", "notes.txt")
			w.git("commit", "-qm", "by hand")
		},
		"an item": func(w *world) {
			w.write("work/b.ics", event("b", "Committed by hand"))
			w.git("commit", "-qam", "by hand")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a", "b", "c"})
			w.work.Put("a.ics", event("a", "There"))
			w.write("work/c.ics", event("c", "Here"))
			w.during(func() { commit(w) })
			w.sync()
			if !strings.Contains(w.read("work/a.ics"), "There") {
				t.Error("what the server had did not come in this run")
			}
			if body, _ := w.work.Get("c.ics"); !strings.Contains(string(body), "Here") {
				t.Error("what was edited here was not sent in this run")
			}
			log := w.git("log", "--format=%s", "main")
			for _, subject := range []string{"by hand", "sync work: 1 pulled"} {
				if strings.Count(log, subject) != 1 {
					t.Errorf("%q is not once in\n%s", subject, log)
				}
			}
			w.sync()
			w.settled()
		})
	}
}

// TestF92WhatIsOnlyStagedIsKept: the worktree is the truth. What was staged and is not in it is not sent, and stays reachable.
func TestF92WhatIsOnlyStagedIsKept(t *testing.T) {
	t.Parallel()
	for _, back := range []string{"First a", "Third"} {
		w := agreed(t, []string{"a", "b"})
		w.write("work/a.ics", event("a", "Only staged"))
		w.write("work/n.ics", event("n", "Staged and removed"))
		w.git("add", "-A")
		w.write("work/a.ics", event("a", back))
		w.remove("work/n.ics")
		w.write("work/i.ics", event("i", "Intended"))
		w.git("add", "-N", "work/i.ics")
		var blobs []string
		for _, p := range []string{":work/a.ics", ":work/n.ics"} {
			blobs = append(blobs, strings.TrimSpace(w.git("rev-parse", p)))
		}
		w.server.On(davtest.Match{Method: "PUT", Body: "taged"}).Call(func() { t.Error("what was only staged was sent") })
		for range 2 {
			w.sync()
		}
		w.settled()
		w.git("gc", "-q", "--prune=now")
		for _, b := range blobs {
			if kind := strings.TrimSpace(w.git("cat-file", "-t", b)); kind != "blob" {
				t.Errorf("%s is lost: %s", b, kind)
			}
		}
		if there := w.there(w.work); !strings.Contains(string(there["a"]), back) || there["i"] == nil || there["n"] != nil {
			t.Errorf("there: %q", there)
		}
	}
}

// TestF83ModesAreNoEdits: modes changed by hand, committed or not, are nobody's edit, git stays content, and what vgit writes
// leaves them as they are.
func TestF83ModesAreNoEdits(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b", "c"})
	for name, mode := range map[string]os.FileMode{"a": 0o755, "b": 0o644, "c": 0o700} {
		must(t, os.Chmod(filepath.Join(w.dir, "work", name+".ics"), mode))
	}
	w.git("-c", "core.fileMode=true", "commit", "-qm", "by hand", "work/a.ics")
	w.server.ResetLog()
	for range 2 {
		w.sync()
	}
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
	w.settled()
	for _, n := range []string{"a", "b"} {
		w.work.Put(n+".ics", event(n, "Edited there"))
	}
	w.write("work/c.ics", event("c", "Edited here"))
	w.sync()
	w.settled()
	for name, want := range map[string]os.FileMode{"a": 0o755, "b": 0o644, "c": 0o700} {
		if i, err := os.Stat(filepath.Join(w.dir, "work", name+".ics")); err != nil || i.Mode().Perm() != want {
			t.Errorf("%s has the mode %v, want %v", name, i.Mode(), want)
		}
	}
	if mode := w.git("ls-tree", "main", "work/a.ics"); !strings.HasPrefix(mode, "100755") {
		t.Errorf("main has %s", mode)
	}
}

// TestF94RefusedBeforeAnyStep: a repository in the middle of something else is left alone, and nobody is asked.
func TestF94RefusedBeforeAnyStep(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]func(*world){
		"branch":   func(w *world) { w.git("switch", "-qc", "other") },
		"detached": func(w *world) { w.git("checkout", "-q", "--detach") },
		"rebase":   func(w *world) { _, _ = w.tryGit("rebase", "-q", "--exec", "false", "HEAD~1") },
		"sparse":   func(w *world) { w.git("sparse-checkout", "set", "--no-cone", "/work/b.ics") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a", "b"})
			w.write("work/a.ics", event("a", "Edited here"))
			w.sync()
			w.work.Put("b.ics", event("b", "Edited there"))
			state(w)
			before := w.everything()
			w.server.ResetLog()
			_, err := w.try()
			var refused *store.Refused
			if !errors.As(err, &refused) {
				t.Errorf("error %v", err)
			}
			if diff := changedFiles(before, w.everything()); len(diff) > 0 || len(w.server.Requests()) > 0 {
				t.Errorf("changed %q, %d requests", diff, len(w.server.Requests()))
			}
		})
	}
}

// TestF95ConflictMarkersAreNotSent: the user's own merge left markers in a file. It is reported and stays off the server; others go on.
func TestF95ConflictMarkersAreNotSent(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	marked := strings.Replace(string(event("a", "Mine")), "SUMMARY:Mine\r\n", "<<<<<<< HEAD\nSUMMARY:Mine\r\n=======\nSUMMARY:Theirs\r\n>>>>>>> other\n", 1)
	w.write("work/a.ics", []byte(marked))
	old := w.now.Add(-time.Hour)
	must(t, os.Chtimes(filepath.Join(w.dir, "work/a.ics"), old, old))
	w.git("commit", "-qam", "merged")
	w.write("work/b.ics", event("b", "Goes on"))
	r := w.sync()
	if n := states(r)[repo.Refused]; n != 1 {
		t.Errorf("%d steps refused, want 1: %+v", n, r.Plan.Steps)
	}
	if body, _ := w.work.Get("a.ics"); !strings.Contains(string(body), "First a") {
		t.Errorf("a.ics there = %q", body)
	}
	if body, _ := w.work.Get("b.ics"); !strings.Contains(string(body), "Goes on") {
		t.Error("b was stopped")
	}
	w.write("work/a.ics", event("a", "Settled"))
	w.sync()
	w.settled()
}

// TestF96TimeTravelByGitIsAnEdit: what git does to files and to main is planned against the base like any edit.
func TestF96TimeTravelByGitIsAnEdit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		git  [][]string
		held int
	}{
		"reset --hard":   {[][]string{{"reset", "-q", "--hard", "old"}}, 7},
		"checkout old":   {[][]string{{"checkout", "-q", "old", "--", "."}}, 0},
		"revert":         {[][]string{{"revert", "--no-edit", "-m", "1", "HEAD"}}, 7},
		"clean":          {[][]string{{"clean", "-qfdx"}}, 0},
		"restore source": {[][]string{{"restore", "--source=old", "--staged", "--worktree", "."}}, 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(8))
			w.git("tag", "old")
			for i := range 7 {
				n := fmt.Sprintf("new%d", i)
				w.work.Put(n+".ics", event(n, "New since"))
			}
			w.work.Put("i00.ics", event("i00", "Edited since"))
			w.sync()
			for _, args := range c.git {
				w.git(args...)
			}
			w.server.ResetLog()
			r := w.sync()
			if n := states(r)[repo.Held]; n != c.held {
				t.Errorf("%d steps held, want %d: %+v", n, c.held, r.Plan.Steps)
			}
			if n := w.server.Count("DELETE"); n != 0 {
				t.Errorf("%d deletions", n)
			}
			want := "First i00"
			if name == "clean" {
				want = "Edited since"
			}
			if body, _ := w.work.Get("i00.ics"); !strings.Contains(string(body), want) {
				t.Errorf("i00 there = %q, want %q", body, want)
			}
			if n := w.work.Len(); n != 15 {
				t.Errorf("%d items there", n)
			}
			if out := w.git("fsck", "--full", "--strict", "--no-dangling"); strings.TrimSpace(out) != "" {
				t.Errorf("git fsck: %s", out)
			}
		})
	}
}

// TestF97RewrittenMainIsQuiet: amended, rebased or rewritten, main holds the same files; nothing is to be done.
func TestF97RewrittenMainIsQuiet(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"amend":         {"commit", "-q", "--amend", "-m", "other words"},
		"rebase":        {"rebase", "-q", "--root", "--force-rebase"},
		"filter-branch": {"filter-branch", "-f", "--msg-filter", "sed s/^/x/", "main"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(3))
			w.write("work/i00.ics", event("i00", "Changed"))
			w.sync()
			before := w.git("rev-parse", "main")
			w.git(args...)
			if w.git("rev-parse", "main") == before {
				t.Fatal("main was not rewritten")
			}
			w.server.ResetLog()
			w.decided(w.sync())
			if w.server.Writes() != 0 {
				t.Errorf("%d writes", w.server.Writes())
			}
			w.settled()
		})
	}
}

// TestF98F104Clones: a clone has main and nothing else, a mirror has all refs. Items that are equal are bound, what is on one
// side goes to the other, and nothing is deleted or written for what is alike. Both machines go on.
func TestF98F104Clones(t *testing.T) {
	t.Parallel()
	for _, mirror := range []bool{false, true} {
		t.Run(fmt.Sprint("mirror ", mirror), func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(4))
			first := w.dir
			second := filepath.Join(filepath.Dir(w.dir), "second")
			w.git("clone", "-q", w.dir, second)
			w.dir = second
			w.disk = quick(w)
			if mirror {
				w.git("fetch", "-q", "origin", "refs/vgit/*:refs/vgit/*", "+refs/remotes/server/*:refs/remotes/server/*")
			}
			w.git("remote", "remove", "origin")
			w.work.Put("i00.ics", event("i00", "Edited there"))
			w.work.Put("new.ics", event("new", "New there"))
			w.write("work/mine.ics", event("mine", "Only here"))
			w.server.ResetLog()
			r := w.sync()
			if n := w.server.Count("PUT"); n != 1 || w.server.Count("DELETE") != 0 {
				t.Errorf("%d PUTs, %d DELETEs", n, w.server.Count("DELETE"))
			}
			if waits := states(r)[repo.Waits]; mirror && waits != 0 || !mirror && waits != 1 { // without a base nobody knows who edited
				t.Errorf("steps %+v", r.Plan.Steps)
			}
			if mirror {
				w.settled()
			}
			w.dir = first
			w.decided(w.sync())
			w.settled()
		})
	}
}

// TestF99F100UnusableTrackingTip: the tip of the tracking branch is no snapshot any more, by somebody's hand. Work goes on from the one that
// the base names; without a base both sides are joined. Nothing is deleted or sent.
func TestF99F100UnusableTrackingTip(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, body string }{
		"account removed":    {".vgit/remote", ""},
		"account garbled":    {".vgit/remote", "what is this?"},
		"status garbled":     {".vgit/collection/work", "\x00\x01"},
		"status cut":         {".vgit/collection/work", "vgit collection 1\ndirectory\twork\n"},
		"of another account": {".vgit/remote", "vgit remote 1\nremote\tother\n"},
	} {
		for _, base := range []bool{true, false} {
			if !base && name != "status garbled" {
				continue // once without a base will do
			}
			t.Run(fmt.Sprint(name, base), func(t *testing.T) {
				t.Parallel()
				w := agreed(t, letters(3))
				w.spoil("refs/remotes/server/main", c.file, c.body)
				if !base {
					w.git("update-ref", "-d", "refs/vgit/server/base")
				}
				w.work.Put("i00.ics", event("i00", "First i00", "SEQUENCE:3"))
				w.work.Put("n.ics", event("n", "New"))
				w.server.ResetLog()
				w.decided(w.sync())
				if n := w.server.Writes(); n != 0 {
					t.Errorf("%d writes", n)
				}
				w.settled()
			})
		}
	}
}

// spoil commits a file with other content on a ref, on top of what it holds; an empty body removes it.
func (w *world) spoil(ref, file, body string) {
	w.t.Helper()
	index := filepath.Join(w.t.TempDir(), "index")
	git := func(args ...string) string { return w.gitEnv([]string{"GIT_INDEX_FILE=" + index}, args...) }
	git("read-tree", ref)
	if body == "" {
		git("rm", "-q", "--cached", file)
	} else {
		blob := filepath.Join(w.t.TempDir(), "blob")
		must(w.t, os.WriteFile(blob, []byte(body), 0o600))
		git("update-index", "--add", "--cacheinfo", "100644,"+strings.TrimSpace(git("hash-object", "-w", blob))+","+file)
	}
	commit := strings.TrimSpace(git("commit-tree", "-p", ref, "-m", "by hand", strings.TrimSpace(git("write-tree"))))
	w.git("update-ref", ref, commit)
}

// TestF109NewerRepository: a newer vgit wrote it. Nothing is written on either side, and it is said.
func TestF109NewerRepository(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ ref, file string }{
		{"refs/remotes/server/main", ".vgit/remote"}, {"refs/remotes/server/main", ".vgit/collection/work"}, {"refs/vgit/server/base", ".vgit/base"},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(3))
			old := w.git("show", c.ref+":"+c.file)
			w.spoil(c.ref, c.file, regexp.MustCompile(` \d+\n`).ReplaceAllString(old, " 9\n"))
			w.write("work/i00.ics", event("i00", "Edited here"))
			before := w.everything()
			w.server.ResetLog()
			_, err := w.try()
			if newer := new(*repo.ErrNewer); !errors.As(err, newer) {
				t.Errorf("error %v", err)
			}
			if diff := changedFiles(before, w.everything()); len(diff) > 0 || w.server.Writes() > 0 {
				t.Errorf("changed %q, %d writes", diff, w.server.Writes())
			}
		})
	}
}

// TestF110RenamedRemote: the remote has another name in the configuration. It is a new one: items that are equal are bound, and nothing
// is deleted or doubled. The refs of the old one stay.
func TestF110RenamedRemote(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(3))
	w.work.Delete("i00.ics")
	w.work.Put("n.ics", event("n", "New"))
	w.server.ResetLog()
	other := w.remote()
	other.Name = "other"
	report, err := w.try(func(q *repo.Request) { q.Remotes = []repo.Remote{other} })
	must(t, err)
	must(t, report.Remotes[0].Err)
	if n := w.server.Count("DELETE"); n != 0 || len(w.here("work")) != 4 {
		t.Errorf("%d deletions, files %v", n, w.here("work"))
	}
	for _, ref := range []string{"refs/vgit/server/base", "refs/remotes/server/main"} {
		w.git("rev-parse", "--verify", "-q", ref)
	}
	w.equal()
}

// TestS7NameOfAGitRemote: git has a remote of that name, and would move the refs that vgit keeps under it. That is refused before anything is done.
func TestS7NameOfAGitRemote(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.git("remote", "add", "server", "/nowhere")
	w.write("work/a.ics", event("a", "Edited here"))
	w.server.ResetLog()
	_, err := w.try()
	var refused *store.Refused
	if !errors.As(err, &refused) || len(w.server.Requests()) > 0 {
		t.Errorf("error %v, %d requests", err, len(w.server.Requests()))
	}
	w.git("remote", "rename", "server", "another-name")
	w.sync()
	w.settled()
}

// TestF112EndedAgainAndAgain: each run is ended after a few requests. The work of each stays, and one of them comes to the end.
func TestF112EndedAgainAndAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.disk = quick(w)
	w.sync()
	for _, n := range letters(120) {
		w.work.Put(n+".ics", event(n, "There "+n))
		w.write("work/mine-"+n+".ics", event("mine-"+n, "Here "+n))
	}
	for run := range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		var n atomic.Int32
		w.server.On(davtest.Match{}).Before().Call(func() {
			if n.Add(1) == 25 {
				cancel()
			}
		})
		r, err := repo.Open(w.options(), false)
		must(t, err)
		_, err = r.Sync(ctx, repo.Request{Remotes: []repo.Remote{w.remote()}})
		r.Close()
		cancel()
		w.server.ClearFaults()
		w.login()
		if err == nil && n.Load() < 25 {
			if run < 3 {
				t.Errorf("the %d. run came to the end already", run+1)
			}
			w.settled()
			return
		}
	}
	t.Errorf("no end after 20 runs; %d of 240 items here, %d there", len(w.here("work")), w.work.Len())
}
