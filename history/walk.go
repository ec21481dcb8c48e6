package history

import (
	"container/heap"
	"errors"
	"fmt"
	"strings"
	"time"

	"vgit/repo"
	"vgit/repo/store"
)

// node is a commit that waits for its turn, on main or on the tracking line of a remote.
type node struct {
	hash store.Hash
	*outline
	props  *[]propertyChange // of a snapshot; nil: not looked at
	remote string            // "": on main
	fresh  bool              // on main, and made since both sides last agreed
	turn   int               // when it was found
}

func (n *node) when() time.Time { return n.commit.When }

// queue gives the newest first. Of one second, what a remote was sent is later than what main had when both sides last agreed, since a
// sync ends with it, and earlier than what was done since; else what was found first comes first.
type queue []*node

func (q queue) Len() int      { return len(q) }
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q queue) Less(i, j int) bool {
	a, b := q[i], q[j]
	if c := a.when().Compare(b.when()); c != 0 {
		return c > 0
	}
	if a, b := a.rank(), b.rank(); a != b {
		return a < b
	}
	return a.turn < b.turn
}
func (n *node) rank() int {
	switch {
	case n.fresh:
		return 0
	case n.remote != "":
		return 1
	}
	return 2
}
func (q *queue) Push(n any) { *q = append(*q, n.(*node)) }
func (q *queue) Pop() any {
	last := len(*q) - 1
	n := (*q)[last]
	*q = (*q)[:last]
	return n
}

// place is a commit on a line: a snapshot that main was reset to is on both.
type place struct {
	hash store.Hash
	main bool
}

// walk goes from the tips of main and of the tracking lines to their roots.
type walk struct {
	queue
	*reader
	o       Options
	want    *filter
	turn    int
	seen    map[place]bool
	agreed  map[store.Hash]bool // see wasAgreed; nil: not read yet
	told    map[store.Hash]bool // pushes and fetches, on whichever line they were met
	open    map[string]agreed   // see stillOpen
	remotes map[string]bool     // nil: all
	lines   map[store.Hash]bool // see tracked
	silent  bool                // nothing is told, only the index is kept
	failed  []error
	more    int // failures that are not in failed
}

func newWalk(s *store.Store, o Options) *walk {
	w := &walk{o: o, reader: newReader(s, o.Layout), want: newFilter(o), seen: map[place]bool{}, told: map[store.Hash]bool{}, open: map[string]agreed{}}
	if o.Remotes != nil {
		w.remotes = map[string]bool{}
		for _, name := range o.Remotes {
			w.remotes[name] = true
		}
	}
	return w
}

// begin puts the tips into the queue. A main that cannot be found is an error, a tracking branch is a gap.
func (w *walk) begin() error {
	main, err := w.s.Ref(repo.MainRef)
	if err != nil {
		return err
	}
	if !main.IsZero() {
		n, err := w.load(main)
		if err != nil {
			w.gap(fmt.Errorf("main: %w", err))
		} else {
			n.fresh = !w.wasAgreed(n.hash)
			w.add(n, "")
		}
	}
	names := w.o.Remotes
	if names == nil {
		if names, err = w.known(); err != nil {
			w.gap(err)
		}
	}
	for _, name := range names {
		if err := w.beginTracking(name); err != nil {
			w.gap(fmt.Errorf("%s: %w", name, err))
		}
	}
	return nil
}

// wasAgreed tells whether main stood there when a remote last agreed with it, or where nothing tells when that was. It only orders what was done within one second.
func (w *walk) wasAgreed(h store.Hash) bool {
	if w.agreed == nil {
		w.agreed = map[store.Hash]bool{}
		names, _ := w.known() // what cannot be read is a gap elsewhere
		for _, name := range names {
			ref, err := w.s.Ref(repo.BaseRef(name))
			if err != nil || ref.IsZero() {
				continue
			}
			if b, err := w.s.Commit(ref); err == nil && len(b.Parents) > 1 {
				w.agreed[b.Parents[0]] = true
			}
		}
	}
	return len(w.agreed) == 0 || w.agreed[h]
}

// known lists the remotes that have a tracking branch or a base.
func (w *walk) known() (names []string, err error) {
	for _, form := range [][2]string{{"refs/remotes/", "/main"}, {"refs/vgit/", "/base"}} {
		refs, err := w.s.Refs(form[0])
		if err != nil {
			return nil, err
		}
		for ref := range refs {
			if name, ok := strings.CutSuffix(strings.TrimPrefix(ref, form[0]), form[1]); ok && !strings.Contains(name, "/") {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// beginTracking puts the last snapshot of a remote into the queue.
func (w *walk) beginTracking(name string) error {
	n, err := w.lastSnapshot(name)
	if n != nil {
		w.add(n, name)
	}
	return err
}

// lastSnapshot finds the last snapshot of a remote, nil if there is none. If the branch is lost, the base has it (docs/format.md 5), and an
// error may come beside it that says what is damaged.
func (w *walk) lastSnapshot(name string) (*node, error) {
	tip, err := w.s.Ref(repo.TrackingRef(name))
	if err != nil {
		return nil, err
	}
	var damage error
	if !tip.IsZero() {
		n, ok, err := w.snapshot(tip, name)
		if ok {
			return n, nil
		}
		damage = err
	}
	base, err := w.s.Ref(repo.BaseRef(name))
	if err != nil || base.IsZero() {
		return nil, errors.Join(damage, err)
	}
	b, err := w.s.Commit(base)
	if err != nil || len(b.Parents) < 2 {
		return nil, errors.Join(damage, err)
	}
	n, ok, err := w.snapshot(b.Parents[1], name)
	if !ok {
		n = nil
	}
	return n, errors.Join(damage, err)
}

// snapshot reads a commit; ok is false if it is none of that remote.
func (w *walk) snapshot(h store.Hash, remote string) (n *node, ok bool, err error) {
	if n, err = w.load(h); err != nil {
		return nil, false, err
	}
	from, ok, err := w.snapshotOf(n.outline)
	return n, ok && from.Remote == remote, err
}

func (w *walk) load(h store.Hash) (*node, error) {
	o, err := w.outline(h)
	if err != nil {
		return nil, err
	}
	return &node{hash: h, outline: o}, nil
}

// add lets a commit wait on a line, once.
func (w *walk) add(n *node, remote string) {
	at := place{n.hash, remote == ""}
	if w.seen[at] {
		return
	}
	w.seen[at] = true
	w.turn++
	heap.Push(&w.queue, &node{hash: n.hash, outline: n.outline, remote: remote, fresh: n.fresh && remote == "", turn: w.turn})
}

func (w *walk) next() *node { return heap.Pop(&w.queue).(*node) }

// gap takes note of what could not be read.
func (w *walk) gap(err error) {
	if len(w.failed) == 5 {
		w.more++
		return
	}
	w.failed = append(w.failed, err)
}

func (w *walk) gaps() error {
	if len(w.failed) == 0 {
		return nil
	}
	err := fmt.Errorf("%w: %w", ErrIncomplete, errors.Join(w.failed...))
	if w.more > 0 {
		err = fmt.Errorf("%w\nand %d more", err, w.more)
	}
	return err
}
