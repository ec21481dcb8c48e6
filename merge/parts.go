package merge

import (
	"bytes"
	"strings"

	"vgit/repo/item"
)

// decide finds the verdicts of a component and of all in it.
func (p *part) decide() {
	if p.bookkeeping() {
		p.meetings, p.alarms = nil, nil
		return
	}
	if p.l1 == nil || p.r1 == nil {
		p.presence()
		return
	}
	for _, t := range p.meetings {
		t.decide()
	}
	for _, a := range p.alarms {
		a.decide()
	}
}

// bookkeeping reports whether a component belongs to a server or a client in all bodies that have it.
func (p *part) bookkeeping() bool {
	for _, c := range []*component{p.l0, p.l1, p.r0, p.r1} {
		if c != nil && c.limit != Bookkeeping {
			return false
		}
	}
	return true
}

// presence decides about a component that one side lacks: like the entry of a map.
func (p *part) presence() {
	name := strings.TrimSpace(p.prefix)
	if name == "" {
		name = strings.ToLower(p.any().name)
	}
	v := &verdict{part: p, in: &meeting{merging: p.merging, part: p, name: name, kind: mapped}, name: name}
	v.ours, v.theirs = differ(p.l0, p.l1), differ(p.r0, p.r1)
	p.verdict = v
	switch {
	case v.ours < Strong && v.theirs < Strong, p.l1 == nil && p.r1 == nil:
	case v.theirs < Strong:
		v.outcome = ours
	case v.ours < Strong:
		v.outcome = theirs
	default:
		p.clash("")
	}
}

// clash makes a conflict of a whole component.
func (p *part) clash(reason string) {
	v := p.verdict
	v.outcome = waits
	switch p.choice(v.name, p) {
	case TakeLocal:
		v.outcome = ours
	case TakeRemote:
		v.outcome = theirs
	case TakeBoth:
		if v.outcome = ours; p.l1 == nil {
			v.outcome = theirs
		}
	default:
		v.conflict = &Conflict{Slot: v.name, Base: shownTitle(either(p.l0, p.r0)), Local: shownTitle(p.l1), Remote: shownTitle(p.r1),
			ShowsRemote: p.l1 == nil, Reason: reason}
	}
}

func shownTitle(c *component) string {
	if c == nil {
		return ""
	}
	return c.title()
}

// differ compares two versions of a component; nil is an absent one.
func differ(a, b *component) Strength {
	switch {
	case a == b:
		return None
	case a == nil:
		return b.worth()
	case b == nil:
		return a.worth()
	}
	strongest := None
	diffComponents(a, b, func(d *delta) bool {
		strongest = max(strongest, d.strength)
		return strongest < Strong
	})
	return strongest
}

// worth is what it means that a component comes or goes.
func (c *component) worth() Strength {
	if c.limit != None {
		return c.limit
	}
	return Strong
}

// skips finds the components that neither side changed: they are not even read. What they mean hangs on the time zones and on the start
// of the series, so there are none where a side changed these.
func (m *merging) skips(card bool) [4]map[*item.Component]bool {
	var skip [4]map[*item.Component]bool
	if card || m.L0 == nil || m.R0 == nil {
		return skip
	}
	ours, theirs := unchanged(m.L0, m.L1), unchanged(m.R0, m.R1)
	for i := range skip {
		skip[i] = make(map[*item.Component]bool, len(ours))
	}
	for key, l := range ours {
		r, ok := theirs[key]
		if ok && l[0] != nil && r[0] != nil {
			skip[0][l[0]], skip[1][l[1]], skip[2][r[0]], skip[3][r[1]] = true, true, true, true
		}
	}
	return skip
}

// unchanged lists the components that stand in two bodies with the same bytes, by type and occurrence as written. Those of which there
// are two have no components in the list.
func unchanged(base, now *item.Item) map[string][2]*item.Component {
	b, n := calendarOf(base), calendarOf(now)
	if !bytes.Equal(rawContext(b), rawContext(n)) {
		return nil
	}
	found := map[string][2]*item.Component{}
	for c := range b.Components() {
		if c.Name == "VTIMEZONE" {
			continue
		}
		key := rawKey(c)
		if _, twice := found[key]; twice {
			found[key] = [2]*item.Component{}
		} else {
			found[key] = [2]*item.Component{c, nil}
		}
	}
	for c := range n.Components() {
		if c.Name == "VTIMEZONE" {
			continue
		}
		key := rawKey(c)
		pair := found[key]
		if pair[0] == nil || pair[1] != nil || !bytes.Equal(pair[0].Bytes(), c.Bytes()) {
			found[key] = [2]*item.Component{}
			continue
		}
		found[key] = [2]*item.Component{pair[0], c}
	}
	for key, pair := range found {
		if pair[1] == nil {
			delete(found, key)
		}
	}
	return found
}

func rawKey(c *item.Component) string {
	name := "UID"
	if isEntry(c.Name) {
		name = "RECURRENCE-ID"
	}
	if l := c.Leaf(name); l != nil {
		return c.Name + l.Text()
	}
	return c.Name
}

// rawContext is the bytes of what the meaning of a component hangs on.
func rawContext(cal *item.Component) []byte {
	var raw []byte
	for c := range cal.Components() {
		switch {
		case c.Name == "VTIMEZONE":
			raw = append(raw, c.Bytes()...)
		case c.Leaf("RECURRENCE-ID") == nil:
			if l := c.Leaf("DTSTART"); l != nil {
				raw = append(raw, l.Raw...)
			}
		}
	}
	return raw
}
