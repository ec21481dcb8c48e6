package main

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"vgit/remote/davtest"
	"vgit/remote/nettest"
)

// namedMain is main in a world whose names are those of the server at $NAMES, if there is one.
func namedMain() {
	var e ear
	ctx, stop := e.signals(context.Background())
	w := e.here()
	if addr := os.Getenv("NAMES"); addr != "" {
		w.Resolver = nettest.ResolverAt(addr)
	}
	code := run(ctx, w, os.Args[1:])
	stop()
	os.Exit(code)
}

// startSecure is "davtest secure [WORD…] [SWITCH…]": a server over TLS. ca.pem is its authority, client.pem a certificate with key
// that the authority signed, stranger.pem one that another signed; $MD5, $SHA1 and $SHA256 are the server's fingerprints, $PORT
// its port. "expired", "later" and "name=NAME" are about its certificate; "client" wants one of the client.
func startSecure(ts *testscript.TestScript, words []string) {
	ca, now := nettest.NewAuthority(), time.Now()
	from, to, names := now.Add(-time.Hour), now.Add(time.Hour), []string{"127.0.0.1", "localhost"}
	config := &tls.Config{}
	var switches []string
	for _, w := range words {
		name, isName := strings.CutPrefix(w, "name=")
		switch {
		case isName:
			names = []string{name}
		case w == "expired":
			from, to = now.AddDate(-1, 0, 0), now.AddDate(0, 0, -1)
		case w == "later":
			from, to = now.AddDate(9, 0, 0), now.AddDate(10, 0, 0)
		case w == "client":
			config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, ca.Pool()
		default:
			switches = append(switches, w)
		}
	}
	pair := ca.Valid(from, to, names...)
	config.Certificates = []tls.Certificate{pair.Certificate}
	ada, eve := ca.Client("ada"), nettest.NewAuthority().Client("eve")
	for file, data := range map[string][]byte{"ca.pem": ca.PEM(), "client.pem": slices.Concat(ada.CertPEM, ada.KeyPEM), "client-cert.pem": ada.CertPEM,
		"client-key.pem": ada.KeyPEM, "stranger.pem": slices.Concat(eve.CertPEM, eve.KeyPEM), "server.pem": slices.Concat(pair.CertPEM, pair.KeyPEM)} {
		ts.Check(os.WriteFile(ts.MkAbs(file), data, 0o600))
	}
	for _, algorithm := range []string{"MD5", "SHA1", "SHA256"} {
		ts.Setenv(algorithm, pair.Fingerprint(algorithm))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	var renewed atomic.Pointer[tls.Config]
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return renewed.Load(), nil }
	serveOn(ts, tls.NewListener(l, config), "https://"+l.Addr().String()+"/", switches)
	serverOf(ts).renew = func() {
		c := config.Clone()
		c.GetConfigForClient, c.Certificates = nil, []tls.Certificate{ca.Valid(from, to, names...).Certificate}
		renewed.Store(c)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	ts.Setenv("PORT", port)
}

// startSocket is "davtest socket FILE [SWITCH…]": a server at a unix socket, without TLS.
func startSocket(ts *testscript.TestScript, args []string) {
	l, err := net.Listen("unix", ts.MkAbs(args[0]))
	ts.Check(err)
	serveOn(ts, l, "http://dav.invalid/", args[1:])
}

// serveOn makes a server the one of the script.
func serveOn(ts *testscript.TestScript, l net.Listener, url string, switches []string) {
	s := &server{Server: davtest.New()}
	set(s, ts, switches)
	s.AddUser("ada", "secret-canary")
	h := &http.Server{Handler: s.Server, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = h.Serve(l) }()
	s.url, s.stop = url, func() { _ = h.Close() }
	ts.Defer(s.stop)
	ts.Setenv("URL", url)
	*ts.Value(serverKey{}).(**server) = s
}

// proxyKey is where the environment of a script keeps its proxy.
type proxyKey struct{}

// proxyCommand is "proxy start http|https|socks5 [LOGIN]": one that leads to the server of the script, at $PROXY, host and port. "proxy asked"
// prints what it was asked to lead to.
func proxyCommand(ts *testscript.TestScript, neg bool, args []string) {
	at := ts.Value(proxyKey{}).(**nettest.Proxy)
	if args[0] == "asked" {
		for _, host := range slices.Compact((*at).Asked()) {
			fmt.Fprintln(ts.Stdout(), host)
		}
		return
	}
	u, err := url.Parse(serverOf(ts).url)
	ts.Check(err)
	login := ""
	if len(args) > 2 {
		login = args[2]
	}
	switch args[1] {
	case "http":
		*at = nettest.StartProxy(u.Host, login, nil)
	case "https":
		ca := nettest.NewAuthority()
		ts.Check(os.WriteFile(ts.MkAbs("proxy-ca.pem"), ca.PEM(), 0o600))
		*at = nettest.StartProxy(u.Host, login, ca.Server("127.0.0.1"))
	case "socks5":
		*at = nettest.StartSOCKS(u.Host, login)
	default:
		ts.Fatalf("no proxy %q", args[1])
	}
	ts.Defer((*at).Close)
	ts.Setenv("PROXY", (*at).Addr())
}

// namesKey is where the environment of a script keeps its server of names.
type namesKey struct{}

// namesCommand is "names host NAME ADDRESS…", "names srv NAME TARGET PORT PRIORITY", "names txt NAME TEXT", "names fail NAME" and "names asked": a server
// of the domain name system that has nothing else. Once it is there, vgit knows no other.
func namesCommand(ts *testscript.TestScript, neg bool, args []string) {
	at := ts.Value(namesKey{}).(**nettest.Names)
	if *at == nil {
		*at = nettest.StartNames()
		ts.Defer((*at).Close)
		ts.Setenv("NAMES", (*at).Addr())
	}
	number := func(s string) uint16 {
		n, err := strconv.ParseUint(s, 10, 16)
		ts.Check(err)
		return uint16(n)
	}
	switch n := *at; args[0] {
	case "host":
		n.Host(args[1], args[2:]...)
	case "srv":
		n.SRV(args[1], args[2], number(args[3]), number(args[4]), 1)
	case "txt":
		n.TXT(args[1], args[2])
	case "fail":
		n.Fail(args[1])
	case "asked":
		fmt.Fprintln(ts.Stdout(), strings.Join(n.Asked(), "\n"))
	default:
		ts.Fatalf("names has no verb %q", args[0])
	}
}

// modeCommand is "mode FILE OCTAL".
func modeCommand(ts *testscript.TestScript, neg bool, args []string) {
	mode, err := strconv.ParseUint(args[1], 8, 32)
	ts.Check(err)
	ts.Check(os.Chmod(filepath.Clean(ts.MkAbs(args[0])), os.FileMode(mode)))
}

// spellings are the ways in which a secret may be written down: as it is, escaped for a URL once or twice, in hex, and in base64,
// where it looks different at each of three places behind something else.
func spellings(secret string) []string {
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), url.QueryEscape(url.QueryEscape(secret)), fmt.Sprintf("%x", secret),
		fmt.Sprintf("%q", secret)[1 : len(fmt.Sprintf("%q", secret))-1]}
	for skip := range 3 {
		for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			coded := e.EncodeToString([]byte(strings.Repeat("x", skip) + secret))
			all = append(all, coded[(skip*8+5)/6:8*(skip+len(secret))/6]) // without the letters that hold bits of something else
		}
	}
	return all
}

// nowhereCommand is "nowhere SECRET [DIRECTORY…]": in no spelling is it in what the last command printed, or in a file below.
func nowhereCommand(ts *testscript.TestScript, neg bool, args []string) {
	search := func(where, text string) {
		for _, s := range spellings(args[0]) {
			if strings.Contains(text, s) != neg {
				ts.Fatalf("%s holds %q: %v", where, s, !neg)
			}
		}
	}
	if neg { // a search that finds nothing is no search
		search("the test", strings.Join(spellings(args[0]), " "))
		return
	}
	search("stdout", ts.ReadFile("stdout"))
	search("stderr", ts.ReadFile("stderr"))
	for _, dir := range args[1:] {
		ts.Check(filepath.WalkDir(ts.MkAbs(dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(path)
			search(path, string(data))
			if z, err := zlib.NewReader(bytes.NewReader(data)); err == nil { // an object of git
				plain, _ := io.ReadAll(z)
				search(path, string(plain))
			}
			return err
		}))
	}
}

// echo is "davtest echo STATUS SECRET [METHODS]": requests are answered with the secret in many spellings, also where a challenge or a target
// belongs.
func echo(s *server, ts *testscript.TestScript, a []string) {
	code, err := strconv.Atoi(a[0])
	ts.Check(err)
	said := strings.Join(append(spellings(a[1]), base64.StdEncoding.EncodeToString([]byte("ada:"+a[1]))), " ")
	header := http.Header{"Content-Type": {"text/plain"}, "X-Echo": {url.QueryEscape(said)}, "WWW-Authenticate": {"Basic realm=" + url.QueryEscape(a[1])}}
	if code/100 == 3 {
		header.Set("Location", "https://elsewhere.example/"+url.PathEscape(a[1])+"?code="+url.QueryEscape(a[1]))
	}
	s.On(davtest.Match{Method: strings.Join(a[2:], " ")}).Answer(davtest.Answer{Status: code, Header: header, Body: said})
}
