package item

import (
	"bytes"
	"fmt"
	"strings"
)

// The limits beyond which an item is opaque: it is carried as bytes, and nothing is read in it.
const (
	MaxBytes  = 64 << 20  // bytes of one item
	MaxLines  = 1 << 18   // content lines of one item
	MaxDepth  = 64        // components inside components
	MaxHeader = 256 << 10 // bytes of name and parameters of one line
)

// bom is the byte order mark that some programs put in front of UTF-8.
var bom = []byte("\xef\xbb\xbf")

// scanner cuts bytes into content lines.
type scanner struct {
	rest []byte
	eol  byte // '\n', or '\r' for a file that has no line feed at all: old Lotus exports
}

func newScanner(raw []byte) scanner {
	if bytes.IndexByte(raw, '\n') < 0 {
		return scanner{raw, '\r'}
	}
	return scanner{raw, '\n'}
}

// physical returns the length of the first physical line of b with its line end.
func (s *scanner) physical(b []byte) int {
	if i := bytes.IndexByte(b, s.eol); i >= 0 {
		return i + 1
	}
	return len(b)
}

// next returns the next content line with its continuations, or nil at the end.
func (s *scanner) next() []byte {
	if len(s.rest) == 0 {
		return nil
	}
	n := s.physical(s.rest)
	soft := endsSoft(s.rest[:n]) && quotedPrintable(head(s.rest[:n]))
	for start := 0; n < len(s.rest); {
		if !isBlank(s.rest[n]) && !(soft && endsSoft(s.rest[start:n]) && !isFrame(s.rest[n:])) {
			break
		}
		start = n
		n += s.physical(s.rest[n:])
	}
	line := s.rest[:n]
	s.rest = s.rest[n:]
	return line
}

// endsSoft reports whether a physical line ends in "=", which continues it in quoted-printable.
func endsSoft(line []byte) bool {
	i := len(line)
	for i > 0 && (line[i-1] == '\n' || line[i-1] == '\r') {
		i--
	}
	return i > 0 && i < len(line) && line[i-1] == '='
}

func head(line []byte) []byte {
	if i := bytes.IndexByte(line, ':'); i >= 0 {
		return line[:i]
	}
	return nil
}

// isFrame reports whether b begins with a BEGIN or END line, which no soft break may swallow.
func isFrame(b []byte) bool {
	return hasFold(b, "BEGIN:") || hasFold(b, "END:")
}

func hasFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && strings.EqualFold(string(b[:len(prefix)]), prefix)
}

// newLeaf reads name and group of a line. It reports false if the name and parameters are too long.
func newLeaf(l *Leaf, raw []byte) bool {
	l.Raw = raw
	i, folded := 0, false
	for i < len(raw) && nameByte(raw, i, &folded) {
		i++
	}
	if i == len(raw) || raw[i] != ':' && raw[i] != ';' {
		return true
	}
	colon := i + findColon(raw[i:])
	if colon < i {
		return true
	}
	if colon > MaxHeader {
		return false
	}
	name := raw[:i]
	if folded {
		name = []byte(unfold(name, nil))
	}
	if dot := bytes.LastIndexByte(name, '.'); dot >= 0 {
		l.Group, name = string(name[:dot]), name[dot+1:]
	}
	l.Name, l.colon = upperName(name), colon
	return true
}

// nameByte reports whether raw[i] may stand in a name, folds included.
func nameByte(raw []byte, i int, folded *bool) bool {
	c := raw[i]
	switch {
	case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '.', c == '_':
		return true
	case c == '\r' || c == '\n':
		*folded = true
		return i > 0 && i+1 < len(raw) && (isBlank(raw[i+1]) || raw[i+1] == '\n' || raw[i+1] == '\r')
	case isBlank(c):
		return i > 0 && (raw[i-1] == '\n' || raw[i-1] == '\r')
	}
	return false
}

// findColon returns the index of the first colon outside of quotes; if a quote is never closed, of the first one of all.
func findColon(b []byte) int {
	quoted := false
	for i, c := range b {
		switch c {
		case '"':
			quoted = !quoted
		case ':':
			if !quoted {
				return i
			}
		}
	}
	return bytes.IndexByte(b, ':')
}

// upperName returns the name in upper case of ASCII, whatever the user's language, without allocating for the usual ones.
func upperName(b []byte) string {
	if s, ok := usualNames[string(b)]; ok {
		return s
	}
	var room [32]byte
	upper := append(room[:0], b...)
	for i, c := range upper {
		if 'a' <= c && c <= 'z' {
			upper[i] = c - ('a' - 'A')
		}
	}
	if s, ok := usualNames[string(upper)]; ok {
		return s
	}
	return string(upper)
}

var usualNames = func() map[string]string {
	m := map[string]string{}
	for _, name := range strings.Fields(`BEGIN END UID DTSTAMP DTSTART DTEND DUE DURATION SUMMARY DESCRIPTION LOCATION CREATED
		LAST-MODIFIED SEQUENCE STATUS TRANSP CLASS PRIORITY CATEGORIES RRULE RDATE EXDATE RECURRENCE-ID ORGANIZER ATTENDEE
		TRIGGER ACTION VERSION PRODID CALSCALE METHOD TZID TZOFFSETFROM TZOFFSETTO TZNAME URL ATTACH GEO RELATED-TO COMMENT
		COMPLETED PERCENT-COMPLETE N FN TEL EMAIL ADR ORG TITLE NOTE BDAY PHOTO REV NICKNAME KIND X-ABLABEL IMPP
		VCALENDAR VEVENT VTODO VJOURNAL VALARM VTIMEZONE STANDARD DAYLIGHT VCARD`) {
		m[name] = name
	}
	return m
}()

// builder makes a tree of leaves.
type builder struct {
	raw     []byte
	pos     int          // end of the line at hand
	stack   []*Component // open components, the root first
	balance string       // the first thing wrong with BEGIN and END, in words
	spare   []Leaf       // leaves are allocated in blocks
	lines   int
}

// parse reads raw into a tree. balance says what is wrong with BEGIN and END, limit which limit was met; with a limit the tree
// is a single leaf.
func parse(raw []byte) (root *Component, balance, limit string) {
	if len(raw) > MaxBytes {
		return whole(raw), "", fmt.Sprintf("is larger than %d MiB", MaxBytes>>20)
	}
	b := &builder{raw: raw, stack: []*Component{{raw: raw}}}
	s := newScanner(raw)
	if bytes.HasPrefix(raw, bom) {
		s.rest = raw[len(bom):]
		b.add(Node{Leaf: &Leaf{Raw: raw[:len(bom)]}})
	}
	for line := s.next(); line != nil; line = s.next() {
		b.pos = len(raw) - len(s.rest)
		if limit := b.line(line); limit != "" {
			return whole(raw), "", limit
		}
	}
	if n := len(b.stack); n > 1 {
		b.wrong("BEGIN:%s has no END", b.stack[n-1].Name)
	}
	return b.stack[0], b.balance, ""
}

// whole is the tree of an item that is not looked into.
func whole(raw []byte) *Component {
	return &Component{Nodes: []Node{{Leaf: &Leaf{Raw: raw}}}, raw: raw}
}

func (b *builder) line(raw []byte) (limit string) {
	if b.lines++; b.lines > MaxLines {
		return fmt.Sprintf("has more than %d lines", MaxLines)
	}
	if len(b.spare) == 0 {
		b.spare = make([]Leaf, min(16+b.lines, 1024))
	}
	l := &b.spare[0]
	b.spare = b.spare[1:]
	if !newLeaf(l, raw) {
		return fmt.Sprintf("has a line with more than %d KiB of parameters", MaxHeader>>10)
	}
	name := ""
	if l.Group == "" && (l.Name == "BEGIN" || l.Name == "END") {
		name = upperName([]byte(strings.TrimSpace(l.Value())))
	}
	switch {
	case name == "":
		b.add(Node{Leaf: l})
	case l.Name == "BEGIN":
		if len(b.stack) > MaxDepth {
			return fmt.Sprintf("nests components more than %d deep", MaxDepth)
		}
		c := &Component{Name: name, Begin: l, at: b.pos - len(raw)}
		b.add(Node{Component: c})
		b.stack = append(b.stack, c)
	default:
		b.end(name, l)
	}
	return ""
}

func (b *builder) add(n Node) {
	top := b.stack[len(b.stack)-1]
	if top.Nodes == nil {
		top.Nodes = make([]Node, 0, 16)
	}
	top.Nodes = append(top.Nodes, n)
}

// end closes the innermost open component of that name, and what stands open inside it. An END of nothing stays as a leaf.
func (b *builder) end(name string, l *Leaf) {
	for i := len(b.stack) - 1; i > 0; i-- {
		if b.stack[i].Name != name {
			continue
		}
		if i < len(b.stack)-1 {
			b.wrong("BEGIN:%s has no END", b.stack[len(b.stack)-1].Name)
		}
		b.stack[i].End, b.stack[i].raw = l, b.raw[b.stack[i].at:b.pos]
		b.stack = b.stack[:i]
		return
	}
	b.wrong("END:%s has no BEGIN", name)
	b.add(Node{Leaf: l})
}

func (b *builder) wrong(format, name string) {
	if b.balance == "" {
		b.balance = fmt.Sprintf(format, name)
	}
}
