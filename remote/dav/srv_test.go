package dav

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vgit/remote"
	"vgit/remote/nettest"
)

// world is a few names, all on the loopback, and the servers behind them.
type world struct {
	t     *testing.T
	names *nettest.Names
	ca    *nettest.Authority
}

func newWorld(t *testing.T) *world {
	w := &world{t, nettest.StartNames(), nettest.NewAuthority()}
	t.Cleanup(w.names.Close)
	return w
}

// server starts one over TLS that has the pages of site, and the names. It returns its port.
func (w *world) server(pages map[string]string, names ...string) (*canned, *[]string, uint16) {
	var asked []string
	c := &canned{}
	s := serveTLS(w.t, withCert(w.ca.Server(names...)))
	answer := pagesOf(pages, &asked)
	s.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.seen = append(c.seen, r)
		answer(rw, r, len(c.seen))
	})
	c.Server = s.Server
	for _, name := range names {
		w.names.Host(name, "127.0.0.1")
	}
	port, _ := strconv.ParseUint(s.URL[strings.LastIndexByte(s.URL, ':')+1:], 10, 16)
	return c, &asked, uint16(port)
}

// options are those of a client that knows these names only.
func (w *world) options(url string) Options {
	return Options{URL: url, User: "alice", Auth: "basic", Proxy: "none", Retries: -1, Resolver: w.names.Resolver(), TLS: &tls.Config{RootCAs: w.ca.Pool()},
		Password: func(context.Context) (string, error) { return "alicepw", nil }}
}

func (w *world) look(o Options, known remote.Binding) (remote.Account, error) {
	r := New(o)
	w.t.Cleanup(func() { r.Close() })
	return r.Look(w.t.Context(), known)
}

// account is what a server has at these places.
func account(root string) map[string]string {
	return map[string]string{root + " 0": props(root, principal("/p/")), "/p/ 0": props("/p/", homes("/home/")),
		"/home/ 1": props("/home/", isFolder+principal("/p/")) + props("/home/a/", isCalendar)}
}

// TestP1RecordsOfADomain: SRV by priority, all of them tried, TXT, well-known.
func TestP1RecordsOfADomain(t *testing.T) {
	t.Parallel()
	const srv = "_caldavs._tcp.example.org"
	for name, tt := range map[string]struct {
		pages map[string]string
		setup func(w *world, port uint16)
		asked []string
	}{
		"well-known": {account("/.well-known/caldav"), func(w *world, port uint16) { w.names.SRV(srv, "dav.example.org", port, 0, 1) },
			[]string{"/.well-known/caldav 0", "/p/ 0", "/home/ 1"}},
		"the path of the TXT record": {account("/dav/x%20y/"), func(w *world, port uint16) {
			w.names.SRV(srv, "dav.example.org", port, 0, 1)
			w.names.TXT(srv, "v=whatever")
			w.names.TXT(srv, "path=nonsense")
			w.names.TXT(srv, "path=//elsewhere.example/x")
			w.names.TXT(srv, "path=/dav/x%20y/")
		}, []string{"/dav/x%20y/ 0", "/p/ 0", "/home/ 1"}},
		"a path that leads nowhere": {account("/"), func(w *world, port uint16) {
			w.names.SRV(srv, "dav.example.org", port, 0, 1)
			w.names.TXT(srv, "path=/old")
		}, []string{"/old 0", "/.well-known/caldav 0", "/ 0", "/p/ 0", "/home/ 1"}},
		"the best is dead": {account("/.well-known/caldav"), func(w *world, port uint16) {
			w.names.SRV(srv, "dav.example.org", port, 20, 1)
			w.names.SRV(srv, "dead.example.org", 1, 10, 1)
			w.names.SRV(srv, "gone.example.org", port, 5, 1) // has no address
			w.names.Host("dead.example.org", "127.0.0.1")
		}, []string{"/.well-known/caldav 0", "/p/ 0", "/home/ 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.names.Host("example.org", "127.0.0.1")
			_, asked, port := w.server(tt.pages, "dav.example.org")
			tt.setup(w, port)
			for _, address := range []string{"example.org", "ada@example.org"} {
				*asked = nil
				acc, err := w.look(w.options(address), remote.Binding{})
				if err != nil || len(acc.Collections) != 1 || acc.Binding.URL != "https://example.org/" {
					t.Fatalf("%v, %+v", err, acc)
				}
				if diff := cmp.Diff(tt.asked, *asked); diff != "" {
					t.Errorf("asked (-want +got):\n%s", diff)
				}
				*asked = nil
				looked := len(w.names.Asked())
				again, err := w.look(w.options(address), acc.Binding)
				if err != nil || len(*asked) != 1 || cmp.Diff(acc.Collections, again.Collections) != "" {
					t.Errorf("P16: the next look: %v, %q", err, *asked)
				}
				if slices.Contains(w.names.Asked()[looked:], srv) {
					t.Error("the records are looked up at each look")
				}
			}
		})
	}
}

// TestP1WithoutRecords: a domain without records is the host itself, and one that cannot be asked is no other.
func TestP1WithoutRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.names.Host("none.org", "127.0.0.1")
	if _, err := w.look(w.options("none.org"), remote.Binding{}); err == nil || !strings.Contains(err.Error(), "cannot connect to none.org (127.0.0.1:443)") {
		t.Errorf("no records: %v", err)
	}
	w.names.Fail("_caldavs._tcp.broken.org")
	_, err := w.look(w.options("broken.org"), remote.Binding{})
	if !errors.Is(err, remote.ErrTemporary) || !strings.Contains(err.Error(), "broken.org: the domain name system does not tell where its calendars are") {
		t.Errorf("a server of names in trouble: %v", err)
	}
	w.names.Host("no.org", "127.0.0.1")
	w.names.SRV("_caldavs._tcp.no.org", ".", 0, 0, 0)
	_, err = w.look(w.options("no.org"), remote.Binding{})
	if !errors.Is(err, remote.ErrNotDAV) || errors.Is(err, remote.ErrTemporary) || !strings.Contains(err.Error(), "it has no calendars") {
		t.Errorf("a record that says no: %v", err)
	}
}

// TestP1PlaintextNames: the records of http are asked for only if that is allowed, and used only if there are none with TLS.
func TestP1PlaintextNames(t *testing.T) {
	t.Parallel()
	plain, asked := site(t, account("/.well-known/caldav"))
	port, _ := strconv.ParseUint(plain.URL[strings.LastIndexByte(plain.URL, ':')+1:], 10, 16)
	w := newWorld(t)
	w.names.Host("example.org", "127.0.0.1")
	w.names.Host("dav.example.org", "127.0.0.1")
	w.names.SRV("_caldav._tcp.example.org", "dav.example.org", uint16(port), 0, 1)
	if _, err := w.look(w.options("example.org"), remote.Binding{}); err == nil || len(*asked) != 0 || slices.Contains(w.names.Asked(), "_caldav._tcp.example.org") {
		t.Errorf("not asked for: %v, %q, names %q", err, *asked, w.names.Asked())
	}
	o := w.options("example.org")
	o.InsecureHTTP = true
	if acc, err := w.look(o, remote.Binding{}); err != nil || len(acc.Collections) != 1 {
		t.Errorf("asked for: %v", err)
	}
	_, _, secure := w.server(account("/.well-known/caldav"), "tls.example.org")
	w.names.SRV("_caldavs._tcp.example.org", "tls.example.org", secure, 0, 1)
	*asked = nil
	if _, err := w.look(o, remote.Binding{}); err != nil || len(*asked) != 0 {
		t.Errorf("with TLS as well: %v, %q", err, *asked)
	}
}

// TestP2RecordsThatLeadElsewhere: a target below another registrable domain sees nothing before a person has said that it is right.
func TestP2RecordsThatLeadElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, _, _ := w.server(account("/"), "example.org")
	provider, _, port := w.server(account("/.well-known/caldav"), "dav.provider.example")
	w.names.SRV("_caldavs._tcp.example.org", "dav.provider.example", port, 0, 1)
	_, err := w.look(w.options("example.org"), remote.Binding{})
	var elsewhere *Elsewhere
	if !errors.As(err, &elsewhere) || elsewhere.Origin != "https://dav.provider.example:"+strconv.Itoa(int(port)) || !strings.Contains(err.Error(), `add "`+elsewhere.Origin+`" to origins`) {
		t.Fatalf("error %v", err)
	}
	if provider.count() != 0 || own.count() != 0 {
		t.Errorf("%d requests to the provider, %d to the domain", provider.count(), own.count())
	}
	o := w.options("example.org")
	o.Origins = []string{elsewhere.Origin}
	acc, err := w.look(o, remote.Binding{})
	if err != nil || len(acc.Collections) != 1 {
		t.Errorf("confirmed: %v", err)
	}
	// What a repository remembers is no confirmation.
	acc.Binding.Learned["services"] = elsewhere.Origin
	acc.Binding.Learned["origins"] = elsewhere.Origin
	before := provider.count()
	if _, err := w.look(w.options("example.org"), acc.Binding); err == nil || provider.count() != before {
		t.Errorf("a planted origin was used: %v", err)
	}
}

// TestS19InsideFromOutside: a name below the domain of a public server that leads to this machine or its network is not
// connected to, wherever it came from; the same name is fine for a server that is inside itself, or if the configuration has it.
func TestS19InsideFromOutside(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		home, at          string // addresses
		configured, asked bool
	}{
		"loopback": {"203.0.113.7", "127.0.0.1", false, false}, "loopback of version 6": {"203.0.113.7", "::1", false, false},
		"mapped": {"203.0.113.7", "::ffff:127.0.0.1", false, false}, "link": {"203.0.113.7", "169.254.169.254", false, false},
		"private": {"203.0.113.7", "10.0.0.1", false, false}, "private of version 6": {"203.0.113.7", "fd00::1", false, false},
		"of a provider": {"203.0.113.7", "100.64.0.1", false, false}, "nowhere": {"203.0.113.7", "0.0.0.0", false, false},
		"both are inside": {"192.168.1.2", "127.0.0.1", false, true}, "configured": {"203.0.113.7", "127.0.0.1", true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inner, _, port := w.server(account("/"), "inner.example.org")
			w.names.Host("example.org", tt.home)
			w.names.Host("inner.example.org", tt.at)
			o := w.options("https://example.org:" + strconv.Itoa(int(port)) + "/")
			if tt.configured {
				o.Origins = []string{"https://inner.example.org:" + strconv.Itoa(int(port))}
			}
			r := New(o)
			t.Cleanup(func() { r.Close() })
			u := at(t, "https://inner.example.org:"+strconv.Itoa(int(port))+"/")
			if !r.http.join(u) {
				t.Fatal("not of the site")
			}
			_, err := do(t, r, call{method: "PROPFIND", url: u, depth: "0"})
			if tt.asked != (err == nil) || tt.asked != (inner.count() > 0) {
				t.Errorf("error %v, %d requests", err, inner.count())
			}
			if !tt.asked && (temporary(err) || !strings.Contains(err.Error(), "inside this network")) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestS18Subdomains: a redirect to another host or port of the site is followed while an account is looked for, and by nothing
// else before; a sister domain never is.
func TestS18Subdomains(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	foreign, _, foreignPort := w.server(account("/"), "example.com", "example.org.evil.net", "example.org")
	second, _, port := w.server(account("/there/"), "sub.example.org", "example.org")
	url := func(host string, port uint16) string { return "https://" + host + ":" + strconv.Itoa(int(port)) }
	for _, code := range []string{"301", "302", "307", "308"} {
		for _, tt := range []struct {
			name, target string
			discover     bool
			good         bool
		}{
			{"subdomain", url("sub.example.org", port), true, true}, {"subdomain, later", url("sub.example.org", port), false, false},
			{"port", url("example.org", foreignPort), true, false}, {"sister", url("example.com", port), true, false},
			{"name as a prefix", url("example.org.evil.net", port), true, false}, {"no TLS", "http://sub.example.org:" + strconv.Itoa(int(port)), true, false},
		} {
			for _, method := range []string{"PROPFIND", "REPORT", "GET", "PUT"} {
				r := New(w.options(url("example.org", port)))
				r.http.transport = redirectOnce(r, code, tt.target)
				_, err := do(t, r, call{method: method, url: r.base, depth: "0", discover: tt.discover, write: method == "PUT", body: []byte("x")})
				if good := tt.good && method != "PUT"; good != (err == nil) {
					t.Errorf("%s %s %s: %v", method, code, tt.name, err)
				}
				r.Close()
			}
		}
	}
	if foreign.count() != 0 {
		t.Errorf("%d requests to a foreign server", foreign.count())
	}
	for _, r := range second.seen {
		if r.URL.Path != "/there/" {
			t.Errorf("%s arrived", r.URL)
		}
	}
}

// redirectOnce is a transport whose first answer is a redirect to a place there.
func redirectOnce(r *Remote, code, target string) *oneRedirect {
	return &oneRedirect{r.http.transport, code, target, false}
}

type oneRedirect struct {
	http.RoundTripper
	code, target string
	done         bool
}

func (o *oneRedirect) RoundTrip(r *http.Request) (*http.Response, error) {
	if o.done {
		return o.RoundTripper.RoundTrip(r)
	}
	o.done = true
	status, _ := strconv.Atoi(o.code)
	return reply(r, status, "", "Location", o.target+"/there/"), nil
}

// TestP1RecordsWithoutEnd: a domain has a few servers, and an answer that names more is not tried to its end.
func TestP1RecordsWithoutEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for port := range uint16(25) {
		w.names.SRV("_caldavs._tcp.example.org", "a.example.org", port+1, port, 1)
	}
	asked := map[string]bool{}
	o := w.options("example.org")
	o.Transport = wire(func(r *http.Request) (*http.Response, error) {
		asked[r.URL.Host] = true
		return nil, errors.New("nobody there")
	})
	if _, err := w.look(o, remote.Binding{}); !temporary(err) || len(asked) != maxServices || !asked["a.example.org:1"] {
		t.Errorf("%v, asked %d", err, len(asked))
	}
}
