package dav

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"vgit/remote"
)

const (
	smallBatch = 10 // hrefs in a multiget (P57)
	largeBatch = 50
	batchBytes = 2 << 20 // that a batch should not exceed, judged by those before
	patience   = 10      // single reads that may fail in a row before the collection as a whole is given up
)

// Fetch reads items, many at once where the server can. See remote.Collection.
func (c *collection) Fetch(ctx context.Context, hrefs []remote.Href, fn func(remote.Resource) error) error {
	if c.bad != nil {
		return c.bad
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	f := &fetch{c: c, ctx: ctx, fn: fn, cancel: cancel, most: largeBatch}
	f.ready = sync.NewCond(&f.mu)
	if err := f.plan(hrefs); err != nil {
		return err
	}
	var workers sync.WaitGroup
	for range min(c.r.o.Connections, len(f.todo)+len(f.single)) {
		workers.Go(f.work)
	}
	workers.Wait()
	return c.r.http.secrets.safe(f.err)
}

// wanted is one href that the caller asked for.
type wanted struct {
	href remote.Href
	name string
	url  *url.URL
}

// fetch is one call of Fetch: what is still to be read, and how.
type fetch struct {
	c      *collection
	ctx    context.Context
	cancel func()
	fn     func(remote.Resource) error

	mu      sync.Mutex
	ready   *sync.Cond
	todo    []wanted   // not asked for yet
	halves  [][]wanted // parts of batches that were refused
	single  []wanted   // to be read by GET
	flying  int
	batch   int // size of the next batch
	most    int // that it may grow to
	read    int // bodies and their bytes, to judge batches by
	bytes   int
	failing int // single reads that failed one after the other
	checked bool
	err     error

	deliver sync.Mutex // fn is never called from two goroutines at once
}

// plan drops repetitions and reports what is no item.
func (f *fetch) plan(hrefs []remote.Href) error {
	seen := make(map[remote.Href]bool, len(hrefs))
	for _, h := range hrefs {
		if seen[h] {
			continue
		}
		seen[h] = true
		u, name, err := f.c.item(h)
		if err != nil {
			if err := f.fn(remote.Resource{Href: h, Size: -1, Err: err}); err != nil {
				return err
			}
			continue
		}
		f.todo = append(f.todo, wanted{h, name, u})
	}
	f.batch = min(largeBatch, max(smallBatch, len(f.todo)/f.c.r.o.Connections))
	return nil
}

// work takes from what is to do until there is nothing left.
func (f *fetch) work() {
	for {
		batch, ok := f.next()
		if !ok {
			return
		}
		if len(batch) == 1 {
			f.get(batch[0])
		} else {
			f.multiget(batch)
		}
		f.mu.Lock()
		f.flying--
		f.ready.Broadcast()
		f.mu.Unlock()
	}
}

// next waits for work: what is in flight may leave some behind.
func (f *fetch) next() ([]wanted, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		if f.err != nil {
			return nil, false
		}
		if batch := f.take(); batch != nil {
			f.flying++
			return batch, true
		}
		if f.flying == 0 {
			return nil, false
		}
		f.ready.Wait()
	}
}

func (f *fetch) take() []wanted {
	useless := f.c.multigetIsUseless()
	if useless {
		f.single = slices.Concat(append(f.halves, f.single)...)
		f.halves = nil
	}
	if n := len(f.halves); n > 0 {
		batch := f.halves[n-1]
		f.halves = f.halves[:n-1]
		return batch
	}
	if len(f.single) > 0 {
		batch := f.single[:1:1]
		f.single = f.single[1:]
		return batch
	}
	if len(f.todo) == 0 {
		return nil
	}
	n := min(f.batch, len(f.todo))
	if useless {
		n = 1
	} else if f.read > 0 {
		n = min(n, max(1, batchBytes*f.read/max(f.bytes, 1)))
	}
	batch := f.todo[:n:n]
	f.todo = f.todo[n:]
	return batch
}

// stop ends the fetch with an error of its own, and with the caller's reason if there is one.
func (f *fetch) stop(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
		f.cancel()
	}
	f.ready.Broadcast()
}

// give hands one resource to the caller.
func (f *fetch) give(r remote.Resource) {
	f.deliver.Lock()
	defer f.deliver.Unlock()
	f.mu.Lock()
	stopped := f.err != nil
	if r.Err == nil {
		f.read++
		f.bytes += len(r.Body)
		f.failing = 0
	}
	f.mu.Unlock()
	if stopped {
		return
	}
	r.Err = f.c.r.http.secrets.safe(r.Err)
	if err := f.fn(r); err != nil {
		f.stop(err)
	}
}

// multiget reads a batch. Items that the answer lacks, or shows in a way that cannot be right, are read by GET (P60).
func (f *fetch) multiget(batch []wanted) {
	got, err := f.c.multiget(f.ctx, batch)
	if err != nil {
		f.refused(batch, err)
		return
	}
	var rest []wanted
	for _, w := range batch {
		if r, ok := got[w.name]; ok {
			r.Href = w.href
			f.give(r)
		} else {
			rest = append(rest, w)
		}
	}
	f.mu.Lock()
	f.single = append(f.single, rest...)
	f.batch = min(f.most, f.batch+smallBatch)
	f.mu.Unlock()
}

// refused halves a batch that the server will not answer, down to single reads (P57). Without any answer there is nobody
// to go on asking.
func (f *fetch) refused(batch []wanted, err error) {
	var no *failure
	if !errors.As(err, &no) && !errors.Is(err, remote.ErrNotDAV) && !errors.Is(err, errTooLong) || isBusy(err) {
		f.stop(err)
		return
	}
	if s := status(err); (s == 403 || s == 404 || s == 410) && !f.alive() {
		return
	}
	f.c.missed(status(err), len(batch))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.most = min(f.most, max(smallBatch, len(batch)/2))
	f.batch = min(f.batch, f.most)
	half := len(batch) / 2
	f.halves = append(f.halves, batch[half:], batch[:half])
}

// alive asks once whether the collection is there at all, and ends the fetch if it is not (P12).
func (f *fetch) alive() bool {
	f.mu.Lock()
	checked := f.checked
	f.checked = true
	f.mu.Unlock()
	if checked {
		return true
	}
	if _, err := f.c.state(f.ctx); err != nil && errors.Is(gone(err), remote.ErrCollectionGone) {
		f.stop(gone(err))
		return false
	}
	return true
}

// get reads one item.
func (f *fetch) get(w wanted) {
	r := f.c.get(f.ctx, w.href, w.url)
	if r.Err != nil && f.fatal(r.Err) {
		return
	}
	f.give(r)
}

// fatal ends the fetch after errors that no single item is to blame for.
func (f *fetch) fatal(err error) bool {
	if ctxErr := f.ctx.Err(); ctxErr != nil {
		f.stop(ctxErr)
		return true
	}
	if errors.Is(err, remote.ErrLogin) || isBusy(err) || temporary(err) && !isNo(err) {
		f.stop(err)
		return true
	}
	ours := errors.Is(err, remote.ErrGone) || errors.Is(err, remote.ErrCut) || status(err)/100 == 4
	f.mu.Lock()
	if ours {
		f.failing = 0
	} else {
		f.failing++
	}
	tired := f.failing >= patience
	f.mu.Unlock()
	if tired {
		f.stop(fmt.Errorf("%d items in a row could not be read: %w", patience, err))
	}
	return tired
}

// multigetIsUseless tells a server that has refused several small multigets and answered none.
func (c *collection) multigetIsUseless() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.multigets == 0 && c.misses >= 4
}

func (c *collection) missed(status, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case status == http.StatusMethodNotAllowed, status == http.StatusNotImplemented:
		c.misses += 4
	case size <= smallBatch:
		c.misses++
	}
}

// vcard is the version that bodies are asked for in, "" for none (P66).
func (c *collection) vcard() string {
	if c.info.Kind != remote.Contacts {
		return ""
	}
	switch c.r.o.VCard {
	case "3.0", "4.0":
		return c.r.o.VCard
	}
	if c.info.VCard == "3.0" {
		return "" // what everybody gives unasked
	}
	return c.info.VCard
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
	if m.ETag == "" || !isWhole(body) {
		return remote.Resource{}, false
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
		if s := status(err); s == 404 || s == 410 {
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
		return "text/vcard; version=" + v + ", text/vcard;q=0.5, */*;q=0.1"
	}
	return "text/vcard, */*;q=0.1"
}
