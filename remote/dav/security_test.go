package dav

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"vgit/remote"
)

// TestGoneIsSaidByThePlaceItself: an item is gone if its own address says so, not if a page of a login does, to which the
// server leads whoever asks.
func TestGoneIsSaidByThePlaceItself(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/cal/"):
			http.Redirect(w, r, "/login?to="+r.URL.Path, http.StatusTemporaryRedirect)
		case r.URL.Path == "/new/":
			w.WriteHeader(http.StatusMultiStatus)
			fmt.Fprint(w, open+props("/new/", "")+`</D:multistatus>`)
		case strings.HasPrefix(r.URL.Path, "/old/"):
			http.Redirect(w, r, strings.Replace(r.URL.Path, "/old/", "/new/", 1), http.StatusTemporaryRedirect)
		default:
			http.NotFound(w, r)
		}
	})
	r := s.remote(t)
	c := r.Open(remote.Info{Href: "/cal/"})
	var got error
	if err := c.Fetch(t.Context(), []remote.Href{"/cal/a.ics"}, func(r remote.Resource) error { got = r.Err; return nil }); err != nil {
		got = err
	}
	if got == nil || errors.Is(got, remote.ErrGone) {
		t.Errorf("read: %v", got)
	}
	if err := c.Delete(t.Context(), "/cal/a.ics", remote.Precondition{ETag: `"1"`}); err == nil || errors.Is(err, remote.ErrGone) {
		t.Errorf("deleted: %v", err)
	}
	c = r.Open(remote.Info{Href: "/old/"})
	if _, err := c.Changes(t.Context(), remote.State{Full: true}); err != nil {
		t.Fatal(err)
	}
	_ = c.Fetch(t.Context(), []remote.Href{"/old/a.ics"}, func(r remote.Resource) error { got = r.Err; return nil })
	if !errors.Is(got, remote.ErrGone) {
		t.Errorf("an item that moved with its collection, and is not there: %v", got)
	}
}
