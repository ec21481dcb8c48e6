package dav

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"vgit/remote"
)

// The limits of a multistatus document (P35, S10). A body may be as long as an item, everything else is short.
const (
	maxDepth      = 64
	maxRows       = 1_000_000
	maxShort      = 64 << 10
	maxItem       = 64 << 20
	maxListing    = 512 << 20
	maxParts      = 10_000 // hrefs, properties, elements inside them and their attributes, of one response
	maxScopes     = 256    // xmlns attributes at one point
	maxAttributes = 256    // of one tag
	maxNames      = 200    // that are remembered resolved
	maxName       = 100    // bytes of one of them
)

var (
	errCutXML  = errors.New("the answer ends in the middle")
	errTooLong = errors.New("a part of the answer is longer than any server needs")
)

// status codes that no server sends
const (
	statusNone       = 0  // there is no status element
	statusUnreadable = -1 // there is one, without three digits
)

// row is one response element. The reader uses it again for the next one: keep copies of strings only.
type row struct {
	hrefs     []string // as they came; one but for odd servers
	status    int      // of the response itself, or one of the two above
	condition string   // precondition element of its error element (P38)
	inTheWay  string   // href inside that error (P81)
	propstats int
	worst     int  // the highest status of its propstats
	dirty     bool // characters that XML forbids were replaced: the text is not the item's (P34)
	values    [numProperties]value
	told      [numProperties]int // the status of the last propstat that named it; 0: none did
}

// value is a property that came in a propstat that counts (P28).
type value struct {
	ok   bool
	text string
	kids []element
}

// element is anything inside a property, at any depth.
type element struct {
	name  xml.Name
	text  string
	attrs []attribute
}

// text is a property without blanks around it; "None" and blank count as missing (P18).
func (r *row) text(p property) string {
	s := strings.TrimSpace(r.values[p].text)
	if s == "None" {
		return ""
	}
	return s
}

// has tells whether a property holds the element, at any depth.
func (r *row) has(p property, space, local string) bool {
	for _, k := range r.values[p].kids {
		if k.name.Space == space && k.name.Local == local {
			return true
		}
	}
	return false
}

// inside are the hrefs in a property.
func (r *row) inside(p property) []string {
	var hrefs []string
	for _, k := range r.values[p].kids {
		if k.name == nameHref && strings.TrimSpace(k.text) != "" {
			hrefs = append(hrefs, strings.TrimSpace(k.text))
		}
	}
	return hrefs
}

// tail is what a multistatus says outside of its rows.
type tail struct {
	token remote.Token
	rows  int
}

// multistatusReader walks through one document.
type multistatusReader struct {
	lex     *lexer
	clean   *cleaner
	depth   int
	scopes  []scope
	names   map[string]xml.Name // as the prefixes stand now
	row     row
	parts   int // of row, that are kept
	pending []pendingProperty
}

// scope is one xmlns attribute.
type scope struct {
	prefix, uri string
	depth       int
}

type pendingProperty struct {
	property property
	value    value
}

// readMultistatus calls fn for each response of the document, in its order. The rows count only if it returns without
// error: then the root was a DAV:multistatus, was closed, and nothing followed (P34).
func readMultistatus(body io.Reader, contentType string, fn func(*row) error) (tail, error) {
	src, foreign, err := decoded(bufio.NewReaderSize(body, 32<<10), contentType)
	if err != nil {
		return tail{}, err
	}
	m := &multistatusReader{clean: &cleaner{src: src, decoded: foreign}, names: map[string]xml.Name{}}
	m.lex = newLexer(m.clean)
	t, err := m.document(fn)
	if err != nil {
		return tail{}, readError(err)
	}
	return t, nil
}

// readError tells a cut document from a wrong one.
func readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return remote.Temporary(errCutXML)
	}
	return err
}

// token is a tag with its name resolved, or text.
type token struct {
	kind  lexemeKind
	name  xml.Name
	attrs []attribute
	text  []byte
}

// next gives the next tag or text.
func (m *multistatusReader) next() (token, error) {
	t, err := m.lex.next()
	if err != nil {
		return token{}, err
	}
	switch t.kind {
	case startTag:
		if m.depth++; m.depth > maxDepth {
			return token{}, errTooLong
		}
		if err := m.bind(t.attrs); err != nil {
			return token{}, err
		}
		return token{kind: startTag, name: m.nameOf(t.name), attrs: t.attrs}, nil
	case endTag:
		name := m.nameOf(t.name)
		for len(m.scopes) > 0 && m.scopes[len(m.scopes)-1].depth == m.depth {
			m.scopes = m.scopes[:len(m.scopes)-1]
			clear(m.names)
		}
		m.depth--
		return token{kind: endTag, name: name}, nil
	}
	return token{kind: characters, text: t.text}, nil
}

func (m *multistatusReader) bind(attrs []attribute) error {
	for _, a := range attrs {
		prefix, ok := strings.CutPrefix(a.name, "xmlns")
		if prefix, colon := strings.CutPrefix(prefix, ":"); ok && (colon || prefix == "") {
			if len(m.scopes) >= maxScopes { // each name is looked for in all of them
				return errTooLong
			}
			m.scopes = append(m.scopes, scope{prefix, a.value, m.depth})
			clear(m.names)
		}
	}
	return nil
}

// keeps counts what one response makes us keep.
func (m *multistatusReader) keeps(n int) error {
	if m.parts += n; m.parts > maxParts {
		return errTooLong
	}
	return nil
}

func (m *multistatusReader) namespace(prefix string) string {
	for i := len(m.scopes) - 1; i >= 0; i-- {
		if m.scopes[i].prefix == prefix {
			return m.scopes[i].uri
		}
	}
	return ""
}

var (
	nameMultistatus = xml.Name{Space: nsDAV, Local: "multistatus"}
	nameResponse    = xml.Name{Space: nsDAV, Local: "response"}
	nameSyncToken   = xml.Name{Space: nsDAV, Local: "sync-token"}
	nameHref        = xml.Name{Space: nsDAV, Local: "href"}
	nameStatus      = xml.Name{Space: nsDAV, Local: "status"}
	namePropstat    = xml.Name{Space: nsDAV, Local: "propstat"}
	nameProp        = xml.Name{Space: nsDAV, Local: "prop"}
	nameError       = xml.Name{Space: nsDAV, Local: "error"}
)

func (m *multistatusReader) document(fn func(*row) error) (tail, error) {
	name, err := m.root()
	if err != nil {
		return tail{}, err
	}
	if name != nameMultistatus {
		return tail{}, fmt.Errorf("%w: a document of another kind", remote.ErrNotDAV)
	}
	var t tail
	err = m.children(name, func(start token) error {
		switch start.name {
		case nameResponse:
			if t.rows++; t.rows > maxRows {
				return errTooLong
			}
			return m.response(start.name, fn)
		case nameSyncToken:
			s, err := m.short(start.name)
			t.token = remote.Token(strings.TrimSpace(s))
			return err
		}
		return m.skip(start.name)
	})
	if err != nil {
		return tail{}, err
	}
	return t, m.end()
}

// root reads up to the first element.
func (m *multistatusReader) root() (xml.Name, error) {
	for {
		t, err := m.next()
		if err != nil {
			return xml.Name{}, err
		}
		switch {
		case t.kind == startTag:
			return t.name, nil
		case t.kind == endTag || len(bytes.TrimSpace(t.text)) > 0:
			return xml.Name{}, fmt.Errorf("%w: no XML", remote.ErrNotDAV)
		}
	}
}

// end sees to it that nothing follows the root.
func (m *multistatusReader) end() error {
	for {
		t, err := m.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if t.kind != characters || len(bytes.TrimSpace(t.text)) > 0 {
			return errors.New("something follows the end of the answer")
		}
	}
}

// children calls fn for each element inside the open one. fn reads it to its end.
func (m *multistatusReader) children(open xml.Name, fn func(token) error) error {
	for {
		t, err := m.next()
		if err != nil {
			return err
		}
		switch t.kind {
		case startTag:
			if err := fn(t); err != nil {
				return err
			}
		case endTag:
			return m.matches(open, t)
		}
	}
}

// matches compares an end tag with what it should end.
func (m *multistatusReader) matches(open xml.Name, end token) error {
	if open != end.name {
		return fmt.Errorf("%w: %s ends as %s", errSyntax, cut(open.Local), cut(end.name.Local))
	}
	return nil
}

func (m *multistatusReader) skip(open xml.Name) error {
	return m.children(open, func(start token) error { return m.skip(start.name) })
}

// content reads an element: its own text, and what is inside if kids is not nil.
func (m *multistatusReader) content(open xml.Name, kids *[]element) (string, error) {
	text := ""
	var more []byte // if the text comes in several pieces
	for {
		t, err := m.next()
		if err != nil {
			return "", err
		}
		switch t.kind {
		case characters:
			switch {
			case len(text)+len(more)+len(t.text) > maxItem:
				return "", errTooLong
			case text == "":
				text = string(t.text)
			default:
				more = append(more, t.text...)
			}
		case startTag:
			if kids == nil {
				err = m.skip(t.name)
			} else {
				err = m.kid(t, kids)
			}
			if err != nil {
				return "", err
			}
		case endTag:
			return text + string(more), m.matches(open, t)
		}
	}
}

func (m *multistatusReader) kid(start token, kids *[]element) error {
	if err := m.keeps(1 + len(start.attrs)); err != nil {
		return err
	}
	at := len(*kids)
	*kids = append(*kids, element{name: start.name, attrs: start.attrs})
	text, err := m.content(start.name, kids)
	(*kids)[at].text = text
	return err
}

// short reads the text of an element that is never long.
func (m *multistatusReader) short(open xml.Name) (string, error) {
	m.lex.limit = 2 * maxShort // what is read ahead counts too
	defer func() { m.lex.limit = maxItem }()
	s, err := m.content(open, nil)
	if err == nil && len(s) > maxShort {
		err = errTooLong
	}
	return s, err
}

func (m *multistatusReader) response(open xml.Name, fn func(*row) error) error {
	r := &m.row
	*r = row{hrefs: r.hrefs[:0]}
	m.parts = 0
	err := m.children(open, func(start token) error {
		switch start.name {
		case nameHref:
			s, err := m.short(start.name)
			r.hrefs = append(r.hrefs, s)
			if err == nil {
				err = m.keeps(1)
			}
			return err
		case nameStatus:
			s, err := m.short(start.name)
			r.status = parseStatus(s)
			return err
		case namePropstat:
			return m.propstat(start.name)
		case nameError:
			return m.failure(start.name)
		}
		return m.skip(start.name)
	})
	if err != nil {
		return err
	}
	r.dirty = m.clean.soiled(m.lex.offset())
	return fn(r)
}

func (m *multistatusReader) failure(open xml.Name) error {
	var kids []element
	if _, err := m.content(open, &kids); err != nil {
		return err
	}
	m.row.condition, m.row.inTheWay = condition(kids)
	return nil
}

// condition finds the precondition element of an error element, and an href inside it (P38).
func condition(kids []element) (name, href string) {
	for _, k := range kids {
		switch {
		case k.name == nameHref:
			if href == "" {
				href = strings.TrimSpace(k.text)
			}
		case name == "":
			name = k.name.Local
		}
	}
	return cutTo(rawLength, name), href
}

func (m *multistatusReader) propstat(open xml.Name) error {
	m.pending = m.pending[:0]
	status := statusNone
	err := m.children(open, func(start token) error {
		switch start.name {
		case nameProp:
			return m.children(start.name, m.property)
		case nameStatus:
			s, err := m.short(start.name)
			status = parseStatus(s)
			return err
		case nameError:
			return m.failure(start.name)
		}
		return m.skip(start.name)
	})
	if err != nil {
		return err
	}
	m.settle(status)
	return nil
}

func (m *multistatusReader) property(start token) error {
	p, known := propertyOf[start.name]
	if !known {
		return m.skip(start.name)
	}
	if err := m.keeps(1); err != nil {
		return err
	}
	var v value
	var err error
	switch p {
	case calendarData, addressData:
		v.text, err = m.content(start.name, nil)
	case getETag, scheduleTag, syncToken, getCTag, getContentLength, getLastModified:
		v.text, err = m.short(start.name)
	default:
		v.text, err = m.content(start.name, &v.kids)
	}
	m.pending = append(m.pending, pendingProperty{p, v})
	return err
}

// settle takes the properties of one propstat if its status lets them count (P28).
func (m *multistatusReader) settle(status int) {
	r := &m.row
	if status == statusNone && m.tells() {
		status = 200
	}
	r.propstats++
	r.worst = max(r.worst, status)
	for _, p := range m.pending {
		r.told[p.property] = status
	}
	if status/100 != 2 {
		return
	}
	for _, p := range m.pending {
		if v := &r.values[p.property]; !v.ok {
			*v = p.value
			v.ok = true
		}
	}
}

// tells is whether a propstat without status holds anything, such as an etag or a body: what was not found is empty.
func (m *multistatusReader) tells() bool {
	for _, p := range m.pending {
		if strings.TrimSpace(p.value.text) != "" || len(p.value.kids) > 0 {
			return true
		}
	}
	return false
}

// parseStatus reads a status line leniently: any version or none, no reason phrase, extra blanks (P32).
func parseStatus(line string) int {
	if line == "HTTP/1.1 200 OK" { // the usual case, for speed
		return 200
	}
	fields := strings.Fields(line)
	if len(fields) > 0 && len(fields[0]) >= 4 && strings.EqualFold(fields[0][:4], "HTTP") {
		fields = fields[1:]
	}
	if len(fields) == 0 || len(fields[0]) != 3 {
		return statusUnreadable
	}
	n := 0
	for _, c := range []byte(fields[0]) {
		if c < '0' || c > '9' {
			return statusUnreadable
		}
		n = n*10 + int(c-'0')
	}
	if n < 100 {
		return statusUnreadable
	}
	return n
}
