package history_test

import (
	"os"
	"path/filepath"
	"testing"

	"vgit/history"
)

// put writes a file into the worktree.
func (b *book) put(path, text string) {
	b.t.Helper()
	name := filepath.Join(b.dir, path)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// byHand commits one file with git.
func (b *book) byHand(path, text, message string) {
	b.t.Helper()
	b.put(path, text)
	b.git("add", ".")
	b.git("commit", "-q", "-m", message)
}

// TestHistoriesThatGitMakes reads a repository that vgit never touched: commits by hand, a merge with a conflict, a move,
// packed refs and objects.
func TestHistoriesThatGitMakes(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.byHand("w/a.ics", event("a", "A"), "first\n\nwith a body")
	b.git("switch", "-q", "-c", "side")
	b.byHand("w/a.ics", event("a", "side"), "on the side")
	b.git("switch", "-q", "main")
	b.byHand("w/a.ics", event("a", "main"), "on main")
	b.byHand("README", "nothing of ours", "a readme")
	b.git("merge", "-q", "-s", "ours", "--no-commit", "side")
	b.byHand("w/a.ics", event("a", "both"), "merge by hand")
	b.git("mv", "w/a.ics", "w/b.ics")
	b.git("commit", "-q", "-m", "moved")
	all := []string{
		"edit here: ~ w: both, was w/a.ics (moved)",
		"edit here: ~ w: both (merge by hand)",
		"edit here: ~ w: main (on main)",
		"edit here: ~ w: side (on the side)",
		"edit here: + w: A (first)",
	}
	want(t, b.log(), all...)
	b.git("gc", "-q", "--prune=now")
	want(t, b.log(), all...)
	want(t, b.log(func(o *history.Options) { o.Item = "w/b.ics" }), all...)
	b.git("branch", "-q", "elsewhere", "main~1")
	b.git("switch", "-q", "elsewhere") // the log is that of main, whatever is checked out
	want(t, b.log(), all...)
	b.git("branch", "-q", "-D", "main")
	want(t, b.log())
}

// synced writes what a sync leaves: an edit here, one from the server, pulled, and the push of the first.
func (b *book) synced() {
	b.t.Helper()
	b.git("init", "-q") // skips if there is no git
	f := files{"w/a.ics": event("a", "A")}
	edit := b.commit(f)
	seen := b.snapshot("server", "fetch", files{"w/b.ics": event("b", "B")})
	f = f.with("w/b.ics", event("b", "B"))
	b.main(b.commit(f, edit, seen))
	b.tracking("server", b.snapshot("server", "push", f, seen))
	b.git("reset", "-q", "--hard")
}

func TestMainMayBeRewritten(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		rewrite func(*book)
		want    []string
	}{
		"not": {func(*book) {}, []string{
			"edit here: ~ w: A2 (later)", "push server: + w: A", "pull server: + w: B", "edit here: + w: A"}},
		"amended": {func(b *book) {
			b.put("w/a.ics", event("a", "A3"))
			b.git("commit", "-q", "-a", "--amend", "-m", "amended")
		}, []string{
			"edit here: ~ w: A3 (amended)", "push server: + w: A", "pull server: + w: B", "edit here: + w: A"}},
		"squashed": {func(b *book) { b.git("reset", "-q", "--soft", "main~2"); b.git("commit", "-q", "-m", "squashed") }, []string{
			"edit here: ~ w: A2; + w: B (squashed)", "push server: + w: A", "edit here: + w: A"}},
		"rebased": {func(b *book) { b.git("rebase", "-q", "--force-rebase", "main~1") }, []string{
			"edit here: ~ w: A2 (later)", "push server: + w: A", "pull server: + w: B", "edit here: + w: A"}},
		// git merges anew, and .vgit/ comes with it: then the snapshots are the user's, like all else.
		"rebased with its merges": {func(b *book) { b.git("rebase", "-q", "--force-rebase", "--rebase-merges", "--root") }, []string{
			"edit here: ~ w: A2 (later)", "push server: + w: A", "edit here: + w: B (any message)", "edit here: + w: A (any message)"}},
		"begun anew": {func(b *book) {
			b.git("switch", "-q", "--orphan", "new")
			b.byHand("w/c.ics", event("c", "C"), "new life")
			b.git("branch", "-q", "-f", "main", "new")
		}, []string{"edit here: + w: C (new life)", "push server: + w: A"}},
		"without the tracking branch": {func(b *book) { b.git("update-ref", "-d", "refs/remotes/server/main") }, []string{
			"edit here: ~ w: A2 (later)", "pull server: + w: B", "edit here: + w: A"}},
		"reset to what the server has": {func(b *book) { b.git("reset", "-q", "--hard", "server/main") }, []string{
			"push server: + w: A", "pull server: + w: B"}},
		"merged with the server by hand": {func(b *book) {
			b.git("merge", "-q", "--allow-unrelated-histories", "-m", "merged", "server/main", "-s", "ours")
			b.byHand("w/a.ics", event("a", "A3"), "after")
		}, []string{"edit here: ~ w: A3 (after)", "edit here: ~ w: A2 (later)", "push server: + w: A", "pull server: + w: B", "edit here: + w: A"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBook(t)
			b.synced()
			b.byHand("w/a.ics", event("a", "A2"), "later")
			row.rewrite(b)
			want(t, b.log(), row.want...)
			b.git("gc", "-q")
			want(t, b.log(), row.want...)
		})
	}
}

func TestARebaseLeavesTimesAlone(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.byHand("w/a.ics", event("a", "A"), "by hand")
	b.tracking("server", b.snapshot("server", "push", files{"w/a.ics": event("a", "A")}))
	b.git("commit", "-q", "--amend", "-m", "other words")
	want(t, b.log(), "push server: + w: A", "edit here: + w: A (other words)")
}
