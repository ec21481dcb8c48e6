package dav_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"vgit/remote"
	"vgit/remote/dav"
	"vgit/remote/davtest"
)

const event = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// shelf is a server of bodies: reports are answered by a function, GETs by another.
type shelf struct {
	mu       sync.Mutex
	reports  int
	gets     int
	largest  int // hrefs in one report
	multiget func(w http.ResponseWriter, hrefs []string)
	get      func(w http.ResponseWriter, r *http.Request)
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch r.Method {
	case "REPORT":
		var hrefs []string
		for _, part := range strings.Split(string(body), "<href")[1:] {
			_, part, _ = strings.Cut(part, ">")
			href, _, _ := strings.Cut(part, "<")
			hrefs = append(hrefs, href)
		}
		s.mu.Lock()
		s.reports++
		s.largest = max(s.largest, len(hrefs))
		s.mu.Unlock()
		s.multiget(w, hrefs)
	case "GET":
		s.mu.Lock()
		s.gets++
		s.mu.Unlock()
		s.get(w, r)
	default:
		w.WriteHeader(207)
		_, _ = io.WriteString(w, strings.TrimPrefix(multistatus(own), "207 "))
	}
}

// asked is how many reports, at most how long, and how many GETs came so far.
func (s *shelf) asked() (reports, largest, gets int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reports, s.largest, s.gets
}

func (s *shelf) open(t *testing.T, change ...func(*dav.Options)) remote.Collection {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	r := account{url: h.URL}.remote(t, remote.Calendar, change...)
	return r.Open(remote.Info{Href: "/cal/", Kind: remote.Calendar})
}

// answer writes a multistatus.
func answer(w http.ResponseWriter, rows ...string) {
	w.WriteHeader(207)
	_, _ = io.WriteString(w, strings.TrimPrefix(multistatus(rows...), "207 "))
}

func data(href, etag, body string) string {
	return `<d:response><d:href>` + href + `</d:href><d:propstat><d:prop><d:getetag>` + etag + `</d:getetag><c:calendar-data>` + body +
		`</c:calendar-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`
}

func serveEvent(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"get"`)
	_, _ = io.WriteString(w, event)
}

func hrefs(n int) []remote.Href {
	var list []remote.Href
	for i := range n {
		list = append(list, remote.Href(fmt.Sprintf("/cal/%04d.ics", i)))
	}
	return list
}

// read fetches and gives a word for each href.
func read(t *testing.T, c remote.Collection, hrefs []remote.Href) (map[remote.Href]string, error) {
	t.Helper()
	got := map[remote.Href]string{}
	err := c.Fetch(t.Context(), hrefs, func(r remote.Resource) error {
		word := string(r.ETag)
		switch {
		case errors.Is(r.Err, remote.ErrGone):
			word = "gone"
		case errors.Is(r.Err, remote.ErrCut):
			word = "cut"
		case errors.Is(r.Err, remote.ErrNotDAV):
			word = "page"
		case r.Err != nil:
			word = "unknown"
		case string(r.Body) != event:
			word += " other"
		}
		if r.Exact {
			word += " exact"
		}
		got[r.Href] = word
		return nil
	})
	return got, err
}

// TestOddBodies: what a multiget says of an item, and what is then known of it. The other item is always well.
func TestOddBodies(t *testing.T) {
	t.Parallel()
	status := func(code int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
	}
	text := func(body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"get"`)
			_, _ = io.WriteString(w, body)
		}
	}
	chunks := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, event[:30])
		_ = http.NewResponseController(w).Flush()
	}
	n := 0
	growing := func(w http.ResponseWriter, r *http.Request) { n++; _, _ = io.WriteString(w, event[:30+n]) }
	page := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>login</html>")
	}
	tests := []struct {
		name string
		row  string
		get  func(http.ResponseWriter, *http.Request)
		want string
		gets int
	}{
		{"P58 etag of the same answer", data("/cal/0000.ics", `"m"`, event), nil, `"m"`, 0},
		{"P20 another spelling", data("http://HOST/cal/%30000.ics", `"m"`, event), nil, `"m"`, 0},
		{"P60 left out", "", serveEvent, `"get" exact`, 1},
		{"P60 404 in the answer, there by GET", bare("/cal/0000.ics", "404 x"), serveEvent, `"get" exact`, 1},
		{"P60 gone by GET too", bare("/cal/0000.ics", "404 x"), status(404), "gone exact", 1},
		{"P60 410 by GET", "", status(410), "gone exact", 1},
		{"403 by GET is not gone", "", status(403), "unknown exact", 1},
		{"500 by GET is not gone", "", status(500), "unknown exact", 1},
		{"P59 one that nobody asked for", data("/cal/other.ics", `"m"`, event), serveEvent, `"get" exact`, 1},
		{"P61 no data", `<d:response><d:href>/cal/0000.ics</d:href><d:propstat><d:prop><d:getetag>1</d:getetag></d:prop><d:status>HTTP/1.1 200</d:status></d:propstat></d:response>`, serveEvent, `"get" exact`, 1},
		{"P61 empty data", data("/cal/0000.ics", `"m"`, ""), serveEvent, `"get" exact`, 1},
		{"P61 cut data", data("/cal/0000.ics", `"m"`, event[:40]), serveEvent, `"get" exact`, 1},
		{"P61 cut by GET, without length", "", chunks, "cut exact", 1},
		{"P61 empty by GET", "", text(""), "cut exact", 1},
		{"P62 the same twice, with its length", "", text(event[:40]), `"get" other exact`, 2},
		{"P61 another cut each time", "", growing, "cut exact", 2},
		{"P23 twice and different", data("/cal/0000.ics", `"m"`, event) + data("/cal/0000.ics", `"n"`, event), serveEvent, `"get" exact`, 1},
		{"P23 twice and the same", data("/cal/0000.ics", `"m"`, event) + data("/cal/0000.ics", `"m"`, event), nil, `"m"`, 0},
		{"P34 a forbidden character", data("/cal/0000.ics", `"m"`, strings.Replace(event, "UID:x", "UID:&#7;", 1)), serveEvent, `"get" exact`, 1},
		{"P36 line ends come back", data("/cal/0000.ics", `"m"`, strings.ReplaceAll(event, "\r", "")), nil, `"m"`, 0},
		{"P58 data without etag", strings.Replace(data("/cal/0000.ics", "", event), "<d:getetag></d:getetag>", "", 1), serveEvent, `"get" exact`, 1},
		{"F11 a page by GET", "", page, "page exact", 1},
		{"no etag by GET", "", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, event) }, " exact", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &shelf{get: tt.get}
			host := ""
			s.multiget = func(w http.ResponseWriter, h []string) {
				answer(w, strings.ReplaceAll(tt.row, "HOST", host), data("/cal/0001.ics", `"ok"`, event))
			}
			h := httptest.NewServer(s)
			t.Cleanup(h.Close)
			host = strings.TrimPrefix(h.URL, "http://")
			c := account{url: h.URL}.remote(t, remote.Calendar).Open(remote.Info{Href: "/cal/"})
			got, err := read(t, c, hrefs(2))
			_, _, gets := s.asked()
			if err != nil || got["/cal/0000.ics"] != tt.want || got["/cal/0001.ics"] != `"ok"` || len(got) != 2 || gets != tt.gets {
				t.Errorf("%q after %d GETs, %v; want %q after %d", got, gets, err, tt.want, tt.gets)
			}
		})
	}
}

// TestP57Batches: size, halving, and giving up multigets that never work.
func TestP57Batches(t *testing.T) {
	t.Parallel()
	good := func(w http.ResponseWriter, hrefs []string) {
		var rows []string
		for _, h := range hrefs {
			rows = append(rows, data(h, `"m"`, event))
		}
		answer(w, rows...)
	}
	limit := func(n, status int) func(http.ResponseWriter, []string) {
		return func(w http.ResponseWriter, hrefs []string) {
			if len(hrefs) > n {
				w.WriteHeader(status)
				return
			}
			good(w, hrefs)
		}
	}
	poisoned := func(w http.ResponseWriter, hrefs []string) {
		if slices.Contains(hrefs, "/cal/0007.ics") {
			w.WriteHeader(500)
			return
		}
		good(w, hrefs)
	}
	for _, tt := range []struct {
		name          string
		multiget      func(http.ResponseWriter, []string)
		n             int
		reports, gets int // at most
	}{
		{"all well", good, 200, 7, 0},
		{"one", good, 1, 0, 1},
		{"at most 10", limit(10, 400), 100, 40, 0},
		{"one bad item", poisoned, 100, 20, 3},
		{"never", limit(0, 403), 100, 24, 100},
		{"not implemented", limit(0, 501), 100, 4, 100},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &shelf{multiget: tt.multiget, get: serveEvent}
			got, err := read(t, s.open(t), hrefs(tt.n))
			reports, largest, gets := s.asked()
			if err != nil || len(got) != tt.n || reports > tt.reports || gets > tt.gets || largest > 50 {
				t.Errorf("%d items, %d reports of at most %d, %d GETs, %v", len(got), reports, largest, gets, err)
			}
		})
	}
}

// TestFetchGivesUp: what no single item is to blame for ends the whole, after few requests.
func TestFetchGivesUp(t *testing.T) {
	t.Parallel()
	status := func(code int) func(http.ResponseWriter, []string) {
		return func(w http.ResponseWriter, _ []string) { w.WriteHeader(code) }
	}
	get := func(code int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	page := func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "<html>login</html>") }
	for _, tt := range []struct {
		name string
		s    *shelf
		want error
		most int
	}{
		{"F8 login lost", &shelf{multiget: status(401), get: get(401)}, remote.ErrLogin, 8},
		{"F10 busy", &shelf{multiget: status(429), get: get(429)}, remote.ErrTemporary, 4},
		{"F6 500 for everything", &shelf{multiget: status(500), get: get(500)}, remote.ErrTemporary, 60},
		{"502 for everything", &shelf{multiget: status(502), get: get(502)}, remote.ErrTemporary, 60},
		{"F11 a page for everything", &shelf{multiget: func(w http.ResponseWriter, _ []string) { page(w, nil) }, get: page}, remote.ErrNotDAV, 60},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := read(t, tt.s.open(t, func(o *dav.Options) { o.Retries = -1 }), hrefs(300))
			reports, _, gets := tt.s.asked()
			if !errors.Is(err, tt.want) || reports+gets > tt.most {
				t.Errorf("%v after %d reports and %d GETs", err, reports, gets)
			}
		})
	}
}

// TestP12FetchFromNowhere: a collection that is not there any more is that, and not a thousand missing items.
func TestP12FetchFromNowhere(t *testing.T) {
	t.Parallel()
	a := start(t)
	fill(a.cal, "a", "b", "c")
	c := a.open(t, a.remote(t, remote.Calendar))
	ch, err := c.Changes(t.Context(), remote.State{})
	if err != nil {
		t.Fatal(err)
	}
	a.cal.Remove()
	var want []remote.Href
	for _, m := range ch.Members {
		want = append(want, m.Href)
	}
	if got, err := read(t, c, want); !errors.Is(err, remote.ErrCollectionGone) || len(got) != 0 {
		t.Errorf("%v, %q", err, got)
	}
}

// TestF24EditedMeanwhile: between the listing and the body, others go on.
func TestF24EditedMeanwhile(t *testing.T) {
	t.Parallel()
	a := start(t)
	fill(a.cal, "a", "b", "c")
	c := a.open(t, a.remote(t, remote.Calendar))
	ch, err := c.Changes(t.Context(), remote.State{})
	if err != nil {
		t.Fatal(err)
	}
	a.cal.Put("a.ics", davtest.Event(3, 3))
	a.cal.Delete("b.ics")
	for _, m := range ch.Members {
		_ = c.Fetch(t.Context(), []remote.Href{m.Href, ch.Members[2].Href}, func(r remote.Resource) error {
			switch short(r.Href) {
			case "a":
				if r.Err != nil || r.ETag != remote.ETag(a.cal.ETag("a.ics")) || string(r.Body) != string(davtest.Event(3, 3)) {
					t.Errorf("F24: %v %s", r.Err, r.ETag)
				}
			case "b":
				if !errors.Is(r.Err, remote.ErrGone) {
					t.Errorf("F25: %v", r.Err)
				}
			}
			return nil
		})
	}
}

// TestP66VCardVersion: every request for cards asks for the same version.
func TestP66VCardVersion(t *testing.T) {
	t.Parallel()
	a := start(t, davtest.ConvertsVCards)
	card := strings.Replace(string(davtest.Card(1, 1)), "VERSION:3.0", "VERSION:4.0", 1)
	a.card.Put("a.vcf", []byte(card))
	a.card.Put("b.vcf", []byte(card))
	for _, tt := range []struct{ option, version string }{{"keep", "4.0"}, {"", "4.0"}, {"4.0", "4.0"}, {"3.0", "3.0"}} {
		c := a.open(t, a.remote(t, remote.Contacts, func(o *dav.Options) { o.VCard = tt.option }))
		for _, hrefs := range [][]remote.Href{{c.NewHref("a")}, {c.NewHref("a"), c.NewHref("b")}} {
			err := c.Fetch(t.Context(), hrefs, func(r remote.Resource) error {
				if r.Err != nil || !strings.Contains(string(r.Body), "\r\nVERSION:"+tt.version+"\r\n") {
					t.Errorf("%q, %d at once: %v\n%s", tt.option, len(hrefs), r.Err, r.Body)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
}
