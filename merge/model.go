package merge

import (
	"slices"
	"strings"

	"vgit/repo/item"
)

// A model is an item as slots. Nothing in it knows spelling: two values are canonically equal when their exact strings are.
type model struct {
	name       string       // of the main component, upper case
	components []*component // the calendar itself or the card first
	states     []*slot      // of the occurrences that are excluded, added or overridden, by name
	zones      *zones       // of a calendar
	ambiguous  bool         // several components are of one occurrence
	series     *moment      // where the series starts, if there is one
}

// component is a unit of its own identity: the calendar, a series, an occurrence, an alarm, a card.
type component struct {
	name   string // upper case
	key    string // what makes it the same one in two bodies
	prefix string // in front of the names of its slots: "occurrence 20260309 "
	limit  Strength
	slots  []*slot
	alarms []*component
	src    *item.Component
	start  *moment // DTSTART, if there is one

	index map[string]*slot // of slots, once they are many
}

// manySlots is how many slots are looked through one by one before an index is made. Usual components have a dozen.
const manySlots = 32

// slot is the unit of change.
type slot struct {
	name     string
	kind     kind
	leftover bool // entries without a partner pair up if there is just one on each side
	entries  []*entry
}

// kind is how both sides' changes of a slot meet.
type kind int

const (
	scalar  kind = iota // one value; several of them are a multiset
	group               // several properties as one value
	set                 // elements present or absent
	mapped              // entries by key
	text                // one value, merged by line
	clock               // bookkeeping: the later (of CREATED the earlier) wins
	owned               // bookkeeping: the server's
	ignored             // bookkeeping: belongs to the body it stands in
)

func (k kind) bookkeeping() bool { return k >= clock }

// entry is one element of a slot: a property, an element of a list, or the properties of a group together.
type entry struct {
	ids    []string // identities that are trusted when both sides have them, best first
	key    string   // natural identity; "" if the slot has none
	fields []field
	pref   int // rank of preference in a card: 1 is first, 0 is none

	source          // of a group it is empty: its lines are those of groupNames
	also   []source // the same element of a list once more
}

// source is where an entry stands in the tree of its body.
type source struct {
	leaf *item.Leaf
	at   int             // of an element of a list, counted from 1; 0 is the whole line
	comp *item.Component // of a component that is an entry of the one around it
}

// field is one part of an entry: the value, a parameter, a component of a name.
type field struct {
	name  string
	exact string   // equal: nothing happened
	loose string   // equal, though exact is not: weak
	show  string   // for people; "" means exact
	limit Strength // the most that a difference here can mean; None means Strong
	alone Strength // the same where the other side has no such field; None means limit
	part  int      // of a structured value, counted from 1; 0 is none

	more []field // further values of the same name, until settle joins them
}

// delta is a difference on its way to whoever asked.
type delta struct {
	component, slot string
	a, b            *entry
	old, new        string
	strength        Strength

	name     string     // of the slot, without what stands in front of it and without a key
	kind     kind       // of the slot
	from, to *component // that it is in; nil for the state of an occurrence
}

func (c *component) slot(name string, k kind, leftover bool) *slot {
	if s := c.find(name); s != nil {
		return s
	}
	s := &slot{name: name, kind: k, leftover: leftover}
	c.slots = append(c.slots, s)
	if c.index != nil {
		c.index[name] = s
	}
	return s
}

func (c *component) find(name string) *slot {
	if c.index == nil && len(c.slots) > manySlots {
		c.index = make(map[string]*slot, 4*manySlots)
		for _, s := range c.slots {
			c.index[s.name] = s
		}
	}
	if c.index != nil {
		return c.index[name]
	}
	for _, s := range c.slots {
		if s.name == name {
			return s
		}
	}
	return nil
}

// settle finishes a component: it joins fields that came in several lines, drops what is empty, and sorts the slots.
func (c *component) settle() {
	c.index = nil
	kept := c.slots[:0]
	for _, s := range c.slots {
		for _, e := range s.entries {
			for i := range e.fields {
				e.fields[i].settle()
			}
		}
		if len(s.entries) > 1 || len(s.entries) == 1 && len(s.entries[0].fields) > 0 {
			kept = append(kept, s)
		}
	}
	c.slots = kept
	slices.SortFunc(c.slots, func(s, t *slot) int { return strings.Compare(s.name, t.name) })
}

// only returns the single entry of a group.
func (s *slot) only() *entry {
	if len(s.entries) == 0 {
		s.entries = append(s.entries, &entry{})
	}
	return s.entries[0]
}

// set adds a field; further values of one name are kept with it until settle.
func (e *entry) set(f field) {
	if f.exact == "" && f.loose == "" {
		return
	}
	for i := range e.fields {
		if e.fields[i].name == f.name {
			e.fields[i].more = append(e.fields[i].more, f)
			return
		}
	}
	e.fields = append(e.fields, f)
}

func (e *entry) field(name string) *field {
	if e != nil {
		for i := range e.fields {
			if e.fields[i].name == name {
				return &e.fields[i]
			}
		}
	}
	return nil
}

// settle joins the values of one name in an order that does not depend on the file.
func (f *field) settle() {
	if len(f.more) == 0 {
		return
	}
	exact, loose := []string{f.exact}, []string{f.loose}
	for _, g := range f.more {
		exact, loose = append(exact, g.exact), append(loose, g.loose)
	}
	f.exact, f.loose, f.show, f.more = sortedJoin(exact), sortedJoin(loose), "", nil
}

// sortedJoin makes one string of parts whose order and number do not count.
func sortedJoin(parts []string) string {
	slices.Sort(parts)
	return strings.Join(slices.Compact(parts), "\x1e")
}

// exact is the whole entry as one string, without bookkeeping.
func (e *entry) exact() string {
	for i := range e.fields {
		e.fields[i].settle()
	}
	if len(e.fields) == 1 {
		return e.fields[0].name + "\x1f" + e.fields[0].exact
	}
	parts := make([]string, 0, len(e.fields))
	for _, f := range e.fields {
		if f.limit != Bookkeeping {
			parts = append(parts, f.name+"\x1f"+f.exact)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "\x1d")
}

// same returns a field of one name whose loose value is its exact one.
func same(name, exact string) field { return field{name: name, exact: exact, loose: exact} }

// difference compares two entries; nil stands for an absent one.
func difference(a, b *entry) Strength {
	strongest := None
	if a != nil {
		for i := range a.fields {
			fa := &a.fields[i]
			strongest = max(strongest, fa.difference(b.field(fa.name)))
		}
	}
	if b != nil {
		for i := range b.fields {
			if a.field(b.fields[i].name) == nil {
				strongest = max(strongest, b.fields[i].difference(nil))
			}
		}
	}
	return strongest
}

func (f *field) difference(g *field) Strength {
	limit := f.limit
	switch {
	case g == nil:
		g = &field{}
		if f.alone != None {
			limit = f.alone
		}
	case limit != None && g.limit != None:
		limit = max(limit, g.limit)
	default:
		limit = None
	}
	s := Strong
	switch {
	case f.exact == g.exact:
		return None
	case f.loose == g.loose:
		s = Weak
	}
	if limit != None {
		s = min(s, limit)
	}
	return s
}
