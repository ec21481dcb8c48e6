package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// Address is where an account is: a URL, or a host whose records say it.
type Address struct {
	URL  *url.URL // http or https, without user info and fragment; nil: look Host up
	Host string   // the domain to look up by SRV and TXT, when URL is nil
	Mail string   // the mail address that was given, if it was one
}

// String shows the address. It holds no secret.
func (a Address) String() string {
	switch {
	case a.URL != nil:
		return shownURL(a.URL)
	case a.Mail != "":
		return a.Mail
	}
	return a.Host
}

// shownURL is u without user info and without what a login leaves in a query.
func shownURL(u *url.URL) string {
	shown := *u
	shown.User = nil
	if q := shown.Query(); q.Has("code") {
		q.Set("code", hidden)
		shown.RawQuery = strings.ReplaceAll(q.Encode(), url.QueryEscape(hidden), hidden)
	}
	return shown.String()
}

// parseAddress reads the url of a remote. what says what is wrong, without the text itself, which may hold a password; cut tells that user
// info was taken out.
func parseAddress(s string) (a Address, cut bool, what string) {
	const forms = "expected an address like https://cloud.example.org/, a host name or a mail address"
	if strings.ContainsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }) {
		return a, false, "holds a blank or a control character"
	}
	if !strings.Contains(s, "://") {
		local, host, isMail := strings.Cut(s, "@")
		switch {
		case isMail && local != "" && isHost(host) && !strings.ContainsAny(local, "/:"):
			return Address{Host: strings.ToLower(host), Mail: s}, false, ""
		case !isMail && isHost(s):
			return Address{Host: strings.ToLower(s)}, false, ""
		case !isMail && strings.ContainsAny(s, "/:") && isHost(s[:strings.IndexAny(s, "/:")]):
			return a, false, "begins with no scheme; write https:// before it"
		}
		return a, false, forms
	}
	u, err := url.Parse(s)
	if err != nil {
		return a, false, forms
	}
	u.Scheme = strings.ToLower(u.Scheme)
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return a, false, "only https:// and http:// are spoken"
	case u.Hostname() == "" || !validPort(u):
		return a, false, forms
	}
	cut = u.User != nil
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	if u.Path == "" {
		u.Path = "/"
	}
	return Address{URL: u}, cut, ""
}

// validPort tells whether the port of u, if any, is one.
func validPort(u *url.URL) bool {
	if _, err := net.LookupPort("tcp", "0"+u.Port()); err != nil {
		return false
	}
	return !strings.HasSuffix(u.Host, ":")
}

// isHost tells whether s looks like the name of a host.
func isHost(s string) bool {
	for _, label := range strings.Split(s, ".") {
		if label == "" || label[0] == '-' || strings.HasSuffix(label, "-") {
			return false
		}
		if strings.ContainsFunc(label, func(c rune) bool { return c != '-' && !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
			return false
		}
	}
	return len(s) <= 253
}

// isHere tells whether a host is this very machine (P98).
func isHere(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// checkWay tells what is wrong with the way to an address: speaking http to another machine (S17), a login over it (P98), or a
// socket that leads to no certain host.
func checkWay(a Address, socket string, insecure, login bool, auth Auth) string {
	switch {
	case socket != "" && a.URL == nil:
		return `with a socket the address begins with http:// or https://, such as "http://localhost/"`
	case socket != "" || a.URL == nil || a.URL.Scheme != "http" || isHere(a.URL.Hostname()):
		return ""
	case !insecure:
		return "http:// to another machine can be read on the way; use https://, or set insecure_http = true"
	case login && auth == AuthAuto:
		return `a password over http:// needs auth = "basic", "digest" or "bearer" beside insecure_http = true`
	}
	return ""
}

// address reads the url of a remote.
type address struct{}

func (address) read(r *reader, at place, n *node) (any, bool) {
	got, ok := public.read(r, at, n)
	if !ok {
		return nil, false
	}
	s, inFile := got.(Value).plain()
	if !inFile {
		return got, true
	}
	if strings.HasPrefix(s, "webcal") {
		return got, true // plainHTTP knows the type, and whether it takes this
	}
	a, cut, what := parseAddress(s)
	if what != "" && s != "" {
		r.fail(n.line, at.full, "%q: %s", at.name, what)
		return nil, false
	}
	if s == "" {
		return Value{}, true
	}
	if cut {
		r.warn(n.line, "%q: the user name in the address is not used; write username and password as keys of their own", at.name)
	}
	if a.URL != nil {
		s = a.URL.String()
	}
	return Value{&origin{key: at.full, text: NewSecret(s)}}, true
}

// origins is a list of scheme://host[:port].
type origins struct{}

func (origins) read(r *reader, at place, n *node) (any, bool) {
	got, ok := words{}.read(r, at, n)
	if !ok {
		return nil, false
	}
	all := []string{}
	for i, s := range got.([]string) {
		origin, what := parseOrigin(s)
		if what != "" {
			r.fail(n.items[i].line, at.full, "%q: %s", at.name, what)
			ok = false
		} else if !slices.Contains(all, origin) {
			all = append(all, origin)
		}
	}
	return all, ok
}

// parseOrigin brings an origin into the form in which origins are compared.
func parseOrigin(s string) (origin, what string) {
	a, cut, what := parseAddress(s)
	if what != "" || a.URL == nil || cut || a.URL.Path != "/" || a.URL.RawQuery != "" {
		return "", `expected scheme, host and port only, like "https://dav.example.org:8443"`
	}
	return originOf(a.URL), ""
}

// originOf is scheme://host[:port] in lower case without the default port.
func originOf(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" || u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		return u.Scheme + "://" + host
	}
	return fmt.Sprintf("%s://%s:%s", u.Scheme, host, port)
}
