package dav

import (
	"encoding/xml"

	"vgit/remote"
)

// The namespaces of the elements below.
const (
	nsDAV     = "DAV:"
	nsCalDAV  = "urn:ietf:params:xml:ns:caldav"
	nsCardDAV = "urn:ietf:params:xml:ns:carddav"
	nsCS      = "http://calendarserver.org/ns/"
	nsApple   = "http://apple.com/ns/ical/"
	nsNC      = "http://nextcloud.com/ns"
	nsInfIT   = "http://inf-it.com/ns/ab/"
)

// property is one of the properties that vgit reads.
type property int

const (
	getETag property = iota
	getContentLength
	getLastModified
	resourceType
	calendarData
	addressData
	scheduleTag
	syncToken
	getCTag
	displayName
	currentUserPrincipal
	principalURL
	privilegeSet
	calendarHome
	addressBookHome
	componentSet
	supportedAddressData
	calendarMaxSize
	addressBookMaxSize
	calendarDescription
	addressBookDescription
	calendarColor
	calendarOrder
	addressBookColor
	numProperties
)

// propertyNames is RFC 4918, 4791, 6352, 6578, 6638, 3744 and 5397, and what calendar servers added, in the order above.
var propertyNames = [numProperties]xml.Name{
	{Space: nsDAV, Local: "getetag"},
	{Space: nsDAV, Local: "getcontentlength"},
	{Space: nsDAV, Local: "getlastmodified"},
	{Space: nsDAV, Local: "resourcetype"},
	{Space: nsCalDAV, Local: "calendar-data"},
	{Space: nsCardDAV, Local: "address-data"},
	{Space: nsCalDAV, Local: "schedule-tag"},
	{Space: nsDAV, Local: "sync-token"},
	{Space: nsCS, Local: "getctag"},
	{Space: nsDAV, Local: "displayname"},
	{Space: nsDAV, Local: "current-user-principal"},
	{Space: nsDAV, Local: "principal-URL"},
	{Space: nsDAV, Local: "current-user-privilege-set"},
	{Space: nsCalDAV, Local: "calendar-home-set"},
	{Space: nsCardDAV, Local: "addressbook-home-set"},
	{Space: nsCalDAV, Local: "supported-calendar-component-set"},
	{Space: nsCardDAV, Local: "supported-address-data"},
	{Space: nsCalDAV, Local: "max-resource-size"},
	{Space: nsCardDAV, Local: "max-resource-size"},
	{Space: nsCalDAV, Local: "calendar-description"},
	{Space: nsCardDAV, Local: "addressbook-description"},
	{Space: nsApple, Local: "calendar-color"},
	{Space: nsApple, Local: "calendar-order"},
	{Space: nsInfIT, Local: "addressbook-color"},
}

var propertyOf = func() map[xml.Name]property {
	m := make(map[xml.Name]property, numProperties)
	for p, name := range propertyNames {
		m[name] = property(p)
	}
	return m
}()

// What each kind of request asks for.
var (
	rowProperties      = []property{getETag, getContentLength, getLastModified, resourceType, syncToken, getCTag}
	rowEventProperties = append(rowProperties[:len(rowProperties):len(rowProperties)], scheduleTag)
	stateProperties    = []property{resourceType, syncToken, getCTag}
)

// listProperties are what a home set is asked for (P16).
func listProperties(kind remote.Kind) []property {
	common := []property{resourceType, syncToken, getCTag, currentUserPrincipal, privilegeSet, displayName}
	if kind == remote.Contacts {
		return append(common, supportedAddressData, addressBookMaxSize, addressBookDescription, addressBookColor)
	}
	return append(common, componentSet, calendarMaxSize, calendarDescription, calendarColor, calendarOrder)
}

func homeProperty(kind remote.Kind) property {
	if kind == remote.Contacts {
		return addressBookHome
	}
	return calendarHome
}

// The request documents, to be read beside RFC 4918 14.20, RFC 6578 6.1, RFC 4791 9.10 and RFC 6352 10.7.
type (
	propfindXML struct {
		XMLName xml.Name `xml:"DAV: propfind"`
		Prop    propXML
	}
	syncCollectionXML struct {
		XMLName xml.Name `xml:"DAV: sync-collection"`
		Token   string   `xml:"DAV: sync-token"`
		Level   string   `xml:"DAV: sync-level"`
		Prop    propXML
	}
	multigetXML struct {
		XMLName xml.Name // calendar-multiget or addressbook-multiget
		Prop    propXML
		Hrefs   []string `xml:"DAV: href"`
	}
	propXML struct {
		XMLName xml.Name `xml:"DAV: prop"`
		Names   []nameXML
	}
	nameXML struct {
		XMLName              xml.Name
		ContentType, Version string // attributes, "" for none
	}
)

// prefixes are for the properties that are no standard's. Cyrus 3.6 answers those in the namespace DAV: if a request has their namespace
// as the default one, as encoding/xml writes it (TestP93NamespacesHavePrefixes).
var prefixes = map[string]string{nsApple: "I", nsInfIT: "B"}

// opening is the tag that opens an element.
func opening(name xml.Name) xml.StartElement {
	if p := prefixes[name.Space]; p != "" {
		return xml.StartElement{Name: xml.Name{Local: p + ":" + name.Local}, Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns:" + p}, Value: name.Space}}}
	}
	return xml.StartElement{Name: name}
}

// MarshalXML writes an empty element.
func (n nameXML) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	start := opening(n.XMLName)
	if n.ContentType != "" {
		start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: "content-type"}, Value: n.ContentType}, xml.Attr{Name: xml.Name{Local: "version"}, Value: n.Version})
	}
	return e.EncodeElement("", start)
}

func propNames(ps []property) propXML {
	names := make([]nameXML, len(ps))
	for i, p := range ps {
		names[i].XMLName = propertyNames[p]
	}
	return propXML{Names: names}
}

// document writes a request body. What it is given is escaped (P26).
func document(v any) []byte {
	b, err := xml.Marshal(v)
	if err != nil {
		panic(err) // impossible: strings and names only
	}
	return append([]byte(xml.Header), b...)
}

func propfindBody(ps []property) []byte { return document(propfindXML{Prop: propNames(ps)}) }

func syncBody(token remote.Token, ps []property) []byte {
	return document(syncCollectionXML{Token: string(token), Level: "1", Prop: propNames(ps)})
}

// multigetBody asks for bodies. A vCard version is asked for only if it is not "".
func multigetBody(kind remote.Kind, vcard string, hrefs []string) []byte {
	ps := []property{getETag, getContentLength, getLastModified, scheduleTag, calendarData}
	name := xml.Name{Space: nsCalDAV, Local: "calendar-multiget"}
	if kind == remote.Contacts {
		ps = []property{getETag, getContentLength, getLastModified, addressData}
		name = xml.Name{Space: nsCardDAV, Local: "addressbook-multiget"}
	}
	prop := propNames(ps)
	if kind == remote.Contacts && vcard != "" {
		data := &prop.Names[len(prop.Names)-1]
		data.ContentType, data.Version = "text/vcard", vcard
	}
	return document(multigetXML{XMLName: name, Prop: prop, Hrefs: hrefs})
}
