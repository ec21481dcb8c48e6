package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"vgit/merge"
	"vgit/remote/davtest"
)

// demonstration is the story that vgit demo tells. The first thing that is not as it should be ends it.
type demonstration struct {
	s       *session
	ctx     context.Context
	dir     string
	server  *davtest.Server
	user    string
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
	d.say("The dentist moved to another street, planning to another room, a trip is off,", "and there is a new contact. This sync goes first; -n shows what it would do.")
	d.edit("desktop/calendars/Personal/dentist.ics", "LOCATION:Dr. Weiß\\, Hauptstraße 5", "LOCATION:Mill Lane 3")
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
	d.same(merge.None)

	d.title("Nothing new")
	d.say("A sync that finds nothing says nothing, as cron likes it, and costs one request", "for each account.")
	d.quiet("laptop", 2)
	d.quiet("desktop", 2)

	d.title("The server loses a list")
	d.say("Some other program empties the list of tasks on the server. That is too much at", "once to be believed, so it is held. All else would go on.")
	d.wipe("tasks")
	d.runs(exitHeld, "laptop", 0, "sync")
	d.say("What is it about, and what can be done?")
	id := heldID.FindString(d.runs(exitHeld, "laptop", 0, "held"))
	d.say("That was not meant: it is refused, and the server gets its tasks again.")
	d.run("laptop", 0, "refuse", id)
	d.say("The desktop was away meanwhile, and hears of nothing.")
	d.quiet("desktop", 0)
	d.there("tasks")
	d.same(merge.None)

	d.title("A bad sync is taken back")
	d.say("A program on the server that was to hide titles from others overwrites them all.", "These are few, so no guard is in the way: both devices follow.")
	d.overwrite("work", "Busy")
	d.run("laptop", 3, "sync")
	d.run("desktop", 1, "sync")
	d.say("The desktop goes on working meanwhile: planning needs a larger room.")
	d.edit("desktop/calendars/Work/planning.ics", "LOCATION:Room 5", "LOCATION:Great Hall")
	d.run("desktop", 0, "sync")
	d.say("Then somebody looks. What was it that came?")
	d.run("laptop", 0, "log", "-n", "1", "calendars/Work")
	d.run("laptop", 0, "undo")
	d.say("An undo is an edit like any other. diff shows what is to be sent, and the next", "sync sends it, keeps what was done since, and the desktop follows.")
	d.run("laptop", 4, "diff")
	d.run("laptop", 0, "sync")
	d.run("desktop", 0, "sync")
	d.lines("laptop/calendars/Work/planning.ics", "SUMMARY", "LOCATION")
	d.same(merge.Bookkeeping)
	d.quiet("laptop", 2)

	d.title("What happened")
	d.say("Every sync is in the history. It is a git repository, and any git command works", "on it, too.")
	d.run("laptop", 6, "log")
	d.run("desktop", 0, "log", "calendars/Personal/dentist.ics")
	d.say("", "That is all. To play with it yourself:", "",
		"    vgit demo --serve 127.0.0.1:5232     a server with these items", "    vgit init                            asks for address and login",
		"    vgit sync")
}

// heldID is an ID, as vgit held prints it.
var heldID = regexp.MustCompile(`(?m)^[0-9a-f]{12}\b`)

func event(uid, summary, start, end string) string {
	return lines("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//vgit//demo//EN", "BEGIN:VEVENT", "UID:"+uid, "DTSTAMP:20260101T000000Z",
		"DTSTART:"+start, "DTEND:"+end, "SUMMARY:"+summary, "END:VEVENT", "END:VCALENDAR")
}

func card(uid, name, mail string) string {
	return lines("BEGIN:VCARD", "VERSION:3.0", "UID:"+uid, "FN:"+name, "N:"+name+";;;;", "EMAIL:"+mail, "END:VCARD")
}

func lines(all ...string) string { return strings.Join(all, "\r\n") + "\r\n" }
