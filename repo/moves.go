package repo

import "slices"

// pairMoves finds items that left one collection and came up in another, on the same side. The delete then needs the create,
// and neither counts as a deletion (G5, P89, X19).
func pairMoves(p *Plan) {
	type key struct {
		side Side
		uid  string
	}
	created := map[key]*Step{}
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Kind == Create && s.UID != "" {
			created[key{s.Side, s.UID}] = s
		}
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Kind != Delete || s.State != Do || s.UID == "" {
			continue
		}
		c := created[key{s.Side, s.UID}]
		if c == nil || c.Collection == s.Collection {
			continue
		}
		s.Needs, s.Why = c.Collection+"/"+c.Name, "moved to "+c.Collection
		if c.State != Do {
			s.State, s.Why = Refused, "moved to "+c.Collection+", where it cannot go: "+c.Why
		}
	}
}

// revertedMoves keeps items that the user moved into a collection that takes nothing and puts edits back: taken away there, they would be
// nowhere.
func revertedMoves(p *Plan) {
	taken := map[string]*Step{}
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Side == Here && s.Kind == Delete && s.State == Do && s.UID != "" && s.l0.IsZero() && s.r0.IsZero() {
			taken[s.UID] = s
		}
	}
	if len(taken) == 0 {
		return
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		x := taken[s.UID]
		if x == nil || s.Side != There || s.Kind != Delete || s.State != Do || s.Needs != "" || x.Collection == s.Collection {
			continue
		}
		s.State, s.Why = Refused, "moved to "+x.Collection+", which takes nothing; it stays on the server until the file is somewhere else"
		x.State, x.Why = Kept, "moved here from "+s.Collection+", which keeps it on the server; the file stays"
	}
}

// strandedMoves keeps items that the user moved into a collection that takes part in nothing: they would be nowhere there.
func strandedMoves(p *Plan, views []View, read Read) {
	var at map[string]*View
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Kind != Delete || s.Side != There || s.State != Do || s.UID == "" || s.Needs != "" {
			continue
		}
		if at == nil {
			at = stranded(views, read)
		}
		switch v := at[s.UID]; {
		case v == nil || v.Collection == s.Collection:
		case v.Unread:
			s.State = later
		default:
			s.State, s.Why = Refused, "moved to "+v.Collection+", which is not synced now; it stays on the server until it can go there"
		}
	}
	p.dropLater()
}

// later marks a step that is left out of the plan, since it would come too early; why is told of its collection.
const later StepState = "later"

func (p *Plan) dropLater() {
	p.Steps = slices.DeleteFunc(p.Steps, func(s Step) bool { return s.State == later })
}

// stranded finds, by UID, in which collection that takes part in nothing an item came up.
func stranded(views []View, read Read) map[string]*View {
	at := map[string]*View{}
	for i := range views {
		v := &views[i]
		if !v.Aside && v.Status != nil && v.Gone == "" && !v.Vanished {
			continue
		}
		for name, h := range v.Local {
			if v.BaseLocal[name] == h {
				continue
			}
			if it, err := read(h); err == nil && uidOf(it) != "" {
				at[uidOf(it)] = v
			}
		}
	}
	return at
}
