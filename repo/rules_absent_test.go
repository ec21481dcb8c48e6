package repo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vgit/remote/davtest"
	"vgit/repo"
)

// TestG4SecondLook: what seems to be empty is listed once more, at least five seconds later and on a new connection, before anything is
// planned: by an empty listing and by a report that names all items as gone. The second look is believed.
func TestG4SecondLook(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"listing", "report"} {
		for _, n := range []int{2, 3, 12} {
			t.Run(fmt.Sprint(how, n), func(t *testing.T) {
				t.Parallel()
				var opts []davtest.Option
				if how == "listing" {
					opts = append(opts, davtest.NoSyncCollection)
				}
				w := agreed(t, letters(n), opts...)
				w.work.Wipe()
				w.lines = 1
				var slept time.Duration
				w.set = func(o *repo.Options) { o.Sleep = pauses(func(d time.Duration) { slept += d }) }
				w.server.ResetLog()
				w.sync(func(q *repo.Request) { q.AllowDeletes = n })
				if got := len(w.here("work")); got != 0 {
					t.Errorf("%d files are left of a collection that is empty and was asked about", got)
				}
				looks, first, second := 0, "", ""
				for _, q := range w.server.Requests() {
					if q.Method == "PROPFIND" && strings.HasSuffix(q.Path, "/work/") && q.Header.Get("Depth") == "1" {
						if looks++; second == "" || slept > 0 {
							second = q.From
						}
					} else if first == "" {
						first = q.From
					}
				}
				if n < 3 {
					if slept != 0 {
						t.Errorf("waited %v for a collection of %d", slept, n)
					}
					return
				}
				if want := map[string]int{"listing": 2, "report": 1}[how]; looks != want || slept < 5*time.Second {
					t.Errorf("%d listings in %v, want %d", looks, slept, want)
				}
				if second == first {
					t.Error("the second look went over the same connection")
				}
			})
		}
	}
}

// TestG4SecondLookSeesThem: the server comes to itself meanwhile. Nothing is deleted, and nothing is held.
func TestG4SecondLookSeesThem(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"listing", "report"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			var opts []davtest.Option
			if how == "listing" {
				opts = append(opts, davtest.NoSyncCollection)
			}
			w := agreed(t, letters(12), opts...)
			all := w.work.Backup()
			w.work.Wipe()
			w.set = func(o *repo.Options) {
				o.Sleep = pauses(func(d time.Duration) {
					if d >= 5*time.Second {
						w.work.Restore(all)
					}
				})
			}
			r := w.sync()
			w.decided(r)
			if got := len(w.here("work")); got != 12 {
				t.Errorf("%d files", got)
			}
			w.set = nil
			w.sync()
			w.settled()
		})
	}
}

// TestG1OnlyACompleteListingProves: a listing that lacks items proves nothing while one of its rows cannot be understood, or the collection
// does not answer as one; when it is whole, what it lacks is gone.
func TestG1OnlyACompleteListingProves(t *testing.T) {
	t.Parallel()
	spoil := map[string]func(*world, string) string{
		"whole": func(_ *world, s string) string { return s },
		"address elsewhere": func(_ *world, s string) string {
			return strings.Replace(s, "/work/i03.ics", "http://elsewhere.example/work/i03.ics", 1)
		},
		"address unreadable":     func(_ *world, s string) string { return strings.Replace(s, "/work/i03.ics", "/work/%zz.ics", 1) },
		"row without an address": func(_ *world, s string) string { return strings.Replace(s, "i03.ics<", "<", 1) },
		"not a calendar":         func(_ *world, s string) string { return strings.ReplaceAll(s, "calendar/>", "journal/>") },
		"cut":                    func(_ *world, s string) string { return s[:len(s)-40] },
	}
	for name, change := range spoil {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(6), davtest.NoSyncCollection)
			w.work.Delete("i00.ics")
			w.server.On(davtest.Match{Method: "PROPFIND", Path: "/work/"}).After().Rewrite(func(b []byte) []byte { return []byte(change(w, string(b))) })
			w.try()
			gone := w.here("work")["i00"] == nil
			if want := name == "whole"; gone != want {
				t.Errorf("the file is gone: %v, want %v", gone, want)
			}
			if len(w.here("work")) < 5 {
				t.Errorf("more went than was deleted")
			}
			w.server.ClearFaults()
			w.sync()
			w.settled()
		})
	}
}

// TestG2WhatIsAskedFor: up to 50 absences of a listing are all asked for, of more a sample; where some cannot be asked about, those stay, or with
// a sample all.
func TestG2WhatIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lack   int
		status int // of one that is asked for; 0: 404
		left   int // files of those that the listing lacks
		asked  int
	}{{7, 0, 0, 7}, {50, 0, 0, 50}, {51, 0, 0, 50}, {7, 500, 1, 0}, {7, 401, 7, 0}, {7, 403, 1, 0}} {
		t.Run(fmt.Sprint(c.lack, " ", c.status), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, davtest.NoSyncCollection)
			w.disk = quick(w)
			for _, n := range letters(c.lack + 2) {
				w.work.Put(n+".ics", event(n, "First "+n))
			}
			w.sync()
			for _, n := range letters(c.lack) {
				w.work.Delete(n + ".ics")
			}
			if c.status != 0 {
				w.server.On(davtest.Match{Method: "GET", Path: "i00.ics"}).Before().Status(c.status)
			}
			w.server.ResetLog()
			w.try(func(q *repo.Request) { q.AllowDeletes = c.lack })
			if got := len(w.here("work")) - 2; got != c.left {
				t.Errorf("%d files are left, want %d", got, c.left)
			}
			if got := w.server.Count("GET"); c.status == 0 && got != c.asked {
				t.Errorf("%d were asked for, want %d", got, c.asked)
			}
			w.server.ClearFaults()
			w.login()
			w.sync(func(q *repo.Request) { q.AllowDeletes = c.lack })
			w.settled()
		})
	}
}

// TestG3AbsencesOfAReport: nine are taken as they are named; of ten or more ten are asked for.
func TestG3AbsencesOfAReport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ gone, asked int }{{9, 0}, {10, 10}, {25, 10}} {
		t.Run(fmt.Sprint(c.gone), func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(c.gone+3))
			for _, n := range letters(c.gone) {
				w.work.Delete(n + ".ics")
			}
			w.server.ResetLog()
			w.sync(func(q *repo.Request) { q.AllowDeletes = c.gone })
			if got := w.server.Count("GET"); got != c.asked || len(w.here("work")) != 3 {
				t.Errorf("%d were asked for, want %d; %d files", got, c.asked, len(w.here("work")))
			}
			w.settled()
		})
	}
}

// TestG3ReportThatLies: a report names items as gone that are there. From ten on it is found out.
func TestG3ReportThatLies(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(20))
	var hrefs []string
	for _, name := range letters(12) {
		hrefs = append(hrefs, w.work.Href(name+".ics"))
	}
	w.work.Put("x.ics", event("x", "Moves the token"))
	w.server.On(davtest.Match{Method: "REPORT", Body: "sync-collection"}).After().Rewrite(sayGone(hrefs...))
	w.sync(func(q *repo.Request) { q.AllowDeletes = 20 })
	if got := len(w.here("work")); got != 21 {
		t.Errorf("%d files", got)
	}
	w.server.ClearFaults()
	w.sync()
	w.settled()
}

// TestG5WhatMovedIsNoDeletion: all items have new places, in the same collection and in another one, and files new names. No guard counts that,
// and nothing is written twice.
func TestG5WhatMovedIsNoDeletion(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(*world){
		"new hrefs": func(w *world) { w.work.Reimport() },
		"another collection there": func(w *world) {
			for _, n := range w.work.List() {
				w.work.Move(n, w.home, n)
			}
		},
		"another collection here": func(w *world) {
			for _, n := range letters(20) {
				w.move("work/"+n+".ics", "home/"+n+".ics")
			}
		},
		"new names here": func(w *world) {
			for _, n := range letters(20) {
				w.move("work/"+n+".ics", "work/r"+n+".ics")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.disk = quick(w)
			w.home = w.server.AddCalendar("ada", "home", davtest.Props{})
			for _, n := range letters(20) {
				w.work.Put(n+".ics", event(n, "First "+n))
			}
			w.home.Put("h.ics", event("h", "Home"))
			w.sync()
			move(w)
			w.decided(w.sync())
			if got := len(w.here("work")) + len(w.here("home")); got != 21 || w.work.Len()+w.home.Len() != 21 {
				t.Errorf("%d files, %d items", got, w.work.Len()+w.home.Len())
			}
			w.sync()
			w.settled()
		})
	}
}
