package davtest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
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
