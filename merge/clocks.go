package merge

// setClocks gives what is written the later of both clocks, of CREATED the earlier. The merge never takes the time of the day, so that
// it gives the same bytes after a crash.
func (m *merging) setClocks() {
	for _, ed := range []*editor{m.file, m.body} {
		if !ed.changed() || ed == m.body && m.forward {
			continue
		}
		for _, p := range m.parts {
			p.setClocks(ed)
		}
	}
}

func (p *part) setClocks(ed *editor) {
	if p.l1 == nil || p.r1 == nil {
		return
	}
	for _, t := range p.meetings {
		if t.kind == clock && !(ed == p.file && dismissals[t.name] && t.l1 == nil) {
			t.setClock(ed)
		}
	}
	for _, a := range p.alarms {
		a.setClocks(ed)
	}
}

// setClock gives one clock of a body the value of the other side, if that is the one that wins. A body that has no such clock gets one
// only if the other side has just added it.
func (t *meeting) setClock(ed *editor) {
	have, want, base, into := t.l1.one(), t.r1.one(), t.r0.one(), t.part.l1.src
	if ed == t.body {
		have, want, base, into = t.r1.one(), t.l1.one(), t.l0.one(), t.part.r1.src
	}
	switch {
	case want == nil || want.leaf == nil || ed.it == nil:
	case have == nil:
		if base == nil || dismissals[t.name] {
			ed.insert(into, want.leaf)
		}
	case have.leaf != nil && wins(t.name, want.field("value").value(), have.field("value").value()):
		ed.replace(have.leaf, want.leaf)
	}
}

// wins reports whether one value of a clock beats another.
func wins(name, a, b string) bool {
	switch name {
	case "created":
		return a < b && a != ""
	case "sequence", "x-moz-generation":
		return len(a) > len(b) || len(a) == len(b) && a > b
	}
	return a > b
}

// dismissals are the clocks with a privilege: what was dismissed elsewhere must not ring again here, so a rise there is pulled by itself.
var dismissals = map[string]bool{"acknowledged": true, "x-moz-lastack": true, "x-lastack": true}

// pullDismissals writes what was dismissed on the server since the base.
func (p *part) pullDismissals() {
	if p.l1 == nil || p.r1 == nil {
		return
	}
	for _, t := range p.meetings {
		if !dismissals[t.name] {
			continue
		}
		base, now := t.r0.one().field("value").value(), t.r1.one().field("value").value()
		if now > base && now > t.l1.one().field("value").value() {
			t.setClock(p.file)
		}
	}
	for _, a := range p.alarms {
		a.pullDismissals()
	}
}
