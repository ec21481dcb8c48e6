package mergetest

import (
	"slices"
	"strings"
)

// Respell writes an item in another way that says the same: line feeds alone, folds at 60 octets, names in lower case, the
// properties of each component by name, and two parameters that could be left out or quoted.
func Respell(body []byte) []byte { return parse(body).respell() }

func (d *doc) respell() []byte {
	var out []string
	for i := 0; i < len(d.lines); i++ {
		var lines []string
		lines, i = d.respellInside("", i)
		out = append(out, lines...)
		if i < len(d.lines) {
			out = append(out, d.lines[i]+"\n") // an END too many
		}
	}
	return []byte(strings.Join(out, ""))
}

// respellInside writes the inside of a component of that kind, from a line on up to its END, and says where that is.
func (d *doc) respellInside(kind string, i int) (out []string, end int) {
	var own, inner []string
	for ; i < len(d.lines) && !strings.HasPrefix(d.lines[i], "END:"); i++ {
		name, begins := strings.CutPrefix(d.lines[i], "BEGIN:")
		if !begins {
			own = append(own, d.lines[i])
			continue
		}
		inner = append(inner, d.lines[i]+"\n")
		var lines []string
		lines, i = d.respellInside(name, i+1)
		inner = append(inner, lines...)
		if i < len(d.lines) {
			inner = append(inner, d.lines[i]+"\n")
		}
	}
	slices.SortStableFunc(own, func(x, y string) int { return strings.Compare(nameOf(x), nameOf(y)) })
	for _, l := range own {
		out = append(out, fold(respellLine(kind, l), 60, "\n"))
	}
	return append(out, inner...), i
}

// respellLine writes the name of a line in lower case, and more into the times of events and tasks.
func respellLine(kind, line string) string {
	name := nameOf(line)
	end := strings.IndexAny(line, ":;")
	if end < 0 {
		return line
	}
	head, rest := strings.ToLower(line[:end]), line[end:]
	if name != "DTSTART" && name != "DTEND" || kind != "VEVENT" && kind != "VTODO" {
		return head + rest
	}
	if !strings.Contains(rest, "VALUE=") {
		rest = ";VALUE=DATE-TIME" + rest
	}
	return head + strings.Replace(rest, "TZID=Europe/Berlin", `TZID="Europe/Berlin"`, 1)
}
