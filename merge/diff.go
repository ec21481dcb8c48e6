package merge

import (
	"strings"
)

// diff yields the differences of two models of the same kind of item, until yield returns false.
func (m *model) diff(n *model, yield func(*delta) bool) bool {
	inM, inN := m.keys(), n.keys()
	for _, a := range m.components {
		b := inN[a.key]
		switch {
		case b != nil && !diffComponents(a, b, yield):
			return false
		case b == nil && !a.occurs() && !yield(wholeComponent(a, a, nil)):
			return false
		}
	}
	for _, b := range n.components {
		if inM[b.key] == nil && !b.occurs() && !yield(wholeComponent(b, nil, b)) {
			return false
		}
	}
	return diffSlots(&component{name: m.name, slots: m.states}, &component{slots: n.states}, yield)
}

func (m *model) keys() map[string]*component {
	keys := make(map[string]*component, len(m.components))
	for _, c := range m.components {
		keys[c.key] = c
	}
	return keys
}

// occurs reports whether a component is an occurrence of a series. That one side lacks it is told by the state of the
// occurrence.
func (c *component) occurs() bool { return strings.HasPrefix(c.key, "occurrence ") }

// wholeComponent is the change of a component that only one side has.
func wholeComponent(c, a, b *component) *delta {
	d := &delta{component: c.name, slot: strings.TrimSpace(c.prefix), strength: Strong, from: a, to: b}
	if d.slot == "" {
		d.slot = strings.ToLower(c.name)
	}
	if c.limit != None {
		d.strength = c.limit
	}
	if a != nil {
		d.old = a.title()
	}
	if b != nil {
		d.new = b.title()
	}
	return d
}

// title shows a component in a few words.
func (c *component) title() string {
	for _, name := range []string{"summary", "trigger", "description"} {
		for _, s := range c.slots {
			if s.name == name && len(s.entries) > 0 {
				return s.entries[0].text()
			}
		}
	}
	return c.name
}

// diffComponents compares two versions of one component.
func diffComponents(a, b *component, yield func(*delta) bool) bool {
	limited := func(d *delta) bool {
		if a.limit != None && b.limit != None {
			d.strength = min(d.strength, a.limit)
		}
		if d.from == nil && d.to == nil {
			d.from, d.to = a, b
		}
		return yield(d)
	}
	return diffSlots(a, b, limited) && diffAlarms(a.alarms, b.alarms, limited)
}

// diffSlots compares the slots of two components, which are sorted by name.
func diffSlots(a, b *component, yield func(*delta) bool) bool {
	byName := func(s, t *slot) int { return strings.Compare(s.name, t.name) }
	i, j := 0, 0
	for i < len(a.slots) || j < len(b.slots) {
		var sa, sb *slot
		order := 0
		switch {
		case i == len(a.slots):
			order = 1
		case j == len(b.slots):
			order = -1
		default:
			order = byName(a.slots[i], b.slots[j])
		}
		if order <= 0 {
			sa = a.slots[i]
			i++
		}
		if order >= 0 {
			sb = b.slots[j]
			j++
		}
		if !diffSlot(a, sa, sb, yield) {
			return false
		}
	}
	return true
}

// diffSlot compares one slot; nil stands for an absent one.
func diffSlot(c *component, a, b *slot, yield func(*delta) bool) bool {
	s := a
	if s == nil {
		s = b
	}
	var ea, eb []*entry
	if a != nil {
		ea = a.entries
	}
	if b != nil {
		eb = b.entries
	}
	pairs := pairUp(ea, eb, s.leftover)
	for _, p := range pairs {
		strength := difference(p.a, p.b)
		if strength == None {
			continue
		}
		if s.kind.bookkeeping() {
			strength = Bookkeeping
		}
		d := &delta{component: c.name, slot: c.prefix + s.name, a: p.a, b: p.b, strength: strength, name: s.name, kind: s.kind}
		if s.kind == mapped {
			d.slot += p.label()
		}
		if !yield(d) {
			return false
		}
	}
	return diffPreference(c, s, pairs, yield)
}

// diffPreference compares which entry of a map is the preferred one; that is a slot of its own.
func diffPreference(c *component, s *slot, pairs []pair, yield func(*delta) bool) bool {
	bestA, bestB, exact := 0, 0, true
	for _, p := range pairs {
		if p.a != nil && p.a.pref > 0 && (bestA == 0 || p.a.pref < bestA) {
			bestA = p.a.pref
		}
		if p.b != nil && p.b.pref > 0 && (bestB == 0 || p.b.pref < bestB) {
			bestB = p.b.pref
		}
	}
	strength := None
	d := &delta{component: c.name, slot: c.prefix + "pref " + s.name, name: "pref " + s.name}
	for _, p := range pairs {
		isA := p.a != nil && p.a.pref > 0 && p.a.pref == bestA
		isB := p.b != nil && p.b.pref > 0 && p.b.pref == bestB
		if isA != isB {
			strength = Strong
		}
		if isA {
			d.old = p.a.text()
		}
		if isB {
			d.new = p.b.text()
		}
		if p.a != nil && p.b != nil && p.a.pref != p.b.pref {
			exact = false
		}
	}
	if strength == None && !exact {
		strength = Weak
	}
	if strength == None {
		return true
	}
	d.strength = strength
	return yield(d)
}

// text shows an entry: its value if it has one, else everything in it.
func (e *entry) text() string {
	if e == nil {
		return ""
	}
	if f := e.field("value"); f != nil {
		return f.text()
	}
	var parts []string
	for i := range e.fields {
		if f := &e.fields[i]; f.limit != Bookkeeping {
			parts = append(parts, f.text())
		}
	}
	return strings.Join(parts, " ")
}

func (f *field) text() string {
	if f.show != "" {
		return f.show
	}
	return strings.NewReplacer("\x1e", ", ", "\x1d", ", ", "\x1f", " ").Replace(f.exact)
}

// change puts a difference into words: the values, or only the fields that differ where the value does not.
func (d *delta) change() Change {
	c := Change{Component: d.component, Slot: d.slot, Old: d.old, New: d.new, Strength: d.strength}
	if d.a == nil && d.b == nil || c.Old != "" || c.New != "" {
		return c
	}
	c.Old, c.New = d.a.text(), d.b.text()
	value := d.a.field("value")
	if value == nil || d.b.field("value") == nil || value.difference(d.b.field("value")) != None {
		return c
	}
	c.Old, c.New = changedFields(d.a, d.b), changedFields(d.b, d.a)
	return c
}

// changedFields shows the fields of e that o has otherwise or not at all.
func changedFields(e, o *entry) string {
	var parts []string
	for i := range e.fields {
		f := &e.fields[i]
		if g := o.field(f.name); g == nil || f.difference(g) != None {
			parts = append(parts, f.name+"="+f.text())
		}
	}
	return strings.Join(parts, " ")
}
