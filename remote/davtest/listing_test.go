package davtest

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// A client that knows only the address finds everything (RFC 6764, 5397, 4791 6.2.1, 6352 7.1.1).
func TestDiscovery(t *testing.T) {
	for _, tc := range []struct {
		name, well, principal, cals, cards string
		opts                               []Option
	}{
		{"plain", "/", "/principals/alice/", "/calendars/alice/", "/contacts/alice/", nil},
		{"prefix", "/dav/", "/dav/principals/alice/", "/dav/calendars/alice/", "/dav/contacts/alice/", []Option{Prefix("/dav/")}},
		{"mixed", "/", "/principals/alice/", "/alice/", "/alice/", []Option{MixedHome(true)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := start(t, tc.opts...)
			for _, service := range []string{"caldav", "carddav"} {
				r := b.want(301, "PROPFIND", "/.well-known/"+service, "", "Authorization: ")
				equal(t, "well-known", r.header.Get("Location"), tc.well)
			}
			me, _ := b.propfind(tc.well, "0", "d:current-user-principal").prop(tc.well, "current-user-principal")
			equal(t, "principal", strip(me), tc.principal)
			d := b.propfind(tc.principal, "0", "cal:calendar-home-set", "card:addressbook-home-set", "d:resourcetype")
			cals, _ := d.prop(tc.principal, "calendar-home-set")
			cards, _ := d.prop(tc.principal, "addressbook-home-set")
			equal(t, "calendars", strip(cals), tc.cals)
			equal(t, "contacts", strip(cards), tc.cards)
			found := map[string]string{}
			for _, home := range []string{tc.cals, tc.cards} {
				d := b.propfind(home, "1", "d:resourcetype", "d:displayname")
				for _, href := range d.hrefs()[1:] {
					kind, _ := d.prop(href, "resourcetype")
					name, _ := d.prop(href, "displayname")
					found[href] = kind + name
				}
			}
			equal(t, "collections", len(found), 2)
			equal(t, "calendar", strings.Contains(found[tc.cals+"cal/"], "calendar/>"), true)
			equal(t, "book", strings.Contains(found[tc.cards+"card/"], "addressbook/>"), true)
		})
	}
}

// strip returns the text in <d:href>.
func strip(s string) string {
	_, s, _ = strings.Cut(s, ">")
	s, _, _ = strings.Cut(s, "<")
	return s
}

// One PROPFIND of the home set says all that a sync without changes needs (P16).
func TestHomeListsTokens(t *testing.T) {
	b := start(t)
	b.cal.Put("a.ics", []byte(event("a", "x")))
	names := []string{"d:sync-token", "cs:getctag", "d:resourcetype", "d:displayname", "d:current-user-privilege-set",
		"cal:supported-calendar-component-set", "d:supported-report-set", "d:owner", "cal:calendar-description", "ic:calendar-color", "ic:calendar-order"}
	d := b.propfind("/calendars/alice/", "1", names...)
	equal(t, "rows", strings.Join(d.hrefs(), " "), "/calendars/alice/ "+calPath)
	for _, name := range names {
		_, local, _ := strings.Cut(name, ":")
		if value, status := d.prop(calPath, local); status != 200 || value == "" {
			t.Errorf("%s: %q %d", name, value, status)
		}
	}
	token, _ := d.prop(calPath, "sync-token")
	equal(t, "token", token, b.cal.Token())
	name, _ := d.prop(calPath, "displayname")
	text, _ := d.prop(calPath, "calendar-description")
	equal(t, "displayname", name, "Cal & Co")
	equal(t, "description", text, "what is <on>")
	reports, _ := d.prop(calPath, "supported-report-set")
	for _, r := range []string{"d:sync-collection", "cal:calendar-multiget", "cal:calendar-query"} {
		equal(t, r, strings.Contains(reports, "<"+r+"/>"), true)
	}
	before, _ := d.prop(calPath, "getctag")
	b.cal.Edit("a.ics", func([]byte) []byte { return []byte(event("a", "y")) })
	after, _ := b.propfind(calPath, "0", "cs:getctag").prop(calPath, "getctag")
	equal(t, "ctag stays", before == after, false)
}

func TestListing(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	b := start(t, Clock(func() time.Time { return now }))
	for _, name := range []string{"b.ics", "a b&c.ics", "ü.ics", "s/l.ics"} {
		b.cal.Put(name, []byte(event(name, "x")))
	}
	d := b.propfind(calPath, "1", "d:getetag", "d:getcontentlength", "d:getlastmodified", "d:getcontenttype", "d:resourcetype", "d:sync-token")
	want := []string{calPath, calPath + "a%20b&c.ics", calPath + "b.ics", calPath + "s%2Fl.ics", calPath + "%C3%BC.ics"}
	if !slices.Equal(d.hrefs(), want) {
		t.Errorf("%q, want %q", d.hrefs(), want)
	}
	for name, want := range map[string]string{"getetag": b.cal.ETag("b.ics"), "getcontentlength": itoa(len(event("b.ics", "x"))),
		"getlastmodified": "Fri, 01 May 2026 12:00:00 GMT", "getcontenttype": "text/calendar; charset=utf-8; component=VEVENT", "resourcetype": ""} {
		got, status := d.prop(calPath+"b.ics", name)
		equal(t, name, got, want)
		equal(t, name+" status", status, 200)
	}
	_, status := d.prop(calPath+"b.ics", "sync-token")
	equal(t, "sync-token of an item", status, 404)
	one := b.propfind(calPath+"b.ics", "0", "d:getetag")
	etag, _ := one.prop(calPath+"b.ics", "getetag")
	equal(t, "etag", etag, b.cal.ETag("b.ics"))
	for _, name := range []string{"a b&c.ics", "ü.ics", "s/l.ics"} {
		equal(t, "href of "+name, b.want(200, "GET", b.cal.Href(name), "").body, event(name, "x"))
	}
	b.want(404, "PROPFIND", calPath+"none.ics", "", "Depth: 0")
	b.want(404, "PROPFIND", "/calendars/alice/none/", "", "Depth: 0")
	b.want(404, "PROPFIND", "/elsewhere/", "", "Depth: 0")
	b.want(403, "PROPFIND", calPath, "", "Depth: infinity")
	b.want(403, "PROPFIND", calPath, "")
}

func TestAllpropAndPropname(t *testing.T) {
	b := start(t)
	for _, body := range []string{"", `<d:propfind xmlns:d="DAV:"><d:allprop/></d:propfind>`} {
		d := b.want(207, "PROPFIND", calPath, body, "Depth: 0").read(t)
		if name, status := d.prop(calPath, "displayname"); name != "Cal & Co" || status != 200 {
			t.Errorf("%q: displayname %q %d", body, name, status)
		}
		if _, status := d.prop(calPath, "calendar-home-set"); status != 0 {
			t.Error("allprop names a property of CalDAV")
		}
	}
	d := b.want(207, "PROPFIND", calPath, `<propfind xmlns="DAV:"><allprop/><include><sync-token/></include></propfind>`, "Depth: 0").read(t)
	token, _ := d.prop(calPath, "sync-token")
	equal(t, "included", token, b.cal.Token())
	d = b.want(207, "PROPFIND", calPath, `<propfind xmlns="DAV:"><propname/></propfind>`, "Depth: 0").read(t)
	value, status := d.prop(calPath, "sync-token")
	equal(t, "propname", value+itoa(status), "200")
	if _, status := d.prop(calPath, "getetag"); status != 0 {
		t.Error("propname names what is not there")
	}
}

func TestBadXMLIsRefused(t *testing.T) {
	b := start(t)
	for _, body := range []string{"<", "<a/><b/>", `<!DOCTYPE a><d:propfind xmlns:d="DAV:"><d:allprop/></d:propfind>`, "text", "<other/>",
		strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100)} {
		b.want(400, "PROPFIND", calPath, body, "Depth: 0")
	}
	b.want(400, "REPORT", calPath, "<")
	b.want(403, "REPORT", calPath, `<d:expand-property xmlns:d="DAV:"/>`)
	b.want(403, "REPORT", cardPath, multigetBody("cal", calPath+"a.ics"))
	b.want(404, "REPORT", "/calendars/alice/none/", syncBody("", ""))
}

// A name in XML has a namespace, whatever its prefix (P33).
func TestNamespacesCount(t *testing.T) {
	b := start(t)
	d := b.want(207, "PROPFIND", calPath, `<q:propfind xmlns:q="DAV:" xmlns:z="urn:other"><q:prop><q:displayname/><z:displayname/></q:prop></q:propfind>`, "Depth: 0").read(t)
	found := map[string]string{}
	for _, ps := range d.Responses[0].Propstats {
		for _, p := range ps.Prop.All {
			found[p.XMLName.Space] = ps.Status
		}
	}
	equal(t, "DAV:", code(found["DAV:"]), 200)
	equal(t, "urn:other", code(found["urn:other"]), 404)
}

func TestMinimalAndGzip(t *testing.T) {
	b := start(t)
	ask := props("propfind", []string{"d:displayname", "d:getetag"})
	r := b.want(207, "PROPFIND", calPath, ask, "Depth: 0", "Prefer: return=minimal")
	equal(t, "404 left out", strings.Contains(r.body, "404"), false)
	equal(t, "applied", r.header.Get("Preference-Applied"), "return=minimal")
	b.s.Set(IgnoresPrefer)
	r = b.want(207, "PROPFIND", calPath, ask, "Depth: 0", "Prefer: return=minimal")
	equal(t, "404 named", strings.Contains(r.body, "404"), true)
	for accept, zipped := range map[string]bool{"gzip": true, "deflate, gzip;q=0.5": true, "gzip;q=0": false, "identity": false, "*": false} {
		r := b.want(207, "PROPFIND", calPath, ask, "Depth: 0", "Accept-Encoding: "+accept)
		equal(t, accept, r.header.Get("Content-Encoding") == "gzip", zipped)
		equal(t, accept+" bytes", strings.HasPrefix(r.body, "\x1f\x8b"), zipped)
	}
	b.s.Set(NoGzip)
	equal(t, "no gzip", b.want(207, "PROPFIND", calPath, ask, "Depth: 0", "Accept-Encoding: gzip").header.Get("Content-Encoding"), "")
}

func TestMultiget(t *testing.T) {
	b := start(t)
	b.cal.Put("a.ics", []byte(event("a", "1 < 2 & \"3\" ]]>")))
	b.cal.Put("s/l.ics", []byte(event("b", "x")))
	other := b.s.AddCalendar("alice", "other", Props{})
	other.Put("o.ics", []byte(event("o", "x")))
	r := b.want(207, "REPORT", calPath, multigetBody("cal", calPath+"a.ics", calPath+"s%2Fl.ics", b.url+calPath+"%61.ics", calPath+"none.ics",
		"/calendars/alice/other/o.ics", "http://elsewhere.example"+calPath+"a.ics", "a.ics"))
	d := r.read(t)
	equal(t, "rows", len(d.Responses), 7)
	body, _ := d.prop(calPath+"a.ics", "calendar-data")
	equal(t, "body with LF", body, strings.ReplaceAll(event("a", "1 < 2 & \"3\" ]]>"), "\r\n", "\n"))
	equal(t, "raw CR", strings.Contains(r.body, "SUMMARY:1 &lt; 2 &amp; \"3\" ]]&gt;\r\n"), true)
	etag, _ := d.prop(calPath+"a.ics", "getetag")
	equal(t, "etag", etag, b.cal.ETag("a.ics"))
	for _, missing := range []string{calPath + "none.ics", "/calendars/alice/other/o.ics", "http://elsewhere.example" + calPath + "a.ics"} {
		equal(t, missing, d.status(missing), 404)
	}
	equal(t, "relative", d.Responses[6].Href, calPath+"a.ics")

	b.card.Put("a.vcf", []byte(vcard("a", "3.0")))
	d = b.want(207, "REPORT", cardPath, multigetBody("card", cardPath+"a.vcf")).read(t)
	body, _ = d.prop(cardPath+"a.vcf", "address-data")
	equal(t, "card", body, strings.ReplaceAll(vcard("a", "3.0"), "\r\n", "\n"))
}

// Bodies survive XML byte for byte where CR is escaped.
func TestEscapedCR(t *testing.T) {
	b := start(t, EscapedCR)
	b.cal.Put("a.ics", []byte(event("a", "x")))
	body, _ := b.multiget("a.ics").prop(calPath+"a.ics", "calendar-data")
	equal(t, "body", body, event("a", "x"))
}

func TestControlsInXML(t *testing.T) {
	b := start(t)
	b.cal.Put("a.ics", []byte(event("a", "a\x08b\xe9\uFFFEc")))
	body, _ := b.multiget("a.ics").prop(calPath+"a.ics", "calendar-data")
	if !strings.Contains(body, "a\uFFFDb\uFFFD\uFFFDc\n") {
		t.Errorf("%q", body)
	}
	b.cal.SetProps(Props{DisplayName: "a\x01b\"<"})
	name, _ := b.propfind(calPath, "0", "d:displayname").prop(calPath, "displayname")
	equal(t, "displayname", name, "a\uFFFDb\"<")
	b.s.Set(RawControls)
	r := b.want(207, "REPORT", calPath, multigetBody("cal", calPath+"a.ics"))
	equal(t, "raw", strings.Contains(r.body, "a\x08b\xe9"), true)
}

func TestLogin(t *testing.T) {
	b := start(t)
	b.s.AddUser("bob", "bobpw")
	b.s.AddToken("alice", "secret-token")
	r := b.want(401, "PROPFIND", "/", "", "Depth: 0", "Authorization: ")
	equal(t, "challenge", r.header.Get("WWW-Authenticate"), `Basic realm="davtest", charset="UTF-8"`)
	b.want(401, "PROPFIND", "/", "", "Depth: 0", "Authorization: Basic YWxpY2U6d3Jvbmc=")
	b.want(401, "PROPFIND", "/", "", "Depth: 0", "Authorization: Bearer wrong")
	b.want(207, "PROPFIND", "/", "", "Depth: 0", "Authorization: Bearer secret-token")
	b.want(403, "PROPFIND", calPath, "", "Depth: 0", "Authorization: Basic Ym9iOmJvYnB3")
	b.s.RevokeTokens("alice")
	b.want(401, "PROPFIND", "/", "", "Depth: 0", "Authorization: Bearer secret-token")
	b.s.Set(BearerOnly)
	equal(t, "bearer", b.want(401, "GET", "/", "").header.Get("WWW-Authenticate"), `Bearer realm="davtest"`)
	b.s.Clear(BearerOnly)
	b.s.Set(Challenges([]string{}))
	r = b.want(401, "GET", "/", "", "Authorization: ")
	equal(t, "no challenge", len(r.header["Www-Authenticate"]), 0)
	b.s.Set(Challenges(nil), OpenTo("alice"))
	b.want(207, "PROPFIND", calPath, "", "Depth: 0", "Authorization: ")
	b.s.Set(OpenTo(""))
	b.s.AddUser("alice", "new")
	b.want(401, "PROPFIND", calPath, "", "Depth: 0")
	for _, r := range b.s.Requests() {
		for _, v := range r.Header {
			for _, secret := range []string{"secret-token", "YWxp", "Ym9i", "wrong"} {
				if strings.Contains(strings.Join(v, " "), secret) {
					t.Errorf("the log holds %q", v)
				}
			}
		}
	}
}

// The example of RFC 7616 3.9.1 in our own numbers: both algorithms, growing counts, stale nonces.
func TestDigest(t *testing.T) {
	for _, algorithm := range []string{"SHA-256", "MD5"} {
		t.Run(algorithm, func(t *testing.T) {
			b := start(t, DigestOnly)
			nonceOf := func(r reply) string {
				for _, c := range r.header.Values("WWW-Authenticate") {
					if p := parameters(strings.TrimPrefix(c, "Digest ")); p["algorithm"] == algorithm {
						return p["nonce"]
					}
				}
				t.Fatal("no challenge")
				return ""
			}
			answer := func(nonce, nc, password string) string {
				return "Authorization: Digest " + digestAnswer(algorithm, "alice", password, nonce, nc, "OPTIONS", calPath)
			}
			nonce := nonceOf(b.want(401, "OPTIONS", calPath, "")) // Basic is not taken
			b.want(401, "OPTIONS", calPath, "", answer(nonce, "00000001", "wrong"))
			b.want(200, "OPTIONS", calPath, "", answer(nonce, "00000001", "alicepw"))
			b.want(200, "OPTIONS", calPath, "", answer(nonce, "00000002", "alicepw"))
			b.want(401, "OPTIONS", calPath, "", answer(nonce, "00000002", "alicepw"))
			b.want(401, "GET", calPath, "", answer(nonce, "00000003", "alicepw"))
			b.s.Stale()
			r := b.want(401, "OPTIONS", calPath, "", answer(nonce, "00000004", "alicepw"))
			equal(t, "stale", strings.Contains(r.header.Get("WWW-Authenticate"), "stale=true"), true)
			b.want(200, "OPTIONS", calPath, "", answer(nonceOf(r), "00000001", "alicepw"))
			equal(t, "user in the log", b.s.Requests()[3].User, "alice")
		})
	}
}

// A nonce for one use, and one that the answer names.
func TestDigestNonces(t *testing.T) {
	b := start(t, DigestOnly, NextNonce, DigestAs(1, "MD5"))
	challenge := b.want(401, "OPTIONS", calPath, "").header.Values("WWW-Authenticate")
	equal(t, "challenges", len(challenge), 1)
	nonce := parameters(strings.TrimPrefix(challenge[0], "Digest "))["nonce"]
	answer := func(nonce, nc string) string {
		return "Authorization: Digest " + digestAnswer("MD5", "alice", "alicepw", nonce, nc, "OPTIONS", calPath)
	}
	b.want(401, "OPTIONS", calPath, "", answer(nonce, "00000002"))
	r := b.want(200, "OPTIONS", calPath, "", answer(nonce, "00000001"))
	b.want(401, "OPTIONS", calPath, "", answer(nonce, "00000001"))
	b.want(200, "OPTIONS", calPath, "", answer(parameters(r.header.Get("Authentication-Info"))["nextnonce"], "00000001"))
	equal(t, "a quoted string", parameters(`a="x\\\"y", b=z`)["a"], `x\"y`)
}

func TestOptions(t *testing.T) {
	b := start(t)
	for path, want := range map[string]string{"/": "calendar-access addressbook", calPath: "calendar-access", cardPath: "addressbook"} {
		r := b.want(200, "OPTIONS", path, "")
		equal(t, path, strings.Join(r.header.Values("DAV"), " "), "1, 3, access-control, extended-mkcol "+want)
		equal(t, "methods", strings.Contains(r.header.Get("Allow"), http.MethodPut), true)
	}
}
