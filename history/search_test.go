package history_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"vgit/history"
	"vgit/repo"
	"vgit/repo/item"
	"vgit/repo/store"
)

func TestQueryMatches(t *testing.T) {
	t.Parallel()
	meeting := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:m\r\nSUMMARY:Zahnarzt\\, Großer\r\n  Müller\r\nDESCRIPTION:secret\r\n" +
		"ATTENDEE;CN=\"Čapek, Karel\";PARTSTAT=ACCEPTED:mailto:karel@example.org\r\nORGANIZER:MAILTO:Ada@example.org\r\nBEGIN:VALARM\r\nSUMMARY:Tooth\r\nEND:VALARM\r\nEND:VEVENT\r\n" +
		"BEGIN:VEVENT\r\nUID:m\r\nRECURRENCE-ID:20260302T100000Z\r\nSUMMARY:Other\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	card := "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c\r\nFN:Renée O’Hara\r\nN:O’Hara;Renée;;;\r\nORG:Acme;Research\r\nitem1.TEL;TYPE=CELL:+49 (170) 12-34 567\r\nEMAIL:r.ohara@example.org\r\nEND:VCARD\r\n"
	old := "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Max\r\nEND:VCARD\r\n"
	for _, c := range []struct {
		item, words string
		want        bool
	}{
		{meeting, "zahnarzt", true}, {meeting, "GROSSER muller", true}, {meeting, "arzt, müll", true}, {meeting, "capek", true}, {meeting, "KAREL@example", true},
		{meeting, "ada@example.org", true}, {meeting, "other", true}, {meeting, "tooth", true}, {meeting, "zahnarzt nobody", false}, {meeting, "secret", false}, {meeting, "accepted", false},
		{card, "renee", true}, {card, "o'hara", true}, {card, "hara renee acme", true}, {card, "0170 1234567", true}, {card, "+49-170", true}, {card, "1234567", true}, {card, "170/1234", true},
		{card, "7654321", false}, {card, "research", true}, {card, "cell", false}, {old, "max müller", true}, {"", "x", false}, {"BEGIN:VCARD", "vcard", false}, {meeting, "", false}, {meeting, " ", false},
	} {
		if got := history.NewQuery([]string{c.words}).Matches(item.Parse([]byte(c.item))); got != c.want {
			t.Errorf("%q in %.60q: %v", c.words, c.item, got)
		}
	}
}

func FuzzQuery(f *testing.F) {
	f.Add("müller +49", "BEGIN:VCARD\r\nTEL;ENCODING=QUOTED-PRINTABLE:=4\r\nFN:\xff\r\nEND:VCARD\r\n")
	f.Fuzz(func(t *testing.T, words, text string) {
		history.NewQuery([]string{words}).Matches(item.Parse([]byte(text)))
	})
}

func (b *book) search(words string) (lines []string) {
	b.t.Helper()
	found, err := history.Search(context.Background(), b.o, history.NewQuery([]string{words}))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, f := range found {
		lines = append(lines, fmt.Sprintf("%s %q last %s/%s of %d, now %d", f.UID, f.Title, f.Last.Collection, f.Last.Name, len(f.Places), len(f.Now)))
	}
	return lines
}

// What was renamed, moved, deleted, seen at a server alone, or not recorded yet.
func TestSearchFindsThePastAndThePresent(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	f := files{"work/a.ics": event("a", "Dentist"), "work/b.ics": event("b", "Dentist too"), "work/c.ics": event("c", "Other"), "work/color": "dentist"}
	one := b.commit(f)
	f = f.with("work/a.ics", "").with("home/z.ics", event("a", "Tooth")).with("work/b.ics", "")
	b.main(b.commit(f, one))
	b.tracking("server", b.snapshot("server", "fetch", f.with("work/s.ics", event("s", "Dentist there"))))
	b.write("home/z.ics", event("a", "Tooth"))
	b.write("work/new.ics", event("n", "The new dentist"))
	b.write("work/c.ics", event("c", "Dentist now"))
	want(t, b.search("dentist"),
		`a "Tooth" last home/z.ics of 2, now 1`,
		`b "Dentist too" last work/b.ics of 1, now 0`,
		`c "Dentist now" last work/c.ics of 1, now 1`,
		`n "The new dentist" last work/new.ics of 1, now 1`,
		`s "Dentist there" last work/s.ics of 1, now 0`)
	want(t, b.search("tooth"), `a "Tooth" last home/z.ics of 2, now 1`)
	want(t, b.search("nobody"))
}

func TestLogOfOneSide(t *testing.T) {
	t.Parallel()
	b := story(t)
	from := func(sides ...string) func(*history.Options) {
		return func(o *history.Options) { o.From = sides }
	}
	want(t, b.log(from("server")), "pull server: + home: Ben")
	want(t, b.log(from(history.Here)), "push server: ~ work: Anna moved", "edit here: - home: Ben; ~ work: Anna moved", "push server: + work: Anna", "edit here: + work: Anna")
	want(t, b.log(from("other")))
}

// A rename that is not shown itself leads to what the item was before.
func TestLogFollowsThroughWhatIsNotShown(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	one := b.commit(files{"work/a.ics": event("a", "Anna")})
	two := b.commit(files{"work/z.ics": event("a", "Anna")}, one)
	b.main(two)
	want(t, b.log(func(o *history.Options) {
		o.Item, o.Until = "work/z.ics", b.now.Add(-1)
	}), "edit here: + work: Anna")
	want(t, b.log(func(o *history.Options) {
		o.Of = []history.Place{{Collection: "work", Name: "z.ics"}}
	}), "edit here: ~ work: Anna, was work/a.ics", "edit here: + work: Anna")
}

// What a remote shows and the vdir has not taken over: a change and a deletion, but not what is only there.
func TestLogOfFetches(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	f := files{"work/a.ics": event("a", "Anna"), "work/b.ics": event("b", "Ben"), "work/c.ics": event("c", "Carl")}
	main := b.commit(f)
	one := b.snapshot("server", "fetch", f)
	base := b.commit(files{"remote/work/a.ics": f["work/a.ics"], "remote/work/b.ics": f["work/b.ics"], "remote/work/c.ics": event("c", "Carla")}, main, one)
	b.ref(repo.BaseRef("server"), base)
	f = f.with("work/c.ics", event("c", "Carla"))
	taken := b.snapshot("server", "fetch", f, one)
	f = f.with("work/a.ics", event("a", "Anna there")).with("work/b.ics", "").with("work/d.ics", event("d", "Dora"))
	open := b.snapshot("server", "fetch", f, taken)
	b.tracking("server", open)
	b.main(main)
	edit := "edit here: + work: Anna; + work: Ben; + work: Carl"
	fetched := func(f history.Fetched) func(*history.Options) { return func(o *history.Options) { o.Fetched = f } }
	want(t, b.log(), edit)
	want(t, b.log(fetched(history.OpenFetches)), "fetch server: ~ work: Anna there; - work: Ben", edit)
	all := b.entries(fetched(history.AllFetches))
	var opens []string
	for _, e := range all {
		opens = append(opens, fmt.Sprint(e.Kind, len(e.Items), e.Open))
	}
	want(t, opens, "fetch3 true", "fetch1 false", "fetch3 false", "edit3 false")
}

// A property that was sent is told as one that was edited.
func TestLogTellsPushedProperties(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	f := files{"work/a.ics": event("a", "Anna"), "work/color": "#000"}
	status := func(color string) files {
		return f.with("work/color", "").with(".vgit/collection/work", "vgit collection 1\ndirectory\twork\nprop\tcolor\t"+color+"\nprop\tfuture\t"+color+"\n\na.ics\t/a.ics\n")
	}
	b.main(b.commit(f))
	one := b.snapshot("server", "fetch", status("#fff"))
	b.tracking("server", b.snapshot("server", "push", status("#000"), one))
	words := func(o *history.Options) { o.Details = true }
	all := b.entries(words)
	if len(all) != 2 || all[0].Kind != history.Push || len(all[0].Items) != 1 {
		t.Fatalf("log: %+v", all)
	}
	d := all[0].Items[0]
	if len(d.Details) != 1 {
		t.Fatalf("details: %+v", d)
	}
	if got := strings.Join([]string{d.Name, d.Details[0].Old, d.Details[0].New}, " "); got != "color #fff #000" {
		t.Errorf("pushed: %q", got)
	}
	if n := len(b.entries(func(o *history.Options) { o.Item = "work/a.ics" })); n != 1 {
		t.Errorf("an item has %d entries of its collection", n)
	}
}

// What was done since the last sync comes first, even in the second in which that ended.
func TestOfOneSecondWhatCameAfterTheSyncComesFirst(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	now := b.now
	commit := func(f files, parents ...store.Hash) store.Hash { return b.commitAs(vgit, now, "any", f, parents...) }
	f := files{"work/a.ics": event("a", "Anna")}
	edit := commit(f)
	snapshot := func(made string, f files, parents ...store.Hash) store.Hash {
		return commit(f.with(".vgit/remote", "vgit remote 1\nremote\tserver\nsnapshot\t"+made+"\n"), parents...)
	}
	sent := snapshot("push", f, snapshot("fetch", nil))
	b.tracking("server", sent)
	b.ref(repo.BaseRef("server"), commit(nil, edit, sent))
	b.main(commit(f.with("work/a.ics", event("a", "Annie")), edit))
	want(t, b.log(), "edit here: ~ work: Annie", "push server: + work: Anna", "edit here: + work: Anna")
}
