package history

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"vgit/repo"
	"vgit/repo/store"
)

// meant finds the commits whose changes an undo is about, newest first, at least one.
func (b *Book) meant(ctx context.Context, u Undo) (run, *Reversal, error) {
	r, err := b.runs()
	if err != nil {
		return nil, nil, err
	}
	wanted := func(d *deed) bool { return len(u.From) == 0 || slices.Contains(u.From, d.from) }
	switch {
	case !u.Since.IsZero():
		return b.since(ctx, r, u, wanted)
	case !u.Commit.IsZero():
		return b.runOf(ctx, r, u, wanted)
	}
	return b.lastRun(ctx, r, u, wanted)
}

// Meant lists the commits that an undo would take back, newest first, without their items. *Nothing says that there are none.
func (b *Book) Meant(ctx context.Context, u Undo) (of []Entry, err error) {
	deeds, _, err := b.meant(ctx, u)
	for i := range deeds {
		of = append(of, deeds[i].entry())
	}
	return of, err
}

func (d *deed) entry() Entry {
	return Entry{Commit: d.hash, Time: d.commit.Author.When, Kind: d.kind, From: d.from, Back: d.own}
}

// lastRun is the newest run that changed something, but for edits that nobody was sent and that are no undo.
func (b *Book) lastRun(ctx context.Context, r *runs, u Undo, wanted func(*deed) bool) (run, *Reversal, error) {
	for {
		all, err := r.run()
		if err := errors.Join(err, ctx.Err()); err != nil {
			return nil, nil, err
		}
		if len(all) == 0 {
			return nil, nil, nothingThere(u)
		}
		if !all[0].own && !all[0].sent && len(all.part(pulled)) == 0 {
			continue
		}
		found, rev, err := b.choose(r, all, u, wanted)
		if err != nil || len(found) > 0 {
			return found, rev, err
		}
	}
}

// choose takes what a run received, or else what it sent; or what of both came from where it was asked for.
func (b *Book) choose(r *runs, all run, u Undo, wanted func(*deed) bool) (run, *Reversal, error) {
	received, err := b.within(all.part(pulled), u.Where)
	if err != nil {
		return nil, nil, err
	}
	sent, err := b.sentOf(r, all)
	if err == nil {
		sent, err = b.within(sent, u.Where)
	}
	if err != nil {
		return nil, nil, err
	}
	if len(u.From) > 0 {
		both := slices.Concat(received, sent)
		slices.SortStableFunc(both, func(x, y deed) int { return index(all, x) - index(all, y) })
		return both.part(wanted), &Reversal{}, nil
	}
	if len(received) > 0 {
		return received, &Reversal{Sent: len(sent) > 0}, nil
	}
	return sent, &Reversal{}, nil
}

func index(all run, d deed) int {
	return slices.IndexFunc(all, func(x deed) bool { return x.hash == d.hash })
}

// within leaves out commits that changed nothing in a collection.
func (b *Book) within(all run, where string) (run, error) {
	if where == "" {
		return all, nil
	}
	d := &desk{Book: b}
	var found run
	for i := range all {
		before, err := b.treeBefore(&all[i])
		if err != nil {
			return nil, err
		}
		changes, err := b.changes(all[i].commit.Tree, []store.Hash{before}, newFilter(Options{Layout: b.layout}))
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(changes, func(c repo.Difference) bool { return d.touches(c, where) }) {
			found = append(found, all[i])
		}
	}
	return found, nil
}

// sentOf is what a run edited and some remote agreed on: what waits, is held or was refused was not sent. An undo is all of it.
func (b *Book) sentOf(r *runs, all run) (run, error) {
	edits := all.part(edited)
	if len(edits) == 0 || edits[0].own {
		return edits, nil
	}
	agreed, err := b.agreed(r, &all[0])
	if err != nil || agreed == nil {
		return nil, err
	}
	var found run
	for _, d := range edits {
		before, err := b.treeBefore(&d)
		if err != nil {
			return nil, err
		}
		changes, err := b.changes(d.commit.Tree, []store.Hash{before}, newFilter(Options{Layout: b.layout}))
		if err != nil {
			return nil, err
		}
		if d.only = agreed; slices.ContainsFunc(changes, agreed) {
			found = append(found, d)
		}
	}
	return found, nil
}

// agreed tells of a place whether some remote has agreed on what a commit has there; nil: none has agreed on anything.
func (b *Book) agreed(r *runs, d *deed) (func(repo.Difference) bool, error) {
	main, err := b.layout.Collections(b, d.commit.Tree)
	if err != nil {
		return nil, err
	}
	var halves []map[string]store.Hash
	for _, chain := range r.bases {
		base := chain.find(b.s, d)
		if base.IsZero() {
			continue
		}
		c, err := b.Commit(base)
		if err != nil {
			return nil, err
		}
		local, err := b.child(c.Tree, "local")
		if err != nil {
			return nil, err
		}
		half, err := b.layout.Collections(b, local.Hash)
		if err != nil {
			return nil, err
		}
		halves = append(halves, half)
	}
	if halves == nil {
		return nil, nil
	}
	read := map[store.Hash]map[string]store.Hash{}
	at := func(trees map[string]store.Hash, c repo.Difference) store.Hash {
		tree := trees[c.Collection]
		if read[tree] == nil && !tree.IsZero() {
			read[tree], _ = b.entries(tree)
		}
		return read[tree][c.Name]
	}
	return func(c repo.Difference) bool {
		return slices.ContainsFunc(halves, func(half map[string]store.Hash) bool { return at(half, c) == at(main, c) })
	}, nil
}

// since is all that came in since a time; or, if nothing did, all that was sent; or what came from where it was asked for.
func (b *Book) since(ctx context.Context, r *runs, u Undo, wanted func(*deed) bool) (run, *Reversal, error) {
	var received, sent, asked run
	reached := false
	for old := 0; old < slop && !reached; {
		all, err := r.run()
		if err := errors.Join(err, ctx.Err()); err != nil {
			return nil, nil, err
		}
		if len(all) == 0 {
			break
		}
		young := all.part(func(d *deed) bool {
			reached = reached || d.hash == u.After
			return !reached && !d.commit.Author.When.Before(u.Since)
		})
		if old++; len(young) > 0 {
			old = 0
		}
		asked = append(asked, young.part(wanted)...)
		received = append(received, young.part(pulled)...)
		if young = young.part(edited); len(young) > 0 && (all[0].sent || all[0].own) {
			edits, err := b.sentOf(r, all)
			if err != nil {
				return nil, nil, err
			}
			sent = append(sent, edits.part(func(d *deed) bool { return index(young, *d) >= 0 })...)
		}
	}
	found := asked
	if len(u.From) == 0 {
		if found = received; len(found) == 0 {
			found = sent
		}
	}
	found, err := b.within(found, u.Where)
	if err == nil && len(found) == 0 {
		err = nothingThere(u)
	}
	return found, &Reversal{Sent: len(u.From) == 0 && len(received) > 0 && len(sent) > 0}, err
}

// OnMain tells whether a commit is on main's own line.
func (b *Book) OnMain(commit store.Hash) (bool, error) {
	h, err := b.tip()
	for err == nil && !h.IsZero() && h != commit {
		var c store.Commit
		c, err = b.Commit(h)
		if h = (store.Hash{}); len(c.Parents) > 0 {
			h = c.Parents[0]
		}
	}
	return !h.IsZero(), err
}

// runOf is the run of a commit: of a pull all that was received, of what was sent all that was edited; an edit is one of its own.
func (b *Book) runOf(ctx context.Context, r *runs, u Undo, wanted func(*deed) bool) (run, *Reversal, error) {
	commit, err := b.onMainLine(r, u.Commit)
	if err != nil {
		return nil, nil, err
	}
	for {
		all, err := r.run()
		if err := errors.Join(err, ctx.Err()); err != nil {
			return nil, nil, err
		}
		if len(all) == 0 {
			return nil, nil, &Nothing{"is not on main's own line, and what came in by a merge cannot be taken back by its name", "vgit restore brings back what was there before"}
		}
		i := index(all, deed{hash: commit})
		if i < 0 {
			continue
		}
		d, found, rev := all[i], run(nil), &Reversal{}
		switch {
		case len(u.From) > 0:
			found = all.part(wanted)
		case d.kind == Pull && commit == u.Commit:
			found = all.part(pulled)
			rev.Sent = len(all.part(edited)) > 0
		case commit == u.Commit:
			found = run{d}
		default: // what was sent is named
			if found, err = b.sentOf(r, all); err != nil {
				return nil, nil, err
			}
			if len(found) == 0 { // it came from another remote
				found = all.part(pulled)
			}
		}
		if found, err = b.within(found, u.Where); err == nil && len(found) == 0 {
			err = nothingThere(u)
		}
		return found, rev, err
	}
}

// onMainLine is the commit of main that a snapshot was sent from; any other commit is itself.
func (b *Book) onMainLine(r *runs, h store.Hash) (store.Hash, error) {
	c, err := b.Commit(h)
	if err != nil {
		return h, err
	}
	from, ok, err := b.origin(c.Tree)
	if err != nil || !ok {
		return h, err
	}
	if from.Made != "push" {
		return h, &Nothing{fmt.Sprintf("is what %s was seen to hold, and no change of the vdir", from.Remote), "vgit log names the commit that received it"}
	}
	tip, err := b.s.Ref(repo.BaseRef(from.Remote))
	for err == nil && !tip.IsZero() {
		var base store.Commit
		if base, err = b.Commit(tip); err != nil || len(base.Parents) < 2 {
			break
		}
		if base.Parents[1] == h {
			return base.Parents[0], nil
		}
		if tip = (store.Hash{}); len(base.Parents) > 2 {
			tip = base.Parents[2]
		}
	}
	if err == nil {
		err = &Nothing{"was sent, and what was edited for it cannot be told any more", "vgit log names the edit"}
	}
	return h, err
}

func nothingThere(u Undo) error {
	what := "there is nothing to take back"
	switch {
	case !u.Commit.IsZero() || len(u.From) > 0 || u.Where != "":
		what += " of that"
	case !u.Since.IsZero():
		what += " since then"
	}
	return &Nothing{what, "vgit log shows what changed"}
}
