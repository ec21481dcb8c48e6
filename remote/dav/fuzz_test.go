package dav

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"vgit/remote"
	"vgit/repo/cost"
)

// What an input may cost: some buffers, and so many bytes of memory for each of its own. Most is for a property of nothing
// but empty elements, of which four bytes become an element in a list that grows by doubling.
const (
	fixedCost  = 512 << 10
	costOfByte = 120
)

// documents are seeds: answers as servers give them, and what each rule about them is afraid of.
func documents() []string {
	event := `<C:calendar-data>BEGIN:VCALENDAR&#13;` + "\n" + `END:VCALENDAR</C:calendar-data>`
	list := []string{
		open + ok("/cal/a.ics", "1") + `</D:multistatus>`,
		open + ok("/cal/a.ics", "&#8;\x01\xff&#x110000;") + `<D:sync-token>`,
		open + ok("/cal/", "1") + ok("/cal/a.ics", "1") + ok("/cal/%61.ics", "2") + ok("//evil/cal/b.ics", "3") + `<D:sync-token>t</D:sync-token></D:multistatus>` + "\n<!-- -->",
		open + `<D:response><D:href>/cal/a.ics</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>` + ok("/cal/b.ics", "2") + `</D:multistatus>`,
		open + `<D:response><D:href>/cal/a.ics</D:href><D:href>/cal/b.ics</D:href><D:status>HTTP/1.1 410</D:status></D:response></D:multistatus>`,
		open + `<D:response><D:href>/cal/a.ics</D:href><D:propstat><D:prop><D:getetag>"1"</D:getetag>` + event + `</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>`,
		open + `<D:response><D:href>/cal/a.ics</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype></D:prop><D:status>HTTP/1.1 403</D:status></D:propstat></D:response></D:multistatus>`,
		"\xEF\xBB\xBF" + open + `<D:response><D:error><C:no-uid-conflict><D:href>/b</D:href></C:no-uid-conflict></D:error></D:response></D:multistatus>`,
		open + `<D:response><D:href>/cal/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:response></D:multistatus>`,
		`<?xml version="1.0" encoding="ISO-8859-1"?>` + open + ok("/caf\xe9", "1") + `</D:multistatus>`,
		`<?xml version="1.0" encoding="utf-16"?><a/>`, "<!DOCTYPE html><html><body>Login</body></html>",
		`<multistatus xmlns="DAV:"><response><href>a.ics&#</href></response></multistatus>`,
	}
	return append(list, lexerSeeds...)
}

// answered is all that a listing of /cal/ makes of an answer.
func answered(r *Remote, doc []byte, contentType string) (remote.Changes, remote.Token, error) {
	c := r.Open(remote.Info{Href: "/cal/"}).(*collection)
	rows := newRows(c)
	t, err := readMultistatus(bytes.NewReader(doc), contentType, rows.add)
	if err != nil {
		return remote.Changes{}, "", err
	}
	rows.checkSelf()
	return rows.changes(), t.token, nil
}

// FuzzMultistatus: whatever a server sends is read at a bounded cost. What it makes of items is one thing for each, and an answer that is cut
// anywhere says the same or nothing: never that something is gone.
func FuzzMultistatus(f *testing.F) {
	for i, doc := range documents() {
		f.Add([]byte(doc), "application/xml", uint(i*37))
		f.Add([]byte(doc), "", uint(len(doc)-1-i))
	}
	f.Add([]byte(documents()[0]), "text/xml; charset=latin1", uint(40))
	f.Add([]byte("\xFE\xFF\x00<\x00a\x00/\x00>"), "text/xml; charset=utf-8", uint(3))
	r := New(Options{URL: "https://h/"})
	f.Fuzz(func(t *testing.T, doc []byte, contentType string, at uint) {
		var whole remote.Changes
		var token remote.Token
		var err error
		cost.Linear(t, len(doc)+len(contentType), fixedCost, costOfByte, func() { whole, token, err = answered(r, doc, contentType) })
		if err != nil && token != "" {
			t.Fatalf("the token %q of a document that does not count", token)
		}
		oneThingEach(t, r, whole)
		if err != nil || len(doc) == 0 {
			return
		}
		cutOff, cutToken, err := answered(r, doc[:at%uint(len(doc))], contentType)
		if err == nil && (!cmp.Equal(whole, cutOff) || token != cutToken) {
			t.Fatalf("cut after %d bytes: %+v %q, and whole: %+v %q", at%uint(len(doc)), cutOff, cutToken, whole, token)
		}
	})
}

// oneThingEach demands that each item of a listing is there, gone or unclear, once, and is an item of the collection.
func oneThingEach(t *testing.T, r *Remote, ch remote.Changes) {
	t.Helper()
	c := r.Open(remote.Info{Href: "/cal/"}).(*collection)
	seen := map[string]bool{}
	hrefs := slices.Concat(ch.Gone, ch.Unclear)
	for _, m := range ch.Members {
		hrefs = append(hrefs, m.Href)
	}
	for _, h := range hrefs {
		_, name, err := c.item(h)
		if err != nil || seen[name] {
			t.Fatalf("%q: %q (twice: %v), %v", h, name, seen[name], err)
		}
		seen[name] = true
	}
	if len(ch.Unclear) > 0 && ch.Doubt == "" {
		t.Fatalf("unclear without doubt: %+v", ch)
	}
}

// FuzzStatusLine: a status is one that there is, and printed it is the same one.
func FuzzStatusLine(f *testing.F) {
	for _, s := range []string{"HTTP/1.1 200 OK", "404", " http/2\t410 Gone", "HTTP/1.1", "HTTP/1.1 4040", "2 200", "", "HTTP 099"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		n := parseStatus(line)
		if n != statusUnreadable && (n < 100 || n > 999) {
			t.Fatalf("%q is %d", line, n)
		}
		if again := parseStatus(fmt.Sprintf("HTTP/1.1 %d x", n)); again != n {
			t.Fatalf("%q is %d, printed and read %d", line, n, again)
		}
		if n/100 == 2 && !strings.Contains(line, fmt.Sprint(n)) {
			t.Fatalf("%q is %d", line, n)
		}
	})
}

// FuzzHref: nothing panics, a child is one segment, its spelling leads back to it, and a place is the same seen from both
// sides.
func FuzzHref(f *testing.F) {
	seeds := []string{"/cal/a.ics", "a:b", "//h/x", "https://h/cal/%2e", "/cal/a%2fb", "../x", "/cal/a#b?c", "%", "https://h:443/cal/x", "/cal/;", "/cal", "HTTP://H:80/cal/", "/c%61l/a", "/cal/a?x=/"}
	for i, s := range seeds {
		f.Add(s, seeds[(i+1)%len(seeds)])
		f.Add(s, s)
	}
	base := at(f, "https://h/cal/")
	f.Fuzz(func(t *testing.T, href, other string) {
		cost.Linear(t, len(href), 64<<10, 64, func() { relate(base, href) })
		comparesAlike(t, base, href, other)
		rel, name := relate(base, href)
		if rel != child {
			return
		}
		if name == "" || name == "." || name == ".." {
			t.Fatalf("%q is the child %q", href, name)
		}
		given := spelling(base, base, href)
		if again, name2 := relate(base, string(given)); again != child || name2 != name {
			t.Errorf("%q is the child %q, and its spelling %q is %v %q", href, name, given, again, name2)
		}
		u, err := resolve(base, href)
		if err != nil || origin(u) != origin(base) || !strings.HasPrefix(u.Path, "/cal/") {
			t.Errorf("%q leads to %v, %v", href, u, err)
		}
	})
}

// comparesAlike demands the laws of an equality, and that a place that is written out is the same place.
func comparesAlike(t *testing.T, base *url.URL, href, other string) {
	t.Helper()
	a, errA := resolve(base, href)
	b, errB := resolve(base, other)
	if errA == nil {
		again, err := resolve(base, a.String())
		if err != nil || !samePlace(a, again) || !samePlace(a, a) || origin(a) != origin(again) {
			t.Fatalf("%q is %s, and that is %v, %v", href, a, again, err)
		}
	}
	if errA == nil && errB == nil {
		if samePlace(a, b) != samePlace(b, a) {
			t.Fatalf("%q and %q: %v one way, %v the other", href, other, samePlace(a, b), samePlace(b, a))
		}
		relA, nameA := relate(base, href)
		relB, nameB := relate(base, other)
		slashes := strings.HasSuffix(a.Path, "/") == strings.HasSuffix(b.Path, "/") // with one, what lies below is a collection
		if samePlace(a, b) && slashes && (relA != relB || nameA != nameB) {
			t.Fatalf("%q and %q are one place, and %v %q and %v %q", href, other, relA, nameA, relB, nameB)
		}
	}
}

// FuzzToken: a token and an href reach the server as they are. What XML cannot carry arrives as U+FFFD, and makes no other
// request of it.
func FuzzToken(f *testing.F) {
	for _, s := range []string{"urn:x:1", `"a&b"<c>`, "]]>", " t ", "a\rb\nc\td", "\x00\x01", "\xff\xfe", "\uFFFD\uFFFE", "</D:sync-token><x/>", "&#65;", ""} {
		f.Add(s)
	}
	const mark = "MARK"
	requests := func(s string) []string {
		return []string{
			string(syncBody(remote.Token(s), rowProperties)),
			string(multigetBody(remote.Calendar, "", []string{s, "/b"})),
			string(multigetBody(remote.Contacts, "4.0", []string{"/a", s})),
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		marked := requests(mark)
		for i, body := range requests(s) {
			want, err := lexed(strings.NewReader(marked[i]))
			if err != nil || strings.Count(want, `"`+mark+`"`) != 1 {
				t.Fatalf("%q: %v", want, err)
			}
			text := ""
			if s != "" {
				text = strconv.Quote(strings.Map(carried, s))
			}
			want = strings.Replace(want, `"`+mark+`"`, text, 1)
			if got, err := lexed(strings.NewReader(body)); err != nil || got != want {
				t.Fatalf("%q goes out as\n%s, want\n%s, %v", s, got, want, err)
			}
		}
	})
}

// carried is what arrives for a character (XML 1.0, 2.2).
func carried(r rune) rune {
	switch {
	case r == '\t', r == '\n', r == '\r', r >= 0x20 && r <= 0xD7FF, r >= 0xE000 && r <= 0xFFFD, r >= 0x10000:
		return r
	}
	return '\uFFFD'
}

// FuzzRetryAfter: a server that wants to be left alone is, for a time between a second and two hours, whatever it says.
func FuzzRetryAfter(f *testing.F) {
	for i, s := range []string{"", "0", "120", "-1", "99999999999999999999", "9223372036854775807", "1e3", " 7 ", "Sat, 28 Nov 2026 12:00:00 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 9999", "soon"} {
		f.Add(s, 429+i%2*74)
		f.Add(s, 403)
	}
	now := time.Date(2026, 11, 28, 11, 0, 0, 0, time.UTC)
	r := New(Options{URL: "https://h/", Now: func() time.Time { return now }})
	f.Fuzz(func(t *testing.T, after string, status int) {
		a := &answer{status: status, header: http.Header{"Retry-After": {after}, "Date": {after}}}
		until, _, busy := r.http.wantsPeace(a)
		if wait := until.Sub(now); busy && (wait < time.Second || wait > maxBusy) {
			t.Fatalf("%q: %v", after, wait)
		}
		if busy && status != 429 && status != 503 && status != 403 || !busy && (status == 429 || status == 503) {
			t.Fatalf("status %d: %v", status, busy)
		}
		r.http.readClock(a.header)
	})
}

// FuzzFailure: what a refusal says becomes a short line.
func FuzzFailure(f *testing.F) {
	for _, s := range append(documents(), `<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:message>No\x1b[2J</s:message><d:valid-sync-token/></d:error>`) {
		f.Add([]byte(s), "application/xml")
	}
	f.Add([]byte("no such\r\n\x1b thing"), "text/html; charset=utf-8")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		var e failure
		cost.Linear(t, len(body), fixedCost, costOfByte, func() { readFailure(&e, body, contentType) })
		for _, s := range []string{cut(e.text), cut(e.condition)} {
			if utf8.RuneCountInString(s) > 2*shownLength || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) || cut(s) != s {
				t.Fatalf("%q", s)
			}
		}
		if e.condition != "" && e.namespace == "" {
			t.Fatalf("the condition %q of no namespace", e.condition)
		}
	})
}

// FuzzChallenge: a scheme is a word in lower case, and what was read can be written and read again.
func FuzzChallenge(f *testing.F) {
	for _, s := range []string{`Basic realm="a", Digest nonce=b`, `Negotiate abc==, x="\`, `Digest realm="a\"b", qop="auth,auth-int", algorithm=SHA-256`, ",,=;", "a b c",
		`Digest nonce="\"\\", realm="ü", opaque=",x=y", algorithm="sha-256-sess", userhash=true`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var read []challenge
		cost.Linear(t, len(s), 64<<10, 400, func() { read = parseChallenges([]string{s}) })
		if n := digestOffer(read); n != nil {
			answer, err := n.answer(strings.NewReader("randomrandom"), "ada", "pw", "GET", "/")
			again := parseChallenges([]string{answer})
			if err != nil || len(again) != 1 || again[0].params["nonce"] != n.value || again[0].params["realm"] != n.realm || again[0].params["opaque"] != n.opaque {
				t.Fatalf("%q is answered with %q, %v", s, answer, err)
			}
		}
		var written strings.Builder
		for _, c := range read {
			if c.scheme == "" || strings.ContainsAny(c.scheme, " ,=\"\r\n") || c.scheme != strings.ToLower(c.scheme) {
				t.Fatalf("%q has the scheme %q", s, c.scheme)
			}
			written.WriteString(", " + c.scheme)
			glue := " "
			for name, value := range c.params {
				written.WriteString(glue + name + `="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`)
				glue = ", "
			}
		}
		if again := parseChallenges([]string{written.String()}); !cmp.Equal(read, again, cmp.AllowUnexported(challenge{})) {
			t.Fatalf("%q is %q, and %q is %q", s, read, written.String(), again)
		}
	})
}

// FuzzInline: no line of a card is lost when it is taken apart, and a card that is written as 3.0 has its data in it and is not written so again.
func FuzzInline(f *testing.F) {
	for _, lines := range []string{"PHOTO:data:image/png;base64,QUJD", "item1.KEY;PREF=1:data:application/pgp-keys;base64,QU\r\n JD\r\nKIND:org",
		"LOGO;VALUE=uri:https://example.org/a;b\r\nSOUND:data:audio/ogg;base64,QUJD", "ADR;LABEL=\"a:b;c\":;;d;;;;\r\nPHOTO:data:image/svg+xml;base64,QUJD"} {
		f.Add([]byte("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:x\r\n" + lines + "\r\nEND:VCARD\r\n"))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var joined []byte
		for _, l := range logicalLines(body) {
			joined = append(joined, l.raw...)
		}
		if !bytes.Equal(joined, body) {
			t.Fatalf("%q became %q", body, joined)
		}
		card := inline(body)
		if card == nil {
			return
		}
		if !card.isWholeIn(card.body) || card.isCutIn(card.body) || inline(card.body) != nil {
			t.Errorf("%q is written as %q", body, card.body)
		}
	})
}
