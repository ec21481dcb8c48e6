package merge

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// person tells of an attendee: "+ attendee Dee <dee@example.com>", "bob@example.com: needs action → accepted".
func (t *teller) person(d *delta) []string {
	switch {
	case d.a == nil:
		return []string{"+ attendee " + address(d.b)}
	case d.b == nil:
		return []string{"- attendee " + address(d.a)}
	}
	var parts []string
	for _, name := range fieldsThatDiffer(d) {
		from, to := d.a.field(name).shown(), d.b.field(name).shown()
		switch name {
		case "partstat":
			parts = append(parts, reply(from)+" → "+reply(to))
		case "value":
			parts = append(parts, clip(from, maxText)+" → "+clip(to, maxText))
		default:
			parts = append(parts, fieldInWords(name, from, to))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "changed")
	}
	return []string{clip(d.b.text(), maxText) + ": " + strings.Join(parts, ", ")}
}

func reply(s string) string { return enumInWords(cmp.Or(s, "NEEDS-ACTION")) }

// address is a person as mail programs write one.
func address(e *entry) string {
	mail := clip(e.text(), maxText)
	if name := e.field("cn").shown(); name != "" {
		return clip(name, maxText) + " <" + mail + ">"
	}
	return mail
}

func (t *teller) organizer(d *delta) []string {
	switch {
	case d.a == nil:
		return []string{"+ organizer " + address(d.b)}
	case d.b == nil:
		return []string{"- organizer " + address(d.a)}
	case changed(d.a.field("value"), d.b.field("value")) != None:
		return []string{"organizer " + address(d.a) + " → " + address(d.b)}
	}
	return t.fields(d, "organizer "+clip(d.b.text(), maxText), speech{value: bare})
}

// done tells of how far a task is.
func (t *teller) done(d *delta) []string {
	from, to := progressOf(d.a), progressOf(d.b)
	switch {
	case to.done && !from.done:
		return []string{"done" + wasIn(from.words)}
	case from.done && !to.done && to.words == "":
		return []string{"not done any more"}
	case from.done && !to.done:
		return []string{"not done any more, " + to.words}
	case to.words != from.words:
		return []string{cmp.Or(to.words, "not begun") + " (was: " + cmp.Or(from.words, "not begun") + ")"}
	}
	return t.otherFields(d, "progress")
}

func wasIn(s string) string {
	if s == "" {
		return ""
	}
	return " (was: " + s + ")"
}

// progress is how far a task is: "50 %", "in process", "cancelled".
type progress struct {
	done  bool
	words string
}

func progressOf(e *entry) progress {
	status, percent := e.field("status").shown(), e.field("percent-complete").shown()
	p := progress{done: status == "COMPLETED" || status == "" && e.field("completed") != nil}
	switch {
	case percent != "" && percent != "100" && (status == "" || status == "IN-PROCESS"):
		p.words = clip(percent, 10) + " %"
	case p.done:
		p.words = "done"
		if percent != "" && percent != "100" {
			p.words = "done to " + clip(percent, 10) + " %"
		}
	case status != "" || percent != "":
		p.words = enumInWords(status)
		if percent != "" {
			p.words = strings.TrimSpace(p.words + " " + clip(percent, 10) + " %")
		}
	}
	return p
}

// alarm tells of a reminder.
func (t *teller) alarm(d *delta) []string {
	switch {
	case d.from == nil:
		return []string{"+ " + t.reminder(d.to)}
	case d.to == nil:
		return []string{"- " + t.reminder(d.from)}
	case d.name != "trigger":
		_, lines := t.slot(d)
		for i := range lines {
			lines[i] = t.reminder(d.to) + ": " + lines[i]
		}
		return lines
	}
	from, to := t.trigger(d.from), t.trigger(d.to)
	if from == to {
		lines := t.otherFields(d, "trigger")
		for i := range lines {
			lines[i] = t.reminder(d.to) + ": " + lines[i]
		}
		return lines
	}
	return []string{"reminder " + from + " → " + to}
}

// reminder is a whole alarm: "reminder 15 min before", "reminder by mail 1 day before".
func (t *teller) reminder(c *component) string { return "reminder " + t.trigger(c) }

// trigger is what an alarm does, if it is not just shown, and when.
func (t *teller) trigger(c *component) string {
	s := c.find("trigger")
	if s == nil {
		return "without a time"
	}
	return t.triggerInWords(s.one())
}

func (w Wording) triggerInWords(e *entry) string {
	words := alarmTime(w, e.field("trigger").shown(), e.field("trigger;related").shown())
	if how := howAlarmed(e.field("action").shown()); how != "" {
		words = how + " " + words
	}
	if n, every := e.field("repeat").shown(), e.field("duration").shown(); n != "" && n != "0" {
		words += ", again " + clip(n, 10) + " times"
		if d, ok := durationOf(every); ok && d != (duration{}) {
			words += " every " + durationInWords(d)
		}
	}
	return words
}

// howAlarmed is how an alarm calls, empty for one that is shown.
func howAlarmed(action string) string {
	switch action {
	case "", "DISPLAY":
		return ""
	case "EMAIL":
		return "by mail"
	case "AUDIO":
		return "with a sound"
	}
	return "by " + enumInWords(action)
}

// alarmTime is when an alarm calls.
func alarmTime(w Wording, trigger, related string) string {
	d, ok := durationOf(trigger)
	if !ok {
		if m := parseMoment(trigger); m.raw == "" {
			return "at " + w.zoned(m)
		}
		return clip(trigger, maxText)
	}
	of := ""
	if related == "END" {
		of = " the end"
	}
	switch {
	case d == duration{} && of != "":
		return "at the end"
	case d == duration{}:
		return "at the start"
	case d.days <= 0 && d.seconds <= 0:
		return durationInWords(duration{-d.days, -d.seconds}) + " before" + of
	case d.days >= 0 && d.seconds >= 0 && of == "":
		return durationInWords(d) + " after the start"
	}
	return durationInWords(d) + " after" + of
}

// durationOf reads a duration as it stands in an item or in a slot.
func durationOf(s string) (d duration, ok bool) {
	if d, ok = parseDuration(s); ok {
		return d, true
	}
	days, seconds, found := strings.Cut(strings.TrimPrefix(s, "P"), "D")
	if d.days, ok = wholeNumber(days); !ok || !found || !strings.HasPrefix(s, "P") {
		return d, false
	}
	d.seconds, ok = wholeNumber(strings.TrimSuffix(seconds, "S"))
	return d, ok && strings.HasSuffix(seconds, "S")
}

func wholeNumber(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// durationInWords is an amount of time: "15 min", "1 day", "2 weeks".
func durationInWords(d duration) string {
	var parts []string
	switch {
	case d.days != 0 && d.days%7 == 0:
		parts = append(parts, several(d.days/7, "week"))
	case d.days != 0:
		parts = append(parts, several(d.days, "day"))
	}
	if d.seconds != 0 || d.days == 0 {
		switch {
		case d.seconds < 0 || d.seconds > 1e9:
			parts = append(parts, strconv.FormatInt(d.seconds, 10)+" s")
		case d.seconds == 3600:
			parts = append(parts, "1 h")
		default:
			parts = append(parts, amount(time.Duration(d.seconds)*time.Second))
		}
	}
	return strings.Join(parts, " ")
}

func several(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.FormatInt(n, 10) + " " + what + "s"
}
