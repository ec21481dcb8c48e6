package dav_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vgit/remote"
	"vgit/remote/dav"
	"vgit/remote/davtest"
)

// asked are the requests that a piece of work made, as "REPORT 0" with their Depth.
func (a account) asked(work func()) []string {
	a.server.ResetLog()
	work()
	var list []string
	for _, r := range a.server.Requests() {
		list = append(list, strings.TrimSpace(r.Method+" "+r.Header.Get("Depth")))
	}
	return list
}

// summary is an answer in words.
func summary(ch remote.Changes) string {
	var names []string
	for _, m := range ch.Members {
		names = append(names, short(m.Href))
	}
	slices.Sort(names)
	s := strings.Join(names, " ")
	for _, h := range ch.Gone {
		s += " -" + short(h)
	}
	for _, h := range ch.Unclear {
		s += " ?" + short(h)
	}
	if ch.Complete {
		s += " complete"
	}
	if ch.Doubt != "" {
		s += " doubt"
	}
	return strings.TrimSpace(s)
}

func short(h remote.Href) string {
	s := string(h[strings.LastIndexByte(string(h), '/')+1:])
	return strings.TrimSuffix(strings.TrimSuffix(s, ".ics"), ".vcf")
}

func fill(c *davtest.Collection, names ...string) {
	for i, n := range names {
		c.Put(n+".ics", davtest.Event(1, i))
	}
}

// seen is the state that an answer leaves behind.
func seen(ch remote.Changes) remote.State {
	return remote.State{Token: ch.Token, CTag: ch.CTag, Known: len(ch.Members), Listed: time.Now(), Learned: ch.Learned}
}

// TestListings: how many requests it takes, and what comes of it. Before the second look b is edited, c deleted, x new.
func TestListings(t *testing.T) {
	t.Parallel()
	all, full, change := "a b c d complete", "a b d x complete", "b x -c"
	tests := []struct {
		name          string
		opts          []davtest.Option
		first, second []string // requests
		want, then    string
		third         []string // once more, nothing changed; nil: not tried
	}{
		{"P39 reports", nil, []string{"REPORT 0"}, []string{"REPORT 0"}, all, change, []string{"REPORT 0"}},
		{"P39 Depth: 1", []davtest.Option{davtest.SyncNeedsDepth1}, []string{"REPORT 0", "REPORT 1"}, []string{"REPORT 1"}, all, change, []string{"REPORT 1"}},
		{"P40 no members", []davtest.Option{davtest.EmptyInitialReport}, []string{"REPORT 0", "PROPFIND 1"}, []string{"PROPFIND 1"}, all, full, []string{"PROPFIND 1"}},
		{"P40 refuses the empty token", []davtest.Option{davtest.RefusesEmptyToken}, []string{"REPORT 0", "PROPFIND 1"}, []string{"PROPFIND 1"}, all, full, nil},
		{"P41 pages", []davtest.Option{davtest.Page(1)}, slices.Repeat([]string{"REPORT 0"}, 5), slices.Repeat([]string{"REPORT 0"}, 3), all, change, []string{"REPORT 0"}},
		{"P43 no reports", []davtest.Option{davtest.NoSyncCollection}, []string{"REPORT 0", "PROPFIND 1"}, []string{"PROPFIND 1"}, all, full, []string{"PROPFIND 1"}},
		{"P45 everything for an unknown token", []davtest.Option{davtest.FullListOnUnknownToken}, []string{"REPORT 0"}, []string{"REPORT 0"}, all, change, nil},
		{"P51 old removals", []davtest.Option{davtest.ListsOldRemovals}, []string{"REPORT 0"}, []string{"REPORT 0"}, all, change, nil},
		{"P52 no token", []davtest.Option{davtest.NoTokenInReport}, []string{"REPORT 0"}, []string{"PROPFIND 1"}, all, full, nil},
		{"P16 tokens not in the home", []davtest.Option{davtest.NoTokenInHome}, []string{"REPORT 0"}, []string{"REPORT 0"}, all, change, nil},
		{"P23 everything twice", []davtest.Option{davtest.TwiceInListing}, []string{"REPORT 0"}, []string{"REPORT 0"}, all, change, nil},
		{"P30 no etags", []davtest.Option{davtest.NoETagInListing}, []string{"REPORT 0"}, []string{"REPORT 0"}, all, change, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := start(t, tt.opts...)
			fill(a.cal, "a", "b", "c", "d", "old")
			a.cal.Delete("old.ics")
			state := remote.State{}
			look := func(requests []string, want string) {
				t.Helper()
				c := a.open(t, a.remote(t, remote.Calendar))
				var ch remote.Changes
				var err error
				got := a.asked(func() { ch, err = c.Changes(t.Context(), state) })
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(requests, got); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
				if summary(ch) != want && want != "" {
					t.Errorf("got %q, want %q (%s)", summary(ch), want, ch.Doubt)
				}
				known := state.Known
				if state = seen(ch); !ch.Complete {
					state.Known = known
				}
			}
			look(tt.first, tt.want)
			a.cal.Edit("b.ics", func(b []byte) []byte { return append([]byte{}, b...) })
			a.cal.Delete("c.ics")
			fill(a.cal, "x")
			look(tt.second, tt.then)
			if tt.third != nil {
				look(tt.third, "")
			}
		})
	}
}

// TestF21RefusedTokens: each refusal leads to one full listing, the right result, and no removal by report.
func TestF21RefusedTokens(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 403, 409, 410, 412, 415, 418, 500, 501, 405, 404} {
		for _, element := range []bool{false, true} {
			a := start(t)
			fill(a.cal, "a", "b", "c")
			ch, err := a.open(t, a.remote(t, remote.Calendar)).Changes(t.Context(), remote.State{})
			if err != nil {
				t.Fatal(err)
			}
			a.cal.Delete("b.ics")
			a.server.Set(davtest.RefuseTokens(status, element))
			c := a.open(t, a.remote(t, remote.Calendar))
			var now remote.Changes
			got := a.asked(func() { now, err = c.Changes(t.Context(), seen(ch)) })
			want := []string{"REPORT 0", "PROPFIND 1"}
			if status == 500 || status == 403 && !element {
				want = []string{"REPORT 0", "REPORT 0", "PROPFIND 1"}
			}
			if err != nil || summary(now) != "a c complete" || cmp.Diff(want, got) != "" {
				t.Errorf("%d %v: %v %q after %q", status, element, err, summary(now), got)
			}
		}
	}
}

// TestP45FullListForAForgottenToken: then removals are invisible, and only a full listing shows them.
func TestP45FullListForAForgottenToken(t *testing.T) {
	t.Parallel()
	a := start(t, davtest.FullListOnUnknownToken)
	fill(a.cal, "a", "b", "c", "d", "e")
	ch, err := a.open(t, a.remote(t, remote.Calendar)).Changes(t.Context(), remote.State{})
	if err != nil {
		t.Fatal(err)
	}
	a.cal.Delete("b.ics")
	a.cal.ForgetTokens()
	now, err := a.open(t, a.remote(t, remote.Calendar)).Changes(t.Context(), seen(ch))
	if err != nil || summary(now) != "a c d e complete" {
		t.Errorf("%v, %q", err, summary(now))
	}
}

// TestP45Echoes: the report after a push names our own writes, which are no sign of a forgotten token.
func TestP45Echoes(t *testing.T) {
	t.Parallel()
	a := start(t)
	fill(a.cal, "a", "b", "c")
	c := a.open(t, a.remote(t, remote.Calendar))
	ch, err := c.Changes(t.Context(), remote.State{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if _, err := c.Put(t.Context(), c.NewHref(fmt.Sprint("n", i)), remote.Precondition{Absent: true}, davtest.Event(2, i)); err != nil {
			t.Fatal(err)
		}
	}
	got := a.asked(func() { ch, err = c.Changes(t.Context(), seen(ch)) })
	if err != nil || ch.Complete || len(ch.Members) != 20 || cmp.Diff([]string{"REPORT 0"}, got) != "" {
		t.Errorf("%v, %q after %q", err, summary(ch), got)
	}
}

// TestP46TokenAheadOfTheServer: an empty report although the token moved is not believed, and not every time (P55).
func TestP46TokenAheadOfTheServer(t *testing.T) {
	t.Parallel()
	a := start(t, davtest.NothingOnUnknownToken)
	fill(a.cal, "a", "b", "c", "d")
	backup := a.cal.Backup()
	fill(a.cal, "e")
	ch, err := a.open(t, a.remote(t, remote.Calendar)).Changes(t.Context(), remote.State{})
	if err != nil {
		t.Fatal(err)
	}
	a.cal.Restore(backup)
	now, err := a.open(t, a.remote(t, remote.Calendar)).Changes(t.Context(), seen(ch))
	if err != nil || summary(now) != "a b c d complete" {
		t.Errorf("after a restored backup: %v, %q", err, summary(now))
	}
}

func TestP55RestlessTokens(t *testing.T) {
	t.Parallel()
	a := start(t, davtest.ChangingTokens)
	fill(a.cal, "a", "b", "c", "d")
	var state remote.State
	var got []string
	clock := time.Now()
	for i := range 6 {
		c := a.open(t, a.remote(t, remote.Calendar, func(o *dav.Options) { o.Now = func() time.Time { return clock } }))
		asked := a.asked(func() {
			ch, err := c.Changes(t.Context(), state)
			if err != nil {
				t.Fatal(err)
			}
			listed, known := state.Listed, state.Known
			if state = seen(ch); ch.Complete {
				listed, known = clock, len(ch.Members)
			}
			state.Listed, state.Known = listed, known
		})
		got = append(got, strings.Join(asked, ","))
		if i == 4 {
			clock = clock.Add(25 * time.Hour)
		}
	}
	want := []string{"REPORT 0", "REPORT 0,PROPFIND 1", "REPORT 0,PROPFIND 1", "REPORT 0", "REPORT 0", "REPORT 0,PROPFIND 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests of six runs (-want +got):\n%s", diff)
	}
}

// TestP50FullListing: asked for a full listing, it is one, whatever the token says, and the token is older than the rows.
func TestP50FullListing(t *testing.T) {
	t.Parallel()
	a := start(t)
	fill(a.cal, "a", "b", "c")
	c := a.open(t, a.remote(t, remote.Calendar))
	ch, err := c.Changes(t.Context(), remote.State{})
	if err != nil {
		t.Fatal(err)
	}
	state := seen(ch)
	state.Full = true
	got := a.asked(func() { ch, err = c.Changes(t.Context(), state) })
	if err != nil || summary(ch) != "a b c complete" || cmp.Diff([]string{"PROPFIND 0", "PROPFIND 1"}, got) != "" {
		t.Errorf("P48: the token comes before the listing: %v, %q after %q", err, summary(ch), got)
	}
	if ch.Token != remote.Token(a.cal.Token()) {
		t.Errorf("token %q, want %q", ch.Token, a.cal.Token())
	}
}

// script answers the requests of one collection from a list, the last one for ever. A page is "status body".
type script struct {
	mu    sync.Mutex
	pages []string
	asked []string
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	page := s.pages[min(len(s.asked), len(s.pages)-1)]
	s.asked = append(s.asked, strings.TrimSpace(r.Method+" "+r.Header.Get("Depth")))
	status, body, _ := strings.Cut(page, " ")
	var code int
	fmt.Sscan(status, &code)
	if strings.HasPrefix(body, "<html") {
		w.Header().Set("Content-Type", "text/html")
	}
	if code == 301 {
		w.Header().Set("Location", body)
	}
	w.WriteHeader(code)
	_, _ = io.WriteString(w, body)
}

// did are the requests so far.
func (s *script) did() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.asked, ", ")
}

// play opens a collection at /cal/ whose server follows a script.
func play(t *testing.T, pages ...string) (remote.Collection, *script) {
	t.Helper()
	s := &script{pages: pages}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	r := dav.New(dav.Options{URL: h.URL, Proxy: "none", Retries: 1, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	t.Cleanup(func() { r.Close() })
	return r.Open(remote.Info{Href: "/cal/", Kind: remote.Calendar, Token: "t9"}), s
}

func multistatus(rows ...string) string {
	return `207 <d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">` + strings.Join(rows, "") + `</d:multistatus>`
}

func row(href, etag string) string {
	return `<d:response><d:href>` + href + `</d:href><d:propstat><d:prop><d:getetag>` + etag + `</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`
}

func bare(href, status string) string {
	return `<d:response><d:href>` + href + `</d:href><d:status>HTTP/1.1 ` + status + `</d:status></d:response>`
}

func token(s string) string { return `<d:sync-token>` + s + `</d:sync-token>` }

const own = `<d:response><d:href>/cal/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/><c:calendar/></d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`

// TestOddAnswers: canned answers, and what may be concluded from each.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	since := remote.State{Token: "t1", Known: 2}
	fullAgain := remote.State{Known: 5, Full: true}
	page := `200 <html><body>Please log in</body></html>`
	tests := []struct {
		name  string
		since remote.State
		pages []string
		want  string
		err   error
		asked string
	}{
		{"P21 an href that cannot be read", fullAgain, []string{multistatus(own, row("/cal/%zz", "1"), row("/cal/a.ics", "2"))}, "a doubt", nil, "PROPFIND 1"},
		{"P22 another origin", fullAgain, []string{multistatus(own, row("http://evil/cal/b.ics", "1"), row("/cal/a.ics", "2"))}, "a doubt", nil, "PROPFIND 1"},
		{"P22 deeper, outside, the collection", fullAgain, []string{multistatus(own, row("/cal/x/b.ics", "1"), row("/else/b.ics", "1"), row("/cal", "3"), row("/cal/a.ics", "2"))}, "a complete", nil, "PROPFIND 1"},
		{"P23 twice, the same", fullAgain, []string{multistatus(own, row("/cal/a.ics", "1"), row("/cal/%61.ics", "1"))}, "a complete", nil, "PROPFIND 1"},
		{"P29 403 for one", fullAgain, []string{multistatus(own, bare("/cal/b.ics", "403 Forbidden"), row("/cal/a.ics", "2"))}, "a ?b doubt", nil, "PROPFIND 1"},
		{"P32 an unreadable status", fullAgain, []string{multistatus(own, bare("/cal/b.ics", "gone"), row("/cal/a.ics", "2"))}, "a ?b doubt", nil, "PROPFIND 1"},
		{"P34 a forbidden character", fullAgain, []string{multistatus(own, row("/cal/b.ics", "\x01"), row("/cal/a.ics", "2"))}, "a ?b doubt", nil, "PROPFIND 1"},
		{"a row without href", fullAgain, []string{multistatus(own, `<d:response/>`, row("/cal/a.ics", "2"))}, "a doubt", nil, "PROPFIND 1"},
		{"G1 no calendar any more", fullAgain, []string{multistatus(strings.Replace(own, "<c:calendar/>", "", 1))}, "doubt", nil, "PROPFIND 1"},
		{"G1 empty, without itself", fullAgain, []string{multistatus()}, "doubt", nil, "PROPFIND 1"},
		{"empty", fullAgain, []string{multistatus(own)}, "complete", nil, "PROPFIND 1"},
		{"P12 403", fullAgain, []string{"403 no"}, "", remote.ErrCollectionGone, "PROPFIND 1"},
		{"P12 404", fullAgain, []string{"404 no"}, "", remote.ErrCollectionGone, "PROPFIND 1"},
		{"P12 410", fullAgain, []string{"410 no"}, "", remote.ErrCollectionGone, "PROPFIND 1"},
		{"F11 a web page", fullAgain, []string{page}, "", remote.ErrNotDAV, "PROPFIND 1, REPORT 0"},
		{"F11 a redirect to one", fullAgain, []string{"301 /login", page}, "", remote.ErrNotDAV, "PROPFIND 1, PROPFIND 1, REPORT 0"},
		{"F54 204 for PROPFIND", fullAgain, []string{"204", multistatus(row("/cal/a.ics", "1"), token("t2"))}, "a complete", nil, "PROPFIND 1, REPORT 0"},
		{"F5 502 once", fullAgain, []string{"502 x", multistatus(own, row("/cal/a.ics", "1"))}, "a complete", nil, "PROPFIND 1, PROPFIND 1"},
		{"F5 502 twice", fullAgain, []string{"502 x"}, "", remote.ErrTemporary, "PROPFIND 1, PROPFIND 1"},
		{"a document cut once", fullAgain, []string{multistatus(own, row("/cal/b.ics", "1"))[:200], multistatus(own, row("/cal/a.ics", "1"))}, "a complete", nil, "PROPFIND 1, PROPFIND 1"},
		{"a document cut twice", fullAgain, []string{multistatus(own, row("/cal/b.ics", "1"))[:200]}, "", remote.ErrTemporary, "PROPFIND 1, PROPFIND 1"},
		{"P41 a page, and the rest", since, []string{multistatus(row("/cal/a.ics", "1"), bare("/cal/", "507 x"), token("t2")), multistatus(bare("/cal/b.ics", "404 x"), token("t3"))}, "a -b", nil, "REPORT 0, REPORT 0"},
		{"F22 the same token for ever", since, []string{multistatus(row("/cal/a.ics", "1"), bare("/cal/", "507 x"), token("t2")), multistatus(bare("/cal/", "507 x"), token("t2")), multistatus(own, row("/cal/z.ics", "1"))}, "z complete", nil, "REPORT 0, REPORT 0, PROPFIND 1"},
		{"F22 the old token", since, []string{multistatus(bare("/cal/", "507 x"), token("t1")), multistatus(own, row("/cal/z.ics", "1"))}, "z complete", nil, "REPORT 0, PROPFIND 1"},
		{"F22 507 without a token", since, []string{multistatus(bare("/cal/", "507 x")), multistatus(own, row("/cal/z.ics", "1"))}, "z complete", nil, "REPORT 0, PROPFIND 1"},
		{"P41 507 as the status", since, []string{"507 x", multistatus(own, row("/cal/z.ics", "1"))}, "z complete", nil, "REPORT 0, PROPFIND 1"},
		{"F23 the second page fails", since, []string{multistatus(row("/cal/a.ics", "1"), bare("/cal/", "507 x"), token("t2")), "504 x"}, "", remote.ErrTemporary, "REPORT 0, REPORT 0, REPORT 0, PROPFIND 1, PROPFIND 1"},
		{"P51 changed and removed", since, []string{multistatus(row("/cal/a.ics", "1"), bare("/cal/a.ics", "404 x"), bare("/cal/b.ics", "410 x"), token("t2"))}, "-b ?a doubt", nil, "REPORT 0"},
		{"P29 403 in a report", since, []string{multistatus(bare("/cal/a.ics", "403 x"), token("t2"))}, "?a doubt", nil, "REPORT 0"},
		{"P47 blanks around a token", since, []string{multistatus(row("/cal/a.ics", "1"), token("\n t2 \n"))}, "a", nil, "REPORT 0"},
		{"a collection below", since, []string{multistatus(row("/cal/a.ics", "1"), strings.ReplaceAll(own, "/cal/<", "/cal/sub/<"), token("t2"))}, "a", nil, "REPORT 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, s := play(t, tt.pages...)
			ch, err := c.Changes(t.Context(), tt.since)
			if tt.err == nil && err != nil || tt.err != nil && !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			if err == nil && summary(ch) != tt.want {
				t.Errorf("got %q, want %q (%s)", summary(ch), tt.want, ch.Doubt)
			}
			if got := s.did(); got != tt.asked {
				t.Errorf("asked %q, want %q", got, tt.asked)
			}
			if tt.name[:3] == "P47" && ch.Token != "t2" {
				t.Errorf("token %q", ch.Token)
			}
		})
	}
}

// TestP23DifferentTwice: present, and which state is not known.
func TestP23DifferentTwice(t *testing.T) {
	t.Parallel()
	c, _ := play(t, multistatus(own, row("/cal/a.ics", "1"), row("/cal/a.ics", "2")))
	ch, err := c.Changes(t.Context(), remote.State{Full: true})
	if err != nil || summary(ch) != "a complete" || ch.Members[0].ETag != "" {
		t.Errorf("%v, %+v", err, ch)
	}
}

// TestP3RedirectedCollection: members are those of the place that answered, and can be written to.
func TestP3RedirectedCollection(t *testing.T) {
	t.Parallel()
	c, s := play(t, "301 /new/place/", multistatus(strings.ReplaceAll(own, "/cal/", "/new/place/"), row("/new/place/a.ics", `"1"`)), "204")
	ch, err := c.Changes(t.Context(), remote.State{Full: true})
	if err != nil || summary(ch) != "a complete" || ch.Members[0].Href != "/new/place/a.ics" {
		t.Fatalf("%v, %+v", err, ch)
	}
	if _, err := c.Put(t.Context(), ch.Members[0].Href, remote.Precondition{ETag: `"1"`}, davtest.Event(1, 1)); err != nil {
		t.Errorf("%v after %q", err, s.did())
	}
}

// TestF4CutListings: an answer cut at any byte, in any framing, tells nothing: no member is missing, none is gone.
func TestF4CutListings(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]string{"PROPFIND": "b complete", "REPORT": "-a"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			a := start(t)
			fill(a.cal, "a", "b")
			c := a.open(t, a.remote(t, remote.Calendar, func(o *dav.Options) { o.Retries = -1 }))
			ch, err := c.Changes(t.Context(), remote.State{})
			if err != nil {
				t.Fatal(err)
			}
			a.cal.Delete("a.ics")
			state := seen(ch)
			state.Full = method == "PROPFIND"
			cutAt := func(k int, framing davtest.Framing) (whole bool) {
				fault := a.server.On(davtest.Match{Method: method, Path: "/cal/", Func: func(r davtest.Request) bool { return r.Header.Get("Depth") != "0" || method == "REPORT" }}).
					At(k).Framed(framing).Drop()
				defer fault.Remove()
				ch, err := c.Changes(t.Context(), state)
				if err == nil && summary(ch) != want || err != nil && !errors.Is(err, remote.ErrTemporary) {
					t.Fatalf("cut at %d, framing %d: %q %v", k, framing, summary(ch), err)
				}
				return err == nil
			}
			n := 0
			for !cutAt(n, davtest.Length) {
				if n++; n > 5000 {
					t.Fatal("never whole")
				}
			}
			for k := 0; k < n; k += 3 {
				cutAt(k, davtest.UntilClose)
				if cutAt(k, davtest.Chunked) {
					t.Errorf("cut at %d of %d in chunks, and taken as whole", k, n)
				}
			}
			if !cutAt(n, davtest.UntilClose) {
				t.Error("a whole answer is not taken")
			}
		})
	}
}

// TestF52ManyMembers: a hundred thousand in one answer are one request, and none is missing.
func TestF52ManyMembers(t *testing.T) {
	t.Parallel()
	const many = 100_000
	asked := 0
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.WriteHeader(207)
		_, _ = io.WriteString(w, `<d:multistatus xmlns:d="DAV:">`)
		for i := range many {
			_, _ = io.WriteString(w, row(fmt.Sprintf("/cal/item-%06d.ics", i), fmt.Sprintf(`"%d"`, i)))
		}
		_, _ = io.WriteString(w, token("t")+`</d:multistatus>`)
	}))
	t.Cleanup(h.Close)
	r := dav.New(dav.Options{URL: h.URL, Proxy: "none"})
	t.Cleanup(func() { r.Close() })
	ch, err := r.Open(remote.Info{Href: "/cal/", Kind: remote.Calendar}).Changes(t.Context(), remote.State{})
	if err != nil || len(ch.Members) != many || !ch.Complete || asked != 1 {
		t.Errorf("%d members, complete %v, after %d requests: %v", len(ch.Members), ch.Complete, asked, err)
	}
}
