//go:build servers

package main_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

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
	// title and detail are two properties that all items have and that merge independently.
	title, detail string

	home, vdir string
	dir        string              // of the collection, once it is known
	exchanged  []realtest.Exchange // by the last sync
}

// held is one item on one side.
type held struct {
	place string // file or href
	body  []byte
}

// buildCommand builds vgit once for all servers.
func buildCommand(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "vgit")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

func newRig(t *testing.T, binary string, server *realtest.Server, kind string) *rig {
	t.Helper()
	home := t.TempDir()
	r := &rig{t: t, binary: binary, server: server, proxy: realtest.NewProxy(t, server.URL), kind: kind, home: home, vdir: filepath.Join(home, "vdir"),
		path: server.Calendar, ext: ".ics", title: "SUMMARY", detail: "LOCATION"}
	protocol := "caldav"
	if kind == "contacts" {
		r.path, r.ext, r.title, r.detail, protocol = server.Contacts, ".vcf", "TITLE", "NOTE", "carddav"
	}
	config := fmt.Sprintf(`[vdir.here]
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
	if err := os.WriteFile(filepath.Join(home, "config.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

// command runs a program in a world without this user's settings.
func (r *rig) command(name string, args ...string) (out string, code int) {
	r.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = []string{"HOME=" + r.home, "PATH=" + os.Getenv("PATH"), "XDG_CONFIG_HOME=" + r.home, "XDG_STATE_HOME=" + filepath.Join(r.home, "state"),
		"GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C.UTF-8"}
	b, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Fatal(err)
	}
	return string(b), cmd.ProcessState.ExitCode()
}

// sync runs one sync and returns what it said.
func (r *rig) sync(want int) string {
	r.t.Helper()
	r.proxy.Take()
	said, code := r.command(r.binary, "--config", filepath.Join(r.home, "config.toml"), "sync")
	r.exchanged = r.proxy.Take()
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
	if len(r.exchanged) != 1 || r.exchanged[0].Method != "PROPFIND" {
		r.t.Errorf("a sync with nothing to do takes more than one PROPFIND:\n%s", r.requests())
	}
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
		if x, y := item.Parse(a.body), item.Parse(b.body); merge.Compare(x, y) > merge.Weak {
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
		if err != nil || path == filepath.Join(r.vdir, ".git", "vgit") {
			return errors.Join(err, filepath.SkipDir)
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

func (r *rig) unchanged(before map[string]string) {
	r.t.Helper()
	after := r.state()
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

// there is what the server holds, by UID, as the phone reads it.
func (r *rig) there() map[string]held {
	r.t.Helper()
	status, answer := r.ask("PROPFIND", r.path, nil, http.Header{"Depth": {"1"}})
	if status != http.StatusMultiStatus {
		r.t.Fatalf("PROPFIND %s: %d", r.path, status)
	}
	var listing struct {
		Hrefs []string `xml:"DAV: response>href"`
	}
	if err := xml.Unmarshal(answer, &listing); err != nil {
		r.t.Fatal(err)
	}
	items := map[string]held{}
	for _, href := range listing.Hrefs {
		if strings.HasSuffix(href, "/") {
			continue
		}
		status, body := r.ask(http.MethodGet, href, nil, nil)
		if status != http.StatusOK {
			r.t.Fatalf("GET %s: %d", href, status)
		}
		r.add(items, held{href, body})
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

// ask is one request of the phone, past the proxy. href is as it stands in an answer, or a path without escapes.
func (r *rig) ask(method, href string, body []byte, header http.Header) (int, []byte) {
	r.t.Helper()
	if !strings.Contains(href, "%") {
		href = (&url.URL{Path: href}).EscapedPath()
	}
	req, err := http.NewRequest(method, r.server.URL+href, bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header = header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	req.SetBasicAuth(r.server.User, r.server.Password)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, answer
}

func (r *rig) phonePut(href string, body []byte) {
	r.t.Helper()
	content := "text/calendar; charset=utf-8"
	if r.kind == "contacts" {
		content = "text/vcard; charset=utf-8"
	}
	status, said := r.ask(http.MethodPut, href, body, http.Header{"Content-Type": {content}})
	if !slices.Contains([]int{http.StatusOK, http.StatusCreated, http.StatusNoContent}, status) {
		r.t.Fatalf("PUT %s: %d %s", href, status, said)
	}
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

// phoneEdit changes one property of the item as the server has it.
func (r *rig) phoneEdit(uid, property, text string) {
	r.t.Helper()
	it, ok := r.there()[uid]
	if !ok {
		r.t.Fatalf("no %s there", uid)
	}
	r.phonePut(it.place, with(it.body, property, text))
}

func (r *rig) phoneDelete(uid string) {
	r.t.Helper()
	if status, _ := r.ask(http.MethodDelete, r.there()[uid].place, nil, nil); status/100 != 2 {
		r.t.Fatalf("DELETE %s: %d", uid, status)
	}
}

// has looks that both sides have a text.
func (r *rig) has(uid, property, text string) {
	r.t.Helper()
	for side, items := range map[string]map[string]held{"here": r.local(), "there": r.there()} {
		if got := value(items[uid].body, property); got != text {
			r.t.Errorf("%s of %s is %q %s, want %q", property, uid, got, side, text)
		}
	}
}

// with sets the first line of a property, which may be folded.
func with(body []byte, property, text string) []byte {
	lines := strings.SplitAfter(string(body), "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, property+":") || strings.HasPrefix(l, property+";") })
	if i < 0 {
		panic("no " + property + " in " + string(body))
	}
	end := i + 1
	for end < len(lines) && strings.HasPrefix(lines[end], " ") {
		end++
	}
	eol := lines[i][len(strings.TrimRight(lines[i], "\r\n")):]
	line := property + ":" + strings.ReplaceAll(text, ",", `\,`) + eol
	return []byte(strings.Join(slices.Replace(lines, i, end, line), ""))
}

// value is the text of the first line of a property, unfolded and unescaped.
func value(body []byte, property string) string {
	unfolded := regexp.MustCompile(`\r?\n[ \t]`).ReplaceAllString(string(body), "")
	for line := range strings.Lines(unfolded) {
		name, text, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		if name, _, _ = strings.Cut(name, ";"); name == property {
			return strings.NewReplacer(`\,`, ",", `\;`, ";", `\\`, `\`).Replace(text)
		}
	}
	return ""
}
