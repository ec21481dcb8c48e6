package merge_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/merge/mergetest"
	"vgit/repo/item"
)

// groupEdits are about what only cards have: names in parts, groups, labels, preferences, pictures, relations.
var groupEdits = []string{
	"=N:Miller;Sarah;Ann;Dr.;Jr. | =FN:Dr. Sarah Ann Miller Jr.", "=N:Miller;Sarah;Ann;; | =FN:Sarah Ann Miller", "=FN:Miller\\, Sarah",
	"=N:Millers;Sarah;;; | =FN:Sarah Millers", "=N:Miller;Sally;;; | =FN:Sally Miller", "=SORT-STRING:Mil", "=N;LANGUAGE=de:Miller;Sarah;;;",
	"TEL[170]=TEL;TYPE=CELL;TYPE=pref:+49 170 1234567", "TEL[170]=TEL;TYPE=CELL;PREF=1:+49 170 1234567", "TEL[555123]=TEL;TYPE=WORK;PREF=2:+49 30 555123",
	"TEL[555123]=TEL;TYPE=WORK,VOICE,pref:+49 30 555124", "TEL[170]=item3.TEL;TYPE=CELL:+49 170 1234567 | +item3.X-ABLABEL:Boat",
	"TEL[170]=item3.TEL:+49 170 1234567 | +item3.X-ABLABEL:_$!<Mobile>!$_", "TEL[170]=TEL;TYPE=HOME:+49 170 1234567",
	"+TEL;TYPE=HOME,pref:+49 30 777", "+TEL;PREF=1:+49 30 778", "+item2.TEL;TYPE=pref:+49 30 9 | +item2.X-ABLABEL:Boat",
	"+item2.ADR:;;Sea 1;Kiel;;; | +item2.X-ABADR:de | +item2.X-ABLABEL:Hut", "=item1.X-ABLABEL:_$!<Work>!$_",
	"URL[sarah]=item1.URL;TYPE=WORK:https://example.org/sarah", "URL[sarah]=URL:https://example.org/sarah | -X-ABLABEL[Blog]",
	"=LABEL;TYPE=HOME:Main St 1\\nBerlin", "=LABEL;TYPE=HOME:Main St 2\\nBerlin",
	"=ADR;TYPE=HOME:;;Main St 2;Berlin;;10115;Germany", "ADR[Main]=ADR;TYPE=WORK:;;Main St 1;Berlin;;10115;Germany",
	"+item4.X-ABRELATEDNAMES:Jane | +item4.X-ABLABEL:_$!<Spouse>!$_", "+X-SPOUSE:Jane", "+IMPP;X-SERVICE-TYPE=Jabber:xmpp:s@example.org",
	"=PHOTO;ENCODING=b;TYPE=JPEG:<P1>", "=PHOTO;ENCODING=b;TYPE=JPEG;X-ABCROP-RECTANGLE=ABClipRect_1&1&1&9&9&x:<P1>", "=PHOTO;ENCODING=b;TYPE=PNG:<P2>", "-PHOTO",
	"=X-IMAGETYPE:PHOTO", "=BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12", "=BDAY:--0412", "+KEY;ENCODING=b;TYPE=PGP:<P1>", "KEY=KEY;ENCODING=b;TYPE=PGP:<P2>",
	"+EMAIL;PID=1.1:p@example.org | =CLIENTPIDMAP:1;urn:uuid:a", "=ORG:Acme;R&D;Lab", "=ORG;LANGUAGE=de:Acme;R&D",
	"+X-PHONETIC-FIRST-NAME:Sara", "=GENDER:F", "=REV:20270101T000000Z", "-REV", "=PRODID:-//Other//EN", "-TEL[555123]",
}

// The laws of merging on random edits of cards.
func TestCardLaws(t *testing.T) {
	body, err := mergetest.Fixture("testdata", "C0")
	if err != nil {
		t.Fatal(err)
	}
	it := mergetest.Read(body)
	list := []fixture{
		{name: "C0", item: it, edits: groupEdits},
		{name: "C0", item: it, edits: append(append(append([]string{}, groupEdits...), cardEdits...), moreCardEdits...)},
	}
	for i := range list { // an address has one label
		list[i].edits = slices.DeleteFunc(slices.Clone(list[i].edits), func(e string) bool { return strings.HasPrefix(e, "+LABEL") })
	}
	checkLaws(t, func(t *rapid.T) {
		s := drawScene(t, list)
		for _, it := range []*item.Item{s.v.L0, s.v.L1, s.v.R0, s.v.R1} {
			if lonelyLabel(it) {
				return // an edit that was not thought to its end
			}
		}
		holdLaws(t, s)
	})
}

// inBothVersions are two bodies and, of cards, each in the version of the other: so are lines written that cross over.
func inBothVersions(l, r *item.Item) []*item.Item {
	all := []*item.Item{l, r}
	if l.Component() != "VCARD" || r.Component() != "VCARD" {
		return all
	}
	for _, pair := range [][2]*item.Item{{l, r}, {r, l}} {
		version := ""
		for _, leaf := range flatten(pair[1]) {
			if leaf.leaf.Name == "VERSION" {
				version = strings.TrimSpace(leaf.leaf.Value())
			}
		}
		other, _ := merge.InVersion(pair[0], version)
		all = append(all, other)
	}
	return all
}

// lonelyLabel reports whether a card has a label without its property.
func lonelyLabel(it *item.Item) bool {
	owned := map[string]bool{}
	for _, l := range flatten(it) {
		owned[strings.ToLower(l.leaf.Group)] = owned[strings.ToLower(l.leaf.Group)] || !strings.HasPrefix(l.leaf.Name, "X-ABLABEL") && l.leaf.Name != "X-ABADR"
	}
	for _, l := range flatten(it) {
		if strings.HasPrefix(l.leaf.Name, "X-AB") && l.leaf.Group != "" && !owned[strings.ToLower(l.leaf.Group)] {
			return true
		}
	}
	return false
}
