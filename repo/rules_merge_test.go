package repo_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"vgit/merge"
	"vgit/remote/davtest"
	"vgit/repo"
)

// withLine is a body with one line in place of another, or one more.
func withLine(body []byte, line string) []byte {
	name, _, _ := strings.Cut(line, ":")
	var out []byte
	done := false
	for l := range bytes.Lines(body) {
		switch {
		case bytes.HasPrefix(l, []byte(name+":")):
			l, done = []byte(line+"\r\n"), true
		case (bytes.HasPrefix(l, []byte("END:VEVENT")) || bytes.HasPrefix(l, []byte("END:VCARD"))) && !done:
			out = append(out, line+"\r\n"...)
		}
		out = append(out, l...)
	}
	return out
}

// editHere and editThere change one line of an item.
func (w *world) editHere(name, line string) {
	w.t.Helper()
	w.write("work/"+name, withLine([]byte(w.read("work/"+name)), line))
}

func (w *world) editThere(name, line string) {
	w.t.Helper()
	w.work.Edit(name, func(b []byte) []byte { return withLine(b, line) })
}

// has checks that an item holds some lines, on one side.
func (w *world) has(side, name string, lines ...string) {
	w.t.Helper()
	body := []byte(nil)
	if side == "here" {
		body = []byte(w.read("work/" + name))
	} else {
		body, _ = w.work.Get(name)
	}
	for _, l := range lines {
		if !bytes.Contains(body, []byte(l+"\r\n")) {
			w.t.Errorf("%s lacks %q %s:\n%s", name, l, side, body)
		}
	}
}

// TestEditsOfDifferentProperties (F27): what two people did to one item is in both places after one sync, also if the other one comes
// between our look and our PUT.
func TestEditsOfDifferentProperties(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]bool{"before": false, "meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a"})
			w.editHere("a.ics", "SUMMARY:Here")
			there := func() { w.editThere("a.ics", "LOCATION:There") }
			if meanwhile {
				w.server.On(davtest.Match{Method: "PUT", N: 1}).Before().Call(there)
			} else {
				there()
			}
			w.decided(w.sync())
			for _, side := range []string{"here", "there"} {
				w.has(side, "a.ics", "SUMMARY:Here", "LOCATION:There")
			}
			w.sync()
			w.settled()
		})
	}
}

// TestAcknowledgedPutAndALaterEdit (P76): the server said yes to a PUT, and somebody edits the same slot before it can be read back. That is an
// edit of ours, and no conflict.
func TestAcknowledgedPutAndALaterEdit(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"}, davtest.NoETagOnPut)
	w.editHere("a.ics", "SUMMARY:Ours")
	w.server.On(davtest.Match{Method: "PUT"}).Before().After().Call(func() {
		w.server.On(davtest.Match{Method: "REPORT", Body: "multiget"}).Before().Status(500)
		w.server.On(davtest.Match{Method: "GET"}).Before().Status(500)
	})
	if _, err := w.try(); err != nil {
		t.Fatal(err)
	}
	w.server.ClearFaults()
	w.editThere("a.ics", "SUMMARY:Theirs, later")
	w.login()
	r := w.sync()
	if got := conflicts(r); got != "" {
		t.Errorf("%q waits", got)
	}
	w.has("here", "a.ics", "SUMMARY:Theirs, later")
	w.sync()
	w.settled()
}

// TestJoinedWithoutABase (5.10, case 63): what only one side has is joined, what is in one body only of names that servers drop is not sent,
// and two values of one slot wait.
func TestJoinedWithoutABase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.disk = quick(w)
	w.work.Put("a.ics", event("a", "Same", "LOCATION:There", "CATEGORIES:there"))
	w.work.Put("b.ics", event("b", "Theirs", "LOCATION:There"))
	w.write("work/a.ics", event("a", "Same", "X-LOCAL:1"))
	w.write("work/b.ics", event("b", "Ours", "PRIORITY:3"))
	r := w.sync()
	if got := conflicts(r); got != "summary" {
		t.Errorf("%q waits", got)
	}
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
	w.has("here", "a.ics", "LOCATION:There", "CATEGORIES:there", "X-LOCAL:1")
	w.has("here", "b.ics", "LOCATION:There", "SUMMARY:Ours", "PRIORITY:3")
	w.quiet()
	w.resolve(map[string]merge.Choice{"summary": merge.TakeLocal})
	w.decided(w.sync())
	w.has("there", "b.ics", "LOCATION:There", "SUMMARY:Ours", "PRIORITY:3")
	w.quiet()
	w.sound()
}

// TestConflictKeepsAllVersions: main, the tracking branch and the base keep every version of a conflict reachable.
func TestConflictKeepsAllVersions(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.editHere("a.ics", "SUMMARY:Ours")
	ours := w.read("work/a.ics")
	w.editThere("a.ics", "SUMMARY:Theirs")
	w.editThere("a.ics", "LOCATION:Room")
	theirs, _ := w.work.Get("a.ics")
	w.sync()
	w.resolve(map[string]merge.Choice{"summary": merge.TakeRemote})
	w.sync()
	w.git("gc", "-q", "--prune=now")
	objects := w.git("rev-list", "--objects", "--all")
	for what, body := range map[string][]byte{"ours": []byte(ours), "theirs": theirs} {
		if !strings.Contains(objects, blobName(body)) {
			t.Errorf("%s is reachable from no ref", what)
		}
	}
	if len(slices.Collect(maps.Keys(w.here("work")))) != 1 {
		t.Error("there are copies")
	}
}

// TestPolicies: what becomes of a conflict that nobody is asked about, and that nothing of it is left open.
func TestPolicies(t *testing.T) {
	t.Parallel()
	command := func(body func(w *repo.Waiting) ([]byte, error)) repo.Policy {
		return repo.Policy{Command: func(_ context.Context, w *repo.Waiting) ([]byte, error) { return body(w) }}
	}
	for name, c := range map[string]struct {
		policy repo.Policy
		here   string
		waits  string
	}{
		"ask":                             {repo.Policy{}, "SUMMARY:Ours", "summary"},
		"local":                           {repo.Policy{Take: merge.Local}, "SUMMARY:Ours", ""},
		"remote":                          {repo.Policy{Take: merge.Remote}, "SUMMARY:Theirs", ""},
		"newer":                           {repo.Policy{Take: merge.Newer}, "SUMMARY:Theirs", ""},
		"command":                         {command(func(w *repo.Waiting) ([]byte, error) { return withLine(w.Clean, "SUMMARY:Both of us"), nil }), "SUMMARY:Both of us", ""},
		"command that fails":              {command(func(*repo.Waiting) ([]byte, error) { return nil, errors.New("no") }), "SUMMARY:Ours", "summary"},
		"command that gives another item": {command(func(*repo.Waiting) ([]byte, error) { return event("b", "Another"), nil }), "SUMMARY:Ours", "summary"},
		"command that gives nonsense":     {command(func(*repo.Waiting) ([]byte, error) { return []byte("BEGIN:VCALENDAR"), nil }), "SUMMARY:Ours", "summary"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a"})
			w.policy = c.policy
			for _, l := range []string{"SUMMARY:Ours", "LAST-MODIFIED:20260201T000000Z", "PRIORITY:3"} {
				w.editHere("a.ics", l)
			}
			for _, l := range []string{"SUMMARY:Theirs", "LAST-MODIFIED:20260202T000000Z", "LOCATION:Room"} {
				w.editThere("a.ics", l)
			}
			if got := conflicts(w.sync()); got != c.waits {
				t.Errorf("%q waits", got)
			}
			w.has("here", "a.ics", c.here, "PRIORITY:3", "LOCATION:Room")
			if c.waits != "" {
				w.quiet()
				return
			}
			w.has("there", "a.ics", c.here, "PRIORITY:3", "LOCATION:Room")
			w.settled()
		})
	}
}

// TestPolicyBoth: theirs stays under the UID, ours becomes a new item on both sides, once, also if the run dies on the way; what others are
// invited to waits.
func TestPolicyBoth(t *testing.T) {
	t.Parallel()
	for _, point := range []repo.Point{"", repo.AtPending, repo.AtWritten, repo.AtPulled, repo.AtRequest, repo.AtAnswer, repo.AtPushed} {
		t.Run("killed at "+string(point), func(t *testing.T) {
			t.Parallel()
			w := agreed(t, []string{"a"})
			w.policy = repo.Policy{Both: true}
			w.lines = 1
			w.editHere("a.ics", "SUMMARY:Ours")
			w.editHere("a.ics", "X-LOCAL:1")
			w.editThere("a.ics", "SUMMARY:Theirs")
			if point != "" {
				death{point: point}.arm(w, 1)
				w.try()
				w.revive()
			}
			w.decided(w.sync())
			w.decided(w.sync())
			var titles []string
			for _, body := range w.here("work") {
				titles = append(titles, string(body[bytes.Index(body, []byte("SUMMARY:")):bytes.Index(body, []byte("SUMMARY:"))+14]))
			}
			slices.Sort(titles)
			if got := strings.Join(titles, "; "); got != "SUMMARY:Ours\r\n; SUMMARY:Theirs" {
				t.Errorf("here %q", got)
			}
			w.has("here", "a.ics", "SUMMARY:Theirs")
			w.settled()
		})
	}
	w := newWorld(t)
	w.disk = quick(w)
	w.policy = repo.Policy{Both: true}
	w.work.Put("a.ics", event("a", "First", "ORGANIZER:mailto:ada@example.org", "ATTENDEE:mailto:bob@example.org"))
	w.sync()
	w.editHere("a.ics", "SUMMARY:Ours")
	w.editThere("a.ics", "SUMMARY:Theirs")
	if got := conflicts(w.sync()); got != "summary" || len(w.here("work")) != 1 {
		t.Errorf("an invitation: %q waits, %d files", got, len(w.here("work")))
	}
}

// TestMergeThatCannotBeSent (P82, P84): what others did comes in all the same, what was done here stays, and it is not offered in every run. Once
// it can go, all of it goes.
func TestMergeThatCannotBeSent(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.editHere("a.ics", "SUMMARY:Here")
	w.editThere("a.ics", "LOCATION:Room 1")
	no := w.server.On(davtest.Match{Method: "PUT"}).Before().Status(403)
	w.sync()
	w.has("here", "a.ics", "SUMMARY:Here", "LOCATION:Room 1")
	w.editThere("a.ics", "LOCATION:Room 2")
	if r := w.sync(); states(r)[repo.Refused] != 1 {
		t.Errorf("steps %+v", r.Plan.Steps)
	}
	w.has("here", "a.ics", "SUMMARY:Here", "LOCATION:Room 2")
	w.quiet()
	if n := no.Hits(); n != 1 {
		t.Errorf("%d attempts", n)
	}
	w.server.ClearFaults()
	w.editHere("a.ics", "PRIORITY:3")
	w.decided(w.sync())
	w.has("there", "a.ics", "SUMMARY:Here", "LOCATION:Room 2", "PRIORITY:3")
	w.settled()
}

// TestFileSavedWhileAMergeIsWritten (F68): the save stays, nothing is sent that is not in the file, and the next sync merges all three.
func TestFileSavedWhileAMergeIsWritten(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.editHere("a.ics", "SUMMARY:Here")
	w.editThere("a.ics", "LOCATION:Room")
	w.at = func(p repo.Point) {
		if p == repo.AtPending {
			w.at = nil
			w.editHere("a.ics", "PRIORITY:3")
		}
	}
	w.server.ResetLog()
	w.try()
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
	w.decided(w.sync())
	for _, side := range []string{"here", "there"} {
		w.has(side, "a.ics", "SUMMARY:Here", "LOCATION:Room", "PRIORITY:3")
	}
	w.settled()
}
