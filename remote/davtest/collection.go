package davtest

import (
	"fmt"
	"html"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// Props are the properties that a collection is made with. Zero values are left out.
type Props struct {
	DisplayName string
	Description string
	Color       string   // as Apple's calendar-color, or InfCloud's addressbook-color: "#RRGGBB" or "#RRGGBBAA"
	Order       string   // Apple's calendar-order
	TimeZone    string   // a VTIMEZONE in a VCALENDAR
	Components  []string // what a calendar takes; none is VEVENT, VTODO and VJOURNAL
	ReadOnly    bool
}

// Collection is one calendar or address book, with the methods of a second client that needs no HTTP. They do what a client's
// requests would do to etags, tokens and ctags, but ask no questions: no precondition, no check of the body, no rewriting.
type Collection struct {
	s      *Server
	owner  *account
	kind   Kind
	id     string
	number int // tells tokens of two collections apart that had the same path one after the other
	state  state
	sorted []*item           // by name, nil when it must be made anew
	trash  map[string]string // UIDs and names ("name:" in front) of what was deleted
	gone   map[string]*item  // what was removed, for stale reads
	epoch  int               // tokens of older epochs are unknown
}

// state is what a backup of a collection holds.
type state struct {
	items      map[string]*item
	journal    []change       // journal[i] is the change that made i+1 the current token
	versions   map[string]int // how often a name was written since it was last made
	dead       map[qname]string
	components []string
	readOnly   bool
}

// change is one entry of the journal.
type change struct {
	name    string
	removed bool
	at      int64 // seconds
}

// item is one resource. It is never changed, only replaced, so that an answer may be written without holding the lock.
type item struct {
	name     string
	segment  string // name, escaped
	body     []byte
	uids     []string
	kind     string // VEVENT, ..., VCARD; "" if it cannot be told
	etag     string // without quotes
	version  int
	seq      int // place of its last change in the journal
	modified time.Time
	clean    bool // the body is UTF-8 without characters that XML forbids
	tag      string
	previous *item // what was there before, for stale reads
}

// AddCalendar makes a calendar, or changes the properties of the one that is there. The user is made if need be, and cannot log
// in before AddUser gave a password.
func (s *Server) AddCalendar(user, id string, props Props) *Collection {
	return s.add(user, id, Calendar, props)
}

// AddAddressBook makes an address book as AddCalendar makes a calendar.
func (s *Server) AddAddressBook(user, id string, props Props) *Collection {
	return s.add(user, id, AddressBook, props)
}

func (s *Server) add(user, id string, kind Kind, p Props) *Collection {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.account(user)
	c := a.homes[kind][id]
	if c == nil {
		c = s.make(a, id, kind)
	}
	c.state.dead = p.dead(kind)
	c.state.readOnly = p.ReadOnly
	if len(p.Components) > 0 {
		c.state.components = slices.Clone(p.Components)
	}
	return c
}

// make makes an empty collection. The caller holds the lock.
func (s *Server) make(a *account, id string, kind Kind) *Collection {
	s.made++
	c := &Collection{s: s, owner: a, kind: kind, id: id, number: s.made, trash: map[string]string{}, gone: map[string]*item{}}
	c.state = state{items: map[string]*item{}, versions: map[string]int{}, dead: map[qname]string{}}
	if kind == Calendar {
		c.state.components = []string{"VEVENT", "VTODO", "VJOURNAL"}
	}
	a.homes[kind][id] = c
	return c
}

// ID returns the last segment of the collection's URL, decoded.
func (c *Collection) ID() string {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	return c.id
}

// Kind tells a calendar from an address book.
func (c *Collection) Kind() Kind { return c.kind }

// Path returns the path of the collection on the server, escaped, with a slash at the end.
func (c *Collection) Path() string {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	return c.path(c.s.behaviour.Load())
}

func (c *Collection) path(b *behaviour) string {
	return b.homePath(c.owner.name, c.kind) + url.PathEscape(c.id) + "/"
}

// Href returns the href of an item of that name, in the spelling of the server's listings, whether or not it is there.
func (c *Collection) Href(name string) string {
	href := c.Path() + url.PathEscape(name)
	if spell := c.s.behaviour.Load().spell; spell != nil {
		return spell(href)
	}
	return href
}

// base turns an href into a name, and leaves a name alone.
func base(name string) string {
	i := strings.LastIndexByte(name, '/')
	if i < 0 || !strings.HasPrefix(name, "/") && !strings.Contains(name, "://") {
		return name
	}
	if s, err := url.PathUnescape(name[i+1:]); err == nil {
		return s
	}
	return name[i+1:]
}

// Put stores a body under a name or href and returns its new etag, in quotes.
func (c *Collection) Put(name string, body []byte) (etag string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	b := c.s.behaviour.Load()
	return b.etag(c.store(b, base(name), body))
}

// Get returns the stored bytes.
func (c *Collection) Get(name string) (body []byte, ok bool) {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	it := c.state.items[base(name)]
	if it == nil {
		return nil, false
	}
	return slices.Clone(it.body), true
}

// ETag returns the etag of an item as a header has it, "" if the item is not there.
func (c *Collection) ETag(name string) string {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	if it := c.state.items[base(name)]; it != nil {
		return c.s.behaviour.Load().etag(it)
	}
	return ""
}

// Delete removes an item and tells whether it was there.
func (c *Collection) Delete(name string) bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.remove(c.s.behaviour.Load(), base(name))
}

// Edit replaces the body of an item by what edit makes of it, and tells whether the item is there. The server stands still
// meanwhile, so edit must not call it.
func (c *Collection) Edit(name string, edit func([]byte) []byte) bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	it := c.state.items[base(name)]
	if it == nil {
		return false
	}
	c.store(c.s.behaviour.Load(), it.name, edit(slices.Clone(it.body)))
	return true
}

// EditUnseen replaces the body of an item while etag, token and ctag stay as they are, which no honest server does.
func (c *Collection) EditUnseen(name string, edit func([]byte) []byte) bool {
	return c.replace(name, func(it *item) { c.fill(it, edit(slices.Clone(it.body))) })
}

// EditScheduled is Edit, but the schedule tag stays: the change of a server that notes an attendee's answer (RFC 6638 3.2.10).
func (c *Collection) EditScheduled(name string, edit func([]byte) []byte) bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	it := c.state.items[base(name)]
	if it == nil {
		return false
	}
	c.store(c.s.behaviour.Load(), it.name, edit(slices.Clone(it.body))).tag = it.tag
	return true
}

func (c *Collection) replace(name string, edit func(*item)) bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	it := c.state.items[base(name)]
	if it == nil {
		return false
	}
	next := *it
	edit(&next)
	c.state.items[it.name], c.sorted = &next, nil
	return true
}

// NewETags gives every item another etag and leaves the bodies alone, as a server does that was moved to another machine. The
// items count as changed.
func (c *Collection) NewETags() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	b := c.s.behaviour.Load()
	for _, it := range c.list() {
		c.store(b, it.name, it.body)
	}
}

// List returns the names of all items, sorted.
func (c *Collection) List() []string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	names := make([]string, 0, len(c.state.items))
	for _, it := range c.list() {
		names = append(names, it.name)
	}
	return names
}

// Len returns the number of items.
func (c *Collection) Len() int {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	return len(c.state.items)
}

// Wipe deletes all items, one by one.
func (c *Collection) Wipe() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	b := c.s.behaviour.Load()
	for _, it := range c.list() {
		c.remove(b, it.name)
	}
}

// Move moves an item to another collection or name, over what is there, and tells whether the item was there.
func (c *Collection) Move(name string, to *Collection, newName string) bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	it := c.state.items[base(name)]
	if it == nil {
		return false
	}
	b := c.s.behaviour.Load()
	c.remove(b, it.name)
	to.store(b, base(newName), it.body)
	return true
}

// Reimport deletes every item and creates it again with the same body under another name, as a person does who exports a
// calendar, empties it and imports it again.
func (c *Collection) Reimport() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	b := c.s.behaviour.Load()
	for i, it := range c.list() {
		c.remove(b, it.name)
		c.store(b, fmt.Sprintf("import-%d-%d%s", len(c.state.journal), i, path.Ext(it.name)), it.body)
	}
}

// Backup is what a collection held at one moment, with etags and tokens.
type Backup struct{ state state }

// Backup remembers the collection as it is.
func (c *Collection) Backup() *Backup {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	return &Backup{c.state.clone()}
}

// Restore takes the collection back to a backup with all of its memory: later changes are forgotten, and tokens given out since
// are ahead of the server until it has made as many changes again.
func (c *Collection) Restore(b *Backup) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.state, c.sorted = b.state.clone(), nil
	clear(c.gone)
}

func (s state) clone() state {
	s.items, s.versions, s.dead = maps.Clone(s.items), maps.Clone(s.versions), maps.Clone(s.dead)
	s.journal = slices.Clone(s.journal)
	return s
}

// Remove deletes the collection. A new one of that ID is another one: it knows no token of this one.
func (c *Collection) Remove() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	delete(c.owner.homes[c.kind], c.id)
}

// Rename gives the collection another URL.
func (c *Collection) Rename(id string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	delete(c.owner.homes[c.kind], c.id)
	c.id = id
	c.owner.homes[c.kind][id] = c
}

// SetReadOnly takes the right to write away, or gives it back.
func (c *Collection) SetReadOnly(readOnly bool) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.state.readOnly = readOnly
}

// SetComponents changes what the calendar takes. What is in it stays.
func (c *Collection) SetComponents(names ...string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.state.components = slices.Clone(names)
}

// SetProps replaces the properties, as PROPPATCH would. Components and ReadOnly are not touched.
func (c *Collection) SetProps(p Props) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.state.dead = p.dead(c.kind)
}

// Props returns the properties as a client would read them, components and ReadOnly aside.
func (c *Collection) Props() Props {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	d := c.state.dead
	p := Props{DisplayName: d[dav("displayname")], Description: d[cal("calendar-description")], Color: d[apple("calendar-color")],
		Order: d[apple("calendar-order")], TimeZone: d[cal("calendar-timezone")]}
	if c.kind == AddressBook {
		p.Description, p.Color = d[card("addressbook-description")], d[addressBookColor]
	}
	for _, s := range []*string{&p.DisplayName, &p.Description, &p.Color, &p.Order, &p.TimeZone} {
		*s = html.UnescapeString(*s)
	}
	return p
}

// ForgetTokens makes every token given out so far unknown.
func (c *Collection) ForgetTokens() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.epoch++
}

// Token returns the current sync token.
func (c *Collection) Token() string {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	return c.token(c.s.behaviour.Load(), len(c.state.journal))
}
