package repo

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"vgit/remote"
	"vgit/repo/item"
)

// This file finds collections again that the account shows at another address (F32): somebody renamed them there in a way that changes
// their place, or moved to a server of another make. They are recognised by their items. What is found lacking at the new place is put to
// the question there, as ever; in doubt the old one is held, and the new one comes as a collection of its own.

const (
	sampled    = 10   // bodies that are read where the names of the items are those that are known
	readAtMost = 5000 // items of a collection all of which are read because their names are others
)

// refind looks for collections that are gone among those that are new, and binds the pairs of which it is sure. What it returns is the
// last snapshot as if it had been taken at their new places, and what is new all the same.
func (f *fetcher) refind(ctx context.Context, prev *Snapshot, bound map[string]remote.Info, fresh []remote.Info) (*Snapshot, []remote.Info, error) {
	found, claims := map[string][]remote.Info{}, map[remote.Href]int{}
	for name := range f.out.gone {
		for _, info := range fresh {
			if _, ok := f.rem.Choose(info, []string{name}, nil); !ok || !f.look && !asked(f.only, name) {
				continue
			}
			same, err := f.sameItems(ctx, prev.colls[name], info)
			if err != nil {
				return nil, nil, err
			}
			if same {
				found[name] = append(found[name], info)
				claims[info.Href]++
			}
		}
	}
	now := prev.clone()
	for name, infos := range found {
		if len(infos) != 1 || claims[infos[0].Href] != 1 {
			continue
		}
		info := infos[0]
		moved, err := movedTo(prev.colls[name], info)
		if err != nil {
			return nil, nil, &localError{err}
		}
		_, _ = f.rem.Choose(info, []string{name}, nil) // the last word counts
		now.colls[name], bound[name] = moved, info
		delete(f.out.gone, name)
		f.out.refound[name] = true
		fresh = slices.DeleteFunc(fresh, func(other remote.Info) bool { return other.Href == info.Href })
		f.out.moved = append(f.out.moved, &Step{Remote: f.rem.Name, Collection: name, Kind: Rename, Side: There, State: Do, Href: info.Href,
			Why: "it was at " + string(prev.colls[name].status.Href) + " on the server"})
	}
	return now, fresh, nil
}

// sameItems tells whether a collection holds the items of one that is gone. Names alone prove nothing, UIDs do.
func (f *fetcher) sameItems(ctx context.Context, old *seen, info remote.Info) (bool, error) {
	st, err := old.rows()
	if err != nil {
		return false, &localError{err}
	}
	byName, byUID := map[string]string{}, map[string]bool{}
	for i := range st.Rows {
		if row := &st.Rows[i]; row.UID != "" {
			byName[lastSegment(row.Href)], byUID[row.UID] = row.UID, true
		}
	}
	coll := f.rem.Client.Open(info)
	ch, err := coll.Changes(ctx, remote.State{})
	if err != nil || !ch.Complete || ch.Doubt != "" {
		return false, ctx.Err() // nothing is known of it
	}
	var hrefs, known []remote.Href
	for _, m := range ch.Members {
		hrefs = append(hrefs, m.Href)
		if byName[lastSegment(m.Href)] != "" {
			known = append(known, m.Href)
		}
	}
	mine, theirs := len(byUID), len(hrefs)
	if !share(min(mine, theirs), max(mine, theirs), sameCollection) {
		return false, nil
	}
	if share(len(known), max(mine, theirs), sameCollection) {
		rand.Shuffle(len(known), func(i, j int) { known[i], known[j] = known[j], known[i] })
		known = known[:min(len(known), sampled)]
		n, err := f.count(ctx, coll, known, func(href remote.Href, uid string) bool { return byName[lastSegment(href)] == uid })
		return n == len(known), err
	}
	if theirs > readAtMost {
		return false, nil
	}
	n, err := f.count(ctx, coll, hrefs, func(_ remote.Href, uid string) bool { return byUID[uid] })
	return share(n, max(mine, theirs), sameCollection), err
}

// count reads items and counts those that fit.
func (f *fetcher) count(ctx context.Context, coll remote.Collection, hrefs []remote.Href, fits func(remote.Href, string) bool) (n int, err error) {
	err = coll.Fetch(ctx, hrefs, func(res remote.Resource) error {
		if res.Err == nil && fits(res.Href, uidOf(item.Parse(res.Body))) {
			n++
		}
		return nil
	})
	if err != nil {
		return 0, ctx.Err()
	}
	return n, nil
}

// movedTo is what is known of a collection as if it had been seen at another address: each item under the same name there, as far as
// anybody knows. The state of the old place says nothing of the new one, so that it is listed and each item that is missing is asked for.
func movedTo(old *seen, info remote.Info) (*seen, error) {
	st, err := old.rows()
	if err != nil {
		return nil, err
	}
	st = st.clone()
	below := strings.TrimSuffix(string(info.Href), "/") + "/"
	at := func(href remote.Href) remote.Href {
		s := string(href)
		return remote.Href(below + s[strings.LastIndexByte(s, '/')+1:])
	}
	st.Href, st.Token, st.CTag, st.Listed, st.Missing = info.Href, "", "", time.Time{}, time.Time{}
	for i := range st.Rows {
		st.Rows[i].Href = at(st.Rows[i].Href)
	}
	for i := range st.Owed {
		st.Owed[i].Href = at(st.Owed[i].Href)
	}
	return &seen{name: old.name, tree: old.tree, file: old.file, status: st}, nil
}
