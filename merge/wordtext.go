package merge

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// maxHunkLines is how many lines of a text are shown of one that changed.
const maxHunkLines = 5

// textLinesChanged tells of a text of several lines.
func textLinesChanged(noun, from, to string) []string {
	switch a, b := textLines(from), textLines(to); {
	case len(a) == 0:
		return []string{"+ " + noun + " " + firstLine(b)}
	case len(b) == 0:
		return []string{"- " + noun + " " + firstLine(a)}
	case from == to:
		return []string{noun + " changed"}
	default:
		return changedLines(noun, a, b)
	}
}

func firstLine(lines []string) string {
	for i, l := range lines {
		if strings.TrimSpace(l) != "" || i == len(lines)-1 {
			if rest := len(lines) - 1; rest > 0 {
				return inMarks(l) + fmt.Sprintf(" (+%d lines)", rest)
			}
			return inMarks(l)
		}
	}
	return inMarks("")
}

// changedLines lists the lines that went and came.
func changedLines(noun string, a, b []string) []string {
	list, ok := hunks(a, b)
	if !ok {
		return []string{noun + " rewritten (" + lines(len(a)) + " → " + lines(len(b)) + ")"}
	}
	var out []string
	rest := 0
	say := func(sign, line string) {
		if len(out) == maxHunkLines {
			rest++
			return
		}
		out = append(out, noun+": "+sign+" "+line)
	}
	for _, h := range list {
		for i := h.from; i < h.to; i++ {
			other := ""
			if i-h.from < len(h.lines) {
				other = h.lines[i-h.from]
			}
			shown, _ := clipPair(a[i], other, maxText)
			say("-", `"`+shown+`"`)
		}
		for i, line := range h.lines {
			other := ""
			if h.from+i < h.to {
				other = a[h.from+i]
			}
			shown, _ := clipPair(line, other, maxText)
			say("+", `"`+shown+`"`)
		}
	}
	if rest > 0 {
		out = append(out, fmt.Sprintf("%s: (+%d lines)", noun, rest))
	}
	if len(out) == 0 { // only empty lines at the end
		out = append(out, noun+" changed")
	}
	return out
}

// description tells of the text and of its renderings.
func (t *teller) description(d *delta) []string {
	var out []string
	formatted := false
	for _, name := range fieldsThatDiffer(d) {
		switch {
		case name == "description", name == "value": // of an event, and of an alarm
			out = append(out, t.scalar(speech{noun: "description"}, d.a.field(name).shown(), d.b.field(name).shown())...)
		case strings.HasPrefix(name, "x-alt-desc"), strings.HasPrefix(name, "styled-description"), strings.HasSuffix(name, ";altrep"):
			formatted = true
		default:
			out = append(out, t.scalar(speech{noun: partNoun(name)}, d.a.field(name).shown(), d.b.field(name).shown())...)
		}
	}
	if formatted {
		out = append(out, "formatted text changed")
	}
	if len(out) == 0 {
		out = append(out, "description changed")
	}
	return out
}

// data tells of pictures and attachments: their kinds and sizes, or where they are.
func (t *teller) data(d *delta) []string {
	s := speechOf(d.name)
	head := s.noun
	if name := cmp.Or(d.b.field("filename").shown(), d.a.field("filename").shown(), d.b.field("x-filename").shown()); name != "" {
		head += " " + clip(name, maxText/2)
	}
	from, to := dataInWords(d.a), dataInWords(d.b)
	switch {
	case d.a == nil:
		return []string{"+ " + head + " " + to}
	case d.b == nil:
		return []string{"- " + head + " " + from}
	case changed(d.a.field("value"), d.b.field("value")) != Strong:
		return t.fields(d, head, s)
	}
	return []string{head + " replaced (" + from + " → " + to + ")"}
}

// dataInWords is "JPEG 12 KB" of what is in the item itself, else where it is.
func dataInWords(e *entry) string {
	f := e.field("value")
	if f == nil {
		return "nothing"
	}
	rest, inline := strings.CutPrefix(f.exact, "sha256:")
	if !inline {
		return clip(strings.TrimPrefix(f.exact, "text:"), maxText)
	}
	media := cmp.Or(e.field("mediatype").shown(), e.field("fmttype").shown())
	media = media[strings.LastIndexByte(media, '/')+1:]
	_, length, _ := strings.Cut(rest, ":")
	n, _ := strconv.ParseInt(length, 10, 64)
	return strings.TrimSpace(clip(strings.ToUpper(media), 12) + " " + size(n))
}

// size is a number of bytes.
func size(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1000*1000:
		return strconv.FormatInt((n+500)/1000, 10) + " KB"
	}
	return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
}
