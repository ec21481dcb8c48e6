package repo

import (
	"fmt"

	"vgit/repo/store"
)

// Base is what both sides held when they last agreed, item by item, as pairs, and beside them what is known of items that wait
// (shown.go) and what a person answered (answers.go). Changes are gathered and written as one commit; what was not touched keeps
// its objects.
type Base struct {
	commit   store.Hash
	tree     store.Hash
	main     store.Hash // parents of commit
	tracking store.Hash
	layout   Layout
	o        objects
	pairs    map[string]*pairs
	answers  answers
	anew     bool // nothing of tree is true any more (binding.go)
}

// part is one of the trees of a base, as far as it is about one collection.
type part struct {
	tree  store.Hash // as in the commit
	items Items      // nil until read
	ed    edits      // changed since
}

// The parts of a base, as their trees are called. An item is in both of the first two or in none.
const (
	inLocal  = iota
	inRemote // the two halves of the pairs
	inShown  // the rest is of items that wait: docs/format.md 5
	inIntent
	inSeen
	inShifted // of items whose time the server moved: the body as it was sent
	inNotKept
	inProperty // of properties, whose local halves are in inLocal beside the items: the value as the remote spells it
	nParts
)

var partNames = [nParts]string{"local", "remote", "shown", "intent", "seen", "shifted", "notkept", "property"}

// pairs are the parts of one collection.
type pairs struct {
	parts [nParts]part
	whole bool // half pairs are sorted out
	moved bool // they are under another name by now, which is not written yet

	properties map[string]propertyPair // nil until read
}

func loadBase(o objects, layout Layout, commit store.Hash) (*Base, error) {
	b := &Base{commit: commit, layout: layout, o: o, pairs: map[string]*pairs{}}
	if commit.IsZero() {
		return b, nil
	}
	c, err := o.Commit(commit)
	if err != nil {
		return nil, err
	}
	b.tree = c.Tree
	if head, err := readFile(o, c.Tree, ".vgit/base"); err != nil {
		return nil, err
	} else if _, err := textHead(".vgit/base", "base", head); err != nil {
		return nil, err
	}
	if len(c.Parents) < 2 {
		return nil, fmt.Errorf("base %s lacks its parents", commit)
	}
	b.main, b.tracking = c.Parents[0], c.Parents[1]
	return b, b.loadTrees()
}

func (b *Base) loadTrees() error {
	b.answers = answers{}
	for i, name := range partNames {
		e, err := lookup(b.o, b.tree, name)
		if err != nil {
			return err
		}
		trees, err := b.layout.collections(b.o, e.Hash)
		if err != nil {
			return err
		}
		for coll, tree := range trees {
			b.of(coll).parts[i].tree = tree
		}
	}
	return nil
}

func (b *Base) of(coll string) *pairs {
	p := b.pairs[coll]
	if p == nil {
		p = &pairs{}
		for i := range p.parts {
			p.parts[i].ed = edits{}
		}
		b.pairs[coll] = p
	}
	return p
}

// trees are the two halves of a collection as they were last written; equal to those of both sides means that there is
// nothing to decide.
func (b *Base) trees(coll string) (local, there store.Hash) {
	if p := b.pairs[coll]; p != nil && !p.moved {
		return p.parts[inLocal].tree, p.parts[inRemote].tree
	}
	return store.Hash{}, store.Hash{}
}

// part reads one part of a collection, with what was changed and not written yet. The map belongs to the base.
func (b *Base) part(coll string, i int) (Items, error) {
	p := &b.of(coll).parts[i]
	if p.items == nil {
		var err error
		if p.items, err = b.layout.items(b.o, p.tree); err != nil {
			return nil, err
		}
	}
	return p.items, nil
}

// items reads the pairs of a collection, with what was changed and not written yet. The maps belong to the base.
func (b *Base) items(coll string) (local, there Items, err error) {
	if local, err = b.part(coll, inLocal); err != nil {
		return nil, nil, err
	}
	if there, err = b.part(coll, inRemote); err != nil {
		return nil, nil, err
	}
	if p := b.of(coll); !p.whole { // half a pair is none
		p.whole = true
		for name := range local {
			if there[name].IsZero() {
				delete(local, name)
			}
		}
		for name := range there {
			if local[name].IsZero() {
				delete(there, name)
			}
		}
	}
	return local, there, nil
}

// set moves the pair of an item; zero hashes take it out. Its item waits for nothing then, and what was answered is done. Of a property
// either half may be missing.
func (b *Base) set(coll, name string, local, there store.Hash) error {
	if properties[name] {
		return b.setProperty(coll, name, propertyPair{local, there})
	}
	l, t, err := b.items(coll)
	if err != nil {
		return err
	}
	if err := b.closed(coll, name); err != nil {
		return err
	}
	if local.IsZero() || there.IsZero() {
		local, there = store.Hash{}, store.Hash{}
	}
	if l[name] == local && t[name] == there {
		return nil
	}
	if local.IsZero() {
		if err := b.put(coll, name, map[int]store.Hash{inShifted: {}, inNotKept: {}}); err != nil {
			return err
		}
	}
	return b.put(coll, name, map[int]store.Hash{inLocal: local, inRemote: there})
}

// put enters an item into some parts, or takes it out.
func (b *Base) put(coll, name string, values map[int]store.Hash) error {
	for i, h := range values {
		if p := &b.of(coll).parts[i]; h.IsZero() && p.items == nil && p.tree.IsZero() {
			continue
		}
		items, err := b.part(coll, i)
		if err != nil {
			return err
		}
		if items[name] == h {
			continue
		}
		if h.IsZero() {
			delete(items, name)
		} else {
			items[name] = h
		}
		b.of(coll).parts[i].ed[name] = h
	}
	return nil
}

// rename moves items to new names in all parts, all at once.
func (b *Base) rename(coll string, names map[string]string) error {
	if len(names) == 0 {
		return nil
	}
	if _, _, err := b.items(coll); err != nil {
		return err
	}
	for i := range nParts {
		items, err := b.part(coll, i)
		if err != nil {
			return err
		}
		moved := map[string]store.Hash{}
		for from := range names {
			if h := items[from]; !h.IsZero() {
				moved[from] = h
				if err := b.put(coll, from, map[int]store.Hash{i: {}}); err != nil {
					return err
				}
			}
		}
		for from, h := range moved {
			if err := b.put(coll, names[from], map[int]store.Hash{i: h}); err != nil {
				return err
			}
		}
	}
	return b.renameAnswers(coll, names)
}

// changed tells whether anything waits to be written.
func (b *Base) changed() bool {
	for coll := range b.pairs {
		if b.pending(coll) {
			return true
		}
	}
	return b.anew || b.answers.changed()
}

// pending tells whether something of a collection was changed and not written yet.
func (b *Base) pending(coll string) bool {
	if p := b.pairs[coll]; p != nil {
		for i := range p.parts {
			if len(p.parts[i].ed) > 0 {
				return true
			}
		}
	}
	return false
}

// build makes the tree with all changes. It takes the trees of both sides as they are where a half equals them.
func (b *Base) build(g *stage) (store.Hash, error) {
	root := b.tree
	if b.anew {
		root = store.Hash{}
	}
	for coll, p := range b.pairs {
		for i := range p.parts {
			if len(p.parts[i].ed) == 0 {
				continue
			}
			var err error
			if root, err = editPath(g, root, join(partNames[i], b.layout.dir(coll)), p.parts[i].ed); err != nil {
				return root, err
			}
		}
	}
	if b.answers.changed() {
		var err error
		if root, err = editPath(g, root, answersDir, b.answers.edits(g)); err != nil {
			return root, err
		}
	}
	return editPath(g, root, ".vgit", edits{"base": g.AddBlob(fmt.Appendf(nil, "vgit base %d\n", versionOf("base")))})
}

func join(a, b string) string {
	if b == "" {
		return a
	}
	return a + "/" + b
}

// written takes over what build made, once a ref names it.
func (b *Base) written(commit, tree, main, tracking store.Hash) error {
	b.commit, b.tree, b.main, b.tracking = commit, tree, main, tracking
	b.anew = false
	for _, p := range b.pairs {
		p.moved = false
		for i := range p.parts {
			p.parts[i].tree = store.Hash{}
			clear(p.parts[i].ed)
		}
	}
	return b.loadTrees()
}
