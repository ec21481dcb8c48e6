package repo_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/disk/disktest"
	"vgit/repo/item"
)

// death is where a run dies, each time that it comes there: at a point, before an operation of the disk, or at a request.
type death struct {
	rows    string // of docs/faults.md
	point   repo.Point
	op      func(disktest.Op) bool
	request *davtest.Match
	applied bool // the request was carried out, and its answer is lost
}

// deaths are those of the kill matrix, in the order of a sync. What happens within one write of objects, of a ref, of the index or of
// files is gone through operation by operation in repo/store and repo/vdir besides.
var deaths = []death{
	{rows: "K1", point: repo.AtLocked},
	{rows: "K2", op: inObjects},
	{rows: "K3", point: repo.AtRecordKept},
	{rows: "K4", point: repo.AtRecorded},
	{rows: "K5", point: repo.AtBody},
	{rows: "K5", request: &davtest.Match{Method: "REPORT"}},
	{rows: "K6", point: repo.AtFetchKept},
	{rows: "K7", point: repo.AtFetched},
	{rows: "K8", point: repo.AtDecided},
	{rows: "K14a", point: repo.AtPendingKept},
	{rows: "K14a", point: repo.AtPending},
	{rows: "K9, K10, K11", op: inVdir},
	{rows: "K12", point: repo.AtWritten},
	{rows: "K12", point: repo.AtPullKept},
	{rows: "K13, K14", point: repo.AtPulled},
	{rows: "K15", point: repo.AtRequest},
	{rows: "K15", request: &davtest.Match{Method: "PUT"}},
	{rows: "K16, K18", request: &davtest.Match{Method: "PUT"}, applied: true},
	{rows: "K19", request: &davtest.Match{Method: "DELETE"}, applied: true},
	{rows: "K17, K18, K20", point: repo.AtAnswer},
	{rows: "K17, K18", point: repo.AtReadBack},
	{rows: "K21", point: repo.AtPushKept},
	{rows: "K20, K22", point: repo.AtPushed},
	{rows: "K23", point: repo.AtAgreeKept},
	{rows: "K23a", op: func(op disktest.Op) bool {
		return renames(op, "refs/vgit/server/pending") || removes(op, "refs/vgit/server/pending")
	}},
	{rows: "K14, K20", point: repo.AtAgreed},
	{rows: "K24", op: func(op disktest.Op) bool { return op.Kind == disktest.Rename && strings.HasSuffix(op.Name, ".lock") }},
	{rows: "K13", point: repo.AtSettled},
	{rows: "K13", point: repo.AtNoted},
	{rows: "K26", point: repo.AtIndexed},
	{rows: "K26", point: repo.AtPacked},
}

// inObjects is a write of half an object.
func inObjects(op disktest.Op) bool {
	return op.Kind == disktest.Write && strings.HasPrefix(op.Name, "calendars/.git/vgit/tmp/")
}

// inVdir is all that changes what is in the vdir itself: temporary files, exchanges, removals.
func inVdir(op disktest.Op) bool {
	return slices.Contains([]disktest.Kind{disktest.Exchange, disktest.Rename, disktest.RenameNew, disktest.Link, disktest.Remove, disktest.SyncDir}, op.Kind) &&
		strings.HasPrefix(op.Name, "calendars/") && !strings.HasPrefix(op.Name, "calendars/.git")
}

func renames(op disktest.Op, to string) bool {
	return op.Kind == disktest.Rename && strings.HasSuffix(op.To, to)
}

func removes(op disktest.Op, name string) bool {
	return op.Kind == disktest.Remove && strings.HasSuffix(op.Name, name)
}

func (k death) String() string {
	switch {
	case k.point != "":
		return k.rows + " at " + string(k.point)
	case k.request != nil:
		return fmt.Sprintf("%s %s applied %v", k.rows, k.request.Method, k.applied)
	}
	return k.rows + " on disk"
}

// arm lets a run of this world die when it comes to k for the n-th time.
func (k death) arm(w *world, n int) {
	d := disktest.New(filepath.Dir(w.dir))
	w.disk = d.Open
	var count atomic.Int32
	k.watch(w, d, func() bool { return int(count.Add(1)) == n })
}

// watch asks at each passing of k whether the run is to die, and lets it.
func (k death) watch(w *world, d *disktest.Disk, dies func() bool) {
	kill := func(disktest.Op) error { return disktest.ErrKilled }
	switch {
	case k.point != "":
		before := w.at
		w.at = func(p repo.Point) {
			if before != nil {
				before(p)
			}
			if p == k.point && dies() {
				d.Before(kill)
				w.server.On(davtest.Match{}).Before().Drop()
			}
		}
	case k.request != nil:
		fault := w.server.On(*k.request).Before()
		if k.applied {
			fault = w.server.On(*k.request).After()
		}
		fault.Call(func() {
			if dies() {
				d.Before(kill)
				w.server.On(davtest.Match{}).After().Drop()
			}
		})
	default:
		d.Before(func(op disktest.Op) error {
			if !k.op(op) || !dies() {
				return nil
			}
			w.server.On(davtest.Match{}).Before().Drop()
			return disktest.ErrKilled
		})
	}
}

// passes is how often a run of this world comes to each of some deaths. Nothing is killed.
func (w *world) passes(deaths []death) []int {
	d := disktest.New(filepath.Dir(w.dir))
	w.disk = d.Open
	passed := make([]atomic.Int32, len(deaths)) // a run comes to some places from several goroutines
	for i, k := range deaths {
		if k.op == nil {
			k.watch(w, d, func() bool { passed[i].Add(1); return false })
		}
	}
	w.try()
	for _, op := range d.Log() {
		for i, k := range deaths {
			if k.op != nil && k.op(op) {
				passed[i].Add(1)
			}
		}
	}
	w.revive()
	count := make([]int, len(deaths))
	for i := range passed {
		count[i] = int(passed[i].Load())
	}
	return count
}

// revive is the machine as the next run finds it.
func (w *world) revive() {
	w.disk, w.at = quick(w), nil
	w.server.ClearFaults()
	w.login()
}

// accounts are ways in which a server treats what it is sent, for the matrix.
var accounts = map[string]davtest.Option{
	"keeping":    davtest.All(),
	"rewriting":  davtest.RewritesOnPut(davtest.Sort()),
	"dropping":   davtest.All(davtest.NoETagOnPut, davtest.RewritesOnPut(davtest.StripX())),
	"no etags":   davtest.All(davtest.NoETagOnPut, davtest.NoETagInListing, davtest.RewritesOnPut(davtest.Sort())),
	"uid unique": davtest.All(davtest.UIDPerAccount, davtest.RewritesOnPut(davtest.Sort())),
}

// sequel is what happens between the run that died and the next.
type sequel struct {
	name string
	do   func(*world)
}

var sequels = []sequel{
	{"a nothing", func(*world) {}},
	{"b edited there", func(w *world) {
		for _, name := range w.work.List() {
			w.work.Edit(name, func(b []byte) []byte { return adding(b, "LOCATION:There") })
		}
	}},
	{"b reverted there", func(w *world) {
		for _, name := range w.work.List() {
			w.work.Delete(name)
		}
		for _, uid := range matrixBase {
			w.work.Put(uid+".ics", event(uid, "First"))
		}
	}},
	{"b deleted there", func(w *world) {
		for _, name := range w.work.List() {
			if name != "same.ics" {
				w.work.Delete(name)
			}
		}
	}},
	{"b brought back there", func(w *world) {
		for _, uid := range []string{"dg", "ug"} {
			if _, ok := w.work.Get(uid + ".ics"); !ok {
				w.work.Put(uid+".ics", event(uid, "First"))
			}
		}
	}},
	{"c edited here", func(w *world) {
		for name, body := range w.files() {
			w.write(name, adding(body, "LOCATION:Here"))
		}
	}},
	{"c deleted here", func(w *world) {
		for name := range w.files() {
			if name != "work/same.ics" {
				w.remove(name)
			}
		}
	}},
	{"c brought back here", func(w *world) {
		for _, uid := range []string{"dg", "ug"} {
			if _, err := os.Stat(filepath.Join(w.dir, "work", uid+".ics")); err != nil {
				w.write("work/"+uid+".ics", event(uid, "First"))
			}
		}
	}},
	{"c renamed here", func(w *world) {
		for name := range w.files() {
			w.move(name, strings.TrimSuffix(name, ".ics")+"-renamed.ics")
		}
	}},
}

// adding is an event with one more line, in place of one of its name.
func adding(body []byte, line string) []byte {
	return []byte(strings.Replace(string(body), "END:VEVENT", line+"\r\nEND:VEVENT", 1))
}

// files are the items of the vdir.
func (w *world) files() map[string][]byte {
	found := map[string][]byte{}
	names, _ := filepath.Glob(filepath.Join(w.dir, "work", "*.ics"))
	for _, n := range names {
		b, err := os.ReadFile(n)
		must(w.t, err)
		found["work/"+filepath.Base(n)] = b
	}
	return found
}

// matrixBase are the items that are agreed when the run begins: d* are about to come from the server, u* to go there, both has an edit
// on either side that is to be merged.
var matrixBase = []string{"same", "de", "dg", "ue", "ug", "both"}

// startMatrix is a sync at its beginning that has a step of every kind to do.
func startMatrix(t *testing.T, account string) *world {
	t.Helper()
	w := newWorld(t, accounts[account])
	w.disk, w.lines = quick(w), 1
	for _, uid := range matrixBase {
		w.work.Put(uid+".ics", event(uid, "First"))
	}
	w.sync()
	w.work.Put("dn.ics", event("dn", "New there"))
	w.work.Put("de.ics", event("de", "Second there"))
	w.work.Put("both.ics", event("both", "Second there"))
	w.work.Delete("dg.ics")
	w.write("work/both.ics", event("both", "First", "DESCRIPTION:Ours", "X-LOCAL:1"))
	w.write("work/un.ics", event("un", "New here", "X-LOCAL:1"))
	w.write("work/ue.ics", event("ue", "Second here", "X-LOCAL:1"))
	w.remove("work/ug.ics")
	return w
}

// outcomes say what is on both sides in the end, by sequel and item: SUMMARY and, after a plus, LOCATION, after a slash, DESCRIPTION;
// "gone"; or "waits" if one side removed what the other edited. The first holds if the killed run had not yet done its write, the second if it had, the third if
// main or the tracking branch knew besides; the last one given holds for the rest too. What is not here ends as in sequel a.
var outcomes = map[string]map[string][]string{
	"a nothing": {
		"same": {"First"}, "dn": {"New there"}, "de": {"Second there"}, "dg": {"gone"},
		"un": {"New here"}, "ue": {"Second here"}, "ug": {"gone"}, "both": {"Second there/Ours"},
	},
	"b edited there": {
		"same": {"First+There"}, "dn": {"New there+There"}, "de": {"Second there+There"},
		"un": {"New here", "New here+There"}, "ue": {"Second here+There"}, "ug": {"First+There or waits", "gone"},
		"both": {"Second there+There/Ours"},
	},
	// A new item that was sent and deleted there is not to be told from one that never came there, if nobody saw it there: it is
	// made again. The same goes for an edit that was taken back: it is sent again. Nothing of the user's is lost.
	"b reverted there": {
		"dn": {"gone"}, "de": {"First"}, "dg": {"First"},
		"un": {"New here", "New here", "gone"}, "ue": {"Second here", "Second here", "First"}, "ug": {"gone or First", "First"},
		"both": {"First/Ours", "First/Ours", "First"},
	},
	"b deleted there": {
		"dn": {"gone"}, "de": {"gone"}, "un": {"New here", "New here", "gone"}, "ue": {"waits", "waits", "gone"},
		"both": {"waits", "waits", "gone"},
	},
	// What came back after a deletion of the user's stays.
	"b brought back there": {"dg": {"First"}, "ug": {"gone", "First"}},
	"c edited here": {
		"same": {"First+Here"}, "dn": {"New there", "New there+Here"}, "de": {"Second there+Here"}, "dg": {"waits", "gone"},
		"un": {"New here+Here"}, "ue": {"Second here+Here"}, "both": {"Second there+Here/Ours"},
	},
	// Whether a file that is missing was ever there is known once main has it. Before that, it comes again.
	"c deleted here":      {"dn": {"New there", "New there", "gone"}, "de": {"waits", "waits", "gone"}, "un": {"gone"}, "ue": {"gone"}, "both": {"gone or waits"}},
	"c brought back here": {"dg": {"gone", "gone", "First"}, "ug": {"First"}},
	"c renamed here":      {},
}

// progress tells of each item how far the killed run came with it: 0 not done, 1 done, 2 done and noted by main or the tracking branch.
func (w *world) progress() map[string]int {
	w.t.Helper()
	here, there := w.summaries(w.here("work")), w.summaries(w.there(w.work))
	p := map[string]int{}
	for uid, done := range map[string]bool{
		"dn": here["dn"] != "", "de": here["de"] == "Second there", "dg": here["dg"] == "",
		"un": there["un"] != "", "ue": there["ue"] == "Second here", "ug": there["ug"] == "",
		"both": strings.Contains(there["both"], "/Ours"),
	} {
		if done {
			p[uid] = 1
		}
	}
	// What is new is named "New", what is edited "Second".
	noted, _ := w.tryGit("grep", "-l", "-e", "SUMMARY:New", "-e", "SUMMARY:Second", "main", "refs/remotes/server/main")
	for uid, by := range map[string]string{"dn": "main", "de": "main", "un": "refs/remotes/server/main", "ue": "refs/remotes/server/main"} {
		if p[uid] == 1 && strings.Contains("\n"+noted, "\n"+by+":work/"+uid+".ics\n") {
			p[uid] = 2
		}
	}
	if _, err := w.tryGit("grep", "-q", "DESCRIPTION:Ours", "refs/remotes/server/main"); err == nil && p["both"] == 1 {
		p["both"] = 2
	}
	if p["dg"] == 1 && p["dn"] == 2 {
		p["dg"] = 2
	}
	return p
}

func (w *world) summaries(bodies map[string][]byte) map[string]string {
	found := map[string]string{}
	for uid, b := range bodies {
		found[uid] = item.Parse(b).Summary()
		if _, at, ok := strings.Cut(string(b), "LOCATION:"); ok {
			at, _, _ = strings.Cut(at, "\r\n")
			found[uid] += "+" + at
		}
		if strings.Contains(string(b), "DESCRIPTION:Ours") {
			found[uid] += "/Ours"
		}
	}
	return found
}

// expect is what outcomes says of an item.
func expect(sequel, uid string, progress int) string {
	list := outcomes[sequel][uid]
	if list == nil {
		list = outcomes["a nothing"][uid]
	}
	return list[min(progress, len(list)-1)]
}

// ended checks what the syncs after a killed run came to.
func (w *world) ended(sequel string, progress map[string]int, report *repo.RemoteReport) {
	w.t.Helper()
	here, there := w.summaries(w.here("work")), w.summaries(w.there(w.work))
	waits := map[string]bool{}
	for _, s := range report.Plan.Steps {
		switch s.State {
		case repo.Do:
		case repo.Waits:
			waits[s.UID] = true
		default:
			w.t.Errorf("%s %s: %s", s.State, s.Name, s.Why)
		}
	}
	for uid, body := range w.here("work") {
		if ours := here[uid]; (strings.HasPrefix(ours, "New here") || strings.HasPrefix(ours, "Second here") || strings.HasSuffix(ours, "/Ours")) && !strings.Contains(string(body), "X-LOCAL") {
			w.t.Errorf("what the server may not keep is gone from the file: %q", body)
		}
	}
	for uid := range outcomes["a nothing"] {
		want := expect(sequel, uid, progress[uid])
		if strings.HasSuffix(want, "waits") && (waits[uid] || want == "waits") {
			if !waits[uid] {
				w.t.Errorf("%s does not wait: here %q, there %q", uid, here[uid], there[uid])
			}
			delete(waits, uid)
			delete(here, uid)
			delete(there, uid)
			continue
		}
		for side, got := range map[string]string{"here": here[uid], "there": there[uid]} {
			if got == "" {
				got = "gone"
			}
			if !slices.Contains(strings.Split(want, " or "), got) {
				w.t.Errorf("%s %s = %q, want %q", side, uid, got, want)
			}
		}
	}
	if len(waits) > 0 {
		w.t.Errorf("a conflict that nobody made: %v", slices.Sorted(maps.Keys(waits)))
	}
	if !maps.Equal(here, there) {
		w.t.Errorf("here %v\nthere %v", here, there)
	}
}

// quietly checks that what is left is what is meant to stay.
func (w *world) quietly(waiting bool) {
	w.t.Helper()
	w.quiet()
	if !waiting {
		w.noLeftovers()
	}
	if out, err := w.tryGit("status", "--porcelain"); err != nil || out != "" {
		w.t.Errorf("git status: %s %v", out, err)
	}
}
