package merge_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"vgit/merge"
	"vgit/repo/item"
)

// losesNothing holds M6: each strong change of either side is in the file, and in what the server has afterwards; or it waits; or
// a note tells of it.
func losesNothing(s *scene) string {
	if s.result.Local == nil || s.v.L0 == nil || s.v.L1 == nil || s.v.R0 == nil || s.v.R1 == nil {
		return ""
	}
	file := item.Parse(s.result.Local)
	if lost := s.lost(s.v.L0, s.v.L1, file); lost != "" {
		return "ours is not in the file: " + lost
	}
	if lost := s.lost(s.v.R0, s.v.R1, file); lost != "" {
		return "theirs is not in the file: " + lost
	}
	if len(s.result.Conflicts) > 0 {
		return ""
	}
	body := s.v.R1
	if s.result.Send == merge.Put {
		body = item.Parse(s.result.Body)
	}
	if lost := s.lost(s.v.L0, s.v.L1, body); lost != "" {
		return "ours is not on the server: " + lost
	}
	if lost := s.lost(s.v.R0, s.v.R1, body); lost != "" {
		return "theirs is not on the server any more: " + lost
	}
	return ""
}

// lost names a strong change from one body to another that a third one does not have, and nobody says so. It is looked for in what
// differs between the edited body and the third one: the new value is gone, or what was removed stands there again.
func (s *scene) lost(from, to, in *item.Item) string {
	undone := map[string][]merge.Change{}
	for _, c := range merge.Diff(to, in) {
		if c.Strength == merge.Strong {
			undone[c.Slot] = append(undone[c.Slot], c)
		}
	}
	if len(undone) == 0 {
		return ""
	}
	for _, c := range merge.Diff(from, to) {
		if c.Strength < merge.Strong || s.told(c.Slot) || !s.oneBase && strings.HasPrefix(c.Slot, "pref ") {
			continue // which is preferred, of two different lists, is not one question
		}
		if strings.HasPrefix(c.Slot, "pref ") && !s.oneBase {
			continue // the preferred entry may be one that the other side never had
		}
		for _, u := range undone[c.Slot] {
			if s.takenBack(c, u, in) {
				return fmt.Sprintf("%s: %q -> %q, and there it is %q instead of %q", c.Slot, c.Old, c.New, u.New, u.Old)
			}
		}
		for slot, list := range undone { // the component around it is gone
			if strings.HasPrefix(c.Slot, slot+" ") && list[0].New == "" && slot != "alarm" && !s.told(slot) {
				return fmt.Sprintf("%s: %q -> %q, and there is no %s", c.Slot, c.Old, c.New, slot)
			}
		}
	}
	return ""
}

var appleLabel = regexp.MustCompile(`label:\w+, `)

// takenBack reports whether a change undoes what another one did.
func (s *scene) takenBack(c, u merge.Change, in *item.Item) bool {
	base := c.Slot[strings.LastIndexByte(c.Slot, ' ')+1:]
	first, _, _ := strings.Cut(c.Slot, " ")
	switch {
	case strings.Contains(c.New, "label:") && strings.Contains(u.New, strings.ReplaceAll(c.New, "label:", "")):
		return false // Apple's label became the TYPE that it stands for
	case strings.Contains(c.New, "label:") && strings.Contains(c.Old, appleLabel.ReplaceAllString(c.New, "")):
		return false // Apple's label says what the TYPE beside it says
	case c.New == "":
		return s.oneBase && u.New != "" && u.New == c.Old && u.Old == ""
	case slices.Contains([]string{"description", "note", "comment", "place"}, base):
		return u.Old == c.New && partGone(c, u)
	case slices.Contains([]string{"name", "org", "n", "gender", "attendee", "organizer"}, first), strings.Contains(c.Slot, "attendee "):
		return partGone(c, u)
	case base == "done": // two that both got on are one that got further
		return u.Old == c.New && !strings.Contains(u.New, "COMPLETED") && !strings.Contains(u.New, "IN-PROCESS")
	case first == "adr": // it may have got another key
		if !partGone(c, u) {
			return false
		}
		for _, word := range strings.Fields(c.New) {
			word = strings.Trim(word, ",") // of a list of labels
			if !strings.Contains(c.Old, word) && !strings.Contains(strings.ToLower(string(in.Bytes())), strings.ToLower(word)) {
				return true
			}
		}
		return false
	}
	return u.Old == c.New
}

// partGone looks for a word of a structured value that was new and is gone.
func partGone(c, u merge.Change) bool {
	if u.Old != c.New && !strings.Contains(u.Old, "=") {
		return false
	}
	old, gone, there := strings.Fields(c.Old), strings.Fields(u.Old), strings.Fields(u.New)
	for _, word := range strings.Fields(c.New) {
		owned := strings.HasPrefix(word, "schedule-status=")
		if !owned && !slices.Contains(old, word) && slices.Contains(gone, word) && !slices.Contains(there, word) {
			return true
		}
	}
	return false
}

// told reports whether a conflict or a note is about a slot, or about what is around it or in it.
func (s *scene) told(slot string) bool {
	about := func(other string) bool {
		if strings.HasPrefix(other, "alarm") && strings.HasPrefix(slot, "alarm") && other[strings.LastIndexByte(other, ' ')+1:] == slot[strings.LastIndexByte(slot, ' ')+1:] {
			return true // an alarm may have an id on one side only
		}
		return other == slot || other == "item" || strings.HasPrefix(slot, other+" ") || strings.HasPrefix(other, slot+" ") ||
			other == "series" && (slot == "time" || slot == "rule")
	}
	for _, c := range s.result.Conflicts {
		if about(c.Slot) || strings.HasPrefix(slot, "occurrence ") && (c.Slot == "time" || c.Slot == "rule" || c.Slot == "series") {
			return true // occurrences are named by where the series would have them
		}
	}
	for _, n := range s.result.Notes {
		if about(n.Slot) || n.Slot == "" {
			return true
		}
	}
	return false
}

// inventsNothing holds M5: each line of a result says what a line of that name says in ours or in theirs. Clocks, counters, texts that
// were merged line by line, and what a note tells of are left to their own tests.
func inventsNothing(s *scene) string {
	if s.v.L1 == nil || s.v.R1 == nil || s.versions() {
		return ""
	}
	var known map[string]bool
	for what, body := range map[string][]byte{"file": s.result.Local, "body": s.result.Body} {
		if body == nil {
			continue
		}
		for _, l := range flatten(item.Parse(body)) {
			for _, said := range sayings(l.leaf) {
				if known == nil {
					known = map[string]bool{}
					for _, it := range inBothVersions(s.v.L1, s.v.R1) {
						for _, l := range flatten(it) {
							for _, said := range sayings(l.leaf) {
								known[said] = true
							}
						}
					}
				}
				if !known[said] && !s.mayBeNew(l.leaf.Name, said) {
					return fmt.Sprintf("the %s says %q", what, said)
				}
			}
		}
	}
	return ""
}

// mayBeNew are the exceptions of M5 by name.
func (s *scene) mayBeNew(name, said string) bool {
	if strings.Contains(said, ";TYPE=") && strings.Contains(string(s.v.L1.Bytes())+string(s.v.R1.Bytes()), "_$!<") {
		return true // a label of Apple became the TYPE that it stands for
	}
	switch name {
	case "SEQUENCE", "FN":
		return true
	case "LABEL":
		return strings.Contains(said, ";TYPE=") // that of its address
	case "EXDATE", "RDATE", "RECURRENCE-ID", "DTSTART", "DTEND", "DURATION":
		return s.shifts()
	case "ATTENDEE":
		return strings.HasSuffix(said, "NEEDS-ACTION") && slices.ContainsFunc(s.result.Notes, func(n merge.Note) bool { return n.Kind == "reply-void" })
	}
	return false
}

// shifts reports whether occurrences follow their series to another hour, zone or kind of time.
func (s *scene) shifts() bool {
	for _, two := range [][2]*item.Item{{s.v.L0, s.v.L1}, {s.v.R0, s.v.R1}} {
		if two[0] != nil && slices.ContainsFunc(merge.Diff(two[0], two[1]), func(c merge.Change) bool { return c.Slot == "time" }) {
			return true
		}
	}
	return false
}

// sayings takes a line apart into what it says: each parameter, and each line, element or part of its value, with the name of the
// property in front.
func sayings(l *item.Leaf) []string {
	var list []string
	for _, p := range l.Params() {
		for _, v := range p.Values {
			list = append(list, l.Name+";"+p.Name+"="+v)
		}
	}
	value := l.Value()
	var parts []string
	switch l.Name {
	case "DESCRIPTION", "NOTE", "COMMENT", "X-ALT-DESC":
		parts = strings.Split(item.Unescape(value), "\n")
	case "CATEGORIES", "NICKNAME", "RESOURCES", "EXDATE", "RDATE":
		parts = item.Split(value, ',')
	case "N", "ADR", "ORG":
		parts = item.Split(value, ';')
	default:
		parts = []string{item.Unescape(value)}
	}
	for _, part := range parts {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, l.Name+":"+part)
		}
	}
	return list
}
