package merge

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// spokenRule is a recurrence rule that can be put into words.
type spokenRule struct {
	freq     string
	interval int
	count    string
	until    *moment
	byday    []string // as written, "2MO"
	monthday []string
	months   []string
	hours    []string
	minutes  []string
	setpos   []string
	wkst     string
}

// readRule reads a rule; ok is false for what is rare enough to be shown as it is.
func readRule(s string) (r spokenRule, ok bool) {
	if len(s) > 1000 {
		return r, false
	}
	r.interval = 1
	for part := range strings.SplitSeq(strings.ToUpper(s), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if value = strings.TrimSpace(value); value == "" {
			continue
		}
		switch list := strings.Split(value, ","); name {
		case "FREQ":
			r.freq = value
		case "INTERVAL":
			r.interval = number(value)
		case "COUNT":
			r.count = canonNumber(value)
		case "UNTIL":
			m := parseMoment(value)
			r.until = &m
		case "BYDAY":
			r.byday = list
		case "BYMONTHDAY":
			r.monthday = list
		case "BYMONTH":
			r.months = list
		case "BYHOUR":
			r.hours = list
		case "BYMINUTE":
			r.minutes = list
		case "BYSETPOS":
			r.setpos = list
		case "WKST":
			r.wkst = value
		default:
			return r, false
		}
	}
	return r, r.sayable()
}

func (r spokenRule) sayable() bool {
	valid := func(list []string, low, high int) bool {
		return !slices.ContainsFunc(list, func(s string) bool {
			n, err := strconv.Atoi(strings.TrimPrefix(s, "+"))
			return err != nil || n < low || n > high
		})
	}
	return frequencies[r.freq].one != "" && r.interval > 0 && r.interval < 1e6 && (r.count == "" || number(r.count) > 0) &&
		(r.until == nil || r.until.raw == "") && !slices.ContainsFunc(r.byday, func(d string) bool { return weekdayInWords(d) == "" }) &&
		valid(r.monthday, -31, 31) && valid(r.months, 1, 12) && valid(r.hours, 0, 23) && valid(r.minutes, 0, 59) && valid(r.setpos, -366, 366)
}

var frequencies = map[string]struct{ one, many string }{
	"SECONDLY": {"every second", "seconds"}, "MINUTELY": {"every minute", "minutes"}, "HOURLY": {"hourly", "hours"}, "DAILY": {"daily", "days"},
	"WEEKLY": {"weekly", "weeks"}, "MONTHLY": {"monthly", "months"}, "YEARLY": {"yearly", "years"},
}

// weekdayInWords is an element of BYDAY: "Mon", "the first Mon", "the last Sun"; "" if it is none.
func weekdayInWords(s string) string {
	s = strings.TrimSpace(s)
	name := strings.TrimLeft(s, "+-0123456789")
	day, ok := weekdays[name]
	if !ok {
		return ""
	}
	short := day.String()[:3]
	digits := strings.TrimPrefix(strings.TrimSuffix(s, name), "+")
	if digits == "" {
		return short
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n == 0 || n < -53 || n > 53 {
		return ""
	}
	return "the " + ordinal(n) + " " + short
}

func ordinal(n int) string {
	switch {
	case n == -1:
		return "last"
	case n < 0:
		return ordinal(-n) + " to last"
	case n == 1:
		return "first"
	case n == 2:
		return "second"
	case n == 3:
		return "third"
	}
	suffix := "th"
	if tens := n / 10 % 10; tens != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}

// parts are a rule in words: how often, on which days, how long. start tells in which zone the end is meant.
func (w Wording) parts(r spokenRule, start *moment) (often, on, long string) {
	often = frequencies[r.freq].one
	if r.interval > 1 {
		often = "every " + strconv.Itoa(r.interval) + " " + frequencies[r.freq].many
	}
	var days []string
	if len(r.byday) > 0 {
		days = append(days, "on "+listed(r.byday, weekdayInWords))
	}
	if len(r.monthday) > 0 {
		days = append(days, "on "+listed(r.monthday, monthdayInWords))
	}
	if len(r.months) > 0 {
		days = append(days, "in "+listed(r.months, func(s string) string { n, _ := strconv.Atoi(s); return time.Month(n).String()[:3] }))
	}
	if len(r.hours) > 0 {
		days = append(days, "at the hours "+listed(r.hours, strings.TrimSpace))
	}
	if len(r.minutes) > 0 {
		days = append(days, "at the minutes "+listed(r.minutes, strings.TrimSpace))
	}
	if len(r.setpos) > 0 {
		days = append(days, "only the "+listed(r.setpos, func(s string) string { n, _ := strconv.Atoi(strings.TrimPrefix(s, "+")); return ordinal(n) })+" of these")
	}
	if r.wkst != "" && r.wkst != "MO" && weekdayInWords(r.wkst) != "" {
		days = append(days, "weeks from "+weekdayInWords(r.wkst))
	}
	on = strings.Join(days, " ")
	switch {
	case r.count == "1":
		long = "once"
	case r.count != "":
		long = r.count + " times"
	case r.until != nil:
		until := *r.until
		if start != nil {
			until.wall = r.until.in(*start)
		}
		long = "until " + w.dayShort(until)
	}
	return often, on, long
}

func monthdayInWords(s string) string {
	n, _ := strconv.Atoi(strings.TrimPrefix(s, "+"))
	if n < 0 {
		return "the " + ordinal(n) + " day"
	}
	return "day " + strconv.Itoa(n)
}

// listed joins elements: "Mon, Tue and Fri".
func listed(list []string, show func(string) string) string {
	var words []string
	for _, s := range list {
		words = append(words, show(s))
	}
	if len(words) > 12 {
		words = append(words[:12], "more")
	}
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}

// rule tells of a change of the group "rule".
func (t *teller) rule(d *delta) []string {
	from, to := t.rulesOf(d.from, d.a, t.a), t.rulesOf(d.to, d.b, t.b)
	if len(from) > 1 || len(to) > 1 || d.a.field("exrule") != nil || d.b.field("exrule") != nil {
		return t.otherFields(d, "rule")
	}
	var line, raw string
	switch {
	case len(to) == 0 && len(from) == 0:
		return t.otherFields(d, "rule")
	case len(to) == 0:
		line = "repeats no more (was: " + t.ruleWords(from[0], d.from.start) + ")"
	case len(from) == 0:
		line, raw = "now repeats "+t.ruleWords(to[0], d.to.start), to[0]
	default:
		line, raw = t.newRule(from[0], to[0], d), to[0]
	}
	if line == "" {
		return t.otherFields(d, "rule")
	}
	if t.Verbose && raw != "" {
		line += " [" + clip(raw, maxText) + "]"
	}
	return []string{line}
}

// rulesOf are the rules of one version as written.
func (t *teller) rulesOf(c *component, e *entry, m *model) (rules []string) {
	if c == nil || e == nil || c.src == nil {
		return nil
	}
	for l := range c.src.Leaves() {
		if l.Name == "RRULE" && strings.TrimSpace(l.Value()) != "" {
			rules = append(rules, strings.TrimSpace(l.Value()))
		}
	}
	return rules
}

// ruleWords is a rule in words, or as it stands.
func (w Wording) ruleWords(s string, start *moment) string {
	r, ok := readRule(s)
	if !ok {
		return clip(s, maxText)
	}
	return joined(w.parts(r, start))
}

// newRule tells what a rule says now, and of the old one only what it said otherwise.
func (t *teller) newRule(from, to string, d *delta) string {
	a, okA := readRule(from)
	b, okB := readRule(to)
	if !okA || !okB {
		was, is := clipPair(t.ruleWords(from, d.from.start), t.ruleWords(to, d.to.start), maxText)
		return "repeats " + is + " (was: " + was + ")"
	}
	oftenA, onA, longA := t.parts(a, d.from.start)
	oftenB, onB, longB := t.parts(b, d.to.start)
	var was []string
	if oftenA != oftenB || onA != onB {
		was = append(was, oftenA)
		if onA != onB {
			was = append(was, onA)
		}
	}
	if longA != longB {
		if longA == "" {
			longA = "without end"
		}
		was = append(was, longA)
	}
	if len(was) == 0 { // until another time of that day
		return "repeats " + clip(to, maxText) + " (was: " + clip(from, maxText) + ")"
	}
	return "repeats " + joined(oftenB, onB, longB) + " (was: " + joined(was...) + ")"
}
