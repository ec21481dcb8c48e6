//go:build servers

package realtest

import (
	"crypto/md5"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"regexp"
)

// Do sends one request with the login of the server, in the way that it asks for. It is the second client of the tests,
// which is to share no code with the first.
func (s *Server) Do(req *http.Request) (*http.Response, error) {
	req.Close = true // some end a connection without a word, at which a PUT would not be tried again
	if !s.Digest {
		req.SetBasicAuth(s.User, s.Password)
		return http.DefaultClient.Do(req)
	}
	first, err := http.NewRequestWithContext(req.Context(), http.MethodOptions, s.URL+s.Root, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(first)
	if err != nil {
		return nil, err
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	if err := resp.Body.Close(); err != nil {
		return nil, err
	}
	asked := map[string]string{}
	for _, m := range challenge.FindAllStringSubmatch(resp.Header.Get("WWW-Authenticate"), -1) {
		asked[m[1]] = m[2]
	}
	req.Header.Set("Authorization", s.digest(req, asked["realm"], asked["nonce"], asked["opaque"]))
	return http.DefaultClient.Do(req)
}

var challenge = regexp.MustCompile(`(realm|nonce|opaque)="([^"]*)"`)

// digest is the header of RFC 2617, 3.2.2, with MD5 and the quality "auth".
func (s *Server) digest(req *http.Request, realm, nonce, opaque string) string {
	hash := func(text string) string { return fmt.Sprintf("%x", md5.Sum([]byte(text))) }
	uri, cnonce := req.URL.RequestURI(), rand.Text()
	answer := hash(hash(s.User+":"+realm+":"+s.Password) + ":" + nonce + ":00000001:" + cnonce + ":auth:" + hash(req.Method+":"+uri))
	return fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", qop=auth, nc=00000001, cnonce="%s", response="%s", opaque="%s"`,
		s.User, realm, nonce, uri, cnonce, answer, opaque)
}
