package merge

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"vgit/repo/item"
)

// onset is a moment from which a zone has another offset.
type onset struct {
	at     int64 // in seconds since 1970
	offset int
}

// yearsBefore and yearsAfter bound the time in which two definitions of a zone must agree, around the year in which an item starts.
const (
	yearsBefore = 1
	yearsAfter  = 5
)

// offsets is what a definition means around the time of an item: the offsets and when they change. It is false where that cannot be
// told, and the definition has to be compared as it stands.
func offsets(def *item.Component, near time.Time) (string, bool) {
	if near.IsZero() {
		return "", false
	}
	from, to := time.Date(near.Year()-yearsBefore, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(near.Year()+yearsAfter, 1, 1, 0, 0, 0, 0, time.UTC)
	var all []onset
	for c := range def.Components() {
		list, ok := onsets(c, from, to)
		if !ok || len(all) > maxOnsets {
			return "", false
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b onset) int { return int(min(max(a.at-b.at, -1), 1)) })
	var b strings.Builder
	now, known := 0, false
	for _, o := range all {
		switch {
		case o.at > to.Unix():
		case o.at <= from.Unix():
			now, known = o.offset, true
		case !known:
			return "", false // what held before is not said
		default:
			if b.Len() == 0 {
				b.WriteString(strconv.Itoa(now))
			}
			if o.offset != now {
				b.WriteString("," + strconv.Itoa(o.offset) + "@" + strconv.FormatInt(o.at, 36))
			}
			now = o.offset
		}
	}
	if known && b.Len() == 0 {
		b.WriteString(strconv.Itoa(now))
	}
	return b.String(), known
}

// maxOnsets is how many changes of one definition are looked at.
const maxOnsets = 10000

// onsets are those of one STANDARD or DAYLIGHT until a moment, the ones long before left out.
func onsets(c *item.Component, from, to time.Time) ([]onset, bool) {
	first, before, after := c.Leaf("DTSTART"), c.Leaf("TZOFFSETFROM"), c.Leaf("TZOFFSETTO")
	if first == nil || before == nil || after == nil {
		return nil, false
	}
	start := parseMoment(first.Value())
	was, okWas := parseOffset(before.Value())
	is, okIs := parseOffset(after.Value())
	if start.raw != "" || start.date || start.utc || !okWas || !okIs {
		return nil, false
	}
	at := func(wall time.Time) onset { return onset{wall.Unix() - int64(was), is} }
	list := []onset{at(start.wall)}
	for l := range c.Leaves() {
		switch l.Name {
		case "RDATE":
			for _, value := range item.Split(l.Value(), ',') {
				m := parseMoment(value)
				if m.raw != "" || m.date || m.utc {
					return nil, false
				}
				list = append(list, at(m.wall))
			}
		case "RRULE":
			r, ok := parseDayRule(l.Value(), start)
			if !ok {
				return nil, false
			}
			days, ok := r.between(start, was, from, to)
			if !ok {
				return nil, false
			}
			for _, n := range days {
				list = append(list, at(start.wall.AddDate(0, 0, n-dayNumber(start.wall))))
			}
		}
	}
	return list, true
}

// between lists the days that a rule of a zone gives, from some years before a time on. UNTIL is in UTC there, and offset leads to it.
func (r *dayRule) between(start moment, offset int, from, to time.Time) ([]int, bool) {
	if r.until != nil && r.until.utc {
		until := *r.until
		until.wall, until.utc = until.wall.Add(time.Duration(offset)*time.Second), false
		r.until = &until
	}
	if early := from.AddDate(-2, 0, 0); start.wall.Before(early) && r.freq == yearly && r.interval == 1 && r.count == 0 {
		h, m, s := start.wall.Clock()
		start.wall = time.Date(early.Year(), 1, 1, h, m, s, 0, time.UTC)
	}
	end := dayNumber(to)
	if end-dayNumber(start.wall) > maxDays {
		return nil, false
	}
	run := newRunningRule(r, start)
	for !run.done && run.at.n <= end {
		run.step()
	}
	return run.found, true
}
