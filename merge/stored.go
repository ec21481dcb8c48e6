package merge

import (
	"slices"
	"strings"
	"time"

	"vgit/repo/item"
)

// Kept says what a server made of a body that it was sent.
type Kept struct {
	Missing []string // slots that it did not keep; of a group the names of the properties
	Changed []Change // edits that it made: the local file gets them before the pair moves
	Shifted bool     // it moved the time by the offset of a zone: the pair stays, and nothing of the time is pulled
	Local   []byte   // the file with Changed in it; the bytes of the file itself where there is nothing to pull
}

// Stored compares what was sent with what the server holds, slot by slot. What the server added stays there, what it left out stays
// in the file, and what it wrote otherwise is an edit made by it. file is the local one.
func Stored(sent, stored, file *item.Item) Kept {
	kept := Kept{Local: file.Bytes()}
	if compareAbsent(sent, stored) < Strong {
		return kept
	}
	for _, it := range []*item.Item{sent, stored, file} {
		if it.State() != item.Sound || isCard(it) != isCard(sent) || it.Component() != sent.Component() {
			kept.Changed = []Change{wholeItem(sent, stored, Strong).change()}
			kept.Local = stored.Bytes()
			return kept
		}
	}
	m := &merging{Versions: Versions{L0: file, L1: file, R0: sent, R1: stored}}
	if isCard(file) && m.severalVersions() {
		m.converted = true
		m.R0, _ = inVersion(sent, cardVersion(cardOf(file)))
		m.R1, _ = inVersion(stored, cardVersion(cardOf(file)))
	}
	m.readAll()
	m.decide()
	for _, p := range m.parts {
		p.kept(&kept)
	}
	for _, o := range m.occasions {
		o.state.keptState(&kept)
	}
	slices.Sort(kept.Missing)
	kept.Missing = slices.Compact(kept.Missing)
	if len(kept.Changed) > 0 {
		m.write()
		kept.Local = m.file.bytes()
	}
	return kept
}

// kept leaves only those verdicts in force that are edits made by the server.
func (p *part) kept(k *Kept) {
	if v := p.verdict; v != nil {
		switch {
		case p.r0 != nil && p.r1 == nil:
			if v.theirs == Strong {
				k.Missing = append(k.Missing, v.name)
			}
			v.take(stays)
		case p.r0 == nil:
			v.take(stays)
		case v.outcome == theirs:
			k.Changed = append(k.Changed, Change{Component: p.any().name, Slot: v.name, Old: p.r0.title(), New: p.r1.title(), Strength: Strong})
		}
		return
	}
	for _, t := range p.meetings {
		for _, v := range t.verdicts {
			v.kept(k)
		}
	}
	for _, a := range p.alarms {
		a.kept(k)
	}
}

func (v *verdict) kept(k *Kept) {
	if v.theirs < Strong || v.in.name == "uid" {
		v.take(stays)
		return
	}
	if v.in.name == "photo" && v.keptPhoto(k) {
		v.take(stays)
		return
	}
	lost, differing := v.lost()
	if v.r0 != nil && (v.r1 == nil || !differing) {
		k.Missing = append(k.Missing, lost...)
	}
	switch {
	case v.r0 == nil || !differing:
		v.take(stays)
	case v.in.name == "time" && v.shifted():
		k.Shifted = true
		v.take(stays)
	default:
		v.keepEdits()
		d := delta{component: v.part.any().name, slot: v.name, a: v.r0, b: v.r1, strength: Strong}
		k.Changed = append(k.Changed, d.change())
	}
}

// lost names what the server left out of an entry, and reports whether something that it kept has another value.
func (v *verdict) lost() (names []string, differing bool) {
	if v.r0 == nil {
		return nil, false
	}
	for i := range v.r0.fields {
		f := &v.r0.fields[i]
		g := v.r1.field(f.name)
		switch {
		case changed(f, g) < Strong:
		case g != nil && !v.cut(f, g):
			differing = true
		case v.in.kind == group:
			property := v.in.property(f.name)
			names = append(names, strings.TrimSpace(v.part.prefix+property))
		default:
			names = append(names, v.name)
		}
	}
	if v.in.name == "time" || v.in.name == "rule" {
		// Start and end go together: what is left of them is another time.
		differing = differing || v.r1 != nil && len(names) > 0
	}
	return names, differing
}

// property is the name of the property that a field of a group stands in.
func (t *meeting) property(field string) string {
	name, _, _ := strings.Cut(field, ";")
	switch {
	case t.name == "photo" && !strings.HasPrefix(name, "x-image"):
		return "photo"
	case t.name == "name" && !isOfFN(field):
		return "n"
	}
	return name
}

// cut reports whether a server stored only the beginning of a text: what it takes for its end, or as much as it has room for.
// Nobody has edited the text, and the rest of it stays in the file like all that a server leaves out.
func (v *verdict) cut(sent, stored *field) bool {
	switch v.in.name {
	case "time", "rule", "done":
		return false
	}
	return strings.HasPrefix(sent.exact, stored.exact)
}

// keepEdits drops the fields that the server only added or left out.
func (v *verdict) keepEdits() {
	v.fields = slices.DeleteFunc(v.fields, func(f fieldVerdict) bool {
		sent, stored := v.r0.field(f.name), v.r1.field(f.name)
		return v.in.kind != group && (sent == nil || stored == nil || v.cut(sent, stored))
	})
}

// shifted reports whether a server moved a time by exactly the offset of a zone of it.
func (v *verdict) shifted() bool {
	sent, stored := v.part.r0.start, v.part.r1.start
	if sent == nil || stored == nil {
		return false
	}
	from, ok := sent.instant()
	to, okTo := stored.instant()
	if !ok || !okTo || from.Equal(to) {
		return false
	}
	by := int(to.Sub(from).Seconds())
	for _, m := range []*moment{sent, stored} {
		if m.zone == nil || m.zone.loc == nil {
			continue
		}
		for _, at := range []time.Time{from, to} {
			if _, offset := at.In(m.zone.loc).Zone(); by == offset || by == -offset {
				return true
			}
		}
	}
	return false
}

// keptState is kept for the state of an occurrence: one that the server dropped is not kept, one that it made otherwise is its edit.
func (v *verdict) keptState(k *Kept) {
	switch {
	case v.theirs < Strong || v.r0 == nil:
		v.take(stays)
	case v.r1 == nil:
		k.Missing = append(k.Missing, v.name)
		v.take(stays)
	case v.outcome == theirs:
		d := delta{component: v.in.models.r1.name, slot: v.name, a: v.r0, b: v.r1, strength: Strong}
		k.Changed = append(k.Changed, d.change())
	}
}
