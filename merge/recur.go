package merge

import (
	"slices"
	"strings"
	"time"
)

// freq is how often a rule begins a new period. Rules within a day are not expanded.
type freq int

const (
	yearly freq = iota + 1
	monthly
	weekly
	daily
)

var freqs = map[string]freq{"YEARLY": yearly, "MONTHLY": monthly, "WEEKLY": weekly, "DAILY": daily}

// dayRule is a recurrence rule that gives days, one occurrence each.
type dayRule struct {
	freq     freq
	interval int
	count    int          // 0 is without
	until    *moment      // nil is without
	by       [4][]int     // months, days of the month, days of the year, positions
	days     []ruleDay    // BYDAY
	week     time.Weekday // on which weeks begin
}

const (
	byMonth = iota
	byMonthDay
	byYearDay
	bySetPos
)

// ruleDay is a day of the week, the n-th of a month or year, counted from its end if negative; 0 is each.
type ruleDay struct {
	n   int
	day time.Weekday
}

var weekdays = map[string]time.Weekday{"SU": time.Sunday, "MO": time.Monday, "TU": time.Tuesday, "WE": time.Wednesday,
	"TH": time.Thursday, "FR": time.Friday, "SA": time.Saturday}

// maxInterval and maxList bound what one rule may make a machine do.
const (
	maxInterval = 10000
	maxList     = 400
)

// parseDayRule reads a rule of a series that starts at start; false is one that is not expanded: it speaks of parts of a day or of
// weeks by number, has parts that nobody knows, or is broken.
func parseDayRule(s string, start moment) (*dayRule, bool) {
	r := &dayRule{interval: 1, week: time.Monday}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(strings.ToUpper(s), ";") {
		name, value, found := strings.Cut(strings.TrimSpace(part), "=")
		if name == "" && !found {
			continue
		}
		if seen[name] || !r.part(name, strings.TrimSpace(value), start) {
			return nil, false
		}
		seen[name] = true
	}
	if r.freq == 0 || r.count > 0 && r.until != nil {
		return nil, false
	}
	r.fillIn(start.wall)
	return r, true
}

// part reads one part of a rule.
func (r *dayRule) part(name, value string, start moment) bool {
	ok := true
	switch name {
	case "FREQ":
		r.freq, ok = freqs[value]
	case "INTERVAL":
		r.interval = number(value)
		ok = r.interval > 0 && r.interval <= maxInterval && value != ""
	case "COUNT":
		r.count = number(value)
		ok = r.count > 0
	case "UNTIL":
		until := parseMoment(value)
		if !until.utc && !until.date {
			until.zone = start.zone
		}
		r.until, ok = &until, until.raw == ""
	case "WKST":
		r.week, ok = weekdays[value]
	case "BYDAY":
		ok = r.readDays(value)
	case "BYMONTH":
		r.by[byMonth], ok = numbers(value, 1, 12)
	case "BYMONTHDAY":
		r.by[byMonthDay], ok = numbers(value, -31, 31)
	case "BYYEARDAY":
		r.by[byYearDay], ok = numbers(value, -366, 366)
	case "BYSETPOS":
		r.by[bySetPos], ok = numbers(value, -366, 366)
	case "BYHOUR":
		ok = !start.date && value == start.wall.Format("15") || value == canonNumber(start.wall.Format("15"))
	case "BYMINUTE":
		ok = !start.date && value == start.wall.Format("04") || value == canonNumber(start.wall.Format("04"))
	case "BYSECOND":
		ok = !start.date && value == start.wall.Format("05") || value == canonNumber(start.wall.Format("05"))
	default:
		ok = false
	}
	return ok
}

func numbers(s string, least, most int) ([]int, bool) {
	var list []int
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		digits, negative := strings.CutPrefix(part, "-")
		digits = strings.TrimPrefix(digits, "+")
		n := number(digits)
		if negative {
			n = -n
		}
		if digits == "" || len(digits) > 4 || number(digits) < 0 || n == 0 || n < least || n > most || len(list) > maxList {
			return nil, false
		}
		list = append(list, n)
	}
	return list, true
}

func (r *dayRule) readDays(s string) bool {
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		if len(part) < 2 || len(r.days) > maxList {
			return false
		}
		day, ok := weekdays[part[len(part)-2:]]
		n := []int{0}
		if ok && len(part) > 2 {
			n, ok = numbers(part[:len(part)-2], -53, 53)
			ok = ok && len(n) == 1
		}
		if !ok {
			return false
		}
		r.days = append(r.days, ruleDay{n[0], day})
	}
	return true
}

// fillIn takes from the start what a rule does not say.
func (r *dayRule) fillIn(start time.Time) {
	if len(r.days) > 0 || len(r.by[byMonthDay]) > 0 || len(r.by[byYearDay]) > 0 {
		return
	}
	switch r.freq {
	case yearly:
		if len(r.by[byMonth]) == 0 {
			r.by[byMonth] = []int{int(start.Month())}
		}
		r.by[byMonthDay] = []int{start.Day()}
	case monthly:
		r.by[byMonthDay] = []int{start.Day()}
	case weekly:
		r.days = []ruleDay{{day: start.Weekday()}}
	}
}

// civil is one day, as the parts of a rule look at it.
type civil struct {
	n                int // days since 1970
	year, month, day int
	yearDay          int
	weekday          time.Weekday
}

const secondsADay = 86400

func civilOf(t time.Time) civil {
	return civil{n: dayNumber(t), year: t.Year(), month: int(t.Month()), day: t.Day(), yearDay: t.YearDay(), weekday: t.Weekday()}
}

func dayNumber(t time.Time) int { return int(midnight(t).Unix() / secondsADay) }

// next is the day after.
func (d civil) next() civil {
	d.n++
	d.day++
	d.yearDay++
	d.weekday = (d.weekday + 1) % 7
	if d.day > monthLength(d.year, d.month) {
		d.day, d.month = 1, d.month+1
		if d.month > 12 {
			d.month, d.yearDay, d.year = 1, 1, d.year+1
		}
	}
	return d
}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func monthLength(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if leap(year) {
			return 29
		}
		return 28
	}
	return 31
}

func yearLength(year int) int {
	if leap(year) {
		return 366
	}
	return 365
}

// period numbers the periods of a rule.
func (r *dayRule) period(d civil) int {
	switch r.freq {
	case yearly:
		return d.year
	case monthly:
		return 12*d.year + d.month
	case weekly:
		return (d.n - int(d.weekday-r.week+7)%7 + 7_000_000) / 7 // from long ago, so that it rounds down
	}
	return d.n
}

// first is the first day of the period that a day is in.
func (r *dayRule) first(t time.Time) time.Time {
	switch r.freq {
	case yearly:
		return time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	case monthly:
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	case weekly:
		return midnight(t).AddDate(0, 0, -int(t.Weekday()-r.week+7)%7)
	}
	return midnight(t)
}

// gives reports whether a day is one of those that a period of the rule has.
func (r *dayRule) gives(d civil) bool {
	if len(r.by[byMonth]) > 0 && !slices.Contains(r.by[byMonth], d.month) {
		return false
	}
	if list := r.by[byMonthDay]; len(list) > 0 && !slices.Contains(list, d.day) &&
		!slices.Contains(list, d.day-monthLength(d.year, d.month)-1) {
		return false
	}
	if list := r.by[byYearDay]; len(list) > 0 && !slices.Contains(list, d.yearDay) &&
		!slices.Contains(list, d.yearDay-yearLength(d.year)-1) {
		return false
	}
	return len(r.days) == 0 || slices.ContainsFunc(r.days, func(w ruleDay) bool { return r.isDay(d, w) })
}

// isDay reports whether a day is a certain one of the week.
func (r *dayRule) isDay(d civil, w ruleDay) bool {
	switch {
	case d.weekday != w.day:
		return false
	case w.n == 0 || r.freq > monthly: // in weeks and days a number means nothing
		return true
	}
	day, length := d.day, monthLength(d.year, d.month)
	if r.freq == yearly && len(r.by[byMonth]) == 0 {
		day, length = d.yearDay, yearLength(d.year)
	}
	return w.n == (day-1)/7+1 || w.n == -((length-day)/7+1)
}
