package mergetest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The clocks of the sides: a side that was edited was so at this moment.
const (
	ourClock   = "20260201T000000Z"
	theirClock = "20260202T000000Z"
)

const berlin = ";TZID=Europe/Berlin:"

// photos stand for themselves in edits.
var photos = strings.NewReplacer("<P1>", "cGhvdG8gb25l", "<P2>", "cGhvdG8gdHdv")

// maker makes bodies of edits. It keeps the first error.
//
// Edits are separated by " | ", inside of braces by " & ". =LINE puts a line in the place of the one of its name, or adds it;
// +LINE adds it after the last of its name, else behind the component's properties; -NAME removes all lines of a name and -LINE
// that very line; NAME[text]=LINE, -NAME[text] and NAME[text]~PARAM=VALUE are about the one line of that name that contains the
// text. "time 14-15" and "time 20260303 14-15" move DTSTART and DTEND; "ex DATE" adds an EXDATE; "ov DATE {...}" edits the override
// of a day and makes one if there is none; "alarm KEY {...}" edits the alarm with that UID, or the first; "+alarm {...}" adds one;
// "cal {...}" is about the lines of the calendar; "tz old" and "tz new" write the time zone of another age; "del" is no item,
// "same" nothing, "respell" writes everything otherwise.
type maker struct{ err error }

func (m *maker) fail(format string, args ...any) {
	if m.err == nil {
		m.err = fmt.Errorf(format, args...)
	}
}

// split parts edits at the bars outside of braces.
func split(edits string) []string {
	var list []string
	depth, from := 0, 0
	for i := 0; i+3 <= len(edits); i++ {
		switch {
		case edits[i] == '{':
			depth++
		case edits[i] == '}':
			depth--
		case depth == 0 && edits[i:i+3] == " | ":
			list = append(list, strings.TrimSpace(edits[from:i]))
			from = i + 3
		}
	}
	if rest := strings.TrimSpace(edits[from:]); rest != "" {
		list = append(list, rest)
	}
	return list
}

// make applies edits to a copy. A clock is set first, unless nothing but the whole is said.
func (m *maker) make(base *doc, edits []string, clock string) *doc {
	d := base.clone()
	quiet := !slices.ContainsFunc(edits, func(e string) bool { return e != "same" && e != "del" && e != "respell" })
	if clock != "" && !quiet {
		d.setClocks(clock)
	}
	for _, e := range edits {
		if d == nil {
			m.fail("an edit after del: %s", e)
			return nil
		}
		d = m.whole(d, photos.Replace(e))
	}
	return d
}

// setClocks is what every client does that saves an item.
func (d *doc) setClocks(clock string) {
	for i, l := range d.lines {
		switch nameOf(l) {
		case "LAST-MODIFIED", "DTSTAMP", "REV":
			if !d.inZone(i) {
				d.lines[i] = nameOf(l) + ":" + clock
			}
		}
	}
}

func (d *doc) inZone(i int) bool {
	return slices.ContainsFunc(d.spans("VTIMEZONE"), func(s span) bool { return s.from < i && i < s.to })
}

// whole is an edit of the item.
func (m *maker) whole(d *doc, e string) *doc {
	word, rest, _ := strings.Cut(e, " ")
	braces, inside := "", false
	if head, tail, found := strings.Cut(rest, "{"); found {
		rest, braces, inside = strings.TrimSpace(head), strings.TrimSuffix(tail, "}"), true
	}
	switch {
	case e == "del":
		return nil
	case e == "same":
	case e == "respell":
		d.as = d.respell()
	case word == "tz":
		m.zone(d, rest)
	case word == "ex":
		m.edit(d, m.master(d), "+EXDATE"+berlin+rest+"T100000")
	case word == "-ex":
		m.edit(d, m.master(d), "-EXDATE"+berlin+rest+"T100000")
	case word == "ov" && inside:
		m.override(d, rest, braces)
	case word == "-ov":
		s := m.overrideOf(d, rest)
		if s.to < 0 {
			m.fail("no override of %s", rest)
		}
		d.remove(s.from, s.to+1)
	case word == "alarm" && inside:
		m.alarm(d, rest, braces)
	case word == "-alarm":
		if s := m.alarmOf(d, rest); m.err == nil {
			d.remove(s.from, s.to+1)
		}
	case word == "+alarm" && inside:
		lines := append(append([]string{"BEGIN:VALARM"}, strings.Split(braces, " & ")...), "END:VALARM")
		d.insert(m.master(d).to, lines...)
	case word == "cal" && inside:
		m.braces(d, func() span { return d.spans("VCALENDAR")[0] }, braces)
	default:
		m.edit(d, m.master(d), e)
	}
	return d
}

// braces applies the edits of a pair of braces; what they are about is looked up anew, as it grows and shrinks.
func (m *maker) braces(d *doc, about func() span, edits string) {
	for e := range strings.SplitSeq(edits, " & ") {
		m.edit(d, about(), e)
	}
}

// master is the event or task without RECURRENCE-ID, or the card.
func (m *maker) master(d *doc) span {
	for _, s := range d.spans(d.nested) {
		if len(d.named(s, "RECURRENCE-ID")) == 0 {
			return s
		}
	}
	m.fail("no master")
	return span{0, len(d.lines) - 1}
}

// overrideOf finds the override of a day; an empty span if there is none.
func (m *maker) overrideOf(d *doc, day string) span {
	for _, s := range d.spans(d.nested) {
		for _, i := range d.named(s, "RECURRENCE-ID") {
			if strings.Contains(d.lines[i], day) {
				return s
			}
		}
	}
	return span{0, -1}
}

func (m *maker) override(d *doc, day, edits string) {
	if m.overrideOf(d, day).to < 0 {
		all := d.spans(d.nested)
		d.insert(all[len(all)-1].to+1, m.newOverride(d, day)...)
	}
	m.braces(d, func() span { return m.overrideOf(d, day) }, edits)
}

// newOverride is a copy of the master for one day.
func (m *maker) newOverride(d *doc, day string) []string {
	lines := []string{"BEGIN:" + d.nested}
	for _, i := range d.own(m.master(d)) {
		switch l := d.lines[i]; nameOf(l) {
		case "RRULE", "EXDATE", "RDATE":
		case "UID":
			lines = append(lines, l, "RECURRENCE-ID"+berlin+day+"T100000")
		case "DTSTART", "DTEND":
			lines = append(lines, onDay(l, day))
		default:
			lines = append(lines, l)
		}
	}
	return append(lines, "END:"+d.nested)
}

var (
	aMoment = regexp.MustCompile(`:(\d{8})T(\d{2})(\d{4}Z?)$`)
	aTime   = regexp.MustCompile(`^time (?:(\d{8}) )?(\d+)-(\d+)$`)
	aLine   = regexp.MustCompile(`^(-?)([A-Z0-9-]+)\[([^\]]*)\](?:([=~])(.*))?$`)
)

func onDay(line, day string) string { return aMoment.ReplaceAllString(line, ":"+day+"T$2$3") }

// alarmOf finds the alarm with that UID, or the first.
func (m *maker) alarmOf(d *doc, key string) span {
	for _, s := range d.spans("VALARM") {
		if key == "1" || slices.Contains(d.lines[s.from:s.to], "UID:"+key) {
			return s
		}
	}
	m.fail("no alarm %s", key)
	return span{0, len(d.lines) - 1}
}

func (m *maker) alarm(d *doc, key, edits string) {
	at := m.alarmOf(d, key).from
	if m.err != nil {
		return
	}
	m.braces(d, func() span {
		end := slices.Index(d.lines[at:], "END:VALARM")
		return span{at, at + end}
	}, edits)
}

// edit is an edit of one component's own lines.
func (m *maker) edit(d *doc, s span, e string) {
	if t := aTime.FindStringSubmatch(e); t != nil {
		d.moveTo(s, t[1], [2]string{t[2], t[3]})
		return
	}
	if l := aLine.FindStringSubmatch(e); l != nil {
		m.oneLine(d, s, l)
		return
	}
	if e == "" {
		m.fail("an empty edit")
		return
	}
	sign, line := e[0], e[1:]
	at := d.named(s, nameOf(line))
	switch {
	case sign == '=' && len(at) == 1:
		d.lines[at[0]] = line
	case sign == '+' || sign == '=' && len(at) == 0:
		to := d.inner(s)
		if len(at) > 0 {
			to = at[len(at)-1] + 1
		}
		d.insert(to, line)
	case sign == '-':
		m.removeLines(d, s, line)
	default:
		m.fail("%d lines for the edit %q", len(at), e)
	}
}

// removeLines removes the lines of a name, or one very line.
func (m *maker) removeLines(d *doc, s span, line string) {
	removed := 0
	for i := s.to; i > s.from; i-- {
		own := slices.Contains(d.own(s), i) || i == s.to
		if own && (d.lines[i] == line || !strings.Contains(line, ":") && nameOf(d.lines[i]) == line) {
			d.remove(i, i+1)
			s.to--
			removed++
		}
	}
	if removed == 0 || removed > 1 && strings.Contains(line, ":") {
		m.fail("%d lines to remove for %q", removed, line)
	}
}

// oneLine is an edit of the one line that contains a text: parts are sign, name, text, operator, argument.
func (m *maker) oneLine(d *doc, s span, parts []string) {
	at := slices.DeleteFunc(d.named(s, parts[2]), func(i int) bool { return !strings.Contains(d.lines[i], parts[3]) })
	if len(at) != 1 {
		m.fail("%d lines for %q", len(at), parts[0])
		return
	}
	i := at[0]
	switch {
	case parts[1] == "-" && parts[4] == "":
		d.remove(i, i+1)
	case parts[4] == "=":
		d.lines[i] = parts[5]
	case parts[4] == "~":
		d.lines[i] = setParam(d.lines[i], parts[5])
	default:
		m.fail("what to do? %q", parts[0])
	}
}

// setParam puts NAME=VALUE in the place of the parameter of that name, or behind all others.
func setParam(line, param string) string {
	head, value, _ := strings.Cut(line, ":")
	name, _, _ := strings.Cut(param, "=")
	params := strings.Split(head, ";")
	i := slices.IndexFunc(params, func(p string) bool { return strings.HasPrefix(p, name+"=") })
	if i < 0 {
		params = append(params, param)
	} else {
		params[i] = param
	}
	return strings.Join(params, ";") + ":" + value
}

// moveTo sets the hours of DTSTART and DTEND, and the date if there is one.
func (d *doc) moveTo(s span, day string, hours [2]string) {
	for n, name := range []string{"DTSTART", "DTEND"} {
		for _, i := range d.named(s, name) {
			if day != "" {
				d.lines[i] = onDay(d.lines[i], day)
			}
			d.lines[i] = aMoment.ReplaceAllString(d.lines[i], ":${1}T"+fmt.Sprintf("%02s", hours[n])+"$3")
		}
	}
}

// zone writes the time zone as an older or a newer database has it.
func (m *maker) zone(d *doc, age string) {
	zones := d.spans("VTIMEZONE")
	if len(zones) != 1 {
		m.fail("%d time zones", len(zones))
		return
	}
	switch age {
	case "old":
		d.insert(d.inner(zones[0]), "BEGIN:STANDARD", "DTSTART:18930401T000632", "TZOFFSETFROM:+005328", "TZOFFSETTO:+0100",
			"TZNAME:LMT-CET", "END:STANDARD")
	case "new":
		for i := zones[0].from; i < zones[0].to; i++ {
			switch d.lines[i] {
			case "DTSTART:19701025T030000":
				d.lines[i] = "DTSTART:20241027T030000"
			case "DTSTART:19700329T020000":
				d.lines[i] = "DTSTART:20240331T020000"
			}
		}
	default:
		m.fail("no such age of a time zone: %s", age)
	}
}

var aName = regexp.MustCompile(`(?:^|[{ ])[=+-]?(?:[A-Za-z0-9]+\.)?([A-Za-z][A-Za-z0-9-]*)[:;\[]`)

// names are the upper-case names of the properties that edits touch.
func names(edits []string) []string {
	var list []string
	for _, e := range edits {
		for _, found := range aName.FindAllStringSubmatch(e, -1) {
			list = append(list, strings.ToUpper(found[1]))
		}
	}
	return list
}
