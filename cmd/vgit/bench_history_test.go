package main

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/store"
)

// BenchmarkHistory asks a history of 10,000 changes of 10,000 items, as the whole process: what it costs with the index that a sync or
// an earlier log left, and what the first one costs that has none.
func BenchmarkHistory(b *testing.B) {
	const n = 10000
	w := &bench{b: b, home: b.TempDir(), url: "http://127.0.0.1:1/"}
	vgitConfig(w)
	item := "work/" + longHistory(b, filepath.Join(w.home, "cal"), n)
	index := filepath.Join(w.home, "cal", ".git", "vgit", "history")
	w.ask("log", item)
	first := w.cpu
	info, err := os.Stat(index)
	if err != nil {
		b.Fatal(err)
	}
	for _, args := range [][]string{{"log", "-n", "20"}, {"log", "-n", "20", "--json"}, {"log", item}, {"blame", item}, {"log", "version", "1234"}} {
		b.Run(fmt.Sprint(args), func(b *testing.B) {
			w.cpu = 0
			for b.Loop() {
				w.ask(args...)
			}
			b.ReportMetric(float64(w.cpu.Milliseconds())/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(first.Milliseconds()), "first-cpu-ms")
			b.ReportMetric(float64(info.Size())/1e6, "index-MB")
		})
	}
}

// ask runs the command, which is to say something.
func (w *bench) ask(args ...string) {
	w.b.Helper()
	self, err := os.Executable()
	if err != nil {
		w.b.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Args = append([]string{"vgit", "--config", filepath.Join(w.home, "config.toml")}, args...)
	cmd.Env = append(os.Environ(), "HOME="+w.home, "XDG_STATE_HOME="+w.home)
	out, err := cmd.CombinedOutput()
	if err != nil || len(out) == 0 {
		w.b.Fatalf("%v: %v\n%s", args, err, out)
	}
	w.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// longHistory makes a vdir of n items in one collection that was synced n times, with one change each: half of them edited here and sent,
// half of them received. It gives the name of the item that was changed first and last. The trees are packed as vgit packs them, each as a delta
// against the version with the lowest bit of its number cleared.
func longHistory(b *testing.B, dir string, n int) string {
	b.Helper()
	s, err := store.Init(dir, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	p := newPackFile()
	names, tree, at := make([]string, n), []byte(nil), make([]int, n)
	for i := range n {
		names[i] = davtest.EventUID(0, i) + ".ics"
	}
	slices.Sort(names)
	for i, name := range names {
		h := p.add(3, davtest.Event(0, i), nil)
		tree = append(append(tree, "100644 "+name+"\x00"...), h[:]...)
		at[i] = len(tree) - len(h)
	}
	dots := map[string]store.Hash{}
	for _, made := range []string{"fetch", "push"} {
		h := p.add(3, []byte("vgit remote 1\nremote\tr\nsnapshot\t"+made+"\n"), nil)
		dots[made] = p.add(2, append([]byte("100644 remote\x00"), h[:]...), nil)
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	commit := func(tree store.Hash, message string, parents ...store.Hash) store.Hash {
		text := "tree " + tree.String() + "\n"
		for _, h := range parents {
			if !h.IsZero() {
				text += "parent " + h.String() + "\n"
			}
		}
		who := fmt.Sprintf("vgit <vgit@localhost> %d +0000\n", now.Unix())
		return p.add(1, []byte(text+"author "+who+"committer "+who+"\n"+message+"\n"), nil)
	}
	var main, tracking store.Hash
	var versions []int64 // where those of this line begin in the pack
	for i := range n {
		now = now.Add(time.Minute)
		k := i * 7919 % (n - 1)
		h := p.add(3, summaryLine.ReplaceAll(davtest.Event(0, k), fmt.Appendf(nil, "SUMMARY:Version %d\r\n", i)), nil)
		copy(tree[at[k]:], h[:])
		v := i % 1024
		var d *delta
		if v == 0 {
			versions = versions[:0]
		} else {
			d = &delta{base: versions[v&(v-1)], of: tree}
			for j := i - v + v&(v-1) + 1; j <= i; j++ {
				d.at = append(d.at, at[j*7919%(n-1)])
			}
		}
		versions = append(versions, p.size())
		work := p.add(2, tree, d)
		here := p.add(2, append([]byte("40000 work\x00"), work[:]...), nil)
		there := func(made string) store.Hash {
			dot := dots[made]
			return p.add(2, append(append(append([]byte("40000 .vgit\x00"), dot[:]...), "40000 work\x00"...), work[:]...), nil)
		}
		if i%2 == 0 {
			main = commit(here, "edit", main)
			tracking = commit(there("push"), "push", tracking)
		} else {
			tracking = commit(there("fetch"), "fetch", tracking)
			main = commit(here, "pull", main, tracking)
		}
	}
	p.write(b, filepath.Join(dir, ".git", "objects", "pack"))
	for ref, h := range map[string]store.Hash{repo.MainRef: main, repo.TrackingRef("r"): tracking} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, ".git", ref)), 0o700); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, ".git", ref), []byte(h.String()+"\n"), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return names[0]
}

// packFile is a pack in the making: one of a hundred thousand large trees would take a store minutes.
type packFile struct {
	bytes.Buffer
	z       *zlib.Writer
	entries map[store.Hash]packed
}

type packed struct {
	at  int64
	crc uint32
}

// delta makes a tree out of another of the same size that differs in the hashes at some places.
type delta struct {
	base int64
	of   []byte
	at   []int
}

func newPackFile() *packFile {
	z, err := zlib.NewWriterLevel(nil, zlib.BestSpeed)
	if err != nil {
		panic(err)
	}
	return &packFile{z: z, entries: map[store.Hash]packed{}}
}

func (p *packFile) size() int64 { return int64(p.Len()) + 12 }

// add adds an object, 1 a commit, 2 a tree, 3 a blob.
func (p *packFile) add(kind byte, data []byte, d *delta) store.Hash {
	sum := sha1.New()
	fmt.Fprintf(sum, "%s %d\x00", []string{1: "commit", 2: "tree", 3: "blob"}[kind], len(data))
	sum.Write(data)
	h := store.Hash(sum.Sum(nil))
	if _, ok := p.entries[h]; ok {
		return h
	}
	at, start, body := p.size(), p.Len(), data
	if d != nil {
		kind, body = 6, d.encode()
	}
	c := kind<<4 | byte(len(body)&15)
	for size := len(body) >> 4; size > 0; size >>= 7 {
		p.WriteByte(c | 0x80)
		c = byte(size & 0x7f)
	}
	p.WriteByte(c)
	if d != nil {
		back := []byte{byte(at-d.base) & 0x7f}
		for v := (at - d.base) >> 7; v > 0; v >>= 7 {
			v--
			back = append([]byte{byte(v&0x7f) | 0x80}, back...)
		}
		p.Write(back)
	}
	p.z.Reset(p)
	p.z.Write(body)
	p.z.Close()
	p.entries[h] = packed{at, crc32.ChecksumIEEE(p.Bytes()[start:])}
	return h
}

func (d *delta) encode() []byte {
	slices.Sort(d.at)
	n := uint64(len(d.of))
	b := binary.AppendUvarint(binary.AppendUvarint(nil, n), n)
	copied := func(from, to int) {
		if from < to {
			b = append(b, 0xff)
			b = binary.LittleEndian.AppendUint32(b, uint32(from))
			b = append(b, byte(to-from), byte((to-from)>>8), byte((to-from)>>16))
		}
	}
	last := 0
	for _, at := range slices.Compact(d.at) {
		copied(last, at)
		b = append(append(b, 20), d.of[at:at+20]...)
		last = at + 20
	}
	copied(last, len(d.of))
	return b
}

func (p *packFile) write(b *testing.B, dir string) {
	b.Helper()
	head := append([]byte("PACK\x00\x00\x00\x02"), binary.BigEndian.AppendUint32(nil, uint32(len(p.entries)))...)
	file := append(head, p.Bytes()...)
	sum := sha1.Sum(file)
	file = append(file, sum[:]...)
	hashes := slices.SortedFunc(maps.Keys(p.entries), func(a, b store.Hash) int { return bytes.Compare(a[:], b[:]) })
	index, names, crcs, offsets, n := []byte("\xfftOc\x00\x00\x00\x02"), []byte(nil), []byte(nil), []byte(nil), 0
	for first := range 256 {
		for n < len(hashes) && int(hashes[n][0]) <= first {
			e := p.entries[hashes[n]]
			names = append(names, hashes[n][:]...)
			crcs = binary.BigEndian.AppendUint32(crcs, e.crc)
			offsets = binary.BigEndian.AppendUint32(offsets, uint32(e.at))
			n++
		}
		index = binary.BigEndian.AppendUint32(index, uint32(n))
	}
	index = append(append(append(append(index, names...), crcs...), offsets...), sum[:]...)
	end := sha1.Sum(index)
	index = append(index, end[:]...)
	for ext, text := range map[string][]byte{".pack": file, ".idx": index} {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("pack-%x%s", sum, ext)), text, 0o600); err != nil {
			b.Fatal(err)
		}
	}
}
