package repo_test

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vgit/merge"
	"vgit/remote"
	"vgit/remote/dav"
	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/disk"
	"vgit/repo/item"
)

// world is one server with one calendar `work` and one vdir that syncs with it.
type world struct {
	t      testing.TB
	server *davtest.Server
	url    string
	work   *davtest.Collection
	home   *davtest.Collection // nil, or another calendar
	dir    string
	state  string
	now    time.Time
	disk   func(string) (disk.Dir, error)
	at     func(repo.Point)    // nil, or who is told of the points of a run
	set    func(*repo.Options) // nil, or what this vdir is configured to besides
	lines  int                 // connections
	policy repo.Policy
	way    repo.OneWay
	filter repo.Filter
	kind   remote.Kind // "" is a calendar
	guard  repo.GuardLimits
	client remote.Remote
	// retries and timeout of the next login; 0: none, and the usual.
	retries int
	timeout time.Duration
}

func newWorld(t *testing.T, opts ...davtest.Option) *world {
	t.Helper()
	w := &world{t: t, server: davtest.New(opts...), now: time.Now(), lines: 4}
	w.server.AddUser("ada", "secret")
	w.work = w.server.AddCalendar("ada", "work", davtest.Props{DisplayName: "Work"})
	url, stop := w.server.Start()
	t.Cleanup(stop)
	w.url = url
	w.dir = filepath.Join(memory(t), "calendars")
	w.state = filepath.Join(filepath.Dir(w.dir), "state")
	w.login()
	return w
}

// memory is a directory that is not on a disk, where the system has one: there, thousands of small files cost a third.
func memory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "vgit-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// tb makes a benchmark the one that is told of what fails.
func (w *world) tb(b testing.TB) { w.t, w.now = b, time.Now() }

func (w *world) login() {
	retries := w.retries
	if retries == 0 {
		retries = -1
	}
	r := dav.New(dav.Options{
		URL: w.url, Kind: cmp.Or(w.kind, remote.Calendar), User: "ada", Auth: "basic", UserAgent: "vgit/test", Retries: retries, Timeout: w.timeout,
		Password: func(context.Context) (string, error) { return "secret", nil },
		Sleep:    func(context.Context, time.Duration) error { return nil },
		Now:      func() time.Time { return w.now },
	})
	w.t.Cleanup(func() { r.Close() })
	w.client = r
}

func (w *world) remote() repo.Remote {
	return repo.Remote{
		Name: "server", Type: map[remote.Kind]string{"": "caldav", remote.Contacts: "carddav"}[w.kind], URL: w.url, Kind: cmp.Or(w.kind, remote.Calendar), Client: w.client, Create: "ask", Connections: w.lines, Conflict: w.policy, OneWay: w.way, Guard: w.guard, Filter: w.filter, FullListing: 7 * 24 * time.Hour,
		Choose: func(info remote.Info, dirs []string, taken func(string) bool) (string, bool) {
			return info.ID, !info.Generated
		},
	}
}

func (w *world) options() repo.Options {
	o := repo.Options{
		Path: w.dir, Layout: repo.Layout{Ext: ".ics"}, Kind: remote.Calendar, Extension: ".ics", Parallel: 4, StateDir: w.state,
		Now: func() time.Time { return w.now }, Sleep: pauses(func(time.Duration) {}), Disk: w.disk, At: w.at,
	}
	if w.set != nil {
		w.set(&o)
	}
	return o
}

// pauses is a Sleep that takes no time. Only what is under way when a run is told to end is waited for, as long as it takes.
func pauses(pass func(time.Duration)) func(context.Context, time.Duration) error {
	return func(ctx context.Context, d time.Duration) error {
		if d == 10*time.Second {
			<-ctx.Done()
			return ctx.Err()
		}
		pass(d)
		return nil
	}
}

// try is one sync, whatever comes of it.
func (w *world) try(change ...func(*repo.Request)) (*repo.Report, error) {
	w.t.Helper()
	q := repo.Request{Remotes: []repo.Remote{w.remote()}}
	for _, c := range change {
		c(&q)
	}
	r, err := repo.Open(w.options(), q.DryRun)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.Sync(context.Background(), q)
}

// sync is one sync that must come to its end.
func (w *world) sync(change ...func(*repo.Request)) *repo.RemoteReport {
	w.t.Helper()
	report, err := w.try(change...)
	if err != nil {
		w.t.Fatalf("sync: %v", err)
	}
	if err := report.Remotes[0].Err; err != nil {
		w.t.Fatalf("sync: %v", err)
	}
	return report.Remotes[0]
}

// settled checks what holds after every good sync: the repository is sound and clean, both sides hold the same, and another
// sync does nothing and costs one request.
func (w *world) settled() {
	w.t.Helper()
	w.sound()
	w.equal()
	w.quiet()
}

// quiet checks that another sync makes one request and changes nothing at all.
func (w *world) quiet() {
	w.t.Helper()
	before := w.everything()
	w.server.ResetLog()
	w.now = w.now.Add(time.Minute)
	w.sync()
	if n := len(w.server.Requests()); n != 1 {
		var all []string
		for _, q := range w.server.Requests() {
			all = append(all, q.Method+" "+q.Path)
		}
		w.t.Errorf("a quiet sync made %d requests, want 1: %q", n, all)
	}
	if diff := changedFiles(before, w.everything()); len(diff) > 0 {
		w.t.Errorf("a quiet sync changed %q", diff)
	}
}

// sound checks with git itself.
func (w *world) sound() {
	w.t.Helper()
	if out := w.git("fsck", "--full", "--strict", "--no-dangling"); strings.TrimSpace(out) != "" {
		w.t.Errorf("git fsck: %s", out)
	}
	if out := w.git("status", "--porcelain"); out != "" {
		w.t.Errorf("git status: %s", out)
	}
}

func (w *world) git(args ...string) string {
	w.t.Helper()
	return w.gitEnv(nil, args...)
}

func (w *world) gitEnv(env []string, args ...string) string {
	w.t.Helper()
	out, err := w.tryGitEnv(env, args...)
	if err != nil {
		w.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (w *world) tryGit(args ...string) (string, error) { return w.tryGitEnv(nil, args...) }

func (w *world) tryGitEnv(env []string, args ...string) (string, error) {
	cmd := exec.Command("git", append([]string{"-C", w.dir}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=u", "GIT_AUTHOR_EMAIL=u@x", "GIT_COMMITTER_NAME=u", "GIT_COMMITTER_EMAIL=u@x", "FILTER_BRANCH_SQUELCH_WARNING=1")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// equal checks that both sides hold the same items, by UID.
func (w *world) equal() {
	w.t.Helper()
	here, there := w.here("work"), w.there(w.work)
	for uid, body := range here {
		other, ok := there[uid]
		if !ok {
			w.t.Errorf("%s is only here", uid)
		} else if merge.Compare(item.Parse(body), item.Parse(other)) > merge.Weak {
			w.t.Errorf("%s differs:\nhere  %q\nthere %q", uid, body, other)
		}
	}
	for uid := range there {
		if _, ok := here[uid]; !ok {
			w.t.Errorf("%s is only there", uid)
		}
	}
}

func (w *world) here(coll string) map[string][]byte {
	w.t.Helper()
	found := map[string][]byte{}
	names, _ := filepath.Glob(filepath.Join(w.dir, coll, "*.ics"))
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			w.t.Fatal(err)
		}
		uid := item.Parse(b).UID()
		if _, ok := found[uid]; ok {
			w.t.Errorf("two files here have the UID %s", uid)
		}
		found[uid] = b
	}
	return found
}

func (w *world) there(c *davtest.Collection) map[string][]byte {
	w.t.Helper()
	found := map[string][]byte{}
	for _, n := range c.List() {
		b, _ := c.Get(n)
		uid := item.Parse(b).UID()
		if _, ok := found[uid]; ok {
			w.t.Errorf("two items there have the UID %s", uid)
		}
		found[uid] = b
	}
	return found
}

// everything lists all files of the vdir and its repository with their stat, but for what may be lost.
func (w *world) everything() map[string]string {
	w.t.Helper()
	found := map[string]string{}
	err := filepath.Walk(w.dir, func(p string, i os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(w.dir, p)
		if strings.HasPrefix(rel, ".git/vgit") || i.IsDir() {
			return nil
		}
		b, err := os.ReadFile(p)
		found[rel] = i.ModTime().String() + "\x00" + string(b)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
	return found
}

func changedFiles(a, b map[string]string) []string {
	var diff []string
	for p := range a {
		if a[p] != b[p] {
			diff = append(diff, p)
		}
	}
	for p := range b {
		if _, ok := a[p]; !ok {
			diff = append(diff, "+"+p)
		}
	}
	slices.Sort(diff)
	return diff
}

func (w *world) write(name string, body []byte) {
	w.t.Helper()
	p := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(p, body, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) remove(name string) {
	w.t.Helper()
	if err := os.Remove(filepath.Join(w.dir, name)); err != nil {
		w.t.Fatal(err)
	}
}

// move renames a file or directory of the vdir; "../x" is a place outside of it.
func (w *world) move(from, to string) {
	w.t.Helper()
	if err := os.Rename(filepath.Join(w.dir, from), filepath.Join(w.dir, to)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(name string) string {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

// event is a small event; line feeds are written as CRLF.
func event(uid, summary string, lines ...string) []byte {
	all := append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", "UID:" + uid,
		"DTSTAMP:20260101T000000Z", "DTSTART:20260302T100000Z", "DTEND:20260302T110000Z", "SUMMARY:" + summary}, lines...)
	all = append(all, "END:VEVENT", "END:VCALENDAR", "")
	return []byte(strings.Join(all, "\r\n"))
}
