package repo_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"vgit/remote/davtest"
)

// TestP50ChangeInTheSecondOfTheToken: where tokens are whole seconds, a change in the second of the last look or write moves no token. It is found by
// the next run, and the one after costs one request again.
func TestP50ChangeInTheSecondOfTheToken(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]davtest.Option{
		"reports": {davtest.SecondGranularTokens}, "listings": {davtest.SecondGranularTokens, davtest.NoSyncCollection},
		"SOGo": {davtest.SecondGranularTokens, davtest.SkipsOwnSecond},
	} {
		for _, pushing := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " after a push ", pushing), func(t *testing.T) {
				t.Parallel()
				clock := time.Now()
				w := agreed(t, letters(4), append(opts, davtest.Clock(func() time.Time { return clock }))...)
				pass := func(d time.Duration) { clock = clock.Add(d); w.now = clock }
				pass(time.Minute)
				w.sync()
				pass(time.Minute)
				if pushing {
					w.write("work/i03.ics", event("i03", "Here"))
				} else {
					w.put(w.work, "i03", "There")
				}
				w.sync()
				w.put(w.work, "i00", "In the same second") // the clocks stand still
				w.work.Delete("i01.ics")
				pass(time.Minute)
				w.sync()
				w.equal()
				if !strings.Contains(w.read("work/i00.ics"), "In the same second") || len(w.here("work")) != 3 {
					t.Errorf("here %q", titles(w.here("work")))
				}
				pass(time.Minute)
				w.sync()
				w.settled()
			})
		}
	}
}

// TestP50ReportLeavesOutTheSecondOfTheToken: a token that a listing was taken with may stand for less than its second held, and a report since it
// leaves that second out (SOGo). What came in that second is found by the next run, be it that something came later too or not, that run
// began right away or not, and that the one before was killed or not; the runs after it cost what they cost elsewhere.
func TestP50ReportLeavesOutTheSecondOfTheToken(t *testing.T) {
	t.Parallel()
	for _, later := range []bool{false, true} {
		for _, killed := range []bool{false, true} {
			t.Run(fmt.Sprintf("another later %v killed %v", later, killed), func(t *testing.T) {
				t.Parallel()
				clock := time.Now().Truncate(time.Second) // so that 900 ms later it is that second still
				w := agreed(t, letters(4), davtest.SecondGranularTokens, davtest.SkipsOwnSecond, davtest.Clock(func() time.Time { return clock }))
				pass := func(d time.Duration) { clock = clock.Add(d); w.now = clock }
				pass(8 * 24 * time.Hour) // a complete listing is due
				ended := w.read(".git/vgit/last-server")
				w.put(w.work, "i03", "There")
				w.sync()
				if killed {
					w.write(".git/vgit/last-server", []byte(ended))
				}
				w.put(w.work, "i00", "In the same second") // the clocks stand still
				w.work.Delete("i01.ics")
				if killed {
					pass(900 * time.Millisecond)
					w.sync()
					w.put(w.work, "i02", "There, too") // in that very second still
				}
				pass(time.Minute)
				if later {
					w.put(w.work, "i03", "Later")
				}
				w.sync()
				w.equal()
				if !strings.Contains(w.read("work/i00.ics"), "In the same second") || len(w.here("work")) != 3 {
					t.Errorf("here %q", titles(w.here("work")))
				}
				for range 2 { // a listing each: of the token that moved, and of the one that it moved to
					pass(time.Minute)
					w.sync()
				}
				w.settled()
				w.put(w.work, "i02", "At last")
				pass(time.Minute)
				w.server.ResetLog()
				w.sync()
				w.equal()
				if got := w.listings(); got != "REPORT" {
					t.Errorf("a change since a token that is in no doubt is asked for by %q", got)
				}
				pass(time.Minute)
				w.server.ResetLog()
				w.sync()
				if got := w.listings(); got != "PROPFIND" {
					t.Errorf("the second of that change is asked about by %q", got)
				}
				w.settled()
			})
		}
	}
}

// listings are the methods of the requests that asked what the calendar holds.
func (w *world) listings() string {
	var asked []string
	for _, r := range w.server.Requests() {
		if strings.HasSuffix(r.Path, "/work/") && (r.Method == "PROPFIND" || bytes.Contains(r.Body, []byte("sync-collection"))) {
			asked = append(asked, r.Method)
		}
	}
	return strings.Join(asked, " ")
}
