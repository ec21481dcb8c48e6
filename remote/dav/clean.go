package dav

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime"
	"regexp"
	"strconv"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

var (
	xmlDeclaration = regexp.MustCompile(`^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)
	utf8BOM        = []byte("\xEF\xBB\xBF")
)

// decoded gives an XML document as UTF-8 without BOM. The charset is told by a BOM, else by the content type, else by the
// XML declaration (RFC 7303). It tells whether that took a decoder, which writes U+FFFD for what it cannot decode.
func decoded(r *bufio.Reader, contentType string) (src io.Reader, foreign bool, err error) {
	head, _ := r.Peek(256)
	label := "utf-8"
	switch {
	case bytes.HasPrefix(head, utf8BOM):
		_, _ = r.Discard(len(utf8BOM))
	case bytes.HasPrefix(head, []byte("\xFE\xFF")):
		label = "utf-16be"
		_, _ = r.Discard(2)
	case bytes.HasPrefix(head, []byte("\xFF\xFE")):
		label = "utf-16le"
		_, _ = r.Discard(2)
	default:
		if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] != "" {
			label = params["charset"]
		} else if m := xmlDeclaration.FindSubmatch(head); m != nil {
			label = string(m[1])
		}
	}
	enc, name := charset.Lookup(label)
	switch {
	case name == "utf-8":
		return r, false, nil
	case enc == nil:
		return nil, false, fmt.Errorf("charset %q is not known", cut(label))
	}
	return enc.NewDecoder().Reader(r), true, nil
}

// cleaner replaces what XML forbids (control characters, their references, broken UTF-8) by U+FFFD and remembers where, so
// that one bad item does not hide a thousand others (P34).
type cleaner struct {
	src  io.Reader
	buf  [32 << 10]byte
	kept int    // bytes at the start of buf that wait for the rest of a character or reference
	tail []byte // those bytes, until they are moved
	out  []byte // cleaned, not handed out yet
	slow []byte // buffer for out where something was replaced
	pos  int64  // offset of the end of out
	dirt []int64
	tags bool // a < has passed since the last dirt
	err  error

	decoded bool // from another charset: U+FFFD is what could not be decoded
}

// maxDirt bounds what is remembered. What no tag separates is of one row, and remembered once.
const maxDirt = 100_000

func (c *cleaner) Read(p []byte) (int, error) {
	for len(c.out) == 0 {
		if c.err != nil {
			return 0, c.err
		}
		c.fill()
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

func (c *cleaner) fill() {
	c.kept = copy(c.buf[:], c.tail)
	var n int
	n, c.err = c.src.Read(c.buf[c.kept:])
	data := c.buf[:c.kept+n]
	c.tail = nil
	if isClean(data) {
		c.out, c.tags = data, true
	} else {
		c.out, c.tail = c.scrub(data, c.err != nil)
	}
	c.pos += int64(len(c.out))
}

// isClean tells that nothing need be looked at closely.
func isClean(data []byte) bool {
	high := false
	for i, b := range data {
		switch {
		case b >= utf8.RuneSelf:
			high = true
		case b < 0x20 && b != '\n' && b != '\r' && b != '\t':
			return false
		case b == '&' && (i+1 == len(data) || data[i+1] == '#'):
			return false
		}
	}
	return !high || utf8.Valid(data) && !bytes.Contains(data, []byte("\xEF\xBF"))
}

// scrub returns the cleaned data and what cannot be judged before more has come.
func (c *cleaner) scrub(data []byte, last bool) (out, tail []byte) {
	out = c.slow[:0]
	for i := 0; i < len(data); {
		n, bad := 1, false
		switch b := data[i]; {
		case b == '&':
			rest := data[i:]
			end := bytes.IndexByte(rest[:min(len(rest), maxReference)], ';')
			if end < 0 && len(rest) < maxReference && !last {
				c.slow = out
				return out, rest
			}
			if end > 2 && rest[1] == '#' && bytes.IndexByte(rest[:end], '<') < 0 {
				n, bad = end+1, !isReference(rest[2:end])
			}
		case b == '<':
			c.tags = true
		case b < 0x20:
			bad = b != '\n' && b != '\r' && b != '\t'
		case b >= utf8.RuneSelf:
			if !utf8.FullRune(data[i:]) && !last {
				c.slow = out
				return out, data[i:]
			}
			var r rune
			r, n = utf8.DecodeRune(data[i:])
			bad = r == utf8.RuneError && n == 1 || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError && c.decoded
		}
		if bad {
			c.soil(c.pos + int64(len(out)))
			out = append(out, "\uFFFD"...)
		} else {
			out = append(out, data[i:i+n]...)
		}
		i += n
	}
	c.slow = out
	return out, nil
}

// soil notes that something was replaced.
func (c *cleaner) soil(at int64) {
	switch {
	case len(c.dirt) > 0 && !c.tags:
	case len(c.dirt) == maxDirt:
		c.err = errTooLong
	default:
		c.dirt = append(c.dirt, at)
		c.tags = false
	}
}

// maxReference is how far the semicolon of a character reference is looked for.
const maxReference = 16

// isReference tells that a character reference, without &# and ;, names a character that XML allows.
func isReference(s []byte) bool {
	base := 10
	if s[0] == 'x' {
		s, base = s[1:], 16
	}
	n, err := strconv.ParseUint(string(s), base, 32)
	if err != nil {
		return false
	}
	switch {
	case n == '\t', n == '\n', n == '\r':
		return true
	case n < 0x20, n >= 0xD800 && n <= 0xDFFF, n == 0xFFFE, n == 0xFFFF, n > 0x10FFFF:
		return false
	}
	return true
}

// soiled tells whether something was replaced before the offset, and forgets it.
func (c *cleaner) soiled(before int64) bool {
	i := 0
	for i < len(c.dirt) && c.dirt[i] < before {
		i++
	}
	c.dirt = c.dirt[i:]
	return i > 0
}
