package repo_test

import (
	"context"
	"errors"
	"testing"

	"vgit/repo"
)

// status is what is known without the server.
func (w *world) status() *repo.RemoteReport {
	w.t.Helper()
	r, err := repo.Open(w.options(), true)
	must(w.t, err)
	defer r.Close()
	report, err := r.Status(context.Background(), repo.Request{DryRun: true, Remotes: []repo.Remote{w.remote()}})
	must(w.t, err)
	return report.Remotes[0]
}

// TestStatusOfWhatIsPutBack: what a person put back is counted until the server has it, whatever else was edited, and an edit that was cut short
// is told of until it is finished.
func TestStatusOfWhatIsPutBack(t *testing.T) {
	t.Parallel()
	w, edit := startEdit(t)
	if s := w.status(); s.PutBack != 0 || s.CutShort {
		t.Errorf("before anything: %d put back, cut short: %v", s.PutBack, s.CutShort)
	}
	died := errors.New("it ends here")
	w.at = func(p repo.Point) {
		if p == repo.AtEditBegun {
			panic(died)
		}
	}
	func() {
		defer func() {
			if recover() != died {
				t.Error("it did not come to write anything")
			}
		}()
		_ = edit()
	}()
	w.at = nil
	before := w.everything()
	if s := w.status(); !s.CutShort || s.PutBack == 0 {
		t.Errorf("after a run that died: %d put back, cut short: %v", s.PutBack, s.CutShort)
	}
	if changed := changedFiles(before, w.everything()); len(changed) > 0 {
		t.Errorf("status wrote %q", changed)
	}
	must(t, edit())
	if s := w.status(); s.CutShort || s.PutBack != 5 {
		t.Errorf("after the edit: %d put back, cut short: %v", s.PutBack, s.CutShort)
	}
	w.sync()
	if s := w.status(); s.PutBack != 0 {
		t.Errorf("after the sync: %d put back", s.PutBack)
	}
}
