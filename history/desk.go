package history

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"vgit/merge"
	"vgit/repo"
	"vgit/repo/item"
	"vgit/repo/store"
)

// State is what the vdir holds now, which need not be in the history yet.
type State struct {
	Tree    store.Hash
	Objects repo.Objects // has the history, too
	// Damaged are files that the tree has as they were before, by their paths, and what is wrong with them.
	Damaged map[string]string
}

// desk is where a state of the vdir is worked on: changes are taken back in it one after the other, and what it then differs in from
// now is the plan.
type desk struct {
	*Book
	now   State
	old   store.Hash // a tree from before: what is as in it has not moved since
	colls map[string]map[string]store.Hash
	files map[Place]*file // those that were asked for; nil: taken away
	all   []*file
	uids  map[string][]*file
	stays []Stay
}

// file is one file of an item or a property, where it was and where it is to be.
type file struct {
	was  Place // now; zero: it is not there now
	at   Place
	hash store.Hash // zero: the bytes are in body alone
	body []byte
	gone bool
	mend bool // it is damaged, and is written in any case
}

func (b *Book) desk(now State, old store.Hash) (*desk, error) {
	b.objectsOnly()
	b.objects = now.Objects
	d := &desk{Book: b, now: now, old: old, colls: map[string]map[string]store.Hash{}, files: map[Place]*file{}}
	trees, err := b.layout.Collections(b, now.Tree)
	if err != nil {
		return nil, err
	}
	for coll, tree := range trees {
		entries, err := d.entries(tree)
		if err != nil {
			return nil, err
		}
		d.colls[coll] = entries
	}
	return d, nil
}

// entries are the items and properties of a collection.
func (b *Book) entries(tree store.Hash) (map[string]store.Hash, error) {
	list, err := b.Tree(tree)
	if err != nil {
		return nil, err
	}
	found := make(map[string]store.Hash, len(list))
	for _, e := range list {
		if b.layout.IsItem(e) || e.Mode == store.ModeFile && repo.IsProperty(e.Name) {
			found[e.Name] = e.Hash
		}
	}
	return found, nil
}

// file is what lies at a place; nil is nothing.
func (d *desk) file(p Place) *file {
	if f, asked := d.files[p]; asked {
		return f
	}
	h := d.before(p)
	if h.IsZero() {
		return nil
	}
	f := &file{was: p, at: p, hash: h}
	d.files[p] = f
	d.all = append(d.all, f)
	return f
}

// before is what lies at a place now, zero if nothing does.
func (d *desk) before(p Place) store.Hash { return d.colls[p.Collection][p.Name] }

// put makes a file where there is none.
func (d *desk) put(p Place, h store.Hash) error {
	f := &file{at: p, hash: h}
	d.files[p] = f
	d.all = append(d.all, f)
	if d.uids == nil {
		return nil
	}
	return d.enter(f)
}

// move gives a file another place, which is free.
func (d *desk) move(f *file, to Place) {
	d.files[f.at] = nil
	f.at = to
	d.files[to] = f
}

func (d *desk) remove(f *file) {
	d.files[f.at] = nil
	f.gone = true
}

// bytes are those of a file as it is to be.
func (d *desk) bytes(f *file) ([]byte, error) {
	if f.hash.IsZero() {
		return f.body, nil
	}
	return d.Blob(f.hash)
}

func (d *desk) item(f *file) (*item.Item, error) {
	if !f.hash.IsZero() {
		return d.parse(f.hash)
	}
	return item.Parse(f.body), nil
}

// uid is that of an item, "" if there is none.
func (d *desk) uid(h store.Hash) (string, error) {
	if h.IsZero() {
		return "", nil
	}
	it, err := d.parse(h)
	if err != nil {
		return "", err
	}
	return it.UID(), nil
}

// byUID finds the item of a UID that was moved or brought back since, in its own collection rather than in another.
func (d *desk) byUID(uid, coll string) (*file, error) {
	if uid == "" {
		return nil, nil
	}
	if d.uids == nil {
		if err := d.readUIDs(); err != nil {
			return nil, err
		}
	}
	var found *file
	for _, f := range d.uids[uid] {
		if !f.gone && (found == nil || f.at.Collection == coll && found.at.Collection != coll) {
			found = f
		}
	}
	return found, nil
}

// readUIDs reads what is not as it was before, since only that can have been moved.
func (d *desk) readUIDs() error {
	d.uids = map[string][]*file{}
	trees, err := d.layout.Collections(d.Book, d.old)
	if err != nil {
		return err
	}
	for _, coll := range slices.Sorted(maps.Keys(d.colls)) {
		before := map[string]store.Hash{}
		if tree, ok := trees[coll]; ok {
			if before, err = d.entries(tree); err != nil {
				return err
			}
		}
		for _, name := range slices.Sorted(maps.Keys(d.colls[coll])) {
			if repo.IsProperty(name) || before[name] == d.colls[coll][name] {
				continue
			}
			if f := d.file(Place{coll, name}); f != nil {
				if err := d.enter(f); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (d *desk) enter(f *file) error {
	uid, err := d.uid(f.hash)
	if uid != "" {
		d.uids[uid] = append(d.uids[uid], f)
	}
	return err
}

// free is a place for an item that comes back: its own, or one beside it if that has been taken.
func (d *desk) free(p Place) Place {
	taken := func(name string) bool {
		if d.file(Place{p.Collection, name}) != nil {
			return true
		}
		for other := range d.colls[p.Collection] {
			if other != name && strings.EqualFold(other, name) && d.file(Place{p.Collection, other}) != nil {
				return true
			}
		}
		return false
	}
	stem, ext := strings.TrimSuffix(p.Name, d.layout.Ext), d.layout.Ext
	for n := 2; taken(p.Name); n++ {
		p.Name = stem + "-" + strconv.Itoa(n) + ext
	}
	return p
}

// equal tells whether two versions say the same.
func (d *desk) equal(f *file, h store.Hash) (bool, error) {
	if f.hash == h {
		return true, nil
	}
	if repo.IsProperty(f.at.Name) {
		return false, nil
	}
	a, err := d.item(f)
	if err != nil {
		return false, err
	}
	b, err := d.parse(h)
	return err == nil && merge.Compare(a, b) < merge.Strong, err
}
