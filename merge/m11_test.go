package merge_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"vgit/merge"
	"vgit/repo/item"
)

// strayLines holds M11: it names each line that before has and after has not, or the other way round or elsewhere, and whose slot
// did not change between from and to. before is L1 and after the new file, or R1 and the body.
//
// Which slot a line belongs to is found out by leaving the line out.
func strayLines(what string, before, after, from, to *item.Item, notes []merge.Note) []string {
	switch {
	case before == nil || after == nil || from == nil || to == nil:
		return nil // there is no line that could have stayed
	case bytes.Equal(before.Bytes(), after.Bytes()), bytes.Equal(before.Bytes(), from.Bytes()):
		return nil // nothing written, or the other side's edit as a whole
	case before.State() != item.Sound || after.State() != item.Sound:
		return []string{what + ": written, though it cannot be read"}
	}
	var changed []string
	for _, c := range merge.Diff(from, to) {
		changed = append(changed, c.Slot)
	}
	for _, n := range notes {
		changed = append(changed, n.Slot) // what both lose, or what follows from what both did
	}
	var wrong []string
	gone, come := changedLines(flatten(before), flatten(after))
	for _, l := range gone {
		if slots := slotsOf(before, l); !excused(slots, changed) && !replaced(l, slots, from, to, changed) {
			wrong = append(wrong, fmt.Sprintf("%s: lost or moved %q of %q, though only %q changed", what, l.leaf.Raw, slots, changed))
		}
	}
	for _, l := range come {
		if slots := slotsOf(after, l); !excused(slots, changed) && !replaced(l, slots, from, to, changed) {
			wrong = append(wrong, fmt.Sprintf("%s: new or moved %q of %q, though only %q changed", what, l.leaf.Raw, slots, changed))
		}
	}
	return wrong
}

// replaced reports whether a line belongs to an entry of a map that got another key, or to an entry that changed under another key.
func replaced(l flatLine, slots []string, from, to *item.Item, changed []string) bool {
	stands := func(it *item.Item) bool {
		return slices.ContainsFunc(flatten(it), func(o flatLine) bool { return o.leaf.Name == l.leaf.Name && o.leaf.Value() == l.leaf.Value() })
	}
	label := strings.HasPrefix(l.leaf.Name, "X-AB") // goes with its entry
	for _, slot := range slots {
		first, _, _ := strings.Cut(slot, " ")
		keyed := slices.ContainsFunc(changed, func(c string) bool { return strings.HasPrefix(c, first+" ") })
		if keyed && (label || !stands(from) || !stands(to)) {
			return true
		}
	}
	return label && len(changed) > 0 && slices.Equal(slots, []string{"x-ablabel"})
}

// flatLine is one line with the components around it, the item's root left out.
type flatLine struct {
	leaf   *item.Leaf
	around []*item.Component
}

// flatten lists the lines of an item without BEGIN and END.
func flatten(it *item.Item) []flatLine {
	var list []flatLine
	var walk func(c *item.Component, around []*item.Component)
	walk = func(c *item.Component, around []*item.Component) {
		for _, n := range c.Nodes {
			if n.Leaf != nil {
				list = append(list, flatLine{n.Leaf, around})
				continue
			}
			walk(n.Component, append(slices.Clone(around), n.Component))
		}
	}
	walk(it.Tree(), nil)
	return list
}

func (l flatLine) same(o flatLine) bool {
	return bytes.Equal(bytes.TrimRight(l.leaf.Raw, "\r\n"), bytes.TrimRight(o.leaf.Raw, "\r\n")) && l.place() == o.place()
}

// inner is the name of the component right around the line.
func (l flatLine) inner() string {
	if len(l.around) == 0 {
		return ""
	}
	return l.around[len(l.around)-1].Name
}

// place tells the components around a line apart: their names and what occurrence they are.
func (l flatLine) place() string {
	place := ""
	for _, c := range l.around {
		place += c.Name + " "
		if id := c.Leaf("RECURRENCE-ID"); id != nil {
			place += id.Value() + " "
		}
	}
	return place
}

// changedLines is what a longest common subsequence leaves on both sides.
func changedLines(a, b []flatLine) (gone, come []flatLine) {
	for len(a) > 0 && len(b) > 0 && a[0].same(b[0]) {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1].same(b[len(b)-1]) {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	width := len(b) + 1
	common := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i].same(b[j]) {
				common[i*width+j] = common[(i+1)*width+j+1] + 1
			} else {
				common[i*width+j] = max(common[(i+1)*width+j], common[i*width+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i].same(b[j]):
			i, j = i+1, j+1
		case common[(i+1)*width+j] >= common[i*width+j+1]:
			gone = append(gone, a[i])
			i++
		default:
			come = append(come, b[j])
			j++
		}
	}
	return append(gone, a[i:]...), append(come, b[j:]...)
}

// slotsOf names the slots that a line of an item belongs to: what is missed without it, else without the component around it.
func slotsOf(it *item.Item, l flatLine) []string {
	if slices.ContainsFunc(l.around, func(c *item.Component) bool { return c.Name == "VTIMEZONE" }) {
		return []string{"vtimezone"}
	}
	slots := missed(it, l.leaf.Raw)
	for i := len(l.around) - 1; i > 0; i-- {
		if l.around[i] != it.Master() {
			slots = append(slots, missed(it, l.around[i].Bytes())...)
		}
	}
	if lowered := strings.ToLower(l.leaf.Name); len(slots) == 0 && lowered != "" { // a default written out
		if l.inner() == "VTODO" && slices.Contains([]string{"status", "percent-complete"}, lowered) {
			lowered = "done"
		}
		slots = append(slots, lowered)
	} else if slots != nil && strings.HasPrefix(slots[0], "occurrence ") && lowered != "" {
		slots = append(slots, slots[0]+" "+lowered)
	}
	return slots
}

// missed are the slots that differ without a part of the item's bytes.
func missed(it *item.Item, part []byte) []string {
	var slots []string
	for _, c := range merge.Diff(it, item.Parse(without(it.Bytes(), part))) {
		if !slices.Contains(slots, c.Slot) {
			slots = append(slots, c.Slot)
		}
	}
	return slots
}

// excused reports whether a line of these slots may change when those changed: its own slot did, or one that it hangs on.
func excused(slots, changed []string) bool {
	for _, s := range slots {
		last := s[strings.LastIndexByte(s, ' ')+1:]
		if slices.Contains([]string{"dtstamp", "last-modified", "created", "rev", "sequence", "x-moz-generation", "acknowledged"}, last) {
			return true // clocks follow a write
		}
		for _, c := range changed {
			if related(s, c) {
				return true
			}
		}
	}
	return false
}

func related(slot, changed string) bool {
	if slot == changed || strings.HasPrefix(slot, changed+" ") || strings.HasPrefix(changed, slot+" ") {
		return true
	}
	times := changed == "time" || changed == "rule" || strings.HasPrefix(changed, "occurrence ")
	switch {
	case slot == "vtimezone":
		return times || strings.HasSuffix(changed, " time") || changed == "vevent"
	case strings.HasPrefix(slot, "occurrence "):
		return times || strings.HasSuffix(slot, " "+changed) // shifted, or inherited
	case strings.HasPrefix(slot, "attendee "):
		return times // the reply is void
	case strings.HasPrefix(slot, "pref "):
		return strings.HasPrefix(changed, strings.TrimPrefix(slot, "pref "))
	case strings.HasPrefix(changed, "pref "):
		return strings.HasPrefix(slot, strings.TrimPrefix(changed, "pref "))
	}
	return false
}
