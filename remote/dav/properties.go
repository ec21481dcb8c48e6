package dav

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"vgit/remote"
)

// settable says which property of the protocol holds which one of remote.PropertyNames. Address books have a colour where the
// server knows that of InfCloud, as Radicale does, and no order.
var settable = map[remote.Kind]map[string]property{
	remote.Calendar: {remote.DisplayName: displayName, remote.Description: calendarDescription, remote.Color: calendarColor, remote.Order: calendarOrder},
	remote.Contacts: {remote.DisplayName: displayName, remote.Description: addressBookDescription, remote.Color: addressBookColor},
}

// maxProperty is how long a value may be that is believed to be one.
const maxProperty = 8 << 10

// properties are those that a user can set (P93). A blank one is not set (P18), and so is one that the server answers 404 for. Of
// any other nothing is known: it was not named, or could not be read (P28).
func (row *row) properties(kind remote.Kind) (set map[string]string, unread []string) {
	set = map[string]string{}
	for _, name := range remote.PropertyNames {
		p, can := settable[kind][name]
		if !can {
			continue
		}
		switch text := row.text(p); {
		case row.values[p].ok && len(text) > maxProperty, !row.values[p].ok && row.told[p] != 404 && row.told[p] != 410:
			unread = append(unread, name)
		case text != "":
			set[name] = text
		}
	}
	return set, unread
}

// SetProperties sets properties with PROPPATCH and reads them back. See remote.PropertySetter.
func (c *collection) SetProperties(ctx context.Context, change map[string]string) (remote.Patched, error) {
	p, err := c.setProperties(ctx, change)
	return p, c.safe(err)
}

func (c *collection) setProperties(ctx context.Context, change map[string]string) (remote.Patched, error) {
	if c.bad != nil {
		return remote.Patched{}, c.bad
	}
	refused := map[string]*remote.Refused{}
	for name := range change {
		if _, can := settable[c.info.Kind][name]; !can {
			return remote.Patched{}, fmt.Errorf("%q is no property of %s", name, c.info.Kind)
		}
	}
	open := []map[string]string{change} // requests still to be sent
	for len(open) > 0 {
		some := open[0]
		open = open[1:]
		no, rest, err := c.proppatch(ctx, some)
		if err != nil {
			return remote.Patched{}, err
		}
		maps.Copy(refused, no)
		open = append(open, rest...)
	}
	p, err := c.readProperties(ctx)
	if err != nil {
		return p, fmt.Errorf("%w: %w", remote.ErrNoAnswer, err)
	}
	p.Refused = refused
	return p, nil
}

// proppatch sends one request, once (P86). It returns what the server refused, and what is to be sent in further requests: what
// failed only because of that (424), or, of a request that was refused as a whole, each property by itself. All are sent anew after an
// answer; what they set is absolute, so that nothing is done twice.
func (c *collection) proppatch(ctx context.Context, change map[string]string) (refused map[string]*remote.Refused, rest []map[string]string, err error) {
	h := c.r.http
	f, err := h.writes.enter(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer h.writes.leave(f)
	c.patched()
	k := call{method: "PROPPATCH", url: c.url, body: propertyUpdate(c.info.Kind, change), mime: "application/xml; charset=utf-8", write: true}
	a, err := h.do(ctx, k)
	if err != nil {
		return nil, nil, err
	}
	if a.status/100 != 2 {
		return c.refusedAsWhole(f, h.failure(k, a), change)
	}
	body, err := io.ReadAll(a.body)
	_ = a.body.Close()
	if err != nil || a.status != http.StatusMultiStatus {
		return nil, nil, nil // what it did will be read back
	}
	told := map[string]int{}
	var why string
	_, _ = readMultistatus(bytes.NewReader(body), a.header.Get("Content-Type"), func(r *row) error {
		why = h.secrets.short(r.condition)
		for name := range change {
			if told[name] = r.told[settable[c.info.Kind][name]]; told[name] == 0 {
				told[name] = r.status
			}
		}
		return nil
	})
	refused, failed := map[string]*remote.Refused{}, map[string]string{}
	for name, value := range change {
		switch status := told[name]; {
		case status == http.StatusFailedDependency:
			failed[name] = value
		case status/100 == 4, status/100 == 5:
			refused[name] = &remote.Refused{Status: status, Condition: why}
		}
	}
	switch {
	case len(failed) == 0:
	case len(refused) > 0:
		rest = append(rest, failed)
	case len(change) > 1: // all failed because of something that is not named
		rest = oneByOne(failed)
	default:
		for name := range failed {
			refused[name] = &remote.Refused{Status: http.StatusFailedDependency}
		}
	}
	return refused, rest, nil
}

// refusedAsWhole reads an answer that is no multistatus: Xandikos and DAViCal refuse the request for one property in it.
func (c *collection) refusedAsWhole(f *flight, no *failure, change map[string]string) (refused map[string]*remote.Refused, rest []map[string]string, err error) {
	err = c.r.http.refusal(f, no)
	var because *remote.Refused
	switch {
	case errors.Is(err, remote.ErrGone):
		return nil, nil, fmt.Errorf("%w: %w", remote.ErrCollectionGone, err)
	case errors.As(err, &because):
	case errors.Is(err, remote.ErrServer): // such as 500 for the removal of what it does not want removed
		because = &remote.Refused{Status: no.status, Condition: no.condition, Text: no.text}
	default:
		return nil, nil, err
	}
	if len(change) > 1 {
		return nil, oneByOne(change), nil
	}
	refused = map[string]*remote.Refused{}
	for name := range change {
		refused[name] = because
	}
	return refused, nil, nil
}

// oneByOne are properties each for itself, in their order.
func oneByOne(change map[string]string) (all []map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(change)) {
		all = append(all, map[string]string{name: change[name]})
	}
	return all
}

// patched notes that what the listing of the account said of the state is news no more.
func (c *collection) patched() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fresh = false
}

// readProperties asks the collection itself for them.
func (c *collection) readProperties(ctx context.Context) (p remote.Patched, err error) {
	var asked []property
	for _, name := range slices.Sorted(maps.Keys(settable[c.info.Kind])) {
		asked = append(asked, settable[c.info.Kind][name])
	}
	found := false
	k := call{method: "PROPFIND", url: c.url, depth: "0", body: propfindBody(asked)}
	_, err = c.r.http.multistatus(ctx, k, func(*url.URL) {}, func(r *row) error {
		if !found { // Depth: 0 has one row
			p.Properties, p.Unread = r.properties(c.info.Kind)
			found = true
		}
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("%s: %w: an answer without a row", shown(c.url), remote.ErrNotDAV)
	}
	return p, err
}

// The request document, to be read beside RFC 4918 14.19.
type (
	propertyUpdateXML struct {
		XMLName xml.Name `xml:"DAV: propertyupdate"`
		Parts   []patchXML
	}
	patchXML struct {
		XMLName xml.Name // set or remove
		Prop    struct {
			XMLName xml.Name `xml:"DAV: prop"`
			Values  []setTo
		}
	}
	setTo struct {
		name  xml.Name
		value string
	}
)

// MarshalXML writes a property with its value.
func (s setTo) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	return e.EncodeElement(s.value, opening(s.name))
}

func propertyUpdate(kind remote.Kind, change map[string]string) []byte {
	set, remove := patchXML{XMLName: xml.Name{Space: nsDAV, Local: "set"}}, patchXML{XMLName: xml.Name{Space: nsDAV, Local: "remove"}}
	for _, name := range slices.Sorted(maps.Keys(change)) {
		to := &set
		if change[name] == "" {
			to = &remove
		}
		to.Prop.Values = append(to.Prop.Values, setTo{propertyNames[settable[kind][name]], change[name]})
	}
	var doc propertyUpdateXML
	for _, part := range []patchXML{set, remove} {
		if len(part.Prop.Values) > 0 {
			doc.Parts = append(doc.Parts, part)
		}
	}
	return document(doc)
}
