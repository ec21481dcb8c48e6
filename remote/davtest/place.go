package davtest

import (
	"net/http"
	"net/url"
	"strings"
)

// Kind says what a collection holds.
type Kind int

const (
	// Calendar holds events, tasks and journals.
	Calendar Kind = iota
	// AddressBook holds cards.
	AddressBook
)

// spot is what kind of resource a URL leads to.
type spot int

const (
	nowhere spot = iota
	root
	principal
	home
	collection // also one that is not there (yet): place.coll is nil
	member     // also one that is not there
)

// place is where a URL leads to.
type place struct {
	kind    spot
	account *account
	sort    Kind // of home, collection and member
	id      string
	coll    *Collection // nil where there is none
	name    string      // decoded; may hold a slash
	slash   bool
}

// split decodes a path segment by segment, so that an escaped slash stays inside its segment.
func split(path string) (segments []string, slash, ok bool) {
	slash = strings.HasSuffix(path, "/")
	path = strings.Trim(path, "/")
	if path == "" {
		return nil, true, true
	}
	for _, part := range strings.Split(path, "/") {
		s, err := url.PathUnescape(part)
		if err != nil || s == "" || s == "." || s == ".." {
			return nil, slash, false
		}
		segments = append(segments, s)
	}
	return segments, slash, true
}

// resolve finds what an escaped path names.
func (s *Server) resolve(b *behaviour, path string) place {
	path, ok := strings.CutPrefix(path, b.prefix)
	if !ok {
		return place{}
	}
	segments, slash, ok := split(path)
	if !ok {
		return place{}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	p := place{slash: slash}
	if len(segments) == 0 {
		p.kind = root
		return p
	}
	if segments[0] == "principals" {
		if len(segments) == 2 && !b.on[NoPrincipal] {
			p.kind, p.account = principal, s.accounts[segments[1]]
		}
		return p.orNowhere()
	}
	if !b.mixed {
		switch segments[0] {
		case "calendars":
			p.sort = Calendar
		case "contacts":
			p.sort = AddressBook
		default:
			return place{}
		}
		segments = segments[1:]
	}
	return s.below(p, b.mixed, segments)
}

// below resolves USER[/ID[/NAME]]. The caller holds the lock.
func (s *Server) below(p place, mixed bool, segments []string) place {
	if len(segments) == 0 || len(segments) > 3 {
		return place{}
	}
	p.kind, p.account = home, s.accounts[segments[0]]
	if p.account == nil {
		return place{}
	}
	if len(segments) > 1 {
		p.kind, p.id = collection, segments[1]
		if mixed {
			p.coll = p.account.find(p.id)
		} else {
			p.coll = p.account.homes[p.sort][p.id]
		}
		if p.coll != nil {
			p.sort = p.coll.kind
		}
	}
	if len(segments) > 2 {
		p.kind, p.name = member, segments[2]
	}
	return p
}

func (p place) orNowhere() place {
	if p.account == nil {
		return place{}
	}
	return p
}

// homePath is the path of a user's home for one kind of collection.
func (b *behaviour) homePath(user string, kind Kind) string {
	if b.mixed {
		return b.prefix + "/" + url.PathEscape(user) + "/"
	}
	return b.prefix + [...]string{"/calendars/", "/contacts/"}[kind] + url.PathEscape(user) + "/"
}

func (b *behaviour) principalPath(user string) string {
	return b.prefix + "/principals/" + url.PathEscape(user) + "/"
}

// path is the escaped path of the place in the server's own spelling.
func (p place) path(b *behaviour) string {
	switch p.kind {
	case principal:
		return b.principalPath(p.account.name)
	case home:
		return b.homePath(p.account.name, p.sort)
	case collection:
		return b.homePath(p.account.name, p.sort) + url.PathEscape(p.id) + "/"
	case member:
		return b.homePath(p.account.name, p.sort) + url.PathEscape(p.id) + "/" + url.PathEscape(p.name)
	}
	return b.prefix + "/"
}

// href is a path as it is written into answers: spelled as the options say, and escaped for XML.
func (x *exchange) href(path string) string {
	return xmlText(x.plainHref(path))
}

// plainHref is href without escaping for XML, for headers.
func (x *exchange) plainHref(path string) string {
	if x.b.spell != nil {
		path = x.b.spell(path)
	}
	if x.is(AbsoluteHrefs) {
		scheme := "http"
		if x.r.TLS != nil {
			scheme = "https"
		}
		path = scheme + "://" + x.r.Host + path
	}
	return path
}

// spelledRight tells whether the path of the request is the very spelling that the server would use.
func (x *exchange) spelledRight(path string) bool {
	own := x.at.path(x.b)
	if x.b.spell != nil {
		own = x.b.spell(own)
	}
	return x.at.kind != member || path == own
}

// locate resolves an href out of a request body or a Destination header. Hrefs of other hosts lead nowhere.
func (x *exchange) locate(href string) place {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil || u.Host != "" && u.Host != x.r.Host {
		return place{}
	}
	base := &url.URL{Scheme: "http", Host: x.r.Host, Path: x.r.URL.Path, RawPath: x.r.URL.RawPath}
	path := base.ResolveReference(u).EscapedPath()
	p := x.s.resolve(x.b, path)
	if x.is(OneSpelling) && p.kind == member {
		own := p.path(x.b)
		if x.b.spell != nil {
			own = x.b.spell(own)
		}
		if own != path {
			return place{}
		}
	}
	return p
}

// isWrite tells whether a method is meant to change something.
func isWrite(method string) bool {
	switch method {
	case http.MethodPut, http.MethodDelete, http.MethodPost, http.MethodPatch, "PROPPATCH", "MKCOL", "MKCALENDAR", "MOVE", "COPY":
		return true
	}
	return false
}
