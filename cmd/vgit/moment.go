package main

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"vgit/history"
)

// momentForms is what an error says a moment may look like.
const momentForms = `a moment is 2026-11-24, "2026-11-24 18:00", 18:00, yesterday, tuesday, "tuesday 18:00", "2 days ago", or a commit: main~2, REMOTE/main, the first letters of its name`

// moment reads what a person says of a moment: REV or TIME. Times are in the zone of this machine and in the past: a day of the week is
// the last one before today, a time of day the last one that was. Whether there is history of it is for history.Book.At to say.
func (s *session) moment(text string) (history.When, error) {
	w := history.When{Text: text}
	if history.IsRevision(text) {
		w.Rev = text
		return w, nil
	}
	var ok bool
	if w.Time, w.Day, ok = timeSaid(text, s.Now().Local()); !ok {
		return w, &usageError{what: "not a moment: " + quote(text), hint: momentForms}
	}
	return w, nil
}

// stateAt finds a moment in the history of a vdir, with an error that a person can do something about.
func stateAt(b *history.Book, w history.When) (history.Moment, error) {
	m, err := b.At(w)
	var none *history.NoMoment
	if errors.As(err, &none) {
		err = &usageError{what: clean(none.What), hint: none.Hint}
	}
	return m, err
}

// timeSaid reads a time. All of the text has to be understood.
func timeSaid(text string, now time.Time) (t time.Time, day, ok bool) {
	if t, err := time.Parse(time.RFC3339, strings.ToUpper(text)); err == nil {
		return t.In(now.Location()), false, true
	}
	words := strings.Fields(strings.ToLower(text))
	if len(words) == 1 { // 2026-11-24t18:00
		if date, clock, both := strings.Cut(words[0], "t"); both && dateForm.MatchString(date) {
			words = []string{date, clock}
		}
	}
	if t, ok := timeAgo(words, now); ok {
		return t, false, true
	}
	if len(words) == 0 {
		return t, false, false
	}
	clock, timed := clockSaid(words[len(words)-1])
	if timed {
		words = words[:len(words)-1]
	}
	if timed && len(words) == 0 {
		if t = clock.on(now); t.After(now) {
			t = clock.on(now.AddDate(0, 0, -1))
		}
		return t, false, true
	}
	t, ok = daySaid(words, now)
	if timed {
		t = clock.on(t)
	}
	return t, !timed, ok
}

var dateForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// daySaid gives the beginning of a day.
func daySaid(words []string, now time.Time) (time.Time, bool) {
	today := clockTime{}.on(now)
	if len(words) == 2 && words[0] == "last" {
		if words = words[1:]; weekday(words[0]) < 0 {
			return today, false
		}
	}
	if len(words) != 1 {
		return today, false
	}
	switch word := words[0]; {
	case word == "today":
		return today, true
	case word == "yesterday":
		return clockTime{}.on(today.AddDate(0, 0, -1)), true
	case dateForm.MatchString(word):
		t, err := time.ParseInLocation("2006-01-02", word, now.Location())
		return t, err == nil
	default:
		day := weekday(word)
		if day < 0 {
			return today, false
		}
		back := (int(now.Weekday())-day+6)%7 + 1 // 1 to 7
		return clockTime{}.on(today.AddDate(0, 0, -back)), true
	}
}

// weekday reads a day of the week, in full or by its first three letters; -1 is none.
func weekday(word string) int {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if name := strings.ToLower(d.String()); word == name || word == name[:3] {
			return int(d)
		}
	}
	return -1
}

// clockTime is a time of day.
type clockTime struct{ hour, minute, second int }

var clockForm = regexp.MustCompile(`^(\d{1,2}):(\d{2})(?::(\d{2}))?$`)

func clockSaid(word string) (c clockTime, ok bool) {
	m := clockForm.FindStringSubmatch(word)
	if m == nil {
		return c, false
	}
	c.hour, _ = strconv.Atoi(m[1])
	c.minute, _ = strconv.Atoi(m[2])
	c.second, _ = strconv.Atoi(m[3])
	return c, c.hour < 24 && c.minute < 60 && c.second < 60
}

// on is that time on the day of another. Where clocks are set forward and it does not exist, it is the one that they show then.
func (c clockTime) on(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), c.hour, c.minute, c.second, 0, day.Location())
}

// timeAgo reads "now" and "2 days ago". Hours and less are spans of time; days and more go back on the calendar, to the same time of day.
func timeAgo(words []string, now time.Time) (time.Time, bool) {
	if len(words) == 1 && words[0] == "now" {
		return now, true
	}
	if len(words) != 3 || words[2] != "ago" {
		return now, false
	}
	n, err := strconv.Atoi(words[0])
	if words[0] == "a" || words[0] == "an" || words[0] == "one" {
		n, err = 1, nil
	}
	const most = 1_000_000
	if err != nil || n < 0 || n > most {
		return now, false
	}
	switch strings.TrimSuffix(words[1], "s") {
	case "second":
		return now.Add(-time.Duration(n) * time.Second), true
	case "minute":
		return now.Add(-time.Duration(n) * time.Minute), true
	case "hour":
		return now.Add(-time.Duration(n) * time.Hour), true
	case "day":
		return now.AddDate(0, 0, -n), true
	case "week":
		return now.AddDate(0, 0, -7*n), true
	case "month":
		return monthsBefore(now, n), true
	case "year":
		return monthsBefore(now, 12*n), true
	}
	return now, false
}

// monthsBefore is the same day of an earlier month, or the last that it has.
func monthsBefore(now time.Time, n int) time.Time {
	t := now.AddDate(0, -n, 0)
	if t.Day() != now.Day() {
		t = t.AddDate(0, 0, -t.Day())
	}
	return t
}
