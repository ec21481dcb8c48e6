//go:build servers

package main_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"vgit/remote/realtest"
)

// TestServersDrill has real servers go wrong with up to 200 items, as TestDrill does a server of our own.
func TestServersDrill(t *testing.T) {
	for _, name := range realtest.Names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := realtest.Start(t, name)
			if server.Digest {
				t.Skip("the same but for the login")
			}
			for _, kind := range []string{"calendar", "contacts"} {
				site, items := realSite(t, server, kind), 200
				if kind == "contacts" {
					items = 60 // it is about the same code
				}
				for _, c := range drills {
					if c.late {
						continue // which no server sees
					}
					t.Run(kind+" "+c.name, func(t *testing.T) { newDrill(t, site, kind, items).through(c) })
				}
			}
		})
	}
}

// realSite is a collection of a real server, which makes no backups.
func realSite(t *testing.T, server *realtest.Server, kind string) *drillSite {
	proxy := realtest.NewProxy(t, server.URL)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := &drillSite{url: proxy.URL + server.Root, path: server.Calendar, user: server.User, password: server.Password, listed: func() {}, over: func() {}}
	if kind == "contacts" {
		s.path = server.Contacts
	}
	var wrote time.Time
	s.do = func(q *http.Request) (*http.Response, error) {
		q.URL.Scheme, q.URL.Host, q.Host = address.Scheme, address.Host, address.Host
		if q.Method == http.MethodPut || q.Method == http.MethodDelete {
			wrote = time.Now()
		}
		return server.Do(q)
	}
	s.writes = func() (n int) {
		for _, e := range proxy.Take() {
			if e.Writes() {
				n++
			}
		}
		return n
	}
	if server.Traits.CoarseTokens { // as rig.over and rig.listed
		s.over = func() {
			now := time.Now()
			time.Sleep(now.Truncate(time.Second).Add(1100 * time.Millisecond).Sub(now))
		}
		s.listed = func() { time.Sleep(time.Until(wrote.Add(2500 * time.Millisecond))) }
	}
	return s
}
