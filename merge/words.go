package merge

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"vgit/repo/item"
)

// Wording says how what happened to items is put into words. The zero value writes out every year.
type Wording struct {
	Now     time.Time // its year is not written
	Verbose bool      // with rules as they stand in the item, and with bookkeeping
	// Local is where the reader is: Show adds when something is there. nil: nowhere.
	Local *time.Location
	// Named gives the name of a member of a group by its UID, in lower case and without urn:uuid:. "": it is not known; nil: none is.
	Named func(uid string) string
}

// Words is what happened to one item, for a person. What comes out of the item is cut to some length and may hold anything else:
// whoever prints it sanitises it, line by line.
type Words struct {
	Sign  byte   // '+' added, '-' deleted, '~' changed; 0 if there is no item at all
	Type  string // "event", "todo", "journal", "contact", "group", "busy times"; "item" is what cannot be read
	Title string
	When  string // of one that changed: where it stood before
	// Lines are what changed, one slot after the other. There are none for an item that came or went, nor for one that is
	// written otherwise and says the same.
	Lines []string
}

// String is the line above the others, without sign and file: "event Planning (Mon 2 Mar 10:00)".
func (w Words) String() string {
	head := w.Type
	if w.Title != "" {
		head += " " + w.Title
	}
	switch {
	case w.When == "":
	case w.Sign == '~':
		head += " (" + w.When + ")"
	default:
		head += ", " + w.When
	}
	return head
}

// Tell puts into words what leads from one version of an item to another; nil is an absent one. Every strong change of Diff is in
// the title or in a line, weak ones are counted, and bookkeeping is left out unless it is asked for.
func (w Wording) Tell(old, new *item.Item) Words {
	switch {
	case old == nil && new == nil:
		return Words{}
	case old == nil:
		return w.whole('+', new)
	case new == nil:
		return w.whole('-', old)
	}
	t := &teller{Wording: w, owner: map[*component]*component{}}
	t.words = w.whole('~', new)
	if sameBytes(old, new) {
		return t.words
	}
	if old.State() != item.Sound || new.State() != item.Sound || isCard(old) != isCard(new) {
		t.unlike(old, new)
		return t.words
	}
	if isCard(old) {
		versions := cardVersion(cardOf(old)) != cardVersion(cardOf(new))
		t.a, t.b = readCard(cardOf(old), versions), readCard(cardOf(new), versions)
	} else {
		t.a, t.b = readCalendar(old, nil), readCalendar(new, nil)
	}
	t.head(old, new)
	t.a.diff(t.b, t.take)
	t.finish()
	return t.words
}

// whole is an item that came or went.
func (w Wording) whole(sign byte, it *item.Item) Words {
	words := Words{Sign: sign, Type: typeOf(it), Title: clip(it.Summary(), maxTitle)}
	if it.State() == item.Sound && !isCard(it) {
		words.When = w.when(it, sign != '~')
	}
	return words
}

// typeOf names the kind of an item.
func typeOf(it *item.Item) string {
	switch it.Component() {
	case "VEVENT":
		return "event"
	case "VTODO":
		return "todo"
	case "VJOURNAL":
		return "journal"
	case "VFREEBUSY":
		return "busy times"
	case "VCARD":
		if isGroupCard(it) {
			return "group"
		}
		return "contact"
	}
	return "item"
}

func isGroupCard(it *item.Item) bool {
	for l := range cardOf(it).Leaves() {
		if (l.Name == "KIND" || l.Name == "X-ADDRESSBOOKSERVER-KIND") && strings.EqualFold(strings.TrimSpace(l.Value()), "group") {
			return true
		}
	}
	return false
}

// teller puts the differences of two items into words.
type teller struct {
	Wording
	a, b     *model
	words    Words
	lines    []told
	weak     int
	owner    map[*component]*component // what an alarm is in
	retitled string                    // the title before, of a card
	plain    bool                      // without what only tells versions apart
}

// told is one line with its place among the others.
type told struct {
	section    section
	occurrence string // "" is the series
	inner      section
	text       string
}

// section is the order in which slots are told.
type section int

const (
	aboutTime section = iota
	aboutRule
	aboutOccurrences
	aboutTitle
	aboutPlace
	aboutPeople
	aboutStatus
	aboutReminders
	aboutTexts
	aboutRest
	aboutSpelling
	aboutBookkeeping
)

// unlike tells of two versions that cannot be compared slot by slot.
func (t *teller) unlike(old, new *item.Item) {
	line := ""
	switch {
	case compareBytes(old.Bytes(), new.Bytes()) < Strong:
		return
	case old.State() == item.Sound && new.State() == item.Sound:
		line = "was of the type " + typeOf(old) + " before"
	case old.State() == item.Sound:
		line = "not readable any more: " + clip(new.Problem(), maxText)
	case new.State() == item.Sound:
		line = "readable again"
	default:
		line = "changed, and not readable: " + clip(new.Problem(), maxText)
	}
	t.words.Lines = append(t.words.Lines, line)
}

// head finds the title of an item that changed, of a card with the one that it had, and where alarms are.
func (t *teller) head(old, new *item.Item) {
	t.words.When = t.when(old, false)
	before, after := old.Summary(), new.Summary()
	if isCard(old) && before != after && before != "" && after != "" {
		t.retitled = before
		from, to := clipPair(before, after, maxTitle)
		t.words.Title = from + " → " + to
	}
	for _, m := range []*model{t.a, t.b} {
		for _, c := range m.components {
			for _, alarm := range c.alarms {
				t.owner[alarm] = c
			}
		}
	}
}

// take is given one difference after the other.
func (t *teller) take(d *delta) bool {
	switch {
	case d.strength == Weak:
		t.weak++
	case d.strength == Bookkeeping && t.Verbose:
		t.bookkeeping(d)
	case d.strength == Strong:
		t.strong(d)
	}
	return true
}

func (t *teller) strong(d *delta) {
	c := cmp.Or(d.to, d.from)
	switch {
	case c == nil || d.component == "": // the state of an occurrence
		t.state(d)
	case c.name == "VALARM":
		t.add(c, aboutReminders, t.alarm(d))
	case d.a == nil && d.b == nil && !strings.HasPrefix(d.name, "pref "):
		t.add(c, aboutRest, []string{cameOrWent(d, nounOf(strings.ToLower(c.name)), clip(d.old, maxText), clip(d.new, maxText))})
	case d.name == "content": // compared in one piece
		t.add(c, aboutRest, []string{cameOrWent(d, nounOf(strings.TrimSpace(c.prefix)), "", "")})
	default:
		about, lines := t.slot(d)
		t.add(c, about, lines)
	}
}

// add keeps lines about a slot of a component, with its occurrence in front.
func (t *teller) add(c *component, about section, lines []string) {
	if owner := t.owner[c]; owner != nil {
		c = owner
	}
	for _, line := range lines {
		if !c.occurs() {
			t.lines = append(t.lines, told{section: about, text: line})
			continue
		}
		name := strings.TrimPrefix(strings.TrimSpace(c.prefix), "occurrence ")
		t.lines = append(t.lines, told{aboutOccurrences, name, about, occurrenceInWords(name) + ": " + line})
	}
}

func (t *teller) bookkeeping(d *delta) {
	c := d.change()
	name := strings.ToUpper(d.name)
	if d.a != nil && d.b != nil && d.kind < clock {
		name = d.slot // a parameter that is bookkeeping, in a slot that is not
	}
	from, to := clipPair(c.Old, c.New, maxText)
	text := name + " " + cmp.Or(from, "none") + " → " + cmp.Or(to, "none")
	t.lines = append(t.lines, told{section: aboutBookkeeping, text: "bookkeeping: " + text})
}

// finish puts the lines in order.
func (t *teller) finish() {
	if t.weak > 0 {
		t.lines = append(t.lines, told{section: aboutSpelling, text: "written differently (" + lines(t.weak) + ")"})
	}
	slices.SortStableFunc(t.lines, func(a, b told) int {
		return cmp.Or(cmp.Compare(a.section, b.section), cmp.Compare(a.occurrence, b.occurrence), cmp.Compare(a.inner, b.inner))
	})
	for _, l := range t.lines {
		t.words.Lines = append(t.words.Lines, l.text)
	}
}

func lines(n int) string {
	if n == 1 {
		return "1 line"
	}
	return strconv.Itoa(n) + " lines"
}

// How much of a text is shown, in characters: one line with two of them is never longer than what is printed of one.
const (
	maxTitle = 60
	maxText  = 60
)

// clip cuts a text to n characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	count := 0
	for i := range s {
		if count == n {
			return s[:i] + "…"
		}
		count++
	}
	return s
}

// clipPair cuts two texts so that one can see where they differ.
func clipPair(a, b string, n int) (string, string) {
	if len(a) <= n && len(b) <= n || a == "" || b == "" {
		return clip(a, n), clip(b, n)
	}
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	for back := 0; same > 0 && (same >= len(a) || same >= len(b) || !startsRune(a[same]) || !startsRune(b[same]) || back < n/4); back++ {
		same--
	}
	if same < n/2 {
		return clip(a, n), clip(b, n)
	}
	return "…" + clip(a[same:], n-1), "…" + clip(b[same:], n-1)
}

func startsRune(b byte) bool { return b&0xc0 != 0x80 }

// inMarks is a text for a person, in quotation marks.
func inMarks(s string) string { return `"` + clip(s, maxText) + `"` }
