package history

import (
	"context"
	"errors"
	"fmt"

	"vgit/merge"
	"vgit/repo"
	"vgit/repo/item"
	"vgit/repo/store"
)

// Blamed is one slot of an item and the change that it is due to.
type Blamed struct {
	merge.Slot
	// By is that change, without its items. Its commit is zero if it is not in the history yet.
	By Entry
	// Gone is set for a slot that the item has no more: By is what took it away.
	Gone bool
}

// Blame says which item is looked at.
type Blame struct {
	Path string     // of its file
	From store.Hash // the commit of main that it is looked at in; zero: the newest
	Now  *item.Item // the file as it is, if it need not be in the history yet; nil: as that commit has it
	Gone bool       // also the slots that it had once
	// Words says how slots are spoken of.
	Words merge.Wording
}

// Blame tells for each slot of an item which change it is due to: the newest one that made it what it is. Moves, new names and merges are
// followed; a slot that a merge took from one of those that were merged is due to what it is due to there. Pushes change nothing here. With
// ErrIncomplete the slots whose history has a gap are due to the change before it.
func (b *Book) Blame(ctx context.Context, q Blame) ([]Blamed, error) {
	d := &detective{reader: b.reader, q: q, known: map[sight]*found{}, blobs: map[sight]store.Hash{}}
	d.walk = newWalk(b.s, Options{Layout: b.layout, Item: q.Path})
	d.walk.reader = b.reader
	coll, name, ok := b.layout.Split(q.Path)
	if q.From.IsZero() {
		var err error
		if q.From, err = b.s.Ref(repo.MainRef); err != nil {
			return nil, err
		}
	}
	start := sight{commit: q.From, at: Place{coll, name}}
	if !ok {
		return nil, nil
	}
	if q.Now != nil {
		start.now = true
	}
	first, err := d.item(start)
	if err != nil || first == nil {
		return nil, err
	}
	slots := q.Words.Slots(first)
	defer d.keep()
	due, err := follow(ctx, start, len(slots), d)
	if err != nil {
		return nil, err
	}
	var all []Blamed
	for _, i := range merge.SortSlots(slots) {
		all = append(all, Blamed{Slot: slots[i], By: d.known[due[i]].entry})
	}
	if q.Gone {
		gone, err := d.lost(ctx, start, slots)
		if err != nil {
			return nil, err
		}
		all = append(all, gone...)
	}
	return all, d.walk.gaps()
}

// sight is an item as a commit has it, or as it is now.
type sight struct {
	commit store.Hash
	at     Place
	now    bool // the file, which is the commit's or a later one
}

// found is what is known of one.
type found struct {
	entry  Entry
	blob   store.Hash
	before []sight
}

// detective reads the history of one item.
type detective struct {
	*reader
	q     Blame
	walk  *walk
	known map[sight]*found
	blobs map[sight]store.Hash // of versions that were not looked at yet
}

// keep lets the next one find what had to be compared.
func (d *detective) keep() {
	if d.index != nil {
		d.index.flush()
	}
}

// past is where the versions of something come from.
type past[V comparable] interface {
	// before are the versions that one was made of; none if it is the first.
	before(V) ([]V, error)
	// same tells for each slot of one version which slot of an older one it is; -1 is none. nil says that nothing changed.
	same(old, new V) ([]int, error)
}

// passing is a slot of the version that is asked about, on its way back: as which slot a version has it.
type passing struct{ slot, here int }

// follow goes back from a version with n slots, and gives for each the version that made it what it is. It is due to one of those before if that has
// the same; of several the first that has it.
func follow[V comparable](ctx context.Context, start V, n int, p past[V]) ([]V, error) {
	due := make([]V, n)
	first := make([]passing, n)
	for i := range first {
		first[i] = passing{i, i}
	}
	waiting, queue := map[V][]passing{start: first}, []V{start}
	for len(queue) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		v := queue[0]
		queue = queue[1:]
		left := waiting[v]
		delete(waiting, v)
		olds, err := p.before(v)
		if err != nil {
			return nil, err
		}
		for _, old := range olds {
			was, err := p.same(old, v)
			if err != nil {
				return nil, err
			}
			var stays, goes []passing
			for _, s := range left {
				switch {
				case was == nil:
					goes = append(goes, s)
				case was[s.here] >= 0:
					goes = append(goes, passing{s.slot, was[s.here]})
				default:
					stays = append(stays, s)
				}
			}
			if left = stays; len(goes) > 0 {
				if _, waits := waiting[old]; !waits {
					queue = append(queue, old)
				}
				waiting[old] = append(waiting[old], goes...)
			}
		}
		for _, s := range left {
			due[s.slot] = v
		}
	}
	return due, nil
}

func (d *detective) before(v sight) ([]sight, error) {
	f, err := d.look(v)
	if err != nil {
		return nil, err
	}
	return f.before, nil
}

func (d *detective) same(old, new sight) ([]int, error) {
	a, err := d.item(old)
	if err != nil {
		return nil, err
	}
	b, err := d.item(new)
	if err != nil || a == b {
		return nil, err
	}
	return merge.SameSlots(a, b), nil
}

// item reads a version; nil if there is none.
func (d *detective) item(v sight) (*item.Item, error) {
	if v.now {
		return d.q.Now, nil
	}
	f, err := d.look(v)
	if err != nil || f.blob.IsZero() {
		return nil, err
	}
	return d.parse(f.blob)
}

// look finds out what a version is and what it was made of. Where a commit before it cannot be read there is a gap, and it ends there.
func (d *detective) look(v sight) (*found, error) {
	if f := d.known[v]; f != nil {
		return f, nil
	}
	f := &found{}
	d.known[v] = f
	if v.now {
		f.entry = Entry{Kind: Edit, From: Here}
		if was := (sight{commit: v.commit, at: v.at}); !v.commit.IsZero() {
			if old, err := d.item(was); err != nil || old != nil {
				f.before = []sight{was}
				return f, err
			}
		}
		return f, nil
	}
	n, err := d.walk.load(v.commit)
	if err != nil {
		return nil, err
	}
	f.entry = Entry{Commit: n.hash, Time: n.when()}
	if f.blob, err = d.blob(n, v); err != nil {
		return nil, err
	}
	parents, err := d.walk.onMain(n, &f.entry)
	if n.byHand && f.entry.Kind == Edit {
		f.entry.Message, _ = d.walk.message(n)
	}
	if err == nil && !f.blob.IsZero() {
		err = d.parents(v, n, parents, f)
	}
	if err != nil {
		d.walk.gap(fmt.Errorf("commit %s: %w", n.hash, err))
	}
	return f, nil
}

// parents finds the item in the commits before one. What they have is told by the differences, so that no tree is read where these are known.
func (d *detective) parents(v sight, n *node, parents []*node, f *found) error {
	var errs []error
	for _, p := range parents {
		want := newFilter(Options{Layout: d.layout, Of: []Place{v.at}})
		all, err := d.walk.changed(n, []*node{p}, want)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		there, blob := sight{commit: p.hash, at: v.at}, f.blob
		for _, c := range all {
			if c.Collection != v.at.Collection || c.Name != v.at.Name {
				continue
			}
			if blob = c.Old; c.Was != "" {
				there.at.Collection, there.at.Name, _ = d.layout.Split(c.Was)
			}
		}
		if !blob.IsZero() {
			d.blobs[there] = blob
			f.before = append(f.before, there)
		}
	}
	return errors.Join(errs...)
}

// blob is what a commit has at the place of a version.
func (d *detective) blob(n *node, v sight) (store.Hash, error) {
	if h, ok := d.blobs[v]; ok {
		return h, nil
	}
	return d.blobAt(n.commit.Tree, v.at)
}

// blobAt is what lies at a place in a tree; zero is nothing.
func (r *reader) blobAt(tree store.Hash, p Place) (store.Hash, error) {
	colls, err := r.layout.Collections(r, tree)
	if err != nil {
		return store.Hash{}, err
	}
	h := colls[p.Collection]
	if h.IsZero() {
		return h, nil
	}
	e, err := r.child(h, p.Name)
	if err != nil || e.Mode != store.ModeFile {
		return store.Hash{}, err
	}
	return e.Hash, nil
}

// lost are the slots that the item had on main's own line and has no more, those that went last first.
func (d *detective) lost(ctx context.Context, v sight, has []merge.Slot) (gone []Blamed, err error) {
	type key struct{ component, of, name, value string }
	keyOf := func(s merge.Slot) key {
		k := key{component: s.Component, of: s.RecurrenceID, name: s.Name}
		if s.Element {
			k.value = s.Value
		}
		return k
	}
	told := map[key]bool{}
	for _, s := range has {
		told[keyOf(s)] = true
	}
	for {
		olds, err := d.before(v)
		if err != nil || len(olds) == 0 || ctx.Err() != nil {
			return gone, errors.Join(err, ctx.Err())
		}
		new, err := d.item(v)
		if err != nil {
			return gone, err
		}
		old, err := d.item(olds[0])
		if err != nil {
			return gone, err
		}
		if old != new {
			slots := d.q.Words.Slots(old)
			still := merge.SameSlots(new, old)
			for _, i := range merge.SortSlots(slots) {
				if k := keyOf(slots[i]); still[i] < 0 && !told[k] {
					told[k] = true
					gone = append(gone, Blamed{Slot: slots[i], By: d.known[v].entry, Gone: true})
				}
			}
		}
		v = olds[0]
	}
}
