package repo_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
)

// moveDeaths are where a run dies that moves an item to another collection.
var moveDeaths = []death{
	{rows: "K14a", point: repo.AtPending},
	{rows: "K15", point: repo.AtRequest},
	{rows: "K16", request: &davtest.Match{Method: "PUT"}, applied: true},
	{rows: "K20", request: &davtest.Match{Method: "MOVE"}},
	{rows: "K20", request: &davtest.Match{Method: "MOVE"}, applied: true},
	{rows: "K20", point: repo.AtMoveEdited},
	{rows: "K20", point: repo.AtAnswer},
	{rows: "K19", request: &davtest.Match{Method: "DELETE"}, applied: true},
	{rows: "K21", point: repo.AtPushKept},
	{rows: "K22", point: repo.AtPushed},
	{rows: "K23", point: repo.AtAgreeKept},
	{rows: "K20", point: repo.AtAgreed},
}

// startMove is a sync at its beginning that has to move an item that was edited too, and one that was not.
func startMove(t *testing.T, account string, set ...func(*world)) *world {
	t.Helper()
	w := newWorld(t, accounts[account])
	w.disk, w.lines = quick(w), 1
	for _, f := range set {
		f(w)
	}
	w.home = w.server.AddCalendar("ada", "home", davtest.Props{})
	w.home.Put("h.ics", event("h", "First"))
	for _, uid := range []string{"same", "plain", "edited"} {
		w.work.Put(uid+".ics", event(uid, "First"))
	}
	w.sync()
	w.move("work/plain.ics", "home/plain.ics")
	w.move("work/edited.ics", "home/edited.ics")
	w.write("home/edited.ics", event("edited", "Edited"))
	return w
}

// places lists what one side has: UID and what it says, by collection.
func (w *world) places(side func(coll string, c *davtest.Collection) map[string][]byte) map[string]map[string]string {
	return map[string]map[string]string{"work": w.summaries(side("work", w.work)), "home": w.summaries(side("home", w.home))}
}

func (w *world) bothPlaces() (here, there map[string]map[string]string) {
	here = w.places(func(coll string, _ *davtest.Collection) map[string][]byte { return w.here(coll) })
	there = w.places(func(_ string, c *davtest.Collection) map[string][]byte { return w.there(c) })
	return here, there
}

// TestKilledMove (K20, P89): a run dies while it moves items. The next one ends the move: each is in its new place alone, on both sides. An edit
// that somebody makes there meanwhile is kept, in the old place if it had not left that, and so is one of the user's.
func TestKilledMove(t *testing.T) {
	t.Parallel()
	for _, account := range []string{"keeping", "rewriting", "uid unique"} {
		counts := startMove(t, account).passes(moveDeaths)
		for i, k := range moveDeaths {
			for n := 1; n <= counts[i]; n++ {
				for j, q := range []string{"nothing", "edited there", "edited here"} {
					if os.Getenv("VGIT_CRASH_ALL") == "" && (i+j+n)%7 != 0 && !(k.point == repo.AtMoveEdited && account == "uid unique") {
						continue
					}
					t.Run(fmt.Sprintf("%s/%s/%d/%s", account, k, n, q), func(t *testing.T) {
						t.Parallel()
						w := startMove(t, account)
						k.arm(w, n)
						w.try()
						w.revive()
						w.afterMove(q)
					})
				}
			}
		}
	}
}

// afterMove lets a sequel happen and checks what the next syncs come to.
func (w *world) afterMove(sequel string) {
	w.t.Helper()
	_, before := w.bothPlaces()
	switch sequel {
	case "edited there":
		for _, c := range []*davtest.Collection{w.work, w.home} {
			for _, name := range c.List() {
				c.Edit(name, func(b []byte) []byte { return adding(b, "LOCATION:There") })
			}
		}
	case "edited here":
		for _, name := range []string{"plain", "edited"} {
			body, err := os.ReadFile(filepath.Join(w.dir, "home", name+".ics"))
			must(w.t, err)
			w.write("home/"+name+".ics", adding(body, "LOCATION:Here"))
		}
	}
	first := w.sync()
	for range 2 {
		w.sync()
	}
	here, there := w.bothPlaces()
	for uid, summary := range map[string]string{"plain": "First", "edited": "Edited"} {
		if sequel == "edited there" && before["work"][uid] != "" {
			w.keptBoth(uid, here, there)
			continue
		}
		want := summary
		switch sequel {
		case "edited there":
			want += "+There"
		case "edited here":
			want += "+Here"
		}
		for side, got := range map[string]map[string]map[string]string{"here": here, "there": there} {
			if got["home"][uid] != want || got["work"][uid] != "" {
				w.t.Errorf("%s %s: %q in its new place, want %q; %q in its old one", side, uid, got["home"][uid], want, got["work"][uid])
			}
		}
	}
	if sequel != "edited there" {
		w.decided(first)
		w.quietly(false)
	}
}

// keptBoth checks an item that somebody edited there before it had left its old place: their edit and the user's are on some side each,
// and nothing that both sides hold differs.
func (w *world) keptBoth(uid string, here, there map[string]map[string]string) {
	w.t.Helper()
	all := slices.Concat(slices.Collect(maps.Values(here)), slices.Collect(maps.Values(there)))
	for _, what := range []string{"+There", map[string]string{"plain": "First", "edited": "Edited"}[uid]} {
		if !slices.ContainsFunc(all, func(m map[string]string) bool { return strings.Contains(m[uid], what) }) {
			w.t.Errorf("%s: %q is lost: here %v, there %v", uid, what, here, there)
		}
	}
}
