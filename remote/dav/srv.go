package dav

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"

	"vgit/remote"
)

// This file has what the domain name system says about where an account is (RFC 6764). go-webdav looks at the first record only and
// with a resolver of its own.

// candidate is an address that may lead to an account. One that is named, by the configuration or a TXT record, may take the place of a
// principal (P7).
type candidate struct {
	at    *url.URL
	named bool
}

// Elsewhere is the error for an account that leads to another site, which a person has not confirmed in the configuration (P2).
// errors.Is(err, remote.ErrNotDAV) holds.
type Elsewhere struct {
	Origin string // to be added to Options.Origins, if it is right
	err    error
}

func (e *Elsewhere) Error() string { return e.err.Error() }

// Unwrap returns what the text is made of.
func (e *Elsewhere) Unwrap() error { return e.err }

// elsewhere marks the error for a place on another site. One to which a server that may be anywhere leads, and that is inside this
// network or machine by its very address, is for nobody to say yes to in passing (S19): the text tells how to configure it.
func (c *client) elsewhere(u *url.URL, err error) error {
	if c.leadsInside(u) {
		return err
	}
	return &Elsewhere{origin(u), err}
}

// remedy says what it takes that such a place is asked.
func (c *client) remedy(u *url.URL) string {
	what := "another site"
	if c.leadsInside(u) {
		what = "inside this network"
	}
	return fmt.Sprintf(", %s, which would see the password; if that is right, add %q to origins", what, c.secrets.short(origin(u)))
}

func (c *client) leadsInside(u *url.URL) bool {
	return isInside(u.Hostname()) && !isInside(c.home.Hostname())
}

// isInside tells a host that is inside by its very address.
func isInside(host string) bool {
	at, err := netip.ParseAddr(host)
	return isLoopback(host) || err == nil && !isPublic(at)
}

// domainOf is the host of an address that is a bare host or a mail address, "" for a URL.
func domainOf(raw string) string {
	if strings.Contains(raw, "://") {
		return ""
	}
	host := strings.TrimSpace(raw)
	return host[strings.LastIndexByte(host, '@')+1:]
}

// hosts are the places to look at, one group for each host, best first. The error is about places that are not among them.
func (r *Remote) hosts(ctx context.Context) ([][]candidate, error) {
	own := [][]candidate{append([]candidate{{r.base, true}}, r.usual(r.base)...)}
	if r.domain == "" {
		return own, nil
	}
	groups, err := r.services(ctx)
	if len(groups) == 0 && (err == nil || temporary(err)) {
		return own, err // no records: the domain is the host
	}
	return groups, err
}

// usual are the places on a host that RFC 6764 knows: the well-known one, then the root (P1).
func (r *Remote) usual(host *url.URL) (list []candidate) {
	for _, path := range []string{"/.well-known/" + r.service(), "/"} {
		u := &url.URL{Scheme: host.Scheme, Host: host.Host, Path: path}
		if !samePlace(u, r.base) {
			list = append(list, candidate{u, false})
		}
	}
	return list
}

// service is the name of the protocol.
func (r *Remote) service() string {
	if r.o.Kind == remote.Contacts {
		return "carddav"
	}
	return "caldav"
}

// maxServices is how many records are tried: one that leads to nobody takes minutes.
const maxServices = 10

// services asks for the SRV records of the domain. Those without TLS are asked for only if plain http is allowed, and no certificate
// is pinned, which whoever forges an answer could get around. Each host comes with
// the path of the TXT record, if there is one.
func (r *Remote) services(ctx context.Context) (groups [][]candidate, first error) {
	names := []struct{ service, scheme string }{{r.service() + "s", "https"}, {r.service(), "http"}}
	if !r.o.InsecureHTTP || len(r.o.Pins) > 0 {
		names = names[:1]
	}
	domain, err := idna.Lookup.ToASCII(r.domain)
	if err != nil {
		return nil, fmt.Errorf("%s: is no name of a host", r.http.secrets.short(r.domain))
	}
	for _, name := range names {
		// The resolver sorts by priority, and shuffles by weight.
		_, records, err := r.o.Resolver.LookupSRV(ctx, name.service, "tcp", domain)
		if len(records) == 0 {
			if first == nil {
				first = r.lookupError(err)
			}
			continue
		}
		path := r.contextPath(ctx, "_"+name.service+"._tcp."+domain)
		for _, record := range records[:min(len(records), maxServices)] {
			group, err := r.host(name.scheme, record, path)
			if err == nil {
				groups = append(groups, group)
			} else if first == nil {
				first = err
			}
		}
		break // plaintext is for a domain without TLS
	}
	return groups, first
}

// lookupError is nil for a name without records.
func (r *Remote) lookupError(err error) error {
	if err == nil || isUnknownHost(err) {
		return nil
	}
	return remote.Temporary(fmt.Errorf("%s: the domain name system does not tell where its %s are: %w", r.http.secrets.short(r.domain), plural[r.o.Kind], err))
}

// contextPath is what a TXT record says, "" if there is none that can be used.
func (r *Remote) contextPath(ctx context.Context, name string) string {
	texts, err := r.o.Resolver.LookupTXT(ctx, name)
	if err != nil {
		return ""
	}
	for _, text := range texts {
		path, ok := strings.CutPrefix(text, "path=")
		if u, err := url.Parse(path); ok && err == nil && strings.HasPrefix(path, "/") && u.Host == "" {
			return path
		}
	}
	return ""
}

// host is what there is to look at on the target of a record.
func (r *Remote) host(scheme string, record *net.SRV, path string) ([]candidate, error) {
	target := strings.TrimSuffix(record.Target, ".")
	if target == "" {
		return nil, fmt.Errorf("%s: %w: its records say that it has no %s; if it has, write the address of the server as url", r.domain, remote.ErrNotDAV, plural[r.o.Kind])
	}
	u, err := url.Parse(fmt.Sprintf("%s://%s:%d%s", scheme, target, record.Port, path))
	if err != nil {
		return nil, fmt.Errorf("%s: %w: its records name %q, which is no host", r.domain, remote.ErrNotDAV, r.http.secrets.short(target))
	}
	if tidy(u); !r.http.joinService(u) {
		return nil, r.http.elsewhere(u, fmt.Errorf("%s: %w: its records lead to %s", r.domain, remote.ErrNotDAV, r.http.secrets.short(origin(u))+r.http.remedy(u)))
	}
	var group []candidate
	if path != "" {
		group = append(group, candidate{u, true})
	}
	return append(group, r.usual(u)...), nil
}

// joinService pins the target of a record, on any port, if it is below the registrable domain of the configured one (P2).
func (c *client) joinService(u *url.URL) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.origins[origin(u)] {
		return true
	}
	if u.Scheme != "https" && (!c.o.InsecureHTTP || len(c.o.Pins) > 0) || !isSite(c.home.Hostname(), u.Hostname()) {
		return false
	}
	c.origins[origin(u)] = true
	c.services = strings.TrimSpace(c.services + " " + origin(u))
	c.learn("services", c.services)
	return true
}
