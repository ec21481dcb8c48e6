package merge_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"vgit/merge"
	"vgit/repo/item"
)

// No edit may hide: in every item of the corpus, each line that says something is missed when it is gone (M6 rests on it).
func TestNoLineOfTheCorpusIsOverlooked(t *testing.T) {
	t.Parallel()
	tried := 0
	for path, it := range corpus(t) {
		if it.State() != item.Sound || len(it.Bytes()) > 100_000 {
			continue
		}
		for _, l := range tellingLines(it.Tree()) {
			tried++
			rest := item.Parse(without(it.Bytes(), l.Raw))
			if rest.State() != item.Sound {
				continue
			}
			if s := merge.Compare(it, rest); s != merge.Strong {
				t.Errorf("%s: without %q: %v", path, l.Raw, s)
			}
			if tried%16 > 0 {
				continue // one in sixteen goes on to a server and back
			}
			before, after := item.Parse(newRespeller(1).respell(it)), item.Parse(newRespeller(1).respell(rest))
			if merge.Landed(it, rest, before) || !merge.Landed(it, rest, after) {
				t.Errorf("%s: without %q: landed %v, then %v", path, l.Raw, merge.Landed(it, rest, before), merge.Landed(it, rest, after))
			}
		}
	}
	t.Logf("%d lines", tried)
}

// tellingLines is the lines of an item whose loss is an edit: not bookkeeping, not a default, not the definition of a time zone.
func tellingLines(c *item.Component) []*item.Leaf {
	var lines []*item.Leaf
	seen := map[string]int{}
	for l := range c.Leaves() {
		seen[l.Name+l.Value()]++
	}
	for l := range c.Leaves() {
		value := strings.Trim(item.Unescape(l.Value()), " \t\r\n;,")
		if (l.Name == "DTEND" || l.Name == "DURATION") && c.Leaf("DTEND") != nil && c.Leaf("DURATION") != nil {
			continue // the other one says the same
		}
		telling := []string{"SUMMARY", "DESCRIPTION", "LOCATION", "DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "RDATE", "EXDATE",
			"ATTENDEE", "ORGANIZER", "CATEGORIES", "COMMENT", "CONTACT", "ATTACH", "RELATED-TO", "URL", "GEO", "RESOURCES", "TRIGGER", "ACTION",
			"N", "TEL", "EMAIL", "ADR", "NOTE", "ORG", "TITLE", "ROLE", "BDAY", "PHOTO", "IMPP", "NICKNAME", "ANNIVERSARY", "GENDER", "LABEL",
			"KEY", "MEMBER", "X-ABLABEL", "LOGO", "SOUND", "TZ", "LANG", "RELATED", "X-FOO", "COMPLETED", "X-ABDATE", "X-ALT-DESC"}
		if value != "" && seen[l.Name+l.Value()] == 1 && slices.Contains(telling, l.Name) {
			lines = append(lines, l)
		}
	}
	for inner := range c.Components() {
		if inner.Name != "VTIMEZONE" && !defaultAlarm(inner) {
			lines = append(lines, tellingLines(inner)...)
		}
	}
	return lines
}

// defaultAlarm recognises the alarms that are bookkeeping as a whole.
func defaultAlarm(c *item.Component) bool {
	action := c.Leaf("ACTION")
	return c.Leaf("X-APPLE-DEFAULT-ALARM") != nil || action != nil && strings.EqualFold(action.Value(), "NONE")
}

// without cuts a slice of b out of b.
func without(b, part []byte) []byte {
	at := cap(b) - cap(part)
	return slices.Concat(b[:at], bytes.Clone(b[at+len(part):]))
}
