//go:build servers

package realtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
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

	accounts string // where Cyrus makes accounts
}

// patience is how long a server may take to answer for the first time, and to end.
const patience = 30 * time.Second

// Names are the servers that Start knows.
var Names = []string{"radicale", "xandikos", "cyrus"}

// kind is how to run one server.
type kind struct {
	version func() (string, error)
	// prepare writes what the server needs into dir and says how to run it on a port.
	prepare func(dir string, port int) (*exec.Cmd, *Server, error)
	// furnish makes the login and the collections, once the server answers.
	furnish func(s *Server) error
}

var kinds = map[string]kind{"radicale": radicale, "xandikos": xandikos, "cyrus": cyrus}

// Start runs a server until the test ends. A server that is not installed fails the test.
func Start(t testing.TB, name string) *Server {
	t.Helper()
	k, ok := kinds[name]
	if !ok {
		t.Fatalf("realtest: no server %q", name)
	}
	version, err := k.version()
	if err != nil {
		t.Fatalf("realtest: %s is not installed (%v); run make test-servers", name, err)
	}
	for range 3 { // the port was free a moment ago, which is no promise
		s, err := run(t, k)
		if err == nil {
			s.Name, s.Version = name, version
			return s
		}
		t.Logf("realtest: %s: %v", name, err)
	}
	t.Fatalf("realtest: %s does not start", name)
	return nil
}

func run(t testing.TB, k kind) (*Server, error) {
	dir, err := os.MkdirTemp("", "vgit-server-")
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("realtest: %v", err)
		}
	})
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd, s, err := k.prepare(dir, port)
	if err != nil {
		return nil, err
	}
	s.URL = "http://127.0.0.1:" + strconv.Itoa(port)
	log := filepath.Join(dir, "log")
	p, err := start(cmd, log)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log of %s ends:\n%s", cmd.Path, tail(log))
		}
		if err := p.stop(); err != nil {
			t.Errorf("realtest: %s: %v", cmd.Path, err)
		}
	})
	if err := awaitAnswer(s.URL, p.done); err != nil {
		return nil, fmt.Errorf("%w; its log ends:\n%s", err, tail(log))
	}
	if err := k.furnish(s); err != nil {
		return nil, err
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
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if resp, err := http.DefaultTransport.RoundTrip(req); err == nil {
			return resp.Body.Close()
		}
		select {
		case <-ended:
			return errors.New("ended by itself")
		case <-ctx.Done():
			return errors.New("does not answer")
		case <-tick.C:
		}
	}
}

// make asks the server for a new collection.
func (s *Server) make(method, path, body string) error {
	req, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.SetBasicAuth(s.User, s.Password)
	req.Header.Set("Content-Type", "application/xml; charset=utf-8")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
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

// furnish makes both collections.
func furnish(s *Server) error {
	return errors.Join(s.make("MKCALENDAR", s.Calendar, newCalendar), s.make("MKCOL", s.Contacts, newContacts))
}

// tail is the last lines of a file.
func tail(file string) string {
	b, _ := os.ReadFile(file)
	return string(b[max(0, len(b)-2000):])
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
