package repo_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"vgit/merge"
	"vgit/remote"
	"vgit/remote/davtest"
	"vgit/repo"
)

// rewriters are models of servers (spec of merging, 7.2), and the one of case 79.
func rewriters() map[string]davtest.Model {
	return map[string]davtest.Model{
		"keep": davtest.Keep(), "sort": davtest.Sort(), "strip-x": davtest.StripX(), "strip-tz": davtest.StripTZ(), "add-alarm": davtest.AddAlarm(),
		"zone-to-alias": davtest.ZoneToAlias("Europe/Berlin", "W. Europe Standard Time"), "add-owner": davtest.AddOwner("ada@example.org"),
		"drop": davtest.Drop("LOCATION"), "defaults": davtest.Defaults(), "escape": davtest.Escape(), "stamp": davtest.Stamp(),
		"case 79": davtest.Chain(davtest.Drop("LOCATION"), func(b []byte) []byte { return withLine(b, "PRIORITY:5") }),
		"renames": func(b []byte) []byte { return withLine(b, "SUMMARY:The server knows better") },
	}
}

// TestConvergence (M10, case 79): whatever a server makes of what it is sent, with an etag or without, edits on both sides come to rest: of
// three syncs in a row the third sends nothing, fetches nothing and writes nothing.
func TestConvergence(t *testing.T) {
	t.Parallel()
	for model, m := range rewriters() {
		for _, etag := range []string{"etag", "no etag", "lying etag"} {
			t.Run(model+"/"+etag, func(t *testing.T) {
				t.Parallel()
				opts := []davtest.Option{davtest.RewritesOnPut(m)}
				switch etag {
				case "no etag":
					opts = append(opts, davtest.NoETagOnPut)
				case "lying etag":
					opts = append(opts, davtest.ETagThoughRewrote)
				}
				w := newWorld(t, opts...)
				w.disk = quick(w)
				w.write("work/a.ics", event("a", "First", "LOCATION:Room", "X-LOCAL:1", "DESCRIPTION:One\\nTwo"))
				for _, edit := range []func(){
					func() {},
					func() { w.editHere("a.ics", "DTEND:20260302T120000Z") },
					func() { w.editThere("a.ics", "URL:https://there.example") },
					func() { w.editHere("a.ics", "DESCRIPTION:Here\\nTwo"); w.editThere("a.ics", "CATEGORIES:there") },
					func() { w.editHere("a.ics", "X-LOCAL:2") },
				} {
					edit()
					for range 2 {
						w.decided(w.sync())
					}
					w.quiet()
				}
				w.has("here", "a.ics", "DESCRIPTION:Here\\nTwo", "URL:https://there.example", "CATEGORIES:there", "X-LOCAL:2", "DTEND:20260302T120000Z")
				w.has("there", "a.ics", "URL:https://there.example", "CATEGORIES:there")
				switch model {
				case "case 79":
					w.has("here", "a.ics", "LOCATION:Room")
					w.notKept("work/a.ics: location")
					if strings.Contains(w.read("work/a.ics"), "PRIORITY") {
						t.Error("what the server added came here")
					}
				case "renames":
					w.has("here", "a.ics", "SUMMARY:The server knows better")
				}
			})
		}
	}
}

// TestConvergenceOfPairs (M10): the same for two things that a server does at once.
func TestConvergenceOfPairs(t *testing.T) {
	t.Parallel()
	all := rewriters()
	names := slices.Sorted(maps.Keys(all))
	for i, one := range names {
		other := names[(i*5+3)%len(names)]
		t.Run(one+" and "+other, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, davtest.RewritesOnPut(davtest.Chain(all[one], all[other])), davtest.NoETagOnPut)
			w.disk = quick(w)
			w.write("work/a.ics", event("a", "First", "LOCATION:Room", "X-LOCAL:1"))
			for _, edit := range []func(){
				func() {},
				func() {
					w.editHere("a.ics", "DTEND:20260302T120000Z")
					w.editThere("a.ics", "URL:https://there.example")
				},
				func() { w.editThere("a.ics", "LOCATION:Another room") },
			} {
				edit()
				for range 2 {
					w.decided(w.sync())
				}
				w.quiet()
			}
			w.has("here", "a.ics", "DTEND:20260302T120000Z", "URL:https://there.example", "LOCATION:Another room", "X-LOCAL:1")
		})
	}
}

// TestConvergenceOfCards (M10): the same for cards.
func TestConvergenceOfCards(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]davtest.Model{
		"keep": davtest.Keep(), "sort": davtest.Sort(), "strip-x": davtest.StripX(), "vcard3": davtest.VCard3(), "regroup": davtest.Regroup(),
		"escape": davtest.Escape(), "stamp": davtest.Stamp(), "drop": davtest.Drop("CATEGORIES"), "all": davtest.Chain(davtest.StripX(), davtest.VCard3(), davtest.Regroup(), davtest.Sort()),
	} {
		for _, version := range []string{"3.0", "4.0"} {
			t.Run(name+"/"+version, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, davtest.RewritesOnPut(m), davtest.NoETagOnPut)
				w.disk, w.kind = quick(w), remote.Contacts
				w.work = w.server.AddAddressBook("ada", "friends", davtest.Props{})
				w.set = func(o *repo.Options) {
					o.Layout, o.Kind, o.Extension = repo.Layout{Ext: ".vcf"}, remote.Contacts, ".vcf"
				}
				w.login()
				w.write("friends/a.vcf", []byte(strings.Join([]string{"BEGIN:VCARD", "VERSION:" + version, "UID:a", "FN:Sarah Miller", "N:Miller;Sarah;;;", "item1.TEL:+49 30 1",
					"item1.X-ABLABEL:Boat", "TEL;TYPE=CELL:+49 170 1", "EMAIL;TYPE=HOME:s@example.org", "CATEGORIES:friends,work", "NOTE:One\\nTwo", "X-LOCAL:1", "END:VCARD", ""}, "\r\n")))
				here := func(line string) { w.write("friends/a.vcf", withLine([]byte(w.read("friends/a.vcf")), line)) }
				for _, edit := range []func(){
					func() {},
					func() { here("ORG:Acme") },
					func() { w.editThere("a.vcf", "URL:https://there.example") },
					func() { here("TITLE:Captain"); w.editThere("a.vcf", "ROLE:there") },
				} {
					edit()
					for range 2 {
						w.decided(w.sync())
					}
					w.quiet()
				}
				body := w.read("friends/a.vcf")
				for _, want := range []string{"ORG:Acme", "URL:https://there.example", "TITLE:Captain", "ROLE:there", "X-LOCAL:1", "X-ABLABEL:Boat", "CATEGORIES:friends,work", "+49 170 1"} {
					if !strings.Contains(body, want) {
						t.Errorf("the file lacks %s:\n%s", want, body)
					}
				}
				there, _ := w.work.Get("a.vcf")
				for _, want := range []string{"ORG:Acme", "TITLE:Captain", "ROLE:there"} {
					if !strings.Contains(string(there), want) {
						t.Errorf("the server lacks %s:\n%s", want, there)
					}
				}
			})
		}
	}
}

// TestServerThatKeptAllSoFar: a server that gives no etags and kept all that it was sent leaves something out for once. It stays here.
func TestServerThatKeptAllSoFar(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"}, davtest.NoETagOnPut, davtest.RewritesOnPut(rewriters()["case 79"]))
	for _, name := range []string{"a.ics", "b.ics"} { // what it would add is there already
		w.editThere(name, "PRIORITY:5")
	}
	w.sync()
	w.editHere("b.ics", "SUMMARY:Kept")
	w.decided(w.sync())
	w.editHere("a.ics", "LOCATION:Room")
	for range 2 {
		w.decided(w.sync())
	}
	w.has("here", "a.ics", "LOCATION:Room")
	w.quiet()
	w.notKept("work/a.ics: location")
}

// TestServerThatEdits (1.5): a value that the server makes of another is pulled before the pair moves, with a note.
func TestServerThatEdits(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]davtest.Option{"etag": davtest.All(), "no etag": davtest.NoETagOnPut} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a"}, davtest.RewritesOnPut(rewriters()["renames"]), opt)
			w.editHere("a.ics", "LOCATION:Ours")
			r := w.sync()
			w.has("here", "a.ics", "SUMMARY:The server knows better", "LOCATION:Ours")
			noted := slices.ContainsFunc(r.Done, func(s *repo.Step) bool {
				return slices.ContainsFunc(s.Notes, func(n merge.Note) bool { return n.Kind == "server" && n.Slot == "summary" })
			})
			if !noted {
				t.Errorf("no note: %+v", r.Done)
			}
			if text := w.git("log", "-1", "--format=%B", "main"); !strings.Contains(text, "? The server knows better (2026-03-02 10:00 UTC)  work/") {
				t.Errorf("the message has no note: %s", text)
			}
			w.settled()
		})
	}
}

// TestServerThatShiftsTimes (1.5): a time that the server moved by the offset of its zone is no edit: the item waits with what was sent,
// nothing more is sent, and a person says what it is to be.
func TestServerThatShiftsTimes(t *testing.T) {
	t.Parallel()
	for choice, want := range map[merge.Choice]string{merge.TakeLocal: "100000", merge.TakeRemote: "110000"} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			berlin := func(b []byte) []byte {
				b = bytes.ReplaceAll(b, []byte("DTSTART:20260302T100000Z"), []byte("DTSTART;TZID=Europe/Berlin:20260302T100000"))
				return bytes.ReplaceAll(b, []byte("DTEND:20260302T110000Z"), []byte("DTEND;TZID=Europe/Berlin:20260302T110000"))
			}
			back := func(b []byte) []byte {
				b = bytes.ReplaceAll(b, []byte(":20260302T110000\r\n"), []byte(":20260302T120000\r\n"))
				return bytes.ReplaceAll(b, []byte(":20260302T100000\r\n"), []byte(":20260302T110000\r\n"))
			}
			w := newWorld(t, davtest.RewritesOnPut(back), davtest.NoETagOnPut)
			w.disk = quick(w)
			w.write("work/a.ics", berlin(event("a", "First")))
			w.sync()
			for range 2 {
				w.server.ResetLog()
				if got := conflicts(w.sync()); got != "time" {
					t.Fatalf("%q waits", got)
				}
				w.quiet()
			}
			w.has("here", "a.ics", "DTSTART;TZID=Europe/Berlin:20260302T100000")
			w.editThere("a.ics", "LOCATION:Room")
			if got := conflicts(w.sync()); got != "time" {
				t.Errorf("%q waits", got)
			}
			w.has("here", "a.ics", "DTSTART;TZID=Europe/Berlin:20260302T100000", "LOCATION:Room")
			w.quiet()
			w.resolve(map[string]merge.Choice{"time": choice})
			w.decided(w.sync())
			w.has("here", "a.ics", "DTSTART;TZID=Europe/Berlin:20260302T"+want, "LOCATION:Room")
			w.quiet()
		})
	}
}
