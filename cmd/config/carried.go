package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// This file has the keys that say what of a remote is carried to the other side, and what is left where it is.

// Direction is the way in which changes go.
type Direction string

// The directions of a remote.
const (
	BothWays Direction = "both"
	PullOnly Direction = "pull" // nothing is sent
	PushOnly Direction = "push" // nothing is taken
)

// OneWayEdits is what becomes of a change that the direction forbids to carry.
type OneWayEdits string

// The ends of such a change.
const (
	KeepEdits   OneWayEdits = "keep"   // it stays where it is
	RevertEdits OneWayEdits = "revert" // the other side's state is put back
	HoldEdits   OneWayEdits = "hold"   // a person answers
)

// Carried says what goes between a vdir and a remote. Components and Since and Until are a view: what is outside stays as it is on either
// side.
type Carried struct {
	Direction     Direction
	OneWayEdits   OneWayEdits
	PullDeletions bool     // false: what is deleted there stays here
	PushDeletions bool     // false: what is deleted here stays there
	Components    []string // of VEVENT, VTODO, VJOURNAL; empty: all
	Since, Until  Moment   // of events; zero: open
	ScheduleReply bool     // deleting a meeting may mail its organizer
}

func newCarried(t table) Carried {
	return Carried{
		Direction:     Direction(get[string](t.settings, "direction")),
		OneWayEdits:   OneWayEdits(get[string](t.settings, "one_way_edits")),
		PullDeletions: get[bool](t.settings, "pull_deletions"),
		PushDeletions: get[bool](t.settings, "push_deletions"),
		Components:    get[[]string](t.settings, "components"),
		Since:         get[Moment](t.settings, "since"),
		Until:         get[Moment](t.settings, "until"),
		ScheduleReply: get[bool](t.settings, "schedule_reply"),
	}
}

// Moment is the beginning of a day, by its date or by its distance from today. The zero value is none.
type Moment struct {
	text        string
	years, days int       // from today
	date        time.Time // zero: years and days count
}

// IsZero tells whether no day is given.
func (m Moment) IsZero() bool { return m.text == "" }

// String is as in the file.
func (m Moment) String() string { return m.text }

// On is the moment as it is at a time, in the zone of that time; zero for none. It is the same for all of a day.
func (m Moment) On(now time.Time) time.Time {
	switch {
	case m.IsZero():
		return time.Time{}
	case !m.date.IsZero():
		return time.Date(m.date.Year(), m.date.Month(), m.date.Day(), 0, 0, 0, 0, now.Location())
	}
	return time.Date(now.Year()+m.years, now.Month(), now.Day()+m.days, 0, 0, 0, 0, now.Location())
}

// mostYears bounds the distance of a moment.
const mostYears = 1000

// parseMoment reads "2026-01-01", "-90d", "+1y" or "2w"; ok is false for anything else.
func parseMoment(s string) (m Moment, ok bool) {
	m.text = s
	if date, err := time.Parse(time.DateOnly, s); err == nil {
		m.date = date
		return m, s != "" && !date.IsZero()
	}
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || len(digits) < 2 || len(digits) > 7 {
		return m, false
	}
	n, err := strconv.Atoi(digits[:len(digits)-1])
	if err != nil || n < 0 {
		return m, false
	}
	if s[0] == '-' {
		n = -n
	}
	switch digits[len(digits)-1] {
	case 'd':
		m.days = n
	case 'w':
		m.days = 7 * n
	case 'y':
		m.years = n
	default:
		return m, false
	}
	return m, max(m.days/366, -m.days/366, m.years, -m.years) < mostYears
}

// moment reads a Moment; "" is none.
type moment struct{}

func (moment) read(r *reader, at place, n *node) (any, bool) {
	if !r.want(isString, at, n) {
		return nil, false
	}
	if n.text == "" {
		return Moment{}, true
	}
	m, ok := parseMoment(n.text)
	if !ok {
		r.fail(n.line, at.full, `%q: %q is no day (write it like "2026-01-31", or from today like "-90d", "-2w" or "+1y")`, at.name, n.text)
	}
	return m, ok
}

var allComponents = []string{"VEVENT", "VTODO", "VJOURNAL"}

// window checks that there is a time between since and until.
func (r *reader) window(t table) {
	since, until := t.settings["since"], t.settings["until"]
	from, _ := since.value.(Moment)
	to, _ := until.value.(Moment)
	if from.IsZero() || to.IsZero() || from.date.IsZero() != to.date.IsZero() {
		return // a day and a distance from today may meet one day, and part again
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if !from.On(now).Before(to.On(now)) {
		r.fail(max(since.line, until.line), t.name+".until", "%s", fmt.Sprintf("until = %q is not after since = %q, so that no event is left", to, from))
	}
}
