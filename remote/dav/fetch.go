package dav

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
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
