package davtest

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
)

// mkcalendar makes a calendar (RFC 4791 5.3.1).
func (x *exchange) mkcalendar() {
	if x.is(NoMkcalendar) {
		x.fail(http.StatusNotImplemented, "", "this method is not known here")
		return
	}
	var set []*node
	if len(bytes.TrimSpace(x.body)) > 0 {
		n, err := readXML(x.body)
		if err != nil || n.name != cal("mkcalendar") {
			x.fail(http.StatusBadRequest, "", "this is not mkcalendar")
			return
		}
		set = propsOf(n, "set")
	}
	x.create(Calendar, set)
}

// mkcol makes what the resourcetype in an extended MKCOL says (RFC 5689). Plain collections are of no use here.
func (x *exchange) mkcol() {
	n, err := readXML(x.body)
	if err != nil || n.name != dav("mkcol") {
		x.fail(http.StatusForbidden, "", "only calendars and address books can be made here")
		return
	}
	set := propsOf(n, "set")
	for _, p := range set {
		if p.name != dav("resourcetype") {
			continue
		}
		switch {
		case p.child(nsCal, "calendar") != nil:
			x.create(Calendar, set)
			return
		case p.child(nsCard, "addressbook") != nil:
			x.create(AddressBook, set)
			return
		}
	}
	x.fail(http.StatusForbidden, "<d:valid-resourcetype/>", "only calendars and address books can be made here")
}

// propsOf returns the properties in the set or remove elements of a request.
func propsOf(n *node, what string) []*node {
	var list []*node
	for _, s := range n.all(nsDAV, what) {
		if p := s.child(nsDAV, "prop"); p != nil {
			list = append(list, p.kids...)
		}
	}
	return list
}

func (x *exchange) create(kind Kind, set []*node) {
	r := x.createLocked(kind, set)
	if r != nil && x.is(MultistatusOnRefusal) {
		m := x.multistatus()
		m.status(x.href(x.at.path(x.b)), r.status, "<d:error>"+r.precondition+"</d:error>")
		m.close("")
		return
	}
	if r != nil {
		x.fail(r.status, r.precondition, r.text)
		return
	}
	x.w.Header().Set("Content-Length", "0")
	if x.is(NamesCollections) && !x.is(NoLocation) {
		x.w.Header().Set("Location", x.at.path(x.b))
	}
	x.w.WriteHeader(http.StatusCreated)
}

func (x *exchange) createLocked(kind Kind, set []*node) *refused {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	term := "<cal:calendar-collection-location-ok/>"
	if kind == AddressBook {
		term = "<card:addressbook-collection-location-ok/>"
	}
	switch {
	case x.is(NoNewCollections):
		return &refused{http.StatusForbidden, term, "nothing can be made here"}
	case x.at.kind != collection:
		return &refused{http.StatusForbidden, term, "not at this place"}
	case x.at.sort != kind && !x.b.mixed:
		return &refused{http.StatusForbidden, term, "not in this home"}
	case x.at.account.homes[x.at.sort][x.at.id] != nil || x.b.mixed && x.at.account.find(x.at.id) != nil:
		status := http.StatusMethodNotAllowed
		if x.is(ExistsIs409) {
			status = http.StatusConflict
		}
		return &refused{status, "<d:resource-must-be-null/>", "there is something already"}
	case x.is(OneComponent) && kind == Calendar && components(set) != 1:
		return &refused{http.StatusForbidden, "<cal:supported-calendar-component/>", "a calendar holds one type of component here"}
	}
	if x.is(NamesCollections) {
		x.at.id = fmt.Sprintf("c%d", len(x.at.account.homes[kind])+1)
	}
	c := x.s.make(x.at.account, x.at.id, kind)
	for _, p := range set {
		switch _, live := liveProps[p.name]; {
		case p.name == cal("supported-calendar-component-set"):
			c.state.components = nil
			for _, comp := range p.all(nsCal, "comp") {
				c.state.components = append(c.state.components, strings.ToUpper(comp.attrs["name"]))
			}
		case !live && !x.b.forgets[p.name.Local]:
			c.state.dead[p.name] = p.inner()
		}
	}
	return nil
}

// components counts the component types that a new calendar is to take, 0 for any.
func components(set []*node) (n int) {
	for _, p := range set {
		if p.name == cal("supported-calendar-component-set") {
			n += len(p.all(nsCal, "comp"))
		}
	}
	return n
}
