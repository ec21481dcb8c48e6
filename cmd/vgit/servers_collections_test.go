//go:build servers

package main_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"vgit/remote/realtest"
)

// TestServerCollections: what is emptied on one side is held until a person says what it was (G4, G6, G8); then a collection made on each
// side of each server is filled and stays quiet, a directory that is renamed keeps its collection, and one that is gone there is held
// (P92, G12, P12).
func TestServerCollections(t *testing.T) {
	binary := buildCommand(t)
	for _, name := range realtest.Names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := realtest.Start(t, name)
			t.Logf("=== server: %s %s", server.Name, server.Version)
			for _, kind := range []string{"calendar", "contacts"} {
				t.Run(kind, func(t *testing.T) { // one after the other: a home may be that of both
					if server.Traits.CoarseTokens {
						t.Parallel() // it has two, and nearly all of the time is waiting
					}
					collectionsLife(newRig(t, binary, server, kind))
				})
			}
		})
	}
}

func collectionsLife(r *rig) {
	holdsLife(r)
	r.accepted("asked-about", 70)
	r.configure("", `create = "yes"`)
	r.sync(0)
	for i, name := range []string{"made-here", "Büro & Söhne"} {
		r.made(name, 10*i)
	}
	r.madeThere()
	r.renamedHere()
	r.goneThere()
}

// at looks where a directory's collection is, and lets the rig look there.
func (r *rig) at(dir string) {
	r.t.Helper()
	out, code := r.command(r.binary, "--config", filepath.Join(r.home, "config.toml"), "collections", "--json")
	var answer struct {
		Collections []struct{ Directory, URL, Name string }
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || code != 0 {
		r.t.Fatalf("vgit collections: exit %d, %v\n%s", code, err, out)
	}
	r.proxy.Take()
	for _, c := range answer.Collections {
		if u, err := url.Parse(c.URL); err == nil && c.Directory == dir {
			r.t.Logf("%s is %s, called %q", dir, u.EscapedPath(), c.Name)
			r.dir, r.path, r.known = filepath.Join(r.vdir, dir), u.EscapedPath(), nil
			return
		}
	}
	r.t.Fatalf("no collection has the directory %s: %s", dir, out)
}

// directory makes a directory with three items.
func (r *rig) directory(name string, first int) {
	r.t.Helper()
	r.dir = filepath.Join(r.vdir, name)
	if err := os.Mkdir(r.dir, 0o700); err != nil {
		r.t.Fatal(err)
	}
	for i := range 3 {
		r.write(strings.Repeat("i", i+1)+r.ext, r.generated(first+i))
	}
}

// made makes a directory with items, which becomes a collection with all of them in one sync.
func (r *rig) made(name string, first int) {
	r.t.Helper()
	r.directory(name, first)
	if said := r.sync(0); !strings.Contains(said, "→ + new ") {
		r.t.Errorf("the sync says %s", said)
	}
	r.newThere(name)
}

// accepted makes a directory with items where nobody said that collections may be made: it is asked about, and made once that is accepted.
func (r *rig) accepted(name string, first int) {
	r.t.Helper()
	r.directory(name, first)
	said := r.sync(5)
	r.noWrites("a collection that is held")
	if !strings.Contains(said, name+": held: it is only here") {
		r.t.Errorf("the sync says %s", said)
	}
	r.vgit(0, "accept", r.held(5))
	r.newThere(name)
}

// newThere looks that the last command made the collection of a directory with all of its three items, and that it stays quiet.
func (r *rig) newThere(name string) {
	r.t.Helper()
	n := r.count(func(e realtest.Exchange) bool { return strings.HasPrefix(e.Method, "MK") && e.Status/100 == 2 })
	if n != 1 {
		r.t.Errorf("%d collections were made:\n%s", n, r.requests())
	}
	r.at(name)
	if n := len(r.there()); n != 3 {
		r.t.Errorf("%d items are there", n)
	}
	for range 4 { // SOGo numbers all calendars anew when one is made, and shows that little by little
		if r.sync(0) == "" {
			break
		}
	}
	r.outwait()
	r.settled()
}

// another makes a collection beside that of the rig, and says where it is.
func (r *rig) another(name string) string {
	r.t.Helper()
	at := path.Dir(strings.TrimSuffix(r.path, "/")) + "/" + name + "/"
	mk := r.server.NewCalendar
	if r.kind == "contacts" {
		mk = r.server.NewContacts
	}
	if err := mk(at); err != nil {
		r.t.Fatal(err)
	}
	return at
}

// madeThere makes a collection with an item on the server.
func (r *rig) madeThere() {
	r.t.Helper()
	at := r.another("made-there")
	r.phonePut(at+"one"+r.ext, r.generated(50))
	r.sync(0)
	found, err := filepath.Glob(filepath.Join(r.vdir, "*", "one"+r.ext))
	if err != nil || len(found) != 1 {
		r.t.Fatalf("what was made there is in %q, %v", found, err)
	}
	r.at(filepath.Base(filepath.Dir(found[0])))
}

// renamedHere renames the directory of that collection, with an edit: nothing else is sent.
func (r *rig) renamedHere() {
	r.t.Helper()
	to := filepath.Join(r.vdir, "renamed")
	if err := os.Rename(r.dir, to); err != nil {
		r.t.Fatal(err)
	}
	r.dir = to
	r.edit(r.uid(50), r.title, "Edited after the rename")
	r.sync(0)
	if n := r.count(realtest.Exchange.Writes); n != 1 {
		r.t.Errorf("%d writes:\n%s", n, r.requests())
	}
	was := r.path
	r.at("renamed")
	if r.path != was {
		r.t.Errorf("renamed is %s, was %s", r.path, was)
	}
	r.outwait()
	r.settled()
}

// goneThere removes the collection on the server: it is held, and nothing of it goes here.
func (r *rig) goneThere() {
	r.t.Helper()
	if status, _ := r.ask("DELETE", r.path, nil, nil); status/100 != 2 {
		r.t.Fatalf("DELETE %s: %d", r.path, status)
	}
	said := r.sync(5)
	if !strings.Contains(said, "renamed: held") || len(r.local()) != 1 {
		r.t.Errorf("%d files are left, and the sync says %s", len(r.local()), said)
	}
	r.noWrites("a hold")
}
