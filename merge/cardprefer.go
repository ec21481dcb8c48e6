package merge

import (
	"slices"
	"strconv"
	"strings"

	"vgit/repo/item"
)

// preference is which entries of one property are the preferred ones in the four bodies: a slot of its own.
type preference struct {
	of      *meeting
	entries []four[entry]
	verdict *verdict
}

// preferences finds the verdicts about preferred entries.
func (p *part) preferences() {
	for _, t := range slices.Clone(p.meetings) {
		if t.kind != mapped || t.unchanged() || !t.prefers() {
			continue
		}
		pr := &preference{of: t}
		for _, v := range t.verdicts {
			pr.entries = append(pr.entries, v.four)
		}
		slot := &meeting{merging: p.merging, part: p, name: "pref " + t.name, pref: pr}
		pr.verdict = &verdict{in: slot, part: p, name: p.prefix + slot.name}
		slot.verdicts = []*verdict{pr.verdict}
		pr.decide()
		p.meetings = append(p.meetings, slot)
	}
}

// prefers reports whether any entry is a preferred one.
func (t *meeting) prefers() bool {
	for _, s := range []*slot{t.l0, t.l1, t.r0, t.r1} {
		if s != nil && slices.ContainsFunc(s.entries, func(e *entry) bool { return e.pref > 0 }) {
			return true
		}
	}
	return false
}

// side picks one of four bodies.
type side func(four[entry]) *entry

func baseHere(q four[entry]) *entry  { return q.l0 }
func here(q four[entry]) *entry      { return q.l1 }
func baseThere(q four[entry]) *entry { return q.r0 }
func there(q four[entry]) *entry     { return q.r1 }

// best are the entries that a body prefers: those with the lowest rank.
func (pr *preference) best(of side) (list []int) {
	rank := 0
	for i, q := range pr.entries {
		e := of(q)
		switch {
		case e == nil || e.pref == 0 || rank > 0 && e.pref > rank:
		case e.pref == rank:
			list = append(list, i)
		default:
			rank, list = e.pref, []int{i}
		}
	}
	return list
}

// moved are the entries that one side made preferred ones, and those that are still there and no longer are.
func (pr *preference) moved(before, after side) (gained, lost []int) {
	was, is := pr.best(before), pr.best(after)
	for _, i := range is {
		if b := before(pr.entries[i]); !slices.Contains(was, i) && (b == nil || b.pref != after(pr.entries[i]).pref) {
			gained = append(gained, i)
		}
	}
	for _, i := range was {
		if !slices.Contains(is, i) && after(pr.entries[i]) != nil {
			lost = append(lost, i)
		}
	}
	return gained, lost
}

func (pr *preference) decide() {
	v := pr.verdict
	mine, lostHere := pr.moved(baseHere, here)
	other, lostThere := pr.moved(baseThere, there)
	if len(mine)+len(lostHere) > 0 {
		v.ours = Strong
	}
	if len(other)+len(lostThere) > 0 {
		v.theirs = Strong
	}
	switch {
	case v.ours < Strong && v.theirs < Strong, slices.Equal(pr.best(here), pr.best(there)):
	case slices.Equal(mine, other) && slices.Equal(lostHere, lostThere):
	case v.theirs < Strong:
		v.outcome = ours
	case v.ours < Strong:
		v.outcome = theirs
	default:
		pr.clash()
	}
	pr.removedYetPreferred(mine, there)
	pr.removedYetPreferred(other, here)
}

// removedYetPreferred makes an entry wait that one side removed and the other has just made the preferred one.
func (pr *preference) removedYetPreferred(gained []int, other side) {
	for _, i := range gained {
		q := pr.entries[i]
		if other(q) == nil && q.l0 != nil && q.r0 != nil && pr.of.verdicts[i].conflict == nil {
			pr.of.verdicts[i].clash("")
		}
	}
}

func (pr *preference) clash() {
	v := pr.verdict
	v.outcome = waits
	switch v.in.choice(v.name, v.part) {
	case TakeLocal, TakeBoth:
		v.outcome = ours
	case TakeRemote:
		v.outcome = theirs
	default:
		v.conflict = &Conflict{Slot: v.name, Base: pr.text(baseHere), Local: pr.text(here), Remote: pr.text(there)}
	}
}

// text shows what a body prefers.
func (pr *preference) text(of side) string {
	var list []string
	for _, i := range pr.best(of) {
		list = append(list, of(pr.entries[i]).text())
	}
	return strings.Join(list, ", ")
}

// writePreferences makes the preferred entries of both bodies what was decided: never two of them.
func (m *merging) writePreferences() {
	for _, p := range m.parts {
		for _, t := range p.meetings {
			if t.pref == nil {
				continue
			}
			t.pref.write(m.file, here, there, t.pref.verdict.outcome == theirs)
			if !m.forward {
				t.pref.write(m.body, there, here, t.pref.verdict.outcome == ours)
			}
		}
	}
}

// write makes one body prefer what it is to prefer: its own, or what the other side does.
func (pr *preference) write(ed *editor, own, other side, takes bool) {
	wanted := pr.best(own)
	from := own
	if takes {
		wanted, from = pr.best(other), other
	}
	rank := 0
	for _, i := range wanted {
		rank = from(pr.entries[i]).pref
	}
	for i, q := range pr.entries {
		l, added := ed.lineOf(own(q), other(q))
		if l == nil {
			continue
		}
		line := cutLine(ed.text(l))
		has := rankOf(line)
		switch is := slices.Contains(wanted, i); {
		case is && has == rank, !is && has == 0:
			continue
		case is:
			line.setPreference(cutLine(from(q).leaf.Text()))
		case rank > 0 && has > rank, !takes && !added && rank > 0 && has == rank, !takes && !added && rank == 0:
			continue
		default:
			line.setPreference(lineText{})
		}
		ed.compose(l, line.String())
	}
}

// lineOf is the line of an entry in a body: its own, or the one that was put there for the entry of the other.
func (ed *editor) lineOf(own, other *entry) (l *item.Leaf, added bool) {
	switch {
	case own != nil && own.leaf != nil && ed.has(own.leaf):
		return own.leaf, false
	case own == nil && other != nil && other.leaf != nil && ed.card != nil && ed.card.placed[other.leaf] != nil:
		return ed.card.placed[other.leaf], true
	}
	return nil, false
}

// rankOf is how preferred a line is: 1 is first, 0 is none.
func rankOf(line lineText) int {
	rank := 0
	for _, p := range line.params {
		name, value, found := strings.Cut(p, "=")
		switch {
		case found && strings.EqualFold(name, "PREF"):
			if n, err := strconv.Atoi(canonNumber(strings.Trim(value, `"`))); err == nil && n > 0 {
				return n
			}
		case hasPref(p):
			rank = 1
		}
	}
	return rank
}
