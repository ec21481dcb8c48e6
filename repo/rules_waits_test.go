package repo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"vgit/merge"
	"vgit/remote/davtest"
	"vgit/repo"
)

// TestConflictWaits (M12, 1.4): while an item waits, changes of other slots arrive on the file, nothing of it is sent, no edit disappears,
// and a sync that finds nothing new writes nothing.
func TestConflictWaits(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.editHere("a.ics", "SUMMARY:Ours")
	w.editHere("a.ics", "X-LOCAL:1")
	w.editThere("a.ics", "SUMMARY:Theirs")
	w.editThere("a.ics", "LOCATION:Room 1")
	w.server.ResetLog()
	for i, step := range []struct {
		do   func()
		here []string
	}{
		{func() {}, []string{"SUMMARY:Ours", "LOCATION:Room 1", "X-LOCAL:1"}},
		{func() { w.editThere("a.ics", "LOCATION:Room 2") }, []string{"SUMMARY:Ours", "LOCATION:Room 2", "X-LOCAL:1"}},
		{func() { w.editHere("a.ics", "DESCRIPTION:Ours") }, []string{"SUMMARY:Ours", "LOCATION:Room 2", "DESCRIPTION:Ours"}},
		{func() { w.editThere("a.ics", "URL:https://there.example"); w.editHere("a.ics", "SUMMARY:Ours again") },
			[]string{"SUMMARY:Ours again", "LOCATION:Room 2", "DESCRIPTION:Ours", "URL:https://there.example"}},
		{func() { w.editThere("a.ics", "SUMMARY:Theirs again") }, []string{"SUMMARY:Ours again", "LOCATION:Room 2", "DESCRIPTION:Ours", "X-LOCAL:1"}},
	} {
		step.do()
		r := w.sync()
		if got := conflicts(r); got != "summary" {
			t.Errorf("%d: %q waits", i, got)
		}
		w.has("here", "a.ics", step.here...)
		w.quiet()
		w.sound()
	}
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
	w.resolve(map[string]merge.Choice{"summary": merge.TakeLocal})
	w.decided(w.sync())
	w.has("there", "a.ics", "SUMMARY:Ours again", "LOCATION:Room 2", "DESCRIPTION:Ours", "X-LOCAL:1", "URL:https://there.example")
	w.settled()
}

// conflicts names the slots that wait.
func conflicts(r *repo.RemoteReport) string {
	var names []string
	for _, s := range r.Plan.InState(repo.Waits) {
		for _, c := range s.Conflicts {
			names = append(names, c.Slot)
		}
	}
	return strings.Join(names, ", ")
}

// waiting lists what waits, and hands it to do with an open repository.
func (w *world) waiting(do func(*repo.Repo, []*repo.Waiting)) {
	w.t.Helper()
	r, err := repo.Open(w.options(), true)
	must(w.t, err)
	defer r.Close()
	list, err := r.Waiting(context.Background(), repo.Request{Remotes: []repo.Remote{w.remote()}})
	must(w.t, err)
	do(r, list)
}

// resolve answers for the one item that waits.
func (w *world) resolve(choices map[string]merge.Choice) {
	w.t.Helper()
	w.waiting(func(r *repo.Repo, list []*repo.Waiting) {
		if len(list) != 1 {
			w.t.Fatalf("%d items wait", len(list))
		}
		must(w.t, r.Resolve(context.Background(), list[0], repo.Resolution{Choices: choices}))
	})
}

// TestResolve (1.4): what is chosen for each slot is done by the next sync, and what a person wrote themselves.
func TestResolve(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		choices map[string]merge.Choice
		body    string
		want    []string
	}{
		"ours":    {map[string]merge.Choice{"summary": merge.TakeLocal, "place": merge.TakeLocal}, "", []string{"SUMMARY:Ours", "LOCATION:Ours"}},
		"theirs":  {map[string]merge.Choice{"summary": merge.TakeRemote, "place": merge.TakeRemote}, "", []string{"SUMMARY:Theirs", "LOCATION:Theirs"}},
		"each":    {map[string]merge.Choice{"summary": merge.TakeLocal, "place": merge.TakeRemote}, "", []string{"SUMMARY:Ours", "LOCATION:Theirs"}},
		"written": {nil, "SUMMARY:Both of us", []string{"SUMMARY:Both of us", "LOCATION:Ours"}},
	} {
		for _, model := range []string{"keep", "strip-x"} {
			t.Run(name+"/"+model, func(t *testing.T) {
				t.Parallel()
				w := agreed(t, []string{"a"}, davtest.RewritesOnPut(rewriters()[model]))
				for _, l := range []string{"SUMMARY:Ours", "LOCATION:Ours", "X-LOCAL:1", "PRIORITY:3"} {
					w.editHere("a.ics", l)
				}
				for _, l := range []string{"SUMMARY:Theirs", "LOCATION:Theirs", "URL:https://there.example"} {
					w.editThere("a.ics", l)
				}
				if got := conflicts(w.sync()); got != "place, summary" && got != "summary, place" {
					t.Fatalf("%q waits", got)
				}
				before := w.everything()
				w.waiting(func(r *repo.Repo, list []*repo.Waiting) {
					a := repo.Resolution{Choices: c.choices}
					if c.body != "" {
						a.Body = withLine(list[0].Clean, c.body)
					}
					must(t, r.Resolve(context.Background(), list[0], a))
				})
				for _, p := range changedFiles(before, w.everything()) {
					if !strings.Contains(p, ".git/") {
						t.Errorf("an answer changed %s", p)
					}
				}
				w.decided(w.sync())
				for _, side := range []string{"here", "there"} {
					w.has(side, "a.ics", append(slices.Clone(c.want), "URL:https://there.example", "PRIORITY:3")...)
				}
				w.has("here", "a.ics", "X-LOCAL:1")
				w.sync()
				w.quiet()
				w.sound()
			})
		}
	}
}

// TestAnswerThatCameTooLate (1.4): if a slot has moved on since, the answer is void and the conflict stands anew; a change of another slot
// does not touch it.
func TestAnswerThatCameTooLate(t *testing.T) {
	t.Parallel()
	for _, choice := range []merge.Choice{merge.TakeLocal, merge.TakeRemote} {
		for later, void := range map[string]bool{"here SUMMARY:Ours again": true, "there SUMMARY:Theirs again": true, "here PRIORITY:3": false, "there LOCATION:Room": false} {
			t.Run(fmt.Sprint(choice, " ", later), func(t *testing.T) {
				t.Parallel()
				w := agreed(t, []string{"a"})
				w.editHere("a.ics", "SUMMARY:Ours")
				w.editThere("a.ics", "SUMMARY:Theirs")
				w.sync()
				w.resolve(map[string]merge.Choice{"summary": choice})
				side, line, _ := strings.Cut(later, " ")
				if side == "here" {
					w.editHere("a.ics", line)
				} else {
					w.editThere("a.ics", line)
				}
				if got := conflicts(w.sync()); got != map[bool]string{true: "summary"}[void] {
					t.Errorf("%q waits", got)
				}
				w.has(side, "a.ics", line)
				if !void {
					w.settled()
				}
			})
		}
	}
}

// TestWaitingMovedOn: an answer to what is not any more as it was listed is refused at once.
func TestWaitingMovedOn(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.editHere("a.ics", "SUMMARY:Ours")
	w.editThere("a.ics", "SUMMARY:Theirs")
	w.sync()
	w.waiting(func(r *repo.Repo, list []*repo.Waiting) {
		w.editHere("a.ics", "SUMMARY:Ours again")
		other, err := repo.Open(w.options(), true)
		must(t, err)
		defer other.Close()
		if err := other.Resolve(context.Background(), list[0], repo.Resolution{Choices: map[string]merge.Choice{"summary": merge.TakeLocal}}); !errors.Is(err, repo.ErrMoved) {
			t.Errorf("error %v", err)
		}
		for _, body := range []string{"", "BEGIN:VCALENDAR\r\n", string(event("b", "Other UID"))} {
			if err := list[0].Accepts([]byte(body)); err == nil {
				t.Errorf("%q is accepted", body)
			}
		}
	})
}

// TestEditOfWhatTheFileShows (1.4): where one side removed what the other edited, the file shows the edit, and editing that settles it;
// editing a slot that shows ours settles nothing.
func TestEditOfWhatTheFileShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.disk = quick(w)
	w.work.Put("a.ics", event("a", "First", "LOCATION:Room 1"))
	w.sync()
	w.write("work/a.ics", bytes.Replace([]byte(w.read("work/a.ics")), []byte("LOCATION:Room 1\r\n"), nil, 1))
	w.editHere("a.ics", "SUMMARY:Ours")
	w.editThere("a.ics", "LOCATION:Room 2")
	w.editThere("a.ics", "SUMMARY:Theirs")
	w.sync()
	w.has("here", "a.ics", "LOCATION:Room 2", "SUMMARY:Ours")
	w.editHere("a.ics", "LOCATION:Room 3")
	w.editHere("a.ics", "SUMMARY:Ours again")
	if got := conflicts(w.sync()); got != "summary" {
		t.Errorf("%q waits", got)
	}
	w.quiet()
	w.editThere("a.ics", "URL:https://there.example") // what was settled stays settled when the file is written again
	if got := conflicts(w.sync()); got != "summary" {
		t.Errorf("%q waits", got)
	}
	w.quiet()
	w.resolve(map[string]merge.Choice{"summary": merge.TakeRemote})
	w.decided(w.sync())
	w.has("there", "a.ics", "LOCATION:Room 3", "SUMMARY:Theirs")
	w.settled()
}

// TestEditBackToWhatItWas: where the file shows theirs, putting back what it once was is an edit, too, and stays one when the file is written
// again.
func TestEditBackToWhatItWas(t *testing.T) {
	t.Parallel()
	for name, later := range map[string]string{"at once": "", "and more from there": "URL:https://there.example"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.disk = quick(w)
			w.work.Put("a.ics", event("a", "First", "LOCATION:Room 1"))
			w.sync()
			w.write("work/a.ics", bytes.Replace([]byte(w.read("work/a.ics")), []byte("LOCATION:Room 1\r\n"), nil, 1))
			w.editHere("a.ics", "PRIORITY:3")
			w.editThere("a.ics", "LOCATION:Room 2")
			w.sync()
			w.editHere("a.ics", "LOCATION:Room 1")
			want := []string{"LOCATION:Room 1", "PRIORITY:3"}
			if later != "" {
				w.editThere("a.ics", later)
				want = append(want, later)
			}
			w.decided(w.sync())
			for _, side := range []string{"here", "there"} {
				w.has(side, "a.ics", want...)
			}
			w.settled()
		})
	}
}

// TestOlderBaseIsRead: a base of format 1 has no item that waits, is read as it is, and becomes one of today with the next pair that moves.
func TestOlderBaseIsRead(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	const base = "refs/vgit/server/base"
	parents := strings.Fields(w.git("log", "-1", "--format=%P", base))
	w.spoil(base, ".vgit/base", "vgit base 1\n")
	w.git("update-ref", base, strings.TrimSpace(w.git("commit-tree", "-p", parents[0], "-p", parents[1], "-m", "base", base+"^{tree}")))
	w.quiet()
	w.editHere("a.ics", "SUMMARY:Ours")
	w.editThere("a.ics", "LOCATION:Room")
	w.decided(w.sync())
	w.has("there", "a.ics", "SUMMARY:Ours", "LOCATION:Room")
	if got := w.git("show", "refs/vgit/server/base:.vgit/base"); got != "vgit base 2\n" {
		t.Errorf("the base says %q", got)
	}
	w.settled()
}

// TestWaitsOnOneOfTwoRemotes: what waits on one remote is an ordinary item for the other, whose edits come into the file and are ours then.
func TestWaitsOnOneOfTwoRemotes(t *testing.T) {
	t.Parallel()
	w, other, both := twoRemotes(t, nil, nil)
	w.put(w.work, "a", "First")
	for range 2 {
		w.sync(both)
	}
	w.editHere("a.ics", "SUMMARY:Ours")
	w.editThere("a.ics", "SUMMARY:Theirs")
	w.editThere("a.ics", "LOCATION:On the first")
	w.sync(both)
	for _, name := range other.work.List() {
		other.work.Edit(name, func(b []byte) []byte { return withLine(b, "DESCRIPTION:On the other") })
	}
	for range 2 {
		if got := conflicts(w.sync(both)); got != "summary" {
			t.Fatalf("%q waits", got)
		}
	}
	w.has("here", "a.ics", "SUMMARY:Ours", "LOCATION:On the first", "DESCRIPTION:On the other")
	for _, name := range other.work.List() {
		body, _ := other.work.Get(name)
		for _, want := range []string{"SUMMARY:Ours", "LOCATION:On the first", "DESCRIPTION:On the other"} {
			if !bytes.Contains(body, []byte(want)) {
				t.Errorf("the other lacks %q: %q", want, body)
			}
		}
	}
	w.resolve(map[string]merge.Choice{"summary": merge.TakeRemote})
	for range 2 {
		w.sync(both)
	}
	for _, side := range []string{"here", "there"} {
		w.has(side, "a.ics", "SUMMARY:Theirs", "LOCATION:On the first", "DESCRIPTION:On the other")
	}
}
