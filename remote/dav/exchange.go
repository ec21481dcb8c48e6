package dav

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vgit/remote"
)

// turn waits until a request may be made: for a busy server, and for a slot, which release gives back.
func (c *client) turn(ctx context.Context) (release func(), err error) {
	if err := c.peace(ctx); err != nil {
		return nil, err
	}
	select {
	case c.slots <- struct{}{}:
		return func() { <-c.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// exchange sends a request and waits for the head of the answer. release is called when its body is closed, or at once if
// there is no answer.
func (c *client) exchange(ctx context.Context, k call, authorization string, release func()) (*answer, error) {
	limit := c.o.Timeout
	if k.method == "REPORT" {
		limit *= 2
	}
	watched, w := newWatch(ctx, limit)
	began := c.o.Now()
	res, err := c.transportFor(ctx).RoundTrip(c.request(watched, k, authorization, w, limit))
	if err == nil && res.StatusCode == http.StatusProxyAuthRequired && k.url.Scheme == "http" && c.dialer.isProxied(k.url) { // in a tunnel, it is the server that says so
		_ = res.Body.Close()
		proxy, _ := c.dialer.proxyFor(k.url)
		err = refusedByProxy(proxy, res)
	}
	if err != nil {
		err = c.noAnswer(k, w, c.trust.explain(w.name(networkError(watched, err))))
		c.o.Trace("%s", c.secrets.scrub(err.Error()))
		w.stop()
		release()
		return nil, err
	}
	w.rest()
	c.readClock(res.Header)
	a := &answer{url: k.url, status: res.StatusCode, header: res.Header, length: res.ContentLength}
	a.line = c.secrets.short(res.Proto + " " + res.Status)
	c.o.Trace("%s %s: %s, %d ms", k.method, c.target(k.url), a.line, c.o.Now().Sub(began).Milliseconds())
	d := &download{body: res.Body, ctx: watched, watch: w, release: release, left: k.limit}
	if d.left == 0 {
		d.left = maxErrorText
	}
	a.body = d
	d.Reader, err = inflated(res.Header, k.gzip, &paced{res.Body, w, c.o.Timeout, d.left + 64<<10})
	switch {
	case err != nil && (k.write || a.status/100 != 2):
		d.Reader = strings.NewReader("") // the status decides, whatever the body is
	case err != nil:
		_ = d.Close()
		return nil, c.noAnswer(k, w, networkError(watched, err))
	}
	return a, nil
}

// readClock compares the server's clock with ours.
func (c *client) readClock(header http.Header) {
	t, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	ahead := t.Sub(c.o.Now())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skew = &ahead
}

// noAnswer words the failure of an exchange. A write that may have reached the server is ErrNoAnswer.
func (c *client) noAnswer(k call, w *watch, err error) error {
	if k.write && w.wasSent() {
		err = fmt.Errorf("%w: %w", remote.ErrNoAnswer, err)
	}
	var far *unreachable
	if errors.As(err, &far) {
		if far.host == "" {
			far.host = cut(k.url.Host)
		}
		return err
	}
	if text := err.Error(); len(text) > rawLength/2 { // a head that cannot be read is quoted by net/http as a whole
		err = &scrubbed{c.secrets.short(text), err}
	}
	return fmt.Errorf("%s %s: %w", k.method, shown(k.url), err)
}

func (c *client) request(ctx context.Context, k call, authorization string, w *watch, limit time.Duration) *http.Request {
	u := *k.url
	req := &http.Request{Method: k.method, URL: &u, Host: u.Host, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	if k.body != nil {
		req.Body = &upload{bytes.NewReader(k.body), w, limit}
		req.ContentLength = int64(len(k.body))
		req.Header.Set("Content-Type", k.mime)
	}
	for name, values := range k.header {
		req.Header[name] = values
	}
	if k.depth != "" {
		req.Header.Set("Depth", k.depth)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	req.Header.Set("User-Agent", c.o.UserAgent)
	req.Header.Set("Accept-Encoding", "identity")
	if k.gzip {
		req.Header.Set("Accept-Encoding", "gzip")
	}
	return req.WithContext(ctx)
}

// failure reads an answer that is no success, and closes it.
func (c *client) failure(k call, a *answer) *failure {
	defer a.body.Close()
	body, _ := io.ReadAll(io.LimitReader(a.body, maxErrorText))
	f := &failure{method: k.method, url: a.url, status: a.status}
	readFailure(f, body, a.header.Get("Content-Type"))
	f.text = c.secrets.short(f.text)
	f.condition = c.secrets.short(f.condition)
	switch {
	case f.status == 500, f.status == 502, f.status == 503, f.status == 504, f.status == 408, f.status == 425:
		f.err = remote.ErrTemporary
	case f.status == 423:
		f.err = remote.ErrLocked
	}
	return f
}

// notDAV is the error for an answer that is not of this protocol (V73).
func (c *client) notDAV(a *answer, head []byte) error {
	return fmt.Errorf("%s: %w: %s: %s; is this the right address?",
		c.target(a.url), remote.ErrNotDAV, a.line, c.secrets.short(string(head)))
}

// multistatus sends a PROPFIND or REPORT and reads its answer row by row. begin is called before the
// first row with the place of the answer, to which its hrefs are relative (P19), and once more if an answer that broke off
// is asked for again: forget the rows of the first one. fn may not send requests.
func (c *client) multistatus(ctx context.Context, k call, begin func(at *url.URL), fn func(*row) error) (tail, error) {
	k.mime, k.limit = "application/xml; charset=utf-8", maxListing
	for try := 0; ; try++ {
		a, err := c.do(ctx, k)
		if err != nil {
			return tail{}, err
		}
		if a.status/100 != 2 {
			return tail{}, c.failure(k, a)
		}
		begin(a.url)
		t, err := c.readRows(a, fn)
		if err == nil || try >= c.o.Retries || !temporary(err) {
			return t, err
		}
		if err := c.o.Sleep(ctx, c.jitter(500*time.Millisecond<<min(try, 6))); err != nil {
			return tail{}, err
		}
	}
}

func (c *client) readRows(a *answer, fn func(*row) error) (tail, error) {
	defer a.body.Close()
	body := bufio.NewReaderSize(a.body, 32<<10)
	peeked, _ := body.Peek(1 << 10)
	head := bytes.Clone(peeked)
	if a.status != http.StatusMultiStatus {
		return tail{}, c.notDAV(a, head)
	}
	t, err := readMultistatus(body, a.header.Get("Content-Type"), fn)
	switch {
	case errors.Is(err, remote.ErrNotDAV), err != nil && isHTML(a.header.Get("Content-Type"), head):
		return tail{}, c.notDAV(a, head)
	case err != nil:
		return tail{}, fmt.Errorf("%s: %w", shown(a.url), err)
	}
	return t, nil
}

// read sends a request and reads the whole answer. An answer that is no 200 is an error.
func (c *client) read(ctx context.Context, k call) (*answer, []byte, error) {
	for try := 0; ; try++ {
		a, err := c.do(ctx, k)
		if err != nil {
			return nil, nil, err
		}
		if a.status != http.StatusOK {
			return nil, nil, c.failure(k, a)
		}
		body, err := io.ReadAll(a.body)
		_ = a.body.Close()
		if err == nil || try >= c.o.Retries || !temporary(err) {
			return a, body, err
		}
		if err := c.o.Sleep(ctx, c.jitter(500*time.Millisecond<<min(try, 6))); err != nil {
			return nil, nil, err
		}
	}
}
