package repo

import (
	"fmt"

	"vgit/repo/store"
)

// Base is what both sides held when they last agreed, item by item, as pairs. Changes are gathered and written as one
// commit; what was not touched keeps its objects.
type Base struct {
	commit   store.Hash
	tree     store.Hash
	main     store.Hash // parents of commit
	tracking store.Hash
	layout   Layout
	o        objects
	pairs    map[string]*pairs
}

// pairs are those of one collection. An item is in both halves or in none.
type pairs struct {
	localTree, thereTree store.Hash // as in the commit
	local, there         Items      // nil until read
	localEd, thereEd     edits
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
	for _, half := range []string{"local", "remote"} {
		e, err := lookup(b.o, b.tree, half)
		if err != nil {
			return err
		}
		trees, err := b.layout.collections(b.o, e.Hash)
		if err != nil {
			return err
		}
		for name, tree := range trees {
			p := b.of(name)
			if half == "local" {
				p.localTree = tree
			} else {
				p.thereTree = tree
			}
		}
	}
	return nil
}

func (b *Base) of(coll string) *pairs {
	p := b.pairs[coll]
	if p == nil {
		p = &pairs{localEd: edits{}, thereEd: edits{}}
		b.pairs[coll] = p
	}
	return p
}

// trees are the two halves of a collection as they were last written; equal to those of both sides means that there is
// nothing to decide.
func (b *Base) trees(coll string) (local, there store.Hash) {
	if p := b.pairs[coll]; p != nil {
		return p.localTree, p.thereTree
	}
	return store.Hash{}, store.Hash{}
}

// items reads the pairs of a collection, with what was changed and not written yet. The maps belong to the base.
func (b *Base) items(coll string) (local, there Items, err error) {
	p := b.of(coll)
	if p.local == nil {
		if p.local, err = b.layout.items(b.o, p.localTree); err != nil {
			return nil, nil, err
		}
		if p.there, err = b.layout.items(b.o, p.thereTree); err != nil {
			return nil, nil, err
		}
		for name := range p.local { // half a pair is none
			if p.there[name].IsZero() {
				delete(p.local, name)
			}
		}
		for name := range p.there {
			if p.local[name].IsZero() {
				delete(p.there, name)
			}
		}
	}
	return p.local, p.there, nil
}

// set moves the pair of an item; zero hashes take it out.
func (b *Base) set(coll, name string, local, there store.Hash) error {
	l, t, err := b.items(coll)
	if err != nil {
		return err
	}
	if l[name] == local && t[name] == there {
		return nil
	}
	p := b.of(coll)
	if local.IsZero() || there.IsZero() {
		local, there = store.Hash{}, store.Hash{}
		delete(l, name)
		delete(t, name)
	} else {
		l[name], t[name] = local, there
	}
	p.localEd[name], p.thereEd[name] = local, there
	return nil
}

// rename moves pairs to new names, all at once.
func (b *Base) rename(coll string, names map[string]string) error {
	l, t, err := b.items(coll)
	if err != nil {
		return err
	}
	type pair struct{ l, t store.Hash }
	moved := map[string]pair{}
	for from := range names {
		if !l[from].IsZero() {
			moved[from] = pair{l[from], t[from]}
			if err := b.set(coll, from, store.Hash{}, store.Hash{}); err != nil {
				return err
			}
		}
	}
	for from, p := range moved {
		if err := b.set(coll, names[from], p.l, p.t); err != nil {
			return err
		}
	}
	return nil
}

// changed tells whether anything waits to be written.
func (b *Base) changed() bool {
	for _, p := range b.pairs {
		if len(p.localEd) > 0 {
			return true
		}
	}
	return false
}

// pending tells whether pairs of a collection were moved and not written yet.
func (b *Base) pending(coll string) bool {
	p := b.pairs[coll]
	return p != nil && len(p.localEd) > 0
}

// build makes the tree with all changes. It takes the trees of both sides as they are where a half equals them.
func (b *Base) build(g *stage) (store.Hash, error) {
	root := b.tree
	for coll, p := range b.pairs {
		if len(p.localEd) == 0 {
			continue
		}
		var err error
		if root, err = editPath(g, root, join("local", b.layout.dir(coll)), p.localEd); err != nil {
			return root, err
		}
		if root, err = editPath(g, root, join("remote", b.layout.dir(coll)), p.thereEd); err != nil {
			return root, err
		}
	}
	return editPath(g, root, ".vgit", edits{"base": g.AddBlob([]byte("vgit base 1\n"))})
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
	for _, p := range b.pairs {
		p.localTree, p.thereTree = store.Hash{}, store.Hash{}
		clear(p.localEd)
		clear(p.thereEd)
	}
	return b.loadTrees()
}
