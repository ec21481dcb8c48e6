package remotetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"vgit/remote"
)

func nineItems(b *bench) {
	hrefs := b.seed(9)
	listed := b.all()
	if len(listed) != 9 {
		b.Errorf("%d items are listed, want 9", len(listed))
	}
	for h, r := range b.fetch(hrefs...) {
		row, ok := listed[name(h)]
		switch {
		case !ok:
			b.Errorf("%s is not listed", h)
		case r.Err != nil:
			b.Errorf("%s: %v", h, r.Err)
		case row.ETag != "" && row.ETag != r.ETag:
			b.Errorf("%s: listed as %s, read as %s", h, row.ETag, r.ETag)
		default:
			b.isThere(h, r.Body)
		}
	}
}

func readNothing(b *bench) {
	n := b.count(func() {
		if got := b.fetch(); len(got) != 0 {
			b.Errorf("nothing was asked for and %d items came", len(got))
		}
	})
	if n != 0 {
		b.Errorf("%d requests", n)
	}
}

func readTwice(b *bench) {
	h := b.seed(2)
	if got := b.fetch(h[0], h[1], h[0], h[0]); len(got) != 2 {
		b.Errorf("%d items, want 2", len(got))
	}
}

func createExisting(b *bench) {
	if b.Limits.BlindCreate {
		b.Skip("the server overwrites")
	}
	h := b.seed(1)[0]
	theirs, _ := b.Other.Get(h)
	_, err := b.coll.Put(b.ctx, h, remote.Precondition{Absent: true}, b.body("seed-000", "mine"))
	b.refused(err, remote.ErrChanged)
	if now, _ := b.Other.Get(h); string(now) != string(theirs) {
		b.Error("the other's body was touched")
	}
	r := b.read(h) // what a caller does then: read, merge, write on top
	b.put(h, state(r), b.body("seed-000", "merged"))
}

func bodyInBodyOut(b *bench) {
	h := b.coll.NewHref("in-and-out")
	body := b.body("in-and-out", `Grüße\, "quotes" & <tags> 🎂`)
	r := b.put(h, remote.Precondition{Absent: true}, body)
	b.isThere(r.Href, body)
	if b.Other.Len() != 1 {
		b.Errorf("%d items on the other side, want 1", b.Other.Len())
	}
}

func updates(b *bench) {
	r := b.put(b.coll.NewHref("chain"), remote.Precondition{Absent: true}, b.body("chain", "version 0"))
	for i := 1; i <= 3; i++ {
		body := b.body("chain", fmt.Sprint("version ", i))
		next := b.put(r.Href, state(r), body)
		if next.ETag == r.ETag && !r.ETag.Weak() {
			b.Errorf("update %d left the etag %s", i, r.ETag)
		}
		r = next
		b.isThere(r.Href, body)
	}
	if b.Other.Len() != 1 {
		b.Errorf("%d items on the other side, want 1", b.Other.Len())
	}
}

func updateGone(b *bench) {
	if b.Limits.BlindMissing {
		b.Skip("the server creates what is missing")
	}
	h := b.seed(1)[0]
	r := b.read(h)
	b.Other.Delete(h)
	_, err := b.coll.Put(b.ctx, h, state(r), b.body("seed-000", "edited"))
	b.refused(err, remote.ErrGone, remote.ErrChanged)
	if b.Other.Len() != 0 {
		b.Fatal("the refused update was stored")
	}
	// The edit survives: it is created again, under a new href since a server may insist on that.
	b.put(b.coll.NewHref("seed-000-again"), remote.Precondition{Absent: true}, b.body("seed-000-again", "edited"))
}

func deleting(b *bench) {
	hrefs := b.seed(3)
	for _, r := range b.fetch(hrefs...) {
		if err := b.coll.Delete(b.ctx, r.Href, state(r)); err != nil {
			b.Errorf("Delete %s: %v", r.Href, err)
		}
		if err := b.coll.Delete(b.ctx, r.Href, state(r)); err != nil {
			b.Errorf("Delete %s again: %v", r.Href, err)
		}
	}
	if got := b.all(); len(got) != 0 || b.Other.Len() != 0 {
		b.Errorf("%d items are listed and %d there, want none", len(got), b.Other.Len())
	}
}

func emptyOneEmpty(b *bench) {
	if got := b.changes(remote.State{}); len(got.Members) != 0 || !got.Complete {
		b.Fatalf("an empty collection lists %d items, complete: %v", len(got.Members), got.Complete)
	}
	r := b.put(b.coll.NewHref("only"), remote.Precondition{Absent: true}, b.body("only", "the only one"))
	if got := b.changes(remote.State{}); len(got.Members) != 1 || name(got.Members[0].Href) != name(r.Href) {
		b.Errorf("after one upload the listing is %v", got.Members)
	}
	if err := b.coll.Delete(b.ctx, r.Href, state(r)); err != nil {
		b.Fatal(err)
	}
	if got := b.changes(remote.State{}); len(got.Members) != 0 || !got.Complete {
		b.Errorf("after the deletion the listing is %v", got.Members)
	}
}

// edited is an item, as it was read before the second client changed it.
func edited(b *bench) (old remote.Resource, theirs []byte) {
	h := b.seed(1)[0]
	old = b.read(h)
	b.Other.Put(h, b.body("seed-000", "theirs"))
	theirs, _ = b.Other.Get(h) // as the server keeps it
	return old, theirs
}

func updateStale(b *bench) {
	if b.Limits.BlindUpdate {
		b.Skip("the server overwrites")
	}
	old, theirs := edited(b)
	_, err := b.coll.Put(b.ctx, old.Href, state(old), b.body("seed-000", "mine"))
	b.refused(err, remote.ErrChanged)
	if now, _ := b.Other.Get(old.Href); string(now) != string(theirs) {
		b.Error("the refused update was stored")
	}
}

func deleteStale(b *bench) {
	if b.Limits.BlindDelete {
		b.Skip("the server deletes")
	}
	old, theirs := edited(b)
	b.refused(b.coll.Delete(b.ctx, old.Href, state(old)), remote.ErrChanged)
	if now, _ := b.Other.Get(old.Href); string(now) != string(theirs) {
		b.Error("the refused deletion was done")
	}
}

func noPrecondition(b *bench) {
	h := b.seed(1)[0]
	n := b.count(func() {
		if _, err := b.coll.Put(b.ctx, h, remote.Precondition{}, b.body("seed-000", "mine")); err == nil {
			b.Error("a Put without precondition passes")
		}
		if err := b.coll.Delete(b.ctx, h, remote.Precondition{}); err == nil {
			b.Error("a Delete without precondition passes")
		}
		if err := b.coll.Delete(b.ctx, h, remote.Precondition{Absent: true}); err == nil {
			b.Error("a Delete of what is absent passes")
		}
	})
	if n != 0 {
		b.Errorf("%d requests were sent", n)
	}
}

// view is what a caller knows of a collection, kept up to date by answers.
type view struct {
	state remote.State
	etags map[string]remote.ETag
}

func (v *view) take(ch remote.Changes) {
	if v.etags == nil || ch.Complete {
		v.etags = map[string]remote.ETag{}
	}
	for _, m := range ch.Members {
		v.etags[name(m.Href)] = m.ETag
	}
	for _, h := range ch.Gone {
		delete(v.etags, name(h))
	}
	v.state = remote.State{Token: ch.Token, CTag: ch.CTag, Known: len(v.etags), Learned: ch.Learned}
}

func (v *view) names() []string {
	var list []string
	for n := range v.etags {
		list = append(list, n)
	}
	slices.Sort(list)
	return list
}

// again opens the collection anew, as the next run of a program does, and asks what changed.
func (b *bench) again(v *view) remote.Changes {
	b.Helper()
	b.open()
	ch := b.changes(v.state)
	v.take(ch)
	return ch
}

func names(hrefs ...remote.Href) []string {
	var list []string
	for _, h := range hrefs {
		list = append(list, name(h))
	}
	slices.Sort(list)
	return list
}

func changesSince(b *bench) {
	h := b.seed(12)
	var v view
	v.take(b.changes(remote.State{}))
	if !slices.Equal(v.names(), names(h...)) {
		b.Fatalf("listed %q, want %q", v.names(), names(h...))
	}
	before := v.etags[name(h[1])]
	b.Other.Put(h[1], b.body("seed-001", "edited"))
	b.Other.Delete(h[2])
	added := b.coll.NewHref("added")
	b.Other.Put(added, b.body("added", "new"))

	ch := b.again(&v)
	if b.Limits.LateDeletions && !ch.Complete {
		v.take(b.changes(remote.State{Full: true, Learned: v.state.Learned}))
	}
	want := names(append(slices.Delete(slices.Clone(h), 2, 3), added)...)
	if !slices.Equal(v.names(), want) {
		b.Errorf("after an edit, a deletion and an addition: %q, want %q", v.names(), want)
	}
	if now := v.etags[name(h[1])]; now == before && now != "" {
		b.Errorf("the edit is not seen: etag %s as before", now)
	}
	if !b.Limits.NoDeltas && ch.Complete {
		b.Error("a complete listing, where a report of the changes could be had")
	}
	if !b.Limits.NoDeltas && !slices.Contains(names(ch.Gone...), name(h[2])) && !b.Limits.LateDeletions {
		b.Errorf("gone: %q, want %q among them", ch.Gone, h[2])
	}
}

func cameAndWent(b *bench) {
	h := b.seed(3)
	var v view
	v.take(b.changes(remote.State{}))
	brief := b.coll.NewHref("brief")
	b.Other.Put(brief, b.body("brief", "not for long"))
	b.Other.Delete(brief)
	b.again(&v)
	if !slices.Equal(v.names(), names(h...)) {
		b.Errorf("listed %q, want %q", v.names(), names(h...))
	}
}

func fullListing(b *bench) {
	h := b.seed(5)
	var v view
	v.take(b.changes(remote.State{}))
	v.state.Full = true
	if ch := b.again(&v); !ch.Complete || len(ch.Members) != len(h) {
		b.Errorf("complete: %v, %d members, want %d", ch.Complete, len(ch.Members), len(h))
	}
}

func unknownToken(b *bench) {
	if b.ForgetTokens == nil {
		b.Skip("tokens cannot be made unknown here")
	}
	h := b.seed(14)
	var v view
	v.take(b.changes(remote.State{}))
	b.Other.Delete(h[0])
	b.ForgetTokens()
	b.again(&v)
	if !slices.Equal(v.names(), names(h[1:]...)) {
		b.Errorf("listed %q, want %q", v.names(), names(h[1:]...))
	}
}

func unknownHref(b *bench) {
	h := b.seed(7)
	missing := b.coll.NewHref("never-there")
	got := b.fetch(append(slices.Clone(h), missing)...)
	if err := got[missing].Err; !errors.Is(err, remote.ErrGone) {
		b.Errorf("%s: %v, want ErrGone", missing, err)
	}
	for _, h := range h {
		if got[h].Err != nil {
			b.Errorf("%s: %v", h, got[h].Err)
		}
	}
}

func manyItems(b *bench) {
	h := b.seed(130)
	for h, r := range b.fetch(h...) {
		if r.Err != nil || !strings.Contains(string(r.Body), "UID:"+strings.SplitN(name(h), ".", 2)[0]) {
			b.Errorf("%s: %v\n%q", h, r.Err, r.Body)
		}
	}
}

func endFetch(b *bench) {
	enough := errors.New("enough")
	calls := 0
	err := b.coll.Fetch(b.ctx, b.seed(60), func(remote.Resource) error {
		calls++
		return enough
	})
	if !errors.Is(err, enough) || calls != 1 {
		b.Errorf("Fetch: %v after %d calls, want the caller's own error after one", err, calls)
	}
}

func cancelled(b *bench) {
	r := b.read(b.seed(1)[0])
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	isCancelled := func(what string, err error) {
		if !errors.Is(err, context.Canceled) {
			b.Errorf("%s: %v, want context.Canceled", what, err)
		}
	}
	_, err := b.Remote.Look(ctx, b.binding)
	isCancelled("Look", err)
	_, err = b.coll.Changes(ctx, remote.State{})
	isCancelled("Changes", err)
	isCancelled("Fetch", b.coll.Fetch(ctx, []remote.Href{r.Href}, func(remote.Resource) error { return nil }))
	_, err = b.coll.Put(ctx, r.Href, state(r), b.body("seed-000", "mine"))
	isCancelled("Put", err)
	isCancelled("Delete", b.coll.Delete(ctx, r.Href, state(r)))
	b.isThere(r.Href, r.Body)
}

func nothingNew(b *bench) {
	if b.Limits.MoreForNothing {
		b.Skip("the server does not list tokens")
	}
	b.seed(3)
	b.open()
	before := b.info
	if n := b.count(b.open); n != 1 {
		b.Errorf("%d requests, want 1", n)
	}
	if before.Token != b.info.Token || before.CTag != b.info.CTag || b.info.Token == "" && b.info.CTag == "" {
		b.Errorf("token %q, ctag %q; before %q, %q", b.info.Token, b.info.CTag, before.Token, before.CTag)
	}
	if b.Limits.CoarseTokens {
		return
	}
	b.Other.Put(b.coll.NewHref("one-more"), b.body("one-more", "new"))
	if b.open(); before.Token == b.info.Token && before.CTag == b.info.CTag {
		b.Error("a new item moves neither token nor ctag")
	}
}

func sideBySide(b *bench) {
	const n = 24
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			uid := fmt.Sprintf("parallel-%02d", i)
			for try := 0; ; try++ {
				_, err := b.coll.Put(b.ctx, b.coll.NewHref(uid), remote.Precondition{Absent: true}, b.body(uid, uid))
				if err == nil {
					return
				}
				if !errors.Is(err, remote.ErrLocked) || try == n {
					b.Errorf("%s: %v", uid, err)
					return
				}
			}
		})
	}
	all.Wait()
	if b.Other.Len() != n {
		b.Errorf("%d items on the other side, want %d", b.Other.Len(), n)
	}
}

func newHref(b *bench) {
	if first, second := b.coll.NewHref("a"), b.coll.NewHref("a"); first != second {
		b.Errorf("one name gives two hrefs, %s and %s", first, second)
	}
	slashes := strings.Count(string(b.coll.NewHref("a")), "/")
	for _, odd := range []string{"a/b", "../up", "a b?c#d", "é"} {
		h := string(b.coll.NewHref(odd))
		if strings.Count(h, "/") != slashes || strings.ContainsAny(h, " ?#") {
			b.Errorf("%q gives the href %q", odd, h)
		}
	}
}
