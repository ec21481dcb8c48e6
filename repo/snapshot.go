package repo

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"vgit/repo/store"
)

const (
	accountPath    = ".vgit/remote"
	collectionsDir = ".vgit/collection"
)

// Snapshot is what a remote was seen to hold: the tree of a tracking commit, and its text files. Rows and items of a
// collection are read only when somebody asks, since most collections do not change.
type Snapshot struct {
	Commit  store.Hash // zero: nothing was kept yet
	Tree    store.Hash
	made    time.Time // the commit; zero: nothing was kept yet
	account *accountFile
	colls   map[string]*seen
	layout  Layout
	o       objects
}

// seen is one collection of a snapshot.
type seen struct {
	name   string
	tree   store.Hash // of its items; zero: none
	file   store.Hash // of its status file
	status *Status    // head only, until rows are asked for
}

// loadSnapshot reads a tracking commit. A commit that is no snapshot of this remote is an error (errNoSnapshot).
func loadSnapshot(o objects, layout Layout, name string, commit store.Hash) (*Snapshot, error) {
	s := &Snapshot{layout: layout, o: o, account: &accountFile{Remote: name}, colls: map[string]*seen{}}
	if commit.IsZero() {
		return s, nil
	}
	c, err := o.Commit(commit)
	if err != nil {
		return nil, err
	}
	s.Commit, s.Tree, s.made = commit, c.Tree, c.Committer.When
	b, err := readFile(o, c.Tree, accountPath)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, errNoSnapshot
	}
	if s.account, err = parseAccount(b); err != nil {
		return nil, err
	}
	if s.account.Remote != name {
		return nil, errNoSnapshot
	}
	return s, s.loadCollections()
}

var errNoSnapshot = errors.New("the tracking branch does not hold a snapshot of this remote")

func (s *Snapshot) loadCollections() error {
	dir, err := lookup(s.o, s.Tree, collectionsDir)
	if err != nil || dir.Hash.IsZero() {
		return err
	}
	files, err := s.o.Tree(dir.Hash)
	if err != nil {
		return err
	}
	trees, err := s.layout.collections(s.o, s.Tree)
	if err != nil {
		return err
	}
	for _, f := range files {
		b, err := s.o.Blob(f.Hash)
		if err != nil {
			return err
		}
		st, err := parseStatusHead(collectionsDir+"/"+f.Name, b)
		if err != nil {
			return err
		}
		s.colls[f.Name] = &seen{name: f.Name, tree: trees[f.Name], file: f.Hash, status: st}
	}
	return nil
}

// names lists the collections in order.
func (s *Snapshot) names() []string { return slices.Sorted(maps.Keys(s.colls)) }

// rows gives the whole status of a collection.
func (c *seen) rows() (*Status, error) {
	if c.status.rest != "" {
		if err := c.status.parseRows(collectionsDir + "/" + c.name); err != nil {
			return nil, err
		}
	}
	return c.status, nil
}

// items reads which bodies a collection has, by name.
func (s *Snapshot) items(coll string) (Items, error) {
	c := s.colls[coll]
	if c == nil {
		return Items{}, nil
	}
	items, err := s.layout.items(s.o, c.tree)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	return items, nil
}

// clone is a snapshot whose map of collections may be changed.
func (s *Snapshot) clone() *Snapshot {
	c := *s
	c.colls = maps.Clone(s.colls)
	account := *s.account
	c.account = &account
	return &c
}

// build makes the tree of a snapshot. It reads nothing of collections that did not change.
func (s *Snapshot) build(g *stage, kind string) (store.Hash, error) {
	account := *s.account
	account.Snapshot = kind
	root := store.Hash{}
	files := map[string]store.Entry{}
	for name, c := range s.colls {
		files[name] = store.Entry{Name: name, Mode: store.ModeFile, Hash: c.file}
		var err error
		if root, err = setPath(g, root, s.layout.dir(name), c.tree); err != nil {
			return store.Hash{}, err
		}
	}
	dir, err := putEntries(g, store.Hash{}, files)
	if err != nil {
		return store.Hash{}, err
	}
	if root, err = setPath(g, root, collectionsDir, dir); err != nil {
		return store.Hash{}, err
	}
	return editPath(g, root, ".vgit", edits{"remote": g.AddBlob(account.bytes())})
}

// sameAs tells whether two snapshots hold the same but for what made them.
func (s *Snapshot) sameAs(old *Snapshot) bool {
	a, b := *s.account, *old.account
	a.Snapshot, b.Snapshot = "", ""
	if !slices.Equal(a.bytes(), b.bytes()) || len(s.colls) != len(old.colls) {
		return false
	}
	for name, c := range s.colls {
		o := old.colls[name]
		if o == nil || o.tree != c.tree || o.file != c.file {
			return false
		}
	}
	return true
}

// replace puts a collection with a new status and edited items into the snapshot.
func (s *Snapshot) replace(g *stage, name string, status *Status, ed edits) error {
	old := store.Hash{}
	if c := s.colls[name]; c != nil {
		old = c.tree
	}
	tree, err := editTree(g, old, ed)
	if err != nil {
		return err
	}
	s.colls[name] = &seen{name: name, tree: tree, file: g.AddBlob(status.bytes()), status: status}
	return nil
}
