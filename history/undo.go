package history

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"vgit/repo"
	"vgit/repo/store"
)

// Undo says what is to be taken back. Without a commit and a time it is the last run: what the last sync received, or if that was nothing
// what it sent; or the last undo or restore, if nothing came since.
type Undo struct {
	Commit store.Hash // of main, or of what was sent: its run
	Since  time.Time  // all runs that are not older
	After  store.Hash // with Since: of these what came after this commit of main, of which times alone do not tell within one second
	From   []string   // only changes that came from these: Here, and names of remotes
	Where  string     // only this collection
}

// Reversal is the plan of an undo or a restore.
type Reversal struct {
	Of      []Entry  // the commits that are taken back, newest first, without their items
	Changes []Change // by path
	Stays   []Stay   // what is not taken back, and why
	// Sent says that the same run sent something as well, and that this is not taken back.
	Sent bool
}

// Change is one file that a plan writes or removes.
type Change struct {
	repo.FileEdit
	Damage string     // what is wrong with the file now, which is replaced all the same; "": nothing
	Now    store.Hash // what the item or property is now, wherever it lies; zero: it is not there
}

// Files are the edits of a plan.
func (r *Reversal) Files() (files []repo.FileEdit) {
	for _, c := range r.Changes {
		files = append(files, c.FileEdit)
	}
	return files
}

// Nothing is the reason why there is nothing to take back. Its text may hold what a person said.
type Nothing struct{ What, Hint string }

func (e *Nothing) Error() string { return e.What }

// Undo works out what takes changes back: each run's in turn, the newest first, in the vdir as it is now. A file that is as the run left it
// gets the exact bytes that it had before. It writes nothing.
func (b *Book) Undo(ctx context.Context, u Undo, now State) (*Reversal, error) {
	deeds, rev, err := b.meant(ctx, u)
	if err != nil {
		return nil, err
	}
	oldest := deeds[len(deeds)-1]
	before, err := b.treeBefore(&oldest)
	if err != nil {
		return nil, err
	}
	d, err := b.desk(now, before)
	if err != nil {
		return nil, err
	}
	for i := range deeds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := d.takeBackAll(&deeds[i], u.Where); err != nil {
			return nil, fmt.Errorf("commit %s: %w", deeds[i].hash, err)
		}
		rev.Of = append(rev.Of, deeds[i].entry())
	}
	return rev, d.finish(rev)
}

// treeBefore is the tree that a commit was made on.
func (b *Book) treeBefore(d *deed) (store.Hash, error) {
	if len(d.commit.Parents) == 0 {
		return store.Hash{}, nil
	}
	c, err := b.Commit(d.commit.Parents[0])
	return c.Tree, err
}

// takeBackAll takes back all that one commit changed: first what it added, so that places are free, then what it changed, then what it deleted.
func (d *desk) takeBackAll(of *deed, where string) error {
	before, err := d.treeBefore(of)
	if err != nil {
		return err
	}
	all, err := d.changes(of.commit.Tree, []store.Hash{before}, newFilter(Options{Layout: d.layout}))
	if err != nil {
		return err
	}
	if of.only != nil {
		all = slices.DeleteFunc(all, func(c repo.Difference) bool { return !of.only(c) })
	}
	all = slices.DeleteFunc(all, func(c repo.Difference) bool { return where != "" && !d.touches(c, where) })
	slices.SortStableFunc(all, func(x, y repo.Difference) int { return cmp.Compare(order[x.Sign], order[y.Sign]) })
	for _, c := range all {
		if err := d.takeBack(of.hash, c); err != nil {
			return fmt.Errorf("%s: %w", d.layout.Path(c.Collection, c.Name), err)
		}
	}
	return nil
}

var order = map[byte]int{'+': 0, '~': 1, '-': 2}

// touches tells whether a change is of a collection, or moved an item out of it.
func (d *desk) touches(c repo.Difference, coll string) bool {
	was, _, _ := d.layout.Split(c.Was)
	return c.Collection == coll || c.Was != "" && was == coll
}

// finish makes the plan: all that differs from now.
func (d *desk) finish(rev *Reversal) error {
	for _, f := range d.all {
		c := Change{FileEdit: repo.FileEdit{Collection: f.at.Collection, Name: f.at.Name, Before: d.before(f.at)}, Now: d.before(f.was)}
		switch {
		case f.gone && (f.was == Place{} || d.files[f.was] != nil):
			continue // it never was, or another takes its place
		case f.gone:
			c.Collection, c.Name, c.Before = f.was.Collection, f.was.Name, c.Now
		case f.hash == c.Before && !f.mend && !f.hash.IsZero() && (f.at == f.was || f.was == Place{}):
			continue
		default:
			body, err := d.bytes(f)
			if err != nil {
				return err
			}
			if c.After = body; body == nil {
				c.After = []byte{}
			}
			if f.mend {
				c.Damage = d.now.Damaged[d.layout.Path(f.at.Collection, f.at.Name)]
				c.Mend = true
			}
			if f.was != f.at && f.was != (Place{}) {
				c.Was = d.layout.Path(f.was.Collection, f.was.Name)
			}
		}
		rev.Changes = append(rev.Changes, c)
	}
	slices.SortFunc(rev.Changes, func(x, y Change) int {
		return cmp.Or(cmp.Compare(x.Collection, y.Collection), cmp.Compare(x.Name, y.Name))
	})
	rev.Stays = d.stays
	return d.tellWho(rev.Stays)
}

// maxWho is how many commits are looked through for who changed what stays.
const maxWho = 1000

// tellWho finds for each item that stays the newest commit that changed it since.
func (d *desk) tellWho(stays []Stay) error {
	left := map[int]bool{}
	for i := range stays {
		left[i] = true
		stays[i].By = Entry{Kind: Edit, From: Here}
	}
	r, err := d.runs()
	if err != nil {
		return err
	}
	tree := d.now.Tree
	for n := 0; n < maxWho && len(left) > 0; n++ {
		c, err := r.peek()
		if err != nil || c == nil {
			return err
		}
		// What differs between this commit and the state after it was changed by the one before in this loop, or just now.
		for i := range left {
			s := &stays[i]
			if same, err := d.sameAt(tree, c.commit.Tree, s.Place); err != nil {
				return err
			} else if !same {
				delete(left, i)
				continue
			}
			if s.By.Commit = c.hash; c.hash == s.deed {
				delete(left, i)
			}
			s.By.Time, s.By.Kind, s.By.From = c.commit.Author.When, c.kind, c.from
		}
		tree, r.ahead = c.commit.Tree, nil
	}
	return nil
}

// sameAt tells whether two trees have the same at a place. The first is of now, or of a commit.
func (d *desk) sameAt(a, b store.Hash, p Place) (bool, error) {
	if a == b {
		return true, nil
	}
	x, err := d.lookup(a, p)
	if err != nil {
		return false, err
	}
	y, err := d.lookup(b, p)
	return x == y, err
}

func (d *desk) lookup(tree store.Hash, p Place) (store.Hash, error) {
	trees, err := d.layout.Collections(d, tree)
	if err != nil || trees[p.Collection].IsZero() {
		return store.Hash{}, err
	}
	list, err := d.Tree(trees[p.Collection])
	for _, e := range list {
		if e.Name == p.Name {
			return e.Hash, err
		}
	}
	return store.Hash{}, err
}
