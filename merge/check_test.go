package merge_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vgit/merge"
	"vgit/repo/item"
)

// calendarOfParts is a calendar with one event, or with several parts of one.
func calendarOfParts(parts ...string) *item.Item {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
	for _, part := range parts {
		kind, lines, named := strings.Cut(part, "!")
		if !named {
			kind, lines = "VEVENT", part
		}
		b.WriteString("BEGIN:" + kind + "\r\n")
		if kind != "VTIMEZONE" {
			b.WriteString("UID:e\r\n")
		}
		for line := range strings.SplitSeq(lines, "|") {
			b.WriteString(line + "\r\n")
		}
		b.WriteString("END:" + kind + "\r\n")
	}
	b.WriteString("END:VCALENDAR\r\n")
	return item.Parse([]byte(b.String()))
}

// slotsOfConflicts are the names of what waits.
func slotsOfConflicts(r merge.Result) string {
	var names []string
	for _, c := range r.Conflicts {
		names = append(names, c.Slot)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// M7: what fits on each side and not together waits, and nothing is sent; what one side has done to itself is its own affair.
func TestWhatDoesNotFitTogether(t *testing.T) {
	t.Parallel()
	const series = "DTSTART:20260302T100000|RRULE:FREQ=WEEKLY;COUNT=5"
	const on9 = "RECURRENCE-ID:20260309T100000|DTSTART:20260309T110000"
	for _, c := range []struct {
		name               string
		base, ours, theirs []string
		waits              string
	}{
		{"a guest without an organizer",
			[]string{"DTSTART:20260302T100000|ORGANIZER:mailto:a@x"},
			[]string{"DTSTART:20260302T100000"},
			[]string{"DTSTART:20260302T100000|ORGANIZER:mailto:a@x|ATTENDEE:mailto:b@x"}, "attendee b@x, organizer"},
		{"another organizer than the series has",
			[]string{series + "|ORGANIZER:mailto:a@x", on9},
			[]string{series + "|ORGANIZER:mailto:b@x", on9},
			[]string{series + "|ORGANIZER:mailto:a@x", on9 + "|ORGANIZER:mailto:a@x"}, "occurrence 20260309 organizer, organizer"},
		{"a day that the series does not reach any more",
			[]string{series}, []string{"DTSTART:20260302T100000|RRULE:FREQ=WEEKLY;COUNT=1"}, []string{series + "|EXDATE:20260309T100000"},
			"occurrence 20260309"},
		{"a day that the series still reaches",
			[]string{series}, []string{"DTSTART:20260302T100000|RRULE:FREQ=WEEKLY;COUNT=2"}, []string{series + "|EXDATE:20260309T100000"}, ""},
		{"a rule that is not expanded, and a day",
			[]string{series}, []string{"DTSTART:20260302T100000|RRULE:FREQ=HOURLY;COUNT=500"}, []string{series + "|EXDATE:20260309T100000"},
			"occurrence 20260309"},
		{"a day of no series that both have, and a title",
			[]string{series + "|EXDATE:20270309T100000"}, []string{series + "|EXDATE:20270309T100000|SUMMARY:A"},
			[]string{series + "|EXDATE:20270309T100000|LOCATION:B"}, ""},
		{"this and all later ones here, one of them there",
			[]string{series}, []string{series, "RECURRENCE-ID;RANGE=THISANDFUTURE:20260309T100000|DTSTART:20260309T120000"},
			[]string{series + "|EXDATE:20260316T100000"}, "occurrence 20260316"},
		{"this and all later ones here, an earlier one there",
			[]string{series}, []string{series, "RECURRENCE-ID;RANGE=THISANDFUTURE:20260316T100000|DTSTART:20260316T120000"},
			[]string{series + "|EXDATE:20260309T100000"}, ""},
	} {
		for i, sides := range [][2][]string{{c.ours, c.theirs}, {c.theirs, c.ours}} {
			t.Run(fmt.Sprintf("%s %d", c.name, i), func(t *testing.T) {
				base := calendarOfParts(c.base...)
				r := merge.Reconcile(merge.Versions{L0: base, R0: base, L1: calendarOfParts(sides[0]...), R1: calendarOfParts(sides[1]...)}, merge.Context{})
				if got := slotsOfConflicts(r); got != c.waits {
					t.Errorf("%q waits, want %q\n%s", got, c.waits, r.Local)
				}
				if (r.Send == merge.Put) != (c.waits == "") {
					t.Errorf("send %v", r.Send)
				}
			})
		}
	}
}

// Times bring the definition of their zone along, once; what the zone database knows needs none; nothing is added for a title.
func TestZonesComeWithTheirTimes(t *testing.T) {
	t.Parallel()
	const berlin, york = "VTIMEZONE!TZID:Europe/Berlin", "VTIMEZONE!TZID:America/New_York"
	const club = "VTIMEZONE!TZID:Club|BEGIN:STANDARD|DTSTART:19700101T000000|TZOFFSETFROM:+0100|TZOFFSETTO:%s|END:STANDARD"
	at := func(zone, more string) string { return "DTSTART;TZID=" + zone + ":20260302T100000" + more }
	for _, c := range []struct {
		name               string
		base, ours, theirs []string
		file               []string
	}{
		{"another zone there",
			[]string{berlin, at("Europe/Berlin", "")}, []string{berlin, at("Europe/Berlin", "|SUMMARY:A")},
			[]string{york, at("America/New_York", "")}, []string{berlin, york, at("America/New_York", "|SUMMARY:A")}},
		{"an override there, in a zone of its own",
			[]string{berlin, at("Europe/Berlin", "|RRULE:FREQ=DAILY")}, []string{berlin, at("Europe/Berlin", "|RRULE:FREQ=DAILY|SUMMARY:A")},
			[]string{berlin, york, at("Europe/Berlin", "|RRULE:FREQ=DAILY"), "RECURRENCE-ID;TZID=Europe/Berlin:20260303T100000|DTSTART;TZID=America/New_York:20260303T100000"},
			[]string{berlin, york, at("Europe/Berlin", "|RRULE:FREQ=DAILY|SUMMARY:A"), "RECURRENCE-ID;TZID=Europe/Berlin:20260303T100000|DTSTART;TZID=America/New_York:20260303T100000|SUMMARY:A"}},
		{"no definition there",
			[]string{berlin, at("Europe/Berlin", "")}, []string{berlin, at("Europe/Berlin", "|SUMMARY:A")},
			[]string{at("Europe/Berlin", "|LOCATION:B")}, []string{berlin, at("Europe/Berlin", "|SUMMARY:A|LOCATION:B")}},
		{"a zone of a program, which means another hour there",
			[]string{fmt.Sprintf(club, "+0100"), at("Club", "")}, []string{fmt.Sprintf(club, "+0100"), at("Club", "|SUMMARY:A")},
			[]string{fmt.Sprintf(club, "+0500"), "DTSTART;TZID=Club:20260302T120000"}, []string{fmt.Sprintf(club, "+0500"), "DTSTART;TZID=Club:20260302T120000|SUMMARY:A"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := calendarOfParts(c.base...)
			r := merge.Reconcile(merge.Versions{L0: base, R0: base, L1: calendarOfParts(c.ours...), R1: calendarOfParts(c.theirs...)}, merge.Context{})
			if want := string(calendarOfParts(c.file...).Bytes()); string(r.Local) != want || len(r.Conflicts) > 0 {
				t.Errorf("%v\n%s\nwant\n%s", r.Conflicts, r.Local, want)
			}
		})
	}
}

// 5.8: an override that was added or changed here has at least the number of its series, or servers pass over it.
func TestOverridesHaveTheNumberOfTheirSeries(t *testing.T) {
	t.Parallel()
	const series = "DTSTART:20260302T100000|RRULE:FREQ=WEEKLY;COUNT=5|SEQUENCE:4"
	const on9, on16 = "RECURRENCE-ID:20260309T100000|DTSTART:20260309T110000", "RECURRENCE-ID:20260316T100000|DTSTART:20260316T110000"
	base := calendarOfParts(series, on16+"|SEQUENCE:1")
	ours := calendarOfParts(series, on16+"|SEQUENCE:1", on9+"|SEQUENCE:2")
	theirs := calendarOfParts(series+"|SUMMARY:B", on16+"|SEQUENCE:1")
	for _, r1 := range []*item.Item{base, theirs} {
		r := merge.Reconcile(merge.Versions{L0: base, R0: base, L1: ours, R1: r1}, merge.Context{})
		body := string(r.Body)
		if strings.Count(body, "SEQUENCE:4") != 2 || strings.Count(body, "SEQUENCE:1") != 1 || r.Send != merge.Put {
			t.Errorf("sent %v:\n%s", r.Send, body)
		}
	}
}

// M13: a series that loses thousands of occurrences is no more than so many conflicts.
func TestManyOccurrencesDoNotFit(t *testing.T) {
	t.Parallel()
	base, ours := []string{"DTSTART:20000101T100000|RRULE:FREQ=DAILY"}, []string{"DTSTART:20000101T100000|RRULE:FREQ=DAILY;COUNT=10"}
	theirs := slices.Clone(base)
	const many = 3000
	for i := range many {
		day := time.Date(2001, 1, 1+i, 0, 0, 0, 0, time.UTC).Format("20060102")
		theirs = append(theirs, "RECURRENCE-ID:"+day+"T100000|DTSTART:"+day+"T110000")
	}
	begin, old := time.Now(), calendarOfParts(base...)
	r := merge.Reconcile(merge.Versions{L0: old, R0: old, L1: calendarOfParts(ours...), R1: calendarOfParts(theirs...)}, merge.Context{})
	if took := time.Since(begin); len(r.Conflicts) != many || took > 20*time.Second {
		t.Errorf("%d conflicts in %v", len(r.Conflicts), took)
	} else {
		t.Logf("%v", took)
	}
}
