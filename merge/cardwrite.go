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
	groups map[string]string         // names of groups of the other card, in lower case, and what they are called here
	taken  map[string]bool           // names of groups that are in use here, in lower case
	placed map[*item.Leaf]*item.Leaf // lines of the other card and the ones that stand for them here
	pids   map[string]string         // sources of PIDs by their numbers here
}

func (ed *editor) cardEdit(c *item.Component) *cardEdit {
	if ed.card == nil {
		ed.card = &cardEdit{groups: map[string]string{}, taken: map[string]bool{}, placed: map[*item.Leaf]*item.Leaf{}}
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

// addCardEntry puts an entry of the other card into this one, with the lines of its group that say something about it.
func (w entryWriter) addCardEntry(e *entry) {
	if w.in.name == "sort-string" && e.leaf.Name == "N" {
		w.setSortAs(e)
		return
	}
	w.addLine(e.leaf)
	for _, l := range w.labelsOf(w.other(), e.leaf) {
		if w.ed.cardEdit(w.into).placed[l] == nil { // two owners may share a label
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
	for n := 1; name == ""; n++ {
		if free := "item" + strconv.Itoa(n); !c.taken[free] {
			name = free
		}
	}
	c.taken[strings.ToLower(name)] = true
	c.groups[lower] = name
	return name
}

// partnerGroup looks for a line of a group of the other card that this one has in a group, too.
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
		for _, e := range alignEntries(t.four) {
			mine, other := e.l1, e.r1
			if w.into == w.part.r1.src {
				mine, other = other, mine
			}
			if mine != nil && other != nil && mine.leaf != nil && other.leaf != nil && mine.leaf.Group != "" &&
				strings.ToLower(other.leaf.Group) == group && w.ed.has(mine.leaf) {
				return mine.leaf.Group
			}
		}
	}
	return ""
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
	for o := range w.into.Leaves() {
		if o != l && o.Name != "" && !labels(o.Name) && strings.EqualFold(o.Group, l.Group) && w.ed.has(o) {
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
	here := slices.DeleteFunc(w.labelsOf(w.into, have.leaf), func(l *item.Leaf) bool { return !meant(l) || !w.ed.has(l) })
	there := slices.DeleteFunc(w.labelsOf(w.other(), want.leaf), func(l *item.Leaf) bool { return !meant(l) })
	if len(here) == 0 && len(there) == 0 {
		return
	}
	group := w.ownGroup(have.leaf)
	for _, l := range here {
		i := slices.IndexFunc(there, func(o *item.Leaf) bool { return o.Name == l.Name })
		switch {
		case i < 0:
			w.ed.remove(l)
			continue
		case l.Value() != there[i].Value():
			w.replaceLine(l, there[i])
		}
		there = slices.Delete(there, i, i+1)
	}
	for _, l := range there {
		raw, text := w.regrouped(l.Raw, l.Text(), l.Group, group)
		w.ed.insertRaw(w.into, l.Name, raw, text)
	}
}

// ownGroup is the group of a line of this card, which gets one if it has none.
func (w entryWriter) ownGroup(l *item.Leaf) string {
	text := w.ed.text(l)
	name, _, _ := strings.Cut(cutLine(text).name, ".")
	if strings.Contains(cutLine(text).name, ".") {
		return name
	}
	c := w.ed.cardEdit(w.into)
	for n := 1; ; n++ {
		if name = "item" + strconv.Itoa(n); !c.taken[name] {
			break
		}
	}
	c.taken[name] = true
	raw := l.Raw
	if e := w.ed.lines[l]; e != nil {
		raw = e.raw
	}
	raw, text = w.regrouped(raw, text, "", name)
	w.ed.lines[l] = &lineEdit{raw: w.ed.ending(raw), text: text}
	return name
}
