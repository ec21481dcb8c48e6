package history

import (
	"io"
	"mime/quotedprintable"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"vgit/repo/item"
)

// Query is words that find items by their titles and names, the people in them, their mail addresses and phone numbers. Case, accents
// and the marks between the digits of a phone number do not count. The zero value finds nothing.
type Query struct{ words []word }

// word is one that has to occur: as it is, or its digits in a phone number.
type word struct{ text, digits string }

// NewQuery makes a query of what a person typed: all words have to occur in an item, in any order, each at any place.
func NewQuery(said []string) (q Query) {
	for _, s := range said {
		for _, w := range strings.Fields(s) {
			if text := fold(w); text != "" {
				q.words = append(q.words, word{text, phone(w)})
			}
		}
	}
	return q
}

// searched are the properties that are looked into; those that are true hold structured text.
var searched = map[string]bool{"SUMMARY": false, "FN": false, "N": true, "NICKNAME": false, "ORG": true, "EMAIL": false, "TEL": false, "ATTENDEE": false, "ORGANIZER": false}

// Matches tells whether all words occur in one version of an item. What cannot be read as an item has no words.
func (q Query) Matches(it *item.Item) bool {
	if len(q.words) == 0 {
		return false
	}
	left := make([]bool, len(q.words))
	n := len(left)
	look := func(l *item.Leaf) {
		text, numbers := searchedText(l)
		for i, w := range q.words {
			if !left[i] && (strings.Contains(text, w.text) || w.digits != "" && strings.Contains(numbers, w.digits)) {
				left[i] = true
				n--
			}
		}
	}
	eachSearched(it.Tree(), 0, look)
	return n == 0
}

// maxDepth bounds how deep components are looked into.
const maxDepth = 8

func eachSearched(c *item.Component, depth int, look func(*item.Leaf)) {
	if c == nil || depth == maxDepth || c.Name == "VTIMEZONE" {
		return
	}
	for l := range c.Leaves() {
		if _, ok := searched[l.Name]; ok {
			look(l)
		}
	}
	for inner := range c.Components() {
		eachSearched(inner, depth+1, look)
	}
}

// maxSearched bounds how much of one value is looked into.
const maxSearched = 4096

// searchedText is what a line says, in the form that is compared, and its digits if it is a phone number.
func searchedText(l *item.Leaf) (text, numbers string) {
	value := l.Value()
	if len(value) > maxSearched {
		value = value[:maxSearched]
	}
	if strings.EqualFold(l.Param("ENCODING"), "QUOTED-PRINTABLE") {
		if plain, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(value))); err == nil {
			value = string(plain)
		}
	}
	switch l.Name {
	case "TEL":
		return fold(value), digitsOf(value)
	case "ATTENDEE", "ORGANIZER":
		if scheme, rest, ok := strings.Cut(value, ":"); ok && strings.EqualFold(scheme, "mailto") {
			value = rest
		}
		return fold(l.Param("CN") + " " + value), ""
	}
	if searched[l.Name] {
		value = strings.ReplaceAll(value, ";", " ")
	}
	return fold(item.Unescape(value)), ""
}

// letters are those that do not fall apart into a letter and its accent, and signs that have several forms.
var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ı", "i", "’", "'", "‘", "'", "–", "-", "—", "-")

// fold is a text without case and accents.
func fold(s string) string {
	ascii := true
	for i := 0; i < len(s) && ascii; i++ {
		ascii = s[i] < 0x80
	}
	if ascii {
		return strings.ToLower(s)
	}
	s = norm.NFKD.String(strings.ToLower(s))
	return letters.Replace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, s))
}

// phone gives the digits of a word that may be a phone number, or a part of one: without a zero that stands for the own country.
func phone(w string) string {
	if strings.Trim(w, "+0123456789()-./") != "" {
		return ""
	}
	digits := strings.TrimLeft(digitsOf(w), "0")
	if len(digits) < 3 && len(digits) < len(w) || digits == "" {
		return ""
	}
	return digits
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
