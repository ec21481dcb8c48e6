package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"vgit/merge"
	"vgit/repo/item"
)

// What the story of the demo is told with: words, commands on a device, edits of files, and looks at what came of them.

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
		d.say(wrap("    " + strings.TrimRight(strings.ReplaceAll(line, d.dir+"/", "~/"), "\n"))...)
	}
	d.say("")
	if code != want || want == exitSync && stderr.Len() > 0 && args[0] != "resolve" && args[0] != "undo" {
		d.fail("%s: vgit %s ended with %d: %s", device, strings.Join(args, " "), code, clean(stderr.String()))
	}
	return stdout.String()
}

// world is that of one device: of this machine it has the clock, and nothing of its environment. Nobody waits in it: the server is not busy,
// and shows at once what it will show in five seconds.
func (d *demonstration) world(device string, stdout, stderr *bytes.Buffer) World {
	home := filepath.Join(d.dir, device)
	env := map[string]string{"HOME": home, "VGIT_CONFIG": filepath.Join(home, "vgit.toml")}
	return World{Stdout: stdout, Stderr: stderr, Env: func(k string) string { return env[k] }, Dir: home,
		Now: d.s.Now, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }, Disk: d.s.Disk}
}

func (d *demonstration) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
}

// wrap breaks a line at blanks for a terminal of 80 columns. What is left of it stands deeper.
func wrap(line string) (lines []string) {
	const width = 79
	deeper := strings.Repeat(" ", len(line)-len(strings.TrimLeft(line, " "))+4)
	for {
		r := []rune(line)
		if len(r) <= width {
			return append(lines, line)
		}
		at := width
		for i := width; i > len(deeper); i-- {
			if r[i] == ' ' {
				at = i
				break
			}
		}
		lines = append(lines, strings.TrimRight(string(r[:at]), " "))
		line = deeper + strings.TrimLeft(string(r[at:]), " ")
	}
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
			d.say(wrap("    ~/" + device + "/" + v + "/" + dir + ": " + strings.Join(names, " "))...)
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

// wipe removes all items of a collection on the server, as another program would.
func (d *demonstration) wipe(id string) {
	d.server.Collection(d.user, id).Wipe()
	d.there(id)
}

// overwrite gives all items of a collection on the server one title, as a program would that goes wrong.
func (d *demonstration) overwrite(id, title string) {
	c := d.server.Collection(d.user, id)
	for _, name := range c.List() {
		c.Edit(name, func(body []byte) []byte { return summaries.ReplaceAll(body, []byte("SUMMARY:"+title)) })
	}
}

var summaries = regexp.MustCompile(`SUMMARY:[^\r\n]*`)

// there shows what the server has in a collection.
func (d *demonstration) there(id string) {
	names := d.server.Collection(d.user, id).List()
	if len(names) == 0 {
		names = []string{"(empty)"}
	}
	d.say("", "    server: "+id+": "+strings.Join(names, " "), "")
}

// same compares the two devices and the server, item by item. They may differ by so much: not at all, or, after an undo, in the numbers by
// which programs count edits.
func (d *demonstration) same(most merge.Strength) {
	laptop, desktop := d.tree("laptop"), d.tree("desktop")
	if d.err != nil {
		return
	}
	d.alike("the desktop", laptop, desktop, most)
	server := map[string]string{}
	for _, c := range d.server.Collections(d.user) {
		for _, name := range c.List() {
			body, _ := c.Get(name)
			server[uidOf(string(body))] = string(body)
		}
	}
	byUID := map[string]string{}
	for _, text := range laptop {
		byUID[uidOf(text)] = text
	}
	d.alike("the server", byUID, server, most)
	d.say(fmt.Sprintf("The laptop, the desktop and the server hold the same %d items.", len(laptop)))
}

// alike ends the demo where somebody has not what the laptop has.
func (d *demonstration) alike(who string, laptop, other map[string]string, most merge.Strength) {
	for name, text := range laptop {
		if merge.Compare(item.Parse([]byte(other[name])), item.Parse([]byte(text))) > most {
			d.fail("%s is not the same on the laptop and %s", name, who)
		}
	}
	if len(laptop) != len(other) || len(laptop) == 0 {
		d.fail("the laptop has %d items, %s %d", len(laptop), who, len(other))
	}
}

func uidOf(text string) string { return item.Parse([]byte(text)).UID() }

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

// quiet syncs a device for which there is nothing to say, and counts the requests. With 0 any number will do.
func (d *demonstration) quiet(device string, requests int) {
	d.server.ResetLog()
	if out := d.run(device, 0, "sync"); out != "" {
		d.fail("%s: a sync with nothing to do said: %s", device, out)
	}
	if n := d.server.Count(); requests > 0 && n != requests {
		d.fail("%s: a sync with nothing to do took %d requests", device, n)
	}
}
