package davtest

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// box is a running server with a user alice, a calendar cal and an address book card.
type box struct {
	t    *testing.T
	s    *Server
	url  string // without a slash at the end
	cal  *Collection
	card *Collection
	http *http.Client
}

func start(t *testing.T, opts ...Option) *box {
	t.Helper()
	t.Parallel()
	b := &box{t: t, s: New(opts...)}
	b.s.AddUser("alice", "alicepw")
	b.cal = b.s.AddCalendar("alice", "cal", Props{DisplayName: "Cal & Co", Color: "#112233", Order: "7", Description: "what is <on>"})
	b.card = b.s.AddAddressBook("alice", "card", Props{DisplayName: "Card"})
	url, stop := b.s.Start()
	transport := &http.Transport{}
	t.Cleanup(func() { transport.CloseIdleConnections(); stop() })
	b.url = "http://" + strings.SplitN(strings.TrimPrefix(url, "http://"), "/", 2)[0]
	b.http = &http.Client{Transport: transport, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return b
}

// reply is an answer that was read whole, or err.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
}

// ask sends one request. Headers are "Name: value".
func (b *box) ask(method, path, body string, headers ...string) reply {
	b.t.Helper()
	r, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.SetBasicAuth("alice", "alicepw")
	r.Header.Set("Accept-Encoding", "identity")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
		if value == "" {
			r.Header.Del(name)
		}
	}
	resp, err := b.http.Do(r)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(raw), err}
}

// want asks and looks at the status.
func (b *box) want(status int, method, path, body string, headers ...string) reply {
	b.t.Helper()
	r := b.ask(method, path, body, headers...)
	if r.err != nil || r.status != status {
		b.t.Fatalf("%s %s: %d %v, want %d\n%s", method, path, r.status, r.err, status, r.body)
	}
	return r
}

// event is a small valid item.
func event(uid, summary string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:" + uid +
		"\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260302T090000Z\r\nDTEND:20260302T100000Z\r\nSUMMARY:" + summary + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

func vcard(uid, version string) string {
	return "BEGIN:VCARD\r\nVERSION:" + version + "\r\nUID:" + uid + "\r\nFN:Ada\r\nN:Ada;;;;\r\nEND:VCARD\r\n"
}

// document is a multistatus as an unsuspecting client reads it.
type document struct {
	XMLName   xml.Name `xml:"DAV: multistatus"`
	Token     string   `xml:"sync-token"`
	Responses []struct {
		Href      string   `xml:"href"`
		Status    string   `xml:"status"`
		Error     innerXML `xml:"error"`
		Propstats []struct {
			Status string `xml:"status"`
			Prop   struct {
				All []innerXML `xml:",any"`
			} `xml:"prop"`
		} `xml:"propstat"`
	} `xml:"response"`
}

type innerXML struct {
	XMLName xml.Name
	Text    string `xml:",chardata"`
	Inner   string `xml:",innerxml"`
}

// read parses an answer.
func (r reply) read(t *testing.T) document {
	t.Helper()
	var d document
	if err := xml.Unmarshal([]byte(r.body), &d); err != nil {
		t.Fatalf("not a multistatus: %v\n%s", err, r.body)
	}
	return d
}

// hrefs are those of all rows.
func (d document) hrefs() []string {
	var list []string
	for _, r := range d.Responses {
		list = append(list, r.Href)
	}
	return list
}

// status is the status of the row itself, 0 if it has none, -1 if there is no such row.
func (d document) status(href string) int {
	for _, r := range d.Responses {
		if r.Href == href {
			return code(r.Status)
		}
	}
	return -1
}

func code(line string) int {
	var n int
	if _, err := fmt.Sscanf(line, "HTTP/1.1 %d", &n); err != nil {
		return 0
	}
	return n
}

// prop is the content of a property of a row and the status of its propstat, 0 if it is not named at all.
func (d document) prop(href, local string) (value string, status int) {
	for _, r := range d.Responses {
		if r.Href != href {
			continue
		}
		for _, ps := range r.Propstats {
			for _, p := range ps.Prop.All {
				if p.XMLName.Local == local {
					if strings.Contains(p.Inner, "<") {
						return p.Inner, code(ps.Status)
					}
					return p.Text, code(ps.Status)
				}
			}
		}
	}
	return "", 0
}

const (
	calPath  = "/calendars/alice/cal/"
	cardPath = "/contacts/alice/card/"
)

// propfind asks for properties, given as "d:name" and the like.
func (b *box) propfind(path, depth string, names ...string) document {
	b.t.Helper()
	return b.want(207, "PROPFIND", path, props("propfind", names), "Depth: "+depth).read(b.t)
}

func props(root string, names []string) string {
	return `<?xml version="1.0"?><d:` + root + declarations + `><d:prop><` + strings.Join(names, "/><") + `/></d:prop></d:` + root + `>`
}

// sync asks for a sync-collection report.
func (b *box) sync(path, token string) document {
	b.t.Helper()
	return b.want(207, "REPORT", path, syncBody(token, ""), "Depth: 0").read(b.t)
}

func syncBody(token, extra string) string {
	return `<d:sync-collection` + declarations + `><d:sync-token>` + token + `</d:sync-token><d:sync-level>1</d:sync-level>` + extra +
		`<d:prop><d:getetag/></d:prop></d:sync-collection>`
}

func multigetBody(kind string, hrefs ...string) string {
	root, data := "cal:calendar-multiget", "cal:calendar-data"
	if kind == "card" {
		root, data = "card:addressbook-multiget", "card:address-data"
	}
	return `<` + root + declarations + `><d:prop><d:getetag/><` + data + `/></d:prop><d:href>` + strings.Join(hrefs, "</d:href><d:href>") +
		`</d:href></` + root + `>`
}

// multiget asks the calendar for items by name.
func (b *box) multiget(names ...string) document {
	b.t.Helper()
	var hrefs []string
	for _, n := range names {
		hrefs = append(hrefs, calPath+n)
	}
	return b.want(207, "REPORT", calPath, multigetBody("cal", hrefs...)).read(b.t)
}

func has(list []string, s string) bool { return slices.Contains(list, s) }

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// digestAnswer computes RFC 7616 by the book, apart from the server's code.
func digestAnswer(algorithm, user, password, nonce, nc, method, uri string) string {
	h := func(s string) string {
		if algorithm == "MD5" {
			return fmt.Sprintf("%x", md5.Sum([]byte(s)))
		}
		return fmt.Sprintf("%x", sha256.Sum256([]byte(s)))
	}
	response := h(h(user+":davtest:"+password) + ":" + nonce + ":" + nc + ":c0ffee:auth:" + h(method+":"+uri))
	return fmt.Sprintf(`username="%s", realm="davtest", uri="%s", algorithm=%s, nonce="%s", nc=%s, cnonce="c0ffee", qop=auth, response="%s"`,
		user, uri, algorithm, nonce, nc, response)
}
