package main_test

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vgit/merge"
	"vgit/remote/davtest"
	"vgit/repo/item"
)

// TestDrill is what undo is for: a server goes wrong, a person believes it, and takes it back. TestServersDrill does the same on real servers.
func TestDrill(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"calendar", "contacts"} {
		for _, c := range drills {
			if c.late && kind == "contacts" {
				continue
			}
			t.Run(kind+" "+c.name, func(t *testing.T) {
				t.Parallel()
				newDrill(t, inMemory(t, kind), kind, 40).through(c)
			})
		}
	}
}

// inMemory is a collection of a server of our own.
func inMemory(t *testing.T, kind string) *drillSite {
	server := davtest.New()
	server.AddUser("ada", "secret")
	add := server.AddCalendar
	if kind == "contacts" {
		add = server.AddAddressBook
	}
	coll := add("ada", "work", davtest.Props{})
	url, stop := server.Start()
	t.Cleanup(stop)
	return &drillSite{url: url, path: strings.TrimSuffix(coll.Href("x"), "x"), user: "ada", password: "secret",
		do: func(q *http.Request) (*http.Response, error) {
			q.SetBasicAuth("ada", "secret")
			q.URL.Scheme, q.URL.Host = "http", strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/")
			return http.DefaultClient.Do(q)
		},
		writes: func() int {
			n := server.Count("PUT", "DELETE", "PROPPATCH", "MKCOL", "MKCALENDAR", "MOVE", "POST")
			server.ResetLog()
			return n
		},
		backup: func() (restore func()) {
			b := coll.Backup()
			return func() { coll.Restore(b) }
		},
		listed: func() {}, over: func() {}}
}

// drillCase is one way in which a server goes wrong.
type drillCase struct {
	name string
	// past is what happened before, between the two devices and the server; may be nil.
	past func(d *drill)
	// harm is what goes wrong. It leaves the last four items alone, if it leaves any.
	harm func(d *drill)
	// edited is the harmed item that a phone edits afterwards, "" if there is none left to be edited.
	edited string
	// late has the edits of the phone be synced before the undo, which then names the sync that it means.
	late bool
	// few has some of the harm pass the guard, since it is little of its kind, in a run of its own.
	few bool
	// wiped has nothing be left that a phone could edit: it makes new items.
	wiped bool
}

var drills = []drillCase{
	{name: "loses all", harm: losesAll, wiped: true},
	{name: "loses all, noticed late", harm: losesAll, wiped: true, late: true},
	{name: "loses half", harm: losesHalf},
	{name: "loses half, noticed late", harm: losesHalf, late: true},
	{name: "is mangled", harm: mangles, edited: drillUID(1)},
	{name: "is mangled, noticed late", harm: mangles, edited: drillUID(1), late: true},
	{name: "is an old backup", past: lastWeek, harm: oldBackup, few: true, edited: drillUID(1)},
	{name: "is an old backup, noticed late", past: lastWeek, harm: oldBackup, few: true, edited: drillUID(1), late: true},
}

func losesAll(d *drill) {
	for i := range d.n {
		d.phoneDelete(drillUID(i))
	}
}

func losesHalf(d *drill) {
	for i := 0; i < d.n-4; i += 2 {
		d.phoneDelete(drillUID(i))
	}
}

// mangles swaps the titles of neighbours and moves all by an hour, as a script does that counts wrong.
func mangles(d *drill) {
	for i := 0; i < d.n-4; i++ {
		it, other := d.was[drillUID(i)], d.was[drillUID(i^1)]
		body := drillSet(it.body, d.title, drillValue(other.body, d.title))
		if d.kind == "calendar" {
			body = []byte(strings.NewReplacer("T100000", "T110000", "T110000", "T120000").Replace(string(body)))
		} else {
			body = drillSet(body, "TEL", "+49 30 "+drillValue(other.body, "TEL"))
		}
		d.phonePut(it.place, body)
	}
}

// lastWeek ends with a week of edits, and the backup from before it.
func lastWeek(d *drill) {
	before := d.there()
	d.restore = func() {
		for uid := range d.there() {
			if _, ok := before[uid]; !ok {
				d.phoneDelete(uid)
			}
		}
		for i := 0; i < d.n-4; i += 2 {
			it := before[drillUID(i+1)]
			d.phonePut(it.place, it.body)
		}
	}
	if d.site.backup != nil {
		d.restore = d.site.backup()
	}
	for i := 0; i < d.n-4; i += 2 {
		it := before[drillUID(i+1)]
		body := drillSet(it.body, d.title, "Since "+drillValue(it.body, d.title))
		if d.kind == "calendar" {
			body = drillSet(drillSet(body, "SEQUENCE", "1"), "LAST-MODIFIED", "20261124T080000Z")
		} else {
			body = drillSet(body, "REV", "20261124T080000Z")
		}
		d.phonePut(it.place, body)
	}
	for i := range 5 {
		d.phonePut(d.site.path+"since-"+drillUID(i)+d.ext, d.item("since-"+drillUID(i), i))
	}
}

func oldBackup(d *drill) { d.restore() }

// through goes through a drill: two devices take the harm over, others work on, and one device takes it back.
func (d *drill) through(c drillCase) {
	d.seed()
	if c.past != nil {
		c.past(d)
		d.settle(d.laptop)
		d.settle(d.desktop)
	}
	before := d.laptop.files()
	d.was = d.there()
	d.quiet("in step", d.laptop, d.desktop)

	c.harm(d)
	runs := []string{d.laptop.main()}
	said := d.sync(d.laptop, 5)
	if n := d.site.writes(); n != 0 {
		d.t.Errorf("a hold writes %d times to the server", n)
	}
	if runs = append(runs, d.laptop.main()); c.few != (runs[0] != runs[1]) {
		d.t.Errorf("the laptop believes it at once: %s", said)
	}
	d.accept(d.laptop)
	if runs = append(runs, d.laptop.main()); runs[1] == runs[2] {
		d.t.Fatal("what was accepted changed nothing here")
	}
	d.sync(d.desktop, 5)
	d.accept(d.desktop)
	d.quiet("accepted", d.laptop, d.desktop)

	touched := d.phoneWorks(c)
	if c.late {
		d.sync(d.laptop, 0)
	}
	d.site.writes()
	d.undo(c, runs)
	if n := d.site.writes(); n != 0 {
		d.t.Errorf("an undo writes %d times to the server", n)
	}
	d.backHere(before, touched)
	d.settle(d.laptop)
	d.backHere(before, touched)
	there := d.backThere(touched)
	d.settle(d.desktop)
	d.alike(there)
	d.quiet("taken back", d.laptop, d.desktop)
	d.laptop.sound()
	d.desktop.sound()
}

// undo takes back the runs that brought the harm, the newest first. The last one needs no name.
func (d *drill) undo(c drillCase, runs []string) {
	d.t.Helper()
	if !c.late && !c.few {
		d.laptop.run(0, "undo")
		return
	}
	for i := len(runs) - 1; i > 0; i-- {
		if runs[i] != runs[i-1] {
			d.laptop.run(0, "undo", runs[i])
		}
	}
}

// phoneWorks edits or makes three items, and one of those that were harmed. It gives what each is then to be, by UID.
func (d *drill) phoneWorks(c drillCase) map[string][]byte {
	touched := map[string][]byte{}
	for i := d.n - 3; i < d.n; i++ {
		if c.wiped {
			uid := "new-" + drillUID(i)
			touched[uid] = d.item(uid, i)
			d.phonePut(d.site.path+uid+d.ext, touched[uid])
			continue
		}
		d.phoneEdit(drillUID(i), d.detail, "By phone")
		touched[drillUID(i)] = drillSet(d.was[drillUID(i)].body, d.detail, "By phone")
	}
	if c.edited != "" {
		d.phoneEdit(c.edited, d.detail, "By phone")
		touched[c.edited] = drillSet(d.was[c.edited].body, d.detail, "By phone")
	}
	return touched
}

// backHere looks that each file is as it was, byte for byte, but for what the phone edits.
func (d *drill) backHere(before map[string]drillItem, touched map[string][]byte) {
	d.t.Helper()
	now := d.laptop.files()
	for uid, it := range before {
		if _, ok := touched[uid]; !ok && !sameFile(now[uid], it) {
			d.t.Errorf("%s is not back in %s:\n%s\nwas:\n%s", uid, it.place, now[uid].body, it.body)
		}
	}
	for uid := range now {
		if _, ok := before[uid]; !ok && touched[uid] == nil {
			d.t.Errorf("%s came from nowhere", uid)
		}
	}
}

// backThere looks that the server means again what it did, with the edits of the phone.
func (d *drill) backThere(touched map[string][]byte) (now map[string]drillItem) {
	d.t.Helper()
	now = d.there()
	for _, uid := range slices.Sorted(maps.Keys(now)) {
		want := touched[uid]
		if want == nil {
			want = d.was[uid].body
		}
		if d.differ(now[uid].body, want) {
			d.t.Errorf("on the server %s is:\n%s\nwant:\n%s", uid, now[uid].body, want)
		}
	}
	for uid := range d.was {
		if _, ok := now[uid]; !ok {
			d.t.Errorf("%s is not on the server", uid)
		}
	}
	return now
}

// alike looks that both devices and the server mean the same.
func (d *drill) alike(there map[string]drillItem) {
	d.t.Helper()
	for name, dev := range map[string]*drillDevice{"laptop": d.laptop, "desktop": d.desktop} {
		files := dev.files()
		if len(files) != len(there) {
			d.t.Errorf("the %s has %d items, the server %d", name, len(files), len(there))
		}
		for uid, it := range there {
			if d.differ(files[uid].body, it.body) {
				d.t.Errorf("on the %s %s is:\n%s\nthere:\n%s", name, uid, files[uid].body, it.body)
			}
		}
	}
}

// differ tells whether two bodies say something else.
func (d *drill) differ(a, b []byte) bool {
	return merge.Compare(item.Parse(a), item.Parse(b)) >= merge.Strong
}

func sameFile(a, b drillItem) bool { return a.place == b.place && string(a.body) == string(b.body) }

// files are the items of a device, by UID.
func (v *drillDevice) files() map[string]drillItem {
	v.d.t.Helper()
	all := map[string]drillItem{}
	names, err := filepath.Glob(filepath.Join(v.home, "vdir", "*", "*"+v.d.ext))
	if err != nil {
		v.d.t.Fatal(err)
	}
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			v.d.t.Fatal(err)
		}
		v.d.add(all, drillItem{name, body})
	}
	return all
}
