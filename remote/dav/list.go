package dav

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"vgit/remote"
)

const (
	maxPages    = 1000           // of one report (P49)
	restAtLeast = 24 * time.Hour // between two listings that only a restless token asks for (P46, P55)
)

// Keys and values of State.Learned.
const (
	learnedListing = "listing" // "propfind": reports cannot be used (P40, P52); "report": PROPFIND cannot (F54)
	learnedDepth   = "depth"   // "1": reports want Depth: 1 (P39)
	learnedIdle    = "idle"    // how often in a row the token moved although nothing changed (P55)
	learnedETag    = "etag"    // "quoted": If-Match wants quotes that the listing does not show (P70)
)

// Changes asks what changed since the state. See remote.Collection.
func (c *collection) Changes(ctx context.Context, since remote.State) (remote.Changes, error) {
	if c.bad != nil {
		return remote.Changes{}, c.bad
	}
	c.recall(since.Learned)
	ch, err := c.changes(ctx, since)
	if err != nil {
		return remote.Changes{}, c.r.http.secrets.safe(err)
	}
	if ch.Complete && len(ch.Members) == 0 && since.Known >= 3 {
		c.r.http.closeIdle() // whoever asks again, asks on a new connection (G4)
	}
	ch.Learned = c.learnedSoFar()
	return ch, nil
}

func (c *collection) changes(ctx context.Context, since remote.State) (remote.Changes, error) {
	token, ctag, fresh := c.news()
	before := state{token, ctag, fresh && (token != "" || ctag != "")}
	switch {
	case c.knows(learnedListing) == "report" && (since.Full || since.Token == ""):
		return c.firstReport(ctx, before)
	case since.Full, c.knows(learnedListing) == "propfind":
		return c.propfind(ctx, before)
	case since.Token != "":
		return c.sinceToken(ctx, since, before)
	case since.Known > 0: // there is something to lose: the listing that is never wrong about what is there (P40)
		return c.propfind(ctx, before)
	}
	return c.firstReport(ctx, before)
}

// state is a token and ctag that were read before a listing (P48).
type state struct {
	token remote.Token
	ctag  string
	known bool
}

// firstReport lists everything by a report without a token (P39), and by PROPFIND where that cannot be or shows nothing
// (P40).
func (c *collection) firstReport(ctx context.Context, before state) (remote.Changes, error) {
	rows, token, err := c.reports(ctx, "")
	if status(err) == 400 && c.knows(learnedDepth) == "" {
		c.learn(learnedDepth, "1")
		rows, token, err = c.reports(ctx, "")
	}
	if err != nil {
		if !isNo(err) && !errors.Is(err, errEndless) && !errors.Is(err, remote.ErrNotDAV) {
			return remote.Changes{}, err
		}
		ch, perr := c.propfind(ctx, before)
		if perr == nil {
			c.learn(learnedListing, "propfind")
		}
		return ch, perr
	}
	if token == "" {
		c.learn(learnedListing, "propfind") // (P52)
	}
	if len(rows.members) == 0 && c.knows(learnedListing) != "report" {
		ch, err := c.propfind(ctx, state{token, before.ctag, true})
		if err == nil && len(ch.Members) > 0 {
			c.learn(learnedListing, "propfind")
		}
		return ch, err
	}
	ch := rows.changes()
	ch.Complete, ch.Gone = ch.Doubt == "", nil // removals that an empty token names are old ones (P51)
	ch.Token, ch.CTag = token, before.ctag
	return ch, nil
}

// sinceToken asks for the changes, and for everything where the answer is a refusal or not to be believed (P43 to P46).
func (c *collection) sinceToken(ctx context.Context, since remote.State, before state) (remote.Changes, error) {
	rows, token, err := c.reports(ctx, since.Token)
	if s := status(err); s == 500 || s == 403 && !isTokenRefusal(err) {
		rows, token, err = c.reports(ctx, since.Token) // once more first (P43)
	}
	switch {
	case err != nil && (isNo(err) || errors.Is(err, errEndless)):
		return c.propfind(ctx, before)
	case err != nil:
		return remote.Changes{}, err
	case rows.looksComplete(since.Known):
		return c.propfind(ctx, before)
	}
	if len(rows.members)+len(rows.gone)+len(rows.unclear) > 0 {
		c.learn(learnedIdle, "0")
	} else if before.token != "" && before.token != since.Token && c.disbelieves(since) {
		return c.propfind(ctx, before)
	}
	ch := rows.changes()
	ch.Token, ch.CTag = token, before.ctag
	if token == "" { // (P52)
		ch.Token = since.Token
		c.learn(learnedListing, "propfind")
	}
	return ch, nil
}

// disbelieves decides about a report that names nothing although the token has moved (P46). On a server whose tokens move
// all the time that is believed but once a day (P55).
func (c *collection) disbelieves(since remote.State) bool {
	n, _ := strconv.Atoi(c.knows(learnedIdle))
	n = min(n+1, 3)
	c.learn(learnedIdle, strconv.Itoa(n))
	return n < 3 || c.r.o.Now().Sub(since.Listed) >= restAtLeast
}

func isTokenRefusal(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.condition == "valid-sync-token"
}

var errEndless = errors.New("the report does not end")

// reports asks for all pages of a report (P41, P49).
func (c *collection) reports(ctx context.Context, token remote.Token) (*rows, remote.Token, error) {
	all := newRows(c)
	seen := map[remote.Token]bool{token: true}
	for range maxPages {
		more, next, err := c.page(ctx, token, all)
		if err != nil {
			return nil, "", err
		}
		if !more {
			return all, next, nil
		}
		if next == "" || seen[next] {
			return nil, "", errEndless
		}
		seen[next] = true
		token = next
	}
	return nil, "", errEndless
}

// page asks for one page of a report and adds its rows.
func (c *collection) page(ctx context.Context, token remote.Token, all *rows) (more bool, next remote.Token, err error) {
	depth := "0"
	if d := c.knows(learnedDepth); d != "" {
		depth = d
	}
	page := newRows(c)
	k := call{method: "REPORT", url: c.url, depth: depth, body: syncBody(token, c.rowProperties()), gzip: true}
	t, err := c.r.http.multistatus(ctx, k, page.begin, page.add)
	if err != nil {
		return false, "", err
	}
	all.join(page)
	return page.more, t.token, nil
}

func (c *collection) rowProperties() []property {
	if c.info.Kind == remote.Calendar {
		return rowEventProperties
	}
	return rowProperties
}

// propfind lists everything that the collection holds. The token is of a moment before that (P48).
func (c *collection) propfind(ctx context.Context, before state) (remote.Changes, error) {
	if !before.known {
		var err error
		if before, err = c.state(ctx); err != nil && !isNo(err) && !errors.Is(err, remote.ErrNotDAV) {
			return remote.Changes{}, err
		}
	}
	rows := newRows(c)
	k := call{method: "PROPFIND", url: c.url, depth: "1", body: propfindBody(c.rowProperties()), gzip: true}
	_, err := c.r.http.multistatus(ctx, k, rows.begin, rows.add)
	if errors.Is(err, remote.ErrNotDAV) && c.knows(learnedListing) == "" {
		return c.reportInstead(ctx, before, err)
	}
	if err != nil {
		return remote.Changes{}, gone(err)
	}
	rows.checkSelf()
	ch := rows.changes()
	ch.Complete, ch.Gone = ch.Doubt == "", nil
	ch.Token, ch.CTag = before.token, before.ctag
	return ch, nil
}

// reportInstead is for a server that answers PROPFIND with what is no multistatus (F54).
func (c *collection) reportInstead(ctx context.Context, before state, cause error) (remote.Changes, error) {
	rows, token, err := c.reports(ctx, "")
	if err != nil || len(rows.members) == 0 {
		return remote.Changes{}, cause
	}
	c.learn(learnedListing, "report")
	ch := rows.changes()
	ch.Complete, ch.Gone = ch.Doubt == "", nil
	ch.Token, ch.CTag = token, before.ctag
	return ch, nil
}

// state asks the collection for its token and ctag.
func (c *collection) state(ctx context.Context) (state, error) {
	s := state{known: true}
	k := call{method: "PROPFIND", url: c.url, depth: "0", body: propfindBody(stateProperties)}
	_, err := c.r.http.multistatus(ctx, k, func(*url.URL) {}, func(r *row) error {
		s.token, s.ctag = remote.Token(r.text(syncToken)), r.text(getCTag)
		return nil
	})
	return s, err
}

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
			rs.doubts(fmt.Sprintf("an address that cannot be read: %q", cut(href)))
		case otherOrigin:
			rs.doubts(fmt.Sprintf("an address on another server: %q", cut(href)))
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

// join adds the rows of a further page, which knows better than those before.
func (rs *rows) join(page *rows) {
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
