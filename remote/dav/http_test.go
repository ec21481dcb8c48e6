package dav

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"vgit/remote"
)

// canned is a server that answers as it is told and remembers what it was asked.
type canned struct {
	*httptest.Server
	mu   sync.Mutex
	seen []*http.Request
	body []string
}

// serve starts a server. answer is called with the number of the request, from 1.
func serve(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, n int)) *canned {
	return begin(t, false, answer)
}

func begin(t *testing.T, tls bool, answer func(w http.ResponseWriter, r *http.Request, n int)) *canned {
	t.Helper()
	c := &canned{}
	c.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c.mu.Lock()
		c.seen, c.body = append(c.seen, r), append(c.body, string(body))
		n := len(c.seen)
		c.mu.Unlock()
		answer(w, r, n)
	}))
	c.Config.ErrorLog = nil
	if tls {
		c.StartTLS()
	} else {
		c.Start()
	}
	t.Cleanup(c.Close)
	return c
}

func (c *canned) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.seen)
}

// remote is a client of the server that waits for nothing and repeats nothing.
func (c *canned) remote(t *testing.T, change ...func(*Options)) *Remote {
	t.Helper()
	o := Options{URL: c.URL, User: "alice", Auth: "basic", Proxy: "none", Retries: -1,
		Password: func(context.Context) (string, error) { return "alicepw", nil },
		Sleep:    func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
	if c.TLS != nil {
		pool := x509.NewCertPool()
		pool.AddCert(c.Certificate())
		o.TLS = &tls.Config{RootCAs: pool}
	}
	for _, f := range change {
		f(&o)
	}
	r := New(o)
	if r.bad != nil {
		t.Fatal(r.bad)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func (c *canned) at(t *testing.T, path string) *url.URL { return at(t, c.URL+path) }

// do sends one call and gives the status, or the error.
func do(t *testing.T, r *Remote, k call) (int, error) {
	t.Helper()
	a, err := r.http.do(t.Context(), k)
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, a.body)
	_ = a.body.Close()
	return a.status, nil
}

// TestS18Redirects: five codes, where they lead, and every method. Whoever listens elsewhere sees nothing at all.
func TestS18Redirects(t *testing.T) {
	t.Parallel()
	foreign := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { w.WriteHeader(207) })
	secure := begin(t, true, redirecting)
	plain := serve(t, redirecting)
	for _, method := range []string{"PROPFIND", "REPORT", "GET", "PUT", "DELETE", "MOVE"} {
		write := method == "PUT" || method == "DELETE" || method == "MOVE"
		for _, code := range []int{300, 301, 302, 303, 304, 305, 307, 308} {
			for _, tt := range []struct {
				name   string
				from   *canned
				target string
				same   bool
			}{
				{"path", plain, "/there", true},
				{"path over TLS", secure, secure.URL + "/there", true},
				{"port", plain, foreign.URL + "/there", false},
				{"host", plain, strings.Replace(plain.URL, "127.0.0.1", "localhost", 1) + "/there", false},
				{"no TLS", secure, foreign.URL + "/there", false},
				{"no TLS, same host", secure, strings.Replace(secure.URL, "https", "http", 1) + "/there", false},
				{"file", plain, "file:///etc/passwd", false},
				{"nowhere", plain, "", false},
				{"nonsense", plain, "http://[::1", false},
			} {
				r := tt.from.remote(t)
				k := call{method: method, url: tt.from.at(t, fmt.Sprintf("/%d?to=%s", code, url.QueryEscape(tt.target))), depth: "1", body: []byte("<x/>"),
					mime: "text/xml", write: write, header: http.Header{"If-Match": {`"1"`}}}
				status, err := do(t, r, k)
				follow := tt.same && (code == 307 || code == 308 || !write && (code == 301 || code == 302))
				switch {
				case follow && (err != nil || status != 207):
					t.Errorf("%s %d %s: %d %v, want to be followed", method, code, tt.name, status, err)
				case !follow && err == nil:
					t.Errorf("%s %d %s: %d, want an error", method, code, tt.name, status)
				case !follow && write && !errors.Is(err, remote.ErrNoAnswer):
					t.Errorf("%s %d %s: %v, want ErrNoAnswer", method, code, tt.name, err)
				case !follow && tt.target != "" && tt.target[0] == 'h' && tt.name != "nonsense" && code == 307 && !strings.Contains(err.Error(), tt.target):
					t.Errorf("%s %d %s: the message does not name the target: %v", method, code, tt.name, err)
				}
			}
		}
	}
	if n := foreign.count(); n != 0 {
		t.Errorf("%d requests reached another server", n)
	}
}

// redirecting answers /307?to=X with that status and target. At /there everything must arrive as it was sent.
func redirecting(w http.ResponseWriter, r *http.Request, _ int) {
	if r.URL.Path != "/there" {
		var code int
		fmt.Sscanf(r.URL.Path, "/%d", &code)
		w.Header().Set("Location", r.URL.Query().Get("to"))
		w.WriteHeader(code)
		return
	}
	user, _, _ := r.BasicAuth()
	if user != "alice" || r.Header.Get("Depth") != "1" || r.Header.Get("Content-Type") != "text/xml" || r.ContentLength != 4 || r.Header.Get("If-Match") != `"1"` {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	w.WriteHeader(207)
}

func TestP3RedirectLoop(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("Location", r.URL.Path+"x")
		w.WriteHeader(302)
	})
	_, err := do(t, s.remote(t), call{method: "PROPFIND", url: s.at(t, "/")})
	if !errors.Is(err, remote.ErrNotDAV) || s.count() != 6 {
		t.Errorf("%v after %d requests", err, s.count())
	}
}

// TestP96Busy: what a server's wish to be left alone leads to.
func TestP96Busy(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		status int
		after  string
		waits  bool          // in the run, and then asks again
		until  time.Duration // else: from now
	}{
		{"seconds", 429, "3600", false, time.Hour},
		{"a short while", 429, "20", true, 0},
		{"a date", 503, now.Add(time.Hour).Format(http.TimeFormat), false, time.Hour},
		{"a date soon", 503, now.Add(10 * time.Second).Format(http.TimeFormat), true, 0},
		{"a date in the past", 429, now.Add(-time.Hour).Format(http.TimeFormat), true, 0},
		{"absent", 429, "", false, time.Minute},
		{"unreadable", 429, "soon", false, time.Minute},
		{"negative", 429, "-5", false, time.Minute},
		{"a year", 503, "31536000", false, 2 * time.Hour},
		{"more than a number holds", 503, "99999999999999999999", false, time.Minute},
		{"403 with a rate", 403, "600", false, 10 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
				if n > 1 {
					w.WriteHeader(207)
					return
				}
				if tt.after != "" {
					w.Header().Set("Retry-After", tt.after)
				}
				w.WriteHeader(tt.status)
			})
			var slept time.Duration
			clock := now
			r := s.remote(t, func(o *Options) {
				o.Retries = 1
				o.Now = func() time.Time { return clock }
				o.Sleep = func(_ context.Context, d time.Duration) error { slept += d; clock = clock.Add(d); return nil }
			})
			status, err := do(t, r, call{method: "PROPFIND", url: s.at(t, "/")})
			if tt.waits {
				if err != nil || status != 207 || slept == 0 || slept > 40*time.Second {
					t.Errorf("%d %v after %v, want to wait and ask again", status, err, slept)
				}
				return
			}
			var busy *remote.Busy
			if !errors.As(err, &busy) || busy.Until.Sub(now) != tt.until || !errors.Is(err, remote.ErrTemporary) {
				t.Fatalf("%v, want busy for %v", err, tt.until)
			}
			if _, err := do(t, r, call{method: "GET", url: s.at(t, "/")}); !errors.As(err, &busy) || s.count() != 1 {
				t.Errorf("%v after %d requests: nothing may be asked before the time", err, s.count())
			}
		})
	}
}

// TestP97Retries: reads are tried again, writes are not (P86).
func TestP97Retries(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status, requests int
		write            bool
	}{
		{502, 3, false}, {503, 3, false}, {504, 3, false}, {0, 3, false}, {500, 1, false}, {404, 1, false}, {408, 1, false},
		{502, 1, true}, {503, 1, true}, {504, 1, true}, {0, 1, true}, {500, 1, true}, {429, 1, true},
	} {
		t.Run(fmt.Sprintf("%d write %v", tt.status, tt.write), func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
				if tt.status == 0 {
					panic(http.ErrAbortHandler)
				}
				w.WriteHeader(tt.status)
			})
			r := s.remote(t, func(o *Options) { o.Retries = 2 })
			method := "PROPFIND"
			if tt.write {
				method = "PUT"
			}
			_, err := do(t, r, call{method: method, url: s.at(t, "/x"), body: []byte("x"), mime: "text/plain", write: tt.write})
			if s.count() != tt.requests {
				t.Errorf("%d requests, want %d (%v)", s.count(), tt.requests, err)
			}
			if tt.status == 0 && tt.write != errors.Is(err, remote.ErrNoAnswer) || tt.status == 0 && !temporary(err) {
				t.Errorf("a broken connection gives %v", err)
			}
		})
	}
}

func TestP86NotSentIsNotUnanswered(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request, int) {})
	r := s.remote(t, func(o *Options) {
		o.Transport = wire(func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") })
	})
	_, err := do(t, r, call{method: "PUT", url: s.at(t, "/x"), body: []byte("x"), write: true})
	if errors.Is(err, remote.ErrNoAnswer) || !temporary(err) {
		t.Errorf("a refused connection gives %v: nothing was sent", err)
	}
}

// TestP105StaleConnection: a kept connection that dies under a write is a write without an answer, and not a second one.
func TestP105StaleConnection(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if r.Method == "PUT" {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				conn.Close()
			}
		}
	})
	r := s.remote(t)
	if _, err := do(t, r, call{method: "GET", url: s.at(t, "/")}); err != nil {
		t.Fatal(err)
	}
	_, err := do(t, r, call{method: "PUT", url: s.at(t, "/x"), body: []byte("x"), write: true})
	if !errors.Is(err, remote.ErrNoAnswer) || s.count() != 2 {
		t.Errorf("%v after %d requests", err, s.count())
	}
}

// TestP100Limits: no answer, no further byte, no end.
func TestP100Limits(t *testing.T) {
	t.Parallel()
	stall := func(r *http.Request) { <-r.Context().Done() }
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request, n int){
		"F40 no head": func(w http.ResponseWriter, r *http.Request, n int) { stall(r) },
		"F40 no body": func(w http.ResponseWriter, r *http.Request, n int) {
			w.WriteHeader(207)
			_ = http.NewResponseController(w).Flush()
			stall(r)
		},
		"F40 no rest": func(w http.ResponseWriter, r *http.Request, n int) {
			w.WriteHeader(207)
			_, _ = io.WriteString(w, open)
			_ = http.NewResponseController(w).Flush()
			stall(r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, answer)
			r := s.remote(t, func(o *Options) { o.Timeout = 50 * time.Millisecond })
			_, err := r.http.multistatus(t.Context(), call{method: "PROPFIND", url: s.at(t, "/")}, func(*url.URL) {}, func(*row) error { return nil })
			if !errors.Is(err, errTimeout) || !temporary(err) {
				t.Errorf("error %v, want %v", err, errTimeout)
			}
		})
	}
}

// TestF40HeadersWithoutEnd: a head that never ends is an error, and not an answer.
func TestF40HeadersWithoutEnd(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		for _, err = io.WriteString(conn, "HTTP/1.1 207 Multi-Status\r\n"); err == nil; {
			_, err = io.WriteString(conn, "X-More: "+strings.Repeat("x", 1<<10)+"\r\n")
		}
	})
	if status, err := do(t, s.remote(t), call{method: "PROPFIND", url: s.at(t, "/")}); err == nil {
		t.Errorf("taken as an answer: %d", status)
	}
}

// TestErrorTexts: where, what, and nothing twice.
func TestErrorTexts(t *testing.T) {
	t.Parallel()
	for want, answer := range map[string]func(w http.ResponseWriter){
		"PUT URL/cal/a.ics: refused by the server (403, max-resource-size)": func(w http.ResponseWriter) {
			w.WriteHeader(403)
			_, _ = io.WriteString(w, `<d:error xmlns:d="DAV:"><c:max-resource-size xmlns:c="urn:ietf:params:xml:ns:caldav"/></d:error>`)
		},
		"PUT URL/cal/a.ics: refused by the server (409, no such thing)":                       func(w http.ResponseWriter) { w.WriteHeader(409); _, _ = io.WriteString(w, "no such\r\n\x1b thing") },
		"PUT URL/cal/a.ics: 412 Precondition Failed: changed on the server since it was read": func(w http.ResponseWriter) { w.WriteHeader(412) },
		"PUT URL/cal/a.ics: 423 Locked: locked by another write":                              func(w http.ResponseWriter) { w.WriteHeader(423) },
		"URL/cal/a.ics: login refused (401); check username and password":                     func(w http.ResponseWriter) { w.WriteHeader(401) },
		`URL/cal/a.ics: login refused (401); auth = "basic", and the server offers: digest`: func(w http.ResponseWriter) {
			w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n"`)
			w.WriteHeader(401)
		},
		"PUT URL/cal/a.ics: refused by the server (403, a web page: Out & about)": func(w http.ResponseWriter) {
			w.WriteHeader(403)
			_, _ = io.WriteString(w, "<html><head><title>\n Out &amp; about</title></head><body>for a browser</body></html>")
		},
		"PUT URL/cal/a.ics: refused by the server (403, a web page)": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(403)
			_, _ = io.WriteString(w, "for a browser")
		},
	} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) { answer(w) })
		_, err := s.remote(t).Open(remote.Info{Href: "/cal/"}).Put(t.Context(), "/cal/a.ics", remote.Precondition{ETag: `"1"`}, []byte("x"))
		if got := strings.ReplaceAll(fmt.Sprint(err), s.URL, "URL"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestP101Encodings(t *testing.T) {
	t.Parallel()
	zip := func(b []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, _ = w.Write(b)
		_ = w.Close()
		return out.Bytes()
	}
	doc := []byte(open + ok("/a", "1") + `</D:multistatus>`)
	bomb := zip(append([]byte(open), bytes.Repeat([]byte(" "), 1<<20)...))
	for _, tt := range []struct {
		name, encoding string
		body           []byte
		gzip, good     bool
	}{
		{"identity", "", doc, true, true},
		{"gzip where offered", "gzip", zip(doc), true, true},
		{"gzip where not", "gzip", zip(doc), false, false},
		{"twice", "gzip, gzip", zip(zip(doc)), true, false},
		{"unknown", "br", doc, true, false},
		{"no gzip at all", "gzip", doc, true, false},
		{"cut gzip", "gzip", zip(doc)[:40], true, false},
		{"more than allowed", "gzip", bomb, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
				if want := map[bool]string{true: "gzip", false: "identity"}[tt.gzip]; r.Header.Get("Accept-Encoding") != want {
					t.Errorf("Accept-Encoding %q, want %q (P72)", r.Header.Get("Accept-Encoding"), want)
				}
				if tt.encoding != "" {
					w.Header().Set("Content-Encoding", tt.encoding)
				}
				w.WriteHeader(207)
				_, _ = w.Write(tt.body)
			})
			a, err := s.remote(t).http.do(t.Context(), call{method: "PROPFIND", url: s.at(t, "/"), gzip: tt.gzip, limit: 100 << 10})
			rows := 0
			if err == nil {
				_, err = readMultistatus(a.body, "", func(*row) error { rows++; return nil })
				_ = a.body.Close()
			}
			if tt.good != (err == nil) || tt.good && rows != 1 {
				t.Errorf("%d rows, %v", rows, err)
			}
		})
	}
}

// TestP95Connections: no more requests at once than allowed, over all collections.
func TestP95Connections(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now, most := 0, 0
	together := make(chan bool)
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		mu.Lock()
		now++
		most = max(most, now)
		if now == 3 {
			close(together)
		}
		mu.Unlock()
		<-together
		mu.Lock()
		now--
		mu.Unlock()
		w.WriteHeader(207)
	})
	r := s.remote(t, func(o *Options) { o.Connections = 3 })
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() { _, _ = do(t, r, call{method: "PROPFIND", url: s.at(t, "/")}) })
	}
	all.Wait()
	for range 9 {
		all.Go(func() { _, _ = do(t, r, call{method: "PROPFIND", url: s.at(t, "/")}) })
	}
	all.Wait()
	if most != 3 {
		t.Errorf("%d requests at once, want 3", most)
	}
}

// wire is a transport without a network.
type wire func(*http.Request) (*http.Response, error)

func (f wire) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func reply(r *http.Request, status int, body string, header ...string) *http.Response {
	res := &http.Response{StatusCode: status, Status: fmt.Sprint(status, " ", http.StatusText(status)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r}
	for i := 0; i+1 < len(header); i += 2 {
		res.Header.Add(header[i], header[i+1])
	}
	return res
}

// TestP98WhoSeesCredentials: scheme, host, configuration, and what the server wants.
func TestP98WhoSeesCredentials(t *testing.T) {
	t.Parallel()
	password := func(context.Context) (string, error) { return "alicepw", nil }
	token := func(context.Context) (string, error) { return "tok", nil }
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("alice:alicepw"))
	for _, tt := range []struct {
		name   string
		o      Options
		offers []string
		want   []string // Authorization of each request
		good   bool
	}{
		{"basic at once over TLS", Options{URL: "https://h/", Auth: "basic", User: "alice", Password: password}, nil, []string{basic}, true},
		{"bearer at once", Options{URL: "https://h/", Auth: "bearer", Token: token}, nil, []string{"Bearer tok"}, true},
		{"auto learns basic", Options{URL: "https://h/", User: "alice", Password: password}, []string{`Basic realm="x"`}, []string{"", basic}, true},
		{"auto, no challenge at all", Options{URL: "https://h/", User: "alice", Password: password}, nil, []string{"", basic}, true},
		{"auto, lower case without realm", Options{URL: "https://h/", User: "alice", Password: password}, []string{`digest realm="x", nonce="y"`, `basic`}, []string{"", basic}, true},
		{"auto, several in one line", Options{URL: "https://h/", User: "alice", Password: password}, []string{`Negotiate, NTLM, Digest realm="a, Bearer", Basic realm="x"`}, []string{"", basic}, true},
		{"auto prefers a token", Options{URL: "https://h/", User: "alice", Password: password, Token: token}, []string{`Basic`, `Bearer`}, []string{"", "Bearer tok"}, true},
		{"auto never answers what it does not speak", Options{URL: "https://h/", User: "alice", Password: password}, []string{`NTLM`}, []string{""}, false},
		{"nobody", Options{URL: "https://h/"}, []string{`Basic`}, []string{""}, false},
		{"this machine", Options{URL: "http://127.0.0.9/", Auth: "basic", User: "alice", Password: password}, nil, []string{basic}, true},
		{"localhost", Options{URL: "http://localhost/", Auth: "basic", User: "alice", Password: password}, nil, []string{basic}, true},
		{"S17 plain http", Options{URL: "http://h/", Auth: "basic", User: "alice", Password: password}, nil, nil, false},
		{"S22 plain http, auto", Options{URL: "http://h/", InsecureHTTP: true, User: "alice", Password: password}, []string{`Basic`}, []string{""}, false},
		{"plain http, asked for twice", Options{URL: "http://h/", InsecureHTTP: true, Auth: "basic", User: "alice", Password: password}, nil, []string{basic}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			tt.o.Transport = wire(func(r *http.Request) (*http.Response, error) {
				got = append(got, r.Header.Get("Authorization"))
				if r.Header.Get("Authorization") == "" {
					res := reply(r, 401, "")
					res.Header["Www-Authenticate"] = tt.offers
					return res, nil
				}
				return reply(r, 207, open+`</D:multistatus>`), nil
			})
			r := New(tt.o)
			err := r.bad
			if err == nil {
				_, err = do(t, r, call{method: "PROPFIND", url: r.base})
			}
			if strings.Join(got, "|") != strings.Join(tt.want, "|") || len(got) != len(tt.want) || tt.good != (err == nil) {
				t.Errorf("sent %q, want %q; error %v", got, tt.want, err)
			}
			if err != nil && r.bad == nil && !errors.Is(err, remote.ErrLogin) {
				t.Errorf("error %v, want ErrLogin", err)
			}
			if tt.good && tt.o.Auth == "" && r.Learned()["auth"] == "" {
				t.Error("the scheme is not remembered")
			}
		})
	}
}

// TestP98OneRefusalIsFinal: no second try with the same password, by nobody, for the rest of the run (F8).
func TestP98OneRefusalIsFinal(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("WWW-Authenticate", "Basic")
		w.WriteHeader(401)
	})
	r := s.remote(t)
	for range 3 {
		if _, err := do(t, r, call{method: "PROPFIND", url: s.at(t, "/")}); !errors.Is(err, remote.ErrLogin) {
			t.Errorf("error %v, want ErrLogin", err)
		}
	}
	if s.count() != 1 {
		t.Errorf("%d requests, want 1", s.count())
	}
}

// TestP99BearerIsRefreshedOnce: a new token is tried once, the same one is not.
func TestP99BearerIsRefreshedOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		tokens   string // one letter each
		good     bool
		requests int
	}{{"ab", true, 2}, {"aa", false, 1}, {"ac", false, 2}} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if r.Header.Get("Authorization") != "Bearer token-b" {
				w.WriteHeader(401)
			}
		})
		asked := 0
		r := s.remote(t, func(o *Options) {
			o.Auth = "bearer"
			o.Token = func(context.Context) (string, error) {
				asked++
				return "token-" + tt.tokens[min(asked, len(tt.tokens))-1:][:1], nil
			}
		})
		_, err := do(t, r, call{method: "GET", url: s.at(t, "/")})
		if tt.good != (err == nil) || s.count() != tt.requests {
			t.Errorf("%s: %v after %d requests, want %d", tt.tokens, err, s.count(), tt.requests)
		}
	}
}

// TestS20PinnedOrigins: an address of another server is not asked, whoever names it, unless the configuration does.
func TestS20PinnedOrigins(t *testing.T) {
	t.Parallel()
	second := serve(t, func(w http.ResponseWriter, r *http.Request, n int) { w.WriteHeader(207) })
	first := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {})
	if _, err := do(t, first.remote(t), call{method: "PROPFIND", url: second.at(t, "/")}); err == nil || second.count() != 0 {
		t.Errorf("%v, %d requests to another server", err, second.count())
	}
	r := first.remote(t, func(o *Options) { o.Origins = []string{second.URL} })
	if _, err := do(t, r, call{method: "PROPFIND", url: second.at(t, "/")}); err != nil || second.count() != 1 {
		t.Errorf("%v, %d requests to an origin that was allowed", err, second.count())
	}
}

// TestS27NoSecretIsShown: a server that says back what it was sent does not bring it into a message or trace.
func TestS27NoSecretIsShown(t *testing.T) {
	t.Parallel()
	const canary = "Kanarienvogel+/%ü"
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request, echo string){
		"body of a refusal": func(w http.ResponseWriter, r *http.Request, echo string) { http.Error(w, echo, http.StatusForbidden) },
		"error element": func(w http.ResponseWriter, r *http.Request, echo string) {
			w.WriteHeader(409)
			fmt.Fprintf(w, `<d:error xmlns:d="DAV:" xmlns:s="x"><s:message>%s</s:message></d:error>`, echo)
		},
		"web page": func(w http.ResponseWriter, r *http.Request, echo string) { fmt.Fprintf(w, "<html>%s</html>", echo) },
		"redirect": func(w http.ResponseWriter, r *http.Request, echo string) {
			http.Redirect(w, r, "http://other/"+url.PathEscape(echo)+"?code="+url.QueryEscape(echo), http.StatusFound)
		},
		"login": func(w http.ResponseWriter, r *http.Request, echo string) {
			w.Header().Set("WWW-Authenticate", "Basic realm="+url.QueryEscape(echo))
			w.WriteHeader(401)
		},
		"dead":         func(w http.ResponseWriter, r *http.Request, echo string) { panic(http.ErrAbortHandler) },
		"server error": func(w http.ResponseWriter, r *http.Request, echo string) { http.Error(w, echo, 500) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
				_, password, _ := r.BasicAuth()
				answer(w, r, password+" "+r.Header.Get("Authorization")+" "+url.QueryEscape(password))
			})
			var said strings.Builder
			r := s.remote(t, func(o *Options) {
				o.URL = strings.Replace(s.URL, "//", "//eve:"+url.QueryEscape(canary)+"@", 1) + "/?code=" + url.QueryEscape(canary)
				o.Password = func(context.Context) (string, error) { return canary, nil }
				o.Trace = func(format string, args ...any) { fmt.Fprintf(&said, format+"\n", args...) }
			})
			_, err := r.Look(t.Context(), remote.Binding{})
			fmt.Fprintf(&said, "%v\n%+v\n", err, err)
			c := r.Open(remote.Info{Href: "/cal/"})
			_, err = c.Put(t.Context(), "/cal/a.ics", remote.Precondition{Absent: true}, []byte("x"))
			fmt.Fprintln(&said, err)
			_, err = c.Changes(t.Context(), remote.State{})
			fmt.Fprintln(&said, err)
			err = c.Fetch(t.Context(), []remote.Href{"/cal/a.ics"}, func(r remote.Resource) error { fmt.Fprintln(&said, r.Err); return nil })
			fmt.Fprintln(&said, err)
			for _, form := range []string{canary, url.QueryEscape(canary), url.PathEscape(canary), base64.StdEncoding.EncodeToString([]byte("alice:" + canary)), "Kanarienvogel"} {
				if strings.Contains(said.String(), form) {
					t.Errorf("%q is shown:\n%s", form, said.String())
				}
			}
			if !strings.Contains(said.String(), "PROPFIND "+s.URL) {
				t.Errorf("nothing was said:\n%s", said.String())
			}
		})
	}
}

func TestP98Challenges(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`Basic realm="a"`: "basic[realm=a]",
		`basic`:           "basic[]",
		`Digest realm="a, \"b\" Basic", nonce=abc, qop="auth"`: `digest[nonce=abc qop=auth realm=a, "b" Basic]`,
		`Negotiate, Basic realm=x`:                             "negotiate[] basic[realm=x]",
		`Bearer`:                                               "bearer[]",
		`BASIC REALM = "x"`:                                    "basic[realm=x]",
		`Basic realm="no end`:                                  "basic[realm=no end]",
		``:                                                     "",
		`, ,;=`:                                                "",
	} {
		var got []string
		for _, c := range parseChallenges([]string{in}) {
			s := fmt.Sprint(c.params) // maps print sorted
			got = append(got, c.scheme+strings.ReplaceAll(strings.TrimPrefix(s, "map"), ":", "="))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q gives %q, want %q", in, strings.Join(got, " "), want)
		}
	}
}
