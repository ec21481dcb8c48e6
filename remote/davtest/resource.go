package davtest

import (
	"fmt"
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
	h.Set("ETag", etag)
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
		h.Set("ETag", x.b.etag(done.item))
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

// check tells why a body cannot be stored, nil if it can. The caller holds the lock.
func (x *exchange) check(c *Collection, old *item, body []byte) *refused {
	if c.state.readOnly {
		return &refused{http.StatusForbidden, needPrivileges, "this collection is read-only"}
	}
	if x.b.maxSize > 0 && len(x.body) > x.b.maxSize {
		return &refused{http.StatusForbidden, c.term("max-resource-size"), "this is too large"}
	}
	if x.b.quota > 0 && c.owner.bytes()+len(body) > x.b.quota {
		return &refused{http.StatusInsufficientStorage, "<d:quota-not-exceeded/>", "the quota is used up"}
	}
	f := inspect(x.body)
	if !x.is(AcceptsAnything) {
		if r := c.judge(f); r != nil {
			return r
		}
	}
	if x.is(TrashBin) && old == nil {
		for _, key := range append([]string{"name:" + x.at.name}, f.uids...) {
			if _, dead := c.trash[key]; dead {
				return &refused{http.StatusBadRequest, "", "deleted calendar object with this uid or name already exists in this collection"}
			}
		}
	}
	return x.uidConflict(c, old, f.uids)
}

// term is a precondition in the namespace of the collection's kind.
func (c *Collection) term(name string) string {
	if c.kind == Calendar {
		return "<cal:" + name + "/>"
	}
	return "<card:" + name + "/>"
}

// judge holds a body against RFC 4791 4.1 and 5.3.2.1, and RFC 6352 5.1 and 6.3.2.1.
func (c *Collection) judge(f facts) *refused {
	deny := func(card, cal, text string) *refused {
		term := card
		if c.kind == Calendar {
			term = cal
		}
		return &refused{http.StatusForbidden, c.term(term), text}
	}
	want := "VCALENDAR"
	if c.kind == AddressBook {
		want = "VCARD"
	}
	switch {
	case f.root == "":
		return deny("valid-address-data", "valid-calendar-data", "this is not "+want)
	case f.root != want:
		return deny("supported-address-data", "supported-calendar-data", "this is not "+want)
	case f.method:
		return deny("", "valid-calendar-object-resource", "METHOD is for messages")
	case f.noUID || len(f.uids) != 1:
		return deny("valid-address-data", "valid-calendar-object-resource", "one item with one UID, please")
	case c.kind == Calendar && len(f.components) != 1:
		return deny("", "valid-calendar-object-resource", "one kind of component, please")
	case c.kind == Calendar && !slices.Contains(c.state.components, f.components[0]):
		return deny("", "supported-calendar-component", "this calendar does not take "+f.components[0])
	}
	return nil
}

// uidConflict refuses a UID that is elsewhere, or another UID for a resource that has one (RFC 4791 5.3.2.1). The caller holds
// the lock.
func (x *exchange) uidConflict(c *Collection, old *item, uids []string) *refused {
	if !x.is(UIDPerCollection) && !x.is(UIDPerAccount) || len(uids) == 0 {
		return nil
	}
	if old != nil && len(old.uids) > 0 && old.uids[0] != uids[0] {
		return x.conflict(c, old)
	}
	among := []*Collection{c}
	if x.is(UIDPerAccount) {
		among = c.owner.list(c.kind)
	}
	for _, other := range among {
		if it := x.twin(other, uids[0]); it != nil {
			return x.conflict(other, it)
		}
	}
	return nil
}

// twin is the first item of a collection that has the UID and is not the one that is being written or moved. The caller holds the
// lock.
func (x *exchange) twin(c *Collection, uid string) *item {
	var found *item
	for _, it := range c.state.items {
		itself := c == x.at.coll && it.name == x.at.name || c == x.from.coll && it.name == x.from.name
		if !itself && slices.Contains(it.uids, uid) && (found == nil || it.name < found.name) {
			found = it
		}
	}
	return found
}

func (x *exchange) conflict(c *Collection, it *item) *refused {
	href := x.href(c.path(x.b) + it.segment)
	if x.b.uidConflict == http.StatusBadRequest {
		return &refused{http.StatusBadRequest, "", fmt.Sprintf("calendar object with uid %q already exists in this calendar collection", it.uids[0])}
	}
	term := strings.TrimSuffix(c.term("no-uid-conflict"), "/>")
	return &refused{x.b.uidConflict, term + "><d:href>" + href + "</d:href></" + term[1:] + ">", "there is an item with this UID"}
}

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

// move moves an item to another name or collection of the same kind.
func (x *exchange) move() {
	to := x.locate(x.r.Header.Get("Destination"))
	switch {
	case x.is(NoMove):
		x.fail(http.StatusMethodNotAllowed, "", "nothing moves here")
		return
	case x.at.kind != member || x.at.slash:
		x.fail(http.StatusForbidden, "", "only items can be moved")
		return
	case to.kind != member || to.account != x.user || to.slash:
		x.fail(http.StatusForbidden, "", "the destination is not a place for an item")
		return
	}
	created, r := x.relocate(to)
	if r != nil {
		x.fail(r.status, r.precondition, r.text)
		return
	}
	if created {
		x.w.Header().Set("Location", x.plainHref(to.path(x.b)))
		x.w.WriteHeader(http.StatusCreated)
		return
	}
	x.w.WriteHeader(http.StatusNoContent)
}

func (x *exchange) relocate(to place) (created bool, r *refused) {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	c := x.at.coll
	if c == nil || c.state.items[x.at.name] == nil {
		return false, &refused{http.StatusNotFound, "", "there is nothing here"}
	}
	it := c.state.items[x.at.name]
	if r := x.preconditions(it); r != nil {
		return false, r
	}
	if to.coll == nil {
		return false, &refused{http.StatusConflict, "", "there is no such collection"}
	}
	if to.coll == c && to.name == x.at.name {
		return false, &refused{http.StatusForbidden, "", "source and destination are the same"}
	}
	old := to.coll.state.items[to.name]
	if old != nil && x.r.Header.Get("Overwrite") == "F" {
		return false, failedPrecondition
	}
	if c.state.readOnly {
		return false, &refused{http.StatusForbidden, needPrivileges, "this collection is read-only"}
	}
	target := &exchange{s: x.s, b: x.b, r: x.r, body: it.body, user: x.user, at: to, from: x.at}
	if r := target.check(to.coll, old, it.body); r != nil {
		return false, r
	}
	c.remove(x.b, x.at.name)
	to.coll.store(x.b, to.name, it.body)
	return old == nil, nil
}
