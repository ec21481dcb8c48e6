package merge

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"vgit/repo/item"
)

// reconcileVersions merges cards that are not all of one version. Slots know no version, but lines do: the file is made with all
// that is remote written in its version, the body with all that is local written in that of the server.
func reconcileVersions(v Versions, c Context) Result {
	file, body := v, v
	notes := []Note{}
	here, there := cardVersion(cardOf(v.L1)), cardVersion(cardOf(v.R1))
	file.R0, _ = inVersion(v.R0, here)
	file.R1, notes = unwritten(v.R0, v.R1, here, notes)
	body.L0, _ = inVersion(v.L0, there)
	body.L1, notes = unwritten(v.L0, v.L1, there, notes)
	noBase := v.L0 == nil && v.R0 == nil
	mine := (&merging{Versions: file, Context: c, noBase: noBase, converted: true}).reconcile()
	sent := (&merging{Versions: body, Context: c, noBase: noBase, converted: true}).reconcile()
	r := Result{Local: mine.Local, Body: sent.Body, Send: sent.Send, Notes: mine.Notes, Conflicts: mine.Conflicts}
	for _, n := range append(sent.Notes, notes...) {
		if !slices.ContainsFunc(r.Notes, func(o Note) bool { return o.Kind == n.Kind && o.Slot == n.Slot }) {
			r.Notes = append(r.Notes, n)
		}
	}
	for _, c := range sent.Conflicts {
		if !slices.ContainsFunc(r.Conflicts, func(o Conflict) bool { return o.Slot == c.Slot }) {
			r.Conflicts = append(r.Conflicts, c)
		}
	}
	if len(r.Conflicts) > 0 {
		r.Body, r.Send = nil, Nothing
	}
	return r
}

// severalVersions reports whether cards are not all of one version.
func (v Versions) severalVersions() bool {
	version := cardVersion(cardOf(v.L1))
	for _, it := range []*item.Item{v.L0, v.R0, v.R1} {
		if it != nil && cardVersion(cardOf(it)) != version {
			return true
		}
	}
	return false
}

// unwritten is a card in another version, with notes of the edits that cannot be written in it.
func unwritten(before, after *item.Item, version string, notes []Note) (*item.Item, []Note) {
	it, lost := inVersion(after, version)
	for _, l := range lost {
		old := false
		if before != nil {
			for o := range cardOf(before).Leaves() {
				old = old || o.Name == l.Name && o.Value() == l.Value()
			}
		}
		if !old {
			notes = append(notes, Note{Kind: "not-kept", Slot: strings.ToLower(l.Name), Text: l.Name + " cannot be written in a vCard " + version + ", and stays where it is"})
		}
	}
	return it, notes
}

// versionWriter writes a card in another version.
type versionWriter struct {
	card     *item.Component
	from, to string
	eol      string
	groups   map[string]*cardGroup
	taken    map[string]bool           // names of groups
	labels   map[*item.Leaf]*item.Leaf // of addresses, the LABEL of vCard 3
	said     map[*item.Leaf]bool       // lines that another line of the result says
	best     map[string]int            // ranks of the preferred lines, by name
	sorted   string                    // the value of SORT-STRING, escaped
	lost     []*item.Leaf
	out      []byte
}

// inVersion writes a card in another version. Lines that are the same in both keep their bytes. Those that cannot be written are
// lost, and returned.
func inVersion(it *item.Item, version string) (written *item.Item, lost []*item.Leaf) {
	if it == nil || version == "" || cardVersion(cardOf(it)) == version || cardVersion(cardOf(it)) == "" {
		return it, nil
	}
	w := newVersionWriter(it, version)
	root := it.Tree()
	for _, n := range root.Nodes {
		switch {
		case n.Leaf != nil:
			w.out = append(w.out, n.Leaf.Raw...)
		case n.Component != w.card:
			w.out = n.Component.AppendTo(w.out)
		default:
			w.write()
		}
	}
	return item.Parse(w.out), w.lost
}

func newVersionWriter(it *item.Item, version string) *versionWriter {
	c := cardOf(it)
	w := &versionWriter{card: c, from: cardVersion(c), to: version, eol: lineEnd(it.Bytes()), groups: cardGroups(c), taken: map[string]bool{},
		labels: map[*item.Leaf]*item.Leaf{}, said: map[*item.Leaf]bool{}, best: map[string]int{}}
	for group := range w.groups {
		w.taken[group] = true
	}
	if s := readCard(c, false).main().find("adr"); s != nil {
		for _, e := range s.entries {
			if len(e.also) > 0 {
				w.labels[e.leaf] = e.also[0].leaf
				w.said[e.also[0].leaf] = true
			}
		}
	}
	for l := range c.Leaves() {
		switch rank := rankOf(cutLine(l.Text())); {
		case l.Name == "SORT-STRING":
			w.sorted = l.Value()
		case version == "4.0" && (l.Name == "X-ABDATE" || l.Name == "X-ABRELATEDNAMES"):
			if t, label := w.standardLabelOf(l); label != nil && (l.Name != "X-ABDATE" || t == "anniversary") {
				w.said[label] = true // by a TYPE, or by the name
			}
		case rank > 0 && (w.best[l.Name] == 0 || rank < w.best[l.Name]):
			w.best[l.Name] = rank
		}
	}
	return w
}

func (w *versionWriter) write() {
	w.out = append(w.out, w.card.Begin.Raw...)
	for _, n := range w.card.Nodes {
		switch {
		case n.Component != nil:
			w.out = n.Component.AppendTo(w.out)
		case n.Leaf.Name == "":
			w.out = append(w.out, n.Leaf.Raw...)
		default:
			w.line(n.Leaf)
		}
	}
	if w.card.End != nil {
		w.out = append(w.out, w.card.End.Raw...)
	}
}

// line writes one line; its labels are written where they stand, unless the line itself says them.
func (w *versionWriter) line(l *item.Leaf) {
	text := l.Text()
	t := cutLine(text)
	group, name, grouped := strings.Cut(t.name, ".")
	if !grouped {
		group, name = "", t.name
	}
	v := &versionLine{lineText: t, leaf: l, group: group}
	v.name = name
	if w.from == "2.1" {
		v.fromOldest()
	}
	keep := true
	switch {
	case w.to == "4.0":
		keep = w.upgrade(v)
	case w.from == "4.0":
		keep = w.downgrade(v)
	case l.Name == "VERSION":
		v.value = w.to
	}
	switch {
	case !keep && !w.said[l]:
		w.lost = append(w.lost, l)
		return
	case !keep:
		return
	}
	for _, t := range append([]lineText{v.lineText}, v.more...) {
		if v.group != "" {
			t.name = v.group + "." + t.name
		}
		composed := fold(t.String(), w.eol)
		if w.to == "2.1" {
			composed = oldest(t, w.eol)
		}
		if bytes.Equal(composed, fold(text, w.eol)) {
			composed = l.Raw
		}
		w.out = append(w.out, composed...)
	}
}

// versionLine is a line on its way into another version; its name is without its group.
type versionLine struct {
	lineText
	leaf  *item.Leaf
	group string
	more  []lineText // further lines of the same group
}

// rename gives a line the name of another version.
func (v *versionLine) rename(name string) { v.name = name }

// drop removes parameters.
func (v *versionLine) drop(names ...string) {
	for _, name := range names {
		v.setParam(name, nil)
	}
}

// types are the values of TYPE, in lower case, without the preference.
func (v *versionLine) types() []string {
	var e entry
	return (&cardReader{}).types(&e, cardLine{name: "X", leaf: v.leaf, params: parsedParams(v.params)})
}

// parsedParams reads parameters as written.
func parsedParams(written []string) []item.Param {
	var params []item.Param
	for _, p := range written {
		name, value, found := strings.Cut(p, "=")
		if !found {
			params = append(params, item.Param{Name: "TYPE", Values: []string{p}})
			continue
		}
		var values []string
		for _, one := range splitUnquoted(value, ',') {
			values = append(values, strings.Trim(one, `"`))
		}
		params = append(params, item.Param{Name: strings.ToUpper(strings.TrimSpace(name)), Values: values})
	}
	return params
}

// freeGroup is the name of a group that no line is in yet.
func (w *versionWriter) freeGroup() string {
	for n := 1; ; n++ {
		if name := "item" + strconv.Itoa(n); !w.taken[name] {
			w.taken[name] = true
			return name
		}
	}
}

// standardLabelOf is the label of Apple in the group of a line, as a TYPE, and the line it stands in.
func (w *versionWriter) standardLabelOf(l *item.Leaf) (string, *item.Leaf) {
	g := groupIn(w.groups, l)
	if g == nil || len(g.owners) != 1 {
		return "", nil
	}
	for _, o := range g.labels {
		if t, ok := standardLabel("RELATED", o.Value()); ok && o.Name == "X-ABLABEL" {
			return t, o
		}
	}
	return "", nil
}
