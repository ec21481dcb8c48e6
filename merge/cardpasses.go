package merge

import (
	"encoding/base64"
	"slices"
	"strings"

	"vgit/repo/item"
)

// cards looks at the verdicts of a card together.
func (m *merging) cards() {
	if !isCard(m.L1) {
		return
	}
	for _, p := range m.parts {
		if p.verdict != nil {
			continue
		}
		p.photoLost()
		for _, t := range p.meetings {
			for _, v := range t.verdicts {
				v.labelAgainstType()
			}
		}
		p.preferences()
		p.staleLabels()
	}
}

// labelAgainstType makes an entry wait of which one side changed the label and the other the TYPE: both say what it is.
func (v *verdict) labelAgainstType() {
	if v.in.kind != mapped || v.l1 == nil || v.r1 == nil {
		return
	}
	label, types := v.fieldVerdict("x-ablabel"), v.fieldVerdict("type")
	if label == nil || types == nil || label.outcome == types.outcome || label.outcome == waits || types.outcome == waits {
		return
	}
	label.outcome, types.outcome = waits, waits
	var clashing []string
	for _, f := range v.fields {
		if f.outcome == waits {
			clashing = append(clashing, f.name)
		}
	}
	v.clashFields(clashing)
}

func (v *verdict) fieldVerdict(name string) *fieldVerdict {
	for i := range v.fields {
		if v.fields[i].name == name {
			return &v.fields[i]
		}
	}
	return nil
}

// staleLabels drops the label of an address where it is not of the address that comes out, if both sides changed something.
func (p *part) staleLabels() {
	t := p.meeting("adr")
	if t == nil || !p.changedBySide() {
		return
	}
	for _, v := range t.verdicts {
		if v.l1 == nil || v.r1 == nil || !v.staleLabel() {
			continue
		}
		v.fields = append(v.fields, fieldVerdict{name: "label", outcome: void})
		p.note("stale-label", v.name, "the label of "+v.name+" was written for another address, and goes")
	}
}

// changedBySide reports whether both sides changed something.
func (p *part) changedBySide() bool {
	mine, other := false, false
	for _, t := range p.meetings {
		mine = mine || t.changedHere() == Strong
		other = other || t.changedThere() == Strong
	}
	return mine && other
}

// staleLabel reports whether the label of an address is not of that address, and takes what was decided about it away.
func (v *verdict) staleLabel() bool {
	mine, other := changed(v.l0.field("label"), v.l1.field("label")), changed(v.r0.field("label"), v.r1.field("label"))
	movedHere, movedThere := addressMoved(v.l0, v.l1), addressMoved(v.r0, v.r1)
	f := v.fieldVerdict("label")
	label := v.l1.field("label")
	if f != nil && f.outcome == theirs {
		label = v.r1.field("label")
	}
	stale := false
	switch {
	case f != nil && f.outcome == waits:
		// A merge whose file was written and not sent looks like this, too: who moved has dropped the label.
		stale = movedHere && v.l1.field("label") == nil || movedThere && v.r1.field("label") == nil
	case label == nil:
	case !addressMoved(v.l1, v.r1) && changed(v.l1.field("label"), v.r1.field("label")) < Strong: // that is what both have
	case mine < Strong && other < Strong:
		stale = movedHere || movedThere
	case other < Strong:
		stale = movedThere
	case mine < Strong:
		stale = movedHere
	default:
		stale = movedHere != movedThere
	}
	if stale && f != nil {
		i := 0
		for &v.fields[i] != f {
			i++
		}
		v.fields = append(v.fields[:i], v.fields[i+1:]...)
		if !slices.ContainsFunc(v.fields, func(f fieldVerdict) bool { return f.outcome == waits }) {
			v.conflict = nil
		}
	}
	return stale
}

// addressMoved reports whether an address is another one.
func addressMoved(a, b *entry) bool {
	for _, pair := range [][2]*entry{{a, b}, {b, a}} {
		if pair[0] == nil {
			continue
		}
		for i := range pair[0].fields {
			if f := &pair[0].fields[i]; f.part > 0 && changed(f, pair[1].field(f.name)) == Strong {
				return true
			}
		}
	}
	return false
}

// photoLost holds back that the server lost or damaged the picture while it wrote the card anew.
func (p *part) photoLost() {
	t := p.meeting("photo")
	if t == nil || len(t.verdicts) == 0 || p.r0 == nil || t.verdicts[0].l1 == nil || t.verdicts[0].theirs < Strong || !lostPhoto(p.R0, p.R1) {
		return
	}
	t.verdicts[0].clash("the server lost or damaged it")
	if t.verdicts[0].conflict != nil {
		p.note("photo-lost", "photo", "the server lost or damaged the photo when it wrote the card anew; the file keeps it")
	}
}

// lostPhoto reports whether the picture of a card is cut, which nobody does who means it, or whether it is gone and the card was written by
// another program, or in another version.
func lostPhoto(before, after *item.Item) bool {
	a, b := cardOf(before), cardOf(after)
	if valueOf(a, "VERSION") == valueOf(b, "VERSION") && valueOf(a, "PRODID") == valueOf(b, "PRODID") && valueOf(b, "PHOTO") == "" {
		return false
	}
	return damagedPhoto(a, b)
}

// damagedPhoto reports whether there is nothing in a card any more, or only the beginning, of the picture of another one.
func damagedPhoto(a, b *item.Component) bool {
	data, inline := photoData(a)
	if !inline || len(data) == 0 {
		return false
	}
	l := b.Leaf("PHOTO")
	if l == nil || strings.TrimSpace(l.Value()) == "" {
		return true
	}
	left, inline := photoData(b)
	if !inline {
		scheme, _, found := strings.Cut(canonURI(l.Value()), ":")
		return !found || scheme == "data" || !isScheme(scheme)
	}
	return len(left) < len(data) && string(left) == string(data[:len(left)])
}

func valueOf(c *item.Component, name string) string {
	if l := c.Leaf(name); l != nil {
		return strings.TrimSpace(l.Value())
	}
	return ""
}

// photoData is the picture of a card, if it is in the card and can be read.
func photoData(c *item.Component) (data []byte, inline bool) {
	l := c.Leaf("PHOTO")
	if l == nil {
		return nil, false
	}
	text, inline := inlineData(cardLine{name: "PHOTO", leaf: l, params: cardParams(l), value: l.Value()})
	if !inline {
		return nil, false
	}
	data, err := decodeBase64(text)
	return data, err == nil
}

func decodeBase64(s string) ([]byte, error) {
	if strings.ContainsAny(s, " \t\r\n") {
		s = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(s)
	}
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
}

// keptPhoto reports whether a server only put a picture somewhere else that it was sent, or damaged it, which counts as not kept. The
// file keeps its own in both cases.
func (v *verdict) keptPhoto(k *Kept) bool {
	sent, stored := v.r0.field("value"), v.r1.field("value")
	switch {
	case sent == nil || stored == nil || !strings.HasPrefix(sent.exact, "sha256:"):
		return false
	case strings.HasPrefix(stored.exact, "https://"), strings.HasPrefix(stored.exact, "http://"):
		return true
	case damagedPhoto(v.part.r0.src, v.part.r1.src):
		k.Missing = append(k.Missing, "photo")
		return true
	}
	return false
}

// movedPhoto reports whether the server lost the picture of a card, or only put it somewhere else.
func movedPhoto(before, after *item.Item, host string) bool {
	if cardOf(before).Leaf("PHOTO") == nil && cardOf(before).Leaf("LOGO") == nil {
		return false
	}
	if lostPhoto(before, after) {
		return true
	}
	a, b := models(before, after)
	return linkedPhotos(a.main(), b.main(), host)
}

// linkedPhotos makes a picture weakly the same whose bytes were in r0 and that is a link to the remote's own host in r1: the server
// only put it somewhere else. It returns whether there is one.
func linkedPhotos(r0, r1 *component, host string) bool {
	if r0 == nil || r1 == nil || host == "" {
		return false
	}
	found := false
	for _, name := range []string{"photo", "logo"} {
		a, b := r0.find(name).one().field("value"), r1.find(name).one().field("value")
		if a == nil || b == nil || !strings.HasPrefix(a.exact, "sha256:") || !onHost(b.exact, host) {
			continue
		}
		b.loose, found = a.loose, true
	}
	return found
}

// onHost reports whether a canonical URI is a web address on a host or under it.
func onHost(uri, host string) bool {
	scheme, rest, _ := strings.Cut(uri, "://")
	if scheme != "http" && scheme != "https" {
		return false
	}
	name, _, _ := strings.Cut(rest, "/")
	name = name[strings.LastIndexByte(name, '@')+1:]
	return bareHost(name) == bareHost(host) || strings.HasSuffix(bareHost(name), "."+bareHost(host))
}

func bareHost(s string) string {
	s = strings.ToLower(s)
	if i := strings.LastIndexByte(s, ':'); i >= 0 && allDigits(s[i+1:]) {
		s = s[:i]
	}
	return strings.TrimSuffix(s, ".")
}
