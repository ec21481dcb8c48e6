//go:build servers

package realtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// radicale runs Radicale, which keeps each item in a file and makes its answers out of parsed items.
func radicale(program func() string) kind {
	return kind{
		version: func() (string, error) { return lastWord(program(), "--version") },
		prepare: func(p *place) (*exec.Cmd, *Server, error) {
			s := &Server{Root: "/", Calendar: "/alice/cal/", Contacts: "/alice/card/", User: "alice", Password: "alicepw"}
			users, config := filepath.Join(p.dir, "users"), filepath.Join(p.dir, "config")
			return exec.Command(program(), "--config", config), s, errors.Join(
				os.WriteFile(users, []byte(s.User+":"+s.Password+"\n"), 0o600),
				os.WriteFile(config, fmt.Appendf(nil, radicaleSettings, p.address(), users, filepath.Join(p.dir, "data")), 0o600))
		},
		furnish: furnish,
	}
}

const radicaleSettings = `[server]
hosts = %s
max_connections = 64
[auth]
type = htpasswd
htpasswd_filename = %s
htpasswd_encryption = plain
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = %s
[web]
type = none
[logging]
level = warning
`

// xandikos runs Xandikos, which keeps its collections in git repositories, asks for no login, and makes a calendar and an
// address book by itself. before are the words that come first on its command line.
func xandikos(program func() string, traits Traits, before ...string) kind {
	return kind{
		version: func() (string, error) { return lastWord(program(), "--version") },
		prepare: func(p *place) (*exec.Cmd, *Server, error) {
			s := &Server{Root: "/", Calendar: "/alice/calendars/calendar/", Contacts: "/alice/contacts/addressbook/", User: "alice", Password: "alicepw",
				Traits: traits}
			cmd := exec.Command(program(), append(before, "--directory", filepath.Join(p.dir, "data"), "--defaults",
				"--current-user-principal", "/alice/", "--listen-address", "127.0.0.1", "--port", strconv.Itoa(p.port))...)
			cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+p.dir)
			return cmd, s, nil
		},
		furnish: func(*Server) error { return nil },
	}
}

// debian is a program as the distribution has it.
func debian(name string) func() string { return func() string { return "/usr/bin/" + name } }

// newest is a program of the environment that .ci/venv makes, with the newest release of each.
func newest(name string) func() string {
	return func() string {
		root, err := os.Getwd()
		for err == nil && root != "/" {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
				break
			}
			root = filepath.Dir(root)
		}
		return filepath.Join(root, "bin", "servers", "bin", name)
	}
}
