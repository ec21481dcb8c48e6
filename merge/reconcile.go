package merge

import (
	"bytes"

	"vgit/repo/item"
)

// Versions are the four bodies of one item: what both sides held when they last agreed, and what they hold today. L is local, R the
// remote; nil is an absent body. Without a base L0 and R0 are both nil.
type Versions struct{ L0, L1, R0, R1 *item.Item }

// Context is what a merge is told besides the bodies. The zero value knows nothing, and rules that need to know do not apply.
type Context struct {
	Me       []string     // the user's own mail addresses, in any case
	Host     string       // of the remote: pictures there may have been put there by it
	Siblings []*item.Item // items that may be the other half of a series that was split
	Policy   Policy       // what becomes of a slot that both changed differently
	Choices  map[string]Choice
}

// Policy is what becomes of conflicting slots.
type Policy int

const (
	Ask    Policy = iota // they wait
	Local                // ours is taken
	Remote               // theirs is taken
	Newer                // the side whose LAST-MODIFIED or REV is later; equal, missing or deleted: they wait
)

// Choice is a person's answer for one slot, by the name of its Conflict.
type Choice int

const (
	Undecided Choice = iota
	TakeLocal
	TakeRemote
	TakeBoth // sets, maps and texts: both entries, or ours and then theirs
)

// Send is what is to be done on the server.
type Send int

const (
	Nothing Send = iota
	Put
	Delete
)

// Result is what a merge comes to.
type Result struct {
	// Local is the new file; it is L1's own bytes where nothing is to be written, and nil where there is to be no file. While
	// slots are in conflict it is what the file shows: the clean part, and of each conflicting slot ours, or the edit where the
	// other side removed.
	Local []byte
	// Body is what is to be PUT, if Send says so. With conflicts nothing is sent.
	Body      []byte
	Send      Send
	Notes     []Note
	Conflicts []Conflict
}

// Note says that both intentions were kept and that a person should look once. The kinds are those of the documentation of
// conflicts: "stale-html", "place", "series", "shifted", "split", "inherited", "reply-void", "authority", "cancelled",
// "stale-label", "photo-lost", "dangling-member", "server", "not-kept".
type Note struct {
	Kind string
	Slot string
	Text string // one sentence, not sanitised
}

// Conflict is one slot that both sides changed differently, or that would not fit together. The values are for people,
// unescaped and not sanitised; "" is an absent one.
type Conflict struct {
	Slot                string
	Base, Local, Remote string
	ShowsRemote         bool   // the file shows theirs
	Reason              string // "" where both simply changed it
	Suggestion          string
}

// Reconcile merges what both sides did since they agreed: the new file is L1 with the changes R0 to R1, the new body R1 with the
// changes L0 to L1. It is a pure function and gives the same bytes for the same input; every line whose slot did not change keeps
// its bytes. What it cannot read slot by slot and both sides changed is one conflict of the slot "item".
func Reconcile(v Versions, c Context) Result {
	return wholeMerge(v, c)
}

// wholeMerge moves the item in one piece: where only one side changed, it is taken.
func wholeMerge(v Versions, c Context) Result {
	ours, theirs := compareAbsent(v.L0, v.L1), compareAbsent(v.R0, v.R1)
	switch {
	case theirs < Strong && ours < Strong, compareAbsent(v.L1, v.R1) < Strong && v.L1 != nil && v.R1 != nil:
		return Result{Local: bytesOf(v.L1)}
	case ours < Strong:
		return Result{Local: bytesOf(v.R1)}
	case theirs < Strong && v.L1 == nil:
		return Result{Send: Delete}
	case theirs < Strong:
		return Result{Local: v.L1.Bytes(), Body: v.L1.Bytes(), Send: Put}
	case v.L1 == nil && v.R1 == nil:
		return Result{}
	}
	shown, theirsShown := v.L1, false
	if shown == nil {
		shown, theirsShown = v.R1, true
	}
	return Result{Local: shown.Bytes(), Conflicts: []Conflict{{Slot: "item", Base: title(v.L0), Local: title(v.L1), Remote: title(v.R1), ShowsRemote: theirsShown}}}
}

// compareAbsent is Compare for bodies that may be absent.
func compareAbsent(a, b *item.Item) Strength {
	switch {
	case a == nil && b == nil:
		return None
	case a == nil || b == nil:
		return Strong
	case bytes.Equal(a.Bytes(), b.Bytes()):
		return None
	}
	return Compare(a, b)
}

func bytesOf(it *item.Item) []byte {
	if it == nil {
		return nil
	}
	return it.Bytes()
}

func title(it *item.Item) string {
	if it == nil {
		return ""
	}
	return it.Summary()
}
