package history

import (
	"maps"
	"slices"
	"strings"

	"vgit/repo"
	"vgit/repo/store"
)

// propertyChange is one property that a snapshot has otherwise than the one before it; "" is none.
type propertyChange struct{ coll, name, old, new string }

// addProperties adds the properties that a snapshot has otherwise than the one before it, as far as they are wanted.
func (w *walk) addProperties(n *node, parents []*node, e *Entry) error {
	if n.props == nil {
		all, err := w.propertyChanges(n, parents)
		if err != nil {
			return err
		}
		n.props = &all
	}
	for _, p := range *n.props {
		if !w.want.collection(p.coll) || !w.want.item(p.coll, p.name) {
			continue
		}
		d := repo.Difference{Sign: '~', Collection: p.coll, Name: p.name, Old: w.value(p.old), New: w.value(p.new)}
		switch {
		case p.old == "":
			d.Sign = '+'
		case p.new == "":
			d.Sign = '-'
		}
		e.Items = append(e.Items, d)
	}
	slices.SortStableFunc(e.Items, func(a, b repo.Difference) int {
		if c := strings.Compare(a.Collection, b.Collection); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return nil
}

// propertyChanges compares a snapshot with the one before it.
func (w *walk) propertyChanges(n *node, parents []*node) (all []propertyChange, err error) {
	now, err := w.collectionFiles(n.commit.Tree)
	if err != nil {
		return nil, err
	}
	before := map[string]store.Hash{}
	if len(parents) > 0 {
		if before, err = w.collectionFiles(parents[0].commit.Tree); err != nil {
			return nil, err
		}
	}
	for _, coll := range slices.Sorted(maps.Keys(now)) {
		if before[coll] == now[coll] {
			continue
		}
		old, err := w.readProperties(before[coll])
		if err != nil {
			return nil, err
		}
		new, err := w.readProperties(now[coll])
		if err != nil {
			return nil, err
		}
		both := maps.Clone(old)
		maps.Copy(both, new)
		for _, name := range slices.Sorted(maps.Keys(both)) {
			if old[name] != new[name] && repo.IsProperty(name) {
				all = append(all, propertyChange{coll, name, old[name], new[name]})
			}
		}
	}
	return all, nil
}

// collectionFiles are the files of the collections in a snapshot.
func (r *reader) collectionFiles(tree store.Hash) (map[string]store.Hash, error) {
	files := map[string]store.Hash{}
	dot, err := r.child(tree, ".vgit")
	if err != nil || !dot.Mode.IsDir() {
		return files, err
	}
	dir, err := r.child(dot.Hash, "collection")
	if err != nil || !dir.Mode.IsDir() {
		return files, err
	}
	list, err := r.Tree(dir.Hash)
	for _, e := range list {
		if e.Mode == store.ModeFile {
			files[e.Name] = e.Hash
		}
	}
	return files, err
}

// readProperties gives the properties in the file of a collection. What is no such file, or one of a newer vgit, has none.
func (r *reader) readProperties(h store.Hash) (map[string]string, error) {
	if h.IsZero() {
		return map[string]string{}, nil
	}
	if known, ok := r.props[h]; ok {
		return known, nil
	}
	b, err := r.s.Blob(h)
	if err != nil {
		return nil, err
	}
	props, err := repo.ReadProperties(b)
	if err != nil {
		props = map[string]string{}
	}
	if len(r.props) == maxItems {
		clear(r.props)
	}
	r.props[h] = props
	return props, nil
}

// value names the value of a property as a blob would be named, and remembers it.
func (r *reader) value(text string) store.Hash {
	if text == "" {
		return store.Hash{}
	}
	h := r.s.Stage().AddBlob([]byte(text))
	r.values[h] = []byte(text)
	return h
}
