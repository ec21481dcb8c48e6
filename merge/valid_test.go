package merge_test

import (
	"fmt"
	"strings"

	"vgit/merge"
	"vgit/repo/item"
)

// staysValid holds M7: what comes out of valid bodies without a conflict is valid. What is invalid is found out here in another way
// than in the code: by looking at lines.
func staysValid(s *scene) string {
	if len(s.result.Conflicts) > 0 || s.v.L1 == nil || s.v.R1 == nil {
		return ""
	}
	had := map[string]bool{}
	for _, it := range []*item.Item{s.v.L1, s.v.R1} {
		for _, f := range faults(it) {
			had[f] = true
		}
	}
	if s.result.Local != nil {
		for _, f := range faults(item.Parse(s.result.Local)) {
			if !had[f] {
				return "the file: " + f
			}
		}
	}
	if s.result.Send == merge.Put {
		for _, f := range faults(item.Parse(s.result.Body)) {
			if !had[f] {
				return "the body: " + f
			}
		}
	}
	return ""
}

// faults lists what is wrong with an item.
func faults(it *item.Item) []string {
	if it.State() != item.Sound {
		return []string{"it cannot be read"}
	}
	if it.Component() == "VCARD" {
		return cardFaults(it)
	}
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	zones, excluded, seen := map[string]bool{}, map[string]bool{}, map[string]bool{}
	organizer, organizers := "", map[string]bool{}
	for calendar := range it.Tree().Components() {
		for c := range calendar.Components() {
			if c.Name == "VTIMEZONE" {
				if id := c.Leaf("TZID"); id != nil {
					if zones[id.Value()] {
						add("two time zones %s", id.Value())
					}
					zones[id.Value()] = true
				}
			}
		}
		for c := range calendar.Components() {
			if c.Name == "VTIMEZONE" {
				continue
			}
			id := ""
			if l := c.Leaf("RECURRENCE-ID"); l != nil {
				id = l.Value()
			}
			if seen[c.Name+id] {
				add("two components %s %s", c.Name, id)
			}
			seen[c.Name+id] = true
			for l := range c.Leaves() {
				if l.Name == "EXDATE" {
					for _, d := range item.Split(l.Value(), ',') {
						excluded[d] = true
					}
				}
				if z := l.Param("TZID"); z != "" && !zones[z] {
					add("no time zone %s", z)
				}
				if l.Name == "ORGANIZER" {
					organizer = strings.ToLower(l.Value())
					organizers[organizer] = true
				}
			}
			list = append(list, componentFaults(c)...)
		}
		for id := range seen {
			if d := strings.TrimPrefix(id, "VEVENT"); d != "" && excluded[d] {
				add("an EXDATE and an override for %s", d)
			}
		}
	}
	if len(organizers) > 1 {
		add("two organizers")
	}
	return list
}

// componentFaults looks at one event or task.
func componentFaults(c *item.Component) []string {
	var list []string
	count := map[string]int{}
	allDay := map[bool]bool{}
	for l := range c.Leaves() {
		count[l.Name]++
		switch l.Name {
		case "DTSTART", "DTEND", "DUE", "RECURRENCE-ID":
			allDay[len(l.Value()) == 8] = true
		}
	}
	for _, name := range []string{"SUMMARY", "LOCATION", "DTSTART", "DTEND", "DUE", "DURATION", "UID", "STATUS", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "CREATED",
		"PRIORITY", "CLASS", "TRANSP", "URL", "ORGANIZER", "GEO", "DESCRIPTION", "PERCENT-COMPLETE", "COMPLETED", "RECURRENCE-ID", "RRULE"} {
		if count[name] > 1 {
			list = append(list, "more than one "+name)
		}
	}
	if count["DURATION"] > 0 && count["DTEND"]+count["DUE"] > 0 {
		list = append(list, "a duration and an end")
	}
	if len(allDay) > 1 {
		list = append(list, "dates and times")
	}
	if count["ATTENDEE"] > 0 && count["ORGANIZER"] == 0 {
		list = append(list, "attendees without an organizer")
	}
	if c.Name == "VTODO" && count["DURATION"] > 0 && count["DTSTART"] == 0 {
		list = append(list, "a duration without a start")
	}
	if start, end := c.Leaf("DTSTART"), c.Leaf("DTEND"); start != nil && end != nil && start.Param("TZID") == end.Param("TZID") && end.Value() < start.Value() {
		list = append(list, "an end before the start")
	}
	if start, due := c.Leaf("DTSTART"), c.Leaf("DUE"); start != nil && due != nil && due.Value() < start.Value() {
		list = append(list, "due before the start")
	}
	if rule := c.Leaf("RRULE"); rule != nil && strings.Contains(rule.Value(), "UNTIL=") && strings.Contains(rule.Value(), "COUNT=") {
		list = append(list, "UNTIL and COUNT")
	}
	if status, percent := c.Leaf("STATUS"), c.Leaf("PERCENT-COMPLETE"); status != nil && percent != nil && status.Value() == "COMPLETED" && percent.Value() != "100" {
		list = append(list, "completed, but not 100 %")
	}
	return list
}

// cardFaults looks at one card.
func cardFaults(it *item.Item) []string {
	var list []string
	count, preferred, groups := map[string]int{}, map[string]int{}, map[string]bool{}
	labels := map[string]int{}
	for l := range it.Master().Leaves() {
		count[l.Name]++
		if l.Group != "" && !strings.HasPrefix(l.Name, "X-AB") {
			groups[strings.ToLower(l.Group)] = true
		}
		if l.Name == "X-ABLABEL" {
			labels[strings.ToLower(l.Group)]++
		}
		for _, p := range l.Params() {
			for _, v := range p.Values {
				if strings.EqualFold(v, "pref") || p.Name == "PREF" && v == "1" {
					preferred[l.Name]++
				}
			}
		}
	}
	for _, name := range []string{"UID", "N", "FN", "BDAY", "REV", "VERSION"} {
		if count[name] > 1 {
			list = append(list, "more than one "+name)
		}
	}
	if count["FN"] == 0 || count["N"] == 0 {
		list = append(list, "no name")
	}
	for name, n := range preferred {
		if n > 1 {
			list = append(list, "two preferred "+name)
		}
	}
	for group, n := range labels {
		if !groups[group] {
			list = append(list, "a label without a property")
		}
		if n > 1 {
			list = append(list, "two labels for one property")
		}
	}
	return list
}
