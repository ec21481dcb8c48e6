package dav

import (
	"net/url"
	"strings"

	"vgit/remote"
)

// isCollection tells a calendar or address book by its type (P9).
func (row *row) isCollection(kind remote.Kind) bool {
	if kind == remote.Contacts {
		return row.has(resourceType, nsCardDAV, "addressbook")
	}
	return row.has(resourceType, nsCalDAV, "calendar")
}

// strange are resource types of what may look like a collection of items and is none (P9). An outbox is not among them: one
// that is a calendar too is a calendar, as SOGo 5.8 makes the first one of each user.
var strange = []struct{ space, local string }{
	{nsCalDAV, "schedule-inbox"}, {nsCS, "notification"},
	{nsCS, "calendar-proxy-read"}, {nsCS, "calendar-proxy-write"}, {nsNC, "trash-bin"}, {nsNC, "deleted-calendar"},
}

// info makes a collection of a row of a home set, if it is one of the wanted kind.
func (r *Remote) info(row *row, at *url.URL, single bool) (remote.Info, bool) {
	subscribed := r.o.Kind == remote.Calendar && row.has(resourceType, nsCS, "subscribed")
	if len(row.hrefs) == 0 || !row.isCollection(r.o.Kind) && !subscribed {
		return remote.Info{}, false
	}
	for _, s := range strange {
		if row.has(resourceType, s.space, s.local) {
			return remote.Info{}, false
		}
	}
	u, err := resolve(at, row.hrefs[0])
	if err != nil || !single && samePlace(u, at) || !r.http.join(u) {
		return remote.Info{}, false
	}
	info := remote.Info{
		Href: spelling(r.base, at, row.hrefs[0]), Kind: r.o.Kind, ID: lastSegment(u), Name: row.text(displayName),
		Token: remote.Token(row.text(syncToken)), CTag: row.text(getCTag),
		ReadOnly: subscribed || row.forbidsWriting(), Subscribed: subscribed,
		Components: row.components(), MaxSize: row.maxSize(), VCard: row.vcard(),
	}
	info.Properties, info.Unread = row.properties(r.o.Kind)
	info.Generated = isGenerated(info.ID)
	info.Reading = vcardVersion(info, r.o.VCard)
	return info, true
}

// isGenerated knows the collections that Nextcloud makes by itself (P10).
func isGenerated(id string) bool {
	return id == "contact_birthdays" || strings.HasPrefix(id, "z-app-generated-") || strings.HasPrefix(id, "z-server-generated-")
}

// forbidsWriting tells that rights are shown and none of them is to write (P84). Rights that are not shown mean: try (P18).
func (row *row) forbidsWriting() bool {
	if len(row.values[privilegeSet].kids) == 0 {
		return false
	}
	for _, right := range []string{"all", "write", "write-content", "bind", "unbind"} {
		if row.has(privilegeSet, nsDAV, right) {
			return false
		}
	}
	return true
}

// components are the types that a calendar takes, nil for all (P18).
func (row *row) components() []string {
	var list []string
	for _, k := range row.values[componentSet].kids {
		for _, a := range k.attrs {
			if k.name.Space == nsCalDAV && k.name.Local == "comp" && a.name == "name" && a.value != "" {
				list = append(list, strings.ToUpper(a.value))
			}
		}
	}
	return list
}

func (row *row) maxSize() int64 {
	for _, p := range []property{calendarMaxSize, addressBookMaxSize} {
		if n := parseSize(row.text(p)); n > 0 {
			return n
		}
	}
	return 0
}

// vcard is the highest version that an address book gives (P66).
func (row *row) vcard() string {
	highest := ""
	for _, k := range row.values[supportedAddressData].kids {
		isVCard, version := true, ""
		for _, a := range k.attrs {
			switch a.name {
			case "content-type":
				isVCard = strings.EqualFold(a.value, "text/vcard")
			case "version":
				version = a.value
			}
		}
		if isVCard && (version == "3.0" || version == "4.0") {
			highest = max(highest, version)
		}
	}
	return highest
}
