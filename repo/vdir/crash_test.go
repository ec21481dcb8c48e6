package vdir_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"vgit/repo/disk"
	"vgit/repo/disk/disktest"
	"vgit/repo/vdir"
)

// checkCrash looks at what a crash left: each file is old or new in whole, or, of an update or a removal that was cut
// short, what it held is with Sweep. It then does what the caller of Sweep does, and runs the writes again, as a
// next sync would: after that the vdir is as if nothing had happened.
func checkCrash(t *testing.T, w *world, when string, files map[string]string, writes []vdir.Write, torn bool) {
	t.Helper()
	left, err := w.dir.Sweep()
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	known := map[string]bool{}
	for _, l := range left {
		i := -1
		for k, wr := range writes {
			if wr.Path == l.Target {
				i = k
			}
		}
		if i < 0 || l.Err != nil {
			t.Errorf("%s: leftover %+v of nothing that was written", when, l)
			continue
		}
		wr := writes[i]
		switch body := string(l.Body); {
		case body == string(wr.Old) && !wr.OldAbsent, body == string(wr.New) && !wr.Remove:
		case strings.HasPrefix(string(wr.New), body), torn: // its name it has not got yet
			if now, err := os.ReadFile(w.full(l.Target)); err == nil && string(now) != string(wr.Old) {
				t.Errorf("%s: %s is %.20q and its leftover is torn", when, l.Target, now)
			}
		default:
			t.Errorf("%s: leftover %s holds %.20q", when, l.Path, body)
		}
		known[l.Path] = true
		if err := w.dir.Discard(l.Path); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	checkHalf(t, w, when, files, writes, nil)
	for name := range w.files() {
		if strings.Contains(name, ".vgit-") {
			t.Errorf("%s: %s was not found by Sweep", when, name)
		}
	}
	res, err := w.dir.Apply(context.Background(), writes)
	if err != nil {
		t.Fatalf("%s: once more: %v", when, err)
	}
	wantDone(t, res, strings.Repeat("y", len(writes)))
}

// K9, K10, K11: a kill at each durable operation.
func TestK9K10K11KillAtEveryOperation(t *testing.T) {
	t.Parallel()
	for _, more := range []int{0, 10} { // fsyncs, syncfs
		files, writes := applyCase(more)
		dry := newWorld(t, files)
		dry.apply(writes...)
		end := dry.files()
		for n := 1; n <= dry.disk.Durable(); n++ {
			w := newWorld(t, files)
			w.disk.KillAt(n)
			_, err := w.dir.Apply(context.Background(), writes)
			log := w.disk.Log()
			when := fmt.Sprintf("killed at %d of %d", n, dry.disk.Durable())
			if !errors.Is(err, disktest.ErrKilled) {
				t.Fatalf("%s: %v", when, err)
			}
			if len(log) == 0 {
				t.Fatal("no log")
			}
			w.open()
			checkCrash(t, w, when, files, writes, false)
			w.wantFiles(end)
		}
	}
}

// The same with the power lost: what was not synced is there in part, in any order.
func TestPowerLossAtEveryOperation(t *testing.T) {
	t.Parallel()
	for more, seeds := range map[int]uint64{0: 4, 10: 1} { // fsyncs, syncfs
		files, writes := applyCase(more)
		dry := newWorld(t, files)
		dry.apply(writes...)
		end := dry.files()
		before := t.TempDir()
		must(t, disktest.Copy(newWorld(t, files).path, before))
		log := dry.disk.Log()
		for cut := range len(log) + 1 {
			if cut < len(log) && log[cut].N == 0 {
				continue // nothing changed since the cut before
			}
			for seed := range seeds {
				w := &world{t: t, path: t.TempDir()}
				must(t, disktest.Copy(before, w.path))
				must(t, disktest.Replay(log[:cut], seed*1000+uint64(cut), w.path))
				w.open()
				when := fmt.Sprintf("power lost after %d of %d, seed %d", cut, len(log), seed)
				if cut == len(log) {
					w.wantFiles(end)
				}
				checkCrash(t, w, when, files, writes, true)
				w.wantFiles(end)
				if t.Failed() {
					return
				}
				must(t, os.RemoveAll(w.path))
			}
		}
	}
}

// K10 with an edit: killed right after an exchange that brought out what the user saved in that moment.
func TestK10UsersSaveIsInALeftover(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"c/a.ics": "old"})
	w.disk.Before(func(op disktest.Op) error {
		if op.Kind == disktest.Exchange {
			w.write("c/a.ics", "user's")
		}
		return nil
	})
	w.disk.After(func(op disktest.Op) {
		if op.Kind == disktest.Exchange {
			w.disk.KillAt(op.N + 1)
		}
	})
	if _, err := w.dir.Apply(context.Background(), []vdir.Write{update("c/a.ics", "old", "new")}); !errors.Is(err, disktest.ErrKilled) {
		t.Fatal(err)
	}
	w.open()
	left, err := w.dir.Sweep()
	if err != nil || len(left) != 1 || left[0].Target != "c/a.ics" || string(left[0].Body) != "user's" {
		t.Fatalf("Sweep = %+v, %v", left, err)
	}
	// Scan finds the same, and takes it for no item.
	s := w.scan(calendars, nil)
	if len(s.Leftovers) != 1 || s.Leftovers[0].Path != left[0].Path || string(s.Leftovers[0].Body) != "user's" {
		t.Errorf("Scan found %+v", s.Leftovers)
	}
	if len(s.Files) != 1 || len(s.Odd) != 0 {
		t.Errorf("Scan: %v, %v", s.Files, s.Odd)
	}
	// The caller takes it for the edit that it is.
	wantDone(t, w.apply(update("c/a.ics", "new", string(left[0].Body))), "y")
	must(t, w.dir.Discard(left[0].Path))
	w.wantFiles(map[string]string{"c/a.ics": "user's"})
}

func TestSweepAndDiscardTouchNothingElse(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		".vgit-abcdefgh-top.ics.tmp": "1", "c/.vgit-abcdefgh-a.ics.tmp": "2", "c/.vgit-short.tmp": "3", "c/.vgit-abcdefgh-.tmp": "4",
		"c/a.ics": "a", "c/x.tmp": "x", "c/.vgit-note": "n", ".git/.vgit-abcdefgh-g.tmp": "g", "c/vgit-abcdefgh-a.tmp": "v",
	}
	w := newWorld(t, files)
	must(t, os.Symlink("a.ics", w.full("c/.vgit-abcdefgh-link.tmp")))
	left, err := w.dir.Sweep()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, l := range left {
		got[l.Path] = l.Target + " " + string(l.Body)
		if (l.Err != nil) != strings.Contains(l.Path, "link") {
			t.Errorf("%s: %v", l.Path, l.Err)
		}
	}
	want := map[string]string{
		".vgit-abcdefgh-top.ics.tmp": "top.ics 1", "c/.vgit-abcdefgh-a.ics.tmp": "c/a.ics 2", "c/.vgit-short.tmp": " 3",
		"c/.vgit-abcdefgh-.tmp": " 4", "c/.vgit-abcdefgh-link.tmp": "c/link ",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("Sweep = %v\nwant %v", got, want)
	}
	for _, name := range []string{"c/a.ics", "c/x.tmp", "c/.vgit-note", "../.vgit-abcdefgh-x.tmp"} {
		if err := w.dir.Discard(name); err == nil {
			t.Errorf("Discard(%q) succeeded", name)
		}
	}
	for name := range want {
		must(t, w.dir.Discard(name))
		must(t, w.dir.Discard(name)) // gone already
		delete(files, name)
	}
	w.wantFiles(files)
}

// S6: somebody swaps the collection, and a file in it, with links that lead out, as quickly as possible. Nothing outside
// is ever read or written.
func TestS6SwappedWithLinks(t *testing.T) {
	t.Parallel()
	const rounds = 150
	w := newWorld(t, map[string]string{"c/a.ics": "0", "spare/a.ics": "spare"})
	outside := t.TempDir()
	canary := map[string]string{"a.ics": "canary", "b.ics": "canary"}
	for name, body := range canary {
		must(t, os.WriteFile(filepath.Join(outside, name), []byte(body), 0o600))
	}
	must(t, os.Symlink(outside, w.full(".link")))
	must(t, os.Symlink(filepath.Join(outside, "a.ics"), w.full(".filelink")))
	swapper, err := disk.Open(w.path)
	must(t, err)
	defer swapper.Close()
	if err := swapper.Exchange("c", ".link"); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("no exchange here")
	}
	must(t, swapper.Exchange("c", ".link"))

	stop := make(chan struct{})
	var swapping sync.WaitGroup
	swapping.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				swapper.Exchange("c", ".link")
				swapper.Exchange("spare/a.ics", ".filelink")
			}
		}
	})
	for i := range rounds {
		s, err := w.dir.Scan(context.Background(), calendars, nil)
		if err == nil {
			for _, f := range s.Files {
				if bytes.Contains(f.Body, []byte("canary")) {
					t.Errorf("read %s through a link", f.Path)
				}
			}
		}
		old := fmt.Sprint(i)
		w.dir.Apply(context.Background(), []vdir.Write{
			{Path: "c/a.ics", Old: []byte("canary"), New: []byte("damage")}, {Path: "c/b.ics", Old: []byte("canary"), Remove: true},
			creation("c/n"+old+".ics", "new"), {Path: "spare/a.ics", Old: []byte("canary"), New: []byte("damage")},
		})
		w.dir.Sweep()
	}
	close(stop)
	swapping.Wait()
	if got := tree(t, outside); fmt.Sprint(got) != fmt.Sprint(canary) {
		t.Errorf("outside: %v", got)
	}
}
