package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"vgit/remote/davtest"
	"vgit/remote/nettest"
	"vgit/repo/store"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"vgit": namedMain, "vgit-that-dies": mainThatDies, "peak": peak})
}

// TestScripts runs the real command against a server of our own. The custom commands are below, one comment each.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			for _, v := range []string{"HOME=" + home, "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "VGIT_CONFIG=", "TZ=UTC", "GIT_CONFIG_GLOBAL=" + os.DevNull,
				"GIT_CONFIG_NOSYSTEM=1", "CAL=" + filepath.Join(home, "cal"), "NO_PROXY=127.0.0.1,localhost",
				"GORACE=atexit_sleep_ms=50"} { // with the race detector each command would end with a second of sleep
				name, value, _ := strings.Cut(v, "=")
				env.Setenv(name, value)
			}
			env.Values[serverKey{}], env.Values[proxyKey{}], env.Values[namesKey{}] = new(*server), new(*nettest.Proxy), new(*nettest.Names)
			return os.MkdirAll(home, 0o700)
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"davtest": davtestCommand, "config": configCommand, "cmpitems": cmpItems, "gitclean": gitClean, "event": eventCommand,
			"snap": snapCommand, "replace": replaceCommand, "never": neverCommand, "exitcode": exitCode, "lock": lockCommand,
			"proxy": proxyCommand, "names": namesCommand, "nowhere": nowhereCommand, "mode": modeCommand,
		},
	})
}

// serverKey is where the environment of a script keeps its server.
type serverKey struct{}

// server is the one of a script.
type server struct {
	*davtest.Server
	url   string
	stop  func()
	renew func() // gives it another certificate
	fault *davtest.Fault
	saved map[string]*davtest.Backup // by collection
}

func serverOf(ts *testscript.TestScript) *server {
	s := *ts.Value(serverKey{}).(**server)
	if s == nil {
		ts.Fatalf("no server: davtest start comes first")
	}
	return s
}

// davtestCommand is "davtest VERB …": a server for this script, and a second client of it.
func davtestCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: davtest VERB ...")
	}
	starts := map[string]func(*testscript.TestScript, []string){"start": startServer, "secure": startSecure, "socket": startSocket}
	if start := starts[args[0]]; start != nil {
		start(ts, args[1:])
		return
	}
	s := serverOf(ts)
	verbs := map[string]func(*server, *testscript.TestScript, []string){
		"calendar": addCalendar, "addressbook": addAddressBook, "put": putItem, "edit": editItem, "html": html, "fail": fail, "failbody": failBody, "ok": heal,
		"requests": requests, "set": set,
		"clear": func(s *server, _ *testscript.TestScript, a []string) {
			for _, name := range a {
				s.Clear(davtest.Switch(name))
			}
		},
		"sample":   func(s *server, _ *testscript.TestScript, _ []string) { davtest.Sample(s.Server) },
		"password": func(s *server, _ *testscript.TestScript, a []string) { s.AddUser("ada", a[0]) },
		"fill": func(s *server, ts *testscript.TestScript, a []string) {
			n, err := strconv.Atoi(a[1])
			ts.Check(err)
			s.coll(ts, a[0]).Fill(1, n)
		},
		"delete": func(s *server, ts *testscript.TestScript, a []string) {
			if !s.coll(ts, a[0]).Delete(a[1]) {
				ts.Fatalf("%s has no %s", a[0], a[1])
			}
		},
		"get": func(s *server, ts *testscript.TestScript, a []string) {
			body, ok := s.coll(ts, a[0]).Get(a[1])
			if !ok {
				ts.Fatalf("%s has no %s", a[0], a[1])
			}
			_, err := ts.Stdout().Write(body)
			ts.Check(err)
		},
		"list": func(s *server, ts *testscript.TestScript, a []string) {
			for _, name := range s.coll(ts, a[0]).List() {
				fmt.Fprintln(ts.Stdout(), name)
			}
		},
		"cut": cutAnswers, "busy": func(s *server, _ *testscript.TestScript, a []string) {
			s.On(davtest.Match{}).RetryAfter(503, a[0])
		},
		"hostile": hostile, "slow": slowDown, "refuse": refuse, "props": properties, "patching": patching,
		"wipe":   func(s *server, ts *testscript.TestScript, a []string) { s.coll(ts, a[0]).Wipe() },
		"remove": func(s *server, ts *testscript.TestScript, a []string) { s.coll(ts, a[0]).Remove() },
		"rename": func(s *server, ts *testscript.TestScript, a []string) { s.coll(ts, a[0]).Rename(a[1]) },
		"display": func(s *server, ts *testscript.TestScript, a []string) {
			s.coll(ts, a[0]).SetProps(davtest.Props{DisplayName: a[1]})
		},
		"collections": func(s *server, ts *testscript.TestScript, _ []string) {
			for _, c := range s.Collections("ada") {
				fmt.Fprintln(ts.Stdout(), c.ID(), c.Len())
			}
		},
		"backup": backUp, "restore": restoreBackup, "principal": principal, "home": homeSet, "keep": keepSome, "rewrite": rewriteSome,
		"header": headers,
		"reset":  func(s *server, _ *testscript.TestScript, _ []string) { s.ResetLog() },
		"echo":   echo,
		"token":  func(s *server, _ *testscript.TestScript, a []string) { s.AddToken("ada", a[0]) },
		"renew":  func(s *server, _ *testscript.TestScript, _ []string) { s.renew() },
		"stop":   func(s *server, _ *testscript.TestScript, _ []string) { s.stop() },
	}
	verb, ok := verbs[args[0]]
	if !ok {
		ts.Fatalf("davtest has no verb %q", args[0])
	}
	verb(s, ts, args[1:])
}

// startServer is "davtest start [SWITCH…]". The user is ada, her password is "secret-canary".
func startServer(ts *testscript.TestScript, switches []string) {
	s := &server{Server: davtest.New()}
	set(s, ts, switches)
	s.AddUser("ada", "secret-canary")
	url, stop := s.Start()
	var stopped bool
	s.url, s.stop = url, func() {
		if !stopped {
			stop()
		}
		stopped = true
	}
	ts.Defer(func() { s.stop() })
	ts.Setenv("URL", url)
	*ts.Value(serverKey{}).(**server) = s
}

func set(s *server, ts *testscript.TestScript, names []string) {
	for _, n := range names {
		o, err := davtest.Named(n)
		ts.Check(err)
		s.Set(o)
	}
}

func (s *server) coll(ts *testscript.TestScript, id string) *davtest.Collection {
	c := s.Collection("ada", id)
	if c == nil {
		ts.Fatalf("the server has no collection %q", id)
	}
	return c
}

func props(args []string) (p davtest.Props) {
	if len(args) > 1 {
		p.DisplayName = args[1]
	}
	p.ReadOnly = slices.Contains(args, "read-only")
	return p
}

func addCalendar(s *server, _ *testscript.TestScript, args []string) {
	s.AddCalendar("ada", args[0], props(args))
}

func addAddressBook(s *server, _ *testscript.TestScript, args []string) {
	s.AddAddressBook("ada", args[0], props(args))
}

// putItem is "davtest put COLLECTION NAME FILE".
func putItem(s *server, ts *testscript.TestScript, args []string) {
	s.coll(ts, args[0]).Put(args[1], []byte(ts.ReadFile(args[2])))
}

// lineEnds stand in the new text of an edit as \r\n.
var lineEnds = strings.NewReplacer(`\r\n`, "\r\n")

// editItem is "davtest edit COLLECTION NAME OLD NEW".
func editItem(s *server, ts *testscript.TestScript, args []string) {
	found := false
	s.coll(ts, args[0]).Edit(args[1], func(b []byte) []byte {
		found = bytes.Contains(b, []byte(args[2]))
		return bytes.ReplaceAll(b, []byte(args[2]), []byte(lineEnds.Replace(args[3])))
	})
	if !found {
		ts.Fatalf("%s/%s does not hold %q", args[0], args[1], args[2])
	}
}

func html(s *server, _ *testscript.TestScript, _ []string) {
	s.fault = s.On(davtest.Match{}).HTML()
}

// fail is "davtest fail STATUS [METHODS]".
func fail(s *server, ts *testscript.TestScript, args []string) {
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	s.fault = s.On(davtest.Match{Method: strings.Join(args[1:], " ")}).Answer(davtest.Answer{Status: code, Header: http.Header{}})
}

// failBody is "davtest failbody STATUS TEXT": for requests whose body holds the text.
func failBody(s *server, ts *testscript.TestScript, args []string) {
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	s.On(davtest.Match{Body: args[1]}).Answer(davtest.Answer{Status: code, Header: http.Header{}})
}

// cutAnswers is "davtest cut FRAMING [METHODS]": each answer ends before its end. FRAMING says how it was announced: length, chunked or
// close.
func cutAnswers(s *server, ts *testscript.TestScript, args []string) {
	framing, ok := map[string]davtest.Framing{"length": davtest.Length, "chunked": davtest.Chunked, "close": davtest.UntilClose}[args[0]]
	if !ok {
		ts.Fatalf("usage: davtest cut length|chunked|close [METHODS]")
	}
	s.On(davtest.Match{Method: strings.Join(args[1:], " ")}).At(-40).Framed(framing).Drop()
}

func heal(s *server, _ *testscript.TestScript, _ []string) { s.ClearFaults() }

// requests is "davtest requests [METHODS]": how many came since the last reset.
func requests(s *server, ts *testscript.TestScript, args []string) {
	fmt.Fprintln(ts.Stdout(), s.Count(args...))
}

// configCommand is "config [KEY=VALUE…]": a configuration with one vdir "cal" and one remote "server". vdir.KEY goes into the
// vdir, sync.KEY into [sync], other keys into the remote.
func configCommand(ts *testscript.TestScript, neg bool, args []string) {
	tables := map[string]map[string]string{
		"sync":   {},
		"vdir":   {"path": `"` + ts.Getenv("CAL") + `"`, "kind": `"calendar"`, "remotes": `["server"]`},
		"remote": {"type": `"caldav"`, "url": `"` + ts.Getenv("URL") + `"`, "username": `"ada"`, "password": `"secret-canary"`},
	}
	for _, a := range args {
		key, value, ok := strings.Cut(a, "=")
		if !ok {
			ts.Fatalf("usage: config [KEY=VALUE ...]")
		}
		table, rest, dotted := strings.Cut(key, ".")
		if !dotted {
			table, rest = "remote", key
		}
		tables[table][rest] = value
	}
	var b strings.Builder
	for _, t := range []struct{ name, head string }{{"sync", "[sync]"}, {"vdir", "[vdir.cal]"}, {"remote", "[remote.server]"}} {
		fmt.Fprintln(&b, t.head)
		for k, v := range tables[t.name] {
			fmt.Fprintf(&b, "%s = %s\n", k, v)
		}
	}
	path := filepath.Join(ts.Getenv("HOME"), ".config", "vgit", "config.toml")
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
	ts.Check(os.WriteFile(path, []byte(b.String()), 0o600))
}

// cmpItems is "cmpitems DIRECTORY COLLECTION": both hold the same items, byte for byte, under whatever names.
func cmpItems(ts *testscript.TestScript, neg bool, args []string) {
	c := serverOf(ts).coll(ts, args[1])
	var here, there []string
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext == ".ics" || ext == ".vcf" {
			here = append(here, ts.ReadFile(filepath.Join(args[0], e.Name())))
		}
	}
	for _, name := range c.List() {
		body, _ := c.Get(name)
		there = append(there, string(body))
	}
	slices.Sort(here)
	slices.Sort(there)
	if same := slices.Equal(here, there); same == neg {
		ts.Fatalf("items are the same: %v; %d here, %d there", same, len(here), len(there))
	}
}

// gitClean is "gitclean DIRECTORY": git finds nothing to say about the repository. Without git it is skipped.
func gitClean(ts *testscript.TestScript, neg bool, args []string) {
	git, err := exec.LookPath("git")
	if err != nil {
		ts.Logf("git is not here; the repository was not checked")
		return
	}
	for _, line := range []string{"fsck --full --strict --no-dangling", "status --porcelain"} {
		cmd := exec.Command(git, append([]string{"-C", ts.MkAbs(args[0])}, strings.Fields(line)...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_OPTIONAL_LOCKS=0")
		out, err := cmd.CombinedOutput()
		if err != nil || len(bytes.TrimSpace(out)) > 0 {
			ts.Fatalf("git %s: %v\n%s", line, err, out)
		}
	}
}

// eventCommand is "event FILE UID SUMMARY".
func eventCommand(ts *testscript.TestScript, neg bool, args []string) {
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//vgit//test//EN", "BEGIN:VEVENT", "UID:" + args[1], "DTSTAMP:20260101T000000Z",
		"DTSTART:20260302T100000Z", "DTEND:20260302T110000Z", "SUMMARY:" + args[2], "END:VEVENT", "END:VCALENDAR", ""}
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
	ts.Check(os.WriteFile(path, []byte(strings.Join(lines, "\r\n")), 0o600))
}

// replaceCommand is "replace FILE OLD NEW", in another file of the same name, as editors do it.
func replaceCommand(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	path := ts.MkAbs(args[0])
	ts.Check(os.WriteFile(path+".new~", []byte(strings.ReplaceAll(text, args[1], lineEnds.Replace(args[2]))), 0o600))
	ts.Check(os.Rename(path+".new~", path))
}

// snapCommand is "snap NAME DIRECTORY" to remember a whole tree, and "snap same NAME DIRECTORY" to compare with it: names,
// modes, times and bytes.
func snapCommand(ts *testscript.TestScript, neg bool, args []string) {
	compare := args[0] == "same"
	if compare {
		args = args[1:]
	}
	var b strings.Builder
	root := ts.MkAbs(args[1])
	ts.Check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		sum := ""
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			sum = fmt.Sprintf("%x %d", sha256.Sum256(data), info.ModTime().UnixNano())
		}
		fmt.Fprintf(&b, "%s %s %s\n", path, info.Mode(), sum)
		return nil
	}))
	file := ts.MkAbs(".snap-" + args[0])
	if !compare {
		ts.Check(os.WriteFile(file, []byte(b.String()), 0o600))
		return
	}
	if was := ts.ReadFile(file); (was == b.String()) == neg {
		ts.Fatalf("the tree was\n%s\nand is\n%s", was, b.String())
	}
}

// neverCommand is "never TEXT DIRECTORY…": no file below holds the text.
func neverCommand(ts *testscript.TestScript, neg bool, args []string) {
	for _, dir := range args[1:] {
		ts.Check(filepath.WalkDir(ts.MkAbs(dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(path)
			if err == nil && bytes.Contains(data, []byte(args[0])) {
				ts.Fatalf("%s holds %q", path, args[0])
			}
			return err
		}))
	}
}

// exitCode is "exitcode N COMMAND…": the command ends with exactly that.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// lockCommand is "lock DIRECTORY": a vgit is at work there until the script ends.
func lockCommand(ts *testscript.TestScript, neg bool, args []string) {
	s, err := store.Open(ts.MkAbs(args[0]), store.Options{Now: time.Now})
	ts.Check(err)
	unlock, err := s.Lock()
	ts.Check(err)
	ts.Defer(func() { _, _ = unlock(), s.Close() })
}

// hostile is "davtest hostile COLLECTION NAME": text from a person who means ill.
func hostile(s *server, ts *testscript.TestScript, args []string) {
	const bad = "\x1b]0;owned\a\x1b[2J\u202etxt\u200b\u009b31mred"
	c := s.coll(ts, args[0])
	c.SetProps(davtest.Props{DisplayName: "Wo\u202erk"})
	c.Put(args[1], []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:"+bad+"\r\nDTSTAMP:20260101T000000Z\r\n"+
		"DTSTART:20260302T100000Z\r\nSUMMARY:"+bad+"\\n→ + work: forged\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
}

// slowDown is "davtest slow METHODS": requests take a while, and the first makes a file "seen" when it arrives.
func slowDown(s *server, ts *testscript.TestScript, args []string) {
	seen := ts.MkAbs("seen")
	which := davtest.Match{Method: strings.Join(args, " "), N: 1}
	s.On(which).Call(func() { _ = os.WriteFile(seen, nil, 0o600) })
	s.On(which).Delay(300 * time.Millisecond)
}

// refuse is "davtest refuse": PUTs are answered with a text that writes to the terminal.
func refuse(s *server, ts *testscript.TestScript, args []string) {
	s.On(davtest.Match{Method: "PUT"}).Answer(davtest.Answer{Status: http.StatusForbidden, Header: http.Header{"Content-Type": {"text/plain"}},
		Body: "No!\x1b[31m\u202e\r\nvgit: forged"})
}

// headers is "davtest header METHOD NAME": that header of each such request since the last reset, a line each.
func headers(s *server, ts *testscript.TestScript, args []string) {
	for _, q := range s.Requests() {
		if q.Method == args[0] {
			fmt.Fprintln(ts.Stdout(), q.Header.Get(args[1]))
		}
	}
}
