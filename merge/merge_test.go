package merge_test

import (
	"strings"
	"testing"

	"vgit/merge"
	"vgit/repo/item"
)

// calendar makes a VCALENDAR of lines; the lines between are separated by " | ".
func calendar(lines string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//vgit//test//EN\r\n" + crlf(lines) + "END:VCALENDAR\r\n"
}

// event makes a calendar with one event of these lines, besides a UID.
func event(lines string) string {
	return calendar("BEGIN:VEVENT | UID:e0@example.com | " + lines + " | END:VEVENT")
}

// timed makes an event with a start, for rules and overrides.
func timed(lines string) string {
	return event("DTSTART;TZID=Europe/Berlin:20260302T100000 | " + lines)
}

// task makes a calendar with one task of these lines.
func task(lines string) string {
	return calendar("BEGIN:VTODO | UID:t0@example.com | " + lines + " | END:VTODO")
}

// alarm makes an event with an alarm of these lines.
func alarm(lines string) string {
	return event("BEGIN:VALARM | " + lines + " | END:VALARM")
}

// card makes a card of these lines.
func card(lines string) string {
	return crlf("BEGIN:VCARD | VERSION:3.0 | UID:c0 | FN:Sarah Miller | " + lines + " | END:VCARD")
}

func crlf(lines string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(lines, " | ") {
		if line != "" {
			b.WriteString(line + "\r\n")
		}
	}
	return b.String()
}

// check compares two bodies in both directions.
func check(t *testing.T, name, a, b string, want merge.Strength) {
	t.Helper()
	x, y := item.Parse([]byte(a)), item.Parse([]byte(b))
	for _, it := range []*item.Item{x, y} {
		if it.State() != item.Sound {
			t.Fatalf("%s: %v: %s\n%s", name, it.State(), it.Problem(), it.Bytes())
		}
	}
	if got := merge.Compare(x, y); got != want {
		t.Errorf("%s: got %v, want %v: %q\n%s%s", name, got, want, merge.Diff(x, y), a, b)
	}
	if got := merge.Compare(y, x); got != want {
		t.Errorf("%s: the other way round: got %v, want %v: %q", name, got, want, merge.Diff(y, x))
	}
	if changes := merge.Diff(x, y); (len(changes) == 0) != (want == merge.None) {
		t.Errorf("%s: Compare says %v, Diff says %q", name, want, changes)
	}
}

// row is two spellings of the lines of one component.
type row struct {
	name string
	make func(string) string
	a, b string
	want merge.Strength
}

func checkAll(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		check(t, r.name, r.make(r.a), r.make(r.b), r.want)
	}
}

const (
	none   = merge.None
	books  = merge.Bookkeeping
	weak   = merge.Weak
	strong = merge.Strong
)

func TestCanonicalEquality(t *testing.T) {
	t.Parallel()
	whole := func(s string) string { return s }
	tabs := []row{
		// 1: unfolding, line ends, empty lines, byte order mark
		{"1 fold by blank", event, "SUMMARY:Planning", "SUMMARY:Plan\r\n ning", none},
		{"1 fold by tab", event, "SUMMARY:Planning", "SUMMARY:Plan\r\n\tning", none},
		{"1 a fold in the name", event, "SUMMARY:Planning", "SUM\r\n MARY:Planning", none},
		{"1 LF", whole, event("SUMMARY:A"), strings.ReplaceAll(event("SUMMARY:A"), "\r\n", "\n"), none},
		{"1 CR", whole, event("SUMMARY:A"), strings.ReplaceAll(event("SUMMARY:A"), "\r\n", "\r"), none},
		{"1 empty lines", event, "SUMMARY:A", "\r\n\r\nSUMMARY:A\r\n", none},
		{"1 BOM", whole, event("SUMMARY:A"), "\xef\xbb\xbf" + event("SUMMARY:A"), none},
		{"1 only one blank is the fold's", event, "SUMMARY:Planning", "SUMMARY:Plan\r\n  ning", strong},

		// 2: case of names and of enumerated values
		{"2 property", event, "SUMMARY:A", "Summary:A", none},
		{"2 component", whole, event("SUMMARY:A"), strings.ReplaceAll(event("SUMMARY:A"), "VEVENT", "vevent"), none},
		{"2 parameter", event, "SUMMARY;LANGUAGE=de:A", "SUMMARY;language=de:A", none},
		{"2 PARTSTAT", event, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.c", "ATTENDEE;PARTSTAT=accepted:mailto:a@b.c", none},
		{"2 STATUS", event, "STATUS:CONFIRMED", "STATUS:Confirmed", none},
		{"2 TRUE", event, "ATTENDEE;RSVP=TRUE:mailto:a@b.c", "ATTENDEE;RSVP=true:mailto:a@b.c", none},
		{"2 FREQ", timed, "RRULE:FREQ=DAILY;COUNT=2", "RRULE:freq=daily;count=2", none},
		{"2 ACTION", alarm, "ACTION:DISPLAY | TRIGGER:-PT5M", "ACTION:Display | TRIGGER:-PT5M", none},
		{"2 a text keeps its case", event, "SUMMARY:A", "SUMMARY:a", strong},
		{"2 so does a CN", event, "ATTENDEE;CN=Bob:mailto:a@b.c", "ATTENDEE;CN=BOB:mailto:a@b.c", strong},

		// 3: order of parameters, quotes, carets, repeated parameters
		{"3 order", event, "ATTENDEE;CN=Bob;RSVP=TRUE:mailto:a@b.c", "ATTENDEE;RSVP=TRUE;CN=Bob:mailto:a@b.c", none},
		{"3 quotes", event, `ATTENDEE;CN=Bob:mailto:a@b.c`, `ATTENDEE;CN="Bob":mailto:a@b.c`, none},
		{"3 carets", event, `ATTENDEE;CN="A^nB":mailto:a@b.c`, `ATTENDEE;CN=A^NB:mailto:a@b.c`, none},
		{"3 list or repeated", event, `ATTENDEE;MEMBER="mailto:x@y.z","mailto:u@v.w":mailto:a@b.c`,
			`ATTENDEE;MEMBER="mailto:u@v.w";MEMBER="mailto:x@y.z":mailto:a@b.c`, none},
		{"3 a quoted comma is data", event, `ATTENDEE;CN="Doe, J":mailto:a@b.c`, `ATTENDEE;CN=Doe, J:mailto:a@b.c`, strong},
		{"3 another parameter", event, "SUMMARY;LANGUAGE=de:A", "SUMMARY;LANGUAGE=en:A", strong},

		// 4: TEXT
		{"4 newlines", event, `DESCRIPTION:a\nb`, `DESCRIPTION:a\Nb`, none},
		{"4 bare comma", event, `SUMMARY:a\, b\; c`, `SUMMARY:a, b; c`, none},
		{"4 carriage return", event, `DESCRIPTION:a\nb`, "DESCRIPTION:a\r\\nb", none},
		{"4 trailing empty lines", event, `DESCRIPTION:a`, `DESCRIPTION:a\n\n`, none},
		{"4 NFC", event, "SUMMARY:Caf\u00e9", "SUMMARY:Cafe\u0301", none},
		{"4 unknown names are texts", event, `X-FOO:a\,b`, `X-FOO:a,b`, none},
		{"4 a backslash is data", event, `SUMMARY:a\\nb`, `SUMMARY:a\nb`, strong},
		{"4 a blank line inside counts", event, `DESCRIPTION:a\nb`, `DESCRIPTION:a\n\nb`, strong},
		{"4 in a list a comma is none", event, `CATEGORIES:a\,b`, `CATEGORIES:a,b`, strong},

		// 5: defaults
		{"5 VALUE=DATE-TIME", event, "DTSTART:20260302T100000Z", "DTSTART;VALUE=DATE-TIME:20260302T100000Z", none},
		{"5 VALUE=DATE-TIME in a set", timed, "EXDATE:20260302T100000Z", "EXDATE;VALUE=DATE-TIME:20260302T100000Z", none},
		{"5 trigger", alarm, "TRIGGER:-PT5M", "TRIGGER;VALUE=DURATION;RELATED=START:-PT5M", none},
		{"5 attendee", event, "ATTENDEE:mailto:a@b.c",
			"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:a@b.c", none},
		{"5 RELTYPE", event, "RELATED-TO:p", "RELATED-TO;RELTYPE=PARENT:p", none},
		{"5 ENCODING, CHARSET", event, "SUMMARY:A", "SUMMARY;ENCODING=8BIT;CHARSET=UTF-8:A", none},
		{"5 CLASS, TRANSP, PRIORITY", event, "SUMMARY:A", "SUMMARY:A | CLASS:PUBLIC | TRANSP:OPAQUE | PRIORITY:0", none},
		{"5 task", task, "SUMMARY:A", "SUMMARY:A | STATUS:NEEDS-ACTION | PERCENT-COMPLETE:0", none},
		{"5 KIND", card, "N:Miller;Sarah;;;", "N:Miller;Sarah;;; | KIND:individual", none},
		{"5 INTERVAL, WKST", timed, "RRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=DAILY;COUNT=2;INTERVAL=1;WKST=MO", none},
		{"5 VALUE=DATE is no default", event, "DTSTART:20260302", "DTSTART;VALUE=DATE:20260302", strong},
		{"5 RELATED=END", alarm, "TRIGGER:-PT5M", "TRIGGER;RELATED=END:-PT5M", strong},
		{"5 STATUS of an event has no default", event, "SUMMARY:A", "SUMMARY:A | STATUS:CONFIRMED", strong},
		{"5 CLASS:PRIVATE", event, "SUMMARY:A", "SUMMARY:A | CLASS:PRIVATE", strong},
		{"5 WKST=SU", timed, "RRULE:FREQ=WEEKLY", "RRULE:FREQ=WEEKLY;WKST=SU", strong},

		// 6: durations
		{"6 minutes", alarm, "TRIGGER:-PT60M", "TRIGGER:-PT1H", none},
		{"6 weeks", alarm, "TRIGGER:-P7D", "TRIGGER:-P1W", none},
		{"6 zero", alarm, "TRIGGER:-PT0S", "TRIGGER:PT0S", none},
		{"6 written out", alarm, "TRIGGER:PT1H", "TRIGGER:+PT1H0M0S", none},
		{"6 a day is not 24 hours", alarm, "TRIGGER:-P1D", "TRIGGER:-PT24H", strong},
		{"6 nor in a series", timed, "RRULE:FREQ=DAILY | DURATION:P1D", "RRULE:FREQ=DAILY | DURATION:PT24H", strong},
		{"6 the sign counts", alarm, "TRIGGER:-PT5M", "TRIGGER:PT5M", strong},

		// 7: empty and absent
		{"7 property", event, "SUMMARY:A", "SUMMARY:A | LOCATION: | DESCRIPTION:", none},
		{"7 times", event, "SUMMARY:A", "SUMMARY:A | DTSTART: | DUE: | RRULE: | EXDATE:", none},
		{"7 trigger", alarm, "ACTION:AUDIO", "ACTION:AUDIO | TRIGGER:", none},
		{"7 parameter", event, "SUMMARY:A", "SUMMARY;LANGUAGE=:A", none},
		{"7 N", card, "N:Miller;Sarah;;;", "N:Miller;Sarah", none},
		{"7 ADR", card, "ADR:;;Main St 1;Berlin;;;", "ADR:;;Main St 1;Berlin", none},
		{"7 ORG", card, "ORG:Acme", "ORG:Acme;;", none},
		{"7 component", event, "SUMMARY:A", "SUMMARY:A | BEGIN:VALARM | END:VALARM", none},
		{"7 an empty part in front counts", card, "N:Miller;Sarah", "N:;Miller;Sarah", strong},

		// 8: order
		{"8 properties", event, "SUMMARY:A | LOCATION:B", "LOCATION:B | SUMMARY:A", none},
		{"8 alarms", event, "BEGIN:VALARM | TRIGGER:-PT5M | END:VALARM | BEGIN:VALARM | TRIGGER:-PT9M | END:VALARM",
			"BEGIN:VALARM | TRIGGER:-PT9M | END:VALARM | BEGIN:VALARM | TRIGGER:-PT5M | END:VALARM", none},
		{"8 list elements", event, "CATEGORIES:a,b", "CATEGORIES:b,a", none},
		{"8 several lists", event, "CATEGORIES:a,b", "CATEGORIES:b | CATEGORIES:a", none},
		{"8 EXDATE", timed, "EXDATE:20260303T090000Z,20260304T090000Z", "EXDATE:20260304T090000Z | EXDATE:20260303T090000Z", none},
		{"8 equal names", event, "COMMENT:a | COMMENT:b", "COMMENT:b | COMMENT:a", none},
		{"8 parts of an address have an order", card, "ADR:;;A;B;;;", "ADR:;;B;A;;;", strong},

		// 9: rules
		{"9 parts", timed, "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=10", "RRULE:COUNT=10;BYDAY=MO;FREQ=WEEKLY", none},
		{"9 BY-lists", timed, "RRULE:FREQ=WEEKLY;BYDAY=MO,TU", "RRULE:FREQ=WEEKLY;BYDAY=TU,MO", none},
		{"9 plus", timed, "RRULE:FREQ=MONTHLY;BYDAY=1MO", "RRULE:FREQ=MONTHLY;BYDAY=+1MO", none},
		{"9 numbers", timed, "RRULE:FREQ=MONTHLY;BYMONTHDAY=2,10", "RRULE:FREQ=MONTHLY;BYMONTHDAY=10,02", none},
		{"9 UNTIL", timed, "RRULE:FREQ=DAILY;UNTIL=20260310T090000Z", "RRULE:FREQ=DAILY;UNTIL=20260310T100000", none},
		{"9 not by the set they give", timed, "RRULE:FREQ=WEEKLY", "RRULE:FREQ=DAILY;INTERVAL=7", strong},
		{"9 minus", timed, "RRULE:FREQ=MONTHLY;BYDAY=1MO", "RRULE:FREQ=MONTHLY;BYDAY=-1MO", strong},
		{"9 UNTIL by date", timed, "RRULE:FREQ=DAILY;UNTIL=20260310", "RRULE:FREQ=DAILY;UNTIL=20260310T000000Z", strong},

		// 10: instants in sets
		{"10 EXDATE", timed, "RRULE:FREQ=DAILY | EXDATE;TZID=Europe/Berlin:20260303T100000",
			"RRULE:FREQ=DAILY | EXDATE:20260303T090000Z", none},
		{"10 RDATE", timed, "RDATE;TZID=Europe/Berlin:20260703T100000", "RDATE:20260703T080000Z", none},
		{"10 PERIOD", timed, "RDATE;VALUE=PERIOD:20260703T080000Z/PT1H", "RDATE;VALUE=PERIOD:20260703T080000Z/20260703T090000Z", none},
		{"10 another instant", timed, "EXDATE;TZID=Europe/Berlin:20260303T100000", "EXDATE:20260303T100000Z", strong},
		{"10 EXDATE is not RDATE", timed, "EXDATE:20260303T100000Z", "RDATE:20260303T100000Z", strong},

		// 11: URIs
		{"11 host", event, "URL:https://Example.org/A", "URL:HTTPS://example.ORG/A", none},
		{"11 empty path", event, "URL:https://example.org", "URL:https://example.org/", none},
		{"11 escaped colon", card, `URL:https\://example.org/`, "URL:https://example.org/", none},
		{"11 mailto", event, "ORGANIZER:mailto:Ann@Example.com", "ORGANIZER:MAILTO:ann@example.com", none},
		{"11 urn in RELATED-TO", event, "RELATED-TO:urn:uuid:p1", "RELATED-TO:p1", none},
		{"11 urn in MEMBER", card, "KIND:group | MEMBER:urn:uuid:M1", "KIND:group | MEMBER:m1", none},
		{"11 the path has its case", event, "URL:https://example.org/A", "URL:https://example.org/a", strong},

		// 12: numbers and dates
		{"12 zeros", event, "PRIORITY:05", "PRIORITY:5", none},
		{"12 GEO", event, "GEO:52.52;13.40", "GEO:52.5200000;13.4", none},
		{"12 dates", card, "BDAY:1985-04-12", "BDAY:19850412", none},
		{"12 dates with a time", card, "BDAY;VALUE=DATE:19850412T000000Z", "BDAY:19850412", none},
		{"12 the sixth digit", event, "GEO:52.520001;13.40", "GEO:52.520002;13.4", strong},
		{"12 another day", card, "BDAY:1985-04-12", "BDAY:1985-04-13", strong},

		// 13: binary values
		{"13 spellings", card, "PHOTO;ENCODING=b;TYPE=JPEG:cGhvdG8gb25l", "photo;type=jpeg;encoding=BASE64:cGhvdG8g\r\n b25l", none},
		{"13 the bare ones of 2.1", card, "PHOTO;ENCODING=b;TYPE=JPEG:cGhvdG8gb25l", "PHOTO;JPEG;BASE64:cGhvdG8gb25l", none},
		{"13 attachment", event, "ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJD", "ATTACH;VALUE=BINARY;ENCODING=BASE64:QU\r\n JD", none},
		{"13 other bytes", card, "PHOTO;ENCODING=b;TYPE=JPEG:cGhvdG8gb25l", "PHOTO;ENCODING=b;TYPE=JPEG:cGhvdG8gdHdv", strong},

		// 14: TYPE
		{"14 list", card, "TEL;TYPE=home,cell:1", "TEL;TYPE=cell;TYPE=home:1", none},
		{"14 quoted", card, "TEL;TYPE=home,cell:1", `TEL;TYPE="home,cell":1`, none},
		{"14 bare", card, "TEL;TYPE=home,cell:1", "TEL;HOME;CELL:1", none},
		{"14 INTERNET", card, "EMAIL;TYPE=INTERNET,HOME:a@b.c", "EMAIL;TYPE=HOME:a@b.c", none},
		{"14 VOICE", card, "TEL;TYPE=WORK,VOICE:1", "TEL;TYPE=WORK:1", none},
		{"14 OTHER", card, "URL;TYPE=OTHER:https://x.y/", "URL:https://x.y/", none},
		{"14 VOICE elsewhere", card, "EMAIL;TYPE=VOICE:a@b.c", "EMAIL:a@b.c", strong},
		{"14 HOME is not WORK", card, "TEL;TYPE=HOME:1", "TEL;TYPE=WORK:1", strong},

		// 15: groups
		{"15 the name means nothing", card, "item1.URL:https://x.y/ | item1.X-ABLABEL:Blog",
			"ITEM7.X-ABLABEL:Blog | ITEM7.URL:https://x.y/", none},
		{"15 a group of one", card, "item1.URL:https://x.y/", "URL:https://x.y/", none},
		{"15 which lines share one", card, "item1.URL:https://x.y/ | item1.X-ABLABEL:Blog | URL:https://u.v/",
			"URL:https://x.y/ | item1.X-ABLABEL:Blog | item1.URL:https://u.v/", strong},
		{"15 the label counts", card, "item1.URL:https://x.y/ | item1.X-ABLABEL:Blog", "item1.URL:https://x.y/ | item1.X-ABLABEL:Site", strong},
	}
	checkAll(t, tabs)
}

// The rows of merge.md 5.2, 5.3 and 6.2 whose kind is clock, owned or ignore.
func TestBookkeeping(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"DTSTAMP:20260101T000000Z", "LAST-MODIFIED:20260101T000000Z", "X-MOZ-GENERATION:4", "X-MOZ-LASTACK:20260101T000000Z",
		"CREATED:20260101T000000Z", "SEQUENCE:3", "REQUEST-STATUS:2.0;Success", "X-CALENDARSERVER-PERUSER-UID:x", "X-JMAP-ID:7",
		"X-GOOGLE-CONFERENCE:https://meet.example/x", "X-MICROSOFT-CDO-APPT-SEQUENCE:0", "X-MICROSOFT-CDO-OWNERAPPTID:1",
		"X-RADICALE-NAME:a.ics", "X-OWNCLOUD-X:1", "X-NEXTCLOUD-BC:1", "X-LIC-ERROR;X-LIC-ERRORTYPE=VALUE-PARSE-ERROR:No value",
		"X-KDE-KCALCORE-IMPLEMENTATION:1", "X-EVOLUTION-CALDAV-HREF:x", "X-APPLE-CREATOR-IDENTITY:com.apple.mobilecal",
		"X-MICROSOFT-EXDATE:x", "X-RECURRENCE-EXCEPTION:20260303",
	} {
		check(t, line, event("SUMMARY:A"), event("SUMMARY:A | "+line), books)
	}
	for _, line := range []string{
		"REV:20260101T000000Z", "CREATED:20260101T000000Z", "PRODID:x", "X-THUNDERBIRD-ETAG:1", "X-MOZILLA-ETAG:1", "X-ABUID:1\\:ABPerson",
		"X-RADICALE-NAME:a", "CLIENTPIDMAP:1;urn:uuid:x",
	} {
		check(t, line, card("NOTE:A"), card("NOTE:A | "+line), books)
	}
	for _, line := range []string{"METHOD:REQUEST", "X-WR-CALNAME:Work", "X-WR-TIMEZONE:Europe/Berlin", "X-WR-CALDESC:x", "X-WR-RELCALID:x"} {
		body := "BEGIN:VEVENT | UID:e0 | END:VEVENT"
		check(t, line, calendar(body), calendar(line+" | "+body), books)
	}
	const action = "ACTION:DISPLAY | TRIGGER:-PT5M"
	checkAll(t, []row{
		{"CALSCALE:GREGORIAN is nothing", calendar, "BEGIN:VEVENT | UID:e | END:VEVENT", "CALSCALE:GREGORIAN | BEGIN:VEVENT | UID:e | END:VEVENT", none},
		{"another CALSCALE is", calendar, "BEGIN:VEVENT | UID:e | END:VEVENT", "CALSCALE:JULIAN | BEGIN:VEVENT | UID:e | END:VEVENT", strong},
		{"PRODID", calendar, "BEGIN:VEVENT | UID:e | END:VEVENT", "PRODID:x | BEGIN:VEVENT | UID:e | END:VEVENT", books},
		{"-ACCESS is the user's", event, "SUMMARY:A", "SUMMARY:A | X-CALENDARSERVER-ACCESS:PRIVATE", strong},
		{"SCHEDULE-STATUS", event, "ATTENDEE:mailto:a@b.c", "ATTENDEE;SCHEDULE-STATUS=2.0:mailto:a@b.c", books},
		{"X-EVOLUTION-ENDDATE", timed, "RRULE:FREQ=DAILY;COUNT=2", "RRULE;X-EVOLUTION-ENDDATE=20260303T090000Z:FREQ=DAILY;COUNT=2", books},
		{"alarm: a dismissed one", alarm, action, action + " | ACKNOWLEDGED:20260302T084500Z", books},
		{"alarm: an id", alarm, action, action + " | UID:a1", none},
		{"alarm: an id under another name", alarm, action + " | UID:a1", action + " | X-WR-ALARMUID:a1", none},
		{"alarm: Apple's default", event, "SUMMARY:A", "SUMMARY:A | BEGIN:VALARM | X-APPLE-DEFAULT-ALARM:TRUE | " + action + " | END:VALARM", books},
		{"alarm: the server's default", event, "SUMMARY:A", "SUMMARY:A | BEGIN:VALARM | X-JMAP-DEFAULT-ALARM:TRUE | " + action + " | END:VALARM", books},
		{"alarm: Apple's none", event, "SUMMARY:A",
			"SUMMARY:A | BEGIN:VALARM | ACTION:NONE | TRIGGER;VALUE=DATE-TIME:19760401T005545Z | END:VALARM", books},
		{"alarm: the user's", event, "SUMMARY:A", "SUMMARY:A | BEGIN:VALARM | " + action + " | END:VALARM", strong},
		{"alarm: moved", alarm, action, "ACTION:DISPLAY | TRIGGER:-PT9M", strong},
		{"an unknown X- is the user's", event, "SUMMARY:A", "SUMMARY:A | X-FOO:1", strong},
	})
	check(t, "a server makes up FN", crlf("BEGIN:VCARD | VERSION:3.0 | UID:c | N:Miller;Sarah;;; | END:VCARD"),
		crlf("BEGIN:VCARD | VERSION:3.0 | UID:c | N:Miller;Sarah;;; | FN:Sarah Miller | END:VCARD"), books)
}

// The weak differences of merge.md 2.2 and 6.1, and what is near them.
func TestWeak(t *testing.T) {
	t.Parallel()
	const berlin = "DTSTART;TZID=Europe/Berlin:20260302T100000 | "
	const outlook = "BEGIN:VTIMEZONE | TZID:My Zone | BEGIN:STANDARD | DTSTART:16010101T000000 | TZOFFSETFROM:+0200 | TZOFFSETTO:%s | " +
		"END:STANDARD | END:VTIMEZONE | BEGIN:VEVENT | UID:e | DTSTART;TZID=My Zone:20260302T100000 | END:VEVENT"
	checkAll(t, []row{
		{"DTEND or DURATION", event, berlin + "DTEND;TZID=Europe/Berlin:20260302T110000", berlin + "DURATION:PT1H", weak},
		{"in a series", event, berlin + "RRULE:FREQ=DAILY | DTEND;TZID=Europe/Berlin:20260302T110000",
			berlin + "RRULE:FREQ=DAILY | DURATION:PT1H", weak},
		{"all day", event, "DTSTART;VALUE=DATE:20260302 | DTEND;VALUE=DATE:20260303", "DTSTART;VALUE=DATE:20260302 | DURATION:P1D", weak},
		{"another end", event, berlin + "DTEND;TZID=Europe/Berlin:20260302T110000", berlin + "DURATION:PT2H", strong},
		{"DUE or DURATION", task, berlin + "DUE;TZID=Europe/Berlin:20260302T110000", berlin + "DURATION:PT1H", weak},

		{"UTC or zone", event, berlin, "DTSTART:20260302T090000Z", weak},
		{"zone or zone", event, berlin, "DTSTART;TZID=Europe/London:20260302T090000", weak},
		{"UTC with an end", event, berlin + "DTEND;TZID=Europe/Berlin:20260302T110000", "DTSTART:20260302T090000Z | DTEND:20260302T100000Z", weak},
		{"another instant", event, berlin, "DTSTART:20260302T100000Z", strong},
		{"floating", event, berlin, "DTSTART:20260302T100000", strong},
		{"case 19: UTC in a series", event, berlin + "RRULE:FREQ=DAILY", "DTSTART:20260302T090000Z | RRULE:FREQ=DAILY", strong},
		{"a zone without summer time", event, "DTSTART;TZID=Asia/Tokyo:20260302T180000 | RRULE:FREQ=DAILY",
			"DTSTART:20260302T090000Z | RRULE:FREQ=DAILY", weak},

		{"link", event, "DTSTART;TZID=Asia/Calcutta:20260302T100000 | RRULE:FREQ=DAILY", "DTSTART;TZID=Asia/Kolkata:20260302T100000 | RRULE:FREQ=DAILY", weak},
		{"Windows", timed, "RRULE:FREQ=DAILY", "RRULE:FREQ=DAILY", none},
		{"Windows name", event, berlin, "DTSTART;TZID=W. Europe Standard Time:20260302T100000", weak},
		{"libical", event, berlin, "DTSTART;TZID=/softwarestudio.org/Olson_20011030_5/Europe/Berlin:20260302T100000", weak},
		{"freeassociation", event, berlin, "DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260302T100000", weak},
		{"a name of Windows with a prefix", event, berlin, `DTSTART;TZID="/example.org/W. Europe Standard Time":20260302T100000`, weak},
		{"Evolution", event, berlin, "DTSTART;TZID=Europe/Berlin 1:20260302T100000", weak},
		{"never by name", event, "DTSTART;TZID=Standard Timezone:20260302T100000", berlin, strong},
		{"another zone in a series", event, berlin + "RRULE:FREQ=DAILY", "DTSTART;TZID=Europe/London:20260302T090000 | RRULE:FREQ=DAILY", strong},

		{"phone", card, "TEL;TYPE=CELL:+49 170 1234567", "TEL;TYPE=CELL:+491701234567", weak},
		{"tel URI", card, "TEL;TYPE=CELL:+49-170-1234567", "TEL;TYPE=CELL;VALUE=uri:tel:+49-170-1234567", weak},
		{"another number", card, "TEL:+49 170 1234567", "TEL:+49 170 1234568", strong},
		{"without the plus", card, "TEL:+49170", "TEL:49170", strong},

		{"PHOTO as data", card, "PHOTO;ENCODING=b;TYPE=JPEG:cGhvdG8gb25l", "PHOTO:data:image/jpeg;base64,cGhvdG8gb25l", none},
		{"a photo is not a link", card, "PHOTO;ENCODING=b;TYPE=JPEG:cGhvdG8gb25l", "PHOTO;VALUE=uri:https://x.y/p.jpg", strong},
		{"PREF", card, "TEL;TYPE=CELL,pref:1", "TEL;TYPE=CELL;PREF=1:1", none},
		{"PREF by rank", card, "TEL;PREF=1:1 | TEL;PREF=2:2", "TEL;TYPE=pref:1 | TEL:2", weak},
		{"PREF of another", card, "TEL;TYPE=pref:1 | TEL:2", "TEL:1 | TEL;TYPE=pref:2", strong},
		{"omitted year", card, "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12", "BDAY:--0412", weak},
		{"a year", card, "BDAY:1604-04-12", "BDAY:--0412", strong},
		{"anniversary", card, "X-ANNIVERSARY:2010-05-01", "ANNIVERSARY:20100501", weak},
		{"Apple's anniversary", card, "item1.X-ABDATE:2010-05-01 | item1.X-ABLABEL:_$!<Anniversary>!$_", "ANNIVERSARY:20100501", weak},
		{"company", card, "X-ABSHOWAS:COMPANY", "KIND:org", weak},
		{"group card", card, "X-ADDRESSBOOKSERVER-KIND:group | X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m1", "KIND:group | MEMBER:urn:uuid:m1", weak},
		{"another member", card, "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m1", "MEMBER:urn:uuid:m2", strong},
		{"LABEL", card, `ADR;TYPE=HOME:;;A;B;;; | LABEL;TYPE=HOME:A\nB`, `ADR;TYPE=HOME;LABEL="A^nB":;;A;B;;;`, weak},
		{"another LABEL", card, `ADR;TYPE=HOME:;;A;B;;; | LABEL;TYPE=HOME:A\nB`, `ADR;TYPE=HOME;LABEL="A^nC":;;A;B;;;`, strong},
		{"SORT-STRING", card, "N:Van Dyk;A;;; | SORT-STRING:Dyk", "N;SORT-AS=Dyk:Van Dyk;A;;;", weak},
		{"messenger", card, "X-JABBER:a@b.c", "IMPP:xmpp:a@b.c", weak},
		{"standard label", card, "item1.TEL:1 | item1.X-ABLABEL:_$!<Home>!$_", "TEL;TYPE=HOME:1", weak},
		{"a label taken away", card, "item1.TEL:1 | item1.X-ABLABEL:_$!<Home>!$_", "TEL:1", strong},
	})
	check(t, "VERSION", card("NOTE:A"), strings.Replace(card("NOTE:A"), "3.0", "4.0", 1), weak)
	check(t, "a converter drops MAILER", card("MAILER:x"), strings.Replace(card("NOTE:"), "3.0", "4.0", 1), weak)
	check(t, "a person drops MAILER", card("MAILER:x"), card("NOTE:"), strong)
	zoneA, zoneB := strings.Replace(outlook, "%s", "+0100", 1), strings.Replace(outlook, "%s", "+0300", 1)
	check(t, "a definition of its own", calendar(zoneA), calendar(zoneB), strong)
}

// Parity T8: a tool that sorts lines takes these for equal.
func TestT8SwappedSummariesAreStrong(t *testing.T) {
	t.Parallel()
	series := func(a, b string) string {
		return calendar("BEGIN:VEVENT | UID:e | DTSTART:20260302T100000Z | RRULE:FREQ=DAILY | SUMMARY:" + a + " | END:VEVENT | " +
			"BEGIN:VEVENT | UID:e | RECURRENCE-ID:20260303T100000Z | DTSTART:20260303T100000Z | SUMMARY:" + b + " | END:VEVENT")
	}
	check(t, "swapped", series("One", "Two"), series("Two", "One"), strong)
	got := merge.Diff(item.Parse([]byte(series("One", "Two"))), item.Parse([]byte(series("Two", "One"))))
	if len(got) != 2 || got[0].Slot != "summary" || got[1].Slot != "occurrence 20260303 summary" || got[1].New != "One" {
		t.Errorf("Diff: %q", got)
	}
}

// Time zones are compared by what they mean for the item, not by their definition (merge.md 5.5).
func TestTimeZones(t *testing.T) {
	t.Parallel()
	zoned := func(tzid, offset, extra string) string {
		return calendar("BEGIN:VTIMEZONE | TZID:" + tzid + extra + " | BEGIN:STANDARD | DTSTART:16010101T000000 | TZOFFSETFROM:+0200 | " +
			"TZOFFSETTO:" + offset + " | END:STANDARD | END:VTIMEZONE | BEGIN:VEVENT | UID:e | DTSTART;TZID=" + tzid +
			":20260302T100000 | RRULE:FREQ=DAILY | END:VEVENT")
	}
	bare := func(tzid string) string {
		return calendar("BEGIN:VEVENT | UID:e | DTSTART;TZID=" + tzid + ":20260302T100000 | RRULE:FREQ=DAILY | END:VEVENT")
	}
	for _, test := range []struct {
		name, a, b string
		want       merge.Strength
	}{
		{"a known zone needs no definition", zoned("Europe/Berlin", "+0100", ""), bare("Europe/Berlin"), none},
		{"another name of its own", zoned("Europe/Berlin", "+0100", " | TZURL:x | X-FOO:1"), zoned("Europe/Berlin", "+0100", ""), none},
		{"an alias by hint", zoned("Mine", "+0100", " | X-LIC-LOCATION:Europe/Berlin"), bare("Europe/Berlin"), weak},
		{"an alias whose definition says otherwise is none", zoned("Mine", "+0500", " | X-LIC-LOCATION:Europe/Berlin"), bare("Europe/Berlin"), strong},
		{"neither is a name", zoned("W. Europe Standard Time", "+0500", ""), bare("Europe/Berlin"), strong},
		{"its own rules count", zoned("Customized Time Zone", "+0100", ""), zoned("Customized Time Zone", "+0300", ""), strong},
		{"its own rules are the same", zoned("Customized Time Zone", "+0100", ""), zoned("Customized Time Zone", "+0100", " | COMMENT:x"), none},
		{"its own rules under another name", zoned("Mine", "+0100", ""), zoned("Yours", "+0100", ""), weak},
		{"a zone nobody knows, lost", zoned("Mine", "+0100", ""), bare("Mine"), strong},
		{"the zone of this machine is nobody's", bare("Local"), bare("UTC"), strong},
	} {
		check(t, test.name, test.a, test.b, test.want)
	}
}
