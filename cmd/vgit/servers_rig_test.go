//go:build servers

package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vgit/merge"
	"vgit/remote/realtest"
	"vgit/repo/item"
)

// rig is one vdir with one collection of a real server, and a phone that speaks to the server directly.
type rig struct {
	t      *testing.T // of the step
	binary string
	server *realtest.Server
	proxy  *realtest.Proxy
	kind   string // calendar or contacts
	path   string // of the collection on the server
	ext    string
	// title and detail are properties that generated items have, stamp is one that no person edits.
	title, detail, stamp string

	home, vdir string
	config     string              // as newRig writes it
	dir        string              // of the collection, once it is known
	exchanged  []realtest.Exchange // by the last sync
	running    atomic.Pointer[os.Process]
	wrote      atomic.Int64    // when the phone last wrote something, in nanoseconds; proxies call it from goroutines of their own
	known      map[string]held // where the server kept things when it was last listed
}

// held is one item on one side.
type held struct {
	place string // file or href
	body  []byte
}

func newRig(t *testing.T, binary string, server *realtest.Server, kind string) *rig {
	t.Helper()
	home := t.TempDir()
	r := &rig{t: t, binary: binary, server: server, proxy: realtest.NewProxy(t, server.URL), kind: kind, home: home, vdir: filepath.Join(home, "vdir"),
		path: server.Calendar, ext: ".ics", title: "SUMMARY", detail: "LOCATION", stamp: "LAST-MODIFIED"}
	protocol := "caldav"
	if kind == "contacts" {
		r.path, r.ext, r.title, r.detail, r.stamp, protocol = server.Contacts, ".vcf", "TITLE", "NOTE", "REV", "carddav"
	}
	r.config = fmt.Sprintf(`[vdir.here]
path = %q
kind = %q
remotes = ["server"]

[remote.server]
type = %q
url = %q
username = %q
password = %q
collections = ["*"]
`, r.vdir, kind, protocol, r.proxy.URL+server.Root, server.User, server.Password)
	r.configure("", "")
	return r
}

// configure writes the configuration, with lines of its own for the vdir and for the remote.
func (r *rig) configure(vdir, remote string) {
	r.t.Helper()
	text := strings.Replace(r.config, "[vdir.here]\n", "[vdir.here]\n"+vdir+"\n", 1) + remote + "\n"
	if err := os.WriteFile(filepath.Join(r.home, "config.toml"), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// command runs a program in a world without this user's settings.
func (r *rig) command(name string, args ...string) (out string, code int) {
	r.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = []string{"HOME=" + r.home, "PATH=" + os.Getenv("PATH"), "XDG_CONFIG_HOME=" + r.home, "XDG_STATE_HOME=" + filepath.Join(r.home, "state"),
		"GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C.UTF-8"}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Start()
	if err == nil {
		r.running.Store(cmd.Process)
		err = cmd.Wait()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Fatal(err)
	}
	return said.String(), cmd.ProcessState.ExitCode()
}

// kill ends the program that runs now without warning.
func (r *rig) kill() {
	if err := r.running.Load().Kill(); err != nil {
		r.t.Error(err)
	}
}

// listed waits until the server lists what the phone wrote: one that counts in seconds does when that second is over, by a real clock.
func (r *rig) listed() {
	if r.server.Traits.CoarseTokens {
		time.Sleep(time.Until(time.Unix(0, r.wrote.Load()).Add(2500 * time.Millisecond)))
	}
}

// run runs one sync.
func (r *rig) run() (said string, code int) {
	r.t.Helper()
	r.listed()
	r.proxy.Take()
	said, code = r.command(r.binary, "--config", filepath.Join(r.home, "config.toml"), "sync")
	r.exchanged = r.proxy.Take()
	return said, code
}

// sync runs one sync that must end with an exit code, and returns what it said.
func (r *rig) sync(want int) string {
	r.t.Helper()
	said, code := r.run()
	if code != want {
		r.t.Fatalf("vgit sync: exit %d, want %d: %s\n%s", code, want, said, r.requests())
	}
	return said
}

func (r *rig) git(args ...string) (string, error) {
	r.t.Helper()
	out, code := r.command("git", append([]string{"--no-optional-locks", "-C", r.vdir}, args...)...)
	if code != 0 {
		return out, fmt.Errorf("git %s: exit %d", args[0], code)
	}
	return out, nil
}

// requests lists what the last sync exchanged.
func (r *rig) requests() string {
	var b strings.Builder
	for _, e := range r.exchanged {
		fmt.Fprintf(&b, "  %s %s %d\n", e.Method, e.Path, e.Status)
	}
	return b.String()
}

func (r *rig) count(which func(realtest.Exchange) bool) int {
	n := 0
	for _, e := range r.exchanged {
		if which(e) {
			n++
		}
	}
	return n
}

func (r *rig) noWrites(what string) {
	r.t.Helper()
	if r.count(realtest.Exchange.Writes) > 0 {
		r.t.Errorf("%s wrote to the server:\n%s", what, r.requests())
	}
}

// settled checks what holds after each step: the repository is sound, both sides agree, and another sync has nothing to do.
func (r *rig) settled() {
	r.t.Helper()
	if r.t.Failed() {
		return
	}
	r.sound()
	r.agreed()
	before := r.state()
	if said := r.sync(0); said != "" {
		r.t.Errorf("a sync with nothing to do says: %s", said)
	}
	r.unchanged(before)
	if r.server.Traits.CoarseTokens {
		r.noWrites("a sync with nothing to do")
		return // it may have asked about the second of the last change
	}
	if r.server.Digest && len(r.exchanged) > 1 && r.exchanged[0].Status == http.StatusUnauthorized {
		r.exchanged = r.exchanged[1:] // where the server says its nonce
	}
	if len(r.exchanged) != 1 || r.exchanged[0].Method != "PROPFIND" {
		r.t.Errorf("a sync with nothing to do takes more than one PROPFIND:\n%s", r.requests())
	}
}

// outwait syncs until that is one request, on a server that counts its tokens in seconds. One that may stand for a second that
// was not over is asked about once more, in a run that begins two seconds after the last; the server's clock is a real one.
func (r *rig) outwait() {
	r.t.Helper()
	if !r.server.Traits.CoarseTokens {
		return
	}
	second := time.NewTicker(2500 * time.Millisecond)
	defer second.Stop()
	for range 4 {
		<-second.C
		if said := r.sync(0); said != "" {
			r.t.Errorf("a sync with nothing to do says: %s", said)
		}
		r.noWrites("a sync with nothing to do")
		if len(r.exchanged) == 1 {
			return
		}
	}
	r.t.Errorf("no sync is one request:\n%s", r.requests())
}

func (r *rig) sound() {
	r.t.Helper()
	for _, args := range [][]string{{"fsck", "--full", "--strict", "--no-dangling"}, {"status", "--porcelain"}} {
		if out, err := r.git(args...); err != nil || out != "" {
			r.t.Errorf("git %s: %v\n%s", args[0], err, out)
		}
	}
}

// agreed compares both sides item by item.
func (r *rig) agreed() {
	r.t.Helper()
	here, there := r.local(), r.there()
	for uid, a := range here {
		b, ok := there[uid]
		if !ok {
			r.t.Errorf("%s is here and not there", uid)
			continue
		}
		x, y := item.Parse(a.body), item.Parse(b.body)
		if merge.Compare(x, y) > merge.Weak {
			r.t.Errorf("%s differs: %+v\nhere:\n%s\nthere:\n%s", uid, merge.Diff(x, y), a.body, b.body)
		}
	}
	for uid := range there {
		if _, ok := here[uid]; !ok {
			r.t.Errorf("%s is there and not here", uid)
		}
	}
}

// state tells each file of the vdir and its repository apart from what it was. What may be lost without harm is left out.
func (r *rig) state() map[string]string {
	r.t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(r.vdir, func(path string, d fs.DirEntry, err error) error {
		if path == filepath.Join(r.vdir, ".git", "vgit") {
			return filepath.SkipDir
		}
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && !d.IsDir() {
			files[path] = fmt.Sprint(info.Size(), info.Mode(), info.ModTime().UnixNano())
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return files
}

// unchanged looks that all files are as they were. Where tokens are whole seconds, a later one may have been noted.
func (r *rig) unchanged(before map[string]string) {
	r.t.Helper()
	after := r.state()
	if r.server.Traits.CoarseTokens {
		noted := func(path, _ string) bool { return strings.HasPrefix(path, filepath.Join(r.vdir, ".git")) }
		maps.DeleteFunc(before, noted)
		maps.DeleteFunc(after, noted)
	}
	for path, is := range after {
		if was := before[path]; was != is {
			r.t.Errorf("a sync with nothing to do left %s: was %q, is %q", path, was, is)
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			r.t.Errorf("a sync with nothing to do removed %s", path)
		}
	}
}

// find looks which directory the collection became.
func (r *rig) find() {
	r.t.Helper()
	files, err := filepath.Glob(filepath.Join(r.vdir, "*", "*"+r.ext))
	if err != nil || len(files) == 0 {
		r.t.Fatalf("nothing arrived in %s: %v", r.vdir, err)
	}
	r.dir = filepath.Dir(files[0])
}

// local is what the vdir holds, by UID.
func (r *rig) local() map[string]held {
	r.t.Helper()
	files, err := filepath.Glob(filepath.Join(r.dir, "*"+r.ext))
	if err != nil {
		r.t.Fatal(err)
	}
	items := map[string]held{}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			r.t.Fatal(err)
		}
		r.add(items, held{file, body})
	}
	return items
}

func (r *rig) add(items map[string]held, it held) {
	r.t.Helper()
	uid := item.Parse(it.body).UID()
	if other, taken := items[uid]; taken {
		r.t.Errorf("UID %q is in %s and in %s", uid, other.place, it.place)
	}
	items[uid] = it
}

func (r *rig) write(name string, body []byte) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), body, 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// edit changes one property of a local item.
func (r *rig) edit(uid, property, text string) {
	r.t.Helper()
	it, ok := r.local()[uid]
	if !ok {
		r.t.Fatalf("no %s here", uid)
	}
	if err := os.WriteFile(it.place, with(it.body, property, text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) remove(uid string) {
	r.t.Helper()
	if err := os.Remove(r.local()[uid].place); err != nil {
		r.t.Fatal(err)
	}
}

// has looks that both sides have a text.
func (r *rig) has(uid, property, text string) {
	r.t.Helper()
	for side, it := range map[string]held{"here": r.local()[uid], "there": r.thereIs(uid)} {
		if got := value(it.body, property); got != text {
			r.t.Errorf("%s of %s is %q %s, want %q", property, uid, got, side, text)
		}
	}
}

// differ looks that an item in conflict has each edit on its side, in a sound repository.
func (r *rig) differ(uid, here, there string) {
	r.t.Helper()
	if h, t := value(r.local()[uid].body, r.title), value(r.thereIs(uid).body, r.title); h != here || t != there {
		r.t.Errorf("in conflict are %q here and %q there, want %q and %q", h, t, here, there)
	}
	r.sound()
}
