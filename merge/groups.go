package merge

import "strings"

// property is what both sides did to the lines of one name in a group: the value and the parameters together.
func (v *verdict) property(name string) (ours, theirs Strength) {
	lower := strings.ToLower(name)
	for _, field := range v.fieldNames() {
		if field == lower || strings.HasPrefix(field, lower+";") {
			ours = max(ours, changed(v.l0.field(field), v.l1.field(field)))
			theirs = max(theirs, changed(v.r0.field(field), v.r1.field(field)))
		}
	}
	return ours, theirs
}

// alike reports whether both bodies have the same lines of a name.
func (v *verdict) alike(name string) bool {
	lower := strings.ToLower(name)
	for _, field := range v.fieldNames() {
		if (field == lower || strings.HasPrefix(field, lower+";")) && changed(v.l1.field(field), v.r1.field(field)) > Weak {
			return false
		}
	}
	return true
}

// bothDiffer reports whether both sides changed a group, and not to the same.
func (v *verdict) bothDiffer() bool {
	return v.ours == Strong && v.theirs == Strong && difference(v.l1, v.r1) > Weak
}

// byProperty lets each property of a group go its own way; false is one that both changed differently.
func (v *verdict) byProperty(names []string) ([]fieldVerdict, bool) {
	var fields []fieldVerdict
	for _, name := range names {
		mine, other := v.property(name)
		switch {
		case mine < Strong && other < Strong, v.alike(name):
		case mine == Strong && other == Strong:
			return nil, false
		case mine == Strong:
			fields = append(fields, fieldVerdict{name: name, outcome: ours})
		default:
			fields = append(fields, fieldVerdict{name: name, outcome: theirs})
		}
	}
	return fields, true
}

// oneSided decides a group that one side changed: as a whole where the bases agree, else only what that side changed, so that what a
// body has alone stays in it.
func (v *verdict) oneSided(names []string) bool {
	if v.ours == Strong == (v.theirs == Strong) || difference(v.l0, v.r0) == None {
		return false
	}
	fields, ok := v.byProperty(names)
	v.fields = fields
	return ok
}

// drops reports whether there is a stale field to drop. What only the server has and what it left behind itself stays there: the file
// could not tell later that it was dropped.
func (v *verdict) drops(name string, way outcome) bool {
	return v.l1.field(name) != nil || v.r1.field(name) != nil && (way != theirs || v.l0.field(name) != nil)
}

// meetPlace merges what says where something is. A position that one side added for a place that the other has left is dropped.
func meetPlace(_ *meeting, v *verdict) bool {
	names := groupNames["place"]
	if !v.bothDiffer() {
		return v.oneSided(names)
	}
	mine, other := v.property("LOCATION")
	if mine == Strong == (other == Strong) {
		if mine == Strong && !v.alike("LOCATION") {
			return false
		}
		fields, ok := v.byProperty(names)
		v.fields = fields
		return ok
	}
	way, dropped := pick(mine == Strong, ours, theirs), false
	fields := []fieldVerdict{{name: "LOCATION", outcome: way}}
	for _, name := range names[1:] {
		here, there := v.property(name)
		moved, stayed := pick(mine == Strong, here, there), pick(mine == Strong, there, here)
		base, now := pick(mine == Strong, v.r0, v.l0), pick(mine == Strong, v.r1, v.l1)
		field := strings.ToLower(name)
		switch {
		case stayed == Strong && base.field(field) != nil && now.field(field) != nil && !v.alike(name):
			return false
		case moved == Strong && v.alike(name):
		case moved == Strong:
			fields = append(fields, fieldVerdict{name: name, outcome: way})
			dropped = dropped || stayed == Strong
		case way == theirs && stayed == Strong && v.l0.field(field) == nil && v.r1.field(field) != nil: // the server's own stays, here as well
			fields = append(fields, fieldVerdict{name: name, outcome: theirs})
			dropped = true
		case v.drops(field, way):
			fields = append(fields, fieldVerdict{name: name, outcome: void})
			dropped = true
		}
	}
	v.fields = fields
	if dropped {
		v.stalePosition()
	}
	return true
}

func (v *verdict) stalePosition() {
	v.in.note("place", v.name, "the place changed; the position of the old one was dropped")
}

// describe merges a text by line. Formatted renderings of a text that is not what they render are dropped.
func describe(_ *meeting, v *verdict) bool {
	names := groupNames["description"]
	if !v.bothDiffer() {
		return v.oneSided(names)
	}
	text, ok := v.meetDescription()
	if !ok {
		return false
	}
	fields, dropped := []fieldVerdict(nil), false
	if text.outcome != stays {
		fields = append(fields, text)
	}
	for _, name := range names[1:] {
		f, ok := v.meetRendering(name, text)
		if !ok {
			return false
		}
		if f.outcome != stays {
			fields = append(fields, f)
		}
		dropped = dropped || f.outcome == void
	}
	v.fields = fields
	if dropped {
		v.staleRendering()
	}
	return true
}

func (v *verdict) staleRendering() {
	v.in.note("stale-html", v.name, "the text changed; its formatted rendering showed the old one and was dropped")
}

// meetDescription merges the text of a description.
func (v *verdict) meetDescription() (fieldVerdict, bool) {
	f := fieldVerdict{name: "DESCRIPTION"}
	for _, field := range v.fieldNames() { // parameters have no lines to merge by
		if strings.HasPrefix(field, "description;") && !v.alike("DESCRIPTION") {
			mine, other := changed(v.l0.field(field), v.l1.field(field)), changed(v.r0.field(field), v.r1.field(field))
			if mine == Strong || other == Strong {
				return f, false
			}
		}
	}
	l0, l1, r0, r1 := v.l0.field("description"), v.l1.field("description"), v.r0.field("description"), v.r1.field("description")
	mine, other := changed(l0, l1) == Strong, changed(r0, r1) == Strong
	switch {
	case !mine && !other, changed(l1, r1) <= Weak:
	case !other:
		f.outcome = ours
	case !mine:
		f.outcome = theirs
	case l1 == nil || r1 == nil || changed(l0, r0) != None || inSeveralLines(l0, l1, r1):
		return f, false
	default:
		ok := false
		f.outcome = merged
		if f.text, ok = mergeText(l0.value(), l1.value(), r1.value()); !ok {
			f.text, ok = l1.value()+"\n"+r1.value(), v.in.choice(v.name, v.part) == TakeBoth
		}
		return f, ok
	}
	return f, true
}

// inSeveralLines reports whether a field is made of several lines of the file.
func inSeveralLines(fields ...*field) bool {
	for _, f := range fields {
		if strings.Contains(f.value(), "\x1e") {
			return true
		}
	}
	return false
}

// meetRendering decides about a rendering of a text that was merged.
func (v *verdict) meetRendering(name string, text fieldVerdict) (fieldVerdict, bool) {
	f, field := fieldVerdict{name: name}, strings.ToLower(name)
	here, there := v.property(name)
	mine, other := here == Strong, there == Strong
	way := pick(mine, ours, theirs)
	switch {
	case !mine && !other:
		if text.outcome != stays && v.drops(field, text.outcome) {
			f.outcome = void
		}
	case v.alike(name):
	case mine && other && (v.l1.field(field) != nil && v.r1.field(field) != nil || text.outcome == stays):
		return f, false
	case mine && other: // one dropped it with its text
		f.outcome = void
	case pick(mine, v.l1, v.r1).field(field) == nil, text.outcome == stays, text.outcome == way:
		f.outcome = way
	case text.outcome == merged && text.text == pick(mine, v.l1, v.r1).field("description").value():
		f.outcome = way
	case text.outcome != merged && pick(mine, v.l0, v.r0).field(field) != nil:
		return f, false // the rendering was edited, and the text elsewhere
	default:
		f.outcome = void
	}
	return f, true
}

// dropStale looks at groups that one side changed in a merge of both: what only repeats another member, and was left as it was while
// that changed, is dropped.
func dropStale(m *merging) {
	if here, there := m.strongSides(); !here || !there {
		return
	}
	for _, p := range m.parts {
		if p.l1 == nil || p.r1 == nil || m.guest(p) { // what a guest sees is the organizer's care
			continue
		}
		for _, slot := range []string{"place", "description"} {
			if t := p.meeting(slot); t != nil && len(t.verdicts) == 1 {
				t.verdicts[0].dropStale(groupNames[slot])
			}
		}
	}
}

// dropStale takes the value of a group that one side changed, without members that its side left as they were.
func (v *verdict) dropStale(names []string) {
	if v.outcome != ours && v.outcome != theirs || v.ours == Strong && v.theirs == Strong {
		return
	}
	main := strings.ToLower(names[0])
	mine := v.outcome == ours
	base, now := pick(mine, v.l0, v.r0), pick(mine, v.l1, v.r1)
	if base.field(main) == nil || changed(base.field(main), now.field(main)) < Strong {
		return
	}
	fields, stale := []fieldVerdict{{name: names[0], outcome: v.outcome}}, false
	for _, name := range names[1:] {
		here, there := v.property(name)
		switch field := strings.ToLower(name); {
		case pick(mine, here, there) == Strong:
			return // more than the main one changed
		case v.drops(field, v.outcome):
			fields = append(fields, fieldVerdict{name: name, outcome: void})
			stale = true
		}
	}
	if !stale {
		return
	}
	v.take(stays)
	v.fields = fields
	if names[0] == "LOCATION" {
		v.stalePosition()
		return
	}
	v.staleRendering()
}
