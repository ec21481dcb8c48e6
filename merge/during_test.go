package merge_test

import (
	"strings"
	"testing"
	"time"

	"vgit/merge"
	"vgit/repo/item"
)

// TestDuring has events around the days from 10 to 20 March 2026, in UTC.
func TestDuring(t *testing.T) {
	t.Parallel()
	since, until := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		parts  string // components, as calendarOfParts has them, with a blank line between
		inside bool
	}{
		"in it":                      {"DTSTART:20260312T100000Z|DTEND:20260312T110000Z", true},
		"before":                     {"DTSTART:20260302T100000Z|DTEND:20260302T110000Z", false},
		"after":                      {"DTSTART:20260320T000000Z|DTEND:20260320T010000Z", false},
		"reaches into it":            {"DTSTART:20260309T230000Z|DTEND:20260310T010000Z", true},
		"ends as it begins":          {"DTSTART:20260309T230000Z|DTEND:20260310T000000Z", true},
		"ends a second before":       {"DTSTART:20260309T230000Z|DTEND:20260309T235959Z", false},
		"begins a second before end": {"DTSTART:20260319T235959Z", true},
		"with a duration":            {"DTSTART:20260301T000000Z|DURATION:P10D", true},
		"with a short duration":      {"DTSTART:20260301T000000Z|DURATION:P2D", false},
		"around it":                  {"DTSTART:20260101T000000Z|DTEND:20270101T000000Z", true},
		"a day":                      {"DTSTART;VALUE=DATE:20260309", true}, // somewhere it is not over yet
		"a day long ago":             {"DTSTART;VALUE=DATE:20260307", false},
		"floating":                   {"DTSTART:20260309T200000|DTEND:20260309T210000", true},
		"in a zone":                  {"DTSTART;TZID=America/New_York:20260309T200000", true},
		"in a zone, over":            {"DTSTART;TZID=Europe/Berlin:20260309T200000", false},
		"in a zone nobody knows":     {"DTSTART;TZID=Home:20260309T200000", true},
		"without a start":            {"SUMMARY:x", true},
		"a start that is none":       {"DTSTART:soon", true},
		"a series for ever":          {"DTSTART:20100101T100000Z|RRULE:FREQ=WEEKLY", true},
		"a series that begins later": {"DTSTART:20260401T100000Z|RRULE:FREQ=WEEKLY", false},
		"until before":               {"DTSTART:20250101T100000Z|RRULE:FREQ=WEEKLY;UNTIL=20260201T000000Z", false},
		"until in it":                {"DTSTART:20250101T100000Z|RRULE:FREQ=WEEKLY;UNTIL=20260312T000000Z", true},
		"until a day":                {"DTSTART;VALUE=DATE:20250101|RRULE:FREQ=DAILY;UNTIL=20260308", true},
		"counted, over":              {"DTSTART:20250101T100000Z|RRULE:FREQ=WEEKLY;COUNT=10", false},
		"counted, going on":          {"DTSTART:20250101T100000Z|RRULE:FREQ=WEEKLY;COUNT=100", true},
		"counted, every second":      {"DTSTART:20250101T100000Z|RRULE:FREQ=SECONDLY;COUNT=10", true}, // is not expanded
		"counted, by month":          {"DTSTART:20250131T100000Z|RRULE:FREQ=MONTHLY;COUNT=3", false},
		"counted, by position":       {"DTSTART:20240101T100000Z|RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1;COUNT=3", false},
		"a rule that is none":        {"DTSTART:20250101T100000Z|RRULE:often", true},
		"more dates, all over":       {"DTSTART:20250101T100000Z|RDATE:20250201T100000Z,20250301T100000Z", false},
		"more dates, one in it":      {"DTSTART:20250101T100000Z|RDATE:20250201T100000Z,20260315T100000Z", true},
		"more dates, one before":     {"DTSTART:20270101T100000Z|RDATE:20260315T100000Z", true},
		"more periods":               {"DTSTART:20250101T100000Z|RDATE;VALUE=PERIOD:20250201T100000Z/PT1H", true},
		"an occurrence moved in":     {"DTSTART:20250101T100000Z|RRULE:FREQ=DAILY;COUNT=3\nRECURRENCE-ID:20250102T100000Z|DTSTART:20260315T100000Z", true},
		"an occurrence moved":        {"DTSTART:20250101T100000Z|RRULE:FREQ=DAILY;COUNT=3\nRECURRENCE-ID:20250102T100000Z|DTSTART:20250115T100000Z", false},
		"a task":                     {"VTODO!DUE:20200101T100000Z", true},
		"a journal":                  {"VJOURNAL!DTSTART:20200101T100000Z", true},
	} {
		it := calendarOfParts(strings.Split(c.parts, "\n")...)
		if got := merge.During(it, since, until); got != c.inside {
			t.Errorf("%s: %v\n%s", name, got, it.Bytes())
		}
		if !merge.During(it, time.Time{}, time.Time{}) {
			t.Errorf("%s: outside of all time", name)
		}
	}
	card := item.Parse([]byte("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\nEND:VCARD\r\n"))
	if !merge.During(card, since, until) {
		t.Error("a card is outside")
	}
	over := calendarOfParts("DTSTART:20260302T100000Z")
	if !merge.During(over, time.Time{}, until) || merge.During(over, until, time.Time{}) {
		t.Error("half open")
	}
}
