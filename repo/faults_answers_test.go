package repo_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"vgit/remote"
	"vgit/remote/davtest"
	"vgit/repo"
)

// busyWeek is a world in which both sides have something for the other: new, changed and deleted, here and there.
func busyWeek(t *testing.T, opts ...davtest.Option) *world {
	t.Helper()
	w := agreed(t, []string{"a", "b", "c", "d", "e"}, opts...)
	w.write("work/a.ics", event("a", "Changed here"))
	w.remove("work/b.ics")
	w.write("work/n.ics", event("n", "New here"))
	w.put(w.work, "c", "Changed there")
	w.work.Delete("d.ics")
	w.put(w.work, "m", "New there")
	return w
}

const afterBusyWeek = "a=Changed here c=Changed there e=First e m=New there n=New here"

// requestsOf counts what a whole sync asks for, so that a fault can be set at each.
func requestsOf(t *testing.T, opts ...davtest.Option) []davtest.Request {
	t.Helper()
	w := busyWeek(t, opts...)
	w.server.ResetLog()
	w.sync()
	w.same(afterBusyWeek)
	return w.server.Requests()
}

// TestF4F5EveryRequestFailsOnce: each request of a sync with all kinds of steps is answered by an error, or its answer is cut. What was done
// stays done, the rest follows, and nobody is asked.
func TestF4F5EveryRequestFailsOnce(t *testing.T) {
	t.Parallel()
	faults := map[string]func(*davtest.Fault){
		"500":         func(f *davtest.Fault) { f.Before().Status(500) },
		"502 after":   func(f *davtest.Fault) { f.After().Status(502) },
		"503":         func(f *davtest.Fault) { f.Before().Status(503) },
		"cut":         func(f *davtest.Fault) { f.At(-40).Drop() },
		"cut chunked": func(f *davtest.Fault) { f.At(150).Framed(davtest.Chunked).Drop() },
		"cut unseen":  func(f *davtest.Fault) { f.At(-3).Framed(davtest.UntilClose).Drop() },
		"nothing":     func(f *davtest.Fault) { f.At(0).Framed(davtest.UntilClose).Drop() },
	}
	for n := 1; n <= len(requestsOf(t)); n++ {
		for i, name := range slices.Sorted(maps.Keys(faults)) {
			if !some(n+i, 12) {
				continue
			}
			fault := faults[name]
			t.Run(fmt.Sprint(n, " ", name), func(t *testing.T) {
				t.Parallel()
				w := busyWeek(t)
				fault(w.server.On(davtest.Match{N: n}))
				_, err := w.try()
				must(t, err)
				w.server.ClearFaults()
				w.now = w.now.Add(3 * time.Hour)
				w.login()
				w.decided(w.sync())
				w.sync()
				w.same(afterBusyWeek)
				w.quiet()
			})
		}
	}
}

// TestAnswerThatEndsEarlyIsGivenUp: every answer to a kind of request ends before its end, also when it is asked for again. The tries are counted, the
// run ends, and nothing has moved.
func TestAnswerThatEndsEarlyIsGivenUp(t *testing.T) {
	t.Parallel()
	for i, q := range []davtest.Match{{Method: "PROPFIND"}, {Method: "REPORT", Body: "sync-collection"}, {Method: "REPORT", Body: "multiget"}} {
		for framing, name := range map[davtest.Framing]string{davtest.Length: "a length not reached", davtest.Chunked: "chunks without an end", davtest.UntilClose: "closed"} {
			if !some(i+int(framing), 3) {
				continue // each kind of request and each end once
			}
			t.Run(strings.TrimSpace(q.Method+" "+q.Body)+" "+name, func(t *testing.T) {
				t.Parallel()
				w := agreed(t, letters(12))
				for _, n := range letters(6) {
					w.put(w.work, n, "Second "+n)
				}
				w.retries = 3
				w.login()
				w.server.ResetLog()
				w.server.On(q).At(-60).Framed(framing).Drop()
				w.server.On(davtest.Match{Method: "GET"}).At(-20).Framed(framing).Drop()
				w.fails()
				if n := len(w.server.Requests()); n > 40 {
					t.Errorf("%d requests, and the answer was the same each time", n)
				}
				w.server.ClearFaults()
				w.login()
				w.sync()
				w.settled()
			})
		}
	}
}

// TestF6TriesForOneItemAreBounded: the token moves on, the bad item is still asked for in each run, and only a few times.
func TestF6TriesForOneItemAreBounded(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.put(w.work, "bad", "Bad")
	w.noBody("bad.ics", 500)
	w.retries = 3
	w.login()
	for range 4 {
		w.server.ResetLog()
		w.sync()
		if n := w.bodies(); n == 0 || n > 4 {
			t.Errorf("the item was asked for %d times", n)
		}
	}
	if got := w.git("show", tracking+":.vgit/collection/work"); !strings.Contains(got, w.work.Token()) {
		t.Error("the token of before is still there")
	}
	w.server.ClearFaults()
	w.login()
	w.sync()
	w.settled()
}

// TestF10ServerThatWantsPeace: as long as it asked for, no request is made, by later runs neither; then it goes on.
func TestF10ServerThatWantsPeace(t *testing.T) {
	t.Parallel()
	for i, c := range []struct {
		status int
		after  string
		method string
		wait   time.Duration
	}{{429, "3600", "PROPFIND", time.Hour}, {503, "3600", "REPORT", time.Hour}, {429, "3600", "PUT", time.Hour}, {503, "7200000", "PROPFIND", 2 * time.Hour}} {
		if !some(i+1, 2) {
			continue
		}
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a"})
			w.write("work/n.ics", event("n", "New"))
			w.put(w.work, "m", "New there")
			w.server.On(davtest.Match{Method: c.method, N: 1}).Before().RetryAfter(c.status, c.after)
			report, err := w.try()
			must(t, err)
			if !isTemporary(report.Remotes[0]) {
				t.Errorf("error %v, problems %+v", report.Remotes[0].Err, report.Remotes[0].AllProblems())
			}
			for range 2 {
				w.now = w.now.Add(c.wait/2 - time.Minute)
				w.login() // another process
				w.server.ResetLog()
				report, err := w.try()
				must(t, err)
				if n := len(w.server.Requests()); n != 0 || !isTemporary(report.Remotes[0]) {
					t.Errorf("%d requests before the time, error %v", n, report.Remotes[0].Err)
				}
			}
			w.now = w.now.Add(3 * time.Minute)
			w.login()
			w.sync()
			w.sync()
			w.settled()
		})
	}
}

// TestBusyServerThatNamesNoTime is asked again by the next run.
func TestBusyServerThatNamesNoTime(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.put(w.work, "n", "New there")
	w.server.On(davtest.Match{Method: "PROPFIND", N: 1}).Before().Status(503)
	w.fails()
	w.login()
	w.sync()
	w.settled()
}

// TestF11WebPagesInTheMiddle: a captive portal comes up while a sync is under way: what was not answered is unknown, not gone.
func TestF11WebPagesInTheMiddle(t *testing.T) {
	t.Parallel()
	for name, strike := range map[string]func(*davtest.Fault) *davtest.Fault{
		"page":     func(f *davtest.Fault) *davtest.Fault { return f.Before().HTML() },
		"redirect": func(f *davtest.Fault) *davtest.Fault { return f.Before().Redirect(302, "/login") },
	} {
		for from := 1; from <= 7; from += 4 {
			t.Run(fmt.Sprint(name, " from ", from), func(t *testing.T) {
				t.Parallel()
				w := busyWeek(t)
				strike(w.server.On(davtest.Match{From: from, Func: func(q davtest.Request) bool { return q.Path != "/login" }}))
				w.server.On(davtest.Match{Path: "/login"}).Before().HTML()
				report, err := w.try()
				must(t, err)
				if !isTemporary(report.Remotes[0]) {
					t.Errorf("error %v, problems %+v", report.Remotes[0].Err, report.Remotes[0].AllProblems())
				}
				for _, uid := range []string{"a", "c", "e", "n"} { // b and d were deleted on purpose
					if w.here("work")[uid] == nil {
						t.Errorf("%s is gone here", uid)
					}
				}
				w.server.ClearFaults()
				w.login()
				w.decided(w.sync())
				w.sync()
				w.same(afterBusyWeek)
				w.quiet()
			})
		}
	}
}

// TestF22PagingThatNeverEnds: 507 with one and the same token, at the first listing and later.
func TestF22PagingThatNeverEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, davtest.Page(2), davtest.PageTokenStays)
	w.disk = quick(w)
	for _, n := range letters(5) {
		w.put(w.work, n, "First")
	}
	for range 3 {
		w.server.ResetLog()
		w.sync()
		if n := len(w.server.Requests()); n > 20 {
			t.Errorf("%d requests", n)
		}
		w.equal()
		w.put(w.work, "i00", "Again")
		w.put(w.work, "i01", "Again")
		w.put(w.work, "i02", "Again")
	}
	w.work.Delete("i04.ics")
	w.sync()
	w.equal()
	w.quiet()
}

// TestF23PageTwoFails: the members of the pages that did not come are not absent, and the next run has them all.
func TestF23PageTwoFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(*davtest.Fault){
		"500": func(f *davtest.Fault) { f.Before().Status(500) },
		"cut": func(f *davtest.Fault) { f.At(-30).Drop() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, davtest.Page(2))
			w.disk = quick(w)
			for _, n := range letters(6) {
				w.put(w.work, n, "First")
			}
			fault(w.server.On(davtest.Match{Method: "REPORT", Body: "sync-collection", From: 2}))
			_, err := w.try()
			must(t, err)
			w.server.ClearFaults()
			w.login()
			w.sync()
			w.settled()
			for _, n := range letters(5) {
				w.put(w.work, n, "Second")
			}
			w.work.Delete("i05.ics")
			fault(w.server.On(davtest.Match{Method: "REPORT", Body: "sync-collection", From: 2}))
			_, err = w.try()
			must(t, err)
			w.server.ClearFaults()
			w.login()
			w.sync()
			w.settled()
			if len(w.here("work")) != 5 {
				t.Errorf("%d files", len(w.here("work")))
			}
		})
	}
}

// TestF24ItemChangedBetweenListingAndBody: the etag of the body counts, and nothing is read twice.
func TestF24ItemChangedBetweenListingAndBody(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.put(w.work, "a", "Second")
	w.server.On(davtest.Match{Method: "REPORT", Body: "multiget", N: 1}).Before().Call(func() { w.put(w.work, "a", "Third") })
	w.server.On(davtest.Match{Method: "GET", N: 1}).Before().Call(func() { w.put(w.work, "a", "Third") })
	w.sync()
	if got := w.read("work/a.ics"); !strings.Contains(got, "Third") {
		t.Errorf("a.ics = %q", got)
	}
	w.server.ResetLog()
	w.sync()
	if n := w.bodies(); n != 0 {
		t.Errorf("%d bodies were read again", n)
	}
	w.settled()
}

// TestF25ItemDeletedBetweenListingAndBody: it is gone, by the next report at the latest, and nothing fails.
func TestF25ItemDeletedBetweenListingAndBody(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.put(w.work, "a", "Second")
	w.put(w.work, "c", "New")
	gone := func() { w.work.Delete("a.ics"); w.work.Delete("c.ics") }
	w.server.On(davtest.Match{Method: "REPORT", Body: "multiget", N: 1}).Before().Call(gone)
	r := w.sync()
	if p := r.AllProblems(); slices.ContainsFunc(p, func(p repo.Problem) bool { return p.Severity == repo.Lasting }) {
		t.Errorf("problems %+v", p)
	}
	w.sync()
	w.same("b=First b")
	w.settled()
}

// TestF40AnswerThatNeverComes: the run ends by its limits of time, and nothing has moved.
func TestF40AnswerThatNeverComes(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.put(w.work, "a", "Second")
	w.retries, w.timeout = 1, 30*time.Millisecond
	w.login()
	w.server.On(davtest.Match{Method: "REPORT"}).Before().Delay(time.Hour)
	w.fails()
	w.server.ClearFaults()
	w.timeout = 0
	w.login()
	w.sync()
	w.settled()
}

// TestToldToStopInTheMiddle: a run that is told to stop while it waits for an answer leaves all as it was.
func TestToldToStopInTheMiddle(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.put(w.work, "a", "Second")
	before := w.everything()
	ctx, cancel := context.WithCancel(t.Context())
	w.server.On(davtest.Match{Method: "REPORT"}).Before().Call(cancel)
	r, err := repo.Open(w.options(), false)
	must(t, err)
	_, err = r.Sync(ctx, repo.Request{Remotes: []repo.Remote{w.remote()}})
	r.Close()
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, remote.ErrTemporary) {
		t.Errorf("error %v", err)
	}
	if diff := changedFiles(before, w.everything()); len(diff) > 0 {
		t.Errorf("changed %q", diff)
	}
	w.server.ClearFaults()
	w.sync()
	w.settled()
}
