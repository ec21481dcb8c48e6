//go:build servers

package realtest

import (
	_ "embed"
	"errors"
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

//go:embed testdata/davical.php
var davicalScript []byte

//go:embed testdata/davical-conf.php
var davicalSettings []byte

const davicalPages = "/usr/share/davical/htdocs"

// davical runs DAViCal on a PostgreSQL of its own. It needs root, as the database has a user of its own.
var davical = kind{
	version: func() (string, error) {
		if _, err := postgresPrograms(); err != nil {
			return "", err
		}
		return lastWord("php", "-r", `extension_loaded("pgsql") || exit(1); echo preg_replace("/.*version_string = '([^']*)'.*/s", "$1", file_get_contents("`+davicalPages+`/always.php"));`)
	},
	prepare: func(p *place) (*exec.Cmd, *Server, error) {
		s := &Server{Root: "/caldav.php/", Calendar: "/caldav.php/alice/cal/", Contacts: "/caldav.php/alice/card/", User: "alice", Password: "alicepw",
			Traits: Traits{TakesAnyToken: true, KeepsItems: true}}
		db, err := startPostgres(p)
		if err != nil {
			return nil, nil, err
		}
		script := filepath.Join(p.dir, "router.php")
		err = errors.Join(
			os.WriteFile(script, davicalScript, 0o600),
			os.WriteFile(filepath.Join(p.dir, "davical-conf.php"), davicalSettings, 0o600),
			db.do("", "/bin/sh", "/usr/share/davical/dba/create-database.sh", "davical", adminPassword))
		if err == nil {
			err = db.sql("davical", fmt.Sprintf(davicalUser, s.User, s.Password))
		}
		return phpServer(p, script, davicalPages, append(db.env(), "DATA="+p.dir, "HTDOCS="+davicalPages, "DATABASE="+db.socket)), s, err
	},
	furnish: furnish,
}

// davicalUser makes a login and its principal. "**" stands before a password without a hash.
const davicalUser = `WITH login AS (
	INSERT INTO usr (user_no, active, email_ok, updated, username, password, fullname, email)
	VALUES (nextval('usr_user_no_seq'), TRUE, current_date, current_date, '%[1]s', '**%[2]s', '%[1]s', '%[1]s@example.org') RETURNING user_no)
INSERT INTO principal (type_id, user_no, displayname, default_privileges) SELECT 1, user_no, '%[1]s', 0::BIT(24) FROM login;
`

// phpServer is PHP's own web server with a few workers; without them it answers one request after the other.
func phpServer(p *place, script, root string, env []string) *exec.Cmd {
	cmd := exec.Command("php", "-d", "memory_limit=512M", "-d", "post_max_size=0", "-d", "opcache.enable_cli=1", "-S", p.address(), "-t", root, script)
	cmd.Env = append(env, "PHP_CLI_SERVER_WORKERS=4")
	return cmd
}
