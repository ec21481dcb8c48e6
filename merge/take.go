package merge

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"vgit/repo/item"
)

// NoSlot says that neither of two versions of an item has a slot of that name.
type NoSlot struct {
	Name string
	Have []string // those in which they differ, as people call them
}

func (e *NoSlot) Error() string { return "no property " + e.Name }

// ErrWhole says that an item cannot be taken apart into slots: one of its versions cannot be read, or they are of two kinds.
var ErrWhole = errors.New("cannot be taken apart, as one of the two versions cannot be read property by property")

// TakeSlots is the item now, with some of its slots as they were then and all else as it is: its own bytes where nothing is another. A slot is
// named as conflicts and Diff name it ("summary", "attendee bob@example.org", "occurrence 20260309"), as words do ("title", "phone"), or by
// the kind of its entries ("attendee", "alarm", "occurrence"), also in the plural. A name that means nothing in an item is *NoSlot.
func TakeSlots(now, then *item.Item, names []string) ([]byte, error) {
	if now.State() != item.Sound || then.State() != item.Sound || isCard(now) != isCard(then) {
		return nil, ErrWhole
	}
	m := &merging{Versions: Versions{L0: now, L1: now, R0: now, R1: then}, Context: Context{Policy: Local}}
	if isCard(now) && m.severalVersions() {
		return nil, ErrWhole
	}
	m.readAll()
	if m.models.l1.ambiguous || m.models.r1.ambiguous {
		return nil, ErrWhole
	}
	m.decide()
	t := &taking{names: map[string]bool{}, met: map[string]bool{}, differ: map[string]bool{}}
	for _, name := range names {
		t.names[slotWord(name)] = true
	}
	m.eachVerdict(t.take)
	for _, p := range m.parts {
		for _, s := range p.meetings {
			t.wants(s.name, p.prefix+s.name)
		}
	}
	for _, name := range names {
		if !t.met[slotWord(name)] && !spoken(slotWord(name)) {
			return nil, &NoSlot{name, slices.Sorted(maps.Keys(t.differ))}
		}
	}
	for _, reconsider := range afterDeciding {
		reconsider(m)
	}
	m.write()
	m.validate()
	if m.invalid != "" {
		return nil, errors.New("does not fit together so: " + m.invalid)
	}
	return m.file.bytes(), nil
}

// taking leaves of a merge what is named.
type taking struct {
	names       map[string]bool
	met, differ map[string]bool
}

// take lets a verdict stand if it is about a slot that is wanted.
func (t *taking) take(v *verdict) {
	if v == nil || v.theirs < Strong {
		return
	}
	if v.in != nil && t.wants(v.in.name, v.name) {
		return
	}
	t.differ[Noun(v.name)] = true
	v.take(stays)
}

// wants tells whether a slot is wanted, by its short and its whole name.
func (t *taking) wants(short, whole string) (wanted bool) {
	kind, _, _ := strings.Cut(whole, " ")
	for _, name := range []string{short, whole, speechOf(short).noun, kind} {
		name = slotWord(name)
		if t.names[name] {
			t.met[name], wanted = true, true
		}
	}
	return wanted
}

// Noun is the name of a slot for people, "title" for "summary"; one that has none is called what conflicts call it. It is not sanitised.
func Noun(slot string) string {
	if s, ok := speeches[slot]; ok {
		return s.noun
	}
	return clip(slot, maxText)
}

// otherWords are what people also say for a slot.
var otherWords = map[string]string{
	"location": "place", "where": "place", "when": "time", "date": "time", "start": "time", "end": "time", "title": "summary", "people": "attendee",
	"participant": "attendee", "reminder": "alarm", "repeat": "rule", "recurrence": "rule", "notes": "description", "mail": "email",
	"birthday": "bday", "categories": "category",
}

// slotWord makes one of all that a name of a slot may be written as.
func slotWord(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if one := strings.TrimSuffix(name, "s"); one != name && (spoken(one) || otherWords[one] != "") {
		name = one
	}
	if word := otherWords[name]; word != "" {
		return word
	}
	return name
}

// spoken tells whether a word is one for a slot of any item.
func spoken(word string) bool {
	switch word {
	case "time", "rule", "place", "name", "description", "alarm", "occurrence", "done", "summary", "category":
		return true
	}
	if _, ok := speeches[word]; ok {
		return true
	}
	for _, s := range speeches {
		if s.noun == word {
			return true
		}
	}
	return false
}

// eachVerdict hands over all verdicts of a merge.
func (m *merging) eachVerdict(look func(*verdict)) {
	var visit func(p *part)
	visit = func(p *part) {
		look(p.verdict)
		for _, t := range p.meetings {
			for _, v := range t.verdicts {
				look(v)
			}
			if t.pref != nil {
				look(t.pref.verdict)
			}
		}
		for _, a := range p.alarms {
			visit(a)
		}
	}
	for _, p := range m.parts {
		visit(p)
	}
	for _, o := range m.occasions {
		look(o.state)
	}
}
