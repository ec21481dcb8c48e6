package repo

import (
	"maps"
	"slices"

	"vgit/merge"
	"vgit/repo/store"
)

// putBack decides an item of a hold that was refused: the side whose change was held gets back what it had, and keeps nothing of that
// change. What the other side changed stays.
func (d *decider) putBack(name string, v four, a *HoldAnswer) {
	o := one{name: name, four: v, file: v.l1, intent: v.l1}
	if shown, waits := d.Shown[name]; waits {
		if err := d.carry(&o, shown); err != nil {
			d.problem(name, "cannot be read from the repository", err)
			return
		}
	}
	back := d.writeBack
	if a.Class.pulls() {
		back = d.sendBack
	}
	if err := back(&o); err != nil {
		d.problem(name, "cannot be read from the repository", err)
	}
}

const refused = "refused, and put back"

// sendBack takes a change of the remote back there: its own half of the pair, with what was changed here. What is new there goes.
func (d *decider) sendBack(o *one) error {
	if o.r0.IsZero() {
		d.there(o, Delete, store.Hash{}, store.Hash{}, refused)
		return nil
	}
	body, file := o.r0, o.file
	if o.l1 != o.l0 {
		now := o.r1
		o.r1 = o.r0
		v, err := d.versions(o.four)
		if err != nil {
			return err
		}
		res, err := d.reconcile(o, v)
		o.r1 = now
		if err != nil {
			return err
		}
		switch file = d.hash(res.Local, o.l1, v.L1); res.Send {
		case merge.Put:
			body = d.hash(res.Body, o.r0, v.R0)
		case merge.Delete:
			d.there(o, Delete, store.Hash{}, store.Hash{}, refused)
			return nil
		}
	}
	if file != o.file {
		d.here(o, Update, file, true, refused)
	}
	kind := Update
	if o.r1.IsZero() {
		kind = Create
	}
	d.there(o, kind, body, file, refused)
	return nil
}

// writeBack takes a change of the user back in the vdir: the file as it was agreed on, with what was changed there. What is new here
// goes.
func (d *decider) writeBack(o *one) error {
	file := o.l0
	if o.r1 != o.r0 && !o.l0.IsZero() && !o.r1.IsZero() {
		v, err := d.versions(four{o.l0, o.r0, o.l0, o.r1})
		if err != nil {
			return err
		}
		file = d.hash(merge.Reconcile(v, d.context(o)).Local, o.l0, v.L0)
	}
	switch {
	case file == o.file:
		d.agree(o, refused)
	case file.IsZero():
		d.here(o, Delete, file, false, refused)
	case o.file.IsZero():
		d.here(o, Create, file, false, refused)
	default:
		d.here(o, Update, file, false, refused)
	}
	return nil
}

// leaveGone carries out what was answered about a collection that is gone on the other side. Accepted, its items leave the vdir; what
// was edited here since it was agreed on stays as a file of nobody else's. Refused, all stay, and are only here from now on.
func (d *decider) leaveGone() {
	a := d.lifted
	for _, name := range slices.Sorted(maps.Keys(d.BaseLocal)) {
		o := one{name: name, four: four{d.BaseLocal[name], d.BaseThere[name], d.Local[name], store.Hash{}}, file: d.Local[name]}
		switch {
		case d.said[name] == nil || d.Unknown[name]:
		case !a.Refuse && !o.file.IsZero() && !d.strong(d.lastWritten(&o), o.file):
			d.here(&o, Delete, store.Hash{}, false, "the collection is gone there")
		default:
			d.add(o, Step{Kind: Agree, Why: "the collection is gone there"})
		}
	}
}

// lastWritten is the file as vgit last wrote or agreed on it.
func (d *decider) lastWritten(o *one) store.Hash {
	if s, ok := d.Shown[o.name]; ok && !s.Intent.IsZero() && s.Intent == o.l0 {
		return s.File
	}
	return o.l0
}
