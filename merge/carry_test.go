package merge_test

import (
	"strings"
	"testing"

	"vgit/merge"
	"vgit/repo/item"
)

func parsed(s string) *item.Item {
	if s == "" {
		return nil
	}
	return item.Parse([]byte(s))
}

// What an item stands for while it waits (1.4), and that a removal which meets an edit is not forgotten.
func TestCarry(t *testing.T) {
	t.Parallel()
	removed, edited := event("SUMMARY:A"), event("SUMMARY:A | LOCATION:S")
	for _, r := range []struct{ name, intent, shown, now, want string }{
		{"nothing done", removed, edited, edited, removed},
		{"an edit elsewhere", removed, edited, event("SUMMARY:B | LOCATION:S"), event("SUMMARY:B")},
		{"an edit of what is shown", removed, edited, event("SUMMARY:A | LOCATION:T"), event("SUMMARY:A | LOCATION:T")},
		{"removed once more", removed, edited, removed, removed},
		{"pulled and edited", event("SUMMARY:A"), event("SUMMARY:A | PRIORITY:1"), event("SUMMARY:A | PRIORITY:2"), event("SUMMARY:A | PRIORITY:2")},
		{"pulled and left", event("SUMMARY:A"), event("SUMMARY:A | PRIORITY:1"), event("SUMMARY:C | PRIORITY:1"), event("SUMMARY:C")},
		{"a deletion left", "", edited, edited, ""},
		{"a deletion and its clock", "", edited, event("SUMMARY:A | LOCATION:S | DTSTAMP:20260101T000000Z"), ""},
		{"a deletion edited", "", edited, event("SUMMARY:B | LOCATION:S"), event("SUMMARY:B | LOCATION:S")},
		{"deleted now", removed, edited, "", ""},
		{"broken now", removed, edited, "BEGIN:VCALENDAR\r\n", "BEGIN:VCALENDAR\r\n"},
	} {
		got := merge.Carry(parsed(r.intent), parsed(r.shown), parsed(r.now))
		s := ""
		if got != nil {
			s = string(got.Bytes())
		}
		if s != r.want {
			t.Errorf("%s:\n%s\nwant\n%s", r.name, s, r.want)
		}
	}
}

// An edit of a slot in which the file shows theirs settles it; one of a slot that shows ours does not.
func TestSeen(t *testing.T) {
	t.Parallel()
	base, removed, edited := event("SUMMARY:A | LOCATION:R"), event("SUMMARY:C"), event("SUMMARY:B | LOCATION:S")
	v := merge.Versions{L0: parsed(base), R0: parsed(base), L1: parsed(removed), R1: parsed(edited)}
	shown := merge.Reconcile(v, merge.Context{}).Local
	now := strings.ReplaceAll(strings.ReplaceAll(string(shown), "LOCATION:S", "LOCATION:T"), "SUMMARY:C", "SUMMARY:D")
	choices := merge.Seen(v, item.Parse(shown), parsed(now), merge.Context{})
	if len(choices) != 1 || choices["place"] != merge.TakeSeen {
		t.Errorf("%v", choices)
	}
	v.R1 = parsed(event("SUMMARY:B | LOCATION:U"))
	if choices := merge.Seen(v, item.Parse(shown), parsed(now), merge.Context{}); len(choices) != 0 {
		t.Errorf("theirs moved on: %v", choices)
	}
	deleted := merge.Versions{L0: parsed(base), R0: parsed(base), R1: parsed(edited)}
	if choices := merge.Seen(deleted, parsed(edited), nil, merge.Context{}); choices["item"] != merge.TakeLocal {
		t.Errorf("deleted once more: %v", choices)
	}
	now = event("SUMMARY:D | LOCATION:S")
	choices = merge.Seen(deleted, parsed(edited), parsed(now), merge.Context{})
	deleted.L1 = merge.Carry(nil, parsed(edited), parsed(now))
	if r := merge.Reconcile(deleted, merge.Context{Choices: choices}); len(r.Conflicts) > 0 || string(r.Body) != now {
		t.Errorf("a file that came back was edited: %v\n%s", r.Conflicts, r.Body)
	}
}

// A text that both sides made while another slot waits is put back in part: it is as the file has it, and theirs does not return.
func TestSeenMergedText(t *testing.T) {
	t.Parallel()
	v := merge.Versions{L0: parsed(event(`SUMMARY:A | DESCRIPTION:1\n2\n3`)), L1: parsed(event(`SUMMARY:B | DESCRIPTION:1\n2\nthird`)),
		R1: parsed(event(`SUMMARY:C | DESCRIPTION:first\n2\n3`))}
	v.R0 = v.L0
	shown := item.Parse(merge.Reconcile(v, merge.Context{}).Local)
	now := parsed(strings.ReplaceAll(string(shown.Bytes()), "first", "1"))
	choices := merge.Seen(v, shown, now, merge.Context{})
	v.L1 = merge.Carry(v.L1, shown, now)
	r := merge.Reconcile(v, merge.Context{Choices: choices})
	if want := event(`SUMMARY:B | DESCRIPTION:1\n2\nthird`); string(r.Local) != want || len(r.Conflicts) != 1 || r.Conflicts[0].Slot != "summary" {
		t.Errorf("%v\n%s", r.Conflicts, r.Local)
	}
}

// The table of 1.5.
func TestStored(t *testing.T) {
	t.Parallel()
	const time = "DTSTART;TZID=Europe/Berlin:20260302T100000 | DTEND;TZID=Europe/Berlin:20260302T110000 | "
	for _, r := range []struct{ name, sent, stored, file, missing, changed, local string }{
		{"as sent", "SUMMARY:A", "SUMMARY:A", "SUMMARY:A", "", "", "SUMMARY:A"},
		{"clocks", "SUMMARY:A", "SUMMARY:A | DTSTAMP:20260101T000000Z", "SUMMARY:A", "", "", "SUMMARY:A"},
		{"dropped and added", "SUMMARY:A | LOCATION:R | X-A:1", "SUMMARY:A | PRIORITY:5", "SUMMARY:A | LOCATION:R | X-A:1", "location, x-a", "",
			"SUMMARY:A | LOCATION:R | X-A:1"},
		{"another value", "SUMMARY:A | X-A:1", "SUMMARY:B", "SUMMARY:A | X-A:1 | X-B:1", "x-a", "summary", "SUMMARY:B | X-A:1 | X-B:1"},
		{"half of a group", "LOCATION:R | GEO:1;2", "LOCATION:R", "LOCATION:R | GEO:1;2", "geo", "", "LOCATION:R | GEO:1;2"},
		{"an alarm", "SUMMARY:A | BEGIN:VALARM | UID:a1 | ACTION:DISPLAY | END:VALARM", "SUMMARY:A",
			"SUMMARY:A | BEGIN:VALARM | UID:a1 | ACTION:DISPLAY | END:VALARM", "alarm a1", "", "SUMMARY:A | BEGIN:VALARM | UID:a1 | ACTION:DISPLAY | END:VALARM"},
		{"a parameter", "ATTENDEE;CN=B;RSVP=TRUE:mailto:b@x.example", "ATTENDEE;CN=B:mailto:b@x.example", "ATTENDEE;CN=B;RSVP=TRUE:mailto:b@x.example",
			"attendee b@x.example", "", "ATTENDEE;CN=B;RSVP=TRUE:mailto:b@x.example"},
		{"a text that was cut", "SUMMARY:A | LOCATION:Room, upstairs | DESCRIPTION:A comma, which should have been escaped",
			"SUMMARY:A | LOCATION:Room | DESCRIPTION:A comma", "SUMMARY:A | LOCATION:Room, upstairs | DESCRIPTION:A comma, which should have been escaped",
			"description, location", "", "SUMMARY:A | LOCATION:Room, upstairs | DESCRIPTION:A comma, which should have been escaped"},
		{"a text that was cut, and an edit", "SUMMARY:A | DESCRIPTION:Long text", "SUMMARY:B | DESCRIPTION:Long", "SUMMARY:A | DESCRIPTION:Long text",
			"description", "summary", "SUMMARY:B | DESCRIPTION:Long text"},
		{"an end that went", time + "SUMMARY:A", "DTSTART;TZID=Europe/Berlin:20260302T100000 | SUMMARY:A", time + "SUMMARY:A", "", "time",
			"DTSTART;TZID=Europe/Berlin:20260302T100000 | SUMMARY:A"},
	} {
		kept := merge.Stored(parsed(event(r.sent)), parsed(event(r.stored)), parsed(event(r.file)))
		var changed []string
		for _, c := range kept.Changed {
			changed = append(changed, c.Slot)
		}
		if s := strings.Join(kept.Missing, ", "); s != r.missing {
			t.Errorf("%s: missing %q", r.name, s)
		}
		if s := strings.Join(changed, ", "); s != r.changed || kept.Shifted {
			t.Errorf("%s: changed %q, shifted %v", r.name, s, kept.Shifted)
		}
		if string(kept.Local) != event(r.local) {
			t.Errorf("%s: file\n%s", r.name, kept.Local)
		}
	}
	sent := event(time + "SUMMARY:A")
	shifted := event("DTSTART;TZID=Europe/Berlin:20260302T110000 | DTEND;TZID=Europe/Berlin:20260302T120000 | SUMMARY:A")
	if kept := merge.Stored(parsed(sent), parsed(shifted), parsed(sent)); !kept.Shifted || len(kept.Changed) > 0 || string(kept.Local) != sent {
		t.Errorf("shifted: %+v", kept)
	}
}
