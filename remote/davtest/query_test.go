package davtest

import (
	"strings"
	"testing"
)

// matched are the names that a query finds, without their extension.
func matched(b *box, path, body string) string {
	b.t.Helper()
	var names []string
	for _, href := range b.want(207, "REPORT", path, body, "Depth: 1").read(b.t).hrefs() {
		names = append(names, strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(href, path), ".ics"), ".vcf"))
	}
	return strings.Join(names, " ")
}

func TestCalendarQuery(t *testing.T) {
	within := func(kind, times string) string {
		return `<cal:comp-filter name="VCALENDAR"><cal:comp-filter name="` + kind + `"><cal:time-range ` + times + `/></cal:comp-filter></cal:comp-filter>`
	}
	match := func(prop, attrs, text string) string {
		return `<cal:comp-filter name="VCALENDAR"><cal:comp-filter name="VEVENT"><cal:prop-filter name="` + prop + `"><cal:text-match ` + attrs + `>` + text +
			`</cal:text-match></cal:prop-filter></cal:comp-filter></cal:comp-filter>`
	}
	alarm := func(times string) string {
		return `<cal:comp-filter name="VCALENDAR"><cal:comp-filter name="VEVENT"><cal:comp-filter name="VALARM"><cal:time-range ` + times +
			`/></cal:comp-filter></cal:comp-filter></cal:comp-filter>`
	}
	march := `start="20260301T000000Z" end="20260401T000000Z"`
	for _, tc := range []struct{ name, filter, want string }{
		{"everything", `<cal:comp-filter name="VCALENDAR"/>`, "allday berlin duration event rule ruled-out todo-late todo until"},
		{"events", `<cal:comp-filter name="VCALENDAR"><cal:comp-filter name="VEVENT"/></cal:comp-filter>`, "allday berlin duration event rule ruled-out until"},
		{"tasks", `<cal:comp-filter name="VCALENDAR"><cal:comp-filter name="VTODO"/></cal:comp-filter>`, "todo-late todo"},
		{"no tasks", `<cal:comp-filter name="VCALENDAR"><cal:comp-filter name="VTODO"><cal:is-not-defined/></cal:comp-filter></cal:comp-filter>`,
			"allday berlin duration event rule ruled-out until"},
		{"march", within("VEVENT", march), "allday berlin duration event rule"},
		{"an hour", within("VEVENT", `start="20260302T090000Z" end="20260302T091000Z"`), "event rule"},
		{"just before", within("VEVENT", `start="20260302T080000Z" end="20260302T090000Z"`), "rule"},
		{"just after", within("VEVENT", `start="20260302T100000Z" end="20260302T101000Z"`), "rule"},
		{"from then on", within("VEVENT", `start="20260315T000000Z"`), "berlin duration rule"},
		{"up to then", within("VEVENT", `end="20260101T000000Z"`), "rule ruled-out until"},
		{"the zone counts", within("VEVENT", `start="20260320T083000Z" end="20260320T085900Z"`), "berlin rule"},
		{"tasks due", within("VTODO", march), "todo"},
		{"UID", `<cal:comp-filter name="VCALENDAR"><cal:comp-filter name="VEVENT"><cal:prop-filter name="UID"><cal:text-match>BERL</cal:text-match></cal:prop-filter></cal:comp-filter></cal:comp-filter>`, "berlin"},
		{"not the UID", `<cal:comp-filter name="VCALENDAR"><cal:comp-filter name="VTODO"><cal:prop-filter name="UID"><cal:text-match negate-condition="yes">late</cal:text-match></cal:prop-filter></cal:comp-filter></cal:comp-filter>`, "todo"},
		{"case counts", match("UID", `collation="i;octet"`, "Berl"), ""},
		{"case counts, and is right", match("UID", `collation="i;octet"`, "berl"), "berlin"},
		{"letters of ASCII are folded", match("SUMMARY", "", "KäSE"), "allday berlin duration event rule ruled-out until"},
		{"no others are", match("SUMMARY", "", "KÄSE"), ""},
		{"others are if asked", match("SUMMARY", `collation="i;unicode-casemap"`, "KÄSE"), "allday berlin duration event rule ruled-out until"},
		{"alarm at its time", alarm(`start="20260302T084000Z" end="20260302T085000Z"`), "event"},
		{"alarm before its time", alarm(`start="20260302T083000Z" end="20260302T084000Z"`), ""},
		{"alarm after its time", alarm(`start="20260302T090000Z" end="20260302T091500Z"`), ""},
		{"alarm again", alarm(`start="20260302T091500Z" end="20260302T100000Z"`), "event"},
		{"alarm at a time of its own", alarm(`start="20260101T000000Z" end="20260101T120000Z"`), "rule"},
		{"alarm from the end on", alarm(`start="20260401T010000Z" end="20260401T020000Z"`), ""},
		{"alarm at the end", alarm(`start="20260402T010000Z" end="20260402T013000Z"`), "duration"},
		{"without", `<cal:comp-filter name="VCALENDAR"><cal:comp-filter name="VEVENT"><cal:prop-filter name="RRULE"><cal:is-not-defined/></cal:prop-filter></cal:comp-filter></cal:comp-filter>`, "allday berlin duration event"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := start(t)
			base := event("", "Käse")
			put := func(uid, start, end string, more ...string) {
				body := strings.Replace(base, "UID:", "UID:"+uid, 1)
				body = strings.Replace(body, "DTSTART:20260302T090000Z\r\nDTEND:20260302T100000Z", strings.Join(append([]string{start, end}, more...), "\r\n"), 1)
				b.cal.Put(uid+".ics", []byte(strings.ReplaceAll(body, "\r\n\r\n", "\r\n")))
			}
			put("event", "DTSTART:20260302T090000Z", "DTEND:20260302T100000Z", "BEGIN:VALARM", "TRIGGER:-PT15M", "REPEAT:1", "DURATION:PT45M", "END:VALARM")
			put("allday", "DTSTART;VALUE=DATE:20260310", "")
			put("berlin", "DTSTART;TZID=Europe/Berlin:20260320T093000", "DTEND;TZID=Europe/Berlin:20260320T100000")
			put("duration", "DTSTART:20260331T230000Z", "DURATION:P1DT2H", "BEGIN:VALARM", "TRIGGER;RELATED=END:PT0S", "END:VALARM")
			put("rule", "DTSTART:20200101T090000Z", "DTEND:20200101T100000Z", "RRULE:FREQ=MONTHLY", "BEGIN:VALARM",
				"TRIGGER;VALUE=DATE-TIME:20260101T100000Z", "END:VALARM")
			put("until", "DTSTART:20200101T090000Z", "DTEND:20200101T100000Z", "RRULE:FREQ=DAILY;UNTIL=20200201T000000Z")
			put("ruled-out", "DTSTART;VALUE=DATE:20190101", "", "RRULE:FREQ=YEARLY;UNTIL=20210101")
			todo := func(uid, due string) {
				b.cal.Put(uid+".ics", []byte("BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:"+uid+"\r\nDUE:"+due+"\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"))
			}
			todo("todo", "20260315T120000Z")
			todo("todo-late", "20261231T120000Z")
			body := `<cal:calendar-query` + declarations + `><d:prop><d:getetag/><cal:calendar-data/></d:prop><cal:filter>` + tc.filter + `</cal:filter></cal:calendar-query>`
			equal(t, "found", matched(b, calPath, body), tc.want)
		})
	}
}

func TestAddressbookQuery(t *testing.T) {
	match := func(prop, kind, text string) string {
		return `<card:prop-filter name="` + prop + `"><card:text-match match-type="` + kind + `">` + text + `</card:text-match></card:prop-filter>`
	}
	for _, tc := range []struct{ name, test, filter, more, want string }{
		{"all", "anyof", "", "", "ada bob cid"},
		{"contains", "anyof", match("FN", "contains", "DA"), "", "ada"},
		{"equals", "anyof", match("FN", "equals", "bob"), "", "bob"},
		{"starts", "anyof", match("FN", "starts-with", "ci"), "", "cid"},
		{"ends", "anyof", match("FN", "ends-with", "b"), "", "bob"},
		{"any of", "anyof", match("FN", "equals", "ada") + match("EMAIL", "contains", "cid@"), "", "ada cid"},
		{"all of", "allof", match("FN", "equals", "cid") + match("EMAIL", "contains", "cid@"), "", "cid"},
		{"all of, none", "allof", match("FN", "equals", "ada") + match("EMAIL", "contains", "cid@"), "", ""},
		{"limit", "anyof", "", `<card:limit><card:nresults>2</card:nresults></card:limit>`, "ada bob "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := start(t)
			for _, n := range []string{"ada", "bob", "cid"} {
				b.card.Put(n+".vcf", []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:"+n+"\r\nFN:"+n+"\r\nitem1.EMAIL:"+n+"@example.org\r\nEND:VCARD\r\n"))
			}
			body := `<card:addressbook-query` + declarations + `><d:prop><d:getetag/><card:address-data/></d:prop><card:filter test="` + tc.test + `">` + tc.filter +
				`</card:filter>` + tc.more + `</card:addressbook-query>`
			equal(t, "found", matched(b, cardPath, body), tc.want)
		})
	}
}

// RFC 4791 7.5.1, RFC 6352 8.3: a collation that is not known is refused, and not taken for another.
func TestQueryRefusesUnknownCollations(t *testing.T) {
	b := start(t)
	for path, body := range map[string]string{
		calPath: `<cal:calendar-query` + declarations + `><cal:filter><cal:comp-filter name="VCALENDAR"><cal:comp-filter name="VEVENT"><cal:prop-filter name="UID">` +
			`<cal:text-match collation="i;klingon">x</cal:text-match></cal:prop-filter></cal:comp-filter></cal:comp-filter></cal:filter></cal:calendar-query>`,
		cardPath: `<card:addressbook-query` + declarations + `><card:filter><card:prop-filter name="FN"><card:text-match collation="i;klingon">x</card:text-match>` +
			`</card:prop-filter></card:filter></card:addressbook-query>`,
	} {
		if r := b.want(403, "REPORT", path, body, "Depth: 1"); !strings.Contains(r.body, ":supported-collation/>") {
			t.Errorf("%s: %s", path, r.body)
		}
	}
}

// RFC 4791 7.8, RFC 6352 8.6: without Depth 1 a query asks the collection itself, which is no item.
func TestQueryNeedsADepth(t *testing.T) {
	b := start(t)
	b.cal.Put("a.ics", []byte(event("a", "a")))
	b.card.Put("a.vcf", []byte(vcard("a", "3.0")))
	for path, body := range map[string]string{
		calPath:  `<cal:calendar-query` + declarations + `><d:prop><d:getetag/></d:prop><cal:filter><cal:comp-filter name="VCALENDAR"/></cal:filter></cal:calendar-query>`,
		cardPath: `<card:addressbook-query` + declarations + `><d:prop><d:getetag/></d:prop><card:filter/></card:addressbook-query>`,
	} {
		for depth, want := range map[string]int{"": 0, "0": 0, "1": 1, "infinity": 1} {
			if got := len(b.want(207, "REPORT", path, body, "Depth: "+depth).read(t).Responses); got != want {
				t.Errorf("%s with Depth %q: %d items, want %d", path, depth, got, want)
			}
		}
	}
}
