package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"

	"vgit/history"
	"vgit/repo"
	"vgit/repo/item"
	"vgit/repo/store"
)

// sinceThen compares two moments, or one with the vdir as it is now, which r has open.
func (s *session) sinceThen(ctx context.Context, d *vdirDiff, q comparison, r *repo.Repo) (err error) {
	o := history.Options{Path: d.vdir.Path, Layout: s.options(d.vdir).Layout, Disk: s.Disk, Titles: -1, Details: s.json}
	if w := s.wording(); !s.json && !q.patch {
		o.Words = &w
	}
	if q.stat && !s.json {
		o.Words, o.Titles = nil, 1
	}
	book, err := history.Open(o)
	if errors.Is(err, store.ErrNoRepository) || errors.Is(err, fs.ErrNotExist) {
		return &usageError{what: d.vdir.Name + " has no history yet", hint: "vgit sync begins it"}
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	when := q.moments
	if len(when) == 0 { // without a remote there is nothing to send: what is not recorded yet
		when = []history.When{{Text: "main", Rev: "main"}}
	}
	var trees []store.Hash
	for _, w := range when {
		m, err := stateAt(book, w)
		if err != nil {
			return err
		}
		d.moments, trees = append(d.moments, m), append(trees, m.Tree)
	}
	if r != nil {
		look, err := r.Look(ctx, s.asking(ctx, place{vdir: d.vdir}, ""))
		if err != nil {
			return err
		}
		s.tellWrong(d, &repo.Report{Problems: look.Problems})
		book.Over(look.Objects())
		trees = append(trees, look.Tree)
	}
	found, err := book.Compare(trees[0], trees[1], func(f repo.Difference) bool { return q.wants(d.vdir, o.Layout, f) })
	if err != nil {
		return err
	}
	for _, f := range found {
		c := change{Difference: f, was: f.Old, now: f.New}
		if s.json {
			c.uid = uidIn(book.Blob, f)
		} else if o.Words != nil {
			c.below = unreadable(book.Blob, f)
		}
		if err := c.read(book.Blob, o.Layout, q.patch); err != nil {
			return err
		}
		d.changes = append(d.changes, c)
	}
	return nil
}

// uidIn is the UID of an item that differs, for programs.
func uidIn(blob func(store.Hash) ([]byte, error), f repo.Difference) string {
	h := f.New
	if h.IsZero() {
		h = f.Old
	}
	b, err := blob(h)
	if err != nil || repo.IsProperty(f.Name) {
		return ""
	}
	return item.Parse(b).UID()
}

// unreadable says of an item that it cannot be read as one; what it says is in its lines.
func unreadable(blob func(store.Hash) ([]byte, error), f repo.Difference) []string {
	if f.New.IsZero() || repo.IsProperty(f.Name) {
		return nil
	}
	b, err := blob(f.New)
	if err != nil {
		return []string{"cannot be read from the repository: " + err.Error()}
	}
	if it := item.Parse(b); it.State() != item.Sound {
		return []string{"not readable: " + it.Problem() + "; --patch shows its lines"}
	}
	return nil
}

// read makes the patch of a change, if it is wanted.
func (c *change) read(blob func(store.Hash) ([]byte, error), layout repo.Layout, wanted bool) error {
	if !wanted {
		return nil
	}
	var versions [2][]byte
	for i, h := range []store.Hash{c.was, c.now} {
		if h.IsZero() {
			continue
		}
		b, err := blob(h)
		if err != nil {
			return err
		}
		if c.Sign == '=' { // what is sent ends its lines as HTTP demands it, and that is no difference
			b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
		}
		versions[i] = append([]byte{}, b...) // not nil, even if it is empty
	}
	path := layout.Path(c.Collection, c.Name)
	was := path
	if c.Was != "" {
		was = c.Was
	}
	c.patch = movedPatch(was, path, versions[0], versions[1])
	return nil
}
