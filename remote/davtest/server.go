// Package davtest is an in-memory CalDAV and CardDAV server that keeps every byte and misbehaves on demand.
//
// It serves tests, the demo and benchmarks. A Server without options does what the RFCs ask (4918, 4791, 6352, 5689, 5397,
// 6578, 6764): bodies are stored and given back byte for byte, etags are strong and never come again, tokens tell exactly what
// changed. Switches and other Options make it worse in one small way each, before or while it runs; Profile bundles them into
// the likeness of a known server; On makes single requests fail at a chosen place. Collection is also a second client: its
// plain methods change the server behind the back of whoever is being tested.
//
// The server knows nothing of vgit and of no DAV library, so that it is a second opinion and not an echo. What it leaves out:
// locks, COPY, scheduling beyond schedule tags, free-busy reports, partial retrieval and expansion of calendar-data, and that a
// UID stands once in a collection, which UIDPerCollection adds. A time range is answered generously for recurring items: it may
// name one that has no occurrence inside.
//
// Begin reading at Server.ServeHTTP.
package davtest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Server is an http.Handler with accounts, collections and items in memory. All methods may be called at any time from any
// goroutine, also from functions that the server itself calls (faults and rewriting models).
type Server struct {
	mu       sync.RWMutex // guards accounts and all that hangs below them, and stored
	accounts map[string]*account
	stored   []Version
	made     int // collections ever made, so that each has a number of its own

	behaviour atomic.Pointer[behaviour]
	setting   sync.Mutex // one Set at a time
	writing   atomic.Int32
	volatile  atomic.Int64
	omitted   atomic.Int64
	log       log
	faults    faults
	nonces    nonces
}

// account is one user with what belongs to it.
type account struct {
	name     string
	password string
	tokens   map[string]bool // SHA-256 of bearer tokens
	homes    map[Kind]map[string]*Collection
	guests   map[*account]bool // who else may use it
}

// Version is one body that was stored at some time.
type Version struct {
	User       string
	Collection string // its ID
	Name       string
	Body       []byte
	Removed    bool // a deletion; Body is what was deleted
}

// New makes a server without accounts.
func New(opts ...Option) *Server {
	s := &Server{accounts: map[string]*account{}}
	s.behaviour.Store(&behaviour{now: time.Now, uidConflict: http.StatusConflict, wellKnown: http.StatusMovedPermanently,
		algorithms: []string{"SHA-256", "MD5"}})
	s.Set(opts...)
	return s
}

// Set changes how the server behaves from the next request on. Requests that are being answered keep what they began with.
func (s *Server) Set(opts ...Option) {
	s.setting.Lock()
	defer s.setting.Unlock()
	b := s.behaviour.Load().clone()
	for _, o := range opts {
		o.apply(b)
	}
	s.behaviour.Store(b)
}

// Clear turns switches off again. Options with a value are undone by setting their zero value.
func (s *Server) Clear(switches ...Switch) {
	s.setting.Lock()
	defer s.setting.Unlock()
	b := s.behaviour.Load().clone()
	for _, name := range switches {
		delete(b.on, name)
	}
	s.behaviour.Store(b)
}

// Start serves on a free port of 127.0.0.1 and returns the URL of the server's root, with a slash at the end. stop closes the
// port and all connections, and returns when no request is being answered any more. A function given to Fault.Call must have
// returned by then; delays end by themselves. For TLS and HTTP/2 give the Server to net/http/httptest.
func (s *Server) Start() (url string, stop func()) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(fmt.Sprintf("davtest: no port on the loopback: %v", err))
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.RWMutex // held for reading by each request
	stopped := false
	h := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			running.RLock()
			defer running.RUnlock()
			if stopped {
				panic(http.ErrAbortHandler)
			}
			s.ServeHTTP(w, r)
		}),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.Serve(l)
	}()
	return "http://" + l.Addr().String() + s.behaviour.Load().prefix + "/", func() {
		h.Close()
		<-done
		cancel()
		running.Lock()
		defer running.Unlock()
		stopped = true
	}
}

// AddUser makes an account, or gives an existing one another password. An empty password lets nobody in.
func (s *Server) AddUser(name, password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account(name).password = password
}

// AddToken lets the bearer of token in as that user. Without such tokens an account cannot be used with Bearer.
func (s *Server) AddToken(user, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account(user).tokens[digest(token)] = true
}

// Share lets another user do with all of the owner's collections what the owner can. Where to find them is told by HomeSets.
func (s *Server) Share(owner, with string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account(owner).guests[s.account(with)] = true
}

func (s *Server) may(user, owner *account) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return user == owner || owner.guests[user]
}

// RevokeTokens forgets all bearer tokens of a user.
func (s *Server) RevokeTokens(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.account(user).tokens)
}

func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return string(sum[:])
}

// account returns the account of that name, made if need be. The caller holds the lock.
func (s *Server) account(name string) *account {
	a := s.accounts[name]
	if a == nil {
		a = &account{name: name, tokens: map[string]bool{}, homes: map[Kind]map[string]*Collection{Calendar: {}, AddressBook: {}}, guests: map[*account]bool{}}
		s.accounts[name] = a
	}
	return a
}

// find returns a collection of that ID, whatever its kind. The caller holds the lock.
func (a *account) find(id string) *Collection {
	for _, kind := range []Kind{Calendar, AddressBook} {
		if c := a.homes[kind][id]; c != nil {
			return c
		}
	}
	return nil
}

// Collection returns a user's collection by its ID, nil if there is none. With a calendar and an address book of one ID it is
// the calendar.
func (s *Server) Collection(user, id string) *Collection {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if a := s.accounts[user]; a != nil {
		return a.find(id)
	}
	return nil
}

// Collections returns all collections of a user, calendars first, each kind in the order of the IDs.
func (s *Server) Collections(user string) []*Collection {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a := s.accounts[user]
	if a == nil {
		return nil
	}
	return append(a.list(Calendar), a.list(AddressBook)...)
}

// list returns the collections of one kind, sorted by ID. The caller holds the lock.
func (a *account) list(kind Kind) []*Collection {
	list := make([]*Collection, 0, len(a.homes[kind]))
	for _, c := range a.homes[kind] {
		list = append(list, c)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].id < list[j].id })
	return list
}

// Stored returns every body that was ever stored or deleted, by any client, oldest first.
func (s *Server) Stored() []Version {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return append([]Version(nil), s.stored...)
}

// ServeHTTP answers one request: it is logged, delayed, let in, sabotaged if a fault wants it, and handed to its method.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	entry := s.log.begin(r, body)
	out := &noting{ResponseWriter: w, log: &s.log, entry: entry}
	if err != nil { // the client went away in the middle of its request: nothing of it is done
		http.Error(out, "incomplete request", http.StatusBadRequest)
		return
	}
	x := &exchange{s: s, b: s.behaviour.Load(), r: r, body: body}
	if isWrite(r.Method) {
		x.crowded = s.writing.Add(1) > 1
		defer s.writing.Add(-1)
	}
	wait(r, x.b.latency)
	if matched := s.faults.match(entry); len(matched) > 0 {
		s.deliver(out, x, matched)
		return
	}
	x.answer(out)
}

// exchange is one request with the behaviour it is answered by.
type exchange struct {
	s       *Server
	b       *behaviour
	w       http.ResponseWriter
	r       *http.Request
	body    []byte
	user    *account
	at      place
	from    place // where a MOVE comes from
	syncing bool  // a sync-collection report
	crowded bool  // another write was under way when this one came
	stale   bool  // a right Digest answer with a nonce that is not good any more
}

// again is the same request once more, for a proxy that repeats it.
func (x *exchange) again() *exchange {
	return &exchange{s: x.s, b: x.b, r: x.r, body: x.body, crowded: x.crowded}
}

func (x *exchange) is(name Switch) bool { return x.b.on[name] }

// answer finds out who asks and what for, and lets the method do its work.
func (x *exchange) answer(w http.ResponseWriter) {
	x.w = w
	path := x.r.URL.EscapedPath()
	if name, ok := strings.CutPrefix(path, "/.well-known/"); ok {
		x.wellKnown(strings.TrimSuffix(name, "/"))
		return
	}
	if !x.login() {
		return
	}
	x.at = x.s.resolve(x.b, path)
	if x.at.kind == nowhere || x.is(OneSpelling) && !x.spelledRight(path) {
		x.fail(http.StatusNotFound, "", "there is nothing here")
		return
	}
	if x.at.account != nil && !x.s.may(x.user, x.at.account) {
		x.fail(http.StatusForbidden, needPrivileges, "this belongs to somebody else")
		return
	}
	if x.crowded && x.is(LocksParallelWrites) {
		x.fail(http.StatusLocked, "<d:lock-token-submitted/>", "another write is under way")
		return
	}
	if x.at.kind == collection && x.at.coll == nil && x.is(CreatesWhatIsAskedFor) && !isWrite(x.r.Method) {
		x.at.coll = x.s.add(x.at.account.name, x.at.id, x.at.sort, Props{})
	}
	if f := methods[x.r.Method]; f != nil {
		f(x)
		return
	}
	x.w.Header().Set("Allow", allow)
	x.fail(http.StatusMethodNotAllowed, "", "this method is not known here")
}

const allow = "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, REPORT, MKCALENDAR, MKCOL, MOVE"

var methods = map[string]func(*exchange){
	"OPTIONS": (*exchange).options, "GET": (*exchange).get, "HEAD": (*exchange).get, "PUT": (*exchange).put,
	"DELETE": (*exchange).delete, "MOVE": (*exchange).move, "PROPFIND": (*exchange).propfind,
	"PROPPATCH": (*exchange).proppatch, "REPORT": (*exchange).report, "MKCALENDAR": (*exchange).mkcalendar,
	"MKCOL": (*exchange).mkcol,
}

// options tells what the server can do. It is advice, as everywhere.
func (x *exchange) options() {
	dav := []string{"1, 3, access-control, extended-mkcol"}
	if x.at.kind != home && x.at.kind != collection && x.at.kind != member || x.b.mixed {
		dav = append(dav, "calendar-access", "addressbook")
	} else if x.at.sort == Calendar {
		dav = append(dav, "calendar-access")
	} else {
		dav = append(dav, "addressbook")
	}
	x.w.Header()["Dav"] = dav
	x.w.Header().Set("Allow", allow)
	x.w.WriteHeader(http.StatusOK)
}

// wellKnown redirects to the root (RFC 6764 section 5), without asking who it is.
func (x *exchange) wellKnown(name string) {
	if name != "caldav" && name != "carddav" || x.b.wellKnown == 0 {
		http.NotFound(x.w, x.r)
		return
	}
	target := x.b.wellKnownTarget
	if target == "" {
		target = x.b.prefix + "/"
	}
	x.w.Header().Set("Location", target)
	x.w.WriteHeader(x.b.wellKnown)
}

// wait sleeps for d, or until the client has gone.
func wait(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	}
}
