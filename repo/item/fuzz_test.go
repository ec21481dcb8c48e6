package item_test

import (
	"bytes"
	"testing"

	"vgit/repo/cost"
	"vgit/repo/item"
)

// Habit 1 for any bytes: no panic, and the same bytes back, from the tree and from each component.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		calendar("BEGIN:VEVENT | UID:e0 | SUM\r\n MARY;A=\"b;c\",d;E:f | BEGIN:VALARM | END:VALARM | END:VEVENT"),
		"BEGIN:VCARD\nitem1.TEL;HOME:1\nNOTE;QUOTED-PRINTABLE:a=\nb=\nEND:VCARD\n",
		"\xef\xbb\xbfBEGIN:X\rA:b\rEND:X\r", "END:A\nBEGIN:A\nBEGIN:B\nEND:A\n", "A;B=c,:d\nA;B=\"c\"d:e\nA;\":x\n",
		"BEGIN:VCALENDAR\r\nMETHOD:X\r\nEND:VCALENDAR", "BEGIN:\nEND:\n :\n\n\x00",
	} {
		f.Add([]byte(seed))
	}
	for _, body := range seeds(f) {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var it *item.Item
		cost.Linear(t, len(raw), 64<<10, 200, func() { it = item.Parse(raw) })
		if !bytes.Equal(it.Tree().AppendTo(nil), raw) || !bytes.Equal(it.Bytes(), raw) {
			t.Fatal("the tree does not give the bytes back")
		}
		sameBytes(t, it.Tree())
		if (it.State() == item.Sound) != (it.Problem() == "") {
			t.Fatalf("%v: %q", it.State(), it.Problem())
		}
		if it.State() == item.Sound && (it.UID() == "" || it.Master() == nil) {
			t.Fatal("sound without UID or component")
		}
		if item.Damaged(raw) == "" && !item.Complete(raw) {
			t.Fatal("neither damaged nor complete")
		}
		it.Summary()
		it.When()
		upload := item.ForUpload(raw)
		if again := item.ForUpload(upload); !bytes.Equal(again, upload) {
			t.Fatalf("made ready a second time: %q, first %q", again, upload)
		}
		// Only what made METHOD unreadable goes with it.
		mended := it.State() == item.Opaque && bytes.Contains(bytes.ToUpper(raw), []byte("METHOD"))
		if state := item.Parse(upload).State(); state != it.State() && !(mended && state == item.Sound) {
			t.Fatalf("%v for upload is %v: %q", it.State(), state, upload)
		}
	})
}

func sameBytes(t *testing.T, c *item.Component) {
	if !bytes.Equal(c.Bytes(), c.AppendTo(nil)) {
		t.Fatalf("%s: Bytes and AppendTo differ", c.Name)
	}
	readAll(&item.Component{Nodes: c.Nodes})
	for inner := range c.Components() {
		sameBytes(t, inner)
	}
}
