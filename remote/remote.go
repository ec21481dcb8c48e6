// Package remote is the contract that every other side of a sync fulfils: a CalDAV or CardDAV account, later a web
// calendar, a file, another vdir.
//
// A remote says what it was seen to hold and does single, conditional writes. It knows no repository and decides
// nothing: what is unknown it calls unknown, and it never takes silence for absence. Everything here is bytes and opaque
// strings; no implementation parses an item to change it. Begin reading at Remote, then Collection. The package
// remotetest holds the one conformance suite that each implementation runs.
package remote

import (
	"context"
	"iter"
	"time"
)

// Href says where the server keeps an item or a collection: opaque, sent back exactly as it came. Two hrefs of one
// account are the same place only if they are equal strings; an implementation that learns of two spellings gives out one.
type Href string

// ETag names one state of an item, quotes and W/ included, exactly as it came. "" is "not known", never "any".
type ETag string

// Weak tells whether the etag cannot guard a write: it is unknown or marked weak (RFC 9110 13.1.1, P71).
func (e ETag) Weak() bool { return e == "" || len(e) > 1 && e[0] == 'W' && e[1] == '/' }

// Token names one state of a collection. Opaque, never compared by order; "" is "none".
type Token string

// Kind is what a collection holds.
type Kind string

// The two kinds of collections.
const (
	Calendar Kind = "calendar"
	Contacts Kind = "contacts"
)

// Binding is what a remote was found to be and what was learned of it. It is kept with the snapshot and handed back at
// the next sync, so that no discovery is repeated. The zero value asks for discovery.
type Binding struct {
	URL       string            // the configured address that led here
	Principal Href              // "" where the server has none (P7)
	Homes     []Href            // all home sets, or the one collection that the URL is itself
	Learned   map[string]string // small facts such as "auth" → "basic", "writes" → "serial"; never a secret
}

// Info is one collection as the account's listing shows it.
type Info struct {
	Href       Href
	Kind       Kind
	ID         string   // the last path segment, decoded
	Name       string   // display name, "" if none; remote text, not sanitised
	Components []string // component types it takes; nil: all (P18)
	Token      Token    // sync token if listed
	CTag       string   // getctag if listed
	ReadOnly   bool     // rights were shown and forbid writing (P84)
	Generated  bool     // made by the server itself: birthdays, recently contacted (P10)
	Subscribed bool     // a subscription: readable at most (P9)
	MaxSize    int64    // max-resource-size in bytes, 0: not said
	VCard      string   // highest version of supported-address-data, "" if not said (P66)
	Reading    string   // how bodies are asked for, "" for the usual way; Learned["reading"] has what it was (P66)
	// Properties holds those of PropertyNames that are set, by name, as the server spells them. One that is missing here is not
	// set, unless Unread names it: of that one this answer tells nothing, and it is as it was.
	Properties map[string]string
	Unread     []string
}

// Account is one answer about a whole login.
type Account struct {
	Binding     Binding // as it is now: with what this look has learned
	Collections []Info  // of the wanted kind only, in the server's order
	// Failed are home sets that could not be listed, with the reason. A known collection below one of them is unknown,
	// not missing. Collections of the others are complete.
	Failed map[Href]error
}

// Remote is one login at one address, for one kind of collection. All methods may be called from several goroutines.
type Remote interface {
	// Look finds the account (only as far as known does not tell) and lists its collections: one request for each home
	// set once the binding is known (P16). It creates and changes nothing. If the account answers as another principal
	// than known says, the error is an *OtherAccount and nothing may be concluded (P14).
	Look(ctx context.Context, known Binding) (Account, error)
	// Open gives access to one collection that Look has shown. It makes no request.
	Open(info Info) Collection
}

// State is what the last snapshot knew of a collection. The zero value is "never seen".
type State struct {
	Token  Token
	CTag   string
	Known  int       // members of the last snapshot
	Listed time.Time // when the collection was last listed completely; zero: never
	// Full asks for a complete listing whatever the token says (P50).
	Full bool
	// Again asks for a second opinion on an answer that is hard to believe (G4): on a new connection, so that behind one address another
	// machine may answer.
	Again bool
	// Learned is what Changes.Learned gave last time.
	Learned map[string]string
	// Hrefs are those of the members of the last snapshot, in the spelling that was given out then. A server that spells them
	// differently in a listing and in a report is understood by them. nil: none.
	Hrefs iter.Seq[Href]
}

// Member is one row of a listing or report: the item is there.
type Member struct {
	Href     Href
	ETag     ETag   // "" if the row did not tell: present and unknown (P30)
	Schedule ETag   // schedule tag, "" if none
	Size     int64  // getcontentlength, -1 if not told
	Modified string // getlastmodified as it came, "" if not told
}

// Changes is what a collection answered.
type Changes struct {
	// Complete: Members is all that the collection holds and every row was understood; what it lacks may be gone, after
	// the questions of G2. If false, Members are the rows that changed since the state, and what is neither in Members
	// nor in Gone is as it was.
	Complete bool
	Members  []Member
	// Gone are hrefs that a sync report named with 404 or 410. Always nil in a complete listing.
	Gone []Href
	// Unclear are hrefs that were named but whose row could not be understood: unknown (P28, P29).
	Unclear []Href
	// Doubt, if not "", says why nothing may be concluded from what is lacking although rows were read (P21, P22).
	Doubt string
	// Token and CTag are of the state before the rows were read (P48); "" if the server showed none.
	Token Token
	CTag  string
	// Learned is to be kept and handed back in State, such as "listing" → "propfind" (P40, P52, P55).
	Learned map[string]string
}

// Resource is one item read from the server, or the reason why it could not be.
type Resource struct {
	Href     Href
	ETag     ETag
	Schedule ETag
	Size     int64  // as a Member would show it, -1 if not told
	Modified string // likewise
	Body     []byte
	// Err is nil if Body is a whole body: then ETag and Body come from one answer (P58). ErrGone: a GET of the very href
	// said 404 or 410. ErrCut: what came is no whole item (P61); Body holds it. Anything else: unknown for now.
	Err error
	// Exact tells that Body is byte for byte what the server stores (a GET), not text out of XML (P36).
	Exact bool
}

// Precondition is the state that a write replaces. The zero value is not allowed: a write always names one.
type Precondition struct {
	Absent   bool   // the href must be free (If-None-Match: *)
	ETag     ETag   // of the very body the write was built upon
	Schedule ETag   // used alone when there is no strong etag (P69)
	Body     []byte // that body: compared by GET where etags cannot guard (P71)
}

// Stored is what is known of a write after its answer.
type Stored struct {
	Href Href // where it is now: may differ from the one asked for (P25)
	ETag ETag // of the answer, "" if none
	// Proven tells that the server acknowledged the write in a way that counts (P73). If false, the answer proves
	// nothing: read back before anything is concluded.
	Proven bool
}

// Collection is one calendar or address book. All methods may be called from several goroutines; a Remote keeps the
// number of requests in flight within its bound. Every error is one of this package's or wraps one; anything else means
// "unknown": the caller may not conclude that anything is or is not there.
type Collection interface {
	// Changes asks what changed since the state, or for everything if there is none, if it is refused (P43), or if the
	// answer is not believed (P45, P46). It ends in a bounded number of requests (P49). It never reads bodies.
	Changes(ctx context.Context, since State) (Changes, error)
	// Fetch reads items and calls fn once for each href, in any order, never twice, never for an href not asked for, and
	// never from two goroutines at once. An item that cannot be read comes with Resource.Err and does not stop the
	// others. If fn returns an error Fetch ends with it. Fetch returns an error of its own only if the collection as a
	// whole does not answer; what was delivered until then is good.
	Fetch(ctx context.Context, hrefs []Href, fn func(Resource) error) error
	// Put stores body under href if the precondition holds. It is never sent twice on its own (P86), save in other words, over
	// what was just stored, where that was seen to be cut for some readers (P66). ErrChanged: the precondition failed, nothing
	// was stored. ErrNoAnswer: it may or may not have been stored, with ErrServer if the server answered that it failed. A
	// *Refused error: the server will not take this body.
	Put(ctx context.Context, href Href, pre Precondition, body []byte) (Stored, error)
	// Delete removes the item if the precondition holds. nil also if it was gone already (P74). Errors as for Put.
	Delete(ctx context.Context, href Href, pre Precondition) error
	// NewHref makes the href for a new item from a base name that is safe as a path segment (P24).
	NewHref(base string) Href
}

// Learner is a remote that can tell what it learned since Look, for example that writes go one at a time. A caller keeps
// it in Binding.Learned.
type Learner interface {
	Learned() map[string]string
}

// Mover is a collection that can hand an item to another collection of the same account in one request, for servers that
// take a UID only once (P89). Errors as for Put; ErrChanged also if the target is taken.
type Mover interface {
	// Move takes the item at from, in this collection, to the free href to in the collection target.
	Move(ctx context.Context, from Href, pre Precondition, target Collection, to Href) (Stored, error)
}

// NewCollection is a collection that is to be made.
type NewCollection struct {
	ID         string            // the last segment of its address, wished for; safe as a path segment. A server may choose another
	Components []string          // component types that it is to take; nil: all that the server offers. Without meaning for contacts
	Properties map[string]string // displayname, description, color, order; what the server does not keep of them is no error
}

// Maker is a remote that can make collections.
type Maker interface {
	// Make makes one collection of the remote's kind in a home of the account that Look showed as b, and gives its address as far
	// as the answer tells it; what it became is for Look to show. It is never sent twice on its own, so that no collection is made
	// twice. ErrExists: something is at that address already, a collection or not. ErrNoAnswer: it may or may not have been made.
	// A *Refused error: this account takes no new collections, or not this one.
	Make(ctx context.Context, b Binding, c NewCollection) (Href, error)
}
