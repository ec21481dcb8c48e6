package history

import (
	"fmt"
	"time"

	"vgit/repo/store"
)

// When is what a person says of a moment: a revision, or a time.
type When struct {
	Text string    // as it was said
	Rev  string    // as git names commits of main and of tracking branches: "main~2", "server/main", "4f1c"; "": a time
	Time time.Time // of a day alone: its beginning
	Day  bool      // the time is a day alone
}

// End is the last moment of what was said: of a day its end.
func (w When) End() time.Time {
	if !w.Day {
		return w.Time
	}
	return w.Time.AddDate(0, 0, 1).Add(-time.Nanosecond)
}

// Moment is a state of the vdir, or of a remote as it was seen: that of a commit.
type Moment struct {
	Commit, Tree store.Hash
	Time         time.Time // when it was made, in the zone of that machine
}

// NoMoment says that there is no such moment in this history. Its text may hold what a person said.
type NoMoment struct{ What, Hint string }

func (e *NoMoment) Error() string { return e.What }

// At finds a moment. A revision is a commit of main or of a tracking branch, and what either was made of. The state at a time is that
// of the newest commit on main's own line that was made not later, by the author's time, which is what the log shows. *NoMoment says that
// there is none.
func (b *Book) At(w When) (Moment, error) {
	if w.Rev != "" {
		return b.revision(w.Rev)
	}
	return b.asOf(w)
}

// asOf parts main's own line into what was made later and what was not. Where clocks went wrong, or a commit made by hand bears any
// date, the fewest commits stand on the wrong side.
func (b *Book) asOf(w When) (Moment, error) {
	tip, err := b.tip()
	if err != nil {
		return Moment{}, err
	}
	var found, first Moment
	later, most := 0, -1 // commits after this one that are later, less those that are not
	for h := tip; !h.IsZero() && later > most-slop; {
		c, err := b.Commit(h)
		if err != nil {
			return Moment{}, fmt.Errorf("commit %s: %w", h, err)
		}
		first = Moment{h, c.Tree, c.Author.When}
		if later > most {
			found, most = first, later
		}
		if later--; c.Author.When.After(w.Time) {
			later += 2
		}
		if h = (store.Hash{}); len(c.Parents) > 0 {
			h = c.Parents[0]
		}
	}
	if later > most {
		return Moment{}, &NoMoment{"there is no history before " + first.Time.In(w.Time.Location()).Format(minutes), "vgit log shows what there is"}
	}
	return found, nil
}

// tip is the newest commit of main.
func (b *Book) tip() (store.Hash, error) {
	tips, err := b.tips()
	if tip := tips["main"]; !tip.IsZero() {
		return tip, nil
	}
	if err == nil {
		err = &NoMoment{"there is no history yet", "vgit sync begins it"}
	}
	return store.Hash{}, err
}
