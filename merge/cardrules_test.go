package merge_test

import (
	"strings"
	"testing"

	"vgit/merge"
	"vgit/repo/item"
)

const home = "ADR;TYPE=HOME:;;Main St 1;Berlin;;10115;Germany"

// A name is composed anew where both sides changed parts of N and every FN is its N composed (merge.md 6.3).
func TestNames(t *testing.T) {
	t.Parallel()
	const n, fn = "N:Miller;Sarah;;;", "FN:Sarah Miller"
	named := func(n2, fn2 string) string { return with(sarah, n, n2, fn, fn2) }
	last := with(sarah, fn, "FN:Miller\\, Sarah")
	for _, c := range []cardCase{
		{name: "family and given", base: sarah, ours: named("N:Millers;Sarah;;;", "FN:Sarah Millers"), theirs: named("N:Miller;Sally;;;", "FN:Sally Miller"),
			file: named("N:Millers;Sally;;;", "FN:Sally Millers"), body: named("N:Millers;Sally;;;", "FN:Sally Millers")},
		{name: "a prefix and a suffix", base: sarah, ours: named("N:Miller;Sarah;;Dr.;", "FN:Dr. Sarah Miller"), theirs: named("N:Miller;Sarah;;;Jr.", "FN:Sarah Miller Jr."),
			file: named("N:Miller;Sarah;;Dr.;Jr.", "FN:Dr. Sarah Miller Jr."), body: named("N:Miller;Sarah;;Dr.;Jr.", "FN:Dr. Sarah Miller Jr.")},
		{name: "family first", base: last, ours: with(last, n, "N:Millers;Sarah;;;", "FN:Miller\\, Sarah", "FN:Millers\\, Sarah"),
			theirs: with(last, n, "N:Miller;Sally;;;", "FN:Miller\\, Sarah", "FN:Miller\\, Sally"),
			file:   with(last, n, "N:Millers;Sally;;;", "FN:Miller\\, Sarah", "FN:Millers\\, Sally"), body: with(last, n, "N:Millers;Sally;;;", "FN:Miller\\, Sarah", "FN:Millers\\, Sally")},
		{name: "one part twice", base: sarah, ours: named("N:Millers;Sarah;;;", "FN:Sarah Millers"), theirs: named("N:Koch;Sarah;;;", "FN:Sarah Koch"),
			outcome: "conflict(name)", file: "O", body: "-"},
		{name: "a nickname stays", base: sarah, ours: named("N:Miller;Sarah;Ann;;", fn), theirs: with(sarah, fn, "FN:Sally"),
			file: named("N:Miller;Sarah;Ann;;", "FN:Sally"), body: named("N:Miller;Sarah;Ann;;", "FN:Sally")},
		{name: "how it is sorted is another slot", base: sarah, ours: with(sarah, "+", "SORT-STRING:Mil"), theirs: named("N:Miller;Sally;;;", "FN:Sally Miller"),
			file: with(named("N:Miller;Sally;;;", "FN:Sally Miller"), "+", "SORT-STRING:Mil"), body: with(named("N:Miller;Sally;;;", "FN:Sally Miller"), "+", "SORT-STRING:Mil")},
		{name: "lists in a part", base: sarah, ours: named("N:Miller;Sarah;Ann,Jo;;", "FN:Sarah Ann Jo Miller"), theirs: named("N:Koch;Sarah;;;", "FN:Sarah Koch"),
			file: named("N:Koch;Sarah;Ann,Jo;;", "FN:Sarah Ann Jo Koch"), body: named("N:Koch;Sarah;Ann,Jo;;", "FN:Sarah Ann Jo Koch")},
	} {
		t.Run(c.name, c.run)
	}
}

// A property and what its group says of it are one entry (merge.md 6.4).
func TestGroupsAndLabels(t *testing.T) {
	t.Parallel()
	boat := with(sarah, cell, "item5.TEL;TYPE=CELL:+49 170 1234567", "+", "item5.X-ABLABEL:Boat")
	const grouped, label = "item5.TEL;TYPE=CELL:+49 170 1234567", "item5.X-ABLABEL:Boat"
	for _, c := range []cardCase{
		{name: "a label goes with its property", base: boat, ours: with(boat, grouped, "", label, ""), theirs: with(boat, "ORG:Acme;R&D", "ORG:Foo"),
			file: with(boat, grouped, "", label, "", "ORG:Acme;R&D", "ORG:Foo"), body: with(boat, grouped, "", label, "", "ORG:Acme;R&D", "ORG:Foo")},
		{name: "a label comes to a property without a group", base: sarah, ours: with(sarah, "ORG:Acme;R&D", "ORG:Foo"), theirs: boat,
			file: with(boat, "ORG:Acme;R&D", "ORG:Foo"), body: with(boat, "ORG:Acme;R&D", "ORG:Foo")},
		{name: "a label here, a number there", base: boat, ours: with(boat, label, "item5.X-ABLABEL:Ship"), theirs: with(boat, grouped, "item5.TEL;TYPE=CELL:+49 170 7654321"),
			file: with(boat, label, "item5.X-ABLABEL:Ship", grouped, "item5.TEL;TYPE=CELL:+49 170 7654321"),
			body: with(boat, label, "item5.X-ABLABEL:Ship", grouped, "item5.TEL;TYPE=CELL:+49 170 7654321")},
		{name: "a label here, TYPE there", base: boat, ours: with(boat, label, "item5.X-ABLABEL:Ship"), theirs: with(boat, grouped, "item5.TEL;TYPE=WORK:+49 170 1234567"),
			outcome: "conflict(tel +491701234567)", file: "O", body: "-"},
		{name: "Apple's label is a TYPE", base: boat, ours: with(boat, "ORG:Acme;R&D", "ORG:Foo"),
			theirs: with(sarah, cell, "item5.TEL:+49 170 1234567", "+", "item5.X-ABLABEL:_$!<Mobile>!$_"),
			file:   with(sarah, cell, "item5.TEL;TYPE=CELL:+49 170 1234567", "ORG:Acme;R&D", "ORG:Foo"),
			body:   with(sarah, cell, "item5.TEL:+49 170 1234567", "+", "item5.X-ABLABEL:_$!<Mobile>!$_", "ORG:Acme;R&D", "ORG:Foo")},
		{name: "removed here, labelled there", base: boat, ours: with(boat, grouped, "", label, ""), theirs: with(boat, label, "item5.X-ABLABEL:Ship"),
			outcome: "conflict(tel +491701234567)", file: with(boat, label, "item5.X-ABLABEL:Ship"), body: "-"},
		{name: "the preferred one removed", base: sarah, ours: with(sarah, cell, ""), theirs: with(sarah, cell, "TEL;TYPE=CELL,pref:+49 170 1234567"),
			outcome: "conflict(tel +491701234567)", file: with(sarah, cell, "TEL;TYPE=CELL,pref:+49 170 1234567"), body: "-"},
		{name: "preferred moves", base: with(sarah, cell, "TEL;TYPE=CELL,pref:+49 170 1234567"), ours: with(sarah, cell, "TEL;TYPE=CELL,pref:+49 170 1234567", "ORG:Acme;R&D", "ORG:Foo"),
			theirs: with(sarah, work, "TEL;TYPE=WORK,VOICE;TYPE=pref:+49 30 555123"), file: with(sarah, work, "TEL;TYPE=WORK,VOICE,pref:+49 30 555123", "ORG:Acme;R&D", "ORG:Foo"),
			body: with(sarah, work, "TEL;TYPE=WORK,VOICE,pref:+49 30 555123", "ORG:Acme;R&D", "ORG:Foo")},
		{name: "each adds a preferred one", base: sarah, ours: with(sarah, "+", "TEL;TYPE=HOME,pref:+49 30 1"), theirs: with(sarah, "+", "TEL;TYPE=HOME,pref:+49 30 2"),
			outcome: "conflict(pref tel)", file: with(sarah, "+", "TEL;TYPE=HOME,pref:+49 30 1", "+", "TEL;TYPE=HOME:+49 30 2"), body: "-"},
		{name: "policy for the preferred one", base: sarah, ours: with(sarah, "+", "TEL;TYPE=HOME,pref:+49 30 1"), theirs: with(sarah, "+", "TEL;TYPE=HOME,pref:+49 30 2"),
			context: merge.Context{Policy: merge.Remote}, file: with(sarah, "+", "TEL;TYPE=HOME:+49 30 1", "+", "TEL;TYPE=HOME,pref:+49 30 2"),
			body: with(sarah, "+", "TEL;TYPE=HOME:+49 30 1", "+", "TEL;TYPE=HOME,pref:+49 30 2")},
	} {
		t.Run(c.name, c.run)
	}
}

// A LABEL that its address has left behind goes, where both sides changed something (merge.md 6.4).
func TestStaleLabels(t *testing.T) {
	t.Parallel()
	const label = `LABEL;TYPE=HOME:Main St 1\nBerlin`
	labelled := with(sarah, "+", label)
	moved := with(labelled, home, "ADR;TYPE=HOME:;;Sea 1;Kiel;;;")
	for _, c := range []cardCase{
		{name: "left behind here", base: labelled, ours: moved, theirs: with(labelled, "ORG:Acme;R&D", "ORG:Foo"), outcome: "note(stale-label)",
			file: with(sarah, home, "ADR;TYPE=HOME:;;Sea 1;Kiel;;;", "ORG:Acme;R&D", "ORG:Foo"), body: with(sarah, home, "ADR;TYPE=HOME:;;Sea 1;Kiel;;;", "ORG:Acme;R&D", "ORG:Foo")},
		{name: "one side alone drops nothing", base: labelled, ours: moved, theirs: labelled, file: "O", body: moved},
		{name: "of another address", base: labelled, ours: moved, theirs: with(labelled, label, `LABEL;TYPE=HOME:Main Street 1\nBerlin`), outcome: "note(stale-label)",
			file: with(sarah, home, "ADR;TYPE=HOME:;;Sea 1;Kiel;;;"), body: with(sarah, home, "ADR;TYPE=HOME:;;Sea 1;Kiel;;;")},
		{name: "written for the new address", base: labelled, ours: with(moved, label, `LABEL;TYPE=HOME:Sea 1\nKiel`), theirs: with(labelled, "ORG:Acme;R&D", "ORG:Foo"),
			file: with(moved, label, `LABEL;TYPE=HOME:Sea 1\nKiel`, "ORG:Acme;R&D", "ORG:Foo"), body: with(moved, label, `LABEL;TYPE=HOME:Sea 1\nKiel`, "ORG:Acme;R&D", "ORG:Foo")},
	} {
		t.Run(c.name, c.run)
	}
}

// What servers do with pictures (merge.md 6.1, 6.2).
func TestPhotos(t *testing.T) {
	t.Parallel()
	inline := with(sarah, "+", photo1)
	const prodid, other = "PRODID:-//vgit//test//EN", "PRODID:-//Other//EN"
	link := with(inline, photo1, "PHOTO;VALUE=uri:https://dav.example.org/photos/1.jpg", "ORG:Acme;R&D", "ORG:Foo")
	host := merge.Context{Host: "dav.example.org"}
	waits := "conflict(photo) note(photo-lost)"
	for _, c := range []cardCase{
		{name: "a link to the remote's own host", base: inline, ours: inline, theirs: link, context: host, file: with(inline, "ORG:Acme;R&D", "ORG:Foo"), body: "-"},
		{name: "a link to somewhere else", base: inline, ours: inline, theirs: link, context: merge.Context{Host: "other.example"}, file: link, body: "-"},
		{name: "a new photo against a link", base: inline, ours: with(inline, photo1, photo2), theirs: link, context: host,
			file: with(inline, photo1, photo2, "ORG:Acme;R&D", "ORG:Foo"), body: with(inline, photo1, photo2, "ORG:Acme;R&D", "ORG:Foo")},
		{name: "lost", base: inline, ours: inline, theirs: with(sarah, prodid, other), outcome: waits, file: "O", body: "-"},
		{name: "emptied", base: inline, ours: inline, theirs: with(inline, prodid, other, photo1, "PHOTO:"), outcome: waits, file: "O", body: "-"},
		{name: "cut", base: inline, ours: inline, theirs: with(inline, prodid, other, photo1, "PHOTO;ENCODING=b;TYPE=JPEG:cGhv"), outcome: waits, file: "O", body: "-"},
		{name: "Nextcloud's comma", base: inline, ours: inline, theirs: with(inline, prodid, other, photo1, `PHOTO;ENCODING=b;TYPE=JPEG:data:image/jpeg\;base64\,`), outcome: waits, file: "O", body: "-"},
		{name: "Radicale's cut", base: inline, ours: inline, theirs: with(inline, prodid, other, photo1, `PHOTO:data:image/jpeg`), outcome: waits, file: "O", body: "-"},
		{name: "Cyrus's cut, by the same program", base: inline, ours: inline, theirs: with(inline, photo1, `PHOTO:data:image/jpeg`, "ORG:Acme;R&D", "ORG:Foo"), outcome: waits,
			file: with(inline, "ORG:Acme;R&D", "ORG:Foo"), body: "-"},
		{name: "emptied by a person", base: inline, ours: inline, theirs: with(inline, photo1, "PHOTO:"), file: with(inline, photo1, "PHOTO:"), body: "-"},
		{name: "removed by a person", base: inline, ours: inline, theirs: sarah, file: sarah, body: "-"},
		{name: "replaced by another program", base: inline, ours: inline, theirs: with(inline, prodid, other, photo1, photo2), file: with(inline, photo1, photo2), body: "-"},
		{name: "lost, and taken so", base: inline, ours: inline, theirs: with(sarah, prodid, other), context: merge.Context{Choices: map[string]merge.Choice{"photo": merge.TakeRemote}},
			file: sarah, body: "-"},
		{name: "with what is said of it", base: inline, ours: with(inline, "ORG:Acme;R&D", "ORG:Foo"), theirs: with(inline, photo1, photo2, "+", "X-IMAGEHASH:abc"),
			file: with(inline, photo1, photo2, "+", "X-IMAGEHASH:abc", "ORG:Acme;R&D", "ORG:Foo"), body: with(inline, photo1, photo2, "+", "X-IMAGEHASH:abc", "ORG:Acme;R&D", "ORG:Foo")},
	} {
		t.Run(c.name, c.run)
	}
}

// The rows of merge.md 6.1 that say the same in another spelling, and what is near them.
func TestCardSpellings(t *testing.T) {
	t.Parallel()
	checkAll(t, []row{
		{"spouse", card, "X-SPOUSE:Jane", "RELATED;TYPE=spouse;VALUE=text:Jane", weak},
		{"Evolution's spouse", card, "X-EVOLUTION-SPOUSE:Jane", "X-SPOUSE:Jane", weak},
		{"Apple's spouse", card, "item1.X-ABRELATEDNAMES:Jane | item1.X-ABLABEL:_$!<Spouse>!$_", "RELATED;TYPE=spouse;VALUE=text:Jane", weak},
		{"another relation", card, "X-MANAGER:Jane", "X-ASSISTANT:Jane", strong},
		{"gender", card, "X-GENDER:male", "GENDER:M", weak},
		{"another gender", card, "X-GENDER:male", "GENDER:F", strong},
		{"messenger's name", card, "IMPP;X-SERVICE-TYPE=Jabber:xmpp:a@b.example", "IMPP:xmpp:a@b.example", weak},
		{"another messenger", card, "IMPP;X-SERVICE-TYPE=Jabber:xmpp:a@b.example", "IMPP;X-SERVICE-TYPE=GTalk:xmpp:a@b.example", strong},
		{"network", card, "X-SOCIALPROFILE;TYPE=twitter:https://x.example/a", "SOCIALPROFILE;SERVICE-TYPE=Twitter:https://x.example/a", weak},
		{"an offset", card, "TZ:-05:00", "TZ;VALUE=utc-offset:-0500", weak},
		{"quoted-printable", card, "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:A=0D=0AB =C3=A4", `NOTE:A\nB ä`, none},
		{"quoted-printable of an old code page", card, "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:=E4", "NOTE:ä", strong},
		{"both names of one thing", card, "X-ANNIVERSARY:2010-05-01 | ANNIVERSARY:20100501", "ANNIVERSARY:20100501", none},
		{"two that differ", card, "X-ANNIVERSARY:2010-05-02 | ANNIVERSARY:20100501", "ANNIVERSARY:20100501", strong},
		{"a LABEL of the only address", card, `ADR;TYPE=HOME:;;A;B;;; | LABEL:A\nB`, `ADR;TYPE=HOME;LABEL="A^nB":;;A;B;;;`, weak},
		{"where it is cropped", card, photo1, "PHOTO;ENCODING=b;TYPE=JPEG;X-ABCROP-RECTANGLE=ABClipRect_1&0&0&9&9&x:" + p1, strong},
		{"its hash", card, photo1, photo1 + " | X-IMAGEHASH:abc", weak},
	})
	bare := crlf("BEGIN:VCARD | VERSION:3.0 | UID:c | N:Miller;Sarah;;; | ORG:Acme | END:VCARD")
	check(t, "an FN out of ORG", bare, strings.Replace(bare, "ORG:Acme", "ORG:Acme\r\nFN:Acme", 1), books)
	check(t, "an FN of one's own", bare, strings.Replace(bare, "ORG:Acme", "ORG:Acme\r\nFN:Boss", 1), strong)
}

// Clean edits that do not fit together wait (merge.md 3.1).
func TestCardsThatDoNotFit(t *testing.T) {
	t.Parallel()
	two := with(sarah, cell, "TEL;TYPE=CELL,pref:+49 170 1234567")
	for _, c := range []cardCase{
		{name: "two with one PID", base: sarah, ours: with(sarah, "+", "EMAIL;PID=1.1:a@example.org", "+", "CLIENTPIDMAP:1;urn:uuid:a"),
			theirs: with(sarah, "+", "EMAIL;PID=1.1:b@example.org", "+", "CLIENTPIDMAP:1;urn:uuid:b"),
			file:   with(sarah, "+", "EMAIL;PID=1.1:a@example.org", "+", "EMAIL;PID=1.2:b@example.org", "+", "CLIENTPIDMAP:1;urn:uuid:a", "+", "CLIENTPIDMAP:2;urn:uuid:b"),
			body:   with(sarah, "+", "EMAIL;PID=1.2:a@example.org", "+", "EMAIL;PID=1.1:b@example.org", "+", "CLIENTPIDMAP:1;urn:uuid:b", "+", "CLIENTPIDMAP:2;urn:uuid:a")},
		{name: "one preferred entry for another", base: two, ours: with(two, "+", "EMAIL;TYPE=pref:a@example.org"), theirs: with(two, "+", "EMAIL:b@example.org"),
			file: with(two, "+", "EMAIL;TYPE=pref:a@example.org", "+", "EMAIL:b@example.org"), body: with(two, "+", "EMAIL;TYPE=pref:a@example.org", "+", "EMAIL:b@example.org")},
	} {
		t.Run(c.name, c.run)
	}
	parse := func(s string) *item.Item { return item.Parse([]byte(crlf(s))) }
	got := merge.Reconcile(merge.Versions{L0: parse(sarah), L1: parse(with(sarah, "+", "EMAIL;PID=1.1:a@example.org")), R0: parse(sarah),
		R1: parse(with(sarah, "+", "EMAIL;PID=1.1:b@example.org"))}, merge.Context{})
	if s := outcomeOf(got); !strings.Contains(s, "conflict(email") {
		t.Errorf("two entries with one PID that no map tells apart: %q", s)
	}
}

// What a server makes of a card that it is sent (merge.md 1.5): the file keeps its picture and its version.
func TestStoredCards(t *testing.T) {
	t.Parallel()
	sent := with(sarah, "+", photo1)
	upper := func(s string) string { return strings.Replace(s, "FN:Sarah Miller", "FN:SARAH MILLER", 1) }
	for _, test := range []struct {
		name, stored, file, missing string
		changed                     int
	}{
		{"a link", crlf(with(sent, photo1, "PHOTO;VALUE=uri:https://dav.example/1.jpg")), sent, "", 0},
		{"damaged", crlf(with(sent, photo1, `PHOTO;ENCODING=b;TYPE=JPEG:data:image/jpeg\;base64\,`)), sent, "PHOTO", 0},
		{"cut", crlf(with(sent, photo1, "PHOTO;ENCODING=b;TYPE=JPEG:cGhv")), sent, "PHOTO", 0},
		{"dropped", crlf(sarah), sent, "PHOTO", 0},
		{"converted", newer(sent), sent, "", 0},
		{"converted, and a name of its own", newer(upper(sent)), upper(sent), "", 1},
	} {
		file := item.Parse([]byte(crlf(sent)))
		kept := merge.Stored(file, item.Parse([]byte(test.stored)), file)
		if got := strings.ToUpper(strings.Join(kept.Missing, " ")); got != test.missing || len(kept.Changed) != test.changed {
			t.Errorf("%s: missing %q, want %q; changed %+v", test.name, got, test.missing, kept.Changed)
		}
		if string(kept.Local) != crlf(test.file) {
			t.Errorf("%s: the file:\n%s", test.name, kept.Local)
		}
	}
}
