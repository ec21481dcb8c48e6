package nettest

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
)

// Proxy leads every connection, whatever host is asked for, to one server.
type Proxy struct {
	Login string // "name:password" that it wants, "" for none

	listener net.Listener
	to       string
	mu       sync.Mutex
	asked    []string
}

// StartProxy starts an http proxy that leads to the host:port to; with a certificate it is spoken to over TLS. Close it.
func StartProxy(to, login string, pair *Pair) *Proxy {
	p := &Proxy{Login: login, listener: must(net.Listen("tcp", "127.0.0.1:0")), to: to}
	if pair != nil {
		p.listener = tls.NewListener(p.listener, &tls.Config{Certificates: []tls.Certificate{pair.Certificate}})
	}
	go func() { _ = (&http.Server{Handler: p, ErrorLog: log.New(io.Discard, "", 0)}).Serve(p.listener) }()
	return p
}

// StartSOCKS starts a SOCKS 5 proxy (RFC 1928), with a login by RFC 1929 if there is one.
func StartSOCKS(to, login string) *Proxy {
	p := &Proxy{Login: login, listener: must(net.Listen("tcp", "127.0.0.1:0")), to: to}
	go func() {
		for {
			conn, err := p.listener.Accept()
			if err != nil {
				return
			}
			go p.socks(conn)
		}
	}()
	return p
}

// Addr is its address, host and port.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Close ends it. Connections that it made stay.
func (p *Proxy) Close() { _ = p.listener.Close() }

// Asked are the host:port that it was asked to lead to.
func (p *Proxy) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.asked...)
}

func (p *Proxy) note(host string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, host)
}

// ServeHTTP is a request to an http proxy.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.note(r.Host)
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(p.Login))
	if p.Login != "" && r.Header.Get("Proxy-Authorization") != want {
		w.Header().Set("Proxy-Authenticate", `Basic realm="proxy"`)
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if r.Method != http.MethodConnect {
		p.forward(w, r)
		return
	}
	up, err := net.Dial("tcp", p.to)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	down, rest, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = up.Close()
		return
	}
	_, _ = io.WriteString(down, "HTTP/1.1 200 OK\r\n\r\n")
	join(down, rest, up)
}

func (p *Proxy) forward(w http.ResponseWriter, r *http.Request) {
	out := r.Clone(r.Context())
	out.RequestURI = ""
	out.Header.Del("Proxy-Authorization")
	out.URL.Host = p.to
	res, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer res.Body.Close()
	for name, values := range res.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(res.StatusCode)
	_, _ = io.Copy(w, res.Body)
}

// join copies both ways until one side ends.
func join(down net.Conn, from io.Reader, up net.Conn) {
	go func() {
		_, _ = io.Copy(up, from)
		_ = up.Close()
	}()
	_, _ = io.Copy(down, up)
	_ = down.Close()
}

// socks is one connection of SOCKS 5. Anything but a request to connect to a name or to an address of version 4 ends it.
func (p *Proxy) socks(conn net.Conn) {
	defer conn.Close()
	head := make([]byte, 2)
	if _, err := io.ReadFull(conn, head); err != nil {
		return
	}
	if _, err := io.CopyN(io.Discard, conn, int64(head[1])); err != nil {
		return
	}
	method := byte(0)
	if p.Login != "" {
		method = 2
	}
	_, _ = conn.Write([]byte{5, method})
	if p.Login != "" && !p.socksLogin(conn) {
		return
	}
	request := make([]byte, 4)
	if _, err := io.ReadFull(conn, request); err != nil {
		return
	}
	host := ""
	switch request[3] {
	case 1:
		addr := make([]byte, 4)
		_, _ = io.ReadFull(conn, addr)
		host = net.IP(addr).String()
	case 3:
		host = sized(conn)
	default:
		return
	}
	var port [2]byte
	if _, err := io.ReadFull(conn, port[:]); err != nil {
		return
	}
	p.note(net.JoinHostPort(host, strconv.Itoa(int(binary.BigEndian.Uint16(port[:])))))
	up, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	_, _ = conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	join(conn, conn, up)
}

func (p *Proxy) socksLogin(conn net.Conn) bool {
	var version [1]byte
	_, _ = io.ReadFull(conn, version[:])
	name := sized(conn)
	right := name+":"+sized(conn) == p.Login
	_, _ = conn.Write([]byte{1, map[bool]byte{true: 0, false: 1}[right]})
	return right
}

// sized reads a string that has its length before it.
func sized(r io.Reader) string {
	var n [1]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return ""
	}
	text := make([]byte, n[0])
	_, _ = io.ReadFull(r, text)
	return string(text)
}
