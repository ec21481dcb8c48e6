//go:build servers

package realtest_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"vgit/remote/realtest"
)

// TestServerOddities asks every server the same questions, in plain HTTP, and compares the answers with the table in
// docs/servers.md. Of another release than the one that the table speaks of, a difference is only told.
func TestServerOddities(t *testing.T) {
	t.Parallel()
	documented := readTable(t)
	var mu sync.Mutex
	seen := map[string]map[string]string{}
	t.Cleanup(func() { t.Logf("what was seen:\n%s", table(seen)) })
	for _, name := range realtest.Names {
		if name == "sabredav-digest" {
			continue // the same server, but for its login
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := realtest.Start(t, name)
			p := &prober{t: t, s: s, answers: map[string]string{}}
			for _, q := range slices.Concat(questions, propertyQuestions) {
				p.answers[q.text] = q.ask(p)
			}
			title := name + " " + s.Version
			mu.Lock()
			seen[title] = p.answers
			mu.Unlock()
			complain := t.Errorf
			if documented[title] == nil && strings.HasSuffix(name, "-new") {
				complain = t.Logf
			}
			for _, q := range slices.Concat(questions, propertyQuestions) {
				if want := documented[title][q.text]; p.answers[q.text] != want {
					complain("%s, asked %q, says %q; docs/servers.md has %q", title, q.text, p.answers[q.text], want)
				}
			}
		})
	}
}

// readTable reads the table of answers: by server and release, then by question.
func readTable(t *testing.T) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepathFromRoot)
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	answers := map[string]map[string]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case cells[0] == "asked":
			titles = cells[1:]
			for _, title := range titles {
				answers[title] = map[string]string{}
			}
		case len(titles) > 0 && len(cells) == len(titles)+1:
			for i, title := range titles {
				answers[title][cells[0]] = cells[i+1]
			}
		case len(titles) > 0:
			return answers
		}
	}
	return answers
}

const filepathFromRoot = "../../docs/servers.md"

// table is what was seen, as the document has it.
func table(seen map[string]map[string]string) string {
	var titles []string
	for _, name := range realtest.Names {
		for title := range seen {
			if strings.HasPrefix(title, name+" ") {
				titles = append(titles, title)
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| asked | %s |\n|%s\n", strings.Join(titles, " | "), strings.Repeat("---|", len(titles)+1))
	for _, q := range slices.Concat(questions, propertyQuestions) {
		fmt.Fprintf(&b, "| %s |", q.text)
		for _, title := range titles {
			fmt.Fprintf(&b, " %s |", seen[title][q.text])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// prober asks one server.
type prober struct {
	t       *testing.T
	s       *realtest.Server
	answers map[string]string
}

// reply is an answer; a status of 0 is none.
type reply struct {
	status int
	header http.Header
	body   string
	proto  string
}

// String is the status, and for a 207 to a write the one inside.
func (r reply) String() string {
	if m := inner.FindStringSubmatch(r.body); r.status == http.StatusMultiStatus && m != nil {
		return fmt.Sprintf("207 (%s)", m[1])
	}
	return fmt.Sprint(r.status)
}

var inner = regexp.MustCompile(`HTTP/1\.1 ([45]\d\d)`)

// do sends one request; headers come in pairs.
func (p *prober) do(method, href, body string, headers ...string) reply {
	p.t.Helper()
	req, err := http.NewRequest(method, p.s.URL+href, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := p.s.Do(req)
	if err != nil {
		return reply{}
	}
	defer resp.Body.Close()
	got, _ := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(got), resp.Proto}
}

func (p *prober) put(href, body string, headers ...string) reply {
	p.t.Helper()
	content := "text/calendar; charset=utf-8"
	if strings.HasSuffix(href, ".vcf") {
		content = "text/vcard; charset=utf-8"
	}
	return p.do(http.MethodPut, href, body, append(headers, "Content-Type", content)...)
}

func (p *prober) get(href string) reply { return p.do(http.MethodGet, href, "") }

// stored puts an item and tells whether an etag came back, and whether the bytes are what was sent.
func (p *prober) stored(href, body string) string {
	etag, kept := "no etag", "changed"
	put := p.put(href, body)
	if put.status/100 != 2 {
		return put.String()
	}
	if put.header.Get("ETag") != "" {
		etag = "etag"
	}
	if p.get(href).body == body {
		kept = "kept"
	}
	return etag + ", " + kept
}

// rows are the responses of a multistatus, nil if it is not XML.
func (p *prober) xml(method, href, depth, body string) (reply, []row) {
	p.t.Helper()
	r := p.do(method, href, body, "Depth", depth, "Content-Type", "application/xml; charset=utf-8")
	var ms struct {
		Rows []row `xml:"DAV: response"`
	}
	if xml.Unmarshal([]byte(r.body), &ms) != nil {
		return r, nil
	}
	return r, ms.Rows
}

type row struct {
	Href   string `xml:"DAV: href"`
	Status string `xml:"DAV: status"`
	Stats  []struct {
		Status string `xml:"DAV: status"`
		Prop   struct {
			Token string `xml:"DAV: sync-token"`
			CTag  string `xml:"http://calendarserver.org/ns/ getctag"`
			Inner []byte `xml:",innerxml"`
			Any   struct {
				Text string `xml:",chardata"`
			} `xml:",any"`
		} `xml:"DAV: prop"`
	} `xml:"DAV: propstat"`
}

// gone tells a row that says that an item is not there.
func (r row) gone() bool {
	return strings.Contains(r.Status, "404") || len(r.Stats) == 1 && strings.Contains(r.Stats[0].Status, "404")
}

// named is the row of an item, nil if there is none.
func named(rows []row, name string) *row {
	for i := range rows {
		if base, err := url.PathUnescape(path.Base(rows[i].Href)); err == nil && base == name {
			return &rows[i]
		}
	}
	return nil
}

// state is the token and the ctag of the calendar, as the home lists them.
func (p *prober) state() (token, ctag string) {
	_, rows := p.xml("PROPFIND", path.Dir(path.Dir(p.s.Calendar))+"/", "1",
		`<propfind xmlns="DAV:" xmlns:S="http://calendarserver.org/ns/"><prop><sync-token/><S:getctag/></prop></propfind>`)
	if r := named(rows, path.Base(p.s.Calendar)); r != nil {
		for _, s := range r.Stats {
			token, ctag = token+s.Prop.Token, ctag+s.Prop.CTag
		}
	}
	return token, ctag
}

// since is a report of changes.
func (p *prober) since(token string) (reply, []row) {
	return p.xml("REPORT", p.s.Calendar, "0",
		`<sync-collection xmlns="DAV:"><sync-token>`+token+`</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`)
}

// event is an event of a UID, with lines of its own.
func event(uid string, lines ...string) string {
	return component("VEVENT", uid, append([]string{"DTEND:20260302T110000Z"}, lines...)...)
}

func component(name, uid string, lines ...string) string {
	all := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//realtest//EN", "BEGIN:" + name}
	if uid != "" {
		all = append(all, "UID:"+uid)
	}
	all = append(append(all, "DTSTAMP:20260101T090000Z", "DTSTART:20260302T100000Z", "SUMMARY:Asked"), lines...)
	return strings.Join(append(all, "END:"+name, "END:VCALENDAR", ""), "\r\n")
}

func card(version, uid string) string {
	return strings.Join([]string{"BEGIN:VCARD", "VERSION:" + version, "UID:" + uid, "TEL;TYPE=home:+49 30 1234567", "FN:Ada Miller", "N:Miller;Ada;;;", "END:VCARD", ""}, "\r\n")
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// unauthorised is what comes to a request without a login.
func (p *prober) unauthorised() string {
	req, err := http.NewRequest(http.MethodGet, p.s.URL+p.s.Calendar, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	scheme, rest, _ := strings.Cut(resp.Header.Get("WWW-Authenticate"), " ")
	if resp.StatusCode == http.StatusUnauthorized && !strings.Contains(rest, "realm") {
		scheme += ", no realm"
	}
	return strings.TrimSpace(fmt.Sprint(resp.StatusCode, " ", scheme))
}
