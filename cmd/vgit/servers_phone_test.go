//go:build servers

package main_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// list is where the server keeps items.
func (r *rig) list() []string {
	r.t.Helper()
	status, answer := r.ask("PROPFIND", r.path, []byte(`<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>`),
		http.Header{"Depth": {"1"}, "Content-Type": {"application/xml; charset=utf-8"}})
	if status != http.StatusMultiStatus {
		r.t.Fatalf("PROPFIND %s: %d", r.path, status)
	}
	var listing struct {
		Hrefs []string `xml:"DAV: response>href"`
	}
	if err := xml.Unmarshal(answer, &listing); err != nil {
		r.t.Fatal(err)
	}
	return slices.DeleteFunc(listing.Hrefs, func(href string) bool { return strings.HasSuffix(href, "/") })
}

// there is what the server holds, by UID, as the phone reads it.
func (r *rig) there() map[string]held {
	r.t.Helper()
	items := map[string]held{}
	for _, href := range r.list() {
		status, body := r.ask(http.MethodGet, href, nil, nil)
		if status != http.StatusOK {
			r.t.Fatalf("GET %s: %d", href, status)
		}
		r.add(items, held{href, body})
	}
	r.known = items
	return items
}

// thereIs is one item as the server has it now, or nothing.
func (r *rig) thereIs(uid string) held {
	r.t.Helper()
	it, known := r.known[uid]
	if !known {
		return r.there()[uid]
	}
	status, body := r.ask(http.MethodGet, it.place, nil, nil)
	if status != http.StatusOK {
		return held{}
	}
	return held{it.place, body}
}

// ask is one request of the phone, past the proxy. href is as it stands in an answer, or a path without escapes.
func (r *rig) ask(method, href string, body []byte, header http.Header) (int, []byte) {
	r.t.Helper()
	if !strings.HasPrefix(href, "/") { // Xandikos 0.4 lists "a:b" so, which is no path
		href = r.path + href
	}
	if !strings.Contains(href, "%") {
		href = (&url.URL{Path: href}).EscapedPath()
	}
	req, err := http.NewRequest(method, r.server.URL+href, bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header = header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	resp, err := r.server.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	if method != http.MethodGet && method != "PROPFIND" {
		r.wrote.Store(time.Now().UnixNano())
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, answer
}

func (r *rig) phonePut(href string, body []byte) {
	r.t.Helper()
	content := "text/calendar; charset=utf-8"
	if r.kind == "contacts" {
		content = "text/vcard; charset=utf-8"
	}
	status, said := r.ask(http.MethodPut, href, body, http.Header{"Content-Type": {content}})
	if !slices.Contains([]int{http.StatusOK, http.StatusCreated, http.StatusNoContent}, status) {
		r.t.Fatalf("PUT %s: %d %s", href, status, said)
	}
}

// phoneEdit changes one property of the item as the server has it.
func (r *rig) phoneEdit(uid, property, text string) {
	r.t.Helper()
	it := r.thereIs(uid)
	if it.body == nil {
		r.t.Fatalf("no %s there", uid)
	}
	r.phonePut(it.place, with(it.body, property, text))
}

func (r *rig) phoneDelete(uid string) {
	r.t.Helper()
	if status, _ := r.ask(http.MethodDelete, r.thereIs(uid).place, nil, nil); status/100 != 2 {
		r.t.Fatalf("DELETE %s: %d", uid, status)
	}
}

// with sets the first line of a property, which may be folded.
func with(body []byte, property, text string) []byte {
	lines := strings.SplitAfter(string(body), "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, property+":") || strings.HasPrefix(l, property+";") })
	if i < 0 {
		panic("no " + property + " in " + string(body))
	}
	end := i + 1
	for end < len(lines) && strings.HasPrefix(lines[end], " ") {
		end++
	}
	eol := lines[i][len(strings.TrimRight(lines[i], "\r\n")):]
	line := property + ":" + strings.ReplaceAll(text, ",", `\,`) + eol
	return []byte(strings.Join(slices.Replace(lines, i, end, line), ""))
}

// value is the text of the first line of a property, unfolded and unescaped.
func value(body []byte, property string) string {
	unfolded := regexp.MustCompile(`\r?\n[ \t]`).ReplaceAllString(string(body), "")
	for line := range strings.Lines(unfolded) {
		name, text, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		if name, _, _ = strings.Cut(name, ";"); name == property {
			return strings.NewReplacer(`\,`, ",", `\;`, ";", `\\`, `\`).Replace(text)
		}
	}
	return ""
}
