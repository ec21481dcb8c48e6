//go:build servers

package realtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// radicale runs Radicale, which keeps each item in a file and makes its answers out of parsed items.
var radicale = kind{
	version: func() (string, error) { return lastWord("radicale", "--version") },
	prepare: func(dir string, port int) (*exec.Cmd, *Server, error) {
		s := &Server{Root: "/", Calendar: "/alice/cal/", Contacts: "/alice/card/", User: "alice", Password: "alicepw"}
		users, config := filepath.Join(dir, "users"), filepath.Join(dir, "config")
		text := fmt.Sprintf(`[server]
hosts = 127.0.0.1:%d
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
`, port, users, filepath.Join(dir, "data"))
		if err := os.WriteFile(users, []byte(s.User+":"+s.Password+"\n"), 0o600); err != nil {
			return nil, nil, err
		}
		return exec.Command("radicale", "--config", config), s, os.WriteFile(config, []byte(text), 0o600)
	},
	furnish: furnish,
}

// xandikos runs Xandikos, which keeps its collections in git repositories, asks for no login, and makes a calendar and an
// address book by itself.
var xandikos = kind{
	version: func() (string, error) { return lastWord("xandikos", "--version") },
	prepare: func(dir string, port int) (*exec.Cmd, *Server, error) {
		s := &Server{Root: "/", Calendar: "/alice/calendars/calendar/", Contacts: "/alice/contacts/addressbook/", User: "alice", Password: "alicepw"}
		return exec.Command("xandikos", "--directory", filepath.Join(dir, "data"), "--defaults", "--current-user-principal", "/alice/",
			"--listen-address", "127.0.0.1", "--port", strconv.Itoa(port)), s, nil
	},
	furnish: func(*Server) error { return nil },
}
