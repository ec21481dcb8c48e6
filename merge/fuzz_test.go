package merge_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"vgit/merge"
	"vgit/repo/cost"
	"vgit/repo/item"
)

// M13 and the laws of Compare for any bytes at all.
func FuzzCompare(f *testing.F) {
	ours := []string{
		meeting, crlf(contact), event("DTSTART;TZID=\"Own\\nZone\":20260302T100000 | EXDATE:20260303,20260304T000000Z"),
		timed("RRULE:FREQ=WEEKLY;UNTIL=20260310;BYDAY=+1MO,,2TU | RDATE;VALUE=PERIOD:20260703T080000Z/PT1H"),
		alarm("TRIGGER;RELATED=END:-P1DT2H | REPEAT:2 | DURATION:PT5M | ATTACH;VALUE=BINARY;ENCODING=BASE64:QQ=="),
		card("item1.ADR;PREF=1;LABEL=x:;;a\\,b,c;d | LABEL:x | item1.X-ABLABEL:_$!<Home>!$_ | PHOTO:data:,x | BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12"),
		"BEGIN:VCARD\nUID:1\nTEL;:\nN;SORT-AS=:;;\n;:\nEND:VCARD", task("DUE:20260302 | DURATION:-P999999999999999W | STATUS:x"),
	}
	for i, seed := range ours {
		f.Add([]byte(seed), []byte(ours[(i+1)%len(ours)]))
		f.Add([]byte(seed), []byte(seed+" "))
	}
	for _, body := range seeds(f) {
		f.Add(body, bytes.Replace(body, []byte("SUMMARY:"), []byte("SUMMARY:Not "), 1))
	}
	f.Fuzz(func(t *testing.T, x, y []byte) {
		a, b := item.Parse(x), item.Parse(y)
		if s := merge.Compare(a, item.Parse(slices.Clone(x))); s != merge.None {
			t.Fatalf("an item differs from itself: %v", s)
		}
		var ab, ba merge.Strength
		cost.Linear(t, len(x)+len(y), 1<<20, 2000, func() { ab, ba = merge.Compare(a, b), merge.Compare(b, a) })
		if ab != ba {
			t.Fatalf("%v one way, %v the other", ab, ba)
		}
		changes := merge.Diff(a, b)
		if (len(changes) == 0) != (ab == merge.None) {
			t.Fatalf("Compare %v, Diff %q", ab, changes)
		}
		merge.Landed(a, b, a)
		merge.Landed(b, a, item.Parse(slices.Concat(x, y)))
		if merge.Landed(a, b, item.Parse(slices.Clone(x))) {
			t.Fatal("what the server held before is taken for what was sent")
		}
		// The respeller does not know carriage returns that are no line ends.
		if stray := bytes.ReplaceAll(x, []byte("\r\n"), nil); a.State() == item.Sound && !bytes.ContainsRune(stray, '\r') {
			respelt := item.Parse(newRespeller(uint64(len(y))).respell(a))
			if s := merge.Compare(a, respelt); s != merge.None && respelt.State() == item.Sound {
				t.Fatalf("respelt: %v: %q\n%q", s, merge.Diff(a, respelt), respelt.Bytes())
			}
		}
	})
}

// M13: any four bodies. No panic, a cost that grows with the size, the same result twice, and one that can be read where all four can.
func FuzzReconcile(f *testing.F) {
	for _, c := range allCases(f) {
		f.Add(c.L0, c.L1, c.R0, c.R1)
	}
	for _, body := range seeds(f) {
		edited := bytes.Replace(body, []byte("SUMMARY:"), []byte("SUMMARY:Not "), 1)
		f.Add(body, edited, body, bytes.Replace(body, []byte("\nEND:V"), []byte("\nX-FOO:1\nEND:V"), 1))
		f.Add(body, body[:len(body)/2], body, edited)
	}
	f.Fuzz(func(t *testing.T, l0, l1, r0, r1 []byte) {
		v := merge.Versions{L0: itemOf(l0), L1: itemOf(l1), R0: itemOf(r0), R1: itemOf(r1)}
		var r merge.Result
		cost.Linear(t, len(l0)+len(l1)+len(r0)+len(r1), 4<<20, 20_000, func() { r = merge.Reconcile(v, merge.Context{Me: []string{"bob@example.com"}}) })
		if broken := parses(&scene{v: v, result: r}); broken != "" {
			t.Fatal(broken)
		}
		again := merge.Reconcile(v, merge.Context{Me: []string{"bob@example.com"}})
		if !bytes.Equal(again.Local, r.Local) || !bytes.Equal(again.Body, r.Body) || again.Send != r.Send {
			t.Fatal("the second time it is another result")
		}
		if bytes.Equal(l1, r1) && v.L1 != nil && v.R1 != nil && (r.Send != merge.Nothing || !bytes.Equal(r.Local, l1)) {
			t.Fatal("both sides have the same bytes, and something is written")
		}
	})
}

// FuzzShow: whatever the bytes, an item is shown and its slots are followed, at a cost that grows with the size.
func FuzzShow(f *testing.F) {
	for _, body := range append(seeds(f), []byte(timed("RRULE:FREQ=WEEKLY | EXDATE:20260303T000000Z | RDATE;VALUE=DATE:20260304")), []byte(card("TEL;pref:1"))) {
		f.Add(body, bytes.Replace(body, []byte("SUMMARY:"), []byte("SUMMARY:Not "), 1))
	}
	f.Fuzz(func(t *testing.T, x, y []byte) {
		a, b := item.Parse(x), item.Parse(y)
		w := merge.Wording{Verbose: true, Local: time.UTC}
		cost.Linear(t, len(x)+len(y), 1<<20, 2000, func() { w.Show(a) })
		was, is := w.Slots(a), w.Slots(b)
		found := merge.SameSlots(a, b)
		if len(found) != len(is) || len(merge.SortSlots(is)) != len(is) {
			t.Fatalf("%d slots, and %d were looked for", len(is), len(found))
		}
		for _, i := range found {
			if i < -1 || i >= len(was) {
				t.Fatalf("slot %d of %d", i, len(was))
			}
		}
	})
}
