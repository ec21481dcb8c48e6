//go:build servers

package main_test

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vgit/merge"
	"vgit/remote/realtest"
	"vgit/repo/item"
)

// TestServers drives the built command against real servers, with a second client of plain HTTP in the part of a phone.
// After each step both sides agree, the repository is sound and the next sync finds nothing to do.
func TestServers(t *testing.T) {
	binary := buildCommand(t)
	for _, name := range realtest.Names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := realtest.Start(t, name)
			t.Logf("=== server: %s %s", server.Name, server.Version)
			kinds := []string{"calendar", "contacts"}
			if server.Digest {
				kinds = kinds[:1] // the other is the same but for the login
			}
			for _, kind := range kinds {
				t.Run(kind, func(t *testing.T) {
					t.Parallel()
					through(t, newRig(t, binary, server, kind))
				})
			}
		})
	}
}

// unguarded has all of a life pass that is not about the guard: what happens in its minutes is more than the guard lets pass in a day.
const unguarded = `[guard]
push_deletions = { least = 100000, percent = 100, most = 0 }
push_changes = { least = 100000, percent = 100, most = 0 }
pull_deletions = { least = 100000, percent = 100, most = 0 }
pull_changes = { least = 100000, percent = 100, most = 0 }

`

// through takes one collection of one server through a life, each step building on the one before.
func through(t *testing.T, r *rig) {
	r.config = unguarded + r.config
	r.configure("", "")
	for _, step := range slices.Concat(life, merges, faults, []step{
		{"conflicts that the configuration settles", policies},
		{"properties on both sides", propertiesOnBothSides},
		{"lost base", lostBase},
		{"odd names", oddlyNamed},
		{"rounds of random edits on both sides", randomRounds},
		{"many at once", bulk},
	}) {
		if !t.Run(step.name, func(t *testing.T) {
			r.t = t
			step.do(r)
			r.settled()
		}) {
			return
		}
	}
}

// step is a part of the life of a collection.
type step struct {
	name string
	do   func(*rig)
}

// life is what happens where all goes well, or nearly.
var life = []step{
	{"first download", firstDownload},
	{"new items here", newItemsHere},
	{"new items there", newItemsThere},
	{"edits both ways", editsBothWays},
	{"deletions both ways", deletionsBothWays},
	{"the same edit on both sides", sameEditTwice},
	{"touched there between fetch and write", bookkeptMeanwhile},
	{"edited there between fetch and write", editedMeanwhile},
	{"refused token", refusedToken},
	{"a conflict waits", conflictWaits},
	{"deleted on one side, edited on the other", deletedAndEdited},
	{"answers get lost", answersLost},
	{"killed while it writes", killed},
	{"what the server rewrites", rewritten},
	{"a vCard 4.0", vcard4},
}

func firstDownload(r *rig) {
	items := r.samples()
	if len(items) != 20 {
		r.t.Fatalf("%d samples, want 20", len(items))
	}
	for name, body := range items {
		r.phonePut(r.path+name, body)
	}
	r.sync(0)
	r.find()
	if got := len(r.local()); got != len(items) {
		r.t.Errorf("%d items arrived, want %d", got, len(items))
	}
	r.noWrites("a first download")
}

func newItemsHere(r *rig) {
	for i := 100; i < 104; i++ {
		r.write(fmt.Sprintf("made-here-%d", i)+r.ext, r.generated(i))
	}
	r.write("ünïcode name"+r.ext, r.generated(104))
	r.sync(0)
	for i := 100; i < 105; i++ {
		if r.thereIs(r.uid(i)).body == nil {
			r.t.Errorf("%s is not on the server", r.uid(i))
		}
	}
}

func newItemsThere(r *rig) {
	for i := 200; i < 203; i++ {
		r.phonePut(fmt.Sprintf("%smade-there-%d%s", r.path, i, r.ext), r.generated(i))
	}
	r.sync(0)
	r.noWrites("a download")
	for i := 200; i < 203; i++ {
		if r.local()[r.uid(i)].body == nil {
			r.t.Errorf("%s did not arrive", r.uid(i))
		}
	}
}

func editsBothWays(r *rig) {
	r.edit(r.uid(1), r.title, "Edited here")
	r.edit(r.uid(101), r.title, "Edited here, "+strings.Repeat("in a löng line that servers fold, ", 8)+"✓")
	r.phoneEdit(r.uid(2), r.title, "Edited there")
	r.phoneEdit(r.uid(200), r.title, "Edited there, also ✓")
	r.sync(0)
	r.has(r.uid(1), r.title, "Edited here")
	r.has(r.uid(2), r.title, "Edited there")
	r.has(r.uid(200), r.title, "Edited there, also ✓")
	r.settled()

	r.edit(r.uid(2), r.title, "Edited back here")
	r.phoneEdit(r.uid(1), r.title, "Edited back there")
	r.sync(0)
	r.has(r.uid(2), r.title, "Edited back here")
	r.has(r.uid(1), r.title, "Edited back there")
}

func deletionsBothWays(r *rig) {
	here, there := r.uid(3), r.uid(4)
	r.remove(here)
	r.phoneDelete(there)
	r.sync(0)
	if r.thereIs(here).body != nil {
		r.t.Errorf("%s was deleted here and is still there", here)
	}
	if r.local()[there].body != nil {
		r.t.Errorf("%s was deleted there and is still here", there)
	}
	if deletes := r.count(func(e realtest.Exchange) bool { return e.Method == http.MethodDelete }); deletes != 1 {
		r.t.Errorf("%d DELETE requests, want 1", deletes)
	}
}

// sameEditTwice makes one edit on both sides, which is no conflict and needs no write.
func sameEditTwice(r *rig) {
	uid := r.uid(5)
	r.edit(uid, r.title, "The same on both sides")
	r.phoneEdit(uid, r.title, "The same on both sides")
	r.sync(0)
	r.noWrites("an edit that is on both sides already")
	r.has(uid, r.title, "The same on both sides")
}

// bookkeptMeanwhile has the phone touch an item, without an edit, after it was fetched and before it is written. The
// write is refused, the item is read again, and the second write goes through.
func bookkeptMeanwhile(r *rig) {
	uid := r.uid(6)
	r.edit(uid, r.title, "Through at the second try")
	r.race(0, func() { r.phoneEdit(uid, r.stamp, "20260401T120000Z") })
	r.has(uid, r.title, "Through at the second try")
}

// editedMeanwhile has the phone edit what is about to be written. Both edits are kept, each on its side.
func editedMeanwhile(r *rig) {
	uid := r.uid(6)
	r.edit(uid, r.title, "Before the race")
	r.race(4, func() { r.phoneEdit(uid, r.title, "In the race") })
	r.differ(uid, "Before the race", "In the race")
	r.edit(uid, r.title, "After the race")
	r.phoneEdit(uid, r.title, "After the race")
	r.sync(0)
	r.has(uid, r.title, "After the race")
}

// race runs a sync in which the phone does something just before the first PUT arrives, which is refused for that.
func (r *rig) race(want int, phone func()) {
	r.t.Helper()
	late := false
	r.proxy.Before(func(req *http.Request, body []byte) []byte {
		if req.Method == http.MethodPut && !late {
			late = true
			phone()
		}
		return body
	})
	r.sync(want)
	r.proxy.Before(nil)
	refused := func(e realtest.Exchange) bool {
		return e.Method == http.MethodPut && e.Status == http.StatusPreconditionFailed
	}
	if n := r.count(refused); n != 1 {
		r.t.Errorf("%d PUTs were answered with 412, want 1:\n%s", n, r.requests())
	}
}

var syncToken = regexp.MustCompile(`(sync-token[^>]*>)[^<]+(</)`)

// refusedToken has the server get a token that it never gave. Edits, additions and deletions of both sides arrive all the
// same, and nothing else is deleted.
func refusedToken(r *rig) {
	kept := len(r.local())
	r.edit(r.uid(7), r.title, "Here under a refused token")
	r.phoneEdit(r.uid(8), r.title, "There under a refused token")
	r.phoneDelete(r.uid(9))
	r.phonePut(r.path+"under-a-refused-token"+r.ext, r.generated(300))
	spoilt := 0
	r.proxy.Before(func(req *http.Request, body []byte) []byte {
		if req.Method == "REPORT" && spoilt == 0 && syncToken.Match(body) {
			spoilt++
			return syncToken.ReplaceAll(body, []byte("${1}urn:x-vgit:garbage${2}"))
		}
		return body
	})
	r.sync(0)
	r.proxy.Before(nil)
	reports := 1
	if r.server.Traits.NoReport {
		reports = 0
	}
	if spoilt != reports {
		r.t.Fatalf("%d tokens were spoilt, want %d: the number of reports since a token", spoilt, reports)
	}
	refused := r.count(func(e realtest.Exchange) bool { return e.Method == "REPORT" && e.Status >= 400 }) > 0
	if lenient := r.server.Traits.NoReport || r.server.Traits.TakesAnyToken; refused == lenient {
		r.t.Errorf("a token that was never given was refused: %v", refused)
	}
	r.has(r.uid(7), r.title, "Here under a refused token")
	r.has(r.uid(8), r.title, "There under a refused token")
	local := r.local()
	if local[r.uid(9)].body != nil || local[r.uid(300)].body == nil {
		r.t.Error("the deletion or the new item of the phone did not arrive")
	}
	if len(local) != kept {
		r.t.Errorf("%d items here, want %d: one came and one went", len(local), kept)
	}
}

// conflictWaits edits one property on both sides. Both edits are kept, each on its side, until a person says which; all
// else is synced.
func conflictWaits(r *rig) {
	uid := r.uid(10)
	r.edit(uid, r.title, "Mine")
	r.phoneEdit(uid, r.title, "Theirs")
	r.edit(r.uid(7), r.title, "Beside a conflict, here")
	r.phoneEdit(r.uid(8), r.title, "Beside a conflict, there")
	said := r.sync(4)
	if file := filepath.Base(r.local()[uid].place); !strings.Contains(said, file) {
		r.t.Errorf("the sync does not say that %s is in conflict: %s", file, said)
	}
	r.has(r.uid(7), r.title, "Beside a conflict, here")
	r.has(r.uid(8), r.title, "Beside a conflict, there")
	r.differ(uid, "Mine", "Theirs")
	before := r.state()
	r.sync(4)
	r.noWrites("a conflict that waits")
	r.unchanged(before)
	r.differ(uid, "Mine", "Theirs")
	if out, err := r.git("grep", "-l", "Theirs", "refs/remotes/server/main"); err != nil || !strings.Contains(out, r.ext) {
		r.t.Errorf("their edit is not on the tracking branch: %s %v", out, err)
	}
	r.edit(uid, r.title, "Theirs")
	r.sync(0)
	r.has(uid, r.title, "Theirs")
}

// lostBase removes all that vgit knows of the server. The next sync pairs both sides by UID; it can only add.
func lostBase(r *rig) {
	before := r.local()
	refs, err := r.git("for-each-ref", "--format=%(refname)", "refs/remotes", "refs/vgit")
	if err != nil || refs == "" {
		r.t.Fatalf("refs: %q %v", refs, err)
	}
	for ref := range strings.Lines(refs) {
		if out, err := r.git("update-ref", "-d", strings.TrimSpace(ref)); err != nil {
			r.t.Fatalf("update-ref: %s %v", out, err)
		}
	}
	r.sync(0)
	if n := r.count(func(e realtest.Exchange) bool { return e.Method == http.MethodDelete }); n != 0 {
		r.t.Errorf("%d items were deleted there", n)
	}
	after := r.local()
	if len(after) != len(before) {
		r.t.Errorf("%d items before, %d after", len(before), len(after))
	}
	for uid, was := range before {
		if is := after[uid]; is.place != was.place || !bytes.Equal(is.body, was.body) {
			r.t.Errorf("%s was %s and is %s, or its bytes changed", uid, was.place, is.place)
		}
	}
}

// deletedAndEdited deletes on each side what the other one edits. Neither edit is lost, and neither deletion is done, until
// a person says so.
func deletedAndEdited(r *rig) {
	here, there := r.uid(12), r.uid(13)
	r.remove(here)
	r.phoneEdit(here, r.title, "Edited there, deleted here")
	r.edit(there, r.title, "Edited here, deleted there")
	r.phoneDelete(there)
	r.sync(4)
	if got := value(r.thereIs(here).body, r.title); got != "Edited there, deleted here" {
		r.t.Errorf("their edit is now %q", got)
	}
	if got := value(r.local()[there].body, r.title); got != "Edited here, deleted there" {
		r.t.Errorf("the edit here is now %q", got)
	}
	r.noWrites("a deletion against an edit")
	r.sound()
	r.phoneDelete(here)
	r.remove(there)
	r.sync(0)
}

// answersLost breaks the connection after the server has stored an item, which it may have rewritten. What was sent is
// found there again, neither sent twice nor taken for an edit by somebody.
func answersLost(r *rig) {
	r.write("lost-answer"+r.ext, r.generated(400))
	r.edit(r.uid(7), r.title, "Stored without an answer")
	r.proxy.Lose(storing)
	said, code := r.run()
	r.proxy.Lose(nil)
	if code != 0 && code != 75 {
		r.t.Errorf("exit %d, want 0 or 75: %s\n%s", code, said, r.requests())
	}
	if n := r.count(storing); n != 2 {
		r.t.Errorf("%d writes, want 2:\n%s", n, r.requests())
	}
	r.sync(0)
	r.noWrites("the sync after answers were lost")
	r.has(r.uid(7), r.title, "Stored without an answer")
}

// storing tells a PUT that the server has followed.
func storing(e realtest.Exchange) bool { return e.Method == http.MethodPut && e.Status/100 == 2 }

// killed ends the process without warning, once between the server's storing of an item and its answer. The next sync needs
// no help.
func killed(r *rig) {
	for i := 500; i < 504; i++ {
		r.write(fmt.Sprintf("killed-%d%s", i, r.ext), r.generated(i))
	}
	r.edit(r.uid(7), r.title, "Stored by a process that was killed")
	r.phoneEdit(r.uid(8), r.title, "Read by a process that was killed")
	puts := 0
	r.proxy.Lose(func(e realtest.Exchange) bool {
		if storing(e) {
			puts++
		}
		if puts == 2 {
			r.kill()
		}
		return puts >= 2
	})
	said, code := r.run()
	r.proxy.Wait()
	r.proxy.Lose(nil)
	if code != -1 {
		r.t.Fatalf("exit %d, want an end by a signal: %s\n%s", code, said, r.requests())
	}
	r.sync(0)
	r.has(r.uid(7), r.title, "Stored by a process that was killed")
	r.has(r.uid(8), r.title, "Read by a process that was killed")
}

// rewritten uploads what few servers keep as it is: a list whose escaped comma comes back as two entries, and a comma
// without its escape, after which Radicale drops the text. The local file keeps every byte, and that is no edit.
func rewritten(r *rig) {
	if r.kind != "calendar" {
		r.t.Skip("for calendars")
	}
	body := strings.ReplaceAll(lossyEvent, "\n", "\r\n")
	r.write("lossy"+r.ext, []byte(body))
	r.sync(0)
	before := r.state()
	r.sync(0)
	r.noWrites("a sync after a rewritten upload")
	r.unchanged(before)
	here, there := r.local()["lossy"].body, r.thereIs("lossy").body
	if string(here) != body {
		r.t.Errorf("the local file became:\n%s", here)
	}
	if kept := merge.Compare(item.Parse(here), item.Parse(there)) <= merge.Weak; kept != r.server.Traits.KeepsItems {
		r.t.Errorf("the server kept all of it: %v", kept)
	}
	r.remove("lossy")
	r.sync(0)
}

// vcard4 sends a card of the other version to a server that has many of 3.0.
func vcard4(r *rig) {
	if r.kind != "contacts" {
		r.t.Skip("for contacts")
	}
	r.write("four"+r.ext, []byte(strings.ReplaceAll(cardFour, "\n", "\r\n")))
	r.sync(0)
	r.settled()
	r.edit("card-four", r.title, "Edited here")
	r.phoneEdit(r.uid(11), r.title, "Three edited beside four")
	r.sync(0)
	r.has("card-four", r.title, "Edited here")
	r.has(r.uid(11), r.title, "Three edited beside four")
}
