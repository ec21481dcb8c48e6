package merge_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/repo/item"
)

// followed tells of each slot of b where it is in a.
func followed(a, b string) string {
	old, new := item.Parse([]byte(a)), item.Parse([]byte(b))
	had, has := spring.Slots(old), spring.Slots(new)
	found := merge.SameSlots(old, new)
	var lines []string
	for _, i := range merge.SortSlots(has) {
		if has[i].Bookkeeping {
			continue
		}
		line := strings.TrimSpace(has[i].Occurrence + " " + has[i].Noun + " " + has[i].Value)
		if j := found[i]; j < 0 {
			line = "+ " + line
		} else if had[j].Name != has[i].Name {
			line = "! " + had[j].Name + " " + line
		} else {
			line = "= " + line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestSlotsAreFollowed(t *testing.T) {
	t.Parallel()
	series := "DTSTART;TZID=Europe/Berlin:20260302T100000 | DURATION:PT1H | RRULE:FREQ=WEEKLY;BYDAY=MO | SUMMARY:S | "
	override := " | END:VEVENT | BEGIN:VEVENT | UID:e0@example.com | RECURRENCE-ID;TZID=Europe/Berlin:20260316T100000 | DTSTART;TZID=Europe/Berlin:20260316T120000 | DURATION:PT1H | SUMMARY:"
	for name, c := range map[string][3]string{
		"a series": {timed("SUMMARY:A | ATTENDEE:mailto:bob@example.com | CATEGORIES:a | BEGIN:VALARM | ACTION:DISPLAY | TRIGGER:-PT15M | END:VALARM"),
			timed("SUMMARY:B | ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com | ATTENDEE:mailto:dee@example.com | CATEGORIES:b,a | BEGIN:VALARM | ACTION:DISPLAY | TRIGGER:-PT15M | END:VALARM"),
			`= when Mon 2 Mar 10:00 Europe/Berlin
+ title B
+ attendee bob@example.com, accepted
+ attendee dee@example.com, has not answered
= reminder 15 min before
= category a
+ category b
= UID e0@example.com
= version 2.0`},
		"an occurrence": {event(series + "EXDATE;TZID=Europe/Berlin:20260309T100000" + override + "x"),
			event(series + "EXDATE;TZID=Europe/Berlin:20260309T100000,20260323T100000" + override + "y"),
			`= when Mon 2 Mar 10:00-11:00 Europe/Berlin
= repeats weekly on Mon
= occurrence on 2026-03-09 cancelled
= occurrence on 2026-03-16 at 12:00-13:00
+ occurrence on 2026-03-23 cancelled
= title S
= UID e0@example.com
= version 2.0
= occurrence on 2026-03-16 when Mon 16 Mar 12:00-13:00 Europe/Berlin
+ occurrence on 2026-03-16 title y
= occurrence on 2026-03-16 UID e0@example.com`},
		"a card": {card("N:Miller;Sarah;;; | TEL;TYPE=CELL,pref:1 | TEL;TYPE=HOME:2"), card("N:Miller;Sarah;;; | TEL;TYPE=CELL:1 | TEL;TYPE=HOME,pref:2"),
			`= shown name Sarah Miller; family name Miller; given name Sarah
= phone 1 (cell)
= phone 2 (home, preferred)
+ preferred phone 2
= UID c0
= version 3.0`},
		"readable again": {"BEGIN:VCALENDAR\r\n", event("SUMMARY:S"), "+ title S\n+ UID e0@example.com\n+ version 2.0"},
		"not readable":   {event("SUMMARY:S"), "BEGIN:VCALENDAR\r\n", "+ not readable BEGIN:VCALENDAR has no END"},
	} {
		if got := followed(c[0], c[1]); got != c[2] {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c[2])
		}
	}
}

// A slot is lost on the way if Diff tells of a strong change, and if one is lost Diff tells of it, as weak where its coming or going says
// little (VERSION); and each is found in the very same item.
func TestSlotsAreLostByStrongChangesOnly(t *testing.T) {
	items := corpus(t)
	var paths []string
	for _, path := range slices.Sorted(maps.Keys(items)) {
		if it := items[path]; len(it.Bytes()) < 64<<10 {
			paths = append(paths, path)
		}
	}
	lost := func(a, b *item.Item) bool {
		for i, s := range (merge.Wording{}).Slots(b) {
			if merge.SameSlots(a, b)[i] < 0 && !s.Bookkeeping {
				return true
			}
		}
		return false
	}
	checkLaws(t, func(rt *rapid.T) {
		path := rapid.SampledFrom(paths).Draw(rt, "file")
		a := items[path]
		other := string(items[rapid.SampledFrom(paths).Draw(rt, "other file")].Bytes())
		b := item.Parse([]byte(edited(rt, string(a.Bytes()), other)))
		by := merge.None
		for _, c := range merge.Diff(a, b) {
			by = max(by, c.Strength)
		}
		if was := lost(a, b) || lost(b, a); was != (by == merge.Strong) && !(was && by == merge.Weak) && a.State() == item.Sound && b.State() == item.Sound {
			rt.Errorf("%s: slots lost: %v, and the changes are %q", path, was, merge.Diff(a, b))
		}
		for i, j := range merge.SameSlots(a, a) {
			if i != j && fmt.Sprint(merge.Wording{}.Slots(a)[i]) != fmt.Sprint(merge.Wording{}.Slots(a)[j]) {
				rt.Errorf("%s: slot %d of an item is slot %d of the same", path, i, j)
			}
		}
	})
}
