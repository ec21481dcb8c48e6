package davtest

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// resource is one thing that properties are asked of. What a collection says is copied under the lock, so that it is of one moment.
type resource struct {
	href  string // escaped for XML
	kind  spot
	user  string
	sort  Kind
	coll  *view
	item  *item
	extra string // resourcetype of something in a home that is no collection of ours
	inner bool   // it is a row of the listing of its home
}

// view is what a collection looks like at one moment.
type view struct {
	token, ctag string
	dead        map[qname]string
	components  []string
	readOnly    bool
}

// asked is one property that a request wants, with its tags.
type asked struct {
	name       qname
	begin, end string
	write      func(x *exchange, res *resource, w *bytes.Buffer) bool // false: the resource does not have it
}

func ask(name qname) asked {
	begin, end := tags(name)
	a := asked{name: name, begin: begin, end: end}
	if live, ok := liveProps[name]; ok {
		a.write = live
	} else {
		a.write = func(_ *exchange, res *resource, w *bytes.Buffer) bool {
			if res.coll == nil || res.item != nil {
				return false
			}
			value, ok := res.coll.dead[name]
			w.WriteString(value)
			return ok
		}
	}
	return a
}

func dav(local string) qname   { return qname{Space: nsDAV, Local: local} }
func cal(local string) qname   { return qname{Space: nsCal, Local: local} }
func card(local string) qname  { return qname{Space: nsCard, Local: local} }
func apple(local string) qname { return qname{Space: nsApple, Local: local} }

var addressBookColor = qname{Space: "http://inf-it.com/ns/ab/", Local: "addressbook-color"}

// dead returns the properties of a collection as they are kept.
func (p Props) dead(kind Kind) map[qname]string {
	description, color := cal("calendar-description"), apple("calendar-color")
	if kind == AddressBook {
		description, color = card("addressbook-description"), addressBookColor
	}
	m := map[qname]string{}
	for name, value := range map[qname]string{dav("displayname"): p.DisplayName, description: p.Description,
		color: p.Color, apple("calendar-order"): p.Order, cal("calendar-timezone"): p.TimeZone} {
		if value != "" {
			m[name] = xmlText(value)
		}
	}
	return m
}

type writer = func(x *exchange, res *resource, w *bytes.Buffer) bool

// text makes a writer of a function that returns escaped XML, "" for a property that is missing.
func text(f func(x *exchange, res *resource) string) writer {
	return func(x *exchange, res *resource, w *bytes.Buffer) bool {
		s := f(x, res)
		w.WriteString(s)
		return s != ""
	}
}

// liveProps are the properties that the server makes itself. PROPPATCH cannot touch them.
var liveProps = map[qname]writer{
	dav("resourcetype"): func(x *exchange, res *resource, w *bytes.Buffer) bool {
		w.WriteString(resourceType(x, res))
		return true
	},
	dav("getetag"):          getETag,
	dav("getcontentlength"): ofItem(func(_ *exchange, it *item) string { return itoa(len(it.body)) }),
	dav("getlastmodified"):  ofItem(func(_ *exchange, it *item) string { return it.modified.UTC().Format(http.TimeFormat) }),
	dav("creationdate"):     ofItem(func(_ *exchange, it *item) string { return it.modified.UTC().Format(time.RFC3339) }),
	dav("getcontenttype"):   ofItem(func(_ *exchange, it *item) string { return xmlText(it.contentType()) }),
	dav("current-user-principal"): text(func(x *exchange, res *resource) string {
		switch {
		case x.is(NoPrincipal):
			return ""
		case x.is(Unauthenticated):
			return "<d:unauthenticated/>"
		case x.b.principalHref != "":
			return "<d:href>" + xmlText(x.b.principalHref) + "</d:href>"
		}
		return "<d:href>" + x.href(x.b.principalPath(x.user.name)) + "</d:href>"
	}),
	dav("principal-URL"): text(func(x *exchange, res *resource) string {
		if res.kind != principal {
			return ""
		}
		return "<d:href>" + x.href(x.b.principalPath(res.user)) + "</d:href>"
	}),
	dav("owner"): text(func(x *exchange, res *resource) string {
		if x.is(NoPrincipal) || res.kind == root || res.kind == principal {
			return ""
		}
		return "<d:href>" + x.href(x.b.principalPath(res.user)) + "</d:href>"
	}),
	dav("current-user-privilege-set"):    text(privileges),
	dav("supported-report-set"):          text(reports),
	dav("sync-token"):                    text(syncToken),
	qname{Space: nsCS, Local: "getctag"}: text(getCTag),
	cal("calendar-home-set"):             text(func(x *exchange, res *resource) string { return homeSet(x, res, Calendar) }),
	card("addressbook-home-set"):         text(func(x *exchange, res *resource) string { return homeSet(x, res, AddressBook) }),
	cal("calendar-user-address-set"): text(func(x *exchange, res *resource) string {
		if res.kind != principal {
			return ""
		}
		return "<d:href>mailto:" + xmlText(res.user) + "@example.org</d:href>"
	}),
	cal("supported-calendar-component-set"): text(func(_ *exchange, res *resource) string {
		if res.coll == nil || res.item != nil || res.sort != Calendar {
			return ""
		}
		var b strings.Builder
		for _, name := range res.coll.components {
			b.WriteString(`<cal:comp name="` + xmlText(name) + `"/>`)
		}
		return b.String()
	}),
	cal("supported-calendar-data"): text(func(_ *exchange, res *resource) string {
		return onCollection(res, Calendar, `<cal:calendar-data content-type="text/calendar" version="2.0"/>`)
	}),
	card("supported-address-data"): text(func(_ *exchange, res *resource) string {
		return onCollection(res, AddressBook, `<card:address-data-type content-type="text/vcard" version="3.0"/>`+
			`<card:address-data-type content-type="text/vcard" version="4.0"/>`)
	}),
	cal("max-resource-size"):  text(func(x *exchange, res *resource) string { return maxSize(x, res, Calendar) }),
	card("max-resource-size"): text(func(x *exchange, res *resource) string { return maxSize(x, res, AddressBook) }),
	dav("quota-available-bytes"): text(func(x *exchange, res *resource) string {
		if x.b.quota == 0 || res.item != nil || res.kind == principal {
			return ""
		}
		return itoa(max(0, x.b.quota-x.s.used(x.user)))
	}),
	dav("quota-used-bytes"): text(func(x *exchange, res *resource) string {
		if x.b.quota == 0 || res.item != nil || res.kind == principal {
			return ""
		}
		return itoa(x.s.used(x.user))
	}),
	cal("schedule-tag"): text(func(x *exchange, res *resource) string {
		if res.item == nil {
			return ""
		}
		return xmlText(x.b.scheduleTag(res.item))
	}),
}

// data are the properties that only reports give.
var data = map[qname]writer{
	cal("calendar-data"): func(x *exchange, res *resource, w *bytes.Buffer) bool {
		return res.item != nil && res.sort == Calendar && writeBody(x, res.item, "", w)
	},
	card("address-data"): func(x *exchange, res *resource, w *bytes.Buffer) bool {
		return res.item != nil && res.sort == AddressBook && writeBody(x, res.item, "", w)
	},
}

// writeBody writes a body as XML text.
func writeBody(x *exchange, it *item, version string, w *bytes.Buffer) bool {
	body := x.read(it, version)
	escape(w, body, x.is(EscapedCR), !x.is(RawControls) && !(it.clean && x.b.onRead == nil))
	return true
}

// read returns the bytes of an item as the server gives them away. version is the vCard version that was asked for.
func (x *exchange) read(it *item, version string) []byte {
	body := it.body
	if x.b.onRead != nil {
		body = x.b.onRead(slices.Clone(body))
	}
	if x.is(ConvertsVCards) && it.kind == "VCARD" && version != "4.0" {
		body = VCard3()(body)
	}
	if x.is(CutsPictures) && it.kind == "VCARD" {
		if version != "4.0" {
			version = "3.0"
		}
		body = cyrusCard(body, version)
	}
	return body
}

func ofItem(f func(*exchange, *item) string) writer {
	return text(func(x *exchange, res *resource) string {
		if res.item == nil {
			return ""
		}
		return f(x, res.item)
	})
}

func onCollection(res *resource, kind Kind, xml string) string {
	if res.coll == nil || res.item != nil || res.sort != kind {
		return ""
	}
	return xml
}

func maxSize(x *exchange, res *resource, kind Kind) string {
	if x.b.maxSize == 0 {
		return ""
	}
	return onCollection(res, kind, itoa(x.b.maxSize))
}

func (it *item) contentType() string {
	if it.kind == "VCARD" {
		return "text/vcard; charset=utf-8"
	}
	if it.kind != "" {
		return "text/calendar; charset=utf-8; component=" + it.kind
	}
	if strings.HasSuffix(it.name, ".vcf") {
		return "text/vcard; charset=utf-8"
	}
	return "text/calendar; charset=utf-8"
}

func resourceType(x *exchange, res *resource) string {
	switch {
	case res.extra != "":
		return res.extra
	case res.item != nil:
		return ""
	case res.kind == principal:
		return "<d:collection/><d:principal/>"
	case res.coll == nil:
		return "<d:collection/>"
	case res.sort == Calendar && x.is(OutboxIsCalendar):
		return "<d:collection/><cal:calendar/><cal:schedule-outbox/>"
	case res.sort == Calendar:
		return "<d:collection/><cal:calendar/>"
	}
	return "<d:collection/><card:addressbook/>"
}

func getETag(x *exchange, res *resource, w *bytes.Buffer) bool {
	if res.item == nil {
		return false
	}
	if x.at.kind != member && x.r.Method == "PROPFIND" || x.listing() {
		switch {
		case x.is(NoETagInListing):
			return false
		case x.is(EmptyETagInListing):
			return true
		}
	}
	w.WriteString(strings.ReplaceAll(x.etag(res.item), `"`, "&quot;"))
	return true
}

// etag is what a client is shown as the etag of an item.
func (x *exchange) etag(it *item) string {
	if x.is(VolatileETags) {
		return fmt.Sprintf(`"v%d"`, x.s.volatile.Add(1))
	}
	return x.b.etag(it)
}

// etag is the etag that preconditions are held against.
func (b *behaviour) etag(it *item) string {
	tag := it.etag
	if b.on[CounterETags] {
		tag = fmt.Sprintf("gcs%08d", it.version-1)
	}
	if b.on[WeakETags] {
		return `W/"` + tag + `"`
	}
	if b.on[UnquotedETags] {
		return tag
	}
	return `"` + tag + `"`
}

// scheduleTag is "" for an item that has none.
func (b *behaviour) scheduleTag(it *item) string {
	if !b.on[ScheduleTags] || !inspect(it.body).attendees {
		return ""
	}
	return `"s-` + it.tag + `"`
}

func privileges(x *exchange, res *resource) string {
	if x.is(NoPrivileges) || res.kind == root || res.kind == principal {
		return ""
	}
	names := []string{"read", "read-current-user-privilege-set"}
	if res.coll == nil || !res.coll.readOnly {
		names = append(names, "write", "write-properties", "write-content", "bind", "unbind")
	}
	return "<d:privilege><d:" + strings.Join(names, "/></d:privilege><d:privilege><d:") + "/></d:privilege>"
}

func reports(x *exchange, res *resource) string {
	if res.coll == nil || res.item != nil {
		return ""
	}
	names := []string{"cal:calendar-query", "cal:calendar-multiget"}
	if res.sort == AddressBook {
		names = []string{"card:addressbook-query", "card:addressbook-multiget"}
	}
	if x.is(NoSyncCollection) == x.is(LyingReports) {
		names = append(names, "d:sync-collection")
	}
	return "<d:supported-report><d:report><" + strings.Join(names, "/></d:report></d:supported-report><d:supported-report><d:report><") +
		"/></d:report></d:supported-report>"
}

func syncToken(x *exchange, res *resource) string {
	if res.coll == nil || res.item != nil || x.is(NoTokens) || x.is(NoSyncCollection) || res.inner && x.is(NoTokenInHome) {
		return ""
	}
	return xmlText(res.coll.token)
}

func getCTag(x *exchange, res *resource) string {
	if res.coll == nil || res.item != nil || x.is(NoCTag) || res.inner && x.is(NoTokenInHome) {
		return ""
	}
	return xmlText(res.coll.ctag)
}

func homeSet(x *exchange, res *resource, kind Kind) string {
	if res.kind != principal && !x.is(NoPrincipal) {
		return ""
	}
	if len(x.b.homes) > 0 {
		var b strings.Builder
		for _, h := range x.b.homes {
			b.WriteString("<d:href>" + xmlText(h) + "</d:href>")
		}
		return b.String()
	}
	return "<d:href>" + x.href(x.b.homePath(x.user.name, kind)) + "</d:href>"
}

// view copies what a collection says of itself. The caller holds the lock.
func (c *Collection) view(b *behaviour) *view {
	token := c.token(b, len(c.state.journal))
	return &view{token: token, ctag: c.ctag(b), dead: c.state.dead, components: c.state.components, readOnly: c.state.readOnly}
}

// used counts the bytes of all items of a user.
func (s *Server) used(a *account) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return a.bytes()
}

func (a *account) bytes() int {
	n := 0
	for _, home := range a.homes {
		for _, c := range home {
			for _, it := range c.state.items {
				n += len(it.body)
			}
		}
	}
	return n
}
