//go:build servers

package main_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// merges are steps in which both sides edit one item.
var merges = []step{
	{"different properties on both sides", differentProperties},
	{"one property on both sides", oneProperty},
	{"deletions that are settled", deletionsSettled},
	{"a series on both sides", seriesOnBothSides},
	{"edited there in another property before the PUT", mergedMeanwhile},
}

// vgit runs the command on this rig's configuration.
func (r *rig) vgit(want int, args ...string) string {
	r.t.Helper()
	r.listed()
	r.proxy.Take()
	said, code := r.command(r.binary, append([]string{"--config", filepath.Join(r.home, "config.toml")}, args...)...)
	r.exchanged = r.proxy.Take()
	if code != want {
		r.t.Fatalf("vgit %s: exit %d, want %d: %s", strings.Join(args, " "), code, want, said)
	}
	return said
}

// file is the name of an item's file.
func (r *rig) file(uid string) string { return filepath.Base(r.local()[uid].place) }

// change edits a slot of a local item.
func (r *rig) change(uid string, s slot, n int) {
	r.t.Helper()
	it, ok := r.local()[uid]
	if !ok {
		r.t.Fatalf("no %s here", uid)
	}
	r.write(filepath.Base(it.place), s.set(it.body, n))
}

// phoneChange edits a slot of an item as the server has it.
func (r *rig) phoneChange(uid string, s slot, n int) {
	r.t.Helper()
	it := r.thereIs(uid)
	if it.body == nil {
		r.t.Fatalf("no %s there", uid)
	}
	r.phonePut(it.place, s.set(it.body, n))
}

// is looks that a slot is the result of an edit, on both sides.
func (r *rig) is(uid string, s slot, n int) {
	r.t.Helper()
	r.isHere(uid, s, n)
	if it := r.thereIs(uid); s.get(it.body) != s.want(n) {
		r.t.Errorf("%s of %s is %q there, want %q:\n%s", s.name, uid, s.get(it.body), s.want(n), it.body)
	}
}

func (r *rig) isHere(uid string, s slot, n int) {
	r.t.Helper()
	if it := r.local()[uid]; s.get(it.body) != s.want(n) {
		r.t.Errorf("%s of %s is %q here, want %q:\n%s", s.name, uid, s.get(it.body), s.want(n), it.body)
	}
}

// differentProperties has each side edit another slot of one item, in each pair of neighbouring slots. One sync brings all of it
// to both sides, with one PUT for an item.
func differentProperties(r *rig) {
	slots := r.slots()
	for i := range slots {
		r.write(fmt.Sprintf("slots-%d%s", i, r.ext), r.generated(r.plain(i)))
	}
	r.sync(0)
	for i, s := range slots {
		r.change(r.uid(r.plain(i)), s, 20+i)
		r.phoneChange(r.uid(r.plain(i)), slots[(i+1)%len(slots)], 40+i)
	}
	said := r.sync(0)
	if n := r.count(storing); n != len(slots) {
		r.t.Errorf("%d PUTs for %d items: %s\n%s", n, len(slots), said, r.requests())
	}
	for i, s := range slots {
		r.is(r.uid(r.plain(i)), s, 20+i)
		r.is(r.uid(r.plain(i)), slots[(i+1)%len(slots)], 40+i)
	}
}

// plain are numbers of generated items that do not repeat: a series has conflicts of its own.
func (r *rig) plain(i int) int { return 700 + i + i/4 + 1 }

// oneProperty edits one slot of two items on both sides. It waits, the others of that item are merged, what the phone edits
// meanwhile arrives, and nothing is sent until a person has said which.
func oneProperty(r *rig) {
	slots := r.slots()
	title, second, third, fourth := slots[0], slots[1], slots[2], slots[5]
	mine, yours := r.uid(r.plain(0)), r.uid(r.plain(1))
	for _, uid := range []string{mine, yours} {
		r.change(uid, title, 101)
		r.phoneChange(uid, title, 102)
	}
	r.change(mine, fourth, 103)
	r.phoneChange(mine, second, 104)
	said := r.sync(4)
	if name := strings.ToLower(title.name); !strings.Contains(said, name) {
		r.t.Errorf("the sync does not name the slot %s: %s", name, said)
	}
	r.noWrites("a slot that waits")
	r.isHere(mine, title, 101)
	r.isHere(mine, second, 104)
	r.isHere(mine, fourth, 103)
	status := r.vgit(4, "status")
	for _, want := range []string{r.file(mine), r.file(yours), strings.ToLower(title.name)} {
		if !strings.Contains(status, want) {
			r.t.Errorf("the status does not name %s: %s", want, status)
		}
	}
	r.phoneChange(mine, third, 105)
	r.change(yours, third, 106)
	r.sync(4)
	r.noWrites("a slot that waits")
	r.isHere(mine, third, 105)
	r.isHere(mine, title, 101)
	before := r.state()
	r.sync(4)
	r.noWrites("a slot that waits")
	r.unchanged(before)
	r.sound()

	r.vgit(0, "resolve", r.file(yours), "--remote")
	r.vgit(0, "resolve", r.file(mine), "--local")
	r.sync(0)
	r.is(mine, title, 101)
	r.is(mine, second, 104)
	r.is(mine, third, 105)
	r.is(mine, fourth, 103)
	r.is(yours, title, 102)
	r.is(yours, third, 106)
}

// deletionsSettled has four items that one side deletes and the other edits, and settles each in another way.
func deletionsSettled(r *rig) {
	title := r.slots()[0]
	var uids []string
	for i := range 4 {
		uids = append(uids, r.uid(720+i))
		r.write(fmt.Sprintf("deleted-%d%s", i, r.ext), r.generated(720+i))
	}
	r.sync(0)
	files := map[string]string{}
	for i, uid := range uids {
		files[uid] = r.file(uid)
		r.thereIs(uid)
		if i < 2 {
			r.remove(uid)
			r.phoneChange(uid, title, 110+i)
		} else {
			r.change(uid, title, 110+i)
			r.phoneDelete(uid)
		}
	}
	r.sync(4)
	r.noWrites("a deletion against an edit")
	for i, uid := range uids {
		r.isHere(uid, title, 110+i) // what was edited is shown
	}
	before := r.state()
	r.sync(4)
	r.noWrites("a deletion against an edit that waits")
	r.unchanged(before)
	for i, uid := range uids {
		r.vgit(0, "resolve", []string{"--local", "--remote"}[i%2], files[uid])
	}
	r.sync(0)
	here, there := r.local(), r.there()
	for i, uid := range uids {
		kept := i == 1 || i == 2 // edited there and theirs taken, or edited here and ours taken
		if (here[uid].body != nil) != kept || (there[uid].body != nil) != kept {
			r.t.Errorf("item %d is here: %v, there: %v, want %v", i, here[uid].body != nil, there[uid].body != nil, kept)
		}
		if kept {
			r.is(uid, title, 110+i)
		}
	}
}

// mergedMeanwhile has the phone edit another slot of what is about to be written. The write is refused, and the second has both.
func mergedMeanwhile(r *rig) {
	uid, slots := r.uid(r.plain(2)), r.slots()
	r.change(uid, slots[0], 121)
	r.race(0, func() { r.phoneChange(uid, slots[2], 122) })
	r.is(uid, slots[0], 121)
	r.is(uid, slots[2], 122)
}

var recurrence = regexp.MustCompile(`(?m)^RECURRENCE-ID[^:]*:(\d{8})`)

// overrides are the titles of single occurrences, by date.
func overrides(body []byte) map[string]string {
	titles := map[string]string{}
	for _, c := range strings.Split(string(body), "BEGIN:VEVENT")[1:] {
		if m := recurrence.FindStringSubmatch(c); m != nil {
			titles[m[1]] = value([]byte(c), "SUMMARY") + " in " + value([]byte(c), "LOCATION")
		}
	}
	return titles
}

// override adds an occurrence of its own to the sample series.
func override(body []byte, date, title string) []byte {
	added := strings.ReplaceAll(fmt.Sprintf(`BEGIN:VEVENT
UID:override
DTSTAMP:20260101T090000Z
RECURRENCE-ID;TZID=Europe/Berlin:%[1]sT183000
DTSTART;TZID=Europe/Berlin:%[1]sT190000
DTEND;TZID=Europe/Berlin:%[1]sT200000
SUMMARY:%[2]s
LOCATION:Studio
END:VEVENT
`, date, title), "\n", "\r\n")
	at := strings.LastIndex(string(body), "END:VCALENDAR")
	return slices.Concat(body[:at], []byte(added), body[at:])
}

// seriesOnBothSides has each side change another occurrence of one series, both one that is changed already, and one that is
// cancelled here and changed there, which waits.
func seriesOnBothSides(r *rig) {
	if r.kind != "calendar" {
		r.t.Skip("for calendars")
	}
	here, there := r.local()["override"], r.thereIs("override")
	const old = "Yoga (outside)"
	r.write(filepath.Base(here.place), []byte(strings.Replace(string(override(here.body, "20260115", "Changed here")), old, "Yoga (beside)", 1)))
	r.phonePut(there.place, []byte(strings.Replace(string(override(there.body, "20260122", "Changed there")), "Park", "Garden", 1)))
	r.sync(0)
	want := map[string]string{"20260108": "Yoga (beside) in Garden", "20260115": "Changed here in Studio", "20260122": "Changed there in Studio"}
	r.overridden(want)
	r.settled()

	here, there = r.local()["override"], r.thereIs("override")
	excluded := regexp.MustCompile(`(?m)^SUMMARY:Yoga\r?\n`).ReplaceAll(here.body, []byte("EXDATE;TZID=Europe/Berlin:20260129T183000\r\n$0"))
	r.write(filepath.Base(here.place), excluded)
	r.phonePut(there.place, override(there.body, "20260129", "Changed there and cancelled here"))
	said := r.sync(4)
	r.noWrites("an occurrence that waits")
	if !strings.Contains(said, "2026-01-29") && !strings.Contains(said, "20260129") {
		r.t.Errorf("the sync does not say which occurrence waits: %s", said)
	}
	r.vgit(0, "resolve", "--remote", r.file("override"))
	r.sync(0)
	want["20260129"] = "Changed there and cancelled here in Studio"
	r.overridden(want)
}

func (r *rig) overridden(want map[string]string) {
	r.t.Helper()
	for side, body := range map[string][]byte{"here": r.local()["override"].body, "there": r.thereIs("override").body} {
		if got := overrides(body); fmt.Sprint(got) != fmt.Sprint(want) {
			r.t.Errorf("the occurrences are %v %s, want %v:\n%s", got, side, want, body)
		}
	}
}

// seed is that of the random rounds: VGIT_SEED, or always the same.
func seed() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("VGIT_SEED"), 10, 64); err == nil {
		return n
	}
	return series
}

const (
	rounds     = 10
	roundItems = 20
)

// randomRounds has both sides edit the same items again and again, each time in slots that the other side leaves alone. Each
// round is one sync, which sends what was edited here and nothing else; in the end both sides have all of it.
func randomRounds(r *rig) {
	r.t.Logf("=== %s %s: VGIT_SEED=%d", r.server.Name, r.server.Version, seed())
	random := rand.New(rand.NewPCG(seed(), 0))
	slots := r.slots()
	uids := make([]string, roundItems)
	for i := range uids {
		uids[i] = r.uid(r.plain(100 + i))
		r.write(fmt.Sprintf("round-%d%s", i, r.ext), r.generated(r.plain(100+i)))
	}
	r.sync(0)
	r.there()
	want := make([]map[int]int, roundItems) // by item and slot the number of the last edit
	for round := range rounds {
		local, sent := r.local(), 0
		for i, uid := range uids {
			if want[i] == nil {
				want[i] = map[int]int{}
			}
			if random.IntN(2) == 0 {
				continue
			}
			order := random.Perm(len(slots))
			ours, theirs := random.IntN(3), random.IntN(3)
			body := local[uid].body
			for k, at := range order[:ours] {
				want[i][at] = 1 + round*2
				body = slots[at].set(body, want[i][at])
				if k == 0 {
					sent++
				}
			}
			if ours > 0 {
				r.write(filepath.Base(local[uid].place), body)
			}
			if theirs == 0 {
				continue
			}
			it := r.thereIs(uid)
			body = it.body
			for _, at := range order[ours : ours+theirs] {
				want[i][at] = 2 + round*2
				body = slots[at].set(body, want[i][at])
			}
			r.phonePut(it.place, body)
		}
		said := r.sync(0)
		if n := r.count(storing); n != sent { // what is refused with 423 is sent again
			r.t.Errorf("round %d: %d PUTs for edits of %d items: %s\n%s", round, n, sent, said, r.requests())
		}
		if strings.Contains(said, "the server ") {
			r.t.Errorf("round %d: the server is said to have done something: %s", round, said)
		}
		if r.t.Failed() {
			break
		}
	}
	here, there := r.local(), r.there()
	for i, uid := range uids {
		for at, n := range want[i] {
			for side, it := range map[string]held{"here": here[uid], "there": there[uid]} {
				if got := slots[at].get(it.body); got != slots[at].want(n) {
					r.t.Errorf("%s of %s is %q %s, want %q:\n%s", slots[at].name, uid, got, side, slots[at].want(n), it.body)
				}
			}
		}
	}
}
