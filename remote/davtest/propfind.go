package davtest

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// propfind answers Depth 0 and 1; infinity is refused (RFC 4918 9.1).
func (x *exchange) propfind() {
	depth := x.r.Header.Get("Depth")
	if depth != "0" && depth != "1" {
		x.fail(http.StatusForbidden, "<d:propfind-finite-depth/>", "depth 0 or 1, please")
		return
	}
	wanted, err := x.wanted()
	if err != nil {
		x.fail(http.StatusBadRequest, "", err.Error())
		return
	}
	rows, ok := x.rows(depth == "1")
	if !ok {
		x.fail(x.b.missingStatus(), "", "there is nothing here")
		return
	}
	m := x.multistatus()
	for i := range rows {
		m.response(&rows[i], wanted.of(&rows[i]))
		if rows[i].item != nil && x.is(TwiceInListing) {
			m.response(&rows[i], wanted.of(&rows[i]))
		}
	}
	m.close("")
}

// wanted is what a PROPFIND asks for.
type wanted struct {
	x     *exchange
	props []asked // nil for allprop and propname
	names bool
	plus  []asked // include of allprop
}

func (x *exchange) wanted() (wanted, error) {
	if len(bytes.TrimSpace(x.body)) == 0 {
		return wanted{x: x}, nil
	}
	n, err := readXML(x.body)
	if err != nil {
		return wanted{}, err
	}
	if n.name != dav("propfind") {
		return wanted{}, errXML
	}
	if p := n.child(nsDAV, "prop"); p != nil {
		return wanted{x: x, props: askAll(p)}, nil
	}
	w := wanted{x: x, names: n.child(nsDAV, "propname") != nil}
	if include := n.child(nsDAV, "include"); include != nil {
		w.plus = askAll(include)
	}
	return w, nil
}

// askAll reads the names in a prop element.
func askAll(p *node) []asked {
	list := make([]asked, 0, len(p.kids))
	for _, k := range p.kids {
		list = append(list, ask(k.name))
	}
	return list
}

// of returns what is asked of one resource. With allprop it is what RFC 4918 defines and what clients have set; with propname it
// is all that the resource has, without values.
func (w wanted) of(res *resource) []asked {
	if w.props != nil {
		return w.props
	}
	var list []asked
	for name := range liveProps {
		if w.names || name.Space == nsDAV && slices.Contains(basics, name.Local) {
			list = append(list, ask(name))
		}
	}
	if res.coll != nil && res.item == nil {
		for name := range maps.Keys(res.coll.dead) {
			list = append(list, ask(name))
		}
	}
	var scratch bytes.Buffer
	list = slices.DeleteFunc(list, func(a asked) bool { return !a.write(w.x, res, &scratch) })
	slices.SortFunc(list, func(a, b asked) int {
		return strings.Compare(a.name.Space+" "+a.name.Local, b.name.Space+" "+b.name.Local)
	})
	if w.names {
		for i := range list {
			list[i].write = func(*exchange, *resource, *bytes.Buffer) bool { return true }
		}
	}
	return append(list, w.plus...)
}

var basics = []string{"resourcetype", "getetag", "getcontentlength", "getlastmodified", "creationdate", "getcontenttype"}

// rows are the resources that a PROPFIND names: the one itself and, with Depth 1, what is in it.
func (x *exchange) rows(deep bool) (rows []resource, ok bool) {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	p := x.at
	self := resource{href: x.href(p.path(x.b)), kind: p.kind, user: x.user.name, sort: p.sort}
	switch p.kind {
	case collection:
		if p.coll == nil {
			return nil, false
		}
		self.coll = p.coll.view(x.b)
		rows = append(rows, self)
		if deep {
			rows = x.members(rows, p.coll, p.coll.visible(x.b))
		}
	case member:
		if p.coll == nil || p.slash {
			return nil, false
		}
		it := p.coll.seen(x.b, p.name, x.b.now())
		if it == nil {
			return nil, false
		}
		self.item, self.coll = it, nil
		rows = append(rows, self)
	case home:
		rows = append(rows, self)
		if deep {
			rows = x.homeMembers(rows)
		}
	default:
		rows = append(rows, self)
	}
	return rows, true
}

// members appends a row for each item. The caller holds the lock.
func (x *exchange) members(rows []resource, c *Collection, items []*item) []resource {
	rows = slices.Grow(rows, len(items))
	path := c.path(x.b)
	plain := x.b.spell == nil && !x.is(AbsoluteHrefs)
	prefix := xmlText(path)
	for _, it := range items {
		r := resource{kind: member, user: c.owner.name, sort: c.kind, item: it}
		if plain {
			r.href = prefix + xmlText(it.segment)
		} else {
			r.href = x.href(path + it.segment)
		}
		rows = append(rows, r)
	}
	return rows
}

// homeMembers appends a row for each collection of a home. The caller holds the lock.
func (x *exchange) homeMembers(rows []resource) []resource {
	if x.is(EmptyHome) {
		return rows
	}
	kinds := []Kind{x.at.sort}
	if x.b.mixed {
		kinds = []Kind{Calendar, AddressBook}
	}
	for _, kind := range kinds {
		for _, c := range x.at.account.list(kind) {
			rows = append(rows, resource{href: x.href(c.path(x.b)), kind: collection, user: c.owner.name, sort: kind, coll: c.view(x.b), inner: true})
		}
	}
	if x.is(ExtraHomeMembers) {
		for _, e := range extras {
			rows = append(rows, resource{href: x.href(x.at.path(x.b) + e[0]), user: x.user.name, extra: e[1]})
		}
	}
	return rows
}

// extras are what homes of real servers list besides calendars and address books.
var extras = [][2]string{
	{"inbox/", "<d:collection/><cal:schedule-inbox/>"},
	{"outbox/", "<d:collection/><cal:schedule-outbox/>"},
	{"notifications/", "<d:collection/><cs:notification/>"},
	{"calendar-proxy-read/", "<d:collection/><cs:calendar-proxy-read/>"},
	{"trashbin/", `<d:collection/><x:trash-bin xmlns:x="http://nextcloud.com/ns"/>`},
	{"webcal/", "<d:collection/><cs:subscribed/>"},
	{"personal.ics", ""},
}
