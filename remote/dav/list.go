package dav

import (
	"context"
	"errors"
	"net/url"
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
	learnedReading = "reading" // what bodies were asked for as (P66)
	learnedETag    = "etag"    // "quoted": If-Match wants quotes that the listing does not show (P70)
)

// Changes asks what changed since the state. See remote.Collection.
func (c *collection) Changes(ctx context.Context, since remote.State) (remote.Changes, error) {
	if c.bad != nil {
		return remote.Changes{}, c.bad
	}
	c.recall(since.Learned)
	if since.Hrefs != nil {
		c.spelt(since.Hrefs)
	}
	anew := since.Known > 0 && c.knows(learnedReading) != c.vcard()
	since.Full = since.Full || anew
	if since.Again {
		var end func()
		ctx, end = c.r.http.onNewConnection(ctx)
		defer end()
	}
	ch, err := c.changes(ctx, since)
	if err != nil {
		return remote.Changes{}, c.r.http.secrets.safe(err)
	}
	if anew { // the server converts, and keeps the etag: no row tells that its body is another one now (F55)
		for i := range ch.Members {
			ch.Members[i].ETag = ""
		}
	}
	if c.vcard() != "" || anew {
		c.learn(learnedReading, c.vcard())
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
	return page.more, t.token, all.join(page)
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
