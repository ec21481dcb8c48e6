package dav

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"vgit/remote"
)

// frames is a server that speaks HTTP/2 frame by frame, so that it can leave in the middle of a request.
type frames struct {
	t      *testing.T
	client *dialled
	// act is called with each request: when its head has come, and when all of it has. n counts connections from 1. It returns
	// false to hang up.
	act func(s *stream, n int) bool

	mu    sync.Mutex
	whole []string // methods of the requests that came whole
}

type dialled struct {
	url   string
	roots *x509.CertPool
}

// stream is one request on its way.
type stream struct {
	*http2.Framer
	id     uint32
	method string
	whole  bool
}

func serveFrames(t *testing.T, act func(s *stream, n int) bool) *frames {
	t.Helper()
	cert := httptest.NewUnstartedServer(nil)
	cert.StartTLS() // for its certificate only
	defer cert.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: cert.TLS.Certificates, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert.Certificate())
	f := &frames{t: t, act: act, client: &dialled{"https://" + l.Addr().String(), roots}}
	var open sync.WaitGroup
	open.Go(func() {
		for n := 1; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { f.serve(c, n) })
		}
	})
	t.Cleanup(func() { l.Close(); open.Wait() })
	return f
}

func (f *frames) serve(c net.Conn, n int) {
	defer c.Close()
	if _, err := io.ReadFull(c, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	fr := http2.NewFramer(c, c)
	fr.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if fr.WriteSettings() != nil {
		return
	}
	methods := map[uint32]string{}
	for {
		frame, err := fr.ReadFrame()
		if err != nil {
			return
		}
		s := &stream{Framer: fr, id: frame.Header().StreamID}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() && fr.WriteSettingsAck() != nil {
				return
			}
			continue
		case *http2.MetaHeadersFrame:
			methods[s.id] = frame.PseudoValue("method")
			s.whole = frame.StreamEnded()
		case *http2.DataFrame:
			s.whole = frame.StreamEnded()
			if !s.whole {
				continue
			}
		default:
			continue
		}
		s.method = methods[s.id]
		if s.whole {
			f.mu.Lock()
			f.whole = append(f.whole, s.method)
			f.mu.Unlock()
		}
		if !f.act(s, n) {
			return
		}
	}
}

// came are the methods of the requests that came whole.
func (f *frames) came() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.whole)
}

// answer sends a status and a body.
func (s *stream) answer(status, body string) {
	var head bytes.Buffer
	enc := hpack.NewEncoder(&head)
	enc.WriteField(hpack.HeaderField{Name: ":status", Value: status})
	s.WriteHeaders(http2.HeadersFrameParam{StreamID: s.id, BlockFragment: head.Bytes(), EndHeaders: true, EndStream: body == ""})
	if body != "" {
		s.WriteData(s.id, true, []byte(body))
	}
}

// TestF41ServerThatLeavesInTheMiddle: GOAWAY, a refused stream or a closed connection under a write: at most one comes through, and it is called a write without
// an answer. A read is asked for again (P102).
func TestF41ServerThatLeavesInTheMiddle(t *testing.T) {
	t.Parallel()
	ways := map[string]func(s *stream) bool{
		"GOAWAY, not looked at": func(s *stream) bool { s.WriteGoAway(0, http2.ErrCodeNo, nil); return false },
		"GOAWAY, perhaps done":  func(s *stream) bool { s.WriteGoAway(s.id, http2.ErrCodeNo, nil); return false },
		"refused":               func(s *stream) bool { s.WriteRSTStream(s.id, http2.ErrCodeRefusedStream); return true },
		"reset":                 func(s *stream) bool { s.WriteRSTStream(s.id, http2.ErrCodeInternal); return true },
		"closed":                func(*stream) bool { return false },
	}
	body := []byte("BEGIN:VCALENDAR\r\n" + strings.Repeat("X-LONG:"+strings.Repeat("x", 60)+"\r\n", 800) + "END:VCALENDAR\r\n")
	for name, leaves := range ways {
		for _, early := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", early"}[early], func(t *testing.T) {
				t.Parallel()
				f := serveFrames(t, func(s *stream, n int) bool {
					if s.method == "REPORT" && n > 1 {
						if s.whole {
							s.answer("207", `<multistatus xmlns="DAV:"><response><href>/cal/a.ics</href><propstat><prop><getetag>"1"</getetag></prop><status>HTTP/1.1 200 OK</status></propstat></response><sync-token>t</sync-token></multistatus>`)
						}
						return true
					}
					if s.whole || early {
						return leaves(s)
					}
					return true
				})
				o := Options{URL: f.client.url, Proxy: "none", HTTP2: true, Timeout: 5 * time.Second, TLS: &tls.Config{RootCAs: f.client.roots, ServerName: "example.com"}, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
				r := New(o)
				defer r.Close()
				c := r.Open(remote.Info{Href: "/cal/", Kind: remote.Calendar})
				_, err := c.Put(t.Context(), "/cal/n.ics", remote.Precondition{Absent: true}, body)
				if !errors.Is(err, remote.ErrNoAnswer) || !errors.Is(err, remote.ErrTemporary) {
					t.Errorf("PUT: %v", err)
				}
				puts := 0
				for _, m := range f.came() {
					if m == "PUT" {
						puts++
					}
				}
				if puts > 1 {
					t.Errorf("%d PUTs came through", puts)
				}
				if name == "GOAWAY, not looked at" || name == "closed" { // there is a new connection
					ch, err := c.Changes(t.Context(), remote.State{})
					if err != nil || len(ch.Members) != 1 {
						t.Errorf("REPORT: %v %v", ch.Members, err)
					}
				}
			})
		}
	}
}
