package repo_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"vgit/remote/davtest"
	"vgit/repo"
)

// TestEndWaitsTenSecondsForAnAnswer: a run that is told to end gives the requests under way, and the questions about them, ten seconds in
// all, however long the server may take. What is not known then is found out by the next run.
func TestEndWaitsTenSecondsForAnAnswer(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"PUT", "GET", "REPORT"} { // the write, what reads back, what asks for the next token
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a"})
			w.write("work/a.ics", event("a", "Edited here"))
			var mu sync.Mutex
			var slept []time.Duration
			w.set = func(o *repo.Options) {
				o.Sleep = func(_ context.Context, d time.Duration) error {
					mu.Lock()
					defer mu.Unlock()
					slept = append(slept, d)
					return nil
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			over := make(chan struct{})
			hold := func() { cancel(); <-over }
			if method == "PUT" {
				w.server.On(davtest.Match{Method: method}).Before().Call(hold)
			} else {
				w.server.On(davtest.Match{Method: "PUT"}).Call(func() { w.server.On(davtest.Match{Method: method}).Before().Call(hold) })
			}
			r, err := repo.Open(w.options(), false)
			must(t, err)
			_, _ = r.Sync(ctx, repo.Request{Remotes: []repo.Remote{w.remote()}})
			must(t, r.Close())
			close(over)
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(slept, []time.Duration{10 * time.Second}) {
				t.Errorf("waited %v", slept)
			}
			w.server.ClearFaults()
			w.sync()
			w.settled()
			if n := w.work.Len(); n != 1 {
				t.Errorf("%d items", n)
			}
		})
	}
}
