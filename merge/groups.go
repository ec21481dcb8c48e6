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

// describe merges a text by line. Renderings of it move with the group, if only one side changed them.
func describe(t *meeting, v *verdict) bool {
	if v.ours < Strong || v.theirs < Strong || v.l1 == nil || v.r1 == nil || difference(v.l1, v.r1) <= Weak {
		return false
	}
	for _, field := range v.fieldNames() { // renderings and parameters have no lines to merge by
		if field != "description" && (changed(v.l0.field(field), v.l1.field(field)) == Strong || changed(v.r0.field(field), v.r1.field(field)) == Strong) {
			return false
		}
	}
	l0, l1, r1 := v.l0.field("description"), v.l1.field("description"), v.r1.field("description")
	if l1 == nil || r1 == nil || changed(l0, v.r0.field("description")) != None {
		return false
	}
	text, ok := mergeText(l0.value(), l1.value(), r1.value())
	if !ok && v.in.choice(v.name, v.part) == TakeBoth {
		text, ok = l1.value()+"\n"+r1.value(), true
	}
	if ok {
		v.fields = []fieldVerdict{{name: "DESCRIPTION", outcome: merged, text: text}}
	}
	return ok
}
