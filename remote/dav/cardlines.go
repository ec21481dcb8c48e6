package dav

import (
	"bytes"
	"slices"
	"strings"
)

// cardLine is one line of a card with its folds, and as text without them.
type cardLine struct {
	raw  []byte
	text string
}

// logicalLines cuts a card into its lines.
func logicalLines(body []byte) []cardLine {
	var lines []cardLine
	for start := 0; start < len(body); {
		end := start
		for {
			if i := bytes.IndexByte(body[end:], '\n'); i >= 0 {
				end += i + 1
			} else {
				end = len(body)
			}
			if end == len(body) || body[end] != ' ' && body[end] != '\t' {
				break
			}
		}
		raw := body[start:end]
		lines = append(lines, cardLine{raw, unfolded(raw)})
		start = end
	}
	return lines
}

func unfolded(raw []byte) string {
	var b strings.Builder
	b.Grow(len(raw))
	for i, line := range bytes.SplitAfter(raw, []byte("\n")) {
		if i > 0 && len(line) > 0 {
			line = line[1:]
		}
		b.Write(bytes.TrimRight(line, "\r\n"))
	}
	return b.String()
}

// end is how the line ends.
func (l cardLine) end() string {
	if bytes.HasSuffix(l.raw, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// cardProperty is a line taken apart; parameters are as they are written.
type cardProperty struct {
	group, name string // the group with its dot
	params      []string
	value       string
}

func (l cardLine) property() cardProperty {
	var p cardProperty
	quoted, start := false, 0
	var parts []string
	for i := range len(l.text) {
		switch c := l.text[i]; {
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ';' || c == ':'):
			parts = append(parts, l.text[start:i])
			start = i + 1
		}
		if !quoted && l.text[i] == ':' {
			p.value = l.text[start:]
			break
		}
	}
	if len(parts) == 0 {
		return p
	}
	p.name, p.params = parts[0], parts[1:]
	if dot := strings.IndexByte(p.name, '.'); dot >= 0 {
		p.group, p.name = p.name[:dot+1], p.name[dot+1:]
	}
	return p
}

func (p cardProperty) is(name string) bool { return strings.EqualFold(p.name, name) }

// has tells whether there is a parameter of a name, or one that is NAME=VALUE.
func (p cardProperty) has(param string) bool { return slices.ContainsFunc(p.params, isParam(param)) }

func isParam(wanted ...string) func(string) bool {
	return func(param string) bool {
		name, _, _ := strings.Cut(param, "=")
		return slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(w, name) || strings.EqualFold(w, param) })
	}
}

// fold writes the line.
func (p cardProperty) fold(end string) []byte {
	text := p.group + strings.Join(append([]string{p.name}, p.params...), ";") + ":" + p.value
	const width = 75
	out := make([]byte, 0, len(text)+len(text)/width*3+2)
	for room := width; len(text) > room; room = width - 1 {
		cut := room
		for cut > 1 && text[cut]&0xC0 == 0x80 {
			cut--
		}
		out = append(append(append(out, text[:cut]...), end...), ' ')
		text = text[cut:]
	}
	return append(append(out, text...), end...)
}

// inline writes a picture, logo, sound or key as vCard 3.0 does. ok is false where what a server makes of it in 4.0 would be another.
// A link is called one: in 3.0 a value is taken for data otherwise.
func (p *cardProperty) inline() (d inlineData, ok bool) {
	uri := strings.TrimSpace(p.value)
	media, data, isData := strings.Cut(uri, ";base64,")
	scheme, media, _ := strings.Cut(media, ":")
	if !isData || !strings.EqualFold(scheme, "data") {
		switch isURI := p.has("VALUE=uri"); {
		case strings.EqualFold(scheme, "data") && strings.Contains(uri, `\`), !isURI && p.has("VALUE"):
			return d, false
		case !isURI && !p.has("ENCODING") && uri != "":
			p.params = append(p.params, "VALUE=uri")
		}
		return d, true
	}
	kind, word, _ := strings.Cut(strings.ToLower(media), "/")
	written := strings.ToUpper(word)
	if p.is("KEY") {
		written = media
	} else if want := map[string]string{"PHOTO": "image", "LOGO": "image", "SOUND": "audio"}[strings.ToUpper(p.name)]; kind != want {
		return d, false
	}
	if word == "" || p.has("TYPE") || strings.ContainsAny(media, `;:,"`) || strings.ContainsAny(data, ` \;:,"`) || data == "" {
		return d, false
	}
	p.params = slices.DeleteFunc(slices.Clone(p.params), isParam("VALUE", "MEDIATYPE", "ENCODING"))
	p.params = append(p.params, "ENCODING=b", "TYPE="+written)
	p.value = data
	return inlineData{p.name, uri, data}, true
}
