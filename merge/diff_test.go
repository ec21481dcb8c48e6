package merge_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vgit/merge"
	"vgit/repo/item"
)

// Slots are named as merge.md 2.4 says, so that conflicts, answers and messages speak of one thing.
func TestSlotNames(t *testing.T) {
	t.Parallel()
	series := func(overrides string) string { return timed("RRULE:FREQ=WEEKLY;BYDAY=MO | " + overrides) }
	override := "SUMMARY:S | END:VEVENT | BEGIN:VEVENT | UID:e0@example.com | RECURRENCE-ID;TZID=Europe/Berlin:20260309T100000 | " +
		"DTSTART;TZID=Europe/Berlin:20260309T100000 | SUMMARY:"
	type change = merge.Change
	for _, test := range []struct {
		name, a, b string
		want       []change
	}{
		{"scalar", event("SUMMARY:A"), event(`SUMMARY:B\, C`), []change{{"VEVENT", "summary", "A", "B, C", strong}}},
		{"unknown", event("X-FOO:1"), event("X-FOO:2"), []change{{"VEVENT", "x-foo", "1", "2", strong}}},
		{"added", event("SUMMARY:A"), event("SUMMARY:A | URL:https://x.y/"), []change{{"VEVENT", "url", "", "https://x.y/", strong}}},
		{"time", timed("SUMMARY:A"), event("DTSTART;TZID=Europe/Berlin:20260302T110000 | SUMMARY:A"),
			[]change{{"VEVENT", "time", "20260302T100000 Europe/Berlin", "20260302T110000 Europe/Berlin", strong}}},
		{"rule", series("SUMMARY:A"), timed("RRULE:FREQ=DAILY | SUMMARY:A"),
			[]change{{"VEVENT", "rule", "BYDAY=MO;FREQ=WEEKLY", "FREQ=DAILY", strong}}},
		{"place", event("LOCATION:A"), event("LOCATION:A | GEO:1;2"), []change{{"VEVENT", "place", "A", "A 1.000000;2.000000", strong}}},
		{"done", task("STATUS:IN-PROCESS"), task("STATUS:COMPLETED"), []change{{"VTODO", "done", "IN-PROCESS", "COMPLETED", strong}}},
		{"name", card("N:A;B"), card("N:A;C"), []change{{"VCARD", "name", "Sarah Miller A B", "Sarah Miller A C", strong}}},
		{"attendee", event("ATTENDEE;CN=Cid;PARTSTAT=ACCEPTED:mailto:CID@example.com"),
			event("ATTENDEE;CN=Cid;PARTSTAT=DECLINED:mailto:cid@example.com"),
			[]change{{"VEVENT", "attendee cid@example.com", "partstat=ACCEPTED", "partstat=DECLINED", strong}}},
		{"attendee added", event("SUMMARY:A"), event("SUMMARY:A | ATTENDEE:mailto:dee@example.com"),
			[]change{{"VEVENT", "attendee dee@example.com", "", "dee@example.com", strong}}},
		{"element of a set", event("CATEGORIES:a,b"), event("CATEGORIES:b,c"),
			[]change{{"VEVENT", "categories", "a", "", strong}, {"VEVENT", "categories", "", "c", strong}}},
		{"alarm", alarm("UID:a1 | ACTION:DISPLAY | TRIGGER:-PT5M"), alarm("UID:a1 | ACTION:DISPLAY | TRIGGER:-PT9M"),
			[]change{{"VALARM", "alarm a1 trigger", "DISPLAY P0D-300S", "DISPLAY P0D-540S", strong}}},
		{"case 41: one alarm, not two", alarm("ACTION:DISPLAY | TRIGGER:-PT5M"), alarm("ACTION:DISPLAY | TRIGGER:-PT9M"),
			[]change{{"VALARM", "alarm trigger", "DISPLAY P0D-300S", "DISPLAY P0D-540S", strong}}},
		{"excluded", series("SUMMARY:A"), series("EXDATE;TZID=Europe/Berlin:20260309T100000 | SUMMARY:A"),
			[]change{{"VEVENT", "occurrence 20260309", "", "excluded", strong}}},
		{"override", series("SUMMARY:S"), series(override + "A"),
			[]change{{"VEVENT", "occurrence 20260309", "", "override VEVENT", strong}}},
		{"in an override", series(override + "A"), series(override + "B"),
			[]change{{"VEVENT", "occurrence 20260309 summary", "A", "B", strong}}},
		{"phone", card("TEL;TYPE=HOME:+49 170 1"), card("TEL;TYPE=HOME:+49 170 1 | TEL:2"), []change{{"VCARD", "tel 2", "", "2", strong}}},
		{"phone edited", card("TEL;TYPE=HOME:1 | TEL;TYPE=WORK:2"), card("TEL;TYPE=WORK:2 | TEL;TYPE=HOME:3"),
			[]change{{"VCARD", "tel 1", "1", "3", strong}}},
		{"preferred", card("TEL;TYPE=pref:1 | TEL:2"), card("TEL:1 | TEL;TYPE=pref:2"), []change{{"VCARD", "pref tel", "1", "2", strong}}},
		{"label", card("item1.URL:https://x.y/ | item1.X-ABLABEL:Blog"), card("item1.URL:https://x.y/ | item1.X-ABLABEL:Site"),
			[]change{{"VCARD", "url https://x.y/", "x-ablabel=Blog", "x-ablabel=Site", strong}}},
		{"photo", card("PHOTO;ENCODING=b:cGhvdG8gb25l"), card("NOTE:"), []change{{"VCARD", "photo", "9 bytes (23f3cc85)", "", strong}}},
		{"whole item", event("SUMMARY:A"), "junk", []change{{"", "item", "A", "", strong}}},
	} {
		got := merge.Diff(item.Parse([]byte(test.a)), item.Parse([]byte(test.b)))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// An occurrence is the same one however its RECURRENCE-ID is written (merge.md 5.1).
func TestIdentityOfOccurrences(t *testing.T) {
	t.Parallel()
	series := func(start, id string) string {
		return calendar("BEGIN:VEVENT | UID:e | DTSTART" + start + " | RRULE:FREQ=DAILY | END:VEVENT | " +
			"BEGIN:VEVENT | UID:e | RECURRENCE-ID" + id + " | DTSTART:20260309T120000Z | SUMMARY:S | END:VEVENT")
	}
	const berlin, day = ";TZID=Europe/Berlin:20260302T100000", ";VALUE=DATE:20260302"
	check(t, "UTC or zone", series(berlin, ";TZID=Europe/Berlin:20260309T100000"), series(berlin, ":20260309T090000Z"), none)
	check(t, "an alias", series(berlin, ";TZID=Europe/Berlin:20260309T100000"), series(berlin, ";TZID=Europe/Oslo:20260309T100000"), none)
	check(t, "another time", series(berlin, ";TZID=Europe/Berlin:20260309T100000"), series(berlin, ":20260309T100000Z"), strong)
	check(t, "a date is no time", series(berlin, ";TZID=Europe/Berlin:20260309T100000"), series(berlin, ";VALUE=DATE:20260309"), strong)
	check(t, "unless the series is all-day", series(day, ";VALUE=DATE:20260309"), series(day, ":20260309T000000Z"), none)
	alone := func(id string) string { return event("RECURRENCE-ID" + id + " | SUMMARY:S") }
	check(t, "no master", alone(";TZID=Europe/Berlin:20260309T100000"), alone(":20260309T090000Z"), none)
	check(t, "a range", series(berlin, ":20260309T090000Z"), series(berlin, ";RANGE=THISANDFUTURE:20260309T090000Z"), strong)
}

// Two overrides of one occurrence are an error that occurs; neither may hide the other, and their order means nothing.
func TestTwinOccurrences(t *testing.T) {
	t.Parallel()
	twins := func(a, b string) string {
		one := "BEGIN:VEVENT | UID:e | RECURRENCE-ID:20260309T100000Z | SUMMARY:"
		return calendar(one + a + " | END:VEVENT | " + one + b + " | END:VEVENT")
	}
	check(t, "order", twins("A", "B"), twins("B", "A"), none)
	check(t, "an edit of the second", twins("A", "B"), twins("A", "C"), strong)
	check(t, "an edit of the first", twins("A", "B"), twins("C", "B"), strong)
}
