package merge

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a bare system has no zone database of its own

	"vgit/repo/item"
)

// zone is a time zone as an item uses it.
type zone struct {
	name  string         // the TZID as written
	exact string         // the TZID, with the definition where only that tells what it means
	alike string         // the same for every alias of a zone
	loc   *time.Location // nil if the zone cannot be computed with
}

// zones resolves the TZIDs of one calendar. Definitions are output, not content: they count only for names that the zone
// database does not know.
type zones struct {
	defs  map[string]*item.Component
	known map[string]*zone
	near  time.Time // wall time of the item, at which a definition is checked against an alias
}

func newZones(cal *item.Component) *zones {
	z := &zones{defs: map[string]*item.Component{}, known: map[string]*zone{}}
	for c := range cal.Components() {
		if c.Name == "VTIMEZONE" {
			if l := c.Leaf("TZID"); l != nil {
				z.defs[strings.TrimSpace(canonText(l.Value()))] = c
			}
		}
		if z.near.IsZero() && c.Name != "VTIMEZONE" {
			if l := c.Leaf("DTSTART"); l != nil {
				z.near = parseMoment(l.Value()).wall
			}
		}
	}
	return z
}

func (z *zones) get(tzid string) *zone {
	if known := z.known[tzid]; known != nil {
		return known
	}
	found := z.resolve(strings.TrimSpace(tzid))
	z.known[tzid] = found
	return found
}

// manyZones is how many TZIDs of one item are looked up in the zone database, which means opening files.
const manyZones = 64

func (z *zones) resolve(tzid string) *zone {
	def := z.defs[strings.TrimSpace(canonText(tzid))]
	names := candidates(tzid, def)
	if len(z.known) > manyZones {
		names = nil
	}
	for _, name := range names {
		if loc := location(name); loc != nil && agrees(loc, def, z.near) {
			return &zone{name: tzid, exact: tzid, alike: "zone:" + signature(loc), loc: loc}
		}
	}
	if def != nil {
		text, ok := offsets(def, z.near)
		if !ok {
			text = definition(def)
		}
		return &zone{name: tzid, exact: tzid + " = " + text, alike: "definition:" + text}
	}
	return &zone{name: tzid, exact: tzid, alike: "unknown:" + tzid}
}

// opaqueNames are never mapped by name: Exchange writes them for any zone.
var opaqueNames = map[string]bool{"CUSTOMIZED TIME ZONE": true, "STANDARD TIMEZONE": true}

// candidates lists names under which the zone database may know a TZID, the most trusted first.
func candidates(tzid string, def *item.Component) []string {
	name := strings.TrimSpace(strings.TrimSuffix(canonText(tzid), `\n`))
	if opaqueNames[strings.ToUpper(name)] {
		return nil
	}
	list := []string{name}
	if zone, ok := windowsZones[name]; ok {
		list = append(list, zone)
	}
	if strings.HasPrefix(name, "/") {
		// /softwarestudio.org/Olson_20011030_5/Europe/Berlin, /freeassociation.sourceforge.net/Europe/Berlin, /Europe/Berlin
		parts := strings.Split(name, "/")
		for i := 1; i < min(len(parts), 6); i++ {
			end := strings.Join(parts[i:], "/")
			list = append(list, end)
			if zone, ok := windowsZones[end]; ok { // so that what export calls a second definition is the same zone still
				list = append(list, zone)
			}
		}
	}
	if short, found := strings.CutSuffix(name, " 1"); found { // Evolution numbers a second definition
		list = append(list, short)
	}
	if def != nil {
		for _, hint := range []string{"X-LIC-LOCATION", "TZID-ALIAS-OF"} {
			if l := def.Leaf(hint); l != nil {
				list = append(list, strings.TrimSpace(l.Value()))
			}
		}
	}
	return list
}

// locations remembers what LoadLocation found: it unpacks the zone anew each time, which would cost more than all the rest of a
// comparison. Only names that the database has are kept, so the map is bounded by it.
var locations sync.Map // name → *time.Location

func location(name string) *time.Location {
	if loc, ok := locations.Load(name); ok {
		return loc.(*time.Location)
	}
	if name == "" || strings.EqualFold(name, "local") || len(name) > 64 {
		return nil // "Local" would be the zone of this machine
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	locations.Store(name, loc)
	return loc
}

var signatures sync.Map // *time.Location → string

// signature is the same for zones with the same offsets from 1970 to 2037, whatever their names: links of the zone database.
func signature(loc *time.Location) string {
	if s, ok := signatures.Load(loc); ok {
		return s.(string)
	}
	var b strings.Builder
	last := time.Date(2038, 1, 1, 0, 0, 0, 0, time.UTC)
	for t := time.Unix(0, 0).In(loc); t.Before(last); {
		_, offset := t.Zone()
		b.WriteString(strconv.Itoa(offset))
		_, end := t.ZoneBounds()
		if end.IsZero() {
			break
		}
		b.WriteString("@" + strconv.FormatInt(end.Unix(), 36) + ",")
		t = end
	}
	sum := sha256.Sum256([]byte(b.String()))
	s := hex.EncodeToString(sum[:8])
	signatures.Store(loc, s)
	return s
}

// fixed reports whether the clocks of loc never change after t.
func fixed(loc *time.Location, t time.Time) bool {
	_, end := t.In(loc).ZoneBounds()
	return end.IsZero()
}

// agrees reports whether a definition in the file has the offset of loc at the time of the item. An alias whose own definition
// says otherwise is no alias. Without a definition or a time there is nothing to disagree with.
func agrees(loc *time.Location, def *item.Component, near time.Time) bool {
	if def == nil || near.IsZero() {
		return true
	}
	_, offset := inZone(near, loc).Zone()
	offsets := 0
	for c := range def.Components() {
		if l := c.Leaf("TZOFFSETTO"); l != nil {
			if o, ok := parseOffset(l.Value()); ok {
				offsets++
				if o == offset {
					return true
				}
			}
		}
	}
	return offsets == 0
}

func parseOffset(s string) (seconds int, ok bool) {
	s = strings.TrimSpace(s)
	if len(s) != 5 && len(s) != 7 || s[0] != '+' && s[0] != '-' || !allDigits(s[1:]) {
		return 0, false
	}
	n, _ := strconv.Atoi((s[1:] + "00")[:6])
	seconds = n/10000*3600 + n/100%100*60 + n%100
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

// definition is a VTIMEZONE in canonical form, without its name and what has no influence on its offsets.
func definition(def *item.Component) string {
	var observances []string
	for c := range def.Components() {
		var lines []string
		for l := range c.Leaves() {
			switch l.Name {
			case "DTSTART", "TZOFFSETFROM", "TZOFFSETTO":
				lines = append(lines, l.Name+":"+strings.TrimSpace(l.Value()))
			case "RRULE":
				lines = append(lines, "RRULE:"+canonRule(l.Value(), nil))
			case "RDATE":
				for _, part := range item.Split(l.Value(), ',') {
					lines = append(lines, "RDATE:"+strings.TrimSpace(part))
				}
			}
		}
		if len(lines) > 0 {
			slices.Sort(lines)
			observances = append(observances, c.Name+" "+strings.Join(lines, " "))
		}
	}
	slices.Sort(observances)
	return strings.Join(slices.Compact(observances), " | ")
}

// windowsZones maps the names that Windows gives to time zones to those of the zone database.
var windowsZones = map[string]string{
	"Dateline Standard Time": "Etc/GMT+12", "UTC-11": "Etc/GMT+11", "Hawaiian Standard Time": "Pacific/Honolulu",
	"Alaskan Standard Time": "America/Anchorage", "Pacific Standard Time": "America/Los_Angeles",
	"Pacific Standard Time (Mexico)": "America/Tijuana", "US Mountain Standard Time": "America/Phoenix",
	"Mountain Standard Time": "America/Denver", "Mountain Standard Time (Mexico)": "America/Mazatlan",
	"Central America Standard Time": "America/Guatemala", "Central Standard Time": "America/Chicago",
	"Central Standard Time (Mexico)": "America/Mexico_City", "Canada Central Standard Time": "America/Regina",
	"SA Pacific Standard Time": "America/Bogota", "Eastern Standard Time": "America/New_York",
	"US Eastern Standard Time": "America/Indianapolis", "Venezuela Standard Time": "America/Caracas",
	"Paraguay Standard Time": "America/Asuncion", "Atlantic Standard Time": "America/Halifax",
	"SA Western Standard Time": "America/La_Paz", "Pacific SA Standard Time": "America/Santiago",
	"Newfoundland Standard Time": "America/St_Johns", "E. South America Standard Time": "America/Sao_Paulo",
	"Argentina Standard Time": "America/Buenos_Aires", "SA Eastern Standard Time": "America/Cayenne",
	"Greenland Standard Time": "America/Godthab", "Montevideo Standard Time": "America/Montevideo",
	"UTC-02": "Etc/GMT+2", "Azores Standard Time": "Atlantic/Azores", "Cape Verde Standard Time": "Atlantic/Cape_Verde",
	"UTC": "Etc/UTC", "GMT Standard Time": "Europe/London", "Greenwich Standard Time": "Atlantic/Reykjavik",
	"Morocco Standard Time": "Africa/Casablanca", "W. Europe Standard Time": "Europe/Berlin",
	"Central Europe Standard Time": "Europe/Budapest", "Romance Standard Time": "Europe/Paris",
	"Central European Standard Time": "Europe/Warsaw", "W. Central Africa Standard Time": "Africa/Lagos",
	"Namibia Standard Time": "Africa/Windhoek", "Jordan Standard Time": "Asia/Amman", "GTB Standard Time": "Europe/Bucharest",
	"Middle East Standard Time": "Asia/Beirut", "Egypt Standard Time": "Africa/Cairo", "Syria Standard Time": "Asia/Damascus",
	"E. Europe Standard Time": "Europe/Chisinau", "South Africa Standard Time": "Africa/Johannesburg",
	"FLE Standard Time": "Europe/Kiev", "Turkey Standard Time": "Europe/Istanbul", "Israel Standard Time": "Asia/Jerusalem",
	"Kaliningrad Standard Time": "Europe/Kaliningrad", "Arabic Standard Time": "Asia/Baghdad",
	"Arab Standard Time": "Asia/Riyadh", "Belarus Standard Time": "Europe/Minsk", "Russian Standard Time": "Europe/Moscow",
	"E. Africa Standard Time": "Africa/Nairobi", "Iran Standard Time": "Asia/Tehran", "Arabian Standard Time": "Asia/Dubai",
	"Azerbaijan Standard Time": "Asia/Baku", "Russia Time Zone 3": "Europe/Samara", "Mauritius Standard Time": "Indian/Mauritius",
	"Georgian Standard Time": "Asia/Tbilisi", "Caucasus Standard Time": "Asia/Yerevan", "Afghanistan Standard Time": "Asia/Kabul",
	"West Asia Standard Time": "Asia/Tashkent", "Ekaterinburg Standard Time": "Asia/Yekaterinburg",
	"Pakistan Standard Time": "Asia/Karachi", "India Standard Time": "Asia/Calcutta", "Sri Lanka Standard Time": "Asia/Colombo",
	"Nepal Standard Time": "Asia/Katmandu", "Bangladesh Standard Time": "Asia/Dhaka", "Myanmar Standard Time": "Asia/Rangoon",
	"SE Asia Standard Time": "Asia/Bangkok", "N. Central Asia Standard Time": "Asia/Novosibirsk",
	"China Standard Time": "Asia/Shanghai", "North Asia Standard Time": "Asia/Krasnoyarsk",
	"Singapore Standard Time": "Asia/Singapore", "W. Australia Standard Time": "Australia/Perth",
	"Taipei Standard Time": "Asia/Taipei", "Ulaanbaatar Standard Time": "Asia/Ulaanbaatar",
	"North Asia East Standard Time": "Asia/Irkutsk", "Tokyo Standard Time": "Asia/Tokyo", "Korea Standard Time": "Asia/Seoul",
	"Cen. Australia Standard Time": "Australia/Adelaide", "AUS Central Standard Time": "Australia/Darwin",
	"E. Australia Standard Time": "Australia/Brisbane", "AUS Eastern Standard Time": "Australia/Sydney",
	"West Pacific Standard Time": "Pacific/Port_Moresby", "Tasmania Standard Time": "Australia/Hobart",
	"Yakutsk Standard Time": "Asia/Yakutsk", "Vladivostok Standard Time": "Asia/Vladivostok",
	"Central Pacific Standard Time": "Pacific/Guadalcanal", "New Zealand Standard Time": "Pacific/Auckland",
	"UTC+12": "Etc/GMT-12", "Fiji Standard Time": "Pacific/Fiji", "Magadan Standard Time": "Asia/Magadan",
	"Tonga Standard Time": "Pacific/Tongatapu", "Samoa Standard Time": "Pacific/Apia",
}
