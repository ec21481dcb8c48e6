package store

import (
	"context"
	"maps"
	"slices"
)

// KeepOnly is as Keep for what the roots reach. What stays behind was built on the way and may still be wanted by a later commit, or by
// nobody: then it is never written. What the roots reach outside of the stage is in the repository already. Until it is durable all stays
// in the stage, for others who read it or whose roots reach it too; on an error it stays there.
func (g *Stage) KeepOnly(ctx context.Context, roots ...Hash) (release func() error, err error) {
	sub, err := g.sub(roots)
	if err != nil {
		return nil, err
	}
	kept := sub.held // Keep leaves it another one
	if release, err = sub.Keep(ctx); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	maps.DeleteFunc(g.held, func(h Hash, _ object) bool { _, ok := kept[h]; return ok })
	g.order = slices.DeleteFunc(g.order, func(h Hash) bool { _, ok := kept[h]; return ok })
	return release, nil
}

// sub is a stage of its own with what the roots reach.
func (g *Stage) sub(roots []Hash) (*Stage, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	reached := map[Hash]bool{}
	for todo := slices.Clone(roots); len(todo) > 0; {
		h := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		o, ok := g.held[h]
		if !ok || reached[h] {
			continue
		}
		reached[h] = true
		named, err := o.names()
		if err != nil {
			return nil, err
		}
		todo = append(todo, named...)
	}
	sub := g.store.Stage()
	for _, h := range g.order { // the order stays, since packs are written in it
		if reached[h] {
			sub.held[h], sub.order = g.held[h], append(sub.order, h)
		}
	}
	return sub, nil
}

// names lists the objects that an object names.
func (o object) names() ([]Hash, error) {
	var named []Hash
	switch o.kind {
	case kindCommit:
		c, err := decodeCommit(o.data)
		if err != nil {
			return nil, err
		}
		named = append(append(named, c.Tree), c.Parents...)
	case kindTree:
		entries, err := decodeTree(o.data)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			named = append(named, e.Hash)
		}
	}
	return named, nil
}
