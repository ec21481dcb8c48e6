package davtest

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"sort"
	"strings"
	"time"
)

// store puts a body under a name. The caller holds the lock.
func (c *Collection) store(b *behaviour, name string, body []byte) *item {
	now := b.now()
	old := c.state.items[name]
	if old == nil {
		delete(c.state.versions, name)
	}
	c.state.versions[name]++
	c.state.journal = append(c.state.journal, change{name, false, now.Unix()})
	it := &item{name: name, segment: url.PathEscape(name), seq: len(c.state.journal), version: c.state.versions[name], modified: now}
	it.etag = fmt.Sprintf("%d-%d-%d", c.number, it.seq, it.version)
	it.tag = it.etag
	c.fill(it, slices.Clone(body))
	if b.stale > 0 {
		it.previous = c.seen(b, name, now)
	}
	delete(c.gone, name)
	if old != nil && c.sorted != nil {
		i, _ := slices.BinarySearchFunc(c.sorted, name, func(it *item, name string) int { return strings.Compare(it.name, name) })
		c.sorted = slices.Clone(c.sorted)
		c.sorted[i] = it
	} else {
		c.sorted = nil
	}
	c.state.items[name] = it
	c.s.stored = append(c.s.stored, Version{User: c.owner.name, Collection: c.id, Name: name, Body: it.body})
	return it
}

// fill gives an item a body and what follows from it.
func (c *Collection) fill(it *item, body []byte) {
	f := inspect(body)
	it.body, it.uids, it.kind, it.clean = body, f.uids, f.kind(), cleanForXML(body)
}

// remove deletes an item. The caller holds the lock.
func (c *Collection) remove(b *behaviour, name string) bool {
	it := c.state.items[name]
	if it == nil {
		return false
	}
	now := b.now()
	if b.stale > 0 {
		c.gone[name] = &item{name: name, modified: now, previous: c.seen(b, name, now)}
	}
	c.state.journal = append(c.state.journal, change{name, true, now.Unix()})
	delete(c.state.items, name)
	c.sorted = nil
	c.trash["name:"+name] = name
	for _, uid := range it.uids {
		c.trash[uid] = name
	}
	c.s.stored = append(c.s.stored, Version{User: c.owner.name, Collection: c.id, Name: name, Body: it.body, Removed: true})
	return true
}

// list returns all items by name. The slice is shared and never changed. The caller holds the lock for writing.
func (c *Collection) list() []*item {
	if c.sorted == nil {
		c.sorted = make([]*item, 0, len(c.state.items))
		for _, it := range c.state.items {
			c.sorted = append(c.sorted, it)
		}
		sort.Slice(c.sorted, func(i, j int) bool { return c.sorted[i].name < c.sorted[j].name })
	}
	return c.sorted
}

// seen is the item of that name as a reader sees it, nil if there is none for it. The caller holds the lock.
func (c *Collection) seen(b *behaviour, name string, now time.Time) *item {
	it := c.state.items[name]
	if b.stale <= 0 {
		return it
	}
	if it == nil {
		it = c.gone[name]
		if it == nil {
			return nil
		}
		if now.Sub(it.modified) >= b.stale {
			return nil
		}
		return it.previous
	}
	if now.Sub(it.modified) < b.stale {
		return it.previous
	}
	return it
}

// visible returns all items that a listing shows, by name. The caller holds the lock for writing.
func (c *Collection) visible(b *behaviour) []*item {
	list := c.list()
	if b.stale > 0 {
		list = c.staleList(b)
	}
	if b.hides != nil {
		list = slices.DeleteFunc(slices.Clone(list), func(it *item) bool { return b.hides(it.name) })
	}
	return list
}

// staleList is list as it was a while ago.
func (c *Collection) staleList(b *behaviour) []*item {
	now := b.now()
	names := slices.Collect(maps.Keys(c.state.items))
	for name := range c.gone {
		if c.state.items[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var list []*item
	for _, name := range names {
		if it := c.seen(b, name, now); it != nil {
			list = append(list, it)
		}
	}
	return list
}
