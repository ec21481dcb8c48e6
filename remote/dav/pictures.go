package dav

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"

	"vgit/remote"
)

// Cyrus 3.6 cuts the pictures of a card that is stored as vCard 4.0 for everybody who reads 3.0, as most phones do: of
// PHOTO:data:image/jpeg;base64,… is left what stands before the semicolon. A card that is stored as 3.0 is whole for readers of both.
// So a card with a picture goes there as 3.0, in the words of 4.0: read as 4.0, it is what was handed to Put (P66).
//
// Whether a server is one of those is seen, not guessed: the first card with a picture is read as 3.0 once.

const (
	learnedPictures = "pictures" // of the account
	picturesInline  = "inline"   // they are whole in cards that are stored as 3.0
	picturesAnyhow  = "whole"    // or there is no help

	mostInline = 16 // in one card; what has more is nobody's picture
)

// putCard stores a card of vCard 4.0 with a picture; old is the same as 3.0. A server that is asked for the first time gets the
// card as it is, and as 3.0 over that only if it was seen to cut it.
func (c *collection) putCard(ctx context.Context, href remote.Href, pre remote.Precondition, body []byte, old *inlineCard) (remote.Stored, error) {
	if c.r.Learned()[learnedPictures] == "" {
		c.r.pictures.Lock()
		defer c.r.pictures.Unlock()
	}
	switch c.r.Learned()[learnedPictures] {
	case picturesInline:
		s, err := c.putBody(ctx, href, pre, old.body)
		if refused := (*remote.Refused)(nil); !errors.As(err, &refused) {
			return unlike(s), err
		}
	case "":
		s, err := c.putBody(ctx, href, pre, body)
		if err != nil || !s.Proven || s.ETag == "" || s.ETag.Weak() {
			return s, err
		}
		return c.tryInline(ctx, s, body, old)
	}
	return c.putBody(ctx, href, pre, body)
}

// tryInline reads a card that was just stored as somebody does who knows vCard 3.0 only. If a picture is cut, the card is stored as 3.0,
// and that stays if it helps.
func (c *collection) tryInline(ctx context.Context, s remote.Stored, body []byte, old *inlineCard) (remote.Stored, error) {
	seen, err := c.readAs(ctx, s.Href, "3.0")
	if err != nil && !isNo(err) {
		return s, nil // the card is stored; the next one is looked at
	}
	if err != nil || !old.isCutIn(seen) {
		c.r.learn(learnedPictures, picturesAnyhow)
		return s, nil
	}
	inline, err := c.putBody(ctx, s.Href, remote.Precondition{ETag: s.ETag, Body: body}, old.body)
	if refused := (*remote.Refused)(nil); errors.As(err, &refused) || errors.Is(err, remote.ErrChanged) {
		return s, nil
	}
	if inline = unlike(inline); err != nil || inline.ETag == "" || inline.ETag.Weak() {
		return inline, err
	}
	for _, version := range []string{"3.0", "4.0"} {
		seen, err := c.readAs(ctx, inline.Href, version)
		if err != nil {
			return inline, nil
		}
		if !old.isWholeIn(seen) {
			c.r.learn(learnedPictures, picturesAnyhow)
			return c.putBody(ctx, inline.Href, remote.Precondition{ETag: inline.ETag, Body: old.body}, body)
		}
	}
	c.r.learn(learnedPictures, picturesInline)
	return inline, nil
}

// unlike is the answer to a card that lies there in other words than it was handed over in, and in another size: it proves nothing of what a
// listing will say, so the card is read back.
func unlike(s remote.Stored) remote.Stored {
	s.Proven = false
	return s
}

// readAs reads a card in a version of vCard.
func (c *collection) readAs(ctx context.Context, href remote.Href, version string) ([]byte, error) {
	u, _, err := c.item(href)
	if err != nil {
		return nil, err
	}
	k := call{method: http.MethodGet, url: u, header: http.Header{"Accept": {acceptCard(version)}}, limit: maxItem}
	_, body, err := c.r.http.read(ctx, k)
	return body, err
}

// inlineCard is a card of vCard 4.0 as one of 3.0 that differs from it in nothing but what a server has to know to write the
// one from the other: VERSION, the names of Apple for groups, and inline data.
type inlineCard struct {
	body []byte
	data []inlineData
}

// inlineData is what a data: URI of a property holds, in base64.
type inlineData struct{ name, uri, base64 string }

// isWholeIn tells whether a card that was read has all of the data, however it is written.
func (i *inlineCard) isWholeIn(card []byte) bool {
	lines := logicalLines(card)
	for _, d := range i.data {
		found := false
		for _, l := range lines {
			found = found || strings.Contains(l.text, d.base64)
		}
		if !found {
			return false
		}
	}
	return true
}

// isCutIn tells whether a card that was read has the beginning of a data: URI in place of it.
func (i *inlineCard) isCutIn(card []byte) bool {
	if i.isWholeIn(card) {
		return false
	}
	lines := logicalLines(card)
	for _, d := range i.data {
		for _, l := range lines {
			if p := l.property(); p.is(d.name) && len(p.value) < len(d.uri) && strings.HasPrefix(d.uri, p.value) {
				return true
			}
		}
	}
	return false
}

// inline writes a card of vCard 4.0 with inline data as one of 3.0; nil for every other, and for one of which something would not
// come back as it is.
func inline(body []byte) *inlineCard {
	lines := logicalLines(body)
	card := &inlineCard{}
	var out bytes.Buffer
	out.Grow(len(body))
	cards, versions, names, groups := 0, 0, 0, 0
	for _, l := range lines {
		p := l.property()
		raw := l.raw
		switch strings.ToUpper(p.name) {
		case "BEGIN":
			cards++
		case "N":
			names++
		case "VERSION":
			if p.value != "4.0" {
				return nil
			}
			versions++
			p.value = "3.0"
			raw = p.fold(l.end())
		case "KIND", "MEMBER":
			groups |= 1
			p.name = "X-ADDRESSBOOKSERVER-" + strings.ToUpper(p.name)
			raw = p.fold(l.end())
		case "X-ADDRESSBOOKSERVER-KIND", "X-ADDRESSBOOKSERVER-MEMBER":
			groups |= 2
		case "PHOTO", "LOGO", "SOUND", "KEY":
			d, ok := p.inline()
			if !ok {
				return nil
			}
			if d.base64 != "" {
				card.data = append(card.data, d)
			}
			raw = p.fold(l.end())
		case "END":
			if names == 0 {
				out.WriteString("N:;;;;" + l.end()) // 3.0 wants one
			}
		}
		out.Write(raw)
	}
	if cards != 1 || versions != 1 || groups == 3 || len(card.data) == 0 || len(card.data) > mostInline {
		return nil
	}
	card.body = out.Bytes()
	return card
}
