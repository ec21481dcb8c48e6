package merge

import (
	"cmp"
	"slices"
	"strings"
)

// Sides puts the three values of a conflict into words: what both sides had, what is here, and what is there.
func (w Wording) Sides(c Conflict) (base, local, remote string) {
	slot := slotWithin(c.Slot)
	sides := []string{c.Base, c.Local, c.Remote}
	if s, known := speeches[slot]; !known && !grouped[slot] || known && s.value == inQuotes {
		cutTogether(sides)
	}
	for i := range sides {
		sides[i] = w.value(slot, sides[i])
	}
	if slot == "item" && c.Base != "" {
		for i := 1; i < 3; i++ {
			if sides[i] == absent {
				sides[i] = "(deleted)"
			}
		}
	}
	return sides[0], sides[1], sides[2]
}

// absent stands for no value.
const absent = "(none)"

// grouped are the slots whose values are put into words in a way of their own.
var grouped = map[string]bool{"time": true, "rule": true, "done": true, "occurrence": true, "alarm": true, "trigger": true, "attendee": true, "series": true}

// slotWithin is the name of a slot without the occurrence or alarm that it is in, and without its key.
func slotWithin(slot string) string {
	words := strings.Fields(slot)
	if len(words) > 1 && words[0] == "occurrence" {
		words = words[2:]
		for len(words) > 0 && (words[0] == "(date)" || words[0] == "and" || words[0] == "later") {
			words = words[1:]
		}
		if len(words) == 0 {
			return "occurrence"
		}
	}
	if len(words) == 0 {
		return slot
	}
	if last := words[len(words)-1]; words[0] == "alarm" && len(words) > 1 &&
		slices.Contains([]string{"trigger", "description", "summary", "attach"}, last) {
		return last
	}
	if words[0] == "pref" && len(words) > 1 {
		return words[1]
	}
	return words[0]
}

// cutTogether leaves out what several long texts begin with, so that one sees where they differ.
func cutTogether(texts []string) {
	first, same := "", -1
	for _, s := range texts {
		switch {
		case s == "":
			continue
		case same < 0:
			first, same = s, len(s)
		}
		n := 0
		for n < same && n < len(s) && s[n] == first[n] {
			n++
		}
		same = n
	}
	for same > 0 && (same >= len(first) || !startsRune(first[same])) {
		same--
	}
	if same < maxText {
		return
	}
	same -= maxText / 4
	for same > 0 && !startsRune(first[same]) {
		same--
	}
	for i, s := range texts {
		if s != "" {
			texts[i] = "…" + s[same:]
		}
	}
}

// value puts one value of a slot into words, as a conflict has it.
func (w Wording) value(slot, s string) string {
	if s == "" {
		if slot == "occurrence" {
			return "as the series"
		}
		return absent
	}
	switch slot {
	case "time":
		return w.timeValue(s)
	case "rule":
		if !strings.Contains(s, ", ") {
			return w.ruleWords(s, nil)
		}
		return clip(s, 2*maxText)
	case "series":
		return w.seriesValue(s)
	case "done":
		return w.doneValue(s)
	case "occurrence":
		if s == "excluded" {
			return "cancelled"
		}
		return inMarks(s)
	case "trigger", "alarm":
		return w.triggerValue(s)
	case "attendee":
		return paramsValue(s)
	case "item":
		return inMarks(s)
	}
	if strings.HasPrefix(s, "x-ablabel=") || strings.HasPrefix(s, "type=") {
		return paramsValue(s)
	}
	return w.show(speechOf(slot).value, s)
}

// seriesValue reads a value of what is in conflict of a whole series: its time, its rule, or both.
func (w Wording) seriesValue(s string) string {
	parts := strings.Split(s, "; ")
	for i, part := range parts {
		slot := "time"
		if strings.Contains(part, "FREQ=") {
			slot = "rule"
		}
		parts[i] = w.value(slot, part)
	}
	return strings.Join(parts, "; ")
}

// timeValue reads a value of the group "time": moments with their zones, or a start and a duration.
func (w Wording) timeValue(s string) string {
	var moments []moment
	for _, word := range strings.Fields(s) {
		m := parseMoment(word)
		d, isDuration := durationOf(word)
		n := len(moments)
		switch {
		case m.raw == "":
			moments = append(moments, m)
		case isDuration && n > 0 && d.days < 1e6 && d.seconds < 1e9 && d.days > -1e6 && d.seconds > -1e9:
			moments = append(moments, moments[n-1].add(d))
		case n > 0 && !moments[n-1].utc && !moments[n-1].date:
			name := word
			if z := moments[n-1].zone; z != nil {
				name = z.name + " " + word
			}
			moments[n-1].zone = &zone{name: name}
		default:
			return clip(s, 2*maxText)
		}
	}
	switch len(moments) {
	case 1:
		return w.zoned(moments[0])
	case 2:
		return w.span(span{&moments[0], &moments[1]}) + zoneBehind(span{start: &moments[0]})
	}
	return clip(s, 2*maxText)
}

// doneValue reads a value of the group "done": status, percentage and time.
func (w Wording) doneValue(s string) string {
	var status, percent string
	for _, word := range strings.Fields(s) {
		switch {
		case allDigits(word):
			percent = word
		case parseMoment(word).raw != "":
			status = word
		}
	}
	e := &entry{}
	e.set(same("status", status))
	e.set(same("percent-complete", percent))
	return cmp.Or(progressOf(e).words, clip(s, maxText))
}

// triggerValue reads a value of the group "trigger" of an alarm.
func (w Wording) triggerValue(s string) string {
	e := &entry{}
	for _, word := range strings.Fields(s) {
		_, isDuration := durationOf(word)
		switch {
		case isDuration || parseMoment(word).raw == "":
			e.set(same("trigger", word))
		case word == "END":
			e.set(same("trigger;related", word))
		case allDigits(word):
			e.set(same("repeat", word))
		default:
			e.set(same("action", word))
		}
	}
	if e.field("trigger") == nil {
		return inMarks(s)
	}
	return w.triggerInWords(e)
}

// paramsValue reads parameters as a conflict shows them: "partstat=ACCEPTED cn=Bob".
func paramsValue(s string) string {
	var out []string
	for _, word := range strings.Fields(s) {
		name, value, found := strings.Cut(word, "=")
		noun, enumerated := paramWords(name)
		switch {
		case !found && len(out) > 0:
			out[len(out)-1] += " " + word
		case !found:
			out = append(out, word)
		case name == "partstat":
			out = append(out, enumInWords(value))
		case enumerated:
			out = append(out, noun+" "+enumInWords(value))
		default:
			out = append(out, noun+" "+value)
		}
	}
	return clip(strings.Join(out, ", "), 2*maxText)
}
