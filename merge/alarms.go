package merge

import (
	"slices"
	"strings"

	"vgit/repo/item"
)

// alarm reads one alarm; nil if there is nothing in it. Its key is its id, empty for those that have none.
func (r *calendarReader) alarm(c *item.Component, prefix string) *component {
	id := ""
	for _, name := range []string{"UID", "X-WR-ALARMUID", "X-EVOLUTION-ALARM-UID"} {
		if l := c.Leaf(name); l != nil && id == "" {
			id = withoutURN(l.Value())
		}
	}
	part := r.component(c, id, strings.TrimSpace(prefix+"alarm "+id)+" ")
	if len(part.slots) == 0 && id == "" {
		return nil
	}
	if defaultAlarm(c) {
		part.limit = Bookkeeping
	}
	return part
}

// defaultAlarm recognises the alarms that a server or client puts into every event.
func defaultAlarm(c *item.Component) bool {
	if l := c.Leaf("X-APPLE-DEFAULT-ALARM"); l != nil && strings.EqualFold(strings.TrimSpace(l.Value()), "TRUE") {
		return true
	}
	if c.Leaf("X-JMAP-DEFAULT-ALARM") != nil {
		return true
	}
	action, trigger := c.Leaf("ACTION"), c.Leaf("TRIGGER")
	return action != nil && trigger != nil && strings.EqualFold(strings.TrimSpace(action.Value()), "NONE") &&
		strings.TrimSpace(trigger.Value()) == "19760401T005545Z"
}

// diffAlarms compares the alarms of two versions of one component.
func diffAlarms(a, b []*component, yield func(*delta) bool) bool {
	return climbAlarms(a, b, true, func(x, y *component) bool {
		switch {
		case x == nil:
			return yield(wholeComponent(y, nil, y))
		case y == nil:
			return yield(wholeComponent(x, x, nil))
		}
		return diffComponents(x, y, yield)
	})
}

// climbAlarms pairs alarms by id, then by content, then by action and trigger, then, with leftover, the only one left of an action
// on each side. Then come those that have no partner. It stops when found returns false.
func climbAlarms(a, b []*component, leftover bool, found func(x, y *component) bool) bool {
	if len(a) == 0 && len(b) == 0 {
		return true
	}
	a, b = slices.Clone(a), slices.Clone(b)
	ok := true
	for _, rung := range []func(*component) string{alarmID, alarmContent, alarmTrigger} {
		if a, b, ok = climb(a, b, rung, false, found); !ok {
			return false
		}
	}
	if leftover {
		if a, b, ok = climbActions(a, b, found); !ok {
			return false
		}
	}
	for _, alarm := range a {
		if !found(alarm, nil) {
			return false
		}
	}
	for _, alarm := range b {
		if !found(nil, alarm) {
			return false
		}
	}
	return true
}

// climbActions pairs the only ones left of an action. Two ids are two alarms; but a client may have taken an id away, or given one.
func climbActions(a, b []*component, found func(x, y *component) bool) (restA, restB []*component, ok bool) {
	named := func(list []*component, with bool) (chosen []*component) {
		for _, c := range list {
			if (c.key != "") == with {
				chosen = append(chosen, c)
			}
		}
		return chosen
	}
	withA, a := named(a, true), named(a, false)
	withB, b := named(b, true), named(b, false)
	if a, b, ok = climb(a, b, alarmAction, true, found); !ok {
		return nil, nil, false
	}
	if withA, b, ok = climb(withA, b, alarmAction, true, found); !ok {
		return nil, nil, false
	}
	if a, withB, ok = climb(a, withB, alarmAction, true, found); !ok {
		return nil, nil, false
	}
	return append(withA, a...), append(withB, b...), true
}

func alarmID(c *component) string { return c.key }

func alarmContent(c *component) string {
	strong, _ := c.flatten()
	return "content " + strong
}

func alarmTrigger(c *component) string {
	return c.whose() + "trigger " + c.triggerField("action") + " " + c.triggerField("trigger")
}

func alarmAction(c *component) string { return c.whose() + "action " + c.triggerField("action") }

// whose keeps the alarms that a server or client puts into every event apart from those of people.
func (c *component) whose() string {
	if c.limit != None {
		return "default "
	}
	return ""
}

func (c *component) triggerField(name string) string {
	if s := c.find("trigger"); s != nil && len(s.entries) > 0 {
		if f := s.entries[0].field(name); f != nil {
			return f.exact
		}
	}
	return ""
}

// goWithParent lets the snooze of an alarm go with the alarm.
func goWithParent(m *merging) {
	for _, p := range m.parts {
		for _, a := range p.alarms {
			if a.leaves() {
				p.dropSnoozes(a)
			}
		}
	}
}

// leaves reports whether an alarm that one side removed is in no body any more.
func (p *part) leaves() bool {
	v := p.verdict
	return v != nil && (v.outcome == theirs && p.r1 == nil || v.outcome == ours && p.l1 == nil)
}

func (p *part) dropSnoozes(parent *part) {
	id := parent.any().key
	for _, a := range p.alarms {
		if id == "" || a.leaves() || !a.snoozes(id) {
			continue
		}
		a.verdict = &verdict{part: a, in: &meeting{merging: p.merging, part: a, name: "alarm", kind: mapped}, name: strings.TrimSpace(a.prefix), outcome: void}
	}
}

// snoozes reports whether an alarm is a snooze of the one with an id.
func (p *part) snoozes(id string) bool {
	for _, c := range []*component{p.l1, p.r1} {
		if c == nil {
			continue
		}
		if s := c.find("related-to"); s != nil {
			for _, e := range s.entries {
				if e.field("value").value() == id && strings.HasSuffix(e.key, " SNOOZE") {
					return true
				}
			}
		}
	}
	return false
}
