package merge

import (
	"slices"
	"strings"
)

// expansion is the days on which a series has an occurrence, found as far as somebody asks. It is bounded in time, and so in work: a
// day that is too far away cannot be told.
type expansion struct {
	start moment
	rules []*runningRule
}

// runningRule is a rule on its way through the days.
type runningRule struct {
	*dayRule
	start  civil
	last   int     // the day number after which UNTIL lets nothing through
	at     civil   // the next day to look at
	period int     // of the days that are collected
	first  int     // period of the start
	open   []civil // days of the period at hand, if positions count
	found  []int   // day numbers
	done   bool
}

// maxDays is how far from its start a series is expanded: two centuries.
const maxDays = 200 * 366

// expand prepares a series; nil is one that cannot be expanded.
func expand(start moment, rules []string) *expansion {
	if start.raw != "" || len(rules) > manyRules {
		return nil
	}
	x := &expansion{start: start}
	for _, s := range rules {
		r, ok := parseDayRule(s, start)
		if !ok {
			return nil
		}
		x.rules = append(x.rules, newRunningRule(r, start))
	}
	return x
}

// manyRules is how many rules of one series are expanded. Most have one.
const manyRules = 8

func newRunningRule(r *dayRule, start moment) *runningRule {
	run := &runningRule{dayRule: r, start: civilOf(start.wall), last: 1 << 40}
	if u := r.until; u != nil {
		wall := u.in(start)
		if u.date || start.date {
			wall = u.wall
		}
		run.last = dayNumber(wall)
		if !u.date && !start.date && secondOfDay(wall.Clock()) < secondOfDay(start.wall.Clock()) {
			run.last--
		}
	}
	run.at = civilOf(r.first(start.wall))
	run.first = r.period(run.at)
	run.period = run.first
	return run
}

func secondOfDay(h, m, s int) int { return 3600*h + 60*m + s }

// on reports whether the series has an occurrence on the local day of a number.
func (x *expansion) on(day int) (yes, known bool) {
	first := dayNumber(x.start.wall)
	switch {
	case day < first:
		return false, true
	case day == first:
		return true, true // the start is an occurrence, whatever the rule says
	case day > first+maxDays:
		return false, false
	}
	for _, r := range x.rules {
		if r.reaches(day) {
			return true, true
		}
	}
	return false, true
}

// reaches reports whether a rule gives a day.
func (r *runningRule) reaches(day int) bool {
	for !r.done && (len(r.found) == 0 || r.found[len(r.found)-1] < day) && (r.at.n <= day || len(r.open) > 0 && r.open[0].n <= day) {
		r.step()
	}
	_, found := slices.BinarySearch(r.found, day)
	return found
}

// step looks at one more day.
func (r *runningRule) step() {
	d := r.at
	r.at = d.next()
	if p := r.dayRule.period(d); p != r.period {
		r.close()
		r.period = p
	}
	if r.done || (r.period-r.first)%r.interval != 0 || !r.gives(d) {
		r.done = r.done || d.n > r.last && len(r.open) == 0
		return
	}
	if len(r.by[bySetPos]) > 0 {
		r.open = append(r.open, d)
		return
	}
	r.find(d)
}

// close ends a period in which positions count.
func (r *runningRule) close() {
	open := r.open
	r.open = r.open[:0]
	for i, d := range open {
		if list := r.by[bySetPos]; slices.Contains(list, i+1) || slices.Contains(list, i-len(open)) {
			r.find(d)
		}
	}
}

// find takes a day into the series, if it is in its bounds.
func (r *runningRule) find(d civil) {
	switch {
	case r.done || d.n < r.start.n:
		return
	case d.n > r.last:
		r.done = true
		return
	}
	r.found = append(r.found, d.n)
	r.done = r.count > 0 && len(r.found) == r.count
}

// expansion is that of a series, made once for a merge; nil is one that cannot be told.
func (m *merging) expansion(start moment, rules []string) *expansion {
	key := start.exact() + "\x1e" + strings.Join(rules, "\x1e")
	x, found := m.expansions[key]
	if !found {
		x = expand(start, rules)
		if m.expansions == nil {
			m.expansions = map[string]*expansion{}
		}
		m.expansions[key] = x
	}
	return x
}

// has reports whether the series has an occurrence at a moment, and whether that can be told.
func (x *expansion) has(at moment) (yes, known bool) {
	if x == nil || at.raw != "" {
		return false, false
	}
	name := occurrence(at, &x.start)
	if len(name) != len(dateLayout) {
		return false, true // another hour, or another type
	}
	day := parseMoment(name)
	return x.on(dayNumber(day.wall))
}

// last is the number of the last day of a series of one rule that ends, and whether that can be told.
func (x *expansion) last() (day int, known bool) {
	if x == nil || len(x.rules) != 1 {
		return 0, false
	}
	r, first := x.rules[0], dayNumber(x.start.wall)
	for !r.done && r.at.n <= first+maxDays {
		r.step()
	}
	if !r.done || len(r.found) == 0 {
		return first, r.done
	}
	return r.found[len(r.found)-1], true
}
