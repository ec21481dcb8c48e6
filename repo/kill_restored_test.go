package repo_test

import (
	"bytes"
	"fmt"
	"testing"

	"vgit/repo"
)

// TestRestoredSyncKilled (K1 to K26): wherever a sync dies that sends what a person had put back, the next ones bring it to the same end: the files
// have their old bytes, the server has them once, under one number, and an item that was taken away is gone.
func TestRestoredSyncKilled(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T, account string) (w *world, want map[string][]byte) {
		w = agreed(t, letters(8), accounts[account])
		w.lines = 1
		want = w.files()
		w.editThere("i00.ics", "SUMMARY:Changed")
		w.editThere("i00.ics", "SEQUENCE:6")
		w.work.Put("i09.ics", event("i09", "New there"))
		w.sync()
		w.work.Delete("i02.ics")
		w.sync()
		w.putBack(map[string][]byte{"work/i00.ics": want["work/i00.ics"], "work/i02.ics": want["work/i02.ics"], "work/i09.ics": nil})
		return w, want
	}
	names := []string{"keeping", "rewriting", "dropping", "no etags", "uid unique"}
	w, _ := start(t, names[0])
	counts := w.passes(deaths)
	for i, k := range deaths {
		if counts[i] == 0 {
			continue
		}
		n := 1 + i%counts[i]
		t.Run(fmt.Sprintf("%s/%d", k, n), func(t *testing.T) {
			t.Parallel()
			w, want := start(t, names[i%len(names)])
			k.arm(w, n)
			w.try()
			w.revive()
			allow := func(q *repo.Request) { q.AllowDeletes = 9 }
			w.sync(allow)
			w.sync(allow)
			w.sameFiles(want)
			there := w.there(w.work)
			if len(there) != 8 || !bytes.Contains(there["i00"], []byte("SEQUENCE:7\r\n")) || !bytes.Contains(there["i02"], []byte("SEQUENCE:1\r\n")) {
				t.Errorf("the server has %d items, and\n%s\n%s", len(there), there["i00"], there["i02"])
			}
			w.remembered(false)
			w.settled()
		})
	}
}
