package dav

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/net/http/httpproxy"

	"vgit/remote"
)

// dialer makes the connections of one remote: to its servers, to its proxy, or through a unix socket.
type dialer struct {
	o          *Options
	home       *url.URL
	configured map[string]bool // host:port of the addresses that the configuration names, which may be anywhere
	proxy      func(*url.URL) (*url.URL, error)

	mu      sync.Mutex
	proxies map[string]*url.URL // by host:port, those that were asked for
}

// deadEnd is an address that no connection is made to, or none leads through.
type deadEnd struct{ text string }

func (e *deadEnd) Error() string { return e.text }

func newDialer(o *Options, c *client) (*dialer, error) {
	d := &dialer{o: o, home: c.home, configured: map[string]bool{}, proxies: map[string]*url.URL{}}
	for _, s := range slices.Collect(maps.Keys(c.origins)) {
		if u, err := url.Parse(s); err == nil {
			d.configured[hostPort(u)] = true
		}
	}
	var err error
	d.proxy, err = proxyOf(o, &c.secrets)
	return d, err
}

// proxyOf tells through which proxy an address is asked. The environment's does not count for this machine (NO_PROXY has the
// others); that of the configuration counts for every address.
func proxyOf(o *Options, s *secrets) (func(*url.URL) (*url.URL, error), error) {
	switch o.Proxy {
	case "":
		return proxyOfEnvironment(o.Env, s), nil
	case "none":
		return func(*url.URL) (*url.URL, error) { return nil, nil }, nil
	}
	u, err := url.Parse(o.Proxy)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("the proxy is no url; write it as http://host:port") // may hold a password: not quoted
	}
	hideLogin(s, o.Proxy)
	return func(*url.URL) (*url.URL, error) { return u, nil }, nil
}

// proxyOfEnvironment reads the variables that other programs read, too. An address that cannot be read is an error where it
// would be used, and not a reason to go without.
func proxyOfEnvironment(env func(string) string, s *secrets) func(*url.URL) (*url.URL, error) {
	var unreadable []string
	first := func(name string) string {
		v := env(strings.ToLower(name))
		if v == "" {
			v = env(name)
		}
		if v == "" {
			return ""
		}
		if !strings.Contains(v, "://") {
			v = "http://" + v
		}
		hideLogin(s, v)
		if u, err := url.Parse(v); err != nil || u.Hostname() == "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
			unreadable = append(unreadable, name)
			return "http://" + name + ".invalid"
		}
		return v
	}
	find := (&httpproxy.Config{HTTPProxy: first("HTTP_PROXY"), HTTPSProxy: first("HTTPS_PROXY"), NoProxy: env("no_proxy") + "," + env("NO_PROXY")}).ProxyFunc()
	return func(u *url.URL) (*url.URL, error) {
		p, err := find(u)
		if err != nil || p != nil && slices.ContainsFunc(unreadable, func(name string) bool { return p.Host == name+".invalid" }) {
			return nil, &deadEnd{"the proxy in the environment is no address; write it as http://host:port"} // may hold a password: not quoted
		}
		return p, nil
	}
}

// staysHere tells that what is sent to u does not leave this machine: a proxy somewhere else would carry it there in the clear.
func (o *Options) staysHere(u *url.URL) bool {
	if o.Proxy != "" && o.Proxy != "none" { // that of the environment does not count for this machine
		if p, err := url.Parse(o.Proxy); err != nil || !isLoopback(p.Hostname()) {
			return false
		}
	}
	return isLoopback(u.Hostname())
}

// hideLogin keeps the login of a proxy out of all messages.
func hideLogin(s *secrets, proxy string) {
	u, err := url.Parse(proxy)
	if err != nil {
		s.hide(proxy)
		return
	}
	if password, ok := u.User.Password(); ok {
		s.hide(password)
		s.hide(u.User.Username() + ":" + password)
		s.hide(u.User.String())
	}
}

// proxyFor is the Proxy of the transport. A proxy that is spoken to over TLS is given out as one over http, since dial has
// made the TLS: its certificate is not that of the server, so pins, client certificates and tls_verify are not for it.
func (d *dialer) proxyFor(u *url.URL) (*url.URL, error) {
	if d.o.Socket != "" && hostPort(u) == hostPort(d.home) {
		return nil, nil
	}
	p, err := d.proxy(u)
	if err != nil || p == nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.proxies[hostPort(p)] = p
	if p.Scheme != "https" {
		return p, nil
	}
	plain := *p
	plain.Scheme, plain.Host = "http", hostPort(p)
	return &plain, nil
}

// isProxied tells whether a proxy, and not the server, may have answered.
func (d *dialer) isProxied(u *url.URL) bool {
	p, err := d.proxyFor(u)
	return err == nil && p != nil
}

// hostPort is where a URL is dialled.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	}
	if port == "" {
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// dial connects to a proxy, to the socket, or to a server. One that the configuration does not name itself may not turn out
// to be inside, if the configured one is outside: what a public name resolves to is in the hands of whoever has it (S19).
func (d *dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	out := net.Dialer{Timeout: d.o.Timeout, Resolver: d.o.Resolver}
	if d.o.Socket != "" && addr == hostPort(d.home) {
		return out.DialContext(ctx, "unix", d.o.Socket)
	}
	d.mu.Lock()
	proxy := d.proxies[addr]
	d.mu.Unlock()
	switch {
	case proxy != nil && proxy.Scheme == "https":
		config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: proxy.Hostname(), Time: d.o.Now}
		if d.o.TLS != nil {
			config.RootCAs = d.o.TLS.RootCAs
		}
		return (&tls.Dialer{NetDialer: &out, Config: config}).DialContext(ctx, network, addr)
	case proxy == nil && !d.configured[addr]:
		out.ControlContext = func(ctx context.Context, _, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err == nil && (isPublic(at.Addr()) || !d.homeIsPublic(ctx)) {
				return nil
			}
			return &deadEnd{fmt.Sprintf("%s is at %s, inside this network, and the configured server is not; if that is right, add it to origins", cut(addr), address)}
		}
	}
	return out.DialContext(ctx, network, addr)
}

// homeIsPublic tells whether the configured host is outside, or nowhere to be found.
func (d *dialer) homeIsPublic(ctx context.Context) bool {
	if d.o.Socket != "" || isLoopback(d.home.Hostname()) {
		return false
	}
	all, err := d.o.Resolver.LookupNetIP(ctx, "ip", d.home.Hostname())
	return err != nil || !slices.ContainsFunc(all, func(a netip.Addr) bool { return !isPublic(a) })
}

// inner are ranges that are of no use in the whole Internet, beside those that netip knows: this network (RFC 1122), behind the
// address translation of providers (RFC 6598), the old sites of version 6 (RFC 3879), translation for one's own use (RFC 8215).
var inner = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("fec0::/10"), netip.MustParsePrefix("64:ff9b:1::/48")}

// embedded are ranges of version 6 that lead to an address of version 4, and the byte where that begins: compatible ones (RFC 4291),
// translation (RFC 6052), 6to4 (RFC 3056).
var embedded = map[netip.Prefix]int{netip.MustParsePrefix("::/96"): 12, netip.MustParsePrefix("64:ff9b::/96"): 12, netip.MustParsePrefix("2002::/16"): 2}

// isPublic tells an address of the whole Internet from one of this machine, link or site.
func isPublic(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range inner {
		if p.Contains(a) {
			return false
		}
	}
	for p, at := range embedded {
		if p.Contains(a) {
			bytes := a.As16()
			return isPublic(netip.AddrFrom4([4]byte(bytes[at : at+4])))
		}
	}
	return true
}

// refusedByProxy is the error for an answer with which a proxy, and not the server, says no.
func refusedByProxy(proxy *url.URL, r *http.Response) error {
	switch {
	case r.StatusCode == http.StatusProxyAuthRequired && proxy != nil && proxy.User != nil:
		return &deadEnd{"the proxy refused the login (407); check the name and password in its address"}
	case r.StatusCode == http.StatusProxyAuthRequired:
		return &deadEnd{"the proxy wants a login (407); write it into proxy, as http://name:password@host:port"}
	case r.StatusCode/100 == 4:
		return &deadEnd{fmt.Sprintf("the proxy does not let this through (%d)", r.StatusCode)}
	case r.StatusCode != http.StatusOK:
		return remote.Temporary(fmt.Errorf("the proxy cannot reach it (%d)", r.StatusCode))
	}
	return nil
}
