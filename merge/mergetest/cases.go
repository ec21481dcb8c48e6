// Package mergetest has the cases of a merge, for the tests of merge and for whoever drives a merge from outside: it reads
// their notation and makes the bodies of them.
//
// A case is a fixture, edits that make a base of it, and edits on both sides; and what must come out. The notation is written
// down in the documentation of Load and of the edits in edits.go. The package knows neither merge nor item: what it says does
// not depend on what it tests.
package mergetest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Case is one case with its bodies. A body that is nil is absent; that is not the same as an empty one.
type Case struct {
	Number  int
	Scope   string // "A" the core, "B" what comes second
	Fixture string // the upper-case name of the fixture
	Title   string

	L0, L1, R0, R1 []byte
	Me             []string // addresses of the user
	Sibling        []byte   // the other half of a series that was split, or nil

	Outcome  string // "clean", "note" or "conflict"
	About    string // the kind of the note, or how the name of the slot begins
	File     []byte // the local file afterwards
	Send     string // "put", "delete" or "none"
	Body     []byte // what is PUT
	InFile   []string
	InBody   []string // upper-case names of the properties that the expected edits touch, for what is bookkeeping
	Besides  string   // what more must hold, in words
	ours     []string
	theirs   []string
	fixtures string
}

// Kind is the kind of collection that the case's item lies in.
func (c *Case) Kind() string {
	if c.Fixture == "C0" {
		return "contacts"
	}
	return "calendar"
}

// Ext is what a file of the case's item ends in.
func (c *Case) Ext() string {
	if c.Fixture == "C0" {
		return ".vcf"
	}
	return ".ics"
}

// Load reads all cases below a directory, which has the notation in cases/*.txt and the fixtures in fixtures/. They come by
// number.
//
// A case is a line with its number, its scope and its fixture, and lines that begin with a mark: B: edits of the fixture that
// give the base (none: there is no base), O: and T: edits of the base that give ours and theirs, or with two bases L0:, R0:,
// L1: and R1:; => the outcome; L: the file afterwards and P: the body, as edits of the base; M: addresses of the user; S: edits
// of the fixture that give the sibling; X: in words what more must hold. P: missing says that nothing is sent after a conflict,
// and else that the body is as the file. A line that begins with # is the title of the case after it.
func Load(dir string) ([]*Case, error) {
	files, err := filepath.Glob(filepath.Join(dir, "cases", "*.txt"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no cases below %s: %v", dir, err)
	}
	var cases []*Case
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for block := range strings.SplitSeq(string(text), "\n\n") {
			if strings.TrimSpace(block) == "" {
				continue
			}
			c, err := read(filepath.Join(dir, "fixtures"), block)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			cases = append(cases, c)
		}
	}
	slices.SortFunc(cases, func(a, b *Case) int { return a.Number - b.Number })
	return cases, nil
}

// Fixture returns the bytes of the fixture of that name.
func Fixture(dir, name string) ([]byte, error) {
	ext := ".ics"
	if strings.HasPrefix(name, "C") {
		ext = ".vcf"
	}
	return os.ReadFile(filepath.Join(dir, "fixtures", strings.ToLower(name)+ext))
}

// read reads one case.
func read(fixtures, block string) (*Case, error) {
	c := &Case{fixtures: fixtures}
	fields := map[string]string{}
	for line := range strings.SplitSeq(block, "\n") {
		if title, ok := strings.CutPrefix(line, "# "); ok {
			c.Title = title
			continue
		}
		if !strings.HasPrefix(line, " ") {
			if n, err := fmt.Sscanf(line, "%d %s %s", &c.Number, &c.Scope, &c.Fixture); n != 3 && line != "" {
				return nil, fmt.Errorf("%q: %v", line, err)
			}
			continue
		}
		mark, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		fields[mark] = strings.TrimSpace(rest)
	}
	if err := c.fill(fields); err != nil {
		return nil, fmt.Errorf("case %02d: %w", c.Number, err)
	}
	return c, nil
}

// fill makes the bodies of a case of its fields.
func (c *Case) fill(fields map[string]string) error {
	for mark := range fields {
		if !slices.Contains([]string{"B:", "O:", "T:", "L0:", "R0:", "L1:", "R1:", "=>", "L:", "P:", "M:", "S:", "X:"}, mark) {
			return fmt.Errorf("unknown mark %q", mark)
		}
	}
	c.Me, c.Besides = strings.Fields(fields["M:"]), fields["X:"]
	c.outcome(fields["=>"])
	fixture, err := Fixture(filepath.Dir(c.fixtures), c.Fixture)
	if err != nil {
		return err
	}
	m := &maker{}
	first := parse(fixture)
	if edits, ok := fields["S:"]; ok {
		c.Sibling = m.make(first, split(edits), "").bytes()
	}
	base, baseOfBody := c.sides(m, first, fields)
	c.expected(m, base, baseOfBody, fields)
	return m.err
}

// outcome reads "clean", "note(kind)" or "conflict(slot)".
func (c *Case) outcome(s string) {
	word, rest, _ := strings.Cut(s, "(")
	c.Outcome, c.About = word, strings.TrimSuffix(rest, ")")
}

// sides makes the four bodies, and returns what the expected file and the expected body are edits of.
func (c *Case) sides(m *maker, first *doc, fields map[string]string) (base, baseOfBody *doc) {
	if _, two := fields["L0:"]; two {
		l0, r0 := m.make(first, split(fields["L0:"]), ""), m.make(first, split(fields["R0:"]), "")
		c.ours, c.theirs = split(fields["L1:"]), split(fields["R1:"])
		c.L0, c.R0 = l0.bytes(), r0.bytes()
		c.L1, c.R1 = m.make(l0, c.ours, ourClock).bytes(), m.make(r0, c.theirs, theirClock).bytes()
		return l0, r0
	}
	base = first
	if fields["B:"] != "none" {
		base = m.make(first, split(fields["B:"]), "")
		c.L0 = base.bytes()
		c.R0 = c.L0
	}
	c.ours, c.theirs = split(fields["O:"]), split(fields["T:"])
	c.L1, c.R1 = m.make(base, c.ours, ourClock).bytes(), m.make(base, c.theirs, theirClock).bytes()
	return base, base
}

// expected makes what must come out.
func (c *Case) expected(m *maker, base, baseOfBody *doc, fields map[string]string) {
	file := c.expand(fields["L:"])
	c.File, c.InFile = m.make(base, file, "").bytes(), names(file)
	if fields["L:"] == "O" {
		c.File = c.L1 // a file that cannot be read has no edits that come out the same
	}
	put, ok := fields["P:"]
	switch {
	case put == "none", !ok && c.Outcome == "conflict":
		c.Send = "none"
		return
	case put == "DELETE":
		c.Send = "delete"
		return
	}
	body := file
	if ok {
		body = c.expand(put)
	}
	c.Send, c.Body, c.InBody = "put", m.make(baseOfBody, body, "").bytes(), names(body)
}

// expand puts the edits of the sides in the place of O, T and O+T.
func (c *Case) expand(edits string) []string {
	var all []string
	for _, e := range split(edits) {
		switch e {
		case "O":
			all = append(all, c.ours...)
		case "T":
			all = append(all, c.theirs...)
		case "O+T":
			all = append(append(all, c.ours...), c.theirs...)
		default:
			all = append(all, e)
		}
	}
	return all
}

// Dump writes the bodies of a case into a directory, which must exist: local, base, remote, and remote-base where it differs
// from the base, each with the ending of its kind. Absent bodies are left out. It returns the names by role.
func (c *Case) Dump(dir string) (map[string]string, error) {
	names := map[string]string{}
	bodies := map[string][]byte{"local": c.L1, "base": c.L0, "remote": c.R1, "sibling": c.Sibling}
	if !slices.Equal(c.L0, c.R0) {
		bodies["remote-base"] = c.R0
	}
	for role, body := range bodies {
		if body == nil {
			continue
		}
		name := filepath.Join(dir, role+c.Ext())
		if err := os.WriteFile(name, body, 0o644); err != nil {
			return nil, err
		}
		names[role] = name
	}
	return names, nil
}
