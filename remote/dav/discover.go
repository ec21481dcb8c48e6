package dav

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"vgit/remote"
)

// plural is what the collections of a kind hold, in messages.
var plural = map[remote.Kind]string{remote.Calendar: "calendars", remote.Contacts: "contacts"}

// maxHomes is how many homes an account may have, since each takes requests. iCloud has two.
const maxHomes = 100

// learnedHome is "collection" if the only home of a binding is itself the one collection.
const learnedHome = "home"

// Look finds the account and lists its collections. See remote.Remote.
func (r *Remote) Look(ctx context.Context, known remote.Binding) (remote.Account, error) {
	if r.bad != nil {
		return remote.Account{}, r.bad
	}
	acc, err := r.look(ctx, known)
	for home, err := range acc.Failed {
		acc.Failed[home] = r.http.secrets.safe(err)
	}
	return acc, r.http.secrets.safe(err)
}

func (r *Remote) look(ctx context.Context, known remote.Binding) (remote.Account, error) {
	r.recall(known.Learned)
	if len(known.Homes) > 0 && r.isHere(known) {
		acc, err := r.list(ctx, known)
		if !hasMoved(err) {
			return acc, err
		}
	}
	found, err := r.discover(ctx)
	if err != nil {
		return remote.Account{}, err
	}
	if err := r.compare(known, found); err != nil {
		return remote.Account{}, err
	}
	return r.list(ctx, found)
}

func (r *Remote) recall(learned map[string]string) {
	r.http.recall(learned)
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, v := range learned {
		if _, newer := r.learned[k]; !newer {
			r.learned[k] = v
		}
	}
}

// isHere tells that a binding was made for the configured address.
func (r *Remote) isHere(known remote.Binding) bool {
	u, err := parseAddress(known.URL, func(string, ...any) {})
	return err == nil && samePlace(u, r.base)
}

// hasMoved tells an error after which it is worth looking for the account again: its home is not where it was.
func hasMoved(err error) bool {
	s := status(err)
	return s == 403 || s == 404 || s == 410 || errors.Is(err, remote.ErrNotDAV)
}

// compare holds what was found against what was known (P14). An account without a principal is known by its address.
func (r *Remote) compare(known, found remote.Binding) error {
	if known.URL == "" && len(known.Homes) == 0 {
		return nil
	}
	if known.Principal == "" && found.Principal == "" && r.isHere(known) || r.sameHref(known.Principal, found.Principal) {
		return nil
	}
	plain := func(h remote.Href) remote.Href { return remote.Href(r.http.secrets.scrub(string(h))) }
	return &remote.OtherAccount{At: shown(r.base), Was: plain(known.Principal), Now: plain(found.Principal)}
}

func (r *Remote) sameHref(a, b remote.Href) bool {
	ua, err := resolve(r.base, string(a))
	if err != nil {
		return false
	}
	ub, err := resolve(r.base, string(b))
	return err == nil && samePlace(ua, ub)
}

// clue is what one address says about where the account is.
type clue struct {
	at         *url.URL
	collection bool
	principal  *url.URL
	homes      []*url.URL
}

// discover asks one host after the other (P1). The most telling error is the first.
func (r *Remote) discover(ctx context.Context) (remote.Binding, error) {
	groups, first := r.hosts(ctx)
	for _, group := range groups {
		b, err := r.discoverAt(ctx, group)
		if err == nil || errors.Is(err, remote.ErrLogin) || ctx.Err() != nil {
			return b, err
		}
		if first == nil {
			first = err
		}
	}
	return remote.Binding{}, first
}

// discoverAt asks the addresses of one host, best first.
func (r *Remote) discoverAt(ctx context.Context, group []candidate) (remote.Binding, error) {
	var first error // the most telling error is that of the best address
	var dav *url.URL
	for _, candidate := range group {
		c, err := r.ask(ctx, candidate.at)
		if err == nil && dav == nil && candidate.named {
			dav = c.at
		}
		if err == nil && !c.collection && len(c.homes) == 0 && c.principal != nil {
			dav = nil // there is a principal, so no address can stand for it
			if c.homes, err = r.homesOf(ctx, c.principal); err == nil && len(c.homes) == 0 {
				err = fmt.Errorf("%s: %w: this login has no home for %s", shown(c.principal), remote.ErrNotDAV, plural[r.o.Kind])
			}
		}
		if errors.Is(err, remote.ErrLogin) || temporary(err) || ctx.Err() != nil {
			return remote.Binding{}, err
		}
		if first == nil {
			first = err
		}
		if c.collection || len(c.homes) > 0 {
			return r.binding(c), nil
		}
	}
	if dav != nil { // no principal at all: the address takes its place (P7)
		return r.binding(clue{homes: []*url.URL{dav}}), nil
	}
	return remote.Binding{}, first
}

func (r *Remote) binding(c clue) remote.Binding {
	b := remote.Binding{URL: r.base.String()}
	if c.principal != nil {
		b.Principal = r.href(c.principal)
	}
	if c.collection {
		r.learn(learnedHome, "collection")
		b.Homes = []remote.Href{r.href(c.at)}
	} else {
		r.learn(learnedHome, "set")
	}
	for _, home := range c.homes {
		if h := r.href(home); !slices.Contains(b.Homes, h) {
			b.Homes = append(b.Homes, h)
		}
	}
	return b
}

// href is a place as it is kept: without the host if that is the configured one.
func (r *Remote) href(u *url.URL) remote.Href {
	if origin(u) == origin(r.base) {
		return remote.Href(u.RequestURI())
	}
	return remote.Href(u.String())
}

// ask looks at one address, once more with credentials if it takes us for nobody.
func (r *Remote) ask(ctx context.Context, u *url.URL) (clue, error) {
	c, err := r.askOnce(ctx, u)
	if errors.Is(err, errStranger) && r.http.login.volunteer(u) {
		return r.askOnce(ctx, u)
	}
	return c, err
}

func (r *Remote) askOnce(ctx context.Context, u *url.URL) (clue, error) {
	home := homeProperty(r.o.Kind)
	k := call{method: "PROPFIND", url: u, depth: "0", discover: true,
		body: propfindBody([]property{resourceType, currentUserPrincipal, principalURL, home})}
	var c clue
	var bad error
	rows := 0
	_, err := r.http.multistatus(ctx, k, func(at *url.URL) { c, bad, rows = clue{at: at}, nil, 0 }, func(row *row) error {
		if rows++; rows > 1 {
			return nil // more than Depth: 0 asked for
		}
		c.collection = row.isCollection(r.o.Kind)
		if bad = r.stranger(row, c.at); bad != nil {
			return nil
		}
		var homes []*url.URL
		if homes, bad = r.places(c.at, row.inside(home)); bad != nil {
			return nil
		}
		c.homes = append(c.homes, homes...)
		for _, p := range []property{currentUserPrincipal, principalURL} {
			if c.principal == nil && bad == nil {
				var ps []*url.URL
				if ps, bad = r.places(c.at, row.inside(p)); len(ps) > 0 {
					c.principal = ps[0]
				}
			}
		}
		return nil
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return clue{}, err // what was understood of it before is no clue
	}
	return c, nil
}

var errStranger = fmt.Errorf("%w: the server takes us for nobody; check username, password and auth", remote.ErrLogin)

// stranger is the error for a principal that means that nobody is logged in (P6).
func (r *Remote) stranger(row *row, at *url.URL) error {
	if row.has(currentUserPrincipal, nsDAV, "unauthenticated") {
		return fmt.Errorf("%s: %w", shown(at), errStranger)
	}
	return nil
}

// places are hrefs as addresses that may be asked. One on a foreign site has to be confirmed in the configuration (P2).
func (r *Remote) places(at *url.URL, hrefs []string) ([]*url.URL, error) {
	if len(hrefs) > maxHomes {
		return nil, fmt.Errorf("%s: %w: more than %d homes", shown(at), remote.ErrNotDAV, maxHomes)
	}
	var list []*url.URL
	for _, href := range hrefs {
		u, err := resolve(at, href)
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %q", shown(at), err, r.http.secrets.short(href))
		}
		if at.Scheme == "https" && u.Scheme == "http" && !r.http.admits(u) {
			return nil, fmt.Errorf("%s: %w: it leads to %s without TLS, which is refused", shown(at), remote.ErrNotDAV, r.http.target(u))
		}
		if !r.http.join(u) {
			return nil, r.http.elsewhere(u, fmt.Errorf("%s: %w: it leads to %s", shown(at), remote.ErrNotDAV, r.http.target(u)+r.http.remedy(u)))
		}
		list = append(list, u)
	}
	return list, nil
}

// list asks every home for its collections (P8, P16).
func (r *Remote) list(ctx context.Context, b remote.Binding) (remote.Account, error) {
	acc := remote.Account{Failed: map[remote.Href]error{}}
	var first error
	seen := map[string]bool{}
	for _, home := range b.Homes {
		infos, err := r.listHome(ctx, b, home)
		if errors.Is(err, errStranger) && r.http.login.volunteer(r.base) {
			infos, err = r.listHome(ctx, b, home)
		}
		switch {
		case errors.Is(err, remote.ErrLogin), errors.Is(err, remote.ErrOtherAccount), ctx.Err() != nil:
			return remote.Account{}, err
		case err != nil:
			acc.Failed[home] = err
			if first == nil {
				first = err
			}
		}
		for _, info := range infos {
			u, err := resolve(r.base, string(info.Href))
			if err == nil && !seen[placeKey(u)] {
				seen[placeKey(u)] = true
				acc.Collections = append(acc.Collections, info)
			}
		}
	}
	if len(acc.Failed) == len(b.Homes) {
		return remote.Account{}, first
	}
	acc.Binding = remote.Binding{URL: r.base.String(), Principal: b.Principal, Homes: b.Homes, Learned: r.Learned()}
	return acc, nil
}

func (r *Remote) listHome(ctx context.Context, b remote.Binding, home remote.Href) ([]remote.Info, error) {
	u, err := resolve(r.base, string(home))
	if err != nil {
		return nil, fmt.Errorf("%q: %w", r.http.secrets.short(string(home)), err)
	}
	single := r.Learned()[learnedHome] == "collection"
	k := call{method: "PROPFIND", url: u, depth: "1", discover: true, gzip: true, body: propfindBody(listProperties(r.o.Kind))}
	if single {
		k.depth = "0"
	}
	var infos []remote.Info
	var bad error
	var at *url.URL
	begin := func(u *url.URL) { at, infos, bad = u, nil, nil }
	_, err = r.http.multistatus(ctx, k, begin, func(row *row) error {
		if bad == nil {
			bad = r.checkPrincipal(b, row, at)
		}
		if info, ok := r.info(row, at, single); ok {
			infos = append(infos, info)
		}
		return nil
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return nil, err
	}
	if single && len(infos) == 0 {
		return nil, fmt.Errorf("%s: %w: it is no %s", shown(u), remote.ErrCollectionGone, r.o.Kind)
	}
	return infos, nil
}

// checkPrincipal compares the principal of a row with that of the binding (P6, P14).
func (r *Remote) checkPrincipal(b remote.Binding, row *row, at *url.URL) error {
	if err := r.stranger(row, at); err != nil {
		return err
	}
	hrefs := row.inside(currentUserPrincipal)
	if len(hrefs) == 0 || b.Principal == "" {
		return nil
	}
	is, err := resolve(at, hrefs[0])
	if err != nil {
		return fmt.Errorf("%s: %w: %q", shown(at), err, r.http.secrets.short(hrefs[0]))
	}
	// A home on another host than the principal, as iCloud has it, names the principal by its path.
	if known, err := resolve(r.base, string(b.Principal)); err == nil && origin(is) == origin(at) {
		is.Scheme, is.Host = known.Scheme, known.Host
	}
	return r.compare(b, remote.Binding{Principal: r.href(is)})
}
