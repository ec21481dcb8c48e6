package merge

import (
	"strconv"
	"strings"
	"time"

	"vgit/repo/item"
)

// How the times of occurrences follow the start of their series. EXDATE, RDATE and RECURRENCE-ID name an occurrence by the moment
// at which the series would have it, so they move when the series gets another clock, zone or value type.

// starts are the beginnings of a series: as a body has it, as the other one has it, and as it is written.
func (m *merging) starts(ed *editor) (own, other, final *moment) {
	p := m.series()
	if p.l1 == nil || p.r1 == nil {
		return nil, nil, nil
	}
	own, other = p.l1.start, p.r1.start
	takes := theirs
	if ed == m.body {
		own, other, takes = other, own, ours
	}
	final = own
	if t := p.meeting("time"); ed == m.body && m.forward || t != nil && len(t.verdicts) == 1 && t.verdicts[0].outcome == takes {
		final = other
	}
	return own, other, final
}

// retimed is an occurrence at m of a series from one start, in the series from another one: the same day at the other hour. It reports
// false where it stays as it is: the series did not move, or by days, or the occurrence never was at its hour.
func (m moment) retimed(from, to *moment) (moment, bool) {
	if from == nil || to == nil || m.raw != "" || from.raw != "" || to.raw != "" || from.again() == to.again() || !sameDay(*from, *to) {
		return m, false
	}
	if name := occurrence(m, from); len(name) != len(dateLayout) {
		return m, false
	}
	day := m.in(*from)
	if from.date {
		day = m.wall
	}
	moved := *to
	moved.wall = to.wall.AddDate(0, 0, int(midnight(day).Sub(midnight(to.wall)).Hours()/24))
	return moved, true
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func sameDay(a, b moment) bool { return a.wall.Format(dateLayout) == b.wall.Format(dateLayout) }

// written is a moment as parameters and value.
func (m moment) written() (params []string, value string) {
	switch {
	case m.date:
		return []string{"VALUE=DATE"}, m.wall.Format(dateLayout)
	case m.utc:
		return nil, stamp(m.wall) + "Z"
	case m.zone != nil:
		return []string{"TZID=" + quoted(m.zone.name)}, stamp(m.wall)
	}
	return nil, stamp(m.wall)
}

// quoted is the value of a parameter, in quotes where it needs them.
func quoted(s string) string {
	if strings.ContainsAny(s, ":;,") {
		return `"` + s + `"`
	}
	return s
}

// put gives a line another moment.
func (t *lineText) put(m moment) {
	params, value := m.written()
	t.setParam("TZID", nil)
	t.setParam("VALUE", nil)
	t.params, t.value = append(t.params, params...), value
}

// at reads an element of EXDATE or RDATE, or a line with one moment.
func (z *zones) at(s source) moment {
	value := s.leaf.Value()
	if s.at > 0 {
		value = element(lineText{value: value}, s.at)
	}
	return z.moment(s.leaf.Param("TZID"), value)
}

// retime moves what a body says of occurrences to the start that its series gets.
func (m *merging) retime(ed *editor) {
	own, other, final := m.starts(ed)
	if own == nil || other == nil || final == own || own.again() == final.again() {
		return
	}
	zones, otherZones := m.models.l1.zones, m.models.r1.zones
	if ed == m.body {
		zones, otherZones = otherZones, zones
	}
	for _, o := range m.occasions {
		here := ed == m.file
		have, want := pick(here, o.state.l1, o.state.r1), pick(here, o.state.r1, o.state.l1)
		for _, name := range []string{"EXDATE", "RDATE"} {
			dates, there := have.dates(name), want.dates(name)
			if o.state.outcome == pick(here, theirs, ours) {
				dates = nil // it has got the state of the other body already
			}
			for _, s := range dates {
				at := zones.at(s)
				to, ok := at.retimed(own, final)
				if len(there) > 0 {
					to, ok = otherZones.at(there[0]), true
				}
				if ok && ed.has(s.leaf) && at.exact() != to.exact() {
					ed.redate(s, to)
				}
			}
		}
		for _, p := range o.parts {
			have, want := pick(here, p.l1, p.r1), pick(here, p.r1, p.l1)
			switch {
			case have == nil || !ed.standing(have.src):
			case want != nil:
				ed.rename(have.src, want.src)
				if p.follows(have, zones) && p.regular(want, pick(here, p.series().r1, p.series().l1), otherZones) {
					p.takeTime(ed, have)
				}
			default:
				m.moveAlong(ed, have.src, zones, own, final)
			}
		}
	}
}

// follows reports whether an override that both sides have goes where the series goes, and nobody said otherwise.
func (p *part) follows(c *component, zones *zones) bool {
	t := p.meeting("time")
	series := p.series()
	if c == p.l1 {
		return !t.takes(theirs) && !t.takes(waits) && p.regular(c, series.l1, zones)
	}
	return !t.takes(ours) && !t.takes(waits) && p.regular(c, series.r1, zones)
}

// takeTime gives an override of a body the time that it has in the other one.
func (p *part) takeTime(ed *editor, c *component) {
	v := &verdict{part: p, in: &meeting{merging: p.merging, part: p, name: "time", kind: group}}
	entryWriter{v, ed, c.src}.group(true, groupNames["time"])
}

// redate gives one element of a list another moment: in place if it is alone, else in a line of its own.
func (ed *editor) redate(s source, to moment) {
	line := cutLine(ed.text(s.leaf))
	if !strings.Contains(line.value, ",") {
		line.put(to)
		ed.compose(s.leaf, line.String())
		return
	}
	ed.removeElement(s)
	line.put(to)
	ed.insertText(ed.around(s.leaf), s.leaf.Name, line.String())
}

// around finds the component that a line stands in.
func (ed *editor) around(l *item.Leaf) *item.Component {
	var find func(c *item.Component) *item.Component
	find = func(c *item.Component) *item.Component {
		for _, n := range c.Nodes {
			if n.Leaf == l {
				return c
			}
			if n.Component != nil {
				if found := find(n.Component); found != nil {
					return found
				}
			}
		}
		return nil
	}
	return find(ed.it.Tree())
}

// rename gives an override the RECURRENCE-ID of the same one on the other side.
func (ed *editor) rename(c, like *item.Component) {
	have, want := c.Leaf("RECURRENCE-ID"), like.Leaf("RECURRENCE-ID")
	if have != nil && want != nil && have.Text() != want.Text() {
		ed.replace(have, want)
	}
}

// moveAlong moves an override that the other side does not know with the start of its series, and its own start and end, if they were
// those of the series.
func (m *merging) moveAlong(ed *editor, c *item.Component, zones *zones, from, to *moment) {
	id := c.Leaf("RECURRENCE-ID")
	if id == nil {
		return
	}
	was := zones.at(source{leaf: id})
	is, ok := was.retimed(from, to)
	if !ok {
		return
	}
	ed.putMoment(id, is)
	start, end := c.Leaf("DTSTART"), c.Leaf("DTEND")
	if start == nil || zones.at(source{leaf: start}).once() != was.once() {
		return
	}
	oldLength, newLength := m.lengths(from, to)
	ed.putMoment(start, is)
	switch d := c.Leaf("DURATION"); {
	case end != nil:
		if seconds := int64(zones.at(source{leaf: end}).wall.Sub(was.wall).Seconds()); seconds == oldLength {
			ed.putMoment(end, is.add(duration{seconds: newLength}))
		}
	case d != nil:
		if amount, ok := parseDuration(d.Value()); ok && 86400*amount.days+amount.seconds == oldLength && newLength != oldLength {
			line := cutLine(ed.text(d))
			line.value = "PT" + strconv.FormatInt(newLength, 10) + "S"
			ed.compose(d, line.String())
		}
	}
}

func (ed *editor) putMoment(l *item.Leaf, m moment) {
	line := cutLine(ed.text(l))
	line.put(m)
	ed.compose(l, line.String())
}

// lengths are how many seconds an occurrence lasts by the clock on the wall, in the series of each start.
func (m *merging) lengths(from, to *moment) (int64, int64) {
	p := m.series()
	length := func(start *moment) int64 {
		c, zones := p.l1, m.models.l1.zones
		if p.r1.start == start {
			c, zones = p.r1, m.models.r1.zones
		}
		if end := c.src.Leaf("DTEND"); end != nil {
			return int64(zones.at(source{leaf: end}).wall.Sub(start.wall).Seconds())
		}
		if d := c.src.Leaf("DURATION"); d != nil {
			if amount, ok := parseDuration(d.Value()); ok {
				return 86400*amount.days + amount.seconds
			}
		}
		return 0
	}
	return length(from), length(to)
}
