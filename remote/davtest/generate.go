package davtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

var (
	subjects = []string{"Planning", "Review", "Lunch", "Dentist", "Call", "Workshop", "Training", "Retrospective", "Delivery", "Concert"}
	partners = []string{"Ada Miller", "Jörg Weiß", "Søren Holm", "Łukasz Nowak", "Chloé Petit", "Yuki Tanaka", "Olga Iwanowa", "Ana Sá"}
	places   = []string{"Room 1", "Room 2\\, second floor", "Café Zentral", "Main Street 12", "Online", "Hall B"}
	weekdays = []string{"MO", "TU", "WE", "TH", "FR"}
)

// random is a source that is the same for the same seed and number, on every machine.
func random(seed, i int) *rand.Rand { return rand.New(rand.NewPCG(uint64(seed), uint64(i))) }

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

// words is a text of about n bytes.
func words(r *rand.Rand, n int) string {
	pool := strings.Fields("agenda notes please bring the figures of last quarter and think about what we want to change before summer " +
		"minutes will follow by mail unless somebody asks for a change of date")
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(pool[r.IntN(len(pool))])
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

// EventUID returns the UID of Event(seed, i).
func EventUID(seed, i int) string { return fmt.Sprintf("event-%d-%06d@example.org", seed, i) }

// CardUID returns the UID of Card(seed, i).
func CardUID(seed, i int) string { return fmt.Sprintf("card-%d-%06d", seed, i) }

// Event returns the i-th event of a series: always the same bytes, about 1 kB, folded, with CRLF; one in five recurs, one in
// three has an alarm, one in four has a zone with its VTIMEZONE, one in eight lasts all day.
func Event(seed, i int) []byte {
	r := random(seed, i)
	start := time.Date(2025, 1, 6, 8, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(700))*24*time.Hour + time.Duration(r.IntN(20))*30*time.Minute)
	stamp := start.AddDate(0, -1, 0).Format("20060102T150405Z")
	l := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//davtest//generator//EN"}
	zoned := i%4 == 1
	if zoned {
		l = append(l, berlin...)
	}
	l = append(l, "BEGIN:VEVENT", "UID:"+EventUID(seed, i), "DTSTAMP:"+stamp, "CREATED:"+stamp, "LAST-MODIFIED:"+stamp,
		fmt.Sprintf("SUMMARY:%s with %s (%d)", pick(r, subjects), pick(r, partners), i))
	switch {
	case i%8 == 0:
		l = append(l, "DTSTART;VALUE=DATE:"+start.Format("20060102"), "DTEND;VALUE=DATE:"+start.AddDate(0, 0, 1).Format("20060102"))
	case zoned:
		l = append(l, "DTSTART;TZID=Europe/Berlin:"+start.Format("20060102T150405"),
			"DTEND;TZID=Europe/Berlin:"+start.Add(time.Hour).Format("20060102T150405"))
	default:
		l = append(l, "DTSTART:"+start.Format("20060102T150405Z"), "DTEND:"+start.Add(time.Hour).Format("20060102T150405Z"))
	}
	if i%5 == 0 {
		l = append(l, fmt.Sprintf("RRULE:FREQ=WEEKLY;COUNT=%d;BYDAY=%s", 4+r.IntN(20), pick(r, weekdays)))
	}
	size := 450
	if zoned {
		size = 100
	}
	l = append(l, "LOCATION:"+pick(r, places), "DESCRIPTION:"+words(r, size), "CATEGORIES:work,"+strings.ToLower(pick(r, subjects)),
		"TRANSP:OPAQUE", "SEQUENCE:"+itoa(r.IntN(3)))
	if i%3 == 0 {
		l = append(l, "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:Reminder", "END:VALARM")
	}
	return fold(append(l, "END:VEVENT", "END:VCALENDAR"))
}

// Card returns the i-th contact of a series: always the same bytes, about 1 kB, vCard 3.0 with groups and labels.
func Card(seed, i int) []byte {
	r := random(seed, -1-i)
	full := pick(r, partners)
	first, last, _ := strings.Cut(full, " ")
	mail := fmt.Sprintf("contact%d@example.org", i)
	l := []string{"BEGIN:VCARD", "VERSION:3.0", "PRODID:-//davtest//generator//EN", "UID:" + CardUID(seed, i),
		fmt.Sprintf("FN:%s %d", full, i), fmt.Sprintf("N:%s %d;%s;;;", last, i, first),
		"ORG:Example Company;" + pick(r, subjects), "TITLE:Head of " + pick(r, subjects),
		"EMAIL;TYPE=INTERNET,WORK:" + mail, "EMAIL;TYPE=INTERNET,HOME:home." + mail,
		fmt.Sprintf("TEL;TYPE=CELL,VOICE:+49 170 %07d", r.IntN(1e7)), fmt.Sprintf("TEL;TYPE=WORK,VOICE:+49 30 %07d", r.IntN(1e7)),
		fmt.Sprintf("ADR;TYPE=WORK:;;Main Street %d;Berlin;;%05d;Germany", 1+r.IntN(200), 10000+r.IntN(4000)),
		fmt.Sprintf("BDAY:19%02d-%02d-%02d", 50+r.IntN(50), 1+r.IntN(12), 1+r.IntN(28)),
		fmt.Sprintf("item1.URL:https://example.org/people/%d", i), "item1.X-ABLabel:Home page",
		"CATEGORIES:work,friends", "NOTE:" + words(r, 350), "REV:2025-06-01T10:00:00Z", "END:VCARD"}
	return fold(l)
}

// Fill puts the first n items of a series into a collection, each under its UID.
func (c *Collection) Fill(seed, n int) {
	for i := range n {
		if c.kind == Calendar {
			c.Put(EventUID(seed, i)+".ics", Event(seed, i))
		} else {
			c.Put(CardUID(seed, i)+".vcf", Card(seed, i))
		}
	}
}

// berlin is a zone as calendars carry it.
var berlin = []string{"BEGIN:VTIMEZONE", "TZID:Europe/Berlin",
	"BEGIN:STANDARD", "DTSTART:19961027T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "TZNAME:CET", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD",
	"BEGIN:DAYLIGHT", "DTSTART:19810329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "TZNAME:CEST", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:DAYLIGHT",
	"END:VTIMEZONE"}

// newYork likewise.
var newYork = []string{"BEGIN:VTIMEZONE", "TZID:America/New_York",
	"BEGIN:STANDARD", "DTSTART:20071104T020000", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU", "TZNAME:EST", "TZOFFSETFROM:-0400", "TZOFFSETTO:-0500", "END:STANDARD",
	"BEGIN:DAYLIGHT", "DTSTART:20070311T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "TZNAME:EDT", "TZOFFSETFROM:-0500", "TZOFFSETTO:-0400", "END:DAYLIGHT",
	"END:VTIMEZONE"}

// calendarOf puts components into a VCALENDAR.
func calendarOf(parts ...[]string) []byte {
	l := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//davtest//sample//EN"}
	for _, p := range parts {
		l = append(l, p...)
	}
	return fold(append(l, "END:VCALENDAR"))
}

func block(name string, lines ...string) []string {
	l := append([]string{"BEGIN:" + name}, lines...)
	return append(l, "END:"+name)
}
