package merge_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vgit/merge"
	"vgit/repo/item"
)

// People, places, what an event counts as, reminders and texts (merge.md 9).
func TestEventsInWords(t *testing.T) {
	t.Parallel()
	bob := func(params string) string { return event("ATTENDEE;CN=Bob" + params + ":mailto:bob@example.com") }
	remind := func(lines string) string { return alarm("UID:a1 | ACTION:DISPLAY | " + lines) }
	tells(t, spring, []telling{
		{"title", event("SUMMARY:A"), event("SUMMARY:B"), `title "A" → "B"`},
		{"in order", event("SUMMARY:A | X-A:1 | CATEGORIES:x | LOCATION:R"), at("10-11", "SUMMARY:B | LOCATION:Q | CLASS:PRIVATE"),
			`now on Mon 2 Mar 10:00-11:00 Europe/Berlin | title "A" → "B" | place "R" → "Q" | visibility public → private | - category x | - x-a "1"`},
		{"place", event("SUMMARY:S | LOCATION:A"), event("SUMMARY:S"), `- place "A"`},
		{"position", event("SUMMARY:S"), event("SUMMARY:S | GEO:52.5;13.4"), "+ position 52.500000;13.400000"},
		{"a new attendee", event("SUMMARY:S"), event("SUMMARY:S | ATTENDEE;CN=Dee:mailto:dee@example.com"), "+ attendee Dee <dee@example.com>"},
		{"one less", bob(""), event("X-Y:"), "- attendee Bob <bob@example.com>"},
		{"a reply", bob(""), bob(";PARTSTAT=ACCEPTED"), "bob@example.com: needs action → accepted"},
		{"a reply and a role", bob(""), bob(";PARTSTAT=DECLINED;ROLE=CHAIR"), "bob@example.com: needs action → declined, + role chair"},
		{"another name", bob(""), event("ATTENDEE;CN=Rob:mailto:bob@example.com"), `bob@example.com: name "Bob" → "Rob"`},
		{"organizer", event("ORGANIZER;CN=Ann:mailto:ann@example.com"), event("ORGANIZER:mailto:bob@example.com"),
			"organizer Ann <ann@example.com> → bob@example.com"},
		{"status", event("STATUS:CONFIRMED"), event("STATUS:CANCELLED"), "status confirmed → cancelled"},
		{"free", event("SUMMARY:S"), event("SUMMARY:S | TRANSP:TRANSPARENT"), "shown as busy → free"},
		{"priority", event("SUMMARY:S | PRIORITY:5"), event("SUMMARY:S"), "priority 5 → none"},
		{"reminder", remind("TRIGGER:-PT15M"), remind("TRIGGER:-PT30M"), "reminder 15 min before → 30 min before"},
		{"a new reminder", remind("TRIGGER:-PT15M"), alarm("UID:a1 | ACTION:DISPLAY | TRIGGER:-PT15M | END:VALARM | BEGIN:VALARM | ACTION:EMAIL | TRIGGER:-P1D"),
			"+ reminder by mail 1 day before"},
		{"no reminder", remind("TRIGGER;RELATED=END:-PT1H"), event("X-Y:"), "- reminder 1 h before the end"},
		{"at a time", remind("TRIGGER:PT0S"), remind("TRIGGER;VALUE=DATE-TIME:20260302T084500Z"), "reminder at the start → at Mon 2 Mar 08:45 UTC"},
		{"its text", remind("TRIGGER:-PT15M | DESCRIPTION:A"), remind("TRIGGER:-PT15M | DESCRIPTION:B"), `reminder 15 min before: description "A" → "B"`},
		{"again and again", remind("TRIGGER:-PT15M"), remind("TRIGGER:-PT15M | REPEAT:2 | DURATION:PT5M"),
			"reminder 15 min before → 15 min before, again 2 times every 5 min"},
		{"a line of text", event("DESCRIPTION:A"), event("DESCRIPTION:B"), `description "A" → "B"`},
		{"lines of text", event(`DESCRIPTION:1\n2\n3`), event(`DESCRIPTION:1\nzwei\n3`), `description: - "2" | description: + "zwei"`},
		{"many lines", event(`DESCRIPTION:a\nb\nc\nd`), event(`DESCRIPTION:1\n2\n3\n4`),
			`description: - "a" | description: - "b" | description: - "c" | description: - "d" | description: + "1" | description: (+3 lines)`},
		{"a text of lines", event("SUMMARY:S"), event(`SUMMARY:S | DESCRIPTION:1\n2\n3`), `+ description "1" (+2 lines)`},
		{"renderings", event("DESCRIPTION:A | X-ALT-DESC;FMTTYPE=text/html:<b>A</b>"), event("DESCRIPTION:A | X-ALT-DESC;FMTTYPE=text/html:<i>A</i>"),
			"formatted text changed"},
		{"category", event("CATEGORIES:a"), event("CATEGORIES:a,vip"), "+ category vip"},
		{"attachment", event("ATTACH;FILENAME=a.txt;MANAGED-ID=1;ENCODING=BASE64;VALUE=BINARY:aGVsbG8="),
			event("ATTACH;FILENAME=a.txt;MANAGED-ID=1;ENCODING=BASE64;VALUE=BINARY:aGVsbG8hIQ=="), "attachment a.txt replaced (5 B → 7 B)"},
		{"relation", event("SUMMARY:S"), event("SUMMARY:S | RELATED-TO;RELTYPE=CHILD:p1"), "+ related to p1 (child)"},
		{"unknown", event("X-FOO;A=1:x"), event("X-FOO;A=2:x"), `x-foo "x": a "1" → "2"`},
		{"not readable any more", event("SUMMARY:S"), "junk", "not readable any more: holds neither a VCALENDAR nor a VCARD"},
		{"bookkeeping", event("SEQUENCE:1"), event("SEQUENCE:2"), ""},
		{"spelling", event("SUMMARY:S | CATEGORIES:a,b"), event("CATEGORIES:b | CATEGORIES:a | summary:S"), ""},
	})
	verbose := spring
	verbose.Verbose = true
	tells(t, verbose, []telling{{"bookkeeping", event("SEQUENCE:1"), event("SEQUENCE:2"), "bookkeeping: SEQUENCE 1 → 2"}})
}

func TestTasksInWords(t *testing.T) {
	t.Parallel()
	tells(t, spring, []telling{
		{"due", task("DUE;VALUE=DATE:20260310"), task("DUE;VALUE=DATE:20260312"), "due Tue 10 Mar → Thu 12 Mar"},
		{"due at another hour", task("DUE:20260310T100000Z"), task("DUE:20260310T120000Z"), "due 10:00 → 12:00 (Tue 10 Mar)"},
		{"due at all", task("SUMMARY:S"), task("SUMMARY:S | DUE:20260310T100000Z"), "now due Tue 10 Mar 10:00 UTC"},
		{"not due", task("SUMMARY:S | DUE;VALUE=DATE:20260310"), task("SUMMARY:S"), "not due at a time any more (was Tue 10 Mar)"},
		{"starts", task("DTSTART;VALUE=DATE:20260310"), task("DTSTART;VALUE=DATE:20260311"), "starts Tue 10 Mar → Wed 11 Mar"},
		{"done", task("PERCENT-COMPLETE:50"), task("STATUS:COMPLETED | PERCENT-COMPLETE:100 | COMPLETED:20260201T100000Z"), "done (was: 50 %)"},
		{"from nothing", task("STATUS:NEEDS-ACTION"), task("STATUS:COMPLETED"), "done"},
		{"undone", task("STATUS:COMPLETED"), task("STATUS:NEEDS-ACTION"), "not done any more"},
		{"half done", task("PERCENT-COMPLETE:20"), task("STATUS:IN-PROCESS | PERCENT-COMPLETE:50"), "50 % (was: 20 %)"},
		{"done at another time", task("STATUS:COMPLETED | COMPLETED:20260201T100000Z"), task("STATUS:COMPLETED | COMPLETED:20260202T100000Z"),
			`completed "20260201T100000Z" → "20260202T100000Z"`},
		{"vip", task("CATEGORIES:a"), task("CATEGORIES:a | CATEGORIES:vip"), "+ category vip"},
	})
}

func TestContactsInWords(t *testing.T) {
	t.Parallel()
	const blog = "item1.URL:https://example.org/sarah | item1.X-ABLABEL:"
	tells(t, spring, []telling{
		{"phone", card("NOTE:"), card("TEL;TYPE=CELL:+49 170 1"), "+ phone (cell) +49 170 1"},
		{"email", card("NOTE:"), card("EMAIL;TYPE=INTERNET,WORK:s.miller@acme.example"), "+ email (work) s.miller@acme.example"},
		{"number", card("TEL;TYPE=CELL:1"), card("TEL;TYPE=CELL:2"), "phone (cell) 1 → 2"},
		{"type", card("TEL;TYPE=CELL:1"), card("TEL;TYPE=HOME:1"), "phone 1: type cell → home"},
		{"preferred", card("TEL;TYPE=CELL:1 | TEL;TYPE=WORK:2"), card("TEL;TYPE=CELL,pref:1 | TEL;TYPE=WORK:2"), "phone (cell) now preferred"},
		{"another preferred", card("TEL;TYPE=CELL,pref:1 | TEL;TYPE=WORK:2"), card("TEL;TYPE=CELL:1 | TEL;TYPE=WORK,pref:2"),
			"phone (work) now preferred (was: 1)"},
		{"label", card(blog + "Blog"), card(blog + "Site"), `label "Blog" → "Site" on https://example.org/sarah`},
		{"a label of Apple's", card(blog + "_$!<HomePage>!$_"), card(blog + "Site"), `label "HomePage" → "Site" on https://example.org/sarah`},
		{"note", card("NOTE:Met in 2019"), card(`NOTE:Met in 2019\nBirthday card sent`), `note: + "Birthday card sent"`},
		{"address", card("ADR;TYPE=HOME:;;Main St 1;Berlin;;10115;Germany"), card("ADR;TYPE=HOME:;;Main St 2;Berlin;;10115;Germany"),
			`address (home) street "Main St 1" → "Main St 2"`},
		{"a new address", card("NOTE:"), card("ADR:;;Main St 1;Berlin;;10115;Germany"), `+ address "Main St 1, Berlin, 10115, Germany"`},
		{"units", card("ORG:Acme;R&D"), card("ORG:Acme;Sales"), `organization "Acme, R&D" → "Acme, Sales"`},
		{"birthday", card("BDAY:19850412"), card("BDAY:19850413"), "birthday 12 Apr 1985 → 13 Apr 1985"},
		{"photo", card("PHOTO;ENCODING=b;TYPE=JPEG:cGhvdG8gb25l"), card("PHOTO;ENCODING=b;TYPE=PNG:cGhvdG8gdHdvIQ=="),
			"photo replaced (JPEG 9 B → PNG 10 B)"},
		{"big photo", card("NOTE:"), card("PHOTO;ENCODING=b;TYPE=JPEG:" + strings.Repeat("AAAA", 4000)), "+ photo JPEG 12 KB"},
		{"a part of the name", card("N:Miller;Sarah;;;"), card("N:Miller;Sarah;Ann;;"), `+ additional name "Ann"`},
	})
	renamed := func(n, fn string) string {
		return crlf("BEGIN:VCARD | VERSION:3.0 | UID:c0 | N:" + n + " | FN:" + fn + " | END:VCARD")
	}
	for _, c := range []struct{ a, b, title, lines string }{
		{renamed("Miller;Sarah;;;", "Sarah Miller"), renamed("Millers;Sarah;;;", "Sarah Millers"), "contact Sarah Miller → Sarah Millers", ""},
		{renamed("Miller;Sarah;;;", "Sarah Miller"), renamed("Miller;Sarah;;;", "Sally M."), "contact Sarah Miller → Sally M.", ""},
		{renamed("Miller;Sarah;;;", "Sarah Miller"), renamed("Koch;Sarah;;;", "Sally M."), "contact Sarah Miller → Sally M.", `family name "Miller" → "Koch"`},
	} {
		told := spring.Tell(item.Parse([]byte(c.a)), item.Parse([]byte(c.b)))
		if told.String() != c.title || strings.Join(told.Lines, " | ") != c.lines {
			t.Errorf("got %s | %s, want %s | %s", told, strings.Join(told.Lines, " | "), c.title, c.lines)
		}
	}
}

// What came or went is one line.
func TestTitlesInWords(t *testing.T) {
	t.Parallel()
	parse := func(s string) *item.Item {
		if s == "" {
			return nil
		}
		return item.Parse([]byte(s))
	}
	for _, c := range []struct{ a, b, want string }{
		{"", at("10-11", "SUMMARY:Dentist"), "+event Dentist, Mon 2 Mar 10:00-11:00"},
		{at("10-11", "SUMMARY:Dentist"), "", "-event Dentist, Mon 2 Mar 10:00-11:00"},
		{at("10-11", "SUMMARY:Dentist"), at("11-12", "SUMMARY:Dentist"), "~event Dentist (Mon 2 Mar 10:00)"},
		{"", task("SUMMARY:Buy paint | DUE;VALUE=DATE:20260310"), "+todo Buy paint, due Tue 10 Mar"},
		{task("SUMMARY:Buy paint | DUE;VALUE=DATE:20260310"), task("SUMMARY:Buy paint | DUE;VALUE=DATE:20260311"), "~todo Buy paint"},
		{"", card("NOTE:x"), "+contact Sarah Miller"},
		{"", card("KIND:group"), "+group Sarah Miller"},
		{"", "junk", "+item"},
		{"", event("DTSTART:20260302T100000Z"), "+event, Mon 2 Mar 10:00 UTC"},
	} {
		told := spring.Tell(parse(c.a), parse(c.b))
		if got := string(told.Sign) + told.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	if told := spring.Tell(nil, nil); told.Sign != 0 {
		t.Errorf("nothing: %v", told)
	}
}

// The three values of a conflict, each in words (M14).
func TestConflictsInWords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("all the same ", 20)
	for _, c := range []struct {
		conflict            merge.Conflict
		base, local, remote string
	}{
		{merge.Conflict{Slot: "time", Base: "20260303T100000 Europe/Berlin 20260303T110000 Europe/Berlin", Local: "20260303T140000 Europe/Berlin P0D3600S",
			Remote: "20260304 20260305"}, "Tue 3 Mar 10:00-11:00 Europe/Berlin", "Tue 3 Mar 14:00-15:00 Europe/Berlin", "Wed 4 Mar (all day)"},
		{merge.Conflict{Slot: "occurrence 20260309 time", Local: "20260303T100000Z", Remote: "20260303T100000 W. Europe Standard Time"},
			"(none)", "Tue 3 Mar 10:00 UTC", "Tue 3 Mar 10:00 W. Europe Standard Time"},
		{merge.Conflict{Slot: "rule", Base: "FREQ=DAILY", Local: "COUNT=2;FREQ=DAILY", Remote: "X"}, "daily", "daily 2 times", "X"},
		{merge.Conflict{Slot: "series", Base: "20260303T100000Z 20260303T110000Z; FREQ=DAILY", Local: "20260303T120000Z 20260303T130000Z; FREQ=DAILY", Remote: "COUNT=2;FREQ=DAILY"},
			"Tue 3 Mar 10:00-11:00 UTC; daily", "Tue 3 Mar 12:00-13:00 UTC; daily", "daily 2 times"},
		{merge.Conflict{Slot: "done", Base: "", Local: "COMPLETED 100 20260201T100000Z", Remote: "IN-PROCESS 50"}, "(none)", "done", "50 %"},
		{merge.Conflict{Slot: "occurrence 20260309", Local: "excluded", Remote: "Planning"}, "as the series", "cancelled", `"Planning"`},
		{merge.Conflict{Slot: "alarm a1 trigger", Base: "DISPLAY P0D-900S", Local: "", Remote: "EMAIL P-1D0S"}, "15 min before", "(none)", "by mail 1 day before"},
		{merge.Conflict{Slot: "attendee bob@example.com", Base: "partstat=NEEDS-ACTION", Local: "partstat=ACCEPTED", Remote: "partstat=DECLINED cn=Bob B"},
			"needs action", "accepted", "declined, name Bob B"},
		{merge.Conflict{Slot: "item", Base: "Planning", Local: "", Remote: "B"}, `"Planning"`, "(deleted)", `"B"`},
		{merge.Conflict{Slot: "description", Base: long + "x", Local: long + "y", Remote: ""}, `"…e all the same x"`, `"…e all the same y"`, "(none)"},
		{merge.Conflict{Slot: "tel 1", Base: "1", Local: "2", Remote: "3"}, "1", "2", "3"},
		{merge.Conflict{Slot: "status", Base: "CONFIRMED", Local: "TENTATIVE", Remote: "CANCELLED"}, "confirmed", "tentative", "cancelled"},
	} {
		base, local, remote := spring.Sides(c.conflict)
		if base != c.base || local != c.local || remote != c.remote {
			t.Errorf("%s: got %s | %s | %s, want %s | %s | %s", c.conflict.Slot, base, local, remote, c.base, c.local, c.remote)
		}
	}
}

// Diff for programs: which component, which slot, and what was done.
func TestDetails(t *testing.T) {
	t.Parallel()
	series := func(lines string) string { return timed("RRULE:FREQ=WEEKLY | SUMMARY:A" + lines) }
	override := " | END:VEVENT | BEGIN:VEVENT | UID:e0@example.com | RECURRENCE-ID;TZID=Europe/Berlin:20260309T100000 | SUMMARY:"
	parse := func(s string) *item.Item { return item.Parse([]byte(s)) }
	one := func(component, recurrence, slot, op, old, new, strength string) []merge.Detail {
		return []merge.Detail{{UID: "e0@example.com", Component: component, RecurrenceID: recurrence, Slot: slot, Op: op, Old: old, New: new, Strength: strength}}
	}
	for _, c := range []struct {
		name string
		a, b *item.Item
		want []merge.Detail
	}{
		{"changed", parse(event("SUMMARY:A")), parse(event("SUMMARY:B")), one("VEVENT", "", "summary", "change", "A", "B", "strong")},
		{"added", parse(event("SUMMARY:A")), parse(event("SUMMARY:A | LOCATION:R")), one("VEVENT", "", "place", "add", "", "R", "strong")},
		{"removed", parse(event("SUMMARY:A | CATEGORIES:x")), parse(event("SUMMARY:A")), one("VEVENT", "", "categories", "remove", "x", "", "strong")},
		{"bookkeeping", parse(event("SEQUENCE:1")), parse(event("SEQUENCE:2")), one("VEVENT", "", "sequence", "change", "1", "2", "bookkeeping")},
		{"an occurrence", parse(series(override + "B")), parse(series(override + "C")),
			one("VEVENT", "20260309", "occurrence 20260309 summary", "change", "B", "C", "strong")},
		{"an alarm", parse(event("X-Y:")), parse(alarm("ACTION:DISPLAY | TRIGGER:-PT5M")), one("VALARM", "", "alarm", "add", "", "DISPLAY P0D-300S", "strong")},
		{"new", nil, parse(event("SUMMARY:A")), one("VEVENT", "", "item", "add", "", "A", "strong")},
		{"gone", parse(event("SUMMARY:A")), nil, one("VEVENT", "", "item", "remove", "A", "", "strong")},
		{"the same", parse(event("SUMMARY:A")), parse(event("SUMMARY:A")), []merge.Detail{}},
	} {
		if diff := cmp.Diff(c.want, merge.Details(c.a, c.b)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
