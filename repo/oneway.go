package repo

import (
	"fmt"
	"strings"

	"vgit/merge"
	"vgit/repo/store"
)

// OneWay says what is not carried between a vdir and a remote, and what becomes of it. The zero value carries everything.
type OneWay struct {
	Direction Direction
	Edits     OneWayEdits
	// StayHere: what is deleted there stays here. StayThere: what is deleted here stays there. Either keeps the pair, so that the
	// item is not new to the other side afterwards (T26).
	StayHere, StayThere bool
}

// Direction is the one way in which changes go; "" is both.
type Direction string

// Pull: nothing is sent. Push: nothing is taken.
const (
	Pull Direction = "pull"
	Push Direction = "push"
)

// OneWayEdits is what becomes of an edit that the direction forbids to carry; "" is KeepEdits.
type OneWayEdits string

// KeepEdits leaves it where it is, and what comes the allowed way is merged with it. RevertEdits puts back what the other side has.
// HoldEdits lets it wait for a person, as KeepEdits until then.
const (
	KeepEdits   OneWayEdits = "keep"
	RevertEdits OneWayEdits = "revert"
	HoldEdits   OneWayEdits = "hold"
)

// direction is the one way of a collection. One that can be read only is pulled (P84).
func (c Choice) direction(l Limits) Direction {
	if c.OneWay.Direction == "" && l.ReadOnly {
		return Pull
	}
	return c.OneWay.Direction
}

// policy is what becomes of slots that both sides changed. What is kept here on the one way is never written over by what comes, so that
// nothing is left to ask; what is sent would have to go over an edit that is kept there, and that is asked.
func (d *decider) policy() merge.Policy {
	if d.choice.direction(d.Limits) == Pull && d.choice.Policy == merge.Ask {
		return merge.Local
	}
	return d.choice.Policy
}

// makesBoth tells whether ours becomes an item of its own where both sides changed it. That is written here and sent.
func (d *decider) makesBoth() bool { return d.choice.Both && d.choice.direction(d.Limits) == "" }

// stays decides an item that one side deleted and the other is to keep, where it is no mere deletion: the other side changed it, and that is
// no conflict. What is changed here after it was deleted there is not made there again: whoever deleted it there meant it, and this side
// was told to keep it for itself. A mere deletion becomes a step as always, since it may be half of a move; see stay.
func (d *decider) stays(o *one) bool {
	w := d.choice.OneWay
	switch {
	case o.l0.IsZero() || o.r0.IsZero():
		return false
	case w.StayHere && o.r1.IsZero() && !o.l1.IsZero() && d.strong(o.l0, o.l1):
		d.add(*o, Step{Side: Here, Kind: Delete, State: Kept, Before: o.file, Why: "deleted there, and changed here since; it stays here only"})
	case w.StayThere && o.l1.IsZero() && !o.r1.IsZero() && d.strong(o.r0, o.r1):
		d.add(*o, Step{Side: There, Kind: Delete, State: Kept, Before: o.r1, Why: "deleted here, and changed there since; it stays there only"})
	default:
		return false
	}
	return true
}

// stay keeps the deletions of a plan that are not to be carried. A move is none.
func (p *Plan) stay(w OneWay) {
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Kind != Delete || s.State != Do || s.Needs != "" || s.Shows {
			continue
		}
		switch {
		case s.Side == Here && w.StayHere && !s.r0.IsZero():
			s.State, s.Why = Kept, "deleted there; it stays here only"
		case s.Side == There && w.StayThere && s.r0.IsZero():
			s.State, s.Why = Kept, "only there; it stays, as nothing is deleted there"
		case s.Side == There && w.StayThere:
			s.State, s.Why = Kept, "deleted here; it stays there only"
		}
	}
}

// revert decides an item whose edit may not be carried and is to be put back (V3). What the other side did meanwhile is taken as always. It tells
// whether there was such an edit.
func (d *decider) revert(o *one) bool {
	if d.choice.OneWay.Edits != RevertEdits {
		return false
	}
	switch d.choice.direction(d.Limits) {
	case Pull:
		return d.revertHere(o)
	case Push:
		return d.revertThere(o)
	}
	return false
}

// based tells whether an item has a pair.
func (o *one) based() bool { return !o.l0.IsZero() && !o.r0.IsZero() }

// revertHere makes the file into what the remote has. The edit is in the history: record comes first.
func (d *decider) revertHere(o *one) bool {
	if o.based() && !o.waits() && !d.strong(o.l0, o.l1) || o.file == o.r1 || d.Brought[o.name] {
		return false
	}
	const why = "changed here, and put back as it is there"
	want := o.r1
	if o.based() && !o.r1.IsZero() {
		v, err := d.versions(four{o.l0, o.r0, o.l0, o.r1})
		if err != nil {
			return false
		}
		want = d.hash(merge.Reconcile(v, merge.Context{Me: d.choice.Me, Host: d.choice.Host, Policy: merge.Remote}).Local, o.l0, v.L1)
	}
	o.settled, o.whole = nil, Answer{}
	switch {
	case want == o.file:
		d.agree(o, why)
	case want.IsZero():
		d.here(o, Delete, want, false, "only here, and taken away as it is not there")
	case o.file.IsZero():
		d.here(o, Create, want, false, "deleted here, and put back as it is there")
	default:
		d.here(o, Update, want, false, why)
	}
	return true
}

// revertThere makes the item there into what is held here. The remote's edit is in the snapshot.
func (d *decider) revertThere(o *one) bool {
	if o.based() && !d.strong(o.r0, o.r1) || o.file == o.r1 || !o.based() && o.r1.IsZero() {
		return false
	}
	o.l1, o.intent, o.settled, o.whole = o.file, o.file, nil, Answer{}
	const why = "changed there, and put back as it is here"
	body := o.file
	if o.based() && !o.file.IsZero() && !o.r1.IsZero() {
		v, err := d.versions(four{o.l0, o.r0, o.file, o.r0})
		if err != nil {
			return false
		}
		body = o.r0
		if res := merge.Reconcile(v, merge.Context{Me: d.choice.Me, Host: d.choice.Host, Policy: merge.Local}); res.Send == merge.Put {
			body = d.hash(res.Body, o.file, v.L1)
		}
	}
	switch {
	case body == o.r1:
		d.agree(o, why)
	case body.IsZero():
		d.there(o, Delete, body, body, "not here, and deleted there for that")
	case o.r1.IsZero():
		d.there(o, Create, body, o.file, "deleted there, and put back as it is here")
	default:
		d.there(o, Update, body, o.file, why)
	}
	return true
}

// oneWay keeps or holds the steps of a plan that the direction of their collection forbids.
func (p *Plan) oneWay(views []View, c Choice) {
	for i := range views {
		v := &views[i]
		switch c.direction(v.Limits) {
		case Pull:
			p.forbid(v, c, There)
		case Push:
			p.sendOver(v.Collection, p.forbid(v, c, Here))
			p.firstRevert(v, c)
		}
	}
}

const staysHere = `it stays here, as direction = "pull" says`

// forbid keeps or holds what would be written on one side of a collection, but for what a person accepted. It gives the steps by item.
// What could not be sent anyhow is kept like the rest if the configuration wants nothing sent; where the server does, it is said (F33).
func (p *Plan) forbid(v *View, c Choice, side Side) map[string]*Step {
	why := map[Side]string{There: staysHere, Here: `it stays there, as direction = "push" says`}[side]
	keeps := map[Side]string{There: `the server keeps it, as direction = "pull" says`, Here: `it is kept here, as direction = "push" says`}[side]
	waits := p.waiting(v.Collection)
	forbidden := map[string]*Step{}
	var places []int
	hold := Hold{Class: map[Side]Class{There: PushOneWay, Here: PullOneWay}[side], Remote: c.Remote, Collection: v.Collection, Side: side}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Collection != v.Collection || s.Side != side || s.Kind == Agree || s.Kind == Whole {
			continue
		}
		holds := c.OneWay.Edits == HoldEdits && s.State == Do && s.Kind != Property // a property is no matter for a guard
		switch {
		case holds && v.accepted(s.Name):
		case waits[s.Name] && s.State == Do:
			s.State = later // the conflict says it all
		case holds:
			places, hold.States = append(places, i), append(hold.States, v.state(s.Name))
			forbidden[s.Name] = s
		case s.State == Do || s.State == Refused && c.OneWay.Direction != "":
			s.State, s.Why = Kept, s.Why+"; "+why
			if s.Kind == Delete {
				s.Why = strings.TrimSuffix(s.Why, why) + keeps
			}
			forbidden[s.Name] = s
		}
	}
	if len(places) > 0 {
		hold.Why = fmt.Sprintf("%d of them; %s", len(places), why)
		p.hold(hold, places)
	}
	p.dropLater()
	return forbidden
}

// waiting are the names of the items of a collection that wait.
func (p *Plan) waiting(coll string) map[string]bool {
	names := map[string]bool{}
	for i := range p.Steps {
		if s := &p.Steps[i]; s.State == Waits && s.Collection == coll {
			names[s.Name] = true
		}
	}
	return names
}

// sendOver lets what is sent stand for the files as they are, where a merge is not written into them. The edits that stay there are no part of
// the pair then, so that they come in once they may.
func (p *Plan) sendOver(coll string, kept map[string]*Step) {
	for i := range p.Steps {
		s := &p.Steps[i]
		from := kept[s.Name]
		if from == nil || s.Collection != coll || s.Side != There || s.State != Do {
			continue
		}
		if from.Before.IsZero() {
			s.State, s.Why = Kept, from.Why
			continue
		}
		s.Local, s.over = from.Before, true
	}
}

// firstRevert holds the deletion of what was never agreed on, in a collection where nothing was: a vdir that is empty for lack of a first
// sync is no order to empty the server.
func (p *Plan) firstRevert(v *View, c Choice) {
	if c.OneWay.Edits != RevertEdits || len(v.BaseLocal) > 0 {
		return
	}
	hold := Hold{Class: PushDeletions, Remote: c.Remote, Collection: v.Collection, Side: There}
	var places []int
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Collection == v.Collection && s.Side == There && s.Kind == Delete && s.State == Do && !v.accepted(s.Name) {
			places, hold.States = append(places, i), append(hold.States, v.state(s.Name))
		}
	}
	if len(places) > max(c.AllowDeletes-c.Deleted, 0) {
		hold.Why = fmt.Sprintf("%d items that only the server has, and nothing was ever agreed on here", len(places))
		p.hold(hold, places)
	}
}

// under is what the pair has of a body that went over edits that stay there: the body without them.
func (r *Repo) under(before, was, stored store.Hash) store.Hash {
	if before == was || stored.IsZero() || was.IsZero() {
		return stored
	}
	v, err := (&decider{read: r.parse}).versions(four{before, before, was, stored})
	if err != nil {
		return stored
	}
	return r.g.AddBlob(merge.Reconcile(v, merge.Context{Policy: merge.Remote}).Local)
}
