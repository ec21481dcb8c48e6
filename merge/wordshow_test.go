package merge_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/repo/item"
)

// shown is what Show says, a line for each row.
func shown(w merge.Wording, body string) string {
	s := w.Show(item.Parse([]byte(body)))
	lines := []string{s.Type + " " + s.Title}
	for _, r := range s.Rows {
		line := "  " + r.Noun + ": " + strings.Join(append([]string{strings.ReplaceAll(r.Value, "\n", " | ")}, r.More...), "; ")
		if r.Occurrence != "" {
			line = "  " + r.Occurrence + line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestShow(t *testing.T) {
	t.Parallel()
	plain, tokyo := spring, spring
	tokyo.Local = zone(t, "Asia/Tokyo")
	verbose := spring
	verbose.Verbose = true
	series := event("DTSTART;TZID=Europe/Berlin:20260302T100000 | DURATION:PT1H | RRULE:FREQ=WEEKLY;UNTIL=20260330T080000Z;BYDAY=MO | SUMMARY:Planning | LOCATION:Room 4 | " +
		`EXDATE;TZID=Europe/Berlin:20260309T100000 | SEQUENCE:4 | DESCRIPTION:1\n2 | CATEGORIES:b,a | ORGANIZER;CN=Ada:mailto:ada@example.com | ` +
		"ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED;ROLE=OPT-PARTICIPANT:mailto:bob@example.com | ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:dee@example.com | X-OWN;X-P=q:any | " +
		"BEGIN:VALARM | ACTION:DISPLAY | TRIGGER:-PT15M | END:VALARM | END:VEVENT | BEGIN:VEVENT | UID:e0@example.com | " +
		"RECURRENCE-ID;TZID=Europe/Berlin:20260316T100000 | DTSTART;TZID=Europe/Berlin:20260316T150000 | DURATION:PT1H | SUMMARY:Planning | CATEGORIES:b")
	for _, c := range []struct {
		name, body string
		w          merge.Wording
		want       string
	}{
		{"a series", series, tokyo, `event Planning
  when: Mon 2 Mar 10:00-11:00 Europe/Berlin (18:00-19:00 local time)
  repeats: weekly on Mon until 30 Mar; not on 9 Mar; on 16 Mar at 15:00-16:00
  place: Room 4
  attendee: Bob <bob@example.com>, accepted (role opt-participant)
  attendee: dee@example.com, has not answered
  organizer: Ada <ada@example.com>
  reminder: 15 min before
  description: 1 | 2
  category: a
  category: b
  x-own: any (x-p q)
  UID: e0@example.com
  occurrence on 2026-03-16  when: Mon 16 Mar 15:00-16:00 Europe/Berlin (Mon 16 Mar 23:00-Tue 17 Mar 00:00 local time)
  occurrence on 2026-03-16  without: place, attendee Bob <bob@example.com>, accepted (role opt-participant), attendee dee@example.com, has not answered, organizer, reminder, description, category a, x-own`},
		{"a card", card("N:Miller;Sarah;;; | TEL;TYPE=CELL,pref:1 | item1.URL:https://example.org/ | item1.X-ABLABEL:_$!<HomePage>!$_ | ORG:Acme;R&D | BDAY:19850412 | " +
			"PHOTO;ENCODING=b;TYPE=JPEG:cGhvdG8gb25l | REV:20260101T000000Z"), plain, `contact Sarah Miller
  family name: Miller
  given name: Sarah
  birthday: 12 Apr 1985
  link: https://example.org/ ("HomePage")
  organization: Acme, R&D
  phone: 1 (cell, preferred)
  photo: JPEG 9 B
  UID: c0`},
		{"a task", task("SUMMARY:Tax | DUE;VALUE=DATE:20260531 | STATUS:IN-PROCESS | PERCENT-COMPLETE:40 | PRIORITY:1"), plain, `todo Tax
  due: Sun 31 May
  done: 40 %
  priority: 1
  status: in process
  UID: t0@example.com`},
		{"verbose", card("N:Miller;Sarah;;; | REV:20260101T000000Z"), verbose, `contact Sarah Miller
  family name: Miller
  given name: Sarah
  UID: c0
  version: 3.0
  REV: 20260101T000000Z`},
		{"all day", event("DTSTART;VALUE=DATE:20260302 | SUMMARY:x | RDATE;VALUE=DATE:20260305"), tokyo, `event x
  when: Mon 2 Mar (all day)
  repeats: without a rule; also on 5 Mar
  UID: e0@example.com`},
		{"not readable", "BEGIN:VCALENDAR\r\njunk", plain, "item \n  not readable: BEGIN:VCALENDAR has no END\n  as it stands: BEGIN:VCALENDAR | junk"},
	} {
		if got := shown(c.w, c.body); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// What differs in substance is shown otherwise: so nothing of an item is hidden. Without Verbose that holds for all but what onlyVerbose
// names.
func TestShowHidesNothing(t *testing.T) {
	items := corpus(t)
	var paths []string
	for _, path := range slices.Sorted(maps.Keys(items)) {
		if it := items[path]; it.State() == item.Sound && len(it.Bytes()) < 64<<10 {
			paths = append(paths, path)
		}
	}
	verbose := merge.Wording{Verbose: true}
	checkLaws(t, func(rt *rapid.T) {
		path := rapid.SampledFrom(paths).Draw(rt, "file")
		body := string(items[path].Bytes())
		other := string(items[rapid.SampledFrom(paths).Draw(rt, "other file")].Bytes())
		changed := edited(rt, body, other)
		if merge.Compare(items[path], item.Parse([]byte(changed))) != merge.Strong {
			return
		}
		if shown(verbose, body) == shown(verbose, changed) {
			rt.Errorf("%s: not to be seen: %q\n%s", path, merge.Diff(items[path], item.Parse([]byte(changed))), shown(verbose, body))
		}
		if shown(merge.Wording{}, body) != shown(merge.Wording{}, changed) {
			return
		}
		for _, d := range merge.Diff(items[path], item.Parse([]byte(changed))) {
			if d.Strength == merge.Strong && !onlyVerbose(d) {
				rt.Errorf("%s: not to be seen: %q\n%s", path, d, shown(merge.Wording{}, body))
			}
		}
	})
}

// onlyVerbose are the slots of which some changes are told only if all is asked for: two ways to say one time, the hour of the end of a
// rule, bytes of one length.
func onlyVerbose(c merge.Change) bool {
	words := strings.Fields(c.Slot)
	if words[0] == "occurrence" && len(words) > 2 {
		words = words[2:]
	}
	return slices.Contains([]string{"version", "time", "rule", "photo", "logo", "key", "sound", "attach", "image"}, words[0])
}

// One guest of a series, and another one in an occurrence: in the place of the first, or beside.
func TestShowTellsBesideFromInsteadOf(t *testing.T) {
	t.Parallel()
	show := func(guests string) string {
		body := event("DTSTART:20260302T100000Z | RRULE:FREQ=WEEKLY | SUMMARY:x | ATTENDEE:mailto:bob@example.com")
		occurrence := event("RECURRENCE-ID:20260309T100000Z | DTSTART:20260309T110000Z | SUMMARY:x" + guests)
		body = body[:strings.LastIndex(body, "END:VCALENDAR")] + occurrence[strings.Index(occurrence, "BEGIN:VEVENT"):]
		return shown(merge.Wording{}, body)
	}
	const dee, bob = " | ATTENDEE:mailto:dee@example.com", " | ATTENDEE:mailto:bob@example.com"
	if instead, beside := show(dee), show(dee+bob); instead == beside {
		t.Errorf("both are\n%s", beside)
	}
}
