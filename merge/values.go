package merge

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"vgit/repo/item"
)

// plain reports whether s is ASCII without anything that canonical text changes.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || c == '\\' || c == '\r' {
			return false
		}
	}
	return len(s) == 0 || s[len(s)-1] != '\n'
}

// canonText is a TEXT value for comparing: unescaped, without carriage returns and trailing empty lines, in NFC.
func canonText(s string) string {
	if plain(s) {
		return s
	}
	s = strings.ReplaceAll(item.Unescape(s), "\r", "")
	return norm.NFC.String(strings.TrimRight(s, "\n"))
}

// canonElement is an element of a comma list: trimmed text.
func canonElement(s string) string { return strings.TrimSpace(canonText(s)) }

// canonParts is a structured value: parts at semicolons, each part a list whose order counts.
func canonParts(s string) []string {
	parts := item.Split(s, ';')
	for i, part := range parts {
		if plain(part) {
			parts[i] = strings.TrimSpace(part)
			continue
		}
		elements := item.Split(part, ',')
		for j := range elements {
			elements[j] = strings.TrimSpace(canonText(elements[j]))
			if len(elements) > 1 {
				// An escaped comma inside of an element is not the comma between two.
				elements[j] = strings.ReplaceAll(elements[j], ",", "\x1c")
			}
		}
		if parts[i] = strings.Join(elements, ","); len(elements) == 1 {
			parts[i] = strings.ReplaceAll(elements[0], ",", "\x1c")
		}
	}
	return parts
}

// canonURI is a URI with \: for :, scheme and host in lower case, and / for an empty path. A mailto address is in lower case.
func canonURI(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(s, `\:`, ":"))
	scheme, rest, found := strings.Cut(s, ":")
	if !found || !isScheme(scheme) {
		return s
	}
	scheme = strings.ToLower(scheme)
	switch {
	case scheme == "mailto":
		return scheme + ":" + strings.ToLower(rest)
	case scheme == "urn":
		if len(rest) >= 5 && strings.EqualFold(rest[:5], "uuid:") {
			rest = "uuid:" + strings.ToLower(rest[5:])
		}
	case strings.HasPrefix(rest, "//"):
		host, path := rest[2:], ""
		if i := strings.IndexAny(host, "/?#"); i >= 0 {
			host, path = host[:i], host[i:]
		}
		user := ""
		if i := strings.LastIndexByte(host, '@'); i >= 0 {
			user, host = host[:i+1], host[i+1:]
		}
		if path == "" || path[0] != '/' {
			path = "/" + path
		}
		rest = "//" + user + strings.ToLower(host) + path
	}
	return scheme + ":" + rest
}

func isScheme(s string) bool {
	for i := range len(s) {
		switch c := s[i] | 0x20; {
		case 'a' <= c && c <= 'z':
		case i > 0 && (s[i] >= '0' && s[i] <= '9' || s[i] == '+' || s[i] == '-' || s[i] == '.'):
		default:
			return false
		}
	}
	return s != ""
}

// withoutURN takes the urn:uuid: off a UID or a reference to one. Other values keep their case.
func withoutURN(s string) string {
	const urn = "urn:uuid:"
	s = strings.TrimSpace(strings.ReplaceAll(canonText(s), `\:`, ":"))
	if len(s) > len(urn) && strings.EqualFold(s[:len(urn)], urn) {
		return s[len(urn):]
	}
	return s
}

// canonNumber is a decimal number without leading zeros and plus; what is none stays as it is.
func canonNumber(s string) string {
	s = strings.TrimSpace(s)
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || !allDigits(digits) {
		return s
	}
	digits = strings.TrimLeft(digits, "0")
	switch {
	case digits == "":
		return "0"
	case s[0] == '-':
		return "-" + digits
	}
	return digits
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// canonGeo is a position to six digits: "52.52;13.4" of iCalendar and vCard 3, "geo:52.52,13.4" of vCard 4.
func canonGeo(s string) string {
	t := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(canonURI(s))), "geo:")
	t = strings.ReplaceAll(strings.ReplaceAll(t, `\`, ""), ",", ";")
	lat, lon, found := strings.Cut(t, ";")
	a, errA := strconv.ParseFloat(strings.TrimSpace(lat), 64)
	b, errB := strconv.ParseFloat(strings.TrimSpace(lon), 64)
	if !found || errA != nil || errB != nil {
		return s
	}
	return strconv.FormatFloat(a, 'f', 6, 64) + ";" + strconv.FormatFloat(b, 'f', 6, 64)
}

// duration is an amount of time with days and seconds apart, since a day is not always 24 hours.
type duration struct{ days, seconds int64 }

func (d duration) String() string {
	return "P" + strconv.FormatInt(d.days, 10) + "D" + strconv.FormatInt(d.seconds, 10) + "S"
}

// parseDuration reads P1W, -PT15M and the like. Amounts beyond 15 digits are not read.
func parseDuration(s string) (d duration, ok bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	sign := int64(1)
	switch {
	case strings.HasPrefix(s, "-"):
		sign, s = -1, s[1:]
	case strings.HasPrefix(s, "+"):
		s = s[1:]
	}
	if !strings.HasPrefix(s, "P") || len(s) < 3 {
		return d, false
	}
	inTime := false
	for s = s[1:]; s != ""; s = s[1:] {
		if s[0] == 'T' && !inTime {
			inTime = true
			continue
		}
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if n == 0 || n > 15 || n == len(s) {
			return d, false
		}
		amount, _ := strconv.ParseInt(s[:n], 10, 64)
		amount *= sign
		s = s[n:]
		switch {
		case s[0] == 'W' && !inTime:
			d.days += 7 * amount
		case s[0] == 'D' && !inTime:
			d.days += amount
		case s[0] == 'H' && inTime:
			d.seconds += 3600 * amount
		case s[0] == 'M' && inTime:
			d.seconds += 60 * amount
		case s[0] == 'S' && inTime:
			d.seconds += amount
		default:
			return d, false
		}
	}
	return d, true
}

func canonDuration(s string) string {
	if d, ok := parseDuration(s); ok {
		return d.String()
	}
	return strings.ToUpper(strings.TrimSpace(s))
}

// canonBase64 is a binary value by its decoded bytes, as a hash; what does not decode is compared as it stands.
func canonBase64(s string) string {
	b, err := decodeBase64(s)
	if err != nil {
		return "text:" + strings.Join(strings.Fields(s), "")
	}
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:]) + ":" + strconv.Itoa(len(b))
}

// canonCardDate is a date of a card: 1985-04-12 is 19850412, and so is 19850412T000000Z under VALUE=DATE.
func canonCardDate(s string, dateOnly bool) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	date, clock, timed := strings.Cut(s, "T")
	if len(date) == 10 && date[4] == '-' && date[7] == '-' {
		date = date[:4] + date[5:7] + date[8:]
	}
	if len(date) == 7 && strings.HasPrefix(date, "--") && date[4] == '-' {
		date = date[:4] + date[5:]
	}
	if !timed || dateOnly {
		return date
	}
	return date + "T" + strings.ReplaceAll(clock, ":", "")
}

// phoneKey is the digits of a number and a leading plus, without tel: and ;phone-context.
func phoneKey(s string) string {
	s = withoutTel(s)
	if i := strings.Index(strings.ToLower(s), ";phone-context"); i >= 0 {
		s = s[:i]
	}
	var key []byte
	for i := range len(s) {
		if c := s[i]; c >= '0' && c <= '9' || c == '+' && len(key) == 0 {
			key = append(key, c)
		}
	}
	if len(key) == 0 {
		return strings.ToLower(strings.TrimSpace(s))
	}
	return string(key)
}

func withoutTel(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(s, `\:`, ":"))
	if len(s) >= 4 && strings.EqualFold(s[:4], "tel:") {
		return s[4:]
	}
	return s
}

// showData shows binary values to people: how many bytes there are, and what tells two of one size apart. data is a canonical one.
func showData(data string) string {
	parts := strings.Split(data, ":")
	if len(parts) != 3 || len(parts[1]) < 8 {
		return strconv.Itoa(len(data)) + " characters that cannot be decoded"
	}
	return parts[2] + " bytes (" + parts[1][:8] + ")"
}
