package merge

import (
	"slices"
	"strings"

	"vgit/repo/item"
)

// split is a series that one side cut in two: this item has one half, another item the other one.
type split struct {
	here bool   // we cut it
	uid  string // of the other item
	half *expansion
}

// recurrenceSet marks the halves of a series that was split, in RELATED-TO.
const recurrenceSet = "X-CALENDARSERVER-RECURRENCE-SET"

// findSplit looks for a series that was split. Then its start and its rule are no edits that could meet others.
func findSplit(m *merging) {
	p := m.series()
	if p.l1 == nil || p.r1 == nil || len(m.Siblings) == 0 {
		return
	}
	time, rule := p.meeting("time").single(), p.meeting("rule").single()
	for _, here := range []bool{false, true} {
		if base, now := pick(here, p.l0, p.r0), pick(here, p.l1, p.r1); m.cut(base, now) {
			if m.split = m.otherHalf(here, base, now); m.split != nil {
				m.meetSplit(p, time, rule)
				return
			}
		}
	}
}

// cut reports whether a side may have cut a series: it ends earlier, or starts at a later one of its days.
func (m *merging) cut(base, now *component) bool {
	if base == nil || base.start == nil || now.start == nil {
		return false
	}
	before, after := m.expansion(*base.start, rulesOf(base)), m.expansion(*now.start, rulesOf(now))
	if before == nil || after == nil {
		return false
	}
	if from, to := dayNumber(base.start.wall), dayNumber(now.start.wall); from != to {
		yes, _ := before.on(to)
		return yes && to > from
	}
	end, ends := after.last()
	old, ended := before.last()
	return ends && (!ended || end < old)
}

func rulesOf(c *component) []string {
	var rules []string
	for _, l := range linesOf(c.src, "RRULE") {
		rules = append(rules, l.Value())
	}
	return rules
}

// otherHalf finds the item that has the other half of a series.
func (m *merging) otherHalf(here bool, base, now *component) *split {
	for _, sibling := range m.Siblings {
		if sibling == nil || sibling.State() != item.Sound || isCard(sibling) || sibling.UID() == m.L1.UID() {
			continue
		}
		read := readCalendar(sibling, nil)
		other := read.main()
		if other == nil || other.start == nil || other.name != now.name {
			continue
		}
		if !sameSet(now, other) && !m.goesOn(base, now, other) {
			continue
		}
		return &split{here: here, uid: sibling.UID(), half: m.expansion(*other.start, rulesOf(other))}
	}
	return nil
}

// sameSet reports whether two series say that they were one.
func sameSet(a, b *component) bool {
	sets := func(c *component) (list []string) {
		if s := c.find("related-to"); s != nil {
			for _, e := range s.entries {
				if strings.EqualFold(e.field("reltype").value(), recurrenceSet) {
					list = append(list, e.field("value").value())
				}
			}
		}
		return list
	}
	theirs := sets(b)
	return slices.ContainsFunc(sets(a), func(s string) bool { return slices.Contains(theirs, s) })
}

// goesOn reports whether an item has the same organizer, title and length as a series, and starts at one of its days.
func (m *merging) goesOn(base, now, other *component) bool {
	title := func(c *component) string {
		if s := c.find("summary"); s != nil {
			return s.one().exact()
		}
		return ""
	}
	x := m.expansion(*base.start, rulesOf(base))
	yes, _ := x.on(dayNumber(other.start.wall))
	return yes && title(now) != "" && title(now) == title(other) && now.address("organizer") == other.address("organizer") &&
		now.lasts() != "" && now.lasts() == other.lasts()
}

// lasts is the length of a component in a form that compares; "" if that cannot be told.
func (c *component) lasts() string {
	end, length := c.src.Leaf("DTEND"), c.src.Leaf("DURATION")
	switch {
	case c.start == nil || c.start.raw != "":
	case length != nil:
		if d, ok := parseDuration(length.Value()); ok {
			return duration{seconds: 86400*d.days + d.seconds}.String()
		}
	case end != nil:
		if m := parseMoment(end.Value()); m.raw == "" && m.utc == c.start.utc {
			return duration{seconds: int64(m.wall.Sub(c.start.wall).Seconds())}.String()
		}
	}
	return ""
}

// meetSplit decides what the side that did not split a series has done to all of it.
func (m *merging) meetSplit(p *part, time, rule *verdict) {
	var moved []*verdict
	touched := false
	for _, v := range []*verdict{time, rule} {
		if v == nil {
			continue
		}
		if pick(m.split.here, v.theirs, v.ours) == Strong && difference(v.l1, v.r1) > Weak {
			touched = true
		}
		moved = append(moved, v)
	}
	if touched {
		m.waitTogether("series", "the series was split: the other half is "+m.split.uid, p, moved...)
	}
	for _, t := range p.meetings {
		if t.name == "time" || t.name == "rule" {
			continue
		}
		for _, v := range t.verdicts {
			if mine, other := v.goes(); pick(m.split.here, other, mine) {
				m.note("split", v.name, "the series was split on the other side; "+m.split.uid+" has the other half, and may want this, too")
			}
		}
	}
}

// meetHalves says of the occurrences of a series that was split where they are now.
func meetHalves(m *merging) {
	if m.split == nil {
		return
	}
	m.notes = slices.DeleteFunc(m.notes, func(n Note) bool { return n.Kind == "series" && strings.HasPrefix(n.Slot, "occurrence ") })
	for _, o := range m.occasions {
		c := o.state.conflict
		if c == nil || m.split.half == nil {
			continue
		}
		at, ok := o.moment(!m.split.here)
		if !ok {
			continue
		}
		if there, known := m.split.half.sameDay(at); known {
			c.Reason = "the series was split, and this occurrence is in the other half"
			c.Suggestion = "re-home to " + m.split.uid
			if o.state.l1.dates("EXDATE") != nil || o.state.r1.dates("EXDATE") != nil {
				line := lineText{name: "EXDATE"}
				line.put(there)
				c.Suggestion += ": " + line.String()
			}
		}
	}
}

// sameDay is the occurrence that a series has on the day of another one.
func (x *expansion) sameDay(at moment) (moment, bool) {
	wall := at.in(x.start)
	if yes, _ := x.on(dayNumber(wall)); !yes {
		return at, false
	}
	there := x.start
	there.wall = there.wall.AddDate(0, 0, dayNumber(wall)-dayNumber(there.wall))
	return there, true
}
