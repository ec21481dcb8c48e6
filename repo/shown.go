package repo

import (
	"vgit/repo/store"
)

// Shown is what is known of an item whose file vgit wrote while the pair stayed: because it waits, or because something of it was
// still to be sent. What was done here is then not what the file differs from the base in, but the intent and what the user changed
// in the file since (docs/format.md 5).
type Shown struct {
	File   store.Hash // the file as vgit wrote it
	Intent store.Hash // what the local side stood for at that moment; zero: the deletion of the item
	There  store.Hash // what the remote held at that moment; zero: nothing
}

// shows tells whether a collection may have such items.
func (b *Base) shows(coll string) bool { return b.holds(coll, inShown) }

// holds tells whether a part of a collection may hold anything.
func (b *Base) holds(coll string, i int) bool {
	p := b.pairs[coll]
	return p != nil && (!p.parts[i].tree.IsZero() || len(p.parts[i].ed) > 0)
}

// shown reads what is known of all such items of a collection.
func (b *Base) shown(coll string) (map[string]Shown, error) {
	if !b.shows(coll) {
		return nil, nil
	}
	files, err := b.part(coll, inShown)
	if err != nil {
		return nil, err
	}
	intents, err := b.part(coll, inIntent)
	if err != nil {
		return nil, err
	}
	seen, err := b.part(coll, inSeen)
	if err != nil {
		return nil, err
	}
	found := make(map[string]Shown, len(files))
	for name, file := range files {
		found[name] = Shown{File: file, Intent: intents[name], There: seen[name]}
	}
	return found, nil
}

// show notes what was written; a zero file means that the item is as it was before vgit wrote anything.
func (b *Base) show(coll, name string, s Shown) error {
	if s.File.IsZero() {
		s = Shown{}
	}
	return b.put(coll, name, map[int]store.Hash{inShown: s.File, inIntent: s.Intent, inSeen: s.There})
}

// closed ends all that is known of an item that waited.
func (b *Base) closed(coll, name string) error {
	if b.shows(coll) {
		if err := b.show(coll, name, Shown{}); err != nil {
			return err
		}
	}
	return b.dropAnswers(coll, name)
}
