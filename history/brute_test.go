package history_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vgit/history"
	"vgit/repo"
	"vgit/repo/store"
)

// drawn is a commit of a random history, as the test itself knows it.
type drawn struct {
	hash    store.Hash
	files   files
	parents []int
}

var paths = []string{"v/a.ics", "w/a.ics", "w/b.ics", "w/c.ics"}

// drawHistory makes commits with none to three parents each, in whatever order the clocks have them. No two paths ever have the
// same UID, so nothing moves.
func drawHistory(t *rapid.T, b *book) []drawn {
	var all []drawn
	for i := range rapid.IntRange(1, 10).Draw(t, "commits") {
		d := drawn{files: files{}}
		if i > 0 {
			d.parents = rapid.SliceOfNDistinct(rapid.IntRange(max(0, i-3), i-1), 0, 3, rapid.ID[int]).Draw(t, "parents")
		}
		for _, p := range paths {
			if n := rapid.IntRange(0, 3).Draw(t, p); n > 0 {
				d.files[p] = event(p, fmt.Sprint(n))
			}
		}
		var parents []store.Hash
		for _, p := range d.parents {
			parents = append(parents, all[p].hash)
		}
		when := b.now.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "hours")) * time.Hour)
		d.hash = b.commitAs(vgit, when, fmt.Sprint(i), d.files, parents...)
		all = append(all, d)
	}
	return all
}

// changedIn lists by brute force the commits, of those that the last one comes from, in which a file is another than in
// each parent.
func changedIn(all []drawn, path string) map[store.Hash]bool {
	reached := map[int]bool{len(all) - 1: true}
	changed := map[store.Hash]bool{}
	for i := len(all) - 1; i >= 0; i-- {
		if !reached[i] {
			continue
		}
		differs := len(all[i].parents) > 0 || all[i].files[path] != ""
		for _, p := range all[i].parents {
			reached[p] = true
			differs = differs && all[p].files[path] != all[i].files[path]
		}
		if differs {
			changed[all[i].hash] = true
		}
	}
	return changed
}

func TestLogOfOneItemAgreesWithBruteForce(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	rapid.Check(t, func(t *rapid.T) {
		all := drawHistory(t, b)
		b.main(all[len(all)-1].hash)
		whole := map[string]map[store.Hash]bool{}
		collect := func(change func(*history.Options)) {
			o := b.o
			change(&o)
			if err := history.Log(context.Background(), o, func(e history.Entry) bool {
				for _, d := range e.Items {
					path := o.Layout.Path(d.Collection, d.Name)
					if whole[path] == nil {
						whole[path] = map[store.Hash]bool{}
					}
					if whole[path][e.Commit] {
						t.Errorf("%s twice in %s", path, e.Commit)
					}
					whole[path][e.Commit] = true
					checkSign(t, all, e, d)
				}
				return true
			}); err != nil {
				t.Fatal(err)
			}
		}
		compare := func(paths ...string) {
			for _, path := range paths {
				if want := changedIn(all, path); !maps.Equal(want, whole[path]) {
					t.Errorf("%s: log has %v, brute force %v", path, whole[path], want)
				}
			}
			clear(whole)
		}
		collect(func(o *history.Options) {})
		compare(paths...)
		for _, p := range paths {
			collect(func(o *history.Options) { o.Item = p })
			compare(p)
		}
		collect(func(o *history.Options) { o.Item = "a.ics" })
		compare("v/a.ics", "w/a.ics")
	})
}

// checkSign holds a line against the files: what was added was in no parent, what was deleted is not there now.
func checkSign(t *rapid.T, all []drawn, e history.Entry, d repo.Difference) {
	c := all[slices.IndexFunc(all, func(c drawn) bool { return c.hash == e.Commit })]
	path := d.Collection + "/" + d.Name
	before := slices.ContainsFunc(c.parents, func(p int) bool { return all[p].files[path] != "" })
	want := byte('~')
	switch {
	case c.files[path] == "":
		want = '-'
	case !before:
		want = '+'
	}
	if d.Sign != want || d.Old.IsZero() != (want == '+') || d.New.IsZero() != (want == '-') {
		t.Errorf("%s in %s: %c %s %s, want %c", path, e.Commit, d.Sign, d.Old, d.New, want)
	}
}
