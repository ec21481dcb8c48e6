package history

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"vgit/repo"
	"vgit/repo/store"
)

// step tells what one commit is, lets those before it wait, and compares. An entry without items is none.
func (w *walk) step(n *node) (Entry, error) {
	e := Entry{Commit: n.hash, Time: n.when(), From: n.remote}
	var parents []*node
	var err error
	if n.remote != "" {
		parents, err = w.onTracking(n, &e)
	} else {
		parents, err = w.onMain(n, &e)
	}
	for _, p := range parents {
		p.fresh = n.fresh && !w.wasAgreed(p.hash)
		w.add(p, n.remote)
	}
	if err != nil {
		return Entry{}, err
	}
	if e.Kind == "" || (e.Kind == Push || e.Kind == Fetch) && w.told[n.hash] || !w.o.wants(&e) && !w.want.learns() {
		w.passed(n)
		return Entry{}, nil
	}
	if e.Kind == Push || e.Kind == Fetch {
		w.told[n.hash] = true
	}
	if e.Items, err = w.changed(n, parents, w.want); err != nil {
		return Entry{}, err
	}
	if w.silent {
		return Entry{}, nil
	}
	if n.remote != "" {
		if err := w.addProperties(n, parents, &e); err != nil {
			w.gap(fmt.Errorf("commit %s: %w", n.hash, err))
		}
	}
	if w.o.UIDs != nil {
		e.Items = slices.DeleteFunc(e.Items, func(d repo.Difference) bool { return !w.meant(d) })
	}
	if len(e.Items) == 0 || !w.o.wants(&e) {
		return Entry{}, nil
	}
	if e.Kind == Fetch {
		w.stillOpen(n.remote, &e)
	}
	w.describe(e.Items, &w.o)
	e.Back = e.Kind == Edit && n.back
	if e.Kind == Edit && n.byHand {
		if e.Message, err = w.message(n); err != nil {
			return Entry{}, err
		}
	}
	return e, nil
}

// message is the first line of what was said of a commit.
func (w *walk) message(n *node) (string, error) {
	c, err := w.Commit(n.hash)
	first, _, _ := strings.Cut(strings.TrimLeft(c.Message, "\n"), "\n")
	return first, err
}

// meant tells whether a difference is one of the items that are meant.
func (w *walk) meant(d repo.Difference) bool {
	if repo.IsProperty(d.Name) {
		return false
	}
	for _, h := range []store.Hash{d.New, d.Old} {
		if h.IsZero() {
			continue
		}
		if it, err := w.parse(h); err == nil && slices.Contains(w.o.UIDs, it.UID()) {
			return true
		}
	}
	return false
}

// onTracking follows a line of snapshots as far as it is one. What a fetch brought is told where it was pulled, so it is an
// entry only if it is asked for.
func (w *walk) onTracking(n *node, e *Entry) ([]*node, error) {
	from, ok, damage := w.snapshotOf(n.outline)
	if damage == nil && (!ok || from.Remote != n.remote) {
		return nil, nil
	}
	switch {
	case from.Made == "push":
		e.Kind = Push
	case from.Made == "fetch" && w.o.Fetched != NoFetches:
		e.Kind = Fetch
	}
	if len(n.commit.Parents) == 0 {
		return nil, damage
	}
	p, err := w.load(n.commit.Parents[0])
	if err != nil {
		return nil, errors.Join(damage, err)
	}
	return []*node{p}, damage
}

// onMain tells a pull from an edit, and gives the parents that the walk goes on with. What a commit has from those is told
// there and not again; a snapshot that was merged is not walked to, so what came out of it is told here. If a parent
// cannot be read there is no entry, but the walk goes on where it can.
func (w *walk) onMain(n *node, e *Entry) ([]*node, error) {
	dot, damage := w.hasAccount(n.outline)
	if dot && w.tracked(n.hash) {
		return w.onSnapshot(n, e)
	}
	own, merged, remote, err := w.kin(n, dot)
	if err := errors.Join(damage, err); err != nil {
		return own, err
	}
	e.Kind, e.From = Edit, Here
	if len(own) == 1 && len(merged) == 1 && own[0].hash == n.commit.Parents[0] && !dot {
		e.Kind, e.From = Pull, remote
		w.addLost(merged[0], remote)
	}
	if len(own) == 0 {
		own = merged
	}
	return own, nil
}

// kin parts the parents of a commit of main into those of main and merged snapshots, and names the remote of the last of
// these. A tree without .vgit/ that came out of one with it and of main: that is how a pull looks. Where .vgit/ got into
// main (dot), only the refs tell which is which.
func (w *walk) kin(n *node, dot bool) (own, merged []*node, remote string, err error) {
	var errs []error
	for i, h := range n.commit.Parents {
		p, err := w.load(h)
		if err != nil {
			errs = append(errs, fmt.Errorf("its parent: %w", err))
			continue
		}
		from, ok, err := w.snapshotOf(p.outline)
		if err != nil {
			errs = append(errs, fmt.Errorf("its parent: %w", err))
		}
		switch {
		case err != nil && i > 0: // it may be a snapshot
		case ok && (i > 0 && !dot || w.tracked(h)):
			merged, remote = append(merged, p), from.Remote
		default:
			own = append(own, p)
		}
	}
	return own, merged, remote, errors.Join(errs...)
}

// addLost walks to the snapshots that a pull came from, too: if the tracking branch was lost and begun anew, no ref leads to
// them but main.
func (w *walk) addLost(n *node, remote string) {
	if w.remotes == nil || w.remotes[remote] {
		w.add(n, remote)
	}
}

// onSnapshot is a snapshot that main itself was reset to, or stands on.
func (w *walk) onSnapshot(n *node, e *Entry) ([]*node, error) {
	from, _, err := w.snapshotOf(n.outline)
	if err != nil {
		return nil, err
	}
	e.Kind, e.From = Pull, from.Remote
	if from.Made == "push" {
		e.Kind = Push
	}
	var parents []*node
	for _, h := range n.commit.Parents {
		p, err := w.load(h)
		if err != nil {
			return nil, err
		}
		parents = append(parents, p)
	}
	return parents, nil
}

// tracked tells whether a commit is on the tracking line of any remote, as the refs have it. It is asked only where .vgit/ lies
// in a tree of main, which is rare, and then reads the lines to their ends.
func (w *walk) tracked(h store.Hash) bool {
	if w.lines == nil {
		w.lines = map[store.Hash]bool{}
		names, err := w.known()
		if err != nil {
			w.gap(err)
		}
		for _, name := range names {
			w.trackLine(name)
		}
	}
	return w.lines[h]
}

func (w *walk) trackLine(remote string) {
	var tips []store.Hash
	if h, err := w.s.Ref(repo.TrackingRef(remote)); err == nil {
		tips = append(tips, h)
	}
	if h, err := w.s.Ref(repo.BaseRef(remote)); err == nil && !h.IsZero() {
		if b, err := w.s.Commit(h); err == nil && len(b.Parents) > 1 {
			tips = append(tips, b.Parents[1])
		}
	}
	for _, h := range tips {
		for !h.IsZero() && !w.lines[h] {
			n, ok, err := w.snapshot(h, remote)
			if err != nil || !ok {
				break
			}
			w.lines[h], h = true, store.Hash{}
			if len(n.commit.Parents) > 0 {
				h = n.commit.Parents[0]
			}
		}
	}
}
