package merge

import (
	"cmp"
	"slices"
	"strings"

	"vgit/repo/item"
)

// Slot is one thing that a version of an item says, for those who follow it through many versions.
type Slot struct {
	Component    string // upper case, as "VEVENT"
	RecurrenceID string // of an occurrence, as slots name it
	Name         string // as Detail has it: "time", "attendee bob@example.com", "occurrence 20260309"
	Occurrence   string // in words; "": of the item itself, or of its series
	Noun, Value  string // in words, uncut; the value may have several lines
	Bookkeeping  bool
	Element      bool // one of several of this name that differ by their value alone, such as a category

	about section
}

// unit is a slot on its way to whoever asked: an entry, which entry of several is preferred, an alarm, or a component compared in one piece.
type unit struct {
	c     *component // nil: the state of an occurrence
	s     *slot
	e     *entry
	alarm *component
	pref  bool
}

// Slots lists what an item says, in an order that depends on nothing but the item. One that cannot be read has one slot, "item".
func (w Wording) Slots(it *item.Item) []Slot {
	if it.State() != item.Sound {
		return []Slot{{Component: it.Component(), Name: "item", Noun: "not readable", Value: it.Problem()}}
	}
	w.Verbose = false
	t := &teller{Wording: w, b: modelOf(it), plain: true}
	var list []Slot
	for _, u := range t.b.units() {
		list = append(list, t.slotOf(u))
	}
	return list
}

// SortSlots gives the order in which people read them, as indexes: the series before its occurrences, bookkeeping last.
func SortSlots(list []Slot) []int {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := &list[i], &list[j]
		return cmp.Or(cmp.Compare(a.RecurrenceID, b.RecurrenceID), cmp.Compare(a.about, b.about), cmp.Compare(a.Noun, b.Noun), cmp.Compare(a.Value, b.Value))
	})
	return order
}

// units are all there is in a model.
func (m *model) units() (all []unit) {
	for _, c := range m.components {
		for _, s := range c.slots {
			preferred := false
			for _, e := range s.entries {
				all = append(all, unit{c: c, s: s, e: e})
				preferred = preferred || e.pref > 0
			}
			if preferred {
				all = append(all, unit{c: c, s: s, pref: true})
			}
		}
		for _, a := range c.alarms {
			all = append(all, unit{c: c, alarm: a})
		}
	}
	for _, s := range m.states {
		all = append(all, unit{s: s, e: s.one()})
	}
	return all
}

func (t *teller) slotOf(u unit) Slot {
	if u.c == nil {
		name := strings.TrimPrefix(u.s.name, "occurrence ")
		out := Slot{Component: t.b.name, Name: u.s.name, about: aboutOccurrences, Noun: occurrenceInWords(name)}
		out.Value = strings.Join(t.stateWords(statesOf(u.e), name), ", ")
		return out
	}
	out := Slot{Component: u.c.name}
	if u.c.occurs() {
		name := strings.TrimPrefix(strings.TrimSpace(u.c.prefix), "occurrence ")
		out.RecurrenceID, _, _ = strings.Cut(name, " ")
		out.Occurrence = u.c.inWords()
	}
	var rows []Row
	add := func(about section, noun, value string) {
		out.about = about
		rows = append(rows, Row{Noun: noun, Value: value})
	}
	switch {
	case u.alarm != nil:
		out.Name = strings.TrimSpace(u.alarm.prefix)
		out.Bookkeeping = u.alarm.limit == Bookkeeping
		add(aboutReminders, "reminder", t.sayAlarm(u.alarm))
	case u.pref:
		out.Name = u.c.prefix + "pref " + u.s.name
		add(speechOf(u.s.name).about, "preferred "+speechOf(u.s.name).noun, wholeEntry(preferred(u.c, u.s.name)))
	default:
		out.Name = u.c.prefix + u.s.name
		if u.s.kind == mapped {
			out.Name += pair{b: u.e}.label()
		}
		out.Bookkeeping, out.Element = u.s.kind.bookkeeping(), u.s.kind == set
		if out.Bookkeeping {
			add(aboutBookkeeping, strings.ToUpper(u.s.name), u.e.text())
		} else {
			t.say(u.c, u.s, u.e, add)
		}
		if u.s.name == "version" {
			add(aboutBookkeeping, "version", u.e.text())
		}
	}
	for i, r := range rows {
		if i == 0 {
			out.Noun, out.Value = r.Noun, r.Value
		} else {
			out.Value += "; " + r.Noun + " " + r.Value
		}
	}
	if rows == nil {
		out.Noun, out.Value = nounOf(u.s.name), u.e.text()
	}
	return out
}

func (t *teller) stateWords(is states, name string) (words []string) {
	if is.excluded {
		words = append(words, "cancelled")
	}
	if is.extra != "" {
		words = append(words, is.extra)
	}
	if is.override != "" {
		words = append(words, t.otherwise(name))
	}
	return words
}

// SameSlots tells for each of Slots(new) which of Slots(old) says the same, by its place in that list; -1 stands for none. What is only
// written otherwise says the same, but for bookkeeping.
func SameSlots(old, new *item.Item) []int {
	if old.State() != item.Sound || new.State() != item.Sound || isCard(old) != isCard(new) {
		return sameWhole(old, new)
	}
	f := &follower{at: map[any]int{}, mine: map[any]int{}}
	f.a, f.b = modelOf(old), modelOf(new)
	if isCard(old) && cardVersion(cardOf(old)) != cardVersion(cardOf(new)) {
		a, b := readCard(cardOf(old), true), readCard(cardOf(new), true)
		if len(a.units()) == len(f.a.units()) && len(b.units()) == len(f.b.units()) {
			f.a, f.b = a, b
		}
	}
	f.follow()
	return f.found
}

// sameWhole compares items that cannot be compared slot by slot.
func sameWhole(old, new *item.Item) []int {
	n := 1
	if new.State() == item.Sound {
		n = len(modelOf(new).units())
	}
	found := make([]int, n)
	for i := range found {
		found[i] = -1
	}
	if old.State() != item.Sound && new.State() != item.Sound && compareBytes(old.Bytes(), new.Bytes()) < Strong {
		found[0] = 0
	}
	return found
}

// follower finds the slots of one model in another.
type follower struct {
	a, b  *model
	at    map[any]int // of the entries, alarms and preferences of a
	mine  map[any]int // of those of b
	found []int
}

// preferenceOf is the key of a preference.
type preferenceOf struct{ s *slot }

func (u unit) id() any {
	switch {
	case u.alarm != nil:
		return u.alarm
	case u.pref:
		return preferenceOf{u.s}
	}
	return u.e
}

func (f *follower) follow() {
	for i, u := range f.a.units() {
		f.at[u.id()] = i
	}
	for i, u := range f.b.units() {
		f.mine[u.id()] = i
		f.found = append(f.found, -1)
	}
	before := f.a.keys()
	for _, c := range f.b.components {
		if old := before[c.key]; old != nil {
			f.component(old, c)
		}
	}
	f.slots(&component{slots: f.a.states}, &component{slots: f.b.states})
}

func (f *follower) component(a, b *component) {
	f.slots(a, b)
	climbAlarms(a.alarms, b.alarms, true, func(x, y *component) bool {
		if x != nil && y != nil && !differsBy(Strong, func(yield func(*delta) bool) { diffComponents(x, y, yield) }) {
			f.same(x, y)
		}
		return true
	})
}

func (f *follower) slots(a, b *component) {
	for _, s := range b.slots {
		old := a.find(s.name)
		if old == nil {
			continue
		}
		pairs := pairUp(old.entries, s.entries, s.leftover)
		for _, p := range pairs {
			if p.a == nil || p.b == nil {
				continue
			}
			if by := difference(p.a, p.b); by == None || by < Strong && !s.kind.bookkeeping() {
				f.same(p.a, p.b)
			}
		}
		if !differsBy(Strong, func(yield func(*delta) bool) { diffPreference(b, s, pairs, yield) }) {
			f.same(preferenceOf{old}, preferenceOf{s})
		}
	}
}

// same notes that a slot of one is that of the other, if both have it.
func (f *follower) same(a, b any) {
	i, has := f.at[a]
	j, had := f.mine[b]
	if has && had {
		f.found[j] = i
	}
}

// differsBy tells whether any of some differences is that strong.
func differsBy(least Strength, all func(func(*delta) bool)) bool {
	found := false
	all(func(d *delta) bool {
		found = d.strength >= least
		return !found
	})
	return found
}
