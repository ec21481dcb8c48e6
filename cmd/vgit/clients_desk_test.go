//go:build clients

package main_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/remote/realtest"
)

// desk is a person's machine: khal, todoman and khard on the files that vgit keeps, all configured as docs/tutorial.md says,
// and a server with the calendars Personal, Work and Tasks and the address books Contacts and People.
type desk struct {
	t                       *testing.T
	home                    string
	server                  *davtest.Server
	url                     string
	vgit, khal, todo, khard *realtest.Client
	anyOrder                bool // of the lines of an item
}

func newDesk(t *testing.T, binary string, opts ...davtest.Option) *desk {
	t.Helper()
	d := &desk{t: t, home: t.TempDir(), server: davtest.New(opts...)}
	d.server.AddUser("ada", "lovelace")
	d.server.AddCalendar("ada", "personal", davtest.Props{DisplayName: "Personal", Color: "#1F78B4FF", Components: []string{"VEVENT"}})
	d.server.AddCalendar("ada", "work", davtest.Props{DisplayName: "Work", Components: []string{"VEVENT", "VTODO"}})
	d.server.AddCalendar("ada", "tasks", davtest.Props{DisplayName: "Tasks", Components: []string{"VTODO"}})
	d.server.AddAddressBook("ada", "contacts", davtest.Props{DisplayName: "Contacts"})
	d.server.AddAddressBook("ada", "people", davtest.Props{DisplayName: "People"})
	url, stop := d.server.Start()
	t.Cleanup(stop)
	d.url = url
	tutorial := readFile(t, filepath.Join("..", "..", "docs", "tutorial.md"))
	d.write(".config/vgit/config.toml", strings.ReplaceAll(example(t, tutorial, "[vdir."), "http://127.0.0.1:5232/", url))
	d.write(".config/khal/config", example(t, tutorial, "[calendars]"))
	d.write(".config/todoman/config.py", example(t, tutorial, "default_list"))
	d.write(".config/khard/khard.conf", example(t, tutorial, "[addressbooks]"))
	d.vgit = realtest.NewClient(t, binary, d.home, "DEMO_PASSWORD=lovelace", "GIT_CONFIG_NOSYSTEM=1")
	d.khal, d.todo, d.khard = realtest.NewClient(t, "khal", d.home), realtest.NewClient(t, "todo", d.home), realtest.NewClient(t, "khard", d.home)
	return d
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// example is the fenced part of a document that has a word in it.
func example(t *testing.T, doc, word string) string {
	t.Helper()
	for _, m := range regexp.MustCompile("(?ms)^```(?:toml|ini|python)\n(.*?)^```$").FindAllStringSubmatch(doc, -1) {
		if strings.Contains(m[1], word) {
			return m[1]
		}
	}
	t.Fatalf("no example with %s", word)
	return ""
}

func (d *desk) path(name string) string { return filepath.Join(d.home, filepath.FromSlash(name)) }

func (d *desk) write(name, text string) {
	d.t.Helper()
	if err := os.MkdirAll(filepath.Dir(d.path(name)), 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(d.path(name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) read(name string) string {
	d.t.Helper()
	return readFile(d.t, d.path(name))
}

func (d *desk) remove(name string) {
	d.t.Helper()
	if err := os.Remove(d.path(name)); err != nil {
		d.t.Fatal(err)
	}
}

// only is the one file that a pattern matches.
func (d *desk) only(pattern string) string {
	d.t.Helper()
	files, err := filepath.Glob(d.path(pattern))
	if err != nil || len(files) != 1 {
		d.t.Fatalf("%s: %q %v, want one file", pattern, files, err)
	}
	name, err := filepath.Rel(d.home, files[0])
	if err != nil {
		d.t.Fatal(err)
	}
	return filepath.ToSlash(name)
}

// sync is one sync that says these lines, in any order, and no other.
func (d *desk) sync(want ...string) {
	d.t.Helper()
	d.server.ResetLog()
	got := strings.Split(strings.TrimSuffix(d.vgit.Run("sync"), "\n"), "\n")
	if len(got) == 1 && got[0] == "" {
		got = nil
	}
	got = inShort(got)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		d.t.Errorf("vgit sync says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// stepLine is a line of a sync's answer: arrow and sign, type, title, when, collection and file.
var stepLine = regexp.MustCompile(`^([→←] [+~-]) \w+ (.*?)(?:, (?:due )?[A-Z][a-z]{2} \d.*| \((?:due )?[A-Z][a-z]{2} \d.*\))?  (.+)/[^/,]+(, moved to .+)?$`)

// inShort are the lines about items as "→ + calendars/Personal: Lunch", without those that say what changed in them.
func inShort(lines []string) (short []string) {
	for _, line := range lines {
		if !strings.HasPrefix(line, " ") {
			short = append(short, stepLine.ReplaceAllString(line, "$1 $3: $2$4"))
		}
	}
	return short
}

// settled looks that both sides hold the same bytes, line ends aside, and that a sync has nothing to do.
func (d *desk) settled() {
	d.t.Helper()
	for _, c := range d.server.Collections("ada") {
		dir := ".calendars/"
		if c.Kind() == davtest.AddressBook {
			dir = ".contacts/"
		}
		d.same(dir+strings.ToUpper(c.ID()[:1])+c.ID()[1:], c)
	}
	d.sync()
	for _, vdir := range []string{".calendars", ".contacts"} {
		if out := d.git(vdir, "status", "--porcelain"); out != "" {
			d.t.Errorf("git status in %s: %s", vdir, out)
		}
	}
}

// same compares a directory with a collection. The names need not be the same: not all that a reader makes is safe in an href.
func (d *desk) same(dir string, c *davtest.Collection) {
	d.t.Helper()
	var here, there []string
	for _, ext := range []string{".ics", ".vcf"} {
		files, err := filepath.Glob(d.path(dir + "/*" + ext))
		if err != nil {
			d.t.Fatal(err)
		}
		for _, f := range files {
			here = append(here, d.ordered(crlf(readFile(d.t, f))))
		}
	}
	for _, name := range c.List() {
		body, _ := c.Get(name)
		there = append(there, d.ordered(string(body)))
	}
	slices.Sort(here)
	slices.Sort(there)
	if !slices.Equal(here, there) {
		d.t.Errorf("%s: here are\n%s\nand there\n%s", dir, strings.Join(here, ""), strings.Join(there, ""))
	}
}

func (d *desk) ordered(body string) string {
	if !d.anyOrder {
		return body
	}
	lines := slices.Sorted(strings.Lines(body))
	return strings.Join(lines, "")
}

func crlf(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}

func (d *desk) git(vdir string, args ...string) string {
	d.t.Helper()
	cmd := exec.Command("git", append([]string{"--no-optional-locks", "-C", d.path(vdir)}, args...)...)
	cmd.Env = []string{"HOME=" + d.home, "PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// shows looks that each text is in what a program said.
func (d *desk) shows(said string, texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		if !strings.Contains(said, text) {
			d.t.Errorf("no %q in\n%s", text, said)
		}
	}
}

// hides looks that no text is in what a program said.
func (d *desk) hides(said string, texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		if strings.Contains(said, text) {
			d.t.Errorf("%q is in\n%s", text, said)
		}
	}
}

// december is what khal lists of one calendar, or of all, with headings that do not say that it is today.
func (d *desk) december(calendar ...string) string {
	d.t.Helper()
	args := []string{"list", "--day-format", "{date}"}
	for _, c := range calendar {
		args = append(args, "-a", c)
	}
	return d.khal.Run(append(args, "2026-12-01", "2026-12-20")...)
}

// put writes an item on the server, as another client does.
func (d *desk) put(collection, name, body string) {
	d.t.Helper()
	d.server.Collection("ada", collection).Put(name, []byte(crlf(body)))
}

// edit changes a text of an item on the server.
func (d *desk) edit(collection, name, old, text string) {
	d.t.Helper()
	edit := func(b []byte) []byte {
		if !bytes.Contains(b, []byte(old)) {
			d.t.Errorf("no %q in %s", old, b)
		}
		return bytes.Replace(b, []byte(old), []byte(text), 1)
	}
	if !d.server.Collection("ada", collection).Edit(name, edit) {
		d.t.Fatalf("%s has no %s", collection, name)
	}
}

// times are the modification times of a directory and of all files in it, in the microseconds that khal compares.
func (d *desk) times(dir string) map[string]int64 {
	d.t.Helper()
	found := map[string]int64{}
	note := func(name string) {
		info, err := os.Stat(d.path(name))
		if err != nil {
			d.t.Fatal(err)
		}
		found[strings.TrimPrefix(name, dir+"/")] = info.ModTime().UnixMicro()
	}
	note(dir)
	entries, err := os.ReadDir(d.path(dir))
	if err != nil {
		d.t.Fatal(err)
	}
	for _, e := range entries {
		note(dir + "/" + e.Name())
	}
	return found
}

// calendarOf is an item of these components.
func calendarOf(components ...string) string {
	return "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//t//t//EN\n" + strings.Join(components, "") + "END:VCALENDAR\n"
}

func meeting(uid, title string, lines ...string) string {
	if len(lines) == 0 {
		lines = []string{"DTSTART:20261203T090000Z", "DTEND:20261203T100000Z"}
	}
	return "BEGIN:VEVENT\nUID:" + uid + "\nDTSTAMP:20260101T000000Z\n" + strings.Join(lines, "\n") + "\nSUMMARY:" + title + "\nEND:VEVENT\n"
}

func chore(uid, title string) string {
	return calendarOf("BEGIN:VTODO\nUID:" + uid + "\nDTSTAMP:20260101T000000Z\nDUE:20991231T120000Z\nSUMMARY:" + title + "\nEND:VTODO\n")
}

func person(uid, name string) string {
	return "BEGIN:VCARD\nVERSION:3.0\nUID:" + uid + "\nFN:" + name + "\nN:" + name + ";;;;\nEMAIL:" + uid + "@example.org\nEND:VCARD\n"
}

// id is the number that todoman gives a task.
func (d *desk) id(title string) string {
	d.t.Helper()
	for _, line := range strings.Split(d.todo.Run("--porcelain", "list", "--status", "ANY"), "}") {
		if m := regexp.MustCompile(`"id": (\d+)`).FindStringSubmatch(line); m != nil && strings.Contains(line, fmt.Sprintf("%q", title)) {
			return m[1]
		}
	}
	d.t.Fatalf("todoman has no %q", title)
	return ""
}
