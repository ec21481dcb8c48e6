package davtest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
)

// multistatus writes a 207 piece by piece, so that 50,000 rows need no more memory than one.
type multistatus struct {
	x       *exchange
	w       *bufio.Writer
	gz      *gzip.Writer
	found   bytes.Buffer
	missing bytes.Buffer
	ok      string // status lines
	none    string
	minimal bool
}

func (x *exchange) multistatus() *multistatus {
	m := &multistatus{x: x, ok: x.b.statusLine(http.StatusOK), none: x.b.statusLine(http.StatusNotFound)}
	h := x.w.Header()
	h.Set("Content-Type", `application/xml; charset="utf-8"`)
	h.Add("Vary", "Accept-Encoding")
	if strings.Contains(x.r.Header.Get("Prefer"), "return=minimal") && !x.is(IgnoresPrefer) {
		m.minimal = true
		h.Set("Preference-Applied", "return=minimal")
	}
	var out io.Writer = x.w
	if acceptsGzip(x.r) && !x.is(NoGzip) {
		h.Set("Content-Encoding", "gzip")
		m.gz, _ = gzip.NewWriterLevel(x.w, gzip.BestSpeed)
		out = m.gz
	}
	x.w.WriteHeader(http.StatusMultiStatus)
	m.w = bufio.NewWriterSize(out, 64<<10)
	m.w.WriteString(xmlHead + "<d:multistatus" + declarations + ">\n")
	return m
}

// acceptsGzip tells whether the client asked for gzip and did not rule it out.
func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) == "gzip" {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}

// response writes one row with what was asked of a resource.
func (m *multistatus) response(res *resource, ask []asked) {
	m.found.Reset()
	m.missing.Reset()
	var unreadable []asked
	for _, a := range ask {
		if _, is := m.x.b.unreadable[a.name.Local]; is && res.item == nil {
			unreadable = append(unreadable, a)
			continue
		}
		start := m.found.Len()
		m.found.WriteString(a.begin)
		if a.write != nil && a.write(m.x, res, &m.found) {
			m.found.WriteString(a.end)
			continue
		}
		m.found.Truncate(start)
		m.missing.WriteString(a.begin)
		m.missing.WriteString(a.end)
	}
	m.w.WriteString("<d:response><d:href>")
	m.w.WriteString(res.href)
	m.w.WriteString("</d:href>")
	first, second := &m.found, &m.missing
	if m.x.is(MixedPropstat404First) {
		first, second = second, first
	}
	for _, part := range []*bytes.Buffer{first, second} {
		status := m.ok
		if part == &m.missing {
			status = m.none
		}
		m.propstat(part, status)
	}
	for _, a := range unreadable {
		if status := m.x.b.unreadable[a.name.Local]; status != 0 {
			m.w.WriteString("<d:propstat><d:prop>" + a.begin + a.end + "</d:prop><d:status>" + m.x.b.statusLine(status) + "</d:status></d:propstat>")
		}
	}
	m.w.WriteString("</d:response>\n")
}

func (m *multistatus) propstat(part *bytes.Buffer, status string) {
	if part == &m.missing && (part.Len() == 0 || m.minimal) || part == &m.found && part.Len() == 0 && m.missing.Len() > 0 && !m.minimal {
		return
	}
	m.w.WriteString("<d:propstat><d:prop>")
	m.w.Write(part.Bytes())
	m.w.WriteString("</d:prop>")
	if !m.x.is(NoPropstatStatus) {
		m.w.WriteString("<d:status>" + status + "</d:status>")
	}
	m.w.WriteString("</d:propstat>")
}

// status writes one row that is only a status. The href is escaped already. detail is XML.
func (m *multistatus) status(href string, status int, detail string) {
	m.w.WriteString("<d:response><d:href>" + href + "</d:href><d:status>" + m.x.b.statusLine(status) + "</d:status>" + detail + "</d:response>\n")
}

// close ends the document. token, if any, is written before the end.
func (m *multistatus) close(token string) {
	if token != "" {
		m.w.WriteString("<d:sync-token>" + xmlText(token) + "</d:sync-token>\n")
	}
	m.w.WriteString("</d:multistatus>\n")
	m.w.Flush()
	if m.gz != nil {
		m.gz.Close()
	}
}

const needPrivileges = `<d:need-privileges/>`

// fail answers with an error document (RFC 4918 section 16). precondition is the XML of the condition that does not hold.
func (x *exchange) fail(status int, precondition, text string) {
	h := x.w.Header()
	h.Set("Content-Type", `application/xml; charset="utf-8"`)
	body := xmlHead + "<d:error" + declarations + ">" + precondition +
		`<x:message xmlns:x="urn:davtest">` + xmlText(text) + "</x:message></d:error>\n"
	h.Set("Content-Length", itoa(len(body)))
	x.w.WriteHeader(status)
	io.WriteString(x.w, body)
}
