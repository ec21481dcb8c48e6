package dav

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// This file has Digest (RFC 7616). It is our own because the libraries for it take apart challenges in a way that real ones
// break ("auth-int, auth", several in one line) and write a realm that is not ASCII as Go would, which no server reads.

// hashes are the algorithms that are spoken. A name with "-sess" behind it is the same with another A1.
var hashes = map[string]func() hash.Hash{"MD5": md5.New, "SHA-256": sha256.New, "SHA-512-256": sha512.New512_256}

// nonce is a challenge that is being answered. One request has it at a time: counts that overtake each other look like a
// replay to a strict server.
type nonce struct {
	realm, value, opaque string
	algorithm            string // as the server spelt it, "" if it did not say
	hash                 func() hash.Hash
	session, legacy      bool // "-sess"; no qop, as in RFC 2069
	userhash             bool
	stale                bool // the one before it was only too old
	proven               bool // the server has taken it
	count                uint32
	cnonce               string // one for all counts, as "-sess" wants it
}

// digestOffer is the challenge to answer: the first with a hash better than MD5, else the first that can be answered. nil
// if there is none.
func digestOffer(offered []challenge) *nonce {
	var best *nonce
	for _, c := range offered {
		if c.scheme != "digest" || c.params["nonce"] == "" || !isField(c.params["nonce"], c.params["realm"], c.params["opaque"]) {
			continue
		}
		name, session := strings.CutSuffix(strings.ToUpper(c.params["algorithm"]), "-SESS")
		if name == "" {
			name = "MD5"
		}
		qop, legacy := c.params["qop"], true
		for _, word := range strings.Split(qop, ",") {
			legacy = legacy && !strings.EqualFold(strings.TrimSpace(word), "auth")
		}
		if hashes[name] == nil || legacy && strings.TrimSpace(qop) != "" { // auth-int alone
			continue
		}
		if best == nil || best.weak() && name != "MD5" {
			best = &nonce{realm: c.params["realm"], value: c.params["nonce"], opaque: c.params["opaque"], algorithm: c.params["algorithm"],
				hash: hashes[name], session: session, legacy: legacy,
				userhash: strings.EqualFold(c.params["userhash"], "true"), stale: strings.EqualFold(c.params["stale"], "true")}
		}
	}
	return best
}

// isField tells that texts can stand in a header: what cannot would end each request before it is sent, for ever.
func isField(texts ...string) bool {
	return !slices.ContainsFunc(texts, func(s string) bool { return !httpguts.ValidHeaderFieldValue(s) })
}

func (n *nonce) weak() bool { return n.hash().Size() == md5.Size }

// answer is the Authorization for one more request. uri is what stands in its first line.
func (n *nonce) answer(random io.Reader, user, password, method, uri string) (string, error) {
	if n.cnonce == "" {
		var b [12]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", err
		}
		n.cnonce = hex.EncodeToString(b[:])
	}
	n.count++
	count := fmt.Sprintf("%08x", n.count)
	a1 := n.sum(user, n.realm, password)
	if n.session {
		a1 = n.sum(a1, n.value, n.cnonce)
	}
	name := user
	if n.userhash {
		name = n.sum(user, n.realm)
	}
	params := []string{"username=" + quoted(name), "realm=" + quoted(n.realm), "nonce=" + quoted(n.value), "uri=" + quoted(uri)}
	if n.algorithm != "" {
		params = append(params, "algorithm="+n.algorithm)
	}
	a2 := n.sum(method, uri)
	response := n.sum(a1, n.value, a2)
	if !n.legacy {
		params = append(params, "qop=auth", "nc="+count, "cnonce="+quoted(n.cnonce))
		response = n.sum(a1, n.value, count, n.cnonce, "auth", a2)
	}
	if n.opaque != "" {
		params = append(params, "opaque="+quoted(n.opaque))
	}
	if n.userhash {
		params = append(params, "userhash=true")
	}
	return "Digest " + strings.Join(append(params, "response="+quoted(response)), ", "), nil
}

func (n *nonce) sum(parts ...string) string {
	h := n.hash()
	_, _ = io.WriteString(h, strings.Join(parts, ":"))
	return hex.EncodeToString(h.Sum(nil))
}

// quoted is a quoted-string of HTTP, which has no other escapes.
func quoted(s string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"` }

// taken hears that a request with these credentials was let in, if it had any: its nonce, or the next one that the server
// names, is free for another request.
func (l *login) taken(with credentials, header http.Header) {
	n := with.nonce
	if with.header == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recalled = false
	if n == nil {
		return
	}
	n.proven = true
	info := parseChallenges([]string{"info " + header.Get("Authentication-Info")})
	if next := info[0].params["nextnonce"]; next != "" && isField(next) {
		n.value, n.count, n.cnonce = next, 0, ""
	}
	l.free = append(l.free, n)
}

// renew takes the challenge of a 401 to a Digest answer: the nonce was too old, or is forgotten. nil means that the
// credentials are wrong.
func (l *login) renew(a *answer, with credentials) *nonce {
	n := digestOffer(parseChallenges(a.header.Values("WWW-Authenticate")))
	if n == nil || n.value == with.nonce.value || !n.stale && !with.nonce.proven {
		return nil
	}
	return n
}

// sameRealm remembers the realm that the password is for (P98).
func (l *login) sameRealm(a *answer, n *nonce) error {
	if l.realm != nil && *l.realm != n.realm {
		l.dead = l.failed(a.url, fmt.Sprintf("its realm was %q and is %q, and the password is not for both", l.secrets.short(*l.realm), l.secrets.short(n.realm)))
		return l.dead
	}
	l.realm = &n.realm
	return nil
}
