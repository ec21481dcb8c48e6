//go:build clients

package main_test

import (
	"os"
	"strings"
	"testing"

	"vgit/remote/davtest"
)

// TestClientReaders has khal, khard and todoman read what vgit wrote, and write what vgit sends. None of them is told of vgit
// (X20).
func TestClientReaders(t *testing.T) {
	t.Parallel()
	binary := buildCommand(t)
	t.Run("all", func(t *testing.T) {
		for name, test := range map[string]func(*desk){
			"list what was downloaded": listDownloaded, "khal writes": khalWrites, "todoman writes": todomanWrites, "khard writes": khardWrites,
			"server edits are seen at once": serverEditsAreSeen, "writes in place": writesInPlace, "files of names and colours": metadataSyncs,
			"a conflict hides nothing": conflictHidesNothing, "what is half-written is hidden": halfWrittenIsHidden,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(newDesk(t, binary))
			})
		}
		for name, option := range map[string]davtest.Option{"moves": davtest.All(), "moves where a UID stands once": davtest.UIDPerAccount} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d := newDesk(t, binary, option)
				d.anyOrder = option == davtest.UIDPerAccount // a MOVE sends no body, and another order of lines is no edit
				moves(d)
			})
		}
		t.Run("one collection in a vdir", func(t *testing.T) {
			t.Parallel()
			single(newDesk(t, binary))
		})
	})
}

// X15, X20: all kinds of items, each series with its changed occurrences.
func listDownloaded(d *desk) {
	d.put("personal", "lunch.ics", calendarOf(meeting("lunch", "Lunch, ünï")))
	d.put("personal", "day.ics", calendarOf(meeting("day", "Whole day", "DTSTART;VALUE=DATE:20261204", "DTEND;VALUE=DATE:20261206")))
	d.put("work", "series.ics", calendarOf(
		meeting("series", "Series", "DTSTART:20261207T090000Z", "DTEND:20261207T100000Z", "RRULE:FREQ=DAILY;COUNT=3"),
		meeting("series", "Moved one", "RECURRENCE-ID:20261208T090000Z", "DTSTART:20261208T150000Z", "DTEND:20261208T160000Z")))
	d.put("tasks", "milk.ics", chore("milk", "Milk"))
	d.put("tasks", "bread.ics", chore("bread", "Bread"))
	d.put("contacts", "grace.vcf", person("grace", "Grace"))
	d.put("people", "alan.vcf", person("alan", "Alan"))
	d.vgit.Run("sync")
	d.settled()
	if got, want := d.december(), `2026-12-03
09:00-10:00 Lunch, ünï
2026-12-04
↦ Whole day
2026-12-05
⇥ Whole day
2026-12-07
09:00-10:00 Series ⟳
2026-12-08
15:00-16:00 Moved one ⟳
2026-12-09
09:00-10:00 Series ⟳
`; got != want {
		d.t.Errorf("khal lists\n%s\nwant\n%s", got, want)
	}
	d.shows(d.khal.Run("printcalendars"), "Personal", "Tasks", "Work")
	d.shows(d.todo.Run("list", "Tasks"), "Milk", "Bread")
	d.shows(d.todo.Run("lists"), "Personal", "Tasks", "Work")
	d.shows(d.khard.Run("list", "-a", "Contacts"), "Grace", "grace@example.org")
	d.shows(d.khard.Run("show", "Alan"), "Address book: People", "alan@example.org")
	d.settled()
}

func khalWrites(d *desk) {
	d.vgit.Run("sync")
	d.khal.Run("new", "-a", "Personal", "2026-12-03", "12:30", "13:30", "Lunch with Grace", "::", "Bring, the; book")
	d.sync("→ + calendars/Personal: Lunch with Grace")
	d.settled()
	file := d.only(".calendars/Personal/*.ics")
	d.khal.Answer("s\nLunch with Ada\nn\n", "edit", "--show-past", "-a", "Personal", "Lunch")
	d.sync("→ ~ calendars/Personal: Lunch with Ada")
	d.settled()
	if now := d.only(".calendars/Personal/*.ics"); now != file {
		d.t.Errorf("the file was %s and is %s", file, now)
	}
	d.write("import.ics", calendarOf(meeting("a b/c@x", "Odd name"),
		meeting("series", "Series", "DTSTART:20261207T090000Z", "DTEND:20261207T100000Z", "RRULE:FREQ=DAILY;COUNT=3"),
		meeting("series", "Moved one", "RECURRENCE-ID:20261208T090000Z", "DTSTART:20261208T150000Z", "DTEND:20261208T160000Z")))
	d.khal.Run("import", "--batch", "-a", "Work", d.path("import.ics"))
	d.sync("→ + calendars/Work: Odd name", "→ + calendars/Work: Series")
	d.settled()
	d.remove(file)
	d.sync("→ - calendars/Personal: Lunch with Ada")
	d.khal.Answer("D\ny\n", "edit", "--show-past", "-a", "Work", "Odd")
	d.sync("→ - calendars/Work: Odd name")
	d.settled()
	d.hides(d.december(), "Lunch", "Odd name")
}

func todomanWrites(d *desk) {
	d.put("tasks", "milk.ics", chore("milk", "Milk"))
	d.vgit.Run("sync")
	d.todo.Run("new", "-l", "Tasks", "--due", "2099-12-30", "Bread, white;")
	d.sync("→ + calendars/Tasks: Bread, white;")
	d.settled()
	d.todo.Run("done", d.id("Milk"))
	d.sync("→ ~ calendars/Tasks: Milk")
	d.todo.Run("edit", "--location", "Märkt, 1", d.id("Bread, white;"))
	d.sync("→ ~ calendars/Tasks: Bread, white;")
	d.settled()
	d.edit("tasks", "milk.ics", "SUMMARY:Milk", "SUMMARY:Oat milk")
	d.vgit.Run("sync")
	d.shows(d.todo.Run("list", "--status", "ANY", "Tasks"), "[X]", "Oat milk")
	d.todo.Run("delete", "--yes", d.id("Oat milk"))
	d.sync("→ - calendars/Tasks: Oat milk")
	d.settled()
}

const grace = `Formatted name : Grace Hopper
First name : Grace
Last name  : Hopper
Phone :
    cell : "+1 555"
Note : |
    One line,
    another; ünï
`

func khardWrites(d *desk) {
	d.put("contacts", "alan.vcf", person("alan", "Alan"))
	d.vgit.Run("sync")
	d.write("grace.yaml", grace)
	d.khard.Run("new", "-a", "Contacts", "-i", d.path("grace.yaml"))
	d.sync("→ + contacts/Contacts: Grace Hopper")
	d.settled()
	d.write("grace.yaml", strings.Replace(grace, "555", "777", 1))
	d.khard.Answer("yes\n", "edit", "-i", d.path("grace.yaml"), "Grace")
	d.sync("→ ~ contacts/Contacts: Grace Hopper")
	d.settled()
	d.edit("contacts", "alan.vcf", "EMAIL:alan@", "EMAIL:turing@")
	d.sync("← ~ contacts/Contacts: Alan")
	d.shows(d.khard.Run("list"), "+1 777", "turing@example.org")
	d.khard.Run("remove", "--force", "Grace")
	d.sync("→ - contacts/Contacts: Grace Hopper")
	d.settled()
}

// X1, X2, X3, X4: the readers keep what they have read until the times of directory and file have moved. Here they read
// before and after each of some edits in a row.
func serverEditsAreSeen(d *desk) {
	d.put("work", "a.ics", calendarOf(meeting("a", "Version 0")))
	d.put("work", "still.ics", calendarOf(meeting("still", "Stands still")))
	d.put("tasks", "t.ics", chore("t", "Task 0"))
	d.vgit.Run("sync")
	d.shows(d.december("Work"), "Version 0", "Stands still")
	d.shows(d.todo.Run("list"), "Task 0")
	seen := map[int64]bool{}
	for _, v := range []string{"1", "2", "3"} {
		before := d.times(".calendars/Work")
		seen[before[".calendars/Work"]] = true
		d.edit("work", "a.ics", "SUMMARY:Version", "SUMMARY:"+v+" is the version, no longer")
		d.edit("tasks", "t.ics", "SUMMARY:Task", "SUMMARY:"+v+" is the task, no longer")
		d.vgit.Run("sync")
		d.shows(d.december("Work"), "09:00-10:00 "+v+" is", "Stands still")
		d.shows(d.todo.Run("list"), v+" is the task")
		after := d.times(".calendars/Work")
		if seen[after[".calendars/Work"]] || after["a.ics"] <= before["a.ics"] {
			d.t.Errorf("a directory or file looks as it did: %v, then %v", before, after)
		}
		if after["still.ics"] != before["still.ics"] || len(after) != len(before) {
			d.t.Errorf("more than one file was touched: %v, then %v", before, after)
		}
		d.edit("work", "a.ics", "SUMMARY:"+v+" is the version, no longer", "SUMMARY:Version")
		d.edit("tasks", "t.ics", "SUMMARY:"+v+" is the task, no longer", "SUMMARY:Task")
	}
	d.server.Collection("ada", "work").Delete("a.ics")
	d.put("work", "b.ics", calendarOf(meeting("b", "New one")))
	d.vgit.Run("sync")
	listed := d.december("Work")
	d.shows(listed, "New one", "Stands still")
	d.hides(listed, "Version")
	d.settled()
}

// X11, X16: calcurse writes a file in place, with line ends of its own. What it has not written to the end is not sent.
func writesInPlace(d *desk) {
	d.put("work", "a.ics", calendarOf(meeting("a", "Before")))
	d.vgit.Run("sync")
	body := calendarOf(meeting("a", "In place"))
	d.write(".calendars/Work/a.ics", body)
	d.sync("→ ~ calendars/Work: In place")
	if now := d.read(".calendars/Work/a.ics"); now != body {
		d.t.Errorf("the file became %q", now)
	}
	d.settled()
	d.write(".calendars/Work/a.ics", body[:len(body)/2])
	d.vgit.Try("", "sync")
	d.shows(string(must(d.server.Collection("ada", "work").Get("a.ics"))), "In place")
	if n := d.server.Writes(); n != 0 {
		d.t.Errorf("half a file was sent in %d writes", n)
	}
	d.write(".calendars/Work/a.ics", calendarOf(meeting("a", "Whole again")))
	d.sync("→ ~ calendars/Work: Whole again")
	// An edited event of calcurse is a new file with a new UID.
	d.remove(".calendars/Work/a.ics")
	d.write(".calendars/Work/0af3.ics", calendarOf(meeting("0af3", "Edited in calcurse")))
	d.sync("→ + calendars/Work: Edited in calcurse", "→ - calendars/Work: Whole again")
	d.settled()
}

func must[T any](v T, ok bool) T {
	if !ok {
		panic("it is not there")
	}
	return v
}

// X10, X12, X13: names and colours of collections are synced both ways, the readers show them, and what was written by hand keeps its bytes.
func metadataSyncs(d *desk) {
	d.put("work", "a.ics", calendarOf(meeting("a", "A")))
	d.vgit.Run("sync")
	files := map[string]string{"displayname": "Büro", "color": "#AABBCC\n"}
	for name, text := range files {
		d.write(".calendars/Work/"+name, text)
	}
	before := d.times(".calendars/Work")
	d.sync("→ + calendars/Work: #AABBCC", `→ ~ calendars/Work: "Work" → "Büro"`)
	there := d.server.Collection("ada", "work")
	if p := there.Props(); p.DisplayName != "Büro" || !strings.HasPrefix(p.Color, "#AABBCC") {
		d.t.Errorf("the server has %q, %q", p.DisplayName, p.Color)
	}
	d.edit("work", "a.ics", "SUMMARY:A", "SUMMARY:B")
	d.vgit.Run("sync")
	after := d.times(".calendars/Work")
	for name, text := range files {
		if now := d.read(".calendars/Work/" + name); now != text || after[name] != before[name] {
			d.t.Errorf("%s is %q, of %d, was of %d", name, now, after[name], before[name])
		}
	}
	d.shows(d.khal.Run("printcalendars"), "Büro")
	d.shows(d.todo.Run("lists"), "Büro")
	d.shows(d.git(".calendars", "show", "main:Work/displayname"), "Büro")

	p := there.Props()
	p.DisplayName, p.Color = "Office", "#112233FF"
	there.SetProps(p)
	d.vgit.Run("sync")
	d.shows(d.khal.Run("printcalendars"), "Office")
	d.shows(d.todo.Run("lists"), "Office")
	d.shows(d.read(".calendars/Work/color"), "#112233")
	d.settled()
}

// X14: one card that cannot be read, and khard shows no address book at all. A conflict leaves whole files, and a broken item of
// the server stays out.
func conflictHidesNothing(d *desk) {
	for _, uid := range []string{"alan", "grace"} {
		d.put("contacts", uid+".vcf", person(uid, strings.ToUpper(uid)))
	}
	d.put("work", "a.ics", calendarOf(meeting("a", "Before")))
	d.vgit.Run("sync")
	d.write(".contacts/Contacts/alan.vcf", person("alan", "Mine"))
	d.edit("contacts", "alan.vcf", "FN:ALAN", "FN:Theirs")
	d.write(".calendars/Work/a.ics", calendarOf(meeting("a", "My own")))
	d.edit("work", "a.ics", "SUMMARY:Before", "SUMMARY:Theirs")
	d.put("contacts", "broken.vcf", "BEGIN:VCARD\nVERSION:3.0\nUID:broken\nFN:Br\n")
	d.put("work", "broken.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:broken\n")
	if said, code := d.vgit.Try("", "sync"); code != 3 { // 3 for the broken ones goes before 4
		d.t.Errorf("exit %d, want 3: %s", code, said)
	}
	listed := d.khard.Run("list")
	d.shows(listed, "Mine", "GRACE")
	d.hides(listed, "Theirs", "Br")
	listed = d.december("Work")
	d.shows(listed, "My own")
	d.hides(listed, "Theirs", "WARNING", "warning", "rror")
}

// X6, X7, X9: no reader takes a temporary file of vgit's, or git's, for an item or a collection, and vgit none of theirs.
func halfWrittenIsHidden(d *desk) {
	d.put("work", "a.ics", calendarOf(meeting("a", "A")))
	d.put("tasks", "t.ics", chore("t", "Task"))
	d.put("contacts", "alan.vcf", person("alan", "Alan"))
	d.vgit.Run("sync")
	d.write(".calendars/Work/.vgit-aaaaaaaaaaaa-b.ics.tmp", "BEGIN:VCAL")
	d.write(".contacts/Contacts/.vgit-aaaaaaaaaaaa-b.vcf.tmp", "BEGIN:VC")
	d.write(".calendars/Work/uid@host.icsk3_xq9aZ", "BEGIN:VCAL")
	d.write(".contacts/Contacts/uid.vcfk3_xq9aZ", "BEGIN:VC")
	for name, said := range map[string]string{"khal": d.khal.Run("list", "2026-12-01", "2026-12-20") + d.khal.Run("printcalendars"),
		"todoman": d.todo.Run("list") + d.todo.Run("lists"), "khard": d.khard.Run("list") + d.khard.Run("addressbooks")} {
		for _, word := range []string{".git", "vgit", "tmp", "WARNING", "rror"} {
			if strings.Contains(said, word) {
				d.t.Errorf("%s says %q:\n%s", name, word, said)
			}
		}
	}
	d.sync()
	if n := d.server.Writes(); n != 0 {
		d.t.Errorf("%d writes for half-written files", n)
	}
	for _, name := range []string{".calendars/Work/uid@host.icsk3_xq9aZ", ".contacts/Contacts/uid.vcfk3_xq9aZ"} {
		d.read(name)
	}
}

// X19: a reader that moves an item makes a new file and deletes the old one. For the server it is one move; the guard counts no
// deletion.
func moves(d *desk) {
	var cards []string
	for _, uid := range []string{"alan", "barbara", "charles", "donald", "edsger", "frances", "grace"} {
		d.put("contacts", uid+".vcf", person(uid, strings.ToUpper(uid)))
		cards = append(cards, uid)
	}
	d.put("people", "x.vcf", person("x", "Xavier"))
	d.put("tasks", "milk.ics", chore("milk", "Milk"))
	d.put("work", "bread.ics", chore("bread", "Bread"))
	d.put("work", "a.ics", calendarOf(meeting("a", "Moved in khal")))
	d.put("personal", "b.ics", calendarOf(meeting("b", "Stays")))
	d.vgit.Run("sync")
	var lines []string
	for _, uid := range cards[1:] {
		d.khard.Run("move", "-A", "People", strings.ToUpper(uid))
		lines = append(lines, "→ + contacts/People: "+strings.ToUpper(uid), "→ - contacts/Contacts: "+strings.ToUpper(uid)+", moved to People")
	}
	d.todo.Run("move", "-l", "Work", d.id("Milk"))
	lines = append(lines, "→ + calendars/Work: Milk", "→ - calendars/Tasks: Milk, moved to Work")
	if err := os.Rename(d.path(".calendars/Work/a.ics"), d.path(".calendars/Personal/a.ics")); err != nil {
		d.t.Fatal(err)
	}
	lines = append(lines, "→ + calendars/Personal: Moved in khal",
		"→ - calendars/Work: Moved in khal, moved to Personal")
	d.sync(lines...)
	deleted := false
	for _, q := range d.server.Requests() {
		cards := strings.HasPrefix(q.Path, "/contacts/")
		deleted = deleted || cards && q.Method == "DELETE"
		if deleted && cards && q.Method == "PUT" {
			d.t.Errorf("PUT %s after a DELETE", q.Path)
		}
	}
	d.settled()
	d.shows(d.khard.Run("list", "-a", "People"), "GRACE", "Xavier")
	d.shows(d.december("Personal"), "Moved in khal", "Stays")
	d.shows(d.todo.Run("list", "Work"), "Milk", "Bread")
}

// X8, X9: with one collection in the vdir itself .git lies inside the collection. It is a directory, which no reader lists.
func single(d *desk) {
	d.write(".config/vgit/config.toml", `[vdir.work]
path = "~/work"
kind = "calendar"
layout = "single"
remotes = ["server"]
[remote.server]
type = "caldav"
url = "`+d.url+`"
username = "ada"
password = "lovelace"
collections = { work = "work" }
`)
	d.write(".config/khal/config", strings.ReplaceAll(d.read(".config/khal/config"), "path = ~/.calendars/*\ntype = discover", "path = ~/work/"))
	d.write(".config/khal/config", strings.ReplaceAll(d.read(".config/khal/config"), "default_calendar = Personal", "default_calendar = vgit"))
	d.write(".config/todoman/config.py", `path = "~/work"`)
	d.put("work", "a.ics", calendarOf(meeting("a", "Alone")))
	d.put("work", "t.ics", chore("t", "Task"))
	d.sync(`← + work: "Work"`, "← + work: Alone", "← + work: Task")
	if info, err := os.Stat(d.path("work/.git")); err != nil || !info.IsDir() {
		d.t.Errorf("work/.git is no directory: %v", err)
	}
	d.shows(d.december(), "Alone")
	d.shows(d.todo.Run("list"), " Task")
	d.khal.Run("new", "2026-12-03", "12:30", "13:30", "Made here")
	d.sync("→ + work: Made here")
	d.edit("work", "a.ics", "SUMMARY:Alone", "SUMMARY:Not alone")
	d.vgit.Run("sync")
	d.shows(d.december(), "Not alone", "Made here")
	d.same("work", d.server.Collection("ada", "work"))
	d.sync()
}
