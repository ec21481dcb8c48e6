package merge

import (
	"slices"
	"strings"
	"time"

	"vgit/repo/item"
)

// inherit lets a new override take part in what the other side did to the series. An override is a full copy, and where it says what
// the series said when it was made, nobody meant it to stay behind. Times, rules, sets and maps are left alone.
func (m *merging) inherit() {
	series := m.series()
	if series.l1 == nil || series.r1 == nil {
		return
	}
	for _, o := range m.occasions {
		for _, p := range o.parts {
			if p.l0 != nil || p.r0 != nil || (p.l1 == nil) == (p.r1 == nil) {
				continue
			}
			for _, t := range series.meetings {
				if p.inherits(t) {
					o.note("inherited", o.name, "the new occurrence takes the new "+t.name+" of the series")
				}
			}
		}
	}
}

// inherits gives a new override a slot of the series, and reports whether it did.
func (p *part) inherits(t *meeting) bool {
	override, master, changed := p.r1, t.r1, t.changedHere()
	if p.r1 == nil {
		override, master, changed = p.l1, t.l1, t.changedThere()
	}
	inherited := t.kind == scalar && t.name != "uid" || t.kind == text || t.name == "description" || t.name == "place"
	if !inherited || changed < Strong || t.waiting() || !sameSlot(override.find(t.name), master) {
		return false
	}
	names := groupNames[t.name]
	if t.kind != group {
		names = t.properties()
	}
	done := false
	for _, ed := range []*editor{p.file, p.body} {
		if ed == p.body && p.forward || !ed.contains(override.src) {
			continue
		}
		from := pick(ed == p.file, t.part.l1.src, t.part.r1.src)
		for _, name := range names {
			done = ed.copyLines(from, override.src, name) || done
		}
	}
	return done
}

// waiting reports whether a slot has a conflict.
func (t *meeting) waiting() bool {
	return slices.ContainsFunc(t.verdicts, func(v *verdict) bool { return v.conflict != nil })
}

// fromSeries gives an override that both sides have made something to compare it with: what the series said of each slot. After a merge
// that was not sent, what the override inherited is then no edit of its own.
func (p *part) fromSeries() {
	series := p.series()
	if p.l0 != nil || p.r0 != nil || series.l0 == nil || series.r0 == nil || series.l1 == nil || series.r1 == nil {
		return
	}
	for _, t := range p.meetings {
		switch {
		case t.name == "time":
			if p.regular(p.l1, series.l1, p.models.l1.zones) {
				t.l0 = t.l1
			}
			if p.regular(p.r1, series.r1, p.models.r1.zones) {
				t.r0 = t.r1
			}
		case t.name != "rule" && !t.kind.bookkeeping():
			t.l0, t.r0 = series.l0.find(t.name), series.r0.find(t.name)
		}
	}
}

// regular reports whether an override is at the time that the series has in that body.
func (p *part) regular(c, series *component, zones *zones) bool {
	id, start, end := c.src.Leaf("RECURRENCE-ID"), c.src.Leaf("DTSTART"), c.src.Leaf("DTEND")
	from, to := series.src.Leaf("DTSTART"), series.src.Leaf("DTEND")
	if id == nil || start == nil || from == nil || zones.at(source{leaf: id}).once() != zones.at(source{leaf: start}).once() {
		return false
	}
	if end == nil || to == nil {
		duration := func(c *component) string {
			if l := c.src.Leaf("DURATION"); l != nil {
				return canonDuration(l.Value())
			}
			return ""
		}
		return (end == nil) == (to == nil) && duration(c) == duration(series)
	}
	length := func(from, to *item.Leaf) time.Duration {
		return zones.at(source{leaf: to}).wall.Sub(zones.at(source{leaf: from}).wall)
	}
	return length(start, end) == length(from, to)
}

// properties are the names of the lines of a slot.
func (t *meeting) properties() []string {
	var names []string
	for _, s := range []*slot{t.l1, t.r1} {
		if s == nil {
			continue
		}
		for _, e := range s.entries {
			if e.leaf != nil && !slices.Contains(names, e.leaf.Name) {
				names = append(names, e.leaf.Name)
			}
		}
	}
	return names
}

// contains reports whether a component stands in what is written, as one of this body or one that joined it.
func (ed *editor) contains(c *item.Component) bool {
	if !ed.standing(c) {
		return false
	}
	cal := calendarOf(ed.it)
	for own := range cal.Components() {
		if own == c {
			return true
		}
	}
	return slices.ContainsFunc(ed.added[cal], func(a addition) bool { return a.comp == c })
}

// copyLines gives a component the lines of a name that another one of the same body has by now. It reports whether anything changed.
func (ed *editor) copyLines(from, to *item.Component, name string) bool {
	want, have := ed.finalLines(from, name), ed.finalLines(to, name)
	done := false
	for i, l := range want {
		text := ed.text(l)
		switch {
		case i >= len(have):
			ed.insertText(to, name, text)
		case ed.text(have[i]) != text:
			ed.compose(have[i], text)
		default:
			continue
		}
		done = true
	}
	for _, l := range have[min(len(have), len(want)):] {
		ed.remove(l)
		done = true
	}
	return done
}

// finalLines are the lines of a name in a component, as far as the merge has come.
func (ed *editor) finalLines(c *item.Component, name string) []*item.Leaf {
	lines := linesOf(c, name)
	for _, a := range ed.added[c] {
		if a.leaf != nil && strings.EqualFold(a.name, name) {
			lines = append(lines, a.leaf)
		}
	}
	return slices.DeleteFunc(lines, func(l *item.Leaf) bool { return !ed.has(l) })
}
