package merge_test

import (
	"strings"
	"testing"

	"vgit/merge"
	"vgit/repo/item"
)

const berlinZone = "BEGIN:VTIMEZONE | TZID:Europe/Berlin | BEGIN:STANDARD | DTSTART:19701025T030000 | " +
	"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU | TZOFFSETFROM:+0200 | TZOFFSETTO:+0100 | TZNAME:CET | END:STANDARD | " +
	"BEGIN:DAYLIGHT | DTSTART:19700329T020000 | RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU | TZOFFSETFROM:+0100 | TZOFFSETTO:+0200 | " +
	"TZNAME:CEST | END:DAYLIGHT | END:VTIMEZONE | "

// meeting is what a client sends; the others below are what servers make of it.
var meeting = calendar(berlinZone + "BEGIN:VEVENT | UID:e0@example.com | DTSTAMP:20260101T000000Z | CREATED:20260101T000000Z | " +
	"LAST-MODIFIED:20260101T000000Z | SEQUENCE:1 | DTSTART;TZID=Europe/Berlin:20260302T100000 | " +
	"DTEND;TZID=Europe/Berlin:20260302T110000 | RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=10 | SUMMARY:Planning\\, first round of the year " +
	"with everybody who is there | CATEGORIES:work,plan | ATTENDEE;CN=Bob;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.com | " +
	"TRANSP:OPAQUE | STATUS:CONFIRMED | BEGIN:VALARM | UID:a1 | ACTION:DISPLAY | TRIGGER:-PT15M | DESCRIPTION:Reminder | END:VALARM | " +
	"END:VEVENT")

const contact = "BEGIN:VCARD | VERSION:3.0 | UID:c0 | N:Miller;Sarah;;; | FN:Sarah Miller | TEL;TYPE=CELL:+49 170 1234567 | " +
	"EMAIL;TYPE=INTERNET,HOME:sarah@example.org | ADR;TYPE=HOME:;;Main St 1;Berlin;;10115;Germany | NOTE:Met in 2019\\nLikes tea | " +
	"item1.URL:https://example.org/sarah | item1.X-ABLABEL:Blog | END:VCARD"

func replace(s string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(s, pairs[i]) {
			panic("the fixture has no " + pairs[i])
		}
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// What real servers store instead of what they were sent (servers.md, merge.md 7.1) is never an edit.
func TestServersThatRewrite(t *testing.T) {
	t.Parallel()
	vcard := crlf(contact)
	for _, server := range []struct {
		name         string
		sent, stored string
		most         merge.Strength
	}{
		{"Radicale sorts lines, parameters and rule parts, and folds", meeting, replace(meeting,
			"SUMMARY:Planning\\, first round of the year with everybody who is there\r\n", "",
			"UID:e0@example.com\r\n", "SUMMARY:Planning\\, first round of the year with everybody who is\r\n  there\r\nUID:e0@example.com\r\n",
			"ATTENDEE;CN=Bob;PARTSTAT=NEEDS-ACTION;RSVP=TRUE", "ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION;CN=Bob",
			"FREQ=WEEKLY;BYDAY=MO;COUNT=10", "FREQ=WEEKLY;COUNT=10;BYDAY=MO"), none},
		{"Radicale, cards", vcard, replace(vcard, "TYPE=INTERNET,HOME", "TYPE=INTERNET;TYPE=HOME",
			"NOTE:Met in 2019\\nLikes tea\r\n", "", "FN:", "NOTE:Met in 2019\\nLike\r\n s tea\r\nFN:"), none},
		{"SOGo adds CLASS:PUBLIC and takes the last line end away", meeting,
			strings.TrimSuffix(replace(meeting, "STATUS:", "CLASS:PUBLIC\r\nSTATUS:"), "\r\n"), none},
		{"SOGo, cards: trims N, upper case, no quotes", vcard, replace(vcard, "N:Miller;Sarah;;;", "N:Miller;Sarah", "EMAIL;TYPE=INTERNET,HOME",
			"EMAIL;TYPE=internet;TYPE=home"), none},
		{"DAViCal adds REV, and upper-cases names", strings.ToLower("begin:vcard\r\nversion:3.0\r\nuid:c\r\nfn:s\r\ntel;type=cell:1\r\nend:vcard\r\n"),
			"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c\r\nFN:s\r\nTEL;TYPE=CELL:1\r\nREV:20260101T000000Z\r\nEND:VCARD\r\n", books},
		{"Cyrus splits CATEGORIES, drops VTIMEZONE, refolds", meeting, replace(meeting, crlf(strings.TrimSuffix(berlinZone, " | ")), "",
			"CATEGORIES:work,plan", "CATEGORIES:work\r\nCATEGORIES:plan"), none},
		{"Cyrus, JMAP properties", meeting, replace(meeting, "STATUS:", "X-JMAP-SENT-BY:x\r\nSTATUS:"), books},
		{"sabre with vCard 4", vcard, replace(vcard, "VERSION:3.0", "VERSION:4.0", "TEL;TYPE=CELL:+49 170 1234567",
			"TEL;VALUE=uri;TYPE=cell:tel:+491701234567", "item1.", "ITEM1."), weak},
		{"Exchange names zones in its own way", event("DTSTART;TZID=Europe/Berlin:20260302T100000"),
			event("DTSTART;TZID=W. Europe Standard Time:20260302T100000"), weak},
		{"Google: UTC to the calendar's zone, OPAQUE lost", event("DTSTART:20260302T090000Z | TRANSP:OPAQUE"),
			event("DTSTART;TZID=Europe/Berlin:20260302T100000"), weak},
		{"ccs writes who has seen what", meeting, replace(meeting, "ATTENDEE;CN=Bob", "ATTENDEE;SCHEDULE-STATUS=1.2;CN=Bob"), books},
		{"case 50: attendees in another order and spelling", event("ORGANIZER;CN=Ann:mailto:ann@example.com | " +
			"ATTENDEE;CN=Ann;ROLE=CHAIR:mailto:ann@example.com | ATTENDEE;CN=Bob;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:bob@example.com"),
			event("ORGANIZER;CN=Ann:mailto:ann@example.com | ATTENDEE;PARTSTAT=NEEDS-ACTION;CUTYPE=INDIVIDUAL;CN=Bob;RSVP=TRUE:" +
				"MAILTO:Bob@Example.com | ATTENDEE;CN=Ann;ROLE=CHAIR;SCHEDULE-STATUS=2.0:mailto:ann@example.com"), books},
		{"case 75: members in another order and case", card("X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m1 | X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m2"),
			card("X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:M2 | X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:M1"), none},
		{"case 66: the number only weakly, the preference is a person's", card("TEL;TYPE=CELL:+49 170 1234567"),
			card("TEL;TYPE=CELL,pref:+491701234567"), strong},
		{"a VTIMEZONE of another age", meeting, replace(meeting, "DTSTART:19701025T030000", "DTSTART:19961027T030000"), none},
	} {
		a, b := item.Parse([]byte(server.sent)), item.Parse([]byte(server.stored))
		if a.State() != item.Sound || b.State() != item.Sound {
			t.Fatalf("%s: %s%s", server.name, a.Problem(), b.Problem())
		}
		if got := merge.Compare(a, b); got != server.most {
			t.Errorf("%s: %v, want %v: %q", server.name, got, server.most, merge.Diff(a, b))
		}
	}
}

// Items that are not sound are compared as bytes, line ends aside.
func TestBytesOfItemsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	twoUIDs := calendar("BEGIN:VEVENT | UID:a | END:VEVENT | BEGIN:VEVENT | UID:b | END:VEVENT")
	for _, test := range []struct {
		name, a, b string
		want       merge.Strength
	}{
		{"same", twoUIDs, twoUIDs, none},
		{"line ends", twoUIDs, strings.ReplaceAll(twoUIDs, "\r\n", "\n"), none},
		{"byte order mark, last line end", twoUIDs, "\xef\xbb\xbf" + strings.TrimSuffix(twoUIDs, "\r\n"), none},
		{"METHOD, which no PUT carries", twoUIDs, replace(twoUIDs, "VERSION:2.0\r\n", "VERSION:2.0\r\nMETHOD:PUBLISH\r\n"), books},
		{"any other spelling", twoUIDs, replace(twoUIDs, "UID:a", "uid:a"), strong},
		{"broken against sound", meeting, strings.TrimSuffix(meeting, "END:VCALENDAR\r\n"), strong},
		{"event against card", meeting, crlf(contact), strong},
		{"event against task", event("SUMMARY:A"), replace(event("SUMMARY:A"), "VEVENT", "VTODO"), strong},
		{"the same occurrence of an event and of a task", event("RECURRENCE-ID:20260302T090000Z"),
			replace(event("RECURRENCE-ID:20260302T090000Z"), "VEVENT", "VTODO"), strong},
		{"empty", "", "\n", none},
	} {
		a, b := item.Parse([]byte(test.a)), item.Parse([]byte(test.b))
		if got := merge.Compare(a, b); got != test.want {
			t.Errorf("%s: %v, want %v: %q", test.name, got, test.want, merge.Diff(a, b))
		}
		if got := merge.Compare(b, a); got != test.want {
			t.Errorf("%s, the other way round: %v, want %v", test.name, got, test.want)
		}
	}
}
