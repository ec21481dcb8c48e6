package davtest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Option is one way in which a Server can differ from a correct one.
type Option interface{ apply(*behaviour) }

// Switch is an Option that is either on or off. Its text is its name, for command lines and scripts.
type Switch string

func (s Switch) apply(b *behaviour) { b.on[s] = true }

// What a server says about itself and its collections.
const (
	NoSyncCollection Switch = "no-sync-collection" // no sync-collection report (403 supported-report) and no tokens
	NoTokens         Switch = "no-tokens"          // the property sync-token is missing everywhere, the report works
	NoCTag           Switch = "no-ctag"            // the property getctag is missing
	NoTokenInHome    Switch = "no-token-in-home"   // tokens and ctags are missing when a home is listed, but not on the collection
	NoPrincipal      Switch = "no-principal"       // no current-user-principal; any URL has the home sets
	Unauthenticated  Switch = "unauthenticated"    // current-user-principal says unauthenticated, in spite of the login
	NoPrivileges     Switch = "no-privileges"      // no current-user-privilege-set
	ExtraHomeMembers Switch = "extra-home-members" // the home also lists inbox, outbox, notifications, proxies, trash and a subscription
	OutboxIsCalendar Switch = "outbox-is-calendar" // calendars are outboxes too (SOGo: the first one of each user)
	EmptyHome        Switch = "empty-home"         // the home lists nothing but itself
	LyingReports     Switch = "lying-reports"      // supported-report-set names just what does not work
)

// Etags.
const (
	NoETagOnPut        Switch = "no-etag-on-put"        // answers to PUT have no etag
	ETagThoughRewrote  Switch = "etag-though-rewrote"   // answers to PUT have the etag even when the stored bytes differ
	WeakETags          Switch = "weak-etags"            // etags begin with W/, and so never match
	UnquotedETags      Switch = "unquoted-etags"        // etags have no quotes anywhere; If-Match takes them with and without
	WantsQuotes        Switch = "wants-quotes"          // with UnquotedETags: If-Match takes them only in quotes
	CounterETags       Switch = "counter-etags"         // an etag counts the edits of its name, and comes again after delete and create (SOGo)
	VolatileETags      Switch = "volatile-etags"        // every look shows another etag, and none of them matches
	NoETagInListing    Switch = "no-etag-in-listing"    // getetag is missing in PROPFIND and sync-collection
	EmptyETagInListing Switch = "empty-etag-in-listing" // getetag is there and empty
)

// Writes.
const (
	IgnoresIfNoneMatch     Switch = "ignores-if-none-match"      // a creating PUT overwrites (SOGo, Google)
	IgnoresIfMatch         Switch = "ignores-if-match"           // an updating PUT overwrites whatever is there
	IgnoresIfMatchOnDelete Switch = "ignores-if-match-on-delete" // DELETE deletes whatever is there (SOGo)
	CreatesDespiteIfMatch  Switch = "creates-despite-if-match"   // a PUT with If-Match on a missing item creates it (SOGo)
	AcceptsAnything        Switch = "accepts-anything"           // bodies are not looked at when they are PUT
	MultistatusOnRefusal   Switch = "multistatus-on-refusal"     // a refused PUT is answered 207 with the refusal inside (Xandikos)
	CreatedOnUpdate        Switch = "created-on-update"          // 201 for an update, 200 for a DELETE (Radicale)
	MissingIs412           Switch = "missing-is-412"             // DELETE with If-Match of what is missing gives 412 (sabre)
	UIDPerCollection       Switch = "uid-per-collection"         // no-uid-conflict for a second resource with the UID in the collection
	UIDPerAccount          Switch = "uid-per-account"            // the same for all collections of the account (Cyrus, iCloud)
	TrashBin               Switch = "trash-bin"                  // names and UIDs of deleted items are refused with 400 (Nextcloud)
	LocksParallelWrites    Switch = "locks-parallel-writes"      // 423 for a write that comes while another is under way (Xandikos 0.4)
	NoLocation             Switch = "no-location"                // with RenamesOnPut: does not say where it went
	NoNewCollections       Switch = "no-new-collections"         // MKCALENDAR and MKCOL give 403
	NoMkcalendar           Switch = "no-mkcalendar"              // MKCALENDAR gives 501, extended MKCOL works
	OneComponent           Switch = "one-component"              // a calendar of more than one component type is refused with 403 (iCloud)
	NamesCollections       Switch = "names-collections"          // a new collection gets another id, which Location tells
	ExistsIs409            Switch = "exists-is-409"              // making what exists gives 409 (Radicale), not 405
	CreatesWhatIsAskedFor  Switch = "creates-what-is-asked-for"  // looking at a collection that is not there makes it (Stalwart)
	NoMove                 Switch = "no-move"                    // MOVE gives 405
	PartialPatch           Switch = "partial-patch"              // PROPPATCH sets what it can, and does not answer 424 for it
	RefusesWholePatch      Switch = "refuses-whole-patch"        // PROPPATCH answers a refusal of one property as that of the request (Xandikos)
	NoPatch                Switch = "no-patch"                   // PROPPATCH gives 405
)

// Reports and listings.
const (
	EmptyInitialReport     Switch = "empty-initial-report"       // sync-collection without a token names nothing (Stalwart)
	RefusesEmptyToken      Switch = "refuses-empty-token"        // sync-collection without a token is 403 valid-sync-token (old Cyrus)
	ListsOldRemovals       Switch = "lists-old-removals"         // sync-collection without a token names removed items too (Radicale)
	ForgetsTokens          Switch = "forgets-tokens"             // every token given out before is refused as unknown
	FullListOnUnknownToken Switch = "full-list-on-unknown-token" // an unknown token gives everything and no removals (DAViCal, SOGo)
	NothingOnUnknownToken  Switch = "nothing-on-unknown-token"   // an unknown token gives an empty answer (sabre, token ahead of the server)
	SecondGranularTokens   Switch = "second-granular-tokens"     // a token is a time in seconds; its own second comes again
	SkipsOwnSecond         Switch = "skips-own-second"           // with tokens in seconds: a report leaves that second out, unless it is not over yet (SOGo)
	ChangingTokens         Switch = "changing-tokens"            // every answer has another token and ctag, all of them good
	SyncNeedsDepth1        Switch = "sync-needs-depth-1"         // sync-collection wants Depth: 1, else 400
	NoTokenInReport        Switch = "no-token-in-report"         // the answer to sync-collection lacks its token
	PageTokenStays         Switch = "page-token-stays"           // a page with 507 has the token that was asked with, so that paging never ends
	NoLimit                Switch = "no-limit"                   // a limit in sync-collection is ignored
	MissingHrefFails       Switch = "missing-href-fails"         // a multiget with one missing href is 404 as a whole (sabre 1.8)
	MissingHrefLeftOut     Switch = "missing-href-left-out"      // a multiget says nothing about missing hrefs (DAViCal, sabre 4)
	TwiceInListing         Switch = "twice-in-listing"           // every item is named twice (Zimbra, DavMail)
	MixedPropstat404First  Switch = "mixed-propstat-404-first"   // the propstat with 404 stands before the one with 200
	StatusNoReason         Switch = "status-no-reason"           // status lines without a reason phrase
	NoPropstatStatus       Switch = "no-propstat-status"         // propstat elements without a status
	AbsoluteHrefs          Switch = "absolute-hrefs"             // hrefs are full URLs
	OneSpelling            Switch = "one-spelling"               // items are found only under the exact href of the listing (DavMail)
	EscapedCR              Switch = "escaped-cr"                 // CR in bodies is written &#13;, so that it survives XML; else raw, as most do
	RawControls            Switch = "raw-controls"               // characters that XML forbids are written as they are, else U+FFFD
	IgnoresPrefer          Switch = "ignores-prefer"             // Prefer: return=minimal has no effect
	NoGzip                 Switch = "no-gzip"                    // answers are never compressed
	ConvertsVCards         Switch = "converts-vcards"            // 4.0 cards are given as 3.0 with the same etag, unless asked for 4.0 (sabre 4)
	CutsPictures           Switch = "cuts-pictures"              // cards are given as 3.0, unless asked for 4.0, and pictures of stored 4.0 are cut there (Cyrus 3.6)
	ScheduleTags           Switch = "schedule-tags"              // items with attendees have schedule tags (RFC 6638)
)

// Logins.
const (
	DigestOnly Switch = "digest-only" // Digest (MD5 or SHA-256) in place of Basic
	BearerOnly Switch = "bearer-only" // bearer tokens only
	NextNonce  Switch = "next-nonce"  // each answer to a Digest login names the nonce of the next one, and the last is spent
)

// Switches returns all switches there are.
func Switches() []Switch {
	return []Switch{
		NoSyncCollection, NoTokens, NoCTag, NoTokenInHome, NoPrincipal, Unauthenticated, NoPrivileges, ExtraHomeMembers,
		OutboxIsCalendar, EmptyHome, LyingReports, NoETagOnPut, ETagThoughRewrote, WeakETags, UnquotedETags, WantsQuotes, CounterETags,
		VolatileETags, NoETagInListing, EmptyETagInListing, IgnoresIfNoneMatch, IgnoresIfMatch, IgnoresIfMatchOnDelete,
		CreatesDespiteIfMatch, AcceptsAnything, MultistatusOnRefusal, CreatedOnUpdate, MissingIs412, UIDPerCollection,
		UIDPerAccount, TrashBin, LocksParallelWrites, NoLocation, NoNewCollections, NoMkcalendar, OneComponent, NamesCollections, ExistsIs409,
		CreatesWhatIsAskedFor, NoMove, PartialPatch, RefusesWholePatch, NoPatch, EmptyInitialReport,
		RefusesEmptyToken, ListsOldRemovals, ForgetsTokens, FullListOnUnknownToken, NothingOnUnknownToken,
		SecondGranularTokens, SkipsOwnSecond, ChangingTokens, SyncNeedsDepth1, NoTokenInReport, PageTokenStays, NoLimit, MissingHrefFails,
		MissingHrefLeftOut, TwiceInListing, MixedPropstat404First, StatusNoReason, NoPropstatStatus, AbsoluteHrefs,
		OneSpelling, EscapedCR, RawControls, IgnoresPrefer, NoGzip, ConvertsVCards, CutsPictures, ScheduleTags, DigestOnly, BearerOnly, NextNonce,
	}
}

// Named returns a switch or a profile by its name.
func Named(name string) (Option, error) {
	if slices.Contains(Switches(), Switch(name)) {
		return Switch(name), nil
	}
	o, err := Profile(name)
	if err != nil {
		return nil, fmt.Errorf("no switch %q, and %w", name, err)
	}
	return o, nil
}

// behaviour is all that options set. A request sees one value of it from beginning to end.
type behaviour struct {
	on              map[Switch]bool
	now             func() time.Time
	prefix          string
	mixed           bool
	open            string
	latency         time.Duration
	page            int
	omitRate        float64
	stale           time.Duration
	maxSize         int
	quota           int
	uidConflict     int
	wellKnown       int
	wellKnownTarget string
	refuse          refusal
	spell           func(string) string
	rename          func(string, []byte) string
	onPut, onRead   Model
	homes           []string
	principalHref   string
	challenges      []string
	algorithms      []string
	nonceUses       int
	forgets         map[string]bool
	refuses         map[string]int
	unreadable      map[string]int
	rewrites        func(name, value string) string
	unknownToken    int
	missing         int
	multigetLimit   int
	multigetStatus  func(string) int
	hides           func(string) bool
}

// refusal is how sync tokens are turned down.
type refusal struct {
	status       int
	precondition bool
}

func (b *behaviour) clone() *behaviour {
	c := *b
	c.on = maps.Clone(b.on)
	if c.on == nil {
		c.on = map[Switch]bool{}
	}
	return &c
}

type option func(*behaviour)

func (o option) apply(b *behaviour) { o(b) }

// All makes one Option of several.
func All(opts ...Option) Option {
	return option(func(b *behaviour) {
		for _, o := range opts {
			o.apply(b)
		}
	})
}

// Clock is where the server takes the time from; nil is the time of the machine.
func Clock(now func() time.Time) Option {
	return option(func(b *behaviour) {
		if b.now = now; now == nil {
			b.now = time.Now
		}
	})
}

// Prefix puts everything but /.well-known below a path such as "/remote.php/dav".
func Prefix(path string) Option {
	return option(func(b *behaviour) { b.prefix = strings.TrimSuffix(path, "/") })
}

// MixedHome gives every user one home for calendars and address books, as Radicale does, if mixed is true. It belongs to New.
func MixedHome(mixed bool) Option { return option(func(b *behaviour) { b.mixed = mixed }) }

// OpenTo lets everybody in as that user without a login; "" asks for one again.
func OpenTo(user string) Option { return option(func(b *behaviour) { b.open = user }) }

// Challenges replaces the WWW-Authenticate headers of a 401: an empty slice sends none, nil the right ones.
func Challenges(headers []string) Option {
	return option(func(b *behaviour) { b.challenges = headers })
}

// DigestAs is the algorithms that DigestOnly offers, in their order (SHA-256 and MD5 at first; "-sess" may stand behind one), and
// how often a nonce may be used, 0 for ever.
func DigestAs(uses int, algorithms ...string) Option {
	return option(func(b *behaviour) { b.nonceUses, b.algorithms = uses, algorithms })
}

// Latency makes every request wait before it is looked at.
func Latency(d time.Duration) Option { return option(func(b *behaviour) { b.latency = d }) }

// Page limits answers to sync-collection to n members, with 507 for the collection when there are more; 0 is no limit.
func Page(n int) Option { return option(func(b *behaviour) { b.page = n }) }

// OmitsFromMultiget leaves out that part (0 to 1) of the items asked for in a multiget, evenly spread over all multigets.
func OmitsFromMultiget(rate float64) Option { return option(func(b *behaviour) { b.omitRate = rate }) }

// RefuseTokens answers every sync-collection that has a token with this status, with or without DAV:valid-sync-token; 0 ends it.
func RefuseTokens(status int, precondition bool) Option {
	return option(func(b *behaviour) { b.refuse = refusal{status, precondition} })
}

// UnknownToken is the status for a token that the server does not know; 0 is 403 with DAV:valid-sync-token.
func UnknownToken(status int) Option { return option(func(b *behaviour) { b.unknownToken = status }) }

// Missing is the status for an item that is not there; 0 is 404 (Robur: 401 or 403).
func Missing(status int) Option { return option(func(b *behaviour) { b.missing = status }) }

// MultigetLimit refuses multigets of more than n hrefs with 400; 0 is no limit (Zoho: 100).
func MultigetLimit(n int) Option { return option(func(b *behaviour) { b.multigetLimit = n }) }

// MultigetStatus gives single items another status in multigets, 0 for the ordinary answer; nil for all (iCloud: 404 for items of
// shared calendars, which a GET finds).
func MultigetStatus(status func(name string) int) Option {
	return option(func(b *behaviour) { b.multigetStatus = status })
}

// Hides leaves the items that hidden names out of PROPFINDs and queries, although they are there by name and no report says that
// they went; nil hides none (Open-Xchange's sliding window, an empty listing).
func Hides(hidden func(name string) bool) Option {
	return option(func(b *behaviour) { b.hides = hidden })
}

// RewritesOnPut stores what model makes of a body that is PUT; nil stores the body itself. An etag is then given only for
// bodies that the model left alone (or with ETagThoughRewrote).
func RewritesOnPut(model Model) Option { return option(func(b *behaviour) { b.onPut = model }) }

// RewritesOnRead gives away what model makes of the stored bytes, under their etag; nil gives the bytes.
func RewritesOnRead(model Model) Option { return option(func(b *behaviour) { b.onRead = model }) }

// DropsProperties removes the lines of these names from every body that is PUT.
func DropsProperties(names ...string) Option { return RewritesOnPut(Drop(names...)) }

// RenamesOnPut stores a new item under the name that rename returns, and says so in Location; nil keeps the client's name.
func RenamesOnPut(rename func(name string, body []byte) string) Option {
	return option(func(b *behaviour) { b.rename = rename })
}

// HrefSpelling changes the escaped path of every href that the server writes; nil leaves it alone. Whatever the spelling,
// requests are understood if they decode to the same segments.
func HrefSpelling(spell func(path string) string) Option {
	return option(func(b *behaviour) { b.spell = spell })
}

// HomeSets replaces the hrefs in both home sets, as they stand and unescaped; none restores the true ones.
func HomeSets(hrefs ...string) Option { return option(func(b *behaviour) { b.homes = hrefs }) }

// PrincipalHref replaces the href of current-user-principal; "" restores the true one.
func PrincipalHref(href string) Option { return option(func(b *behaviour) { b.principalHref = href }) }

// WellKnown answers /.well-known with this status and target; an empty target is the root. Status 0 is 404.
func WellKnown(status int, target string) Option {
	return option(func(b *behaviour) { b.wellKnown, b.wellKnownTarget = status, target })
}

// StaleReads lets listings, reports and GETs of an item see, for so long after each change, what was there before it.
func StaleReads(d time.Duration) Option { return option(func(b *behaviour) { b.stale = d }) }

// MaxSize refuses bodies of more bytes with max-resource-size, and says so in the property; 0 is no limit.
func MaxSize(n int) Option { return option(func(b *behaviour) { b.maxSize = n }) }

// Quota refuses bodies with 507 once a user's items would have more bytes in all; 0 is no limit.
func Quota(n int) Option { return option(func(b *behaviour) { b.quota = n }) }

// UIDConflict is the status for no-uid-conflict, 409 at first. 400 gives a text in place of the element (Nextcloud).
func UIDConflict(status int) Option { return option(func(b *behaviour) { b.uidConflict = status }) }

// ForgetsProperties lets PROPPATCH say 200 for these local names and keep nothing.
func ForgetsProperties(names ...string) Option {
	return option(func(b *behaviour) {
		b.forgets = map[string]bool{}
		for _, n := range names {
			b.forgets[n] = true
		}
	})
}

// RefusesProperties lets PROPPATCH answer this status for these local names, and 424 for all others of the request, which does
// nothing then; with PartialPatch the others are set. No names: none is refused.
func RefusesProperties(status int, names ...string) Option {
	return option(func(b *behaviour) {
		b.refuses = map[string]int{}
		for _, n := range names {
			b.refuses[n] = status
		}
	})
}

// RewritesProperties stores what change makes of the text of a property that is set; "" removes it. nil stores it as it came.
func RewritesProperties(change func(name, value string) string) Option {
	return option(func(b *behaviour) { b.rewrites = change })
}

// PropertyStatus answers PROPFIND with this status in place of the value of properties of these local names, be they set or not; 0
// says nothing of them at all.
func PropertyStatus(status int, names ...string) Option {
	return option(func(b *behaviour) {
		b.unreadable = map[string]int{}
		for _, n := range names {
			b.unreadable[n] = status
		}
	})
}

// statusLine is a status as it stands inside a multistatus.
func (b *behaviour) statusLine(status int) string {
	line := "HTTP/1.1 " + itoa(status)
	if !b.on[StatusNoReason] {
		line += " " + http.StatusText(status)
	}
	return line
}
