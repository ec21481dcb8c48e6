package mergetest

import "slices"

// Item is an item that can be edited in the notation of cases.
type Item struct{ doc *doc }

// Read reads the bytes of an item.
func Read(body []byte) *Item { return &Item{parse(body)} }

// Edit returns the item with edits made in it, separated by " | ", and an error if one of them finds nothing to edit. Nothing is
// left of an item after "del".
func (it *Item) Edit(edits string) (*Item, error) {
	m := &maker{}
	d := m.make(it.doc, split(edits), "")
	if m.err == nil && d != nil && d.as != nil {
		d = parse(d.as)
	}
	return &Item{d}, m.err
}

// Clock returns the item with its clocks set, as clients do that save one.
func (it *Item) Clock(clock string) *Item {
	d := it.doc.clone()
	d.setClocks(clock)
	return &Item{d}
}

// Bytes writes the item with CRLF and folded at 75 octets; nil if there is none.
func (it *Item) Bytes() []byte { return it.doc.bytes() }

// Lines returns the lines of the item, unfolded.
func (it *Item) Lines() []string { return slices.Clone(it.doc.lines) }
