package dav

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"testing"

	"vgit/repo/cost"

	"vgit/remote"
)

// flood is a document that repeats a piece until size bytes are written, and then ends well. It is never in memory.
func flood(head, piece, end string, size int) io.Reader {
	n := max(1, size/len(piece))
	block := strings.Repeat(piece, min(n, 1000))
	readers := []io.Reader{strings.NewReader(head)}
	for ; n > 0; n -= min(n, 1000) {
		readers = append(readers, strings.NewReader(block[:min(n, 1000)*len(piece)]))
	}
	return io.MultiReader(append(readers, strings.NewReader(end))...)
}

// S9, S10: whatever a document repeats, it is refused or read, and what that takes does not grow with it. (The pieces are
// each what made the reader keep something once.) No test runs beside this one: it counts memory.
func TestS10FloodsKeepLittle(t *testing.T) {
	const response, end = open + `<D:response><D:href>/a</D:href>`, `</D:response></D:multistatus>`
	const prop, endProp = response + `<D:propstat><D:prop>`, `</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>` + end
	tests := []struct {
		name, head, piece, end string
		refused                bool
	}{
		{"attributes", open + "<D:x ", `a="" `, "/></D:multistatus>", true},
		{"a tag without end", open + "<D:x ", ` `, "/></D:multistatus>", true},
		{"a name", open + "<", `a`, "/></D:multistatus>", true},
		{"declared names", open + "<D:x>", `<D:x xmlns:a="1" xmlns:b="2" xmlns:c="3"/>`, "</D:x></D:multistatus>", false},
		{"hrefs of one response", response, `<D:href/>`, end, true},
		{"properties of one propstat", prop, `<D:getetag/>`, endProp, true},
		{"elements in a property", prop + `<D:resourcetype>`, `<D:x/>`, `</D:resourcetype>` + endProp, true},
		{"properties with elements", prop, `<D:resourcetype><D:x/></D:resourcetype>`, endProp, true},
		{"attributes in properties", prop, `<D:resourcetype><D:x a="" b="" c=""/></D:resourcetype>`, endProp, true},
		{"propstats", response, `<D:propstat><D:prop><D:getetag/></D:prop></D:propstat>`, end, true},
		{"conditions", response, `<D:error><D:x/></D:error>`, end, true},
		{"properties that nobody asked for", prop, `<D:x><D:y>text</D:y></D:x>`, endProp, false},
		{"control characters", prop + `<D:x>`, "\x01", `</D:x>` + endProp, false},
		{"control characters among marks", prop + `<D:x><![CDATA[`, "<\x01", `]]></D:x>` + endProp, true},
		{"references to none", prop + `<D:x>`, "&#1;", `</D:x>` + endProp, false},
		{"comments", open, `<!-- -->`, `</D:multistatus>`, false},
		{"instructions", open, `<?a b?>`, `</D:multistatus>`, false},
		{"tokens", open, `<D:sync-token>t</D:sync-token>`, `</D:multistatus>`, false},
		{"different names", open, `<D:x1/><D:x2/><y/><z/>`, `</D:multistatus>`, false},
	}
	const size = 8 << 20
	bound := uint64(80 << 20)
	if raced {
		bound = 120 << 20
	}
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	for _, tt := range tests {
		var err error
		used := cost.Bytes(func() {
			_, err = readMultistatus(flood(tt.head, tt.piece, tt.end, size), "", func(*row) error { return nil })
		})
		if tt.refused != errors.Is(err, errTooLong) || !tt.refused && err != nil {
			t.Errorf("%s: error %v", tt.name, err)
		}
		if used > bound {
			t.Errorf("%s: %d MB for %d MB", tt.name, used>>20, size>>20)
		}
	}
}

// S10: a million elements, nested or in a row, prefixes declared at each level, and the longest names are read in linear
// time. There is no clock in this test: with anything quadratic in one of these it takes minutes.
func TestS10LinearTime(t *testing.T) {
	t.Parallel()
	var scopes, names strings.Builder
	for i := range 200 {
		fmt.Fprintf(&scopes, ` xmlns:p%d="urn:%d"`, i, i)
		fmt.Fprintf(&names, `<p%d:x/>`, i)
	}
	for name, doc := range map[string]io.Reader{
		"a million nested elements":       flood(open, "<D:x>", "", 3_000_000),
		"a name in 200 scopes, each anew": flood(open+"<D:x"+scopes.String()+">", `<q:x xmlns:q="1"/>`+names.String(), `</D:x></D:multistatus>`, 3_000_000),
		"names of 60 KB":                  flood(open, "<"+strings.Repeat("a", 60_000)+"/>", `</D:multistatus>`, 3_000_000),
		"values of 60 KB":                 flood(open, `<a b="`+strings.Repeat("&lt;", 15_000)+`"/>`, `</D:multistatus>`, 3_000_000),
		"a body of ampersands":            flood(open, "<D:x>"+strings.Repeat("&amp;", 1_000_000)+"</D:x>", `</D:multistatus>`, 3_000_000),
		"a reference that never ends":     flood(open+"<D:x>&", "a", `</D:x></D:multistatus>`, 3_000_000),
		"brackets":                        flood(open+"<D:x><![CDATA[", "]]", `></D:x></D:multistatus>`, 3_000_000),
		"dashes":                          flood(open+"<!--", " --", `></D:multistatus>`, 3_000_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _ = readMultistatus(doc, "", func(*row) error { return nil })
		})
	}
}

// F52: a listing of a million members, the most that are taken (P35), is read to its end.
func TestF52MillionMembers(t *testing.T) {
	t.Parallel()
	const member = `<D:response><D:href>/a</D:href><D:status>HTTP/1.1 404 x</D:status></D:response>`
	rows := 0
	tail, err := readMultistatus(flood(open, member, `</D:multistatus>`, maxRows*len(member)), "", func(*row) error { rows++; return nil })
	if err != nil || rows != maxRows || tail.rows != maxRows {
		t.Errorf("%d rows, %d in the end, %v", rows, tail.rows, err)
	}
}

// S9: addresses, challenges and error documents of the greatest length that can come are read in linear time. As above
// there is no clock.
func TestS9LongTexts(t *testing.T) {
	t.Parallel()
	base, err := url.Parse("https://h/cal/")
	if err != nil {
		t.Fatal(err)
	}
	var hidden secrets
	hidden.hide("password")
	for _, piece := range []string{"/", "../", "./", "%25", "%2e%2e/", "a?", "#", ":", "@", "\\", "%", "25", "ü", "\x80", "[", " "} {
		long := strings.Repeat(piece, maxShort/len(piece))
		for _, href := range []string{long, "/cal/" + long, "https://" + long, "//" + long, "/cal/%25" + long} {
			relate(base, href)
			if u, err := resolve(base, href); err == nil {
				_ = hidden.safe(errors.New(shown(u)))
				samePlace(u, u)
				spelling(base, u, href)
			}
			cut(href)
		}
	}
	for _, piece := range []string{`a `, `a=b,`, `"`, `\`, `,`, `=`, `a="b\"`, `basic realm=x, `} {
		parseChallenges([]string{strings.Repeat(piece, (1<<20)/len(piece))})
	}
	for _, piece := range []string{"<a>", "<a/>", "<", "&", "<!--", `a="`, "<D:error xmlns:D='DAV:'>", "%25", " "} {
		readFailure(&failure{}, []byte(`<D:error xmlns:D="DAV:">`+strings.Repeat(piece, maxErrorText/len(piece))), "")
	}
}

// S27: what is escaped again and again is given up, not unwrapped for ever.
func TestS27EscapedWithoutEnd(t *testing.T) {
	t.Parallel()
	var s secrets
	s.hide("password")
	for text, want := range map[string]string{
		"%70assword":                         "***",
		"%252570assword":                     "***",
		"%25252525 is plain":                 "%25252525 is plain",
		"%" + strings.Repeat("25", 1000):     "***",
		"/cal/%2Fa%25.ics is not the secret": "/cal/%2Fa%25.ics is not the secret",
	} {
		if got := s.scrub(text); got != want {
			t.Errorf("%.40q is shown as %q", text, got)
		}
	}
}

// P34: what a decoder could not read is not the text of the item, whatever stands there instead.
func TestP34UndecodableTextIsDirty(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, doc, contentType string }{
		{"shift_jis", open + ok("/a", "\x81\x20") + ok("/b", "2") + `</D:multistatus>`, "text/xml; charset=shift_jis"},
		{"windows-1253", open + ok("/a", "\xd2") + ok("/b", "2") + `</D:multistatus>`, "text/xml; charset=windows-1253"},
	} {
		rows, _, err := read(tt.doc, tt.contentType)
		if err != nil || len(rows) != 2 || !strings.HasSuffix(rows[0], "dirty") || strings.HasSuffix(rows[1], "dirty") {
			t.Errorf("%s: %q, %v", tt.name, rows, err)
		}
	}
	rows, _, err := read(open+ok("/a", "\uFFFD")+`</D:multistatus>`, "")
	if err != nil || len(rows) != 1 || strings.HasSuffix(rows[0], "dirty") {
		t.Errorf("U+FFFD as it came: %q, %v", rows, err)
	}
}

// S10: a reference that a tag cuts short takes nothing of the tag with it.
func TestS10ReferenceEndsBeforeATag(t *testing.T) {
	t.Parallel()
	doc := `<multistatus xmlns="DAV:"><response><href>/a&#</href><href>;/b</href><status>HTTP/1.1 404 x</status></response></multistatus>`
	if rows, _, err := read(doc, ""); err == nil {
		t.Errorf("read as %q", rows)
	}
}

// TestPagesWithoutEnd: the pages of a report together have the bound that one answer has.
func TestPagesWithoutEnd(t *testing.T) {
	t.Parallel()
	c := New(Options{URL: "https://h/"}).Open(remote.Info{Href: "/cal/"}).(*collection)
	all, page := newRows(c), newRows(c)
	all.members, all.names = make([]remote.Member, maxRows-1), make([]string, maxRows-1)
	page.append("a", remote.Member{})
	if err := all.join(page); err != nil {
		t.Fatal(err)
	}
	page = newRows(c)
	page.append("b", remote.Member{})
	if err := all.join(page); !errors.Is(err, errTooLong) {
		t.Errorf("%v", err)
	}
}

// TestS9DataThatInflateToNothing: the length of an answer is bounded before inflating, too.
func TestS9DataThatInflateToNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff")
		nothing := strings.Repeat("\x00\x00\x00\xff\xff", 10_000) // stored blocks without a byte
		for sent := 0; sent < 20<<20; sent += len(nothing) {
			if _, err := io.WriteString(w, nothing); err != nil {
				return
			}
		}
	})
	r := s.remote(t)
	a, err := r.http.do(t.Context(), call{method: "GET", url: s.at(t, "/"), gzip: true, limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer a.body.Close()
	if _, err := io.Copy(io.Discard, a.body); !errors.Is(err, errTooLong) {
		t.Errorf("it ends with %v", err)
	}
}
