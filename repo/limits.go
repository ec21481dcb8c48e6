package repo

import "fmt"

// Limit is how many items of a class may be written before the guard holds them: from Least on if they are more than Percent of the
// collection, and from Most on in any case, if Most is not 0.
type Limit struct{ Least, Percent, Most int }

// GuardLimits are the limits of all classes (G6 to G10).
type GuardLimits struct {
	PushDeletions, PushChanges         Limit
	PullDeletions, PullChanges         Limit
	PullRollback, Additions, Attendees Limit
}

// DefaultLimits are those of a configuration that says nothing: tight where nothing can be undone, loose where one commit undoes it.
func DefaultLimits() GuardLimits {
	return GuardLimits{
		PushDeletions: Limit{5, 10, 50},
		PushChanges:   Limit{20, 30, 0},
		PullDeletions: Limit{10, 25, 500},
		PullChanges:   Limit{20, 50, 0},
		PullRollback:  Limit{5, 5, 0},
		Additions:     Limit{1000, 300, 0},
		Attendees:     Limit{3, 0, 0},
	}
}

// bound is a limit together with the rules of its class that nobody configures.
type bound struct {
	Limit
	whole int  // from that size of the collection on, all of it is too much; 0: never
	over  bool // Least itself passes (G9)
	once  bool // each run counts for itself
}

// bound gives that of a class.
func (g GuardLimits) bound(class Class) bound {
	switch class {
	case PushDeletions:
		return bound{Limit: g.PushDeletions, whole: 2}
	case PullDeletions:
		return bound{Limit: g.PullDeletions, whole: 3}
	case PushChanges:
		return bound{Limit: g.PushChanges}
	case PullChanges:
		return bound{Limit: g.PullChanges}
	case PullRollback:
		return bound{Limit: g.PullRollback, once: true}
	case Attendees:
		return bound{Limit: g.Attendees, once: true}
	}
	return bound{Limit: g.Additions, over: true}
}

// doubled has the fixed cap doubled, for the sums over a remote (G14).
func (b bound) doubled() bound {
	b.Most *= 2
	return b
}

// passes is the largest number that passes in a collection of n items.
func (b bound) passes(n int) int {
	least := b.Least
	if !b.over {
		least--
	}
	most := max(least, n*b.Percent/100)
	if b.Most > 0 {
		most = min(most, b.Most-1)
	}
	if b.whole > 0 && n >= b.whole {
		most = min(most, n-1)
	}
	return max(most, 0)
}

// tally is what counts for one class in one collection.
type tally struct {
	now     int // in this plan
	earlier int // in the last 24 hours, without those of now
	of      int // the size of the collection
}

func (t tally) sum() int { return t.now + t.earlier }

// exceeds tells whether a count is held.
func (b bound) exceeds(t tally) bool { return t.now > 0 && t.sum() > b.passes(t.of) }

// why says what is too much, with the numbers and the limit.
func (b bound) why(t tally, where string) string {
	what := fmt.Sprintf("%d of %s", t.now, count(t.of, "item"))
	if t.earlier > 0 {
		what = fmt.Sprintf("%d, and %d more in the last 24 hours, of %s", t.now, t.earlier, count(t.of, "item"))
	}
	if b.whole > 0 && t.of >= b.whole && t.sum() >= t.of {
		what += ", which is all there is"
	}
	span := "in 24 hours"
	if b.once {
		span = "at once"
	}
	return fmt.Sprintf("%s%s; at most %d pass %s", what, where, b.passes(t.of), span)
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
