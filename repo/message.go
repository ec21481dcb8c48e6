package repo

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"vgit/repo/store"
)

// Difference is one item that differs between two trees.
type Difference struct {
	Sign       byte // '+', '-' or '~'
	Collection string
	Name       string
	Title      string
	When       string
	Old, New   store.Hash
	Was        string // path before, of an item that was moved or renamed; else ""
}

// maxLines is how many items a commit message names.
const maxLines = 50

// differences lists the items in which two trees of the vdir differ, by collection and name.
func (r *Repo) differences(old, new store.Hash) ([]Difference, error) {
	return Differences(r.g, r.o.Layout, old, new, r.parse)
}

// Differences lists the items in which two trees differ, by collection and name. Titles are read with read, of the new
// version where there is one; they are not sanitised.
func Differences(o objects, layout Layout, old, new store.Hash, read Read) ([]Difference, error) {
	before, err := layout.collections(o, old)
	if err != nil {
		return nil, err
	}
	after, err := layout.collections(o, new)
	if err != nil {
		return nil, err
	}
	both := maps.Clone(before)
	maps.Copy(both, after)
	var found []Difference
	for _, coll := range slices.Sorted(maps.Keys(both)) {
		if before[coll] == after[coll] {
			continue
		}
		a, b, err := layout.unequal(o, before[coll], after[coll])
		if err != nil {
			return nil, err
		}
		found = append(found, itemDifferences(coll, a, b)...)
	}
	for i := range found {
		if i == maxLines {
			break
		}
		found[i].describe(read)
	}
	return found, nil
}

func itemDifferences(coll string, a, b Items) []Difference {
	var found []Difference
	for name, h := range a {
		if b[name] != h {
			d := Difference{Sign: '~', Collection: coll, Name: name, Old: h, New: b[name]}
			if d.New.IsZero() {
				d.Sign = '-'
			}
			found = append(found, d)
		}
	}
	for name, h := range b {
		if _, ok := a[name]; !ok {
			found = append(found, Difference{Sign: '+', Collection: coll, Name: name, New: h})
		}
	}
	slices.SortFunc(found, func(x, y Difference) int { return strings.Compare(x.Name, y.Name) })
	return found
}

func (d *Difference) describe(read Read) {
	h := d.New
	if h.IsZero() {
		h = d.Old
	}
	if it, err := read(h); err == nil {
		d.Title, d.When = it.Summary(), it.When()
	}
}

// String is the line for a person: "~ work: Dentist (2026-03-02 10:00)".
func (d Difference) String() string {
	line := fmt.Sprintf("%c %s: %s", d.Sign, Plain(d.Collection), Label(d.Title, d.When, d.Name))
	if d.Was != "" {
		line += ", was " + Plain(d.Was)
	}
	return line
}

// Label names an item by its title, or by its file if it has none.
func Label(title, when, name string) string {
	if title == "" {
		return Plain(name)
	}
	if when != "" {
		return Plain(title) + " (" + Plain(when) + ")"
	}
	return Plain(title)
}

// message is a commit message as docs/format.md 9 says.
func message(what, remote string, lines []Difference) string {
	count, where := map[byte]int{}, map[string]bool{}
	for _, d := range lines {
		count[d.Sign]++
		where[d.Collection] = true
	}
	subject := what
	if remote != "" {
		subject += " " + remote
	}
	if len(where) == 1 {
		subject += " " + Plain(lines[0].Collection)
	}
	subject += ": " + counts(count)
	var b strings.Builder
	b.WriteString(cut(subject, 72) + "\n")
	for i, d := range lines {
		if i == 0 {
			b.WriteByte('\n')
		}
		if i == maxLines {
			fmt.Fprintf(&b, "(+%d more)\n", len(lines)-maxLines)
			break
		}
		b.WriteString(d.String() + "\n")
	}
	if remote != "" {
		fmt.Fprintf(&b, "\nRemote: %s\n", remote)
	}
	return b.String()
}

func counts(n map[byte]int) string {
	var parts []string
	for _, c := range []struct {
		sign byte
		word string
	}{{'+', "added"}, {'~', "changed"}, {'-', "deleted"}} {
		if n[c.sign] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[c.sign], c.word))
		}
	}
	if len(parts) == 0 {
		return "nothing changed in the items"
	}
	return strings.Join(parts, ", ")
}

// cut shortens a line to n characters.
func cut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

// withNotes puts what a person should look at once into a message, before its last paragraph.
func withNotes(text string, steps []*Step) string {
	var notes strings.Builder
	n := 0
	for _, s := range steps {
		for _, note := range s.Notes {
			if n++; n > maxLines {
				continue
			}
			fmt.Fprintf(&notes, "? %s: %s: %s: %s\n", Plain(s.Collection), Label(s.Title, s.When, s.Name), Plain(note.Kind), Plain(note.Text))
		}
	}
	if n > maxLines {
		fmt.Fprintf(&notes, "(+%d more notes)\n", n-maxLines)
	}
	if n == 0 {
		return text
	}
	i := strings.LastIndex(text, "\nRemote: ")
	if i < 0 {
		i = len(text)
	}
	return text[:i] + notes.String() + text[i:]
}
