package repo_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"vgit/repo/disk/disktest"
)

// TestPowerLossInASync (K1 to K26 with power loss): the machine stops at a durable operation, and of what was not made durable some, all or
// nothing is on disk afterwards, files torn included. The server keeps what it had carried out by then. The next sync
// brings both sides to the same end; nothing waits, nothing is lost or doubled.
func TestPowerLossInASync(t *testing.T) {
	t.Parallel()
	for _, sc := range scenes {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			w, d := sc.start(t, nil)
			w.sync()
			for n := range points(d.Durable(), casesEach) {
				for _, seed := range []uint64{0, uint64(n) + 2} {
					t.Run(fmt.Sprintf("%d/%d", n, seed), func(t *testing.T) {
						w, d := sc.start(t, nil)
						after := memory(t)
						must(t, disktest.Copy(filepath.Dir(w.dir), after))
						d.KillAt(n)
						w.try()
						must(t, disktest.Replay(d.Log(), seed, after))
						w.dir, w.state = filepath.Join(after, "calendars"), filepath.Join(after, "state")
						sc.healed(w)
					})
				}
			}
		})
	}
}
