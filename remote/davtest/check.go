package davtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

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
