package merge

import (
	"slices"
	"strings"
	"unicode/utf8"

	"vgit/repo/item"
)

// foldWidth is how many octets a line that vgit composes has at most, its line end aside.
const foldWidth = 75

// fold cuts a line into physical ones, never inside of a character.
func fold(text, eol string) []byte {
	out := make([]byte, 0, len(text)+len(text)/foldWidth*3+2)
	for room := foldWidth; len(text) > room; room = foldWidth - 1 {
		n := room
		for n > 0 && !utf8.RuneStart(text[n]) {
			n--
		}
		if n == 0 {
			n = room // no character is that long
		}
		out = append(append(append(out, text[:n]...), eol...), ' ')
		text = text[n:]
	}
	return append(append(out, text...), eol...)
}

// lineText is an unfolded line in its parts, as written.
type lineText struct {
	name   string // with its group
	params []string
	value  string
}

func cutLine(text string) lineText {
	colon := lineColon(text)
	if colon < 0 {
		return lineText{name: text}
	}
	parts := splitUnquoted(text[:colon], ';')
	return lineText{name: parts[0], params: parts[1:], value: text[colon+1:]}
}

// lineColon is where the value begins: after the first colon outside of quotes, or the first of all where a quote is open.
func lineColon(text string) int {
	quoted := false
	for i := range len(text) {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == ':' && !quoted:
			return i
		}
	}
	return strings.IndexByte(text, ':')
}

func splitUnquoted(s string, sep byte) []string {
	var parts []string
	start, quoted := 0, false
	for i := range len(s) {
		switch {
		case s[i] == '"' && (quoted || strings.IndexByte(s[i+1:], '"') >= 0):
			quoted = !quoted
		case s[i] == sep && !quoted:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

func (t lineText) String() string {
	var b strings.Builder
	b.WriteString(t.name)
	for _, p := range t.params {
		b.WriteString(";" + p)
	}
	return b.String() + ":" + t.value
}

// paramName is the upper-case name of a parameter as written; the bare ones of vCard 2.1 have none.
func paramName(p string) string {
	name, _, found := strings.Cut(p, "=")
	if !found {
		return ""
	}
	return strings.ToUpper(strings.TrimSpace(name))
}

// param returns the parameters of a name as written; several of one name are possible.
func (t lineText) param(name string) []string {
	var found []string
	for _, p := range t.params {
		if paramName(p) == name {
			found = append(found, p)
		}
	}
	return found
}

// setParam puts parameters as written in the place of those of a name; none removes them.
func (t *lineText) setParam(name string, with []string) {
	at := slices.IndexFunc(t.params, func(p string) bool { return paramName(p) == name })
	params := slices.DeleteFunc(slices.Clone(t.params), func(p string) bool { return paramName(p) == name })
	if at < 0 {
		at = len(params)
	}
	t.params = slices.Insert(params, min(at, len(params)), with...)
}

// representation are the parameters that say how a value is to be read, and that come with it.
var representation = []string{"VALUE", "ENCODING", "TZID", "CHARSET"}

// takeValue takes over the value of another line, with what says how to read it.
func (t *lineText) takeValue(from lineText) {
	t.value = from.value
	for _, name := range representation {
		t.setParam(name, from.param(name))
	}
}

// takePart takes over the n-th part of a structured value, counted from 1.
func (t *lineText) takePart(n int, from lineText) {
	have, want := item.Split(t.value, ';'), item.Split(from.value, ';')
	for len(have) < n {
		have = append(have, "")
	}
	have[n-1] = ""
	if n <= len(want) {
		have[n-1] = want[n-1]
	}
	if n == manyParts+1 { // all the rest
		have = have[:n]
		if n < len(want) {
			have = append(have, want[n:]...)
		}
	}
	t.value = strings.Join(have, ";")
}

// escapeText writes a text as the value of a line.
func escapeText(s string) string { return textEscaper.Replace(s) }

var textEscaper = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`)
