package repo

import (
	"slices"

	"vgit/merge"
	"vgit/repo/store"
)

// This file tells, of an item whose file vgit wrote while its pair stayed, what the local side stands for, and which of its slots are
// settled. What vgit wrote is not the user's edit.

// carry sets what the local side stands for: the intent, and what the user changed in the file since vgit wrote it. An item that came
// back, having been deleted here and edited there, is kept by any edit, and deleted by deleting it once more: all of it was seen, so
// that what was shown is the pair then.
func (d *decider) carry(o *one, s Shown) error {
	o.shown = s
	switch {
	case o.file == s.File || s.Intent.IsZero() && !d.strong(s.File, o.file):
		o.l1 = s.Intent
	case s.Intent.IsZero():
		d.takeAsShown(o, s)
	case o.file.IsZero():
		o.l1 = store.Hash{}
		ours, err := d.hidden(o, s)
		if err != nil {
			return err
		}
		if !ours {
			d.takeAsShown(o, s)
		}
	default:
		return d.carryEdits(o, s)
	}
	o.intent = o.l1
	return nil
}

// carryEdits adds what the user did in the file to the intent. Where the file shows theirs, an edit settles the slot: what is in front of the
// eyes was seen.
func (d *decider) carryEdits(o *one, s Shown) error {
	v, err := d.versions(four{o.l0, o.r0, s.Intent, o.r1})
	if err != nil {
		return err
	}
	shown, err := d.read(s.File)
	if err != nil {
		return err
	}
	file, err := d.read(o.file)
	if err != nil {
		return err
	}
	o.l1 = d.hash(merge.Carry(v.L1, shown, file).Bytes(), o.file, file)
	o.intent = o.l1
	for slot, c := range merge.Seen(v, shown, file, d.context(o)) {
		o.choose(slot, c)
		o.settled = append(o.settled, slot)
	}
	slices.Sort(o.settled)
	return d.allSettled(o, s)
}

// allSettled makes the file the answer to the item as a whole, if it showed theirs in all that waited and all of that was edited: then even
// what was put back as it once was is meant.
func (d *decider) allSettled(o *one, s Shown) error {
	if len(o.settled) == 0 {
		return nil
	}
	was, err := d.asShown(o, s)
	if err != nil || slices.ContainsFunc(was, func(c merge.Conflict) bool { return !c.ShowsRemote || o.choices[c.Slot] == merge.Undecided }) {
		return err
	}
	o.whole = Answer{L0: o.l0, R0: o.r0, L1: o.l1, R1: s.There, Body: o.file}
	return nil
}

// asShown are the conflicts that there were when the file was written.
func (d *decider) asShown(o *one, s Shown) ([]merge.Conflict, error) {
	v, err := d.versions(four{o.l0, o.r0, s.Intent, s.There})
	if err != nil {
		return nil, err
	}
	return merge.Reconcile(v, d.context(o)).Conflicts, nil
}

// takeAsShown makes what was shown, and what the remote held then, the pair.
func (d *decider) takeAsShown(o *one, s Shown) {
	o.l0, o.r0, o.l1, o.shown = s.File, s.There, o.file, Shown{}
}

// hidden tells whether there was a slot of which the file did not show what the other side has.
func (d *decider) hidden(o *one, s Shown) (bool, error) {
	was, err := d.asShown(o, s)
	return slices.ContainsFunc(was, func(c merge.Conflict) bool { return !c.ShowsRemote }), err
}

// choose settles a slot.
func (o *one) choose(slot string, c merge.Choice) {
	if o.choices == nil {
		o.choices = map[string]merge.Choice{}
	}
	o.choices[slot] = c
}

// conflicts are those of four versions, by slot, with nothing settled.
func (d *decider) conflicts(f four) (map[string]merge.Conflict, error) {
	v, err := d.versions(f)
	if err != nil {
		return nil, err
	}
	found := map[string]merge.Conflict{}
	for _, c := range merge.Reconcile(v, merge.Context{Me: d.choice.Me, Host: d.choice.Host}).Conflicts {
		found[c.Slot] = c
	}
	return found, nil
}

// file is what the file is to be, by what a merge gave. Where vgit wrote it before, what is new is written into it; so it keeps its
// lines, and nothing is written again.
func (d *decider) file(o *one, v merge.Versions, res merge.Result) (store.Hash, error) {
	want := d.hash(res.Local, o.l1, v.L1)
	if !o.waits() || want == o.file || want.IsZero() || o.file.IsZero() {
		return want, nil
	}
	shown, err := d.read(o.shown.File)
	if err != nil {
		return want, err
	}
	file, err := d.read(o.file)
	if err != nil {
		return want, err
	}
	next, err := d.read(want)
	if err != nil {
		return want, err
	}
	into := merge.Reconcile(merge.Versions{L0: shown, L1: file, R0: shown, R1: next}, merge.Context{})
	if len(into.Conflicts) > 0 {
		return want, nil
	}
	return d.hash(into.Local, o.file, file), nil
}

// answers applies what a person answered. An answer holds for the state that it was said of, slot by slot: where one side has moved on
// since, it is void, and the conflict stands anew.
func (d *decider) answers(o *one, v *merge.Versions) error {
	if !o.whole.Body.IsZero() {
		return d.answeredWhole(o, v, o.whole)
	}
	var now map[string]merge.Conflict
	for _, a := range d.Answers[o.name] {
		if a.L0 != o.l0 || a.R0 != o.r0 {
			o.stale = true
			continue
		}
		if !a.Body.IsZero() {
			if err := d.answeredWhole(o, v, a); err != nil {
				return err
			}
			continue
		}
		if a.L1 == o.l1 && a.R1 == o.r1 {
			o.choose(a.Slot, a.Choice)
			continue
		}
		was, err := d.conflicts(four{a.L0, a.R0, a.L1, a.R1})
		if err != nil {
			return err
		}
		if now == nil {
			if now, err = d.conflicts(o.four); err != nil {
				return err
			}
		}
		then, ok := was[a.Slot]
		today, still := now[a.Slot]
		unmoved := ok && still && then.Local == today.Local && then.Remote == today.Remote
		if a.Slot == "item" { // its values are titles
			unmoved = !d.strong(a.L1, o.l1) && !d.strong(a.R1, o.r1)
		}
		switch {
		case unmoved:
			o.choose(a.Slot, a.Choice)
		case still:
			o.stale = true
		}
	}
	return nil
}

// answeredWhole puts an item as a person wrote it in place of ours. They saw theirs, so that this is what their edit is measured by;
// what the other side did since is an ordinary change, and what the user did in the file since comes on top.
func (d *decider) answeredWhole(o *one, v *merge.Versions, a Answer) error {
	old, err := d.versions(four{a.L0, a.R0, a.L1, a.R1})
	if err != nil {
		return err
	}
	body, err := d.read(a.Body)
	if err != nil {
		return err
	}
	theirs := old.R1 // as the file would have them
	if old.L0 != nil && old.R1 != nil {
		h := d.hash(merge.Reconcile(merge.Versions{L0: old.L0, L1: old.L0, R0: old.R0, R1: old.R1}, merge.Context{}).Local, store.Hash{}, nil)
		if !h.IsZero() {
			if theirs, err = d.read(h); err != nil {
				return err
			}
		}
	}
	if a.L1 != o.l1 && old.L1 != nil && v.L1 != nil {
		body = merge.Carry(body, old.L1, v.L1)
	}
	v.L0, v.R0, v.L1 = theirs, old.R1, body
	o.l1 = d.hash(body.Bytes(), a.Body, nil)
	return nil
}
