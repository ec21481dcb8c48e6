package merge_test

import (
	"strings"
	"testing"

	"vgit/merge"
	"vgit/repo/item"
)

// sarah is the fixture C0 of the documentation of merging.
const sarah = "BEGIN:VCARD | VERSION:3.0 | PRODID:-//vgit//test//EN | UID:c0 | N:Miller;Sarah;;; | FN:Sarah Miller | " +
	"TEL;TYPE=CELL:+49 170 1234567 | TEL;TYPE=WORK,VOICE:+49 30 555123 | EMAIL;TYPE=INTERNET,HOME:sarah@example.org | " +
	"item1.URL:https://example.org/sarah | item1.X-ABLABEL:Blog | ADR;TYPE=HOME:;;Main St 1;Berlin;;10115;Germany | ORG:Acme;R&D | " +
	`NOTE:Met in 2019\nLikes tea | CATEGORIES:friends,work | BDAY:19850412 | REV:20260101T000000Z | END:VCARD`

// with makes edits of a card: pairs of a line and what stands in its place; a new line has "+" in the place of the old one.
func with(card string, edits ...string) string {
	for i := 0; i < len(edits); i += 2 {
		from, to := edits[i], edits[i+1]
		switch {
		case from == "+":
			card = strings.Replace(card, " | END:VCARD", " | "+to+" | END:VCARD", 1)
		case !strings.Contains(card, " | "+from+" | "):
			panic("no line " + from)
		case to == "":
			card = strings.Replace(card, " | "+from+" | ", " | ", 1)
		default:
			card = strings.Replace(card, " | "+from+" | ", " | "+to+" | ", 1)
		}
	}
	return card
}

// cardCase is one merge of cards with one base. The file "O" is ours, byte for byte; the body "-" is that nothing is sent.
type cardCase struct {
	name, base, ours, theirs string
	outcome                  string // conflicts and notes, as "conflict(tel 1) note(photo-lost)"
	file, body               string
	context                  merge.Context
}

func (c cardCase) run(t *testing.T) {
	t.Helper()
	parse := func(s string) *item.Item { return item.Parse([]byte(crlf(s))) }
	base := parse(c.base)
	v := merge.Versions{L0: base, L1: parse(c.ours), R0: base, R1: parse(c.theirs)}
	got := merge.Reconcile(v, c.context)
	if s := outcomeOf(got); s != c.outcome {
		t.Errorf("outcome %q, want %q", s, c.outcome)
	}
	if c.file == "O" && string(got.Local) != string(v.L1.Bytes()) {
		t.Errorf("the file is written:\n%s", got.Local)
	}
	if c.file != "O" {
		sameCard(t, "file", got.Local, c.file)
	}
	if (c.body == "-") != (got.Send == merge.Nothing) {
		t.Errorf("send %v, want body %q:\n%s", got.Send, c.body, got.Body)
	}
	if c.body != "-" && got.Send == merge.Put {
		sameCard(t, "body", got.Body, c.body)
	}
	untouchedLines(t, "file", v.L1.Bytes(), got.Local)
	again := merge.Reconcile(merge.Versions{L0: base, L1: item.Parse(got.Local), R0: base, R1: v.R1}, c.context)
	if c.name != "71" && len(got.Conflicts) == 0 && string(again.Local) != string(got.Local) {
		t.Errorf("M8: once more gives another file:\n%s\nafter\n%s", again.Local, got.Local)
	}
}

func outcomeOf(r merge.Result) string {
	var parts []string
	for _, c := range r.Conflicts {
		parts = append(parts, "conflict("+c.Slot+")")
	}
	for _, n := range r.Notes {
		parts = append(parts, "note("+n.Kind+")")
	}
	return strings.Join(parts, " ")
}

// sameCard compares canonically, clocks aside, and refuses what is only weakly the same.
func sameCard(t *testing.T, what string, got []byte, want string) {
	t.Helper()
	g, w := item.Parse(got), item.Parse([]byte(crlf(want)))
	if g.State() != item.Sound {
		t.Fatalf("%s does not parse: %s\n%s", what, g.Problem(), got)
	}
	if s := merge.Compare(g, w); s > merge.Bookkeeping {
		t.Errorf("%s: %v: %+v\n%s", what, s, merge.Diff(w, g), got)
	}
}

// untouchedLines looks that every line of the result is folded, and ends as the others do.
func untouchedLines(t *testing.T, what string, was, is []byte) {
	t.Helper()
	for line := range strings.SplitAfterSeq(string(is), "\n") {
		if line == "" || strings.Contains(string(was), line) {
			continue
		}
		if !strings.HasSuffix(line, "\r\n") || len(strings.TrimSuffix(line, "\r\n")) > 75 {
			t.Errorf("%s: line %q", what, line)
		}
	}
}

const (
	cell   = "TEL;TYPE=CELL:+49 170 1234567"
	work   = "TEL;TYPE=WORK,VOICE:+49 30 555123"
	url    = "item1.URL:https://example.org/sarah"
	blog   = "item1.X-ABLABEL:Blog"
	note   = `NOTE:Met in 2019\nLikes tea`
	p1, p2 = "cGhvdG8gb25l", "cGhvdG8gdHdv"
	photo1 = "PHOTO;ENCODING=b;TYPE=JPEG:" + p1
	photo2 = "PHOTO;ENCODING=b;TYPE=JPEG:" + p2
)

// Cases 65 to 76 of the documentation of merging.
func TestCardCases(t *testing.T) {
	t.Parallel()
	members := with(sarah, "+", "X-ADDRESSBOOKSERVER-KIND:group", "+", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m1", "+", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m2")
	const m1, m2 = "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m1", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m2"
	oursMembers := with(members, m1, "", "+", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m3")
	site := "item1.X-ABLABEL:Site"
	koch := []string{"N:Miller;Sarah;;;", "N:Koch;Sarah;;;"}
	for _, c := range []cardCase{
		{"65", sarah, with(sarah, "+", "TEL;TYPE=HOME:+49 30 777"), with(sarah, "+", "EMAIL;TYPE=WORK:s.miller@acme.example"), "",
			with(sarah, "+", "TEL;TYPE=HOME:+49 30 777", "+", "EMAIL;TYPE=WORK:s.miller@acme.example"),
			with(sarah, "+", "TEL;TYPE=HOME:+49 30 777", "+", "EMAIL;TYPE=WORK:s.miller@acme.example"), merge.Context{}},
		{"66", sarah, with(sarah, cell, "TEL;TYPE=CELL:+491701234567"), with(sarah, cell, "TEL;TYPE=CELL,pref:+49 170 1234567"), "",
			with(sarah, cell, "TEL;TYPE=CELL,pref:+491701234567"), "-", merge.Context{}},
		{"67", sarah, with(sarah, "N:Miller;Sarah;;;", "N:Millers;Sarah;;;", "FN:Sarah Miller", "FN:Sarah Millers"), with(sarah, "ORG:Acme;R&D", "ORG:Foo"), "",
			with(sarah, "N:Miller;Sarah;;;", "N:Millers;Sarah;;;", "FN:Sarah Miller", "FN:Sarah Millers", "ORG:Acme;R&D", "ORG:Foo"),
			with(sarah, "N:Miller;Sarah;;;", "N:Millers;Sarah;;;", "FN:Sarah Miller", "FN:Sarah Millers", "ORG:Acme;R&D", "ORG:Foo"), merge.Context{}},
		{"68", sarah, with(sarah, "FN:Sarah Miller", "FN:Sally M."), with(sarah, koch[0], koch[1], "FN:Sarah Miller", "FN:Sarah Koch"), "conflict(name)",
			with(sarah, koch[0], koch[1], "FN:Sarah Miller", "FN:Sally M."), "-", merge.Context{}},
		{"69", sarah, with(sarah, blog, site), with(sarah, blog, "", url, "", "+", "ITEM7.X-ABLABEL:Blog", "+", "ITEM7.URL:https://example.org/sarah"), "", "O",
			with(sarah, blog, "", url, "", "+", "ITEM7.X-ABLABEL:Site", "+", "ITEM7.URL:https://example.org/sarah"), merge.Context{}},
		{"70", sarah, with(sarah, "+", "item2.TEL:+49 30 9", "+", "item2.X-ABLABEL:Boat"), with(sarah, "+", "item2.EMAIL:x@y.example", "+", "item2.X-ABLABEL:Old"), "",
			with(sarah, "+", "item2.TEL:+49 30 9", "+", "item2.X-ABLABEL:Boat", "+", "item3.EMAIL:x@y.example", "+", "item3.X-ABLABEL:Old"),
			with(sarah, "+", "item2.EMAIL:x@y.example", "+", "item2.X-ABLABEL:Old", "+", "item3.TEL:+49 30 9", "+", "item3.X-ABLABEL:Boat"), merge.Context{}},
		{"71", sarah, with(sarah, note, `NOTE:Met in 2019\nLikes coffee`), with(sarah, note, `NOTE:Met in 2019\nLikes tea\nBirthday card sent`), "",
			with(sarah, note, `NOTE:Met in 2019\nLikes coffee\nBirthday card sent`), with(sarah, note, `NOTE:Met in 2019\nLikes coffee\nBirthday card sent`), merge.Context{}},
		{"72", with(sarah, "+", photo1), with(sarah, "+", photo2), with(sarah, "CATEGORIES:friends,work", "CATEGORIES:friends,work,vip", "+", "photo;type=jpeg;encoding=B:"+p1), "",
			with(sarah, "+", photo2, "CATEGORIES:friends,work", "CATEGORIES:friends,work,vip"), with(sarah, "+", photo2, "CATEGORIES:friends,work", "CATEGORIES:friends,work,vip"), merge.Context{}},
		{"73", sarah, with(sarah, "CATEGORIES:friends,work", "CATEGORIES:friends,work,vip"), with(sarah, "CATEGORIES:friends,work", "CATEGORIES:friends"), "",
			with(sarah, "CATEGORIES:friends,work", "CATEGORIES:friends,vip"), with(sarah, "CATEGORIES:friends,work", "CATEGORIES:friends,vip"), merge.Context{}},
		{"74", sarah, with(sarah, cell, "TEL;TYPE=CELL,pref:+49 170 1234567"), with(sarah, work, "TEL;TYPE=WORK,VOICE,pref:+49 30 555123"), "conflict(pref tel)", "O", "-", merge.Context{}},
		{"75", members, oursMembers, with(members, m1, "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:M2", m2, "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:M1", "+",
			"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m4"), "", with(oursMembers, "+", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m4"),
			with(oursMembers, "+", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m4"), merge.Context{}},
		{"76", sarah, with(sarah, "BDAY:19850412", "BDAY:1985-04-12"), with(sarah, "BDAY:19850412", ""), "", with(sarah, "BDAY:19850412", ""), "-", merge.Context{}},
	} {
		t.Run(c.name, c.run)
	}
}

// A parameter of an FN that is composed anew is not lost.
func TestParametersOfNames(t *testing.T) {
	t.Parallel()
	base := crlf("BEGIN:VCARD | VERSION:3.0 | UID:c0 | N:Citizen;Joe;;; | FN:Joe Citizen | END:VCARD")
	merges(t, []meet{
		{name: "of FN", base: base, ours: replace(base, "N:Citizen", "N:Koch", "Joe Citizen", "Joe Koch"), theirs: replace(base, "FN:", "FN;LANGUAGE=de:"),
			file: replace(base, "N:Citizen", "N:Koch", "FN:Joe Citizen", "FN;LANGUAGE=de:Joe Koch"),
			body: replace(base, "N:Citizen", "N:Koch", "FN:Joe Citizen", "FN;LANGUAGE=de:Joe Koch")},
	})
}
