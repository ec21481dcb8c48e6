package davtest

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"slices"
	"time"
)

// Sample fills the server with what a person might have, for demonstrations: calendars personal and work, a task list, an
// address book, some twenty items with dates around the server's clock. It returns a login.
func Sample(s *Server) (user, password string) {
	user, password = "ada", "lovelace"
	s.AddUser(user, password)
	now := s.behaviour.Load().now().UTC().Truncate(24 * time.Hour)
	monday := now.AddDate(0, 0, -(int(now.Weekday())+6)%7)
	put := func(c *Collection, extension string, items map[string][]byte) {
		for _, name := range slices.Sorted(maps.Keys(items)) {
			c.Put(name+extension, items[name])
		}
	}
	put(s.AddCalendar(user, "personal", Props{DisplayName: "Personal", Color: "#1F78B4FF", Order: "1", Components: []string{"VEVENT"}}),
		".ics", samplePersonal(monday))
	put(s.AddCalendar(user, "work", Props{DisplayName: "Work", Color: "#33A02CFF", Order: "2", Components: []string{"VEVENT"},
		Description: "Meetings & trips"}), ".ics", sampleWork(monday))
	put(s.AddCalendar(user, "tasks", Props{DisplayName: "Tasks", Color: "#FF7F00FF", Order: "3", Components: []string{"VTODO"}}),
		".ics", sampleTasks(monday))
	put(s.AddAddressBook(user, "contacts", Props{DisplayName: "Contacts", Description: "People"}), ".vcf", sampleCards())
	return user, password
}

// at writes a time of day on the d-th day after monday.
func at(monday time.Time, d, hour, minute int) string {
	return monday.AddDate(0, 0, d).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute).Format("20060102T150405")
}

func day(monday time.Time, d int) string { return monday.AddDate(0, 0, d).Format("20060102") }

// stamped begins an item with a UID.
func stamped(monday time.Time, uid string, lines ...string) []string {
	stamp := at(monday, -14, 9, 0) + "Z"
	return append([]string{"UID:" + uid, "DTSTAMP:" + stamp, "CREATED:" + stamp, "LAST-MODIFIED:" + stamp}, lines...)
}

const zone = ";TZID=Europe/Berlin:"

func samplePersonal(m time.Time) map[string][]byte {
	event := func(uid string, lines ...string) []string { return block("VEVENT", stamped(m, uid, lines...)...) }
	alarm := block("VALARM", "ACTION:DISPLAY", "TRIGGER:-PT30M", "DESCRIPTION:Reminder")
	return map[string][]byte{
		"dentist": calendarOf(berlin, event("dentist", append([]string{"SUMMARY:Dentist", "LOCATION:Dr. Weiß\\, Hauptstraße 5",
			"DTSTART" + zone + at(m, 3, 10, 0), "DTEND" + zone + at(m, 3, 10, 45)}, alarm...)...)),
		"birthday-lukasz": calendarOf(event("birthday-lukasz", "SUMMARY:🎂 Łukasz", "DTSTART;VALUE=DATE:"+day(m, 5), "DTEND;VALUE=DATE:"+day(m, 6),
			"RRULE:FREQ=YEARLY", "TRANSP:TRANSPARENT")),
		"yoga": calendarOf(berlin,
			event("yoga", "SUMMARY:Yoga", "DTSTART"+zone+at(m, -21, 18, 30), "DTEND"+zone+at(m, -21, 19, 45), "RRULE:FREQ=WEEKLY;BYDAY=MO,TH",
				"EXDATE"+zone+at(m, -14, 18, 30), "LOCATION:Studio"),
			event("yoga", "SUMMARY:Yoga (outside)", "RECURRENCE-ID"+zone+at(m, 3, 18, 30), "DTSTART"+zone+at(m, 3, 19, 0), "DTEND"+zone+at(m, 3, 20, 0),
				"LOCATION:Park")),
		"concert": calendarOf(berlin, event("concert", "SUMMARY:Konzert: Béla Bartók", "DTSTART"+zone+at(m, 11, 20, 0), "DTEND"+zone+at(m, 11, 22, 30),
			"LOCATION:Philharmonie\\, großer Saal", "URL:https://example.org/concert",
			"DESCRIPTION:Tickets are in the drawer.\\nMeet at the entrance at 19:30\\; bring "+
				"the binoculars\\, and do not forget that the underground is closed on that evening.")),
		"holidays": calendarOf(event("holidays", "SUMMARY:Holidays by the sea", "DTSTART;VALUE=DATE:"+day(m, 28), "DTEND;VALUE=DATE:"+day(m, 38),
			"CATEGORIES:travel,family", "X-DAVTEST-MOOD:splendid")),
	}
}

func sampleWork(m time.Time) map[string][]byte {
	event := func(uid string, lines ...string) []string { return block("VEVENT", stamped(m, uid, lines...)...) }
	tenth := time.Date(m.Year(), m.Month()+1, 10, 0, 0, 0, 0, time.UTC)
	return map[string][]byte{
		"standup": calendarOf(berlin, event("standup", "SUMMARY:Stand-up", "DTSTART"+zone+at(m, -28, 9, 15), "DTEND"+zone+at(m, -28, 9, 30),
			"RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR")),
		"planning": calendarOf(berlin,
			event("planning", "SUMMARY:Planning", "SEQUENCE:2", "DTSTART"+zone+at(m, 1, 14, 0), "DTEND"+zone+at(m, 1, 15, 0),
				"RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=8", "ORGANIZER;CN=Ada:mailto:ada@example.org",
				"ATTENDEE;CN=Ada;PARTSTAT=ACCEPTED:mailto:ada@example.org",
				"ATTENDEE;CN=\"Holm, Søren\";PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:soren@example.org"),
			event("planning", "SUMMARY:Planning with guests", "SEQUENCE:2", "RECURRENCE-ID"+zone+at(m, 15, 14, 0), "DTSTART"+zone+at(m, 16, 10, 0),
				"DTEND"+zone+at(m, 16, 12, 0), "ORGANIZER;CN=Ada:mailto:ada@example.org", "ATTENDEE;CN=Ada;PARTSTAT=ACCEPTED:mailto:ada@example.org")),
		"call-new-york": calendarOf(newYork, event("call-new-york", "SUMMARY:Call with New York", "DTSTART;TZID=America/New_York:"+at(m, 2, 9, 0),
			"DURATION:PT45M", "CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example.org/ny")),
		"trip-oslo": calendarOf(event("trip-oslo", "SUMMARY:Trip to Oslo", "DTSTART:"+at(m, 8, 6, 40)+"Z", "DTEND:"+at(m, 9, 19, 5)+"Z",
			"GEO:59.913;10.752", "LOCATION:Oslo", "STATUS:TENTATIVE")),
		"tax": calendarOf(event("tax", "SUMMARY:Tax return due", "DTSTART;VALUE=DATE:"+day(tenth, 0), "RRULE:FREQ=MONTHLY;BYMONTHDAY=10")),
	}
}

func sampleTasks(m time.Time) map[string][]byte {
	todo := func(uid string, lines ...string) []byte {
		return calendarOf(block("VTODO", stamped(m, uid, lines...)...))
	}
	return map[string][]byte{
		"passport": todo("passport", "SUMMARY:Renew passport", "DUE;VALUE=DATE:"+day(m, 14), "PRIORITY:1", "STATUS:NEEDS-ACTION"),
		"photos":   todo("photos", "SUMMARY:Photos for the passport", "RELATED-TO:passport", "STATUS:IN-PROCESS", "PERCENT-COMPLETE:50"),
		"plants":   todo("plants", "SUMMARY:Water the plants", "DTSTART;VALUE=DATE:"+day(m, 0), "DUE;VALUE=DATE:"+day(m, 1), "RRULE:FREQ=WEEKLY"),
		"library": todo("library", "SUMMARY:Books back to the library", "STATUS:COMPLETED", "COMPLETED:"+at(m, -2, 16, 0)+"Z",
			"PERCENT-COMPLETE:100"),
	}
}

func sampleCards() map[string][]byte {
	person := func(uid string, lines ...string) []byte {
		return fold(block("VCARD", append([]string{"VERSION:3.0", "PRODID:-//davtest//sample//EN", "UID:" + uid, "REV:2026-01-01T00:00:00Z"}, lines...)...))
	}
	return map[string][]byte{
		"soren": person("soren", "FN:Søren Holm", "N:Holm;Søren;;;", "ORG:Fjord A/S;Research", "EMAIL;TYPE=INTERNET,WORK:soren@example.org",
			"TEL;TYPE=WORK,VOICE:+47 22 12 34 56", "item1.URL:https://example.org/soren", "item1.X-ABLabel:Blog",
			"PHOTO;ENCODING=b;TYPE=JPEG:"+base64.StdEncoding.EncodeToString(Photo())),
		"lukasz": person("lukasz", "FN:Łukasz Nowak", "N:Nowak;Łukasz;;;", "BDAY:1985-04-12", "TEL;TYPE=CELL:+48 601 234 567", "CATEGORIES:friends"),
		"yuki": person("yuki", "FN:田中 由紀", "N:田中;由紀;;;", "X-PHONETIC-FIRST-NAME:ゆき", "X-PHONETIC-LAST-NAME:たなか",
			"EMAIL;TYPE=INTERNET:yuki@example.org", "ADR;TYPE=HOME:;;1-2-3 Ginza;Chuo-ku;Tokyo;104-0061;Japan"),
		"weiss": person("weiss", "FN:Praxis Dr. Weiß", "N:Weiß;;;Dr.;", "ORG:Praxis Dr. Weiß", "TEL;TYPE=WORK:+49 30 5551234",
			"NOTE:Mondays closed\\, Fridays until 13:00.\\nAsk for Mrs. Sá."),
		"choir": person("choir", "FN:Choir", "N:Choir;;;;", "X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:lukasz",
			"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:yuki"),
	}
}

// picture is sixteen pixels square.
func picture() image.Image {
	p := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for y := range 16 {
		for x := range 16 {
			p.Set(x, y, color.RGBA{uint8(x * 16), uint8(y * 16), 128, 255})
		}
	}
	return p
}

// Photo returns a small JPEG.
func Photo() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(), nil); err != nil {
		panic(err) // memory does not refuse
	}
	return b.Bytes()
}
