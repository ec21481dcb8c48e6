package merge

import (
	"slices"
	"strings"

	"vgit/repo/item"
)

// occasion is one occurrence of a series that some body says something of: excluded, extra, or overridden by a component. Its state
// is merged as one thing, so that "cancelled here, edited there" does not end as both.
type occasion struct {
	*merging
	name  string // as "occurrence 20260309"
	state *verdict
	parts []*part // overrides; one, as a rule
}

// findOccasions collects the states and the overrides of each occurrence. The states of what all four bodies have in common were not
// read, and cannot differ.
func (m *merging) findOccasions(l0, l1, r0, r1 *model) {
	series := m.series()
	known := map[string]*occasion{}
	get := func(name string) *occasion {
		o := known[name]
		if o == nil {
			o = &occasion{merging: m, name: name}
			known[name] = o
			m.occasions = append(m.occasions, o)
		}
		return o
	}
	states := [4]map[string]*slot{}
	for i, model := range []*model{l1, r1, l0, r0} {
		states[i] = make(map[string]*slot, len(model.states))
		for _, s := range model.states {
			states[i][s.name] = s
			get(s.name)
		}
	}
	for _, p := range m.parts {
		if p.any().occurs() {
			o := get(strings.TrimSpace(p.prefix))
			o.parts = append(o.parts, p)
		}
	}
	for _, o := range m.occasions {
		e := four[entry]{l0: states[2][o.name].one(), l1: states[0][o.name].one(), r0: states[3][o.name].one(), r1: states[1][o.name].one()}
		t := &meeting{merging: m, part: series, name: o.name, kind: scalar}
		o.state = &verdict{in: t, part: series, four: e, name: o.name, ours: difference(e.l0, e.l1), theirs: difference(e.r0, e.r1)}
		t.verdicts = []*verdict{o.state}
	}
}

// series is the part of the series, or one that no body has.
func (m *merging) series() *part {
	for _, p := range m.parts {
		if strings.HasPrefix(p.any().key, "series ") {
			return p
		}
	}
	return &part{merging: m}
}

// decide merges the state of an occurrence. Where both bodies have an override, it is merged slot by slot.
func (o *occasion) decide() {
	v, together := o.state, len(o.parts) > 0
	for _, p := range o.parts {
		if p.l0 != nil && p.l1 != nil {
			v.ours = max(v.ours, differ(p.l0, p.l1))
		}
		if p.r0 != nil && p.r1 != nil {
			v.theirs = max(v.theirs, differ(p.r0, p.r1))
		}
		together = together && p.l1 != nil && p.r1 != nil
	}
	if together {
		for _, p := range o.parts {
			p.fromSeries()
			p.decide()
		}
		v.ours, v.theirs = difference(v.l0, v.l1), difference(v.r0, v.r1)
	}
	switch {
	case v.ours < Strong && v.theirs < Strong:
	case v.theirs < Strong:
		v.outcome = ours
	case v.ours < Strong:
		v.outcome = theirs
	case difference(v.l1, v.r1) == None:
	default:
		o.clash("")
	}
}

// clash makes a conflict of an occurrence. An override is an edit, everything else a removal of one.
func (o *occasion) clash(reason string) {
	v := o.state
	v.outcome = waits
	switch o.choice(o.name, v.part) {
	case TakeLocal, TakeSeen:
		v.outcome = ours
	case TakeRemote:
		v.outcome = theirs
	case TakeBoth:
		if v.outcome = ours; !o.overridden(true) && o.overridden(false) {
			v.outcome = theirs
		}
	}
	if v.outcome != waits {
		v.conflict = nil
		return
	}
	base := either(v.l0, v.r0)
	v.conflict = &Conflict{Slot: o.name, Base: o.text(base, true), Local: o.text(v.l1, true), Remote: o.text(v.r1, false), Reason: reason,
		ShowsRemote: !o.overridden(true) && o.overridden(false)}
}

// overridden reports whether a side has an override today.
func (o *occasion) overridden(here bool) bool {
	return slices.ContainsFunc(o.parts, func(p *part) bool { return here && p.l1 != nil || !here && p.r1 != nil })
}

// text shows the state of an occurrence.
func (o *occasion) text(e *entry, here bool) string {
	s := e.text()
	for _, p := range o.parts {
		if c := pick(here, either(p.l1, p.l0), either(p.r1, p.r0)); c != nil && strings.Contains(s, "override") {
			s = strings.Replace(s, "override "+c.name, c.title(), 1)
		}
	}
	return s
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// write makes the state of an occurrence in one body that of the other.
func (o *occasion) write() {
	v := o.state
	switch {
	case v.outcome == theirs, v.outcome == waits && v.conflict != nil && v.conflict.ShowsRemote:
		o.moveTo(o.file)
	case v.outcome == ours && !o.forward:
		o.moveTo(o.body)
	}
}

func (o *occasion) moveTo(ed *editor) {
	v, here := o.state, ed == o.file
	have, want := pick(here, v.l1, v.r1), pick(here, v.r1, v.l1)
	for _, name := range []string{"EXDATE", "RDATE"} {
		old, new := have.dates(name), want.dates(name)
		if len(old) > 0 && len(new) > 0 && have.words(name) == want.words(name) {
			continue
		}
		for _, s := range old {
			ed.removeElement(s)
		}
		if len(new) > 0 {
			o.addDate(ed, new[0])
		}
	}
	for _, p := range o.parts {
		have, want := pick(here, p.l1, p.r1), pick(here, p.r1, p.l1)
		if have != nil && want != nil {
			continue
		}
		moveComponent(ed, calendarOf(ed.it), have, want)
		if have == nil && want != nil {
			_, other, final := o.starts(ed)
			o.moveAlong(ed, want.src, pick(here, o.models.r1.zones, o.models.l1.zones), other, final)
		}
	}
}

// dates are the elements of a state that stand in lines of a name.
func (e *entry) dates(name string) []source {
	var list []source
	if e != nil {
		for _, s := range e.also {
			if s.leaf.Name == name {
				list = append(list, s)
			}
		}
	}
	return list
}

// words are what a state says by lines of a name.
func (e *entry) words(name string) string {
	word, said := pick(name == "EXDATE", "excluded", "extra"), []string(nil)
	for part := range strings.SplitSeq(e.field("value").value(), "\x1e") {
		if strings.HasPrefix(part, word) {
			said = append(said, part)
		}
	}
	return strings.Join(said, " ")
}

// addDate puts a date of the other body into this one, at the hour that the series has here.
func (o *occasion) addDate(ed *editor, s source) {
	into := o.home(ed, s)
	if into == nil {
		return
	}
	zones := pick(ed == o.file, o.models.r1.zones, o.models.l1.zones)
	_, other, final := o.starts(ed)
	to, ok := zones.at(s).retimed(other, final)
	if !ok {
		ed.addElement(into, s)
		return
	}
	line := cutLine(s.leaf.Text())
	line.put(to)
	ed.insertText(into, s.leaf.Name, line.String())
}

// home is the component of a body that a date of the other one goes into: the series, or the override that it stands in there.
func (o *occasion) home(ed *editor, s source) *item.Component {
	in := o.state.part
	for _, p := range o.merging.parts {
		there := pick(ed == o.file, p.r1, p.l1)
		if there != nil && p.any().occurs() && slices.ContainsFunc(there.src.Nodes, func(n item.Node) bool { return n.Leaf == s.leaf }) {
			in = p
		}
	}
	if c := pick(ed == o.file, in.l1, in.r1); c != nil {
		return c.src
	}
	return nil
}
