package repo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vgit/repo"
)

func TestV2LostBaseAddsOnly(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(3))
	w.git("update-ref", "-d", "refs/vgit/server/base")
	w.git("update-ref", "-d", "refs/remotes/server/main")
	w.write("work/mine.ics", event("mine", "Mine"))
	w.work.Put("theirs.ics", event("theirs", "Theirs"))
	w.server.ResetLog()
	w.sync()
	if n := w.server.Count("PUT", "DELETE"); n != 1 {
		t.Errorf("%d writes, want 1", n)
	}
	w.settled()
}

func TestF99LostTrackingBranch(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(3))
	w.git("update-ref", "-d", "refs/remotes/server/main")
	w.work.Delete("i00.ics")
	w.sync()
	w.settled()
	if len(w.here("work")) != 2 {
		t.Errorf("files %v", w.here("work"))
	}
}

func TestF97SquashedMainIsQuiet(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(3))
	w.write("work/i00.ics", event("i00", "Changed"))
	w.sync()
	commit := strings.TrimSpace(w.git("commit-tree", "-m", "all in one", "HEAD^{tree}"))
	w.git("reset", "--soft", commit)
	w.settled()
}

func TestDryRunLeavesNoTrace(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(4))
	w.write("work/i00.ics", event("i00", "Changed"))
	w.work.Put("i01.ics", event("i01", "Changed there"))
	w.remove("work/i02.ics")
	before := w.everything()
	w.server.ResetLog()
	r := w.sync(func(q *repo.Request) { q.DryRun = true })
	if n := states(r); n[repo.Do] != 3 {
		t.Errorf("steps %+v", r.Plan.Steps)
	}
	if diff := changedFiles(before, w.everything()); len(diff) > 0 || w.server.Writes() != 0 {
		t.Errorf("changed %v, %d writes", diff, w.server.Writes())
	}
	w.sync()
	w.settled()
}

func TestDryRunOfANewVdirMakesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.work.Put("a.ics", event("a", "Anna"))
	r := w.sync(func(q *repo.Request) { q.DryRun = true })
	if n := states(r); n[repo.Do] != 1 {
		t.Errorf("steps %+v", r.Plan.Steps)
	}
	for _, p := range []string{w.dir, w.state} {
		if _, err := os.Stat(p); err == nil {
			t.Errorf("%s was made", p)
		}
	}
}

func TestIndexThatNamesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", event("a", "Staged by hand"))
	w.git("add", "work/a.ics")
	blob := strings.TrimSpace(w.git("rev-parse", ":work/a.ics"))
	must(t, os.Remove(filepath.Join(w.dir, ".git/objects", blob[:2], blob[2:])))
	w.sync()
	w.settled()
	if body, _ := w.work.Get("a.ics"); !strings.Contains(string(body), "Staged by hand") {
		t.Error("the edit was not sent")
	}
}
