package merge

import (
	"maps"
	"slices"
	"strings"

	"vgit/repo/item"
)

// validateCards complains about cards that do not fit together where both that came in do.
func (m *merging) validateCards() {
	if !isCard(m.L1) {
		return
	}
	inputs := [2]flaws{flawsOf(m.L1), flawsOf(m.R1)}
	for _, it := range []*item.Item{m.newFile, m.newBody} {
		found := flawsOf(it)
		for _, p := range m.parts {
			p.checkCard(found, inputs)
		}
	}
}

// flaws are the ways in which a card does not fit together, with how often.
type flaws map[string]int

// flawsOf counts the flaws of a card.
func flawsOf(it *item.Item) flaws {
	c := cardOf(it)
	f := flaws{}
	seen := map[string]int{}
	preferred := map[string]int{}
	for l := range c.Leaves() {
		seen[l.Name]++
		for _, p := range cardParams(l) {
			if p.Name == "PID" && len(p.Values) > 0 {
				id := l.Name + " " + p.Values[0]
				if seen["PID "+id]++; seen["PID "+id] > 1 {
					f["pid "+strings.ToLower(l.Name)]++
				}
			}
		}
		if isMap(l.Name) && rankOf(cutLine(l.Text())) == 1 {
			preferred[modernName(l.Name)]++
		}
	}
	for _, g := range cardGroups(c) {
		if len(g.owners) == 0 {
			f["label"] += len(g.labels)
		}
	}
	for name, n := range preferred {
		if n > 1 {
			f["pref "+strings.ToLower(name)] = n - 1
		}
	}
	if seen["UID"] > 1 {
		f["uid"] = seen["UID"] - 1
	}
	if seen["FN"] == 0 {
		f["fn"] = 1
	}
	if seen["N"] == 0 && cardVersion(c) == "3.0" {
		f["n"] = 1
	}
	return f
}

func isMap(name string) bool { return cardProperties[modernName(name)].kind == mapped }

// flawReasons say what is wrong, by the first word of a flaw.
var flawReasons = map[string]string{
	"fn": "the card would have no FN", "n": "the card would have no N, which vCard 3.0 needs", "uid": "two UIDs", "pid": "two entries with one PID",
	"label": "a label without its property", "pref": "two entries would be preferred",
}

// checkCard makes the slots of the flaws wait that neither card had.
func (p *part) checkCard(found flaws, inputs [2]flaws) {
	for _, flaw := range slices.Sorted(maps.Keys(found)) {
		if n := found[flaw]; n <= max(inputs[0][flaw], inputs[1][flaw]) {
			continue
		}
		kind, slot, _ := strings.Cut(flaw, " ")
		switch kind {
		case "fn", "n":
			slot = "name"
		case "uid":
			slot = "uid"
		case "pref":
			slot = flaw
		}
		for _, t := range p.meetings {
			if t.name == slot || kind == "label" && t.kind == mapped {
				p.complain(flawReasons[kind], t.verdicts...)
			}
		}
	}
}
