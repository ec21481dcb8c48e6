package davtest

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
)

func escapeSegment(name string) string { return url.PathEscape(name) }

// report hands a REPORT to the one that its root element names.
func (x *exchange) report() {
	n, err := readXML(x.body)
	if err != nil {
		x.fail(http.StatusBadRequest, "", err.Error())
		return
	}
	if x.at.kind == collection && x.at.coll == nil || x.at.kind == member && x.at.coll == nil {
		x.fail(http.StatusNotFound, "", "there is nothing here")
		return
	}
	calendar := x.at.sort == Calendar
	switch {
	case x.at.kind != collection:
	case n.name == dav("sync-collection"):
		x.syncCollection(n)
		return
	case n.name == cal("calendar-multiget") && calendar, n.name == card("addressbook-multiget") && !calendar:
		x.multiget(n)
		return
	case n.name == cal("calendar-query") && calendar:
		x.query(n, nsCal, calendarFilter)
		return
	case n.name == card("addressbook-query") && !calendar:
		x.query(n, nsCard, cardFilter)
		return
	}
	x.fail(http.StatusForbidden, "<d:supported-report/>", "no such report here")
}

// askData reads the names in a prop element of a report, where bodies may be asked for too.
func (x *exchange) askData(p *node) []asked {
	if p == nil {
		return nil
	}
	list := askAll(p)
	for i, k := range p.kids {
		if write, ok := data[k.name]; ok {
			list[i].write = write
			if version := k.attrs["version"]; version != "" && k.name == card("address-data") {
				list[i].write = func(x *exchange, res *resource, w *bytes.Buffer) bool {
					return res.item != nil && writeBody(x, res.item, version, w)
				}
			}
		}
	}
	return list
}

// multiget answers with the items that are named, in the order of the question.
func (x *exchange) multiget(n *node) {
	props := x.askData(n.child(nsDAV, "prop"))
	hrefs := n.all(nsDAV, "href")
	if x.b.multigetLimit > 0 && len(hrefs) > x.b.multigetLimit {
		x.fail(http.StatusBadRequest, "", "too many at once")
		return
	}
	items := make([]*item, len(hrefs))
	missing := false
	for i, h := range hrefs {
		items[i] = x.lookup(h.text)
		missing = missing || items[i] == nil
	}
	if missing && x.is(MissingHrefFails) {
		x.fail(http.StatusNotFound, "", "one of them is missing")
		return
	}
	m := x.multistatus()
	for i, h := range hrefs {
		switch {
		case items[i] == nil && x.is(MissingHrefLeftOut), items[i] != nil && x.omits():
		case items[i] != nil && x.b.multigetStatus != nil && x.b.multigetStatus(items[i].name) != 0:
			m.status(x.href(x.at.path(x.b)+items[i].segment), x.b.multigetStatus(items[i].name), "")
		case items[i] == nil:
			m.status(xmlText(string(bytes.TrimSpace([]byte(h.text)))), http.StatusNotFound, "")
		default:
			x.s.mu.RLock()
			rows := x.members(nil, x.at.coll, items[i:i+1])
			x.s.mu.RUnlock()
			m.response(&rows[0], props)
		}
	}
	m.close("")
}

// lookup finds the item of an href, if it is in the collection of the request.
func (x *exchange) lookup(href string) *item {
	p := x.locate(href)
	if p.kind != member || p.coll != x.at.coll || p.slash {
		return nil
	}
	x.s.mu.RLock()
	defer x.s.mu.RUnlock()
	return p.coll.seen(x.b, p.name, x.b.now())
}

// omits spreads the items that are left out evenly: with 0.25 it is every fourth.
func (x *exchange) omits() bool {
	if x.b.omitRate <= 0 {
		return false
	}
	n := float64(x.s.omitted.Add(1))
	return int(n*x.b.omitRate) > int((n-1)*x.b.omitRate)
}

// query answers with the items that a filter lets through. Of Depth 0, which is what no Depth means, the collection alone is
// asked, and that is no item (RFC 4791 7.8, RFC 6352 8.6).
func (x *exchange) query(n *node, space string, filter func(*node) func(*item) bool) {
	f := n.child(space, "filter")
	if !collated(f) {
		x.fail(http.StatusForbidden, x.at.coll.term("supported-collation"), "no such collation here")
		return
	}
	match := filter(f)
	x.s.mu.Lock()
	var rows []resource
	if depth := x.r.Header.Get("Depth"); depth == "1" || strings.EqualFold(depth, "infinity") {
		rows = x.members(nil, x.at.coll, x.at.coll.visible(x.b))
	}
	path := x.at.coll.path(x.b)
	x.s.mu.Unlock()
	props := x.askData(n.child(nsDAV, "prop"))
	text, limited := n.child(nsCard, "limit").child(nsCard, "nresults").trimmed()
	limit := atoi(text)
	m := x.multistatus()
	for i, sent := 0, 0; i < len(rows); i++ {
		if !match(rows[i].item) {
			continue
		}
		if limited && limit > 0 && sent == limit {
			m.status(x.href(path), http.StatusInsufficientStorage, "<d:error><d:number-of-matches-within-limits/></d:error>")
			break
		}
		m.response(&rows[i], props)
		sent++
	}
	m.close("")
}
