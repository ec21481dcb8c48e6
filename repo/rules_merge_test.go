package repo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
		case bytes.HasPrefix(l, []byte("END:VEVENT")) && !done:
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

// TestConflictWaits (M12, 1.4): while an item waits, changes of other slots arrive on the file, nothing of it is sent, no edit disappears,
// and a sync that finds nothing new writes nothing.
func TestConflictWaits(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.editHere("a.ics", "SUMMARY:Ours")
	w.editHere("a.ics", "X-LOCAL:1")
	w.editThere("a.ics", "SUMMARY:Theirs")
	w.editThere("a.ics", "LOCATION:Room 1")
	w.server.ResetLog()
	for i, step := range []struct {
		do   func()
		here []string
	}{
		{func() {}, []string{"SUMMARY:Ours", "LOCATION:Room 1", "X-LOCAL:1"}},
		{func() { w.editThere("a.ics", "LOCATION:Room 2") }, []string{"SUMMARY:Ours", "LOCATION:Room 2", "X-LOCAL:1"}},
		{func() { w.editHere("a.ics", "DESCRIPTION:Ours") }, []string{"SUMMARY:Ours", "LOCATION:Room 2", "DESCRIPTION:Ours"}},
		{func() { w.editThere("a.ics", "URL:https://there.example"); w.editHere("a.ics", "SUMMARY:Ours again") },
			[]string{"SUMMARY:Ours again", "LOCATION:Room 2", "DESCRIPTION:Ours", "URL:https://there.example"}},
		{func() { w.editThere("a.ics", "SUMMARY:Theirs again") }, []string{"SUMMARY:Ours again", "LOCATION:Room 2", "DESCRIPTION:Ours", "X-LOCAL:1"}},
	} {
		step.do()
		r := w.sync()
		if got := conflicts(r); got != "summary" {
			t.Errorf("%d: %q waits", i, got)
		}
		w.has("here", "a.ics", step.here...)
		w.quiet()
		w.sound()
	}
	if n := w.server.Writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
	w.resolve(map[string]merge.Choice{"summary": merge.TakeLocal})
	w.decided(w.sync())
	w.has("there", "a.ics", "SUMMARY:Ours again", "LOCATION:Room 2", "DESCRIPTION:Ours", "X-LOCAL:1", "URL:https://there.example")
	w.settled()
}

// conflicts names the slots that wait.
func conflicts(r *repo.RemoteReport) string {
	var names []string
	for _, s := range r.Plan.InState(repo.Waits) {
		for _, c := range s.Conflicts {
			names = append(names, c.Slot)
		}
	}
	return strings.Join(names, ", ")
}

// waiting lists what waits, and hands it to do with an open repository.
func (w *world) waiting(do func(*repo.Repo, []*repo.Waiting)) {
	w.t.Helper()
	r, err := repo.Open(w.options(), true)
	must(w.t, err)
	defer r.Close()
	list, err := r.Waiting(context.Background(), repo.Request{Remotes: []repo.Remote{w.remote()}})
	must(w.t, err)
	do(r, list)
}

// resolve answers for the one item that waits.
func (w *world) resolve(choices map[string]merge.Choice) {
	w.t.Helper()
	w.waiting(func(r *repo.Repo, list []*repo.Waiting) {
		if len(list) != 1 {
			w.t.Fatalf("%d items wait", len(list))
		}
		must(w.t, r.Resolve(context.Background(), list[0], repo.Resolution{Choices: choices}))
	})
}

// TestResolve (1.4): what is chosen for each slot is done by the next sync, and what a person wrote themselves.
func TestResolve(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		choices map[string]merge.Choice
		body    string
		want    []string
	}{
		"ours":    {map[string]merge.Choice{"summary": merge.TakeLocal, "place": merge.TakeLocal}, "", []string{"SUMMARY:Ours", "LOCATION:Ours"}},
		"theirs":  {map[string]merge.Choice{"summary": merge.TakeRemote, "place": merge.TakeRemote}, "", []string{"SUMMARY:Theirs", "LOCATION:Theirs"}},
		"each":    {map[string]merge.Choice{"summary": merge.TakeLocal, "place": merge.TakeRemote}, "", []string{"SUMMARY:Ours", "LOCATION:Theirs"}},
		"written": {nil, "SUMMARY:Both of us", []string{"SUMMARY:Both of us", "LOCATION:Ours"}},
	} {
		for _, model := range []string{"keep", "strip-x"} {
			t.Run(name+"/"+model, func(t *testing.T) {
				t.Parallel()
				w := agreed(t, []string{"a"}, davtest.RewritesOnPut(rewriters()[model]))
				for _, l := range []string{"SUMMARY:Ours", "LOCATION:Ours", "X-LOCAL:1", "PRIORITY:3"} {
					w.editHere("a.ics", l)
				}
				for _, l := range []string{"SUMMARY:Theirs", "LOCATION:Theirs", "URL:https://there.example"} {
					w.editThere("a.ics", l)
				}
				if got := conflicts(w.sync()); got != "place, summary" && got != "summary, place" {
					t.Fatalf("%q waits", got)
				}
				before := w.everything()
				w.waiting(func(r *repo.Repo, list []*repo.Waiting) {
					a := repo.Resolution{Choices: c.choices}
					if c.body != "" {
						a.Body = withLine(list[0].Clean, c.body)
					}
					must(t, r.Resolve(context.Background(), list[0], a))
				})
				for _, p := range changedFiles(before, w.everything()) {
					if !strings.Contains(p, ".git/") {
						t.Errorf("an answer changed %s", p)
					}
				}
				w.decided(w.sync())
				for _, side := range []string{"here", "there"} {
					w.has(side, "a.ics", append(slices.Clone(c.want), "URL:https://there.example", "PRIORITY:3")...)
				}
				w.has("here", "a.ics", "X-LOCAL:1")
				w.sync()
				w.quiet()
				w.sound()
			})
		}
	}
}

// TestAnswerThatCameTooLate (1.4): if a slot has moved on since, the answer is void and the conflict stands anew; a change of another slot
// does not touch it.
func TestAnswerThatCameTooLate(t *testing.T) {
	t.Parallel()
	for _, choice := range []merge.Choice{merge.TakeLocal, merge.TakeRemote} {
		for later, void := range map[string]bool{"here SUMMARY:Ours again": true, "there SUMMARY:Theirs again": true, "here PRIORITY:3": false, "there LOCATION:Room": false} {
			t.Run(fmt.Sprint(choice, " ", later), func(t *testing.T) {
				t.Parallel()
				w := agreed(t, []string{"a"})
				w.editHere("a.ics", "SUMMARY:Ours")
				w.editThere("a.ics", "SUMMARY:Theirs")
				w.sync()
				w.resolve(map[string]merge.Choice{"summary": choice})
				side, line, _ := strings.Cut(later, " ")
				if side == "here" {
					w.editHere("a.ics", line)
				} else {
					w.editThere("a.ics", line)
				}
				if got := conflicts(w.sync()); got != map[bool]string{true: "summary"}[void] {
					t.Errorf("%q waits", got)
				}
				w.has(side, "a.ics", line)
				if !void {
					w.settled()
				}
			})
		}
	}
}

// TestWaitingMovedOn: an answer to what is not any more as it was listed is refused at once.
func TestWaitingMovedOn(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.editHere("a.ics", "SUMMARY:Ours")
	w.editThere("a.ics", "SUMMARY:Theirs")
	w.sync()
	w.waiting(func(r *repo.Repo, list []*repo.Waiting) {
		w.editHere("a.ics", "SUMMARY:Ours again")
		other, err := repo.Open(w.options(), true)
		must(t, err)
		defer other.Close()
		if err := other.Resolve(context.Background(), list[0], repo.Resolution{Choices: map[string]merge.Choice{"summary": merge.TakeLocal}}); !errors.Is(err, repo.ErrMoved) {
			t.Errorf("error %v", err)
		}
		for _, body := range []string{"", "BEGIN:VCALENDAR\r\n", string(event("b", "Other UID"))} {
			if err := list[0].Accepts([]byte(body)); err == nil {
				t.Errorf("%q is accepted", body)
			}
		}
	})
}

// TestEditOfWhatTheFileShows (1.4): where one side removed what the other edited, the file shows the edit, and editing that settles it;
// editing a slot that shows ours settles nothing.
func TestEditOfWhatTheFileShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.disk = quick(w)
	w.work.Put("a.ics", event("a", "First", "LOCATION:Room 1"))
	w.sync()
	w.write("work/a.ics", bytes.Replace([]byte(w.read("work/a.ics")), []byte("LOCATION:Room 1\r\n"), nil, 1))
	w.editHere("a.ics", "SUMMARY:Ours")
	w.editThere("a.ics", "LOCATION:Room 2")
	w.editThere("a.ics", "SUMMARY:Theirs")
	r := w.sync()
	w.has("here", "a.ics", "LOCATION:Room 2", "SUMMARY:Ours")
	w.editHere("a.ics", "LOCATION:Room 3")
	w.editHere("a.ics", "SUMMARY:Ours again")
	r = w.sync()
	if got := conflicts(r); got != "summary" {
		t.Errorf("%q waits", got)
	}
	w.quiet()
	w.editThere("a.ics", "URL:https://there.example") // what was settled stays settled when the file is written again
	if got := conflicts(w.sync()); got != "summary" {
		t.Errorf("%q waits", got)
	}
	w.quiet()
	w.resolve(map[string]merge.Choice{"summary": merge.TakeRemote})
	w.decided(w.sync())
	w.has("there", "a.ics", "LOCATION:Room 3", "SUMMARY:Theirs")
	w.settled()
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
