package main

import (
	"bytes"
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vgit/remote/davtest"
	"vgit/repo/disk"
)

// machine is a world of its own with a server: run works on it in this process.
type machine struct {
	t              *testing.T
	server         *davtest.Server
	work           *davtest.Collection
	dir            string
	world          World
	stdout, stderr bytes.Buffer
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, server: davtest.New(), dir: t.TempDir()}
	m.server.AddUser("ada", "secret")
	m.work = m.server.AddCalendar("ada", "work", davtest.Props{})
	url, stop := m.server.Start()
	t.Cleanup(stop)
	env := map[string]string{"HOME": m.dir, "VGIT_CONFIG": filepath.Join(m.dir, "vgit.toml")}
	m.world = World{Stdout: &m.stdout, Stderr: &m.stderr, Dir: m.dir, Now: time.Now,
		Env: func(k string) string { return env[k] }, Sleep: func(context.Context, time.Duration) error { return nil }}
	m.write("vgit.toml", "[vdir.cal]\npath = \""+m.dir+"/cal\"\nkind = \"calendar\"\nremotes = [\"server\"]\n[remote.server]\ntype = \"caldav\"\nurl = \""+
		url+"\"\nusername = \"ada\"\npassword = { prompt = \"pw\" }\n")
	m.world.Ask = func(context.Context, string, bool) (string, error) { return "secret", nil }
	return m
}

func (m *machine) write(name, text string) {
	m.t.Helper()
	path := filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// run runs a command and expects a code.
func (m *machine) run(ctx context.Context, want int, args ...string) {
	m.t.Helper()
	m.stdout.Reset()
	m.stderr.Reset()
	if code := run(ctx, m.world, args); code != want {
		m.t.Fatalf("vgit %s: exit %d, want %d\n%s%s", strings.Join(args, " "), code, want, &m.stdout, &m.stderr)
	}
}

// A run that is told to end while the server works on a PUT waits for the answer, takes note of it and begins no other.
func TestInterruptedPutComesToItsEnd(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.run(t.Context(), exitSync, "sync")
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
		m.write("cal/work/"+name+".ics", event(name, "Item "+name, "20300506T120000Z", "20300506T130000Z"))
	}
	m.world.Sleep = func(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ctx.Err() } // its time does not run out
	ctx, cancel := context.WithCancel(t.Context())
	m.server.On(davtest.Match{Method: "PUT", N: 1}).Call(cancel)
	m.run(ctx, exitTemporary, "sync")
	if !strings.Contains(m.stderr.String(), "interrupted; the next sync goes on from here") {
		t.Errorf("stderr: %s", &m.stderr)
	}
	done := m.work.Len()
	if done == 0 || done == 10 {
		t.Errorf("%d of 10 items were sent", done)
	}
	m.server.ResetLog()
	m.run(t.Context(), exitSync, "sync")
	if puts := m.server.Count("PUT"); puts != 10-done || m.work.Len() != 10 {
		t.Errorf("%d items after %d more PUTs, %d were there", m.work.Len(), puts, done)
	}
	m.run(t.Context(), exitSync, "sync")
	if m.stdout.Len()+m.stderr.Len() > 0 {
		t.Errorf("not settled: %s%s", &m.stdout, &m.stderr)
	}
}

// The password is asked for once, and not at all for what needs no server.
func TestPasswordIsAskedForOnce(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	asked := 0
	m.world.Ask = func(_ context.Context, prompt string, secret bool) (string, error) {
		if asked++; !secret || !strings.Contains(prompt, "pw") {
			t.Errorf("asked %q, secret %v", prompt, secret)
		}
		return "secret", nil
	}
	for _, args := range [][]string{{"status"}, {"config"}, {"log"}, {"check", "--offline"}, {"version"}} {
		m.run(t.Context(), exitSync, args...)
	}
	if asked != 0 {
		t.Errorf("asked %d times for nothing", asked)
	}
	m.run(t.Context(), exitSync, "sync")
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	m.world.Ask = nil
	m.run(t.Context(), exitNothing, "sync")
	if !strings.Contains(m.stderr.String(), "remote.server.password: needs a terminal") {
		t.Errorf("without a terminal: %s", &m.stderr)
	}
}

// With [sync] wait another vgit is waited for, and then the sync goes on.
func TestWaitForAnotherVgit(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.run(t.Context(), exitSync, "sync")
	config, err := os.ReadFile(filepath.Join(m.dir, "vgit.toml"))
	if err != nil {
		t.Fatal(err)
	}
	m.write("vgit.toml", "[sync]\nwait = \"1m\"\n"+string(config))
	d, err := disk.Open(filepath.Join(m.dir, "cal", ".git", "vgit"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	unlock, err := d.Lock("lock", 0o600)
	if err != nil {
		t.Fatal(err)
	}
	slept := 0
	m.world.Sleep = func(context.Context, time.Duration) error {
		if slept++; slept == 3 {
			return unlock()
		}
		return nil
	}
	m.run(t.Context(), exitSync, "sync")
	if slept != 3 {
		t.Errorf("slept %d times", slept)
	}
}

// A SIGTERM ends the context, and from then on nobody listens, so that a second one ends the process.
func TestFirstSignalEndsTheContext(t *testing.T) {
	ctx, stop := new(ear).signals(t.Context())
	defer stop()
	// A second listener, so that the signal does no harm whatever happens.
	other, done := new(ear).signals(t.Context())
	defer done()
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	<-other.Done()
}

// While a program has the terminal, the key that interrupts is its own. What ends processes ends this one still.
func TestInterruptOfAnEditorIsNotHeard(t *testing.T) {
	var lent, other ear
	lent.deaf.Store(true)
	ctx, stop := lent.signals(t.Context())
	defer stop()
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		heard, done := other.signals(t.Context())
		defer done()
		if err := syscall.Kill(syscall.Getpid(), s); err != nil {
			t.Fatal(err)
		}
		<-heard.Done()
		if s == syscall.SIGINT && ctx.Err() != nil {
			t.Error("an interrupt was heard")
		}
	}
	<-ctx.Done()
}

// V74: a certificate that nobody vouches for is a reason that stays, and no credential is sent.
func TestUnknownCertificateIsRefused(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	asked := make(chan struct{}, 10)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- struct{}{} }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	text := string(must(os.ReadFile(filepath.Join(m.dir, "vgit.toml"))))
	before, _, _ := strings.Cut(text, "url = ")
	m.write("vgit.toml", before+"url = \""+s.URL+"\"\nusername = \"ada\"\npassword = \"secret\"\n")
	for _, args := range [][]string{{"sync"}, {"check"}} {
		m.run(t.Context(), exitNothing, args...)
		if !strings.Contains(m.stderr.String(), "certificate") || len(asked) > 0 {
			t.Errorf("%v: %d requests; %s", args, len(asked), &m.stderr)
		}
	}
}

// init asks, in this order, and takes suggestions for empty answers.
func TestInitAsks(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	davtest.Sample(m.server)
	url := ""
	for _, line := range strings.Split(string(must(os.ReadFile(filepath.Join(m.dir, "vgit.toml")))), "\n") {
		if u, ok := strings.CutPrefix(line, "url = "); ok {
			url = strings.Trim(u, `"`)
		}
	}
	if err := os.Remove(filepath.Join(m.dir, "vgit.toml")); err != nil {
		t.Fatal(err)
	}
	answers := []struct{ asks, says string }{
		{"Address", url}, {"User name", "ada"}, {"Command that prints the password", ""}, {"Password", "lovelace"},
		{"Directory for your calendars [~/.calendars]", ""}, {"Directory for your contacts [~/.contacts]", filepath.Join(m.dir, "people")},
	}
	m.world.Ask = func(_ context.Context, prompt string, secret bool) (string, error) {
		if len(answers) == 0 || !strings.Contains(prompt, answers[0].asks) || secret != (answers[0].asks == "Password") {
			t.Fatalf("asked %q (secret: %v), %d answers left", prompt, secret, len(answers))
		}
		a := answers[0].says
		answers = answers[1:]
		return a, nil
	}
	m.run(t.Context(), exitSync, "init")
	if len(answers) > 0 {
		t.Errorf("not asked: %v", answers)
	}
	text := string(must(os.ReadFile(filepath.Join(m.dir, "vgit.toml"))))
	for _, want := range []string{`path = "~/.calendars"`, `path = "` + m.dir + `/people"`, `username = "ada"`, `prompt = `} {
		if !strings.Contains(text, want) {
			t.Errorf("the configuration lacks %s:\n%s", want, text)
		}
	}
	if strings.Contains(text, "lovelace") {
		t.Errorf("the configuration has the password:\n%s", text)
	}
}

// TestInitConfirmsAnotherSite: P2: an account that leads to another site is shown, and goes on only if a person says so.
func TestInitConfirmsAnotherSite(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]bool{"y": true, "YES": true, "": false, "n": false} {
		m := newMachine(t)
		davtest.Sample(m.server)
		config := string(must(os.ReadFile(filepath.Join(m.dir, "vgit.toml"))))
		_, rest, _ := strings.Cut(config, `url = "http://127.0.0.1:`)
		port, _, _ := strings.Cut(rest, "/")
		m.server.Set(davtest.HomeSets("http://localhost:" + port + "/calendars/ada/"))
		if err := os.Remove(filepath.Join(m.dir, "vgit.toml")); err != nil {
			t.Fatal(err)
		}
		asked := 0
		m.world.Ask = func(_ context.Context, prompt string, secret bool) (string, error) {
			switch {
			case secret:
				return "lovelace", nil
			case strings.Contains(prompt, "The account leads to http://localhost:"+port+", another site, which would see the password. Is that right? [y/N]"):
				asked++
				return answer, nil
			}
			return "", nil
		}
		code := map[bool]int{true: exitSync, false: exitNothing}[want]
		m.run(t.Context(), code, "init", "http://127.0.0.1:"+port+"/", "--user", "ada", "--kind", "calendar", "--dir", filepath.Join(m.dir, "d"))
		text, err := os.ReadFile(filepath.Join(m.dir, "vgit.toml"))
		if asked != 1 || want != (err == nil) || want != strings.Contains(string(text), `origins = ["http://localhost:`+port+`"]`) {
			t.Errorf("%q: asked %d times, %v:\n%s", answer, asked, err, text)
		}
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func TestDemoServesUntilInterrupted(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	ctx, cancel := context.WithCancel(t.Context())
	m.world.Stdout = writerFunc(func(b []byte) (int, error) { cancel(); return m.stdout.Write(b) })
	m.run(ctx, exitSync, "demo", "--serve", "127.0.0.1:0")
	lines := strings.Split(m.stdout.String(), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "url: http://127.0.0.1:") || lines[1] != "user: ada" || lines[2] != "password: lovelace" {
		t.Errorf("said %q", lines)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
