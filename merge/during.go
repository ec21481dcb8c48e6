package merge

import (
	"strings"
	"time"

	"vgit/repo/item"
)

// During reports whether an item may have to do with the time from since on and before until; a zero one is open. It is generous: only an
// event of which every part is known to be over before, or to begin after, is outside. A time without a zone may be that of any place, and
// what has no time, or one that cannot be read, is inside, as is everything that is no event. Of a series the exceptions are not looked at.
func During(it *item.Item, since, until time.Time) bool {
	if since.IsZero() && until.IsZero() || it.State() == item.Broken {
		return true
	}
	cal := calendarOf(it)
	zones, events := newZones(cal), 0
	for c := range cal.Components() {
		switch c.Name {
		case "VTIMEZONE":
		case "VEVENT":
			if events++; eventDuring(c, zones, since, until) {
				return true
			}
		default:
			return true
		}
	}
	return events == 0
}

// eventDuring is During of one component: an event, a series, or an occurrence that is told of its own.
func eventDuring(c *item.Component, zones *zones, since, until time.Time) bool {
	s := spanOf(c, zones)
	if s.start == nil || s.start.raw != "" || s.end != nil && s.end.raw != "" {
		return true
	}
	first, last := s.start.about()
	length := time.Duration(0)
	switch {
	case s.end != nil:
		_, end := s.end.about()
		length = max(end.Sub(first), 0)
	case s.start.date:
		length = 24 * time.Hour
	}
	forever := false
	for l := range c.Leaves() {
		switch l.Name {
		case "RDATE":
			for value := range strings.SplitSeq(l.Value(), ",") {
				begin, _, _ := strings.Cut(value, "/")
				m := zones.moment(l.Param("TZID"), begin)
				if m.raw != "" || strings.Contains(value, "/") {
					return true
				}
				from, to := m.about()
				first, last = minTime(first, from), maxTime(last, to)
			}
		case "RRULE":
			end, ends := lastOf(l.Value(), *s.start, since)
			forever = forever || !ends
			last = maxTime(last, end)
		}
	}
	return (until.IsZero() || first.Before(until)) && (since.IsZero() || forever || !last.Add(length).Before(since))
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// about is when a moment is: between two times, where the place is not known.
func (m moment) about() (from, to time.Time) {
	if t, ok := m.instant(); ok {
		return t, t
	}
	return m.wall.Add(-14 * time.Hour), m.wall.Add(12 * time.Hour) // the first and the last clocks of the world
}

// farBack bounds how far a rule is followed.
const farBack = 50 * 366

// lastOf is when the last occurrence of a rule begins, at the latest. If it goes on after since, or nobody can tell, it does not end.
func lastOf(rule string, start moment, since time.Time) (last time.Time, ends bool) {
	counted := false
	for part := range strings.SplitSeq(strings.ToUpper(rule), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch strings.TrimSpace(name) {
		case "UNTIL":
			m := parseMoment(value)
			if m.raw != "" {
				return last, false
			}
			if !m.utc && !m.date {
				m.zone = start.zone
			}
			_, last = m.about()
			if m.date {
				last = last.AddDate(0, 0, 1)
			}
			return last, true
		case "COUNT":
			counted = true
		}
	}
	first, far := dayNumber(start.wall), dayNumber(since)+2
	x := expand(start, []string{rule})
	if !counted || x == nil || far-first > farBack {
		return last, false
	}
	r := x.rules[0]
	for !r.done && r.at.n <= far {
		r.step()
	}
	if !r.done || len(r.found) == 0 {
		return last, r.done && len(r.open) == 0
	}
	start.wall = start.wall.AddDate(0, 0, r.found[len(r.found)-1]-first)
	_, last = start.about()
	return last.AddDate(0, 0, 1), true
}
