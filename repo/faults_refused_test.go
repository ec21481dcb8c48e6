package repo_test

import (
	"strings"
	"testing"
	"time"

	"vgit/remote/davtest"
	"vgit/repo"
)

// TestF7ItemThatGives500AtEachPut: once is an accident, and is tried again by the next run. From the second time on the item is refused: it stays here, is
// named in every run, and is offered again after growing pauses, or when it is edited. Others go on.
func TestF7ItemThatGives500AtEachPut(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"create", "update", "delete"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"bad", "b", "c"})
			switch kind {
			case "create":
				w.write("work/bad2.ics", event("bad2", "Here"))
			case "update":
				w.write("work/bad.ics", event("bad", "Here"))
			case "delete":
				w.remove("work/bad.ics")
			}
			w.write("work/b.ics", event("b", "Goes on"))
			w.server.On(davtest.Match{Method: "PUT DELETE", Path: "bad"}).Before().Status(500)
			run := func(writes int, lasting bool) {
				t.Helper()
				w.server.ResetLog()
				r := w.sync()
				if n := w.server.Writes(); n != writes {
					t.Errorf("%d writes, want %d", n, writes)
				}
				if lasts := states(r)[repo.Refused] > 0 || len(r.AllProblems()) > 0 && r.AllProblems()[0].Severity == repo.Lasting; lasts != lasting {
					t.Errorf("lasting %v, want %v: %+v", lasts, lasting, r.AllProblems())
				}
			}
			run(2, false) // itself and b, once each
			run(1, true)
			for range 3 {
				w.now = w.now.Add(15 * time.Minute)
				run(0, true)
			}
			w.now = w.now.Add(time.Hour)
			run(1, true)
			w.now = w.now.Add(65 * time.Minute) // the pauses grow
			run(0, true)
			w.now = w.now.Add(30 * time.Hour)
			run(1, true) // and end
			if kind == "update" {
				w.write("work/bad.ics", event("bad", "Here, better"))
				run(1, false)
			}
			w.server.ClearFaults()
			w.now = w.now.Add(30 * time.Hour)
			w.sync()
			w.sync()
			w.settled()
		})
	}
}

// TestF7ServerThatGives500AtEveryWrite: it is the server that is ill, not an item: it passes, and the first run after that sends all.
func TestF7ServerThatGives500AtEveryWrite(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(3))
	for _, n := range letters(3) {
		w.write("work/"+n+".ics", event(n, "Here "+n))
	}
	w.server.On(davtest.Match{Method: "PUT"}).Before().Status(500)
	for range 4 {
		if r := w.sync(); !isTemporary(r) || states(r)[repo.Refused] != 0 {
			t.Errorf("problems %+v", r.AllProblems())
		}
	}
	w.server.ClearFaults()
	w.sync()
	w.same("i00=Here i00 i01=Here i01 i02=Here i02")
	w.settled()
}

// TestF9AllWritesForbidden: edits stay here and are listed, and are pushed once writing is allowed again, the next day at the latest.
func TestF9AllWritesForbidden(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b", "c"})
	w.write("work/a.ics", event("a", "Here"))
	w.write("work/n.ics", event("n", "New"))
	w.remove("work/b.ics")
	w.server.On(davtest.Match{Method: "PUT DELETE"}).Before().Precondition(403, "d:need-privileges")
	w.put(w.work, "c", "There")
	w.sync()
	w.server.ResetLog()
	r := w.sync()
	if n := states(r)[repo.Refused]; n != 3 || w.server.Writes() != 0 {
		t.Errorf("%d steps refused, %d writes", n, w.server.Writes())
	}
	if got := titles(w.here("work")); got != "a=Here c=There n=New" {
		t.Errorf("here %q", got)
	}
	w.server.ClearFaults()
	w.now = w.now.Add(25 * time.Hour)
	w.sync()
	w.same("a=Here c=There n=New")
	w.settled()
}

// TestF33CollectionThatTakesLess: read-only from now on, or without events: nothing is sent, edits stay, are listed, and are sent
// once that is over.
func TestF33CollectionThatTakesLess(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ less, more func(*world) }{
		"read-only": {func(w *world) { w.work.SetReadOnly(true) }, func(w *world) { w.work.SetReadOnly(false) }},
		"no events": {func(w *world) { w.work.SetComponents("VTODO") }, func(w *world) { w.work.SetComponents("VEVENT", "VTODO") }},
		"forbidden, then allowed": {
			func(w *world) { w.work.SetReadOnly(true); w.server.Set(davtest.NoPrivileges) }, // it does not say so before
			func(w *world) {
				w.work.SetReadOnly(false)
				w.server.Clear(davtest.NoPrivileges)
				w.now = w.now.Add(25 * time.Hour)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a", "b", "c"})
			w.write("work/a.ics", event("a", "Here"))
			w.write("work/n.ics", event("n", "New"))
			if name != "no events" {
				w.remove("work/b.ics")
			}
			c.less(w)
			w.put(w.work, "c", "There")
			w.server.ResetLog()
			w.sync()
			if n := w.server.Writes(); n != 0 && name != "forbidden, then allowed" {
				t.Errorf("%d writes, though the collection says that it takes none", n)
			}
			w.server.ResetLog()
			r := w.sync()
			if states(r)[repo.Refused] < 2 || w.server.Writes() != 0 {
				t.Errorf("%+v, %d writes", r.Plan.Steps, w.server.Writes())
			}
			if got := titles(w.here("work")); !strings.HasPrefix(got, "a=Here ") || !strings.HasSuffix(got, "c=There n=New") {
				t.Errorf("here %q", got)
			}
			c.more(w)
			w.sync()
			w.sync()
			w.settled()
		})
	}
}

// TestRefusedUntilTheLimitsChange (P82): what was refused is offered again as soon as the collection says that it takes more.
func TestRefusedUntilTheLimitsChange(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.write("work/a.ics", event("a", "Here"))
	w.server.On(davtest.Match{Method: "PUT", N: 1}).Before().Precondition(403, "cal:max-attendees-per-instance")
	w.sync()
	w.server.ResetLog()
	w.sync()
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
	w.server.Set(davtest.MaxSize(1 << 20))
	w.sync()
	w.same("a=Here")
	w.settled()
}

// TestF51LimitThatAppears: the server takes less than it has. What is there already is neither cut nor refused; only new edits of it are.
func TestF51LimitThatAppears(t *testing.T) {
	t.Parallel()
	long := "DESCRIPTION:" + strings.Repeat("long ", 400)
	w := newWorld(t)
	w.disk = quick(w)
	w.put(w.work, "big", "Big", long)
	w.put(w.work, "small", "Small")
	w.sync()
	w.server.Set(davtest.MaxSize(1000))
	w.put(w.work, "big2", "Big too", long)
	w.write("work/big.ics", event("big", "Big, edited", long))
	w.write("work/small.ics", event("small", "Small, edited"))
	for range 2 {
		r := w.sync()
		if n := states(r)[repo.Refused]; n != 1 {
			t.Errorf("%d steps refused, want 1: %+v", n, r.Plan.Steps)
		}
	}
	if got := w.read("work/big2.ics"); got != string(event("big2", "Big too", long)) {
		t.Error("an item was cut")
	}
	if got := titles(w.there(w.work)); got != "big2=Big too big=Big small=Small, edited" {
		t.Errorf("there %q", got)
	}
	if !strings.Contains(w.read("work/big.ics"), "Big, edited") {
		t.Error("the edit is gone")
	}
	w.server.Set(davtest.MaxSize(0))
	w.sync()
	w.same("big2=Big too big=Big, edited small=Small, edited")
	w.settled()
}

// TestF57TrashBin: a file that is put back meets a server that still knows its name, or even its UID. It takes another name with the same UID; if
// that fails too, it is refused, with what the server said.
func TestF57TrashBin(t *testing.T) {
	t.Parallel()
	t.Run("name", func(t *testing.T) {
		t.Parallel()
		w := agreed(t, []string{"a", "b"})
		w.remove("work/a.ics")
		w.sync()
		w.server.On(davtest.Match{Method: "PUT", Path: "/a.ics"}).Before().Answer(davtest.Answer{Status: 400, Body: "a deleted object has this name"})
		w.write("work/a.ics", event("a", "Back again"))
		w.decided(w.sync())
		w.sync()
		w.same("a=Back again b=First b")
		w.settled()
	})
	t.Run("uid", func(t *testing.T) {
		t.Parallel()
		w := agreed(t, []string{"a", "b"}, davtest.TrashBin)
		w.remove("work/a.ics")
		w.sync()
		w.write("work/a.ics", event("a", "Back again"))
		w.server.ResetLog()
		for i := range 3 {
			r := w.sync()
			said := ""
			for _, p := range r.AllProblems() {
				said += p.What
			}
			for _, s := range r.Plan.Steps {
				said += s.Why
			}
			if !strings.Contains(said, "deleted") && !strings.Contains(said, "trash") {
				t.Errorf("run %d: said %q", i, said)
			}
		}
		if n := w.server.Writes(); n != 2 {
			t.Errorf("%d writes, want one with each name", n)
		}
		if !strings.Contains(w.read("work/a.ics"), "Back again") {
			t.Error("the file is gone")
		}
	})
}
