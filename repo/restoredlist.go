package repo

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"vgit/repo/store"
)

// This file reads and writes what refs/vgit/_restored says: docs/format.md 6.1.

// The kinds of records in its list, beside those of writes.
const (
	wasPut   = "back"
	wasTaken = "gone"
)

// loadRestored reads the ref. A kind of record that is not known is an error: then nothing may be written.
func (r *Repo) loadRestored() (*restored, error) {
	x := &restored{}
	var err error
	if x.commit, err = r.s.Ref(restoredRef); err != nil || x.commit.IsZero() {
		return x, err
	}
	c, err := r.g.Commit(x.commit)
	if err != nil {
		return nil, err
	}
	b, err := readFile(r.g, c.Tree, ".vgit/restored")
	if err != nil {
		return nil, err
	}
	if err := x.parse(b); err != nil {
		return nil, err
	}
	return x, r.restoredBlobs(c.Tree, x)
}

// parse reads the list.
func (x *restored) parse(b []byte) error {
	const file = ".vgit/restored"
	rest, err := textHead(file, "restored", b)
	if err != nil {
		return err
	}
	for {
		line, tail, ok := nextLine(rest)
		if !ok {
			return nil
		}
		rest = tail
		f, err := readRecord(line, 5)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if beyond(f, 5) {
			return &ErrNewer{File: file + " (" + f[0] + ")", Version: versionOf("restored") + 1, Known: versionOf("restored")}
		}
		switch f[0] {
		case "edit":
			x.what = f[1]
		case string(pendWrite), string(pendRemove):
			x.entries = append(x.entries, entry{kind: entryKind(f[0]), coll: f[1], name: f[2]})
		case wasPut, wasTaken:
			at, err := time.Parse(timeFormat, f[4])
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			x.back = append(x.back, putBack{coll: f[1], name: f[2], remote: f[3], when: at, gone: f[0] == wasTaken})
		default:
			return &ErrNewer{File: file + " (" + f[0] + ")", Version: versionOf("restored") + 1, Known: versionOf("restored")}
		}
	}
}

// restoredBlobs finds the blobs that the list speaks of.
func (r *Repo) restoredBlobs(tree store.Hash, x *restored) error {
	read := map[string]map[string]store.Hash{}
	blob := func(dir, coll, name string) (store.Hash, error) {
		at := join(dir, r.o.Layout.dir(coll))
		if read[at] == nil {
			var err error
			if read[at], err = r.directory(tree, at); err != nil {
				return store.Hash{}, err
			}
		}
		return read[at][name], nil
	}
	for i := range x.entries {
		e := &x.entries[i]
		var err error
		if e.local, err = blob("local", e.coll, e.name); err != nil {
			return err
		}
		if e.kind == pendWrite {
			if e.body, err = blob("put", e.coll, e.name); err != nil {
				return err
			}
		}
	}
	for i := range x.back {
		if b := &x.back[i]; !b.gone {
			var err error
			if b.body, err = blob("back", b.coll, b.name); err != nil {
				return err
			}
		}
	}
	return nil
}

// list is the inverse of parse.
func (x *restored) list() []byte {
	slices.SortFunc(x.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(entryOrder[a.kind], entryOrder[b.kind]), strings.Compare(a.coll, b.coll), strings.Compare(a.name, b.name))
	})
	slices.SortFunc(x.back, func(a, b putBack) int {
		return cmp.Or(strings.Compare(a.coll, b.coll), strings.Compare(a.name, b.name), strings.Compare(a.remote, b.remote))
	})
	var b bytes.Buffer
	writeHead(&b, "restored")
	if len(x.entries) > 0 {
		writeRecord(&b, "edit", x.what)
	}
	for _, e := range x.entries {
		writeRecord(&b, string(e.kind), e.coll, e.name)
	}
	for _, p := range x.back {
		kind := wasPut
		if p.gone {
			kind = wasTaken
		}
		writeRecord(&b, kind, p.coll, p.name, p.remote, p.when.UTC().Format(timeFormat))
	}
	return b.Bytes()
}

// restoredChange gives the ref change to what is said now; the parent keeps reachable what main has.
func (r *Repo) restoredChange(x *restored, main store.Hash) (store.RefChange, error) {
	change := store.RefChange{Name: restoredRef, Old: x.commit}
	if len(x.entries)+len(x.back) == 0 {
		return change, nil
	}
	files := map[string]edits{}
	put := func(dir, coll, name string, h store.Hash) {
		at := join(dir, r.o.Layout.dir(coll))
		if files[at] == nil {
			files[at] = edits{}
		}
		if !h.IsZero() {
			files[at][name] = h
		}
	}
	for _, e := range x.entries {
		put("put", e.coll, e.name, e.body)
		put("local", e.coll, e.name, e.local)
	}
	for _, p := range x.back {
		put("back", p.coll, p.name, p.body)
	}
	root, err := editPath(r.g, store.Hash{}, ".vgit", edits{"restored": r.g.AddBlob(x.list())})
	if err != nil {
		return change, err
	}
	for dir, ed := range files {
		if root, err = editPath(r.g, root, dir, ed); err != nil {
			return change, err
		}
	}
	text := fmt.Sprintf("restored: %d writes under way, %d to be agreed to\n", len(x.entries), len(x.back))
	change.New, err = r.commit("", text, root, main)
	return change, err
}
