package merge_test

// What may be done to the fixtures, slot by slot; several edits of one slot, so that they meet.
var (
	eventEdits = []string{
		"=SUMMARY:A", "=SUMMARY:B", "-SUMMARY", `=SUMMARY;LANGUAGE=de:A\, b`,
		"=LOCATION:Room 2", "=LOCATION:Room 3", "-LOCATION", "=GEO:52.52;13.40", "-GEO",
		"=X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE=Room 1:geo:52.52,13.40",
		`=DESCRIPTION:First\nLine 2\nLine 3`, `=DESCRIPTION:Line 1\nLine 2\nThird`, `=DESCRIPTION:Line 1\n2b\nLine 3`,
		`=DESCRIPTION:Line 1\nLine 2\nLine 3\nLine 4`, "-DESCRIPTION", "=DESCRIPTION:One line", "=X-ALT-DESC;FMTTYPE=text/html:<p>1</p>",
		"=X-ALT-DESC;FMTTYPE=text/html:<p>2</p>", `=DESCRIPTION:Line 1\nLine 2\NLine 3`,
		"time 14-15", "time 12-13", "time 10-12", "time 20260303 10-11", "-DTEND | +DURATION:PT1H", "-DTEND | +DURATION:PT2H",
		"=DTSTART:20260302T090000Z | =DTEND:20260302T100000Z",
		"=DTEND;TZID=Europe/Berlin:20260302T120000",
		"=CATEGORIES:a,b", "=CATEGORIES:b,c", "=CATEGORIES:b", "+CATEGORIES:d", "-CATEGORIES",
		"+X-FOO:1", "+X-FOO:2", "=X-FOO;P=1:1", "-X-FOO", "+COMMENT:a", "+COMMENT:b", "-COMMENT", "+CONTACT:Eve",
		"=STATUS:CANCELLED", "=STATUS:TENTATIVE", "-STATUS", "=TRANSP:TRANSPARENT", "-TRANSP", "=CLASS:PRIVATE", "=PRIORITY:1", "=PRIORITY:0",
		"+ATTACH:https://x.example/1.pdf", "+ATTACH;FMTTYPE=text/plain:https://x.example/2.txt", "ATTACH[1.pdf]~FMTTYPE=application/pdf", "-ATTACH[1.pdf]",
		"+RELATED-TO:p1", "+RELATED-TO;RELTYPE=CHILD:p1", "-RELATED-TO", "=URL:https://example.org/", "=COLOR:red",
		"=SEQUENCE:2", "=SEQUENCE:5", "=CREATED:20251231T000000Z", "=X-MOZ-GENERATION:4",
		"+alarm {UID:a2 & ACTION:DISPLAY & TRIGGER:-P1D & DESCRIPTION:Tomorrow}", "+alarm {ACTION:AUDIO & TRIGGER:-PT5M}",
		"alarm a2 {=TRIGGER:-PT30M}", "alarm a2 {=DESCRIPTION:Soon}", "-alarm a2", "cal {=PRODID:-//Other//EN}", "tz old", "tz new", "same",
	}
	// A series that is made to last all day takes its overrides along, which is not one edit.
	allDayEdits = []string{"=DTSTART;VALUE=DATE:20260302 | =DTEND;VALUE=DATE:20260303", "=DTSTART;VALUE=DATE:20260303 | =DTEND;VALUE=DATE:20260304"}

	seriesEdits = []string{
		"=RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=5", "=RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260504T080000Z", "=RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=10",
		"=RRULE:COUNT=10;BYDAY=MO;FREQ=WEEKLY;INTERVAL=1", "=RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=12",
		"ex 20260309", "ex 20260316", "-ex 20260309", "-EXDATE", "=EXDATE;TZID=Europe/Berlin:20260309T100000,20260316T100000",
		"ov 20260309 {=SUMMARY:Special}", "ov 20260309 {=LOCATION:Room 9}", "ov 20260309 {time 15-16}", "ov 20260309 {=DESCRIPTION:x}", "-ov 20260309",
		"ov 20260316 {=SUMMARY:Other}", "ov 20260316 {+CATEGORIES:o}", "ov 20260420 {=SUMMARY:Late}", "-ov 20260316", "-ov 20260309 | ex 20260309",
		"+RDATE;TZID=Europe/Berlin:20260305T100000",
	}
	alarmEdits = []string{
		"alarm a1 {=TRIGGER:-PT30M}", "alarm a1 {=TRIGGER:-PT10M}", "alarm a1 {=DESCRIPTION:Now}", "alarm a1 {+ACKNOWLEDGED:20260302T084500Z}",
		"alarm a1 {+ACKNOWLEDGED:20260302T085000Z}", "-alarm a1", "alarm a1 {+X-FOO:1}", "alarm 1 {-UID}",
		"alarm 1 {=TRIGGER:-PT20M}", "alarm 1 {=REPEAT:2 & =DURATION:PT5M}", "+alarm {ACTION:DISPLAY & TRIGGER:-PT15M & DESCRIPTION:Twin}",
		"+alarm {UID:a3 & ACTION:DISPLAY & TRIGGER:-PT10M & DESCRIPTION:x & X-JMAP-DEFAULT-ALARM:TRUE}",
	}
	meetingEdits = []string{
		"ATTENDEE[bob@]~PARTSTAT=ACCEPTED", "ATTENDEE[bob@]~PARTSTAT=DECLINED", "ATTENDEE[cid@]~PARTSTAT=ACCEPTED", "ATTENDEE[cid@]~PARTSTAT=TENTATIVE",
		"ATTENDEE[cid@]~ROLE=OPT-PARTICIPANT", "ATTENDEE[bob@]~CN=Robert", "ATTENDEE[bob@]~X-A=1", "ATTENDEE[bob@]~SCHEDULE-STATUS=1.2",
		"-ATTENDEE[cid@]", "+ATTENDEE;CN=Dee:mailto:dee@example.com", "+ATTENDEE;CN=Eve:mailto:eve@example.com", "ORGANIZER[ann@]~CN=Annie",
		"ORGANIZER[ann@]~SCHEDULE-AGENT=SERVER", "-ATTENDEE[bob@] | +ATTENDEE;PARTSTAT=NEEDS-ACTION;CN=Bob;RSVP=TRUE:MAILTO:Bob@Example.com",
	}
	taskEdits = []string{
		"=SUMMARY:A", "=SUMMARY:B", "=DUE;VALUE=DATE:20260312", "=DUE;VALUE=DATE:20260313", "-DUE", "-DUE | +DTSTART;VALUE=DATE:20260308 | +DURATION:P2D",
		"=STATUS:COMPLETED | =COMPLETED:20260201T100000Z | =PERCENT-COMPLETE:100", "=STATUS:COMPLETED | =COMPLETED:20260201T090000Z | =PERCENT-COMPLETE:100",
		"=STATUS:IN-PROCESS | =PERCENT-COMPLETE:50", "=STATUS:IN-PROCESS | =PERCENT-COMPLETE:20", "=STATUS:NEEDS-ACTION | =PERCENT-COMPLETE:0", "=STATUS:CANCELLED",
		"-COMPLETED", "=PRIORITY:1", "=PRIORITY:9", "-PRIORITY", "=CATEGORIES:home", "=CATEGORIES:home,shop,vip", "=CATEGORIES:shop,x", "-CATEGORIES",
		`=DESCRIPTION:One\nTwo`, `=DESCRIPTION:One\nTwo\nThree`, `=DESCRIPTION:Zero\nOne\nTwo`, "+X-FOO:1", "+X-FOO:2", "+RELATED-TO:p1", "=LOCATION:Shed", "=X-APPLE-SORT-ORDER:7",
		"=RRULE:FREQ=DAILY;COUNT=3", "-RRULE", "=DTSTART;VALUE=DATE:20260301",
	}
	cardEdits = []string{
		"=N:Millers;Sarah;;; | =FN:Sarah Millers", "=N:Koch;Sarah;;; | =FN:Sarah Koch", "=N:Miller;Sally;;; | =FN:Sally Miller", "=FN:Sally M.", "=N:Miller;Sarah;Jane;;",
		"TEL[170]=TEL;TYPE=CELL:+491701234567", "TEL[170]=TEL;TYPE=CELL,pref:+49 170 1234567", "TEL[170]=TEL;TYPE=CELL:+49 170 7654321", "-TEL[170]",
		"TEL[555123]=TEL;TYPE=WORK,VOICE,pref:+49 30 555123", "TEL[555123]=TEL;TYPE=HOME:+49 30 555123", "-TEL[555123]", "+TEL;TYPE=HOME:+49 30 777", "+TEL;TYPE=FAX:+49 30 888",
		"+EMAIL;TYPE=WORK:s.miller@acme.example", "+EMAIL:x@y.example", "EMAIL[sarah@]~TYPE=WORK", "-EMAIL[sarah@]", "EMAIL[sarah@]=EMAIL;TYPE=INTERNET,HOME:sally@example.org",
		"X-ABLABEL[Blog]=item1.X-ABLABEL:Site", "X-ABLABEL[Blog]=item1.X-ABLABEL:Page", "-X-ABLABEL[Blog]", "-X-ABLABEL[Blog] | -URL", "URL[sarah]=item1.URL:https://example.org/sally",
		"-X-ABLABEL[Blog] | -URL | +ITEM7.X-ABLABEL:Blog | +ITEM7.URL:https://example.org/sarah", "+item2.TEL:+49 30 9 | +item2.X-ABLABEL:Boat",
		"+item2.EMAIL:x@y.example | +item2.X-ABLABEL:Old",
		"=ADR;TYPE=HOME:;;Main St 2;Berlin;;10115;Germany", "=ADR;TYPE=HOME:;;Main St 1;Potsdam;;14467;Germany", "ADR[Main]~TYPE=WORK", "+ADR;TYPE=WORK:;;Side St 9;Berlin;;;",
		"-ADR[Main]", "=ORG:Foo", "=ORG:Acme;Sales", "-ORG", "=TITLE:Boss", "=TITLE:Head", "=ROLE:R",
		`=NOTE:Met in 2019\nLikes coffee`, `=NOTE:Met in 2019\nLikes tea\nBirthday card sent`, "-NOTE", `=NOTE:Met in 2020\nLikes tea`,
		"=CATEGORIES:friends,work,vip", "=CATEGORIES:friends", "-CATEGORIES", "=BDAY:1985-04-12", "=BDAY:19850413", "-BDAY",
		"=PHOTO;ENCODING=b;TYPE=JPEG:<P1>", "=PHOTO;ENCODING=b;TYPE=JPEG:<P2>", "-PHOTO", "=photo;type=jpeg;encoding=B:<P1>", "+X-FOO:1", "+X-FOO:2", "-X-FOO", "=NICKNAME:Sal", "=NICKNAME:Sal,Sadie",
		"+IMPP:xmpp:sarah@example.org", "-IMPP", "=PRODID:-//Other//EN",
	}
	moreCardEdits = []string{
		"=VERSION:4.0", "=X-ADDRESSBOOKSERVER-KIND:group", "+X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m1", "+X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m2",
		"-X-ADDRESSBOOKSERVER-MEMBER", "=ANNIVERSARY:20100505", "+RELATED:urn:uuid:f1", "+LABEL;TYPE=HOME:Main St 1", `+KEY;ENCODING=b:<P1>`, "=GENDER:F", "=TZ:+01:00",
		"EMAIL[sarah@]~PREF=1", "=KIND:individual", "+TEL;TYPE=HOME,pref:+49 30 777",
	}
)
