package merge

import (
	"slices"
	"strconv"
	"strings"

	"vgit/repo/item"
)

// models reads two sound items of one kind. Components with the same bytes in both are left out: they cannot differ.
func models(a, b *item.Item) (*model, *model) {
	if isCard(a) {
		ca, cb := cardOf(a), cardOf(b)
		versions := cardVersion(ca) != cardVersion(cb)
		return readCard(ca, versions), readCard(cb, versions)
	}
	skipA, skipB := sameComponents(calendarOf(a), calendarOf(b))
	return readCalendar(a, skipA), readCalendar(b, skipB)
}

func calendarOf(it *item.Item) *item.Component { return top(it, "VCALENDAR") }

func cardOf(it *item.Item) *item.Component { return top(it, "VCARD") }

func top(it *item.Item, name string) *item.Component {
	for c := range it.Tree().Components() {
		if c.Name == name {
			return c
		}
	}
	return &item.Component{Name: name}
}

// sameComponents finds the components that stand in both calendars with the same lines, in whatever order and folding: most of
// them, as a rule. What the lines mean hangs on the time zones and on the start of the series, so there are none where these
// differ.
func sameComponents(a, b *item.Component) (inA, inB map[*item.Component]bool) {
	if contextOf(a) != contextOf(b) {
		return nil, nil
	}
	inA, inB = map[*item.Component]bool{}, map[*item.Component]bool{}
	for _, spelled := range []func(*item.Component) string{exactly, spelling} {
		waiting := map[string][]*item.Component{}
		for c := range b.Components() {
			if !inB[c] {
				name := spelled(c)
				waiting[name] = append(waiting[name], c)
			}
		}
		for c := range a.Components() {
			if len(waiting) == 0 || inA[c] {
				continue
			}
			name := spelled(c)
			if same := waiting[name]; len(same) > 0 {
				inA[c], inB[same[0]] = true, true
				waiting[name] = same[1:]
			}
		}
	}
	return inA, inB
}

func exactly(c *item.Component) string { return string(c.Bytes()) }

// spelling is the lines of a component without what is said of spelling most often: folds, line ends, the order of lines and the
// case of names.
func spelling(c *item.Component) string {
	parts := make([]string, 0, len(c.Nodes))
	for _, n := range c.Nodes {
		if n.Component != nil {
			parts = append(parts, spelling(n.Component))
		} else {
			parts = append(parts, lineSpelling(n.Leaf))
		}
	}
	slices.Sort(parts)
	return c.Name + "\n" + strings.Join(parts, "\n")
}

func lineSpelling(l *item.Leaf) string {
	text := l.Text()
	if n := len(l.Name); l.Group == "" && n < len(text) && text[:n] != l.Name {
		return l.Name + text[n:]
	}
	return text
}

func contextOf(cal *item.Component) string {
	var context []string
	for c := range cal.Components() {
		start := c.Leaf("DTSTART")
		switch {
		case c.Name == "VTIMEZONE":
			context = append(context, spelling(c))
		case start != nil && c.Leaf("RECURRENCE-ID") == nil:
			context = append(context, lineSpelling(start))
		}
	}
	slices.Sort(context)
	return strings.Join(context, "\n\n")
}

// state is what was seen of one occurrence.
type state struct {
	words []string
	dates []source // elements of EXDATE and RDATE
}

// calendarReader reads one calendar.
type calendarReader struct {
	model
	states map[string]*state
	byKey  map[string][]*component
	twins  []string // keys that several components have
}

func readCalendar(it *item.Item, skip map[*item.Component]bool) *model {
	return readOccurrences(it, skip, nil)
}

// readOccurrences is readCalendar for a body that may have lost its series: its occurrences are those of the series that starts there.
func readOccurrences(it *item.Item, skip map[*item.Component]bool, series *moment) *model {
	cal := calendarOf(it)
	r := &calendarReader{states: map[string]*state{}, byKey: map[string][]*component{}}
	r.zones = newZones(cal)
	var master *item.Component
	if m := it.Master(); m != nil && m.Leaf("RECURRENCE-ID") == nil {
		master = m
		r.series, _ = r.zones.startOf(m)
	} else {
		r.series = series
	}
	r.name = it.Component()
	r.components = append(r.components, r.component(cal, "calendar", ""))
	for c := range cal.Components() {
		switch {
		case skip[c] || c.Name == "VTIMEZONE":
		case c == master && isEntry(c.Name):
			r.components = append(r.components, r.component(c, "series "+c.Name, ""))
		case isEntry(c.Name):
			r.override(c)
		default:
			r.whole(c)
		}
	}
	r.finishTwins()
	r.finishStates()
	return &r.model
}

func isEntry(name string) bool { return name == "VEVENT" || name == "VTODO" || name == "VJOURNAL" }

// override reads the component of one occurrence.
func (r *calendarReader) override(c *item.Component) {
	name := ""
	if l := c.Leaf("RECURRENCE-ID"); l != nil {
		name = occurrence(r.zones.moment(l.Param("TZID"), l.Value()), r.series)
		if l.Param("RANGE") != "" {
			name += " and later"
		}
	}
	r.add(r.component(c, "occurrence "+name+" "+c.Name, "occurrence "+name+" "))
	r.seen(name, "override "+c.Name, source{})
}

// seen notes a state of an occurrence, and the date that says so.
func (r *calendarReader) seen(name, word string, at source) {
	s := r.states[name]
	if s == nil {
		s = &state{}
		r.states[name] = s
	}
	s.words = append(s.words, word)
	if at.leaf != nil {
		s.dates = append(s.dates, at)
	}
}

// whole reads a component that is compared in one piece.
func (r *calendarReader) whole(c *item.Component) {
	if part := r.wholeComponent(c); part != nil {
		r.add(part)
	}
}

// add adds a component to the model, and notes when another one has its key: two of one identity are an error, but occur.
func (r *calendarReader) add(c *component) {
	if r.byKey[c.key] = append(r.byKey[c.key], c); len(r.byKey[c.key]) == 2 {
		r.twins = append(r.twins, c.key)
		r.ambiguous = r.ambiguous || c.occurs()
	}
	r.components = append(r.components, c)
}

// finishTwins numbers components of one key by their content, so that their order does not matter.
func (r *calendarReader) finishTwins() {
	for _, key := range r.twins {
		content := map[*component]string{}
		for _, c := range r.byKey[key] {
			strong, books := c.flatten()
			content[c] = strong + "\x1d" + books
		}
		slices.SortStableFunc(r.byKey[key], func(c, d *component) int { return strings.Compare(content[c], content[d]) })
		for i, c := range r.byKey[key][1:] {
			c.key += " #" + strconv.Itoa(i+2)
		}
	}
}

// wholeComponent gives a component one slot that holds all of it, its bookkeeping aside; nil if there is nothing in it.
func (r *calendarReader) wholeComponent(c *item.Component) *component {
	strong, books := r.component(c, "", "").flatten()
	if strong == "" && books == "" {
		return nil
	}
	key := strings.ToLower(c.Name)
	for _, name := range []string{"UID", "CALENDAR-ADDRESS"} {
		if l := c.Leaf(name); l != nil {
			key += " " + withoutURN(l.Value())
			break
		}
	}
	part := &component{name: c.Name, key: key, prefix: key + " ", src: c}
	e := part.slot("content", scalar, true).only()
	e.comp = c
	e.set(same("value", strong))
	e.set(field{name: "bookkeeping", exact: books, loose: books, limit: Bookkeeping})
	return part
}

// flatten puts everything in a component into two strings, the second for bookkeeping.
func (c *component) flatten() (strong, books string) {
	var parts, clocks []string
	for _, s := range c.slots {
		for _, e := range s.entries {
			if len(e.fields) == 0 {
				continue
			}
			if s.kind.bookkeeping() {
				clocks = append(clocks, s.name+"\x1f"+e.exact())
			} else {
				parts = append(parts, s.name+"\x1f"+e.exact())
			}
		}
	}
	for _, a := range c.alarms {
		inner, innerBooks := a.flatten()
		if inner != "" {
			parts = append(parts, a.name+"\x1f("+inner+")")
		}
		if innerBooks != "" {
			clocks = append(clocks, a.name+"\x1f("+innerBooks+")")
		}
	}
	return sortedJoin(parts), sortedJoin(clocks)
}

// component reads the lines of one component and the alarms in it.
func (r *calendarReader) component(c *item.Component, key, prefix string) *component {
	part := &component{name: c.Name, key: key, prefix: prefix, src: c, slots: make([]*slot, 0, 16)}
	lr := &lineReader{calendarReader: r, part: part, in: c}
	lr.start, lr.starts = r.zones.startOf(c)
	part.start = lr.start
	lr.repeats = c.Leaf("RRULE") != nil || c.Leaf("EXRULE") != nil
	for l := range c.Leaves() {
		lr.line(l)
	}
	lr.finishTime()
	if c.Name != "VCALENDAR" {
		r.inside(c, part, prefix)
	}
	part.settle()
	return part
}

// inside reads the components in an event or task.
func (r *calendarReader) inside(c *item.Component, part *component, prefix string) {
	for inner := range c.Components() {
		if inner.Name == "VALARM" {
			if alarm := r.alarm(inner, prefix); alarm != nil {
				part.alarms = append(part.alarms, alarm)
			}
			continue
		}
		// Places and people inside an event are compared whole, as a slot of it.
		if w := r.wholeComponent(inner); w != nil {
			s := part.slot(w.key, scalar, true)
			s.entries = append(s.entries, w.slots[0].entries...)
		}
	}
}

// finishStates turns what was seen of each occurrence into slots.
func (r *calendarReader) finishStates() {
	for name, seen := range r.states {
		s := &slot{name: "occurrence " + name, kind: scalar, leftover: true}
		e := s.only()
		e.also = seen.dates
		e.set(same("value", sortedJoin(seen.words)))
		r.model.states = append(r.model.states, s)
	}
	slices.SortFunc(r.model.states, func(s, t *slot) int { return strings.Compare(s.name, t.name) })
}
