package mergetest

import (
	"strings"
	"testing"

	"vgit/repo/item"
)

const testdata = "../testdata"

// The bodies of a case are what they should be, or everything that rests on them proves nothing.
func TestAllCasesAreThere(t *testing.T) {
	t.Parallel()
	cases, err := Load(testdata)
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) != 79 {
		t.Errorf("%d cases", len(cases))
	}
	for i, c := range cases {
		if c.Number != i+1 || c.Title == "" || c.File == nil {
			t.Errorf("case %02d at %d: title %q", c.Number, i+1, c.Title)
		}
		for name, body := range map[string][]byte{"L0": c.L0, "L1": c.L1, "R0": c.R0, "R1": c.R1, "file": c.File, "body": c.Body, "sibling": c.Sibling} {
			if body == nil {
				continue
			}
			it, broken := item.Parse(body), c.Number == 64 && (name == "L1" || name == "file")
			if (it.State() == item.Sound) == broken {
				t.Errorf("case %02d, %s: %v: %s\n%s", c.Number, name, it.State(), it.Problem(), body)
			}
		}
	}
}

// Each edit does what it says.
func TestEdits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ fixture, edits, has, hasNot string }{
		{"E0", "=SUMMARY:A", "\nSUMMARY:A\n", "Planning"},
		{"E0", "=PRIORITY:1", "STATUS:CONFIRMED\nPRIORITY:1\nEND:VEVENT", ""},
		{"E0", "+SUMMARY:B", "SUMMARY:Planning\nSUMMARY:B\n", ""},
		{"A0", "+X-A:1", "STATUS:CONFIRMED\nX-A:1\nBEGIN:VALARM", ""},
		{"S0", "-ATTENDEE", "ORGANIZER", "ATTENDEE"},
		{"S0", "-ATTENDEE[cid@]", "mailto:bob", "mailto:cid"},
		{"S0", "ATTENDEE[bob@]~PARTSTAT=ACCEPTED", "ATTENDEE;CN=Bob;RSVP=TRUE;PARTSTAT=ACCEPTED:mailto:bob", "Bob;RSVP=TRUE;PARTSTAT=NEEDS"},
		{"S0", "ATTENDEE[bob@]~X-A=1", "ATTENDEE;CN=Bob;RSVP=TRUE;PARTSTAT=NEEDS-ACTION;X-A=1:mailto:bob", ""},
		{"E0", "time 14-15", "DTEND;TZID=Europe/Berlin:20260302T150000", "T1" + "1" + "0000"},
		{"E0", "time 20260303 9-10", "DTSTART;TZID=Europe/Berlin:20260303T090000", "20260302"},
		{"R0", "ex 20260309 | ex 20260316 | -ex 20260309", "EXDATE;TZID=Europe/Berlin:20260316T100000", "20260309"},
		{"R0", "ov 20260309 {time 15-16 & =SUMMARY:S}", "RECURRENCE-ID;TZID=Europe/Berlin:20260309T100000\n", ""},
		{"R0", "ov 20260309 {time 15-16}", "DTSTART;TZID=Europe/Berlin:20260309T150000\n", ""},
		{"R0", "ov 20260309 {=SUMMARY:S} | -ov 20260309", "RRULE", "RECURRENCE-ID"},
		{"A0", "alarm a1 {-UID} | alarm 1 {=TRIGGER:-PT30M}", "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT30M", "UID:a1"},
		{"A0", "-alarm a1", "", "VALARM"},
		{"A0", "+alarm {UID:a2 & TRIGGER:P1D}", "END:VALARM\nBEGIN:VALARM\nUID:a2\nTRIGGER:P1D\nEND:VALARM\nEND:VEVENT", ""},
		{"E0", "cal {=PRODID:x}", "VERSION:2.0\nPRODID:x\nBEGIN:VTIMEZONE", "vgit"},
		{"E0", "tz old", "TZID:Europe/Berlin\nBEGIN:STANDARD\nDTSTART:18930401T000632", ""},
		{"E0", "tz new", "DTSTART:20240331T020000", "DTSTART:19"},
		{"E0", "-END:VEVENT", "STATUS:CONFIRMED\nEND:VCALENDAR", "END:VEVENT"},
		{"E0", "respell", "dtend;VALUE=DATE-TIME;TZID=\"Europe/Berlin\":20260302T110000\n", "SUMMARY"},
		{"C0", "=photo;x=<P1>:<P2>", "photo;x=cGhvdG8gb25l:cGhvdG8gdHdv\n", ""},
		{"C0", "X-ABLABEL[Blog]=item1.X-ABLABEL:Site", "item1.X-ABLABEL:Site\n", "Blog"},
	} {
		first, err := Fixture(testdata, test.fixture)
		if err != nil {
			t.Fatal(err)
		}
		m := &maker{}
		got := strings.ReplaceAll(string(m.make(parse(first), split(test.edits), "").bytes()), "\r\n", "\n")
		got = strings.ReplaceAll(got, "\n ", "")
		if m.err != nil || !strings.Contains(got, test.has) || test.hasNot != "" && strings.Contains(got, test.hasNot) {
			t.Errorf("%s %s: %v: want %q and not %q in\n%s", test.fixture, test.edits, m.err, test.has, test.hasNot, got)
		}
	}
}

// An edit that finds nothing to edit is a mistake in a case, and never passes in silence.
func TestEditsThatMiss(t *testing.T) {
	t.Parallel()
	first, err := Fixture(testdata, "S0")
	if err != nil {
		t.Fatal(err)
	}
	for _, edits := range []string{"-LOCATIONS", "-SUMMARY:Other", "=ATTENDEE:x", "ATTENDEE[mailto]~A=1", "-alarm a7", "alarm 1 {=TRIGGER:-PT1M}", "-ov 20260309", "del | =SUMMARY:A", "tz older"} {
		m := &maker{}
		m.make(parse(first), split(edits), "")
		if m.err == nil {
			t.Errorf("%q passes", edits)
		}
	}
}
