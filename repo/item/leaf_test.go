package item_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vgit/repo/item"
)

func TestLeaves(t *testing.T) {
	t.Parallel()
	type params = []item.Param
	for _, test := range []struct {
		name, line         string
		group, leaf, value string
		params             params
	}{
		{"plain", "SUMMARY:a", "", "SUMMARY", "a", nil},
		{"small letters", "summary:a", "", "SUMMARY", "a", nil},
		{"group", "item1.TEL:1", "item1", "TEL", "1", nil},
		{"parameters", `A;B=1;c="x;y:z":v`, "", "A", "v", params{{"B", []string{"1"}}, {"C", []string{"x;y:z"}}}},
		{"a list", `A;B=1,"2,3",4:v`, "", "A", "v", params{{"B", []string{"1", "2,3", "4"}}}},
		{"repeated", "A;B=1;B=2:v", "", "A", "v", params{{"B", []string{"1"}}, {"B", []string{"2"}}}},
		{"vCard 2.1", "TEL;HOME;VOICE:1", "", "TEL", "1", params{{"", []string{"HOME"}}, {"", []string{"VOICE"}}}},
		{"RFC 6868", `A;B=^n^^^'^x:v`, "", "A", "v", params{{"B", []string{"\n^\"^x"}}}},
		{"go-ical panics on it: no last element", "A;B=c,:v", "", "A", "v", params{{"B", []string{"c", ""}}}},
		{"go-ical panics on it: text behind quotes", `A;B="c"d:e`, "", "A", "e", params{{"B", []string{"cd"}}}},
		{"a quote that is never closed", `A;B="c:d`, "", "A", "d", params{{"B", []string{`c`}}}},
		{"empty value", "A:", "", "A", "", nil},
		{"empty parameter", "A;B=;;:v", "", "A", "v", params{{"B", []string{""}}}},
		{"colons in the value", "URL:https://x.y/", "", "URL", "https://x.y/", nil},
		{"fold in the value", "A:b\r\n c\n\td", "", "A", "bcd", nil},
		{"fold in the name", "SUM\r\n MARY:a", "", "SUMMARY", "a", nil},
		{"fold in a parameter", "A;B=x\r\n y:v", "", "A", "v", params{{"B", []string{"xy"}}}},
		{"fold inside of quotes", "A;B=\"x\r\n :y\":v", "", "A", "v", params{{"B", []string{"x:y"}}}},
		{"fold before the colon", "A\r\n :v", "", "A", "v", nil},
		{"fold inside of a character", "A:\xc3\r\n \xa9", "", "A", "é", nil},
		{"only one blank is the fold", "A:b\r\n  c", "", "A", "b c", nil},
		{"soft line breaks", "NOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0A=\r\nb: c=\r\nd", "", "NOTE", "a=0D=0Ab: cd", params{{"ENCODING", []string{"QUOTED-PRINTABLE"}}}},
		{"= elsewhere is data", "NOTE:a=", "", "NOTE", "a=", nil},
		{"junk", "no colon here", "", "", "no colon here", nil},
		{"junk: a bad name", "A B:c", "", "", "A B:c", nil},
		{"junk: no name", ":c", "", "", ":c", nil},
	} {
		it := item.Parse([]byte("BEGIN:X\r\n" + test.line + "\r\nEND:X\r\n"))
		var leaf *item.Leaf
		for c := range it.Tree().Components() {
			leaf = c.Nodes[0].Leaf
			if len(c.Nodes) != 1 || string(leaf.Raw) != test.line+"\r\n" {
				t.Errorf("%s: %d nodes, the first %q", test.name, len(c.Nodes), leaf.Raw)
			}
		}
		if leaf == nil || leaf.Group != test.group || leaf.Name != test.leaf || leaf.Value() != test.value {
			t.Errorf("%s: %+v, value %q", test.name, leaf, leaf.Value())
			continue
		}
		if diff := cmp.Diff(test.params, leaf.Params(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: parameters (-want +got):\n%s", test.name, diff)
		}
	}
}

// A soft line break at the end of the last line does not swallow the END.
func TestSoftBreakStopsAtEnd(t *testing.T) {
	t.Parallel()
	it := item.Parse([]byte("BEGIN:VCARD\r\nUID:c\r\nNOTE;QUOTED-PRINTABLE:a=\r\nEND:VCARD\r\n"))
	if it.State() != item.Sound {
		t.Errorf("%v: %s", it.State(), it.Problem())
	}
}

func TestTree(t *testing.T) {
	t.Parallel()
	body := calendar("X-A:1 | BEGIN:VEVENT | UID:e0 | BEGIN:VALARM | UID:a | END:VALARM | SUMMARY:S | END:VEVENT | X-B:2")
	it := item.Parse([]byte(body))
	var show func(c *item.Component) string
	show = func(c *item.Component) string {
		var parts []string
		for _, n := range c.Nodes {
			if n.Leaf != nil {
				parts = append(parts, n.Leaf.Name)
			} else {
				parts = append(parts, show(n.Component))
			}
		}
		return c.Name + "(" + strings.Join(parts, " ") + ")"
	}
	const want = "(VCALENDAR(VERSION X-A VEVENT(UID VALARM(UID) SUMMARY) X-B))"
	if got := show(it.Tree()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := string(it.Master().Bytes()), body[strings.Index(body, "BEGIN:VEVENT"):strings.Index(body, "X-B")]; got != want {
		t.Errorf("the bytes of the event: %q, want %q", got, want)
	}
	if got := it.Master().Leaf("SUMMARY").Value(); got != "S" {
		t.Errorf("Leaf: %q", got)
	}
	if it.Master().Leaf("X-A") != nil {
		t.Error("Leaf looks outside of its component")
	}
}

func TestSummaryAndWhen(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ body, summary, when string }{
		{calendar(`BEGIN:VEVENT | UID:e | DTSTART;TZID=Europe/Berlin:20260302T100000 | SUMMARY:a\, b | END:VEVENT`), "a, b", "2026-03-02 10:00"},
		{calendar("BEGIN:VEVENT | UID:e | RECURRENCE-ID:20260303T100000Z | SUMMARY:One | END:VEVENT | " +
			"BEGIN:VEVENT | UID:e | DTSTART;VALUE=DATE:20260302 | SUMMARY:All | END:VEVENT"), "All", "2026-03-02"},
		{calendar("BEGIN:VTODO | UID:t | DTSTART:20260301T100000 | DUE;VALUE=DATE:20260310 | END:VTODO"), "", "2026-03-10"},
		{calendar("BEGIN:VTODO | UID:t | DTSTART:20260301T100000Z | END:VTODO"), "", "2026-03-01 10:00 UTC"},
		{calendar("BEGIN:VEVENT | UID:e | DTSTART:tomorrow | END:VEVENT"), "", ""},
		{crlf(`BEGIN:VCARD | UID:c | N:Miller;Sarah;;Dr.; | FN:Sarah\, M. | END:VCARD`), "Sarah, M.", ""},
		{crlf("BEGIN:VCARD | UID:c | N:Miller;Sarah;;Dr.; | FN: | END:VCARD"), "Dr. Sarah Miller", ""},
		{crlf("BEGIN:VCARD | UID:c | N:;;;; | ORG:Acme;R&D | END:VCARD"), "Acme, R&D", ""},
		{crlf("BEGIN:VCARD | UID:c | EMAIL:a@b.c | END:VCARD"), "a@b.c", ""},
		{"junk", "", ""},
	} {
		it := item.Parse([]byte(test.body))
		if it.Summary() != test.summary || it.When() != test.when {
			t.Errorf("%q: %q, %q", test.body, it.Summary(), it.When())
		}
	}
}

func TestUnescapeAndSplit(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{`a`: "a", `a\nb\N`: "a\nb\n", `\\n`: `\n`, `\;\,\:`: ";,:", `a\`: `a\`, ``: ""} {
		if got := item.Unescape(in); got != want {
			t.Errorf("Unescape(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string][]string{``: {""}, `a,b`: {"a", "b"}, `a\,b,`: {`a\,b`, ""}, `\\,b`: {`\\`, "b"}, `a\`: {`a\`}, `a,\`: {"a", `\`}} {
		if diff := cmp.Diff(want, item.Split(in, ',')); diff != "" {
			t.Errorf("Split(%q) (-want +got):\n%s", in, diff)
		}
	}
}
