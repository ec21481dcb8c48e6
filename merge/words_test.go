package merge_test

import (
	"strings"
	"testing"
	"time"

	"vgit/merge"
	"vgit/repo/item"
)

// spring is a day of the year in which most tests take place.
var spring = merge.Wording{Now: time.Date(2026, 2, 2, 12, 0, 0, 0, time.UTC)}

// telling is two versions of an item and what is said of them, lines separated by " | ".
type telling struct{ name, a, b, want string }

func tells(t *testing.T, w merge.Wording, rows []telling) {
	t.Helper()
	for _, r := range rows {
		told := w.Tell(item.Parse([]byte(r.a)), item.Parse([]byte(r.b)))
		if got := strings.Join(told.Lines, " | "); got != r.want {
			t.Errorf("%s:\n got %s\nwant %s", r.name, got, r.want)
		}
	}
}

// during is an event of 2 March with a start, an end, and these lines.
func during(start, end, lines string) string {
	return event("DTSTART" + start + " | DTEND" + end + " | " + lines)
}

const berlin = ";TZID=Europe/Berlin:"

func at(hours, lines string) string {
	from, to, _ := strings.Cut(hours, "-")
	return during(berlin+"20260302T"+from+"0000", berlin+"20260302T"+to+"0000", lines)
}

// Times are told in the zone of the event, and what stays is said once (merge.md 9).
func TestTimesInWords(t *testing.T) {
	t.Parallel()
	day := func(from, to string) string { return during(";VALUE=DATE:"+from, ";VALUE=DATE:"+to, "SUMMARY:S") }
	tells(t, spring, []telling{
		{"other hours", at("10-11", "SUMMARY:S"), at("11-12", "SUMMARY:S"), "moved from 10:00-11:00 to 11:00-12:00 (Mon 2 Mar, Europe/Berlin)"},
		{"another day", at("10-11", ""), during(berlin+"20260303T110000", berlin+"20260303T120000", ""),
			"moved from Mon 2 Mar 10:00-11:00 to Tue 3 Mar 11:00-12:00 Europe/Berlin"},
		{"another year", at("10-11", ""), during(berlin+"20270303T110000", berlin+"20270303T120000", ""),
			"moved from Mon 2 Mar 10:00-11:00 to Wed 3 Mar 2027 11:00-12:00 Europe/Berlin"},
		{"the end", at("10-11", ""), at("10-12", ""), "now ends 12:00 (was 11:00)"},
		{"the end, a day later", at("10-11", ""), during(berlin+"20260302T100000", berlin+"20260303T090000", ""),
			"now ends Tue 3 Mar 09:00 (was 11:00)"},
		{"an end", timed("SUMMARY:S"), timed("DURATION:PT90M | SUMMARY:S"), "now ends 11:30"},
		{"no end", timed("DURATION:PT90M | SUMMARY:S"), timed("SUMMARY:S"), "no end any more (was 11:30)"},
		{"past midnight", at("10-11", ""), during(berlin+"20260302T220000", berlin+"20260303T020000", ""),
			"moved from 10:00-11:00 to 22:00-Tue 3 Mar 02:00 (Mon 2 Mar, Europe/Berlin)"},
		{"no zone", during(":20260302T100000", ":20260302T110000", ""), during(":20260302T120000", ":20260302T130000", ""),
			"moved from 10:00-11:00 to 12:00-13:00 (Mon 2 Mar)"},
		{"the same moment elsewhere", timed("RRULE:FREQ=DAILY;COUNT=3 | DURATION:PT1H"), event("DTSTART:20260302T090000Z | RRULE:FREQ=DAILY;COUNT=3 | DURATION:PT1H"),
			"time zone Europe/Berlin → UTC (moves by an hour from 29 Mar)"},
		{"the same hour elsewhere", at("10-11", ""), during(";TZID=America/New_York:20260302T100000", ";TZID=America/New_York:20260302T110000", ""),
			"time zone Europe/Berlin → America/New_York (Mon 2 Mar 10:00 stays, which is 6 h later)"},
		{"another hour elsewhere", at("10-11", ""), during(";TZID=America/New_York:20260302T090000", ";TZID=America/New_York:20260302T100000", ""),
			"moved from Mon 2 Mar 10:00-11:00 Europe/Berlin to Mon 2 Mar 09:00-10:00 America/New_York"},
		{"all day", at("10-11", "SUMMARY:S"), day("20260302", "20260303"), "moved from Mon 2 Mar 10:00-11:00 Europe/Berlin to Mon 2 Mar (all day)"},
		{"days", day("20260302", "20260303"), day("20260303", "20260306"), "moved from Mon 2 Mar to Tue 3 Mar-Thu 5 Mar"},
		{"a day more", day("20260302", "20260303"), day("20260302", "20260304"), "now ends Tue 3 Mar (was Mon 2 Mar)"},
		{"a flight", at("10-11", ""), during(berlin+"20260302T100000", ";TZID=Europe/London:20260302T110000", ""),
			"now ends 11:00 Europe/London (was 11:00)"},
		{"no time", event("SUMMARY:S"), at("10-11", "SUMMARY:S"), "now on Mon 2 Mar 10:00-11:00 Europe/Berlin"},
		{"none any more", at("10-11", "SUMMARY:S"), event("SUMMARY:S"), "no time any more (was Mon 2 Mar 10:00-11:00 Europe/Berlin)"},
		{"no date at all", event("DTSTART:soon"), event("DTSTART:later"), "moved from SOON to LATER"},
		{"another spelling", timed("DTEND;TZID=Europe/Berlin:20260302T110000"), timed("DURATION:PT1H"), "written differently (1 line)"},
	})
}

// What changes of clocks means for a zone is told of a series: from then on the occurrences move (case 19).
func TestClocksThatChangeInWords(t *testing.T) {
	t.Parallel()
	series := func(start, rule string) string {
		return event("DTSTART" + start + " | RRULE:" + rule + " | DURATION:PT1H")
	}
	tells(t, spring, []telling{
		{"weekly", series(berlin+"20260302T100000", "FREQ=WEEKLY"), series(":20260302T090000Z", "FREQ=WEEKLY"),
			"time zone Europe/Berlin → UTC (moves by an hour from 30 Mar)"},
		{"weekly on other days", series(berlin+"20260302T100000", "FREQ=WEEKLY;BYDAY=MO,WE"), series(":20260302T090000Z", "FREQ=WEEKLY;BYDAY=MO,WE"),
			"time zone Europe/Berlin → UTC (moves by an hour from 30 Mar)"},
		{"every third week", series(berlin+"20260302T100000", "FREQ=WEEKLY;INTERVAL=3"), series(":20260302T090000Z", "FREQ=WEEKLY;INTERVAL=3"),
			"time zone Europe/Berlin → UTC (moves by an hour from 13 Apr)"},
		{"half an hour", series(";TZID=Australia/Lord_Howe:20260302T100000", "FREQ=WEEKLY"), series(":20260301T230000Z", "FREQ=WEEKLY"),
			"time zone Australia/Lord_Howe → UTC (moves by 30 min from 6 Apr)"},
		{"clocks that change together", series(berlin+"20260302T100000", "FREQ=WEEKLY"), series(";TZID=Europe/London:20260302T090000", "FREQ=WEEKLY"),
			"time zone Europe/Berlin → Europe/London (same moment)"},
	})
}

// Rules are told in words, of the old one only what it said otherwise.
func TestRulesInWords(t *testing.T) {
	t.Parallel()
	series := func(rule string) string { return timed("RRULE:" + rule) }
	weekly := series("FREQ=WEEKLY;BYDAY=MO;COUNT=10")
	tells(t, spring, []telling{
		{"until", weekly, series("FREQ=WEEKLY;BYDAY=MO;UNTIL=20260330T080000Z"), "repeats weekly on Mon until 30 Mar (was: 10 times)"},
		{"without end", series("FREQ=DAILY"), series("FREQ=DAILY;COUNT=1"), "repeats daily once (was: without end)"},
		{"other days", weekly, series("FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=10"), "repeats weekly on Mon, Wed and Fri 10 times (was: weekly on Mon)"},
		{"less often", weekly, series("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=10"), "repeats every 2 weeks on Mon 10 times (was: weekly)"},
		{"a day of the month", weekly, series("FREQ=MONTHLY;BYMONTHDAY=15,-1"), "repeats monthly on day 15 and the last day (was: weekly on Mon 10 times)"},
		{"a weekday of the month", series("FREQ=MONTHLY;BYDAY=-1SU"), series("FREQ=YEARLY;BYMONTH=3;BYDAY=+2MO"),
			"repeats yearly on the second Mon in Mar (was: monthly on the last Sun)"},
		{"a place in a set", series("FREQ=MONTHLY;BYDAY=MO,TU"), series("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-2"),
			"repeats monthly on Mon and Tue only the second to last of these (was: monthly on Mon and Tue)"},
		{"new", timed("X-Y:"), weekly, "now repeats weekly on Mon 10 times"},
		{"gone", weekly, timed("X-Y:"), "repeats no more (was: weekly on Mon 10 times)"},
		{"not readable", weekly, series("FREQ=WEEKLY;BYEASTER=1"), "repeats FREQ=WEEKLY;BYEASTER=1 (was: weekly on Mon 10 times)"},
		{"another hour of the last day", series("FREQ=DAILY;UNTIL=20260330T080000Z"), series("FREQ=DAILY;UNTIL=20260330T090000Z"),
			"repeats FREQ=DAILY;UNTIL=20260330T090000Z (was: FREQ=DAILY;UNTIL=20260330T080000Z)"},
		{"several", series("FREQ=DAILY | EXRULE:FREQ=WEEKLY"), series("FREQ=DAILY | EXRULE:FREQ=MONTHLY"), "exceptions by rule FREQ=WEEKLY → FREQ=MONTHLY"},
	})
	tells(t, merge.Wording{Now: spring.Now, Verbose: true}, []telling{
		{"verbose", weekly, series("FREQ=DAILY;COUNT=3"), "repeats daily 3 times (was: weekly on Mon 10 times) [FREQ=DAILY;COUNT=3]"},
	})
}

// Of occurrences it is told which ones, and what became of them.
func TestOccurrencesInWords(t *testing.T) {
	t.Parallel()
	series := func(lines, override string) string {
		all := "DTSTART;TZID=Europe/Berlin:20260302T100000 | DURATION:PT1H | RRULE:FREQ=WEEKLY | SUMMARY:Planning"
		if lines != "" {
			all += " | " + lines
		}
		if override != "" {
			all += " | END:VEVENT | BEGIN:VEVENT | UID:e0@example.com | RECURRENCE-ID;TZID=Europe/Berlin:20260309T100000 | DURATION:PT1H | " + override
		}
		return event(all)
	}
	const same, excluded = "DTSTART;TZID=Europe/Berlin:20260309T100000 | SUMMARY:", "EXDATE;TZID=Europe/Berlin:20260309T100000"
	plain := series("", "")
	tells(t, spring, []telling{
		{"cancelled", plain, series(excluded, ""), "occurrence on 2026-03-09 cancelled"},
		{"two, in order", plain, series("EXDATE:20260316T090000Z,20260309T090000Z", ""), "occurrence on 2026-03-09 cancelled | occurrence on 2026-03-16 cancelled"},
		{"restored", series(excluded, ""), plain, "occurrence on 2026-03-09 restored"},
		{"extra", plain, series("RDATE;TZID=Europe/Berlin:20260310T120000", ""), "extra occurrence on 2026-03-10 12:00"},
		{"moved", plain, series("", "DTSTART;TZID=Europe/Berlin:20260309T150000 | SUMMARY:Planning"), "occurrence on 2026-03-09 moved to 15:00-16:00"},
		{"moved to another day", plain, series("", "DTSTART;TZID=Europe/Berlin:20260310T100000 | SUMMARY:Planning"),
			"occurrence on 2026-03-09 moved to Tue 10 Mar 10:00-11:00"},
		{"retitled", plain, series("", same+"Special"), `occurrence on 2026-03-09 title "Special"`},
		{"like the others", plain, series("", same+"Planning"), "occurrence on 2026-03-09 set apart"},
		{"both", plain, series("", "DTSTART;TZID=Europe/Berlin:20260309T150000 | SUMMARY:Special"), `occurrence on 2026-03-09 moved to 15:00-16:00, title "Special"`},
		{"no more", series("", same+"Special"), plain, `occurrence on 2026-03-09 is like the others again (was: title "Special")`},
		{"cancelled after all", series("", same+"Special"), series(excluded, ""), "occurrence on 2026-03-09 cancelled"},
		{"changed", series("", same+"Special"), series("", same+"Secret"), `occurrence on 2026-03-09: title "Special" → "Secret"`},
		{"moved once more", series("", same+"S"), series("", "DTSTART;TZID=Europe/Berlin:20260309T120000 | SUMMARY:S"),
			"occurrence on 2026-03-09: moved from 10:00-11:00 to 12:00-13:00 (Mon 9 Mar, Europe/Berlin)"},
		{"its reminder", series("", same+"S"), series("", same+"S | BEGIN:VALARM | ACTION:DISPLAY | TRIGGER:-PT5M | END:VALARM"),
			"occurrence on 2026-03-09: + reminder 5 min before"},
	})
}
