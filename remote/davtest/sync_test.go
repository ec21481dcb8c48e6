package davtest

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// changes are the names in a report: + with an etag, - removed, > more to come.
func changes(t *testing.T, d document) string {
	t.Helper()
	var list []string
	for _, r := range d.Responses {
		name := strings.TrimPrefix(r.Href, calPath)
		etag, _ := d.prop(r.Href, "getetag")
		switch {
		case code(r.Status) == 507 && r.Href == calPath:
			list = append(list, ">")
		case code(r.Status) == 404:
			list = append(list, "-"+name)
		case etag != "":
			list = append(list, "+"+name)
		default:
			t.Errorf("odd row %+v", r)
		}
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// What happened since a token, in the words of RFC 6578 3.5.
func TestSyncSinceToken(t *testing.T) {
	ev := func(s string) []byte { return []byte(event(s, "x")) }
	for _, tc := range []struct {
		name string
		do   func(c *Collection)
		want string
	}{
		{"nothing", func(c *Collection) {}, ""},
		{"create", func(c *Collection) { c.Put("n", ev("n")) }, "+n"},
		{"update", func(c *Collection) { c.Put("a", ev("x")) }, "+a"},
		{"update twice", func(c *Collection) { c.Put("a", ev("x")); c.Put("a", ev("y")) }, "+a"},
		{"delete", func(c *Collection) { c.Delete("a") }, "-a"},
		{"create and delete", func(c *Collection) { c.Put("n", ev("n")); c.Delete("n") }, "-n"},
		{"delete and create", func(c *Collection) { c.Delete("a"); c.Put("a", ev("z")) }, "+a"},
		{"move", func(c *Collection) { c.Move("a", c, "m") }, "+m -a"},
		{"wipe", func(c *Collection) { c.Wipe() }, "-a -b"},
		{"new etags", func(c *Collection) { c.NewETags() }, "+a +b"},
		{"edit nobody sees", func(c *Collection) { c.EditUnseen("a", func([]byte) []byte { return ev("q") }) }, ""},
		{"delete what is not there", func(c *Collection) { c.Delete("none") }, ""},
		{"backup and restore", func(c *Collection) { k := c.Backup(); c.Put("n", ev("n")); c.Delete("a"); c.Restore(k) }, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := start(t)
			b.cal.Put("a", ev("a"))
			b.cal.Put("b", ev("b"))
			first := b.sync(calPath, "")
			equal(t, "initial", changes(t, first), "+a +b")
			tc.do(b.cal)
			d := b.sync(calPath, first.Token)
			equal(t, "changes", changes(t, d), tc.want)
			equal(t, "token", d.Token, b.cal.Token())
			equal(t, "same token", d.Token == first.Token, tc.want == "")
			equal(t, "after that", changes(t, b.sync(calPath, d.Token)), "")
			shown, _ := b.propfind(calPath, "0", "d:sync-token").prop(calPath, "sync-token")
			equal(t, "property", shown, d.Token)
		})
	}
}

func TestSyncRefusals(t *testing.T) {
	b := start(t)
	b.cal.Put("a", []byte(event("a", "x")))
	token := b.cal.Token()
	card := b.card.Token()
	for _, bad := range []string{"garbage", card, token + "9", "urn:davtest:sync:1:0:99", "urn:davtest:sync:1:0:-1"} {
		if r := b.want(403, "REPORT", calPath, syncBody(bad, "")); !strings.Contains(r.body, "<d:valid-sync-token/>") {
			t.Errorf("%s: %s", bad, r.body)
		}
	}
	b.want(400, "REPORT", calPath, strings.Replace(syncBody("", ""), "<d:sync-level>1<", "<d:sync-level>7<", 1))
	b.want(400, "REPORT", calPath, `<d:sync-collection xmlns:d="DAV:"><d:prop/></d:sync-collection>`)
	b.want(400, "REPORT", calPath, syncBody("", ""), "Depth: infinity")
	b.cal.ForgetTokens()
	b.want(403, "REPORT", calPath, syncBody(token, ""))
	b.sync(calPath, b.cal.Token())

	for _, tc := range []struct {
		opts   []Option
		status int
		named  bool
	}{
		{[]Option{RefuseTokens(410, false)}, 410, false},
		{[]Option{RefuseTokens(403, true)}, 403, true},
		{[]Option{ForgetsTokens}, 403, true},
		{[]Option{ForgetsTokens, UnknownToken(500)}, 500, false},
	} {
		b.s.Set(RefuseTokens(0, false), UnknownToken(0))
		b.s.Set(tc.opts...)
		r := b.want(tc.status, "REPORT", calPath, syncBody(b.cal.Token(), ""))
		equal(t, "valid-sync-token", strings.Contains(r.body, "valid-sync-token"), tc.named)
		equal(t, "empty token", changes(t, b.sync(calPath, "")), "+a")
	}
}

// After a backup was restored, tokens given out since are ahead of the server.
func TestTokenAheadOfServer(t *testing.T) {
	b := start(t)
	b.cal.Put("a", []byte(event("a", "x")))
	backup := b.cal.Backup()
	b.cal.Put("b", []byte(event("b", "x")))
	token, etag := b.cal.Token(), b.cal.ETag("b")
	b.cal.Restore(backup)
	b.want(403, "REPORT", calPath, syncBody(token, ""))
	b.s.Set(NothingOnUnknownToken)
	equal(t, "nothing", changes(t, b.sync(calPath, token)), "")
	b.s.Clear(NothingOnUnknownToken)
	b.s.Set(FullListOnUnknownToken)
	equal(t, "all", changes(t, b.sync(calPath, token)), "+a")
	equal(t, "an etag comes again", b.cal.Put("b", []byte(event("b", "y"))), etag)
	b.cal.Restore(backup)
	equal(t, "a backup is good twice", strings.Join(b.cal.List(), " "), "a")
}

// Pages end at tokens that work (RFC 6578 3.6). They are ordinary tokens, so a later page may name a removal that the client
// has never heard of (P51), here that of x.
func TestPages(t *testing.T) {
	for _, tc := range []struct {
		name  string
		opts  []Option
		limit string
		pages []string
	}{
		{"by the server", []Option{Page(2)}, "", []string{"+a +b >", "+c +d >", "+e -x"}},
		{"by the client", nil, "<d:limit><d:nresults>3</d:nresults></d:limit>", []string{"+a +b +c >", "+d +e -x"}},
		{"the smaller one", []Option{Page(4)}, "<d:limit><d:nresults>3</d:nresults></d:limit>", []string{"+a +b +c >", "+d +e -x"}},
		{"limit ignored", []Option{NoLimit}, "<d:limit><d:nresults>3</d:nresults></d:limit>", []string{"+a +b +c +d +e"}},
		{"just enough", []Option{Page(5)}, "", []string{"+a +b +c +d +e"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := start(t, tc.opts...)
			for _, name := range strings.Fields("x a b c d e") {
				b.cal.Put(name, []byte(event(name, "x")))
			}
			b.cal.Delete("x")
			token := ""
			for _, want := range tc.pages {
				d := b.want(207, "REPORT", calPath, syncBody(token, tc.limit), "Depth: 0").read(t)
				equal(t, "page", changes(t, d), want)
				equal(t, "token moves", d.Token != token, true)
				token = d.Token
			}
			b.cal.Delete("a")
			b.cal.Put("f", []byte(event("f", "x")))
			equal(t, "later", changes(t, b.want(207, "REPORT", calPath, syncBody(token, ""), "Depth: 0").read(t)), "+f -a")
		})
	}
}

func TestSyncQuirks(t *testing.T) {
	for _, tc := range []struct {
		name          string
		opts          []Option
		initial, next string
	}{
		{"empty initial report", []Option{EmptyInitialReport}, "", "+n"},
		{"old removals", []Option{ListsOldRemovals}, "+a -gone", "+n"},
		{"twice", []Option{TwiceInListing}, "+a +a", "+n +n"},
		{"changing tokens", []Option{ChangingTokens}, "+a", "+n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := start(t, tc.opts...)
			b.cal.Put("a", []byte(event("a", "x")))
			b.cal.Put("gone", []byte(event("g", "x")))
			b.cal.Delete("gone")
			d := b.sync(calPath, "")
			equal(t, "initial", changes(t, d), tc.initial)
			b.cal.Put("n", []byte(event("n", "x")))
			equal(t, "next", changes(t, b.sync(calPath, d.Token)), tc.next)
		})
	}
	t.Run("pages without end", func(t *testing.T) {
		b := start(t, Page(1), PageTokenStays)
		b.cal.Put("a", []byte(event("a", "x")))
		b.cal.Put("b", []byte(event("b", "x")))
		first := b.sync(calPath, "")
		second := b.sync(calPath, first.Token)
		equal(t, "first", changes(t, first), "+a >")
		equal(t, "second", changes(t, second), "+a >")
		equal(t, "token", first.Token, second.Token)
	})
	t.Run("refuses the empty token", func(t *testing.T) {
		b := start(t, RefusesEmptyToken)
		b.want(403, "REPORT", calPath, syncBody("", ""))
		equal(t, "with one", changes(t, b.sync(calPath, b.cal.Token())), "")
	})
	t.Run("no token in the report", func(t *testing.T) {
		b := start(t, NoTokenInReport)
		equal(t, "token", b.sync(calPath, "").Token, "")
	})
	t.Run("needs depth 1", func(t *testing.T) {
		b := start(t, SyncNeedsDepth1)
		b.want(400, "REPORT", calPath, syncBody("", ""), "Depth: 0")
		b.want(207, "REPORT", calPath, syncBody("", ""), "Depth: 1")
	})
	t.Run("no report at all", func(t *testing.T) {
		b := start(t, NoSyncCollection)
		if r := b.want(403, "REPORT", calPath, syncBody("", "")); !strings.Contains(r.body, "<d:supported-report/>") {
			t.Error(r.body)
		}
		d := b.propfind(calPath, "0", "d:sync-token", "d:supported-report-set", "cs:getctag")
		reports, _ := d.prop(calPath, "supported-report-set")
		equal(t, "named", strings.Contains(reports, "sync-collection"), false)
		_, status := d.prop(calPath, "sync-token")
		equal(t, "sync-token", status, 404)
		_, status = d.prop(calPath, "getctag")
		equal(t, "getctag", status, 200)
		b.s.Set(LyingReports)
		reports, _ = b.propfind(calPath, "0", "d:supported-report-set").prop(calPath, "supported-report-set")
		equal(t, "lies", strings.Contains(reports, "sync-collection"), true)
	})
}

// Tokens of whole seconds bring the changes of their own second again, and etags of counters come again (SOGo).
func TestSecondsAndCounters(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 900, time.UTC)
	b := start(t, SecondGranularTokens, CounterETags, Clock(func() time.Time { return now }))
	b.cal.Put("a", []byte(event("a", "x")))
	now = now.Add(time.Second)
	equal(t, "etag", b.cal.Put("b", []byte(event("b", "x"))), `"gcs00000000"`)
	d := b.sync(calPath, "")
	equal(t, "same second, nothing new", changes(t, b.sync(calPath, d.Token)), "+b")
	b.cal.Put("c", []byte(event("c", "x")))
	same := b.sync(calPath, d.Token)
	equal(t, "same second, one more", changes(t, same), "+b +c")
	equal(t, "the token does not tell", same.Token, d.Token)
	now = now.Add(time.Second)
	equal(t, "edited", b.cal.Put("b", []byte(event("b", "y"))), `"gcs00000001"`)
	b.cal.Delete("b")
	equal(t, "created again", b.cal.Put("b", []byte(event("b", "z"))), `"gcs00000000"`)
}

// A report may leave the second of its token out, and then gives no token of a second that is not over (SOGo).
func TestSkipsOwnSecond(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 900, time.UTC)
	b := start(t, SecondGranularTokens, SkipsOwnSecond, Clock(func() time.Time { return now }))
	b.cal.Put("a", []byte(event("a", "x")))
	early := b.sync(calPath, "").Token
	shown, _ := b.propfind(calPath, "0", "d:sync-token").prop(calPath, "sync-token")
	b.cal.Put("b", []byte(event("b", "x")))
	now = now.Add(time.Second)
	equal(t, "since the shown one", changes(t, b.sync(calPath, shown)), "")
	d := b.sync(calPath, early)
	equal(t, "since that of the report", changes(t, d), "+a +b")
	equal(t, "once it is over", d.Token, shown)
}

// StaleReads: what was there before, for a while.
func TestStaleReads(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	b := start(t, Clock(func() time.Time { return now }))
	b.cal.Put("a", []byte(event("a", "old")))
	b.cal.Put("b", []byte(event("b", "old")))
	b.s.Set(StaleReads(3 * time.Second))
	now = now.Add(time.Minute)
	b.want(204, "PUT", calPath+"a", event("a", "new"))
	b.want(204, "PUT", calPath+"a", event("a", "newer"))
	b.want(204, "DELETE", calPath+"b", "")
	b.want(201, "PUT", calPath+"c", event("c", "new"))
	equal(t, "GET", b.want(200, "GET", calPath+"a", "").body, event("a", "old"))
	b.want(404, "GET", calPath+"c", "")
	list := func() string {
		return strings.ReplaceAll(strings.Join(b.propfind(calPath, "1", "d:getetag").hrefs()[1:], " "), calPath, "")
	}
	equal(t, "listing", list(), "a b")
	now = now.Add(3 * time.Second)
	equal(t, "GET later", b.want(200, "GET", calPath+"a", "").body, event("a", "newer"))
	equal(t, "listing later", list(), "a c")
}
