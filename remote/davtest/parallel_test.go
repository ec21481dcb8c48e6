package davtest

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Many clients, the second client, switches and faults at once: every update was conditional, so none is lost.
func TestParallelClients(t *testing.T) {
	b := start(t)
	b.http.Timeout = 0
	b.cal.Put("n.ics", []byte(event("n", "0")))
	const clients, rounds = 8, 15
	var wg sync.WaitGroup
	for i := range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := range rounds {
				increment(b)
				own := fmt.Sprintf("%sown-%d-%d.ics", calPath, i, k)
				if r := b.ask("PUT", own, event(own, "x"), "If-None-Match: *"); r.status != 201 {
					t.Errorf("%s: %d %v", own, r.status, r.err)
				}
				b.ask("REPORT", calPath, syncBody("", ""))
				b.ask("PROPFIND", calPath, "", "Depth: 1")
			}
		}()
	}
	wg.Add(1)
	go func() {
		defer wg.Done()
		for i := range rounds {
			b.s.Set(Page(1 + i))
			f := b.s.On(Match{Method: "PROPFIND"}).Call(func() { b.cal.Put("other.ics", []byte(event("o", "x"))) })
			b.card.Fill(1, 3)
			b.card.Wipe()
			b.card.Restore(b.card.Backup())
			b.s.Requests()
			b.s.Stored()
			f.Remove()
		}
	}()
	wg.Wait()
	body, _ := b.cal.Get("n.ics")
	equal(t, "count", summary(string(body)), itoa(clients*rounds))
	b.cal.Delete("other.ics")
	equal(t, "items", b.cal.Len(), 1+clients*rounds)
	equal(t, "PROPFINDs", b.s.Count("PROPFIND"), clients*rounds)
}

// increment counts up in an item, and tries again when somebody else was faster.
func increment(b *box) {
	for {
		r := b.ask("GET", calPath+"n.ics", "")
		var n int
		fmt.Sscan(summary(r.body), &n)
		if b.ask("PUT", calPath+"n.ics", event("n", itoa(n+1)), "If-Match: "+r.header.Get("ETag")).status == 204 {
			return
		}
	}
}

func summary(body string) string {
	_, s, _ := strings.Cut(body, "SUMMARY:")
	s, _, _ = strings.Cut(s, "\r\n")
	return s
}

// stop ends what is under way, and may be called twice.
func TestStop(t *testing.T) {
	t.Parallel()
	s := New(OpenTo("alice"))
	s.AddCalendar("alice", "cal", Props{})
	url, stop := s.Start()
	inside := make(chan struct{})
	s.On(Match{}).Call(func() { close(inside) })
	s.On(Match{}).Delay(time.Hour)
	failed := make(chan error)
	transport := &http.Transport{}
	go func() {
		resp, err := (&http.Client{Transport: transport}).Get(url)
		if err == nil {
			resp.Body.Close()
		}
		failed <- err
	}()
	<-inside
	stop()
	stop()
	if <-failed == nil {
		t.Error("an answer after the end")
	}
	transport.CloseIdleConnections()
	if _, err := http.Get(url); err == nil {
		t.Error("the port is still open")
	}
}
