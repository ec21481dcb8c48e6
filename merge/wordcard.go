package merge

import (
	"cmp"
	"slices"
	"strings"
)

// name tells of what a card is called, as far as the title does not.
func (t *teller) name(d *delta) []string {
	var out []string
	for _, name := range fieldsThatDiffer(d) {
		from, to := d.a.field(name).shown(), d.b.field(name).shown()
		if t.inTitle(name, from, to) {
			continue
		}
		out = append(out, t.scalar(speech{noun: partNoun(name)}, from, to)...)
	}
	if len(out) == 0 && t.retitled == "" {
		out = append(out, "name changed")
	}
	return out
}

// partNoun names a part of a group: a property, a part of a name, or a parameter of one of these.
func partNoun(name string) string {
	switch name {
	case "fn":
		return "shown name"
	case "family", "given", "additional", "second family":
		return name + " name"
	case "prefix", "suffix":
		return "name " + name
	case "location":
		return "place"
	case "geo":
		return "position"
	case "x-apple-structured-location":
		return "map position"
	case "percent-complete":
		return "percent done"
	}
	if property, param, found := strings.Cut(name, ";"); found {
		word, _ := paramWords(param)
		return word + " of " + partNoun(property)
	}
	return nounOf(name)
}

// inTitle reports whether the title, with what it was before, shows a change of a part of the name already.
func (t *teller) inTitle(name, from, to string) bool {
	before, after, found := strings.Cut(t.words.Title, " → ")
	if t.retitled == "" || !found || strings.Contains(after, " → ") {
		return false
	}
	switch name {
	case "fn":
		return from == before && to == after
	case "family", "given", "additional", "prefix", "suffix":
		return within(from, before) && within(to, after) && (from == "" || !within(from, after) || within(from, to)) && (to == "" || !within(to, before) || within(to, from))
	}
	return false
}

// within reports whether all words of a part stand in a title.
func within(part, title string) bool {
	words := strings.FieldsFunc(title, isBetween)
	for _, w := range strings.FieldsFunc(part, isBetween) {
		if !slices.Contains(words, w) {
			return false
		}
	}
	return true
}

func isBetween(r rune) bool { return r == ' ' || r == ',' || r == ';' }

// cardEntry tells of one entry of a card: "+ email (work) s.miller@acme.example", `label "Blog" → "Site" on https://example.org/`.
func (t *teller) cardEntry(d *delta, s speech) []string {
	head := s.noun + typesInWords(cmp.Or(d.b, d.a))
	if d.a == nil || d.b == nil {
		line := t.scalar(speech{noun: head, value: s.value}, wholeEntry(d.a), wholeEntry(d.b))
		if label := labelOf(cmp.Or(d.b, d.a)); label != "" && len(line) == 1 {
			line[0] += ", label " + inMarks(label)
		}
		return line
	}
	names := fieldsThatDiffer(d)
	if len(names) == 0 || onlyValue(d) {
		return t.scalar(speech{noun: head, value: s.value, unset: s.unset}, d.a.text(), d.b.text())
	}
	if len(names) == 1 && names[0] == "x-ablabel" {
		return []string{fieldInWords("x-ablabel", labelOf(d.a), labelOf(d.b)) + " on " + clip(wholeEntry(d.b), maxText)}
	}
	if slices.Contains(names, "type") {
		head = s.noun // the types are told below
	}
	return t.fields(d, head+t.which(s, d), s)
}

// labelOf is the label of an entry; Apple writes those it knows itself as _$!<Friend>!$_.
func labelOf(e *entry) string {
	label := e.field("x-ablabel").shown()
	if inner, ok := strings.CutPrefix(label, "_$!<"); ok {
		if inner, ok = strings.CutSuffix(inner, ">!$_"); ok {
			return inner
		}
	}
	return label
}

// wholeEntry is the value of an entry; of an address all parts.
func wholeEntry(e *entry) string {
	if e == nil {
		return ""
	}
	if f := e.field("value"); f != nil && f.part == 0 {
		return f.text()
	}
	var parts []string
	for i := range e.fields {
		if f := &e.fields[i]; f.part > 0 {
			parts = append(parts, f.text())
		}
	}
	return cmp.Or(strings.Join(parts, ", "), e.text())
}

// typesInWords is the kind of an entry, as " (cell)".
func typesInWords(e *entry) string {
	f := e.field("type")
	if f == nil || f.loose == "" {
		return ""
	}
	return " (" + clip(strings.ReplaceAll(f.loose, "\x1e", ", "), maxText/2) + ")"
}

// preference tells which entry of several is the preferred one.
func (t *teller) preference(d *delta, of string) []string {
	s := speechOf(of)
	is, was := preferred(d.to, of), preferred(d.from, of)
	switch {
	case is == nil && was == nil:
		return []string{s.noun + ": another one preferred"}
	case is == nil:
		return []string{s.noun + typesInWords(was) + " not preferred any more"}
	}
	line := s.noun + typesInWords(is) + " now preferred"
	if typesInWords(is) == "" {
		line = s.noun + " " + clip(wholeEntry(is), maxText) + " now preferred"
	}
	if was != nil {
		line += " (was: " + clip(wholeEntry(was), maxText) + ")"
	}
	return []string{line}
}

func preferred(c *component, slot string) *entry {
	if c == nil {
		return nil
	}
	var best *entry
	if s := c.find(slot); s != nil {
		for _, e := range s.entries {
			if e.pref > 0 && (best == nil || e.pref < best.pref) {
				best = e
			}
		}
	}
	return best
}

// cardDateInWords is a date of a card: "12 Apr 1985", "12 Apr" without a year.
func cardDateInWords(s string) string {
	s = strings.TrimSuffix(s, " without its year")
	if rest, ok := strings.CutPrefix(s, "--"); ok {
		if m := parseMoment("2000" + rest); m.raw == "" && m.date {
			return m.wall.Format("2 Jan")
		}
	}
	m := parseMoment(s)
	switch {
	case m.raw != "":
		return clip(s, maxText)
	case m.date:
		return m.wall.Format("2 Jan 2006")
	}
	return m.wall.Format("2 Jan 2006 ") + clockOf(m)
}

// organization tells of a company and its units, in one line.
func (t *teller) organization(d *delta) []string {
	if from, to := wholeEntry(d.a), wholeEntry(d.b); from != to || d.a == nil || d.b == nil {
		return t.scalar(speechOf("org"), from, to)
	}
	return t.fields(d, speechOf("org").noun, speechOf("org"))
}
