package merge

import (
	"bytes"
	"slices"
	"strings"

	"vgit/repo/item"
)

// addElement puts an element of a list of the other body into one of this: into the last line of its name that has the same
// parameters and is a list already or is one by nature, else as a line of its own.
func (ed *editor) addElement(into *item.Component, from source) {
	there := cutLine(from.leaf.Text())
	value := element(there, from.at)
	head := []byte(strings.TrimSuffix(there.String(), there.value))
	for _, l := range slices.Backward(linesOf(into, from.leaf.Name)) {
		if len(l.Raw) < len(head) || !bytes.EqualFold(l.Raw[:len(head)], head) {
			continue // a folded one is none to join, either
		}
		line := cutLine(ed.text(l))
		if !ed.has(l) || !sameParams(line, there) {
			continue
		}
		if isDates(l.Name) && !strings.Contains(line.value, ",") {
			break
		}
		line.value += "," + value
		ed.compose(l, line.String())
		return
	}
	for _, a := range ed.added[into] { // elements that come one after the other share their line
		if a.leaf == nil || a.name != from.leaf.Name || isDates(a.name) {
			continue
		}
		if line := cutLine(ed.text(a.leaf)); sameParams(line, there) {
			line.value += "," + value
			ed.compose(a.leaf, line.String())
			return
		}
	}
	if len(item.Split(there.value, ',')) == 1 {
		ed.insert(into, from.leaf)
		return
	}
	there.value = value
	ed.insertText(into, from.leaf.Name, there.String())
}

// isDates reports whether a property is a list of dates, which most programs write one in a line.
func isDates(name string) bool { return name == "EXDATE" || name == "RDATE" }

func sameParams(a, b lineText) bool {
	return slices.EqualFunc(a.params, b.params, strings.EqualFold)
}

// element is the n-th element of a list, counted from 1, as written.
func element(l lineText, n int) string {
	if parts := item.Split(l.value, ','); n <= len(parts) {
		return parts[n-1]
	}
	return ""
}

// removeElement takes an element out of its line. A list without any loses its line.
func (ed *editor) removeElement(s source) {
	if !ed.has(s.leaf) {
		return
	}
	want := element(cutLine(s.leaf.Text()), s.at)
	line := cutLine(ed.text(s.leaf))
	parts := item.Split(line.value, ',')
	if i := slices.Index(parts, want); i >= 0 {
		parts = slices.Delete(parts, i, i+1)
	}
	if !slices.ContainsFunc(parts, func(s string) bool { return strings.TrimSpace(s) != "" }) {
		ed.remove(s.leaf)
		return
	}
	line.value = strings.Join(parts, ",")
	ed.compose(s.leaf, line.String())
}
