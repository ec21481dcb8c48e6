package merge

import (
	"slices"
	"strings"

	"vgit/repo/item"
)

// cardField takes over one field of an entry of a card; false leaves it to entryWriter.field.
func (w entryWriter) cardField(have, want *entry, name string) bool {
	switch {
	case w.in.name == "sort-string":
		w.replaceCardEntry(have, want)
	case name == "type":
		w.takeTypes(have, want)
	case name == "label":
		w.takeLabelField(have, want)
	case name == "group":
		if want.field("group") == nil || w.movesGroup(have, want) {
			w.takeGroup(have, want)
		}
	case name == "service":
		w.takeService(have, want)
	case strings.HasPrefix(name, "x-ab") && w.movesGroup(have, want): // its labels come with the group
	case name == "x-ablabel" && w.labelWithType(): // see takeTypes
	case name == "x-ablabel":
		w.takeLabelOf(have, want)
	case strings.HasPrefix(name, "x-ab") && labels(strings.ToUpper(name)):
		w.takeLabels(have, want, func(l *item.Leaf) bool { return strings.EqualFold(l.Name, name) })
	case name == "value" && have.leaf.Name != want.leaf.Name:
		types := cutLine(w.ed.text(have.leaf))
		w.replaceLine(have.leaf, want.leaf)
		w.edit(have.leaf, func(line *lineText) { line.takeTypes(types) })
	case name == "value" && isBinary(have.leaf.Name):
		from := cutLine(want.leaf.Text())
		w.edit(have.leaf, func(line *lineText) {
			line.takeValue(from)
			line.takeTypes(from)
			line.setParam("MEDIATYPE", from.param("MEDIATYPE"))
		})
	default:
		return false
	}
	return true
}

// modernName is what vCard 4 calls a property.
func modernName(name string) string {
	switch {
	case olderNames[name] != "":
		return olderNames[name]
	case relations[name] != "":
		return "RELATED"
	case messengers[name] != "":
		return "IMPP"
	}
	return name
}

// edit changes a line of this card and composes it anew.
func (w entryWriter) edit(l *item.Leaf, change func(*lineText)) {
	line := cutLine(w.ed.text(l))
	change(&line)
	w.ed.compose(l, line.String())
}

// dropField takes a field away that has become void.
func (w entryWriter) dropField(e *entry, name string) {
	if name == "label" {
		w.edit(e.leaf, func(line *lineText) { line.setParam("LABEL", nil) })
		for _, s := range e.also {
			w.ed.remove(s.leaf)
		}
	}
}

// takeTypes takes over TYPE, but for the preference, and the labels that say what a TYPE says.
func (w entryWriter) takeTypes(have, want *entry) {
	from := cutLine(want.leaf.Text())
	w.edit(have.leaf, func(line *lineText) {
		line.takeTypes(from)
		if modernName(have.leaf.Name) == "RELATED" && have.leaf.Name != want.leaf.Name {
			group, _, grouped := strings.Cut(line.name, ".")
			if line.name = want.leaf.Name; grouped {
				line.name = group + "." + want.leaf.Name
			}
		}
	})
	for _, s := range have.also {
		if w.ed.has(s.leaf) {
			w.typedAs(s.leaf, have.leaf, cutLine(s.leaf.Text()), cutLine(have.leaf.Text()))
		}
	}
	if w.labelWithType() {
		w.takeLabels(have, want, func(l *item.Leaf) bool { return l.Name == "X-ABLABEL" })
		return
	}
	if w.labelled(w.into, have.leaf) {
		if t, _ := w.standardOf(w.other(), want.leaf); t != "" {
			w.addType(have.leaf, t) // there is room for one label only
		}
		return
	}
	w.takeLabels(have, want, func(l *item.Leaf) bool { return isStandard(have.leaf, l) })
}

// labelWithType reports whether TYPE and the label of an entry move together.
func (w entryWriter) labelWithType() bool {
	label, types := w.fieldVerdict("x-ablabel"), w.fieldVerdict("type")
	return label != nil && types != nil && label.outcome == types.outcome
}

// takeLabelOf takes over the label of an entry. A label of Apple in its place becomes the TYPE that it stands for.
func (w entryWriter) takeLabelOf(have, want *entry) {
	if t, l := w.standardOf(w.into, have.leaf); l != nil && w.labelled(w.other(), want.leaf) {
		w.ed.remove(l)
		if t != "" {
			w.addType(have.leaf, t)
		}
	}
	w.takeLabels(have, want, func(l *item.Leaf) bool { return l.Name == "X-ABLABEL" && !isStandard(have.leaf, l) })
}

// isStandard reports whether a line is a label of Apple that says what a TYPE says.
func isStandard(of, l *item.Leaf) bool {
	_, standard := standardLabel(modernName(of.Name), l.Value())
	return standard && l.Name == "X-ABLABEL"
}

// standardOf is the label of Apple in the group of a line, and the TYPE that it stands for.
func (w entryWriter) standardOf(c *item.Component, of *item.Leaf) (string, *item.Leaf) {
	for _, l := range w.labelsOf(c, of) {
		if isStandard(of, l) && w.ed.has(l) {
			t, _ := standardLabel(modernName(of.Name), l.Value())
			return t, l
		}
	}
	return "", nil
}

// labelled reports whether a line has a label in somebody's own words.
func (w entryWriter) labelled(c *item.Component, of *item.Leaf) bool {
	return slices.ContainsFunc(w.labelsOf(c, of), func(l *item.Leaf) bool { return l.Name == "X-ABLABEL" && !isStandard(of, l) && w.ed.has(l) })
}

// addType gives a line one more TYPE.
func (w entryWriter) addType(l *item.Leaf, t string) {
	w.edit(l, func(line *lineText) { line.params = append(slices.Clone(line.params), "TYPE="+strings.ToUpper(t)) })
}

// takeService takes over which messenger or network an entry is of.
func (w entryWriter) takeService(have, want *entry) {
	from := cutLine(want.leaf.Text())
	w.edit(have.leaf, func(line *lineText) {
		line.setParam("SERVICE-TYPE", from.param("SERVICE-TYPE"))
		line.setParam("X-SERVICE-TYPE", from.param("X-SERVICE-TYPE"))
		if have.leaf.Name == "X-SOCIALPROFILE" {
			line.takeTypes(from)
		}
	})
}

// takeLabelField takes over the label of an address: a parameter, or a LABEL of its own.
func (w entryWriter) takeLabelField(have, want *entry) {
	from := cutLine(want.leaf.Text())
	w.edit(have.leaf, func(line *lineText) { line.setParam("LABEL", from.param("LABEL")) })
	w.takeAddressLabel(have, want)
}

// takeAddressLabel makes the LABEL of an address like that of the other card.
func (w entryWriter) takeAddressLabel(have, want *entry) {
	for i, s := range want.also {
		switch {
		case i >= len(have.also):
			w.typedAs(w.addLine(s.leaf), have.leaf, cutLine(s.leaf.Text()), cutLine(want.leaf.Text()))
		case have.also[i].leaf.Value() != s.leaf.Value():
			w.replaceLine(have.also[i].leaf, s.leaf)
			w.typedAs(have.also[i].leaf, have.leaf, cutLine(s.leaf.Text()), cutLine(want.leaf.Text()))
		default:
			own := have.also[i].leaf
			w.typedAs(own, have.leaf, cutLine(own.Text()), cutLine(have.leaf.Text()))
		}
	}
	for _, s := range have.also[min(len(have.also), len(want.also)):] {
		w.ed.remove(s.leaf)
	}
}

// movesGroup reports whether an entry is about to join the group that its like on the other card is in: if it has the same labels, or
// takes them over, too.
func (w entryWriter) movesGroup(have, want *entry) bool {
	group := w.fieldVerdict("group")
	if group == nil || want.field("group") == nil || strings.EqualFold(w.groupFor(want.leaf.Group), have.leaf.Group) {
		return false
	}
	if w.sameLabels(have.leaf, want.leaf) {
		return true
	}
	for _, name := range []string{"x-ablabel", "type"} {
		if f := w.fieldVerdict(name); f != nil && f.outcome == group.outcome {
			return true
		}
	}
	return false
}

// typedAs gives a LABEL the TYPE of its address, by which the two find each other, if they found each other by it where they came from.
func (w entryWriter) typedAs(label, address *item.Leaf, from, of lineText) {
	now := cutLine(w.ed.text(address))
	if label.Name != "LABEL" || !slices.Equal(from.addressTypes(), of.addressTypes()) {
		return
	}
	if line := cutLine(w.ed.text(label)); !slices.Equal(line.addressTypes(), now.addressTypes()) {
		line.takeTypes(now)
		w.ed.compose(label, line.String())
	}
}

// addressTypes are the TYPEs of an address or its label, sorted.
func (t lineText) addressTypes() []string {
	list := (&cardReader{}).types(&entry{}, cardLine{name: "ADR", params: parsedParams(t.params)})
	slices.Sort(list)
	return list
}

// takeGroup puts a line into the group that its like on the other card is in, whose labels are then its own. It reports whether
// there is anything to do.
func (w entryWriter) takeGroup(have, want *entry) bool {
	if want.field("group") == nil { // its labels are fields, and without them a group of one is none
		if !w.alone(have.leaf) {
			w.splitOff(have.leaf)
		}
		return false
	}
	name := w.groupFor(want.leaf.Group)
	if strings.EqualFold(name, have.leaf.Group) {
		return false
	}
	if w.alone(have.leaf) {
		for _, l := range w.labelsOf(w.into, have.leaf) {
			w.ed.remove(l)
		}
	}
	for _, l := range w.labelsOf(w.other(), want.leaf) {
		if c := w.ed.cardEdit(w.into); c.placed[l] == nil && !c.joined[strings.ToLower(l.Group)] {
			w.addLine(l)
		}
	}
	raw := have.leaf.Raw
	if e := w.ed.lines[have.leaf]; e != nil {
		raw = e.raw
	}
	raw, text := w.regrouped(raw, w.ed.text(have.leaf), have.leaf.Group, name)
	w.ed.lines[have.leaf] = &lineEdit{raw: w.ed.ending(raw), text: text}
	return true
}

// setSortAs writes how a name is sorted into N, where vCard 4 has it.
func (w entryWriter) setSortAs(want *entry) {
	n := w.into.Leaf("N")
	if n == nil {
		return
	}
	var params []string
	if want != nil {
		params = cutLine(want.leaf.Text()).param("SORT-AS")
	}
	w.edit(n, func(line *lineText) { line.setParam("SORT-AS", params) })
}

// isPreference reports whether a parameter as written says which entry is preferred, and nothing else.
func isPreference(p string) bool {
	name, value, found := strings.Cut(p, "=")
	switch {
	case !found:
		return strings.EqualFold(p, "PREF")
	case strings.EqualFold(name, "PREF"):
		return true
	}
	return strings.EqualFold(name, "TYPE") && strings.EqualFold(strings.Trim(value, `"`), "pref")
}

// isType reports whether a parameter as written is a TYPE, a bare one of vCard 2.1 included.
func isType(p string) bool {
	if name, _, found := strings.Cut(p, "="); found {
		return strings.EqualFold(strings.TrimSpace(name), "TYPE")
	}
	switch strings.ToUpper(p) {
	case "B", "BASE64", "QUOTED-PRINTABLE", "8BIT", "7BIT", "URL", "URI", "INLINE", "CONTENT-ID", "CID", "PREF":
		return false
	}
	return p != ""
}

// withoutPref takes the preference out of a TYPE as written; "" is left if there was nothing else in it.
func withoutPref(p string) string {
	name, value, found := strings.Cut(p, "=")
	if !found || !strings.Contains(strings.ToLower(value), "pref") {
		return p
	}
	var kept []string
	for _, v := range splitUnquoted(value, ',') {
		quoted := strings.HasPrefix(v, `"`)
		var inner []string
		for t := range strings.SplitSeq(strings.Trim(v, `"`), ",") {
			if !strings.EqualFold(strings.TrimSpace(t), "pref") {
				inner = append(inner, t)
			}
		}
		switch s := strings.Join(inner, ","); {
		case s == "":
		case quoted:
			kept = append(kept, `"`+s+`"`)
		default:
			kept = append(kept, s)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return name + "=" + strings.Join(kept, ",")
}

// hasPref reports whether a TYPE as written has the preference in it.
func hasPref(p string) bool { return isPreference(p) || isType(p) && withoutPref(p) != p }

// takeTypes takes over the TYPEs of another line, but for the preference.
func (t *lineText) takeTypes(from lineText) {
	at := slices.IndexFunc(t.params, isType)
	preferred := slices.ContainsFunc(t.params, func(p string) bool { return isType(p) && withoutPref(p) != p })
	t.params = slices.DeleteFunc(slices.Clone(t.params), func(p string) bool { return isType(p) && !isPreference(p) })
	var types []string
	for _, p := range from.params {
		if isType(p) && !isPreference(p) {
			if p = withoutPref(p); p != "" {
				types = append(types, p)
			}
		}
	}
	if preferred && !slices.ContainsFunc(t.params, isPreference) {
		types = append(types, "TYPE=pref")
	}
	if at < 0 || at > len(t.params) {
		at = len(t.params)
	}
	t.params = slices.Insert(t.params, at, types...)
}

// setPreference makes a line as much preferred as another one.
func (t *lineText) setPreference(from lineText) {
	var params []string
	for _, p := range t.params {
		if !isPreference(p) {
			if isType(p) {
				p = withoutPref(p)
			}
			if p != "" {
				params = append(params, p)
			}
		}
	}
	for _, p := range from.params {
		switch {
		case isPreference(p):
			params = append(params, p)
		case hasPref(p):
			params = append(params, "TYPE=pref")
		}
	}
	t.params = params
}
