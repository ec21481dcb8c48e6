package repo

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vgit/repo/store"
)

// What two trees of a collection differ in is found without a map of each, and it is the same, in order or not.
func TestUnequalIsWhatDiffers(t *testing.T) {
	t.Parallel()
	layout := Layout{Ext: ".ics"}
	tree := func(t *rapid.T, label string) []store.Entry {
		var list []store.Entry
		for _, n := range rapid.SliceOfDistinct(rapid.IntRange(0, 30), rapid.ID[int]).Draw(t, label) {
			mode := rapid.SampledFrom([]store.Mode{store.ModeFile, store.ModeExec, store.ModeDir, store.ModeLink}).Draw(t, "mode")
			list = append(list, store.Entry{Name: fmt.Sprint(n, ".ics"), Mode: mode, Hash: store.Hash{byte(rapid.IntRange(1, 2).Draw(t, "hash"))}})
		}
		if rapid.Bool().Draw(t, "in order") {
			slices.SortFunc(list, treeOrder)
		}
		return list
	}
	rapid.Check(t, func(t *rapid.T) {
		m := &memory{trees: map[store.Hash][]store.Entry{{1}: tree(t, "a"), {2}: tree(t, "b")}}
		a, _ := layout.items(m, store.Hash{1})
		b, _ := layout.items(m, store.Hash{2})
		onlyA, onlyB, err := layout.unequal(m, store.Hash{1}, store.Hash{2})
		if diff := cmp.Diff(itemDifferences("c", a, b), itemDifferences("c", onlyA, onlyB), cmp.AllowUnexported(Difference{})); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
	})
}

// A tree with some entries replaced is in git's order, whatever the old one was.
func TestMergedIsInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := map[string]store.Entry{}
		list := func(label string) []store.Entry {
			var entries []store.Entry
			for _, name := range rapid.SliceOfDistinct(rapid.StringMatching(`[a-c.\-0]{1,4}`), rapid.ID[string]).Draw(t, label) {
				e := store.Entry{Name: name, Mode: rapid.SampledFrom([]store.Mode{store.ModeFile, store.ModeDir}).Draw(t, "mode")}
				if _, twice := all[name]; !twice {
					all[name] = e
					entries = append(entries, e)
				}
			}
			return entries
		}
		kept, fresh := list("kept"), list("fresh")
		if rapid.Bool().Draw(t, "in order") {
			slices.SortFunc(kept, treeOrder)
		}
		got, want := merged(kept, fresh), slices.SortedFunc(maps.Values(all), treeOrder)
		if !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}
