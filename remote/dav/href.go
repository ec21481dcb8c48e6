package dav

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"vgit/remote"
)

var errHref = errors.New("an address that cannot be read")

// parseAddress reads the address of the configuration. A bare host or a mail address means https and the root there.
// User info is taken out (P26).
func parseAddress(raw string, trace func(string, ...any)) (*url.URL, error) {
	s := strings.TrimSpace(raw)
	if !strings.Contains(s, "://") {
		host := s[strings.LastIndexByte(s, '@')+1:]
		s = "https://" + host
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("%w: write it as https://host/path", errHref) // the text may hold a secret: not quoted
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%s: only https and http are spoken", u.Scheme)
	}
	if u.User != nil {
		trace("user name and password are not taken from the url; use their own options")
	}
	return tidy(u), nil
}

// tidy takes out what is no part of a place on a server: user info and fragment, the default port, capitals of a host.
func tidy(u *url.URL) *url.URL {
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	u.Scheme = strings.ToLower(u.Scheme)
	u.Host = inASCII(strings.ToLower(u.Host))
	if port := u.Port(); port == "" || u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		u.Host = strings.TrimSuffix(strings.TrimSuffix(u.Host, port), ":")
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u
}

// inASCII is a host as it is asked for in the domain name system, so that two spellings of one host are one origin and one
// address to dial. What is no name of a host stays as it is.
func inASCII(host string) string {
	if !strings.ContainsFunc(host, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return host
	}
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		name, port = host[:i], host[i:]
	}
	ascii, err := idna.Lookup.ToASCII(name)
	if err != nil {
		return host
	}
	return ascii + port
}

// resolve finds the place that an href names in an answer to a request for base (P19). An href that names no place on an
// http or https server is an error.
func resolve(base *url.URL, href string) (*url.URL, error) {
	s := strings.Trim(href, " \t\r\n")
	if s == "" {
		return nil, errHref
	}
	s = strings.ReplaceAll(s, "#", "%23") // a name, since a fragment would never be sent
	if _, query, ok := strings.Cut(s, "?"); ok && !strings.Contains(query, "=") {
		s = strings.ReplaceAll(s, "?", "%3F") // a name too: Cyrus 3.6 and SOGo 5.8 leave it bare, and know it escaped only
	}
	switch {
	case isAbsolute(s):
	case strings.HasPrefix(s, "//"):
		s = base.Scheme + ":" + s
	case s[0] == '/':
		s = base.Scheme + "://" + base.Host + s
	default: // a colon in the first segment makes no scheme
		return relative(base, s)
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return nil, errHref
	}
	return tidy(u), nil
}

func isAbsolute(s string) bool {
	return len(s) >= 7 && strings.EqualFold(s[:7], "http://") || len(s) >= 8 && strings.EqualFold(s[:8], "https://")
}

func relative(base *url.URL, s string) (*url.URL, error) {
	ref, err := url.Parse("./" + s)
	if err != nil {
		return nil, errHref
	}
	return tidy(withSlash(base).ResolveReference(ref)), nil
}

// withSlash is u as a collection: its path ends with a slash.
func withSlash(u *url.URL) *url.URL {
	if strings.HasSuffix(u.Path, "/") {
		return u
	}
	v := *u
	v.Path += "/"
	if v.RawPath != "" {
		v.RawPath += "/"
	}
	return &v
}

// origin is scheme, host and port: what may see credentials (S20).
func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

// samePlace compares two places segment by segment, decoded (P20). A final slash makes no difference.
func samePlace(a, b *url.URL) bool { return placeKey(a) == placeKey(b) }

func placeKey(u *url.URL) string {
	segments := strings.Split(strings.TrimSuffix(u.EscapedPath(), "/"), "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(decodeSegment(s))
	}
	key := origin(u) + strings.Join(segments, "/")
	if u.RawQuery != "" {
		key += "?" + u.RawQuery
	}
	return key
}

func decodeSegment(s string) string {
	if d, err := url.PathUnescape(s); err == nil {
		return d
	}
	return s
}

// lastSegment is the decoded name of a collection.
func lastSegment(u *url.URL) string {
	p := strings.TrimSuffix(u.EscapedPath(), "/")
	return decodeSegment(p[strings.LastIndexByte(p, '/')+1:])
}

// relation is what an href is to the collection that listed it (P22).
type relation int

const (
	elsewhere   relation = iota // deeper, outside: no item
	unreadable                  // cannot be read as a place
	otherOrigin                 // on another server
	self                        // the collection
	child                       // an item: exactly one segment below
)

// relate says what href is to the collection at base, and the decoded name of a child, by which spellings are compared.
func relate(base *url.URL, href string) (relation, string) {
	if name, ok := strings.CutPrefix(href, base.EscapedPath()); ok && isSegment(name) {
		return child, decodeSegment(name) // the usual case, for speed
	}
	u, err := resolve(base, href)
	if err != nil {
		return unreadable, ""
	}
	if origin(u) != origin(base) {
		return otherOrigin, ""
	}
	if samePlace(u, base) {
		return self, ""
	}
	dir := strings.Split(strings.TrimSuffix(base.EscapedPath(), "/"), "/")
	segments := strings.Split(u.EscapedPath(), "/")
	if len(segments) != len(dir)+1 {
		return elsewhere, ""
	}
	for i := range dir {
		if decodeSegment(dir[i]) != decodeSegment(segments[i]) {
			return elsewhere, ""
		}
	}
	name := decodeSegment(segments[len(dir)])
	if name == "" || name == "." || name == ".." {
		return elsewhere, ""
	}
	if u.RawQuery != "" {
		name += "?" + u.RawQuery
	}
	return child, name
}

// isSegment tells that what follows the path of a collection is one segment that nothing else can be meant by: printable ASCII
// with sound escapes, without what separates, and no dot segment.
func isSegment(s string) bool {
	dots, escaped := true, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '.':
		case c == '/', c == '?', c == '#', c == '\\', c <= ' ', c >= 0x7f:
			return false
		default:
			dots, escaped = false, escaped || c == '%'
		}
	}
	if dots || !escaped {
		return !dots
	}
	d, err := url.PathUnescape(s)
	return err == nil && d != "." && d != ".."
}

// spelling is the href to give out for a resource that base listed as href: as it came, unless it needs the place of the
// request to be understood, or is on another server than home, the configured one.
func spelling(home, base *url.URL, href string) remote.Href {
	s := strings.Trim(href, " \t\r\n")
	if isAbsolute(s) {
		u, err := resolve(base, s)
		if err != nil || origin(u) != origin(home) {
			return remote.Href(s)
		}
		after := s[strings.Index(s, "//")+2:]
		if i := strings.IndexByte(after, '/'); i >= 0 {
			return remote.Href(after[i:]) // one spelling for one place, whether or not the server names itself
		}
		return "/"
	}
	if strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") {
		if origin(home) == origin(base) {
			return remote.Href(s)
		}
		return remote.Href(origin(base) + s)
	}
	u, err := resolve(base, s)
	if err != nil {
		return remote.Href(s)
	}
	if origin(u) == origin(home) {
		return remote.Href(u.RequestURI())
	}
	return remote.Href(u.String())
}

// isLoopback tells that a host is this very machine (P98).
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// isKin tells that b may be taken for a part of the site of a without asking: both https on one port, below one
// registrable domain (P2), such as the partition hosts of iCloud.
func isKin(a, b *url.URL) bool {
	return a.Scheme == "https" && b.Scheme == "https" && a.Port() == b.Port() && isSite(a.Hostname(), b.Hostname())
}

// isSite tells that two names are below one registrable domain.
func isSite(a, b string) bool {
	if net.ParseIP(a) != nil || net.ParseIP(b) != nil {
		return false
	}
	da, err := publicsuffix.EffectiveTLDPlusOne(a)
	if err != nil {
		return false
	}
	db, err := publicsuffix.EffectiveTLDPlusOne(b)
	return err == nil && da == db
}
