package davtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// token is the sync token for the state after so many changes. The caller holds the lock.
func (c *Collection) token(b *behaviour, seq int) string {
	tail := itoa(seq)
	if b.on[SecondGranularTokens] {
		tail = fmt.Sprintf("t%d", c.second(seq))
	}
	if b.on[ChangingTokens] {
		tail += "-" + itoa(int(c.s.volatile.Add(1)))
	}
	return fmt.Sprintf("urn:davtest:sync:%d:%d:%s", c.number, c.epoch, tail)
}

// second is the time of the change that led to seq.
func (c *Collection) second(seq int) int64 {
	if seq == 0 {
		return 0
	}
	return c.state.journal[seq-1].at
}

// ctag is another way to say what token says.
func (c *Collection) ctag(b *behaviour) string {
	if b.on[SecondGranularTokens] {
		return itoa(int(c.second(len(c.state.journal))))
	}
	tag := fmt.Sprintf("ctag-%d-%d", c.number, len(c.state.journal))
	if b.on[ChangingTokens] {
		tag += "-" + itoa(int(c.s.volatile.Add(1)))
	}
	return tag
}

// since reads a token. ok is false for one that this collection never gave out, or has forgotten. The caller holds the lock.
func (c *Collection) since(b *behaviour, token string) (seq int, ok bool) {
	rest, ok := strings.CutPrefix(token, fmt.Sprintf("urn:davtest:sync:%d:%d:", c.number, c.epoch))
	if !ok || b.on[ForgetsTokens] {
		return 0, false
	}
	rest, _, _ = strings.Cut(rest, "-")
	if seconds, coarse := strings.CutPrefix(rest, "t"); coarse {
		at, err := strconv.ParseInt(seconds, 10, 64)
		if b.on[SkipsOwnSecond] {
			at++
		}
		seq, _ = slices.BinarySearchFunc(c.state.journal, at, func(ch change, at int64) int { return int(ch.at - at) })
		return seq, err == nil
	}
	seq, err := strconv.Atoi(rest)
	return seq, err == nil && seq >= 0 && seq <= len(c.state.journal)
}

// listing tells whether the request is a sync-collection report.
func (x *exchange) listing() bool { return x.syncing }

// delta is what a sync-collection report has to say.
type delta struct {
	items   []*item
	removed []string
	token   string
	more    bool
}

// syncCollection answers RFC 6578.
func (x *exchange) syncCollection(n *node) {
	x.syncing = true
	token, ok := n.child(nsDAV, "sync-token").trimmed()
	level, _ := n.child(nsDAV, "sync-level").trimmed()
	prop := n.child(nsDAV, "prop")
	depth := x.r.Header.Get("Depth")
	switch {
	case x.is(NoSyncCollection):
		x.fail(http.StatusForbidden, "<d:supported-report/>", "no such report here")
		return
	case x.is(SyncNeedsDepth1) && depth != "1", depth != "" && depth != "0" && depth != "1":
		x.fail(http.StatusBadRequest, "", "wrong Depth header")
		return
	case !ok || prop == nil || level != "1" && level != "infinite" && level != "":
		x.fail(http.StatusBadRequest, "", "sync-token, sync-level and prop are needed")
		return
	case token != "" && x.b.refuse.status != 0:
		precondition := ""
		if x.b.refuse.precondition {
			precondition = "<d:valid-sync-token/>"
		}
		x.fail(x.b.refuse.status, precondition, "this token is refused")
		return
	}
	d, ok := x.delta(token, x.limit(n))
	if !ok && x.b.unknownToken != 0 {
		x.fail(x.b.unknownToken, "", "this token is not known")
		return
	}
	if !ok {
		x.fail(http.StatusForbidden, "<d:valid-sync-token/>", "this token is not known")
		return
	}
	x.writeDelta(d, x.askData(prop))
}

// trimmed returns the text of an element without blanks around it; false if there is no such element.
func (n *node) trimmed() (string, bool) {
	if n == nil {
		return "", false
	}
	return strings.TrimSpace(n.text), true
}

// limit is how many members an answer may name, 0 for any number.
func (x *exchange) limit(n *node) int {
	limit := x.b.page
	text, _ := n.child(nsDAV, "limit").child(nsDAV, "nresults").trimmed()
	if asked, err := strconv.Atoi(text); err == nil && asked > 0 && !x.is(NoLimit) && (limit == 0 || asked < limit) {
		limit = asked
	}
	return limit
}

// delta collects what changed since a token. Everything is in the order of its last change, so that a page ends at a token.
func (x *exchange) delta(token string, limit int) (delta, bool) {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	c := x.at.coll
	seq, initial := 0, token == ""
	if initial && x.is(RefusesEmptyToken) {
		return delta{}, false
	}
	if initial && x.is(EmptyInitialReport) {
		return delta{token: c.token(x.b, len(c.state.journal))}, true
	}
	if !initial {
		var ok bool
		if seq, ok = c.since(x.b, token); !ok {
			if x.is(NothingOnUnknownToken) {
				return delta{token: c.token(x.b, len(c.state.journal))}, true
			}
			if initial = x.is(FullListOnUnknownToken); !initial {
				return delta{}, false
			}
			seq = 0
		}
	}
	return c.changes(x.b, seq, limit, initial), true
}

// changes names what happened after seq. An initial list has no removals, unless the server is one that lists old ones. The
// caller holds the lock.
func (c *Collection) changes(b *behaviour, seq, limit int, initial bool) delta {
	var d delta
	now := b.now()
	last := map[string]int{} // the last change of each name
	for i := seq; i < len(c.state.journal); i++ {
		last[c.state.journal[i].name] = i
	}
	end := len(c.state.journal)
	for i := seq; i < len(c.state.journal); i++ {
		ch := c.state.journal[i]
		if last[ch.name] != i {
			continue
		}
		it := c.seen(b, ch.name, now)
		if it == nil && initial && !b.on[ListsOldRemovals] {
			continue
		}
		if limit > 0 && len(d.items)+len(d.removed) == limit {
			d.more, end = true, i
			break
		}
		if it == nil {
			d.removed = append(d.removed, ch.name)
		} else {
			d.items = append(d.items, it)
		}
	}
	if d.more && b.on[PageTokenStays] {
		end = seq
	}
	d.token = c.token(b, end)
	if at := c.second(end); b.on[SkipsOwnSecond] && end > 0 && at == now.Unix() {
		d.token = strings.Replace(d.token, fmt.Sprint("t", at), fmt.Sprint("t", at-1), 1)
	}
	return d
}

func (x *exchange) writeDelta(d delta, props []asked) {
	x.s.mu.RLock()
	rows := x.members(nil, x.at.coll, d.items)
	path := x.at.coll.path(x.b)
	x.s.mu.RUnlock()
	m := x.multistatus()
	for i := range rows {
		m.response(&rows[i], props)
		if x.is(TwiceInListing) {
			m.response(&rows[i], props)
		}
	}
	for _, name := range d.removed {
		m.status(x.href(path+escapeSegment(name)), http.StatusNotFound, "")
	}
	if d.more {
		m.status(x.href(path), http.StatusInsufficientStorage, "<d:error><d:number-of-matches-within-limits/></d:error>")
	}
	if x.is(NoTokenInReport) {
		d.token = ""
	}
	m.close(d.token)
}
