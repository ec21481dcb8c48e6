package repo

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// textVersion is the version of every text file of docs/format.md but those in versions.
const textVersion = 1

// versions are those of the files that have changed since the first format. Older ones are read, too.
var versions = map[string]int{"base": 2, "pending": 2}

// versionOf is the version of a kind of text file.
func versionOf(kind string) int {
	if v, ok := versions[kind]; ok {
		return v
	}
	return textVersion
}

// ErrNewer says that a newer vgit wrote this repository: it may be read, but not written (F109).
type ErrNewer struct {
	File    string
	Version int
	Known   int // 0: textVersion
}

func (e *ErrNewer) Error() string {
	return fmt.Sprintf("%s has format %d, this vgit knows %d; use the newer vgit", e.File, e.Version, max(e.Known, textVersion))
}

// escapeField writes one field as docs/format.md 4.1 says.
func escapeField(s string) string {
	if !needsEscape(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x20 || r == 0x7f || r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

func needsEscape(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == 0x7f || c == '\\' || c >= 0x80 {
			return c < 0x80 || !utf8.ValidString(s) || strings.ContainsAny(s, "\\\t\n\r\x7f") || hasControl(s)
		}
	}
	return false
}

func hasControl(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 {
			return true
		}
	}
	return false
}

// unescapeField is the inverse of escapeField; anything escapeField does not write is an error.
func unescapeField(s string) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b = append(b, s[i])
			continue
		}
		i++
		if i == len(s) {
			return "", fmt.Errorf("field ends in a backslash")
		}
		switch s[i] {
		case '\\':
			b = append(b, '\\')
		case 't':
			b = append(b, '\t')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 'x':
			if i+2 >= len(s) {
				return "", fmt.Errorf("short escape in %q", s)
			}
			c, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil {
				return "", fmt.Errorf("bad escape in %q", s)
			}
			b = append(b, byte(c))
			i += 2
		default:
			return "", fmt.Errorf("unknown escape in %q", s)
		}
	}
	return string(b), nil
}

// writeRecord appends one record and leaves out empty fields at its end.
func writeRecord(b *bytes.Buffer, fields ...string) {
	for len(fields) > 1 && fields[len(fields)-1] == "" {
		fields = fields[:len(fields)-1]
	}
	for i, f := range fields {
		if i > 0 {
			b.WriteByte('\t')
		}
		b.WriteString(escapeField(f))
	}
	b.WriteByte('\n')
}

// readRecord splits a line into n fields at the least; missing ones are "".
func readRecord(line string, n int) ([]string, error) {
	raw := strings.Split(line, "\t")
	for i := range raw {
		f, err := unescapeField(raw[i])
		if err != nil {
			return nil, err
		}
		raw[i] = f
	}
	for len(raw) < n {
		raw = append(raw, "")
	}
	return raw, nil
}

// beyond tells whether a record has more than n fields, as one of a newer format has.
func beyond(f []string, n int) bool {
	return slices.ContainsFunc(f[min(n, len(f)):], func(s string) bool { return s != "" })
}

// textHead checks the first line of a text file, such as "vgit collection 1", and returns what follows it.
func textHead(file, kind string, b []byte) (string, error) {
	first, rest, ok := strings.Cut(string(b), "\n")
	if !ok {
		return "", fmt.Errorf("%s: no first line", file)
	}
	number, ok := strings.CutPrefix(first, "vgit "+kind+" ")
	if !ok {
		return "", fmt.Errorf("%s: not a %q file", file, "vgit "+kind)
	}
	v, err := strconv.Atoi(number)
	if err != nil || v < 1 {
		return "", fmt.Errorf("%s: no version in its first line", file)
	}
	if v > versionOf(kind) {
		return "", &ErrNewer{File: file, Version: v, Known: versionOf(kind)}
	}
	return rest, nil
}

func writeHead(b *bytes.Buffer, kind string) {
	fmt.Fprintf(b, "vgit %s %d\n", kind, versionOf(kind))
}

// lines cuts off one line after the other; the last one must end in LF.
func nextLine(rest string) (line, tail string, ok bool) {
	if rest == "" {
		return "", "", false
	}
	line, tail, _ = strings.Cut(rest, "\n")
	return line, tail, true
}
