//go:build servers

package realtest_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"vgit/remote/realtest"
)

func TestServersStartAndEnd(t *testing.T) {
	t.Parallel()
	for _, name := range realtest.Names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s *realtest.Server
			t.Run("started", func(t *testing.T) {
				s = realtest.Start(t, name)
				for _, path := range []string{s.Calendar, s.Contacts} {
					if status := propfind(t, s, path); status != http.StatusMultiStatus {
						t.Errorf("%s %s: PROPFIND %s: %d, want 207", s.Name, s.Version, path, status)
					}
				}
			})
			if s == nil {
				return
			}
			req, err := http.NewRequest("PROPFIND", s.URL+s.Calendar, nil) // the port may be somebody else's by now
			if err != nil {
				t.Fatal(err)
			}
			if resp, err := s.Do(req); err == nil && closed(t, resp) == http.StatusMultiStatus {
				t.Errorf("%s still answers after its test", name)
			}
		})
	}
}

func propfind(t *testing.T, s *realtest.Server, path string) int {
	t.Helper()
	req, err := http.NewRequest("PROPFIND", s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Depth", "0")
	resp, err := s.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return closed(t, resp)
}

func closed(t *testing.T, resp *http.Response) int {
	t.Helper()
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

func TestServerProxyNotesAndStepsIn(t *testing.T) {
	t.Parallel()
	var host, etag string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		host, etag = r.Host, r.Header.Get("If-Match")
		w.Header().Set("ETag", `"2"`)
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(bytes.ToUpper(body))
	}))
	defer s.Close()
	p := realtest.NewProxy(t, s.URL)
	p.Before(func(r *http.Request, body []byte) []byte { return append(body, []byte(" for "+r.URL.Path)...) })
	req, err := http.NewRequest(http.MethodPut, p.URL+"/a%2Fb", strings.NewReader("milk"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("If-Match", `"1"`)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(resp.Body)
	if status := closed(t, resp); err != nil || status != 201 || string(got) != "MILK FOR /A/B" || resp.Header.Get("ETag") != `"2"` {
		t.Errorf("through the proxy came %d %q %v", status, got, err)
	}
	if "http://"+host != p.URL || etag != `"1"` {
		t.Errorf("the server saw host %q, If-Match %q", host, etag)
	}
	log := p.Take()
	if len(log) != 1 || log[0].Method != "PUT" || log[0].Path != "/a%2Fb" || log[0].Status != 201 || !log[0].Writes() || string(log[0].Sent) != "milk for /a/b" {
		t.Errorf("noted: %+v", log)
	}
	if len(p.Take()) != 0 {
		t.Error("what was taken is noted again")
	}
}

func TestServerProxyLosesAnswers(t *testing.T) {
	t.Parallel()
	stored := 0
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stored++ }))
	defer s.Close()
	p := realtest.NewProxy(t, s.URL)
	p.Lose(func(e realtest.Exchange) bool { return e.Method == http.MethodPut })
	req, err := http.NewRequest(http.MethodPut, p.URL, strings.NewReader("milk"))
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := http.DefaultTransport.RoundTrip(req); err == nil {
		closed(t, resp)
		t.Errorf("an answer came through: %s", resp.Status)
	}
	if log := p.Take(); stored != 1 || len(log) != 1 || log[0].Status != http.StatusOK {
		t.Errorf("the server was asked %d times; noted: %+v", stored, log)
	}
}

func TestServerProxyCutsAndHangsUp(t *testing.T) {
	t.Parallel()
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		_, _ = w.Write([]byte("milk"))
	}))
	defer s.Close()
	p := realtest.NewProxy(t, s.URL)
	put := func() (*http.Response, error) {
		req, err := http.NewRequest(http.MethodPut, p.URL, strings.NewReader(strings.Repeat("milk", 1000)))
		if err != nil {
			t.Fatal(err)
		}
		return http.DefaultTransport.RoundTrip(req)
	}
	p.Cut(func(method, _ string) bool { return method == http.MethodPut })
	if resp, err := put(); err == nil || asked != 0 {
		closed(t, resp)
		t.Errorf("an answer to half a request: %s; the server was asked %d times", resp.Status, asked)
	}
	p.Cut(nil)
	p.HangUp(true)
	p.After(func(e *realtest.Exchange, header http.Header) { e.Got = append(e.Got, " and honey"...) })
	resp, err := put()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(resp.Body)
	if closed(t, resp); err != nil || string(got) != "milk and honey" || resp.Close {
		t.Errorf("before the connection ended came %q, %v; it said so: %v", got, err, resp.Close)
	}
}
