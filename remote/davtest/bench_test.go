package davtest

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// sink is a client that throws everything away.
type sink struct {
	header http.Header
	status int
	n      int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(p []byte) (int, error) { s.n += len(p); return len(p), nil }

// serveTo answers one request without a network.
func serveTo(b *testing.B, s *Server, method, path, body string, headers ...string) *sink {
	r, err := http.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	r.Body = io.NopCloser(strings.NewReader(body))
	out := &sink{header: http.Header{}}
	s.ServeHTTP(out, r)
	if out.status/100 != 2 {
		b.Fatalf("%s %s: %d", method, path, out.status)
	}
	return out
}

// The server's own cost of what clients are measured by.
func BenchmarkServer(b *testing.B) {
	s := New(OpenTo("alice"))
	s.KeepLog(10)
	c := s.AddCalendar("alice", "cal", Props{})
	c.Fill(1, 50_000)
	var hrefs []string
	for _, name := range c.List()[:1000] {
		hrefs = append(hrefs, c.Href(name))
	}
	listing := props("propfind", []string{"d:getetag", "d:getcontentlength", "d:getlastmodified"})
	for _, bc := range []struct {
		name, method, body, depth string
	}{
		{"home", "PROPFIND", props("propfind", []string{"d:sync-token", "cs:getctag", "d:resourcetype"}), "0"},
		{"listing50000", "PROPFIND", listing, "1"},
		{"sync50000", "REPORT", syncBody("", ""), "0"},
		{"syncNothing", "REPORT", syncBody(c.Token(), ""), "0"},
		{"multiget1000", "REPORT", multigetBody("cal", hrefs...), "0"},
	} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				out := serveTo(b, s, bc.method, calPath, bc.body, "Depth: "+bc.depth)
				b.SetBytes(int64(out.n))
			}
		})
	}
	b.Run("put", func(b *testing.B) {
		b.ReportAllocs()
		body := string(Event(1, 1))
		for b.Loop() {
			serveTo(b, s, "PUT", calPath+EventUID(1, 1)+".ics", body)
		}
	})
}
