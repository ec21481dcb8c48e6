package merge_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"vgit/merge"
	"vgit/repo/item"
)

// takeEvent is an event with a few lines of its own.
func takeEvent(lines ...string) *item.Item {
	return item.Parse([]byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260301T000000Z\r\n" +
		strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
}

func TestTakeSlots(t *testing.T) {
	t.Parallel()
	then := takeEvent("SUMMARY:Old", "DTSTART:20260302T100000Z", "DTEND:20260302T110000Z", "LOCATION:Rome", "ATTENDEE:mailto:bob@example.org",
		"BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:x", "TRIGGER:-PT15M", "END:VALARM")
	now := takeEvent("SUMMARY:New", "DTSTART:20260309T100000Z", "DTEND:20260309T110000Z", "LOCATION:Bern", "ATTENDEE:mailto:eve@example.org")
	for _, row := range []struct {
		only      string
		has, lack []string
	}{
		{"title", []string{"SUMMARY:Old", "LOCATION:Bern", "DTSTART:20260309T100000Z", "eve@"}, []string{"bob@", "VALARM"}},
		{"summary,place", []string{"SUMMARY:Old", "LOCATION:Rome", "DTSTART:20260309"}, []string{"SUMMARY:New"}},
		{"Location", []string{"SUMMARY:New", "LOCATION:Rome"}, []string{"LOCATION:Bern"}},
		{"time", []string{"SUMMARY:New", "DTSTART:20260302T100000Z", "DTEND:20260302T110000Z", "LOCATION:Bern"}, []string{"VALARM"}},
		{"attendees", []string{"bob@", "SUMMARY:New"}, []string{"eve@"}},
		{"attendee bob@example.org", []string{"bob@", "eve@"}, nil},
		{"reminders", []string{"TRIGGER:-PT15M", "SUMMARY:New"}, []string{"bob@"}},
		{"priority", []string{"SUMMARY:New"}, []string{"Old"}},
	} {
		t.Run(row.only, func(t *testing.T) {
			t.Parallel()
			body, err := merge.TakeSlots(now, then, strings.Split(row.only, ","))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range row.has {
				if !strings.Contains(string(body), s) {
					t.Errorf("lacks %s:\n%s", s, body)
				}
			}
			for _, s := range row.lack {
				if strings.Contains(string(body), s) {
					t.Errorf("has %s:\n%s", s, body)
				}
			}
		})
	}
	_, err := merge.TakeSlots(now, then, []string{"wether"})
	var none *merge.NoSlot
	if !errors.As(err, &none) || !slices.Contains(none.Have, "title") || !slices.Contains(none.Have, "time") {
		t.Errorf("%v %+v", err, none)
	}
	if _, err := merge.TakeSlots(now, item.Parse([]byte("BEGIN:VCALENDAR")), []string{"title"}); !errors.Is(err, merge.ErrWhole) {
		t.Error(err)
	}
	body, err := merge.TakeSlots(now, then, nil)
	if err != nil || string(body) != string(now.Bytes()) {
		t.Errorf("nothing taken is not the item itself: %v\n%s", err, body)
	}
}

// Any one slot taken changes that slot alone, and all of them make it what it was, for every item of the corpus against itself with one edit.
func TestTakeSlotsOfTheCorpus(t *testing.T) {
	t.Parallel()
	taken := 0
	for path, it := range corpus(t) {
		if it.State() != item.Sound {
			continue
		}
		summary := it.Summary()
		if len(summary) < 3 || strings.Count(string(it.Bytes()), summary) != 1 {
			continue
		}
		other := item.Parse([]byte(strings.Replace(string(it.Bytes()), summary, "Another", 1)))
		if other.State() != item.Sound || merge.Compare(it, other) != merge.Strong {
			continue
		}
		var slots []string
		for _, c := range merge.Diff(it, other) {
			if c.Strength == merge.Strong {
				slots = append(slots, c.Slot)
			}
		}
		body, err := merge.TakeSlots(other, it, slots)
		if errors.Is(err, merge.ErrWhole) {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		taken++
		if s := merge.Compare(item.Parse(body), it); s == merge.Strong {
			t.Errorf("%s: %q taken is not as it was: %q", path, slots, merge.Diff(item.Parse(body), it))
		}
		if body, err := merge.TakeSlots(other, it, []string{"priority"}); err != nil || string(body) != string(other.Bytes()) {
			t.Errorf("%s: another slot changes it: %v", path, err)
		}
	}
	if t.Logf("%d items", taken); taken < 20 {
		t.Error("too few")
	}
}
