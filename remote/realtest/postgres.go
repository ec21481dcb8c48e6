//go:build servers

package realtest

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// postgres is a database server of its own, in the directory of a place, that trusts everybody who reaches it.
type postgres struct {
	bin    string // where its programs are
	socket string // the directory of its socket, which is also what clients call its host
	port   int    // on the loopback, for clients that know no sockets
}

// postgresPrograms is the directory of the newest version that is installed.
func postgresPrograms() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		return "", errors.New("PostgreSQL is missing")
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })), nil
}

// startPostgres makes and starts a database server, as the user postgres, since it does not run as root. Nothing of it
// survives the test, so that it need not wait for the disk.
func startPostgres(p *place) (*postgres, error) {
	bin, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	data, err := p.sub("database", "postgres")
	if err != nil {
		return nil, err
	}
	socket, err := p.sub("socket", "postgres")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	db := &postgres{bin: bin, socket: socket, port: port}
	if err := db.do("", "initdb", "--pgdata", data, "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync", "--username", "postgres"); err != nil {
		return nil, err
	}
	cmd := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories="+socket, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "log_min_messages=error")
	if err := as("postgres", cmd); err != nil {
		return nil, err
	}
	server, err := p.run("postgres", cmd)
	if err != nil {
		return nil, err
	}
	return db, eventually(func() error {
		select {
		case <-server.done:
			return fmt.Errorf("PostgreSQL %w", errEnded)
		default:
			return db.do("", "pg_isready", "--quiet")
		}
	})
}

// env is what a client has to know to get there as the user of the database.
func (db *postgres) env() []string {
	return append(os.Environ(), "PGHOST="+db.socket, "PGPORT="+strconv.Itoa(db.port), "PGUSER=postgres", "PGOPTIONS=--client-min-messages=warning",
		"HOME="+db.socket, "TMPDIR="+db.socket)
}

// do runs one program as the user postgres.
func (db *postgres) do(input, name string, args ...string) error {
	if !filepath.IsAbs(name) {
		name = filepath.Join(db.bin, name)
	}
	cmd := exec.Command(name, args...)
	if err := as("postgres", cmd); err != nil {
		return err
	}
	cmd.Env, cmd.Stdin = db.env(), strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(name), err, out)
	}
	return nil
}

// sql runs statements in one of its databases.
func (db *postgres) sql(database, statements string) error {
	return db.do(statements, "psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", database)
}
