package repo

import "strings"

// This file brings what a person answered to holds into a decision. An answer counts for the states that it was said of, and as a whole: once
// an item that it names is neither in that state nor in step, it is void, and the guard asks anew (G20). What vgit itself has carried out
// of it, perhaps in a run that was killed, is in step.

// Answered tells of a step which answer of a person it carries out.
type Answered struct {
	ID     string // of the hold; "": none
	Class  Class
	Refuse bool // it puts back what the other side did
}

// obey enters answers into the views, and tells which of them are over: carried out, not needed any more (G19), or void.
func obey(views []View, said []HoldAnswer, read Read) (over []string) {
	byName := map[string]*View{}
	for i := range views {
		byName[views[i].Collection] = &views[i]
	}
	d := &decider{read: read}
	for i := range said {
		a := &said[i]
		var how standing
		switch {
		case len(a.States) > 0:
			how = d.standing(a, byName)
		case a.Class == NewCollection:
			how = ofNew(byName[a.Collection])
		default:
			continue // on a remote as a whole: who acts on it looks after it
		}
		if how == answerOver {
			over = append(over, a.ID)
		}
		if how == answerOpen {
			a.enter(byName)
		}
	}
	return over
}

// standing is how an answer stands to what both sides have today.
type standing int

const (
	answerOpen    standing = iota // it is to be carried out
	answerOver                    // nothing is left of it, or it is void
	answerUnknown                 // somebody could not be asked; it stays, and nothing is done
)

func (d *decider) standing(a *HoldAnswer, views map[string]*View) standing {
	how := answerOver
	for _, s := range a.States {
		v := views[s.Collection]
		switch {
		case v == nil || v.Landed[s.Name]:
			// in step, or on its way
		case v.Aside, v.Gone != "" && a.Class != CollectionGone, v.Vanished && v.Gone == "" && a.Class != DirectoryGone:
			return answerUnknown
		case v.state(s.Name) == s:
			how = answerOpen
		case !d.inStep(v.state(s.Name)):
			return answerOver
		}
	}
	return how
}

// inStep tells whether nothing is to be done with an item: neither side has changed in substance, or both have the same.
func (d *decider) inStep(s ItemState) bool {
	if s.L1 == s.R1 || !s.L1.IsZero() && !s.R1.IsZero() && d.same(s.L1, s.R1) {
		return true
	}
	return !d.strong(s.L0, s.L1) && !d.strong(s.R0, s.R1)
}

// ofNew tells how an answer about a collection that is only here stands: until it is on the other side, or gone here, too.
func ofNew(v *View) standing {
	switch {
	case v == nil || v.Status != nil:
		return answerOver
	case v.Aside:
		return answerUnknown
	}
	return answerOpen
}

// enter lets the views know of an answer that is to be carried out.
func (a *HoldAnswer) enter(views map[string]*View) {
	if a.Class == NewCollection {
		v := views[a.Collection]
		v.Create, v.Like = map[bool]string{false: "yes", true: "no"}[a.Refuse], "" // a person has said what it is
	}
	for _, s := range a.States {
		v := views[s.Collection]
		if v == nil || v.state(s.Name) != s {
			continue
		}
		if v.said == nil {
			v.said, v.Accepted = map[string]*HoldAnswer{}, map[ItemState]bool{}
		}
		if a.Class == CollectionGone && v.Gone != "" || a.Class == DirectoryGone && v.Vanished {
			v.lifted = a
		}
		if !a.Refuse {
			v.Accepted[s] = true
		} else {
			v.putBack(s.Name)
		}
		if v.said[s.Name] == nil || a.Refuse { // what refusing asks for may be held, and accepted, in turn
			v.said[s.Name] = a
		}
	}
}

// pulls tells whether a class keeps back what the other side did.
func (c Class) pulls() bool { return strings.HasPrefix(string(c), "pull ") || c == CollectionGone }
