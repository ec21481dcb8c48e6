package repo

import (
	"fmt"
	"slices"

	"vgit/repo/item"
	"vgit/repo/store"
)

// Limits say what a collection takes. The zero value takes everything.
type Limits struct {
	ReadOnly   bool
	Components []string // nil: all
	MaxSize    int64    // 0: not said
}

// allowed refuses what the collection or the state of the item forbids to send.
func (d *decider) allowed(o *one, s Step) Step {
	if why := d.forbids(o, s); why != "" {
		s.State, s.Why = Refused, why
	}
	return s
}

func (d *decider) forbids(o *one, s Step) string {
	uid, name := "", o.name
	if row := d.Status.row(name); row != nil {
		uid = row.UID
	}
	if d.Limits.ReadOnly {
		return "the collection is read-only on the server"
	}
	if d.Unsure[uid] {
		return "the server does not say whether it went to another place; it is sent once that is known"
	}
	if s.Kind == Delete {
		if uid != "" && d.local[uid] > 0 {
			return fmt.Sprintf("another file here has the UID %q; it is not clear which one it is now", uid)
		}
		if r, ok := d.choice.Refusals[d.Collection+"/"+name]; ok && r.holds(store.Hash{}, d.Limits) {
			return r.Why
		}
		return d.twin(uid, 1)
	}
	it, err := d.read(s.After)
	if err != nil {
		return "cannot be read from the repository"
	}
	switch {
	case d.PutBack[name]: // both sides had it so
	case s.Kind == Create:
		if several(it) {
			return "holds several items; one file may hold one"
		}
		if d.local[uidOf(it)] > 1 {
			return fmt.Sprintf("another new file here has the same UID %q", uidOf(it))
		}
		if why := d.twin(uidOf(it), 0); why != "" {
			return why
		}
	default:
		if why := d.twin(uid, 1); why != "" {
			return why
		}
	}
	if r, ok := d.choice.Refusals[d.Collection+"/"+name]; ok && r.holds(o.intent, d.Limits) {
		return r.Why
	}
	return d.Limits.refuse(it)
}

// unread tells whether the server named a version of an item that could not be read yet. Of what nobody has, nothing is deleted (G22);
// that it could not be read is told already. Where it may be in another place, that is said instead.
func (d *decider) unread(name string) bool {
	row := d.Status.row(name)
	return row != nil && !d.Unsure[row.UID] && slices.ContainsFunc(d.Status.Owed, func(o Owed) bool { return o.Href == row.Href })
}

// several (F76) tells whether an item holds more than one UID: an export of a whole calendar, not one item.
func several(it *item.Item) bool {
	if it.State() != item.Opaque {
		return false
	}
	uids := map[string]bool{}
	for top := range it.Tree().Components() {
		for c := range top.Components() {
			if uid := c.Leaf("UID"); uid != nil && c.Name != "VTIMEZONE" {
				uids[uid.Value()] = true
			}
		}
	}
	return len(uids) > 1
}

// twin says why a write to an item is not done if more than own rows there have its UID (P64, F73).
func (d *decider) twin(uid string, own int) string {
	if uid == "" || d.uids[uid] <= own {
		return ""
	}
	if own == 0 {
		return fmt.Sprintf("another item has the same UID %q; give the copy one of its own", uid)
	}
	return fmt.Sprintf("the server holds several items with the UID %q", uid)
}

func (l Limits) refuse(it *item.Item) string {
	if c := it.Component(); len(l.Components) > 0 && c != "" && c != "VCARD" && !slices.Contains(l.Components, c) {
		return fmt.Sprintf("the collection takes no %s on the server", c)
	}
	if n := int64(len(it.Bytes())); l.MaxSize > 0 && n > l.MaxSize {
		return fmt.Sprintf("it has %d bytes, the server takes %d", n, l.MaxSize)
	}
	return ""
}
