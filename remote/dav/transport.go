package dav

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"

	"vgit/remote"
)

// newTransport is the one transport of a remote: nothing shared with another, no cookies, no hidden compression, and a
// limit on everything that could go on for ever (P100 to P103).
func newTransport(o *Options, t *trust, d *dialer) http.RoundTripper {
	if o.Transport != nil {
		return o.Transport
	}
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(o.HTTP2)
	return &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) { return d.proxyFor(r.URL) },
		OnProxyConnectResponse: func(_ context.Context, p *url.URL, _ *http.Request, r *http.Response) error {
			return refusedByProxy(p, r)
		},
		DialContext:            d.dial,
		TLSClientConfig:        t.config(o),
		TLSHandshakeTimeout:    o.Timeout,
		DisableCompression:     true,
		MaxIdleConns:           2 * o.Connections,
		MaxIdleConnsPerHost:    o.Connections,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 1 << 20,
		Protocols:              protocols,
	}
}

// newConnection is the key of a transport that what is asked with a context goes over.
type newConnection struct{}

// onNewConnection lets all that is asked with a context go over connections of its own, until end is called (G4). A transport that was
// given from outside is asked to let go of its idle ones, since nobody knows how to make another.
func (c *client) onNewConnection(ctx context.Context) (_ context.Context, end func()) {
	usual, ok := c.transport.(*http.Transport)
	if !ok {
		c.closeIdle()
		return ctx, func() {}
	}
	own := usual.Clone()
	return context.WithValue(ctx, newConnection{}, own), own.CloseIdleConnections
}

func (c *client) transportFor(ctx context.Context) http.RoundTripper {
	if own, ok := ctx.Value(newConnection{}).(*http.Transport); ok {
		return own
	}
	return c.transport
}

var errTimeout = remote.Temporary(errors.New("no answer in time"))

// watch ends a request that makes no progress. It knows how far the request got.
type watch struct {
	cancel context.CancelCauseFunc
	timer  *time.Timer

	mu       sync.Mutex
	shaken   error // how the last handshake ended
	sent     bool  // a connection was found: the request may have reached the server
	answered bool  // the head of the answer has come: what is still being sent counts no more
}

func newWatch(ctx context.Context, limit time.Duration) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{cancel: cancel}
	w.timer = time.AfterFunc(2*limit, func() { cancel(errTimeout) }) // connecting and TLS; each has a limit of its own
	trace := &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) {
			w.mu.Lock()
			w.sent = true
			w.mu.Unlock()
			w.progress(limit)
		},
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			w.mu.Lock()
			w.shaken = err
			w.mu.Unlock()
		},
		WroteRequest: func(httptrace.WroteRequestInfo) { w.progress(limit) },
	}
	return httptrace.WithClientTrace(ctx, trace), w
}

func (w *watch) wasSent() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent
}

// name takes the mark of the temporary from an error that is the end of a handshake which cannot succeed.
func (w *watch) name(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if broken(w.shaken) && errors.Is(err, w.shaken) {
		return w.shaken
	}
	return err
}

// progress gives the request new time, while it is being sent.
func (w *watch) progress(limit time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.answered {
		w.timer.Reset(limit)
	}
}

// rest stops the clock until the body is read.
func (w *watch) rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answered = true
	w.timer.Stop()
}

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// upload is a request body of which every piece that is taken counts as progress. It cannot be rewound, so that no
// client replays it (P86).
type upload struct {
	r     io.Reader
	watch *watch
	limit time.Duration
}

func (u *upload) Read(p []byte) (int, error) {
	u.watch.progress(u.limit)
	return u.r.Read(p[:min(len(p), 64<<10)])
}

func (u *upload) Close() error { return nil }

// download is the body of an answer: each piece has its time limit, and all together a length (P100, P101).
type download struct {
	io.Reader
	body    io.Closer
	ctx     context.Context
	watch   *watch
	left    int64 // bytes still allowed after inflating
	once    sync.Once
	release func()
}

func (d *download) Read(p []byte) (int, error) {
	if d.left <= 0 {
		return 0, errTooLong
	}
	n, err := d.Reader.Read(p[:min(int64(len(p)), d.left)])
	d.left -= int64(n)
	if err != nil && err != io.EOF {
		err = networkError(d.ctx, err)
	}
	return n, err
}

func (d *download) Close() error {
	d.once.Do(func() {
		_ = d.body.Close()
		d.watch.stop()
		d.release()
	})
	return nil
}

// paced gives each read from the network its time. It ends as well where what has come is longer than all that may be inflated from it:
// some data inflate to nothing, for ever.
type paced struct {
	r     io.Reader
	watch *watch
	pause time.Duration
	left  int64 // bytes still allowed before inflating
}

func (p *paced) Read(b []byte) (int, error) {
	if p.left <= 0 {
		return 0, errTooLong
	}
	p.watch.timer.Reset(p.pause)
	n, err := p.r.Read(b[:min(int64(len(b)), p.left)])
	p.watch.timer.Stop()
	p.left -= int64(n)
	return n, err
}

// inflated undoes the content coding. Only gzip, once, and only where it was offered (P101).
func inflated(header http.Header, offered bool, r io.Reader) (io.Reader, error) {
	switch coding := strings.ToLower(strings.TrimSpace(strings.Join(header.Values("Content-Encoding"), ","))); {
	case coding == "", coding == "identity":
		return r, nil
	case offered && (coding == "gzip" || coding == "x-gzip"):
		return gzip.NewReader(r)
	default:
		return nil, fmt.Errorf("the answer has the encoding %q, which was not offered", cut(coding))
	}
}

// networkError says why there is no answer. All of them are temporary but the end of the caller's own context, and what a
// server, a proxy or an address is by its nature.
func networkError(ctx context.Context, err error) error {
	if errors.Is(err, errTooLong) {
		return err
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause // a time-out, or the caller's own reason
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // without the URL, which is said elsewhere and may hold secrets
	}
	if lasting(err) {
		return err
	}
	return remote.Temporary(reached(err))
}

// lasting tells an error that waiting does not heal.
func lasting(err error) bool {
	var bad *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	var pin *pinError
	var end *deadEnd
	return errors.As(err, &bad) || errors.As(err, &header) || errors.As(err, &pin) || errors.As(err, &end) || errors.Is(err, http.ErrSchemeMismatch) || refusedByServer(err)
}
