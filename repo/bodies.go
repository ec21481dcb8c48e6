package repo

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"vgit/remote"
	"vgit/repo/item"
	"vgit/repo/store"
	"vgit/repo/vdir"
)

// wanted lists the hrefs whose bodies have to be read: new ones, changed ones, unknown ones and owed ones.
func (c *collecting) wanted(ch remote.Changes) []remote.Href {
	want := map[remote.Href]remote.ETag{}
	for _, m := range ch.Members {
		row := c.rows[c.byHref[m.Href]]
		if row != nil && c.stale(row) && m.ETag == row.ETag {
			continue
		}
		if row == nil && c.deletedByUs(m.Href, m.ETag) {
			c.owed[m.Href] = Owed{Href: m.Href, ETag: m.ETag}
			c.problems = append(c.problems, Problem{Remote: c.rem.Name, Collection: c.name, Name: lastSegment(m.Href), What: stillShown, Severity: Note})
			continue
		}
		if row != nil && c.unchanged(row, m) {
			row.Flags.Carried = false
			delete(c.owed, m.Href)
			continue
		}
		want[m.Href] = m.ETag
	}
	for _, href := range ch.Unclear {
		want[href] = ""
	}
	for href, o := range c.owed {
		if _, ok := want[href]; !ok && !c.deletedByUs(href, o.ETag) {
			want[href] = o.ETag
		}
	}
	for _, row := range c.rows {
		if row.Flags.Carried || row.Flags.Stale != 0 && !c.stale(row) {
			if _, ok := want[row.Href]; !ok {
				want[row.Href] = row.ETag
			}
		}
	}
	c.probe(want)
	hrefs := slices.Sorted(maps.Keys(want))
	for _, href := range hrefs {
		c.owed[href] = Owed{Href: href, ETag: want[href]}
	}
	return hrefs
}

// probe asks for what was sent without a known end and is not named: that it did not arrive wants proof, as an absence does. A cache
// may have told a new token with an old list.
func (c *collecting) probe(want map[remote.Href]remote.ETag) {
	c.probed = map[remote.Href]bool{}
	for _, href := range c.sent[c.name] {
		_, named := want[href]
		if _, known := c.byHref[href]; !named && !known && href != "" {
			want[href], c.probed[href] = "", true
		}
	}
}

// stale tells whether the server may still be showing what our own PUT replaced (P77).
func (c *collecting) stale(row *Row) bool {
	return row.Flags.Stale != 0 && c.r.o.Now().Unix()-row.Flags.Stale < int64(staleFor/time.Second)
}

// unchanged compares a row of the answer with the last one. Size and date count only where both tell them (P53); where only
// the answer does, they are noted.
func (c *collecting) unchanged(row *Row, m remote.Member) bool {
	if m.ETag == "" || m.ETag != row.ETag || row.Flags.Stale != 0 {
		return false
	}
	if m.Size >= 0 && row.Size < 0 && !c.lengthOf(row, m.Size) {
		return false
	}
	if row.Size >= 0 && m.Size >= 0 && row.Size != m.Size || row.Modified != "" && m.Modified != "" && row.Modified != m.Modified {
		return false
	}
	if row.Size < 0 {
		row.Size = m.Size
	}
	if row.Modified == "" {
		row.Modified = m.Modified
	}
	return true
}

// lengthOf tells whether the body that is known of a row may have that length. It is asked of what was sent and never read back: a
// server that gives an etag for other bytes than it was sent shows itself by that (P75).
func (c *collecting) lengthOf(row *Row, n int64) bool {
	b, err := c.r.g.Blob(c.before(row.Name))
	return err != nil || int64(len(b)) == n
}

// before is the body that the last snapshot has under a name, zero if it has none.
func (c *collecting) before(name string) store.Hash {
	if c.old == nil && c.prev != nil {
		c.old, _ = c.r.o.Layout.items(c.r.g, c.prev.tree)
	}
	return c.old[name]
}

// bodies reads what is wanted. What cannot be read stays owed.
func (c *collecting) bodies(ctx context.Context, want []remote.Href) error {
	if len(want) == 0 {
		return nil
	}
	c.asked = len(want)
	since := 0
	return c.coll.Fetch(ctx, want, func(res remote.Resource) error {
		if err := c.roomFor(len(res.Body)); err != nil {
			return err
		}
		if err := c.take(res); err != nil {
			return &localError{err}
		}
		c.r.at(AtBody)
		c.got++
		since++
		if c.tell != nil {
			c.tell(c.name, c.got, c.asked)
		}
		if c.got < c.asked && c.due(since) {
			since = 0
			return c.save(c)
		}
		return nil
	})
}

// roomFor looks at the disk each few megabytes, while all that has come is in memory.
func (c *collecting) roomFor(more int) error {
	f := c.fetcher
	f.mu.Lock()
	defer f.mu.Unlock()
	f.came += more
	if f.came < f.checked {
		return nil
	}
	f.checked = f.came + roomStep
	return f.r.room(f.came)
}

const roomStep = 4 << 20

// reread reads single items again, whose state is known to differ from the last snapshot. One that is not there was deleted:
// a request for the very href said so. The token stays, so that the next report names them once more.
func (c *collecting) reread(ctx context.Context, prev *seen, hrefs []remote.Href) error {
	if err := c.begin(prev); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	return c.coll.Fetch(ctx, hrefs, func(res remote.Resource) error {
		if name, ok := c.byHref[res.Href]; ok && errors.Is(res.Err, remote.ErrGone) {
			c.remove([]string{name})
			return nil
		}
		return c.take(res)
	})
}

// take stores one answer.
func (c *collecting) take(res remote.Resource) error {
	name := c.byHref[res.Href]
	row := c.rows[name]
	if res.Err != nil {
		if row != nil {
			row.Flags.Carried = true
		}
		if row == nil && errors.Is(res.Err, remote.ErrGone) && (c.goneByUs(res.Href) || c.probed[res.Href]) {
			delete(c.owed, res.Href)
			return nil
		}
		if !errors.Is(res.Err, remote.ErrGone) || c.wasOwed[res.Href] { // else deleted since it was listed: the next report says so (F25)
			c.unread(res, row)
		}
		return nil
	}
	it := item.Parse(res.Body)
	if row != nil && row.UID != "" && uidOf(it) != "" && row.UID != uidOf(it) {
		c.remove([]string{name}) // another item under the old href (F26)
		delete(c.left, row.UID)
		row = nil
	}
	if row == nil && c.unsure[uidOf(it)] { // it stays owed
		c.problem("the server does not say whether "+strconv.Quote(uidOf(it))+" went to another place or is there twice; it is asked again", Note, nil)
		return nil
	}
	if row == nil {
		var err error
		if name, err = c.nameFor(res.Href, it); err != nil {
			return err
		}
		row = &Row{Name: name, Href: res.Href}
		c.add(row)
	}
	h := c.r.g.AddBlob(res.Body)
	if row.Size < 0 && row.ETag == res.ETag && !res.ETag.Weak() {
		if err := c.rewrote(name, h); err != nil {
			return err
		}
	}
	*row = Row{Name: name, Href: res.Href, ETag: res.ETag, UID: uidOf(it), Size: res.Size, Modified: res.Modified, Schedule: res.Schedule}
	row.Flags.Broken = it.State() == item.Broken
	c.edits[name] = h
	delete(c.owed, res.Href)
	return nil
}

// rewrote moves the pair of an item that was sent and not read back then, and is still under the etag of our own PUT: whatever differs
// is the server's doing and nobody's edit (P76).
func (c *collecting) rewrote(name string, now store.Hash) error {
	c.r.align.Lock()
	defer c.r.align.Unlock()
	local, there, err := c.base.items(c.name)
	if err != nil || there[name] != c.before(name) || there[name].IsZero() || there[name] == now {
		return err
	}
	c.next.Learned = maps.Clone(c.next.Learned)
	c.next.Learned[keeps] = "no"
	return c.base.set(c.name, name, local[name], now)
}

// staleFor is how long a server may show what our own PUT replaced (P77).
const staleFor = 10 * time.Minute

// unread reports an item whose body did not come. Failing once may be an accident, failing again is not.
func (c *collecting) unread(res remote.Resource, row *Row) {
	severity := severityOf(res.Err)
	if errors.Is(res.Err, remote.ErrCut) {
		severity = Temporary
	}
	if c.wasOwed[res.Href] || row != nil && row.Flags.Carried && c.wasOwed[row.Href] {
		severity = Lasting
	}
	p := Problem{Remote: c.rem.Name, Collection: c.name, Name: lastSegment(res.Href), What: "cannot be read from the server: " + res.Err.Error(), Severity: severity, Err: res.Err}
	if row != nil {
		p.Name = row.Name
	}
	c.problems = append(c.problems, p)
}

func (c *collecting) problem(what string, severity Severity, err error) {
	c.problems = append(c.problems, Problem{Remote: c.rem.Name, Collection: c.name, What: what, Severity: severity, Err: err})
}

// nameFor finds the local name of an item that the last snapshot did not have under this href.
func (c *collecting) nameFor(href remote.Href, it *item.Item) (string, error) {
	if err := c.align(); err != nil {
		return "", err
	}
	free := func(n string) bool { return n != "" && c.rows[n] == nil }
	if n := c.naming.hints[href]; free(n) {
		return n, nil
	}
	if n := c.left[uidOf(it)]; uidOf(it) != "" && free(n) {
		delete(c.left, uidOf(it))
		return n, nil
	}
	if n := c.naming.byUID(uidOf(it)); free(n) {
		return n, nil
	}
	for _, e := range c.naming.sent {
		if free(e.name) && c.r.sameButUID(e.body, it) {
			return e.name, nil
		}
	}
	base := lastSegment(href)
	if uidOf(it) == "" && c.naming.paired(base) && free(base) {
		return base, nil
	}
	return vdir.Name(base, uidOf(it), c.r.o.Extension, func(folded string) bool {
		return c.used[folded] || c.naming.uses(folded)
	}), nil
}

// lastSegment is the decoded last path segment of an href.
func lastSegment(href remote.Href) string {
	last := path.Base(strings.TrimSuffix(string(href), "/"))
	if s, err := url.PathUnescape(last); err == nil {
		return s
	}
	return last
}
