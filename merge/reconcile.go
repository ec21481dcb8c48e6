package merge

import (
	"slices"

	"vgit/repo/item"
)

// Versions are the four bodies of one item: what both sides held when they last agreed, and what they hold today. L is local, R the
// remote; nil is an absent body. Without a base L0 and R0 are both nil.
type Versions struct{ L0, L1, R0, R1 *item.Item }

// Context is what a merge is told besides the bodies. The zero value knows nothing, and rules that need to know do not apply.
type Context struct {
	Me       []string     // the user's own mail addresses, in any case
	Host     string       // of the remote: pictures there may have been put there by it
	Siblings []*item.Item // items that may be the other half of a series that was split
	Policy   Policy       // what becomes of a slot that both changed differently
	Choices  map[string]Choice

	carries bool // the remote is what was done in the file since: of a group it has all
}

// Policy is what becomes of conflicting slots.
type Policy int

const (
	Ask    Policy = iota // they wait
	Local                // ours is taken
	Remote               // theirs is taken
	Newer                // the side whose LAST-MODIFIED or REV is later; equal, missing or deleted: they wait
)

// Choice is a person's answer for one slot, by the name of its Conflict.
type Choice int

const (
	Undecided Choice = iota
	TakeLocal
	TakeRemote
	TakeBoth // sets, maps and texts: both entries, or ours and then theirs
	TakeSeen // ours in all that it says, as theirs had been seen: see Seen
)

// Send is what is to be done on the server.
type Send int

const (
	Nothing Send = iota
	Put
	Delete
)

// Result is what a merge comes to.
type Result struct {
	// Local is the new file; it is L1's own bytes where nothing is to be written, and nil where there is to be no file. While
	// slots are in conflict it is what the file shows: the clean part, and of each conflicting slot ours, or the edit where the
	// other side removed.
	Local []byte
	// Body is what is to be PUT, if Send says so. With conflicts nothing is sent.
	Body      []byte
	Send      Send
	Notes     []Note
	Conflicts []Conflict
}

// Note says that both intentions were kept and that a person should look once. The kinds are those of the documentation of
// conflicts: "stale-html", "place", "series", "shifted", "split", "inherited", "reply-void", "authority", "cancelled",
// "stale-label", "photo-lost", "dangling-member", "server", "not-kept".
type Note struct {
	Kind string
	Slot string
	Text string // one sentence, not sanitised
}

// Conflict is one slot that both sides changed differently, or that would not fit together. The values are for people,
// unescaped and not sanitised; "" is an absent one.
type Conflict struct {
	Slot                string
	Base, Local, Remote string
	ShowsRemote         bool   // the file shows theirs
	Reason              string // "" where both simply changed it
	Suggestion          string
}

// Reconcile merges what both sides did since they agreed: the new file is L1 with the changes R0 to R1, the new body R1 with the
// changes L0 to L1. It is a pure function and gives the same bytes for the same input; every line whose slot did not change keeps
// its bytes. What it cannot read slot by slot and both sides changed is one conflict of the slot "item".
func Reconcile(v Versions, c Context) Result {
	switch {
	case v.L1 == nil || v.R1 == nil:
		return wholeMerge(v, c, "")
	case sameBytes(v.L1, v.R1):
		return Result{Local: v.L1.Bytes()}
	case sameBytes(v.L0, v.L1) && sameBytes(v.R0, v.R1):
		return Result{Local: v.L1.Bytes()}
	}
	if reason := v.whole(); reason != "" {
		return wholeMerge(v, c, reason)
	}
	if result, done := fastForward(v, c); done {
		return result
	}
	if isCard(v.L1) && v.severalVersions() && !(sameBytes(v.L0, v.R0) && sameBytes(v.R0, v.R1)) {
		return reconcileVersions(v, c)
	}
	m := &merging{Versions: v, Context: c, noBase: v.L0 == nil && v.R0 == nil}
	return m.reconcile()
}

// fastForward pulls an item that changed on the server only, byte for byte, if none of that is weak.
func fastForward(v Versions, c Context) (Result, bool) {
	if !sameBytes(v.L0, v.L1) || !sameBytes(v.L0, v.R0) || v.L0 == nil || isCard(v.L0) && movedPhoto(v.R0, v.R1, c.Host) {
		return Result{}, false
	}
	strongest, weak := None, false
	differences(v.R0, v.R1, func(d *delta) bool {
		strongest = max(strongest, d.strength)
		weak = d.strength == Weak || d.strength == Strong && d.weakToo()
		return !weak
	})
	if weak || strongest < Strong {
		return Result{Local: v.L1.Bytes()}, strongest == None
	}
	return Result{Local: v.R1.Bytes()}, true
}

// weakToo reports whether a strong difference of an entry has a weak one of another field in it.
func (d *delta) weakToo() bool {
	if d.a == nil || d.b == nil {
		return false
	}
	for i := range d.a.fields {
		f := &d.a.fields[i]
		if g := d.b.field(f.name); g != nil && f.difference(g) == Weak {
			return true
		}
	}
	return false
}

// reconcile merges slot by slot.
func (m *merging) reconcile() Result {
	m.forward = sameBytes(m.L0, m.R0) && sameBytes(m.R0, m.R1) && m.L0 != nil
	if sameBytes(m.L0, m.L1) {
		m.L0 = m.L1 // a model that is shared is that of the body that is edited
	}
	if sameBytes(m.R0, m.R1) {
		m.R0 = m.R1
	}
	m.readAll()
	for _, it := range []*model{m.models.l0, m.models.l1, m.models.r0, m.models.r1} {
		if it.ambiguous {
			return wholeMerge(m.Versions, m.Context, "two components for one occurrence")
		}
	}
	m.decide()
	for _, reconsider := range afterDeciding {
		reconsider(m)
	}
	m.write()
	m.validate()
	result := m.result()
	if m.invalid != "" && len(result.Conflicts) == 0 {
		return wholeMerge(m.Versions, m.Context, m.invalid)
	}
	return result
}

// rounds is how often a merge that does not fit together is written anew.
const rounds = 4

// validate looks at what would be written. What does not fit together waits, and the merge is written without it.
func (m *merging) validate() {
	for range rounds {
		if !m.file.changed() && !m.body.changed() || len(validators) == 0 {
			return
		}
		m.newFile, m.newBody = item.Parse(m.file.bytes()), item.Parse(m.body.bytes())
		m.complaints = false
		for _, validator := range validators {
			validator(m)
		}
		if !m.complaints {
			return
		}
		m.write()
	}
}

// result collects what a merge comes to.
func (m *merging) result() Result {
	r := Result{Local: m.file.bytes(), Notes: m.notes}
	m.collect(&r)
	if len(r.Conflicts) == 0 && (m.body.changed() || m.forward && m.strongHere()) {
		r.Body, r.Send = m.body.bytes(), Put
	}
	return r
}

// collect lists all conflicts.
func (m *merging) collect(r *Result) {
	for _, p := range m.parts {
		p.collect(r)
	}
	for _, o := range m.occasions {
		if o.state.conflict != nil {
			r.Conflicts = append(r.Conflicts, *o.state.conflict)
		}
	}
	for _, c := range m.conflicts {
		r.Conflicts = append(r.Conflicts, *c)
	}
}

// later suggests a side where there is no base to tell who changed what.
var later = map[Choice]string{TakeLocal: "ours was changed later", TakeRemote: "theirs was changed later"}

// collect lists the conflicts of a part, each slot once.
func (p *part) collect(r *Result) {
	add := func(v *verdict) {
		if v != nil && v.conflict != nil {
			if p.noBase && v.conflict.Suggestion == "" {
				v.conflict.Suggestion = later[p.newer()]
			}
			r.Conflicts = append(r.Conflicts, *v.conflict)
		}
	}
	add(p.verdict)
	for _, t := range p.meetings {
		for _, v := range t.verdicts {
			add(v)
		}
	}
	for _, a := range p.alarms {
		a.collect(r)
	}
}

// strongHere reports whether anything strong was done here.
func (m *merging) strongHere() bool {
	return slices.ContainsFunc(m.parts, (*part).strongHere) ||
		slices.ContainsFunc(m.occasions, func(o *occasion) bool { return o.state.ours == Strong })
}

func (p *part) strongHere() bool {
	if p.verdict != nil && p.verdict.ours == Strong {
		return true
	}
	return slices.ContainsFunc(p.meetings, func(t *meeting) bool { return t.changedHere() == Strong }) ||
		slices.ContainsFunc(p.alarms, (*part).strongHere)
}
