package merge

import (
	"fmt"
	"strings"
	"time"
)

// newZone tells of a start in another zone.
func (t *teller) newZone(d *delta, a, b span) string {
	head := "time zone " + a.start.zoneName() + " → " + b.start.zoneName()
	from, okA := a.start.instant()
	to, okB := b.start.instant()
	switch {
	case !okA || !okB:
		return t.moved(a, b)
	case from.Equal(to) && sameLength(a, b):
		if t.repeats(d) {
			if by, since := drift(*a.start, *b.start); by != 0 {
				since.wall = nextOccurrence(d.from, since.wall)
				return head + " (moves by " + amount(by) + " from " + t.dayShort(since) + ")"
			}
		}
		return head + " (same moment)"
	case from.Equal(to) && a.start.wall.Equal(b.start.wall):
		return t.newEnd(a, b)
	case a.start.wall.Equal(b.start.wall):
		by := to.Sub(from)
		word := "later"
		if by < 0 {
			by, word = -by, "earlier"
		}
		return head + " (" + t.at(*b.start) + " stays, which is " + amount(by) + " " + word + ")"
	}
	return t.moved(a, b)
}

func (t *teller) repeats(d *delta) bool {
	return d.from != nil && d.to != nil && d.from.src.Leaf("RRULE") != nil && d.to.src.Leaf("RRULE") != nil
}

// dayShort is a day without its weekday.
func (w Wording) dayShort(m moment) string {
	_, day, _ := strings.Cut(w.day(m), " ")
	return day
}

func sameLength(a, b span) bool {
	if a.end == nil || b.end == nil {
		return a.end == b.end
	}
	from, okA := a.end.instant()
	to, okB := b.end.instant()
	return okA && okB && from.Equal(to)
}

// driftYears is how far ahead two zones are compared.
const driftYears = 2

// drift finds from when on two zones that agree at a moment do not: by how much, and the day.
func drift(a, b moment) (time.Duration, moment) {
	la, lb := a.location(), b.location()
	at, _ := a.instant()
	end := at.AddDate(driftYears, 0, 0)
	apart := offsetAt(la, at) - offsetAt(lb, at)
	for at.Before(end) {
		at = earlier(nextChange(la, at), nextChange(lb, at))
		if at.IsZero() {
			break
		}
		if now := offsetAt(la, at) - offsetAt(lb, at); now != apart {
			by := time.Duration(now-apart) * time.Second
			if by < 0 {
				by = -by
			}
			return by, moment{wall: at.In(la)}
		}
	}
	return 0, moment{}
}

func (m moment) location() *time.Location {
	if m.zone != nil && m.zone.loc != nil {
		return m.zone.loc
	}
	return time.UTC
}

func offsetAt(loc *time.Location, t time.Time) int {
	_, offset := t.In(loc).Zone()
	return offset
}

func nextChange(loc *time.Location, t time.Time) time.Time {
	_, end := t.In(loc).ZoneBounds()
	return end
}

// earlier is the earlier of two times; the zero time is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// nextOccurrence is the first day from there on that the rule of a series names; the day itself where that cannot be told.
func nextOccurrence(c *component, from time.Time) time.Time {
	if c.start == nil || c.start.raw != "" {
		return from
	}
	rule, ok := parseDayRule(c.src.Leaf("RRULE").Value(), *c.start)
	if !ok {
		return from
	}
	begin := rule.period(civilOf(c.start.wall))
	for i := range 400 {
		next := from.AddDate(0, 0, i)
		if d := civilOf(next); rule.gives(d) && (rule.period(d)-begin)%rule.interval == 0 {
			return next
		}
	}
	return from
}

// amount is a time span in words: "an hour", "30 min", "2 h 30 min", "3 days".
func amount(d time.Duration) string {
	var parts []string
	add := func(n time.Duration, word string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	if d == time.Hour {
		return "an hour"
	}
	add(d/time.Hour, "h")
	add(d%time.Hour/time.Minute, "min")
	add(d%time.Minute/time.Second, "s")
	if len(parts) == 0 {
		return "0 min"
	}
	return strings.Join(parts, " ")
}
