package merge_test

import "testing"

// Alarms meet by their ids, by what they say, by action and trigger, and as the only one left (5.3).
func TestAlarms(t *testing.T) {
	t.Parallel()
	one := func(lines string) string { return "BEGIN:VALARM | " + lines + " | END:VALARM" }
	a := func(alarms ...string) string {
		s := "SUMMARY:A"
		for _, lines := range alarms {
			s += " | " + one(lines)
		}
		return event(s)
	}
	const m5, m10, m15 = "ACTION:DISPLAY | TRIGGER:-PT5M", "ACTION:DISPLAY | TRIGGER:-PT10M", "ACTION:DISPLAY | TRIGGER:-PT15M"
	id := func(lines string) string { return "UID:a1 | " + lines }
	snooze := "UID:a2 | RELATED-TO;RELTYPE=SNOOZE:a1 | ACTION:DISPLAY | TRIGGER;VALUE=DATE-TIME:20260302T090000Z"
	const ack = " | ACKNOWLEDGED:20260302T084500Z"
	merges(t, []meet{
		{name: "edited here, added there", base: a(id(m15)), ours: a(id(m10)), theirs: a(id(m15), m5), file: a(id(m10), m5), body: a(id(m10), m5)},
		{name: "no id, both edited", base: a(m15), ours: a(m10), theirs: a(m5), conflicts: "alarm trigger", file: "="},
		{name: "one of two edited", base: a(m15, m10), ours: a(m15, m10+" | DESCRIPTION:x"), theirs: a(m5, m10), file: a(m5, m10+" | DESCRIPTION:x"),
			body: a(m5, m10+" | DESCRIPTION:x")},
		{name: "added on both, alike", base: a(), ours: a(m5), theirs: a("TRIGGER:-PT5M | ACTION:display"), file: "="},
		{name: "added on both", base: a(), ours: a(m5), theirs: a(m10), file: a(m5, m10), body: a(m10, m5)},
		{name: "an id that one side gave", base: a(m15), ours: a(id(m15)), theirs: a(m15 + " | DESCRIPTION:x"), file: a(id(m15) + " | DESCRIPTION:x")},
		{name: "removed here, edited there", base: a(id(m15)), ours: a(), theirs: a(id(m5)), conflicts: "alarm a1", file: a(id(m5))},
		{name: "removed there, edited here", base: a(id(m15)), ours: a(id(m5)), theirs: a(), conflicts: "alarm a1", file: "="},
		{name: "removed here, another one there", base: a(m15), ours: a(), theirs: a(m5), file: a(m5), body: ""},
		{name: "removed here, dismissed there", base: a(id(m15)), ours: a(), theirs: a(id(m15) + ack), file: "=", body: a()},
		{name: "dismissed there", base: a(id(m15)), ours: a(id(m15)), theirs: a(id(m15) + ack), file: a(id(m15) + ack)},
		{name: "dismissed here", base: a(id(m15)), ours: a(id(m15) + ack), theirs: a(id(m15)), file: "="},
		{name: "dismissed here, edited here", base: a(id(m15)), ours: a(id(m5) + ack), theirs: a(id(m15), m10), file: a(id(m5)+ack, m10), body: a(id(m5)+ack, m10)},
		{name: "the snooze goes along", base: a(id(m15)), ours: a(), theirs: a(id(m15)+ack, snooze), file: "=", body: a()},
		{name: "a snooze of another one stays", base: a(id(m15), m5), ours: a(id(m15)), theirs: a(id(m15), m5, snooze), file: a(id(m15), snooze), body: a(id(m15), snooze)},
		{name: "a default alarm", base: a(), ours: a(), theirs: a(m5 + " | X-APPLE-DEFAULT-ALARM:TRUE"), file: "="},
		{name: "a default alarm besides an edit", base: event("SUMMARY:B"), ours: event("SUMMARY:B | PRIORITY:1"), theirs: a(m5 + " | X-APPLE-DEFAULT-ALARM:TRUE"),
			file: event("SUMMARY:A | PRIORITY:1"), body: event("SUMMARY:A | PRIORITY:1 | " + one(m5+" | X-APPLE-DEFAULT-ALARM:TRUE"))},
	})
}
