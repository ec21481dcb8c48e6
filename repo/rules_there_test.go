package repo_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vgit/remote"
	"vgit/remote/davtest"
	"vgit/repo"
)

func TestP12VanishedCollectionIsHeld(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.work.Remove()
	r := w.sync()
	if n := states(r); n[repo.Held] != 1 || len(w.here("work")) != 2 {
		t.Errorf("steps %+v", r.Plan.Steps)
	}
	w.sound()
	held := func() int {
		r, err := repo.Open(w.options(), true)
		must(t, err)
		defer r.Close()
		report, err := r.Status(t.Context(), repo.Request{Remotes: []repo.Remote{w.remote()}})
		must(t, err)
		return states(report.Remotes[0])[repo.Held]
	}
	if n := held(); n != 1 {
		t.Errorf("status, which asks nobody, holds %d steps", n)
	}
	w.server.AddCalendar("ada", "work", davtest.Props{})
	w.sync()
	if n := held(); n != 0 {
		t.Errorf("%d steps are held of a collection that is back", n)
	}
}

func TestP14AnotherAccountIsHeld(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.server.AddUser("bob", "secret")
	w.server.AddCalendar("bob", "work", davtest.Props{})
	w.server.Set(davtest.PrincipalHref("/principals/bob/"))
	report, err := w.try()
	must(t, err)
	if report.Remotes[0].Held == "" {
		t.Errorf("report %+v", report.Remotes[0])
	}
	if len(w.here("work")) != 1 {
		t.Error("files went away")
	}
	w.sound()
}

func TestG2ListingThatLacksItemsIsNotBelieved(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(8), davtest.NoSyncCollection)
	w.work.Put("x.ics", event("x", "Moves the ctag"))
	w.server.On(davtest.Match{Method: "PROPFIND", Path: "/work/"}).After().Rewrite(func(b []byte) []byte {
		return cutResponses(b, "i0") // every item but x is missing
	})
	r := w.sync()
	if got := len(w.here("work")); got != 9 {
		t.Errorf("%d files left, want 9; %+v", got, r.Problems)
	}
	w.server.ClearFaults()
	w.sync()
	w.settled()
}

// cutResponses takes the rows out of a multistatus whose href holds a text.
func cutResponses(b []byte, text string) []byte {
	s := string(b)
	var out strings.Builder
	for {
		i := strings.Index(s, "response>")
		if i < 0 {
			break
		}
		i = strings.LastIndex(s[:i], "<")
		end := strings.Index(s[i:], "</")
		for end >= 0 && !strings.HasPrefix(s[i+end:], "</d:response>") && !strings.HasPrefix(s[i+end:], "</D:response>") && !strings.HasPrefix(s[i+end:], "</response>") {
			next := strings.Index(s[i+end+2:], "</")
			if next < 0 {
				end = -1
				break
			}
			end += 2 + next
		}
		if end < 0 {
			break
		}
		end += i
		end += strings.Index(s[end:], ">") + 1
		out.WriteString(s[:i])
		if row := s[i:end]; !strings.Contains(row, text) {
			out.WriteString(row)
		}
		s = s[end:]
	}
	out.WriteString(s)
	return []byte(out.String())
}

func TestG4EmptyListingIsLookedAtTwice(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(4), davtest.NoSyncCollection)
	w.work.Put("x.ics", event("x", "Moves the ctag"))
	w.server.On(davtest.Match{Method: "PROPFIND", Path: "/work/", N: 1}).After().Rewrite(func(b []byte) []byte { return cutResponses(b, ".ics") })
	w.sync()
	w.settled()
	if got := len(w.here("work")); got != 5 {
		t.Errorf("%d files, want 5", got)
	}
}

func TestF6ItemThatCannotBeReadIsOwed(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.work.Put("bad.ics", event("bad", "Bad"))
	w.work.Put("good.ics", event("good", "Good"))
	w.server.On(davtest.Match{Method: "REPORT", Body: "multiget"}).Before().Status(500)
	w.server.On(davtest.Match{Method: "GET", Path: "bad.ics"}).Before().Status(500)
	r := w.sync()
	if len(r.AllProblems()) != 1 || r.AllProblems()[0].Severity != repo.Temporary {
		t.Errorf("problems %+v", r.AllProblems())
	}
	if !strings.Contains(w.read("work/good.ics"), "Good") {
		t.Error("one bad item stopped another")
	}
	if r = w.sync(); len(r.AllProblems()) != 1 || r.AllProblems()[0].Severity != repo.Lasting {
		t.Errorf("failing again is no accident: %+v", r.AllProblems())
	}
	w.server.ClearFaults()
	w.sync()
	w.settled()
}

func TestP62BrokenItemThereStaysOutOfTheVdir(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.work.Put("good.ics", event("good", "Good"))
	w.work.Put("broken.ics", []byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x\r\nEND:VCALENDAR\r\n"))
	for range 2 {
		r := w.sync()
		if p := r.AllProblems(); len(p) != 1 || p[0].Severity != repo.Lasting {
			t.Errorf("problems %+v", p)
		}
	}
	if _, err := os.Stat(filepath.Join(w.dir, "work/broken.ics")); err == nil {
		t.Error("a broken item was written into the vdir")
	}
	if !strings.Contains(w.git("show", "refs/remotes/server/main:work/broken.ics"), "UID:x") {
		t.Error("the broken item is not in the tracking branch")
	}
	w.sound()
	w.work.Put("broken.ics", event("x", "Mended"))
	w.sync()
	w.settled()
}

func TestP64TwinsThereAreKeptApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.work.Put("x.ics", event("twin", "One"))
	w.work.Put("y.ics", event("twin", "Two"))
	w.sync()
	if !strings.Contains(w.read("work/x.ics"), "One") || !strings.Contains(w.read("work/y.ics"), "Two") {
		t.Error("twins were mixed up")
	}
	w.write("work/x.ics", event("twin", "One, edited"))
	w.server.ResetLog()
	if r := w.sync(); states(r)[repo.Refused] != 1 || w.server.Writes() != 0 {
		t.Errorf("steps %+v", r.Plan.Steps)
	}
	w.work.Delete("y.ics") // F37
	w.sync()
	if _, err := os.Stat(filepath.Join(w.dir, "work/y.ics")); err == nil {
		t.Error("the deleted twin is still here")
	}
	w.sync()
	w.settled()
}

func TestF21RefusedTokens(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 403, 409, 410, 412, 415, 418, 500} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(4))
			w.work.Delete("i00.ics")
			w.work.Put("i01.ics", event("i01", "Changed"))
			w.server.Set(davtest.RefuseTokens(status, status == 403))
			w.sync()
			w.server.Set(davtest.RefuseTokens(0, false))
			w.sync()
			w.settled()
			if len(w.here("work")) != 3 {
				t.Errorf("%d files", len(w.here("work")))
			}
		})
	}
}

func TestWrongPasswordEndsTheRemote(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.server.AddUser("ada", "another")
	w.login()
	w.server.ResetLog()
	report, err := w.try()
	must(t, err)
	if !errors.Is(report.Remotes[0].Err, remote.ErrLogin) {
		t.Errorf("error %v", report.Remotes[0].Err)
	}
	if n := len(w.server.Requests()); n > 2 {
		t.Errorf("%d requests with a wrong password", n)
	}
	w.sound()
}

func TestF11WebPageChangesNothing(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(3))
	before := w.everything()
	w.server.On(davtest.Match{}).Before().HTML()
	report, err := w.try()
	must(t, err)
	if !errors.Is(report.Remotes[0].Err, remote.ErrNotDAV) {
		t.Errorf("error %v", report.Remotes[0].Err)
	}
	if diff := changedFiles(before, w.everything()); len(diff) > 0 {
		t.Errorf("changed %v", diff)
	}
	w.server.ClearFaults()
	w.settled()
}

func TestF17NewETagsMoveOnlyTheTrackingBranch(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(3))
	main := w.git("rev-parse", "main")
	w.work.NewETags()
	w.server.ResetLog()
	w.sync()
	if w.git("rev-parse", "main") != main || w.server.Writes() != 0 {
		t.Error("etags alone moved main or the server")
	}
	w.settled()
}

func TestK5LongDownloadIsKeptInParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.disk = quick(w)
	w.work.Fill(1, 1200)
	asking := w.server.On(davtest.Match{Method: "REPORT", Body: "multiget"}).Before().Call(func() {})
	start := w.now
	w.set = func(o *repo.Options) { // each batch takes three seconds
		o.Now = func() time.Time { return start.Add(time.Duration(asking.Hits()) * 3 * time.Second) }
	}
	w.server.On(davtest.Match{Method: "REPORT", Body: "multiget", From: 20}).Before().Drop()
	w.server.On(davtest.Match{Method: "GET"}).Before().Drop()
	w.try()
	w.server.ClearFaults()
	w.server.ResetLog()
	w.sync()
	asked := w.bodies()
	if asked > 1100 {
		t.Errorf("%d bodies were asked for again of 1200, after 20 batches had come", asked)
	}
	if len(w.here("work")) != 1200 {
		t.Errorf("%d files", len(w.here("work")))
	}
	w.settled()
}

// TestReimportedItemIsOneFile (G5): all items have a new place on the server, and what became of the old ones cannot be asked. The
// file is neither doubled nor renamed.
func TestReimportedItemIsOneFile(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b", "c"})
	w.work.Reimport()
	w.server.On(davtest.Match{Method: "REPORT GET", Func: func(q davtest.Request) bool {
		return strings.Contains(q.Path+string(q.Body), "/b.ics")
	}}).Before().Status(500)
	for range 2 {
		w.try()
		if got := len(w.here("work")); got != 3 {
			t.Errorf("%d files while nobody can tell", got)
		}
	}
	w.server.ClearFaults()
	w.sync()
	w.settled()
	w.read("work/a.ics")
}

// TestLargeBodiesAreKeptAsTheyCome (K5): what waits in memory is bounded by its bytes, however fast it comes.
func TestLargeBodiesAreKeptAsTheyCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	large := "DESCRIPTION:" + strings.Repeat("all work and no play ", 150_000)
	for _, n := range []string{"a", "b", "c", "d", "e", "f"} {
		w.work.Put(n+".ics", event(n, "Large", large))
	}
	w.sync()
	if got := strings.TrimSpace(w.git("rev-list", "--count", "server/main")); got != "2" {
		t.Errorf("18 MB came in %s snapshots, want 2", got)
	}
	w.settled()
}
