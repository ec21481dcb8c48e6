package merge

import (
	"slices"
	"strings"
)

// ofOccurrence says whose rows they are. An occurrence always has one.
func ofOccurrence(c *component, rows []Row) []Row {
	for i := range rows {
		rows[i].Occurrence = c.inWords()
	}
	if len(rows) == 0 {
		rows = append(rows, Row{Occurrence: c.inWords(), Noun: "as the series", Value: "though it is set apart"})
	}
	return rows
}

// unlike are the rows of an occurrence that its series has not, and what it lacks. Where the series has one of a kind and the occurrence
// several, all of them are there, or nobody could tell whether another one came or took its place.
func unlike(series, own []Row) (out []Row) {
	type said struct{ noun, value string }
	left := map[said]int{}
	for _, r := range series {
		left[said{r.Noun, r.Value}]++
	}
	for _, r := range own {
		k := said{r.Noun, r.Value}
		same := left[k] > 0
		if same {
			left[k]--
		}
		if !same || severalOf(own, r.Noun) && !severalOf(series, r.Noun) {
			out = append(out, r)
		}
	}
	var without []string
	for _, r := range series {
		k := said{r.Noun, r.Value}
		several := severalOf(series, r.Noun)
		if left[k] == 0 || r.Noun == "repeats" || !several && slices.ContainsFunc(out, func(o Row) bool { return o.Noun == r.Noun }) {
			continue
		}
		if left[k]--; several {
			without = append(without, r.Noun+" "+r.Value)
		} else {
			without = append(without, r.Noun)
		}
	}
	if without != nil {
		out = append(out, Row{Noun: "without", Value: strings.Join(without, ", ")})
	}
	return out
}

func severalOf(rows []Row, noun string) bool {
	n := 0
	for _, r := range rows {
		if r.Noun == noun {
			n++
		}
	}
	return n > 1
}

// exceptions puts what is said of single occurrences behind the rule, or where it would stand.
func (t *teller) exceptions(rows []Row) []Row {
	var more []string
	for _, s := range t.b.states {
		name := strings.TrimPrefix(s.name, "occurrence ")
		is := statesOf(s.one())
		on := t.occasion(name)
		if is.excluded {
			more = append(more, "not "+on)
		}
		if is.extra != "" {
			more = append(more, strings.TrimSpace("also "+on+strings.TrimPrefix(is.extra, "extra")))
		}
		if is.override != "" && t.hasSeries() {
			more = append(more, on+" "+t.otherwise(name))
		}
	}
	if len(more) == 0 {
		return rows
	}
	at := slices.IndexFunc(rows, func(r Row) bool { return r.Occurrence == "" && r.Noun == "repeats" })
	if at < 0 {
		if at = slices.IndexFunc(rows, func(r Row) bool { return r.Noun != "when" && r.Noun != "starts" && r.Noun != "due" }); at < 0 {
			at = len(rows)
		}
		rows = slices.Insert(rows, at, Row{Noun: "repeats", Value: "without a rule"})
	}
	rows[at].More = more
	return rows
}

func (t *teller) hasSeries() bool {
	return slices.ContainsFunc(t.b.components, func(c *component) bool { return strings.HasPrefix(c.key, "series ") })
}

// occasion is the name of an occurrence, in short: "on 9 Mar".
func (t *teller) occasion(name string) string {
	name, later := strings.CutSuffix(name, " and later")
	name, _ = strings.CutSuffix(name, " (date)")
	stamp, zone, _ := strings.Cut(name, " ")
	m := parseMoment(stamp)
	day := name
	if m.raw == "" {
		if day = t.dayShort(m); !m.date {
			day += " " + clockOf(m)
		}
		if m.utc {
			zone = "UTC"
		}
		day = strings.TrimSpace(day + " " + zone)
	}
	if later {
		return "from " + day + " on"
	}
	return "on " + day
}

// otherwise says in short how an occurrence is another than its series has it.
func (t *teller) otherwise(name string) string {
	var own, series *component
	for _, c := range t.b.components {
		switch {
		case c.occurs() && strings.TrimPrefix(strings.TrimSpace(c.prefix), "occurrence ") == name && own == nil:
			own = c
		case strings.HasPrefix(c.key, "series "):
			series = c
		}
	}
	if own == nil || series == nil {
		return "otherwise"
	}
	to, moved := strings.CutPrefix(t.movedTo(own, series, t.b.zones, name), "moved to ")
	switch {
	case !moved:
		return "otherwise"
	case to[0] >= '0' && to[0] <= '9':
		return "at " + to
	}
	return "moved to " + to
}
