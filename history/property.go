package history

import (
	"maps"
	"slices"
	"strings"

	"vgit/repo"
	"vgit/repo/store"
)

// addProperties adds the properties that a snapshot has otherwise than the one before it.
func (w *walk) addProperties(n *node, parents []*node, e *Entry) error {
	now, err := w.collectionFiles(n.commit.Tree)
	if err != nil {
		return err
	}
	before := map[string]store.Hash{}
	if len(parents) > 0 {
		if before, err = w.collectionFiles(parents[0].commit.Tree); err != nil {
			return err
		}
	}
	for coll, file := range now {
		if before[coll] == file || !w.want.collection(coll) {
			continue
		}
		some, err := w.propertyDifferences(coll, before[coll], file)
		if err != nil {
			return err
		}
		e.Items = append(e.Items, some...)
	}
	slices.SortStableFunc(e.Items, func(a, b repo.Difference) int {
		if c := strings.Compare(a.Collection, b.Collection); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return nil
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

func (w *walk) propertyDifferences(coll string, old, new store.Hash) (found []repo.Difference, err error) {
	before, err := w.readProperties(old)
	if err != nil {
		return nil, err
	}
	after, err := w.readProperties(new)
	if err != nil {
		return nil, err
	}
	both := maps.Clone(before)
	maps.Copy(both, after)
	for name := range both {
		if before[name] == after[name] || !repo.IsProperty(name) || !w.want.item(coll, name) {
			continue
		}
		d := repo.Difference{Sign: '~', Collection: coll, Name: name, Old: w.value(before[name]), New: w.value(after[name])}
		switch {
		case d.Old.IsZero():
			d.Sign = '+'
		case d.New.IsZero():
			d.Sign = '-'
		}
		found = append(found, d)
	}
	return found, nil
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
