package merge

import (
	"strings"

	"vgit/repo/item"
)

// span is when something is: a start, an end, or both. Of a task the end is when it is due.
type span struct{ start, end *moment }

// spanOf reads when a component is.
func spanOf(c *item.Component, z *zones) span {
	var s span
	s.start, _ = z.startOf(c)
	for _, name := range []string{"DTEND", "DUE"} {
		if l := c.Leaf(name); l != nil && s.end == nil && strings.TrimSpace(l.Value()) != "" {
			m := z.moment(l.Param("TZID"), l.Value())
			s.end = &m
		}
	}
	if l := c.Leaf("DURATION"); l != nil && s.end == nil && s.start != nil && s.start.raw == "" {
		if d, ok := parseDuration(l.Value()); ok && d.days < 1e6 && d.seconds < 1e9 && d.days > -1e6 && d.seconds > -1e9 {
			m := s.start.add(d)
			s.end = &m
		}
	}
	return s
}

// when shows where an item stands in time, for its title: the start of an event, or all of it; when a task is due.
func (w Wording) when(it *item.Item, whole bool) string {
	c := it.Master()
	if c == nil || isCard(it) {
		return ""
	}
	s := spanOf(c, newZones(calendarOf(it)))
	switch {
	case c.Name == "VTODO" && s.end != nil:
		return "due " + w.at(*s.end) + inUTC(*s.end)
	case s.start == nil:
		return ""
	case whole && c.Name == "VEVENT":
		return w.span(s) + inUTC(*s.start)
	}
	return w.at(*s.start) + inUTC(*s.start)
}

// inUTC marks a time that is not one of the clocks of any place.
func inUTC(m moment) string {
	if m.raw == "" && m.utc {
		return " UTC"
	}
	return ""
}

// day is a date: Mon 2 Mar, with the year where it is not this one.
func (w Wording) day(m moment) string {
	if m.wall.Year() == w.Now.Year() && !w.Now.IsZero() {
		return m.wall.Format("Mon 2 Jan")
	}
	return m.wall.Format("Mon 2 Jan 2006")
}

// clock is a time of day.
func clockOf(m moment) string {
	if m.wall.Second() != 0 {
		return m.wall.Format("15:04:05")
	}
	return m.wall.Format("15:04")
}

// at is a date or a time without its zone.
func (w Wording) at(m moment) string {
	switch {
	case m.raw != "":
		return clip(m.raw, maxText)
	case m.date:
		return w.day(m)
	}
	return w.day(m) + " " + clockOf(m)
}

// zoneName is the zone of a moment as its item calls it, "" where it has none.
func (m moment) zoneName() string {
	switch {
	case m.raw != "" || m.date:
		return ""
	case m.utc:
		return "UTC"
	case m.zone != nil:
		return clip(m.zone.name, maxText)
	}
	return ""
}

// zoned is a date or time with its zone.
func (w Wording) zoned(m moment) string { return strings.TrimSpace(w.at(m) + " " + m.zoneName()) }

func onOneDay(a, b moment) bool {
	return a.raw == "" && b.raw == "" && a.date == b.date && a.wall.Format(dateLayout) == b.wall.Format(dateLayout)
}

// span is a time from start to end without its zone: "Mon 2 Mar 10:00-11:00", "Mon 2 Mar-Wed 4 Mar (all day)".
func (w Wording) span(s span) string {
	switch {
	case s.start == nil && s.end == nil:
		return "no time"
	case s.start == nil:
		return "until " + w.at(*s.end)
	case s.start.date:
		return w.days(s) + " (all day)"
	case s.end == nil || s.end.exact() == s.start.exact():
		return w.at(*s.start)
	}
	return w.at(*s.start) + "-" + w.endOf(s)
}

// days are the days of something that lasts all day. The end of an event is the day after.
func (w Wording) days(s span) string {
	if s.end == nil || !s.end.date || s.end.raw != "" {
		return w.day(*s.start)
	}
	last := *s.end
	last.wall = last.wall.AddDate(0, 0, -1)
	if !last.wall.After(s.start.wall) {
		return w.day(*s.start)
	}
	return w.day(*s.start) + "-" + w.day(last)
}

// endOf is an end, in short where it is on the day of the start.
func (w Wording) endOf(s span) string {
	end := *s.end
	other := ""
	if s.start != nil && end.zoneName() != s.start.zoneName() && end.zoneName() != "" {
		other = " " + end.zoneName()
	}
	if s.start != nil && !end.date && onOneDay(*s.start, end) {
		return clockOf(end) + other
	}
	return w.at(end) + other
}

// clocks is a time without its day, if it has one.
func (w Wording) clocks(s span) string {
	if s.end == nil {
		return clockOf(*s.start)
	}
	return clockOf(*s.start) + "-" + w.endOf(s)
}

// time tells of a change of the group "time".
func (t *teller) time(d *delta) []string {
	var a, b span
	if d.from != nil {
		a = spanOf(d.from.src, t.a.zones)
	}
	if d.to != nil {
		b = spanOf(d.to.src, t.b.zones)
	}
	if d.component == "VTODO" {
		return t.taskTime(d, a, b)
	}
	var line string
	switch {
	case a == b:
	case a.start == nil:
		line = "now on " + t.span(b) + zoneBehind(b)
	case b.start == nil:
		line = "no time any more (was " + t.span(a) + zoneBehind(a) + ")"
	case a.start.exact() == b.start.exact():
		line = t.newEnd(a, b)
	case a.start.zoneName() != b.start.zoneName() && a.start.zoneName() != "" && b.start.zoneName() != "":
		line = t.newZone(d, a, b)
	default:
		line = t.moved(a, b)
	}
	if line == "" {
		return t.otherFields(d, "time")
	}
	return []string{line}
}

func zoneBehind(s span) string {
	if s.start == nil || s.start.zoneName() == "" {
		return ""
	}
	return " " + s.start.zoneName()
}

func (t *teller) newEnd(a, b span) string {
	switch {
	case a.end == nil && b.end == nil:
		return ""
	case a.end == nil:
		return "now ends " + t.lastOf(b)
	case b.end == nil:
		return "no end any more (was " + t.lastOf(a) + ")"
	case a.end.exact() == b.end.exact():
		return ""
	}
	return "now ends " + t.lastOf(b) + " (was " + t.lastOf(a) + ")"
}

// lastOf is the end of something for a person: of what lasts all day the last day.
func (t *teller) lastOf(s span) string {
	if s.start.date && s.end.date {
		last := *s.end
		last.wall = last.wall.AddDate(0, 0, -1)
		return t.day(last)
	}
	return t.endOf(s)
}

// moved says both times, and once what stays.
func (t *teller) moved(a, b span) string {
	from, to := t.span(a), t.span(b)
	zone := b.start.zoneName()
	if a.start.zoneName() != zone {
		return "moved from " + from + zoneBehind(a) + " to " + to + zoneBehind(b)
	}
	if onOneDay(*a.start, *b.start) && !a.start.date {
		day := t.day(*b.start)
		if zone != "" {
			day += ", " + zone
		}
		return "moved from " + t.clocks(a) + " to " + t.clocks(b) + " (" + day + ")"
	}
	if a.start.date && b.start.date {
		return "moved from " + t.days(a) + " to " + t.days(b)
	}
	return "moved from " + from + " to " + to + zoneBehind(b)
}

// taskTime tells of when a task is due and when it starts.
func (t *teller) taskTime(d *delta, a, b span) []string {
	var out []string
	if line := t.oneTime("due", a.end, b.end); line != "" {
		out = append(out, line)
	}
	if line := t.oneTime("starts", a.start, b.start); line != "" {
		out = append(out, line)
	}
	if len(out) == 0 {
		return t.otherFields(d, "time")
	}
	t.words.When = "" // the lines say it
	return out
}

func (t *teller) oneTime(word string, a, b *moment) string {
	switch {
	case a == nil && b == nil || a != nil && b != nil && a.exact() == b.exact():
		return ""
	case a == nil:
		return "now " + word + " " + t.zoned(*b)
	case b == nil:
		return "not " + word + " at a time any more (was " + t.zoned(*a) + ")"
	case a.zoneName() == b.zoneName():
		if !a.date && onOneDay(*a, *b) {
			return word + " " + clockOf(*a) + " → " + clockOf(*b) + " (" + t.day(*b) + ")"
		}
		return word + " " + t.at(*a) + " → " + t.at(*b)
	}
	return word + " " + t.zoned(*a) + " → " + t.zoned(*b)
}
