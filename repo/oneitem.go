package repo

import (
	"vgit/merge"
	"vgit/repo/item"
	"vgit/repo/store"
)

// item decides one item.
func (d *decider) item(name string) {
	v := four{l0: d.BaseLocal[name], r0: d.BaseThere[name], l1: d.Local[name], r1: d.There[name]}
	if d.Unknown[name] || d.outside(name, v) {
		return
	}
	shown, waits := d.Shown[name]
	before := v.l0 // the file as it is no edit
	if waits {
		before = shown.File
	}
	row := d.Status.row(name)
	if row != nil && row.Flags.Stale != 0 { // P77
		if v.l1 != before {
			d.plan.Problems = append(d.plan.Problems, Problem{Remote: d.choice.Remote, Collection: d.Collection, Name: name, What: stillOld, Severity: Temporary})
		}
		return
	}
	if a := d.said[name]; a != nil && a.Refuse {
		d.putBack(name, v, a)
		return
	}
	if row != nil && row.Flags.Broken {
		v.r1 = v.r0 // P62: it stands in the snapshot and nowhere else
	}
	if v.l1 != before && !v.l1.IsZero() {
		it, err := d.read(v.l1)
		if err != nil {
			d.problem(name, "cannot be read from the repository", err)
			return
		}
		if it.State() == item.Broken {
			d.add(one{name: name, four: v, file: v.l1, intent: v.l1}, Step{Side: There, Kind: Update, State: Refused, Before: v.r1, After: v.l1, Why: it.Problem() + "; it stays here and is not sent"})
			v.l1 = before
		}
	}
	o := one{name: name, four: v, file: v.l1, intent: v.l1}
	if waits {
		if err := d.carry(&o, shown); err != nil {
			d.problem(name, "cannot be read from the repository", err)
			return
		}
	}
	if passed := d.Passed[name]; !passed.IsZero() && !waits {
		o.l0, o.r0 = passed, o.r1
	}
	if sent := d.Shifted[name]; !sent.IsZero() && d.shifted(&o, sent) {
		return
	}
	if !waits && v.l1 == v.l0 && v.r1 == v.r0 && len(o.extra) == 0 {
		return
	}
	if d.stays(&o) || d.revert(&o) {
		return
	}
	if len(o.extra) > 0 || !d.simple(&o) {
		d.merge(&o)
	}
}

// stillOld is said of an item whose PUT was accepted and whose read-back shows the version before: a server that answers from
// a cache, or one that does not keep the change.
const stillOld = "was sent, and the server still shows the version before; it is looked at again"

// one is an item that is being decided. four has its versions, l1 being what the local side stands for: the file, unless vgit wrote
// that while the item waits.
type one struct {
	name string
	four
	file    store.Hash // as it lies in the vdir
	intent  store.Hash // l1, if the pair is still that of the base: for Shown
	shown   Shown      // zero: vgit wrote nothing that is no agreement
	choices map[string]merge.Choice
	settled []string         // slots that the user settled in the file
	whole   Answer           // that the file gives, zero for none
	extra   []merge.Conflict // beside those that a merge gives
	stale   bool             // an answer was given for what has changed since
}

// waits tells whether vgit wrote the file while the pair stayed.
func (o *one) waits() bool { return !o.shown.File.IsZero() }

// simple decides what can be told without reading a body. It tells whether that is all.
func (d *decider) simple(o *one) bool {
	if o.waits() {
		return false
	}
	based := !o.l0.IsZero() && !o.r0.IsZero()
	switch {
	case o.l1.IsZero() && o.r1.IsZero():
		if based {
			d.agree(o, "deleted on both sides")
		}
	case o.l1 == o.r1: // the same change, or one side was made like the other
		why := "both sides are the same now"
		if !based {
			why = "both sides have it"
		}
		d.agree(o, why)
	case !based && o.r1.IsZero():
		d.there(o, Create, o.l1, o.l1, "new here")
	case !based && o.l1.IsZero():
		d.here(o, Create, o.r1, false, "new there")
	case o.l1.IsZero() && o.r1 == o.r0 && d.unread(o.name):
	case o.l1.IsZero() && o.r1 == o.r0:
		d.there(o, Delete, store.Hash{}, store.Hash{}, "deleted here")
	case o.r1.IsZero() && o.l1 == o.l0:
		d.here(o, Delete, store.Hash{}, false, "deleted there")
	default:
		return false
	}
	return true
}

// agree adds the step that only notes that both sides agree.
func (d *decider) agree(o *one, why string, notes ...merge.Note) {
	d.add(*o, Step{Kind: Agree, Why: why, Local: o.file, There: o.r1, Notes: notes})
}

// here adds a step that makes the file into another; shows tells that the pair stays.
func (d *decider) here(o *one, kind StepKind, file store.Hash, shows bool, why string) {
	d.add(*o, Step{Side: Here, Kind: kind, Before: o.file, After: file, Local: file, There: o.r1, Shows: shows, Why: why})
}

// there adds a step that sends a body, for a file.
func (d *decider) there(o *one, kind StepKind, body, file store.Hash, why string) {
	if x, ok := d.Restored[o.name]; ok && kind != Delete && file == o.file {
		body = d.superseding(o, body, x)
	}
	d.add(*o, d.allowed(o, Step{Side: There, Kind: kind, Before: o.r1, After: body, Local: file, There: o.r1, Why: why}))
}

// superseding is a body that puts back what a person had put back here, marked as new. The file stays as it is.
func (d *decider) superseding(o *one, body store.Hash, x Restored) store.Hash {
	it, err := d.read(body)
	if err != nil {
		return body
	}
	var over []*item.Item
	for _, h := range []store.Hash{o.r1, o.r0, x.Last} {
		if other, err := d.read(h); !h.IsZero() && err == nil {
			over = append(over, other)
		}
	}
	return d.hash(merge.Supersede(it, over, x.When, d.choice.Me), body, it)
}

// add completes a step and adds it to the plan.
func (d *decider) add(o one, s Step) {
	s.Remote, s.Collection, s.Name, s.Intent = d.choice.Remote, d.Collection, o.name, o.intent
	s.l0, s.r0, s.settled, s.whole = o.l0, o.r0, o.settled, o.whole
	if s.State == "" {
		s.State = Do
	}
	if a := d.said[o.name]; a != nil {
		s.Answered = Answered{a.ID, a.Class, a.Refuse}
	}
	if row := d.Status.row(o.name); row != nil {
		s.UID, s.Href, s.ETag, s.Schedule = row.UID, row.Href, row.ETag, row.Schedule
	}
	if s.Kind != Agree {
		d.describe(&s, o.four)
	}
	d.plan.Steps = append(d.plan.Steps, s)
}

// describe takes the title from whichever version there is, the newest first.
func (d *decider) describe(s *Step, v four) {
	for _, h := range []store.Hash{s.After, v.l1, v.r1, v.l0, v.r0} {
		if h.IsZero() {
			continue
		}
		if it, err := d.read(h); err == nil {
			s.Title, s.When = it.Summary(), it.When()
			if s.UID == "" {
				s.UID = uidOf(it)
			}
			return
		}
	}
}

// strong tells whether b is another item than a in substance. Presence against absence is.
func (d *decider) strong(a, b store.Hash) bool {
	if a == b {
		return false
	}
	return a.IsZero() || b.IsZero() || !d.same(a, b)
}

// same tells whether two bodies differ at most in bookkeeping and weak ways. What cannot be read is not the same.
func (d *decider) same(a, b store.Hash) bool {
	if a == b {
		return true
	}
	x, err := d.read(a)
	if err != nil {
		return false
	}
	y, err := d.read(b)
	if err != nil {
		return false
	}
	return merge.Compare(x, y) < merge.Strong
}
