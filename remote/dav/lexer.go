package dav

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// lexer splits an XML document into tags and text, without copying what nobody wants to keep. It knows the part of XML
// that answers are made of: elements, attributes, text, CDATA; comments and processing instructions are passed over, a
// DOCTYPE is refused (P35). It is several times faster than the decoder of the standard library, which a test holds it
// against. Namespaces and nesting are the reader's business.
type lexer struct {
	r     io.Reader
	buf   []byte
	pos   int   // of what is not read yet, in buf
	end   int   // of what is in buf
	base  int64 // offset of buf[0] in the document
	err   error // that ended the input
	limit int   // bytes of one token

	closing []byte // name of an element that is empty, whose end comes next
	text    []byte // for text that is not as it stands in buf
}

// lexeme is one tag or text. Its bytes are valid until the next one is asked for.
type lexeme struct {
	kind  lexemeKind
	name  []byte // of a tag, with prefix
	attrs []attribute
	text  []byte
}

type lexemeKind int

const (
	startTag lexemeKind = iota
	endTag
	characters
)

// attribute is one of a start tag. Most start tags have none.
type attribute struct{ name, value string }

var errSyntax = errors.New("the answer is not XML")

func newLexer(r io.Reader) *lexer {
	return &lexer{r: r, buf: make([]byte, 32<<10), limit: maxItem}
}

// offset is where the next token begins.
func (l *lexer) offset() int64 { return l.base + int64(l.pos) }

// fill reads more behind what is there. It tells whether there is more.
func (l *lexer) fill() bool {
	if l.err != nil {
		return false
	}
	if l.pos > 0 {
		l.end = copy(l.buf, l.buf[l.pos:l.end])
		l.base += int64(l.pos)
		l.pos = 0
	}
	if l.end > l.limit {
		l.err = errTooLong
		return false
	}
	if l.end == len(l.buf) {
		l.buf = append(l.buf, make([]byte, len(l.buf))...)
	}
	for range 100 {
		n, err := l.r.Read(l.buf[l.end:])
		l.end += n
		l.err = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	l.err = io.ErrNoProgress
	return false
}

// next gives the next tag or text. io.EOF comes only between tokens.
func (l *lexer) next() (lexeme, error) {
	if l.closing != nil {
		name := l.closing
		l.closing = nil
		return lexeme{kind: endTag, name: name}, nil
	}
	for {
		if l.pos == l.end && !l.fill() {
			return lexeme{}, l.err
		}
		if l.buf[l.pos] != '<' {
			return l.characters()
		}
		skip, t, err := l.markup()
		if err != nil || !skip {
			return t, err
		}
	}
}

// markup reads what begins with <. It tells whether that is to be passed over.
func (l *lexer) markup() (skip bool, t lexeme, err error) {
	switch {
	case l.has("<!--"):
		_, err = l.until(4, "-->")
		return true, t, err
	case l.has("<![CDATA["):
		t.kind = characters
		t.text, err = l.until(9, "]]>")
		t.text = l.lines(t.text)
		return false, t, err
	case l.has("<?"):
		_, err = l.until(2, "?>")
		return true, t, err
	case l.has("<!"):
		return false, t, errors.New("the answer has a DOCTYPE, which is refused")
	case l.has("</"):
		name, err := l.until(2, ">")
		t = lexeme{kind: endTag, name: bytes.TrimRight(name, " \t\r\n")}
		if err == nil && !isName(t.name) {
			err = errSyntax
		}
		return false, t, err
	}
	t, err = l.startTag()
	return false, t, err
}

// has tells what the input goes on with.
func (l *lexer) has(s string) bool {
	for l.end-l.pos < len(s) {
		if !bytes.HasPrefix([]byte(s), l.buf[l.pos:l.end]) || !l.fill() {
			return false
		}
	}
	return string(l.buf[l.pos:l.pos+len(s)]) == s
}

// until takes everything from skip bytes ahead up to the mark, and passes over both.
func (l *lexer) until(skip int, mark string) ([]byte, error) {
	for from := skip; ; {
		if i := bytes.Index(l.buf[l.pos+from:l.end], []byte(mark)); i >= 0 {
			s := l.buf[l.pos+skip : l.pos+from+i]
			l.pos += from + i + len(mark)
			return s, nil
		}
		from = max(skip, l.end-l.pos-len(mark)+1)
		if !l.fill() {
			return nil, l.broken()
		}
	}
}

// broken is the error for an input that ends within a token.
func (l *lexer) broken() error {
	if l.err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return l.err
}

// characters takes text up to the next tag or the end.
func (l *lexer) characters() (lexeme, error) {
	for from := 0; ; {
		if i := bytes.IndexByte(l.buf[l.pos+from:l.end], '<'); i >= 0 {
			from += i
		} else if from = l.end - l.pos; l.fill() {
			continue
		} else if l.err != io.EOF {
			return lexeme{}, l.err
		}
		s := l.buf[l.pos : l.pos+from]
		l.pos += from
		text, err := l.unescape(l.lines(s))
		if err != nil && l.pos == l.end {
			err = io.ErrUnexpectedEOF // perhaps the rest of a reference is missing
		}
		return lexeme{kind: characters, text: text}, err
	}
}

// startTag reads a tag with its attributes.
func (l *lexer) startTag() (lexeme, error) {
	size := 1
	for quote := byte(0); ; size++ {
		if l.pos+size == l.end && !l.fill() {
			return lexeme{}, l.broken()
		}
		if size > maxShort {
			return lexeme{}, errTooLong
		}
		c := l.buf[l.pos+size]
		if quote != 0 {
			if c == quote {
				quote = 0
			}
			continue
		}
		if c == '>' {
			break
		}
		if c == '"' || c == '\'' {
			quote = c
		} else if c == '<' {
			return lexeme{}, errSyntax
		}
	}
	tag := l.buf[l.pos+1 : l.pos+size]
	l.pos += size + 1
	empty := bytes.HasSuffix(tag, []byte("/"))
	if empty {
		tag = tag[:len(tag)-1]
	}
	t := lexeme{kind: startTag, name: tag}
	if i := bytes.IndexAny(tag, " \t\r\n"); i >= 0 {
		t.name = tag[:i]
		var err error
		if t.attrs, err = l.attributes(tag[i:]); err != nil {
			return lexeme{}, err
		}
	}
	if !isName(t.name) {
		return lexeme{}, errSyntax
	}
	if empty {
		l.closing = t.name
	}
	return t, nil
}

func (l *lexer) attributes(s []byte) ([]attribute, error) {
	var list []attribute
	for s = bytes.TrimLeft(s, " \t\r\n"); len(s) > 0; s = bytes.TrimLeft(s, " \t\r\n") {
		name, rest, ok := bytes.Cut(s, []byte("="))
		name, rest = bytes.TrimRight(name, " \t\r\n"), bytes.TrimLeft(rest, " \t\r\n")
		if len(list) == maxAttributes {
			return nil, errTooLong
		}
		if !ok || !isName(name) || len(rest) < 2 || rest[0] != '"' && rest[0] != '\'' {
			return nil, errSyntax
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return nil, errSyntax
		}
		value, err := l.unescape(l.lines(rest[1 : 1+end]))
		if err != nil {
			return nil, err
		}
		list = append(list, attribute{string(name), string(value)})
		s = rest[end+2:]
	}
	return list, nil
}

// isName is generous: what it lets pass is compared with names that are known, byte by byte.
func isName(s []byte) bool {
	return len(s) > 0 && !bytes.ContainsAny(s, " \t\r\n<>&=\"'/")
}

// lines makes one line feed of each line end, as XML wants it.
func (l *lexer) lines(s []byte) []byte {
	if bytes.IndexByte(s, '\r') < 0 {
		return s
	}
	out := s[:0] // it only gets shorter
	for i, c := range s {
		switch {
		case c != '\r':
			out = append(out, c)
		case i+1 == len(s) || s[i+1] != '\n':
			out = append(out, '\n')
		}
	}
	return out
}

// unescape replaces references.
func (l *lexer) unescape(s []byte) ([]byte, error) {
	at := bytes.IndexByte(s, '&')
	if at < 0 {
		return s, nil
	}
	l.text = append(l.text[:0], s[:at]...)
	for s = s[at:]; len(s) > 0; {
		if s[0] != '&' {
			end := bytes.IndexByte(s, '&')
			if end < 0 {
				end = len(s)
			}
			l.text = append(l.text, s[:end]...)
			s = s[end:]
			continue
		}
		end := bytes.IndexByte(s, ';')
		if end < 0 {
			return nil, errSyntax
		}
		r, ok := reference(string(s[1:end]))
		if !ok {
			return nil, errSyntax
		}
		l.text = utf8.AppendRune(l.text, r)
		s = s[end+1:]
	}
	return l.text, nil
}

// reference is the character that a reference names. XML knows five by name.
func reference(s string) (rune, bool) {
	switch s {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(s) < 2 || s[0] != '#' {
		return 0, false
	}
	digits, radix := s[1:], 10
	if s[1] == 'x' {
		digits, radix = s[2:], 16
	}
	n, err := strconv.ParseUint(digits, radix, 32)
	return rune(n), err == nil && n <= utf8.MaxRune
}

// nameOf splits a name and looks its prefix up.
func (m *multistatusReader) nameOf(raw []byte) xml.Name {
	if name, ok := m.names[string(raw)]; ok {
		return name
	}
	prefix, local, ok := bytes.Cut(raw, []byte(":"))
	if !ok {
		prefix, local = nil, raw
	}
	name := xml.Name{Space: m.namespace(string(prefix)), Local: string(local)}
	if len(m.names) < maxNames && len(raw) <= maxName {
		m.names[string(raw)] = name
	}
	return name
}
