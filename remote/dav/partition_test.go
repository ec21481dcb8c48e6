package dav

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"vgit/remote"
)

// TestP8PartitionHosts: a home set on another host of the site, as iCloud has it. The host is remembered, sees credentials,
// and hrefs below it name it.
func TestP8PartitionHosts(t *testing.T) {
	t.Parallel()
	const site = "https://caldav.example.com"
	var asked []string
	transport := wire(func(r *http.Request) (*http.Response, error) {
		if user, _, _ := r.BasicAuth(); user != "ada" {
			return reply(r, 401, "", "WWW-Authenticate", "Basic"), nil
		}
		asked = append(asked, r.Method+" "+r.URL.String())
		page := map[string]string{
			site + "/":                        props("/", principal("/p/")),
			site + "/p/":                      props("/p/", homes("https://p42.example.com:443/home/")),
			"https://p42.example.com/home/":   props("/home/", isFolder+principal("/p/")) + props("/home/a/", isCalendar),
			"https://p42.example.com/home/a/": props("/home/a/", isCalendar) + ok("/home/a/x.ics", "1"),
		}[r.URL.String()]
		if r.Method == "PUT" {
			return reply(r, 204, ""), nil
		}
		return reply(r, 207, open+page+`<D:sync-token>t</D:sync-token></D:multistatus>`), nil
	})
	make := func() *Remote {
		return New(Options{URL: site, User: "ada", Password: func(context.Context) (string, error) { return "pw", nil }, Transport: transport})
	}
	acc, err := make().Look(t.Context(), remote.Binding{})
	if err != nil || len(acc.Collections) != 1 || acc.Collections[0].Href != "https://p42.example.com/home/a/" ||
		acc.Binding.Homes[0] != "https://p42.example.com/home/" || acc.Binding.Learned["origins"] != "https://p42.example.com" {
		t.Fatalf("%v, %+v", err, acc)
	}
	asked = nil
	next := make()
	acc, err = next.Look(t.Context(), acc.Binding)
	if err != nil || len(asked) != 1 {
		t.Fatalf("%v after %q", err, asked)
	}
	other := acc.Binding
	other.Principal = "/somebody/"
	if _, err := make().Look(t.Context(), other); !errors.Is(err, remote.ErrOtherAccount) {
		t.Errorf("P14: another principal there: %v", err)
	}
	asked = nil
	c := next.Open(acc.Collections[0])
	ch, err := c.Changes(t.Context(), remote.State{Full: true})
	if err != nil || len(ch.Members) != 1 || ch.Members[0].Href != "https://p42.example.com/home/a/x.ics" {
		t.Fatalf("%v, %+v", err, ch)
	}
	asked = nil
	if _, err := c.Put(t.Context(), ch.Members[0].Href, remote.Precondition{ETag: `"1"`}, []byte("x")); err != nil || asked[0] != "PUT https://p42.example.com/home/a/x.ics" {
		t.Errorf("%v after %q", err, asked)
	}
	if h := c.NewHref("new"); h != "https://p42.example.com/home/a/new.ics" {
		t.Errorf("a new href is %q", h)
	}
	fresh := make()
	if _, err := fresh.Open(acc.Collections[0]).Changes(t.Context(), remote.State{}); !errors.Is(err, remote.ErrNotDAV) {
		t.Errorf("S20: a host that nobody has pinned is asked: %v", err)
	}
}

// TestS27ScrubbedErrors keep their kind.
func TestS27ScrubbedErrors(t *testing.T) {
	t.Parallel()
	var s secrets
	s.hide("canary")
	err := s.safe(&failure{method: "PUT", url: at(t, "https://h/%2563anary"), status: 409, err: &remote.Refused{Status: 409, Text: "a canary"}})
	var no *remote.Refused
	if strings.Contains(err.Error(), "canary") || !errors.As(err, &no) || no.Status != 409 || strings.Contains(no.Text, "canary") || errors.Unwrap(err) != nil {
		t.Errorf("%v, %+v", err, no)
	}
	if err := s.safe(remote.ErrGone); err != remote.ErrGone {
		t.Errorf("an innocent error is changed: %v", err)
	}
	s.hide("abc") // too short to be told from other text
	if got := s.scrub("abc canary %63anar%79"); got != "***" {
		t.Errorf("%q", got)
	}
	if got := s.scrub("abc canary"); got != "abc ***" {
		t.Errorf("%q", got)
	}
}

func TestOptionsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"no url":        {},
		"scheme":        {URL: "ftp://h/"},
		"plain http":    {URL: "http://h/"},
		"auth":          {URL: "https://h/", Auth: "kerberos"},
		"no token":      {URL: "https://h/", Auth: "bearer"},
		"colon in user": {URL: "https://h/", User: "a:b"},
		"origins":       {URL: "https://h/", Origins: []string{"nonsense://"}},
		"proxy":         {URL: "https://h/", Proxy: "::secret"},
	} {
		r := New(o)
		_, err := r.Look(t.Context(), remote.Binding{})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: Look: %v", name, err)
		}
		c := r.Open(remote.Info{Href: "/cal/"})
		if _, cerr := c.Changes(t.Context(), remote.State{}); cerr == nil {
			t.Errorf("%s: Changes passes", name)
		}
		if _, perr := c.Put(t.Context(), "/cal/a.ics", remote.Precondition{Absent: true}, nil); perr == nil {
			t.Errorf("%s: Put passes", name)
		}
		_ = c.NewHref("a")
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestS27SecretAtTheEndOfALine: a text that is cut in the middle of a secret does not show its first half.
func TestS27SecretAtTheEndOfALine(t *testing.T) {
	t.Parallel()
	const canary = "Kanarienvogel-im-Käfig"
	for _, contentType := range []string{"text/plain", "text/html", "application/xml"} {
		for fill := shownLength - len(canary) - 8; fill <= shownLength; fill++ {
			s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				w.Header().Set("Content-Type", contentType)
				w.WriteHeader(403)
				text := strings.Repeat("x", fill) + canary + " and more"
				if contentType == "application/xml" {
					text = `<d:error xmlns:d="DAV:"><d:responsedescription>` + text + `</d:responsedescription></d:error>`
				}
				_, _ = w.Write([]byte(text))
			})
			r := s.remote(t, func(o *Options) { o.Hide = []string{canary} })
			if _, err := r.Look(t.Context(), remote.Binding{}); err == nil || strings.Contains(err.Error(), "Kana") {
				t.Errorf("%s, %d before it: %v", contentType, fill, err)
			}
			s.Close()
		}
	}
}

// TestP98LoopbackThroughAProxyElsewhere: what goes to this machine's own name through a proxy somewhere else leaves it in the clear.
func TestP98LoopbackThroughAProxyElsewhere(t *testing.T) {
	t.Parallel()
	for proxy, refused := range map[string]bool{
		"": false, "none": false, "socks5://127.0.0.1:1": false, "http://localhost:1": false,
		"http://proxy.example.com:3128": true, "socks5://192.0.2.1:1080": true,
	} {
		o := Options{URL: "http://localhost:1/", User: "ada", Auth: "basic", Proxy: proxy, Transport: wire(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("asked")
		}), Env: func(string) string { return "" }, Retries: -1}
		_, err := New(o).Look(t.Context(), remote.Binding{})
		if err == nil || strings.Contains(err.Error(), "plain http is refused") != refused {
			t.Errorf("proxy %q: %v", proxy, err)
		}
	}
}
