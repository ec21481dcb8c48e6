package merge

import (
	"slices"
	"strings"

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

// entryWriter writes entries of one slot into one component of a body.
type entryWriter struct {
	*verdict
	ed   *editor
	into *item.Component
}

// other is the component on the other side.
func (w entryWriter) other() *item.Component {
	if w.into == w.part.l1.src {
		return w.part.r1.src
	}
	return w.part.l1.src
}

// group makes the lines of some names like those of the other side; without there are to be none.
func (w entryWriter) group(there bool, names []string) {
	for _, name := range names {
		have, want := linesOf(w.into, name), []*item.Leaf(nil)
		if there {
			want = linesOf(w.other(), name)
		}
		for i, l := range want {
			switch {
			case i >= len(have) && w.card():
				w.addLine(l)
			case i >= len(have):
				w.ed.insert(w.into, l)
			case have[i].Text() == l.Text():
			case w.card():
				w.replaceLine(have[i], l)
			default:
				w.ed.replace(have[i], l)
			}
		}
		for _, l := range have[min(len(have), len(want)):] {
			w.ed.remove(l)
		}
	}
}

func linesOf(c *item.Component, name string) []*item.Leaf {
	var lines []*item.Leaf
	for l := range c.Leaves() {
		if l.Name == name {
			lines = append(lines, l)
		}
	}
	return lines
}

func (w entryWriter) add(e *entry) {
	silent := w.silent(e)
	switch {
	case e.comp != nil:
		w.ed.insertComponent(w.into, e.comp)
	case silent != nil:
		w.ed.replace(silent, e.leaf)
	case e.at > 0:
		w.ed.addElement(w.into, e.source)
	case w.card():
		w.addCardEntry(e)
	default:
		w.ed.insert(w.into, e.leaf)
	}
}

// silent is the line that an entry comes in the place of: one of its name that says nothing, as it is empty or a default.
func (w entryWriter) silent(e *entry) *item.Leaf {
	slot := w.in.l1
	if w.into == w.part.r1.src {
		slot = w.in.r1
	}
	if e.leaf == nil || e.at > 0 || e.leaf.Group != "" || slot.one() != nil {
		return nil
	}
	for l := range w.into.Leaves() {
		if l.Name == e.leaf.Name && l.Group == "" && w.ed.lines[l] == nil && (!w.card() || saysNothing(l)) {
			return l
		}
	}
	return nil
}

func (w entryWriter) remove(e *entry) {
	switch {
	case e.comp != nil:
		w.ed.removeComponent(e.comp)
	case e.at > 0:
		w.ed.removeElement(e.source)
		for _, again := range e.also {
			w.ed.removeElement(again)
		}
	case w.card():
		w.removeCardEntry(e)
	default:
		w.ed.remove(e.leaf)
	}
}

func (w entryWriter) replace(have, want *entry) {
	switch {
	case have.comp != nil:
		w.ed.replaceComponent(have.comp, want.comp)
	case have.at > 0:
	case w.card():
		w.replaceCardEntry(have, want)
	default:
		w.ed.replace(have.leaf, want.leaf)
	}
}

// fields takes over some fields of an entry. Where the line is then as on the other side, its bytes are taken.
func (w entryWriter) fields(have, want *entry, list []fieldVerdict) {
	if len(list) == 0 {
		return
	}
	if w.in.name == "name" && w.card() {
		w.nameFields(have, want, list)
		return
	}
	if w.in.kind == group {
		for _, f := range list {
			w.group(true, []string{f.name})
		}
		return
	}
	if w.card() && equalBut(have, want, list) {
		w.replace(have, want)
		return
	}
	for _, f := range list {
		if w.card() && w.cardField(have, want, f.name) {
			continue
		}
		w.field(have, want, f.name)
	}
	if !w.card() && w.ed.text(have.leaf) == want.leaf.Text() {
		w.ed.replace(have.leaf, want.leaf) // as the other side folds it
	}
}

// equalBut reports whether two entries are equal, bookkeeping included, in all fields that are not in the list.
func equalBut(a, b *entry, list []fieldVerdict) bool {
	listed := func(name string) bool {
		return slices.ContainsFunc(list, func(f fieldVerdict) bool { return f.name == name })
	}
	for i := range a.fields {
		if f := &a.fields[i]; !listed(f.name) && changed(f, b.field(f.name)) != None {
			return false
		}
	}
	for i := range b.fields {
		if f := &b.fields[i]; !listed(f.name) && a.field(f.name) == nil {
			return false
		}
	}
	return true
}

// field takes over one field: the value, a part of it, or a parameter.
func (w entryWriter) field(have, want *entry, name string) {
	line, from := cutLine(w.ed.text(have.leaf)), cutLine(want.leaf.Text())
	n := 0
	for _, e := range []*entry{have, want} {
		if f := e.field(name); f != nil && f.part > 0 {
			n = f.part
		}
	}
	switch {
	case n > 0:
		line.takePart(n, from)
	case name == "value":
		line.takeValue(from)
	default:
		upper := strings.ToUpper(name)
		line.setParam(upper, from.param(upper))
	}
	w.ed.compose(have.leaf, line.String())
}

// made writes texts that were merged, and drops what has become void.
func (w entryWriter) made(e *entry, list []fieldVerdict) {
	for _, f := range list {
		leaf := (*item.Leaf)(nil)
		if f.body != "" && w.into == w.part.r1.src {
			f.text = f.body
		}
		switch {
		case w.in.name == "name" && w.card():
			leaf = w.into.Leaf("FN")
		case w.in.kind != group && e != nil:
			leaf = e.leaf
		case w.in.kind == group:
			leaf = w.into.Leaf(f.name)
		}
		switch {
		case f.outcome == void && w.card() && e != nil:
			w.dropField(e, f.name)
		case f.outcome == void && w.in.kind == group:
			w.group(false, []string{f.name})
		case f.outcome == void && leaf != nil && f.name != "value":
			line := cutLine(w.ed.text(leaf))
			line.setParam(strings.ToUpper(f.name), nil)
			w.ed.compose(leaf, line.String())
		case f.outcome == void || leaf == nil:
		case w.in.kind == group && w.card() && canonText(cutLine(w.ed.text(leaf)).value) == f.text:
		default:
			line := cutLine(w.ed.text(leaf))
			line.value = escapeText(f.text)
			w.ed.compose(leaf, line.String())
		}
	}
}
