package dav

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"vgit/remote"
)

// vcard is the version that bodies are asked for in, "" for none (P66).
func (c *collection) vcard() string { return vcardVersion(c.info, c.r.o.VCard) }

func vcardVersion(info remote.Info, wanted string) string {
	if info.Kind != remote.Contacts {
		return ""
	}
	switch wanted {
	case "3.0", "4.0":
		return wanted
	}
	if info.VCard == "3.0" {
		return "" // what everybody gives unasked
	}
	return info.VCard
}

// multiget gives the items of a batch that came whole, by name. All others are missing from the map.
func (c *collection) multiget(ctx context.Context, batch []wanted) (map[string]remote.Resource, error) {
	hrefs := make([]string, len(batch))
	asked := make(map[string]bool, len(batch))
	for i, w := range batch {
		hrefs[i] = string(w.href)
		asked[w.name] = true
	}
	body := multigetBody(c.info.Kind, c.vcard(), hrefs)
	k := call{method: "REPORT", url: c.url, depth: "1", body: body}
	var got map[string]remote.Resource
	var at *url.URL
	begin := func(u *url.URL) { at, got = c.at(u), make(map[string]remote.Resource, len(batch)) }
	odd := map[string]bool{}
	_, err := c.r.http.multistatus(ctx, k, begin, func(r *row) error {
		if len(r.hrefs) != 1 {
			return nil
		}
		rel, name := c.relate(at, r.hrefs[0])
		if rel != child || !asked[name] { // (P59)
			return nil
		}
		res, ok := resource(r)
		if before, twice := got[name]; twice && (before.ETag != res.ETag || !bytes.Equal(before.Body, res.Body)) {
			odd[name] = true // (P23)
		}
		if ok {
			got[name] = res
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for name := range odd {
		delete(got, name)
	}
	c.mu.Lock()
	c.multigets++
	c.mu.Unlock()
	return got, nil
}

// resource takes the body out of a row, if it is a whole one as it was stored but for line ends (P36, P61).
func resource(r *row) (remote.Resource, bool) {
	data := &r.values[calendarData]
	if !data.ok {
		data = &r.values[addressData]
	}
	if r.dirty || !data.ok || r.propstats == 0 || r.status/100 > 2 {
		return remote.Resource{}, false
	}
	m := member("", r)
	body := restoreCRLF(data.text)
	if m.ETag == "" || !isWhole(body) || bytes.ContainsRune(body, '\uFFFD') {
		return remote.Resource{}, false // U+FFFD may stand for what a server could not put into XML: a GET has the bytes (P34)
	}
	return remote.Resource{ETag: m.ETag, Schedule: m.Schedule, Size: m.Size, Modified: m.Modified, Body: body}, true
}

// restoreCRLF undoes what XML does to line ends (P36), and takes out the blanks of a pretty-printed element.
func restoreCRLF(text string) []byte {
	text = strings.TrimLeft(text, " \t\r\n")
	end := len(strings.TrimRight(text, " \t\r\n"))
	if i := strings.IndexByte(text[end:], '\n'); i >= 0 {
		text = text[:end+i+1]
	}
	b := make([]byte, 0, len(text)+strings.Count(text, "\n"))
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' && (i == 0 || text[i-1] != '\r') {
			b = append(b, '\r')
		}
		b = append(b, text[i])
	}
	return b
}

// isWhole tells that the last line is the END of the first one's BEGIN (P61).
func isWhole(body []byte) bool {
	body = bytes.TrimPrefix(bytes.TrimLeft(body, " \t\r\n"), utf8BOM)
	body = bytes.TrimRight(body, " \t\r\n\x00")
	first := body
	if i := bytes.IndexAny(body, "\r\n"); i >= 0 {
		first = body[:i]
	}
	last := body[bytes.LastIndexAny(body, "\r\n")+1:]
	begin, what, ok := bytes.Cut(first, []byte(":"))
	if !ok || !bytes.EqualFold(begin, []byte("BEGIN")) {
		return false
	}
	end, which, ok := bytes.Cut(last, []byte(":"))
	return ok && bytes.EqualFold(end, []byte("END")) && bytes.EqualFold(bytes.TrimSpace(which), bytes.TrimSpace(what))
}

// get reads one item as it is stored. A body that looks cut is read once more: the same bytes twice, each with its full
// length, are what the server has (P61).
func (c *collection) get(ctx context.Context, href remote.Href, u *url.URL) remote.Resource {
	r, length := c.getOnce(ctx, href, u)
	if errors.Is(r.Err, remote.ErrCut) && length == int64(len(r.Body)) && length > 0 {
		again, length := c.getOnce(ctx, href, u)
		if again.Err == nil || length == int64(len(again.Body)) && bytes.Equal(again.Body, r.Body) {
			again.Err = nil
			return again
		}
	}
	return r
}

func (c *collection) getOnce(ctx context.Context, href remote.Href, u *url.URL) (r remote.Resource, length int64) {
	r = remote.Resource{Href: href, Size: -1, Exact: true}
	k := call{method: http.MethodGet, url: u, header: http.Header{"Accept": {c.accept()}}, limit: maxItem}
	a, body, err := c.r.http.read(ctx, k)
	if err != nil {
		if no, ok := asFailure(err); ok && (no.status == 404 || no.status == 410) && c.answersFor(no.url, u) {
			err = fmt.Errorf("%w: %w", remote.ErrGone, err)
		}
		r.Err = err
		return r, 0
	}
	r.Body, r.Modified = body, a.header.Get("Last-Modified")
	r.ETag = remote.ETag(strings.TrimSpace(a.header.Get("ETag")))
	r.Schedule = remote.ETag(strings.TrimSpace(a.header.Get("Schedule-Tag")))
	if a.length >= 0 {
		r.Size = a.length
	}
	switch {
	case isHTML(a.header.Get("Content-Type"), body) && !isWhole(body):
		r.Err = c.r.http.notDAV(a, body)
		r.Body = nil
	case !isWhole(body):
		r.Err = fmt.Errorf("%s: %w (%s bytes)", shown(u), remote.ErrCut, strconv.Itoa(len(body)))
	}
	return r, a.length
}

func (c *collection) accept() string {
	if c.info.Kind != remote.Contacts {
		return "text/calendar, */*;q=0.1"
	}
	if v := c.vcard(); v != "" {
		return acceptCard(v)
	}
	return "text/vcard, */*;q=0.1"
}

func acceptCard(version string) string {
	return "text/vcard; version=" + version + ", text/vcard;q=0.5, */*;q=0.1"
}
