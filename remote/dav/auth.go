package dav

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"vgit/remote"
)

// login says who is asking. It learns the scheme once, and a refusal after credentials were sent is final (P98).
type login struct {
	o       *Options
	home    string // origin of the configured address
	secrets *secrets
	learn   func(key, value string)

	mu       sync.Mutex
	scheme   string // "basic", "bearer", "digest", "" while that is not known
	recalled bool   // the scheme is from an earlier run, and this one has not seen that it still holds
	password string
	token    string
	asked    bool     // password or token has been asked for
	realm    *string  // of Digest, once it is known
	free     []*nonce // for Digest, not in use
	dead     error    // set once, for ever
}

// credentials are what one request shows.
type credentials struct {
	header string // Authorization, "" for none
	nonce  *nonce // of Digest
}

func newLogin(o *Options, home *url.URL, s *secrets, learn func(key, value string)) (*login, error) {
	l := &login{o: o, home: origin(home), secrets: s, learn: learn}
	switch o.Auth {
	case "auto":
	case "basic", "digest":
		if o.User != "" || o.Password != nil {
			l.scheme = o.Auth
		}
	case "bearer":
		if o.Token == nil {
			return nil, errors.New(`auth = "bearer" needs a token`)
		}
		l.scheme = "bearer"
	default:
		return nil, fmt.Errorf("auth %q is not known; use auto, basic, digest or bearer", cut(o.Auth))
	}
	if strings.Contains(o.User, ":") {
		return nil, errors.New("a username with a colon cannot be sent")
	}
	return l, nil
}

// remember takes the scheme that an earlier run found out.
func (l *login) remember(scheme string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.o.Auth == "auto" && l.scheme == "" && l.possible(scheme) {
		l.scheme, l.recalled = scheme, true
	}
}

func (l *login) possible(scheme string) bool {
	switch scheme {
	case "basic", "digest":
		return l.o.User != "" || l.o.Password != nil
	case "bearer":
		return l.o.Token != nil
	}
	return false
}

// private tells that credentials may be sent to u: over TLS, to this machine, or where it was asked for twice (P98, S22).
func (l *login) private(u *url.URL) bool {
	return u.Scheme == "https" || l.o.staysHere(u) || l.o.Socket != "" && origin(u) == l.home || l.o.InsecureHTTP && l.o.Auth != "auto"
}

// show makes the credentials for a request to u, empty if there are none to show. With n it answers that challenge.
func (l *login) show(ctx context.Context, method string, u *url.URL, n *nonce) (credentials, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead != nil {
		return credentials{}, l.dead
	}
	if l.scheme == "" || !l.private(u) {
		return credentials{}, nil
	}
	if l.scheme == "digest" && n == nil {
		if len(l.free) == 0 {
			return credentials{}, nil // the 401 brings one
		}
		n, l.free = l.free[len(l.free)-1], l.free[:len(l.free)-1]
	}
	if err := l.fetch(ctx); err != nil {
		return credentials{}, err
	}
	if l.scheme == "digest" {
		header, err := n.answer(l.o.Rand, l.o.User, l.password, method, u.RequestURI())
		return credentials{header, n}, err
	}
	return credentials{header: l.value()}, nil
}

// value is the header of the current scheme.
func (l *login) value() string {
	if l.scheme == "bearer" {
		return "Bearer " + l.token
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(l.o.User+":"+l.password))
}

// fetch asks for the secret, once.
func (l *login) fetch(ctx context.Context) error {
	if l.asked {
		return nil
	}
	var err error
	if l.scheme == "bearer" {
		l.token, err = l.o.Token(ctx)
		l.secrets.hide(l.token)
	} else if l.o.Password != nil {
		l.password, err = l.o.Password(ctx)
		l.secrets.hide(l.password)
		l.secrets.hide(l.o.User + ":" + l.password)
	}
	if err != nil {
		if ctx.Err() == nil {
			l.dead = err
		}
		return err
	}
	if !isField(l.token) {
		l.dead = errors.New("the token has more than one line, or a control character")
		return l.dead
	}
	l.asked = true
	return nil
}

// refused hears of a 401 to a request that was sent with these credentials. It tells whether to ask once more, and with
// which nonce.
func (l *login) refused(ctx context.Context, a *answer, with credentials) (again bool, next *nonce, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead != nil {
		return false, nil, l.dead
	}
	if with.header == "" || l.outdated(a) {
		next, err = l.choose(a)
		return err == nil, next, err
	}
	switch {
	case with.nonce != nil:
		if next := l.renew(a, with); next != nil {
			return true, next, l.sameRealm(a, next)
		}
	case l.scheme == "bearer" && with.header == l.value():
		old := l.token
		l.asked = false
		if err := l.fetch(ctx); err != nil {
			return false, nil, err
		}
		if l.token != old {
			return true, nil, nil
		}
	case with.header != l.value():
		return true, nil, nil // another request has refreshed the token meanwhile
	}
	l.dead = l.failed(a.url, l.remedy(parseChallenges(a.header.Values("WWW-Authenticate"))))
	return false, nil, l.dead
}

// remedy is what a person can do about credentials that were sent and refused.
func (l *login) remedy(offered []challenge) string {
	switch {
	case len(offered) > 0 && !offers(offered, l.scheme):
		return `auth = "` + l.scheme + `", and the server offers: ` + cut(names(offered))
	case l.scheme == "bearer":
		return "check token"
	}
	return "check username and password"
}

// outdated forgets a scheme of an earlier run that the server does not offer any more. The password was never looked at,
// so this is no refusal of it.
func (l *login) outdated(a *answer) bool {
	offered := parseChallenges(a.header.Values("WWW-Authenticate"))
	if !l.recalled || len(offered) == 0 || offers(offered, l.scheme) {
		return false
	}
	l.scheme, l.recalled, l.asked = "", false, false
	return true
}

// volunteer makes later requests carry credentials that nobody asked for: some servers show an account to everybody and
// say "unauthenticated" inside, without a challenge. It tells whether that is new.
func (l *login) volunteer(u *url.URL) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.scheme != "" || l.o.Auth != "auto" || !l.private(u) {
		return false
	}
	for _, scheme := range []string{"bearer", "basic"} {
		if l.possible(scheme) {
			l.scheme = scheme
			l.learn("auth", scheme)
			return true
		}
	}
	return false
}

func (l *login) failed(u *url.URL, remedy string) error {
	return fmt.Errorf("%s: %w (401); %s", shown(u), remote.ErrLogin, remedy)
}

// choose takes the scheme for an account that asks who is there, and its challenge if that is Digest. Basic is taken before
// Digest where both may be sent: over TLS it hides as much, needs no request for a nonce, and works with every store of passwords.
func (l *login) choose(a *answer) (*nonce, error) {
	offered := parseChallenges(a.header.Values("WWW-Authenticate"))
	digest := digestOffer(offered)
	scheme := ""
	switch {
	case l.o.Auth == "digest" && l.possible("digest") && digest == nil:
		return nil, l.failed(a.url, `auth = "digest", and the server offers no Digest that is spoken, but: `+l.secrets.short(names(offered)))
	case l.scheme != "" && (l.scheme != "digest" || digest != nil):
		scheme = l.scheme
	case l.possible("bearer") && (offers(offered, "bearer") || !l.possible("basic")):
		scheme = "bearer"
	case l.possible("basic") && (offers(offered, "basic") || len(offered) == 0):
		scheme = "basic"
	case l.possible("digest") && digest != nil:
		scheme = "digest"
	case !l.possible("basic"):
		return nil, l.failed(a.url, "no username and password are configured")
	default:
		return nil, l.failed(a.url, "the server wants "+l.secrets.short(names(offered))+", which is not spoken")
	}
	if !l.private(a.url) {
		return nil, l.failed(a.url, `credentials are not sent over plain http; use https, or set insecure_http = true and auth = "`+scheme+`"`)
	}
	if l.scheme = scheme; l.o.Auth == "auto" {
		l.learn("auth", scheme)
	}
	if scheme != "digest" {
		return nil, nil
	}
	return digest, l.sameRealm(a, digest)
}

// challenge is one scheme that a server offers.
type challenge struct {
	scheme string            // lower case
	params map[string]string // names in lower case
}

func offers(cs []challenge, scheme string) bool {
	for _, c := range cs {
		if c.scheme == scheme {
			return true
		}
	}
	return false
}

func names(cs []challenge) string {
	var s []string
	for _, c := range cs {
		s = append(s, c.scheme)
	}
	return strings.Join(s, ", ")
}

// parseChallenges reads WWW-Authenticate headers: several in one line or in several, any case, with or without
// parameters. What cannot be read is passed over.
func parseChallenges(headers []string) []challenge {
	var cs []challenge
	for _, h := range headers {
		s := scanner{h}
		for s.skip(" \t,"); s.rest != ""; s.skip(" \t,") {
			word := s.token()
			if word == "" {
				s.rest = s.rest[1:] // no character of a token: not ours
				continue
			}
			s.skip(" \t")
			if strings.HasPrefix(s.rest, "=") && len(cs) > 0 {
				s.skip("=")
				s.skip(" \t")
				cs[len(cs)-1].params[strings.ToLower(word)] = s.value()
				continue
			}
			cs = append(cs, challenge{strings.ToLower(word), map[string]string{}})
		}
	}
	return cs
}

type scanner struct{ rest string }

func (s *scanner) skip(set string) { s.rest = strings.TrimLeft(s.rest, set) }

func (s *scanner) token() string {
	end := strings.IndexFunc(s.rest, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r) })
	if end < 0 {
		end = len(s.rest)
	}
	word := s.rest[:end]
	s.rest = s.rest[end:]
	return word
}

// value reads a token or a quoted string, also one that does not end.
func (s *scanner) value() string {
	if !strings.HasPrefix(s.rest, `"`) {
		return s.token()
	}
	var b strings.Builder
	i := 1
	for ; i < len(s.rest) && s.rest[i] != '"'; i++ {
		if s.rest[i] == '\\' && i+1 < len(s.rest) {
			i++
		}
		b.WriteByte(s.rest[i])
	}
	s.rest = s.rest[min(i+1, len(s.rest)):]
	return b.String()
}
