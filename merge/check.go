package merge

import (
	"slices"
	"strings"

	"vgit/repo/item"
)

// validateCalendar makes wait what fits on each side, and not together.
func (m *merging) validateCalendar() {
	m.invalid = ""
	if isCard(m.L1) || !m.mayBreak() {
		return
	}
	var had map[string]bool
	for _, it := range m.newBodies() {
		for _, v := range violations(it) {
			if had == nil {
				had = map[string]bool{}
				for _, v := range append(violations(m.L1), violations(m.R1)...) {
					had[v.id()] = true
				}
			}
			if !had[v.id()] && (v.told || m.ruleTaken()) {
				m.blame(v)
			}
		}
	}
}

// ruleTaken reports whether the rule of the series is not in both bodies as it was.
func (m *merging) ruleTaken() bool {
	rule := m.series().meeting("rule")
	return rule.takes(ours) || rule.takes(theirs)
}

// blame makes the slots wait that have a part in a violation.
func (m *merging) blame(v violation) {
	before := m.complaints
	reason := "together with what the other side did: " + v.what
	waits := false
	parts := m.byKey()[v.where]
	if v.day != "" && len(v.slots) > 0 {
		parts = append(slices.Clone(parts), m.series())
	}
	for _, p := range parts {
		for _, slot := range v.slots {
			if t := p.meeting(slot); t != nil {
				m.complain(reason, t.verdicts...)
				for _, u := range t.verdicts {
					waits = waits || u.conflict != nil
				}
			}
		}
	}
	if o := m.occasion(v.day); o != nil && !waits {
		waits = m.complainOccasion(o, reason)
	}
	if !waits && m.complaints == before {
		m.invalid = v.what
	}
}

// byKey finds parts by their keys.
func (m *merging) byKey() map[string][]*part {
	if m.partsByKey == nil {
		m.partsByKey = map[string][]*part{}
		for _, p := range m.parts {
			key := p.any().key
			m.partsByKey[key] = append(m.partsByKey[key], p)
		}
	}
	return m.partsByKey
}

// occasion finds an occurrence by its name, or, where the series has moved, by its day.
func (m *merging) occasion(day string) *occasion {
	if day == "" {
		return nil
	}
	if m.byDay == nil {
		m.byDay = map[string]*occasion{}
		for _, o := range m.occasions {
			name := strings.TrimPrefix(o.name, "occurrence ")
			m.byDay[name[:min(len(name), len(dateLayout))]] = o
		}
		for _, o := range m.occasions {
			m.byDay[strings.TrimPrefix(o.name, "occurrence ")] = o
		}
	}
	if o := m.byDay[day]; o != nil {
		return o
	}
	return m.byDay[day[:min(len(day), len(dateLayout))]]
}

// complainOccasion makes an occurrence wait, and reports whether it does.
func (m *merging) complainOccasion(o *occasion, reason string) bool {
	if o.state.outcome == waits {
		return true
	}
	if here, there := o.changed(); !here && !there {
		return false
	}
	o.wait(reason)
	m.complaints = m.complaints || o.state.outcome == waits
	return o.state.outcome == waits
}

// newBodies are what would be written.
func (m *merging) newBodies() []*item.Item {
	var list []*item.Item
	if m.file.changed() {
		list = append(list, m.newFile)
	}
	if m.body.changed() && !m.forward && !m.waiting() {
		list = append(list, m.newBody)
	}
	return list
}

// fragile are the slots of which violations are made, whatever becomes of them.
var fragile = map[string]bool{"time": true, "rule": true, "done": true, "organizer": true}

// mayBreak reports whether anything was taken over that could not fit: most merges are of titles and texts, and need no second look.
func (m *merging) mayBreak() bool {
	for _, o := range m.occasions {
		if o.state.outcome == ours || o.state.outcome == theirs {
			return true
		}
	}
	for _, p := range m.parts {
		if !isEntry(p.any().name) {
			continue
		}
		if v := p.verdict; v != nil && v.outcome != stays {
			return true
		}
		for _, t := range p.meetings {
			if t.mayBreak() {
				return true
			}
		}
	}
	return false
}

// mayBreak reports whether a slot gains or loses something that there may be only one of, or that needs something else.
func (t *meeting) mayBreak() bool {
	for _, v := range t.verdicts {
		mine, other := v.goes()
		switch {
		case !mine && !other:
		case fragile[t.name]:
			return true
		case t.kind == group || v.l1 != nil && v.r1 != nil:
		case t.name == "attendee", once[strings.ToUpper(t.name)] && (mine && t.r1.size() > 0 || other && t.l1.size() > 0):
			return true
		}
	}
	return false
}

func (s *slot) size() int {
	if s == nil {
		return 0
	}
	return len(s.entries)
}
