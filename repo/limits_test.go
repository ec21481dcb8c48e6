package repo

import "testing"

// TestLimitsAtTheirEnds: a limit of zeros holds all, and one without end all but that nothing is left (docs/guard.md).
func TestLimitsAtTheirEnds(t *testing.T) {
	t.Parallel()
	for _, class := range []Class{PushDeletions, PullDeletions, PushChanges, PullChanges, PullRollback, Attendees, PushAdditions} {
		none, wide := Limit{}, Limit{Least: 100000}
		all := func(l Limit) bound { return GuardLimits{l, l, l, l, l, l, l}.bound(class) }
		if n := all(none).passes(100); n != 0 {
			t.Errorf("%s: %d pass where nothing may", class, n)
		}
		if !all(none).exceeds(tally{now: 1, of: 100}) {
			t.Errorf("%s: one passes where nothing may", class)
		}
		deletes := class == PushDeletions || class == PullDeletions
		if held := all(wide).exceeds(tally{now: 100, of: 100}); held != deletes {
			t.Errorf("%s: all of a hundred: held %v", class, held)
		}
		if all(wide).exceeds(tally{now: 99, of: 100}) {
			t.Errorf("%s: 99 of a hundred are held", class)
		}
	}
}
