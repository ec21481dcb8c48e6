package davtest

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"strings"
	"testing"
	"time"
)

// crlf makes a body of lines.
func crlf(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }

func TestModels(t *testing.T) {
	long := "DESCRIPTION:" + strings.Repeat("ä", 80)
	for _, tc := range []struct {
		name     string
		model    Model
		in, want string
	}{
		{"keep", Keep(), "any\nthing", "any\nthing"},
		{"sort", Sort(), crlf("BEGIN:VCALENDAR", "version:2.0", "PRODID:x", "BEGIN:VEVENT", "uid:a", "SUMMARY:x", "BEGIN:VALARM", "b:2", "A:1", "END:VALARM", "END:VEVENT", "END:VCALENDAR"),
			crlf("BEGIN:VCALENDAR", "PRODID:x", "VERSION:2.0", "BEGIN:VEVENT", "SUMMARY:x", "UID:a", "BEGIN:VALARM", "A:1", "B:2", "END:VALARM", "END:VEVENT", "END:VCALENDAR")},
		{"folds", Sort(), "BEGIN:A\n" + long + "\nEND:A", crlf("BEGIN:A", long[:74], " "+long[74:148], " "+long[148:], "END:A")},
		{"drop", Drop("location", "GEO"), crlf("A:1", "item1.LOCATION;X=y:z", " folded", "GEO:1;2", "B:2"), crlf("A:1", "B:2")},
		{"strip-x", StripX(), crlf("X-A:1", "item1.X-ABLabel:x", "SUMMARY:X-Y"), crlf("SUMMARY:X-Y")},
		{"strip-tz", StripTZ(), crlf("A:1", "BEGIN:VTIMEZONE", "BEGIN:STANDARD", "END:STANDARD", "END:VTIMEZONE", "B:2"), crlf("A:1", "B:2")},
		{"zone-to-alias", ZoneToAlias("Europe/Berlin", "Berlin"), crlf("TZID:Europe/Berlin", "DTSTART;TZID=Europe/Berlin:1", "DTEND;TZID=Europe/Berlin;X=y:1"),
			crlf("TZID:Berlin", "DTSTART;TZID=Berlin:1", "DTEND;TZID=Berlin;X=y:1")},
		{"add-owner", AddOwner("mailto:o@x"), crlf("BEGIN:VEVENT", "A:1", "END:VEVENT"), crlf("BEGIN:VEVENT", "A:1", "ORGANIZER:mailto:o@x", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:o@x", "END:VEVENT")},
		{"add-owner where there is one", AddOwner("mailto:o@x"), crlf("BEGIN:VEVENT", "ORGANIZER:p", "END:VEVENT"), crlf("BEGIN:VEVENT", "ORGANIZER:p", "END:VEVENT")},
		{"defaults", Defaults(), crlf("BEGIN:VEVENT", "CLASS:PRIVATE", "BEGIN:VALARM", "STATUS:x", "END:VALARM", "END:VEVENT"),
			crlf("BEGIN:VEVENT", "CLASS:PRIVATE", "BEGIN:VALARM", "STATUS:x", "END:VALARM", "STATUS:CONFIRMED", "TRANSP:OPAQUE", "PRIORITY:0", "END:VEVENT")},
		{"escape", Escape(), crlf(`SUMMARY;X=a:b:c\nd\:e\\n`, "URL:http://x"), crlf(`SUMMARY;X=a:b\:c\Nd\:e\\n`, "URL:http://x")},
		{"vcard3", VCard3(), crlf("BEGIN:VCARD", "VERSION:4.0", "KIND:individual", "FN:x", "END:VCARD"), crlf("BEGIN:VCARD", "VERSION:3.0", "FN:x", "END:VCARD")},
		{"vcard3 of 3.0", VCard3(), "BEGIN:VCARD\nVERSION:3.0\nKIND:x\nEND:VCARD\n", "BEGIN:VCARD\nVERSION:3.0\nKIND:x\nEND:VCARD\n"},
		{"regroup", Regroup(), crlf("home.URL:x", "home.X-ABLabel:y", "TEL:1", "b.TEL:2"), crlf("ITEM1.X-ABLabel:y", "ITEM1.URL:x", "TEL:1", "ITEM2.TEL:2")},
		{"utc-to-zone", UTCToZone("Europe/Berlin"), crlf("DTSTART:20260302T090000Z", "DTEND:20260702T090000Z", "DTSTAMP:20260302T090000Z", "DUE;VALUE=DATE:20260302"),
			crlf("DTSTART;TZID=Europe/Berlin:20260302T100000", "DTEND;TZID=Europe/Berlin:20260702T110000", "DTSTAMP:20260302T090000Z", "DUE;VALUE=DATE:20260302")},
		{"photo-link", PhotoLink("https://x.example/p"), crlf("FN:x", "PHOTO;ENCODING=b:cGhvdG8gb25l"), crlf("FN:x", "PHOTO;VALUE=uri:https://x.example/p/cbf7fb652fcd662c")},
		{"chain", Chain(Drop("A"), StripX()), crlf("A:1", "X-B:2", "C:3"), crlf("C:3")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			equal(t, "result", string(tc.model([]byte(tc.in))), tc.want)
			if again := string(tc.model([]byte(tc.want))); again != tc.want {
				t.Errorf("a second time: %q", again)
			}
		})
	}
	shifted := Shift(1)([]byte(crlf("DTSTART;TZID=Europe/Berlin:20260302T233000", "DTEND:20260302T230000Z")))
	equal(t, "shifted", string(shifted), crlf("DTSTART;TZID=Europe/Berlin:20260303T003000", "DTEND:20260302T230000Z"))
	added := AddAlarm()([]byte(event("a", "x")))
	equal(t, "alarms", strings.Count(string(added), "BEGIN:VALARM"), 1)
	equal(t, "alarms, second time", strings.Count(string(AddAlarm()(added)), "BEGIN:VALARM"), 1)
}

// A server that rewrites says so by giving no etag, unless it is one that lies (P75, P76).
func TestRewritesOnPut(t *testing.T) {
	b := start(t, DropsProperties("SUMMARY"))
	r := b.want(201, "PUT", aPath, event("a", "x"))
	equal(t, "etag", r.header.Get("ETag"), "")
	equal(t, "stored", b.want(200, "GET", aPath, "").body, strings.Replace(event("a", "x"), "SUMMARY:x\r\n", "", 1))
	bare := strings.Replace(event("a", "x"), "SUMMARY:x\r\n", "", 1)
	equal(t, "etag of what was kept", b.want(204, "PUT", aPath, bare).header.Get("ETag"), b.cal.ETag("a.ics"))
}

func TestStampsOnRead(t *testing.T) {
	b := start(t, RewritesOnRead(Stamp()))
	b.cal.Put("a.ics", []byte(event("a", "x")))
	one, two := b.want(200, "GET", aPath, ""), b.want(200, "GET", aPath, "")
	equal(t, "same body", one.body == two.body, false)
	equal(t, "same etag", one.header.Get("ETag") == two.header.Get("ETag"), true)
	listed, _ := b.multiget("a.ics").prop(aPath, "calendar-data")
	equal(t, "third stamp", strings.Contains(listed, "DTSTAMP:20260101T000003Z"), true)
	stored, _ := b.cal.Get("a.ics")
	equal(t, "stored", string(stored), event("a", "x"))
}

func TestGenerator(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	sizes := 0
	for i := range 500 {
		for _, body := range [][]byte{Event(7, i), Card(7, i)} {
			f := inspect(body)
			c := &Collection{kind: AddressBook}
			if f.root == "VCALENDAR" {
				c.kind, c.state.components = Calendar, []string{"VEVENT"}
			}
			if r := c.judge(f); r != nil {
				t.Fatalf("%s\n%s", r.text, body)
			}
			if !cleanForXML(body) || seen[string(body)] {
				t.Fatalf("not clean or not new:\n%s", body)
			}
			for l := range bytes.SplitSeq(body, []byte("\r\n")) {
				if len(l) > 75 || bytes.ContainsAny(l, "\r\n") {
					t.Fatalf("line %q", l)
				}
			}
			seen[string(body)] = true
			sizes += len(body)
		}
		equal(t, "UID", inspect(Event(7, i)).uids[0], EventUID(7, i))
		equal(t, "UID", inspect(Card(7, i)).uids[0], CardUID(7, i))
	}
	if mean := sizes / 1000; mean < 800 || mean > 1300 {
		t.Errorf("%d bytes on average", mean)
	}
	equal(t, "always the same", string(Event(7, 3)), string(Event(7, 3)))
	equal(t, "another seed", string(Event(7, 3)) == string(Event(8, 3)), false)
}

func TestSample(t *testing.T) {
	t.Parallel()
	s := New(Clock(func() time.Time { return time.Date(2026, 3, 12, 15, 0, 0, 0, time.UTC) }))
	user, password := Sample(s)
	equal(t, "login", password != "", true)
	total, overrides := 0, 0
	for _, c := range s.Collections(user) {
		for _, name := range c.List() {
			body, _ := c.Get(name)
			if r := c.judge(inspect(body)); r != nil {
				t.Errorf("%s/%s: %s", c.ID(), name, r.text)
			}
			overrides += strings.Count(string(body), "\nRECURRENCE-ID")
			total++
		}
	}
	if total < 18 || overrides != 2 {
		t.Errorf("%d items, %d overrides", total, overrides)
	}
	body, _ := s.Collection(user, "personal").Get("dentist.ics")
	equal(t, "in this week", strings.Contains(string(body), "DTSTART;TZID=Europe/Berlin:20260312T100000"), true)
	if _, err := jpeg.Decode(bytes.NewReader(Photo())); err != nil {
		t.Error(err)
	}
}

func ExampleServer() {
	s := New(NoETagOnPut)
	s.AddUser("ada", "lovelace")
	cal := s.AddCalendar("ada", "personal", Props{DisplayName: "Personal"})
	s.On(Match{Method: "PUT", N: 1}).After().Drop() // the first PUT is stored, its answer is lost
	url, stop := s.Start()
	defer stop()
	_ = url // give it to the client under test
	cal.Put("dentist.ics", Event(1, 1))
	fmt.Println(cal.Path(), cal.Len(), s.Writes())
	// Output: /calendars/ada/personal/ 1 0
}
