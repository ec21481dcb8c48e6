package repo

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vgit/remote"
	"vgit/repo/cost"
	"vgit/repo/store"
)

// What reading a file of `.vgit/` may cost: a record becomes a struct of a hundred bytes or two in a list that grows by doubling.
const (
	fixedCost  = 64 << 10
	costOfByte = 200
)

// FuzzStatus: whatever is read without an error is written as it was read, or at least reads the same again.
func FuzzStatus(f *testing.F) {
	f.Add([]byte("vgit collection 1\ndirectory\twork\nhref\t/w/\nkind\tcalendar\ntoken\tt\n\na.ics\t/w/a.ics\t\"1\"\tuid\tcarried\t7\n"))
	f.Add([]byte("vgit collection 1\nowed\t/x\\x00\t\nlearned\ta\tb\nprop\tcolor\tc\nzebra\t1\t2\t3\t4\nlisted\t2026-11-24T10:00:00Z\n\n\\\\\t/w\n"))
	f.Add([]byte("vgit collection 1\n\na\t/a\t\t\tbroken,stale=-7\t0\tm\ts\nb\t/b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s *Status
		var err error
		cost.Linear(t, len(b), fixedCost, costOfByte, func() { s, err = parseStatus(b) })
		if err != nil {
			return
		}
		once := s.bytes()
		again, err := parseStatus(once)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%q", err, once)
		}
		if !bytes.Equal(once, again.bytes()) {
			t.Fatalf("not stable:\n%q\n%q", once, again.bytes())
		}
		if diff := cmp.Diff(s.Rows, again.Rows); diff != "" {
			t.Fatal(diff)
		}
		for _, flag := range []string{"broken", "stale"} {
			unread, err := parseStatusHead("test", once)
			if err != nil || unread.marked(flag) != s.marked(flag) {
				t.Fatalf("%s: %v unread, %v read", flag, unread.marked(flag), s.marked(flag))
			}
		}
	})
}

// FuzzState: a token, a ctag, an href and an etag come back from a snapshot as the server gave them, whatever they are.
func FuzzState(f *testing.F) {
	for _, s := range []string{"urn:x:1", "\"a\tb\"", "\\x00\x00", "\xff\xfe", "a\nb\r", "ü\u202e", "\x7f", "\\", ""} {
		f.Add(s, s, "/w/"+s, s)
		f.Add("t", "", "/w/a.ics", s)
	}
	f.Fuzz(func(t *testing.T, token, ctag, href, etag string) {
		s := &Status{Directory: "work", Href: remote.Href(href), Kind: remote.Calendar, Token: remote.Token(token), CTag: ctag,
			Learned: map[string]string{"k": etag}, Properties: map[string]string{"displayname": token}, Owed: []Owed{{remote.Href(href), remote.ETag(etag)}},
			Rows: []Row{{Name: "a.ics", Href: remote.Href("/" + href), ETag: remote.ETag(etag), UID: token, Size: -1, Modified: ctag, Schedule: remote.ETag(etag)}}}
		back, err := parseStatus(s.bytes())
		if err != nil {
			t.Fatalf("%v: %q", err, s.bytes())
		}
		if diff := cmp.Diff(s, back, cmpopts.IgnoreUnexported(Status{})); diff != "" {
			t.Fatal(diff)
		}
		a := &accountFile{Remote: "r", Binding: remote.Binding{URL: token, Principal: remote.Href(href), Homes: []remote.Href{remote.Href(href)}, Learned: map[string]string{etag: ctag}}}
		if again, err := parseAccount(a.bytes()); err != nil || !cmp.Equal(a, again, cmp.AllowUnexported(accountFile{})) {
			t.Fatalf("%+v is read as %+v, %v", a, again, err)
		}
	})
}

// FuzzAccount: as FuzzStatus.
func FuzzAccount(f *testing.F) {
	f.Add([]byte("vgit remote 1\nremote\tr\nsnapshot\tfetch\ntype\tcaldav\nurl\thttps://h/\nprincipal\t/p/\nhome\t/h/\nlearned\tauth\tbasic\nzebra\tx\n"))
	f.Add([]byte("vgit remote 2\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var a *accountFile
		var err error
		cost.Linear(t, len(b), fixedCost, costOfByte, func() { a, err = parseAccount(b) })
		if err != nil {
			return
		}
		again, err := parseAccount(a.bytes())
		if err != nil || !bytes.Equal(a.bytes(), again.bytes()) {
			t.Fatalf("%q is written as %q: %v", b, a.bytes(), err)
		}
	})
}

// FuzzPending: what was about to be done is known for certain, or nothing is.
func FuzzPending(f *testing.F) {
	f.Add([]byte("vgit pending 1\nwrite\twork\ta.ics\nremove\twork\tb.ics\ncreate\twork\tc.ics\t/w/c.ics\nupdate\twork\td.ics\t/w/d.ics\t\"1\"\ndelete\twork\te.ics\t/w/e.ics\t\"2\"\n"))
	f.Add([]byte("vgit pending 1\nshow\twork\ta.ics\n"))
	f.Add([]byte("vgit pending 1\nwrite\t\\x00\t..\\t\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var list []entry
		var err error
		cost.Linear(t, len(b), fixedCost, costOfByte, func() { list, err = parsePending(b) })
		if err != nil {
			if list != nil {
				t.Fatalf("%v, and yet %v", err, list)
			}
			return
		}
		if lines := bytes.Count(b, []byte("\n")); len(list) > lines {
			t.Fatalf("%d entries in %d lines", len(list), lines)
		}
		written := pendingList(slices.Clone(list))
		again, err := parsePending(written)
		byAll := cmpopts.SortSlices(func(a, b entry) bool { return fmt.Sprint(a) < fmt.Sprint(b) })
		if err != nil || !cmp.Equal(list, again, byAll, cmp.AllowUnexported(entry{}), cmpopts.EquateEmpty()) {
			t.Fatalf("%q\nis written as\n%q: %v", b, written, err)
		}
	})
}

// memory is objects that a fuzz run made up: what a tree or blob holds hangs on its hash alone.
type memory struct {
	trees map[store.Hash][]store.Entry
	blobs map[store.Hash][]byte
	top   store.Commit
}

func (m *memory) Blob(h store.Hash) ([]byte, error) {
	if b, ok := m.blobs[h]; ok {
		return b, nil
	}
	return nil, fmt.Errorf("no blob %s", h)
}

func (m *memory) Tree(h store.Hash) ([]store.Entry, error) {
	if e, ok := m.trees[h]; ok {
		return e, nil
	}
	return nil, fmt.Errorf("no tree %s", h)
}

func (m *memory) Commit(store.Hash) (store.Commit, error) { return m.top, nil }

// madeUp makes objects out of a script: a line "tree NUMBER" begins a tree, "MODE NUMBER NAME" is an entry of it, and "blob NUMBER TEXT" is a blob.
// A tree may hold itself. Names are what git lets pass.
func madeUp(script string) *memory {
	m := &memory{trees: map[store.Hash][]store.Entry{}, blobs: map[store.Hash][]byte{}, top: store.Commit{Tree: store.Hash{1}, Parents: []store.Hash{{2}, {3}}}}
	at := store.Hash{1}
	for line := range strings.Lines(script) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 3)
		number := store.Hash{}
		if len(f) > 1 && len(f[1]) > 0 {
			number[0] = f[1][0]
		}
		switch {
		case f[0] == "tree":
			at = number
			m.trees[at] = m.trees[at][:0:0]
		case len(f) < 3 || f[2] == "" || strings.ContainsAny(f[2], "/\x00") && f[0] != "blob":
		case f[0] == "blob":
			m.blobs[number] = []byte(strings.ReplaceAll(f[2], `|`, "\n"))
		default:
			mode := map[string]store.Mode{"d": store.ModeDir, "f": store.ModeFile, "x": store.ModeExec, "l": store.ModeLink}[f[0]]
			m.trees[at] = append(m.trees[at], store.Entry{Name: f[2], Mode: mode, Hash: number})
		}
	}
	return m
}

// FuzzTrees: base and snapshot of any trees at all are read without a panic, at a bounded cost, and with halves that belong together.
func FuzzTrees(f *testing.F) {
	f.Add("tree \x01\nd v .vgit\nd l local\nd r remote\ntree v\nf b base\ntree l\nd w work\ntree r\nd x work\ntree w\nf 1 a.ics\nf 2 b.ics\ntree x\nf 3 a.ics\nblob b vgit base 1|\n", false)
	f.Add("tree \x01\nd v .vgit\nd w work\ntree v\nf r remote\nd c collection\ntree c\nf s work\ntree w\nf 1 a.ics\nblob r vgit remote 1|remote\tr|\nblob s vgit collection 1|directory\twork||a.ics\t/a|\n", false)
	f.Add("tree \x01\nd \x01 .vgit\nd \x01 local\nd \x01 remote\nd \x01 collection\nf b base\nf b remote\nblob b vgit base 1|\n", true)
	f.Add("tree \x01\nl v .vgit\nf l local\n", true)
	f.Fuzz(func(t *testing.T, script string, single bool) {
		m := madeUp(script)
		layout := Layout{Single: single, Name: "one", Ext: ".ics"}
		cost.Linear(t, len(script)*len(m.trees), fixedCost, costOfByte, func() {
			if b, err := loadBase(m, layout, store.Hash{9}); err == nil {
				pairsBelongTogether(t, b)
			}
			s, err := loadSnapshot(m, layout, "r", store.Hash{9})
			if err != nil {
				return
			}
			for _, name := range s.names() {
				_, _ = s.colls[name].rows()
				_, _ = s.items(name)
			}
		})
	})
}

func pairsBelongTogether(t *testing.T, b *Base) {
	for coll := range b.pairs {
		local, there, err := b.items(coll)
		if err != nil {
			continue
		}
		if len(local) != len(there) {
			t.Fatalf("%q: %v and %v", coll, local, there)
		}
		for name, h := range local {
			if h.IsZero() || there[name].IsZero() {
				t.Fatalf("%q in %q has half a pair", name, coll)
			}
		}
	}
}

// FuzzPlain: nothing that is printed moves the cursor (S13).
func FuzzPlain(f *testing.F) {
	f.Add("Dentist\x1b[2J\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Plain(s) {
			if r < 0x20 || r == 0x7f || harmful(r) {
				t.Fatalf("%q lets %U through", s, r)
			}
		}
	})
}
