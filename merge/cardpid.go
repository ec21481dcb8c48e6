package merge

import (
	"strconv"
	"strings"
)

// withPIDs gives the PIDs of a line of the other card the numbers that their sources have in this one, whose CLIENTPIDMAP grows
// by what it lacks (RFC 6350 7).
func (w entryWriter) withPIDs(text string) string {
	if !strings.Contains(strings.ToUpper(text), ";PID=") {
		return text
	}
	line := cutLine(text)
	for i, p := range line.params {
		if paramName(p) != "PID" {
			continue
		}
		_, value, _ := strings.Cut(p, "=")
		list := strings.Split(value, ",")
		for j, id := range list {
			if local, source, found := strings.Cut(strings.TrimSpace(id), "."); found {
				list[j] = local + "." + w.sourceNumber(source)
			}
		}
		line.params[i] = "PID=" + strings.Join(list, ",")
	}
	return line.String()
}

// sourceNumber is the number of a source of PIDs of the other card in this one.
func (w entryWriter) sourceNumber(there string) string {
	c := w.ed.cardEdit(w.into)
	uri := pidSources(w.other())[there]
	if uri == "" {
		return there
	}
	if c.pids == nil {
		if c.pids = pidSources(w.into); c.pids == nil {
			c.pids = map[string]string{}
		}
	}
	number := ""
	for n, here := range c.pids {
		if here == uri && (number == "" || n < number) {
			number = n
		}
	}
	if number != "" {
		return number
	}
	number = there
	for n := 1; c.pids[number] != ""; n++ {
		number = strconv.Itoa(n)
	}
	c.pids[number] = uri
	w.ed.insertText(w.into, "CLIENTPIDMAP", "CLIENTPIDMAP:"+number+";"+uri)
	return number
}
