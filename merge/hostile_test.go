package merge_test

import (
	"fmt"
	"strings"
	"testing"

	"vgit/merge"
	"vgit/repo/cost"
	"vgit/repo/item"
)

// S11: what a hostile server may send is compared in a time that grows with its size and not with its square. There is no clock
// in this test; with four times as many lines it takes four times as long.
func TestS11HostileItems(t *testing.T) {
	t.Parallel()
	for name, body := range hostile(20_000) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			other := strings.Replace(body, "END:", "X-FOO:1\r\nEND:", 1)
			if got := merge.Compare(item.Parse([]byte(body)), item.Parse([]byte(other))); got != merge.Strong {
				t.Errorf("an X-FOO more: %v", got)
			}
			unix := item.Parse([]byte(strings.ReplaceAll(body, "\r\n", "\n")))
			if got := merge.Compare(item.Parse([]byte(body)), unix); got != merge.None {
				t.Errorf("another line end: %v", got)
			}
		})
	}
}

// The same for merging, where the square is bounded instead: half of it changed on one side, the other half on the other (M13).
func TestS11HostileMerges(t *testing.T) {
	t.Parallel()
	for name, body := range hostile(2_000) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			half := len(body) / 2
			ours := strings.ReplaceAll(body[:half], "1", "7") + body[half:]
			theirs := body[:half] + strings.ReplaceAll(body[half:], "1", "8")
			for _, base := range []string{body, event("SUMMARY:A"), ""} {
				v := merge.Versions{L0: parsed(base), L1: parsed(ours), R0: parsed(base), R1: parsed(theirs)}
				r := merge.Reconcile(v, merge.Context{})
				if v.L1.State() == item.Sound && v.R1.State() == item.Sound && item.Parse(r.Local).State() != item.Sound {
					t.Errorf("what was merged is %s", item.Parse(r.Local).Problem())
				}
			}
		})
	}
}

func hostile(many int) map[string]string {
	lines := func(format string) string {
		var b strings.Builder
		for i := range many {
			fmt.Fprintf(&b, format+"\r\n", i)
		}
		return b.String()
	}
	list := strings.TrimSuffix(strings.ReplaceAll(lines("%d"), "\r\n", ","), ",")
	return map[string]string{
		"one name":        event(lines("COMMENT:%d")),
		"one group":       event(lines("DESCRIPTION:%d")),
		"many names":      event(lines("X-%d:1")),
		"many parameters": event("SUMMARY" + strings.ReplaceAll(lines(";A%d=1"), "\r\n", "")[:5*many] + ":A"),
		"many zones":      event(lines("EXDATE;TZID=No/%d:20260302T100000")),
		"many exceptions": event("EXDATE:" + list),
		"many rules":      event("DTSTART:20260302T100000Z\r\n" + lines("RRULE:FREQ=DAILY;COUNT=%d")),
		"a long rule":     event("RRULE:FREQ=DAILY;BYDAY=" + list),
		"categories":      event("CATEGORIES:" + list),
		"starts":          event(lines("DTSTART:%d")),
		"alarms":          event(lines("BEGIN:VALARM\r\nTRIGGER:PT%dS\r\nEND:VALARM")),
		"rooms":           event(lines("BEGIN:VLOCATION\r\nNAME:%d\r\nEND:VLOCATION")),
		"addresses":       card(lines("ADR;TYPE=A%d:;;X;;;") + lines("LABEL;TYPE=A%d:X")),
		"one group, card": card(lines("item1.TEL:%d") + lines("item1.X-ABLABEL:%d")),
		"many labels":     card("item1.TEL:1\r\n" + lines("item1.X-AB%d:1")),
		"a long name":     card("N:" + strings.ReplaceAll(list, ",", ";")),
		"phones":          card(lines("TEL:%d")),
		"overrides":       event(lines("RECURRENCE-ID:20260302T100000Z\r\nSUMMARY:%d\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:e0@example.com")),
	}
}

// M13: what is large in one way or another is merged at a cost that grows with its size.
func TestHostileMerges(t *testing.T) {
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format+"\r\n", i)
		}
		return b.String()
	}
	for name, body := range map[string]string{
		"a photo of a megabyte":       card("PHOTO;ENCODING=b:" + strings.Repeat("QUJD", 1<<18)),
		"a parameter of 100 KB":       event("ATTENDEE;CN=\"" + strings.Repeat("a", 100_000) + "\":mailto:a@x.example"),
		"10,000 properties":           event(many(10_000, "X-%d:1")),
		"10,000 of one name":          event(many(10_000, "COMMENT:%d")),
		"10,000 categories":           event("CATEGORIES:" + strings.ReplaceAll(many(10_000, "c%d"), "\r\n", ",")),
		"10,000 numbers":              card(many(10_000, "TEL:%d")),
		"1,000 overrides":             event(many(1_000, "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:e0@example.com\r\nRECURRENCE-ID:20260302T10%04dZ\r\nSUMMARY:x")),
		"a text of 10,000 lines":      event("DESCRIPTION:" + strings.Repeat(`a\n`, 10_000)),
		"64 components in each other": event(strings.Repeat("BEGIN:X-A\r\n", 60) + strings.Repeat("END:X-A\r\n", 60)),
	} {
		end := strings.LastIndex(body, "END:V")
		if strings.Contains(body, "VEVENT") {
			end = strings.LastIndex(body, "END:VEVENT")
		}
		with := func(line string) *item.Item { return item.Parse([]byte(body[:end] + line + "\r\n" + body[end:])) }
		base := item.Parse([]byte(body))
		cost.Linear(t, 4*len(body), 8<<20, 3_000, func() {
			r := merge.Reconcile(merge.Versions{L0: base, L1: with("X-OURS:1"), R0: base, R1: with("X-THEIRS:1")}, merge.Context{})
			tooMany := len(r.Conflicts) == 1 && r.Conflicts[0].Slot == "item" && r.Conflicts[0].Reason != ""
			if base.State() == item.Sound && r.Send != merge.Put && !tooMany {
				t.Errorf("%s: %v", name, r.Conflicts)
			}
		})
	}
}
