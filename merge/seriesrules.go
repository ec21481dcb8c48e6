package merge

// meetSeries looks at a series whose start one side changed and whose rule the other: BYDAY and UNTIL hang on the start, so they wait
// together, unless the rule only ends elsewhere and all of it fits.
func meetSeries(m *merging) {
	p := m.series()
	if p.l1 == nil || p.r1 == nil {
		return
	}
	time, rule := p.meeting("time").single(), p.meeting("rule").single()
	if time == nil || rule == nil {
		return
	}
	const reason = "the rule hangs on the start, which changed on the other side"
	switch t, r := time.outcome, rule.outcome; {
	case t == waits && (r == ours || r == theirs):
		if time.ours == Strong && r == theirs || time.theirs == Strong && r == ours {
			rule.clash(reason)
		}
	case r == waits && (t == ours || t == theirs):
		if startMoved(p.l0, p.l1) && t == ours || startMoved(p.r0, p.r1) && t == theirs {
			time.clash(reason)
		}
	case t == ours && r == theirs:
		m.startAgainstRule(p, time, rule, p.l0, p.l1, p.r0, p.r1)
	case t == theirs && r == ours:
		m.startAgainstRule(p, time, rule, p.r0, p.r1, p.l0, p.l1)
	}
}

// single is the verdict of a group, or nil.
func (t *meeting) single() *verdict {
	if t == nil || len(t.verdicts) != 1 {
		return nil
	}
	return t.verdicts[0]
}

// startAgainstRule meets a new start, from one component to another, and a new rule.
func (m *merging) startAgainstRule(p *part, time, rule *verdict, from, to, ruleFrom, ruleTo *component) {
	if from != nil && !startMoved(from, to) {
		m.note("series", p.prefix+"series", "the length of the series changed on one side and its rule on the other; both hold")
		return
	}
	if from != nil && ruleFrom != nil && sameDayAndType(from.start, to.start) && m.onlyEnds(ruleFrom, ruleTo, to.start) {
		m.note("series", p.prefix+"series", "the hour of the series changed on one side and its end on the other; both hold")
		return
	}
	m.waitTogether("series", "the start of the series changed on one side and its rule on the other", p, time, rule)
}

func sameDayAndType(a, b *moment) bool {
	return a != nil && b != nil && a.raw == "" && b.raw == "" && a.date == b.date && sameDay(*a, *b)
}

// onlyEnds reports whether a rule only got another COUNT, or an UNTIL that lets its last occurrence through at the hour of another
// start, too.
func (m *merging) onlyEnds(from, to *component, start *moment) bool {
	old, new := linesOf(from.src, "RRULE"), linesOf(to.src, "RRULE")
	if len(old) != 1 || len(new) != 1 || to.start == nil || len(linesOf(from.src, "EXRULE"))+len(linesOf(to.src, "EXRULE")) > 0 {
		return false
	}
	before, _ := withoutEnd(canonRule(old[0].Value(), from.start))
	after, until := withoutEnd(canonRule(new[0].Value(), to.start))
	if before != after {
		return false
	}
	if until == "" {
		return true
	}
	x := m.expansion(*to.start, []string{new[0].Value()})
	last, known := x.last()
	if !known {
		return false
	}
	at := *start
	at.wall = at.wall.AddDate(0, 0, last-dayNumber(start.wall))
	end := x.rules[0].until
	if end.date || at.date {
		return at.date == end.date
	}
	a, okA := at.instant()
	b, okB := end.instant()
	if !okA || !okB {
		return at.exact() <= end.exact() && okA == okB
	}
	return !a.After(b)
}
