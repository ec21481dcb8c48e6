package davtest

import (
	"bytes"
	"fmt"
	"maps"
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

// proppatch sets and removes properties of a collection, all or none (RFC 4918 9.2).
func (x *exchange) proppatch() {
	n, err := readXML(x.body)
	if err != nil || n.name != dav("propertyupdate") {
		x.fail(http.StatusBadRequest, "", "this is not propertyupdate")
		return
	}
	if x.at.kind != collection || x.at.coll == nil {
		x.fail(http.StatusForbidden, "", "properties can be set on collections only")
		return
	}
	names, protected, r := x.patch(n)
	if r != nil {
		x.fail(r.status, r.precondition, r.text)
		return
	}
	m := x.multistatus()
	m.w.WriteString("<d:response><d:href>" + x.href(x.at.path(x.b)) + "</d:href>")
	for _, name := range names {
		status, detail := http.StatusOK, ""
		switch {
		case protected[name]:
			status, detail = http.StatusForbidden, "<d:error><d:cannot-modify-protected-property/></d:error>"
		case len(protected) > 0:
			status = http.StatusFailedDependency
		}
		begin, end := tags(name)
		fmt.Fprintf(m.w, "<d:propstat><d:prop>%s%s</d:prop><d:status>%s</d:status>%s</d:propstat>", begin, end, x.b.statusLine(status), detail)
	}
	m.w.WriteString("</d:response>\n")
	m.close("")
}

// patch does what a PROPPATCH asks for, unless it names a property that clients cannot set.
func (x *exchange) patch(n *node) (names []qname, protected map[qname]bool, r *refused) {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	c := x.at.coll
	if c.state.readOnly {
		return nil, nil, &refused{http.StatusForbidden, needPrivileges, "this collection is read-only"}
	}
	dead := maps.Clone(c.state.dead)
	protected = map[qname]bool{}
	for _, k := range n.kids {
		prop := k.child(nsDAV, "prop")
		if prop == nil {
			continue
		}
		for _, p := range prop.kids {
			names = append(names, p.name)
			switch _, live := liveProps[p.name]; {
			case live:
				protected[p.name] = true
			case x.b.forgets[p.name.Local]:
			case k.name.Local == "set":
				dead[p.name] = p.inner()
			case k.name.Local == "remove":
				delete(dead, p.name)
			}
		}
	}
	if len(protected) == 0 {
		c.state.dead = dead
	}
	return names, protected, nil
}
