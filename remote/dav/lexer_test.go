package dav

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// lexed is a document as the lexer sees it: "<name a=v>", "</name>" and quoted text, pieces of text joined.
func lexed(r io.Reader) (string, error) {
	var b, text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			fmt.Fprintf(&b, "%q", text.String())
			text.Reset()
		}
	}
	l := newLexer(r)
	for {
		t, err := l.next()
		if err != nil {
			flush()
			if err == io.EOF {
				err = nil
			}
			return b.String(), err
		}
		switch t.kind {
		case characters:
			text.Write(t.text)
			continue
		case startTag:
			flush()
			fmt.Fprintf(&b, "<%s", t.name)
			for _, a := range t.attrs {
				fmt.Fprintf(&b, " %s=%q", a.name, a.value)
			}
			b.WriteString(">")
		case endTag:
			flush()
			fmt.Fprintf(&b, "</%s>", t.name)
		}
	}
}

// byStandardLibrary is the same by the standard library. Directives are errors, as for the lexer.
func byStandardLibrary(doc []byte) (string, error) {
	var b, text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			fmt.Fprintf(&b, "%q", text.String())
			text.Reset()
		}
	}
	full := func(n xml.Name) string {
		if n.Space != "" {
			return n.Space + ":" + n.Local
		}
		return n.Local
	}
	dec := xml.NewDecoder(bytes.NewReader(doc))
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		t, err := dec.RawToken()
		if err == io.EOF {
			flush()
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.CharData:
			text.Write(t)
			continue
		case xml.StartElement:
			flush()
			fmt.Fprintf(&b, "<%s", full(t.Name))
			for _, a := range t.Attr {
				fmt.Fprintf(&b, " %s=%q", full(a.Name), a.Value)
			}
			b.WriteString(">")
		case xml.EndElement:
			flush()
			fmt.Fprintf(&b, "</%s>", full(t.Name))
		case xml.Directive:
			return "", errSyntax
		}
	}
}

var lexerSeeds = []string{
	open + ok("/a", "1") + `</D:multistatus>`,
	`<?xml version="1.0"?><!-- a > b --><a b='1' c = "x>y&lt;&#65;"/>`,
	"<a>\r\n\r<![CDATA[<&]]>]]&gt;&amp;&#x20AC;</a >",
	`<a:b xmlns:a="x"><c/></a:b>`,
	"<a>é\u2028</a>", "<a", "<a b", `<a b="`, "</a>", "<!", "<![CDATA[", "<a>&", "<a>&x;</a>", "<a>&#0;", "<>", "< a/>", "<a/ >", "<a b=c/>", "<a<b>", `<a b="<"/>`,
}

func TestLexerAgainstTheStandardLibrary(t *testing.T) {
	t.Parallel()
	for _, doc := range lexerSeeds {
		compare(t, []byte(doc))
	}
	bad := 0
	for _, doc := range lexerSeeds {
		if _, err := lexed(strings.NewReader(doc)); err != nil {
			bad++
		}
	}
	if bad < 10 {
		t.Errorf("only %d of the broken documents are errors", bad)
	}
}

// compare demands: what the standard library reads, the lexer reads alike, also byte by byte. The lexer may be more generous.
func compare(t *testing.T, doc []byte) {
	t.Helper()
	got, err := lexed(bytes.NewReader(doc))
	pieces, perr := lexed(iotest.OneByteReader(bytes.NewReader(doc)))
	if got != pieces || (err == nil) != (perr == nil) {
		t.Errorf("%q: %s, %v; in pieces %s, %v", doc, got, err, pieces, perr)
	}
	want, serr := byStandardLibrary(doc)
	if serr == nil && (err != nil || got != want) {
		t.Errorf("%q: %s, %v; the standard library says %s", doc, got, err, want)
	}
}

func FuzzLexer(f *testing.F) {
	for _, s := range lexerSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) { compare(t, doc) })
}

func TestLexerReportsTheReadersError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, doc := range []string{"", "<a>", "<a>text", "<a b=\"", "<!-- ", "<![CDATA[x"} {
		_, err := lexed(io.MultiReader(strings.NewReader(doc), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Errorf("%q: %v", doc, err)
		}
	}
}
