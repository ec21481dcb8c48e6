package merge

import (
	"strings"

	"vgit/repo/item"
)

// Carry is what the local side stands for while an item waits: intent, what it stood for when the file was last written, with the
// edits that were made in the file since, from shown to now. What was done now wins. nil is an absent item: an intent of nil is a
// deletion, which an edit of the file takes back and anything less does not; now nil is one that was made now.
func Carry(intent, shown, now *item.Item) *item.Item {
	switch {
	case now == nil && shown == nil, sameBytes(shown, now):
		return intent
	case now == nil || sameBytes(intent, shown):
		return now
	case intent == nil || shown == nil:
		if compareAbsent(shown, now) < Strong {
			return intent
		}
		return now
	}
	r := Reconcile(Versions{L0: shown, L1: intent, R0: shown, R1: now}, Context{Policy: Remote, carries: true})
	if len(r.Conflicts) > 0 {
		return now
	}
	return item.Parse(r.Local)
}

// Seen is what was settled by editing a file that waits: where it shows theirs, because ours was a removal, an edit says that theirs
// was seen, and ours is what the file has now. v has the intent as L1, and the choices are those for the merge of what Carry gives.
// A slot that has changed on the server after it was shown is not settled. What had arrived in the file and was
// edited there is ours, even where it was put back as it once was.
func Seen(v Versions, shown, now *item.Item, c Context) map[string]Choice {
	if shown == nil || sameBytes(shown, now) {
		return nil
	}
	edited := strongSlots(shown, now)
	if len(edited) == 0 {
		return nil
	}
	r := Reconcile(v, c)
	moved := strongSlots(shown, item.Parse(r.Local))
	choices := map[string]Choice{}
	unlike, merged := strongSlots(shown, v.R1), strongSlots(v.L1, shown)
	for _, conflict := range r.Conflicts {
		delete(merged, conflict.Slot)
	}
	for slot := range edited { // theirs had arrived, alone or in what both made together, and was edited
		if (!unlike[slot] || merged[slot]) && !touches(moved, slot) {
			choices[slot] = TakeSeen
		}
	}
	for _, conflict := range r.Conflicts {
		switch {
		case !conflict.ShowsRemote:
		case conflict.Slot == "item" && len(moved) == 0:
			choices["item"] = TakeLocal
			for slot := range edited {
				choices[slot] = TakeLocal
			}
		case touches(edited, conflict.Slot) && !touches(moved, conflict.Slot):
			choices[conflict.Slot] = TakeSeen
		}
	}
	return choices
}

// strongSlots are the slots in which two items differ strongly.
func strongSlots(a, b *item.Item) map[string]bool {
	slots := map[string]bool{}
	if a == nil || b == nil {
		if compareAbsent(a, b) == Strong {
			slots["item"] = true
		}
		return slots
	}
	differences(a, b, func(d *delta) bool {
		if d.strength == Strong {
			slots[d.slot] = true
		}
		return true
	})
	return slots
}

// touches reports whether one of the slots is that of a conflict or inside of it.
func touches(slots map[string]bool, slot string) bool {
	for s := range slots {
		if s == slot || strings.HasPrefix(s, slot+" ") {
			return true
		}
	}
	return false
}
