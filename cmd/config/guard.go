package config

import "maps"

// Limit is a row of [guard]: how many items may be written at once. They are held from Least on if they are more than Percent of the
// collection, and from Most on in any case; no Most is 0.
type Limit struct{ Least, Percent, Most int }

// Guard are the limits between a vdir and one of its remotes.
type Guard struct {
	PushDeletions, PushChanges Limit
	PullDeletions, PullChanges Limit
	PullRollback               Limit
	Additions, Attendees       Limit
}

// Guard is what holds between a vdir and its remote of that name: number by number what the remote says, else the vdir, else [guard].
func (c *Config) Guard(v *VDir, remote string) Guard {
	rows := c.guard
	if v != nil {
		rows = rows.under(v.guard)
	}
	if r := c.Remotes[remote]; r != nil {
		rows = rows.under(r.guard)
	}
	row := func(name string) Limit {
		l := rows[name]
		return Limit{l["least"], l["percent"], l["most"]}
	}
	return Guard{
		PushDeletions: row("push_deletions"), PushChanges: row("push_changes"),
		PullDeletions: row("pull_deletions"), PullChanges: row("pull_changes"),
		PullRollback: row("pull_rollback"),
		Additions:    row("additions"), Attendees: row("attendees"),
	}
}

// limit is a row as it is written: the numbers that are given, by name.
type limit map[string]int

var limitParts = []string{"least", "percent", "most"}

// under is the row with what another says of it put over it.
func (l limit) under(other limit) limit {
	all := maps.Clone(l)
	maps.Copy(all, other)
	return all
}

// shape is the row as it is written.
func (l limit) shape() any {
	all := object{}
	for _, name := range limitParts {
		if n, given := l[name]; given {
			all = append(all, member{name, n})
		}
	}
	return all
}

// limitRows are the rows of a guard that are given, by key.
type limitRows map[string]limit

func (g limitRows) under(other limitRows) limitRows {
	all := maps.Clone(g)
	for name, l := range other {
		all[name] = all[name].under(l)
	}
	return all
}

func (g limitRows) shape() any {
	all := object{}
	for _, k := range guardKeys {
		if l, given := g[k.name]; given {
			all = append(all, member{k.name, l.shape()})
		}
	}
	return all
}

// rowsOf are the rows of a table of limits.
func rowsOf(t table) limitRows {
	rows := limitRows{}
	for name, s := range t.settings {
		if l, ok := s.value.(limit); ok {
			rows[name] = l
		}
	}
	return rows
}

// complete gives each row of [guard] the numbers that it does not name.
func (t table) complete() {
	for name, s := range t.settings {
		if l, ok := s.value.(limit); ok {
			s.value = s.key.def.(limit).under(l)
			t.settings[name] = s
		}
	}
}

// limits reads a limit with percentages up to a bound.
type limits struct{ percent int }

func (l limits) read(r *reader, at place, n *node) (any, bool) {
	if !r.want(isTable, at, n) {
		return nil, false
	}
	got, ok := limit{}, true
	for _, name := range n.keys {
		full := place{at.full + "." + name, name}
		most, known := map[string]int{"least": 1 << 30, "percent": l.percent, "most": 1 << 30}[name]
		if !known {
			r.unknown(n.fields[name].line, full.full, "unknown key %q", name, limitParts)
			ok = false
			continue
		}
		v, good := count{0, most}.read(r, full, n.fields[name])
		if good {
			got[name] = v.(int)
		}
		ok = ok && good
	}
	return got, ok
}

// guards is a table of limits inside a vdir or a remote.
type guards struct{}

func (guards) read(r *reader, at place, n *node) (any, bool) {
	if !r.want(isTable, at, n) {
		return nil, false
	}
	return rowsOf(r.table(at.full, guardKeys, n)), true
}
