package merge

import (
	"strings"

	"vgit/repo/item"
)

// How a merge works, and where rules join in.
//
// Reconcile makes a merging: the four bodies as models, put together as parts (components) and meetings (slots). Then, in this order:
//
//  1. decide: each meeting finds its verdicts, one for each entry, and a part that one side lacks finds its own. That is pure: a
//     verdict says what becomes of an entry (stays, ours, theirs, waits, merged, void), as a whole or field by field, and nothing is
//     written yet. The slots of groupRules decide a group in their own way; all other groups move as a whole.
//  2. reconsider: the functions of afterDeciding look at all verdicts together, and change some: a series against its occurrences, a
//     reply for another time, what belongs to the organizer. They use verdict.take, verdict.clash and merging.note.
//  3. write: every verdict is carried out by two editors, file over L1 and body over R1. Then the functions of afterWriting run on the
//     editors: clocks, time zones, SEQUENCE.
//  4. validate: the functions of validators read the two new bodies and complain. A complaint makes the verdicts it names wait, and
//     the merge is written anew.
//
// Verdicts survive until the end, so every step can ask what was changed by whom: see meeting.changedHere, part.meeting.
type (
	// groupRule decides the one verdict of a group; false leaves it to the whole.
	groupRule func(t *meeting, v *verdict) bool
	// pass looks at a whole merge.
	pass func(m *merging)
)

var (
	// groupRules by the name of the slot, as "place".
	groupRules = map[string]groupRule{"description": describe, "place": meetPlace, "done": meetDone, "name": mergeName}
	// afterDeciding may change verdicts before anything is written.
	afterDeciding = []pass{
		dropStale, meetTwins, findSplit, meetSeries, obeyOrganizer, meetReplies,
		seriesMeetsOccasions, laterMeetsOccasions, meetHalves, obeyOccasions, goWithParent, noteCancelled,
		(*merging).cards,
	}
	// afterWriting works on m.file and m.body, when something is to be written there.
	afterWriting = []pass{(*merging).writePreferences, (*merging).setClocks, (*merging).setSequence, (*merging).bringZones}
	// validators may call m.complain on what would be written, as m.newFile and m.newBody.
	validators = []pass{(*merging).validateCards, (*merging).validateCalendar}
)

// merging is one merge at work.
type merging struct {
	Versions
	Context
	noBase bool // there is no pair: what only one side has is an addition
	// converted says that cards of several versions were written in one of them before.
	converted bool
	parts     []*part
	models    four[model]
	// occasions are the occurrences of a series that any body says something of. Overrides are parts, too, and decided here.
	occasions []*occasion
	// expansions of the series that were asked for.
	expansions map[string]*expansion
	split      *split // nil if the series was not split
	// partsByKey and byDay find what a violation is about, once there is one.
	partsByKey map[string][]*part
	byDay      map[string]*occasion

	file, body *editor // of L1 and of R1; in a fast-forward the body is that of L1
	forward    bool    // the body is L1: nothing is carried over

	newFile, newBody *item.Item // what would be written, for validators
	complaints       bool
	invalid          string // what does not fit together, though no slot could be made to wait

	notes     []Note
	conflicts []*Conflict
}

// part is one component in the four bodies.
type part struct {
	*merging
	four[component]
	up     *part // of an alarm
	prefix string
	// With a verdict the component moves in one piece; without one both bodies have it and it is merged slot by slot.
	verdict  *verdict
	meetings []*meeting
	alarms   []*part
}

// meeting returns a slot of a part by name, or nil if no body has it.
func (p *part) meeting(name string) *meeting {
	for _, t := range p.meetings {
		if t.name == name {
			return t
		}
	}
	return nil
}

// changedHere and changedThere say how much a side changed a slot; nil is an unchanged one.
func (t *meeting) changedHere() Strength {
	strongest := None
	if t != nil {
		for _, v := range t.verdicts {
			strongest = max(strongest, v.ours)
		}
	}
	return strongest
}

func (t *meeting) changedThere() Strength {
	strongest := None
	if t != nil {
		for _, v := range t.verdicts {
			strongest = max(strongest, v.theirs)
		}
	}
	return strongest
}

// strongSides reports which sides changed anything at all.
func (m *merging) strongSides() (here, there bool) {
	look := func(v *verdict) {
		if v != nil {
			here, there = here || v.ours == Strong, there || v.theirs == Strong
		}
	}
	var visit func(p *part)
	visit = func(p *part) {
		look(p.verdict)
		for _, t := range p.meetings {
			for _, v := range t.verdicts {
				look(v)
			}
		}
		for _, a := range p.alarms {
			visit(a)
		}
	}
	for _, p := range m.parts {
		visit(p)
	}
	for _, o := range m.occasions {
		look(o.state)
	}
	return here, there
}

// take decides a verdict as a whole.
func (v *verdict) take(o outcome) { v.outcome, v.fields, v.conflict = o, nil, nil }

// note keeps a note once.
func (m *merging) note(kind, slot, text string) {
	for _, n := range m.notes {
		if n.Kind == kind && n.Slot == slot {
			return
		}
	}
	m.notes = append(m.notes, Note{Kind: kind, Slot: slot, Text: text})
}

// complain makes verdicts wait that do not fit together. Those that a choice or the policy settles are settled as it says.
func (m *merging) complain(reason string, verdicts ...*verdict) {
	for _, v := range verdicts {
		if v.conflict == nil && (v.outcome != stays || len(v.fields) > 0) {
			before := v.outcome
			v.clash(reason)
			m.complaints = m.complaints || v.outcome != before
		}
	}
}

// choice is what a person or the policy says of a slot.
func (m *merging) choice(slot string, p *part) Choice {
	if c := m.Choices[slot]; c != Undecided {
		return c
	}
	switch m.Policy {
	case Local:
		return TakeLocal
	case Remote:
		return TakeRemote
	case Newer:
		return p.newer()
	}
	return Undecided
}

// newer says which side changed a component later, by its own clocks.
func (p *part) newer() Choice {
	for p != nil && p.up != nil {
		p = p.up
	}
	if p == nil || p.l1 == nil || p.r1 == nil {
		return Undecided
	}
	for _, name := range []string{"last-modified", "rev"} {
		l, r := p.l1.clock(name), p.r1.clock(name)
		switch {
		case l == "" || r == "" || l == r:
		case l > r:
			return TakeLocal
		default:
			return TakeRemote
		}
	}
	return Undecided
}

// clock is the value of a clock, as the table of a component has it; "" if there is none.
func (c *component) clock(name string) string {
	if s := c.find(name); s != nil && len(s.entries) == 1 {
		return strings.TrimSuffix(s.entries[0].field("value").value(), "Z")
	}
	return ""
}

// readAll reads the four bodies. Bodies that share their bytes share a model.
func (m *merging) readAll() {
	var models [4]*model
	bodies := [4]*item.Item{m.L0, m.L1, m.R0, m.R1}
	card, hashes := isCard(m.L1), map[string]string{}
	versions := card && (m.converted || m.severalVersions())
	skip := m.skips(card)
	for _, i := range []int{1, 3, 0, 2} { // today's first: their trees are edited
		it := bodies[i]
		for _, other := range []int{1, 3, 0} {
			if models[other] != nil && sameBytes(it, bodies[other]) {
				models[i] = models[other]
			}
		}
		switch {
		case models[i] != nil:
		case it == nil:
			models[i] = &model{}
		case card:
			models[i] = readCardOf(cardOf(it), versions, hashes)
		default:
			models[i] = readOccurrences(it, skip[i], m.seriesOf(i))
		}
	}
	if card {
		linkedPhotos(models[2].main(), models[3].main(), m.Host)
	}
	for _, c := range alignComponents(models[0], models[1], models[2], models[3]) {
		m.parts = append(m.parts, m.part(c, nil))
	}
	m.models = four[model]{models[0], models[1], models[2], models[3]}
	m.findOccasions(models[0], models[1], models[2], models[3])
}

// decide finds all verdicts.
func (m *merging) decide() {
	for _, p := range m.parts {
		if !p.any().occurs() {
			p.decide()
		}
	}
	for _, o := range m.occasions {
		o.decide()
	}
}

// seriesOf is where the series of a body without one starts in another body, those of its own side first; nil if it has one.
func (m *merging) seriesOf(i int) *moment {
	bodies := [4]*item.Item{m.L0, m.L1, m.R0, m.R1}
	for _, j := range []int{i, i ^ 1, i ^ 2, i ^ 3} {
		if it := bodies[j]; it != nil && it.Master() != nil && it.Master().Leaf("RECURRENCE-ID") == nil {
			if j == i {
				return nil
			}
			start, _ := newZones(calendarOf(it)).startOf(it.Master())
			return start
		}
	}
	return nil
}

func sameBytes(a, b *item.Item) bool {
	return a == b || a != nil && b != nil && string(a.Bytes()) == string(b.Bytes())
}

// part puts the slots and alarms of a component together.
func (m *merging) part(c four[component], up *part) *part {
	p := &part{merging: m, four: c, up: up, prefix: c.any().prefix}
	if c.l1 == nil || c.r1 == nil {
		return p
	}
	for _, s := range alignSlots(c) {
		p.meetings = append(p.meetings, &meeting{merging: m, part: p, name: s.any().name, kind: s.any().kind, four: s})
	}
	for _, a := range alignAlarms(c) {
		if a.l1 != nil || a.r1 != nil {
			p.alarms = append(p.alarms, m.part(a, p))
		}
	}
	return p
}
