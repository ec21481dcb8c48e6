package merge_test

import (
	"strings"
	"testing"
	"time"

	"vgit/merge"
	"vgit/repo/item"
)

// TestSupersede: what puts an older state back is later than all that it replaces by every clock that it has, and else the same.
func TestSupersede(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	event := func(lines string) *item.Item {
		return item.Parse([]byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:e\r\n" + strings.ReplaceAll(lines, "|", "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
	}
	card := func(lines string) *item.Item {
		return item.Parse([]byte("BEGIN:VCARD\r\n" + strings.ReplaceAll(lines, "|", "\r\n") + "\r\nFN:Ada\r\nN:;Ada;;;\r\nUID:c\r\nEND:VCARD\r\n"))
	}
	for _, c := range []struct {
		name string
		it   *item.Item
		over []*item.Item
		want string
	}{
		{"numbered", event("SUMMARY:A|SEQUENCE:1"), []*item.Item{event("SUMMARY:B|SEQUENCE:4"), event("SUMMARY:C|SEQUENCE:2")}, "SUMMARY:A|SEQUENCE:5|LAST-MODIFIED:20261128T120000Z"},
		{"nothing known of it", event("SUMMARY:A"), nil, "SUMMARY:A|SEQUENCE:1|LAST-MODIFIED:20261128T120000Z"},
		{"clocks", event("DTSTAMP:20260101T000000Z|LAST-MODIFIED:20260101T000000Z|SUMMARY:A"), []*item.Item{event("SUMMARY:B|LAST-MODIFIED:20270101T000000Z")},
			"DTSTAMP:20261128T120000Z|LAST-MODIFIED:20270101T000001Z|SUMMARY:A|SEQUENCE:1"},
		{"somebody else's meeting", event("SUMMARY:A|ORGANIZER:mailto:boss@x|SEQUENCE:3|DTSTAMP:20260101T000000Z"), []*item.Item{event("SEQUENCE:3")},
			"SUMMARY:A|ORGANIZER:mailto:boss@x|SEQUENCE:3|DTSTAMP:20260101T000000Z|LAST-MODIFIED:20261128T120000Z"},
		{"my meeting, changed", event("SUMMARY:A|ORGANIZER:mailto:Me@X|SEQUENCE:3"), []*item.Item{event("SEQUENCE:3")},
			"SUMMARY:A|ORGANIZER:mailto:Me@X|SEQUENCE:3|LAST-MODIFIED:20261128T120000Z"},
		{"a card without a clock", card("VERSION:4.0"), nil, "REV:20261128T120000Z"},
		{"a card", card("VERSION:3.0|REV:2026-01-01T00:00:00Z"), []*item.Item{card("VERSION:3.0|REV:20270101T000000Z")}, "VERSION:3.0|REV:2027-01-01T00:00:01Z"},
	} {
		got := string(merge.Supersede(c.it, c.over, at, []string{"me@x"}))
		want := strings.ReplaceAll(c.want, "|", "\r\n")
		if !strings.Contains(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, want)
		}
		if merge.Compare(c.it, item.Parse([]byte(got))) == merge.Strong {
			t.Errorf("%s: it is another item", c.name)
		}
	}
	series := item.Parse([]byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTODO\r\nUID:e\r\nSEQUENCE:2\r\nRRULE:FREQ=DAILY\r\nEND:VTODO\r\nBEGIN:VTODO\r\nUID:e\r\nRECURRENCE-ID:20260302T100000Z\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"))
	if got := string(merge.Supersede(series, nil, at, nil)); strings.Count(got, "SEQUENCE:3\r\n") != 2 {
		t.Errorf("not every part of a series is numbered:\n%s", got)
	}
	broken := item.Parse([]byte("BEGIN:VCALENDAR\r\n"))
	if got := merge.Supersede(broken, nil, at, nil); string(got) != string(broken.Bytes()) {
		t.Errorf("what cannot be read became %q", got)
	}
}

// FuzzSupersede: of no item does it make another one, and what is put back twice is later each time.
func FuzzSupersede(f *testing.F) {
	f.Add([]byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:e\r\nSEQUENCE:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
	f.Add([]byte("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nUID:c\r\nEND:VCARD\r\n"))
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, b []byte) {
		it := item.Parse(b)
		once := item.Parse(merge.Supersede(it, nil, at, nil))
		if it.State() == item.Sound && (once.State() != item.Sound || merge.Compare(it, once) == merge.Strong) {
			t.Fatalf("%q became %q", b, once.Bytes())
		}
	})
}
