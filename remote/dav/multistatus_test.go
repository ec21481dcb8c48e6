package dav

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"vgit/remote"
)

const open = `<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">`

// read gives every row of a document in words: "href status etag size body", marked when something was replaced.
func read(doc, contentType string) ([]string, tail, error) {
	var list []string
	t, err := readMultistatus(strings.NewReader(doc), contentType, func(r *row) error {
		s := strings.Join(r.hrefs, "+")
		if r.status != statusNone {
			s += fmt.Sprintf(" %d", r.status)
		}
		for _, p := range []property{getETag, getContentLength, calendarData} {
			if r.values[p].ok {
				s += " " + propertyNames[p].Local + "=" + strings.ReplaceAll(r.text(p), "\n", "/")
			}
		}
		if r.condition != "" {
			s += " !" + r.condition
		}
		if r.dirty {
			s += " dirty"
		}
		list = append(list, s)
		return nil
	})
	return list, t, err
}

// ok is a response with an etag.
func ok(href, etag string) string {
	return `<D:response><D:href>` + href + `</D:href><D:propstat><D:prop><D:getetag>` + etag +
		`</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`
}

func TestRowsOfAMultistatus(t *testing.T) {
	t.Parallel()
	response := func(inner string) string {
		return open + `<D:response><D:href>/a</D:href>` + inner + `</D:response></D:multistatus>`
	}
	tests := []struct {
		name, doc string
		want      []string
	}{
		{"P28 2xx counts", response(`<D:propstat><D:prop><D:getetag>"1"</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>`), []string{`/a getetag="1"`}},
		{"P28 404 does not", response(`<D:propstat><D:prop><D:getetag>"1"</D:getetag></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>`), []string{`/a`}},
		{"P28 no status, an etag", response(`<D:propstat><D:prop><D:getetag>"1"</D:getetag></D:prop></D:propstat>`), []string{`/a getetag="1"`}},
		{"P28 no status, nothing inside", response(`<D:propstat><D:prop><D:getetag/></D:prop></D:propstat>`), []string{`/a`}},
		{"P28 unreadable status", response(`<D:propstat><D:prop><D:getetag>"1"</D:getetag></D:prop><D:status>fine</D:status></D:propstat>`), []string{`/a`}},
		{"P28 in two propstats, 404 first", response(`<D:propstat><D:prop><D:getetag/></D:prop><D:status>HTTP/1.1 404 x</D:status></D:propstat>` +
			`<D:propstat><D:prop><D:getetag>"1"</D:getetag></D:prop><D:status>HTTP/1.1 200 x</D:status></D:propstat>`), []string{`/a getetag="1"`}},
		{"P28 in two propstats, 404 last", response(`<D:propstat><D:prop><D:getetag>"1"</D:getetag></D:prop><D:status>HTTP/1.1 200 x</D:status></D:propstat>` +
			`<D:propstat><D:prop><D:getetag>"2"</D:getetag></D:prop><D:status>HTTP/1.1 404 x</D:status></D:propstat>`), []string{`/a getetag="1"`}},
		{"P29 status without propstat", response(`<D:status>HTTP/1.1 404 Not Found</D:status>`), []string{`/a 404`}},
		{"P32 no reason, no version, blanks", response(`<D:status> 404 </D:status>`), []string{`/a 404`}},
		{"P32 HTTP/2", response(`<D:status>HTTP/2 410</D:status>`), []string{`/a 410`}},
		{"P32 four digits", response(`<D:status>HTTP/1.1 4040</D:status>`), []string{`/a -1`}},
		{"P33 status first, unknown elements", response(`<X:y xmlns:X="x"><D:href>/no</D:href></X:y><D:propstat><D:status>HTTP/1.1 200</D:status><D:prop><z>1</z><D:getetag>"1"</D:getetag></D:prop></D:propstat>`), []string{`/a getetag="1"`}},
		{"P33 another prefix", `<multistatus xmlns="DAV:"><response><href>/a</href><propstat><prop><getetag>"1"</getetag></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>`, []string{`/a getetag="1"`}},
		{"P33 a foreign getetag", response(`<D:propstat><D:prop><getetag xmlns="urn:x">"1"</getetag></D:prop><D:status>HTTP/1.1 200</D:status></D:propstat>`), []string{`/a`}},
		{"P33 a prefix bound inside", `<A:multistatus xmlns:A="DAV:"><B:response xmlns:B="DAV:"><B:href>/a</B:href><B:status>HTTP/1.1 404</B:status></B:response><B:response xmlns:B="urn:x"/></A:multistatus>`, []string{`/a 404`}},
		{"P34 a BOM", "\xEF\xBB\xBF" + open + ok("/a", "1") + `</D:multistatus>`, []string{`/a getetag=1`}},
		{"P34 blanks, comment after the root", open + ok("/a", "1") + "</D:multistatus>\n<!-- x --> \n", []string{`/a getetag=1`}},
		{"P34 no rows", open + `</D:multistatus>`, nil},
		{"P34 latin-1", `<?xml version="1.0" encoding="ISO-8859-1"?>` + open + ok("/caf\xe9", "1") + `</D:multistatus>`, []string{`/café getetag=1`}},
		{"P34 a control character", open + ok("/a", "1") + ok("/b", "x\x08y") + ok("/c", "3") + `</D:multistatus>`, []string{`/a getetag=1`, "/b getetag=x\uFFFDy dirty", `/c getetag=3`}},
		{"P34 a reference to one", open + ok("/a", "x&#8;y") + ok("/b", "&#x1F;") + ok("/c", "3&#13;") + `</D:multistatus>`, []string{"/a getetag=x\uFFFDy dirty", "/b getetag=\uFFFD dirty", `/c getetag=3`}},
		{"P34 broken UTF-8", open + ok("/a", "\xff") + ok("/b", "ü") + `</D:multistatus>`, []string{"/a getetag=\uFFFD dirty", "/b getetag=ü"}},
		{"P36 line ends, CDATA", open + `<D:response><D:href>/a</D:href><D:propstat><D:prop><C:calendar-data><![CDATA[A` + "\r\n" + `B]]>C</C:calendar-data></D:prop><D:status>HTTP/1.1 200</D:status></D:propstat></D:response></D:multistatus>`, []string{`/a calendar-data=A/BC`}},
		{"P38 an error inside", response(`<D:status>HTTP/1.1 403</D:status><D:error><D:number-of-matches-within-limits/></D:error>`), []string{`/a 403 !number-of-matches-within-limits`}},
		{"several hrefs", open + `<D:response><D:href>/a</D:href><D:href>/b</D:href><D:status>HTTP/1.1 404</D:status></D:response></D:multistatus>`, []string{`/a+/b 404`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, _, err := read(tt.doc, "application/xml")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestP34CharsetOfTheContentType(t *testing.T) {
	t.Parallel()
	utf16 := []byte{0xFE, 0xFF}
	for _, c := range open + ok("/a", "ü") + `</D:multistatus>` {
		utf16 = append(utf16, byte(c>>8), byte(c))
	}
	for name, tt := range map[string]struct{ doc, contentType string }{
		"parameter":       {open + ok("/a", "\xfc") + `</D:multistatus>`, `text/xml; charset="iso-8859-15"`},
		"BOM of UTF-16":   {string(utf16), "text/xml; charset=utf-8"},
		"declared utf-8":  {`<?xml version="1.0" encoding="UTF-8"?>` + open + ok("/a", "ü") + `</D:multistatus>`, ""},
		"no XML at all":   {open + ok("/a", "ü") + `</D:multistatus>`, "text/html"},
		"unreadable type": {open + ok("/a", "ü") + `</D:multistatus>`, ";;;"},
	} {
		got, _, err := read(tt.doc, tt.contentType)
		if err != nil || len(got) != 1 || got[0] != "/a getetag=ü" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestDocumentsThatDoNotCount(t *testing.T) {
	t.Parallel()
	good := open + ok("/a", "1") + `</D:multistatus>`
	tests := []struct {
		name, doc string
		is        error // nil: any
	}{
		{"P34 nothing", "", errCutXML},
		{"P34 a page", "<!DOCTYPE html><html><body>Login</body></html>", nil},
		{"P34 another root", `<html><body/></html>`, remote.ErrNotDAV},
		{"P34 a root of no namespace", `<multistatus><response/></multistatus>`, remote.ErrNotDAV},
		{"P34 text", `hello`, remote.ErrNotDAV},
		{"P34 two roots", good + good, nil},
		{"P34 text after the root", good + "x", nil},
		{"P34 wrong nesting", open + `<D:response></D:multistatus></D:response>`, nil},
		{"P34 an end of another namespace", open + `<D:response></C:response></D:multistatus>`, nil},
		{"P34 unknown charset", `<?xml version="1.0" encoding="klingon"?>` + good, nil},
		{"P35 DOCTYPE", `<!DOCTYPE x [<!ENTITY a "b">]>` + good, nil},
		{"P35 an entity", open + ok("/a", "&lol;") + `</D:multistatus>`, nil},
		{"P35 depth", open + strings.Repeat("<D:x>", 70) + strings.Repeat("</D:x>", 70) + `</D:multistatus>`, errTooLong},
		{"P35 an href", open + ok("/"+strings.Repeat("a", maxShort), "1") + `</D:multistatus>`, errTooLong},
		{"P35 a huge etag", open + ok("/", strings.Repeat("a", 10*maxShort)) + `</D:multistatus>`, errTooLong},
		{"P35 a token", open + `<D:sync-token>` + strings.Repeat("a", maxShort+1) + `</D:sync-token></D:multistatus>`, errTooLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, tail, err := read(tt.doc, "application/xml")
			if err == nil || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %v, want %v", err, tt.is)
			}
			if tail.token != "" || tail.rows != 0 {
				t.Errorf("a document that does not count has the end %+v", tail)
			}
		})
	}
}

func TestP35NoTokenWithoutEnd(t *testing.T) {
	t.Parallel()
	endless := iotest.OneByteReader(strings.NewReader(open + `<D:response><D:href>` + strings.Repeat("a", 4*maxShort)))
	if _, err := readMultistatus(endless, "", func(*row) error { return nil }); !errors.Is(err, errTooLong) {
		t.Errorf("error %v, want %v", err, errTooLong)
	}
}

// TestP35RowsWithoutEnd: a document that goes on for ever ends at a million rows (F40).
func TestP35RowsWithoutEnd(t *testing.T) {
	t.Parallel()
	rows := 0
	_, err := readMultistatus(io.MultiReader(strings.NewReader(open), endless{}), "", func(*row) error { rows++; return nil })
	if !errors.Is(err, errTooLong) || rows != maxRows {
		t.Errorf("%v after %d rows", err, rows)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	const piece = "<D:response/>"
	n := 0
	for len(p)-n >= len(piece) {
		n += copy(p[n:], piece)
	}
	return n, nil
}

// TestP34CutAnywhere: a document that ends too early never counts, wherever it was cut.
func TestP34CutAnywhere(t *testing.T) {
	t.Parallel()
	doc := `<?xml version="1.0"?>` + open + ok("/a", "1") + ok("/ü", "&#252;") + `<D:sync-token>t</D:sync-token></D:multistatus>`
	for i := range len(doc) {
		if rows, _, err := read(doc[:i], ""); !errors.Is(err, errCutXML) || !temporary(err) {
			t.Errorf("cut after %d bytes: error %v, rows %q", i, err, rows)
		}
	}
	if rows, tail, err := read(doc, ""); err != nil || len(rows) != 2 || tail.token != "t" {
		t.Errorf("whole: %q, %v, %v", rows, tail, err)
	}
}

// TestCleanInPieces: however the bytes arrive, the same is replaced.
func TestCleanInPieces(t *testing.T) {
	t.Parallel()
	doc := open + ok("/a", "ü&#252;&#8;\x01") + ok("/b", "&amp;&#13;\xe2\x82\xac") + ok("/c", "\xe2\x82") + ok("/d", "&#xFFFE;\xef\xbf\xbf") + `</D:multistatus>`
	want, _, err := read(doc, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(want) != 4 || !strings.HasSuffix(want[0], "dirty") || strings.HasSuffix(want[1], "dirty") || !strings.HasSuffix(want[2], "dirty") {
		t.Fatalf("rows %q", want)
	}
	var got []string
	if _, err := readMultistatus(iotest.OneByteReader(strings.NewReader(doc)), "", func(r *row) error {
		got = append(got, fmt.Sprintf("%q %s %v", r.hrefs, r.text(getETag), r.dirty))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 || !strings.Contains(got[0], "true") || !strings.Contains(got[1], "€ false") {
		t.Errorf("rows %q", got)
	}
}

func TestP36RestoreCRLF(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"A\nB\n":           "A\r\nB\r\n",
		"A\r\nB\r\n":       "A\r\nB\r\n",
		"\n  A\nB\n    \n": "A\r\nB\r\n",
		"A\nB":             "A\r\nB",
		"A\n B \n":         "A\r\n B \r\n",
		"A\rB\n":           "A\rB\r\n",
		"":                 "",
	} {
		if got := string(restoreCRLF(in)); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestP61WholeBodies(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{
		"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n":              true,
		"begin:vcard\nend:VCard":                            true,
		"\uFEFFBEGIN:VCARD\r\nEND:VCARD\r\n\r\n \x00\x00":   true,
		"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\n": false,
		"BEGIN:VCALENDAR\r\nEND:VCALENDA":                   false,
		"BEGIN:VCALENDAR\r\nEND:VCARD\r\n":                  false,
		"":                                                  false,
		"\x00\x00\x00":                                      false,
		"<html>BEGIN:VCARD\nEND:VCARD":                      false,
		"BEGIN:VCALENDAR":                                   false,
		"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nBEGIN:VCARD\r\nFN:x\r\n": false,
	} {
		if got := isWhole([]byte(body)); got != want {
			t.Errorf("%q: %v", body, got)
		}
	}
}

func BenchmarkMultistatus(b *testing.B) {
	var doc strings.Builder
	doc.WriteString(`<?xml version="1.0" encoding="utf-8"?>` + open)
	for i := range 20000 {
		fmt.Fprintf(&doc, `<D:response><D:href>/calendars/alice/personal/event-%06d-4c1a-9bfa.ics</D:href><D:propstat><D:prop><D:getetag>"%032x"</D:getetag>`+
			`<D:getcontentlength>1024</D:getcontentlength><D:getlastmodified>Mon, 02 Mar 2026 10:00:00 GMT</D:getlastmodified><D:resourcetype/></D:prop>`+
			`<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`+"\n", i, i)
	}
	doc.WriteString(`<D:sync-token>urn:x:1</D:sync-token></D:multistatus>`)
	b.SetBytes(int64(doc.Len()))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		if _, err := readMultistatus(strings.NewReader(doc.String()), "", func(r *row) error { n += len(r.text(getETag)); return nil }); err != nil || n != 20000*34 {
			b.Fatal(n, err)
		}
	}
}
