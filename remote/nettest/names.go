package nettest

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
)

// Names is a server of the domain name system on the loopback. A name without records does not exist.
type Names struct {
	conn net.PacketConn

	mu     sync.Mutex
	hosts  map[string][]netip.Addr
	srv    map[string][]net.SRV
	txt    map[string][]string
	failed map[string]bool
	asked  []string
}

// StartNames starts a server on a free port. Close it.
func StartNames() *Names {
	n := &Names{conn: must(net.ListenPacket("udp", "127.0.0.1:0")), hosts: map[string][]netip.Addr{}, srv: map[string][]net.SRV{},
		txt: map[string][]string{}, failed: map[string]bool{}}
	go n.serve()
	return n
}

// Close ends it.
func (n *Names) Close() { _ = n.conn.Close() }

// Addr is its address, host and port.
func (n *Names) Addr() string { return n.conn.LocalAddr().String() }

// Resolver asks this server only.
func (n *Names) Resolver() *net.Resolver { return ResolverAt(n.Addr()) }

// ResolverAt asks the server at an address only.
func ResolverAt(addr string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", addr)
	}}
}

// Host gives a name its addresses, in place of those that it had.
func (n *Names) Host(name string, addrs ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts[canonical(name)] = nil
	for _, a := range addrs {
		n.hosts[canonical(name)] = append(n.hosts[canonical(name)], netip.MustParseAddr(a))
	}
}

// SRV adds a record to a name such as "_caldavs._tcp.example.org".
func (n *Names) SRV(name, target string, port, priority, weight uint16) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.srv[canonical(name)] = append(n.srv[canonical(name)], net.SRV{Target: canonical(target), Port: port, Priority: priority, Weight: weight})
}

// TXT adds a record.
func (n *Names) TXT(name, text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.txt[canonical(name)] = append(n.txt[canonical(name)], text)
}

// Fail answers every question about a name with SERVFAIL.
func (n *Names) Fail(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.failed[canonical(name)] = true
}

// Asked are the names that were asked for, without the final dot.
func (n *Names) Asked() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.asked...)
}

func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) + "." }

func (n *Names) serve() {
	buffer := make([]byte, 1<<16)
	for {
		size, from, err := n.conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buffer[:size]) != nil || len(m.Questions) != 1 {
			continue
		}
		n.answer(&m)
		if packed, err := m.Pack(); err == nil {
			_, _ = n.conn.WriteTo(packed, from)
		}
	}
}

// answer turns a question into its answer.
func (n *Names) answer(m *dnsmessage.Message) {
	q := m.Questions[0]
	name := canonical(q.Name.String())
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, strings.TrimSuffix(name, "."))
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	add := func(body dnsmessage.ResourceBody) {
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}, Body: body})
	}
	for _, a := range n.hosts[name] {
		switch {
		case q.Type == dnsmessage.TypeA && a.Is4():
			add(&dnsmessage.AResource{A: a.As4()})
		case q.Type == dnsmessage.TypeAAAA && a.Is6():
			add(&dnsmessage.AAAAResource{AAAA: a.As16()})
		}
	}
	if q.Type == dnsmessage.TypeSRV {
		for _, r := range n.srv[name] {
			add(&dnsmessage.SRVResource{Priority: r.Priority, Weight: r.Weight, Port: r.Port, Target: dnsmessage.MustNewName(r.Target)})
		}
	}
	if q.Type == dnsmessage.TypeTXT {
		for _, text := range n.txt[name] {
			add(&dnsmessage.TXTResource{TXT: []string{text}})
		}
	}
	switch known := len(n.hosts[name]) + len(n.srv[name]) + len(n.txt[name]); {
	case n.failed[name]:
		m.RCode, m.Answers = dnsmessage.RCodeServerFailure, nil
	case known == 0:
		m.RCode = dnsmessage.RCodeNameError
	}
}
