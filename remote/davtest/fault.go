package davtest

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Match chooses requests. The zero value is all of them.
type Match struct {
	Method string // "PUT", or several with blanks between; "" is any
	Path   string // a part of the path as it was sent; "" is any
	Body   string // a part of the body; "" is any
	N      int    // only the n-th of those that match, counted from 1 since On; 0 is each
	From   int    // the n-th and all after it
	Func   func(Request) bool
}

func (m Match) fits(r *Request) bool {
	if m.Method != "" && !contains(strings.Fields(m.Method), r.Method) {
		return false
	}
	return strings.Contains(r.Path, m.Path) && bytes.Contains(r.Body, []byte(m.Body)) && (m.Func == nil || m.Func(*r))
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// stage is where in a request a fault strikes.
type stage int

const (
	before stage = iota
	after
	within
)

// Framing is how a client learns where the answer ends.
type Framing int

const (
	// Length is a Content-Length of the whole answer.
	Length Framing = iota
	// Chunked is chunks with a last, empty one.
	Chunked
	// UntilClose is nothing: the answer ends when the connection does, so that a cut cannot be seen.
	UntilClose
)

// Fault is a rule made by Server.On: first when (Before, After, At), then what. It is armed by the second, and stays until
// Remove. Several faults may strike one request, in the order in which they were made.
type Fault struct {
	faults *faults
	match  Match
	when   stage
	at     int
	framed Framing
	act    func(*delivery) (over bool)
	seen   int
	hits   int
}

type faults struct {
	mu   sync.Mutex
	list []*Fault
}

// On begins a fault for requests that match. Without After or At it strikes before the server has done anything.
func (s *Server) On(m Match) *Fault { return &Fault{faults: &s.faults, match: m} }

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = nil
}

// Before lets the fault strike before the server has done anything. If it ends the request, nothing is done at all.
func (f *Fault) Before() *Fault { f.when = before; return f }

// After lets the fault strike when the server has done what it was asked, and has said nothing yet.
func (f *Fault) After() *Fault { f.when = after; return f }

// At lets the fault strike when k bytes of the answer's body are out; with a negative k so many before its end.
func (f *Fault) At(k int) *Fault { f.when, f.at = within, k; return f }

// Framed chooses how the end of the answer is marked, for At. Answers framed by UntilClose are those of HTTP/1.0.
func (f *Fault) Framed(as Framing) *Fault { f.framed = as; return f }

// Hits returns how often the fault has struck.
func (f *Fault) Hits() int {
	f.faults.mu.Lock()
	defer f.faults.mu.Unlock()
	return f.hits
}

// Remove takes the fault away. Requests that it has already chosen are not spared.
func (f *Fault) Remove() {
	f.faults.mu.Lock()
	defer f.faults.mu.Unlock()
	for i, g := range f.faults.list {
		if g == f {
			f.faults.list = append(f.faults.list[:i:i], f.faults.list[i+1:]...)
		}
	}
}

// arm puts the fault to work.
func (f *Fault) arm(act func(*delivery) bool) *Fault {
	f.faults.mu.Lock()
	defer f.faults.mu.Unlock()
	if f.act == nil {
		f.faults.list = append(f.faults.list, f)
	}
	f.act = act
	return f
}

// match returns the faults that strike a request, and counts.
func (fs *faults) match(r *Request) []*Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var list []*Fault
	for _, f := range fs.list {
		if !f.match.fits(r) {
			continue
		}
		f.seen++
		if (f.match.N == 0 || f.seen == f.match.N) && f.seen >= f.match.From {
			f.hits++
			list = append(list, f)
		}
	}
	return list
}

// Drop closes the connection in the ordinary way.
func (f *Fault) Drop() *Fault { return f.arm(func(d *delivery) bool { return d.hangUp(false) }) }

// Reset closes the connection with RST.
func (f *Fault) Reset() *Fault { return f.arm(func(d *delivery) bool { return d.hangUp(true) }) }

// Delay waits, and then goes on. The wait ends early when the client goes away; the server does what it was asked all the same.
func (f *Fault) Delay(t time.Duration) *Fault {
	return f.arm(func(d *delivery) bool { wait(d.x.r, t); return false })
}

// Call calls a function, and then goes on. It may use the Server: edit as another client, set switches, make faults.
func (f *Fault) Call(call func()) *Fault {
	return f.arm(func(*delivery) bool { call(); return false })
}

// Answer is what a client is told in place of the server's own answer.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Answer gives this answer. After that the server has done its work nonetheless; at a byte it is no different from After.
func (f *Fault) Answer(a Answer) *Fault {
	return f.arm(func(d *delivery) bool {
		d.answer = &answer{status: a.Status, header: a.Header.Clone(), body: []byte(a.Body)}
		if d.answer.header == nil {
			d.answer.header = http.Header{}
		}
		return true
	})
}

// Status gives an answer that is only a status.
func (f *Fault) Status(code int) *Fault { return f.Answer(Answer{Status: code}) }

// RetryAfter gives a status with a Retry-After header.
func (f *Fault) RetryAfter(code int, value string) *Fault {
	return f.Answer(Answer{Status: code, Header: http.Header{"Retry-After": {value}}})
}

// Precondition gives a status with an error document. name is like "d:valid-sync-token" or "cal:no-uid-conflict".
func (f *Fault) Precondition(code int, name string) *Fault {
	return f.Answer(Answer{Status: code, Header: http.Header{"Content-Type": {`application/xml; charset="utf-8"`}},
		Body: xmlHead + "<d:error" + declarations + "><" + name + "/></d:error>\n"})
}

// HTML gives 200 and a web page, as a captive portal does.
func (f *Fault) HTML() *Fault {
	return f.Answer(Answer{Status: 200, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body: "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body><form>Please log in</form></body></html>\n"})
}

// Redirect sends the client elsewhere.
func (f *Fault) Redirect(code int, url string) *Fault {
	return f.Answer(Answer{Status: code, Header: http.Header{"Location": {url}}})
}

// Truncate gives the server's answer with only k bytes of its body (a negative k: all but so many), as though that were all.
func (f *Fault) Truncate(k int) *Fault {
	return f.Rewrite(func(body []byte) []byte { return body[:position(k, len(body))] })
}

// Rewrite gives the server's answer with what edit makes of its body.
func (f *Fault) Rewrite(edit func(body []byte) []byte) *Fault {
	f.when = after
	return f.arm(func(d *delivery) bool {
		d.answer.body = edit(d.answer.body)
		d.answer.header.Del("Content-Encoding")
		return false
	})
}

// RewriteHeader gives the server's answer after edit has changed its header.
func (f *Fault) RewriteHeader(edit func(http.Header)) *Fault {
	f.when = after
	return f.arm(func(d *delivery) bool { edit(d.answer.header); return false })
}

// Repeat lets the server see the request twice, as behind a proxy that tries again, and gives the client its first or its second
// answer.
func (f *Fault) Repeat(answer int) *Fault {
	f.when = after
	return f.arm(func(d *delivery) bool {
		second := d.x.again().record()
		if answer == 2 {
			d.answer = second
		}
		return false
	})
}

// Drip sends the body in pieces of so many bytes with a pause before each.
func (f *Fault) Drip(bytes int, pause time.Duration) *Fault {
	f.when = after
	return f.arm(func(d *delivery) bool { d.piece, d.pause = max(1, bytes), pause; return false })
}

// Endless gives 207 and a body that goes on until the client has had enough.
func (f *Fault) Endless() *Fault {
	return f.arm(func(d *delivery) bool {
		h := d.w.Header()
		h.Set("Content-Type", "application/xml")
		d.w.WriteHeader(http.StatusMultiStatus)
		fmt.Fprint(d.w, xmlHead+"<d:multistatus"+declarations+">")
		piece := []byte(strings.Repeat("<d:response/>", 1000))
		for d.x.r.Context().Err() == nil {
			if _, err := d.w.Write(piece); err != nil {
				break
			}
		}
		d.sent = true
		return true
	})
}
