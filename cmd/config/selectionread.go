package config

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// selections reads the `collections` of a remote: a list of patterns or a table.
type selections struct{}

func (selections) read(r *reader, at place, n *node) (any, bool) {
	switch {
	case n.kind == isArray && !n.repeats:
		return readPatterns(r, at, n)
	case n.kind == isTable:
		return readPairings(r, at, n)
	case n.kind == isString:
		r.fail(n.line, at.full, "%q: expected a list or a table; write [ ] around it", at.name)
	default:
		r.fail(n.line, at.full, "%q: expected a list of patterns or a table { NAME = ID }", at.name)
	}
	return nil, false
}

func readPatterns(r *reader, at place, n *node) (any, bool) {
	got, ok := words{}.read(r, at, n)
	if !ok {
		return nil, false
	}
	var s Selection
	takes := false
	for i, text := range got.([]string) {
		if what := checkPattern(text); what != "" {
			r.fail(n.items[i].line, at.full, "%q: %s", at.name, what)
			ok = false
		}
		takes = takes || !strings.HasPrefix(text, "!")
		// The last match decides, so that only the last of two equal patterns counts (V59).
		s.List = append(slices.DeleteFunc(s.List, func(other string) bool { return other == text }), text)
	}
	if ok && len(s.List) > 0 && !takes {
		r.warn(n.line, `%q: only exclusions, so nothing is taken; begin the list with "*"`, at.name)
	}
	return s, ok
}

// checkPattern tells what is wrong with an entry of a list. It does not quote an address, which may hold a password.
func checkPattern(text string) string {
	p := parsePattern(text)
	_, err := path.Match(p.glob, "")
	switch {
	case strings.Contains(text, "/") || p.glob == ".":
		return "an address does not go in a list but in a table, { NAME = ADDRESS }"
	case err != nil:
		return fmt.Sprintf("%q is no valid pattern", text)
	case p.glob == "":
		return fmt.Sprintf("%q names nothing", text)
	}
	return ""
}

func readPairings(r *reader, at place, n *node) (any, bool) {
	s := Selection{Table: []Pairing{}}
	ok := true
	for _, dir := range n.keys {
		child := n.fields[dir]
		full := at.full + "." + dir
		if child.kind != isString {
			r.fail(child.line, full, "%q: %q: expected a string", at.name, dir)
			ok = false
			continue
		}
		if dir == "*" && child.text == "*" {
			s.Rest = true
			continue
		}
		p := Pairing{dir, child.text}
		what := checkPairing(p)
		if i := slices.IndexFunc(s.Table, p.same); what == "" && i >= 0 {
			what = "is the collection of " + quoted([]string{s.Table[i].Dir}) + " already"
		}
		if what != "" {
			r.fail(child.line, full, "%q: %q %s", at.name, dir, what)
			ok = false
		}
		s.Table = append(s.Table, p)
	}
	return s, ok
}

// same tells whether two entries mean one collection.
func (p Pairing) same(o Pairing) bool {
	if p.At == o.At {
		return true
	}
	return strings.Contains(p.At, "/") && strings.Contains(o.At, "/") && (samePlace(p.At, o.At) && samePlace(o.At, p.At))
}

// checkPairing tells what is wrong with an entry of a table. Its name becomes a directory (S1, S4).
func checkPairing(p Pairing) string {
	reserved := []string{"head", "objects", "refs", "config", "hooks"}
	switch {
	case p.Dir == "" || p.Dir[0] == '.' || p.Dir[0] == '-' || len(p.Dir) > 200 || slices.Contains(reserved, strings.ToLower(p.Dir)):
		return "cannot be the name of a directory here"
	case strings.ContainsFunc(p.Dir, func(c rune) bool { return c < ' ' || c == 0x7f || strings.ContainsRune(`/\:*?"<>|`, c) }):
		return "cannot be the name of a directory here"
	case strings.HasSuffix(p.Dir, ".") || strings.HasSuffix(p.Dir, " ") || strings.TrimSpace(p.Dir) != p.Dir:
		return "cannot be the name of a directory here"
	case p.At == "" || p.At == "*":
		return `needs an id, a path, an address or "."`
	case strings.Contains(p.At, "://"):
		if a, cut, what := parseAddress(p.At); what != "" || cut || a.URL == nil {
			return "needs an address like https://cloud.example.org/dav/calendars/ada/work/"
		}
	}
	return ""
}
