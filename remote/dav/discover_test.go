package dav

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vgit/remote"
)

// props is a response with one propstat.
func props(href, inner string) string {
	return `<D:response><D:href>` + href + `</D:href><D:propstat><D:prop>` + inner + `</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`
}

const (
	isCalendar = `<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>`
	isFolder   = `<D:resourcetype><D:collection/></D:resourcetype>`
)

func principal(href string) string {
	return `<D:current-user-principal><D:href>` + href + `</D:href></D:current-user-principal>`
}

func homes(hrefs ...string) string {
	return `<C:calendar-home-set><D:href>` + strings.Join(hrefs, `</D:href><D:href>`) + `</D:href></C:calendar-home-set>`
}

// site answers PROPFIND by path and depth ("/x 0"); what is missing is 404. A value that begins with "!" is a redirect, with
// "<html" a web page, with "=" a status.
func site(t *testing.T, pages map[string]string) (*canned, *[]string) {
	var asked []string
	return serve(t, pagesOf(pages, &asked)), &asked
}

// pagesOf answers as site does.
func pagesOf(pages map[string]string, asked *[]string) func(w http.ResponseWriter, r *http.Request, _ int) {
	return func(w http.ResponseWriter, r *http.Request, _ int) {
		key := r.URL.RequestURI() + " " + r.Header.Get("Depth")
		*asked = append(*asked, key)
		page, ok := pages[key]
		switch {
		case !ok:
			w.WriteHeader(404)
		case page[0] == '!':
			w.Header().Set("Location", page[1:])
			w.WriteHeader(301)
		case page[0] == '=':
			var code int
			fmt.Sscan(page[1:], &code)
			w.WriteHeader(code)
		case strings.HasPrefix(page, "<html"):
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, page)
		default:
			w.WriteHeader(207)
			_, _ = io.WriteString(w, open+page+`</D:multistatus>`)
		}
	}
}

// TestDiscovery: where an account is found, and what is asked on the way.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	home := props("/home/", isFolder) + props("/home/a/", isCalendar)
	tests := []struct {
		name, url string
		pages     map[string]string
		asked     []string
		principal remote.Href
		homes     []remote.Href
		ids       string
		err       error
	}{
		{"P1 from the URL", "/", map[string]string{"/ 0": props("/", principal("/p/")), "/p/ 0": props("/p/", homes("/home/")), "/home/ 1": home},
			[]string{"/ 0", "/p/ 0", "/home/ 1"}, "/p/", []remote.Href{"/home/"}, "a", nil},
		{"P1 a principal", "/p/", map[string]string{"/p/ 0": props("/p/", principal("/p/")+homes("/home/")), "/home/ 1": home},
			[]string{"/p/ 0", "/home/ 1"}, "/p/", []remote.Href{"/home/"}, "a", nil},
		{"P1 a collection as it is", "/home/a/", map[string]string{"/home/a/ 0": props("/home/a/", isCalendar+principal("/p/"))},
			[]string{"/home/a/ 0", "/home/a/ 0"}, "/p/", []remote.Href{"/home/a/"}, "a", nil},
		{"P1 well-known, redirected", "/", map[string]string{"/ 0": "<html>hello</html>", "/.well-known/caldav 0": "!/dav/", "/dav/ 0": props("/dav/", principal("/p/")),
			"/p/ 0": props("/p/", homes("/home/")), "/home/ 1": home},
			[]string{"/ 0", "/.well-known/caldav 0", "/dav/ 0", "/p/ 0", "/home/ 1"}, "/p/", []remote.Href{"/home/"}, "a", nil},
		{"P1 the root in the end", "/x/y", map[string]string{"/ 0": props("/", principal("/p/")), "/p/ 0": props("/p/", homes("/home/")), "/home/ 1": home},
			[]string{"/x/y 0", "/.well-known/caldav 0", "/ 0", "/p/ 0", "/home/ 1"}, "/p/", []remote.Href{"/home/"}, "a", nil},
		{"P1 nothing anywhere", "/x", map[string]string{}, []string{"/x 0", "/.well-known/caldav 0", "/ 0"}, "", nil, "", errAny},
		{"P1 a principal without such a home", "/", map[string]string{"/ 0": props("/", principal("/p/")), "/p/ 0": props("/p/", principal("/p/"))},
			[]string{"/ 0", "/p/ 0", "/p/ 0", "/.well-known/caldav 0"}, "", nil, "", remote.ErrNotDAV},
		{"V73 a web page everywhere", "/", map[string]string{"/ 0": "<html>Log\x1b in</html>", "/.well-known/caldav 0": "<html>"},
			[]string{"/ 0", "/.well-known/caldav 0"}, "", nil, "", remote.ErrNotDAV},
		{"P6 taken for nobody", "/", map[string]string{"/ 0": props("/", `<D:current-user-principal><D:unauthenticated/></D:current-user-principal>`)},
			[]string{"/ 0"}, "", nil, "", remote.ErrLogin},
		{"P7 no principal at all", "/dav/", map[string]string{"/dav/ 0": props("/dav/", isFolder), "/dav/ 1": props("/dav/", isFolder) + props("/dav/a/", isCalendar)},
			[]string{"/dav/ 0", "/.well-known/caldav 0", "/ 0", "/dav/ 1"}, "", []remote.Href{"/dav/"}, "a", nil},
		{"P8 all home sets", "/", map[string]string{"/ 0": props("/", principal("/p/")), "/p/ 0": props("/p/", homes("/home/", "/two/")), "/home/ 1": home,
			"/two/ 1": props("/two/b/", isCalendar) + props("/home/a", isCalendar)},
			[]string{"/ 0", "/p/ 0", "/home/ 1", "/two/ 1"}, "/p/", []remote.Href{"/home/", "/two/"}, "a b", nil},
		{"P2 a home on another site", "/", map[string]string{"/ 0": props("/", principal("/p/")), "/p/ 0": props("/p/", homes("http://192.0.2.1/home/"))},
			[]string{"/ 0", "/p/ 0", "/.well-known/caldav 0"}, "", nil, "", remote.ErrNotDAV},
		{"S19 a principal on another site", "/", map[string]string{"/ 0": props("/", principal("http://192.0.2.1/p/"))},
			[]string{"/ 0", "/.well-known/caldav 0"}, "", nil, "", remote.ErrNotDAV},
		{"P19 relative hrefs", "/dav/", map[string]string{"/dav/ 0": props("/dav/", principal("p/")), "/dav/p/ 0": props("/dav/p/", homes("../home/")),
			"/dav/home/ 1": props("a/", isCalendar)},
			[]string{"/dav/ 0", "/dav/p/ 0", "/dav/home/ 1"}, "/dav/p/", []remote.Href{"/dav/home/"}, "a", nil},
		{"P20 escapes are kept", "/", map[string]string{"/ 0": props("/", principal("/p%2Fx/a%40b/")), "/p%2Fx/a%40b/ 0": props("/p", homes("/h%c3%bc/")),
			"/h%c3%bc/ 1": props("/h%c3%bc/%61/", isCalendar)},
			[]string{"/ 0", "/p%2Fx/a%40b/ 0", "/h%c3%bc/ 1"}, "/p%2Fx/a%40b/", []remote.Href{"/h%c3%bc/"}, "a", nil},
		{"F5 an overloaded server", "/", map[string]string{"/ 0": "=502"}, []string{"/ 0"}, "", nil, "", errAny},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, asked := site(t, tt.pages)
			r := s.remote(t, func(o *Options) { o.URL = s.URL + tt.url })
			acc, err := r.Look(t.Context(), remote.Binding{})
			if (tt.err != nil) != (err != nil) || tt.err != nil && tt.err != errAny && !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("control characters in %q", err)
			}
			if diff := cmp.Diff(tt.asked, *asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			if err != nil {
				return
			}
			var ids []string
			for _, info := range acc.Collections {
				ids = append(ids, info.ID)
			}
			if acc.Binding.Principal != tt.principal || cmp.Diff(tt.homes, acc.Binding.Homes) != "" || strings.Join(ids, " ") != tt.ids {
				t.Errorf("principal %q, homes %q, collections %q", acc.Binding.Principal, acc.Binding.Homes, ids)
			}
			*asked = nil
			again, err := s.remote(t, func(o *Options) { o.URL = s.URL + tt.url }).Look(t.Context(), acc.Binding)
			if err != nil || len(*asked) != len(tt.homes) {
				t.Errorf("P16: the next look asks %q, %v", *asked, err)
			}
			if diff := cmp.Diff(acc.Collections, again.Collections); diff != "" {
				t.Errorf("the next look (-first +next):\n%s", diff)
			}
		})
	}
}

// TestP6NobodyAsked: a server that shows itself to everybody and says so inside gets credentials without a challenge.
func TestP6NobodyAsked(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		who := principal("/p/") + homes("/p/")
		if _, _, ok := r.BasicAuth(); !ok {
			who = `<D:current-user-principal><D:unauthenticated/></D:current-user-principal>`
		}
		w.WriteHeader(207)
		_, _ = io.WriteString(w, open+props("/p/", who)+props("/p/a/", isCalendar)+`</D:multistatus>`)
	})
	for _, known := range []remote.Binding{{}, {URL: s.URL + "/", Principal: "/p/", Homes: []remote.Href{"/p/"}}} {
		r := s.remote(t, func(o *Options) { o.Auth = "auto" })
		acc, err := r.Look(t.Context(), known)
		if err != nil || acc.Binding.Principal != "/p/" || acc.Binding.Learned["auth"] != "basic" {
			t.Errorf("%v, %+v", err, acc.Binding)
		}
	}
	nobody := s.remote(t, func(o *Options) { o.Auth, o.User, o.Password = "auto", "", nil })
	if _, err := nobody.Look(t.Context(), remote.Binding{}); !errors.Is(err, remote.ErrLogin) {
		t.Errorf("without a password: %v", err)
	}
}

// errAny stands for any error in a table.
var errAny = errors.New("any")

// TestP9Collections: which members of a home are collections, and what is read of them.
func TestP9Collections(t *testing.T) {
	t.Parallel()
	typed := func(types string) string { return `<D:resourcetype><D:collection/>` + types + `</D:resourcetype>` }
	rights := func(names string) string {
		return `<D:current-user-privilege-set>` + names + `</D:current-user-privilege-set>`
	}
	may := func(name string) string { return `<D:privilege><D:` + name + `/></D:privilege>` }
	const cs, ical = ` xmlns:CS="http://calendarserver.org/ns/"`, ` xmlns:I="http://apple.com/ns/ical/"`
	rows := props("/home/", typed(`<C:calendar/>`)) +
		props("/home/full/", isCalendar+`<D:displayname> Full </D:displayname><D:sync-token> t1 </D:sync-token><CS:getctag`+cs+`>c1</CS:getctag>`+
			`<C:supported-calendar-component-set><C:comp name="VEVENT"/><C:comp name="vtodo"/></C:supported-calendar-component-set>`+
			`<C:max-resource-size>1000</C:max-resource-size><C:calendar-description>d</C:calendar-description><I:calendar-color`+ical+`>#fff</I:calendar-color>`+
			`<I:calendar-order`+ical+`>3</I:calendar-order>`+rights(may("read")+may("write-content"))) +
		props("/home/none", isCalendar+`<D:displayname>None</D:displayname><D:sync-token>None</D:sync-token><CS:getctag`+cs+`> </CS:getctag><C:supported-calendar-component-set/><C:max-resource-size>lots</C:max-resource-size>`) +
		props("/home/readonly/", isCalendar+rights(may("read"))) +
		props("/home/inbox/", typed(`<C:schedule-inbox/><C:calendar/>`)) +
		props("/home/outbox/", typed(`<C:schedule-outbox/>`)) +
		props("/home/personal/", typed(`<C:calendar/><C:schedule-outbox/>`)) +
		props("/home/notes/", typed(`<CS:notification`+cs+`/>`)) +
		props("/home/proxy/", typed(`<C:calendar/><CS:calendar-proxy-read`+cs+`/>`)) +
		props("/home/trash/", typed(`<C:calendar/><N:trash-bin xmlns:N="http://nextcloud.com/ns"/>`)) +
		props("/home/web/", typed(`<CS:subscribed`+cs+`/>`)) +
		props("/home/contact_birthdays/", isCalendar) +
		props("/home/people/", typed(`<A:addressbook xmlns:A="urn:ietf:params:xml:ns:carddav"/>`)) +
		props("https://elsewhere.example/cal/", isCalendar) +
		`<D:response><D:href>/home/no/</D:href><D:propstat><D:prop>` + isCalendar + `</D:prop><D:status>HTTP/1.1 403 Forbidden</D:status></D:propstat></D:response>`
	s, _ := site(t, map[string]string{"/ 0": props("/", homes("/home/")), "/home/ 1": rows})
	acc, err := s.remote(t).Look(t.Context(), remote.Binding{})
	if err != nil {
		t.Fatal(err)
	}
	want := []remote.Info{
		{Href: "/home/full/", Kind: "calendar", ID: "full", Name: "Full", Components: []string{"VEVENT", "VTODO"}, Token: "t1", CTag: "c1", MaxSize: 1000,
			Properties: map[string]string{"displayname": "Full", "description": "d", "color": "#fff", "order": "3"}},
		{Href: "/home/none", Kind: "calendar", ID: "none", Properties: map[string]string{}, Unread: []string{"color", "description", "order"}},
		{Href: "/home/readonly/", Kind: "calendar", ID: "readonly", ReadOnly: true, Properties: map[string]string{}, Unread: remote.PropertyNames},
		{Href: "/home/personal/", Kind: "calendar", ID: "personal", Properties: map[string]string{}, Unread: remote.PropertyNames},
		{Href: "/home/web/", Kind: "calendar", ID: "web", ReadOnly: true, Subscribed: true, Properties: map[string]string{}, Unread: remote.PropertyNames},
		{Href: "/home/contact_birthdays/", Kind: "calendar", ID: "contact_birthdays", Generated: true, Properties: map[string]string{}, Unread: remote.PropertyNames},
	}
	if diff := cmp.Diff(want, acc.Collections); diff != "" {
		t.Errorf("collections (-want +got):\n%s", diff)
	}
}

func TestP66HighestVCardVersion(t *testing.T) {
	t.Parallel()
	book := func(types string) string {
		return `<A:supported-address-data xmlns:A="urn:ietf:params:xml:ns:carddav">` + types + `</A:supported-address-data>`
	}
	for in, want := range map[string]string{
		`<A:address-data-type content-type="text/vcard" version="3.0"/><A:address-data-type version="4.0" content-type="text/vcard"/>`:             "4.0",
		`<A:address-data-type version="4.0" content-type="application/vcard+json"/><A:address-data-type content-type="text/vcard" version="3.0"/>`: "3.0",
		``: "",
	} {
		_, err := readMultistatus(strings.NewReader(open+props("/", book(in))+`</D:multistatus>`), "", func(r *row) error {
			if got := r.vcard(); got != want {
				t.Errorf("%s gives %q, want %q", in, got, want)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestP14OtherAccount: an answer of somebody else is not taken.
func TestP14OtherAccount(t *testing.T) {
	t.Parallel()
	pages := map[string]string{"/ 0": props("/", principal("/p/bob/")), "/p/bob/ 0": props("/p/bob/", homes("/home/")),
		"/home/ 1": props("/home/", principal("/p/bob/")) + props("/home/a/", isCalendar)}
	s, _ := site(t, pages)
	for name, known := range map[string]remote.Binding{
		"the home answers as another": {URL: s.URL + "/", Principal: "/p/alice/", Homes: []remote.Href{"/home/"}},
		"the home has moved":          {URL: s.URL + "/", Principal: "/p/alice/", Homes: []remote.Href{"/old/"}},
		"another URL":                 {URL: "https://old.example/", Principal: "/p/alice/", Homes: []remote.Href{"/home/"}},
		"another URL, no principal":   {URL: "https://old.example/", Homes: []remote.Href{"/home/"}},
	} {
		if acc, err := s.remote(t).Look(t.Context(), known); !errors.Is(err, remote.ErrOtherAccount) || len(acc.Collections) != 0 {
			t.Errorf("%s: %v, %d collections", name, err, len(acc.Collections))
		}
	}
	moved := remote.Binding{URL: s.URL + "/", Principal: "/p%2Fbob", Homes: []remote.Href{"/old/"}}
	moved.Principal = "/p/b%6Fb"
	if acc, err := s.remote(t).Look(t.Context(), moved); err != nil || len(acc.Collections) != 1 || acc.Binding.Homes[0] != "/home/" {
		t.Errorf("the same account at another home: %v, %+v", err, acc)
	}
}

// TestP11FailedHome: a home that does not answer leaves the others, and its own collections unknown.
func TestP11FailedHome(t *testing.T) {
	t.Parallel()
	s, _ := site(t, map[string]string{"/one/ 1": props("/one/a/", isCalendar), "/two/ 1": "=500"})
	known := remote.Binding{URL: s.URL + "/", Homes: []remote.Href{"/one/", "/two/"}}
	acc, err := s.remote(t).Look(t.Context(), known)
	if err != nil || len(acc.Collections) != 1 || acc.Failed["/two/"] == nil || acc.Failed["/one/"] != nil {
		t.Errorf("%v, %+v", err, acc)
	}
	known.Homes = []remote.Href{"/two/"}
	if _, err := s.remote(t).Look(t.Context(), known); !errors.Is(err, remote.ErrTemporary) {
		t.Errorf("no home answers: %v", err)
	}
}

// TestManyHomes: an account that names homes without end is not looked through.
func TestManyHomes(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		var all []string
		for i := range 2000 {
			all = append(all, fmt.Sprintf("/home%d/", i))
		}
		w.WriteHeader(http.StatusMultiStatus)
		fmt.Fprint(w, open+props("/", homes(all...))+`</D:multistatus>`)
	})
	_, err := s.remote(t).Look(t.Context(), remote.Binding{})
	if err == nil || s.count() > 200 {
		t.Errorf("%v after %d requests", err, s.count())
	}
}

// TestHomesOfABrokenAnswer: what stands in an answer before it breaks off is not believed.
func TestHomesOfABrokenAnswer(t *testing.T) {
	t.Parallel()
	s, asked := site(t, map[string]string{"/ 0": props("/", homes("/home/")) + `<D:response></D:oops>`, "/home/ 1": props("/home/", "")})
	acc, err := s.remote(t).Look(t.Context(), remote.Binding{})
	if err == nil || len(acc.Binding.Homes) > 0 {
		t.Errorf("%v, homes %v, asked %v", err, acc.Binding.Homes, *asked)
	}
}
