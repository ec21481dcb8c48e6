package history

import (
	"vgit/repo"
	"vgit/repo/store"
)

// Over lets the book read objects that are not in the repository yet, such as those of a vdir that was looked at (repo.Look).
func (b *Book) Over(o repo.Objects) { b.objects = o }

// Compare lists the items and properties in which two trees differ, by collection and name. A move or a new name of the same UID is one
// '~' with the old path in Was. Of collections that are the same, and of items that are, nothing is read. Snapshots have no files
// of properties, so that with one of them properties are not compared. A zero tree is empty. keep says which differences are wanted; nil is all. What changed in
// them is told as the options of the book say.
func (b *Book) Compare(old, new store.Hash, keep func(repo.Difference) bool) ([]repo.Difference, error) {
	all, err := b.changes(new, []store.Hash{old}, newFilter(Options{Layout: b.layout}))
	if err != nil {
		return nil, err
	}
	properties := true
	for _, tree := range []store.Hash{old, new} {
		if tree.IsZero() {
			continue
		}
		snapshot, err := b.holdsSnapshot(tree)
		if err != nil {
			return nil, err
		}
		properties = properties && !snapshot
	}
	var found []repo.Difference
	for _, d := range all {
		if (properties || !repo.IsProperty(d.Name)) && (keep == nil || keep(d)) {
			found = append(found, d)
		}
	}
	b.describe(found, &b.o)
	return found, nil
}
