package repo

import (
	"bytes"
	"context"
	"strings"

	"vgit/merge"
	"vgit/remote"
	"vgit/repo/item"
	"vgit/repo/store"
)

// meet reads items that turned out to be in another state, into a snapshot of its own, before anything is built on it.
func (r *Repo) meet(ctx context.Context, s *side, l *Local, again map[string][]remote.Href) error {
	f := &fetcher{r: r, rem: s.rem, local: l, base: s.base, own: s.report.deleted, names: r.namer(s, l), out: s.got, lastKeep: r.o.Now()}
	f.out.snap = s.snap.clone()
	for name, hrefs := range again {
		c := &collecting{fetcher: f, name: name, info: s.got.infos[name], coll: s.rem.Client.Open(s.got.infos[name])}
		if err := c.reread(ctx, s.snap.colls[name], hrefs); err != nil {
			return err
		}
		if err := f.put(c); err != nil {
			return err
		}
	}
	if err := r.keepSnapshot(ctx, s, f.out.snap, "fetch"); err != nil {
		return err
	}
	return r.settleMet(s)
}

// settleMet moves the pairs of writes that were refused as coming too late and are on the server all the same: a proxy that
// delivers a request twice shows the answer to the second (F3).
func (r *Repo) settleMet(s *side) error {
	met := s.met
	s.met = nil
	for _, e := range met {
		c := s.snap.colls[e.coll]
		if c == nil {
			continue
		}
		st, err := c.rows()
		if err != nil {
			return err
		}
		items, err := s.snap.items(e.coll)
		if err != nil {
			return err
		}
		row := rowOf(st, e)
		if row == nil || !r.arrivedAsSent(e, items[row.Name]) {
			continue
		}
		if err := r.landedAs(s.base, e, row.Name, items[row.Name]); err != nil {
			return err
		}
	}
	return nil
}

// arrivedAsSent tells whether what the server holds is what was sent, but for what the server itself did not keep. Since it said
// no, more proof is wanted than of a write without an answer: of a new item only extensions may be missing.
func (r *Repo) arrivedAsSent(e entry, now store.Hash) bool {
	if now.IsZero() || now == e.there {
		return false
	}
	if now == e.body {
		return true
	}
	if e.kind == pendUpdate {
		return r.landed(e.there, e.body, now) && r.onlyDropped(e.body, now)
	}
	held, err := r.parse(now)
	return err == nil && r.kept(e.body, held)
}

// kept tells whether an item is what was sent but for spelling, bookkeeping and extensions that are missing.
func (r *Repo) kept(sent store.Hash, held *item.Item) bool {
	a, err := r.parse(sent)
	if err != nil {
		return false
	}
	for _, c := range merge.Diff(a, held) {
		if c.Strength == merge.Strong && (c.New != "" || !strings.HasPrefix(strings.ToUpper(c.Slot), "X-")) {
			return false
		}
	}
	return true
}

// takenAs is sameButUID for what a snapshot holds.
func (r *Repo) takenAs(sent, now store.Hash) bool {
	held, err := r.parse(now)
	return err == nil && r.sameButUID(sent, held)
}

// sameButUID tells whether an item is a new one that was sent, under a UID of the server's making (P87, F34; Google Contacts).
func (r *Repo) sameButUID(sent store.Hash, held *item.Item) bool {
	a, err := r.parse(sent)
	if err != nil || a.UID() == "" || held.UID() == "" || uidOf(a) == uidOf(held) {
		return false
	}
	body := bytes.ReplaceAll(held.Bytes(), []byte(held.UID()), []byte(a.UID()))
	as := item.Parse(body)
	return as.UID() == a.UID() && r.kept(sent, as)
}
