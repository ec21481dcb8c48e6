package repo

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPlain bounds what one printed field may hold.
const maxPlain = 200

// Plain makes text that came from an item, a server or a file name harmless to print on one line: control characters,
// escapes, line breaks, bidirectional and zero-width characters and bytes that are not UTF-8 become \u{…} or \x…, and
// what is longer than 200 characters is cut (S13, S14).
func Plain(s string) string {
	if plainASCII(s) {
		return s
	}
	var b strings.Builder
	n := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if n == maxPlain {
			b.WriteString("…")
			break
		}
		n++
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\t' || r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			b.WriteByte(' ')
		case harmful(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

func plainASCII(s string) bool {
	if len(s) > maxPlain {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// harmful characters move the cursor, turn the direction of text, or cannot be seen.
func harmful(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) || unicode.Is(unicode.Cs, r) ||
		r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0' || r == '\u2800'
}
