package merge

import (
	"strings"

	"vgit/repo/item"
)

// Landed reports whether a body that was sent, and whose answer was lost, is on the server, although others may have written
// since and the server may have respelt or dropped some of it. r0 is what the server held before, nil for a create; r1 is what it
// holds now. A false answer means that it cannot be proven: the item is then merged as usual.
//
// Proof is a value in r1 that is not that of r0 but that of sent, as it stands or respelt, or a clock that only sent had. Against
// a slot that sent changed and that still has the value of r0 only a clock is proof: two people may have made one and the same
// edit. SEQUENCE and other counters, to which everybody comes by counting, are proof only if nothing in r1 comes from elsewhere.
func Landed(r0, sent, r1 *item.Item) bool {
	if r0 == nil {
		uid := withoutURN(sent.UID())
		return uid != "" && uid == withoutURN(r1.UID()) || Compare(sent, r1) <= Weak
	}
	if Equal(r0, r1) {
		return false
	}
	for _, it := range []*item.Item{r0, sent, r1} {
		if it.State() != item.Sound || isCard(it) != isCard(sent) {
			return compareBytes(sent.Bytes(), r1.Bytes()) < Strong
		}
	}
	e := weigh(flatten(r0), flatten(sent), flatten(r1))
	return e.clock || e.value && !e.stands || e.counter && !e.stands && !e.foreign
}

// evidence is what three bodies say about a lost answer.
type evidence struct {
	clock   bool // a point in time that only sent had
	counter bool // a counter that r1 has from sent, or from somebody else who counted
	value   bool // a value that r1 has from sent
	stands  bool // a slot that sent changed and that is as before
	foreign bool // a slot of r1 that is neither as before nor as sent
}

func weigh(r0, sent, r1 map[string]fact) evidence {
	var e evidence
	for path := range union(r0, sent, r1) {
		v0, vs, v1 := r0[path], sent[path], r1[path]
		switch {
		case v1.about(v0) && vs.about(v0):
		case vs.slot.bookkeeping() || v1.slot.bookkeeping():
			if vs.slot == clock && vs.exact != "" && vs.exact == v1.exact && v1.exact != v0.exact {
				e.clock = e.clock || !vs.counter
				e.counter = e.counter || vs.counter
			}
		case vs.about(v0):
			e.foreign = true
		case v1.about(v0):
			e.stands = e.stands || v0.exact != ""
		case v1.about(vs) || respelt(vs.exact, v1.exact) && !respelt(v0.exact, v1.exact):
			e.value = true
		default:
			e.foreign = e.foreign || v1.exact != ""
		}
	}
	return e
}

// fact is one field of an item, wherever it stands.
type fact struct {
	exact, loose string
	slot         kind
	counter      bool
}

// about reports whether two facts are the same but for the way they are written.
func (f fact) about(g fact) bool { return f.exact == g.exact || f.loose == g.loose && f.loose != "" }

func union(maps ...map[string]fact) map[string]bool {
	all := map[string]bool{}
	for _, m := range maps {
		for path := range m {
			all[path] = true
		}
	}
	return all
}

// flatten lists the fields of an item by path: component, slot, entry and field.
func flatten(it *item.Item) map[string]fact {
	var m *model
	if isCard(it) {
		m = readCard(cardOf(it), false)
	} else {
		m = readCalendar(it, nil)
	}
	facts := map[string]fact{}
	for _, c := range m.components {
		c.facts(c.key, facts)
	}
	(&component{slots: m.states}).facts("", facts)
	return facts
}

func (c *component) facts(path string, facts map[string]fact) {
	for _, s := range c.slots {
		for _, e := range s.entries {
			key := e.key
			if key == "" && len(s.entries) > 1 {
				key = e.exact()
			}
			for _, f := range e.fields {
				slotKind := s.kind
				if f.limit == Bookkeeping && !slotKind.bookkeeping() {
					slotKind = owned
				}
				if f.limit != Weak {
					facts[path+"\x1f"+s.name+"\x1f"+key+"\x1f"+f.name] = fact{f.exact, f.loose, slotKind, counters[s.name]}
				}
			}
		}
	}
	for _, a := range c.alarms {
		id := a.key
		if id == "" {
			id = alarmContent(a)
		}
		a.facts(path+"\x1falarm "+id, facts)
	}
}

// counters are the clocks that count instead of telling a time.
var counters = map[string]bool{"sequence": true, "x-moz-generation": true, "created": true}

// shortest is how much of a value must be left for a cut to be recognised.
const shortest = 8

// respelt reports whether stored is sent with other blanks, case or escapes, or cut at some length.
func respelt(sent, stored string) bool {
	a, b := squeeze(sent), squeeze(stored)
	return a == b || len(b) >= shortest && strings.HasPrefix(a, b)
}

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\r', '\n', '\\':
			return -1
		}
		return r
	}, strings.ToLower(s))
}
