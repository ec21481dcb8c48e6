package davtest

import "net/http"

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
	case to.kind != member || to.slash || !x.s.may(x.user, to.account):
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
