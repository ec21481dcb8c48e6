package merge

import (
	"slices"
	"strings"
	"time"

	"vgit/repo/item"
)

// Row is one thing that an item says: "place", "Room 4". Nothing is cut or sanitised, and a text may have several lines.
type Row struct {
	Occurrence string // whose it is, in words; "": of the item itself, or of its series
	Noun       string
	Value      string
	// More belongs behind the value: what of a series is not as its rule says.
	More []string
}

// Shown is an item for a person to read.
type Shown struct {
	Type, Title string
	Rows        []Row
}

// Show puts all that an item says into words. Of an occurrence there is what differs from its series. What has no words is given as it
// stands, and so is an item that cannot be read. Bookkeeping, rules as written and what tells bytes apart that are not shown are there
// if Verbose asks for it.
func (w Wording) Show(it *item.Item) Shown {
	s := Shown{Type: typeOf(it), Title: it.Summary()}
	if it.State() != item.Sound {
		s.Rows = []Row{{Noun: "not readable", Value: it.Problem()}, {Noun: "as it stands", Value: asLines(string(it.Bytes()))}}
		return s
	}
	t := &teller{Wording: w, b: modelOf(it), plain: !w.Verbose}
	var series []Row
	var calendar []Row
	for _, c := range inOrder(t.b) {
		rows := t.rows(c, t.say, t.sayAlarm)
		switch {
		case c.name == "VCALENDAR":
			calendar = rows
			continue
		case c.occurs() && series == nil:
			rows = ofOccurrence(c, rows)
		case c.occurs():
			rows = ofOccurrence(c, unlike(series, rows))
		default:
			series = append(series, rows...)
			rows = s.withoutTitle(rows)
		}
		s.Rows = append(s.Rows, rows...)
	}
	s.Rows = t.exceptions(s.Rows)
	s.Rows = append(s.Rows, calendar...)
	return s
}

// withoutTitle leaves out what stands above the rows already.
func (s *Shown) withoutTitle(rows []Row) []Row {
	at := slices.IndexFunc(rows, func(r Row) bool { return (r.Noun == "title" || r.Noun == "shown name") && r.Value == s.Title })
	if at < 0 {
		return rows
	}
	return slices.Delete(slices.Clone(rows), at, at+1)
}

// asLines are lines with one kind of end.
func asLines(s string) string {
	return strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
}

// say puts one entry of a slot into words for a person.
func (t *teller) say(c *component, s *slot, e *entry, add adder) {
	if t.Verbose {
		t.sayBookkeeping(s, e, add)
	}
	if s.kind.bookkeeping() {
		return
	}
	switch s.name {
	case "summary":
		add(aboutTitle, "title", e.text()+asideOf(e))
	case "version":
		if t.Verbose {
			add(aboutSpelling, "version", e.text()+asideOf(e))
		}
	case "uid":
		add(aboutSpelling, "UID", e.text()+asideOf(e))
	case "time":
		t.wholeTime(c, e, add)
		t.otherParts(e, aboutTime, add, "start", dueOf(c))
	case "rule":
		t.sayRule(c, e, add)
	case "attendee":
		add(aboutPeople, "attendee", person(e)+replyOf(e)+asideOf(e, "cn", "partstat"))
	case "organizer":
		add(aboutPeople, "organizer", person(e)+asideOf(e, "cn"))
	case "photo", "logo", "key", "sound", "attach", "image":
		t.sayData(s, e, add)
	case "done":
		sayDone(e, t, add)
	default:
		t.sayOther(s, e, add)
	}
}

func (t *teller) sayOther(s *slot, e *entry, add adder) {
	if s.kind == group {
		for i := range e.fields {
			if f := &e.fields[i]; f.limit != Bookkeeping {
				add(sectionOf(s.name), partNoun(f.name), f.text())
			}
		}
		return
	}
	speech, value, aside := speechOf(s.name), e.text(), asideOf(e)
	switch {
	case s.name == "member" && t.Named != nil && t.Named(value) != "":
		if aside = asideOf(e, "as"); t.Verbose {
			aside = " <" + value + ">" + asideOf(e)
		}
		value = t.Named(value)
	case e.comp != nil:
		value = asLines(string(e.comp.Bytes()))
	case speech.value == inWords:
		value = enumInWords(value)
	case speech.value == aDate:
		value = cardDateInWords(value)
	case s.name == "org" || e.field("value") == nil:
		value = wholeEntry(e)
	}
	add(speech.about, speech.noun, value+aside)
}

// sayBookkeeping adds what a person rarely wants to see.
func (t *teller) sayBookkeeping(s *slot, e *entry, add adder) {
	for i := range e.fields {
		f := &e.fields[i]
		switch {
		case s.kind.bookkeeping() && f.name == "value":
			add(aboutBookkeeping, strings.ToUpper(s.name), f.text())
		case s.kind.bookkeeping() || f.limit == Bookkeeping:
			add(aboutBookkeeping, strings.ToUpper(s.name)+" "+partNoun(f.name), f.text())
		}
	}
}

func (t *teller) sayRule(c *component, e *entry, add adder) {
	for i := range e.fields {
		f := &e.fields[i]
		if f.name != "rrule" {
			continue
		}
		for rule := range strings.SplitSeq(f.exact, "\x1e") {
			words := rule
			if r, ok := readRule(rule); ok {
				words = joined(t.parts(r, c.start))
				if t.Verbose {
					words += " [" + rule + "]"
				}
			}
			add(aboutRule, "repeats", words)
		}
	}
	t.otherParts(e, aboutRule, add, "rrule")
}

func (t *teller) sayData(s *slot, e *entry, add adder) {
	what := e.text()
	if print := fingerprint(e); print != "" {
		what = dataInWords(e)
		if t.Verbose {
			what += print
		}
	}
	add(aboutRest, speechOf(s.name).noun, what+asideOf(e, "mediatype", "fmttype"))
}

func sayDone(e *entry, t *teller, add adder) {
	for i := range e.fields {
		f := &e.fields[i]
		switch m := parseMoment(f.text()); {
		case f.limit == Bookkeeping:
		case f.name == "status":
			add(aboutStatus, "status", enumInWords(f.text()))
		case f.name == "percent-complete":
			add(aboutStatus, "done", f.text()+" %")
		case f.name == "completed" && m.raw == "":
			add(aboutStatus, "completed", t.zoned(m)+t.localTime(span{start: &m}))
		default:
			add(aboutStatus, partNoun(f.name), f.text())
		}
	}
}

// person is somebody as mail programs write one.
func person(e *entry) string {
	if name := e.field("cn").shown(); name != "" {
		return name + " <" + e.text() + ">"
	}
	return e.text()
}

// replyOf is what an attendee said.
func replyOf(e *entry) string {
	switch said := e.field("partstat").shown(); said {
	case "", "NEEDS-ACTION":
		return ", has not answered"
	default:
		return ", " + enumInWords(said)
	}
}

// asideOf is what else is said of an entry, as ` (work, preferred, "Blog")`.
func asideOf(e *entry, but ...string) string {
	var parts, last []string
	for i := range e.fields {
		f := &e.fields[i]
		value := f.text()
		if f.name == "value" || f.limit == Bookkeeping || f.part > 0 || slices.Contains(but, f.name) || value == "" {
			continue
		}
		switch noun, enumerated := paramWords(f.name); {
		case f.name == "type":
			parts = append(parts, strings.ToLower(value))
		case f.name == "x-ablabel":
			last = append(last, `"`+labelOf(e)+`"`)
		case enumerated:
			last = append(last, noun+" "+strings.ToLower(value))
		default:
			last = append(last, noun+" "+value)
		}
	}
	if e.pref > 0 {
		parts = append(parts, "preferred")
	}
	slices.Sort(last)
	if parts = append(parts, last...); len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func (t *teller) sayAlarm(a *component) string {
	words := t.wholeAlarm(a)
	if a.limit == Bookkeeping {
		words += ", set by a program"
	}
	return words
}

// localTime is when something is on the clocks of this place, where these show another time: " (16:00-17:00 local time)".
func (t *teller) localTime(s span) string {
	if t.Local == nil || s.start == nil {
		return ""
	}
	start, ok := t.onLocalClocks(s.start)
	if !ok {
		return ""
	}
	there := span{start: &start}
	if s.end != nil {
		if end, ok := t.onLocalClocks(s.end); ok {
			there.end = &end
		}
	}
	if start.wall.Equal(s.start.wall) && (there.end == nil || there.end.wall.Equal(s.end.wall)) {
		return ""
	}
	words := t.span(there)
	if onOneDay(*s.start, start) && (there.end == nil || onOneDay(start, *there.end)) {
		words = t.clocks(there)
	}
	return " (" + words + " local time)"
}

func (t *teller) onLocalClocks(m *moment) (moment, bool) {
	at, ok := m.instant()
	if !ok {
		return moment{}, false
	}
	at = at.In(t.Local)
	return moment{wall: time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC)}, true
}
