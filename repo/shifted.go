package repo

import (
	"vgit/merge"
	"vgit/repo/item"
	"vgit/repo/store"
)

// A server that moves a time by the offset of a zone, as some do with every PUT, is not believed and not asked again: the item waits, the
// file shows what was sent, and a person says which it is to be (spec of merging, 1.5).

// shifted adds the conflict of a time that the server moved; sent is the body as it went out. It tells whether that is all there is to do:
// a person has answered, or it is over.
func (d *decider) shifted(o *one, sent store.Hash) (done bool) {
	v, err := d.versions(o.four)
	if err != nil || v.L1 == nil || v.R1 == nil {
		return false
	}
	body, err := d.read(sent)
	if err != nil {
		return false
	}
	if !merge.Stored(body, v.R1, v.L1).Shifted {
		if o.l1 == o.l0 && o.r1 == o.r0 {
			d.unshift(o, o.file, "the time is as it was sent")
			return true
		}
		return false
	}
	for _, a := range d.Answers[o.name] {
		if a.Slot != "time" || a.L0 != o.l0 || a.R0 != o.r0 || a.L1 != o.l1 || a.R1 != o.r1 {
			continue
		}
		file := o.file
		if a.Choice == merge.TakeRemote {
			file = d.timeThere(o, v, body)
		}
		d.unshift(o, file, "the time was settled")
		return true
	}
	switch d.policy() {
	case merge.Local:
		d.unshift(o, o.file, "the time stays as it is on either side")
		return true
	case merge.Remote:
		d.unshift(o, d.timeThere(o, v, body), "the time is taken as the server has it")
		return true
	}
	c := merge.Conflict{Slot: "time", Reason: "shifted by the server"}
	for _, change := range merge.Diff(body, v.R1) {
		if change.Slot == "time" {
			c.Base, c.Local, c.Remote = change.Old, change.Old, change.New
		}
	}
	o.extra = append(o.extra, c)
	return false
}

// timeThere is the file with the time as the server has it.
func (d *decider) timeThere(o *one, v merge.Versions, sent *item.Item) store.Hash {
	res := merge.Reconcile(merge.Versions{L0: v.L1, L1: v.L1, R0: sent, R1: v.R1}, d.context(o))
	return d.hash(res.Local, o.l1, v.L1)
}

// unshift ends it: both sides agree, with the file as given.
func (d *decider) unshift(o *one, file store.Hash, why string) {
	s := Step{Kind: Agree, Why: why, Local: file, There: o.r1, unshift: true}
	if file != o.file {
		s.Side, s.Kind, s.Before, s.After = Here, Update, o.file, file
	}
	d.add(*o, s)
}
