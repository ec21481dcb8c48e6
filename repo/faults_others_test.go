package repo_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vgit/remote"
	"vgit/remote/davtest"
	"vgit/repo"
)

// TestF28EndlessEditsLoseNothing: another client edits before each of our PUTs. Each of its versions is in the history, and so is ours.
func TestF28EndlessEditsLoseNothing(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", event("a", "Here"))
	n := 0
	w.server.On(davtest.Match{Method: "PUT", Path: "a.ics"}).Before().Call(func() {
		n++
		w.put(w.work, "a", fmt.Sprint("There ", n))
	})
	for range 2 {
		w.sync()
	}
	for _, version := range []string{"Here", "There 1"} {
		if strings.TrimSpace(w.git("log", "--all", "--oneline", "-S", "SUMMARY:"+version)) == "" {
			t.Errorf("%q is nowhere in the history", version)
		}
	}
	if !strings.Contains(w.read("work/a.ics"), "Here") {
		t.Error("the edit is gone from the vdir")
	}
	w.sound()
}

// TestF31CollectionDeletedInTheMiddle: by another client, while it is read or written to. The other one goes on, and no file goes away.
func TestF31CollectionDeletedInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"REPORT", "PUT", "DELETE"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			w, home := twoCalendars(t)
			w.put(w.work, "a", "Changed there")
			w.put(home, "h", "Changed there")
			w.write("work/b.ics", event("b", "Here"))
			w.write("work/n.ics", event("n", "New"))
			w.put(w.work, "d", "Deleted")
			if method == "DELETE" {
				w.sync()
				w.remove("work/d.ics")
			}
			w.server.On(davtest.Match{Method: method, Path: "/work/", N: 1}).Before().Call(func() { w.work.Remove() })
			report, err := w.try()
			must(t, err)
			must(t, report.Remotes[0].Err)
			w.login()
			w.write("home/new.ics", event("new", "New here"))
			r := w.sync()
			if n := states(r)[repo.Held]; n != 1 {
				t.Errorf("%d steps held, want 1: %+v", n, r.Plan.Steps)
			}
			if !strings.Contains(w.read("home/h.ics"), "Changed there") || w.there(home)["new"] == nil {
				t.Error("the other collection did not go on")
			}
			here := w.here("work")
			for _, uid := range []string{"a", "b", "n"} {
				if here[uid] == nil {
					t.Errorf("%s is gone here", uid)
				}
			}
			if !strings.Contains(string(here["b"]), "Here") {
				t.Error("an edit is gone")
			}
			w.sound()
		})
	}
}

// TestF37TwinsInEachOrder: two resources with one UID come one after the other or together; when one goes, one file goes.
func TestF37TwinsInEachOrder(t *testing.T) {
	t.Parallel()
	for i, first := range []string{"x", "y", "both"} {
		for j, gone := range []string{"x", "y"} {
			if !some(i+j, 2) {
				continue
			}
			t.Run(first+" "+gone, func(t *testing.T) {
				t.Parallel()
				w := agreed(t, []string{"a"})
				put := func(n string) { w.work.Put(n+".ics", event("twin", "Twin "+n)) }
				if first == "both" {
					put("x")
					put("y")
				} else {
					put(first)
					w.sync()
					put(map[string]string{"x": "y", "y": "x"}[first])
				}
				w.sync()
				w.sync()
				files := func() (all []string) {
					paths, _ := filepath.Glob(filepath.Join(w.dir, "work/*.ics"))
					for _, p := range paths {
						all = append(all, filepath.Base(p))
					}
					return all
				}
				if got := files(); len(got) != 3 {
					t.Fatalf("files %q", got)
				}
				w.server.ResetLog()
				w.work.Delete(gone + ".ics")
				w.sync()
				w.sync()
				if n := w.server.Writes(); n != 0 || w.work.Len() != 2 {
					t.Errorf("%d writes, there %q", n, w.work.List())
				}
				if got := files(); len(got) != 2 || strings.Contains(string(w.here("work")["twin"]), "Twin "+gone) {
					t.Errorf("files %q", got)
				}
				w.settled()
			})
		}
	}
}

// twoRemotes is a vdir with two servers.
func twoRemotes(t *testing.T, first, second []davtest.Option) (w, other *world, both func(*repo.Request)) {
	t.Helper()
	w, other = newWorld(t, first...), newWorld(t, second...)
	w.disk = quick(w)
	return w, other, func(q *repo.Request) {
		r := other.remote()
		r.Name = "other"
		q.Remotes = append(q.Remotes, r)
	}
}

// TestF42OneOfTwoServersIsDown: the other one syncs as usual; later the first catches up, and nobody is asked.
func TestF42OneOfTwoServersIsDown(t *testing.T) {
	t.Parallel()
	w, other, both := twoRemotes(t, nil, nil)
	w.put(w.work, "a", "First a")
	w.put(w.work, "b", "First b")
	for range 2 {
		w.sync(both)
	}
	other.server.On(davtest.Match{}).Before().Reset()
	w.put(w.work, "a", "Changed on the first")
	w.write("work/n.ics", event("n", "New here"))
	w.remove("work/b.ics")
	report, err := w.try(both)
	must(t, err)
	if !errors.Is(report.Remotes[1].Err, remote.ErrTemporary) || report.Remotes[0].Err != nil {
		t.Errorf("errors %v and %v", report.Remotes[0].Err, report.Remotes[1].Err)
	}
	w.same("a=Changed on the first n=New here")
	other.server.ClearFaults()
	for range 2 {
		report, err := w.try(both)
		must(t, err)
		for _, r := range report.Remotes {
			must(t, r.Err)
			w.decided(r)
		}
	}
	w.same("a=Changed on the first n=New here")
	if got := titles(w.there(other.work)); got != "a=Changed on the first n=New here" {
		t.Errorf("on the other %q", got)
	}
}

// TestF43TwoServersThatRewriteDifferently: what one makes of an item is not sent to the other and back for ever.
func TestF43TwoServersThatRewriteDifferently(t *testing.T) {
	t.Parallel()
	for name, models := range map[string][2]davtest.Model{
		"order and escapes":   {davtest.Sort(), davtest.Escape()},
		"drops and clocks":    {davtest.StripX(), davtest.Stamp()},
		"clocks on both":      {davtest.Stamp(), davtest.Chain(davtest.Sort(), davtest.Stamp())},
		"drops another thing": {davtest.StripX(), davtest.Drop("LOCATION")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, other, both := twoRemotes(t, []davtest.Option{davtest.RewritesOnPut(models[0])}, []davtest.Option{davtest.RewritesOnPut(models[1])})
			w.write("work/a.ics", event("a", "Written here", "X-LOCAL:1", "LOCATION:Room, upstairs"))
			w.put(w.work, "b", "From the first", "X-SERVER:1", "LOCATION:Hall")
			w.put(other.work, "x", "Nothing")
			other.put(other.work, "c", "From the other", "X-OTHER:1", "LOCATION:Garden")
			for i := range 10 {
				if i == 2 {
					w.server.ResetLog()
					other.server.ResetLog()
				}
				report, err := w.try(both)
				must(t, err)
				for _, r := range report.Remotes {
					must(t, r.Err)
					w.decided(r)
				}
			}
			if n, m := w.server.Writes(), other.server.Writes(); n+m != 0 {
				t.Errorf("%d and %d writes after the second sync", n, m)
			}
			want := titles(w.here("work"))
			for _, c := range []*davtest.Collection{w.work, other.work} {
				if got := titles(w.there(c)); got != want {
					t.Errorf("there %q, here %q", got, want)
				}
			}
		})
	}
}

// TestF44OneItemEditedInThreePlaces: until items merge by their properties, none of the three edits is overwritten.
func TestF44OneItemEditedInThreePlaces(t *testing.T) {
	t.Parallel()
	w, other, both := twoRemotes(t, nil, nil)
	w.put(w.work, "a", "First")
	for range 2 {
		w.sync(both)
	}
	w.put(w.work, "a", "First", "LOCATION:On the first")
	other.put(other.work, "a", "First", "DESCRIPTION:On the other")
	w.write("work/a.ics", event("a", "First", "PRIORITY:3"))
	for range 3 {
		_, err := w.try(both)
		must(t, err)
	}
	for place, body := range map[string][]byte{"the first": w.there(w.work)["a"], "the other": w.there(other.work)["a"], "here": w.here("work")["a"]} {
		for _, edit := range []string{"LOCATION", "DESCRIPTION", "PRIORITY"} {
			if !strings.Contains(string(body), edit) {
				t.Errorf("%s: the edit with %s is gone: %q", place, edit, body)
			}
		}
	}
}

// second is another machine with the same account: a vdir of its own.
func (w *world) second() *world {
	v := *w
	v.dir = filepath.Join(w.t.TempDir(), "calendars")
	v.state = filepath.Join(filepath.Dir(v.dir), "state")
	v.disk = quick(&v)
	v.login()
	return &v
}

// TestF45TwoMachinesWithOneAccount: each is one more client for the other.
func TestF45TwoMachinesWithOneAccount(t *testing.T) {
	t.Parallel()
	for server, opts := range keepers {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			a := agreed(t, letters(4), opts...)
			b := a.second()
			b.sync()
			a.write("work/i00.ics", event("i00", "Changed on a", "X-LOCAL:1"))
			a.write("work/new-a.ics", event("new-a", "New on a"))
			a.remove("work/i01.ics")
			b.write("work/i02.ics", event("i02", "Changed on b", "X-LOCAL:1"))
			b.write("work/new-b.ics", event("new-b", "New on b"))
			b.remove("work/i03.ics")
			for range 3 {
				a.decided(a.sync())
				b.decided(b.sync())
			}
			for _, w := range []*world{a, b} {
				w.same("i00=Changed on a i02=Changed on b new-a=New on a new-b=New on b")
				w.quiet()
				w.sound()
			}
		})
	}
}

// TestP24TwoMachinesThatImportOneInvitation: each sends it in the same moment. Both give it one name, though its UID is none, so that the
// server takes it once.
func TestP24TwoMachinesThatImportOneInvitation(t *testing.T) {
	t.Parallel()
	a := agreed(t, letters(2))
	b := a.second()
	b.sync()
	invitation := event("040000008200E00074C5B7101A82E008@example.com/1", "Invitation")
	a.write("work/one.ics", invitation)
	b.write("work/other.ics", invitation)
	a.server.On(davtest.Match{Method: "PUT", N: 1}).Before().Call(func() { b.sync() })
	a.decided(a.sync())
	b.decided(b.sync())
	a.sync() // met what was not of its making, so it asks once more
	a.settled()
	b.settled()
	if n := a.work.Len(); n != 3 {
		t.Errorf("%d items there: %v", n, a.work.List())
	}
}

// TestF46TwoMachinesThatAlsoExchangeMain: what comes by git and by the server is the same twice: no conflict, no PUT.
func TestF46TwoMachinesThatAlsoExchangeMain(t *testing.T) {
	t.Parallel()
	for _, gitFirst := range []bool{true, false} {
		t.Run(fmt.Sprint("git first ", gitFirst), func(t *testing.T) {
			t.Parallel()
			a := agreed(t, letters(4))
			b := a.second()
			b.sync()
			b.git("pull", "-q", "--no-edit", "--no-rebase", "--allow-unrelated-histories", "-s", "recursive", "-X", "ours", a.dir, "main")
			b.sync()
			a.write("work/i00.ics", event("i00", "Changed on a"))
			a.write("work/new.ics", event("new", "New on a"))
			a.remove("work/i01.ics")
			a.sync()
			a.server.ResetLog()
			if gitFirst {
				b.git("pull", "-q", "--no-edit", "--no-rebase", a.dir, "main")
				b.decided(b.sync())
			} else {
				b.decided(b.sync())
				b.git("pull", "-q", "--no-edit", "--no-rebase", a.dir, "main")
				b.decided(b.sync())
			}
			a.git("pull", "-q", "--no-edit", "--no-rebase", b.dir, "main")
			a.decided(a.sync())
			if n := a.server.Writes(); n != 0 {
				t.Errorf("%d writes", n)
			}
			for _, w := range []*world{a, b} {
				w.same("i00=Changed on a i02=First i02 i03=First i03 new=New on a")
				w.settled()
			}
		})
	}
}

// TestF48ChangesWhileAHoldWaits: edits and additions go through in both directions, and what is held follows what happens.
func TestF48ChangesWhileAHoldWaits(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(20))
	for _, n := range slices.Concat(letters(8), letters(20)[12:18]) {
		w.work.Delete(n + ".ics")
	}
	if n := states(w.sync())[repo.Held]; n != 14 {
		t.Fatalf("%d held", n)
	}
	w.put(w.work, "i10", "Edited there")
	w.put(w.work, "new-there", "New there")
	w.write("work/i11.ics", event("i11", "Edited here"))
	w.write("work/new-here.ics", event("new-here", "New here"))
	w.put(w.work, "i00", "Back again") // one is back
	w.work.Delete("i08.ics")           // one more goes
	r := w.sync()
	if n := states(r)[repo.Held]; n != 14 {
		t.Errorf("%d held: %+v", n, r.Plan.Steps)
	}
	here, there := titles(w.here("work")), titles(w.there(w.work))
	for _, want := range []string{"i00=Back again", "i10=Edited there", "i11=Edited here", "new-here=New here", "new-there=New there"} {
		if !strings.Contains(here, want) || !strings.Contains(there, want) {
			t.Errorf("%s is not on both sides: here %q, there %q", want, here, there)
		}
	}
	w.sound()
}

// TestF54ListingThatIsNone: PROPFIND is answered with 204; the other way of listing is tried once, and remembered.
func TestF54ListingThatIsNone(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(4), davtest.LyingReports)
	w.now = w.now.Add(8 * 24 * time.Hour)
	none := w.server.On(davtest.Match{Method: "PROPFIND", Func: func(q davtest.Request) bool { return q.Path == "/calendars/ada/work/" && q.Header.Get("Depth") == "1" }}).Before().Status(204)
	w.put(w.work, "i00", "Changed there")
	w.work.Delete("i01.ics")
	w.sync()
	w.same("i00=Changed there i02=First i02 i03=First i03")
	if none.Hits() != 1 {
		t.Errorf("%d listings were asked for", none.Hits())
	}
	w.now = w.now.Add(8 * 24 * time.Hour)
	w.login()
	w.sync()
	if none.Hits() != 1 {
		t.Errorf("%d listings were asked for: it is not remembered", none.Hits())
	}
	w.settled()
}

// TestF56AnswersWhileTheOrganiserEdits: an edit goes out once, and brings the answers of others with it.
func TestF56AnswersWhileTheOrganiserEdits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, davtest.ScheduleTags)
	w.disk = quick(w)
	w.put(w.work, "a", "Meeting", "ORGANIZER:mailto:ada@example.org", "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bob@example.org")
	w.sync()
	w.write("work/a.ics", adding([]byte(w.read("work/a.ics")), "DESCRIPTION:Bring cake"))
	w.server.ResetLog()
	last := "NEEDS-ACTION"
	for _, answer := range []string{"TENTATIVE", "DECLINED", "ACCEPTED"} {
		w.work.EditScheduled("a.ics", func(b []byte) []byte { return bytes.Replace(b, []byte(last), []byte(answer), 1) })
		w.decided(w.sync())
		last = answer
	}
	if n := w.server.Writes(); n != 1 {
		t.Errorf("%d writes", n)
	}
	for side, body := range map[string]string{"here": w.read("work/a.ics"), "there": string(w.there(w.work)["a"])} {
		if !strings.Contains(body, "ACCEPTED") || !strings.Contains(body, "Bring cake") {
			t.Errorf("%s %q", side, body)
		}
	}
	w.settled()
}
