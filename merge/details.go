package merge

import (
	"strings"

	"vgit/repo/item"
)

// Detail is one change for programs: of which component, which slot, and what was done.
type Detail struct {
	UID          string `json:"uid"`
	Component    string `json:"component"`              // upper case, as "VEVENT"
	RecurrenceID string `json:"recurrenceId,omitempty"` // of an occurrence, as its slots name it
	Slot         string `json:"slot"`
	Op           string `json:"op"` // "add", "remove", "change"
	Old          string `json:"old"`
	New          string `json:"new"`
	Strength     string `json:"strength"`
}

// Details is Diff for programs: the same list in the same order, bookkeeping included. An absent item is nil and has one change, of the
// slot "item".
func Details(old, new *item.Item) []Detail {
	list := []Detail{}
	switch {
	case old == nil && new == nil:
		return list
	case old == nil:
		return append(list, Detail{UID: new.UID(), Component: new.Component(), Slot: "item", Op: "add", New: new.Summary(), Strength: Strong.String()})
	case new == nil:
		return append(list, Detail{UID: old.UID(), Component: old.Component(), Slot: "item", Op: "remove", Old: old.Summary(), Strength: Strong.String()})
	}
	differences(old, new, func(d *delta) bool {
		c := d.change()
		detail := Detail{UID: new.UID(), Component: c.Component, Slot: c.Slot, Op: "change", Old: c.Old, New: c.New, Strength: c.Strength.String()}
		switch {
		case d.a == nil && d.b != nil, d.from == nil && d.to != nil:
			detail.Op = "add"
		case d.a != nil && d.b == nil, d.from != nil && d.to == nil:
			detail.Op = "remove"
		}
		if name, ok := strings.CutPrefix(c.Slot, "occurrence "); ok {
			detail.RecurrenceID, _, _ = strings.Cut(name, " ")
		}
		list = append(list, detail)
		return true
	})
	return list
}
