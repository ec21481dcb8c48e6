//go:build servers

package main_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vgit/remote/realtest"
)

// holdsLife empties the one collection, on each side in turn, and gives each of the two answers to what is held for that.
func holdsLife(r *rig) {
	for name, body := range r.samples() {
		r.phonePut(r.path+name, body)
	}
	r.sync(0)
	r.find()
	r.settled()
	collection := r.t
	for _, step := range []step{
		{"emptied there, refused", emptiedThereRefused},
		{"emptied there, accepted", emptiedThereAccepted},
		{"emptied here, refused", emptiedHereRefused},
		{"emptied here, accepted", emptiedHereAccepted},
	} {
		if !collection.Run(step.name, func(t *testing.T) {
			r.t = t
			step.do(r)
			r.outwait()
			r.settled()
		}) {
			break
		}
	}
	if r.t = collection; r.t.Failed() {
		r.t.FailNow()
	}
}

// held is the ID of the one hold, which has that many items, each of them named.
func (r *rig) held(code int, uids ...string) string {
	r.t.Helper()
	said := r.vgit(code, "held", "--json")
	var answer struct {
		Holds []struct {
			ID    string
			Items []struct{ UID string }
		}
	}
	if err := json.Unmarshal([]byte(said), &answer); err != nil || len(answer.Holds) != 1 {
		r.t.Fatalf("%v in the answer of held, or not one hold: %s", err, said)
	}
	var named []string
	for _, it := range answer.Holds[0].Items {
		named = append(named, it.UID)
	}
	if slices.Sort(named); len(uids) > 0 && !slices.Equal(named, uids) {
		r.t.Errorf("held are %q, want %q", named, uids)
	}
	return answer.Holds[0].ID
}

// emptyThere deletes all items there, which changes nothing here and is held. uids are what was there.
func (r *rig) emptyThere() (id string, before map[string]held) {
	r.t.Helper()
	r.there()
	before = r.local()
	uids := slices.Sorted(maps.Keys(before))
	if len(uids) != 20 {
		r.t.Fatalf("%d items are here", len(uids))
	}
	for _, uid := range uids {
		r.phoneDelete(uid)
	}
	said := r.sync(5)
	if !strings.Contains(said, "held: 20 deletions in the vdir") {
		r.t.Errorf("the sync says %s", said)
	}
	r.noWrites("a hold")
	r.bytes(before)
	return r.held(5, uids...), before
}

// bytes looks that each file is what it was.
func (r *rig) bytes(before map[string]held) {
	r.t.Helper()
	after := r.local()
	if len(after) != len(before) {
		r.t.Errorf("%d items here, before there were %d", len(after), len(before))
	}
	for uid, was := range before {
		if is := after[uid]; is.place != was.place || string(is.body) != string(was.body) {
			r.t.Errorf("%s was in %s and is in %s:\n%s\nwas:\n%s", uid, was.place, is.place, is.body, was.body)
		}
	}
}

// storedOnce looks that the last sync sent so many items, each once. What Cyrus makes of a picture is found out with the first card that has
// one: that is sent once more, in the form in which it is whole (docs/servers.md).
func (r *rig) storedOnce(items int) {
	r.t.Helper()
	sent := map[string][][]byte{}
	for _, e := range r.exchanged {
		if storing(e) {
			sent[e.Path] = append(sent[e.Path], e.Sent)
		}
	}
	again := 0
	for _, bodies := range sent {
		cut := r.server.Name == "cyrus" && len(bodies) == 2 && bytes.Contains(bodies[0], []byte("VERSION:4.0")) && bytes.Contains(bodies[1], []byte("VERSION:3.0"))
		switch {
		case cut:
			again++
		case len(bodies) != 1:
			again = len(r.exchanged)
		}
	}
	if len(sent) != items || again > 1 {
		r.t.Errorf("PUTs to %d addresses, want %d, each once:\n%s", len(sent), items, r.requests())
	}
}

// emptiedThereRefused: all are on the server again, under the UIDs that they had.
func emptiedThereRefused(r *rig) {
	id, before := r.emptyThere()
	r.sync(5)
	r.noWrites("a hold")
	r.vgit(0, "refuse", id)
	r.storedOnce(len(before))
	if n := r.count(deleting); n != 0 {
		r.t.Errorf("%d DELETEs", n)
	}
	r.bytes(before)
	r.sync(0)
	r.noWrites("a sync after a refusal")
}

// emptiedThereAccepted: all are gone here, and the history has them, byte for byte.
func emptiedThereAccepted(r *rig) {
	id, before := r.emptyThere()
	r.vgit(0, "accept", id)
	r.noWrites("deletions in the vdir")
	if n := len(r.local()); n != 0 {
		r.t.Errorf("%d items are still here", n)
	}
	for uid, was := range before {
		at, _ := filepath.Rel(r.vdir, was.place)
		if body, err := r.git("show", "main~1:"+at); err != nil || body != string(was.body) {
			r.t.Errorf("%s is not in the history: %v\n%s", uid, err, body)
		}
	}
	r.sync(0)
	r.noWrites("a sync after a hold was accepted")
	for _, was := range before { // all of them once more, for the next
		r.write(filepath.Base(was.place), was.body)
	}
	r.sync(0)
	r.storedOnce(len(before))
}

// emptyHere removes all files, which changes nothing there and is held.
func (r *rig) emptyHere() (id string, before map[string]held) {
	r.t.Helper()
	before = r.local()
	there := r.there()
	for _, was := range before {
		if err := os.Remove(was.place); err != nil {
			r.t.Fatal(err)
		}
	}
	said := r.sync(5)
	if !strings.Contains(said, "held: 20 deletions on the server") {
		r.t.Errorf("the sync says %s", said)
	}
	r.noWrites("a hold")
	if now := r.there(); len(now) != len(there) {
		r.t.Errorf("%d items are there, before there were %d", len(now), len(there))
	}
	return r.held(5, slices.Sorted(maps.Keys(before))...), before
}

// emptiedHereRefused: the files are back, byte for byte, and the server was left alone.
func emptiedHereRefused(r *rig) {
	id, before := r.emptyHere()
	r.vgit(0, "refuse", id)
	r.noWrites("a refusal of deletions on the server")
	r.bytes(before)
	r.sync(0)
	r.noWrites("a sync after a refusal")
}

// emptiedHereAccepted: all are gone there.
func emptiedHereAccepted(r *rig) {
	id, before := r.emptyHere()
	r.vgit(0, "accept", id)
	if n := r.count(deleting); n != len(before) {
		r.t.Errorf("%d DELETEs, want %d:\n%s", n, len(before), r.requests())
	}
	if left := r.list(); len(left) != 0 {
		r.t.Errorf("there are %q", left)
	}
}

// deleting tells a DELETE that the server has followed.
func deleting(e realtest.Exchange) bool { return e.Method == http.MethodDelete && e.Status/100 == 2 }
