package repo

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vgit/repo/store"
)

// inRepo opens an empty vdir of its own.
func inRepo(t *testing.T) *Repo {
	t.Helper()
	r, err := Open(Options{Path: filepath.Join(t.TempDir(), "v"), Layout: Layout{Ext: ".ics"}, Extension: ".ics", Now: time.Now}, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// reread writes a base and reads it again.
func reread(t *testing.T, r *Repo, b *Base) *Base {
	t.Helper()
	tree, err := b.build(r.g)
	if err != nil {
		t.Fatal(err)
	}
	parent, err := r.commit("", "x", store.Hash{})
	if err != nil {
		t.Fatal(err)
	}
	commit, err := r.commit("", "base", tree, parent, parent)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = loadBase(r.g, r.o.Layout, commit); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestG20AnswersAreKeptItemByItem: an answer to a hold is read as it was written; an item whose pair moves leaves it, a renamed one stays in
// it, and with the last one its file goes.
func TestG20AnswersAreKeptItemByItem(t *testing.T) {
	t.Parallel()
	r := inRepo(t)
	b := reread(t, r, &Base{layout: r.o.Layout, o: r.g, pairs: map[string]*pairs{}})
	h := r.g.AddBlob([]byte("x"))
	for _, name := range []string{"a.ics", "b.ics", "c\t.ics"} {
		if err := b.set("work", name, h, h); err != nil {
			t.Fatal(err)
		}
	}
	gone := HoldAnswer{When: "2026-11-28T10:00:00Z", Hold: Hold{Class: PushDeletions, Remote: "r", Collection: "work", States: []ItemState{
		{"work", "c\t.ics", h, h, store.Hash{}, h}, {"work", "a.ics", h, h, store.Hash{}, h}}}}
	gone.complete()
	whole := HoldAnswer{Refuse: true, Hold: Hold{Class: NewCollection, Remote: "r", Collection: "home"}}
	whole.complete()
	for _, a := range []HoldAnswer{gone, whole} {
		if err := b.answerHold(a); err != nil {
			t.Fatal(err)
		}
	}
	b = reread(t, r, b)
	got := answersOf(t, b)
	if diff := cmp.Diff(map[string]HoldAnswer{gone.ID: gone, whole.ID: whole}, got); diff != "" {
		t.Fatalf("what was written is read otherwise: %s", diff)
	}

	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(b.set("work", "b.ics", store.Hash{}, store.Hash{})) // not in it
	must(b.rename("work", map[string]string{"a.ics": "z.ics"}))
	must(b.set("work", "c\t.ics", store.Hash{}, store.Hash{}))
	b = reread(t, r, b)
	if left := answersOf(t, b)[gone.ID].States; len(left) != 1 || left[0].Name != "z.ics" {
		t.Fatalf("open are %+v, want z.ics", left)
	}
	must(b.set("work", "z.ics", store.Hash{}, store.Hash{}))
	must(b.dropHoldAnswer(whole.ID))
	b = reread(t, r, b)
	if left := answersOf(t, b); len(left) > 0 {
		t.Errorf("%+v are left", left)
	}
	if e, err := lookup(r.g, b.tree, answersDir); err != nil || !e.Hash.IsZero() {
		t.Errorf("%v, %v: an empty directory is kept", e, err)
	}
}

func answersOf(t *testing.T, b *Base) map[string]HoldAnswer {
	t.Helper()
	list, err := b.holdAnswers()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]HoldAnswer{}
	for _, a := range list {
		found[a.ID] = a
	}
	return found
}

// FuzzAnswers: any text is read without a panic, and an answer to a hold that is read is written as it was.
func FuzzAnswers(f *testing.F) {
	f.Add("vgit answer 1\nanswer\taccept\nwhen\t2026-11-28T10:00:00Z\nremote\tr\nclass\tpush deletions\nstate\twork\ta.ics\t" + store.Hash{1}.String() + "\t-\t-\t-\n")
	f.Add("vgit answer 1\nanswer\trefuse\nremote\tr\nclass\tbinding\nbind\turl\thttp://a/\thttp://b/\n")
	f.Add("vgit answer 1\nanswer\tresolve\nremote\tr\nclass\tconflict\nstate\tw\ta\t-\t-\t-\t-\tsummary\tlocal\n")
	f.Fuzz(func(t *testing.T, text string) {
		a := answers{items: map[string]*filed{}, holds: map[string]*heldFile{}}
		if err := a.parse([]string{"id"}, []byte(text)); err != nil || a.holds["id"] == nil {
			return
		}
		was := a.holds["id"].Records()
		again := answers{items: map[string]*filed{}, holds: map[string]*heldFile{}}
		if err := again.parse([]string{"id"}, append([]byte("vgit answer 1\nanswer\taccept\n"), was...)); err != nil {
			t.Fatalf("%q is written as %q: %v", text, was, err)
		}
		if now := again.holds["id"].Records(); string(now) != string(was) {
			t.Fatalf("%q is read as %q", was, now)
		}
	})
}
