package history

import (
	"strings"

	"vgit/repo"
)

// filter says which items are wanted. It learns the old places of one that was moved.
type filter struct {
	where string          // collection; "": all
	name  string          // file in any collection
	items map[Place]bool  // single items
	colls map[string]bool // collections of these
	whole map[string]bool // collections that are wanted as a whole
	none  bool            // nothing can be what was asked for
}

func newFilter(o Options) *filter {
	f := &filter{where: o.Where, whole: map[string]bool{}}
	for _, p := range o.Of {
		if p.Name == "" {
			f.whole[p.Collection] = true
		} else {
			f.add(p)
		}
	}
	if strings.Contains(o.Item, "/") {
		coll, name, ok := o.Layout.Split(o.Item)
		f.none = !ok
		f.add(Place{coll, name})
	} else {
		f.name = o.Item
	}
	return f
}

func (f *filter) add(p Place) {
	if f.items == nil {
		f.items, f.colls = map[Place]bool{}, map[string]bool{}
	}
	f.items[p], f.colls[p.Collection] = true, true
}

// one tells whether single items are wanted, or some collections of several.
func (f *filter) one() bool { return f.name != "" || f.items != nil || len(f.whole) > 0 }

// learns tells whether the places that are wanted depend on what was met before.
func (f *filter) learns() bool { return f.name != "" || f.items != nil }

// below tells whether a collection may be looked into at all.
func (f *filter) below(coll string) bool { return f.where == "" || f.where == coll }

// collection tells whether one can hold what is wanted.
func (f *filter) collection(coll string) bool {
	return f.below(coll) && (!f.one() || f.name != "" || f.colls[coll] || f.whole[coll])
}

func (f *filter) item(coll, name string) bool {
	return !f.one() || name == f.name || f.whole[coll] || f.items[Place{coll, name}]
}

// follow picks what is wanted out of all differences of a commit, and from then on wants the old places as well. What came out of
// a collection that is wanted as a whole, or went into it, is not followed beyond.
func (f *filter) follow(l repo.Layout, all []repo.Difference) (found []repo.Difference) {
	for _, d := range all {
		was := Place{}
		if d.Was != "" {
			was.Collection, was.Name, _ = l.Split(d.Was)
		}
		here, there := f.item(d.Collection, d.Name), d.Was != "" && f.item(was.Collection, was.Name)
		if !here && !there {
			continue
		}
		found = append(found, d)
		if d.Was != "" && !f.whole[d.Collection] && !f.whole[was.Collection] {
			f.add(was)
		}
	}
	return found
}
