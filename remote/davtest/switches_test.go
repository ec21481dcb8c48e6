package davtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Each of these does with its switch what it does not do without.
func TestSwitches(t *testing.T) {
	get := func(b *box, names ...string) document { return b.propfind(calPath, "1", names...) }
	status := func(d document, href, name string) int { _, s := d.prop(href, name); return s }
	const a = calPath + "a.ics"
	for _, tc := range []struct {
		on  Switch
		see func(b *box) bool
	}{
		{NoTokens, func(b *box) bool { return status(get(b, "d:sync-token"), calPath, "sync-token") == 404 }},
		{NoCTag, func(b *box) bool { return status(get(b, "cs:getctag"), calPath, "getctag") == 404 }},
		{NoTokenInHome, func(b *box) bool {
			home := b.propfind("/calendars/alice/", "1", "d:sync-token", "cs:getctag")
			return status(home, calPath, "sync-token") == 404 && status(home, calPath, "getctag") == 404 &&
				status(get(b, "d:sync-token"), calPath, "sync-token") == 200
		}},
		{NoPrincipal, func(b *box) bool {
			d := b.propfind("/", "0", "d:current-user-principal", "cal:calendar-home-set")
			return status(d, "/", "current-user-principal") == 404 && status(d, "/", "calendar-home-set") == 200 &&
				b.ask("PROPFIND", "/principals/alice/", "", "Depth: 0").status == 404
		}},
		{Unauthenticated, func(b *box) bool {
			v, _ := b.propfind("/", "0", "d:current-user-principal").prop("/", "current-user-principal")
			return strings.Contains(v, "unauthenticated")
		}},
		{NoPrivileges, func(b *box) bool {
			return status(get(b, "d:current-user-privilege-set"), calPath, "current-user-privilege-set") == 404
		}},
		{ExtraHomeMembers, func(b *box) bool {
			v, _ := b.propfind("/calendars/alice/", "1", "d:resourcetype").prop("/calendars/alice/inbox/", "resourcetype")
			return strings.Contains(v, "schedule-inbox")
		}},
		{OutboxIsCalendar, func(b *box) bool {
			v, _ := get(b, "d:resourcetype").prop(calPath, "resourcetype")
			return strings.Contains(v, "schedule-outbox") && strings.Contains(v, "calendar/")
		}},
		{EmptyHome, func(b *box) bool { return len(b.propfind("/calendars/alice/", "1", "d:resourcetype").Responses) == 1 }},
		{LyingReports, func(b *box) bool {
			v, _ := get(b, "d:supported-report-set").prop(calPath, "supported-report-set")
			return !strings.Contains(v, "sync-collection")
		}},
		{NoETagOnPut, func(b *box) bool { return b.want(204, "PUT", a, event("a", "y")).header.Get("ETag") == "" }},
		{ETagThoughRewrote, func(b *box) bool {
			b.s.Set(RewritesOnPut(StripX()))
			b.want(204, "PUT", a, event("a", "y")+"x") // refused without AcceptsAnything
			return b.want(204, "PUT", a, strings.Replace(event("a", "y"), "SUMMARY", "X-A:b\r\nSUMMARY", 1)).header.Get("ETag") != ""
		}},
		{WeakETags, func(b *box) bool { v, _ := get(b, "d:getetag").prop(a, "getetag"); return strings.HasPrefix(v, `W/"`) }},
		{UnquotedETags, func(b *box) bool {
			v, _ := get(b, "d:getetag").prop(a, "getetag")
			return v == b.want(200, "GET", a, "").header.Get("ETag") && !strings.Contains(v, `"`)
		}},
		{VolatileETags, func(b *box) bool {
			v, _ := get(b, "d:getetag").prop(a, "getetag")
			w := b.want(200, "GET", a, "").header.Get("ETag")
			return v != w && b.ask("PUT", a, event("a", "y"), "If-Match: "+w).status == 412
		}},
		{NoETagInListing, func(b *box) bool {
			return status(get(b, "d:getetag"), a, "getetag") == 404 && status(b.sync(calPath, ""), a, "getetag") == 404 &&
				status(b.multiget("a.ics"), a, "getetag") == 200
		}},
		{EmptyETagInListing, func(b *box) bool { v, s := get(b, "d:getetag").prop(a, "getetag"); return v == "" && s == 200 }},
		{MultistatusOnRefusal, func(b *box) bool {
			r := b.ask("PUT", a, "garbage")
			return r.status == 207 && r.read(b.t).status(a) == 412
		}},
		{NoMkcalendar, func(b *box) bool { return b.ask("MKCALENDAR", "/calendars/alice/new/", "").status == 501 }},
		{OneComponent, func(b *box) bool {
			make := func(id, comps string) int {
				id += strconv.Itoa(len(b.s.Collections("alice")))
				return b.ask("MKCALENDAR", "/calendars/alice/"+id+"/", `<cal:mkcalendar`+declarations+`><d:set><d:prop><cal:supported-calendar-component-set>`+
					comps+`</cal:supported-calendar-component-set></d:prop></d:set></cal:mkcalendar>`).status
			}
			return make("two", `<cal:comp name="VEVENT"/><cal:comp name="VTODO"/>`) == 403 && make("one", `<cal:comp name="VTODO"/>`) != 403
		}},
		{NamesCollections, func(b *box) bool {
			asked := "/calendars/alice/asked" + strconv.Itoa(len(b.s.Collections("alice"))) + "/"
			at := b.ask("MKCALENDAR", asked, "").header.Get("Location")
			return at != "" && at != asked && b.ask("PROPFIND", at, "", "Depth: 0").status == 207
		}},
		{ExistsIs409, func(b *box) bool { return b.ask("MKCALENDAR", calPath, "").status == 409 }},
		{PartialPatch, func(b *box) bool {
			b.s.Set(RefusesProperties(403, "calendar-order"))
			defer b.s.Set(RefusesProperties(0))
			body := b.ask("PROPPATCH", calPath, propertyUpdate).body
			return strings.Contains(body, " 403 ") && strings.Contains(body, " 200 ") && b.cal.Props().DisplayName == "Set"
		}},
		{RefusesWholePatch, func(b *box) bool {
			b.s.Set(RefusesProperties(409, "calendar-order"))
			defer b.s.Set(RefusesProperties(0))
			return b.ask("PROPPATCH", calPath, propertyUpdate).status == 409
		}},
		{NoPatch, func(b *box) bool { return b.ask("PROPPATCH", calPath, propertyUpdate).status == 405 }},
		{AcceptsAnything, func(b *box) bool { return b.ask("PUT", a, "garbage").status == 204 }},
		{TrashBin, func(b *box) bool {
			b.cal.Delete("a.ics")
			name := b.ask("PUT", a, event("other", "x")).status
			uid := b.ask("PUT", calPath+"other.ics", event("a", "x")).status
			return name == 400 && uid == 400 && b.ask("PUT", calPath+"fresh.ics", event("fresh", "x")).status == 201
		}},
		{NoLocation, func(b *box) bool {
			b.s.Set(RenamesOnPut(func(name string, _ []byte) string { return "its-" + name }))
			r := b.want(201, "PUT", calPath+"n.ics", event("n", "x"))
			_, there := b.cal.Get("its-n.ics")
			return there && r.header.Get("Location") == ""
		}},
		{MissingHrefFails, func(b *box) bool {
			return b.ask("REPORT", calPath, multigetBody("cal", a, calPath+"none")).status == 404
		}},
		{MissingHrefLeftOut, func(b *box) bool {
			d := b.multiget("a.ics", "none")
			return strings.Join(d.hrefs(), " ") == a
		}},
		{TwiceInListing, func(b *box) bool { return strings.Count(strings.Join(get(b, "d:getetag").hrefs(), " "), a) == 2 }},
		{MixedPropstat404First, func(b *box) bool {
			return code(get(b, "d:getetag", "d:displayname").Responses[1].Propstats[0].Status) == 404
		}},
		{StatusNoReason, func(b *box) bool { return get(b, "d:getetag").Responses[1].Propstats[0].Status == "HTTP/1.1 200" }},
		{NoPropstatStatus, func(b *box) bool { return get(b, "d:getetag").Responses[1].Propstats[0].Status == "" }},
		{AbsoluteHrefs, func(b *box) bool { return has(get(b, "d:getetag").hrefs(), b.url+a) }},
		{OneSpelling, func(b *box) bool {
			return b.ask("GET", calPath+"%61.ics", "").status == 404 && b.ask("GET", a, "").status == 200 &&
				b.multiget("%61.ics").status(calPath+"%61.ics") == 404
		}},
		{ConvertsVCards, func(b *box) bool {
			b.card.Put("c.vcf", []byte(vcard("c", "4.0")))
			plain := b.want(200, "GET", cardPath+"c.vcf", "")
			asked := b.want(200, "GET", cardPath+"c.vcf", "", "Accept: text/vcard; version=4.0")
			body := multigetBody("card", cardPath+"c.vcf")
			three := b.want(207, "REPORT", cardPath, body).body
			four := b.want(207, "REPORT", cardPath, strings.Replace(body, "<card:address-data", `<card:address-data content-type="text/vcard" version="4.0"`, 1)).body
			return plain.body == vcard("c", "3.0") && asked.body == vcard("c", "4.0") && plain.header.Get("ETag") == asked.header.Get("ETag") &&
				strings.Contains(three, "VERSION:3.0") && strings.Contains(four, "VERSION:4.0")
		}},
		{CutsPictures, func(b *box) bool {
			four := strings.Replace(vcard("c", "4.0"), "END:VCARD", "item1.KIND:org\r\nPHOTO;PREF=1:data:image/png;base64,QUJD\r\nEND:VCARD", 1)
			three := strings.Replace(vcard("d", "3.0"), "END:VCARD", "X-ADDRESSBOOKSERVER-KIND:org\r\nPHOTO;TYPE=PNG;PREF=1;ENCODING=b:QUJD\r\nEND:VCARD", 1)
			b.card.Put("c.vcf", []byte(four))
			b.card.Put("d.vcf", []byte(three))
			read := func(name, version string) string {
				return b.want(200, "GET", cardPath+name, "", "Accept: text/vcard; version="+version).body
			}
			cut := strings.NewReplacer("VERSION:4.0", "VERSION:3.0", "item1.KIND", "item1.x-addressbookserver-kind", ";base64,QUJD", "").Replace(four)
			data := strings.NewReplacer("VERSION:3.0", "VERSION:4.0", "X-ADDRESSBOOKSERVER-KIND", "KIND", "PHOTO;TYPE=PNG;PREF=1;ENCODING=b:", "PHOTO;PREF=1:data:image/png;base64,").Replace(three)
			return read("c.vcf", "4.0") == four && read("c.vcf", "3.0") == cut && read("d.vcf", "3.0") == three && read("d.vcf", "4.0") == data
		}},
		{ScheduleTags, func(b *box) bool {
			body := strings.Replace(event("m", "x"), "SUMMARY", "ATTENDEE:mailto:a@b.c\r\nSUMMARY", 1)
			tag := b.want(201, "PUT", calPath+"m.ics", body).header.Get("Schedule-Tag")
			b.cal.EditScheduled("m.ics", func(body []byte) []byte { return body })
			listed, _ := get(b, "cal:schedule-tag").prop(calPath+"m.ics", "schedule-tag")
			plain := status(get(b, "cal:schedule-tag"), a, "schedule-tag")
			wrong := b.ask("PUT", calPath+"m.ics", body, `If-Schedule-Tag-Match: "x"`).status
			right := b.ask("PUT", calPath+"m.ics", body, "If-Schedule-Tag-Match: "+tag)
			return tag != "" && listed == tag && plain == 404 && wrong == 412 && right.status == 204 && right.header.Get("Schedule-Tag") != tag
		}},
		{NoGzip, func(b *box) bool {
			return b.want(207, "PROPFIND", calPath, "", "Depth: 0", "Accept-Encoding: gzip").header.Get("Content-Encoding") == ""
		}},
	} {
		t.Run(string(tc.on), func(t *testing.T) {
			b := start(t)
			etag := b.cal.Put("a.ics", []byte(event("a", "x")))
			backup := b.cal.Backup()
			if tc.on == ETagThoughRewrote {
				b.s.Set(AcceptsAnything)
			}
			if tc.see(b) {
				t.Error("seen without the switch")
			}
			b.s.Set(RewritesOnPut(nil), RenamesOnPut(nil))
			b.cal.Restore(backup)
			b.s.Set(tc.on)
			if !tc.see(b) {
				t.Error("not seen with the switch")
			}
			b.s.Set(RewritesOnPut(nil), RenamesOnPut(nil))
			b.s.Clear(tc.on)
			b.cal.Restore(backup)
			equal(t, "etag as before", b.cal.ETag("a.ics"), etag)
			if tc.see(b) {
				t.Error("still seen after Clear")
			}
		})
	}
}

const propertyUpdate = `<d:propertyupdate xmlns:d="DAV:" xmlns:i="http://apple.com/ns/ical/"><d:set><d:prop><d:displayname>Set</d:displayname>` +
	`<i:calendar-order>5</i:calendar-order></d:prop></d:set></d:propertyupdate>`

// Properties that the server keeps otherwise than it says, or does not show.
func TestPropertiesMisbehave(t *testing.T) {
	b := start(t, RewritesProperties(func(_, value string) string { return strings.ToUpper(value) }), ForgetsProperties("calendar-order"))
	if r := b.ask("PROPPATCH", calPath, propertyUpdate); r.status != 207 || strings.Count(r.body, " 200 ") != 2 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	equal(t, "name", b.cal.Props().DisplayName, "SET")
	equal(t, "order is as before", b.cal.Props().Order, "7")
	for status, want := range map[int]bool{0: false, 500: true} {
		b.s.Set(PropertyStatus(status, "displayname"))
		r := b.ask("PROPFIND", calPath, `<d:propfind xmlns:d="DAV:"><d:prop><d:displayname/></d:prop></d:propfind>`, "Depth: 0")
		equal(t, "mentioned", strings.Contains(r.body, "displayname"), want)
		equal(t, "value", strings.Contains(r.body, "SET"), false)
	}
}

// Every switch is listed, has a name of its own, and occurs in a test.
func TestSwitchesAreComplete(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "switches.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	names, _ := filepath.Glob("*_test.go")
	for _, n := range names {
		text, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(text)
	}
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) == 0 {
			return true
		}
		declared++
		text := Switch(strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`))
		if !slices.Contains(Switches(), text) {
			t.Errorf("%s is not in Switches", text)
		}
		if !strings.Contains(tests.String(), v.Names[0].Name) {
			t.Errorf("no test turns %s on", v.Names[0].Name)
		}
		return true
	})
	list := Switches()
	slices.Sort(list)
	equal(t, "different switches", len(slices.Compact(list)), declared)
}

func TestOptionsWithValues(t *testing.T) {
	b := start(t, WellKnown(307, "https://other.example/dav"), HomeSets("https://p42.example:443/alice/", "/calendars/alice/"),
		PrincipalHref("http://elsewhere.example/me"), HrefSpelling(func(p string) string { return strings.ReplaceAll(p, "@", "%40") }))
	b.cal.Put("a@b.ics", []byte(event("a", "x")))
	equal(t, "well-known", b.want(307, "GET", "/.well-known/caldav", "").header.Get("Location"), "https://other.example/dav")
	homes, _ := b.propfind("/principals/alice/", "0", "cal:calendar-home-set").prop("/principals/alice/", "calendar-home-set")
	equal(t, "homes", homes, "<d:href>https://p42.example:443/alice/</d:href><d:href>/calendars/alice/</d:href>")
	me, _ := b.propfind("/", "0", "d:current-user-principal").prop("/", "current-user-principal")
	equal(t, "principal", strip(me), "http://elsewhere.example/me")
	equal(t, "spelling", b.propfind(calPath, "1", "d:getetag").hrefs()[1], calPath+"a%40b.ics")
	equal(t, "Href", b.cal.Href("a@b.ics"), calPath+"a%40b.ics")
	b.want(200, "GET", calPath+"a@b.ics", "")
	b.s.Set(OneSpelling)
	b.want(404, "GET", calPath+"a@b.ics", "")
	b.want(200, "GET", calPath+"a%40b.ics", "")
	b.s.Set(WellKnown(0, ""), Missing(403), MultigetLimit(1))
	b.want(404, "GET", "/.well-known/caldav", "")
	b.want(403, "GET", calPath+"none.ics", "")
	b.want(400, "REPORT", calPath, multigetBody("cal", calPath+"a", calPath+"b"))
}

func TestOmitsFromMultiget(t *testing.T) {
	b := start(t, OmitsFromMultiget(0.25))
	b.cal.Fill(1, 8)
	equal(t, "rows", len(b.multiget(b.cal.List()...).Responses), 6)
	b.s.Set(OmitsFromMultiget(0))
	equal(t, "rows", len(b.multiget(b.cal.List()...).Responses), 8)
}

func TestRenamesOnPut(t *testing.T) {
	b := start(t, RenamesOnPut(serverName))
	r := b.want(201, "PUT", calPath+"mine.ics", event("a", "x"), "If-None-Match: *")
	where := r.header.Get("Location")
	equal(t, "kept", b.want(200, "GET", where, "").body, event("a", "x"))
	b.want(404, "GET", calPath+"mine.ics", "")
	b.want(204, "PUT", where, event("a", "y"), "If-Match: "+r.header.Get("ETag"))
	equal(t, "items", b.cal.Len(), 1)
}

func TestProfilesServe(t *testing.T) {
	if _, err := Profile("none"); err == nil || !strings.Contains(err.Error(), "radicale") {
		t.Error(err)
	}
	for _, name := range Profiles() {
		t.Run(name, func(t *testing.T) {
			o, err := Profile(name)
			if err != nil {
				t.Fatal(err)
			}
			b := start(t, o, OpenTo("alice"))
			r := b.ask("PUT", b.cal.Href("a.ics"), event("a", "x"))
			if r.status != 201 || b.cal.Len() != 1 {
				t.Fatalf("%d %d\n%s", r.status, b.cal.Len(), r.body)
			}
			href := b.cal.Href(b.cal.List()[0])
			d := b.want(207, "PROPFIND", b.cal.Path(), props("propfind", []string{"d:resourcetype"}), "Depth: 1").read(t)
			if !has(d.hrefs(), href) && !has(d.hrefs(), b.url+href) && name != "purelymail" {
				t.Errorf("%s is not in %q", href, d.hrefs())
			}
		})
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	s := New()
	for name, want := range map[string]bool{"no-ctag": true, "sogo": true, "no-such": false} {
		o, err := Named(name)
		if (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
		if want {
			s.Set(o)
		}
	}
	b := s.behaviour.Load()
	equal(t, "both set", b.on[NoCTag] && b.on[CounterETags], true)
}

func TestHidesAndMultigetStatus(t *testing.T) {
	b := start(t, Hides(func(name string) bool { return name == "old.ics" }), MultigetStatus(func(name string) int {
		return map[string]int{"bad.ics": 500}[name]
	}))
	for _, name := range []string{"old", "bad", "good"} {
		b.cal.Put(name+".ics", []byte(event(name, "x")))
	}
	equal(t, "listing", len(b.propfind(calPath, "1", "d:getetag").Responses), 3)
	equal(t, "query", matched(b, calPath, `<cal:calendar-query`+declarations+`><d:prop><d:getetag/></d:prop></cal:calendar-query>`), "bad good")
	equal(t, "report", changes(t, b.sync(calPath, "")), "+bad.ics +good.ics +old.ics")
	d := b.multiget("old.ics", "bad.ics", "good.ics")
	equal(t, "bad", d.status(calPath+"bad.ics"), 500)
	_, status := d.prop(calPath+"old.ics", "calendar-data")
	equal(t, "old", status, 200)
	b.want(200, "GET", calPath+"bad.ics", "")
	b.s.Set(Hides(func(string) bool { return true }))
	equal(t, "empty listing", len(b.propfind(calPath, "1", "d:getetag").Responses), 1)
}

// What somebody else does behind the client's back, as far as no other test shows it.
func TestSecondClient(t *testing.T) {
	b := start(t)
	b.cal.Put(calPath+"a%20b.ics", []byte(event("a", "x")))
	equal(t, "put by href", strings.Join(b.cal.List(), " "), "a b.ics")
	token := b.cal.Token()
	b.cal.Reimport()
	names := b.cal.List()
	body, _ := b.cal.Get(names[0])
	equal(t, "one item", len(names), 1)
	equal(t, "same body", string(body), event("a", "x"))
	equal(t, "as told", changes(t, b.sync(calPath, token)), "+"+names[0]+" -a%20b.ics")
	b.cal.Rename("moved")
	b.want(404, "PROPFIND", calPath, "", "Depth: 0")
	b.want(200, "GET", "/calendars/alice/moved/"+names[0], "")
	equal(t, "path", b.cal.Path(), "/calendars/alice/moved/")
	b.cal.SetProps(Props{DisplayName: "Z"})
	name, _ := b.propfind("/calendars/alice/moved/", "0", "d:displayname").prop("/calendars/alice/moved/", "displayname")
	equal(t, "displayname", name, "Z")
	b.cal.Remove()
	b.want(404, "PROPFIND", "/calendars/alice/moved/", "", "Depth: 0")
	b.want(409, "PUT", "/calendars/alice/moved/z.ics", event("z", "x"))
	equal(t, "found", b.s.Collection("alice", "moved") == nil, true)
	equal(t, "edit of nothing", b.cal.Edit("none", nil) || b.cal.EditUnseen("none", nil) || b.cal.EditScheduled("none", nil) || b.cal.Move("none", b.cal, "x"), false)
}

func TestShare(t *testing.T) {
	b := start(t)
	b.s.AddUser("bob", "bobpw")
	b.s.AddCalendar("bob", "team", Props{}).Put("a.ics", []byte(event("a", "x")))
	b.want(403, "GET", "/calendars/bob/team/a.ics", "")
	b.s.Share("bob", "alice")
	b.want(200, "GET", "/calendars/bob/team/a.ics", "")
	b.want(204, "PUT", "/calendars/bob/team/a.ics", event("a", "y"))
	b.want(403, "GET", calPath, "", "Authorization: Basic Ym9iOmJvYnB3")
	d := b.propfind("/calendars/bob/", "1", "d:owner")
	equal(t, "rows", strings.Join(d.hrefs(), " "), "/calendars/bob/ /calendars/bob/team/")
	owner, _ := d.prop("/calendars/bob/team/", "owner")
	equal(t, "owner", strip(owner), "/principals/bob/")
}

// A switch of Stalwart: to look is to make (P15).
func TestCreatesWhatIsAskedFor(t *testing.T) {
	b := start(t)
	b.want(404, "PROPFIND", "/calendars/alice/guess/", "", "Depth: 0")
	b.s.Set(CreatesWhatIsAskedFor)
	b.want(207, "PROPFIND", "/calendars/alice/guess/", "", "Depth: 0")
	equal(t, "made", b.s.Collection("alice", "guess") != nil, true)
	b.s.Set(MultistatusOnRefusal)
	d := b.want(207, "MKCALENDAR", "/calendars/alice/guess/", "").read(t)
	equal(t, "refusal inside", d.status("/calendars/alice/guess/"), 405)
}

// Behind TLS and HTTP/2 all goes the same way, and a drop is a reset of the stream.
func TestHTTP2(t *testing.T) {
	t.Parallel()
	s := New(OpenTo("alice"))
	c := s.AddCalendar("alice", "cal", Props{})
	c.Put("a.ics", []byte(event("a", "x")))
	h := httptest.NewUnstartedServer(s)
	h.EnableHTTP2 = true
	h.Config.ErrorLog = stdlog.New(io.Discard, "", 0)
	h.StartTLS()
	t.Cleanup(h.Close)
	get := func() (string, error) {
		resp, err := h.Client().Get(h.URL + calPath + "a.ics")
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return resp.Proto + " " + string(body), err
	}
	got, err := get()
	equal(t, "answer", got, "HTTP/2.0 "+event("a", "x"))
	equal(t, "error", err, nil)
	s.On(Match{}).At(10).Drop()
	if got, err := get(); err == nil {
		t.Errorf("a drop gave %q", got)
	}
	s.ClearFaults()
	s.Set(AbsoluteHrefs)
	r, _ := http.NewRequest("PROPFIND", h.URL+calPath, nil)
	r.Header.Set("Depth", "1")
	resp, err := h.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	equal(t, "https", strings.Contains(string(raw), "<d:href>https://127.0.0.1:"), true)
}
