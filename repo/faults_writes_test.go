package repo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vgit/remote/davtest"
	"vgit/repo"
)

// TestF30DeletedThereBeforeOurWrite: between our look and our PUT or DELETE another client deletes the item.
func TestF30DeletedThereBeforeOurWrite(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]davtest.Option{nil, {davtest.MissingIs412}, {davtest.CreatesDespiteIfMatch, davtest.CounterETags}, {davtest.WeakETags}} {
		t.Run(fmt.Sprint(opts), func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a", "b", "c"}, opts...)
			w.write("work/a.ics", event("a", "Edited here"))
			w.remove("work/b.ics")
			w.server.On(davtest.Match{Method: "PUT DELETE GET", N: 1}).Before().Call(func() {
				w.work.Delete("a.ics")
				w.work.Delete("b.ics")
			})
			r := w.sync()
			if n := states(r)[repo.Waits]; n != 1 {
				t.Errorf("edited here and deleted there: %+v", r.Plan.Steps)
			}
			for range 2 {
				w.sync()
				if got := titles(w.here("work")); got != "a=Edited here c=First c" {
					t.Errorf("here %q", got)
				}
				if got := titles(w.there(w.work)); got != "c=First c" {
					t.Errorf("there %q", got)
				}
			}
			w.sound()
		})
	}
}

// TestF47DeleteThatMeetsAnEdit: a DELETE comes too late; the edit comes back into the vdir, and the report names both.
func TestF47DeleteThatMeetsAnEdit(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]davtest.Option{nil, {davtest.WeakETags}, {davtest.IgnoresIfMatchOnDelete, davtest.CounterETags}} {
		t.Run(fmt.Sprint(opts), func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a", "b"}, opts...)
			w.remove("work/a.ics")
			w.server.On(davtest.Match{Method: "DELETE GET", N: 1}).Before().Call(func() { w.put(w.work, "a", "Edited there") })
			r := w.sync()
			w.same("a=Edited there b=First b")
			said := ""
			for _, s := range r.Done {
				said += s.Why
			}
			if !strings.Contains(said, "deleted here") || !strings.Contains(said, "changed there") {
				t.Errorf("said %q", said)
			}
			w.sync()
			w.settled()
		})
	}
}

// TestF34ServerThatNamesThingsItself: what was uploaded comes back under another href or another UID: five more syncs make no copy.
func TestF34ServerThatNamesThingsItself(t *testing.T) {
	t.Parallel()
	uid := davtest.RewritesOnPut(func(b []byte) []byte { return []byte(strings.Replace(string(b), "UID:", "UID:srv-", 1)) })
	rename := davtest.RenamesOnPut(func(name string, _ []byte) string { return "srv-" + name })
	for name, opts := range map[string][]davtest.Option{
		"href":       {rename},
		"href, mute": {rename, davtest.NoLocation},
		"uid":        {uid},
		"both":       {uid, rename},
		"both, mute": {uid, rename, davtest.NoLocation},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a"}, opts...)
			w.server.ResetLog()
			w.write("work/n.ics", event("n", "New"))
			w.write("work/m.ics", event("m", "Other"))
			for range 6 {
				w.now = w.now.Add(2 * 24 * time.Hour)
				w.login()
				w.noDelete(w.sync())
			}
			if n := w.server.Count("PUT"); n != 2 {
				t.Errorf("%d PUTs, want 2", n)
			}
			if len(w.here("work")) != 3 || w.work.Len() != 3 {
				t.Errorf("here %q, there %q", titles(w.here("work")), titles(w.there(w.work)))
			}
			w.quiet()
			w.sound()
		})
	}
}

// TestF35F36ServerThatDropsAndAdds: what it drops stays here, what it adds is no edit of ours: one PUT, however often is synced.
func TestF35F36ServerThatDropsAndAdds(t *testing.T) {
	t.Parallel()
	for name, model := range map[string]davtest.Model{
		"drops": davtest.Drop("LOCATION", "X-LOCAL", "DESCRIPTION"), "alarm": davtest.AddAlarm(), "owner": davtest.AddOwner("mailto:ada@example.org"),
		"defaults": davtest.Defaults(), "all": davtest.Chain(davtest.StripX(), davtest.AddAlarm(), davtest.Defaults(), davtest.Sort()),
	} {
		for i, etag := range []bool{false, true} {
			if !some(i+len(name), 2) {
				continue
			}
			t.Run(fmt.Sprint(name, " etag ", etag), func(t *testing.T) {
				t.Parallel()
				opts := []davtest.Option{davtest.RewritesOnPut(model)}
				if etag {
					opts = append(opts, davtest.ETagThoughRewrote)
				}
				w := agreed(t, []string{"a"}, opts...)
				w.server.ResetLog()
				body := string(event("n", "New", "LOCATION:Room", "DESCRIPTION:Words", "X-LOCAL:1"))
				w.write("work/n.ics", []byte(body))
				for range 5 {
					w.now = w.now.Add(2 * 24 * time.Hour)
					w.decided(w.sync())
				}
				if n := w.server.Count("PUT"); n != 1 {
					t.Errorf("%d PUTs, want 1", n)
				}
				got := w.read("work/n.ics")
				for _, line := range strings.Split(body, "\r\n") {
					if !strings.Contains(got, line) {
						t.Errorf("%q went away: %q", line, got)
					}
				}
				w.quiet()
				w.sound()
			})
		}
	}
}

// TestP71ServerWithoutStrongETags: each write is preceded by a look; an edit by another client is seen and not overwritten.
func TestP71ServerWithoutStrongETags(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]davtest.Option{"weak": {davtest.WeakETags}, "weak, none in listings": {davtest.WeakETags, davtest.NoETagInListing, davtest.NoETagOnPut}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := busyWeek(t, opts...)
			said := func(r *repo.RemoteReport) (n int) {
				for _, p := range r.AllProblems() {
					n += strings.Count(p.What, "cannot be written to safely")
				}
				return n
			}
			first, second := said(w.sync()), said(w.sync())
			w.same(afterBusyWeek)
			w.write("work/e.ics", event("e", "Here"))
			if third := said(w.sync()); first != 1 || second+third != 0 {
				t.Errorf("said %d times, then %d, and at the next write %d", first, second, third)
			}
			w.write("work/a.ics", event("a", "Here"))
			w.write("work/n.ics", event("n", "Here"))
			w.server.On(davtest.Match{Method: "GET", Path: "/a.ics", N: 1}).Before().Call(func() { w.put(w.work, "a", "There") })
			r := w.sync()
			if n := states(r)[repo.Waits]; n != 1 {
				t.Errorf("%+v", r.Plan.Steps)
			}
			if got := titles(w.there(w.work)); !strings.HasPrefix(got, "a=There ") || !strings.Contains(got, "n=Here") {
				t.Errorf("there %q", got)
			}
			if !strings.Contains(w.read("work/a.ics"), "Here") {
				t.Error("the edit here is gone")
			}
		})
	}
}

// cached is a world whose server shows for three minutes what was there before.
func cached(t *testing.T) (w *world, pass func(time.Duration)) {
	clock := time.Now()
	w = agreed(t, []string{"a", "b"}, davtest.Clock(func() time.Time { return clock }))
	pass = func(d time.Duration) { clock = clock.Add(d); w.now = clock }
	w.server.Set(davtest.StaleReads(3 * time.Minute))
	pass(time.Hour)
	w.sync()
	return w, pass
}

// TestP77NewItemIsSentOnce (P77): the cache tells of the new token with the old list, so that no later report names the new item. It is asked
// for, also if its file has another name by now.
func TestP77NewItemIsSentOnce(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"n.ics", "renamed.ics"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, pass := cached(t)
			w.write("work/n.ics", event("n@example.com", "No UID that makes a name on the server"))
			w.sync()
			w.move("work/n.ics", "work/"+name)
			pass(time.Minute)
			w.sync()
			pass(time.Hour)
			w.sync()
			if n := w.server.Count("PUT"); n != 1 {
				t.Errorf("%d PUTs", n)
			}
			w.settled()
			if w.read("work/"+name) == "" {
				t.Error("the file has another name")
			}
		})
	}
}

// TestP77DeletedItemThatIsStillShown: it is not taken for new, and that is said, since it may as well have been brought back.
func TestP77DeletedItemThatIsStillShown(t *testing.T) {
	t.Parallel()
	w, pass := cached(t)
	w.remove("work/b.ics")
	w.sync()
	pass(time.Minute)
	if p := w.sync().AllProblems(); len(p) != 1 || p[0].Name != "b.ics" || p[0].Severity != repo.Note {
		t.Errorf("problems %+v", p)
	}
	r, err := repo.Open(w.options(), true)
	must(t, err)
	defer r.Close()
	report, err := r.Status(t.Context(), repo.Request{Remotes: []repo.Remote{w.remote()}})
	if err != nil || len(report.Remotes[0].Problems) != 1 || report.Remotes[0].Problems[0].Severity != repo.Note {
		t.Errorf("status: %v, problems %+v", err, report.Remotes[0].Problems)
	}
	if got := titles(w.here("work")); got != "a=First a" {
		t.Errorf("here %q", got)
	}
	pass(time.Hour)
	if p := w.sync().AllProblems(); len(p) != 0 {
		t.Errorf("problems %+v", p)
	}
	w.settled()
}

// TestP77ServerThatAnswersFromACache: what it showed before our PUT is not pulled over the edit, nor is the edit sent again.
func TestP77ServerThatAnswersFromACache(t *testing.T) {
	t.Parallel()
	clock := time.Now()
	w := agreed(t, []string{"a", "b", "c"}, davtest.Clock(func() time.Time { return clock }))
	pass := func(d time.Duration) { clock = clock.Add(d); w.now = clock }
	w.server.Set(davtest.StaleReads(3 * time.Minute))
	pass(time.Hour)
	w.sync()
	w.write("work/a.ics", event("a", "Here"))
	w.write("work/n.ics", event("n", "New"))
	w.remove("work/b.ics")
	w.server.ResetLog()
	for range 4 {
		w.sync()
		pass(50 * time.Second)
		if got := titles(w.here("work")); got != "a=Here c=First c n=New" {
			t.Errorf("here %q", got)
		}
	}
	pass(time.Hour)
	w.sync()
	w.sync()
	if n := w.server.Writes(); n != 3 && n != 4 { // the new item perhaps once more, which If-None-Match turns down
		t.Errorf("%d writes, want 3", n)
	}
	w.same("a=Here c=First c n=New")
	w.settled()
}

// TestP88ServerThatDoesNotKeepAnEdit: it says yes to each PUT and shows the version before for ever. It is not asked for ever.
func TestP88ServerThatDoesNotKeepAnEdit(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.server.On(davtest.Match{Method: "PUT", Path: "/a.ics"}).Before().Status(204)
	w.write("work/a.ics", event("a", "Here"))
	said := 0
	for range 24 {
		w.now = w.now.Add(15 * time.Minute)
		r := w.sync()
		if len(r.AllProblems())+states(r)[repo.Refused] > 0 {
			said++
		}
	}
	if n := w.server.Count("PUT"); n > 4 || n < 2 {
		t.Errorf("%d PUTs in six hours", n)
	}
	if said != 24 || !strings.Contains(w.read("work/a.ics"), "Here") {
		t.Errorf("said in %d of 24 runs", said)
	}
	w.server.ClearFaults()
	w.write("work/a.ics", event("a", "Here, edited"))
	w.now = w.now.Add(time.Hour)
	w.sync()
	w.same("a=Here, edited b=First b")
	w.settled()
}

// TestP95LockedWritesLoseNothing: creates, updates and deletes on a server that bears one at a time; what was learned is kept.
func TestP95LockedWritesLoseNothing(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(12), davtest.LocksParallelWrites, davtest.Latency(2*time.Millisecond))
	for i, n := range letters(12) {
		switch {
		case i < 4:
			w.write("work/"+n+".ics", event(n, "Changed"))
		case i < 8:
			w.remove("work/" + n + ".ics")
		default:
			w.write("work/new-"+n+".ics", event("new-"+n, "New"))
		}
	}
	w.decided(w.sync(func(q *repo.Request) { q.AllowDeletes = 4 }))
	w.equal()
	if n := len(w.here("work")); n != 12 {
		t.Errorf("%d files", n)
	}
	for i, n := range letters(4) {
		w.write("work/"+n+".ics", event(n, fmt.Sprint("Again ", i)))
	}
	w.login()
	w.server.ResetLog()
	w.sync()
	for _, q := range w.server.Requests() {
		if q.Status == 423 {
			t.Error("a later run sends side by side again")
		}
	}
	w.settled()
}
