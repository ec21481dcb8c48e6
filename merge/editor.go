package merge

import (
	"bytes"
	"slices"

	"vgit/repo/item"
)

// editor changes one body, line by line. What it is not told to touch keeps its bytes. It holds edits by the place in the tree, so
// that several of one line add up, and that they also work in components that came from another body.
type editor struct {
	it    *item.Item
	eol   string
	lines map[*item.Leaf]*lineEdit
	gone  map[*item.Component]*item.Component // what was taken away, with what stands in its place, or nil
	added map[*item.Component][]addition      // by the component they go into
	card  *cardEdit                           // of cards only
}

// lineEdit is what becomes of a line: other bytes, or none.
type lineEdit struct {
	raw     []byte
	text    string // unfolded
	removed bool
}

// addition is a new line or a new component, with the name that says where it goes.
type addition struct {
	name string
	leaf *item.Leaf
	comp *item.Component
}

func newEditor(it *item.Item) *editor {
	return &editor{it: it, eol: lineEnd(it.Bytes()), lines: map[*item.Leaf]*lineEdit{}}
}

// lineEnd is how the lines of a body end: as the first one does.
func lineEnd(raw []byte) string {
	i := bytes.IndexByte(raw, '\n')
	switch {
	case i > 0 && raw[i-1] == '\r':
		return "\r\n"
	case i >= 0:
		return "\n"
	case bytes.IndexByte(raw, '\r') >= 0:
		return "\r"
	}
	return "\r\n"
}

// changed reports whether anything was edited.
func (ed *editor) changed() bool { return len(ed.lines) > 0 || len(ed.gone) > 0 || len(ed.added) > 0 }

// text is a line as it stands after the edits so far, unfolded.
func (ed *editor) text(l *item.Leaf) string {
	if e := ed.lines[l]; e != nil {
		return e.text
	}
	return l.Text()
}

// has reports whether a line still stands.
func (ed *editor) has(l *item.Leaf) bool {
	e := ed.lines[l]
	return e == nil || !e.removed
}

// replace puts the bytes of another line in the place of one.
func (ed *editor) replace(l, with *item.Leaf) {
	if ed.lines[l] == nil && bytes.Equal(l.Raw, ed.ending(with.Raw)) {
		return
	}
	ed.lines[l] = &lineEdit{raw: ed.ending(with.Raw), text: with.Text()}
}

// compose gives a line another text, and folds it.
func (ed *editor) compose(l *item.Leaf, text string) {
	if ed.has(l) && ed.text(l) == text {
		return
	}
	ed.lines[l] = &lineEdit{raw: fold(text, ed.eol), text: text}
}

// remove takes a line away.
func (ed *editor) remove(l *item.Leaf) { ed.lines[l] = &lineEdit{removed: true} }

// insert adds a line of another body to a component: after the last of its name, else before the first component in it.
func (ed *editor) insert(c *item.Component, l *item.Leaf) { ed.add(c, addition{name: l.Name, leaf: l}) }

// insertText adds a line that has not been in any body.
func (ed *editor) insertText(c *item.Component, name, text string) *item.Leaf {
	l := &item.Leaf{Raw: fold(text, ed.eol), Name: name}
	ed.lines[l] = &lineEdit{raw: l.Raw, text: text}
	ed.add(c, addition{name: name, leaf: l})
	return l
}

// insertComponent adds a component of another body: after the last of its name, else at the end.
func (ed *editor) insertComponent(c, inner *item.Component) {
	ed.add(c, addition{name: inner.Name, comp: inner})
}

func (ed *editor) add(c *item.Component, a addition) {
	if ed.added == nil {
		ed.added = map[*item.Component][]addition{}
	}
	ed.added[c] = append(ed.added[c], a)
}

// removeComponent takes a component away.
func (ed *editor) removeComponent(c *item.Component) { ed.replaceComponent(c, nil) }

// replaceComponent puts a component of another body in the place of one.
func (ed *editor) replaceComponent(c, with *item.Component) {
	if ed.gone == nil {
		ed.gone = map[*item.Component]*item.Component{}
	}
	ed.gone[c] = with
}

// standing reports whether a component is still there.
func (ed *editor) standing(c *item.Component) bool {
	_, gone := ed.gone[c]
	return !gone
}

// ending gives the lines of raw the line end of this body, folds included.
func (ed *editor) ending(raw []byte) []byte {
	eol := byte('\n')
	if bytes.IndexByte(raw, '\n') < 0 {
		eol = '\r'
	}
	out := make([]byte, 0, len(raw)+8)
	for len(raw) > 0 {
		line, rest := raw, []byte(nil)
		if i := bytes.IndexByte(raw, eol); i >= 0 {
			line, rest = raw[:i], raw[i+1:]
			if eol == '\n' {
				line = bytes.TrimSuffix(line, []byte("\r"))
			}
		}
		out = append(append(out, line...), ed.eol...)
		raw = rest
	}
	return out
}

// bytes is the body with all edits.
func (ed *editor) bytes() []byte {
	if !ed.changed() {
		return ed.it.Bytes()
	}
	w := writer{ed: ed, out: make([]byte, 0, len(ed.it.Bytes())+256)}
	w.nodes(ed.it.Tree(), false)
	return w.out
}

// writer puts a body together.
type writer struct {
	ed  *editor
	out []byte
}

// component writes one component; foreign ones get the line end of this body.
func (w *writer) component(c *item.Component, foreign bool) {
	if with, gone := w.ed.gone[c]; gone {
		if with != nil {
			w.component(with, true)
		}
		return
	}
	w.line(c.Begin, foreign)
	w.nodes(c, foreign)
	if c.End != nil {
		w.line(c.End, foreign)
	}
}

// nodes writes what stands inside of a component, and puts the additions where they belong.
func (w *writer) nodes(c *item.Component, foreign bool) {
	added := w.ed.added[c]
	if len(added) == 0 {
		for _, n := range c.Nodes {
			w.node(n, foreign)
		}
		return
	}
	after := make(map[int][]addition, len(added))
	places := placesIn(c)
	for _, a := range added {
		i := places.of(a)
		after[i] = append(after[i], a)
	}
	for i := -1; i < len(c.Nodes); i++ {
		if i >= 0 {
			w.node(c.Nodes[i], foreign)
		}
		for _, a := range after[i] {
			if a.leaf != nil {
				w.line(a.leaf, true)
			} else {
				w.component(a.comp, true)
			}
		}
	}
}

// places says after which node of a component an addition goes, by its name; -1 is the beginning.
type places struct {
	lines, components map[string]int
	line, component   int // for names that there are not yet
}

func placesIn(c *item.Component) places {
	p := places{lines: map[string]int{}, components: map[string]int{}, line: len(c.Nodes) - 1, component: len(c.Nodes) - 1}
	for i, n := range slices.Backward(c.Nodes) {
		known, name := p.lines, ""
		if n.Component != nil {
			known, name, p.line = p.components, n.Component.Name, i-1
		} else {
			name = n.Leaf.Name
		}
		if _, later := known[name]; !later {
			known[name] = i
		}
	}
	for p.line >= 0 && c.Nodes[p.line].Leaf != nil && c.Nodes[p.line].Leaf.Name == "" {
		p.line-- // not behind empty lines
	}
	return p
}

func (p places) of(a addition) int {
	known, otherwise := p.lines, p.line
	if a.comp != nil {
		if known = p.components; a.name != "VTIMEZONE" { // a zone stands in front of those who use it
			otherwise = p.component
		}
	}
	if i, ok := known[a.name]; ok {
		return i
	}
	return otherwise
}

func (w *writer) node(n item.Node, foreign bool) {
	if n.Component != nil {
		w.component(n.Component, foreign)
		return
	}
	w.line(n.Leaf, foreign)
}

func (w *writer) line(l *item.Leaf, foreign bool) {
	e := w.ed.lines[l]
	switch {
	case e == nil && foreign:
		w.out = append(w.out, w.ed.ending(l.Raw)...)
	case e == nil:
		w.out = append(w.out, l.Raw...)
	case !e.removed:
		w.out = append(w.out, e.raw...)
	}
}
