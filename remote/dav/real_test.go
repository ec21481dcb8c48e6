package dav_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"vgit/remote"
	"vgit/remote/dav"
	"vgit/remote/remotetest"
)

// TestRealServer runs the suite against a running server, in calendars that it makes and leaves there. It is skipped unless
// VGIT_DAV_URL (the account), VGIT_DAV_HOME (the URL of the calendar home), VGIT_DAV_USER and VGIT_DAV_PASSWORD are set.
// VGIT_DAV_LIMITS names what the server cannot do, with blanks between: rewrites, blind-create, blind-delete, blind-missing,
// no-deltas, late, more.
func TestRealServer(t *testing.T) {
	t.Parallel()
	url, home := os.Getenv("VGIT_DAV_URL"), os.Getenv("VGIT_DAV_HOME")
	if url == "" || home == "" {
		t.Skip("no server named in VGIT_DAV_URL and VGIT_DAV_HOME")
	}
	says := func(limit string) bool {
		return strings.Contains(" "+os.Getenv("VGIT_DAV_LIMITS")+" ", " "+limit+" ")
	}
	limits := remotetest.Limits{Rewrites: says("rewrites"), BlindCreate: says("blind-create"), BlindDelete: says("blind-delete"),
		BlindMissing: says("blind-missing"), NoDeltas: says("no-deltas"), LateDeletions: says("late"), MoreForNothing: says("more")}
	remotetest.Run(t, func(t *testing.T) remotetest.Fixture {
		user, password := os.Getenv("VGIT_DAV_USER"), os.Getenv("VGIT_DAV_PASSWORD")
		p := &peer{t: t, kind: remote.Calendar, do: func(req *http.Request) (*http.Response, error) {
			req.SetBasicAuth(user, password)
			req.Close = true
			return http.DefaultClient.Do(req)
		}}
		id := "vgit-" + strings.ToLower(rand.Text()[:12])
		p.collection = strings.TrimSuffix(home, "/") + "/" + id + "/"
		p.ask("MKCALENDAR", p.collection, nil)
		r := dav.New(dav.Options{URL: url, User: user, Proxy: "none", Password: func(context.Context) (string, error) { return password, nil }, Trace: t.Logf})
		t.Cleanup(func() { r.Close() })
		return remotetest.Fixture{Remote: r, Kind: remote.Calendar, ID: id, Other: p, Limits: limits}
	})
}

// peer is the second client, with as little wit as possible.
type peer struct {
	t          *testing.T
	do         func(*http.Request) (*http.Response, error) // with the login
	kind       remote.Kind
	collection string
}

func (p *peer) ask(method, url string, body []byte, headers ...string) (int, []byte) {
	p.t.Helper()
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := p.do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return res.StatusCode, answer
}

func (p *peer) url(h remote.Href) string {
	return p.collection + string(h[strings.LastIndexByte(string(h), '/')+1:])
}

func (p *peer) Put(h remote.Href, body []byte) {
	content := "text/calendar; charset=utf-8"
	if p.kind == remote.Contacts {
		content = "text/vcard; charset=utf-8"
	}
	if status, answer := p.ask("PUT", p.url(h), body, "Content-Type", content); status/100 != 2 {
		p.t.Fatalf("PUT %s: %d %s", p.url(h), status, answer)
	}
}

func (p *peer) Delete(h remote.Href) { p.ask("DELETE", p.url(h), nil) }

func (p *peer) Get(h remote.Href) ([]byte, bool) {
	status, body := p.ask("GET", p.url(h), nil)
	return body, status == http.StatusOK
}

func (p *peer) Len() int {
	_, body := p.ask("PROPFIND", p.collection, []byte(`<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>`), "Depth", "1", "Content-Type", "text/xml")
	return strings.Count(string(body), ".ics</") + strings.Count(string(body), ".vcf</")
}
