//go:build servers

package realtest

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// place is where one server lives: a directory of its own and a port of the loopback.
type place struct {
	t    testing.TB
	dir  string
	port int
}

// newPlace makes a place, whose directory goes with the test. Others may pass through it, since some servers run as
// users of their own; what is below it is for its owner alone.
func newPlace(t testing.TB) (*place, error) {
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
	return &place{t: t, dir: dir, port: port}, os.Chmod(dir, 0o711)
}

// address is where the server is to listen.
func (p *place) address() string { return "127.0.0.1:" + strconv.Itoa(p.port) }

// run starts a process that ends with the test, before those that were started earlier. Its output goes to a file,
// whose end is shown if the test fails.
func (p *place) run(name string, cmd *exec.Cmd) (*process, error) {
	proc, err := start(cmd, filepath.Join(p.dir, name+".log"))
	if err != nil {
		return nil, err
	}
	p.t.Cleanup(func() {
		if p.t.Failed() {
			p.t.Logf("the log of %s ends:\n%s", name, proc.tail())
		}
		if err := proc.stop(); err != nil {
			p.t.Errorf("realtest: %s: %v", name, err)
		}
	})
	return proc, nil
}

// sub makes a directory that belongs to a user of the system.
func (p *place) sub(name, owner string) (string, error) {
	dir := filepath.Join(p.dir, name)
	uid, gid, err := idsOf(owner)
	if err != nil {
		return "", err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	return dir, os.Chown(dir, int(uid), int(gid))
}

// as has a command run as a user of the system, at home in the root directory.
func as(name string, cmd *exec.Cmd) error {
	uid, gid, err := idsOf(name)
	if err != nil {
		return err
	}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
	return nil
}

func idsOf(name string) (uid, gid uint32, err error) {
	u, err := user.Lookup(name)
	if err != nil {
		return 0, 0, err
	}
	if _, err := fmt.Sscan(u.Uid+" "+u.Gid, &uid, &gid); err != nil {
		return 0, 0, fmt.Errorf("user %s: %w", name, err)
	}
	return uid, gid, nil
}
