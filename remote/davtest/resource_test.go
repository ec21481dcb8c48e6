package davtest

import (
	"slices"
	"strings"
	"testing"
)

// Every byte comes back, also those that are not text (P36, P67).
func TestBodiesAreKept(t *testing.T) {
	b := start(t, AcceptsAnything)
	for name, body := range map[string]string{
		"plain.ics":    event("a", "x"),
		"lf.ics":       strings.ReplaceAll(event("b", "x"), "\r\n", "\n"),
		"latin.ics":    event("c", "caf\xe9"),
		"control.ics":  event("d", "a\x08b"),
		"empty.ics":    "",
		"a b.ics":      event("e", "x"),
		"ü@+:%#&;.ics": event("f", "x"),
		"sl/ash.ics":   event("g", "x"),
	} {
		href := b.cal.Href(name)
		put := b.want(201, "PUT", href, body)
		get := b.want(200, "GET", href, "")
		equal(t, name, get.body, body)
		equal(t, name+" etag", get.header.Get("ETag"), put.header.Get("ETag"))
		equal(t, name+" ETag()", b.cal.ETag(name), put.header.Get("ETag"))
		head := b.want(200, "HEAD", href, "")
		equal(t, name+" HEAD", head.header.Get("Content-Length"), itoa(len(body)))
		if stored, _ := b.cal.Get(name); string(stored) != body {
			t.Errorf("%s: stored %q", name, stored)
		}
	}
	equal(t, "items", b.cal.Len(), 8)
}

func TestConditionalRequests(t *testing.T) {
	const path = calPath + "a.ics"
	one, two := event("a", "one"), event("a", "two")
	for _, tc := range []struct {
		name    string
		there   bool
		method  string
		header  string // ETAG stands for the right one
		opts    []Option
		status  int
		applied bool
	}{
		{"create", false, "PUT", "If-None-Match: *", nil, 201, true},
		{"create what is there", true, "PUT", "If-None-Match: *", nil, 412, false},
		{"create, ignored", true, "PUT", "If-None-Match: *", []Option{IgnoresIfNoneMatch}, 204, true},
		{"update", true, "PUT", "If-Match: ETAG", nil, 204, true},
		{"update, one of two", true, "PUT", `If-Match: "x", ETAG`, nil, 204, true},
		{"update, star", true, "PUT", "If-Match: *", nil, 204, true},
		{"update, star, missing", false, "PUT", "If-Match: *", nil, 412, false},
		{"update, stale", true, "PUT", `If-Match: "x"`, nil, 412, false},
		{"update, stale, ignored", true, "PUT", `If-Match: "x"`, []Option{IgnoresIfMatch}, 204, true},
		{"update, missing", false, "PUT", `If-Match: "x"`, nil, 412, false},
		{"update, missing, created", false, "PUT", `If-Match: "x"`, []Option{CreatesDespiteIfMatch}, 201, true},
		{"update, stale, created only if missing", true, "PUT", `If-Match: "x"`, []Option{CreatesDespiteIfMatch}, 412, false},
		{"update, weak never matches", true, "PUT", "If-Match: ETAG", []Option{WeakETags}, 412, false},
		{"update, weak stripped", true, "PUT", `If-Match: "1-1-1"`, []Option{WeakETags}, 412, false},
		{"update, unquoted", true, "PUT", "If-Match: ETAG", []Option{UnquotedETags}, 204, true},
		{"update, quotes added", true, "PUT", `If-Match: "ETAG"`, []Option{UnquotedETags}, 204, true},
		{"update, wants quotes", true, "PUT", "If-Match: ETAG", []Option{UnquotedETags, WantsQuotes}, 412, false},
		{"update, wants quotes, gets them", true, "PUT", `If-Match: "ETAG"`, []Option{UnquotedETags, WantsQuotes}, 204, true},
		{"put without condition", true, "PUT", "X-None: x", nil, 204, true},
		{"update, 201", true, "PUT", "If-Match: ETAG", []Option{CreatedOnUpdate}, 201, true},
		{"delete", true, "DELETE", "If-Match: ETAG", nil, 204, true},
		{"delete, 200", true, "DELETE", "If-Match: ETAG", []Option{CreatedOnUpdate}, 200, true},
		{"delete, stale", true, "DELETE", `If-Match: "x"`, nil, 412, false},
		{"delete, stale, ignored", true, "DELETE", `If-Match: "x"`, []Option{IgnoresIfMatchOnDelete}, 204, true},
		{"delete, missing", false, "DELETE", `If-Match: "x"`, nil, 404, false},
		{"delete, missing, 412", false, "DELETE", `If-Match: "x"`, []Option{MissingIs412}, 412, false},
		{"delete, missing, no condition", false, "DELETE", "X-None: x", []Option{MissingIs412}, 404, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := start(t, tc.opts...)
			etag := ""
			if tc.there {
				etag = b.cal.Put("a.ics", []byte(one))
			}
			token := b.cal.Token()
			r := b.ask(tc.method, path, two, strings.ReplaceAll(tc.header, "ETAG", etag))
			equal(t, "status", r.status, tc.status)
			body, there := b.cal.Get("a.ics")
			now, was := there && string(body) == two, tc.there
			if tc.method == "DELETE" {
				now = tc.there && !there
			}
			equal(t, "applied", now, tc.applied)
			equal(t, "token moved", b.cal.Token() != token, tc.applied)
			if !tc.applied {
				equal(t, "still there", there, was)
			}
		})
	}
}

func TestNotModified(t *testing.T) {
	b := start(t)
	etag := b.cal.Put("a.ics", []byte(event("a", "x")))
	r := b.want(304, "GET", calPath+"a.ics", "", "If-None-Match: "+etag)
	equal(t, "body", r.body, "")
	b.want(200, "GET", calPath+"a.ics", "", `If-None-Match: "other"`)
}

func TestJudgement(t *testing.T) {
	good := event("a", "x")
	todo := strings.ReplaceAll(good, "VEVENT", "VTODO")
	two := strings.Replace(good, "END:VCALENDAR", "BEGIN:VEVENT\r\nUID:b\r\nEND:VEVENT\r\nEND:VCALENDAR", 1)
	override := strings.Replace(good, "END:VCALENDAR", "BEGIN:VEVENT\r\nUID:a\r\nRECURRENCE-ID:20260309T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR", 1)
	alarm := strings.Replace(good, "END:VEVENT", "BEGIN:VALARM\r\nUID:z\r\nACTION:AUDIO\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT", 1)
	for _, tc := range []struct{ name, path, body, term string }{
		{"event", calPath, good, ""},
		{"with override", calPath, override, ""},
		{"with the UID of an alarm", calPath, alarm, ""},
		{"lower case, folded UID", calPath, strings.Replace(good, "UID:a\r\n", "uid:a\r\n b\r\n", 1), ""},
		{"card", cardPath, vcard("a", "3.0"), ""},
		{"garbage", calPath, "hello", "valid-calendar-data"},
		{"cut", calPath, good[:len(good)-20], "valid-calendar-data"},
		{"card in a calendar", calPath, vcard("a", "3.0"), "supported-calendar-data"},
		{"event in a book", cardPath, good, "supported-address-data"},
		{"garbage in a book", cardPath, "x", "valid-address-data"},
		{"no UID", calPath, strings.Replace(good, "UID:a\r\n", "", 1), "valid-calendar-object-resource"},
		{"no UID in a card", cardPath, strings.Replace(vcard("a", "3.0"), "UID:a\r\n", "", 1), "valid-address-data"},
		{"two UIDs", calPath, two, "valid-calendar-object-resource"},
		{"METHOD", calPath, strings.Replace(good, "VERSION", "METHOD:PUBLISH\r\nVERSION", 1), "valid-calendar-object-resource"},
		{"two kinds", calPath, strings.Replace(two, "BEGIN:VEVENT\r\nUID:b\r\nEND:VEVENT", "BEGIN:VTODO\r\nUID:a\r\nEND:VTODO", 1), "valid-calendar-object-resource"},
		{"component not taken", calPath, todo, "supported-calendar-component"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := start(t)
			b.cal.SetComponents("VEVENT")
			if tc.term == "" {
				b.want(201, "PUT", tc.path+"a.ics", tc.body)
				return
			}
			r := b.want(403, "PUT", tc.path+"a.ics", tc.body)
			if !strings.Contains(r.body, ":"+tc.term+"/>") {
				t.Errorf("no %s in %s", tc.term, r.body)
			}
			equal(t, "items", b.cal.Len()+b.card.Len(), 0)
			b.s.Set(AcceptsAnything)
			b.want(201, "PUT", tc.path+"a.ics", tc.body)
			b.s.Clear(AcceptsAnything)
			b.want(403, "PUT", tc.path+"b.ics", tc.body)
		})
	}
}

func TestUIDConflicts(t *testing.T) {
	for _, tc := range []struct {
		name   string
		opts   []Option
		path   string
		uid    string
		status int
	}{
		{"allowed", nil, calPath + "b.ics", "a", 201},
		{"in the collection", []Option{UIDPerCollection}, calPath + "b.ics", "a", 409},
		{"in another collection", []Option{UIDPerCollection}, "/calendars/alice/cal2/b.ics", "a", 201},
		{"in the account", []Option{UIDPerAccount}, "/calendars/alice/cal2/b.ics", "a", 409},
		{"another UID there", []Option{UIDPerCollection}, calPath + "a.ics", "z", 409},
		{"with 403", []Option{UIDPerCollection, UIDConflict(403)}, calPath + "b.ics", "a", 403},
		{"with 400 and words", []Option{UIDPerCollection, UIDConflict(400)}, calPath + "b.ics", "a", 400},
		{"itself", []Option{UIDPerAccount}, calPath + "a.ics", "a", 204},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := start(t, tc.opts...)
			b.s.AddCalendar("alice", "cal2", Props{})
			b.cal.Put("a.ics", []byte(event("a", "x")))
			r := b.want(tc.status, "PUT", tc.path, event(tc.uid, "y"))
			named := strings.Contains(r.body, "no-uid-conflict><d:href>"+calPath+"a.ics</d:href></cal:no-uid-conflict>")
			equal(t, "href named", named, tc.status == 409 || tc.status == 403)
		})
	}
}

func TestLimitsAndRights(t *testing.T) {
	b := start(t, MaxSize(1000), Quota(2000))
	long := event("a", strings.Repeat("x", 1000))
	if r := b.want(403, "PUT", calPath+"a.ics", long); !strings.Contains(r.body, "cal:max-resource-size") {
		t.Error(r.body)
	}
	if r := b.want(403, "PUT", cardPath+"a.vcf", long); !strings.Contains(r.body, "card:max-resource-size") {
		t.Error(r.body)
	}
	d := b.propfind(calPath, "0", "cal:max-resource-size", "d:quota-available-bytes", "d:quota-used-bytes")
	size, _ := d.prop(calPath, "max-resource-size")
	left, _ := d.prop(calPath, "quota-available-bytes")
	equal(t, "max-resource-size", size, "1000")
	equal(t, "quota-available-bytes", left, "2000")
	b.s.Set(MaxSize(0))
	b.want(201, "PUT", calPath+"a.ics", long)
	if r := b.want(507, "PUT", calPath+"b.ics", long); !strings.Contains(r.body, "d:quota-not-exceeded") {
		t.Error(r.body)
	}
	b.s.Set(Quota(0))
	b.want(201, "PUT", calPath+"b.ics", long)

	b.cal.SetReadOnly(true)
	for _, method := range []string{"PUT", "DELETE"} {
		if r := b.want(403, method, calPath+"a.ics", long); !strings.Contains(r.body, "d:need-privileges") {
			t.Error(method, r.body)
		}
	}
	b.want(403, "DELETE", calPath, "")
	b.want(403, "PROPPATCH", calPath, `<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><d:displayname>x</d:displayname></d:prop></d:set></d:propertyupdate>`)
	b.want(403, "MOVE", calPath+"a.ics", "", "Destination: "+calPath+"z.ics")
	may, _ := b.propfind(calPath, "0", "d:current-user-privilege-set").prop(calPath, "current-user-privilege-set")
	if strings.Contains(may, "write") || !strings.Contains(may, "<d:read/>") {
		t.Error(may)
	}
	equal(t, "items", b.cal.Len(), 2)
	b.cal.SetReadOnly(false)
	b.want(204, "DELETE", calPath+"a.ics", "")
	b.want(409, "PUT", "/calendars/alice/none/a.ics", event("a", "x"))
	b.want(405, "PUT", calPath, event("a", "x"))
	b.want(403, "DELETE", "/calendars/alice/", "")
	b.want(405, "GET", calPath, "")
	b.want(405, "COPY", calPath+"b.ics", "")
}

func TestMove(t *testing.T) {
	for _, tc := range []struct {
		name, to, headers string
		opts              []Option
		status            int
	}{
		{"to another name", calPath + "z.ics", "", nil, 201},
		{"to another collection", "/calendars/alice/cal2/a.ics", "", nil, 201},
		{"absolute", "URL/calendars/alice/cal2/a.ics", "", nil, 201},
		{"over another", calPath + "b.ics", "", nil, 204},
		{"not over another", calPath + "b.ics", "Overwrite: F", nil, 412},
		{"stale", calPath + "z.ics", `If-Match: "x"`, nil, 412},
		{"right etag", calPath + "z.ics", "If-Match: ETAG", nil, 201},
		{"one UID an account", "/calendars/alice/cal2/a.ics", "", []Option{UIDPerAccount}, 201},
		{"to nowhere", "/calendars/alice/none/a.ics", "", nil, 409},
		{"to another kind", cardPath + "a.ics", "", nil, 403},
		{"to another host", "http://127.0.0.1:1" + calPath + "z.ics", "", nil, 403},
		{"to itself", calPath + "a.ics", "", nil, 403},
		{"to a collection", calPath, "", nil, 403},
		{"not at all", calPath + "z.ics", "", []Option{NoMove}, 405},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := start(t, tc.opts...)
			b.s.AddCalendar("alice", "cal2", Props{})
			etag := b.cal.Put("a.ics", []byte(event("a", "x")))
			b.cal.Put("b.ics", []byte(event("b", "x")))
			headers := []string{"Destination: " + strings.Replace(tc.to, "URL", b.url, 1)}
			if tc.headers != "" {
				headers = append(headers, strings.Replace(tc.headers, "ETAG", etag, 1))
			}
			b.want(tc.status, "MOVE", calPath+"a.ics", "", headers...)
			_, there := b.cal.Get("a.ics")
			equal(t, "still there", there, tc.status >= 400)
			if tc.status < 400 {
				to := tc.to[strings.Index(tc.to, "/calendars"):]
				equal(t, "body", b.want(200, "GET", to, "").body, event("a", "x"))
			}
		})
	}
}

func TestCollectionsAreMadeAndRemoved(t *testing.T) {
	b := start(t)
	b.want(201, "MKCALENDAR", "/calendars/alice/new%20one/", `<cal:mkcalendar`+declarations+`><d:set><d:prop><d:displayname>A &lt; B</d:displayname>`+
		`<ic:calendar-color>#FF0000</ic:calendar-color><cal:supported-calendar-component-set><cal:comp name="VTODO"/></cal:supported-calendar-component-set>`+
		`<x:odd xmlns:x="urn:x" a="b"><x:in>t</x:in></x:odd></d:prop></d:set></cal:mkcalendar>`)
	const path = "/calendars/alice/new%20one/"
	d := b.propfind(path, "0", "d:displayname", "ic:calendar-color", "cal:supported-calendar-component-set", `x:odd xmlns:x="urn:x"`)
	for name, want := range map[string]string{"displayname": "A < B", "calendar-color": "#FF0000",
		"supported-calendar-component-set": `<cal:comp name="VTODO"/>`, "odd": `<x:in xmlns:x="urn:x">t</x:in>`} {
		if got, status := d.prop(path, name); got != want || status != 200 {
			t.Errorf("%s: %q %d, want %q", name, got, status, want)
		}
	}
	b.want(403, "PUT", path+"a.ics", event("a", "x"))
	if r := b.want(405, "MKCALENDAR", path, ""); !strings.Contains(r.body, "resource-must-be-null") {
		t.Error(r.body)
	}
	extended := `<d:mkcol` + declarations + `><d:set><d:prop><d:resourcetype><d:collection/><KIND/></d:resourcetype><d:displayname>Y</d:displayname></d:prop></d:set></d:mkcol>`
	b.want(201, "MKCOL", "/contacts/alice/book/", strings.Replace(extended, "KIND", "card:addressbook", 1))
	b.want(201, "MKCOL", "/calendars/alice/more/", strings.Replace(extended, "KIND", "cal:calendar", 1))
	b.want(403, "MKCOL", "/calendars/alice/wrong/", strings.Replace(extended, "KIND", "card:addressbook", 1))
	b.want(403, "MKCOL", "/calendars/alice/plain/", "")
	b.want(403, "MKCALENDAR", "/calendars/alice/", "")
	var ids []string
	for _, c := range b.s.Collections("alice") {
		ids = append(ids, c.ID())
	}
	equal(t, "collections", strings.Join(ids, " "), "cal more new one book card")

	b.cal.Put("a.ics", []byte(event("a", "x")))
	token := b.cal.Token()
	b.want(204, "DELETE", calPath, "")
	b.want(404, "PROPFIND", calPath, "", "Depth: 0")
	b.want(404, "GET", calPath+"a.ics", "")
	b.want(201, "MKCALENDAR", calPath, "")
	if r := b.want(403, "REPORT", calPath, syncBody(token, "")); !strings.Contains(r.body, "valid-sync-token") {
		t.Error("a token outlived its collection", r.body)
	}
	b.s.Set(NoNewCollections)
	b.want(403, "MKCALENDAR", "/calendars/alice/no/", "")
}

func TestProppatch(t *testing.T) {
	update := func(s string) string {
		return `<d:propertyupdate` + declarations + `>` + s + `</d:propertyupdate>`
	}
	b := start(t)
	d := b.want(207, "PROPPATCH", calPath, update(`<d:set><d:prop><d:displayname>New &amp; old</d:displayname><ic:calendar-color>#abc</ic:calendar-color></d:prop></d:set>`+
		`<d:remove><d:prop><cal:calendar-description/></d:prop></d:remove>`)).read(t)
	for _, name := range []string{"displayname", "calendar-color", "calendar-description"} {
		if _, status := d.prop(calPath, name); status != 200 {
			t.Errorf("%s: %d", name, status)
		}
	}
	d = b.propfind(calPath, "0", "d:displayname", "cal:calendar-description", "ic:calendar-color", "ic:calendar-order")
	for name, want := range map[string]string{"displayname": "New & old 200", "calendar-color": "#abc 200", "calendar-description": " 404", "calendar-order": "7 200"} {
		value, status := d.prop(calPath, name)
		equal(t, name, value+" "+itoa(status), want)
	}
	d = b.want(207, "PROPPATCH", calPath, update(`<d:set><d:prop><d:displayname>No</d:displayname><d:getetag>x</d:getetag></d:prop></d:set>`)).read(t)
	_, allowed := d.prop(calPath, "displayname")
	_, forbidden := d.prop(calPath, "getetag")
	equal(t, "dependent", allowed, 424)
	equal(t, "protected", forbidden, 403)
	b.s.Set(ForgetsProperties("calendar-order"))
	b.want(207, "PROPPATCH", calPath, update(`<d:set><d:prop><ic:calendar-order>9</ic:calendar-order></d:prop></d:set>`))
	d = b.propfind(calPath, "0", "d:displayname", "ic:calendar-order")
	name, _ := d.prop(calPath, "displayname")
	order, _ := d.prop(calPath, "calendar-order")
	equal(t, "all or none", name, "New & old")
	equal(t, "forgotten", order, "7")
	b.want(403, "PROPPATCH", "/calendars/alice/", update(""))
	b.want(400, "PROPPATCH", calPath, "<a/>")
}

// Everything that was ever stored can be asked for (I3).
func TestStoredVersions(t *testing.T) {
	b := start(t, DropsProperties("SUMMARY"))
	b.want(201, "PUT", calPath+"a.ics", event("a", "one"))
	b.cal.Edit("a.ics", func(body []byte) []byte { return append(body, "X"...) })
	b.want(204, "DELETE", calPath+"a.ics", "")
	var bodies []string
	for _, v := range b.s.Stored() {
		bodies = append(bodies, v.Collection+" "+v.Name+" "+itoa(len(v.Body)))
	}
	n := len(event("a", "one")) - len("SUMMARY:one\r\n")
	want := []string{"cal a.ics " + itoa(n), "cal a.ics " + itoa(n+1), "cal a.ics " + itoa(n+1)}
	if !slices.Equal(bodies, want) || !b.s.Stored()[2].Removed {
		t.Errorf("%q, want %q", bodies, want)
	}
}
