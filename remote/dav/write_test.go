package dav_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"vgit/remote"
	"vgit/remote/dav"
	"vgit/remote/davtest"
)

// desk is a server for writes: one answer to each PUT, DELETE and MOVE, and a body for GET.
type desk struct {
	mu     sync.Mutex
	asked  []string
	header http.Header // of the last write
	body   string
	length int64
	write  func(w http.ResponseWriter, n int)
	stored string // what a GET gives; "" is 404
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	d.mu.Lock()
	d.asked = append(d.asked, r.Method)
	n := 0
	for _, m := range d.asked {
		if m != "GET" {
			n++
		}
	}
	if r.Method != "GET" {
		d.header, d.body, d.length = r.Header, string(body), r.ContentLength
	}
	d.mu.Unlock()
	switch {
	case r.Method != "GET":
		d.write(w, n)
	case d.stored == "":
		w.WriteHeader(404)
	default:
		_, _ = io.WriteString(w, d.stored)
	}
}

// did are the methods of all requests so far.
func (d *desk) did() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.asked...)
}

func (d *desk) open(t *testing.T, change ...func(*dav.Options)) remote.Collection {
	t.Helper()
	h := httptest.NewServer(d)
	t.Cleanup(h.Close)
	return account{url: h.URL}.remote(t, remote.Calendar, change...).Open(remote.Info{Href: "/cal/", Kind: remote.Calendar})
}

func says(status int, body string, header ...string) func(http.ResponseWriter, int) {
	return func(w http.ResponseWriter, _ int) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const item = remote.Href("/cal/a.ics")

var (
	create = remote.Precondition{Absent: true}
	update = remote.Precondition{ETag: `"1"`, Body: []byte(event)}
)

// TestP85HeadersOfAWrite: what a PUT and a DELETE carry, and what they do not.
func TestP85HeadersOfAWrite(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		pre    remote.Precondition
		delete bool
		want   map[string]string
	}{
		{"P68 create", create, false, map[string]string{"If-None-Match": "*", "If-Match": ""}},
		{"P69 update", update, false, map[string]string{"If-Match": `"1"`, "If-None-Match": ""}},
		{"P69 an etag with a backslash", remote.Precondition{ETag: `"a\b"`}, false, map[string]string{"If-Match": `"a\b"`}},
		{"P70 an etag without quotes", remote.Precondition{ETag: `12-3`}, false, map[string]string{"If-Match": `12-3`}},
		{"P69 a schedule tag beside a strong etag", remote.Precondition{ETag: `"1"`, Schedule: `"s"`}, false, map[string]string{"If-Match": `"1"`, "If-Schedule-Tag-Match": ""}},
		{"P69 a schedule tag beside a weak one", remote.Precondition{ETag: `W/"1"`, Schedule: `"s"`}, false, map[string]string{"If-Match": "", "If-Schedule-Tag-Match": `"s"`}},
		{"P90 delete", update, true, map[string]string{"If-Match": `"1"`, "Schedule-Reply": "F", "Content-Type": ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := &desk{write: says(204, "")}
			c := d.open(t, func(o *dav.Options) { o.NoScheduleReply = true })
			var err error
			if tt.want["Accept-Encoding"], tt.want["Expect"] = "identity", ""; tt.delete {
				err = c.Delete(t.Context(), item, tt.pre)
			} else {
				tt.want["Content-Type"] = "text/calendar; charset=utf-8"
				_, err = c.Put(t.Context(), item, tt.pre, []byte(event))
				if d.body != event || d.length != int64(len(event)) {
					t.Errorf("sent %d bytes, announced %d", len(d.body), d.length)
				}
			}
			if err != nil || len(d.did()) != 1 {
				t.Fatalf("%v after %q", err, d.did())
			}
			for name, want := range tt.want {
				if got := strings.Join(d.header[http.CanonicalHeaderKey(name)], ","); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

// TestAnswersToAPut: what each answer proves.
func TestAnswersToAPut(t *testing.T) {
	t.Parallel()
	inner := func(status string) string { return strings.TrimPrefix(multistatus(bare("/cal/a.ics", status)), "207 ") }
	conflict := `<?xml version="1.0"?><d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="s"><s:exception>X</s:exception>` +
		`<s:message>no good</s:message><c:no-uid-conflict><d:href>/cal/b.ics</d:href></c:no-uid-conflict></d:error>`
	page := []string{"Content-Type", "text/html"}
	tests := []struct {
		name  string
		pre   remote.Precondition
		write func(http.ResponseWriter, int)
		want  string // stored: href, etag, proven; or the kinds of the error
	}{
		{"P73 201", create, says(201, "", "ETag", `"2"`), `/cal/a.ics "2" proven`},
		{"P73 204", update, says(204, ""), `/cal/a.ics  proven`},
		{"P73 201 for an update", update, says(201, "<html>Created</html>", page...), `/cal/a.ics  proven`},
		{"P73 200 with etag", update, says(200, "", "ETag", `"2"`), `/cal/a.ics "2" proven`},
		{"P73 200 without", update, says(200, ""), `/cal/a.ics  unproven`},
		{"P73 202", update, says(202, "", "ETag", `"2"`), `/cal/a.ics "2" unproven`},
		{"P73 206", update, says(206, ""), `/cal/a.ics  unproven`},
		{"P73 200, a web page", update, says(200, "<html>login</html>", page...), "notdav noanswer"},
		{"P73 a redirect to a login", update, says(302, "", "Location", "/login"), "notdav noanswer"},
		{"P73 207, all well", update, says(207, inner("200 OK")), `/cal/a.ics  proven`},
		{"P73 207, 412 inside", update, says(207, inner("412 x")), "changed"},
		{"P73 207, 507 inside", update, says(207, inner("507 x")), "refused 507"},
		{"P73 207, 500 inside", update, says(207, inner("500 x")), "noanswer temporary"},
		{"P73 207, unreadable inside", update, says(207, inner("fine")), "noanswer temporary"},
		{"P73 207, nothing inside", update, says(207, strings.TrimPrefix(multistatus(), "207 ")), "noanswer"},
		{"P73 207, no XML", update, says(207, "hello"), "noanswer"},
		{"P81 207, 412 with a condition", create, says(207, strings.Replace(inner("412 x"), "</d:status>", `</d:status><d:error><c:no-uid-conflict><d:href>/cal/b.ics</d:href></c:no-uid-conflict></d:error>`, 1)), "refused 412 no-uid-conflict /cal/b.ics"},
		{"P25 Location", create, says(201, "", "Location", "/cal/b.ics", "ETag", `"2"`), `/cal/b.ics "2" proven`},
		{"P25 Location, absolute in our own spelling", create, says(201, "", "Location", "%61.ics"), `/cal/a.ics  proven`},
		{"P25 Content-Location", create, says(201, "", "Content-Location", "/cal/b.ics"), `/cal/b.ics  proven`},
		{"P25 Location elsewhere", create, says(201, "", "Location", "http://evil/cal/b.ics"), `/cal/a.ics  proven`},
		{"P25 Location of an update", update, says(204, "", "Location", "/cal/b.ics"), `/cal/a.ics  proven`},
		{"P101 an encoding that nobody offered", update, says(204, "", "Content-Encoding", "br", "ETag", `"2"`), `/cal/a.ics "2" proven`},
		{"P101 and a refusal in it", update, says(412, "x", "Content-Encoding", "gzip"), "changed"},
		{"P78 412", update, says(412, ""), "changed"},
		{"P78 412 of sabre", create, says(412, `<d:error xmlns:d="DAV:" xmlns:s="x"><s:message>m</s:message></d:error>`), "changed"},
		{"P79 404 on update", update, says(404, ""), "gone"},
		{"P79 410 on update", update, says(410, ""), "gone"},
		{"P80 404 on create", create, says(404, ""), "collection"},
		{"P81 409", create, says(409, conflict), "refused 409 no-uid-conflict /cal/b.ics"},
		{"P81 403", create, says(403, conflict), "refused 403 no-uid-conflict /cal/b.ics"},
		{"P81 400 with text", create, says(400, "UID exists"), "refused 400"},
		{"P82 403", update, says(403, ""), "refused 403"},
		{"P82 413", update, says(413, ""), "refused 413"},
		{"P82 415", update, says(415, ""), "refused 415"},
		{"P82 507 alone", update, says(507, ""), "refused 507"},
		{"P94 423 alone", update, says(423, ""), "locked"},
		{"P94 a lock error", update, says(409, `<d:error xmlns:d="DAV:"><d:lock-token-submitted/></d:error>`), "locked"},
		{"P96 429", update, says(429, "", "Retry-After", "5"), "temporary busy"},
		{"P96 503", update, says(503, "", "Retry-After", "5"), "noanswer temporary busy"},
		{"F5 500", update, says(500, ""), "noanswer temporary"},
		{"F5 502", update, says(502, ""), "noanswer temporary"},
		{"F8 401", update, says(401, ""), "login"},
		{"P86 the connection breaks", update, func(http.ResponseWriter, int) { panic(http.ErrAbortHandler) }, "noanswer temporary"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := &desk{write: tt.write, stored: event}
			s, err := d.open(t, func(o *dav.Options) { o.Auth = "basic" }).Put(t.Context(), item, tt.pre, []byte(event))
			got := kinds(err)
			if err == nil {
				got = fmt.Sprintf("%s %s %s", s.Href, s.ETag, map[bool]string{true: "proven", false: "unproven"}[s.Proven])
			}
			if got != tt.want {
				t.Errorf("got %q, want %q (%v)", got, tt.want, err)
			}
			if err != nil && strings.Contains(err.Error(), remote.ErrTemporary.Error()) {
				t.Errorf("the mark is read aloud: %v", err)
			}
			if len(d.did()) != 1 {
				t.Errorf("P86: %q", d.did())
			}
		})
	}
}

// kinds are the reasons that a caller can branch on.
func kinds(err error) string {
	var list []string
	for _, k := range []struct {
		err  error
		name string
	}{{remote.ErrGone, "gone"}, {remote.ErrChanged, "changed"}, {remote.ErrNotDAV, "notdav"}, {remote.ErrNoAnswer, "noanswer"}, {remote.ErrLocked, "locked"},
		{remote.ErrCollectionGone, "collection"}, {remote.ErrLogin, "login"}, {remote.ErrTemporary, "temporary"}} {
		if errors.Is(err, k.err) && !(k.name == "gone" && errors.Is(err, remote.ErrCollectionGone)) {
			list = append(list, k.name)
		}
	}
	var busy *remote.Busy
	if errors.As(err, &busy) {
		list = append(list, "busy")
	}
	var no *remote.Refused
	if errors.As(err, &no) {
		list = append(list, strings.TrimSpace(fmt.Sprint("refused ", no.Status, " ", no.Condition, " ", no.Href)))
	}
	return strings.Join(list, " ")
}

func TestP74AnswersToADelete(t *testing.T) {
	t.Parallel()
	inner := func(status string) string { return strings.TrimPrefix(multistatus(bare("/cal/a.ics", status)), "207 ") }
	for _, tt := range []struct {
		name   string
		write  func(http.ResponseWriter, int)
		stored string
		want   string
		asked  string
	}{
		{"200", says(200, ""), event, "", "DELETE"},
		{"202", says(202, ""), event, "", "DELETE"},
		{"204", says(204, ""), event, "", "DELETE"},
		{"404", says(404, ""), "", "", "DELETE"},
		{"410", says(410, ""), "", "", "DELETE"},
		{"207 well", says(207, inner("204 x")), event, "", "DELETE"},
		{"207, 404 inside", says(207, inner("404 x")), event, "", "DELETE"},
		{"207, 403 inside", says(207, inner("403 x")), event, "refused 403", "DELETE"},
		{"206", says(206, ""), event, "noanswer", "DELETE"},
		{"200, a web page", says(200, "<html>login</html>", "Content-Type", "text/html"), event, "notdav noanswer", "DELETE"},
		{"412, still there", says(412, ""), event, "changed", "DELETE GET"},
		{"412, gone", says(412, ""), "", "", "DELETE GET"},
		{"P5 301 is not followed", says(301, "", "Location", "/cal/b.ics"), event, "notdav noanswer", "DELETE"},
		{"500", says(500, ""), event, "noanswer temporary", "DELETE"},
		{"423", says(423, ""), event, "locked", "DELETE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := &desk{write: tt.write, stored: tt.stored}
			err := d.open(t).Delete(t.Context(), item, update)
			if got := kinds(err); got != tt.want || (err == nil) != (tt.want == "") || strings.Join(d.did(), " ") != tt.asked {
				t.Errorf("got %q, want %q; asked %q (%v)", got, tt.want, d.did(), err)
			}
		})
	}
}

// TestP71WithoutAStrongETag: compared right before the write, which is not sent if anything differs.
func TestP71WithoutAStrongETag(t *testing.T) {
	t.Parallel()
	weak := remote.Precondition{ETag: `W/"1"`, Body: []byte(event)}
	none := remote.Precondition{Body: []byte(event)}
	counted := remote.Precondition{ETag: `"gcs00000001"`, Body: []byte(event)}
	for _, tt := range []struct {
		name   string
		pre    remote.Precondition
		option string
		stored string
		want   string
		asked  string
		match  string
	}{
		{"weak, the same", weak, "", event, "", "GET PUT", ""},
		{"weak, other line ends", weak, "check", strings.ReplaceAll(event, "\r", ""), "", "GET PUT", ""},
		{"weak, edited", weak, "", strings.Replace(event, "UID:x", "UID:y", 1), "changed", "GET", ""},
		{"weak, gone", weak, "", "", "gone", "GET", ""},
		{"none, the same", none, "", event, "", "GET PUT", ""},
		{"none, edited", none, "", strings.Replace(event, "UID:x", "UID:y", 1), "changed", "GET", ""},
		{"refused by the configuration", weak, "refuse", event, "refused 0 weak-etag", "", ""},
		{"nothing to compare with", remote.Precondition{ETag: `W/"1"`}, "", event, "refused 0 weak-etag", "", ""},
		{"counters guard nothing", counted, "", strings.Replace(event, "UID:x", "UID:y", 1), "changed", "GET", ""},
		{"counters, the same", counted, "", event, "", "GET PUT", `"gcs00000001"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := &desk{write: says(204, ""), stored: tt.stored}
			_, err := d.open(t, func(o *dav.Options) { o.WeakETag = tt.option }).Put(t.Context(), item, tt.pre, []byte(event))
			if got := kinds(err); got != tt.want || strings.Join(d.did(), " ") != tt.asked || (err == nil && d.header.Get("If-Match") != tt.match) {
				t.Errorf("got %q, want %q; asked %q (%v)", got, tt.want, d.did(), err)
			}
		})
	}
}

// TestP70QuotesOnDemand: an etag without quotes is sent as it came, and in quotes only if nothing else changed.
func TestP70QuotesOnDemand(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, stored, want, asked string
	}{
		{"the body is ours", event, "", "PUT GET PUT"},
		{"somebody else's", strings.Replace(event, "UID:x", "UID:y", 1), "changed", "PUT GET"},
		{"gone", "", "changed", "PUT GET"},
	} {
		d := &desk{stored: tt.stored}
		d.write = func(w http.ResponseWriter, n int) {
			if d.header.Get("If-Match") != `"12"` {
				w.WriteHeader(412)
				return
			}
			w.WriteHeader(204)
		}
		c := d.open(t)
		bare := remote.Precondition{ETag: `12`, Body: []byte(event)}
		_, err := c.Put(t.Context(), item, bare, []byte(event))
		if got := kinds(err); got != tt.want || strings.Join(d.did(), " ") != tt.asked {
			t.Errorf("%s: got %q, asked %q (%v)", tt.name, got, d.did(), err)
		}
		if err != nil {
			continue
		}
		if _, err := c.Put(t.Context(), item, bare, []byte(event)); err != nil || len(d.did()) != 4 {
			t.Errorf("the next write asks %q, %v: what worked is to be remembered", d.did(), err)
		}
	}
}

// TestP27OnlyItems: nothing is ever written to the collection itself or outside of it.
func TestP27OnlyItems(t *testing.T) {
	t.Parallel()
	d := &desk{write: says(204, ""), stored: event}
	c := d.open(t)
	for _, h := range []remote.Href{"", "/", "/cal", "/cal/", "/cal/.", "/cal/..", "/cal/%2e%2e", "/cal/x/", "/cal/x/a.ics", "/other/a.ics", "http://evil/cal/a.ics", "//evil/cal/a.ics", "/cal/%zz"} {
		if _, err := c.Put(t.Context(), h, create, []byte(event)); err == nil {
			t.Errorf("a PUT to %q passes", h)
		}
		if err := c.Delete(t.Context(), h, update); err == nil {
			t.Errorf("a DELETE of %q passes", h)
		}
	}
	if len(d.did()) != 0 {
		t.Errorf("requests: %q", d.did())
	}
}

// TestP95SideBySide: a server that locks gets one write at a time from then on, and the remote remembers.
func TestP95SideBySide(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	flying, most := 0, 0
	both := make(chan struct{})
	var once sync.Once
	d := &desk{}
	d.write = func(w http.ResponseWriter, n int) {
		mu.Lock()
		flying++
		most = max(most, flying)
		crowded := flying > 1
		mu.Unlock()
		if n <= 2 { // the first two meet for certain
			if crowded {
				once.Do(func() { close(both) })
			}
			<-both
		}
		mu.Lock()
		flying--
		mu.Unlock()
		if n == 2 {
			w.WriteHeader(423)
			return
		}
		w.WriteHeader(201)
	}
	h := httptest.NewServer(d)
	t.Cleanup(h.Close)
	r := account{url: h.URL}.remote(t, remote.Calendar)
	c := r.Open(remote.Info{Href: "/cal/"})
	put := func(i int) error {
		_, err := c.Put(t.Context(), c.NewHref(fmt.Sprint(i)), create, []byte(event))
		return err
	}
	var all sync.WaitGroup
	results := make(chan error, 2)
	for i := range 2 {
		all.Go(func() { results <- put(i) })
	}
	all.Wait()
	if a, b := <-results, <-results; (a == nil) == (b == nil) || !errors.Is(errors.Join(a, b), remote.ErrLocked) {
		t.Errorf("%v and %v, want one ErrLocked", a, b)
	}
	most = 0
	for i := range 8 {
		all.Go(func() {
			if err := put(10 + i); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most != 1 || r.Learned()["writes"] != "serial" {
		t.Errorf("%d writes at once, learned %v", most, r.Learned())
	}
	next := account{url: h.URL}.remote(t, remote.Calendar)
	_, _ = next.Look(t.Context(), remote.Binding{Learned: r.Learned()})
	if next.Learned()["writes"] != "serial" {
		t.Error("what was learned is not taken up by the next run")
	}
}

// TestF1LostAnswers: the connection breaks before or after the write was done. One PUT, ErrNoAnswer, and no second one.
func TestF1LostAnswers(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(*davtest.Fault) *davtest.Fault{
		"reset before": func(f *davtest.Fault) *davtest.Fault { return f.Before().Reset() },
		"reset after":  func(f *davtest.Fault) *davtest.Fault { return f.After().Reset() },
		"drop after":   func(f *davtest.Fault) *davtest.Fault { return f.After().Drop() },
	} {
		for _, method := range []string{"PUT", "DELETE"} {
			t.Run(name+" "+method, func(t *testing.T) {
				t.Parallel()
				a := start(t)
				fill(a.cal, "a")
				c := a.open(t, a.remote(t, remote.Calendar))
				fault(a.server.On(davtest.Match{Method: method}))
				pre := remote.Precondition{ETag: remote.ETag(a.cal.ETag("a.ics"))}
				var err error
				if method == "PUT" {
					_, err = c.Put(t.Context(), c.NewHref("a"), pre, davtest.Event(1, 0))
				} else {
					err = c.Delete(t.Context(), c.NewHref("a"), pre)
				}
				if !errors.Is(err, remote.ErrNoAnswer) || !errors.Is(err, remote.ErrTemporary) || a.server.Count(method) != 1 {
					t.Errorf("%v after %d requests", err, a.server.Count(method))
				}
			})
		}
	}
}

// TestP89Move: an item goes to another collection in one request, or not at all.
func TestP89Move(t *testing.T) {
	t.Parallel()
	a := start(t, davtest.UIDPerAccount)
	a.server.AddCalendar("alice", "other", davtest.Props{})
	fill(a.cal, "a", "b")
	r := a.remote(t, remote.Calendar)
	acc, err := r.Look(t.Context(), remote.Binding{})
	if err != nil || len(acc.Collections) != 2 {
		t.Fatalf("%v, %d collections", err, len(acc.Collections))
	}
	from, to := r.Open(acc.Collections[0]), r.Open(acc.Collections[1])
	mover := from.(remote.Mover)
	pre := remote.Precondition{ETag: remote.ETag(a.cal.ETag("a.ics"))}
	other := a.server.Collection("alice", "other")
	if _, err := mover.Move(t.Context(), from.NewHref("a"), remote.Precondition{ETag: `"x"`}, to, to.NewHref("a")); !errors.Is(err, remote.ErrChanged) || other.Len() != 0 {
		t.Errorf("with a wrong etag: %v", err)
	}
	s, err := mover.Move(t.Context(), from.NewHref("a"), pre, to, to.NewHref("a"))
	if err != nil || s.Href != to.NewHref("a") || other.Len() != 1 || a.cal.Len() != 1 {
		t.Errorf("%v, %+v, %d there", err, s, other.Len())
	}
	pre.ETag = remote.ETag(a.cal.ETag("b.ics"))
	if _, err := mover.Move(t.Context(), from.NewHref("b"), pre, to, to.NewHref("a")); !errors.Is(err, remote.ErrChanged) || a.cal.Len() != 1 {
		t.Errorf("over another item: %v", err)
	}
	if _, err := mover.Move(t.Context(), from.NewHref("b"), remote.Precondition{}, to, to.NewHref("b")); err == nil {
		t.Error("a move without precondition passes")
	}
}
