package repo_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vgit/repo"
)

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
