package merge_test

import (
	"testing"

	"vgit/merge"
)

// What the server left out goes, and what others wrote since stays news.
func TestLeft(t *testing.T) {
	t.Parallel()
	for _, r := range []struct{ name, sent, stored, want string }{
		{"as sent", "SUMMARY:A", "SUMMARY:A", "SUMMARY:A"},
		{"dropped", "SUMMARY:A | X-A:1", "SUMMARY:A", "SUMMARY:A"},
		{"dropped, and edited since", "SUMMARY:A | X-A:1 | LOCATION:R", "SUMMARY:B | LOCATION:S | PRIORITY:1", "SUMMARY:A | LOCATION:R"},
		{"one of a list", "SUMMARY:A | CATEGORIES:a,b", "SUMMARY:A | CATEGORIES:b,c", "SUMMARY:A | CATEGORIES:b"},
		{"an alarm", "SUMMARY:A | BEGIN:VALARM | UID:a1 | ACTION:DISPLAY | END:VALARM", "SUMMARY:B", "SUMMARY:A"},
	} {
		if got := merge.Left(parsed(event(r.sent)), parsed(event(r.stored))); string(got) != event(r.want) {
			t.Errorf("%s:\n%s", r.name, got)
		}
	}
}
