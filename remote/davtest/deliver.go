package davtest

import (
	"net"
	"net/http"
	"time"
)

// answer is what a method said, kept back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// record answers a request into memory. A fault sees the body without gzip.
func (x *exchange) record() *answer {
	r := *x.r
	r.Header = x.r.Header.Clone()
	r.Header.Del("Accept-Encoding")
	x.r = &r
	a := &answer{header: http.Header{}}
	x.answer(&recorder{a})
	return a
}

type recorder struct{ a *answer }

func (r *recorder) Header() http.Header { return r.a.header }

func (r *recorder) WriteHeader(status int) {
	if r.a.status == 0 {
		r.a.status = status
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	r.a.body = append(r.a.body, p...)
	return len(p), nil
}

// delivery is one request on its way through its faults.
type delivery struct {
	w      http.ResponseWriter
	x      *exchange
	answer *answer
	piece  int
	pause  time.Duration
	sent   bool // nothing more may be written
}

// deliver answers a request that faults have chosen.
func (s *Server) deliver(w http.ResponseWriter, x *exchange, matched []*Fault) {
	d := &delivery{w: w, x: x}
	for _, f := range matched {
		if f.when == before && f.act(d) {
			d.send(nil)
			return
		}
	}
	d.answer = x.record()
	var cuts []*Fault
	for _, f := range matched {
		if f.when == within {
			cuts = append(cuts, f)
		} else if f.when == after && f.act(d) {
			break
		}
	}
	d.send(cuts)
}

// position is byte k of n, from the end if k is negative, never outside.
func position(k, n int) int {
	if k < 0 {
		k += n
	}
	return min(max(k, 0), n)
}

// send writes the answer. Faults within it strike in the order in which they were made.
func (d *delivery) send(cuts []*Fault) {
	if d.sent {
		return
	}
	h := d.w.Header()
	for name, values := range d.answer.header {
		h[name] = values
	}
	h.Del("Content-Length")
	framed := Length
	for _, f := range cuts {
		framed = f.framed
	}
	switch {
	case framed == UntilClose:
		h.Set("Connection", "close")
		h.Set("Transfer-Encoding", "identity")
	case framed == Length && bodyAllowed(d.answer.status):
		h.Set("Content-Length", itoa(len(d.answer.body)))
	}
	d.w.WriteHeader(d.answer.status)
	if d.x.r.Method == http.MethodHead || !bodyAllowed(d.answer.status) {
		return
	}
	out := 0
	for _, f := range cuts {
		k := max(out, position(f.at, len(d.answer.body)))
		d.write(d.answer.body[out:k])
		http.NewResponseController(d.w).Flush()
		out = k
		if f.act(d) || d.sent {
			return
		}
	}
	d.write(d.answer.body[out:])
}

func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// write writes a part of the body, dripping if told so.
func (d *delivery) write(part []byte) {
	if d.piece == 0 {
		d.w.Write(part)
		return
	}
	for len(part) > 0 && d.x.r.Context().Err() == nil {
		wait(d.x.r, d.pause)
		n := min(d.piece, len(part))
		if _, err := d.w.Write(part[:n]); err != nil {
			return
		}
		http.NewResponseController(d.w).Flush()
		part = part[n:]
	}
}

// hangUp closes the connection. Where it cannot be had (HTTP/2, a recorder) the handler is aborted, which comes to the same.
func (d *delivery) hangUp(reset bool) bool {
	d.sent = true
	conn, buf, err := http.NewResponseController(d.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	buf.Flush()
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		tcp.SetLinger(0)
	}
	conn.Close()
	return true
}
