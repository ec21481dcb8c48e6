//go:build servers

package realtest_test

import (
	"fmt"
	"html"
	"strings"
)

// propertyQuestions are what becomes of the properties of a collection: set, set to another value, and removed. A status stands there
// where it is no success; "kept" or what is shown in its place.
var propertyQuestions = []question{
	{"displayname of a calendar", func(p *prober) string { return p.property(p.s.Calendar, "DAV:", "displayname", "Grüße", "Zweite") }},
	{"calendar-description", func(p *prober) string {
		return p.property(p.s.Calendar, "urn:ietf:params:xml:ns:caldav", "calendar-description", "one line", "another")
	}},
	{"calendar-color without an alpha", func(p *prober) string {
		return p.property(p.s.Calendar, "http://apple.com/ns/ical/", "calendar-color", "#12ab34", "#ab1234")
	}},
	{"… with one", func(p *prober) string {
		return p.property(p.s.Calendar, "http://apple.com/ns/ical/", "calendar-color", "#12AB34FF", "#AB123480")
	}},
	{"calendar-order", func(p *prober) string {
		return p.property(p.s.Calendar, "http://apple.com/ns/ical/", "calendar-order", "7", "12")
	}},
	{"displayname of an address book", func(p *prober) string { return p.property(p.s.Contacts, "DAV:", "displayname", "Grüße", "Zweite") }},
	{"addressbook-description", func(p *prober) string {
		return p.property(p.s.Contacts, "urn:ietf:params:xml:ns:carddav", "addressbook-description", "one line", "another")
	}},
	{"addressbook-color", func(p *prober) string {
		return p.property(p.s.Contacts, "http://inf-it.com/ns/ab/", "addressbook-color", "#12ab34", "#ab1234")
	}},
	{"a property that is set moves the token", func(p *prober) string {
		token, ctag := p.state()
		p.patch(p.s.Calendar, "set", "DAV:", "displayname", "Third")
		now, ctagNow := p.state()
		return fmt.Sprintf("%s, ctag: %s", yes(token != now), yes(ctag != ctagNow))
	}},
}

// property sets a property twice and removes it. What is not kept is not removed either.
func (p *prober) property(coll, space, name string, values ...string) string {
	var said []string
	for _, value := range values {
		r := p.patch(coll, "set", space, name, value)
		switch shown := p.shown(coll, space, name); {
		case shown == value:
			said = append(said, "kept")
		case r.String() != "207":
			said = append(said, r.String())
		case shown == "":
			said = append(said, "not kept")
		default:
			said = append(said, "is "+shown)
		}
	}
	if said[0] == said[1] {
		said = said[:1]
	}
	if said[0] != "kept" {
		return said[0]
	}
	removed := "removed"
	r := p.patch(coll, "remove", space, name, "")
	if shown := p.shown(coll, space, name); shown != "" {
		removed = "stays"
		if r.String() != "207" {
			removed += " (" + strings.TrimSuffix(strings.TrimPrefix(r.String(), "207 ("), ")") + ")"
		}
	}
	return strings.Join(append(said, removed), ", ")
}

func (p *prober) patch(coll, how, space, name, value string) reply {
	r, _ := p.xml("PROPPATCH", coll, "0", `<propertyupdate xmlns="DAV:"><`+how+`><prop><X:`+name+` xmlns:X="`+space+`">`+html.EscapeString(value)+
		`</X:`+name+`></prop></`+how+`></propertyupdate>`)
	return r
}

// shown is the value of a property, "" if there is none.
func (p *prober) shown(coll, space, name string) string {
	_, rows := p.xml("PROPFIND", coll, "0", `<propfind xmlns="DAV:"><prop><X:`+name+` xmlns:X="`+space+`"/></prop></propfind>`)
	for _, row := range rows {
		for _, s := range row.Stats {
			if strings.Contains(s.Status, "200") {
				return strings.TrimSpace(s.Prop.Any.Text)
			}
		}
	}
	return ""
}
