package merge

import (
	"fmt"
	"strings"
	"time"

	"vgit/repo/item"
)

// Properties of a collection, for the file that it is put into.
type Properties struct{ Name, Description, Color string }

// Renamed is a time zone of one item that another item defines otherwise, and the name that it has in the file of both.
type Renamed struct {
	Item     int // by its place among those that were given
	From, To string
}

// BundleCards puts cards one after the other. All have to be sound.
func BundleCards(items []*item.Item) []byte {
	var out []byte
	for _, it := range items {
		out = append(out, endedLine(item.ForUpload(it.Bytes()))...)
	}
	return out
}

// BundleCalendar puts the components of calendar objects, all of which have to be sound, into one, with the definition of each time zone once. Their lines
// keep their bytes, but for line ends, and for the name of a time zone that an earlier item defines otherwise.
func BundleCalendar(items []*item.Item, p Properties) ([]byte, []Renamed) {
	b := &bundle{named: map[string][]*bundledZone{}, taken: map[string]bool{}}
	calendars := make([]*item.Component, len(items))
	for i, it := range items {
		calendars[i] = calendarOf(item.Parse(item.ForUpload(it.Bytes())))
		for _, tzid := range zonesIn(calendars[i]) {
			b.taken[tzid] = true
		}
	}
	for i, cal := range calendars {
		b.add(i, cal)
	}
	out := []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//vgit//export//EN\r\n")
	line := func(name, value string) {
		if value != "" {
			out = append(out, fold(name+":"+escapeText(value), "\r\n")...)
		}
	}
	line("X-WR-CALNAME", p.Name)
	line("X-WR-CALDESC", p.Description)
	line("X-APPLE-CALENDAR-COLOR", p.Color)
	for _, z := range b.zones {
		if z.def != nil {
			out = append(out, endedLine(renamedZones(z.def, z.from, z.to))...)
		}
	}
	return append(append(out, b.body...), "END:VCALENDAR\r\n"...), b.renamed
}

// bundle is a calendar that is being put together.
type bundle struct {
	zones   []*bundledZone
	named   map[string][]*bundledZone // by the name in their items
	taken   map[string]bool           // names that cannot be given
	body    []byte
	renamed []Renamed
}

// bundledZone is one meaning of a TZID.
type bundledZone struct {
	from, to string
	def      *item.Component // nil: no item has defined it so far
	zone     *zone
	near     time.Time
}

func (b *bundle) add(i int, cal *item.Component) {
	z := newZones(cal)
	names := map[string]string{}
	for _, tzid := range zonesIn(cal) {
		if into := b.zone(z, tzid); into.to != tzid {
			names[tzid] = into.to
			b.renamed = append(b.renamed, Renamed{i, tzid, into.to})
		}
	}
	for c := range cal.Components() {
		if c.Name == "VTIMEZONE" {
			continue
		}
		text := c.Bytes()
		for from, to := range names {
			text = renamedZones(reparsed(text, c.Name), from, to)
		}
		b.body = append(b.body, endedLine(text)...)
	}
}

// reparsed reads a component that was written anew.
func reparsed(text []byte, name string) *item.Component { return top(item.Parse(text), name) }

// zone finds the zone of the file that a TZID of an item means, or adds it.
func (b *bundle) zone(z *zones, tzid string) *bundledZone {
	def := z.defs[strings.TrimSpace(canonText(tzid))]
	for _, have := range b.named[tzid] {
		if have.means(z, tzid, def) {
			if have.def == nil {
				have.def = def
			}
			return have
		}
	}
	added := &bundledZone{from: tzid, to: tzid, def: def, zone: z.get(tzid), near: z.near}
	for n := 2; len(b.named[tzid]) > 0 && b.taken[added.to]; n++ {
		added.to = fmt.Sprintf("/vgit/%d/%s", n, strings.TrimPrefix(tzid, "/")) // readers know zones by the end of such a name
	}
	b.taken[added.to] = true
	b.named[tzid], b.zones = append(b.named[tzid], added), append(b.zones, added)
	return added
}

// means tells whether a zone of the file is what an item means by its name: around the time of either.
func (have *bundledZone) means(z *zones, tzid string, def *item.Component) bool {
	switch {
	case def == nil && have.def == nil:
		return true
	case def == nil || have.def == nil:
		named, defined, near := z.get(tzid), have.def, z.near
		if def != nil {
			named, defined, near = have.zone, def, have.near
		}
		return named.loc == nil || z.get(tzid).alike == have.zone.alike && agrees(named.loc, defined, near)
	case definition(def) == definition(have.def):
		return true
	}
	for _, near := range []time.Time{z.near, have.near} {
		is, ok := offsets(def, near)
		was, okToo := offsets(have.def, near)
		if !ok || !okToo || is != was {
			return false
		}
	}
	return true
}

// zonesIn are the names of time zones that the lines of a calendar have, each once, in their order.
func zonesIn(cal *item.Component) (names []string) {
	seen := map[string]bool{}
	var visit func(c *item.Component)
	visit = func(c *item.Component) {
		for l := range c.Leaves() {
			if tzid := l.Param("TZID"); tzid != "" && !seen[tzid] {
				seen[tzid] = true
				names = append(names, tzid)
			}
		}
		for inner := range c.Components() {
			visit(inner)
		}
	}
	for c := range cal.Components() {
		if c.Name != "VTIMEZONE" {
			visit(c)
		}
	}
	return names
}

// renamedZones writes a component, or a definition, with another name for a time zone. Lines without that name keep their bytes.
func renamedZones(c *item.Component, from, to string) []byte {
	if from == to {
		return c.Bytes()
	}
	out := append([]byte{}, c.Begin.Raw...)
	for _, n := range c.Nodes {
		switch {
		case n.Component != nil:
			out = append(out, renamedZones(n.Component, from, to)...)
		case c.Name == "VTIMEZONE" && n.Leaf.Name == "TZID":
			out = append(out, fold("TZID:"+escapeText(to), "\r\n")...)
		case n.Leaf.Param("TZID") == from:
			line := cutLine(n.Leaf.Text())
			line.setParam("TZID", []string{`TZID="` + strings.ReplaceAll(to, `"`, "'") + `"`})
			out = append(out, fold(line.String(), "\r\n")...)
		default:
			out = append(out, n.Leaf.Raw...)
		}
	}
	if c.End != nil {
		out = append(out, c.End.Raw...)
	}
	return out
}

// endedLine is a text whose last line has an end.
func endedLine(text []byte) []byte {
	if n := len(text); n > 0 && text[n-1] != '\n' {
		return append(text[:n:n], "\r\n"...)
	}
	return text
}
