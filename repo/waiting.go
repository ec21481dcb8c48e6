package repo

import (
	"context"
	"errors"

	"vgit/merge"
	"vgit/repo/store"
)

// Policy is what becomes of the slots of an item that both sides changed differently. At most one of its fields is set.
type Policy struct {
	Take merge.Policy
	// Both leaves theirs under the UID and makes ours a new item. An item that others are invited to waits instead.
	Both bool
	// Command is asked for the item as it should be. An error, or an item that cannot be taken, lets it wait.
	Command func(ctx context.Context, w *Waiting) ([]byte, error)
}

// Waiting is an item that waits because both sides changed it differently, with all that it takes to settle it. Bodies are nil
// where the item is absent.
type Waiting struct {
	// Step is as in a plan: it has the names, the title and the conflicts.
	Step *Step
	// Base is what both sides held when they last agreed, in its local form; Ours and Theirs are what the two stand for today;
	// Clean is what the file shows: all that could be merged, and of each conflict one side.
	Base, Ours, Theirs, Clean []byte

	pair four       // of the base, l1 being ours
	file store.Hash // as it lies in the vdir
}

// Resolution is a person's answer: for some slots by their names, or the whole item as it should be.
type Resolution struct {
	Choices map[string]merge.Choice
	Body    []byte
}

// ErrMoved says that an item is not any more what a person was shown.
var ErrMoved = errors.New("it has changed meanwhile; look at it again")

// Waiting lists the items that wait, from what is known here, as Status does: it asks no remote and writes nothing.
func (r *Repo) Waiting(ctx context.Context, q Request) ([]*Waiting, error) {
	return nil, errors.New("not built yet")
}

// Resolve takes down, under the lock, how an item is to be settled; the next sync does it. Nothing else is touched. If the item has
// moved on since it was listed, the answer is ErrMoved.
func (r *Repo) Resolve(ctx context.Context, w *Waiting, a Resolution) error {
	return errors.New("not built yet")
}
