package davtest

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// calendarFilter makes a test of a CALDAV:filter (RFC 4791 9.7). What it does not understand lets an item through, since a
// client looks at what it gets and cannot look at what it does not.
func calendarFilter(f *node) func(*item) bool {
	root := f.child(nsCal, "comp-filter")
	return func(it *item) bool {
		if root == nil {
			return true
		}
		top, _ := parse(it.body)
		return matchComponents(root, nil, top)
	}
}

// matchComponents tests one comp-filter against the components of one level, and what they are in.
func matchComponents(f *node, in *component, list []*component) bool {
	name := strings.ToUpper(f.attrs["name"])
	if f.child(nsCal, "is-not-defined") != nil {
		return !slices.ContainsFunc(list, func(c *component) bool { return c.name == name })
	}
	return slices.ContainsFunc(list, func(c *component) bool {
		return c.name == name && matchComponent(f, in, c)
	})
}

func matchComponent(f *node, in, c *component) bool {
	if r := f.child(nsCal, "time-range"); r != nil && !inRange(c, in, r.attrs["start"], r.attrs["end"]) {
		return false
	}
	for _, p := range f.all(nsCal, "prop-filter") {
		if !matchProperty(p, nsCal, c) {
			return false
		}
	}
	for _, k := range f.all(nsCal, "comp-filter") {
		if !matchComponents(k, c, c.parts) {
			return false
		}
	}
	return true
}

// matchProperty tests one prop-filter. Parameters and time ranges of properties are not looked at.
func matchProperty(f *node, space string, c *component) bool {
	name := strings.ToUpper(f.attrs["name"])
	var values []string
	for _, l := range c.lines {
		if l.name == name {
			values = append(values, l.value)
		}
	}
	if f.child(space, "is-not-defined") != nil {
		return len(values) == 0
	}
	if len(values) == 0 {
		return false
	}
	texts := f.all(space, "text-match")
	if len(texts) == 0 {
		return true
	}
	all := f.attrs["test"] == "allof"
	for _, t := range texts {
		if matchText(t, values) != all {
			return !all
		}
	}
	return all
}

// collations are what a text-match may name (RFC 4791 7.5, RFC 6352 8.3), each as what makes two texts equal that it
// takes for one.
var collations = map[string]func(string) string{
	"i;octet":           func(s string) string { return s },
	"i;ascii-casemap":   lowerASCII,
	"i;unicode-casemap": strings.ToLower,
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// collation is what a text-match compares by.
func collation(t *node) func(string) string {
	name := t.attrs["collation"]
	switch {
	case name != "" && name != "default":
	case t.name.Space == nsCard:
		name = "i;unicode-casemap"
	default:
		name = "i;ascii-casemap"
	}
	return collations[name]
}

// collated tells whether all collations in a filter are known here.
func collated(f *node) bool {
	if f == nil {
		return true
	}
	if f.name.Local == "text-match" && collation(f) == nil {
		return false
	}
	return !slices.ContainsFunc(f.kids, func(k *node) bool { return !collated(k) })
}

// matchText tests one text-match.
func matchText(t *node, values []string) bool {
	fold := collation(t)
	want := fold(t.text)
	test := map[string]func(string, string) bool{"equals": func(a, b string) bool { return a == b },
		"starts-with": strings.HasPrefix, "ends-with": strings.HasSuffix}[t.attrs["match-type"]]
	if test == nil {
		test = strings.Contains
	}
	found := slices.ContainsFunc(values, func(v string) bool { return test(fold(v), want) })
	return found != (t.attrs["negate-condition"] == "yes")
}

// cardFilter makes a test of a CARDDAV:filter (RFC 6352 10.5).
func cardFilter(f *node) func(*item) bool {
	if f == nil || len(f.all(nsCard, "prop-filter")) == 0 {
		return func(*item) bool { return true }
	}
	all := f.attrs["test"] == "allof"
	filters := f.all(nsCard, "prop-filter")
	return func(it *item) bool {
		top, _ := parse(it.body)
		if len(top) == 0 {
			return false
		}
		for _, p := range filters {
			if matchProperty(p, nsCard, top[0]) != all {
				return !all
			}
		}
		return all
	}
}

// inRange tells whether a component may overlap a range (RFC 4791 9.9), or an alarm may go off in it. Anything recurring overlaps
// from its start to its UNTIL. A zone that is not known here counts as UTC.
func inRange(c, in *component, start, end string) bool {
	from, to := time.Time{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if t, err := time.Parse("20060102T150405Z", start); err == nil {
		from = t
	}
	if t, err := time.Parse("20060102T150405Z", end); err == nil {
		to = t
	}
	if c.name == "VALARM" && in != nil {
		return alarmInRange(c, in, from, to)
	}
	first, last, ok := span(c)
	if !ok {
		return c.name != "VEVENT" && c.name != "VJOURNAL"
	}
	return first.Before(to) && (last.After(from) || last.Equal(first) && !first.Before(from))
}

// alarmInRange tells whether an alarm of an item may go off in a range.
func alarmInRange(alarm, of *component, from, to time.Time) bool {
	trigger, _ := alarm.get("TRIGGER")
	first, last, ok := span(of)
	at, _, absolute := readTime(trigger)
	switch {
	case absolute:
		first, last = at, at
	case !ok:
		return false
	case strings.EqualFold(trigger.param("RELATED"), "END"):
		first = last
	}
	_, recurs := of.get("RRULE")
	_, dates := of.get("RDATE")
	if !recurs && !dates {
		last = first
	}
	if !absolute {
		value, before := strings.CutPrefix(strings.TrimSpace(trigger.value), "-")
		d := readDuration(value)
		if before {
			d = -d
		}
		first, last = first.Add(d), last.Add(d)
	}
	again, _ := alarm.get("REPEAT")
	pause, _ := alarm.get("DURATION")
	for range min(atoi(again.value), 100) + 1 {
		if first.Before(to) && !last.Before(from) {
			return true
		}
		first, last = first.Add(readDuration(pause.value)), last.Add(readDuration(pause.value))
	}
	return false
}

// span is the time that a component covers. ok is false if it has no time at all.
func span(c *component) (first, last time.Time, ok bool) {
	begin, hasBegin := c.get("DTSTART")
	for _, name := range []string{"DTEND", "DUE", "COMPLETED"} {
		l, has := c.get(name)
		if !has {
			continue
		}
		if t, _, good := readTime(l); good && !ok {
			first, last, ok = t, t, true
		}
	}
	if hasBegin {
		t, day, good := readTime(begin)
		if good {
			first = t
			if !ok {
				last = t
				if day {
					last = t.AddDate(0, 0, 1)
				}
			}
			if d, has := c.get("DURATION"); has {
				last = first.Add(readDuration(d.value))
			}
			ok = true
		}
	}
	if rule, has := c.get("RRULE"); has && ok {
		last = lastOf(rule.value, last)
	}
	for _, l := range c.lines {
		if l.name == "RDATE" {
			last = last.AddDate(100, 0, 0)
		}
	}
	return first, last, ok
}

// lastOf is a time after the end of a rule.
func lastOf(rule string, last time.Time) time.Time {
	for _, part := range strings.Split(strings.ToUpper(rule), ";") {
		if until, ok := strings.CutPrefix(part, "UNTIL="); ok {
			if t, _, good := readTime(line{value: until}); good {
				return t.AddDate(0, 0, 2).Add(24 * time.Hour)
			}
		}
	}
	return last.AddDate(1000, 0, 0)
}

// readTime reads a DATE or DATE-TIME.
func readTime(l line) (t time.Time, day, ok bool) {
	value, _, _ := strings.Cut(strings.TrimSpace(l.value), ",")
	if t, err := time.Parse("20060102", value); err == nil {
		return t, true, true
	}
	if t, err := time.Parse("20060102T150405Z", value); err == nil {
		return t, false, true
	}
	zone := time.UTC
	if name := l.param("TZID"); name != "" {
		if z, err := time.LoadLocation(name); err == nil {
			zone = z
		}
	}
	t, err := time.ParseInLocation("20060102T150405", value, zone)
	return t, false, err == nil
}

// readDuration reads an RFC 5545 duration; what it cannot read counts as a day.
func readDuration(s string) time.Duration {
	s = strings.ToUpper(strings.TrimPrefix(strings.TrimSpace(s), "+"))
	rest, ok := strings.CutPrefix(s, "P")
	if !ok {
		return 24 * time.Hour
	}
	var d time.Duration
	n := 0
	units := map[rune]time.Duration{'W': 7 * 24 * time.Hour, 'D': 24 * time.Hour, 'H': time.Hour, 'M': time.Minute, 'S': time.Second}
	for _, r := range rest {
		switch {
		case r >= '0' && r <= '9':
			n = n*10 + int(r-'0')
		case r == 'T':
		default:
			d += time.Duration(n) * units[r]
			n = 0
		}
	}
	return d
}
