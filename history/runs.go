package history

import (
	"time"

	"vgit/repo"
	"vgit/repo/store"
)

// deed is one commit of main's own line: what it changed is its tree against that of its first parent.
type deed struct {
	hash   store.Hash
	commit store.Commit
	kind   Kind   // Edit or Pull
	from   string // Here, or the remote
	seen   store.Hash
	own    bool                       // an undo or a restore: a run of its own
	only   func(repo.Difference) bool // what of its changes is meant; nil: all
	sent   bool                       // some remote agreed on main as this commit left it
}

// run is what one sync did to main, newest first: the edits that it found, and then what it received.
type run []deed

// runs goes along main's own line, from the newest commit on. What belongs to one sync is told from the shape of the graph: a sync ends
// where a base has a commit as its first parent (docs/format.md 5), with a pull, or with both, and what several remotes brought is of one run if the
// later ones had been fetched before the first was pulled. Where refs are lost, each pull is a run. Messages are not looked at.
type runs struct {
	*walk
	next  store.Hash
	ahead *deed
	bases map[string]*baseChain
}

func (b *Book) runs() (*runs, error) {
	b.objectsOnly()
	w := newWalk(b.s, b.o)
	w.reader = b.reader
	names, err := w.known()
	if err != nil {
		return nil, err
	}
	r := &runs{walk: w, bases: map[string]*baseChain{}}
	for _, name := range names {
		tip, err := b.s.Ref(repo.BaseRef(name))
		if err != nil {
			return nil, err
		}
		r.bases[name] = &baseChain{next: tip, bases: map[store.Hash]store.Hash{}}
	}
	r.next, err = b.s.Ref(repo.MainRef)
	return r, err
}

// run gives the next run. Edits that no remote has agreed on yet are one, too, and not sent; after the last there is an empty one.
func (r *runs) run() (run, error) {
	var all run
	for {
		d, err := r.peek()
		if err != nil || d == nil {
			return all, err
		}
		if len(all) > 0 {
			if same, err := r.together(all, d); err != nil || !same {
				return all, err
			}
		}
		all, r.ahead = append(all, *d), nil
	}
}

// together tells whether a commit belongs to the run of those that came after it.
func (r *runs) together(later run, d *deed) (bool, error) {
	if d.own || later[len(later)-1].own {
		return false, nil
	}
	var pull *deed // the first that came after it
	for i := range later {
		if later[i].kind == Pull {
			pull = &later[i]
		}
	}
	switch {
	case d.kind == Pull && pull != nil:
		return r.oneSync(d, pull)
	case d.kind == Pull:
		return false, nil
	}
	return !d.sent, nil
}

// maxRun is how long one sync may take between what it pulls from one remote and from the next.
const maxRun = time.Hour

// oneSync tells whether two pulls are of one sync: the later one's snapshot was made before the earlier pull was, and its remote was sent
// nothing of that in between.
func (r *runs) oneSync(first, second *deed) (bool, error) {
	took := second.commit.Author.When.Sub(first.commit.Author.When)
	if first.from == second.from || took < 0 || took > maxRun {
		return false, nil
	}
	n, err := r.load(second.seen)
	if err != nil {
		return false, nil // it cannot be told
	}
	if n.when().After(first.commit.Author.When) {
		return false, nil
	}
	b := r.bases[second.from]
	return b == nil || b.find(r.s, first).IsZero(), nil
}

// peek reads the next commit of the line; nil: there is none.
func (r *runs) peek() (*deed, error) {
	if r.ahead != nil || r.next.IsZero() {
		return r.ahead, nil
	}
	n, err := r.load(r.next)
	if err != nil {
		return nil, err
	}
	c, err := r.Commit(n.hash)
	if err != nil {
		return nil, err
	}
	d := &deed{hash: n.hash, commit: c, kind: Edit, from: Here, own: repo.TakesBack(c)}
	dot, err := r.hasAccount(n.outline)
	if err != nil {
		return nil, err
	}
	if !dot {
		own, merged, remote, err := r.kin(n, dot)
		if err == nil && len(own) == 1 && len(merged) == 1 && own[0].hash == n.commit.Parents[0] {
			d.kind, d.from, d.seen = Pull, remote, merged[0].hash
		}
	}
	for _, b := range r.bases {
		d.sent = d.sent || !b.find(r.s, d).IsZero()
	}
	r.next = store.Hash{}
	if len(n.commit.Parents) > 0 {
		r.next = n.commit.Parents[0]
	}
	r.ahead = d
	return d, nil
}

// baseChain is the line of bases of one remote, read as far as somebody asked.
type baseChain struct {
	next  store.Hash
	bases map[store.Hash]store.Hash // the newest base, by the commit of main that it has as its first parent
}

// find gives the newest base that was agreed on as a commit of main left things. A base is not older than its main; so that clocks may go
// wrong, the search ends only behind some that are.
func (b *baseChain) find(s *store.Store, d *deed) store.Hash {
	for old := 0; old < 50 && !b.next.IsZero(); {
		if h, ok := b.bases[d.hash]; ok {
			return h
		}
		c, err := s.Commit(b.next)
		if err != nil || len(c.Parents) == 0 {
			b.next = store.Hash{}
			break
		}
		if _, known := b.bases[c.Parents[0]]; !known {
			b.bases[c.Parents[0]] = b.next
		}
		if c.Author.When.Before(d.commit.Author.When) {
			old++
		}
		b.next = store.Hash{}
		if len(c.Parents) > 2 {
			b.next = c.Parents[2]
		}
	}
	return b.bases[d.hash]
}

// part gives the commits of a run that are wanted.
func (r run) part(want func(*deed) bool) (found run) {
	for i := range r {
		if want(&r[i]) {
			found = append(found, r[i])
		}
	}
	return found
}

func pulled(d *deed) bool { return d.kind == Pull }

func edited(d *deed) bool { return d.kind == Edit }
