package dav

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"vgit/remote"
)

// rows collects what an answer says about each item.
type rows struct {
	c       *collection
	at      *url.URL
	index   map[string]int // name to place in members
	members []remote.Member
	names   []string // of members
	gone    map[string]remote.Href
	unclear map[string]remote.Href
	own     ownRow
	more    bool // the server has cut the answer and says so (P41)
	doubt   string
}

// ownRow is what an answer says about the collection itself.
type ownRow struct{ seen, typed, right bool }

func newRows(c *collection) *rows {
	r := &rows{c: c}
	r.begin(c.url)
	return r
}

func (rs *rows) begin(at *url.URL) {
	*rs = rows{c: rs.c, at: rs.c.at(at), index: map[string]int{}, gone: map[string]remote.Href{}, unclear: map[string]remote.Href{}}
}

func (rs *rows) doubts(why string) {
	if rs.doubt == "" {
		rs.doubt = why
	}
}

// add takes one response.
func (rs *rows) add(r *row) error {
	if len(r.hrefs) == 0 {
		rs.doubts("a row without an address")
	}
	for _, href := range r.hrefs {
		switch rel, name := rs.c.relate(rs.at, href); rel {
		case unreadable:
			rs.doubts(fmt.Sprintf("an address that cannot be read: %q", rs.c.r.http.secrets.short(href)))
		case otherOrigin:
			rs.doubts(fmt.Sprintf("an address on another server: %q", rs.c.r.http.secrets.short(href)))
		case self:
			rs.collection(r)
		case child:
			rs.item(name, href, r)
		}
	}
	return nil
}

func (rs *rows) collection(r *row) {
	rs.own.seen = true
	if r.status == 507 {
		rs.more = true
	}
	if len(r.values[resourceType].kids) > 0 {
		rs.own.typed = true
		rs.own.right = rs.own.right || r.has(resourceType, nsCalDAV, "calendar") || r.has(resourceType, nsCardDAV, "addressbook")
	}
}

func (rs *rows) item(name, href string, r *row) {
	if r.has(resourceType, nsDAV, "collection") {
		return
	}
	h := rs.c.given(rs.at, name, href)
	switch {
	case r.dirty: // perhaps not even its address is what it seems
		rs.unclear[name] = h
	case r.status == statusNone && r.propstats > 0, r.propstats == 0 && r.status/100 == 2:
		rs.present(name, member(h, r))
	case r.propstats == 0 && (r.status == 404 || r.status == 410):
		rs.gone[name] = h
	default: // (P29)
		rs.unclear[name] = h
	}
}

// present takes a row of an item that is there. A second one that says something else leaves the etag unknown (P23).
func (rs *rows) present(name string, m remote.Member) {
	if isCounter(m.ETag) {
		rs.c.countsEdits()
	}
	if i, twice := rs.index[name]; twice {
		if rs.members[i] != m {
			rs.members[i] = remote.Member{Href: m.Href, Size: -1}
		}
		return
	}
	rs.append(name, m)
}

// member is the row of an item. What did not come in a propstat that counts is not known (P30).
func member(h remote.Href, r *row) remote.Member {
	return remote.Member{Href: h, ETag: remote.ETag(r.text(getETag)), Schedule: remote.ETag(r.text(scheduleTag)),
		Size: parseSize(r.text(getContentLength)), Modified: r.text(getLastModified)}
}

// join adds the rows of a further page, which knows better than those before. All pages together have the bound of one answer: they are
// all held.
func (rs *rows) join(page *rows) error {
	for i, m := range page.members {
		name := page.names[i]
		if at, twice := rs.index[name]; twice {
			rs.members[at] = m
			continue
		}
		rs.append(name, m)
	}
	maps.Copy(rs.gone, page.gone)
	maps.Copy(rs.unclear, page.unclear)
	if page.doubt != "" {
		rs.doubts(page.doubt)
	}
	if len(rs.members)+len(rs.gone)+len(rs.unclear) > maxRows {
		return errTooLong
	}
	return nil
}

func (rs *rows) append(name string, m remote.Member) {
	rs.index[name] = len(rs.members)
	rs.members = append(rs.members, m)
	rs.names = append(rs.names, name)
}

// looksComplete tells a report that seems to list everything, as some servers do for a token that they have forgotten:
// then removals are invisible (P45).
func (rs *rows) looksComplete(known int) bool {
	if known == 0 || len(rs.gone) > 0 {
		return false
	}
	foreign := 0
	rs.c.mu.Lock()
	defer rs.c.mu.Unlock()
	for name := range rs.index {
		if !rs.c.written[name] {
			foreign++
		}
	}
	return foreign >= 3 && 2*foreign > known
}

// checkSelf looks whether a listing came from a collection of the right sort (G1).
func (rs *rows) checkSelf() {
	switch {
	case rs.own.typed && !rs.own.right:
		rs.doubts("it does not say any more that it is a calendar or address book")
	case !rs.own.seen && len(rs.members) == 0:
		rs.doubts("the listing does not even name the collection")
	}
}

// changes puts the rows in the form of the contract.
func (rs *rows) changes() remote.Changes {
	var ch remote.Changes
	for name, h := range rs.gone {
		if _, both := rs.index[name]; both { // (P51)
			rs.unclear[name] = h
		} else if _, both := rs.unclear[name]; !both {
			ch.Gone = append(ch.Gone, h)
		}
	}
	if len(rs.unclear) > 0 {
		rs.doubts("a row that cannot be understood")
	}
	ch.Members = rs.members
	if len(rs.unclear) > 0 {
		ch.Members = nil
		for i, m := range rs.members {
			if _, unclear := rs.unclear[rs.names[i]]; !unclear {
				ch.Members = append(ch.Members, m)
			}
		}
	}
	for _, h := range rs.unclear {
		ch.Unclear = append(ch.Unclear, h)
	}
	slices.Sort(ch.Gone)
	slices.Sort(ch.Unclear)
	ch.Doubt = rs.doubt
	return ch
}

// parseSize reads a number of bytes, -1 if it is none.
func parseSize(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}
