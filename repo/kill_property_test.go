package repo_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vgit/remote"
	"vgit/remote/davtest"
	"vgit/repo"
)

// property is what a file of a property says, "" if there is none.
func (w *world) property(name string) string {
	b, err := os.ReadFile(filepath.Join(w.dir, "work", name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// setThere changes the properties of the calendar as a second client does.
func (w *world) setThere(change func(*davtest.Props)) {
	p := w.work.Props()
	change(&p)
	w.work.SetProps(p)
}

func allProperties(o *repo.Options) { o.Properties = remote.PropertyNames }

// startProperties is a world with something to do in both directions, for items and for properties.
func startProperties(t *testing.T) *world {
	w := newWorld(t)
	w.set = allProperties
	w.work.SetProps(davtest.Props{DisplayName: "Work", Color: "#ff0000", Description: "text"})
	w.work.Put("a.ics", event("a", "First"))
	w.work.Put("b.ics", event("b", "First"))
	w.sync()
	w.write("work/color", []byte("#00ff00"))
	w.write("work/order", []byte("5\n"))
	w.write("work/a.ics", event("a", "Second"))
	w.work.Put("b.ics", event("b", "Second"))
	w.setThere(func(p *davtest.Props) { p.DisplayName, p.Description = "There", "" })
	return w
}

// propertyDeaths are those of every sync, and the requests that are about properties.
func propertyDeaths() []death {
	return append([]death{
		{rows: "K15", request: &davtest.Match{Method: "PROPPATCH"}},
		{rows: "K16", request: &davtest.Match{Method: "PROPPATCH"}, applied: true},
		{rows: "K17", request: &davtest.Match{Method: "PROPFIND"}, applied: true},
	}, deaths...)
}

// propertySequels are what happens between the run that died and the next. ended says what is wrong with the end, "" if nothing
// is; seen tells that a snapshot has what was set.
var propertySequels = []struct {
	name  string
	do    func(*world)
	ended func(w *world, waits int, seen bool) string
}{
	{"nothing", func(*world) {}, func(w *world, waits int, seen bool) string {
		if waits > 0 || w.property("color") != "#00ff00" || w.work.Props().Color != "#00ff00" {
			return "the edit is lost, or a conflict was made up"
		}
		return ""
	}},
	{"moved on there", func(w *world) {
		w.setThere(func(p *davtest.Props) { p.Color, p.DisplayName = "#0000ff", "Later" })
	}, func(w *world, waits int, seen bool) string {
		// Whether ours had landed before is told only where it was seen; where not, both changed it, and it waits.
		if w.work.Props().Color != "#0000ff" {
			return "what others did later was reverted"
		}
		if here := w.property("color"); waits == 0 && here != "#0000ff" || waits > 0 && here != "#00ff00" {
			return "here it is " + here
		}
		if seen && waits > 0 {
			return "it was seen that ours had landed, and a conflict was made up"
		}
		if w.property("displayname") != "Later" {
			return "the later name did not come"
		}
		return ""
	}},
	{"edited here", func(w *world) { w.write("work/color", []byte("#123456")) }, func(w *world, waits int, seen bool) string {
		if waits > 0 || w.work.Props().Color != "#123456" || w.property("color") != "#123456" {
			return "the later edit is lost, or a conflict was made up"
		}
		return ""
	}},
	{"reverted there", func(w *world) {
		w.setThere(func(p *davtest.Props) { p.Color = "#ff0000" })
	}, func(w *world, waits int, seen bool) string {
		if waits > 0 || w.work.Props().Color != w.property("color") {
			return "both sides differ, or a conflict was made up"
		}
		return ""
	}},
	{"removed here", func(w *world) { w.remove("work/displayname") }, func(w *world, waits int, seen bool) string {
		if waits > 0 || w.work.Props().DisplayName != "There" {
			return "a file that is gone removed something there (X10)"
		}
		return ""
	}},
}

// TestKillsWithProperties (K1 to K26): wherever a run dies that has properties to take and to set, the next one goes on from there. What
// it wrote is nobody's edit, what it set is known again, and what somebody does meanwhile stays.
func TestKillsWithProperties(t *testing.T) {
	t.Parallel()
	all := propertyDeaths()
	counts := startProperties(t).passes(all)
	for i, k := range all {
		if k.request == nil && k.point == "" && os.Getenv("VGIT_CRASH_ALL") == "" && i%3 != 0 {
			continue
		}
		for n := 1; n <= counts[i]; n += max(counts[i]/3, 1) {
			for j, q := range propertySequels {
				if os.Getenv("VGIT_CRASH_ALL") == "" && k.request == nil && (i+j+n)%2 == 0 {
					continue // half of them
				}
				t.Run(fmt.Sprintf("%s/%d/%s", k, n, q.name), func(t *testing.T) {
					t.Parallel()
					w := startProperties(t)
					k.arm(w, n)
					w.try()
					w.revive()
					seen := strings.Contains(w.git("show", "refs/remotes/server/main:.vgit/collection/work"), "#00ff00")
					q.do(w)
					w.sync()
					report := w.sync()
					waits := len(report.Plan.InState(repo.Waits))
					if what := q.ended(w, waits, seen); what != "" {
						t.Errorf("%s: here %q %q, there %+v, %d wait", what, w.property("color"), w.property("displayname"), w.work.Props(), waits)
					}
					if w.property("description") != "" || w.work.Props().Description != "" {
						t.Errorf("what was removed there is back: here %q, there %q", w.property("description"), w.work.Props().Description)
					}
					if w.work.Props().Order != "5" {
						t.Errorf("the order is %q there", w.work.Props().Order)
					}
					w.server.ResetLog()
					before := w.server.Count("PROPPATCH")
					w.sync()
					if n := w.server.Count("PROPPATCH") - before; n != 0 {
						t.Errorf("%d PROPPATCH in a sync that has nothing to do", n)
					}
				})
			}
		}
	}
	for i, k := range all[:3] {
		if counts[i] == 0 {
			t.Errorf("no run comes to %s", k)
		}
	}
}

// TestX18EditOfAPropertyDuringTheSync: what the user writes while a sync is at work is not written over, and is sent by the next one.
func TestX18EditOfAPropertyDuringTheSync(t *testing.T) {
	t.Parallel()
	for _, at := range []repo.Point{repo.AtDecided, repo.AtPending, repo.AtWritten, repo.AtAnswer, repo.AtAgreed} {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			w := startProperties(t)
			done := false
			w.at = func(p repo.Point) {
				if p == at && !done {
					done = true
					w.write("work/displayname", []byte("During"))
					w.write("work/color", []byte("#abcdef"))
				}
			}
			w.sync()
			w.at = nil
			report := w.sync()
			for _, s := range report.Plan.InState(repo.Waits) { // it was changed on both sides
				if s.Name != "displayname" || w.property("displayname") != "During" {
					t.Errorf("%s waits: %v", s.Name, s.Conflicts)
				}
			}
			if got := w.work.Props().Color; got != "#abcdef" || w.property("color") != "#abcdef" {
				t.Errorf("the colour is %q here and %q there", w.property("color"), got)
			}
			if w.property("displayname") != "During" {
				t.Errorf("the edit was written over with %q", w.property("displayname"))
			}
		})
	}
}

// TestPropertiesCostNothing: a sync that finds nothing makes one request and writes no object, with properties agreed on as without; and a
// property alone costs one request more to take, and three in all to set.
func TestPropertiesCostNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set = allProperties
	w.work.SetProps(davtest.Props{DisplayName: "Work", Color: "#ff0000ff", Description: "text", Order: "3"})
	w.work.Put("a.ics", event("a", "First"))
	w.sync()
	w.sync()
	requests := func(do func()) int {
		before := w.server.Count()
		do()
		w.sync()
		return w.server.Count() - before
	}
	w.quiet()
	if n := requests(func() {}); n != 1 {
		t.Errorf("%d requests when nothing is new, want 1 (P16)", n)
	}
	if n := requests(func() { w.setThere(func(p *davtest.Props) { p.Color = "#00ff00" }) }); n != 1 {
		t.Errorf("%d requests to take a colour, want 1", n)
	}
	if n := requests(func() { w.write("work/color", []byte("#0000ff")) }); n != 3 {
		t.Errorf("%d requests to set a colour, want 3", n)
	}
	w.quiet()
}
