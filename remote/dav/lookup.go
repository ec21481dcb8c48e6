package dav

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/emersion/go-webdav/caldav"
	"github.com/emersion/go-webdav/carddav"

	"vgit/remote"
)

// homesOf asks a principal where its collections are. go-webdav does it, through our own client, and its answer is then
// read once more from the same bytes: it gives one home only, and without its host. Where it cannot, we ask ourselves.
func (r *Remote) homesOf(ctx context.Context, principal *url.URL) ([]*url.URL, error) {
	w := &witness{c: r.http, url: principal}
	path, err := r.findHome(ctx, w)
	if w.err != nil && (errors.Is(w.err, remote.ErrLogin) || temporary(w.err)) {
		return nil, w.err
	}
	homes, badPlace := r.homesIn(w)
	switch {
	case badPlace != nil:
		return nil, badPlace
	case len(homes) > 0:
		return homes, nil
	case err == nil && path != "": // understood by the library only
		return r.places(principal, []string{(&url.URL{Path: path}).EscapedPath()})
	}
	c, err := r.ask(ctx, principal)
	return c.homes, err
}

func (r *Remote) findHome(ctx context.Context, w *witness) (string, error) {
	if r.o.Kind == remote.Contacts {
		c, err := carddav.NewClient(w, w.url.String())
		if err != nil {
			return "", err
		}
		return c.FindAddressBookHomeSet(ctx, w.url.Path)
	}
	c, err := caldav.NewClient(w, w.url.String())
	if err != nil {
		return "", err
	}
	return c.FindCalendarHomeSet(ctx, w.url.Path)
}

// homesIn are all home sets of the answer that the witness saw.
func (r *Remote) homesIn(w *witness) ([]*url.URL, error) {
	if w.at == nil {
		return nil, nil
	}
	var hrefs []string
	_, err := readMultistatus(bytes.NewReader(w.body), w.contentType, func(row *row) error {
		hrefs = append(hrefs, row.inside(homeProperty(r.o.Kind))...)
		return nil
	})
	if err != nil {
		return nil, nil // not understood: ask in our own words
	}
	return r.places(w.at, hrefs)
}

// witness is the HTTP client that go-webdav is given. It sends requests through ours, to the exact address, and keeps
// what came back.
type witness struct {
	c   *client
	url *url.URL

	at          *url.URL // where the answer came from, nil if there was none
	body        []byte
	contentType string
	err         error
}

// Do is webdav.HTTPClient.
func (w *witness) Do(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	k := call{method: req.Method, url: w.url, depth: req.Header.Get("Depth"), body: body, limit: 1 << 20,
		mime: req.Header.Get("Content-Type"), discover: true}
	a, err := w.c.do(req.Context(), k)
	if err != nil {
		w.err = err
		return nil, err
	}
	defer a.body.Close()
	if w.body, w.err = io.ReadAll(a.body); w.err != nil {
		return nil, w.err
	}
	w.at, w.contentType = a.url, a.header.Get("Content-Type")
	return &http.Response{StatusCode: a.status, Status: a.line, Header: a.header, Request: req,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(w.body)), Body: io.NopCloser(bytes.NewReader(w.body))}, nil
}
