package store

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"vgit/repo/cost"
)

// entryOf is a hand-made entry of a pack, whatever it says.
type entryOf struct {
	hash Hash
	head []byte
	body []byte
}

func zip(b []byte) []byte { return newDeflater(1).deflate(b) }

// plant puts a hand-made pack with a right index into a repository.
func plant(t testing.TB, dir string, entries ...entryOf) {
	t.Helper()
	pack := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(len(entries)))
	var list []packed
	for _, e := range entries {
		raw := append(slices.Clone(e.head), e.body...)
		list = append(list, packed{e.hash, crc32.ChecksumIEEE(raw), int64(len(pack))})
		pack = append(pack, raw...)
	}
	sum := sha1.Sum(pack)
	base := filepath.Join(dir, ".git", packDir, "pack-"+Hash(sum).String())
	err := errors.Join(os.WriteFile(base+".pack", append(pack, sum[:]...), 0o600), os.WriteFile(base+".idx", encodeIndex(list, sum), 0o600))
	if err != nil {
		t.Fatal(err)
	}
}

// S37: what a hostile pack holds is an error, within bounds of memory, time and stack, and no panic.
func TestHostilePacks(t *testing.T) {
	t.Parallel()
	want := Hash{0xaa}
	other := Hash{0xbb}
	ref := func(k kind, size int, base Hash) []byte { return append(appendHeader(nil, k, size), base[:]...) }
	delta := binary.AppendUvarint(binary.AppendUvarint(nil, 10), 10)
	huge := binary.AppendUvarint(binary.AppendUvarint(nil, 4), 1<<40)
	bomb := zip(make([]byte, 64<<20))
	for name, entries := range map[string][]entryOf{
		"a delta against itself":     {{want, ref(kindRefDelta, len(delta), want), zip(delta)}},
		"two deltas in a circle":     {{want, ref(kindRefDelta, len(delta), other), zip(delta)}, {other, ref(kindRefDelta, len(delta), want), zip(delta)}},
		"a base that is not there":   {{want, ref(kindRefDelta, len(delta), other), zip(delta)}},
		"a base before the pack":     {{want, appendBack(appendHeader(nil, kindOfsDelta, len(delta)), 500), zip(delta)}},
		"a base at itself":           {{want, appendBack(appendHeader(nil, kindOfsDelta, len(delta)), 0), zip(delta)}},
		"a huge announced size":      {{want, appendHeader(nil, kindBlob, 1<<50), zip([]byte("x"))}},
		"more than announced (bomb)": {{want, appendHeader(nil, kindBlob, 10), bomb}},
		"less than announced":        {{want, appendHeader(nil, kindBlob, 200<<20), zip([]byte("x"))}},
		"a delta to a huge result":   {{other, appendHeader(nil, kindBlob, 4), zip([]byte("base"))}, {want, ref(kindRefDelta, len(huge), other), zip(huge)}},
		"another object":             {{want, appendHeader(nil, kindBlob, 4), zip([]byte("good"))}},
		"no zlib":                    {{want, appendHeader(nil, kindBlob, 4), []byte("not zlib at all")}},
		"an unknown type":            {{want, []byte{5<<4 | 1}, zip([]byte("x"))}},
		"a size that never ends":     {{want, bytes.Repeat([]byte{0xff}, 40), zip([]byte("x"))}},
		"a distance that never ends": {{want, append(appendHeader(nil, kindOfsDelta, 4), bytes.Repeat([]byte{0xff}, 40)...), nil}},
		"a header at the very end":   {{want, []byte{0x80 | 3<<4}, nil}},
	} {
		s, dir := newTestStore(t)
		plant(t, dir, entries...)
		if _, err := s.Blob(want); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", name, err)
		}
		// A fold leaves it where it is, and takes all else.
		g := s.Stage()
		mine := commitFiles(t, g, map[string]string{"a": name}, "x")
		keep(t, g)
		if err := foldNow(s); err != nil {
			t.Errorf("%s: Fold: %v", name, err)
		}
		readAll(t, s, mine)
		if _, err := s.Blob(want); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: after a fold: %v", name, err)
		}
		// What can be had elsewhere is had: damage in one place does not hide a sound copy.
		g = s.Stage()
		h := g.AddBlob([]byte("good"))
		keep(t, g)
		if b, err := s.Blob(h); err != nil || string(b) != "good" {
			t.Errorf("%s: a sound object beside it: %q, %v", name, b, err)
		}
	}
}

// A chain of deltas as long as the pack is neither followed without end nor by recursion.
func TestEndlessChain(t *testing.T) {
	t.Parallel()
	s, dir := newTestStore(t)
	delta := append(binary.AppendUvarint(binary.AppendUvarint(nil, 4), 4), 0x90, 4)
	body := zip(delta)
	entries := []entryOf{{Hash{1}, appendHeader(nil, kindBlob, 4), zip([]byte("base"))}}
	size := int64(len(entries[0].head) + len(entries[0].body))
	var last Hash
	for i := range maxChain + 10 {
		last = Hash{2, byte(i >> 8), byte(i)}
		e := entryOf{last, appendBack(appendHeader(nil, kindOfsDelta, len(delta)), size), body}
		size = int64(len(e.head) + len(e.body))
		entries = append(entries, e)
	}
	plant(t, dir, entries...)
	if _, err := s.Blob(last); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "chain") {
		t.Errorf("%v, want an error about the chain", err)
	}
}

func TestHostileLooseObjects(t *testing.T) {
	t.Parallel()
	h := hashObject(kindBlob, []byte("good"))
	for name, body := range map[string][]byte{
		"empty":               nil,
		"no zlib":             []byte("blob 4\x00good"),
		"cut":                 zip([]byte("blob 4\x00good"))[:8],
		"other content":       zip([]byte("blob 4\x00evil")),
		"other size":          zip([]byte("blob 3\x00good")),
		"no header (bomb)":    zip(make([]byte, 32<<20)),
		"header without end":  zip(bytes.Repeat([]byte("b"), 32<<20)),
		"negative size":       zip([]byte("blob -4\x00good")),
		"huge size":           zip([]byte("blob 99999999999\x00good")),
		"more than announced": zip(append([]byte("blob 4\x00good"), make([]byte, 32<<20)...)),
		"unknown type":        zip([]byte("blub 4\x00good")),
	} {
		s, dir := newTestStore(t)
		p := filepath.Join(dir, ".git", loosePath(h))
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o700), os.WriteFile(p, body, 0o400)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Blob(h); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", name, err)
		}
		g := s.Stage()
		g.AddBlob([]byte("good"))
		keep(t, g)
		if b, err := s.Blob(h); err != nil || string(b) != "good" {
			t.Errorf("%s: not written again: %q, %v", name, b, err)
		}
	}
}

// Trees that name what they must not, or that are no trees.
func TestTrees(t *testing.T) {
	t.Parallel()
	s, _ := newTestStore(t)
	g := s.Stage()
	h := g.AddBlob([]byte("x"))
	for _, name := range []string{"", ".", "..", "a/b", "a\x00b", ".git", ".GIT", ".git ", ".git.", "git~1", "/",
		".g\u200cit", "\ufeff.git", ".git\u200d", ".git::$INDEX_ALLOCATION", "GIT~1 . "} {
		if _, err := g.AddTree([]Entry{{name, ModeFile, h}}); err == nil {
			t.Errorf("a tree with %q was made", name)
		}
	}
	for _, list := range [][]Entry{{{"a", ModeFile, h}, {"a", ModeExec, h}}, {{"a", ModeFile, h}, {"a", ModeDir, h}},
		{{"a", ModeFile, h}, {"a.b", ModeFile, h}, {"a", ModeDir, h}}, {{"a", 0o644, h}}, {{"a", ModeFile, Hash{}}}} {
		if _, err := g.AddTree(list); err == nil {
			t.Errorf("a tree of %v was made", list)
		}
	}
	if got := SoundEntries([]Entry{{"..", ModeFile, h}, {"a", ModeFile, h}, {"a", ModeDir, h}, {"b", 0o644, h}, {"c", ModeLink, h}}); len(got) != 2 || got[0].Mode != ModeFile {
		t.Errorf("of a hostile tree %v is left", got)
	}
	sub := must(g.AddTree([]Entry{{"x", ModeFile, h}}))(t)
	list := []Entry{{"a", ModeDir, sub}, {"a.ics", ModeFile, h}, {"a-b", ModeFile, h}, {"con.ics", ModeExec, h}, {"ü", ModeLink, h}}
	tree := must(g.AddTree(list))(t)
	got := must(g.Tree(tree))(t)
	if names := fmt.Sprint(got[0].Name, got[1].Name, got[2].Name); names != fmt.Sprint("a-b", "a.ics", "a") {
		t.Errorf("order of the tree: %s", names)
	}
	for _, raw := range []string{"1", "100644 a", "100644 a\x00short", "x a\x00" + strings.Repeat("h", 20), " a\x00" + strings.Repeat("h", 20),
		"100644 \x00" + strings.Repeat("h", 20), "100644 a/b\x00" + strings.Repeat("h", 20), "77777777777 a\x00" + strings.Repeat("h", 20)} {
		bad := g.add(kindTree, []byte(raw))
		if _, err := g.Tree(bad); err == nil {
			t.Errorf("%q was read as a tree", raw)
		}
	}
	if _, err := g.Tree(h); err == nil {
		t.Error("a blob was read as a tree")
	}
}

func TestCommitsOfOthers(t *testing.T) {
	t.Parallel()
	s, _ := newTestStore(t)
	g := s.Stage()
	tree := must(g.AddTree(nil))(t)
	who := Signature{"A <b> \nC", "x>y\x00", testTime}
	c := must(g.AddCommit(Commit{Tree: tree, Author: who, Committer: Signature{}, Message: "a\x00b\xff"}))(t)
	got := must(g.Commit(c))(t)
	if got.Author.Name != "A b C" || got.Author.Email != "xy" || got.Committer.Name != "vgit" || got.Message != "ab\ufffd" {
		t.Errorf("%+v", got)
	}
	signed := fmt.Sprintf("tree %s\nauthor A <a@a> 1 +0100\ncommitter A <a@a> 1 -1130\nencoding latin-1\ngpgsig -----BEGIN\n more\n -----END\n\nm\n", tree)
	if got := must(g.Commit(g.add(kindCommit, []byte(signed))))(t); got.Tree != tree || got.Message != "m\n" {
		t.Errorf("%+v", got)
	}
	for _, raw := range []string{"", "\n", "tree x\n", "author", "tree " + strings.Repeat("z", 40) + "\n\n", strings.Repeat("parent \n", 3)} {
		if c, err := g.Commit(g.add(kindCommit, []byte(raw))); err == nil {
			t.Errorf("%q was read as %+v", raw, c)
		}
	}
}

// go-git's own storage, as another reader, finds all that a fold has made.
func TestGoGitReadsOurPacks(t *testing.T) {
	t.Parallel()
	s, dir := newTestStore(t)
	h := newHistory(t, s, 200)
	for range 30 {
		h.step(t)
	}
	if err := foldNow(s); err != nil {
		t.Fatal(err)
	}
	other := filesystem.NewStorage(osfs.New(filepath.Join(dir, ".git")), cache.NewObjectLRUDefault())
	n := 0
	for _, k := range s.packs.list {
		for _, e := range k.index.byOffset() {
			o, err := other.EncodedObject(plumbing.AnyObject, plumbing.Hash(e.hash))
			if err != nil || Hash(o.Hash()) != e.hash {
				t.Errorf("%s: %v", e.hash, err)
			}
			n++
		}
	}
	if n < 30*6 {
		t.Errorf("only %d objects in packs", n)
	}
}

func FuzzPack(f *testing.F) {
	delta := append(binary.AppendUvarint(binary.AppendUvarint(nil, 4), 5), 0x90, 4, 1, 'x')
	f.Add(append(appendHeader(nil, kindBlob, 4), zip([]byte("base"))...), append(appendBack(appendHeader(nil, kindOfsDelta, len(delta)), 15), zip(delta)...))
	f.Add([]byte{0xff}, []byte{0x7f})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		body := append(append([]byte("PACK\x00\x00\x00\x02\x00\x00\x00\x02"), a...), b...)
		sum := sha1.Sum(body)
		idx := encodeIndex([]packed{{Hash{1}, 0, 12}, {Hash{2}, 0, int64(12 + len(a))}}, sum)
		k := &pack{name: "fuzz", size: int64(len(body) + 20), at: bytes.NewReader(append(body, sum[:]...))}
		x, err := parseIndex(idx, k.size)
		if err != nil {
			return
		}
		k.index = x
		// An announced size is believed up to a megabyte. Beyond that an object is inflated, a thousandfold at the most, and a
		// delta once more for its base.
		cost.Linear(t, len(body), 5<<20, 5000, func() {
			for i := range x.n {
				if _, data, err := k.read(x.offset(i), nil); err == nil && len(data) > maxObject {
					t.Errorf("%d bytes", len(data))
				}
			}
		})
	})
}

func FuzzPackIndex(f *testing.F) {
	f.Add(encodeIndex(nil, Hash{}), int64(100))
	f.Add(encodeIndex([]packed{{Hash{1}, 2, 12}, {Hash{1, 2}, 2, 1 << 33}, {Hash{9}, 2, 40}}, Hash{7}), int64(1)<<34)
	f.Fuzz(func(t *testing.T, b []byte, size int64) {
		if len(b) >= 20 {
			sum := sha1.Sum(b[:len(b)-20])
			b = append(b[:len(b)-20:len(b)-20], sum[:]...)
		}
		var x *packIndex
		var err error
		cost.Linear(t, len(b), 64<<10, 64, func() { x, err = parseIndex(b, size) })
		if err != nil {
			return
		}
		for _, h := range []Hash{{}, {1}, {0xff}, {0xff, 0xff}} {
			x.find(h)
		}
		for _, e := range x.byOffset() {
			if e.offset < 12 || e.offset >= size {
				t.Errorf("offset %d in a pack of %d", e.offset, size)
			}
		}
	})
}

// FuzzDelta: whatever the two versions are, the delta gives back the second one.
func FuzzDelta(f *testing.F) {
	f.Add([]byte("a\nb\nc\n"), []byte("a\nx\nc\n"))
	f.Add([]byte("100644 a\x00aaaaaaaaaaaaaaaaaaaa100644 b\x00bbbbbbbbbbbbbbbbbbbb"), []byte("100644 b\x00bbbbbbbbbbbbbbbbbbbb"))
	f.Add(bytes.Repeat([]byte("line\n"), 200), bytes.Repeat([]byte("line\n"), 201))
	f.Fuzz(func(t *testing.T, old, new []byte) {
		for _, k := range []kind{kindTree, kindBlob} {
			d := makeDelta(k, old, new)
			if d == nil {
				continue
			}
			got, err := applyDelta(old, d, maxObject)
			if err != nil || !bytes.Equal(got, new) {
				t.Fatalf("%s: %v, %d bytes for %d", k, err, len(got), len(new))
			}
		}
	})
}

func FuzzLoose(f *testing.F) {
	f.Add([]byte("blob 4\x00good"))
	f.Add([]byte("tree 0\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		w.Write(b)
		w.Close()
		k, data, err := decodeLoose(&z)
		if err == nil && !bytes.HasSuffix(b, data) {
			t.Errorf("%s of %d bytes out of %q", k, len(data), b)
		}
		cost.Linear(t, len(b), 64<<10, 64, func() {
			decodeCommit(b)
			parsePackedRefs(b)
			parseRef(b)
		})
		var list []Entry
		cost.Linear(t, len(b), 64<<10, 64, func() { list, err = decodeTree(b) })
		if err != nil {
			return
		}
		if again, err := encodeTree(list); err == nil && !bytes.Equal(again, b) {
			t.Errorf("the tree %q is written as %q", b, again)
		}
	})
}
