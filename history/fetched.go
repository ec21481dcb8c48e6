package history

import (
	"vgit/repo"
	"vgit/repo/store"
)

// agreed are the items in which a remote differs, as it was seen last, from what was agreed with it: for each the remote half of the pair.
type agreed map[Place]store.Hash

// stillOpen leaves in a fetch what is wanted of it, and tells whether some of it is not taken over. The line is walked from its newest commit on:
// an item is open back to the fetch that first saw it otherwise than it was agreed.
func (w *walk) stillOpen(remote string, e *Entry) {
	open, ok := w.open[remote]
	if !ok {
		var err error
		if open, err = w.disagreed(remote); err != nil {
			w.gap(err)
		}
		w.open[remote] = open
	}
	keep := e.Items[:0:0]
	for _, d := range e.Items {
		at := Place{d.Collection, d.Name}
		pair, is := open[at]
		if is && d.Old == pair {
			delete(open, at)
		}
		if e.Open = e.Open || is; is || w.o.Fetched == AllFetches {
			keep = append(keep, d)
		}
	}
	e.Items = keep
}

// disagreed compares the last snapshot of a remote with its pairs. Without a base nothing was agreed, and nothing is open.
func (w *walk) disagreed(remote string) (agreed, error) {
	open := agreed{}
	tip, err := w.lastSnapshot(remote)
	if err != nil || tip == nil {
		return open, err
	}
	base, err := w.s.Ref(repo.BaseRef(remote))
	if err != nil || base.IsZero() {
		return open, err
	}
	b, err := w.s.Commit(base)
	if err != nil {
		return open, err
	}
	pairs, err := w.child(b.Tree, "remote")
	if err != nil || !pairs.Mode.IsDir() {
		return open, err
	}
	found, err := w.compare(tip.commit.Tree, []store.Hash{pairs.Hash}, func(string) bool { return true }, func(string, string) bool { return true })
	for _, d := range found {
		if d.Sign != '+' { // it may be outside of the view
			open[Place{d.Collection, d.Name}] = d.Old
		}
	}
	return open, err
}
