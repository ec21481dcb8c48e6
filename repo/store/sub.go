package store

import "slices"

// Sub takes out of the stage what the roots reach, and gives it as a stage of its own to be kept. What stays behind was
// built on the way and may still be wanted by a later commit, or by nobody: then it is never written. What the roots
// reach outside of the stage is in the repository already.
func (g *Stage) Sub(roots ...Hash) (*Stage, error) {
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
	sub, rest := g.store.Stage(), g.order[:0]
	for _, h := range g.order { // the order stays, since packs are written in it
		if !reached[h] {
			rest = append(rest, h)
			continue
		}
		sub.held[h], sub.order = g.held[h], append(sub.order, h)
		delete(g.held, h)
	}
	g.order = rest
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
