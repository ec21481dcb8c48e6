package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"vgit/repo"
	"vgit/repo/item"
)

// keepBoth makes what this side has of an item a new one, in a file of its own, which the next sync sends. The other side's keeps the
// UID. It returns how to take the file back, if the rest goes wrong.
func (s *session) keepBoth(w *waiter) (undo func() error, err error) {
	if w.Ours == nil || w.Theirs == nil {
		return nil, errors.New("one side deleted it, so there are no two to keep; take --local or --remote")
	}
	ours := item.Parse(w.Ours)
	switch {
	case ours.State() != item.Sound:
		return nil, fmt.Errorf("what this side has cannot be made an item of its own: it %s", ours.Problem())
	case repo.Invites(ours) || repo.Invites(item.Parse(w.Theirs)):
		return nil, errors.New("others are invited to it and would be invited twice; take --local or --remote")
	}
	uid := newUID()
	path := filepath.Join(w.vdir.Path, inside(w.vdir, w.Step))
	path = filepath.Join(filepath.Dir(path), uid+w.vdir.Extension)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(repo.WithUID(ours, uid))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return func() error { return os.Remove(path) }, nil
}

// newUID is a random UUID.
func newUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
