package repo

import (
	"strings"

	"vgit/merge"
	"vgit/remote"
	"vgit/repo/store"
)

// propertyNouns are what properties are called in sentences.
var propertyNouns = map[string]string{remote.Color: "colour", remote.DisplayName: "name", remote.Description: "description", remote.Order: "order"}

// propertyWords puts into words what became of a property, by the files or values: "colour #ff0000 → #00ff00". Not sanitised.
func propertyWords(name string, old, new store.Hash, read Read) merge.Words {
	a, b := propertyText(old, read), propertyText(new, read)
	w := merge.Words{Sign: '~', Type: propertyNouns[name]}
	show := func(text string) string {
		switch {
		case text == "":
			return "(none)"
		case name == remote.DisplayName || name == remote.Description:
			return quoted(text)
		}
		return cut(text, 60)
	}
	switch {
	case a == "" && b != "":
		w.Sign, w.Title = '+', show(b)
	case b == "" && a != "":
		w.Sign, w.Title = '-', show(a)
	default:
		w.Title = show(a) + " → " + show(b)
	}
	return w
}

// propertyDetails is the same for programs.
func propertyDetails(name string, old, new store.Hash, read Read) []merge.Detail {
	d := merge.Detail{Slot: name, Op: "change", Old: propertyText(old, read), New: propertyText(new, read), Strength: merge.Strong.String()}
	switch {
	case d.Old == "":
		d.Op = "add"
	case d.New == "":
		d.Op = "remove"
	}
	return []merge.Detail{d}
}

// propertyText is a value without blanks around it; "" is none.
func propertyText(h store.Hash, read Read) string {
	if h.IsZero() {
		return ""
	}
	it, err := read(h)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(it.Bytes()))
}

// propertyDifferences are the properties in which two snapshots differ.
func (r *Repo) propertyDifferences(old, new *Snapshot) (found []Difference) {
	for _, coll := range new.names() {
		was := map[string]string{}
		if c := old.colls[coll]; c != nil {
			was = c.status.Properties
		}
		now := new.colls[coll].status.Properties
		for _, name := range remote.PropertyNames {
			d := Difference{Sign: '~', Collection: coll, Name: name, Old: r.valueHash(was[name]), New: r.valueHash(now[name])}
			switch {
			case d.Old == d.New:
				continue
			case d.Old.IsZero():
				d.Sign = '+'
			case d.New.IsZero():
				d.Sign = '-'
			}
			found = append(found, d)
		}
	}
	return found
}
