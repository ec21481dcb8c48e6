package dav_test

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vgit/remote"
	"vgit/remote/davtest"
)

// TestP93ReadsBack sets the same four properties on servers that misbehave in different ways: what is kept and what is refused is told
// apart for each of them, whatever the server says.
func TestP93ReadsBack(t *testing.T) {
	t.Parallel()
	wish := map[string]string{remote.Color: "#00ff00ff", remote.DisplayName: "New", remote.Description: "", remote.Order: "3"}
	all := map[string]string{remote.Color: "#00ff00ff", remote.DisplayName: "New", remote.Order: "3"}
	without := func(names ...string) map[string]string {
		m := maps.Clone(all)
		for _, n := range names {
			m[n] = old[n]
		}
		return m
	}
	tests := []struct {
		name     string
		opts     []davtest.Option
		want     map[string]string
		refused  map[string]int
		requests int // PROPPATCH
	}{
		{"all well", nil, all, nil, 1},
		{"one is refused and stops the others", []davtest.Option{davtest.RefusesProperties(403, "calendar-order")}, without(remote.Order), map[string]int{remote.Order: 403}, 2},
		{"one is refused and stops no other", []davtest.Option{davtest.RefusesProperties(403, "calendar-order"), davtest.PartialPatch}, without(remote.Order), map[string]int{remote.Order: 403}, 1},
		{"two are refused", []davtest.Option{davtest.RefusesProperties(409, "calendar-order", "calendar-description")}, without(remote.Order, remote.Description), map[string]int{remote.Order: 409, remote.Description: 409}, 2},
		{"refused as a whole for one", []davtest.Option{davtest.RefusesProperties(409, "calendar-description"), davtest.RefusesWholePatch}, without(remote.Description), map[string]int{remote.Description: 409}, 5},
		{"fails as a whole over one", []davtest.Option{davtest.RefusesProperties(500, "calendar-description"), davtest.RefusesWholePatch}, without(remote.Description), map[string]int{remote.Description: 500}, 5},
		{"not built", []davtest.Option{davtest.NoPatch}, old, map[string]int{remote.Color: 405, remote.DisplayName: 405, remote.Description: 405, remote.Order: 405}, 5},
		{"says 200 and keeps the old", []davtest.Option{davtest.ForgetsProperties("calendar-order")}, without(remote.Order), nil, 1},
		{"says 200 and keeps another", []davtest.Option{davtest.RewritesProperties(dropAlpha)}, map[string]string{remote.Color: "#00ff00", remote.DisplayName: "New", remote.Order: "3"}, nil, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := start(t, tt.opts...)
			a.cal.SetProps(davtest.Props{DisplayName: old[remote.DisplayName], Description: old[remote.Description], Color: old[remote.Color], Order: old[remote.Order]})
			got, err := a.open(t, a.remote(t, remote.Calendar)).(remote.PropertySetter).SetProperties(t.Context(), wish)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Properties); diff != "" {
				t.Errorf("properties (-want +got):\n%s", diff)
			}
			refused := map[string]int{}
			for name, why := range got.Refused {
				refused[name] = why.Status
			}
			if !maps.Equal(refused, tt.refused) {
				t.Errorf("refused %v, want %v", refused, tt.refused)
			}
			if n := a.server.Count("PROPPATCH"); n != tt.requests {
				t.Errorf("%d PROPPATCH, want %d", n, tt.requests)
			}
		})
	}
}

var old = map[string]string{remote.Color: "#ff0000ff", remote.DisplayName: "Old", remote.Description: "was", remote.Order: "1"}

func dropAlpha(name, value string) string {
	if name == "calendar-color" {
		return value[:7]
	}
	return value
}

// TestP93NothingElseIsTouched: the request names what was asked for, and nothing else of the collection moves.
func TestP93NothingElseIsTouched(t *testing.T) {
	t.Parallel()
	a := start(t)
	a.cal.SetProps(davtest.Props{DisplayName: "Old", TimeZone: "BEGIN:VCALENDAR", Order: "1"})
	c := a.open(t, a.remote(t, remote.Calendar)).(remote.PropertySetter)
	if _, err := c.SetProperties(t.Context(), map[string]string{remote.DisplayName: `<&"']]>`}); err != nil {
		t.Fatal(err)
	}
	want := davtest.Props{DisplayName: `<&"']]>`, TimeZone: "BEGIN:VCALENDAR", Order: "1"}
	if diff := cmp.Diff(want, a.cal.Props()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestP86ProppatchWithoutAnswer: nobody knows what was set, and nothing is sent a second time.
func TestP86ProppatchWithoutAnswer(t *testing.T) {
	t.Parallel()
	for name, arm := range map[string]func(*davtest.Server){
		"lost on the way back": func(s *davtest.Server) { s.On(davtest.Match{Method: "PROPPATCH"}).After().Drop() },
		"lost before":          func(s *davtest.Server) { s.On(davtest.Match{Method: "PROPPATCH"}).Drop() },
		"not read back": func(s *davtest.Server) {
			s.On(davtest.Match{Method: "PROPFIND", From: 1, Func: depth0}).Status(http.StatusBadGateway)
		},
		"a gateway that gave up": func(s *davtest.Server) { s.On(davtest.Match{Method: "PROPPATCH"}).After().Status(504) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := start(t)
			c := a.open(t, a.remote(t, remote.Calendar)).(remote.PropertySetter)
			arm(a.server)
			_, err := c.SetProperties(t.Context(), map[string]string{remote.DisplayName: "New", remote.Order: "2"})
			if !errors.Is(err, remote.ErrNoAnswer) || !errors.Is(err, remote.ErrTemporary) {
				t.Errorf("error %v, want no answer, for now", err)
			}
			if n := a.server.Count("PROPPATCH"); n != 1 {
				t.Errorf("%d PROPPATCH, want 1", n)
			}
		})
	}
}

func depth0(r davtest.Request) bool {
	return r.Header.Get("Depth") == "0" && !strings.HasSuffix(r.Path, "/alice/")
}

// TestP28PropertiesThatAreNotToldAreUnknown: a property is unset only if the server says so, with 404 or a blank (P18). One that could
// not be read, or was not mentioned, is neither set nor unset.
func TestP28PropertiesThatAreNotToldAreUnknown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		opts   []davtest.Option
		unread []string
	}{
		{"404", nil, nil},
		{"forbidden", []davtest.Option{davtest.PropertyStatus(403, "calendar-color")}, []string{remote.Color}},
		{"failed", []davtest.Option{davtest.PropertyStatus(500, "calendar-color", "displayname")}, []string{remote.Color, remote.DisplayName}},
		{"not mentioned", []davtest.Option{davtest.PropertyStatus(0, "calendar-color")}, []string{remote.Color}},
	}
	for _, tt := range tests {
		a := start(t, tt.opts...)
		a.cal.SetProps(davtest.Props{DisplayName: "None", Description: " \n ", Color: "#112233"})
		acc, err := a.remote(t, remote.Calendar).Look(t.Context(), remote.Binding{})
		if err != nil {
			t.Fatal(err)
		}
		info := acc.Collections[0]
		if !slices.Equal(info.Unread, tt.unread) {
			t.Errorf("%s: unread %q, want %q", tt.name, info.Unread, tt.unread)
		}
		if _, set := info.Properties[remote.Description]; set {
			t.Errorf("%s: a blank description is set (P18)", tt.name)
		}
		if v, set := info.Properties[remote.DisplayName]; set {
			t.Errorf("%s: the name %q is set (T21)", tt.name, v)
		}
	}
}

// TestP93NamespacesHavePrefixes: Cyrus answers a property of Apple's in the namespace DAV: when the request has its namespace as the default
// one; then it is as good as not mentioned.
func TestP93NamespacesHavePrefixes(t *testing.T) {
	t.Parallel()
	a := start(t)
	for _, kind := range []remote.Kind{remote.Calendar, remote.Contacts} {
		c := a.open(t, a.remote(t, kind)).(remote.PropertySetter)
		if _, err := c.SetProperties(t.Context(), map[string]string{remote.Color: "#123456", remote.DisplayName: ""}); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for _, r := range a.server.Requests() {
		for _, space := range []string{"http://apple.com/ns/ical/", "http://inf-it.com/ns/ab/"} {
			n += bytes.Count(r.Body, []byte(space))
			if bytes.Contains(r.Body, []byte(`xmlns="`+space)) {
				t.Errorf("%s %s: %s", r.Method, r.Path, r.Body)
			}
		}
	}
	if n < 6 {
		t.Errorf("%d of them in all", n)
	}
}
