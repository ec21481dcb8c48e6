package merge

import (
	"slices"
	"strings"

	"vgit/repo/item"
)

// Who may say what of a meeting: replies belong to those who gave them, the meeting itself to its organizer.

// meetReplies decides about replies that both sides changed, and about those that were given for another time.
func meetReplies(m *merging) {
	for _, p := range m.entries() {
		t := p.meeting("attendee")
		if t == nil {
			continue
		}
		here, there := p.rescheduled()
		here = here && !m.guest(p) // what a guest moves makes nothing void
		for _, v := range t.verdicts {
			if v.l1 == nil || v.r1 == nil {
				continue
			}
			v.voidReply(here, there)
			v.otherReply()
		}
	}
}

// entries are the events and tasks that both bodies have.
func (m *merging) entries() []*part {
	var list []*part
	for _, p := range m.parts {
		if isEntry(p.any().name) && p.l1 != nil && p.r1 != nil {
			list = append(list, p)
		}
	}
	return list
}

// rescheduled reports which side gave an event another time.
func (p *part) rescheduled() (here, there bool) {
	for _, name := range []string{"time", "rule"} {
		if v := p.meeting(name).single(); v != nil {
			mine, other := v.goes()
			here, there = here || mine, there || other
		}
	}
	return here, there
}

// otherReply takes the reply of somebody else from the server, which has it first hand.
func (v *verdict) otherReply() {
	if v.conflict == nil || len(v.in.Me) == 0 || v.in.isMe(v.any().key) || v.in.Choices[v.name] != Undecided {
		return
	}
	for i := range v.fields {
		if f := &v.fields[i]; f.outcome == waits && f.name == "partstat" {
			f.outcome = theirs
			v.in.note("authority", v.name, "both sides changed the reply of somebody else, which the server has first hand")
		}
	}
	v.clashAgain()
}

// clashAgain makes a conflict of the fields that still wait, if any do.
func (v *verdict) clashAgain() {
	var left []string
	for _, f := range v.fields {
		if f.outcome == waits {
			left = append(left, f.name)
		}
	}
	if v.conflict != nil && len(v.fields) > 0 {
		if v.conflict = nil; len(left) > 0 {
			v.clashFields(left)
		}
	}
}

// voidReply takes back a reply that was given for a time that the other side has changed.
func (v *verdict) voidReply(movedHere, movedThere bool) {
	const field = "partstat"
	if v.seen() || v.in.carries {
		return // given when the new time was in front of the eyes
	}
	for i := range v.fields {
		f := &v.fields[i]
		if f.name != field {
			continue
		}
		mine, other := v.l1.field(field), v.r1.field(field)
		own := v.in.isMe(v.any().key)
		oursToo, theirsToo := f.outcome == ours || f.outcome == waits, f.outcome == theirs || f.outcome == waits
		switch {
		case oursToo && movedThere && mine != nil && other == nil, f.outcome == ours && movedThere && mine != nil && !own && len(v.in.Me) > 0:
			f.outcome = theirs // what the server has of that reply after the move
		case theirsToo && movedHere && other != nil && mine == nil && !own:
			f.outcome = ours
		case f.outcome == theirs && movedHere && other != nil && !own:
			f.outcome = void
		case f.outcome == waits && movedThere && other == nil:
			f.outcome = theirs // taken back before, in a merge that was not sent
		case f.outcome == waits && movedHere && mine == nil && !own:
			f.outcome = ours
		default:
			return
		}
		if v.conflict != nil && !slices.ContainsFunc(v.fields, func(f fieldVerdict) bool { return f.outcome == waits }) {
			v.conflict = nil
		}
		v.in.note("reply-void", v.name, "the reply was for a time that has changed, and has to be given again")
		v.clashAgain()
		return
	}
}

// organizers are the slots that belong to the organizer of a meeting.
var organizers = []string{"summary", "description", "time", "rule", "place", "status", "attendee"}

// obeyOrganizer lets the organizer win what both sides changed, where the user is a guest.
func obeyOrganizer(m *merging) {
	for _, p := range m.entries() {
		if !m.guest(p) {
			continue
		}
		for _, name := range organizers {
			if t := p.meeting(name); t != nil {
				for _, v := range t.verdicts {
					v.obey()
				}
			}
		}
		m.obeySeries(p)
	}
}

// guest reports whether the user is invited to an event of somebody else.
func (m *merging) guest(p *part) bool {
	if len(m.Me) == 0 {
		return false
	}
	organizer, invited := "", false
	for _, c := range []*component{p.r1, p.l1} {
		if organizer == "" {
			organizer = c.address("organizer")
		}
		if s := c.find("attendee"); s != nil {
			for _, e := range s.entries {
				invited = invited || m.isMe(e.key)
			}
		}
	}
	return invited && organizer != "" && !m.isMe(organizer)
}

// obey takes theirs where both changed what is not a guest's, and says so where only ours did.
func (v *verdict) obey() {
	if v.in.name == "attendee" && v.in.isMe(v.any().key) || v.in.Choices[v.name] != Undecided {
		return
	}
	mine, other := v.goes()
	switch {
	case v.outcome == waits || v.ours == Strong && v.theirs == Strong && v.mixes():
		v.take(theirs)
		v.in.note("authority", v.name, "both sides changed what belongs to the organizer, whose version was taken")
	case mine && !other:
		v.in.note("authority", v.name, "this belongs to the organizer; the server will likely refuse or revert it")
	}
}

// mixes reports whether a slot that both sides changed waits in part, or would become something of both.
func (v *verdict) mixes() bool {
	for _, f := range v.fields {
		if f.outcome == waits || v.in.name != "attendee" && (f.outcome == ours || f.outcome == merged || f.outcome == void) {
			return true
		}
	}
	return false
}

// obeySeries settles a start against a rule.
func (m *merging) obeySeries(p *part) {
	for i, c := range m.conflicts {
		if c.Slot == p.prefix+"series" {
			m.conflicts = append(m.conflicts[:i], m.conflicts[i+1:]...)
			p.meeting("time").single().take(theirs)
			p.meeting("rule").single().take(theirs)
			for _, slot := range []string{"time", "rule"} {
				m.note("authority", p.prefix+slot, "both sides changed what belongs to the organizer, whose version was taken")
			}
			return
		}
	}
}

// obeyOccasions lets the organizer win occurrences that both sides changed.
func obeyOccasions(m *merging) {
	p := m.series()
	if p.l1 == nil || p.r1 == nil || !m.guest(p) {
		return
	}
	for _, o := range m.occasions {
		if o.state.outcome == waits {
			o.state.take(theirs)
			m.note("authority", o.name, "both sides changed what belongs to the organizer, whose version was taken")
		}
	}
}

// noteCancelled says that one side called an event off, and the other edited it.
func noteCancelled(m *merging) {
	for _, p := range m.entries() {
		v := p.meeting("status").single()
		if v == nil {
			v = p.meeting("done").single()
		}
		if v == nil {
			continue
		}
		cancelled := func(base, now *entry, s Strength) bool {
			return s == Strong && v.in.cancels(now) && !v.in.cancels(base)
		}
		here, there := p.strongSides(v)
		if cancelled(v.l0, v.l1, v.ours) && there || cancelled(v.r0, v.r1, v.theirs) && here {
			m.note("cancelled", strings.TrimSpace(p.prefix+"status"), "called off on one side and edited on the other; both hold")
		}
	}
}

// cancels reports whether a status says that something is called off.
func (t *meeting) cancels(e *entry) bool {
	return e.field(pick(t.kind == group, "status", "value")).value() == "CANCELLED"
}

// strongSides reports which sides changed a component, an occurrence of it included, one verdict aside.
func (p *part) strongSides(but *verdict) (here, there bool) {
	look := func(v *verdict) {
		if v != nil && v != but {
			here, there = here || v.ours == Strong, there || v.theirs == Strong
		}
	}
	look(p.verdict)
	for _, t := range p.meetings {
		for _, v := range t.verdicts {
			look(v)
		}
	}
	for _, a := range p.alarms {
		h, t := a.strongSides(but)
		here, there = here || h, there || t
	}
	if !p.any().occurs() && p.up == nil {
		for _, o := range p.occasions {
			look(o.state)
		}
	}
	return here, there
}

// onlyReplies reports whether all that was done on the server is that others replied, to a meeting to which the user is but invited:
// who deletes such a meeting has not missed anything.
func onlyReplies(v Versions, context Context) bool {
	if v.R0 == nil || v.R1 == nil || v.R0.State() != item.Sound || v.R1.State() != item.Sound || isCard(v.R0) || isCard(v.R1) {
		return false
	}
	m := &merging{Versions: v, Context: context}
	read, events := readCalendar(v.R1, nil), 0
	for _, c := range read.components {
		if isEntry(c.name) {
			events++
			if !m.guest(&part{four: four[component]{l1: c, r1: c}}) {
				return false
			}
		}
	}
	replies := events > 0
	differences(v.R0, v.R1, func(d *delta) bool {
		replies = replies && (d.strength < Strong || d.reply() && !m.isMe(d.b.key))
		return replies
	})
	return replies
}

// reply reports whether a difference is the reply of an attendee and nothing else.
func (d *delta) reply() bool {
	if d.a == nil || d.b == nil || d.a.key != d.b.key || !strings.Contains(" "+d.slot, " attendee ") {
		return false
	}
	v := verdict{four: four[entry]{l0: d.a, l1: d.b}}
	for _, name := range v.fieldNames() {
		if name != "partstat" && changed(d.a.field(name), d.b.field(name)) == Strong {
			return false
		}
	}
	return true
}
