package dav

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"vgit/remote"
	"vgit/remote/davtest"
)

// TestP99ExamplesOfTheRFC: RFC 7616 3.9 and RFC 2617 3.5, number by number.
func TestP99ExamplesOfTheRFC(t *testing.T) {
	t.Parallel()
	const fixed = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
	for name, tt := range map[string]struct {
		n                           nonce
		user, password, method, uri string
		want                        string
	}{
		"MD5": {nonce{realm: "http-auth@example.org", value: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque: "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
			algorithm: "MD5", hash: md5.New, cnonce: fixed}, "Mufasa", "Circle of Life", "GET", "/dir/index.html", `response="8ca523f5e9506fed4657c9700eebdbec"`},
		"SHA-256": {nonce{realm: "http-auth@example.org", value: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", algorithm: "SHA-256", hash: sha256.New, cnonce: fixed},
			"Mufasa", "Circle of Life", "GET", "/dir/index.html", `response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"`},
		"the user hashed": {nonce{realm: "api@example.org", value: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", algorithm: "SHA-512-256", hash: sha512.New512_256, userhash: true,
			cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm"}, "Jäsøn Doe", "Secret, or not?", "GET", "/doe.json",
			`username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"`},
		"RFC 2617": {nonce{realm: "testrealm@host.com", value: "dcd98b7102dd2f0e8b11d0f600bfb0c093", hash: md5.New, cnonce: "0a4f113b"},
			"Mufasa", "Circle Of Life", "GET", "/dir/index.html", `response="6629fae49393a05397450978507c4ef1"`},
		"RFC 2069": {nonce{realm: "testrealm@host.com", value: "dcd98b7102dd2f0e8b11d0f600bfb0c093", hash: md5.New, legacy: true, cnonce: "x"},
			"Mufasa", "CircleOfLife", "GET", "/dir/index.html", `response="1949323746fe6a43ef61f9606e7febea"`},
	} {
		got, err := tt.n.answer(nil, tt.user, tt.password, tt.method, tt.uri)
		if err != nil || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s, %v; want %s", name, got, err, tt.want)
		}
	}
}

// TestP99Offers: which of the challenges is answered.
func TestP99Offers(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`Digest realm="a", nonce="n", qop="auth"`:                                                          "n md5",
		`Digest realm="a", nonce="1", qop="auth", algorithm=MD5, Digest nonce="2", algorithm=sha-256`:      "2 legacy",
		`Digest nonce="1", algorithm=SHA-256, qop=auth, Digest nonce="2", algorithm=SHA-512-256, qop=auth`: "1",
		`Basic realm="x", digest nonce="1", qop="auth-int, auth", algorithm="MD5-sess"`:                    "1 md5 session",
		`Digest nonce="1", qop="auth-int"`:                                                                 "",
		`Digest nonce="1", qop="auth", algorithm=ROT13`:                                                    "",
		`Digest realm="none"`: "",
		`Basic`:               "",
	} {
		got := ""
		if n := digestOffer(parseChallenges([]string{in})); n != nil {
			got = n.value
			for word, is := range map[string]bool{" md5": n.weak()} {
				if is {
					got += word
				}
			}
			if n.legacy {
				got += " legacy"
			}
			if n.session {
				got += " session"
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// digestServer is davtest with Digest and a client of it.
func digestServer(t *testing.T, auth string, opts ...davtest.Option) (*davtest.Server, *Remote) {
	t.Helper()
	s := davtest.New(append([]davtest.Option{davtest.DigestOnly}, opts...)...)
	s.AddUser("alice", "alicepw")
	s.AddCalendar("alice", "cal", davtest.Props{})
	url, stop := s.Start()
	t.Cleanup(stop)
	r := New(Options{URL: url, User: "alice", Auth: auth, Proxy: "none", Retries: -1,
		Password: func(context.Context) (string, error) { return "alicepw", nil }})
	t.Cleanup(func() { r.Close() })
	return s, r
}

// get asks for something, with a query that has to be signed as it is sent.
func get(t *testing.T, r *Remote, query string) error {
	t.Helper()
	status, err := do(t, r, call{method: "GET", url: at(t, r.base.String()+"calendars/alice/c%61l/x.ics?"+query)})
	if err == nil && status != 404 {
		return fmt.Errorf("status %d", status)
	}
	return err
}

// TestP99Digest: each algorithm, with nonces that grow old, run out or are replaced in each answer.
func TestP99Digest(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		auth     string
		opts     []davtest.Option
		stale    bool
		requests int // for three questions
	}{
		"SHA-256":              {"digest", nil, false, 4},
		"MD5":                  {"digest", []davtest.Option{davtest.DigestAs(0, "MD5")}, false, 4},
		"MD5-sess":             {"digest", []davtest.Option{davtest.DigestAs(0, "MD5-sess")}, false, 4},
		"SHA-256-sess":         {"digest", []davtest.Option{davtest.DigestAs(0, "SHA-256-sess")}, false, 4},
		"auto":                 {"auto", nil, false, 4},
		"nonces for one use":   {"digest", []davtest.Option{davtest.DigestAs(1, "SHA-256")}, false, 6},
		"the next nonce named": {"digest", []davtest.Option{davtest.NextNonce}, false, 4},
		"stale in between":     {"digest", nil, true, 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := digestServer(t, tt.auth, tt.opts...)
			for i := range 3 {
				if err := get(t, r, fmt.Sprintf(`a="%%22,\&b=%d`, i)); err != nil {
					t.Error(err)
				}
				if tt.stale {
					s.Stale()
				}
			}
			if n := s.Count("GET"); n != tt.requests {
				t.Errorf("%d requests, want %d", n, tt.requests)
			}
			if tt.auth == "auto" && r.Learned()["auth"] != "digest" {
				t.Errorf("learned %v", r.Learned())
			}
		})
	}
}

// TestP99CountsDoNotOvertake: requests side by side, against a server that takes each count once and in order.
func TestP99CountsDoNotOvertake(t *testing.T) {
	t.Parallel()
	s, r := digestServer(t, "digest")
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			if err := get(t, r, fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := s.Count("GET"); n > 44 {
		t.Errorf("%d requests for 40 questions over 4 connections: a nonce was refused", n)
	}
}

// TestP99WrongPasswordOverDigest: one try.
func TestP99WrongPasswordOverDigest(t *testing.T) {
	t.Parallel()
	s, r := digestServer(t, "digest")
	s.AddUser("alice", "another")
	for range 2 {
		if err := get(t, r, ""); !errors.Is(err, remote.ErrLogin) {
			t.Errorf("error %v, want ErrLogin", err)
		}
	}
	if n := s.Count("GET"); n != 2 { // the first has no nonce to sign with
		t.Errorf("%d requests, want 2", n)
	}
}

// TestS22DigestNeverAnswersBasic: nor anything else that is not Digest, whatever an earlier run learned.
func TestS22DigestNeverAnswersBasic(t *testing.T) {
	t.Parallel()
	for _, offers := range []string{`Basic realm="x"`, `NTLM`, `Negotiate`, `Bearer`, ``, `Digest nonce="x", qop="auth-int"`, `Digest nonce="x", algorithm=NONE, Basic`} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if h := r.Header.Get("Authorization"); h != "" {
				t.Errorf("%s is answered with %.12s…", offers, h)
			}
			w.Header().Set("WWW-Authenticate", offers)
			w.WriteHeader(401)
		})
		r := s.remote(t, func(o *Options) { o.Auth = "digest" })
		r.recall(map[string]string{"auth": "basic"})
		if _, err := do(t, r, call{method: "GET", url: s.at(t, "/")}); !errors.Is(err, remote.ErrLogin) || s.count() != 1 {
			t.Errorf("%s: %v after %d requests", offers, err, s.count())
		}
	}
}

// TestP98ChangedRealmStops: the password is for one realm.
func TestP98ChangedRealmStops(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n%2 == 1 {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Digest realm="r%d", nonce="%d", qop="auth", stale=true`, n, n))
			w.WriteHeader(401)
		}
	})
	r := s.remote(t, func(o *Options) { o.Auth = "digest" })
	if _, err := do(t, r, call{method: "GET", url: s.at(t, "/")}); err != nil {
		t.Fatal(err)
	}
	if _, err := do(t, r, call{method: "GET", url: s.at(t, "/")}); !errors.Is(err, remote.ErrLogin) || s.count() != 3 {
		t.Errorf("%v after %d requests", err, s.count())
	}
}

// TestP98SchemeThatTheServerGaveUp: a server that changed from Basic to Digest since the last run, or back, has not
// refused the password.
func TestP98SchemeThatTheServerGaveUp(t *testing.T) {
	t.Parallel()
	s, r := digestServer(t, "auto")
	r.recall(map[string]string{"auth": "basic"})
	if err := get(t, r, ""); err != nil || r.Learned()["auth"] != "digest" {
		t.Errorf("%v, learned %v", err, r.Learned())
	}
	s.Clear(davtest.DigestOnly)
	r = New(Options{URL: r.o.URL, User: "alice", Proxy: "none", Retries: -1, Password: r.o.Password})
	r.recall(map[string]string{"auth": "digest"})
	if err := get(t, r, ""); err != nil || r.Learned()["auth"] != "basic" {
		t.Errorf("%v, learned %v", err, r.Learned())
	}
	s.AddUser("alice", "another")
	s.ResetLog()
	r = New(Options{URL: r.o.URL, User: "alice", Proxy: "none", Retries: -1, Password: r.o.Password})
	r.recall(map[string]string{"auth": "basic"})
	if err := get(t, r, ""); !errors.Is(err, remote.ErrLogin) || s.Count() != 1 {
		t.Errorf("a wrong password for the same scheme: %v after %d requests", err, s.Count())
	}
}
