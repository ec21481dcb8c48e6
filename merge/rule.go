package merge

import (
	"slices"
	"strings"
)

// canonRule is a recurrence rule as unordered parts: defaults left out, BY-lists as sets, UNTIL as an instant. start is the DTSTART
// that UNTIL hangs on, or nil. Rules that happen to give the same occurrences are not the same rule.
func canonRule(s string, start *moment) string {
	var parts []string
	for part := range strings.SplitSeq(strings.ToUpper(s), ";") {
		name, value, found := strings.Cut(strings.TrimSpace(part), "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !found || value == "" {
			if name != "" && !found {
				parts = append(parts, name)
			}
			continue
		}
		switch {
		case name == "INTERVAL" || name == "COUNT":
			value = canonNumber(value)
		case name == "UNTIL":
			value = canonUntil(value, start)
		case strings.HasPrefix(name, "BY"):
			value = canonByList(value)
		}
		if name == "INTERVAL" && value == "1" || name == "WKST" && value == "MO" {
			continue
		}
		parts = append(parts, name+"="+value)
	}
	slices.Sort(parts)
	return strings.Join(parts, ";")
}

func canonUntil(value string, start *moment) string {
	m := parseMoment(value)
	if start != nil && !m.utc && !m.date {
		m.zone = start.zone
	}
	return m.once()
}

func canonByList(value string) string {
	list := strings.Split(value, ",")
	for i, e := range list {
		e = strings.TrimPrefix(strings.TrimSpace(e), "+")
		digits := strings.TrimRight(e, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		if digits != "" {
			e = canonNumber(digits) + e[len(digits):]
		}
		list[i] = e
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ",")
}
