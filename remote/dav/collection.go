package dav

import (
	"fmt"
	"iter"
	"maps"
	"net/url"
	"strings"
	"sync"

	"vgit/remote"
)

// collection is one calendar or address book of a Remote.
type collection struct {
	r    *Remote
	info remote.Info
	url  *url.URL // with slash at the end
	bad  error    // why it cannot be used

	mu      sync.Mutex
	bases   []*url.URL             // url, and where redirects led
	names   map[string]remote.Href // the spelling that was given out for each item, by decoded name (P20)
	parent  string                 // how the server spells what stands before an item's name, "" while not known
	fresh   bool                   // info.Token and info.CTag are news
	written map[string]bool        // names of items that were written through this value: their rows are echoes (P45)
	learned map[string]string
	counter bool // etags count edits and come again (section 2, SOGo): they guard nothing

	multigets, misses int // that were answered, and refused
}

var (
	_ remote.Collection = (*collection)(nil)
	_ remote.Mover      = (*collection)(nil)

	_ remote.PropertySetter = (*collection)(nil)
)

// Open gives access to a collection that Look has shown.
func (r *Remote) Open(info remote.Info) remote.Collection {
	c := &collection{r: r, info: info, bad: r.bad, fresh: true,
		names: map[string]remote.Href{}, written: map[string]bool{}, learned: map[string]string{}}
	if c.info.Kind == "" {
		c.info.Kind = r.o.Kind
	}
	if c.bad != nil {
		return c
	}
	u, err := resolve(r.base, string(info.Href))
	if err != nil {
		c.bad = fmt.Errorf("%q: %w", c.r.http.secrets.short(string(info.Href)), err)
		return c
	}
	c.url = withSlash(u)
	c.bases = []*url.URL{c.url}
	return c
}

// NewHref makes the href for a new item from a name that is safe as a path segment (P24). Called twice with one name it
// gives the same href.
func (c *collection) NewHref(base string) remote.Href {
	ext := ".ics"
	if c.info.Kind == remote.Contacts {
		ext = ".vcf"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	parent := c.parent
	if parent == "" && c.url != nil {
		parent = string(spelling(c.r.base, c.url, c.url.EscapedPath()))
	}
	return remote.Href(parent + url.PathEscape(base) + ext)
}

// relate says what an href is to this collection in an answer that came from at.
func (c *collection) relate(at *url.URL, href string) (relation, string) {
	rel, name := relate(at, href)
	if (rel == elsewhere || rel == otherOrigin) && at != c.url {
		if other, name := relate(c.url, href); other == child || other == self {
			return other, name
		}
	}
	return rel, name
}

// at is the place of an answer as a collection, remembered as another base of hrefs.
func (c *collection) at(u *url.URL) *url.URL {
	u = withSlash(u)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.bases {
		if samePlace(b, u) {
			return b
		}
	}
	c.bases = append(c.bases, u)
	return u
}

// given is the one spelling of an item's href that callers see, however the server spells it (P20).
func (c *collection) given(at *url.URL, name, href string) remote.Href {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h, ok := c.names[name]; ok {
		return h
	}
	h := spelling(c.r.base, at, href)
	c.names[name] = h
	if c.parent == "" {
		if i := strings.LastIndexByte(string(h), '/'); i >= 0 {
			c.parent = string(h[:i+1])
		}
	}
	return h
}

// spelt takes over the spellings that an earlier run gave out (P20).
func (c *collection) spelt(hrefs iter.Seq[remote.Href]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for h := range hrefs {
		for _, base := range c.bases {
			if rel, name := relate(base, string(h)); rel == child {
				if _, known := c.names[name]; !known {
					c.names[name] = h
				}
				break
			}
		}
	}
}

// item is the place of an item of this collection. Anything else is an error: a write must never reach the collection
// itself or what lies outside of it (P27).
func (c *collection) item(href remote.Href) (*url.URL, string, error) {
	if c.bad != nil {
		return nil, "", c.bad
	}
	c.mu.Lock()
	bases := c.bases
	c.mu.Unlock()
	for _, base := range bases {
		if rel, name := relate(base, string(href)); rel == child {
			u, err := resolve(base, string(href))
			if err != nil {
				return nil, "", err
			}
			c.mu.Lock()
			if _, known := c.names[name]; !known {
				c.names[name] = href
			}
			c.mu.Unlock()
			return u, name, nil
		}
	}
	return nil, "", fmt.Errorf("%q is no item of %s", c.r.http.secrets.short(string(href)), shown(c.url))
}

func (c *collection) learn(key, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.learned[key] = value
}

func (c *collection) recall(learned map[string]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, v := range learned {
		if _, known := c.learned[k]; !known {
			c.learned[k] = v
		}
	}
}

func (c *collection) knows(key string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.learned[key]
}

func (c *collection) learnedSoFar() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.learned)
}

// wrote remembers an item whose next row is the echo of our own write.
func (c *collection) wrote(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.written[name] = true
	c.fresh = false
}

// news is the token and ctag of the listing of the account, if nothing has happened since.
func (c *collection) news() (remote.Token, string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh := c.fresh
	c.fresh = false
	return c.info.Token, c.info.CTag, fresh
}

// answersFor tells that an answer that came from a place is one of the item that was asked for, also where the whole collection has
// moved. A page that a server leads to instead, such as that of a login, knows nothing of the item: its 404 is no proof.
func (c *collection) answersFor(at, asked *url.URL) bool {
	if samePlace(at, asked) {
		return true
	}
	_, is, err := c.item(remote.Href(at.String()))
	if err != nil {
		return false
	}
	_, was, err := c.item(remote.Href(asked.String()))
	return err == nil && is == was
}

// gone makes of a refusal to look into the collection at all that it is gone (P12).
func gone(err error) error {
	switch status(err) {
	case 403, 404, 410:
		return fmt.Errorf("%w: %w", remote.ErrCollectionGone, err)
	}
	return err
}

// isNo tells that a server understood a request and will not do it, in contrast to an answer that failed to come.
func isNo(err error) bool {
	_, no := asFailure(err)
	return no
}
