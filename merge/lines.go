package merge

import (
	"strings"

	"vgit/repo/item"
)

// lineReader puts the lines of one component into slots.
type lineReader struct {
	*calendarReader
	part    *component
	in      *item.Component
	repeats bool // the component has a rule of its own

	start    *moment // DTSTART of the component itself
	starts   int     // how many there are
	end      endpoints
	elements map[string]*entry // of its lists, by slot and key
}

// endpoints is what a component says about its end.
type endpoints struct {
	dtend, due *moment
	duration   string
}

// line reads one content line.
func (r *lineReader) line(l *item.Leaf) {
	name := l.Name
	if l.Group != "" {
		name = strings.ToUpper(l.Group) + "." + name // groups are a matter of cards
	}
	if name == "" {
		r.junk(l)
		return
	}
	switch name {
	case "UID":
		r.uid(l)
	case "RECURRENCE-ID", "X-WR-ALARMUID", "X-EVOLUTION-ALARM-UID":
	case "DTSTART", "DTEND", "DUE", "DURATION", "X-MICROSOFT-CDO-ALLDAYEVENT", "X-FUNAMBOL-ALLDAY":
		r.timeLine(name, l)
	case "RRULE", "EXRULE":
		r.rule(name, l)
	case "EXDATE", "RDATE":
		r.dates(name, l)
	case "TRIGGER":
		r.trigger(l)
	default:
		r.property(name, l)
	}
}

// junk is compared as it stands.
func (r *lineReader) junk(l *item.Leaf) {
	if text := strings.Trim(l.Value(), "\r\n"); strings.TrimSpace(text) != "" {
		s := r.part.slot("unreadable line", scalar, true)
		s.entries = append(s.entries, &entry{source: source{leaf: l}, fields: []field{same("value", text)}})
	}
}

// uid is a slot of the entry itself; of an alarm it is identity only.
func (r *lineReader) uid(l *item.Leaf) {
	if r.in.Name != "VALARM" {
		e := r.part.slot("uid", scalar, true).only()
		e.leaf = l
		e.set(same("value", withoutURN(l.Value())))
	}
}

// property reads a line that the table describes, or one that nobody knows.
func (r *lineReader) property(name string, l *item.Leaf) {
	p := calendarProperties[name]
	if k, ok := bookkeeper(name); ok {
		p.kind = k
	}
	if r.in.Name == "VTODO" {
		switch name {
		case "STATUS":
			p.unset = "NEEDS-ACTION"
			fallthrough
		case "PERCENT-COMPLETE", "COMPLETED":
			p.slot, p.kind = "done", group
		}
	}
	if r.in.Name == "VALARM" && p.slot == "description" {
		p.slot, p.kind = "", text // "trigger" is the only group of an alarm
	}
	if p.slot == "" {
		p.slot = ownSlot(name)
	}
	params := l.Params()
	tzid := param(params, "TZID")
	if p.separated {
		r.list(p, l, params)
		return
	}
	f := r.value(p, l, tzid)
	if f.exact == "" || f.exact == p.unset {
		return
	}
	s := r.part.slot(p.slot, p.kind, !p.keyed)
	if p.kind == group {
		e := s.only()
		f.name = strings.ToLower(name)
		e.set(f)
		addParams(e, params, f.name+";", "VALUE", "TZID")
		return
	}
	e := &entry{source: source{leaf: l}, fields: make([]field, 0, 2+len(params))}
	r.entry(name, e, f, l, params)
	s.entries = append(s.entries, e)
}

// value is the canonical value of a line, as the field "value".
func (r *lineReader) value(p property, l *item.Leaf, tzid string) field {
	if p.value == asTime {
		return same("value", r.zones.moment(tzid, l.Value()).once())
	}
	return same("value", canonValue(p.value, l.Value()))
}

// entry finishes an entry with its value, its key and its parameters.
func (r *lineReader) entry(name string, e *entry, f field, l *item.Leaf, params []item.Param) {
	skip := []string{}
	switch name {
	case "ATTENDEE":
		e.key = addressKey(f.exact, params)
		if strings.EqualFold(param(params, "EMAIL"), e.key) {
			skip = append(skip, "EMAIL")
		}
		f = same("value", e.key)
	case "ORGANIZER":
		f = same("value", addressKey(f.exact, params))
	case "ATTACH":
		f, skip = attachment(f, l, params)
		if e.key = param(params, "MANAGED-ID"); e.key == "" {
			e.key = f.exact
		}
	case "RELATED-TO":
		f = same("value", withoutURN(f.exact))
		e.key = f.exact
		if kind := strings.ToUpper(param(params, "RELTYPE")); kind != "" && kind != "PARENT" {
			e.key += " " + kind
		}
	case "LINK":
		e.key = strings.TrimSpace(f.exact + " " + param(params, "LINKREL"))
	case "CONCEPT", "REFID", "IMAGE", "CONFERENCE", "STRUCTURED-DATA":
		e.key = f.exact
	}
	e.set(f)
	if calendarProperties[name].value == asTime {
		skip = append(skip, "TZID")
		if strings.EqualFold(param(params, "VALUE"), "DATE-TIME") {
			skip = append(skip, "VALUE")
		}
	}
	addParams(e, params, "", skip...)
}

// list reads a comma list whose elements are entries of their own.
func (r *lineReader) list(p property, l *item.Leaf, params []item.Param) {
	s := r.part.slot(p.slot, p.kind, !p.keyed)
	for i, part := range item.Split(l.Value(), ',') {
		element := canonElement(part)
		if element == "" {
			continue
		}
		e := &entry{source: source{leaf: l, at: i + 1}, fields: []field{same("value", element)}}
		addParams(e, params, "")
		e.key = e.exact()
		r.elements = addElement(r.elements, s, e)
	}
}

// addElement adds an element to a slot, unless it is there already.
func addElement(known map[string]*entry, s *slot, e *entry) map[string]*entry {
	id := s.name + "\x1f" + e.key
	if first := known[id]; first != nil {
		first.also = append(first.also, e.source)
		return known
	}
	if known == nil {
		known = map[string]*entry{}
	}
	known[id] = e
	s.entries = append(s.entries, e)
	return known
}

// addressKey tells people apart: the mail address, else the EMAIL parameter, else the URI, in lower case.
func addressKey(uri string, params []item.Param) string {
	if address, ok := strings.CutPrefix(uri, "mailto:"); ok {
		return address
	}
	if email := param(params, "EMAIL"); email != "" {
		return strings.ToLower(email)
	}
	return uri
}

// attachment compares inline data by its bytes, whatever its encoding is called.
func attachment(f field, l *item.Leaf, params []item.Param) (field, []string) {
	inline := strings.EqualFold(param(params, "ENCODING"), "BASE64") || strings.EqualFold(param(params, "VALUE"), "BINARY")
	if !inline {
		return f, nil
	}
	data := canonBase64(l.Value())
	return field{name: "value", exact: data, loose: data, show: showData(data)}, []string{"ENCODING", "VALUE"}
}
