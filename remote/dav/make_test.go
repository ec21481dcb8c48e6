package dav_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vgit/remote"
	"vgit/remote/davtest"
)

// making looks for the account and makes a collection there.
func (a account) making(t *testing.T, kind remote.Kind, c remote.NewCollection) (href remote.Href, asked []string, err error) {
	t.Helper()
	r := a.remote(t, kind)
	acc, err := r.Look(t.Context(), remote.Binding{})
	if err != nil {
		t.Fatal(err)
	}
	asked = a.asked(func() { href, err = r.Make(t.Context(), acc.Binding, c) })
	return href, asked, err
}

// TestP92MakesInWaysThatTheServerKnows: which requests a new collection costs, and what it takes in the end.
func TestP92MakesInWaysThatTheServerKnows(t *testing.T) {
	t.Parallel()
	events := remote.NewCollection{ID: "new", Components: []string{"VEVENT"}, Properties: map[string]string{"displayname": "New", "color": "#112233"}}
	any := remote.NewCollection{ID: "new"}
	for _, tt := range []struct {
		name       string
		kind       remote.Kind
		c          remote.NewCollection
		opts       []davtest.Option
		asked      []string
		components []string
	}{
		{"T29 with the component set", remote.Calendar, events, nil, []string{"MKCALENDAR"}, []string{"VEVENT"}},
		{"T29 of nothing yet, with all of them", remote.Calendar, any, nil, []string{"MKCALENDAR"}, []string{"VEVENT", "VTODO", "VJOURNAL"}},
		{"T29 a server of one component each", remote.Calendar, any, []davtest.Option{davtest.OneComponent},
			[]string{"MKCALENDAR", "PROPFIND 0", "MKCOL", "MKCALENDAR", "MKCALENDAR"}, []string{"VEVENT"}},
		{"by extended MKCOL where MKCALENDAR is not known", remote.Calendar, events, []davtest.Option{davtest.NoMkcalendar},
			[]string{"MKCALENDAR", "PROPFIND 0", "MKCOL"}, []string{"VEVENT"}},
		{"an address book", remote.Contacts, any, nil, []string{"MKCOL"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := start(t, tt.opts...)
			_, asked, err := a.making(t, tt.kind, tt.c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.asked, asked); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			acc, err := a.remote(t, tt.kind).Look(t.Context(), remote.Binding{})
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(acc.Collections, func(info remote.Info) bool { return info.ID == "new" })
			if i < 0 {
				t.Fatal("it is not there")
			}
			if diff := cmp.Diff(tt.components, acc.Collections[i].Components); diff != "" {
				t.Errorf("components (-want +got):\n%s", diff)
			}
			if tt.c.Properties != nil {
				if diff := cmp.Diff(tt.c.Properties, acc.Collections[i].Properties); diff != "" {
					t.Errorf("properties (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// TestP92WhatExistsIsNotMade: each server says it in its own way, and in a home for both kinds it may be of the other.
func TestP92WhatExistsIsNotMade(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]davtest.Option{
		"405": nil, "409": {davtest.ExistsIs409}, "207 with a 405 inside": {davtest.MultistatusOnRefusal}, "of the other kind": {davtest.MixedHome(true)},
		"looking makes it": {davtest.CreatesWhatIsAskedFor},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := start(t, opts...)
			id := "cal"
			if name == "of the other kind" {
				id = "card"
			}
			n := len(a.server.Collections("alice"))
			if _, _, err := a.making(t, remote.Calendar, remote.NewCollection{ID: id}); !errors.Is(err, remote.ErrExists) {
				t.Errorf("%v, want that it exists", err)
			}
			if now := len(a.server.Collections("alice")); now != n {
				t.Errorf("%d collections, want %d", now, n)
			}
		})
	}
}

// TestP92NotHere: a no is a no, said once, and nothing is tried in another way at a place that is none.
func TestP92NotHere(t *testing.T) {
	t.Parallel()
	a := start(t, davtest.NoNewCollections)
	_, asked, err := a.making(t, remote.Calendar, remote.NewCollection{ID: "new"})
	var no *remote.Refused
	if !errors.As(err, &no) || no.Status != 403 {
		t.Errorf("%v, want a refusal with 403", err)
	}
	if diff := cmp.Diff([]string{"MKCALENDAR", "PROPFIND 0"}, asked); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// TestP92AnswerLost: nobody knows whether it was made; it is not asked for twice, and asking again later finds it.
func TestP92AnswerLost(t *testing.T) {
	t.Parallel()
	a := start(t)
	lost := a.server.On(davtest.Match{Method: "MKCALENDAR"}).After().Reset()
	_, asked, err := a.making(t, remote.Calendar, remote.NewCollection{ID: "new"})
	if !errors.Is(err, remote.ErrNoAnswer) {
		t.Errorf("%v, want no answer", err)
	}
	if diff := cmp.Diff([]string{"MKCALENDAR"}, asked); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	lost.Remove()
	if _, _, err := a.making(t, remote.Calendar, remote.NewCollection{ID: "new"}); !errors.Is(err, remote.ErrExists) {
		t.Errorf("%v, want that it exists", err)
	}
}

// TestP92TheHomeThatTakesIt: of several homes, the first that is willing; where the url is one collection, none.
func TestP92TheHomeThatTakesIt(t *testing.T) {
	t.Parallel()
	var asked []string
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, r.Method+" "+r.URL.EscapedPath())
		switch {
		case r.Method == "PROPFIND":
			w.WriteHeader(404)
		case strings.HasPrefix(r.URL.Path, "/shared/"):
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(403)
			_, _ = io.WriteString(w, `<error xmlns="DAV:"><calendar-collection-location-ok xmlns="urn:ietf:params:xml:ns:caldav"/></error>`)
		default:
			if !strings.Contains(string(body), `<displayname xmlns="DAV:">A &lt;B&gt; &amp; C</displayname>`) {
				t.Errorf("the body is %s", body)
			}
			w.Header().Set("Location", "/own/elsewhere/")
			w.WriteHeader(201)
		}
	}))
	t.Cleanup(h.Close)
	r := account{url: h.URL}.remote(t, remote.Calendar)
	c := remote.NewCollection{ID: "a b", Properties: map[string]string{"displayname": "A <B> & C"}}
	href, err := r.Make(t.Context(), remote.Binding{URL: h.URL, Homes: []remote.Href{"/shared/", "/own/"}}, c)
	if err != nil || href != "/own/elsewhere/" {
		t.Errorf("%q, %v", href, err)
	}
	if diff := cmp.Diff([]string{"MKCALENDAR /shared/a%20b/", "PROPFIND /shared/a%20b/", "MKCALENDAR /own/a%20b/"}, asked); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	asked = nil
	var no *remote.Refused
	_, err = r.Make(t.Context(), remote.Binding{URL: h.URL, Homes: []remote.Href{"/own/"}, Learned: map[string]string{"home": "collection"}}, c)
	if !errors.As(err, &no) || asked != nil {
		t.Errorf("%v after %q, want a refusal without a request", err, asked)
	}
}
