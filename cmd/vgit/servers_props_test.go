//go:build servers

package main_test

import (
	"encoding/xml"
	"html"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"vgit/remote/realtest"
)

// propertyNamed is where the protocol has a property of the collection.
func (r *rig) propertyNamed(name string) xml.Name {
	spaces := map[string]string{"displayname": "DAV:", "calendar-color": "http://apple.com/ns/ical/", "addressbook-color": "http://inf-it.com/ns/ab/",
		"calendar-description": "urn:ietf:params:xml:ns:caldav", "addressbook-description": "urn:ietf:params:xml:ns:carddav"}
	if name != "displayname" {
		name = map[string]string{"calendar": "calendar-", "contacts": "addressbook-"}[r.kind] + name
	}
	return xml.Name{Space: spaces[name], Local: name}
}

// phoneSet sets a property of the collection, and phoneShows tells what it is.
func (r *rig) phoneSet(name, value string) {
	r.t.Helper()
	n := r.propertyNamed(name)
	body := `<propertyupdate xmlns="DAV:"><set><prop><x:` + n.Local + ` xmlns:x="` + n.Space + `">` + html.EscapeString(value) + `</x:` + n.Local + `></prop></set></propertyupdate>`
	if status, answer := r.ask("PROPPATCH", r.path, []byte(body), http.Header{"Content-Type": {"application/xml"}}); status != http.StatusMultiStatus {
		r.t.Fatalf("PROPPATCH of %s: %d %s", name, status, answer)
	}
}

func (r *rig) phoneShows(name string) string {
	r.t.Helper()
	n := r.propertyNamed(name)
	body := `<propfind xmlns="DAV:"><prop><x:` + n.Local + ` xmlns:x="` + n.Space + `"/></prop></propfind>`
	_, answer := r.ask("PROPFIND", r.path, []byte(body), http.Header{"Content-Type": {"application/xml"}, "Depth": {"0"}})
	d := xml.NewDecoder(strings.NewReader(string(answer)))
	for {
		token, err := d.Token()
		if err != nil {
			return ""
		}
		if start, is := token.(xml.StartElement); is && start.Name == n {
			var text string
			if d.DecodeElement(&text, &start) == nil && strings.TrimSpace(text) != "" {
				return strings.TrimSpace(text)
			}
		}
	}
}

// propertyFile is a property as the vdir has it.
func (r *rig) propertyFile(name string) string {
	b, _ := os.ReadFile(filepath.Join(r.dir, name))
	return strings.TrimSpace(string(b))
}

// propertiesOnBothSides sets one property here and another there, then changes the other way round: one sync brings each to the other side,
// and the next finds nothing to do. A colour is compared without its alpha, which SOGo and others set as they like (T22).
func propertiesOnBothSides(r *rig) {
	for _, name := range []string{"here", "there"} {
		for _, set := range []struct {
			there, here           string // properties
			valueThere, valueHere string
		}{{"displayname", "color", "Name " + name, "#12ab3" + map[string]string{"here": "4", "there": "5"}[name]},
			{"color", "displayname", "#ab12c" + map[string]string{"here": "4", "there": "5"}[name] + "FF", "Grüße " + name}} {
			if r.kind == "contacts" && (set.there == "color" || set.here == "color") && r.refusesColors() {
				continue
			}
			r.phoneSet(set.there, set.valueThere)
			r.write(set.here, []byte(set.valueHere+"\n"))
			r.sync(0)
			if n := r.count(func(e realtest.Exchange) bool { return e.Method == "PROPPATCH" }); n != 1 {
				r.t.Errorf("%d PROPPATCH, want 1:\n%s", n, r.requests())
			}
			if got := r.propertyFile(set.there); !strings.HasPrefix(strings.ToLower(set.valueThere), strings.ToLower(got)) || got == "" {
				r.t.Errorf("%s is %q here, and %q there", set.there, got, set.valueThere)
			}
			if got := r.phoneShows(set.here); !strings.HasPrefix(strings.ToLower(got), strings.ToLower(set.valueHere)) {
				r.t.Errorf("%s is %q there, and %q here", set.here, got, set.valueHere)
			}
			r.sync(0)
			if n := r.count(func(e realtest.Exchange) bool { return e.Method == "PROPPATCH" }); n != 0 {
				r.t.Errorf("%d PROPPATCH in a sync with nothing to do:\n%s", n, r.requests())
			}
		}
	}
}

// refusesColors tells of the servers that do not know addressbook-color: docs/servers.md.
func (r *rig) refusesColors() bool {
	name := r.server.Name
	return strings.HasPrefix(name, "sogo") || strings.HasPrefix(name, "sabredav")
}
