package item

import (
	"strings"
)

// Summary returns the title to show for the item: SUMMARY, or FN, N, ORG or EMAIL of a card, whichever is there first. It is
// unescaped and may hold anything; whoever prints it sanitises it.
func (it *Item) Summary() string {
	c := it.Master()
	if c == nil {
		return ""
	}
	for _, name := range []string{"SUMMARY", "FN", "N", "ORG", "EMAIL"} {
		l := c.Leaf(name)
		if l == nil {
			continue
		}
		var text string
		switch name {
		case "N":
			text = nameOf(l.Value())
		case "ORG":
			text = joinParts(Split(l.Value(), ';'), ", ")
		default:
			text = trimmed(l)
		}
		if text != "" {
			return text
		}
	}
	return ""
}

// nameOf puts a structured name "family;given;additional;prefix;suffix" into the order in which it is spoken.
func nameOf(value string) string {
	parts := Split(value, ';')
	order := []int{3, 1, 2, 0, 4}
	spoken := make([]string, 0, len(order))
	for _, i := range order {
		if i < len(parts) {
			spoken = append(spoken, parts[i])
		}
	}
	return joinParts(spoken, " ")
}

// joinParts unescapes parts and joins those that are not empty.
func joinParts(parts []string, sep string) string {
	var kept []string
	for _, p := range parts {
		if p = strings.TrimSpace(Unescape(p)); p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, sep)
}

// When returns the start to show for the item as "2026-03-02 10:00", "2026-03-02 10:00 UTC" or "2026-03-02", as written: a time in a zone
// of its own is shown without that zone, one in UTC is marked. It is DTSTART of an
// event or journal, DUE or else DTSTART of a task. It is empty if there is none or it cannot be read.
func (it *Item) When() string {
	c := it.Master()
	if c == nil {
		return ""
	}
	names := []string{"DTSTART"}
	if c.Name == "VTODO" {
		names = []string{"DUE", "DTSTART"}
	}
	for _, name := range names {
		if l := c.Leaf(name); l != nil {
			if when := showTime(strings.TrimSpace(l.Value())); when != "" {
				return when
			}
		}
	}
	return ""
}

// showTime turns 20260302, 20260302T100000 and 20260302T100000Z into what people read.
func showTime(s string) string {
	if len(s) < 8 || !digits(s[:8]) {
		return ""
	}
	date := s[:4] + "-" + s[4:6] + "-" + s[6:8]
	if len(s) < 13 || s[8] != 'T' || !digits(s[9:13]) {
		return date
	}
	when := date + " " + s[9:11] + ":" + s[11:13]
	if s[len(s)-1] == 'Z' {
		when += " UTC"
	}
	return when
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
