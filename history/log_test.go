package history_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vgit/history"
	"vgit/repo"
	"vgit/repo/store"
)

func want(t *testing.T, got []string, lines ...string) {
	t.Helper()
	if diff := cmp.Diff(lines, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

// story is a repository in which something happened in each way that there is.
func story(t *testing.T) *book {
	b := newBook(t)
	f := files{"work/a.ics": event("a", "Anna"), "work/notes": "#fff"}
	first := b.commit(nil)
	edit := b.commit(f, first)
	sent := b.snapshot("server", "push", f)
	f = f.with("home/b.ics", event("b", "Ben"))
	seen := b.snapshot("server", "fetch", f, sent)
	pull := b.commit(f, edit, seen)
	f = f.with("work/a.ics", event("a", "Anna moved")).with("home/b.ics", "")
	again := b.commit(f, pull)
	colour := b.commit(f.with("work/notes", "#000"), again)
	moved := b.snapshot("server", "move", f.with("work/a.ics", event("a", "Anna")), seen)
	b.tracking("server", b.snapshot("server", "push", f, moved))
	b.main(b.commit(f, colour))
	return b
}

func TestLogTellsEditsPullsAndPushes(t *testing.T) {
	t.Parallel()
	want(t, story(t).log(),
		"push server: ~ work: Anna moved",
		"edit here: - home: Ben; ~ work: Anna moved",
		"pull server: + home: Ben",
		"push server: + work: Anna",
		"edit here: + work: Anna",
	)
}

func TestLogOfPartOfTheHistory(t *testing.T) {
	t.Parallel()
	b := story(t)
	start := b.entries()
	for name, row := range map[string]struct {
		change func(*history.Options)
		want   []string
	}{
		"limit":      {func(o *history.Options) { o.Limit = 2 }, []string{"push server: ~ work: Anna moved", "edit here: - home: Ben; ~ work: Anna moved"}},
		"since":      {func(o *history.Options) { o.Since = start[1].Time }, []string{"push server: ~ work: Anna moved", "edit here: - home: Ben; ~ work: Anna moved"}},
		"until":      {func(o *history.Options) { o.Until = start[3].Time }, []string{"push server: + work: Anna", "edit here: + work: Anna"}},
		"both":       {func(o *history.Options) { o.Since, o.Until = start[2].Time, start[2].Time }, []string{"pull server: + home: Ben"}},
		"collection": {func(o *history.Options) { o.Where = "home" }, []string{"edit here: - home: Ben", "pull server: + home: Ben"}},
		"file":       {func(o *history.Options) { o.Item = "home/b.ics" }, []string{"edit here: - home: Ben", "pull server: + home: Ben"}},
		"name":       {func(o *history.Options) { o.Item = "b.ics" }, []string{"edit here: - home: Ben", "pull server: + home: Ben"}},
		"elsewhere":  {func(o *history.Options) { o.Item, o.Where = "b.ics", "work" }, nil},
		"contrary":   {func(o *history.Options) { o.Item, o.Where = "home/b.ics", "work" }, nil},
		"too deep":   {func(o *history.Options) { o.Item = "home/sub/b.ics" }, nil},
		"unknown":    {func(o *history.Options) { o.Item = "z.ics" }, nil},
		"no item":    {func(o *history.Options) { o.Item = "notes" }, nil},
		"no remote": {func(o *history.Options) { o.Remotes = []string{} },
			[]string{"edit here: - home: Ben; ~ work: Anna moved", "pull server: + home: Ben", "edit here: + work: Anna"}},
		"other remote": {func(o *history.Options) { o.Remotes, o.Limit = []string{"other"}, 1 }, []string{"edit here: - home: Ben; ~ work: Anna moved"}},
		"its remote":   {func(o *history.Options) { o.Remotes, o.Limit = []string{"server"}, 1 }, []string{"push server: ~ work: Anna moved"}},
		"no titles":    {func(o *history.Options) { o.Titles, o.Limit, o.Remotes = 1, 1, []string{} }, []string{"edit here: - home: Ben; ~ work: a.ics"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want(t, b.log(row.change), row.want...)
		})
	}
}

func TestLogStopsWhenToldTo(t *testing.T) {
	t.Parallel()
	b := story(t)
	n := 0
	err := history.Log(context.Background(), b.o, func(history.Entry) bool { n++; return n < 2 })
	if n != 2 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = history.Log(ctx, b.o, func(history.Entry) bool { cancel(); return true })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestLogOfASingleCollection(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.o.Layout = repo.Layout{Single: true, Name: "cal", Ext: ".ics"}
	f := files{"a.ics": event("a", "Anna")}
	edit := b.commit(f)
	b.tracking("server", b.snapshot("server", "push", f))
	b.main(b.commit(f.with("a.ics", "").with("b.ics", event("a", "Anna")), edit))
	all := []string{"edit here: ~ cal: Anna, was a.ics", "push server: + cal: Anna", "edit here: + cal: Anna"}
	want(t, b.log(), all...)
	want(t, b.log(func(o *history.Options) { o.Item = "b.ics" }), all...)
	want(t, b.log(func(o *history.Options) { o.Where = "cal" }), all...)
	want(t, b.log(func(o *history.Options) { o.Where = "work" }))
	want(t, b.log(func(o *history.Options) { o.Item = "cal/a.ics" }))
}

func TestLogFollowsMoves(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	one := b.commit(files{"work/a.ics": event("a", "Anna"), "work/x.ics": event("x", "X")})
	two := b.commit(files{"work/a.ics": event("a", "Anna 2"), "work/x.ics": event("x", "X")}, one)
	three := b.commit(files{"home/b.ics": event("a", "Anna 3"), "work/x.ics": event("x", "X")}, two)
	b.main(b.commit(files{"home/c.ics": event("a", "Anna 3"), "work/x.ics": event("x", "X 2"), "home/d.ics": event("d", "Dora")}, three))
	moves := []string{"edit here: ~ home: Anna 3, was home/b.ics", "edit here: ~ home: Anna 3, was work/a.ics", "edit here: ~ work: Anna 2", "edit here: + work: Anna"}
	want(t, b.log(func(o *history.Options) { o.Item = "home/c.ics" }), moves...)
	want(t, b.log(func(o *history.Options) { o.Item = "c.ics" }), moves...)
	want(t, b.log(func(o *history.Options) { o.Item = "work/a.ics" }), moves[1:]...)
	want(t, b.log(func(o *history.Options) { o.Where = "work"; o.Limit = 2 }), "edit here: ~ work: X 2", "edit here: - work: Anna 2")
	want(t, b.log()[:1], "edit here: ~ home: Anna 3, was home/b.ics; + home: Dora; ~ work: X 2")
}

func TestItemsOfOneUIDAreNoMove(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	one := b.commit(files{"work/a.ics": event("a", "1"), "work/b.ics": event("a", "2"), "work/n.ics": "no item"})
	b.main(b.commit(files{"work/c.ics": event("a", "3"), "work/o.ics": "nothing"}, one))
	want(t, b.log(func(o *history.Options) { o.Limit = 1 }),
		"edit here: - work: 1; - work: 2; + work: 3; - work: n.ics; + work: o.ics")
}

func TestMergesByHandShowWhatIsNewInThem(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	f := files{"w/a.ics": event("a", "A"), "w/b.ics": event("b", "B"), "w/c.ics": event("c", "C")}
	root := b.commit(f)
	left := b.commit(f.with("w/a.ics", event("a", "left")).with("w/c.ics", event("c", "left")), root)
	right := b.commit(f.with("w/b.ics", event("b", "right")).with("w/c.ics", event("c", "right")).with("w/d.ics", event("d", "right")), root)
	both := f.with("w/a.ics", event("a", "left")).with("w/b.ics", event("b", "right")).with("w/c.ics", event("c", "both")).with("w/d.ics", event("d", "new"))
	b.main(b.commit(both, left, right))
	want(t, b.log(),
		"edit here: ~ w: both; ~ w: new",
		"edit here: ~ w: right; ~ w: right; + w: right",
		"edit here: ~ w: left; ~ w: left",
		"edit here: + w: A; + w: B; + w: C",
	)
	b.main(b.commit(both, left, right, root)) // an octopus
	want(t, b.log()[:1], "edit here: ~ w: both; ~ w: new")
}

func TestOfOneSecondTheFirstParentComesFirst(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	f := files{"w/a.ics": event("a", "A")}
	at := func(f files, parents ...store.Hash) store.Hash { return b.commitAs(vgit, b.now, "", f, parents...) }
	root := at(f)
	left, right := f.with("w/b.ics", event("b", "left")), f.with("w/c.ics", event("c", "right"))
	b.main(at(left.with("w/c.ics", event("c", "right")), at(left, root), at(right, root)))
	b.tracking("server", b.commitAs(vgit, b.now, "", f.with(".vgit/remote", "vgit remote 1\nremote\tserver\nsnapshot\tpush\n")))
	want(t, b.log(), "push server: + w: A", "edit here: + w: left", "edit here: + w: right", "edit here: + w: A")
}

func TestKindsAreNotReadOutOfMessages(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	f := files{"w/a.ics": event("a", "A")}
	one := b.commitAs(store.Signature{Name: "server", Email: "server@vgit"}, b.now, "\npull from server: 1 added\n\nRemote: server", f)
	fake := b.commitAs(vgit, b.now.Add(time.Hour), "push server: 1 added", f.with("w/b.ics", event("b", "B")), one)
	seen := b.snapshot("server", "fetch", f.with("w/b.ics", event("b", "B")))
	b.now = b.now.Add(time.Hour)
	b.main(b.commitAs(vgit, b.now, "edit w: 1 changed", f.with("w/b.ics", event("b", "B2")), fake, seen))
	want(t, b.log(), "pull server: ~ w: B2", "edit here: + w: B", "edit here: + w: A (pull from server: 1 added)")
}

// TestSnapshotsOnMain: main was reset to a tracking commit, or had one merged into it by hand, .vgit/ and all.
func TestSnapshotsOnMain(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	f := files{"w/a.ics": event("a", "A")}
	sent := b.snapshot("server", "push", f)
	seen := b.snapshot("server", "fetch", f.with("w/b.ics", event("b", "B")), sent)
	b.tracking("server", seen)
	b.main(seen)
	want(t, b.log(), "pull server: + w: B", "push server: + w: A")
	want(t, b.log(func(o *history.Options) { o.Remotes = []string{} }), "pull server: + w: B", "push server: + w: A")

	mine := f.with("w/b.ics", event("b", "mine")).with(".vgit/remote", "vgit remote 1\nremote\tserver\nsnapshot\tpush\n")
	edit := b.commit(mine, seen)
	b.main(edit)
	want(t, b.log(), "edit here: ~ w: mine", "pull server: + w: B", "push server: + w: A")

	more := b.snapshot("server", "fetch", f.with("w/b.ics", event("b", "B")).with("w/d.ics", event("d", "D")), seen)
	b.tracking("server", more)
	b.main(b.commit(mine.with("w/d.ics", event("d", "D")), edit, more)) // a pull has no .vgit/ in its tree
	want(t, b.log()[:2], "edit here: + w: D", "edit here: ~ w: mine")

	topic := b.commit(mine.with("w/c.ics", event("c", "topic")), edit)
	b.main(b.commit(mine.with("w/c.ics", event("c", "topic")).with("w/d.ics", event("d", "D")), edit, topic, more))
	want(t, b.log(), "edit here: + w: D", "edit here: + w: topic", "edit here: ~ w: mine", "pull server: + w: B", "push server: + w: A")
}

func TestLostTrackingBranches(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	f := files{"w/a.ics": event("a", "A")}
	edit := b.commit(f)
	sent := b.snapshot("server", "push", f)
	all := []string{"push server: + w: A", "edit here: + w: A"}
	b.main(edit)
	want(t, b.log(), all[1])
	b.ref(repo.BaseRef("server"), b.commit(nil, edit, sent))
	want(t, b.log(), all...) // the base knows the last snapshot
	b.tracking("server", edit)
	want(t, b.log(), all...) // what somebody moved there is none
	b.tracking("server", b.snapshot("other", "push", nil))
	want(t, b.log(), all...)
	b.ref(repo.BaseRef("server"), b.commit(nil, edit))
	want(t, b.log(), all[1])

	// The branch was begun anew, and only a pull leads to what was sent before.
	f = f.with("w/b.ics", event("b", "B"))
	b.main(b.commit(f, edit, b.snapshot("server", "fetch", f, sent)))
	b.tracking("server", b.snapshot("server", "fetch", f))
	want(t, b.log(), "pull server: + w: B", all[0], all[1])
	want(t, b.log(func(o *history.Options) { o.Remotes = []string{"other"} }), "pull server: + w: B", all[1])
}

func TestLogOfLittle(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	want(t, b.log()) // unborn
	b.tracking("server", b.snapshot("server", "push", files{"w/a.ics": event("a", "A")}))
	want(t, b.log(), "push server: + w: A")
	b.main(b.commit(nil))
	want(t, b.log(), "push server: + w: A")

	o := b.o
	o.Path = t.TempDir()
	if err := history.Log(context.Background(), o, nil); !errors.Is(err, store.ErrNoRepository) {
		t.Errorf("no repository: %v", err)
	}
	if err := os.WriteFile(filepath.Join(b.dir, ".git/shallow"), []byte(strings.Repeat("1", 40)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var refused *store.Refused
	if err := history.Log(context.Background(), b.o, nil); !errors.As(err, &refused) || !strings.Contains(refused.Remedy, "--unshallow") {
		t.Errorf("a shallow clone: %v", err)
	}
}

func TestGapsAreReportedAndPassedOver(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	f := files{"w/a.ics": event("a", "A")}
	root := b.commit(f)
	lost := b.commit(f.with("w/b.ics", event("b", "B")), root)
	top := b.commit(f.with("w/b.ics", event("b", "B2")), lost)
	b.main(b.commit(f.with("w/b.ics", event("b", "B3")), top))
	b.tracking("server", b.snapshot("server", "push", f))
	want(t, b.log(), "push server: + w: A", "edit here: ~ w: B3", "edit here: ~ w: B2", "edit here: + w: B", "edit here: + w: A")
	b.drop(lost)
	for _, limit := range []int{0, 2} {
		b.o.Limit = limit
		got, err := b.tryLog()
		want(t, got, "push server: + w: A", "edit here: ~ w: B3")
		if limit > 0 && err != nil || limit == 0 && (!errors.Is(err, history.ErrIncomplete) || !errors.Is(err, store.ErrMissing) || !strings.Contains(err.Error(), lost.String())) {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}

func TestALostTreeIsAGapAndTheWalkGoesOn(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	f := files{"w/a.ics": event("a", "A")}
	root := b.commit(f)
	mid := b.commit(f.with("w/a.ics", event("a", "A2")), root)
	b.main(b.commit(f.with("w/a.ics", event("a", "A3")).with("v/b.ics", event("b", "B")), mid))
	c, err := b.s.Commit(mid)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := b.s.Tree(c.Tree)
	if err != nil {
		t.Fatal(err)
	}
	b.drop(entries[0].Hash)
	got, err := b.tryLog()
	want(t, got, "edit here: + w: A")
	if !errors.Is(err, history.ErrIncomplete) {
		t.Errorf("got %v", err)
	}
	b.o.Where = "v" // what is not looked at is not missed
	got, err = b.tryLog()
	want(t, got, "edit here: + v: B")
	if err != nil {
		t.Error(err)
	}
}

func TestClocksThatWentWrong(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	at := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	f := files{"w/a.ics": event("a", "1")}
	tip := b.commitAs(vgit, at(2025), "", f)
	for i, year := range []int{2027, 1971, 2026} {
		f = f.with("w/a.ics", event("a", string(rune('2'+i))))
		tip = b.commitAs(vgit, at(year), "", f, tip)
	}
	b.main(tip)
	want(t, b.log(), "edit here: ~ w: 4", "edit here: ~ w: 3", "edit here: ~ w: 2", "edit here: + w: 1")
	want(t, b.log(func(o *history.Options) { o.Since = at(2026) }), "edit here: ~ w: 4", "edit here: ~ w: 2")
}

// drop takes a loose object away.
func (b *book) drop(h store.Hash) {
	b.t.Helper()
	name := h.String()
	if err := os.Remove(filepath.Join(b.dir, ".git/objects", name[:2], name[2:])); err != nil {
		b.t.Fatal(err)
	}
}

func (b *book) tryLog() (lines []string, err error) {
	err = history.Log(context.Background(), b.o, func(e history.Entry) bool { lines = append(lines, line(e)); return true })
	return lines, err
}

// TestLogTellsProperties: the files of properties are told like items, and one colour in two collections is no move.
func TestLogTellsProperties(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	f := files{"work/a.ics": event("a", "Anna"), "work/color": "#fff"}
	first := b.commit(f)
	f = f.with("work/color", "").with("home/color", "#fff")
	second := b.commit(f, first)
	b.main(b.commit(f.with("home/color", "#000").with("home/notes", "x"), second))
	all := []string{"edit here: ~ home: color", "edit here: + home: color; - work: color", "edit here: + work: Anna; + work: color"}
	want(t, b.log(), all...)
	want(t, b.log(func(o *history.Options) { o.Item = "home/color" }), all[0], "edit here: + home: color")
}
