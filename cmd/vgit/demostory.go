package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"vgit/merge"
	"vgit/remote/davtest"
	"vgit/repo/item"
)

// demonstration is the story that vgit demo tells. The first thing that is not as it should be ends it.
type demonstration struct {
	s       *session
	ctx     context.Context
	dir     string
	server  *davtest.Server
	chapter int
	blank   bool // the last line is
	err     error
}

// device sets one up: a home, a configuration, and nothing else.
func (d *demonstration) device(name, url, user, password string) error {
	home := filepath.Join(d.dir, name)
	text := fmt.Sprintf(demoConfig, home, url, user, password)
	if err := os.Mkdir(home, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(home, "vgit.toml"), []byte(text), 0o600)
}

// demoConfig is about what vgit init writes.
const demoConfig = `[vdir.calendars]
path = "%[1]s/calendars"
kind = "calendar"
remotes = ["cloud"]

[vdir.people]
path = "%[1]s/people"
kind = "contacts"
remotes = ["cards"]

[remote.cloud]
type = "caldav"
url = "%[2]s"
username = "%[3]s"
password = "%[4]s"

[remote.cards]
type = "carddav"
like = "cloud"
`

// show tells the whole story.
func (d *demonstration) show() {
	d.say("vgit demo: one server, a laptop and a desktop, in a directory of their own:", d.dir, "It stands as ~ below, and is removed at the end.")
	d.title("Two devices meet an account")
	d.say("The account has three calendars and an address book. Each device begins with", "nothing but its configuration:")
	d.file("laptop/vgit.toml")
	d.say("The first sync brings everything.")
	d.run("laptop", 6, "sync")
	d.run("desktop", 3, "sync")
	d.say("Items are plain files, one directory for each collection. khal, khard and", "todoman read them as they are.")
	d.list("laptop")

	d.title("The laptop, on a train")
	d.say("The dentist moves to half past eleven, planning gets a room, a lunch is new,", "the library books are back. Each is an ordinary edit of a file.")
	d.edit("laptop/calendars/Personal/dentist.ics", "T100000", "T113000", "T104500", "T121500")
	d.edit("laptop/calendars/Work/planning.ics", "SUMMARY:Planning\r\n", "SUMMARY:Planning\r\nLOCATION:Room 7\r\n")
	d.write("laptop/calendars/Personal/lunch.ics", event("lunch", "Lunch with Yuki", "20300506T120000Z", "20300506T130000Z"))
	d.remove("laptop/calendars/Tasks/library.ics")
	d.say("status needs no network.")
	d.run("laptop", 0, "status", "calendars")

	d.title("The desktop, meanwhile")
	d.say("The dentist gets a place, planning another room, a trip is off, and there is a", "new contact. This sync goes first; -n shows what it would do.")
	d.edit("desktop/calendars/Personal/dentist.ics", "SUMMARY:Dentist\r\n", "SUMMARY:Dentist\r\nLOCATION:Mill Lane 3\r\n")
	d.edit("desktop/calendars/Work/planning.ics", "SUMMARY:Planning\r\n", "SUMMARY:Planning\r\nLOCATION:Room 5\r\n")
	d.remove("desktop/calendars/Work/trip-oslo.ics")
	d.write("desktop/people/Contacts/grace.vcf", card("grace", "Grace Hopper", "grace@example.org"))
	d.run("desktop", 0, "sync", "-n")
	d.run("desktop", 0, "sync")

	d.title("Both in step")
	d.say("The laptop is back: it sends its edits and takes those of the desktop. Of the", "dentist, the time comes from one and the place from the other. Planning has got",
		"two rooms, and waits: its file has the laptop's, the server the desktop's.")
	d.runs(exitWaits, "laptop", 0, "sync")
	d.lines("laptop/calendars/Personal/dentist.ics", "DTSTART;", "LOCATION")
	d.say("A person says which it is. The answer is kept, and the next sync carries it out.")
	d.run("laptop", 0, "resolve", "--remote", "calendars/Work/planning.ics")
	d.run("laptop", 0, "sync")
	d.run("desktop", 0, "sync")
	d.same()

	d.title("Nothing new")
	d.say("A sync that finds nothing says nothing, as cron likes it, and costs one request", "for each account.")
	d.quiet("laptop")
	d.quiet("desktop")

	d.title("What happened")
	d.say("Every sync is in the history. It is a git repository, and any git command works", "on it, too.")
	d.run("desktop", 0, "log", "-n", "6")
	d.run("desktop", 0, "log", "calendars/Personal/dentist.ics")
	d.say("", "That is all. To play with it yourself:", "",
		"    vgit demo --serve 127.0.0.1:5232     a server with these items", "    vgit init                            asks for address and login",
		"    vgit sync")
}

func (d *demonstration) title(text string) {
	d.chapter++
	d.say("", fmt.Sprintf("%d. %s", d.chapter, text), "")
}

func (d *demonstration) say(lines ...string) {
	if d.err != nil {
		return
	}
	for _, line := range lines {
		if line == "" && d.blank {
			continue
		}
		d.blank = line == ""
		_, d.err = fmt.Fprintln(d.s.Stdout, line)
	}
}

// file shows a file.
func (d *demonstration) file(path string) {
	b, err := os.ReadFile(filepath.Join(d.dir, path))
	if err != nil {
		d.fail("%w", err)
	}
	d.say("")
	for line := range strings.Lines(string(b)) {
		d.say(strings.TrimRight("    "+strings.ReplaceAll(line, d.dir+"/", "~/"), " \n"))
	}
	d.say("")
}

// run runs a command on a device, as its user would, and shows what it printed: so many lines of it, 0 for all. Anything but success ends
// the demo.
func (d *demonstration) run(device string, lines int, args ...string) (out string) {
	return d.runs(exitSync, device, lines, args...)
}

// runs is run for a command that is to end with an exit code.
func (d *demonstration) runs(want int, device string, lines int, args ...string) (out string) {
	if d.err != nil {
		return ""
	}
	d.say("", "    "+device+"$ vgit "+strings.Join(args, " "))
	var stdout, stderr bytes.Buffer
	code := run(d.ctx, d.world(device, &stdout, &stderr), args)
	text := stdout.String() + stderr.String()
	shown := strings.SplitAfter(text, "\n")
	shown = shown[:len(shown)-1]
	for i, line := range shown {
		if lines > 0 && i == lines && len(shown) > lines+1 {
			d.say(fmt.Sprintf("    ... and %d more lines", len(shown)-i))
			break
		}
		d.say("    " + shorten(strings.TrimRight(strings.ReplaceAll(line, d.dir+"/", "~/"), "\n"), 75))
	}
	d.say("")
	if code != want || want == exitSync && stderr.Len() > 0 && args[0] != "resolve" {
		d.fail("%s: vgit %s ended with %d: %s", device, strings.Join(args, " "), code, clean(stderr.String()))
	}
	return stdout.String()
}

// world is that of one device: of this machine it has the clock, and nothing of its environment.
func (d *demonstration) world(device string, stdout, stderr *bytes.Buffer) World {
	home := filepath.Join(d.dir, device)
	env := map[string]string{"HOME": home, "VGIT_CONFIG": filepath.Join(home, "vgit.toml")}
	return World{Stdout: stdout, Stderr: stderr, Env: func(k string) string { return env[k] }, Dir: home,
		Now: d.s.Now, Sleep: d.s.Sleep, Disk: d.s.Disk}
}

func (d *demonstration) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
}

// shorten cuts a line for a terminal of 80 columns.
func shorten(line string, n int) string {
	if r := []rune(line); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return line
}

// list shows the files of the vdirs of a device.
func (d *demonstration) list(device string) {
	d.say("")
	for _, v := range []string{"calendars", "people"} {
		for _, dir := range localDirs(filepath.Join(d.dir, device, v)) {
			entries, err := os.ReadDir(filepath.Join(d.dir, device, v, dir))
			if err != nil {
				d.fail("%w", err)
				return
			}
			var names []string
			for _, e := range entries {
				names = append(names, e.Name())
			}
			d.say("    " + shorten("~/"+device+"/"+v+"/"+dir+": "+strings.Join(names, " "), 75))
		}
	}
}

// edit replaces pairs of texts in a file, as an editor does: in a new file that takes the name of the old.
func (d *demonstration) edit(path string, pairs ...string) {
	if d.err != nil {
		return
	}
	full := filepath.Join(d.dir, path)
	b, err := os.ReadFile(full)
	if err != nil {
		d.fail("%w", err)
		return
	}
	text := string(b)
	for i := 0; i+1 < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			d.fail("%s does not hold %q", path, pairs[i])
			return
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	if err := os.Remove(full); err != nil {
		d.fail("%w", err)
	}
	d.write(path, text)
}

func (d *demonstration) write(path, text string) {
	if d.err != nil {
		return
	}
	if err := os.WriteFile(filepath.Join(d.dir, path), []byte(text), 0o600); err != nil {
		d.fail("%w", err)
	}
}

func (d *demonstration) remove(path string) {
	if d.err != nil {
		return
	}
	if err := os.Remove(filepath.Join(d.dir, path)); err != nil {
		d.fail("%w", err)
	}
}

// lines shows the lines of a file that begin with some names.
func (d *demonstration) lines(path string, names ...string) {
	b, err := os.ReadFile(filepath.Join(d.dir, path))
	if err != nil {
		d.fail("%w", err)
	}
	for _, name := range names {
		i := strings.Index(string(b), "\n"+name)
		if i < 0 {
			d.fail("%s has no %s", path, name)
			return
		}
		line, _, _ := strings.Cut(string(b[i+1:]), "\r\n")
		d.say("    " + filepath.Base(path) + ": " + line)
	}
	d.say("")
}

// same compares the two devices, item by item, and with the server.
func (d *demonstration) same() {
	a, b := d.tree("laptop"), d.tree("desktop")
	if d.err != nil {
		return
	}
	there := 0
	for _, c := range d.server.Collections("ada") {
		there += c.Len()
	}
	for name, text := range a {
		if !merge.Equal(item.Parse([]byte(b[name])), item.Parse([]byte(text))) {
			d.fail("%s is not the same on both devices", name)
		}
	}
	if len(a) != len(b) || len(a) != there || there == 0 {
		d.fail("the laptop has %d items, the desktop %d, the server %d", len(a), len(b), there)
	}
	d.say(fmt.Sprintf("Laptop and desktop hold the same %d items, and the server has as many.", len(a)))
}

func (d *demonstration) tree(device string) map[string]string {
	items := map[string]string{}
	root := filepath.Join(d.dir, device)
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.Name() == ".git" {
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		if ext := filepath.Ext(path); ext == ".ics" || ext == ".vcf" {
			b, err := os.ReadFile(path)
			items[strings.TrimPrefix(path, root)] = string(b)
			return err
		}
		return nil
	})
	if err != nil {
		d.fail("%w", err)
	}
	return items
}

// quiet syncs a device for which there is nothing to do, and counts.
func (d *demonstration) quiet(device string) {
	d.server.ResetLog()
	if out := d.run(device, 0, "sync"); out != "" {
		d.fail("%s: a sync with nothing to do said: %s", device, out)
	}
	if n := d.server.Count(); n != 2 && d.err == nil {
		d.fail("%s: a sync with nothing to do took %d requests", device, n)
	}
}

func event(uid, summary, start, end string) string {
	return lines("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//vgit//demo//EN", "BEGIN:VEVENT", "UID:"+uid, "DTSTAMP:20260101T000000Z",
		"DTSTART:"+start, "DTEND:"+end, "SUMMARY:"+summary, "END:VEVENT", "END:VCALENDAR")
}

func card(uid, name, mail string) string {
	return lines("BEGIN:VCARD", "VERSION:3.0", "UID:"+uid, "FN:"+name, "N:"+name+";;;;", "EMAIL:"+mail, "END:VCARD")
}

func lines(all ...string) string { return strings.Join(all, "\r\n") + "\r\n" }
