package repo_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vgit/repo"
)

// twelve is a vdir and a server that agree on twelve items.
func twelve(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.work.Fill(1, 12)
	w.sync()
	w.settled()
	return w
}

// holds are what is held by what is known here.
func (w *world) holds() []repo.Hold {
	w.t.Helper()
	r, err := repo.Open(w.options(), true)
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Close()
	report, err := r.Status(context.Background(), repo.Request{Remotes: []repo.Remote{w.remote()}})
	if err != nil {
		w.t.Fatal(err)
	}
	return report.Remotes[0].Plan.Holds
}

// hold is the one that is held, of a class.
func (w *world) hold(class repo.Class) repo.Hold {
	w.t.Helper()
	holds := w.holds()
	if len(holds) != 1 || holds[0].Class != class {
		w.t.Fatalf("held is %+v, want one of class %s", holds, class)
	}
	return holds[0]
}

// answer takes down what a person says of a hold.
func (w *world) answer(id string, refuse bool) error {
	w.t.Helper()
	r, err := repo.Open(w.options(), true)
	if err != nil {
		return err
	}
	defer r.Close()
	return r.AnswerHold(context.Background(), repo.Request{Remotes: []repo.Remote{w.remote()}}, id, refuse)
}

// acceptAll and refuseAll answer the one hold of a class.
func (w *world) acceptAll(class repo.Class) {
	w.t.Helper()
	must(w.t, w.answer(w.hold(class).ID, false))
}

func (w *world) refuseAll(class repo.Class) {
	w.t.Helper()
	must(w.t, w.answer(w.hold(class).ID, true))
}

// nothingHeld runs a sync in which the guard holds nothing.
func (w *world) nothingHeld() *repo.RemoteReport {
	w.t.Helper()
	rem := w.sync()
	if len(rem.Plan.Holds) > 0 || len(rem.Plan.InState(repo.Refused)) > 0 {
		w.t.Errorf("held is %+v, refused %+v", rem.Plan.Holds, rem.Plan.InState(repo.Refused))
	}
	return rem
}

// paths are the items of the vdir, in order.
func (w *world) paths() []string { return slices.Sorted(maps.Keys(w.files())) }

// sameFiles checks that the vdir has exactly these items, byte for byte.
func (w *world) sameFiles(want map[string][]byte) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.files()); diff != "" {
		w.t.Errorf("the vdir had, and has: %s", diff)
	}
}

// writes counts requests that write.
func (w *world) writes() string {
	n := map[string]int{}
	for _, q := range w.server.Requests() {
		if q.Method == "PUT" || q.Method == "DELETE" || strings.HasPrefix(q.Method, "MK") {
			n[q.Method]++
		}
	}
	var all []string
	for _, m := range slices.Sorted(maps.Keys(n)) {
		all = append(all, fmt.Sprintf("%d %s", n[m], m))
	}
	return strings.Join(all, ", ")
}

func (w *world) wrote(want string) {
	w.t.Helper()
	if got := w.writes(); got != want {
		w.t.Errorf("%q were sent, want %q", got, want)
	}
}

// TestG20AcceptedPushDeletionsAreSent: what was accepted is deleted on the server, no more and no less, and the answer is used up.
func TestG20AcceptedPushDeletionsAreSent(t *testing.T) {
	t.Parallel()
	w := twelve(t)
	for _, f := range w.paths()[:7] {
		w.remove(f)
	}
	w.server.ResetLog()
	w.sync()
	w.wrote("")
	w.acceptAll(repo.PushDeletions)
	w.wrote("") // an answer asks nobody
	w.nothingHeld()
	w.wrote("7 DELETE")
	w.settled()
	if out := w.git("ls-tree", "-r", "--name-only", "refs/vgit/server/base"); strings.Contains(out, "answers/") {
		t.Errorf("an answer that was carried out stays: %s", out)
	}
}

// TestG20RefusedPushDeletionsComeBack: the files are there again, byte for byte, and nothing is sent.
func TestG20RefusedPushDeletionsComeBack(t *testing.T) {
	t.Parallel()
	w := twelve(t)
	before := w.files()
	for _, f := range w.paths()[:7] {
		w.remove(f)
	}
	w.server.ResetLog()
	w.sync()
	w.refuseAll(repo.PushDeletions)
	w.nothingHeld()
	w.wrote("")
	w.sameFiles(before)
	w.settled()
}

// TestG20AcceptedPullDeletionsAreDone and the next: a server that lost items.
func TestG20AcceptedPullDeletionsAreDone(t *testing.T) {
	t.Parallel()
	w := twelve(t)
	w.work.Wipe()
	w.sync()
	w.acceptAll(repo.PullDeletions)
	w.nothingHeld()
	if left := w.paths(); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
	w.settled()
}

// TestG20RefusedPullDeletionsAreSentAgain: all items are on the server, with the UIDs that they had, by one write each.
func TestG20RefusedPullDeletionsAreSentAgain(t *testing.T) {
	t.Parallel()
	w := twelve(t)
	before, files := w.there(w.work), w.files()
	w.work.Wipe()
	w.sync()
	w.refuseAll(repo.PullDeletions)
	w.server.ResetLog()
	w.nothingHeld()
	w.wrote("12 PUT")
	if now := w.there(w.work); !maps.EqualFunc(now, before, func(a, b []byte) bool { return string(a) == string(b) }) {
		t.Errorf("the server has %d items, had %d", len(now), len(before))
	}
	w.sameFiles(files)
	w.settled()
}

// TestG20AnAnswerIsAboutThatSet: when one item of it has changed, nothing is done and the rest is held under another ID; an item that is
// back leaves the hold.
func TestG20AnAnswerIsAboutThatSet(t *testing.T) {
	t.Parallel()
	w := twelve(t)
	files, kept := w.paths(), w.files()
	for _, f := range files[:8] {
		w.remove(f)
	}
	w.sync()
	first := w.hold(repo.PushDeletions)
	w.remove(files[8])
	second := w.hold(repo.PushDeletions)
	var none *repo.NoHold
	if err := w.answer(first.ID, false); !errors.As(err, &none) || none.Said != nil {
		t.Errorf("the old set is answered with %v", err)
	}
	must(t, w.answer(second.ID, false))
	name := w.work.List()[0]
	w.work.Edit(name, func(b []byte) []byte { return []byte(strings.Replace(string(b), "SUMMARY:", "SUMMARY:Moved ", 1)) })
	w.server.ResetLog()
	rem := w.sync()
	w.wrote("")
	if len(rem.Plan.Holds) != 1 || rem.Plan.Holds[0].ID == second.ID {
		t.Fatalf("held is %+v", rem.Plan.Holds)
	}
	if err := w.answer(second.ID, false); !errors.As(err, &none) || none.Now == nil || none.Now.ID != rem.Plan.Holds[0].ID {
		t.Errorf("the old set is answered with %v", err)
	}
	for i := range 4 { // and cleared: the items are back (G19)
		w.write(files[i+1], kept[files[i+1]])
	}
	if rem = w.sync(); len(rem.Plan.Holds) > 0 {
		t.Errorf("held is %+v", rem.Plan.Holds)
	}
}

// TestG20AnsweredTwice: the second says so, whatever it says.
func TestG20AnsweredTwice(t *testing.T) {
	t.Parallel()
	w := twelve(t)
	w.work.Wipe()
	w.sync()
	id := w.hold(repo.PullDeletions).ID
	must(t, w.answer(id, false))
	must(t, w.answer(id, false))
	w.nothingHeld()
	for _, refuse := range []bool{false, true} {
		var none *repo.NoHold
		if err := w.answer(id, refuse); !errors.As(err, &none) || none.Said == nil || none.Said.Refuse || none.Now != nil {
			t.Errorf("answered again: %v", err)
		}
	}
	w.settled()
}
