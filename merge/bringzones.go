package merge

import (
	"slices"
	"strings"

	"vgit/repo/item"
)

// bringZones gives a body the definitions of the time zones that came with what was taken over: each once. One that it has already
// under the same name stays, unless the time of the item was taken and means another zone. Definitions that nothing uses any more
// stay where they are.
func (m *merging) bringZones() {
	if isCard(m.L1) {
		return
	}
	m.bringInto(m.file, m.models.l1.zones, m.models.r1.zones, theirs)
	if !m.forward {
		m.bringInto(m.body, m.models.r1.zones, m.models.l1.zones, ours)
	}
}

func (m *merging) bringInto(ed *editor, have, other *zones, way outcome) {
	for _, tzid := range ed.broughtZones() {
		name := strings.TrimSpace(canonText(tzid))
		def, own := other.defs[name], have.defs[name]
		switch {
		case def == nil:
		case own == nil:
			ed.insertComponent(calendarOf(ed.it), def)
		case have.get(tzid).alike != other.get(tzid).alike && m.timeTaken(way, tzid):
			ed.replaceComponent(own, def)
		}
	}
}

// timeTaken reports whether the time of the item came from the other side, in a certain zone.
func (m *merging) timeTaken(way outcome, tzid string) bool {
	for _, p := range m.entries() {
		if t := p.meeting("time"); t.takes(way) && !p.any().occurs() {
			start := pick(way == theirs, p.r1, p.l1).start
			return start != nil && start.zone != nil && start.zone.name == tzid
		}
	}
	return false
}

// broughtZones are the names of the zones in what was changed in a body.
func (ed *editor) broughtZones() []string {
	var names []string
	see := func(text string) {
		if !strings.Contains(text, "=") {
			return
		}
		for _, p := range cutLine(text).param("TZID") {
			_, name, _ := strings.Cut(p, "=")
			if name = strings.Trim(name, `" `); name != "" {
				names = append(names, name)
			}
		}
	}
	var visit func(c *item.Component)
	visit = func(c *item.Component) {
		for l := range c.Leaves() {
			if ed.has(l) {
				see(ed.text(l))
			}
		}
		for inner := range c.Components() {
			visit(inner)
		}
	}
	for _, e := range ed.lines {
		if !e.removed {
			see(e.text)
		}
	}
	for _, list := range ed.added {
		for _, a := range list {
			if a.leaf != nil {
				see(ed.text(a.leaf))
			} else {
				visit(a.comp)
			}
		}
	}
	for _, with := range ed.gone {
		if with != nil {
			visit(with)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
