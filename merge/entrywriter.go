package merge

import (
	"slices"
	"strings"

	"vgit/repo/item"
)

// entryWriter writes entries of one slot into one component of a body.
type entryWriter struct {
	*verdict
	ed   *editor
	into *item.Component
}

// other is the component on the other side.
func (w entryWriter) other() *item.Component {
	if w.into == w.part.l1.src {
		return w.part.r1.src
	}
	return w.part.l1.src
}

// group makes the lines of some names like those of the other side; without there are to be none.
func (w entryWriter) group(there bool, names []string) {
	for _, name := range names {
		have, want := linesOf(w.into, name), []*item.Leaf(nil)
		if there {
			want = linesOf(w.other(), name)
		}
		for i, l := range want {
			switch {
			case i >= len(have) && w.card():
				w.addLine(l)
			case i >= len(have):
				w.ed.insert(w.into, l)
			case have[i].Text() == l.Text():
			case w.card():
				w.replaceLine(have[i], l)
			default:
				w.ed.replace(have[i], l)
			}
		}
		for _, l := range have[min(len(have), len(want)):] {
			w.ed.remove(l)
		}
	}
}

func linesOf(c *item.Component, name string) []*item.Leaf {
	var lines []*item.Leaf
	for l := range c.Leaves() {
		if l.Name == name {
			lines = append(lines, l)
		}
	}
	return lines
}

func (w entryWriter) add(e *entry) {
	silent := w.silent(e)
	switch {
	case e.comp != nil:
		w.ed.insertComponent(w.into, e.comp)
	case silent != nil:
		w.ed.replace(silent, e.leaf)
	case e.at > 0:
		w.ed.addElement(w.into, e.source)
	case w.card():
		w.addCardEntry(e)
	default:
		w.ed.insert(w.into, e.leaf)
	}
}

// silent is the line that an entry comes in the place of: one of its name that says nothing, as it is empty or a default.
func (w entryWriter) silent(e *entry) *item.Leaf {
	slot := w.in.l1
	if w.into == w.part.r1.src {
		slot = w.in.r1
	}
	if e.leaf == nil || e.at > 0 || e.leaf.Group != "" || slot.one() != nil {
		return nil
	}
	for l := range w.into.Leaves() {
		if l.Name == e.leaf.Name && l.Group == "" && w.ed.lines[l] == nil && (!w.card() || saysNothing(l)) {
			return l
		}
	}
	return nil
}

func (w entryWriter) remove(e *entry) {
	switch {
	case e.comp != nil:
		w.ed.removeComponent(e.comp)
	case e.at > 0:
		w.ed.removeElement(e.source)
		for _, again := range e.also {
			w.ed.removeElement(again)
		}
	case w.card():
		w.removeCardEntry(e)
	default:
		w.ed.remove(e.leaf)
	}
}

func (w entryWriter) replace(have, want *entry) {
	switch {
	case have.comp != nil:
		w.ed.replaceComponent(have.comp, want.comp)
	case have.at > 0:
	case w.card():
		w.replaceCardEntry(have, want)
	default:
		w.ed.replace(have.leaf, want.leaf)
	}
}

// fields takes over some fields of an entry. Where the line is then as on the other side, its bytes are taken.
func (w entryWriter) fields(have, want *entry, list []fieldVerdict) {
	if len(list) == 0 {
		return
	}
	if w.in.name == "name" && w.card() {
		w.nameFields(have, want, list)
		return
	}
	if w.in.kind == group {
		for _, f := range list {
			w.group(true, []string{f.name})
		}
		return
	}
	if w.card() && equalBut(have, want, list) {
		w.replace(have, want)
		return
	}
	for _, f := range list {
		if w.card() && w.cardField(have, want, f.name) {
			continue
		}
		w.field(have, want, f.name)
	}
	if !w.card() && w.ed.text(have.leaf) == want.leaf.Text() {
		w.ed.replace(have.leaf, want.leaf) // as the other side folds it
	}
}

// equalBut reports whether two entries are equal, bookkeeping included, in all fields that are not in the list.
func equalBut(a, b *entry, list []fieldVerdict) bool {
	listed := func(name string) bool {
		return slices.ContainsFunc(list, func(f fieldVerdict) bool { return f.name == name })
	}
	for i := range a.fields {
		if f := &a.fields[i]; !listed(f.name) && changed(f, b.field(f.name)) != None {
			return false
		}
	}
	for i := range b.fields {
		if f := &b.fields[i]; !listed(f.name) && a.field(f.name) == nil {
			return false
		}
	}
	return true
}

// field takes over one field: the value, a part of it, or a parameter.
func (w entryWriter) field(have, want *entry, name string) {
	line, from := cutLine(w.ed.text(have.leaf)), cutLine(want.leaf.Text())
	n := 0
	for _, e := range []*entry{have, want} {
		if f := e.field(name); f != nil && f.part > 0 {
			n = f.part
		}
	}
	switch {
	case n > 0:
		line.takePart(n, from)
	case name == "value":
		line.takeValue(from)
	default:
		upper := strings.ToUpper(name)
		line.setParam(upper, from.param(upper))
	}
	w.ed.compose(have.leaf, line.String())
}

// made writes texts that were merged, and drops what has become void.
func (w entryWriter) made(e *entry, list []fieldVerdict) {
	for _, f := range list {
		leaf := (*item.Leaf)(nil)
		if f.body != "" && w.into == w.part.r1.src {
			f.text = f.body
		}
		switch {
		case w.in.name == "name" && w.card():
			leaf = w.into.Leaf("FN")
		case w.in.kind != group && e != nil:
			leaf = e.leaf
		case w.in.kind == group:
			leaf = w.into.Leaf(f.name)
		}
		switch {
		case f.outcome == void && w.card() && e != nil:
			w.dropField(e, f.name)
		case f.outcome == void && w.in.kind == group:
			w.group(false, []string{f.name})
		case f.outcome == void && leaf != nil && f.name != "value":
			line := cutLine(w.ed.text(leaf))
			line.setParam(strings.ToUpper(f.name), nil)
			w.ed.compose(leaf, line.String())
		case f.outcome == void || leaf == nil:
		case w.in.kind == group && w.card() && canonText(cutLine(w.ed.text(leaf)).value) == f.text:
		default:
			line := cutLine(w.ed.text(leaf))
			line.value = escapeText(f.text)
			w.ed.compose(leaf, line.String())
		}
	}
}
