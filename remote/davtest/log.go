package davtest

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Request is one request as it arrived. Credentials are cut out of the header.
type Request struct {
	Seq     int // 1 for the first since the server was made
	Method  string
	Path    string // as it was sent, still escaped, with the query
	Header  http.Header
	Body    []byte
	User    string // the name in a Basic or Digest header, whether or not the password was right
	From    string // the other end of the connection, as "host:port"
	Arrived time.Time
	Status  int // what was answered; 0 before that, and if the client was given nothing
}

// log keeps requests. Counts go on when old requests are dropped.
type log struct {
	mu       sync.Mutex
	requests []*Request
	counts   map[string]int
	seq      int
	limit    int
}

func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	var b bytes.Buffer
	if r.ContentLength > 0 && r.ContentLength < 64<<20 {
		b.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := io.Copy(&b, r.Body)
	return b.Bytes(), err
}

func (l *log) begin(r *http.Request, body []byte) *Request {
	e := &Request{Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header.Clone(), Body: body, From: r.RemoteAddr, Arrived: time.Now()}
	e.User = censor(e.Header)
	e.Header.Set("Host", r.Host)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	e.Seq = l.seq
	if l.counts == nil {
		l.counts = map[string]int{}
	}
	l.counts[e.Method]++
	l.requests = append(l.requests, e)
	if l.limit > 0 && len(l.requests) > 2*l.limit {
		l.requests = slices.Clone(l.requests[len(l.requests)-l.limit:])
	}
	return e
}

func (l *log) end(e *Request, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Status = status
}

// censor leaves only the scheme of credentials, and returns the user's name where the header has it in clear.
func censor(h http.Header) (user string) {
	for _, name := range []string{"Authorization", "Proxy-Authorization", "Cookie"} {
		for i, v := range h[name] {
			scheme, _, _ := strings.Cut(v, " ")
			if name == "Cookie" {
				scheme = "cookie"
			} else if u := userOf(v); u != "" {
				user = u
			}
			h[name][i] = scheme + " ***"
		}
	}
	return user
}

// Requests returns the requests since the server was made or ResetLog was called, in the order of arrival.
func (s *Server) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	list := make([]Request, len(s.log.requests))
	for i, e := range s.log.requests {
		list[i] = *e
	}
	return list
}

// Count returns how many requests of these methods came since ResetLog; of all methods if none is named.
func (s *Server) Count(methods ...string) int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	n := 0
	for method, count := range s.log.counts {
		if len(methods) == 0 || slices.Contains(methods, method) {
			n += count
		}
	}
	return n
}

// Writes returns how many requests came since ResetLog that were meant to change something, whatever became of them.
func (s *Server) Writes() int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	n := 0
	for method, count := range s.log.counts {
		if isWrite(method) {
			n += count
		}
	}
	return n
}

// ResetLog forgets the requests so far. The numbers of later ones go on.
func (s *Server) ResetLog() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.requests, s.log.counts = nil, nil
}

// KeepLog lets the log hold only about the last n requests, for a server that runs for days. Counts are not affected. 0 keeps all.
func (s *Server) KeepLog(n int) {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.limit = n
}

// noting writes an answer and logs its status before the client can see it.
type noting struct {
	http.ResponseWriter
	log    *log
	entry  *Request
	status int
}

func (n *noting) WriteHeader(status int) {
	if n.status == 0 {
		n.status = status
		n.log.end(n.entry, status)
	}
	n.ResponseWriter.WriteHeader(status)
}

func (n *noting) Write(p []byte) (int, error) {
	if n.status == 0 {
		n.WriteHeader(http.StatusOK)
	}
	return n.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (n *noting) Unwrap() http.ResponseWriter { return n.ResponseWriter }
