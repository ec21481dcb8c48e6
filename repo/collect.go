package repo

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"vgit/remote"
	"vgit/repo/store"
	"vgit/repo/vdir"
)

// collecting is the fetch of one collection: its last status, and what becomes of it.
type collecting struct {
	*fetcher
	name     string
	info     remote.Info
	coll     remote.Collection
	next     *Status // head; the rows are in rows until result
	isNew    bool
	rows     map[string]*Row        // by name
	byHref   map[remote.Href]string // name
	used     map[string]bool        // names of rows, as vdir.Fold gives them
	owed     map[remote.Href]Owed
	probed   map[remote.Href]bool // asked for though the answer does not name them
	wasOwed  map[remote.Href]bool // owed before this run: failing again is no accident
	left     map[string]string    // name by UID, of items found gone in this run: who comes up elsewhere keeps the name (G5)
	unsure   map[string]bool      // UIDs of items that the answer lacks and of which nobody knows whether they are gone
	edits    edits
	problems []Problem
	naming   *naming
	prev     *seen // nil: the last snapshot did not have it
	old      Items // of prev, once they were asked for
	asked    int
	got      int
	complete bool // the answer was a listing of everything, and was believed
	saved    bool // a part of this fetch is in the snapshot already
}

// begin takes over the last status, with the names that the vdir has now.
func (c *collecting) begin(prev *seen) error {
	c.edits, c.left, c.unsure, c.prev = edits{}, map[string]string{}, map[string]bool{}, prev
	if c.mayHaveMoved() {
		if err := c.align(); err != nil {
			return err
		}
	}
	if prev == nil {
		c.isNew = true
		dir := c.r.o.Layout.dir(c.name)
		if dir == "" {
			dir = "."
		}
		c.next = &Status{Directory: dir, Href: c.info.Href, Kind: c.rem.Kind, Learned: map[string]string{}}
		c.next.Properties = shownProperties(nil, c.info)
		return nil
	}
	c.next = prev.status.clone()
	return nil
}

// mayHaveMoved tells whether a name can have changed: not if the vdir is what the base has.
func (c *collecting) mayHaveMoved() bool {
	c.r.align.Lock() // the base reads a collection into a map when it is first asked for
	defer c.r.align.Unlock()
	local, _ := c.base.trees(c.name)
	return c.local.colls[c.name] != local
}

// align works out the names, once, if anybody has to know them: it looks at every file of the collection.
func (c *collecting) align() (err error) {
	if c.naming == nil {
		c.naming, err = c.names(c.name, c.prev)
	}
	return err
}

// quiet tells whether there is nothing to ask: the account shows the state that the last snapshot has, and nothing is open.
// New properties are taken over without reading a row.
func (c *collecting) quiet() bool {
	s := c.next
	same := s.Token != "" && s.Token == c.info.Token || c.info.Token == "" && s.CTag != "" && s.CTag == c.info.CTag
	due := c.rem.FullListing > 0 && c.r.o.Now().Sub(s.Listed) >= c.rem.FullListing
	open := len(s.Owed) > 0 || len(c.sent[c.name]) > 0 || s.marked("carried") || s.marked("stale") || !s.Missing.IsZero()
	if c.isNew || !same || due || open || c.naming.moved() || c.doubted() || c.info.Reading != s.Learned["reading"] {
		return false
	}
	return c.takeProperties(c.name, s, c.info) == nil
}

// open reads the rows, under the names that the files have today.
func (c *collecting) open() error {
	if err := c.next.parseRows(collectionsDir + "/" + c.name); err != nil {
		return err
	}
	c.rows = make(map[string]*Row, len(c.next.Rows))
	c.byHref = make(map[remote.Href]string, len(c.next.Rows))
	c.used = make(map[string]bool, len(c.next.Rows))
	for i := range c.next.Rows {
		row := c.next.Rows[i]
		c.add(&row)
	}
	c.owed, c.wasOwed = map[remote.Href]Owed{}, map[remote.Href]bool{}
	for _, o := range c.next.Owed {
		c.owed[o.Href], c.wasOwed[o.Href] = o, true
	}
	c.next.Missing = time.Time{}
	c.next.Properties = shownProperties(c.next.Properties, c.info)
	c.next.Href = c.info.Href
	return c.rename()
}

func (c *collecting) add(row *Row) {
	c.rows[row.Name], c.byHref[row.Href], c.used[vdir.Fold(row.Name)] = row, row.Name, true
}

func (c *collecting) drop(row *Row) {
	delete(c.rows, row.Name)
	delete(c.byHref, row.Href)
	delete(c.used, vdir.Fold(row.Name))
}

// rename moves rows and bodies to the names that the user gave their files.
func (c *collecting) rename() error {
	if !c.naming.moved() || c.prev == nil {
		return nil
	}
	items, err := c.r.o.Layout.items(c.r.g, c.prev.tree)
	if err != nil {
		return err
	}
	moved := map[string]*Row{}
	for from := range c.naming.renames {
		if row := c.rows[from]; row != nil {
			moved[from] = row
			c.drop(row)
			c.edits[from] = store.Hash{}
		}
	}
	for from, to := range c.naming.renames {
		if row := moved[from]; row != nil {
			row.Name = to
			c.add(row)
			c.edits[to] = items[from]
		}
	}
	return nil
}

// run asks what changed, puts what seems to be gone to the question, and reads the bodies.
func (c *collecting) run(ctx context.Context) error {
	if err := c.open(); err != nil {
		return &localError{err}
	}
	ch, err := c.changes(ctx)
	if err != nil {
		return err
	}
	believed, err := c.absences(ctx, ch)
	if err != nil {
		return err
	}
	c.settle(ch, believed)
	return c.bodies(ctx, c.wanted(ch))
}

// changes asks the server. Where a collection that had members seems to have none, by an empty listing or by a report that names them all as
// gone, it is listed once more, later and on a new connection, before anything follows from that (G4).
func (c *collecting) changes(ctx context.Context) (remote.Changes, error) {
	state := remote.State{Token: c.next.Token, CTag: c.next.CTag, Known: len(c.rows), Listed: c.next.Listed, Learned: c.next.Learned,
		Hrefs: maps.Keys(c.byHref)}
	due := c.rem.FullListing > 0 && !c.isNew && c.r.o.Now().Sub(c.next.Listed) >= c.rem.FullListing
	state.Full = due || c.doubted()
	ch, err := c.coll.Changes(ctx, state)
	if err != nil || len(c.rows) < emptyBefore || !c.emptied(ch) {
		return ch, err
	}
	if err := c.r.o.Sleep(ctx, emptyPause); err != nil {
		return ch, err
	}
	state.Full, state.Again = true, true
	return c.coll.Changes(ctx, state)
}

// emptied tells whether nothing is left of what was known, and nothing else is there.
func (c *collecting) emptied(ch remote.Changes) bool {
	if len(ch.Members) > 0 {
		return false
	}
	gone := make(map[remote.Href]bool, len(ch.Gone))
	for _, href := range ch.Gone {
		gone[href] = true
	}
	for _, row := range c.rows {
		if !ch.Complete && !gone[row.Href] {
			return false
		}
	}
	return true
}

// settle takes token and date of the answer. A token whose answer was not believed is dropped: the next run lists.
func (c *collecting) settle(ch remote.Changes, believed bool) {
	c.next.Learned = ch.Learned
	c.next.Token, c.next.CTag = ch.Token, ch.CTag
	if c.next.Token == "" && ch.Complete {
		c.next.Token = c.info.Token
	}
	if c.next.CTag == "" {
		c.next.CTag = c.info.CTag
	}
	if !believed || ch.Doubt != "" {
		c.next.Token, c.next.CTag = "", ""
		return
	}
	if c.complete = ch.Complete; c.complete {
		c.next.Listed = c.r.o.Now().UTC().Truncate(time.Second)
	}
}

// result is the status as it is now, what was not read being owed.
func (c *collecting) result() *Status {
	s := c.next.clone()
	s.Rows = make([]Row, 0, len(c.rows))
	for _, row := range c.rows {
		s.Rows = append(s.Rows, *row)
	}
	s.sort()
	s.Owed = slices.Collect(maps.Values(c.owed))
	s.newlyOwed = slices.ContainsFunc(s.Owed, func(o Owed) bool { return !c.wasOwed[o.Href] })
	slices.SortFunc(s.Owed, func(a, b Owed) int { return strings.Compare(string(a.Href), string(b.Href)) })
	return s
}
