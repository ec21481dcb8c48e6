//go:build servers

package realtest

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed testdata/sabredav.php
var sabreScript []byte

// sabredav runs sabre/dav 1.8, the one of Debian, on SQLite. It is the server here that has no sync-collection. auth is
// "basic" or "digest".
func sabredav(auth string) kind {
	return kind{
		version: func() (string, error) {
			return lastWord("php", "-r", `error_reporting(0); new PDO("sqlite::memory:"); require "Sabre/autoload.php"; echo Sabre\DAV\Version::VERSION;`)
		},
		prepare: func(p *place) (*exec.Cmd, *Server, error) {
			s := &Server{Root: "/", Calendar: "/calendars/alice/cal/", Contacts: "/addressbooks/alice/card/", User: "alice", Password: "alicepw",
				Digest: auth == "digest", Traits: Traits{NoReport: true, KeepsItems: true}}
			script := filepath.Join(p.dir, "sabredav.php")
			env := append(os.Environ(), "DATA="+p.dir, "AUTH="+auth, "LOGIN="+s.User+":"+s.Password)
			first := exec.Command("php", script)
			first.Env = env
			if err := os.WriteFile(script, sabreScript, 0o600); err != nil {
				return nil, nil, err
			}
			if out, err := first.CombinedOutput(); err != nil {
				return nil, nil, fmt.Errorf("making the database: %w: %s", err, out)
			}
			return phpServer(p, script, p.dir, env), s, nil
		},
		furnish: furnish,
	}
}

// phpServer is PHP's own web server with a few workers; without them it answers one request after the other.
func phpServer(p *place, script, root string, env []string) *exec.Cmd {
	cmd := exec.Command("php", "-d", "memory_limit=512M", "-d", "post_max_size=0", "-d", "opcache.enable_cli=1", "-S", p.address(), "-t", root, script)
	cmd.Env = append(env, "PHP_CLI_SERVER_WORKERS=4")
	return cmd
}
