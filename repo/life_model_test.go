package repo_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// model is what everybody meant: for each slot of each item the values that were ever given to it, and which of them its maker, or a
// later one who had seen it, has done with. It knows nothing of vgit. A value whose time is not over must be somewhere, at any
// moment; in the end it must be everywhere, and an item that has none left must be nowhere.
type model struct {
	intents map[key][]*intent
	// settling tells that somebody is settling a conflict. A value that gives way to that is on other devices still, and may be in a conflict
	// there until they hear of it.
	settling bool
	wiped    map[key]bool // what an accident took from one place, and is still meant
	emptied  map[key]bool // of these a restore took a value away: it is an edit that leaves no new one
	unsure   map[key]bool // of these nobody knows whether they are meant to be: an accident took them and a guard did not or was told to let it
}

// key is an item in a collection. A moved item is one that was deleted there and made here.
type key struct{ coll, uid string }

func (k key) String() string { return k.coll + "/" + k.uid }

// value is what somebody gave a slot. No two steps give the same.
type value struct {
	slot string
	n    int
}

func (v value) String() string { return v.slot + "=" + strconv.Itoa(v.n) }

// intent is what somebody meant: a value, or none for the deletion of the item.
type intent struct {
	value
	over  bool   // somebody who saw it put something in its place
	met   string // the devices that shared it with the server after a good sync
	gave  bool   // it gave way to another when a conflict was settled
	again bool   // the slot held this value before: who deletes the old one cannot know of the new one
}

// slots are the parts of an item that a life edits, each with the number of the step that filled it.
type slots map[string]int

// slotNames are the properties that hold them. The last is one that some servers throw away.
var slotNames = []string{"SUMMARY", "LOCATION", "DESCRIPTION", "X-SLOT"}

// conflictSlots are what a conflict calls them.
var conflictSlots = map[string]string{"summary": "SUMMARY", "place": "LOCATION", "description": "DESCRIPTION", "x-slot": "X-SLOT"}

// concerned are the slots that a conflict is about.
func concerned(conflict string) []string {
	if name, ok := conflictSlots[conflict]; ok {
		return []string{name}
	}
	return slotNames
}

func newModel() *model {
	return &model{intents: map[key][]*intent{}, unsure: map[key]bool{}, wiped: map[key]bool{}, emptied: map[key]bool{}}
}

// put notes what somebody made of an item who saw it as seen; nil: who made it anew. Only what differs is meant.
func (m *model) put(k key, now, seen slots) {
	m.unsure[k] = m.unsure[k] || seen == nil && m.wiped[k] // in the place of what was there: nobody else can tell that from an edit
	for _, name := range slotNames {
		if now[name] == seen[name] {
			continue
		}
		m.supersede(k, name, seen[name])
		m.emptied[k] = m.emptied[k] || now[name] == 0
		if v := (value{name, now[name]}); v.n != 0 && !slices.Contains(m.alive(k, false), v) {
			m.intents[k] = append(m.intents[k], &intent{value: v, again: m.written(k, v)})
		}
	}
}

// remove notes a deletion by somebody who saw the item as seen.
func (m *model) remove(k key, seen slots) {
	for name, n := range seen {
		m.supersede(k, name, n)
	}
	m.intents[k] = append(m.intents[k], &intent{})
}

func (m *model) supersede(k key, slot string, n int) {
	for _, e := range m.intents[k] {
		if n != 0 && e.value == (value{slot, n}) {
			e.over, e.gave = true, e.gave || m.settling
		}
	}
}

// written tells whether somebody ever gave a slot this value.
func (m *model) written(k key, v value) bool {
	return slices.ContainsFunc(m.intents[k], func(e *intent) bool { return e.value == v })
}

// deleted tells whether somebody ever deleted an item.
func (m *model) deleted(k key) bool {
	return slices.ContainsFunc(m.intents[k], func(e *intent) bool { return e.n == 0 })
}

// alive lists the values of an item whose time is not over. sure leaves out those that came a second time.
func (m *model) alive(k key, sure bool) []value {
	var list []value
	if sure && m.unsure[k] {
		return nil
	}
	for _, e := range m.intents[k] {
		if e.n != 0 && !e.over && !(sure && e.again) && !slices.Contains(list, e.value) {
			list = append(list, e.value)
		}
	}
	return list
}

// contended lists the values of a slot that may be in a conflict.
func (m *model) contended(k key, slot string) []value {
	list := m.aliveIn(k, slot, false)
	for _, e := range m.intents[k] {
		if e.slot == slot && e.gave && !slices.Contains(list, e.value) {
			list = append(list, e.value)
		}
	}
	return list
}

// aliveIn lists those of one slot.
func (m *model) aliveIn(k key, slot string, sure bool) []value {
	return slices.DeleteFunc(m.alive(k, sure), func(v value) bool { return v.slot != slot })
}

// story tells the events of an item, for a person.
func (m *model) story(k key) string {
	var parts []string
	for _, e := range m.intents[k] {
		word := e.value.String()
		if e.n == 0 {
			word = "deleted"
		} else if e.over {
			word = "(" + word + ")"
		}
		parts = append(parts, word)
	}
	return strings.Join(parts, " ")
}

// compose writes a new item, with line ends as programs on the desktop write them.
func compose(uid string, s slots) []byte {
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//life//EN", "BEGIN:VEVENT", "UID:" + uid,
		"DTSTAMP:20260101T000000Z", "DTSTART:20260302T100000Z", "DTEND:20260302T110000Z"}
	for _, name := range slotNames {
		if n := s[name]; n != 0 {
			lines = append(lines, fmt.Sprintf("%s:s%d", name, n))
		}
	}
	return []byte(strings.Join(append(lines, "END:VEVENT", "END:VCALENDAR", ""), "\r\n"))
}

// decompose reads an item that compose wrote, whatever others did to its order; ok is false if it is not a whole one.
func decompose(body []byte) (uid string, s slots, ok bool) {
	s = slots{}
	for line := range bytes.Lines(body) {
		name, value, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), ":")
		switch {
		case name == "UID":
			uid = value
		case slices.Contains(slotNames, name):
			s[name], _ = strconv.Atoi(strings.TrimPrefix(value, "s"))
		case name == "END" && value == "VCALENDAR":
			ok = true
		}
	}
	return uid, s, ok && uid != ""
}

// fill puts a value into one slot of an item and leaves all other bytes alone.
func fill(body []byte, slot string, n int) []byte {
	var out []byte
	done := false
	for line := range bytes.Lines(body) {
		if bytes.HasPrefix(line, []byte(slot+":")) {
			line, done = fmt.Appendf(nil, "%s:s%d\r\n", slot, n), true
		}
		if !done && bytes.HasPrefix(line, []byte("END:VEVENT")) {
			out, done = fmt.Appendf(out, "%s:s%d\r\n", slot, n), true
		}
		out = append(out, line...)
	}
	return out
}
