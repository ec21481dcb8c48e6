// Package merge says what two versions of one calendar item or card have in common, slot by slot.
//
// It is made of pure functions over items: no network, no clock, no repository, no file but the system's time zones. Two bodies are equal when only their
// spelling differs (the list in the documentation of Equal is closed); everything else is a change of a slot, with a strength that
// says what it is good for. Items that cannot be read slot by slot are compared as bytes. Begin reading at Compare; model.go has
// the slots, calendar.go and card.go fill them from an item.
package merge

import (
	"bytes"

	"vgit/repo/item"
)

// Strength says how much a difference means. Higher values mean more.
type Strength int

const (
	// None: canonically equal; not a change.
	None Strength = iota
	// Bookkeeping: clocks, and what belongs to a server or a program. Never shown, never a reason to write.
	Bookkeeping
	// Weak: the same thing represented otherwise. Shown in one line, never a reason to write.
	Weak
	// Strong: an edit. Pulled, pushed, and what conflicts are made of.
	Strong
)

// String gives the word used in messages and in JSON.
func (s Strength) String() string {
	switch s {
	case None:
		return "none"
	case Bookkeeping:
		return "bookkeeping"
	case Weak:
		return "weak"
	case Strong:
		return "strong"
	}
	return "unknown"
}

// Change is the difference of one slot. Old or New is empty where the slot was added or removed. Both are for people: unescaped,
// not sanitised.
type Change struct {
	Component string // upper-case name, as "VEVENT"
	Slot      string // as "summary", "time", "attendee cid@example.com", "alarm a1 trigger", "occurrence 20260309 summary"
	Old, New  string
	Strength  Strength
}

// Compare returns the strength of the strongest difference between a and b; it does not matter which is which.
func Compare(a, b *item.Item) Strength {
	strongest := None
	differences(a, b, func(c *delta) bool {
		strongest = max(strongest, c.strength)
		return strongest < Strong
	})
	return strongest
}

// Equal reports whether a and b differ in spelling only: folding, line ends, case of names, order of lines, of parameters and of
// list elements, escaping, defaults written out, durations by amount, instants in sets of times, and the like. It is false if
// any slot differs, if only a clock.
func Equal(a, b *item.Item) bool { return Compare(a, b) == None }

// Diff lists the changes that lead from a to b, bookkeeping included, in a fixed order: the calendar itself, the series, its
// occurrences, other components; in each the slots by name. It is empty exactly when a and b are Equal. Items that are not sound
// have one change, of the slot "item".
func Diff(a, b *item.Item) []Change {
	var changes []Change
	differences(a, b, func(d *delta) bool {
		changes = append(changes, d.change())
		return true
	})
	return changes
}

// differences yields what differs until yield returns false.
func differences(a, b *item.Item, yield func(*delta) bool) {
	if bytes.Equal(a.Bytes(), b.Bytes()) {
		return
	}
	if a.State() != item.Sound || b.State() != item.Sound {
		if s := compareBytes(a.Bytes(), b.Bytes()); s != None {
			yield(wholeItem(a, b, s))
		}
		return
	}
	if isCard(a) != isCard(b) {
		yield(wholeItem(a, b, Strong))
		return
	}
	ma, mb := models(a, b)
	ma.diff(mb, yield)
}

func isCard(it *item.Item) bool { return it.Component() == "VCARD" }

func wholeItem(a, b *item.Item, s Strength) *delta {
	return &delta{component: b.Component(), slot: "item", old: a.Summary(), new: b.Summary(), strength: s}
}

// compareBytes compares two bodies that are not read: line ends, a byte order mark and blank lines at the end do not count, and
// a METHOD, which no upload carries, is bookkeeping.
func compareBytes(a, b []byte) Strength {
	if bytes.Equal(plainLines(a), plainLines(b)) {
		return None
	}
	if bytes.Equal(plainLines(item.ForUpload(a)), plainLines(item.ForUpload(b))) {
		return Bookkeeping
	}
	return Strong
}

func plainLines(b []byte) []byte {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	b = bytes.ReplaceAll(b, []byte("\r"), []byte("\n"))
	return bytes.TrimRight(b, "\n")
}
