package repo_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"vgit/merge"
	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/item"
)

// pair is one vdir with two remotes: a, whose world it is, and b.
type pair struct {
	*world
	a, b *world
}

func newPair(t *testing.T, a, b []davtest.Option) *pair {
	t.Helper()
	p := &pair{a: newWorld(t, a...), b: newWorld(t, b...)}
	p.world = p.a
	return p
}

// remotes are both, in the configured order.
func (p *pair) remotes() []repo.Remote {
	a, b := p.a.remote(), p.b.remote()
	a.Name, b.Name = "a", "b"
	return []repo.Remote{a, b}
}

// try is one sync with both, whatever comes of it.
func (p *pair) try(change ...func(*repo.Request)) (*repo.Report, error) {
	p.t.Helper()
	p.b.now = p.now
	return p.a.try(append([]func(*repo.Request){func(q *repo.Request) { q.Remotes = p.remotes() }}, change...)...)
}

// sync is one that must come to its end with both.
func (p *pair) sync(change ...func(*repo.Request)) *repo.Report {
	p.t.Helper()
	report, err := p.try(change...)
	if err != nil {
		p.t.Fatalf("sync: %v", err)
	}
	for _, r := range report.Remotes {
		if r.Err != nil {
			p.t.Fatalf("sync: %s: %v", r.Name, r.Err)
		}
	}
	return report
}

// quiet checks that another sync asks each server once, and changes nothing.
func (p *pair) quiet() {
	p.t.Helper()
	before := p.everything()
	p.a.server.ResetLog()
	p.b.server.ResetLog()
	p.sync()
	for name, w := range map[string]*world{"a": p.a, "b": p.b} {
		if n := len(w.server.Requests()); n != 1 {
			p.t.Errorf("a quiet sync asked %s %d times", name, n)
		}
	}
	if diff := changedFiles(before, p.everything()); len(diff) > 0 {
		p.t.Errorf("a quiet sync changed %q", diff)
	}
}

// settled checks that all three places hold the same items, that the repository is sound and another sync quiet.
func (p *pair) settled() {
	p.t.Helper()
	p.sound()
	p.a.equal()
	here, there := p.here("work"), p.b.there(p.b.work)
	for uid := range there {
		if here[uid] == nil {
			p.t.Errorf("%s is on b only", uid)
		}
	}
	for uid, body := range here {
		if there[uid] == nil || merge.Compare(item.Parse(body), item.Parse(there[uid])) > merge.Weak {
			p.t.Errorf("%s differs:\nhere %q\nb    %q", uid, body, there[uid])
		}
	}
	p.quiet()
}

// has checks that an item is in all three places with these lines, or nowhere if there are none.
func (p *pair) has(uid string, lines ...string) {
	p.t.Helper()
	for name, items := range map[string]map[string][]byte{"here": p.here("work"), "a": p.a.there(p.a.work), "b": p.b.there(p.b.work)} {
		if len(lines) == 0 && items[uid] != nil {
			p.t.Errorf("%s is still %s: %q", uid, name, items[uid])
		}
		for _, line := range lines {
			if !bytes.Contains(items[uid], []byte(line+"\r\n")) {
				p.t.Errorf("%s lacks %q %s: %q", uid, line, name, items[uid])
			}
		}
	}
}

func (p *pair) waits(report *repo.Report) (all []*repo.Step) {
	for _, r := range report.Remotes {
		all = append(all, r.Plan.InState(repo.Waits)...)
	}
	return all
}

// one sync brings what each has to all.
func TestSeveralRemotesOneSyncIsEnough(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil, nil)
	p.a.work.Put("1.ics", event("of-a", "Of a"))
	p.b.work.Put("2.ics", event("of-b", "Of b"))
	p.write("work/h.ics", event("of-here", "Of here"))
	p.sync()
	p.settled()
	p.has("of-a", "SUMMARY:Of a")
	p.has("of-b", "SUMMARY:Of b")

	p.a.work.Put("1.ics", event("of-a", "Edited on a"))
	p.b.work.Put("new.ics", event("new", "New on b"))
	p.b.work.Delete("of-here.ics")
	p.b.work.Delete("h.ics")
	p.write("work/2.ics", event("of-b", "Edited here"))
	p.sync()
	p.settled()
	p.has("of-a", "SUMMARY:Edited on a")
	p.has("of-b", "SUMMARY:Edited here")
	p.has("new", "SUMMARY:New on b")
	p.has("of-here")
}

// Three edits of one item, in three places and three slots.
func TestF44OneSyncIsEnough(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil, nil)
	p.a.work.Put("x.ics", event("x", "X", "LOCATION:here", "DESCRIPTION:text"))
	p.sync()
	p.settled()
	name := p.b.work.List()[0]
	p.a.work.Put("x.ics", event("x", "On a", "LOCATION:here", "DESCRIPTION:text"))
	p.b.work.Put(name, event("x", "X", "LOCATION:on b", "DESCRIPTION:text"))
	p.write("work/x.ics", event("x", "X", "LOCATION:here", "DESCRIPTION:in the file"))
	report := p.sync()
	if w := p.waits(report); len(w) > 0 {
		t.Errorf("waits: %v", w[0])
	}
	p.has("x", "SUMMARY:On a", "LOCATION:on b", "DESCRIPTION:in the file")
	p.settled()
}

// Both know the same items under different names, and different ones under the same name: they meet by UID.
func TestSeveralRemotesMeetByUID(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil, nil)
	for i := range 5 {
		uid := fmt.Sprintf("u%d", i)
		p.a.work.Put(fmt.Sprintf("%d.ics", i), event(uid, uid))
		p.b.work.Put(fmt.Sprintf("%d.ics", 4-i), event(uid, uid))
	}
	p.a.work.Put("same.ics", event("one", "One"))
	p.b.work.Put("same.ics", event("two", "Two"))
	report := p.sync()
	if w := p.waits(report); len(w) > 0 {
		t.Errorf("waits: %v", w[0])
	}
	for name, w := range map[string]*world{"a": p.a, "b": p.b} {
		puts := 0
		for _, q := range w.server.Requests() {
			if q.Method == "PUT" {
				puts++
			}
		}
		if puts != 1 {
			t.Errorf("%s got %d uploads, want the one item that it lacked", name, puts)
		}
	}
	p.settled()
	if n := len(p.here("work")); n != 7 {
		t.Errorf("%d items, want 7", n)
	}
}

// One is down: the other goes on as usual, and later the first catches up without conflicts.
func TestF42WhicheverIsDown(t *testing.T) {
	t.Parallel()
	for _, down := range []string{"a", "b"} {
		t.Run(down, func(t *testing.T) {
			t.Parallel()
			p := newPair(t, nil, nil)
			for i := range 4 {
				p.a.work.Put(fmt.Sprintf("%d.ics", i), event(fmt.Sprint("u", i), "As it was", "LOCATION:home"))
			}
			p.sync()
			p.settled()
			up, off := p.b, p.a
			if down == "b" {
				up, off = p.a, p.b
			}
			off.server.On(davtest.Match{}).Before().Drop()
			report, err := p.try()
			if err != nil {
				t.Fatal(err)
			}
			for i, name := range []string{"a", "b"} {
				if failed := report.Remotes[i].Err; (failed != nil) != (name == down) || failed != nil && !isTemporary(report.Remotes[i]) {
					t.Errorf("%s: %v", name, failed)
				}
			}
			edit := func(w *world, uid string, body []byte) {
				for _, n := range w.work.List() {
					if b, _ := w.work.Get(n); item.Parse(b).UID() == uid {
						w.work.Put(n, body)
					}
				}
			}
			edit(up, "u0", event("u0", "Edited there", "LOCATION:home"))
			up.work.Put("new.ics", event("new", "New there"))
			p.write("work/1.ics", event("u1", "Edited here", "LOCATION:home"))
			p.remove("work/3.ics")
			if _, err := p.try(); err != nil {
				t.Fatal(err)
			}
			edit(off, "u0", event("u0", "As it was", "LOCATION:where it was down"))
			off.server.ClearFaults()
			if w := p.waits(p.sync()); len(w) > 0 {
				t.Errorf("waits: %v", w[0])
			}
			p.has("u0", "SUMMARY:Edited there", "LOCATION:where it was down")
			p.has("u1", "SUMMARY:Edited here")
			p.has("u3")
			p.has("new", "SUMMARY:New there")
			p.settled()
		})
	}
}

// Two servers that rewrite in different ways: each keeps its form, and none goes to the other.
func TestF43StrongRewritesStayWhereTheyAre(t *testing.T) {
	t.Parallel()
	upper := davtest.RewritesOnPut(func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("SUMMARY:Lunch"), []byte("SUMMARY:LUNCH")) })
	lower := davtest.RewritesOnPut(func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("SUMMARY:Lunch"), []byte("SUMMARY:lunch")) })
	p := newPair(t, []davtest.Option{upper}, []davtest.Option{lower})
	p.write("work/x.ics", event("x", "Lunch", "LOCATION:home", "X-OWN:1"))
	p.sync()
	p.sync()
	p.a.server.ResetLog()
	p.b.server.ResetLog()
	for range 8 {
		p.sync()
	}
	for name, w := range map[string]*world{"a": p.a, "b": p.b} {
		for _, q := range w.server.Requests() {
			if q.Method == "PUT" || q.Method == "DELETE" {
				t.Errorf("%s got %s %s", name, q.Method, q.Path)
			}
		}
	}
	if got := p.read("work/x.ics"); !strings.Contains(got, "SUMMARY:Lunch\r\n") {
		t.Errorf("the file is %q", got)
	}
	p.write("work/x.ics", event("x", "Lunch", "LOCATION:town", "X-OWN:1"))
	p.sync()
	p.has("x", "LOCATION:town")
	p.quiet()
}

// A deletion on one and an edit on the other: the edit stays and goes back, whichever comes first, in one sync or in two (F42).
func TestSeveralRemotesEditBeatsDeletion(t *testing.T) {
	t.Parallel()
	for _, deleted := range []string{"a", "b"} {
		for _, apart := range []bool{false, true} {
			t.Run(fmt.Sprint(deleted, apart), func(t *testing.T) {
				t.Parallel()
				p := newPair(t, nil, nil)
				p.write("work/x.ics", event("x", "As it was"))
				p.write("work/y.ics", event("y", "Stays"))
				p.sync()
				from, other := p.a, p.b
				if deleted == "b" {
					from, other = p.b, p.a
				}
				from.work.Delete("x.ics")
				if apart {
					other.server.On(davtest.Match{}).Before().Drop()
					if _, err := p.try(); err != nil {
						t.Fatal(err)
					}
					other.server.ClearFaults()
				}
				other.work.Put("x.ics", event("x", "Edited"))
				if w := p.waits(p.sync()); len(w) > 0 {
					t.Errorf("waits: %v", w[0].Why)
				}
				p.has("x", "SUMMARY:Edited")
				p.settled()
			})
		}
	}
}

// What a person deleted here waits as ever if it was edited there.
func TestSeveralRemotesDeletionHereWaits(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil, nil)
	p.write("work/x.ics", event("x", "As it was"))
	p.write("work/y.ics", event("y", "Stays"))
	p.sync()
	p.remove("work/x.ics")
	p.b.work.Put("x.ics", event("x", "Edited"))
	if w := p.waits(p.sync()); len(w) != 1 {
		t.Errorf("%d items wait, want the one that was deleted here and edited on b", len(w))
	}
}

// Another machine that syncs both may have brought b what this vdir has from a, and edited since. That is no edit made on b.
func TestSeveralRemotesMetByAnotherWay(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(p *pair){
		"edited":    func(p *pair) { p.write("work/x.ics", event("x", "Third")) },
		"gone":      func(p *pair) { p.remove("work/x.ics") },
		"gone on a": func(p *pair) { p.a.work.Delete("x.ics") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t, nil, nil)
			p.write("work/x.ics", event("x", "First"))
			p.write("work/y.ics", event("y", "Stays"))
			p.sync()
			p.b.server.On(davtest.Match{}).Before().Drop()
			p.a.work.Put("x.ics", event("x", "Second"))
			if _, err := p.try(); err != nil {
				t.Fatal(err)
			}
			edit(p)
			if _, err := p.try(); err != nil {
				t.Fatal(err)
			}
			p.b.server.ClearFaults()
			p.b.work.Put("x.ics", event("x", "Second"))
			if w := p.waits(p.sync()); len(w) > 0 {
				t.Errorf("waits: %s", w[0].Why)
			}
			if name == "edited" {
				p.has("x", "SUMMARY:Third")
			} else {
				p.has("x")
			}
			p.settled()
		})
	}
}

// An item that waits for one remote is not made on another: whoever removed it there knows nothing of the conflict.
func TestSeveralRemotesWaitingItemIsNotSpread(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil, nil)
	p.write("work/y.ics", event("y", "Stays"))
	p.sync()
	p.write("work/x.ics", event("x", "Here"))
	p.a.work.Put("x.ics", event("x", "On a"))
	p.b.server.ResetLog()
	if w := p.waits(p.sync()); len(w) != 1 || w[0].Remote != "a" {
		t.Fatalf("%d items wait, want the one that differs from a's", len(w))
	}
	if items := p.b.there(p.b.work); items["x"] != nil {
		t.Errorf("it was made on b: %q", items["x"])
	}
	p.write("work/x.ics", event("x", "On a"))
	p.sync()
	p.has("x", "SUMMARY:On a")
	p.settled()
}

// Both remotes have one and the same other value: one answer, given for each, settles it for all.
func TestSeveralRemotesOneConflictWithBoth(t *testing.T) {
	t.Parallel()
	for choice, want := range map[merge.Choice]string{merge.TakeLocal: "SUMMARY:Here", merge.TakeRemote: "SUMMARY:There"} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			p := newPair(t, nil, nil)
			p.write("work/x.ics", event("x", "First"))
			p.write("work/y.ics", event("y", "Stays"))
			p.sync()
			p.write("work/x.ics", event("x", "Here"))
			p.a.work.Put("x.ics", event("x", "There"))
			p.b.work.Put("x.ics", event("x", "There"))
			if w := p.waits(p.sync()); len(w) != 2 {
				t.Fatalf("%d items wait, want it for each remote", len(w))
			}
			r, err := repo.Open(p.options(), true)
			must(t, err)
			list, err := r.Waiting(context.Background(), repo.Request{Remotes: p.remotes()})
			must(t, err)
			for _, w := range list {
				must(t, r.Resolve(context.Background(), w, repo.Resolution{Choices: map[string]merge.Choice{"summary": choice}}))
			}
			must(t, r.Close())
			if w := p.waits(p.sync()); len(w) > 0 {
				t.Errorf("waits still, for %s: %s", w[0].Remote, w[0].Why)
			}
			p.has("x", want)
			p.settled()
		})
	}
}
