package repo_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// model is what everybody meant: for each item the versions that were ever made, and which of them its maker, or a later
// one who had seen it, has done with. It knows nothing of vgit. A version whose time is not over must be somewhere, at any
// moment; in the end it must be everywhere, and what has none left must be nowhere.
type model struct {
	intents map[key][]*intent
	bodies  map[key]map[int]slots
}

// key is an item in a collection. A moved item is one that was deleted there and made here.
type key struct{ coll, uid string }

func (k key) String() string { return k.coll + "/" + k.uid }

// intent is what somebody meant: a version, or 0 for a deletion.
type intent struct {
	version int
	over    bool   // somebody who saw it put something in its place
	met     string // the devices that shared it with the server after a good sync
	again   bool   // the item held this version before: who deletes the old one cannot know of the new one
}

// slots are the parts of an item that a life edits, each with the number of the step that filled it. The highest is the version.
type slots map[string]int

// slotNames are the properties that hold them. The last is one that some servers throw away.
var slotNames = []string{"SUMMARY", "LOCATION", "DESCRIPTION", "X-SLOT"}

func (s slots) version() int {
	v := 0
	for _, n := range s {
		v = max(v, n)
	}
	return v
}

func newModel() *model {
	return &model{intents: map[key][]*intent{}, bodies: map[key]map[int]slots{}}
}

// put notes a version that somebody made who saw those in over.
func (m *model) put(k key, s slots, over ...int) {
	m.supersede(k, over...)
	e := &intent{version: s.version()}
	for _, old := range m.intents[k] {
		e.again = e.again || old.version == e.version
	}
	m.intents[k] = append(m.intents[k], e)
	if m.bodies[k] == nil {
		m.bodies[k] = map[int]slots{}
	}
	m.bodies[k][e.version] = maps.Clone(s)
}

// remove notes a deletion by somebody who saw the versions in over.
func (m *model) remove(k key, over ...int) {
	m.supersede(k, over...)
	m.intents[k] = append(m.intents[k], &intent{})
}

func (m *model) supersede(k key, over ...int) {
	for _, e := range m.intents[k] {
		e.over = e.over || e.version != 0 && slices.Contains(over, e.version)
	}
}

// alive lists the versions of an item whose time is not over. sure leaves out those that came a second time.
func (m *model) alive(k key, sure bool) []int {
	var list []int
	for _, e := range m.intents[k] {
		if e.version != 0 && !e.over && !(sure && e.again) && !slices.Contains(list, e.version) {
			list = append(list, e.version)
		}
	}
	return list
}

// story tells the events of an item, for a person.
func (m *model) story(k key) string {
	var parts []string
	for _, e := range m.intents[k] {
		word := "v" + strconv.Itoa(e.version)
		if e.version == 0 {
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
