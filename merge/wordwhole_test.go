package merge_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/repo/item"
)

// A whole item, for git to compare line by line.
func TestWholeItems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, body, want string }{
		{"a series", event("DTSTART;TZID=Europe/Berlin:20260302T100000 | DURATION:PT1H | RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO | SUMMARY:Planning | " +
			`EXDATE;TZID=Europe/Berlin:20260309T100000 | SEQUENCE:4 | DESCRIPTION:1\n2 | CATEGORIES:b,a | ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED:mailto:bob@example.com | ` +
			"BEGIN:VALARM | ACTION:DISPLAY | TRIGGER:-PT15M | END:VALARM | END:VEVENT | BEGIN:VEVENT | UID:e0@example.com | " +
			"RECURRENCE-ID;TZID=Europe/Berlin:20260316T100000 | DTSTART;TZID=Europe/Berlin:20260316T120000 | DURATION:PT1H | SUMMARY:Special"), `event Planning
  when: Mon 2 Mar 2026 10:00-11:00 Europe/Berlin
  repeats: weekly on Mon 3 times
  title: Planning
  attendee: bob@example.com (name Bob, reply accepted)
  reminder: 15 min before
  description: 1
    | 2
  UID: e0@example.com
  category: a
  category: b
  occurrence on 2026-03-16
    when: Mon 16 Mar 2026 12:00-13:00 Europe/Berlin
    title: Special
    UID: e0@example.com
  occurrence on 2026-03-09: cancelled
  version: 2.0`},
		{"a card", card("N:Miller;Sarah;;; | TEL;TYPE=CELL,pref:1 | item1.URL:https://example.org/ | item1.X-ABLABEL:Blog | ORG:Acme;R&D | BDAY:19850412 | " +
			"PHOTO;ENCODING=b;TYPE=JPEG:cGhvdG8gb25l | REV:20260101T000000Z"), `contact Sarah Miller
  family name: Miller
  given name: Sarah
  shown name: Sarah Miller
  UID: c0
  birthday: 12 Apr 1985
  link: https://example.org/ (label Blog)
  organization: Acme, R&D
  phone: 1 (preferred) (type cell)
  photo: JPEG 9 B sha256 23f3cc85d36c
  version: 3.0`},
		{"not readable", "BEGIN:VCALENDAR\r\njunk", "BEGIN:VCALENDAR\njunk"},
	} {
		if got := strings.Join(merge.Wording{}.Whole(item.Parse([]byte(c.body))), "\n"); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// What differs in substance differs in words, and what does not is the same however it is written: else git diff would lie.
func TestWholeItemsDifferAsItemsDo(t *testing.T) {
	items := corpus(t)
	var paths []string
	for _, path := range slices.Sorted(maps.Keys(items)) {
		if it := items[path]; it.State() == item.Sound && len(it.Bytes()) < 64<<10 {
			paths = append(paths, path)
		}
	}
	whole := func(it *item.Item) string { return strings.Join(merge.Wording{}.Whole(it), "\n") }
	checkLaws(t, func(rt *rapid.T) {
		path := rapid.SampledFrom(paths).Draw(rt, "file")
		it := items[path]
		other := string(items[rapid.SampledFrom(paths).Draw(rt, "other file")].Bytes())
		changed := item.Parse([]byte(edited(rt, string(it.Bytes()), other)))
		if merge.Compare(it, changed) == merge.Strong && whole(it) == whole(changed) {
			rt.Errorf("%s: not to be seen: %q\n%s", path, merge.Diff(it, changed), whole(it))
		}
		respelt := item.Parse(newRespeller(rapid.Uint64().Draw(rt, "seed")).respell(it))
		if merge.Equal(it, respelt) && whole(it) != whole(respelt) {
			rt.Errorf("%s: another spelling, and (-now +respelt):\n%s", path, cmp.Diff(merge.Wording{}.Whole(it), merge.Wording{}.Whole(respelt)))
		}
	})
}
