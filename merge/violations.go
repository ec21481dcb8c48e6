package merge

import (
	"strings"

	"vgit/repo/item"
)

// violation is one thing that does not fit together in a calendar, with the slots that have a part in it.
type violation struct {
	what  string
	where string   // key of the component, as in the model
	slots []string // of that component
	day   string   // of the occurrence, as in the name of its slot; "" if it is about none
	told  bool     // false: it may be one
}

func (v violation) id() string { return v.what + "\x1f" + v.where + "\x1f" + v.day }

// once are the properties of an event or task that may stand there once.
var once = map[string]bool{"UID": true, "DTSTART": true, "DTEND": true, "DUE": true, "DURATION": true, "SUMMARY": true, "LOCATION": true,
	"STATUS": true, "PRIORITY": true, "CLASS": true, "TRANSP": true, "URL": true, "ORGANIZER": true, "GEO": true, "PERCENT-COMPLETE": true,
	"COMPLETED": true, "RECURRENCE-ID": true, "SEQUENCE": true, "CREATED": true, "LAST-MODIFIED": true, "DTSTAMP": true, "COLOR": true}

// checker looks at one calendar.
type checker struct {
	zones     *zones
	series    *moment
	master    *item.Component
	rules     []string
	organizer string // of the series
	found     []violation
	excluded  map[string]bool
	extra     map[string]bool
	overrides map[string]int
	at        map[string]moment // of the occurrences that are excluded or overridden
	days      []string          // their names, in the order of the file
}

// violations lists what does not fit together in a calendar.
func violations(it *item.Item) []violation {
	if it.State() != item.Sound || isCard(it) {
		return nil
	}
	cal := calendarOf(it)
	c := checker{zones: newZones(cal), excluded: map[string]bool{}, extra: map[string]bool{}, overrides: map[string]int{}, at: map[string]moment{}}
	if m := it.Master(); m != nil && m.Leaf("RECURRENCE-ID") == nil {
		c.master = m
		c.series, _ = c.zones.startOf(m)
		if l := m.Leaf("ORGANIZER"); l != nil {
			c.organizer = addressKey(canonValue(asAddress, l.Value()), l.Params())
		}
	}
	for part := range cal.Components() {
		if isEntry(part.Name) {
			c.component(part)
		}
	}
	c.occurrences()
	return c.found
}

// entryCheck is what a component says, as far as it has to fit together.
type entryCheck struct {
	*checker
	key             string
	name, day       string
	start, end, due *moment
	duration        *item.Leaf
	status, percent string
	attendees       bool
	organizer       *item.Leaf
	until           []moment
	count           map[string]int
}

func (c *checker) component(part *item.Component) {
	e := entryCheck{checker: c, name: part.Name, key: "series " + part.Name, count: map[string]int{}}
	if l := part.Leaf("RECURRENCE-ID"); l != nil {
		at := c.zones.at(source{leaf: l})
		e.day = occurrence(at, c.series)
		if l.Param("RANGE") == "" {
			c.see(e.day, at)
			c.overrides[e.day+" "+part.Name]++
		}
		e.key = "occurrence " + e.day + " " + part.Name
	}
	for l := range part.Leaves() {
		e.line(l)
	}
	e.times()
	e.rest()
}

// see keeps the moment of an occurrence.
func (c *checker) see(day string, at moment) {
	if _, known := c.at[day]; !known {
		c.at[day] = at
		c.days = append(c.days, day)
	}
}

func (e *entryCheck) line(l *item.Leaf) {
	if e.count[l.Name]++; e.count[l.Name] == 2 && once[l.Name] {
		slot := calendarProperties[l.Name].slot
		if slot == "" {
			slot = strings.ToLower(l.Name)
		}
		if e.name == "VTODO" && (l.Name == "STATUS" || l.Name == "COMPLETED" || l.Name == "PERCENT-COMPLETE") {
			slot = "done"
		}
		if slot == "dtstart" || slot == "dtend" || slot == "due" || slot == "duration" {
			slot = "time"
		}
		e.add("more than one "+l.Name, slot)
	}
	moment := func() *moment {
		m := e.zones.at(source{leaf: l})
		return &m
	}
	switch l.Name {
	case "DTSTART":
		e.start = moment()
	case "DTEND":
		e.end = moment()
	case "DUE":
		e.due = moment()
	case "DURATION":
		e.duration = l
	case "STATUS":
		e.status = strings.ToUpper(strings.TrimSpace(l.Value()))
	case "PERCENT-COMPLETE":
		e.percent = canonNumber(l.Value())
	case "ATTENDEE":
		e.attendees = true
	case "ORGANIZER":
		e.organizer = l
	case "RRULE":
		e.rule(l)
	case "EXDATE", "RDATE":
		e.dates(l)
	}
}

func (e *entryCheck) rule(l *item.Leaf) {
	if e.key == "series "+e.name {
		e.rules = append(e.rules, l.Value())
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(strings.ToUpper(l.Value()), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	if parts["UNTIL"] != "" {
		e.until = append(e.until, parseMoment(parts["UNTIL"]))
		if parts["COUNT"] != "" {
			e.add("UNTIL and COUNT", "rule")
		}
	}
}

func (e *entryCheck) dates(l *item.Leaf) {
	tzid := l.Param("TZID")
	for value := range strings.SplitSeq(l.Value(), ",") {
		value, _, _ = strings.Cut(strings.TrimSpace(value), "/")
		if value == "" || e.day != "" {
			continue
		}
		at := e.zones.moment(tzid, value)
		day := occurrence(at, e.series)
		if l.Name == "RDATE" {
			e.extra[day] = true
			continue
		}
		e.excluded[day] = true
		e.see(day, at)
	}
}

func (e *entryCheck) add(what string, slots ...string) {
	e.found = append(e.found, violation{what: what, where: e.key, slots: slots, told: true})
}

// times checks start, end and length.
func (e *entryCheck) times() {
	for _, end := range []*moment{e.end, e.due} {
		if end == nil {
			continue
		}
		if e.duration != nil {
			e.add("an end and a duration", "time")
		}
		if e.start == nil || e.start.raw != "" || end.raw != "" {
			continue
		}
		switch {
		case e.start.date != end.date:
			e.add("a date beside a time", "time")
		case before(*end, *e.start):
			e.add("the end is before the start", "time")
		}
	}
	if e.name == "VTODO" && e.duration != nil && e.start == nil {
		e.add("a duration without a start", "time")
	}
	for _, until := range e.until {
		if e.start != nil && e.start.raw == "" && until.raw == "" && until.date != e.start.date {
			e.add("UNTIL is of another type than the start", "time", "rule")
		}
	}
}

// before compares two moments, by the clock on the wall where one of them floats.
func before(a, b moment) bool {
	x, okX := a.instant()
	y, okY := b.instant()
	if okX && okY {
		return x.Before(y)
	}
	return a.wall.Before(b.wall)
}

// rest checks people and the state of a task.
func (e *entryCheck) rest() {
	if e.attendees && e.organizer == nil {
		e.add("attendees without an organizer", "organizer", "attendee")
	}
	if e.day != "" && e.organizer != nil && e.checker.organizer != "" &&
		addressKey(canonValue(asAddress, e.organizer.Value()), e.organizer.Params()) != e.checker.organizer {
		e.found = append(e.found, violation{what: "another organizer than the series has", where: e.key, slots: []string{"organizer"}, day: e.day, told: true})
	}
	if e.name == "VTODO" && e.status == "COMPLETED" && e.percent != "" && e.percent != "100" {
		e.add("completed, but not by 100 %", "done")
	}
}

// occurrences checks what is said of single ones.
func (c *checker) occurrences() {
	var x *expansion
	asked := false
	for _, day := range c.days {
		add := func(what string, told bool) {
			c.found = append(c.found, violation{what: what, day: day, told: told})
		}
		overridden := 0
		for _, name := range []string{"VEVENT", "VTODO", "VJOURNAL"} {
			n := c.overrides[day+" "+name]
			if overridden += n; n > 1 {
				add("two components for one occurrence", true)
			}
		}
		if c.excluded[day] && overridden > 0 {
			add("excluded and overridden", true)
		}
		if c.series == nil || c.master == nil || c.extra[day] {
			continue
		}
		if c.series.date != c.at[day].date && c.at[day].raw == "" && c.series.raw == "" {
			add("of another type than the start of the series", true)
			continue
		}
		if !asked {
			x, asked = expand(*c.series, c.rules), true
		}
		switch yes, known := x.has(c.at[day]); {
		case !known:
			add("the series may not reach it", false)
		case !yes:
			add("the series does not reach it", true)
		}
	}
}
