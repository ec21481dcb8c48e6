package davtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const aPath = calPath + "a.ics"

// F1: the answer is lost, before or after the server did what it was asked.
func TestF1LostAnswers(t *testing.T) {
	for _, tc := range []struct {
		name    string
		fault   func(*Fault) *Fault
		applied bool
	}{
		{"drop before", func(f *Fault) *Fault { return f.Before().Drop() }, false},
		{"drop after", func(f *Fault) *Fault { return f.After().Drop() }, true},
		{"reset before", func(f *Fault) *Fault { return f.Before().Reset() }, false},
		{"reset after", func(f *Fault) *Fault { return f.After().Reset() }, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := start(t)
			f := tc.fault(b.s.On(Match{Method: "PUT", N: 1}))
			r := b.ask("PUT", aPath, event("a", "x"))
			if r.err == nil {
				t.Fatalf("an answer: %d", r.status)
			}
			equal(t, "a reset", errors.Is(r.err, syscall.ECONNRESET), strings.HasPrefix(tc.name, "reset"))
			equal(t, "applied", b.cal.Len() == 1, tc.applied)
			equal(t, "hits", f.Hits(), 1)
			equal(t, "status in the log", b.s.Requests()[0].Status, 0)
			want := 201
			if tc.applied {
				want = 204
			}
			b.want(want, "PUT", aPath, event("a", "x"))
			equal(t, "hits", f.Hits(), 1)
		})
	}
}

// F3: a proxy delivers a PUT twice; the client sees either answer.
func TestF3Repeat(t *testing.T) {
	for answer, want := range map[int]int{1: 201, 2: 412} {
		t.Run(itoa(want), func(t *testing.T) {
			b := start(t)
			b.s.On(Match{Method: "PUT"}).Repeat(answer)
			b.want(want, "PUT", aPath, event("a", "x"), "If-None-Match: *")
			equal(t, "items", b.cal.Len(), 1)
			equal(t, "stored", len(b.s.Stored()), 1)
		})
	}
}

// F4: an answer cut at every byte, in each framing. Only where the connection ends the body can the client not see it.
func TestF4Cuts(t *testing.T) {
	b := start(t)
	body := "BEGIN:VCARD\r\nEND:VCARD"
	b.card.Put("a", []byte(body))
	for _, framed := range []Framing{Length, Chunked, UntilClose} {
		for k := 0; k < len(body); k += 7 {
			f := b.s.On(Match{Method: "GET"}).At(k).Framed(framed).Drop()
			r := b.ask("GET", cardPath+"a", "")
			if framed == UntilClose {
				if r.err != nil || r.body != body[:k] {
					t.Errorf("framing %d at %d: %q %v", framed, k, r.body, r.err)
				}
			} else if r.err == nil || r.body != body[:k] {
				t.Errorf("framing %d at %d: %q %v", framed, k, r.body, r.err)
			}
			f.Remove()
		}
		f := b.s.On(Match{Method: "GET"}).At(len(body)).Framed(framed).Delay(0)
		equal(t, "whole", b.want(200, "GET", cardPath+"a", "").body, body)
		f.Remove()
	}
	b.s.On(Match{Method: "GET"}).At(3).Reset()
	if r := b.ask("GET", cardPath+"a", ""); r.err == nil {
		t.Error("a reset was not seen")
	}
	b.s.ClearFaults()
	for k, want := range map[int]string{5: body[:5], -3: body[:len(body)-3], 0: "", 1000: body} {
		f := b.s.On(Match{}).Truncate(k)
		equal(t, "truncated", b.want(200, "GET", cardPath+"a", "").body, want)
		f.Remove()
	}
}

func TestAnswersInPlaceOfTheServers(t *testing.T) {
	for _, tc := range []struct {
		name   string
		fault  func(*Fault)
		status int
		header string
		body   string
	}{
		{"status", func(f *Fault) { f.Status(503) }, 503, "", ""},
		{"retry", func(f *Fault) { f.RetryAfter(429, "3600") }, 429, "Retry-After: 3600", ""},
		{"login", func(f *Fault) { f.Status(401) }, 401, "", ""},
		{"html", func(f *Fault) { f.HTML() }, 200, "Content-Type: text/html; charset=utf-8", "<!DOCTYPE html>"},
		{"redirect", func(f *Fault) { f.Redirect(302, "https://login.example/") }, 302, "Location: https://login.example/", ""},
		{"condition", func(f *Fault) { f.Precondition(403, "cal:max-attendees-per-instance") }, 403, "", "<cal:max-attendees-per-instance/>"},
		{"no content", func(f *Fault) { f.Status(204) }, 204, "", ""},
		{"any", func(f *Fault) { f.Answer(Answer{418, http.Header{"X-A": {"b"}}, "teapot"}) }, 418, "X-A: b", "teapot"},
	} {
		for _, when := range []string{"before", "after"} {
			t.Run(tc.name+" "+when, func(t *testing.T) {
				b := start(t)
				f := b.s.On(Match{Method: "PUT"})
				if when == "after" {
					f.After()
				}
				tc.fault(f)
				r := b.want(tc.status, "PUT", aPath, event("a", "x"))
				name, value, _ := strings.Cut(tc.header, ": ")
				equal(t, name, r.header.Get(name), value)
				equal(t, "body", strings.Contains(r.body, tc.body), true)
				equal(t, "applied", b.cal.Len() == 1, when == "after")
				equal(t, "logged", b.s.Requests()[0].Status, tc.status)
			})
		}
	}
}

func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		name  string
		match Match
		want  string // which of five requests are struck
	}{
		{"all", Match{}, "12345"},
		{"method", Match{Method: "PUT"}, "134"},
		{"methods", Match{Method: "GET DELETE"}, "25"},
		{"path", Match{Path: "/b.ics"}, "34"},
		{"body", Match{Body: "SUMMARY:two"}, "3"},
		{"n", Match{Method: "PUT", N: 2}, "3"},
		{"from", Match{Method: "PUT", From: 2}, "34"},
		{"function", Match{Func: func(r Request) bool { return r.Header.Get("If-None-Match") == "*" }}, "4"},
		{"none", Match{Method: "PUT", Path: "nowhere"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := start(t)
			f := b.s.On(tc.match).Status(599)
			got := ""
			for i, r := range []reply{b.ask("PUT", aPath, event("a", "one")), b.ask("GET", aPath, ""), b.ask("PUT", calPath+"b.ics", event("b", "two")),
				b.ask("PUT", calPath+"b.ics", event("b", "three"), "If-None-Match: *"), b.ask("DELETE", aPath, "")} {
				if r.status == 599 {
					got += itoa(i + 1)
				}
			}
			equal(t, "struck", got, tc.want)
			equal(t, "hits", f.Hits(), len(tc.want))
			f.Remove()
			b.want(207, "PROPFIND", calPath, "", "Depth: 0")
		})
	}
}

// F24, F25, F27 to F30: somebody else's edit at a chosen moment.
func TestCall(t *testing.T) {
	b := start(t)
	b.cal.Put("a.ics", []byte(event("a", "one")))
	etag := b.cal.ETag("a.ics")
	b.s.On(Match{Method: "PUT", N: 1}).Call(func() { b.cal.Put("a.ics", []byte(event("a", "theirs"))) })
	b.want(412, "PUT", aPath, event("a", "ours"), "If-Match: "+etag)
	b.s.ClearFaults()
	b.s.On(Match{Method: "PUT", N: 1}).After().Call(func() { b.cal.Delete("a.ics") })
	b.want(204, "PUT", aPath, event("a", "ours"))
	b.want(404, "GET", aPath, "")
	b.s.ClearFaults()
	b.cal.Put("a.ics", []byte(event("a", "one")))
	b.s.On(Match{Method: "GET"}).At(10).Call(func() { b.cal.Delete("a.ics"); b.s.Set(NoCTag) })
	equal(t, "the answer is of one moment", b.want(200, "GET", aPath, "").body, event("a", "one"))
	equal(t, "items", b.cal.Len(), 0)
}

func TestRewriteOfAnswers(t *testing.T) {
	b := start(t)
	b.cal.Put("a.ics", []byte(event("a", "x")))
	b.s.On(Match{Method: "PROPFIND"}).Rewrite(func(body []byte) []byte {
		return []byte(strings.ReplaceAll(string(body), "d:getetag", "d:nothing"))
	})
	b.s.On(Match{Method: "PROPFIND"}).RewriteHeader(func(h http.Header) { h.Set("Content-Type", "text/plain") })
	r := b.want(207, "PROPFIND", calPath, props("propfind", []string{"d:getetag"}), "Depth: 1", "Accept-Encoding: gzip")
	equal(t, "type", r.header.Get("Content-Type"), "text/plain")
	_, status := r.read(t).prop(aPath, "nothing")
	equal(t, "rewritten", status, 200)
}

// A client that gives up waiting does not know that its write is done some time later.
func TestDelayEndsWithTheClient(t *testing.T) {
	b := start(t)
	ctx, giveUp := context.WithCancel(context.Background())
	b.s.On(Match{Method: "PUT"}).Call(giveUp)
	b.s.On(Match{Method: "PUT"}).Delay(time.Hour)
	r, _ := http.NewRequestWithContext(ctx, "PUT", b.url+aPath, strings.NewReader(event("a", "x")))
	r.SetBasicAuth("alice", "alicepw")
	if resp, err := b.http.Do(r); err == nil {
		t.Error("an answer", resp.Status)
	}
	for b.cal.Len() == 0 {
		runtime.Gosched()
	}
	b.s.ClearFaults()
	b.s.Set(Latency(time.Hour))
	b.http.Timeout = 50 * time.Millisecond
	if r := b.ask("GET", aPath, ""); r.err == nil {
		t.Error("an answer")
	}
}

// F40: one byte after the other, and bodies without end.
func TestF40DripAndEndless(t *testing.T) {
	b := start(t)
	b.cal.Put("a.ics", []byte(event("a", "x")))
	b.s.On(Match{Method: "GET"}).Drip(10, time.Millisecond)
	equal(t, "dripped", b.want(200, "GET", aPath, "").body, event("a", "x"))
	b.s.On(Match{Method: "PROPFIND"}).Endless()
	r, _ := http.NewRequest("PROPFIND", b.url+calPath, nil)
	resp, err := b.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.CopyN(io.Discard, resp.Body, 1<<20)
	resp.Body.Close()
	if n != 1<<20 || err != nil {
		t.Error(n, err)
	}
}

// LocksParallelWrites: the write that comes second is locked out while the first is under way, and not after it.
func TestLocksParallelWrites(t *testing.T) {
	b := start(t, LocksParallelWrites)
	inside, leave := make(chan struct{}), make(chan struct{})
	b.s.On(Match{Method: "PUT", Path: "first", N: 1}).Call(func() { close(inside); <-leave })
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		if r := b.ask("PUT", calPath+"first.ics", event("f", "x")); r.status != 201 {
			t.Errorf("first: %d %v", r.status, r.err)
		}
	}()
	<-inside
	b.want(423, "PUT", calPath+"second.ics", event("s", "x"))
	b.want(404, "GET", calPath+"second.ics", "")
	close(leave)
	wg.Wait()
	b.want(201, "PUT", calPath+"second.ics", event("s", "x"))
}

// Without a connection to close, the handler is aborted.
func TestDropWithoutConnection(t *testing.T) {
	t.Parallel()
	s := New()
	s.On(Match{}).Drop()
	defer func() {
		if r := recover(); r != http.ErrAbortHandler {
			t.Errorf("recovered %v", r)
		}
	}()
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

// F41: a client that goes away in the middle of its PUT has not written.
func TestF41HalfARequest(t *testing.T) {
	b := start(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	body := event("a", "x")
	fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YWxpY2U6YWxpY2Vwdw==\r\nContent-Length: %d\r\n\r\n%s", aPath, len(body)+1, body)
	conn.(*net.TCPConn).CloseWrite()
	answer, _ := io.ReadAll(conn)
	conn.Close()
	equal(t, "refused", strings.HasPrefix(string(answer), "HTTP/1.1 400 "), true)
	equal(t, "items", b.cal.Len(), 0)
	equal(t, "body in the log", string(b.s.Requests()[0].Body), body)
}

func TestLog(t *testing.T) {
	b := start(t)
	b.want(201, "PUT", aPath, event("a", "x"), "If-None-Match: *")
	b.want(404, "GET", calPath+"a%20b?q=1", "")
	b.want(204, "DELETE", aPath, "")
	log := b.s.Requests()
	equal(t, "requests", len(log), 3)
	equal(t, "method", log[0].Method, "PUT")
	equal(t, "body", string(log[0].Body), event("a", "x"))
	equal(t, "header", log[0].Header.Get("If-None-Match"), "*")
	equal(t, "user", log[0].User, "alice")
	equal(t, "credentials", log[0].Header.Get("Authorization"), "Basic ***")
	equal(t, "path", log[1].Path, calPath+"a%20b?q=1")
	equal(t, "status", log[1].Status, 404)
	equal(t, "order", log[2].Seq, 3)
	equal(t, "PUT and DELETE", b.s.Count("PUT", "DELETE"), 2)
	equal(t, "all", b.s.Count(), 3)
	equal(t, "writes", b.s.Writes(), 2)
	b.s.ResetLog()
	equal(t, "all after reset", b.s.Count()+len(b.s.Requests())+b.s.Writes(), 0)
	b.s.KeepLog(2)
	for range 10 {
		b.want(404, "GET", aPath, "")
	}
	if n := len(b.s.Requests()); n < 2 || n > 4 {
		t.Errorf("%d requests kept", n)
	}
	equal(t, "counted", b.s.Count("GET"), 10)
	equal(t, "numbers go on", b.s.Requests()[0].Seq > 3, true)
}
