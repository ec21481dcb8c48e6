package repo_test

import (
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
)

// bound is the hold of the only remote as a whole; it fails if there is none, or if anything was asked for or changed on the server.
func (w *world) bound(key string) *repo.Hold {
	w.t.Helper()
	w.server.ResetLog()
	before := w.everything()
	report, err := w.try()
	must(w.t, err)
	rem := report.Remotes[0]
	if rem.Mismatch == nil || rem.Held == "" || rem.Mismatch.Binds[0].Key != key || rem.Mismatch.ID == "" {
		w.t.Fatalf("the remote is not held for its %s: %+v", key, rem)
	}
	if diff := changedFiles(before, w.everything()); len(diff) > 0 || w.server.Writes() != 0 {
		w.t.Errorf("changed %q, %d writes", diff, w.server.Writes())
	}
	r, err := repo.Open(w.options(), true)
	must(w.t, err)
	defer r.Close()
	status, err := r.Status(w.t.Context(), repo.Request{Remotes: []repo.Remote{w.remote()}})
	must(w.t, err)
	if known := status.Remotes[0].Mismatch; known == nil || known.ID != rem.Mismatch.ID {
		w.t.Errorf("status, which asks nobody, knows of %+v", known)
	}
	return rem.Mismatch
}

// accept is what a person's yes to a hold leaves in the base.
func (w *world) accept(h *repo.Hold) {
	w.t.Helper()
	ref := "refs/vgit/" + h.Keeper() + "/base"
	parents := strings.Fields(w.git("rev-parse", ref+"^1", ref+"^2"))
	w.spoil(ref, "answers/"+h.ID, "vgit answer 1\nanswer\taccept\nwhen\t2026-11-24T10:00:00Z\n"+string(h.Records()))
	w.git("update-ref", ref, strings.TrimSpace(w.git("commit-tree", "-p", parents[0], "-p", parents[1], "-m", "answer", ref+"^{tree}")))
}

// elsewhere is a world whose address leads to another account from now on, with some of the same items: one as it was, one edited, one
// missing, one new.
func elsewhere(t *testing.T) (w *world, back func()) {
	w = agreed(t, letters(6))
	w.server.AddUser("bob", "secret")
	other := w.server.AddCalendar("bob", "work", davtest.Props{})
	other.Put("x0.ics", event("i00", "First i00"))
	other.Put("x1.ics", event("i01", "Edited there"))
	other.Put("x9.ics", event("new", "New there"))
	w.server.Share("bob", "ada")
	w.server.Set(davtest.PrincipalHref("/principals/bob/"), davtest.HomeSets("/calendars/bob/"))
	mine := w.work
	w.work = other
	return w, func() {
		w.work = mine
		w.server.Set(davtest.PrincipalHref(""), davtest.HomeSets())
	}
}

// TestG11AnotherPrincipal: the address leads to another account. Nothing of it is taken or sent; it ends when the old one is back.
func TestG11AnotherPrincipal(t *testing.T) {
	t.Parallel()
	w, back := elsewhere(t)
	first := w.bound("principal")
	if again := w.bound("principal"); again.ID != first.ID {
		t.Errorf("the hold was %s and is %s", first.ID, again.ID)
	}
	if got := len(w.here("work")); got != 6 {
		t.Errorf("%d files", got)
	}
	w.sound()
	back()
	w.decided(w.sync())
	w.settled()
}

// TestG11AcceptedAccountIsJoined (G13): a person took the other account. Both sides are joined: nothing is deleted on either, nothing is twice,
// and what differs waits. Wherever the run dies, the next one does the same.
func TestG11AcceptedAccountIsJoined(t *testing.T) {
	t.Parallel()
	for _, dies := range []repo.Point{"", repo.AtAgreeKept, repo.AtAgreed, repo.AtFetchKept, repo.AtFetched, repo.AtDecided} {
		t.Run(string(dies), func(t *testing.T) {
			t.Parallel()
			w, back := elsewhere(t)
			w.accept(w.bound("principal"))
			w.remove("work/i05.ics") // not known any more: it is on no side
			w.server.ResetLog()
			if dies != "" {
				w.killedAt(dies)
			}
			r := w.sync()
			w.noDelete(r)
			if got := conflicts(r); got != "summary" {
				t.Errorf("%q waits, want what differs in i01", got)
			}
			for _, uid := range []string{"i00", "i01", "i02", "i03", "i04", "new"} {
				if w.here("work")[uid] == nil || w.there(w.work)[uid] == nil {
					t.Errorf("%s is not on both sides", uid)
				}
			}
			if here, there := len(w.here("work")), w.work.Len(); here != 6 || there != 6 {
				t.Errorf("%d files, %d items", here, there)
			}
			w.sound()
			w.quiet()
			if list := w.git("ls-tree", "-r", "--name-only", "refs/vgit/server/base"); strings.Contains(list, "answers/") {
				t.Errorf("the answer is still there:\n%s", list)
			}
			back() // and to and fro again is asked about again
			w.bound("principal")
		})
	}
}

// TestG11AcceptIsOfOneAccount: a person took one account, and the address leads to a third one.
func TestG11AcceptIsOfOneAccount(t *testing.T) {
	t.Parallel()
	w, _ := elsewhere(t)
	first := w.bound("principal")
	w.accept(first)
	w.server.AddUser("eve", "secret")
	w.server.AddCalendar("eve", "work", davtest.Props{})
	w.server.Share("eve", "ada")
	w.server.Set(davtest.PrincipalHref("/principals/eve/"), davtest.HomeSets("/calendars/eve/"))
	if second := w.bound("principal"); second.ID == first.ID {
		t.Error("one answer is one to both")
	}
}

// TestG11AnotherHome: the account is the same, and keeps its collections elsewhere. It is asked about once; then the collections that are
// not there any more are held one by one, and nothing of them is lost.
func TestG11AnotherHome(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(6))
	w.server.AddUser("bob", "secret")
	w.server.AddCalendar("bob", "other", davtest.Props{}).Put("n.ics", event("new", "New there"))
	w.server.Share("bob", "ada")
	w.server.Set(davtest.HomeSets("/calendars/bob/"))
	w.server.On(davtest.Match{Path: "/calendars/ada/"}).Before().Status(404)
	h := w.bound("home")
	w.accept(h)
	w.server.ResetLog()
	r := w.sync()
	w.noDelete(r)
	if n := w.server.Writes(); n != 0 || len(w.here("work")) != 6 || len(w.here("other")) != 1 {
		t.Errorf("%d writes, %d and %d files", n, len(w.here("work")), len(w.here("other")))
	}
	w.sound()
	w.server.ClearFaults()
	w.server.Set(davtest.HomeSets())
}

// TestG11SpellingOfAnAddress: a slash more, capitals in the host's name or the usual port make no other address.
func TestG11SpellingOfAnAddress(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(2))
	w.url = strings.TrimSuffix(w.url, "/")
	w.login()
	if r := w.sync(); r.Held != "" {
		t.Error(r.Held)
	}
	w.settled()
	w.url = w.url + "/calendars/ada/"
	w.login()
	w.bound("url")
}

// TestG11RemoteInPlaceOfAnother: the configuration of a vdir names a remote that it was never synced with, in place of the one that it was: the
// path of one vdir was given to another, or two remotes were swapped. The items here are not put into that account.
func TestG11RemoteInPlaceOfAnother(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(3))
	second := newWorld(t)
	second.work.Put("z.ics", event("z", "Another's"))
	other := second.remote()
	other.Name = "other"
	names := []string{"other"}
	w.set = func(o *repo.Options) { o.Remotes = names }
	try := func() *repo.RemoteReport {
		report, err := w.try(func(q *repo.Request) { q.Remotes = []repo.Remote{other} })
		must(t, err)
		must(t, report.Remotes[0].Err)
		return report.Remotes[0]
	}
	r := try()
	if r.Mismatch == nil || r.Mismatch.Binds[0] != (repo.Bind{Key: "remote", Old: "server", New: "other"}) {
		t.Fatalf("report %+v", r)
	}
	if n := len(second.server.Requests()); n != 0 || len(w.here("work")) != 3 {
		t.Errorf("%d requests, files %v", n, w.here("work"))
	}
	w.accept(r.Mismatch)
	if r = try(); r.Mismatch != nil || second.work.Len() != 4 || len(w.here("work")) != 4 {
		t.Errorf("accepted: %+v, there %v", r.Mismatch, second.work.List())
	}
	names = []string{"server", "other"} // two at once are no mistake, at any time
	if r = try(); r.Mismatch != nil {
		t.Errorf("%+v", r.Mismatch)
	}
}

// TestG11OneMoreRemote: a vdir gets a second remote beside the one that it has. That is no mistake.
func TestG11OneMoreRemote(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(3))
	other := newWorld(t).remote()
	other.Name = "other"
	w.set = func(o *repo.Options) { o.Remotes = []string{"server", "other"} }
	report, err := w.try(func(q *repo.Request) { q.Remotes = []repo.Remote{other} })
	must(t, err)
	if r := report.Remotes[0]; r.Mismatch != nil || r.Err != nil {
		t.Errorf("report %+v", r)
	}
}
