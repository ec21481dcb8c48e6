package repo

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"vgit/repo/store"
)

// HoldAnswer is what a person answered to a hold.
type HoldAnswer struct {
	Refuse bool // put the other side back; else do what was held
	When   string
	Hold   // with the states that are still open: one goes when its pair moves
}

// heldFile is an answer to a hold as it is filed.
type heldFile struct {
	HoldAnswer
	dirty bool
}

// holdAnswers are all that stand, by ID.
func (b *Base) holdAnswers() ([]HoldAnswer, error) {
	if err := b.readAnswers(); err != nil {
		return nil, err
	}
	var all []HoldAnswer
	for _, id := range slices.Sorted(maps.Keys(b.answers.holds)) {
		if f := b.answers.holds[id]; f.open() {
			all = append(all, f.HoldAnswer)
		}
	}
	return all, nil
}

// open tells whether anything is left to do.
func (f *heldFile) open() bool { return len(f.States)+len(f.Binds) > 0 }

// answerHold takes down an answer, in place of an earlier one to the same hold.
func (b *Base) answerHold(a HoldAnswer) error {
	if err := b.readAnswers(); err != nil {
		return err
	}
	b.answers.holds[a.ID] = &heldFile{HoldAnswer: a, dirty: true}
	return nil
}

// dropHoldAnswer takes out an answer that is done, or that was said of what is no more.
func (b *Base) dropHoldAnswer(id string) error {
	if err := b.readAnswers(); err != nil {
		return err
	}
	if f := b.answers.holds[id]; f != nil && f.open() {
		f.States, f.Binds, f.dirty = nil, nil, true
	}
	return nil
}

// movedOn takes an item out of all answers to holds: its pair has moved.
func (a *answers) movedOn(coll, name string) {
	for _, f := range a.holds {
		if i := slices.IndexFunc(f.States, func(s ItemState) bool { return s.Collection == coll && s.Name == name }); i >= 0 {
			f.States, f.dirty = slices.Delete(slices.Clone(f.States), i, i+1), true
		}
	}
}

// renamed lets answers to holds follow their items.
func (a *answers) renamed(coll string, names map[string]string) {
	for _, f := range a.holds {
		for i, s := range f.States {
			if to, ok := names[s.Name]; ok && s.Collection == coll {
				if !f.dirty {
					f.States, f.dirty = slices.Clone(f.States), true
				}
				f.States[i].Name = to
			}
		}
	}
}

// ofHold takes in an answer to a hold that was read.
func (a *answers) ofHold(id string, head map[string]string, binds []Bind, states []ItemState) {
	h := Hold{ID: id, Class: Class(head["class"]), Remote: head["remote"], Binds: binds, States: states}
	if len(states) > 0 {
		h.Collection = states[0].Collection
	} else if len(binds) > 0 && binds[0].Key == "collection" {
		h.Collection = binds[0].Old
	}
	a.holds[id] = &heldFile{HoldAnswer: HoldAnswer{Refuse: head["answer"] == "refuse", When: head["when"], Hold: h}}
}

// write files an answer, or takes its file away once nothing of it is open.
func (f *heldFile) write(g *stage, ed edits) {
	if !f.dirty {
		return
	}
	if !f.open() {
		ed[f.ID] = store.Hash{}
		return
	}
	var file bytes.Buffer
	writeHead(&file, "answer")
	writeRecord(&file, "answer", map[bool]string{false: "accept", true: "refuse"}[f.Refuse])
	writeRecord(&file, "when", f.When)
	file.Write(f.Records())
	ed[f.ID] = g.AddBlob(file.Bytes())
}

// fourHashes reads hashes of which "-" is none.
func fourHashes(f []string, into ...*store.Hash) (err error) {
	for i, h := range into {
		if f[i] != "-" {
			var bad error
			*h, bad = store.ParseHash(f[i])
			err = errors.Join(err, bad)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(f, " "), err)
	}
	return nil
}
