//go:build servers

package dav_test

import (
	"context"
	"crypto/rand"
	"path"
	"strings"
	"testing"

	"vgit/remote"
	"vgit/remote/dav"
	"vgit/remote/realtest"
	"vgit/remote/remotetest"
)

// TestServerConformance runs the suite for all remotes against real servers, each test in a collection of its own. What a
// server cannot do stands here.
func TestServerConformance(t *testing.T) {
	limits := map[string]remotetest.Limits{
		"radicale":     {Rewrites: true, OwnProperties: true},
		"radicale-new": {Rewrites: true, OwnProperties: true},
		"xandikos":     {Rewrites: true, OwnProperties: true},
		"xandikos-new": {Rewrites: true, OwnProperties: true},
		"cyrus":        {Rewrites: true, OwnProperties: true},
		"sabredav":     {NoDeltas: true, OwnProperties: true},
		"davical":      {Rewrites: true, OwnProperties: true},
		"sogo":         {Rewrites: true, BlindCreate: true, CoarseTokens: true, OwnProperties: true, OwnOrder: true},
	}
	for name, limits := range limits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := realtest.Start(t, name)
			for kind, home := range map[remote.Kind]string{remote.Calendar: path.Dir(path.Dir(s.Calendar)), remote.Contacts: path.Dir(path.Dir(s.Contacts))} {
				t.Run(string(kind), func(t *testing.T) {
					remotetest.Run(t, func(t *testing.T) remotetest.Fixture { return fixture(t, s, kind, home, limits) })
				})
			}
		})
	}
}

// fixture is an account of a real server with a new collection in a home.
func fixture(t *testing.T, s *realtest.Server, kind remote.Kind, home string, limits remotetest.Limits) remotetest.Fixture {
	t.Helper()
	id := "vgit-" + strings.ToLower(rand.Text()[:12])
	place := strings.TrimSuffix(home, "/") + "/" + id + "/"
	create := s.NewCalendar
	if kind == remote.Contacts {
		create = s.NewContacts
	}
	if err := create(place); err != nil {
		t.Fatal(err)
	}
	p := realtest.NewProxy(t, s.URL)
	r := dav.New(dav.Options{URL: p.URL + s.Root, Kind: kind, User: s.User, Proxy: "none", Trace: t.Logf,
		Password: func(context.Context) (string, error) { return s.Password, nil }})
	t.Cleanup(func() { r.Close() })
	sent := 0
	return remotetest.Fixture{Remote: r, Kind: kind, ID: id, Limits: limits,
		Other: &peer{t: t, do: s.Do, kind: kind, collection: s.URL + place},
		Requests: func() int {
			sent += len(p.Take())
			return sent
		}}
}
