//go:build servers

package main_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"

	"vgit/remote/davtest"
)

// series is the seed of the generated items.
const series = 7

// generated is the i-th of an endless series of items; uid is its UID.
func (r *rig) generated(i int) []byte {
	if r.kind == "contacts" {
		return davtest.Card(series, i)
	}
	return davtest.Event(series, i)
}

func (r *rig) uid(i int) string {
	if r.kind == "contacts" {
		return davtest.CardUID(series, i)
	}
	return davtest.EventUID(series, i)
}

// samples are the items of the first download: generated ones, some of which recur or are in a zone, and what is harder.
func (r *rig) samples() map[string][]byte {
	hard := hardEvents
	if r.kind == "contacts" {
		hard = hardCards
	}
	items := map[string][]byte{}
	for name, lines := range hard {
		text := strings.ReplaceAll(strings.TrimSpace(lines), "PICTURE", picture())
		items[name+r.ext] = []byte(strings.ReplaceAll(text, "\n", "\r\n") + "\r\n")
	}
	for i := range 20 - len(hard) {
		items[fmt.Sprintf("generated-%d%s", i, r.ext)] = r.generated(i)
	}
	return items
}

// picture is 6,000 bytes that look like a photo, in base64, folded.
func picture() string {
	random := rand.New(rand.NewPCG(series, 0))
	raw := []byte{0xFF, 0xD8, 0xFF, 0xE0}
	for len(raw) < 6000 {
		raw = append(raw, byte(random.Uint32()))
	}
	text, lines := base64.StdEncoding.EncodeToString(raw), []string{""}
	for len(text) > 0 {
		n := min(len(text), 70)
		lines, text = append(lines, text[:n]), text[n:]
	}
	return strings.Join(lines, "\n ")
}

var hardEvents = map[string]string{
	"override": `
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//phone//EN
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:override
DTSTAMP:20260101T090000Z
DTSTART;TZID=Europe/Berlin:20260105T183000
DTEND;TZID=Europe/Berlin:20260105T194500
RRULE:FREQ=WEEKLY;BYDAY=MO,TH
EXDATE;TZID=Europe/Berlin:20260112T183000
EXDATE;TZID=Europe/Berlin:20260119T183000
SUMMARY:Yoga
LOCATION:Studio
END:VEVENT
BEGIN:VEVENT
UID:override
DTSTAMP:20260101T090000Z
RECURRENCE-ID;TZID=Europe/Berlin:20260108T183000
DTSTART;TZID=Europe/Berlin:20260108T190000
DTEND;TZID=Europe/Berlin:20260108T200000
SUMMARY:Yoga (outside)
LOCATION:Park
END:VEVENT
END:VCALENDAR`,
	"unicode ünd blank": `
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//phone//EN
BEGIN:VEVENT
UID:unicode-🎂
DTSTAMP:20260101T090000Z
DTSTART;VALUE=DATE:20260302
DTEND;VALUE=DATE:20260304
SUMMARY:🎂 Łukasz\, Chloé\; שלום 日本語
LOCATION:Zażółć gęślą jaźń
CATEGORIES:Päck ma's,b\,c
END:VEVENT
END:VCALENDAR`,
	"folded": `
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//phone//EN
BEGIN:VEVENT
UID:folded
DTSTAMP:20260101T090000Z
DTSTART:20260302T100000Z
DURATION:PT1H30M
SUMMARY:Fol
 ded where
  no other program folds
LOCATION:Room 1
DESCRIPTION:Line one\nLine two\, with a comma\; and more\nLine three whi
 ch is long enough to be folded twice, since it goes on and on until it is
  over
ORGANIZER;CN="Miller, Ada":mailto:ada@example.org
ATTENDEE;CN=Ben;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT:mailto:ben@example.org
X-PHONE-NOTE;X-KIND=kept:what no standard knows
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER;RELATED=START:-PT30M
DESCRIPTION:Reminder
END:VALARM
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER;VALUE=DATE-TIME:20260302T080000Z
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
END:VCALENDAR`,
	"photo": `
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//phone//EN
BEGIN:VEVENT
UID:photo
DTSTAMP:20260101T090000Z
DTSTART:20260302T100000Z
DTEND:20260302T110000Z
SUMMARY:With a photo
LOCATION:Room 2
ATTACH;FMTTYPE=image/jpeg;ENCODING=BASE64;VALUE=BINARY:PICTURE
END:VEVENT
END:VCALENDAR`,
	"task": `
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//phone//EN
BEGIN:VTODO
UID:task
DTSTAMP:20260101T090000Z
DUE;VALUE=DATE:20260401
SUMMARY:Buy milk
LOCATION:Shop
PRIORITY:5
STATUS:NEEDS-ACTION
PERCENT-COMPLETE:0
END:VTODO
END:VCALENDAR`,
}

var hardCards = map[string]string{
	"photo": `
BEGIN:VCARD
VERSION:3.0
UID:card-photo
FN:With a Photo
N:Photo;With a;;;
TITLE:Photographer
NOTE:has a face
PHOTO;ENCODING=b;TYPE=JPEG:PICTURE
END:VCARD`,
	"unicode ünd blank": `
BEGIN:VCARD
VERSION:3.0
UID:card-🎂
FN:Łukasz "日本語" שלום
N:Łukasz;日本語;;Dr.;
TITLE:Zażółć\, gęślą\; jaźń
NOTE:🎂
ADR;TYPE=HOME:;;Hauptstraße 5\, Hinterhaus;München;;80331;Deutschland
END:VCARD`,
	"folded": `
BEGIN:VCARD
VERSION:3.0
UID:card-folded
FN:Fol
 ded
N:ded;Fol;;;
TITLE:One who folds
NOTE:Line one\nLine two\, with a comma\; and more\nLine three whi
 ch is long enough to be folded twice\, since it goes on and on until it is
  over
X-PHONE-NOTE;X-KIND=kept:what no standard knows
END:VCARD`,
	"grouped": `
BEGIN:VCARD
VERSION:3.0
UID:card-grouped
FN:Grouped
N:Grouped;;;;
TITLE:One of many
NOTE:labels
item1.EMAIL;TYPE=INTERNET:grouped@example.org
item1.X-ABLabel:_$!<Other>!$_
item2.TEL:+49 30 1234567
item2.X-ABLabel:Boat
IMPP;X-SERVICE-TYPE=XMPP;TYPE=HOME:xmpp:grouped@example.org
X-ABDATE;TYPE=pref:2020-02-29
END:VCARD`,
	"company": `
BEGIN:VCARD
VERSION:3.0
UID:card-company
FN:Example Company
N:;;;;
ORG:Example Company;Second Floor
TITLE:none
NOTE:is no person
X-ABShowAs:COMPANY
REV:20260101T090000Z
END:VCARD`,
}

const cardFour = `BEGIN:VCARD
VERSION:4.0
UID:card-four
FN:Four
N:Four;;;;
TITLE:One of another kind
NOTE:newer
TEL;VALUE=uri;PREF=1;TYPE="cell,home":tel:+49-170-7654321
BDAY:--0402
KIND:individual
END:VCARD
`

const lossyEvent = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//editor//EN
BEGIN:VEVENT
UID:lossy
DTSTAMP:20260101T090000Z
DTSTART:20260302T100000Z
DTEND:20260302T110000Z
SUMMARY:Lossy
DESCRIPTION:A comma, which should have been escaped
CATEGORIES:one\,two,three
END:VEVENT
END:VCALENDAR
`
