package repo

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"vgit/repo/store"
)

// Class is what the guard keeps back, in the words of docs/format.md 7.
type Class string

// The classes of holds. Those of collections as a whole have one step of the kind Whole.
const (
	PushDeletions  Class = "push deletions"
	PullDeletions  Class = "pull deletions"
	PushChanges    Class = "push changes"
	PullChanges    Class = "pull changes"
	PullRollback   Class = "pull rollback"
	PushAdditions  Class = "push additions"
	PullAdditions  Class = "pull additions"
	Attendees      Class = "attendees"
	PushOneWay     Class = "push one-way edits"
	PullOneWay     Class = "pull one-way edits"
	NewCollection  Class = "new collection"
	CollectionGone Class = "collection gone there"
	DirectoryGone  Class = "directory gone here"
	MappingChanged Class = "mapping changed" // the configuration names another partner for a collection (F110)
	Binding        Class = "binding"         // a remote as a whole: it is not what it was (binding.go); it has no step
)

// Hold is a set of steps that the guard keeps back until a person answers: one class in one collection. It is computed again in each
// run from the base and both sides, and is nowhere kept (G16).
type Hold struct {
	ID         string // names the class and exactly these items in these states; short enough to type (G17)
	Class      Class
	Remote     string
	Collection string
	Side       Side        // where the steps would write
	Why        string      // in plain words, with the numbers and the limit
	States     []ItemState // of the items that it is about, sorted
	Binds      []Bind      // of a hold that is about no items
}

// Bind is what a hold on a whole collection or remote is about: what KEY was, and what it has become.
type Bind struct{ Key, Old, New string }

// ItemState is one item with its pair and what both sides hold of it today; zero means absent. What a person answers to a hold is said of
// such states, and holds while they are the same.
type ItemState struct {
	Collection, Name string
	L0, R0, L1, R1   store.Hash
}

// state is that of an item by its name. Of a collection that is gone on one side nothing is there, whatever is carried.
func (v *View) state(name string) ItemState {
	s := ItemState{v.Collection, name, v.BaseLocal[name], v.BaseThere[name], v.Local[name], v.There[name]}
	if v.Vanished {
		s.L1 = store.Hash{}
	}
	if v.Gone != "" {
		s.R1 = store.Hash{}
	}
	return s
}

// states are those of all items that both sides agreed on, for what is held as a whole.
func (v *View) states() []ItemState {
	all := make([]ItemState, 0, len(v.BaseLocal))
	for name := range v.BaseLocal {
		all = append(all, v.state(name))
	}
	return all
}

// accepted tells whether a person accepted what is to be done with an item, in the state it is in.
func (v *View) accepted(name string) bool { return v.Accepted[v.state(name)] }

// idLength is how many digits of the hash an ID has.
const idLength = 12

// Records are the lines by which an answer names a hold (docs/format.md 7); the ID is the beginning of their hash.
func (h *Hold) Records() []byte {
	var b bytes.Buffer
	writeRecord(&b, "remote", h.Remote)
	writeRecord(&b, "class", string(h.Class))
	for _, x := range h.Binds {
		writeRecord(&b, "bind", x.Key, x.Old, x.New)
	}
	for _, s := range h.States {
		writeRecord(&b, "state", s.Collection, s.Name, hashText(s.L0), hashText(s.R0), hashText(s.L1), hashText(s.R1))
	}
	return b.Bytes()
}

// complete sorts the states and gives the hold its ID. One that is about no items is about its collection by name.
func (h *Hold) complete() {
	if len(h.States)+len(h.Binds) == 0 {
		h.Binds = []Bind{{Key: "collection", Old: h.Collection}}
	}
	slices.SortFunc(h.States, func(a, b ItemState) int {
		return cmp.Or(cmp.Compare(a.Collection, b.Collection), cmp.Compare(a.Name, b.Name))
	})
	sum := sha256.Sum256(h.Records())
	h.ID = hex.EncodeToString(sum[:])[:idLength]
}

// Hold is the one of that ID; one with the ID alone if there is none.
func (p *Plan) Hold(id string) *Hold {
	for i := range p.Holds {
		if p.Holds[i].ID == id {
			return &p.Holds[i]
		}
	}
	return &Hold{ID: id}
}

// In returns the steps that a hold keeps back, in order. They are those of the plan.
func (p *Plan) In(h *Hold) []*Step {
	var steps []*Step
	for i := range p.Steps {
		if s := &p.Steps[i]; s.HoldID == h.ID && s.State == Held {
			steps = append(steps, s)
		}
	}
	return steps
}

// hold adds a hold to the plan and marks its steps, which are given by their places.
func (p *Plan) hold(h Hold, steps []int) {
	h.complete()
	for _, i := range steps {
		s := &p.Steps[i]
		s.State, s.Hold, s.HoldID = Held, h.Class, h.ID
	}
	p.Holds = append(p.Holds, h)
}
