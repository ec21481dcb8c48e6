package repo_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"vgit/merge"
	"vgit/repo"
	"vgit/repo/disk/disktest"
)

// TestResolveKilled (K28): wherever a run dies that takes down an answer, the answer is there in whole or not at all, nothing else is touched,
// and once more does it.
func TestResolveKilled(t *testing.T) {
	t.Parallel()
	answered, open := 0, 0
	for n, last := 1, false; ; n++ { // the last time at the last step of all, as how many there are is not always the same
		w := agreed(t, []string{"a", "b"})
		w.editHere("a.ics", "SUMMARY:Ours")
		w.editHere("a.ics", "LOCATION:Ours")
		w.editThere("a.ics", "SUMMARY:Theirs")
		w.editThere("a.ics", "LOCATION:Theirs")
		w.sync()
		w.editHere("b.ics", "SUMMARY:Not recorded yet")
		d := disktest.New(filepath.Dir(w.dir))
		died := false
		d.Before(func(op disktest.Op) error {
			ends := strings.HasSuffix(op.Name, "/vgit/holder") && op.Kind == disktest.Remove
			if died = died || !last && op.N >= n || last && ends; died {
				return disktest.ErrKilled
			}
			return nil
		})
		w.disk = d.Open
		choices := map[string]merge.Choice{"summary": merge.TakeLocal, "place": merge.TakeRemote}
		answer := func() error {
			r, err := repo.Open(w.options(), true)
			if err != nil {
				return err
			}
			defer r.Close()
			list, err := r.Waiting(context.Background(), repo.Request{Remotes: []repo.Remote{w.remote()}})
			if err != nil || len(list) == 0 {
				return err
			}
			return r.Resolve(context.Background(), list[0], repo.Resolution{Choices: choices})
		}
		err := answer()
		w.revive()
		if !died {
			must(t, err)
		}
		w.has("here", "a.ics", "SUMMARY:Ours", "LOCATION:Ours")
		switch got := conflicts(w.sync()); got {
		case "":
			answered++
		case "place, summary", "summary, place":
			open++
			w.resolve(choices)
			w.decided(w.sync())
		default:
			t.Errorf("killed at %d: %q waits", n, got)
		}
		w.has("there", "a.ics", "SUMMARY:Ours", "LOCATION:Theirs")
		w.has("there", "b.ics", "SUMMARY:Not recorded yet")
		w.settled()
		if last {
			if !died {
				t.Error("nobody was killed at the last step")
			}
			break
		}
		last = !died
	}
	if answered < 2 || open == 0 {
		t.Errorf("%d answers were taken down, %d were not", answered, open)
	}
}
