package history_test

import (
	"context"
	"fmt"
	"os/exec"
	"testing"
	"time"

	"vgit/history"
	"vgit/merge"
	"vgit/repo"
	"vgit/repo/store"
)

// manyCommits is a repository with as many commits as items, each of which changes one item.
func manyCommits(b *testing.B, n int, layout repo.Layout) history.Options {
	k := newBook(b)
	k.o.Layout = layout
	g := k.s.Stage()
	entries := make([]store.Entry, n)
	for i := range entries {
		name := fmt.Sprintf("%08x-%04x-event.ics", i*2654435761%(1<<32), i)
		entries[i] = store.Entry{Name: name, Mode: store.ModeFile, Hash: g.AddBlob([]byte(event(name, "first")))}
	}
	tip := store.Hash{}
	for i := range n {
		e := &entries[i*7919%n]
		e.Hash = g.AddBlob([]byte(event(e.Name, fmt.Sprint("title ", i))))
		tree, err := g.AddTree(entries)
		if err == nil && !layout.Single {
			tree, err = g.AddTree([]store.Entry{{Name: "work", Mode: store.ModeDir, Hash: tree}})
		}
		if err != nil {
			b.Fatal(err)
		}
		c := store.Commit{Tree: tree, Author: vgit, Committer: vgit, Message: "edit"}
		c.Author.When = k.now.Add(time.Duration(i) * time.Hour)
		if !tip.IsZero() {
			c.Parents = []store.Hash{tip}
		}
		if tip, err = g.AddCommit(c); err != nil {
			b.Fatal(err)
		}
	}
	release, err := g.Keep(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	k.main(tip)
	if err := release(); err != nil {
		b.Fatal(err)
	}
	if out, err := exec.Command("git", "-C", k.dir, "gc", "-q").CombinedOutput(); err != nil {
		b.Fatalf("git gc: %v %s", err, out)
	}
	return k.o
}

// BenchmarkLog opens the repository and reads: the last 20 entries, the whole history, the same in words, that of one item.
func BenchmarkLog(b *testing.B) {
	for name, layout := range map[string]repo.Layout{"collections": {Ext: ".ics"}, "single": {Single: true, Name: "work", Ext: ".ics"}} {
		o := manyCommits(b, 2000, layout)
		for _, row := range []struct {
			name, item string
			limit      int
			words      *merge.Wording
		}{{"last20", "", 20, nil}, {"all", "", 0, nil}, {"words", "", 0, &merge.Wording{}}, {"item", "00000000-0000-event.ics", 0, nil}} {
			b.Run(name+"/"+row.name, func(b *testing.B) {
				o := o
				o.Item, o.Limit, o.Words = row.item, row.limit, row.words
				for b.Loop() {
					n := 0
					if err := history.Log(context.Background(), o, func(history.Entry) bool { n++; return true }); err != nil || n == 0 {
						b.Fatal(n, err)
					}
				}
			})
		}
	}
}

// BenchmarkSearch finds one item of all by a word that it had once: every version is read.
func BenchmarkSearch(b *testing.B) {
	o := manyCommits(b, 2000, repo.Layout{Ext: ".ics"})
	q := history.NewQuery([]string{"TÍTLE", "1234"})
	for b.Loop() {
		found, err := history.Search(context.Background(), o, q)
		if err != nil || len(found) != 1 {
			b.Fatal(len(found), err)
		}
	}
}

// BenchmarkBlame opens the repository and finds what the slots of an item are due to that was written once, at the beginning.
func BenchmarkBlame(b *testing.B) {
	o := manyCommits(b, 2000, repo.Layout{Ext: ".ics"})
	for b.Loop() {
		book, err := history.Open(o)
		if err != nil {
			b.Fatal(err)
		}
		all, err := book.Blame(context.Background(), history.Blame{Path: "work/00000000-0000-event.ics"})
		if err != nil || len(all) == 0 {
			b.Fatal(len(all), err)
		}
		if err := book.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
