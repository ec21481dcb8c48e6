package merge_test

import (
	"testing"

	"vgit/merge"
)

// What a person or a policy says of a conflict goes through the same writing as everything else (1.4).
func TestConflictsAreSettled(t *testing.T) {
	t.Parallel()
	base := event("LAST-MODIFIED:20260101T000000Z | SUMMARY:A | LOCATION:R | PRIORITY:1")
	ours := event("LAST-MODIFIED:20260201T000000Z | SUMMARY:B | LOCATION:R | PRIORITY:2")
	theirs := event("LAST-MODIFIED:20260202T000000Z | SUMMARY:C | LOCATION:S | PRIORITY:1")
	both := func(summary string) string {
		return event("LAST-MODIFIED:20260202T000000Z | SUMMARY:" + summary + " | LOCATION:S | PRIORITY:2")
	}
	text := func(s string) string { return event("SUMMARY:A | X-WR-NOTE:" + s) }
	for _, r := range []struct {
		meet
		context merge.Context
	}{
		{meet{name: "asked", base: base, ours: ours, theirs: theirs, conflicts: "summary",
			file: event("LAST-MODIFIED:20260202T000000Z | SUMMARY:B | LOCATION:S | PRIORITY:2")}, merge.Context{}},
		{meet{name: "ours", base: base, ours: ours, theirs: theirs, file: both("B"), body: both("B")}, merge.Context{Policy: merge.Local}},
		{meet{name: "theirs", base: base, ours: ours, theirs: theirs, file: both("C"), body: both("C")}, merge.Context{Policy: merge.Remote}},
		{meet{name: "the newer", base: base, ours: ours, theirs: theirs, file: both("C"), body: both("C")}, merge.Context{Policy: merge.Newer}},
		{meet{name: "a choice", base: base, ours: ours, theirs: theirs, file: both("C"), body: both("C")},
			merge.Context{Choices: map[string]merge.Choice{"summary": merge.TakeRemote}}},
		{meet{name: "a choice beats the policy", base: base, ours: ours, theirs: theirs, file: both("C"), body: both("C")},
			merge.Context{Policy: merge.Local, Choices: map[string]merge.Choice{"summary": merge.TakeRemote}}},
		{meet{name: "a choice for another slot", base: base, ours: ours, theirs: theirs, conflicts: "summary",
			file: event("LAST-MODIFIED:20260202T000000Z | SUMMARY:B | LOCATION:S | PRIORITY:2")},
			merge.Context{Choices: map[string]merge.Choice{"place": merge.TakeRemote}}},
		{meet{name: "newer, with no clock", base: text("1"), ours: text("2"), theirs: text("3"), conflicts: "x-wr-note", file: "="}, merge.Context{Policy: merge.Newer}},
		{meet{name: "removed here, theirs", base: event("SUMMARY:A | LOCATION:R"), ours: event("SUMMARY:A"), theirs: event("SUMMARY:A | LOCATION:S"),
			file: event("SUMMARY:A | LOCATION:S")}, merge.Context{Policy: merge.Remote}},
		{meet{name: "removed here, ours", base: event("SUMMARY:A | LOCATION:R"), ours: event("SUMMARY:A"), theirs: event("SUMMARY:A | LOCATION:S"),
			file: "=", body: event("SUMMARY:A")}, merge.Context{Policy: merge.Local}},
		{meet{name: "deleted there, ours", base: base, ours: ours, file: "=", body: ours}, merge.Context{Policy: merge.Local}},
		{meet{name: "deleted there, theirs", base: base, ours: ours, file: ""}, merge.Context{Policy: merge.Remote}},
		{meet{name: "deleted there, newer", base: base, ours: ours, conflicts: "item", file: "="}, merge.Context{Policy: merge.Newer}},
	} {
		t.Run(r.name, func(t *testing.T) {
			v := merge.Versions{L0: parsed(r.base), L1: parsed(r.ours), R0: parsed(r.base), R1: parsed(r.theirs)}
			checkMerge(t, v, r.context, r.meet)
		})
	}
}

// Both, where that makes sense: of a text ours and then theirs, of an occurrence the override.
func TestTakeBoth(t *testing.T) {
	t.Parallel()
	take := func(slot string) merge.Context {
		return merge.Context{Choices: map[string]merge.Choice{slot: merge.TakeBoth}}
	}
	text := event(`DESCRIPTION:a\nb`)
	v := merge.Versions{L0: parsed(text), R0: parsed(text), L1: parsed(event(`DESCRIPTION:a\nc`)), R1: parsed(event(`DESCRIPTION:a\nd`))}
	want := event(`DESCRIPTION:a\nc\na\nd`)
	checkMerge(t, v, take("description"), meet{file: want, body: want})

	special := weekly("SUMMARY:A", override("20260309", "SUMMARY:Special"))
	v = merge.Versions{L0: parsed(weekly("SUMMARY:A")), R0: parsed(weekly("SUMMARY:A")), L1: parsed(weekly("SUMMARY:A | " + exdate("20260309T100000"))), R1: parsed(special)}
	checkMerge(t, v, take("occurrence 20260309"), meet{file: special})
}

// Without a base the two are joined, nothing is deleted, and names that servers drop are no reason to send (5.10).
func TestNoBase(t *testing.T) {
	t.Parallel()
	merges(t, []meet{
		{name: "equal", ours: event("SUMMARY:A | DTSTAMP:20260101T000000Z"), theirs: event("DTSTAMP:20260102T000000Z | SUMMARY:A"), file: "="},
		{name: "joined", ours: event("SUMMARY:A | CATEGORIES:x,y | LOCATION:R"), theirs: event("SUMMARY:A | CATEGORIES:y,z | PRIORITY:1"),
			file: event("SUMMARY:A | CATEGORIES:x,y,z | LOCATION:R | PRIORITY:1"), body: event("SUMMARY:A | CATEGORIES:y,z,x | PRIORITY:1 | LOCATION:R")},
		{name: "two values", ours: event("SUMMARY:A | PRIORITY:1"), theirs: event("SUMMARY:B | PRIORITY:1"), conflicts: "summary", file: "="},
		{name: "unknown names here", ours: event("SUMMARY:A | X-FOO:1 | BAR:2"), theirs: event("SUMMARY:A"), file: "="},
		{name: "unknown names there", ours: event("SUMMARY:A"), theirs: event("SUMMARY:A | X-FOO:1"), file: event("SUMMARY:A | X-FOO:1")},
		{name: "unknown names with others", ours: event("SUMMARY:A | X-FOO:1 | PRIORITY:1"), theirs: event("SUMMARY:A"), file: "=",
			body: event("SUMMARY:A | PRIORITY:1 | X-FOO:1")},
		{name: "only here", ours: event("SUMMARY:A"), file: "=", body: event("SUMMARY:A")},
		{name: "only there", theirs: event("SUMMARY:A"), file: event("SUMMARY:A")},
	})
	v := merge.Versions{L1: parsed(event("LAST-MODIFIED:20260101T000000Z | SUMMARY:A")), R1: parsed(event("LAST-MODIFIED:20260102T000000Z | SUMMARY:B"))}
	if r := merge.Reconcile(v, merge.Context{}); len(r.Conflicts) != 1 || r.Conflicts[0].Suggestion == "" {
		t.Errorf("no suggestion: %+v", r.Conflicts)
	}
}

// With two bases that differ, each side is compared with its own (1.1).
func TestTwoBases(t *testing.T) {
	t.Parallel()
	const alarm = "BEGIN:VALARM | ACTION:DISPLAY | TRIGGER:-PT10M | END:VALARM"
	for _, r := range []struct {
		name, l0, l1, r0, r1, conflicts, file, body string
	}{
		{"dropped there, changed there", "X-A:1 | SUMMARY:A", "X-A:1 | SUMMARY:A", "SUMMARY:A", "SUMMARY:B", "", "X-A:1 | SUMMARY:B", ""},
		{"dropped there, edited here", "X-A:1 | SUMMARY:A", "X-A:2 | SUMMARY:A", "SUMMARY:A", "SUMMARY:A", "", "=", "SUMMARY:A | X-A:2"},
		{"dropped there, removed here", "X-A:1 | SUMMARY:A", "SUMMARY:A", "SUMMARY:A", "SUMMARY:A", "", "=", ""},
		{"added there, edited here", "SUMMARY:A", "SUMMARY:B", "SUMMARY:A | X-A:1 | " + alarm, "SUMMARY:A | X-A:1 | " + alarm, "", "=", "SUMMARY:B | X-A:1 | " + alarm},
		{"added there, edited there", "SUMMARY:A", "SUMMARY:A", "SUMMARY:A | X-A:1", "SUMMARY:A | X-A:2", "", "SUMMARY:A | X-A:2", ""},
		{"rewritten there, edited here", "SUMMARY:A", "SUMMARY:B", "SUMMARY:A!", "SUMMARY:A!", "", "=", "SUMMARY:B"},
		{"rewritten there, edited on both", "SUMMARY:A", "SUMMARY:B", "SUMMARY:A!", "SUMMARY:C", "summary", "=", ""},
		{"a text that was rewritten", `DESCRIPTION:a\nb`, `DESCRIPTION:a\nc`, `DESCRIPTION:a\nb!`, `DESCRIPTION:x\nb!`, "description", "=", ""},
		{"an alarm added there, edited there", "SUMMARY:A", "SUMMARY:A", "SUMMARY:A | " + alarm, "SUMMARY:A | " + replace(alarm, "10M", "5M"), "",
			"SUMMARY:A | " + replace(alarm, "10M", "5M"), ""},
		{"a set", "CATEGORIES:a,b", "CATEGORIES:b,c", "CATEGORIES:a", "CATEGORIES:a,d", "", "CATEGORIES:b,c,d", "CATEGORIES:d,c"},
	} {
		t.Run(r.name, func(t *testing.T) {
			v := merge.Versions{L0: parsed(event(r.l0)), L1: parsed(event(r.l1)), R0: parsed(event(r.r0)), R1: parsed(event(r.r1))}
			m := meet{ours: event(r.l1), conflicts: r.conflicts, file: r.file}
			if r.file != "=" {
				m.file = event(r.file)
			}
			if r.body != "" {
				m.body = event(r.body)
			}
			checkMerge(t, v, merge.Context{}, m)
		})
	}
}
