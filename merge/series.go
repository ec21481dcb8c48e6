package merge

import (
	"strings"

	"vgit/repo/item"
)

// timeLine collects what makes up the group "time". VALUE=DATE-TIME is a default; that VALUE=DATE never is one shows in a date
// without it.
func (r *lineReader) timeLine(name string, l *item.Leaf) {
	if strings.TrimSpace(l.Value()) == "" {
		return
	}
	params := l.Params()
	e := r.part.slot(pick(r.in.Name == "VALARM", "trigger", "time"), group, true).only()
	lower := strings.ToLower(name)
	addParams(e, params, lower+";", "VALUE", "TZID")
	m := r.zones.moment(param(params, "TZID"), l.Value())
	if strings.HasPrefix(name, "D") && name != "DURATION" && m.date != strings.EqualFold(param(params, "VALUE"), "DATE") {
		e.set(same(lower+";value", "another type than it says"))
	}
	switch name {
	case "DTSTART":
		if r.starts > 1 {
			e.set(same("starts", l.Value()))
		}
	case "DTEND":
		r.end.dtend = e.least("further end", r.end.dtend, &m)
	case "DUE":
		r.end.due = e.least("further due", r.end.due, &m)
	case "DURATION":
		r.duration(e, l)
	default: // a twin of VALUE=DATE, derived from it as a rule
		value := strings.ToUpper(strings.TrimSpace(l.Value()))
		f := same(lower, value)
		if r.start != nil && (value == "TRUE" || value == "1") == r.start.date {
			f.loose = ""
		}
		e.set(f)
	}
}

// least returns the lesser of two moments, so that the order of two lines of one name does not matter. That there are two is a
// field of its own.
func (e *entry) least(name string, known, m *moment) *moment {
	switch {
	case known == nil:
		return m
	case m.exact() < known.exact():
		m, known = known, m
	}
	e.set(same(name, m.exact()))
	return known
}

// duration is one of an alarm that repeats, or of the component itself.
func (r *lineReader) duration(e *entry, l *item.Leaf) {
	switch {
	case r.in.Name == "VALARM":
		e.set(same("duration", canonDuration(l.Value())))
	case r.end.duration == "":
		r.end.duration = l.Value()
	default:
		e.set(same("further duration", min(r.end.duration, l.Value())))
		r.end.duration = max(r.end.duration, l.Value())
	}
}

// finishTime writes start and end into the group "time", when all lines are known.
func (r *lineReader) finishTime() {
	if r.in.Name == "VALARM" || r.start == nil && r.end == (endpoints{}) {
		return
	}
	e := r.part.slot("time", group, true).only()
	if r.start != nil {
		e.set(r.momentField("start", *r.start))
	}
	if r.end.due != nil {
		e.set(r.momentField("due", *r.end.due))
	}
	if r.end.dtend != nil {
		f := r.momentField("end", *r.end.dtend)
		if r.repeats {
			f.loose = r.length(*r.end.dtend)
		}
		e.set(f)
	}
	if r.end.duration != "" {
		e.set(r.durationField())
	}
}

func (r *lineReader) momentField(name string, m moment) field {
	f := field{name: name, exact: m.exact(), loose: m.once(), show: m.show()}
	if r.repeats {
		f.loose = m.again()
	}
	return f
}

// length is the time from start to end of something that repeats: the amount that every occurrence lasts.
func (r *lineReader) length(end moment) string {
	if r.start == nil {
		return end.again()
	}
	if r.start.date && end.date {
		return duration{days: int64(end.wall.Sub(r.start.wall).Hours() / 24)}.String()
	}
	from, okFrom := r.start.instant()
	to, okTo := end.instant()
	if !okFrom || !okTo {
		if r.start.raw != "" || end.raw != "" || okFrom != okTo || r.start.date != end.date {
			return end.again()
		}
		from, to = r.start.wall, end.wall
	}
	return duration{seconds: int64(to.Sub(from).Seconds())}.String()
}

// durationField is DURATION as the end of the component. Where start and duration give one end, DTEND (of a task DUE) with that
// end is weakly the same.
func (r *lineReader) durationField() field {
	name := "end"
	if r.in.Name == "VTODO" {
		name = "due"
	}
	f := same(name, canonDuration(r.end.duration))
	d, ok := parseDuration(r.end.duration)
	if !ok || r.start == nil || r.start.raw != "" {
		return f
	}
	if !r.repeats {
		f.loose = r.start.add(d).once()
		return f
	}
	zone := r.start.zone
	if name == "due" {
		f.loose = r.start.add(d).again()
	} else if d.days != 0 && !r.start.date && (r.start.utc || zone != nil && zone.loc != nil && fixed(zone.loc, r.start.wall)) {
		f.loose = duration{seconds: d.seconds + 86400*d.days}.String()
	}
	return f
}

// rule reads RRULE or EXRULE into the group "rule".
func (r *lineReader) rule(name string, l *item.Leaf) {
	e := r.part.slot("rule", group, true).only()
	e.set(same(strings.ToLower(name), canonRule(l.Value(), r.start)))
	addParams(e, l.Params(), strings.ToLower(name)+";", "VALUE")
}

// dates reads EXDATE and RDATE: each date is the state of an occurrence.
func (r *lineReader) dates(name string, l *item.Leaf) {
	state := "excluded"
	if name == "RDATE" {
		state = "extra"
	}
	tzid := l.Param("TZID")
	n := 0
	for value := range strings.SplitSeq(l.Value(), ",") {
		n++
		value = strings.TrimSpace(value)
		if value == "" {
			continue
		}
		from, until, period := strings.Cut(value, "/")
		m := r.zones.moment(tzid, from)
		word := state
		if period {
			word += r.period(m, tzid, until)
		}
		d := occurrence(m, r.series)
		if prefix := strings.TrimSpace(r.part.prefix); prefix != "" {
			d = prefix + " " + d // an override that excludes something: nonsense, but kept apart
		}
		r.seen(d, word, source{leaf: l, at: n})
	}
}

// period is the length of an RDATE with VALUE=PERIOD.
func (r *lineReader) period(from moment, tzid, until string) string {
	if d, ok := parseDuration(until); ok {
		return " until " + from.add(d).once()
	}
	return " until " + r.zones.moment(tzid, until).once()
}

// trigger reads the TRIGGER of an alarm.
func (r *lineReader) trigger(l *item.Leaf) {
	if strings.TrimSpace(l.Value()) == "" {
		return
	}
	params := l.Params()
	e := r.part.slot("trigger", group, true).only()
	value := canonDuration(l.Value())
	if _, ok := parseDuration(l.Value()); !ok {
		value = r.zones.moment(param(params, "TZID"), l.Value()).once()
	}
	e.set(same("trigger", value))
	skip := []string{"TZID"}
	if strings.EqualFold(param(params, "VALUE"), "DURATION") {
		skip = append(skip, "VALUE")
	}
	if strings.EqualFold(param(params, "RELATED"), "START") {
		skip = append(skip, "RELATED")
	}
	addParams(e, params, "trigger;", skip...)
}
