//go:build servers

package realtest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a running server with one login, one empty calendar and one empty address book.
type Server struct {
	Name    string // "radicale"
	Version string // as it says itself: "3.1.8"
	URL     string // scheme, host and port, without a slash at the end
	Root    string // path below URL at which discovery may begin, "/"
	// Calendar and Contacts are paths below URL, each with a slash at the end. The last segment of both and the display
	// names are "cal" and "card", save where the server names them itself.
	Calendar, Contacts string
	User, Password     string // Xandikos takes any
	Digest             bool   // whether it asks for the login with Digest, not Basic
	Traits             Traits

	accounts string // where Cyrus makes accounts
}

// Traits are what tests have to know of a server beforehand. What else it does that is odd is in docs/servers.md.
type Traits struct {
	NoReport      bool // it has no sync-collection
	TakesAnyToken bool // a token that it never gave is answered with a full list, not refused
	CoarseTokens  bool // tokens are whole seconds
	KeepsItems    bool // an event with odd commas keeps its meaning
}

// patience is how long a server may take to answer for the first time, and to end.
const patience = 30 * time.Second

// Names are the servers that Start knows.
var Names = []string{"radicale", "radicale-new", "xandikos", "xandikos-new", "cyrus", "sabredav", "sabredav-digest", "davical", "sogo"}

// kind is how to run one server.
type kind struct {
	version func() (string, error)
	// prepare writes and starts what the server needs, and says how to run it.
	prepare func(p *place) (*exec.Cmd, *Server, error)
	// end is the signal that ends the server, if it is not SIGTERM.
	end syscall.Signal
	// furnish makes the login and the collections, once the server answers.
	furnish func(s *Server) error
}

var kinds = map[string]kind{
	"radicale":        radicale(debian("radicale")),
	"radicale-new":    radicale(newest("radicale")),
	"xandikos":        xandikos(debian("xandikos"), Traits{}),
	"xandikos-new":    xandikos(newest("xandikos"), Traits{KeepsItems: true}, "serve"),
	"cyrus":           cyrus,
	"sabredav":        sabredav("basic"),
	"sabredav-digest": sabredav("digest"),
	"davical":         davical,
	"sogo":            sogo,
}

// Start runs a server until the test ends. A server that is not installed fails the test where CI is set in the
// environment, since nobody would read there that it was skipped.
func Start(t testing.TB, name string) *Server {
	t.Helper()
	k, ok := kinds[name]
	if !ok {
		t.Fatalf("realtest: no server %q", name)
	}
	version, err := k.version()
	if err != nil {
		say := t.Skipf
		if os.Getenv("CI") != "" {
			say = t.Fatalf
		}
		say("realtest: %s is not installed (%v); make test-servers installs it", name, err)
	}
	for range 3 { // the port was free a moment ago, which is no promise
		s, err := run(t, name, k)
		if err == nil {
			s.Name, s.Version = name, version
			return s
		}
		t.Logf("realtest: %s: %v", name, err)
	}
	t.Fatalf("realtest: %s does not start", name)
	return nil
}

func run(t testing.TB, name string, k kind) (*Server, error) {
	p, err := newPlace(t)
	if err != nil {
		return nil, err
	}
	cmd, s, err := k.prepare(p)
	if err != nil {
		return nil, err
	}
	s.URL = "http://" + p.address()
	proc, err := p.run(name, cmd)
	if err != nil {
		return nil, err
	}
	proc.end = cmp.Or(k.end, proc.end)
	if err := awaitAnswer(s.URL+s.Root, proc.done); err != nil {
		return nil, fmt.Errorf("%w; its log ends:\n%s", err, proc.tail())
	}
	if err := k.furnish(s); err != nil {
		return nil, fmt.Errorf("%w; its log ends:\n%s", err, proc.tail())
	}
	return s, nil
}

// freePort is a port that nobody listened on just now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// awaitAnswer asks until anything comes back over HTTP, or the server has ended.
func awaitAnswer(url string, ended <-chan struct{}) error {
	return eventually(func() error {
		select {
		case <-ended:
			return errEnded
		default:
		}
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		req.Close = true
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	})
}

var errEnded = errors.New("ended by itself")

// eventually tries until it works, the process has ended, or patience has.
func eventually(try func() error) error {
	end := time.Now().Add(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil || errors.Is(err, errEnded) || time.Now().After(end) {
			return err
		}
		<-tick.C
	}
}

// expect sends a request with a body of XML, and wants a status.
func (s *Server) expect(status int, method, path, body string) error {
	req, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/xml; charset=utf-8")
	resp, err := s.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != status {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 500))
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, said)
	}
	return nil
}

const (
	newCalendar = `<C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop><displayname>cal</displayname></prop></set></C:mkcalendar>`
	newContacts = `<mkcol xmlns="DAV:" xmlns:A="urn:ietf:params:xml:ns:carddav"><set><prop><resourcetype><collection/><A:addressbook/></resourcetype>` +
		`<displayname>card</displayname></prop></set></mkcol>`
)

// NewCalendar makes an empty calendar at a path, NewContacts an empty address book.
func (s *Server) NewCalendar(path string) error {
	return s.expect(http.StatusCreated, "MKCALENDAR", path, newCalendar)
}

func (s *Server) NewContacts(path string) error {
	return s.expect(http.StatusCreated, "MKCOL", path, newContacts)
}

// furnish makes both collections.
func furnish(s *Server) error {
	return errors.Join(s.NewCalendar(s.Calendar), s.NewContacts(s.Contacts))
}

// lastWord runs a command that prints its version at the end.
func lastWord(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).CombinedOutput()
	words := strings.Fields(string(out))
	if err == nil && len(words) == 0 {
		err = fmt.Errorf("%s says no version", name)
	}
	if err != nil {
		return "", err
	}
	return words[len(words)-1], nil
}
