package merge_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/merge/mergetest"
	"vgit/repo/item"
)

// M12: while an item waits, what others do in slots that are not in conflict arrives, and nothing that is done here meanwhile goes away.
func TestWaiting(t *testing.T) {
	list := fixtures(t)
	checkLaws(t, func(t *rapid.T) {
		if broken := wait(t, list); broken != "" {
			t.Fatal(broken)
		}
	})
}

// wait makes two edits of one slot, and more on both sides after the first run.
func wait(t *rapid.T, list []fixture) string {
	f := list[rapid.IntRange(0, len(list)-1).Draw(t, "fixture")]
	base, baseEdits := f.drawn(t, "base", f.item, 2)
	first, ours := f.drawn(t, "ours", base, 3)
	there, theirs := f.drawn(t, "theirs", base, 3)
	l0 := item.Parse(base.Bytes())
	v := merge.Versions{L0: l0, R0: l0, L1: item.Parse(first.Bytes()), R1: item.Parse(there.Bytes())}
	s := newScene("", v, merge.Context{})
	if len(s.result.Conflicts) == 0 || s.result.Local == nil {
		return ""
	}
	shown := item.Parse(s.result.Local)
	later, moreTheirs := f.drawn(t, "theirs, later", there, 2)
	edited, moreOurs := f.drawn(t, "ours, later", mergetest.Read(s.result.Local), 2)
	now := item.Parse(edited.Bytes())
	if len(moreOurs) == 0 {
		now = shown
	}
	next := v
	next.R1 = item.Parse(later.Bytes())
	context := merge.Context{Choices: merge.Seen(next, shown, now, merge.Context{})}
	next.L1 = merge.Carry(v.L1, shown, now)
	story := fmt.Sprintf("%s  B: %s  O: %s  T: %s  then O: %s  T: %s", f.name, strings.Join(baseEdits, " | "), strings.Join(ours, " | "),
		strings.Join(theirs, " | "), strings.Join(moreOurs, " | "), strings.Join(moreTheirs, " | "))
	after := newScene(story, next, context)
	if after.result.Local == nil || next.L1 == nil {
		return ""
	}
	// One side that does nothing more gives the other a say that can be looked at.
	switch file := item.Parse(after.result.Local); {
	case len(moreOurs) == 0:
		after.result.Conflicts = append(after.result.Conflicts, s.result.Conflicts...)
		after.result.Notes = append(after.result.Notes, takenBack(v.R0, v.R1, next.R1)...)
		if lost := after.lost(v.R1, next.R1, file); lost != "" {
			return "what they did meanwhile did not arrive: " + lost + "\n" + after.String() + "\nshown:\n" + withoutZones(shown.Bytes())
		}
		if len(moreTheirs) == 0 && !bytes.Equal(shown.Bytes(), file.Bytes()) {
			return "nothing was done, and the file is written: " + lineDiff(shown.Bytes(), file.Bytes()) + "\n" + after.String()
		}
	case len(moreTheirs) == 0:
		after.result.Notes = append(after.result.Notes, merge.Note{Slot: "name"}, merge.Note{Slot: "categories"}, merge.Note{Slot: "description"},
			merge.Note{Slot: "note"}) // may be put back in part, which is not told from not having been touched
		for _, c := range merge.Diff(shown, v.R1) {
			if c.Strength == merge.Strong { // ours was shown there and is taken back
				after.result.Notes = append(after.result.Notes, takenBackOne(v.L0, now, c.Slot)...)
			}
		}
		if lost := after.lost(shown, now, file); lost != "" {
			return "what was done here meanwhile is gone: " + lost + "\n" + after.String() + "\nshown:\n" + withoutZones(shown.Bytes())
		}
	}
	return ""
}

// takenBackOne names a slot if it is as it was in the base.
func takenBackOne(base, now *item.Item, slot string) []merge.Note {
	for _, c := range merge.Diff(base, now) {
		if c.Slot == slot && c.Strength == merge.Strong {
			return nil
		}
	}
	return []merge.Note{{Slot: slot}}
}

// takenBack names the slots that one side changed and that are as they were in the base again, so that the other side holds; a name may be so in
// part.
func takenBack(base, shown, now *item.Item) []merge.Note {
	notes := []merge.Note{{Slot: "name"}}
	still := map[string]bool{}
	for _, c := range merge.Diff(base, now) {
		still[c.Slot] = still[c.Slot] || c.Strength == merge.Strong
	}
	for _, c := range merge.Diff(shown, now) {
		if !still[c.Slot] {
			notes = append(notes, merge.Note{Slot: c.Slot})
		}
	}
	return notes
}
