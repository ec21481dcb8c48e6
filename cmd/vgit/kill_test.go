package main

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"vgit/remote/davtest"
	ical "vgit/repo/item"
)

// TestKill9AtEveryRequest (K5, K15 to K20) kills the real process, with SIGKILL, when the server gets a request, and when it has carried
// it out: of a first download, of an upload, and of a sync that does everything. The next run heals: nothing is lost,
// nothing doubled, nothing waits, and the run after it is quiet.
func TestKill9AtEveryRequest(t *testing.T) {
	t.Parallel()
	for _, k := range []killing{
		{name: "download", after: func(k *killed) {
			for i := range 3 {
				k.work.Put(fmt.Sprintf("i%d.ics", i), killEvent(fmt.Sprintf("i%d", i), "There"))
			}
		}},
		{name: "upload", before: func(k *killed) { k.work.Put("i9.ics", killEvent("i9", "There")) }, after: func(k *killed) {
			for i := range 3 {
				k.write(fmt.Sprintf("i%d.ics", i), killEvent(fmt.Sprintf("i%d", i), "Here"))
			}
		}},
		{name: "mixed", before: five, after: allSteps},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			whole := k.start(t)
			whole.server.ResetLog()
			whole.sync(0)
			requests, want := len(whole.server.Requests()), whole.both()
			step := max(requests/2, 1)
			if os.Getenv("VGIT_CRASH_ALL") != "" {
				step = 1
			}
			for n := 1; n <= requests; n += step {
				for _, applied := range []bool{false, true} {
					t.Run(fmt.Sprintf("%d applied %v", n, applied), func(t *testing.T) {
						w := k.start(t)
						w.killAt(n, applied)
						w.healed(want)
					})
				}
			}
		})
	}
}

// five items are on both sides.
func five(k *killed) {
	for i := range 5 {
		k.work.Put(fmt.Sprintf("i%d.ics", i), killEvent(fmt.Sprintf("i%d", i), "First"))
	}
}

// allSteps leaves a step of every kind to do.
func allSteps(k *killed) {
	k.write("i0.ics", killEvent("i0", "Here"))
	k.work.Put("i1.ics", killEvent("i1", "There"))
	if err := os.Remove(filepath.Join(k.dir, "work", "i2.ics")); err != nil {
		k.t.Fatal(err)
	}
	k.work.Delete("i3.ics")
	k.write("new.ics", killEvent("new", "Here"))
	k.work.Put("also.ics", killEvent("also", "There"))
}

// healed checks what comes after a run that died: the next one ends where it would have, and the one after is quiet.
func (w *killed) healed(want string) {
	w.t.Helper()
	w.server.ClearFaults()
	w.sync(0)
	if got := w.both(); got != want {
		w.t.Errorf("after the crash:\n%s\nwithout it:\n%s", got, want)
	}
	w.server.ResetLog()
	if out := w.sync(0); out != "" || w.server.Writes() != 0 {
		w.t.Errorf("the run after the next is not quiet: %q, %d writes", out, w.server.Writes())
	}
	if out, err := exec.Command("git", "-C", w.dir, "status", "--porcelain").CombinedOutput(); err == nil && len(out) > 0 {
		w.t.Errorf("git status: %s", out)
	}
}

// killing is what is done to both sides before the run that is killed.
type killing struct {
	name          string
	before, after func(*killed)
}

// killed is one account, one vdir, and the real command.
type killed struct {
	t      *testing.T
	server *davtest.Server
	work   *davtest.Collection
	home   string
	dir    string
}

func (k killing) start(t *testing.T) *killed {
	t.Helper()
	w := &killed{t: t, server: davtest.New(davtest.RewritesOnPut(davtest.Sort())), home: t.TempDir()}
	w.server.AddUser("ada", "secret")
	w.work = w.server.AddCalendar("ada", "work", davtest.Props{})
	http := httptest.NewServer(w.server)
	t.Cleanup(http.Close)
	w.dir = filepath.Join(w.home, "cal")
	config := fmt.Sprintf("[vdir.cal]\npath = %q\nkind = \"calendar\"\nremotes = [\"r\"]\n[remote.r]\ntype = \"caldav\"\nurl = %q\nusername = \"ada\"\npassword = \"secret\"\nauth = \"basic\"\n", w.dir, http.URL)
	if err := os.WriteFile(filepath.Join(w.home, "config.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if k.before != nil {
		k.before(w)
		w.sync(0)
	}
	k.after(w)
	return w
}

func (w *killed) command() *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Args = []string{"vgit", "--config", filepath.Join(w.home, "config.toml"), "sync"}
	cmd.Env = append(os.Environ(), "HOME="+w.home, "XDG_STATE_HOME="+w.home, "NO_PROXY=127.0.0.1")
	return cmd
}

// sync runs the command and wants its exit code to be this one.
func (w *killed) sync(code int) string {
	w.t.Helper()
	cmd := w.command()
	out, _ := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != code {
		w.t.Fatalf("exit %d, want %d: %s", got, code, out)
	}
	return string(out)
}

// killAt runs the command and kills it at the n-th request.
func (w *killed) killAt(n int, applied bool) {
	w.t.Helper()
	cmd := w.command()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	var once sync.Once
	started := make(chan struct{})
	fault := w.server.On(davtest.Match{N: n}).Before()
	if applied {
		fault = w.server.On(davtest.Match{N: n}).After()
	}
	fault.Call(func() {
		<-started
		once.Do(func() { cmd.Process.Kill() })
	})
	err := cmd.Start()
	close(started)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Wait(); fault.Hits() == 0 || err == nil {
		w.t.Fatalf("it was not killed: %v %s", err, &said)
	}
}

func (w *killed) write(name string, body []byte) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, "work", name), body, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// both lists what the two sides hold, UID and title, and fails if one of them has a UID twice.
func (w *killed) both() string {
	w.t.Helper()
	var b strings.Builder
	seen := map[string]bool{}
	line := func(side string, body []byte) {
		it := ical.Parse(body)
		if key := side + it.UID(); seen[key] {
			w.t.Errorf("%s has %s twice", side, it.UID())
		} else {
			seen[key] = true
		}
	}
	files, _ := filepath.Glob(filepath.Join(w.dir, "work", "*"))
	here, there := map[string]string{}, map[string]string{}
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			w.t.Fatal(err)
		}
		line("here", body)
		here[ical.Parse(body).UID()] = ical.Parse(body).Summary()
	}
	for _, name := range w.work.List() {
		body, _ := w.work.Get(name)
		line("there", body)
		there[ical.Parse(body).UID()] = ical.Parse(body).Summary()
	}
	fmt.Fprintln(&b, here, there) // maps print sorted
	return b.String()
}

func killEvent(uid, summary string) []byte {
	return []byte(strings.Join([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", "UID:" + uid, "DTSTAMP:20260101T000000Z",
		"DTSTART:20260302T100000Z", "SUMMARY:" + summary, "END:VEVENT", "END:VCALENDAR", ""}, "\r\n"))
}
