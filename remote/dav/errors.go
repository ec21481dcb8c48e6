package dav

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"vgit/remote"
)

// shownLength is how much of a server's text goes into a message (V73).
const shownLength = 200

// rawLength is how much of it is looked at for secrets first.
const rawLength = 20 * shownLength

// cut makes one short line without control characters out of what a server said. Where that may hold secrets, it is called
// through secrets.short: half of one, at the end of the line, would not be found.
func cut(s string) string { return cutTo(shownLength, s) }

func cutTo(most int, s string) string {
	var b strings.Builder
	n, blank := 0, false
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Cf, r) {
			blank = n > 0
			continue
		}
		if n++; n > most {
			break
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// secrets are strings that no message may hold, in any spelling (S27).
type secrets struct {
	mu     sync.Mutex
	hidden []string
}

// hide adds a secret, with its usual spellings.
func (s *secrets) hide(secret string) {
	if len(secret) < 4 {
		return // would blank out half of a message
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	inQuotes := strconv.Quote(secret)
	if onOneLine := cutTo(len(secret), secret); len(onOneLine) >= 4 {
		s.hidden = append(s.hidden, onOneLine)
	}
	s.hidden = append(s.hidden, secret, url.QueryEscape(secret), url.PathEscape(secret), hex.EncodeToString([]byte(secret)),
		inQuotes[1:len(inQuotes)-1],
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte(secret)),
		base64.RawStdEncoding.EncodeToString([]byte(secret)))
	for before := range 3 { // behind something else, base64 of it looks different at each of three places
		for _, coding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			coded := coding.EncodeToString([]byte(strings.Repeat("x", before) + secret))
			if core := coded[(8*before+5)/6 : 8*(before+len(secret))/6]; len(core) >= 8 {
				s.hidden = append(s.hidden, core)
			}
		}
	}
}

// maxEscapes is how often over something may be escaped before nobody looks for what it hides.
const maxEscapes = 10

// scrub replaces secrets by stars. A text in which one is hidden deeper, by a server that escapes it once more, is given up.
func (s *secrets) scrub(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.hidden {
		text = strings.ReplaceAll(text, h, "***")
	}
	for plain, last, times := unescape(text), text, 0; plain != last; plain, last, times = unescape(plain), plain, times+1 {
		if times == maxEscapes {
			return "***"
		}
		for _, h := range s.hidden {
			if strings.Contains(plain, h) {
				return "***"
			}
		}
	}
	return text
}

// short is what cut makes of a text, when the secrets are out of it.
func (s *secrets) short(text string) string { return cut(s.scrub(text)) }

// unescape decodes percent escapes and the references of web pages, and lets what is none stand.
func unescape(s string) string {
	s = html.UnescapeString(s)
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// safe makes an error that may leave the package: one that shows a secret keeps its kind and loses the secret.
func (s *secrets) safe(err error) error {
	if err == nil {
		return nil
	}
	if text := err.Error(); s.scrub(text) != text {
		return &scrubbed{s.scrub(text), err}
	}
	return err
}

type scrubbed struct {
	text string
	err  error
}

func (e *scrubbed) Error() string { return e.text }

// Is and As look at the error behind without handing it out, since its text is not for showing.
func (e *scrubbed) Is(target error) bool { return errors.Is(e.err, target) }

func (e *scrubbed) As(target any) bool {
	if !errors.As(e.err, target) {
		return false
	}
	if r, ok := target.(**remote.Refused); ok {
		*r = &remote.Refused{Status: (*r).Status, Condition: "***", Text: "***"}
	}
	return true
}

// shown is a URL for messages: without user info and without the values of its query, which may be secret (S27).
func shown(u *url.URL) string {
	s := u.Scheme + "://" + u.Host + u.EscapedPath()
	if u.RawQuery != "" {
		s += "?***"
	}
	return s
}

// failure is an answer with a status that is no success, read to its end.
type failure struct {
	method    string
	url       *url.URL
	status    int
	condition string // precondition element (P38)
	namespace string // of the condition
	href      string // inside the condition
	text      string // what else the server said, short
	html      bool
	err       error // the sentinel that fits
}

func (f *failure) Error() string {
	s := f.method + " " + shown(f.url) + ": "
	if no, ok := f.err.(*remote.Refused); ok {
		return s + no.Error() // says all of it
	}
	s = strings.TrimSpace(fmt.Sprintf("%s%d %s", s, f.status, http.StatusText(f.status)))
	switch {
	case f.condition != "":
		s += " (" + f.condition + ")"
	case f.text != "":
		s += " (" + f.text + ")"
	}
	if f.err != nil && f.err != remote.ErrTemporary && f.err != remote.ErrServer { // marks, which the status says in words
		s += ": " + f.err.Error()
	}
	return s
}

func (f *failure) Unwrap() error { return f.err }

// readFailure reads what the body of a refusal says.
func readFailure(f *failure, body []byte, contentType string) {
	f.html = isHTML(contentType, body)
	if f.html {
		f.text = page(body)
		return
	}
	f.condition, f.namespace, f.href, f.text = parseError(body)
	if f.condition == "" && f.text == "" {
		f.text = cutTo(rawLength, string(body))
	}
}

// title is that of a web page. Its other text is for a browser.
var title = regexp.MustCompile(`(?i)<title[^<>]*>([^<]*)</title>`)

// page is a web page in a few words.
func page(body []byte) string {
	if m := title.FindSubmatch(body); m != nil {
		if t := strings.Join(strings.Fields(html.UnescapeString(cutTo(rawLength, string(m[1])))), " "); t != "" {
			return "a web page: " + t
		}
	}
	return "a web page"
}

// parseError reads an error document: its first precondition element of a known namespace, and any message of the server.
func parseError(body []byte) (condition, namespace, href, text string) {
	dec := xml.NewDecoder(bytes.NewReader(body))
	dec.Strict = false
	depth, inside := 0, xml.Name{}
	for depth < maxDepth {
		t, err := dec.Token()
		if err != nil {
			return
		}
		switch t := t.(type) {
		case xml.StartElement:
			depth++
			inside = t.Name
			if depth == 1 && t.Name != nameError {
				return
			}
			known := t.Name.Space == nsDAV || t.Name.Space == nsCalDAV || t.Name.Space == nsCardDAV
			if depth == 2 && known && condition == "" {
				condition, namespace = cutTo(rawLength, t.Name.Local), t.Name.Space
			}
		case xml.EndElement:
			depth--
			inside = xml.Name{}
		case xml.CharData:
			switch {
			case inside == nameHref && href == "":
				href = strings.TrimSpace(string(t))
			case inside.Local == "message" || inside.Local == "responsedescription":
				text = cutTo(rawLength, string(t))
			}
		}
	}
	return
}

// isHTML tells a web page by its type or its first bytes.
func isHTML(contentType string, body []byte) bool {
	ct := strings.ToLower(contentType)
	if strings.HasPrefix(ct, "text/html") || strings.HasPrefix(ct, "application/xhtml") {
		return true
	}
	head := strings.ToLower(strings.TrimSpace(string(body[:min(len(body), 256)])))
	return strings.HasPrefix(head, "<!doctype html") || strings.HasPrefix(head, "<html")
}

// temporary tells that an error may pass by itself.
func temporary(err error) bool { return errors.Is(err, remote.ErrTemporary) }

// status is the HTTP status of an error, 0 if it has none.
func status(err error) int {
	if f, ok := asFailure(err); ok {
		return f.status
	}
	return 0
}

// asFailure is the answer behind an error, if there was one.
func asFailure(err error) (f *failure, ok bool) {
	ok = errors.As(err, &f)
	return f, ok
}
