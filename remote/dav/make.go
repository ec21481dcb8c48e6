package dav

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"vgit/remote"
)

var _ remote.Maker = (*Remote)(nil)

// Make makes a collection. See remote.Maker. It is asked for in the ways that a server may know, one after the other, and in one home
// after the other: only after a plain no, and never at a place where something is (P92).
func (r *Remote) Make(ctx context.Context, b remote.Binding, c remote.NewCollection) (remote.Href, error) {
	if r.bad != nil {
		return "", r.bad
	}
	href, err := r.make(ctx, b, c)
	return href, r.http.secrets.safe(err)
}

func (r *Remote) make(ctx context.Context, b remote.Binding, c remote.NewCollection) (remote.Href, error) {
	r.recall(b.Learned)
	if r.Learned()[learnedHome] == "collection" {
		return "", &remote.Refused{Text: "the configured url is one collection, and no place for others"}
	}
	var first error
	for _, home := range b.Homes {
		at, err := resolve(r.base, string(home))
		if err != nil {
			return "", fmt.Errorf("%q: %w", r.http.secrets.short(string(home)), err)
		}
		href, err := r.makeIn(ctx, withSlash(at), c)
		if err == nil || !isPlainNo(err) || errors.Is(err, remote.ErrExists) {
			return href, err
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		first = &remote.Refused{Text: "the account names no place for collections"}
	}
	return "", first
}

// isPlainNo tells that a server answered, and did nothing.
func isPlainNo(err error) bool {
	var no *remote.Refused
	return errors.As(err, &no) || errors.Is(err, remote.ErrGone) || errors.Is(err, remote.ErrChanged) || status(err) == http.StatusNotImplemented
}

// makeIn tries one home. After the first no it looks whether that was for something that is there already, which each server says in its
// own way: 405, 409, 403, or 207 with one of them inside.
func (r *Remote) makeIn(ctx context.Context, home *url.URL, c remote.NewCollection) (remote.Href, error) {
	u := *home
	u.RawPath = home.EscapedPath() + url.PathEscape(c.ID) + "/"
	u.Path += c.ID + "/"
	at, _ := r.Open(remote.Info{Href: r.href(home)}).(*collection)
	var first error
	for _, way := range r.ways(c) {
		a, err := at.send(ctx, call{method: way.method, url: &u, body: way.body, mime: "application/xml; charset=utf-8", write: true, header: http.Header{}})
		if err == nil {
			return r.made(home, &u, a), nil
		}
		if !isPlainNo(err) {
			return "", err
		}
		if first != nil {
			continue
		}
		first = err
		switch there, bad := r.isThere(ctx, &u); {
		case bad != nil:
			return "", bad
		case there:
			return r.hrefOf(home, &u), fmt.Errorf("%s: %w", shown(&u), remote.ErrExists)
		}
		if no, ok := asFailure(err); ok && strings.HasSuffix(no.condition, "collection-location-ok") {
			break
		}
	}
	return "", first
}

// isThere looks at an address. A no to the question is no proof of anything, and no reason to go on.
func (r *Remote) isThere(ctx context.Context, u *url.URL) (bool, error) {
	rows := 0
	_, err := r.http.multistatus(ctx, call{method: "PROPFIND", url: u, depth: "0", body: propfindBody([]property{resourceType})},
		func(*url.URL) { rows = 0 }, func(row *row) error {
			if row.status/100 <= 2 {
				rows++
			}
			return nil
		})
	switch status(err) {
	case 403, 404, 405, 410:
		return false, nil
	}
	return rows > 0, err
}

// made is where a new collection is: where its answer says, if that is below the home, else where it was asked for (P25).
func (r *Remote) made(home, asked *url.URL, a *written) remote.Href {
	if place := a.header.Get("Location"); place != "" {
		if u, err := resolve(asked, place); err == nil && !samePlace(u, home) {
			if rel, _ := relate(home, strings.TrimSuffix(u.String(), "/")); rel == child {
				return r.hrefOf(home, withSlash(u))
			}
		}
	}
	return r.hrefOf(home, asked)
}

func (r *Remote) hrefOf(home, u *url.URL) remote.Href { return spelling(r.base, home, u.EscapedPath()) }

// way is one request that may make a collection.
type way struct {
	method string
	body   []byte
}

// allComponents is what a calendar may hold (T29): asked for where nobody knows yet what it will.
var allComponents = []string{"VEVENT", "VTODO", "VJOURNAL"}

// ways are the requests to try, best first: with all that is wished for, by MKCALENDAR (RFC 4791 5.3.1) and by extended MKCOL (RFC 5689),
// then with fewer properties, and where it is left to the server, with fewer components.
func (r *Remote) ways(c remote.NewCollection) []way {
	all, named := r.toSet(c.Properties), r.toSet(map[string]string{"displayname": c.Properties["displayname"]})
	if r.o.Kind == remote.Contacts {
		book := valueXML{XMLName: propertyNames[resourceType], Inner: []valueXML{{XMLName: nameCollection}, {XMLName: xml.Name{Space: nsCardDAV, Local: "addressbook"}}}}
		ways := []way{{"MKCOL", makeBody(nameMkcol, append(all, book))}}
		if len(all) > len(named) {
			ways = append(ways, way{"MKCOL", makeBody(nameMkcol, append(named, book))})
		}
		return ways
	}
	components := c.Components
	if len(components) == 0 {
		components = allComponents
	}
	calendar := valueXML{XMLName: propertyNames[resourceType], Inner: []valueXML{{XMLName: nameCollection}, {XMLName: xml.Name{Space: nsCalDAV, Local: "calendar"}}}}
	ways := []way{{"MKCALENDAR", makeBody(nameMkcalendar, append(all, takes(components)))}, {"MKCOL", makeBody(nameMkcol, append(all, takes(components), calendar))}}
	if len(all) > len(named) {
		ways = append(ways, way{"MKCALENDAR", makeBody(nameMkcalendar, append(named, takes(components)))})
	}
	if len(c.Components) == 0 {
		for n := len(allComponents) - 1; n > 0; n-- {
			ways = append(ways, way{"MKCALENDAR", makeBody(nameMkcalendar, append(named, takes(allComponents[:n])))})
		}
	}
	return ways
}

// toSet are the properties that a user can set (P93), without those that are blank or that the kind does not have.
func (r *Remote) toSet(values map[string]string) []valueXML {
	var set []valueXML
	for _, name := range remote.PropertyNames {
		if p, ok := settable[r.o.Kind][name]; ok && values[name] != "" {
			set = append(set, valueXML{XMLName: propertyNames[p], Text: values[name]})
		}
	}
	return slices.Clip(set)
}

func takes(components []string) valueXML {
	v := valueXML{XMLName: propertyNames[componentSet]}
	for _, name := range components {
		v.Inner = append(v.Inner, valueXML{XMLName: xml.Name{Space: nsCalDAV, Local: "comp"}, Name: name})
	}
	return v
}

// The request documents: RFC 4791 5.3.1 and RFC 5689 5.1.
type (
	makeXML struct {
		XMLName xml.Name // mkcalendar or mkcol
		Set     setXML
	}
	setXML struct {
		XMLName xml.Name `xml:"DAV: set"`
		Prop    struct {
			XMLName xml.Name `xml:"DAV: prop"`
			Values  []valueXML
		}
	}
	valueXML struct {
		XMLName xml.Name
		Name    string `xml:"name,attr,omitempty"`
		Text    string `xml:",chardata"`
		Inner   []valueXML
	}
)

var (
	nameMkcalendar = xml.Name{Space: nsCalDAV, Local: "mkcalendar"}
	nameMkcol      = xml.Name{Space: nsDAV, Local: "mkcol"}
	nameCollection = xml.Name{Space: nsDAV, Local: "collection"}
)

func makeBody(name xml.Name, values []valueXML) []byte {
	doc := makeXML{XMLName: name}
	doc.Set.Prop.Values = values
	return document(doc)
}
