package history_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vgit/history"
	"vgit/merge"
	"vgit/repo/item"
	"vgit/repo/store"
)

// said is a task of these properties.
func said(uid string, values map[string]string) string {
	lines := ""
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if values[name] != "" {
			lines += strings.ToUpper(name) + ":" + values[name] + "\r\n"
		}
	}
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTODO\r\nUID:" + uid + "\r\n" + lines + "END:VTODO\r\nEND:VCALENDAR\r\n"
}

func (b *book) blame(q history.Blame) []history.Blamed {
	b.t.Helper()
	o, err := history.Open(b.o)
	if err != nil {
		b.t.Fatal(err)
	}
	defer o.Close()
	all, err := o.Blame(context.Background(), q)
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

// A slot is due to the first of all versions that have had it without a break, whatever was merged, moved and changed back: found here by the
// values alone, from each commit by itself.
func TestBlameAgreesWithAWalkByValues(t *testing.T) {
	t.Parallel()
	slots := []string{"summary", "x-a", "x-b", "x-c"}
	type version struct {
		hash    store.Hash
		path    string
		values  map[string]string
		parents []int
	}
	b := newBook(t)
	rapid.Check(t, func(rt *rapid.T) {
		var all []version
		for i := range rapid.IntRange(1, 12).Draw(rt, "commits") {
			v := version{path: rapid.SampledFrom([]string{"w/a.ics", "w/a.ics", "v/b.ics"}).Draw(rt, "path"), values: map[string]string{}}
			if i > 0 {
				v.parents = rapid.SliceOfNDistinct(rapid.IntRange(max(0, i-3), i-1), 1, min(i, 2), rapid.ID[int]).Draw(rt, "parents")
			}
			for _, s := range slots {
				v.values[s] = rapid.SampledFrom([]string{"", "1", "2", "3"}).Draw(rt, s)
				if n := len(v.parents); n > 0 && rapid.IntRange(0, 3).Draw(rt, "keep") > 0 {
					v.values[s] = all[v.parents[rapid.IntRange(0, n-1).Draw(rt, "from")]].values[s]
				}
			}
			var parents []store.Hash
			for _, p := range v.parents {
				parents = append(parents, all[p].hash)
			}
			v.hash = b.commit(files{v.path: said("a", v.values), "w/other.ics": event("o", fmt.Sprint(i))}, parents...)
			all = append(all, v)
		}
		last := all[len(all)-1]
		b.main(last.hash)
		var due func(i int, slot string) store.Hash
		due = func(i int, slot string) store.Hash {
			for _, p := range all[i].parents {
				if all[p].values[slot] == all[i].values[slot] {
					return due(p, slot)
				}
			}
			return all[i].hash
		}
		told := 0
		for _, got := range b.blame(history.Blame{Path: last.path}) {
			if !slices.Contains(slots, got.Name) {
				continue
			}
			told++
			if want := due(len(all)-1, got.Name); got.By.Commit != want {
				rt.Errorf("%s is due to %s, and blame says %s", got.Name, want, got.By.Commit)
			}
		}
		for _, v := range last.values {
			if v != "" {
				told--
			}
		}
		if told != 0 {
			rt.Errorf("%d slots too many are told", told)
		}
	})
}

func TestBlame(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	at := func(v ...string) files {
		values := map[string]string{}
		for i := 0; i < len(v); i += 2 {
			values[v[i]] = v[i+1]
		}
		return files{"w/a.ics": said("a", values)}
	}
	first := b.commit(at("summary", "S", "categories", "x"))
	pulled := at("summary", "T", "categories", "x,y", "x-a", "1")
	pull := b.commit(pulled, first, b.snapshot("server", "fetch", pulled))
	hand := b.commitAs(store.Signature{Name: "Ada", Email: "ada@example.org"}, b.now.Add(1), "Tidied\n\nup", at("summary", "T", "categories", "y", "x-b", "1"), pull)
	b.main(b.commit(at("summary", "T", "categories", "y", "x-b", "1"), hand))
	now := item.Parse([]byte(said("a", map[string]string{"summary": "Now", "categories": "y", "x-b": "1"})))
	var got []string
	for _, d := range b.blame(history.Blame{Path: "w/a.ics", Now: now, Gone: true, Words: merge.Wording{}}) {
		line := fmt.Sprintf("%s %s: %s %s %s", d.Noun, d.Value, d.By.Kind, d.By.From, d.By.Message)
		if d.Gone {
			line = "gone: " + line
		}
		if d.By.Commit.IsZero() {
			line += "now"
		}
		got = append(got, strings.TrimSpace(line))
	}
	want(t, got, "title Now: edit here now", "category y: pull server", "x-b 1: edit here Tidied", "UID a: edit here", "version 2.0: edit here",
		"gone: category x: edit here Tidied", "gone: x-a 1: edit here Tidied")
	if got := b.blame(history.Blame{Path: "w/none.ics"}); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}
