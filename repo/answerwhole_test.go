package repo_test

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
)

// directoryGone is a vdir of which one directory, with a property file in it, was removed as a whole.
func directoryGone(t *testing.T) (w *world, files map[string][]byte) {
	t.Helper()
	w = twelve(t)
	w.write("work/color", []byte("#ff0000\n"))
	w.sync()
	files = w.files()
	must(t, os.RemoveAll(filepath.Join(w.dir, "work")))
	w.server.ResetLog()
	rem := w.sync()
	if len(rem.Plan.Holds) != 1 || len(rem.Plan.Steps) != 1 || len(rem.Plan.Holds[0].States) != 12 {
		t.Fatalf("held is %+v by %d steps, want one hold on twelve items", rem.Plan.Holds, len(rem.Plan.Steps))
	}
	w.wrote("")
	return w, files
}

// TestG12AcceptedDirectoryIsDeletedThere: the items go, each for itself; the collection stays, and a directory for it.
func TestG12AcceptedDirectoryIsDeletedThere(t *testing.T) {
	t.Parallel()
	w, _ := directoryGone(t)
	w.acceptAll(repo.DirectoryGone)
	w.nothingHeld()
	w.wrote("12 DELETE")
	w.nothingHeld()
	w.settled()
	if _, err := os.Stat(filepath.Join(w.dir, "work")); err != nil {
		t.Errorf("the collection that is still there has no directory: %v", err)
	}
	w.work.Put("new.ics", event("new", "New"))
	w.sync()
	w.settled()
}

// TestG12RefusedDirectoryComesBack: with all its files, byte for byte, and nothing is sent.
func TestG12RefusedDirectoryComesBack(t *testing.T) {
	t.Parallel()
	w, files := directoryGone(t)
	w.refuseAll(repo.DirectoryGone)
	w.nothingHeld()
	w.wrote("")
	w.sameFiles(files)
	if got := w.read("work/color"); got != "#ff0000\n" {
		t.Errorf("its colour is %q", got)
	}
	w.settled()
}

// TestG20DirectoryIsBackBeforeTheAnswerIsCarriedOut: what was put back by hand is not deleted, neither here nor there.
func TestG20DirectoryIsBackBeforeTheAnswerIsCarriedOut(t *testing.T) {
	t.Parallel()
	w, files := directoryGone(t)
	w.acceptAll(repo.DirectoryGone)
	for name, body := range files {
		w.write(name, body)
	}
	w.write("work/color", []byte("#ff0000\n"))
	w.nothingHeld()
	w.wrote("")
	w.sameFiles(files)
	w.settled()
	must(t, os.RemoveAll(filepath.Join(w.dir, "work"))) // and the old answer counts no more
	w.hold(repo.DirectoryGone)
}

// collectionGone is a vdir with two collections, of which one was removed on the server.
func collectionGone(t *testing.T) (w *world, files map[string][]byte) {
	t.Helper()
	w = twelve(t)
	w.home = w.server.AddCalendar("ada", "home", davtest.Props{})
	w.home.Put("h.ics", event("h", "Home"))
	w.sync()
	files = w.files()
	w.work.Remove()
	w.sync()
	w.server.ResetLog()
	return w, files
}

// TestG12AcceptedCollectionLeavesTheVdir: but for what was edited here since; that is only here from then on.
func TestG12AcceptedCollectionLeavesTheVdir(t *testing.T) {
	t.Parallel()
	w, _ := collectionGone(t)
	edited := w.paths()[0]
	w.editHere(filepath.Base(edited), "SUMMARY:Edited")
	w.acceptAll(repo.CollectionGone)
	rem := w.sync()
	if now := w.paths(); len(now) != 1 || now[0] != edited {
		t.Errorf("left are %q, want %s", now, edited)
	}
	if len(rem.Plan.Holds) != 1 || rem.Plan.Holds[0].Class != repo.NewCollection {
		t.Errorf("held is %+v, want that the rest is only here", rem.Plan.Holds)
	}
	w.wrote("")
	w.remove(edited)
	w.nothingHeld()
	w.sound()
	w.quiet()
}

// TestG12RefusedCollectionIsMadeAgain: it is on the server again, with all that it had, by one write each.
func TestG12RefusedCollectionIsMadeAgain(t *testing.T) {
	t.Parallel()
	w, files := collectionGone(t)
	w.refuseAll(repo.CollectionGone)
	w.nothingHeld()
	w.wrote("1 MKCALENDAR, 12 PUT")
	w.sameFiles(files)
	w.work = w.server.Collection("ada", "work")
	if w.work == nil {
		t.Fatal("the calendar is not there")
	}
	w.settled()
	if w.home.Len() != 1 {
		t.Error("the other one was touched")
	}
}

// TestG20NewCollection: accepted it is made, whatever was put into it since; refused it stays here only, and nobody is asked again.
func TestG20NewCollection(t *testing.T) {
	t.Parallel()
	for _, refuse := range []bool{false, true} {
		w := twelve(t)
		w.write("club/a.ics", event("a", "A"))
		w.sync()
		id := w.hold(repo.NewCollection).ID
		w.write("club/b.ics", event("b", "B"))
		if now := w.hold(repo.NewCollection).ID; now != id {
			t.Errorf("an item more is another hold: %s, %s", id, now)
		}
		must(t, w.answer(id, refuse))
		w.server.ResetLog()
		for range 3 {
			w.nothingHeld()
		}
		club := w.server.Collection("ada", "club")
		if refuse {
			w.wrote("")
			w.write("club/c.ics", event("c", "C"))
			w.nothingHeld()
			if club != nil {
				t.Error("a collection was made that was refused")
			}
			continue
		}
		w.wrote("1 MKCALENDAR, 2 PUT")
		if club == nil || club.Len() != 2 {
			t.Errorf("the collection has %v", club)
		}
		if list := w.git("ls-tree", "-r", "--name-only", "refs/vgit/server/base"); len(maps.Collect(maps.All(w.there(club)))) != 2 || len(list) == 0 {
			t.Errorf("%s", list)
		}
	}
}
