package merge

import (
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
	case v.ours < Strong && v.theirs < Strong:
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

// skips finds the components that all four bodies have with the same bytes: they are not even read. What they mean hangs on the time
// zones and the start of the series, so there are none where these differ.
func (m *merging) skips(card bool) [4]map[*item.Component]bool {
	var skip [4]map[*item.Component]bool
	bodies := [4]*item.Item{m.L0, m.L1, m.R0, m.R1}
	if card || m.L0 == nil || m.R0 == nil {
		return skip
	}
	context := contextOf(calendarOf(m.L1))
	for i, it := range bodies {
		if i != 1 && contextOf(calendarOf(it)) != context {
			return skip
		}
		skip[i] = map[*item.Component]bool{}
	}
	seen := map[string][]*item.Component{}
	for i, it := range bodies {
		for c := range calendarOf(it).Components() {
			raw := string(c.Bytes())
			if list := seen[raw]; i == 0 {
				seen[raw] = append(list, c)
			} else if len(list) == i {
				seen[raw] = append(list, c)
			}
		}
	}
	for _, list := range seen {
		if len(list) == len(bodies) {
			for i, c := range list {
				skip[i][c] = true
			}
		}
	}
	return skip
}
