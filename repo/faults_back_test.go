package repo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vgit/remote/davtest"
	"vgit/repo"
)

// TestF12ListingThatIsEmptyOnce: no file goes, and the next good listing needs nobody's answer.
func TestF12ListingThatIsEmptyOnce(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]davtest.Option{"tokens": nil, "listings": {davtest.NoSyncCollection}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(8), opts...)
			w.put(w.work, "x", "New")
			w.server.Set(davtest.RefuseTokens(403, true), davtest.Hides(func(string) bool { return true }))
			w.noDelete(w.sync())
			if got := len(w.here("work")); got < 8 {
				t.Errorf("%d files", got)
			}
			w.server.Set(davtest.RefuseTokens(0, false), davtest.Hides(nil))
			w.sync()
			w.sync()
			w.settled()
		})
	}
}

// TestF13F15ServerThatWasWiped: what is gone there stays here as long as nobody says otherwise, in every run alike; when the
// items are back, nobody has to.
func TestF13F15ServerThatWasWiped(t *testing.T) {
	t.Parallel()
	for name, wipe := range map[string]func(*world){
		"emptied":     func(w *world) { w.work.Wipe() },
		"set up anew": func(w *world) { w.work.Remove(); w.work = w.server.AddCalendar("ada", "work", davtest.Props{}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(8))
			wipe(w)
			w.sync()
			before := w.everything()
			for range 2 {
				r := w.sync()
				if n := states(r)[repo.Held]; n != 8 || len(w.here("work")) != 8 || w.server.Writes() != 0 {
					t.Errorf("%d steps held, %d files, %d writes", n, len(w.here("work")), w.server.Writes())
				}
			}
			if diff := changedFiles(before, w.everything()); len(diff) > 0 {
				t.Errorf("a hold that repeats changed %q", diff)
			}
			for _, n := range letters(8) {
				w.put(w.work, n, "First "+n)
			}
			w.decided(w.sync())
			w.sync()
			w.settled()
		})
	}
}

// TestF14FirstReportWithoutMembers: PROPFIND has them.
func TestF14FirstReportWithoutMembers(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(4), davtest.EmptyInitialReport)
	w.same("i00=First i00 i01=First i01 i02=First i02 i03=First i03")
	w.settled()
	w.work.Delete("i00.ics")
	w.put(w.work, "i01", "Second")
	w.sync()
	w.same("i01=Second i02=First i02 i03=First i03")
	w.settled()
}

// TestF16RestoredBackup: items are older, missing and back from the dead, whatever the server says to a token that is ahead of it. Local edits stay, and
// every version is still in the history.
func TestF16RestoredBackup(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]davtest.Option{
		"token refused":    nil,
		"nothing (P46)":    {davtest.NothingOnUnknownToken},
		"everything (P45)": {davtest.FullListOnUnknownToken},
		"etags again":      {davtest.CounterETags, davtest.FullListOnUnknownToken},
		"listings":         {davtest.NoSyncCollection},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := time.Now()
			w := agreed(t, []string{"old", "dead", "mine"}, append(opts, davtest.Clock(func() time.Time { return clock }))...)
			backup := w.work.Backup()
			later := func() { clock = clock.Add(time.Hour); w.now = clock }
			later()
			w.put(w.work, "old", "Newer")
			w.put(w.work, "young", "Missing afterwards")
			w.work.Delete("dead.ics")
			w.sync()
			w.write("work/mine.ics", event("mine", "Edited here"))
			w.work.Restore(backup)
			later()
			w.put(w.work, "other", "After the restore") // the server lives on
			w.sync()
			w.sync()
			w.same("dead=First dead mine=Edited here old=First old other=After the restore")
			for _, version := range []string{"Newer", "Missing afterwards"} {
				if out := w.git("log", "--all", "--oneline", "-S", version); strings.TrimSpace(out) == "" {
					t.Errorf("%q is nowhere in the history", version)
				}
			}
			w.settled()
		})
	}
}

// TestF16SameETagOfAnotherBody: after the backup the server gives out etags that it had given to other bodies; size or date tell.
func TestF16SameETagOfAnotherBody(t *testing.T) {
	t.Parallel()
	clock := time.Now()
	w := agreed(t, []string{"a", "b", "c"}, davtest.CounterETags, davtest.Clock(func() time.Time { return clock }))
	backup := w.work.Backup()
	clock = clock.Add(time.Hour)
	w.put(w.work, "a", "Edited before the crash")
	w.sync()
	tag := w.work.ETag("a.ics")
	w.work.Restore(backup)
	w.work.ForgetTokens()
	clock = clock.Add(time.Hour)
	w.put(w.work, "a", "Edited after the restore")
	if w.work.ETag("a.ics") != tag {
		t.Fatal("the etag is another")
	}
	w.sync()
	w.sync()
	w.same("a=Edited after the restore b=First b c=First c")
	w.settled()
}

// TestF17AllETagsChanged: the bodies are fetched, no file is written, and there is one commit for all of it.
func TestF17AllETagsChanged(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(4))
	files, snapshots := w.everything(), w.commits(tracking)
	w.work.NewETags()
	w.server.ResetLog()
	w.sync()
	for _, p := range changedFiles(files, w.everything()) {
		if !strings.HasPrefix(strings.TrimPrefix(p, "+"), ".git/") {
			t.Errorf("changed %q", p)
		}
	}
	if now := w.commits(tracking); w.bodies() != 4 || now == snapshots || w.server.Writes() != 0 {
		t.Errorf("%d bodies read, %s snapshots after %s, %d writes", w.bodies(), now, snapshots, w.server.Writes())
	}
	w.settled()
}

// TestF18EverythingWrittenAnew: a server that was changed writes all items differently. One snapshot, no push but of what was edited here, no conflict.
func TestF18EverythingWrittenAnew(t *testing.T) {
	t.Parallel()
	for name, model := range map[string]davtest.Model{
		"order": davtest.Sort(), "clocks": davtest.Stamp(), "escapes": davtest.Escape(),
		"folding and PRODID": func(b []byte) []byte {
			s := strings.Replace(string(b), "PRODID:-//test//EN", "PRODID:-//another//EN", 1)
			return []byte(strings.Replace(s, "SUMMARY:First", "SUMMARY:Fi\r\n rst", 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a", "b", "c"})
			w.write("work/a.ics", event("a", "Edited here"))
			main := w.commits("main")
			for _, n := range []string{"a", "b", "c"} {
				w.work.Edit(n+".ics", model)
			}
			w.server.ResetLog()
			w.decided(w.sync())
			if n := w.server.Writes(); n != 1 {
				t.Errorf("%d writes, want that of the edit", n)
			}
			if got := w.commits("main"); main == got {
				t.Errorf("main has %s commits", got)
			}
			w.sync()
			w.same("a=Edited here b=First b c=First c")
			w.settled()
		})
	}
}

// TestF19RestlessServer: etags or tokens are others at every look. The repository does not grow by that, and real changes arrive.
func TestF19RestlessServer(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]davtest.Option{
		"etags":         {davtest.VolatileETags, davtest.NoSyncCollection, davtest.NoCTag},
		"tokens (P55)":  {davtest.ChangingTokens},
		"ctags":         {davtest.ChangingTokens, davtest.NoSyncCollection},
		"both":          {davtest.VolatileETags, davtest.ChangingTokens},
		"etags, tokens": {davtest.VolatileETags, davtest.NoTokens, davtest.NoCTag},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(3), opts...)
			run := func(n int) (grown int) {
				before := w.everything()
				for range n {
					w.now = w.now.Add(15 * time.Minute)
					w.login()
					w.server.ResetLog()
					w.sync()
					if n := w.server.Writes(); n != 0 {
						t.Errorf("%d writes to the server", n)
					}
					after := w.everything()
					if len(changedFiles(before, after)) > 0 {
						grown++
					}
					before = after
				}
				return grown
			}
			if n := run(7); n > 3 {
				t.Errorf("%d of 7 runs in which nothing happened changed the repository", n)
			}
			w.now = w.now.Add(25 * time.Hour)
			if n := run(4); n > 2 {
				t.Errorf("a day later: %d of 4 runs", n)
			}
			w.put(w.work, "i00", "Changed there")
			w.put(w.work, "new", "New there")
			w.work.Delete("i01.ics")
			w.sync()
			w.same("i00=Changed there i02=First i02 new=New there")
			w.sound()
		})
	}
}

// TestF19OwnWritesAreNotRestless: a token that moves after each of our own writes (SOGo) is kept each time: no sync asks about them again later.
func TestF19OwnWritesAreNotRestless(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(3))
	for round := range 5 {
		w.now = w.now.Add(time.Minute)
		w.write("work/i00.ics", event("i00", fmt.Sprint("Here ", round)))
		asked := w.server.On(davtest.Match{Method: "REPORT", Body: "sync-collection"}).Before().Status(503) // which token it has by now is not heard
		w.sync()
		asked.Remove()
		w.now = w.now.Add(time.Minute)
		w.sync()
		w.settled()
	}
	w.write("work/i02.ics", event("i02", "Gone after it was edited"))
	w.sync()
	for _, name := range []string{"i01", "i02"} {
		w.remove("work/" + name + ".ics")
		w.sync()
		w.settled()
	}
}

// TestF20SameETagOtherBody: what no listing shows is found by the weekly one, if the size tells; a check of all bodies is for later.
func TestF20SameETagOtherBody(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.work.EditUnseen("a.ics", func([]byte) []byte { return event("a", "Changed behind the back of its etag") })
	w.sync()
	if got := w.read("work/a.ics"); !strings.Contains(got, "First a") {
		t.Fatalf("this version finds it at once now: %q", got)
	}
	w.now = w.now.Add(8 * 24 * time.Hour)
	w.sync()
	w.same("a=Changed behind the back of its etag b=First b")
	w.settled()
}

// TestF26AnotherItemUnderTheSameHref: one deletion and one creation, also if even the etag is the same again.
func TestF26AnotherItemUnderTheSameHref(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]davtest.Option{"etags": nil, "counters": {davtest.CounterETags}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a", "b"}, opts...)
			w.work.Delete("a.ics")
			w.work.Put("a.ics", event("z", "Another item"))
			w.sync()
			w.same("b=First b z=Another item")
			if out := w.git("show", "--stat", "--format=%B", "main"); !strings.Contains(out, "First a") || !strings.Contains(out, "Another item") {
				t.Errorf("the commit tells of one item only: %s", out)
			}
			w.settled()
		})
	}
}

// TestF50SlidingWindow: the server lists fewer old items every day. They are asked for by name and stay, and the repository does not grow by it.
func TestF50SlidingWindow(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]davtest.Option{"listings": {davtest.NoSyncCollection, davtest.NoCTag}, "weekly": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(20), opts...)
			grown := 0
			for day := 1; day <= 5; day++ {
				w.server.Set(davtest.Hides(func(name string) bool { return name < fmt.Sprintf("i%02d", day) }))
				w.now = w.now.Add(8 * 24 * time.Hour)
				before := w.everything()
				w.noDelete(w.sync())
				w.noDelete(w.sync())
				if len(changedFiles(before, w.everything())) > 0 {
					grown++
				}
			}
			if n := len(w.here("work")); n != 20 {
				t.Errorf("%d files, want 20", n)
			}
			before := w.commits(tracking)
			for range 4 {
				w.now = w.now.Add(time.Hour)
				w.sync()
			}
			if now := w.commits(tracking); now != before {
				t.Errorf("%s snapshots after %s, and nothing happened", now, before)
			}
			w.write("work/i00.ics", event("i00", "Edited, though it is not listed"))
			w.sync()
			w.equal()
		})
	}
}

// TestF53ClocksThatAreWrong: the server's is a year off, or that of this machine jumps back in the middle: the same comes of it.
func TestF53ClocksThatAreWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server time.Duration
		jump   time.Duration
	}{"behind": {-365 * 24 * time.Hour, 0}, "ahead": {365 * 24 * time.Hour, 0}, "jumps back": {0, -30 * 24 * time.Hour}, "jumps ahead": {0, 400 * 24 * time.Hour}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := busyWeek(t, davtest.Clock(func() time.Time { return time.Now().Add(c.server) }))
			jumped := w.server.On(davtest.Match{Method: "REPORT", N: 1}).Before().Call(func() {})
			w.set = func(o *repo.Options) {
				o.Now = func() time.Time {
					if jumped.Hits() > 0 {
						return w.now.Add(c.jump)
					}
					return w.now
				}
			}
			w.decided(w.sync())
			w.same(afterBusyWeek)
			w.sync()
			w.quiet()
			w.sound()
		})
	}
}

// TestP20HrefsSpeltInTwoWays: a listing spells an address in another way than a report, in the same run and in later ones. It is the same item.
func TestP20HrefsSpeltInTwoWays(t *testing.T) {
	t.Parallel()
	spell := func(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }
	spellings := []func(string) string{spell("i", "%69", "@", "%40"), nil, spell("x", "%78")}
	w := newWorld(t)
	w.disk = quick(w)
	for _, n := range []string{"i00", "i01@x", "i02"} {
		w.put(w.work, n, "First")
	}
	w.sync()
	for round := range 3 {
		w.server.Set(davtest.HrefSpelling(spellings[round]))
		w.put(w.work, "i00", fmt.Sprint("Changed ", round))
		w.now = w.now.Add(time.Duration(round%2) * 8 * 24 * time.Hour) // by report and by listing
		w.server.ResetLog()
		w.noDelete(w.sync())
		if n := w.bodies(); n != 1 {
			t.Errorf("round %d: %d bodies were read, want 1", round, n)
		}
		w.write("work/i02.ics", event("i02", fmt.Sprint("Here ", round)))
		w.sync()
		w.settled()
	}
	if got := len(w.here("work")); got != 3 {
		t.Errorf("%d files", got)
	}
}
