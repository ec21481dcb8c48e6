package davtest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

type qname = xml.Name

const (
	nsDAV   = "DAV:"
	nsCal   = "urn:ietf:params:xml:ns:caldav"
	nsCard  = "urn:ietf:params:xml:ns:carddav"
	nsCS    = "http://calendarserver.org/ns/"
	nsApple = "http://apple.com/ns/ical/"
)

// declarations are those of the root element of every answer.
const declarations = ` xmlns:d="DAV:" xmlns:cal="` + nsCal + `" xmlns:card="` + nsCard + `" xmlns:cs="` + nsCS + `" xmlns:ic="` + nsApple + `"`

const xmlHead = `<?xml version="1.0" encoding="utf-8"?>` + "\n"

var prefixes = map[string]string{nsDAV: "d:", nsCal: "cal:", nsCard: "card:", nsCS: "cs:", nsApple: "ic:"}

// tags returns how an element begins and ends. Foreign namespaces are declared where they stand.
func tags(name qname) (begin, end string) {
	if p, ok := prefixes[name.Space]; ok {
		return "<" + p + name.Local + ">", "</" + p + name.Local + ">"
	}
	if name.Space == "" {
		return "<" + name.Local + ">", "</" + name.Local + ">"
	}
	return `<x:` + name.Local + ` xmlns:x="` + xmlText(name.Space) + `">`, "</x:" + name.Local + ">"
}

func itoa(n int) string { return strconv.Itoa(n) }

var special = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// xmlText escapes a text for elements and attributes.
func xmlText(s string) string {
	if !cleanForXML([]byte(s)) {
		var b bytes.Buffer
		escape(&b, []byte(s), false, true)
		return strings.ReplaceAll(b.String(), `"`, "&quot;")
	}
	return special.Replace(s)
}

// escape writes a body as XML text. CR is written as a character reference if cr is true; what XML forbids becomes U+FFFD if
// mend is true, and stays otherwise.
func escape(w *bytes.Buffer, body []byte, cr, mend bool) {
	from := 0
	put := func(i, width int, s string) {
		w.Write(body[from:i])
		w.WriteString(s)
		from = i + width
	}
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '&':
			put(i, 1, "&amp;")
		case c == '<':
			put(i, 1, "&lt;")
		case c == '>':
			put(i, 1, "&gt;")
		case c == '\r' && cr:
			put(i, 1, "&#13;")
		case mend && c < 0x20 && c != '\t' && c != '\n' && c != '\r':
			put(i, 1, "\uFFFD")
		case mend && c >= utf8.RuneSelf:
			r, width := utf8.DecodeRune(body[i:])
			if r == utf8.RuneError && width == 1 || r == 0xFFFE || r == 0xFFFF {
				put(i, width, "\uFFFD")
			}
			i += width - 1
		}
	}
	w.Write(body[from:])
}

// node is one element of a request.
type node struct {
	name  qname
	attrs map[string]string
	text  string // all of its own text
	kids  []*node
}

var errXML = errors.New("the body is not the XML that was expected")

const maxDepth = 64

// readXML reads a request body. A document type is refused.
func readXML(body []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	top := &node{}
	open := []*node{top}
	for {
		t, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %v", errXML, err)
		}
		last := open[len(open)-1]
		switch t := t.(type) {
		case xml.Directive:
			return nil, errXML
		case xml.StartElement:
			n := &node{name: t.Name, attrs: map[string]string{}}
			for _, a := range t.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
					n.attrs[a.Name.Local] = a.Value
				}
			}
			last.kids = append(last.kids, n)
			if open = append(open, n); len(open) > maxDepth {
				return nil, errXML
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			last.text += string(t)
		}
	}
	if len(top.kids) != 1 {
		return nil, errXML
	}
	return top.kids[0], nil
}

// child returns the first child of that name; nil if there is none, or if n is nil.
func (n *node) child(space, local string) *node {
	if n == nil {
		return nil
	}
	for _, k := range n.kids {
		if k.name.Space == space && k.name.Local == local {
			return k
		}
	}
	return nil
}

// all returns the children of that name.
func (n *node) all(space, local string) []*node {
	var list []*node
	for _, k := range n.kids {
		if k.name.Space == space && k.name.Local == local {
			list = append(list, k)
		}
	}
	return list
}

// inner writes the content of an element, for properties that are kept as they came. Text between elements is put in front.
func (n *node) inner() string {
	var b strings.Builder
	if text := n.text; len(n.kids) == 0 || strings.TrimSpace(text) != "" {
		b.WriteString(xmlText(text))
	}
	for _, k := range n.kids {
		begin, end := tags(k.name)
		for _, name := range slices.Sorted(maps.Keys(k.attrs)) {
			begin = strings.TrimSuffix(begin, ">") + " " + name + `="` + xmlText(k.attrs[name]) + `">`
		}
		b.WriteString(begin + k.inner() + end)
	}
	return b.String()
}
