package repo_test

import (
	"fmt"
	"slices"
	"testing"

	"vgit/remote"
	"vgit/remote/davtest"
	"vgit/repo"
)

// makeDeaths are where a run dies that makes a collection on the server.
var makeDeaths = []death{
	{rows: "K31", point: repo.AtRequest},
	{rows: "K31", request: &davtest.Match{Method: "MKCALENDAR"}},
	{rows: "K31", request: &davtest.Match{Method: "MKCALENDAR"}, applied: true},
	{rows: "K31", point: repo.AtMade},
	{rows: "K7", point: repo.AtFetched},
	{rows: "K14a", point: repo.AtPending},
	{rows: "K16", request: &davtest.Match{Method: "PUT"}, applied: true},
	{rows: "K21", point: repo.AtPushKept},
	{rows: "K23", point: repo.AtAgreeKept},
}

// byDisplayName pairs a collection with the directory that its display name names, as the command does.
func byDisplayName(q *repo.Request) {
	q.Remotes[0].Choose = func(info remote.Info, dirs []string, _ func(string) bool) (string, bool) {
		if slices.Contains(dirs, info.Name) {
			return info.Name, true
		}
		return info.ID, true
	}
}

// startMake is a sync at its beginning that has to make two collections, one of which cannot have the name of its directory as its id.
func startMake(t *testing.T, opts ...davtest.Option) *world {
	t.Helper()
	w := newWorld(t, opts...)
	w.disk, w.lines = quick(w), 1
	w.work.Put("a.ics", event("a", "First"))
	w.sync()
	w.write("new/n.ics", event("n", "New"))
	w.write("Neue Termine/m.ics", event("m", "Neu"))
	return w
}

// TestKilledMakingACollection (K31): the next run finds what was made, and no collection is there twice.
func TestKilledMakingACollection(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]davtest.Option{"keeping": nil, "ids of its own": {davtest.NamesCollections}, "both kinds in one home": {davtest.MixedHome(true)}} {
		for i, k := range makeDeaths {
			for n := 1; n <= 2; n++ {
				t.Run(fmt.Sprintf("%s/%d %s/%d", name, i, k, n), func(t *testing.T) {
					t.Parallel()
					w := startMake(t, opts...)
					k.arm(w, n)
					w.try(creates("yes"), byDisplayName)
					w.revive()
					w.sync(creates("yes"), byDisplayName)
					w.sync(creates("yes"), byDisplayName)
					all := w.server.Collections("ada")
					items := 0
					for _, c := range all {
						items += c.Len()
					}
					if len(all) != 3 || items != 3 || slices.ContainsFunc(all, func(c *davtest.Collection) bool { return c.Len() != 1 }) {
						t.Errorf("there is %s with %d items, want three with one each", w.ids(), items)
					}
					if len(w.here("new")) != 1 || len(w.here("Neue Termine")) != 1 || len(w.here("work")) != 1 {
						t.Error("files went away")
					}
					w.quietly(false)
				})
			}
		}
	}
}
