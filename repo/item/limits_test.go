package item_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"vgit/repo/item"
)

// S11: reading is linear. There is no clock in this test: with anything quadratic in one of these it takes minutes.
func TestS11LinearTime(t *testing.T) {
	t.Parallel()
	var properties, parameters strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&properties, "X-%d;A=1:x\r\n", i)
		fmt.Fprintf(&parameters, ";P%d=x", i)
	}
	event := func(lines string) string {
		return "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:e\r\n" + lines + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	}
	for name, body := range map[string]string{
		"a quoted parameter of 100 KB":    event(`X;A="` + strings.Repeat("a", 100_000) + `":x`),
		"quotes":                          event("X;A=" + strings.Repeat(`"`, 100_001) + ":x"),
		"commas":                          event(`X;A=` + strings.Repeat(`a,`, 100_000) + `":x`),
		"10,000 parameters":               event("X" + parameters.String() + ":x"),
		"a folded photo of 1 MB":          event("ATTACH;ENCODING=BASE64:" + strings.Repeat(strings.Repeat("A", 74)+"\r\n ", 14_000)),
		"folds of nothing":                event("X:" + strings.Repeat("\r\n ", 1_000_000)),
		"10,000 properties":               event(properties.String()),
		"200,000 nested components":       strings.Repeat("BEGIN:VEVENT\r\n", 200_000),
		"END without BEGIN":               strings.Repeat("BEGIN:A\r\n", 60) + strings.Repeat("END:B\r\n", 200_000),
		"a million carriage returns":      strings.Repeat("\r", 1_000_000),
		"soft breaks of carriage returns": "NOTE;QUOTED-PRINTABLE:=" + strings.Repeat("\r", 1_000_000),
		"soft breaks":                     event("NOTE;QUOTED-PRINTABLE:" + strings.Repeat("=\r\n", 1_000_000)),
		"carriage returns and line feeds": strings.Repeat("\r\r\r\r\r\n", 200_000),
		"backslashes":                     event("SUMMARY:" + strings.Repeat(`\`, 1_000_000)),
		"semicolons":                      event("ORG:" + strings.Repeat(`;`, 1_000_000)),
		"NUL bytes":                       event("X:" + strings.Repeat("\x00a", 1_000_000)),
		"a line of 1 MB without a colon":  event(strings.Repeat("A", 1_000_000)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := []byte(body)
			it := item.Parse(raw)
			readAll(it.Tree())
			it.Summary()
			it.When()
			if !bytes.Equal(it.Tree().AppendTo(nil), raw) {
				t.Error("the tree does not give the bytes back")
			}
			item.Complete(raw)
			item.Damaged(raw)
			item.ForUpload(append([]byte("METHOD:x\n"), raw...))
		})
	}
}

func readAll(c *item.Component) {
	for l := range c.Leaves() {
		l.Params()
		item.Unescape(l.Value())
		item.Split(l.Value(), ',')
	}
	for inner := range c.Components() {
		readAll(inner)
	}
}

func BenchmarkParse(b *testing.B) {
	body := []byte(calendar("BEGIN:VEVENT | UID:e0@example.com | DTSTAMP:20260101T000000Z | SEQUENCE:1 | " +
		"DTSTART;TZID=Europe/Berlin:20260302T100000 | DTEND;TZID=Europe/Berlin:20260302T110000 | SUMMARY:Planning | " +
		"ATTENDEE;CN=Bob;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:bob@example.com | END:VEVENT"))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		item.Parse(body).State()
	}
}
