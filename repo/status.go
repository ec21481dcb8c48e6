package repo

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"vgit/remote"
)

// Owed is an href whose body could not be read yet and must be asked for again.
type Owed struct {
	Href remote.Href
	ETag remote.ETag
}

// Status is what a snapshot knows of one collection: the file `.vgit/collection/COLL` of docs/format.md 4.3.
type Status struct {
	Directory  string // "." with the layout single
	Href       remote.Href
	Kind       remote.Kind
	Token      remote.Token
	CTag       string
	Listed     time.Time // zero: never listed completely
	Missing    time.Time // since when the account does not show it; zero: it does
	Learned    map[string]string
	Properties map[string]string
	Owed       []Owed
	Rows       []Row // sorted by Name

	// newlyOwed: something is owed that was not before this run. It is not written down.
	newlyOwed bool

	unknown []string // records of keys this version does not know, written back as they came
	rest    string   // item lines not parsed yet
}

const timeFormat = "2006-01-02T15:04:05Z"

// ParseStatusHead reads all but the item lines, which stay in rest until ParseRows: a quiet sync needs the token only.
func parseStatusHead(file string, b []byte) (*Status, error) {
	rest, err := textHead(file, "collection", b)
	if err != nil {
		return nil, err
	}
	s := &Status{Learned: map[string]string{}, Properties: map[string]string{}}
	for {
		line, tail, ok := nextLine(rest)
		if !ok {
			return nil, fmt.Errorf("%s: ends in its head", file)
		}
		rest = tail
		if line == "" {
			break
		}
		f, err := readRecord(line, 3)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if err := s.setHead(f, line); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	s.rest = rest
	return s, nil
}

// headFields are how many fields a known record has, with its key.
var headFields = map[string]int{"directory": 2, "href": 2, "kind": 2, "token": 2, "ctag": 2, "listed": 2, "missing": 2, "learned": 3, "prop": 3, "owed": 3}

func (s *Status) setHead(f []string, line string) (err error) {
	if n, known := headFields[f[0]]; known && beyond(f, n) {
		return &ErrNewer{File: collectionsDir + " (" + f[0] + ")", Version: textVersion + 1}
	}
	switch f[0] {
	case "directory":
		s.Directory = f[1]
	case "href":
		s.Href = remote.Href(f[1])
	case "kind":
		s.Kind = remote.Kind(f[1])
	case "token":
		s.Token = remote.Token(f[1])
	case "ctag":
		s.CTag = f[1]
	case "listed":
		s.Listed, err = time.Parse(timeFormat, f[1])
	case "missing":
		s.Missing, err = time.Parse(timeFormat, f[1])
	case "learned":
		s.Learned[f[1]] = f[2]
	case "prop":
		s.Properties[f[1]] = f[2]
	case "owed":
		s.Owed = append(s.Owed, Owed{Href: remote.Href(f[1]), ETag: remote.ETag(f[2])})
	default:
		s.unknown = append(s.unknown, line)
	}
	return err
}

// parseRows reads the item lines that parseStatusHead left.
func (s *Status) parseRows(file string) error {
	rest := s.rest
	if rest == "" {
		return nil
	}
	s.Rows = make([]Row, 0, strings.Count(rest, "\n"))
	for {
		line, tail, ok := nextLine(rest)
		if !ok {
			break
		}
		rest = tail
		r, err := parseRow(line)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if n := len(s.Rows); n > 0 && s.Rows[n-1].Name >= r.Name {
			return fmt.Errorf("%s: %q is out of order", file, r.Name)
		}
		s.Rows = append(s.Rows, r)
	}
	s.rest = ""
	return nil
}

// bytes writes the file; parse and bytes are inverse.
func (s *Status) bytes() []byte {
	var b bytes.Buffer
	b.Grow(256 + 160*len(s.Rows) + len(s.rest))
	writeHead(&b, "collection")
	writeRecord(&b, "directory", s.Directory)
	writeRecord(&b, "href", string(s.Href))
	writeRecord(&b, "kind", string(s.Kind))
	if s.Token != "" {
		writeRecord(&b, "token", string(s.Token))
	}
	if s.CTag != "" {
		writeRecord(&b, "ctag", s.CTag)
	}
	if !s.Listed.IsZero() {
		writeRecord(&b, "listed", s.Listed.UTC().Format(timeFormat))
	}
	if !s.Missing.IsZero() {
		writeRecord(&b, "missing", s.Missing.UTC().Format(timeFormat))
	}
	writeMap(&b, "learned", s.Learned)
	writeMap(&b, "prop", s.Properties)
	owed := slices.Clone(s.Owed)
	sort.Slice(owed, func(i, j int) bool { return owed[i].Href < owed[j].Href })
	for _, o := range owed {
		writeRecord(&b, "owed", string(o.Href), string(o.ETag))
	}
	for _, line := range s.unknown {
		b.WriteString(line + "\n")
	}
	b.WriteByte('\n')
	for i := range s.Rows {
		s.Rows[i].write(&b)
	}
	b.WriteString(s.rest)
	return b.Bytes()
}

func writeMap(b *bytes.Buffer, key string, m map[string]string) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		writeRecord(b, key, k, m[k])
	}
}

// row finds a row by name, nil if there is none.
func (s *Status) row(name string) *Row {
	i, ok := s.find(name)
	if !ok {
		return nil
	}
	return &s.Rows[i]
}

// find gives the place of a name among the rows, or the place where it belongs.
func (s *Status) find(name string) (int, bool) {
	return slices.BinarySearchFunc(s.Rows, name, func(r Row, n string) int { return strings.Compare(r.Name, n) })
}

// marked tells whether some row may have a flag, without reading the rows.
func (s *Status) marked(flag string) bool {
	if s.rest != "" {
		if !strings.Contains(s.rest, "\t"+flag) && !strings.Contains(s.rest, ","+flag) {
			return false
		}
		for line := range strings.Lines(s.rest) {
			if f := strings.SplitN(line, "\t", 6); len(f) > 4 && strings.Contains(f[4], flag) {
				return true
			}
		}
		return false
	}
	return slices.ContainsFunc(s.Rows, func(r Row) bool { return strings.Contains(r.Flags.String(), flag) })
}

func (s *Status) sort() {
	slices.SortFunc(s.Rows, func(a, b Row) int { return strings.Compare(a.Name, b.Name) })
}

// clone returns a copy whose rows and maps may be changed.
func (s *Status) clone() *Status {
	c := *s
	c.Rows = slices.Clone(s.Rows)
	c.Owed = slices.Clone(s.Owed)
	c.Learned = maps.Clone(s.Learned)
	c.Properties = maps.Clone(s.Properties)
	return &c
}
