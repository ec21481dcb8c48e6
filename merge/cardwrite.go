package merge

// card reports whether the bodies are cards, whose lines are written with their group and in the version of the body.
func (w entryWriter) card() bool { return w.part.any().name == "VCARD" }

// addCardEntry puts an entry of the other card into this one.
func (w entryWriter) addCardEntry(e *entry) { w.ed.insert(w.into, e.leaf) }

// removeCardEntry takes an entry away, with the lines of its group that say something about it.
func (w entryWriter) removeCardEntry(e *entry) { w.ed.remove(e.leaf) }

// replaceCardEntry makes an entry like that of the other card.
func (w entryWriter) replaceCardEntry(have, want *entry) { w.ed.replace(have.leaf, want.leaf) }

// cardField takes over one field of an entry of a card; false leaves it to entryWriter.field.
func (w entryWriter) cardField(have, want *entry, name string) bool { return false }
