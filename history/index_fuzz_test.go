package history

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"vgit/repo"
	"vgit/repo/cost"
	"vgit/repo/store"
)

func anything(string) bool         { return true }
func whatever(string, string) bool { return true }

// someRecord has everything that a record can have.
func someRecord() (record, *outline, []repo.Difference) {
	o := &outline{byHand: true, back: true, dot: true, from: origin{repo.Origin{Remote: "server", Made: "push"}, true}}
	o.commit.Tree, o.commit.Parents = store.Hash{9}, []store.Hash{{7}, {8}}
	o.commit.When = time.Unix(-5, 0).In(time.FixedZone("", -12600))
	all := []repo.Difference{
		{Sign: '+', Collection: "v", Name: "a.ics", New: store.Hash{1}},
		{Sign: '~', Collection: "w", Name: "a.ics", Old: store.Hash{2}, New: store.Hash{3}},
		{Sign: '-', Collection: "w", Name: "b.ics", Old: store.Hash{4}},
	}
	uids := map[store.Hash]string{{1}: shortUID("one"), {4}: ""}
	return newRecord(store.Hash{5}, o, 1+0b101, []propertyChange{{"w", "color", "", "#ff0000"}}, all, func(h store.Hash) string { return uids[h] }), o, all
}

func TestARecordGivesBackWhatItWasMadeOf(t *testing.T) {
	t.Parallel()
	rec, o, all := someRecord()
	got, ok := rec.outline()
	if !ok || rec.commit() != (store.Hash{5}) || rec.mask() != 6 || got.byHand != o.byHand || got.back != o.back || got.dot != o.dot || got.from != o.from ||
		got.commit.Tree != o.commit.Tree || !slices.Equal(got.commit.Parents, o.commit.Parents) ||
		got.commit.When.Format(time.RFC3339) != "1969-12-31T20:29:55-03:30" {
		t.Errorf("%+v %v", got, ok)
	}
	uids := map[store.Hash]string{}
	list, ok := rec.differences(anything, whatever, func(h store.Hash, uid string) { uids[h] = uid })
	if len(list) != len(all) || !ok {
		t.Fatalf("%+v %v", list, ok)
	}
	for i := range list {
		if list[i].String() != all[i].String() || list[i].Old != all[i].Old || list[i].New != all[i].New {
			t.Errorf("%+v, want %+v", list[i], all[i])
		}
	}
	if len(uids) != 2 || uids[store.Hash{1}] != shortUID("one") || uids[store.Hash{4}] != noUID {
		t.Errorf("UIDs: %q", uids)
	}
	if p := rec.properties(); p == nil || len(*p) != 1 || (*p)[0] != (propertyChange{"w", "color", "", "#ff0000"}) {
		t.Errorf("properties: %+v", p)
	}
	if list, _ := rec.differences(func(c string) bool { return c == "w" }, func(_, name string) bool { return name == "a.ics" }, func(store.Hash, string) {}); len(list) != 1 || list[0].Sign != '~' {
		t.Errorf("one of them: %+v", list)
	}
}

// FuzzIndex reads any bytes as an index, with right checksums and without.
func FuzzIndex(f *testing.F) {
	rec, _, _ := someRecord()
	f.Add(append(binary.AppendUvarint(nil, uint64(len(rec))), rec...), true)
	f.Add([]byte("\x00\x00\x00\x01\x00\x00\x00\x00x"), false)
	f.Fuzz(func(t *testing.T, b []byte, sum bool) {
		if sum {
			b = appendBlock(nil, b)
		}
		cost.Linear(t, len(b), 64<<10, 1000, func() {
			x := emptyIndex(nil, repo.Layout{})
			x.read(x.head + string(b))
			for h, rec := range x.at {
				for _, rec := range append(x.more[h], rec) {
					if rec.commit() != h {
						t.Errorf("a record of %s stands at %s", rec.commit(), h)
					}
					rec.outline()
					rec.properties()
					list, _ := rec.differences(anything, whatever, func(store.Hash, string) {})
					for _, d := range list {
						if !store.SoundName(d.Name) || !store.SoundName(d.Collection) {
							t.Errorf("%q %q", d.Collection, d.Name)
						}
					}
				}
			}
		})
	})
}
