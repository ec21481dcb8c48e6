//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"

	"vgit/remote/davtest"
)

func TestConflictsDocument(t *testing.T) {
	t.Parallel()
	runDocument(t, newReader(t, 0), "conflicts.md", 10)
}

func TestJSONDocument(t *testing.T) {
	t.Parallel()
	runDocument(t, newReader(t, 0), "json.md", 8)
}

// TestGuardDocument: the IDs in it are those of the very items, and have to be looked up again if these change.
func TestGuardDocument(t *testing.T) {
	t.Parallel()
	runDocument(t, newReader(t, 17), "guard.md", 8)
}

func TestUndoDocument(t *testing.T) {
	t.Parallel()
	runDocument(t, newReader(t, 6), "undo.md", 25)
}

func TestSeveralServersDocument(t *testing.T) {
	t.Parallel()
	runDocument(t, newServers(t), "several-servers.md", 15)
}

// runDocument runs the commands of a document as they stand there, in their order, and compares what they say. With VGIT_UPDATE set it
// writes down what they say instead.
func runDocument(t *testing.T, r *reader, name string, least int) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", name)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	commands := 0
	for i, part := range strings.Split(string(b), "```") {
		lang, block, _ := strings.Cut(part, "\n")
		if i%2 == 1 && lang == "" && strings.HasPrefix(block, "$ ") {
			said, n := r.block(block)
			part, commands = "\n"+said, commands+n
		}
		if i > 0 {
			out.WriteString("```")
		}
		out.WriteString(part)
	}
	if commands < least {
		t.Errorf("only %d commands were found", commands)
	}
	if os.Getenv("VGIT_UPDATE") != "" {
		if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(plainly(string(b)), plainly(out.String())); diff != "" {
		t.Errorf("docs/%s (-written +said; VGIT_UPDATE=1 go test -run Document writes it):\n%s", name, diff)
	}
}

// reader is somebody who does what a document says: two devices with one account, and three appointments or some days more.
type reader struct {
	t    *testing.T
	home string
	env  []string
}

func newReader(t *testing.T, days int) *reader {
	t.Helper()
	r := &reader{t: t, home: t.TempDir()}
	server := davtest.New()
	server.AddUser("ada", "secret")
	personal := server.AddCalendar("ada", "personal", davtest.Props{DisplayName: "Personal"})
	for name, title := range map[string]string{"dentist": "Dentist", "choir": "Choir", "review": "Review"} {
		personal.Put(name+".ics", []byte(event(name, title, "20301126T090000Z", "20301126T100000Z")))
	}
	for n := 1; n <= days; n++ {
		personal.Put(fmt.Sprintf("day-%02d.ics", n), []byte(event(fmt.Sprintf("day-%02d", n), fmt.Sprintf("Day %d", n), "20301126T090000Z", "20301126T100000Z")))
	}
	url, stop := server.Start()
	t.Cleanup(stop)
	for file, dir := range map[string]string{".config/vgit/config.toml": "~/.calendars", "phone.toml": "~/phone"} {
		name := filepath.Join(r.home, file)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		text := "[vdir.calendars]\npath = \"" + dir + "\"\nkind = \"calendar\"\nremotes = [\"cloud\"]\n\n[remote.cloud]\ntype = \"caldav\"\nurl = \"" + url +
			"\"\nusername = \"ada\"\npassword = \"secret\"\n"
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.env = plainEnv(r.home)
	r.run("vgit sync && vgit --config ~/phone.toml sync", nil)
	return r
}

// newServers is a reader with two servers: a phone has the one, a desk the other, and the vdir has both.
func newServers(t *testing.T) *reader {
	t.Helper()
	r := &reader{t: t, home: t.TempDir()}
	r.env = plainEnv(r.home)
	remotes := map[string]string{}
	for i, name := range []string{"home", "office"} {
		server := davtest.New()
		server.AddUser("ada", "secret")
		personal := server.AddCalendar("ada", "personal", davtest.Props{DisplayName: "Personal"})
		for item, title := range map[string]string{"dentist": "Dentist", "choir": "Choir", "review": "Review"} {
			if i == 0 {
				personal.Put(item+".ics", []byte(event(item, title, "20301126T090000Z", "20301126T100000Z")))
			}
		}
		url, stop := server.Start()
		t.Cleanup(stop)
		remotes[name] = "[remote." + name + "]\ntype = \"caldav\"\nurl = \"" + url + "\"\nusername = \"ada\"\npassword = \"secret\"\n"
	}
	for file, of := range map[string][]string{".config/vgit/config.toml": {"~/.calendars", "home", "office"}, "phone.toml": {"~/phone", "home"}, "desk.toml": {"~/desk", "office"}} {
		name := filepath.Join(r.home, file)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		text := "[vdir.calendars]\npath = \"" + of[0] + "\"\nkind = \"calendar\"\nremotes = [\"" + strings.Join(of[1:], "\", \"") + "\"]\n"
		for _, remote := range of[1:] {
			text += remotes[remote]
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.run("vgit --config ~/phone.toml sync && vgit --config ~/desk.toml sync", nil)
	return r
}

// plainEnv is the environment of somebody with that home.
func plainEnv(home string) []string {
	return []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TZ=UTC", "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "NO_COLOR=1", "TERM=dumb",
		"NO_PROXY=127.0.0.1,localhost", "GIT_PAGER=cat", "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.org"}
}

var answerIn = regexp.MustCompile(`(?m)(?:uit|\[y/n\])\?? (\w+)$`)

// block runs the commands of one block.
func (r *reader) block(text string) (said string, commands int) {
	var b strings.Builder
	for _, step := range strings.Split("\n"+text, "\n$ ")[1:] {
		command, expected, _ := strings.Cut(step, "\n")
		for strings.HasSuffix(command, "\\") {
			more, rest, _ := strings.Cut(expected, "\n")
			command, expected = command+"\n"+more, rest
		}
		var answers []string
		for _, m := range answerIn.FindAllStringSubmatch(expected, -1) {
			answers = append(answers, m[1])
		}
		b.WriteString("$ " + command + "\n" + r.run(command, answers))
		commands++
	}
	return b.String(), commands
}

// run runs a line of the shell, on a terminal if it has answers to give.
func (r *reader) run(line string, answers []string) string {
	r.t.Helper()
	cmd := exec.Command("/bin/sh", "-c", line)
	cmd.Dir, cmd.Env = r.home, r.env
	if answers == nil {
		out, _ := cmd.CombinedOutput() // many end with 4
		return strings.ReplaceAll(string(out), r.home, "/home/ada")
	}
	screen, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 500})
	if err != nil {
		r.t.Fatal(err)
	}
	defer screen.Close()
	var out strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := screen.Read(buf)
		out.Write(buf[:n])
		if err != nil { // the other end is closed
			break
		}
		if len(answers) > 0 && (strings.HasSuffix(out.String(), "uit? ") || strings.HasSuffix(out.String(), "[y/n] ")) {
			if _, err := screen.WriteString(answers[0] + "\n"); err != nil {
				r.t.Fatal(err)
			}
			answers = answers[1:]
		}
	}
	_ = cmd.Wait()
	if len(answers) > 0 {
		r.t.Errorf("%s: %q was not asked for:\n%s", line, answers, &out)
	}
	return strings.ReplaceAll(strings.ReplaceAll(out.String(), "\r\n", "\n"), r.home, "/home/ada")
}

var passing = regexp.MustCompile(`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z|\d{4}-\d{2}-\d{2} \d{2}:\d{2}(  |:\d{2}| \(just now\))|\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-f]{7,40}\b|(?:here|there|received|sent) \d{1,2} \w{3} \d{4} \d{2}:\d{2}`)

// plainly is a text without what is another each time: the time of a run, commits and new UIDs.
func plainly(text string) string { return passing.ReplaceAllString(text, "…") }
