package history

import (
	"strings"

	"vgit/repo"
)

// at is where an item is: collection and file name.
type at struct{ coll, name string }

// filter says which items are wanted. It learns the old places of one that was moved.
type filter struct {
	where string          // collection; "": all
	name  string          // file in any collection
	items map[at]bool     // further single items
	colls map[string]bool // collections of items
	none  bool            // nothing can be what was asked for
}

func newFilter(o Options) *filter {
	f := &filter{where: o.Where}
	if strings.Contains(o.Item, "/") {
		coll, name, ok := o.Layout.Split(o.Item)
		f.none = !ok
		f.add(at{coll, name})
	} else {
		f.name = o.Item
	}
	return f
}

func (f *filter) add(a at) {
	if f.items == nil {
		f.items, f.colls = map[at]bool{}, map[string]bool{}
	}
	f.items[a], f.colls[a.coll] = true, true
}

// one tells whether a single item is wanted.
func (f *filter) one() bool { return f.name != "" || f.items != nil }

// below tells whether a collection may be looked into at all.
func (f *filter) below(coll string) bool { return f.where == "" || f.where == coll }

// collection tells whether one can hold what is wanted.
func (f *filter) collection(coll string) bool {
	return f.below(coll) && (!f.one() || f.name != "" || f.colls[coll])
}

func (f *filter) item(coll, name string) bool {
	return !f.one() || name == f.name || f.items[at{coll, name}]
}

// follow picks what is wanted out of all differences of a commit, and from then on wants the old places as well.
func (f *filter) follow(l repo.Layout, all []repo.Difference) (found []repo.Difference) {
	for _, d := range all {
		was := at{}
		if d.Was != "" {
			was.coll, was.name, _ = l.Split(d.Was)
		}
		if f.item(d.Collection, d.Name) || d.Was != "" && f.item(was.coll, was.name) {
			found = append(found, d)
			if d.Was != "" {
				f.add(was)
			}
		}
	}
	return found
}
