package item

import (
	"bytes"
	"iter"
	"strings"
)

// Component is a begin line, nodes in the order of the file, and an end line. The root of an item has neither line.
// In a broken item a component may lack its end.
type Component struct {
	Name  string // upper case; "" for the root
	Begin *Leaf
	End   *Leaf
	Nodes []Node

	at  int    // where Begin stands in the input
	raw []byte // from Begin to End, once the component is closed
}

// Node is a leaf or a component; exactly one of the two is set.
type Node struct {
	Leaf      *Leaf
	Component *Component
}

// Leaf is one content line with its continuations and its line end, as a slice of the input. A line that is no content line
// (an empty one, or junk) is a leaf without a name.
type Leaf struct {
	Raw   []byte
	Group string // as written, of a card's "item1.TEL"; else ""
	Name  string // upper case; "" for junk

	colon int // index in Raw of the colon before the value; meaningless without a name
}

// Param is one parameter. Its name is in upper case; the bare parameters of vCard 2.1, as in TEL;HOME, have none. Values are
// without their quotes, with the carets of RFC 6868 decoded; a comma outside of quotes separates values.
type Param struct {
	Name   string
	Values []string
}

// Leaves yields the lines that belong to the component itself, junk included, without its begin and end.
func (c *Component) Leaves() iter.Seq[*Leaf] {
	return func(yield func(*Leaf) bool) {
		for _, n := range c.Nodes {
			if n.Leaf != nil && !yield(n.Leaf) {
				return
			}
		}
	}
}

// Components yields the components directly inside this one.
func (c *Component) Components() iter.Seq[*Component] {
	return func(yield func(*Component) bool) {
		for _, n := range c.Nodes {
			if n.Component != nil && !yield(n.Component) {
				return
			}
		}
	}
}

// Leaf returns the first line of that upper-case name in the component itself, whatever its group, or nil.
func (c *Component) Leaf(name string) *Leaf {
	for _, n := range c.Nodes {
		if n.Leaf != nil && n.Leaf.Name == name {
			return n.Leaf
		}
	}
	return nil
}

// Bytes returns the bytes of a component as a slice of the input: for the root of an item, all of them. For a component that
// lacks its end it puts them together.
func (c *Component) Bytes() []byte {
	if c.raw == nil {
		return c.AppendTo(nil)
	}
	return c.raw
}

// AppendTo appends the bytes of the component to b: for the root of an item, all of them.
func (c *Component) AppendTo(b []byte) []byte {
	if c.Begin != nil {
		b = append(b, c.Begin.Raw...)
	}
	for _, n := range c.Nodes {
		if n.Leaf != nil {
			b = append(b, n.Leaf.Raw...)
		} else {
			b = n.Component.AppendTo(b)
		}
	}
	if c.End != nil {
		b = append(b, c.End.Raw...)
	}
	return b
}

// Value returns what stands after the colon, unfolded, still escaped. For junk it is the whole line.
func (l *Leaf) Value() string {
	if l.Name == "" {
		return unfold(l.Raw, nil)
	}
	return unfold(l.Raw[l.colon+1:], l.Raw[:l.colon])
}

// Text returns the whole line unfolded, without its line end: group, name, parameters and value as written.
func (l *Leaf) Text() string {
	return strings.TrimRight(unfold(l.Raw, l.Raw[:l.colon]), "\r\n")
}

// Params returns the parameters in the order of the file, parsed anew on each call.
func (l *Leaf) Params() []Param {
	if l.Name == "" || l.colon == 0 {
		return nil
	}
	semicolon := bytes.IndexByte(l.Raw[:l.colon], ';')
	if semicolon < 0 {
		return nil
	}
	return parseParams(unfold(l.Raw[semicolon+1:l.colon], nil))
}

// Param returns the first value of the parameter of that upper-case name, or "".
func (l *Leaf) Param(name string) string {
	for _, p := range l.Params() {
		if p.Name == name && len(p.Values) > 0 {
			return p.Values[0]
		}
	}
	return ""
}

// quotedPrintable reports whether a "=" at a line's end continues the line, as it does in vCard 2.1 when the parameters in head
// say so.
func quotedPrintable(head []byte) bool {
	const word = "QUOTED-PRINTABLE"
	if len(head) < len(word) {
		return false
	}
	return strings.Contains(strings.ToUpper(string(head)), word)
}

// unfold returns raw without its folds and without its last line end. In a line without any line feed a carriage return is
// a line end (see scanner), else it is data. head is the parameters that say whether there may be soft line breaks.
func unfold(raw, head []byte) string {
	eol := byte('\n')
	if bytes.IndexByte(raw, '\n') < 0 {
		eol = '\r'
	}
	first := bytes.IndexByte(raw, eol)
	if first < 0 {
		return string(raw)
	}
	if end := bytes.TrimRight(raw[:first], "\r"); first == len(raw)-1 {
		return string(end)
	}
	soft := bytes.IndexByte(raw, '=') >= 0 && quotedPrintable(head)
	var out strings.Builder
	out.Grow(len(raw))
	for len(raw) > 0 {
		line, rest := raw, []byte(nil)
		if i := bytes.IndexByte(raw, eol); i >= 0 {
			line, rest = bytes.TrimRight(raw[:i], "\r"), raw[i+1:]
		}
		broken := soft && len(rest) > 0 && len(line) > 0 && line[len(line)-1] == '='
		if broken {
			line = line[:len(line)-1]
		}
		out.Write(line)
		if !broken && len(rest) > 0 && isBlank(rest[0]) {
			rest = rest[1:]
		}
		raw = rest
	}
	return out.String()
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// parseParams reads "A=1;B="x",y;C" into parameters.
func parseParams(s string) []Param {
	var params []Param
	for len(s) > 0 {
		var part string
		part, s = cutUnquoted(s, ';')
		name, values, found := strings.Cut(part, "=")
		if !found {
			if part != "" {
				params = append(params, Param{Values: []string{decodeParam(part)}})
			}
			continue
		}
		p := Param{Name: strings.ToUpper(strings.TrimSpace(name))}
		for more := true; more; {
			var value string
			value, values, more = cutUnquotedMore(values, ',')
			p.Values = append(p.Values, decodeParam(value))
		}
		params = append(params, p)
	}
	return params
}

func cutUnquoted(s string, sep byte) (before, after string) {
	before, after, _ = cutUnquotedMore(s, sep)
	return before, after
}

// cutUnquotedMore cuts s at the first separator outside of quotes. A quote that is never closed is an ordinary character.
func cutUnquotedMore(s string, sep byte) (before, after string, found bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case sep:
			return s[:i], s[i+1:], true
		case '"':
			end := strings.IndexByte(s[i+1:], '"')
			if end < 0 {
				// No later quote can be closed either, so the rest is plain.
				if j := strings.IndexByte(s[i:], sep); j >= 0 {
					return s[:i+j], s[i+j+1:], true
				}
				return s, "", false
			}
			i += end + 1
		}
	}
	return s, "", false
}

// decodeParam takes the quotes off and decodes the carets of RFC 6868.
func decodeParam(s string) string {
	if strings.IndexByte(s, '"') >= 0 {
		s = strings.ReplaceAll(s, `"`, "")
	}
	if strings.IndexByte(s, '^') < 0 {
		return s
	}
	return carets.Replace(s)
}

var carets = strings.NewReplacer("^n", "\n", "^N", "\n", "^^", "^", "^'", `"`)
