package repo

import (
	"bytes"
	"slices"
	"strings"

	"vgit/merge"
	"vgit/repo/item"
	"vgit/repo/store"
)

// merge decides an item of which both sides have a version, or one has changed what the other removed, by its slots.
func (d *decider) merge(o *one) {
	v, err := d.versions(o.four)
	if err != nil {
		if !d.forward(o) {
			d.problem(o.name, "cannot be read from the repository", err)
		}
		return
	}
	res, err := d.reconcile(o, v)
	if err != nil {
		d.problem(o.name, "cannot be read from the repository", err)
		return
	}
	res.Conflicts = append(res.Conflicts, o.extra...)
	if len(res.Conflicts) > 0 && d.makesBoth() && d.both(o, v) {
		return
	}
	file, err := d.file(o, v, res)
	if err != nil {
		d.problem(o.name, "cannot be read from the repository", err)
		return
	}
	d.follow(o, v, res, file)
}

// forward takes the side that changed, where the base cannot be read any more and the other side is as it was (F101).
func (d *decider) forward(o *one) bool {
	switch {
	case o.waits() || o.l0 != o.r0 || o.l0.IsZero():
		return false
	case o.l1 == o.l0 && !o.r1.IsZero():
		d.here(o, Update, o.r1, false, "changed there")
	case o.r1 == o.r0 && !o.l1.IsZero():
		d.there(o, Update, o.l1, o.l1, "changed here")
	default:
		return false
	}
	return true
}

// follow makes the steps that a merge asks for. A file is written before what stands for it is sent, and then it only shows what
// the merge gave.
func (d *decider) follow(o *one, v merge.Versions, res merge.Result, file store.Hash) {
	waits, sends := len(res.Conflicts) > 0, res.Send != merge.Nothing
	why := d.why(o, v, res)
	from := len(d.plan.Steps)
	if file != o.file {
		kind := Update
		switch {
		case o.file.IsZero():
			kind = Create
		case file.IsZero():
			kind = Delete
		}
		d.here(o, kind, file, waits || sends, why)
	}
	switch {
	case waits:
		why := why + ": " + slotNames(res.Conflicts)
		if o.stale {
			why += "; what was answered was said of another state"
		}
		d.add(*o, Step{State: Waits, Local: file, There: o.r1, Why: why, Conflicts: res.Conflicts})
	case res.Send == merge.Delete:
		d.there(o, Delete, store.Hash{}, store.Hash{}, why)
	case sends && o.r1.IsZero():
		d.there(o, Create, d.bodies.Add(res.Body), file, why)
	case sends:
		d.there(o, Update, d.hash(res.Body, o.l1, v.L1), file, why)
	case file == o.file:
		d.agree(o, why, res.Notes...)
	}
	if len(d.plan.Steps) > from {
		d.plan.Steps[from].Notes = res.Notes
	}
}

// reconcile merges with what a person, or the user in the file, has settled.
func (d *decider) reconcile(o *one, v merge.Versions) (merge.Result, error) {
	if err := d.answers(o, &v); err != nil {
		return merge.Result{}, err
	}
	c := d.context(o)
	if d.editStays(o) {
		o.choose("item", map[bool]merge.Choice{true: merge.TakeRemote, false: merge.TakeLocal}[o.l1.IsZero()])
	}
	c.Choices = o.choices
	return merge.Reconcile(v, c), nil
}

// editStays tells whether an item that one side deleted stays, as the other changed it: another remote is in it, and nobody has said
// otherwise.
func (d *decider) editStays(o *one) bool {
	return d.Between[o.name] && o.l1.IsZero() != o.r1.IsZero() && d.policy() == merge.Ask
}

// context is what a merge in this collection is told.
func (d *decider) context(o *one) merge.Context {
	c := merge.Context{Me: d.choice.Me, Host: d.choice.Host, Policy: d.policy()}
	if o.l1 != o.l0 && o.r1 != o.r0 && !o.l1.IsZero() && !o.r1.IsZero() {
		c.Siblings = d.siblings()
	}
	return c
}

// mostSiblings bounds how many new items are looked at for the other half of a series.
const mostSiblings = 50

// siblings are the items that are new there: one of them may be the other half of a series that was split.
func (d *decider) siblings() []*item.Item {
	if !d.knewSiblings {
		d.knewSiblings = true
		var names []string
		for name := range d.There {
			if d.BaseThere[name].IsZero() {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names[:min(len(names), mostSiblings)] {
			if it, err := d.read(d.There[name]); err == nil && it.State() == item.Sound {
				d.newThere = append(d.newThere, it)
			}
		}
	}
	return d.newThere
}

// versions reads the four bodies of an item.
func (d *decider) versions(f four) (v merge.Versions, err error) {
	for _, b := range []struct {
		h    store.Hash
		into **item.Item
	}{{f.l0, &v.L0}, {f.l1, &v.L1}, {f.r0, &v.R0}, {f.r1, &v.R1}} {
		if b.h.IsZero() {
			continue
		}
		if *b.into, err = d.read(b.h); err != nil {
			return v, err
		}
	}
	if v.L0 == nil || v.R0 == nil { // half a pair is none
		v.L0, v.R0 = nil, nil
	}
	return v, nil
}

// hash names bytes, known being what they may be already.
func (d *decider) hash(b []byte, known store.Hash, it *item.Item) store.Hash {
	switch {
	case b == nil:
		return store.Hash{}
	case it != nil && bytes.Equal(b, it.Bytes()):
		return known
	}
	return d.bodies.Add(b)
}

// why tells what a merge found.
func (d *decider) why(o *one, v merge.Versions, res merge.Result) string {
	based := v.L0 != nil
	here, there := !based || o.l1 != o.l0, !based || o.r1 != o.r0
	waits := len(res.Conflicts) > 0
	switch {
	case !waits && d.editStays(o):
		return "deleted on one remote, changed on another; the edit stays"
	case waits && !based:
		return "both sides have it, differently, and no common state is known"
	case waits && v.L1 == nil:
		return "deleted here, changed there"
	case waits && v.R1 == nil:
		return "changed here, deleted there"
	case waits:
		return "changed on both sides, differently"
	case !based:
		return "both sides have it; joined"
	case v.L1 == nil:
		return "deleted here"
	case v.R1 == nil:
		return "deleted there"
	case res.Send == merge.Nothing && bytes.Equal(res.Local, v.L1.Bytes()):
		return "the same in substance"
	case !here:
		return "changed there"
	case !there:
		return "changed here"
	}
	return "changed on both sides, and merged"
}

func slotNames(conflicts []merge.Conflict) string {
	var names []string
	for _, c := range conflicts {
		names = append(names, c.Slot)
	}
	return strings.Join(names, ", ")
}
