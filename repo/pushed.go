package repo

import (
	"context"
	"slices"

	"vgit/remote"
	"vgit/repo/store"
)

// pushing is one collection that is written to.
type pushing struct {
	coll    remote.Collection
	status  *Status // rows as they are now known
	edits   edits
	token   remote.Token // that of the snapshot before the first write
	ctag    string
	foreign bool // something was met that is not of our making: the token stays
	// unread has the length of each body that was sent and not read back.
	unread map[string]int64
}

// tokens asks each collection once what changed since the snapshot before the push. If all of it is our own, the new token
// is good, and the next sync is a quiet one (P54).
func (p *push) tokens(ctx context.Context) {
	for _, c := range p.colls {
		if c.foreign {
			continue
		}
		state := remote.State{Token: c.token, CTag: c.ctag, Known: len(c.status.Rows), Listed: c.status.Listed, Learned: c.status.Learned, Hrefs: c.hrefs}
		ch, err := c.coll.Changes(ctx, state)
		if err != nil || ch.Doubt != "" || len(ch.Unclear) > 0 || !c.echo(ch) {
			continue
		}
		if ch.Token != "" || ch.CTag != "" {
			c.status.Token, c.status.CTag = ch.Token, ch.CTag
		}
	}
}

// hrefs yields those of all rows.
func (c *pushing) hrefs(yield func(remote.Href) bool) {
	for i := range c.status.Rows {
		if !yield(c.status.Rows[i].Href) {
			return
		}
	}
}

// echo tells whether an answer holds nothing but what is known, and notes sizes and dates.
func (c *pushing) echo(ch remote.Changes) bool {
	rows := make(map[remote.Href]*Row, len(c.status.Rows))
	for i := range c.status.Rows {
		rows[c.status.Rows[i].Href] = &c.status.Rows[i]
	}
	if ch.Complete && len(ch.Members) != len(rows) {
		return false
	}
	for _, m := range ch.Members {
		row := rows[m.Href]
		if row == nil || row.ETag != m.ETag {
			return false
		}
		if n, ok := c.unread[row.Name]; ok && m.Size >= 0 && m.Size != n {
			c.status.Learned[keeps] = "no" // the next fetch reads it
			return false
		}
	}
	for _, href := range ch.Gone {
		if rows[href] != nil {
			return false
		}
	}
	for _, m := range ch.Members {
		row := rows[m.Href]
		row.Size, row.Modified = m.Size, m.Modified
		if m.Schedule != "" {
			row.Schedule = m.Schedule
		}
	}
	return true
}

// put notes an item as the server was seen to hold it. Tokens that move by our own writes are no sign of a restless server: those after
// the last write are kept, or each later sync would ask about them.
func (c *pushing) put(row Row, body store.Hash) {
	delete(c.status.Learned, restless)
	i, found := c.status.find(row.Name)
	if found {
		c.status.Rows[i] = row
	} else {
		c.status.Rows = slices.Insert(c.status.Rows, i, row)
	}
	c.edits[row.Name] = body
}

func (c *pushing) removeRow(name string) {
	if i, found := c.status.find(name); found {
		delete(c.status.Learned, restless)
		c.status.Rows = slices.Delete(c.status.Rows, i, i+1)
	}
}

// owe notes an item that was sent and not read back: what the server holds of it is not known.
func (c *pushing) owe(j *sending, row Row) {
	c.status.Owed = append(c.status.Owed, Owed{Href: j.href, ETag: j.stored.ETag})
	if old := c.status.row(row.Name); old != nil {
		old.Flags.Carried = true
	}
}
