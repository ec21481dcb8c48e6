package dav_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vgit/remote"
	"vgit/remote/dav"
	"vgit/remote/davtest"
	"vgit/remote/remotetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// account is a server with a user alice, who has a calendar and an address book, both empty.
type account struct {
	server *davtest.Server
	url    string
	cal    *davtest.Collection
	card   *davtest.Collection
}

func start(t testing.TB, opts ...davtest.Option) account {
	t.Helper()
	s := davtest.New(opts...)
	s.AddUser("alice", "alicepw")
	s.AddToken("alice", "alice-token")
	a := account{server: s, cal: s.AddCalendar("alice", "cal", davtest.Props{DisplayName: "Calendar", Color: "#112233"}),
		card: s.AddAddressBook("alice", "card", davtest.Props{DisplayName: "Contacts"})}
	var stop func()
	a.url, stop = s.Start()
	t.Cleanup(stop)
	return a
}

// options are those of a patient client with a clock that needs no time.
func (a account) options(t testing.TB, kind remote.Kind) dav.Options {
	return dav.Options{
		URL: a.url, Kind: kind, User: "alice", Proxy: "none",
		Password: func(context.Context) (string, error) { return "alicepw", nil },
		Sleep:    func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
}

func (a account) remote(t testing.TB, kind remote.Kind, change ...func(*dav.Options)) *dav.Remote {
	o := a.options(t, kind)
	for _, c := range change {
		if c != nil {
			c(&o)
		}
	}
	r := dav.New(o)
	t.Cleanup(func() { r.Close() })
	return r
}

func (a account) coll(kind remote.Kind) *davtest.Collection {
	if kind == remote.Contacts {
		return a.card
	}
	return a.cal
}

// open looks for the one collection of the account.
func (a account) open(t testing.TB, r *dav.Remote) remote.Collection {
	t.Helper()
	acc, err := r.Look(t.Context(), remote.Binding{})
	if err != nil {
		t.Fatal(err)
	}
	if len(acc.Collections) == 0 {
		t.Fatal("no collection")
	}
	return r.Open(acc.Collections[0])
}

// other is the second client on a davtest collection.
type other struct{ c *davtest.Collection }

func (o other) Put(h remote.Href, body []byte)           { o.c.Put(string(h), body) }
func (o other) Delete(h remote.Href)                     { o.c.Delete(string(h)) }
func (o other) Get(h remote.Href) (body []byte, ok bool) { return o.c.Get(string(h)) }
func (o other) Len() int                                 { return o.c.Len() }

// conform runs the suite against a server with these options.
func conform(t *testing.T, kind remote.Kind, limits remotetest.Limits, change func(*dav.Options), opts ...davtest.Option) {
	remotetest.Run(t, func(t *testing.T) remotetest.Fixture {
		a := start(t, opts...)
		c := a.coll(kind)
		return remotetest.Fixture{Remote: a.remote(t, kind, change), Kind: kind, ID: c.ID(), Other: other{c}, Limits: limits,
			Requests: func() int { return a.server.Count() }, ForgetTokens: c.ForgetTokens}
	})
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, kind := range []remote.Kind{remote.Calendar, remote.Contacts} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			conform(t, kind, remotetest.Limits{}, nil)
		})
	}
}

// TestConformanceOfSwitches runs the suite against each way of misbehaving that a client can live with.
func TestConformanceOfSwitches(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("one server after the other takes a while")
	}
	type limits = remotetest.Limits
	digest := func(o *dav.Options) { o.Auth = "digest" }
	bearer := func(o *dav.Options) {
		o.User, o.Password = "", nil
		o.Token = func(context.Context) (string, error) { return "alice-token", nil }
	}
	tests := []struct {
		name   string
		limits limits
		change func(*dav.Options)
		opts   []davtest.Option
	}{
		{"no-sync-collection", limits{NoDeltas: true}, nil, []davtest.Option{davtest.NoSyncCollection}},
		{"no-tokens", limits{}, nil, []davtest.Option{davtest.NoTokens}},
		{"no-ctag", limits{}, nil, []davtest.Option{davtest.NoCTag}},
		{"no-token-in-home", limits{MoreForNothing: true}, nil, []davtest.Option{davtest.NoTokenInHome}},
		{"no-principal", limits{}, nil, []davtest.Option{davtest.NoPrincipal}},
		{"no-privileges", limits{}, nil, []davtest.Option{davtest.NoPrivileges}},
		{"extra-home-members", limits{}, nil, []davtest.Option{davtest.ExtraHomeMembers}},
		{"outbox-is-calendar", limits{}, nil, []davtest.Option{davtest.OutboxIsCalendar}},
		{"lying-reports", limits{}, nil, []davtest.Option{davtest.LyingReports}},
		{"no-etag-on-put", limits{}, nil, []davtest.Option{davtest.NoETagOnPut}},
		{"weak-etags", limits{}, nil, []davtest.Option{davtest.WeakETags}},
		{"unquoted-etags", limits{}, nil, []davtest.Option{davtest.UnquotedETags}},
		{"counter-etags", limits{}, nil, []davtest.Option{davtest.CounterETags}},
		{"no-etag-in-listing", limits{}, nil, []davtest.Option{davtest.NoETagInListing}},
		{"empty-etag-in-listing", limits{}, nil, []davtest.Option{davtest.EmptyETagInListing}},
		{"ignores-if-none-match", limits{BlindCreate: true}, nil, []davtest.Option{davtest.IgnoresIfNoneMatch}},
		{"ignores-if-match", limits{BlindUpdate: true, BlindMissing: true}, nil, []davtest.Option{davtest.IgnoresIfMatch}},
		{"ignores-if-match-on-delete", limits{BlindDelete: true}, nil, []davtest.Option{davtest.IgnoresIfMatchOnDelete}},
		{"creates-despite-if-match", limits{BlindMissing: true}, nil, []davtest.Option{davtest.CreatesDespiteIfMatch}},
		{"multistatus-on-refusal", limits{}, nil, []davtest.Option{davtest.MultistatusOnRefusal}},
		{"created-on-update", limits{}, nil, []davtest.Option{davtest.CreatedOnUpdate}},
		{"missing-is-412", limits{}, nil, []davtest.Option{davtest.MissingIs412}},
		{"uid-per-account", limits{}, nil, []davtest.Option{davtest.UIDPerAccount}},
		{"locks-parallel-writes", limits{}, nil, []davtest.Option{davtest.LocksParallelWrites}},
		{"empty-initial-report", limits{NoDeltas: true}, nil, []davtest.Option{davtest.EmptyInitialReport}},
		{"refuses-empty-token", limits{NoDeltas: true}, nil, []davtest.Option{davtest.RefusesEmptyToken}},
		{"lists-old-removals", limits{}, nil, []davtest.Option{davtest.ListsOldRemovals}},
		{"forgets-tokens", limits{NoDeltas: true}, nil, []davtest.Option{davtest.ForgetsTokens}},
		{"full-list-on-unknown-token", limits{}, nil, []davtest.Option{davtest.FullListOnUnknownToken}},
		{"nothing-on-unknown-token", limits{}, nil, []davtest.Option{davtest.NothingOnUnknownToken}},
		{"sync-needs-depth-1", limits{}, nil, []davtest.Option{davtest.SyncNeedsDepth1}},
		{"no-token-in-report", limits{NoDeltas: true}, nil, []davtest.Option{davtest.NoTokenInReport}},
		{"page", limits{}, nil, []davtest.Option{davtest.Page(3)}},
		{"missing-href-fails", limits{}, nil, []davtest.Option{davtest.MissingHrefFails}},
		{"missing-href-left-out", limits{}, nil, []davtest.Option{davtest.MissingHrefLeftOut}},
		{"omits-from-multiget", limits{}, nil, []davtest.Option{davtest.OmitsFromMultiget(0.3)}},
		{"multiget-limit", limits{}, nil, []davtest.Option{davtest.MultigetLimit(20)}},
		{"twice-in-listing", limits{}, nil, []davtest.Option{davtest.TwiceInListing}},
		{"mixed-propstat-404-first", limits{}, nil, []davtest.Option{davtest.MixedPropstat404First}},
		{"status-no-reason", limits{}, nil, []davtest.Option{davtest.StatusNoReason}},
		{"no-propstat-status", limits{}, nil, []davtest.Option{davtest.NoPropstatStatus}},
		{"absolute-hrefs", limits{}, nil, []davtest.Option{davtest.AbsoluteHrefs}},
		{"one-spelling", limits{}, nil, []davtest.Option{davtest.OneSpelling}},
		{"escaped-cr", limits{}, nil, []davtest.Option{davtest.EscapedCR}},
		{"no-gzip", limits{}, nil, []davtest.Option{davtest.NoGzip}},
		{"converts-vcards", limits{}, nil, []davtest.Option{davtest.ConvertsVCards}},
		{"schedule-tags", limits{}, nil, []davtest.Option{davtest.ScheduleTags}},
		{"bearer-only", limits{}, bearer, []davtest.Option{davtest.BearerOnly}},
		{"digest-only", limits{}, digest, []davtest.Option{davtest.DigestOnly}},
		{"digest, nonces for three uses", limits{}, digest, []davtest.Option{davtest.DigestOnly, davtest.DigestAs(3, "MD5-sess"), davtest.NextNonce}},
		{"prefix", limits{}, nil, []davtest.Option{davtest.Prefix("/remote.php/dav")}},
		{"no-mkcalendar", limits{}, nil, []davtest.Option{davtest.NoMkcalendar}},
		{"one-component", limits{}, nil, []davtest.Option{davtest.OneComponent}},
		{"names-collections", limits{NamesItself: true}, nil, []davtest.Option{davtest.NamesCollections}},
		{"exists-is-409", limits{}, nil, []davtest.Option{davtest.ExistsIs409}},
		{"mixed-home", limits{}, nil, []davtest.Option{davtest.MixedHome(true)}},
		{"renames", limits{Renames: true}, nil, []davtest.Option{davtest.RenamesOnPut(func(name string, _ []byte) string { return "s-" + name })}},
		{"rewrites", limits{Rewrites: true}, nil, []davtest.Option{davtest.RewritesOnPut(davtest.Sort()), davtest.ETagThoughRewrote}},
		{"odd spelling", limits{}, nil, []davtest.Option{davtest.HrefSpelling(oddly)}},
		{"vcards in 4.0", limits{}, func(o *dav.Options) { o.VCard = "4.0" }, []davtest.Option{davtest.MixedHome(true)}},
		{"partial-patch", limits{}, nil, []davtest.Option{davtest.PartialPatch}},
		{"refuses-properties", limits{OwnProperties: true}, nil, []davtest.Option{davtest.RefusesProperties(403, "calendar-description")}},
		{"refuses-whole-patch", limits{OwnProperties: true}, nil, []davtest.Option{davtest.RefusesProperties(409, "calendar-order"), davtest.RefusesWholePatch}},
		{"no-patch", limits{OwnProperties: true}, nil, []davtest.Option{davtest.NoPatch}},
		{"forgets-properties", limits{OwnProperties: true}, nil, []davtest.Option{davtest.ForgetsProperties("calendar-order")}},
		{"http-2 offered", limits{}, func(o *dav.Options) { o.HTTP2 = true }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			kind := remote.Calendar
			if strings.Contains(tt.name, "vcards") {
				kind = remote.Contacts
			}
			conform(t, kind, tt.limits, tt.change, tt.opts...)
		})
	}
}

// oddly spells a path as few would: letters of the last segment escaped.
func oddly(path string) string {
	if strings.HasSuffix(path, "/") {
		return path
	}
	i := strings.LastIndexByte(path, '/') + 1
	return path[:i] + strings.ReplaceAll(path[i:], "s", "%73")
}
