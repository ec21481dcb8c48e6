package merge_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vgit/merge"
	"vgit/repo/item"
)

// changesBut are the strong changes between two cards that are not about lines that have no place in one of the versions.
func changesBut(a, b *item.Item, lost []*item.Leaf) (strong []merge.Change) {
	for _, c := range merge.Diff(a, b) {
		if c.Strength == merge.Strong && !slices.ContainsFunc(lost, func(l *item.Leaf) bool { return strings.HasPrefix(c.Slot, strings.ToLower(l.Name)) }) {
			strong = append(strong, c)
		}
	}
	return strong
}

// A card of the corpus written in another version, and back, is at most weakly another one (merge.md 6.1).
func TestCorpusCardsInOtherVersions(t *testing.T) {
	t.Parallel()
	files := corpus(t)
	cards := 0
	for _, path := range slices.Sorted(maps.Keys(files)) {
		it := files[path]
		if filepath.Ext(path) != ".vcf" || it.State() != item.Sound {
			continue
		}
		cards++
		from := "3.0"
		for _, line := range strings.Split(string(it.Bytes()), "\n") {
			if version, ok := strings.CutPrefix(strings.ToUpper(line), "VERSION:"); ok {
				from = strings.TrimSpace(version)
			}
		}
		for _, version := range []string{"2.1", "3.0", "4.0"} {
			other, lost := merge.InVersion(it, version)
			back, lostToo := merge.InVersion(other, from)
			for name, got := range map[string]*item.Item{"there": other, "back": back} {
				if got.State() != item.Sound {
					t.Errorf("%s in %s, %s: %s", path, version, name, got.Problem())
				} else if strong := changesBut(it, got, append(lost, lostToo...)); len(strong) > 0 {
					t.Errorf("%s in %s, %s: %+v", filepath.Base(path), version, name, strong)
				}
			}
		}
	}
	t.Logf("%d cards", cards)
}

// The table of merge.md 6.1, from 3.0 to 4.0 and from 4.0 to 3.0: lines without version, and what comes of them.
func TestLinesInOtherVersions(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ to, in, want string }{
		{"4.0", "PHOTO;ENCODING=b;TYPE=JPEG:cGhvdG8gb25l", "PHOTO:data:image/jpeg;base64,cGhvdG8gb25l"},
		{"3.0", "PHOTO:data:image/png;base64,cGhvdG8gb25l", "PHOTO;ENCODING=b;TYPE=PNG:cGhvdG8gb25l"},
		{"3.0", "PHOTO;MEDIATYPE=image/png:https://x.example/p", "PHOTO;MEDIATYPE=image/png:https://x.example/p"},
		{"4.0", "TEL;TYPE=CELL,pref:1", "TEL;TYPE=CELL;PREF=1:1"},
		{"4.0", "TEL;TYPE=CELL;TYPE=PREF:1", "TEL;TYPE=CELL;PREF=1:1"},
		{"3.0", "TEL;PREF=2:1 | TEL;PREF=3:2", "TEL;TYPE=pref:1 | TEL:2"},
		{"3.0", "TEL;VALUE=uri;TYPE=home:tel:+1-418-656-9254", "TEL;TYPE=home:+1-418-656-9254"},
		{"4.0", "EMAIL;TYPE=INTERNET,HOME:a@b.example", "EMAIL;TYPE=HOME:a@b.example"},
		{"4.0", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12", "BDAY:--0412"},
		{"3.0", "BDAY:--0412", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12"},
		{"4.0", "BDAY;VALUE=DATE:1985-04-12", "BDAY:19850412"},
		{"3.0", "BDAY:19850412T100000Z", "BDAY:1985-04-12T10:00:00Z"},
		{"3.0", "BDAY;VALUE=text:circa 1800", ""},
		{"3.0", "BDAY:---12", ""},
		{"4.0", "X-ANNIVERSARY:2010-05-01", "ANNIVERSARY:20100501"},
		{"4.0", "item1.X-ABDATE:2010-05-01 | item1.X-ABLABEL:_$!<Anniversary>!$_", "ANNIVERSARY:20100501"},
		{"4.0", "item1.X-ABLABEL:Met | item1.X-ABDATE:2010-05-01", "item1.X-ABLABEL:Met | item1.X-ABDATE:2010-05-01"},
		{"3.0", "ANNIVERSARY:20100501", "X-ANNIVERSARY:2010-05-01"},
		{"4.0", "X-ABSHOWAS:COMPANY", "KIND:org"},
		{"3.0", "KIND:org", "X-ABSHOWAS:COMPANY"},
		{"3.0", "KIND:group | MEMBER:urn:uuid:m1", "X-ADDRESSBOOKSERVER-KIND:group | X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m1"},
		{"4.0", "X-ADDRESSBOOKSERVER-KIND:group | X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m1", "KIND:group | MEMBER:urn:uuid:m1"},
		{"3.0", "KIND:location", ""},
		{"4.0", `LABEL;TYPE=HOME:A\nB "C" | ADR;TYPE=HOME:;;A;B;;;`, `ADR;TYPE=HOME;LABEL="A^nB ^'C^'":;;A;B;;;`},
		{"3.0", `ADR;TYPE=HOME;LABEL="A^nB, ^'C^'":;;A;B;;;`, `ADR;TYPE=HOME:;;A;B;;; | LABEL;TYPE=HOME:A\nB\, "C"`},
		{"4.0", "SORT-STRING:Dyk | N:Van Dyk;A;;;", "N;SORT-AS=Dyk:Van Dyk;A;;;"},
		{"3.0", `N;SORT-AS="Dyk,A":Van Dyk;A;;;`, `N:Van Dyk;A;;; | SORT-STRING:Dyk\,A`},
		{"4.0", "X-JABBER;TYPE=HOME:a@b.example", "IMPP;TYPE=HOME:xmpp:a@b.example"},
		{"4.0", "IMPP;X-SERVICE-TYPE=AIM:aim:x", "IMPP;X-SERVICE-TYPE=AIM:aim:x"},
		{"4.0", "X-GENDER:male", "GENDER:M"},
		{"3.0", "GENDER:M;Fellow", "X-GENDER:M;Fellow"},
		{"4.0", "X-SOCIALPROFILE;TYPE=twitter:https://x.example/a", "SOCIALPROFILE;SERVICE-TYPE=twitter:https://x.example/a"},
		{"3.0", "SOCIALPROFILE;SERVICE-TYPE=Twitter:https://x.example/a", "X-SOCIALPROFILE;TYPE=twitter:https://x.example/a"},
		{"4.0", "X-SPOUSE:Jane", "RELATED;VALUE=text;TYPE=spouse:Jane"},
		{"4.0", "item1.X-ABRELATEDNAMES:Jane | item1.X-ABLABEL:_$!<Spouse>!$_", "RELATED;VALUE=text;TYPE=spouse:Jane"},
		{"4.0", "item1.X-ABRELATEDNAMES:Jane | item1.X-ABLABEL:Boss", "item1.RELATED;VALUE=text:Jane | item1.X-ABLABEL:Boss"},
		{"3.0", "RELATED;TYPE=spouse;VALUE=text:Jane", "item1.X-ABRELATEDNAMES:Jane | item1.X-ABLABEL:_$!<Spouse>!$_"},
		{"3.0", "RELATED;TYPE=friend:urn:uuid:x", ""},
		{"4.0", "AGENT:x | MAILER:x | NAME:x | PROFILE:x | CLASS:x", ""},
		{"4.0", "GEO:52.5;13.4 | TZ:-05:00", "GEO:geo:52.5,13.4 | TZ;VALUE=utc-offset:-0500"},
		{"3.0", "GEO:geo:52.5,13.4 | TZ;VALUE=utc-offset:-0500 | TZ:Europe/Berlin", "GEO:52.5;13.4 | TZ:-05:00 | TZ;VALUE=text:Europe/Berlin"},
		{"4.0", "REV:2026-01-01T10:00:00Z", "REV:20260101T100000Z"},
		{"3.0", "CLIENTPIDMAP:1;urn:uuid:x", ""},
		{"4.0", `NOTE:A\, B | X-FOO;X-BAR=1:2`, `NOTE:A\, B | X-FOO;X-BAR=1:2`},
		{"2.1", `TEL;TYPE="home,cell":1 | NOTE:A\nB\, ä`, "TEL;TYPE=home;TYPE=cell:1 | NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:A=0D=0AB, =C3=A4"},
	} {
		from := map[string]string{"4.0": "3.0", "3.0": "4.0", "2.1": "3.0"}[row.to]
		in := crlf("BEGIN:VCARD | VERSION:" + from + " | " + row.in + " | END:VCARD")
		want := crlf("BEGIN:VCARD | VERSION:" + row.to + " | " + row.want + " | END:VCARD")
		if row.want == "" {
			want = crlf("BEGIN:VCARD | VERSION:" + row.to + " | END:VCARD")
		}
		if got, _ := merge.InVersion(item.Parse([]byte(in)), row.to); string(got.Bytes()) != want {
			t.Errorf("%s in %s:\n%s", row.in, row.to, got.Bytes())
		}
	}
}
