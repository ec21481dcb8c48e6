package merge

import (
	"strconv"
	"strings"
	"time"

	"vgit/repo/item"
)

// Supersede gives a body that is sent to put an older state back the marks of a new one: whoever holds what others made of it since takes it for
// later (RFC 5545 3.8.7.3 and 3.8.7.4, RFC 6350 6.7.4). over are the bodies that it is to be later than. Each of its events, tasks and journals
// gets a SEQUENCE above all of theirs, and at as LAST-MODIFIED and DTSTAMP; a card gets at as REV. Where a clock of theirs is ahead of at, its next
// second is taken. What somebody organizes is numbered by the organizer alone (RFC 5546 2.1.4), and then what merged it has done so: it is numbered
// here only if it was gone and me, the addresses of the user, has that of the organizer. What cannot be read is left as it is.
func Supersede(it *item.Item, over []*item.Item, at time.Time, me []string) []byte {
	if it.State() != item.Sound {
		return it.Bytes()
	}
	ed := newEditor(it)
	if isCard(it) {
		supersedeCard(ed, over, at)
		return ed.bytes()
	}
	entries := entriesOf(it)
	number, gone := 0, true
	for i, o := range append([]*item.Item{it}, over...) {
		for _, c := range entriesOf(o) {
			number, gone = max(number, sequenceOf(c)), gone && i == 0
		}
	}
	for _, c := range entries {
		organizer := ""
		if l := c.Leaf("ORGANIZER"); l != nil {
			organizer = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(l.Value())), "mailto:")
		}
		ours := organizer == "" || (&merging{Context: Context{Me: me}}).isMe(organizer)
		if organizer == "" || ours && gone {
			ed.setNumber(c, number+1, sequenceOf(c))
		}
		ed.setLater(c, "LAST-MODIFIED", over, at)
		if ours && c.Leaf("DTSTAMP") != nil {
			ed.setLater(c, "DTSTAMP", over, at)
		}
	}
	return ed.bytes()
}

// entriesOf are the events, tasks and journals of an item.
func entriesOf(it *item.Item) (entries []*item.Component) {
	if it == nil || it.State() != item.Sound || isCard(it) {
		return nil
	}
	for c := range calendarOf(it).Components() {
		if isEntry(c.Name) {
			entries = append(entries, c)
		}
	}
	return entries
}

func sequenceOf(c *item.Component) int {
	l := c.Leaf("SEQUENCE")
	if l == nil {
		return 0
	}
	n, _ := strconv.Atoi(canonNumber(l.Value()))
	return max(n, 0)
}

const (
	basicTime    = "20060102T150405Z"
	extendedTime = "2006-01-02T15:04:05Z"
)

// clockTime reads a time in UTC as clocks have it; zero if it is none.
func clockTime(value string) time.Time {
	for _, layout := range []string{basicTime, extendedTime} {
		if t, err := time.Parse(layout, strings.TrimSpace(value)); err == nil {
			return t
		}
	}
	return time.Time{}
}

// setLater gives a component a clock of that time, or of the second after the latest of others.
func (ed *editor) setLater(c *item.Component, name string, over []*item.Item, at time.Time) {
	for _, o := range over {
		for _, other := range entriesOf(o) {
			if l := other.Leaf(name); l != nil {
				at = laterThan(at, clockTime(l.Value()))
			}
		}
	}
	text := name + ":" + at.UTC().Format(basicTime)
	if l := c.Leaf(name); l != nil {
		ed.compose(l, text)
		return
	}
	ed.insertText(c, name, text)
}

func laterThan(at, other time.Time) time.Time {
	if other.Before(at) {
		return at
	}
	return other.Add(time.Second)
}

// supersedeCard gives a card its REV, spelt as it was, or as its version has it.
func supersedeCard(ed *editor, over []*item.Item, at time.Time) {
	c := ed.it.Master()
	if c == nil {
		return
	}
	for _, o := range over {
		if o == nil || o.Master() == nil {
			continue
		}
		if l := o.Master().Leaf("REV"); l != nil {
			at = laterThan(at, clockTime(l.Value()))
		}
	}
	layout := basicTime
	l := c.Leaf("REV")
	if v := c.Leaf("VERSION"); l != nil && strings.Contains(l.Value(), "-") || l == nil && v != nil && strings.TrimSpace(v.Value()) == "3.0" {
		layout = extendedTime
	}
	text := "REV:" + at.UTC().Format(layout)
	if l != nil {
		ed.compose(l, text)
		return
	}
	ed.insertText(c, "REV", text)
}
