package dav

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vgit/remote"
	"vgit/remote/nettest"
)

// secure is a server over TLS that is content with everything, and counts.
type secure struct {
	*httptest.Server
	mu   sync.Mutex
	seen []*http.Request
}

func serveTLS(t *testing.T, config *tls.Config) *secure {
	t.Helper()
	s := &secure{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen = append(s.seen, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Server.TLS = config
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *secure) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

func withCert(p *nettest.Pair) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{p.Certificate}}
}

// visit makes one request with credentials.
func visit(t *testing.T, o Options) (*Remote, error) {
	t.Helper()
	o.User, o.Auth, o.Retries = "alice", "basic", -1
	if o.Proxy == "" {
		o.Proxy = "none"
	}
	o.Password = func(context.Context) (string, error) { return "alicepw", nil }
	r := New(o)
	t.Cleanup(func() { r.Close() })
	if r.bad != nil {
		return r, r.bad
	}
	_, err := do(t, r, call{method: "GET", url: r.base})
	return r, err
}

// TestS21Pins: which certificates are taken. Where one is not, no request arrives, so no credential either.
func TestS21Pins(t *testing.T) {
	t.Parallel()
	ca := nettest.NewAuthority()
	pair, other := ca.Server("127.0.0.1"), ca.Server("127.0.0.1")
	known, own := &tls.Config{RootCAs: ca.Pool()}, &tls.Config{RootCAs: nettest.NewAuthority().Pool()}
	for name, tt := range map[string]struct {
		tls        *tls.Config
		pins       []string
		unverified bool
		good       bool
		says       string
	}{
		"authority known":               {known, nil, false, true, ""},
		"authority unknown":             {own, nil, false, false, `signed by "CN=nettest authority"`},
		"SHA-256":                       {own, []string{pair.Fingerprint("SHA256")}, true, true, ""},
		"SHA-1":                         {own, []string{pair.Fingerprint("SHA1")}, true, true, ""},
		"MD5":                           {own, []string{pair.Fingerprint("MD5")}, true, true, ""},
		"one of several":                {own, []string{other.Fingerprint("MD5"), pair.Fingerprint("SHA256")}, true, true, ""},
		"both must hold, and do":        {known, []string{pair.Fingerprint("SHA256")}, false, true, ""},
		"both must hold, the pin only":  {own, []string{pair.Fingerprint("SHA256")}, false, false, "with tls_verify = false that is enough"},
		"both must hold, the authority": {known, []string{other.Fingerprint("SHA256")}, false, false, "tls_fingerprint is " + colons(other.Fingerprint("SHA256"))},
		"another pin":                   {own, []string{other.Fingerprint("SHA1")}, true, false, "shows another one: SHA-256 " + colons(pair.Fingerprint("SHA256")) + ", " + colons(pair.Fingerprint("SHA1"))},
		"that of the authority":         {own, []string{fmt.Sprintf("%064x", 0)}, true, false, "tls_fingerprint"},
		"no check and no pin":           {own, nil, true, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveTLS(t, withCert(pair))
			r, err := visit(t, Options{URL: s.URL, TLS: tt.tls, Pins: tt.pins, Unverified: tt.unverified})
			if tt.good != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want one that says %q", err, tt.says)
			}
			if !tt.good && (s.requests() != 0 || temporary(err)) {
				t.Errorf("%d requests arrived; temporary: %v", s.requests(), temporary(err))
			}
			if !tt.good && !strings.Contains(err.Error(), colons(pair.Fingerprint("SHA256"))) {
				t.Errorf("V74: the SHA-256 is not shown: %v", err)
			}
			if c, ok := r.Certificate(); !ok || c.SHA256 != colons(pair.Fingerprint("SHA256")) {
				t.Errorf("certificate %+v, %v", c, ok)
			}
		})
	}
}

// TestS21CertificateThatChanges: a new connection is held against the pin again, also after a session ticket, and two remotes
// of one host have their own pins.
func TestS21CertificateThatChanges(t *testing.T) {
	t.Parallel()
	ca := nettest.NewAuthority()
	first, second := ca.Server("127.0.0.1"), ca.Server("127.0.0.1")
	var mu sync.Mutex
	now := first
	var resumed atomic.Bool
	shown := withCert(first)
	shown.VerifyConnection = func(c tls.ConnectionState) error {
		if c.DidResume {
			resumed.Store(true)
		}
		return nil
	}
	shown.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		mu.Lock()
		defer mu.Unlock()
		c := shown.Clone()
		c.GetConfigForClient, c.Certificates = nil, []tls.Certificate{now.Certificate}
		return c, nil
	}
	s := serveTLS(t, shown)
	cached := &tls.Config{ClientSessionCache: tls.NewLRUClientSessionCache(4)} // shared by whoever made the options
	a, err := visit(t, Options{URL: s.URL, TLS: cached, Unverified: true, Pins: []string{first.Fingerprint("SHA256")}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := visit(t, Options{URL: s.URL, TLS: cached, Unverified: true, Pins: []string{second.Fingerprint("SHA256")}})
	if err == nil {
		t.Error("the pin of another remote was taken")
	}
	a.http.closeIdle()
	mu.Lock()
	now = second
	mu.Unlock()
	if _, err := do(t, a, call{method: "GET", url: a.base}); err == nil || resumed.Load() {
		t.Errorf("another certificate after a ticket: %v, resumed %v", err, resumed.Load())
	}
	if _, err := do(t, b, call{method: "GET", url: b.base}); err != nil {
		t.Errorf("the certificate that this remote waits for: %v", err)
	}
	if s.requests() != 2 {
		t.Errorf("%d requests, want 2", s.requests())
	}
}

// TestF39Certificates: what is wrong, what to do, and that it does not pass by waiting.
func TestF39Certificates(t *testing.T) {
	t.Parallel()
	ca := nettest.NewAuthority()
	today := time.Now()
	for name, tt := range map[string]struct {
		pair *nettest.Pair
		now  time.Time
		says string
	}{
		"expired":       {ca.Valid(today.AddDate(0, -2, 0), today.AddDate(0, 0, -1), "127.0.0.1"), today, "the clock of this machine says " + today.Format("2006-01-02") + "; if the clock is right, the server needs a new one"},
		"not yet":       {ca.Valid(today.AddDate(0, 1, 0), today.AddDate(0, 2, 0), "127.0.0.1"), today, "it holds from "},
		"clock behind":  {ca.Server("127.0.0.1"), today.AddDate(-9, 0, 0), "the clock of this machine says " + today.AddDate(-9, 0, 0).Format("2006-01-02")},
		"clock ahead":   {ca.Server("127.0.0.1"), today.AddDate(30, 0, 0), "the clock of this machine says"},
		"another name":  {ca.Server("cloud.example.org", "www.example.org"), today, "it is for cloud.example.org, www.example.org, not for 127.0.0.1"},
		"another's own": {nettest.NewAuthority().Server("127.0.0.1"), today, "does not know as an authority"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveTLS(t, withCert(tt.pair))
			_, err := visit(t, Options{URL: s.URL, TLS: &tls.Config{RootCAs: ca.Pool()}, Now: func() time.Time { return tt.now }})
			if err == nil || !strings.Contains(err.Error(), tt.says) || temporary(err) || errors.Is(err, remote.ErrNoAnswer) {
				t.Errorf("error %v, want one that says %q", err, tt.says)
			}
			if s.requests() != 0 {
				t.Error("a request arrived")
			}
			_, err = visit(t, Options{URL: s.URL, TLS: &tls.Config{RootCAs: ca.Pool()}, Unverified: true, Now: func() time.Time { return tt.now }})
			if err != nil {
				t.Errorf("tls_verify = false looks at %v", err)
			}
		})
	}
}

// TestS17TLS12: nothing older, and a port that does not speak TLS at all.
func TestS17TLS12(t *testing.T) {
	t.Parallel()
	ca := nettest.NewAuthority()
	old := withCert(ca.Server("127.0.0.1"))
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	s := serveTLS(t, old)
	_, err := visit(t, Options{URL: s.URL, TLS: &tls.Config{RootCAs: ca.Pool(), MinVersion: tls.VersionTLS10}})
	if err == nil || s.requests() != 0 || temporary(err) {
		t.Errorf("%v, %d requests", err, s.requests())
	}
	plain := serve(t, func(http.ResponseWriter, *http.Request, int) {})
	_, err = visit(t, Options{URL: strings.Replace(plain.URL, "http", "https", 1)})
	if err == nil || temporary(err) || !strings.Contains(err.Error(), "does not speak TLS") {
		t.Errorf("a port without TLS: %v", err)
	}
}

// TestClientCertificates: the one that was configured is shown to who asks for it, and a refusal is no trouble of the network.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	ca, stranger := nettest.NewAuthority(), nettest.NewAuthority()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config := withCert(ca.Server("127.0.0.1"))
		config.ClientAuth, config.ClientCAs, config.MaxVersion = tls.RequireAndVerifyClientCert, ca.Pool(), version
		s := serveTLS(t, config)
		client := func(p *nettest.Pair) *tls.Config {
			c := &tls.Config{RootCAs: ca.Pool()}
			if p != nil {
				c.Certificates = []tls.Certificate{p.Certificate}
			}
			return c
		}
		if _, err := visit(t, Options{URL: s.URL, TLS: client(ca.Client("ada"))}); err != nil {
			t.Errorf("%x: %v", version, err)
		}
		if name := s.seen[0].TLS.PeerCertificates[0].Subject.CommonName; name != "ada" {
			t.Errorf("the server saw %q", name)
		}
		_, err := visit(t, Options{URL: s.URL, TLS: client(nil)})
		if err == nil || temporary(err) || !strings.Contains(err.Error(), "set tls_client_cert") {
			t.Errorf("%x: without one: %v", version, err)
		}
		_, err = visit(t, Options{URL: s.URL, TLS: client(stranger.Client("eve"))})
		if err == nil || temporary(err) || s.requests() != 1 {
			t.Errorf("%x: with another one: %v, %d requests", version, err, s.requests())
		}
	}
}
