package merge_test

import (
	"strings"
	"testing"

	"vgit/merge"
	"vgit/repo/item"
)

// meet is one merge with one base: bodies in full, and what is to come of it. The file "=" is ours, byte for byte; the body "" is
// that nothing is sent.
type meet struct {
	name, base, ours, theirs string
	conflicts                string // slots, separated by ", "
	file, body               string
}

func merges(t *testing.T, rows []meet) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			parse := func(s string) *item.Item {
				if s == "" {
					return nil
				}
				return item.Parse([]byte(s))
			}
			v := merge.Versions{L0: parse(r.base), L1: parse(r.ours), R0: parse(r.base), R1: parse(r.theirs)}
			checkMerge(t, v, merge.Context{}, r)
		})
	}
}

func checkMerge(t *testing.T, v merge.Versions, c merge.Context, r meet) merge.Result {
	t.Helper()
	got := merge.Reconcile(v, c)
	var conflicts []string
	for _, c := range got.Conflicts {
		conflicts = append(conflicts, c.Slot)
	}
	if s := strings.Join(conflicts, ", "); s != r.conflicts {
		t.Errorf("conflicts %q, want %q", s, r.conflicts)
	}
	if r.file == "=" {
		r.file = r.ours
	}
	if string(got.Local) != r.file {
		t.Errorf("file\n%s\nwant\n%s", got.Local, r.file)
	}
	if string(got.Body) != r.body || (got.Send == merge.Put) != (r.body != "") {
		t.Errorf("send %v, body\n%s\nwant\n%s", got.Send, got.Body, r.body)
	}
	return got
}

// Cases 1 to 13, and what stands around them.
func TestScalarsAndTexts(t *testing.T) {
	t.Parallel()
	const clocks = "LAST-MODIFIED:20260101T000000Z | "
	merges(t, []meet{
		{"two slots", event(clocks + "SUMMARY:A | LOCATION:R"), event("LAST-MODIFIED:20260201T000000Z | SUMMARY:B | LOCATION:R"),
			event("LAST-MODIFIED:20260202T000000Z | SUMMARY:A | LOCATION:S"), "",
			event("LAST-MODIFIED:20260202T000000Z | SUMMARY:B | LOCATION:S"), event("LAST-MODIFIED:20260202T000000Z | SUMMARY:B | LOCATION:S")},
		{"one slot", event("SUMMARY:A"), event("SUMMARY:B"), event("SUMMARY:C"), "summary", "=", ""},
		{"the same edit", event("SUMMARY:A"), event("SUMMARY:B"), event("PRIORITY:1 | SUMMARY:B"), "", event("SUMMARY:B | PRIORITY:1"), ""},
		{"only there", event("SUMMARY:A"), event("SUMMARY:A"), event("summary:\r\n B"), "", event("summary:\r\n B"), ""},
		{"only here", event("SUMMARY:A"), event("summary:\r\n B"), event("SUMMARY:A"), "", "=", event("summary:\r\n B")},
		{"clocks only", event("SUMMARY:A"), event("SUMMARY:A | X-MOZ-GENERATION:4"), event("SUMMARY:A | X-MOZ-GENERATION:2"), "", "=", ""},
		{"text by line", event(`DESCRIPTION:1\n2\n3`), event(`DESCRIPTION:one\n2\n3`), event(`DESCRIPTION:1\n2\nthree`), "",
			event(`DESCRIPTION:one\n2\nthree`), event(`DESCRIPTION:one\n2\nthree`)},
		{"text of one line", event(`DESCRIPTION:1\n2\n3`), event(`DESCRIPTION:1\na\n3`), event(`DESCRIPTION:1\nb\n3`), "description", "=", ""},
		{"removed and edited", event("SUMMARY:A | LOCATION:R"), event("SUMMARY:A"), event("SUMMARY:A | LOCATION:S"), "place",
			event("SUMMARY:A | LOCATION:S"), ""},
		{"unknown names", event("SUMMARY:A"), event("SUMMARY:A | X-FOO:1"), event("SUMMARY:A | X-FOO:2"), "x-foo", "=", ""},
		{"value and parameter", event("SUMMARY;LANGUAGE=de;X-A=1:A"), event("SUMMARY;LANGUAGE=en;X-A=1:A"), event("SUMMARY;LANGUAGE=de;X-A=1:B"), "",
			event("SUMMARY;LANGUAGE=en;X-A=1:B"), event("SUMMARY;LANGUAGE=en;X-A=1:B")},
		{"a set", event("CATEGORIES:a,b"), event("CATEGORIES:b,a,c"), event("CATEGORIES:b,d"), "", event("CATEGORIES:b,c,d"), event("CATEGORIES:b,d,c")},
		{"the last element", event("CATEGORIES:a | SUMMARY:A"), event("SUMMARY:A"), event("SUMMARY:B | CATEGORIES:a"), "", event("SUMMARY:B"), event("SUMMARY:B")},
		{"entries of a map", event("ATTACH:https://x.example/1"), event("ATTACH:https://x.example/1 | ATTACH:https://x.example/2"),
			event("ATTACH:https://x.example/3 | ATTACH:https://x.example/1"), "",
			event("ATTACH:https://x.example/1 | ATTACH:https://x.example/2 | ATTACH:https://x.example/3"),
			event("ATTACH:https://x.example/3 | ATTACH:https://x.example/1 | ATTACH:https://x.example/2")},
		{"removed on both", calendar("BEGIN:VEVENT | UID:e0 | SUMMARY:A | END:VEVENT | BEGIN:VFREEBUSY | UID:f | END:VFREEBUSY"), calendar("BEGIN:VEVENT | UID:e0 | SUMMARY:A | END:VEVENT"),
			calendar("BEGIN:VEVENT | UID:e0 | SUMMARY:B | END:VEVENT"), "", calendar("BEGIN:VEVENT | UID:e0 | SUMMARY:B | END:VEVENT"), ""},
		{"no parse", event("SUMMARY:A"), strings.Replace(event("SUMMARY:A"), "END:VEVENT\r\n", "", 1), event("SUMMARY:B"), "item", "=", ""},
		{"deleted here, edited there", event("SUMMARY:A"), "", event("SUMMARY:B"), "item", event("SUMMARY:B"), ""},
	})
}

// A property may have the name of a group; it is none of it.
func TestNamesOfGroups(t *testing.T) {
	t.Parallel()
	merges(t, []meet{
		{name: "calendar", base: event("TIME:1 | PLACE:2 | RULE:3 | DTSTART:20260302T100000Z"), ours: event("TIME:1 | PLACE:3 | RULE:4 | DTSTART:20260302T100000Z"),
			theirs: event("TIME:2 | PLACE:2 | DTSTART:20260302T110000Z"), conflicts: "rule property",
			file: event("TIME:2 | PLACE:3 | RULE:4 | DTSTART:20260302T110000Z")},
		{name: "card", base: card("NAME:a"), ours: card("NAME:b"), theirs: replace(card("NAME:a"), "Sarah", "Sally"),
			file: replace(card("NAME:b"), "Sarah", "Sally"), body: replace(card("NAME:b"), "Sarah", "Sally")},
	})
}
