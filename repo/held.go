package repo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vgit/repo/store"
)

// HeldItem is an item of a hold, for a person.
type HeldItem struct {
	Name, UID, Title, When string // not sanitised
	// Change is what keeps it in the hold: "deleted here", "changed there" and the like.
	Change      string
	Here, There LastChange
}

// LastChange is when an item was last seen to change on one side, and how; zero if that was too long ago to look for.
type LastChange struct {
	Time time.Time
	How  string // "edited here", "received", "sent", "changed there"
}

// HeldItems tells about the items of a hold, in its order; lookBack is how many commits are looked at for what changed last.
func (r *Repo) HeldItems(h *Hold, lookBack int) ([]HeldItem, error) {
	names := map[string]bool{}
	for _, s := range h.States {
		names[s.Name] = true
	}
	main, err := r.s.Ref(mainRef)
	if err != nil {
		return nil, err
	}
	tracking, err := r.s.Ref(trackingRef(h.Remote))
	if err != nil {
		return nil, err
	}
	here, there := r.lastChanges(main, h.Collection, names, lookBack), r.lastChanges(tracking, h.Collection, names, lookBack)
	items := make([]HeldItem, len(h.States))
	for i, s := range h.States {
		items[i] = HeldItem{Name: s.Name, Change: s.change(), Here: here[s.Name], There: there[s.Name]}
		for _, hash := range []store.Hash{s.L1, s.R1, s.L0, s.R0} {
			if it, err := r.parse(hash); err == nil && !hash.IsZero() {
				items[i].UID, items[i].Title, items[i].When = uidOf(it), it.Summary(), it.When()
				break
			}
		}
	}
	return items, nil
}

// change says which side did what to an item.
func (s ItemState) change() string {
	word := func(old, now store.Hash, side string) string {
		switch {
		case old == now:
			return ""
		case old.IsZero():
			return "new " + side
		case now.IsZero():
			return "deleted " + side
		}
		return "changed " + side
	}
	here, there := word(s.L0, s.L1, "here"), word(s.R0, s.R1, "there")
	if here == "" || there == "" {
		return here + there
	}
	return here + ", " + there
}

// lastChanges walks a line back, by first parents, until each of some items of a collection was seen to change.
func (r *Repo) lastChanges(commit store.Hash, coll string, names map[string]bool, most int) map[string]LastChange {
	found := map[string]LastChange{}
	for ; most > 0 && !commit.IsZero() && len(found) < len(names); most-- {
		c, err := r.g.Commit(commit)
		if err != nil {
			return found
		}
		parent, before := store.Hash{}, store.Hash{}
		if len(c.Parents) > 0 {
			parent = c.Parents[0]
			if p, err := r.g.Commit(parent); err == nil {
				before = p.Tree
			}
		}
		a, errA := lookup(r.g, before, r.o.Layout.dir(coll))
		b, errB := lookup(r.g, c.Tree, r.o.Layout.dir(coll))
		old, now, err := r.o.Layout.unequal(r.g, a.Hash, b.Hash)
		if errors.Join(errA, errB, err) != nil {
			return found
		}
		for name := range names {
			if _, done := found[name]; !done && old[name] != now[name] {
				found[name] = LastChange{c.Author.When, r.how(c)}
			}
		}
		commit = parent
	}
	return found
}

// how tells what made a commit of main or of a tracking branch.
func (r *Repo) how(c store.Commit) string {
	text, err := readFile(r.g, c.Tree, accountPath)
	if err == nil && text != nil {
		if from, ok := ReadOrigin(text); ok && from.Made == "push" {
			return "sent"
		}
		return "changed there"
	}
	if len(c.Parents) == 2 {
		return "received"
	}
	return "edited here"
}

// NoHold says that nothing is held under an ID any more.
type NoHold struct {
	ID string
	// Said is what was answered under this ID earlier, if anything was.
	Said *HoldAnswer
	// Now is what is held in the same place for the same reason, another set; nil if nothing is.
	Now *Hold
}

func (e *NoHold) Error() string {
	switch {
	case e.Now != nil:
		return fmt.Sprintf("%s: what it is about has changed; what is held now is %s", e.ID, e.Now.ID)
	case e.Said != nil:
		return e.ID + ": done already"
	}
	return e.ID + ": nothing of that name is held"
}

// AnswerHold takes down, under the lock, what a person answers to a hold of the remote in q, which is named in full; the next sync carries
// it out. It is a NoHold if exactly that is not held any more, and nothing is taken down (G20).
func (r *Repo) AnswerHold(ctx context.Context, q Request, id string, refuse bool) error {
	unlock, err := r.s.Lock()
	if err != nil {
		return err
	}
	return errors.Join(r.answerHold(ctx, q, id, refuse), unlock())
}

func (r *Repo) answerHold(ctx context.Context, q Request, id string, refuse bool) error {
	q.DryRun = true
	report := newReport(q.Remotes)
	_, l, err := r.known(ctx, q, report)
	if err != nil {
		return err
	}
	a, err := r.answerTo(report.Remotes[0], id, refuse)
	if err != nil {
		return err
	}
	// What else this look has found out is for the next sync to find again.
	keeper := Remote{Name: a.Keeper()}
	s := &side{rem: keeper, report: newReport([]Remote{keeper}).Remotes[0]}
	if err := r.loadSide(s); err != nil {
		return err
	}
	if s.base.commit.IsZero() && s.snap.Commit.IsZero() || l.main.IsZero() {
		return &NoHold{ID: id} // there is nothing yet that an answer could be kept with
	}
	if err := s.base.answerHold(a); err != nil {
		return err
	}
	l.Commit = l.main // an edit that is not recorded yet is for the next sync, too
	return r.agree(ctx, s, l)
}

// ErrStays says that a hold is not answered so: it is about what the configuration says, and nothing is done as long as it is held.
var ErrStays = errors.New("nothing is done with it as long as it is held")

// ErrMapped says that an answer cannot say which of two partners a collection is to have.
var ErrMapped = errors.New("an answer does not help here: rename the directory, or change collections in the configuration")

// answerTo makes the answer to a hold that stands, or that was answered otherwise and is not carried out yet.
func (r *Repo) answerTo(rem *RemoteReport, id string, refuse bool) (HoldAnswer, error) {
	a := HoldAnswer{Refuse: refuse, When: r.o.Now().UTC().Format(timeFormat)}
	holds := rem.Holds()
	if i := slices.IndexFunc(holds, func(h Hold) bool { return h.ID == id }); i >= 0 {
		switch a.Hold = holds[i]; {
		case a.Class == Binding && refuse:
			return a, fmt.Errorf("%w; name the account in the configuration that the vdir was synced with", ErrStays)
		case a.Class == MappingChanged:
			return a, ErrMapped
		}
		return a, nil
	}
	said, open, err := r.SaidOf(rem.Name, id)
	if open && err == nil {
		a.Hold = said.Hold
		return a, nil
	}
	none := &NoHold{ID: id, Said: said}
	if said != nil {
		none.Now = said.after(holds)
	}
	return a, errors.Join(err, none)
}

// Holds are what the guard keeps back, the hold on the remote as a whole included.
func (r *RemoteReport) Holds() []Hold {
	var all []Hold
	if r.Mismatch != nil {
		all = append(all, *r.Mismatch)
	}
	if r.Plan != nil {
		all = append(all, r.Plan.Holds...)
	}
	return all
}

// after is what is held now where something else was held.
func (a *HoldAnswer) after(holds []Hold) *Hold {
	for i := range holds {
		if h := &holds[i]; h.Class == a.Class && h.Collection == a.Collection {
			return h
		}
	}
	return nil
}

// mostBases bounds how far back an answer is looked for.
const mostBases = 2000

// SaidOf finds what a person answered to the hold of a remote whose ID begins so, nil if nothing; open tells that it is still to be carried
// out, else it is one of earlier.
func (r *Repo) SaidOf(remote, prefix string) (said *HoldAnswer, open bool, err error) {
	commit, err := r.s.Ref(baseRef(remote))
	for i := 0; i < mostBases && err == nil && !commit.IsZero(); i++ {
		c, err := r.g.Commit(commit)
		if err != nil {
			return nil, false, err
		}
		list, err := (&Base{tree: c.Tree, o: r.g}).holdAnswers()
		if err != nil {
			return nil, false, err
		}
		if at := slices.IndexFunc(list, func(a HoldAnswer) bool { return strings.HasPrefix(a.ID, prefix) }); at >= 0 {
			return &list[at], i == 0, nil
		}
		if len(c.Parents) < 3 {
			break
		}
		commit = c.Parents[2]
	}
	return nil, false, err
}

// Preview is as Status, with the answer given.
func (r *Repo) Preview(ctx context.Context, q Request, id string, refuse bool) (*Report, error) {
	q.DryRun = true
	report := newReport(q.Remotes)
	known, l, err := r.known(ctx, q, report)
	if err != nil {
		return report, err
	}
	a, err := r.answerTo(report.Remotes[0], id, refuse)
	if err != nil || len(known) == 0 {
		return report, err
	}
	if err := known[0].base.answerHold(a); err != nil {
		return report, err
	}
	plan, err := r.decide(known[0], l, q)
	if err == nil {
		report.Remotes[0].plan(plan)
	}
	return report, err
}
