package repo

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"vgit/remote"
	"vgit/repo/item"
	"vgit/repo/store"
	"vgit/repo/vdir"
)

// The questions that an absence has to stand (G2 to G4).
const (
	askListing  = 50              // hrefs asked for when a listing lacks them
	askReport   = 10              // hrefs asked for when a report names as many or more as gone
	emptyBefore = 3               // members a collection had whose emptiness is looked at twice
	emptyPause  = 5 * time.Second // between the two looks
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
	wasOwed  map[remote.Href]bool // owed before this run: failing again is no accident
	left     map[string]string    // name by UID, of items found gone in this run: who comes up elsewhere keeps the name (G5)
	edits    edits
	problems []Problem
	naming   *naming
	prev     *seen // nil: the last snapshot did not have it
	asked    int
	got      int
}

// begin takes over the last status, with the names that the vdir has now.
func (c *collecting) begin(prev *seen) error {
	c.edits, c.left, c.prev = edits{}, map[string]string{}, prev
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
		c.next.Properties = c.info.Properties
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

// align works out the names, once.
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
	open := len(s.Owed) > 0 || s.marked("carried") || s.marked("stale") || !s.Missing.IsZero()
	if c.isNew || !same || due || open || c.naming.moved() {
		return false
	}
	if !maps.Equal(s.Properties, c.info.Properties) {
		s.Properties = c.info.Properties
		f := c.fetcher
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.out.snap.replace(f.r.g, c.name, s, nil) == nil
	}
	return true
}

// open reads the rows, under the names that the files have today.
func (c *collecting) open() error {
	if err := c.align(); err != nil {
		return err
	}
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
	c.next.Properties = c.info.Properties
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

// changes asks the server; a collection that had members and has none is looked at once more, later (G4).
func (c *collecting) changes(ctx context.Context) (remote.Changes, error) {
	state := remote.State{Token: c.next.Token, CTag: c.next.CTag, Known: len(c.rows), Listed: c.next.Listed, Learned: c.next.Learned}
	state.Full = c.rem.FullListing > 0 && !c.isNew && c.r.o.Now().Sub(c.next.Listed) >= c.rem.FullListing
	ch, err := c.coll.Changes(ctx, state)
	if err != nil || !ch.Complete || len(ch.Members) > 0 || len(c.rows) < emptyBefore {
		return ch, err
	}
	if err := c.r.o.Sleep(ctx, emptyPause); err != nil {
		return ch, err
	}
	state.Full = true
	return c.coll.Changes(ctx, state)
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
	if ch.Complete {
		c.next.Listed = c.r.o.Now().UTC().Truncate(time.Second)
	}
}

// wanted lists the hrefs whose bodies have to be read: new ones, changed ones, unknown ones and owed ones.
func (c *collecting) wanted(ch remote.Changes) []remote.Href {
	want := map[remote.Href]remote.ETag{}
	for _, m := range ch.Members {
		row := c.rows[c.byHref[m.Href]]
		if row != nil && c.stale(row) && m.ETag == row.ETag {
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
		if _, ok := want[href]; !ok {
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
	hrefs := slices.Sorted(maps.Keys(want))
	for _, href := range hrefs {
		c.owed[href] = Owed{Href: href, ETag: want[href]}
	}
	return hrefs
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

// absences takes items out that are proven gone. believed is false if the answer was shown to be wrong.
func (c *collecting) absences(ctx context.Context, ch remote.Changes) (believed bool, err error) {
	var missing []string
	limit := askListing
	if ch.Complete {
		missing = c.lacking(ch)
	} else {
		for _, href := range ch.Gone {
			delete(c.owed, href)
			if name, ok := c.byHref[href]; ok {
				missing = append(missing, name)
			}
		}
		limit = askReport
		emptied := len(missing) == len(c.rows) && len(missing) >= emptyBefore // as good as an empty listing (G4)
		if len(missing) < askReport && !emptied {
			c.remove(missing)
			return true, nil
		}
	}
	if len(missing) == 0 {
		return true, nil
	}
	if ch.Doubt != "" {
		c.carry(missing)
		return false, nil
	}
	slices.Sort(missing)
	return c.question(ctx, missing, limit)
}

// lacking lists the known items that a complete listing does not name.
func (c *collecting) lacking(ch remote.Changes) []string {
	named := make(map[remote.Href]bool, len(ch.Members)+len(ch.Unclear))
	for _, m := range ch.Members {
		named[m.Href] = true
	}
	for _, href := range ch.Unclear {
		named[href] = true
	}
	for href := range c.owed {
		if _, known := c.byHref[href]; !known && !named[href] {
			delete(c.owed, href) // never read, not listed any more
		}
	}
	var missing []string
	for name, row := range c.rows {
		if !named[row.Href] {
			missing = append(missing, name)
		}
	}
	return missing
}

// question asks for the hrefs that seem to be gone: all, or limit of them at random (G2, G3). One that is still there
// discredits the answer as a whole.
func (c *collecting) question(ctx context.Context, missing []string, limit int) (bool, error) {
	sample := missing
	if len(sample) > limit {
		sample = slices.Clone(missing)
		rand.Shuffle(len(sample), func(i, j int) { sample[i], sample[j] = sample[j], sample[i] })
		sample = sample[:limit]
	}
	hrefs := make([]remote.Href, len(sample))
	for i, name := range sample {
		hrefs[i] = c.rows[name].Href
	}
	alive, unknown := 0, map[string]bool{}
	for _, name := range sample {
		unknown[name] = true
	}
	err := c.coll.Fetch(ctx, hrefs, func(res remote.Resource) error {
		switch {
		case errors.Is(res.Err, remote.ErrGone):
			delete(unknown, c.byHref[res.Href])
		case res.Err == nil:
			alive++
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	if alive > 0 {
		c.carry(missing)
		c.problem("the server did not list items that it still has; nothing is deleted for that", Note, nil)
		return false, nil
	}
	if len(missing) > len(sample) && len(unknown) > 0 {
		c.carry(missing) // those not asked for are not proven by answers that did not come
		return false, nil
	}
	c.carry(slices.Collect(maps.Keys(unknown)))
	c.remove(slices.DeleteFunc(slices.Clone(missing), func(n string) bool { return unknown[n] }))
	return len(unknown) == 0, nil
}

func (c *collecting) carry(names []string) {
	for _, n := range names {
		c.rows[n].Flags.Carried = true
	}
}

func (c *collecting) remove(names []string) {
	for _, n := range names {
		row := c.rows[n]
		if row.UID != "" {
			c.left[row.UID] = n
		}
		c.drop(row)
		delete(c.owed, row.Href)
		c.edits[n] = store.Hash{}
	}
}

// bodies reads what is wanted. What cannot be read stays owed.
func (c *collecting) bodies(ctx context.Context, want []remote.Href) error {
	if len(want) == 0 {
		return nil
	}
	c.asked = len(want)
	since := 0
	return c.coll.Fetch(ctx, want, func(res remote.Resource) error {
		if err := c.take(res); err != nil {
			return &localError{err}
		}
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
	if row == nil {
		name = c.nameFor(res.Href, it)
		row = &Row{Name: name, Href: res.Href}
		c.add(row)
	}
	*row = Row{Name: name, Href: res.Href, ETag: res.ETag, UID: uidOf(it), Size: res.Size, Modified: res.Modified, Schedule: res.Schedule}
	row.Flags.Broken = it.State() == item.Broken
	c.edits[name] = c.r.g.AddBlob(res.Body)
	delete(c.owed, res.Href)
	return nil
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
func (c *collecting) nameFor(href remote.Href, it *item.Item) string {
	free := func(n string) bool { return n != "" && c.rows[n] == nil }
	if n := c.naming.hints[href]; free(n) {
		return n
	}
	if n := c.left[uidOf(it)]; uidOf(it) != "" && free(n) {
		delete(c.left, uidOf(it))
		return n
	}
	if n := c.naming.byUID(uidOf(it)); free(n) {
		return n
	}
	base := lastSegment(href)
	if uidOf(it) == "" && c.naming.paired(base) && free(base) {
		return base
	}
	return vdir.Name(base, uidOf(it), c.r.o.Extension, func(folded string) bool {
		return c.used[folded] || c.naming.uses(folded)
	})
}

// lastSegment is the decoded last path segment of an href.
func lastSegment(href remote.Href) string {
	last := path.Base(strings.TrimSuffix(string(href), "/"))
	if s, err := url.PathUnescape(last); err == nil {
		return s
	}
	return last
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
	slices.SortFunc(s.Owed, func(a, b Owed) int { return strings.Compare(string(a.Href), string(b.Href)) })
	return s
}
