package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGuard: a number in a remote counts before one in the vdir, that before [guard], and that before the default; 0 for the most is none.
func TestGuard(t *testing.T) {
	t.Parallel()
	usual := load(t, sound).Guard(nil, "")
	c := load(t, "[guard]\npush_deletions = { most = 0 }\nadditions = { least = 9 }\npull_changes = { percent = 7 }\n"+
		sound+"[remote.b.guard]\npush_deletions = { least = 30 }\nattendees = { least = 1 }\n[vdir.a.guard]\npush_deletions = { least = 20, percent = 40 }\n")
	want := usual
	want.PushDeletions, want.Additions, want.PullChanges, want.Attendees = Limit{30, 40, 0}, Limit{9, 300, 0}, Limit{20, 7, 0}, Limit{1, 0, 0}
	if diff := cmp.Diff(want, c.Guard(c.VDir("a"), "b")); diff != "" {
		t.Errorf("Guard (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Guard{Limit{5, 10, 50}, Limit{20, 30, 0}, Limit{10, 25, 500}, Limit{20, 50, 0}, Limit{5, 5, 0}, Limit{1000, 300, 0}, Limit{3, 0, 0}}, usual); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	if c := load(t, strings.Replace(sound, "[remote.b]", "[remote.b]\nlike = 'd'", 1)+"[remote.d]\ntype = 'caldav'\nurl = 'd.example'\n[remote.d.guard]\nattendees = { least = 8 }\n"); c.Guard(c.VDir("a"), "b").Attendees.Least != 8 {
		t.Error("a remote does not take the guard of the one that it is like")
	}
}
