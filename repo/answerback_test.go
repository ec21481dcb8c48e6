package repo_test

import (
	"fmt"
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
)

// TestG20RefusedChangeKeepsTheOtherEdit: of an item that both sides changed, a refusal takes one edit back on the side that made it, and
// the other goes where it was to go.
func TestG20RefusedChangeKeepsTheOtherEdit(t *testing.T) {
	t.Parallel()
	for class, lines := range map[repo.Class][2]string{
		repo.PullChanges: {"SUMMARY:Ours", "LOCATION:Theirs"}, // {what stays, what goes}
		repo.PushChanges: {"LOCATION:Theirs", "SUMMARY:Ours"},
	} {
		t.Run(string(class), func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(22))
			for _, uid := range letters(22) {
				w.editHere(uid+".ics", "SUMMARY:Ours")
				w.editThere(uid+".ics", "LOCATION:Theirs")
			}
			w.guard = repo.DefaultLimits() // of which one is too wide to hold
			if class == repo.PushChanges {
				w.guard.PullChanges.Percent = 100
			} else {
				w.guard.PushChanges.Percent = 100
			}
			w.sync()
			w.refuseAll(class)
			w.server.ResetLog()
			w.nothingHeld()
			for _, uid := range letters(22) {
				for _, side := range []string{"here", "there"} {
					w.has(side, uid+".ics", lines[0])
					w.lacks(side, uid+".ics", lines[1])
				}
			}
			if want := map[repo.Class]string{repo.PullChanges: "22 PUT"}[class]; w.writes() != want {
				t.Errorf("%q were sent, want %q", w.writes(), want)
			}
			w.settled()
		})
	}
}

// TestG20RefusedTwinsAndBrokenOnes: what is no item like the others goes back as it was, too: two under one UID, one without any, and two
// in one body.
func TestG20RefusedTwinsAndBrokenOnes(t *testing.T) {
	t.Parallel()
	for _, push := range []bool{false, true} {
		w := newWorld(t, davtest.AcceptsAnything)
		odd := map[string][]byte{
			"t1.ics": event("twin", "One"), "t2.ics": event("twin", "Two"),
			"n.ics": []byte(strings.Replace(string(event("none", "No UID")), "UID:none\r\n", "", 1)),
			"x.ics": []byte(strings.Replace(string(event("two", "Two UIDs")), "END:VEVENT\r\n", "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:other\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260302T100000Z\r\nEND:VEVENT\r\n", 1)),
		}
		for name, body := range odd {
			w.work.Put(name, body)
		}
		for i := range 10 {
			w.work.Put(fmt.Sprintf("%d.ics", i), event(fmt.Sprint(i), "Plain"))
		}
		w.try()
		before, size := w.files(), w.work.Len()
		class := repo.PullDeletions
		if push {
			class = repo.PushDeletions
			for path := range before { // a deletion of twins is not sent anyhow
				if !strings.Contains(path, "/t") {
					w.remove(path)
				}
			}
		} else {
			w.work.Wipe()
		}
		w.try()
		w.refuseAll(class)
		w.try()
		w.sameFiles(before)
		for range 2 {
			w.try()
		}
		w.sameFiles(before)
		if w.work.Len() != size {
			t.Errorf("push %t: %d items there, had %d", push, w.work.Len(), size)
		}
		w.sound()
	}
}

// TestG20RefusedAdditionsAreDeletions: what was new goes from where it is new, which is held as any deletion is, and accepted by another ID.
func TestG20RefusedAdditionsAreDeletions(t *testing.T) {
	t.Parallel()
	for _, class := range []repo.Class{repo.PushAdditions, repo.PullAdditions} {
		w := agreed(t, letters(4))
		w.guard = repo.GuardLimits{PushDeletions: repo.Limit{Least: 5, Percent: 10}, PullDeletions: repo.Limit{Least: 5, Percent: 25}, Additions: repo.Limit{Least: 10, Percent: 100},
			PushChanges: repo.Limit{Least: 99}, PullChanges: repo.Limit{Least: 99}, PullRollback: repo.Limit{Least: 99}, Attendees: repo.Limit{Least: 99}}
		w.now = w.now.Add(25 * 60 * 60 * 1e9)
		for i := range 11 {
			if uid := fmt.Sprintf("new%02d", i); class == repo.PushAdditions {
				w.write("work/"+uid+".ics", event(uid, "New"))
			} else {
				w.work.Put(uid+".ics", event(uid, "New"))
			}
		}
		w.sync()
		w.refuseAll(class)
		w.server.ResetLog()
		w.sync()
		w.wrote("")
		next := map[repo.Class]repo.Class{repo.PushAdditions: repo.PullDeletions, repo.PullAdditions: repo.PushDeletions}[class]
		w.acceptAll(next)
		w.nothingHeld()
		if len(w.files()) != 4 || w.work.Len() != 4 {
			t.Errorf("%s: %d here and %d there are left", class, len(w.files()), w.work.Len())
		}
		w.settled()
	}
}

// TestG20RefusedMeetingsAreNotMailed (G10): the server is not told.
func TestG20RefusedMeetingsAreNotMailed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, uid := range letters(8) {
		w.work.Put(uid+".ics", event(uid, "Meeting", "ORGANIZER:mailto:ada@example.org", "ATTENDEE:mailto:bob@example.org"))
	}
	w.sync()
	before := w.files()
	for _, uid := range letters(3) {
		w.editHere(uid+".ics", "SUMMARY:Another")
	}
	w.server.ResetLog()
	w.sync()
	w.refuseAll(repo.Attendees)
	w.nothingHeld()
	w.wrote("")
	w.sameFiles(before)
	w.settled()
}

// TestG20RefusedIsNotForced: what cannot be written there is set aside, with the reason, and its file stays.
func TestG20RefusedIsNotForced(t *testing.T) {
	t.Parallel()
	w := twelve(t)
	before := w.files()
	w.work.Wipe()
	w.sync()
	w.refuseAll(repo.PullDeletions)
	w.work.SetReadOnly(true)
	w.server.ResetLog()
	for range 2 {
		w.sync()
		w.sameFiles(before)
	}
	if n := len(w.server.Requests()); n == 0 || w.work.Len() != 0 {
		t.Errorf("%d requests, %d items", n, w.work.Len())
	}
	w.wrote("")
	w.work.SetReadOnly(false)
	w.nothingHeld()
	w.wrote("12 PUT")
	w.settled()
}

// TestG20RefusedMeetsATrashBin (F57): a server that takes a UID once gets it again; one that will not have it again for what is in its trash bin
// is not asked in each run, and the files stay.
func TestG20RefusedMeetsATrashBin(t *testing.T) {
	t.Parallel()
	for _, bin := range []bool{false, true} {
		w := newWorld(t, davtest.UIDPerAccount)
		w.work.Fill(1, 12)
		w.sync()
		before := w.files()
		if bin {
			w.server.Set(davtest.TrashBin)
		}
		for _, name := range w.work.List() {
			w.work.Delete(name)
		}
		w.sync()
		w.refuseAll(repo.PullDeletions)
		rem := w.sync()
		w.sameFiles(before)
		if !bin {
			w.settled()
			continue
		}
		if problems := rem.AllProblems(); len(problems) != 12 || !strings.Contains(problems[0].What, "already exists") {
			t.Errorf("it says %+v", problems)
		}
		w.server.ResetLog()
		w.sync()
		w.wrote("")
		w.sameFiles(before)
	}
}

// lacks checks that an item has no such line on a side.
func (w *world) lacks(side, name, line string) {
	w.t.Helper()
	body := []byte(nil)
	if side == "here" {
		body = []byte(w.read("work/" + name))
	} else {
		body, _ = w.work.Get(name)
	}
	if strings.Contains(string(body), line) {
		w.t.Errorf("%s has %s %s", name, line, side)
	}
}
