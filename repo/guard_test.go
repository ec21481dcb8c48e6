package repo

import (
	"fmt"
	"strings"
	"testing"

	"vgit/repo/store"
)

func nth(i int) string { return fmt.Sprintf("%05d.ics", i) }

// body adds an event with some lines.
func body(uid string, lines ...string) store.Hash {
	all := append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:" + uid, "DTSTART:20260302T100000Z"}, lines...)
	return addVersion([]byte(strings.Join(append(all, "END:VEVENT", "END:VCALENDAR", ""), "\r\n")))
}

// does are the changes that make n steps of each class.
var does = map[Class]func(v *View, i int){
	PushDeletions: func(v *View, i int) { delete(v.Local, nth(i)) },
	PullDeletions: func(v *View, i int) { delete(v.There, nth(i)) },
	PushChanges:   func(v *View, i int) { v.Local[nth(i)], _ = version("b") },
	PullChanges:   func(v *View, i int) { v.There[nth(i)], _ = version("b") },
	PushAdditions: func(v *View, i int) { v.Local["new"+nth(i)] = body(fmt.Sprint("new", i), "SUMMARY:New") },
	PullAdditions: func(v *View, i int) { v.There["new"+nth(i)] = body(fmt.Sprint("new", i), "SUMMARY:New") },
}

func decideAll(c Choice, views ...View) *Plan {
	return Decide(views, Bodies{readVersion, addVersion}, c)
}

// edges is the table of the edges (5.4): the largest number that passes of each class in a collection of n; -1: all of them pass.
var edges = []struct {
	n                                                      int
	pushDeletions, pullDeletions, pushChanges, pullChanges int
}{
	{1, -1, -1, -1, -1},
	{2, 1, -1, -1, -1},
	{3, 2, 2, -1, -1},
	{4, 3, 3, -1, -1},
	{5, 4, 4, -1, -1},
	{9, 4, 8, -1, -1},
	{10, 4, 9, -1, -1},
	{20, 4, 9, 19, 19},
	{39, 4, 9, 19, 19},
	{40, 4, 10, 19, 20},
	{50, 5, 12, 19, 25},
	{67, 6, 16, 20, 33},
	{100, 10, 25, 30, 50},
	{490, 49, 122, 147, 245},
	{2000, 49, 499, 600, 1000},
	{10000, 49, 499, 3000, 5000},
}

// TestG6G7G8EdgesInOneRun: for each row of the table, what passes passes as a whole, and one more is held as a whole, while nothing else is.
func TestG6G7G8EdgesInOneRun(t *testing.T) {
	t.Parallel()
	for _, e := range edges {
		for class, most := range map[Class]int{PushDeletions: e.pushDeletions, PullDeletions: e.pullDeletions, PushChanges: e.pushChanges, PullChanges: e.pullChanges} {
			if most < 0 {
				expectEdge(t, class, e.n, e.n, false)
				continue
			}
			expectEdge(t, class, e.n, most, false)
			expectEdge(t, class, e.n, most+1, true)
		}
	}
}

// TestG9Additions: 1,000 or three times the collection, either way, but not on its first sync.
func TestG9Additions(t *testing.T) {
	t.Parallel()
	for _, class := range []Class{PushAdditions, PullAdditions} {
		for n, most := range map[int]int{1: 1000, 333: 1000, 334: 1002} {
			expectEdge(t, class, n, most, false)
			expectEdge(t, class, n, most+1, true)
		}
		expectEdge(t, class, 0, 5000, false)
	}
}

// expectEdge makes k steps of a class in a collection of n, beside a new item on the other side that must go on whatever is held.
func expectEdge(t *testing.T, class Class, n, k int, held bool) {
	t.Helper()
	v := many(n)
	for i := range k {
		does[class](&v, i)
	}
	into, other := v.Local, There
	if class == PushDeletions || class == PushChanges || class == PushAdditions {
		into, other = v.There, Here
	}
	into["beside.ics"] = body("beside", "SUMMARY:Goes on")
	p := decideAll(Choice{}, v)
	if !held {
		if len(p.Holds) > 0 {
			t.Errorf("%d %s of %d are held: %s", k, class, n, p.Holds[0].Why)
		}
		return
	}
	if len(p.Holds) != 1 || p.Holds[0].Class != class {
		t.Errorf("%d %s of %d: holds %+v", k, class, n, p.Holds)
		return
	}
	h := &p.Holds[0]
	if len(h.States) != k || len(p.In(h)) != k || h.Collection != "work" || h.Side == other {
		t.Errorf("%d %s of %d: the hold has %d states and %d steps", k, class, n, len(h.States), len(p.In(h)))
	}
	if want := fmt.Sprintf("%d of %d item", k, n); !strings.Contains(h.Why, want) || !strings.Contains(h.Why, "at most ") {
		t.Errorf("%q lacks the numbers", h.Why)
	}
	if on := p.InState(Do); len(on) != 1 || on[0].Name != "beside.ics" || on[0].Side != other {
		t.Errorf("%d %s of %d: beside them %d steps go on, want 1", k, class, n, len(on))
	}
}

// TestG5MovesAndSpellingDoNotCount: items that came up in another collection are no deletions and no additions, and 100 cosmetic changes of
// 100 are no changes.
func TestG5MovesAndSpellingDoNotCount(t *testing.T) {
	t.Parallel()
	from, to := many(20), many(1)
	to.Collection = "home"
	for i := range 15 {
		uid := fmt.Sprint("moved", i)
		h := body(uid, "SUMMARY:Moves")
		from.BaseLocal[nth(i)], from.BaseThere[nth(i)], from.There[nth(i)] = h, h, h
		from.Status.row(nth(i)).UID = uid
		delete(from.Local, nth(i))
		to.Local[uid+".ics"] = h
	}
	for i := 15; i < 19; i++ {
		delete(from.Local, nth(i))
	}
	if p := decideAll(Choice{}, from, to); len(p.Holds) > 0 {
		t.Errorf("15 moves and 4 deletions of 20: %+v", p.Holds)
	}
	delete(from.Local, nth(19))
	if p := decideAll(Choice{}, from, to); len(p.Holds) != 1 || len(p.Holds[0].States) != 5 {
		t.Errorf("15 moves and 5 deletions of 20: %+v", p.Holds)
	}

	v := many(100)
	for i := range 100 {
		v.There[nth(i)], _ = version("a'")
		v.Local[nth(i)], _ = version("a'")
	}
	v.BaseLocal[nth(0)], _ = version("b")
	if p := decideAll(Choice{}, v); len(p.Holds) > 0 {
		t.Errorf("100 cosmetic changes: %+v", p.Holds)
	}
}

// TestG8bRollbackByClocks: five of 99 items whose clocks go backwards are held, of 100 it takes six. A clock that goes on is none that goes
// back, and what a person put back is no rollback (G23).
func TestG8bRollbackByClocks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n, k, held int
		then, now  string
		putBack    bool
	}{
		{99, 4, 0, "SEQUENCE:2", "SEQUENCE:1", false},
		{99, 5, 5, "SEQUENCE:2", "SEQUENCE:0", false},
		{100, 5, 0, "LAST-MODIFIED:20260301T000000Z", "LAST-MODIFIED:20260201T000000Z", false},
		{100, 6, 6, "LAST-MODIFIED:20260301T000000Z", "LAST-MODIFIED:20260201T000000Z", false},
		{99, 5, 5, "REV:2026-03-01T00:00:00.5Z", "REV:20260228T000000Z", false},
		{99, 5, 0, "SEQUENCE:1", "SEQUENCE:2", false},
		{99, 5, 0, "SEQUENCE:9\r\nLAST-MODIFIED:20260201T000000Z", "SEQUENCE:0\r\nLAST-MODIFIED:20260301T000000Z", false},
		{99, 9, 0, "SEQUENCE:2", "SEQUENCE:1", true},
	} {
		v := many(c.n)
		v.PutBack = map[string]bool{}
		for i := range c.k {
			h := body(fmt.Sprint(i), "SUMMARY:Now", c.then)
			v.BaseLocal[nth(i)], v.BaseThere[nth(i)], v.Local[nth(i)] = h, h, h
			v.There[nth(i)] = body(fmt.Sprint(i), "SUMMARY:Then", c.now)
			v.PutBack[nth(i)] = c.putBack
		}
		held := 0
		p := decideAll(Choice{}, v)
		for _, h := range p.Holds {
			if h.Class != PullRollback {
				t.Errorf("%+v holds %s", c, h.Class)
			}
			held += len(h.States)
		}
		if held != c.held {
			t.Errorf("%d of %d, %s after %s: %d held, want %d", c.k, c.n, c.now, c.then, held, c.held)
		}
	}
}

// TestG10Attendees: three meetings that a push changes or deletes are held, two are not, and none in which there is nobody but the user.
func TestG10Attendees(t *testing.T) {
	t.Parallel()
	const ada, bob = "mailto:ada@example.org", "mailto:Bob@example.org"
	for _, c := range []struct {
		people  []string
		k, held int
	}{
		{[]string{"ORGANIZER:" + ada, "ATTENDEE;CN=Bob:" + bob}, 2, 0},
		{[]string{"ORGANIZER:" + ada, "ATTENDEE;CN=Bob:" + bob}, 3, 3},
		{[]string{"ORGANIZER:" + bob, "ATTENDEE:" + ada}, 3, 3},
		{[]string{"ORGANIZER:" + ada, "ATTENDEE:MAILTO:ADA@example.org"}, 9, 0},
		{[]string{"ORGANIZER:" + bob}, 9, 0},
		{[]string{"ATTENDEE:" + bob}, 9, 0},
	} {
		v := many(100)
		for i := range c.k {
			h := body(fmt.Sprint(i), append([]string{"SUMMARY:Meeting"}, c.people...)...)
			v.BaseLocal[nth(i)], v.BaseThere[nth(i)], v.There[nth(i)] = h, h, h
			if i%2 == 0 {
				v.Local[nth(i)] = body(fmt.Sprint(i), append([]string{"SUMMARY:Changed"}, c.people...)...)
			} else {
				delete(v.Local, nth(i))
			}
		}
		p := decideAll(Choice{Me: []string{"ada@example.org"}}, v)
		held := len(p.InState(Held))
		if held != c.held || held > 0 && p.Holds[0].Class != Attendees {
			t.Errorf("%d with %q: %d held, want %d", c.k, c.people, held, c.held)
		}
	}
}

// TestG14SeveralCollections: deletions that are held in two collections let none pass in a third, in that direction; and what passes in each
// collection is held if it is too much for all of them.
func TestG14SeveralCollections(t *testing.T) {
	t.Parallel()
	named := func(coll string, n int, class Class, k int) View {
		v := many(n)
		v.Collection = coll
		for i := range k {
			does[class](&v, i)
		}
		return v
	}
	for what, c := range map[string]struct {
		views []View
		held  string // collection, class and number of each hold
	}{
		"two held, the third waits": {[]View{named("a", 20, PushDeletions, 5), named("b", 20, PushDeletions, 5), named("c", 900, PushDeletions, 1), named("d", 900, PullDeletions, 1)},
			"a push deletions 5, b push deletions 5, c push deletions 1"},
		"one held, the others go": {[]View{named("a", 20, PushDeletions, 5), named("b", 900, PushDeletions, 1), named("c", 900, PushDeletions, 1)}, "a push deletions 5"},
		"sums of pushes pass":     {[]View{named("a", 40, PushDeletions, 4), named("b", 40, PushDeletions, 4)}, ""},
		"sums of pushes":          {[]View{named("a", 40, PushDeletions, 4), named("b", 49, PushDeletions, 4), named("c", 10, PushDeletions, 2)}, "a push deletions 4, b push deletions 4, c push deletions 2"},
		"caps of pushes pass":     {[]View{named("a", 900, PushDeletions, 49), named("b", 900, PushDeletions, 49), named("c", 900, PushDeletions, 1)}, ""},
		"caps of pushes":          {[]View{named("a", 900, PushDeletions, 49), named("b", 900, PushDeletions, 49), named("c", 900, PushDeletions, 2)}, "a push deletions 49, b push deletions 49, c push deletions 2"},
		"caps of pulls pass":      {[]View{named("a", 9000, PullDeletions, 499), named("b", 9000, PullDeletions, 499), named("c", 900, PullDeletions, 1)}, ""},
		"caps of pulls":           {[]View{named("a", 9000, PullDeletions, 499), named("b", 9000, PullDeletions, 499), named("c", 900, PullDeletions, 2)}, "a pull deletions 499, b pull deletions 499, c pull deletions 2"},
	} {
		var got []string
		for _, h := range decideAll(Choice{}, c.views...).Holds {
			got = append(got, fmt.Sprintf("%s %s %d", h.Collection, h.Class, len(h.States)))
		}
		if all := strings.Join(got, ", "); all != c.held {
			t.Errorf("%s: held %q, want %q", what, all, c.held)
		}
	}
}

// TestG21AllowDeletes: a run that may make four deletions makes four, and of five none; what it made in an earlier round counts, and so do
// those that the guard would let pass. Moves do not.
func TestG21AllowDeletes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ n, k, allow, done, held int }{
		{5, 4, 4, 0, 0}, {5, 5, 5, 0, 0}, {5, 5, 4, 0, 5}, {900, 5, 4, 0, 5}, {900, 4, 4, 1, 4}, {900, 1, -1, 0, 1}, {20, 15, 20, 0, 0},
	} {
		v := many(c.n)
		for i := range c.k {
			does[PushDeletions](&v, i)
		}
		p := decideAll(Choice{AllowDeletes: c.allow, Deleted: c.done}, v)
		if n := len(p.InState(Held)); n != c.held {
			t.Errorf("%+v: %d held", c, n)
		}
	}
}

// TestGuardLimitsAreChosen: each class obeys its own limit, and 0 for the most is none.
func TestGuardLimitsAreChosen(t *testing.T) {
	t.Parallel()
	for class := range does {
		v := many(9)
		for i := range 2 {
			does[class](&v, i)
		}
		loose := GuardLimits{Limit{9, 99, 0}, Limit{9, 99, 0}, Limit{9, 99, 0}, Limit{9, 99, 0}, Limit{9, 99, 0}, Limit{9, 99, 0}, Limit{9, 99, 0}}
		if p := decideAll(Choice{Guard: loose}, v); len(p.Holds) > 0 {
			t.Errorf("%s: held under a loose limit", class)
		}
		tight := loose
		one := Limit{1, 0, 0}
		if class == PushAdditions || class == PullAdditions {
			one = Limit{1, 0, 2}
		}
		*map[Class]*Limit{PushDeletions: &tight.PushDeletions, PullDeletions: &tight.PullDeletions, PushChanges: &tight.PushChanges,
			PullChanges: &tight.PullChanges, PushAdditions: &tight.Additions, PullAdditions: &tight.Additions}[class] = one
		if p := decideAll(Choice{Guard: tight}, v); len(p.Holds) != 1 || p.Holds[0].Class != class {
			t.Errorf("%s: %+v under a tight limit", class, p.Holds)
		}
	}
}

// TestGuardHoldsItemsAsAWhole: of an item that was edited on both sides neither half goes, if one is held.
func TestGuardHoldsItemsAsAWhole(t *testing.T) {
	t.Parallel()
	v := many(20)
	for i := range 20 {
		h := body(fmt.Sprint(i), "SUMMARY:A", "LOCATION:X")
		v.BaseLocal[nth(i)], v.BaseThere[nth(i)], v.Local[nth(i)] = h, h, h
		v.There[nth(i)] = body(fmt.Sprint(i), "SUMMARY:B", "LOCATION:X")
	}
	v.Local[nth(0)] = body("0", "SUMMARY:A", "LOCATION:Y")
	p := decideAll(Choice{}, v)
	if len(p.Holds) != 1 || len(p.InState(Do)) > 0 || len(p.In(&p.Holds[0])) != 21 {
		t.Errorf("%+v", p.Holds)
	}
}
