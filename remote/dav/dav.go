// Package dav is the remote that speaks CalDAV and CardDAV.
//
// It guarantees that a write always names the state it replaces and is never repeated on its own, that hrefs, etags and
// bodies pass through as the bytes that came, that credentials reach a fixed list of origins only, and that whatever was
// not understood is called unknown and never absent. It knows no repository, keeps nothing between runs but what it
// hands out as learned, and never parses an item. Begin reading at Remote.Look in discover.go, then list.go, fetch.go and
// write.go; http.go has what every request goes through, elements.go the words of the protocol.
package dav

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"vgit/remote"
)

// Options say where an account is and how to talk to it. Only URL and Kind are needed.
type Options struct {
	URL  string      // an account, principal, home set or collection; the records of a bare host or mail address are looked up (P1)
	Kind remote.Kind // "" is remote.Calendar

	User     string
	Password func(context.Context) (string, error) // asked once, when a request first needs it; nil: there is none
	Token    func(context.Context) (string, error) // a bearer token; asked again once after a 401
	Hide     []string                              // further secrets that no message may hold, such as those that were not needed yet
	Auth     string                                // "auto" (or ""), "basic", "digest", "bearer"

	InsecureHTTP bool     // allow http to another machine; credentials go there only if Auth names a scheme too (P98)
	Origins      []string // further origins that may be asked and see credentials, as "https://host[:port]" (P2, S20)

	HTTP2       bool          // offer HTTP/2
	Connections int           // requests in flight for the whole account; 0: 4 (P95)
	Retries     int           // repetitions of a read that met a network error, 502, 503 or 504; 0: 3, negative: none (P97)
	Timeout     time.Duration // for connecting, TLS, the first header, and each pause in a body; 0: 30 s (P100)
	Proxy       string        // URL; "": that of Env, "none": none
	Socket      string        // path of a unix socket that leads to the host of URL; "": the network does
	UserAgent   string        // "": "vgit"

	TLS        *tls.Config // roots and client certificate; nil: the system's, none. At least TLS 1.2 whatever it says
	Pins       []string    // one of them is the MD5, SHA-1 or SHA-256 of the server's own certificate, in small hex digits; nil: any (S21)
	Unverified bool        // look at Pins only, not at authority, name and date

	WeakETag        string // "check" (or ""): compare by GET before a write that no etag can guard; "refuse" (P71)
	VCard           string // version to ask for: "keep" (or ""): the highest that the server names, "3.0", "4.0" (P66)
	NoScheduleReply bool   // deleting sends no replies to organisers (P90)

	Transport http.RoundTripper                          // nil: an own one; it must not follow redirects or repeat requests
	Now       func() time.Time                           // nil: time.Now
	Sleep     func(context.Context, time.Duration) error // nil: a timer
	Trace     func(format string, args ...any)           // one line for each exchange, without credentials; may be nil
	Rand      io.Reader                                  // for jitter and Digest; nil: crypto/rand
	Env       func(string) string                        // HTTPS_PROXY, HTTP_PROXY, NO_PROXY; nil: os.Getenv
	Resolver  *net.Resolver                              // names of hosts, SRV and TXT records; nil: the system's
}

// Remote is one CalDAV or CardDAV login. It implements remote.Remote and remote.Learner. All methods may be called from
// several goroutines. A login that was refused once stays refused for the lifetime of the value: lock-outs are worse than
// a late sync (P98).
type Remote struct {
	o      Options
	base   *url.URL // the configured address, without user info
	domain string   // if that is a bare host or mail address: what its records are looked up for
	bad    error    // why the options cannot be used
	http   *client

	mu      sync.Mutex
	learned map[string]string

	pictures sync.Mutex // held while it is found out what becomes of pictures
}

var (
	_ remote.Remote  = (*Remote)(nil)
	_ remote.Learner = (*Remote)(nil)
)

// New makes a remote and asks nothing of anybody. Options that cannot be used are reported by the first request.
func New(o Options) *Remote {
	defaults(&o)
	r := &Remote{o: o, learned: map[string]string{}}
	r.base, r.bad = parseAddress(o.URL, o.Trace)
	r.domain = domainOf(o.URL)
	if r.bad == nil {
		r.http, r.bad = newClient(&r.o, r.base, r.learn)
	}
	return r
}

func defaults(o *Options) {
	if o.Kind == "" {
		o.Kind = remote.Calendar
	}
	if o.Auth == "" {
		o.Auth = "auto"
	}
	if o.Connections <= 0 {
		o.Connections = 4
	}
	if o.Retries == 0 {
		o.Retries = 3
	}
	o.Retries = max(o.Retries, 0)
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.UserAgent == "" {
		o.UserAgent = "vgit"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Trace == nil {
		o.Trace = func(string, ...any) {}
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Env == nil {
		o.Env = os.Getenv
	}
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Learned is what is known of the server by now, to be kept in Binding.Learned.
func (r *Remote) Learned() map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.learned)
}

func (r *Remote) learn(key, value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.learned[key] = value
}

// ClockAhead tells how far the server's clock was ahead of ours at its last answer, give or take a second and the time of
// a request. ok is false if it did not tell the time.
func (r *Remote) ClockAhead() (ahead time.Duration, ok bool) {
	if r.http == nil {
		return 0, false
	}
	r.http.mu.Lock()
	defer r.http.mu.Unlock()
	if r.http.skew == nil {
		return 0, false
	}
	return *r.http.skew, true
}

// Close drops idle connections. The remote can be used again afterwards.
func (r *Remote) Close() error {
	if r.http != nil {
		r.http.closeIdle()
	}
	return nil
}
