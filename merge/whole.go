package merge

import (
	"bytes"
	"cmp"

	"vgit/repo/item"
)

// whole says why four bodies cannot be merged slot by slot, or "".
func (v Versions) whole() string {
	for _, it := range []*item.Item{v.L0, v.L1, v.R0, v.R1} {
		switch {
		case it == nil:
		case it.State() != item.Sound:
			return "unparsable"
		case isCard(it) != isCard(v.L1) || it.Component() != v.L1.Component():
			return "another kind of item"
		case tooMany(it.Tree()):
			return "more lines than can be merged"
		}
	}
	uid := func(it, base *item.Item) string {
		if base == nil {
			base = v.L1
		}
		if withoutURN(it.UID()) != withoutURN(base.UID()) {
			return "another UID"
		}
		return ""
	}
	if !isCard(v.L1) { // an occurrence that is taken over brings its UID
		return cmp.Or(uid(v.L1, v.L0), uid(v.R1, v.L1))
	}
	return cmp.Or(uid(v.L1, v.L0), uid(v.R1, v.R0))
}

// Beyond these numbers, and that of lines in one group of a card, an item is merged in one piece: lines and components in one component,
// and elements in one line. Nobody writes
// such items, and merging them would take a time that grows with the square of their size.
const (
	mergedNodes    = 1 << 12
	mergedElements = 1 << 11
)

func tooMany(c *item.Component) bool {
	if len(c.Nodes) > mergedNodes {
		return true
	}
	groups := map[string]int{}
	for _, n := range c.Nodes {
		switch {
		case n.Leaf != nil && n.Leaf.Group != "":
			if groups[n.Leaf.Group]++; groups[n.Leaf.Group] > manyInGroup {
				return true
			}
		case n.Component != nil:
			if tooMany(n.Component) {
				return true
			}
		case len(n.Leaf.Raw) > mergedElements && separated(n.Leaf.Name) && bytes.Count(n.Leaf.Raw, []byte(",")) > mergedElements:
			return true
		}
	}
	return false
}

// separated reports whether a property is a list with commas.
func separated(name string) bool {
	return isDates(name) || calendarProperties[name].separated || cardProperties[name].separated
}

// wholeMerge moves the item in one piece: where only one side changed, it is taken.
func wholeMerge(v Versions, c Context, reason string) Result {
	ours, theirs := compareAbsent(v.L0, v.L1), compareAbsent(v.R0, v.R1)
	if v.L1 == nil && v.L0 != nil && theirs == Strong && onlyReplies(v, c) {
		theirs = Bookkeeping
	}
	switch {
	case theirs < Strong && ours < Strong, v.L1 != nil && v.R1 != nil && compareAbsent(v.L1, v.R1) < Strong:
		return Result{Local: bytesOf(v.L1)}
	case v.L1 == nil && v.R1 == nil:
		return Result{}
	case ours < Strong:
		return takeWhole(v, TakeRemote)
	case theirs < Strong:
		return takeWhole(v, TakeLocal)
	}
	choice := c.Choices["item"]
	if choice == Undecided {
		switch c.Policy {
		case Local:
			choice = TakeLocal
		case Remote:
			choice = TakeRemote
		case Newer:
			choice = newerItem(v.L1, v.R1)
		}
	}
	if choice == TakeBoth { // there is but one file: the edit
		if choice = TakeLocal; v.L1 == nil {
			choice = TakeRemote
		}
	}
	if choice != Undecided {
		return takeWhole(v, choice)
	}
	shown, theirsShown := v.L1, false
	if shown == nil {
		shown, theirsShown = v.R1, true
	}
	return Result{Local: shown.Bytes(), Conflicts: []Conflict{{Slot: "item", Base: title(either(v.L0, v.R0)), Local: title(v.L1),
		Remote: title(v.R1), ShowsRemote: theirsShown, Reason: reason}}}
}

// takeWhole makes both sides like one of them.
func takeWhole(v Versions, c Choice) Result {
	switch {
	case c == TakeRemote:
		return Result{Local: bytesOf(v.R1)}
	case v.L1 == nil:
		return Result{Send: Delete}
	}
	return Result{Local: v.L1.Bytes(), Body: v.L1.Bytes(), Send: Put}
}

// newerItem says which of two items was changed later, by their own clocks.
func newerItem(l, r *item.Item) Choice {
	if l == nil || r == nil || l.State() != item.Sound || r.State() != item.Sound || isCard(l) != isCard(r) {
		return Undecided
	}
	ml, mr := models(l, r)
	p := &part{four: four[component]{l1: ml.main(), r1: mr.main()}}
	return p.newer()
}

// main is the series or the card, if it is there.
func (m *model) main() *component {
	for _, c := range m.components {
		if c.name == m.name && !c.occurs() {
			return c
		}
	}
	return nil
}

// compareAbsent is Compare for bodies that may be absent.
func compareAbsent(a, b *item.Item) Strength {
	switch {
	case a == nil && b == nil:
		return None
	case a == nil || b == nil:
		return Strong
	case bytes.Equal(a.Bytes(), b.Bytes()):
		return None
	}
	return Compare(a, b)
}

func bytesOf(it *item.Item) []byte {
	if it == nil {
		return nil
	}
	return it.Bytes()
}

func title(it *item.Item) string {
	if it == nil {
		return ""
	}
	return it.Summary()
}
