package store

import (
	"context"
	"testing"
	"time"
)

func TestKeepOnlyTakesWhatTheRootsReach(t *testing.T) {
	t.Parallel()
	s, err := Init(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	g := s.Stage()
	wanted, other := g.AddBlob([]byte("wanted")), g.AddBlob([]byte("other"))
	tree, err := g.AddTree([]Entry{{"a.ics", ModeFile, wanted}})
	if err != nil {
		t.Fatal(err)
	}
	draft, err := g.AddTree([]Entry{{"a.ics", ModeFile, other}})
	if err != nil {
		t.Fatal(err)
	}
	who := Signature{Name: "n", Email: "e", When: time.Unix(1, 0)}
	commit, err := g.AddCommit(Commit{Tree: tree, Author: who, Committer: who, Message: "m\n"})
	if err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if _, err := g.KeepOnly(stopped, commit); err == nil || g.Len() != 5 {
		t.Fatalf("what could not be kept: %v, %d of 5 objects are left", err, g.Len())
	}
	release, err := g.KeepOnly(context.Background(), commit)
	if err != nil {
		t.Fatal(err)
	}
	if g.Len() != 2 {
		t.Fatalf("%d are left; want 2", g.Len())
	}
	if err := s.Update("test", RefChange{Name: "refs/heads/main", New: commit}); err != nil {
		t.Fatal(err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	for h, want := range map[Hash]bool{wanted: true, tree: true, commit: true, other: false, draft: false} {
		if s.Has(h) != want {
			t.Errorf("%s in the repository: %v, want %v", h, !want, want)
		}
	}
	if _, err := g.Blob(other); err != nil {
		t.Errorf("what stayed behind is lost: %v", err)
	}
	if _, err := g.Commit(commit); err != nil {
		t.Errorf("what was taken cannot be read any more: %v", err)
	}
}
