// Package item holds one calendar object or one card as its bytes, and a lossless syntax tree over them.
//
// An item is bytes first: Parse never fails, never changes anything, and the tree's slices put together are the input again.
// What cannot be read is said by State and Problem, and such an item is kept and moved as bytes. The package knows no file, no
// remote and no repository, and expands no recurrence. Begin reading at Parse; tree.go has the tree, judge.go the states.
package item

import (
	"strings"
	"sync"
)

// State says what may be done with an item. The zero value is Sound.
type State int

const (
	// Sound items are one calendar object or one card with one UID; they may be merged slot by slot.
	Sound State = iota
	// Opaque items can be loaded by readers, but are synced as a whole: several UIDs, no UID, two masters, not UTF-8,
	// or beyond the limits of this package.
	Opaque
	// Broken items are not whole: BEGIN and END do not balance, there is not exactly one component at the top, or a merge left
	// its conflict markers.
	Broken
)

// String gives the word used in messages.
func (s State) String() string {
	switch s {
	case Sound:
		return "sound"
	case Opaque:
		return "opaque"
	case Broken:
		return "broken"
	}
	return "unknown"
}

// Item is an immutable view of the bytes of one item. It may be used from several goroutines at once.
type Item struct {
	raw  []byte
	once sync.Once

	root    *Component
	main    *Component // the component that stands for the item in displays; nil if there is none
	state   State
	problem string
	uid     string
}

// Parse wraps raw, which must not be changed afterwards. It cannot fail: whatever raw holds, the item gives the same bytes back.
// Nothing is read before a question about the content is asked; then the time is linear in the length of raw.
func Parse(raw []byte) *Item {
	return &Item{raw: raw}
}

// Bytes returns the very bytes that were given to Parse. They must not be changed.
func (it *Item) Bytes() []byte { return it.raw }

// State returns what may be done with the item.
func (it *Item) State() State {
	it.read()
	return it.state
}

// Problem says in words why the item is not sound; it is empty for a sound one. It may quote the item and is not sanitised.
func (it *Item) Problem() string {
	it.read()
	return it.problem
}

// UID returns the UID of the item as written, unescaped and without blanks around it: the first one of an event, task, journal
// or card, never that of an alarm or a time zone. It is empty if there is none or the item is beyond the limits.
func (it *Item) UID() string {
	it.read()
	return it.uid
}

// Component returns the upper-case name of the component that the item is about: "VEVENT", "VTODO", "VJOURNAL", "VCARD", another
// name for other contents, and "" if nothing can be told.
func (it *Item) Component() string {
	it.read()
	if it.main == nil {
		return ""
	}
	return it.main.Name
}

// Tree returns the syntax tree. Its root has no name and no begin and end of its own; its nodes are what stands at the top of
// the file. The tree of an item beyond the limits is one leaf without a name. The tree is shared and must not be changed.
func (it *Item) Tree() *Component {
	it.read()
	return it.root
}

// Master returns the component that displays speak of: the event, task or journal without RECURRENCE-ID, else the first one,
// or the card. It is nil if there is none.
func (it *Item) Master() *Component {
	it.read()
	return it.main
}

func (it *Item) read() {
	it.once.Do(func() {
		root, balance, limit := parse(it.raw)
		it.root = root
		if limit != "" {
			it.state, it.problem = Opaque, limit
			return
		}
		it.judge(balance)
	})
}

// trimmed returns the unescaped value of a leaf without blanks around it.
func trimmed(l *Leaf) string {
	if l == nil {
		return ""
	}
	return strings.TrimSpace(Unescape(l.Value()))
}
