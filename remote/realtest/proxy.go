//go:build servers

package realtest

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// Exchange is one request with its answer.
type Exchange struct {
	Method, Path string // the path as it was sent, escapes and all
	Status       int    // 0: no answer came
	Sent, Got    []byte // the bodies; Got as it came, so it may be compressed
}

// Writes tells whether the request could have changed anything on the server.
func (e Exchange) Writes() bool {
	return !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions, "PROPFIND", "REPORT"}, e.Method)
}

// Proxy stands between a client and a server. It passes everything on unchanged, the Host header included, so that links
// in answers lead back to it.
type Proxy struct {
	URL string // scheme, host and port

	target *url.URL
	client *http.Transport
	busy   sync.WaitGroup // the requests that the server is at work on

	mu   sync.Mutex
	log  []Exchange
	step func(r *http.Request, body []byte) []byte
	turn func(e *Exchange, header http.Header)
	lose func(Exchange) bool
	cut  func(method, path string) bool
	hang bool
}

// NewProxy starts a proxy for the server at address, which ends with the test.
func NewProxy(t testing.TB, address string) *Proxy {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	// One request to a connection, as SOGo wants it of a proxy: it ends those that it is done with while the next is on its way.
	p := &Proxy{target: target, client: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	s := httptest.NewServer(p)
	t.Cleanup(func() {
		s.Close()
		p.client.CloseIdleConnections()
	})
	p.URL = s.URL
	return p
}

// Before has step called before each request is passed on, one at a time; what it returns is passed on as the body. nil
// ends that.
func (p *Proxy) Before(step func(r *http.Request, body []byte) []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step = step
}

// After has turn called with each answer before it is passed on, one at a time; it may change it. nil ends that.
func (p *Proxy) After(turn func(e *Exchange, header http.Header)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn = turn
}

// Cut has the connection reset in the middle of the requests that which names: the server sees nothing of them. They are
// noted with the status 0. nil ends that.
func (p *Proxy) Cut(which func(method, path string) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = which
}

// HangUp has each connection end right after an answer that says nothing of it, so that the next request finds it closed.
func (p *Proxy) HangUp(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hang = on
}

// Lose has the connection break instead of an answer that which names: the server has done what it was asked, and the
// client never learns. nil ends that.
func (p *Proxy) Lose(which func(Exchange) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose = which
}

// Wait returns when the server has done all that it was asked, also by a client that has gone away since.
func (p *Proxy) Wait() { p.busy.Wait() }

// Take returns what was exchanged since the last call, in the order in which the answers came.
func (p *Proxy) Take() []Exchange {
	p.mu.Lock()
	defer p.mu.Unlock()
	log := p.log
	p.log = nil
	return log
}

// ServeHTTP passes one request on.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.busy.Add(1)
	defer p.busy.Done()
	e := Exchange{Method: r.Method, Path: r.URL.EscapedPath()}
	if p.cuts(e) {
		p.note(e)
		reset(w, r.Body)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		e.Sent = p.stepIn(r, body)
		err = p.pass(w.Header(), r, &e)
	}
	if err == nil {
		p.turnOver(&e, w.Header())
	}
	lost, hang := p.note(e)
	if lost || err != nil {
		panic(http.ErrAbortHandler)
	}
	if e.Status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(e.Got)))
	}
	w.WriteHeader(e.Status)
	_, _ = w.Write(e.Got) // a client that has gone away needs no answer
	if hang {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

func (p *Proxy) cuts(e Exchange) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cut != nil && p.cut(e.Method, e.Path)
}

// reset ends a connection after a part of a request, in a way that throws away what is on its way.
func reset(w http.ResponseWriter, body io.Reader) {
	_, _ = io.CopyN(io.Discard, body, 100)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func (p *Proxy) turnOver(e *Exchange, header http.Header) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.turn != nil {
		p.turn(e, header)
	}
}

// note logs an exchange and tells whether its answer is to be lost, and whether the connection is to end after it.
func (p *Proxy) note(e Exchange) (lost, hang bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, e)
	return p.lose != nil && p.lose(e), p.hang
}

func (p *Proxy) stepIn(r *http.Request, body []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.step == nil {
		return body
	}
	return p.step(r, body)
}

// pass asks the server, reads its whole answer, and sets the headers of the answer to the client. A client that goes away
// does not stop it: what it sent is on its way.
func (p *Proxy) pass(header http.Header, r *http.Request, e *Exchange) error {
	u := *r.URL
	u.Scheme, u.Host = p.target.Scheme, p.target.Host
	req, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, u.String(), bytes.NewReader(e.Sent))
	if err != nil {
		return err
	}
	req.Host, req.Header = r.Host, r.Header.Clone()
	req.Header.Del("Connection")
	if _, named := req.Header["User-Agent"]; !named {
		req.Header.Set("User-Agent", "")
	}
	resp, err := p.client.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if e.Got, err = io.ReadAll(resp.Body); err != nil {
		return err
	}
	for name, values := range resp.Header {
		if name != "Connection" && name != "Transfer-Encoding" && name != "Content-Length" {
			header[name] = values
		}
	}
	e.Status = resp.StatusCode
	return nil
}
