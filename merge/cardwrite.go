package merge

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"vgit/repo/item"
)

// cardEdit is what an editor of a card remembers: where the lines of the other card went.
type cardEdit struct {
	groups map[string]string                        // names of groups of the other card, in lower case, and what they are called here
	joined map[string]bool                          // groups of the other card that are here already, with their labels
	taken  map[string]bool                          // names of groups that are in use here, in lower case
	placed map[*item.Leaf]*item.Leaf                // lines of the other card and the ones that stand for them here
	pids   map[string]string                        // sources of PIDs by their numbers here
	copies map[*item.Leaf]map[*item.Leaf]*item.Leaf // of labels, of lines that were split off from their group
}

func (ed *editor) cardEdit(c *item.Component) *cardEdit {
	if ed.card == nil {
		ed.card = &cardEdit{groups: map[string]string{}, joined: map[string]bool{}, taken: map[string]bool{}, placed: map[*item.Leaf]*item.Leaf{}}
		for l := range c.Leaves() {
			if l.Group != "" {
				ed.card.taken[strings.ToLower(l.Group)] = true
			}
		}
	}
	return ed.card
}

// card reports whether the bodies are cards, whose lines are written with their group.
func (w entryWriter) card() bool { return w.part.any().name == "VCARD" }

// saysNothing reports whether a line of a card is empty or a default. Others of its name may be in another slot: a LABEL is a part of
// its address, an X-ABDATE an anniversary.
func saysNothing(l *item.Leaf) bool {
	value := strings.TrimSpace(l.Value())
	return value == "" || strings.EqualFold(value, cardProperties[l.Name].unset)
}

// addCardEntry puts an entry of the other card into this one, with the lines of its group that say something about it.
func (w entryWriter) addCardEntry(e *entry) {
	if w.in.name == "sort-string" && e.leaf.Name == "N" {
		w.setSortAs(e)
		return
	}
	w.addLine(e.leaf)
	for _, l := range w.labelsOf(w.other(), e.leaf) {
		c := w.ed.cardEdit(w.into)
		if c.placed[l] == nil && !c.joined[strings.ToLower(l.Group)] { // several lines of a group share its labels
			w.addLine(l)
		}
	}
	for _, s := range e.also {
		w.addLine(s.leaf)
	}
}

// addLine puts a line of the other card into this one.
func (w entryWriter) addLine(l *item.Leaf) *item.Leaf {
	text := w.withPIDs(l.Text())
	raw := l.Raw
	if text != l.Text() {
		raw = fold(text, w.ed.eol)
	}
	if l.Group != "" {
		raw, text = w.regrouped(raw, text, l.Group, w.groupFor(l.Group))
	}
	added := w.ed.insertRaw(w.into, l.Name, raw, text)
	w.ed.cardEdit(w.into).placed[l] = added
	return added
}

// insertRaw adds a line that is not one of another body as it stands there.
func (ed *editor) insertRaw(c *item.Component, name string, raw []byte, text string) *item.Leaf {
	l := &item.Leaf{Raw: ed.ending(raw), Name: name}
	ed.lines[l] = &lineEdit{raw: l.Raw, text: text}
	ed.add(c, addition{name: name, leaf: l})
	return l
}

// regrouped gives a line another group, or its first. It keeps its folds, if its first physical line is not too long then.
func (w entryWriter) regrouped(raw []byte, text, from, to string) ([]byte, string) {
	tail := text
	if from != "" {
		tail = text[strings.IndexByte(text, '.')+1:]
	}
	text = to + "." + tail
	prefix := []byte(from + ".")
	if from == "" {
		prefix = nil
	}
	if rest, ok := bytes.CutPrefix(raw, prefix); ok {
		raw = append([]byte(to+"."), rest...)
		if end := bytes.IndexAny(raw, "\r\n"); end <= foldWidth && end > len(to) {
			return raw, text
		}
	}
	return fold(text, w.ed.eol), text
}

// groupFor is the name under which a group of the other card is, or joins, this one: that of a line that both cards have in it, else
// the first free itemN.
func (w entryWriter) groupFor(group string) string {
	c, lower := w.ed.cardEdit(w.into), strings.ToLower(group)
	if name := c.groups[lower]; name != "" {
		return name
	}
	name := w.partnerGroup(lower)
	c.joined[lower] = name != ""
	if name == "" {
		name = c.free()
	}
	c.taken[strings.ToLower(name)] = true
	c.groups[lower] = name
	return name
}

// partnerGroup looks for a line of a group of the other card that this one has in a group, too, with the same labels.
func (w entryWriter) partnerGroup(group string) string {
	owners := 0
	for l := range w.other().Leaves() {
		if strings.ToLower(l.Group) == group && l.Name != "" && !labels(l.Name) {
			owners++
		}
	}
	if owners < 2 {
		return ""
	}
	for _, t := range w.part.meetings {
		if t.pref != nil {
			continue
		}
		for _, e := range alignEntries(t.four) {
			mine, other := e.l1, e.r1
			if w.into == w.part.r1.src {
				mine, other = other, mine
			}
			if mine != nil && other != nil && mine.leaf != nil && other.leaf != nil && mine.leaf.Group != "" &&
				strings.ToLower(other.leaf.Group) == group && w.ed.has(mine.leaf) && w.sameLabels(mine.leaf, other.leaf) {
				return mine.leaf.Group
			}
		}
	}
	return ""
}

// sameLabels reports whether the groups of two lines say the same of the lines in them.
func (w entryWriter) sameLabels(mine, other *item.Leaf) bool {
	said := func(c *item.Component, l *item.Leaf) []string {
		var list []string
		for _, o := range w.labelsOf(c, l) {
			list = append(list, o.Name+":"+canonText(o.Value()))
		}
		slices.Sort(list)
		return slices.Compact(list)
	}
	return slices.Equal(said(w.into, mine), said(w.other(), other))
}

// labelsOf are the lines that say something about the others of a line's group.
func (w entryWriter) labelsOf(c *item.Component, l *item.Leaf) []*item.Leaf {
	if l.Group == "" {
		return nil
	}
	var list []*item.Leaf
	for o := range c.Leaves() {
		if o.Name != "" && labels(o.Name) && strings.EqualFold(o.Group, l.Group) && o != l {
			list = append(list, o)
		}
	}
	return list
}

// alone reports whether no other property of this card stands in the group of a line.
func (w entryWriter) alone(l *item.Leaf) bool {
	if l.Group == "" {
		return true
	}
	for o := range w.into.Leaves() {
		if o != l && o.Name != "" && !labels(o.Name) && strings.EqualFold(o.Group, l.Group) && w.ed.has(o) && w.ed.cardEdit(w.into).copies[o] == nil {
			return false
		}
	}
	for _, to := range w.ed.cardEdit(w.into).groups {
		if strings.EqualFold(to, l.Group) {
			return false
		}
	}
	return true
}

// removeCardEntry takes an entry away, with the lines of its group that say something about it.
func (w entryWriter) removeCardEntry(e *entry) {
	if w.in.name == "sort-string" && e.leaf.Name == "N" {
		w.setSortAs(nil)
		return
	}
	w.ed.remove(e.leaf)
	if e.leaf.Group != "" && w.alone(e.leaf) {
		for _, l := range w.labelsOf(w.into, e.leaf) {
			w.ed.remove(l)
		}
	}
	for _, s := range e.also {
		w.ed.remove(s.leaf)
	}
}

// replaceCardEntry makes an entry like that of the other card. Which one is preferred is not its business.
func (w entryWriter) replaceCardEntry(have, want *entry) {
	if w.in.name == "sort-string" && (have.leaf.Name == "N" || want.leaf.Name == "N") {
		w.removeCardEntry(have)
		w.addCardEntry(want)
		return
	}
	w.replaceLine(have.leaf, want.leaf)
	if have.pref != want.pref {
		line := cutLine(w.ed.text(have.leaf))
		line.setPreference(cutLine(have.leaf.Text()))
		w.ed.compose(have.leaf, line.String())
	}
	if changed(have.field("group"), want.field("group")) != None && w.takeGroup(have, want) {
		w.takeAddressLabel(have, want)
		return
	}
	w.takeLabels(have, want, func(*item.Leaf) bool { return true })
	w.takeAddressLabel(have, want)
}

// replaceLine puts a line of the other card in the place of one, in the group where that one is.
func (w entryWriter) replaceLine(have, want *item.Leaf) {
	text := w.withPIDs(want.Text())
	raw := want.Raw
	if text != want.Text() {
		raw = fold(text, w.ed.eol)
	}
	switch {
	case have.Group != "":
		raw, text = w.regrouped(raw, text, want.Group, have.Group)
	case want.Group != "":
		text = text[strings.IndexByte(text, '.')+1:]
		if rest, ok := bytes.CutPrefix(raw, []byte(want.Group+".")); ok {
			raw = rest
		} else {
			raw = fold(text, w.ed.eol)
		}
	}
	if raw = w.ed.ending(raw); w.ed.lines[have] == nil && bytes.Equal(raw, have.Raw) {
		return
	}
	w.ed.lines[have] = &lineEdit{raw: raw, text: text}
}

// takeLabels makes those labels of an entry that are meant like those on the other card.
func (w entryWriter) takeLabels(have, want *entry, meant func(*item.Leaf) bool) {
	said := func(l *item.Leaf) string { return l.Name + ":" + canonText(l.Value()) }
	both := map[string]bool{}
	here := slices.DeleteFunc(w.labelsOf(w.into, have.leaf), func(l *item.Leaf) bool { return !meant(l) || !w.ed.has(l) })
	there := slices.DeleteFunc(w.labelsOf(w.other(), want.leaf), func(l *item.Leaf) bool { return !meant(l) })
	for _, l := range here {
		both[said(l)] = both[said(l)] || slices.ContainsFunc(there, func(o *item.Leaf) bool { return said(o) == said(l) })
	}
	here = slices.DeleteFunc(here, func(l *item.Leaf) bool { return both[said(l)] })
	there = slices.DeleteFunc(there, func(l *item.Leaf) bool { return both[said(l)] })
	if len(here) == 0 && len(there) == 0 {
		return
	}
	if changed(have.field("group"), want.field("group")) != None && !w.alone(have.leaf) {
		w.splitOff(have.leaf)
	}
	group := w.ownGroup(have.leaf)
	for _, l := range here {
		i := slices.IndexFunc(there, func(o *item.Leaf) bool { return o.Name == l.Name })
		own := w.ed.card.own(have.leaf, l)
		if i < 0 {
			w.ed.remove(own)
			continue
		}
		w.replaceLine(own, there[i])
		there = slices.Delete(there, i, i+1)
	}
	for _, l := range there {
		raw, text := w.regrouped(l.Raw, l.Text(), l.Group, group)
		w.ed.insertRaw(w.into, l.Name, raw, text)
	}
}

// splitOff gives a line a group of its own, with copies of its labels: they are about to say something else of it than of the others.
func (w entryWriter) splitOff(l *item.Leaf) {
	c := w.ed.cardEdit(w.into)
	if l.Group == "" || c.copies[l] != nil {
		return
	}
	name := c.free()
	raw := l.Raw
	if e := w.ed.lines[l]; e != nil {
		raw = e.raw
	}
	raw, text := w.regrouped(raw, w.ed.text(l), l.Group, name)
	w.ed.lines[l] = &lineEdit{raw: w.ed.ending(raw), text: text}
	copies := map[*item.Leaf]*item.Leaf{}
	for _, label := range w.labelsOf(w.into, l) {
		raw, text := w.regrouped(label.Raw, label.Text(), label.Group, name)
		copies[label] = w.ed.insertRaw(w.into, label.Name, raw, text)
		copies[label].Group = name
	}
	if c.copies == nil {
		c.copies = map[*item.Leaf]map[*item.Leaf]*item.Leaf{}
	}
	c.copies[l] = copies
}

// own is the line that says of a property what a label of its group says: a copy, where it was split off.
func (c *cardEdit) own(l, label *item.Leaf) *item.Leaf {
	if c != nil && c.copies[l] != nil && c.copies[l][label] != nil {
		return c.copies[l][label]
	}
	return label
}

// free is the first itemN that no line is in.
func (c *cardEdit) free() string {
	for n := 1; ; n++ {
		if name := "item" + strconv.Itoa(n); !c.taken[name] {
			c.taken[name] = true
			return name
		}
	}
}

// ownGroup is the group of a line of this card, which gets one if it has none.
func (w entryWriter) ownGroup(l *item.Leaf) string {
	text := w.ed.text(l)
	name, _, _ := strings.Cut(cutLine(text).name, ".")
	if strings.Contains(cutLine(text).name, ".") {
		return name
	}
	name = w.ed.cardEdit(w.into).free()
	raw := l.Raw
	if e := w.ed.lines[l]; e != nil {
		raw = e.raw
	}
	raw, text = w.regrouped(raw, text, "", name)
	w.ed.lines[l] = &lineEdit{raw: w.ed.ending(raw), text: text}
	return name
}
