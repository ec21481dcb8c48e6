package merge_test

import (
	"testing"

	"vgit/merge"
	"vgit/repo/item"
)

// Protocol 3.2, "Landed or not": what proves that a PUT whose answer was lost is on the server.
func TestLandedOrNot(t *testing.T) {
	t.Parallel()
	const books = "SEQUENCE:%1 | DTSTAMP:2026010%2T000000Z | "
	version := func(sequence, day, lines string) string {
		return replace(event(books+lines), "%1", sequence, "%2", day)
	}
	r0 := version("1", "1", "SUMMARY:A | LOCATION:Room 1 | DTSTART;TZID=Europe/Berlin:20260302T100000")
	sent := version("2", "2", "SUMMARY:A new long title | LOCATION:Room 2 | DTSTART;TZID=Europe/Berlin:20260302T140000")
	for _, test := range []struct {
		name, r1 string
		want     bool
	}{
		{"nothing happened", r0, false},
		{"kept as sent", sent, true},
		{"one value, the rest dropped", version("1", "9", "SUMMARY:A new long title"), true},
		{"respelt: case, blanks, escapes", version("1", "9", "SUMMARY:A  NEW long Title"), true},
		{"cut", version("1", "9", "SUMMARY:A new long ti"), true},
		{"cut to nothing that proves anything", version("1", "9", "SUMMARY:A n | LOCATION:Else"), false},
		{"another zone for the same instants", version("1", "9", "SUMMARY:B | DTSTART:20260302T130000Z"), true},
		{"a clock that only sent had", version("1", "2", "SUMMARY:A | LOCATION:Room 1 | DTSTART;TZID=Europe/Berlin:20260302T100000 | X-A:1"), true},
		{"and somebody wrote since", version("3", "9", "SUMMARY:Another | LOCATION:Room 2 | DTSTART;TZID=Europe/Berlin:20260302T140000"), true},
		{"somebody else was first", version("2", "9", "SUMMARY:Another | LOCATION:Room 3 | DTSTART;TZID=Europe/Berlin:20260302T110000"), false},
		{"somebody else made one of the edits too, the others are as before",
			version("1", "9", "SUMMARY:A new long title | LOCATION:Room 1 | DTSTART;TZID=Europe/Berlin:20260302T100000"), false},
		{"a bookkeeping of the server", version("1", "9", "SUMMARY:A | LOCATION:Room 1 | DTSTART;TZID=Europe/Berlin:20260302T100000"), false},
	} {
		if got := landed(r0, sent, test.r1); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// A counter proves something only where nobody else can have counted.
func TestLandedByCounter(t *testing.T) {
	t.Parallel()
	r0, sent := event("SEQUENCE:1 | SUMMARY:A"), event("SEQUENCE:2 | SUMMARY:A | X-FOO:1")
	if !landed(r0, sent, event("SEQUENCE:2 | SUMMARY:A")) {
		t.Error("a server that drops X-FOO and keeps SEQUENCE: not recognised")
	}
	if landed(r0, sent, event("SEQUENCE:2 | SUMMARY:B")) {
		t.Error("somebody else's edit with the next SEQUENCE: taken for ours")
	}
}

func TestLandedCreate(t *testing.T) {
	t.Parallel()
	body := item.Parse([]byte(event("SUMMARY:A")))
	for _, test := range []struct {
		name, r1 string
		want     bool
	}{
		{"kept", event("SUMMARY:A"), true},
		{"rewritten", event("SUMMARY:Something else"), true},
		{"another item", replace(event("SUMMARY:A"), "e0@", "e1@"), false},
	} {
		if got := merge.Landed(nil, body, item.Parse([]byte(test.r1))); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	broken := item.Parse([]byte("BEGIN:VCARD\n"))
	if !merge.Landed(nil, broken, item.Parse([]byte("BEGIN:VCARD\r\n"))) {
		t.Error("what cannot be read: compared as bytes")
	}
}

// What cannot be read slot by slot has landed if its bytes have.
func TestLandedBytes(t *testing.T) {
	t.Parallel()
	two := calendar("BEGIN:VEVENT | UID:a | END:VEVENT | BEGIN:VEVENT | UID:b | SUMMARY:1 | END:VEVENT")
	sent := replace(two, "SUMMARY:1", "SUMMARY:2")
	if landed(two, sent, two) || !landed(two, sent, sent) || landed(two, sent, replace(two, "SUMMARY:1", "SUMMARY:3")) {
		t.Error("opaque items: only the very bytes are proof")
	}
}

func landed(r0, sent, r1 string) bool {
	return merge.Landed(item.Parse([]byte(r0)), item.Parse([]byte(sent)), item.Parse([]byte(r1)))
}
