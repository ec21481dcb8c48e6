package merge_test

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/merge/mergetest"
	"vgit/repo/item"
)

// plainEdits can be made of any card.
var plainEdits = []string{
	"+TEL;TYPE=HOME:+49 30 777", "+TEL;TYPE=CELL:+49 170 9", "+EMAIL;TYPE=WORK:s.miller@acme.example", "+item77.URL:https://example.org/x | +item77.X-ABLABEL:Blog",
	"=NOTE:A\\nB", "=NOTE:A\\nB\\nC", "-NOTE", "=ORG:Foo", "=ORG:Foo;Bar", "-ORG", "=TITLE:Boss", "-TITLE", "=BDAY:19850412", "-BDAY", "+X-FOO:1", "=NICKNAME:Sal,Sadie",
	"=PHOTO;ENCODING=b;TYPE=JPEG:<P1>", "=PHOTO;ENCODING=b;TYPE=JPEG:<P2>", "=PRODID:-//Other//EN", "+CATEGORIES:a,b", "=CATEGORIES:b,c", "=ROLE:R", "=GEO:52.5;13.4", "=TZ:+01:00",
}

// The laws of merging on the cards of the corpus, with random edits.
func TestCorpusCardLaws(t *testing.T) {
	files := corpus(t)
	var list []fixture
	for _, path := range slices.Sorted(maps.Keys(files)) {
		it := files[path]
		if filepath.Ext(path) != ".vcf" || it.State() != item.Sound || it.Component() != "VCARD" || lonelyLabel(it) || len(it.Bytes()) > 8<<10 {
			continue
		}
		if merge.Compare(it, item.Parse(mergetest.Respell(it.Bytes()))) != merge.None {
			continue // lines that are none are not respelt
		}
		list = append(list, fixture{name: filepath.Base(path), item: mergetest.Read(it.Bytes()), edits: plainEdits})
	}
	t.Logf("%d cards", len(list))
	checkLaws(t, func(t *rapid.T) { holdLaws(t, drawScene(t, list)) })
}
