package repo

import (
	"slices"
	"strings"

	"vgit/repo/store"
)

// objects reads git objects: the repository itself, or a stage that lies over it.
type objects interface {
	Blob(store.Hash) ([]byte, error)
	Tree(store.Hash) ([]store.Entry, error)
	Commit(store.Hash) (store.Commit, error)
}

// Items are the blobs of one collection on one side, by name. What is not in it is absent.
type Items map[string]store.Hash

// Layout says where the collections of a vdir lie in its trees.
type Layout struct {
	Single bool   // the top of the vdir is the one collection
	Name   string // its name, with Single
	Ext    string // of items, such as ".ics"
}

// properties are the files of a collection that are not items and belong to the vdir all the same.
var properties = map[string]bool{"color": true, "displayname": true, "description": true, "order": true}

// dir is the path of a collection in a tree: "" is the top.
func (l Layout) dir(coll string) string {
	if l.Single {
		return ""
	}
	return coll
}

// path is the path of an item in the vdir.
func (l Layout) path(coll, name string) string {
	if d := l.dir(coll); d != "" {
		return d + "/" + name
	}
	return name
}

// split is the inverse of path; ok is false for what lies in no collection.
func (l Layout) split(path string) (coll, name string, ok bool) {
	if l.Single {
		return l.Name, path, path != "" && !strings.Contains(path, "/") && path[0] != '.'
	}
	coll, name, ok = strings.Cut(path, "/")
	return coll, name, ok && coll != "" && coll[0] != '.' && !strings.Contains(name, "/")
}

// collections returns the tree of each collection below a tree that is a vdir, a snapshot or half of a base.
func (l Layout) collections(o objects, tree store.Hash) (map[string]store.Hash, error) {
	found := map[string]store.Hash{}
	if tree.IsZero() {
		return found, nil
	}
	if l.Single {
		found[l.Name] = tree
		return found, nil
	}
	entries, err := o.Tree(tree)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Mode == store.ModeDir && e.Name[0] != '.' {
			found[e.Name] = e.Hash
		}
	}
	return found, nil
}

// items lists the items of a collection's tree; a zero hash is an empty one.
func (l Layout) items(o objects, tree store.Hash) (Items, error) {
	entries, err := l.list(o, tree)
	if err != nil {
		return nil, err
	}
	items := make(Items, len(entries))
	for _, e := range entries {
		l.put(items, e)
	}
	return items, nil
}

// unequal is the items and properties of two trees of a collection, without those that are the same in both: git's order brings them
// together. (In a tree that is out of order, without fewer of them.)
func (l Layout) unequal(o objects, a, b store.Hash) (onlyA, onlyB Items, err error) {
	left, err := l.list(o, a)
	if err != nil {
		return nil, nil, err
	}
	right, err := l.list(o, b)
	if err != nil {
		return nil, nil, err
	}
	onlyA, onlyB = Items{}, Items{}
	for len(left) > 0 && len(right) > 0 {
		c := strings.Compare(left[0].Name, right[0].Name)
		if c == 0 && left[0] == right[0] {
			left, right = left[1:], right[1:]
			continue
		}
		if c <= 0 {
			l.putAny(onlyA, left[0])
			left = left[1:]
		} else {
			l.putAny(onlyB, right[0])
			right = right[1:]
		}
	}
	for _, e := range left {
		l.putAny(onlyA, e)
	}
	for _, e := range right {
		l.putAny(onlyB, e)
	}
	return onlyA, onlyB, nil
}

// list is the entries of a tree; a zero hash is an empty one.
func (l Layout) list(o objects, tree store.Hash) ([]store.Entry, error) {
	if tree.IsZero() {
		return nil, nil
	}
	return o.Tree(tree)
}

// put adds an entry, if it is an item.
func (l Layout) put(items Items, e store.Entry) {
	if (e.Mode == store.ModeFile || e.Mode == store.ModeExec) && l.isItem(e.Name) {
		items[e.Name] = e.Hash
	}
}

// putAny adds an entry, if it is an item or a property.
func (l Layout) putAny(items Items, e store.Entry) {
	if properties[e.Name] && (e.Mode == store.ModeFile || e.Mode == store.ModeExec) {
		items[e.Name] = e.Hash
	}
	l.put(items, e)
}

func (l Layout) isItem(name string) bool { return name[0] != '.' && strings.HasSuffix(name, l.Ext) }

// lookup walks to a path; the zero Entry if there is nothing.
func lookup(o objects, tree store.Hash, path string) (store.Entry, error) {
	entry := store.Entry{Mode: store.ModeDir, Hash: tree}
	if path == "" {
		return entry, nil
	}
	for _, name := range strings.Split(path, "/") {
		if entry.Mode != store.ModeDir || entry.Hash.IsZero() {
			return store.Entry{}, nil
		}
		entries, err := o.Tree(entry.Hash)
		if err != nil {
			return store.Entry{}, err
		}
		i := slices.IndexFunc(entries, func(e store.Entry) bool { return e.Name == name })
		if i < 0 {
			return store.Entry{}, nil
		}
		entry = entries[i]
	}
	return entry, nil
}

// readFile reads a blob at a path, nil if there is none.
func readFile(o objects, tree store.Hash, path string) ([]byte, error) {
	e, err := lookup(o, tree, path)
	if err != nil || e.Hash.IsZero() || e.Mode != store.ModeFile {
		return nil, err
	}
	return o.Blob(e.Hash)
}

// edits are new blobs by name; a zero hash removes the name.
type edits map[string]store.Hash

// editTree returns tree with the edits made at its own level. What they do not name stays, whatever it is. An empty
// result is the zero hash.
func editTree(g *stage, tree store.Hash, ed edits) (store.Hash, error) {
	if len(ed) == 0 {
		return tree, nil
	}
	set := make(map[string]store.Entry, len(ed))
	for name, h := range ed {
		set[name] = store.Entry{Name: name, Mode: store.ModeFile, Hash: h}
	}
	return putEntries(g, tree, set)
}

// putEntries replaces entries of a tree by name; a zero hash removes.
func putEntries(g *stage, tree store.Hash, set map[string]store.Entry) (store.Hash, error) {
	var old []store.Entry
	if !tree.IsZero() {
		var err error
		if old, err = g.Tree(tree); err != nil {
			return store.Hash{}, err
		}
	}
	kept, fresh := make([]store.Entry, 0, len(old)), make([]store.Entry, 0, len(set))
	for _, e := range old {
		now, ok := set[e.Name]
		if !ok {
			kept = append(kept, e)
		} else if e.Mode == store.ModeExec && now.Mode == store.ModeFile { // a mode is never an edit (F83)
			now.Mode = e.Mode
			set[e.Name] = now
		}
	}
	for _, e := range set {
		if !e.Hash.IsZero() {
			fresh = append(fresh, e)
		}
	}
	if len(kept)+len(fresh) == 0 {
		return store.Hash{}, nil
	}
	entries := merged(kept, fresh)
	h, err := g.AddTree(entries)
	if err != nil { // a tree that somebody made to do harm: what it holds besides goes on
		h, err = g.AddTree(store.SoundEntries(entries))
	}
	return h, err
}

// treeOrder is git's order, in which a directory sorts as if its name ended in a slash.
func treeOrder(a, b store.Entry) int {
	key := func(e store.Entry) string {
		if e.Mode == store.ModeDir {
			return e.Name + "/"
		}
		return e.Name
	}
	return strings.Compare(key(a), key(b))
}

// merged is two lists as one, in order. The first is in order already, unless somebody made that tree to do harm.
func merged(kept, fresh []store.Entry) []store.Entry {
	slices.SortFunc(fresh, treeOrder)
	if !slices.IsSortedFunc(kept, treeOrder) {
		slices.SortFunc(kept, treeOrder)
	}
	all := make([]store.Entry, 0, len(kept)+len(fresh))
	for _, e := range fresh {
		n, _ := slices.BinarySearchFunc(kept, e, treeOrder)
		all = append(append(all, kept[:n]...), e)
		kept = kept[n:]
	}
	return append(all, kept...)
}

// editPath makes the edits in the directory dir below root and returns the new root; directories are made and, once
// empty, dropped.
func editPath(g *stage, root store.Hash, dir string, ed edits) (store.Hash, error) {
	return changePath(g, root, dir, func(t store.Hash) (store.Hash, error) { return editTree(g, t, ed) })
}

// setPath puts a whole tree at dir below root, or drops what is there if the tree is zero.
func setPath(g *stage, root store.Hash, dir string, tree store.Hash) (store.Hash, error) {
	return changePath(g, root, dir, func(store.Hash) (store.Hash, error) { return tree, nil })
}

func changePath(g *stage, root store.Hash, dir string, change func(store.Hash) (store.Hash, error)) (store.Hash, error) {
	if dir == "" {
		return change(root)
	}
	name, rest, _ := strings.Cut(dir, "/")
	e, err := lookup(g, root, name)
	if err != nil {
		return store.Hash{}, err
	}
	if e.Mode != store.ModeDir {
		e = store.Entry{} // a file or link was here, and is a directory by now
	}
	sub, err := changePath(g, e.Hash, rest, change)
	if err != nil || sub == e.Hash {
		return root, err
	}
	return putEntries(g, root, map[string]store.Entry{name: {Name: name, Mode: store.ModeDir, Hash: sub}})
}

// emptyTree is the tree of a commit that holds nothing.
func emptyTree(g *stage, tree store.Hash) (store.Hash, error) {
	if !tree.IsZero() {
		return tree, nil
	}
	return g.AddTree(nil)
}
