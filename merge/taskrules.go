package merge

import "strconv"

// How far a task is, and properties of which one is derived from the other.

// taskStep is how far a task is.
type taskStep struct {
	rank    int // of the status
	percent int
	known   bool // a status of the ladder, and a number
}

var ranks = map[string]int{"": 0, "NEEDS-ACTION": 0, "IN-PROCESS": 1, "COMPLETED": 2}

const completed = 2

func stepOf(e *entry) taskStep {
	p := taskStep{}
	p.rank, p.known = ranks[e.field("status").value()]
	if f := e.field("percent-complete"); f != nil {
		n, err := strconv.Atoi(f.exact)
		p.percent, p.known = n, p.known && err == nil
	}
	return p
}

// meetDone merges how far a task is. Where it went ahead on both sides, it is as far as the one that is farther.
func meetDone(_ *meeting, v *verdict) bool {
	if !v.bothDiffer() {
		return false
	}
	if v.l1 == nil && len(linesOf(v.part.l1.src, "STATUS")) > 0 {
		v.l1 = &entry{} // set back to what means nothing, which is no removal
	}
	l0, l1, r0, r1 := stepOf(v.l0), stepOf(v.l1), stepOf(v.r0), stepOf(v.r1)
	for _, p := range []taskStep{l0, l1, r0, r1} {
		if !p.known {
			return false
		}
	}
	up := func(from, to taskStep) bool { return to.rank >= from.rank && to.percent >= from.percent }
	if !up(l0, l1) || !up(r0, r1) {
		return false
	}
	status := pick(l1.rank > r1.rank || l1.rank == r1.rank && l1.percent >= r1.percent, ours, theirs)
	far, other := l1, r1
	if status == theirs {
		far, other = r1, l1
	}
	percent := status
	switch {
	case far.rank == completed:
		if far.percent != 100 && pick(status == ours, v.l1, v.r1).field("percent-complete") != nil {
			return false
		}
	case other.percent == 100:
		return false // done by one measure only
	case other.percent > far.percent:
		percent = pick(status == ours, theirs, ours)
	}
	for _, f := range []fieldVerdict{{name: "STATUS", outcome: status}, {name: "PERCENT-COMPLETE", outcome: percent}, {name: "COMPLETED", outcome: v.earlier(status)}} {
		if !v.alike(f.name) {
			v.fields = append(v.fields, f)
		}
	}
	return true
}

// earlier says whose COMPLETED is the earlier one of those that there are.
func (v *verdict) earlier(otherwise outcome) outcome {
	l, r := v.l1.field("completed"), v.r1.field("completed")
	switch {
	case l == nil && r == nil:
		return otherwise
	case r == nil:
		return ours
	case l == nil || r.exact < l.exact:
		return theirs
	}
	return ours
}

// twins are properties that say one thing twice: servers derive one from the other.
var twins = []struct {
	slot  string
	names []string
	means func(name, value string) string
}{
	{"busy", []string{"transp", "x-microsoft-cdo-busystatus", "x-microsoft-cdo-intendedstatus"}, meansBusy},
	{"access", []string{"class", "x-calendarserver-access"}, meansAccess},
}

// meansBusy is what a property says of the time of an event; "" is nothing.
func meansBusy(name, value string) string {
	switch {
	case name == "transp" && value != "TRANSPARENT":
		return "busy"
	case name == "transp", value == "FREE":
		return "free"
	case value == "":
		return ""
	}
	return "busy"
}

// meansAccess is what a property says of who may see an event; "" is nothing.
func meansAccess(name, value string) string {
	switch {
	case name == "class" && value == "", value == "PUBLIC":
		return "public"
	case value == "":
		return ""
	}
	return "private"
}

// meetTwins finds properties that both sides changed, each another one of the same matter. Where they do not say the same, they wait.
func meetTwins(m *merging) {
	for _, p := range m.parts {
		for _, twin := range twins {
			said := map[string]bool{}
			var moved []*verdict
			here, there := false, false
			for _, name := range twin.names {
				t := p.meeting(name)
				if t == nil || len(t.verdicts) != 1 {
					continue
				}
				v := t.verdicts[0]
				mine, other := v.goes()
				if !mine && !other {
					continue
				}
				here, there, moved = here || mine, there || other, append(moved, v)
				if word := twin.means(name, pick(mine, v.l1, v.r1).field("value").value()); word != "" {
					said[word] = true
				}
			}
			if here && there && len(said) > 1 {
				m.waitTogether(twin.slot, "", p, moved...)
			}
		}
	}
}

// goes reports whether something is taken from here, and from there.
func (v *verdict) goes() (here, there bool) {
	here, there = v.outcome == ours, v.outcome == theirs
	for _, f := range v.fields {
		here, there = here || f.outcome == ours, there || f.outcome == theirs
	}
	return here, there
}

// waitTogether makes one conflict of several verdicts, or what a choice or the policy says of it.
func (m *merging) waitTogether(slot, reason string, p *part, verdicts ...*verdict) {
	name := p.prefix + slot
	outcome := stays
	switch m.choice(name, p) {
	case TakeLocal:
		outcome = ours
	case TakeRemote:
		outcome = theirs
	case TakeBoth:
		return
	}
	c := &Conflict{Slot: name, Reason: reason}
	for _, v := range verdicts {
		c.Base, c.Local, c.Remote = bothTexts(c.Base, either(v.l0, v.r0).text()), bothTexts(c.Local, v.l1.text()), bothTexts(c.Remote, v.r1.text())
		v.take(outcome)
	}
	if outcome == stays {
		m.conflicts = append(m.conflicts, c)
	}
}

func bothTexts(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
