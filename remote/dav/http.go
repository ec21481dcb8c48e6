package dav

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"vgit/remote"
)

const (
	maxHops      = 5                // redirects (P3)
	maxWait      = 30 * time.Second // longer waits end the run (P96)
	maxBusy      = 2 * time.Hour
	defaultBusy  = time.Minute
	maxErrorText = 64 << 10
)

// client is what every request of an account goes through: credentials, bounds, redirects, retries.
type client struct {
	o    *Options
	home *url.URL // the configured address
	// transport sends one request. An http.Client around it would read the place of a redirect even if it may not follow, and take
	// one that cannot be read for a fault of the network.
	transport http.RoundTripper
	login     *login
	secrets   secrets
	trust     *trust
	dialer    *dialer
	learn     func(key, value string)
	slots     chan struct{} // requests in flight (P95)
	writes    gate

	mu       sync.Mutex
	origins  map[string]bool // what may be asked and see credentials (S20)
	joined   string          // those of them that were learned
	services string          // those that came from SRV records
	busy     time.Time       // no request before this time (P96)
	asked    bool            // the server named it
	skew     *time.Duration  // how far the server's clock is ahead, nil if not told
}

func newClient(o *Options, home *url.URL, learn func(key, value string)) (*client, error) {
	c := &client{o: o, home: home, learn: learn, slots: make(chan struct{}, o.Connections), origins: map[string]bool{}}
	for _, secret := range o.Hide {
		c.secrets.hide(secret)
		c.secrets.hide(o.User + ":" + secret)
	}
	err := c.configured()
	if err != nil {
		return nil, err
	}
	if c.dialer, err = newDialer(o, c); err != nil {
		return nil, err
	}
	c.trust = &trust{pins: o.Pins, now: o.Now}
	c.transport = newTransport(o, c.trust, c.dialer)
	c.login, err = newLogin(o, home, &c.secrets, learn)
	return c, err
}

// configured pins the origins that the configuration names.
func (c *client) configured() error {
	if err := c.o.mayBePlain(c.home, c.o.Socket != ""); err != nil {
		return err
	}
	c.origins[origin(c.home)] = true
	for _, s := range c.o.Origins {
		u, err := parseAddress(s, c.o.Trace)
		if err == nil {
			err = c.o.mayBePlain(u, false)
		}
		if err != nil {
			return fmt.Errorf("origins: %w", err)
		}
		c.origins[origin(u)] = true
	}
	return nil
}

// mayBePlain is the error for an address that would be asked without TLS: on another machine, unless that was asked for (S17), and
// anywhere if a certificate is pinned, since there is none (S21).
func (o *Options) mayBePlain(u *url.URL, here bool) error {
	switch {
	case u.Scheme != "http":
		return nil
	case len(o.Pins) > 0:
		return fmt.Errorf("%s: without TLS there is no certificate to hold against tls_fingerprint; use https, or take tls_fingerprint out", shown(u))
	case !o.InsecureHTTP && !here && !o.staysHere(u):
		return fmt.Errorf("%s: plain http is refused; use https, or set insecure_http = true", shown(u))
	}
	return nil
}

// closeIdle leaves to an http.Client what that knows: whether a transport has idle connections.
func (c *client) closeIdle() { (&http.Client{Transport: c.transport}).CloseIdleConnections() }

// call is one request as the rest of the package words it.
type call struct {
	method   string
	url      *url.URL
	depth    string
	header   http.Header
	body     []byte
	mime     string
	discover bool  // may learn of further origins of the site (P8)
	write    bool  // is sent once, and its answer decides (P86)
	gzip     bool  // may come compressed; never for bodies and writes (P72)
	limit    int64 // bytes of the answer
}

// answer is what came. Close it.
type answer struct {
	url    *url.URL // that gave the answer, after redirects
	status int
	line   string
	header http.Header
	body   io.ReadCloser
	length int64 // as told by the header, -1 if not
}

// do sends a request and follows redirects (P3 to P5). Every answer that is no redirect comes back, whatever its status,
// but 401 (ErrLogin) and a wish to be left alone (*remote.Busy).
func (c *client) do(ctx context.Context, k call) (*answer, error) {
	for hop := 0; ; hop++ {
		a, err := c.patiently(ctx, k)
		if err != nil || a.status/100 != 3 {
			return a, err
		}
		_ = a.body.Close()
		if hop == maxHops {
			return nil, fmt.Errorf("%s: %w: more than %d redirects", shown(k.url), remote.ErrNotDAV, maxHops)
		}
		if k.url, err = c.redirect(k, a); err != nil {
			return nil, err
		}
	}
}

// redirect is where a request may follow an answer to, or the reason why it may not.
func (c *client) redirect(k call, a *answer) (*url.URL, error) {
	refuse := func(why string) error {
		err := fmt.Errorf("%s %s: %w: %s: %s", k.method, shown(k.url), remote.ErrNotDAV, a.line, c.secrets.scrub(why))
		if k.write {
			err = fmt.Errorf("%w: %w", err, remote.ErrNoAnswer)
		}
		return err
	}
	location := a.header.Get("Location")
	u, err := k.url.Parse(strings.TrimSpace(location))
	if err != nil || location == "" {
		return nil, refuse("a redirect to no address")
	}
	u = tidy(u)
	switch {
	case a.status != 301 && a.status != 302 && a.status != 307 && a.status != 308:
		return nil, refuse("not a redirect that can be followed")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, refuse("a redirect to " + c.secrets.short(u.Scheme))
	case k.url.Scheme == "https" && u.Scheme == "http":
		return nil, refuse("a redirect to " + c.target(u) + " without TLS, which is refused")
	case k.write && (a.status < 307 || origin(u) != origin(k.url)):
		return nil, refuse("the server moved it to " + c.target(u) + "; change the url in the configuration")
	case !c.admits(u) && !(k.discover && c.join(u)):
		return nil, c.elsewhere(u, refuse("a redirect to "+c.target(u)+c.remedy(u)))
	}
	return u, nil
}

// target is a URL that a server named, for messages.
func (c *client) target(u *url.URL) string { return c.secrets.short(shown(u)) }

// admits tells whether u is of a pinned origin (S20).
func (c *client) admits(u *url.URL) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.origins[origin(u)]
}

// join pins the origin of u if it may be taken for a part of the configured site, and remembers that (P2, P8).
func (c *client) join(u *url.URL) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.origins[origin(u)] {
		return true
	}
	if !isKin(c.home, u) {
		return false
	}
	c.origins[origin(u)] = true
	c.learn("origins", strings.TrimSpace(c.joined+" "+origin(u)))
	c.joined = strings.TrimSpace(c.joined + " " + origin(u))
	return true
}

// recall takes what an earlier run learned.
func (c *client) recall(learned map[string]string) {
	c.login.remember(learned["auth"])
	for _, s := range strings.Fields(learned["origins"]) {
		if u, err := url.Parse(s); err == nil {
			c.join(tidy(u))
		}
	}
	for _, s := range strings.Fields(learned["services"]) {
		if u, err := url.Parse(s); err == nil {
			c.joinService(tidy(u))
		}
	}
	if learned["writes"] == "serial" {
		c.writes.oneByOne()
	}
}

// patiently repeats a read that met a network error or an overloaded gateway (P97), and waits for a busy server (P96).
func (c *client) patiently(ctx context.Context, k call) (*answer, error) {
	for try := 0; ; try++ {
		last := k.write || try >= c.o.Retries
		a, err := c.authorised(ctx, k)
		switch {
		case err != nil:
			if last || try > 0 && isUnknownHost(err) || !temporary(err) || isBusy(err) {
				return nil, err
			}
		case a.status == 503 && a.header.Get("Retry-After") == "" && !last, a.status == 502, a.status == 504:
			if last {
				return a, nil
			}
			_ = a.body.Close()
		default:
			until, asked, busy := c.wantsPeace(a)
			if !busy {
				return a, nil
			}
			if err := c.backOff(k, a, until, asked); last || until.Sub(c.o.Now()) > maxWait {
				return nil, err
			}
			continue // the next exchange waits
		}
		if err := c.o.Sleep(ctx, c.jitter(500*time.Millisecond<<min(try, 6))); err != nil {
			return nil, err
		}
	}
}

// isUnknownHost tells a name that the domain name system does not have. Somebody may have mistyped it, so it is not asked for
// again and again; once more it is, since a network that is coming up says so, too.
func isUnknownHost(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}

// backOff keeps all requests of the account away from a server that asked for it.
func (c *client) backOff(k call, a *answer, until time.Time, asked bool) error {
	f := c.failure(k, a)
	f.err = &remote.Busy{Until: until, Asked: asked}
	c.mu.Lock()
	if until.After(c.busy) {
		c.busy, c.asked = until, asked
	}
	c.mu.Unlock()
	if k.write && a.status == 503 { // a proxy may say so after the server did it
		return fmt.Errorf("%w: %w", f, remote.ErrNoAnswer)
	}
	return f
}

// peace waits until a busy server may be asked again. A long wait is an error (P96).
func (c *client) peace(ctx context.Context) error {
	c.mu.Lock()
	until, asked := c.busy, c.asked
	c.mu.Unlock()
	wait := until.Sub(c.o.Now())
	switch {
	case wait <= 0:
		return nil
	case wait > maxWait:
		return &remote.Busy{Until: until, Asked: asked}
	}
	return c.o.Sleep(ctx, wait+c.jitter(wait/10)+time.Millisecond)
}

// wantsPeace reads the wish to be left alone, and until when; asked tells whether the server named a time (P96).
func (c *client) wantsPeace(a *answer) (until time.Time, asked, busy bool) {
	after := strings.TrimSpace(a.header.Get("Retry-After"))
	if a.status != 429 && a.status != 503 && (a.status != 403 || after == "") {
		return time.Time{}, false, false
	}
	now := c.o.Now()
	wait := defaultBusy
	if n, err := strconv.ParseInt(after, 10, 64); err == nil && n >= 0 {
		wait, asked = time.Duration(min(n, int64(maxBusy/time.Second)))*time.Second, true
	} else if t, err := http.ParseTime(after); err == nil {
		wait, asked = t.Sub(now), true
	}
	return now.Add(min(max(wait, time.Second), maxBusy)), asked, true
}

func isBusy(err error) bool {
	var b *remote.Busy
	return errors.As(err, &b)
}

// jitter is d, give or take a quarter.
func (c *client) jitter(d time.Duration) time.Duration {
	var b [1]byte
	_, _ = io.ReadFull(c.o.Rand, b[:])
	return d*3/4 + time.Duration(float64(d)/2*float64(b[0])/math.MaxUint8)
}

// authorised sends a request with credentials, once more if that made the server tell what it wants, or if a token was
// refreshed or a nonce renewed (P98, P99). All of that is one turn: else each request that waits would be sent without a nonce
// before the first of them has one.
func (c *client) authorised(ctx context.Context, k call) (*answer, error) {
	if !c.admits(k.url) {
		return nil, fmt.Errorf("%s: %w: not an address of this account; add it to origins if it is", shown(k.url), remote.ErrNotDAV)
	}
	release, err := c.turn(ctx)
	if err != nil {
		return nil, err
	}
	for n, refusals := (*nonce)(nil), 0; ; refusals++ {
		with, err := c.login.show(ctx, k.method, k.url, n)
		if err != nil {
			release()
			return nil, err
		}
		again := false
		a, err := c.exchange(ctx, k, with.header, func() {
			if !again {
				release()
			}
		})
		if err != nil {
			return nil, err
		}
		if a.status != http.StatusUnauthorized {
			c.login.taken(with, a.header)
			return a, nil
		}
		again, n, err = c.login.refused(ctx, a, with)
		if again && refusals > 1 {
			again, err = false, c.login.failed(k.url, "check username and password")
		}
		_, _ = io.Copy(io.Discard, a.body) // at most maxErrorText: a connection that was read to its end can be used again
		_ = a.body.Close()
		if err != nil {
			return nil, err
		}
	}
}
