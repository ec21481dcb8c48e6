//go:build servers

package realtest

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	cyrusMaster  = "/usr/lib/cyrus/bin/master"
	cyrusRecover = "/usr/lib/cyrus/bin/ctl_cyrusdb"
)

// cyrus runs Cyrus IMAP for its httpd. It needs root, since its master drops to the user cyrus, and an IMAP port, since
// only over IMAP can an account be made.
var cyrus = kind{
	version: func() (string, error) {
		v, err := lastWord(cyrusMaster, "-V")
		v, _, _ = strings.Cut(v, "-")
		return v, err
	},
	prepare: prepareCyrus,
	furnish: furnishCyrus,
}

func prepareCyrus(p *place) (*exec.Cmd, *Server, error) {
	dir := p.dir
	if os.Getuid() != 0 {
		return nil, nil, errors.New("only root can start it")
	}
	s := &Server{Root: "/dav/", Calendar: "/dav/calendars/user/alice/cal/", Contacts: "/dav/addressbooks/user/alice/card/",
		User: "alice", Password: "alicepw"}
	imap, err := freePort()
	if err != nil {
		return nil, nil, err
	}
	for _, sub := range []string{"conf", "spool", "sieve", "run", "conf/db", "conf/log", "conf/msg", "conf/proc", "conf/socket", "conf/lock",
		"conf/quota", "conf/user"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o750); err != nil {
			return nil, nil, err
		}
	}
	s.accounts = "127.0.0.1:" + strconv.Itoa(imap)
	settings, services := filepath.Join(dir, "imapd.conf"), filepath.Join(dir, "cyrus.conf")
	err = errors.Join(
		os.WriteFile(settings, []byte(strings.ReplaceAll(cyrusSettings, "DIR", dir)), 0o600),
		os.WriteFile(services, fmt.Appendf(nil, cyrusServices, cyrusRecover, settings, settings, s.accounts, settings, p.port, cyrusRecover, settings), 0o600),
		cyrusPassword(dir, "admin", adminPassword),
		cyrusPassword(dir, s.User, s.Password),
		giveTo("cyrus", dir))
	return exec.Command(cyrusMaster, "-C", settings, "-M", services, "-p", filepath.Join(dir, "run", "master.pid")), s, err
}

const adminPassword = "adminpw"

const cyrusSettings = `configdirectory: DIR/conf
partition-default: DIR/spool
defaultpartition: default
sievedir: DIR/sieve
proc_path: DIR/run/proc
mboxname_lockpath: DIR/run/lock
lmtpsocket: DIR/run/lmtp
idlesocket: DIR/run/idle
notifysocket: DIR/run/notify
servername: localhost
cyrus_user: cyrus
admins: admin
unixhierarchysep: yes
altnamespace: yes
virtdomains: off
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: DIR/users
sasl_mech_list: PLAIN LOGIN
httpmodules: caldav carddav
caldav_realm: localhost
autocreate_quota: -1
`

const cyrusServices = `START {
  recover cmd="%s -C %s -r"
}
SERVICES {
  imap cmd="imapd -C %s" listen="%s" prefork=0 maxchild=4
  http cmd="httpd -C %s" listen="127.0.0.1:%d" prefork=1 maxchild=50
}
EVENTS {
  checkpoint cmd="%s -C %s -c" period=30
}
`

// cyrusPassword notes a login in the server's own list.
func cyrusPassword(dir, name, password string) error {
	cmd := exec.Command("saslpasswd2", "-p", "-c", "-f", filepath.Join(dir, "users"), "-u", "localhost", name)
	cmd.Stdin = strings.NewReader(password)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("saslpasswd2: %w: %s", err, out)
	}
	return nil
}

// giveTo makes a user the owner of a directory and all in it.
func giveTo(name, dir string) error {
	uid, _, err := idsOf(name)
	if err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, int(uid), 0)
	})
}

// furnishCyrus makes the account by talking IMAP to the server, then the collections.
func furnishCyrus(s *Server) error {
	conn, err := net.DialTimeout("tcp", s.accounts, patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	answers := bufio.NewScanner(conn)
	for _, line := range []string{"a LOGIN admin " + adminPassword, "b CREATE user/" + s.User, "c LOGOUT"} {
		if _, err := fmt.Fprint(conn, line+"\r\n"); err != nil {
			return err
		}
		tag := line[:2]
		for answers.Scan() && !strings.HasPrefix(answers.Text(), tag) {
		}
		if !strings.HasPrefix(answers.Text(), tag+"OK") {
			return fmt.Errorf("IMAP: %s", answers.Text())
		}
	}
	return furnish(s)
}
