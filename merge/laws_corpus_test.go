package merge_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/repo/item"
)

// M1, M5, M6, M9, M13 and M14 on real items whose lines are changed or left out. The other laws are held on the fixtures: what of a line of
// a real item hangs on which other one is not known here.
func TestLawsOfCorpus(t *testing.T) {
	files := corpus(t)
	var items []*item.Item
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if it := files[path]; it.State() == item.Sound && len(it.Bytes()) < 6<<10 {
			items = append(items, it)
		}
	}
	checkLaws(t, func(t *rapid.T) {
		base := items[rapid.IntRange(0, len(items)-1).Draw(t, "item")]
		v := merge.Versions{L0: base, R0: base, L1: mutated(t, base, "Ours"), R1: mutated(t, base, "Theirs")}
		if v.L1.State() != item.Sound || v.R1.State() != item.Sound {
			return
		}
		s := newScene("an item of the corpus", v, merge.Context{})
		for _, l := range laws {
			if !slices.Contains([]string{"M11 untouched bytes", "M2 the same on both sides", "M4 spelling does not matter", "M7 validity", "M8 repeating is free", "M3 symmetry"}, l.name) {
				if broken := l.hold(s); broken != "" {
					t.Fatalf("%s: %s\n%s", l.name, broken, s)
				}
			}
		}
	})
}

// mutated changes or removes up to two lines that say something.
func mutated(t *rapid.T, it *item.Item, word string) *item.Item {
	for range rapid.IntRange(0, 2).Draw(t, word) {
		lines := tellingLines(it.Tree())
		if len(lines) == 0 {
			return it
		}
		l := lines[rapid.IntRange(0, len(lines)-1).Draw(t, "line")]
		next := without(it.Bytes(), l.Raw)
		texts := []string{"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "NOTE", "TITLE"}
		if slices.Contains(texts, l.Name) && rapid.Bool().Draw(t, "change") {
			line := strings.TrimRight(l.Text(), "\r\n") + " " + word + "\r\n"
			at := cap(it.Bytes()) - cap(l.Raw)
			next = slices.Concat(it.Bytes()[:at], []byte(line), it.Bytes()[at+len(l.Raw):])
		}
		it = item.Parse(next)
		if it.State() != item.Sound {
			return it
		}
	}
	return it
}
