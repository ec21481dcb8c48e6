package merge

import (
	"strings"
	"time"
)

// occurrenceInWords names an occurrence: "occurrence on 2026-03-09", with the time where it is another than that of the series.
func occurrenceInWords(name string) string {
	day, later := strings.CutSuffix(name, " and later")
	day, _ = strings.CutSuffix(day, " (date)")
	word := "occurrence on "
	if later {
		word = "occurrences from "
	}
	switch stamp, zone, _ := strings.Cut(day, " "); {
	case day == "":
		return "another version"
	case parseMoment(stamp).raw == "":
		m := parseMoment(stamp)
		word += m.wall.Format("2006-01-02")
		if !m.date {
			word += " " + clockOf(m)
		}
		if m.utc {
			zone = "UTC"
		}
		if zone != "" {
			word += " " + clip(zone, maxText)
		}
	default:
		word += clip(day, maxText)
	}
	if later {
		word += " on"
	}
	return word
}

// state tells of what became of one occurrence: cancelled, restored, put in, or made another than the others.
func (t *teller) state(d *delta) {
	name := strings.TrimPrefix(d.slot, "occurrence ")
	from, to := statesOf(d.a), statesOf(d.b)
	head := occurrenceInWords(name)
	var line string
	switch {
	case to.excluded && !from.excluded:
		line = head + " cancelled"
		if to.override != "" && from.override == "" {
			line += ", and " + strings.Join(t.unlikeSeries(t.b, name), ", ")
		}
	case to.override != "" && from.override == "":
		line = head + " " + strings.Join(t.unlikeSeries(t.b, name), ", ")
		if from.excluded && !to.excluded {
			line = head + " restored: " + strings.Join(t.unlikeSeries(t.b, name), ", ")
		}
	case from.override != "" && to.override == "":
		line = head + " is like the others again (was: " + strings.Join(t.unlikeSeries(t.a, name), ", ") + ")"
	case from.excluded && !to.excluded:
		line = head + " restored"
	case to.extra != "" && from.extra == "":
		line = "extra " + head + to.extra[len("extra"):]
	case from.extra != "" && to.extra == "":
		line = "extra " + head + " removed"
	default:
		line = head + ": " + clip(d.a.text(), maxText) + " → " + clip(d.b.text(), maxText)
	}
	t.lines = append(t.lines, told{section: aboutOccurrences, occurrence: name, text: line})
}

// states is what is said of one occurrence.
type states struct {
	excluded        bool
	extra, override string
}

func statesOf(e *entry) states {
	var s states
	for word := range strings.SplitSeq(e.field("value").value(), "\x1e") {
		switch {
		case strings.HasPrefix(word, "excluded"):
			s.excluded = true
		case strings.HasPrefix(word, "extra"):
			s.extra = word
		case strings.HasPrefix(word, "override"):
			s.override = word
		}
	}
	return s
}

// maxUnlike is how many things are said of one new occurrence.
const maxUnlike = 6

// unlikeSeries tells in what an occurrence is another than the series: "moved to 15:00-16:00", `title "Special"`.
func (t *teller) unlikeSeries(m *model, name string) []string {
	var own, series *component
	for _, c := range m.components {
		switch {
		case c.occurs() && strings.TrimPrefix(strings.TrimSpace(c.prefix), "occurrence ") == name && own == nil:
			own = c
		case strings.HasPrefix(c.key, "series "):
			series = c
		}
	}
	switch {
	case own == nil:
		return []string{"changed"}
	case series == nil:
		return []string{"added: " + clip(own.title(), maxText)}
	}
	var out []string
	if line := t.movedTo(own, series, m.zones, name); line != "" {
		out = append(out, line)
	}
	inner := &teller{Wording: t.Wording, a: m, b: m, owner: map[*component]*component{}}
	as := *own
	as.prefix, as.key = series.prefix, series.key
	diffComponents(series, &as, func(d *delta) bool {
		if d.strength == Strong && d.name != "time" && d.name != "rule" && (d.component != "VALARM" || d.to != nil) {
			inner.strong(d)
		}
		return true
	})
	inner.finish()
	for _, line := range inner.words.Lines {
		out = append(out, afterwards(line))
	}
	switch {
	case len(out) == 0:
		return []string{"set apart"} // though it is like the others
	case len(out) > maxUnlike:
		out = append(out[:maxUnlike], "and more")
	}
	return out
}

// afterwards is a change as what holds now: of `title "A" → "B"` the B.
func afterwards(line string) string {
	noun, rest, found := strings.Cut(line, ` "`)
	if from, to, ok := strings.Cut(rest, `" → `); found && ok && !strings.Contains(from, "→") {
		return noun + " " + to
	}
	return line
}

// movedTo says when an occurrence is, if it is not when the series has it.
func (t *teller) movedTo(own, series *component, z *zones, name string) string {
	a, b := spanOf(series.src, z), spanOf(own.src, z)
	stamp, _, _ := strings.Cut(name, " ")
	at := parseMoment(stamp)
	if a.start == nil || b.start == nil || b.start.raw != "" || a.start.raw != "" || at.raw != "" {
		if b.start == nil || a.start == nil || b.start.exact() == a.start.exact() {
			return ""
		}
		return "at " + t.span(b)
	}
	if at.date && !a.start.date { // the name is the day where the time is that of the series
		at.wall = at.wall.Add(a.start.wall.Sub(a.start.wall.Truncate(24 * time.Hour)))
	}
	at.date, at.utc, at.zone = a.start.date, a.start.utc, a.start.zone
	was := span{start: &at}
	if a.end != nil && a.end.raw == "" {
		end := *a.end
		end.wall = at.wall.Add(a.end.wall.Sub(a.start.wall))
		was.end = &end
	}
	switch {
	case t.span(was) == t.span(b) && at.once() == b.start.once():
		return ""
	case !b.start.date && onOneDay(at, *b.start):
		return "moved to " + t.clocks(b)
	}
	return "moved to " + t.span(b)
}
