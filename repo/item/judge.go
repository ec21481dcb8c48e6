package item

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// judge finds state, problem, UID and main component of an item whose tree is read. The rules are P62, P63 and P67 of the
// protocol; broken beats opaque.
func (it *Item) judge(balance string) {
	var top *Component
	tops := 0
	for c := range it.root.Components() {
		if top == nil {
			top = c
		}
		tops++
	}
	problem := ""
	if top != nil {
		problem = it.lookInside(top)
	}
	switch {
	case balance != "":
		it.state, it.problem = Broken, balance
	case tops == 0:
		it.state, it.problem = Broken, "holds neither a VCALENDAR nor a VCARD"
	case tops > 1:
		it.state, it.problem = Broken, fmt.Sprintf("holds %d components side by side at the top", tops)
	case markers(it.raw):
		it.state, it.problem = Broken, "holds the conflict markers of a merge"
	case !utf8.Valid(it.raw):
		it.state, it.problem = Opaque, "is not UTF-8"
	case problem != "":
		it.state, it.problem = Opaque, problem
	}
}

// markers finds what git leaves in a file that it could not merge (F95): three lines that no content line begins like, in this
// order. One alone may stand in a quoted-printable text.
func markers(raw []byte) bool {
	for _, m := range []string{"\n<<<<<<< ", "\n=======", "\n>>>>>>> "} {
		i := bytes.Index(raw, []byte(m))
		if i < 0 {
			return false
		}
		raw = raw[i+len(m):]
	}
	return true
}

// lookInside finds what the item is about, and says why it is opaque.
func (it *Item) lookInside(top *Component) (problem string) {
	switch top.Name {
	case "VCARD":
		it.main = top
		return it.readUIDs([]*Component{top})
	case "VCALENDAR":
		return it.lookIntoCalendar(top)
	}
	it.main = top
	it.uid = trimmed(top.Leaf("UID"))
	return fmt.Sprintf("is a %s outside of VCALENDAR and VCARD", top.Name)
}

func (it *Item) lookIntoCalendar(cal *Component) (problem string) {
	var usual, others []*Component
	for c := range cal.Components() {
		switch c.Name {
		case "VEVENT", "VTODO", "VJOURNAL":
			usual = append(usual, c)
		case "VTIMEZONE", "VALARM":
		default:
			others = append(others, c)
		}
	}
	entries := usual
	if len(usual) == 0 {
		entries = others
	}
	if len(entries) == 0 {
		return "holds no event, task or journal"
	}
	it.main = entries[0]
	masters := 0
	for _, c := range entries {
		if c.Leaf("RECURRENCE-ID") == nil {
			if masters == 0 {
				it.main = c
			}
			masters++
		}
	}
	problem = it.readUIDs(entries)
	switch {
	case problem != "":
		return problem
	case masters > 1:
		return fmt.Sprintf("holds %d components of one UID without RECURRENCE-ID", masters)
	}
	for _, c := range usual {
		if c.Name != usual[0].Name {
			return fmt.Sprintf("mixes %s and %s", usual[0].Name, c.Name)
		}
	}
	return ""
}

// readUIDs sets the UID of the item to the first one, and says whether all entries agree on it.
func (it *Item) readUIDs(entries []*Component) (problem string) {
	missing, several := false, false
	for _, c := range entries {
		found := false
		for l := range c.Leaves() {
			if l.Name != "UID" {
				continue
			}
			uid := trimmed(l)
			if uid == "" {
				continue
			}
			found = true
			if it.uid == "" {
				it.uid = uid
			}
			several = several || uid != it.uid
		}
		missing = missing || !found
	}
	switch {
	case several:
		return "holds several UIDs"
	case missing:
		return "has no UID"
	}
	return ""
}
