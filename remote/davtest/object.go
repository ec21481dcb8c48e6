package davtest

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// component is one BEGIN...END of a body, read as leniently as can be: this server judges bodies and answers queries, it never
// writes one from what it read.
type component struct {
	name  string
	lines []line
	parts []*component
}

// line is one unfolded content line.
type line struct {
	name   string // upper case, without a group
	params string // what stands between the name and the colon
	value  string
}

// parse reads a body into its top components. ok is false if BEGIN and END do not balance.
func parse(body []byte) (top []*component, ok bool) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	var open []*component
	ok = true
	for _, raw := range unfold(body) {
		l := readLine(raw)
		switch l.name {
		case "BEGIN":
			c := &component{name: strings.ToUpper(strings.TrimSpace(l.value))}
			if len(open) == 0 {
				top = append(top, c)
			} else {
				parent := open[len(open)-1]
				parent.parts = append(parent.parts, c)
			}
			open = append(open, c)
		case "END":
			if len(open) == 0 || open[len(open)-1].name != strings.ToUpper(strings.TrimSpace(l.value)) {
				return top, false
			}
			open = open[:len(open)-1]
		case "":
		default:
			if len(open) == 0 {
				ok = false
				continue
			}
			c := open[len(open)-1]
			c.lines = append(c.lines, l)
		}
	}
	return top, ok && len(open) == 0
}

// unfold splits a body into logical lines.
func unfold(body []byte) []string {
	var lines []string
	for len(body) > 0 {
		var l []byte
		l, body, _ = bytes.Cut(body, []byte("\n"))
		l = bytes.TrimSuffix(l, []byte("\r"))
		if len(l) > 0 && (l[0] == ' ' || l[0] == '\t') && len(lines) > 0 {
			var folded strings.Builder
			folded.WriteString(lines[len(lines)-1])
			folded.Write(l[1:])
			for len(body) > 0 && (body[0] == ' ' || body[0] == '\t') {
				l, body, _ = bytes.Cut(body[1:], []byte("\n"))
				folded.Write(bytes.TrimSuffix(l, []byte("\r")))
			}
			lines[len(lines)-1] = folded.String()
			continue
		}
		lines = append(lines, string(l))
	}
	return lines
}

// readLine takes a logical line apart. Colons and semicolons in quotes do not count.
func readLine(s string) line {
	end := strings.IndexAny(s, ":;")
	if end < 0 {
		return line{}
	}
	l := line{name: strings.ToUpper(s[:end])}
	if i := strings.LastIndexByte(l.name, '.'); i >= 0 {
		l.name = l.name[i+1:]
	}
	quoted := false
	for i := end; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ':' && !quoted:
			l.params, l.value = strings.TrimPrefix(s[end:i], ";"), s[i+1:]
			return l
		}
	}
	return line{}
}

// get returns the first line of a name.
func (c *component) get(name string) (line, bool) {
	for _, l := range c.lines {
		if l.name == name {
			return l, true
		}
	}
	return line{}, false
}

// param returns a parameter of a line, without quotes.
func (l line) param(name string) string {
	for _, p := range strings.Split(l.params, ";") {
		if k, v, ok := strings.Cut(p, "="); ok && strings.EqualFold(k, name) {
			return strings.Trim(v, `"`)
		}
	}
	return ""
}

// facts are what a server has to know about a body.
type facts struct {
	root       string   // VCALENDAR, VCARD, or "" if it is neither or broken
	uids       []string // different ones of items, not of alarms or zones
	components []string // different ones, without VTIMEZONE
	method     bool
	noUID      bool // an item without a UID
	attendees  bool
	version    string
}

func inspect(body []byte) facts {
	top, ok := parse(body)
	var f facts
	if !ok || len(top) != 1 || top[0].name != "VCALENDAR" && top[0].name != "VCARD" {
		return f
	}
	f.root = top[0].name
	v, _ := top[0].get("VERSION")
	f.version = v.value
	items := top
	if f.root == "VCALENDAR" {
		items = top[0].parts
		_, f.method = top[0].get("METHOD")
	}
	for _, c := range items {
		if c.name == "VTIMEZONE" {
			continue
		}
		if !slices.Contains(f.components, c.name) {
			f.components = append(f.components, c.name)
		}
		uid, _ := c.get("UID")
		if uid.value == "" {
			f.noUID = true
		} else if !slices.Contains(f.uids, uid.value) {
			f.uids = append(f.uids, uid.value)
		}
		_, has := c.get("ATTENDEE")
		f.attendees = f.attendees || has
	}
	return f
}

// kind is the component that an item is made of.
func (f facts) kind() string {
	if len(f.components) == 0 {
		return ""
	}
	return f.components[0]
}

// cleanForXML tells whether XML can hold a text as it is, once the three special characters are escaped.
func cleanForXML(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for i, c := range b {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
		if c == 0xEF && i+2 < len(b) && b[i+1] == 0xBF && b[i+2] >= 0xBE {
			return false // U+FFFE and U+FFFF
		}
	}
	return true
}
