package merge

import (
	"cmp"
	"strings"
)

// speech is how one slot is spoken of.
type speech struct {
	noun  string
	about section
	value manner
	unset string // what no value means
}

// manner is how a value is shown.
type manner int

const (
	inQuotes manner = iota
	bare            // as it stands
	inWords         // an enumerated value: lower case, blanks for hyphens
	aDate           // of a card
)

// speeches are the slots with a name of their own among people. Others are called what they are called in the item.
var speeches = map[string]speech{
	"summary": {noun: "title", about: aboutTitle}, "comment": {noun: "comment", about: aboutTexts}, "contact": {noun: "contact", about: aboutPeople},
	"note": {noun: "note", about: aboutTexts}, "organizer": {noun: "organizer", about: aboutPeople, value: bare},
	"attendee": {noun: "attendee", about: aboutPeople, value: bare}, "member": {noun: "member", about: aboutPeople, value: bare},
	"status":   {noun: "status", about: aboutStatus, value: inWords},
	"transp":   {noun: "shown as", about: aboutStatus, value: inWords, unset: "busy"},
	"class":    {noun: "visibility", about: aboutStatus, value: inWords, unset: "public"},
	"priority": {noun: "priority", about: aboutStatus, value: bare, unset: "none"},
	"kind":     {noun: "kind", about: aboutStatus, value: inWords, unset: "individual"},
	"url":      {noun: "link", value: bare}, "color": {noun: "color", value: bare}, "categories": {noun: "category", value: bare},
	"resources": {noun: "resource", value: bare}, "related-to": {noun: "related to", value: bare}, "attach": {noun: "attachment", value: bare},
	"conference": {noun: "conference", value: bare}, "image": {noun: "image", value: bare}, "link": {noun: "web link", value: bare},
	"nickname": {noun: "nickname", about: aboutTitle}, "tel": {noun: "phone", value: bare}, "email": {noun: "email", value: bare},
	"adr": {noun: "address"}, "impp": {noun: "messenger", value: bare}, "socialprofile": {noun: "profile", value: bare},
	"org": {noun: "organization"}, "title": {noun: "job title"}, "role": {noun: "role"}, "bday": {noun: "birthday", value: aDate},
	"anniversary": {noun: "anniversary", value: aDate}, "deathdate": {noun: "date of death", value: aDate}, "x-abdate": {noun: "date", value: aDate},
	"photo": {noun: "photo"}, "logo": {noun: "logo"}, "key": {noun: "key"}, "sound": {noun: "sound"}, "lang": {noun: "language", value: bare},
	"related": {noun: "related to", value: bare}, "gender": {noun: "gender", value: bare}, "tz": {noun: "time zone", value: bare},
	"geo": {noun: "position", about: aboutPlace, value: bare}, "sort-string": {noun: "sorted as"}, "label": {noun: "address label"},
	"uid": {noun: "UID", value: bare},
}

// words of enumerated values that are not their names.
var enumWords = map[string]string{"OPAQUE": "busy", "TRANSPARENT": "free"}

func speechOf(slot string) speech {
	s, ok := speeches[slot]
	if !ok {
		return speech{noun: nounOf(slot), about: aboutRest}
	}
	if s.about == 0 {
		s.about = aboutRest
	}
	return s
}

// nounOf is a name of a slot for people.
func nounOf(slot string) string {
	switch {
	case slot == "vevent":
		return "event"
	case slot == "vtodo":
		return "todo"
	case slot == "valarm":
		return "reminder"
	}
	return clip(strings.Map(func(r rune) rune {
		if r == '\x1d' || r == '\x1e' || r == '\x1f' {
			return ' '
		}
		return r
	}, slot), maxText)
}

// show is a value for a person.
func (w Wording) show(m manner, s string) string {
	switch m {
	case bare:
		return clip(s, maxText)
	case inWords:
		return enumInWords(s)
	case aDate:
		return cardDateInWords(s)
	}
	return inMarks(s)
}

func enumInWords(s string) string {
	if word := enumWords[strings.ToUpper(s)]; word != "" {
		return word
	}
	return clip(strings.ToLower(strings.ReplaceAll(s, "-", " ")), maxText)
}

// slot tells of a strong change of one slot.
func (t *teller) slot(d *delta) (section, []string) {
	switch d.name {
	case "time":
		return aboutTime, t.time(d)
	case "rule":
		return aboutRule, t.rule(d)
	case "place":
		return aboutPlace, t.otherFields(d, "place")
	case "name":
		return aboutTitle, t.name(d)
	case "attendee":
		return aboutPeople, t.person(d)
	case "organizer":
		return aboutPeople, t.organizer(d)
	case "done":
		return aboutStatus, t.done(d)
	case "description":
		return aboutTexts, t.description(d)
	case "photo", "logo", "key", "sound", "attach":
		return speechOf(d.name).about, t.data(d)
	case "org":
		return aboutRest, t.organization(d)
	}
	if of, ok := strings.CutPrefix(d.name, "pref "); ok {
		return speechOf(of).about, t.preference(d, of)
	}
	return speechOf(d.name).about, t.entry(d)
}

// scalar tells of a value that came, went or changed; of a text of several lines, which ones.
func (t *teller) scalar(s speech, from, to string) []string {
	if s.value == inQuotes && (strings.Contains(from, "\n") || strings.Contains(to, "\n")) {
		return textLinesChanged(s.noun, from, to)
	}
	switch {
	case from == to:
		return []string{s.noun + " changed"}
	case from == "" && s.unset == "":
		return []string{"+ " + s.noun + " " + t.show(s.value, to)}
	case to == "" && s.unset == "":
		return []string{"- " + s.noun + " " + t.show(s.value, from)}
	}
	if s.value == inQuotes || s.value == bare {
		from, to = clipPair(from, to, maxText)
	}
	show := func(v string) string {
		switch {
		case v == "":
			return s.unset
		case s.value == inQuotes:
			return `"` + v + `"`
		case s.value == bare:
			return v
		}
		return t.show(s.value, v)
	}
	return []string{s.noun + " " + show(from) + " → " + show(to)}
}

// entry tells of one entry of a slot: that it came or went, its value, or what else about it changed.
func (t *teller) entry(d *delta) []string {
	s := speechOf(d.name)
	if d.from != nil && isCardComponent(d.from) || d.to != nil && isCardComponent(d.to) {
		return t.cardEntry(d, s)
	}
	if e := cmp.Or(d.b, d.a); e.comp != nil { // a place or person inside an event, compared whole
		return []string{cameOrWent(d, s.noun, "", "")}
	}
	if len(fieldsThatDiffer(d)) == 0 || d.a == nil || d.b == nil || onlyValue(d) {
		lines := t.scalar(s, d.a.text(), d.b.text())
		if kind := cmp.Or(d.b, d.a).field("reltype").shown(); kind != "" && (d.a == nil || d.b == nil) {
			lines[0] += " (" + enumInWords(kind) + ")"
		}
		return lines
	}
	return t.fields(d, s.noun+t.which(s, d), s)
}

func isCardComponent(c *component) bool { return c.name == "VCARD" }

// which names an entry among others by its value, where that stayed.
func (t *teller) which(s speech, d *delta) string {
	a, b := d.a.field("value"), d.b.field("value")
	if a == nil || b == nil || changed(a, b) != None || b.show == "data" {
		return ""
	}
	return " " + t.show(s.value, b.text())
}

// fields puts all fields of an entry that differ into one line.
func (t *teller) fields(d *delta, head string, s speech) []string {
	var parts []string
	for _, name := range fieldsThatDiffer(d) {
		from, to := d.a.field(name).shown(), d.b.field(name).shown()
		if name == "value" {
			from, to = clipPair(from, to, maxText)
			parts = append([]string{t.show(s.value, from) + " → " + t.show(s.value, to)}, parts...)
			continue
		}
		parts = append(parts, fieldInWords(name, from, to))
	}
	if len(parts) == 0 {
		return []string{head + " changed"}
	}
	sep := ": "
	if d.a.field("value") == nil || changed(d.a.field("value"), d.b.field("value")) != None {
		sep = " "
	}
	return []string{head + sep + strings.Join(parts, ", ")}
}

// fieldInWords is the change of a parameter or part: `name "Bob" → "Rob"`.
func fieldInWords(name, from, to string) string {
	noun, enumerated := paramWords(name)
	from, to = clipPair(from, to, maxText/2)
	if enumerated {
		from, to = enumInWords(from), enumInWords(to)
	} else {
		from, to = quotedOrNone(from), quotedOrNone(to)
	}
	switch {
	case from == to:
		return noun + " changed"
	case from == "":
		return "+ " + noun + " " + to
	case to == "":
		return "- " + noun + " " + from
	}
	return noun + " " + from + " → " + to
}

func quotedOrNone(s string) string {
	if s == "" {
		return ""
	}
	return `"` + s + `"`
}

// paramWords names a parameter or a part of a value, and tells whether its values are words.
func paramWords(name string) (noun string, enumerated bool) {
	switch _, last, found := strings.Cut(name, ";"); {
	case found:
		name = last
	}
	switch name {
	case "cn":
		return "name", false
	case "partstat":
		return "reply", true
	case "rsvp":
		return "reply wanted", true
	case "cutype":
		return "kind", true
	case "role", "type", "reltype":
		return name, true
	case "x-ablabel":
		return "label", false
	case "fmttype":
		return "format", false
	}
	return nounOf(name), false
}

// fieldsThatDiffer are the names of the fields of an entry that differ strongly.
func fieldsThatDiffer(d *delta) []string {
	var names []string
	for i, e := range []*entry{d.a, d.b} {
		if e == nil {
			continue
		}
		for j := range e.fields {
			name := e.fields[j].name
			if i == 1 && d.a.field(name) != nil {
				continue
			}
			if changed(d.a.field(name), d.b.field(name)) == Strong {
				names = append(names, name)
			}
		}
	}
	return names
}

func onlyValue(d *delta) bool {
	names := fieldsThatDiffer(d)
	return len(names) == 1 && names[0] == "value"
}

// shown is a field for a person; that of an absent one is empty.
func (f *field) shown() string {
	if f == nil {
		return ""
	}
	return f.text()
}

// otherFields tells of a group, field by field.
func (t *teller) otherFields(d *delta, group string) []string {
	var out []string
	for _, name := range fieldsThatDiffer(d) {
		s := speech{noun: partNoun(name)}
		switch name {
		case "geo", "x-apple-structured-location":
			s.value = bare
		case "rrule", "exrule":
			s.noun, s.value = map[string]string{"rrule": "rule", "exrule": "exceptions by rule"}[name], bare
		}
		out = append(out, t.scalar(s, d.a.field(name).shown(), d.b.field(name).shown())...)
	}
	if len(out) == 0 {
		out = append(out, group+" changed")
	}
	return out
}

// cameOrWent tells of something whose content is not shown.
func cameOrWent(d *delta, noun, from, to string) string {
	if d.a == nil && d.b == nil {
		switch {
		case d.from == nil:
			return strings.TrimSpace("+ " + noun + " " + to)
		case d.to == nil:
			return strings.TrimSpace("- " + noun + " " + from)
		}
	}
	switch {
	case d.a == nil:
		return "+ " + noun
	case d.b == nil:
		return "- " + noun
	}
	return noun + " changed"
}
