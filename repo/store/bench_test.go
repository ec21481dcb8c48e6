package store

import (
	"context"
	"fmt"
	"testing"

	"vgit/repo/disk"
)

// The benchmarks write for real: what is measured is durable.
func newBenchStore(b *testing.B) (*Store, string) {
	b.Helper()
	dir := b.TempDir()
	s, err := Init(dir, Options{Dir: disk.Open})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s, dir
}

// BenchmarkKeep20k is a first download: 20,000 items of about 950 bytes, a tree and a commit.
func BenchmarkKeep20k(b *testing.B) {
	b.ReportAllocs()
	var size int64
	for b.Loop() {
		b.StopTimer()
		s, dir := newBenchStore(b)
		h := &history{s: s, rng: newHistoryRand(20000)}
		var bodies [][]byte
		for i := range 20000 {
			bodies = append(bodies, h.body(i))
		}
		b.StartTimer()
		g := s.Stage()
		items := make([]Entry, len(bodies))
		for i, body := range bodies {
			items[i] = Entry{fmt.Sprintf("item-%06d.ics", i), ModeFile, g.AddBlob(body)}
		}
		tree := must(g.AddTree(items))(b)
		who := Signature{"Ada", "ada@example.org", testTime}
		must(g.AddCommit(Commit{Tree: tree, Author: who, Committer: who}))(b)
		release := must(g.Keep(context.Background()))(b)
		if err := release(); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		size = gitSize(b, dir)
		b.StartTimer()
	}
	b.ReportMetric(float64(size), "bytes")
}

func BenchmarkUpdateRef(b *testing.B) {
	s, _ := newBenchStore(b)
	g := s.Stage()
	x := commitFiles(b, g, map[string]string{"a": "1"}, "a")
	y := commitFiles(b, g, map[string]string{"a": "2"}, "b", x)
	keep(b, g)
	if err := s.Update("x", RefChange{mainRef, Hash{}, x}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := s.Update("x", RefChange{mainRef, x, y}); err != nil {
			b.Fatal(err)
		}
		x, y = y, x
	}
}

func benchIndex(b *testing.B, n int) (*Store, *Index) {
	s, _ := newBenchStore(b)
	x := &Index{}
	for i := range n {
		x.Entries = append(x.Entries, IndexEntry{Path: fmt.Sprintf("personal/item-%06d.ics", i), Hash: Hash{byte(i)}, Mode: ModeFile,
			Size: 950, ModTime: testTime, ChangeTime: testTime, Dev: 1, Ino: uint32(i)})
	}
	if err := s.WriteIndex(x); err != nil {
		b.Fatal(err)
	}
	return s, x
}

func BenchmarkReadIndex50k(b *testing.B) {
	s, _ := benchIndex(b, 50000)
	b.ReportAllocs()
	for b.Loop() {
		if x := must(s.ReadIndex())(b); len(x.Entries) != 50000 {
			b.Fatal(len(x.Entries))
		}
	}
}

func BenchmarkWriteIndex50k(b *testing.B) {
	s, x := benchIndex(b, 50000)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.WriteIndex(x); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHistory is 1,000 commits of one change each in 20,000 entries, with the folds between; its metrics are what
// the objects take at the end, and at most. It writes without fsync: bytes are what it counts.
func BenchmarkHistory(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s, dir := newTestStore(b)
		h := newHistory(b, s, 20000)
		most := int64(0)
		b.StartTimer()
		for i := range 1000 {
			h.step(b)
			if i%25 == 0 {
				b.StopTimer()
				most = max(most, gitSize(b, dir))
				b.StartTimer()
			}
		}
		b.StopTimer()
		b.ReportMetric(float64(gitSize(b, dir)), "bytes")
		b.ReportMetric(float64(most), "most-bytes")
		b.ReportMetric(float64(b.Elapsed().Milliseconds())/1000, "ms/commit")
		if haveGit {
			git(b, dir, "gc", "-q", "--aggressive", "--prune=now")
			b.ReportMetric(float64(gitSize(b, dir)), "gc-bytes")
		}
		b.StartTimer()
	}
}

// BenchmarkReadTree20k reads the newest of many versions of a tree, as the beginning of a sync does.
func BenchmarkReadTree20k(b *testing.B) {
	s, dir := newTestStore(b)
	h := newHistory(b, s, 20000)
	for range 40 {
		h.step(b)
	}
	tree := must(s.Tree(must(s.Commit(h.tip))(b).Tree))(b)[1].Hash
	b.ReportAllocs()
	for b.Loop() {
		fresh := must(Open(dir, testOptions()))(b)
		if list := must(fresh.Tree(tree))(b); len(list) != 20000 {
			b.Fatal(len(list))
		}
		fresh.Close()
	}
}

// BenchmarkReadBlobs20k reads every item once.
func BenchmarkReadBlobs20k(b *testing.B) {
	s, _ := newTestStore(b)
	h := newHistory(b, s, 20000)
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range h.items {
			must(s.Blob(e.Hash))(b)
		}
	}
}

// BenchmarkOpenAndLock is what every command pays.
func BenchmarkOpenAndLock(b *testing.B) {
	s, dir := newBenchStore(b)
	newHistory(b, s, 1000)
	b.ReportAllocs()
	for b.Loop() {
		o := must(Open(dir, Options{}))(b)
		unlock := must(o.Lock())(b)
		if err := unlock(); err != nil {
			b.Fatal(err)
		}
		o.Close()
	}
}
