package repo_test

import (
	"errors"
	"os"
	"slices"
	"strings"

	"vgit/remote"
	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/item"
)

// The tests in the files faults_*_test.go are the rows of docs/faults.md, section "Network and server": each number F is the number of a row
// there.

// some chooses one in every so many of numbered cases, or all if VGIT_CRASH_ALL is set.
func some(n, every int) bool { return n%every == 0 || os.Getenv("VGIT_CRASH_ALL") != "" }

// same checks that both sides hold exactly the items that want lists as "UID=SUMMARY" with blanks between, a blank in a summary included.
func (w *world) same(want string) {
	w.t.Helper()
	if got := titles(w.here("work")); got != want {
		w.t.Errorf("here %q, want %q", got, want)
	}
	if got := titles(w.there(w.work)); got != want {
		w.t.Errorf("there %q, want %q", got, want)
	}
}

func titles(items map[string][]byte) string {
	var all []string
	for uid, body := range items {
		all = append(all, uid+"="+item.Parse(body).Summary())
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// fails is a run that must come to nothing for a reason that passes: all of vdir and repository is as before.
func (w *world) fails() {
	w.t.Helper()
	before := w.everything()
	report, err := w.try()
	if err != nil {
		w.t.Fatal(err)
	}
	if !isTemporary(report.Remotes[0]) {
		w.t.Errorf("error %v, problems %+v; want some, and all of them temporary", report.Remotes[0].Err, report.Remotes[0].AllProblems())
	}
	if diff := changedFiles(before, w.everything()); len(diff) > 0 {
		w.t.Errorf("changed %q", diff)
	}
}

// isTemporary tells that something went wrong, and that all of it may pass by itself.
func isTemporary(r *repo.RemoteReport) bool {
	passes := func(err error) bool { return errors.Is(err, remote.ErrTemporary) || errors.Is(err, remote.ErrNotDAV) }
	if r.Err != nil {
		return passes(r.Err)
	}
	problems := r.AllProblems()
	for _, p := range problems {
		if p.Severity == repo.Lasting && !passes(p.Err) {
			return false
		}
	}
	return len(problems) > 0
}

// put changes items of the server as another client does.
func (w *world) put(coll *davtest.Collection, uid, summary string, lines ...string) {
	coll.Put(uid+".ics", event(uid, summary, lines...))
}

// bodies counts the bodies that were asked for since the log was reset: GETs, and hrefs in multigets.
func (w *world) bodies() int {
	n := w.server.Count("GET")
	for _, q := range w.server.Requests() {
		if strings.Contains(string(q.Body), "multiget") {
			n += strings.Count(string(q.Body), "<href")
		}
	}
	return n
}

// commits counts those on a branch.
func (w *world) commits(branch string) string {
	w.t.Helper()
	return strings.TrimSpace(w.git("rev-list", "--count", branch))
}

const tracking = "refs/remotes/server/main"
