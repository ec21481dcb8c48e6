package repo

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"vgit/merge"
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
	Was        string         // path before, of an item that was moved or renamed; else ""
	Words      merge.Words    // what changed, once Tell was asked for it; not sanitised
	Details    []merge.Detail // the same for programs, once List was asked for it
}

// maxLines is how many items a commit message names.
const maxLines = 50

// differences lists the items in which two trees of the vdir differ, by collection and name.
func (r *Repo) differences(old, new store.Hash) ([]Difference, error) {
	return Differences(r.g, r.o.Layout, old, new)
}

// Differences lists the items and properties in which two trees differ, by collection and name. Nothing is said of them yet.
func Differences(o objects, layout Layout, old, new store.Hash) ([]Difference, error) {
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

// Tell puts into words what changed, and reads title and time as Describe does. Of what cannot be read there are none.
func (d *Difference) Tell(read Read, w merge.Wording) {
	if properties[d.Name] {
		d.Words = propertyWords(d.Name, d.Old, d.New, read)
		return
	}
	d.describe(read)
	d.Words = tell(d.Old, d.New, read, w)
}

// List reads what changed, for programs, and title and time as Describe does.
func (d *Difference) List(read Read) {
	if properties[d.Name] {
		d.Details = propertyDetails(d.Name, d.Old, d.New, read)
		return
	}
	d.describe(read)
	if old, new, err := twoOf(d.Old, d.New, read); err == nil {
		d.Details = merge.Details(old, new)
	}
}

// String is the line for a person: "~ event Dentist (Mon 2 Mar 10:00)  work/d.ics".
func (d Difference) String() string {
	words := d.Words
	if words.Sign == 0 {
		words = merge.Words{Title: d.Title, When: d.When, Sign: '~'}
	}
	line := string(d.Sign) + " " + Line(words, d.Collection+"/"+d.Name)
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

// deed is what a commit is for.
type deed struct {
	what, remote string // the subject begins with them
	direction    string // "pull" or "push", "" for neither
	verbs        map[byte]string
	waits, notes []*Step // items in conflict, and those that may have something to look at
	answers      []Answered
}

// editing is what a person did.
var editing = deed{what: "edit"}

// pulling is what a sync brought from a remote into the vdir, and pushing what it sent there.
func pulling(s *side, done []*Step) deed {
	d := deed{what: "sync", remote: s.rem.Name, direction: "pull", verbs: map[byte]string{0: "pulled"}, notes: done}
	for _, step := range done {
		d.carriesOut(step)
	}
	if s.report != nil && s.report.Plan != nil {
		d.waits = s.report.Plan.InState(Waits)
	}
	return d
}

// seeing is what a remote was found to hold, or after a push is known to hold.
func seeing(kind, remote string) deed {
	if kind == "push" {
		return deed{what: "sync", remote: remote, direction: kind, verbs: map[byte]string{0: "pushed"}}
	}
	return deed{what: kind, remote: remote}
}

// message is a commit message as docs/format.md 9 says.
func (r *Repo) message(what deed, lines []Difference) string {
	var b strings.Builder
	b.WriteString(cut(what.subject(lines), 72) + "\n")
	w := merge.Wording{Now: r.o.Now()}
	room := maxMessage
	for i := range lines {
		if i == 0 {
			b.WriteByte('\n')
		}
		if i == maxLines || room <= 0 {
			fmt.Fprintf(&b, "(+%d more)\n", len(lines)-i)
			break
		}
		d := &lines[i]
		d.Tell(r.parse, w)
		b.WriteString(d.String() + "\n")
		for n, line := range d.Words.Lines {
			if room--; room <= 0 {
				fmt.Fprintf(&b, "    (+%d lines)\n", len(d.Words.Lines)-n)
				break
			}
			b.WriteString("    " + Plain(line) + "\n")
		}
	}
	what.conflicts(&b, w)
	what.remarks(&b)
	what.trailers(&b)
	return b.String()
}

// maxMessage is how many lines a commit message has about what changed in items, and maxOpen how many conflicts it names.
const (
	maxMessage = 200
	maxOpen    = 10
)

// subject says what was done, where, and how much: "sync work: 2 pulled, 1 conflict (Review: time)".
func (d deed) subject(lines []Difference) string {
	count, where := map[byte]int{}, map[string]bool{}
	for _, l := range lines {
		if d.verbs != nil {
			count[0]++
		} else {
			count[l.Sign]++
		}
		where[l.Collection] = true
	}
	subject := d.what
	if d.remote != "" && d.verbs == nil {
		subject += " " + d.remote
	}
	if len(where) == 1 {
		subject += " " + Plain(lines[0].Collection)
	}
	subject += ": " + counts(count, d.verbs[0])
	if n := len(d.waits); n > 0 {
		word := "conflicts"
		if n == 1 {
			word = "conflict"
		}
		subject += fmt.Sprintf(", %d %s (%s)", n, word, open(d.waits[0]))
	}
	return subject
}

// open names an item that waits, with what it waits for.
func open(s *Step) string {
	name := s.Title
	if name == "" {
		name = s.Name
	}
	return Plain(cut(name, 30)) + ": " + slotNames(s.Conflicts)
}

// conflicts lists what waits, each slot with its three values.
func (d deed) conflicts(b *strings.Builder, w merge.Wording) {
	for i, step := range d.waits {
		if i == maxOpen {
			fmt.Fprintf(b, "(+%d conflicts)\n", len(d.waits)-i)
			return
		}
		fmt.Fprintf(b, "! %s\n", Line(merge.Words{Type: open(step)}, step.path()))
		for _, line := range ConflictLines(step.Conflicts, w) {
			b.WriteString("    " + line + "\n")
		}
	}
}

// remarks are what a person should look at once.
func (d deed) remarks(b *strings.Builder) {
	n := 0
	for _, s := range d.notes {
		for _, note := range s.Notes {
			if n++; n <= maxLines {
				head := Line(merge.Words{Title: s.Title, When: s.When, Sign: '~'}, s.path())
				fmt.Fprintf(b, "? %s: %s: %s\n", head, Plain(note.Kind), Plain(note.Text))
			}
		}
	}
	if n > maxLines {
		fmt.Fprintf(b, "(+%d more notes)\n", n-maxLines)
	}
}

// trailers are for people and programs that read the log; vgit reads none of them.
func (d deed) trailers(b *strings.Builder) {
	if d.remote == "" {
		return
	}
	fmt.Fprintf(b, "\nRemote: %s\n", d.remote)
	if d.direction != "" {
		fmt.Fprintf(b, "Direction: %s\n", d.direction)
	}
	for _, a := range d.answers {
		word := "Accepted"
		if a.Refuse {
			word = "Refused"
		}
		fmt.Fprintf(b, "%s: %s %s\n", word, Plain(a.ID), Plain(string(a.Class)))
	}
}

// carriesOut notes the answer to a hold that a step carries out.
func (d *deed) carriesOut(s *Step) {
	if s.Answered.ID != "" && !slices.Contains(d.answers, s.Answered) {
		d.answers = append(d.answers, s.Answered)
	}
}

func counts(n map[byte]int, all string) string {
	var parts []string
	if n[0] > 0 {
		parts = append(parts, fmt.Sprintf("%d %s", n[0], all))
	}
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
