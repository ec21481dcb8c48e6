package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fatih/color"

	"vgit/merge"
	"vgit/repo"
)

// inPlace is the order of changes: by collection and name.
func inPlace(a, b change) int {
	return cmp.Or(strings.Compare(a.Collection, b.Collection), strings.Compare(a.Name, b.Name))
}

// showDiff prints what differs in one vdir: each collection with its counts, each item, each slot.
func (s *session) showDiff(d *vdirDiff, q comparison) {
	if q.patch {
		for _, c := range d.changes {
			s.showPatch(c.patch)
		}
		return
	}
	colls := map[string][]change{}
	for _, c := range d.changes {
		colls[c.Collection] = append(colls[c.Collection], c)
	}
	for coll := range d.same {
		colls[coll] = append(colls[coll], []change{}...)
	}
	for _, coll := range slices.Sorted(maps.Keys(colls)) {
		fmt.Fprintf(s.Stdout, "%s  (%s)\n", s.bold(repo.Plain(s.place(d.vdir, coll))+"/"), d.counts(colls[coll], coll))
		if q.stat {
			continue
		}
		for _, c := range colls[coll] {
			s.showChange(d, c)
		}
	}
}

func (s *session) showChange(d *vdirDiff, c change) {
	path := s.place(d.vdir, c.Collection) + "/" + c.Name
	words := c.Words
	if words.Sign == 0 && words.Type == "" {
		words = merge.Words{Title: c.Title, When: c.When, Sign: '~'}
	}
	line := repo.Line(words, path)
	if c.Was != "" {
		line += ", was " + repo.Plain(c.Was)
	}
	if c.to == repo.Here && c.state == repo.Do {
		line += ", from " + repo.Plain(strings.Join(c.remotes, ", "))
	} else if len(d.vdir.Remotes) > 1 && len(c.remotes) > 0 {
		line += " [" + repo.Plain(strings.Join(c.remotes, ", ")) + "]"
	}
	fmt.Fprintf(s.Stdout, " %s %s%s\n", s.paint(paintOf(c.Sign), string(c.Sign)), line, clean(c.remark))
	for _, l := range slices.Concat(words.Lines, c.below) {
		fmt.Fprintln(s.Stdout, "     "+whole(l))
	}
}

func paintOf(sign byte) color.Attribute {
	switch sign {
	case '+':
		return color.FgGreen
	case '-':
		return color.FgRed
	case '!':
		return color.FgMagenta
	case '=':
		return color.FgCyan
	}
	return color.FgYellow
}

// counts says how much of what there is: "2 to send, 1 to receive, 1 conflict", or "1 added, 2 changed".
func (d *vdirDiff) counts(all []change, coll string) string {
	n := map[string]int{}
	for _, c := range all {
		n[c.counted()]++
	}
	n["written differently there"] = d.same[coll]
	var parts []string
	for _, what := range []string{"added", "changed", "deleted", "to send", "to receive", "conflict", "held", "refused", "kept", "left", "otherwise there", "written differently there"} {
		switch {
		case n[what] == 0:
		case what == "conflict":
			parts = append(parts, count(n[what], what))
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n[what], what))
		}
	}
	return strings.Join(parts, ", ")
}

// counted is what a change counts as.
func (c *change) counted() string {
	switch {
	case c.step == nil && len(c.remotes) > 0:
		return "otherwise there"
	case c.step == nil:
		return map[byte]string{'+': "added", '~': "changed", '-': "deleted"}[c.Sign]
	case c.state == repo.Waits:
		return "conflict"
	case c.state != repo.Do:
		return string(c.state)
	case c.to == repo.Here:
		return "to receive"
	}
	return "to send"
}
