package merge_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/merge/mergetest"
	"vgit/repo/item"
)

// newer is a card as a server keeps it that speaks vCard 4 only.
func newer(card string) string {
	it, _ := merge.InVersion(item.Parse([]byte(crlf(card))), "4.0")
	return string(it.Bytes())
}

// What comes from the other side is written in the version of the body it goes to, and a change of VERSION is never taken over
// (merge.md 6.1).
func TestVersionsMeet(t *testing.T) {
	t.Parallel()
	full := with(sarah, "+", photo1, "+", "item2.X-ABRELATEDNAMES:Jane", "+", "item2.X-ABLABEL:_$!<Spouse>!$_", "+", "X-JABBER:s@example.org")
	for _, test := range []struct {
		name, local, ours, theirs string // theirs is written in 3.0, too
		outcome                   string
		file, body                string // in 3.0; "" is that nothing is written
	}{
		{name: "the server only converts", local: full, ours: full, theirs: full},
		{name: "an entry from the server", local: full, ours: full, theirs: with(full, "+", "TEL;TYPE=HOME,pref:+49 30 777"),
			file: with(full, "+", "TEL;TYPE=HOME,pref:+49 30 777")},
		{name: "an entry from here", local: full, ours: with(full, "+", "TEL;TYPE=HOME,pref:+49 30 777"), theirs: full,
			body: with(full, "+", "TEL;TYPE=HOME,pref:+49 30 777")},
		{name: "a photo from the server", local: full, ours: full, theirs: with(full, photo1, photo2), file: with(full, photo1, photo2)},
		{name: "a photo from here", local: full, ours: with(full, photo1, photo2), theirs: full, body: with(full, photo1, photo2)},
		{name: "a birthday without a year", local: full, ours: full, theirs: with(full, "BDAY:19850412", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12"),
			file: with(full, "BDAY:19850412", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12")},
		{name: "both", local: full, ours: with(full, "ORG:Acme;R&D", "ORG:Foo"), theirs: with(full, "X-JABBER:s@example.org", "X-JABBER:t@example.org"),
			file: with(full, "ORG:Acme;R&D", "ORG:Foo", "X-JABBER:s@example.org", "X-JABBER:t@example.org"),
			body: with(full, "ORG:Acme;R&D", "ORG:Foo", "X-JABBER:s@example.org", "X-JABBER:t@example.org")},
		{name: "a relation from here", local: full, ours: with(full, "item2.X-ABRELATEDNAMES:Jane", "item2.X-ABRELATEDNAMES:Jim"), theirs: full,
			body: with(full, "item2.X-ABRELATEDNAMES:Jane", "item2.X-ABRELATEDNAMES:Jim")},
		{name: "a relation goes there", local: full, ours: full, theirs: with(full, "item2.X-ABRELATEDNAMES:Jane", "", "item2.X-ABLABEL:_$!<Spouse>!$_", ""),
			file: with(full, "item2.X-ABRELATEDNAMES:Jane", "", "item2.X-ABLABEL:_$!<Spouse>!$_", "")},
		{name: "a conflict", local: full, ours: with(full, "ORG:Acme;R&D", "ORG:Foo"), theirs: with(full, "ORG:Acme;R&D", "ORG:Bar"), outcome: "conflict(org)"},
		{name: "nothing in 4.0 for it", local: full, ours: with(full, "+", "MAILER:x"), theirs: full, outcome: "note(not-kept)"},
		{name: "ADR and its LABEL", local: with(full, "+", `LABEL;TYPE=HOME:Main St 1\nBerlin`), ours: with(full, "+", `LABEL;TYPE=HOME:Main St 1\nBerlin`),
			theirs: with(full, "+", `LABEL;TYPE=HOME:Main St 2\nBerlin`), file: with(full, "+", `LABEL;TYPE=HOME:Main St 2\nBerlin`)},
	} {
		for _, base := range []string{"3.0", "4.0"} { // with 3.0 the server has just learned the new version
			t.Run(test.name+" from "+base, func(t *testing.T) {
				parse := func(s string) *item.Item { return item.Parse([]byte(s)) }
				v := merge.Versions{L0: parse(crlf(test.local)), L1: parse(crlf(test.ours)), R0: parse(crlf(test.local)), R1: parse(newer(test.theirs))}
				if base == "4.0" {
					v.R0 = parse(newer(test.local))
				}
				got := merge.Reconcile(v, merge.Context{})
				if s := outcomeOf(got); s != test.outcome {
					t.Errorf("outcome %q, want %q", s, test.outcome)
				}
				if test.file == "" && string(got.Local) != string(v.L1.Bytes()) {
					t.Errorf("the file is written:\n%s", got.Local)
				}
				if test.file != "" {
					strongest(t, got.Local, crlf(test.file), "VERSION:3.0")
				}
				if (got.Send == merge.Put) != (test.body != "") {
					t.Errorf("send %v\n%s", got.Send, got.Body)
				}
				if got.Send == merge.Put {
					strongest(t, got.Body, newer(test.body), "VERSION:4.0")
				}
				mostLinesStay(t, v.L1.Bytes(), got.Local, 6)
			})
		}
	}
}

// strongest refuses a strong difference, and a body that is not of the version it was.
func strongest(t *testing.T, got []byte, want, version string) {
	t.Helper()
	if !strings.Contains(string(got), version) {
		t.Errorf("not %s:\n%s", version, got)
	}
	if s := merge.Compare(item.Parse(got), item.Parse([]byte(want))); s > merge.Weak {
		t.Errorf("%+v\n%s", merge.Diff(item.Parse([]byte(want)), item.Parse(got)), got)
	}
}

// mostLinesStay refuses that more than so many lines of a body are not those of before.
func mostLinesStay(t *testing.T, was, is []byte, most int) {
	t.Helper()
	n := 0
	for line := range strings.SplitAfterSeq(string(is), "\n") {
		if !strings.Contains(string(was), line) {
			n++
		}
	}
	if n > most {
		t.Errorf("%d lines are new:\n%s", n, is)
	}
}

// A merge with a server that speaks another version comes to what it would come to without that.
func TestVersionLaws(t *testing.T) {
	body, err := mergetest.Fixture("testdata", "C0")
	if err != nil {
		t.Fatal(err)
	}
	list := []fixture{{name: "C0", item: mergetest.Read(body), edits: append(append([]string{}, groupEdits...), cardEdits...)}}
	checkLaws(t, func(t *rapid.T) {
		s := drawScene(t, list)
		v := s.v
		for _, it := range []*item.Item{v.L0, v.L1, v.R0, v.R1} {
			if lonelyLabel(it) {
				return
			}
		}
		for _, it := range []*item.Item{v.L0, v.L1, v.R0, v.R1} {
			if _, lost := merge.InVersion(it, "4.0"); len(lost) > 0 {
				return
			}
		}
		v.R0, _ = merge.InVersion(v.R0, "4.0")
		v.R1, _ = merge.InVersion(v.R1, "4.0")
		r := merge.Reconcile(v, s.context)
		if conflictsOf(r) != conflictsOf(s.result) {
			t.Fatalf("conflicts %s, with 4.0 %s\n%s", conflictsOf(s.result), conflictsOf(r), s)
		}
		if strongly(r.Local, s.result.Local) {
			t.Fatalf("with 4.0 another file: %s\n%s", lineDiff(s.result.Local, r.Local), s)
		}
		if r.Send != s.result.Send {
			t.Fatalf("sent %v, with 4.0 %v\n%s", s.result.Send, r.Send, s)
		}
		if r.Send == merge.Put && strongly(r.Body, s.result.Body) {
			t.Fatalf("with 4.0 another body: %s\n%s", lineDiff(s.result.Body, r.Body), s)
		}
	})
}
