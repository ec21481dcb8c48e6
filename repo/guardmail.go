package repo

import (
	"slices"
	"strings"

	"vgit/repo/item"
	"vgit/repo/store"
)

// attendees holds what would make the server write to people (G10): meetings that a push changes or deletes.
func (g *guard) attendees(v *View) {
	b := g.limits().bound(Attendees)
	var steps []int
	for _, class := range []Class{PushDeletions, PushChanges} {
		steps = append(steps, g.free(v.Collection, class)...)
	}
	t := tally{now: len(steps), of: len(v.BaseLocal)}
	if !b.exceeds(t) {
		return
	}
	steps = slices.DeleteFunc(steps, func(i int) bool { return !mails(&g.Steps[i], g.choice.Me, g.read) })
	t.now = len(steps)
	if b.exceeds(t) {
		slices.Sort(steps)
		g.hold(v, Attendees, steps, "meetings, of which the server may write to other people: "+b.why(t, ""))
	}
}

// markMeetings marks what is written there to meetings (P90). All of it is read for the plan already.
func (p *Plan) markMeetings(me []string, read Read) {
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Side == There && (s.State == Do || s.State == Held) {
			s.Mails = mails(s, me, read)
		}
	}
}

// mails tells whether either version of an item has somebody to write to.
func mails(s *Step, me []string, read Read) bool {
	for _, h := range []store.Hash{s.Before, s.After} {
		if h.IsZero() {
			continue
		}
		if it, err := read(h); err == nil && meets(it, me) {
			return true
		}
	}
	return false
}

// meets tells whether an item has an organizer and attendees, and anybody among them who is not the user.
func meets(it *item.Item, me []string) bool {
	for cal := range it.Tree().Components() {
		for c := range cal.Components() {
			organizer := c.Leaf("ORGANIZER")
			if organizer == nil || c.Leaf("ATTENDEE") == nil {
				continue
			}
			for l := range c.Leaves() {
				if (l == organizer || l.Name == "ATTENDEE") && !isOne(l.Value(), me) {
					return true
				}
			}
		}
	}
	return false
}

// isOne tells whether a calendar address is one of some mail addresses.
func isOne(address string, of []string) bool {
	plain := func(s string) string { return strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "mailto:") }
	return slices.ContainsFunc(of, func(a string) bool { return plain(a) == plain(address) })
}
