package repo

import (
	"maps"

	"vgit/repo/store"
)

// propertyPair is what both sides held of a property when they last agreed on it: the file, and the value as the server spells it.
// Zero: none. There is no telling a property that was never agreed on from one that neither side had, and no need to.
type propertyPair struct{ local, there store.Hash }

// propertyPairs reads the pairs of a collection, with what was changed and not written yet. The map belongs to the base.
func (b *Base) propertyPairs(coll string) (map[string]propertyPair, error) {
	p := b.of(coll)
	if p.properties != nil {
		return p.properties, nil
	}
	found := map[string]propertyPair{}
	for _, i := range []int{inLocal, inProperty} {
		tree := p.parts[i].tree
		if tree.IsZero() {
			continue
		}
		entries, err := b.o.Tree(tree)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if !properties[e.Name] || e.Mode != store.ModeFile && e.Mode != store.ModeExec {
				continue
			}
			pair := found[e.Name]
			if i == inLocal {
				pair.local = e.Hash
			} else {
				pair.there = e.Hash
			}
			found[e.Name] = pair
		}
	}
	p.properties = found
	return found, nil
}

// setProperty moves the pair of a property. What was answered about it is done.
func (b *Base) setProperty(coll, name string, pair propertyPair) error {
	pairs, err := b.propertyPairs(coll)
	if err != nil {
		return err
	}
	if err := b.dropAnswers(coll, name); err != nil || pairs[name] == pair {
		return err
	}
	for i, change := range map[int][2]store.Hash{inLocal: {pairs[name].local, pair.local}, inProperty: {pairs[name].there, pair.there}} {
		if change[0] != change[1] {
			b.of(coll).parts[i].ed[name] = change[1]
		}
	}
	pairs[name] = pair
	return nil
}

// agreedThere are the remote halves of the pairs of a collection, by name. It reads no more than they are, since every sync asks.
func (b *Base) agreedThere(coll string) (map[string]store.Hash, error) {
	p := b.pairs[coll]
	if p == nil || p.parts[inProperty].tree.IsZero() && len(p.parts[inProperty].ed) == 0 {
		return nil, nil
	}
	found := map[string]store.Hash{}
	if tree := p.parts[inProperty].tree; !tree.IsZero() {
		entries, err := b.o.Tree(tree)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			found[e.Name] = e.Hash
		}
	}
	maps.Copy(found, p.parts[inProperty].ed)
	return found, nil
}

// renameProperties moves the pairs of properties to other collections, all at once.
func (b *Base) renameProperties(names map[string]string) error {
	moved := map[string]map[string]propertyPair{}
	put := func(coll, name string, now propertyPair, was propertyPair) {
		for i, h := range map[int][2]store.Hash{inLocal: {was.local, now.local}, inProperty: {was.there, now.there}} {
			if !h[0].IsZero() || !h[1].IsZero() {
				b.of(coll).parts[i].ed[name] = h[1]
			}
		}
	}
	for from := range names {
		pairs, err := b.propertyPairs(from)
		if err != nil {
			return err
		}
		moved[from], b.of(from).properties = pairs, map[string]propertyPair{}
		for name, pair := range pairs {
			put(from, name, propertyPair{}, pair)
		}
	}
	for from, to := range names {
		pairs, err := b.propertyPairs(to)
		if err != nil {
			return err
		}
		for name, pair := range moved[from] {
			put(to, name, pair, pairs[name])
			pairs[name] = pair
		}
	}
	return nil
}
