package config

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// Login is what a remote needs to be spoken to, all of it fetched and checked.
type Login struct {
	Address   Address
	Username  string
	Password  Secret
	Token     Secret // of AuthBearer
	Proxy     Secret // "": as the environment says; "none"; or a URL, which may hold a password
	UserAgent string // "": vgit and its version

	Roots *x509.CertPool   // authorities; nil: those of the system
	Own   *tls.Certificate // our certificate; nil: none
}

// Login fetches the values of a remote. It starts programs and asks for passwords, so it is called only for a remote that is about to be used,
// and for all of them before the first request. Its error is a *ResolveError and is about this remote alone.
func (r *Remote) Login(ctx context.Context, from *Resolver) (*Login, error) {
	address, err := from.Resolve(ctx, r.URL, "")
	if err != nil {
		return nil, err
	}
	username, err := from.Resolve(ctx, r.Username, "")
	if err != nil {
		return nil, err
	}
	agent, err := from.Resolve(ctx, r.Network.UserAgent, "")
	if err != nil {
		return nil, err
	}
	l := &Login{Username: username.Reveal(), UserAgent: agent.Reveal()}
	for _, part := range []struct {
		to   *Secret
		from Value
	}{{&l.Password, r.Password}, {&l.Token, r.Token}, {&l.Proxy, r.Network.Proxy}} {
		if *part.to, err = from.Resolve(ctx, part.from, l.Username); err != nil {
			return nil, err
		}
	}
	a, _, what := parseAddress(address.Reveal())
	if what == "" {
		what = checkWay(a, r.Socket, r.InsecureHTTP, l.Username != "" || !l.Token.Empty(), r.Auth)
	}
	if what != "" {
		return nil, &ResolveError{r.URL.Key(), errors.New(what)}
	}
	l.Address = a
	var name string
	if l.Roots, l.Own, name, err = r.Trust.load(); err != nil {
		return nil, &ResolveError{"remote." + r.Name + "." + name, err}
	}
	fetched := Value{&origin{text: l.Proxy}}
	if what := checkProxy(fetched); what != "" && !l.Proxy.Empty() {
		return nil, &ResolveError{r.Network.Proxy.Key(), errors.New(what)}
	}
	return l, nil
}
