package davtest

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

const realm = "davtest"

// login finds the account that the request speaks for, or answers 401 with a challenge.
func (x *exchange) login() bool {
	x.s.mu.RLock()
	if x.b.open != "" {
		x.user = x.s.accounts[x.b.open]
	} else {
		x.user = x.authenticate(x.r.Header.Get("Authorization"))
	}
	x.s.mu.RUnlock()
	if x.user != nil {
		return true
	}
	x.challenge()
	x.fail(http.StatusUnauthorized, "", "log in")
	return false
}

// authenticate checks one Authorization header. The caller holds the lock.
func (x *exchange) authenticate(header string) *account {
	scheme, value, _ := strings.Cut(header, " ")
	switch {
	case strings.EqualFold(scheme, "basic") && !x.is(DigestOnly) && !x.is(BearerOnly):
		user, password := basic(value)
		if a := x.s.accounts[user]; a != nil && a.password != "" && same(password, a.password) {
			return a
		}
	case strings.EqualFold(scheme, "bearer"):
		for _, a := range x.s.accounts {
			if a.tokens[digest(value)] {
				return a
			}
		}
	case strings.EqualFold(scheme, "digest") && x.is(DigestOnly):
		p := parameters(value)
		a := x.s.accounts[p["username"]]
		if a == nil || a.password == "" || !rightDigest(p, x.r, a.password) {
			return nil
		}
		if !x.s.nonces.use(p["nonce"], p["nc"], x.b.nonceUses) {
			x.stale = true
			return nil
		}
		if x.is(NextNonce) {
			x.s.nonces.spend(p["nonce"])
			x.w.Header().Set("Authentication-Info", fmt.Sprintf("nextnonce=%q", x.s.nonces.fresh()))
		}
		return a
	}
	return nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func basic(value string) (user, password string) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	if err != nil {
		return "", ""
	}
	user, password, _ = strings.Cut(string(raw), ":")
	return user, password
}

// userOf reads the name out of an Authorization header, for the log.
func userOf(header string) string {
	scheme, value, _ := strings.Cut(header, " ")
	if strings.EqualFold(scheme, "basic") {
		user, _ := basic(value)
		return user
	}
	if strings.EqualFold(scheme, "digest") {
		return parameters(value)["username"]
	}
	return ""
}

func (x *exchange) challenge() {
	h := x.w.Header()
	switch {
	case x.b.challenges != nil:
		h["Www-Authenticate"] = x.b.challenges
	case x.is(DigestOnly):
		for _, algorithm := range x.b.algorithms {
			h.Add("WWW-Authenticate", fmt.Sprintf(`Digest realm=%q, qop="auth", nonce=%q, algorithm=%s, stale=%t`,
				realm, x.s.nonces.fresh(), algorithm, x.stale))
		}
	case x.is(BearerOnly):
		h.Set("WWW-Authenticate", fmt.Sprintf("Bearer realm=%q", realm))
	default:
		h.Set("WWW-Authenticate", fmt.Sprintf("Basic realm=%q, charset=\"UTF-8\"", realm))
	}
}

// nonces are those of Digest (RFC 7616): each with the highest count it was used with.
type nonces struct {
	mu   sync.Mutex
	used map[string]uint64
	made int
}

func (n *nonces) fresh() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.used == nil {
		n.used = map[string]uint64{}
	}
	n.made++
	nonce := fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "davtest nonce %d", n.made)))[:24]
	n.used[nonce] = 0
	return nonce
}

// use spends one count of a nonce; false if the nonce is not known, the count was used before, or it is above most, if that is
// not 0.
func (n *nonces) use(nonce, nc string, most int) bool {
	count, err := strconv.ParseUint(nc, 16, 64)
	n.mu.Lock()
	defer n.mu.Unlock()
	last, known := n.used[nonce]
	if err != nil || !known || count <= last || most > 0 && count > uint64(most) {
		return false
	}
	n.used[nonce] = count
	return true
}

// spend forgets a nonce.
func (n *nonces) spend(nonce string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.used, nonce)
}

// rightDigest verifies all of a Digest answer but the nonce.
func rightDigest(p map[string]string, r *http.Request, password string) bool {
	algorithm := md5.New
	name, session := strings.CutSuffix(strings.ToUpper(p["algorithm"]), "-SESS")
	if name == "SHA-256" {
		algorithm = sha256.New
	}
	sum := func(parts ...string) string {
		h := algorithm()
		h.Write([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(h.Sum(nil))
	}
	if p["qop"] != "auth" || p["uri"] != r.URL.RequestURI() || p["realm"] != realm {
		return false
	}
	a1 := sum(p["username"], realm, password)
	if session {
		a1 = sum(a1, p["nonce"], p["cnonce"])
	}
	want := sum(a1, p["nonce"], p["nc"], p["cnonce"], "auth", sum(r.Method, p["uri"]))
	return same(want, p["response"])
}

// Stale makes every nonce given out so far worthless, as a server does after some time.
func (s *Server) Stale() {
	s.nonces.mu.Lock()
	defer s.nonces.mu.Unlock()
	clear(s.nonces.used)
}

// parameters reads name=value pairs, quoted or not, of an Authorization header.
func parameters(s string) map[string]string {
	p := map[string]string{}
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimLeft(s, ", ") {
		name, rest, ok := strings.Cut(s, "=")
		if !ok {
			break
		}
		var value string
		if strings.HasPrefix(rest, `"`) {
			value, rest = quotedString(rest[1:])
		} else if end := strings.IndexAny(rest, ", "); end >= 0 {
			value, rest = rest[:end], rest[end:]
		} else {
			value, rest = rest, ""
		}
		p[strings.ToLower(strings.TrimSpace(name))] = value
		s = rest
	}
	return p
}

// quotedString reads up to the closing quote, which may be missing, and undoes escapes.
func quotedString(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}
