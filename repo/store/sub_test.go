package store

import (
	"context"
	"testing"
	"time"
)

func TestSubTakesWhatTheRootsReach(t *testing.T) {
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
	sub, err := g.Sub(commit)
	if err != nil {
		t.Fatal(err)
	}
	if sub.Len() != 3 || g.Len() != 2 {
		t.Fatalf("taken %d, left %d; want 3 and 2", sub.Len(), g.Len())
	}
	release, err := sub.Keep(context.Background())
	if err != nil {
		t.Fatal(err)
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
