package history

import (
	"vgit/merge"
	"vgit/repo"
	"vgit/repo/item"
	"vgit/repo/store"
)

// Reason says why something stays as it is now.
type Reason string

const (
	// Edited: it was changed since in the same slots, or in one that comes or goes. Slots names them where they could be told apart.
	Edited Reason = "edited"
	// Deleted: somebody deleted it since.
	Deleted Reason = "deleted"
	// Back: what had been deleted was put back since, and is not what it was.
	Back Reason = "back"
	// Moved: what had been added is in another collection now.
	Moved Reason = "moved"
)

// Stay is an item, or some slots of one, that stays as it is now though a change of it is taken back.
type Stay struct {
	Place
	Reason Reason
	Slots  []merge.Conflict // what both changed: Local as it was before, Remote as it is now
	Now    store.Hash       // zero: it is not there, or was made just now
	Was    store.Hash       // what it would have been made into; zero: it would have gone
	// By is who changed it since, as far as that can be told: Kind, From, Time and Commit. Without a commit it was here, just now.
	By Entry

	deed store.Hash // whose change was to be taken back
}

// takeBack undoes one change: what it left (New) is made into what was there before (Old). What was done since is kept.
func (d *desk) takeBack(of store.Hash, c repo.Difference) error {
	at := Place{c.Collection, c.Name}
	f, err := d.find(c)
	if err != nil {
		return err
	}
	switch {
	case c.New.IsZero():
		return d.bringBack(of, at, c.Old, f)
	case f == nil:
		if !c.Old.IsZero() {
			d.stay(of, nil, Stay{Place: at, Reason: Deleted, Was: c.Old})
		}
		return nil
	case c.Old.IsZero():
		return d.takeAway(of, at, c.New, f)
	}
	if err := d.changeBack(of, c, f); err != nil {
		return err
	}
	if c.Was != "" && f.at == at {
		var to Place
		if to.Collection, to.Name, _ = d.layout.Split(c.Was); d.free(to) == to {
			d.move(f, to)
		}
	}
	return nil
}

// find is the file that a change was made in: at its place, or where it was moved to since. Of a deletion it is the item that is there again.
func (d *desk) find(c repo.Difference) (*file, error) {
	at, h := Place{c.Collection, c.Name}, c.New
	if h.IsZero() {
		h = c.Old
	}
	f := d.file(at)
	if f != nil && (f.hash == h || repo.IsProperty(c.Name)) || repo.IsProperty(c.Name) {
		return f, nil
	}
	uid, err := d.uid(h)
	if err != nil {
		return nil, err
	}
	if f != nil {
		it, err := d.item(f)
		if err != nil {
			return nil, err
		}
		if it.UID() == uid || !c.New.IsZero() && (uid == "" || it.State() == item.Broken) {
			return f, nil
		}
	}
	return d.byUID(uid, c.Collection)
}

// bringBack writes what had been deleted, unless it is there again (f).
func (d *desk) bringBack(of store.Hash, at Place, old store.Hash, f *file) error {
	if f == nil {
		return d.put(d.free(at), old)
	}
	same, err := d.equal(f, old)
	if err == nil && !same {
		d.stay(of, f, Stay{Reason: Back, Was: old})
	}
	return err
}

// takeAway removes what had been added, unless somebody worked on it since.
func (d *desk) takeAway(of store.Hash, at Place, new store.Hash, f *file) error {
	same, err := d.equal(f, new)
	switch {
	case err != nil:
		return err
	case !same:
		d.stay(of, f, Stay{Reason: Edited})
	case f.at.Collection != at.Collection:
		d.stay(of, f, Stay{Reason: Moved})
	default:
		d.remove(f)
	}
	return nil
}

// changeBack gives a file its old content: the exact bytes if it is as the change left it, else what was done since is merged into them, and
// stays where both are about one slot.
func (d *desk) changeBack(of store.Hash, c repo.Difference, f *file) error {
	untouched, err := d.equal(f, c.New)
	if err != nil || f.hash == c.Old {
		return err
	}
	if untouched {
		f.hash, f.body = c.Old, nil
		return nil
	}
	if back, err := d.equal(f, c.Old); back || err != nil {
		return err
	}
	whole := Stay{Reason: Edited, Was: c.Old}
	if repo.IsProperty(c.Name) {
		d.stay(of, f, whole)
		return nil
	}
	now, err := d.item(f)
	if err != nil {
		return err
	}
	left, err := d.parse(c.New)
	if err != nil {
		return err
	}
	before, err := d.parse(c.Old)
	if err != nil {
		return err
	}
	body, slots, ok := without(left, now, before)
	if whole.Slots = slots; !ok || len(slots) > 0 {
		d.stay(of, f, whole)
	}
	if body == nil {
		return nil
	}
	if f.hash, f.body = (store.Hash{}), body; merge.Compare(item.Parse(body), before) < merge.Strong {
		f.hash, f.body = c.Old, nil
	}
	return nil
}

// without takes a change, from before to left, out of an item that was edited since; without a body there is nothing to write. What stays as it
// is now is in slots; not ok: all of it does.
func without(left, now, before *item.Item) (body []byte, slots []merge.Conflict, ok bool) {
	for _, it := range []*item.Item{left, now, before} {
		if it.State() != item.Sound {
			return nil, nil, false
		}
	}
	slots = merge.Reconcile(merge.Versions{L0: left, L1: before, R0: left, R1: now}, merge.Context{}).Conflicts
	if merged := merge.Carry(before, left, now); merge.Compare(merged, now) == merge.Strong {
		body = merged.Bytes()
	}
	return body, slots, true
}

// stay takes note of what stays, of one file once.
func (d *desk) stay(of store.Hash, f *file, s Stay) {
	s.deed = of
	if f != nil {
		s.Place, s.Now = f.at, f.hash
	}
	for i := range d.stays {
		if d.stays[i].Place == s.Place {
			if s.Reason != Edited || len(s.Slots) == 0 {
				d.stays[i] = s
			} else if d.stays[i].Reason == Edited && len(d.stays[i].Slots) > 0 {
				d.stays[i].Slots = append(d.stays[i].Slots, s.Slots...)
			}
			return
		}
	}
	d.stays = append(d.stays, s)
}
