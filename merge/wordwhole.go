package merge

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"vgit/repo/item"
)

// wrapAt is how long a line of a text may get in a whole item.
const wrapAt = 100

// Whole puts an item into words, one property a line in an order that does not depend on the file, bookkeeping left out: two versions
// written in this way can be compared line by line. What cannot be read slot by slot is given as it stands. Lines are not sanitised.
func (w Wording) Whole(it *item.Item) []string {
	if it.State() != item.Sound {
		var out []string
		for line := range strings.Lines(string(it.Bytes())) {
			out = append(out, wrapped("", strings.TrimRight(line, "\r\n"))...)
		}
		return out
	}
	t := &teller{Wording: w, b: modelOf(it)}
	t.Verbose = false
	components := inOrder(t.b)
	title := it.Summary()
	if m := it.Master(); m != nil && m.Leaf("RECURRENCE-ID") != nil { // no series, only some occurrences
		title = components[min(1, len(components)-1)].title()
	}
	out, calendar := wrapped("", typeOf(it)+" "+title), []string(nil)
	for _, c := range components {
		if lines := t.component(c); c.name == "VCALENDAR" {
			calendar = lines
		} else {
			out = append(out, lines...)
		}
	}
	for _, s := range t.b.states {
		if states := statesOf(s.one()); states.excluded || states.extra != "" {
			out = append(out, "  "+occurrenceInWords(strings.TrimPrefix(s.name, "occurrence "))+": "+
				strings.Join(slices.DeleteFunc([]string{stateWord(states.excluded, "cancelled"), states.extra}, func(s string) bool { return s == "" }), ", "))
		}
	}
	return append(out, calendar...)
}

// modelOf reads a sound item.
func modelOf(it *item.Item) *model {
	if isCard(it) {
		return readCard(cardOf(it), false)
	}
	return readCalendar(it, nil)
}

// inOrder are the components of an item, the series before its occurrences.
func inOrder(m *model) []*component {
	components := slices.Clone(m.components)
	slices.SortStableFunc(components, func(a, b *component) int {
		if a.occurs() != b.occurs() {
			return cmp.Compare(len(a.prefix), len(b.prefix))
		}
		return cmp.Compare(a.key, b.key)
	})
	return components
}

func stateWord(is bool, word string) string {
	if is {
		return word
	}
	return ""
}

// component is a component with its alarms, a line for each property.
func (t *teller) component(c *component) []string {
	margin := "  "
	var out []string
	if c.occurs() {
		out = append(out, margin+c.inWords())
		margin += "  "
	}
	for _, r := range t.rows(c, t.property, t.wholeAlarm) {
		out = append(out, wrapped(margin, r.Noun+": "+r.Value)...)
	}
	return out
}

// inWords names the component of an occurrence.
func (c *component) inWords() string {
	return occurrenceInWords(strings.TrimPrefix(strings.TrimSpace(c.prefix), "occurrence "))
}

// adder takes one thing that an item says.
type adder = func(about section, noun, value string)

// rows are what a component says, in the words of property and alarm and in an order that does not depend on the file.
func (t *teller) rows(c *component, property func(*component, *slot, *entry, adder), alarm func(*component) string) (out []Row) {
	var list []told
	add := func(about section, noun, value string) {
		list = append(list, told{section: about, text: noun + "\x00" + value})
	}
	for _, s := range c.slots {
		if s.kind.bookkeeping() && !t.Verbose {
			continue
		}
		for _, e := range s.entries {
			property(c, s, e, add)
		}
	}
	for _, a := range c.alarms {
		if a.limit != Bookkeeping || t.Verbose {
			add(aboutReminders, "reminder", alarm(a))
		}
	}
	slices.SortFunc(list, func(a, b told) int { return cmp.Or(cmp.Compare(a.section, b.section), cmp.Compare(a.text, b.text)) })
	for _, l := range list {
		noun, value, _ := strings.Cut(l.text, "\x00")
		out = append(out, Row{Noun: noun, Value: value})
	}
	return out
}

// property adds the lines of one entry of a slot.
func (t *teller) property(c *component, s *slot, e *entry, add adder) {
	switch s.name {
	case "time":
		t.wholeTime(c, e, add)
		t.otherParts(e, aboutTime, add, "start", dueOf(c))
		return
	case "rule":
		for i := range e.fields {
			switch f := &e.fields[i]; f.name {
			case "rrule":
				for rule := range strings.SplitSeq(f.exact, "\x1e") {
					add(aboutRule, "repeats", joined(t.ruleWords(rule, c.start), t.asWritten(rule)))
				}
			}
		}
		t.otherParts(e, aboutRule, add, "rrule")
		return
	case "attendee", "organizer":
		add(aboutPeople, s.name, e.text()+restOf(e, "value"))
		return
	case "photo", "logo", "key", "sound", "attach":
		what := dataInWords(e) + fingerprint(e)
		if fingerprint(e) == "" {
			what = e.text() // a link, in full
		}
		add(aboutRest, speechOf(s.name).noun, what+restOf(e, "value", "mediatype", "fmttype"))
		return
	}
	if s.kind == group {
		t.otherParts(e, sectionOf(s.name), add)
		return
	}
	speech := speechOf(s.name)
	value := e.text()
	switch {
	case e.comp != nil:
		value = "(" + lines(len(e.comp.Nodes)) + ")" + hashed(e.exact())
	case speech.value == inWords || speech.value == aDate:
		value = t.show(speech.value, value)
	case s.name == "org" || e.field("value") == nil:
		value = wholeEntry(e)
	}
	if e.pref > 0 {
		value += " (preferred)"
	}
	add(speech.about, speech.noun, value+restOf(e, "value"))
}

// dueOf is the field of the end of a component.
func dueOf(c *component) string {
	if c.name == "VTODO" {
		return "due"
	}
	return "end"
}

// otherParts adds the fields of a group, each on a line of its own.
func (t *teller) otherParts(e *entry, about section, add adder, but ...string) {
	for i := range e.fields {
		if f := &e.fields[i]; !slices.Contains(but, f.name) && f.limit != Bookkeeping {
			add(about, partNoun(f.name), f.text())
		}
	}
}

// sectionOf is where a group stands among the others.
func sectionOf(slot string) section {
	switch slot {
	case "place":
		return aboutPlace
	case "name":
		return aboutTitle
	case "done":
		return aboutStatus
	case "description":
		return aboutTexts
	}
	return aboutRest
}

// wholeTime adds when a component is, and what of that the words do not say.
func (t *teller) wholeTime(c *component, e *entry, add adder) {
	s := spanOf(c.src, t.b.zones)
	switch {
	case c.name != "VTODO":
		add(aboutTime, "when", t.span(s)+zoneBehind(s)+t.localTime(s))
	default:
		if s.start != nil {
			add(aboutTime, "starts", t.zoned(*s.start)+t.localTime(span{start: s.start}))
		}
		if s.end != nil {
			add(aboutTime, "due", t.zoned(*s.end)+t.localTime(span{start: s.end}))
		}
	}
	for _, m := range []*moment{s.start, s.end} {
		if m != nil && m.zone != nil && m.zone.exact != m.zone.name && !t.plain { // only the item says what that zone is
			add(aboutTime, "time zone", m.zoneName()+hashed(m.zone.exact))
			break
		}
	}
	l := c.src.Leaf("DURATION")
	end := e.field("end")
	switch {
	case end != nil && strings.Contains(end.exact, "\x1e"):
		add(aboutTime, "ends", end.text())
	case l != nil && (s.end == nil || s.end.date && s.end.wall != s.end.wall.Truncate(24*time.Hour)):
		add(aboutTime, "lasts", l.Value())
	case c.name == "VTODO":
	case s.end == nil && s.start != nil && s.start.date && t.plain: // the day, as everybody reads it
	case s.end == nil && s.start != nil && s.start.date:
		add(aboutTime, "ends", "not said")
	case s.start != nil && s.end != nil && (s.end.raw != "" || s.start.raw != "" || s.start.date != s.end.date || !s.end.wall.After(s.start.wall)):
		add(aboutTime, "ends", t.zoned(*s.end))
	}
}

// asWritten is a rule whose words are not all of it.
func (t *teller) asWritten(rule string) string {
	if r, ok := readRule(rule); ok && r.until == nil {
		return ""
	}
	return "[" + rule + "]"
}

func (t *teller) wholeAlarm(a *component) string {
	parts := []string{t.trigger(a)}
	if s := a.find("trigger"); s != nil && s.one().field("action") == nil {
		parts = append(parts, "no action")
	} else if s != nil {
		parts[0] += restOf(s.one(), "trigger", "action", "repeat", "duration", "trigger;related")
	}
	for _, s := range a.slots {
		if s.kind.bookkeeping() || s.name == "trigger" {
			continue
		}
		for _, e := range s.entries {
			parts = append(parts, nounOf(s.name)+` "`+e.text()+`"`)
		}
	}
	return strings.Join(parts, ", ")
}

// restOf is what else is said of an entry, as " (type work, label Blog)".
func restOf(e *entry, but ...string) string {
	var parts []string
	for i := range e.fields {
		f := &e.fields[i]
		if f.limit == Bookkeeping || f.part > 0 || slices.Contains(but, f.name) || f.text() == "" {
			continue
		}
		noun, enumerated := paramWords(f.name)
		value := f.text()
		if enumerated {
			value = strings.ToLower(value)
		}
		parts = append(parts, noun+" "+value)
	}
	if len(parts) == 0 {
		return ""
	}
	slices.Sort(parts)
	return " (" + strings.Join(parts, ", ") + ")"
}

// fingerprint tells bytes apart that are not shown.
func fingerprint(e *entry) string {
	if rest, ok := strings.CutPrefix(e.field("value").value(), "sha256:"); ok && len(rest) > 12 {
		return " sha256 " + rest[:12]
	}
	return ""
}

func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return " sha256 " + hex.EncodeToString(sum[:6])
}

// wrapped breaks a text into lines, long ones too.
func wrapped(margin, text string) []string {
	var out []string
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		head := margin
		if i > 0 {
			head = margin + "  | "
		}
		for {
			part := clipAt(line, wrapAt)
			out = append(out, head+part)
			if line = line[len(part):]; line == "" {
				break
			}
			head = margin + "  … "
		}
	}
	return out
}

// clipAt is the first n characters of a text.
func clipAt(s string, n int) string {
	if len(s) <= n {
		return s
	}
	count := 0
	for i := range s {
		if count == n {
			return s[:i]
		}
		count++
	}
	return s
}
