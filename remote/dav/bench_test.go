package dav_test

import (
	"testing"

	"vgit/remote"
	"vgit/remote/dav"
)

func quick(o *dav.Options) { o.Auth = "basic" }

// BenchmarkNoOp is what a sync costs that finds nothing new: one request for the account.
func BenchmarkNoOp(b *testing.B) {
	a := start(b)
	a.cal.Fill(1, 5000)
	r := a.remote(b, remote.Calendar, quick)
	acc, err := r.Look(b.Context(), remote.Binding{})
	if err != nil {
		b.Fatal(err)
	}
	a.server.ResetLog()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		now, err := r.Look(b.Context(), acc.Binding)
		if err != nil || now.Collections[0].Token != acc.Collections[0].Token {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(a.server.Count())/float64(n), "requests/op")
}

// BenchmarkChangesNothing asks a collection of 5,000 for changes, and there are none.
func BenchmarkChangesNothing(b *testing.B) {
	a := start(b)
	a.cal.Fill(1, 5000)
	r := a.remote(b, remote.Calendar, quick)
	acc, err := r.Look(b.Context(), remote.Binding{})
	if err != nil {
		b.Fatal(err)
	}
	c := r.Open(acc.Collections[0])
	ch, err := c.Changes(b.Context(), remote.State{})
	if err != nil || len(ch.Members) != 5000 {
		b.Fatal(err)
	}
	a.server.ResetLog()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		if ch, err = c.Changes(b.Context(), seen(ch)); err != nil || len(ch.Members) != 0 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(a.server.Count())/float64(n), "requests/op")
}

// BenchmarkFirstDownload lists and reads 5,000 events of about 1 kB. Server and client share the processors.
func BenchmarkFirstDownload(b *testing.B) {
	a := start(b)
	a.cal.Fill(1, 5000)
	b.ReportAllocs()
	requests := 0
	for b.Loop() {
		a.server.ResetLog()
		r := a.remote(b, remote.Calendar, quick)
		acc, err := r.Look(b.Context(), remote.Binding{})
		if err != nil {
			b.Fatal(err)
		}
		c := r.Open(acc.Collections[0])
		ch, err := c.Changes(b.Context(), remote.State{})
		if err != nil {
			b.Fatal(err)
		}
		hrefs := make([]remote.Href, len(ch.Members))
		for i, m := range ch.Members {
			hrefs[i] = m.Href
		}
		got := 0
		err = c.Fetch(b.Context(), hrefs, func(r remote.Resource) error {
			if r.Err == nil {
				got += len(r.Body)
			}
			return r.Err
		})
		if err != nil || got < 4_000_000 {
			b.Fatal(got, err)
		}
		b.SetBytes(int64(got))
		requests = a.server.Count()
	}
	b.ReportMetric(float64(requests), "requests/op")
}
