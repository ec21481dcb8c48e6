package config

import (
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// kind is what a node of the file is, in the words of the messages.
type kind string

const (
	isString kind = "a string"
	isBool   kind = "true or false"
	isInt    kind = "a whole number"
	isArray  kind = "a list"
	isTable  kind = "a table"
	isOther  kind = "something else" // floats and dates, which no key takes
)

// node is one value of the file with its line. go-toml's decoder stops at the first wrong type and has no lines for the rest, so the tree is
// made here from its parser.
type node struct {
	kind   kind
	line   int
	text   string // isString, isBool, isInt
	items  []*node
	keys   []string // isTable, in the order of the file
	fields map[string]*node

	open    bool // a table that only stands in longer names so far: a header may still come
	dotted  bool // made by a dotted key
	inline  bool // nothing can be added
	repeats bool // isArray, made by [[name]]
}

func newTable(line int) *node {
	return &node{kind: isTable, line: line, fields: map[string]*node{}}
}

func (n *node) add(name string, child *node) *node {
	n.keys = append(n.keys, name)
	n.fields[name] = child
	return child
}

// fault is a mistake against TOML itself.
type fault struct {
	line int
	what string
}

// grower makes the tree from the expressions of the parser.
type grower struct {
	parser unstable.Parser
	lines  []int // offsets of the line ends
	root   *node
	faults []fault
}

// grow reads data. With any fault the tree is not to be used.
func grow(data []byte) (*node, []fault) {
	g := &grower{root: newTable(1)}
	for i, c := range data {
		if c == '\n' {
			g.lines = append(g.lines, i)
		}
	}
	g.parser.Reset(data)
	table := g.root
	for g.parser.NextExpression() {
		switch e := g.parser.Expression(); e.Kind {
		case unstable.Table:
			table = g.header(e)
		case unstable.ArrayTable:
			table = g.repeated(e)
		case unstable.KeyValue:
			g.assign(table, e)
		}
	}
	if err := g.parser.Error(); err != nil {
		return g.root, []fault{g.syntax(err)}
	}
	if len(g.faults) == 0 {
		g.confirm(data)
	}
	return g.root, g.faults
}

// confirm lets the whole library judge the file, for rules that a tree does not need, such as the ranges of numbers and dates.
func (g *grower) confirm(data []byte) {
	var all map[string]any
	err := toml.Unmarshal(data, &all)
	if err == nil {
		return
	}
	f := fault{1, "not valid TOML"}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		f.line, _ = decode.Position()
	}
	g.faults = append(g.faults, f)
}

// syntax turns an error of the parser into a fault.
func (g *grower) syntax(err error) fault {
	f := fault{len(g.lines) + 1, "not valid TOML"}
	var at *unstable.ParserError
	if !errors.As(err, &at) {
		return f
	}
	if len(at.Highlight) > 0 {
		f.line = g.line(g.parser.Range(at.Highlight))
	}
	text := character.ReplaceAllString(at.Message, "")
	if strings.HasPrefix(text, "expected keyword") || strings.HasPrefix(text, "unexpected character") || text == "strings must be quoted" {
		text = `expected a value; text needs quotes: KEY = "text"`
	}
	f.what += ": " + text
	return f
}

// character is how the parser shows one character of the file, which may be of a password.
var character = regexp.MustCompile(`(:| but got)? U\+[0-9A-F]+( '.')?`)

func (g *grower) line(r unstable.Range) int { return sort.SearchInts(g.lines, int(r.Offset)) + 1 }

// name reads a key: its parts, and the line it is on.
func (g *grower) name(it unstable.Iterator) (parts []string, line int) {
	for it.Next() {
		line = g.line(it.Node().Raw)
		parts = append(parts, string(it.Node().Data))
	}
	return parts, line
}

// again reports something that is there twice, with both lines (V58).
func (g *grower) again(line int, parts []string, first *node) {
	g.faults = append(g.faults, fault{line, fmt.Sprintf("%q is already there in line %d", strings.Join(parts, "."), first.line)})
}

// descend walks to the table that a header stands in. It returns nil after reporting that something in between is no table.
func (g *grower) descend(parts []string, line int) *node {
	t := g.root
	for i, part := range parts {
		next := t.fields[part]
		if next == nil {
			next = t.add(part, newTable(line))
			next.open = true
		}
		if next.kind == isArray && next.repeats {
			next = next.items[len(next.items)-1]
		}
		if next.kind != isTable || next.inline {
			g.again(line, parts[:i+1], next)
			return nil
		}
		t = next
	}
	return t
}

// header opens [a.b.c]. A header that cannot be gets a table of its own, so that the keys below it are still read.
func (g *grower) header(e *unstable.Node) *node {
	parts, line := g.name(e.Key())
	last := len(parts) - 1
	parent := g.descend(parts[:last], line)
	if parent == nil {
		return newTable(line)
	}
	t := parent.fields[parts[last]]
	switch {
	case t == nil:
		return parent.add(parts[last], newTable(line))
	case t.kind == isTable && t.open && !t.dotted:
		t.open, t.line = false, line
		return t
	}
	g.again(line, parts, t)
	return newTable(line)
}

// repeated opens the next [[a.b.c]].
func (g *grower) repeated(e *unstable.Node) *node {
	parts, line := g.name(e.Key())
	last := len(parts) - 1
	t := newTable(line)
	parent := g.descend(parts[:last], line)
	if parent == nil {
		return t
	}
	list := parent.fields[parts[last]]
	if list == nil {
		list = parent.add(parts[last], &node{kind: isArray, line: line, repeats: true})
	}
	if !list.repeats {
		g.again(line, parts, list)
		return t
	}
	list.items = append(list.items, t)
	return t
}

// assign reads a = value and a.b = value into t.
func (g *grower) assign(t *node, e *unstable.Node) {
	parts, line := g.name(e.Key())
	last := len(parts) - 1
	for i, part := range parts[:last] {
		next := t.fields[part]
		if next == nil {
			next = t.add(part, newTable(line))
			next.dotted = true
		}
		if !next.dotted {
			g.again(line, parts[:i+1], next)
			return
		}
		t = next
	}
	if first := t.fields[parts[last]]; first != nil {
		g.again(line, parts, first)
		return
	}
	t.add(parts[last], g.value(e.Value(), line))
}

// value reads what stands after the equals sign in line.
func (g *grower) value(v *unstable.Node, line int) *node {
	if v.Raw.Length > 0 {
		line = g.line(v.Raw)
	}
	n := &node{kind: isOther, line: line, text: string(v.Data)}
	switch v.Kind {
	case unstable.String:
		n.kind = isString
	case unstable.Bool:
		n.kind = isBool
	case unstable.Integer:
		n.kind = isInt
	case unstable.Array:
		n.kind = isArray
		for it := v.Children(); it.Next(); {
			if it.Node().Kind != unstable.Comment {
				n.items = append(n.items, g.value(it.Node(), line))
			}
		}
	case unstable.InlineTable:
		n = newTable(line)
		for it := v.Children(); it.Next(); {
			if it.Node().Kind == unstable.KeyValue {
				g.assign(n, it.Node())
			}
		}
		n.seal()
	}
	return n
}

// seal closes an inline table and the tables that dotted keys made in it.
func (n *node) seal() {
	n.inline, n.dotted = true, false
	for _, name := range n.keys {
		if f := n.fields[name]; f.kind == isTable && f.dotted {
			f.seal()
		}
	}
}
