//go:build unix

package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"vgit/remote/davtest"
)

// TestTutorial types docs/tutorial.md: each command in its order, with what the text says to do in between. What is printed is what the
// document has, but for days, times, names that are made at random, and lines that it leaves out. The programs by others need not be here:
// what they do is done in their place.
func TestTutorial(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not here")
	}
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "tutorial.md"))
	if err != nil {
		t.Fatal(err)
	}
	p := newPupil(t)
	p.instead = p.tutorial
	if commands := p.types(string(b)); commands < 25 {
		t.Errorf("only %d commands were found", commands)
	}
}

// TestReadme types README.md in the same way.
func TestReadme(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	p := newPupil(t)
	config := filepath.Join(p.home, ".config", "vgit", "config.toml")
	p.write(config, "[vdir.calendars]\npath = \"~/.calendars\"\nkind = \"calendar\"\nremotes = [\"cloud\"]\n\n[remote.cloud]\ntype = \"caldav\"\nurl = \"http://"+
		p.address+"/\"\nusername = \"ada\"\npassword = { env = \"DEMO_PASSWORD\" }\n")
	p.instead = p.readme
	if commands := p.types(string(b)); commands < 9 {
		t.Errorf("only %d commands were found", commands)
	}
}

// TestMigrateDocument types docs/migrate.md with the configuration that it has, in a vdir as vdirsyncer leaves it.
func TestMigrateDocument(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "migrate.md"))
	if err != nil {
		t.Fatal(err)
	}
	p := newPupil(t)
	p.instead = func(string) bool { return false }
	_, example, _ := strings.Cut(string(b), "```toml\n")
	example, _, _ = strings.Cut(example, "```")
	for name, text := range map[string]string{
		".config/vgit/config.toml": strings.NewReplacer("https://cloud.example.org", "http://"+p.address, `["pass", "cloud"]`, `["echo", "lovelace"]`).Replace(example),
		".calendars/work/color":    "#33A02CFF", ".calendars/work/displayname": "Work",
	} {
		p.write(filepath.Join(p.home, filepath.FromSlash(name)), text)
	}
	for _, coll := range p.server.Collections("ada") {
		for _, name := range coll.List() {
			if body, _ := coll.Get(name); coll.Kind() == davtest.Calendar {
				p.write(filepath.Join(p.home, ".calendars", coll.ID(), name), string(body))
			}
		}
	}
	p.change(filepath.Join(p.home, ".calendars", "personal", "yoga.ics"), "SUMMARY:Yoga\r\n", "SUMMARY:Yoga!\r\n")
	p.server.Collection("ada", "personal").Edit("yoga.ics", func(b []byte) []byte {
		return []byte(strings.Replace(string(b), "SUMMARY:Yoga\r\n", "SUMMARY:Yoga, Room 2\r\n", 1))
	})
	if commands := p.types(string(b)); commands < 3 {
		t.Errorf("only %d commands were found", commands)
	}
}

// types types all commands of a document, and counts them.
func (p *pupil) types(document string) (commands int) {
	p.t.Helper()
	for i, part := range strings.Split(document, "```") {
		lang, block, _ := strings.Cut(part, "\n")
		if i%2 == 0 || lang != "" || !strings.HasPrefix(block, "$ ") {
			continue
		}
		for _, step := range strings.Split("\n"+block, "\n$ ")[1:] {
			command, expected, _ := strings.Cut(strings.TrimSuffix(step, "\n"), "\n")
			p.does(command, expected)
			commands++
		}
	}
	return commands
}

// pupil is somebody at a terminal of their own.
type pupil struct {
	*reader
	server                  *davtest.Server
	instead                 func(command string) (done bool) // what is done before a command, or in its place
	syncs                   int                              // of README.md
	address, dir, elsewhere string
	status                  int
	known                   map[string]string // commits of the document, and what they are here
}

func newPupil(t *testing.T) *pupil {
	t.Helper()
	p := &pupil{reader: &reader{t: t, home: t.TempDir()}, elsewhere: t.TempDir(), known: map[string]string{}}
	p.server = davtest.New()
	davtest.Sample(p.server)
	url, stop := p.server.Start()
	t.Cleanup(stop)
	p.address, p.dir = strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/"), p.home
	p.env = append(plainEnv(p.home), "DEMO_PASSWORD=lovelace")
	return p
}

// does types one command, and compares what it prints.
func (p *pupil) does(command, expected string) {
	p.t.Helper()
	if strings.HasPrefix(command, "vgit demo --serve") || strings.HasPrefix(command, "export ") {
		return // it runs in another terminal; what it prints is in the script about it
	}
	if p.instead(command) {
		return
	}
	typed := strings.NewReplacer("127.0.0.1:5232", p.address, " /tmp", " "+p.elsewhere).Replace(command)
	for _, theirs := range slices.Backward(slices.SortedFunc(maps.Keys(p.known), func(a, b string) int { return cmp.Compare(len(a), len(b)) })) {
		typed = strings.ReplaceAll(typed, theirs, p.known[theirs]) // the longest first: others begin like them
	}
	cmd := exec.Command("/bin/sh", "-c", fmt.Sprintf("(exit %d); %s\ncode=$?; pwd >%s/.pwd; exit $code", p.status, typed, p.home))
	cmd.Dir, cmd.Env = p.dir, p.env
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if p.status = 0; errors.As(err, &exit) {
		p.status = exit.ExitCode()
	}
	if at, err := os.ReadFile(filepath.Join(p.home, ".pwd")); err == nil {
		p.dir = strings.TrimSpace(string(at))
	}
	said := strings.NewReplacer(p.home, "/home/ada", p.address, "127.0.0.1:5232").Replace(strings.TrimSuffix(string(out), "\n"))
	p.learn(expected, said)
	if want, got := timeless(expected), timeless(said); !fits(want, got) {
		p.t.Errorf("$ %s (-written +said):\n%s\nit said:\n%s", command, gocmp.Diff(want, got), said)
	}
}

var holdID = regexp.MustCompile(`\b[0-9a-f]{12}\b`)

var commitLine = regexp.MustCompile(`(?m)^([0-9a-f]{7}) (.*)$`)

// learn notes which commits and holds here are those that the document names.
func (p *pupil) learn(expected, said string) {
	theirs, ours := holdID.FindAllString(expected, -1), holdID.FindAllString(said, -1)
	for i := range min(len(theirs), len(ours)) {
		p.known[theirs[i]], p.known[theirs[i][:4]] = ours[i], ours[i][:4]
	}
	for _, theirs := range commitLine.FindAllStringSubmatch(expected, -1) {
		for _, ours := range commitLine.FindAllStringSubmatch(said, -1) {
			if ours[2] == theirs[2] {
				p.known[theirs[1]] = ours[1]
			}
		}
	}
}

var (
	days  = regexp.MustCompile(`\b((Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)( \d{4})?\b`)
	dates = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`)
	clock = regexp.MustCompile(`\b\d{2}:\d{2}(  | \(just now\)| \(\d+ (?:sent|received)\))`)
	last  = regexp.MustCompile(`(received|sent|here|there) DAY \d{2}:\d{2}`)
	made  = regexp.MustCompile(`\b[0-9a-z@.-]{25,}\.(ics|vcf)|\b[0-9A-Z]{30,}\.ics|\b[0-9a-f]{7,8}\b|\b[0-9a-f]{12}\b|vCard [34]\.0`)
)

// timeless is a text without what is another on another day and in another run.
func timeless(text string) []string {
	text = last.ReplaceAllString(days.ReplaceAllString(text, "DAY"), "$1 DAY TIME")
	text = clock.ReplaceAllString(days.ReplaceAllString(dates.ReplaceAllString(text, "DATE"), "DAY"), "TIME$1")
	return strings.Split(made.ReplaceAllString(text, "NAME"), "\n")
}

// fits tells whether lines are those of the document, in which "..." stands for any.
func fits(want, got []string) bool {
	if len(want) == 0 || len(got) == 0 {
		return len(got) == 0 && !slices.ContainsFunc(want, func(line string) bool { return line != "..." })
	}
	if want[0] == "..." {
		return fits(want[1:], got) || fits(want, got[1:])
	}
	return want[0] == got[0] && fits(want[1:], got[1:])
}

// readme does before some commands of README.md what the text around them says.
func (p *pupil) readme(command string) (done bool) {
	p.t.Helper()
	calendars := filepath.Join(p.home, ".calendars")
	there := func(coll, name, old, to string) {
		p.server.Collection("ada", coll).Edit(name, func(b []byte) []byte { return []byte(strings.Replace(string(b), old, to, 1)) })
	}
	switch {
	case strings.HasPrefix(command, "make "), strings.HasPrefix(command, "vgit check"), strings.HasPrefix(command, "vgit sync -n"):
		return true // of the parts on how to build and begin
	case command == "vgit sync":
		if p.syncs++; p.syncs == 4 {
			p.change(filepath.Join(calendars, "Work", "call-new-york.ics"), "T090000\r\n", "T160000\r\n", "SUMMARY:Call with New York", "SUMMARY:Call with New York and Boston")
			there("work", "call-new-york.ics", "T090000\r\n", "T150000\r\n")
		}
	case command == "vgit status":
		p.change(filepath.Join(calendars, "Personal", "dentist.ics"), "T100000", "T113000", "T104500", "T121500")
		p.remove(filepath.Join(calendars, "Tasks", "library.ics"))
		there("personal", "dentist.ics", "SUMMARY:Dentist", "SUMMARY:Dentist (bring the card)")
		there("work", "trip-oslo.ics", "SUMMARY:Trip to Oslo", "SUMMARY:Trip to Oslo and Bergen")
	case command == "vgit held":
		p.server.Collection("ada", "tasks").Wipe()
		p.try("vgit sync")
	}
	return false
}

// tutorial does what programs by others do, and before some commands what the text around them says.
func (p *pupil) tutorial(command string) (done bool) {
	p.t.Helper()
	calendars := filepath.Join(p.home, ".calendars")
	switch {
	case strings.HasPrefix(command, "khal new"):
		p.write(filepath.Join(calendars, "Personal", "H08ULX6G2R6UEFB2UMMH1O074GB17O2UMRFC.ics"),
			event("H08ULX6G2R6UEFB2UMMH1O074GB17O2UMRFC", "Lunch with Grace", "20261126T123000Z", "20261126T133000Z"))
		return true
	case strings.HasPrefix(command, "todo done"):
		p.change(filepath.Join(calendars, "Tasks", "photos.ics"), "STATUS:IN-PROCESS", "STATUS:COMPLETED\r\nCOMPLETED:20261128T120000Z", "PERCENT-COMPLETE:50", "PERCENT-COMPLETE:100")
		return true
	case strings.HasPrefix(command, "khard new"):
		p.write(filepath.Join(p.home, ".contacts", "Contacts", "nl7dyepk3mof4pxvhp0qyjmrfuxidaue4r0i.vcf"),
			"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:nl7dyepk3mof4pxvhp0qyjmrfuxidaue4r0i\r\nFN:Grace Hopper\r\nN:Hopper;Grace;;;\r\nEND:VCARD\r\n")
		return true
	case command == "vgit log concert.ics":
		p.remove(filepath.Join(calendars, "Personal", "concert.ics"))
		p.shell("vgit sync")
	case command == "vgit --config ~/phone.toml sync" && p.exists("phone/calendars/Personal/dentist.ics"):
		p.change(filepath.Join(p.home, "phone", "calendars", "Personal", "dentist.ics"), "SUMMARY:Dentist", "SUMMARY:Dentist (bring the card)", "T100000", "T090000", "T104500", "T094500")
		p.change(filepath.Join(calendars, "Personal", "dentist.ics"), "T100000", "T113000", "T104500", "T121500")
	case strings.HasPrefix(command, "rm ~/.calendars/Tasks"):
		for i := range 6 {
			uid := fmt.Sprintf("0ce2d7f985704b768c08f0e9be00954%d@vm", i)
			p.write(filepath.Join(calendars, "Tasks", uid+".ics"), strings.NewReplacer("VEVENT", "VTODO", "DTEND", "DUE").Replace(
				event(uid, fmt.Sprintf("Task %d", i+1), "20301126T120000Z", "20301126T130000Z")))
		}
		p.shell("vgit sync")
	}
	return false
}

// try is shell for a command that may end with any exit code.
func (p *pupil) try(line string) {
	p.t.Helper()
	cmd := exec.Command("/bin/sh", "-c", line)
	cmd.Dir, cmd.Env = p.home, p.env
	_ = cmd.Run()
}

func (p *pupil) shell(line string) {
	p.t.Helper()
	cmd := exec.Command("/bin/sh", "-c", line)
	cmd.Dir, cmd.Env = p.home, p.env
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("%s: %v\n%s", line, err, out)
	}
}

func (p *pupil) exists(name string) bool {
	_, err := os.Stat(filepath.Join(p.home, name))
	return err == nil
}

func (p *pupil) write(name, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pupil) remove(name string) {
	p.t.Helper()
	if err := os.Remove(name); err != nil {
		p.t.Fatal(err)
	}
}

// change replaces each second word by the one after it.
func (p *pupil) change(name string, words ...string) {
	p.t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i < len(words); i += 2 {
		if !strings.Contains(string(b), words[i]) {
			p.t.Fatalf("%s has no %q:\n%s", name, words[i], b)
		}
	}
	p.write(name, strings.NewReplacer(words...).Replace(string(b)))
}
