//go:build clients

package realtest

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// environment is where make test-clients puts the programs, seen from the root of the repository.
const environment = "bin/clients"

// Client is a program by somebody else, in a world of its own: no settings of the person who runs the test, a fixed zone and
// a fixed language.
type Client struct {
	t    testing.TB
	path string
	home string
	env  []string
}

// NewClient finds a program for a home directory that is there already. The program is given by its path, or, if .ci/clients.txt
// has it, by its name, such as "khal". One that is not installed fails the test where CI is set, and skips it elsewhere.
func NewClient(t testing.TB, name, home string, env ...string) *Client {
	t.Helper()
	path, err := name, error(nil)
	if !filepath.IsAbs(name) {
		path, err = find(name)
	}
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("realtest: %v", err)
	}
	if err != nil {
		t.Skipf("realtest: %v", err)
	}
	at := func(dir string) string { return filepath.Join(home, dir) }
	return &Client{t: t, path: path, home: home, env: append([]string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "XDG_CONFIG_HOME=" + at(".config"),
		"XDG_DATA_HOME=" + at(".local/share"), "XDG_CACHE_HOME=" + at(".cache"), "XDG_STATE_HOME=" + at(".local/state"), "TZ=UTC", "LC_ALL=C.UTF-8",
		"NO_PROXY=127.0.0.1", "PYTHONDONTWRITEBYTECODE=1", "NO_COLOR=1"}, env...)}
}

// find looks in the root of the repository, which is where go.mod is.
func find(name string) (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			path := filepath.Join(dir, environment, "bin", name)
			for _, must := range []string{path, filepath.Join(dir, environment, "pinned")} { // the second is written last
				if _, err := os.Stat(must); err != nil {
					return "", errors.New(name + " is not installed; run make test-clients")
				}
			}
			return path, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod above this directory")
		}
	}
	return "", err
}

// Try runs the program in its home with a text to read, and returns what it said and its exit code.
func (c *Client) Try(stdin string, args ...string) (said string, code int) {
	c.t.Helper()
	cmd := exec.Command(c.path, args...)
	cmd.Env, cmd.Dir, cmd.Stdin = c.env, c.home, strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// Answer is Run for a program that asks; stdin has the answers.
func (c *Client) Answer(stdin string, args ...string) string {
	c.t.Helper()
	said, code := c.Try(stdin, args...)
	if code != 0 {
		c.t.Fatalf("%s %s: exit %d\n%s", filepath.Base(c.path), strings.Join(args, " "), code, said)
	}
	return said
}

// Run runs the program, which must end well, and returns what it said.
func (c *Client) Run(args ...string) string {
	c.t.Helper()
	return c.Answer("", args...)
}
