package repo

import (
	"slices"
	"time"

	"vgit/repo/store"
)

// What was done in the last 24 hours is read from the refs (section 5.2 of the spec of the guard): what the tracking line got by a push, and
// what main got by a pull. The chain of the bases leads to both, whatever the user does to main, and has the sizes of the collections.

const (
	window      = 24 * time.Hour
	mostCommits = 5000 // that are looked at in one reading
	mostTrees   = 400  // of one collection, in which an older version is looked for
)

// past is Earlier, for one remote.
type past struct {
	r     *Repo
	s     *side
	l     *Local
	since time.Time
	log   *pastLog
	left  int  // commits that may still be looked at
	news  bool // the log has more than the last run left
}

func (r *Repo) past(s *side, l *Local) *past {
	return &past{r: r, s: s, l: l, since: r.o.Now().Add(-window)}
}

// pastBase is a commit of the base, with its time.
type pastBase struct {
	at   time.Time
	hash store.Hash
}

// written is one write with the time of its commit.
type written struct {
	at time.Time
	Applied
}

// Applied implements Earlier. What cannot be read is not counted.
func (p *past) Applied() []Applied {
	var all []Applied
	for _, w := range p.read().writes {
		all = append(all, w.Applied)
	}
	return all
}

// Then implements Earlier.
func (p *past) Then(coll string) int {
	for _, b := range p.read().bases {
		if b.at.After(p.since) {
			continue
		}
		if c, err := p.r.g.Commit(b.hash); err == nil {
			return len(p.items(c.Tree, partNames[inLocal], coll))
		}
		return 0
	}
	return 0
}

// First implements Earlier.
func (p *past) First(coll string) bool {
	return p.Then(coll) == 0 && p.inStep(coll).IsZero()
}

// inStep is when a collection that was not there a day ago was first in step: main and the snapshot had what the base had, and something at
// that. Zero: it has not been yet.
func (p *past) inStep(coll string) time.Time {
	for _, b := range slices.Backward(p.read().bases) {
		c, err := p.r.g.Commit(b.hash)
		if err != nil || len(c.Parents) < 2 {
			continue
		}
		n := len(p.items(c.Tree, partNames[inLocal], coll))
		if n == 0 {
			continue
		}
		main, err := p.r.g.Commit(c.Parents[0])
		if err != nil || len(p.items(main.Tree, "", coll)) != n {
			continue
		}
		if there, err := p.r.g.Commit(c.Parents[1]); err == nil && len(p.items(there.Tree, "", coll)) == n {
			return b.at
		}
	}
	return time.Time{}
}

// items are those of a collection below a directory of a tree, none if they cannot be read.
func (p *past) items(tree store.Hash, dir, coll string) Items {
	path := p.r.o.Layout.dir(coll)
	if dir != "" {
		path = join(dir, path)
	}
	at, err := lookup(p.r.g, tree, path)
	if err != nil {
		return nil
	}
	items, err := p.r.o.Layout.items(p.r.g, at.Hash)
	if err != nil {
		return nil
	}
	return items
}

// Sizes implements Earlier.
func (p *past) Sizes() map[string]int {
	sizes := map[string]int{}
	for coll := range p.s.base.pairs {
		if local, _, err := p.s.base.items(coll); err == nil {
			sizes[coll] = len(local)
		}
	}
	return sizes
}

// read brings the log up to date.
func (p *past) read() *pastLog {
	if p.log != nil {
		return p.log
	}
	p.log, p.left = p.r.loadPast(p.s.rem.Name), mostCommits
	base, main, tracking := p.s.base.commit, p.l.Commit, p.s.snap.Commit
	switch {
	case base.IsZero():
		p.log = &pastLog{}
		return p.log
	case base == p.log.base && main == p.log.main && tracking == p.log.tracking:
		p.log.end(p)
		return p.log
	}
	p.news = true
	fresh := p.bases()
	seen := map[store.Hash]bool{p.log.main: true, p.log.tracking: true}
	said := named{}
	mains, lines := []store.Hash{main}, []store.Hash{tracking}
	for _, b := range fresh {
		if c, err := p.r.g.Commit(b.hash); err == nil && len(c.Parents) > 1 {
			p.answers(b.hash, c.Tree, said)
			if b.hash != p.log.base { // what led to that was looked at
				mains, lines = append(mains, c.Parents[0]), append(lines, c.Parents[1])
			}
		}
	}
	before := len(p.log.writes)
	for _, m := range mains {
		p.line(m, seen, p.pulled)
	}
	for _, t := range lines {
		p.line(t, seen, p.pushed)
	}
	p.log.writes = append(p.log.writes[:before], slices.DeleteFunc(p.log.writes[before:], func(w written) bool { return said.names(w.Applied) })...)
	p.log.base, p.log.main, p.log.tracking = base, main, tracking
	p.log.end(p)
	return p.log
}

// bases brings the list of the bases up to date: those of the last 24 hours, and one older. It gives the new ones, and the last of the
// old. A log that is about other bases is emptied.
func (p *past) bases() []pastBase {
	var fresh []pastBase
	at := p.s.base.commit
	for ; !at.IsZero() && at != p.log.base && p.left > 0; p.left-- {
		c, err := p.r.g.Commit(at)
		if err != nil || len(c.Parents) < 2 {
			break
		}
		fresh = append(fresh, pastBase{c.Committer.When, at})
		at = store.Hash{}
		if len(c.Parents) > 2 {
			at = c.Parents[2]
		}
		if !fresh[len(fresh)-1].at.After(p.since) {
			break
		}
	}
	if p.log.base.IsZero() || at != p.log.base {
		*p.log = pastLog{bases: fresh}
		return fresh
	}
	n := len(fresh)
	p.log.bases = append(fresh, p.log.bases...)
	return p.log.bases[:min(n+1, len(p.log.bases))]
}

// line looks at the commits of a line, back to what was seen or is older than a day.
func (p *past) line(at store.Hash, seen map[store.Hash]bool, look func(store.Commit)) {
	for ; !at.IsZero() && !seen[at] && p.left > 0; p.left-- {
		seen[at] = true
		c, err := p.r.g.Commit(at)
		if err != nil || !c.Committer.When.After(p.since) {
			return
		}
		look(c)
		if len(c.Parents) == 0 {
			return
		}
		at = c.Parents[0]
	}
}

// pushed notes what a commit of the tracking line got by a push.
func (p *past) pushed(c store.Commit) {
	if len(c.Parents) > 0 && p.kind(c.Tree) == "push" {
		p.note(c, There, nil)
	}
}

// pulled notes what a commit of main got by a pull from the remote: it has a snapshot of that as its second parent. What the server made of a
// push is no pull.
func (p *past) pulled(c store.Commit) {
	if len(c.Parents) != 2 {
		return
	}
	from, err := p.r.g.Commit(c.Parents[1])
	if err != nil {
		return
	}
	var sent map[string]bool
	switch p.kind(from.Tree) {
	case "":
		return
	case "push":
		sent = map[string]bool{}
		for _, a := range p.differ(from, There) {
			sent[a.Collection+"/"+a.Name] = true
		}
	}
	p.note(c, Here, sent)
}

// kind is what made a snapshot of this remote, "" of what is none.
func (p *past) kind(tree store.Hash) string {
	b, err := readFile(p.r.g, tree, accountPath)
	if err != nil || b == nil {
		return ""
	}
	a, err := parseAccount(b)
	if err != nil || a.Remote != p.s.rem.Name {
		return ""
	}
	return a.Snapshot
}

func (p *past) note(c store.Commit, side Side, but map[string]bool) {
	for _, a := range p.differ(c, side) {
		if !but[a.Collection+"/"+a.Name] {
			p.log.writes = append(p.log.writes, written{c.Committer.When, a})
		}
	}
}

// differ is in what a commit differs from its first parent.
func (p *past) differ(c store.Commit, side Side) (all []Applied) {
	if len(c.Parents) == 0 {
		return nil
	}
	from, err := p.r.g.Commit(c.Parents[0])
	if err != nil {
		return nil
	}
	layout := p.r.o.Layout
	old, err := layout.collections(p.r.g, from.Tree)
	if err != nil {
		return nil
	}
	now, err := layout.collections(p.r.g, c.Tree)
	if err != nil {
		return nil
	}
	for coll := range union(old, now) {
		if old[coll] == now[coll] {
			continue
		}
		was, is, err := layout.unequal(p.r.g, old[coll], now[coll])
		if err != nil {
			continue
		}
		for name := range union(was, is) {
			a := Applied{Side: side, Kind: Update, Collection: coll, Name: name, Before: was[name], After: is[name]}
			switch {
			case a.Before.IsZero():
				a.Kind = Create
			case a.After.IsZero():
				a.Kind = Delete
			}
			all = append(all, a)
		}
	}
	return all
}

// union yields the keys of both.
func union[V any](a, b map[string]V) map[string]bool {
	all := make(map[string]bool, len(a)+len(b))
	for k := range a {
		all[k] = true
	}
	for k := range b {
		all[k] = true
	}
	return all
}

// Older implements Earlier. It goes back on the tracking line until a body that is there now is found again after another.
func (p *past) Older(coll string, now Items) map[string]bool {
	found, other := map[string]bool{}, map[string]bool{}
	last, trees := store.Hash{}, 0
	for at, n := p.s.snap.Commit, 0; !at.IsZero() && n < mostCommits && trees < mostTrees && len(found) < len(now); n++ {
		c, err := p.r.g.Commit(at)
		if err != nil {
			break
		}
		if tree, err := lookup(p.r.g, c.Tree, p.r.o.Layout.dir(coll)); err == nil && tree.Hash != last {
			items, err := p.r.o.Layout.items(p.r.g, tree.Hash)
			if err != nil {
				break
			}
			last, trees = tree.Hash, trees+1
			for name, body := range now {
				switch {
				case items[name] != body:
					other[name] = true
				case other[name]:
					found[name] = true
				}
			}
		}
		if len(c.Parents) == 0 {
			break
		}
		at = c.Parents[0]
	}
	return found
}
