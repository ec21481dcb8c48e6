package davtest

import (
	"fmt"
	"maps"
	"net/http"
)

// patching is what becomes of the properties that one PROPPATCH names.
type patching struct {
	names  []qname // in the order of the request
	status map[qname]int
}

// proppatch sets and removes properties of a collection, all or none (RFC 4918 9.2).
func (x *exchange) proppatch() {
	n, err := readXML(x.body)
	if err != nil || n.name != dav("propertyupdate") {
		x.fail(http.StatusBadRequest, "", "this is not propertyupdate")
		return
	}
	switch {
	case x.is(NoPatch):
		x.fail(http.StatusMethodNotAllowed, "", "properties cannot be set here")
		return
	case x.at.kind != collection:
		x.fail(http.StatusForbidden, "", "properties can be set on collections only")
		return
	case x.at.coll == nil:
		x.fail(http.StatusNotFound, "", "there is no such collection")
		return
	}
	p, r := x.patch(n)
	if r != nil {
		x.fail(r.status, r.precondition, r.text)
		return
	}
	m := x.multistatus()
	m.w.WriteString("<d:response><d:href>" + x.href(x.at.path(x.b)) + "</d:href>")
	for _, name := range p.names {
		detail := ""
		if _, live := liveProps[name]; live {
			detail = "<d:error><d:cannot-modify-protected-property/></d:error>"
		}
		begin, end := tags(name)
		fmt.Fprintf(m.w, "<d:propstat><d:prop>%s%s</d:prop><d:status>%s</d:status>%s</d:propstat>", begin, end, x.b.statusLine(p.status[name]), detail)
	}
	m.w.WriteString("</d:response>\n")
	m.close("")
}

// patch does what a PROPPATCH asks for, unless it names a property that clients cannot set.
func (x *exchange) patch(n *node) (p patching, r *refused) {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	c := x.at.coll
	if c.state.readOnly {
		return p, &refused{http.StatusForbidden, needPrivileges, "this collection is read-only"}
	}
	dead := maps.Clone(c.state.dead)
	p.status = map[qname]int{}
	failed := 0
	for _, k := range n.kids {
		prop := k.child(nsDAV, "prop")
		if prop == nil {
			continue
		}
		for _, v := range prop.kids {
			p.names = append(p.names, v.name)
			if p.status[v.name] = x.patchOne(dead, k.name.Local, v); p.status[v.name] != http.StatusOK {
				failed = p.status[v.name]
			}
		}
	}
	switch {
	case failed != 0 && x.is(RefusesWholePatch):
		return p, &refused{failed, "", "one of the properties cannot be set"}
	case failed != 0 && !x.is(PartialPatch):
		for name, status := range p.status {
			if status == http.StatusOK {
				p.status[name] = http.StatusFailedDependency
			}
		}
	default:
		c.state.dead = dead
	}
	return p, nil
}

// patchOne sets or removes one property in dead and gives its status.
func (x *exchange) patchOne(dead map[qname]string, how string, v *node) int {
	if _, live := liveProps[v.name]; live {
		return http.StatusForbidden
	}
	if status := x.b.refuses[v.name.Local]; status != 0 {
		return status
	}
	value := v.inner()
	if x.b.rewrites != nil && how == "set" {
		if value = xmlText(x.b.rewrites(v.name.Local, v.text)); value == "" {
			how = "remove"
		}
	}
	switch {
	case x.b.forgets[v.name.Local]:
	case how == "set":
		dead[v.name] = value
	case how == "remove":
		delete(dead, v.name)
	}
	return http.StatusOK
}
