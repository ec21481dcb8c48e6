package merge

import "strings"

// seriesMeetsOccasions looks at occurrences that one side changed while the other changed the series: such a change holds where the
// merged series still has that occurrence, moves along where the series got another hour, and waits in all other cases.
func seriesMeetsOccasions(m *merging) {
	p := m.series()
	if p.l1 == nil || p.r1 == nil {
		return
	}
	time, rule := p.meeting("time"), p.meeting("rule")
	here := rule.takes(ours) || time.takes(ours) && startMoved(p.l0, p.l1)
	there := rule.takes(theirs) || time.takes(theirs) && startMoved(p.r0, p.r1)
	if !here && !there || time.takes(waits) || rule.takes(waits) {
		return
	}
	for _, o := range m.occasions {
		mine, other := o.changed()
		switch {
		case o.state.outcome == waits, o.agreed():
		case here && other, there && mine:
			o.meet(time, rule, here && other)
		}
	}
}

// changed reports which side changed an occurrence, or the override of it, in a way that the other did not.
func (o *occasion) changed() (here, there bool) {
	here, there = o.state.outcome == ours, o.state.outcome == theirs
	for _, p := range o.parts {
		h, t := p.moves()
		here, there = here || h, there || t
	}
	return here, there
}

// moves reports which sides a part takes something from.
func (p *part) moves() (here, there bool) {
	look := func(v *verdict) {
		if v != nil {
			here, there = here || v.outcome == ours, there || v.outcome == theirs
			for _, f := range v.fields {
				here, there = here || f.outcome == ours || f.outcome == merged, there || f.outcome == theirs || f.outcome == merged
			}
		}
	}
	look(p.verdict)
	for _, t := range p.meetings {
		for _, v := range t.verdicts {
			look(v)
		}
	}
	for _, a := range p.alarms {
		h, t := a.moves()
		here, there = here || h, there || t
	}
	return here, there
}

// startMoved reports whether a series has another start; where it ends is nothing to its occurrences.
func startMoved(from, to *component) bool {
	return from == nil || to == nil || from.start == nil || to.start == nil || from.start.again() != to.start.again()
}

// agreed reports whether both bodies say the same of an occurrence.
func (o *occasion) agreed() bool {
	if difference(o.state.l1, o.state.r1) != None {
		return false
	}
	for _, p := range o.parts {
		if p.l1 == nil || p.r1 == nil || differ(p.l1, p.r1) == Strong {
			return false
		}
	}
	return true
}

// meet decides about an occurrence that one side changed while the other changed the series; movedHere says that this was ours.
func (o *occasion) meet(time, rule *meeting, movedHere bool) {
	at, ok := o.moment(!movedHere)
	if !ok {
		o.wait("its place in the series cannot be told")
		return
	}
	start, rules := o.mergedSeries(time, rule)
	yes, known := o.expansion(*start, rules).has(at)
	if e := pick(movedHere, o.state.r1, o.state.l1); e != nil && e.exact() == "extra" {
		yes = true // a day that was put in by itself hangs on no rule
	} else if !known {
		yes = o.onlyEndsEarlier(movedHere, start, rules, at)
	}
	if yes {
		o.note("series", o.name, "the series changed on one side and this occurrence on the other; both hold")
		return
	}
	from := pick(movedHere, o.state.part.r1.start, o.state.part.l1.start)
	if rule.changedHere() < Strong && rule.changedThere() < Strong && oneADay(rules) {
		if _, ok := at.retimed(from, start); ok {
			o.note("shifted", o.name, "the series moved to another hour and this occurrence moved along")
			return
		}
	}
	o.wait("the series has no such occurrence any more")
}

// onlyEndsEarlier reports whether the merged series is the one that an occurrence was changed in, but for an UNTIL that does not come
// before it.
func (o *occasion) onlyEndsEarlier(movedHere bool, start *moment, rules []string, at moment) bool {
	was := pick(movedHere, o.state.part.r1, o.state.part.l1)
	old := linesOf(was.src, "RRULE")
	if len(old) != 1 || len(rules) != 1 || was.start == nil || was.start.again() != start.again() {
		return false
	}
	before, _ := withoutEnd(canonRule(old[0].Value(), was.start))
	after, until := withoutEnd(canonRule(rules[0], start))
	return before == after && until != "" && at.once() <= until
}

// withoutEnd takes COUNT and UNTIL off a canonical rule.
func withoutEnd(rule string) (rest, until string) {
	var kept []string
	for part := range strings.SplitSeq(rule, ";") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "UNTIL":
			until = value
		case "COUNT":
		default:
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, ";"), until
}

// wait makes a conflict of an occurrence that the merged series may not have: the file keeps what ours has.
func (o *occasion) wait(reason string) {
	o.clash(reason)
	if o.state.outcome != waits {
		return
	}
	o.state.conflict.ShowsRemote = false
	for _, p := range o.parts {
		for _, t := range p.meetings {
			for _, v := range t.verdicts {
				v.take(stays)
			}
		}
		for _, a := range p.alarms {
			a.meetings, a.verdict = nil, nil
		}
	}
}

// moment is when an occurrence would be by the series of one side.
func (o *occasion) moment(here bool) (moment, bool) {
	zones := pick(here, o.models.l1.zones, o.models.r1.zones)
	for _, e := range []*entry{pick(here, o.state.l1, o.state.r1), pick(here, o.state.l0, o.state.r0)} {
		if e != nil && len(e.also) > 0 {
			return zones.at(e.also[0]), true
		}
	}
	for _, p := range o.parts {
		for _, c := range []*component{pick(here, p.l1, p.r1), pick(here, p.l0, p.r0)} {
			if c == nil {
				continue
			}
			if l := c.src.Leaf("RECURRENCE-ID"); l != nil {
				return zones.at(source{leaf: l}), true
			}
		}
	}
	return moment{}, false
}

// mergedSeries is where the merged series starts and its rules, as the file will have them.
func (m *merging) mergedSeries(time, rule *meeting) (*moment, []string) {
	p := m.series()
	start, from := p.l1.start, p.l1.src
	if time.takes(theirs) {
		start = p.r1.start
	}
	if rule.takes(theirs) {
		from = p.r1.src
	}
	var rules []string
	for _, l := range linesOf(from, "RRULE") {
		rules = append(rules, l.Value())
	}
	if start == nil {
		start = &moment{raw: "?"}
	}
	return start, rules
}

// takes reports whether a group goes one way.
func (t *meeting) takes(o outcome) bool {
	return t != nil && len(t.verdicts) == 1 && t.verdicts[0].outcome == o
}

// oneADay reports whether no rule gives two occurrences on one day.
func oneADay(rules []string) bool {
	for _, r := range rules {
		r = strings.ToUpper(r)
		for _, part := range []string{"HOURLY", "MINUTELY", "SECONDLY", "BYHOUR", "BYMINUTE", "BYSECOND"} {
			if strings.Contains(r, part) {
				return false
			}
		}
	}
	return true
}

// laterMeetsOccasions looks at components for an occurrence and all later ones (RANGE=THISANDFUTURE). What the other side did to one of
// those cannot be merged with it.
func laterMeetsOccasions(m *merging) {
	for _, later := range m.occasions {
		if !strings.HasSuffix(later.name, " and later") {
			continue
		}
		here, there := later.changed()
		from, ok := later.moment(here)
		for _, o := range m.occasions {
			mine, other := o.changed()
			if o == later || o.state.outcome == waits || !(here && other || there && mine) {
				continue
			}
			if at, known := o.moment(mine); !ok || !known || at.once() >= from.once() {
				o.wait("the other side changed this and all later occurrences")
			}
		}
	}
}
