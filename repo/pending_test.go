package repo

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vgit/repo/store"
)

// A first download that was cut leaves as many entries as there are items. They are read in linear time; there is no clock
// in this test, but anything quadratic takes a minute.
func TestF81PendingOfALargeCollection(t *testing.T) {
	t.Parallel()
	r, err := Open(Options{Path: filepath.Join(t.TempDir(), "v"), Layout: Layout{Ext: ".ics"}, Extension: ".ics", Now: time.Now}, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	p := &pending{remote: "r"}
	for i := range 50_000 {
		h := func(n byte) (h store.Hash) {
			binary.BigEndian.PutUint32(h[:], uint32(i))
			h[19] = n
			return h
		}
		e := entry{kind: pendWrite, coll: "work", name: fmt.Sprintf("%06d.ics", i), body: h(1)}
		if i%3 == 0 {
			e.kind, e.local, e.there, e.href, e.etag = pendUpdate, h(3), h(2), "/w/x", `"1"`
		}
		p.entries = append(p.entries, e)
	}
	commit, err := r.pendingCommit(p)
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.g.Commit(commit)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parsePending(pendingList(slices.Clone(p.entries)))
	if err == nil {
		err = r.loadBlobs(c.Tree, got)
	}
	if err != nil || !slices.Equal(p.entries, got) {
		t.Errorf("%v, %s", err, cmp.Diff(p.entries[:3], got[:3], cmp.AllowUnexported(entry{})))
	}
}
