package merge_test

import "testing"

// weekly makes a series of ten Mondays with further lines, and overrides behind it.
func weekly(lines string, overrides ...string) string {
	s := "BEGIN:VEVENT | UID:e0@example.com | DTSTART;TZID=Europe/Berlin:20260302T100000 | DTEND;TZID=Europe/Berlin:20260302T110000 | " +
		"RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=10 | " + lines + " | END:VEVENT | "
	for _, o := range overrides {
		s += o
	}
	return calendar(berlinZone + s)
}

// override makes the component of one day.
func override(day, lines string) string {
	return "BEGIN:VEVENT | UID:e0@example.com | RECURRENCE-ID;TZID=Europe/Berlin:" + day + "T100000 | DTSTART;TZID=Europe/Berlin:" + day +
		"T100000 | DTEND;TZID=Europe/Berlin:" + day + "T110000 | " + lines + " | END:VEVENT | "
}

func exdate(days string) string { return "EXDATE;TZID=Europe/Berlin:" + days }

// Cases 21, 22 and 26 to 29: what becomes of an occurrence is one thing, however it is written.
func TestOccurrences(t *testing.T) {
	t.Parallel()
	const a, b = "20260309", "20260316"
	special, room := override(a, "SUMMARY:Special"), override(b, "SUMMARY:A | LOCATION:Room 9")
	merges(t, []meet{
		{"two excluded", weekly("SUMMARY:A"), weekly("SUMMARY:A | " + exdate(a+"T100000")), weekly("SUMMARY:A | " + exdate(b+"T100000")), "",
			weekly("SUMMARY:A | " + exdate(a+"T100000") + " | " + exdate(b+"T100000")),
			weekly("SUMMARY:A | " + exdate(b+"T100000") + " | " + exdate(a+"T100000"))},
		{"one of a list restored", weekly("SUMMARY:A | " + exdate(a+"T100000") + " | " + exdate(b+"T100000")),
			weekly("SUMMARY:A | " + exdate(a+"T100000,"+b+"T100000")), weekly("SUMMARY:A | " + exdate(a+"T100000")), "",
			weekly("SUMMARY:A | " + exdate(a+"T100000")), ""},
		{"two overrides", weekly("SUMMARY:A"), weekly("SUMMARY:A", special), weekly("SUMMARY:A", room), "",
			weekly("SUMMARY:A", special, room), weekly("SUMMARY:A", room, special)},
		{"one override, two slots", weekly("SUMMARY:A", special), weekly("SUMMARY:A", override(a, "SUMMARY:Special | LOCATION:R")),
			weekly("SUMMARY:A", override(a, "SUMMARY:Special | PRIORITY:1")), "",
			weekly("SUMMARY:A", override(a, "SUMMARY:Special | LOCATION:R | PRIORITY:1")),
			weekly("SUMMARY:A", override(a, "SUMMARY:Special | PRIORITY:1 | LOCATION:R"))},
		{"one override, one slot", weekly("SUMMARY:A", special), weekly("SUMMARY:A", override(a, "SUMMARY:B")),
			weekly("SUMMARY:A", override(a, "SUMMARY:C")), "occurrence 20260309 summary", "=", ""},
		{"cancelled here, edited there", weekly("SUMMARY:A", special), weekly("SUMMARY:A | " + exdate(a+"T100000")),
			weekly("SUMMARY:A", override(a, "SUMMARY:Special | LOCATION:R")), "occurrence 20260309",
			weekly("SUMMARY:A", override(a, "SUMMARY:Special | LOCATION:R")), ""},
		{"cancelled here, moved there", weekly("SUMMARY:A"), weekly("SUMMARY:A | " + exdate(a+"T100000")), weekly("SUMMARY:A", special),
			"occurrence 20260309", weekly("SUMMARY:A", special), ""},
		{"moved here, cancelled there", weekly("SUMMARY:A"), weekly("SUMMARY:A", special), weekly("SUMMARY:A | " + exdate(a+"T100000")),
			"occurrence 20260309", "=", ""},
		{"both cancelled", weekly("SUMMARY:A", special), weekly("SUMMARY:A | " + exdate(a+"T100000")),
			weekly("PRIORITY:1 | SUMMARY:A | EXDATE:" + a + "T090000Z"), "", weekly("SUMMARY:A | " + exdate(a+"T100000") + " | PRIORITY:1"), ""},
		{"override dropped, override kept", weekly("SUMMARY:A", special), weekly("SUMMARY:A"), weekly("SUMMARY:B", special), "", weekly("SUMMARY:B"),
			weekly("SUMMARY:B")},
	})
}
