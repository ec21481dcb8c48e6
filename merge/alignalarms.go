package merge

// matchAlarms pairs alarms.
func matchAlarms(leftover bool) matcher[component] {
	return func(a, b []*component) [][2]*component {
		if pairs, ok := identical(a, b); ok {
			return pairs
		}
		var pairs [][2]*component
		climbAlarms(a, b, leftover, func(x, y *component) bool {
			pairs = append(pairs, [2]*component{x, y})
			return true
		})
		return pairs
	}
}

// alignAlarms puts the alarms of one component together.
func alignAlarms(c four[component]) []four[component] {
	alarms := func(c *component) []*component {
		if c == nil {
			return nil
		}
		return c.alarms
	}
	return sameAlarms(align(alarms(c.l0), alarms(c.l1), alarms(c.r0), alarms(c.r1), matchAlarms(true), matchAlarms(false)))
}

// sameAlarms looks again at alarms that were taken for an edit of another one, for want of a better match, while the other side has just added
// the very same, or has removed the old one: they were added here in a merge that was not sent.
func sameAlarms(list []four[component]) []four[component] {
	for i := range list {
		q := &list[i]
		for j := range list {
			p := &list[j]
			if p.l0 != nil || p.r0 != nil {
				continue
			}
			switch {
			case guessed(q.l0, q.l1) && p.l1 == nil && p.r1 != nil && alarmContent(p.r1) == alarmContent(q.l1):
				p.l1, q.l1 = q.l1, nil
			case guessed(q.r0, q.r1) && p.r1 == nil && p.l1 != nil && alarmContent(p.l1) == alarmContent(q.r1):
				p.r1, q.r1 = q.r1, nil
			}
		}
	}
	for i := range list {
		q := &list[i]
		switch {
		case guessed(q.l0, q.l1) && q.r0 != nil && q.r1 == nil:
			alarm := q.l1
			q.l1 = nil
			list = append(list, four[component]{l1: alarm})
		case guessed(q.r0, q.r1) && q.l0 != nil && q.l1 == nil:
			alarm := q.r1
			q.r1 = nil
			list = append(list, four[component]{r1: alarm})
		}
	}
	return list
}

// guessed reports whether two alarms are one only because there was no better match.
func guessed(from, to *component) bool {
	return from != nil && to != nil && (from.key == "" || from.key != to.key) && alarmTrigger(from) != alarmTrigger(to)
}
