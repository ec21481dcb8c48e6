// Package remotetest is the one conformance suite for remotes: what remote.Remote and remote.Collection promise, asked of
// an implementation through its front door while a second client works behind its back.
//
// A remote joins with a function that makes a Fixture. The suite knows no protocol; what a certain server cannot do is
// said in Limits, and what is not said there is demanded.
package remotetest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"vgit/remote"
)

// Fixture is one remote with one empty collection, as it is before a test.
type Fixture struct {
	Remote remote.Remote
	Kind   remote.Kind
	ID     string // of the empty collection; others may be there
	Other  Other
	Limits Limits

	Requests     func() int // how many requests reached the other side so far; nil if that cannot be told
	ForgetTokens func()     // makes all tokens given out so far unknown; nil if that cannot be done
}

// Other is the second client. It needs no precondition and asks no questions.
type Other interface {
	Put(href remote.Href, body []byte)
	Delete(href remote.Href)
	Get(href remote.Href) (body []byte, ok bool)
	Len() int
}

// Limits are promises that a server does not let its remote keep. The zero value is none.
type Limits struct {
	Rewrites       bool // other bytes are stored than were sent
	Renames        bool // a new item may be stored under another href
	BlindCreate    bool // creating overwrites what is there
	BlindUpdate    bool // updating overwrites or creates whatever is there
	BlindDelete    bool // deleting deletes whatever is there
	BlindMissing   bool // updating creates what is missing
	NoDeltas       bool // every answer to Changes is a complete listing
	LateDeletions  bool // a deletion may be seen in a complete listing only
	CoarseTokens   bool // a change may leave token and ctag as they are, for a while
	MakesNothing   bool // new collections are refused
	NamesItself    bool // a new collection gets another id than the one that was wished for
	MoreForNothing bool // an account without changes needs more than one request
	OwnProperties  bool // properties of the collection may be refused, or kept otherwise than they were set
	OwnOrder       bool // the order is the rank in a list that the server sorts itself, and moves as others come and go
}

// Run runs the suite. make is called once for each test, possibly side by side.
func Run(t *testing.T, make func(t *testing.T) Fixture) {
	tests := []struct {
		name string
		test func(*bench)
	}{
		{"V18 nine new items are listed and can be read", nineItems},
		{"V19 nothing to read costs no request", readNothing},
		{"V20 an href asked for twice is read once", readTwice},
		{"V21 creating what exists is refused", createExisting},
		{"V22 body in, body out", bodyInBodyOut},
		{"V23 updates follow each other", updates},
		{"V24 an update of what is gone is refused", updateGone},
		{"V25 deleting, and deleting what is gone", deleting},
		{"V26 empty, one, empty again", emptyOneEmpty},
		{"an update with a wrong etag stores nothing", updateStale},
		{"a deletion with a wrong etag deletes nothing", deleteStale},
		{"a write without precondition is not sent", noPrecondition},
		{"changes since a token", changesSince},
		{"what came and went in between is not there", cameAndWent},
		{"a full listing is complete", fullListing},
		{"an unknown token loses nothing", unknownToken},
		{"an unknown href is gone, the others are read", unknownHref},
		{"many items are each read once", manyItems},
		{"the caller can end a fetch", endFetch},
		{"a cancelled context ends everything", cancelled},
		{"an account without changes costs one request", nothingNew},
		{"writes side by side", sideBySide},
		{"a new href is stable and safe", newHref},
		{"P92 a collection is made, once", makeCollection},
		{"P93 properties that were set are shown", setProperties},
		{"P93 setting one property leaves the others alone", setOneProperty},
		{"P93 a property that was removed is not shown", removeProperty},
		{"P93 no other property can be set", propertiesOfNobody},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &bench{T: t, Fixture: make(t), ctx: t.Context()}
			b.open()
			tt.test(b)
		})
	}
}

// bench is one test at work.
type bench struct {
	*testing.T
	Fixture
	ctx     context.Context
	binding remote.Binding
	info    remote.Info
	coll    remote.Collection
}

// open looks for the collection, as every user of a remote does.
func (b *bench) open() {
	b.Helper()
	acc, err := b.Remote.Look(b.ctx, b.binding)
	if err != nil {
		b.Fatalf("Look: %v", err)
	}
	for home, err := range acc.Failed {
		b.Fatalf("Look: home %s: %v", home, err)
	}
	i := slices.IndexFunc(acc.Collections, func(info remote.Info) bool { return info.ID == b.ID })
	if i < 0 {
		b.Fatalf("Look shows %d collections, none of them %q", len(acc.Collections), b.ID)
	}
	b.binding, b.info = acc.Binding, acc.Collections[i]
	if b.info.Kind != b.Kind {
		b.Errorf("Look: kind %q, want %q", b.info.Kind, b.Kind)
	}
	b.coll = b.Remote.Open(b.info)
}

// body is an item that every server takes, with a UID that no other collection has.
func (b *bench) body(uid, text string) []byte {
	uid += "@" + b.ID
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//vgit//remotetest//EN", "BEGIN:VEVENT", "UID:" + uid,
		"DTSTAMP:20260102T030405Z", "DTSTART:20260305T100000Z", "DTEND:20260305T110000Z", "SUMMARY:" + text, "END:VEVENT", "END:VCALENDAR", ""}
	if b.Kind == remote.Contacts {
		lines = []string{"BEGIN:VCARD", "VERSION:3.0", "PRODID:-//vgit//remotetest//EN", "UID:" + uid, "FN:" + text, "N:" + text + ";;;;", "END:VCARD", ""}
	}
	return []byte(strings.Join(lines, "\r\n"))
}

// seed puts n items on the other side and returns their hrefs.
func (b *bench) seed(n int) []remote.Href {
	hrefs := make([]remote.Href, n)
	for i := range hrefs {
		uid := fmt.Sprintf("seed-%03d", i)
		hrefs[i] = b.coll.NewHref(uid)
		b.Other.Put(hrefs[i], b.body(uid, "item "+uid))
	}
	return hrefs
}

func (b *bench) changes(since remote.State) remote.Changes {
	b.Helper()
	ch, err := b.coll.Changes(b.ctx, since)
	if err != nil {
		b.Fatalf("Changes: %v", err)
	}
	if ch.Doubt != "" {
		b.Errorf("Changes doubts itself: %s", ch.Doubt)
	}
	if ch.Complete && ch.Gone != nil {
		b.Errorf("a complete listing names removals: %q", ch.Gone)
	}
	seen := map[remote.Href]bool{}
	for _, m := range ch.Members {
		if seen[m.Href] {
			b.Errorf("Changes names %s twice", m.Href)
		}
		seen[m.Href] = true
	}
	return ch
}

// all lists everything, whatever was asked before.
func (b *bench) all() map[string]remote.Member {
	b.Helper()
	ch := b.changes(remote.State{Full: true})
	if !ch.Complete {
		b.Error("a full listing is not complete")
	}
	return members(ch)
}

// members are the rows by the last segment of their href, since a server may spell the rest in its own way.
func members(ch remote.Changes) map[string]remote.Member {
	m := map[string]remote.Member{}
	for _, row := range ch.Members {
		m[name(row.Href)] = row
	}
	return m
}

func name(h remote.Href) string {
	last := string(h[strings.LastIndexByte(string(h), '/')+1:])
	if decoded, err := url.PathUnescape(last); err == nil {
		return decoded
	}
	return last
}

// fetch reads items and sees to the promises about fn.
func (b *bench) fetch(hrefs ...remote.Href) map[remote.Href]remote.Resource {
	b.Helper()
	got := map[remote.Href]remote.Resource{}
	busy := false
	err := b.coll.Fetch(b.ctx, hrefs, func(r remote.Resource) error {
		if busy {
			b.Error("fn is called from two goroutines at once")
		}
		busy = true
		defer func() { busy = false }()
		if _, twice := got[r.Href]; twice {
			b.Errorf("Fetch gives %s twice", r.Href)
		}
		if !slices.Contains(hrefs, r.Href) {
			b.Errorf("Fetch gives %s, which nobody asked for", r.Href)
		}
		got[r.Href] = r
		return nil
	})
	if err != nil {
		b.Fatalf("Fetch: %v", err)
	}
	for _, h := range hrefs {
		if _, ok := got[h]; !ok {
			b.Errorf("Fetch says nothing about %s", h)
		}
	}
	return got
}

// read gives one item that must be there.
func (b *bench) read(h remote.Href) remote.Resource {
	b.Helper()
	r := b.fetch(h)[h]
	if r.Err != nil {
		b.Fatalf("Fetch %s: %v", h, r.Err)
	}
	return r
}

// state is the precondition that a careful caller gives for an item as it was read.
func state(r remote.Resource) remote.Precondition {
	return remote.Precondition{ETag: r.ETag, Schedule: r.Schedule, Body: r.Body}
}

// put stores a body, looks at the answer, and reads the item back.
func (b *bench) put(h remote.Href, pre remote.Precondition, body []byte) remote.Resource {
	b.Helper()
	s, err := b.coll.Put(b.ctx, h, pre, body)
	if err != nil {
		b.Fatalf("Put %s: %v", h, err)
	}
	if s.Href != h && !b.Limits.Renames {
		b.Errorf("Put %s went to %s", h, s.Href)
	}
	r := b.read(s.Href)
	if s.ETag != "" && s.ETag != r.ETag {
		b.Errorf("Put %s: etag %s, then read as %s", h, s.ETag, r.ETag)
	}
	b.sameBody(r.Body, body)
	return r
}

func (b *bench) sameBody(got, want []byte) {
	b.Helper()
	if !b.Limits.Rewrites && string(got) != string(want) {
		b.Errorf("body:\n%q\nwant:\n%q", got, want)
	}
	if len(got) == 0 {
		b.Error("empty body")
	}
}

// isThere compares what the other side holds.
func (b *bench) isThere(h remote.Href, want []byte) {
	b.Helper()
	got, ok := b.Other.Get(h)
	if !ok {
		b.Fatalf("%s is not on the other side", h)
	}
	b.sameBody(got, want)
}

func (b *bench) refused(err error, reasons ...error) {
	b.Helper()
	for _, r := range reasons {
		if errors.Is(err, r) {
			return
		}
	}
	b.Fatalf("error %v, want one of %v", err, reasons)
}

// count is how many requests a piece of work cost.
func (b *bench) count(work func()) int {
	b.Helper()
	if b.Requests == nil {
		b.Skip("requests cannot be counted here")
	}
	before := b.Requests()
	work()
	return b.Requests() - before
}
