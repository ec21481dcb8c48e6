package repo

import (
	"vgit/merge"
	"vgit/repo/store"
)

// PropertyView is one property of a collection, as Decide is told of it: the agreed pair, and both sides of today.
type PropertyView struct {
	Name string
	// Local is the file, There the value as the server spells it; zero: none. An unknown one is carried.
	BaseLocal, BaseThere, Local, There store.Hash
}

// onProperty is a property that is being decided.
type onProperty struct {
	PropertyView
	file     localValue // of today
	was      string     // what the file meant when both sides agreed
	wasThere string
	there    string // as the server spells it
	old      []byte // the file
}

// property decides one property: each side is compared with its own half of the pair, and one property is one slot. A file that is
// missing or empty is no edit (X10).
func (d *decider) property(v PropertyView) {
	if v.Local == v.BaseLocal && v.There == v.BaseThere {
		return
	}
	o := onProperty{PropertyView: v}
	if err := d.readProperty(&o); err != nil {
		d.problem(v.Name, "cannot be read from the repository", err)
		return
	}
	ours, theirs, agreed := o.ours(), sense(v.Name, o.there), o.was
	edited := o.file.state != valueLost && v.Local != v.BaseLocal && (o.file.state == valueOdd || ours != agreed)
	changed := v.There != v.BaseThere && theirs != sense(v.Name, o.wasThere)
	switch {
	case o.file.state != valueOdd && o.file.state != valueLost && ours == theirs:
		d.agreeOnProperty(&o, v.Local, "both sides are the same now")
	case edited && d.reverts(Pull) && !d.Brought[v.Name]:
		d.takeProperty(&o, "changed here, and put back as it is there")
	case edited && o.staysHere(d) != "":
		d.keepProperty(&o, o.staysHere(d))
	case changed && d.reverts(Push):
		d.sendProperty(&o, "changed there, and put back as it is here")
	case edited && changed:
		d.propertyConflict(&o)
	case edited:
		d.sendProperty(&o, "changed here")
	case changed:
		d.takeProperty(&o, "changed there")
	case o.file.state == valueLost && agreed != "" && theirs != "":
		d.propertyStep(&o, Step{Side: There, Kind: Property, State: Refused, Before: v.There, Local: v.Local, There: v.There,
			Why: "its file is gone or empty here, and the server keeps its value; bring it back with git, or put a blank line into it to remove it there, too"})
	default:
		d.agreeOnProperty(&o, v.Local, "spelt otherwise")
	}
}

func (d *decider) readProperty(o *onProperty) error {
	for _, b := range []struct {
		h    store.Hash
		into func([]byte)
	}{
		{o.Local, func(b []byte) { o.old, o.file = b, readPropertyFile(o.Name, b) }},
		{o.BaseLocal, func(b []byte) {
			if f := readPropertyFile(o.Name, b); f.state == valueSet {
				o.was = sense(o.Name, f.text)
			}
		}},
		{o.There, func(b []byte) { o.there = string(b) }},
		{o.BaseThere, func(b []byte) { o.wasThere = string(b) }},
	} {
		if b.h.IsZero() {
			continue
		}
		it, err := d.read(b.h)
		if err != nil {
			return err
		}
		b.into(it.Bytes())
	}
	return nil
}

// ours is what the file means; "" if it means that there is none.
func (o *onProperty) ours() string {
	if o.file.state == valueSet {
		return sense(o.Name, o.file.text)
	}
	return ""
}

// toSend is the value that the server is to have; zero: none.
func (d *decider) toSend(o *onProperty) store.Hash {
	if o.file.state != valueSet {
		return store.Hash{}
	}
	return d.bodies.Add([]byte(propertyToSend(o.Name, o.file.text, o.there)))
}

// reverts tells whether edits are put back that may not go the other way.
func (d *decider) reverts(way Direction) bool {
	return d.choice.OneWay.Edits == RevertEdits && d.choice.direction(d.Limits) == way
}

// staysHere says why what the file holds is not sent, "" if nothing is in its way.
func (o *onProperty) staysHere(d *decider) string {
	const stays = "; it stays here"
	r, refused := d.choice.Refusals[d.Collection+"/"+o.Name]
	switch {
	case d.choice.OneWay.Direction == Pull:
		return "changed here" // and the rest is said of all that is kept
	case o.file.state == valueOdd:
		return o.file.why + stays
	case d.Limits.ReadOnly:
		return "the collection is read-only on the server" + stays
	case refused && r.holds(d.toSend(o), d.Limits):
		return r.Why + stays
	}
	return ""
}

// keepProperty leaves an edit of ours where it is. What others do to it there is noted and not taken, so that it is no conflict later.
func (d *decider) keepProperty(o *onProperty, why string) {
	if o.There != o.BaseThere {
		d.propertyStep(o, Step{Kind: Agree, Local: o.BaseLocal, There: o.There, Why: "this side keeps its own"})
	}
	d.propertyStep(o, Step{Side: There, Kind: Property, State: Refused, Before: o.There, After: o.Local, Local: o.Local, There: o.There, Why: why})
}

func (d *decider) agreeOnProperty(o *onProperty, local store.Hash, why string) {
	if local != o.BaseLocal || o.There != o.BaseThere {
		d.propertyStep(o, Step{Kind: Agree, Local: local, There: o.There, Why: why})
	}
}

func (d *decider) sendProperty(o *onProperty, why string) {
	d.propertyStep(o, Step{Side: There, Kind: Property, Before: o.There, After: d.toSend(o), Local: o.Local, There: o.There, Why: why})
}

// takeProperty writes what the server shows, or removes the file. What cannot be said in a file stays there and is no change here.
func (d *decider) takeProperty(o *onProperty, why string) {
	s := Step{Side: Here, Kind: Property, Before: o.Local, There: o.There, Why: why}
	if sense(o.Name, o.there) != "" {
		body, ok := propertyFile(o.Name, o.there, o.old)
		if !ok {
			d.agreeOnProperty(o, o.Local, "cannot be said here")
			return
		}
		s.After = d.bodies.Add(body)
	}
	if s.Before == s.After {
		d.agreeOnProperty(o, o.Local, why)
		return
	}
	s.Local = s.After
	d.propertyStep(o, s)
}

// propertyConflict settles what both sides changed differently, or lets it wait. Nobody knows when a property was changed on a server, so
// that the newer one is not to be told; and neither a program nor both can settle one (V85).
func (d *decider) propertyConflict(o *onProperty) {
	policy := d.choice.Policy
	for _, a := range d.Answers[o.Name] {
		if a.Slot != o.Name || a.L0 != o.BaseLocal || a.R0 != o.BaseThere || a.L1 != o.Local || a.R1 != o.There {
			continue
		}
		switch a.Choice {
		case merge.TakeLocal:
			policy = merge.Local
		case merge.TakeRemote:
			policy = merge.Remote
		}
	}
	switch policy {
	case merge.Local:
		d.sendProperty(o, "changed on both sides; this side's is taken")
	case merge.Remote:
		d.takeProperty(o, "changed on both sides; the other side's is taken")
	default:
		c := merge.Conflict{Slot: o.Name, Base: o.was, Local: o.file.text, Remote: oneLine(o.there)}
		d.propertyStep(o, Step{Kind: Property, State: Waits, Before: o.Local, Local: o.Local, There: o.There, Conflicts: []merge.Conflict{c},
			Why: "changed on both sides: " + o.Name})
	}
}

func (d *decider) propertyStep(o *onProperty, s Step) {
	s.Remote, s.Collection, s.Name, s.Href, s.Intent = d.choice.Remote, d.Collection, o.Name, d.Status.Href, o.Local
	s.l0, s.r0 = o.BaseLocal, o.BaseThere
	if s.State == "" {
		s.State = Do
	}
	d.plan.Steps = append(d.plan.Steps, s)
}
