package item

import (
	"bytes"
	"strings"
)

// Complete reports whether raw looks like a whole body: its last line, blanks and NUL bytes aside, is the END of its first BEGIN
// (P61). A connection that was closed early gives no error, so this line is the only witness.
func Complete(raw []byte) bool {
	first := firstBegin(raw)
	if first == "" {
		return false
	}
	body := bytes.TrimRight(raw, "\x00 \t\r\n")
	last := body[bytes.LastIndexAny(body, "\r\n")+1:]
	return hasFold(last, "END:") && strings.EqualFold(strings.TrimSpace(string(last[len("END:"):])), first)
}

// firstBegin returns the name after the first BEGIN, or "".
func firstBegin(raw []byte) string {
	raw = bytes.TrimPrefix(raw, bom)
	s := newScanner(raw)
	for len(s.rest) > 0 {
		n := s.physical(s.rest)
		line := s.rest[:n]
		s.rest = s.rest[n:]
		if hasFold(line, "BEGIN:") {
			return strings.TrimSpace(string(line[len("BEGIN:"):]))
		}
	}
	return ""
}

// blockOfNULs is how many NUL bytes in a row are taken for a part of a file that never reached the disk. File systems leave
// such holes in blocks of 512 bytes and more; a stray NUL in a text is only junk.
const blockOfNULs = 512

// Damaged says why raw looks like a file that was cut, emptied or filled with NUL bytes by a crash or is being written, or "" if
// it does not (F67, F71). Such a file is neither an edit nor a deletion.
func Damaged(raw []byte) string {
	switch {
	case len(raw) == 0:
		return "the file is empty"
	case len(bytes.Trim(raw, "\x00")) == 0:
		return "the file holds only NUL bytes"
	case len(bytes.Trim(raw, "\x00 \t\r\n")) == 0:
		return "the file holds only blanks"
	case bytes.Contains(bytes.TrimRight(raw, "\x00"), make([]byte, blockOfNULs)):
		return "the file has a hole of NUL bytes"
	case Complete(raw):
		return ""
	}
	if first := firstBegin(raw); first != "" {
		return "the file does not end with END:" + strings.ToUpper(first)
	}
	return "the file has no BEGIN and no END"
}

// ForUpload returns raw as a PUT sends it (P85): with CRLF, without byte order mark and without METHOD. All else keeps its
// bytes; when nothing is to be done the result is raw itself.
func ForUpload(raw []byte) []byte {
	raw = withoutMethod(bytes.TrimPrefix(raw, bom))
	eol := newScanner(raw).eol
	ready := true
	for i := 0; i < len(raw) && ready; i++ {
		n := bytes.IndexByte(raw[i:], eol)
		if n < 0 {
			break
		}
		i += n
		ready = eol == '\n' && i > 0 && raw[i-1] == '\r' && (i < 2 || raw[i-2] != '\r')
	}
	if ready {
		return raw
	}
	out := make([]byte, 0, len(raw)+len(raw)/32)
	for len(raw) > 0 {
		i := bytes.IndexByte(raw, eol)
		if i < 0 {
			return append(out, raw...)
		}
		out = append(out, bytes.TrimRight(raw[:i], "\r")...)
		out = append(out, "\r\n"...)
		raw = raw[i+1:]
	}
	return out
}

// withoutMethod drops the METHOD lines of a calendar. Servers refuse a stored object that has one (RFC 4791 4.1).
func withoutMethod(raw []byte) []byte {
	if !bytes.Contains(bytes.ToUpper(raw), []byte("METHOD")) {
		return raw
	}
	root, _, _ := parse(raw)
	drop := map[*Leaf]bool{}
	for cal := range root.Components() {
		if cal.Name != "VCALENDAR" {
			continue
		}
		for l := range cal.Leaves() {
			if l.Name == "METHOD" {
				drop[l] = true
			}
		}
	}
	if len(drop) == 0 {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for _, n := range root.Nodes {
		out = appendWithout(out, n, drop)
	}
	return out
}

func appendWithout(b []byte, n Node, drop map[*Leaf]bool) []byte {
	if n.Leaf != nil {
		if drop[n.Leaf] {
			return b
		}
		return append(b, n.Leaf.Raw...)
	}
	b = append(b, n.Component.Begin.Raw...)
	for _, inner := range n.Component.Nodes {
		b = appendWithout(b, inner, drop)
	}
	if n.Component.End != nil {
		b = append(b, n.Component.End.Raw...)
	}
	return b
}
