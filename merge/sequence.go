package merge

import (
	"strconv"
	"strings"

	"vgit/repo/item"
)

// The number of an event rises with what those who are invited must hear of, and no upload ever lowers it: servers refuse that.

// raises are the slots that those who are invited must hear of.
var raises = []string{"time", "rule", "status", "done"}

// setSequence gives the body to PUT its numbers, and the file, if it is written anyway.
func (m *merging) setSequence() {
	if isCard(m.L1) || m.waiting() || !(m.body.changed() || m.forward && m.strongHere()) {
		return
	}
	master := 0
	for _, p := range m.parts {
		if isEntry(p.any().name) && !p.any().occurs() && p.l1 != nil && p.r1 != nil {
			master = max(master, p.setSequence(0))
		}
	}
	for _, o := range m.occasions {
		for _, p := range o.parts {
			here := o.state.outcome == ours || o.state.outcome == stays && p.r1 != nil
			if p.l1 != nil && here && p.touchedHere() {
				p.setSequence(max(master, m.masterSequence()))
			}
		}
	}
}

// waiting reports whether any slot waits.
func (m *merging) waiting() bool {
	r := Result{}
	m.collect(&r)
	return len(r.Conflicts) > 0
}

// touchedHere reports whether the override of an occurrence is new or changed here.
func (p *part) touchedHere() bool { return p.l0 == nil || differ(p.l0, p.l1) == Strong }

// masterSequence is the number of the series; it may stand in all bodies alike, and so in no part.
func (m *merging) masterSequence() int {
	most := 0
	for _, it := range []*item.Item{m.L1, m.R1} {
		if c := it.Master(); c != nil && c.Leaf("RECURRENCE-ID") == nil {
			if l := c.Leaf("SEQUENCE"); l != nil {
				n, _ := strconv.Atoi(canonNumber(l.Value()))
				most = max(most, n)
			}
		}
	}
	return most
}

// setSequence writes the number of one component, and returns it.
func (p *part) setSequence(least int) int {
	l1, r1 := p.l1.sequence(), 0
	if p.r1 != nil {
		r1 = p.r1.sequence()
	}
	n := max(l1, r1, least)
	if p.r1 != nil && p.rises(l1, r1) {
		n = max(n, r1+1)
	}
	switch {
	case p.r1 != nil && !p.forward:
		p.body.setNumber(p.r1.src, n, r1)
	default:
		p.body.setNumber(p.l1.src, n, l1)
	}
	if p.file.changed() && n > max(l1, r1) {
		p.file.setNumber(p.l1.src, n, l1)
	}
	return n
}

// rises reports whether what was done here is something that others must hear of.
func (p *part) rises(l1, r1 int) bool {
	organizer := p.r1.address("organizer")
	switch {
	case organizer == "" && p.l1.address("organizer") == "":
		if l1 >= r1 {
			return false
		}
	case !p.isMe(organizer) || l1 > r1:
		return false
	}
	for _, name := range raises {
		v := p.meeting(name).single()
		if v == nil || v.ours < Strong {
			continue
		}
		if name != "done" {
			return true
		}
		if mine, _ := v.property("STATUS"); mine == Strong {
			return true
		}
	}
	if p.any().occurs() {
		return false
	}
	for _, o := range p.occasions {
		if o.state.ours == Strong && (o.state.l0.dated() || o.state.l1.dated()) {
			return true
		}
	}
	return false
}

// dated reports whether an occurrence is excluded or extra.
func (e *entry) dated() bool { return e != nil && len(e.also) > 0 }

func (c *component) sequence() int {
	n, _ := strconv.Atoi(c.clock("sequence"))
	return max(n, 0)
}

// address is the only address of a slot, in lower case; "" if there is none.
func (c *component) address(slot string) string {
	if s := c.find(slot); s != nil && len(s.entries) > 0 {
		return strings.TrimPrefix(s.entries[0].field("value").value(), "mailto:")
	}
	return ""
}

// isMe reports whether an address is the user's own.
func (m *merging) isMe(address string) bool {
	for _, me := range m.Me {
		me = strings.ToLower(strings.TrimSpace(me))
		if address != "" && strings.TrimPrefix(me, "mailto:") == address {
			return true
		}
	}
	return false
}

// setNumber gives a component a SEQUENCE, in the place of one that it had.
func (ed *editor) setNumber(c *item.Component, n, had int) {
	if n <= had {
		return
	}
	text := "SEQUENCE:" + strconv.Itoa(n)
	l := c.Leaf("SEQUENCE")
	if l == nil || !ed.has(l) {
		ed.insertText(c, "SEQUENCE", text)
		return
	}
	line := cutLine(ed.text(l))
	line.value = strconv.Itoa(n)
	ed.compose(l, line.String())
}
