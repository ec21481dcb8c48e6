package merge

import (
	"slices"
	"strings"
)

// bookkeeper returns the kind of a property or parameter whose differences mean nothing to a person: clocks, what a server owns,
// and what belongs to the body it stands in. The names hold for calendars and cards alike.
func bookkeeper(name string) (kind, bool) {
	if k, ok := bookkeepers[name]; ok {
		return k, true
	}
	if !strings.HasPrefix(name, "X-") {
		return 0, false
	}
	for _, p := range bookkeeperPatterns {
		if strings.HasPrefix(name, p.prefix) && strings.HasSuffix(name, p.suffix) && name != p.except {
			return p.kind, true
		}
	}
	return 0, false
}

var bookkeepers = map[string]kind{
	"DTSTAMP": clock, "LAST-MODIFIED": clock, "X-MOZ-GENERATION": clock, "CREATED": clock, "SEQUENCE": clock, "REV": clock,
	"ACKNOWLEDGED": clock, "X-MOZ-LASTACK": clock, "X-LASTACK": clock,
	"REQUEST-STATUS": owned, "SCHEDULE-STATUS": owned, "X-GOOGLE-CONFERENCE": owned, "X-MICROSOFT-CDO-OWNERAPPTID": owned,
	"PRODID": ignored, "METHOD": ignored, "X-WR-CALNAME": ignored, "X-WR-TIMEZONE": ignored, "X-WR-CALDESC": ignored,
	"X-WR-RELCALID": ignored, "X-RADICALE-NAME": ignored, "X-LIC-ERROR": ignored, "X-EVOLUTION-ENDDATE": ignored,
	"X-MICROSOFT-EXDATE": ignored, "X-RECURRENCE-EXCEPTION": ignored,
	"X-THUNDERBIRD-ETAG": ignored, "X-ABUID": ignored, "CLIENTPIDMAP": ignored,
}

var bookkeeperPatterns = []struct {
	prefix, suffix, except string
	kind                   kind
}{
	{"X-CALENDARSERVER-", "", "X-CALENDARSERVER-ACCESS", owned},
	{"X-JMAP-", "", "", owned},
	{"X-MICROSOFT-CDO-", "SEQUENCE", "", owned},
	{"X-OWNCLOUD", "", "", ignored},
	{"X-NEXTCLOUD-", "", "", ignored},
	{"X-KDE-", "-IMPLEMENTATION", "", ignored},
	{"X-EVOLUTION-CALDAV-", "", "", ignored},
	{"X-APPLE-CREATOR-", "", "", ignored},
	{"X-MOZ", "-ETAG", "", ignored},
}

// lowerNames are the names of the tables in lower case, so that the usual ones cost nothing.
var lowerNames = func() map[string]string {
	names := map[string]string{}
	for name := range bookkeepers {
		names[name] = strings.ToLower(name)
	}
	for name := range calendarProperties {
		names[name] = strings.ToLower(name)
	}
	return names
}()

func lowerName(name string) string {
	if lower, ok := lowerNames[name]; ok {
		return lower
	}
	return strings.ToLower(name)
}

// ownSlot is the slot of a property that no group has. One that has the name of a group is kept apart from it.
func ownSlot(name string) string {
	slot := lowerName(name)
	if names, taken := groupNames[slot]; taken && !slices.Contains(names, name) {
		return slot + " property"
	}
	return slot
}

// valueType is how the value of a property is compared.
type valueType int

const (
	asText valueType = iota
	asEnum
	asNumber
	asURI
	asAddress
	asTime
	asDuration
	asGeo
)

func canonValue(t valueType, s string) string {
	switch t {
	case asEnum:
		return strings.ToUpper(strings.TrimSpace(canonText(s)))
	case asNumber:
		return canonNumber(s)
	case asURI:
		return canonURI(s)
	case asAddress:
		return strings.ToLower(canonURI(s))
	case asDuration:
		return canonDuration(s)
	case asGeo:
		return canonGeo(s)
	}
	return canonText(s)
}

// property is what the tables say about one name. The zero value is a text that is a scalar, or a multiset when there are several.
type property struct {
	slot      string // "" is the name in lower case
	kind      kind
	value     valueType
	unset     string // the value that means the same as none
	separated bool   // the value is a comma list, each element an entry
	keyed     bool   // entries of one key only pair with each other
}

// calendarProperties says how the properties of calendar components meet. Names that are not here are texts of their own.
var calendarProperties = map[string]property{
	"SUMMARY": {}, "COLOR": {},
	"CLASS":            {value: asEnum, unset: "PUBLIC"},
	"PRIORITY":         {value: asNumber, unset: "0"},
	"TRANSP":           {value: asEnum, unset: "OPAQUE"},
	"STATUS":           {value: asEnum},
	"URL":              {value: asURI},
	"CALSCALE":         {value: asEnum, unset: "GREGORIAN"},
	"REPEAT":           {slot: "trigger", kind: group, value: asNumber},
	"ACTION":           {slot: "trigger", kind: group, value: asEnum},
	"DESCRIPTION":      {slot: "description", kind: group},
	"X-ALT-DESC":       {slot: "description", kind: group},
	"LOCATION":         {slot: "place", kind: group},
	"GEO":              {slot: "place", kind: group, value: asGeo},
	"CATEGORIES":       {kind: set, separated: true, keyed: true},
	"RESOURCES":        {kind: set, separated: true, keyed: true},
	"ORGANIZER":        {value: asAddress},
	"ATTENDEE":         {kind: mapped, value: asAddress, keyed: true},
	"ATTACH":           {kind: mapped, value: asURI, keyed: true},
	"RELATED-TO":       {kind: mapped, keyed: true},
	"COMMENT":          {kind: mapped},
	"CONTACT":          {kind: mapped},
	"LINK":             {kind: mapped, value: asURI, keyed: true},
	"CONCEPT":          {kind: mapped, value: asURI, keyed: true},
	"REFID":            {kind: mapped, keyed: true},
	"IMAGE":            {kind: mapped, value: asURI, keyed: true},
	"CONFERENCE":       {kind: mapped, value: asURI, keyed: true},
	"STRUCTURED-DATA":  {kind: mapped, keyed: true},
	"PERCENT-COMPLETE": {value: asNumber, unset: "0"},
	"COMPLETED":        {value: asTime},
	"DTSTAMP":          {value: asTime},
	"LAST-MODIFIED":    {value: asTime},
	"CREATED":          {value: asTime},
	"SEQUENCE":         {value: asNumber},
	"ACKNOWLEDGED":     {value: asTime},

	"STYLED-DESCRIPTION":          {slot: "description", kind: group},
	"X-APPLE-STRUCTURED-LOCATION": {slot: "place", kind: group, value: asURI},
}
