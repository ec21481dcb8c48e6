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

// agreed is a world in which both sides hold the named items.
func agreed(t *testing.T, names []string, opts ...davtest.Option) *world {
	t.Helper()
	w := newWorld(t, opts...)
	w.disk = quick(w)
	for _, n := range names {
		w.work.Put(n+".ics", event(n, "First "+n))
	}
	w.sync()
	return w
}

func letters(n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("i%02d", i))
	}
	return names
}

// states counts the steps of the last plan by state.
func states(r *repo.RemoteReport) map[repo.StepState]int {
	n := map[repo.StepState]int{}
	for _, s := range r.Plan.Steps {
		n[s.State]++
	}
	return n
}

func TestBothChangedDifferentlyWaits(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", event("a", "Here"))
	w.work.Put("a.ics", event("a", "There"))
	w.work.Put("b.ics", event("b", "Moved"))
	for range 2 { // it waits as long as it has to, and stops nothing else
		w.server.ResetLog()
		r := w.sync()
		if n := states(r); n[repo.Waits] != 1 {
			t.Errorf("steps %v", r.Plan.Steps)
		}
		if n := w.server.Writes(); n != 0 {
			t.Errorf("%d writes to the server", n)
		}
	}
	if !strings.Contains(w.read("work/a.ics"), "Here") || !strings.Contains(w.read("work/b.ics"), "Moved") {
		t.Error("a conflict changed its own file, or stopped another")
	}
	w.sound()
	// Settled by hand: the file becomes what the server has.
	body, _ := w.work.Get("a.ics")
	w.write("work/a.ics", body)
	w.sync()
	w.settled()
}

func TestBothChangedAlikeIsBound(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.write("work/a.ics", event("a", "Same", "LOCATION:Room"))
	w.work.Put("a.ics", event("a", "Same", "LOCATION:Room", "SEQUENCE:4"))
	w.server.ResetLog()
	w.sync()
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes to the server", n)
	}
	w.settled()
}

func TestEditBeatsDelete(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.remove("work/a.ics")
	w.work.Put("a.ics", event("a", "Edited there"))
	w.write("work/b.ics", event("b", "Edited here"))
	w.work.Delete("b.ics")
	r := w.sync()
	if !strings.Contains(w.read("work/a.ics"), "Edited there") {
		t.Error("a file deleted here and edited there did not come back")
	}
	if n := states(r); n[repo.Waits] != 1 || !strings.Contains(w.read("work/b.ics"), "Edited here") {
		t.Errorf("edited here, deleted there: %v", r.Plan.Steps)
	}
	w.sound()
}

func TestDeletionsAreHeld(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		items, gone, allow int
		held               bool
	}{{5, 5, 0, false}, {20, 5, 0, false}, {20, 6, 0, true}, {59, 6, 0, true}, {60, 6, 0, false}, {20, 6, 5, true}, {20, 6, 6, false}} {
		for _, side := range []repo.Side{repo.Here, repo.There} {
			t.Run(fmt.Sprintf("%d of %d allow %d %s", c.gone, c.items, c.allow, side), func(t *testing.T) {
				t.Parallel()
				w := agreed(t, letters(c.items))
				for _, n := range letters(c.gone) {
					if side == repo.There {
						w.remove("work/" + n + ".ics")
					} else {
						w.work.Delete(n + ".ics")
					}
				}
				w.work.Put("new.ics", event("new", "Goes on"))
				r := w.sync(func(q *repo.Request) { q.AllowDeletes = c.allow })
				want := 0
				if c.held {
					want = c.gone
				}
				if n := states(r); n[repo.Held] != want {
					t.Fatalf("%d steps held, want %d", n[repo.Held], want)
				}
				left := map[repo.Side]int{repo.Here: len(w.here("work")), repo.There: w.work.Len()}
				if other := side; c.held && left[other] != c.items+1 {
					t.Errorf("%d items left on the side that was to be kept, want %d", left[other], c.items+1)
				}
				if !strings.Contains(w.read("work/new.ics"), "Goes on") {
					t.Error("a held deletion stopped everything else")
				}
				if !c.held {
					w.settled()
				}
			})
		}
	}
}

func TestF64VanishedDirectoryIsNoDeletion(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.move("work", "../elsewhere")
	w.work.Put("c.ics", event("c", "New there"))
	w.server.ResetLog()
	r := w.sync()
	if n := states(r); n[repo.Held] != 1 || n[repo.Do] != 0 || w.server.Writes() != 0 {
		t.Errorf("steps %+v, %d writes", r.Plan.Steps, w.server.Writes())
	}
	if _, err := os.Stat(filepath.Join(w.dir, "work")); err == nil {
		t.Error("the directory was made anew")
	}
	w.move("../elsewhere", "work")
	w.sync()
	w.settled()
}

func TestF62MissingVdirIsNotSetUpAnew(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	away := filepath.Join(filepath.Dir(w.dir), "away")
	must(t, os.Rename(w.dir, away))
	if _, err := w.try(); !errors.Is(err, repo.ErrNotMounted) {
		t.Errorf("error %v", err)
	}
	must(t, os.Mkdir(w.dir, 0o700)) // the empty mount point
	if _, err := w.try(); !errors.Is(err, repo.ErrNotMounted) {
		t.Errorf("error %v", err)
	}
	if names, _ := os.ReadDir(w.dir); len(names) != 0 {
		t.Errorf("something was made: %v", names)
	}
	must(t, os.Remove(w.dir))
	must(t, os.Rename(away, w.dir))
	w.sync()
	w.settled()
}

func TestP12VanishedCollectionIsHeld(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.work.Remove()
	r := w.sync()
	if n := states(r); n[repo.Held] != 1 || len(w.here("work")) != 2 {
		t.Errorf("steps %+v", r.Plan.Steps)
	}
	w.sound()
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

func TestF27RemoteEditBeforeOurPutIsMet(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", event("a", "Here"))
	w.write("work/b.ics", event("b", "Here"))
	w.server.On(davtest.Match{Method: "PUT", Path: "a.ics", N: 1}).Before().Call(func() {
		w.work.Put("a.ics", event("a", "Here")) // the same edit, from elsewhere
	})
	w.sync()
	if body, _ := w.work.Get("b.ics"); !strings.Contains(string(body), "Here") {
		t.Error("b was not sent")
	}
	w.sync() // takes the token that the other client's write left open
	w.settled()
}

func TestF28EndlessEditsThereEndInThreeRounds(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", event("a", "Here"))
	w.write("work/b.ics", event("b", "Here"))
	n := 0
	w.server.On(davtest.Match{Method: "PUT", Path: "a.ics"}).Before().Call(func() {
		n++
		w.work.Put("a.ics", event("a", "First a", fmt.Sprintf("SEQUENCE:%d", n))) // bookkeeping only: no conflict
	})
	r := w.sync()
	if n != repo.Rounds {
		t.Errorf("%d attempts, want %d", n, repo.Rounds)
	}
	if len(r.Problems) == 0 || !strings.Contains(w.read("work/a.ics"), "Here") {
		t.Errorf("problems %v", r.Problems)
	}
	if body, _ := w.work.Get("b.ics"); !strings.Contains(string(body), "Here") {
		t.Error("b was not sent")
	}
	w.server.ClearFaults()
	w.sync()
	w.settled()
}

func TestF29EditBetweenOurPutAndItsReadBack(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.write("work/a.ics", event("a", "Here"))
	w.server.On(davtest.Match{Method: "PUT", N: 1}).After().Call(func() {
		w.work.Put("a.ics", event("a", "Here", "LOCATION:Phone"))
	})
	w.sync()
	w.sync()
	w.settled()
	if !strings.Contains(w.read("work/a.ics"), "Phone") {
		t.Error("the edit of the phone did not arrive")
	}
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

func TestBrokenFileHereIsNotSent(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", []byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nEND:VCALENDAR\r\n"))
	w.write("work/b.ics", nil) // F71
	w.write("work/c.ics", []byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"))
	old := w.now.Add(-1e11)
	for _, n := range []string{"a", "b", "c"} {
		must(t, os.Chtimes(filepath.Join(w.dir, "work", n+".ics"), old, old))
	}
	w.server.ResetLog()
	report, err := w.try()
	must(t, err)
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
	if w.work.Len() != 2 {
		t.Errorf("%d items there", w.work.Len())
	}
	if len(report.Problems)+states(report.Remotes[0])[repo.Refused] != 3 {
		t.Errorf("problems %+v, steps %+v", report.Problems, report.Remotes[0].Plan.Steps)
	}
}

func TestF74RenamedFileMovesNothingThere(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.move("work/a.ics", "work/better.ics")
	w.server.ResetLog()
	w.sync()
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
	w.settled()
	w.work.Put("a.ics", event("a", "Changed there"))
	w.sync()
	if !strings.Contains(w.read("work/better.ics"), "Changed there") {
		t.Error("the renamed file does not follow its item")
	}
	w.settled()
}

func TestSwappedFileNames(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.move("work/a.ics", "work/t")
	w.move("work/b.ics", "work/a.ics")
	w.move("work/t", "work/b.ics")
	w.server.ResetLog()
	w.sync()
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
	w.settled()
}

func TestF75UIDEditedInPlace(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", event("z", "Another item"))
	w.sync()
	w.settled()
	there := w.there(w.work)
	if there["z"] == nil || there["a"] != nil || there["b"] == nil {
		t.Errorf("there: %v", w.work.List())
	}
}

func TestV14TwoNewFilesWithOneUID(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.write("work/x.ics", event("twin", "One"))
	w.write("work/y.ics", event("twin", "Two"))
	w.write("work/copy.ics", event("a", "A copy of a")) // F73
	w.write("work/good.ics", event("good", "Good"))
	r := w.sync()
	if n := states(r); n[repo.Refused] != 3 {
		t.Errorf("steps %+v", r.Plan.Steps)
	}
	if w.work.Len() != 2 {
		t.Errorf("there: %v", w.work.List())
	}
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

func TestX19MoveBetweenCollections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	home := w.server.AddCalendar("ada", "home", davtest.Props{})
	for _, n := range letters(8) {
		w.work.Put(n+".ics", event(n, n))
	}
	home.Put("h.ics", event("h", "h"))
	w.sync()
	for _, n := range letters(7) {
		w.move("work/"+n+".ics", "home/"+n+".ics")
	}
	w.server.ResetLog()
	r := w.sync()
	if n := states(r); n[repo.Held] != 0 {
		t.Errorf("a move counts as a deletion: %+v", r.Plan.Steps)
	}
	if w.work.Len() != 1 || home.Len() != 8 {
		t.Errorf("work %v, home %v", w.work.List(), home.List())
	}
	deleted := false
	for _, q := range w.server.Requests() {
		deleted = deleted || q.Method == "DELETE"
		if q.Method == "PUT" && deleted {
			t.Error("a DELETE before a PUT")
		}
	}
	w.settled()
}

func TestMoveThatCannotArriveDeletesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	home := w.server.AddCalendar("ada", "home", davtest.Props{ReadOnly: true})
	w.work.Put("a.ics", event("a", "Anna"))
	home.Put("h.ics", event("h", "h"))
	w.sync()
	w.move("work/a.ics", "home/a.ics")
	w.server.ResetLog()
	w.sync()
	if w.work.Len() != 1 || w.server.Writes() != 0 {
		t.Errorf("work %v, %d writes", w.work.List(), w.server.Writes())
	}
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

func TestF7RefusedItemIsNotTriedInEachRun(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.write("work/bad.ics", event("bad", "Bad"))
	w.write("work/good.ics", event("good", "Good"))
	w.server.On(davtest.Match{Method: "PUT", Path: "bad"}).Before().Precondition(403, "c:valid-calendar-data")
	w.sync()
	w.server.ResetLog()
	r := w.sync()
	if n := w.server.Writes(); n != 0 || states(r)[repo.Refused] != 1 {
		t.Errorf("%d writes; steps %+v", n, r.Plan.Steps)
	}
	w.server.ClearFaults()
	w.write("work/bad.ics", event("bad", "Better"))
	w.sync()
	w.settled()
}

func TestP95LockedWritesGoOneAtATime(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(8), davtest.LocksParallelWrites)
	for _, n := range letters(8) {
		w.write("work/"+n+".ics", event(n, "Changed "+n))
	}
	w.sync()
	w.settled()
	for uid, b := range w.there(w.work) {
		if !strings.Contains(string(b), "Changed") {
			t.Errorf("%s was not sent", uid)
		}
	}
}

func TestV2LostBaseAddsOnly(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(3))
	w.git("update-ref", "-d", "refs/vgit/server/base")
	w.git("update-ref", "-d", "refs/remotes/server/main")
	w.write("work/mine.ics", event("mine", "Mine"))
	w.work.Put("theirs.ics", event("theirs", "Theirs"))
	w.server.ResetLog()
	w.sync()
	if n := w.server.Count("PUT", "DELETE"); n != 1 {
		t.Errorf("%d writes, want 1", n)
	}
	w.settled()
}

func TestF99LostTrackingBranch(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(3))
	w.git("update-ref", "-d", "refs/remotes/server/main")
	w.work.Delete("i00.ics")
	w.sync()
	w.settled()
	if len(w.here("work")) != 2 {
		t.Errorf("files %v", w.here("work"))
	}
}

func TestF97SquashedMainIsQuiet(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(3))
	w.write("work/i00.ics", event("i00", "Changed"))
	w.sync()
	commit := strings.TrimSpace(w.git("commit-tree", "-m", "all in one", "HEAD^{tree}"))
	w.git("reset", "--soft", commit)
	w.settled()
}

func TestDryRunLeavesNoTrace(t *testing.T) {
	t.Parallel()
	w := agreed(t, letters(4))
	w.write("work/i00.ics", event("i00", "Changed"))
	w.work.Put("i01.ics", event("i01", "Changed there"))
	w.remove("work/i02.ics")
	before := w.everything()
	w.server.ResetLog()
	r := w.sync(func(q *repo.Request) { q.DryRun = true })
	if n := states(r); n[repo.Do] != 3 {
		t.Errorf("steps %+v", r.Plan.Steps)
	}
	if diff := changedFiles(before, w.everything()); len(diff) > 0 || w.server.Writes() != 0 {
		t.Errorf("changed %v, %d writes", diff, w.server.Writes())
	}
	w.sync()
	w.settled()
}

func TestDryRunOfANewVdirMakesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.work.Put("a.ics", event("a", "Anna"))
	r := w.sync(func(q *repo.Request) { q.DryRun = true })
	if n := states(r); n[repo.Do] != 1 {
		t.Errorf("steps %+v", r.Plan.Steps)
	}
	for _, p := range []string{w.dir, w.state} {
		if _, err := os.Stat(p); err == nil {
			t.Errorf("%s was made", p)
		}
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
	asked := 0
	for _, q := range w.server.Requests() {
		asked += strings.Count(string(q.Body), ":href>") / 2
	}
	if asked > 1100 {
		t.Errorf("%d bodies were asked for again of 1200, after 20 batches had come", asked)
	}
	if len(w.here("work")) != 1200 {
		t.Errorf("%d files", len(w.here("work")))
	}
	w.settled()
}

func TestIndexThatNamesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write("work/a.ics", event("a", "Staged by hand"))
	w.git("add", "work/a.ics")
	blob := strings.TrimSpace(w.git("rev-parse", ":work/a.ics"))
	must(t, os.Remove(filepath.Join(w.dir, ".git/objects", blob[:2], blob[2:])))
	w.sync()
	w.settled()
	if body, _ := w.work.Get("a.ics"); !strings.Contains(string(body), "Staged by hand") {
		t.Error("the edit was not sent")
	}
}

func TestUIDsMeetAcrossSpellings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.work.Put("x.ics", event("urn:uuid:0815", "One"))
	w.write("work/mine.ics", event("0815", "One"))
	w.server.ResetLog()
	w.sync()
	if w.server.Writes() != 0 || len(w.here("work")) != 1 {
		t.Errorf("%d writes, files %v", w.server.Writes(), w.here("work"))
	}
}

func TestDirectoryThatIsOnlyHereMayGo(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.write("mistake/x.ics", event("x", "Only here"))
	if r := w.sync(); states(r)[repo.Held] != 1 {
		t.Errorf("steps %+v", r.Plan.Steps)
	}
	must(t, os.RemoveAll(filepath.Join(w.dir, "mistake")))
	if r := w.sync(); states(r)[repo.Held] != 0 {
		t.Errorf("steps %+v", r.Plan.Steps)
	}
	w.settled()
}

// TestP89MoveWhereAUIDStandsOnce: a server that takes a UID once in an account refuses the copy; the item is moved in one request then, an
// edit made on the way included.
func TestP89MoveWhereAUIDStandsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, davtest.UIDPerAccount)
	home := w.server.AddCalendar("ada", "home", davtest.Props{})
	home.Put("h.ics", event("h", "h"))
	for _, n := range letters(3) {
		w.work.Put(n+".ics", event(n, "First "+n))
	}
	w.sync()
	for _, n := range letters(2) {
		must(t, os.Rename(filepath.Join(w.dir, "work", n+".ics"), filepath.Join(w.dir, "home", n+".ics")))
	}
	w.write("home/i00.ics", event("i00", "Edited on the way"))
	w.sync()
	if w.work.Len() != 1 || home.Len() != 3 {
		t.Errorf("work %v, home %v", w.work.List(), home.List())
	}
	if got := string(w.there(home)["i00"]); !strings.Contains(got, "Edited on the way") {
		t.Errorf("i00 = %q", got)
	}
	w.sync()
	w.settled()
}

func TestEmptyCollectionGetsItsDirectory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sync()
	if i, err := os.Stat(filepath.Join(w.dir, "work")); err != nil || !i.IsDir() || i.Mode().Perm() != 0o700 {
		t.Fatalf("%v %v", i, err)
	}
	w.quiet()
	w.write("work/first.ics", event("first", "First"))
	w.sync()
	w.settled()
}

// TestP77ServerThatShowsTheVersionBefore: a PUT is accepted and the read-back shows what it replaced. It is not sent again at once, the file stays,
// and it is said.
func TestP77ServerThatShowsTheVersionBefore(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.server.On(davtest.Match{Method: "PUT"}).Before().Status(204)
	w.write("work/a.ics", event("a", "Not kept"))
	for range 2 {
		r := w.sync()
		if p := r.AllProblems(); len(p) == 0 {
			t.Errorf("nothing is said: %+v", r.Plan.Steps)
		}
	}
	if n := w.server.Count("PUT"); n != 1 {
		t.Errorf("%d PUTs", n)
	}
	if !strings.Contains(w.read("work/a.ics"), "Not kept") {
		t.Error("the edit is gone from the vdir")
	}
}
