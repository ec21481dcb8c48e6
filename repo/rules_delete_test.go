package repo_test

import (
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
)

// TestG22BodyIsKeptBeforeADelete: what a DELETE removes is in the tracking branch before it is sent, also if it was changed there a moment ago;
// a body that cannot be read is not deleted.
func TestG22BodyIsKeptBeforeADelete(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(12))
	w.remove("work/i00.ics")
	w.server.On(davtest.Match{Method: "DELETE"}).Before().Call(func() {
		if body := w.git("show", "refs/remotes/server/main:work/i00.ics"); !strings.Contains(body, "First i00") {
			t.Errorf("the DELETE was sent while the tracking branch has %q", body)
		}
	})
	w.sync()
	if w.server.Count("DELETE") != 1 || w.there(w.work)["i00"] != nil {
		t.Error("a deletion that is proven does not go through")
	}
	w.settled()
}

// TestG22UnreadBodyIsNotDeleted: the item was changed there, and its new body cannot be read: no DELETE is sent, not even one that
// would be refused. Once it can be read, the edit there beats the deletion here, or waits.
func TestG22UnreadBodyIsNotDeleted(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(12))
	w.remove("work/i00.ics")
	w.work.Put("i00.ics", event("i00", "Edited there"))
	w.noBody("i00.ics", 500)
	w.server.ResetLog()
	for range 2 {
		if _, err := w.try(); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.server.Count("DELETE"); n != 0 || w.there(w.work)["i00"] == nil {
		t.Errorf("%d DELETEs", n)
	}
	w.server.ClearFaults()
	r := w.sync()
	if body := w.there(w.work)["i00"]; !strings.Contains(string(body), "Edited there") {
		t.Errorf("the edit there is gone: %+v", r.Plan.Steps)
	}
}

// TestG22WeakGuard: where no etag guards a DELETE, the body is compared before it is sent.
func TestG22WeakGuard(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(12), davtest.WeakETags)
	w.remove("work/i00.ics")
	edited := false
	w.at = func(p repo.Point) {
		if p == repo.AtDecided && !edited {
			edited = true
			w.work.EditUnseen("i00.ics", func([]byte) []byte { return event("i00", "Edited there") })
		}
	}
	w.sync()
	if body := w.there(w.work)["i00"]; !strings.Contains(string(body), "Edited there") {
		t.Errorf("what was edited since the fetch is deleted: %q", body)
	}
}
