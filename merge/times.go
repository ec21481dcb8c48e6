package merge

import (
	"strings"
	"time"

	"vgit/repo/item"
)

// moment is one date or date-time as an item has it.
type moment struct {
	wall time.Time // year to second, in UTC fields
	date bool      // a date without a time
	utc  bool
	zone *zone  // of a date-time with TZID
	raw  string // the value, when it cannot be read
}

// parseMoment reads 20260302, 20260302T100000 and 20260302T100000Z. The zone is not set.
func parseMoment(s string) moment {
	s = strings.ToUpper(strings.TrimSpace(s))
	bad := moment{raw: s}
	if s == "" {
		bad.raw = "?"
	}
	body, utc := strings.CutSuffix(s, "Z")
	if len(body) != 8 && len(body) != 15 || len(body) == 15 && body[8] != 'T' || len(body) == 8 && utc {
		return bad
	}
	year, month, day := number(body[:4]), number(body[4:6]), number(body[6:8])
	hour, minute, second := 0, 0, 0
	if len(body) == 15 {
		hour, minute, second = number(body[9:11]), number(body[11:13]), number(body[13:15])
	}
	if year < 0 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
		second < 0 || second > 60 {
		return bad
	}
	return moment{
		wall: time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC),
		date: len(body) == 8,
		utc:  utc,
	}
}

// number reads digits only; anything else is -1.
func number(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = 10*n + int(s[i]-'0')
	}
	return n
}

// moment reads one value of a property with its TZID.
func (z *zones) moment(tzid, value string) moment {
	m := parseMoment(value)
	if tzid != "" && m.raw == "" && !m.date && !m.utc {
		m.zone = z.get(tzid)
	}
	return m
}

// startOf returns the DTSTART of a component, or nil, and how many there are. Of several, which is an error, it is the least as
// text, so that their order does not matter.
func (z *zones) startOf(c *item.Component) (least *moment, n int) {
	for l := range c.Leaves() {
		if l.Name == "DTSTART" && strings.TrimSpace(l.Value()) != "" {
			n++
			if m := z.moment(l.Param("TZID"), l.Value()); least == nil || m.exact() < least.exact() {
				least = &m
			}
		}
	}
	return least, n
}

func inZone(wall time.Time, loc *time.Location) time.Time {
	return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, loc)
}

const (
	dateLayout = "20060102"
	timeLayout = "20060102T150405"
)

func stamp(t time.Time) string { return t.Format(timeLayout) }

// exact is the moment as written: wall time, and zone by the name that the file gives it.
func (m moment) exact() string {
	switch {
	case m.raw != "":
		return m.raw
	case m.date:
		return m.wall.Format(dateLayout)
	case m.utc:
		return stamp(m.wall) + "Z"
	case m.zone != nil:
		return stamp(m.wall) + " " + m.zone.exact
	}
	return stamp(m.wall)
}

// show is the moment for people.
func (m moment) show() string {
	if m.zone != nil && m.raw == "" && !m.date && !m.utc {
		return stamp(m.wall) + " " + m.zone.name
	}
	return m.exact()
}

// instant returns the point in time, if there is one that can be told.
func (m moment) instant() (time.Time, bool) {
	switch {
	case m.raw != "" || m.date:
		return time.Time{}, false
	case m.utc:
		return m.wall, true
	case m.zone != nil && m.zone.loc != nil:
		return inZone(m.wall, m.zone.loc).UTC(), true
	}
	return time.Time{}, false
}

// once compares moments of which only the instant counts.
func (m moment) once() string {
	if t, ok := m.instant(); ok {
		return stamp(t) + "Z"
	}
	if m.zone != nil {
		return stamp(m.wall) + " " + m.zone.alike
	}
	return m.exact()
}

// again compares moments that come again by a rule: wall time and zone count, but for zones whose clocks never change.
func (m moment) again() string {
	if m.zone == nil || m.zone.loc == nil {
		return m.once()
	}
	t, _ := m.instant()
	if fixed(m.zone.loc, t) {
		return stamp(t) + "Z"
	}
	return stamp(m.wall) + " " + m.zone.alike
}

// add moves a moment by a duration: days on the calendar, seconds on the clock.
func (m moment) add(d duration) moment {
	m.wall = m.wall.AddDate(0, 0, int(d.days))
	if d.seconds == 0 {
		return m
	}
	if m.zone != nil && m.zone.loc != nil {
		t := inZone(m.wall, m.zone.loc).Add(time.Duration(d.seconds) * time.Second)
		m.wall = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
		return m
	}
	m.wall = m.wall.Add(time.Duration(d.seconds) * time.Second)
	return m
}

// in returns the wall time of the moment in the zone of another one.
func (m moment) in(o moment) time.Time {
	t, ok := m.instant()
	if !ok {
		return m.wall
	}
	if o.zone != nil && o.zone.loc != nil {
		return t.In(o.zone.loc)
	}
	if o.utc {
		return t
	}
	return m.wall
}

// occurrence names the occurrence at m of a series that starts at master: the local date, with the time of day where it is
// another than that of the series. Without a master it is the instant.
func occurrence(m moment, master *moment) string {
	switch {
	case m.raw != "":
		return m.raw
	case master == nil || master.raw != "":
		return m.once()
	case master.date:
		return m.wall.Format(dateLayout)
	case m.date:
		return m.wall.Format(dateLayout) + " (date)"
	}
	local := m.in(*master)
	if local.Format("150405") == master.wall.Format("150405") {
		return local.Format(dateLayout)
	}
	return stamp(local)
}
