package dav

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"vgit/remote"
	"vgit/remote/nettest"
)

// TestS19Addresses: what is outside, also in the spellings that hold an address of version 4.
func TestS19Addresses(t *testing.T) {
	t.Parallel()
	for address, public := range map[string]bool{
		"203.0.113.7": true, "198.18.0.5": true, "2001:db8::1": true, "100.63.255.255": true, "100.128.0.1": true,
		"64:ff9b::203.0.113.7": true, "2002:cb00:7107::1": true,
		"127.0.0.1": false, "127.255.255.254": false, "10.0.0.1": false, "172.31.0.1": false, "192.168.0.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "0.1.2.3": false, "224.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "fe80::1": false, "fe80::1%eth0": false, "fd00::1": false, "fec0::1": false, "ff02::1": false,
		"::ffff:10.0.0.1": false, "::10.0.0.1": false, "64:ff9b::10.0.0.1": false, "64:ff9b::7f00:1": false, "64:ff9b:1::1": false,
		"2002:a00:1::1": false, "2002:7f00:1::": false,
	} {
		if got := isPublic(netip.MustParseAddr(address)); got != public {
			t.Errorf("%s: public %v", address, got)
		}
	}
}

// TestInternationalHost: a host that is not written in ASCII is the same one in all places, also where it is dialled.
func TestInternationalHost(t *testing.T) {
	t.Parallel()
	for _, spelling := range []string{"https://b\u00fccher.example/", "https://B\u00dcCHER.example/", "https://xn--bcher-kva.example/", "https://b%C3%BCcher.example/"} {
		r := New(Options{URL: spelling, Proxy: "none"})
		if r.bad != nil {
			t.Fatal(r.bad)
		}
		if u := at(t, "https://b\u00fccher.example/x"); !r.http.admits(u) || !r.http.dialer.configured["xn--bcher-kva.example:443"] {
			t.Errorf("%s: origins %v, dialled %v", spelling, r.http.origins, r.http.dialer.configured)
		}
	}
}

// TestS21EmptyPin: a pin without digits fits nothing.
func TestS21EmptyPin(t *testing.T) {
	t.Parallel()
	s := begin(t, true, func(http.ResponseWriter, *http.Request, int) {})
	r := s.remote(t, func(o *Options) { o.Pins = []string{""}; o.Unverified = true })
	if _, err := do(t, r, call{method: "GET", url: s.at(t, "/")}); err == nil || s.count() > 0 {
		t.Errorf("error %v, %d requests", err, s.count())
	}
}

// TestS21PinsNeedTLS: where a certificate is pinned, nothing is asked without one.
func TestS21PinsNeedTLS(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{
		{URL: "http://dav.example.org/", InsecureHTTP: true},
		{URL: "http://127.0.0.1/"},
		{URL: "https://dav.example.org/", InsecureHTTP: true, Origins: []string{"http://other.example.org"}},
	} {
		o.Pins, o.Proxy = []string{strings.Repeat("0", 64)}, "none"
		if r := New(o); r.bad == nil {
			t.Errorf("%s %v is taken", o.URL, o.Origins)
		}
	}
	r := New(Options{URL: "dav.example.org", InsecureHTTP: true, Pins: []string{strings.Repeat("0", 64)}, Proxy: "none"})
	if r.bad != nil || r.http.joinService(at(t, "http://x.example.org/")) {
		t.Errorf("a record without TLS is taken (%v)", r.bad)
	}
}

// TestS17Origins: plain http to another machine is refused for further origins, too.
func TestS17Origins(t *testing.T) {
	t.Parallel()
	for origin, good := range map[string]bool{"http://dav.example.org": false, "http://10.0.0.1:8080": false, "http://127.0.0.1:5232": true, "https://dav.example.com": true} {
		if r := New(Options{URL: "https://example.org/", Origins: []string{origin}, Proxy: "none"}); (r.bad == nil) != good {
			t.Errorf("%s: %v", origin, r.bad)
		}
	}
}

// TestP99ControlCharactersInAChallenge: a challenge that no header can answer is not spoken, today and tomorrow.
func TestP99ControlCharactersInAChallenge(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"realm", "nonce", "opaque"} {
		s := New(Options{URL: "https://h/", Auth: "digest", User: "alice", Retries: -1, Password: func(context.Context) (string, error) { return "alicepw", nil },
			Transport: wire(func(r *http.Request) (*http.Response, error) {
				if r.Header.Get("Authorization") != "" {
					t.Errorf("%s is answered: %q", part, r.Header.Get("Authorization"))
				}
				c := `Digest realm="r", nonce="n", opaque="o", qop="auth"`
				return reply(r, 401, "", "WWW-Authenticate", strings.Replace(c, part+`="`, part+"=\"\x01", 1)), nil
			})})
		if _, err := do(t, s, call{method: "GET", url: s.base}); !errors.Is(err, remote.ErrLogin) || temporary(err) {
			t.Errorf("%s: %v", part, err)
		}
	}
}

// TestNextNonceWithControlCharacters is not used for the next request.
func TestNextNonceWithControlCharacters(t *testing.T) {
	t.Parallel()
	n := digestOffer(parseChallenges([]string{`Digest realm="r", nonce="n", qop="auth"`}))
	l := &login{}
	l.taken(credentials{"Digest x", n}, http.Header{"Authentication-Info": {"nextnonce=\"a\x01b\""}})
	for _, n := range l.free {
		if n.value != "n" {
			t.Errorf("the nonce is %q", n.value)
		}
	}
}

// TestS27SecretAtTheEdge: what a message quotes and shortens holds no part of a secret, nor one in the spelling of a page or of Go.
func TestS27SecretAtTheEdge(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ secret, echo string }{
		"half of it":     {"Kanarienvogel", "Kanarienvogel"},
		"with a quote":   {`Kanarien"vogel\`, `Kanarien"vogel\`},
		"for a page":     {`Kanarien&<vogel`, `Kanarien&amp;&lt;vogel`},
		"with blanks":    {"Kanarien  vogel", "Kanarien  vogel"},
		"in other words": {"Kanarienv\u00f6gel", "Kanarienv\u00f6gel"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for fill := 168; fill < 206; fill++ {
				text := strings.Repeat("x", fill) + tt.echo
				s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
					switch r.URL.Path {
					case "/refused":
						http.Error(w, text, http.StatusForbidden)
					case "/page":
						fmt.Fprintf(w, "<html>%s</html>", text)
					case "/foreign":
						w.WriteHeader(207)
						fmt.Fprint(w, open+props("/", homes("http://other.example/"+html.EscapeString(text)))+`</D:multistatus>`)
					default:
						w.WriteHeader(207)
						fmt.Fprint(w, open+props("/", homes("http://%zz/"+html.EscapeString(text)))+`</D:multistatus>`)
					}
				})
				for _, path := range []string{"/refused", "/page", "/foreign", "/unreadable"} {
					r := s.remote(t, func(o *Options) {
						o.URL = s.URL + path
						o.Password = func(context.Context) (string, error) { return tt.secret, nil }
					})
					_, err := r.Look(t.Context(), remote.Binding{})
					if err == nil || strings.Contains(err.Error(), "Kan") {
						t.Fatalf("%d, %s: %v", fill, path, err)
					}
				}
				s.Close()
			}
		})
	}
}

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

// TestP97UnknownHost: a name that nobody knows is looked up once more, and not again.
func TestP97UnknownHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.names.Host("example.org", "203.0.113.7")
	pauses := 0
	o := w.options("https://mistyped.example.org/")
	o.Retries = 5
	o.Sleep = func(ctx context.Context, _ time.Duration) error { pauses++; return ctx.Err() }
	_, err := w.look(o, remote.Binding{})
	if !temporary(err) || pauses != 1 {
		t.Errorf("%v after %d pauses", err, pauses)
	}
}

// Test407InsideATunnel: over TLS the server has said that, and no proxy.
func Test407InsideATunnel(t *testing.T) {
	t.Parallel()
	s := begin(t, true, func(w http.ResponseWriter, r *http.Request, n int) { w.WriteHeader(http.StatusProxyAuthRequired) })
	p := nettest.StartProxy(s.Listener.Addr().String(), "", nil)
	t.Cleanup(p.Close)
	r := s.remote(t, func(o *Options) { o.Proxy = "http://" + p.Addr() })
	if status, err := do(t, r, call{method: "GET", url: s.at(t, "/")}); status != 407 {
		t.Errorf("%d, %v", status, err)
	}
}

// TestS19NobodyIsAskedAboutPlacesInside: a redirect or home that is inside by its address is refused, and no question is made of it.
func TestS19NobodyIsAskedAboutPlacesInside(t *testing.T) {
	t.Parallel()
	for target, offered := range map[string]bool{
		"https://other.example/": true, "https://203.0.113.7/": true,
		"https://10.0.0.1/": false, "https://[fd00::1]/": false, "https://localhost/": false, "https://127.0.0.1:8443/": false, "https://169.254.169.254/": false,
	} {
		for _, redirect := range []bool{true, false} {
			r := New(Options{URL: "https://example.org/", Retries: -1, Transport: wire(func(r *http.Request) (*http.Response, error) {
				if redirect {
					return reply(r, http.StatusPermanentRedirect, "", "Location", target), nil
				}
				return reply(r, http.StatusMultiStatus, open+props("/", homes(target))+`</D:multistatus>`), nil
			})})
			_, err := r.Look(t.Context(), remote.Binding{})
			var elsewhere *Elsewhere
			if errors.As(err, &elsewhere) != offered || !errors.Is(err, remote.ErrNotDAV) || !strings.Contains(err.Error(), "would see the password") {
				t.Errorf("%s, redirect %v: %v", target, redirect, err)
			}
		}
	}
}

// TestF38LocationThatCannotBeRead: what waiting does not heal is not asked for again.
func TestF38LocationThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, code := range []int{301, 302, 307, 308} {
		for _, location := range []string{"http://%zz/", "http://[::1/", "http://a b/"} {
			s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
				w.Header().Set("Location", location)
				w.WriteHeader(code)
			})
			r := s.remote(t, func(o *Options) { o.Retries = 3 })
			for _, k := range []call{{method: "PROPFIND", url: s.at(t, "/"), body: []byte("x")}, {method: "GET", url: s.at(t, "/")}} {
				before := s.count()
				_, err := do(t, r, k)
				if err == nil || temporary(err) || s.count() != before+1 || !errors.Is(err, remote.ErrNotDAV) || len(err.Error()) > 500 {
					t.Errorf("%d %.20q: %d requests, %.300v", code, location, s.count()-before, err)
				}
			}
		}
	}
}

// TestHeadThatCannotBeRead is quoted in part only.
func TestHeadThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		conn, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		fmt.Fprintf(buf, "HTTP/1.1 200 OK\r\nLocation\x1b%s\r\n\r\n", strings.Repeat("x", 5000))
		buf.Flush()
		conn.Close()
	})
	_, err := do(t, s.remote(t), call{method: "PUT", url: s.at(t, "/"), body: []byte("x"), write: true})
	if !temporary(err) || !errors.Is(err, remote.ErrNoAnswer) || len(err.Error()) > 500 || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("%.300v", err)
	}
}

// TestLongCharset: a charset is a word of the server as any other.
func TestLongCharset(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("Content-Type", "text/xml; charset="+strings.Repeat("x", 5000))
		w.WriteHeader(http.StatusMultiStatus)
		fmt.Fprint(w, open+props("/", "")+`</D:multistatus>`)
	})
	if _, err := s.remote(t).Look(t.Context(), remote.Binding{}); err == nil || len(err.Error()) > 500 {
		t.Errorf("%.300v", err)
	}
}

// TestTokenWithControlCharacters is refused for what it is, without a byte of it, and not as a fault of the network.
func TestTokenWithControlCharacters(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"Kanarien\nvogel", "Kanarien\x00vogel", "Kanarien\x7fvogel"} {
		s := serve(t, func(http.ResponseWriter, *http.Request, int) {})
		r := s.remote(t, func(o *Options) {
			o.Auth, o.Token = "bearer", func(context.Context) (string, error) { return token, nil }
			o.Retries = 3
		})
		_, err := do(t, r, call{method: "GET", url: s.at(t, "/")})
		if err == nil || temporary(err) || s.count() > 0 || strings.Contains(err.Error(), "Kan") {
			t.Errorf("%v after %d requests", err, s.count())
		}
	}
}
