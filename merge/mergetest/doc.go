package mergetest

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// doc is an item as unfolded lines. A nil doc is no item.
type doc struct {
	lines  []string
	as     []byte // written in this way and no other
	nested string // what the edits speak of: "VEVENT", "VTODO" or "VCARD"
}

// parse takes the folds out.
func parse(body []byte) *doc {
	text := strings.ReplaceAll(string(body), "\r\n", "\n")
	text = strings.NewReplacer("\n ", "", "\n\t", "").Replace(text)
	d := &doc{lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	for _, l := range d.lines {
		if kind, ok := strings.CutPrefix(l, "BEGIN:"); ok && slices.Contains([]string{"VEVENT", "VTODO", "VCARD"}, kind) {
			d.nested = kind
			break
		}
	}
	return d
}

func (d *doc) clone() *doc {
	if d == nil {
		return nil
	}
	return &doc{lines: slices.Clone(d.lines), nested: d.nested}
}

// bytes writes an item with CRLF, folded at 75 octets; nil for no item.
func (d *doc) bytes() []byte {
	if d == nil || d.as != nil {
		return d.respelt()
	}
	var b bytes.Buffer
	for _, l := range d.lines {
		b.WriteString(fold(l, 75, "\r\n"))
	}
	return b.Bytes()
}

func (d *doc) respelt() []byte {
	if d == nil {
		return nil
	}
	return d.as
}

// fold writes one line with its line end.
func fold(line string, width int, eol string) string {
	var b strings.Builder
	for room := width; len(line) > room; room = width - 1 {
		n := room
		for n > 1 && !utf8.RuneStart(line[n]) {
			n--
		}
		b.WriteString(line[:n] + eol + " ")
		line = line[n:]
	}
	return b.String() + line + eol
}

// span is a component: the lines from BEGIN to END, both included.
type span struct{ from, to int }

// spans finds the components of that kind, in their order. A component without an end goes on to the end of its parent's.
func (d *doc) spans(kind string) []span {
	var found []span
	for i := 0; i < len(d.lines); i++ {
		if d.lines[i] != "BEGIN:"+kind {
			continue
		}
		end := slices.Index(d.lines[i:], "END:"+kind)
		if end < 0 {
			end = len(d.lines) - 1 - i
		}
		found = append(found, span{i, i + end})
	}
	return found
}

// own are the indices of the lines that belong to a component itself, its BEGIN and END and those of inner components left out.
func (d *doc) own(s span) []int {
	var own []int
	depth := 0
	for i := s.from + 1; i < s.to; i++ {
		switch l := d.lines[i]; {
		case strings.HasPrefix(l, "BEGIN:"):
			depth++
		case strings.HasPrefix(l, "END:"):
			depth--
		case depth == 0:
			own = append(own, i)
		}
	}
	return own
}

// inner is where the first inner component of a component begins, or its END.
func (d *doc) inner(s span) int {
	for i := s.from + 1; i < s.to; i++ {
		if strings.HasPrefix(d.lines[i], "BEGIN:") {
			return i
		}
	}
	return s.to
}

// named are the indices of a component's own lines of that name.
func (d *doc) named(s span, name string) []int {
	return slices.DeleteFunc(d.own(s), func(i int) bool { return nameOf(d.lines[i]) != name })
}

func (d *doc) remove(from, to int) { d.lines = slices.Delete(d.lines, from, to) }

func (d *doc) insert(at int, lines ...string) { d.lines = slices.Insert(d.lines, at, lines...) }

// nameOf is the upper-case name of a line, without group and parameters.
func nameOf(line string) string {
	if i := strings.IndexAny(line, ":;"); i >= 0 {
		line = line[:i]
	}
	if i := strings.LastIndexByte(line, '.'); i >= 0 {
		line = line[i+1:]
	}
	return strings.ToUpper(line)
}
