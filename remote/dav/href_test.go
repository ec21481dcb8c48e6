package dav

import (
	"net/url"
	"strings"
	"testing"

	"vgit/remote"
)

func at(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return tidy(u)
}

func TestHrefsOfAnAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, base, href string
		rel              relation
		child            string
	}{
		{"P19 absolute path", "https://h/cal/", "/cal/a.ics", child, "a.ics"},
		{"P19 absolute URI", "https://h/cal/", "https://h/cal/a.ics", child, "a.ics"},
		{"P19 relative", "https://h/cal/", "a.ics", child, "a.ics"},
		{"P19 relative to a collection without slash", "https://h/cal", "a.ics", child, "a.ics"},
		{"P19 a colon is no scheme", "https://h/cal/", "a:b.ics", child, "a:b.ics"},
		{"P19 a colon after mailto", "https://h/cal/", "mailto:x", child, "mailto:x"},
		{"P19 blanks around", "https://h/cal/", "\n /cal/a.ics\t", child, "a.ics"},
		{"P19 dots in a relative one", "https://h/x/cal/", "../cal/a.ics", child, "a.ics"},
		{"P20 escapes, any case", "https://h/cal/", "/c%61l/a%c3%BC%40.ics", child, "aü@.ics"},
		{"P20 raw bytes", "https://h/cal/", "/cal/aü @.ics", child, "aü @.ics"},
		{"P20 escapes in the base", "https://h/a%40b/cal/", "/a@b/cal/x.ics", child, "x.ics"},
		{"P20 an escaped slash is no border", "https://h/cal/", "/cal/a%2Fb.ics", child, "a/b.ics"},
		{"P20 host in capitals, default port", "https://h/cal/", "HTTPS://H:443/cal/a.ics", child, "a.ics"},
		{"P20 a hash belongs to the name", "https://h/cal/", "/cal/a#b.ics", child, "a#b.ics"},
		{"P20 a question mark before no value belongs to the name", "https://h/cal/", "/cal/a?b.ics", child, "a?b.ics"},
		{"P20 a question mark in a relative one", "https://h/cal/", "a?b.ics", child, "a?b.ics"},
		{"P26 user info is dropped", "https://h/cal/", "https://u:p@h/cal/a.ics", child, "a.ics"},
		{"P26 a query stays", "https://h/cal/", "/cal/a?b=c", child, "a?b=c"},
		{"P21 a broken escape", "https://h/cal/", "/cal/%zz", unreadable, ""},
		{"P21 empty", "https://h/cal/", " ", unreadable, ""},
		{"P21 a broken host", "https://h/cal/", "https://[::1/cal/a", unreadable, ""},
		{"P21 a control character", "https://h/cal/", "/cal/a\x01b", unreadable, ""},
		{"P22 the collection", "https://h/cal/", "/cal/", self, ""},
		{"P22 the collection without slash", "https://h/cal/", "/cal", self, ""},
		{"P22 deeper", "https://h/cal/", "/cal/sub/a.ics", elsewhere, ""},
		{"P22 a collection below", "https://h/cal/", "/cal/sub/", elsewhere, ""},
		{"P22 outside", "https://h/cal/", "/other/a.ics", elsewhere, ""},
		{"P22 a neighbour with a longer name", "https://h/cal/", "/calendar", elsewhere, ""},
		{"P22 dot", "https://h/cal/", "/cal/.", elsewhere, ""},
		{"P22 dots, escaped", "https://h/cal/", "/cal/%2e%2E", elsewhere, ""},
		{"P22 dots in between", "https://h/cal/", "/cal/../a.ics", elsewhere, ""},
		{"P22 two slashes", "https://h/cal/", "/cal//", elsewhere, ""},
		{"P22 another origin", "https://h/cal/", "https://evil/cal/a.ics", otherOrigin, ""},
		{"P22 another port", "https://h/cal/", "https://h:444/cal/a.ics", otherOrigin, ""},
		{"P22 another scheme", "https://h/cal/", "http://h/cal/a.ics", otherOrigin, ""},
		{"P22 an address without scheme", "https://h/cal/", "//evil/cal/a.ics", otherOrigin, ""},
		{"at the root", "https://h/", "/a.ics", child, "a.ics"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rel, name := relate(withSlash(at(t, tt.base)), tt.href)
			if rel != tt.rel || name != tt.child {
				t.Errorf("%q in %s: %v %q, want %v %q", tt.href, tt.base, rel, name, tt.rel, tt.child)
			}
		})
	}
}

// TestP20SentAsReceived: what goes out for an href is what came in, escape by escape.
func TestP20SentAsReceived(t *testing.T) {
	t.Parallel()
	base := at(t, "https://h/cal/")
	for _, href := range []string{"/cal/a%2Fb%40c%20d/", "/cal/%c3%bc.ics", "/cal/%C3%BC.ics", "/cal/a@b.ics", "/cal/a%40b.ics", "/cal/a+b.ics", "/cal/(a)!*~$'.ics", "/cal/a;b,c=d&e.ics", "/cal/a?x=%2f"} {
		u, err := resolve(base, href)
		if err != nil || u.RequestURI() != href {
			t.Errorf("%q is sent as %q, %v", href, u.RequestURI(), err)
		}
	}
}

func TestP20OneSpellingForOnePlace(t *testing.T) {
	t.Parallel()
	home := at(t, "https://h/dav/")
	for _, tt := range []struct {
		base, href string
		want       remote.Href
	}{
		{"https://h/cal/", "/cal/%61.ics", "/cal/%61.ics"},
		{"https://h/cal/", "a.ics", "/cal/a.ics"},
		{"https://h/cal/", "https://h:443/cal/%61.ics", "/cal/%61.ics"},
		{"https://p1.h/cal/", "/cal/a.ics", "https://p1.h/cal/a.ics"},
		{"https://p1.h/cal/", "a.ics", "https://p1.h/cal/a.ics"},
		{"https://p1.h/cal/", "https://p1.h:443/cal/a.ics", "https://p1.h:443/cal/a.ics"},
	} {
		if got := spelling(home, at(t, tt.base), tt.href); got != tt.want {
			t.Errorf("%q in %s: %q, want %q", tt.href, tt.base, got, tt.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://example.org/dav/": "https://example.org/dav/",
		"HTTPS://Example.ORG":      "https://example.org/",
		"example.org":              "https://example.org/",
		"ada@example.org":          "https://example.org/",
		"https://u:p@h/x?y=z":      "https://h/x?y=z",
		"http://h:80/":             "http://h/",
		"ftp://h/":                 "",
		"https://":                 "",
		"file:///etc/passwd":       "",
		"https://u:secret@[/":      "",
	} {
		u, err := parseAddress(in, func(string, ...any) {})
		switch {
		case want == "" && err == nil:
			t.Errorf("%q is taken as %s", in, u)
		case want == "" && strings.Contains(err.Error(), "secret"):
			t.Errorf("the error shows the secret: %v", err)
		case want != "" && (err != nil || u.String() != want):
			t.Errorf("%q: %v, %v, want %s", in, u, err, want)
		}
	}
}

// TestP2Kin: what may be taken for a part of the configured site without asking.
func TestP2Kin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"https://caldav.icloud.com/", "https://p42-caldav.icloud.com:443/", true},
		{"https://example.org/", "https://dav.example.org/", true},
		{"https://a.example.co.uk/", "https://b.example.co.uk/", true},
		{"https://example.org/", "https://example.com/", false},
		{"https://a.co.uk/", "https://b.co.uk/", false},
		{"https://a.github.io/", "https://b.github.io/", false},
		{"https://example.org/", "http://example.org/", false},
		{"https://example.org/", "https://example.org:8443/", false},
		{"https://192.0.2.1/", "https://192.0.2.2/", false},
		{"https://localhost/", "https://localhost:1/", false},
		{"https://example.org/", "https://10.0.0.1/", false},
	} {
		if got := isKin(at(t, tt.a), at(t, tt.b)); got != tt.want {
			t.Errorf("%s and %s: %v", tt.a, tt.b, got)
		}
	}
}

// TestSegmentsAreReadAlike: the quick way to the name of an item finds what the thorough one does.
func TestSegmentsAreReadAlike(t *testing.T) {
	t.Parallel()
	base, err := url.Parse("https://h/dav/c/")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"a.ics", "a@b.ics", "a%40b.ics", "a%2Fb.ics", "%2e", "%2E%2e", ".", "..", "...", "a:b", "%", "%zz", "a%00b", "a b",
		"a;b,c", "a+b", "%41.ics", "a&b=c", "a\\b", "a\tb", "\u00fc", "%c3%bc", "a?b", "a?b=c", "a#b", "a/b", "a/", ""} {
		quick, name := relate(base, "/dav/c/"+s)
		thorough, same := relate(base, "HTTPS://h/dav/c/"+s)
		if quick != thorough || name != same {
			t.Errorf("%q is %v %q and %v %q", s, quick, name, thorough, same)
		}
	}
}
