package merge_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/repo/item"
)

// M4: spelling does not matter. Every item of the corpus stays equal to itself however it is written.
func TestRespeltCorpusStaysEqual(t *testing.T) {
	t.Parallel()
	sound := 0
	for path, it := range corpus(t) {
		if it.State() != item.Sound {
			continue
		}
		sound++
		for seed := range uint64(4) {
			other := item.Parse(newRespeller(seed).respell(it))
			if s := merge.Compare(it, other); s != merge.None {
				t.Errorf("%s, seed %d: %v: %q", path, seed, s, merge.Diff(it, other))
				break
			}
		}
	}
	t.Logf("%d sound items", sound)
}

// Compare is symmetric, and agrees with Diff and Equal, for any two items.
func TestCompareLaws(t *testing.T) {
	t.Parallel()
	items := corpus(t)
	paths := make([]string, 0, len(items))
	for path := range items {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	rapid.Check(t, func(t *rapid.T) {
		pa := rapid.SampledFrom(paths).Draw(t, "a")
		pb := rapid.SampledFrom(paths).Draw(t, "b")
		a, b := items[pa], items[pb]
		copied := item.Parse(slices.Clone(a.Bytes()))
		if s := merge.Compare(a, copied); s != merge.None {
			t.Fatalf("%s differs from its copy: %v", pa, s)
		}
		ab, ba := merge.Compare(a, b), merge.Compare(b, a)
		if ab != ba {
			t.Fatalf("%s, %s: %v one way, %v the other", pa, pb, ab, ba)
		}
		strongest := merge.None
		for _, c := range merge.Diff(a, b) {
			strongest = max(strongest, c.Strength)
			if c.Strength == merge.None || c.Slot == "" {
				t.Fatalf("%s, %s: a change without strength or slot: %q", pa, pb, c)
			}
		}
		if strongest != ab || merge.Equal(a, b) != (ab == merge.None) {
			t.Fatalf("%s, %s: Compare %v, Diff %v", pa, pb, ab, strongest)
		}
	})
}
