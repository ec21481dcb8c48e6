package repo_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/item"
)

// narrowLife is a vdir whose configuration changes over time, with edits on both sides. It remembers what people did.
type narrowLife struct {
	w       *world
	deleted map[string]bool // UIDs that somebody deleted, on any side
	tokens  map[string]string
	n       int
}

const narrowYear = 2026

// TestOneWayLaw (T4, T26, T27): whatever the direction, the deletions that stay and the view are set to, and however often they change: no item is
// deleted that nobody deleted, nothing goes the way that is closed, and nothing outside is sent. Once all is open again both sides come
// together, with what was kept.
func TestOneWayLaw(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		l := narrowLifeOf(t, rt)
		steps := rapid.IntRange(4, 10).Draw(rt, "steps")
		for range steps {
			l.step(rt)
		}
		l.open(rt)
	})
}

// narrowServers are kinds of servers, by what matters to the pairs.
var narrowServers = map[string][]davtest.Option{
	"keeps":    nil,
	"sorts":    {davtest.RewritesOnPut(davtest.Sort()), davtest.ETagThoughRewrote},
	"adds":     {davtest.RewritesOnPut(davtest.AddAlarm())},
	"no etags": {davtest.NoETagOnPut, davtest.RewritesOnPut(davtest.Sort())},
	"weak":     {davtest.WeakETags},
}

// narrowLifeOf begins with some items that both sides have.
func narrowLifeOf(t *testing.T, rt *rapid.T) *narrowLife {
	kind := rapid.SampledFrom(slices.Sorted(maps.Keys(narrowServers))).Draw(rt, "server")
	l := &narrowLife{w: newWorld(t, narrowServers[kind]...), deleted: map[string]bool{}, tokens: map[string]string{}}
	l.w.disk = quick(l.w)
	l.w.now = time.Date(narrowYear, 3, 10, 12, 0, 0, 0, time.UTC)
	for range 4 {
		l.addThere(rt)
	}
	l.w.sync()
	return l
}

// TestRevertLaw (V3): with one_way_edits = "revert" both sides are, after each sync, what the side was that counts; and the next one has
// nothing to do.
func TestRevertLaw(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		l := narrowLifeOf(t, rt)
		l.w.way = repo.OneWay{Direction: rapid.SampledFrom([]repo.Direction{repo.Pull, repo.Push}).Draw(rt, "direction"), Edits: repo.RevertEdits}
		allow := func(q *repo.Request) { q.AllowDeletes = 100 }
		for range rapid.IntRange(1, 3).Draw(rt, "syncs") {
			for range rapid.IntRange(1, 4).Draw(rt, "edits") {
				l.edits(rt)
			}
			want := l.w.there(l.w.work)
			if l.w.way.Direction == repo.Push {
				want = l.w.here("work")
			}
			r := l.w.sync(allow)
			for _, s := range r.Plan.Steps {
				if s.State != repo.Do {
					rt.Fatalf("%s %s of %s is %s: %s", s.Side, s.Kind, s.Name, s.State, s.Why)
				}
			}
			for side, items := range map[string]map[string][]byte{"here": l.w.here("work"), "there": l.w.there(l.w.work)} {
				if !alike(want, items) {
					rt.Fatalf("%s: %q, want %q", side, items, want)
				}
			}
			l.w.server.ResetLog()
			before := l.w.everything()
			l.w.sync(allow)
			if diff := changedFiles(before, l.w.everything()); l.w.server.Writes() > 0 || len(diff) > 0 {
				rt.Fatalf("the next sync: %d writes, changed %q", l.w.server.Writes(), diff)
			}
		}
	})
}

// alike tells whether items are the same but for the alarm that a server adds.
func alike(a, b map[string][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for uid := range a {
		if b[uid] == nil {
			return false
		}
		for _, c := range merge.Diff(item.Parse(a[uid]), item.Parse(b[uid])) {
			if c.Strength == merge.Strong && !strings.Contains(c.Slot, "alarm") {
				return false
			}
		}
	}
	return true
}

// edits is one edit of anybody.
func (l *narrowLife) edits(t *rapid.T) {
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0:
		l.addThere(t)
	case 1:
		l.n++
		uid := fmt.Sprintf("here%d", l.n)
		l.w.write("work/"+uid+".ics", l.body(t, uid))
	case 2:
		l.editHere(t)
	case 3:
		l.editThere(t)
	default:
		l.remove(t)
	}
}

func (l *narrowLife) step(t *rapid.T) {
	switch rapid.IntRange(0, 8).Draw(t, "what") {
	case 0:
		l.configure(t)
	case 1:
		l.addThere(t)
	case 2:
		l.n++
		uid := fmt.Sprintf("here%d", l.n)
		l.w.write("work/"+uid+".ics", l.body(t, uid))
	case 3, 4:
		l.editHere(t)
	case 5, 6:
		l.editThere(t)
	case 7:
		l.remove(t)
	default:
		l.w.now = l.w.now.AddDate(0, 0, rapid.IntRange(1, 40).Draw(t, "days"))
		if l.w.filter.Since.IsZero() {
			break
		}
		l.w.filter.Since = l.w.now.AddDate(0, 0, -30)
	}
	l.sync(t)
}

// configure sets something else.
func (l *narrowLife) configure(t *rapid.T) {
	l.w.way = repo.OneWay{
		Direction: rapid.SampledFrom([]repo.Direction{"", repo.Pull, repo.Push}).Draw(t, "direction"),
		StayHere:  rapid.Bool().Draw(t, "stay here"), StayThere: rapid.Bool().Draw(t, "stay there"),
	}
	l.w.filter = repo.Filter{Components: rapid.SampledFrom([][]string{nil, {"VEVENT"}, {"VTODO"}}).Draw(t, "components")}
	if rapid.Bool().Draw(t, "window") {
		l.w.filter.Since = l.w.now.AddDate(0, 0, -30)
	}
}

// body is a new item: an event somewhere in half a year, or a task.
func (l *narrowLife) body(t *rapid.T, uid string) []byte {
	if rapid.IntRange(0, 3).Draw(t, "task") == 0 {
		return bytes.ReplaceAll(bytes.ReplaceAll(bytes.ReplaceAll(event(uid, uid), []byte("VEVENT"), []byte("VTODO")),
			[]byte("DTEND:20260302T110000Z\r\n"), nil), []byte("DTSTART:20260302T100000Z\r\n"), nil)
	}
	day := time.Date(narrowYear, 1, rapid.IntRange(1, 180).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
	return on(day.Format("20060102"), uid, uid)
}

func (l *narrowLife) addThere(t *rapid.T) {
	l.n++
	uid := fmt.Sprintf("there%d", l.n)
	l.w.work.Put(uid+".ics", l.body(t, uid))
}

// edit is an edit of one side: a property that nobody else sets, so that edits never meet.
func (l *narrowLife) edit(uid string, b []byte) []byte {
	l.n++
	token := fmt.Sprintf("X-TOKEN-%d:%s", l.n, uid)
	l.tokens[token] = uid
	end := []byte("END:" + item.Parse(b).Component())
	return bytes.Replace(b, end, append([]byte(token+"\r\n"), end...), 1)
}

func (l *narrowLife) pick(t *rapid.T, all map[string][]byte) (string, []byte) {
	var uids []string
	for uid := range all {
		uids = append(uids, uid)
	}
	if len(uids) == 0 {
		return "", nil
	}
	slices.Sort(uids)
	uid := rapid.SampledFrom(uids).Draw(t, "item")
	return uid, all[uid]
}

func (l *narrowLife) editHere(t *rapid.T) {
	if uid, b := l.pick(t, l.w.here("work")); uid != "" {
		l.w.write("work/"+uid+".ics", l.edit(uid, b))
	}
}

func (l *narrowLife) editThere(t *rapid.T) {
	if uid, b := l.pick(t, l.w.there(l.w.work)); uid != "" {
		l.w.work.Put(uid+".ics", l.edit(uid, b))
	}
}

func (l *narrowLife) remove(t *rapid.T) {
	if rapid.Bool().Draw(t, "here") {
		if uid, _ := l.pick(t, l.w.here("work")); uid != "" {
			l.w.remove("work/" + uid + ".ics")
			l.deleted[uid] = true
		}
		return
	}
	if uid, _ := l.pick(t, l.w.there(l.w.work)); uid != "" {
		l.w.work.Delete(uid + ".ics")
		l.deleted[uid] = true
	}
}

// sync is one sync, and what must be true of it.
func (l *narrowLife) sync(t *rapid.T) {
	here, there := l.w.here("work"), l.w.there(l.w.work)
	l.w.server.ResetLog()
	l.w.sync()
	nowHere, nowThere := l.w.here("work"), l.w.there(l.w.work)
	if l.w.way.Direction == repo.Pull && l.w.server.Writes() > 0 {
		t.Fatalf("%d writes, though it is only pulled", l.w.server.Writes())
	}
	if l.w.way.Direction == repo.Push && !sameItems(here, nowHere) {
		t.Fatalf("the vdir changed, though it is only pushed: %q, then %q", titles(here), titles(nowHere))
	}
	l.compare(t, "here", here, nowHere, there, l.w.way.StayHere)
	l.compare(t, "there", there, nowThere, here, l.w.way.StayThere)
}

// compare looks at what a sync did to one side.
func (l *narrowLife) compare(t *rapid.T, side string, before, after, other map[string][]byte, stay bool) {
	for uid := range before {
		if after[uid] == nil && (!l.deleted[uid] || stay) {
			t.Fatalf("%s is gone %s", uid, side)
		}
	}
	for uid, b := range after {
		if before[uid] == nil && !l.lets(b) && !l.lets(other[uid]) {
			t.Fatalf("%s came %s, though it is outside of the view", uid, side)
		}
	}
}

// lets is the view, worked out otherwise: events of the test take an hour of one day.
func (l *narrowLife) lets(b []byte) bool {
	it := item.Parse(b)
	if c := l.w.filter.Components; len(c) > 0 && !slices.Contains(c, it.Component()) {
		return false
	}
	at, err := time.Parse("2006-01-02 15:04 UTC", it.When())
	return err != nil || l.w.filter.Since.IsZero() || !at.Add(time.Hour).Before(l.w.filter.Since)
}

func sameItems(a, b map[string][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for uid := range a {
		if !bytes.Equal(a[uid], b[uid]) {
			return false
		}
	}
	return true
}

// open lets everything go, and looks whether every edit arrives on both sides, but for what waits.
func (l *narrowLife) open(t *rapid.T) {
	l.w.way, l.w.filter = repo.OneWay{}, repo.Filter{}
	allow := func(q *repo.Request) { q.AllowDeletes = 100 }
	l.w.sync(allow)
	r := l.w.sync(allow)
	waits := map[string]bool{}
	for _, s := range r.Plan.Steps {
		if s.State != repo.Do {
			waits[s.UID], waits[strings.TrimSuffix(s.Name, ".ics")] = true, true
		}
	}
	here, there := l.w.here("work"), l.w.there(l.w.work)
	for token, uid := range l.tokens {
		for side, items := range map[string]map[string][]byte{"here": here, "there": there} {
			if b := items[uid]; !waits[uid] && b != nil && !bytes.Contains(b, []byte(token)) {
				t.Fatalf("%s of %s is not %s: %q", token, uid, side, b)
			}
		}
		if here[uid] == nil && there[uid] == nil && !l.deleted[uid] {
			t.Fatalf("%s is nowhere", uid)
		}
	}
	for uid := range here {
		if there[uid] == nil && !waits[uid] {
			t.Fatalf("%s is only here", uid)
		}
	}
	for uid := range there {
		if here[uid] == nil && !waits[uid] {
			t.Fatalf("%s is only there", uid)
		}
	}
}
