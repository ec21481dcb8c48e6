package history_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"vgit/history"
	"vgit/repo/store"
)

func (b *book) open() *history.Book {
	b.t.Helper()
	h, err := history.Open(b.o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { h.Close() })
	return h
}

func at(t *testing.T, h *history.Book, w history.When) store.Hash {
	t.Helper()
	m, err := h.At(w)
	if err != nil {
		t.Fatalf("%+v: %v", w, err)
	}
	return m.Commit
}

func TestRevisions(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	first := b.commit(files{"work/a.ics": event("a", "A")})
	second := b.commit(files{"work/a.ics": event("a", "B")}, first)
	seen := b.snapshot("server", "fetch", files{"work/a.ics": event("a", "C")})
	pull := b.commit(files{"work/a.ics": event("a", "C")}, second, seen)
	outside := b.commit(files{"work/x.ics": event("x", "X")})
	b.main(pull)
	b.tracking("server", seen)
	b.ref("refs/heads/other", outside)
	h := b.open()
	for text, want := range map[string]store.Hash{
		"main": pull, "HEAD": pull, "server/main": seen, "main~1": second, "main^": second, "main^1": second, "main^2": seen, "main~2": first, "main^^": first, "HEAD~1^": first,
		"main~0": pull, "main^0": pull, first.String(): first, strings.ToUpper(first.String()): first, seen.String()[:12]: seen, second.String()[:12] + "~": first,
	} {
		if got := at(t, h, history.When{Rev: text}); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"main~3": "main~3 is before the history begins: its first commit is " + first.String()[:10], "main^3": "there is no main^3: " + pull.String()[:10], "other": "no commit of main", "other/main": "no commit of main", "refs/heads/other": "no commit of main",
		outside.String(): "no commit of main", "main~999999": "begins", "0000000": "no commit of main",
	} {
		_, err := h.At(history.When{Rev: text})
		var none *history.NoMoment
		if !errors.As(err, &none) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestAbbreviationsThatAreNotEnough(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	var tip store.Hash
	names := map[string]int{}
	twice := ""
	for i := 0; twice == ""; i++ {
		tip = b.commitAs(vgit, b.now.Add(time.Duration(i)*time.Hour), "m", files{"work/a.ics": event("a", "A")}, tip)
		if names[tip.String()[:4]]++; names[tip.String()[:4]] == 2 {
			twice = tip.String()[:4]
		}
		if i == 5000 {
			t.Fatal("no two commits begin alike")
		}
	}
	b.main(tip)
	_, err := b.open().At(history.When{Rev: twice})
	if err == nil || !strings.Contains(err.Error(), twice+" is the beginning of several commits: ") || !strings.Contains(err.Error(), tip.String()[:10]+" (") {
		t.Errorf("%s: %v", twice, err)
	}
	if got := at(t, b.open(), history.When{Rev: tip.String()}); got != tip {
		t.Error("a whole name is not found: ", got)
	}
}

func TestStateAtATime(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	begin := b.now
	hour := func(n int) time.Time { return begin.Add(time.Duration(n) * time.Hour) }
	var line []store.Hash
	tip := store.Hash{}
	for i := range 7 {
		when := hour(10 + i)
		switch i {
		case 3:
			when = time.Unix(0, 0) // a clock without a battery
		case 4:
			when = hour(24 * 365) // and one of the future
		}
		var merged store.Hash
		if i == 5 {
			merged = b.snapshot("server", "fetch", files{"work/a.ics": event("a", "S")}) // made before, on another line
		}
		parents := []store.Hash{tip, merged}
		tip = b.commitAs(vgit, when, "m", files{"work/a.ics": event("a", "A"+string(rune('0'+i)))}, parents...)
		line = append(line, tip)
	}
	b.main(tip)
	h := b.open()
	for _, c := range []struct {
		when time.Time
		want int
	}{{hour(10), 0}, {hour(10).Add(time.Minute), 0}, {hour(12), 3}, {hour(14), 3}, {hour(15), 5}, {hour(15).Add(59 * time.Minute), 5}, {hour(16), 6}, {hour(2000), 6}} {
		if got := at(t, h, history.When{Time: c.when}); got != line[c.want] {
			t.Errorf("at %v: commit %d %s, want %d %s", c.when, indexOf(line, got), got, c.want, line[c.want])
		}
	}
	_, err := h.At(history.When{Time: hour(9)})
	var none *history.NoMoment
	if !errors.As(err, &none) || err.Error() != "there is no history before 2026-03-02 10:00" {
		t.Error(err)
	}
}

func indexOf(all []store.Hash, h store.Hash) int {
	for i := range all {
		if all[i] == h {
			return i
		}
	}
	return -1
}

func TestNoHistoryYet(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	for _, w := range []history.When{{Rev: "main"}, {Time: b.now}, {Rev: "main~1"}, {Rev: "abcd"}} {
		var none *history.NoMoment
		if _, err := b.open().At(w); !errors.As(err, &none) {
			t.Errorf("%+v: %v", w, err)
		}
	}
}

func TestDamageIsNoAbsence(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	first := b.commit(files{"work/a.ics": event("a", "A")})
	missing := store.Hash{1, 2, 3}
	tip := b.commit(files{"work/a.ics": event("a", "B")}, first, missing)
	b.main(tip)
	_, err := b.open().At(history.When{Rev: "abcdef"})
	var none *history.NoMoment
	if err == nil || errors.As(err, &none) || !errors.Is(err, store.ErrMissing) {
		t.Errorf("what cannot be read is taken for absent: %v", err)
	}
	if got := at(t, b.open(), history.When{Rev: first.String()}); got != first {
		t.Error(got)
	}
}
