package davtest

import (
	"net/http"
	"slices"
	"strings"
)

// get answers GET and HEAD of an item with the very bytes.
func (x *exchange) get() {
	if x.at.kind != member {
		x.w.Header().Set("Allow", strings.Replace(allow, "GET, HEAD, ", "", 1))
		x.fail(http.StatusMethodNotAllowed, "", "this is a collection")
		return
	}
	it := x.current()
	if it == nil {
		x.fail(x.b.missingStatus(), "", "there is nothing here")
		return
	}
	version := ""
	if strings.Contains(x.r.Header.Get("Accept"), "version=4.0") {
		version = "4.0"
	}
	etag := x.b.etag(it)
	h := x.w.Header()
	h.Set("ETag", x.etag(it))
	h.Set("Last-Modified", it.modified.UTC().Format(http.TimeFormat))
	if tag := x.b.scheduleTag(it); tag != "" {
		h.Set("Schedule-Tag", tag)
	}
	if match := x.r.Header.Get("If-None-Match"); match != "" && x.b.matches(match, etag, true) {
		x.w.WriteHeader(http.StatusNotModified)
		return
	}
	body := x.read(it, version)
	h.Set("Content-Type", it.contentType())
	h.Set("Content-Length", itoa(len(body)))
	x.w.WriteHeader(http.StatusOK)
	if x.r.Method != http.MethodHead {
		x.w.Write(body)
	}
}

// missingStatus is the status for what is not there.
func (b *behaviour) missingStatus() int {
	if b.missing != 0 {
		return b.missing
	}
	return http.StatusNotFound
}

// current is the item of the request as a reader sees it.
func (x *exchange) current() *item {
	if x.at.coll == nil || x.at.slash {
		return nil
	}
	x.s.mu.RLock()
	defer x.s.mu.RUnlock()
	return x.at.coll.seen(x.b, x.at.name, x.b.now())
}

// matches tells whether an etag is in the list of If-Match (strong) or If-None-Match (weak, RFC 9110 8.8.3.2).
func (b *behaviour) matches(list, etag string, weakly bool) bool {
	for _, one := range strings.Split(list, ",") {
		one = strings.TrimSpace(one)
		switch {
		case one == "*":
			return true
		case b.on[UnquotedETags]:
			if one == `"`+etag+`"` || one == etag && (weakly || !b.on[WantsQuotes]) {
				return true
			}
		case weakly && strings.TrimPrefix(one, "W/") == strings.TrimPrefix(etag, "W/"), one == etag && !strings.HasPrefix(etag, "W/"):
			return true
		}
	}
	return false
}

// refused is a request that is turned down.
type refused struct {
	status       int
	precondition string
	text         string
}

func (x *exchange) refuse(r *refused) {
	if x.is(MultistatusOnRefusal) && x.r.Method == http.MethodPut && r.status != http.StatusPreconditionFailed {
		m := x.multistatus()
		m.status(x.href(x.at.path(x.b)), http.StatusPreconditionFailed, "<d:error>"+r.precondition+"</d:error>")
		m.close("")
		return
	}
	x.fail(r.status, r.precondition, r.text)
}

var failedPrecondition = &refused{http.StatusPreconditionFailed, "", "the precondition does not hold"}

// preconditions checks If-Match, If-None-Match and If-Schedule-Tag-Match against what is stored now.
func (x *exchange) preconditions(it *item) *refused {
	match, none := x.r.Header.Get("If-Match"), x.r.Header.Get("If-None-Match")
	remove := x.r.Method == http.MethodDelete
	ignored := remove && x.is(IgnoresIfMatchOnDelete) || !remove && x.is(IgnoresIfMatch) ||
		!remove && it == nil && x.is(CreatesDespiteIfMatch)
	if match != "" && !ignored && (it == nil || !x.b.matches(match, x.b.etag(it), false)) {
		return failedPrecondition
	}
	if none != "" && it != nil && !x.is(IgnoresIfNoneMatch) && x.b.matches(none, x.b.etag(it), true) {
		return failedPrecondition
	}
	if tag := x.r.Header.Get("If-Schedule-Tag-Match"); tag != "" && x.is(ScheduleTags) && (it == nil || tag != x.b.scheduleTag(it)) {
		return failedPrecondition
	}
	return nil
}

// put stores a body.
func (x *exchange) put() {
	if x.at.kind != member || x.at.slash {
		x.fail(http.StatusMethodNotAllowed, "", "this is a collection")
		return
	}
	body := slices.Clone(x.body)
	if x.b.onPut != nil {
		body = x.b.onPut(body)
	}
	done, r := x.store(body)
	if r != nil {
		x.refuse(r)
		return
	}
	h := x.w.Header()
	kept := string(body) == string(x.body)
	if (kept || x.is(ETagThoughRewrote)) && !x.is(NoETagOnPut) {
		h.Set("ETag", x.etag(done.item))
	}
	if tag := x.b.scheduleTag(done.item); tag != "" {
		h.Set("Schedule-Tag", tag)
	}
	if done.moved && !x.is(NoLocation) {
		h.Set("Location", x.plainHref(done.path))
	}
	h.Set("Content-Length", "0")
	if done.created || x.is(CreatedOnUpdate) {
		x.w.WriteHeader(http.StatusCreated)
		return
	}
	h.Del("Content-Length")
	x.w.WriteHeader(http.StatusNoContent)
}

// stored is what became of a PUT.
type stored struct {
	item           *item
	created, moved bool
	path           string
}

// store checks and stores under the lock, so that no other write comes between.
func (x *exchange) store(body []byte) (stored, *refused) {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	c := x.at.coll
	if c == nil || !c.here() {
		return stored{}, &refused{http.StatusConflict, "", "there is no such collection"}
	}
	old := c.state.items[x.at.name]
	if r := x.preconditions(old); r != nil {
		return stored{}, r
	}
	if r := x.check(c, old, body); r != nil {
		return stored{}, r
	}
	done := stored{created: old == nil}
	name := x.at.name
	if old == nil && x.b.rename != nil {
		name = x.b.rename(name, body)
		done.moved = name != x.at.name
	}
	done.item = c.store(x.b, name, body)
	done.path = c.path(x.b) + done.item.segment
	return done, nil
}

// here tells whether the collection has not been removed. The caller holds the lock.
func (c *Collection) here() bool { return c.owner.homes[c.kind][c.id] == c }

// delete removes an item or a collection.
func (x *exchange) delete() {
	switch {
	case x.at.kind == collection && x.at.coll != nil:
		x.deleteCollection()
		return
	case x.at.kind == root || x.at.kind == principal || x.at.kind == home:
		x.fail(http.StatusForbidden, needPrivileges, "this stays")
		return
	}
	if r := x.removeItem(); r != nil {
		x.fail(r.status, r.precondition, r.text)
		return
	}
	if x.is(CreatedOnUpdate) {
		x.w.WriteHeader(http.StatusOK)
		return
	}
	x.w.WriteHeader(http.StatusNoContent)
}

func (x *exchange) removeItem() *refused {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	c := x.at.coll
	if c == nil || x.at.kind != member || x.at.slash || c.state.items[x.at.name] == nil {
		if x.is(MissingIs412) && x.r.Header.Get("If-Match") != "" {
			return failedPrecondition
		}
		return &refused{http.StatusNotFound, "", "there is nothing here"}
	}
	if r := x.preconditions(c.state.items[x.at.name]); r != nil {
		return r
	}
	if c.state.readOnly {
		return &refused{http.StatusForbidden, needPrivileges, "this collection is read-only"}
	}
	c.remove(x.b, x.at.name)
	return nil
}

func (x *exchange) deleteCollection() {
	x.s.mu.Lock()
	readOnly := x.at.coll.state.readOnly
	if !readOnly {
		b := x.b
		for _, it := range x.at.coll.list() {
			x.at.coll.remove(b, it.name)
		}
		delete(x.at.account.homes[x.at.sort], x.at.id)
	}
	x.s.mu.Unlock()
	if readOnly {
		x.fail(http.StatusForbidden, needPrivileges, "this collection is read-only")
		return
	}
	x.w.WriteHeader(http.StatusNoContent)
}
