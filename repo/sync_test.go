package repo_test

import (
	"strings"
	"testing"

	"vgit/repo"
)

func TestFirstDownloadAndEditsBothWays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.work.Put("a.ics", event("a", "Anna"))
	w.work.Put("b.ics", event("b", "Ben"))
	w.work.Put("c.ics", event("c", "Cid"))
	w.sync()
	w.settled()

	w.write("work/a.ics", event("a", "Anna moved"))
	w.write("work/new.ics", event("n", "New here"))
	w.remove("work/c.ics")
	w.work.Put("b.ics", event("b", "Ben moved"))
	w.work.Put("d.ics", event("d", "New there"))
	w.sync()
	w.settled()
	if got := w.read("work/b.ics"); !strings.Contains(got, "Ben moved") {
		t.Errorf("b.ics = %q", got)
	}
	if _, ok := w.work.Get("c.ics"); ok {
		t.Error("c.ics is still there")
	}
	w.work.Delete("d.ics")
	w.sync()
	w.settled()
	_ = repo.Rounds
}
