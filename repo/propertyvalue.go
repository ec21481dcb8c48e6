package repo

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"vgit/remote"
)

// valueState is what a file of a property stands for.
type valueState int

const (
	// valueLost: there is no file, or one without a byte, as a crash, a half-done write and calcurse-vdir (X10) leave it, or one that
	// says None (T21). It is no edit, and nothing is removed for it.
	valueLost valueState = iota
	// valueSet: the file holds a value that can be sent.
	valueSet
	// valueRemoved: the file holds nothing but a line end or blanks. That is how a person removes a property on both sides.
	valueRemoved
	// valueOdd: it holds something else than vgit may send; it stays here.
	valueOdd
)

// localValue is a property as its file has it.
type localValue struct {
	state valueState
	text  string // of valueSet
	why   string // of valueOdd
}

// maxPropertyText is how long a property of text may be.
const maxPropertyText = 4 << 10

var (
	colorPattern = regexp.MustCompile(`^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6}(?:[0-9a-fA-F]{2})?)$`)
	orderPattern = regexp.MustCompile(`^[+-]?[0-9]{1,18}$`)
)

// readPropertyFile reads the file of a property as khal, todoman and vdirsyncer do: blanks and line ends around the value are none of
// it (X12, X13).
func readPropertyFile(name string, body []byte) localValue {
	text := string(bytes.TrimSpace(body))
	switch {
	case len(body) == 0, bytes.IndexByte(body, 0) >= 0, text == "None":
		return localValue{state: valueLost}
	case text == "":
		return localValue{state: valueRemoved}
	case !utf8.ValidString(text):
		return localValue{state: valueOdd, why: "is not in UTF-8"}
	case len(text) > maxPropertyText:
		return localValue{state: valueOdd, why: "is too long"}
	case name == remote.Color && !colorPattern.MatchString(text):
		return localValue{state: valueOdd, why: "is no colour of the form #RRGGBB"}
	case name == remote.Order && !orderPattern.MatchString(text):
		return localValue{state: valueOdd, why: "is no whole number"}
	case strings.ContainsFunc(text, unicode.IsControl):
		return localValue{state: valueOdd, why: "holds more than one line"}
	}
	return localValue{state: valueSet, text: text}
}

// sense is what two spellings of a value are compared by: a colour without its alpha and in lower case (T22), a number as a number, a
// text without regard to blanks. "" is not set.
func sense(name, text string) string {
	text = oneLine(text)
	switch {
	case text == "None":
		return ""
	case name == remote.Color && colorPattern.MatchString(text):
		return strings.ToLower(plainColor(text))
	case name == remote.Order && orderPattern.MatchString(text):
		sign := ""
		if text[0] == '-' {
			sign = "-"
		}
		if digits := strings.TrimLeft(text, "+-0"); digits != "" {
			return sign + digits
		}
		return "0"
	}
	return text
}

// plainColor is #RRGGBB of a colour.
func plainColor(text string) string {
	if len(text) == 4 {
		return string([]byte{'#', text[1], text[1], text[2], text[2], text[3], text[3]})
	}
	return text[:7]
}

// oneLine makes a text into one line without characters that are none.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
}

// propertyFile makes the file for what a server shows. ok is false if it cannot be said in such a file: a colour has to be #RRGGBB
// (X12), an order a number. The end of the line is that of the file before.
func propertyFile(name, shown string, before []byte) (body []byte, ok bool) {
	text := oneLine(shown)
	switch name {
	case remote.Color:
		if ok = colorPattern.MatchString(text); ok {
			text = plainColor(text)
		}
	case remote.Order:
		ok = orderPattern.MatchString(text)
	default:
		ok = text != "" && len(text) <= maxPropertyText
	}
	end := before[len(bytes.TrimRight(before, "\r\n")):]
	return append([]byte(text), end...), ok
}

// propertyToSend is the value to set for a file, while the server shows another: a colour keeps the alpha that the server's had,
// unless the file names one.
func propertyToSend(name, text, shown string) string {
	shown = strings.TrimSpace(shown)
	if name == remote.Color && len(text) < 9 {
		text = plainColor(text)
		if len(shown) == 9 && colorPattern.MatchString(shown) {
			text += shown[7:]
		}
	}
	return text
}

// inPropertyOrder sorts names as they are told.
func inPropertyOrder(names []string) []string {
	return slices.DeleteFunc(slices.Clone(remote.PropertyNames), func(n string) bool { return !slices.Contains(names, n) })
}
