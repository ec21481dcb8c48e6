package dav_test

import (
	"strings"
	"testing"

	"vgit/remote"
	"vgit/remote/davtest"
)

// TestP20BareQuestionMark: a name with a question mark that the server lists without its escape is read, written and deleted.
func TestP20BareQuestionMark(t *testing.T) {
	t.Parallel()
	a := start(t, davtest.HrefSpelling(func(path string) string { return strings.ReplaceAll(path, "%3F", "?") }))
	a.cal.Put("a?b.ics", davtest.Event(1, 1))
	c := a.open(t, a.remote(t, remote.Calendar))
	ch, err := c.Changes(t.Context(), remote.State{})
	if err != nil || len(ch.Members) != 1 || !strings.HasSuffix(string(ch.Members[0].Href), "/a?b.ics") {
		t.Fatalf("%+v, %v", ch, err)
	}
	var read remote.Resource
	if err := c.Fetch(t.Context(), []remote.Href{ch.Members[0].Href}, func(r remote.Resource) error { read = r; return r.Err }); err != nil {
		t.Fatal(err)
	}
	stored, err := c.Put(t.Context(), read.Href, remote.Precondition{ETag: read.ETag, Body: read.Body}, davtest.Event(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(t.Context(), read.Href, remote.Precondition{ETag: stored.ETag, Body: read.Body}); err != nil || a.cal.Len() != 0 {
		t.Errorf("%v; %d items there", err, a.cal.Len())
	}
}
