package merge_test

import (
	"strings"
	"testing"

	"vgit/merge"
)

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

// checkNotes compares the kinds of notes.
func checkNotes(t *testing.T, got merge.Result, want string) {
	t.Helper()
	var kinds []string
	for _, n := range got.Notes {
		kinds = append(kinds, n.Kind)
	}
	if s := strings.Join(kinds, ", "); s != want {
		t.Errorf("notes %q, want %q", s, want)
	}
}

// The series moved to another hour on one side, an occurrence changed on the other: it moves along, whichever side did what, and so do
// the dates that both sides have (5.6, case 33).
func TestOccurrencesMoveAlong(t *testing.T) {
	t.Parallel()
	const a, b, c = "20260309", "20260316", "20260323"
	at := func(hour, end, lines string, overrides ...string) string {
		return replace(weekly(lines, overrides...), "20260302T100000", "20260302T"+hour, "20260302T110000", "20260302T"+end)
	}
	moved := func(s string) string {
		return replace(s, "T100000", "T140000", "T110000", "T153000")
	}
	for _, r := range []struct {
		meet
		notes string
	}{
		{meet{name: "excluded there", base: weekly("SUMMARY:A"), ours: at("140000", "153000", "SUMMARY:A"), theirs: weekly("SUMMARY:A | " + exdate(a+"T100000")),
			file: at("140000", "153000", "SUMMARY:A | "+exdate(a+"T140000")), body: at("140000", "153000", "SUMMARY:A | "+exdate(a+"T140000"))}, "shifted"},
		{meet{name: "excluded here", base: weekly("SUMMARY:A"), theirs: at("140000", "153000", "SUMMARY:A"), ours: weekly("SUMMARY:A | " + exdate(a+"T100000")),
			file: at("140000", "153000", "SUMMARY:A | "+exdate(a+"T140000")), body: at("140000", "153000", "SUMMARY:A | "+exdate(a+"T140000"))}, "shifted"},
		{meet{name: "one of each and one before", base: weekly("SUMMARY:A | " + exdate(b+"T100000")),
			ours: at("140000", "153000", "SUMMARY:A | "+exdate(b+"T140000")), theirs: weekly("SUMMARY:A | " + exdate(b+"T100000,"+c+"T100000")),
			file: at("140000", "153000", "SUMMARY:A | "+exdate(b+"T140000")+" | "+exdate(c+"T140000")),
			body: at("140000", "153000", "SUMMARY:A | "+exdate(c+"T140000")+" | "+exdate(b+"T140000"))}, "shifted"},
		{meet{name: "an override there", base: weekly("SUMMARY:A"), ours: at("140000", "153000", "SUMMARY:A"), theirs: weekly("SUMMARY:A", override(a, "SUMMARY:Special")),
			file: at("140000", "153000", "SUMMARY:A", moved(override(a, "SUMMARY:Special"))),
			body: at("140000", "153000", "SUMMARY:A", moved(override(a, "SUMMARY:Special")))}, "shifted"},
		{meet{name: "an override with a time of its own", base: weekly("SUMMARY:A"), ours: at("140000", "153000", "SUMMARY:A"),
			theirs: weekly("SUMMARY:A", replace(override(a, "SUMMARY:A"), "DTSTART;TZID=Europe/Berlin:20260309T10", "DTSTART;TZID=Europe/Berlin:20260309T09")),
			file: at("140000", "153000", "SUMMARY:A", replace(override(a, "SUMMARY:A"), "RECURRENCE-ID;TZID=Europe/Berlin:20260309T10", "RECURRENCE-ID;TZID=Europe/Berlin:20260309T14",
				"DTSTART;TZID=Europe/Berlin:20260309T10", "DTSTART;TZID=Europe/Berlin:20260309T09")),
			body: at("140000", "153000", "SUMMARY:A", replace(override(a, "SUMMARY:A"), "RECURRENCE-ID;TZID=Europe/Berlin:20260309T10", "RECURRENCE-ID;TZID=Europe/Berlin:20260309T14",
				"DTSTART;TZID=Europe/Berlin:20260309T10", "DTSTART;TZID=Europe/Berlin:20260309T09"))}, "shifted"},
		{meet{name: "nothing changed there but the title", base: weekly("SUMMARY:A | "+exdate(b+"T100000"), override(a, "SUMMARY:Special")),
			ours: at("140000", "153000", "SUMMARY:A | "+exdate(b+"T140000"), moved(override(a, "SUMMARY:Special"))), theirs: weekly("SUMMARY:B | "+exdate(b+"T100000"), override(a, "SUMMARY:Special")),
			file: at("140000", "153000", "SUMMARY:B | "+exdate(b+"T140000"), moved(override(a, "SUMMARY:Special"))),
			body: at("140000", "153000", "SUMMARY:B | "+exdate(b+"T140000"), moved(override(a, "SUMMARY:Special")))}, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			v := merge.Versions{L0: parsed(r.base), L1: parsed(r.ours), R0: parsed(r.base), R1: parsed(r.theirs)}
			checkNotes(t, checkMerge(t, v, merge.Context{}, r.meet), r.notes)
		})
	}
}

// A new override takes over what the other side did to the series, where it is a copy of it (5.6, case 34).
func TestNewOverrideInherits(t *testing.T) {
	t.Parallel()
	const a = "20260309"
	base := weekly(`SUMMARY:A | DESCRIPTION:1\n2\n3 | CATEGORIES:x`)
	series := `SUMMARY:B | DESCRIPTION:1\n2\n3 | CATEGORIES:x,y | LOCATION:Room 2`
	copied := override(a, `SUMMARY:A | DESCRIPTION:other | CATEGORIES:x`)
	inherited := override(a, `SUMMARY:B | DESCRIPTION:other | CATEGORIES:x | LOCATION:Room 2`)
	whole := weekly(series, inherited)
	for _, r := range []meet{
		{name: "theirs is new", base: base, ours: weekly(series), theirs: weekly(`SUMMARY:A | DESCRIPTION:1\n2\n3 | CATEGORIES:x`, copied), file: whole, body: whole},
		{name: "ours is new", base: base, ours: weekly(`SUMMARY:A | DESCRIPTION:1\n2\n3 | CATEGORIES:x`, copied), theirs: weekly(series), file: whole, body: whole},
	} {
		t.Run(r.name, func(t *testing.T) {
			v := merge.Versions{L0: parsed(r.base), L1: parsed(r.ours), R0: parsed(r.base), R1: parsed(r.theirs)}
			checkNotes(t, checkMerge(t, v, merge.Context{}, r), "inherited")
		})
	}
}

// A component for this and all later occurrences cannot be merged with an edit of one of them; earlier ones are free (5.6).
func TestThisAndFuture(t *testing.T) {
	t.Parallel()
	later := replace(override("20260316", "SUMMARY:Later"), "RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;")
	before, after := override("20260309", "SUMMARY:Special"), override("20260323", "SUMMARY:Special")
	merges(t, []meet{
		{name: "an earlier one", base: weekly("SUMMARY:A"), ours: weekly("SUMMARY:A", later), theirs: weekly("SUMMARY:A", before),
			file: weekly("SUMMARY:A", later, before), body: weekly("SUMMARY:A", before, later)},
		{name: "a later one", base: weekly("SUMMARY:A"), ours: weekly("SUMMARY:A", later), theirs: weekly("SUMMARY:A", after),
			conflicts: "occurrence 20260323", file: "="},
		{name: "a later one here", base: weekly("SUMMARY:A"), ours: weekly("SUMMARY:A | " + exdate("20260323T100000")), theirs: weekly("SUMMARY:A", later),
			conflicts: "occurrence 20260323", file: weekly("SUMMARY:A | "+exdate("20260323T100000"), later)},
	})
}

// The series itself may go, while both sides make an override: the occurrence has its name from the series that was.
func TestSeriesThatGoes(t *testing.T) {
	t.Parallel()
	special := override("20260309", "SUMMARY:Special")
	v := merge.Versions{L0: parsed(weekly("SUMMARY:A")), R0: parsed(weekly("SUMMARY:A")), L1: parsed(calendar(berlinZone + special)), R1: parsed(weekly("SUMMARY:A", special))}
	for range 2 {
		r := merge.Reconcile(v, merge.Context{})
		if len(r.Conflicts) > 0 || !strings.Contains(string(r.Local), "Special") || strings.Contains(string(r.Local), "COUNT=10") {
			t.Errorf("%v\n%s", r.Conflicts, r.Local)
		}
		v.L1, v.R1 = v.R1, v.L1
	}
}
