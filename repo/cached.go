package repo

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"vgit/remote"
)

// A server that answers from a cache may show for minutes what was there before our own write (P77; Bedework, Purelymail). An item
// that was changed is marked in its row. For one that was deleted or created there is no row to mark: those are here.

// deletion is an item that vgit deleted on a server.
type deletion struct {
	etag  remote.ETag
	when  time.Time
	shown bool // the server showed it all the same
}

// rememberShown is how long a deletion is kept that a server goes on showing: what comes of the item is known for what it is.
const rememberShown = 30 * 24 * time.Hour

// notShown is said of a new item that a server took and does not show.
const notShown = "the server said yes to it, and does not show it under the name it was given"

// stillShown is said of an item that was deleted there and is listed as it was.
const stillShown = "was deleted, and the server still shows it; it is looked at again"

// deletedByUs tells whether a row shows no more than what vgit deleted a moment ago: it is not taken for new, and is looked
// at again.
func (c *collecting) deletedByUs(href remote.Href, etag remote.ETag) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	d, ok := c.own[href]
	if !ok || d.etag != etag || c.r.o.Now().Sub(d.when).Abs() >= staleFor {
		return false
	}
	d.shown = true
	c.own[href] = d
	return true
}

// goneByUs tells whether an item that nobody has read was deleted by vgit, which is why it cannot be found.
func (c *collecting) goneByUs(href remote.Href) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.own[href]
	delete(c.own, href)
	return ok
}

// notShownYet tells whether a new item that the server took may still come up: it is not sent again for as long (P87).
func (r *Repo) notShownYet(s *side, e entry) bool {
	x := s.report.refusals[e.coll+"/"+e.name]
	if e.kind != pendCreate || x.Why != notShown || x.Times != 1 || x.Body != e.local || r.o.Now().Sub(x.Until).Abs() >= staleFor {
		return false
	}
	c := s.snap.colls[e.coll]
	if c == nil {
		return false
	}
	if st, err := c.rows(); err != nil || rowOf(st, e) != nil {
		return false
	}
	s.report.problem(Problem{Remote: s.rem.Name, Collection: e.coll, Name: e.name, What: "was sent, and the server does not show it yet; it is looked for again", Severity: Temporary})
	return true
}

func (r *Repo) loadDeleted(name string) map[remote.Href]deletion {
	found := map[remote.Href]deletion{}
	r.cached("deleted-"+name, 4, func(f []string) {
		when, err := time.Parse(timeFormat, f[2])
		d := deletion{remote.ETag(f[1]), when, f[3] != ""}
		if age := r.o.Now().Sub(when).Abs(); err == nil && (age < staleFor || d.shown && age < rememberShown) {
			found[remote.Href(f[0])] = d
		}
	})
	return found
}

func (r *Repo) saveDeleted(s *RemoteReport) error {
	var b bytes.Buffer
	for _, href := range slices.Sorted(maps.Keys(s.deleted)) {
		d := s.deleted[href]
		shown := ""
		if d.shown {
			shown = "shown"
		}
		writeRecord(&b, string(href), string(d.etag), d.when.UTC().Format(timeFormat), shown)
	}
	return r.cache("deleted-"+s.Name, b.Bytes())
}
