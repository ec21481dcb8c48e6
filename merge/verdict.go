package merge

import "strings"

// outcome is what becomes of something that may differ in the four bodies.
type outcome int

const (
	stays  outcome = iota // nobody changed it, or both did the same: each body keeps what it has
	ours                  // the body to PUT gets what the file has
	theirs                // the file gets what the server has
	waits                 // a conflict: the file shows ours, or the edit where the other side removed
	merged                // both get the text that was merged
	void                  // both lose it
)

// verdict is what becomes of one entry of a slot, of a whole group, or of a component: as a whole, or field by field.
type verdict struct {
	in   *meeting
	part *part
	four[entry]
	name      string // of the slot, in front of it the component, behind it the key
	ours      Strength
	theirs    Strength
	outcome   outcome // of the whole
	fields    []fieldVerdict
	reluctant bool      // sent only if something else is sent, too
	conflict  *Conflict // what waits, in the whole or in one of the fields
}

// fieldVerdict is what becomes of one field of an entry that both bodies have: of the value, a parameter, a part of a structured
// value. In a group the name is that of a property in upper case, and all its lines move.
type fieldVerdict struct {
	name    string
	outcome outcome
	text    string // if merged: unescaped
	body    string // what the body gets if that is something else
}

// meeting is one slot of one component in the four bodies.
type meeting struct {
	*merging
	part *part
	name string // without what stands in front of it
	kind kind
	four[slot]
	verdicts []*verdict
	pref     *preference // which entry of another slot is the preferred one
}

// verdict returns the verdict of an entry that still stands as it is.
func (t *meeting) verdict(e four[entry]) *verdict {
	name := t.part.prefix + t.name
	if t.kind == mapped {
		name += pair{a: e.any()}.label()
	}
	return &verdict{in: t, part: t.part, four: e, name: name, ours: difference(e.l0, e.l1), theirs: difference(e.r0, e.r1)}
}

// unchanged reports whether no side has an edit in a slot.
func (t *meeting) unchanged() bool { return sameSlot(t.l0, t.l1) && sameSlot(t.r0, t.r1) }

// sameSlot is a quick look at two slots: true means that they are canonically equal.
func sameSlot(a, b *slot) bool {
	switch {
	case a == b:
		return true
	case a == nil || b == nil || len(a.entries) != len(b.entries):
		return false
	}
	for i, e := range a.entries {
		f := b.entries[i]
		if e.key != f.key || e.pref != f.pref || len(e.fields) != len(f.fields) {
			return false
		}
		for j := range e.fields {
			if e.fields[j].name != f.fields[j].name || e.fields[j].exact != f.fields[j].exact {
				return false
			}
		}
	}
	return true
}

// decide finds the verdicts of a slot.
func (t *meeting) decide() {
	if t.kind.bookkeeping() || t.unchanged() {
		return
	}
	if t.kind == group {
		v := t.verdict(four[entry]{l0: t.l0.one(), l1: t.l1.one(), r0: t.r0.one(), r1: t.r1.one()})
		t.verdicts = []*verdict{v}
		if rule := groupRules[t.name]; rule == nil || v.seen() || t.carries && drops[t.name] || !rule(t, v) {
			v.whole()
		}
		return
	}
	for _, e := range alignEntries(t.four) {
		if e.l1 == nil && e.r1 == nil {
			continue
		}
		v := t.verdict(e)
		t.verdicts = append(t.verdicts, v)
		v.decide()
	}
}

// drops are the groups whose rules may leave out what one side did. What was done in a file that waits is never left out.
var drops = map[string]bool{"place": true, "description": true}

func (s *slot) one() *entry {
	if s == nil || len(s.entries) == 0 {
		return nil
	}
	return s.entries[0]
}

// decide finds what becomes of an entry.
func (v *verdict) decide() {
	switch {
	case v.l1 == nil || v.r1 == nil || v.in.kind == set || v.any().comp != nil:
		v.whole()
	case v.ours < Strong && v.theirs < Strong:
	default:
		v.byField()
	}
	if v.in.noBase && v.outcome == ours && v.r1 == nil && unproven(v.in.name) {
		v.reluctant = true
	}
}

// unproven reports whether a slot is one that many servers drop: of a name that begins with X- or that nobody knows.
func unproven(slot string) bool {
	name := strings.ToUpper(slot)
	if strings.HasPrefix(name, "X-") {
		return true
	}
	_, calendar := calendarProperties[name]
	_, card := cardProperties[name]
	return !calendar && !card && !standardNames[name]
}

// standardNames are those of cards and calendars that have no line in the tables.
var standardNames = map[string]bool{
	"UID": true, "VERSION": true, "BDAY": true, "ANNIVERSARY": true, "DEATHDATE": true, "GENDER": true, "ORG": true, "TITLE": true,
	"ROLE": true, "TZ": true, "PHOTO": true, "LOGO": true, "SORT-STRING": true, "MAILER": true, "LABEL": true, "AGENT": true,
	"BIRTHPLACE": true, "DEATHPLACE": true, "EXPERTISE": true, "HOBBY": true, "INTEREST": true, "XML": true, "PRODID": true,
}

// whole decides by the table of 2.3 of the documentation of merging, for what moves in one piece.
func (v *verdict) whole() {
	switch {
	case v.ours < Strong && v.theirs < Strong, difference(v.l1, v.r1) <= Weak:
		v.outcome = stays
	case v.theirs < Strong, v.seen():
		v.outcome = ours
	case v.ours < Strong:
		v.outcome = theirs
	case v.in.kind == set:
		if v.outcome = ours; v.l1 == nil {
			v.outcome = theirs // somebody has just put it in
		}
	default:
		v.clash("")
	}
}

// seen reports whether a person has edited what the other side did: see Seen.
func (v *verdict) seen() bool { return v.in.kind != set && v.in.Choices[v.name] == TakeSeen }

// clash makes a conflict of a whole entry, or what a choice or the policy says.
func (v *verdict) clash(reason string) {
	v.outcome, v.fields = waits, nil
	switch v.in.choice(v.name, v.part) {
	case TakeLocal, TakeSeen:
		v.outcome = ours
	case TakeRemote:
		v.outcome = theirs
	case TakeBoth:
		v.outcome = v.both()
	}
	if v.outcome != waits {
		v.conflict = nil
		return
	}
	v.conflict = &Conflict{Slot: v.name, Base: either(v.l0, v.r0).text(), Local: v.l1.text(), Remote: v.r1.text(), Reason: reason}
	v.conflict.ShowsRemote = v.l1 == nil && v.r1 != nil
	v.conflict.tellApart(v.l1, v.r1)
}

// tellApart shows what differs between two sides that look the same.
func (c *Conflict) tellApart(l, r *entry) {
	if c.Local != c.Remote || l == nil || r == nil {
		return
	}
	if c.Local, c.Remote = changedFields(l, r), changedFields(r, l); c.Local == c.Remote {
		c.Local, c.Remote = l.digest(), r.digest()
	}
}

// digest tells bytes that are shown as "data" from others.
func (e *entry) digest() string {
	hash, size, _ := strings.Cut(strings.TrimPrefix(e.field("value").value(), "sha256:"), ":")
	return e.text() + " of " + size + " bytes, " + hash[:min(len(hash), 8)]
}

// both is what a person gets who wants both: of an entry that one side removed, the edit.
func (v *verdict) both() outcome {
	switch {
	case v.l1 == nil:
		return theirs
	case v.r1 == nil:
		return ours
	}
	return waits
}

// byField decides for each field of an entry that both bodies have.
func (v *verdict) byField() {
	var clashing []string
	for _, name := range v.fieldNames() {
		l0, l1, r0, r1 := v.l0.field(name), v.l1.field(name), v.r0.field(name), v.r1.field(name)
		mine, other := changed(l0, l1), changed(r0, r1)
		f := fieldVerdict{name: name}
		switch {
		case mine < Strong && other < Strong, changed(l1, r1) <= Weak:
			continue
		case other < Strong, v.seen():
			f.outcome = ours
		case mine < Strong:
			f.outcome = theirs
		default:
			if f.text, f.outcome = v.meetText(l0, l1, r0, r1); f.outcome == waits {
				clashing = append(clashing, name)
			}
		}
		v.fields = append(v.fields, f)
	}
	if len(clashing) > 0 {
		v.clashFields(clashing)
	}
}

// meetText merges a text that both sides changed.
func (v *verdict) meetText(l0, l1, r0, r1 *field) (string, outcome) {
	if v.in.kind != text || v.any().field("value") == nil || l1 == nil || r1 == nil || changed(l0, r0) != None {
		return "", waits
	}
	if s, ok := mergeText(l0.value(), l1.value(), r1.value()); ok {
		return s, merged
	}
	return "", waits
}

func (f *field) value() string {
	if f == nil {
		return ""
	}
	return f.exact
}

// clashFields makes one conflict of the fields that both sides changed differently; the others of the entry are merged.
func (v *verdict) clashFields(names []string) {
	take := waits
	switch v.in.choice(v.name, v.part) {
	case TakeLocal, TakeSeen:
		take = ours
	case TakeRemote:
		take = theirs
	case TakeBoth:
		v.takeBoth(names)
		return
	}
	for i := range v.fields {
		if v.fields[i].outcome == waits {
			v.fields[i].outcome = take
		}
	}
	if take != waits {
		return
	}
	base := either(v.l0, v.r0)
	v.conflict = &Conflict{Slot: v.name, Base: base.text(), Local: v.l1.text(), Remote: v.r1.text()}
	if len(names) != 1 || names[0] != "value" {
		v.conflict.Base, v.conflict.Local, v.conflict.Remote = base.some(names), v.l1.some(names), v.r1.some(names)
	} else {
		v.conflict.tellApart(v.l1, v.r1)
	}
}

// takeBoth joins two values of a text: ours, then theirs. Of other fields ours is taken.
func (v *verdict) takeBoth(names []string) {
	for i := range v.fields {
		f := &v.fields[i]
		switch {
		case f.outcome != waits:
		case v.in.kind == text && f.name == "value":
			f.outcome, f.text = merged, v.l1.field("value").value()+"\n"+v.r1.field("value").value()
		default:
			f.outcome = ours
		}
	}
}

// some shows fields of an entry.
func (e *entry) some(names []string) string {
	s := ""
	for _, name := range names {
		if f := e.field(name); f != nil {
			if s != "" {
				s += " "
			}
			if name != "value" {
				s += name + "="
			}
			s += f.text()
		}
	}
	return s
}

// fieldNames are the fields of the four entries, in the order in which they are met.
func (v *verdict) fieldNames() []string {
	names := make([]string, 0, 8)
	for i, e := range []*entry{v.l1, v.r1, v.l0, v.r0} {
		if e == nil || i > 0 && e == v.l1 {
			continue
		}
		for j := range e.fields {
			if name := e.fields[j].name; !contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// changed compares a field with itself in another body; nil stands for an absent one.
func changed(a, b *field) Strength {
	switch {
	case a == nil && b == nil:
		return None
	case a == nil:
		return b.difference(nil)
	}
	return a.difference(b)
}
