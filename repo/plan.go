package repo

import (
	"slices"

	"vgit/merge"
	"vgit/remote"
	"vgit/repo/store"
)

// Side is where a step writes.
type Side string

// The two sides: the vdir, and the remote.
const (
	Here  Side = "here"
	There Side = "there"
)

// StepKind is what a step does on its side.
type StepKind string

// The kinds of steps. An Agree step writes nothing: both sides hold the same, and the base takes note of it.
const (
	Create StepKind = "create"
	Update StepKind = "update"
	Delete StepKind = "delete"
	Rename StepKind = "rename" // the local name changed, here or in the snapshot; nothing is sent
	Agree  StepKind = "agree"
	// Property sets, changes or removes a property of the collection; Name is that of the property, and of its file.
	Property StepKind = "property"
	Whole    StepKind = "collection" // the collection as a whole: made There, or held
)

// StepState is what becomes of a step.
type StepState string

// A step is done, or held by a guard until a person answers, or waits because both sides changed the item differently,
// or cannot be done for a reason that stays until somebody changes the item, or is left undone because the configuration says so, or, for
// this run, because a person did.
const (
	Do      StepState = "do"
	Held    StepState = "held"
	Waits   StepState = "waits"
	Refused StepState = "refused"
	Kept    StepState = "kept"
	Left    StepState = "left"
)

// Step is one record of a plan: what will be done to one item on one side, and why. Hashes are those of blobs; zero
// means absent. A step says all that executing it takes; whoever executes it need not know why it is there.
type Step struct {
	Remote     string
	Collection string
	Name       string // in the vdir
	UID        string
	Href       remote.Href // on the remote; "" for one that is still to be made
	Title      string      // summary of the item, not sanitised
	When       string      // its start, in short
	Side       Side
	Kind       StepKind
	State      StepState
	Hold       Class      // of the guard that holds it
	HoldID     string     // of the hold that it belongs to
	Before     store.Hash // on Side, what the step replaces
	After      store.Hash // on Side, what it puts there
	Local      store.Hash // the pair once the step is done: local half
	There      store.Hash // and remote half, as far as it is known before the write
	ETag       remote.ETag
	Schedule   remote.ETag
	Why        string // in plain words
	// Mails tells of a step There that it is about a meeting: the server may write to its people (P90).
	Mails bool
	// Intent is what the local side stands for: the file, or while the item waits what merge.Carry makes of it. Zero: its deletion.
	Intent store.Hash
	// Shows tells of a step Here that the pair stays as it is: the item waits, or something of it is still to be sent. What the
	// step writes is then no edit of the user's.
	Shows bool
	// Conflicts are what an item waits for, slot by slot; Notes what a person should look at once.
	Conflicts []merge.Conflict
	Notes     []merge.Note
	// l0 and r0 are the pair that it was decided with, and settled the slots that the user settled in the file, or whole
	// all of it.
	l0, r0  store.Hash
	settled []string
	whole   Answer
	unshift bool // a time that the server moved is settled
	over    bool // what is sent goes over edits that stay there, and are no part of the pair: see under
	// Answered is the answer to a hold that it carries out.
	Answered Answered
	// Needs is the collection and name of a create that must have succeeded before this delete: the two are a move.
	Needs string
}

// path names the item of a step: its collection and its name.
func (s Step) path() string { return s.Collection + "/" + s.Name }

// Plan is all that a sync is about to do with one remote, in the order of collections and names. It is a value: printed by
// a dry run, executed by Pull and Push, and nothing else decides what is written.
type Plan struct {
	Steps []Step
	// Holds are what the guard keeps back, by collection; each step that is Held belongs to one.
	Holds []Hold
	// Over are the IDs of answers to holds that are carried out, not needed any more, or void.
	Over []string
	// Lifted are the answers to holds on whole collections that it carries out.
	Lifted []HoldAnswer
	// Outside is how many items that only the remote has are outside of the view, by collection.
	Outside map[string]int
	// Problems are items and collections for which nothing can be done, each with the reason.
	Problems []Problem
	// Notices are worth a line and change no exit code.
	Notices []Problem
}

// Severity orders what a problem means for the exit code.
type Severity int

// Temporary passes by itself; Lasting stays until somebody changes something.
const (
	Note Severity = iota
	Temporary
	Lasting
)

// Problem is one thing that went wrong or needs a look, said for a person: where, what, and what to do.
type Problem struct {
	Remote     string
	Collection string
	Name       string // of the item, or ""
	Title      string // its summary, not sanitised
	What       string
	Hint       string
	Severity   Severity
	Err        error
}

// after is the plan with steps in front that come before it.
func (p *Plan) after(steps []Step) *Plan {
	if len(steps) == 0 {
		return p
	}
	whole := *p
	whole.Steps = append(slices.Clone(steps), p.Steps...)
	return &whole
}

// On returns the steps of one side and state, in order. They are those of the plan, not copies: a first download has as many as
// there are items.
func (p *Plan) On(side Side, state StepState) []*Step {
	var steps []*Step
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Side == side && s.State == state {
			steps = append(steps, s)
		}
	}
	return steps
}

// InState returns the steps in one state, likewise.
func (p *Plan) InState(state StepState) []*Step {
	var steps []*Step
	for i := range p.Steps {
		if s := &p.Steps[i]; s.State == state {
			steps = append(steps, s)
		}
	}
	return steps
}
