package merge

import (
	"vgit/repo/item"
)

// groupNames are the properties that make up a group, by the name of its slot.
var groupNames = map[string][]string{
	"time":        {"DTSTART", "DTEND", "DUE", "DURATION", "X-MICROSOFT-CDO-ALLDAYEVENT", "X-FUNAMBOL-ALLDAY"},
	"rule":        {"RRULE", "EXRULE"},
	"trigger":     {"ACTION", "TRIGGER", "DURATION", "REPEAT"},
	"description": {"DESCRIPTION", "X-ALT-DESC", "STYLED-DESCRIPTION"},
	"place":       {"LOCATION", "GEO", "X-APPLE-STRUCTURED-LOCATION"},
	"done":        {"STATUS", "COMPLETED", "PERCENT-COMPLETE"},
	"name":        {"N", "FN"},
	"photo":       {"PHOTO", "X-IMAGEHASH", "X-IMAGETYPE"},
}

// write carries all verdicts out.
func (m *merging) write() {
	m.file = newEditor(m.L1)
	m.body = newEditor(m.R1)
	if m.forward {
		m.body = newEditor(m.L1)
	}
	for _, p := range m.parts {
		p.write(false)
	}
	for _, p := range m.parts {
		p.pullDismissals()
	}
	for _, o := range m.occasions {
		o.write()
	}
	m.inherit()
	m.retime(m.file)
	if !m.forward {
		m.retime(m.body)
	}
	if m.body.changed() {
		for _, p := range m.parts {
			p.write(true)
		}
	}
	for _, after := range afterWriting {
		after(m)
	}
}

// write carries out the verdicts of a part: the reluctant ones, or all others.
func (p *part) write(reluctant bool) {
	if p.verdict != nil {
		if !reluctant {
			p.move()
		}
		return
	}
	for _, t := range p.meetings {
		for _, v := range t.verdicts {
			if v.reluctant == reluctant {
				v.write()
			}
		}
	}
	for _, a := range p.alarms {
		a.write(reluctant)
	}
}

// move writes a component that one side lacks.
func (p *part) move() {
	v := p.verdict
	switch {
	case v.outcome == theirs, v.outcome == waits && p.l1 == nil:
		moveComponent(p.file, p.inside(p.file), p.l1, p.r1)
	case v.outcome == ours && !p.forward:
		moveComponent(p.body, p.inside(p.body), p.r1, p.l1)
	case v.outcome == void:
		moveComponent(p.file, nil, p.l1, nil)
		if !p.forward {
			moveComponent(p.body, nil, p.r1, nil)
		}
	}
}

// inside is the component of a body that this one goes into.
func (p *part) inside(ed *editor) *item.Component {
	if p.up != nil {
		if ed == p.file {
			return p.up.l1.src
		}
		return p.up.r1.src
	}
	return calendarOf(ed.it)
}

// moveComponent makes a component of a body like that of the other one; nil is an absent one.
func moveComponent(ed *editor, into *item.Component, have, want *component) {
	switch {
	case have == nil && want != nil:
		ed.insertComponent(into, want.src)
	case have != nil && want == nil:
		ed.removeComponent(have.src)
	case have != nil && want != nil:
		ed.replaceComponent(have.src, want.src)
	}
}

// write carries out one verdict.
func (v *verdict) write() {
	if v.part.l1 == nil || v.part.r1 == nil {
		return
	}
	here, there := v.part.l1.src, v.part.r1.src
	file, body := v.in.file, v.in.body
	switch v.outcome {
	case theirs:
		v.move(file, here, v.l1, v.r1)
	case ours:
		if !v.in.forward {
			v.move(body, there, v.r1, v.l1)
		}
	case waits:
		if v.l1 == nil && v.r1 != nil {
			v.move(file, here, v.l1, v.r1)
		}
	case void:
		v.move(file, here, v.l1, nil)
		if !v.in.forward {
			v.move(body, there, v.r1, nil)
		}
	}
	v.writeFields(file, here, body, there)
}

// writeFields carries out what was decided field by field.
func (v *verdict) writeFields(file *editor, here *item.Component, body *editor, there *item.Component) {
	var fromThere, fromHere, texts []fieldVerdict
	for _, f := range v.fields {
		switch {
		case f.outcome == theirs:
			fromThere = append(fromThere, f)
		case f.outcome == ours && !v.in.forward:
			fromHere = append(fromHere, f)
		case f.outcome == merged, f.outcome == void:
			texts = append(texts, f)
		}
	}
	w := entryWriter{v, file, here}
	w.fields(v.l1, v.r1, fromThere)
	w.made(v.l1, texts)
	if !v.in.forward {
		w = entryWriter{v, body, there}
		w.fields(v.r1, v.l1, fromHere)
		w.made(v.r1, texts)
	}
}

// move makes an entry of a body like that of the other one; nil is an absent one.
func (v *verdict) move(ed *editor, into *item.Component, have, want *entry) {
	w := entryWriter{v, ed, into}
	switch {
	case v.in.kind == group:
		w.group(want != nil, groupNames[v.in.name])
	case have == nil && want != nil:
		w.add(want)
	case have != nil && want == nil:
		w.remove(have)
	case have != nil && want != nil:
		w.replace(have, want)
	}
}
